"""Measure how fast the explorer answers the hand, in a real JupyterLab: `make bench-explorer`.

A time is from the browser's time stamp of an event to the moment after the frame that shows its effect has
been painted. Beside it, in the same run: the same picture by ipywidgets and matplotlib, moved by a slider.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

import refresh
from lab import MINUTES, READY, chromium, server

SETUP = """\
import numpy as np
import ipywidgets
import matplotlib.pyplot as plt
from matplotlib.patches import Ellipse
from gmmlesson import Mixture, e_step
from gmmlesson.explorer import EMExplorer
rng = np.random.default_rng(0)
centers = np.array([[-3, 0], [2, 2.5], [1.5, -2.5]])
X = centers[rng.integers(3, size={n})] + rng.standard_normal(({n}, 2)) * [1, 0.8]
start = Mixture([0.3, 0.3, 0.4], [[-1, 0], [1, 1], [0, -1]], [[[1, 0.3], [0.3, 1]]] * 3)"""
EXPLORER = "explorer = EMExplorer(X, start=start)\nexplorer"
MATPLOTLIB = """\
colors = np.array([[0, 114, 178], [213, 94, 0], [0, 158, 115]]) / 255
def show(x):
    mixture = Mixture(start.weights, start.means + [[x, 0], [0, 0], [0, 0]], start.covariances)
    responsibilities, _ = e_step(X, mixture)
    fig, ax = plt.subplots(figsize=(6.4, 4.2))
    ax.scatter(*X.T, c=responsibilities @ colors, s=6)
    for mean, covariance, color in zip(mixture.means, mixture.covariances, colors):
        values, vectors = np.linalg.eigh(covariance)
        angle = np.degrees(np.arctan2(*vectors[::-1, 1]))
        for sds in (1, 2):
            width, height = 2 * sds * np.sqrt(values[::-1])
            ax.add_patch(Ellipse(mean, width, height, angle=angle, fill=False, edgecolor=color))
    ax.set_aspect("equal")
    plt.show()
ipywidgets.interact(show, x=ipywidgets.FloatSlider(min=-2, max=2, step=0.1));"""

PAINTED = """
window.times = [];
window.whenPainted = (since) => {  // called while a frame is made: the message arrives after it is painted
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.times.push(performance.now() - since);
    channel.port2.postMessage(null);
};"""
# An event of this type starts the clock; a new value of the attribute stops it.
WATCH = """([type, attribute]) => {
    PAINTED_HERE
    const root = document.querySelector("[data-testid=em-explorer]");
    let since = null;
    window.addEventListener(type, (event) => { since ??= event.timeStamp; }, { capture: true });
    new MutationObserver((changes) => {
        const isNew = changes.some(({ oldValue }) => oldValue !== root.getAttribute(attribute));
        if (since === null || !isNew) return;
        window.whenPainted(since);
        since = null;
    }).observe(root, { attributeFilter: [attribute], attributeOldValue: true });
}""".replace("PAINTED_HERE", PAINTED)
WATCH_IMAGES = """() => {
    PAINTED_HERE
    let since = null;
    window.addEventListener("keydown", (event) => { since ??= event.timeStamp; }, { capture: true });
    new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const node of addedNodes) {
            if (!(node instanceof HTMLElement) || since === null) continue;
            const image = node.matches("img") ? node : node.querySelector("img");
            if (!image) continue;
            const start = since;
            since = null;
            image.decode().then(() => requestAnimationFrame(() => window.whenPainted(start)));
        }
    }).observe(document.body, { childList: true, subtree: true });
}""".replace("PAINTED_HERE", PAINTED)


class Bench:
    """One notebook in one tab."""

    def __init__(self, browser, lab, name, *sources):
        cells = [new_code_cell(source) for source in sources]
        nbformat.write(new_notebook(cells=cells, metadata=refresh.METADATA), lab.folder / name)
        self.page = browser.new_page(viewport={"width": 1300, "height": 1100})
        self.page.set_default_timeout(60_000)
        self.page.goto(lab.url(f"lab/tree/{name}", "&reset"), wait_until="domcontentloaded")
        self.page.wait_for_function(READY, timeout=MINUTES)
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(READY)

    def explorer(self):
        root = self.page.get_by_test_id("em-explorer")
        root.wait_for()
        root.scroll_into_view_if_needed()
        self.page.wait_for_timeout(1500)
        return root

    def repeat(self, events, do):
        """Do it so many times, each after the last one's effect has been painted; milliseconds."""
        for i in range(events):
            count = self.page.evaluate("window.times.length")
            do(i)
            self.page.wait_for_function("(count) => window.times.length > count", arg=count)
            self.page.wait_for_timeout(120)
        return self.page.evaluate("window.times")[:events]

    def close(self):
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()"
        )
        self.page.close()


