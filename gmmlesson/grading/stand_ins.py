"""What a student's code meets in a sealed kernel, in the place of what Python and the package have.

From any function a way leads to all names of its module (`__globals__`), and from any frame. So this module
imports nothing of the package's, and what it is handed that knows more is `opaque`.
"""

import _signal
import functools
import signal
import sys
import types

NOT_RUN = "Not run while grading."
NOT_HERE = "The graded checks are made by the grader; {} does nothing here."
REFUSED = "while a submission is graded, {}"


def opaque(function):
    """The same to call, but nothing shows what it is made of: neither its names, nor its code, nor its cells.

    Python's cache is written in C; one of size 0 keeps nothing, and takes any arguments.
    """
    wrapper = functools.lru_cache(maxsize=0)(function)
    del wrapper.__wrapped__
    return wrapper


def silent(name):
    """A function of that name, which says that it does nothing."""

    def function(*_arguments, **_named):
        print(NOT_HERE.format(name))

    function.__name__ = function.__qualname__ = name
    return function


def not_run(*_arguments, **_named):
    """In the place of what starts a program; its answer is what `lines = !ls` gets."""
    print(NOT_RUN)
    return []


def nobody():
    """In the place of `sys.getprofile`: whoever is told what watches can change it."""
    return


class Frame:
    """What a frame tells, in its place: `f_back` leads to the learner's callers, not to those who try it.

    `isinstance` takes it for a frame, and so does `inspect`.
    """

    def __init__(self, frame, back):
        for name in ("f_code", "f_lineno", "f_lasti", "f_globals", "f_builtins"):
            setattr(self, name, getattr(frame, name))
        self.f_locals, self.f_back, self.f_trace = dict(frame.f_locals), back, None

    @property
    def __class__(self):
        return types.FrameType

    def clear(self):
        """Nothing is kept that could be cleared."""


def frames_without(ours):
    """-> what `sys._getframe` is to be, and what a frame is to be shown as.

    Where code of ours is among the callers, only what that runs is shown. `pandas`, `logging` and `inspect`
    look who calls them, and so may a learner's decorator.

    ours  what the file names of such code begin with
    """
    there = sys._getframe

    def shown(first, depth=0):
        found, frame, back = [], first, None
        while frame is not None and not frame.f_code.co_filename.startswith(ours):
            found.append(frame)
            frame = frame.f_back
        if frame is None:
            return found[depth] if found else None
        for one in reversed(found[depth:]):
            back = Frame(one, back)
        return back or nothing  # one of ours asks, such as a thread that is begun to look at the clock

    def _getframe(depth=0, /):
        there(depth + 1)  # a ValueError if there are not so many
        return shown(there(1), depth)

    nothing = Frame(there(0), None)
    nothing.f_globals, nothing.f_locals = {"__name__": "__main__"}, {}
    return _getframe, shown


def signals_without(shown, ours, look):
    """What `_signal.signal` is to be: a handler is handed the frame that `shown` makes of it.

    ours  the code that sets the one handler that needs the frame itself
    look  Python's own `sys._getframe`
    """
    there, python = _signal.signal, signal.default_int_handler

    def set_handler(signalnum, handler, /):
        if handler is python or not callable(handler):
            return there(signalnum, handler)
        if look(2).f_code is ours:
            return there(signalnum, opaque(handler))
        return there(signalnum, lambda number, frame: handler(number, shown(frame)))

    return set_handler


def telling_thread_starter(begin):
    """What begins a thread in Python 3.11, and raises the event that later ones do."""

    def start_new_thread(function, arguments, named=types.MappingProxyType({})):
        sys.audit("_thread.start_new_thread", function, arguments, named)
        return begin(function, arguments, dict(named))

    return start_new_thread


def guard(why):
    """An audit hook that refuses an event if `why`, which is opaque, has a reason against it."""

    def hook(event, arguments):
        if reason := why(event, arguments):
            raise PermissionError(REFUSED.format(reason))

    return hook
