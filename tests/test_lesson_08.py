"""What lesson 08 says of the package: a likelihood without end, what searches find, what a ridge climbs."""

import numpy as np
import pytest

from gmmlesson import CollapsedComponent, Fit, Mixture, datasets, e_step, fit, fit_many, iterate, m_step
from gmmlesson.exercises import EXERCISES
from gmmlesson.exercises.checking import judge, judge_by_cases
from gmmlesson.exercises.lesson_08 import look
from gmmlesson.initialization import random_points
from gmmlesson.plots import likelihood

SEVEN = np.array([0.0, 1, 2, 3, 8, 9, 10])[:, None]
ENGINES = pytest.mark.parametrize("engine", ["auto", "textbook"])
THREE = Mixture(
    np.ones(3) / 3,
    [[0, 0], [4, 2], [0, 5]],
    [np.eye(2), [[2, 0.8], [0.8, 1]], np.diag([1.5, 0.6])],
)


def on_a_needle(sd):
    return Mixture([0.5, 0.5], [[4.5], [9.0]], [[[16.0]], [[sd**2]]])


@pytest.fixture(scope="module")
def geyser():
    return datasets.old_faithful()


def start(X):
    return random_points(X, 2, np.random.default_rng(5))


class TestTheLikelihoodWithoutEnd:
    def test_each_tenth_of_the_sd_brings_log_10(self):
        trace = [on_a_needle(10.0**-i).log_likelihood(SEVEN) for i in range(2, 100)]
        assert np.diff(trace) == pytest.approx(np.log(10), rel=1e-3)

    def test_a_needle_beats_the_best_two_bells(self, geyser):
        bells = fit(geyser[:, :1], start(geyser[:, :1])).log_likelihoods[-1]
        assert likelihood.needle_log_likelihood(-65) < bells < likelihood.needle_log_likelihood(-66)
        x = geyser[:, 0]
        assert (x == x[likelihood.RARE]).sum() == 1

    @pytest.mark.parametrize("length", [1.867, 4.5])
    def test_on_a_length_noted_eight_times_a_thicker_needle_does(self, geyser, length):
        x = geyser[:, :1]
        bells = fit(x, start(x)).log_likelihoods[-1]
        assert (x == length).sum() == 8
        assert likelihood.needle_log_likelihood(-9, length) < bells
        assert bells < likelihood.needle_log_likelihood(-10, length)

    @pytest.mark.parametrize(("exponent", "height"), [(0, 0.05), (-3, 0.5), (-66, 0.5)])
    def test_the_needles_name_stands_at_its_tip(self, exponent, height):
        fig = likelihood.needle(exponent).figure
        (name,) = [text for text in fig.axes[0].texts if text.get_text() == "the needle"]
        assert name.get_position()[1] == pytest.approx(height)

    @ENGINES
    def test_em_walks_into_it_and_the_package_says_so(self, engine):
        with pytest.raises(CollapsedComponent) as caught:
            fit(SEVEN, on_a_needle(0.2), engine=engine)
        assert (caught.value.component, caught.value.iteration) == (1, 2)

    @ENGINES
    def test_the_three_remedies(self, engine):
        wider = fit(SEVEN, on_a_needle(1.0), engine=engine).mixture
        assert wider.means[:, 0] == pytest.approx([1.5, 9], abs=1e-3)
        for options in ({"family": "tied"}, {"ridge": 0.1}):
            mended = fit(SEVEN, on_a_needle(0.2), engine=engine, **options).mixture
            assert mended.means[:, 0] == pytest.approx([1.5, 9], abs=1e-3)

    def test_a_floor_that_is_too_low_keeps_the_needle(self):
        kept = fit(SEVEN, on_a_needle(0.2), ridge=0.01).mixture
        assert np.sqrt(kept.covariances[1, 0, 0]) == pytest.approx(0.1, abs=1e-3)


