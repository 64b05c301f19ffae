"""Small changes to a function's syntax tree, one at a time: would a check notice?"""

import ast
import copy
import inspect
import textwrap
from collections.abc import Iterator

OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {
    "sum": "mean", "mean": "sum", "max": "min", "min": "max", "log": "log1p", "exp": "expm1", "zeros": "ones",
    "argmax": "argmin", "inv": "pinv", "sqrt": "abs", "outer": "multiply", "choice": "permutation",
}  # fmt: skip


def mutants(function) -> Iterator[tuple[str, object]]:
    """(description, changed function) for every single change to the source of `function`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}
    total = sum(1 for _ in ast.walk(tree))
    for index in range(total):
        node = _at(tree, index)
        if id(node) in docstrings:
            continue
        for number in range(len(list(_changes(copy.deepcopy(node))))):
            changed = copy.deepcopy(tree)
            target = _at(changed, index)
            before = ast.unparse(_at(tree, index)).splitlines()[0]
            new = list(_changes(target))[number]
            if isinstance(new, ast.AST):
                changed = _Replace(target, new).visit(changed)
                after = ast.unparse(new)
            else:
                new()
                after = ast.unparse(target).splitlines()[0]
            ast.fix_missing_locations(changed)
            line = getattr(node, "lineno", 0)
            namespace = dict(function.__globals__)
            exec(compile(changed, "<mutant>", "exec"), namespace)
            yield f"line {line}: {before} -> {after}", namespace[function.__name__]


def _changes(node) -> Iterator:
    """Replacements of a node, or functions that change it in place."""
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in OPERATORS:
            yield lambda: setattr(node, "op", OPERATORS[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in OPERATORS:
            yield lambda: setattr(node, "ops", [OPERATORS[type(op)]()])
        case ast.UnaryOp(op=ast.USub()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
            if value not in (0, 1):
                yield ast.Constant(1)
        case ast.Attribute(attr=name) if name in NAMES:
            yield lambda: setattr(node, "attr", NAMES[name])
        case ast.Attribute(value=value, attr="T"):
            yield value
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    if isinstance(node, ast.Call):
        for keyword in range(len(node.keywords)):
            yield lambda keyword=keyword: node.keywords.pop(keyword)
        if len(node.args) == 1:
            yield node.args[0]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        yield node.func.value
    if isinstance(node, ast.AugAssign):
        yield ast.Pass()
    if isinstance(node, ast.If):
        yield lambda: setattr(node, "test", ast.Constant(True))
        yield lambda: setattr(node, "test", ast.Constant(False))


class _Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


def _at(tree, index):
    return next(node for i, node in enumerate(ast.walk(tree)) if i == index)


def _has_docstring(node):
    return isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None
