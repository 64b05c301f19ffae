"""The explorer in a real JupyterLab and in Notebook 7: hands, keys, cells, and kernels that come and go.

What the picture shows is read from the page, by `session` on the explorer's element; what Python has, by
asking the notebook's own kernel. Every test runs in both applications.
"""

import ast
import json
import re
import time

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook

import refresh
from gmmlesson.mixture import Mixture
from lab import MINUTES, READY, SHUT_DOWN, cut_off

pytest_plugins = ["lab_fixtures"]

SECONDS = 15_000  # milliseconds, for one reaction
ADDRESSES = {"JupyterLab": "lab/tree", "Notebook 7": "notebooks"}
SETUP = """\
import time
import numpy as np
from gmmlesson import Mixture, e_step, m_step, initialization
from gmmlesson.explorer import EMExplorer
rng = np.random.default_rng(0)
centers = np.array([[0, 0], [4, 4], [5, -3]])
X = centers[rng.integers(3, size=600)] + rng.normal(scale=[1, 0.7], size=(600, 2))"""
START = "Mixture([0.3, 0.3, 0.4], [[0, 2], [3, 3], [4, -1]], [[[2, 0.8], [0.8, 1]]] * 3)"
SHOW = f"explorer = EMExplorer(X, start={START})\nexplorer"

LISTEN = """() => {
    window.kernelErrors = [];
    const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext;
    session.kernel.iopubMessage.connect((_, message) => {
        if (message.header.msg_type === "error")
            window.kernelErrors.push(`${message.content.ename}: ${message.content.evalue}`);
    });
}"""
FILL = """async (sources) => {
    const { commands, shell } = window.jupyterapp;
    await commands.execute("notebook:clear-all-cell-outputs");
    const { cells } = shell.currentWidget.content.model;
    sources.forEach((source, i) => cells.get(i + 1).sharedModel.setSource(source));
}"""
RUN = """async () => {
    await window.jupyterapp.commands.execute("notebook:run-all-cells");
}"""
ASK = """async (expression) => {
    const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
    const content = { code: "", silent: true, store_history: false, user_expressions: { value: expression } };
    const { value } = (await kernel.requestExecute(content).done).content.user_expressions;
    if (value.status !== "ok") throw new Error(`${value.ename}: ${value.evalue}`);
    return value.data["text/plain"];
}"""
EXECUTE = """(code) => {  // as a cell does, without waiting for its end
    const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
    window.lastRun = kernel.requestExecute({ code, store_history: false }).done;
}"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
CELLS = 4  # of a notebook, besides the set-up


class Tab:
    """A notebook in a tab of the browser."""

    def __init__(self, page, problems):
        self.page, self.problems = page, problems

    def run(self, *sources):
        """Put these sources into the cells after the first, run all, and wait for the explorer."""
        self.page.evaluate(FILL, [*sources, *[""] * (CELLS - len(sources))])
        self.page.evaluate(RUN)
        self.page.wait_for_function(READY)
        self.page.get_by_test_id("em-explorer").first.wait_for()
        return self.view()

    def view(self, number=0):
        """The explorer of that number on the page, painted and in touch with the kernel."""
        view = View(self, self.page.get_by_test_id("em-explorer").nth(number))
        view.wait("root.dataset.frames > 0 && root.session.kernel === 'alive'")
        return view

    def value(self, expression):
        """The value in the kernel."""
        text = self.page.evaluate(ASK, f"__import__('json').dumps({expression})")
        return json.loads(ast.literal_eval(text))

    def until(self, expression, seconds=SECONDS / 1000):
        """Wait until the expression is true in the kernel."""
        deadline = time.monotonic() + seconds
        while not self.value(f"bool({expression})"):
            assert time.monotonic() < deadline, f"it never came true in the kernel: {expression}"
            self.page.wait_for_timeout(50)

    def execute(self, code, wait=True):
        """Run code in the kernel as a cell does."""
        self.page.evaluate(EXECUTE, code)
        if wait:
            self.page.evaluate("() => window.lastRun.then(() => null)")


class View:
    """One explorer in the page."""

    def __init__(self, tab, root):
        self.tab, self.page, self.root = tab, tab.page, root

    def get(self, name):
        """A part of it, by its data-testid without "em-"."""
        return self.root.get_by_test_id(f"em-{name}")

    def read(self, expression):
        """A value in the page; `root` is the explorer's element and `session` what it shows."""
        return self.root.evaluate(f"(root) => {{ const {{ session }} = root; return {expression}; }}")

    def wait(self, expression):
        """Wait until it is true in the page, and painted."""
        self.page.wait_for_function(
            f"(root) => {{ const {{ session }} = root; return session && {expression}; }}",
            arg=self.root.element_handle(),
        )
        self.page.evaluate(PAINTED)

    def press(self, name):
        self.get(name).click()

    def key(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def at_iteration(self, iteration, fresh=True):
        """Wait until the page is there and is no longer waiting for anybody."""
        self.wait(
            f"session.state.iteration === {iteration} && root.dataset.iteration === '{iteration}' "
            f"&& String(session.fresh) === root.dataset.fresh && session.fresh === {str(fresh).lower()} "
            "&& !session.waiting"
        )

    def center(self, name):
        """Where a part is on the screen."""
        box = self.get(name).bounding_box()
        return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])

    def drag(self, name, dx, dy, steps=8):
        """Drag a part by so many pixels; where it was taken and where it was left."""
        self.get(name).scroll_into_view_if_needed()
        start = self.center(name)
        end = start + np.array([dx, dy])
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=steps)
        self.page.mouse.up()
        return start, end

    def scale(self):
        """A function from the screen to the data, by where the means of components 0 and 1 are shown."""
        pixels = np.array([self.center(f"component-{j}") for j in (0, 1)])
        means = np.array(self.read("session.flatMixture.means"))[:2]
        factor = (means[1] - means[0]) / (pixels[1] - pixels[0])
        return lambda point: means[0] + (point - pixels[0]) * factor

    def shows_what_python_has(self, name="explorer"):
        """Wait until the kernel's mixture is the page's, number for number."""
        self.wait("!session.waiting")
        shown = self.read("[session.mixture.weights, session.mixture.means, session.mixture.covariances]")
        mixture = f"{name}.mixture"
        parts = [f"{mixture}.{part}.tolist()" for part in ("weights", "means", "covariances")]
        self.tab.until(f"[{', '.join(parts)}] == {shown}")
        likelihood = self.read("session.logLikelihood")
        assert self.tab.value(f"float({mixture}.log_likelihood(X))") == pytest.approx(likelihood, rel=1e-6)


