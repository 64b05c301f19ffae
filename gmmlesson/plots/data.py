"""The figures of lesson 01: how a mixture makes points, in one dimension and in two."""

from itertools import pairwise

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from gmmlesson.mixture import Mixture
from gmmlesson.plots.base import (
    COLORS,
    INK,
    MARKERS,
    QUIET,
    draw_ellipses,
    figure,
    label_axes,
    mark_means,
    scatter,
    styled,
)
from gmmlesson.plots.picture import Picture

__all__ = [
    "circle_and_ellipse",
    "either_or_both",
    "mixture_density",
    "squeezed_circle",
    "synthetic_and_real",
    "toss_then_draw",
    "two_humps",
    "two_humps_at_four_distances",
]

NAMES = ("blue", "orange", "green")
IN_WORDS = ("no", "one", "two", "three", "four")
HALO = [withStroke(linewidth=3, foreground="white")]


@styled
def toss_then_draw(x, labels):
    """Draws x (n,) in rows by the component that made them, labels (n,), and as seen -> Picture."""
    fig, (machine, seen) = figure(2, 1, width=6, height=4, sharex=True, height_ratios=[1.15, 1])
    jitter = np.random.default_rng(0).uniform(-0.26, 0.26, size=len(x))
    k = labels.max() + 1
    for j in range(k):
        mine = labels == j
        height = k - j + jitter[mine]
        machine.scatter(x[mine], height, s=10, color=COLORS[j], marker=MARKERS[j], alpha=0.5, linewidths=0)
    machine.set_yticks(range(k, 0, -1), [f"{NAMES[j]}\n{(labels == j).sum()} tosses" for j in range(k)])
    for j, tick in enumerate(machine.get_yticklabels()):
        tick.set_color(COLORS[j])
    machine.tick_params(length=0, labelbottom=False)
    machine.spines[["left", "bottom"]].set_visible(False)
    machine.set_title("What happens: toss a color, then draw from its Gaussian")
    seen.hist(x, bins=np.arange(-4, 11.1, 0.5), color=QUIET, rwidth=0.94)
    seen.set_title("What you see")
    seen.set_xlabel("x")
    seen.set_ylabel("points")
    counts = np.bincount(labels)
    blue, *others = (f"{name} {count}" for name, count in zip(NAMES, counts, strict=False))
    drew = ", ".join([blue.replace(" ", " drew ") + " points", *others])
    clumps = _clumps(x)
    spread = " and ".join(f"{clump.std():.2f}" for clump in clumps)
    return Picture(
        fig,
        f"Points in rows by color, above a gray histogram. {drew.capitalize()}; without their colors they "
        f"form {_in_words(len(clumps), 'clump')} (standard deviation {spread}).",
    )


@styled
def mixture_density(grid, parts, x):
    """The weighted densities `parts` (m, k) on `grid` (m,), their sum, draws x (n,) -> Picture."""
    fig, ax = figure(width=6, height=3.2)
    ax.hist(x, bins=np.arange(-4, 11.1, 0.5), density=True, color=QUIET, alpha=0.45, rwidth=0.94)
    total = parts.sum(axis=1)
    ax.plot(grid, total, color=INK, lw=2)
    for j, part in enumerate(parts.T):  # over the sum: blue alone makes the left half of it
        ax.plot(grid, part, color=COLORS[j], ls="--")
        peak = part.argmax()
        ax.text(
            grid[peak], part[peak] / 2, NAMES[j], color=COLORS[j], ha="center", va="center", path_effects=HALO
        )
    ax.annotate(
        "sum: the mixture density", (1.3, np.interp(1.3, grid, total)), (2.1, 0.185), va="center",
        arrowprops={"arrowstyle": "-", "color": INK, "lw": 0.8},
    )
    ax.set_title("Weighted bells add up to the density of the machine")
    label_axes(ax, "x", "density (per unit of x)", equal=False)
    bells, area = IN_WORDS[parts.shape[1]].capitalize(), total.sum() * (grid[1] - grid[0])
    return Picture(
        fig,
        f"{bells} weighted bells as curves and their sum (area {area:.3f}), over the histogram of "
        f"{len(x):,} draws.",
    )


