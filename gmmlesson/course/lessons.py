"""The lessons, as the course has them and as a learner gets them.

The pages that go with them, glossary and references, are Markdown: each is taken for a notebook of one cell.
"""

import hashlib
import json
import re
from pathlib import Path

from gmmlesson.course.folding import fold
from gmmlesson.folder import FolderError, cannot

PACKAGE = Path(__file__).resolve().parent.parent
PLACES = (PACKAGE / "course" / "lessons", PACKAGE.parent / "notebooks")  # in the wheel; in the repository
PAGE = ".md"
MOVED = {"../README.md": "00_meet_em.ipynb#A-map-of-the-course"}  # links to what only the repository has


def source():
    """The folder that the lessons come from -> Path. Raises FolderError if this installation has none."""
    for place in PLACES:
        if any(place.glob("*.ipynb")):
            return place
    raise FolderError("This installation of gmmlesson came without its lessons; install it from its wheel.")


def lessons(place):
    """The lessons in a folder, as a learner gets them, then the pages -> {file name: notebook}, in order.

    A notebook is a dict, as in its file. Outputs are gone, explanations folded.
    """
    pages = {path.name: read(path) for path in sorted(place.glob(f"*{PAGE}"))}
    moved = MOVED | {old: new for name, page in pages.items() for old, new in anchors(name, page).items()}
    found = {path.name: read(path) for path in sorted(place.glob("*.ipynb"))} | pages
    return {name: for_learner(notebook, moved) for name, notebook in found.items()}


def anchors(name, page):
    """The links to the headings of a page, as GitHub has them -> as JupyterLab does: {old: new}."""
    found = {}
    for heading in re.findall(r"^#+ (.+?) *$", page["cells"][0]["source"], re.MULTILINE):
        slug = re.sub(r"[^\w -]", "", heading).lower()
        found[f"{name}#{slug}".replace(" ", "-")] = f"{name}#{heading}".replace(" ", "-")
    return found


def read(path):
    """A notebook's file -> dict with a str as each source. Raises FolderError if it is no notebook."""
    try:
        content = path.read_text(encoding="utf-8")
        if path.suffix == PAGE:
            return {"cells": [{"cell_type": "markdown", "metadata": {}, "source": content}], "metadata": {}}
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            cell |= {"source": "".join(cell["source"]), "cell_type": cell["cell_type"]}
            cell.setdefault("metadata", {})
    except OSError as error:
        raise cannot("read", path, error) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FolderError(f"{path} is not a notebook.") from error
    return notebook


def text(notebook):
    """A notebook as the text of its file, in the form that Jupyter gives it."""
    if is_page(notebook):
        return notebook["cells"][0]["source"]
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    return json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False) + "\n"


def for_learner(notebook, moved=MOVED):
    """The notebook without what running it left behind, its explanations folded, in place.

    moved  {a link as the course has it: as it leads there from a learner's copy}
    """
    for cell in notebook["cells"]:
        cell["metadata"].pop("execution", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        for there, here in moved.items():
            cell["source"] = cell["source"].replace(f"]({there})", f"]({here})")
    notebook["metadata"].pop("widgets", None)
    if not is_page(notebook):
        fold(notebook)
    return notebook


def is_page(notebook):
    """Whether it stands for a page of Markdown."""
    return "nbformat" not in notebook


def fingerprint(notebook):
    """What was written in a notebook, as a short text: the same before and after it is run or saved.

    Empty cells do not count: JupyterLab adds one when the last cell is run.
    """
    cells = [[cell["cell_type"], cell["source"]] for cell in notebook["cells"] if cell["source"].strip()]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def keep_outputs(notebook, earlier):
    """Give a new version of a notebook the outputs of an earlier one that still hold, in place.

    They hold as long as no code has changed, in their own cell or above it.
    """
    codes = [[cell for cell in one["cells"] if cell["cell_type"] == "code"] for one in (notebook, earlier)]
    for new, old in zip(*codes, strict=False):
        if new["source"] != old["source"]:
            break
        new["outputs"], new["execution_count"] = old.get("outputs", []), old.get("execution_count")