@pytest.fixture(scope="module", params=ADDRESSES)
def tab(request, browser, lab):
    """One tab for all tests: to open it takes seconds, to run its cells again half a second."""
    name = f"explorer-{request.param[:3]}.ipynb"
    cells = [new_code_cell(SETUP), *[new_code_cell("") for _ in range(CELLS)]]
    nbformat.write(new_notebook(cells=cells, metadata=refresh.METADATA), lab.folder / name)
    context = browser.new_context(viewport={"width": 1300, "height": 1100})
    page, problems = context.new_page(), []
    page.set_default_timeout(SECONDS)
    cut_off(page, problems)
    page.goto(lab.url(f"{ADDRESSES[request.param]}/{name}", "&reset"), wait_until="domcontentloaded")
    settle(page, problems)
    yield Tab(page, problems)
    page.evaluate(SHUT_DOWN)
    context.close()


def settle(page, problems):
    """Wait until the application has loaded the notebook. What breaks in it until then is its own affair."""
    page.wait_for_function(READY, timeout=MINUTES)
    problems[:] = [problem for problem in problems if not problem.startswith("error in the page")]
    page.evaluate(LISTEN)


@pytest.fixture
def clean(tab):
    """The tab; a test that ends with an error that nobody expected has failed."""
    tab.page.evaluate("() => { window.kernelErrors.length = 0; }")
    yield tab
    problems = tab.problems + tab.page.evaluate("window.kernelErrors")
    tab.problems.clear()
    assert problems == []


@pytest.fixture
def view(clean):
    """An explorer that has just been shown."""
    return clean.run(SHOW)


# --- With the mouse ----------------------------------------------------------------------------------


def test_a_mean_is_dragged_to_the_pixel(view):
    to_data = view.scale()
    taken, left = view.drag("component-1", 70, -50)
    view.shows_what_python_has()
    np.testing.assert_allclose(view.tab.value("explorer.mixture.means[1].tolist()"), to_data(left), atol=0.02)
    np.testing.assert_allclose(to_data(taken), [3, 3], atol=0.02)
    assert view.read("session.fresh")  # colors follow a drag
    assert view.tab.value("explorer.fit.n_iter") == 0


@pytest.mark.parametrize("handle", ["a", "b"])
@pytest.mark.parametrize(("dx", "dy"), [(25, -30), (-20, -25)])
def test_an_ellipse_is_stretched_and_turned_by_its_handles(view, handle, dx, dy):
    """The handle is 2 standard deviations out, and stays under the hand: in Python's numbers too."""
    before = view.tab.value("explorer.mixture.covariances[1].tolist()")
    to_data = view.scale()
    _, left = view.drag(f"handle-1-{handle}", dx, dy)
    view.shows_what_python_has()
    mean, covariance = (
        np.array(view.tab.value(f"explorer.mixture.{part}[1].tolist()")) for part in ("means", "covariances")
    )
    assert (covariance != before).all()
    deviation = to_data(left) - mean
    assert np.sqrt(deviation @ np.linalg.solve(covariance, deviation)) == pytest.approx(2, abs=0.05)
    np.testing.assert_allclose(view.center(f"handle-1-{handle}"), left, atol=2)
    assert mean.tolist() == [3, 3]


