"""`fit_many` and `best_of`: from each start what `fit` gives, however many go together."""

import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from gmmlesson import (
    CollapsedComponent,
    EMGaussianMixture,
    Fit,
    Mixture,
    best_of,
    datasets,
    engine,
    fit,
    fit_many,
)
from gmmlesson.engine import Engine, most_stacked, packs
from gmmlesson.families import FAMILIES
from gmmlesson.fit import BestFit
from gmmlesson.initialization import kmeans, random_points, short_runs
from gmmlesson.stack import Stack
from strategies import problems, random_mixture, seeds

FAITHFUL = datasets.old_faithful()


def one_by_one(X, starts, **options):
    """What `fit_many` is to give: each Fit, or the exception that `fit` raises."""
    outcomes = []
    for start in starts:
        try:
            outcomes.append(fit(X, start, **options))
        except ValueError as error:
            outcomes.append(error)
    return outcomes


def assert_same_runs(many, expected, tol=1e-10):
    assert len(many) == len(expected)
    for one, other in zip(many, expected, strict=True):
        if isinstance(other, ValueError):
            assert type(one) is type(other) and str(one) == str(other)
            continue
        assert isinstance(one, Fit), one
        assert (one.n_iter, one.converged) == (other.n_iter, other.converged)
        np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, rtol=tol, atol=tol)
        assert len(one.mixtures) == min(2, len(other.mixtures))
        assert one.mixture.family == other.mixture.family
        for part in ("weights", "means", "covariances", "cholesky", "whitening"):
            a, b = getattr(one.mixture, part), getattr(other.mixture, part)
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7 * np.abs(b).max())
            assert not a.flags.writeable
        np.testing.assert_array_equal(one.mixtures[0].means, other.mixtures[0].means)


def starts_of(X, k, size, seed=0, **options):
    rng = np.random.default_rng(seed)
    return [random_points(X, k, rng, **options) for _ in range(size)]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [1, 2, 17])
def test_every_run_is_that_of_fit(family, weighted, size):
    sample_weight = np.random.default_rng(1).uniform(0, 3, len(FAITHFUL)) if weighted else None
    options = {"family": family, "sample_weight": sample_weight, "tol": 1e-7, "max_iter": 60}
    starts = starts_of(FAITHFUL, 3, size)
    assert_same_runs(fit_many(FAITHFUL, starts, **options), one_by_one(FAITHFUL, starts, **options))


@given(problems(), st.integers(1, 6), seeds)
@settings(max_examples=60)
def test_on_all_kinds_of_data(problem, size, seed):
    rng = np.random.default_rng(seed)
    starts = [problem.start]
    for _ in range(size - 1):
        nudge = problem.X.std(axis=0) * rng.standard_normal(problem.start.means.shape)
        moved = problem.start.means + 0.3 * nudge
        starts.append(Mixture(problem.start.weights, moved, problem.start.covariances))
    options = {"family": problem.family, "sample_weight": problem.sample_weight, "max_iter": 8}
    many, expected = fit_many(problem.X, starts, **options), one_by_one(problem.X, starts, **options)
    for one, other in zip(many, expected, strict=True):
        assert isinstance(one, Fit) == isinstance(other, Fit)
        if isinstance(other, Fit):  # iterations may differ by the rounding of a gain beside tol
            both = min(len(one.log_likelihoods), len(other.log_likelihoods))
            n = len(problem.X) if problem.sample_weight is None else problem.sample_weight.sum()
            a, b = one.log_likelihoods[:both], other.log_likelihoods[:both]
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * n)


def test_who_collapses_is_told_and_ends_nobody_else():
    X = np.random.default_rng(0).normal(size=(80, 2))
    X[:40] += 6
    good = starts_of(X, 2, 3)
    bad = Mixture([0.5, 0.5], [X[0], [3.0, 3.0]], [1e-8 * np.eye(2), 9 * np.eye(2)])  # a needle
    starts = [good[0], bad, good[1], bad, good[2]]
    many = fit_many(X, starts)
    assert [isinstance(one, CollapsedComponent) for one in many] == [False, True, False, True, False]
    assert_same_runs(many, one_by_one(X, starts))
    assert many[1].iteration >= 1 and many[1].component == 0


