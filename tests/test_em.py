"""EM: each step by hand and by brute force, what holds for all data, what `iterate` and `fit` report."""

import math
import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad
from scipy.stats import multivariate_normal

from gmmlesson import CollapsedComponent, Fit, Mixture, datasets, e_step, fit, fit_blocks, iterate, m_step
from gmmlesson.families import FAMILIES
from gmmlesson.initialization import from_labels, kmeans, random_points
from strategies import RUNS, assert_same, families, problems, random_mixture, seeds

FAITHFUL = datasets.old_faithful()
FAITHFUL_START = from_labels(FAITHFUL, (FAITHFUL[:, 0] > 4).astype(int))


@pytest.fixture(params=RUNS)
def run(request):
    """`fit`, and the two steps repeated."""
    return RUNS[request.param]


def random_problem(seed=0, *, n=90, k=3, d=2, family="full"):
    """Points from a random mixture, and a start some way from it."""
    rng = np.random.default_rng(seed)
    truth = random_mixture(rng, k, d)
    X, _ = truth.sample(n, rng)
    means = truth.means + 0.5 * rng.standard_normal((k, d))
    weights = np.full(k, 1 / k)
    return X, Mixture(weights, means, FAMILIES[family](2 * truth.covariances, weights))


class TestEStep:
    def test_by_hand(self):
        """Weights 2/3 and 1/3, means 0 and 3, standard deviation 1, points 0, 2 and 45."""
        mixture = Mixture([2 / 3, 1 / 3], [[0.0], [3.0]], [[[1.0]], [[1.0]]])
        responsibilities, log_likelihood = e_step([[0.0], [2.0], [45.0]], mixture)
        left = 1 / (1 + np.exp([-9 / 2, 3 / 2, 90 * 3 / 2 - 9 / 2]) / 2)  # odds 1/2 exp(3 x - 9/2)
        np.testing.assert_allclose(responsibilities[:, 0], left, rtol=1e-12)
        densities = [2 / 3 + np.exp(-4.5) / 3, 2 / 3 * np.exp(-2) + np.exp(-0.5) / 3]
        expected = np.log(densities).sum() + np.log(1 / 3) - 42**2 / 2 - 1.5 * np.log(2 * np.pi)
        assert log_likelihood == pytest.approx(expected, rel=1e-14)

    def test_by_bayes_rule_with_scipys_densities(self):
        X, mixture = random_problem()
        parameters = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
        joint = np.stack([w * multivariate_normal.pdf(X, mean, cov) for w, mean, cov in parameters], axis=1)
        responsibilities, log_likelihood = e_step(X, mixture)
        np.testing.assert_allclose(responsibilities, joint / joint.sum(axis=1, keepdims=True), rtol=1e-11)
        assert log_likelihood == pytest.approx(np.log(joint.sum(axis=1)).sum(), rel=1e-13)

    def test_it_says_what_the_mixture_says(self):
        X, mixture = random_problem()
        responsibilities, log_likelihood = e_step(X, mixture)
        np.testing.assert_allclose(responsibilities, mixture.responsibilities(X), rtol=1e-14)
        assert log_likelihood == mixture.log_likelihood(X)
        assert type(log_likelihood) is float

    def test_sample_weight_counts_points_and_leaves_responsibilities(self):
        X, mixture = random_problem()
        sample_weight = np.linspace(0, 2, len(X))
        responsibilities, log_likelihood = e_step(X, mixture, sample_weight=sample_weight)
        np.testing.assert_array_equal(responsibilities, e_step(X, mixture)[0])
        assert log_likelihood == mixture.log_likelihood(X, sample_weight)
        assert log_likelihood == pytest.approx((sample_weight * mixture.log_density(X)).sum(), rel=1e-13)

    @given(problems())
    def test_rows_sum_to_one(self, problem):
        responsibilities, _ = e_step(problem.X, problem.start)
        assert responsibilities.min() >= 0
        np.testing.assert_allclose(responsibilities.sum(axis=1), 1, rtol=0, atol=1e-13)


