"""What lesson 09 says of the package: each failure of the numbers happens, and the mended run is right."""

import inspect
import warnings

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from gmmlesson import CollapsedComponent, Mixture, datasets, e_step, fit, iterate, m_step
from gmmlesson.exercises import EXERCISES
from gmmlesson.exercises.checking import judge
from gmmlesson.exercises.lesson_09 import guarded_m_step
from gmmlesson.initialization import random_points
from gmmlesson.matching import align
from gmmlesson.plots import numerics

SEVEN = np.array([0.0, 1, 2, 3, 8, 9, 10])[:, None]
ENGINES = pytest.mark.parametrize("engine", ["auto", "textbook"])


@pytest.fixture(scope="module")
def geyser():
    return datasets.old_faithful()


def start(X):
    return random_points(X, 2, np.random.default_rng(5))


def in_unit(mixture, u):
    return Mixture(mixture.weights, mixture.means * u, mixture.covariances * u**2)


class TestUnits:
    @ENGINES
    def test_in_days_the_likelihood_falls_below_the_start_and_one_gaussian(self, geyser, engine):
        u = 1 / 1440
        run = fit(geyser * u, in_unit(start(geyser), u), ridge=1e-6, engine=engine)
        trace = run.log_likelihoods + 2 * len(geyser) * np.log(u)
        one = m_step(geyser, np.ones((len(geyser), 1))).log_likelihood(geyser)
        assert trace[-1] < trace[0] < one
        falls = -np.diff(trace)[np.diff(trace) < 0]
        assert len(falls) > 10 and falls[0] > 79 and falls[1:].max() < 0.0025  # one fall, and thousandths
        in_minutes = fit(geyser, start(geyser), ridge=1e-6)
        assert in_minutes.log_likelihoods[-1] == pytest.approx(-1130.264, abs=1e-3)

    def test_without_a_ridge_the_unit_does_not_matter(self, geyser):
        u = 1 / 1440
        trace = fit(geyser * u, in_unit(start(geyser), u)).log_likelihoods + 2 * len(geyser) * np.log(u)
        assert trace == pytest.approx(fit(geyser, start(geyser)).log_likelihoods)

    def test_it_is_scikit_learns_default_and_does_the_same_there(self, geyser):
        assert inspect.signature(GaussianMixture).parameters["reg_covar"].default == 1e-6
        days, begin = geyser / 1440, in_unit(start(geyser), 1 / 1440)
        theirs = GaussianMixture(
            2, weights_init=begin.weights, means_init=begin.means, tol=0, max_iter=15,
            precisions_init=np.linalg.inv(begin.covariances),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            theirs.fit(days)
        ours = fit(days, begin, ridge=1e-6, tol=0, max_iter=15)
        assert theirs.score(days) * len(days) == pytest.approx(ours.log_likelihoods[-1])
        assert ours.log_likelihoods[-1] < ours.log_likelihoods[0]


class TestNothingAndNaN:
    @ENGINES
    def test_an_empty_component_raises(self, geyser, engine):
        far = Mixture([0.5, 0.5], [[3.0], [300.0]], np.ones((2, 1, 1)))
        with pytest.raises(CollapsedComponent) as caught:
            fit(geyser[:, :1], far, engine=engine)
        assert (caught.value.component, caught.value.count, caught.value.iteration) == (1, 0, 1)
        for options in ({"ridge": 0.1}, {"family": "tied"}):
            with pytest.raises(CollapsedComponent):
                fit(geyser[:, :1], far, engine=engine, **options)
        near = Mixture([0.5, 0.5], [[3.0], [5.0]], np.ones((2, 1, 1)))
        mended = fit(geyser[:, :1], near, engine=engine).mixture
        assert mended.means[:, 0] == pytest.approx([2.02, 4.27], abs=0.01)

    def test_to_drop_a_component_may_lower_the_log_likelihood(self):
        third = Mixture([0.4, 0.4, 0.2], [[1.5], [9], [3]], [[[1.25]], [[2 / 3]], [[0.04]]])
        r, before = e_step(SEVEN, third)
        after = guarded_m_step(SEVEN, r, ridge=0.0)
        assert after.k == 2 and r[:, 2].sum() == pytest.approx(0.87, abs=0.01)
        assert after.log_likelihood(SEVEN) < before - 1

    @ENGINES
    def test_one_typing_error(self, geyser, engine):
        waits = geyser[:, 1:].copy()
        waits[0] = 7900
        begin = Mixture([0.4, 0.6], [[55.0], [80.0]], np.full((2, 1, 1), 36.0))
        assert (norm.pdf(waits[0], begin.means[:, 0], 6) == 0).all()  # bare EM: 0 / 0
        r, log_likelihood = e_step(waits, begin)
        assert np.isfinite(log_likelihood) and r[0] == pytest.approx([0, 1])
        with pytest.raises(CollapsedComponent, match="holds 1 point"):
            fit(waits, begin, engine=engine)
        mended = fit(np.delete(waits, 0)[:, None], begin, engine=engine).mixture
        assert mended.means[:, 0] == pytest.approx([54.6, 80.1], abs=0.1)

    @ENGINES
    def test_twins_stay_and_a_nudge_parts_them(self, geyser, engine):
        middle, covariance = geyser.mean(axis=0), np.cov(geyser.T, bias=True)
        one = m_step(geyser, np.ones((len(geyser), 1))).log_likelihood(geyser)
        ends = []
        for nudge in (0, 1e-6):
            twins = Mixture([0.5, 0.5], [middle, middle + np.array([nudge, 0])], [covariance] * 2)
            stopped = fit(geyser, twins, engine=engine)
            assert stopped.converged and stopped.log_likelihoods[-1] == pytest.approx(one)
            ends.append(fit(geyser, twins, tol=0, max_iter=140, engine=engine).log_likelihoods[-1])
        assert ends == pytest.approx([one, -1130.264], abs=1e-3)

    @ENGINES
    def test_a_copied_component_stays_a_copy_until_it_is_moved(self, geyser, engine):
        begin, i, ends = start(geyser), [0, 1, 0], []
        for nudge in (0, 1e-3):
            means = begin.means[i] + np.outer([0, 0, nudge], [1, 0])
            copied = Mixture(begin.weights[i] / [2, 1, 2], means, begin.covariances[i])
            run = fit(geyser, copied, engine=engine)
            ends.append(run.log_likelihoods[-1])
            assert run.converged
            assert np.allclose(run.mixture.means[0], run.mixture.means[2]) == (nudge == 0)
        assert ends == pytest.approx([-1130.264, -1114.440], abs=1e-3)


@ENGINES
def test_far_from_zero_the_fit_is_the_same(geyser, engine):
    begin, offset = start(geyser), 1e9
    far = Mixture(begin.weights, begin.means + offset, begin.covariances)
    run = fit(geyser + offset, far, engine=engine)
    near = fit(geyser, begin, engine=engine)
    assert run.log_likelihoods == pytest.approx(near.log_likelihoods, abs=1e-3)
    y = geyser[:, 0] + offset
    assert abs((y**2).mean() - y.mean() ** 2 - geyser[:, 0].var()) > 1  # the handbook's formula


def test_matching_undoes_the_numbering(geyser):
    rng, fits = np.random.default_rng(0), []
    for _ in range(20):
        sample = geyser[rng.integers(len(geyser), size=len(geyser))]
        fits.append(fit(sample, random_points(sample, 2, rng)).mixture)
    raw = np.array([mixture.means[0, 0] for mixture in fits])
    matched = np.array([align(mixture, fits[0]).means[0, 0] for mixture in fits])
    assert raw.std() > 1 and matched.std() < 0.05


def test_a_tolerance_below_rounding_is_reached_by_luck_alone():
    X, _, _ = datasets.make_mixture(np.random.RandomState(3))
    top = fit(X, random_points(X, 3, np.random.RandomState(5))).mixture
    log_density, rng = top.log_density(X).round(6), np.random.default_rng(0)
    grades = [np.cumsum(rng.permutation(log_density))[-1] for _ in range(100)]
    gains = np.abs(np.diff(grades))
    assert (gains > 1e-12).sum() > 80
    assert gains.max() < 1e-8 * len(X)


# --- What the checks see in answers that are written in other ways than their mistakes ---


def from_a_center(center):
    def m_step_of_shifted(x, responsibilities):
        counts = responsibilities.sum(axis=0)
        y = x - center(x)
        means = responsibilities.T @ y / counts
        return counts / len(x), means + center(x), responsibilities.T @ y**2 / counts - means**2

    return m_step_of_shifted


def written_out(bound):
    def written(X, responsibilities, ridge):
        r = responsibilities[:, bound(responsibilities.sum(axis=0), len(X))]
        counts = r.sum(axis=0)
        means = r.T @ X / counts[:, None]
        gaps = X - means[:, None, :]
        covariances = np.einsum("nk,kni,knj->kij", r, gaps, gaps) / counts[:, None, None]
        return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))

    return written


