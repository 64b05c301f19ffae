"""The figures of lesson 10."""

from functools import cache

import numpy as np

from gmmlesson import datasets
from gmmlesson.fit import fit
from gmmlesson.mixture import Mixture
from gmmlesson.plots.base import (
    COLORS,
    INK,
    draw_ellipses,
    figure,
    label_axes,
    mark_means,
    scatter,
    styled,
)
from gmmlesson.plots.picture import Picture

__all__ = ["digit_strips", "mistyped_pair", "mistyped_wait", "penguin_pair", "segmented"]

SPECIES = "o^s"  # the markers of Adelie, Chinstrap and Gentoo
TOP = 180  # minutes, where the pictures of a mistyped wait end


@styled
def penguin_pair(X, species, labels):
    """Bills by species and component, a panel for each of labels {title: (n,)} -> Picture.

    The marker is the species and the color the component; birds that are not at home in their component are
    ringed. X (n, 4) are penguins in mm and g, species (n,) are 0, 1, 2.
    """
    places = {"Adelie": (32.2, 22.2), "Chinstrap": (50.2, 21.9), "Gentoo": (49.2, 13.0)}
    fig, axes = figure(1, len(labels), height=3.9, sharex=True, sharey=True)
    strays = []
    for ax, (title, of_bird) in zip(axes, labels.items(), strict=True):
        color, stray = _by_home(species, of_bird)
        for s, (name, (x, y)) in enumerate(places.items()):
            for away in (False, True):
                mine = (species == s) & (stray == away)
                rings = {"edgecolors": INK if away else "none", "linewidths": 0.9 if away else 0}
                ax.scatter(*X[mine, :2].T, s=22, c=np.array(COLORS)[color[mine]], marker=SPECIES[s],
                           alpha=0.85 if away else 0.55, zorder=3 if away else 2, **rings)  # fmt: skip
            ax.plot(x - 1.3, y, SPECIES[s], color=INK, markersize=6)
            ax.annotate(name, (x, y), fontweight="bold", va="center_baseline")
        ax.set(xlim=(30, 61), ylim=(12.5, 23), title=f"{title}:\n{stray.sum()} birds not at home (ringed)")
        label_axes(ax, "bill length (mm)", "bill depth (mm)", equal=False)
        ax.label_outer()
        strays.append(f"{title}, {stray.sum()} birds")
    return Picture(
        fig,
        "Scatter plots of the bills; the marker is the species, the color the component, and a ring marks a "
        f"bird that is not at home: {'; '.join(strays)}.",
    )


@styled
def segmented(photo, labels, mixture):
    """A photograph (height, width, 3) beside itself in its components' mean colors, and their shares
    -> Picture.

    labels (height, width) are the components of the pixels; the mixture's means are colors from 0 to 255.
    """
    colors = mixture.means.clip(0, 255) / 255  # (k, 3)
    fig, axes = figure(2, 2, height=3.3, gridspec_kw={"height_ratios": [6, 1]})
    titles = f"{photo.shape[0] * photo.shape[1]:,} pixels", f"{mixture.k} colors, by component"
    for ax, picture, title in zip(axes[0], (photo, colors[labels]), titles, strict=True):
        ax.imshow(picture)
        ax.set_title(title)
        ax.set_axis_off()
    for ax in axes[1]:
        ax.remove()
    bar = fig.add_subplot(axes[0, 0].get_gridspec()[1, :])
    left = 0.0
    for j in (-mixture.weights).argsort():
        share = mixture.weights[j]
        bar.barh(0, share, left=left, color=colors[j], edgecolor="white", linewidth=2)
        text = "white" if colors[j].mean() < 0.55 else INK
        bar.annotate(f"{share:.0%}", (left + share / 2, 0), color=text, ha="center", va="center")
        left += share
    bar.set(xlim=(0, 1), ylim=(-0.4, 0.4))
    bar.set_title("share of each component (its weight)")
    bar.set_axis_off()
    most = mixture.weights.max()
    told = f"A photograph beside itself in its {mixture.k} components' mean colors"
    return Picture(fig, f"{told}; the largest has {most:.0%}.")


@styled
def digit_strips(strips):
    """Rows of digits: strips {title: (n, 64)}, gray values 0 (paper) to 16 (ink) -> Picture."""
    fig, axes = figure(len(strips), 1, height=1.45 * len(strips))
    for ax, (title, digits) in zip(axes, strips.items(), strict=True):
        rows = np.array_split(digits, 2)
        ax.imshow(np.vstack([np.hstack([_framed(digit) for digit in row]) for row in rows]), cmap="gray_r",
                  vmin=0, vmax=16)  # fmt: skip
        ax.set_title(title)
        ax.set_axis_off()
    return Picture(fig, f"Rows of small pictures of digits, from top to bottom: {'; '.join(strips)}.")