class TestMStep:
    def test_by_hand(self):
        """Points 0, 2 and 4; the one in the middle is shared. N_k = 3/2, not N_k - 1 = 1/2."""
        mixture = m_step([[0.0], [2.0], [4.0]], [[1, 0], [0.5, 0.5], [0, 1]])
        np.testing.assert_allclose(mixture.weights, [1 / 2, 1 / 2], rtol=1e-15)
        np.testing.assert_allclose(mixture.means, [[2 / 3], [10 / 3]], rtol=1e-15)
        np.testing.assert_allclose(mixture.covariances, [[[8 / 9]], [[8 / 9]]], rtol=1e-14)

    def test_with_known_labels_it_is_the_mean_and_covariance_of_each_group(self):
        groups = [FAITHFUL[FAITHFUL[:, 0] < 3], FAITHFUL[FAITHFUL[:, 0] >= 3]]
        mixture = m_step(FAITHFUL, np.eye(2)[(FAITHFUL[:, 0] >= 3).astype(int)])
        for j, group in enumerate(groups):
            assert mixture.weights[j] == pytest.approx(len(group) / 272, rel=1e-14)
            np.testing.assert_allclose(mixture.means[j], group.mean(axis=0), rtol=1e-14)
            np.testing.assert_allclose(mixture.covariances[j], np.cov(group.T, bias=True), rtol=1e-12)

    @pytest.mark.parametrize("weighted", [False, True])
    def test_against_loops(self, weighted):
        X, mixture = random_problem(1, d=3)
        r = mixture.responsibilities(X)
        sample_weight = np.random.default_rng(2).uniform(0, 3, len(X)) if weighted else np.ones(len(X))
        result = m_step(X, r, sample_weight=sample_weight if weighted else None)
        for j in range(mixture.k):
            w = sample_weight * r[:, j]
            mean = sum(w[i] * X[i] for i in range(len(X))) / w.sum()
            outer = sum(w[i] * np.outer(X[i] - mean, X[i] - mean) for i in range(len(X)))
            assert result.weights[j] == pytest.approx(w.sum() / sample_weight.sum(), rel=1e-13)
            np.testing.assert_allclose(result.means[j], mean, rtol=1e-11)
            np.testing.assert_allclose(result.covariances[j], outer / w.sum(), rtol=1e-10, atol=1e-12)

    def test_far_from_the_origin_the_mean_keeps_its_digits(self):
        """Sums of 1e8s lose some: only sums of deviations come within one rounding of the exact mean."""
        rng = np.random.default_rng(0)
        X = 1e8 + rng.standard_normal((3000, 1))
        r = rng.dirichlet([1.0, 1.0], len(X))
        exact = [math.fsum(w * (X[:, 0] - 1e8)) / math.fsum(w) for w in r.T]
        np.testing.assert_allclose(m_step(X, r).means[:, 0] - 1e8, exact, rtol=0, atol=np.spacing(1e8))

    @pytest.mark.parametrize("family", FAMILIES)
    def test_family_projects_and_ridge_is_added_once_after_it(self, family):
        X, mixture = random_problem(3, d=3)
        r = mixture.responsibilities(X)
        free = m_step(X, r)
        expected = FAMILIES[family](free.covariances, free.weights)
        np.testing.assert_allclose(m_step(X, r, family=family).covariances, expected, rtol=1e-13, atol=1e-15)
        ridged = m_step(X, r, family=family, ridge=0.25)
        np.testing.assert_allclose(ridged.covariances, expected + 0.25 * np.eye(3), rtol=1e-13, atol=1e-15)
        np.testing.assert_array_equal(ridged.means, free.means)
        np.testing.assert_array_equal(ridged.weights, free.weights)

    @given(problems(), seeds)
    @settings(max_examples=60)
    def test_it_is_the_maximum_within_its_family(self, problem, seed):
        """No other mixture of the family has a larger expected complete-data log-likelihood Q.

        The neighbors are the images of perturbed covariances under the family's own projection.
        """
        rng = np.random.default_rng(seed)
        X, family, n = problem.X, problem.family, len(problem.X)
        c = np.ones(n) if problem.sample_weight is None else problem.sample_weight
        r = rng.dirichlet(np.full(problem.start.k, 0.5), n)
        best = m_step(X, r, family=family, sample_weight=problem.sample_weight)
        L = np.linalg.cholesky(best.covariances)

        def q(mixture):
            return (c[:, None] * r * mixture.log_joint(X)).sum() / c.sum()

        assert np.isfinite(q(best))
        for size in (0.1, 0.01):
            for _ in range(3):
                weights = best.weights * np.exp(size * rng.standard_normal(best.k))
                means = best.means + size * (L @ rng.standard_normal((best.k, best.d, 1)))[..., 0]
                B = np.eye(best.d) + size * rng.standard_normal((best.k, best.d, best.d))
                covariances = FAMILIES[family](L @ B @ B.swapaxes(1, 2) @ L.swapaxes(1, 2), best.weights)
                for other in (
                    Mixture(weights / weights.sum(), best.means, best.covariances),
                    Mixture(best.weights, means, best.covariances),
                    Mixture(best.weights, best.means, covariances),
                    Mixture(weights / weights.sum(), means, covariances),
                ):
                    assert q(other) <= q(best) + 1e-10

    def test_the_maximum_is_a_strict_one(self):
        """The test above is not passed by a function that is flat."""
        X, mixture = random_problem()
        r = mixture.responsibilities(X)
        best = m_step(X, r)

        def q(covariances):
            return (r * Mixture(best.weights, best.means, covariances).log_joint(X)).sum()

        unbiased = best.covariances * (r.sum(axis=0) / (r.sum(axis=0) - 1))[:, None, None]
        assert q(best.covariances) > q(unbiased) + 1e-3


