"""nbgrader from end to end, on one lesson and nine made-up students: `make teach-demo`.

In build/teach-demo it makes a course folder from the instructor edition of one lesson, and works there as a
teacher would: `nbgrader generate_assignment`; then the students' notebooks are put into submitted/, where
`collect` or `make collect-mail` would put them; then `make grade`. The points are read from nbgrader's
gradebook, and compared with what each student of tools/demo_students.py has earned. No network is needed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

import demo_students
import editions
import refresh
from demo_students import EARNS

LESSON = next(path for path in editions.LESSONS if path.stem.startswith("02_"))
SECONDS = 15  # for a cell: the one who loops is not waited for long, and imports have time on a busy machine


@dataclass(frozen=True)
class Score:
    """What the gradebook says of one cell of one student."""

    earned: float | None  # None: not yet graded by hand
    points: float
    by_hand: bool  # waits for a person


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader in the course folder -> what it printed. RuntimeError if it fails."""
    return command(folder, "-m", "nbgrader", *arguments)


def command(folder: Path, *arguments: str) -> str:
    """Run Python with these arguments in the course folder -> what it printed. RuntimeError if it fails.

    Settings of the person who runs it, for Jupyter or IPython, do not count.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls `alembic`
    with tempfile.TemporaryDirectory() as scratch:
        neutral = refresh.neutral_environment(Path(scratch))
        neutral |= {"JUPYTER_CONFIG_DIR": scratch, "PATH": path}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder, env=os.environ | neutral, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout}")
    return done.stdout


def hand_in(folder: Path, lesson: Path = LESSON) -> None:
    """Release a lesson in a new course folder, and put there what the students hand in."""
    assignment = lesson.stem
    editions.write_instructor(folder, [lesson])
    config = folder / "nbgrader_config.py"
    shorter = re.sub(r"timeout = \d+", f"timeout = {SECONDS}", config.read_text(encoding="utf-8"))
    editions.write(config, shorter)
    nbgrader(folder, "generate_assignment", assignment)
    released = nbformat.read(folder / "release" / assignment / lesson.name, as_version=4)
    for student, notebook in demo_students.students(released).items():
        editions.write(folder / "submitted" / student / assignment / lesson.name, nbformat.writes(notebook))


def grade(folder: Path, lesson: Path = LESSON) -> dict[str, dict[str, Score]]:
    """Release a lesson in a new course folder, hand in, grade -> {student: {grade_id: Score}}."""
    hand_in(folder, lesson)
    command(folder, str(editions.ROOT / "tools/grade.py"), str(folder), lesson.stem)
    return gradebook(folder, lesson.stem)


def gradebook(folder: Path, assignment: str) -> dict[str, dict[str, Score]]:
    """What nbgrader's database knows of an assignment."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", editions.COURSE) as book:
        return {
            submission.student.id: {
                grade.name: Score(grade.auto_score, grade.max_score, bool(grade.needs_manual_grade))
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(assignment)
        }


def problems(scores: dict[str, dict[str, Score]]) -> list[str]:
    """Where the scores are not what the students have earned."""
    found = []
    for student, cells in scores.items():
        for name, cell in cells.items():
            if not name.endswith("-check"):  # an essay
                if cell.by_hand != (student != "blank"):
                    found.append(f"{student}: {name}: {'to be' if cell.by_hand else 'not'} graded by hand")
                continue
            wanted = EARNS.get(student, "all")
            if wanted == "some" and name.removesuffix("-check") != demo_students.EXERCISE:
                wanted = "all"
            right = {
                "none": cell.earned == 0,
                "some": 0 < cell.earned < cell.points,
                "all": cell.earned == cell.points,
            }
            if not right[wanted]:
                found.append(f"{student}: {name}: {cell.earned:g} of {cell.points:g} points, not {wanted}")
    if set(scores) != set(EARNS):
        found.append(f"the gradebook knows the students {sorted(scores)}")
    return found


def table(scores: dict[str, dict[str, Score]]) -> str:
    """The scores as text: a line a student, a column a graded cell."""
    names = list(next(iter(scores.values())))
    rows = [["student", *(name.removesuffix("-check") for name in names), "total"]]
    for student, cells in scores.items():
        shown = ["by hand" if cell.by_hand else f"{cell.earned:g}" for cell in cells.values()]
        rows.append([student, *shown, f"{sum(cell.earned or 0 for cell in cells.values()):g}"])
    points = [cell.points for cell in cells.values()]
    rows.append(["(possible)", *(f"{number:g}" for number in points), f"{sum(points):g}"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main() -> int:
    folder = editions.BUILD / "teach-demo"
    shutil.rmtree(folder, ignore_errors=True)
    scores = grade(folder)
    print(f"{LESSON.stem}: points in nbgrader's {folder.relative_to(editions.ROOT)}/gradebook.db\n")
    print(table(scores) + "\n")
    wrong = problems(scores)
    should = ", ".join(f"{student} {what}" for student, what in EARNS.items())
    print(*wrong or [f"As it should be: {should}."], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