def test_e_colors_the_points_and_m_leaves_the_colors_stale(view):
    assert view.read("session.responsibilities") is None
    view.press("e")
    view.at_iteration(0)
    shown = view.read("Array.from(session.responsibilities)")
    expected = view.tab.value("e_step(X, explorer.mixture)[0].ravel().tolist()")
    np.testing.assert_allclose(shown, expected, atol=1e-5)
    view.press("m")
    view.at_iteration(1, fresh=False)
    view.shows_what_python_has()
    assert view.read("Array.from(session.responsibilities)") == shown
    assert view.read("session.bound < session.logLikelihood - 0.1")
    said = view.get("status").inner_text()
    assert re.search(r"^iteration 1: log-likelihood −[\d,.]+, up [\d,.]+\. Colors are stale until E\.$", said)
    expected = "m_step(X, e_step(X, explorer.fit.mixtures[0])[0])"
    assert view.tab.value(f"bool((explorer.mixture.means == {expected}.means).all())")
    view.press("e")
    view.at_iteration(1)
    assert view.read("session.bound === session.logLikelihood")
    assert view.read("Array.from(session.responsibilities)") != shown


def test_m_before_e_says_what_is_missing(view):
    view.press("m")
    view.wait("!session.waiting")
    assert "M needs responsibilities: press E first." in view.get("status").inner_text()
    assert view.read("session.state.entries.length") == 1


def test_steps_play_and_pause(view):
    view.press("step")
    view.at_iteration(1)
    view.press("step")
    view.at_iteration(2)
    view.shows_what_python_has()
    view.press("play")
    view.wait("session.state.iteration >= 4")
    view.press("play")
    view.wait("!session.playing && !session.waiting")
    stopped = view.read("session.state.iteration")
    view.page.wait_for_timeout(900)
    assert view.read("session.state.iteration") == stopped
    view.shows_what_python_has()
    gains = view.tab.value("np.diff(explorer.fit.log_likelihoods).tolist()")
    assert len(gains) == stopped
    assert min(gains) >= 0


def test_the_time_line_goes_back_and_forth(view):
    for iteration in (1, 2, 3):
        view.press("step")
        view.at_iteration(iteration)
    box = view.get("timeline").bounding_box()
    view.page.mouse.click(box["x"] + 12, box["y"] + box["height"] / 2)
    view.at_iteration(0)
    view.shows_what_python_has()
    assert view.read("session.state.entries.length") == 4
    view.page.mouse.move(box["x"] + 12, box["y"] + box["height"] / 2)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2, steps=5)
    view.page.mouse.up()
    view.at_iteration(3)
    view.shows_what_python_has()


def test_undo_takes_back_a_step_and_a_whole_drag(view):
    start = view.tab.value("explorer.mixture.means.tolist()")
    view.drag("component-0", 60, 10)
    view.shows_what_python_has()
    view.press("step")
    view.wait("session.state.iteration === 2 && !session.waiting")
    view.press("undo")
    view.wait("session.state.iteration === 1 && !session.waiting")
    view.press("undo")
    view.at_iteration(0, fresh=False)
    view.shows_what_python_has()
    assert view.read("session.mixture.means") == start
    assert not view.read("session.canUndo")


def test_number_of_components_and_start(view):
    view.get("k").select_option("5")
    view.wait("session.state.k === 5 && root.dataset.k === '5'")
    view.shows_what_python_has()
    view.get("start").select_option("kmeans")
    view.wait("session.start === 'kmeans' && !session.waiting")
    view.shows_what_python_has()
    before = view.read("session.mixture.means")
    view.get("start").select_option("random_points")
    view.wait("session.start === 'random_points' && !session.waiting")
    first = view.read("session.mixture.means")
    view.press("redraw")
    view.wait(f"session.mixture.means[0][0] !== {first[0][0]} && !session.waiting")
    view.shows_what_python_has()
    assert first != before
    view.press("step")
    view.at_iteration(1)
    view.press("reset")
    view.at_iteration(0, fresh=False)
    view.shows_what_python_has()


