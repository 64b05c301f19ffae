"""The figures of lesson 12."""

import numpy as np

from gmmlesson.plots.base import COLORS, INK, QUIET, figure, label_axes, styled
from gmmlesson.plots.picture import Picture

__all__ = ["fresh_points_by_prior", "melted_needle", "what_is_left"]


@styled
def melted_needle(x, start, end):
    """Points x (n, 1) on a line, the bells of a mixture of two at the start and at the end -> Picture.

    The second component of `start` is the needle: it is drawn as far up as the picture goes.
    """
    fig, ax = figure(width=6.0, height=3.4)
    grid = np.linspace(x.min() - 3.5, x.max() + 3.5, 801)[:, None]
    before, after = np.exp(start.log_joint(grid)), np.exp(end.log_joint(grid))
    top = 1.35 * after.max()
    ax.plot(grid, before[:, 1], "--", color=QUIET, linewidth=1.3)
    for j, mean in enumerate(end.means[:, 0]):
        ax.fill_between(grid[:, 0], after[:, j], color=COLORS[j], alpha=0.22, linewidth=0)
        ax.plot(grid, after[:, j], color=COLORS[j])
        sd = np.sqrt(end.covariances[j, 0, 0])
        ax.text(mean + 0.75 * sd, 0.85 * after[:, j].max(), f"sd {sd:.2f}", color=COLORS[j])
    ax.plot(x[:, 0], np.zeros(len(x)), "o", color=INK, markersize=7, clip_on=False, zorder=5)
    thin = np.sqrt(start.covariances[1, 0, 0])
    ax.text(
        start.means[1, 0] - 0.6,
        0.97 * top,
        f"orange at the start: sd {thin:.2g}",
        color="#666666",
        ha="right",
        va="top",
    )
    ax.set(ylim=(0, top), xlim=(grid[0, 0], grid[-1, 0]))
    ax.set_title("With invented points the needle becomes a bell")
    label_axes(ax, "position", "weight times density", equal=False)
    width = np.sqrt(end.covariances[1, 0, 0])
    return Picture(
        fig,
        f"Two bells over {len(x)} points on a line. Orange starts as a needle of standard deviation "
        f"{thin:.2g} and ends as a bell of {width:.2f} about {end.means[1, 0]:.2f}.",
    )


@styled
def fresh_points_by_prior(gaps):
    """{name: (s,) mean log density of fresh points less the truth's, one a data set} -> Picture."""
    fig, ax = figure(width=6.0, height=0.75 + 0.6 * len(gaps))
    _rows(ax, gaps, "{:.2f}")
    ax.axvline(0, color=INK, linewidth=1.2, linestyle="--")
    means = {name: np.mean(values) for name, values in gaps.items()}
    best = max(means, key=means.get)
    ax.set_title(f"Closest to the truth on fresh points: {_lower(best)}")
    label_axes(ax, "nats a point below the truth", "", equal=False)
    count = len(next(iter(gaps.values())))
    said = ", ".join(f"{_lower(name)} {value:.2f}" for name, value in means.items())
    return Picture(
        fig,
        f"Dot plot, a row for each prior and a dot for each of {count} data sets. On average, in nats a "
        f"point: {said}.",
    )


@styled
def what_is_left(left, truth, offered):
    """{setting: (s,) effective numbers of components, one a data set} -> Picture.

    truth    how many components made the data
    offered  how many the fit was given
    """
    fig, ax = figure(width=6.0, height=0.95 + 0.4 * len(left))
    _rows(ax, left, "{:.1f}")
    ax.axvline(truth, color=INK, linewidth=1.2, linestyle="--", zorder=0)
    ax.set(xlim=(0.7, offered + 0.9), xticks=range(1, offered + 1))
    medians = {name: np.median(values) for name, values in left.items()}
    few, many = (f"{end(list(medians.values())):.0f}" for end in (min, max))
    ax.set_title(f"Effective number: {few} to {many}, where {truth} made the data")
    label_axes(ax, "effective number of components", "", equal=False)
    count = len(next(iter(left.values())))
    said = ", ".join(f"{_lower(name)} {value:.1f}" for name, value in medians.items())
    return Picture(
        fig, f"Dot plot, a row for each setting and a dot for each of {count} data sets. Medians: {said}."
    )


def _rows(ax, groups, form):
    """A row of dots a group, from the top down, and its range in numbers at the right.

    Dots that would cover each other are set apart.
    """
    for row, numbers in enumerate(groups.values()):
        values = np.sort(np.asarray(numbers, dtype=float))
        apart = 0.12 * ((np.arange(len(values)) % 3) - 1)
        ax.plot(values, row + apart, "o", color=COLORS[0], markersize=6, alpha=0.7, markeredgewidth=0)
        low, high = form.format(values[0]), form.format(values[-1])
        said = (low if low == high else f"{low} to {high}").replace("-", "−")
        ax.annotate(said, (1.01, row), xycoords=("axes fraction", "data"), va="center", color="#666666")
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _lower(name):
    return name[:1].lower() + name[1:]
