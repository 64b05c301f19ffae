"""The engine: equal to the textbook, right where rounding is hard, lean, and safe in threads."""

import itertools
import threading
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from extended import error, exact_step
from gmmlesson import CollapsedComponent, Mixture, datasets, e_step, engine, fit, fit_many, m_step, sufficient
from gmmlesson.engine import AMPLIFIED, Engine, Worker, em_step
from gmmlesson.families import FAMILIES
from gmmlesson.fit import textbook_step
from gmmlesson.initialization import from_centers, random_points
from gmmlesson.sufficient import (
    FAINT,
    CenteredForm,
    PackedForm,
    SufficientStatistics,
    amplification,
    lift,
    natural_parameters,
)
from strategies import assert_same, families, problems, random_mixture, seeds

FORMS = [PackedForm, CenteredForm]
I2 = np.eye(2)


def problem(seed=0, *, n=200, k=3, d=2, family="full", spread=3.0):
    """Points from a random mixture, and a start some way from it."""
    rng = np.random.default_rng(seed)
    truth = random_mixture(rng, k, d, spread=spread)
    X, _ = truth.sample(n, rng)
    means = truth.means + 0.3 * rng.standard_normal((k, d))
    weights = np.full(k, 1 / k)
    return X, Mixture(weights, means, FAMILIES[family](1.5 * truth.covariances, weights))


def one_step(X, mixture, form=None, *, n_threads=None, sample_weight=None, **options):
    """The engine's step by a form, or by the one it chooses."""
    with Engine(X, sample_weight=sample_weight, n_threads=n_threads) as statistics:
        if form is None:
            return em_step(statistics, statistics.center, **options)(mixture)
        sums = statistics(mixture, form)
        return sums.mixture(**options), sums.log_likelihood


def forms_taken(X, start, n_iter):
    """Which forms the engine goes through in `n_iter` iterations, and the mixtures they begin from."""
    taken, mixture = [], start
    with Engine(X) as statistics:

        def spy(mixture, form, origins=None):
            taken.append((form, mixture))
            return statistics(mixture, form, origins)

        step = em_step(spy, statistics.center)
        for _ in range(n_iter):
            mixture, _ = step(mixture)
    return taken


@given(problems())
def test_the_log_joint_is_linear_in_the_lifted_points(problem):
    """theta @ phi about the data's mean, where it loses least; about 0 as well, in standard units."""
    center = problem.X.mean(axis=0)
    expected = problem.start.log_joint(problem.X)
    actual = (natural_parameters(problem.start, center) @ lift(problem.X, center)).T
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-8)


def test_lifted_by_hand():
    np.testing.assert_array_equal(lift([[2.0, 3.0, 5.0]]).T, [[1, 2, 3, 5, 4, 6, 10, 9, 15, 25]])
    expected = [[1, 1, 2, 1, 2, 4], [1, -1, 0, 1, 0, 0]]
    np.testing.assert_array_equal(lift([[2.0, 3.0], [0.0, 1.0]], 1.0).T, expected)
    mixture = Mixture([1.0], [[1.0, 2.0]], [[[2.0, 1.0], [1.0, 1.0]]])  # precisions [[1, -1], [-1, 2]]
    constant = -np.log(2 * np.pi) - 5 / 2  # det 1; (1, 2) Lambda (1, 2)^T = 5
    expected = [[constant, -1.0, 3.0, -0.5, 1.0, -1.0]]
    np.testing.assert_allclose(natural_parameters(mixture), expected, rtol=1e-14)


@dataclass(frozen=True)
class Case:
    """Data, a mixture, and the options of a step."""

    X: np.ndarray
    mixture: Mixture
    options: dict
    n_threads: int


@st.composite
def cases(draw):
    """Up to 16 dimensions and 6 components; any number of points if there is a ridge; both float types."""
    k, d, family = draw(st.integers(1, 6)), draw(st.integers(1, 16)), draw(families)
    ridge = draw(st.sampled_from([0.0, 0.0, 0.1]))
    n = draw(st.integers(1, 12)) if ridge and draw(st.booleans()) else draw(st.integers(k * (d + 2), 250))
    rng = np.random.default_rng(draw(seeds))
    X = random_mixture(rng, k, d, spread=draw(st.sampled_from([0.5, 3.0]))).sample(n, rng)[0]
    X = X.astype(draw(st.sampled_from([np.float64, np.float32])))
    if draw(st.booleans()):
        X = np.asfortranarray(X)
    A = rng.standard_normal((k, d, d + 2))
    weights = rng.dirichlet(np.full(k, 5.0))
    covariances = FAMILIES[family](A @ A.swapaxes(1, 2) / (d + 2) + 0.5 * np.eye(d), weights)
    mixture = Mixture(weights, X[rng.choice(n, k)] + 0.1 * rng.standard_normal((k, d)), covariances)
    sample_weight = rng.uniform(0.2, 3.0, n) if draw(st.booleans()) else None
    options = {"family": family, "ridge": ridge, "sample_weight": sample_weight}
    return Case(X, mixture, options, draw(st.integers(1, 3)))


