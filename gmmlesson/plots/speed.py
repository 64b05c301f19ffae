"""The figures of lesson 13."""

from functools import cache

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from gmmlesson.plots.base import COLORS, INK, MARKERS, QUIET, figure, label_axes, styled
from gmmlesson.plots.picture import Picture
from gmmlesson.sufficient import natural_parameters

__all__ = ["climbers", "digits_kept", "two_borders", "two_products"]

N_REPEATS, N_POINTS = 200, 200  # data sets, and points in the cluster, behind the curves of `digits_kept`
DIGITS = 16  # of a 64-bit number
FLAT = 100  # times the right variance: a wider bell cannot be told from its axis
CELL = 0.82  # side of a drawn matrix entry; the rest is gap


@styled
def two_borders(mixture):
    """Where two components on a line are equally responsible -> Picture.

    Two points on the line, one straight cut through the plane of x and x².

    mixture  of two components with d = 1, the first the wider one
    """
    fig, (left, right) = figure(1, 2, height=3.5)
    reach = 1.8 * np.sqrt(mixture.covariances[0, 0, 0])
    x = np.linspace(mixture.means[0, 0] - reach, mixture.means[0, 0] + reach, 601)
    joint = np.exp(mixture.log_joint(x[:, None]))  # (601, 2)
    theta = natural_parameters(mixture)
    difference = theta[0] - theta[1]  # [1, x, x²] @ difference = 0 where both are equally responsible
    borders = np.sort(np.roots(difference[::-1]).real)
    owner = joint.argmax(axis=1)
    for j, dashes in enumerate(["-", (0, (1.5, 0.6))]):
        left.plot(x, joint[:, j], color=COLORS[j], linestyle=dashes)
        mine = np.where(owner == j, x, np.nan)
        right.plot(mine, mine**2, color=COLORS[j], linewidth=3, linestyle=dashes)
    middle = borders.mean()
    sds = np.sqrt(mixture.covariances[:, 0, 0])
    wide, narrow = (f"sd {sd:g},\nweight {w:g}" for sd, w in zip(sds, mixture.weights, strict=True))
    _name(left, f"wide: {wide}", x[0], joint[60, 0], (-6, 66), COLORS[0])
    _name(left, f"narrow: {narrow}", mixture.means[1, 0], joint[:, 1].max(), (14, -18), COLORS[1])
    _name(right, "wide", x[60], x[60] ** 2, (9, 2), COLORS[0])
    _name(right, "narrow", middle, middle**2, (7, -14), COLORS[1])
    ends = x[[0, -1]]
    right.plot(ends, -(difference[0] + difference[1] * ends) / difference[2], color=INK, linewidth=1.2)
    left.set(ylim=(0, 1.05 * joint.max()), xlim=(x[0] - 0.4, x[-1] + 1.2))
    heights = np.exp(mixture.log_joint(borders[:, None]))[:, 0]
    for border, height in zip(borders, heights, strict=True):
        left.plot([border, border], [0, height], color=INK, linestyle=":", linewidth=1.2)
        left.plot(border, height, "o", color=INK, markersize=7, zorder=5)
        right.plot(border, border**2, "o", color=INK, markersize=7, zorder=5)
    left.set_title("On the line: two borders")
    right.set_title("Lifted: one straight cut")
    label_axes(left, "x", "weight times density", equal=False)
    label_axes(right, "x", "x²", equal=False)
    return Picture(
        fig,
        f"Bell curves over a line, and the parabola over it: the borders at {borders[0]:.2f} and "
        f"{borders[1]:.2f} are where one straight cut meets the parabola.",
    )


@styled
def two_products():
    """The shapes of the E-step's product and of the M-step's, for d = 2 and k = 3 -> Picture."""
    fig, ax = figure(height=4.6)
    n, k, p = 10, 3, 6
    rows = ["1", "x₀", "x₁", "x₀²", "x₀x₁", "x₁²"]
    top, bottom = 15.5, 3.0  # heights of the centers of the two lines
    _matrix(ax, 0, top, k, p, "theta (k, p)")
    _sign(ax, 7.0, top, "@")
    _matrix(ax, 10.2, top, p, n, "phi (p, n)", color=COLORS[0], rows=rows)
    _sign(ax, 21.2, top, "=")
    _matrix(ax, 22.4, top, k, n, "log_joint (k, n)")
    _matrix(ax, 2.2, bottom, p, n, "phi (p, n)", color=COLORS[0], rows=rows)
    _sign(ax, 13.2, bottom, "@")
    _matrix(ax, 14.4, bottom, n, k, "r.T (n, k)")
    _sign(ax, 18.4, bottom, "=")
    _matrix(ax, 19.6, bottom, p, k, "sums (p, k)")
    for first, last, text in [(0, 0, "counts"), (1, 2, "sums of x"), (3, 5, "sums of products")]:
        ends = bottom + p / 2 - np.array([first, last + CELL])
        ax.plot([22.9, 22.9], ends, color=INK, linewidth=1.2)
        ax.text(23.3, ends.mean(), text, va="center_baseline")
    ax.set(xlim=(-0.3, 32.6), ylim=(bottom - 5.4, top + 4.6))
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title("The same phi serves both steps: above the E-step, below the M-step")
    return Picture(
        fig, "Matrices drawn as grids: the E-step is theta @ phi, the M-step phi @ r.T, with the same phi."
    )