def paying_e_step(X, mixture, ridge):
    price = ridge / 2 * np.trace(mixture.precisions, axis1=1, axis2=2)
    log_terms = mixture.log_joint(X) - price
    log_sums = np.logaddexp.reduce(log_terms, axis=1)
    return np.exp(log_terms - log_sums[:, None]), log_sums.sum()


class TestTheRidge:
    @pytest.mark.parametrize("seed", range(5))
    def test_with_a_prior_the_sum_never_falls(self, geyser, seed):
        X, b = geyser / 1440, 2e-4

        def step(mixture):
            r, log_likelihood = e_step(X, mixture)
            free = m_step(X, r)
            floors = b / r.sum(axis=0)[:, None, None] * np.eye(2)
            return Mixture(free.weights, free.means, free.covariances + floors), log_likelihood

        begin = random_points(X, 2, np.random.default_rng(seed))
        run = iterate(step, begin, tol=1e-6, max_iter=200)
        prior = [-b / 2 * np.trace(m.precisions, axis1=1, axis2=2).sum() for m in run.mixtures]
        assert (np.diff(run.log_likelihoods) < -1e-6).any()
        assert (np.diff(run.log_likelihoods + prior) > -1e-6).all()

    @pytest.mark.parametrize("ridge", [0.01, 0.1, 1.0, 2.07])
    def test_where_both_steps_pay_their_sum_never_falls(self, geyser, ridge):
        def step(mixture):
            r, total = paying_e_step(geyser, mixture, ridge)
            return m_step(geyser, r, ridge=ridge), total

        for seed in range(5):
            run = iterate(step, random_points(geyser, 2, np.random.default_rng(seed)), tol=0, max_iter=60)
            assert (np.diff(run.log_likelihoods) > -1e-6).all()

    def test_where_the_m_step_alone_pays_it_falls(self, geyser):
        starts = [random_points(geyser, 2, np.random.default_rng(seed)) for seed in range(20)]
        runs = [fit(geyser, start, ridge=1) for start in starts]
        sums = [[paying_e_step(geyser, mixture, 1.0)[1] for mixture in run.mixtures] for run in runs]
        assert sum((np.diff(total) < -1e-6).any() for total in sums) >= 1
        assert sum((np.diff(run.log_likelihoods) < -1).any() for run in runs) >= 10

    def test_the_price_is_what_a_blurred_point_loses_on_average(self):
        bell, x, ridge = Mixture([1.0], [[0.0, 0.0]], [[[2, 0.8], [0.8, 1]]]), np.array([[1.0, -2.0]]), 0.3
        blurred = x + np.sqrt(ridge) * np.random.default_rng(0).standard_normal((400_000, 2))
        price = ridge / 2 * np.trace(bell.precisions[0])
        assert bell.log_density(blurred).mean() == pytest.approx(bell.log_density(x)[0] - price, abs=0.01)


def losses_of_a_search(n, seed, counts):
    """What the likeliest of so many starts loses on fresh points, and how thin it is, for each count."""
    rng = np.random.default_rng(seed)
    X, fresh = THREE.sample(n, rng)[0], THREE.sample(5000, np.random.default_rng(99))[0]
    runs = fit_many(X, [random_points(X, 3, rng) for _ in range(110)], tol=1e-5)
    runs = [run for run in runs if isinstance(run, Fit)]
    best = [max(runs[:m], key=lambda run: run.log_likelihoods[-1]).mixture for m in counts]
    losses = [THREE.log_likelihood(fresh) / 5000 - mixture.log_likelihood(fresh) / 5000 for mixture in best]
    return losses, [np.linalg.eigvalsh(mixture.covariances).min() ** 0.5 for mixture in best]


def test_more_starts_find_spurious_tops_where_points_are_few():
    found = np.array([losses_of_a_search(45, seed, (3, 100)) for seed in range(20)])
    losses, widths = found[:, 0], found[:, 1]
    change = losses[:, 1] - losses[:, 0]
    assert (change > 0.01).sum() >= 9 and (change < -0.01).sum() <= 3
    assert (widths[:, 1] < 0.25).sum() > (widths[:, 0] < 0.25).sum() + 5


