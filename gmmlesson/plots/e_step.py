"""The figures of lesson 02."""

import numpy as np
from matplotlib.patheffects import withStroke

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
    "coin_toss",
    "eruptions_in_colors",
    "rod",
    "shares_by_length",
    "soft_and_hard",
    "vanishing",
]

NAMES = ["blue", "orange", "green"]
LINES = ["-", "--", "-."]
HALO = [withStroke(linewidth=3, foreground="white")]
ROD_WEIGHTS, ROD_MEANS, ROD_SD = np.array([0.6, 0.3, 0.1]), np.array([0.0, 6.0, 9.0]), 2.0


@styled
def rod(x, weights, means, sd):
    """Whose rod is x (mm)? Above, how often each machine makes such a rod; below, its responsibility.

    Returns Picture.
    weights (3,); means (3,) and the common standard deviation sd in mm.
    """
    fig, (above, below) = figure(2, height=4.4, sharex=True)
    grid = np.linspace(-7, 16, 500)
    joint, r = _rod_shares(grid, weights, means, sd)
    joint_x, r_x = (shares[0] for shares in _rod_shares(np.array([x]), weights, means, sd))
    for ax, curves, heights in [(above, joint, joint_x), (below, r, r_x)]:
        ax.axvline(x, color=INK, lw=1, zorder=1)
        for j in range(3):
            ax.plot(grid, curves[:, j], LINES[j], color=COLORS[j])
            ax.plot(x, heights[j], MARKERS[j], color=COLORS[j], ms=[13, 8, 7][j], mec="white", zorder=3,
                    clip_on=False)
    for j, (mean, name) in enumerate(zip(means, NAMES, strict=True)):
        top = weights[j] / (sd * np.sqrt(2 * np.pi)) + 0.003  # per mm
        shift, side = (-0.9, "right") if j == 0 else (0.9, "left")
        above.text(mean + shift, top, f"{name}: {weights[j]:.0%} of all rods", color=COLORS[j], ha=side)
    above.set(ylim=(0, 0.14), yticks=[0, 0.05, 0.1], ylabel="weight × density\n(per mm)")
    below.set(ylim=(0, 1.03), xlim=(-7, 16), xticks=range(-6, 16, 3), yticks=[0, 0.5, 1])
    below.set(ylabel="responsibility", xlabel="length above nominal (mm)")
    for j, place in enumerate([-3, 6, 13]):
        below.text(place, [0.88, 0.78, 0.84][j], NAMES[j], color=COLORS[j], ha="center", va="top")
    first, second = np.argsort(r_x)[::-1][:2]
    level = r_x[first] - r_x[second] < 0.01
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(NAMES, r_x, strict=True))
    lead = "a coin toss" if level else f"{NAMES[first]} leads"
    above.set_title(f"A rod of {x:.4g} mm, {lead}: {shares}")
    if not level:
        return Picture(fig, f"A rod of {x:.4g} mm has the responsibilities {shares}.")
    falls, rises = sorted((first, second), key=lambda j: means[j])
    pair = f"{NAMES[falls]}'s responsibility falls gradually and {NAMES[rises]}'s rises"
    return Picture(fig, f"Around {x:.4g} mm {pair}; there they cross.")


def coin_toss(x):
    """The scene of `rod` with the lesson's three machines -> Picture."""
    _, r = _rod_shares(np.array([x]), ROD_WEIGHTS, ROD_MEANS, ROD_SD)
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(NAMES, r[0], strict=True))
    fig = rod(x, ROD_WEIGHTS, ROD_MEANS, ROD_SD).figure
    return Picture(fig, f"A rod of {x:.1f} mm has the responsibilities {shares}.")


