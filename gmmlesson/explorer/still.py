"""A still picture of what the explorer shows, for readers who have no JupyterLab."""

import warnings

import numpy as np

from gmmlesson import plots, stills
from gmmlesson.em import e_step
from gmmlesson.mixture import Mixture
from gmmlesson.plots.base import COLORS, INK, QUIET
from gmmlesson.plots.picture import Picture, styled

MOST_POINTS = 5000  # that are drawn: more of them hide one another
HEIGHT = 4.2  # inches


def mime_bundle(widget, session, labels, axes=()):
    """What a notebook stores of the explorer: the MIME bundle of its widget, and `picture` beside it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            still = picture(session, labels, axes)
            return stills.stored(widget, still, do="press E and M yourself")
    except Exception:  # numbers that matplotlib cannot draw: the widget can, and is what counts
        return widget


@styled
def picture(session, labels, axes=()):
    """What the explorer shows -> Picture.

    session  the explorer's `Session`
    labels   of the axes that are drawn
    axes     two directions to look along, (2, d), for d > 2
    """
    state, X, mixture = session.state, session.X, session.mixture
    some = slice(None, None, -(-len(X) // MOST_POINTS))
    r = None
    if state.colored >= 0:
        r = state.own if state.own is not None else e_step(X, state.entries[state.colored].mixture)[0]
        r = r[some]
    drawn = X
    if session.d > 2:
        along, center = np.array(axes), X.mean(axis=0)
        drawn, mixture = (X - center) @ along.T, _flat(mixture, along, center)
    fig, ax = plots.figure(height=HEIGHT if session.d > 1 else 3.2)
    if session.d == 1:
        _curves(ax, drawn[:, 0], mixture)
        plots.label_axes(ax, _plain(labels[0]), "density", equal=False)
    else:
        plots.scatter(ax, drawn[some], r, size=12, alpha=0.6)
        plots.draw_ellipses(ax, mixture)
        plots.mark_means(ax, mixture.means)
        _frame(ax, drawn, mixture)
        ranges = np.ptp(drawn, axis=0)
        plots.label_axes(ax, *map(_plain, labels[:2]), equal=bool(ranges.max() < 4 * ranges.min()))
    ax.set_title(_head(session))
    return Picture(fig, _caption(session, labels, len(X[some])))


def _plain(label):
    """A name as matplotlib writes it: cut in its middle where it is long, and dollars begin no formula."""
    name = label if len(label) <= 50 else f"{label[:30].rstrip()}…{label[-19:].lstrip()}"
    return name.replace("$", r"\$")


def _flat(mixture, along, center):
    """The mixture as it is seen along two directions (2, d)."""
    means = (mixture.means - center) @ along.T
    return Mixture(mixture.weights, means, along @ mixture.covariances @ along.T)


def _curves(ax, x, mixture):
    """Histogram, the components' curves with their markers, and their sum."""
    sds = np.sqrt(mixture.covariances[:, 0, 0])
    means = mixture.means[:, 0]
    ax.hist(x, bins=min(60, max(8, round(3 * len(x) ** (1 / 3)))), density=True, color=QUIET, alpha=0.35)
    low, high = min(x.min(), (means - 2 * sds).min()), max(x.max(), (means + 2 * sds).max())
    places = np.linspace(low - 0.08 * (high - low), high + 0.08 * (high - low), 400)
    densities = np.exp(mixture.log_joint(places[:, None]))
    for j, density in enumerate(densities.T):
        ax.plot(places, density, color=COLORS[j])
    ax.plot(places, densities.sum(axis=1), color=INK, linestyle=(0, (4, 3)), linewidth=1.1)
    low, high = ax.get_ylim()
    plots.mark_means(ax, np.column_stack([means, np.full(mixture.k, low + 0.03 * (high - low))]))


def _frame(ax, X, mixture):
    """Limits that hold the points (n, 2), and of the ellipses what leaves the points half of an axis."""
    sds = np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))
    low, high = X.min(axis=0), X.max(axis=0)
    most = np.where(high > low, 0.4 * (high - low), np.maximum(1, 1e-6 * np.abs(low)))
    low = np.maximum(low - most, np.minimum(low, (mixture.means - 2 * sds).min(axis=0))) - 0.1 * most
    high = np.minimum(high + most, np.maximum(high, (mixture.means + 2 * sds).max(axis=0))) + 0.1 * most
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _counted(count, what):
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _signed(x):
    return f"{x:,.1f}".replace("-", "−")


def _head(session):
    state = session.state
    return f"iteration {state.iteration}, log-likelihood {_signed(state.shown.log_likelihood)}"


def _caption(session, labels, count):
    state, mixture = session.state, session.mixture
    points = _counted(session.n, "point")
    if count < session.n:
        points = f"{count:,} of {points}"
    kind = "A histogram with curves" if session.d == 1 else "A scatter plot with ellipses"
    by = "gray, before the first E-step" if state.colored < 0 else "colored by responsibility"
    across = f"{labels[0]} across" + (f", {labels[1]} up" if session.d > 1 else "")
    weights = ", ".join(f"{weight:.2f}" for weight in mixture.weights)
    return (
        f"{kind} of the explorer: {points}, {by}; {across}. {_counted(mixture.k, 'component')} "
        f"of {'weight' if mixture.k == 1 else 'weights'} {weights} at {_head(session)}."
    )
