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
CACHED = type(functools.cache(int))
NAMES_OF_A_CLASS = vars(type)["__dict__"]
LOCAL = ("FAST", "DEREF", "CLOSURE", "CELL")  # in the names of steps that have to do with local names
CONSTANTS = (bool, bytes, complex, float, int, str, type(None), type(...))  # what text is compiled to
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
        if event == "call" and id(frame.f_code) in own and is_a_learner(frame.f_back, called=frame.f_code):
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
        kind = type(function)  # exactly: to read attributes of a class of the learner's is to run its code
        if kind is types.FunctionType:
            return function.__code__
        if kind is functools.partial:
            function = function.func
        elif kind in (types.MethodType, staticmethod, classmethod):
            function = function.__func__
        elif kind is types.MethodWrapperType and function.__name__ == "__call__":
            function = function.__self__
        elif kind is property:
            function = function.fget
        elif kind is np.vectorize:
            function = function.pyfunc
        elif kind is CACHED:
            function = vars(function).get("__wrapped__")
        else:
            function = NAMES_OF_A_CLASS.__get__(kind).get("__call__")
            if type(function) not in (types.FunctionType, functools.partial, staticmethod, classmethod):
                return None
    return None


def off_limits(exercise):
    """The code of all that an answer may not call."""
    functions = (exercise.reference, exercise.answer, exercise.source, *exercise.off_limits)
    return list(filter(None, map(code_of, functions)))


def is_a_learner(frame, is_genuine=lambda frame: True, called=None):
    """Whether a call from this frame, maybe through a library, came from code that is not the package's.

    What a thread was begun with, without any such code around it, counts as the learner's.

    is_genuine  whether a frame that has the file name of the package's is indeed of its code
    called      the code that is called, if it is known: what code of the package was only handed, such as a
                step, and calls without a name for it, is the learner's call
    """
    while frame is not None:
        if frame.f_code is inside.__code__:  # it calls nothing but the learner's function
            return True
        name = file_of(frame.f_code)
        if name.startswith(PACKAGE) or is_part(name):
            return not is_genuine(frame) or not (called is None or _names(frame, called))
        if not name.startswith((*LIBRARIES, "<frozen")):
            return True
        frame = frame.f_back
    return True


def _names(frame, called):
    """Whether the code of a frame has a name for the code that it calls, or a table with it."""
    code, name = frame.f_code, called.co_name
    if name.startswith(("_", "<")):  # called by its class, by an operator, or where it stands
        return True
    if name in (*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars):
        return True
    tables = (dict.get(frame.f_globals, one) for one in code.co_names)
    return any(code_of(one) is called for table in tables if type(table) is dict for one in table.values())


def file_of(code):
    """The file name of code, a str: where it is of a class of the learner's own, a copy of its letters."""
    return str.__str__(code.co_filename)


def is_plain(code):
    """Whether code has only constants that text is compiled to, so that to compare it runs nothing."""
    return all(map(_is_plain, code.co_consts))


def _is_plain(value):
    if type(value) in (tuple, frozenset):
        return all(map(_is_plain, value))
    return is_plain(value) if type(value) is types.CodeType else type(value) in CONSTANTS


def same_code(a, b):
    """Whether two code objects come from the same text, wherever that stood; local names may differ.

    Python 3.11 compiles `np.log(x)` otherwise where it sees in the same text that `np` is a module.
    """
    if not (isinstance(a, types.CodeType) and isinstance(b, types.CodeType)):
        return type(a) is type(b) and _is_plain(a) and a == b
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
