"""The figures of lesson 05."""

from functools import cache

import numpy as np

from gmmlesson import datasets, initialization
from gmmlesson.fit import fit
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

__all__ = ["dragged_to_one_place", "random_start", "starts_and_ends", "where_starts_end"]

WITHIN = 1.0  # nats: this near to the best counts as having reached it


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
        fig, f"Seed {seed}: after {run.n_iter} iterations the log-likelihood is {end:.1f}, {verdict}."
    )


@styled
def starts_and_ends(X, fits):
    """Where runs of EM began and where they ended: two panels a run, X (n, 2), fits {name: Fit}.

    Returns Picture.
    """
    width, height = np.ptp(X, axis=0) + 2
    fig, axes = figure(
        len(fits), 2, height=len(fits) * (3 * height / width + 0.85), sharex=True, sharey=True, squeeze=False
    )
    for row, (name, run) in zip(axes, fits.items(), strict=True):
        _start_and_end(row, X, run, name)
        for ax in row:
            ax.label_outer()
    ends = [f"{run.log_likelihoods[-1]:.1f}, axes at {_long_axes(run.mixture)}." for run in fits.values()]
    return Picture(fig, " ".join(f"{name}: {end}" for name, end in zip(fits, ends, strict=True)))


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
    return Picture(fig, f"Where EM ends after one mean has been dragged: {', '.join(ends)}.")


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
    n_kmeans, n = counts["kmeans"], len(finals["kmeans"])
    verdict = {n: "never fails", 0: "never succeeds"}.get(n_kmeans, f"succeeds {n_kmeans} of {n} times")
    ax.set_title(f"{data}: k-means {verdict}")
    return Picture(fig, f"Reach {best:.1f}, the best: {', '.join(told)}.")


def _start_and_end(axes, X, run, name, verdict=""):
    """The start's means with the points that are nearest to each, and the mixture at the end."""
    start, end = axes
    means = run.mixtures[0].means
    nearest = ((X[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    scatter(start, X, np.eye(len(means))[nearest])
    mark_means(start, means)
    start.set_title(f"{name}\n(color: nearest mean)")
    scatter(end, X, run.mixture.responsibilities(X))
    draw_ellipses(end, run.mixture)
    mark_means(end, run.mixture.means)
    value = f"{run.log_likelihoods[-1]:.1f}".replace("-", "−")
    end.set_title(f"After {run.n_iter} iterations: {value}{verdict}\n(color: responsibility)")
    low, high = X.min(axis=0) - 1, X.max(axis=0) + 1
    for ax in axes:
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        ax.locator_params(nbins=6, steps=[1, 2, 5, 10])
        label_axes(ax, "x₀", "x₁")


@cache
def _blobs():
    """The round blobs of the lesson, and the best log-likelihood known for them."""
    X, _, mixture = datasets.round_blobs(np.random.default_rng(2))
    return X, fit(X, mixture, tol=1e-8).log_likelihoods[-1]
