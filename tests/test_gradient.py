"""The slopes against finite differences; ascent climbs, and ends where EM ends."""

import warnings

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from gmmlesson import Mixture, datasets, fit, gradient, initialization, m_step
from strategies import random_mixture
from test_bad_input import refused

X = datasets.old_faithful()
X = (X - X.mean(axis=0)) / X.std(axis=0)
START = initialization.random_points(X, 2, np.random.default_rng(2))


def problem(k=3, d=2):
    rng = np.random.default_rng(0)
    mixture = random_mixture(rng, k, d)
    return mixture.sample(50, rng)[0], mixture


@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 2), (2, 4)])
def test_slopes_in_the_parameters_themselves(k, d):
    X, mixture = problem(k, d)
    log_likelihood, weights, means, covariances = gradient.gradient(X, mixture)
    assert log_likelihood == mixture.log_likelihood(X)
    assert weights.sum() == pytest.approx(0, abs=1e-9)  # a step keeps the sum of the weights
    rng, h = np.random.default_rng(1), 1e-6
    for _ in range(5):
        up = rng.standard_normal(k)
        up -= up.mean()
        move, turn = rng.standard_normal((k, d)), rng.standard_normal((k, d, d))
        turn += turn.swapaxes(1, 2)

        def value(h, up=up, move=move, turn=turn):
            return Mixture(
                mixture.weights + h * up, mixture.means + h * move, mixture.covariances + h * turn
            ).log_likelihood(X)

        expected = (value(h) - value(-h)) / (2 * h)
        found = weights @ up + (means * move).sum() + (covariances * turn).sum()
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("k", "d"), [(1, 1), (3, 2), (2, 4)])
def test_slopes_in_free_coordinates(k, d):
    X, mixture = problem(k, d)
    here = gradient._coordinates(mixture)
    log_likelihood, slope = gradient._slope(X, here, k, d)
    assert log_likelihood == pytest.approx(mixture.log_likelihood(X), rel=1e-12)
    numeric = approx_fprime(here, lambda there: gradient._slope(X, there, k, d)[0], 1e-7)
    np.testing.assert_allclose(slope, numeric, rtol=1e-4, atol=1e-4)


def test_ems_step_in_the_means_is_the_slope_times_covariance_over_count():
    """Xu & Jordan 1996, eq. 14."""
    X, mixture = problem()
    r = mixture.responsibilities(X)
    _, _, means, _ = gradient.gradient(X, mixture)
    step = np.einsum("kij,kj->ki", mixture.covariances, means) / r.sum(axis=0)[:, None]
    np.testing.assert_allclose(m_step(X, r).means, mixture.means + step, rtol=1e-12, atol=1e-12)


def test_both_end_where_em_ends():
    top = fit(X, START, tol=1e-12).log_likelihoods[-1]
    climbed = gradient.ascend(X, START, 0.1, max_iter=400)
    assert climbed[0] == pytest.approx(START.log_likelihood(X), rel=1e-12)
    assert (np.diff(climbed) > -1e-9).all() and climbed[-1] == pytest.approx(top, abs=1e-3)
    assert gradient.quasi_newton(X, START).max() == pytest.approx(top, abs=1e-6)


@pytest.mark.parametrize(("unit", "size"), [(1.0, 100.0), (1e-68, 1e-3), (1e-100, 1e-3)])
def test_steps_that_are_too_long_run_away_and_end(unit, size):
    start = Mixture(START.weights, unit * START.means, unit**2 * START.covariances)
    with warnings.catch_warnings(action="error"):
        climbed = gradient.ascend(unit * X, start, size, max_iter=50)
    assert len(climbed) < 51 and np.isfinite(climbed).all()


def test_slopes_that_64_bits_cannot_hold():
    small = Mixture([1.0], [[0.0]], [[[1e-140]]])
    refused(lambda: gradient.gradient([[1e70]], small), ValueError, "X must lie nearer to the mixture, for")
    refused(lambda: gradient.ascend([[1e70]], small, 0.1, max_iter=9), ValueError, "X must lie nearer")
    wide = Mixture([1.0], [[0.0]], [[[1e-4]]])
    assert len(gradient.ascend([[1e145], [0.0]], wide, 1e-3, max_iter=9)) == 1


def test_a_start_out_of_reach_is_refused():
    away = Mixture([1.0], [[1e149, 0.0]], [1e-20 * np.eye(2)])
    for climb in (lambda: gradient.ascend(X, away, 0.1, max_iter=5), lambda: gradient.quasi_newton(X, away)):
        refused(climb, ValueError, "X must lie within 1e150 standard deviations of some component")
