"""The code of submissions against the grader: each with a user of its own, where the grader is root."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

import editions
import teach_demo
from gmmlesson.grading import handed_in, processes, users
from gmmlesson.grading.assignment import WrongNotebook, read
from gmmlesson.grading.mending import mend
from grading_attacks import TYPED
from grading_harms import HARMS, NESTED
from grading_helpers import as_in_a_container, cell_of, execute, released, write_released

ASSIGNMENT, FILE = teach_demo.LESSON.stem, teach_demo.LESSON.name
MARKER = f"gmmlesson-marker-{os.getpid()}"
AS_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root has users to give"
)
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it needs /proc and locks of files")
LINKS = {  # student -> the sentence
    "links": f"{FILE} is a link. Ask for the file itself.",
    "links_folder": f"The folder {ASSIGNMENT} is a link. Ask for the files themselves.",
    "shares": f"{FILE} is the same file as submitted/shared/{ASSIGNMENT}/{FILE}. Ask for one of their own.",
    "shared": f"{FILE} is the same file as submitted/shares/{ASSIGNMENT}/{FILE}. Ask for one of their own.",
    "links_data": "data.csv is a link. Ask for the file itself.",
    "pipes": "pipe is neither a file nor a folder.",
}


def hand_in(course, student, stub, before=()):
    """Write a student's notebook -> where it is."""
    notebook = read(course / "release" / ASSIGNMENT / FILE)
    cell = cell_of(notebook, "e_step")
    cell.source = stub
    place = notebook.cells.index(cell)
    notebook.cells[place:place] = [new_code_cell(source) for source in before]
    path = course / "submitted" / student / ASSIGNMENT / FILE
    editions.write(path, json.dumps(notebook))
    return path


@pytest.fixture(scope="module")
def course():
    """A course folder that everybody can read, with the submissions of a hostile class."""
    top = Path(tempfile.mkdtemp(prefix="hostile-"))
    top.chmod(0o755)
    course = top / "course"
    teach_demo.hand_in(course)
    config = course / "nbgrader_config.py"
    longer = config.read_text(encoding="utf-8").replace(f"timeout = {teach_demo.SECONDS}", "timeout = 60")
    editions.write(config, longer)
    shutil.rmtree(course / "submitted")
    hand_in(course, "honest", TYPED, before=[NESTED])
    for student, harm in HARMS.items():
        stub = harm.stub.replace("COURSE", str(course)).replace("MARKER", MARKER)
        hand_in(course, student, stub)
    make_links(course / "submitted")
    yield course
    shutil.rmtree(top)


def make_links(submitted):
    own = submitted / "honest" / ASSIGNMENT
    for student in LINKS:
        (submitted / student).mkdir()
    (submitted / "links_folder" / ASSIGNMENT).symlink_to(own)
    for student in set(LINKS) - {"links_folder"}:
        (submitted / student / ASSIGNMENT).mkdir()
    (submitted / "links" / ASSIGNMENT / FILE).symlink_to(own / FILE)
    for student in ("links_data", "pipes", "shared"):
        shutil.copy(own / FILE, submitted / student / ASSIGNMENT)
    (submitted / "shares" / ASSIGNMENT / FILE).hardlink_to(submitted / "shared" / ASSIGNMENT / FILE)
    (submitted / "links_data" / ASSIGNMENT / "data.csv").symlink_to(submitted.parent / "gradebook.db")
    os.mkfifo(submitted / "pipes" / ASSIGNMENT / "pipe")


@pytest.fixture(scope="module")
def graded(course):
    """(what `make grade` says, {student: points of the E-step}, what the course had before)."""
    before = state(course)
    command = as_in_a_container(
        [sys.executable, str(editions.ROOT / "tools/grade.py"), str(course), ASSIGNMENT]
    )
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300)
    scores = teach_demo.gradebook(course, ASSIGNMENT)
    return (
        done.stdout + done.stderr,
        {who: cells["e_step-check"].earned for who, cells in scores.items()},
        before,
    )


def state(course):
    """{path: text} of what nobody may change."""
    kept = ("nbgrader_config.py", "release", "source", "submitted")
    files = [path for name in kept for path in (course / name, *(course / name).rglob("*"))]
    return {path: path.read_bytes() for path in files if path.is_file() and not path.is_symlink()}


