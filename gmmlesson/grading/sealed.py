"""Inside the kernel that runs a submission: try the learner's functions, and keep the answers out of reach.

Nothing that a kernel says about points is believed; it is asked for what a function returns, and the grader
judges that (see `judging`). What is done here makes it hard to return what is not one's own: the exercises
and the source of the package cannot be read, and what the function calls is watched.

All this is Python in the process of the student's code, which can undo it with some effort: by `ctypes`, by
another program that reads the files, through the garbage collector. teaching/grading.md says what remains.
"""

import _thread
import contextlib
import importlib.machinery
import inspect
import linecache
import os
import sys
import threading
import types
from hashlib import blake2b
from os import write
from pathlib import Path
from types import MappingProxyType

from gmmlesson.exercises import named, own
from gmmlesson.exercises.borrowed import LIBRARIES, PACKAGE, code_of, is_a_learner, off_limits, same_code
from gmmlesson.exercises.checking import outcomes
from gmmlesson.exercises.exercise import OWN
from gmmlesson.grading import rights
from gmmlesson.grading.answers import packed

MIME = "application/vnd.gmmlesson.answers+json"
LIMIT = 15.0  # seconds of the processor's time for a check: to be watched takes time as well
NOT_RUN = "Not run while grading."
NOT_HERE = "The graded checks are made by the grader; {} does nothing here."


def seal(event, key, names, user=None, closed=()):
    """Make this kernel ready for a student's code; `sys.audit(event, exercise, function)` displays answers.

    event  a name that nobody can guess. What answers to it, and all that it needs, no name leads to
    key    the file with the bytes that sign the answers: what changes them on their way can be told. It is
           removed here. IPython keeps the text of a cell, so no cell has the bytes themselves
    names  of the exercises that are graded, the course's or the teacher's own: taken now, before a student's
           code can say which folder they come from
    user   the number of the user that the kernel becomes; None if it stays the grader
    closed  folders that this user must not be able to read

    From here on nobody reads the exercises or the source of the package, and no module of the submission's
    folder takes the place of one that is installed. IPython starts no programs: `!pip install` would change
    the environment in which all the others are graded.
    """
    from IPython import get_ipython
    from IPython.display import display

    signs = Path(key).read_bytes()
    Path(key).unlink()
    exercises, shell, encode = {name: named(name) for name in names}, get_ipython(), _private_json().dumps

    genuine = _Genuine()
    codes = {name: off_limits(exercise) for name, exercise in exercises.items()}
    told = []  # three hooks, one after the other: no frame above the student's code has the key

    def answer(asked_for, arguments):
        if asked_for == event:
            name, function = arguments
            text = encode(asked(exercises[name], shell.user_ns, function, codes[name], genuine))
            told[:] = [text]

    def sign(asked_for, _):
        if asked_for == event:
            told[:] = [f"{signature(text, signs)} {text}" for text in told]

    def show(asked_for, _):
        if asked_for == event:
            display({MIME: told.pop()}, raw=True)

    answer.__cantrace__ = True  # or nothing that it calls is watched
    _start_no_programs(shell)
    rights.limit()
    if user is not None:
        rights.become(user, closed)
    _hide_the_exercises()
    linecache.clearcache()  # where IPython keeps the text of this cell
    for hook in (answer, sign, show):
        sys.addaudithook(hook)
    sys.addaudithook(_guard(*_show_their_own_frames()))
    _tell_of_threads()
    threading.setprofile(_watch_a_thread)
    sys.path.append(str(Path.cwd()))


def asked(exercise, names, function, codes=None, genuine=lambda frame: True):
    """What a learner's function does with the cases of an exercise -> dict for JSON.

    names    those of the notebook
    codes    what is off limits, taken before a student's code could change it; None to take it now
    genuine  whether a frame that has the file name of the package's is indeed of its code

    missing   True if there is no such name
    type      of what has the name, if it cannot be called
    own       the package's function that it is or calls, or None
    copy      the package's function whose text it runs, or None; that may have been typed
    outcomes  what `packed` makes of each
    """
    if function not in names:
        return {"missing": True}
    function = names[function]
    if not callable(function):
        return {"type": type(function).__name__}
    with _watching(off_limits(exercise) if codes is None else codes, genuine) as (watch, seen):
        code = code_of(function)
        if code is not None:
            watch.see(code, called_by_a_learner=True)
        found = outcomes(exercise, function, LIMIT)
    return seen | {"outcomes": [packed(outcome) for outcome in found]}


