"""What lesson 09 claims: parity on three real data sets, one iteration at a time; a photograph; units."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_sample_image
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from gmmlesson import EMGaussianMixture, Mixture, datasets, fit, initialization
from gmmlesson.exercises.lesson_09 import sklearn_start

DATA = {"old faithful": 2, "iris": 3, "penguins": 3}
FAMILIES = ["full", "tied", "diag", "spherical"]


def data(name):
    if name == "iris":
        return load_iris().data
    return datasets.old_faithful() if name == "old faithful" else datasets.penguins()[0]


def theirs(start, family="full", **options):
    inits = sklearn_start(start, family)
    return GaussianMixture(start.k, covariance_type=family, reg_covar=0, **inits, **options)


@pytest.fixture(autouse=True)
def few_iterations_are_meant():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", DATA)
def test_ten_iterations_are_scikit_learns(name, family, seed):
    X = data(name)
    start = initialization.random_points(X, DATA[name], np.random.default_rng(seed), family=family)
    run = fit(X, start, family=family, tol=0, max_iter=10)
    model = theirs(start, family, max_iter=1, warm_start=True)
    for t in range(1, 11):
        model.fit(X)
        np.testing.assert_allclose(run.log_likelihoods[t], model.score(X) * len(X), rtol=1e-10)
        np.testing.assert_allclose(run.log_likelihoods[t - 1], model.lower_bound_ * len(X), rtol=1e-10)
        ours = sklearn_start(run.mixtures[t], family)
        np.testing.assert_allclose(ours["weights_init"], model.weights_, rtol=1e-10)
        np.testing.assert_allclose(ours["means_init"], model.means_, rtol=1e-10)
        scale = np.abs(model.precisions_).max()
        np.testing.assert_allclose(ours["precisions_init"], model.precisions_, rtol=1e-8, atol=1e-10 * scale)


def test_a_photograph_to_convergence_at_full_size():
    pixels = load_sample_image("china.jpg").reshape(-1, 3).astype(float)
    start = initialization.short_runs(pixels[::100], 6, np.random.default_rng(2))
    run = fit(pixels, start, tol=1e-6)
    assert len(pixels) == 273_280 and run.converged
    assert np.diff(run.log_likelihoods).min() > -1e-9 * len(pixels)
    model = theirs(start, tol=0, max_iter=2).fit(pixels)
    np.testing.assert_allclose(run.mixtures[2].means, model.means_, rtol=1e-10)


def test_without_a_ridge_the_units_do_not_matter_and_with_one_they_do():
    X, _ = datasets.penguins()
    start = initialization.random_points(X, 3, np.random.default_rng(1))
    in_meters = Mixture(start.weights, start.means / 1000, start.covariances / 1000**2)
    shift = X.size * np.log(1000)
    mm, m = fit(X, start), fit(X / 1000, in_meters)
    np.testing.assert_allclose(m.log_likelihoods[-1] - shift, mm.log_likelihoods[-1], rtol=1e-9)
    blurred = fit(X / 1000, in_meters, ridge=1e-6).log_likelihoods[-1] - shift
    assert blurred < mm.log_likelihoods[-1] - 50


def test_the_estimators_own_start_has_weights_that_sum_to_one():
    X = datasets.old_faithful()
    for init in ("kmeans", "k-means++", "random_from_data", "short_runs"):
        model = EMGaussianMixture(3, init_params=init, max_iter=0, random_state=0).fit(X)
        assert model.weights_.sum() == pytest.approx(1)
        assert np.linalg.eigvalsh(model.covariances_).min() > 0.01
