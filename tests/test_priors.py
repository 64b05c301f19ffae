"""Priors: the M-step is the maximum, invented points count like measured ones, and no run falls."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmmlesson import CollapsedComponent, Mixture, datasets, e_step, iterate, m_step
from gmmlesson.initialization import random_points
from gmmlesson.priors import Prior, effective_components, log_prior, map_m_step, weak_prior
from gmmlesson.theory import expected_complete_log_likelihood


def problem(seed, n=12, d=2, k=2):
    """Points (n, d), responsibilities (n, k) and a prior with opinions on everything."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) @ rng.uniform(-1, 1.5, (d, d)) + np.arange(1.0, d + 1)
    logits = rng.normal(0, 2, (n, k))
    r = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    A = rng.standard_normal((d, d + 2))
    return X, r, Prior(rng.normal(size=d), A @ A.T, *rng.uniform(0.5, 6, 3))


def map_step(X, prior):
    def step(mixture):
        r, log_likelihood = e_step(X, mixture)
        return map_m_step(X, r, prior), log_likelihood + log_prior(mixture, prior)

    return step


def moved(mixture, rng, size):
    """A mixture nearby: all three kinds of parameters pushed a little."""
    weights = mixture.weights * np.exp(size * rng.normal(size=mixture.k))
    L = mixture.cholesky @ (np.eye(mixture.d) + size * rng.normal(size=(mixture.k, mixture.d, mixture.d)))
    means = mixture.means + size * rng.normal(size=mixture.means.shape)
    return Mixture(weights / weights.sum(), means, L @ L.swapaxes(1, 2))


@given(seed=st.integers(0, 10_000), d=st.integers(1, 4), k=st.integers(1, 4))
def test_no_mixture_nearby_has_more_q_plus_log_prior(seed, d, k):
    X, r, prior = problem(seed, 12, d, k)
    best = map_m_step(X, r, prior)

    def value(mixture):
        return expected_complete_log_likelihood(X, r, mixture) + log_prior(mixture, prior)

    rng = np.random.default_rng(seed)
    top = value(best)
    assert all(value(moved(best, rng, size)) <= top + 1e-9 * abs(top) for size in (1e-3, 1e-2, 0.1, 0.5))


@given(seed=st.integers(0, 10_000), k=st.integers(1, 4))
def test_log_likelihood_plus_log_prior_never_falls(seed, k):
    X, r, prior = problem(seed, 15, 2, k)
    run = iterate(map_step(X, prior), map_m_step(X, r, prior), tol=0, max_iter=30)
    assert np.diff(run.log_likelihoods).min(initial=0) >= -1e-9 * np.abs(run.log_likelihoods).max()


def test_a_prior_that_says_nothing_leaves_the_m_step():
    X, r, prior = problem(0)
    free, silent = m_step(X, r), map_m_step(X, r, Prior(prior.mean, prior.covariance, 0, 0, 0))
    for part in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(silent, part), getattr(free, part), rtol=1e-12)


def test_invented_points_count_like_measured_ones():
    """Four points about each component's own mean, with the covariance Lambda: the same mixture."""
    X, r, _ = problem(1, n=20)
    invented = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]) @ np.array([[2.0, 0], [0.5, 1]])
    by_prior = map_m_step(X, r, Prior([0, 0], invented.T @ invented / 4, 4, 0, 4))
    rows, shares = [X], [r]
    for j, mean in enumerate(m_step(X, r).means):
        rows.append(mean + invented)
        shares.append(np.tile(np.eye(2)[j], (4, 1)))
    measured = m_step(np.concatenate(rows), np.concatenate(shares))
    for part in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(by_prior, part), getattr(measured, part), rtol=1e-10)


def test_normal_inverse_wishart_in_the_books_words():
    """Fraley & Raftery (2007): shrinkage kappa, scale Psi, nu degrees of freedom; the mode of both."""
    X, r, prior = problem(2, n=30, d=3)
    kappa, Psi = prior.mean_points, prior.covariance_points * prior.covariance
    d, nu = 3, prior.covariance_points - 3 - 2
    found = map_m_step(X, r, prior)
    for j, shares in enumerate(r.T):
        count = shares.sum()
        mean = shares @ X / count
        W = (shares[:, None] * (X - mean)).T @ (X - mean)
        off = mean - prior.mean
        mode = (Psi + kappa * count / (kappa + count) * np.outer(off, off) + W) / (nu + count + d + 2)
        np.testing.assert_allclose(found.covariances[j], mode, rtol=1e-10)
        np.testing.assert_allclose(found.means[j], (count * mean + kappa * prior.mean) / (count + kappa))
    np.testing.assert_allclose(
        found.weights, (r.sum(axis=0) + prior.weight_points) / (30 + 2 * prior.weight_points)
    )


