"""Lesson 14: what its figures say is computed from what they draw; what its cells leave behind."""

import re

import numpy as np
import pytest

from gmmlesson import Mixture, best_of, datasets, fit, online, plots
from gmmlesson.initialization import random_points
from gmmlesson.plots import scale
from notebooks import LESSONS, code_cells, read

(LESSON,) = (path for path in LESSONS if path.stem.startswith("14"))
MEANS = np.array([[1.0, 4.0], [-4.0, 0.0], [8.0, 8.0]])
THREE = Mixture([0.3, 0.3, 0.4], MEANS, np.tile(np.eye(2), (3, 1, 1)))
MOVED = Mixture([0.3, 0.3, 0.4], MEANS + 1, THREE.covariances)
DEAD = Mixture([1e-9, 1 - 2e-9, 1e-9], MEANS, [100 * np.eye(2), np.eye(2), 100 * np.eye(2)])
X = THREE.sample(300, np.random.default_rng(0))[0]


def titles(fig):
    return [ax.get_title("left") for ax in fig.axes]


def test_files_and_workers_are_let_go_in_a_cell_of_their_own_after_all_that_use_them():
    sources = [cell.source for cell in code_cells(read(LESSON))]
    assert [source for source in sources if re.search(r"\.(close|cleanup)\(", source)] == [sources[-1]]
    assert sources[-1] == "client.close()\nfolder.cleanup()"


def test_averaged_fits_says_where_blue_is_and_colors_points_by_component():
    picture = plots.averaged_fits(X, MOVED, THREE)
    fig, sentence = picture.figure, picture.caption
    assert sentence == (
        "Scatter plots with ellipses. Averaged, blue sits at (2.0, 5.0); the clusters are at (1.0, 4.0), "
        "(-4.0, 0.0) and (8.0, 8.0). Each panel's mixture colors its points."
    )
    assert titles(fig) == ["Own starts, averaged", "The fit of all points"]
    for ax in fig.axes:
        colors = {tuple(c[:3].round(2)) for drawn in ax.collections[:3] for c in drawn.get_facecolors()}
        assert len(colors) >= 3


def test_two_orders_counts_what_is_left():
    picture = plots.two_orders(X, THREE, DEAD)
    fig, sentence = picture.figure, picture.caption
    assert sentence == (
        "Scatter plots with ellipses. In random order the weights are 0.30, 0.30, 0.40; sorted, orange's is "
        "1.00, at (-4.0, 0.0). Each panel's mixture colors its points."
    )
    assert titles(fig) == ["Random order: all 3 are left", "Sorted: orange has 100 %"]
    for ax, mixture in zip(fig.axes, (THREE, DEAD), strict=True):  # each panel has colors of its own
        drawn = [len(points.get_offsets()) for points in ax.collections[:3]]
        assert drawn == np.bincount(mixture.predict(X), minlength=3).tolist()
    assert not np.array_equal(THREE.predict(X), DEAD.predict(X))
    low, high = fig.axes[1].get_xlim()
    assert low > -13 and high < 15  # the wide dead ellipses do not stretch the axes


def test_one_pass_counts_the_passes():
    batch = np.array([1000.0, 200, 50, 10, 2, 0.4, 0.08, 0])
    picture = plots.one_pass(batch, np.array([2.0, 0.9, 0.6, 0.3, 0.1, 0]), 70.0, 0.5, 0.4)
    assert picture.caption.endswith(
        "After one pass batch EM misses 200 from a drawn start and 0.900 from a fit to 5,000 points; online "
        "EM misses 70 and 0.500. From the good start batch EM needs 3 passes to be as near. In this "
        "stream the truth misses 0.400."
    )
    assert titles(picture.figure) == ["From a good start, one pass online is as near as 3 of batch EM"]
    for line in picture.figure.axes[0].lines[:2]:
        assert min(line.get_ydata()) > 0 and min(line.get_xdata()) == 1  # a logarithm has no 0


def test_online_from_a_fit_to_a_few_points_is_as_near_as_the_truth():
    """And from a drawn start it is not; a step of batch EM on all points comes less near."""
    truth = datasets.make_mixture(np.random.RandomState(3))[2]
    near, far, step = [], [], []
    for seed in range(3):
        Z = truth.sample(200_000, np.random.default_rng(seed))[0]
        starts = [random_points(Z[:5000], 3, np.random.default_rng([seed, i])) for i in range(3)]
        few = best_of(Z[:5000], starts, tol=1e-6).mixture
        top = fit(Z, truth, tol=1e-9).log_likelihoods[-1]

        def missing(mixture, Z=Z, top=top):
            return (top - mixture.log_likelihood(Z)) / 200

        near.append(missing(online(Z, few, batch=1000)))
        far.append(missing(online(Z, starts[0])))
        step.append(missing(fit(Z, few, tol=0, max_iter=1).mixture))
    assert 2 * np.median(near) < np.median(step) < 1 < 10 < np.median(far)


@pytest.mark.parametrize(
    ("exponent", "said"),
    [
        (1, "10 workers: compute 1,600 + schedule 0.01 = 1,600; with a tree 1,600."),
        (3.25, "1,778 workers: compute 9.0 + schedule 1.8 = 10.8; with a tree 9.0."),
        (4, "10,000 workers: compute 1.6 + schedule 10.0 = 11.6; with a tree 1.6."),
        (5, "100,000 workers: compute 0.16 + schedule 100 = 100; with a tree 0.17."),
    ],
)
def test_cost_of_an_iteration(exponent, said):
    picture = plots.cost_of_an_iteration(exponent)
    fig, sentence = picture.figure, picture.caption
    assert sentence.endswith(f"Seconds on {said}")
    tree = fig.axes[0].lines[-1]
    low, high = fig.axes[0].get_ylim()
    assert tree.get_marker() == "s" and low < tree.get_ydata()[0] < high  # inside the frame


@pytest.mark.parametrize(("workers", "levels"), [(8, 1), (9, 2), (512, 3), (513, 4), (100_000, 6)])
def test_levels_of_the_tree(workers, levels):
    assert scale._seconds(workers)[2] == pytest.approx(levels * scale.SECONDS_A_LEVEL)
