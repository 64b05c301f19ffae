"""The figures of lesson 06."""

import numpy as np

from gmmlesson.mixture import log_sum_exp
from gmmlesson.plots.base import COLORS, INK, QUIET, figure, label_axes, styled
from gmmlesson.plots.picture import Picture

__all__ = [
    "ascent_map",
    "bound_along_shares",
    "bound_steps",
    "chord",
    "q_and_log_likelihood",
    "touching_bound",
]

# The line of the lesson, in cm: blue stays at 0, only orange's mean m moves; both weigh 1/2 and have sd 2.
LINE, SD = np.array([-6.0, -5, -4, -1, 0, 1, 4, 5, 6, 7]), 2.0
PLACES = np.linspace(-8.5, 9.5, 361)
HEIGHTS = (-52, -31)  # nats that the pictures show


@styled
def chord(a, b):
    """The logarithm between a and b, and the straight line between its values there -> Picture."""
    fig, ax = figure(width=5.5, height=3.2)
    x = np.linspace(0.6 * a, 1.12 * b, 300)
    middle, curve, line = (a + b) / 2, np.log((a + b) / 2), (np.log(a) + np.log(b)) / 2
    ax.plot(x, np.log(x), color=COLORS[0])
    ax.plot([a, b], np.log([a, b]), "--", color=COLORS[1])
    ax.plot([a, b], np.log([a, b]), "o", color=INK, markersize=6)
    ax.plot([middle, middle], [line, curve], color=INK, linewidth=1)
    ax.plot(middle, curve, "o", color=COLORS[0], markersize=8)
    ax.plot(middle, line, "s", color=COLORS[1], markersize=8)
    ax.annotate(f"log of the mean {curve:.3f}", (middle, curve), (-10, 9), textcoords="offset points",
                ha="right", color=COLORS[0])
    ax.annotate(f"mean of the logs {line:.3f}", (middle, line), (9, -13), textcoords="offset points",
                color=COLORS[1])
    ax.set(title="The logarithm bends down: its chords lie below it", xticks=[a, middle, b])
    label_axes(ax, "number", "logarithm", equal=False)
    return Picture(
        fig,
        f"The curve of the logarithm with a chord from {a} to {b} below it. At {middle:g} the curve is at "
        f"{curve:.3f} and the chord at {line:.3f}.",
    )


@styled
def bound_along_shares(joint):
    """One point, two components with joint densities (2,): the bound for every share of blue.

    -> Picture
    """
    fig, ax = figure(width=5.5, height=3.2)
    share = np.linspace(1e-6, 1 - 1e-6, 400)
    s = np.stack([share, 1 - share], axis=1)
    bound = (s * (np.log(joint) - np.log(s))).sum(axis=1)
    log_density, r = np.log(joint.sum()), joint[0] / joint.sum()
    ax.axhline(log_density, color=INK, linewidth=1.2)
    ax.text(0, log_density + 0.03, f"log-density {_number(log_density, 3)}", va="bottom")
    ax.plot(share, bound, color=COLORS[0])
    ax.plot(r, log_density, "o", color=COLORS[1], markersize=8, zorder=4)
    ax.annotate(f"the responsibility {r:.3f}", (r, log_density), (0, 9), textcoords="offset points",
                ha="center", color=COLORS[1])
    ax.annotate("the bound", (0.2, np.interp(0.2, share, bound)), (8, -14), textcoords="offset points",
                color=COLORS[0])
    ax.set(title="Below the log-density, except at one share", ylim=(bound.min() - 0.1, log_density + 0.2))
    label_axes(ax, "blue's share of the rod", "log-density, bound (nats)", equal=False)
    return Picture(
        fig,
        "A curve, the bound over blue's share, is a hill below a level line. It touches the log-density, "
        f"{log_density:.3f}, at {r:.3f} only.",
    )


@styled
def bound_steps(start):
    """E, M, E, M on the line, with orange's mean starting at `start` -> Picture.

    In the panels of M a hollow dot marks where orange was, a square where it is now.
    """
    fig, axes = figure(2, 2, width=6.0, height=5.2, sharex=True, sharey=True)
    m, told = start, []
    for e_ax, m_ax in axes:
        top = _top(m)
        for ax in (e_ax, m_ax):
            _draw_bound(ax, m, label=ax is axes[0, 0])
        e_ax.plot(m, _log_likelihood(m), "o", color=INK, markersize=7, zorder=5)
        e_ax.set_title(f"E: the bound touches at {_number(m, 2)}")
        here, there, reached = _log_likelihood(m), _log_likelihood(top), _bound(m, top)
        m_ax.plot(m, here, "o", color="white", markeredgecolor=INK, markersize=7, zorder=5)
        m_ax.plot(top, reached, "s", color=COLORS[1], markersize=6, zorder=5)
        m_ax.plot([top, top], [reached, there], color=INK, linewidth=1.8, zorder=6)
        m_ax.annotate(f"gap {there - reached:.2f}", (top, there), (-8, 10), textcoords="offset points",
                      ha="right", arrowprops={"arrowstyle": "-", "color": QUIET, "linewidth": 1})
        m_ax.set_title(f"M: to its top, at {_number(top, 2)}")
        told.append(f"touches at {m:.2f} and has its top at {top:.2f}, {there - reached:.2f} nats below")
        m = top
    for ax in axes.flat:
        label_axes(ax, "orange's mean (cm)" if ax in axes[1] else "", "nats" if ax in axes[:, 0] else "",
                   equal=False)
    return Picture(
        fig,
        "Four panels, E and M by turns: the log-likelihood is a solid curve, a bound below it dashed. "
        f"The bound {told[0]} the log-likelihood. The next one {told[1]}.",
    )