@pytest.mark.parametrize(
    ("name", "function", "mistake"),
    [
        ("guarded_m_step", written_out(lambda counts, n: counts.round() >= 1), "bound_too_low"),
        ("guarded_m_step", written_out(lambda counts, n: counts / n >= 0.01), "bound_too_low"),
        ("guarded_m_step", written_out(lambda counts, n: counts > 0), "only_exact_zeros_dropped"),
        ("guarded_m_step", written_out(lambda counts, n: counts >= 3), "bound_too_high"),
        ("guarded_m_step", written_out(lambda counts, n: counts > 1), "one_whole_point_dropped"),
        ("guarded_m_step", written_out(lambda counts, n: counts >= 2), "one_whole_point_dropped"),
        ("steady_m_step", from_a_center(lambda x: x[0]), "shifted_into_one_cluster"),
        ("steady_m_step", from_a_center(np.median), "shifted_into_one_cluster"),
        ("steady_m_step", from_a_center(np.mean), "one_center_for_all"),
    ],
)
def test_the_check_tells_bounds_and_centers_apart(name, function, mistake):
    report = judge(EXERCISES[name], function)
    assert (report.status, report.mistake) == ("failed", mistake), report.text


def test_one_component_holds_and_two_hold():
    everybody = written_out(lambda counts, n: counts > -1)
    propped = next(m.function for m in EXERCISES["guarded_m_step"].mistakes if m.name == "counts_propped_up")
    assert "1 of the components holds one point" in judge(EXERCISES["guarded_m_step"], propped).text
    too_low = written_out(lambda counts, n: counts > 0.5)
    assert "2 of the components hold one point" in judge(EXERCISES["guarded_m_step"], too_low).text
    assert judge(EXERCISES["guarded_m_step"], everybody).mistake == "empty_components_kept"