def test_predictions_are_judged_by_m(view):
    view.press("e")
    view.at_iteration(0)
    view.press("predict")
    view.get("prediction-0").wait_for()
    start = view.read("session.mixture.means")
    _, left = view.drag("prediction-0", 40, 30)
    np.testing.assert_allclose(view.center("prediction-0"), left, atol=2)
    assert view.read("session.mixture.means") == start, "a prediction moves no mean"
    view.press("m")
    view.at_iteration(1, fresh=False)
    assert re.search(r"component 0 off by [\d.]+ sd", view.get("status").inner_text())


# --- From cells --------------------------------------------------------------------------------------


def test_what_a_cell_does_is_seen(view):
    view.tab.execute("explorer.mixture = initialization.kmeans(X, 3, np.random.default_rng(1))")
    view.wait("session.state.entries.length === 2")
    view.shows_what_python_has()
    assert view.get("status").inner_text().startswith("Set from Python: 3 components")
    view.tab.execute("explorer.play(3, pause=0)")
    view.at_iteration(4)
    view.tab.execute("explorer.undo(); explorer.m()")
    view.at_iteration(4, fresh=False)
    view.shows_what_python_has()
    view.tab.execute("explorer.mixture = initialization.kmeans(X, 6, np.random.default_rng(1))")
    view.wait("root.dataset.k === '6'")
    view.shows_what_python_has()
    view.tab.execute("explorer.reset('kmeans_plus_plus')")
    view.wait("session.start === 'kmeans_plus_plus' && session.state.iteration === 0")
    view.shows_what_python_has()


def test_what_the_hand_does_while_a_cell_runs_arrives(view):
    view.tab.execute("time.sleep(2)", wait=False)
    view.drag("component-0", 50, 30)
    dragged = view.read("session.mixture.means")
    view.press("step")
    view.wait("!session.waiting && session.state.iteration === 2")
    view.shows_what_python_has()
    assert view.tab.value("explorer.fit.mixtures[0].means.tolist()") == dragged


def test_an_explorer_works_before_the_kernel_is_free_to_greet_it(clean):
    page = clean.page
    page.evaluate(FILL, [SHOW, "time.sleep(3)", "", ""])
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    root = page.get_by_test_id("em-explorer")
    root.wait_for()
    view = View(clean, root)
    view.wait("root.dataset.frames > 0")
    if view.read("session.kernel") == "alive":
        pytest.fail("the kernel was free: this test shows nothing")
    view.press("e")
    view.press("m")
    view.at_iteration(1, fresh=False)
    view.wait("session.kernel === 'alive' && !session.waiting")
    view.at_iteration(1, fresh=False)
    view.shows_what_python_has()
    view.press("step")
    view.at_iteration(2)
    view.shows_what_python_has()


# --- The learner's own code --------------------------------------------------------------------------

OWN = """\
calls = []
def my_e_step(X, mixture):
    calls.append("E")
    return e_step(X, mixture)
def my_m_step(X, responsibilities):
    calls.append("M")
    if len(calls) > 3:
        nothing = []
        return nothing[0]
    return m_step(X, responsibilities, family="spherical")"""


def test_own_functions_run_and_their_exceptions_are_shown_and_survived(clean):
    made = f"explorer = EMExplorer(X, start={START}, e_step=my_e_step, m_step=my_m_step)"
    view = clean.run(OWN, f"{made}\nexplorer")
    assert "my_e_step" in view.get("kernel").inner_text()
    view.press("e")
    view.at_iteration(0)
    shown = view.read("Array.from(session.responsibilities)")
    expected = clean.value("e_step(X, explorer.mixture)[0].ravel().tolist()")
    np.testing.assert_allclose(shown, expected, atol=1e-6)
    view.press("m")
    view.at_iteration(1, fresh=False)
    view.press("e")
    view.at_iteration(1)
    assert clean.value("calls") == ["E", "M", "E"]
    view.shows_what_python_has()
    covariances = view.read("session.mixture.covariances")
    assert all(cov[0][1] == 0 and cov[0][0] == cov[1][1] for cov in covariances)
    view.press("m")
    view.get("error").get_by_text("list index out of range").wait_for()
    text = view.get("error").inner_text()
    assert "my_m_step raised IndexError" in text
    assert "line 9" in text
    assert "return nothing[0]" in text
    assert view.read("session.state.entries.length") == 2
    clean.execute("calls.clear()")
    view.press("m")
    view.at_iteration(2, fresh=False)
    assert view.get("error").inner_text() == ""
    view.drag("component-0", 30, 0)
    view.shows_what_python_has()
    assert view.read("session.responsibilities") is None
    assert clean.value("calls") == ["M"]


# --- Several of them, and kernels that go ------------------------------------------------------------