class TestAgainstTheTextbook:
    @given(cases())
    @settings(max_examples=300)
    def test_every_form_makes_the_same_step(self, case):
        """In blocks of 16 points or in one, by one to three threads."""
        X = case.X.astype(float)
        try:
            expected, log_likelihood = textbook_step(X, **case.options)(case.mixture)
        except CollapsedComponent:  # a component that holds fewer points than there are features
            assume(False)
        for form in [*FORMS, None]:
            for cache in (engine.CACHE, 0):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(engine, "SMALL", 1)
                    patch.setattr(engine, "CACHE", cache)
                    patch.setattr(engine, "SHARED", 8 * cache)
                    patch.setattr(engine, "MIN_WIDTH", 16)
                    better, value = one_step(
                        case.X, case.mixture, form, n_threads=case.n_threads, **case.options
                    )
                assert_same(better, expected, 1e-10)
                assert value == pytest.approx(log_likelihood, rel=1e-10, abs=1e-10 * len(X))

    @given(problems())
    @settings(max_examples=100)
    def test_fits_run_alike(self, problem):
        """Far away, in any units: the same log-likelihoods at every iteration, or the same collapse."""
        X, options = problem.X, {"family": problem.family, "sample_weight": problem.sample_weight}
        expected, actual = (run(X, problem.start, 12, name, **options) for name in ("textbook", "auto"))
        assert actual.collapse == expected.collapse
        allowed = 1e-10 + np.spacing(np.abs(X).max()) / smallest_sd(expected.mixtures)
        np.testing.assert_allclose(
            np.divide(actual.log_likelihoods, len(X)), np.divide(expected.log_likelihoods, len(X)),
            rtol=1e-10, atol=allowed,
        )

    @pytest.mark.parametrize("family", FAMILIES)
    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_fifty_iterations(self, family, dtype, weighted):
        X, start = problem(1, n=2000, k=4, d=5, family=family, spread=1.0)
        X = X.astype(dtype)
        sample_weight = np.random.default_rng(2).uniform(0, 3, len(X)) if weighted else None
        options = {"family": family, "sample_weight": sample_weight, "ridge": 1e-3}
        expected, actual = (run(X, start, 50, name, **options) for name in ("textbook", "auto"))
        np.testing.assert_allclose(actual.log_likelihoods, expected.log_likelihoods, rtol=1e-12)
        assert_same(actual.mixtures[-1], expected.mixtures[-1], 1e-10)
        assert actual.mixtures[-1].n_parameters == expected.mixtures[-1].n_parameters

    def test_a_row_of_weight_zero_may_hold_anything(self):
        X, start = problem()
        options = {"family": "tied", "tol": 0, "max_iter": 5}
        sample_weight = np.ones(len(X) + 1)
        sample_weight[7] = 0
        with_outlier = np.insert(X, 7, 1e140, axis=0)
        for name in ("textbook", "auto"):
            result = fit(with_outlier, start, sample_weight=sample_weight, engine=name, **options)
            assert_same(result.mixture, fit(X, start, engine=name, **options).mixture, 1e-13)


@dataclass(frozen=True)
class Run:
    """What some iterations went through, and the component and iteration at which they ended, if they did."""

    mixtures: list
    log_likelihoods: list
    collapse: tuple | None


def run(X, start, n_iter, name, **options):
    """`n_iter` iterations of `fit` with the engine `name`, without its stopping rule."""
    mixtures, log_likelihoods = [start], []
    for i in range(n_iter):
        try:
            one = fit(X, mixtures[-1], engine=name, tol=0, max_iter=1, **options)
        except CollapsedComponent as collapse:
            return Run(mixtures, log_likelihoods, (i, collapse.component, round(collapse.count, 6)))
        mixtures.append(one.mixture)
        log_likelihoods.append(one.log_likelihoods[0])
    return Run(mixtures, log_likelihoods, None)


def smallest_sd(mixtures):
    return min(np.sqrt(np.linalg.eigvalsh(mixture.covariances).min()) for mixture in mixtures)


