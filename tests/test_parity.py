"""Exact parity with scikit-learn's GaussianMixture: from the same start, the same numbers at every iteration.

Its `lower_bounds_[t]` is the mean log-likelihood BEFORE its M-step t + 1: times n it is our
`log_likelihoods[t]`. Its parameters after T iterations are our `mixtures[T]`. Its `reg_covar` is our `ridge`.
Giving it weights, means and precisions leaves no part of the start to it.
"""

import warnings
from functools import cache

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from gmmlesson import datasets
from gmmlesson.initialization import from_labels
from strategies import RUNS, random_mixture
from test_mixture import as_mixture

N_ITER = 20


@cache
def problem(name):
    """Data (n, d) and labels for the first M-step, deliberately not very good ones."""
    rng = np.random.default_rng(0)
    if name == "old faithful":
        X = datasets.old_faithful()
        labels = np.digitize(X[:, 1], [60, 80])
    elif name == "iris":
        X, labels = load_iris(return_X_y=True)
    else:
        X, labels = random_mixture(rng, 4, 5, spread=1.5).sample(400, rng)
    moved = rng.random(len(X)) < 0.3
    labels[moved] = rng.integers(0, labels.max() + 1, moved.sum())
    return X, labels


def scikit_learn(start, family, ridge, n_iter):
    """A GaussianMixture that will run `n_iter` iterations from `start`."""
    precisions = np.linalg.inv(start.covariances)
    shape = {
        "full": precisions,
        "tied": precisions[0],
        "diag": np.diagonal(precisions, axis1=1, axis2=2),
        "spherical": precisions[:, 0, 0],
    }
    return GaussianMixture(
        start.k, covariance_type=family, reg_covar=ridge, tol=0, max_iter=n_iter, weights_init=start.weights,
        means_init=start.means, precisions_init=shape[family],
    )


@cache
def theirs(name, family, ridge, n_iter):
    """It, after `n_iter` iterations."""
    X, labels = problem(name)
    start = from_labels(X, labels, family=family, ridge=ridge)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # tol=0: it is not meant to
        return scikit_learn(start, family, ridge, n_iter).fit(X)


def lower_bounds(name, family, ridge):
    """The mean log-likelihood at each of the first N_ITER mixtures."""
    reference = theirs(name, family, ridge, N_ITER)
    if hasattr(reference, "lower_bounds_"):  # from scikit-learn 1.7 on
        return np.array(reference.lower_bounds_)
    return np.array([theirs(name, family, ridge, n + 1).lower_bound_ for n in range(N_ITER)])


@pytest.mark.parametrize("how", RUNS)
@pytest.mark.parametrize("name", ["old faithful", "iris", "synthetic"])
@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("ridge", [0.0, 1e-6, 0.01])
class TestParity:
    def test_log_likelihoods_of_every_iteration(self, how, name, family, ridge):
        X, labels = problem(name)
        start = from_labels(X, labels, family=family, ridge=ridge)
        ours = RUNS[how](X, start, family=family, ridge=ridge, tol=0, max_iter=N_ITER - 1).log_likelihoods
        expected = lower_bounds(name, family, ridge)
        assert len(ours) == len(expected) == N_ITER
        assert ours[-1] > ours[0] + 1  # there is something to compare
        np.testing.assert_allclose(ours / len(X), expected, rtol=0, atol=1e-10)  # per observation, in nats

    def test_parameters_after_some_iterations(self, how, name, family, ridge):
        X, labels = problem(name)
        start = from_labels(X, labels, family=family, ridge=ridge)
        ours = RUNS[how](X, start, family=family, ridge=ridge, tol=0, max_iter=N_ITER).mixtures
        for n_iter in (1, 2, 5, 20):
            mine, expected = ours[n_iter], as_mixture(theirs(name, family, ridge, n_iter))
            np.testing.assert_allclose(mine.weights, expected.weights, rtol=1e-10)
            np.testing.assert_allclose(mine.means, expected.means, rtol=1e-10)
            size = np.abs(expected.covariances).max(axis=(1, 2), keepdims=True)
            difference = (mine.covariances - expected.covariances) / size
            np.testing.assert_allclose(difference, 0, rtol=0, atol=1e-10)
            np.testing.assert_allclose(mine.responsibilities(X), expected.responsibilities(X), atol=1e-9)
