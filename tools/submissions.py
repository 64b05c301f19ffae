"""Who has handed in, and whose submission is new: what lies in submitted/ of the course folder."""

import difflib
import re
import unicodedata
from pathlib import Path

from gmmlesson.grading import one
from gmmlesson.grading.handed_in import STAMPS

REFUSED = re.compile(r"[-.\s]|.*[*?\[\]\x00-\x1f\x7f\ud800-\udfff]|.*\s$", re.DOTALL)
MISTAKEN = (
    "nbgrader takes a name for something else that begins with - or ., ends with a space, or has *, ?, [, ] "
    "or what cannot be printed in it."
)
RENAME = f"{MISTAKEN} Rename the folder."
ALIKE = 0.85  # how much of two names is the same, for one to be the other misspelled


def students(course: Path, assignment: str) -> list[str]:
    """Who has a folder for this assignment in submitted/, and a name that nbgrader can be told."""
    found = (path.parent.name for path in (course / "submitted").glob(f"*/{assignment}") if path.is_dir())
    return sorted(name for name in found if not REFUSED.match(name))


def left_out(course: Path, assignment: str) -> list[tuple[str, str]]:
    """[(name, sentence)] on what lies in submitted/ and seems to be of this assignment, but is not graded."""
    known = {path.name for folder in ("release", "source") for path in (course / folder).glob("*")}
    known -= {assignment}
    found = []
    for path in sorted((course / "submitted").glob("*")):
        if (path / assignment).is_dir():
            if REFUSED.match(path.name):
                found.append((path.name, RENAME))
        elif there := _strays(path, assignment, known):
            put = f"If that is it, put it into submitted/{path.name}/{assignment}/."
            found.append((path.name, f"There is no folder {assignment}, but {', '.join(there)}. {put}"))
        elif _is_like(path.name, assignment, known):
            put = f"If it is somebody's, put it into submitted/NAME/{assignment}/."
            found.append((path.name, f"This lies in submitted/ itself. {put}"))
    return found


def named(course: Path, assignment: str, names: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Those of these names who have a folder for this assignment, and [(name, sentence)] on the others."""
    there = {path.name for path in (course / "submitted").glob("*")}
    spelled = {composed(name): name for name in there}
    sentences, found, told = dict(left_out(course, assignment)), [], []
    for name in names:
        folder = name if name in there else spelled.get(composed(name), name)
        close = difflib.get_close_matches(name, there, n=1)
        if folder in sentences or REFUSED.match(folder):
            told.append((folder, sentences.get(folder, RENAME)))
        elif (course / "submitted" / folder / assignment).is_dir():
            found.append(folder)
        elif folder in there:
            told.append((folder, f"submitted/{folder} has no folder {assignment}."))
        else:
            hint = f" Do you mean {close[0]}?" if close else ""
            told.append((name, f"Nobody has that name in submitted/.{hint}"))
    return found, told


def _strays(path, assignment, known):
    """The names of what lies in a student's folder, and seems to be of the assignment."""
    inside = sorted(path.iterdir()) if path.is_dir() else []
    return [one.name for one in inside if _is_like(one.name, assignment, known)]


def composed(name):
    """An accented letter may be written as one character or as two: macOS hands out the second form."""
    return unicodedata.normalize("NFC", name)


def _is_like(name, assignment, known):
    """Whether a file or folder seems to be of the assignment, and of no other one."""
    stem = name.partition(".")[0]
    if stem in known:
        return False
    ours, theirs = _plain(assignment), _plain(name)
    if f"_{ours}_" in f"_{theirs}_":
        return True
    return difflib.SequenceMatcher(None, ours, _plain(stem)).ratio() >= ALIKE


def _plain(name):
    """A name without what is often changed in it: "02 E-Step (1)" is 02_e_step_1."""
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFKC", name).casefold()).strip("_")


def is_graded(course: Path, assignment: str, student: str) -> bool:
    """Whether a submission was graded after it was handed in.

    The exchange, and `cp -p`, keep the dates of files: what was saved before the last grading may have been
    handed in after it. So what counts is the date of the submission, and when each file came to be here.
    """
    graded, submitted = (course / folder / student / assignment for folder in ("autograded", "submitted"))
    copies = [graded / f"{name}.ipynb" for name in one.notebooks(course, assignment)]
    if not all(copy.exists() and (submitted / copy.name).exists() for copy in copies):
        return False
    if _date(graded) != _date(submitted):
        return False
    when = min(copy.stat().st_mtime for copy in copies)
    files = [path for path in submitted.rglob("*") if path.name not in STAMPS and not path.is_dir()]
    return all(path.lstat().st_ctime <= when for path in files)


def _date(folder):
    try:
        return (folder / "timestamp.txt").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def others(course: Path, assignment: str, names: list[str]) -> list[str]:
    """A sentence for each student who has handed in notebooks that nobody grades, such as a copy."""
    graded, sentences = one.notebooks(course, assignment), []
    for name in names:
        found = sorted((course / "submitted" / name / assignment).glob("*.ipynb"))
        more = [path.name for path in found if path.stem not in graded]
        if more and len(more) < len(found):
            sentences.append(f"{name}: CAUTION: there is {', '.join(more)} too, which was not graded.")
    return sentences