def loss_of_the_top_most_starts_agree_on(n, seed):
    """(what the likeliest of 100 ends loses, what the top loses to which most of them lead)."""
    rng = np.random.default_rng(seed)
    X, fresh = THREE.sample(n, rng)[0], THREE.sample(5000, np.random.default_rng(99))[0]
    tops = {}
    for run in fit_many(X, [random_points(X, 3, rng) for _ in range(100)], tol=1e-5):
        if isinstance(run, Fit):
            tops.setdefault(run.log_likelihoods[-1].round(1), []).append(run.mixture)
    chosen = tops[max(tops)][0], max(tops.values(), key=len)[0]
    return [(THREE.log_likelihood(fresh) - mixture.log_likelihood(fresh)) / 5000 for mixture in chosen]


def test_the_top_on_which_most_starts_agree_loses_less_than_the_likeliest():
    likeliest, agreed = np.array([loss_of_the_top_most_starts_agree_on(45, seed) for seed in range(20, 40)]).T
    assert agreed.mean() < likeliest.mean() - 0.05
    assert (agreed < likeliest - 0.01).sum() >= 7 and (agreed > likeliest + 0.01).sum() <= 3


def test_more_starts_do_no_harm_where_points_are_many():
    found = np.array([losses_of_a_search(180, seed, (1, 3, 100))[0] for seed in range(8)])
    assert np.abs(found[:, 2] - found[:, 1]).max() < 0.02
    assert found[:, 1].mean() <= found[:, 0].mean() + 1e-3


def test_a_tied_mixture_of_as_many_components_as_points_degenerates_too():
    with pytest.raises(CollapsedComponent):
        fit(SEVEN[:3], Mixture(np.ones(3) / 3, SEVEN[:3] + 0.01, np.full((3, 1, 1), 0.1)), family="tied")


# --- What the check of `hardy_best_of` sees in answers that are written in other ways than its mistakes ---


def an_error_by_its_own_name(run, starts):
    best, highest = None, -np.inf
    for start in starts:
        try:
            mixture, grade = run(start)
        except CollapsedComponent as e:  # noqa: F841
            continue
        if grade > highest:
            best, highest = mixture, grade
    if best is None:
        raise e  # noqa: F821
    return best


def a_name_that_was_never_given(run, starts):
    highest = -np.inf
    for start in starts:
        try:
            mixture, grade = run(start)
        except CollapsedComponent as e:  # noqa: F841
            continue
        if grade > highest:
            best, highest = mixture, grade
    return best


def a_collapse_with_a_text(run, starts):
    found = [outcome(run, start) for start in starts]
    found = [pair for pair in found if pair and pair[1] == pair[1]]
    if not found:
        raise CollapsedComponent("all collapse")
    return max(found, key=lambda pair: pair[1])[0]


def outcome(run, start):
    try:
        return run(start)
    except CollapsedComponent:
        return None


def zero_and_its_own_sentence(run, starts):
    best, highest, last = None, 0, None
    for start in starts:
        try:
            mixture, grade = run(start)
        except CollapsedComponent as error:
            last = error
        else:
            if grade > highest:
                best, highest = mixture, grade
    if best is None:
        raise last if last else ValueError("these words are nobody else's")
    return best


def an_error_that_was_not_meant(run, starts):
    mixture, grade, more = run(starts[0])
    return mixture if grade > more else None


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (an_error_by_its_own_name, "name_after_as_is_gone"),
        (a_name_that_was_never_given, None),
        (a_collapse_with_a_text, "collapse_without_arguments"),
        (zero_and_its_own_sentence, "begins_at_zero_and_raises"),
        (an_error_that_was_not_meant, None),
    ],
)
def test_the_check_recognizes_it_in_other_words(function, mistake):
    report = judge(EXERCISES["hardy_best_of"], function)
    assert (report.status, report.mistake) == ("failed", mistake), report.text