def clusters(rng, *, n=60, separation=3.0, scale=(1.0, 1.0), offset=0.0, factor=I2, moved=0.5):
    """Three clusters and a mixture near them: `scale` is that of the features, `separation` in their units.

    factor  (2, 2) of the clusters' covariance, before the scale
    moved   how far the means are from the clusters, in standard deviations
    """
    scale, factor = np.asarray(scale), np.asarray(factor)
    corners = separation * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    X = corners[np.arange(n) % 3] + rng.standard_normal((n, 2)) @ factor.T
    sd = np.sqrt((factor**2).sum(axis=1))
    means = corners + moved * sd * rng.standard_normal((3, 2))
    covariance = 1.5 * factor @ factor.T * np.multiply.outer(scale, scale)
    return X * scale + offset, Mixture([0.3, 0.3, 0.4], means * scale + offset, [covariance] * 3)


HARD = {
    "near": {},
    "1e5 standard deviations apart": {"separation": 1e5},
    "1e5 apart, a start 300 away": {"separation": 1e5, "moved": 300.0},
    "1e9 standard deviations apart": {"separation": 1e9},
    "offset 1e8": {"offset": 1e8},
    "offset -1e12": {"offset": -1e12, "separation": 1e4},
    "scale 1e-100": {"scale": (1e-100, 1e-100)},
    "scale 1e100": {"scale": (1e100, 1e100)},
    "scale 1e100, 1e5 apart": {"scale": (1e100, 1e100), "separation": 1e5},
    "features in different units": {"scale": (1e-90, 1e80)},
    "correlated 1 - 5e-7": {"factor": [[1.0, 0.0], [1.0, 1e-3]]},
    "correlated 1 - 5e-5 and 1e5 apart": {"factor": [[1.0, 0.0], [-1.0, 1e-2]], "separation": 1e5},
    "1e5 sd apart in one feature only": {"factor": [[1e-5, 0.0], [0.0, 1.0]]},
}


class TestAgainstExtendedPrecision:
    @pytest.mark.parametrize("name", HARD)
    @pytest.mark.parametrize("family", FAMILIES)
    def test_ten_iterations_each_right_to_eight_digits(self, name, family):
        X, mixture = clusters(np.random.default_rng(0), **HARD[name])
        with Engine(X) as statistics:
            step = em_step(statistics, statistics.center, family=family)
            for _ in range(10):
                better, log_likelihood = step(mixture)
                exact = exact_step(X, mixture, family=family)
                assert error(better, log_likelihood, exact, len(X)) < 1e-8
                mixture = better

    @pytest.mark.parametrize("name", ["near", "1e5 standard deviations apart"])
    def test_weights_ridge_and_float32(self, name):
        rng = np.random.default_rng(1)
        X, mixture = clusters(rng, **HARD[name])
        X, sample_weight = X.astype(np.float32), rng.uniform(0.1, 5.0, len(X))
        options = {"ridge": 0.25, "sample_weight": sample_weight}
        better, log_likelihood = one_step(X, mixture, **options)
        exact = exact_step(X, mixture, **options)
        assert error(better, log_likelihood, exact, sample_weight.sum()) < 1e-10

    @pytest.mark.parametrize("separation", [1e3, 1e6, 1e8, 1e12])
    def test_one_component_from_far_away(self, separation):
        """The mean moves by `separation` standard deviations at once, in one step."""
        X = np.random.default_rng(0).standard_normal((50, 2)) + separation
        start = Mixture([1.0], [[0.0, 0.0]], [I2])
        better, log_likelihood = one_step(X, start)
        assert error(better, log_likelihood, exact_step(X, start), len(X)) < 1e-10

    @given(seeds, st.sampled_from([1, 2, 4, 8]), st.floats(0.9, 1.0))
    @settings(max_examples=80)
    def test_at_the_threshold_the_packed_form_has_ten_digits(self, seed, d, nearness):
        """Mixtures moved away from the center until they are amplified by all that is allowed."""
        rng = np.random.default_rng(seed)
        truth = random_mixture(rng, 2, d, spread=1.0)
        X = truth.sample(60, rng)[0]
        assume(amplification(truth, X.mean(axis=0)) < nearness * AMPLIFIED)  # a needle is beyond it anywhere
        low, high = 0.0, 1e6
        for _ in range(100):
            distance = (low + high) / 2
            far = amplification(truth, X.mean(axis=0) + distance) > nearness * AMPLIFIED
            low, high = (low, distance) if far else (distance, high)
        center = X.mean(axis=0) + low
        assert 0.8 * AMPLIFIED < amplification(truth, center) <= AMPLIFIED
        form = PackedForm(2, center, len(X))
        form.begin(truth)
        form.load(X.T, center)
        form.add()
        sums = form.statistics(np.abs(X).max(axis=0))
        assume(sums.counts.min() > 2 * d)  # so few points have no covariance, or one without digits
        assert error(sums.mixture(), sums.log_likelihood, exact_step(X, truth), len(X)) < 1e-10

    def test_without_the_guard_far_clusters_go_wrong(self, monkeypatch):
        """So that the guard is seen to matter."""
        X, mixture = clusters(np.random.default_rng(0), separation=1e5)
        better, log_likelihood = one_step(X, mixture)
        exact = exact_step(X, mixture)
        assert error(better, log_likelihood, exact, len(X)) < 1e-12
        for module in (engine, sufficient):
            monkeypatch.setattr(module, "AMPLIFIED", 1e12)
        better, log_likelihood = one_step(X, mixture)
        assert error(better, log_likelihood, exact, len(X)) > 1e-7

    def test_without_looking_where_the_means_went_the_centered_form_goes_wrong(self, monkeypatch):
        X = np.random.default_rng(0).standard_normal((50, 2)) + 1e6
        start = Mixture([1.0], [[0.0, 0.0]], [I2])
        monkeypatch.setattr(engine, "MOVED", np.inf)
        better, log_likelihood = one_step(X, start)
        assert error(better, log_likelihood, exact_step(X, start), len(X)) > 1e-6

    def test_nearly_singular_covariances_cost_no_more_digits_than_in_the_textbook(self):
        X, mixture = clusters(np.random.default_rng(0), factor=[[1.0, 0.0], [1.0, 1e-6]])
        exact = exact_step(X, mixture)
        expected = error(*textbook_step(X)(mixture), exact, len(X))
        assert error(*one_step(X, mixture), exact, len(X)) < 3 * expected + 1e-10


