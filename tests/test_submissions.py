"""Who has handed in, who is passed over, and whose submission is new: no name is left out without a word."""

import os
import shutil
import unicodedata

import pytest

import collect_mail
import editions
import grade
import mend_submissions
import mistakes
import stamp_submissions
import submissions
from gmmlesson.grading.assignment import WrongNotebook
from gmmlesson.grading.handed_in import refuse_links
from gmmlesson.grading.one import refuse

LESSON, OTHER = "02_e_step", "03_m_step"
DECOMPOSED = unicodedata.normalize("NFD", "Zoë Müller")
ORDINARY = ["Müller, Hans", DECOMPOSED, "ada", "anna (group 3)", "bob@x.org", "o'neil", "x&y"]
FORGED = "x\nann: NOT GRADED: forged\n\x1b[31m.ipynb"


@pytest.fixture
def course(tmp_path):
    """A course with two assignments, and students of ordinary names."""
    for lesson in (LESSON, OTHER):
        editions.write(tmp_path / "release" / lesson / f"{lesson}.ipynb", "{}")
    for student in ORDINARY:
        hand_in(tmp_path, f"{student}/{LESSON}/{LESSON}.ipynb")
    return tmp_path


def hand_in(course, path, text="{}"):
    editions.write(course / "submitted" / path, text)


def test_ordinary_names_are_graded(course):
    assert submissions.students(course, LESSON) == sorted(ORDINARY)
    assert submissions.left_out(course, LESSON) == []


@pytest.mark.parametrize(
    "name", ["--help", "-dash", ".hidden", "*", "a[b]c", "who?", "a\nb", "ann ", "a\x7f"]
)
def test_names_that_nbgrader_would_take_for_something_else_are_told(name, course):
    (course / "submitted" / name / LESSON).mkdir(parents=True)
    assert submissions.students(course, LESSON) == sorted(ORDINARY)
    assert submissions.left_out(course, LESSON) == [(name, submissions.RENAME)]
    assert submissions.named(course, LESSON, [name]) == ([], [(name, submissions.RENAME)])


@pytest.mark.parametrize(
    "path",
    [
        f"eve/{LESSON}.ipynb",
        "eve/02_E_STEP/02_E_STEP.ipynb",
        f"eve/{LESSON} (1)/{LESSON}.ipynb",
        f"eve/{LESSON}.zip",
        "eve/02_estep/x.ipynb",
        f"eve-{LESSON}.ipynb",
        f"{LESSON}/eve/{LESSON}.ipynb",
    ],
)
def test_what_seems_to_be_of_the_lesson_is_told(path, course):
    hand_in(course, path)
    ((name, sentence),) = submissions.left_out(course, LESSON)
    assert name == path.split("/")[0]
    assert f"/{LESSON}/." in sentence
    assert submissions.left_out(course, OTHER) == []


def test_another_lesson_or_a_file_of_ones_own_is_not(course):
    for path in (f"eve/{OTHER}/{OTHER}.ipynb", "eve/notes.md", f"ada/{LESSON}.zip", "readme.txt"):
        hand_in(course, path)
    assert submissions.left_out(course, LESSON) == []


def test_a_name_that_nobody_has_is_told(course):
    hand_in(course, "eve/notes.md")
    found, told = submissions.named(course, LESSON, ["adda", "eve", "ada", "Zoë Müller"])
    assert found == ["ada", DECOMPOSED]
    assert told == [
        ("adda", "Nobody has that name in submitted/. Do you mean ada?"),
        ("eve", f"submitted/eve has no folder {LESSON}."),
    ]


TOOLS = (collect_mail, grade, mend_submissions, mistakes, stamp_submissions)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_a_lesson_may_end_with_a_slash_and_is_no_path(tool, course, capsys, monkeypatch):
    """The completion of names in a terminal appends one."""
    editions.write(course / "nbgrader_config.py", "")
    monkeypatch.setattr(grade, "grade", lambda *_, **__: [])
    found = []
    for lesson in (LESSON, LESSON, f"{LESSON}/"):  # the first one changes something, perhaps
        code, told = tool.main([str(course), lesson]), capsys.readouterr()
        found.append((code, told.out, told.err))
    assert found[1] == found[2]
    for lesson in ("", f"release/{LESSON}/", "..", "02*"):
        with pytest.raises(
            SystemExit, match="is no lesson: LESSON is the name of one, as in LESSON=02_e_step"
        ):
            tool.main([str(course), lesson])


