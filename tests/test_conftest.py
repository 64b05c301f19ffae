"""What conftest.py promises: skips are listed with their reasons, and under CI=true they fail the run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