class TestAmplification:
    def test_by_hand(self):
        """Standard deviations 1 and 2, 3 and 8 away: ((3 + 1) / 1)^2 + ((8 + 2) / 2)^2 is 41."""
        mixture = Mixture([1.0], [[3.0, 8.0]], [np.diag([1.0, 4.0])])
        assert amplification(mixture, np.zeros(2)) == pytest.approx(41, rel=1e-14)
        assert amplification(mixture, np.array([3.0, 8.0])) == pytest.approx(2, rel=1e-14)

    def test_correlated_features_count_at_the_center_as_well(self):
        """Correlation 0.8: the precisions are 1 and -0.8 times 1 / 0.36."""
        mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.8], [0.8, 1.0]]])
        assert amplification(mixture, np.zeros(2)) == pytest.approx((2 + 2 * 0.8) / 0.36, rel=1e-13)

    @given(seeds)
    @settings(max_examples=20)
    def test_it_is_that_of_the_worst_component_in_any_units(self, seed):
        rng = np.random.default_rng(seed)
        mixture, center = random_mixture(rng, 3, 4), rng.standard_normal(4)
        parts = [
            Mixture([1.0], mixture.means[j : j + 1], mixture.covariances[j : j + 1]) for j in range(3)
        ]
        expected = amplification(mixture, center)
        assert max(amplification(part, center) for part in parts) == pytest.approx(expected, rel=1e-12)
        scale = 10.0 ** rng.uniform(-50, 50, 4)
        covariances = mixture.covariances * np.multiply.outer(scale, scale)
        moved = Mixture(mixture.weights, mixture.means * scale, covariances)
        assert amplification(moved, center * scale) == pytest.approx(expected, rel=1e-10)


class TestChoiceOfForm:
    def test_packed_where_it_is_exact(self):
        X, start = problem()
        assert {form for form, _ in forms_taken(X, start, 20)} == {PackedForm}

    def test_packed_whatever_the_units_and_the_origin(self):
        X, start = problem()
        scale, offset = np.array([1e-50, 1e50]), np.array([1e-45, 1e56])
        units = np.multiply.outer(scale, scale)
        moved = Mixture(start.weights, start.means * scale + offset, start.covariances * units)
        assert {form for form, _ in forms_taken(X * scale + offset, moved, 5)} == {PackedForm}

    def test_centered_where_clusters_are_far_apart(self):
        X, start = clusters(np.random.default_rng(0), separation=1e5)
        assert [form for form, _ in forms_taken(X, start, 3)] == [CenteredForm] * 3

    def test_again_where_the_packed_form_arrives_too_far_away(self):
        """From a wide start the first step is harmless, but the mixture it gives is not."""
        X, _ = clusters(np.random.default_rng(0), separation=1e5)
        wide = from_centers(X, X[:3])
        forms, mixtures = zip(*forms_taken(X, wide, 8), strict=True)
        last = forms.index(CenteredForm) - 1
        assert set(forms[last + 1 :]) == {CenteredForm}  # the packed form is never tried again
        assert mixtures[last] is mixtures[last + 1]  # its last answer was thrown away