def test_two_explorers_mind_their_own_business(clean):
    clean.run(SHOW, "other = EMExplorer(X, k=2)\nother")
    one, two = clean.view(0), clean.view(1)
    one.press("step")
    one.at_iteration(1)
    two.press("e")
    two.at_iteration(0)
    one.shows_what_python_has("explorer")
    two.shows_what_python_has("other")
    assert (one.read("session.state.k"), two.read("session.state.k")) == (3, 2)
    assert clean.value("[explorer.fit.n_iter, other.fit.n_iter]") == [1, 0]


def test_two_views_of_one_explorer_show_the_same(clean):
    clean.run(SHOW, "explorer")
    one, two = clean.view(0), clean.view(1)
    one.drag("component-0", 40, 20)
    one.shows_what_python_has()
    two.shows_what_python_has()
    two.press("m")
    two.at_iteration(2, fresh=False)
    one.at_iteration(2, fresh=False)
    for view in (one, two):
        assert view.get("status").inner_text().startswith("iteration 2: log-likelihood")
    for view in (one, two):  # where the ellipses have glided to, they rest
        view.wait("(root.frames === root.dataset.frames || void (root.frames = root.dataset.frames))")
    where = [view.center("component-0") - view.center("stage") for view in (one, two)]
    np.testing.assert_allclose(where[0], where[1], atol=1.5)


def test_the_explorer_outlives_its_kernel(view):
    view.press("step")
    view.at_iteration(1)
    view.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()"
    )
    view.wait("session.kernel === 'none' && root.dataset.kernel === 'none'")
    assert "The kernel has gone; the explorer goes on without it." in view.get("status").inner_text()
    view.press("step")
    view.at_iteration(2)
    view.drag("component-0", 30, 10)
    view.at_iteration(3)
    view.press("undo")
    view.at_iteration(2)
    view.press("undo")
    view.at_iteration(1)
    view.press("undo")
    view.at_iteration(0, fresh=False)
    view.page.wait_for_function(READY)
    view.page.evaluate(LISTEN)
    again = view.tab.run(SHOW)
    again.press("step")
    again.at_iteration(1)
    again.shows_what_python_has()


def test_a_page_that_is_loaded_anew_finds_the_explorer_in_its_kernel(view):
    tab, page = view.tab, view.page
    view.press("step")
    view.at_iteration(1)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload(wait_until="domcontentloaded")
    settle(page, tab.problems)
    page.get_by_test_id("em-explorer").wait_for()
    again = tab.view()
    again.at_iteration(1)
    again.press("step")
    again.at_iteration(2)
    again.shows_what_python_has()


@pytest.mark.parametrize("application", ADDRESSES)
def test_a_notebook_saved_with_its_widgets_shows_them_without_a_kernel(application, browser, lab):
    named = SHOW.replace("X, start", "X, labels=['eruption', 'wait'], start")
    cells = [new_code_cell(SETUP), new_code_cell(named), new_code_cell("explorer.play(3, pause=0)")]
    notebook = new_notebook(cells=cells, metadata=refresh.METADATA)
    NotebookClient(notebook, timeout=120, store_widget_state=True).execute()
    name = f"saved-{application[:3]}.ipynb"
    nbformat.write(notebook, lab.folder / name)
    NotebookNotary(data_dir=str(lab.folder.parent / "data")).sign(nbformat.read(lab.folder / name, 4))
    context = browser.new_context(viewport={"width": 1300, "height": 1100})
    page, problems = context.new_page(), []
    page.set_default_timeout(SECONDS)
    cut_off(page, problems)
    page.goto(lab.url(f"{ADDRESSES[application]}/{name}", "&reset"), wait_until="domcontentloaded")
    settle(page, problems)
    root = page.get_by_test_id("em-explorer")
    root.wait_for()
    view = View(Tab(page, problems), root)
    view.at_iteration(3)
    assert view.read("session.kernel") == "none"
    assert view.get("stage").get_attribute("aria-label") == "Picture: eruption across, wait up"
    assert view.get("component-0").get_attribute("aria-valuetext").startswith("mean eruption ")
    view.press("step")
    view.at_iteration(4)
    view.drag("component-0", 30, 10)
    view.at_iteration(5)
    view.get("k").select_option("5")
    view.wait("session.state.k === 5")
    page.evaluate(SHUT_DOWN)
    context.close()
    assert problems == []


# --- By keyboard alone -------------------------------------------------------------------------------


CELL_TYPES = """() => {
    const { cells } = window.jupyterapp.shell.currentWidget.content.model;
    return Array.from({ length: cells.length }, (_, i) => cells.get(i).type);
}"""


