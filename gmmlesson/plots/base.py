"""What the figures share: colors and style, and the parts of a scatter plot."""

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

__all__ = [
    "COLORS",
    "INK",
    "MARKERS",
    "QUIET",
    "blend",
    "draw_ellipses",
    "figure",
    "label_axes",
    "mark_means",
    "scatter",
    "styled",
]

# Okabe & Ito (2008): told apart with any kind of color vision. A component keeps its color and marker
# through the whole course; the marker is the second cue.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
INK = "#222222"  # text and the one thing that matters
QUIET = "#9A9A9A"  # everything else
SHARED = "#303030"  # a point that belongs to nobody

STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same picture on every machine
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
}
styled = matplotlib.rc_context(STYLE)  # a decorator: every function that draws runs in the course's style
WIDTH = 6.0  # inches: 10 pt are 9.3 pixels where a screen is 400 wide
DPI = 144


@styled
def figure(n_rows=1, n_columns=1, *, width=WIDTH, height=3.2, **options):
    """A new Figure in the course's style and its axes; `options` go to `Figure.subplots`."""
    fig = Figure(figsize=(width, height), layout="constrained")
    fig.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    FigureCanvasAgg(fig)
    return fig, fig.subplots(n_rows, n_columns, **options)


def label_axes(ax, x, y, *, equal=True):
    """Axis labels with their units; equal aspect where ellipses are to be judged."""
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if equal:
        ax.set_aspect("equal", adjustable="box")


def blend(responsibilities):
    """Responsibilities (n, k) -> colors (n, 3): a component's own color, darker the more a point is shared.

    The plain mean of two colors can be a third component's (orange and pink make green's gray, for a
    color-blind eye). Darkness is nobody's color, and is seen by everybody.
    """
    own = responsibilities**3  # a half counts an eighth: what is shared is dark
    colors = np.array([to_rgb(color) for color in COLORS[: own.shape[1]]])
    dark = (1 - own.sum(axis=1, keepdims=True)) * np.array(to_rgb(SHARED))
    return (own @ colors + dark).clip(0, 1)


def scatter(ax, X, responsibilities=None, *, size=9, alpha=0.4):
    """The points X (n, 2): gray, or in the colors of their components, as `blend` makes them of (n, k).

    The marker is that of the most responsible component.
    """
    if responsibilities is None:
        ax.scatter(*X.T, s=size, color=QUIET, alpha=alpha, linewidths=0)
        return
    colors, labels = blend(responsibilities), responsibilities.argmax(axis=1)
    for j in range(responsibilities.shape[1]):
        mine = labels == j
        ax.scatter(*X[mine].T, s=size, c=colors[mine], marker=MARKERS[j], alpha=alpha, linewidths=0)


def mark_means(ax, means, *, colors=COLORS, size=70, alpha=1.0, label=None):
    """The components' means (k, 2), each in its color and marker, ringed in white."""
    for j, mean in enumerate(means):
        ax.scatter(
            *mean, s=size, color=colors[j], marker=MARKERS[j], edgecolors="white", linewidths=1.2, zorder=5,
            alpha=alpha, label=label if j == 0 else None,
        )


def draw_ellipses(ax, mixture, *, radii=(1, 2), colors=COLORS, linestyle="-", alpha=1.0):
    """Each component's ellipses at 1 and 2 standard deviations (for d = 2).

    The half-axes are square roots of the eigenvalues of Sigma, times the radius.
    """
    eigenvalues, eigenvectors = np.linalg.eigh(mixture.covariances)
    angles = np.degrees(np.arctan2(eigenvectors[:, 1, 1], eigenvectors[:, 0, 1]))  # of the longer axis
    for radius in radii:
        widths, heights = 2 * radius * np.sqrt(eigenvalues[:, 1]), 2 * radius * np.sqrt(eigenvalues[:, 0])
        linewidth = 1.9 if radius == radii[0] else 1.3
        ellipses = EllipseCollection(
            widths, heights, angles, units="xy", offsets=mixture.means, offset_transform=ax.transData,
            facecolors="none", edgecolors=list(colors[: mixture.k]), linestyles=linestyle,
            linewidths=linewidth, alpha=alpha, zorder=4,
        )
        halo = withStroke(linewidth=linewidth + 1.6, foreground="white", alpha=0.8 * alpha)
        ellipses.set_path_effects([halo])
        ax.add_collection(ellipses)
