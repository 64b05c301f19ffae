"""The figures of lesson 14."""

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
from gmmlesson.plots.picture import Picture

__all__ = ["averaged_fits", "cost_of_an_iteration", "one_pass", "two_orders"]

POINTS = 1e12  # of the data that `cost_of_an_iteration` is about
SECONDS_A_POINT = 16e-9  # of one iteration on one processor: a round number near the measured ones
SECONDS_A_TASK = 1e-3  # that a central scheduler spends on a task: the upper end of what Dask says of its own
SECONDS_A_LEVEL = 1e-3  # that a level of a tree takes, all its machines at once: an assumption
FAN_IN = 8  # how many statistics are added up at a time
NAMES = "blue", "orange", "green"  # of the components, as COLORS draws them
FORGOTTEN = 0.005  # weight of a component below which it is dashed
DIM = "#6E6E6E"  # QUIET for text, which needs more contrast
_POINTS = {"textcoords": "offset points"}


@styled
def averaged_fits(X, averaged, joint):
    """The average of fits to parts, each from its own start, and the fit of all -> Picture."""
    titles = {"Own starts, averaged": averaged, "The fit of all points": joint}
    x, y = averaged.means[0]
    clusters = [f"({a:.1f}, {b:.1f})" for a, b in joint.means]
    return Picture(
        _side_by_side(X, titles),
        f"Scatter plots with ellipses. Averaged, blue sits at ({x:.1f}, {y:.1f}); the clusters are at "
        f"{', '.join(clusters[:-1])} and {clusters[-1]}. Each panel's mixture colors its points.",
    )


@styled
def two_orders(X, shuffled, in_order):
    """Online EM on points in random order and on the same points sorted -> Picture."""
    heaviest = in_order.weights.argmax()
    name, largest = NAMES[heaviest], in_order.weights[heaviest]
    titles = {
        f"Random order: {_left(shuffled)} left": shuffled,
        f"Sorted: {name} has {100 * largest:.0f} %": in_order,
    }
    fig = _side_by_side(X, titles)
    x, y = in_order.means[heaviest]
    weights = ", ".join(f"{weight:.2f}" for weight in shuffled.weights)
    return Picture(
        fig,
        f"Scatter plots with ellipses. In random order the weights are {weights}; sorted, {name}'s is "
        f"{largest:.2f}, at ({x:.1f}, {y:.1f}). Each panel's mixture colors its points.",
    )


def _left(mixture):
    """How many components hold more than next to nothing: "all are", "one is"."""
    n = np.count_nonzero(mixture.weights >= FORGOTTEN)
    return f"all {n} are" if n == mixture.k else "one component is" if n == 1 else f"{n} components are"


