"""A learner's way in: the wheel, an empty home, `gmmlesson lab`, a real JupyterLab in a headless Chromium."""

import json
import re
import secrets
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import refresh
from gmmlesson.course.folding import SUMMARY
from lab import READY, SHUT_DOWN, Lab, cut_off, environment, running, wait_for
from lesson_rules import OTHERS
from notebooks import LESSONS, ROOT, code_cells, output_text

pytest_plugins = ["lab_fixtures"]
LESSON, NEW = "02_e_step.ipynb", "02_e_step_new.ipynb"
SECONDS = 30_000  # milliseconds, for one reaction
TYPED = "# my own words"
ASKED, EXPLAINED = "Three machines cut rods", "The nearest machine does not win"  # around the first cell
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/lab/tree/00_meet_em\.ipynb")
RUN_CELLS = """async numbers => {
    for (const number of numbers) {
        window.jupyterapp.shell.currentWidget.content.activeCellIndex = number;
        await window.jupyterapp.commands.execute("notebook:run-cell");
    }
}"""
SAVE = """async () => {
    await window.jupyterapp.commands.execute("docmanager:save");
    return window.jupyterapp.shell.currentWidget.context.model.dirty;
}"""
SOLVED = """import numpy as np
from gmmlesson.course import progress
from gmmlesson.exercises import check

def my_bic(X, mixture):
    return mixture.n_parameters * np.log(len(X)) - 2 * mixture.log_likelihood(X)

check("bic", my_bic)"""


@dataclass(frozen=True)
class Learner:
    """Somebody who has the wheel, unpacked where Python finds it, and a home of their own."""

    site: Path
    home: Path
    token: str

    @property
    def environment(self):
        own = {"PYTHONPATH": str(self.site), "HOME": str(self.home), "PYTHONIOENCODING": "utf-8"}
        return environment(self.home / "jupyter", self.token) | own

    def run(self, *arguments):
        command = [sys.executable, "-m", "gmmlesson", *arguments]
        options = {"cwd": self.home, "env": self.environment, "capture_output": True, "encoding": "utf-8"}
        return subprocess.run(command, **options, check=True).stdout


@pytest.fixture(scope="module")
def learner(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learner")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    (folder / "home" / "jupyter").mkdir(parents=True)
    return Learner(folder / "site", folder / "home", secrets.token_hex(16))


@pytest.fixture(scope="module")
def lab(learner):
    """`gmmlesson lab`, on a port that is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        options = ("--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly")
        options += ("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",)
        command = [sys.executable, "-m", "gmmlesson", "lab", "--no-browser", "--port", port, "--", *options]
        log = learner.home / "lab.log"
        with running(command, learner.environment, log, cwd=learner.home) as process:
            deadline = time.monotonic() + 90
            while not (found := ADDRESS.search(log.read_text())):
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            serving = Lab(found[1], learner.token, learner.home / "gmmlesson-course")
            wait_for(process, serving, log)
            assert not serving.address.endswith(f":{port}")
            assert f"port {port} is already in use" in log.read_text()
            yield serving


@contextmanager
def opened(lab, browser, name):
    """A notebook of the course folder, open in JupyterLab."""
    problems = []
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    cut_off(page, problems)
    page.goto(lab.url(f"lab/tree/{name}", "&reset"), wait_until="domcontentloaded")
    page.wait_for_function(READY, timeout=SECONDS)
    yield page
    page.evaluate(SHUT_DOWN)
    context.close()
    assert problems == []


def shows(page, text):
    return page.locator(".jp-RenderedMarkdown").get_by_text(text).first.is_visible()


def test_a_learner_predicts_runs_edits_saves_and_updates(learner, lab, browser):
    assert {path.name for path in lab.folder.glob("*.ipynb")} == {path.name for path in LESSONS}
    with opened(lab, browser, LESSON) as page:
        outputs, folds = page.locator(".jp-OutputArea-output"), page.locator(".jp-Notebook details")
        assert outputs.count() == 0
        assert folds.count() > 6 and not page.locator(".jp-Notebook details[open]").count()
        assert shows(page, ASKED) and not shows(page, EXPLAINED)

        page.evaluate(RUN_CELLS, [1, 2])
        outputs.get_by_text("divided by sum").wait_for()
        assert outputs.count() == 1 and not shows(page, EXPLAINED)
        page.locator(".jp-RenderedMarkdown summary").get_by_text(SUMMARY).first.click()
        assert shows(page, EXPLAINED)
        page.locator(".jp-Notebook details[open] mjx-container").first.wait_for()  # formulas are set
        assert not page.locator(".jp-Notebook details[open]").get_by_text("$$").count()

        page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(1).click()
        page.keyboard.press("Control+End")
        page.keyboard.type(f"\n{TYPED}")
        assert page.evaluate(SAVE) is False

    for name in (LESSON, "03_m_step.ipynb"):  # a newer course is installed
        path = learner.site / "gmmlesson" / "course" / "lessons" / name
        path.write_text(path.read_text(encoding="utf-8").replace("Recap", "In short"), encoding="utf-8")
    told = learner.run("update")
    assert "Brought up to date: 03_m_step.ipynb." in told
    assert (
        f"You have changed {LESSON}, so it stays as it is; the newer version is beside it, in {NEW}." in told
    )
    mine, newer = (nbformat.read(lab.folder / name, as_version=4) for name in (LESSON, NEW))
    assert TYPED in code_cells(mine)[1].source
    assert "divided by sum" in output_text(code_cells(mine)[1].outputs[0])
    assert "## In short" not in str(mine) and "## In short" in str(newer)
    assert TYPED not in str(newer) and not any(cell.outputs for cell in code_cells(newer))


def test_a_citation_opens_its_entry(lab, browser):
    """Not the page's source, nor its top: JupyterLab names headings in another way than GitHub."""
    with opened(lab, browser, LESSON) as page:
        page.locator(".jp-RenderedMarkdown summary").get_by_text(OTHERS).click()
        link = page.locator('.jp-RenderedMarkdown details[open] a[href*="references.md"]').last
        link.scroll_into_view_if_needed()
        name = re.match(r"\w+", link.inner_text())[0]
        link.click()
        page.locator(".jp-MarkdownViewer h3").filter(has_text=name).first.wait_for()
        page.wait_for_function(
            """name => [...document.querySelectorAll(".jp-MarkdownViewer h3")].some(heading =>
                heading.innerText.startsWith(name) && heading.getBoundingClientRect().top < 300)""",
            arg=name,
        )


def test_progress_shows_in_a_notebook(lab, browser):
    """A check in a notebook of the course folder notes there what passed, and `progress()` shows it."""
    cells = [new_code_cell(source) for source in (SOLVED, "progress()")]
    notebook = new_notebook(cells=cells, metadata=refresh.METADATA)
    nbformat.write(notebook, lab.folder / "mine.ipynb")
    with opened(lab, browser, "mine.ipynb") as page:
        page.evaluate(RUN_CELLS, [0, 1])
        page.locator("table").get_by_text("bic").wait_for()
        assert list(json.loads((lab.folder / "progress.json").read_text())["passed"]) == ["bic"]
        page.locator("table").get_by_role("link", name="02_e_step").click()
        page.locator(".jp-RenderedMarkdown").get_by_text(ASKED).wait_for()
        page.wait_for_function(READY)
