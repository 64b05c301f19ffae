"""The figures of lesson 05."""

from functools import cache

import numpy as np

from gmmlesson import datasets, initialization
from gmmlesson.fit import fit
from gmmlesson.mixture import Mixture
from gmmlesson.plots.base import (
    COLORS,
    QUIET,
    draw_ellipses,
    figure,
    label_axes,
    mark_means,
    scatter,
    styled,
)
from gmmlesson.plots.meeting import after_the_drag
from gmmlesson.plots.picture import Picture

__all__ = [
    "dragged_to_one_place",
    "random_start",
    "shrinking",
    "shrinking_circles",
    "starts_and_ends",
    "where_starts_end",
]

SURE = 0.99  # a point is shared if no component's responsibility reaches this
WITHIN = 1.0  # nats: this near to the best counts as having reached it


@styled
def shrinking(X, means, sds):
    """X (n, 2) colored by responsibility, for four common standard deviations sds around the means (k, 2).

    Returns Picture.
    """
    fig, axes = figure(2, 2, height=6.2, sharex=True, sharey=True)
    counts = []
    for ax, sd in zip(axes.flat, sds, strict=True):
        n_shared = _draw_circles(ax, X, means, sd)
        counts.append(f"{n_shared} at sd {sd:g}")
        ax.set_title(f"sd {sd:g}{' (identity)' if sd == 1 else ''}: {n_shared} points shared")
    for ax in axes.flat:
        label_axes(ax, "x₀" if ax in axes[1] else "", "x₁" if ax in axes[:, 0] else "")
    fig.suptitle("The smaller the circles (at 1 sd), the harder the colors", x=0.02, ha="left", fontsize=10.5)
    return Picture(
        fig,
        "The points in the colors of their responsibilities, under equal circles of four sizes. "
        f"Points shared: {', '.join(counts)}.",
    )


@styled
def shrinking_circles(sd):
    """The scene of `shrinking`, on the classic data and its true means -> Picture."""
    X, means = _classic()
    fig, ax = figure(width=5.5, height=4.6)
    n_shared = _draw_circles(ax, X, means, sd)
    ax.set_title(f"Common standard deviation {sd:.1f}: {n_shared} points shared")
    label_axes(ax, "x₀", "x₁")
    return Picture(
        fig,
        "The points in the colors of their responsibilities, under equal circles. "
        f"Common standard deviation {sd:.1f}: {n_shared} of {len(X)} points are shared.",
    )


def _draw_circles(ax, X, means, sd):
    """Points colored by responsibility under equal circles of radius sd; returns how many are shared."""
    k, d = means.shape
    mixture = Mixture(np.full(k, 1 / k), means, np.tile(sd**2 * np.eye(d), (k, 1, 1)))
    r = mixture.responsibilities(X)
    scatter(ax, X, r, size=7, alpha=0.5)
    draw_ellipses(ax, mixture, radii=(1,))
    mark_means(ax, means, size=40)
    ax.set(xlim=(X[:, 0].min() - 1, X[:, 0].max() + 1), ylim=(X[:, 1].min() - 1, X[:, 1].max() + 1))
    return (r.max(axis=1) < SURE).sum()


@styled
def random_start(seed):
    """EM on the round blobs from four random points: where it starts and ends -> Picture."""
    X, best = _blobs()
    run = fit(X, initialization.random_points(X, 4, np.random.default_rng(seed)), tol=1e-6)
    fig, axes = figure(1, 2, height=4, sharex=True, sharey=True)
    missing = best - run.log_likelihoods[-1]
    stuck = missing >= WITHIN
    _start_and_end(axes, X, run, f"Seed {seed}: four random points", ", stuck" if stuck else ", the best")
    axes[0].set(xlim=(-4, 10), ylim=(-4, 10))  # the ellipses of every seed on the slider
    verdict = f"{missing:.1f} nats below the best" if stuck else "the best that is known"
    end = run.log_likelihoods[-1]
    return Picture(
        fig,
        "Four blobs: the starting means, and the ellipses where EM ends. "
        f"Seed {seed}: after {run.n_iter} iterations the log-likelihood is {end:.1f}, {verdict}.",
    )


@styled
def starts_and_ends(X, fits):
    """Where runs of EM began and where they ended: two panels a run, X (n, 2), fits {name: Fit}.

    Returns Picture.
    """
    width, height = np.ptp(X, axis=0) + 2
    height = len(fits) * (2.5 * height / width + 0.75)
    fig, axes = figure(len(fits), 2, height=height, sharex=True, sharey=True, squeeze=False)
    for row, (name, run) in zip(axes, fits.items(), strict=True):
        _start_and_end(row, X, run, name, radii=(2,))
        for ax in row:
            ax.label_outer()
    ends = [
        f"{name}: {run.log_likelihoods[-1]:.1f}, the ellipses lie at {_long_axes(run.mixture)}."
        for name, run in fits.items()
    ]
    return Picture(
        fig,
        f"The starting means, and the ellipses (2 standard deviations) where EM ends. {' '.join(ends)}",
    )