class TestFarPoints:
    @pytest.mark.parametrize("form", FORMS)
    def test_points_whose_densities_underflow(self, form):
        """A thousand standard deviations out: exp(-500000) is no 64-bit number."""
        X, mixture = problem()
        X[::10] += 1e3
        _, log_likelihood = one_step(X, mixture, form)
        exact = exact_step(X, mixture)
        better, log_likelihood = one_step(X, mixture, form)
        assert error(better, log_likelihood, exact, len(X)) < 1e-9
        densities = mixture.log_density(X)
        assert densities.min() < -1e5 < np.log(FAINT) < np.median(densities)

    @pytest.mark.parametrize("form", FORMS)
    def test_just_above_and_below_faint(self, form):
        mixture = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
        X = np.linspace(28, 32, 41)[:, None]  # 1e-170 to 1e-230
        assert mixture.log_density(X).min() < np.log(FAINT) < mixture.log_density(X).max()
        better, log_likelihood = one_step(X, mixture, form)
        assert error(better, log_likelihood, exact_step(X, mixture), len(X)) < 1e-10

    def test_a_component_so_narrow_that_all_others_points_are_faint(self):
        mixture = Mixture([0.5, 0.5], np.zeros((2, 20)), [1e-24 * np.eye(20), np.eye(20)])
        X = np.random.default_rng(0).standard_normal((80, 20))
        X[:40] *= 1e-12
        assert mixture.log_density(X).min() - mixture.log_peaks.max() < np.log(FAINT)
        better, log_likelihood = one_step(X, mixture)
        assert error(better, log_likelihood, exact_step(X, mixture), len(X)) < 1e-8

    @pytest.mark.parametrize("n_threads", [1, 2])
    def test_out_of_reach_of_every_component(self, n_threads, monkeypatch):
        monkeypatch.setattr(engine, "SMALL", 1)
        X = np.random.default_rng(0).standard_normal((200, 2))
        X[150] = 1e149
        narrow = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [1e-20 * I2] * 2)
        message = r"^X must lie within 1e150 standard deviations of some .* not all of its points do\.$"
        with warnings.catch_warnings(action="error"), pytest.raises(ValueError, match=message):
            one_step(X, narrow, n_threads=n_threads)


COLLAPSING = {
    "coinciding points": (
        [[0.0, 0.0], [1.0, 0.5], [2.0, -0.5], [10.0, 10.0], [10.0, 10.0]],
        Mixture([0.6, 0.4], [[1.0, 0.0], [10.0, 10.0]], [I2, I2]),
    ),
    "one point, after some iterations": (
        [[0.0], [1.0], [2.0], [3.0], [9.0]],
        Mixture([0.5, 0.5], [[1.5], [8.0]], [[[1.0]], [[1.0]]]),
    ),
    "nothing": (
        np.random.default_rng(0).standard_normal((30, 2)),
        Mixture([0.5, 0.5], [[0.0, 0.0], [1e5, 0.0]], [I2, I2]),
    ),
    "too few points": ([[0.0, 0.0], [1.0, 1.0]], Mixture([1.0], [[0.0, 0.0]], [I2])),
    "an outlier": (
        np.append(np.random.default_rng(0).standard_normal((50, 2)), [[1e3, 1e3]], axis=0),
        Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [I2, I2]),
    ),
    "an outlier very far away": (
        np.append(np.random.default_rng(0).standard_normal((50, 2)), [[1e100, 1e100]], axis=0),
        Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [I2, I2]),
    ),
}


def collapse_of(X, start, **options):
    with warnings.catch_warnings(action="error"), pytest.raises(CollapsedComponent) as caught:
        fit(X, start, **options)
    return caught.value


