"""Which cells of a notebook others depend on, so that an exercise can be run without the whole lesson.

Read off the source: a cell needs every earlier one that binds a name which it reads, or that may change what
such a name stands for: it assigns to a part of it, calls one of its methods, or draws from it if it is a
generator of random numbers. A cell too many does no harm.
"""

import ast
import symtable

from gmmlesson.grading.assignment import NOT_PYTHON


def needed(notebook, wanted, doubtful=()) -> list:
    """The code cells that the `wanted` ones depend on, and these themselves, in the order of the notebook.

    A cell among the `doubtful` may stop before it binds a name, so what bound that before is needed too.
    """
    doubtful = {id(cell) for cell in doubtful}
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    sources = {id(cell): _Source(cell.source) for cell in cells}
    modules = set().union(*(source.modules for source in sources.values()))
    generators = set().union(*(source.generators for source in sources.values()))
    wanted, kept, names = {id(cell) for cell in wanted}, [], set()
    for cell in reversed(cells):
        source = sources[id(cell)]
        changed = (source.changed - modules) | (source.read & generators)
        if id(cell) in wanted or names & (source.bound | changed):
            kept.append(cell)
            names = (names - (set() if id(cell) in doubtful else source.bound)) | source.read
    return kept[::-1]


def readers(notebook, name) -> list:
    """The code cells that read a name."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [cell for cell in code if name in _Source(cell.source).read]


def bound(source) -> set[str]:
    """The names that a cell binds."""
    return _Source(source).bound


class _Source:
    """The names that a cell binds, those that it reads, and those whose value it may change.

    modules     names that it imports
    generators  names that it binds where it makes a generator of random numbers
    """

    def __init__(self, text):
        text = as_python(text)
        table, nodes = symtable.symtable(text, "cell", "exec"), list(ast.walk(ast.parse(text)))
        symbols = table.get_symbols()
        self.bound = {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}
        self.modules = {one.get_name() for one in symbols if one.is_imported()}
        self.read = {one.get_name() for one in symbols if one.is_referenced()} | _globals(table)
        self.changed, self.generators = set(), set()
        for node in nodes:
            match node:
                case ast.AugAssign(target=target):
                    self.read.add(_root(target))
                case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                    self.changed.add(_root(node))
                case ast.Call(func=ast.Attribute() as method):
                    self.changed.add(_root(method))
                case ast.Assign(targets=targets, value=value) if _makes_a_generator(value):
                    self.generators |= {_root(target) for target in targets}
        self.changed.discard(None)


def as_python(text):
    """A cell without IPython's own lines; an empty one if it is not Python, since it binds nothing then."""
    plain = "\n".join("" if line.startswith(("%", "!")) else line for line in text.split("\n"))
    for form in (lambda: plain, lambda: _transformed(plain)):
        try:
            symtable.symtable(text := form(), "cell", "exec")
            ast.parse(text)
            return text
        except NOT_PYTHON:
            continue
    return ""


def _transformed(text):
    """A cell with `files = !ls` and the like as the Python that IPython makes of it."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(text)


def _globals(table):
    """The names of the notebook that functions, classes and comprehensions read."""
    found = set()
    for child in table.get_children():
        found |= {one.get_name() for one in child.get_symbols() if one.is_global()} | _globals(child)
    return found


def _root(node):
    """The name that `name.part[index]` begins with; None where it does not begin with one."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return getattr(node, "id", None)


def _makes_a_generator(value):
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("default_rng", "RandomState")
        for node in ast.walk(value)
    )
