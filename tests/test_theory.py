"""Why EM works, as properties: the bound, the gap that the E-step closes, the lift of the M-step."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy
from scipy.stats import multivariate_normal

from gmmlesson import CollapsedComponent, Mixture, datasets, e_step, fit, initialization, m_step
from gmmlesson.theory import entropy, expected_complete_log_likelihood, kl_gap, lower_bound
from strategies import problems, random_mixture, seeds

# A rod, two machines: joint densities 0.2 and 0.1, so the posterior is 2/3 and 1/3.
JOINT = np.array([0.2, 0.1])
TWO = Mixture(JOINT / JOINT.sum(), [[0.0], [0.0]], [[[1 / (2 * np.pi * 0.09)]]] * 2)  # both peaks are 0.3
POINT = [[0.0]]


def any_responsibilities(rng, n, k, kind):
    """Rows that sum to 1: spread out, nearly verdicts, or verdicts with their zeros."""
    if kind == "verdicts":
        return np.eye(k)[rng.integers(k, size=n)]
    return rng.dirichlet(np.full(k, 2.0 if kind == "spread" else 0.02), n)


kinds = st.sampled_from(["spread", "sharp", "verdicts"])


def size(X, mixture):
    """How large the numbers are that cancel: rounding is relative to them."""
    return 1 + np.abs(mixture.log_joint(X)).max()


class TestByHand:
    def test_the_joint_is_what_it_should_be(self):
        np.testing.assert_allclose(np.exp(TWO.log_joint(POINT))[0], JOINT, rtol=1e-14)

    def test_equal_shares(self):
        r = [[0.5, 0.5]]
        q = (np.log(0.2) + np.log(0.1)) / 2
        assert expected_complete_log_likelihood(POINT, r, TWO) == pytest.approx(q, rel=1e-14)
        assert entropy(r) == pytest.approx(np.log(2), rel=1e-14)
        assert lower_bound(POINT, r, TWO) == pytest.approx(q + np.log(2), rel=1e-14)
        gap = 0.5 * np.log(0.5 / (2 / 3)) + 0.5 * np.log(0.5 / (1 / 3))
        assert kl_gap(POINT, r, TWO) == pytest.approx(gap, rel=1e-13)

    def test_a_verdict_counts_only_its_component(self):
        r = [[0.0, 1.0]]
        assert lower_bound(POINT, r, TWO) == pytest.approx(np.log(0.1), rel=1e-14)
        assert kl_gap(POINT, r, TWO) == pytest.approx(np.log(3), rel=1e-14)
        assert entropy(r) == 0 and str(entropy(r)) == "0.0"

    def test_a_verdict_for_a_component_so_far_away_that_its_density_is_zero(self):
        mixture = Mixture([0.5, 0.5], [[0.0], [1e3]], [[[1.0]], [[1.0]]])
        here = np.log(0.5) - 0.5 * np.log(2 * np.pi)
        assert lower_bound([[0.0]], [[1.0, 0.0]], mixture) == pytest.approx(here, rel=1e-14)
        assert kl_gap([[0.0]], [[1.0, 0.0]], mixture) == 0
        assert lower_bound([[0.0]], [[0.0, 1.0]], mixture) == pytest.approx(here - 5e5, rel=1e-14)
        assert kl_gap([[0.0]], [[0.0, 1.0]], mixture) == pytest.approx(5e5, rel=1e-14)

    def test_one_component_has_no_gap(self):
        rng = np.random.default_rng(0)
        mixture = random_mixture(rng, 1, 3)
        X, _ = mixture.sample(20, rng)
        assert kl_gap(X, np.ones((20, 1)), mixture) == 0
        bound = lower_bound(X, np.ones((20, 1)), mixture)
        assert bound == pytest.approx(mixture.log_likelihood(X), rel=1e-14)


def test_against_loops_and_scipy():
    rng = np.random.default_rng(1)
    mixture = random_mixture(rng, 3, 2)
    X, _ = mixture.sample(40, rng)
    r = rng.dirichlet(np.ones(3), 40)
    parameters = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    joint = np.stack([w * multivariate_normal.pdf(X, mean, cov) for w, mean, cov in parameters], axis=1)
    posterior = joint / joint.sum(axis=1, keepdims=True)
    q = sum(r[n, j] * np.log(joint[n, j]) for n in range(40) for j in range(3))
    assert expected_complete_log_likelihood(X, r, mixture) == pytest.approx(q, rel=1e-12)
    assert entropy(r) == pytest.approx(scipy_entropy(r, axis=1).sum(), rel=1e-12)
    assert kl_gap(X, r, mixture) == pytest.approx(scipy_entropy(r, posterior, axis=1).sum(), rel=1e-11)
    assert lower_bound(X, r, mixture) == pytest.approx(q + scipy_entropy(r, axis=1).sum(), rel=1e-12)


class TestForAllData:
    @given(problems(), seeds, kinds)
    def test_the_bound_is_a_bound_and_the_gap_is_what_it_misses(self, problem, seed, kind):
        X, mixture = problem.X, problem.start
        r = any_responsibilities(np.random.default_rng(seed), len(X), mixture.k, kind)
        bound, gap = lower_bound(X, r, mixture), kl_gap(X, r, mixture)
        log_likelihood, rounding = mixture.log_likelihood(X), 1e-12 * len(X) * size(X, mixture)
        assert bound <= log_likelihood + rounding
        assert gap >= -1e-12 * len(X)
        assert bound + gap == pytest.approx(log_likelihood, rel=0, abs=rounding)
        q = expected_complete_log_likelihood(X, r, mixture)
        assert q + entropy(r) == pytest.approx(bound, rel=0, abs=rounding)
        assert 0 <= entropy(r) <= len(X) * np.log(mixture.k) + 1e-9

    @given(problems())
    def test_the_e_step_closes_the_gap(self, problem):
        X, mixture = problem.X, problem.start
        r, log_likelihood = e_step(X, mixture)
        assert abs(kl_gap(X, r, mixture)) <= 1e-12 * len(X)
        bound, rounding = lower_bound(X, r, mixture), 1e-12 * len(X) * size(X, mixture)
        assert bound == pytest.approx(log_likelihood, rel=0, abs=rounding)

    @given(problems(), seeds, kinds)
    def test_no_other_responsibilities_have_a_higher_bound(self, problem, seed, kind):
        X, mixture = problem.X, problem.start
        best, _ = e_step(X, mixture)
        other = any_responsibilities(np.random.default_rng(seed), len(X), mixture.k, kind)
        mixed = 0.99 * best + 0.01 * other
        rounding = 1e-12 * len(X) * size(X, mixture)
        for r in (other, mixed):
            assert lower_bound(X, r, mixture) <= lower_bound(X, best, mixture) + rounding

    @given(problems(), seeds, st.sampled_from(["spread", "e_step"]))
    @settings(max_examples=150)
    def test_no_m_step_lowers_the_bound(self, problem, seed, kind):
        """From whatever mixture, and for whatever responsibilities: also for those of no E-step."""
        X, mixture, family = problem.X, problem.start, problem.family
        if kind == "e_step":
            r, _ = e_step(X, mixture)
        else:
            r = any_responsibilities(np.random.default_rng(seed), len(X), mixture.k, kind)
        try:
            better = m_step(X, r, family=family)
        except CollapsedComponent:
            assume(False)
        assert lower_bound(X, r, better) >= lower_bound(X, r, mixture) - 1e-9 * len(X)

    @given(problems())
    def test_the_chain_of_one_iteration(self, problem):
        """log-likelihood = bound <= bound after the M-step <= log-likelihood after it."""
        X, old = problem.X, problem.start
        r, before = e_step(X, old)
        try:
            new = m_step(X, r, family=problem.family)
        except CollapsedComponent:
            assume(False)
        lifted = lower_bound(X, r, new)
        assert before - 1e-9 * len(X) <= lifted <= new.log_likelihood(X) + 1e-9 * len(X)


def test_q_falls_while_the_likelihood_rises():
    """Three components on Old Faithful: Q rises for 53 iterations, then falls in all of the next 247."""
    X = datasets.old_faithful()
    start = initialization.random_points(X, 3, np.random.default_rng(0))
    run = fit(X, start, tol=0, max_iter=300)
    assert (np.diff(run.log_likelihoods) > 0).all()
    pairs = [(mixture.responsibilities(X), mixture) for mixture in run.mixtures]
    q = [expected_complete_log_likelihood(X, r, mixture) for r, mixture in pairs]
    np.testing.assert_array_equal(np.diff(q) < 0, np.arange(300) >= 53)


class TestBadInput:
    X = np.zeros((2, 1))
    GOOD = np.full((2, 2), 0.5)

    @pytest.mark.parametrize("function", [expected_complete_log_likelihood, lower_bound, kl_gap])
    def test_is_refused_in_one_sentence(self, function):
        for r, message in [
            (np.full((3, 2), 0.5), "responsibilities must have 2 rows"),
            (np.ones((2, 1)), "responsibilities must have 2 columns, one a component; it has 1"),
            (np.full((2, 2), 0.4), "responsibilities must sum to 1 in a row"),
            ([[1.5, -0.5]] * 2, "responsibilities must not be negative"),
            ([[np.nan, 1.0]] * 2, "responsibilities must be finite"),
        ]:
            with pytest.raises(ValueError, match=message):
                function(self.X, r, TWO)
        with pytest.raises(TypeError, match="mixture must be a Mixture"):
            function(self.X, self.GOOD, "a mixture")
        with pytest.raises(ValueError, match="X must have 1 features"):
            function(np.zeros((2, 3)), self.GOOD, TWO)

    def test_entropy_too(self):
        with pytest.raises(ValueError, match="must sum to 1"):
            entropy([[0.5, 0.4]])

    def test_nothing_is_changed(self):
        X, r = np.array([[0.0], [1.0]]), np.array([[0.0, 1.0], [0.5, 0.5]])
        for function in (expected_complete_log_likelihood, lower_bound, kl_gap):
            function(X, r, TWO)
        assert X.tolist() == [[0.0], [1.0]] and r.tolist() == [[0.0, 1.0], [0.5, 0.5]]
