"""The figures of lesson 11."""

import numpy as np

from gmmlesson.mixture import Mixture
from gmmlesson.plots.base import (
    COLORS,
    INK,
    QUIET,
    draw_ellipses,
    figure,
    label_axes,
    mark_means,
    scatter,
    styled,
)

__all__ = ["cost_of_an_iteration", "one_pass", "two_results"]

POINTS = 1e12  # of the data that `cost_of_an_iteration` is about
SECONDS_A_POINT = 16e-9  # of one iteration on one processor; these three are round numbers near measured ones
SECONDS_A_TASK = 1e-3  # that a central scheduler spends on a task
SECONDS_A_HOP = 1e-3  # to hand statistics on to another machine
FAN_IN = 8  # how many statistics are added up at a time
FORGOTTEN = 0.005  # weight of a component below which it is dashed
DIM = "#6E6E6E"  # QUIET for text, which needs more contrast


@styled
def two_results(X, mixtures):
    """Mixtures for the same points X (n, 2), side by side; mixtures {title: Mixture}.

    Components that hold next to nothing are dashed.
    """
    reach = [2 * np.sqrt(np.diagonal(m.covariances, axis1=1, axis2=2)) for m in mixtures.values()]
    means = [mixture.means for mixture in mixtures.values()]
    low = np.vstack([X, *np.subtract(means, reach)]).min(axis=0) - 0.5  # the outer ellipses stay inside
    high = np.vstack([X, *np.add(means, reach)]).max(axis=0) + 0.5
    height = 0.9 + 3.1 * (high[1] - low[1]) / (high[0] - low[0])
    fig, axes = figure(1, len(mixtures), height=height, sharex=True, sharey=True)
    for ax, (title, mixture) in zip(axes, mixtures.items(), strict=True):
        scatter(ax, X, size=4, alpha=0.25)
        for j, weight in enumerate(mixture.weights):
            alone = Mixture([1.0], mixture.means[[j]], mixture.covariances[[j]])
            style = {"linestyle": "--", "alpha": 0.4} if weight < FORGOTTEN else {}
            draw_ellipses(ax, alone, colors=COLORS[j:], **style)
        mark_means(ax, mixture.means)
        if mixture.weights.min() < FORGOTTEN:
            ax.annotate("dashed: weight 0.00", (0.98, 0.04), xycoords="axes fraction", ha="right")
        ax.set_title(title)
        label_axes(ax, "x₀", "x₁")
        ax.label_outer()
    axes[0].set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes[0].locator_params(nbins=6, steps=[1, 5, 10])
    return fig


@styled
def one_pass(missing, online):
    """What batch EM is missing after each pass over the data, and what online EM is missing after one.

    missing  (n_iter + 1,) nats per thousand points, the start first; positive
    online   the same for online EM after its one pass
    """
    fig, ax = figure(height=3.3)
    missing = missing[missing >= online / 5]
    passes = np.arange(len(missing))
    ax.plot(passes, missing, color=QUIET, marker=".", markersize=4)
    as_good = int(np.argmax(missing <= online))
    ax.hlines(online, 1, as_good, color=INK, linestyle=":", linewidth=1.2)
    ax.plot(1, online, "D", color=COLORS[1], markersize=8, zorder=5)
    ax.annotate(
        "online EM, one pass", (1, online), xytext=(8, 7), textcoords="offset points", color=COLORS[1]
    )
    middle = len(missing) // 3
    ax.annotate("batch EM", (middle, missing[middle]), xytext=(6, 6), textcoords="offset points", color=DIM)
    ax.set(yscale="log", xlim=(-1, None), ylim=(online / 5, 3 * missing[0]))
    ax.set_yticks([0.1, 1, 10, 100, 1000], ["0.1", "1", "10", "100", "1000"])
    ax.minorticks_off()
    label_axes(ax, "passes over the data", "missing (nats per 1000 points)", equal=False)
    ax.set_title(f"One pass of online EM is worth {as_good} of batch EM")
    return fig


@styled
def cost_of_an_iteration(exponent):
    """Time of an iteration over 10^12 points on 10^exponent workers, by the cost model -> Figure, sentence.

    Every worker holds one chunk. A central scheduler hands out one task after the other; a tree of workers
    needs none and adds up in steps.
    """
    workers = round(10.0**exponent)
    compute, scheduler, tree = _seconds(workers)
    fig, (left, right) = figure(1, 2, height=3.4, width_ratios=(1.5, 1))
    grid = np.logspace(1, 5, 201)
    computes, schedulers, trees = _seconds(grid)
    left.plot(grid, computes + trees, color=QUIET, linestyle="--")
    left.plot(grid, computes + schedulers, color=INK)
    left.plot(workers, compute + scheduler, "o", color=INK, markersize=8, zorder=5)
    left.plot(workers, compute + tree, "s", color=QUIET, markersize=7, zorder=5)
    left.annotate("one scheduler", (1.2e5, 250), ha="right")
    left.annotate("a tree", (2e4, 0.35), ha="right", va="center", color=DIM)
    left.set(xscale="log", yscale="log", xlim=(8, 1.4e5), ylim=(0.15, 5e3))
    left.set_xticks([10, 100, 1000, 1e4, 1e5], ["10", "10²", "10³", "10⁴", "10⁵"])
    left.set_yticks([1, 10, 100, 1000], ["1", "10", "10²", "10³"])
    left.minorticks_off()
    left.set_title(f"{workers:,} workers: {compute + scheduler:,.4g} seconds")
    label_axes(left, "workers", "an iteration (seconds)", equal=False)
    total = compute + scheduler
    shares = 100 * compute / total, 100 * scheduler / total
    bars = right.bar([0, 1], shares, color=COLORS[:2], hatch=["", "//"], edgecolor="white", width=0.6)
    right.bar_label(bars, [f"{share:.0f} %" for share in shares], padding=2)
    right.set_xticks([0, 1], ["compute", "schedule"])
    right.set(ylim=(0, 115), yticks=[0, 50, 100])
    right.spines["left"].set_bounds(0, 100)  # above it there is room for a label, and no share
    right.set_title("Where the time goes")
    label_axes(right, "", "share (%)", equal=False)
    return fig, (
        f"On {workers} workers, seconds of an iteration: compute {compute:.4g}, one scheduler "
        f"{scheduler:.4g}, in all {total:.4g}; with a tree in its place {compute + tree:.4g}."
    )


def _seconds(workers):
    """What compute, one scheduler and a tree take in an iteration."""
    levels = np.ceil(np.log(workers) / np.log(FAN_IN))
    return POINTS * SECONDS_A_POINT / workers, SECONDS_A_TASK * workers, SECONDS_A_HOP * levels
