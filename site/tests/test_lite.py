"""JupyterLite of the built site, in a browser that knows no other host: three lessons from top to bottom."""

from contextlib import contextmanager

import pytest

import pyodide_runs
from book import SITE, serving
from excused import excused
from lab import cut_off
from notebooks import LESSONS

pytest_plugins = ["lab_fixtures"]

PATIENCE = 600_000  # milliseconds: for a lesson, on a machine with other work
NOTEBOOK = "window.jupyterapp.shell.currentWidget"
CODE = f"{NOTEBOOK}.content.widgets.filter((cell) => cell.model.type === 'code')"


@pytest.fixture(scope="module")
def address():
    assert (SITE / "lite").is_dir() and (SITE / "pyodide").is_dir(), "make site comes first"
    with serving(SITE) as root:
        yield f"{root}lite/"


@contextmanager
def opened(browser, address, name):
    """A lesson that is open in JupyterLite, and run from top to bottom -> page, problems."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, problems = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    cut_off(page, problems)
    try:
        page.goto(f"{address}lab/index.html?path={name}")
        page.wait_for_function(f"window.jupyterapp?.shell?.currentWidget && {CODE}.length > 3")
        page.wait_for_function(f"{NOTEBOOK}.sessionContext?.session?.kernel != null")
        page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_function(f"{CODE}.every((cell) => cell.model.executionCount)")
        yield page, problems
    finally:
        context.close()


def number_of(page, text):
    """Which of all cells has this text in its source."""
    has_it = "(cell) => cell.model.sharedModel.getSource().includes(text)"
    return page.evaluate(f"(text) => {NOTEBOOK}.content.widgets.findIndex({has_it})", text)


def show(page, text):
    """Scroll to the cell that has this text in its source -> the cell."""
    page.evaluate(f"(number) => {NOTEBOOK}.content.scrollToItem(number, 'start')", number_of(page, text))
    return page.locator(".jp-CodeCell", has_text=text).first


def differences(page, name):
    (path,) = (path for path in LESSONS if path.name == name)
    outputs = page.evaluate(f"{CODE}.map((cell) => cell.model.outputs.toJSON())")
    found = pyodide_runs.differences(path, outputs)
    return {cell: told for cell, told in found.items() if cell not in excused(path.stem)}


def test_meeting_em_with_the_explorer(browser, address):
    with opened(browser, address, "00_meet_em.ipynb") as (page, problems):
        assert differences(page, "00_meet_em.ipynb") == {}
        explorer = show(page, "EMExplorer(").locator(".em-explorer").first
        explorer.wait_for()
        before = explorer.inner_text()
        explorer.get_by_role("button", name="E-step").first.click()
        other = "([one, before]) => one.innerText !== before"
        page.wait_for_function(other, arg=[explorer.element_handle(), before])
        assert problems == []


def test_the_e_step_with_its_slider_and_its_checks(browser, address):
    with opened(browser, address, "02_e_step.ipynb") as (page, problems):
        assert differences(page, "02_e_step.ipynb") == {}
        cell = show(page, "sliders.coin_toss()")
        handle = cell.get_by_role("slider")
        output = cell.locator(".jp-OutputArea").first
        before = output.locator("img").first.get_attribute("alt")
        handle.focus()
        page.keyboard.press("ArrowRight")
        # The widget replaces the whole <img>: so it is looked up anew.
        other = "([one, before]) => one.querySelector('img')?.alt !== before"
        page.wait_for_function(other, arg=[output.element_handle(), before])
        assert "It looks as if: log-sum-exp, or softmax, goes over the points" in answered(page, WRONG)
        assert "✔ e_step" in answered(page, RIGHT)
        assert problems == []


def test_numbers_that_mislead(browser, address):
    with opened(browser, address, "09_when_numbers_mislead.ipynb") as (page, problems):
        assert differences(page, "09_when_numbers_mislead.ipynb") == {}
        assert problems == []


WRONG = """
def my_e_step(X, mixture):
    log_joint = mixture.log_joint(X)
    log_densities = np.logaddexp.reduce(log_joint, axis=1)
    return np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=0)), log_densities.sum()
check("e_step", my_e_step)
"""
RIGHT = """
def my_e_step(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1, keepdims=True)
    joint = np.exp(log_joint - top)
    total = joint.sum(axis=1, keepdims=True)
    return joint / total, (top + np.log(total)).sum()
check("e_step", my_e_step)
"""


def answered(page, code):
    """What the open notebook's kernel answers to some code, as text."""
    return page.evaluate(
        f"""async (code) => {{
            const future = {NOTEBOOK}.sessionContext.session.kernel.requestExecute({{ code }});
            const told = [];
            future.onIOPub = ({{ content }}) => told.push(content.text ?? content.data?.["text/plain"] ?? "");
            await future.done;
            return told.join("");
        }}""",
        code,
    )
