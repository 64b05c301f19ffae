"""A date for submissions put into submitted/ by hand: `make stamp-submissions COURSE=~/gmm LESSON=02_e_step`.

What `nbgrader collect` brings has two files beside the notebook: timestamp.txt, when it was handed in, and
submission_secret.txt, under which its feedback is filed. `nbgrader release_feedback` stops at the first
submission without them, and whoever comes after it gets no feedback. So a folder of submitted/ that lacks
them is given them: as the date, when its newest notebook was last written. The copies in autograded/ and
feedback/, if they are there already, get the same.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from course_folder import course_folder
from gmmlesson.grading.handed_in import shown

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


def main(arguments: list[str]) -> int:
    course, lesson = course_folder(arguments[0]), arguments[1]
    if not lesson or not any(course.glob(f"submitted/*/{lesson}")):
        print(f"Nobody has handed in {lesson!r}: LESSON is the name of a folder, as in LESSON=02_e_step.")
        return 1
    lines = list(stamp(course, lesson))
    print(*lines or ["Nothing to do: all submissions have a date and a secret."], sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
