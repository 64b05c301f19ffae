"""Grade one submission with nbgrader, in a process of its own."""

import os
import re
import sys
from pathlib import Path

from nbgrader.apps.autogradeapp import AutogradeApp

from gmmlesson.grading import (
    preprocessors,  # noqa: F401 (nbgrader imports it by name; once is enough for all)
    processes,
    rights,
    users,
)
from gmmlesson.grading.assignment import WrongNotebook, read, released
from gmmlesson.grading.handed_in import refuse_links, shown
from gmmlesson.grading.mending import refuse_another

MENDED = re.compile(r"Mended: (.*)")
EXPORTER = "--Autograde.exporter_class=gmmlesson.grading.preprocessors.MarkedExporter"
ARCHIVES = {".zip", ".7z", ".rar", ".tar", ".gz", ".tgz"}
REASON = re.compile(  # the end of a traceback, which nbgrader indents
    r"^ *(?:\w+\.)*(\w+(?:Error|Exception|Notebook))(?:: (.+))?$", re.MULTILINE
)


def notebooks(course, assignment):
    """The names of the notebooks of an assignment; raises WrongNotebook if it is not released."""
    found = sorted(path.stem for path in (Path(course) / "release" / assignment).glob("*.ipynb"))
    if not found:
        raise WrongNotebook(
            f"release/{assignment} has no notebook: run `nbgrader generate_assignment {assignment}` first."
        )
    return found


def refuse(course, assignment, folder):
    """Raise WrongNotebook, with a sentence, if what is in a student's folder cannot be graded."""
    refuse_links(course, folder)
    for name in notebooks(course, assignment):
        path = Path(folder) / f"{name}.ipynb"
        if not path.exists():
            raise WrongNotebook(f"{path.name} is missing; {_instead(path)}")
        refuse_another(read(path), released(course, assignment, name))


def _instead(path):
    """What there is in the folder of a missing notebook, and what to do; the end of a sentence."""
    deeper = sorted(path.parent.rglob(path.name))
    if deeper:
        return f"there is {shown(deeper[0].relative_to(path.parent))}. Move it up into {path.parent.name}."
    files = sorted(other for other in path.parent.glob("*") if other.is_file())
    if not files:
        return "there is no file in its folder."
    archives = [file for file in files if file.suffix in ARCHIVES]
    notebooks_too = any(file.suffix == ".ipynb" for file in files)
    there = f"there is {', '.join(shown(file.name) for file in files)}."
    return f"{there} {'Unpack it.' if archives and not notebooks_too else 'If that is it, rename it.'}"


def grade(course, assignment, student, log, temporary=None):
    """Autograde one student's submission, as `nbgrader autograde` does -> None; ends this process.

    log        where to write what nbgrader says; the exit code is 0 if the submission was graded
    temporary  the folder for temporary files, if kernels are to have users of their own in any event
    """
    if temporary:
        users.promise(temporary)
    processes.adopt_orphans()
    rights.limit_the_grader()
    with Path(log).open("w", encoding="utf-8", buffering=1) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        os.chdir(course)
        try:
            refuse(course, assignment, Path(course) / "submitted" / student / assignment)
        except WrongNotebook as sentence:
            print(f"WrongNotebook: {sentence}")
            sys.exit(1)
        AutogradeApp.launch_instance([assignment, "--student", student, "--force", EXPORTER])


def mended(text):
    """The sentences about what was mended, in a log."""
    return MENDED.findall(text)


def reason(text):
    """Why a submission was not graded, in a sentence, from its log."""
    found = REASON.findall(text)
    for kind, sentence in reversed(found):
        if kind == "WrongNotebook":
            return sentence
    return ": ".join(filter(None, found[-1])) if found else "nbgrader stopped without a word."
