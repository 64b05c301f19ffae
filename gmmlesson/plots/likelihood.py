"""The figures of lesson 08: what the highest likelihood is worth."""

from functools import cache

import numpy as np

from gmmlesson import datasets
from gmmlesson.fit import fit
from gmmlesson.matching import align
from gmmlesson.mixture import Mixture
from gmmlesson.plots.base import (
    COLORS,
    INK,
    MARKERS,
    QUIET,
    draw_ellipses,
    figure,
    label_axes,
    scatter,
    styled,
)
from gmmlesson.plots.picture import Picture

__all__ = ["climbing_sum", "more_starts", "needle", "two_winners"]

NAMES = "blue", "orange", "green"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
RARE = 3  # the row of the eruption of 2.283 minutes, which no other equals


@styled
def needle(exponent):
    """A bell over all eruptions and a needle of sd 10^exponent minutes on one of them -> Picture."""
    x, bell, best = _eruptions()
    score = needle_log_likelihood(exponent)
    fig, (upper, lower) = figure(2, 1, width=5.6, height=5)
    grid = np.linspace(0.5, 6.5, 300)
    upper.plot(grid, np.exp(bell.log_density(grid[:, None])), color=COLORS[0])
    upper.plot(x, np.full(len(x), -0.012), "|", color=QUIET, markersize=7, alpha=0.5)
    sd = max(10.0**exponent, 2e-3)  # a thinner one would not be seen
    near = x[RARE] + sd * np.linspace(-5, 5, 201)
    spike = np.exp(-0.5 * ((near - x[RARE]) / sd) ** 2) / (len(x) * sd * np.sqrt(2 * np.pi))
    upper.plot(near, np.minimum(spike, 0.6) if exponent > -2.7 else 0.6 * (near == x[RARE]), color=COLORS[1])
    top = np.clip(spike.max(), 0.05, 0.5)  # a wide one is low
    upper.annotate("the needle", (x[RARE] + 0.1, top), color=COLORS[1])
    upper.annotate("the bell", (4.9, 0.27), color=COLORS[0])
    upper.set(ylim=(-0.03, 0.55), xlim=(0.5, 6.5), title="A needle on one eruption")
    label_axes(upper, "eruption (minutes)", "density (per minute)", equal=False)

    lower.plot(*_needles(), color=COLORS[1])
    lower.plot(exponent, score, MARKERS[1], color=COLORS[1], markersize=8, markeredgecolor="white", zorder=5)
    lower.axhline(best, color=INK, linewidth=1.2, linestyle="--")
    lower.annotate("EM's two bells", (0, best + 4), va="bottom", ha="right")
    lower.annotate(
        "wider than 10⁻³, it\ncovers neighbors", (-3, -420), (-30, -398), va="center", ha="right", color=INK,
        arrowprops={"arrowstyle": "-", "color": INK, "lw": 0.8},
    )
    lower.set(title="Thinner is likelier, without end", xlim=(-103, 3), ylim=(-438, -188))
    label_axes(lower, "log₁₀ of the needle's sd (minutes)", "log-likelihood (nats)", equal=False)
    verdict = "above" if score > best else "below"
    width = f"10{str(int(exponent)).translate(_RAISED)}" if exponent % 1 == 0 else f"{10.0**exponent:.1e}"
    return Picture(
        fig,
        "A bell with a needle on one eruption; below it a line plot of the log-likelihood over the needle's "
        f"width. With a needle of sd {width} minutes the log-likelihood is {score:.2f}, "
        f"{verdict} the {best:.2f} of EM's two bells.",
    )


def needle_log_likelihood(exponent, length=None):
    """The log-likelihood of the eruptions, in nats, under the bell and a needle of sd 10^exponent minutes.

    length  of an eruption, in minutes, as it was noted: there the needle stands, and weighs as much as the
            share of eruptions with this length; that of the row RARE if not given
    """
    x, bell, _ = _eruptions()
    length = x[RARE] if length is None else length
    share, sd = (x == length).mean(), 10.0**exponent
    log_bell = bell.log_density(x[:, None]) + np.log(1 - share)
    log_needle = np.log(share) - np.log(sd * np.sqrt(2 * np.pi)) - 0.5 * ((x - length) / sd) ** 2
    return float(np.logaddexp(log_bell, log_needle).sum())


@styled
def more_starts(counts, losses):
    """What the best of more and more starts loses on fresh points -> Picture.

    counts  numbers of starts (m,)
    losses  {number of points: (sets, m)}, nats per fresh point less than the truth
    """
    fig, ax = figure(width=6, height=3.6)
    for j, (size, values) in enumerate(losses.items()):
        mean, error = values.mean(axis=0), values.std(axis=0) / np.sqrt(len(values))
        ax.errorbar(
            counts, mean, error, color=COLORS[j], marker=MARKERS[j], markersize=6, capsize=3,
            linestyle=("-", "--", ":")[j % 3],
        )
        ax.annotate(
            f"{size} points", (counts[-1], mean[-1]), xytext=(10, 0), textcoords="offset points",
            color=COLORS[j], va="center",
        )
    ax.set(title="With few points, a longer search ends worse", xscale="log", ylim=(0, None))
    ax.set_xlim(counts[0] / 1.3, 4 * counts[-1])
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.minorticks_off()
    label_axes(ax, "starts, of which the likeliest end is kept", "loss (nats per fresh point)", equal=False)
    sets = len(next(iter(losses.values())))
    ends = {size: values.mean(axis=0)[[0, -1]] for size, values in losses.items()}
    told = "; ".join(f"{first:.2f} to {last:.2f} with {size} points" for size, (first, last) in ends.items())
    return Picture(
        fig,
        f"Lines of the mean loss over {sets} data sets, with standard errors, by the number of starts. "
        f"From {counts[0]} start to {counts[-1]} it goes from {told}.",
    )