@styled
def either_or_both(either, labels, both):
    """Draws from a mixture, `either` (n,) with labels (n,), beside weighted sums, `both` (n,), in minutes.

    Returns Picture.
    """
    fig, (left, right) = figure(1, 2, height=3.1, sharey=True, sharex=True)
    bins = np.arange(0.9, 6.01, 0.1)
    parts = [either[labels == j] for j in range(2)]
    left.hist(parts, bins=bins, density=True, stacked=True, color=COLORS[:2])
    right.hist(both, bins=bins, density=True, color=QUIET)
    left.text(2.0, 0.74, "short", color=COLORS[0], ha="center")
    left.text(4.3, 0.74, "long", color=COLORS[1], ha="center")
    left.set_title("Either short or long: a mixture")
    right.set_title("Some of both: a sum")
    for ax, draws in ((left, either), (right, both)):
        ax.plot([draws.mean()] * 2, [0, 1.5], color=INK, lw=1, ls="--")
        ax.text(draws.mean(), 1.52, f"mean {draws.mean():.2f}", ha="center", va="bottom")
        label_axes(ax, "eruption (minutes)", "", equal=False)
    left.set_ylim(0, 1.68)
    left.set_ylabel("density (per minute)")
    a, b = _in_words(len(_clumps(either)), "hump"), IN_WORDS[len(_clumps(both))]
    return Picture(
        fig,
        f"Two histograms. Machine A has {a}, B {b}, although their means are {either.mean():.2f} and "
        f"{both.mean():.2f} minutes.",
    )


@styled
def two_humps(distance):
    """Two equal components, `distance` standard deviations apart -> Picture."""
    fig, ax = figure(width=6, height=3)
    humps = _in_words(_draw_humps(ax, distance), "hump")
    ax.set_title(f"{distance:.1f} standard deviations apart: {humps}")
    label_axes(ax, "x (standard deviations)", "density", equal=False)
    total = _pair(np.linspace(-5, 5, 1001), distance).sum(axis=1)  # x = 0 is the 501st
    sentence = (
        f"Two components {distance:.1f} standard deviations apart make {humps}. The density is "
        f"{total[500]:.4f} in the middle and {total.max():.4f} where it is highest."
    )
    return Picture(fig, sentence)


@styled
def two_humps_at_four_distances(distances, weight):
    """Two components, `weight` and 1 - `weight`, at four distances of their means -> Picture.

    The distances are in standard deviations.
    """
    fig, axes = figure(2, 2, height=4, sharex=True, sharey=True)
    at = {}  # {humps: distances}
    for ax, distance in zip(axes.flat, distances, strict=True):
        humps = _draw_humps(ax, distance, weight)
        ax.set_title(f"{distance} sd apart: {_in_words(humps, 'hump')}")
        at.setdefault(humps, []).append(str(distance))
    for ax in axes[1]:
        ax.set_xlabel("x (standard deviations)")
    for ax in axes[:, 0]:
        ax.set_ylabel("density")
    fewest = min(at)
    told = ", and ".join(
        f"{_in_words(n, 'hump') if n == fewest else IN_WORDS[n]} at {_listed(at[n])} sd" for n in sorted(at)
    )
    return Picture(fig, f"Two bells and their sum at four distances of the means. The sum has {told}.")


def _listed(words):
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _pair(x, distance, weight=0.5):
    """The weighted densities (m, 2) of two components, `weight` and 1 - `weight`, standard deviation 1."""
    weights, means = np.array([weight, 1 - weight]), np.array([-distance / 2, distance / 2])
    return weights * np.exp(-0.5 * (x[:, None] - means) ** 2) / np.sqrt(2 * np.pi)


def _draw_humps(ax, distance, weight=0.5):
    """Draw the pair and their sum; returns how many humps the sum has."""
    x = np.linspace(-5, 5, 501)
    parts = _pair(x, distance, weight)
    total = parts.sum(axis=1)
    ax.fill_between(x, total, color=QUIET, alpha=0.25, lw=0)
    ax.plot(x, total, color=INK, lw=2)
    for j, part in enumerate(parts.T):
        ax.plot(x, part, color=COLORS[j], ls="--", lw=1.3)
    ax.set_ylim(0, 0.43)
    for j, mean in enumerate((-distance / 2, distance / 2)):
        ax.plot(mean, 0.012, color=COLORS[j], marker=MARKERS[j], ls="", ms=7, mec="white", clip_on=False)
    return len(_humps(total))


def _humps(curve):
    """Where the curve (m,) is higher than at both neighbors."""
    return 1 + np.flatnonzero((curve[1:-1] > curve[:-2]) & (curve[1:-1] > curve[2:]))


def _clumps(x):
    """The draws x (n,), cut in the valleys of their density, smoothed by the usual rule (Scott 1992)."""
    grid = np.linspace(x.min(), x.max(), 201)
    bandwidth = x.std(ddof=1) / len(x) ** 0.2
    height = np.exp(-(((grid[:, None] - x) / bandwidth) ** 2) / 2).sum(axis=1)
    valleys = [grid[a + height[a:b].argmin()] for a, b in pairwise(_humps(height))]
    return np.split(np.sort(x), np.searchsorted(np.sort(x), valleys))


def _in_words(n, thing):
    return f"{IN_WORDS[n]} {thing}{'' if n == 1 else 's'}"