class TestCollapse:
    @pytest.mark.parametrize("name", COLLAPSING)
    def test_the_same_component_at_the_same_iteration(self, name):
        X, start = COLLAPSING[name]
        expected, actual = collapse_of(X, start, engine="textbook"), collapse_of(X, start)
        assert (actual.component, actual.iteration) == (expected.component, expected.iteration)
        assert actual.count == pytest.approx(expected.count, rel=1e-6)
        assert str(actual) == str(expected)

    def test_many_starts_on_few_points(self):
        """Fifteen points and four components: most starts collapse, and all in the same way."""
        collapses = 0
        for seed in range(60):
            rng = np.random.default_rng(seed)
            X = rng.standard_normal((15, 2))
            start = random_points(X, 4, rng)
            outcomes = []
            for name in ("textbook", "auto"):
                try:
                    outcomes.append(fit(X, start, engine=name, max_iter=200).n_iter)
                except CollapsedComponent as collapse:
                    outcomes.append((collapse.component, collapse.iteration))
            assert outcomes[0] == outcomes[1], seed
            collapses += isinstance(outcomes[0], tuple)
        assert collapses > 30

    def test_a_narrow_component_is_none(self):
        """Lost digits of the packed form can look like a collapse; the centered form sees that it is none."""
        seeming = 0
        for seed in range(20):
            rng = np.random.default_rng(seed)
            narrow = 50 + 1e-9 * rng.standard_normal((50, 2))
            X = np.concatenate([rng.standard_normal((50, 2)), narrow])
            start = Mixture([0.5, 0.5], [[0.0, 0.0], [50.0, 50.0]], [I2, I2])
            try:
                one_step(X, start, PackedForm)
            except CollapsedComponent:
                seeming += 1
            result = fit(X, start)
            assert_same(result.mixture, fit(X, start, engine="textbook").mixture, 1e-8)
        assert 0 < seeming < 20


class TestThreads:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("weighted", [False, True])
    def test_their_number_changes_nothing_but_rounding(self, form, weighted, monkeypatch):
        monkeypatch.setattr(engine, "SMALL", 1)
        X, mixture = problem(n=1001)
        sample_weight = np.random.default_rng(0).uniform(0, 2, len(X)) if weighted else None
        one, *others = [
            one_step(X, mixture, form, n_threads=n_threads, sample_weight=sample_weight)
            for n_threads in (1, 2, 3, 7)
        ]
        for other in others:
            assert_same(other[0], one[0], 1e-13)
            assert other[1] == pytest.approx(one[1], rel=1e-13)

    def test_more_threads_than_points(self, monkeypatch):
        monkeypatch.setattr(engine, "SMALL", 1)
        X, mixture = problem(n=5, k=2)
        expected, _ = one_step(X, mixture, n_threads=1, ridge=1.0)
        assert_same(one_step(X, mixture, n_threads=16, ridge=1.0)[0], expected, 1e-13)

    def test_work_is_shared_where_there_is_enough_of_it(self):
        both = threading.Barrier(2)

        class Met(PackedForm):
            def begin(self, mixture, origins=None):
                both.wait(timeout=30)  # for a second one at the same time
                super().begin(mixture, origins)

        class Here(PackedForm):
            def begin(self, mixture, origins=None):
                assert threading.current_thread() is threading.main_thread()
                super().begin(mixture, origins)

        X, mixture = problem(n=1_000_000)
        with Engine(X, n_threads=2) as statistics:
            statistics(mixture, Met)
        with Engine(X[:300], n_threads=2) as statistics:
            statistics(mixture, Here)

    def test_two_fits_at_once(self):
        """Both are right, and BLAS has its threads back in the end."""
        tasks = [problem(seed, n=40_000, k=3 + seed) for seed in range(4)]
        expected = [fit(X, start, tol=0, max_iter=15) for X, start in tasks]
        with threadpool_limits(2, "blas"), ThreadPoolExecutor(2) as pool:
            actual = list(pool.map(lambda task: fit(*task, tol=0, max_iter=15), tasks))
            assert blas_threads() == {2}
        for a, b in zip(actual, expected, strict=True):
            np.testing.assert_array_equal(a.log_likelihoods, b.log_likelihoods)
            assert_same(a.mixture, b.mixture, 1e-15)

    def test_blas_has_one_thread_inside_and_its_own_outside(self):
        with threadpool_limits(2, "blas"):
            with engine.one_blas_thread:
                with engine.one_blas_thread:
                    assert blas_threads() == {1}
                assert blas_threads() == {1}
            assert blas_threads() == {2}
            X, start = problem(n=5, k=2)
            with pytest.raises(CollapsedComponent):
                fit(X, start)
            assert blas_threads() == {2}


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


