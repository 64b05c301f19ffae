"""The figures of lesson 03."""

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from gmmlesson import datasets
from gmmlesson.em import e_step, m_step
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
from gmmlesson.plots.meeting import way_of_the_means
from gmmlesson.plots.picture import Picture

__all__ = [
    "classic_m_step",
    "shares_on_a_line",
    "slope_at_the_mean",
    "tug",
    "tug_panels",
    "two_codes",
    "two_divisors",
    "way_of_blue",
]


@styled
def shares_on_a_line(x, shares):
    """Points x (n,), in cm, as bars split by share; below, each component's mean and standard deviation.

    shares  {title: responsibilities (n, 2)}, a panel each: two, of which the first has labels

    Returns Picture.
    """
    fig, axes = figure(len(shares), 1, height=4.8, sharex=True, sharey=True)
    for ax, (title, r) in zip(axes, shares.items(), strict=True):
        mixture = m_step(x[:, None], r)
        ax.bar(x, r[:, 0], width=0.5, color=COLORS[0])
        ax.bar(x, r[:, 1], width=0.5, bottom=r[:, 0], color=COLORS[1], hatch="////", edgecolor="white")
        for j in range(mixture.k):
            mean, variance = mixture.means[j, 0], mixture.covariances[j, 0, 0]
            sd, y = np.sqrt(variance), -0.35 - 0.5 * j
            ax.plot([mean - sd, mean + sd], [y, y], color=COLORS[j], linewidth=2.5, solid_capstyle="butt")
            ax.plot(mean, y, MARKERS[j], color=COLORS[j], markersize=9, markeredgecolor="white")
            text = f"mean {mean:.3g}, variance {variance:.3g}"
            ax.text(mean, y - 0.12, text, color=COLORS[j], ha="center", va="top")
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.set(title=title, xlim=(-2.6, 10.6), ylim=(-1.25, 1.1), yticks=[0, 0.5, 1], xticks=x)
        below = ax is axes[-1]
        label_axes(ax, "position on the ruler (cm)" if below else "", "share of the point", equal=False)
    before, after = (m_step(x[:, None], r) for r in shares.values())
    means = f"{before.means[0, 0]:.1f} to {after.means[0, 0]:.1f} cm"
    return Picture(
        fig,
        f"Two bar charts of four points, split by share, with means and standard deviations below. Blue's "
        f"mean moves from {means}, its variance to {after.covariances[0, 0, 0]:.2f} cm².",
    )


@styled
def slope_at_the_mean(x, mean, mixture_at):
    """The log-likelihood of x (n,), in cm, and Q by blue's mean, with the responsibilities at `mean` held.

    Returns Picture.
    mixture_at  mean -> Mixture of one feature, with component 0 there and all the rest as it is
    """
    points, now = x[:, None], mixture_at(mean)
    r, height = e_step(points, now)
    best = r[:, 0] @ x / r[:, 0].sum()
    grid = np.linspace(mean - 3.4, mean + 2.2, 200)
    log_likelihoods = np.array([mixture_at(m).log_likelihood(points) for m in grid])
    gains = [(r * (mixture_at(m).log_joint(points) - now.log_joint(points))).sum() for m in (*grid, best)]
    crest = grid[log_likelihoods.argmax()]
    *raised, top = height + np.array(gains)  # Q and a constant, so that it meets the log-likelihood at `mean`
    slope = r[:, 0] @ (x - mean) / now.covariances[0, 0, 0]
    fig, ax = figure(height=3.7)
    run = np.array([-0.8, 0.8])
    ax.plot(mean + run, height + slope * run, color=COLORS[4], lw=6, alpha=0.6, zorder=1)
    ax.plot(grid, log_likelihoods, color=INK)
    ax.plot(grid, raised, "--", color=COLORS[0])
    ax.plot(mean, height, "o", color=INK, ms=8, mec="white", zorder=5)
    ax.plot(best, top, MARKERS[0], color=COLORS[0], ms=9, mec="white", zorder=5)
    notes = [
        (mean, height, f"at {mean:g} cm: slope {slope:.3f} of both".replace("-", "−"), (12, 8), "left", INK),
        (best, top, f"top of Q: {best:.3f} cm", (0, -36), "center", COLORS[0]),
        (crest, max(log_likelihoods), f"log-likelihood, top at {crest:.1f} cm", (0, 10), "center", INK),
    ]
    for m, y, text, shift, side, color in notes:
        ax.annotate(text, (m, y), shift, textcoords="offset points", color=color, ha=side)
    low, high = log_likelihoods.min(), log_likelihoods.max()
    ax.set(title=f"At {mean:g} cm Q has the slope of the log-likelihood")
    ax.set(ylim=(low - 0.1 * (high - low), high + 0.25 * (high - low)))
    label_axes(ax, "blue's mean (cm)", "nats", equal=False)
    return Picture(
        fig,
        f"Two curves over blue's mean: the log-likelihood and, dashed, Q. Both have the slope {slope:.3f} at "
        f"{mean:g} cm; the top of Q is at {best:.3f} cm, that of the log-likelihood at {crest:.1f} cm.",
    )


