"""The figures of lesson 04."""

from functools import cache

import numpy as np

from gmmlesson import datasets, initialization
from gmmlesson.fit import fit
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
    "classic_iteration",
    "classic_strip",
    "convergence_rates",
    "eruption_panels",
    "small_pushes",
    "tolerance_stop",
    "trace",
]

CLASSIC_SIZE, CLASSIC_ALPHA = 4, 0.3  # 3,000 points


@styled
def classic_strip(X, fit, start="The start"):
    """The four panels of the classic exercise: start, after 1 iteration, at the end, log-likelihood trace.

    X (n, 2) data; fit the `Fit` to show, of at least one iteration; start what to call its start. The
    panels of points share their axes. Returns Picture.
    """
    end = f"After {fit.n_iter} iterations: {'converged' if fit.converged else 'not converged'}"
    panels = [(0, start), (1, "After 1 iteration"), (fit.n_iter, end)]
    low, high = _limits(X, [fit.mixtures[i] for i, _ in panels], radius=1)
    steepness = (high[1] - low[1]) / (high[0] - low[0])
    fig, axes = figure(2, 2, height=1.0 + 5.5 * steepness)
    for ax, (i, title) in zip(axes.flat, panels, strict=False):
        _draw_mixture(ax, X, fit.mixtures[i], radii=(1,))
        ax.set(title=title, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        label_axes(ax, "x₀", "x₁")
    _share_labels(axes)
    ax = axes[1, 1]
    _draw_trace(ax, fit.log_likelihoods)
    ax.set_box_aspect(steepness)  # as tall as its neighbors
    end = fit.log_likelihoods[-1]
    ax.annotate(_number(end), (fit.n_iter, end), xytext=(0, -16), textcoords="offset points", ha="right")
    ax.set_title("The log-likelihood never falls")
    before, after = (_in_several_ellipses(X, fit.mixtures[i]) for i in (0, fit.n_iter))
    return Picture(
        fig,
        f"Points and ellipses (1 standard deviation) at three moments, and the trace. {start}, at "
        f"{fit.log_likelihoods[0]:.1f}: {before} points lie in several ellipses; iteration {fit.n_iter}, at "
        f"{end:.1f}: {after} do.",
    )


@styled
def classic_iteration(iteration):
    """Iteration 1, 2, ... of the classic run: its mixture and its place on the trace -> Picture."""
    X, run = _classic_run()
    value, before = run.log_likelihoods[iteration], run.log_likelihoods[iteration - 1]
    fig, (left, right) = figure(1, 2, height=3.3)
    _draw_mixture(left, X, run.mixtures[iteration])
    left.set(xlim=(-11, 16), ylim=(-8, 16), xticks=(-10, 0, 10), yticks=(-5, 5, 15))
    left.set_title(f"Iteration {iteration}")
    label_axes(left, "x₀", "x₁")
    _draw_trace(right, run.log_likelihoods[1:], first=1, color=QUIET)
    right.plot(iteration, value, "o", color=INK, markersize=8, zorder=5)
    right.set_title(f"Log-likelihood {_number(value)}")
    right.set_box_aspect(24 / 27)  # as tall as its neighbor
    held = run.mixtures[iteration].responsibilities(X).sum(axis=0)
    blue, orange, green = (f"{count:.0f}" for count in held)
    return Picture(
        fig,
        f"Points and ellipses, and their place on the trace. Iteration {iteration}: log-likelihood "
        f"{value:.3f} ({value - before:+.4g}); "
        f"blue holds {blue} points, orange {orange}, green {green}.",
    )


@styled
def trace(log_likelihoods, title):
    """The log-likelihood against the iteration, with a point for every value -> Picture."""
    fig, ax = figure(height=2.8)
    _draw_trace(ax, log_likelihoods)
    ax.set_title(title)
    first, rest = np.diff(log_likelihoods)[0], log_likelihoods[-1] - log_likelihoods[1]
    return Picture(
        fig,
        f"The log-likelihood by iteration, a dot each: it gains {first:.1f} nats in the first iteration and "
        f"{rest:.1f} in the {len(log_likelihoods) - 2} that follow.",
    )


@styled
def convergence_rates(gaps, ratios):
    """How fast the rest melts away: measured (points) and predicted (lines), on a logarithmic axis.

    gaps    {separation: (n_iter,)}  log-likelihood still missing at each iteration, in nats, positive
    ratios  {separation: float}      predicted factor from one gap to the next

    The prediction is for the end of the run: each line goes through the last point of its run.
    Returns Picture.
    """
    fig, ax = figure(height=3.6)
    for j, (separation, gap) in enumerate(gaps.items()):
        i = np.arange(len(gap))
        ax.plot(i, gap, MARKERS[j], color=COLORS[j], markersize=5, alpha=0.8)
        ax.plot(i, gap[-1] * ratios[separation] ** (i - float(i[-1])), "--", color=INK, linewidth=1)
        ax.annotate(
            f"{separation:g} sd apart", (i[-1], gap[-1]), xytext=(8, 0) if j else (-3, -18),
            textcoords="offset points", color=COLORS[j], va="center",  # the first two end close together
        )
    longest = max(len(gap) for gap in gaps.values())
    lowest = min(gap[-1] for gap in gaps.values())
    note = "dashed: predicted slope, for the late iterations"
    ax.annotate(note, (0.98, 0.9), xycoords="axes fraction", ha="right")
    ax.set(yscale="log", xlim=(-0.02 * longest, 1.2 * longest), ylim=(lowest / 100, None))
    label_axes(ax, "iteration", "log-likelihood missing (nats)", equal=False)
    ax.set_title("The more the clusters overlap, the slower the rest melts away")
    true = all(abs(gap[-1] / gap[-2] - ratios[separation]) < 0.01 for separation, gap in gaps.items())
    lines = "fall onto" if true else "miss"
    (first, some), *_, (last, more) = ((separation, len(gap)) for separation, gap in gaps.items())
    counts = f"{some} iterations at {first:g} sd apart, {more} at {last:g}"
    return Picture(
        fig,
        "The log-likelihood that is missing, on a logarithmic axis, by iteration. "
        f"The last points {lines} the predicted lines: {counts}.",
    )


@styled
def eruption_panels(X, fit, iterations):
    """The mixture at three iterations, and their places on the trace; X (272, 2) is Old Faithful, minutes.

    Returns Picture.
    """
    fig, axes = figure(2, 2, height=5.6)
    low, high = _limits(X, [fit.mixtures[i] for i in iterations], radius=1)
    for ax, i in zip(axes.flat, iterations, strict=False):
        _draw_mixture(ax, X, fit.mixtures[i], size=12, radii=(1,))
        title = f"Iteration {i}: {_number(fit.log_likelihoods[i])}"
        ax.set(title=title, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        label_axes(ax, "eruption (minutes)", "waiting (minutes)", equal=False)
    _share_labels(axes)
    ax = axes[1, 1]
    _draw_trace(ax, fit.log_likelihoods, color=QUIET)
    for i in iterations:
        ax.plot(i, fit.log_likelihoods[i], "o", color=INK, markersize=6, zorder=5)
        below = i == max(iterations)
        ax.annotate(
            f"{i}", (i, fit.log_likelihoods[i]), xytext=(0, -15) if below else (-8, 7),
            textcoords="offset points", ha="center",
        )
    ax.set_title("Flat for forty, then a climb")
    first, second, third = (f"{fit.mixtures[i].means[1, 0]:.2f}" for i in iterations)
    i, j, k = iterations
    gain = fit.log_likelihoods[k] - fit.log_likelihoods[i]
    return Picture(
        fig,
        "The eruptions and both ellipses (1 standard deviation) in three iterations, and their places on the "
        "trace. "
        f"Orange's mean is at {first} minutes in iteration {i}, {second} in {j}, {third} in {k}. "
        f"Gain: {gain:.1f} nats.",
    )


@styled
def small_pushes(traces):
    """Traces (n_iter + 1,) of runs that begin with two components nearly alike -> Picture.

    traces  {push in minutes: (n_iter + 1,)}, the largest push first, each drawn until it is nearly up
    """
    fig, ax = figure(height=2.8)
    halfway = []
    for push, values in traces.items():
        middle = (values[0] + values[-1]) / 2
        halfway.append(int(np.argmax(values > middle)))
        ax.plot(values[: halfway[-1] + 13], color=INK, linewidth=1.2)
        ax.text(halfway[-1] - 1.5, middle + 8, f"$10^{{{np.log10(push):.3g}}}$", ha="right")
    ax.set_title("A smaller push (minutes), the same climb later")
    label_axes(ax, "iteration", "log-likelihood (nats)", equal=False)
    growth = (max(traces) / min(traces)) ** (1 / (halfway[-1] - halfway[0]))
    return Picture(
        fig,
        f"The traces of {len(traces)} runs: the same climb, later for a smaller push. Halfway at iterations "
        f"{', '.join(map(str, halfway))}; the difference grows {growth:.2f}-fold an iteration.",
    )


@styled
def tolerance_stop(exponent):
    """Where a tolerance of 10^exponent a point stops a run on Old Faithful -> Picture."""
    n, run = _plateau_run()
    log_likelihoods = run.log_likelihoods
    gains = np.diff(log_likelihoods) / n
    tol = 10.0**exponent
    stop = int(np.argmax(gains <= tol)) + 1 if (gains <= tol).any() else run.n_iter
    fig, (left, right) = figure(1, 2, height=3.3)
    _draw_trace(left, log_likelihoods, color=QUIET)
    left.plot(stop, log_likelihoods[stop], "o", color=INK, markersize=8, zorder=5)
    left.set_title(f"It stops at iteration {stop}")
    right.semilogy(np.arange(1, len(gains) + 1), gains, color=QUIET, marker=".", markersize=4)
    right.axhline(tol, color=INK, linestyle="--", linewidth=1.2)
    right.plot(stop, gains[stop - 1], "o", color=INK, markersize=8, zorder=5)
    right.minorticks_off()
    right.set_yticks([1, 1e-2, 1e-4, 1e-6, 1e-8], ["1", "10⁻²", "10⁻⁴", "10⁻⁶", "10⁻⁸"])
    right.set_title("First gain below the line")
    label_axes(right, "iteration", "gain per observation (nats)", equal=False)
    missing = log_likelihoods[-1] - log_likelihoods[stop]
    return Picture(
        fig,
        "The trace, and the gain per observation on a logarithmic axis. "
        f"Tolerance {tol:.2g} nats a point: stop at iteration {stop}, at "
        f"{log_likelihoods[stop]:.3f}, {missing:.2f} nats below the end.",
    )


def _draw_mixture(ax, X, mixture, size=CLASSIC_SIZE, radii=(1, 2)):
    scatter(ax, X, mixture.responsibilities(X), size=size, alpha=CLASSIC_ALPHA)
    draw_ellipses(ax, mixture, radii=radii)
    mark_means(ax, mixture.means)


def _share_labels(axes):
    """Of four panels, the last of another kind: labels on the left and at the bottom of the first three."""
    axes[0, 0].set_xlabel("")
    axes[0, 1].set_ylabel("")
    axes[0, 0].tick_params(labelbottom=False)
    axes[0, 1].tick_params(labelleft=False)


def _in_several_ellipses(X, mixture):
    """How many points of X (n, 2) lie in two or more of the ellipses at 1 standard deviation."""
    distances = [
        np.linalg.norm(np.linalg.solve(np.linalg.cholesky(covariance), (X - mean).T), axis=0)
        for mean, covariance in zip(mixture.means, mixture.covariances, strict=True)
    ]
    return int(((np.array(distances) < 1).sum(axis=0) > 1).sum())


def _number(value):
    return f"{value:.1f}".replace("-", "−")  # the minus sign of the axes


def _limits(X, mixtures, radius):
    """The corners (d,), (d,) of the box that holds the points and all ellipses of this many deviations."""
    corners = [X]
    for mixture in mixtures:
        reach = radius * np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))  # (k, d)
        corners += [mixture.means - reach, mixture.means + reach]
    low, high = np.concatenate(corners).min(axis=0), np.concatenate(corners).max(axis=0)
    margin = 0.03 * (high - low)
    return low - margin, high + margin


def _draw_trace(ax, log_likelihoods, first=0, color=INK):
    i = np.arange(first, first + len(log_likelihoods))
    ax.plot(i, log_likelihoods, color=color, marker=".", markersize=4)
    ax.locator_params(nbins=5)
    label_axes(ax, "iteration", "log-likelihood (nats)", equal=False)


@cache
def _classic_run():
    X, _, _ = datasets.make_mixture(np.random.RandomState(3))
    start = initialization.random_points(X, 3, np.random.RandomState(5))
    return X, fit(X, start, tol=1e-3 / len(X))


@cache
def _plateau_run():
    X = datasets.old_faithful()
    start = initialization.random_points(X, 2, np.random.default_rng(24))
    return len(X), fit(X, start, tol=1e-9)
