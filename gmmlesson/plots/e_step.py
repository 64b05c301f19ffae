"""The figures of lesson 02."""

import numpy as np
from matplotlib.colors import to_rgb
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
PALE = np.array([0.9, 0.9, 0.9])  # of a point of which a component holds nothing
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
        above.text(mean + shift, top, f"{name}: {weights[j]:.0%} of rods", color=COLORS[j], ha=side)
    above.set(ylim=(0, 0.14), yticks=[0, 0.05, 0.1], ylabel="weight × density\n(per mm)")
    below.set(ylim=(0, 1.03), xlim=(-7, 16), xticks=range(-6, 16, 3), yticks=[0, 0.5, 1])
    below.set(ylabel="responsibility", xlabel="length above nominal (mm)")
    for j, place in enumerate([-3, 6, 13]):
        below.text(place, [0.88, 0.78, 0.84][j], NAMES[j], color=COLORS[j], ha="center", va="top")
    first, second = np.argsort(r_x)[::-1][:2]
    level = r_x[first] - r_x[second] < 0.01
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(NAMES, r_x, strict=True))
    lead = "a coin toss" if level else f"{NAMES[first]} leads"
    above.set_title(f"{x:.4g} mm, {lead}: {shares}")
    if not level:
        return Picture(fig, f"A rod of {x:.4g} mm has the responsibilities {shares}.")
    falls, rises = sorted((first, second), key=lambda j: means[j])
    return Picture(
        fig,
        f"Two panels over the length of a rod: above, weight times density of each machine, three bells; "
        f"below, the responsibilities. {NAMES[falls].capitalize()}'s falls gradually and {NAMES[rises]}'s "
        f"rises; at {x:.4g} mm they cross.",
    )


def coin_toss(x):
    """The scene of `rod` with the lesson's three machines -> Picture."""
    _, r = _rod_shares(np.array([x]), ROD_WEIGHTS, ROD_MEANS, ROD_SD)
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(NAMES, r[0], strict=True))
    fig = rod(x, ROD_WEIGHTS, ROD_MEANS, ROD_SD).figure
    return Picture(fig, f"A rod of {x:.3f} mm has the responsibilities {shares}.")


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
        shift = 4 if top[1] > 0.5 else -48  # clear of the line at 0.5, and of the curve
        ax.annotate(name, top, (0, shift), textcoords="offset points", color=COLORS[0], ha="center",
                    path_effects=HALO)
        told.append(f"{top[1]:.3f} ({name})")
    ax.axhline(0.5, color=QUIET, lw=0.8)
    ax.set(ylim=(0, 1), xlabel="length above nominal (mm)", ylabel="responsibility")
    ax.set_title("The careful machine holds the middle, and never all of it")
    place = round(top[0], 2) + 0.0  # no minus sign at 0
    return Picture(
        fig,
        f"Two curves of the careful machine's share against the length: humps around {place:g} mm, up to "
        f"{' and '.join(told)}.",
    )


@styled
def soft_and_hard(X, mixture, responsibilities):
    """X (n, 2): what each of three components holds of every point, a panel each; and each point's owner.

    Returns Picture.
    responsibilities (n, 3) of `mixture`, whose means are marked.
    """
    fig, axes = figure(2, 2, height=6.3, sharex=True, sharey=True)
    owners = responsibilities.argmax(axis=1)
    held, owned = responsibilities.sum(axis=0), np.bincount(owners, minlength=mixture.k)
    for j, ax in enumerate(axes.flat[:3]):
        order = responsibilities[:, j].argsort(kind="stable")  # the larger shares on top
        shares = responsibilities[order, j, None]
        tints = PALE + shares * (np.array(to_rgb(COLORS[j])) - PALE)
        ax.scatter(*X[order].T, s=9, c=tints, marker=MARKERS[j], linewidths=0)
        ax.scatter(*mixture.means[j], s=90, color=COLORS[j], marker=MARKERS[j], edgecolors="white", lw=1.5)
        ax.set_title(f"{NAMES[j]} holds {held[j]:.0f}, owns {owned[j]}", color=COLORS[j])
    scatter(axes[1, 1], X, np.eye(mixture.k)[owners], alpha=1)
    axes[1, 1].set_title("each point to its owner")
    for ax in axes.flat:
        label_axes(ax, "x₀" if ax in axes[1] else "", "x₁" if ax in axes[:, 0] else "")
    j = np.abs(held - owned).argmax()
    change = "fewer" if owned[j] < held[j] else "more"
    title = f"{NAMES[j].capitalize()} owns {change} points than it holds"
    fig.suptitle(title, x=0.02, ha="left", fontsize=11)
    return Picture(
        fig,
        f"Four scatter plots of the same points. In three, the fuller the color, the larger a component's "
        f"share: {NAMES[j]} holds {held[j]:.0f} points, in pieces. In the last each point goes to its owner: "
        f"{NAMES[j]} gets {owned[j]}.",
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
    ax.set_title("The more an eruption is shared, the darker it is")
    label_axes(ax, "eruption (minutes)", "wait for the next (minutes)", equal=False)
    short, long = np.argsort(responsibilities.T @ X[:, 0] / responsibilities.sum(axis=0))
    points = f"{responsibilities[:, short].sum():.1f} points"
    return Picture(
        fig,
        f"Scatter plot of Old Faithful: short eruptions are {NAMES[short]} ({points}), long ones "
        f"{NAMES[long]}; those between are dark, for they are shared.",
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
    message = f"below {smallest:.0f}: smaller\nthan any 64-bit number,\nstored as 0.0"
    ax.text(20, smallest - 40, message, va="top")
    ax.text(330, mean * 330 + 60, "typical points", color=COLORS[0])
    ax.set(xlim=(0, dimensions.max() * 1.02), ylim=(1.08 * log_densities.min(), 30),
           xlabel="dimensions", ylabel="log-density (nats)")
    ax.set_title(f"From {smallest / mean:.0f} dimensions on, typical densities are too small to store")
    return Picture(
        fig,
        f"Scatter plot of log-densities against dimensions: those of typical points fall by {-mean:.3f} a "
        f"dimension and pass {smallest:.1f} at {smallest / mean:.0f} dimensions.",
    )
