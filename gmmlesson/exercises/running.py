"""Run a learner's function on a case, whatever it does: stop, exit, loop forever, print, change its data."""

import ast
import builtins
import contextlib
import copy
import inspect
import io
import linecache
import math
import os
import sys
import textwrap
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gmmlesson.exercises.exercise import Unreadable
from gmmlesson.exercises.time_limit import TooSlow, inside
from gmmlesson.threads import CAN_START

NOTHING = "It returned None."
LIMIT = 5.0 if CAN_START else 10.0  # seconds of the processor's time for a whole check; a browser is slower
DEEP = 3000  # calls within calls, as in Jupyter; with many more, Python itself may crash
LONG = 300  # characters of an exception's message
FRAGILE = (np, np.linalg, np.random, math, builtins)  # modules whose names the check relies on
_ABSENT = object()


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a function did with a case.

    kind    "answer", "raised", "unreadable", "changed" (its arguments), "slow" or "stub"
    parts   {part: array}, of an answer
    text    what happened, of anything else
    form    what was returned, in words
    answer  what was returned
    """

    kind: str
    parts: dict | None = None
    text: str = ""
    form: str = ""
    answer: object = None


def run(function, case, read, call=None):
    """Call `function`, or let `call` do so, on copies of the case's arguments -> Outcome.

    What it prints or warns of is dropped, and it is not asked for input.
    """
    arguments = copy.deepcopy(case.arguments)
    with quiet():
        try:
            with _undone():
                answer = inside(call, function, *arguments) if call else inside(function, *arguments)
        except TooSlow:
            return Outcome("slow")
        except Unreadable as sentence:
            return Outcome("unreadable", text=str(sentence))
        except NotImplementedError:
            return Outcome("stub")
        except KeyboardInterrupt:  # the user has had enough
            raise
        except BaseException as error:  # SystemExit, say
            return Outcome("raised", text=_where(error, function))
        if _holds_ellipsis(answer) or (answer is None and is_stub(function)):
            return Outcome("stub")
        if answer is None:
            return Outcome("unreadable", text=NOTHING)
        for number, (now, then) in enumerate(zip(arguments, case.arguments, strict=True), 1):
            if _differ(now, then):
                return Outcome("changed", text=f"The call has changed its argument number {number}.")
        return understood(answer, case, read)


def understood(answer, case, read):
    """What `read` makes of an answer to a case -> Outcome, an "answer" or "unreadable"."""
    arguments = copy.deepcopy(case.arguments)
    try:
        parts = inside(read, answer, *arguments)
        parts = {part: _numbers(part, value) for part, value in parts.items()}
        return Outcome("answer", parts, form=_shown(answer), answer=answer)
    except TooSlow:
        return Outcome("slow")
    except Unreadable as sentence:
        text = str(sentence)
    except Exception:  # an answer may be anything, and whatever is read of it may raise anything
        text = f"Your function returns {_shown(answer)}."
    if isinstance(answer, Iterator):
        text += " It has computed nothing yet: make a list or an array of what it yields."
    return Outcome("unreadable", text=text, answer=answer)


@contextlib.contextmanager
def quiet():
    """A context in which nothing is printed, warned of or asked for.

    nbgrader takes all points from a cell that writes to stderr, and has nobody to answer an `input`.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(_without_descriptor(2))  # where libraries write that know nothing of Python
        stack.enter_context(replaced(sys, "stdin", io.StringIO()))
        stack.enter_context(replaced(builtins, "input", _asks))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(np.errstate(all="ignore"))
        yield


@contextlib.contextmanager
def _without_descriptor(number):
    """A context in which what is written to a file descriptor goes nowhere."""
    try:
        kept = os.dup(number)
    except OSError:  # there is none, as without a console
        yield
        return
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), number)
        try:
            yield
        finally:
            os.dup2(kept, number)
            os.close(kept)


@contextlib.contextmanager
def _undone():
    """A context after which names of modules are what they were, and that nobody leaves by ending Python."""
    before = [(vars(module), dict(vars(module))) for module in FRAGILE]
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(min(depth, DEEP))
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    try:
        with replaced(shell, "ask_exit", sys.exit) if shell else contextlib.nullcontext():  # its `quit`
            yield
    finally:
        sys.setrecursionlimit(depth)
        for names, then in before:
            for name, value in then.items():
                if names.get(name, _ABSENT) is not value:
                    names[name] = value


@contextlib.contextmanager
def replaced(owner, name, value):
    """A context in which an attribute has another value."""
    before = vars(owner).get(name, _ABSENT)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def _asks(*_):
    raise EOFError("nobody answers an input() during a check; take what you need from the arguments")


def _numbers(part, values):
    """A copy of the values, an array of numbers; raises Unreadable, TypeError or ValueError if it is none."""
    array = np.array(values)
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "c":
        raise Unreadable(f"{part} holds complex numbers; they should be real.")
    if array.dtype.kind in "US":
        raise Unreadable(f"{part} holds text; it should hold numbers.")
    if array.dtype.kind != "O":
        raise TypeError(f"{part} holds {array.dtype}")
    if any(value is None for value in array.flat):
        raise Unreadable(f"{part} holds None where a number should be.")
    if any(isinstance(value, str) for value in array.flat):
        raise Unreadable(f"{part} holds text; it should hold numbers.")
    return array.astype(float)


def is_stub(function):
    """Whether the body is only a docstring, `...`, `pass`, `return` or `raise NotImplementedError`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return False
    definition = next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)
    return definition is not None and all(map(_does_nothing, definition.body))


def _does_nothing(statement):
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
    return False


def _holds_ellipsis(answer):
    parts = answer if isinstance(answer, (tuple, list)) else [answer]
    return any(part is Ellipsis for part in parts)


def _differ(a, b):
    """Whether an array, or one in a list, was changed; other objects are not looked into."""
    if isinstance(a, np.ndarray):
        return a.shape != b.shape or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, (list, tuple)):
        return len(a) != len(b) or any(map(_differ, a, b))
    return False


def _where(error, function):
    """The exception, and the learner's line that it came from."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)[2:]  # the first are ours
    own = [frame for frame in frames if code is None or frame.filename == code.co_filename]
    text = f"It stopped with {type(error).__name__}{message(error)}"
    if own:
        first = code.co_firstlineno if code else 1
        number, line = own[-1].lineno, linecache.getline(own[-1].filename, own[-1].lineno).strip()
        place = f"line {number - first + 1} of the function" if number >= first else f"line {number}"
        text += f"\n    in {place}: {line}"
    return text


def message(error):
    """What an exception says, after its type: ": too long", or "." if it says nothing."""
    try:
        said = str(error)
    except Exception:  # the learner's own class of exceptions may do anything
        said = ""
    cut = f"{said[:LONG]}…" if len(said) > LONG else said
    return f": {cut}" if cut else "."


def _shown(answer):
    if isinstance(answer, (bool, int, float, np.generic, np.ndarray)) and np.ndim(answer) == 0:
        return "a number"
    if isinstance(answer, np.ndarray):
        return f"an array of shape {answer.shape}"
    if isinstance(answer, list):
        return f"a list of {len(answer)}"
    if isinstance(answer, tuple):
        return f"{len(answer)} things: " + ", ".join(_shown(part) for part in answer[:4])
    return f"a {type(answer).__name__}"
