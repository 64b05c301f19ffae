"""The figures of lesson 11."""

import numpy as np

from gmmlesson.conditional import conditional
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

__all__ = [
    "asked_points",
    "conditional_bells",
    "false_alarms",
    "filled_pair",
    "gains",
    "in_a_row",
    "two_forecasts",
]

ACCENT = COLORS[1]
ERUPTION, WAIT = "eruption (minutes)", "wait for the next (minutes)"
OUTLINE = {"edgecolors": "white", "linewidths": 1.2, "zorder": 6}


@styled
def asked_points(X, mixture, points):
    """The eruptions X (n, 2), the mixture's ellipses, and points {name: (2,)} asked about -> Picture."""
    fig, ax = figure(width=5.4, height=3.9)
    scatter(ax, X, mixture.responsibilities(X))
    draw_ellipses(ax, mixture)
    for name, point in points.items():
        ax.scatter(*point, s=90, color=INK, marker="X", **OUTLINE)
        ax.annotate(name, point, xytext=(8, -4), textcoords="offset points", fontweight="bold", fontsize=12)
    ax.set_title("No eruption is expected at D")
    label_axes(ax, ERUPTION, WAIT, equal=False)
    places = ", ".join(f"{name} at ({x:g}, {y:g})" for name, (x, y) in points.items())
    kinds = f"The {len(X)} eruptions with their two components"
    return Picture(fig, f"{kinds}, and the points asked about: {places}.")


@styled
def false_alarms(ks, promised, thresholds):
    """Shares of false alarms over k for each of thresholds {name: (n_splits, len(ks))} -> Picture.

    A line is the mean over the splits, the ribbon one standard deviation of a single split.
    """
    fig, ax = figure(width=5.6, height=3.4)
    said, colors = [], [ACCENT, COLORS[0]]
    for (name, shares), color, marker in zip(thresholds.items(), colors, "so", strict=False):
        mean, sd = 100 * shares.mean(axis=0), 100 * shares.std(axis=0)
        ax.fill_between(ks, mean - sd, mean + sd, color=color, alpha=0.15, linewidth=0)
        ax.plot(ks, mean, color=color, marker=marker)
        beside = {"xytext": (10, 0 if mean[-1] > 130 * promised else -7), "textcoords": "offset points"}
        ax.annotate(name, (ks[-1], mean[-1]), color=color, va="center", **beside)
        said.append(f"{mean[0]:.1f} to {mean[-1]:.1f} % with {name}")
    ax.plot([ks[0], ks[-1]], [100 * promised] * 2, color=INK, linestyle=":", linewidth=1.2)
    ax.annotate("promised", (ks[-1], 100 * promised), xytext=(10, 7), textcoords="offset points", va="center")
    ax.set(
        xlim=(ks[0] - 0.3, ks[-1] + 2.7),
        ylim=(0, None),
        xticks=ks,
        yticks=range(0, 21, 5),
        title="The points of the fit break the promise",
    )
    label_axes(ax, "components k", "fresh eruptions called strange (%)", equal=False)
    lines = f"Two lines of false alarms as k goes from {ks[0]} to {ks[-1]}"
    ribbons = "The ribbons are one standard deviation of the splits."
    return Picture(fig, f"{lines}, by what sets the threshold: {', '.join(said)}. {ribbons}")


@styled
def conditional_bells(mixture, eruption):
    """What the mixture says of the wait after an `eruption` of so many minutes, bell by bell -> Picture."""
    rest = conditional(mixture, [0], [eruption])
    waits = np.linspace(35, 105, 400)
    bells = np.exp(rest.log_joint(waits[:, None]))
    fig, ax = figure(width=5.6, height=3)
    left = rest.means[:, 0].argmin()
    for j in range(rest.k):
        ax.plot(waits, bells[:, j], color=COLORS[j], linewidth=1.4)
        top, side = bells[:, j].argmax(), -1 if j == left else 1  # no label on the other bell
        ax.annotate(
            f"weight {rest.weights[j]:.2f}", (waits[top], bells[top, j]), xytext=(8 * side, 2),
            textcoords="offset points", ha="right" if j == left else "left", color=COLORS[j],
        )  # fmt: skip
    ax.fill_between(waits, bells.sum(axis=1), color=QUIET, alpha=0.25, linewidth=0)
    ax.set(ylim=(0, 1.25 * bells.max()), title=f"The wait after an eruption of {eruption:g} minutes")
    label_axes(ax, WAIT, "density (1/minute)", equal=False)
    pairs = zip(rest.weights, rest.means[:, 0], strict=True)
    said = " and ".join(f"{weight:.2f} at {mean:.1f} minutes" for weight, mean in pairs)
    return Picture(
        fig, f"Two weighted bells, {said}, and the gray area of their sum: the density of the wait."
    )