@styled
def touching_bound(m):
    """The bound that touches the log-likelihood at orange's mean m, and its top -> Picture."""
    fig, ax = figure(width=6.0, height=3.5)
    top, here = _top(m), _log_likelihood(m)
    _draw_bound(ax, m, label=True)
    ax.scatter(LINE, np.full(len(LINE), HEIGHTS[0] + 0.7), s=22, color=QUIET, zorder=3)
    ax.plot(m, here, "o", color=INK, markersize=5, zorder=6)  # on the square, where the two nearly meet
    ax.plot(top, _bound(m, top), "s", color=COLORS[1], markersize=10, zorder=5)
    ax.plot([top, top], [_bound(m, top), _log_likelihood(top)], color=INK, linewidth=1)
    way = "right" if top > m else "left"
    ax.set_title(f"Touched at {_number(m, 1)}: the next mean is {_number(top, 2)}, to the {way}")
    label_axes(ax, "orange's mean (cm); gray: the points", "nats", equal=False)
    return Picture(
        fig,
        f"The log-likelihood over orange's mean, with two tops, and below it a bound. Orange at {m:.1f}: "
        f"log-likelihood {here:.2f}. The bound that touches there has its top at "
        f"{top:.2f}, {_bound(m, top) - here:.2f} nats higher; the log-likelihood there is "
        f"{_log_likelihood(top):.2f}.",
    )


@styled
def ascent_map(starts, n_iter=5):
    """The bound as a landscape over the shares and the mean; E goes across, M up or down -> Picture.

    Across: the place of orange that the shares are right for. Upward: where orange is. On the diagonal there
    is no gap. Each walk begins with shares for start[0] and orange at start[1].
    """
    places = PLACES[::2]
    log_joint = _log_joint(places)  # (g, n, 2)
    r = np.exp(log_joint - log_sum_exp(log_joint.reshape(-1, 2)).reshape(len(places), -1, 1))
    fixed = -(r * np.log(np.maximum(r, 1e-300))).sum(axis=(1, 2))
    bound = np.einsum("ank,bnk->ba", r, log_joint) + fixed  # rows: the mean; columns: the shares
    fig, ax = figure(width=5.6, height=5.3)
    levels = [-140, -100, -75, -60, -50, -45, -42, -39, -36, -34]
    grays = [str(gray) for gray in np.linspace(0.68, 1, len(levels))]
    ax.contourf(places, places, bound, levels=levels, colors=grays, extend="both")
    lines = ax.contour(places, places, bound, levels=levels, colors="#777777", linewidths=0.5, linestyles="-")
    _number_contours(ax, lines)
    ax.plot(places, places, color=COLORS[0], linewidth=1.8)
    ax.plot(places, [_top(m) for m in places], "--", color=COLORS[1], linewidth=1.8)
    told = []
    for start, marker in zip(starts, "os", strict=False):
        path = _walk(start, n_iter)
        ax.plot(*path.T, color=INK, linewidth=1.8, zorder=4)
        ax.plot(*path[0], marker, color=INK, markersize=7, zorder=5)
        for i, letter in enumerate("EMEM"):
            _name_step(ax, path[i], path[i + 1], letter)
        begin, end = f"shares for {start[0]:g} and orange at {start[1]:g}", _settled(start)
        told.append(f"the walk from {begin} ends at {end:.2f}")
    bare = {"facecolor": "#E6E6E6", "edgecolor": "none", "pad": 1.5}  # no contour runs through the words
    ax.text(7.4, 8.6, "right after E:\nno gap", color=COLORS[0], bbox=bare, ha="right", va="center")
    ax.text(9.2, 5.0, "right after M", color=COLORS[1], bbox=bare, ha="right", va="center")
    ax.set(xlim=PLACES[[0, -1]], ylim=PLACES[[0, -1]])
    ax.set_title("E goes across, M up or down, to a top (nats; lighter is higher)")
    label_axes(ax, "shares: those of an E-step with orange here (cm)", "orange's mean (cm)")
    return Picture(
        fig,
        "A contour map with two tops, and two walks on it as stairs between the diagonal, where E ends, and "
        "a curve, where M ends: "
        f"{'; '.join(told)}.",
    )


def _walk(start, n_iter):
    """E across, M up or down: the corners (2 n_iter + 1, 2) of the stairs on the map."""
    path = [start]
    for _ in range(n_iter):
        _, m = path[-1]
        path += [(m, m), (m, _top(m))]
    return np.array(path)


