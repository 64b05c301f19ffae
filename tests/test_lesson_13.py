"""What lesson 13 claims: SQUAREM's counts, climbers, a hundred starts, digits that melt; its figures."""

import numpy as np
import pytest

from gmmlesson import Mixture, best_of, datasets, fit, gradient, initialization, plots
from gmmlesson.engine import AMPLIFIED
from gmmlesson.sufficient import amplification

FAITHFUL = datasets.old_faithful()
CLASSIC, *_ = datasets.make_mixture(np.random.RandomState(3))


def apart(distance):
    two = Mixture([0.5, 0.5], [[0, 0], [distance, 0]], [np.eye(2)] * 2)
    return two.sample(3000, np.random.default_rng(0))[0]


def traces(X, k, rng):
    start = initialization.random_points(X, k, rng)
    return [fit(X, start, tol=1e-11, max_iter=20_000, accelerate=a).log_likelihoods for a in (False, True)]


def random_start(X, k, seed):
    return initialization.random_points(X, k, np.random.default_rng(seed))


def counts(plain, faster, target=1e-3):
    top = max(plain[-1], faster[-1])
    return 1 + (top - plain > target).sum(), 1 + 3 * (top - faster > target).sum()


@pytest.mark.parametrize(
    ("X", "k", "rng", "expected"),
    [
        (CLASSIC, 3, np.random.RandomState(5), (76, 31)),
        (apart(2), 2, np.random.default_rng(1), (613, 160)),
        (apart(6), 2, np.random.default_rng(1), (10, 10)),
        (FAITHFUL, 2, np.random.default_rng(1), (13, 13)),
        (FAITHFUL, 2, np.random.default_rng(24), (54, 25)),
        (FAITHFUL, 2, np.random.default_rng(5), (12, 16)),
    ],
)
def test_what_squarem_saves_and_costs(X, k, rng, expected):
    plain, faster = traces(X, k, rng)
    assert plain[-1] == pytest.approx(faster[-1], abs=1e-3)
    assert counts(plain, faster) == expected
    assert np.diff(faster).min() > -1e-6


def test_a_try_at_three_standard_deviations_saves_more_than_half():
    plain, faster = counts(*traces(apart(3), 2, np.random.default_rng(1)))
    assert faster < plain / 2


@pytest.mark.parametrize("seed", [1, 24])
def test_three_components_on_old_faithful_save_at_least_half(seed):
    plain, faster = traces(FAITHFUL, 3, np.random.default_rng(seed))
    assert plain[-1] == pytest.approx(faster[-1], abs=1e-3)
    many, few = counts(plain, faster)
    assert few <= many / 2


def test_a_stride_may_lead_to_another_hill():
    plain, faster = traces(CLASSIC, 3, np.random.RandomState(2))
    assert faster[-1] - plain[-1] == pytest.approx(215.3, abs=0.1)
    plain, faster = traces(FAITHFUL, 3, np.random.default_rng(6))
    assert faster[-1] - plain[-1] == pytest.approx(-0.4, abs=0.05)


def test_where_em_needs_hundreds_of_passes_squarem_needs_a_third_or_less():
    for distance in (2, 3, 6):
        for seed in range(5):
            X, start = apart(distance), random_start(apart(distance), 2, seed)
            options = {"tol": 1e-11, "max_iter": 5000}
            plain, faster = (fit(X, start, accelerate=a, **options).log_likelihoods for a in (False, True))
            many, few = (c * (t[-1] - t >= 0.01).sum() for c, t in ((1, plain), (3, faster)))
            if many > 200:
                assert few <= many / 3


