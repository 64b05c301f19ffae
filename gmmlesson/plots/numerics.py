"""The figures of lesson 09: what units, digits and numbering do to a run."""

from functools import cache

import numpy as np

from gmmlesson import datasets
from gmmlesson.em import m_step
from gmmlesson.fit import fit
from gmmlesson.initialization import random_points
from gmmlesson.plots.base import COLORS, INK, MARKERS, QUIET, figure, label_axes, styled
from gmmlesson.plots.picture import Picture

__all__ = ["lost_digits", "numbering", "other_units", "two_units"]

NAMES = "blue", "orange"
UNIT_EXPONENTS = np.arange(161) / 50  # from minutes to more than days
UNITS = {"minute": 0, "hour": np.log10(60), "day": np.log10(1440)}  # log10 of each, in minutes


@styled
def two_units(traces, one):
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
        f"Two lines, log-likelihoods over the iterations: from {traces['days'][0]:.1f} the run in "
        f"minutes comes to {traces['minutes'][-1]:.1f}, the run in days to {traces['days'][-1]:.1f}. "
        f"One Gaussian has {one:.1f}.",
    )


@styled
def other_units(exponent):
    """Where EM with a ridge of 0.000001 ends, if the unit of the eruptions is 10^exponent minutes -> Picture.

    Above, the lengths with both bells, and the floor; below, the log-likelihoods in the units up to this one.
    """
    from scipy.stats import norm  # not at the top: a browser fetches SciPy only where it is needed

    X, one = _eruptions()
    mixture, end = _end_in(exponent)
    lost = _end_in(0)[1] - end
    size = f"{10**exponent:,.0f}" if exponent > 1 else f"{10**exponent:.2f}"
    name = "a minute" if exponent == 0 else f"{size} minutes"
    floor, sds = 1e-3 * 10**exponent, np.sqrt(mixture.covariances[:, 0, 0])
    fig, (upper, lower) = figure(2, 1, width=5.6, height=5.2)
    upper.hist(X[:, 0], np.arange(1.5, 5.3, 0.15), density=True, color=QUIET, alpha=0.4)
    grid = np.linspace(-0.5, 7, 400)
    for j in range(2):
        bell = mixture.weights[j] * norm.pdf(grid, mixture.means[j, 0], sds[j])
        upper.plot(grid, bell, "-" if j == 0 else "--", color=COLORS[j])
    upper.errorbar(
        mixture.means[0, 0], -0.09, xerr=floor, color=INK, capsize=4, marker="|", markersize=8, linewidth=1.6
    )
    upper.annotate(f"the floor: ±{floor:.3f} minutes", (3.7, -0.09), va="center")
    upper.set(ylim=(-0.17, 0.8), xlim=(-0.5, 7), title=f"Unit: {name}")
    label_axes(upper, "eruption (minutes)", "density", equal=False)

    smaller = [*UNIT_EXPONENTS[exponent > UNIT_EXPONENTS], exponent]
    lower.plot(smaller, [_end_in(each)[1] for each in smaller], color=COLORS[0])
    lower.plot(exponent, end, MARKERS[0], color=COLORS[0], markersize=8, markeredgecolor="white", zorder=5)
    lower.axhline(one, color=INK, linewidth=1.2, linestyle="--")
    lower.annotate("one Gaussian", (0, one), xytext=(0, 3), textcoords="offset points", va="bottom")
    for known, place in UNITS.items():
        lower.annotate(
            known, (place, 0.03), xycoords=("data", "axes fraction"), ha="left" if place == 0 else "center"
        )
        lower.axvline(place, color=QUIET, linewidth=1, linestyle=":", ymin=0.12)
    lower.set(xlim=(-0.05, 3.4), ylim=(-1470, -1110))
    lower.set_title(f"EM ends {max(lost, 0):.1f} nats lower than in minutes")
    label_axes(lower, "log₁₀ of the unit (minutes)", "log-likelihood (nats)", equal=False)
    verdict = "above" if end > one else "below"
    return Picture(
        fig,
        "A histogram of the eruptions with two bells; below it a line plot of the log-likelihood over the "
        f"unit. If it is {name}, the root of the ridge is {floor:.3f} minutes, blue's sd is {sds[0]:.3f}, "
        f"and EM ends at {end:.1f}, {verdict} the {one:.1f} of one Gaussian.",
    )


@styled
def lost_digits(x):
    """Relative error of the variance of x (n,) by two formulas, away from zero -> Picture."""
    powers = [10.0**e for e in np.arange(0, 10.5, 0.5).tolist()]  # NumPy's differ between processors
    offsets, true = np.array(powers), x.var()
    moved = [x + offset for offset in offsets]
    formulas = {
        "mean of squares − square of mean": [(y**2).mean() - y.mean() ** 2 for y in moved],
        "mean of squared deviations": [((y - y.mean()) ** 2).mean() for y in moved],
    }
    fig, ax = figure(width=6, height=3.4)
    places = (1e5, 1e-4), (3e5, 1e-16)
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
    zero = f", and at {gone[0]:,.0f} minutes says 0" if len(gone) else ""
    ax.set(title="Far from zero, squares leave no digits for the variance", ylim=(1e-17, 1e5))
    label_axes(ax, "distance from zero (minutes)", "relative error of the variance", equal=False)
    return Picture(
        fig,
        "Two lines on logarithmic axes: the error of the variance over the distance from zero. Orange, the "
        f"handbook's formula, loses two digits per factor of ten{zero}; blue, by "
        "deviations, loses one.",
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
    blue = means[:, 0]
    short, long = blue[blue < means.mean()], blue[blue >= means.mean()]
    return Picture(
        fig,
        f"Two dot plots of the components' mean eruptions over {len(means)} resampled data sets. "
        f"As they came, blue is at {_range(short)} minutes in {len(short)} fits and at {_range(long)} in the "
        f"others; matched, at {_range(aligned[:, 0])} in all.",
    )


def _range(values):
    return f"{values.min():.1f} to {values.max():.1f}" if len(values) else "no value"


@cache
def _end_in(exponent):
    """Mixture of the eruptions in minutes, and log-likelihood, where EM in units of 10^exponent minutes ends.

    A ridge of 0.000001 units squared is one of 0.000001 u^2 squared minutes; the rest of a run knows no unit.
    """
    X, _ = _eruptions()
    run = fit(X, random_points(X, 2, np.random.default_rng(5)), ridge=1e-6 * 100.0**exponent)
    return run.mixture, float(run.log_likelihoods[-1])


@cache
def _eruptions():
    """The eruptions (n, 2), in minutes, and the log-likelihood of one Gaussian."""
    X = datasets.old_faithful()
    return X, m_step(X, np.ones((len(X), 1))).log_likelihood(X)