@styled
def mistyped_wait(wait):
    """Two components on Old Faithful with the first wait typed as `wait` minutes -> Picture."""
    X, start = datasets.old_faithful(), _two_components()
    truth = X[0, 1]
    X[0, 1] = wait
    mixture = start if wait == truth else fit(X, start).mixture
    fig, ax = figure(width=5, height=4)
    before, after = _orange_sd(start), _orange_sd(mixture)
    if wait == truth:
        _eruptions(ax, X, mixture, f"The first wait as it was: {wait:.0f} minutes")
        told = f"First wait {wait:.0f}, as it was: orange's waits have sd {after:.2f} minutes."
        return Picture(fig, f"Points and ellipses. {told}")
    _eruptions(ax, X, mixture, f"The first wait typed as {wait:.0f} minutes")
    level = f"log-likelihood {mixture.log_likelihood(X):.0f}"
    sds = f"sd {after:.2f} minutes, not {before:.2f}"
    return Picture(fig, f"Points and ellipses. First wait {wait:.0f}: orange's waits have {sds}; {level}.")


@styled
def mistyped_pair(X, mixtures):
    """Old Faithful with a mistyped wait, X (272, 2), under mixtures {title: Mixture} -> Picture.

    A third component is so wide that its ellipse is outside the picture: its ground is shaded.
    """
    fig, axes = figure(1, len(mixtures), height=4, sharex=True, sharey=True)
    for ax, (title, mixture) in zip(axes, mixtures.items(), strict=True):
        if mixture.k > 2:
            ax.set_facecolor("#EFEFEF")
            ground = "gray: the third component,\nwider than the picture"
            ax.annotate(ground, (3.6, 112), ha="center", va="center")
        _eruptions(ax, X, mixture, title)
        ax.label_outer()
    sds = ", ".join(f"{title}: sd {_orange_sd(mixture):.1f} minutes" for title, mixture in mixtures.items())
    return Picture(fig, f"Points and ellipses, and the spread of orange's waits. {sds}.")


def _orange_sd(mixture):
    """The standard deviation of the second component's waits."""
    return np.sqrt(mixture.covariances[1, 1, 1])


def _eruptions(ax, X, mixture, title):
    """The eruptions with their first two components; no equal aspect, for the two axes differ too much."""
    r = mixture.responsibilities(X)[1:]
    shown = np.eye(2)[r[:, :2].argmax(axis=1)]
    two = Mixture([0.5, 0.5], mixture.means[:2], mixture.covariances[:2])
    scatter(ax, X[1:], shown)
    draw_ellipses(ax, two)
    mark_means(ax, two.means, size=40)
    above = {"xytext": (0, 9), "textcoords": "offset points", "ha": "center", "va": "bottom"}
    if X[0, 1] > TOP - 15:  # above the picture
        ax.annotate(
            f"the first eruption,\nat {X[0, 1]:.0f} minutes", (X[0, 0], TOP), xytext=(X[0, 0], TOP - 16),
            ha="center", va="top", arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 1.8},
        )  # fmt: skip
    else:
        ax.scatter(*X[0], marker="x", s=60, color=INK, linewidths=2, zorder=6)
        ax.annotate("the first eruption", X[0], **above)
    sd, middle, side = _orange_sd(two), two.means[1, 1], 5.6
    ax.errorbar(side, middle, sd, color=COLORS[1], capsize=4)
    ax.annotate(f"sd {sd:.1f}", (side, middle + sd), color=COLORS[1], **above)
    ax.set(xlim=(1, 6.5), ylim=(20, TOP), title=title)
    label_axes(ax, "eruption (minutes)", "wait for the next (minutes)", equal=False)


def _by_home(species, labels):
    """Components numbered by their largest species -> (n,), and which birds are not at home, (n,) of bool."""
    k = labels.max() + 1
    counts = np.array([np.bincount(species[labels == j], minlength=3) for j in range(k)])  # (k, 3)
    home = counts.argmax(axis=1)
    rank = np.lexsort((-counts.max(axis=1), home)).argsort()
    return rank[labels], home[labels] != species


def _framed(digit):
    """A digit (64,) as (10, 10), with a margin."""
    return np.pad(digit.reshape(8, 8), 1)


@cache
def _two_components():
    """The two components of Old Faithful without the mistake: short and long eruptions."""
    start = Mixture([0.5, 0.5], [[2.0, 55.0], [4.3, 80.0]], [np.diag([0.2, 40.0])] * 2)
    return fit(datasets.old_faithful(), start).mixture
