"""What to run before each commit: `make quick`, or `python tools/quick.py [options of pytest ...]`.

The core of the package, the rules of lessons and exercises, and of the lessons those that differ from git's
HEAD, executed and compared. `make test` runs everything.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
CORE = (
    "collapse", "em", "families", "gradient", "initialization", "lesson_rules", "many", "matching", "mixture",
    "selection", "slices", "style", "theory",
)  # fmt: skip


def changed_lessons():
    """The lessons that differ from git's HEAD, or that it does not know."""
    ask = ["git", "-C", str(ROOT), "status", "--porcelain", "--no-renames", "-z", "--", "notebooks"]
    lines = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = {ROOT / line[3:] for line in lines if line.endswith(".ipynb")}
    return sorted(path for path in paths if path.exists())


def main(options):
    sys.path.insert(0, str(TESTS))
    sys.path.insert(0, str(ROOT / "tools"))
    from notebooks import blas_kernels  # it takes a moment

    chosen = [str(TESTS / f"test_{name}.py") for name in CORE]
    for lesson in changed_lessons():
        print(f"{lesson.name} has changed: it is run.")
        kernel = blas_kernels()[0]
        chosen += [
            f"{TESTS}/test_notebooks.py::test_is_stored_clean[{lesson.stem}]",
            f"{TESTS}/test_notebooks.py::test_prints_what_is_committed[{lesson.stem}-{kernel}]",
            f"{TESTS}/test_notebooks.py::test_draws_the_figures_that_are_committed[{lesson.stem}-{kernel}]",
            f"{TESTS}/test_lessons_solved.py::test_solved_it_passes_every_check[{lesson.stem}]",
        ]
    return pytest.main([*chosen, "--numprocesses=auto", "-q", *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