@styled
def tug(share):
    """`datasets.tug_of_war` when blue holds `share` of the point between -> Picture."""
    fig, ax = figure(width=6, height=3.9)
    mixture = _draw_tug(ax, share)
    sentence = (
        f"Blue holds {share:.2f} of the point between: its mean is at ({mixture.means[0, 0]:.2f}, "
        f"{mixture.means[0, 1]:.2f}), its longest standard deviation is {_longest_sd(mixture):.2f} cm."
    )
    ax.set_title(f"Blue holds {share:.2f} of the point between")
    label_axes(ax, "x₀ (cm)", "x₁ (cm)")
    return Picture(fig, sentence)


@styled
def tug_panels(shares):
    """The scene of `tug` at four shares -> Picture."""
    fig, axes = figure(2, 2, height=5.2, sharex=True, sharey=True)
    longest = []
    title = "The more blue holds of the point, the longer its ellipse (at 1 and 2 sd)"
    fig.suptitle(title, x=0.01, ha="left", fontsize=11)
    for ax, share in zip(axes.flat, shares, strict=True):
        longest.append(_longest_sd(_draw_tug(ax, share)))
        ax.set_title(f"blue holds {share:.2f}: longest sd {longest[-1]:.3f}")
        below, left = ax in axes[1], ax in axes[:, 0]
        label_axes(ax, "x₀ (cm)" if below else "", "x₁ (cm)" if left else "")
    axes[0, 0].annotate(
        "the point between", (3, 3), (12, 8), textcoords="offset points", color=INK, va="center"
    )
    low, high = longest[0], longest[-1]
    return Picture(
        fig,
        f"Four scatter plots with ellipses: with its share of the point between, blue's longest sd grows "
        f"from {low:.3f} to {high:.3f} cm, toward that point.",
    )


def _longest_sd(mixture):
    """Of component 0: the square root of its largest eigenvalue."""
    return float(np.sqrt(np.linalg.eigvalsh(mixture.covariances[0])[-1]))


def _draw_tug(ax, share):
    """Points by responsibility, ellipses, hollow means; returns the mixture of the M-step."""
    X = datasets.tug_of_war()
    r = np.repeat([[1.0, 0.0], [0.0, 1.0], [share, 1 - share]], [5, 5, 1], axis=0)
    mixture = m_step(X, r)
    scatter(ax, X[:-1], r[:-1], size=26, alpha=0.7)
    ax.scatter(*X[-1], s=130, facecolors="none", edgecolors=INK, linewidths=1.2)
    scatter(ax, X[-1:], r[-1:], size=60, alpha=1)
    for points in ax.collections:
        points.set_zorder(4.5)  # above the ellipses and their halos
    draw_ellipses(ax, mixture)
    for j, mean in enumerate(mixture.means):  # hollow: a point may lie under it
        ax.scatter(*mean, s=110, facecolors="none", edgecolors=COLORS[j], marker=MARKERS[j], lw=1.8, zorder=5)
    ax.set(xlim=(-3.2, 9.2), ylim=(-2.6, 4.6))
    return mixture


