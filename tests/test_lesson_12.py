"""What lesson 12 claims: what a prior buys and costs, and what is left of eight components; its figures."""

import ast
import warnings
from functools import cache

import numpy as np
import pytest
from scipy.special import digamma
from scipy.stats import invwishart
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from threadpoolctl import threadpool_limits

from gmmlesson import Mixture, e_step, iterate, plots
from gmmlesson.fit import best_of
from gmmlesson.initialization import random_points
from gmmlesson.priors import Prior, effective_components, log_prior, map_m_step, weak_prior
from notebooks import LESSONS, code_cells, read

(LESSON,) = (path for path in LESSONS if path.stem.startswith("12"))
THREE = Mixture([1 / 3] * 3, [[0, 0], [3, 0], [10, 0]], [np.eye(2)] * 3)
TWO = Mixture([0.5, 0.5], [[0, 0], [4, 2]], [np.eye(2), [[2, 0.8], [0.8, 1]]])


@pytest.fixture(autouse=True)
def one_thread():
    """As in the lesson: on so few points, scikit-learn's threads are in each other's way."""
    with threadpool_limits(1):
        yield


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


def test_a_well_chosen_ridge_is_no_worse_than_the_weak_prior_and_another_one_is():
    ends = {0.3: [], 1: []}
    for seed in range(20, 32):
        rng = np.random.default_rng(seed)
        some, fresh = TWO.sample(40, rng)[0], TWO.sample(2000, rng)[0]
        starts = [random_points(some, 2, rng) for _ in range(5)]
        weak = lesson_functions()["best_with"](weak_prior(some, 2), some, starts).log_density(fresh).mean()
        for ridge, gains in ends.items():
            end = best_of(some, starts, tol=1e-5, ridge=ridge).mixture
            gains.append(end.log_density(fresh).mean() - weak)
    assert np.mean(ends[0.3]) > 0 > np.mean(ends[1])


def test_the_mean_under_mclusts_prior_is_the_whole_scale_and_its_mode_an_eighth():
    scale, d = np.array([[2.0, 0.5], [0.5, 1.0]]), 2
    prior = Prior([0.0, 0.0], scale / 8, 8, mean_points=1, weight_points=1)
    nu = prior.covariance_points - d - 2
    assert nu == d + 2
    np.testing.assert_allclose(invwishart(nu, scale).mean(), scale)
    r = np.array([[1.0, 0.0]])  # the second component holds nothing
    nobody = map_m_step(np.zeros((1, 2)), r, prior).covariances[1]
    np.testing.assert_allclose(nobody, scale / 8)
    nine = np.random.default_rng(0).normal(size=(9, 2))
    assert weak_prior(nine, 2).covariance_points - d - 2 == 0  # nu = 0: improper


def test_the_log_likelihood_may_fall_by_little_and_the_sum_never_does():
    falls = []
    for seed in range(20):
        X, _ = TWO.sample(40, np.random.default_rng(seed))
        begin = random_points(X, 2, np.random.default_rng(0))
        step = lesson_functions()["map_step"](X, weak_prior(X, 2))
        climb = iterate(step, begin, tol=1e-6, max_iter=500)
        alone = np.array([mixture.log_likelihood(X) for mixture in climb.mixtures])
        assert np.diff(climb.log_likelihoods).min() > -1e-9
        falls.append(-np.diff(alone).clip(max=0).sum())
    assert 5 <= (np.array(falls) > 1e-9).sum() <= 15 and max(falls) < 0.3


class SureOfWeights(BayesianGaussianMixture):
    """Dirichlet process or finite Dirichlet with the log of the expected weights."""

    def _estimate_log_weights(self, **_):
        if self.weight_concentration_prior_type == "dirichlet_distribution":
            return np.log(self.weight_concentration_ / self.weight_concentration_.sum())
        a, b = self.weight_concentration_
        return np.log(a / (a + b)) + np.append(0, np.log(b / (a + b)).cumsum()[:-1])


class SureOfShapes(BayesianGaussianMixture):
    _estimate_log_prob = GaussianMixture._estimate_log_prob


class TestWhatEmptiesComponents:
    def test_the_lesson_has_these_two_models(self):
        cells = "\n".join(cell.source for cell in code_cells(read(LESSON)))
        sure = "np.log(own / (own + behind)) + np.append(0, np.log(behind / (own + behind)).cumsum()[:-1])"
        assert sure in cells
        assert "_estimate_log_prob = GaussianMixture._estimate_log_prob" in cells

    @pytest.mark.parametrize(("kind", "prior"), [("process", 1 / 8), ("distribution", 0.001)])
    def test_they_are_emptied_without_the_half_point_too(self, kind, prior):
        options = {
            "weight_concentration_prior_type": f"dirichlet_{kind}",
            "weight_concentration_prior": prior,
        }
        holding, _ = lesson_functions()["left"](model=SureOfWeights, **options)
        assert (holding == 3).all()

    def test_part_of_them_stays_if_shapes_are_taken_for_known(self):
        holding, _ = lesson_functions()["left"](model=SureOfShapes)
        assert (holding - 3).sum() == 19

    def test_and_most_of_the_rest_if_the_prior_has_hardly_a_point(self):
        holding, _ = lesson_functions()["left"](model=SureOfShapes, wide=0.1, mean_precision_prior=0.01)
        assert (holding - 3).sum() == 28

    def test_an_uncertain_shape_charges_more_than_an_uncertain_weight(self):
        """scikit-learn's own E-step against the plug-in one, at equal distance from the mean."""
        X, _ = THREE.sample(700, np.random.default_rng(2))
        model = BayesianGaussianMixture(n_components=8, max_iter=2000, random_state=2).fit(X)
        charge = model._estimate_log_prob(X) - GaussianMixture._estimate_log_prob(model, X)
        held = model.predict_proba(X).sum(axis=0)
        for N, log_factor in zip(held, charge[0], strict=True):
            nu = N + 2
            shape = digamma([nu / 2, (nu - 1) / 2]).sum() / 2 + np.log(2 / nu) - 1 / (N + 1)
            assert abs(shape - log_factor) < 1e-2  # it has not quite converged
            assert shape < digamma(N + 1) - np.log(N + 1)


def test_the_family_counts_for_more_than_the_judge():
    found = {
        family: lesson_functions()["left"](100, covariance_type=family)[0] for family in ("full", "spherical")
    }
    assert (found["full"] == 3).sum() <= 2 and (found["spherical"] == 3).sum() >= 5


@pytest.mark.parametrize("weights", [[0.9, 0.05, 0.05], [0.6, 0.3, 0.1]])
def test_the_effective_number_is_no_count(weights):
    unequal = Mixture(weights, [[0, 0], [6, 0], [14, 0]], [np.eye(2)] * 3)
    X, _ = unequal.sample(700, np.random.default_rng(0))
    model = BayesianGaussianMixture(n_components=8, max_iter=2000, random_state=0).fit(X)
    assert (model.weights_ > 0.01).sum() == 3 and effective_components(model.weights_) < 2.7


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
    _, numbers = lesson_functions()["left"](**options)
    assert len(numbers) == 6 and low < numbers.min() and numbers.max() < high + 1e-9


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
        assert ax.get_title("left") == "Effective number: 3 to 6, where 3 made the data"
        assert picture.caption.endswith("Medians: a 3.0, b 6.0.")