def test_a_mixture_where_none_is_left_is_wrong():
    def package_m_step(X, responsibilities, ridge):
        return m_step(X, responsibilities, ridge=ridge)

    def keeps_all_then(X, responsibilities, ridge):
        step = guarded_m_step if (responsibilities.sum(axis=0) >= 1).any() else package_m_step
        return step(X, responsibilities, ridge)

    text = judge(EXERCISES["guarded_m_step"], keeps_all_then).text
    assert "nothing is left, a ValueError" in text and "0 of the components hold" in text


def test_the_pictures_tell_their_numbers():
    picture = numerics.two_units({"minutes": [-9.0, -4.0], "days": [-9.0, -12.0, -11.0]}, -7.0)
    assert "from -9.0 the run in minutes comes to -4.0, the run in days to -11.0" in picture.caption
    assert "One Gaussian has -7.0" in picture.caption
    means = np.array([[2.0, 4.25], [4.3, 2.1], [1.9, 4.3]])
    picture = numerics.numbering(means, np.sort(means))
    assert "blue is at 1.9 to 2.0 minutes in 2 fits and at 4.3 to 4.3 in the others" in picture.caption
    assert "matched, at 1.9 to 2.1 in all" in picture.caption


class TestTheSliderOfUnits:
    @pytest.mark.parametrize("u", [1, 60, 260, 1440])
    def test_a_ridge_in_that_unit_is_the_same_run(self, geyser, u):
        mixture, end = numerics._end_in(np.log10(u))
        run = fit(geyser / u, in_unit(start(geyser), 1 / u), ridge=1e-6)
        assert end == pytest.approx(run.log_likelihoods[-1] - 2 * len(geyser) * np.log(u), abs=1e-6)
        assert mixture.means == pytest.approx(run.mixture.means * u, rel=1e-4)

    def test_its_sentence_follows_the_unit(self):
        one = numerics.other_units(0)
        assert "If it is a minute, the root of the ridge is 0.001" in one.caption and "above" in one.caption
        wide = numerics.other_units(2.94)
        assert "If it is 871 minutes" in wide.caption and "below the -1289.8 of one" in wide.caption
        assert "above the -1289.8 of one" in numerics.other_units(2.92).caption

    def test_it_draws_no_farther_than_it_has_come(self):
        _, lower = numerics.other_units(2.42).figure.axes
        assert lower.lines[0].get_xdata().max() == 2.42
        assert lower.get_title("left") == "EM ends 16.4 nats lower than in minutes"


