"""Every lesson in a real JupyterLab, in a headless Chromium: it runs, its sliders move its pictures."""

import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import refresh
from lab import MINUTES, READY, SHUT_DOWN, Lab, cut_off
from notebooks import LESSONS, UNCHECKED, code_cells, place, read, tags

pytest_plugins = ["lab_fixtures"]
SECONDS = 20_000  # milliseconds, for one reaction

# An error in a slider's callback reaches no cell: hence the ear on the kernel.
RUN_ALL = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    window.kernelErrors = [];
    panel.context.sessionContext.session.kernel.iopubMessage.connect((_, message) => {
        if (message.header.msg_type === "error")
            window.kernelErrors.push(`${message.content.ename}: ${message.content.evalue}`);
    });
    await window.jupyterapp.commands.execute("notebook:clear-all-cell-outputs");
    await window.jupyterapp.commands.execute("notebook:run-all-cells");
    const cells = [...panel.content.model.cells];
    return cells.filter(cell => cell.type === "code").map(cell => cell.executionCount);
}"""
# The widget replaces the whole <img>: so it is looked up anew.
AT_ITS_END = """handle => handle instanceof HTMLInputElement
    ? Number(handle.value) >= Number(handle.max)
    : Number(handle.ariaValueNow) >= Number(handle.ariaValueMax)"""
PICTURE_HAS_CHANGED = """([output, before]) => {
    const picture = output.querySelector("img");
    return picture && picture.src !== before && picture.complete && picture.naturalWidth > 0;
}"""


def problems_in_lab(browser, lab: Lab, name: str, screenshot: Path) -> list[str]:
    """Open a notebook of the served folder, run all of it, move every slider; say what went wrong."""
    notebook = read(lab.folder / name)
    problems = []
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    cut_off(page, problems)
    try:
        page.goto(lab.url(f"lab/tree/{name}", "&reset"), wait_until="domcontentloaded")
        page.wait_for_function(READY, timeout=MINUTES)
        page.set_default_timeout(MINUTES)
        counts = page.evaluate(RUN_ALL)
        page.set_default_timeout(SECONDS)
        if counts != list(range(1, len(code_cells(notebook)) + 1)):
            problems.append(f"not every cell has run; execution counts are {counts}")
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code" and UNCHECKED in tags(cell) and "sliders." in cell.source:
                output = page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-OutputArea")
                problems += [
                    f"{place(notebook, cell)}: {problem}" for problem in scene_problems(page, output)
                ]
        problems += page.evaluate("window.kernelErrors")
        if stuck := page.get_by_text(re.compile("Loading widget|Error displaying widget")).count():
            problems.append(f"{stuck} widgets did not load")
        if problems:
            page.screenshot(path=screenshot)
            problems.append(f"what it looked like: {screenshot}")
        page.evaluate(SHUT_DOWN)
    finally:
        context.close()
    return problems


def scene_problems(page, output) -> list[str]:
    """What is wrong with a cell of sliders and a picture, after each slider was moved by one key."""
    from playwright.sync_api import TimeoutError as TooLate

    picture, handles = output.locator("img").first, output.get_by_role("slider")
    try:
        picture.wait_for()
        handles.first.wait_for()
    except TooLate:
        return [f"no picture with a slider; it shows {output.inner_text()[:200]!r}"]
    problems = []
    for number in range(handles.count()):
        handle = handles.nth(number)
        before = picture.get_attribute("src")
        last = handle.evaluate(AT_ITS_END)
        handle.focus()
        page.keyboard.press("ArrowLeft" if last else "ArrowRight")
        try:
            page.wait_for_function(PICTURE_HAS_CHANGED, arg=[output.element_handle(), before])
        except TooLate:
            problems.append(f"the picture stays the same when slider {number + 1} moves")
    return problems


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs_in_lab(lesson, browser, lab, tmp_path):
    problems = problems_in_lab(browser, lab, lesson.name, tmp_path / "lab.png")
    assert not problems, f"{lesson.name}:\n" + "\n".join(problems)


# --- Does the test see what it should? -----------------------------------------------------------

SLIDERS = """
from types import SimpleNamespace
import ipywidgets
from IPython.display import HTML
PIXELS = ["R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
          "R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="]
def scene(follow):
    slider, view = ipywidgets.IntSlider(value=100), ipywidgets.HTML()
    def draw(change):
        view.value = f'<img src="data:image/gif;base64,{PIXELS[follow(slider.value) % 2]}">'
    slider.observe(draw, names="value")
    draw(None)
    return ipywidgets.VBox([slider, view])
sliders = SimpleNamespace(scene=scene)
"""


def write(path: Path, *sources: str) -> str:
    cells = [new_code_cell(source, metadata={"tags": [UNCHECKED]}) for source in (SLIDERS, *sources)]
    nbformat.write(new_notebook(cells=cells, metadata=refresh.METADATA), path)
    return path.name


def test_a_good_scene_passes(browser, lab, tmp_path):
    name = write(lab.folder / "good.ipynb", "sliders.scene(lambda value: value)")
    assert problems_in_lab(browser, lab, name, tmp_path / "lab.png") == []


def test_broken_scenes_are_seen(browser, lab, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SECONDS", 3_000)
    name = write(
        lab.folder / "broken.ipynb",
        "sliders.scene(lambda value: 0)",
        "sliders.scene(lambda value: value if value == 100 else 1 / 0)",
        "print(sliders.scene(lambda value: value))",
        "HTML('<img src=\"https://example.org/picture.png\">')",
        "HTML('<script>setTimeout(() => { throw new Error(\"in the page\") })</script>')",
        "undefined",
        "print('never reached')",
    )
    report = "\n".join(problems_in_lab(browser, lab, name, tmp_path / "lab.png"))
    for fragment in (
        'cell 2, In [ ], "sliders.scene(lambda value: 0)": the picture stays the same when slider 1 moves',
        'if value == 100 ": the picture stays the same when slider 1 moves',
        "no picture with a slider; it shows 'VBox",
        "asks for https://example.org/picture.png",
        "error in the page: in the page",
        "ZeroDivisionError",  # in a slider's callback
        "NameError",  # in a cell
        "not every cell has run",
    ):
        assert fragment in report
    assert (tmp_path / "lab.png").stat().st_size > 0
