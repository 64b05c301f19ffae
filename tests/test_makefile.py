"""The Makefile makes .venv when there is none, or a stale one, or half of one; else it leaves it alone."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import outer_make

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")

# What a target can have to do first, and how `make -n` says so.
STEPS = {
    "learner's lock": "-r requirements.lock",
    "package": "--no-build-isolation -e .",
    "tester's lock": "-r requirements-test.lock",
}
FOR_LAB = ["learner's lock", "package"]
EVERYTHING = [*FOR_LAB, "tester's lock"]

WITHOUT_VENV = {"help", "lock", "site-lock", "clean"}
FOR_LEARNERS = {"lab", "author", "wheel", "site", "serve"}  # these need no more than the learner's lock

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


class Clone:
    """A folder with the Makefile and what it depends on. `make -n` tells what it would do."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "notebooks").mkdir(parents=True)
        (folder / "site").mkdir()
        for name in ("Makefile", "pyproject.toml", *LOCKS, "site/requirements.lock"):
            shutil.copy(ROOT / name, folder / name)
            os.utime(folder / name, (1, 1))
        for name in ("02_second.ipynb", "01_first.ipynb"):
            (folder / "notebooks" / name).touch()

    def make(self, *arguments, path=None, locale=None, **options):
        environment = outer_make.environment()
        environment["PATH"] = path or environment["PATH"]
        if locale:
            environment["LC_ALL"] = locale
        return subprocess.run(
            [shutil.which("make"), *arguments],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False, **options,
        )  # fmt: skip

    def fake_environment(self, marks=(".locked", ".ready", ".tested")):
        """What a finished .venv leaves behind: an interpreter, and marks that follow each other in time."""
        (self.folder / ".venv/bin").mkdir(parents=True)
        (self.folder / ".venv/bin/python").symlink_to(sys.executable)
        for time, mark in enumerate(marks, start=2):
            (self.folder / ".venv" / mark).write_text(f"{self.folder}\n", encoding="utf-8")
            os.utime(self.folder / ".venv" / mark, (time, time))

    def plan(self, target, **options) -> list[str]:
        """What has to be done before the target's own command, in its order."""
        done = self.make("-n", target, **options)
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        places = {step: done.stdout.find(words) for step, words in STEPS.items()}
        return sorted((step for step in STEPS if places[step] >= 0), key=places.get)


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "clone")


def touch_later(path: Path):
    os.utime(path, (9, 9))


def test_a_fresh_clone_makes_the_environment(clone):
    assert clone.plan("lab") == FOR_LAB
    assert clone.plan("test") == EVERYTHING


def test_a_good_environment_is_left_alone(clone):
    clone.fake_environment()
    assert clone.plan("lab") == clone.plan("test") == []


def test_a_learners_environment_is_added_to(clone):
    clone.fake_environment([".locked", ".ready"])
    assert clone.plan("lab") == []
    assert clone.plan("test") == ["tester's lock"]


def targets():
    """Every target that `make help` lists and that needs .venv."""
    listed = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return sorted({*listed} - WITHOUT_VENV)


@pytest.mark.parametrize("target", targets())
def test_every_target_has_the_packages_it_needs(target, clone):
    assert clone.plan(target) == (FOR_LAB if target in FOR_LEARNERS else EVERYTHING)


@pytest.mark.parametrize("target", ["grade", "collect-mail", "mend-submissions", "mistakes"])
def test_targets_for_a_course_folder_ask_for_it(target, clone):
    clone.fake_environment()
    done = clone.make(target)
    assert done.returncode != 0
    assert f"make {target} COURSE=~/gmm" in done.stderr
    assert ("LESSON=" in done.stderr) == (target != "mistakes")


def test_a_newer_lock_for_learners_makes_it_anew(clone):
    clone.fake_environment()
    touch_later(clone.folder / "requirements.lock")
    assert clone.plan("lab") == FOR_LAB
    assert clone.plan("test") == EVERYTHING


def test_a_newer_lock_for_testers_is_installed_on_top(clone):
    clone.fake_environment()
    touch_later(clone.folder / "requirements-test.lock")
    assert clone.plan("lab") == []
    assert clone.plan("test") == ["tester's lock"]


def test_a_newer_pyproject_installs_the_package_alone(clone):
    clone.fake_environment()
    touch_later(clone.folder / "pyproject.toml")
    assert clone.plan("lab") == clone.plan("test") == ["package"]


@pytest.mark.parametrize(
    ("lost", "for_lab", "for_test"),
    [
        (".locked", FOR_LAB, EVERYTHING),
        (".ready", ["package"], ["package"]),
        (".tested", [], ["tester's lock"]),
        ("bin/python", FOR_LAB, EVERYTHING),
    ],
)
def test_an_environment_cut_short_is_not_taken_for_good(clone, lost, for_lab, for_test):
    clone.fake_environment()
    (clone.folder / ".venv" / lost).unlink()
    assert clone.plan("lab") == for_lab
    assert clone.plan("test") == for_test


def test_a_moved_folder_makes_it_anew(clone):
    clone.fake_environment()
    clone.folder = clone.folder.rename(clone.folder.with_name("moved"))
    assert clone.plan("lab") == FOR_LAB
    assert clone.plan("test") == EVERYTHING