def drag(bench, events):
    """Drag a mean to and fro."""
    root, mouse = bench.explorer(), bench.page.mouse
    box = root.get_by_test_id("em-component-0").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 5, y)
    bench.page.wait_for_timeout(500)
    bench.page.evaluate(WATCH, ["pointermove", "data-frames"])
    times = bench.repeat(events, lambda i: mouse.move(x + 3 * (i % 15) + 8, y - 2 * (i % 15)))
    mouse.up()
    return times


def add(bench, events):
    """Add a point by a click, among the others."""
    root, mouse = bench.explorer(), bench.page.mouse
    root.get_by_test_id("em-add-points").click()
    box = root.get_by_test_id("em-stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    bench.page.wait_for_timeout(500)
    bench.page.evaluate(WATCH, ["pointerdown", "data-frames"])

    def click(i):
        mouse.move(x + 3 * (i % 15), y - 2 * (i % 15))
        bench.page.wait_for_timeout(200)  # a frame that answers the move does not count
        mouse.down()
        mouse.up()

    return bench.repeat(events, click)


def step(bench, events):
    """Press Step: E and M in the kernel, and back."""
    root = bench.explorer()
    root.get_by_test_id("em-step").click()
    bench.page.wait_for_timeout(1000)
    bench.page.evaluate(WATCH, ["click", "data-iteration"])
    return bench.repeat(events, lambda _: root.get_by_test_id("em-step").click())


def slider(bench, events):
    """Move the slider of ipywidgets by one key."""
    handle = bench.page.get_by_role("slider").first
    handle.wait_for()
    bench.page.locator(".jp-OutputArea img").first.wait_for()
    bench.page.wait_for_timeout(1000)
    bench.page.evaluate(WATCH_IMAGES)
    handle.focus()
    press = bench.page.keyboard.press
    return bench.repeat(events, lambda i: press("ArrowRight" if i % 30 < 15 else "ArrowLeft"))


MEASURED = [  # what, cell, how, points, goal in milliseconds
    ("explorer: drag to painted frame", EXPLORER, drag, 3_000, 16),
    ("explorer: drag to painted frame", EXPLORER, drag, 100_000, 33),
    ("explorer: a click to the point painted", EXPLORER, add, 3_000, 33),
    ("explorer: a click to the point painted", EXPLORER, add, 100_000, None),
    ("explorer: step, E and M in the kernel", EXPLORER, step, 3_000, 100),
    ("explorer: step, E and M in the kernel", EXPLORER, step, 100_000, None),
    ("ipywidgets and matplotlib: slider to picture", MATPLOTLIB, slider, 3_000, None),
    ("ipywidgets and matplotlib: slider to picture", MATPLOTLIB, slider, 100_000, None),
]


def main():
    parser = argparse.ArgumentParser(prog="make bench-explorer", description=__doc__)
    parser.add_argument("--events", type=int, default=30, help="of each kind (default: %(default)s)")
    events = parser.parse_args().events
    print(f"Milliseconds from event to painted frame, {events} events each; {os.cpu_count()} processors.")
    print(f"{'':46}{'points':>9}{'median':>9}{'90 %':>9}{'goal':>7}")
    missed = 0
    with tempfile.TemporaryDirectory() as home, server(Path(home)) as lab, chromium() as browser:
        for number, (what, cell, how, n, goal) in enumerate(MEASURED):
            bench = Bench(browser, lab, f"bench{number}.ipynb", SETUP.format(n=n), cell)
            times = sorted(how(bench, events))
            bench.close()
            median, late = statistics.median(times), times[int(0.9 * (len(times) - 1))]
            missed += goal is not None and median > goal
            print(f"{what:46}{n:>9,}{median:>9.1f}{late:>9.1f}{goal or '':>7}", flush=True)
    if missed:
        sys.exit(f"{missed} medians miss their goal.")


if __name__ == "__main__":
    main()
