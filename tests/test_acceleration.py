"""SQUAREM: far fewer steps on slow problems, never a step down, always a mixture of the same family."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings

from gmmlesson import CollapsedComponent, Mixture, fit, iterate
from gmmlesson.acceleration import squarem
from gmmlesson.engine import Engine, em_step
from gmmlesson.families import FAMILIES
from gmmlesson.fit import textbook_step
from gmmlesson.initialization import kmeans
from strategies import assert_same, families, problems, seeds
from test_em import representation_loss

I2 = np.eye(2)
TOL = 1e-9  # gain per observation


class Counted:
    """A step that counts how often it is called."""

    def __init__(self, step):
        self.step, self.calls = step, 0

    def __call__(self, mixture):
        self.calls += 1
        return self.step(mixture)


OVERLAPPING = {
    "two clusters 1.5 standard deviations apart": (
        Mixture([0.4, 0.6], [[0.0, 0.0], [1.5, 0.0]], [I2, I2]), "full",
    ),
    "three clusters that touch": (
        Mixture([0.3, 0.3, 0.4], [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]], [I2] * 3), "diag",
    ),
    "one within another": (Mixture([0.5, 0.5], [[0.0, 0.0], [0.0, 0.0]], [I2, 9 * I2]), "tied"),
}  # fmt: skip


def overlapping(name, seed=0):
    """Data, a start and a family for which EM needs hundreds of iterations."""
    truth, family = OVERLAPPING[name]
    rng = np.random.default_rng(seed)
    X, _ = truth.sample(2000, rng)
    return X, kmeans(X, truth.k, rng), family


def compare(X, start, family):
    """Plain EM and SQUAREM until the gain per observation is 1e-9 -> fits, and calls of the step."""
    fits, calls = [], []
    with Engine(X) as statistics:
        for wrap in (lambda step: step, squarem):
            step = Counted(em_step(statistics, statistics.center, family=family))
            fits.append(iterate(wrap(step), start, tol=TOL * len(X), max_iter=10_000))
            calls.append(step.calls)
    return fits, calls


@pytest.mark.parametrize("name", OVERLAPPING)
def test_at_least_three_times_fewer_steps(name, summary):
    ratios = []
    for seed in range(3):
        X, start, family = overlapping(name, seed)
        (plain, accelerated), (many, few) = compare(X, start, family)
        assert plain.converged
        assert accelerated.converged
        assert many > 60
        assert many >= 3 * few, (seed, many, few)
        n = len(X)
        assert accelerated.log_likelihoods[-1] >= plain.log_likelihoods[-1] - TOL * n
        assert np.diff(accelerated.log_likelihoods).min() >= -1e-9 * n
        ratios.append(f"{many} -> {few}")
    summary.append(f"SQUAREM, calls of the step, {name}: {', '.join(ratios)}")


def run_in_units(X, start, scale, family, n_iter):
    """SQUAREM on X and on X in other units -> of both the mixture in the units of X and the calls."""
    units = np.multiply.outer(scale, scale)
    moved = Mixture(start.weights, start.means * scale, start.covariances * units)
    steps = [Counted(textbook_step(data, family=family)) for data in (X, X * scale)]
    a, b = (
        iterate(squarem(step), begin, tol=0, max_iter=n_iter).mixture
        for step, begin in zip(steps, (start, moved), strict=True)
    )
    b = Mixture(b.weights, b.means / scale, b.covariances / units)
    return (a, steps[0].calls), (b, steps[1].calls)


class TestAlways:
    @given(problems())
    @settings(max_examples=80)
    def test_it_never_falls_and_keeps_to_the_family(self, problem):
        """Every mixture on the way is valid, better than the one before, and a projection of the family's."""
        X, sample_weight = problem.X, problem.sample_weight
        n = len(X) if sample_weight is None else sample_weight.sum()
        options = {"family": problem.family, "sample_weight": sample_weight, "tol": 0}
        try:
            n_parameters = fit(X, problem.start, max_iter=1, **options).mixture.n_parameters
            with warnings.catch_warnings(action="error"):
                result = fit(X, problem.start, accelerate=True, max_iter=8, **options)
        except CollapsedComponent:  # two steps of plain EM would have collapsed as well
            return
        for mixture in result.mixtures[1:]:
            Mixture(mixture.weights, mixture.means, mixture.covariances)
            projected = FAMILIES[problem.family](mixture.covariances, mixture.weights)
            if not problem.family.startswith("tied"):  # whose weighted mean is rounded
                np.testing.assert_array_equal(projected, mixture.covariances)
            assert mixture.n_parameters == n_parameters
        for i in range(1, len(result.mixtures)):
            allowed = 1e-9 + representation_loss(X, result.mixtures[i])
            assert result.log_likelihoods[i] - result.log_likelihoods[i - 1] >= -allowed * n

    @given(families, seeds)
    @settings(max_examples=30)
    def test_units_do_not_matter(self, family, seed):
        """Features in other units: the same strides, and the mapped result."""
        rng = np.random.default_rng(seed)
        truth = Mixture([0.5, 0.5], [[0.0, 0.0], [2.5, 1.0]], [I2, 2 * I2])
        X, _ = truth.sample(400, rng)
        start = kmeans(X, 2, rng)
        scale = np.array([1e3, 1e3] if family.endswith("spherical") else [1e-3, 1e6])
        (a, calls), (b, calls_moved) = run_in_units(X, start, scale, family, 5)
        assert calls == calls_moved
        assert_same(b, a, 1e-8)

    def test_it_is_the_same_by_engine_and_textbook(self):
        X, start, family = overlapping("three clusters that touch")
        options = {"family": family, "accelerate": True, "tol": 0, "max_iter": 6}
        textbook, auto = (fit(X, start, engine=engine, **options) for engine in ("textbook", "auto"))
        np.testing.assert_allclose(auto.log_likelihoods, textbook.log_likelihoods, rtol=1e-10)

    def test_where_em_stands_still_so_does_it(self):
        """One component: EM is done after a step, and there is no direction to stride in."""
        X = np.random.default_rng(0).standard_normal((100, 2))
        start = Mixture([1.0], [[0.5, 0.0]], [2 * I2])
        with warnings.catch_warnings(action="error"):
            result = fit(X, start, accelerate=True, tol=0, max_iter=20)
        assert_same(result.mixture, fit(X, start, tol=0, max_iter=20).mixture, 1e-13)


