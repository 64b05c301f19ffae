"""The figures of lesson 07."""

import numpy as np
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
    "aic_and_points_left_out",
    "families_side_by_side",
    "four_criteria",
    "points_and_components",
    "price_of_a_parameter",
    "seen_and_unseen",
    "side_by_side",
    "superfluous_component",
]

# Old Faithful, k = 2, 3, 4, as lesson 07 finds them: (free parameters, log-likelihood in nats). One component
# is worse by more than 100 nats, circles by more than 300: the price would have to be absurd.
FAITHFUL = {
    "full": [(11, -1130.264), (17, -1114.440), (23, -1106.030)],
    "tied": [(8, -1140.187), (11, -1126.316), (14, -1120.828)],
    "diag": [(9, -1147.806), (14, -1127.008), (19, -1112.881)],
    "tied_diag": [(7, -1157.680), (10, -1133.455), (13, -1125.361)],
}
MARK_SIZES = 15, 13, 17, 12  # large enough for a digit inside, of about one area
IN_WORDS = {2: "two", 3: "three", 4: "four"}


@styled
def seen_and_unseen(ks, seen, unseen, errors):
    """Mean log density of points of the fit and of points left out, over k -> Picture.

    seen, unseen  (m,) in nats a point
    errors        (m,) the standard error of what each `unseen` is behind the best one: drawn as bars

    One component is worse by far: its points are below the picture.
    """
    fig, ax = figure(width=5.5, height=3.5)
    seen, unseen, errors = np.asarray(seen), np.asarray(unseen), np.asarray(errors)
    best = int(unseen.argmax())
    ax.plot(ks, seen, "-o", color=COLORS[0], markersize=6)
    ax.errorbar(ks, unseen, errors, fmt="--s", color=COLORS[1], markersize=6, elinewidth=1.4, capsize=3)
    ax.annotate("points of the fit", (ks[-2], seen[-2]), (0, 11), textcoords="offset points", ha="center",
                color=COLORS[0])
    ax.annotate("points left out", (ks[-2], (unseen - errors)[-2]), (0, -6), textcoords="offset points",
                ha="center", va="top", color=COLORS[1])
    ax.plot(ks[best], unseen[best], "s", color=COLORS[1], markersize=12, markerfacecolor="none")
    low, high = (unseen - errors)[1:].min(), seen.max()
    room = high - low
    ax.set(ylim=(low - 0.35 * room, high + 0.2 * room), xticks=ks)
    ax.set_title(f"In this cut, points left out peak at k = {ks[best]}")
    ax.text(0.2, 0.04, f"k = 1: {_number(seen[0], 2)} and {_number(unseen[0], 2)}, below the picture",
            color="#666666", transform=ax.transAxes)
    label_axes(ax, "number of components k", "mean log density (nats a point)", equal=False)
    last = f"at {ks[-1]} they are {unseen[best] - unseen[-1]:.2f} ± {errors[-1]:.2f} nats lower"
    return Picture(
        fig,
        f"Two curves over the number of components. Points of the fit climb to {seen[-1]:.2f} nats; points "
        f"left out, in this cut, peak at {ks[best]} components, and {last}. The bars are one standard error "
        "of the difference to the peak.",
    )


@styled
def families_side_by_side(X, mixtures):
    """{family: mixture} over X (n, 2), a panel each, with its parameters and log-likelihood -> Picture."""
    fig, axes = figure(3, 2, width=5.2, height=6.6, sharex=True, sharey=True)
    title = "Only full and tied ellipses can lean with the clusters"
    fig.suptitle(title, x=0.01, ha="left", fontsize=11)
    for ax, (name, mixture) in zip(axes.flat, mixtures.items(), strict=True):
        scatter(ax, X, mixture.responsibilities(X), size=4, alpha=0.3)
        draw_ellipses(ax, mixture)
        title = f"{name}: {mixture.n_parameters} parameters\n{_number(mixture.log_likelihood(X), 1)} nats"
        ax.set_title(title, fontsize=10)
        label_axes(ax, "x₀" if ax in axes[2] else "", "x₁" if ax in axes[:, 0] else "")
    told = ", ".join(f"{name} {one.log_likelihood(X):.1f}" for name, one in mixtures.items())
    return Picture(
        fig,
        f"Six scatter plots of the same points, each with the ellipses of a family. Log-likelihoods: {told}.",
    )


