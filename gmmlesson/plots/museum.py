"""The figures of lesson 08."""

from functools import cache

import numpy as np

from gmmlesson import datasets
from gmmlesson.fit import fit
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

__all__ = ["falling_trace", "lost_digits", "needle", "numbering", "two_winners"]

NAMES = "blue", "orange"
RARE = 3  # the row of the eruption of 2.283 minutes, which no other equals


@styled
def needle(exponent):
    """A bell over all eruptions and a needle of sd 10^exponent minutes on one of them -> Picture."""
    x, bell, best = _eruptions()
    score = needle_log_likelihood(exponent)
    fig, (left, right) = figure(1, 2, height=3)
    grid = np.linspace(0.5, 6.5, 300)
    left.plot(grid, np.exp(bell.log_density(grid[:, None])), color=COLORS[0])
    left.plot(x, np.full(len(x), -0.012), "|", color=QUIET, markersize=7, alpha=0.5)
    sd = max(10.0**exponent, 2e-3)  # a thinner one would not be seen
    near = x[RARE] + sd * np.linspace(-5, 5, 201)
    spike = np.exp(-0.5 * ((near - x[RARE]) / sd) ** 2) / (len(x) * sd * np.sqrt(2 * np.pi))
    left.plot(near, np.minimum(spike, 0.6) if exponent > -2.7 else 0.6 * (near == x[RARE]), color=COLORS[1])
    top = np.clip(spike.max(), 0.05, 0.5)  # a wide one is low
    left.annotate("the needle", (x[RARE] + 0.1, top), color=COLORS[1])
    left.annotate("the bell", (4.9, 0.27), color=COLORS[0])
    left.set(ylim=(-0.03, 0.55), xlim=(0.5, 6.5), title="A needle on one eruption")
    label_axes(left, "eruption (minutes)", "density (per minute)", equal=False)

    right.plot(*_needles(), color=COLORS[1])
    right.plot(exponent, score, MARKERS[1], color=COLORS[1], markersize=8, markeredgecolor="white", zorder=5)
    right.axhline(best, color=INK, linewidth=1.2, linestyle="--")
    right.annotate("EM's two bells", (0, best + 4), va="bottom", ha="right")
    right.annotate("wider than 10⁻³, it\ncovers neighbors", (-19, -417), va="center", ha="right", color=INK)
    right.set(title="Thinner is likelier, without end", xlim=(-103, 3), ylim=(-438, -188))
    label_axes(right, "log₁₀ of the needle's sd (minutes)", "log-likelihood (nats)", equal=False)
    verdict = "above" if score > best else "below"
    return Picture(
        fig,
        f"With a needle of sd 10^{exponent:g} minutes the log-likelihood is {score:.2f}, "
        f"{verdict} the {best:.2f} of EM's two bells.",
    )


def needle_log_likelihood(exponent):
    """The log-likelihood of the eruptions, in nats, under the bell and a needle of sd 10^exponent minutes."""
    x, bell, _ = _eruptions()
    n, sd = len(x), 10.0**exponent
    log_bell = bell.log_density(x[:, None]) + np.log(1 - 1 / n)
    log_needle = -np.log(n) - np.log(sd * np.sqrt(2 * np.pi)) - 0.5 * ((x - x[RARE]) / sd) ** 2
    return float(np.logaddexp(log_bell, log_needle).sum())


@styled
def falling_trace(traces, one):
    """Two runs of EM that differ in the unit: log-likelihoods (nats) per iteration -> Picture.

    traces  {"minutes": (n_iter + 1,), "days": ...}, both translated into densities per minute
    one     log-likelihood of a single Gaussian
    """
    fig, ax = figure(width=6, height=3.3)
    for j, (unit, values) in enumerate(traces.items()):
        ax.plot(values, "-" if j == 0 else "--", color=COLORS[j], marker=MARKERS[j], markersize=4)
        ax.annotate(
            f"in {unit}", (len(values) - 1, values[-1]), xytext=(6, 0), textcoords="offset points",
            color=COLORS[j], va="center",
        )
    ax.axhline(one, color=QUIET, linewidth=1.2, linestyle=":")
    last = max(map(len, traces.values())) - 1
    ax.annotate(
        "one Gaussian", (last, one), ha="right", va="bottom", xytext=(0, 3), textcoords="offset points"
    )
    ax.set(title="Same eruptions, same start, same ridge: one run falls", xlim=(-1, last * 1.14))
    label_axes(ax, "iteration", "log-likelihood (nats)", equal=False)
    return Picture(
        fig,
        f"From {traces['days'][0]:.1f} the run in minutes comes to {traces['minutes'][-1]:.1f}, "
        f"the run in days to {traces['days'][-1]:.1f}. One Gaussian: {one:.1f}.",
    )


