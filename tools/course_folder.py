"""The teacher's course folder, as it is named on the command line: COURSE=~/gmm."""

from pathlib import Path

CONFIG = "nbgrader_config.py"


def course_folder(given: str) -> Path:
    """The course folder that was named. SystemExit, with a sentence, if it is none."""
    folder = Path(given).expanduser().resolve()
    if given and (folder / CONFIG).is_file():
        return folder
    where = f"There is no {CONFIG} in {folder}." if given else "Which course?"
    raise SystemExit(f"{where} Name the folder of your course: COURSE=~/gmm. teaching/exchange.md makes one.")