def test_who_is_left_out_is_an_error_of_both_commands(course, capsys, monkeypatch):
    hand_in(course, f"eve/{LESSON}.ipynb")
    editions.write(course / "nbgrader_config.py", "")
    monkeypatch.setattr(grade, "grade", lambda *_, **__: [])
    assert grade.main([str(course), LESSON]) == 1
    assert "0 graded, 0 graded before, 1 not graded.\neve: NOT GRADED: There is no" in capsys.readouterr().out
    assert grade.main([str(course), LESSON, "--students", "nobody"]) == 1
    assert "nobody: NOT GRADED: Nobody has that name" in capsys.readouterr().out
    monkeypatch.setattr(mend_submissions, "students", lambda *_: [])
    assert mend_submissions.main([str(course), LESSON, "--look"]) == 1
    assert "eve: CANNOT BE GRADED: There is no folder" in capsys.readouterr().out


# --- What is new ---------------------------------------------------------------------------------


@pytest.fixture
def graded(course):
    """The folders of a student in submitted/ and autograded/, who was graded."""
    submitted, done = (course / folder / "ada" / LESSON for folder in ("submitted", "autograded"))
    hand_in(course, f"ada/{LESSON}/helper.py", "x = 1")
    for folder in (submitted, done):
        editions.write(folder / f"{LESSON}.ipynb", "{}")
        editions.write(folder / "timestamp.txt", "2027-01-31 17:00:00.0 UTC")
    assert submissions.is_graded(course, LESSON, "ada")
    return submitted, done


def test_what_was_handed_in_after_the_grading_is_new_whatever_its_dates(graded, course):
    """The exchange keeps the dates: a solution that was saved before a blank one was graded is older."""
    submitted, _ = graded
    old = submitted / "old.ipynb"
    editions.write(old, "{}")
    os.utime(old, (0, 86_400))
    old.replace(submitted / f"{LESSON}.ipynb")
    assert not submissions.is_graded(course, LESSON, "ada")


def test_a_later_date_of_the_submission_is_new(graded, course):
    submitted, done = graded
    editions.write(submitted / "timestamp.txt", "2027-01-31 18:00:00.0 UTC")
    assert not submissions.is_graded(course, LESSON, "ada")
    editions.write(done / "timestamp.txt", "2027-01-31 18:00:00.0 UTC")
    assert submissions.is_graded(course, LESSON, "ada")


def test_a_file_beside_the_notebook_is_new_too(graded, course):
    submitted, _ = graded
    shutil.copy2(submitted / "helper.py", submitted / "another.py")
    assert not submissions.is_graded(course, LESSON, "ada")


def test_a_copy_that_nobody_grades_is_told(course):
    """Who hands in a blank original beside a solved copy would have no points, and nobody would know why."""
    hand_in(course, f"ivo/{LESSON}/{LESSON}.ipynb")
    hand_in(course, f"ivo/{LESSON}/{LESSON}-Copy1.ipynb")
    hand_in(course, f"fay/{LESSON}/mine.ipynb")
    told = submissions.others(course, LESSON, ["ada", "fay", "ivo"])
    assert told == [f"ivo: CAUTION: there is {LESSON}-Copy1.ipynb too, which was not graded."]
    assert grade.summary([], 0, told).startswith(told[0])


# --- What is said --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"{LESSON}.zip", f"there is {LESSON}.zip. Unpack it."),
        (f"{LESSON}/{LESSON}.ipynb", f"there is {LESSON}/{LESSON}.ipynb. Move it up into {LESSON}."),
        ("mine.ipynb", "there is mine.ipynb. If that is it, rename it."),
        ("data/x.csv", "there is no file in its folder."),
    ],
)
def test_what_there_is_in_the_place_of_the_notebook_is_said(path, words, course):
    hand_in(course, f"eve/{LESSON}/{path}")
    with pytest.raises(WrongNotebook) as told:
        refuse(course, LESSON, course / "submitted/eve" / LESSON)
    assert str(told.value) == f"{LESSON}.ipynb is missing; {words}"


def test_a_files_name_forges_no_lines(course):
    """A name may hold line ends and what colors a terminal."""
    hand_in(course, f"eve/{LESSON}/{FORGED}")
    with pytest.raises(WrongNotebook) as missing:
        refuse(course, LESSON, course / "submitted/eve" / LESSON)
    hand_in(course, f"eve/{LESSON}/{LESSON}.ipynb")
    cautions = submissions.others(course, LESSON, ["eve"])
    link = course / "submitted/eve" / LESSON / FORGED
    link.unlink()
    link.symlink_to(course)
    with pytest.raises(WrongNotebook) as linked:
        refuse_links(course, course / "submitted/eve" / LESSON)
    results = [grade.Result(FORGED, str(one.value), (FORGED,), 0.0) for one in (missing, linked)]
    lines = [*map(grade.line, results), *grade.summary(results, 0, cautions).split("\n")]
    assert all(one.isprintable() for one in [str(missing.value), str(linked.value), *lines])
    assert not [one for one in lines if one.startswith("ann")]
    assert "If that is it" in lines[-2]