def test_an_error_that_was_not_meant_is_shown_with_its_line():
    text = judge(EXERCISES["hardy_best_of"], an_error_that_was_not_meant).text
    assert "not enough values to unpack" in text and "mixture, grade, more = run(starts[0])" in text
    assert "'best'" in judge(EXERCISES["hardy_best_of"], a_name_that_was_never_given).text


def test_the_pictures_tell_their_numbers():
    thin = Mixture([0.75, 0.25], [[0.0, 0.0], [3.0, 0.0]], [np.eye(2), np.diag([1.0, 0.04])])
    X = np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 0.1], [2.5, -0.1]])
    picture = likelihood.two_winners(X, {0: thin, 0.1: thin}, X)
    assert "the orange one holds 1.0 points and is 0.20 thin" in picture.caption
    grade = f"{thin.log_likelihood(X) / 4:.2f}".replace("-", "−")
    assert all(f"fresh {grade} per point" in ax.get_title("left") for ax in picture.figure.axes)
    picture = likelihood.more_starts((1, 10), {45: np.array([[0.4, 0.5], [0.2, 0.5]]), 90: np.ones((2, 2))})
    assert "over 2 data sets" in picture.caption
    assert "from 0.30 to 0.50 with 45 points; 1.00 to 1.00 with 90 points" in picture.caption
    assert "sd 10⁻⁶⁶ minutes" in likelihood.needle(-66).caption
    picture = likelihood.climbing_sum([-3.0, -5.0, -4.0], [-9.0, -8.0, -7.5])
    assert "drops at once from its highest, -3.0, and ends at -4.0" in picture.caption
    assert "only rises, from -9.0 to -7.5" in picture.caption
    picture = likelihood.climbing_sum([-5.0, -3.0, -4.0], [-9.0, -8.0, -8.5])
    assert "highest, -3.0, at iteration 1, and ends at -4.0" in picture.caption
    assert "falls in 1 of 2 steps, from -9.0 to -8.5" in picture.caption


# --- What the check of `look` says -----------------------------------------------------------------


def seen_wrongly(**changes):
    """An answer to `look` that is right but for what is changed: functions of the right mixture."""

    def looking(ends, n):
        seen = dict(zip(("mixture", "held", "thin", "agree"), look(ends, n), strict=True))
        return tuple((seen | {name: change(seen["mixture"]) for name, change in changes.items()}).values())

    return looking


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"held": lambda mixture: mixture.weights}, "together the components hold all 12 points"),
        ({"agree": lambda mixture: 0}, "agree is 0; the likeliest run agrees with itself"),
        ({"thin": lambda mixture: np.full(mixture.k, 99.0)}, "some direction is at least as thin as that"),
        ({"mixture": lambda mixture: 3}, "The first of the four is to be a Mixture"),
        ({"agree": lambda mixture: "two"}, "agree is to be made of numbers"),
    ],
)
def test_the_check_of_look_says_what_cannot_be(changes, sentence):
    assert sentence in judge(EXERCISES["look"], seen_wrongly(**changes)).text


def test_the_likeliest_mixture_may_come_with_its_log_likelihood():
    def with_its_height(ends, n):
        mixture, *seen = look(ends, n)
        return ((0.0, mixture), *seen)

    assert judge_by_cases(EXERCISES["look"], with_its_height).passed


def test_a_look_at_the_winner_of_the_lesson_warns():
    rng = np.random.default_rng(12)
    small = THREE.sample(45, rng)[0]
    runs = fit_many(small, [random_points(small, 3, rng) for _ in range(100)])
    ends = [(run.log_likelihood, run.mixture) for run in runs if isinstance(run, Fit)]
    _, held, thin, agree = look(ends, 45)
    assert agree == 1 and thin.min() == pytest.approx(0.05, abs=0.01)
    assert held[thin.argmin()] == pytest.approx(4, abs=0.1)