@pytest.mark.parametrize("unit", [1e-6, 1 / 1440, 60, 1e6])
def test_the_weak_prior_knows_the_units(unit):
    X = datasets.old_faithful()
    start = random_points(X, 2, np.random.default_rng(5))
    scaled = Mixture(start.weights, unit * start.means, unit**2 * start.covariances)
    ends = [
        iterate(map_step(u * X, weak_prior(u * X, 2)), begin, tol=1e-6, max_iter=200).mixture
        for u, begin in ((1, start), (unit, scaled))
    ]
    np.testing.assert_allclose(ends[1].means, unit * ends[0].means, rtol=1e-6)
    np.testing.assert_allclose(ends[1].covariances, unit**2 * ends[0].covariances, rtol=1e-6)


def test_a_component_on_one_point_keeps_a_covariance_and_an_empty_one_is_the_priors():
    X = np.array([[0.0, 0], [1, 3], [2, 1], [9, 9]])
    r = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0.0]])
    prior = Prior([1, 1], [[2, 0.5], [0.5, 1]], 4, 1, 1)
    _, lone, empty = map_m_step(X, r, prior).covariances
    np.testing.assert_allclose(lone, (32 * np.ones((2, 2)) + 4 * prior.covariance) / 5)  # half way, 4 and 4
    np.testing.assert_allclose(empty, prior.covariance)
    with pytest.raises(CollapsedComponent):
        map_m_step(X, r, Prior([1, 1], prior.covariance, 4, 1, 0))
    with pytest.raises(CollapsedComponent):
        map_m_step(X, r[:, :2], Prior([1, 1], prior.covariance, 0, 0, 0))


@pytest.mark.parametrize(("k", "d", "smaller"), [(4, 1, 16), (4, 2, 4), (8, 3, 4), (1, 2, 1)])
def test_the_weak_prior_is_spread_as_if_components_shared_out_the_space(k, d, smaller):
    """A feature is spread k^(1/d) times less, a variance k^(2/d) times."""
    X = np.random.default_rng(k).normal(size=(50, d)) @ np.random.default_rng(d).normal(size=(d, d))
    prior = weak_prior(X, k)
    np.testing.assert_allclose(prior.covariance, np.cov(X.T).reshape(d, d) / smaller, rtol=1e-12)
    np.testing.assert_allclose(prior.mean, X.mean(axis=0))


def test_points_on_a_line_have_no_weak_prior():
    with pytest.raises(ValueError, match="X must spread in every direction"):
        weak_prior(np.outer(np.arange(5.0), [1, 2]), 2)


def test_a_prior_of_other_features_is_refused():
    X, r, _ = problem(3, d=3)
    two = Prior([0, 0], np.eye(2), 4)
    with pytest.raises(ValueError, match="X must have 2 features"):
        map_m_step(X, r, two)
    with pytest.raises(ValueError, match="mixture must have 2 features"):
        log_prior(m_step(X, r), two)


class TestEffectiveComponents:
    @pytest.mark.parametrize("k", [1, 2, 7, 100])
    def test_equal_weights_count_one_each(self, k):
        assert effective_components(np.full(k, 1 / k)) == pytest.approx(k)

    def test_by_hand(self):
        assert effective_components([0.5, 0.25, 0.25]) == pytest.approx(2**1.5)

    @given(seed=st.integers(0, 10_000), k=st.integers(1, 8))
    def test_between_one_and_k_and_blind_to_order_and_to_zeros(self, seed, k):
        weights = np.random.default_rng(seed).dirichlet(np.full(k, 0.3))
        number = effective_components(weights)
        assert 1 - 1e-12 <= number <= k + 1e-9
        assert effective_components([*weights[::-1], 0, 0]) == pytest.approx(number)

    def test_a_component_cut_in_two_adds_what_it_was(self):
        """Doubling: k pairs of halves are twice as diverse."""
        weights = np.array([0.6, 0.3, 0.1])
        assert effective_components(np.repeat(weights / 2, 2)) == pytest.approx(
            2 * effective_components(weights)
        )

    def test_a_thousand_small_ones_count(self):
        """Half the weight in one, half in a thousand: exp(log 2 + log(1000) / 2)."""
        weights = [0.5, *np.full(1000, 0.0005)]
        assert effective_components(weights) == pytest.approx(2 * 1000**0.5)

    def test_what_vanishes_counts_nothing(self):
        assert effective_components([0.5, 0.5 - 1e-12, 1e-12]) == pytest.approx(2, abs=1e-9)