@AS_ROOT
@pytest.mark.parametrize("harm", HARMS)
def test_what_each_earns(harm, graded):
    told, earned, _ = graded
    assert earned.get(harm) == HARMS[harm].earns, told


@AS_ROOT
def test_nothing_could_be_done(graded, course):
    told, _, before = graded
    assert "The students' code runs as users of its own" in told
    notebook = read(course / "autograded" / "harms" / ASSIGNMENT / FILE)
    said = "".join(output.get("text", "") for output in cell_of(notebook, "e_step").outputs)
    assert said.replace("Mended: ALL ARE RIGHT\n", "") == "could: []\n"
    assert state(course) == before
    assert "ALL ARE RIGHT" not in told


@AS_ROOT
def test_the_others_are_graded_and_those_with_links_are_told(graded):
    told, earned, _ = graded
    assert earned["honest"] == 4
    for student, sentence in LINKS.items():
        assert f"{student}: NOT GRADED: {sentence}" in told
        assert student not in earned
    assert told.count("NOT GRADED: ") == len(LINKS)


@AS_ROOT
def test_nothing_is_left_behind(graded, course):
    ours = [process for process in processes.running() if process.user in users.NUMBERS]
    left = [process for process in ours if process.state not in "ZX"]  # those wait for the first process
    assert left == []
    assert not [*Path("/tmp").glob(f"{MARKER}*"), *Path("/dev/shm").glob(f"{MARKER}*")]
    assert course.stat().st_mode & 0o7 == 0


@LINUX
def test_orphans_are_adopted_and_ended():
    """Where the grader is not root: also those that have begun a session of their own."""
    script = """
import os, subprocess, sys, time
from gmmlesson.grading.processes import adopt_orphans, adopts_orphans, end, running, strays
assert not adopts_orphans()
adopt_orphans()
assert adopts_orphans()
own = subprocess.Popen(["sleep", "97"])
leaves = "import subprocess\\nfor _ in range(3): subprocess.Popen(['sleep', '98'], start_new_session=True)"
subprocess.run([sys.executable, "-c", leaves], start_new_session=True, check=True)
assert len(strays(running())) == 3, strays(running())
assert end(strays)
assert strays(running()) == []
assert own.poll() is None
own.kill()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_code_runs_elsewhere_with_nothing_of_the_graders(tmp_path, monkeypatch):
    write_released(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("A_TOKEN", "of the grader")
    folder = tmp_path / "handed_in"
    editions.write(folder / "data" / "numbers.txt", "1 2 3")
    source = """
import os
from pathlib import Path
print(Path("data/numbers.txt").read_text(), "A_TOKEN" in os.environ, Path.cwd(), Path.home(), sep="|")
Path("data/numbers.txt").write_text("4")
"""
    notebook = released()
    notebook.cells.append(new_code_cell(source))
    execute(notebook, folder)
    numbers, token, here, home = notebook.cells[-1].outputs[0].text.strip().split("|")
    assert (numbers, token) == ("1 2 3", "False")
    assert tmp_path not in Path(here).parents
    assert Path(home) in Path(here).parents
    assert not Path(home).exists()
    assert (folder / "data" / "numbers.txt").read_text(encoding="utf-8") == "1 2 3"


def test_what_is_too_large_is_refused(tmp_path):
    folder = tmp_path / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    with (folder / "large").open("wb") as file:
        file.truncate(handed_in.LARGE + 1)
    with pytest.raises(WrongNotebook, match="more than 100 MB"):
        handed_in.refuse_links(tmp_path, folder)
    (folder / "large").unlink()
    with (folder / FILE).open("wb") as file:
        file.truncate(handed_in.NOTEBOOK + 1)
    with pytest.raises(WrongNotebook, match="has more than 30 MB"):
        handed_in.refuse_links(tmp_path, folder)
    (folder / FILE).unlink()
    notebook = released()
    cell_of(notebook, "e_step").source = f"x = [{'[],' * 40_000}]"
    with pytest.raises(WrongNotebook, match="has more than 100000 characters"):
        mend(notebook, released())
    (folder / "one").write_text("1", encoding="utf-8")
    os.link(folder / "one", tmp_path.parent / f"backup-{tmp_path.name}")
    handed_in.refuse_links(tmp_path, folder)  # a file that only a backup shares


@LINUX
def test_the_graders_memory_has_a_limit_which_is_not_its_kernels():
    script = """
