"""An assignment as it was released, and what its cells are."""

import ast
from dataclasses import dataclass
from pathlib import Path

import nbformat


class WrongNotebook(ValueError):
    """Raised with a sentence for the teacher where a file is no submission of this assignment."""


@dataclass(frozen=True)
class Check:
    """The call that a check cell is made of.

    name      of the exercise, such as "e_step"
    function  the learner's, such as "my_e_step"
    points    what the exercise is worth, or None
    """

    name: str
    function: str
    points: float | None


NOT_PYTHON = (
    SyntaxError,
    ValueError,
    RecursionError,
    MemoryError,
)  # the last two where it is nested too deep


def parsed(source):
    """The statements of a cell, as `ast` has them; None if it is not Python, or more than Python can read."""
    try:
        return ast.parse(source).body
    except NOT_PYTHON:
        return None


def check_call(source):
    """The one call in a check cell's source, check("e_step", my_e_step, points=4) -> Check.

    Raises ValueError if the source is anything else.
    """
    match parsed(source):
        case [
            ast.Expr(
                value=ast.Call(
                    func=ast.Name(id="check"),
                    args=[ast.Constant(value=str(name)), ast.Name(id=function)],
                    keywords=keywords,
                )
            )
        ]:
            given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in keywords}
            return Check(name, function, given.get("points"))
    raise ValueError(f'not a lone check("name", my_name, points=...): {source!r}')


def marks(cell):
    """nbgrader's metadata of a cell; an empty dict if it has none, or none that can be read."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def grade_id(cell):
    """nbgrader's name of a cell; None for a cell that it does not know."""
    found = marks(cell).get("grade_id")
    return found if isinstance(found, str) else None


def is_stub(cell):
    """Whether a learner's function is to be written in this cell."""
    return cell.cell_type == "code" and bool(marks(cell).get("solution")) and not marks(cell).get("grade")


def sealed_check(cell):
    """The call of a graded cell that is one of `check` -> Check; None for any other cell."""
    if cell.cell_type != "code" or not marks(cell).get("grade"):
        return None
    try:
        return check_call(cell.source)
    except ValueError:
        return None


def read(path):
    """The notebook in a file; raises WrongNotebook if there is none in it."""
    return notebook_of(Path(path).read_bytes())


def notebook_of(content):
    """The notebook that a file's bytes are; raises WrongNotebook if they are none."""
    try:
        text = content.decode("utf-8-sig")  # Notepad writes a byte order mark
    except UnicodeDecodeError:
        raise WrongNotebook("The file is not text, so it is no notebook.") from None
    if not text.strip():
        raise WrongNotebook("The file is empty.")
    try:
        notebook = nbformat.reads(text, as_version=4)
        unify_line_ends(notebook)
    except Exception:  # not JSON, or JSON of something else: there are as many errors as libraries
        raise WrongNotebook("The file is no notebook: it cannot be read as one.") from None
    return notebook


def unify_line_ends(notebook):
    """End the lines of cells as Jupyter does: with the ends of other editors, every cell would be changed."""
    for cell in notebook.cells:
        if isinstance(cell.get("source"), str):
            cell.source = cell.source.replace("\r\n", "\n").replace("\r", "\n")


def released(course, assignment, notebook):
    """What students were given: release/<assignment>/<notebook>.ipynb in the course folder.

    Raises WrongNotebook if it is not there.
    """
    path = Path(course) / "release" / assignment / f"{notebook}.ipynb"
    if not path.exists():
        where = path.relative_to(course)
        raise WrongNotebook(f"{where} is missing: run `nbgrader generate_assignment {assignment}`.")
    return read(path)
