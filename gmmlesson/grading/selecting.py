"""Which cells of a submission are run for its grade."""

from gmmlesson.grading.assignment import marks
from gmmlesson.grading.slices import needed


def selected(notebook, released):
    """The code cells to run, in the order of the notebook.

    These are nbgrader's own, those that the student has changed or added, and of the lesson's own what these
    need: imports, and cells that bind a name that they read. The lesson's other figures, experiments and
    timings decide nothing about a grade.
    """
    own = {cell.source.strip() for cell in released.cells if not marks(cell)}
    wanted = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip() and (marks(cell) or cell.source.strip() not in own)
    ]
    return needed(notebook, wanted, doubtful=wanted)