def _side_by_side(X, mixtures):
    """Mixtures {title: Mixture} for the same points X (n, 2), which each panel colors by its own mixture.

    Components that hold next to nothing are dashed, and may reach beyond the frame.
    """
    outer = [
        mixture.means[alive] + sign * 2 * np.sqrt(np.diagonal(mixture.covariances[alive], axis1=1, axis2=2))
        for mixture in mixtures.values()
        for alive in [mixture.weights >= FORGOTTEN]
        for sign in (-1, 1)
    ]
    low, high = np.vstack([X, *outer]).min(axis=0) - 0.5, np.vstack([X, *outer]).max(axis=0) + 0.5
    height = 0.9 + 3.1 * (high[1] - low[1]) / (high[0] - low[0])
    fig, axes = figure(1, len(mixtures), height=height, sharex=True, sharey=True)
    for ax, (title, mixture) in zip(axes, mixtures.items(), strict=True):
        scatter(ax, X, mixture.responsibilities(X), size=6, alpha=0.2)
        for j, weight in enumerate(mixture.weights):
            alone = Mixture([1.0], mixture.means[[j]], mixture.covariances[[j]])
            style = {"linestyle": "--", "alpha": 0.6} if weight < FORGOTTEN else {}
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
def one_pass(batch, warm, online, online_warm, noise):
    """What is missing after how many passes, for batch EM and for online EM, each from two starts -> Picture.

    batch        (passes + 1,) nats per thousand points, batch EM from a drawn start; 0 passes first
    warm         the same from a fit to a few points
    online       the same for online EM after its one pass, from the drawn start
    online_warm  and from the fit to a few points
    noise        how far the truth is below the best fit
    """
    fig, ax = figure(width=6, height=4.2)
    for values, color, style in ((batch, DIM, "-"), (warm, COLORS[0], "-")):
        shown = values[1:][values[1:] > noise / 20]  # no pass and nothing missing have no place on these axes
        ax.plot(np.arange(1, len(shown) + 1), shown, style, color=color, marker=".", markersize=5)
    ax.plot(1, online, "D", color=DIM, markersize=8, zorder=5, markerfacecolor="white", markeredgewidth=2)
    ax.plot(1, online_warm, "D", color=COLORS[1], markersize=9, zorder=5)
    ax.axhline(noise, color=INK, linestyle=":", linewidth=1)
    ax.annotate("sampling noise: the truth itself", (45, noise), xytext=(0, 4), **_POINTS, ha="right")
    ax.annotate("online EM", (1, online), xytext=(9, -14), **_POINTS, color=DIM)
    ax.annotate("batch EM", (12, batch[min(12, len(batch) - 1)]), xytext=(4, 5), **_POINTS, color=DIM)
    ax.annotate("5,000 points, then online EM", (1, online_warm), xytext=(5, -20), **_POINTS, color=COLORS[1])
    ax.annotate("5,000 points,\nthen batch EM", (1, warm[1]), xytext=(9, 6), **_POINTS, color=COLORS[0])
    ax.set(xscale="log", yscale="log", xlim=(0.85, 110), ylim=(noise / 20, 4 * batch[1]))
    ax.set_xticks([1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"])
    ax.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
    ax.minorticks_off()
    label_axes(ax, "passes over the data", "missing (nats per 1000 points)", equal=False)
    as_good = int(np.argmax(warm <= online_warm))
    ax.set_title(f"From a good start, one pass online is as near as {as_good} of batch EM")
    return Picture(
        fig,
        f"A plot of nats missing per 1,000 points after each pass over one stream, both axes logarithmic. "
        f"After one pass batch EM misses {batch[1]:.0f} from a drawn start and {warm[1]:.3f} from a fit to "
        f"5,000 points; online EM misses {online:.0f} and {online_warm:.3f}. From the good start batch EM "
        f"needs {as_good} passes to be as near. In this stream the truth misses {noise:.3f}.",
    )


@styled
def cost_of_an_iteration(exponent):
    """Time of an iteration over 10^12 points on 10^exponent workers, by the cost model -> Picture.

    Every worker holds one chunk. A central scheduler hands out one task after the other; in a tree the orders
    go down, and the sums come up, level by level.
    """
    workers = round(10.0**exponent)
    compute, scheduler, tree = _seconds(workers)
    fig, (left, right) = figure(1, 2, height=3.4, width_ratios=(1.5, 1))
    grid = np.logspace(1, 5, 201)
    computes, schedulers, trees = _seconds(grid)
    left.plot(grid, computes + trees, color=QUIET, linestyle="--")
    left.plot(grid, computes + schedulers, color=INK)
    left.plot(workers, compute + scheduler, "o", color=INK, markersize=7, zorder=6)
    hollow = {"markerfacecolor": "white", "markeredgecolor": DIM, "markeredgewidth": 2}
    left.plot(workers, compute + tree, "s", markersize=12, zorder=5, clip_on=False, **hollow)
    left.annotate("one scheduler", (1.2e5, 250), ha="right")
    left.annotate("a tree", (1.2e4, 0.3), ha="right", va="center", color=DIM)
    left.set(xscale="log", yscale="log", xlim=(8, 1.4e5), ylim=(0.09, 5e3))
    left.set_xticks([10, 100, 1000, 1e4, 1e5], ["10", "10²", "10³", "10⁴", "10⁵"])
    left.set_yticks([0.1, 1, 10, 100, 1000], ["0.1", "1", "10", "10²", "10³"])
    left.minorticks_off()
    total = compute + scheduler
    left.set_title(f"{workers:,} workers: {_short(total)} seconds")
    label_axes(left, "workers", "an iteration (seconds)", equal=False)
    shares = 100 * compute / total, 100 * scheduler / total
    bars = right.bar([0, 1], shares, color=COLORS[:2], hatch=["", "//"], edgecolor="white", width=0.6)
    right.bar_label(bars, [f"{share:.0f} %" for share in shares], padding=2)
    right.set_xticks([0, 1], ["compute", "schedule"])
    right.set(ylim=(0, 115), yticks=[0, 50, 100])
    right.spines["left"].set_bounds(0, 100)  # above it there is room for a label, and no share
    right.set_title("With one scheduler")
    label_axes(right, "", "share of the time (%)", equal=False)
    return Picture(
        fig,
        f"A curve over the number of workers, and two bars. Seconds on {workers:,} workers: compute "
        f"{_short(compute)} + schedule {_short(scheduler)} = {_short(total)}; with a tree "
        f"{_short(compute + tree)}.",
    )


def _seconds(workers):
    """What compute, one scheduler and a tree take in an iteration."""
    levels = np.ceil(np.log(workers) / np.log(FAN_IN))
    return POINTS * SECONDS_A_POINT / workers, SECONDS_A_TASK * workers, SECONDS_A_LEVEL * levels


def _short(seconds):
    """To two digits or more: 1,600 and 11.6 and 0.17."""
    return f"{seconds:,.0f}" if seconds >= 100 else f"{seconds:.1f}" if seconds >= 1 else f"{seconds:.2f}"
