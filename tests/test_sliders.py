"""Every scene: its picture over the whole grid of its controls, and the widget around it."""

import base64
import html
import itertools
import math
import re
import warnings
from functools import cache

import ipywidgets as widgets
import numpy as np
import pytest
import traitlets
from matplotlib.figure import Figure

from gmmlesson import plots, sliders
from gmmlesson.sliders import Control, Scene

SCENES = {name: value for name, value in vars(sliders).items() if isinstance(value, Scene)}
NO_NUMBER = r"\bnan\b|\binf\b|np\.|-0(\.0*)?\b(?!\.?\d)"  # neither is -0.00 one to show
MANY = 150  # positions; of a larger grid each control's values are visited alone, and the corners
FEW = 100  # of a fine slider's values, evenly spread


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings(action="error"):
        yield


def start(scene):
    return {name: control.start for name, control in scene.controls.items()}


@cache
def draw(name, **position):
    """A scene at a position -> (sentence, picture)."""
    picture = SCENES[name].picture(**position)
    return picture.caption, plots.png(picture.figure, dpi=96)


def corners(scene):
    """Every control at one of its ends."""
    ends = [[(name, control.low), (name, control.high)] for name, control in scene.controls.items()]
    return [dict(choice) for choice in itertools.product(*ends)]


