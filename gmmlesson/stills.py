"""What a notebook keeps of a widget: a still picture, for readers who have no JupyterLab."""

import base64

from gmmlesson.plots.picture import _indexed, png

HINT = "This is a still picture. Open the notebook in JupyterLab to {do}."
STRIP = 0.3  # inches below the picture, for that sentence


def stored(bundle, picture, *, do):
    """The MIME bundle of a widget with a picture beside it -> (data, metadata).

    A frontend that knows widgets shows the widget, any other one the picture. bundle: what the widget itself
    gives; picture: `Picture`, which gets a line below it; do: what one can do with it where it lives.
    """
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    hint = HINT.format(do=do)
    image = _indexed(png(_with_strip(picture.figure, hint)))
    look = {"alt": f"{picture.caption} {hint}", "width": round(96 * picture.figure.get_size_inches()[0])}
    return (
        data | {"image/png": base64.b64encode(image).decode()},
        metadata | {"image/png": look},
    )


def _with_strip(fig, text):
    """The figure with a line of text below it."""
    width, height = fig.get_size_inches()
    share = STRIP / (height + STRIP)
    fig.set_size_inches(width, height + STRIP)
    fig.get_layout_engine().set(rect=(0, share, 1, 1 - share))
    fig.text(
        0.98, 0.3 * share, text, fontsize=8.5, fontstyle="italic", color="#555555", ha="right", va="bottom"
    )
    return fig
