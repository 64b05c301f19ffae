"""Mixtures and data of every size, unit and place, for the tests."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from gmmlesson import Mixture, e_step, fit, iterate, m_step
from gmmlesson.families import FAMILIES

seeds = st.integers(0, 2**32 - 1)
families = st.sampled_from(sorted(FAMILIES))


def random_mixture(rng, k, d, *, family="full", scale=1.0, offset=0.0, spread=3.0):
    """k Gaussians whose standard deviations are about `scale`, `spread` of them apart, around `offset`."""
    weights = rng.dirichlet(np.full(k, 5.0))
    means = offset + scale * spread * rng.standard_normal((k, d))
    A = rng.standard_normal((k, d, d + 2)) * scale
    covariances = A @ A.swapaxes(1, 2) / (d + 2)
    return Mixture(weights, means, FAMILIES[family](covariances, weights))


def textbook(X, start, *, tol=1e-8, max_iter=1000, sample_weight=None, **options):
    """`fit` in the two steps of the lessons."""

    def step(mixture):
        responsibilities, log_likelihood = e_step(X, mixture, sample_weight=sample_weight)
        return m_step(X, responsibilities, sample_weight=sample_weight, **options), log_likelihood

    n = len(X) if sample_weight is None else np.sum(sample_weight)
    return iterate(step, start, tol=tol * n, max_iter=max_iter)


RUNS = {"fit": fit, "textbook": textbook}  # whatever `fit` chooses to do, it must come to the same


@st.composite
def mixtures(draw, *, max_k=5, max_d=6):
    """A Mixture, with units from 1e-6 to 1e6 and up to 1e6 of them away from the origin."""
    scale = 10.0 ** draw(st.integers(-6, 6))
    offset = scale * draw(st.sampled_from([0.0, -1.0, 1e3, 1e6]))
    k, d = draw(st.integers(1, max_k)), draw(st.integers(1, max_d))
    rng = np.random.default_rng(draw(seeds))
    return random_mixture(rng, k, d, scale=scale, offset=offset, spread=draw(st.sampled_from([0.5, 3.0])))


@dataclass(frozen=True)
class Problem:
    """Data and where to start on them."""

    X: np.ndarray
    start: Mixture
    family: str
    sample_weight: np.ndarray | None


@st.composite
def problems(draw):
    """Points from a random mixture, and a start that sees only the points.

    The offset and the scale are independent: with offset 1e6 and scale 1e-6 the points have four digits.
    """
    scale = 10.0 ** draw(st.integers(-6, 6))
    offset = draw(st.sampled_from([0.0, 1.0, -1e3, 1e6]))
    k, d, family = draw(st.integers(1, 5)), draw(st.integers(1, 6)), draw(families)
    n = draw(st.integers((d + 2) * k + 2, 80))
    rng = np.random.default_rng(draw(seeds))
    spread = draw(st.sampled_from([0.5, 2.0, 5.0]))
    truth = random_mixture(rng, k, d, scale=scale, offset=offset, spread=spread)
    X, _ = truth.sample(n, rng)
    sample_weight = rng.uniform(0.2, 3.0, n) if draw(st.booleans()) else None
    weights = rng.dirichlet(np.full(k, 5.0))
    covariances = np.tile(np.cov(X, rowvar=False).reshape(d, d), (k, 1, 1))
    means = X[rng.choice(n, k, replace=False)]
    start = Mixture(weights, means, FAMILIES[family](covariances, weights))
    return Problem(X, start, family, sample_weight)


def assert_same(a, b, tolerance=1e-10):
    """Two mixtures are equal: means and covariances compared in standard deviations of `b`."""
    assert (a.k, a.d) == (b.k, b.d)
    sd = np.sqrt(np.diagonal(b.covariances, axis1=1, axis2=2))  # (k, d)
    np.testing.assert_allclose(a.weights, b.weights, rtol=0, atol=tolerance)
    np.testing.assert_allclose(a.means / sd, b.means / sd, rtol=tolerance, atol=tolerance)
    units = sd[:, :, None] * sd[:, None, :]
    np.testing.assert_allclose(a.covariances / units, b.covariances / units, rtol=0, atol=tolerance)