def thinned(values):
    """At most `FEW` + 1 of the values, both ends among them."""
    return values if len(values) <= MANY else [*values[: -1 : -(-len(values) // FEW)], values[-1]]


def positions(scene):
    """The whole grid if it is small; otherwise each control's values at the others' start, and corners."""
    grids = {name: thinned(control.values().tolist()) for name, control in scene.controls.items()}
    if math.prod(map(len, grids.values())) <= MANY:
        return [dict(zip(grids, values, strict=True)) for values in itertools.product(*grids.values())]
    one_by_one = [start(scene) | {name: value} for name, values in grids.items() for value in values]
    return one_by_one + corners(scene)


def test_there_are_scenes_and_none_is_hidden():
    assert SCENES
    assert not [name for name in SCENES if name.startswith("_")]


@pytest.mark.parametrize("name", SCENES)
class TestEveryScene:
    def test_its_controls(self, name):
        for argument, control in SCENES[name].controls.items():
            values = control.values()
            assert control.label, argument
            assert control.low < control.high
            assert values[0] == control.low
            assert values[-1] == pytest.approx(control.high), "the steps must end at the highest value"
            assert np.isclose(values, control.start, rtol=0, atol=1e-9).any(), "it must start on its grid"
            assert 3 <= len(values) <= 2001  # the arrow keys reach each

    def test_its_picture_everywhere(self, name):
        scene = SCENES[name]
        sentences = set()
        for position in positions(scene):
            picture = scene.picture(**position)
            assert isinstance(picture, plots.Picture), position
            assert isinstance(picture.figure, Figure), position
            sentence = picture.caption
            assert sentence == sentence.strip(), position
            assert sentence.endswith("."), f"{position}: {sentence}"
            assert "\n" not in sentence
            assert not re.search(NO_NUMBER, sentence), f"{position}: {sentence}"
            assert re.search(r"\d", sentence), f"no number in it: {sentence}"
            sentences.add(sentence)
        assert len(sentences) > 1, "the sentence is the same everywhere"

    def test_it_depends_on_its_controls_alone(self, name):
        position = start(SCENES[name])
        assert draw.__wrapped__(name, **position) == draw(name, **position)

    def test_every_control_changes_the_picture_and_the_sentence(self, name):
        scene = SCENES[name]
        for argument, control in scene.controls.items():
            ends = (start(scene) | {argument: end} for end in (control.low, control.high))
            low, high = (draw(name, **position) for position in ends)
            assert low[0] != high[0], argument
            assert low[1] != high[1], argument

    def test_corners_can_be_drawn(self, name):
        for position in corners(SCENES[name]):
            _, png = draw(name, **position)
            assert png.startswith(b"\x89PNG")

    def test_its_widget_follows_its_sliders(self, name):
        scene = SCENES[name]
        widget = scene()
        *controls, view = widget.children
        assert [control.description for control in controls] == [c.label for c in scene.controls.values()]
        assert shown(view) == draw(name, **start(scene))
        for (argument, control), slider in zip(scene.controls.items(), controls, strict=True):
            other = control.high if control.start != control.high else control.low
            slider.value = other
            assert slider.value == pytest.approx(other)
            assert shown(view) == draw(name, **start(scene) | {argument: other})
            if len(controls) > 1:
                slider.value = control.start

    def test_without_a_kernel_a_sentence_stands_in(self, name):
        text = repr(SCENES[name]())
        assert text.startswith("[Slider: ")
        for control in SCENES[name].controls.values():
            assert control.label in text
        assert "0x" not in text


def shown(view):
    """What an HTML widget shows: (sentence, picture). Alternative text and caption are the same."""
    assert isinstance(view, widgets.HTML)
    match = re.fullmatch(
        r'<img alt="(?P<alt>[^"]*)" [^>]*src="data:image/png;base64,(?P<data>[^"]+)">'
        r'<p aria-live="polite">(?P<caption>.*)</p>',
        view.value,
    )
    assert match, view.value[:200]
    assert match["alt"] == match["caption"]
    return html.unescape(match["alt"]), base64.b64decode(match["data"])


class TestControl:
    def test_values_include_both_ends(self):
        assert Control("x", 0, 4, 2, 2).values().tolist() == [0, 2, 4]
        values = Control("x", -0.3, 0.3, 0.1, 0).values()
        np.testing.assert_allclose(values, [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3], atol=1e-12)
        assert len(Control("x", 0, 1, 0.05, 0).values()) == 21

    def test_a_fine_step_is_seen(self):
        assert Control("x", 1, 5, 0.002, 1).widget().digits == 3
        assert Control("x", 1, 5, 0.05, 1).widget().digits == 2

    def test_whole_steps_make_whole_numbers(self):
        whole, real = Control("k", 1, 9, 2, 3).widget(), Control("sd", 0.5, 8, 0.5, 4).widget()
        assert (whole.value, whole.min, whole.max, whole.step) == (3, 1, 9, 2)
        assert (real.value, real.min, real.max, real.step) == (4, 0.5, 8, 0.5)
        assert type(whole.value) is int and type(real.value) is float
        assert (whole.digits, real.digits) == (0, 2)

    @pytest.mark.parametrize("name", SCENES)
    def test_whatever_a_page_sends_it_stands_on_the_grid(self, name):
        (control,) = SCENES[name].controls.values()
        slider = control.widget()
        for value in control.values():
            slider.value = value + 1e-9  # as binary fractions are
            assert abs(slider.value - value) < 1e-9 and len(str(slider.value)) < 9
        for value, end in ((-1e9, control.low), (1e9, control.values()[-1])):
            slider.value = value
            assert slider.value == pytest.approx(end)
        for value in ("1", None, float("nan"), True, [1]):
            with pytest.raises(traitlets.TraitError, match="a finite number"):
                slider.value = value


def test_a_sentence_cannot_break_the_html():
    def picture(x):
        return plots.Picture(plots.figure()[0], f'1 < {x} & "so on".')

    view = Scene(picture, {"x": Control("x", 0, 2, 1, 1)})().children[-1]
    assert shown(view)[0] == '1 < 1 & "so on".'


def test_the_coin_toss_can_be_reached_and_is_not_shown_at_first():
    control = sliders.coin_toss.controls["x"]
    toss = 3 + 4 / 6 * np.log(2)
    assert np.abs(control.values() - toss).min() < 5e-4
    picture = sliders.coin_toss.picture(x=round(toss, 3))
    assert "a coin toss" in picture.figure.axes[0].get_title("left")
    assert abs(control.start - toss) > 2
