"""`make collect-mail`: each sender's own notebook, with the date of the mail; one bad file stops nobody."""

import io
import os
import random
import struct
import tracemalloc
import unicodedata
import zipfile
from datetime import UTC, datetime

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import collect_mail
import course_folder
import editions
import mailed
import mend_submissions
from gmmlesson.grading import handed_in
from short_course import ASSIGNMENT, assignment, place

FILE = f"{ASSIGNMENT}.ipynb"
MONDAY, TUESDAY, WEDNESDAY = (datetime(2027, 2, day, 12, 30, 0, 250_000, UTC) for day in (1, 2, 3))
SECRET = "submission_secret.txt"


@pytest.fixture
def course(tmp_path):
    """A course with a short assignment, and no mail."""
    editions.write(tmp_path / course_folder.CONFIG, editions.CONFIG)
    place(tmp_path, "release", "Why?")
    mailed.archive(tmp_path, ASSIGNMENT).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def collect(course, capsys):
    """A function that collects -> (exit code, what was printed)."""

    def collected():
        return collect_mail.main([str(course), ASSIGNMENT]), capsys.readouterr().out

    return collected


def notebook(answer):
    return nbformat.writes(assignment(answer)).encode()


def packed(*members, **options):
    """A zip file of [(name, content)]."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **({"compression": zipfile.ZIP_DEFLATED} | options)) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return file.getvalue()


def mail(course, name, content, date=MONDAY):
    path = mailed.archive(course, ASSIGNMENT) / name
    path.write_bytes(content)
    os.utime(path, (date.timestamp(),) * 2)
    return path


def folder(course, student="dora"):
    return course / "submitted" / student / ASSIGNMENT


def hand_in(course, answer, date, student="dora"):
    """What `nbgrader collect` brings."""
    place(course, f"submitted/{student}", answer)
    editions.write(folder(course, student) / "timestamp.txt", stamp(date))
    editions.write(folder(course, student) / SECRET, "own")


def stamp(date):
    return f"{date:%Y-%m-%d %H:%M:%S.%f} UTC"


def written(course, student="dora"):
    return (folder(course, student) / FILE).read_bytes()


def dated(course, student="dora"):
    return (folder(course, student) / "timestamp.txt").read_text(encoding="utf-8")


def all_files(course):
    """{path: (content, when its inode was last changed)} below submitted/."""
    files = (path for path in (course / "submitted").rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_ctime_ns) for path in files}


# --- What is taken -------------------------------------------------------------------------------


@pytest.mark.parametrize("copy", ["", " (1)", "(1)", " (1) (2)"])
@pytest.mark.parametrize("ending", ["ipynb", "IPYNB", "zip", "Zip"])
def test_a_mail_is_collected_with_its_date(copy, ending, course, collect):
    own = notebook("mine")
    content = own if ending.lower() == "ipynb" else packed((f"homework/{FILE}", own))
    mail(course, f"dora-{ASSIGNMENT}{copy}.{ending}", content)
    code, printed = collect()
    assert code == 0
    assert (
        printed
        == "dora: collected, handed in 2027-02-01 12:30:00 UTC.\n\n1 collected, 0 as it was, 0 left out.\n"
    )
    assert {path.name for path in folder(course).iterdir()} == {FILE, "timestamp.txt", SECRET}
    assert written(course) == own
    assert dated(course) == stamp(MONDAY)
    assert (folder(course) / FILE).stat().st_mtime == MONDAY.timestamp()
    assert [path.name for path in (course / "submitted").iterdir()] == ["dora"]


@pytest.mark.parametrize(
    "inner", [FILE, f"a/b/{FILE}", f"dora-{FILE}", f"x\\{ASSIGNMENT} (1).IPYNB", "mine.ipynb"]
)
def test_a_zip_gives_the_one_notebook_wherever_it_lies(inner, course, collect):
    beside = [(f"__MACOSX/{FILE}", b"x"), (f"a/._{FILE}", b"x"), (f".ipynb_checkpoints/{FILE}", b"x")]
    content = packed(*beside, (inner, notebook("mine")), ("data/x.csv", b"1"))
    mail(course, f"dora-{ASSIGNMENT}.zip", content)
    assert collect()[0] == 0
    assert written(course) == notebook("mine")


def test_what_is_mended_later_is_collected_without_a_word(course, collect, recwarn):
    doubled = assignment("mine")
    doubled.cells.append(doubled.cells[1].copy())
    mail(course, f"dora-{FILE}", nbformat.writes(doubled).encode())
    recwarn.clear()
    assert collect()[0] == 0
    assert not recwarn.list


def test_other_lessons_in_a_zip_are_left(course, collect):
    content = packed(("01_other.ipynb", b"{}"), (FILE, notebook("mine")), (f"copy/{FILE}", notebook("mine")))
    mail(course, f"dora-{ASSIGNMENT}.zip", content)
    assert collect()[0] == 0
    assert written(course) == notebook("mine")


def test_what_is_in_a_zip_is_its_senders_whoever_it_is_named_after(course, collect):
    """zip_collect took solved-LESSON.ipynb for the work of a student "solved"."""
    hand_in(course, "of solved", MONDAY, "solved")
    before = all_files(course)
    content = packed((f"solved-{FILE}", notebook("of dora")))
    mail(course, f"dora-{ASSIGNMENT}.zip", content, TUESDAY)
    both = packed((f"solved-{FILE}", notebook("another")), (FILE, notebook("of eve")))
    mail(course, f"eve-{ASSIGNMENT}.zip", both, TUESDAY)
    assert collect()[0] == 0
    assert written(course) == notebook("of dora")
    assert written(course, "eve") == notebook("of eve")
    assert before.items() <= all_files(course).items()


@pytest.mark.parametrize("inner", [f"../../../submitted/ann/{FILE}", f"/{FILE}", f"C:\\{FILE}"])
def test_nothing_is_written_where_a_zip_says(inner, course, collect):
    hand_in(course, "of ann", MONDAY, "ann")
    before = all_files(course)
    mail(
        course, f"dora-{ASSIGNMENT}.zip", packed((inner, notebook("mine")), ("../../evil.py", b"x")), TUESDAY
    )
    assert collect()[0] == 0
    assert written(course) == notebook("mine")
    assert set(all_files(course)) - set(before) == {str(path) for path in folder(course).iterdir()}
    assert before.items() <= all_files(course).items()
    assert not list(course.rglob("evil.py"))


def test_an_assignment_of_several_notebooks_is_wanted_whole(course, collect):
    editions.write(course / "release" / ASSIGNMENT / "second.ipynb", notebook("Why?").decode())
    first, second = notebook("first"), notebook("second")
    mail(course, f"ann-{ASSIGNMENT}.zip", packed((FILE, first)))
    mail(course, f"ben-{ASSIGNMENT}.ipynb", first)
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((f"x/{FILE}", first), ("x/dora-second.ipynb", second)))
    code, printed = collect()
    assert code == 1
    assert f"ann-{ASSIGNMENT}.zip: LEFT OUT: There is no second.ipynb in it." in printed
    assert f"ben-{ASSIGNMENT}.ipynb: LEFT OUT: The lesson has the notebooks {ASSIGNMENT}, second" in printed
    assert (written(course), (folder(course) / "second.ipynb").read_bytes()) == (first, second)
    assert not folder(course, "ann").exists()


def test_an_accent_may_be_spelled_in_two_ways(course, collect):
    one, two = (unicodedata.normalize(form, "Zoë") for form in ("NFC", "NFD"))
    hand_in(course, "old", MONDAY, two)
    mail(
        course,
        f"{one}-{ASSIGNMENT}.zip",
        packed((f"{two}-{FILE}", notebook("new")), ("x.ipynb", b"")),
        TUESDAY,
    )
    assert collect()[0] == 0
    assert written(course, two) == notebook("new")
    assert not folder(course, one).exists()


# --- What to look at -----------------------------------------------------------------------------


def cautions(printed):
    return [line for line in printed.split("\n") if "CAUTION" in line]


@pytest.mark.parametrize("other", [f"{ASSIGNMENT}-Copy1.ipynb", f"x/{ASSIGNMENT}_final.ipynb"])
def test_other_notebooks_in_a_zip_are_told_and_that_the_one_taken_is_blank(other, course, collect):
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((FILE, notebook("Why?")), (other, notebook("mine"))))
    mail(course, f"eve-{FILE}", notebook("Why?"))
    expected = [
        f"dora: CAUTION: There are several notebooks in it: {other}, too; {FILE} was taken.",
        "dora: CAUTION: What was taken is as it was released: nothing was written in it.",
        "eve: CAUTION: What was taken is as it was released: nothing was written in it.",
    ]
    for _ in range(2):  # also when it was collected before
        code, printed = collect()
        assert code == 0
        assert cautions(printed) == expected
    assert written(course) == notebook("Why?")


def test_other_files_in_a_zip_are_told(course, collect):
    names = [f"{number}.py" for number in range(6)]
    others = [(f"x/{FILE}", notebook("mine")), ("x/", b""), ("x/.DS_Store", b"x"), ("02_other.ipynb", b"{}")]
    editions.write(course / "source" / "02_other" / "02_other.ipynb", "{}")
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((FILE, notebook("mine")), *others))
    mail(course, f"eve-{ASSIGNMENT}.zip", packed((FILE, notebook("mine")), *((name, b"1") for name in names)))
    listed = ", ".join(names[:5])
    assert cautions(collect()[1]) == [
        f"eve: CAUTION: There are other files in it, which were not taken: {listed}, others."
    ]


@pytest.mark.parametrize(
    ("inner", "is_told"),
    [
        (f"eve-{FILE}", True),
        (f"homework/eve/{FILE}", True),
        (f"ann/{FILE}", True),
        (f"dora-{FILE}", False),
        (f"dora/homework/{FILE}", False),
    ],
)
def test_a_notebook_in_a_zip_that_is_named_after_another_is_told(inner, is_told, course, collect):
    hand_in(course, "of ann", MONDAY, "ann")
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((inner, notebook("mine"))))
    mail(course, f"eve-{FILE}", notebook("of eve"))
    sentence = f"dora: CAUTION: What was taken is called {inner} in it: is it dora's?"
    assert cautions(collect()[1]) == ([sentence] if is_told else [])


def test_files_of_one_sender_that_differ_are_told(course, collect):
    first, second = f"dora-{FILE}", f"dora-{ASSIGNMENT} (1).ipynb"
    mail(course, first, notebook("mine"), MONDAY)
    mail(course, second, notebook("mine"), TUESDAY)
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((FILE, notebook("mine"))), MONDAY)
    assert cautions(collect()[1]) == []
    mail(course, first, notebook("other"), WEDNESDAY)
    mail(course, f"dora-{ASSIGNMENT}.zip", b"x", MONDAY)
    told = [f"2027-02-0{day} 12:30:00 UTC" for day in (1, 2, 3)]
    differ = f"{second}, of {told[1]}, dora-{ASSIGNMENT}.zip, of {told[0]}"
    assert cautions(collect()[1]) == [
        f"dora: CAUTION: Of what was mailed {first}, of {told[2]}, counts; it differs from {differ}.",
        f"dora: CAUTION: {second} has a higher number than {first}, but an earlier date.",
    ]
    mail(course, second, notebook("last"), datetime(2027, 2, 4, tzinfo=UTC))
    assert not any("higher number" in caution for caution in cautions(collect()[1]))


def test_senders_whose_names_differ_in_capital_letters_are_told(course, collect):
    hand_in(course, "of ben", MONDAY, "Ben")
    for name in ("Dora", "dora", "ben", "eve"):
        mail(course, f"{name}-{FILE}", notebook(f"of {name}"))
    code, printed = collect()
    told = "CAUTION: these are taken for several students. If they are one, rename the file."
    assert code == 0
    assert cautions(printed) == [f"Ben and ben: {told}", f"Dora and dora: {told}"]


# --- Once more -----------------------------------------------------------------------------------


def test_once_more_changes_nothing(course, collect):
    mail(course, f"ann-{FILE}", notebook("of ann"))
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((FILE, notebook("of dora"))))
    collect()
    editions.write(folder(course) / "timestamp.txt", "2027-01-30 18:00 Europe/Berlin")  # corrected by hand
    before = all_files(course)
    code, printed = collect()
    assert code == 0
    assert (
        "dora: as it was, handed in 2027-01-30 17:00:00 UTC.\n\n0 collected, 2 as it was, 0 left" in printed
    )
    assert all_files(course) == before


def test_what_was_mended_since_stays(course, collect):
    doubled = assignment("mine")
    doubled.cells.append(doubled.cells[1].copy())
    mail(course, f"dora-{FILE}", nbformat.writes(doubled).encode(), TUESDAY)
    collect()
    assert mend_submissions.mend_one(course, ASSIGNMENT, "dora", look=False)
    editions.write(folder(course) / "timestamp.txt", stamp(MONDAY))
    before = all_files(course)
    assert collect()[1].startswith("dora: as it was")
    assert all_files(course) == before


def test_each_original_is_kept_when_submissions_are_mended_one_after_the_other(course, collect):
    originals = []
    for answer, date in (("first", MONDAY), ("second", TUESDAY), ("third", TUESDAY.replace(second=31))):
        doubled = assignment(answer)
        doubled.cells.append(doubled.cells[1].copy())
        originals.append(nbformat.writes(doubled).encode())
        mail(course, f"dora-{FILE}", originals[-1], date)
        collect()
        assert mend_submissions.mend_one(course, ASSIGNMENT, "dora", look=True)
        assert mend_submissions.mend_one(course, ASSIGNMENT, "dora", look=False)
        assert mend_submissions.mend_one(course, ASSIGNMENT, "dora", look=False) == []
    kept = course / "handed_in" / "dora"
    names = [f"{ASSIGNMENT}-2027-02-01T12-30-00", f"{ASSIGNMENT}-2027-02-02T12-30-00", ASSIGNMENT]
    assert {path.name for path in kept.iterdir()} == {*names}
    assert [(kept / name / FILE).read_bytes() for name in names] == originals
    assert collect()[1].startswith("dora: as it was")


def test_of_several_files_the_newest_counts(course, collect):
    mail(course, f"dora-{ASSIGNMENT} (1).ipynb", notebook("first"), MONDAY)
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((FILE, notebook("last"))), WEDNESDAY)
    mail(course, f"dora-{FILE}", notebook("second"), TUESDAY)
    code, printed = collect()
    assert code == 0
    assert f"Of 3 files the newest counts, dora-{ASSIGNMENT}.zip." in printed
    assert (written(course), dated(course)) == (notebook("last"), stamp(WEDNESDAY))


def test_of_the_same_date_the_one_with_the_highest_number_counts(course, collect):
    for number, name in enumerate(("", " (9)", " (10)", " (11)")):
        mail(course, f"dora-{ASSIGNMENT}{name}.ipynb", notebook(f"{number}"))
    collect()
    assert written(course) == notebook("3")


# --- Something else is there ---------------------------------------------------------------------


def test_a_later_mail_counts_and_what_was_there_is_kept(course, collect):
    hand_in(course, "old", MONDAY)
    editions.write(folder(course) / "helper.py", "x = 1")
    mail(course, f"dora-{FILE}", notebook("new"), TUESDAY)
    code, printed = collect()
    kept = f"downloaded/{ASSIGNMENT}/replaced/dora-2027-02-01T12-30-00"
    assert code == 0
    assert f"UTC. What was handed in 2027-02-01 12:30:00 UTC is kept in {kept}." in printed
    assert (written(course), dated(course)) == (notebook("new"), stamp(TUESDAY))
    assert (folder(course) / SECRET).read_text(encoding="utf-8") == "own"
    assert (folder(course) / "helper.py").exists()
    assert (course / kept / FILE).read_bytes() == notebook("old")
    assert (course / kept / "timestamp.txt").read_text(encoding="utf-8") == stamp(MONDAY)
    before = all_files(course)
    assert collect()[1].startswith("dora: as it was")
    assert all_files(course) == before


def test_a_second_one_of_that_date_is_kept_beside_the_first(course, collect):
    for answer, date in (("new", TUESDAY), ("newer", WEDNESDAY)):
        hand_in(course, f"before {answer}", MONDAY)
        mail(course, f"dora-{FILE}", notebook(answer), date)
        collect()
    kept = sorted((course / "downloaded" / ASSIGNMENT / "replaced").glob("*/*.ipynb"))
    assert [path.read_bytes() for path in kept] == [notebook("before new"), notebook("before newer")]


@pytest.mark.parametrize("date", [TUESDAY, WEDNESDAY])
def test_an_earlier_mail_is_left(date, course, collect):
    hand_in(course, "later", date)
    before = all_files(course)
    mail(course, f"dora-{FILE}", notebook("earlier"), TUESDAY)
    code, printed = collect()
    assert code == 0
    assert f"dora: as it was, handed in {date:%Y-%m-%d %H:%M:%S} UTC. dora-{FILE}, of 2027-02-02" in printed
    assert "is not later." in printed
    assert all_files(course) == before
    assert not (course / "downloaded" / ASSIGNMENT / "replaced").exists()


def test_without_a_timestamp_the_date_of_the_notebook_counts(course, collect):
    place(course, "submitted/dora", "by hand")
    os.utime(folder(course) / FILE, (WEDNESDAY.timestamp(),) * 2)
    path = mail(course, f"dora-{FILE}", notebook("mailed"), TUESDAY)
    collect()
    assert written(course) == notebook("by hand")
    os.utime(path, (WEDNESDAY.timestamp() + 1,) * 2)
    collect()
    assert written(course) == notebook("mailed")


def test_a_date_that_cannot_be_read_is_told(course, collect):
    hand_in(course, "old", MONDAY)
    editions.write(folder(course) / "timestamp.txt", "yesterday evening")
    before = all_files(course)
    mail(course, f"dora-{FILE}", notebook("new"), TUESDAY)
    code, printed = collect()
    assert code == 1
    assert f"submitted/dora/{ASSIGNMENT}/timestamp.txt has no date that can be read." in printed
    assert all_files(course) == before


def test_a_link_in_submitted_is_not_followed(course, collect):
    hand_in(course, "of ann", MONDAY, "ann")
    before = all_files(course)
    hand_in(course, "old", MONDAY)
    (folder(course) / FILE).unlink()
    (folder(course) / FILE).symlink_to(folder(course, "ann") / FILE)
    (course / "submitted/eve").symlink_to(course / "submitted/ann")
    for name in ("dora", "eve"):
        mail(course, f"{name}-{FILE}", notebook(f"of {name}"), TUESDAY)
    code, printed = collect()
    assert code == 1
    assert f"eve-{FILE}: LEFT OUT: submitted/eve is a link." in printed
    assert written(course) == notebook("of dora")
    assert before.items() <= all_files(course).items()


def test_a_link_to_the_same_words_is_no_notebook_of_ones_own(course, collect):
    hand_in(course, "of ann", MONDAY, "ann")
    hand_in(course, "of ann", MONDAY)
    (folder(course) / FILE).unlink()
    (folder(course) / FILE).symlink_to(folder(course, "ann") / FILE)
    mail(course, f"dora-{FILE}", notebook("of ann"), TUESDAY)
    assert collect()[1].startswith("dora: collected")
    assert not (folder(course) / FILE).is_symlink()


def test_what_fails_halfway_leaves_what_was_there(course, collect, monkeypatch):
    hand_in(course, "old", MONDAY)
    before = all_files(course)
    mail(course, f"dora-{FILE}", notebook("new"), TUESDAY)
    mail(course, f"eve-{FILE}", notebook("of eve"), TUESDAY)

    def full(path, *_):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(collect_mail, "_write", full)
        code, printed = collect()
    assert code == 1
    assert printed.count("LEFT OUT: No space left on device: ") == 2
    assert all_files(course) == before
    assert sorted(path.name for path in (course / "submitted").iterdir()) == ["dora"]
    assert collect()[0] == 0


def test_who_was_cut_off_before_the_date_was_given_gets_it(course, collect):
    mail(course, f"dora-{FILE}", notebook("mine"))
    collect()
    (folder(course) / "timestamp.txt").unlink()
    assert collect()[1].startswith("dora: as it was, handed in 2027-02-01 12:30:00 UTC.")
    assert dated(course) == stamp(MONDAY)


# --- What is left out ----------------------------------------------------------------------------


def encrypted():
    """A zip file whose member says that it is encrypted."""
    content = bytearray(packed((FILE, notebook("mine"))))
    for magic, place_of_flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(magic) + place_of_flags] |= 1
    return bytes(content)


def lying():
    """A zip file whose member says that it has 10 bytes, and has many."""
    content = bytearray(packed((FILE, notebook("mine") + b" " * 10**6)))
    for magic, place_of_size in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", content, content.index(magic) + place_of_size, 10)
    return bytes(content)


OTHER = nbformat.writes(new_notebook(cells=[new_code_cell("1 + 1")])).encode()
BAD = {
    "no zip": (b"x", "It is no zip file, or a broken one."),
    "cut off": (packed((FILE, notebook("mine")))[:-30], "It is no zip file, or a broken one."),
    "lying": (lying(), "It is no zip file, or a broken one."),
    "encrypted": (encrypted(), "It is encrypted."),
    "LZMA": (packed((FILE, b"{}"), compression=zipfile.ZIP_LZMA), "It is packed in an unusual way."),
    "empty": (packed(), f"There is no {FILE} in it."),
    "two others": (packed(("a.ipynb", b"a"), ("b.ipynb", b"b")), "There are several notebooks in it: a.ip"),
    "two": (packed((FILE, notebook("a")), (f"b/{FILE}", notebook("b"))), "There are several notebooks in it"),
    "no notebook": (packed((FILE, b"x")), "The file is no notebook"),
    "another lesson": (packed(("other.ipynb", OTHER)), "It has none of the cells of this assignment"),
    "a bomb": (packed((FILE, b" " * (handed_in.NOTEBOOK + 10**6))), "The notebook has more than 30 MB."),
}  # fmt: skip


def test_one_bad_file_stops_nobody(course, collect):
    """Also: none of these writes anything."""
    names = [f"bad-{number:02}" for number in range(len(BAD))]
    for name, (content, _) in zip(names, BAD.values(), strict=True):
        mail(course, f"{name}-{ASSIGNMENT}.zip", content)
    mail(course, f"ann-{FILE}", notebook("of ann"))
    mail(course, f"zoe-{FILE}", notebook("of zoe"))
    code, printed = collect()
    assert code == 1
    assert f"\n\n2 collected, 0 as it was, {len(BAD)} left out.\n" in printed
    for name, (_, sentence) in zip(names, BAD.values(), strict=True):
        assert f"\n{name}: LEFT OUT, see below.\n" in printed
        assert f"\n{name}-{ASSIGNMENT}.zip: LEFT OUT: {sentence}" in printed
    assert sorted(path.name for path in (course / "submitted").iterdir()) == ["ann", "zoe"]


def test_a_spoiled_zip_never_ends_in_a_traceback(course, collect):
    rng, whole = random.Random(0), packed((FILE, notebook("mine")), (f"dora-{FILE}", notebook("mine")))
    for number in range(200):
        content = bytearray(whole)
        for _ in range(3):
            content[rng.randrange(len(content))] = rng.randrange(256)
        mail(course, f"bad-{number}-{ASSIGNMENT}.zip", bytes(content))
    code, printed = collect()
    assert code == 1
    assert printed.count("LEFT OUT, see below") == printed.count("LEFT OUT: ") > 50


def test_a_notebook_that_is_too_large_or_none_is_left_out(course, collect, monkeypatch):
    monkeypatch.setattr(mailed, "NOTEBOOK", 2**20)
    mail(course, f"ann-{FILE}", b" " * 2**21)
    mail(course, f"ben-{FILE}", b"")
    mail(course, f"cleo-{FILE}", packed((FILE, notebook("mine"))))
    code, printed = collect()
    assert code == 1
    assert "The notebook has more than 1 MB." in printed
    assert "The file is empty." in printed
    assert "The file is not text" in printed or "The file is no notebook" in printed
    assert not (course / "submitted").exists()


def test_of_a_bomb_no_more_is_unpacked_than_a_notebook_may_have(course, collect, monkeypatch):
    monkeypatch.setattr(mailed, "NOTEBOOK", 2**20)
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((FILE, b" " * (30 * 2**20))))
    tracemalloc.start()
    code, printed = collect()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert code == 1
    assert "The notebook has more than 1 MB." in printed
    assert most < 10 * 2**20


def test_a_large_zip_is_not_opened(course, collect, monkeypatch):
    monkeypatch.setattr(mailed, "LARGE", 10)
    mail(course, f"dora-{ASSIGNMENT}.zip", packed((FILE, notebook("mine"))))
    assert "LEFT OUT: It has more than 0 MB. Ask for the notebook alone." in collect()[1]


def test_an_older_file_is_named_when_the_newest_is_of_no_use(course, collect):
    mail(course, f"dora-{FILE}", notebook("mine"))
    mail(course, f"dora-{ASSIGNMENT}.zip", b"x", TUESDAY)
    assert f"To take dora-{FILE} in its place, remove it." in collect()[1]


@pytest.mark.parametrize(
    "name",
    [FILE, f"dora_{FILE}", "dora-01_other.ipynb", f"dora-{ASSIGNMENT}.rar", f"dora-{ASSIGNMENT}_1.zip"],
)
def test_a_file_of_another_name_is_told_what_to_be_called(name, course, collect):
    mail(course, name, notebook("mine"))
    code, printed = collect()
    assert code == 1
    assert (
        f"{name}: LEFT OUT: If it is of this lesson, call it NAME-{FILE} or NAME-{ASSIGNMENT}.zip" in printed
    )


@pytest.mark.parametrize("name", ["--help", ".hidden", "*", "who?", "ann ", "a\nb: collected", "\x1b[31m"])
def test_names_that_nbgrader_would_take_for_something_else_are_told(name, course, collect):
    mail(course, f"{name}-{FILE}", notebook("mine"))
    code, printed = collect()
    assert code == 1
    assert "LEFT OUT: nbgrader takes a name for something else" in printed
    assert all(line.isprintable() for line in printed.split("\n"))
    assert len(printed.split("\n")) == 4
    assert not (course / "submitted").exists()


def test_links_and_what_is_no_file_are_told(course, collect):
    place_of = mailed.archive(course, ASSIGNMENT)
    (place_of / f"ann-{FILE}").symlink_to(course / "release" / ASSIGNMENT / FILE)
    (place_of / f"ben-{FILE}").mkdir()
    os.mkfifo(place_of / f"cleo-{FILE}")
    code, printed = collect()
    assert code == 1
    for name, sentence in (
        ("ann", "This is a link."),
        ("ben", "This is a folder."),
        ("cleo", "This is neither"),
    ):
        assert f"{name}-{FILE}: LEFT OUT: {sentence}" in printed


def test_what_the_system_puts_there_is_passed_over(course, collect):
    for name in (".DS_Store", f"._dora-{FILE}", "Thumbs.db", "desktop.ini"):
        mail(course, name, b"x")
    assert collect()[0] == 1
    mail(course, f"dora-{FILE}", notebook("mine"))
    assert collect()[0] == 0


def test_without_mail_it_is_said_where_to_put_it(course, collect):
    for _ in range(2):
        code, printed = collect()
        assert code == 1
        assert printed.startswith(f"There is nothing in {mailed.archive(course, ASSIGNMENT)}: save")
        if mailed.archive(course, ASSIGNMENT).exists():
            mailed.archive(course, ASSIGNMENT).rmdir()


def test_a_lesson_that_is_not_released_is_told(course, capsys):
    assert collect_mail.main([str(course), "02_other"]) == 2
    assert "release/02_other has no notebook" in capsys.readouterr().err