def steps(X, start, n_iter, *, family, sample_weight=None):
    """EM without a stopping rule -> log-likelihoods, their mixtures, and whether a component collapsed."""
    log_likelihoods, mixtures = [], [start]
    for _ in range(n_iter):
        r, log_likelihood = e_step(X, mixtures[-1], sample_weight=sample_weight)
        log_likelihoods.append(log_likelihood)
        try:
            mixtures.append(m_step(X, r, family=family, sample_weight=sample_weight))
        except CollapsedComponent:
            return np.array(log_likelihoods), mixtures, True
    return np.array(log_likelihoods), mixtures[:-1], False


def representation_loss(X, mixture):
    """What the log-likelihood of one point may lose because means are 64-bit numbers.

    A mean is stored to half the spacing of such numbers at its size. Off by that much in each of d features,
    Q falls by half the squared Mahalanobis distance of that: at most d (spacing / sd)^2 / 8, with the sd of
    the narrowest direction. It matters where the data themselves have few digits: at offset 1e6 and sd 1e-6,
    1e-4 sd lie between neighboring numbers. Twice the spacing allows for the rounding of the data's mean.
    """
    spacing = np.spacing(np.abs(X).max())
    narrowest = np.linalg.eigvalsh(mixture.covariances)[:, 0].min()
    return mixture.d * spacing**2 / max(narrowest, spacing**2)


def test_the_log_likelihood_never_falls():
    ends = Counter()

    @given(problems())
    @settings(max_examples=250)
    def run(problem):
        options = {"family": problem.family, "sample_weight": problem.sample_weight}
        log_likelihoods, mixtures, collapsed = steps(problem.X, problem.start, 25, **options)
        ends["collapsed" if collapsed else "ran on"] += 1
        ends["iterations"] += len(log_likelihoods)
        n = len(problem.X) if problem.sample_weight is None else problem.sample_weight.sum()
        for i in range(1, len(log_likelihoods)):
            allowed = 1e-9 + representation_loss(problem.X, mixtures[i])
            assert log_likelihoods[i] - log_likelihoods[i - 1] >= -allowed * n, i

    run()
    assert ends["collapsed"] < 0.1 * ends["ran on"], ends
    assert ends["iterations"] > 4000, ends


