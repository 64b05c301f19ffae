"""The classic exercise: its data draw for draw, its loop written out again here, and both of its runs."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.cluster import KMeans

from gmmlesson import datasets, fit, initialization
from gmmlesson.matching import align
from strategies import RUNS, assert_same

N_ITER = 30
OPTIMUM = -13344.7883


@pytest.fixture(scope="module")
def data():
    X, _, _ = datasets.make_mixture(np.random.RandomState(3))
    return X


@pytest.fixture(scope="module")
def starts(data):
    """The two starts of the exercise: three random data points, and the centers of k-means."""
    kmeans = KMeans(3, n_init=1, random_state=1).fit(data)
    return {
        "random": initialization.random_points(data, 3, np.random.RandomState(5)),
        "k-means": initialization.from_centers(data, kmeans.cluster_centers_),
    }


def draw_the_classic_data():
    """The exercise's own lines, in their order."""
    rng = np.random.RandomState(3)
    means = rng.uniform(size=(3, 2)) * 20 - 10
    clusters = []
    for mean in means:
        A = rng.uniform(size=(2, 12))
        clusters.append(rng.multivariate_normal(mean, A @ A.T, 1000))
    return np.concatenate(clusters)


def the_classic_loop(X, means, n_evaluations=N_ITER):
    """Its EM: pdf, not logarithms; one einsum -> the log-likelihoods, the last parameters."""
    n, k = len(X), len(means)
    weights, covariances = np.full(k, 1 / k), np.array([np.cov(X.T)] * k)
    log_likelihoods = []
    for _ in range(n_evaluations):
        parameters = zip(weights, means, covariances, strict=True)
        joint = np.stack([w * multivariate_normal.pdf(X, mu, S) for w, mu, S in parameters], axis=1)
        log_likelihoods.append(np.log(joint.sum(axis=1)).sum())
        r = joint / joint.sum(axis=1, keepdims=True)
        counts = r.sum(axis=0)
        weights, means = counts / n, r.T @ X / counts[:, None]
        deviations = X[:, None, :] - means  # (n, k, d)
        covariances = np.einsum("nk,nki,nkj->kij", r, deviations, deviations) / counts[:, None, None]
    return np.array(log_likelihoods), weights, means, covariances


def test_the_data_are_the_classic_ones(data):
    np.testing.assert_array_equal(data, draw_the_classic_data())
    assert data.shape == (3000, 2)
    np.testing.assert_allclose(data[0], [2.16435749, 5.36333323], rtol=0, atol=5e-9)
    np.testing.assert_allclose(data.mean(axis=0), [1.63644904, 4.1465027], rtol=0, atol=5e-9)


def test_the_starts_are_the_classic_ones(data, starts):
    rows = np.random.RandomState(5).choice(3000, 3, replace=False)
    for start in starts.values():
        np.testing.assert_array_equal(start.weights, [1 / 3] * 3)
        np.testing.assert_array_equal(start.covariances, [np.cov(data.T)] * 3)
    np.testing.assert_array_equal(starts["random"].means, data[rows])


@pytest.mark.parametrize("how", RUNS)
@pytest.mark.parametrize("name", ["random", "k-means"])
def test_thirty_evaluations_equal_the_classic_loops(data, starts, name, how):
    expected, *parameters = the_classic_loop(data, starts[name].means)
    result = RUNS[how](data, starts[name], tol=1e-3 / 3000, max_iter=N_ITER)
    np.testing.assert_allclose(result.log_likelihoods[:N_ITER], expected, rtol=0, atol=1e-6)
    mixture = result.mixtures[N_ITER]
    for mine, theirs in zip((mixture.weights, mixture.means, mixture.covariances), parameters, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-8)
    assert not result.converged


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_numbers_of_the_lessons(data, starts, run):
    random = run(data, starts["random"], tol=1e-3 / 3000)
    first = [-16809.912045, -14027.422386, -14022.936334]
    np.testing.assert_allclose(random.log_likelihoods[:3], first, rtol=0, atol=1e-6)
    assert random.log_likelihoods[29] == pytest.approx(-13546.336842, abs=1e-6)
    assert random.converged
    assert random.n_iter == 71
    assert random.log_likelihoods[-1] == pytest.approx(-13344.79, abs=5e-3)
    kmeans = run(data, starts["k-means"], tol=1e-3 / 3000)
    assert kmeans.log_likelihoods[29] == pytest.approx(-13344.855954, abs=1e-6)


def test_both_runs_end_at_the_same_optimum(data, starts):
    fits = {name: fit(data, start, tol=1e-12) for name, start in starts.items()}
    for result in fits.values():
        assert result.converged
        assert result.log_likelihoods[-1] == pytest.approx(OPTIMUM, abs=5e-5)
    random, kmeans = (result.mixture for result in fits.values())
    assert_same(align(random, kmeans), kmeans, 1e-4)
