"""Pictures that follow a slider: each scene is a pure function of its controls."""

import base64
import html
from dataclasses import dataclass
from functools import partial

import ipywidgets as widgets
import numpy as np

from gmmlesson import plots, stills


@dataclass(frozen=True)
class Control:
    """One slider: its label in words and units, and the values that it can take."""

    label: str
    low: float
    high: float
    step: float
    start: float

    def values(self):
        """Every position of the slider."""
        return self.low + self.step * np.arange(round((self.high - self.low) / self.step) + 1)

    def widget(self):
        """The slider itself."""
        if all(float(number).is_integer() for number in (self.low, self.step, self.start)):
            kind, digits = widgets.IntSlider, {}
        else:  # two decimals, or as many as the step has
            kind, digits = widgets.FloatSlider, {"readout_format": ".3f" if self.step < 0.01 else ".2f"}
        return kind(
            value=self.start, min=self.low, max=self.high, step=self.step, description=self.label, **digits,
            style={"description_width": "16em"}, layout={"width": "36em", "max_width": "100%"},
        )


@dataclass(frozen=True)
class Scene:
    """A picture that depends on a few numbers.

    picture   function of the controls, by name -> Picture
    controls  {name of the argument: Control}

    Calling a scene gives the widget; `scene.picture(**numbers)` gives the picture without one.
    """

    picture: callable
    controls: dict

    def __call__(self):
        controls = {name: control.widget() for name, control in self.controls.items()}
        view = widgets.HTML()

        def draw(_=None):
            picture = self.picture(**{name: control.value for name, control in controls.items()})
            data = base64.b64encode(plots.png(picture.figure, dpi=96)).decode()
            text = html.escape(picture.caption, quote=True)
            width = round(96 * picture.figure.get_size_inches()[0])
            view.value = (
                f'<img alt="{text}" style="max-width:100%" width="{width}" '
                f'src="data:image/png;base64,{data}"><p aria-live="polite">{text}</p>'
            )

        for control in controls.values():
            control.observe(draw, names="value")
        draw()
        widget = SceneWidget([*controls.values(), view])
        widget.opening = partial(self.picture, **{name: each.start for name, each in self.controls.items()})
        return widget


class SceneWidget(widgets.VBox):
    """The sliders and the picture; where no kernel runs, a still picture or a sentence stands in for them."""

    opening = None  # function () -> the Picture that it opens with

    def __repr__(self):
        labels = ", ".join(child.description for child in self.children[:-1])
        return f"[Slider: {labels}. Open this notebook in JupyterLab to move it.]"

    def _repr_mimebundle_(self, **options):
        return stills.stored(super()._repr_mimebundle_(**options), self.opening(), do="move the slider")


# The scenes, by lesson. Their pictures are in `plots`.

# Lesson 01
two_humps = Scene(
    picture=plots.two_humps,
    controls={"distance": Control("distance of the means (sd)", 0, 4, 0.1, 3)},
)
squeezed_circle = Scene(
    picture=plots.squeezed_circle,
    controls={"correlation": Control("correlation", -0.95, 0.95, 0.05, 0.6)},
)

# Lesson 02
coin_toss = Scene(
    picture=plots.coin_toss,
    controls={"x": Control("length of the rod (mm)", 1, 5, 0.002, 1)},
)
# Lesson 03
tug_of_war = Scene(
    picture=plots.tug,
    controls={"share": Control("blue's share of the point", 0, 1, 0.01, 0)},
)

# Lesson 04
classic_run = Scene(
    picture=plots.classic_iteration,
    controls={"iteration": Control("iteration of the classic run", 1, 71, 2, 1)},
)
tolerance_stop = Scene(
    picture=plots.tolerance_stop,
    controls={"exponent": Control("log₁₀ of tolerance (nats a point)", -8, -2, 0.1, -2)},
)

# Lesson 05
shrinking_circles = Scene(
    picture=plots.shrinking_circles,
    controls={"sd": Control("common standard deviation", 0.1, 8, 0.1, 4)},
)
random_start = Scene(
    picture=plots.random_start,
    controls={"seed": Control("seed of the four random points", 0, 39, 1, 0)},
)

# Lesson 13
melting_digits = Scene(
    picture=plots.digits_kept,
    controls={"exponent": Control("log₁₀ distance (sd)", 1, 12, 0.5, 4)},
)

# Lesson 06
touching_bound = Scene(
    picture=plots.touching_bound,
    controls={"m": Control("orange's mean (cm)", -8, 9, 0.5, 1)},
)

# Lesson 10
mistyped_wait = Scene(
    picture=plots.mistyped_wait,
    controls={"wait": Control("first wait, as typed (minutes)", 79, 379, 10, 79)},
)

# Lesson 07
price = Scene(
    picture=plots.price_of_a_parameter,
    controls={"price": Control("price of a parameter (nats)", 0, 8, 0.1, 0.5)},
)

# Lesson 08
needle = Scene(
    picture=plots.needle,
    controls={"exponent": Control("← thinner: log₁₀ of sd (minutes)", -100, 0, 1, -10)},
)

# Lesson 09
unit = Scene(
    picture=plots.other_units,
    controls={"exponent": Control("log₁₀ of the unit (minutes)", 0, 3.2, 0.02, 0)},
)
