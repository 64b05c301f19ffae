"""A date for submissions put into submitted/ by hand: `make stamp-submissions COURSE=~/gmm LESSON=02_e_step`.

What `nbgrader collect` brings has two files beside the notebook: timestamp.txt, when it was handed in, and
submission_secret.txt, under which its feedback is filed. `nbgrader release_feedback` stops at the first
submission without them, and whoever comes after it gets no feedback. So a folder of submitted/ that lacks
them is given them: as the date, when its newest notebook was last written. The copies in autograded/ and
feedback/, if they are there already, get the same.
"""

import itertools
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from course_folder import course_folder, lesson_name
from gmmlesson.grading.assignment import WrongNotebook
from gmmlesson.grading.handed_in import shown

SHORT = 200  # characters of a date, at most
DATE, SECRET = "timestamp.txt", "submission_secret.txt"
LATER = ("autograded", "feedback")  # where nbgrader copies these files to


def stamp(course: Path, lesson: str) -> Iterator[str]:
    """Give all submissions of a lesson what they lack -> a line for each that lacked something."""
    for folder in sorted(course.glob(f"submitted/*/{lesson}")):
        if stamp_one(folder):
            date = (folder / DATE).read_text(encoding="utf-8")
            yield shown(f"{folder.parent.name}: handed in {date}")


def stamp_one(folder: Path) -> bool:
    """Give a submission what it lacks -> whether it lacked something."""
    notebooks = sorted(folder.glob("*.ipynb"), key=os.path.getmtime)
    missing = [name for name in (DATE, SECRET) if not (folder / name).exists()] if notebooks else []
    if missing:
        written = datetime.fromtimestamp(notebooks[-1].stat().st_mtime, UTC)
        values = {DATE: f"{written:%Y-%m-%d %H:%M:%S.%f} UTC", SECRET: secrets.token_hex(64)}
        for name in missing:
            (folder / name).write_text(values[name], encoding="utf-8")
    for name in (DATE, SECRET):
        hand_on(folder, name)
    return bool(missing)


def hand_on(folder: Path, name: str) -> None:
    """Copy a file of a submission to where it was already graded, unless it is there."""
    for step in LATER:
        place = folder.parents[2] / step / folder.parent.name / folder.name
        if place.is_dir() and (folder / name).exists() and not (place / name).exists():
            (place / name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")


def content_of(path: Path) -> bytes | None:
    """What is in a file; None if there is none, or a link."""
    return path.read_bytes() if os.path.lexists(path) and stat.S_ISREG(path.lstat().st_mode) else None


def date_of(folder: Path, there: list[Path]) -> datetime:
    """When a submission was handed in; without a timestamp.txt, when its newest notebook was written.

    Raises WrongNotebook, with a sentence, if the date in that file cannot be read.
    """
    text = content_of(folder / DATE)
    if text is None:
        return datetime.fromtimestamp(max((path.lstat().st_mtime for path in there), default=0), UTC)
    try:
        return parse_utc(text.decode()[:SHORT].strip()).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        where = "/".join((*folder.parts[-3:], DATE))
        raise WrongNotebook(f"{where} has no date that can be read. Correct or remove it.") from None


def free_name(path: Path, date: datetime) -> Path:
    """The path with a date appended, and with a number, if there is something of that name."""
    name = f"{path.name}-{date:%Y-%m-%dT%H-%M-%S}"
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(path.with_name(each) for each in names if not os.path.lexists(path.with_name(each)))


def main(arguments: list[str]) -> int:
    course, lesson = course_folder(arguments[0]), lesson_name(arguments[1])
    if not any(course.glob(f"submitted/*/{lesson}")):
        print(f"Nobody has handed in {lesson!r}: LESSON is the name of a folder, as in LESSON=02_e_step.")
        return 1
    lines = list(stamp(course, lesson))
    print(*lines or ["Nothing to do: all submissions have a date and a secret."], sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