@styled
def classic_m_step(X, before, after):
    """The classic data X (n, 2) under the start and the mixture of the first M-step -> Picture."""
    r = before.responsibilities(X)  # in both panels: only the ellipses move
    fig, axes = figure(1, 2, height=3.5, sharex=True, sharey=True)
    titles = "Before: on random points", "After: all in the middle"
    for ax, mixture, title in zip(axes, (before, after), titles, strict=True):
        scatter(ax, X, r, size=5, alpha=0.5)
        draw_ellipses(ax, mixture, radii=(1,))
        ax.set_title(title)
        label_axes(ax, "x₀", "x₁" if ax is axes[0] else "")
    sds = np.sqrt(np.diagonal(before.covariances, axis1=1, axis2=2))
    seen = np.concatenate([X, before.means - sds, before.means + sds])
    margin = 0.04 * np.ptp(seen, axis=0)
    (left, bottom), (right, top) = seen.min(axis=0) - margin, seen.max(axis=0) + margin
    axes[0].set(xlim=(left, right), ylim=(bottom, top))
    axes[0].yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    mark_means(axes[0], before.means)
    axes[0].text(0.98, 0.03, "ellipses at 1 sd", transform=axes[0].transAxes, ha="right", color="#666666")
    for j in range(before.k):
        path = np.stack([before.means[j], after.means[j]])
        (line,) = axes[1].plot(*path.T, ":", color=COLORS[j], linewidth=2.2, zorder=4.5)
        line.set_path_effects([withStroke(linewidth=4, foreground="white")])
        axes[1].scatter(*path[0], s=40, color="white", marker=MARKERS[j], edgecolors=COLORS[j], zorder=4.6)
    mark_means(axes[1], after.means)
    old, new = (f"({mixture.means[0, 0]:.2f}, {mixture.means[0, 1]:.2f})" for mixture in (before, after))
    return Picture(
        fig,
        f"Two scatter plots with ellipses, before and after: the M-step moves blue's mean from {old} to "
        f"{new}.",
    )


def way_of_blue(X, run, below):
    """The way of the means of `run` on Old Faithful X (272, 2), in minutes -> Picture.

    Blue is back when its mean eruption is below `below`.
    """
    back = next(i for i, mixture in enumerate(run.mixtures[1:], 1) if mixture.means[0, 0] < below)
    fig = way_of_the_means(X, run, f"Out in one leap, back in {back} M-steps")
    (ax,) = fig.axes
    for i, text, shift in [(0, "start", (-8, -14)), (1, "first M-step", (9, -4))]:
        place = run.mixtures[i].means[0]
        note = ax.annotate(text, place, shift, textcoords="offset points", color=COLORS[0], zorder=8)
        note.set_path_effects([withStroke(linewidth=3, foreground="white")])
    return Picture(
        fig,
        f"Scatter plot with the path of each mean: blue's leaps out of the short eruptions at once and needs "
        f"{back} M-steps to return.",
    )


