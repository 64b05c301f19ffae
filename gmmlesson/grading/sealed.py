"""Inside the kernel that runs a submission: try the learner's functions, and keep the answers out of reach.

Nothing that a kernel says about points is believed; it is asked for what a function returns, and the grader
judges that (see `judging`). What is done here makes it hard to return what is not one's own: the exercises
and the source of the package cannot be read, and what the function calls is watched.

All this is Python in the process of the student's code, which can undo it with some effort: by `ctypes`, by
another program that reads the files, through the garbage collector. teaching/grading.md says what remains.
"""

import contextlib
import importlib.machinery
import json
import os
import sys
import threading
import types
from pathlib import Path

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


def seal(magic, names, user=None, closed=()):
    """Make this kernel ready for a student's code; `%<magic> <exercise> <function>` then displays answers.

    names  of the exercises that are graded, the course's or the teacher's own: taken now, before a student's
           code can say which folder they come from
    user   the number of the user that the kernel becomes; None if it stays the grader
    closed folders that this user must not be able to read

    From here on nobody reads the exercises or the source of the package, and no module of the submission's
    folder takes the place of one that is installed. IPython starts no programs: `!pip install` would change
    the environment in which all the others are graded.
    """
    from IPython import get_ipython
    from IPython.display import display

    exercises, shell = {name: named(name) for name in names}, get_ipython()

    def show(line):
        name, function = line.split()
        display({MIME: json.dumps(asked(exercises[name], shell.user_ns, function))}, raw=True)

    shell.register_magic_function(show, "line", magic)
    _start_no_programs(shell)
    rights.limit()
    if user is not None:
        rights.become(user, closed)
    _hide_the_exercises()
    sys.addaudithook(_guard())
    sys.path.append(str(Path.cwd()))


def asked(exercise, names, function):
    """What a learner's function does with the cases of an exercise -> dict for JSON.

    names  those of the notebook

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
    with _watching(exercise) as watch:
        code = code_of(function)
        if code is not None:
            watch.see(code, called_by_a_learner=True)
        found = outcomes(exercise, function, LIMIT)
    return {"own": watch.own, "copy": watch.copy, "outcomes": [packed(outcome) for outcome in found]}


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

    own   the qualified name of one, called by code that is not the package's; or None
    copy  the same for code that equals one, wherever that came from
    """

    def __init__(self, exercise):
        self.own = self.copy = None
        self.off_limits = {id(code): code for code in off_limits(exercise)}
        self.known = {}  # id -> (code, the one that it equals or None); the code is kept, so its id stays its

    def __call__(self, frame, event, _):
        if event == "call":
            code = frame.f_code
            if id(code) in self.off_limits or self.equal(code):
                self.see(code, is_a_learner(frame.f_back))

    def see(self, code, called_by_a_learner):
        """Note a call of this code."""
        if id(code) in self.off_limits:
            if called_by_a_learner:
                self.own = self.own or code.co_qualname
        elif called_by_a_learner or not self.is_installed(code.co_filename):
            equal = self.equal(code)
            self.copy = self.copy or (equal and equal.co_qualname)

    def is_installed(self, filename):
        """Whether it is a file of the package, of a library, or of the teacher's own exercises."""
        return filename.startswith((PACKAGE, *LIBRARIES)) or own.is_part(filename)

    def equal(self, code):
        """The code that is off limits and that this one equals; or None."""
        if id(code) not in self.known:
            same = (one for one in self.off_limits.values() if same_code(code, one))
            self.known[id(code)] = code, next(same, None)
        return self.known[id(code)][1]


_watching_now = False


@contextlib.contextmanager
def _watching(exercise):
    """A context in which calls are watched, in threads that begin there too; nobody can end it earlier."""
    global _watching_now
    watch = _Watch(exercise)
    threading.setprofile(watch)
    sys.setprofile(watch)
    _watching_now = True
    try:
        yield watch
    finally:
        _watching_now = False
        sys.setprofile(None)
        threading.setprofile(None)


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


def _guard():
    """An audit hook: it refuses to open the source of the package and of the teacher's own exercises.

    It refuses to end the watching, too.

    Python has no way to take an audit hook off. What imports a module of the package may read it, unless it
    is one of the exercises.
    """
    loader = importlib.machinery.SourceFileLoader
    reading = loader.get_data.__code__, loader.get_code.__code__, loader.exec_module.__code__
    begins_a_thread = threading.Thread._bootstrap_inner.__code__
    theirs = own.folder()
    hidden = (f"{PACKAGE}exercises{os.sep}", f"{PACKAGE}grading{os.sep}")
    hidden += (f"{os.path.realpath(theirs)}{os.sep}",) if theirs else ()
    closed = (PACKAGE, *hidden)
    frames, real, decode = sys._getframe, os.path.realpath, os.fsdecode

    def is_imported(frame):
        return (frame.f_code, frame.f_back.f_code, frame.f_back.f_back.f_code) == reading

    def guard(event, arguments):
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = real(decode(arguments[0]))
            source = path.startswith(closed) and path.endswith((".py", ".pyc"))
            if source and (path.startswith(hidden) or not is_imported(frames(1))):
                raise PermissionError("while a submission is graded, the package's source is not read")
        elif event == "sys.setprofile" and _watching_now and frames(1).f_code is not begins_a_thread:
            raise PermissionError("while a function is graded, no other profile is set")

    return guard
