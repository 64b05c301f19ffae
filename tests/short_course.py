"""A course folder with one short assignment, for tests of what is around the grading."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import editions

ASSIGNMENT = "01_short"
ESSAY = "essay-01"


def assignment(answer: str, stub: str = "x = 1", pictures: dict | None = None):
    """A lesson with an exercise and an essay that starts no more than a kernel.

    pictures  what is attached to the essay: {name: {kind: text}}
    """

    def data(name, **given):
        return {"nbgrader": {"schema_version": 3, "task": False, "locked": False, "grade_id": name} | given}

    cells = [
        new_code_cell(stub, metadata=data("x", solution=True, grade=False)),
        new_code_cell("assert x == 1", metadata=data("x-check", solution=False, grade=True, points=4)),
        new_markdown_cell(answer, metadata=data(ESSAY, solution=True, grade=True, points=2)),
    ]
    for cell, name in zip(cells, ("stub", "check", "essay"), strict=True):
        cell.id = name  # the same in each notebook
    if pictures:
        cells[-1]["attachments"] = pictures
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def place(course: Path, folder: str, answer: str, **given) -> None:
    """Write the assignment, with what `assignment` is given, into a folder of the course."""
    text = nbformat.writes(assignment(answer, **given))
    editions.write(course / folder / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", text)
