"""Which cells of a student's a teacher should look at: those with words by which the watching is undone.

The watching is Python in the process of the student's code (see `sealed`), so it can be undone; but who does
that has to write it down. A word is no proof: what is done with it may be honest, and costs no points.
"""

import ast
import re
from pathlib import Path

from gmmlesson.grading import one
from gmmlesson.grading.assignment import NOT_PYTHON, WrongNotebook, read, released
from gmmlesson.grading.handed_in import shown
from gmmlesson.grading.mending import LONG
from gmmlesson.grading.slices import as_python

MODULES = (  # that are imported
    "_imp", "_interpreters", "_signal", "_xxsubinterpreters", "cffi", "ctypes", "exercise_variants", "joblib",
    "multiprocessing", "pyarrow", "readline", "signal", "subprocess",
)  # fmt: skip
CALLED = (  # common words, but for what is called
    "exec", "audit", "fork", "getoutput", "getstatusoutput", "link", "popen", "posix_spawn", "spawnl",
    "spawnv", "spawnve", "spawnvp", "system",
)  # fmt: skip
BUILT_IN = ("compile", "eval")  # called by these names, and not as `re.compile` and `table.eval`
NAMES = (
    "Parallel", "ProcessPoolExecutor", "RecursionError", "__closure__", "__code__", "__globals__",
    "_current_frames", "_getframe", "_profile_hook", "addaudithook", "cr_frame", "create_subprocess_exec",
    "create_subprocess_shell", "dir_fd", "display_id", "display_pub", "f_back", "f_globals", "f_locals",
    "get_ipython", "getprofile", "gi_frame", "setprofile", "setrecursionlimit", "settrace", "tb_frame",
    "user_ns", "walk_tb",
)  # fmt: skip
ALL = {*MODULES, *CALLED, *BUILT_IN, *NAMES}
WORDS = tuple(sorted(ALL, key=lambda word: (word.strip("_").lower(), word)))
SENTENCE = "{}: CAUTION: look at {} (teaching/grading.md, Points for nothing)."


def cautions(course, assignment, students):
    """A sentence for each of these students who has such words in cells of their own; the cells' numbers."""
    if not students:
        return []
    sentences = []
    for name in one.notebooks(course, assignment):
        theirs = {cell.source for cell in released(course, assignment, name).cells}
        for student in students:
            folder = Path(course) / "submitted" / student / assignment
            try:
                cells = read(folder / f"{name}.ipynb").cells
                files = _in_files(folder)
            except (OSError, WrongNotebook):
                continue
            found = [
                f"cell {number}: {', '.join(words)}"
                for number, cell in enumerate(cells, 1)
                if cell.cell_type == "code" and cell.source not in theirs and (words := words_in(cell.source))
            ] + files
            if found:
                sentences.append(shown(SENTENCE.format(student, "; ".join(found))))
    return sentences


def _in_files(folder):
    """What is to be looked at in the modules that were handed in beside a notebook, which it may import."""
    found = []
    for path in sorted(filter(Path.is_file, folder.rglob("*.py"))):
        source = path.read_text(encoding="utf-8", errors="replace")
        words = words_in(source) if len(source) <= LONG else [f"more than {LONG} characters"]
        found += [f"{path.relative_to(folder)}: {', '.join(words)}"] if words else []
    return found


def words_in(source):
    """Those of WORDS that a cell uses, in their order; comments and ordinary text do not count."""
    try:
        nodes = list(ast.walk(ast.parse(as_python(source))))
    except NOT_PYTHON:
        return []
    used = {word for node in nodes for word in _used(node)}
    return [word for word in WORDS if word in used and word in source]  # `!ls` is made a call of IPython's


def _used(node):
    """The words that one part of the source uses."""
    match node:
        case ast.Import(names=names):
            yield from _among(MODULES, *(one.name for one in names))
        case ast.ImportFrom(module=module, names=names):
            yield from _among(MODULES, module or "")
            yield from _among(WORDS, *(one.name for one in names))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            yield from _among(CALLED, name)
            yield from _among(BUILT_IN if isinstance(node.func, ast.Name) else (), name)
            yield from _among(NAMES, *(keyword.arg or "" for keyword in node.keywords))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield from _among(NAMES, name)
        case ast.Constant(value=str(text)):  # as in getattr(f, "__code__")
            yield from _among(NAMES, *re.findall(r"\w+", text))


def _among(words, *names):
    for name in names:
        if (first := name.partition(".")[0]) in words:
            yield first