@styled
def two_divisors(x):
    """The log-likelihood of x (n,), in cm, under one Gaussian at their mean, by its variance.

    Returns Picture.
    """
    n, squares = len(x), ((x - x.mean()) ** 2).sum()
    fig, ax = figure(height=3.0)
    variances = np.linspace(4, 20, 200)
    ax.plot(variances, _log_likelihood(x, variances), color=QUIET)
    divisors = [
        (n + 1, "n + 1", INK, "^", (10, -38)), (n, "n", COLORS[0], "o", (6, 8)),
        (n - 1, "n − 1", COLORS[1], "s", (6, 8)),
    ]
    for divisor, name, color, marker, shift in divisors:
        variance = squares / divisor
        height = _log_likelihood(x, np.array([variance]))[0]
        ax.plot(variance, height, marker, color=color, markersize=9)
        line = "\n" if divisor > n else " "  # it stands below the curve, where there is little room
        text = f"divide by {name}{line}= {divisor}: {height:.3f}".replace("-", "−")
        ax.annotate(text, (variance, height), shift, textcoords="offset points", color=color)
    ax.set(title="The log-likelihood peaks where one divides by n", ylim=(-10.7, -9.98))
    label_axes(ax, "variance (cm²)", "log-likelihood (nats)", equal=False)
    return Picture(
        fig,
        f"The log-likelihood as a curve over the variance: it peaks at {squares / n:.2f} cm², where the sum "
        f"of squares is divided by {n}.",
    )


def _log_likelihood(x, variances):
    """Of x (n,) under Gaussians at their mean with these variances (m,) -> (m,)."""
    from scipy.stats import norm  # not at the top: a browser fetches SciPy only where it is needed

    return norm.logpdf(x[:, None], x.mean(), np.sqrt(variances)).sum(axis=0)


@styled
def two_codes(x, theirs, ours, their_curves, our_mixture):
    """Log-likelihoods a point by iteration, of a wrong and a right code, and their curves at the end.

    x  (n,) eruptions, in any unit; theirs, ours  (m,); their_curves  weights, means, sigma, each (k,);
    our_mixture  d = 1

    Returns Picture.
    """
    fig, (ax, curves) = figure(1, 2, height=3.3)
    for values, color, marker, line in [(ours, COLORS[0], "o", "-"), (theirs, COLORS[1], "s", "--")]:
        ax.plot(values, line, marker=marker, color=color)
    steps = np.diff(theirs)
    fall = next((i for i, step in enumerate(steps, 1) if step < 0), None)
    ax.annotate(
        "package", (len(ours) - 1, ours[-1]), (0, 8), textcoords="offset points", color=COLORS[0], ha="right"
    )
    ax.annotate(
        "colleague", (len(theirs) - 1, theirs[-1]), (0, -18), textcoords="offset points", color=COLORS[1],
        ha="right",
    )
    title = f"The colleague's falls at step {fall}" if fall else "Neither falls"
    ax.set(title=title, xticks=range(len(ours)))
    ax.margins(y=0.15)
    label_axes(ax, "step", "log-likelihood per point (nats)", equal=False)
    curves.hist(x, bins=24, density=True, color=QUIET, alpha=0.5)
    grid = np.linspace(x.min() - 0.1 * np.ptp(x), x.max() + 0.1 * np.ptp(x), 500)
    weights, means, sigma = their_curves
    curves.plot(grid, np.exp(our_mixture.log_density(grid[:, None])), color=COLORS[0])
    wrong = Mixture(weights, means[:, None], sigma[:, None, None] ** 2)
    curves.plot(grid, np.exp(wrong.log_density(grid[:, None])), "--", color=COLORS[1])
    widths = np.sqrt(our_mixture.covariances[:, 0, 0])
    wrong_by = max(sigma / widths, key=lambda ratio: abs(np.log(ratio)))
    unlike = "A curve much too wide" if wrong_by > 1 else "A curve much too narrow"
    curves.set_title(unlike if abs(np.log(wrong_by)) > np.log(1.5) else "Both about as wide")
    label_axes(curves, "eruption (the unit of x)", "density (per unit of x)", equal=False)
    top, end = max(theirs), theirs[-1]
    falls = f"falls to {end:.3f}" if theirs[0] == top else f"rises to {top:.3f} and falls to {end:.3f}"
    theirs_in_words = falls if end < top else f"rises to {end:.3f}"
    return Picture(
        fig,
        f"Left, the log-likelihood step by step: the colleague {theirs_in_words}; the package is at "
        f"{ours[-1]:.3f}. Right, the histogram of the eruptions and both densities after {len(ours) - 1} "
        f"steps.",
    )
