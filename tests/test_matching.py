"""Matching components across fits, and the distance it uses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from gmmlesson import Mixture, datasets, fit
from gmmlesson.initialization import random_points
from gmmlesson.matching import align, bhattacharyya, match
from strategies import assert_same, mixtures, random_mixture, seeds


def permuted(mixture, order):
    return Mixture(mixture.weights[order], mixture.means[order], mixture.covariances[order])


def disturbed(mixture, rng, size):
    """Means moved by `size` standard deviations, covariances and weights changed by about as much."""
    L = np.linalg.cholesky(mixture.covariances)
    means = mixture.means + size * (L @ rng.standard_normal((mixture.k, mixture.d, 1)))[..., 0]
    B = np.eye(mixture.d) + size * rng.standard_normal((mixture.k, mixture.d, mixture.d))
    covariances = L @ B @ B.swapaxes(1, 2) @ L.swapaxes(1, 2)
    weights = mixture.weights * np.exp(size * rng.standard_normal(mixture.k))
    return Mixture(weights / weights.sum(), means, covariances)


@given(st.integers(1, 6), st.integers(1, 4), seeds)
def test_a_hidden_order_is_found_under_noise(k, d, seed):
    rng = np.random.default_rng(seed)
    reference = random_mixture(rng, k, d, spread=20.0)
    order = rng.permutation(k)
    shuffled = permuted(disturbed(reference, rng, 0.05), order)
    found = match(shuffled, reference)
    np.testing.assert_array_equal(order[found], np.arange(k))
    aligned = align(shuffled, reference)
    np.testing.assert_array_equal(aligned.means, shuffled.means[found])
    np.testing.assert_array_equal(aligned.weights, shuffled.weights[found])
    np.testing.assert_array_equal(aligned.covariances, shuffled.covariances[found])


def test_the_direction_of_the_order():
    """order[j] is the component of `mixture` that goes with component j of `reference`: a cycle of three."""
    reference = Mixture([0.2, 0.3, 0.5], [[0.0], [10.0], [20.0]], np.ones((3, 1, 1)))
    mixture = Mixture([0.3, 0.5, 0.2], [[10.0], [20.0], [0.0]], np.ones((3, 1, 1)))
    assert match(mixture, reference).tolist() == [2, 0, 1]
    assert_same(align(mixture, reference), reference)


def test_components_that_differ_in_shape_alone():
    reference = Mixture([0.5, 0.5], [[0.0, 0.0]] * 2, [np.diag([9.0, 1.0]), np.diag([1.0, 9.0])])
    mixture = permuted(reference, [1, 0])
    assert match(mixture, reference).tolist() == [1, 0]


def test_the_total_distance_is_the_smallest_not_each_one():
    """1.1 is nearest to 1.0, but then 5.0 would be left with 0.0."""
    reference = Mixture([0.5, 0.5], [[0.0], [1.0]], np.ones((2, 1, 1)))
    mixture = Mixture([0.5, 0.5], [[1.1], [5.0]], np.ones((2, 1, 1)))
    assert match(mixture, reference).tolist() == [0, 1]


def test_two_fits_of_old_faithful_are_the_same_up_to_the_numbering():
    X = datasets.old_faithful()
    fits = [fit(X, random_points(X, 2, np.random.default_rng(seed)), tol=1e-13).mixture for seed in range(6)]
    orders = {tuple(match(other, fits[0]).tolist()) for other in fits}
    assert orders == {(0, 1), (1, 0)}
    for other in fits:
        assert_same(align(other, fits[0]), fits[0], 1e-4)


class TestBhattacharyya:
    @given(mixtures())
    def test_zero_on_itself_symmetric_and_positive(self, mixture):
        distance = bhattacharyya(mixture, mixture)
        np.testing.assert_allclose(np.diagonal(distance), 0, atol=1e-10)
        np.testing.assert_allclose(distance, distance.T, rtol=1e-8, atol=1e-10)
        assert distance.min() > -1e-10

    @given(seeds)
    def test_mixtures_of_different_k(self, seed):
        rng = np.random.default_rng(seed)
        a, b = random_mixture(rng, 2, 3), random_mixture(rng, 4, 3)
        assert bhattacharyya(a, b).shape == (2, 4)
        np.testing.assert_allclose(bhattacharyya(a, b), bhattacharyya(b, a).T, rtol=1e-10)

    @pytest.mark.parametrize(("gap", "sd"), [(0.0, 1.0), (1.0, 1.0), (2.5, 0.4), (0.0, 3.0), (-4.0, 2.0)])
    def test_minus_log_of_the_integral_of_sqrt_pq(self, gap, sd):
        a, b = Mixture([1.0], [[0.0]], [[[1.0]]]), Mixture([1.0], [[gap]], [[[sd**2]]])
        overlap, _ = quad(lambda x: np.sqrt(norm.pdf(x) * norm.pdf(x, gap, sd)), -30, 30, points=[gap])
        assert bhattacharyya(a, b)[0, 0] == pytest.approx(-np.log(overlap), abs=1e-9)

    @given(mixtures(max_d=4), seeds)
    def test_the_same_in_any_units(self, mixture, seed):
        rng = np.random.default_rng(seed)
        other = disturbed(mixture, rng, 0.3)
        A = rng.standard_normal((mixture.d, mixture.d)) + 3 * np.eye(mixture.d)

        def moved(mixture):
            return Mixture(mixture.weights, mixture.means @ A.T, A @ mixture.covariances @ A.T)

        expected = bhattacharyya(mixture, other)
        found = bhattacharyya(moved(mixture), moved(other))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