class TestOneCycle:
    def test_it_takes_three_steps_and_the_first_two(self):
        X, start, family = overlapping("two clusters 1.5 standard deviations apart")
        step = Counted(textbook_step(X, family=family))
        stride = squarem(step)
        mixture, taken = start, []
        for _ in range(8):
            before = step.calls
            mixture, _ = stride(mixture)
            taken.append(step.calls - before)
        assert taken[0] == 2  # the longest stride allowed is that of two steps of EM
        assert taken[1:] == [3] * 7

    def test_the_first_is_two_steps_of_em(self):
        X, start, family = overlapping("two clusters 1.5 standard deviations apart")
        step = textbook_step(X, family=family)
        better, log_likelihood = squarem(step)(start)
        first, expected = step(start)
        assert log_likelihood == expected
        assert_same(better, step(first)[0], 1e-15)

    def test_the_second_is_the_formula(self):
        """One dimension and one moving number: step halves the distance of the mean to 1 and does no more.

        theta = 0, 1/2, 3/4: r = 1/2, v = -1/4, and the stride |r| / |v| = 2 leads to 0 + 2 - 1 = 1 itself.
        """

        def step(mixture):
            mean = mixture.means[0, 0]
            return Mixture([1.0], [[(mean + 1) / 2]], [[[1.0]]]), -((mean - 1) ** 2)

        stride = squarem(step)
        away = Mixture([1.0], [[-3.0]], [[[1.0]]])
        assert stride(away)[0].means[0, 0] == 0  # -3, -1, 0
        better, log_likelihood = stride(Mixture([1.0], [[0.0]], [[[1.0]]]))
        assert log_likelihood == -1
        assert better.means[0, 0] == pytest.approx(1, abs=1e-14)

    @pytest.mark.parametrize("error", [CollapsedComponent(0, 1.0), ValueError("X must be near.")])
    def test_a_stride_that_fails_is_not_taken(self, error):
        """As if every stride led to where components collapse or reach no point: it remains plain EM."""
        X, start, family = overlapping("two clusters 1.5 standard deviations apart")
        step, known = textbook_step(X, family=family), {id(start): start}

        def failing(mixture):
            if id(mixture) not in known:
                raise error
            better, log_likelihood = step(mixture)
            known[id(better)] = better
            return better, log_likelihood

        accelerated = iterate(squarem(failing), start, tol=0, max_iter=10)
        plain = iterate(step, start, tol=0, max_iter=20)
        assert_same(accelerated.mixture, plain.mixture, 1e-13)

    def test_a_stride_that_leads_down_is_not_taken(self):
        X, start, family = overlapping("two clusters 1.5 standard deviations apart")
        step, known = textbook_step(X, family=family), {id(start): start}

        def misled(mixture):
            better, log_likelihood = step(mixture)
            known[id(better)] = better
            return better, log_likelihood - (0 if id(mixture) in known else 1e6)

        accelerated = iterate(squarem(misled), start, tol=0, max_iter=10)
        assert_same(accelerated.mixture, iterate(step, start, tol=0, max_iter=20).mixture, 1e-13)

    def test_a_stride_out_of_the_numbers_is_not_taken(self):
        """A variance that grows slowly, so that strides get long, and then fast: they lead beyond 1e308."""

        def step(mixture):
            variance = mixture.covariances[0, 0, 0]
            factor = (1.001 if variance < 10 else 100) * (1 + 1e-9 * np.log(variance))
            return Mixture([1.0], [[0.0]], [[[min(factor * variance, 1e200)]]]), variance

        step = Counted(step)
        stride, mixture, taken = squarem(step), Mixture([1.0], [[0.0]], [[[1.5]]]), []
        with warnings.catch_warnings(action="error"):
            for _ in range(12):
                before = step.calls
                mixture, _ = stride(mixture)
                taken.append(step.calls - before)
        assert taken[:6] == [2, 3, 3, 3, 3, 3]
        assert 2 in taken[6:]  # there was no mixture to try

    def test_a_collapse_of_em_itself_is_reported(self):
        X = np.array([[0.0], [1.0], [2.0], [3.0], [9.0]])
        start = Mixture([0.5, 0.5], [[1.5], [8.0]], [[[1.0]], [[1.0]]])
        with pytest.raises(CollapsedComponent) as caught:
            fit(X, start, accelerate=True)
        assert caught.value.component == 1

    def test_runs_do_not_learn_from_each_other(self):
        """How long strides may be is found out anew in every run."""
        X, start, family = overlapping("three clusters that touch")
        runs = [fit(X, start, family=family, accelerate=True, max_iter=10, tol=0) for _ in range(2)]
        np.testing.assert_array_equal(runs[0].log_likelihoods, runs[1].log_likelihoods)
