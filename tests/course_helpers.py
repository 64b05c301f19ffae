"""What the tests of the course folder share: a small course, and ways to break things."""

import errno
import os
from contextlib import contextmanager

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import refresh

FIRST, SECOND = "00_first.ipynb", "02_e_step.ipynb"


def notebook(*sources):
    """Cells in turn Markdown and code, each code cell with an output."""
    cells = []
    for number, source in enumerate(sources):
        if number % 2:
            shown = [new_output("stream", text="the stored answer")]
            cells.append(new_code_cell(source, execution_count=1, outputs=shown, id=f"cell-{number}"))
            cells[-1].metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
        else:
            cells.append(new_markdown_cell(source, id=f"cell-{number}"))
    return new_notebook(cells=cells, metadata=refresh.METADATA)


def write_course(place, version="one"):
    """Two lessons; those of another version differ in the last cells of the second one."""
    place.mkdir(exist_ok=True)
    second = notebook("# Two", "x = 1", "**Predict.**", f"print(x, '{version}')", f"The {version}.", "x")
    for name, lesson in ((FIRST, notebook("# One", "1 + 1")), (SECOND, second)):
        nbformat.write(lesson, place / name)
    return place


def run_and_saved(path):
    """What JupyterLab makes of a notebook that is run to its end and saved."""
    lesson = nbformat.read(path, as_version=4)
    for number, cell in enumerate(cell for cell in lesson.cells if cell.cell_type == "code"):
        cell.execution_count = number + 1
        cell.outputs = [new_output("stream", text=f"seen {number}")]
        cell.metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
    lesson.cells.append(new_code_cell(""))
    lesson.metadata["language_info"]["version"] = "3.99"
    nbformat.write(lesson, path)


def edited(path, source="# my own words"):
    """A learner's edit in the last cell."""
    lesson = nbformat.read(path, as_version=4)
    lesson.cells[-1].source = source
    nbformat.write(lesson, path)
    return path.read_bytes()


def tree(folder):
    """{path: bytes} of all files in a folder, but for locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@contextmanager
def full_disk(after=0):
    """A disk that is full when so many files and half of the next one have been written."""
    written = 0

    def fsync(descriptor):
        nonlocal written
        written += 1
        if written > after:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        yield