def _settled(start):
    """Where orange is after many steps; the shares at the start play no part."""
    return _walk(start, 100)[-1, 1]


def _name_step(ax, here, there, letter):
    """E over a step across, M beside a step up or down."""
    across = letter == "E"
    ax.annotate(letter, (here + there) / 2, (0, 4) if across else (5, 0), textcoords="offset points",
                ha="center" if across else "left", va="bottom" if across else "center", weight="bold")


def _number_contours(ax, lines):
    """Heights, in nats, on some of the contours, in two corners where no walk comes."""
    places = [(-5.5, 8.2), (-5.5, 5.2), (-5.5, 2.8), (6.5, -6.4), (6.5, -3.9), (7.6, 0.6)]
    labels = ax.clabel(
        lines, fmt=lambda level: _number(level, 0), fontsize=10, colors=INK, manual=places
    )
    for label in labels:
        label.set_rotation(0)


@styled
def q_and_log_likelihood(log_likelihoods, q, first):
    """The log-likelihood and Q of a run, both (n_iter + 1,), from `first` on -> Picture."""
    fig, ax = figure(width=6.0, height=3.5)
    i = np.arange(first, len(q))
    peak = int(np.argmax(q))
    ax.fill_between(i, q[first:], log_likelihoods[first:], color=QUIET, alpha=0.15, linewidth=0)
    ax.plot(i, log_likelihoods[first:], color=COLORS[0])
    ax.plot(i, q[first:], "--", color=COLORS[1])
    ax.plot(peak, q[peak], "s", color=COLORS[1], markersize=7)
    ax.annotate(f"iteration {peak}", (peak, q[peak]), (4, 7), textcoords="offset points", color=COLORS[1])
    end, height = i[-1], log_likelihoods[first:].max() - q[first:].min()
    ax.text(end, log_likelihoods[-1] + 0.03 * height, "log-likelihood", color=COLORS[0], ha="right")
    ax.text(end, q[-1] - 0.03 * height, "Q", color=COLORS[1], ha="right", va="top")
    ax.text(0.75 * end, (q[-1] + log_likelihoods[-1]) / 2 + 0.05 * height, "between them: the entropy",
            ha="center", va="center", color="#666666")
    ax.set_title(f"Q falls in each of the last {len(q) - 1 - peak} iterations")
    ax.set_ylim(q[first:].min() - 0.02 * height, log_likelihoods.max() + 0.13 * height)
    ax.set_xticks([first, *range(100, end + 1, 50)])
    label_axes(ax, f"iteration, from {first} on", "nats", equal=False)
    return Picture(
        fig,
        "Two curves over the iterations. "
        f"Q has its peak at iteration {peak}, then falls by {q[peak] - q[-1]:.1f} nats; the log-likelihood "
        f"falls {(np.diff(log_likelihoods) < 0).sum()} times.",
    )


def _log_joint(m):
    """log pi + log N of the points on the line, (n, 2), or (g, n, 2) for g places m of orange's mean."""
    means = np.stack([np.zeros_like(m), m], axis=-1)[..., None, :]
    return np.log(0.5) - np.log(SD) - 0.5 * np.log(2 * np.pi) - ((LINE[:, None] - means) / SD) ** 2 / 2


def _shares(m):
    """Responsibilities (n, 2) when orange's mean is m."""
    log_joint = _log_joint(np.float64(m))
    return np.exp(log_joint - log_sum_exp(log_joint)[:, None])


def _log_likelihood(m):
    return float(log_sum_exp(_log_joint(np.float64(m))).sum())


def _bound(touched, m):
    """The bound with the responsibilities for `touched`, at orange's mean m: a number, or (g,) for (g,)."""
    r = _shares(touched)
    return (r * (_log_joint(np.asarray(m, dtype=float)) - np.log(r))).sum(axis=(-2, -1))


def _top(m):
    """Where the bound that touches at m is highest: the M-step for orange's mean."""
    r = _shares(m)[:, 1]
    return float(r @ LINE / r.sum())


def _draw_bound(ax, m, *, label):
    """The log-likelihood along the line, and the bound that touches it at m."""
    curve = log_sum_exp(_log_joint(PLACES).reshape(-1, 2)).reshape(len(PLACES), -1).sum(axis=1)
    ax.plot(PLACES, curve, color=INK)
    ax.plot(PLACES, _bound(m, PLACES), "--", color=COLORS[1])
    ax.set(xlim=PLACES[[0, -1]], ylim=HEIGHTS, yticks=[-50, -45, -40, -35])
    if label:
        ax.text(-8.2, -36.5, "log-likelihood")
        top = _top(m)
        place, side = (top + 3.8, "left") if top < 4.6 else (top - 5, "right")
        ax.annotate("bound", (place, _bound(m, place)), (5 if side == "left" else -5, 0), ha=side,
                    textcoords="offset points", color=COLORS[1])


def _number(value, digits):
    """Rounded, with the minus sign of the axes."""
    return f"{value:.{digits}f}".replace("-", "−")
