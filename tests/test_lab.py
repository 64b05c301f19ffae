"""Every lesson in a real JupyterLab, in a headless Chromium: it runs, its sliders move its pictures.

It also prints and draws there what is committed, under another BLAS kernel than that of test_notebooks.py.
"""

import base64
import functools
import io
import re
import shutil
import sys
import time
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import refresh
from lab import MINUTES, READY, SHUT_DOWN, Lab, cut_off, lessons_server
from lab_outputs import output_problems
from notebooks import (
    LESSONS,
    UNCHECKED,
    blas_environment,
    blas_kernels,
    code_cells,
    figures,
    pixels,
    place,
    read,
    tags,
)

pytest_plugins = ["lab_fixtures"]
KERNEL = blas_kernels()[-1]  # the other one is nbval's
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


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A server with a copy of the lessons, which run under that BLAS kernel."""
    with lessons_server(tmp_path_factory.mktemp("lab"), **blas_environment(KERNEL)) as serving:
        yield serving


@pytest.fixture
def problems_in_lab(browser, lab, request, tmp_path):
    """problems_in_lab(name) -> what went wrong, of a notebook of the served folder."""
    given = {"browser": browser, "lab": lab, "session": request.session, "folder": tmp_path}
    return functools.partial(problems_of, **given)


def problems_of(name: str, browser, lab: Lab, session: pytest.Session, folder: Path) -> list[str]:
    """Open a notebook, run all of it, compare what it shows, move every slider; say what went wrong."""
    committed = Path(shutil.copy(lab.folder / name, folder))  # JupyterLab saves its file every two minutes
    notebook = read(committed)
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
        problems += output_problems(page, committed, KERNEL, session, folder)
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
            page.screenshot(path=folder / "lab.png")
            problems.append(f"what it looked like: {folder / 'lab.png'}")
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


@pytest.fixture(scope="session")
def seconds(summary):
    """Of each lesson, those that its test took; the end of the run tells their sum."""
    spent = []
    yield spent
    summary.append(f"lessons run under {KERNEL} in JupyterLab: {len(spent)}, in {sum(spent):.1f} s")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_runs_in_lab(lesson, problems_in_lab, seconds):
    begin = time.monotonic()
    problems = problems_in_lab(lesson.name)
    seconds.append(time.monotonic() - begin)
    if problems:
        pytest.fail(
            f"{lesson.name} in JupyterLab, under the BLAS kernel {KERNEL}:\n" + "\n".join(problems),
            pytrace=False,
        )


# --- Does the test see what it should? -----------------------------------------------------------

SLIDERS = """
from types import SimpleNamespace
import ipywidgets
import numpy  # whose BLAS is asked for
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


def test_a_good_scene_passes(problems_in_lab, lab):
    name = write(lab.folder / "good.ipynb", "sliders.scene(lambda value: value)")
    assert problems_in_lab(name) == []


def test_broken_scenes_are_seen(problems_in_lab, lab, tmp_path, monkeypatch):
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
    report = "\n".join(problems_in_lab(name))
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


FIGURE = """fig, ax = plt.subplots()
ax.plot([0, 1], "o")
display(fig, metadata={"image/png": {"alt": "Two points."}})
plt.close(fig)"""
SETUP = """import sys, time, warnings
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from tqdm.auto import tqdm
from gmmlesson import sliders"""
SHOWING = [
    SETUP,
    "print(1.5)",
    "np.float64(2.5)",
    "HTML('<b>3.5</b>')",
    "print('seen', file=sys.stderr)",
    "print('lost')",
    FIGURE,
    FIGURE + "  # described",
    FIGURE + "  # lost",
    "sliders.two_humps()",
    "print(0.0)",
    "print('a', flush=True)\ntime.sleep(0.3)\ndisplay(HTML('b'))\nprint('c')",  # a stream in pieces
    "display(HTML('first'), display_id=True).update(HTML('second'))",
    "for _ in tqdm(range(3)): pass",
]


def block_turned(outputs) -> str:
    """The only figure, with 2 x 2 of its pixels in the opposite color."""
    picture, file = pixels(*figures(outputs)), io.BytesIO()
    picture[100:102, 100:102] = 1 - picture[100:102, 100:102]
    plt.imsave(file, picture)
    return base64.b64encode(file.getvalue()).decode()


def test_what_is_shown_is_compared(problems_in_lab, lab):
    """As it is stored the notebook has no problem; where it is changed, or what is stored, it has one."""
    path = lab.folder / "showing.ipynb"
    cells = [
        new_code_cell(source, metadata={"tags": [UNCHECKED] * source.startswith("sliders.")})
        for source in SHOWING
    ]
    nbformat.write(new_notebook(cells=cells), path)
    refresh.refresh(path)
    assert problems_in_lab(path.name) == []

    notebook = read(path)
    setup, number, value, markup, error, lost, turned, described, undrawn, still, zero, *_ = notebook.cells
    first = blas_kernels()[0]
    setup.source = f"import os\nos.environ['OPENBLAS_CORETYPE'] = '{first}'\n{setup.source}"
    setup.source += f"\nopen('{path.name}', 'w').close()"  # what is compared is what it was before
    number.outputs[0].text = "1.4\n"
    value.outputs[0].data["text/plain"] = "np.float64(2.4)"
    markup.outputs[0].data["text/html"] = "<b>3.4</b>"
    error.source, error.outputs = "warnings.warn('watch out')", []
    lost.source = "pass"
    turned.outputs[0].data["image/png"] = block_turned(turned.outputs)
    described.outputs[0].metadata["image/png"]["alt"] = "Three points."
    undrawn.source = "plt.close()"
    still.outputs[0].data["image/png"] = block_turned(still.outputs)
    zero.outputs[0].text = "-0.0\n"  # and is zero
    notebook.cells.append(new_code_cell("raise KeyError('no')", metadata={"tags": [UNCHECKED]}))
    nbformat.write(notebook, path)
    problems = problems_in_lab(path.name)
    for cell, said in (
        (number, "mismatch 'stdout'"),
        (value, "mismatch 'text/plain'"),
        (markup, "mismatch 'text/html'"),
        (error, "Unexpected output fields from running code: {'stderr'}"),
        (lost, "Missing output fields from running code: {'stdout'}"),
        (turned, "figure 1 differs most around"),
        (described, "the alt text has changed"),
        (undrawn, "1 figures are committed, 0 were drawn"),
        (still, "figure 1 differs most around"),
        (notebook.cells[-1], "raises KeyError: 'no'"),
    ):
        where = place(notebook, cell)
        assert any(problem.startswith(where) and said in problem for problem in problems), (where, problems)
    assert not any(problem.startswith(place(notebook, zero)) for problem in problems)
    if first != KERNEL:
        assert f"asked for {KERNEL}, and the notebook's kernel ran ['{first}']" in problems