def signature(text, key):
    """What only who has the key can have written below a text."""
    return blake2b(text.encode(), key=key).hexdigest()


def _private_json():
    """A module json that no name leads to: that of `import json` is everybody's to change."""

    def modules():
        return {name: one for name, one in sys.modules.items() if name.partition(".")[0] == "json"}

    there = modules()
    for name in there:
        del sys.modules[name]
    private = importlib.import_module("json")
    for name in modules():
        del sys.modules[name]
    sys.modules.update(there)
    return private


# --- What is not run -----------------------------------------------------------------------------

STARTERS = {
    "!", "bash", "conda", "mamba", "micromamba", "perl", "pip", "pypy", "python", "python2", "python3",
    "ruby", "script", "sh", "sx", "system", "uv",
}  # fmt: skip


def _start_no_programs(shell):
    """Let `!`, and the magics that start programs, say that they do nothing here."""

    def not_run(*_arguments, **_named):
        print(NOT_RUN)
        return []  # what `lines = !ls` gets

    shell.system = shell.system_piped = shell.system_raw = shell.getoutput = not_run
    for magics in shell.magics_manager.magics.values():
        magics.update(dict.fromkeys(STARTERS & magics.keys(), not_run))


# --- Whose function it is ------------------------------------------------------------------------


class _Watch:
    """Sees what is called, and notes which of the functions that are off limits were.

    Noted is, in a pipe, from which nobody takes it back, and into which processes write that begin meanwhile:

    own   the qualified name of one, called by code that is not the package's
    copy  the same for code that equals one, wherever that came from
    """

    def __init__(self, codes, genuine, pipe):
        self.pipe, self.noted, self.genuine = pipe, set(), genuine
        self.off_limits = {id(code): code for code in codes}
        self.known = {}  # id -> (code, the one that it equals or None); the code is kept, so its id stays its

    def __call__(self, frame, event, _):
        if event == "call":
            code = frame.f_code
            if id(code) in self.off_limits or self.equal(code):
                self.see(code, is_a_learner(frame.f_back, self.genuine))

    def see(self, code, called_by_a_learner):
        """Note a call of this code."""
        if id(code) in self.off_limits:
            if called_by_a_learner:
                self.note("own", code)
        elif (called_by_a_learner or not self.is_installed(code.co_filename)) and self.equal(code):
            self.note("copy", self.equal(code))

    def note(self, what, code):
        """Write down, once, what was called."""
        if what not in self.noted:
            self.noted.add(what)
            write(self.pipe, f"{what} {code.co_qualname}\n".encode())

    def is_installed(self, filename):
        """Whether it is a file of the package, of a library, or of the teacher's own exercises."""
        return filename.startswith((PACKAGE, *LIBRARIES)) or own.is_part(filename)

    def equal(self, code):
        """The code that is off limits and that this one equals; or None."""
        if id(code) not in self.known:
            same = (one for one in self.off_limits.values() if same_code(code, one))
            self.known[id(code)] = code, next(same, None)
        return self.known[id(code)][1]


