"""The Makefile makes .venv when there is none, or a stale one, or half of one; else it leaves it alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


class Clone:
    """A folder with the Makefile and what it depends on. `make -n` tells what it would do."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "notebooks").mkdir(parents=True)
        for name in ("Makefile", "pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, folder)
            os.utime(folder / name, (1, 1))
        for name in ("02_second.ipynb", "01_first.ipynb"):
            (folder / "notebooks" / name).touch()

    def make(self, *arguments, path=None):
        outer = {"ARGS", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "PYTHON"}
        environment = {key: value for key, value in os.environ.items() if key not in outer}
        environment["PATH"] = path or environment["PATH"]
        return subprocess.run(
            [shutil.which("make"), *arguments],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def fake_environment(self):
        """What a finished .venv leaves behind: an interpreter and both marks."""
        (self.folder / ".venv/bin").mkdir(parents=True)
        (self.folder / ".venv/bin/python").symlink_to(sys.executable)
        for mark, time in ((".locked", 2), (".ready", 3)):
            (self.folder / ".venv" / mark).write_text(str(self.folder))
            os.utime(self.folder / ".venv" / mark, (time, time))

    def plan(self, *arguments):
        """(makes the environment from the lock, installs the package), as `make -n test` tells it."""
        done = self.make("-n", "test", *arguments)
        assert done.returncode == 0, done.stderr
        assert "-m pytest" in done.stdout
        return "-r requirements.lock" in done.stdout, "--no-build-isolation -e ." in done.stdout


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "clone")


def touch_later(path: Path):
    os.utime(path, (9, 9))


def test_a_fresh_clone_makes_the_environment(clone):
    assert clone.plan() == (True, True)


def test_a_good_environment_is_left_alone(clone):
    clone.fake_environment()
    assert clone.plan() == (False, False)


def test_a_newer_lock_makes_it_anew(clone):
    clone.fake_environment()
    touch_later(clone.folder / "requirements.lock")
    assert clone.plan() == (True, True)


def test_a_newer_pyproject_installs_the_package_alone(clone):
    clone.fake_environment()
    touch_later(clone.folder / "pyproject.toml")
    assert clone.plan() == (False, True)


@pytest.mark.parametrize("lost", [".locked", ".ready", "bin/python"])
def test_an_environment_cut_short_is_not_taken_for_good(clone, lost):
    clone.fake_environment()
    (clone.folder / ".venv" / lost).unlink()
    assert clone.plan() == (lost != ".ready", True)


def test_a_moved_folder_makes_it_anew(clone):
    clone.fake_environment()
    clone.folder = clone.folder.rename(clone.folder.with_name("moved"))
    assert clone.plan() == (True, True)


def test_lab_opens_the_learners_folder(clone):
    clone.fake_environment()
    told = clone.make("-n", "lab", "ARGS=--no-browser").stdout
    assert told.endswith("-m gmmlesson lab work --no-browser\n")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/work/" in ignored


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
