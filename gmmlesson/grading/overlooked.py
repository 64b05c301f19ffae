"""What a student has written where grading does not look, or asks for: a teacher is told, and decides."""

from pathlib import Path

from gmmlesson.grading import one
from gmmlesson.grading.assignment import WrongNotebook, grade_id, marks, parsed, read, released
from gmmlesson.grading.handed_in import shown
from gmmlesson.grading.selecting import not_installed

PROSE = 20  # characters, at least, of a text that may be an answer


def overlooked(course, assignment, students):
    """Sentences for these students: essays beside the cell that is graded, modules that are not there."""
    sentences = []
    for name in one.notebooks(course, assignment) if students else []:
        original = released(course, assignment, name)
        for student in students:
            folder = Path(course) / "submitted" / student / assignment
            try:
                cells = read(folder / f"{name}.ipynb").cells
            except (OSError, WrongNotebook):
                continue
            found = [*_essays(cells, original), *_modules(cells, original, folder)]
            sentences += [f"{shown(student)}: CAUTION: {sentence}" for sentence in found]
    return sentences


def _essays(cells, original):
    """A sentence for each essay that was left blank, where text of the student's stands right beside it."""
    blank = {grade_id(cell): cell.source.strip() for cell in original.cells if _is_essay(cell)}
    theirs = {cell.source.strip() for cell in original.cells}
    for place, cell in enumerate(cells):
        name = grade_id(cell)
        if name not in blank or cell.source.strip() not in ("", blank[name]):
            continue
        # text below in Markdown is mended: it becomes the answer
        beside = [
            number
            for number, kind in ((place, "markdown"), (place + 2, "code"))
            if 0 < number <= len(cells) and _is_prose(cells[number - 1], kind, theirs)
        ]
        if beside:
            yield f"{name} is blank, and cell {beside[0]} beside it has text of their own."


def _is_essay(cell):
    return cell.cell_type == "markdown" and bool(marks(cell).get("solution"))


def _is_prose(cell, kind, theirs):
    """Whether a cell of this kind is the student's own, and words rather than code."""
    text = cell.source.strip()
    if cell.cell_type != kind or marks(cell) or text in theirs or len(text) < PROSE:
        return False
    return kind == "markdown" or not parsed(text)  # not Python, or comments alone


def _modules(cells, original, folder):
    """A sentence for each cell of the student's that imports what is neither installed nor handed in."""
    theirs = {cell.source for cell in original.cells}
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code" and cell.source not in theirs:
            names = [name for name in not_installed(cell.source) if not list(folder.glob(f"{name}*"))]
            if names:
                yield f"cell {number} imports {', '.join(sorted(names))}, which is not installed here."