@styled
def two_forecasts(X, mixture):
    """Each feature of X (n, 2) from the other: the mixture's density, a line and its band -> Picture."""
    fig, axes = figure(1, 2, height=3.9)
    names, ranges, widths = (ERUPTION, WAIT), [(1.3, 5.4), (40, 100)], []
    for known, ax in enumerate(axes):
        asked = 1 - known
        grid, answers = np.linspace(*ranges[known], 100), np.linspace(*ranges[asked], 120)
        densities = [np.exp(conditional(mixture, [known], [x]).log_density(answers[:, None])) for x in grid]
        extent = (*ranges[known], *ranges[asked])
        shade = {"cmap": "Blues", "vmin": 0, "vmax": 1.7 * np.max(densities)}  # light enough for points
        ax.imshow(np.transpose(densities), extent=extent, origin="lower", aspect="auto", **shade)
        edge = {"edgecolors": "white", "linewidths": 0.4}
        ax.scatter(X[:, known], X[:, asked], s=9, color=INK, alpha=0.8, **edge)
        line = np.polyfit(X[:, known], X[:, asked], 1)
        reach = 1.645 * (X[:, asked] - np.polyval(line, X[:, known])).std(ddof=2)
        for shift, style, width in ((0, "-", 1.8), (-reach, "--", 1.4), (reach, "--", 1.4)):
            ax.plot(grid, np.polyval(line, grid) + shift, color=ACCENT, linestyle=style, linewidth=width)
        widths.append(f"{2 * reach:.1f} minutes wide")
        ax.set(xlim=ranges[known], ylim=ranges[asked])
        label_axes(ax, names[known], names[asked], equal=False)
    where = {"xycoords": "axes fraction", "ha": "right"}
    axes[0].annotate("line and its 90 % band", (0.98, 0.04), color=ACCENT, **where)
    axes[0].set_title("One spread does for the wait,")
    axes[1].set_title("but not for the eruption")
    return Picture(
        fig,
        "Two panels: the mixture's density, darker where it is higher, under the eruptions, and a line with "
        f"its 90 % band, dashed, {widths[0]} on the left and {widths[1]} on the right.",
    )


@styled
def filled_pair(X, gone, fills):
    """Eruptions X (n, 2), some of whose waits are `gone` (n,), and fills {title: (n, 2)} -> Picture."""
    fig, axes = figure(1, len(fills), height=3.7, sharex=True, sharey=True)
    said = []
    for ax, (title, full) in zip(axes, fills.items(), strict=True):
        scatter(ax, X[~gone], alpha=0.55)
        ax.scatter(*full[gone].T, s=14, color=ACCENT, marker="s", alpha=0.75, linewidths=0)
        long = full[gone & (X[:, 0] > 3), 1]
        said.append(f"{title} sd {long.std():.2f} minutes")
        ax.set(xlim=(1.3, 5.4), ylim=(36, 103), title=title)
        label_axes(ax, ERUPTION, WAIT, equal=False)
        ax.label_outer()
    axes[0].annotate("filled in", (2.1, 92), color=ACCENT, ha="center")
    return Picture(
        fig,
        f"Two panels of eruptions, waits measured (gray) and {gone.sum()} filled in (orange squares). After "
        f"long eruptions the filled ones have: {'; '.join(said)}.",
    )


@styled
def gains(gained):
    """What a likelier mixture gained, gained {title: (n_splits, 2)} of nats and birds -> Picture."""
    fig, ax = figure(width=5.8, height=3.8)
    said = []
    for j, (title, pairs) in enumerate(gained.items()):
        nats, birds = pairs.T
        ax.scatter(nats, birds, s=26, color=COLORS[j], marker=MARKERS[j], alpha=0.55, linewidths=0)
        mean = pairs.mean(axis=0)
        ax.scatter(*mean, s=140, color=COLORS[j], marker=MARKERS[j], **OUTLINE)
        above = {"ha": "center", "va": "bottom", "color": COLORS[j], "fontweight": "bold"}
        ax.annotate(title, (mean[0], birds.max() + 0.35), **above)
        said.append(f"{title} {mean[0]:.2f} nats and {mean[1]:+.1f} birds")
    ax.axhline(0, color=INK, linewidth=1)
    ax.margins(y=0.15)
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.set_title("Likelier, and better at telling them apart?")
    label_axes(ax, "held-out log-likelihood gained (nats a bird)", "birds gained, of those held out",
               equal=False)  # fmt: skip
    return Picture(fig, f"A point for each split, its mean large; gained on average: {'; '.join(said)}.")


@styled
def in_a_row(tables):
    """Each wait against the one before it, for tables {title: (n, 2)} in their order -> Picture."""
    fig, axes = figure(1, len(tables), height=3.7, sharex=True, sharey=True)
    said = []
    for ax, (title, table) in zip(axes, tables.items(), strict=True):
        waits = table[:, 1]
        ax.scatter(waits[:-1], waits[1:], s=10, color=COLORS[0], alpha=0.5, linewidths=0)
        said.append(f"{title} {np.corrcoef(waits[:-1], waits[1:])[0, 1]:.2f}")
        ax.set(xlim=(36, 103), ylim=(36, 103), title=title)
        label_axes(ax, "a wait (minutes)", "the next wait (minutes)")
        ax.label_outer()
    return Picture(
        fig, f"Each wait against the one before it, in two panels. Correlations: {', '.join(said)}."
    )
