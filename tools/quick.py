"""What to run before each commit: `make quick`, or `python tools/quick.py [options of pytest ...]`.

The style, the core of the package, the checks of exercises, and the rules of lessons; then those lessons that
differ from git's HEAD, executed and compared. `make test` runs everything.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
CORE = (
    "collapse", "em", "engine", "exercises", "families", "gradient", "initialization", "lesson_rules", "many",
    "matching", "mixture", "selection", "slices", "style", "theory",
)  # fmt: skip


def changed_lessons():
    """The lessons that differ from git's HEAD, or that it does not know."""
    ask = ["git", "-C", str(ROOT), "status", "--porcelain", "--no-renames", "-z", "--", "notebooks"]
    lines = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = {ROOT / line[3:] for line in lines if line.endswith(".ipynb")}
    return sorted(path for path in paths if path.exists())


def of(lesson):
    """The tests that execute one lesson, under one BLAS kernel."""
    sys.path[:0] = [str(TESTS), str(ROOT / "tools")]
    from notebooks import blas_kernels  # it takes a moment

    run = f"{lesson.stem}-{blas_kernels()[0]}"
    return [
        f"{TESTS}/test_notebooks.py::test_is_stored_clean[{lesson.stem}]",
        f"{TESTS}/test_notebooks.py::test_prints_what_is_committed[{run}]",
        f"{TESTS}/test_notebooks.py::test_draws_the_figures_that_are_committed[{run}]",
    ]


def main(options):
    chosen = [str(TESTS / f"test_{name}.py") for name in CORE]
    for lesson in changed_lessons():
        print(f"{lesson.name} has changed: it is run.", flush=True)
        chosen += of(lesson)
    return pytest.main([*chosen, "--numprocesses=auto", "-q", *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