@styled
def two_winners(X, winners, fresh):
    """The likeliest fits of the points X (n, 2) without a ridge and with one -> Picture.

    winners  {0: Mixture, ridge: Mixture}
    fresh    (m, 2), other points from the same source: the titles have the log-likelihood of one of them
    """
    fig, axes = figure(1, 2, height=3.3, sharex=True, sharey=True)
    low, high = X.min(axis=0) - 1, X.max(axis=0) + 1
    for ax, (ridge, mixture) in zip(axes, winners.items(), strict=True):
        draw_ellipses(ax, mixture, radii=(2,))
        scatter(ax, X, mixture.responsibilities(X), size=16, alpha=1)
        for points in ax.collections[1:]:
            points.set_zorder(6)  # above the thin ellipse, which would hide them
        name = f"Ridge {ridge:g}" if ridge else "No ridge"
        grade = mixture.log_likelihood(fresh) / len(fresh)
        values = f"{mixture.log_likelihood(X):.1f}, fresh {grade:.2f} a point"
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        ax.set_title(f"{name}: {values}".replace("-", "−"))
        label_axes(ax, "x₀", "x₁")
        ax.label_outer()
    title = "The likelier fit is spurious: fresh points find it out (ellipses: 2 sd)"
    fig.suptitle(title, x=0.02, ha="left", fontsize=10.5)
    smallest = np.sqrt(np.linalg.eigvalsh(winners[0].covariances)[:, 0])
    j = smallest.argmin()
    return Picture(
        fig,
        f"The winner's {NAMES[j]} ellipse holds {len(X) * winners[0].weights[j]:.1f} points; "
        f"its smallest standard deviation is {smallest[j]:.2f}.",
    )


@styled
def lost_digits(x):
    """Relative error of the variance of x (n,) by two formulas, away from zero -> Picture."""
    offsets, true = 10.0 ** np.arange(0, 10.5, 0.5), x.var()
    moved = [x + offset for offset in offsets]
    formulas = {
        "mean of squares − square of mean": [(y**2).mean() - y.mean() ** 2 for y in moved],
        "mean of squared deviations": [((y - y.mean()) ** 2).mean() for y in moved],
    }
    fig, ax = figure(width=6, height=3.4)
    places = (1e5, 1e-4), (1e5, 1e-15)
    for j, (name, variances), place in zip((1, 0), formulas.items(), places, strict=True):
        errors = np.maximum(np.abs(np.array(variances) / true - 1), 1e-16)
        ax.loglog(
            offsets, errors, color=COLORS[j], marker=MARKERS[j], markersize=4, linestyle="--" if j else "-"
        )
        ax.annotate(name, place, color=COLORS[j], ha="right" if j else "left")
    ax.axhline(1, color=QUIET, linewidth=1.2, linestyle=":")
    ax.annotate("as large as the variance", (offsets[0], 1.5), va="bottom", color=INK)
    gone = offsets[np.array(formulas["mean of squares − square of mean"]) == 0]
    if len(gone):  # the error of 0 is all of the variance
        ax.annotate("here it says 0", (0.9 * gone[-1], 3), va="bottom", ha="right", color=COLORS[1])
    ax.set(title="Far from zero, squares leave no digits for the variance", ylim=(1e-17, 1e5))
    label_axes(ax, "distance from zero (minutes)", "relative error of the variance", equal=False)
    return Picture(
        fig,
        "Ten times the distance, a hundred times the error of the handbook's formula; the other stays small.",
    )


@styled
def numbering(means, aligned):
    """Means of two components over many fits, (m, 2) each: as they came, and matched -> Picture."""
    fig, axes = figure(1, 2, height=3, sharey=True)
    titles = "As they came", "Matched to one fit"
    for ax, values, title in zip(axes, (means, aligned), titles, strict=True):
        for j in range(2):
            ax.plot(values[:, j], MARKERS[j], color=COLORS[j], markersize=6, alpha=0.8, markeredgewidth=0)
            mean, name = values[:, j].mean(), NAMES[j]
            ax.axhline(mean, color=COLORS[j], linewidth=1.2, linestyle="-" if j == 0 else "--")
            ax.annotate(
                f"mean of {name}: {mean:.2f}", (0, mean), xytext=(0, 7 if j == 0 else -7), color=COLORS[j],
                textcoords="offset points", va="bottom" if j == 0 else "top",
            )
        ax.set(title=title, ylim=(1.5, 5))
        label_axes(ax, "resampled data set", "mean eruption (minutes)", equal=False)
        ax.label_outer()
    return Picture(
        fig,
        f"As they came, blue is anywhere from {means[:, 0].min():.1f} to {means[:, 0].max():.1f} minutes; "
        f"matched, from {aligned[:, 0].min():.1f} to {aligned[:, 0].max():.1f}.",
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
