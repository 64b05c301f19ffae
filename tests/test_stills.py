"""What a notebook stores of a widget for readers who have none: a still picture beside it."""

import base64
import io
import re
import warnings

import numpy as np
import PIL.Image
import pytest
from IPython.core.formatters import DisplayFormatter
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from gmmlesson import datasets, sliders
from gmmlesson.explorer import EMExplorer, still
from gmmlesson.plots import COLORS
from refresh import WIDGET


def bundle(widget):
    """What Jupyter sends: (data, metadata) as the display machinery makes them."""
    return DisplayFormatter().format(widget)


def image(data):
    return PIL.Image.open(io.BytesIO(base64.b64decode(data["image/png"])))


def has(picture, color):
    """How many pixels have a color, #RRGGBB, or nearly."""
    rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(np.array(picture.convert("RGB"), int) - rgb).max(axis=-1) < 24).sum())


def colorful(picture):
    """How many pixels have a color that is no gray."""
    return int((np.ptp(np.array(picture.convert("RGB"), int), axis=-1) > 40).sum())


@pytest.fixture
def eruptions():
    return datasets.old_faithful()


def test_the_explorer_is_stored_as_widget_picture_and_text(eruptions):
    explorer = EMExplorer(eruptions, 2, seed=8, labels=("eruption (minutes)", "wait (minutes)"))
    data, metadata = bundle(explorer)
    assert set(data) == {WIDGET, "image/png", "text/html", "text/plain"}
    assert data[WIDGET]["model_id"] == explorer.model_id
    assert data["text/plain"] == repr(explorer)
    look = metadata["image/png"]
    assert look["width"] == 576  # 6 inches
    assert look["alt"] == (
        "A scatter plot with ellipses of the explorer: 272 points, gray, before the first E-step; "
        "eruption (minutes) across, wait (minutes) up. 2 components of weights 0.50, 0.50 at iteration 0, "
        "log-likelihood −1,361.5. Run this cell in JupyterLab to press E and M yourself."
    )
    before = image(data)
    assert before.size[0] == 864 and has(before, COLORS[0]) > 500 and has(before, COLORS[2]) == 0
    assert bundle(explorer)[0]["image/png"] == data["image/png"]  # however often it is shown
    explorer.step()
    data, metadata = bundle(explorer)
    assert "colored by responsibility" in metadata["image/png"]["alt"]
    assert colorful(image(data)) > 1.3 * colorful(before)  # the points are so too


def test_it_is_the_same_every_time(eruptions):
    first, second = (bundle(EMExplorer(eruptions, 3, seed=1)) for _ in range(2))
    assert first[0]["image/png"] == second[0]["image/png"] and first[1] == second[1]
    first, second = (bundle(sliders.two_humps()) for _ in range(2))
    assert first[0]["image/png"] == second[0]["image/png"] and first[1] == second[1]


def test_a_slider_is_stored_with_its_opening_picture():
    widget = sliders.squeezed_circle()
    opening = bundle(widget)
    data, metadata = opening
    assert set(data) == {WIDGET, "image/png", "text/html", "text/plain"}
    caption = sliders.squeezed_circle.picture(correlation=0.6).caption
    assert metadata["image/png"]["alt"].startswith(caption)
    assert metadata["image/png"]["alt"].endswith("Run this cell in JupyterLab to move the slider.")
    assert bundle(widget)[0]["image/png"] == data["image/png"]  # however often it is shown


def test_own_colors_and_four_dimensions_and_many_points():
    X = np.random.default_rng(0).normal(size=(12_000, 4))

    def my_e_step(X, mixture):
        return np.tile([0.0, 0.0, 1.0], (len(X), 1)), 0.0

    explorer = EMExplorer(X, 3, e_step=my_e_step)
    explorer.e()
    data, metadata = bundle(explorer)
    assert "4,000 of 12,000 points" in metadata["image/png"]["alt"]
    assert "principal axis 1 across, principal axis 2 up" in metadata["image/png"]["alt"]
    assert has(image(data), COLORS[2]) > 2000


ODD = {
    "one point": [[3.0, 4.0]],
    "identical points": np.full((20, 2), 7.0),
    "identical numbers": np.full((20, 1), 7.0),
    "far out": np.random.default_rng(1).normal(size=(50, 2)) + 1e14,
    "tiny": 1e-140 * np.random.default_rng(1).normal(size=(50, 2)),
    "huge": 1e140 * np.random.default_rng(1).normal(size=(50, 2)),
    "unlike units": np.random.default_rng(1).normal(size=(50, 2)) * [1, 1e-12],
}


@pytest.mark.parametrize("name", ODD)
def test_odd_data_never_keep_the_widget_from_showing(name):
    explorer = EMExplorer(ODD[name], 1, labels=["$x$"] * np.shape(ODD[name])[1])
    with warnings.catch_warnings(action="error"):
        data, _ = bundle(explorer)
    assert WIDGET in data
    assert "image/png" in data or name in {"tiny", "huge"}


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_converted_to_html_the_picture_has_its_text(eruptions, template):
    notebook = new_notebook(cells=[new_code_cell("explorer"), new_code_cell("slider")])
    for cell, widget in zip(notebook.cells, (EMExplorer(eruptions, 2), sliders.two_humps()), strict=True):
        data, metadata = bundle(widget)
        cell.outputs = [new_output("display_data", data=data, metadata=metadata)]
        cell.outputs[0].data.pop(WIDGET)  # as stored
    text, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    alts = re.findall(r'<img[^>]* alt="([^"]*)"', text)
    assert len(alts) == 2 and alts[0].startswith("A scatter plot with ellipses of the explorer: 272 points")
    assert alts[1] == sliders.two_humps.picture(distance=3).caption
    assert "<i>Run this cell in JupyterLab to press E and M yourself.</i>" in text
    assert "<i>Run this cell in JupyterLab to move the slider.</i>" in text


def test_as_html_the_picture_stands_without_the_line_of_text(eruptions):
    data, _ = bundle(EMExplorer(eruptions, 2))
    whole = image(data)
    shown = PIL.Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", data["text/html"])[1])))
    assert shown.width == whole.width and whole.height - shown.height == round(0.36 * 144)
    assert (np.array(whole.convert("L"))[shown.height :] < 150).sum() > 500  # there it is
    same = np.array(whole.convert("L"), int)[: shown.height] - np.array(shown.convert("L"), int)
    assert np.abs(same).mean() < 2


def test_a_long_name_without_blanks_is_still_read(eruptions):
    text = still._plain("length_of_the_eruption_as_it_was_measured_by_the_ranger_in_minutes")
    assert text == "length_of_the_eruption_as_it_w…e_ranger_in_minutes"


def test_names_that_look_like_formulas_are_text(eruptions):
    data, _ = bundle(EMExplorer(eruptions, 2, labels=["$\\bad{$", "cost in $ and $"]))
    assert "image/png" in data
