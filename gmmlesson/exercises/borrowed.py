"""Is a learner's function the package's own, or does it only call it? In doubt it is the learner's."""

import dis
import functools
import os
import re
import sys
import sysconfig
import types
from pathlib import Path

import numpy as np

from gmmlesson.exercises.own import is_part
from gmmlesson.exercises.running import run
from gmmlesson.exercises.time_limit import inside, time_limit

PACKAGE = f"{Path(__file__).parent.parent}{os.sep}"
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
NULL = re.compile(r"NULL(\|self)? \+ | \+ NULL(\|self)?")  # how `dis` marks what is called
LOCAL = ("FAST", "DEREF", "CLOSURE", "CELL")  # in the names of steps that have to do with local names
LIMIT = 0.2  # seconds of watching; what takes longer is not watched to its end


def borrowed(exercise, function):
    """The name of the package's function that `function` is, maybe wrapped, or a copy of by `exec`; or None.

    A copy is told by its code and by the file name that `exec` gives it. What was typed, in a notebook or in
    a file, has another one, and may honestly have the same code: a short formula is written in few ways.
    """
    code = code_of(function)
    if code is None:
        return None
    for own in off_limits(exercise):
        if code is own or (code.co_filename == "<string>" and same_code(code, own)):
            return own.co_qualname
    return None


def calls_borrowed(exercise, function):
    """The name of the package's function that `function` itself calls, which does the work; or None.

    Other parts of the package may be used, whatever these call inside.
    """
    own = {id(code) for code in off_limits(exercise)}  # to hash the code itself takes long
    found = []

    def watch(frame, event, _):
        if event == "call" and id(frame.f_code) in own and is_a_learner(frame.f_back):
            found.append(frame.f_code.co_qualname)

    before = sys.getprofile()
    with time_limit(LIMIT) as limit:
        for case in exercise.cases:
            sys.setprofile(watch)
            try:
                run(function, case, lambda *_: {}, exercise.call)
            finally:
                sys.setprofile(before)
            if found or limit.struck:
                break
    return found[0] if found else None


def code_of(function):
    """The code that a call of it runs: of a function, method, partial, or an object's `__call__`; or None."""
    for _ in range(100):  # wrappings
        if isinstance(function, types.FunctionType):
            return function.__code__
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, (types.MethodType, staticmethod, classmethod)):
            function = function.__func__
        elif isinstance(function, types.MethodWrapperType) and function.__name__ == "__call__":
            function = function.__self__
        elif isinstance(function, property):
            function = function.fget
        elif isinstance(function, np.vectorize):
            function = function.pyfunc
        elif hasattr(function, "__wrapped__"):  # functools.cache
            function = function.__wrapped__
        else:
            function = vars(type(function)).get("__call__")
            if not isinstance(function, (types.FunctionType, functools.partial, staticmethod, classmethod)):
                return None
    return None


def off_limits(exercise):
    """The code of all that an answer may not call."""
    functions = (exercise.reference, exercise.answer, exercise.source, *exercise.off_limits)
    return list(filter(None, map(code_of, functions)))


def is_a_learner(frame, is_genuine=lambda frame: True):
    """Whether a call from this frame, maybe through a library, came from code that is not the package's.

    What a thread was begun with, without any such code around it, counts as the learner's.

    is_genuine  whether a frame that has the file name of the package's is indeed of its code
    """
    while frame is not None:
        if frame.f_code is inside.__code__:  # it calls nothing but the learner's function
            return True
        name = frame.f_code.co_filename
        if name.startswith(PACKAGE) or is_part(name):
            return not is_genuine(frame)
        if not name.startswith((*LIBRARIES, "<frozen")):
            return True
        frame = frame.f_back
    return True


def same_code(a, b):
    """Whether two code objects come from the same text, wherever that stood; local names may differ.

    Python 3.11 compiles `np.log(x)` otherwise where it sees in the same text that `np` is a module.
    """
    if not (isinstance(a, types.CodeType) and isinstance(b, types.CodeType)):
        return type(a) is type(b) and a == b
    if a.co_names != b.co_names or len(a.co_consts) != len(b.co_consts):
        return False
    return all(map(same_code, a.co_consts, b.co_consts)) and list(_steps(a)) == list(_steps(b))


def _steps(code):
    """What the code does, one after the other, in a form in which `np.log` may be a method or a function."""
    for step in dis.get_instructions(code):
        if step.opname in ("PUSH_NULL", "CACHE"):
            continue
        if step.argrepr.startswith(("to ", "<code")):  # a place to jump to, or in memory
            detail = ""
        elif any(kind in step.opname for kind in LOCAL):
            detail = step.arg
        else:
            detail = NULL.sub("", step.argrepr)
        yield step.opname.replace("METHOD", "ATTR"), detail
