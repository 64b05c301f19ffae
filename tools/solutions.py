"""The exercises of a lesson, and their solutions, taken from the source of the package.

An exercise is three cells that carry nbgrader's metadata: a statement, a stub and a check. `fill_in` types
the solutions into the stubs; tools/editions.py makes the instructors' notebooks with it.
"""

import ast
import builtins
import sys
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass

import nbformat

from gmmlesson import exercises
from gmmlesson.exercises.exercise import source_of
from gmmlesson.grading.assignment import check_call

STUB = "..."  # what a learner replaces, in code
ANSWER = "*Your answer:*"  # below which a learner writes
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"  # nbgrader's marks
RUBRIC = "To be graded by hand. What you write here, a model answer or a rubric, the students do not see."
INDENT = "    "


# --- What a cell is to nbgrader ------------------------------------------------------------------


def role(cell) -> str | None:
    """ "statement", "stub", "check" or "essay"; None for a cell that nbgrader does not know."""
    data = cell.metadata.get("nbgrader")
    if data is None:
        return None
    if cell.cell_type == "markdown":
        return "essay" if data["grade"] else "statement"
    return "check" if data["grade"] else "stub"


@dataclass(frozen=True)
class Task:
    """An exercise as it stands in a lesson."""

    name: str  # of the exercise, as in `check("e_step", ...)`
    function: str  # the learner's: "my_e_step"
    points: float | None  # as the check call has them
    stub: nbformat.NotebookNode
    check: nbformat.NotebookNode


def tasks(notebook) -> Iterator[Task]:
    """The exercises of a lesson: each check cell with the stub whose grade_id is the exercise's name."""
    stubs = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if role(cell) == "stub"}
    for cell in notebook.cells:
        if role(cell) == "check":
            call = check_call(cell.source)
            if call.name not in stubs:
                raise ValueError(
                    f"check({call.name!r}, ...): no solution cell has the grade_id {call.name!r}"
                )
            yield Task(call.name, call.function, call.points, stubs[call.name], cell)


def earned(check) -> float | None:
    """The points that an executed check cell shows, as nbgrader reads them; None if it shows none."""
    for output in check.outputs:
        if output.output_type == "execute_result":
            return float(output.data["text/plain"])
    return None


# --- Solutions from the package's source ---------------------------------------------------------


def solution_source(task: Task, imported: set[str], marks: bool) -> str:
    """The stub cell with the exercise's answer for its `...`, between nbgrader's marks or without them.

    imported  names that the notebook imports itself; what else the answer needs is imported inside it
    """
    stub = definition_of(task.function, task.stub.source)
    if ast.unparse(stub.body[-1]) != STUB:
        raise ValueError(f"the stub of {task.name!r} does not end in {STUB}")
    exercise = exercises.named(task.name)
    source = source_of(exercise.answer)  # withheld or not
    solved = definition_of(task.function, source)
    if ast.unparse(solved.args) != ast.unparse(stub.args):
        raise ValueError(f"{task.function} takes {ast.unparse(stub.args)} in the lesson, not in its answer")
    body = textwrap.dedent(body_of(solved, source.splitlines()))
    code = imports(exercise.answer, solved, imported) + body
    if marks:
        code = f"### {BEGIN}\n{code}\n### {END}"
    lines = task.stub.source.splitlines()
    lines[stub.body[-1].lineno - 1 : stub.body[-1].end_lineno] = textwrap.indent(code, INDENT).splitlines()
    return "\n".join(lines)


def body_of(definition: ast.FunctionDef, lines: list[str]) -> str:
    """The lines of a function below its docstring, with the comments that open it."""
    if ast.get_docstring(definition):
        first = definition.body[0].end_lineno
    else:
        first = definition.body[0].lineno - 1
        while lines[first - 1].lstrip().startswith("#"):
            first -= 1
    return "\n".join(lines[first : definition.end_lineno]).strip("\n")


def definition_of(name: str, source: str) -> ast.FunctionDef:
    """The function of that name at the top level of a source."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise ValueError(f"{name} is not defined in {source!r}")


def imported_names(notebook) -> set[str]:
    """The names that a notebook's cells import."""
    trees = [tree for cell in notebook.cells for tree in statements(cell)]
    nodes = (node for tree in trees for node in ast.walk(tree))
    found = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {alias.asname or alias.name for statement in found for alias in statement.names}


def statements(cell) -> list[ast.stmt]:
    """The statements of a cell at its left margin; none of text, or of code with a line for IPython."""
    try:
        return ast.parse(cell.source).body if cell.cell_type == "code" else []
    except SyntaxError:
        return []


def imports(function: types.FunctionType, definition: ast.FunctionDef, imported: set[str]) -> str:
    """Import statements, and an empty line, for what the body has from its module and the notebook lacks."""
    nodes = (node for statement in definition.body for node in ast.walk(statement))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    used = {node.id for node in names} - {node.id for node in names if isinstance(node.ctx, ast.Store)}
    used -= {node.arg for node in ast.walk(definition.args) if isinstance(node, ast.arg)}
    plain, by_module = [], {}
    for name in sorted(used & set(function.__globals__) - set(dir(builtins)) - imported):
        value = function.__globals__[name]
        if not isinstance(value, types.ModuleType):
            home = getattr(value, "__module__", None)
            known = home in sys.modules and getattr(sys.modules[home], name, None) is value
            by_module.setdefault(home if known else function.__module__, []).append(name)
        elif (parent := value.__name__.rpartition(".")[0]) and value.__name__.endswith(f".{name}"):
            by_module.setdefault(parent, []).append(name)
        else:
            plain.append(f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else ""))
    lines = plain + [f"from {home} import {', '.join(names)}" for home, names in sorted(by_module.items())]
    return "\n".join(lines) + "\n\n" if lines else ""


def essay_source(cell) -> str:
    """An essay cell with room for a model answer, which nbgrader takes out again."""
    question = cell.source.removesuffix(ANSWER)
    if question == cell.source:
        raise ValueError(f"an essay cell must end in {ANSWER}: {cell.source[-60:]!r}")
    return f"{question}<!-- {BEGIN} -->\n{ANSWER} {RUBRIC}\n<!-- {END} -->"


def fill_in(notebook, marks: bool) -> None:
    """Solve a lesson's exercises, in place. With `marks`, nbgrader can take the solutions out again."""
    imported = imported_names(notebook)
    for task in tasks(notebook):
        task.stub.source = solution_source(task, imported, marks)
    for cell in notebook.cells:
        if marks and role(cell) == "essay":
            cell.source = essay_source(cell)
