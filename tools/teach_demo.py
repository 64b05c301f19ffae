"""nbgrader from end to end, on one lesson and four synthetic students: `make teach-demo`.

In build/teach-demo it makes a course folder from the instructor edition of one lesson, and runs nbgrader's
own commands there as a teacher would: `generate_assignment`; then the students' notebooks are put into
submitted/, where `collect` or `zip_collect` would put them; then `autograde`. The points are read from
nbgrader's gradebook and compared with what each student has earned:

    blank       hands in what was released                              no points
    correct     the answers of the package                              all points
    underflows  the right formula, without log-sum-exp, in the E-step   some points
    warns       correct, but warns and writes to stderr                 all points

(nbgrader gives no points to a cell with anything on stderr; `check` keeps it silent.) No network is needed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

import editions
import refresh
import solutions

LESSON = next(path for path in editions.LESSONS if path.stem.startswith("02_"))
UNDERFLOWS = {
    "e_step": """
def my_e_step(X, mixture):
    densities = np.exp(mixture.log_joint(X))
    totals = densities.sum(axis=1, keepdims=True)
    return densities / totals, np.log(totals).sum()
"""
}
WARNS = """

_silent_{name} = {function}


def {function}(*arguments):
    import sys, warnings

    warnings.warn("written for another version of NumPy")
    print("and it talks", file=sys.stderr)
    return _silent_{name}(*arguments)
"""
ESSAY = " Because each point has a density of its own."


@dataclass(frozen=True)
class Score:
    """What the gradebook says of one cell of one student."""

    earned: float | None  # None: not yet graded by hand
    points: float
    by_hand: bool  # waits for a person


def students(released: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """What each student hands in, by name."""
    tasks = list(solutions.tasks(released))
    imported = solutions.imported_names(released)
    right = {task.name: solutions.solution_source(task, imported, marks=False) for task in tasks}
    noise = {task.name: WARNS.format(name=task.name, function=task.function) for task in tasks}
    return {
        "blank": released,
        "correct": typed(released, right),
        "underflows": typed(released, right | UNDERFLOWS),
        "warns": typed(released, {name: right[name] + noise[name] for name in right}),
    }


def typed(released, sources: dict[str, str]):
    """A copy of a released notebook with the stubs of these exercises filled in, and the essays answered."""
    notebook = nbformat.from_dict(released)
    for task in solutions.tasks(notebook):
        task.stub.source = sources[task.name]
    for cell in notebook.cells:
        if solutions.role(cell) == "essay":
            cell.source += ESSAY
    return notebook


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader in the course folder -> what it printed. RuntimeError if it fails.

    Settings of the person who runs it, for Jupyter or IPython, do not count.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls `alembic`
    with tempfile.TemporaryDirectory() as scratch:
        neutral = refresh.neutral_environment(Path(scratch))
        neutral |= {"JUPYTER_CONFIG_DIR": scratch, "PATH": path}
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=folder, env=os.environ | neutral, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(arguments)} failed:\n{done.stdout}")
    return done.stdout


def grade(folder: Path, lesson: Path = LESSON) -> dict[str, dict[str, Score]]:
    """Release a lesson in a new course folder, hand in, autograde -> {student: {grade_id: Score}}."""
    assignment = lesson.stem
    editions.write_instructor(folder, [lesson])
    nbgrader(folder, "generate_assignment", assignment)
    released = nbformat.read(folder / "release" / assignment / lesson.name, as_version=4)
    for student, notebook in students(released).items():
        editions.write(folder / "submitted" / student / assignment / lesson.name, nbformat.writes(notebook))
    nbgrader(folder, "autograde", assignment)
    return gradebook(folder, assignment)


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
            if student == "underflows" and name.removesuffix("-check") in UNDERFLOWS:
                right, wanted = 0 < cell.earned < cell.points, "some"
            elif student == "blank":
                right, wanted = cell.earned == 0, "none"
            else:
                right, wanted = cell.earned == cell.points, "all"
            if not right:
                found.append(f"{student}: {name}: {cell.earned:g} of {cell.points:g} points, not {wanted}")
    if set(scores) != {"blank", "correct", "underflows", "warns"}:
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
    print(*wrong or ["As it should be: none, all, some, all."], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
