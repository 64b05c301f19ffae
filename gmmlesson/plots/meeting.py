"""What one sees in the explorer, standing still: the figures of lesson 00, and those beside it later on."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patheffects import withStroke

from gmmlesson.em import Fit
from gmmlesson.plots.base import (
    COLORS,
    INK,
    MARKERS,
    draw_ellipses,
    figure,
    label_axes,
    mark_means,
    scatter,
    styled,
)
from gmmlesson.plots.picture import Picture

__all__ = [
    "dragged_to_each",
    "lifts_and_gaps",
    "one_round",
    "rounds",
    "start_and_end",
    "watershed",
]

GEYSER = {"x": "eruption (minutes)", "y": "wait (minutes)", "equal": False}  # minutes, but of unlike spread
PLANE = {"x": "x₀", "y": "x₁"}
GROUNDS = ["#FFFFFF", "#F7E3A6", "#C9C9C9"]  # of the map: free, stuck, elsewhere


@styled
def one_round(X, run):
    """The start, the first E, the first M and the end of a run on Old Faithful -> Picture.

    X (272, 2) in minutes; run the `Fit`, of at least one iteration.
    """
    start, moved, end = run.mixtures[0], run.mixtures[1], run.mixture
    r = start.responsibilities(X)
    fig, axes = figure(2, 2, width=6, height=5.8, sharex=True, sharey=True)
    _panel(axes[0, 0], X, start, None, "The start: two ellipses, no colors")
    _panel(axes[0, 1], X, start, r, "E: the points take colors")
    _panel(axes[1, 0], X, moved, r, "M: the ellipses move (colors wait)", before=start)
    title = f"After {run.n_iter} rounds: one cluster each"
    _panel(axes[1, 1], X, end, end.responsibilities(X), title)
    _frame(axes, X, [start, moved, end], GEYSER)
    ends = ", orange's at ".join(f"{x:.1f} and {y:.1f} minutes" for x, y in end.means)
    return Picture(
        fig,
        f"Four scatter plots of the eruptions: two long ellipses at the start; after {run.n_iter} rounds "
        f"each has a cluster of its own, blue's center at {ends}.",
    )


@styled
def rounds(log_likelihoods, labeled):
    """The log-likelihood after each round of E and M, (n_iter + 1,), and some gains -> Picture.

    labeled: the rounds of which the gain is written at the curve.
    """
    fig, ax = figure(height=2.8)
    ax.plot(log_likelihoods, "o-", color=INK, markersize=4)
    for i in labeled:
        middle = (i - 0.5, (log_likelihoods[i - 1] + log_likelihoods[i]) / 2)
        gain = f"round {i}: +{log_likelihoods[i] - log_likelihoods[i - 1]:.1f}"
        flat = log_likelihoods[i] - log_likelihoods[i - 1] < 0.05 * np.ptp(log_likelihoods)
        shift, side = ((20, 9), "right") if flat else ((9, -11), "left")  # above a flat piece, or right of it
        ax.annotate(gain, middle, xytext=shift, textcoords="offset points", ha=side)
    ax.set_xticks(range(len(log_likelihoods)))
    ax.set_title("Up, hardly up, up again: the curve never falls")
    label_axes(ax, "round (one E and one M)", "log-likelihood", equal=False)
    gains = np.diff(log_likelihoods)
    first, second, third = np.argsort(-gains)[:3] + 1
    return Picture(
        fig,
        f"A line plot: from {log_likelihoods[0]:.1f} the curve comes to {log_likelihoods[-1]:.1f} in "
        f"{len(gains)} rounds, and falls in {(gains < 0).sum() or 'none'}; rounds {first}, {second} and "
        f"{third} gain most.",
    )


@styled
def start_and_end(X, run):
    """Where the ellipses of a run on the blobs X (n, 2) began and ended -> Picture."""
    fig, axes = figure(1, 2, width=6, height=4.1, sharex=True, sharey=True)
    _panel(axes[0], X, run.mixtures[0], None, "The start: all three in one blob")
    title = f"After {run.n_iter} rounds: E and M agree"
    _panel(axes[1], X, run.mixture, run.mixture.responsibilities(X), title)
    _frame(axes, X, [run.mixtures[0], run.mixture], PLANE)
    places = ", ".join(f"({x:.1f}, {y:.1f})" for x, y in run.mixture.means)
    return Picture(
        fig,
        f"Two scatter plots. All three start in one blob; after {run.n_iter} rounds they lie along the sides "
        f"of a triangle, with centers {places}.",
    )


@styled
def after_the_drag(X, runs):
    """What becomes of a mixture that was stuck and has been moved by hand: a row for each run -> Figure.

    X (n, 2) data; runs {title: Fit}, each starting where the hand has left the ellipses.
    """
    mixtures = [mixture for run in runs.values() for mixture in (run.mixtures[0], run.mixture)]
    width, height = np.ptp(_limits(X, mixtures), axis=0)
    height = len(runs) * (0.45 + 2.5 * height / width) + 0.3
    fig, axes = figure(len(runs), 2, height=height, sharex=True, sharey=True, squeeze=False)
    for (left, right), (title, run) in zip(axes, runs.items(), strict=True):
        dragged = run.mixtures[0]
        _panel(left, X, dragged, dragged.responsibilities(X), title, radii=(2,))
        value = f"{run.log_likelihoods[-1]:.1f}".replace("-", "−")
        r = run.mixture.responsibilities(X)
        _panel(right, X, run.mixture, r, f"There EM ends, at {value}", radii=(2,))
    _frame(axes, X, mixtures, PLANE)
    return fig


@styled
def dragged_to_each(X, runs):
    """One component, moved by hand, and where EM then ends: a column for each run -> Picture.

    X (n, 2) data; runs {place: Fit}, each starting where the hand has left the ellipses.
    """
    mixtures = [mixture for run in runs.values() for mixture in (run.mixtures[0], run.mixture)]
    fig, axes = figure(2, len(runs), width=6, height=6, sharex=True, sharey=True, squeeze=False)
    for (above, below), (place, run) in zip(axes.T, runs.items(), strict=True):
        dragged = run.mixtures[0]
        _panel(above, X, dragged, dragged.responsibilities(X), f"Blue {place}")
        value = f"{run.log_likelihoods[-1]:.1f}".replace("-", "−")
        _panel(below, X, run.mixture, run.mixture.responsibilities(X), f"EM ends at {value}")
    _frame(axes, X, mixtures, PLANE)
    ends = "; ".join(f"{place}, EM ends at {run.log_likelihoods[-1]:.1f}" for place, run in runs.items())
    return Picture(
        fig,
        f"Scatter plots, above with blue where it was dropped, below with the end of EM. {ends[0].upper()}"
        f"{ends[1:]}.",
    )


@styled
def watershed(X, mixture, places, runs):
    """A map of where EM ends if the first component of `mixture` is dropped at a place -> Picture.

    X (n, 2) data; places (m, 2) a grid, row by row; runs (m,) their Fits, or the exceptions of `fit_many`.
    """
    x, y = (np.unique(values) for values in np.transpose(places))
    ends = np.array([run.log_likelihoods[-1] if isinstance(run, Fit) else -np.inf for run in runs])
    free = ends > ends.max() - 1
    stuck = np.abs(ends - mixture.log_likelihood(X)) < 1
    kinds = np.where(free, 0, np.where(stuck, 1, 2)).reshape(len(y), len(x))
    fig, ax = figure(width=6, height=5.6)
    ax.pcolormesh(x, y, kinds, cmap=ListedColormap(GROUNDS), vmin=0, vmax=2, shading="nearest", zorder=0)
    scatter(ax, X, mixture.responsibilities(X), size=8, alpha=0.5)
    draw_ellipses(ax, mixture, radii=(1,), alpha=0.9)
    mark_means(ax, mixture.means)
    legend = "comes free", "goes back", "elsewhere,\nor breaks off"
    for i, (words, color) in enumerate(zip(legend, GROUNDS, strict=True)):
        box = {"facecolor": color, "edgecolor": INK, "linewidth": 0.8, "pad": 4}
        place = (0.98, 0.97 - 0.07 * i)
        ax.annotate(words, place, xycoords="axes fraction", ha="right", va="top", zorder=8, bbox=box)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ax.set_title("Where blue is dropped decides where EM ends")
    label_axes(ax, **PLANE)
    return Picture(
        fig,
        f"A map of {len(runs):,} places to drop blue, with the three ellipses as they were stuck. From "
        f"{free.mean():.0%} of the places EM comes free (white), from {stuck.mean():.0%} it goes back "
        f"(yellow), and from the {1 - free.mean() - stuck.mean():.0%} left it ends elsewhere or breaks off "
        "(gray).",
    )


@styled
def way_of_the_means(X, run, title):
    """Each mean on its way from the start (hollow) to the end, a dot an M-step -> Figure; X (n, 2)."""
    fig, ax = figure(width=5.5, height=3.6)
    end = run.mixture
    scatter(ax, X, end.responsibilities(X), alpha=0.3)
    draw_ellipses(ax, end, alpha=0.5)
    for j, color in enumerate(COLORS[: end.k]):
        way = np.array([mixture.means[j] for mixture in run.mixtures])
        ax.plot(*way.T, "-", color=INK, linewidth=1, zorder=4.5)  # below the means
        ax.plot(*way[1:].T, "o", color=color, markersize=2, zorder=4.5)
        ax.plot(
            *way[0], MARKERS[j], markerfacecolor="white", markeredgecolor=color, markeredgewidth=2,
            markersize=8, zorder=7,
        )
    mark_means(ax, end.means)
    ax.set_title(title)
    label_axes(ax, **GEYSER)
    return fig


@styled
def lifts_and_gaps(lifts, gaps):
    """What an iteration gains, as two bars: the lift of the bound, the gap above it -> Picture.

    lifts, gaps  (n_iter,) in nats
    """
    iterations = np.arange(1, len(lifts) + 1)
    fig, ax = figure(height=2.8)
    styles = [("lift", lifts, {"color": COLORS[0]}), ("gap", gaps, {"color": COLORS[1], "hatch": "///"})]
    for offset, (name, heights, style) in zip((-0.2, 0.2), styles, strict=True):
        ax.bar(iterations + offset, heights, 0.4, edgecolor="white", linewidth=0, **style)
        ax.annotate(
            name, (1 + offset, heights[0]), xytext=(0, 3), textcoords="offset points", ha="center",
            color=style["color"],
        )
    ax.set_xticks(iterations)
    ax.margins(y=0.12)
    larger = [i for i, lift, gap in zip(iterations, lifts, gaps, strict=True) if gap > lift]
    where = f"in iteration {', '.join(map(str, larger))}" if larger else "nowhere"
    ax.set_title(f"The gap is larger than the lift {where}")
    label_axes(ax, "iteration", "nats", equal=False)
    return Picture(
        fig,
        f"Two bars for each of {len(lifts)} iterations, which add up to {sum(lifts):.1f} (lifts) and "
        f"{sum(gaps):.1f} nats (gaps). The gap is larger than the lift {where}.",
    )


def _panel(ax, X, mixture, responsibilities, title, before=None, radii=(1, 2)):
    """Points, ellipses and means; `before` is the mixture that the means have come from."""
    scatter(ax, X, responsibilities, alpha=0.5 if before is None else 0.15)
    draw_ellipses(ax, mixture, radii=radii)
    if before is not None:
        draw_ellipses(ax, before, linestyle="--", alpha=0.6)
        for old in ax.collections[-2:]:
            old.set_linewidth(0.8)
        for j, (old, new) in enumerate(zip(before.means, mixture.means, strict=True)):
            hollow = {"markerfacecolor": "white", "markeredgecolor": COLORS[j], "markeredgewidth": 1.5}
            ax.plot(*old, MARKERS[j], markersize=7, zorder=5, **hollow)
            arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.5, "mutation_scale": 8}
            arrow |= {"shrinkA": 0, "shrinkB": 4}
            arrow["path_effects"] = [withStroke(linewidth=4, foreground="white")]
            ax.annotate("", new, old, arrowprops=arrow, zorder=7)
    mark_means(ax, mixture.means)
    ax.set_title(title)


def _limits(X, mixtures):
    """Lower and upper limits (2,) of the points X (n, 2) and of every ellipse at 2 standard deviations."""
    corners = [X]
    for mixture in mixtures:
        reach = 2 * np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))
        corners += [mixture.means - reach, mixture.means + reach]
    corners = np.vstack(corners)
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.03 * (high - low)
    return low - margin, high + margin


def _frame(axes, X, mixtures, labels):
    """The same limits for all panels."""
    low, high = _limits(X, mixtures)
    for ax in np.ravel(axes):
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        ax.locator_params(nbins=6, steps=[1, 2, 5, 10])
        label_axes(ax, **labels)
        ax.label_outer()