@pytest.mark.parametrize("family", FAMILIES)
def test_it_does_rise_far_away_and_in_small_units(family):
    """The test above is not passed by standing still: far from the origin EM makes the same gains."""
    X, start = random_problem(5, k=2, family=family)
    near, _, _ = steps(X, start, 20, family=family)
    assert near[-1] > near[0] + 1
    scale, offset = 1e-3, 1e4
    moved = Mixture(start.weights, scale * start.means + offset, scale**2 * start.covariances)
    far, _, _ = steps(scale * X + offset, moved, 20, family=family)
    np.testing.assert_allclose(far + X.size * np.log(scale), near, rtol=0, atol=1e-6)


class TestEquivariance:
    """What should not matter does not: units, directions, order."""

    @given(families, st.integers(1, 4), seeds)
    @settings(max_examples=60)
    def test_linear_maps_that_respect_the_family(self, family, d, seed):
        X, start = random_problem(seed, k=2, d=d, family=family)
        rng = np.random.default_rng(seed)
        if family in ("full", "tied"):
            A = rng.standard_normal((d, d)) + 2 * np.eye(d)
        elif family in ("diag", "tied_diag"):
            A = np.diag(rng.uniform(0.1, 10, d))
        else:
            A = 3 * np.linalg.qr(rng.standard_normal((d, d)))[0]
        b = rng.standard_normal(d)

        def moved(mixture):
            return Mixture(mixture.weights, mixture.means @ A.T + b, A @ mixture.covariances @ A.T)

        here, mixtures, collapsed = steps(X, start, 6, family=family)
        there, mapped, _ = steps(X @ A.T + b, moved(start), 6, family=family)
        assert not collapsed
        assert_same(mapped[-1], moved(mixtures[-1]), 1e-6)
        log_det = np.linalg.slogdet(A)[1]
        np.testing.assert_allclose(there, here - len(X) * log_det, rtol=1e-8)

    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize("scale", [1e-6, 60.0, 1e6])
    def test_units_do_not_change_when_it_stops(self, family, scale):
        start = Mixture([0.5, 0.5], FAITHFUL[:2], np.tile(np.diag([1.0, 100.0]), (2, 1, 1)))
        here = fit(FAITHFUL, start, family=family)
        scaled = Mixture(start.weights, scale * start.means, scale**2 * start.covariances)
        there = fit(scale * FAITHFUL, scaled, family=family)
        assert here.converged
        assert there.n_iter == here.n_iter
        r = there.mixture.responsibilities(scale * FAITHFUL)
        np.testing.assert_allclose(r, here.mixture.responsibilities(FAITHFUL), atol=1e-9)

    @pytest.mark.parametrize("family", FAMILIES)
    def test_order_of_points_and_of_components(self, family):
        X, start = random_problem(7, family=family)
        rng = np.random.default_rng(0)
        here = steps(X, start, 10, family=family)[1][-1]
        shuffled = steps(rng.permutation(X), start, 10, family=family)[1][-1]
        assert_same(shuffled, here, 1e-9)
        order = np.array([2, 0, 1])
        relabeled = Mixture(start.weights[order], start.means[order], start.covariances[order])
        there = steps(X, relabeled, 10, family=family)[1][-1]
        assert_same(there, Mixture(here.weights[order], here.means[order], here.covariances[order]), 1e-9)


