"""Which cells of a submission are run for its grade."""

import ast
import importlib.util
import operator
import re
import sys

from gmmlesson.grading.assignment import NOT_PYTHON, marks, parsed
from gmmlesson.grading.slices import as_python, bound, needed

NAMELESS = re.compile(r"NameError: name '(\w+)' is not defined")


def selected(notebook, released):
    """The code cells to run, in the order of the notebook.

    These are nbgrader's own, those that the student has changed or added, imports, and of the lesson's own
    what these need: cells that bind a name that they read. The lesson's other figures,
    experiments and timings decide nothing about a grade.
    """
    own = {cell.source.strip() for cell in released.cells if not marks(cell)}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    theirs = [cell for cell in cells if marks(cell) or cell.source.strip() not in own]
    return needed(notebook, theirs + [cell for cell in cells if only_imports(cell.source)], doubtful=theirs)


def lacking(notebook, run):
    """The names that were not defined, though a cell that was not run binds them; a set.

    run  the cells that were run

    The source of a cell does not always show what it reads: `exec(text)` does not.
    """
    left_out = [
        cell for cell in notebook.cells if cell.cell_type == "code" and not any(cell is one for one in run)
    ]
    there = set().union(*(bound(cell.source) for cell in left_out)) if left_out else set()
    shown = (output for cell in run for output in cell.get("outputs", []))
    return there & {name for output in shown for name in NAMELESS.findall(_text(output))}


def only_imports(source):
    """Whether a cell only imports, and sets options: `np.set_printoptions(suppress=True)`."""
    body = parsed(source)
    if not body:
        return False
    imports = [isinstance(node, (ast.Import, ast.ImportFrom)) for node in body]
    return imports[0] and all(map(operator.or_, imports, map(_sets_an_option, body)))


def not_installed(source):
    """The modules that a cell imports, wherever in it, and that are not installed here; a set of names."""
    try:
        nodes = list(ast.walk(ast.parse(as_python(source))))
    except NOT_PYTHON:
        return set()
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name for name in {one.partition(".")[0] for one in imported} if not _is_there(name)}


def _is_there(name):
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except ValueError:  # a name that no module can have
        return False


def _sets_an_option(node):
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute())):
            return True
    return False


def _text(output):
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    return str(output.get("data", {}).get("text/plain", ""))
