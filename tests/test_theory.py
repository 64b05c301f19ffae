"""Why EM works, as properties: the bound, the gap that the E-step closes, the lift of the M-step."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy
from scipy.stats import multivariate_normal

from gmmlesson import (
    CollapsedComponent,
    Mixture,
    datasets,
    e_step,
    fit,
    initialization,
    m_step,
    plots,
)
from gmmlesson.theory import entropy, expected_complete_log_likelihood, kl_gap, lift_and_gap, lower_bound
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


LINE = np.array([-6.0, -5, -4, -1, 0, 1, 4, 5, 6, 7])[:, None]


def on_the_line(m):
    return Mixture([0.5, 0.5], [[0.0], [m]], [[[4.0]], [[4.0]]])


def next_mean(m, share=1.0):
    """The M-step for orange, or `share` of the way to it."""
    r, _ = e_step(LINE, on_the_line(m))
    return m + share * (r[:, 1] @ LINE[:, 0] / r[:, 1].sum() - m)


class TestOnTheLine:
    """The ten points of lesson 06."""

    @pytest.mark.parametrize("m", np.arange(-8, 9.5, 0.5).tolist())
    def test_the_border_between_the_tops_is_near_minus_a_half(self, m):
        there = m
        for _ in range(100):
            there = next_mean(there)
        assert there == pytest.approx(-4.668 if m <= -0.5 else 5.408, abs=1e-3)
        if -4.6 < m < 5.4:  # the square shows the way between the tops only
            assert (next_mean(m) < m) == (m <= -0.5)

    def test_half_an_m_step_climbs_too(self):
        m, before = 1.0, -np.inf
        for _ in range(20):
            now = on_the_line(m).log_likelihood(LINE)
            assert now > before - 1e-9
            before, m = now, next_mean(m, 0.5)

    def test_shares_renewed_for_one_point_at_a_time_climb_the_bound_not_always_the_log_likelihood(self):
        m = 1.0
        r, _ = e_step(LINE, on_the_line(-5.0))
        bounds, log_likelihoods = [lower_bound(LINE, r, on_the_line(m))], []
        for i in range(40):
            n = 3 * i % 10
            r[n] = e_step(LINE, on_the_line(m))[0][n]
            bounds.append(lower_bound(LINE, r, on_the_line(m)))
            m = r[:, 1] @ LINE[:, 0] / r[:, 1].sum()
            bounds.append(lower_bound(LINE, r, on_the_line(m)))
            log_likelihoods.append(on_the_line(m).log_likelihood(LINE))
        assert np.diff(bounds).min() > -1e-9
        assert np.diff(log_likelihoods).min() < -0.01

    def test_verdicts_leave_the_top_and_the_log_likelihood_falls(self):
        top = -4.668
        r, log_likelihood = e_step(LINE, on_the_line(top))
        assert LINE[r[:, 1] > 0.5, 0].tolist() == [-6, -5, -4]
        assert on_the_line(-5.0).log_likelihood(LINE) < log_likelihood

    def test_the_map_tells_where_its_walks_end(self):
        sentence = plots.ascent_map([(-5.0, 1.0), (5.0, -2.0)]).caption
        assert "shares for -5 and orange at 1 ends at 5.41;" in sentence
        assert sentence.endswith("shares for 5 and orange at -2 ends at -4.67.")

    def test_the_pictures_of_the_steps_tell_their_numbers(self):
        sentence = plots.bound_steps(1.0).caption
        first, second = next_mean(1.0), next_mean(next_mean(1.0))
        gap = kl_gap(LINE, e_step(LINE, on_the_line(1.0))[0], on_the_line(first))
        assert f"touches at 1.00 and has its top at {first:.2f}, {gap:.2f} nats below" in sentence
        assert f"touches at {first:.2f} and has its top at {second:.2f}" in sentence


def test_the_other_pictures_tell_their_numbers():
    assert plots.chord(1, 9).caption.endswith("At 5 the curve is at 1.609 and the chord at 1.099.")
    assert plots.bound_along_shares(JOINT).caption.endswith("log-density, -1.204, at 0.667 only.")
    log_likelihoods, q = np.array([-9.0, -8.0, -7.5, -7.0]), np.array([-12.0, -9.0, -10.0, -11.5])
    sentence = plots.q_and_log_likelihood(log_likelihoods, q, 0).caption
    told = "Q has its peak at iteration 1, then falls by 2.5 nats; the log-likelihood falls 0 times."
    assert sentence.endswith(told)
    for gaps, where in [([1.0, 5.0, 3.0], "in iteration 2, 3"), ([1.0, 1.0, 1.0], "nowhere")]:
        picture = plots.lifts_and_gaps([4.0, 2.0, 2.0], gaps)
        fig, sentence = picture.figure, picture.caption
        assert fig.axes[0].get_title(loc="left") == f"The gap is larger than the lift {where}"
        assert sentence.endswith(f"The gap is larger than the lift {where}.")


class TestLiftAndGap:
    def test_they_add_up_to_the_gain_whatever_the_mixtures(self):
        rng = np.random.default_rng(5)
        X = rng.normal(size=(40, 2))
        for _ in range(20):
            old, new = (
                Mixture(rng.dirichlet([2, 2, 2]), rng.normal(size=(3, 2)), [s * np.eye(2) for s in (1, 2, 3)])
                for _ in range(2)
            )
            lift, gap = lift_and_gap(X, old, new)
            gain = new.log_likelihood(X) - old.log_likelihood(X)
            assert lift + gap == pytest.approx(gain, abs=1e-9) and gap >= 0

    def test_after_an_m_step_neither_is_negative(self):
        X = datasets.old_faithful()
        run = fit(X, initialization.random_points(X, 3, np.random.default_rng(0)), tol=0, max_iter=50)
        parts = np.array([lift_and_gap(X, old, new) for old, new in pairwise(run.mixtures)])
        assert parts.min() > -1e-9

    def test_q_falls_from_most_starts_and_the_log_likelihood_from_none(self):
        X = datasets.old_faithful()
        falls = 0
        for seed in range(10):
            run = fit(X, initialization.random_points(X, 2, np.random.default_rng(seed)), tol=1e-6)
            Q = [expected_complete_log_likelihood(X, e_step(X, one)[0], one) for one in run.mixtures]
            falls += (np.diff(Q) < -1e-6).any()
            assert np.diff(run.log_likelihoods).min() > -1e-9
        assert falls >= 7

    def test_equally_many_components_are_needed(self):
        one = Mixture([1.0], [[0.0]], [[[1.0]]])
        two = Mixture([0.5, 0.5], [[0.0], [1.0]], np.ones((2, 1, 1)))
        with pytest.raises(ValueError, match="new must have 1 components"):
            lift_and_gap(np.zeros((2, 1)), one, two)


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
