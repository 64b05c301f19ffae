"""A teacher's own notebooks and exercises, put into a course folder of nbgrader.

The folder has Python files of exercises, in the form of gmmlesson/exercises/lesson_NN.py, notebooks, and a
page of Markdown for each rubric. In the course folder

    source/NAME/NAME.ipynb   is the notebook as an assignment: nbgrader's metadata written, stubs filled in
    exercises/               has the Python files, and what else lies there but for notebooks and pages;
                             nbgrader_config.py names it to `check` while it grades
    rubrics/                 has the Markdown pages, which no step of nbgrader hands out

A notebook needs no metadata. A cell that is a lone check("name", my_name, points=3) is graded, the one that
defines my_name is its stub, and Markdown that ends in *Your answer:* is an essay, whose question says what it
is worth: (2 points). Cells that have nbgrader's metadata already keep theirs.
"""

import ast
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat

import refresh
import solutions
from gmmlesson.exercises import EXERCISES, own
from gmmlesson.grading.assignment import check_call

ENVIRONMENT = f"""
import os
from pathlib import Path

# The exercises of your own, which `check` needs where nbgrader runs it.
os.environ["{own.VARIABLE}"] = str(Path(__file__).resolve().parent / "exercises")
"""
NAME = re.compile(r"[A-Za-z0-9_-]+")
POINTS = re.compile(r"(\d+(?:\.\d+)?) points?\b")


class OwnError(ValueError):
    """What is wrong with a teacher's folder: a sentence or more, a line each."""


def write_own(course: Path, folder: Path, taken: set[str]) -> list[Path]:
    """Put what is in `folder` into a course folder -> its notebooks there. Raises OwnError.

    taken  names that a notebook may not have: the lessons'
    """
    notebooks = read_notebooks(folder, taken)
    if any(folder.glob("*.py")):
        bank = own.read(folder, taken=EXERCISES)
        if bank.problems:
            raise OwnError("\n".join(bank.problems))
        os.environ[own.VARIABLE] = str(folder)  # also for the kernels of `--run`
        others = shutil.ignore_patterns("*.ipynb", "*.md", ".*", "__pycache__")
        shutil.copytree(folder, course / "exercises", ignore=others)
        with (course / "nbgrader_config.py").open("a", encoding="utf-8") as config:
            config.write(ENVIRONMENT)
    for page in sorted(folder.glob("*.md")):
        (course / "rubrics").mkdir(exist_ok=True)
        shutil.copy(page, course / "rubrics")
    written = []
    for path, notebook in notebooks.items():
        try:
            mark(notebook, path.stem)
            solutions.fill_in(notebook, marks=True)
        except ValueError as error:
            raise OwnError(f"{path.name}: {error}") from error
        written.append(course / "source" / path.stem / path.name)
        written[-1].parent.mkdir(parents=True)
        written[-1].write_text(refresh.to_text(notebook), encoding="utf-8", newline="\n")
    return written


def read_notebooks(folder: Path, taken: set[str]) -> dict[Path, nbformat.NotebookNode]:
    """The notebooks of a folder, in nbformat's newest form and without outputs."""
    if not folder.is_dir():
        raise OwnError(f"{folder}: there is no such folder.")
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        raise OwnError(f"{folder}: it has no notebook.")
    found = {}
    for path in paths:
        if not NAME.fullmatch(path.stem):
            raise OwnError(f"{path.name}: nbgrader wants a name of letters, digits, - and _ alone.")
        if path.stem in taken:
            raise OwnError(f"{path.name}: there is a lesson of that name; give yours another.")
        try:
            notebook = nbformat.v4.upgrade(nbformat.read(path, as_version=4))
        except Exception as error:  # nbformat raises many sorts
            raise OwnError(f"{path.name}: it is not a notebook.") from error
        notebook.metadata = nbformat.from_dict(refresh.METADATA)  # any kernel of Python's will do
        for cell in notebook.cells:
            cell.source = cell.source.rstrip()
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        found[path] = notebook
    return found


def mark(notebook: nbformat.NotebookNode, name: str) -> None:
    """Write nbgrader's metadata into the cells of a notebook that need it, in place. Raises ValueError."""
    defined = [cell for cell in notebook.cells if cell.cell_type == "code" and not is_check(cell)]
    essays = 0
    for cell in notebook.cells:
        if is_check(cell):
            call = check_call(cell.source)
            if not isinstance(call.points, (int, float)) or call.points <= 0:
                raise ValueError(f'check("{call.name}", ...) does not say what it is worth: points=3, say.')
            add(cell, f"{call.name}-check", grade=True, solution=False, points=call.points)
            for stub in defined:
                if defines(stub, call.function):
                    add(stub, call.name, grade=False, solution=True)
        elif is_essay(cell):
            essays += 1
            add(cell, f"{name}-essay-{essays}", grade=True, solution=True, points=points_of(cell))
    names = [name for name, _ in graded_cells(notebook)]
    if not names:
        raise ValueError("nothing in it is graded: no check(...) with points, no essay.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"nbgrader wants each thing once; it has {twice[0]} {len(twice)} times.")


def graded_cells(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, float]]:
    """The grade_id and the points of each graded cell."""
    for cell in notebook.cells:
        if solutions.role(cell) in ("check", "essay"):
            yield cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points


def add(cell, grade_id: str, **data) -> None:
    """Give a cell the metadata of nbgrader, unless it has some."""
    locked = not data["solution"]
    common = {"schema_version": 3, "task": False, "locked": locked, "grade_id": grade_id}
    cell.metadata.setdefault("nbgrader", nbformat.from_dict(common | data))


def is_check(cell) -> bool:
    """Whether a cell is a lone call of `check`."""
    if cell.cell_type != "code":
        return False
    try:
        check_call(cell.source)
    except ValueError:  # something else, or a line for IPython
        return False
    return True


def defines(cell, function: str) -> bool:
    """Whether a cell defines this function."""
    found = solutions.statements(cell)
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in found)


def is_essay(cell) -> bool:
    return cell.cell_type == "markdown" and cell.source.endswith(solutions.ANSWER)


def points_of(cell) -> float:
    """What an essay is worth: the last "2 points" in its question."""
    found = POINTS.findall(cell.source)
    if not found:
        raise ValueError('an essay must say what it is worth, as in "(2 points)".')
    return float(found[-1])