def _long_axes(mixture):
    """The directions of the ellipses' long axes, in whole degrees from the first axis of the data."""
    axes = np.linalg.eigh(mixture.covariances).eigenvectors[:, :, 1]
    degrees = np.degrees(np.arctan2(axes[:, 1], axes[:, 0])) % 180
    return ", ".join(f"{angle:.0f}°" for angle in degrees)


def dragged_to_one_place(X, runs):
    """What becomes of a stuck mixture on X (n, 2) with one mean dragged away -> Picture.

    runs  {color of the mean: Fit}
    """
    fig = after_the_drag(X, {f"{name.capitalize()} has been dragged": run for name, run in runs.items()})
    ends = [f"{name} {run.log_likelihoods[-1]:.1f}" for name, run in runs.items()]
    return Picture(
        fig,
        "The mixture (ellipses: 2 standard deviations) as the hand has left it, and where EM ends, "
        f"with one mean dragged: {', '.join(ends)}.",
    )


@styled
def where_starts_end(finals, data):
    """Each start a dot at the log-likelihood it ended with, a row for each way to start -> Picture.

    finals  {name: (n_starts,)} in nats, `kmeans` among them; data  what the clusters are, in words
    """
    reached, not_reached = COLORS[:2]
    beside = ("axes fraction", "data")
    best = max(values.max() for values in finals.values())
    worst = min(values.min() for values in finals.values())
    fig, ax = figure(width=6, height=0.62 * len(finals) + 1.1)
    counts, told = {}, []
    for row, (name, values) in enumerate(finals.items()):
        height = row + 0.6 * ((0.618034 * np.arange(len(values))) % 1 - 0.5)  # spread evenly, without chance
        there = best - values < WITHIN
        counts[name] = there.sum()
        below = "" if there.any() else f" ({best - values.max():.1f} below)"
        told.append(f"{name} {counts[name]}{below}")
        ax.plot(values[there], height[there], "o", color=reached, markersize=4, alpha=0.6, markeredgewidth=0)
        ax.plot(values[~there], height[~there], "x", color=not_reached, markersize=5, alpha=0.8)
        ax.annotate(
            f"{counts[name]} of {len(values)}", (1.01, row), xycoords=beside, color=reached, va="center"
        )
    ax.axvline(best, color=QUIET, linewidth=1, zorder=0)
    margin = 0.04 * (best - worst)
    ax.set(xlim=(worst - margin, best + margin), ylim=(len(finals) - 0.5, -0.6))
    ax.set_yticks(range(len(finals)), list(finals))
    ax.tick_params(axis="y", length=0)
    ax.annotate("reached\nthe best", (1.01, -0.7), xycoords=beside, color=reached, va="bottom")
    label_axes(ax, "log-likelihood at the end (nats)", "", equal=False)
    count, n = counts["kmeans"], len(finals["kmeans"])
    verdict = {n: "every k-means start succeeds", 0: "no k-means start succeeds"}
    ax.set_title(f"{data}: {verdict.get(count, f'{count} of {n} k-means starts succeed')}")
    return Picture(
        fig,
        "Each start a dot at the log-likelihood where it ends, a row for each way. "
        f"Reach {best:.1f}, the best: {', '.join(told)}.",
    )


def _start_and_end(axes, X, run, name, verdict="", radii=(1, 2)):
    """The start's means with the points that are nearest to each, and the mixture at the end."""
    start, end = axes
    means = run.mixtures[0].means
    nearest = ((X[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    scatter(start, X, np.eye(len(means))[nearest])
    mark_means(start, means)
    start.set_title(f"{name}\n(color: nearest mean)")
    scatter(end, X, run.mixture.responsibilities(X))
    draw_ellipses(end, run.mixture, radii=radii)
    mark_means(end, run.mixture.means)
    value = f"{run.log_likelihoods[-1]:.1f}".replace("-", "−")
    end.set_title(f"{run.n_iter} iterations: {value}{verdict}\n(color: responsibility)")
    low, high = X.min(axis=0) - 1, X.max(axis=0) + 1
    for ax in axes:
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        ax.locator_params(nbins=6, steps=[1, 2, 5, 10])
        label_axes(ax, "x₀", "x₁")


@cache
def _classic():
    """The classic data X (3000, 2) and the means (3, 2) that they were drawn with."""
    X, _, truth = datasets.make_mixture(np.random.RandomState(3))
    return X, truth.means


@cache
def _blobs():
    """The round blobs of the lesson, and the best log-likelihood known for them."""
    X, _, mixture = datasets.round_blobs(np.random.default_rng(2))
    return X, fit(X, mixture, tol=1e-8).log_likelihoods[-1]
