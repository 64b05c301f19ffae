"""README and CONTRIBUTING: their links lead somewhere, their Python runs, their commands exist."""

import re
import runpy
from pathlib import Path

import pytest

import notebooks

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md")


def text_of(document):
    return (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_resolve(document):
    links = re.findall(r"\]\(([^)#\s]+)", text_of(document))
    lost = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert not lost, f"{document} links to files that are not there: {lost}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_exist(document):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):.*##", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([\w-]+)", text_of(document), re.MULTILINE))
    assert named
    assert named <= targets


def test_every_lesson_is_in_the_readme():
    lessons = {path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").glob("*.ipynb")}
    listed = set(re.findall(r"\((notebooks/\d\d_\w+\.ipynb)\)", text_of("README.md")))
    assert listed == lessons, f"The table of lessons in README.md, or notebooks/, lacks: {listed ^ lessons}."


def test_the_python_of_the_readme_runs():
    (program,) = re.findall(r"```python\n(.*?)```", text_of("README.md"), re.DOTALL)
    names = {}
    exec(program, names)
    assert names["result"].converged
    assert names["result"].mixture.means.shape == (2, 2)


def test_the_picture_of_the_readme_is_what_the_package_draws():
    tool = runpy.run_path(str(ROOT / "tools" / "picture.py"))
    problem = notebooks.figure_problem(tool["PICTURE"].read_bytes(), tool["draw"]())
    assert not problem, f"{problem} Run `make refresh`."