@styled
def circle_and_ellipse(z, covariance):
    """Standard normal points z (n, 2), and where the Cholesky factor of `covariance` (2, 2) puts them.

    Returns Picture.
    """
    fig, (before, after) = figure(1, 2, height=2.95, sharey=True)
    L = np.linalg.cholesky(covariance)
    inside = (z**2).sum(axis=1) <= 1
    for ax, points, arrows in ((before, z, np.eye(2)), (after, z @ L.T, L)):
        scatter(ax, points[~inside], size=6, alpha=0.35)
        ax.scatter(*points[inside].T, s=6, color=COLORS[0], alpha=0.3, linewidths=0)
        draw_ellipses(ax, Mixture([1.0], [[0.0, 0.0]], [arrows @ arrows.T]), colors=[INK])
        beside = (3.5, 0 if ax is before else 2.2 if arrows[1, 0] < 0 else -2.2)  # clear of both ellipses
        for arrow, name, place in zip(arrows.T, ("(1, 0)", "(0, 1)"), (beside, (0, 2.8)), strict=True):
            style = {"arrowstyle": "-|>", "color": INK, "lw": 2.6, "shrinkA": 0, "shrinkB": 0}
            drawn = ax.annotate("", arrow, (0, 0), arrowprops=style, zorder=6)
            drawn.arrow_patch.set_path_effects([withStroke(linewidth=5.5, foreground="white")])
            leader = {"arrowstyle": "-", "color": INK, "lw": 0.9, "shrinkA": 1, "shrinkB": 3}
            ax.annotate(name, arrow, place, arrowprops=leader, ha="center", va="center", path_effects=HALO)
        ax.set(xlim=(-4.6, 4.6), ylim=(-3.3, 3.3), xticks=(-4, -2, 0, 2, 4), yticks=(-2, 0, 2))
    width, height = 2 * np.sqrt(np.diag(covariance))
    box = Rectangle((-width / 2, -height / 2), width, height, fill=False, ls=":", lw=1.3, ec=INK, zorder=3)
    after.add_patch(box)
    label_axes(before, "$z_0$", "$z_1$")
    label_axes(after, "$x_0$", "$x_1$")
    before.set_title("Before: circles of radius 1 and 2")
    after.set_title("After L: ellipses at 1 and 2 sd")
    ellipse = "a leaning ellipse" if covariance[0, 1] else "an upright ellipse"
    return Picture(
        fig,
        f"Scatter plots before and after the push by L. The arrow (1, 0) becomes ({L[0, 0]:.1f}, "
        f"{L[1, 0]:.1f}), and the unit circle {ellipse}.",
    )


@styled
def squeezed_circle(correlation):
    """Points pushed by a Sigma of this correlation and standard deviations 2 and 1 -> Picture."""
    z = np.random.default_rng(0).standard_normal((1000, 2))
    covariance = np.array([[4, 2 * correlation], [2 * correlation, 1]])
    short, long = np.sqrt(np.linalg.eigvalsh(covariance))
    sentence = (
        f"At correlation {correlation:.2f} the inner ellipse has half-axes {long:.3f} and {short:.3f}, "
        "and touches the box that reaches 2 to either side and 1 up and down."
    )
    return Picture(circle_and_ellipse(z, covariance).figure, sentence)


@styled
def synthetic_and_real(X, labels, mixture, eruptions):
    """The classic points X (n, 2) and the mixture that made them, beside Old Faithful (272, 2) in minutes.

    Returns Picture.
    """
    fig, (known, unknown) = figure(1, 2, height=3.9)
    scatter(known, X, np.eye(mixture.k)[labels], size=7, alpha=0.25)
    draw_ellipses(known, mixture)
    mark_means(known, mixture.means)
    label_axes(known, "$x_0$", "$x_1$")
    low, high = X.min(axis=0), X.max(axis=0)
    half = 0.53 * (high - low).max()  # both sides of the square
    x, y = (low + high) / 2
    known.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    known.set_title("Classic data: we know the machine")
    scatter(unknown, eruptions, size=12, alpha=0.7)
    label_axes(unknown, "eruption (minutes)", "wait for the next (minutes)", equal=False)
    unknown.set_box_aspect(1)
    unknown.set_title("Old Faithful: nobody does")
    alike = len(set(np.sign(mixture.covariances[:, 0, 1]))) == 1
    ellipses = f"{_in_words(mixture.k, 'ellipse')} that lean {'alike' if alike else 'differently'}"
    clumps = _in_words(len(_clumps(eruptions[:, 0])), "clump")
    return Picture(
        fig, f"Scatter plots: {len(X):,} points in {ellipses}, and {len(eruptions)} eruptions in {clumps}."
    )