class _Genuine:
    """Tells the package's code from what only has the name of one of its files, or has had its names changed.

    The files are read before a student's code has run, and compiled when they are asked for.
    """

    def __init__(self):
        self.texts = {}
        for top in filter(None, (PACKAGE, own.folder())):
            for path in Path(top).rglob("*.py"):
                with contextlib.suppress(OSError):  # it is a folder, or closed: nothing is imported from it
                    self.texts[str(path)] = path.read_bytes()
        self.codes = {}  # file name -> all code in it
        self.known = {}  # id -> (code, whether it is); the code is kept, so its id stays its
        loaded = [vars(one) for name, one in sys.modules.items() if name.partition(".")[0] == "gmmlesson"]
        self.before = {id(names): dict(names) for names in loaded}

    def __call__(self, frame):
        """Whether a frame is of the package's own code, and its names stand for what they did."""
        names, code = frame.f_globals, frame.f_code
        before = self.before.get(id(names), names)
        return self.has(code) and all(
            names.get(name) is before.get(name) and self.may_be(names.get(name)) for name in code.co_names
        )

    def may_be(self, value):
        """Whether something is no function of the learner's."""
        code = code_of(value)
        return code is None or code.co_filename.startswith((*LIBRARIES, "<")) or self.has(code)

    def has(self, code):
        """Whether this code is in the file whose name it has."""
        name = code.co_filename
        if name not in self.codes:
            text = self.texts.get(name)
            whole = compile(text or "", name, "exec", dont_inherit=True)
            self.codes[name] = set() if text is None else _all_code(whole)
        if id(code) not in self.known:  # to compare the code itself takes long
            self.known[id(code)] = code, code in self.codes[name]
        return self.known[id(code)][1]


def _all_code(code):
    """A code object and all that is in it, a set."""
    return {code}.union(*(_all_code(part) for part in code.co_consts if isinstance(part, types.CodeType)))


_watch = None  # the one that watches now


@contextlib.contextmanager
def _watching(codes, genuine):
    """A context in which calls are watched, in all threads of `threading` too; nobody can end it earlier.

    -> the _Watch, and a dict of what it has noted, which is filled when the context is left.
    """
    global _watch
    seen = {"own": None, "copy": None}
    source, pipe = os.pipe()
    os.set_blocking(source, False)
    watch = _Watch(codes, genuine, pipe)
    sys.setprofile(watch)
    _watch = watch
    try:
        yield watch, seen
    finally:
        _watch = None
        sys.setprofile(None)
        with contextlib.suppress(BlockingIOError):  # nothing was noted
            lines = os.read(source, 10_000).decode().splitlines()
            seen |= dict(line.split(" ", 1) for line in reversed(lines))
        os.close(source)
        os.close(pipe)


def _tell_of_threads():
    """Let Python 3.11 raise the event that later ones do when a thread begins."""
    if sys.version_info < (3, 12):
        begin = _thread.start_new_thread

        def start_new_thread(function, arguments, named=MappingProxyType({})):
            sys.audit("_thread.start_new_thread", function, arguments, named)
            return begin(function, arguments, dict(named))

        _thread.start_new_thread = _thread.start_new = threading._start_new_thread = start_new_thread


def _watch_a_thread(frame, event, argument):
    """What each thread has for a profile from its beginning, also one that begins long before a check."""
    if (watch := _watch) is not None:
        watch(frame, event, argument)


# --- What cannot be read -------------------------------------------------------------------------


def _hide_the_exercises():
    """Leave a `gmmlesson.exercises` with the three names that lessons import, and nothing behind them."""
    import gmmlesson

    stand_in = types.ModuleType("gmmlesson.exercises", "The exercises, while a submission is graded.")
    for name in ("check", "hint", "solution"):
        setattr(stand_in, name, _silent(name))
    for name in list(sys.modules):
        if name.startswith(("gmmlesson.exercises", "gmmlesson.grading")) or name.partition(".")[0] == OWN:
            del sys.modules[name]
    del gmmlesson.grading
    gmmlesson.exercises = sys.modules["gmmlesson.exercises"] = stand_in


def _silent(name):
    def function(*_arguments, **_named):
        print(NOT_HERE.format(name))

    function.__name__ = function.__qualname__ = name
    return function


class _Frame:
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


