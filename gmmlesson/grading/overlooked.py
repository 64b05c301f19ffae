"""What a student has written where grading does not look, or asks for: a teacher is told, and decides."""

import re
from pathlib import Path

from gmmlesson.grading import one
from gmmlesson.grading.assignment import WrongNotebook, read, released, sealed_check
from gmmlesson.grading.elsewhere import files_beside, mend_and_look
from gmmlesson.grading.handed_in import shown
from gmmlesson.grading.selecting import not_installed


def overlooked(course, assignment, students):
    """Sentences for these students: blank cells with work elsewhere, modules that are not there."""
    sentences = []
    for name in one.notebooks(course, assignment) if students else []:
        original = released(course, assignment, name)
        for student in students:
            folder, graded = (
                Path(course) / step / student / assignment for step in ("submitted", "autograded")
            )
            try:
                notebook = read(folder / f"{name}.ipynb")
                found = list(_modules(notebook.cells, original, folder))
                beside = files_beside(course, assignment, folder)
                untried = _not_attempted(graded / f"{name}.ipynb")
                _, places = mend_and_look(notebook, original, beside, untried)
            except (OSError, WrongNotebook):
                continue
            found[:0] = [f"{blank} has no answer: look at {where}." for blank, where in places.items()]
            sentences += [shown(f"{student}: CAUTION: {sentence}") for sentence in found]
    return sentences


def _not_attempted(path):
    """The exercises of a graded notebook that were not attempted, as their checks have found."""
    told = (
        (call.name, output.get("metadata", {}).get("gmmlesson", {}))
        for cell in (read(path).cells if path.exists() else [])
        if (call := sealed_check(cell))
        for output in cell.outputs
    )
    return {name for name, found in told if found.get("status") == "not attempted"}


def _modules(cells, original, folder):
    """A sentence for each cell of the student's that imports what is neither installed nor handed in."""
    theirs = {cell.source for cell in original.cells}
    written = "\n".join(
        cell.source for cell in cells if cell.cell_type == "code" and cell.source not in theirs
    )
    for number, cell in enumerate(cells, 1):
        if cell.cell_type == "code" and cell.source not in theirs:
            names = [name for name in not_installed(cell.source) if not list(folder.glob(f"{name}*"))]
            own = sorted(name for name in names if re.search(rf"\b{name}\.py\b", written))
            if own:
                yield f"cell {number} imports {', '.join(own)}, which the notebook wrote itself: look at it."
            if strange := sorted({*names} - {*own}):
                yield f"cell {number} imports {', '.join(strange)}, which is not installed here."
