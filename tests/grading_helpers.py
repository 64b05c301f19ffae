"""What the tests of grading share: a small assignment of one exercise, and how it is graded."""

import copy
import re
import shlex
import sys
import sysconfig
from pathlib import Path

import nbformat
from nbformat.v4 import new_notebook

import refresh
from gmmlesson.grading import users
from gmmlesson.grading.preprocessors import ExecuteSealed
from notebooks import read

LESSON = refresh.NOTEBOOKS / "02_e_step.ipynb"
NAME = "02_e_step"
KNOWN = ("e_step-statement", "e_step", "e_step-check", "essay-02")


def released():
    """The imports of lesson 02, a demonstration, the exercise `e_step` and the essay, as released."""
    lesson = read(LESSON)
    code = [cell for cell in lesson.cells if cell.cell_type == "code" and "nbgrader" not in cell.metadata]
    exercise = [c for c in lesson.cells if c.metadata.get("nbgrader", {}).get("grade_id") in KNOWN]
    imports = next(cell for cell in code if "gmmlesson.exercises" in cell.source)
    notebook = new_notebook(cells=[*code[:2], imports, *exercise], metadata=lesson.metadata)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return copy.deepcopy(notebook)


def cell_of(notebook, grade_id):
    """The cell of that name, of which there is one."""
    (cell,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    return cell


def write_released(course):
    """Put the assignment into a course folder, where grading looks for it."""
    folder = course / "release" / NAME
    folder.mkdir(parents=True)
    nbformat.write(released(), folder / f"{NAME}.ipynb")


def execute(notebook, folder, **options):
    """Run and judge a notebook, with the course folder as the working folder -> the ExecuteSealed."""
    resources = {"metadata": {"path": str(folder)}, "nbgrader": {"assignment": NAME, "notebook": NAME}}
    executor = ExecuteSealed(**options)
    executor.preprocess(notebook, resources)
    return executor


def as_in_a_container(command):
    """A command -> the same with the rights of the container of teaching/grading.md, as far as a test can.

    Other users than root can use Python there. Where it lies in root's own folder, this folder is replaced by
    an open one, for the command alone.
    """
    text = (refresh.NOTEBOOKS.parent / "teaching" / "grading.md").read_text(encoding="utf-8")
    rights = ",".join(["-all", *(f"+{name.lower()}" for name in re.findall(r"--cap-add (\w+)", text))])
    command = ["setpriv", "--no-new-privs", "--inh-caps", "-all", "--bounding-set", rights, *command]
    if not users.obstacle():
        return command
    needed = {
        Path(sys.base_prefix),
        Path(sys.prefix),
        Path(sysconfig.get_path("stdlib")),
        refresh.NOTEBOOKS.parent,
    }
    needed = sorted(path.resolve() for path in needed)
    lines = ["set -e", "kept=$(mktemp -d)"]
    for top in sorted({users.closed_at(path) for path in needed} - {None}):
        inside = [path for path in needed if top in path.parents]
        lines += [f"mount --bind {top} $kept", f"mount -t tmpfs -o mode=755 none {top}"]
        for path in inside:
            if not any(other in path.parents for other in inside):
                lines += [f"mkdir -p {path}", f"mount --bind $kept/{path.relative_to(top)} {path}"]
        lines += ["umount $kept"]
    lines += ["rmdir $kept", f"exec {shlex.join(command)}"]
    return ["unshare", "--mount", "sh", "-c", "\n".join(lines)]
