"""Inside the kernel that runs a submission: try the learner's functions, and keep the answers out of reach.

Nothing that a kernel says about points is believed; it is asked for what a function returns, and the grader
judges that (see `judging`). What is done here makes it hard to return what is not one's own: the exercises
and the source of the package cannot be read, and what the function calls is watched.

All this is Python in the process of the student's code, which can undo it with some effort: by `ctypes`, by
another program that reads the files, through the garbage collector. teaching/grading.md says what remains.
"""

import _signal
import _thread
import contextlib
import gc
import importlib.machinery
import inspect
import linecache
import os
import signal
import sys
import threading
import traceback
import types
from hashlib import blake2b
from os import write
from pathlib import Path

from gmmlesson.exercises import named, own, time_limit
from gmmlesson.exercises.borrowed import (
    LIBRARIES,
    PACKAGE,
    code_of,
    file_of,
    is_a_learner,
    is_plain,
    off_limits,
    same_code,
)
from gmmlesson.exercises.checking import outcomes
from gmmlesson.exercises.exercise import OWN
from gmmlesson.grading import rights, stand_ins
from gmmlesson.grading.answers import packed

MIME = "application/vnd.gmmlesson.answers+json"
LIMIT = 15.0  # seconds of the processor's time for a check: to be watched takes time as well


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
            with _asking(True):
                text = encode(asked(exercises[name], shell.user_ns, function, codes[name], genuine))
            told[:] = [text]

    def sign(asked_for, _):
        if asked_for == event:
            told[:] = [f"{signature(text, signs)} {text}" for text in told]

    def show(asked_for, _):
        if asked_for == event:
            with _asking(False):
                display({MIME: told.pop()}, raw=True)

    answer.__cantrace__ = True  # or nothing that it calls is watched
    _start_no_programs(shell)
    rights.limit()
    if user is not None:
        rights.become(user, closed)
    _hide_the_exercises()
    with contextlib.suppress(ImportError):  # it reads files unheard
        import readline

        readline.read_history_file = readline.read_init_file = stand_ins.not_run
    linecache.clearcache()  # where IPython keeps the text of this cell
    for hook in (answer, sign, show):
        sys.addaudithook(hook)
    sys.getprofile = threading.getprofile = stand_ins.nobody
    looks, frames = _show_their_own_frames()
    _tell_of_threads()
    begun_in = stand_ins.opaque(_watch_a_thread)
    threading.setprofile(begun_in)
    sys.addaudithook(stand_ins.guard(stand_ins.opaque(_refusal(looks, frames, begun_in))))
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
    if not dict.__contains__(names, function):  # what has the names may be a class of the student's
        return {"missing": True}
    function = dict.__getitem__(names, function)
    if not callable(function):
        return {"type": type(function).__name__}
    with _watching(off_limits(exercise) if codes is None else codes, genuine) as (watch, seen):
        code = code_of(function)
        if code is not None:
            watch.see(code, called_by_a_learner=True)
        told = [packed(outcome) for outcome in outcomes(exercise, function, LIMIT)]  # an answer may run code
    return seen | {"outcomes": told}


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
    not_run = stand_ins.not_run
    shell.system = shell.system_piped = shell.system_raw = shell.getoutput = not_run
    for magics in shell.magics_manager.magics.values():
        magics.update(dict.fromkeys(STARTERS & magics.keys(), not_run))


# --- Whose function it is ------------------------------------------------------------------------


class _Watch:
    """Sees what is called, and notes which of the functions that are off limits were.

    Python watches nothing while it calls this, so no code of the student's may run meanwhile: no method of a
    class that looks like a text, no collection of garbage.

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
            code, collects = frame.f_code, gc.isenabled()
            gc.disable()
            try:
                if id(code) in self.off_limits or self.equal(code):
                    self.see(code, is_a_learner(frame.f_back, self.genuine, code))
            finally:
                if collects:
                    gc.enable()

    def see(self, code, called_by_a_learner):
        """Note a call of this code."""
        if id(code) in self.off_limits:
            if called_by_a_learner:
                self.note("own", code)
        elif (called_by_a_learner or not self.is_installed(file_of(code))) and self.equal(code):
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
        found = {name: dict.get(names, name) for name in code.co_names}
        return self.has(code) and all(
            value is dict.get(before, name) and self.may_be(value) for name, value in found.items()
        )

    def may_be(self, value):
        """Whether something is no function of the learner's."""
        code = code_of(value)
        return code is None or file_of(code).startswith((*LIBRARIES, "<")) or self.has(code)

    def has(self, code):
        """Whether this code is in the file whose name it has."""
        name = file_of(code)
        if name not in self.codes:
            text = self.texts.get(name)
            whole = compile(text or "", name, "exec", dont_inherit=True)
            self.codes[name] = set() if text is None else _all_code(whole)
        if id(code) not in self.known:  # to compare the code itself takes long
            self.known[id(code)] = code, is_plain(code) and code in self.codes[name]
        return self.known[id(code)][1]


def _all_code(code):
    """A code object and all that is in it, a set."""
    return {code}.union(*(_all_code(part) for part in code.co_consts if isinstance(part, types.CodeType)))


_watch = None  # the one that watches now
_asked = False  # whether a check is being asked for


@contextlib.contextmanager
def _asking(begins):
    """Contexts at the begin and the end of a check; in between, and within, nobody looks at frames."""
    global _asked
    if begins and not _asked:
        sys.settrace(None)
    _asked = True
    try:
        yield
    except BaseException:
        _asked = False
        raise
    if not begins:
        _asked = False


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
    sys.setprofile(stand_ins.opaque(watch))
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
        telling = stand_ins.telling_thread_starter(_thread.start_new_thread)
        _thread.start_new_thread = _thread.start_new = threading._start_new_thread = telling


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
        setattr(stand_in, name, stand_ins.silent(name))
    for name in list(sys.modules):
        if name.startswith(("gmmlesson.exercises", "gmmlesson.grading")) or name.partition(".")[0] == OWN:
            del sys.modules[name]
    del gmmlesson.grading
    gmmlesson.exercises = sys.modules["gmmlesson.exercises"] = stand_in