def _show_their_own_frames():
    """While a function is tried, let `sys._getframe` show what it runs, and nothing of those who try it.

    -> the code of the one function that may still look at frames then, and what it looks with.

    `pandas`, `logging` and `inspect` look who calls them, and so may a learner's decorator.
    """
    there, main, ident = sys._getframe, threading.get_ident(), threading.get_ident
    ours = tuple(f"{PACKAGE}{name}{os.sep}" for name in ("exercises", "grading"))

    def _getframe(depth=0, /):
        if _watch is None or ident() != main:
            return there(depth + 1)
        frame, found, back = there(1), [], None
        while frame is not None and not frame.f_code.co_filename.startswith(ours):
            found.append(frame)
            frame = frame.f_back
        if depth >= len(found):  # one of ours asks, such as a thread that is begun to look at the clock
            there(depth + 1)  # a ValueError if there are not so many
            return nothing
        for one in reversed(found[depth:]):
            back = _Frame(one, back)
        return back

    nothing = (lambda: _Frame(there(0), None))()
    nothing.f_globals, nothing.f_locals = {"__name__": "__main__"}, {}
    sys._getframe = _getframe
    return _getframe.__code__, there


HIDDEN_BY_GC = {"gc.get_objects", "gc.get_referents", "gc.get_referrers"}
ALL_FRAMES = {"sys._current_frames", "sys._current_exceptions"}


def _guard(looks, frames):
    """An audit hook: it refuses to open the source of the package and of the teacher's own exercises.

    It refuses as well to end the watching, to begin threads that are not watched, and to look for what is
    hidden: among all objects, and, while a function is tried, in the frames of those who call it, but by the
    code `looks`.

    Python has no way to take an audit hook off. What imports a module of the package may read it, unless it
    is one of the exercises.
    """
    loader = importlib.machinery.SourceFileLoader
    reading = loader.get_data.__code__, loader.get_code.__code__, loader.exec_module.__code__
    thread = threading.Thread
    begins_a_thread, begin = thread._bootstrap_inner.__code__, thread._bootstrap
    watch_threads, main, ident = threading.setprofile, threading.get_ident(), threading.get_ident
    theirs = own.folder()
    hidden = (f"{PACKAGE}exercises{os.sep}", f"{PACKAGE}grading{os.sep}")
    hidden += (f"{os.path.realpath(theirs)}{os.sep}",) if theirs else ()
    closed = (PACKAGE, *hidden)
    installed, gives_frames = (PACKAGE, *LIBRARIES, "<frozen"), inspect.__file__
    real, decode = os.path.realpath, os.fsdecode
    guarding = threading.local()

    def is_imported(frame):
        return (frame.f_code, frame.f_back.f_code, frame.f_back.f_back.f_code) == reading

    def refuse(event, arguments, frame):
        if event == "open":
            path = real(decode(arguments[0]))
            source = path.startswith(closed) and path.endswith((".py", ".pyc"))
            if source and (path.startswith(hidden) or not is_imported(frame)):
                return "the package's source is not read"
        elif event == "sys.setprofile":
            if (_watch or ident() != main) and frame.f_code is not begins_a_thread:
                return "no other profile is set"
        elif event in HIDDEN_BY_GC:
            return "what is hidden is not looked for"
        elif event.startswith("_thread.start_"):
            if getattr(arguments[0], "__func__", None) is not begin:
                return "threads are begun by `threading` only"
            watch_threads(_watch_a_thread)
        elif _watch and event == "object.__getattr__":
            name = frame.f_code.co_filename
            if name == gives_frames or not name.startswith(installed):
                return "the frames of a traceback are not looked at"
        elif _watch and (event in ALL_FRAMES or (ident() == main and frame.f_code is not looks)):
            return "frames are not looked at"
        return None

    def guard(event, arguments):
        frame = event == "sys._getframe" or event in ALL_FRAMES
        frame = frame or (event == "object.__getattr__" and arguments[1] == "tb_frame")
        opens = event == "open" and isinstance(arguments[0], (str, bytes))
        others = event == "sys.setprofile" or event in HIDDEN_BY_GC or event.startswith("_thread.start_")
        if not (frame or opens or others) or getattr(guarding, "now", False):
            return
        guarding.now = True
        try:
            why = refuse(event, arguments, frames(1))
        finally:
            guarding.now = False
        if why:
            raise PermissionError(f"while a submission is graded, {why}")

    return guard