@styled
def four_criteria(ks, criteria):
    """{name: values (m,)} over ks, a panel each: lower wins, but for "Held-out" -> Picture.

    The choice of each is ringed. A single component is far off, and would flatten the rest: words say where.
    """
    fig, axes = figure(2, 2, width=6.0, height=4.8)
    takes = {}
    for ax, (name, values) in zip(axes.flat, criteria.items(), strict=True):
        values, lower = np.array(values), name != "Held-out"
        best = int(values.argmin() if lower else values.argmax())
        takes[name] = ks[best]
        ax.plot(ks[1:], values[1:], "-o", color=COLORS[0], markersize=4.5)
        ax.plot(ks[best], values[best], "o", color=COLORS[1], markersize=12, markerfacecolor="none",
                markeredgewidth=2)
        ax.set_title(f"{name}: {'lowest' if lower else 'highest'} at {ks[best]}")
        room = np.ptp(values[1:])
        low, high = values[1:].min() - 0.2 * room, values[1:].max() + 0.3 * room
        ax.set(ylim=(low, high), xlim=(ks[0] - 0.3, ks[-1] + 0.3), xticks=ks)
        ax.text(0.97 if not lower else 0.04, 0.96, f"k = 1: {_number(values[0], 0 if lower else 2)}",
                color="#666666", transform=ax.transAxes, va="top", ha="left" if lower else "right")
        label_axes(ax, "components k", name if lower else "nats a point", equal=False)
    taken = ", ".join(f"{name} {k}" for name, k in takes.items())
    return Picture(fig, f"Four curves over the number of components k. The k that each judge takes: {taken}.")


