"""Run a learner's function on a case, whatever it does: stop, loop forever, print, change its arguments."""

import ast
import contextlib
import copy
import ctypes
import inspect
import io
import linecache
import textwrap
import threading
import traceback
import warnings
from dataclasses import dataclass

import numpy as np

from gmmlesson.exercises.exercise import Unreadable

NOTHING = "It returned None."
LIMIT = 5.0  # seconds for a whole check


class TooSlow(BaseException):
    """Raised inside a learner's function that does not come to an end; `except Exception` lets it pass."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a function did with a case.

    kind   "answer", "raised", "unreadable", "changed" (its arguments), "slow" or "stub"
    parts  {part: array}, of an answer
    text   what happened, of anything else
    form   what was returned, in words
    """

    kind: str
    parts: dict | None = None
    text: str = ""
    form: str = ""


def run(function, case, read, call=None):
    """Call `function`, or let `call` do so, on copies of the case's arguments -> Outcome.

    What it prints or warns of is dropped.
    """
    arguments, before = copy.deepcopy(case.arguments), copy.deepcopy(case.arguments)
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with quiet[0], quiet[1], warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            answer = call(function, *arguments) if call else function(*arguments)
        except TooSlow:
            return Outcome("slow")
        except Unreadable as sentence:
            return Outcome("unreadable", text=str(sentence))
        except NotImplementedError:
            return Outcome("stub")
        except Exception as error:
            return Outcome("raised", text=_where(error, function))
        if _holds_ellipsis(answer) or (answer is None and is_stub(function)):
            return Outcome("stub")
        if answer is None:
            return Outcome("unreadable", text=NOTHING)
        for number, (now, then) in enumerate(zip(arguments, before, strict=True), 1):
            if _differ(now, then):
                return Outcome("changed", text=f"The call has changed its argument number {number}.")
        try:
            parts = {part: np.asarray(value) for part, value in read(answer, *before).items()}
            parts = {part: _numeric(value) for part, value in parts.items()}
            return Outcome("answer", parts, form=_shown(answer))
        except Unreadable as sentence:
            return Outcome("unreadable", text=str(sentence))
        except (TypeError, ValueError, IndexError, AttributeError, KeyError):
            return Outcome("unreadable", text=f"Your function returns {_shown(answer)}.")


@contextlib.contextmanager
def time_limit(seconds):
    """A context that raises TooSlow in its thread after so many seconds, and again until it is left."""
    target, done = ctypes.c_ulong(threading.get_ident()), threading.Event()
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch():
        wait = seconds
        while not done.wait(wait):
            raise_in(target, ctypes.py_object(TooSlow))
            wait = 0.5  # a bare `except:` may have swallowed it

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()
    except RuntimeError:  # no threads here (Python in a browser): no limit either
        watcher = None
    try:
        yield
    finally:
        done.set()
        if watcher:
            watcher.join()
            raise_in(target, None)  # one that came too late


def _numeric(values):
    """The array as it is, or as floats where it holds something else; raises TypeError or ValueError."""
    return values if values.dtype.kind in "biuf" else values.astype(float)


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
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is ours
    own = [frame for frame in frames if code is None or frame.filename == code.co_filename]
    text = f"It stopped with {type(error).__name__}: {error}"
    if own:
        first = code.co_firstlineno if code else 1
        number, line = own[-1].lineno, linecache.getline(own[-1].filename, own[-1].lineno).strip()
        place = f"line {number - first + 1} of the function" if number >= first else f"line {number}"
        text += f"\n    in {place}: {line}"
    return text


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