class TestData:
    def test_they_are_not_changed(self):
        for dtype, separation in itertools.product((np.float64, np.float32), (3.0, 1e5)):  # both forms
            X, start = clusters(np.random.default_rng(0), separation=separation)
            X, sample_weight = X.astype(dtype), np.linspace(0.5, 1.5, len(X))
            before = X.copy(), sample_weight.copy()
            X.setflags(write=False)
            sample_weight.setflags(write=False)
            fit(X, start, sample_weight=sample_weight, max_iter=3)
            np.testing.assert_array_equal(X, before[0])
            np.testing.assert_array_equal(sample_weight, before[1])

    @pytest.mark.parametrize(
        "arranged",
        [np.asfortranarray, lambda X: np.repeat(X, 2, axis=0)[::2], lambda X: X.copy()[:], np.ndarray.tolist],
    )
    def test_their_layout_does_not_matter(self, arranged):
        X, start = problem()
        np.testing.assert_array_equal(
            fit(arranged(X), start, max_iter=5).log_likelihoods, fit(X, start, max_iter=5).log_likelihoods
        )

    def test_float32_is_read_as_exact_64_bit_numbers(self):
        X, start = problem(3)
        X = X.astype(np.float32)
        a, b = fit(X, start, max_iter=5), fit(X.astype(float), start, max_iter=5)
        np.testing.assert_allclose(a.log_likelihoods, b.log_likelihoods, rtol=1e-13)

    def test_an_engine_serves_mixtures_of_any_size(self):
        X, _ = problem(n=300)
        rng = np.random.default_rng(0)
        with Engine(X) as statistics:
            for k in (2, 5, 1, 5, 2):
                mixture = random_points(X, k, rng)
                for form in FORMS:
                    sums = statistics(mixture, form)
                    r, log_likelihood = e_step(X, mixture)
                    assert_same(sums.mixture(), m_step(X, r), 1e-11)
                    assert sums.log_likelihood == pytest.approx(log_likelihood, rel=1e-12)

    def test_old_sums_are_left_alone(self):
        """What the engine has said stays as it is when it is asked again."""
        X, mixture = problem()
        other = random_points(X, 3, np.random.default_rng(0))
        with Engine(X) as statistics:
            for form in FORMS:
                first = statistics(mixture, form)
                copies = [np.array(array) for array in (first.counts, first.sums, first.moments)]
                statistics(other, form)
                for array, copy in zip((first.counts, first.sums, first.moments), copies, strict=True):
                    np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("weight", [1e-150, 1e120, 1e150])
def test_weights_of_any_size_beside_a_far_point(weight):
    """The far point's density is 1e-171: what is divided by it must not overflow."""
    X = np.concatenate([np.random.default_rng(0).standard_normal(50), [28.0]])[:, None]
    start = Mixture([1.0], [[0.0]], [[[1.0]]])
    expected = fit(X, start, max_iter=5)
    weighted = fit(X, start, sample_weight=np.full(len(X), weight), max_iter=5)
    assert_same(weighted.mixture, expected.mixture, 1e-10)


def test_points_that_differ_by_roundings_alone_collapse_in_every_form():
    """Seen from their center they are a cloud like any other; what they spread is the last digit of 1e8."""
    X = 1e8 + 1.5e-8 * np.random.default_rng(0).integers(-2, 3, (60, 1))
    start = Mixture([1.0], [[1e8]], [[[1.0]]])
    for engine_name in ("auto", "textbook"):
        with pytest.raises(CollapsedComponent, match="coincide"):
            fit(X, start, engine=engine_name)
    (outcome,) = fit_many(X, [start])
    assert isinstance(outcome, CollapsedComponent)


def test_a_block_is_loaded_again_after_others():
    worker = Worker(PackedForm, 1, np.zeros(1), 2000, 2**13)
    mixture, shift = Mixture([1.0], [[0.0]], [[[1.0]]]), np.zeros(1)
    small, large = np.ones((1, 20)), np.full((1, 2000), 2.0)
    assert worker.width < large.shape[1]
    for columns in (small, large, small):
        worker.begin(mixture)
        worker.run(columns, shift)
        assert worker.statistics(np.ones(1)).sums.item() == columns.sum()