def test_the_handbook_s_error_grows_with_the_square_of_the_distance():
    """What the caption says: a factor of ten in distance, one of a hundred in error."""
    lengths = datasets.old_faithful()[:, 0]
    errors = []
    for distance in (1e4, 1e7):
        moved = lengths + distance * np.linspace(1, 2, 50)[:, None]  # the error at one distance is chance
        handbook = (moved**2).mean(axis=1) - moved.mean(axis=1) ** 2
        errors.append(np.median(np.abs(handbook / lengths.var() - 1)))
        assert np.abs(moved.var(axis=1) / lengths.var() - 1).max() < 1e-6
    assert 1e5 < errors[1] / errors[0] < 1e7


class TestTheToleranceBelowTheRounding:
    @pytest.mark.parametrize("seed", range(3))
    def test_em_stops_although_the_order_of_the_points_changes(self, seed):
        classic, _, _ = datasets.make_mixture(np.random.RandomState(3))
        rng = np.random.default_rng(seed)

        def step(mixture):
            X = rng.permutation(classic)
            r, log_likelihood = e_step(X, mixture)
            return m_step(X, r), log_likelihood

        run = iterate(
            step, random_points(classic, 3, np.random.RandomState(5)), tol=1e-12, max_iter=400
        )
        assert run.converged and run.log_likelihoods[-1] == pytest.approx(-13344.788342, abs=1e-6)

    def test_changes_of_numpy_s_sum_are_mostly_none(self):
        values = np.random.default_rng(0).normal(-4.4, 1, 3000).round(6)
        orders = [np.random.default_rng(seed).permutation(values) for seed in range(100)]
        in_blocks = np.abs(np.diff([order.sum() for order in orders])) <= 1e-12
        one_by_one = np.abs(np.diff([np.cumsum(order)[-1] for order in orders])) <= 1e-12
        assert in_blocks.sum() > 60 > 15 > one_by_one.sum()


class TestACopy:
    @pytest.mark.parametrize(
        ("nudge", "tol", "parts"),
        [(0, 1e-12, False), (1e-6, 1e-8, False), (1e-6, 1e-10, True), (1e-5, 1e-8, True), (1e-3, 1e-8, True)],
    )
    def test_it_parts_if_the_tolerance_lets_it(self, geyser, nudge, tol, parts):
        begin = start(geyser)
        places = begin.means[[0, 1, 0]] + np.array([[0, 0], [0, 0], [nudge, 0]])
        copied = Mixture(begin.weights[[0, 1, 0]] / [2, 1, 2], places, begin.covariances[[0, 1, 0]])
        run = fit(geyser, copied, tol=tol)
        assert run.converged
        assert run.log_likelihoods[-1] == pytest.approx(-1114.44 if parts else -1130.264, abs=1e-2)
