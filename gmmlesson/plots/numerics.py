"""The figures of lesson 09: what units, digits and numbering do to a run."""

import numpy as np

from gmmlesson.plots.base import COLORS, INK, MARKERS, QUIET, figure, label_axes, styled
from gmmlesson.plots.picture import Picture

__all__ = ["falling_trace", "lost_digits", "numbering"]

NAMES = "blue", "orange"


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
        f"Two lines, log-likelihoods over the iterations: from {traces['days'][0]:.1f} the run in "
        f"minutes comes to {traces['minutes'][-1]:.1f}, the run in days to {traces['days'][-1]:.1f}. "
        f"One Gaussian has {one:.1f}.",
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
    return Picture(
        fig,
        f"Two dot plots of the components' mean eruptions over {len(means)} resampled data sets. "
        f"As they came, blue is anywhere from {means[:, 0].min():.1f} to {means[:, 0].max():.1f} minutes; "
        f"matched, from {aligned[:, 0].min():.1f} to {aligned[:, 0].max():.1f}.",
    )