@styled
def superfluous_component(X, mixture):
    """Points X (n, 2) of fewer components than `mixture` has; its smallest one is picked out -> Picture."""
    fig, ax = figure(width=6.0, height=3.2)
    spread = np.sqrt(np.linalg.eigvalsh(mixture.covariances)[:, 0])
    j = int(mixture.weights.argmin())
    scatter(ax, X, size=8, alpha=0.45)
    colors = [COLORS[1] if i == j else COLORS[0] for i in range(mixture.k)]
    draw_ellipses(ax, mixture, radii=(2,), colors=colors)
    mine = mixture.predict(X) == j
    ax.scatter(*X[mine].T, s=16, color=COLORS[1], marker=MARKERS[1], zorder=5)
    count = len(X) * mixture.weights[j]
    places = np.sort(np.delete(mixture.means[:, 0], j))
    middle = places[len(places) // 2]
    ax.set_title(f"The fourth component holds {count:.0f} of {len(X)} points (ellipses at 2 sd)")
    label_axes(ax, "x₀", "x₁")
    return Picture(
        fig,
        f"A scatter plot of {len(X)} points under four ellipses. Three are large: two lie where points come "
        f"from, and the middle one, which should stand at 3, has moved to {middle:.2f} and grown longer; the "
        f"smallest, in the other color, holds {count:.0f} points, and across it the standard deviation is "
        f"{spread[j]:.2f}.",
    )


@styled
def side_by_side(X, mixtures, titles):
    """Two mixtures on the same points X (n, 2), each with its title -> Picture.

    Colors go from left to right in both.
    """
    fig, axes = figure(1, 2, width=6.0, height=3.4, sharex=True, sharey=True)
    for ax, mixture, title in zip(axes, mixtures, titles, strict=True):
        order = mixture.means[:, 0].argsort()
        mixture = Mixture(mixture.weights[order], mixture.means[order], mixture.covariances[order])
        scatter(ax, X, mixture.responsibilities(X), alpha=0.5)
        draw_ellipses(ax, mixture)
        mark_means(ax, mixture.means)
        ax.set_title(title)
        label_axes(ax, "eruption (minutes)", "wait (minutes)" if ax is axes[0] else "", equal=False)
    left, right = (f"{one.k} ellipses ({title})" for one, title in zip(mixtures, titles, strict=True))
    return Picture(fig, f"Two scatter plots of the same points side by side, with {left} and {right}.")


@styled
def price_of_a_parameter(price):
    """Old Faithful's candidates, parameters against fit, and who wins at a price -> Picture."""
    fig, ax = figure(width=6.0, height=5.0)
    found = [
        (log_likelihood - price * p, family, k, p, log_likelihood)
        for family, row in FAITHFUL.items()
        for k, (p, log_likelihood) in enumerate(row, 2)
    ]
    balance, family, k, p, log_likelihood = max(found)
    x = np.array([2.5, 26.0])
    ax.plot(x, balance + price * x, color=INK, linewidth=1.2, zorder=1)
    ax.fill_between(x, balance + price * x, -1170, color=QUIET, alpha=0.12, linewidth=0, zorder=0)
    halo = [withStroke(linewidth=3, foreground="#f2f2f2")]
    for j, (name, row) in enumerate(FAITHFUL.items()):
        ax.plot(*np.array(row).T, ":", color=COLORS[j], linewidth=1)
        for number, (right, up) in enumerate(row, 2):  # each mark carries its k
            won = (name, number) == (family, k)
            ax.plot(right, up, MARKERS[j], color=COLORS[j], markersize=MARK_SIZES[j], markeredgewidth=1.6,
                    markerfacecolor=COLORS[j] if won else "white")
            ax.annotate(number, (right, up), (0, -2 if MARKERS[j] == "^" else -0.5), fontsize=10, ha="center",
                        textcoords="offset points", color="white" if won else INK, weight="bold", va="center")
        place, offset, side = (row[-1], (0, -17), "center") if name == "full" else (row[0], (-15, 0), "right")
        ax.annotate(name, place, offset, textcoords="offset points", color=COLORS[j], ha=side, va="center",
                    path_effects=halo)
    ax.plot(p, log_likelihood, "o", color=INK, markersize=23, markerfacecolor="none", markeredgewidth=1.8)
    ax.text(25.8, -1163.5, "circles and k = 1: far below", color="#666666", ha="right")
    ax.set(xlim=x, ylim=(-1165, -1097), xticks=[5, 10, 15, 20, 25])
    ax.set_title(f"At {price:.1f} nats a parameter, {IN_WORDS[k]} {family} components win")
    label_axes(ax, "free parameters", "log-likelihood (nats)", equal=False)
    return Picture(
        fig,
        f"Fits as marks, log-likelihood over parameters, and a line whose slope is the price. At {price:.1f} "
        f"nats a parameter {IN_WORDS[k]} {family} components win: log-likelihood "
        f"{log_likelihood:.2f}, less {p} times {price:.1f}, is {balance:.2f}. "
        "All others lie below the line.",
    )


@styled
def points_and_components(X, mixture):
    """A histogram of X (n, 1), the mixture's density, its weighted components -> Picture."""
    fig, ax = figure(width=5.5, height=3.1)
    x = np.linspace(X.min() - 0.5, np.quantile(X, 0.999), 400)
    ax.hist(X[:, 0], bins=60, density=True, range=(x[0], x[-1]), color=QUIET, alpha=0.35)
    joint = np.exp(mixture.log_joint(x[:, None]))
    for j in np.argsort(mixture.means[:, 0]):
        ax.plot(x, joint[:, j], "--", color=COLORS[j])
        peak = joint[:, j].argmax()
        ax.plot(x[peak], joint[peak, j], MARKERS[j], color=COLORS[j], markersize=6)
    ax.plot(x, joint.sum(axis=1), color=INK)
    ax.set_title(f"One cloud with a tail, and the {mixture.k} Gaussians that BIC wants for it")
    label_axes(ax, "time (minutes)", "density (per minute)", equal=False)
    return Picture(
        fig,
        f"A histogram of {len(X):,} points with one hump and a long tail: {mixture.k} Gaussians side by side "
        "add up to its shape.",
    )


@styled
def aic_and_points_left_out(candidates, truth):
    """AIC and held-out log density of fits, k = 1, 2, ..., and of a fit of the truth's shape -> Picture."""
    fig, axes = figure(1, 2, width=6.6, height=3.1)
    ks = [one.k for one in candidates]
    aic, held_out = ([getattr(one, name) for one in candidates] for name in ("aic", "held_out"))
    axes[0].plot(ks, np.round(aic), "-o", color=COLORS[0])
    axes[0].axhline(truth.aic, color=INK, linewidth=1.2, linestyle="--")
    axes[0].annotate("one round component", (ks[-1], truth.aic), (0, -5), textcoords="offset points",
                     va="top", ha="right")
    fooled = aic[-1] < truth.aic
    axes[0].set_title(f"AIC: lower is better{'. Wonderful!' if fooled else ''}")
    unit, size = ("million nats a point", 1e6) if min(held_out) < -1e5 else ("nats a point", 1)
    left_out = np.round(np.array(held_out) / size, 2)  # rounded: the same pixels on every machine
    level = 0 if size > 1 else truth.held_out
    axes[1].plot(ks, left_out, "-s", color=COLORS[1])
    axes[1].axhline(level, color=INK, linewidth=1.2, linestyle="--")
    axes[1].annotate(f"one round: {_number(truth.held_out, 0)} nats", (ks[-1], level), (0, -5), va="top",
                     ha="right", textcoords="offset points")
    axes[1].set_title(f"Points left out{': millions below' if size > 1 else ''}")
    for ax, name in zip(axes, ["AIC", unit], strict=True):
        ax.set_xticks(ks)
        ax.margins(0.1)
        label_axes(ax, "number of full components k", name, equal=False)
    where = f"{held_out[-1] / size:.1f} {unit}"
    return Picture(
        fig,
        f"Two curves over the number of full components. With {ks[-1]} of them AIC is {aic[-1]:.0f}; points "
        f"left out are at {where}.",
    )


def _number(value, digits):
    """Rounded, with the minus sign of the axes."""
    return f"{value:.{digits}f}".replace("-", "−")
