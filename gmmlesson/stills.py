"""What a notebook keeps of a widget: a still picture, for readers who have no JupyterLab."""

import base64
import html
import io

import PIL.Image

from gmmlesson.plots.base import DPI
from gmmlesson.plots.picture import _indexed, png

HINT = "Run this cell in JupyterLab to {do}."
STRIP = 0.36  # inches below the picture, for that sentence


def stored(bundle, picture, *, do):
    """The MIME bundle of a widget with a picture beside it -> (data, metadata).

    A frontend that knows widgets shows the widget, any other one the picture: as HTML, with its alternative
    text and the hint as text below, or as PNG, with the hint in a strip: few frontends tell a reader what the
    metadata say. bundle: what the widget itself gives; picture: `Picture`, which gets the strip; do: what one
    can do with it where it lives.
    """
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    hint = HINT.format(do=do)
    image = png(_with_strip(picture.figure, hint))
    look = {"alt": f"{picture.caption} {hint}", "width": round(96 * picture.figure.get_size_inches()[0])}
    shown = {
        "text/html": _as_html(_without_strip(image), picture.caption, hint, look["width"]),
        "image/png": _text(_indexed(image)),
    }
    return data | shown, metadata | {"image/png": look}


def _as_html(image, caption, hint, width):
    alt = html.escape(caption, quote=True)
    return (
        f'<img alt="{alt}" width="{width}" style="max-width: 100%" '
        f'src="data:image/png;base64,{_text(image)}">'
        f'<p style="margin: 0.2em 0 0.8em"><i>{html.escape(hint, quote=False)}</i></p>'
    )


def _text(image):
    return base64.b64encode(image).decode()


def _with_strip(fig, text):
    """The figure with a line of text below it."""
    width, height = fig.get_size_inches()
    share = STRIP / (height + STRIP)
    fig.set_size_inches(width, height + STRIP)
    fig.get_layout_engine().set(rect=(0, share, 1, 1 - share))
    fig.text(
        0.98, 0.3 * share, text, fontsize=12, fontstyle="italic", color="#444444", ha="right", va="bottom"
    )
    return fig


def _without_strip(image):
    """The PNG of such a figure, cut off above the line."""
    picture, buffer = PIL.Image.open(io.BytesIO(image)), io.BytesIO()
    picture.crop((0, 0, picture.width, picture.height - round(STRIP * DPI))).save(buffer, "PNG")
    return _indexed(buffer.getvalue())