import resource
from gmmlesson.grading import rights
rights.limit_the_grader()
try:
    bytearray(rights.GRADER + 2**26)  # more by more than what Python gives back meanwhile
except MemoryError:
    print("too much")
rights.limit()
bytearray(rights.GRADER)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("too much\n", 0), done.stderr


@LINUX
def test_a_user_is_lent_to_one_grader(monkeypatch, tmp_path):
    """And one whose processes or files resist, to none."""
    monkeypatch.setattr(users.tempfile, "gettempdir", lambda: str(tmp_path))
    with users.borrowed() as first, users.borrowed() as second:
        assert first != second
    with users.borrowed() as again:
        assert again == first
    clear = users._clear

    def resists(uid, *arguments, **named):
        if uid == first:
            raise RuntimeError
        clear(uid, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(users, "_clear", resists)
        with users.borrowed() as another:
            assert another != first
    (tmp_path / "gmmlesson-users").chmod(0o777)
    with pytest.raises(RuntimeError, match="not a folder of the grader's own"), users.borrowed():
        pass


@AS_ROOT
def test_shared_memory_is_not_left_to_the_next_one(monkeypatch):
    """The next one has the same number."""
    monkeypatch.setattr(users, "NUMBERS", range(61060, 61061))
    with users.borrowed() as user:
        for option in (["--shmem", "4096"], ["--queue"], ["--semaphore", "1"]):
            users._as_user(user, ["ipcmk", *option])
        assert len(users._shared(user)) == 6
    assert users._shared(user) == []


@LINUX
def test_no_queue_is_made_that_nobody_could_list():
    source = """
import ctypes, os
from gmmlesson.grading import rights
rights.limit()
libc = ctypes.CDLL(None, use_errno=True)
print(libc.mq_open(f"/gmmlesson-{os.getpid()}".encode(), os.O_CREAT | os.O_RDWR, 0o600, None))
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "-1", done.stderr


@AS_ROOT
def test_a_full_disk_takes_nobodys_user_away(tmp_path):
    """Python looks for another folder when /tmp is full: the course's, say, which is closed."""
    script = """
import tempfile
from pathlib import Path
from gmmlesson.grading import users
from gmmlesson.grading.sandbox import sandbox

users.promise(TMP)
try:
    Path(TMP, "large").write_bytes(bytes(100_000))
except OSError:
    pass
assert tempfile.gettempdir() == TMP
try:
    with sandbox(TMP):
        print("it ran")
except OSError as error:
    print("No space left on device" in str(error))
Path(TMP, "large").unlink()
users.obstacle = lambda: "this folder is closed."
try:
    with sandbox(TMP + "/none"):
        print("it ran")
except RuntimeError as error:
    print(error)
""".replace("TMP", repr(str(tmp_path)))
    (tmp_path / "none").mkdir()
    mount = f"mount -t tmpfs -o size=16k,mode=1777 none {tmp_path} && mkdir {tmp_path}/none && exec \"$@\""
    command = ["unshare", "--mount", "sh", "-c", mount, "sh", sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    told = ["True", "Nothing was run: this folder is closed."]
    assert done.stdout.splitlines() == told, done.stderr


@AS_ROOT
def test_what_root_writes_belongs_to_whom_the_course_belongs(tmp_path):
    editions.write(tmp_path / "autograded" / "ada" / FILE, "{}")
    os.chown(tmp_path, 60_500, 60_501)
    users.hand_over(tmp_path, ("gradebook.db", "autograded"))
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in (tmp_path / "autograded").rglob("*")}
    assert owners == {(60_500, 60_501)}


@AS_ROOT
def test_no_user_is_lent_where_others_could_harm_the_grader(monkeypatch, tmp_path):
    """Settings in its home directory are run; and where Python is closed, other users cannot use it."""
    open_home = tmp_path / "home"
    open_home.mkdir()
    open_home.chmod(0o777)
    monkeypatch.setattr(users, "closed_at", lambda path: None)
    monkeypatch.setenv("HOME", str(open_home))
    assert "everybody can write" in users.obstacle()
    open_home.chmod(0o700)
    assert users.obstacle() == ""
    monkeypatch.undo()
    assert users.closed_at(open_home) == open_home or users.closed_at(open_home) in open_home.parents
