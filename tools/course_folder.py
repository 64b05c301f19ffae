"""The teacher's course folder and a lesson, as they are named: COURSE=~/gmm LESSON=02_e_step."""

import re
from pathlib import Path

CONFIG = "nbgrader_config.py"


def course_folder(given: str) -> Path:
    """The course folder that was named. SystemExit, with a sentence, if it is none."""
    folder = Path(given).expanduser().resolve()
    if given and (folder / CONFIG).is_file():
        return folder
    where = f"There is no {CONFIG} in {folder}." if given else "Which course?"
    raise SystemExit(f"{where} Name the folder of your course: COURSE=~/gmm. teaching/exchange.md makes one.")


def lesson_name(given: str) -> str:
    """The lesson that was named, maybe as 02_e_step/. SystemExit, with a sentence, if it is none."""
    name = given.rstrip("/\\")
    if re.fullmatch(r"[\w-][\w .()+-]*", name):
        return name
    raise SystemExit(
        f"{given!r} is no lesson: LESSON is the name of one, as in LESSON=02_e_step, and no path."
    )