@styled
def digits_kept(exponent):
    """What is left of a variance with two clusters 10^exponent standard deviations apart -> Picture.

    Packed: mean square less squared mean, about the center of both clusters. Centered: about the cluster's
    own mean. Left the Gaussian that each form believes in, for one data set; right the digits that are
    correct, on average over many.
    """
    truth, packed, _ = (float(v[0]) for v in _variances(exponent))
    fig, (left, right) = figure(1, 2, height=3.5)
    _draw_belief(left, truth, packed)
    exponents = np.arange(1, 12.1, 0.5)
    curves = np.array([_digits(e) for e in exponents])  # (positions, 2)
    right.plot(exponents, curves[:, 1], color=INK)
    right.plot(exponents, curves[:, 0], color=COLORS[1], linestyle="--")
    kept = _digits(exponent)
    right.plot(exponent, kept[1], "o", color=INK, markersize=7, zorder=5)
    right.plot(exponent, kept[0], "s", color=COLORS[1], markersize=7, zorder=5)
    _name(right, "centered: about its own mean", 11.8, 13.4, (0, 0), INK, ha="right")
    _name(right, "packed: about the\ncommon center", 6, 6.6, (0, 0), COLORS[1])
    right.set(xlim=(0.7, 12.3), ylim=(-0.5, 17), xticks=[2, 4, 6, 8, 10, 12], yticks=[0, 4, 8, 12, 16])
    right.set_xticklabels(["10²", "10⁴", "10⁶", "10⁸", "10¹⁰", "10¹²"])
    right.set_title("Correct digits of the variance")
    label_axes(right, "distance of the clusters (sd)", "digits", equal=False)
    return Picture(
        fig,
        f"Curves: 10^{exponent:g} sd apart, packed keeps {kept[0]:.1f} digits (variance {_written(packed)} "
        f"for {truth:.4g}), centered {kept[1]:.1f}.",
    )


@styled
def climbers(arrivals):
    """Passes through the data until the top is near, a dot a start, a panel a race -> Picture.

    arrivals  {title: {climber: (m,) passes, nan for one that never came near}}
    """
    fig, axes = figure(len(arrivals), 1, height=1.1 + 1.75 * len(arrivals), sharex=True, squeeze=False)
    told, limit = [], 2000
    for ax, (title, race) in zip(axes[:, 0], arrivals.items(), strict=True):
        medians = {}
        for j, (climber, needed) in enumerate(race.items()):
            needed = np.asarray(needed, dtype=float)
            came = needed[~np.isnan(needed)]
            y = -j + np.linspace(-0.2, 0.2, len(came))
            ax.plot(came.clip(1), y, MARKERS[j], color=COLORS[j], markersize=5, alpha=0.7, linewidth=0)
            medians[climber] = np.median(np.where(np.isnan(needed), np.inf, needed))
            if np.isfinite(medians[climber]):
                ax.plot([medians[climber]] * 2, [-j - 0.36, -j + 0.36], color=INK, linewidth=2)
                text = f"median {medians[climber]:g}"
            else:
                text = f"{len(came)} of {len(needed)} arrive"
            ax.annotate(text, (limit, -j), ha="right", va="center")
        ax.set(xscale="log", xlim=(2, limit), ylim=(0.5 - len(race), 0.6))
        ax.set_yticks(-np.arange(len(race)), list(race))
        ax.tick_params(axis="y", length=0)
        first = min(medians, key=medians.get)
        ax.set_title(f"{title}: {first} has the lowest median")
        told.append(f"{title}: " + ", ".join(f"{name} {_passes(median)}" for name, median in medians.items()))
        ax.set_xticks([3, 10, 30, 100, 300, 1000], ["3", "10", "30", "100", "300", "1000"])
        ax.minorticks_off()
    label_axes(axes[-1, 0], "passes through the data (log scale)", "", equal=False)
    return Picture(
        fig,
        "Dots on a logarithmic axis: how many passes through the data each climber needs to come near the "
        f"top, a dot for each start, a bar at the median. Medians for {'. For '.join(told)}.",
    )