class TestSampleWeight:
    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize("ridge", [0.0, 0.1])
    def test_whole_weights_repeat_rows_and_zero_drops_them(self, run, family, ridge):
        X, start = random_problem(11, family=family)
        times = np.random.default_rng(0).integers(0, 4, len(X))
        options = {"family": family, "ridge": ridge, "max_iter": 40}
        weighted = run(X, start, sample_weight=times, **options)
        repeated = run(np.repeat(X, times, axis=0), start, **options)
        assert weighted.n_iter == repeated.n_iter
        np.testing.assert_allclose(weighted.log_likelihoods, repeated.log_likelihoods, rtol=1e-12)
        assert_same(weighted.mixture, repeated.mixture, 1e-9)

    @pytest.mark.parametrize("family", FAMILIES)
    def test_where_the_weight_is_zero_the_row_may_hold_anything(self, family):
        X, start = random_problem(12, family=family)
        filled = np.concatenate([X, np.full((2, 2), 9.97e36)])  # netCDF's "no value"
        sample_weight = np.concatenate([np.ones(len(X)), [0, 0]])
        weighted, mixtures, _ = steps(filled, start, 10, family=family, sample_weight=sample_weight)
        dropped, expected, _ = steps(X, start, 10, family=family)
        np.testing.assert_allclose(weighted, dropped, rtol=1e-12)
        assert_same(mixtures[-1], expected[-1])

    def test_only_proportions_matter_to_the_mixture(self, run):
        X, start = random_problem(13)
        sample_weight = np.random.default_rng(0).uniform(0, 2, len(X))
        once = run(X, start, sample_weight=sample_weight)
        thrice = run(X, start, sample_weight=3 * sample_weight)
        assert once.n_iter == thrice.n_iter  # tol is per observation, and there are three times as many
        assert_same(thrice.mixture, once.mixture, 1e-9)
        np.testing.assert_allclose(thrice.log_likelihoods, 3 * once.log_likelihoods, rtol=1e-12)

    def test_ones_are_no_weights(self, run):
        X, start = random_problem(14)
        a, b = run(X, start, sample_weight=np.ones(len(X))), run(X, start)
        assert_same(a.mixture, b.mixture, 1e-12)


class Script:
    """A step that returns log-likelihoods from a list, and mixtures that can be told apart."""

    def __init__(self, log_likelihoods):
        self.log_likelihoods = list(log_likelihoods)
        self.seen = []

    def __call__(self, mixture):
        self.seen.append(mixture)
        number = len(self.seen)
        return numbered(number), self.log_likelihoods[number - 1]


def numbered(number):
    return Mixture([1.0], [[float(number)]], [[[1.0]]])


class TestIterate:
    def test_it_feeds_each_mixture_to_the_step_and_keeps_them_all(self):
        step = Script([-9, -5, -3, -2])
        start = numbered(0)
        result = iterate(step, start, tol=0, max_iter=3)
        assert isinstance(result, Fit)
        assert [mixture.means[0, 0] for mixture in result.mixtures] == [0, 1, 2, 3]
        assert result.mixtures[0] is start
        assert list(result.mixtures) == step.seen
        assert result.mixture is result.mixtures[-1]
        assert result.log_likelihoods.tolist() == [-9, -5, -3, -2]
        assert result.log_likelihood == -2
        assert (result.n_iter, result.converged) == (3, False)

    @pytest.mark.parametrize(
        ("log_likelihoods", "tol", "n_iter"),
        [
            ([-9, -5, -4, -4], 0, 3),
            ([-9, -5, -4.5, -4.25], 0.25, 3),  # a gain of exactly tol is enough
            ([-9, -5, -4.5, -4.25], 0.5, 2),
            ([-9, -9], 0, 1),
            ([-9, -9.1, -5, -5], 0.05, 3),  # a fall by more than tol is not convergence
            ([-9, -9.1], 0.2, 1),  # a fall by less is rounding
            ([-1e-3, -1e-3 + 1e-9, -1e-3 + 1e-9], 1e-12, 2),  # absolute: not relative to the log-likelihood
            ([-1e6, -1e6 + 0.5, -1e6 + 0.5], 1e-3, 2),
            ([5.0, 7.0, 7.0], 0, 2),  # densities above 1
        ],
    )
    def test_it_stops_when_the_total_gain_is_within_tol(self, log_likelihoods, tol, n_iter):
        result = iterate(Script(log_likelihoods), numbered(0), tol=tol, max_iter=100)
        assert result.converged is True
        assert result.n_iter == n_iter
        assert result.log_likelihoods.tolist() == log_likelihoods[: n_iter + 1]
        assert result.mixture.means[0, 0] == n_iter  # the mixture that the last log-likelihood belongs to

    def test_no_iterations_evaluate_the_start(self):
        start = numbered(0)
        result = iterate(Script([-9]), start, tol=1e9, max_iter=0)
        assert result.mixture is start
        assert result.log_likelihoods.tolist() == [-9]
        assert (result.n_iter, result.converged) == (0, False)

    def test_converging_at_the_last_permitted_iteration(self):
        assert iterate(Script([-9, -5, -5]), numbered(0), tol=0, max_iter=2).converged
        assert not iterate(Script([-9, -5, -4]), numbered(0), tol=0, max_iter=2).converged

    def test_progress_is_printed_when_asked_for(self, capsys):
        iterate(Script([-9, -5.25]), numbered(0), tol=0, max_iter=1)
        assert capsys.readouterr().out == ""
        iterate(Script([-9, -5.25]), numbered(0), tol=0, max_iter=1, progress=True)
        expected = "iteration 0: log-likelihood -9.000000\niteration 1: log-likelihood -5.250000\n"
        assert capsys.readouterr().out == expected

    def test_a_collapse_is_told_its_iteration(self):
        def step(mixture):
            number = int(mixture.means[0, 0])
            if number == 2:
                raise CollapsedComponent(1, 1.5)
            return numbered(number + 1), float(number)

        with pytest.raises(CollapsedComponent, match=r"Component 1 .* at iteration 3: it holds 1\.5") as told:
            iterate(step, numbered(0), tol=0, max_iter=10)
        assert (told.value.component, told.value.count, told.value.iteration) == (1, 1.5, 3)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_a_log_likelihood_that_is_not_finite_is_refused_where_it_occurs(self, bad):
        with pytest.raises(ValueError, match=rf"finite number; it is {bad} at iteration 1\."):
            iterate(Script([-9, bad, -5]), numbered(0), tol=0, max_iter=10)

    def test_repr(self):
        result = iterate(Script([-9, -5, -5]), numbered(0), tol=0, max_iter=2)
        assert repr(result) == "Fit(converged, n_iter=2, log_likelihood=-5.000000)"
        result = iterate(Script([-9, -5]), numbered(0), tol=0, max_iter=1)
        assert repr(result) == "Fit(not converged, n_iter=1, log_likelihood=-5.000000)"