@pytest.mark.parametrize(("part", "spot"), [("stage", (70, 30)), ("gain", (40, 22)), ("status", (20, 8))])
def test_after_a_click_anywhere_in_it_keys_are_the_explorers(view, part, spot):
    """In command mode m makes the cell Markdown, and the explorer is gone; x would cut the cell."""
    page = view.page
    types = page.evaluate(CELL_TYPES)
    assert not view.read("root.contains(document.activeElement)")  # it takes no focus when it is shown
    view.get(part).click(position={"x": spot[0], "y": spot[1]})
    for key, iteration, fresh in [("e", 0, True), ("m", 1, False), ("s", 2, True)]:
        view.key(key)
        view.at_iteration(iteration, fresh)
    view.key("Space")
    view.wait("session.state.iteration >= 3")
    view.key("Space")
    view.wait("!session.playing && !session.waiting")
    for key in "abdxcvy":
        view.key(key)
    view.key("Escape", "Enter", "ArrowDown", "r")
    view.at_iteration(0, fresh=False)
    assert page.evaluate(CELL_TYPES) == types
    assert view.read("root.contains(document.activeElement)")
    view.shows_what_python_has()


@pytest.mark.parametrize("part", ["e", "stage"])
def test_the_notebook_is_saved_by_its_key(view, part):
    dirty = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
    view.get(part).click()
    view.page.wait_for_function(dirty)
    view.key("Control+s")
    view.page.wait_for_function(f"() => !({dirty})()")
    assert view.read("root.contains(document.activeElement)")
    view.key("m")  # is the explorer's again
    view.wait("session.state.iteration >= 0")
    assert view.read("root.dataset.lmSuppressShortcuts") == "true"


def test_the_last_undo_leaves_the_keys_with_the_explorer(view):
    types = view.page.evaluate(CELL_TYPES)
    view.press("e")
    view.at_iteration(0)
    view.press("undo")
    view.at_iteration(0, fresh=False)
    assert view.get("undo").get_attribute("aria-disabled") == "true"
    view.key("e")
    view.at_iteration(0)
    view.key("m")
    view.at_iteration(1, fresh=False)
    assert view.page.evaluate(CELL_TYPES) == types


def test_a_drag_and_a_move_by_keys_are_told(view):
    view.press("e")
    view.at_iteration(0)
    view.drag("component-1", 40, 20)
    told = r"Component 1 moved by hand: log-likelihood −[\d,]+\.\d\."
    assert re.fullmatch(told, view.get("status").inner_text())
    view.shows_what_python_has()
    assert re.fullmatch(told, view.get("status").inner_text())  # the kernel's answers have said nothing
    view.get("component-0").focus()
    view.key("]")
    view.page.wait_for_timeout(900)
    told = told.replace("1 moved", "0 reshaped")
    assert re.fullmatch(told, view.get("status").inner_text())


def test_everything_by_keyboard(view):
    page = view.page
    cells = "() => window.jupyterapp.shell.currentWidget.content.model.cells.length"
    before = page.evaluate(cells)
    view.get("e").focus()  # what follows is keys alone

    def tab_to(name):
        for _ in range(30):
            if view.get(name).evaluate("(element) => element === document.activeElement"):
                return
            view.key("Tab")
        pytest.fail(f"Tab does not lead to {name}")

    tab_to("k")
    view.key("4")
    view.wait("session.state.k === 4 && !session.waiting")
    view.key("ArrowUp")
    view.wait("session.state.k === 3 && !session.waiting")
    tab_to("start")
    view.key("ArrowDown")
    view.wait("session.start === 'kmeans_plus_plus' && !session.waiting")
    view.shows_what_python_has()
    tab_to("component-1")
    mean = np.array(view.read("session.mixture.means[1]"))
    view.key("ArrowRight", "ArrowRight", "ArrowUp")
    view.shows_what_python_has()
    moved = np.array(view.read("session.mixture.means[1]")) - mean
    assert (moved > 0).all()
    covariance = np.array(view.read("session.mixture.covariances[1]"))
    view.key("Shift+ArrowRight", "Shift+ArrowRight")
    view.shows_what_python_has()
    wider = np.array(view.read("session.mixture.covariances[1]"))
    assert np.linalg.det(wider) == pytest.approx(np.linalg.det(covariance) * 1.05**4, rel=1e-6)
    view.key("Shift+ArrowDown")
    view.shows_what_python_has()
    narrower = np.array(view.read("session.mixture.covariances[1]"))
    assert np.linalg.det(narrower) == pytest.approx(np.linalg.det(wider) / 1.05**2, rel=1e-6)
    view.key("[")
    view.shows_what_python_has()
    turned = np.array(view.read("session.mixture.covariances[1]"))
    assert np.linalg.det(turned) == pytest.approx(np.linalg.det(narrower), rel=1e-6)
    assert angle(view, turned) - angle(view, narrower) == pytest.approx(np.radians(5), abs=1e-6)
    view.key("]", "]")
    view.shows_what_python_has()
    assert angle(view, np.array(view.read("session.mixture.covariances[1]"))) < angle(view, narrower)
    placed = view.read("session.state.iteration")
    view.key("e")
    view.key("m")
    view.at_iteration(placed + 1, fresh=False)
    view.key("e")
    view.at_iteration(placed + 1)
    view.key("s")
    view.at_iteration(placed + 2)
    view.key("Home")
    view.at_iteration(0)
    view.key("End")
    view.at_iteration(placed + 2)
    view.key("z")
    view.at_iteration(placed + 1)
    view.shows_what_python_has()
    view.key("Space")
    view.wait(f"session.state.iteration >= {placed + 2}")
    view.key("Space")
    view.wait("!session.playing && !session.waiting")
    tab_to("timeline")
    at = view.read("session.state.iteration")
    view.key("ArrowLeft")
    view.at_iteration(at - 1)
    view.shows_what_python_has()
    view.key("r")
    view.at_iteration(0, fresh=False)
    for key in "abdxcv":  # keys that mean something to a notebook
        view.key(key)
    assert page.evaluate(cells) == before