def _passes(median):
    return f"{median:g}" if np.isfinite(median) else "never there"


def _matrix(ax, x, y, n_rows, n_columns, name, *, color=QUIET, rows=()):
    """A matrix of empty cells with its left edge at x, centered at y; `rows` name its rows on the left."""
    top = y + n_rows / 2
    for i in range(n_rows):
        for j in range(n_columns):
            face, edge = to_rgba(color, 0.35), to_rgba(color, 0.9)
            ax.add_patch(
                Rectangle((x + j, top - i - CELL), CELL, CELL, facecolor=face, edgecolor=edge, linewidth=0.6)
            )
    for i, row in enumerate(rows):
        ax.text(x - 0.3, top - i - CELL / 2, row, ha="right", va="center_baseline")
    ax.text(x + (n_columns - 1 + CELL) / 2, top + 0.4, name, ha="center", va="bottom", weight="bold")


def _sign(ax, x, y, text):
    ax.text(x, y, text, ha="center", va="center", fontsize=14)


def _name(ax, text, x, y, offset, color, ha="left"):
    """A label written at a point of the picture, moved by `offset` in points."""
    ax.annotate(text, (x, y), xytext=offset, textcoords="offset points", color=color, ha=ha)


def _draw_belief(ax, truth, packed):
    """The Gaussians with the right variance and with the packed form's, about the cluster's mean."""
    x = np.linspace(-5, 5, 301)
    ax.plot(x, _gaussian(x, truth), color=INK)
    _name(ax, "correct", -1.0, _gaussian(1.0, truth), (-8, 4), INK, ha="right")
    if packed <= 0:
        _name(ax, "packed: no Gaussian\nhas such a variance", -4.7, 0.53, (0, 0), COLORS[1])
    elif packed > FLAT * truth:
        _name(ax, "packed: so wide that\nit would look level", -4.7, 0.53, (0, 0), COLORS[1])
    else:
        density = _gaussian(x, packed)
        ax.plot(x, density, color=COLORS[1], linestyle="--")
        _name(ax, "packed", 2.0, _gaussian(2.0, packed), (6, 6), COLORS[1])
        ax.fill_between(x, density, color=COLORS[1], alpha=0.15, linewidth=0)
    ax.set_title(f"Packed: {_written(packed, 3)}, correct: {_written(truth, 3)}".replace("-", "−"))
    ax.set(xlim=(-5, 5), ylim=(0, 0.62))
    label_axes(ax, "distance from the cluster's mean (sd)", "density", equal=False)


def _written(variance, digits=4):
    """So many digits, or a whole number: no exponents."""
    return f"{variance:.{digits}g}" if abs(variance) < 10**digits / 10 else f"{variance:,.0f}"


def _gaussian(x, variance):
    return np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


@cache
def _digits(exponent):
    """Correct digits of the packed and of the centered variance, a mean over many data sets."""
    truth, packed, centered = _variances(exponent)
    kept = []
    for variances in (packed, centered):
        error = np.abs(variances / truth - 1)
        kept.append(float(np.abs(np.log10(error.clip(10.0**-DIGITS, 1))).mean()))
    return kept


def _variances(exponent):
    """True, packed and centered variance of a cluster half of 10^exponent from the center: (N_REPEATS,) each.

    The distances vary by a few percent, lest a round number is lucky. What rounding does to the points as
    they are stored is no error: their own deviations, which a subtraction gives exactly, are the truth.
    """
    rng = np.random.default_rng(10)
    u = np.round(2**20 * rng.standard_normal((N_REPEATS, N_POINTS))) / 2**20  # the same on every machine
    exponents = exponent + rng.uniform(-0.03, 0.03, N_REPEATS)
    powers = [10.0**e for e in exponents.tolist()]  # NumPy's differ between processors
    offsets = np.array(powers)[:, None] / 2
    x = offsets + u
    u = x - offsets
    means = _mean(x)
    deviations = x - means[:, None]
    packed = _mean(x * x) - means * means
    centered = _mean(deviations * deviations) - _mean(deviations) ** 2
    return _mean((u - _mean(u)[:, None]) ** 2), packed, centered


def _mean(values):
    """Row means, adding one value after the other: every machine rounds alike."""
    return values.cumsum(axis=1)[:, -1] / values.shape[1]
