"""The made-up students of `make teach-demo`: what each hands in, and what that has to earn.

blank       hands in what was released                              no points
correct     the answers of the package                              all points
underflows  the right formula, without log-sum-exp, in the E-step   some points
warns       correct, but warns and writes to stderr                 all points
splits      correct; the stub of the E-step is split in JupyterLab  all points
deletes     correct; the check of the E-step is deleted             all points
copies      correct; the check of the E-step is there twice         all points
shadows     writes nothing but a `check` that gives all points      no points
loops       correct; a cell of their own never ends                 all points
"""

import copy

import nbformat
from nbformat.v4 import new_code_cell

import solutions

EARNS = {
    "blank": "none", "correct": "all", "underflows": "some", "warns": "all", "splits": "all",
    "deletes": "all", "copies": "all", "shadows": "none", "loops": "all",
}  # fmt: skip
EXERCISE = "e_step"
UNDERFLOWS = {
    EXERCISE: """
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
HELPER = "def shares(terms):\n    return terms / terms.sum(axis=1, keepdims=True)"
SHADOWS = "check = lambda name, function, points=None: points"
LOOPS = "while True:\n    pass"
ESSAY = " Because each point has a density of its own."


def students(released: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    """What each student hands in, by name."""
    tasks = list(solutions.tasks(released))
    imported = solutions.imported_names(released)
    right = {task.name: solutions.solution_source(task, imported, marks=False) for task in tasks}
    noise = {task.name: WARNS.format(name=task.name, function=task.function) for task in tasks}
    correct = typed(released, right)
    return {
        "blank": released,
        "correct": correct,
        "underflows": typed(released, right | UNDERFLOWS),
        "warns": typed(released, {name: right[name] + noise[name] for name in right}),
        "splits": changed(correct, split),
        "deletes": changed(correct, lambda cells, i: cells.pop(i + 1)),
        "copies": changed(correct, _copy_the_check),
        "shadows": changed(typed(released, {}), lambda cells, i: cells.insert(i, new_code_cell(SHADOWS))),
        "loops": changed(correct, lambda cells, i: cells.insert(i, new_code_cell(LOOPS))),
    }


def typed(released, sources: dict[str, str]):
    """A copy of a released notebook with the stubs of these exercises filled in, and the essays answered."""
    notebook = nbformat.from_dict(copy.deepcopy(released))
    for task in solutions.tasks(notebook):
        task.stub.source = sources.get(task.name, task.stub.source)
    for cell in notebook.cells:
        if solutions.role(cell) == "essay":
            cell.source += ESSAY
    return notebook


def changed(notebook, change):
    """A copy in which `change(cells, i)` was made, where i is the place of the stub of the E-step."""
    notebook = copy.deepcopy(notebook)
    (place,) = (
        i
        for i, cell in enumerate(notebook.cells)
        if solutions.role(cell) == "stub" and cell.metadata.nbgrader.grade_id == EXERCISE
    )
    change(notebook.cells, place)
    return notebook


def _copy_the_check(cells, i):
    copied = copy.deepcopy(cells[i + 1])
    copied["id"] = "a-copied-cell"
    cells.insert(i + 2, copied)


def split(cells, i):
    """Write a helper above the function, and split the cell between them: both have the metadata."""
    first = copy.deepcopy(cells[i])
    first["id"], first.source = "a-new-cell", HELPER
    cells.insert(i, first)