def test_who_reaches_no_point_is_told_and_ends_nobody_else():
    far = Mixture([1.0], [[1e140, 0.0]], [1e-30 * np.eye(2)])
    near = Mixture([1.0], FAITHFUL[:1], [np.eye(2)])
    many = fit_many(FAITHFUL, [near, far, near])
    assert [isinstance(one, Fit) for one in many] == [True, False, True]
    assert "standard deviations of some component" in str(many[1])


def test_who_needs_the_centered_form_goes_on_alone(monkeypatch):
    """Two tight clusters a million apart: no packed form keeps their digits, in whatever iteration."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(40, 1)) * 1e-3, 1e3 + rng.normal(size=(40, 1))])
    wide = Mixture([0.5, 0.5], [[0.0], [900.0]], np.full((2, 1, 1), 1e5))
    narrow = Mixture([0.5, 0.5], [[0.0], [1000.0]], np.full((2, 1, 1), 1.0))
    with Engine(X) as statistics:
        assert packs(wide, statistics.center) and not packs(narrow, statistics.center)
    alone, names = [], fit_many.__globals__  # the function `fit` hides the module of that name
    go_alone = names["_go_alone"]

    def remember(run, *rest):
        alone.append(run.start)
        go_alone(run, *rest)

    monkeypatch.setitem(names, "_go_alone", remember)
    many = fit_many(X, [wide, narrow])
    assert {id(start) for start in alone} == {id(many[0].mixtures[0]), id(many[1].mixtures[0])}
    assert many[0].n_iter > 2
    assert_same_runs(many, one_by_one(X, [wide, narrow]))


def test_a_start_that_has_arrived_leaves_at_once():
    arrived = fit(FAITHFUL, random_points(FAITHFUL, 2, np.random.default_rng(0)), tol=1e-10).mixture
    starts = [arrived, *starts_of(FAITHFUL, 2, 2), arrived]
    many = fit_many(FAITHFUL, starts, tol=1e-8)
    assert [one.n_iter for one in many][::3] == [1, 1] and many[1].n_iter > 5
    assert_same_runs(many, one_by_one(FAITHFUL, starts, tol=1e-8))


@pytest.mark.parametrize("max_iter", [0, 1, 3])
def test_max_iter(max_iter):
    starts = starts_of(FAITHFUL, 2, 3)
    many = fit_many(FAITHFUL, starts, max_iter=max_iter)
    assert [(one.n_iter, one.converged) for one in many] == [(max_iter, False)] * 3
    assert_same_runs(many, one_by_one(FAITHFUL, starts, max_iter=max_iter))


def test_components_in_any_number_and_in_any_order():
    starts = [random_points(FAITHFUL, k, np.random.default_rng(k)) for k in (3, 1, 2, 3, 1, 4)]
    many = fit_many(FAITHFUL, starts, tol=1e-6)
    assert [one.mixture.k for one in many] == [3, 1, 2, 3, 1, 4]
    assert_same_runs(many, one_by_one(FAITHFUL, starts, tol=1e-6))


@pytest.mark.parametrize("n", [4, 255, 256, 257, 1000])
def test_fewer_points_than_a_block_and_more(n, monkeypatch):
    X, _ = random_mixture(np.random.default_rng(1), 2, 2).sample(n, np.random.default_rng(0))
    monkeypatch.setattr(engine, "CACHE", 2**14)
    starts = starts_of(X, 2, 5)
    options = {"ridge": 0.1, "max_iter": 20}
    assert_same_runs(fit_many(X, starts, **options), one_by_one(X, starts, **options))


def test_more_starts_than_a_stack_holds(monkeypatch):
    """Those that wait are let in as others come to their end; the results are in the order of the starts."""
    monkeypatch.setattr(engine, "CACHE", 2**16)
    monkeypatch.setattr(engine, "MIN_WIDTH", 400)
    assert most_stacked(2) == 5
    sizes = []
    of = Stack.of

    def remember(*arguments):
        stack = of(*arguments)
        sizes.append(len(stack))
        return stack

    monkeypatch.setattr(Stack, "of", remember)
    starts = starts_of(FAITHFUL, 2, 23)
    assert_same_runs(fit_many(FAITHFUL, starts, tol=1e-6), one_by_one(FAITHFUL, starts, tol=1e-6))
    assert max(sizes) == 5 and len(sizes) > 4


def test_one_thread_and_two_agree_to_rounding(monkeypatch):
    X, _ = random_mixture(np.random.default_rng(1), 3, 4).sample(30_000, np.random.default_rng(0))
    starts = starts_of(X, 3, 4)
    runs = {}
    monkeypatch.setattr(engine, "SMALL", 1)
    for n_threads in (1, 2):
        monkeypatch.setattr(engine, "n_processors", lambda n_threads=n_threads: n_threads)
        runs[n_threads] = fit_many(X, starts, max_iter=10)
    assert_same_runs(runs[1], runs[2], tol=1e-12)
    pairs = zip(*runs.values(), strict=True)
    assert not all(
        np.array_equal(one.log_likelihoods, two.log_likelihoods) for one, two in pairs
    )  # else the second thread had nothing to do


def test_float32_is_read_as_it_stands():
    X = FAITHFUL.astype(np.float32)
    starts = starts_of(X, 2, 4)
    assert_same_runs(fit_many(X, starts), one_by_one(X, starts))


def test_memory_does_not_grow_with_points_times_starts():
    X = np.random.default_rng(0).normal(size=(100_000, 4))
    starts = starts_of(X, 4, 20)
    fit_many(X[:1000], starts, max_iter=1)
    tracemalloc.start()
    fit_many(X, starts, max_iter=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * X.nbytes + engine.SHARED  # n S k numbers would be 20 times the data


def test_progress_counts_the_runs(capsys, console_bar):
    fit_many(FAITHFUL, starts_of(FAITHFUL, 2, 7), progress=True)
    assert "7/7" in capsys.readouterr().err
    fit_many(FAITHFUL, starts_of(FAITHFUL, 2, 7))
    assert capsys.readouterr() == ("", "")


class TestBestOf:
    def test_it_is_the_highest_and_knows_all_ends(self):
        starts = starts_of(FAITHFUL, 3, 12)
        best, fits = best_of(FAITHFUL, starts, tol=1e-6), one_by_one(FAITHFUL, starts, tol=1e-6)
        ends = [one.log_likelihoods[-1] for one in fits]
        np.testing.assert_allclose(best.ends, ends, rtol=1e-12)
        assert isinstance(best, Fit) and best.log_likelihoods[-1] == max(best.ends)
        assert best.mixture is best.fits[int(np.argmax(best.ends))].mixture
        assert len(set(np.round(ends, 2))) > 1

    def test_who_collapses_has_nan(self):
        X = np.r_[np.random.default_rng(0).normal(size=(60, 1)), [[30.0]]]
        bad = Mixture([0.5, 0.5], [[30.0], [0.0]], [[[0.01]], [[1.0]]])
        good = kmeans(X[:-1], 1, np.random.default_rng(0))
        best = best_of(X, [bad, good])
        assert np.isnan(best.ends).tolist() == [True, False] and best.mixture.k == 1
        with pytest.raises(CollapsedComponent):
            best_of(X, [bad, bad])

    def test_of_equal_ends_the_first_counts(self):
        start = random_points(FAITHFUL, 2, np.random.default_rng(0))
        best = best_of(FAITHFUL, [start, start])
        assert best.mixture is best.fits[0].mixture


@pytest.mark.parametrize(
    ("starts", "sentence"),
    [
        ([], "starts must hold at least one mixture"),
        (kmeans(FAITHFUL, 2, np.random.default_rng(0)), "starts must be several mixtures"),
        (3, "starts must be several mixtures"),
        ([FAITHFUL], "start 0 must be a Mixture"),
        ([Mixture([1.0], [[0.0]], [[[1.0]]])], "X must have 1 features a point"),
        (
            [Mixture([1.0], [[0.0, 0]], [np.eye(2)]), Mixture([1.0], [[0.0]], [[[1.0]]])],
            "starts must have equally many features; start 0 has 2, start 1 has 1",
        ),
    ],
)
def test_starts_that_make_no_sense(starts, sentence):
    for function in (fit_many, best_of):
        with pytest.raises((ValueError, TypeError), match=sentence):
            function(FAITHFUL, starts)


@pytest.mark.parametrize(
    "options", [{"family": "oval"}, {"ridge": -1}, {"tol": -1}, {"max_iter": -1}, {"sample_weight": [1.0]}]
)
def test_options_that_make_no_sense(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        fit_many(FAITHFUL, starts_of(FAITHFUL, 2, 2), **options)


def test_a_stack_is_its_mixtures():
    mixtures = [random_mixture(np.random.default_rng(seed), 3, 2) for seed in range(4)]
    stack = Stack.of(mixtures[2:], Stack.of(mixtures[:2]))
    assert (len(stack), stack.k, stack.d) == (4, 3, 2)
    np.testing.assert_allclose(stack.log_peaks, [mixture.log_peaks for mixture in mixtures], rtol=1e-14)
    np.testing.assert_allclose(stack.precisions, [mixture.precisions for mixture in mixtures], rtol=1e-12)
    one = stack.only(np.array([False, True, False, True])).mixture(1, "full")
    np.testing.assert_array_equal(one.means, mixtures[3].means)
    assert not one.means.flags.writeable and one.means.base is None


class TestWhoUsesIt:
    def test_the_estimator_takes_the_best_of_n_init(self):
        options = {"n_init": 6, "init_params": "random_from_data", "random_state": 0, "tol": 1e-6}
        together = EMGaussianMixture(3, **options).fit(FAITHFUL)
        one_by_one = EMGaussianMixture(3, history="all", **options).fit(FAITHFUL)
        assert len(together.history_.mixtures) == 2 < len(one_by_one.history_.mixtures)
        np.testing.assert_allclose(
            together.history_.log_likelihoods, one_by_one.history_.log_likelihoods, rtol=1e-10
        )
        assert isinstance(together.history_, BestFit) and len(set(together.history_.ends.round(3))) > 1
        assert together.history_.log_likelihoods[-1] == together.history_.ends.max()

    def test_the_estimator_keeps_the_ends_unless_asked_for_more(self):
        def size(**options):
            model = EMGaussianMixture(2, max_iter=12, tol=0, random_state=0, **options)
            return len(pickle.dumps(model.fit(np.random.default_rng(0).normal(size=(300, 50)))))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            assert size() < size(history="all") / 3

    def test_short_runs_survive_a_run_that_collapses(self):
        X = np.r_[np.random.default_rng(0).normal(size=(30, 1)), [[50.0]], [[-50.0]]]
        rng = np.random.default_rng(0)
        starts = [random_points(X, 2, rng) for _ in range(20)]
        outcomes = fit_many(X, starts, tol=0, max_iter=40)
        assert {isinstance(one, Fit) for one in outcomes} == {True, False}
        best = short_runs(X, 2, np.random.default_rng(0), n_runs=20, n_iter=40)
        highest = max(one.log_likelihoods[-1] for one in outcomes if isinstance(one, Fit))
        assert best.log_likelihood(X) == pytest.approx(highest)