class TestFit:
    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize("ridge", [0.0, 0.5])
    def test_every_log_likelihood_belongs_to_its_mixture(self, run, family, ridge):
        sample_weight = np.linspace(0.5, 1.5, len(FAITHFUL))
        options = {"family": family, "ridge": ridge, "sample_weight": sample_weight}
        result = run(FAITHFUL, FAITHFUL_START, **options, tol=0, max_iter=7)
        assert len(result.mixtures) == len(result.log_likelihoods) == 8
        for mixture, log_likelihood in zip(result.mixtures, result.log_likelihoods, strict=True):
            expected = mixture.log_likelihood(FAITHFUL, sample_weight)
            assert log_likelihood == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("family", FAMILIES)
    def test_it_is_the_two_steps_again_and_again(self, run, family):
        result = run(FAITHFUL, FAITHFUL_START, family=family, ridge=0.01, tol=0, max_iter=4)
        mixture = result.mixtures[0]
        for i in range(4):
            mixture = m_step(FAITHFUL, e_step(FAITHFUL, mixture)[0], family=family, ridge=0.01)
            assert_same(result.mixtures[i + 1], mixture, 1e-11)

    @pytest.mark.parametrize("weight", [None, 0.01, 10.0])
    def test_tol_is_the_gain_per_observation(self, run, weight):
        sample_weight = None if weight is None else np.full(272, weight)
        n = 272 * (weight or 1)
        result = run(FAITHFUL, FAITHFUL_START, sample_weight=sample_weight, tol=1e-4)
        gains = np.diff(result.log_likelihoods)
        assert result.converged
        assert gains[-1] <= 1e-4 * n
        assert (gains[:-1] > 1e-4 * n).all()
        assert gains[-1] > 1e-4 * n / 272  # a total gain of 1e-4 would take longer

    def test_by_default_it_stops_close_to_the_optimum(self, run):
        result = run(FAITHFUL, FAITHFUL_START)
        assert result.converged
        gain = np.diff(result.log_likelihoods)[-1]
        assert gain <= 1e-8 * 272
        assert result.log_likelihoods[-1] == pytest.approx(-1130.263960, abs=1e-5)

    def test_max_iter_and_its_default(self):
        assert fit(FAITHFUL, FAITHFUL_START, tol=0, max_iter=3).n_iter == 3
        zero = fit(FAITHFUL, FAITHFUL_START, max_iter=0)
        assert zero.mixture is FAITHFUL_START
        expected = FAITHFUL_START.log_likelihood(FAITHFUL)
        assert zero.log_likelihoods.tolist() == [pytest.approx(expected, rel=1e-12)]
        one = Mixture([0.5, 0.5], [[4.0], [3.0]], [[[1.0]], [[1.0]]])
        crawling = fit(FAITHFUL[:, :1] * 0.01 + np.linspace(0, 9, 272)[:, None], one, tol=0)
        assert crawling.n_iter <= 1000

    def test_where_it_stops_the_likelihood_is_flat(self, run):
        """The gradient in the means vanishes, computed by finite differences of the log-likelihood."""
        best = run(FAITHFUL, FAITHFUL_START, tol=1e-14).mixture

        def log_likelihood(means):
            return Mixture(best.weights, means.reshape(2, 2), best.covariances).log_likelihood(FAITHFUL)

        slope = check_grad(log_likelihood, lambda means: np.zeros(4), best.means.ravel())
        start = check_grad(log_likelihood, lambda means: np.zeros(4), FAITHFUL_START.means.ravel())
        assert slope < 1e-2 < start

    def test_one_component_is_there_after_one_iteration(self, run):
        start = random_points(FAITHFUL, 1, np.random.default_rng(0))
        result = run(FAITHFUL, start)
        np.testing.assert_allclose(result.mixture.means[0], FAITHFUL.mean(axis=0), rtol=1e-13)
        np.testing.assert_allclose(result.mixture.covariances[0], np.cov(FAITHFUL.T, bias=True), rtol=1e-12)
        assert result.converged
        assert result.n_iter == 2

    def test_components_that_start_as_one_stay_one(self, run):
        same = Mixture([0.5, 0.5], [[3.0, 70.0]] * 2, np.tile(np.cov(FAITHFUL.T), (2, 1, 1)))
        result = run(FAITHFUL, same)
        np.testing.assert_array_equal(result.mixture.means[0], result.mixture.means[1])

    def test_progress(self, capsys):
        result = fit(FAITHFUL, FAITHFUL_START, tol=0, max_iter=1, progress=True)
        lines = capsys.readouterr().out.splitlines()
        expected = [f"iteration {i}: log-likelihood {v:.6f}" for i, v in enumerate(result.log_likelihoods)]
        assert lines == expected

    def test_a_ridge_keeps_variances_above_it(self, run):
        X = np.repeat([[0.0, 0.0], [1.0, 2.0], [5.0, 5.0]], 4, axis=0)
        start = Mixture(np.full(3, 1 / 3), [[0.1, 0], [1, 2.1], [5, 5]], np.tile(0.1 * np.eye(2), (3, 1, 1)))
        with pytest.raises(CollapsedComponent):
            run(X, start)
        result = run(X, start, ridge=0.01)
        np.testing.assert_allclose(result.mixture.covariances, [0.01 * np.eye(2)] * 3, atol=1e-12)

    @pytest.mark.parametrize(("k", "d", "n"), [(1, 1, 2), (1, 3, 10), (2, 1, 5), (5, 6, 200)])
    def test_extreme_shapes(self, run, k, d, n):
        X, start = random_problem(0, n=n, k=k, d=d)
        result = run(X, start, ridge=1e-3, max_iter=5)
        assert (result.mixture.k, result.mixture.d) == (k, d)

    def test_many_dimensions(self, run):
        rng = np.random.default_rng(0)
        X = rng.standard_normal((200, 120)) + np.repeat([0.0, 1.5], 100)[:, None]
        start = Mixture([0.5, 0.5], X[[0, -1]], np.tile(np.eye(120), (2, 1, 1)))
        result = run(X, start, family="spherical", max_iter=10)
        np.testing.assert_array_equal(result.mixture.predict(X), np.repeat([0, 1], 100))


