"""A teacher's own exercises, beside the course's: Python files in a folder that the environment names.

Every file of the folder has EXERCISES, as the course's own files have; what begins with an underscore is
for the others to import, as in `from ._data import X`. A file that is broken costs its own exercises only.
"""

import contextlib
import importlib
import os
import sys
import traceback
import types
from dataclasses import dataclass
from pathlib import Path

from gmmlesson.exercises.exercise import OWN, Exercise
from gmmlesson.exercises.form import complaints
from gmmlesson.exercises.running import message, quiet, replaced
from gmmlesson.exercises.time_limit import TooSlow, inside, time_limit

VARIABLE = "GMMLESSON_EXERCISES"
LIMIT = 20.0  # seconds of the processor's time that a file may take to be imported

_read = {}  # of the folder that was read last: what it was read from -> Bank


@dataclass(frozen=True, eq=False)
class Bank:
    """What a folder holds.

    folder     where it was read from
    files      {name of a file: names of its exercises that are whole}, in order
    exercises  {name: Exercise} of all files
    problems   on the rest: a sentence each, which begins with the name of the file
    """

    folder: Path
    files: dict
    exercises: dict
    problems: tuple


def folder():
    """The folder that the environment names -> Path, or None. It need not exist."""
    named = os.environ.get(VARIABLE, "").strip()
    return as_folder(named) if named else None


def as_folder(path):
    """The path of a folder in full, with ~ for the home directory."""
    path = Path(path)
    with contextlib.suppress(RuntimeError):  # there is no such user: then ~ is part of a name
        path = path.expanduser()
    return path.absolute()


def bank(taken):
    """What the folder holds that the environment names -> Bank; an empty one if it names none.

    taken  names that no exercise of the folder may have
    """
    where = folder()
    return read(where, taken) if where else Bank(Path(), {}, {}, ())


def read(folder, taken):
    """What a folder holds -> Bank. It is read again when one of its files has changed."""
    try:
        found = sorted(folder.glob("*.py"))
        stamps = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in found)
        missing = _missing(folder, found)
    except OSError as error:
        found, stamps, missing = [], (), f"{error.filename} cannot be read: {error.strerror or error}."
    if missing:
        return Bank(folder, {}, {}, (missing,))
    if (folder, stamps) not in _read:
        _read.clear()
        _read[folder, stamps] = _imported(folder, found, taken)
    return _read[folder, stamps]


def is_part(filename):
    """Whether a file of that name is part of the folder that was read last."""
    return any(filename.startswith(f"{folder}{os.sep}") for folder, _ in _read)


def _missing(folder, found):
    """What is wrong with the folder itself, in a sentence, or ""."""
    if not folder.exists():
        return "There is no such folder."
    if not folder.is_dir():
        return "This is a file; a folder is needed, with Python files in it."
    if not any(map(_has_exercises, found)):
        return "It has no exercises: files whose names end in .py and do not begin with an underscore."
    return ""


def _has_exercises(path):
    return not path.name.startswith(("_", "."))


def _imported(folder, found, taken):
    """The Bank of a folder, imported anew as the package `OWN`."""
    for name in [name for name in sys.modules if name.partition(".")[0] == OWN]:
        del sys.modules[name]
    package = sys.modules[OWN] = types.ModuleType(OWN)
    package.__path__ = [str(folder)]
    importlib.invalidate_caches()
    files, exercises, problems = {}, {}, []
    for path in filter(_has_exercises, found):
        whole, wrong = _of_file(path)
        files[path.name] = []
        for exercise in whole:
            if exercise.name in taken:
                wrong.append(f"the course has an exercise {exercise.name!r}; give yours another name.")
            elif exercise.name in exercises:
                wrong.append(f"there are two exercises {exercise.name!r}; give one of them another name.")
            else:
                exercises[exercise.name] = exercise
                files[path.name].append(exercise.name)
        problems += [f"{path.name}: {sentence}" for sentence in wrong]
    return Bank(folder, files, exercises, tuple(problems))


def _of_file(path):
    """The exercises of a file that are whole, and sentences on what is wrong with the rest."""
    if "." in path.stem:
        return [], ["its name has a dot before .py; give it a name without one."]
    try:
        module = _import(path)
    except TooSlow:
        return [], [f"it cannot be imported: after {LIMIT:g} seconds it had not come to its end."]
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, say
        return [], [f"it cannot be imported: {_what_happened(error, path)}"]
    listed = getattr(module, "EXERCISES", None)
    if not isinstance(listed, (tuple, list)) or not listed:
        has = "its EXERCISES" if hasattr(module, "EXERCISES") else "it has no EXERCISES; that"
        return [], [f"{has} must be a tuple of exercises, such as EXERCISES = (MY_EXERCISE,)."]
    whole, wrong = [], []
    for place, exercise in enumerate(listed):
        if not isinstance(exercise, Exercise):
            wrong.append(f"EXERCISES[{place}] is a {type(exercise).__name__}, not an Exercise.")
        elif found := list(complaints(exercise)):
            wrong += [f"exercise {exercise.name!r}: {sentence}" for sentence in found]
        else:
            whole.append(exercise)
    return whole, wrong


def _import(path):
    """A file as a module. What it prints is dropped: nbgrader gives no points to a cell with warnings."""
    with quiet(), replaced(sys, "dont_write_bytecode", True), time_limit(LIMIT):
        return inside(importlib.import_module, f"{OWN}.{path.stem}")


def _what_happened(error, path):
    """The exception, and the line of the file that it came from, in a sentence."""
    if isinstance(error, SyntaxError):
        line, said = error.lineno, f": {error.msg}"
    else:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        line, said = frames[-1].lineno if frames else None, " ".join(message(error).rstrip(".").split())
    place = f" in line {line}" if line else ""
    return f"{type(error).__name__}{place}{said}."