def extra_memory(X, start, **options):
    """The largest number of bytes that `fit` takes beyond its data."""
    fit(X[:1000], start, max_iter=1)  # what is loaded once
    tracemalloc.start()
    try:
        fit(X, start, tol=0, max_iter=3, **options)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestMemory:
    @pytest.fixture(autouse=True)
    def two_threads(self, monkeypatch):
        """Every thread has buffers of its own."""
        monkeypatch.setattr(engine, "n_processors", lambda: 2)
        monkeypatch.setattr(engine, "SMALL", 1)

    @pytest.mark.parametrize("n", [300_000, 600_000])
    @pytest.mark.parametrize("separation", [3.0, 1e5])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_below_one_and_a_half_times_the_data(self, separation, weighted, n):
        X, start = clusters(np.random.default_rng(0), n=n, separation=separation)
        sample_weight = np.ones(len(X)) if weighted else None
        assert extra_memory(X, start, sample_weight=sample_weight) < 1.5 * X.nbytes

    def test_float32_is_not_copied(self):
        X, start = problem(n=1_000_000)
        X = X.astype(np.float32)
        assert extra_memory(X, start) < 0.75 * X.nbytes


class TestSufficientStatistics:
    @given(problems(), seeds)
    @settings(max_examples=50)
    def test_they_add_up(self, problem, seed):
        X, mixture, cut = problem.X, problem.start, 1 + seed % (len(problem.X) - 1)
        for form in FORMS:
            whole, a, b = (sums_of(part, mixture, form) for part in (X, X[:cut], X[cut:]))
            both = a + b
            sd = np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))
            whole = whole.about(both.origins)
            np.testing.assert_allclose(both.counts, whole.counts, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(both.sums / sd, whole.sums / sd, rtol=1e-9, atol=1e-8)
            units = sd[:, :, None] * sd[:, None, :]
            np.testing.assert_allclose(both.moments / units, whole.moments / units, rtol=1e-8, atol=1e-7)
            assert both.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-10, abs=1e-7)
            np.testing.assert_array_equal(both.extent, whole.extent)

    def test_about_other_points_by_hand(self):
        """Points 1, 2 and 4 of weights 1, 2 and 1/2, about 0 and about 3."""
        r, x = np.array([1.0, 2.0, 0.5]), np.array([1.0, 2.0, 4.0])

        def about(origin):
            sums, moments = r @ (x - origin), r @ (x - origin) ** 2
            arrays = [np.array(a) for a in ([[origin]], [3.5], [[sums]], [[[moments]]])]
            return SufficientStatistics(*arrays, -1.0, x[-1:])

        moved = about(0.0).about(np.array([[3.0]]))
        for name in ("origins", "counts", "sums", "moments", "log_likelihood", "extent"):
            np.testing.assert_allclose(getattr(moved, name), getattr(about(3.0), name), rtol=1e-14)
        assert moved.about(moved.origins) is moved
        np.testing.assert_allclose(moved.means, [[7 / 3.5]], rtol=1e-14)

    def test_in_two_dimensions(self):
        X, mixture = problem(k=2)
        sums = sums_of(X, mixture, CenteredForm)
        moved = sums.about(np.array([[3.0, -2.0], [0.5, 9.0]]))
        r = mixture.responsibilities(X)
        for j in range(2):
            deviations = X - moved.origins[j]
            weighted = r[:, j, None] * deviations
            np.testing.assert_allclose(moved.sums[j], weighted.sum(axis=0), rtol=1e-11)
            np.testing.assert_allclose(moved.moments[j], weighted.T @ deviations, rtol=1e-11)
        assert_same(moved.mixture(), sums.mixture(), 1e-11)

    def test_their_mixture_is_the_m_step(self):
        X = datasets.old_faithful()
        start = from_centers(X, X[:2])
        for family in FAMILIES:
            expected = m_step(X, start.responsibilities(X), family=family, ridge=0.5)
            for form in FORMS:
                assert_same(sums_of(X, start, form).mixture(family, 0.5), expected, 1e-12)


def sums_of(X, mixture, form):
    with Engine(X) as statistics:
        return statistics(mixture, form)


@pytest.mark.parametrize(
    ("d", "k", "form"),
    [
        (2, 1, PackedForm),
        (8, 1, CenteredForm),
        (8, 2, PackedForm),
        (64, 7, CenteredForm),
        (64, 8, PackedForm),
    ],
)
def test_few_components_in_many_dimensions_take_the_centered_form(d, k, form):
    """Where it is faster: benchmarks/alternatives.md."""
    X = np.random.default_rng(0).standard_normal((4 * d + 20, d))
    taken = []
    with Engine(X) as sums:

        def statistics(mixture, form, origins=None):
            taken.append(form)
            return sums(mixture, form, origins)

        near = Mixture(np.full(k, 1 / k), 0.1 * X[:k], np.tile(np.eye(d), (k, 1, 1)))  # little amplified
        em_step(statistics, sums.center)(near)
    assert taken[0] is form
