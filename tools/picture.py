"""Draw the picture of README.md, notebooks/picture.png: the classic run of EM in four moments."""

from pathlib import Path

import numpy as np

from gmmlesson import datasets, fit, initialization, plots

PICTURE = Path(__file__).resolve().parent.parent / "notebooks" / "picture.png"
MOMENTS = (0, 1, 29, 71)  # iterations: the start, a step, what a limit of 30 shows, the end


@plots.styled
def draw():
    """The 3,000 classic points from three random ones among them, as a PNG."""
    X, _, _ = datasets.make_mixture(np.random.RandomState(3))
    start = initialization.random_points(X, 3, np.random.RandomState(5))
    run = fit(X, start, tol=1e-3 / len(X))
    fig, axes = plots.figure(1, len(MOMENTS), width=9, height=2.35, sharex=True, sharey=True)
    for ax, i in zip(axes, MOMENTS, strict=True):
        mixture = run.mixtures[i]
        plots.scatter(ax, X, mixture.responsibilities(X), size=5)
        plots.draw_ellipses(ax, mixture)
        plots.mark_means(ax, mixture.means, size=55)
        ax.set(xlim=(-11, 19), ylim=(-7, 17), xticks=[], yticks=[], aspect="equal")
        ax.spines[:].set_visible(False)
        ax.set_title(f"iteration {i}\nlog-likelihood −{-run.log_likelihoods[i]:,.0f}")
    return plots.png(fig)


if __name__ == "__main__":
    PICTURE.write_bytes(draw())
