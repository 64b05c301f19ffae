"""A figure with the sentence that describes it: as the last line of a cell it shows itself."""

import html
import io

import PIL.Image
from IPython.display import Image, display

from gmmlesson.plots.base import DPI, styled

__all__ = ["Picture", "png"]


class Picture:
    """A figure and its caption, which says what kind of picture it is and what is to be seen.

    As the last line of a cell it shows both; the caption is the image's alternative text too. In the middle
    of a cell `display(picture)` does the same.

    figure   matplotlib Figure
    caption  str: one sentence or two, with the figure's key numbers
    """

    def __init__(self, figure, caption):
        self.figure, self.caption = figure, " ".join(caption.split())

    def __repr__(self):
        return f"Figure: {self.caption}"

    def _ipython_display_(self):
        """Two outputs: the image, and the caption as a paragraph, which wraps at any width.

        Several renderers drop alternative text, and the check of the outputs compares text only: hence the
        caption, as text, beside it.
        """
        width, _ = self.figure.get_size_inches()
        # the text/plain fallback is the default one of Image, which holds no address
        data = _indexed(png(self.figure))
        display(Image(data=data, format="png", width=round(96 * width), alt=self.caption))
        display({"text/plain": repr(self), "text/html": self._paragraph()}, raw=True)

    def _paragraph(self):
        text = html.escape(self.caption, quote=False)
        return f'<p style="max-width: 44em; margin: 0.2em 0 0.8em"><b>Figure:</b> {text}</p>'


@styled
def png(fig, *, dpi=DPI):
    """The figure as PNG, without a date or a version, so that equal pictures are equal files."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def _indexed(data):
    """A PNG with a palette of 256 colors: a third of the size in the notebook, to the eye the same."""
    buffer = io.BytesIO()
    picture = PIL.Image.open(io.BytesIO(data)).convert("RGB")
    picture.quantize(256, dither=PIL.Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