def _rod_shares(x, weights, means, sd):
    """pi_k N(x | mu_k, sd^2) and the responsibilities, both (n, 3), of lengths x (n,)."""
    joint = weights * np.exp(-0.5 * ((x[:, None] - means) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    return joint, joint / joint.sum(axis=1, keepdims=True)


@styled
def shares_by_length(lengths, shares):
    """The careful machine's responsibility by length (n,), in mm, {how often it cuts: (n,)}.

    Returns Picture.
    """
    fig, ax = figure(height=2.8)
    told = []
    for line, (name, r) in zip(LINES, shares.items(), strict=False):
        ax.plot(lengths, r, line, color=COLORS[0])
        top = (lengths[r.argmax()], r.max())
        ax.annotate(name, top, (0, 4), textcoords="offset points", color=COLORS[0], ha="center",
                    path_effects=HALO)
        told.append(f"{top[1]:.3f} ({name})")
    ax.axhline(0.5, color=QUIET, lw=0.8)
    ax.set(ylim=(0, 1), xlabel="length above nominal (mm)", ylabel="responsibility")
    ax.set_title("The careful machine holds the middle, and never all of it")
    place = round(top[0], 2) + 0.0  # no minus sign at 0
    return Picture(
        fig, f"The careful machine's share: a hump around {place:g} mm, up to {' and '.join(told)}."
    )


@styled
def soft_and_hard(X, mixture, responsibilities):
    """X (n, 2) under a mixture: colors mixed by responsibility (n, k), and the likeliest color alone.

    Returns Picture.
    """
    fig, axes = figure(1, 2, height=3.7, sharex=True, sharey=True)
    hard = np.eye(mixture.k)[responsibilities.argmax(axis=1)]
    for ax, r, title in zip(axes, [responsibilities, hard], ["Soft: shares", "Hard: verdicts"], strict=True):
        scatter(ax, X, r, alpha=0.5)
        mark_means(ax, mixture.means)
        counts = ", ".join(f"{name} {count:.0f}" for name, count in zip(NAMES, r.sum(axis=0), strict=True))
        ax.set_title(f"{title}\n{counts}")
        label_axes(ax, "x₀", "x₁" if ax is axes[0] else "")
    draw_ellipses(axes[0], mixture, radii=(1,), alpha=0.8)
    axes[0].text(0.98, 0.03, "ellipses at 1 sd", transform=axes[0].transAxes, ha="right", color="#666666")
    soft, whole = responsibilities.sum(axis=0), hard.sum(axis=0)
    j = np.abs(soft - whole).argmax()
    return Picture(
        fig,
        f"Left, colors blend: {NAMES[j]} holds {soft[j]:.0f} points. Right, sharp borders: {whole[j]:.0f}.",
    )


@styled
def eruptions_in_colors(X, mixture, responsibilities, undecided):
    """Old Faithful's X (272, 2) in minutes, colored by responsibility (272, 2); one row of X pointed out.

    Returns Picture.
    """
    fig, ax = figure(height=3.8)
    scatter(ax, X, responsibilities, size=22, alpha=0.8)
    draw_ellipses(ax, mixture, radii=(1,))
    mark_means(ax, mixture.means, size=110)
    x = X[undecided]
    ax.scatter(*x, s=120, facecolors="none", edgecolors=INK, linewidths=1.6, zorder=6)
    ax.annotate(
        "the most undecided\neruption", x, (3.35, 46), va="center",
        arrowprops={"arrowstyle": "-", "color": INK, "shrinkB": 6},
    )
    ax.set(xlim=(0.7, 5.6), ylim=(40, 99))
    ax.text(0.98, 0.03, "ellipses at 1 sd", transform=ax.transAxes, ha="right", color="#666666")
    ax.set_title("Between the groups, the colors blend")
    label_axes(ax, "eruption (minutes)", "wait for the next (minutes)", equal=False)
    short, long = np.argsort(responsibilities.T @ X[:, 0] / responsibilities.sum(axis=0))
    points = f"{responsibilities[:, short].sum():.1f} points"
    return Picture(
        fig, f"Old Faithful: short eruptions are {NAMES[short]} ({points}), long ones {NAMES[long]}."
    )


@styled
def vanishing(dimensions, log_densities):
    """How the density of typical points of N(0, I) falls with the dimension -> Picture.

    dimensions (m,); log_densities (m, n) in nats: of n points in each dimension.
    """
    fig, ax = figure(height=3.6)
    dimensions, log_densities = np.asarray(dimensions), np.asarray(log_densities)
    smallest = np.log(np.nextafter(0, 1))
    mean = -0.5 * (1 + np.log(2 * np.pi))  # the expected log-density, per dimension
    ax.axhspan(1.08 * log_densities.min(), smallest, color="#EDEDED")
    ax.axhline(smallest, color=INK, lw=1.2)
    ax.scatter(np.repeat(dimensions, log_densities.shape[1]), log_densities.ravel(), s=9, alpha=0.5, lw=0,
               color=COLORS[0])
    ax.plot(dimensions, mean * dimensions, color=COLORS[0], lw=1.2)
    ax.plot(smallest / mean, smallest, MARKERS[0], color=COLORS[1], ms=8, mec="white", zorder=4)
    ax.annotate(f"{smallest / mean:.0f} dimensions", (smallest / mean, smallest), (12, 10),
                textcoords="offset points", color=COLORS[1])
    message = f"below {smallest:.0f}: smaller than any 64-bit\nnumber, stored as 0.0"
    ax.text(20, smallest - 40, message, va="top")
    ax.text(330, mean * 330 + 60, "typical points", color=COLORS[0])
    ax.set(xlim=(0, dimensions.max() * 1.02), ylim=(1.08 * log_densities.min(), 30),
           xlabel="dimensions", ylabel="log-density (nats)")
    ax.set_title(f"From {smallest / mean:.0f} dimensions on, typical densities are too small to store")
    return Picture(
        fig,
        f"Typical log-densities fall by {-mean:.3f} a dimension and pass {smallest:.1f} at "
        f"{smallest / mean:.0f} dimensions.",
    )