class TestTheClimbers:
    """Twelve starts with two and with three components, in standard deviations."""

    X = (FAITHFUL - FAITHFUL.mean(axis=0)) / FAITHFUL.std(axis=0)

    def runs(self, k):
        options = {"tol": 1e-11, "max_iter": 5000}
        starts = [random_start(self.X, k, seed) for seed in range(12)]
        em = [fit(self.X, start, **options).log_likelihoods for start in starts]
        return em, [np.maximum.accumulate(gradient.quasi_newton(self.X, start)) for start in starts]

    @pytest.mark.parametrize(("k", "alike", "first"), [(2, 11, 11), (3, 8, 5)])
    def test_em_is_before_l_bfgs(self, k, alike, first):
        pairs = [(a, b) for a, b in zip(*self.runs(k), strict=True) if abs(a[-1] - b[-1]) < 0.01]
        assert len(pairs) == alike
        sooner = [(a > a[-1] - 0.01).argmax() < (b > a[-1] - 0.01).argmax() for a, b in pairs]
        assert sum(sooner) == first

    @pytest.mark.parametrize(("size", "falls"), [(0.2, 0), (0.25, 7)])
    def test_a_larger_step_size_overshoots(self, size, falls):
        starts = (random_start(self.X, 3, seed) for seed in range(12))
        climbs = [gradient.ascend(self.X, start, size, max_iter=200) for start in starts]
        assert sum((np.diff(climb) < -1e-6).any() for climb in climbs) == falls

    def test_the_picture_tells_the_medians(self):
        race = {"EM": [5, 7, 9], "L-BFGS": [20, 30, np.nan], "gradient ascent": [np.nan] * 3}
        picture = plots.climbers({"2 components": race, "3 components": race})
        for part in (
            "Medians for 2 components: EM 7, L-BFGS 30, gradient ascent never there.",
            "a dot for each",
        ):
            assert part in picture.caption
        upper, lower = picture.figure.axes
        assert upper.get_title("left") == "2 components: EM has the lowest median"
        said = [text.get_text() for text in lower.texts]
        assert said == ["median 7", "median 30", "0 of 3 arrive"]


def test_a_hundred_starts_find_the_top_that_ten_may_miss():
    starts = [random_start(FAITHFUL, 3, seed) for seed in range(1000)]
    ends = best_of(FAITHFUL, starts, tol=1e-6).ends.reshape(10, 100)
    found = [(ends[:, :n].max(axis=1) > ends.max() - 0.1).sum() for n in (1, 10, 30, 100)]
    assert found == [2, 5, 10, 10]
    assert ends.max() == pytest.approx(-1114.44, abs=0.01)
    assert (ends > ends.max() - 0.1).mean() == pytest.approx(0.054, abs=0.001)


class TestDigitsKept:
    @pytest.mark.parametrize(("exponent", "kept"), [(4, 7.0), (7, 0.9)])
    def test_the_lessons_numbers(self, exponent, kept):
        sentence = plots.digits_kept(exponent).caption
        assert f"10^{exponent} sd apart, packed keeps {kept} digits" in sentence

    def test_its_title_says_both_variances(self):
        titles = [plots.digits_kept(e).figure.axes[0].get_title("left") for e in (4, 7)]
        assert titles == ["Packed: 0.927, correct: 0.927", "Packed: 0.738, correct: 0.927"]

    @pytest.mark.parametrize("exponent", np.arange(1, 12.1, 0.5))
    def test_its_picture_and_sentence_stay_readable(self, exponent):
        picture = plots.digits_kept(exponent)
        fig, sentence = picture.figure, picture.caption
        left = fig.axes[0]
        assert len(f"Figure: {sentence}") <= 110
        assert "e+" not in left.get_title("left") + sentence
        bells = [line for line in left.lines if max(line.get_ydata()) > 0.005]
        said = [text.get_text() for text in left.texts if text.get_text().startswith("packed")]
        (said,) = said
        if len(bells) == 1:  # the packed form's variance is too large for a bell, or no variance at all
            assert not left.collections
            assert "no Gaussian" in said or "level" in said
        else:
            assert said == "packed"

    def test_what_the_engine_estimates(self):
        for distance, expected in ((10, 36.0), (1e8, (5e7 + 1) ** 2)):
            far = Mixture([0.5, 0.5], [[-distance / 2], [distance / 2]], np.ones((2, 1, 1)))
            assert amplification(far, 0.0) == pytest.approx(expected)
        assert AMPLIFIED == 1e4  # of 16 digits at most four may go