@styled
def two_winners(X, winners, fresh):
    """The likeliest fits of the points X (n, 2) without a ridge and with one -> Picture.

    winners  {0: Mixture, ridge: Mixture}
    fresh    (m, 2), other points from the same source: the titles have the log-likelihood of one of them
    """
    fig, axes = figure(1, 2, width=6, height=4, sharex=True, sharey=True)
    low, high = X.min(axis=0) - 0.8, X.max(axis=0) + 0.8
    smallest = np.sqrt(np.linalg.eigvalsh(winners[0].covariances)[:, 0])
    j = smallest.argmin()
    for ax, (ridge, mixture) in zip(axes, winners.items(), strict=True):
        mixture = align(mixture, winners[0])  # a component keeps its color
        draw_ellipses(ax, mixture, radii=(2,))
        scatter(ax, X, mixture.responsibilities(X), size=20, alpha=1)
        for points in ax.collections[1:]:
            points.set_zorder(6)  # above the thin ellipse, which would hide them
        name = f"With a ridge of {ridge:g}" if ridge else "Without a ridge"
        grade = mixture.log_likelihood(fresh) / len(fresh)
        values = f"fitted {mixture.log_likelihood(X):.1f},\nfresh {grade:.2f} per point"
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        ax.set_title(f"{name}:\n{values}".replace("-", "−"))
        label_axes(ax, "x₀", "x₁")
        ax.label_outer()
    held = len(X) * winners[0].weights[j]
    title = f"The likelier fit spends one ellipse on {held:.0f} of {len(X)} points"
    fig.suptitle(title, x=0.02, ha="left", fontsize=10.5)
    grades = [mixture.log_likelihood(fresh) / len(fresh) for mixture in winners.values()]
    return Picture(
        fig,
        f"Two scatter plots of the same {len(X)} points, with the ellipses (2 standard deviations) of the "
        f"likeliest fit. Without a ridge the {NAMES[j]} one holds {held:.1f} points and is {smallest[j]:.2f} "
        f"thin; a fresh point has {grades[0]:.2f} nats there, and {grades[1]:.2f} with the ridge.",
    )


@styled
def climbing_sum(log_likelihoods, sums):
    """A run of EM with a ridge: its log-likelihood and what it climbs, (n_iter + 1,), in nats -> Picture."""
    fig, ax = figure(width=6, height=3.4)
    lines = ("log-likelihood", log_likelihoods, "--", 1), ("less the price of thin bells", sums, "-", 0)
    for name, values, linestyle, j in lines:
        ax.plot(values, linestyle, color=COLORS[j], marker=MARKERS[j], markersize=4)
        ax.annotate(
            name, (len(values) - 1, values[-1]), xytext=(0, 9), textcoords="offset points", color=COLORS[j],
            ha="right", va="bottom",
        )
    ax.margins(y=0.12)
    ax.set(title="With a ridge, EM climbs another sum than the log-likelihood")
    label_axes(ax, "iteration", "nats", equal=False)
    top, falls = int(np.argmax(log_likelihoods)), int((np.diff(sums) < -1e-6).sum())
    highest = f"is highest, {log_likelihoods[top]:.1f}, at iteration {top},"
    if log_likelihoods[0] == log_likelihoods[top]:
        highest = f"drops at once from its highest, {log_likelihoods[0]:.1f},"
    only = f"falls in {falls} of {len(sums) - 1} steps" if falls else "only rises"
    return Picture(
        fig,
        f"Two lines over the iterations. The orange one, the log-likelihood, {highest} and ends at "
        f"{log_likelihoods[-1]:.1f}. The blue one, with the price of thin bells, {only}, "
        f"from {sums[0]:.1f} to {sums[-1]:.1f}.",
    )


@cache
def _needles():
    """Exponents from -100 to 0, and the log-likelihood with each of these needles."""
    exponents = np.linspace(-100, 0, 201)
    return exponents, [needle_log_likelihood(exponent) for exponent in exponents]


@cache
def _eruptions():
    """The lengths of the eruptions (n,), one bell over them all, and EM's best log-likelihood for two."""
    x = datasets.old_faithful()[:, 0]
    bell = Mixture([1.0], [[x.mean()]], [[[x.var()]]])
    start = Mixture([0.5, 0.5], np.quantile(x, [0.25, 0.75])[:, None], np.full((2, 1, 1), x.var()))
    return x, bell, fit(x[:, None], start).log_likelihoods[-1]