def _show_their_own_frames():
    """Let `sys._getframe` show what a student's code runs, and nothing of those who try it; signals as well.

    -> the code that may still look at frames while a check is asked for, and what it looks with.
    """
    there = sys._getframe
    ours = tuple(f"{PACKAGE}{name}{os.sep}" for name in ("exercises", "grading"))
    sys._getframe, shown = stand_ins.frames_without(ours)
    _signal.signal = stand_ins.signals_without(shown, time_limit._signals.__code__, there)
    vars(signal.signal).pop("__wrapped__", None)
    return (sys._getframe.__code__, _signal.signal.__code__), there


HIDDEN_BY_GC = {"gc.get_objects", "gc.get_referents", "gc.get_referrers"}
ALL_FRAMES = {"sys._current_frames", "sys._current_exceptions"}
FRAMES_OF = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}  # of a traceback, and of what is running
HAND_ON = ("bdb.py", "cgitb.py", "inspect.py", "pdb.py", "IPython", "executing", "stack_data")
SETTINGS = {"sys.setprofile", "sys.settrace", "sys.addaudithook"}


def _refusal(looks, frames, begun_in):
    """Why an event is refused -> an opaque function of it and its arguments; "" if it is not.

    Refused is to open the source of the package and of the teacher's own exercises; to end the watching, to
    begin threads that are not watched, or to let code run while Python watches nothing, as it does for what
    watches, traces, or hears of events; and to look for what is hidden: among all objects, and, while a check
    is asked for, in the frames of those who ask, but by the code `looks`.

    Python has no way to take an audit hook off. What imports a module of the package may read it, unless it
    is one of the exercises.
    """
    loader = importlib.machinery.SourceFileLoader
    reading = loader.get_data.__code__, loader.get_code.__code__, loader.exec_module.__code__
    thread = threading.Thread
    begins_a_thread, begin = thread._bootstrap_inner.__code__, thread._bootstrap
    watch_threads, main, ident = threading.setprofile, threading.get_ident(), threading.get_ident
    theirs = own.folder()
    tests = Path(PACKAGE).parent / "tests"  # of a clone: they hold solutions
    hidden = tuple(f"{folder}{os.sep}" for folder in (f"{PACKAGE}exercises", f"{PACKAGE}grading", tests))
    hidden += (f"{os.path.realpath(theirs)}{os.sep}",) if theirs else ()
    closed = (PACKAGE, *hidden)
    installed, walks = (PACKAGE, *LIBRARIES, "<frozen"), traceback.__file__
    hand_on = tuple(f"{folder}{os.sep}{name}" for folder in LIBRARIES for name in HAND_ON)
    real, decode, split, isabs = os.path.realpath, os.fsdecode, os.path.split, os.path.isabs
    tops = [top for top in (PACKAGE, theirs) if top]
    names = {path.name for top in tops for path in Path(top).rglob("*.py")} - {"__init__.py"}
    guarding = threading.local()

    def is_imported(frame):
        return (frame.f_code, frame.f_back.f_code, frame.f_back.f_back.f_code) == reading

    def is_kept(frame):
        """Whether code that reads the frame of a traceback does not hand it on to the student's."""
        name = file_of(frame.f_code)
        if name == walks and frame.f_code.co_flags & inspect.CO_GENERATOR:
            return frame.f_back is not None and file_of(frame.f_back.f_code) == walks
        return name.startswith(installed) and not name.startswith(hand_on)

    def reason(event, arguments, frame):
        if event in ("open", "os.link"):
            path = real(decode(arguments[0]))
            source = path.startswith(closed) and path.endswith((".py", ".pyc"))
            if source and (path.startswith(hidden) or not is_imported(frame)):
                return "the package's source is not read"
            folder, name = split(decode(arguments[0]))
            if name in names and not isabs(folder) and not is_imported(frame):  # of `dir_fd` nothing is told
                return f"{name}, a name of the package's, is opened by a whole path only"
        elif event == "sys.addaudithook":
            return "no other hooks are added"
        elif event in SETTINGS:
            if (_watch or ident() != main) and frame.f_code is not begins_a_thread:
                return "no other profile is set"
            if _asked and event == "sys.settrace":
                return "nothing is traced"
        elif event in HIDDEN_BY_GC:
            return "what is hidden is not looked for"
        elif event.startswith("_thread.start_"):
            if getattr(arguments[0], "__func__", None) is not begin:
                return "threads are begun by `threading` only"
            watch_threads(begun_in)
        elif _asked and event == "object.__getattr__":
            if not is_kept(frame):
                return "the frames of a traceback are not looked at"
        elif _asked and (event in ALL_FRAMES or (ident() == main and frame.f_code not in looks)):
            return "frames are not looked at"
        return ""

    def why(event, arguments):
        frame = event == "sys._getframe" or event in ALL_FRAMES
        frame = frame or (event == "object.__getattr__" and arguments[1] in FRAMES_OF)
        opens = event in ("open", "os.link") and isinstance(arguments[0], (str, bytes))
        others = event in SETTINGS or event in HIDDEN_BY_GC or event.startswith("_thread.start_")
        if not (frame or opens or others) or getattr(guarding, "now", False):
            return ""
        guarding.now = True
        try:
            return reason(event, arguments, frames(2))  # above this one is that of the hook
        finally:
            guarding.now = False

    return why
