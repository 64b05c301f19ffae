"""What lesson 12 claims: what a prior buys and costs, and what is left of eight components; its figures."""

import ast
import warnings
from functools import cache

import numpy as np
import pytest
from sklearn.mixture import BayesianGaussianMixture

from gmmlesson import Mixture, e_step, fit, iterate, plots
from gmmlesson.initialization import random_points
from gmmlesson.priors import Prior, effective_components, log_prior, map_m_step, weak_prior
from notebooks import LESSONS, code_cells, read

(LESSON,) = (path for path in LESSONS if path.stem.startswith("12"))
THREE = Mixture([1 / 3] * 3, [[0, 0], [3, 0], [10, 0]], [np.eye(2)] * 3)
TWO = Mixture([0.5, 0.5], [[0, 0], [4, 2]], [np.eye(2), [[2, 0.8], [0.8, 1]]])


@cache
def lesson_functions():
    """`map_step`, `best_with` and `left` as the lesson's cells define them."""
    names = {
        "np": np, "e_step": e_step, "iterate": iterate, "map_m_step": map_m_step, "log_prior": log_prior,
        "warnings": warnings, "BayesianGaussianMixture": BayesianGaussianMixture, "three": THREE,
        "effective_components": effective_components,
    }  # fmt: skip
    for cell in code_cells(read(LESSON)):
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("my_"):
                exec(ast.unparse(node), names)
    return names


def gaps(prior_of, n=40, seeds=range(20, 26)):
    """Fresh log density less the truth's, on sets that the lesson does not use."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        some, fresh = TWO.sample(n, rng)[0], TWO.sample(2000, rng)[0]
        starts = [random_points(some, 2, rng) for _ in range(6)]
        end = lesson_functions()["best_with"](prior_of(some), some, starts)
        found.append((end.log_density(fresh) - TWO.log_density(fresh)).mean())
    return np.array(found)


def narrow(X):
    wide = weak_prior(X, 2)
    return Prior(wide.mean, wide.covariance / 8, 8)


def test_eight_narrow_points_are_worse_than_the_weak_prior_on_other_sets_too():
    assert (gaps(lambda X: weak_prior(X, 2)) > gaps(narrow)).all()


@pytest.mark.parametrize(
    ("sd", "n", "low", "high"), [(0.1, 40, -1, -0.05), (1.0, 40, 0.02, 1), (0.1, 4000, -0.03, 0)]
)
def test_the_weak_prior_pays_where_its_opinion_is_right(sd, n, low, high):
    pair = Mixture([0.8, 0.2], [[0, 0], [3, 0]], [np.eye(2), sd**2 * np.eye(2)])
    gains = []
    for seed in range(20, 26):
        rng = np.random.default_rng(seed)
        some, fresh = pair.sample(n, rng)[0], pair.sample(2000, rng)[0]
        step = lesson_functions()["map_step"](some, weak_prior(some, 2))
        held = iterate(step, pair, tol=1e-3, max_iter=100).mixture
        gains.append((held.log_density(fresh) - fit(some, pair, tol=1e-5).mixture.log_density(fresh)).mean())
    assert low < np.mean(gains) < high


@pytest.mark.parametrize(
    ("options", "low", "high"),
    [
        ({"weight_concentration_prior": 1e-5}, 2.9, 3.3),
        ({"weight_concentration_prior": 1000}, 3.0, 3.3),
        ({"wide": 5.0}, 1.8, 2.1),
        (
            {"weight_concentration_prior": 100, "weight_concentration_prior_type": "dirichlet_distribution"},
            7.5,
            8,
        ),
    ],
)
def test_what_is_left_of_eight(options, low, high):
    numbers = lesson_functions()["left"](**options)
    assert len(numbers) == 8 and low < numbers.min() and numbers.max() < high + 1e-9


def test_left_takes_its_covariance_prior_from_each_set():
    """It was the first set's for all, once: a name that was used again in the loop."""
    (node,) = (
        node
        for cell in code_cells(read(LESSON))
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.FunctionDef) and node.name == "left"
    )
    assert "options = " not in ast.unparse(node)


def test_the_bound_of_variational_em_does_not_fall():
    for seed in range(3):
        X, _ = THREE.sample(300, np.random.default_rng(seed))
        model = BayesianGaussianMixture(n_components=8, max_iter=2000, random_state=seed).fit(X)
        assert np.diff(model.lower_bounds_).min() > -1e-6


class TestFigures:
    def test_melted_needle_says_where_it_starts_and_ends(self):
        x = np.array([0.0, 1, 2, 3, 8, 9, 10])[:, None]
        start = Mixture([0.5, 0.5], [[4.5], [9.0]], [[[16.0]], [[0.04]]])
        end = Mixture([0.5, 0.5], [[1.5], [9.0]], [[[1.0]], [[0.81]]])
        picture = plots.melted_needle(x, start, end)
        assert picture.caption == (
            "Two bells over 7 points on a line. Orange starts as a needle of standard deviation 0.2 and ends "
            "as a bell of 0.90 about 9.00."
        )
        (ax,) = picture.figure.axes
        assert {"sd 1.00", "sd 0.90"} <= {text.get_text() for text in ax.texts}
        assert max(ax.lines[0].get_ydata()) > ax.get_ylim()[1]  # the needle goes beyond the picture

    def test_fresh_points_by_prior_names_the_best(self):
        picture = plots.fresh_points_by_prior({"None": [-0.5, -0.3], "Some": [-0.1, -0.2]})
        assert picture.caption.endswith(
            "each of 2 data sets. On average, in nats a point: none -0.40, some -0.15."
        )
        (ax,) = picture.figure.axes
        assert ax.get_title("left") == "Closest to the truth on fresh points: some"
        assert [label.get_text() for label in ax.get_yticklabels()] == ["None", "Some"]
        assert ax.texts[0].get_text() == "−0.50 to −0.30"

    def test_what_is_left_has_a_dot_for_each_set_and_a_line_at_the_truth(self):
        picture = plots.what_is_left({"a": [3.0, 3.1, 3.0], "b": [5.0, 6.0, 6.4]}, truth=3, offered=8)
        (ax,) = picture.figure.axes
        dots, line = [line.get_xdata() for line in ax.lines[:2]], ax.lines[2]
        assert [len(row) for row in dots] == [3, 3] and list(line.get_xdata()) == [3, 3]
        assert ax.get_title("left") == "3 made the data; 3 to 6 of the 8 offered are left"
        assert picture.caption.endswith("Medians: a 3.0, b 6.0.")
