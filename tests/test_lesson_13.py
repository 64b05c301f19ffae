"""What lesson 13 claims: SQUAREM's counts and its other hills; digits that melt; figures that say so."""

import ast
from functools import cache

import numpy as np
import pytest

from gmmlesson import Mixture, datasets, fit, initialization, plots
from gmmlesson.engine import AMPLIFIED
from gmmlesson.sufficient import amplification
from notebooks import LESSONS, code_cells, read

LESSON = next(path for path in LESSONS if path.stem.startswith("13"))
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


@cache
def lesson_functions():
    """`traces` and `evaluations` as the lesson's cells define them."""
    names = {"np": np, "fit": fit}
    for cell in code_cells(read(LESSON)):
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef) and node.name in ("traces", "evaluations"):
                exec(ast.unparse(node), names)
    return names


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


@pytest.fixture(scope="module")
def better():
    """SQUAREM strides over to a higher hill."""
    return traces(CLASSIC, 3, np.random.RandomState(2))


class TestAnotherHill:
    """Where the two runs end on different hills no count compares them."""

    def test_plain_em_ends_lower(self, better):
        crawl = traces(apart(2), 2, np.random.default_rng(1))
        picture = plots.fewer_evaluations({"classic": better, "2 sd": crawl})
        fig, sentence = picture.figure, picture.caption
        assert sentence == (
            "With SQUAREM. Left, classic: another hill, plain EM ends 215.3 nats lower. "
            "Right, 2 sd: 160 evaluations instead of 613. Dotted: 0.001 nats from the top."
        )
        titles = [ax.get_title("left") for ax in fig.axes]
        assert titles == [
            "Classic: another hill,\nplain EM ends 215.3 nats lower",
            "2 sd:\n160 instead of 613 evaluations",
        ]

    def test_squarem_ends_lower(self):
        worse = traces(FAITHFUL, 3, np.random.default_rng(6))
        sentence = plots.fewer_evaluations({"Old Faithful": worse}).caption
        assert sentence.startswith("With SQUAREM. Old Faithful: another hill, SQUAREM ends 0.4 nats lower.")

    def test_a_long_crawl_to_the_same_top_is_no_other_hill(self):
        """Both starting points in one cluster: plain EM, cut off on its plateau, would seem to end lower."""
        crawl = lesson_functions()["traces"](apart(6), random_start(apart(6), 2, 7))
        said = lesson_functions()["evaluations"](*crawl)
        many, few = counts(*crawl)
        assert said == f"{many} evaluations of plain EM, {few} of SQUAREM"
        assert many > 3000 and few < many / 4
        picture = plots.fewer_evaluations({"6 sd": crawl})
        fig, sentence = picture.figure, picture.caption
        assert f"{few} evaluations instead of {many}." in sentence
        assert "hill" not in sentence + fig.axes[0].get_title("left")

    def test_labels_stand_inside(self, better):
        crawl, saved = (
            traces(apart(6), 2, np.random.default_rng(7)),
            traces(apart(3), 2, np.random.default_rng(1)),
        )
        for runs in (better, traces(FAITHFUL, 3, np.random.default_rng(6)), crawl, saved):
            fig = plots.fewer_evaluations({"one": runs}).figure
            (ax,) = fig.axes
            fig.draw_without_rendering()
            dotted = ax.transData.transform((0, 1e-3))[1]
            for text in ax.texts:
                box = text.get_window_extent()
                assert not box.y0 <= dotted <= box.y1, f"{text} is struck through"
                assert box.x1 <= fig.bbox.x1, text
                assert ax.get_xlim()[0] <= text.xy[0] <= 0.97 * ax.get_xlim()[1], text
                assert ax.get_ylim()[0] <= text.xy[1] <= ax.get_ylim()[1], text


class TestDigitsKept:
    @pytest.mark.parametrize(("exponent", "kept"), [(4, 7.0), (7, 0.9)])
    def test_the_lessons_numbers(self, exponent, kept):
        sentence = plots.digits_kept(exponent).caption
        assert f"10^{exponent} sd apart: packed keeps {kept} digits" in sentence

    @pytest.mark.parametrize("exponent", np.arange(1, 12.1, 0.5))
    def test_its_picture_and_sentence_stay_readable(self, exponent):
        picture = plots.digits_kept(exponent)
        fig, sentence = picture.figure, picture.caption
        left = fig.axes[0]
        assert len(f"Figure: {sentence}") <= 100
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