def angle(view, covariance):
    """The angle of the longer axis as it is seen, counterclockwise from the right."""
    to_data = view.scale()
    unit = np.abs(to_data(np.ones(2)) - to_data(np.zeros(2)))
    seen = covariance / np.outer(unit, unit)
    return 0.5 * np.arctan2(2 * seen[0, 1], seen[0, 0] - seen[1, 1])


# --- Data of all kinds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "k"),
    [
        pytest.param("X[:, :1]", 2, id="one dimension"),
        pytest.param("rng.standard_normal((200, 4))", 2, id="four dimensions"),
        pytest.param("X[:1]", 1, id="one point"),
        pytest.param("np.ones((20, 2))", 2, id="identical points"),
        pytest.param("X + 1e9", 3, id="far from the origin"),
    ],
)
def test_data_of_all_kinds(clean, data, k):
    view = clean.run(f"Z = {data}\nexplorer = EMExplorer(Z, k={k})\nexplorer")
    view.press("e")
    view.at_iteration(0)
    view.press("m")
    view.wait("!session.waiting")
    if data in ("X[:1]", "np.ones((20, 2))"):
        view.get("error").get_by_text("Component collapsed").wait_for()
        why = "too few to have a covariance" if data == "X[:1]" else "which coincide"
        assert why in view.get("error").inner_text()
        assert view.read("session.state.iteration") == 0
        return
    view.at_iteration(1, fresh=False)
    if "standard_normal" in data:
        start = view.read("session.mixture.means")
        assert len(start[0]) == 4
        view.drag("component-0", 40, 40)
        assert view.read("session.mixture.means") == start, "what is projected is not dragged"
        return
    view.drag("component-0", 40, 0)
    view.wait("session.state.iteration === 2")
    view.tab.until(f"explorer.mixture.means.tolist() == {view.read('session.mixture.means')}")


def test_a_hundred_thousand_points(clean):
    many = "np.tile(X, (167, 1)) + 0.1 * rng.standard_normal((100_200, 2))"
    view = clean.run(f"explorer = EMExplorer({many})\nexplorer")
    view.drag("component-0", 40, 30)
    view.press("step")
    view.wait("session.state.iteration === 2 && !session.waiting")
    view.tab.until(f"explorer.mixture.means.tolist() == {view.read('session.mixture.means')}")


# --- Points, families and many starts ------------------------------------------------------------


def test_points_set_by_hand_arrive_in_the_kernel(view):
    view.press("add-points")
    box = view.get("stage").bounding_box()
    view.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 60)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 70, steps=8)
    view.wait("session.data.n >= 606")
    view.page.mouse.up()
    view.wait("!session.waiting && session.data.version > 0")
    n = view.read("session.data.n")
    view.tab.until(f"explorer.n == len(explorer.X) == {n}")
    there = np.array(view.tab.value("explorer.X[-1].tolist()"))
    np.testing.assert_allclose(view.read("[...session.data.X.slice(-2)]"), there, atol=1e-6)
    assert view.read("session.logLikelihood") == pytest.approx(
        view.tab.value("explorer.mixture.log_likelihood(explorer.X)"), rel=1e-9
    )
    view.press("undo")
    view.wait("session.data.n === 600")
    view.tab.until("explorer.n == 600")


def test_points_set_in_a_cell_are_seen_and_a_listener_is_told(view):
    view.tab.execute("heard = []\nexplorer.on_change(lambda explorer: heard.append(explorer.n))")
    view.tab.execute("explorer.X = X[:100]")
    view.wait("session.data.n === 100 && root.view.data.n === 100")
    view.press("step")
    view.at_iteration(1)
    view.tab.until("heard == [100, 100]")
    view.tab.execute("explorer.X = X[:50, :1]")  # another kind of picture
    view.wait("session.data.d === 1")
    one = view.tab.view()
    one.wait("root.view.picture.isFlat1D")
    one.press("step")
    view.tab.until("explorer.fit.n_iter == 1")


