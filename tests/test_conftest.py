"""What conftest.py promises: skips are listed with their reasons, and under CI=true they fail the run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import conftest

TESTS = """
import pytest

@pytest.mark.skip(reason="no browser here")
def test_skipped(): pass

def test_inside(): pytest.skip("no second kernel")

def test_passes(summary): summary.append("12.3 s")
"""
MODULE = 'import pytest\npytest.skip("not on this system", allow_module_level=True)\n'


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_skips_are_listed_and_fail_under_ci(ci, status, tmp_path):
    (tmp_path / "tests").mkdir()
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path / "tests")
    (tmp_path / "tests" / "test_some.py").write_text(TESTS)
    (tmp_path / "tests" / "test_module.py").write_text(MODULE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    run = subprocess.run(command, cwd=tmp_path, env=os.environ | {"CI": ci}, capture_output=True, text=True)
    assert run.returncode == status, run.stdout
    for text in ("no browser here", "no second kernel", "not on this system", "12.3 s"):
        assert text in run.stdout
    assert ("nothing may skip" in run.stdout) == bool(ci)


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("tests/test_notebooks.py::test_prints_what_is_committed[02_e_step-Haswell]", "02_e_step-Haswell"),
        ("tests/test_notebooks.py::test_is_stored_clean[02_e_step]", None),
        ("tests/test_engine.py::TestThreads::test_two_fits_at_once", None),
        ("tests/test_slides.py::test_speaker_view", "test_slides"),
        ("tests/test_slides.py::test_everything_is_inside[02_e_step]", "test_slides"),
    ],
)
def test_what_stays_together(nodeid, name):
    assert conftest.together(nodeid) == (name or nodeid)


def test_it_does_so_in_processes(tmp_path):
    """A file whose tests share something is run by one of two processes, and its lines to print arrive."""
    (tmp_path / "tests").mkdir()
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path / "tests")
    text = "import os, pytest\n@pytest.mark.parametrize('i', range(6))\n"
    text += "def test_one(i, summary): summary.append(f'{__name__} in {os.getpid()}')\n"
    for name in ("test_a", "test_b"):
        (tmp_path / "tests" / f"{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--numprocesses=2", "tests"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    lines = [line for line in run.stdout.splitlines() if " in " in line and line.startswith("test_")]
    assert len(lines) == 12 and len(set(lines)) == 2, run.stdout
