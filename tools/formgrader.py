"""nbgrader's pages for grading by hand, in JupyterLab: `make formgrader COURSE=~/gmm`.

It serves the course folder on 127.0.0.1 and opens the formgrader. nbgrader's extensions are switched off in
.venv, for learners; the settings in teaching/formgrader/ switch them on for this server alone, because
Jupyter asks the folders of JUPYTER_CONFIG_PATH first. More arguments are passed on to JupyterLab.
"""

import os
import sys
from pathlib import Path

from course_folder import course_folder

SETTINGS = Path(__file__).resolve().parent.parent / "teaching" / "formgrader"


def environment() -> dict[str, str]:
    """The environment of a server with nbgrader's extensions."""
    paths = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}


def command(folder: Path) -> list[str]:
    """What starts the server."""
    return [
        *(sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.root_dir={folder}", "--LabApp.default_url=/formgrader"),
        *(["--allow-root"] if os.geteuid() == 0 else []),  # it refuses otherwise
    ]


def main(arguments: list[str]) -> None:
    folder = course_folder(arguments[0])
    os.chdir(folder)  # nbgrader reads its settings there
    os.execve(sys.executable, [*command(folder), *arguments[1:]], environment())


if __name__ == "__main__":
    main(sys.argv[1:])
