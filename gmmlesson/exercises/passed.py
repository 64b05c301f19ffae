"""What has passed, noted in the learner's course folder and nowhere else."""

import json
import os
from datetime import datetime

from gmmlesson.folder import FolderError, alone, enclosing, write

FILE = "progress.json"
SWITCH = "GMMLESSON_PROGRESS"  # the environment variable that, set to "off", stops the noting
PATIENCE = 1.0  # seconds that a check may wait for another notebook's
NOTED = f"What passes is noted in {FILE} in the course folder, and nowhere else; {SWITCH}=off stops that."


def note(name):
    """Note when an exercise has passed for the first time -> a sentence if that went wrong, else "".

    Nothing is noted outside a course folder, by nbgrader, or with the switch off. Nothing is raised: a check
    must not fail because a disk is full.
    """
    if switched_off() or "NBGRADER_EXECUTION" in os.environ:
        return ""
    folder = enclosing()
    if folder is None:
        return ""
    try:
        with alone(folder, PATIENCE):
            passed, remark = read(folder)
            if name not in passed:
                passed[name] = datetime.now().astimezone().isoformat(timespec="seconds")
                write(folder / FILE, json.dumps({"passed": passed}, indent=1) + "\n")
        return remark
    except (FolderError, OSError) as error:
        return f"Your progress could not be noted: {error}"


def switched_off():
    """Whether the learner wants nothing to be noted."""
    return os.environ.get(SWITCH, "").strip().lower() in {"off", "0", "no", "false"}


def read(folder):
    """What is noted in a course folder -> {exercise: when, in ISO 8601}, and a remark, mostly "".

    A file that is damaged, or somebody else's, is kept under another name, and the remark says so.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, ""
    except UnicodeDecodeError:
        return {}, set_aside(path)
    try:
        passed = json.loads(text)["passed"]
        if all(isinstance(when, str) for when in passed.values()):
            return passed, ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    return {}, set_aside(path)


def set_aside(path):
    """Give a file that cannot be understood another name -> a sentence that says which."""
    number = 1
    while (kept := path.with_stem(f"{path.stem}_unreadable_{number}")).exists():
        number += 1
    try:
        path.rename(kept)
    except OSError:
        return f"{path.name} is not one that gmmlesson wrote, and was ignored."
    return f"{path.name} was not one that gmmlesson wrote: it is now called {kept.name}."