def test_a_folder_may_have_spaces_in_its_name(tmp_path):
    clone = Clone(tmp_path / "my  course, again")
    clone.fake_environment()
    assert clone.plan("lab") == []


def test_a_folder_may_have_letters_outside_ascii_whatever_the_locale(tmp_path):
    clone = Clone(tmp_path / "Übung")
    clone.fake_environment()
    shutil.rmtree(clone.folder / ".venv/bin")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=clone.folder, check=True)
    (site_packages,) = (clone.folder / ".venv/lib").glob("python*/site-packages")
    (site_packages / "here.pth").write_text(f"{clone.folder}\n", encoding="utf-8")
    (clone.folder / "found.py").touch()
    with (clone.folder / "Makefile").open("a") as makefile:
        makefile.write("\nuse: $(READY); @$(PY) -c 'import found; print(found.__name__)'\n")
    assert clone.plan("use", locale="C") == []
    done = clone.make("use", locale="C")
    assert (done.stdout, done.stderr) == ("found\n", "")


@pytest.fixture
def read_only_clone():
    """Runs make in a clone that may be read but not written, whose interpreter does nothing.

    Root may write everywhere: it runs make as nobody, who may not look into tmp_path.
    """
    nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:

        def make(target, marks):
            clone = Clone(Path(folder) / "clone")
            if marks:
                clone.fake_environment(marks)
                python = clone.folder / ".venv/bin/python"
                python.unlink()
                python.write_text("#!/bin/sh\nexit 0\n")
            for path in (Path(folder), clone.folder, *clone.folder.rglob("*")):
                path.chmod(0o555)
            return clone.make(target, **nobody)

        yield make


@pytest.mark.parametrize(
    ("marks", "target"),
    [([], "lab"), ([], "test"), ([".ready"], "lab"), ([".locked"], "lab"), ([".locked", ".ready"], "test")],
)
def test_a_read_only_clone_gets_a_sentence(marks, target, read_only_clone):
    done = read_only_clone(target, marks)
    assert done.returncode != 0
    assert done.stdout == ""
    told = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    assert told == ["This folder is read-only: copy it to a place where you may write, and run make there."]


def test_a_read_only_clone_that_has_its_environment_is_used(read_only_clone):
    done = read_only_clone("lab", [".locked", ".ready"])
    assert (done.returncode, done.stderr) == (0, "")


def test_lab_opens_the_learners_folder(clone):
    clone.fake_environment()
    told = clone.make("-n", "lab", "ARGS=--no-browser").stdout
    assert told.endswith("-m gmmlesson lab work --no-browser\n")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "work/" in ignored


def test_author_opens_the_first_stored_lesson_on_this_machine_only(clone):
    clone.fake_environment()
    told = clone.make("-n", "author", "ARGS=--no-browser").stdout
    assert "/lab/tree/notebooks/01_first.ipynb" in told
    assert "--ip=127.0.0.1" in told
    assert "--no-browser" in told
    assert ("--allow-root" in told) == (os.geteuid() == 0)


def test_help_is_the_default_and_lists_every_target(clone):
    told = clone.make().stdout
    assert told == clone.make("help").stdout
    for target in ("help", "lab", "author", "wheel", "test", "lint", "bench", "refresh", "lock", "clean"):
        assert f"make {target}" in told


def fake_python(folder: Path, name: str, refuses: str) -> str:
    """An interpreter on a PATH of its own, which fails when its program has the given words in it."""
    folder.mkdir(exist_ok=True)
    script = folder / name
    script.write_text(f'#!/bin/sh\ncase "$2" in *"{refuses}"*) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    for tool in ("rm", "id", "cat"):
        if not (folder / tool).exists():
            (folder / tool).symlink_to(shutil.which(tool))
    return str(folder)


def test_no_python_of_a_fitting_version(clone, tmp_path):
    path = fake_python(tmp_path / "bin", "python3", refuses="version_info")
    done = clone.make("test", path=path)
    assert done.returncode != 0
    assert "needs Python 3.11, 3.12, 3.13 or 3.14" in done.stderr
    assert not (clone.folder / ".venv").exists()


def test_a_python_without_ensurepip(clone, tmp_path):
    path = fake_python(tmp_path / "bin", "python3", refuses="ensurepip")
    done = clone.make("test", path=path)
    assert done.returncode != 0
    assert f"apt install python{sys.version_info.major}.{sys.version_info.minor}-venv" in done.stderr


def test_another_python_on_the_path_stands_in(clone, tmp_path):
    fake_python(tmp_path / "bin", "python3", refuses="version_info")
    path = fake_python(tmp_path / "bin", "python3.13", refuses="nothing at all")
    found = "\nshow: ; @$(FIND_PYTHON); echo $$python\n"
    with (clone.folder / "Makefile").open("a") as makefile:
        makefile.write(found)
    assert clone.make("show", path=path).stdout.strip() == "python3.13"
    refused = clone.make("show", "PYTHON=python3", path=path)
    assert refused.returncode != 0
    assert "none of these is one: python3." in refused.stderr