def test_family_and_many_starts_in_the_kernel(view):
    view.get("family").select_option("tied")
    view.tab.until("explorer.family == 'tied' and explorer.mixture.n_parameters == 11")
    view.wait("session.state.family === 'tied'")
    view.press("search")
    view.wait("session.search?.isOver")
    ends = view.read("session.search.ends.map(({ logLikelihood }) => logLikelihood)")
    assert len(ends) == 20
    view.tab.until(f"abs(explorer.mixture.log_likelihood(X) - {max(ends)}) < 1e-6")
    view.wait("!session.waiting && session.state.entries.at(-1).kind === 'end'")
    view.get("starts").get_by_test_id("em-mark").last.click()
    view.tab.until(f"abs(explorer.mixture.log_likelihood(X) - {min(ends)}) < 0.1")
    view.tab.until("explorer.fit.n_iter > 3")
    view.wait("root.querySelector('[data-testid=em-status]').textContent.startsWith('Taken: ')")
    last = view.get("starts").get_by_test_id("em-mark").last
    view.wait("[...root.querySelectorAll('.em-mark')].at(-1).getAttribute('aria-pressed') === 'true'")
    assert "by hand" not in view.get("gain").inner_text() and last.is_visible()
    assert view.get("lowest").inner_text().startswith("Lower is better; lowest BIC so far")
    view.get("starts").get_by_test_id("em-mark").first.click()
    view.wait("/this is the lowest BIC/.test(root.querySelector('[data-testid=em-lowest]').textContent)")
    view.tab.until("explorer.fit.converged")


def test_what_a_stopped_kernel_finds_is_not_taken(view):
    view.tab.execute("explorer.X = np.random.default_rng(0).normal(size=(5_000, 2))")
    view.wait("session.data.n === 5000")
    before = view.read("session.logLikelihood")
    view.press("search")
    assert "20 runs in Python" in view.get("starts").inner_text()
    view.press("search-close")
    said = "Stopped. Python finishes its 20 runs, but nothing of them is taken."
    assert view.get("status").inner_text() == said
    view.wait("!session.waiting")
    assert view.read("session.logLikelihood") == before and view.get("starts").is_hidden()
    assert view.tab.value("explorer.fit.n_iter") == 0
    assert view.get("status").inner_text() == said


def test_names_and_values_stand_beside_each_other_nowhere(view):
    view.get("keys").click()  # Jupyter floats the parts of lists that explain
    for names in ("em-criteria", "em-keys"):
        boxes = view.page.locator(f"dl.{names} > div").evaluate_all(
            "all => all.map((row) => [...row.children].map((one) => one.getBoundingClientRect().toJSON()))"
        )
        for name, value in boxes:
            assert value["top"] >= name["bottom"] - 1 or value["left"] >= name["right"] - 1
    style = "all => all.map((one) => getComputedStyle(one).float)"
    assert set(view.page.locator(".em-explorer :is(dt, dd)").evaluate_all(style)) == {"none"}


# --- What is taken away, and what is stored ----------------------------------------------------------


def test_what_is_shown_is_saved_from_the_notebook(view):
    view.press("step")
    view.at_iteration(1)
    view.press("save")
    files = {}
    for kind in ("png", "svg", "csv", "json", "py"):
        with view.page.expect_download() as download:
            view.press(f"save-{kind}")
        files[kind] = download.value.path().read_bytes()
    assert files["png"].startswith(b"\x89PNG") and files["svg"].startswith(b"<svg")
    assert len(files["csv"].splitlines()) == 601
    mixture = Mixture(**json.loads(files["json"])["mixture"])
    assert mixture.means.tolist() == view.tab.value("explorer.mixture.means.tolist()")
    assert b"mixture = Mixture(" in files["py"]
    assert view.get("copy-python").is_visible()
    assert view.get("copy-link").count() == 0  # the notebook has no address that holds the state


def test_the_widget_is_shown_and_the_still_picture_is_kept_beside_it(view):
    outputs = view.page.evaluate(
        """() => {
            const { cells } = window.jupyterapp.shell.currentWidget.content.model;
            return [...cells].flatMap(({ sharedModel }) => sharedModel.outputs ?? []);
        }"""
    )
    (shown,) = [output for output in outputs if output["output_type"] == "execute_result"]
    assert "image/png" in shown["data"]
    assert shown["metadata"]["image/png"]["alt"].startswith("A scatter plot with ellipses of the explorer")
    assert view.page.locator(".jp-OutputArea-output img").count() == 0