@pytest.mark.parametrize("weighted", [False, True])
def test_nothing_is_changed_in_place(weighted):
    X, start = random_problem(0)
    sample_weight = np.linspace(0, 2, len(X)) if weighted else None
    r = e_step(X, start)[0]
    arrays = [array for array in (X, r, sample_weight) if array is not None]
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.setflags(write=False)
    for family in FAMILIES:
        e_step(X, start, sample_weight=sample_weight)
        m_step(X, r, family=family, ridge=0.1, sample_weight=sample_weight)
        fit(X, start, family=family, ridge=0.1, sample_weight=sample_weight, max_iter=2)
    for array, before in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, before)


def test_old_faithful():
    """The two optima that the lessons quote."""
    full = fit(FAITHFUL, FAITHFUL_START, tol=1e-12)
    assert full.log_likelihoods[-1] == pytest.approx(-1130.263960, abs=1e-6)
    starts = [random_points(FAITHFUL, 3, np.random.default_rng(seed)) for seed in range(4)]
    fits = [fit(FAITHFUL, start, family="tied", tol=1e-12, max_iter=5000) for start in starts]
    best = max(fits, key=lambda result: result.log_likelihoods[-1])
    assert best.log_likelihoods[-1] == pytest.approx(-1126.315928, abs=1e-6)
    assert best.mixture.bic(FAITHFUL) == pytest.approx(2314.2957, abs=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("engine", ["auto", "textbook"])
@pytest.mark.parametrize("accelerate", [False, True])
def test_from_a_start_outside_the_family_the_log_likelihood_does_not_fall_either(family, engine, accelerate):
    """The start is projected first: its full covariances would be more likely than any of the family."""
    for k in (1, 2, 3):
        start = kmeans(FAITHFUL, k, np.random.default_rng(0))
        options = {"family": family, "engine": engine, "accelerate": accelerate, "max_iter": 10}
        result = fit(FAITHFUL, start, **options)
        assert (np.diff(result.log_likelihoods) >= -1e-9 * len(FAITHFUL)).all()
        assert result.mixtures[0].family == family
        np.testing.assert_array_equal(result.mixtures[0].means, start.means)
        expected = result.mixtures[0].log_likelihood(FAITHFUL)
        assert result.log_likelihoods[0] == pytest.approx(expected, rel=1e-12)
        for other in (fit_blocks(FAITHFUL, start, family=family, max_iter=10, accelerate=accelerate),):
            np.testing.assert_allclose(other.log_likelihoods, result.log_likelihoods, rtol=1e-10)


@pytest.mark.parametrize("accelerate", [False, True])
def test_history_keeps_all_mixtures_or_the_ends(accelerate):
    options = {"tol": 1e-6, "accelerate": accelerate}
    whole = fit(FAITHFUL, FAITHFUL_START, **options)
    for ends in (
        fit(FAITHFUL, FAITHFUL_START, history="ends", **options),
        fit_blocks(FAITHFUL, FAITHFUL_START, history="ends", **options),
    ):
        assert len(ends.mixtures) == 2 and len(whole.mixtures) == whole.n_iter + 1 > 3
        assert (ends.n_iter, ends.converged) == (whole.n_iter, whole.converged)
        np.testing.assert_allclose(ends.log_likelihoods, whole.log_likelihoods, rtol=1e-12)
        assert_same(ends.mixtures[0], whole.mixtures[0], 1e-12)
        assert_same(ends.mixture, whole.mixture, 1e-9)
    assert len(fit(FAITHFUL, FAITHFUL_START, history="ends", max_iter=0).mixtures) == 1
    with pytest.raises(ValueError, match="history must be one of all, ends"):
        fit(FAITHFUL, FAITHFUL_START, history="none")


def test_without_its_history_a_fit_does_not_grow():
    X = np.random.default_rng(0).normal(size=(200, 60))
    start = random_points(X, 2, np.random.default_rng(0))
    sizes = [
        len(pickle.dumps(fit(X, start, history="ends", ridge=1.0, tol=0, max_iter=max_iter)))
        for max_iter in (2, 12)
    ]
    assert sizes[1] < 1.1 * sizes[0]
