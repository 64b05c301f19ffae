"""`select`: the published choices, every criterion; neither processes nor a collapse change it."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gmmlesson import Mixture, best_of, selection
from gmmlesson.datasets import old_faithful
from gmmlesson.families import FAMILIES
from gmmlesson.selection import CRITERIA, held_out_choice, select


def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def faithful():
    return select(old_faithful(), np.random.default_rng(0), n_starts=6)


def test_old_faithful_has_three_tied_components(faithful):
    best = faithful.best()
    assert (best.family, best.k) == ("tied", 3)
    assert best.log_likelihood == pytest.approx(-1126.315928, abs=2e-5)
    assert best.bic == pytest.approx(2314.2957, abs=1e-4)


def test_iris_has_two_full_components():
    best = select(load_iris().data, np.random.default_rng(0), n_starts=4).best()
    assert (best.family, best.k) == ("full", 2)
    assert best.log_likelihood == pytest.approx(-214.354705, abs=2e-6)
    assert best.bic == pytest.approx(574.0178, abs=1e-4)


def test_the_table_in_text_has_the_decimals_asked_for(faithful):
    assert "2314.296*" in faithful.text() and repr(faithful) == faithful.text("bic")
    assert "2314.3*" in faithful.text(digits=1) and "2314*" in faithful.text(digits=0)
    assert len(set(map(len, faithful.text(digits=1).splitlines()[1:]))) <= 2  # columns stay aligned
    with pytest.raises(ValueError, match="digits"):
        faithful.text(digits=-1)


def test_every_candidate_is_judged_by_its_own_mixture(faithful):
    X = old_faithful()
    asked = [(family, k) for family in FAMILIES for k in range(1, 5)]
    assert [(one.family, one.k) for one in faithful.candidates] == asked
    for one in faithful.candidates:
        mixture = one.mixture
        assert one.log_likelihood == mixture.log_likelihood(X) and one.n_parameters == mixture.n_parameters
        assert (one.bic, one.aic, one.icl) == (mixture.bic(X), mixture.aic(X), mixture.icl(X))
        assert np.isnan(one.held_out)


def test_lower_is_better_for_three_criteria_and_higher_for_two():
    chosen = select(old_faithful(), rng(), families=["diag"], n_starts=2, folds=3)
    better = {"bic": min, "aic": min, "icl": min, "log_likelihood": max, "held_out": max}
    assert set(CRITERIA) == set(better)
    for criterion, choose in better.items():
        values = [getattr(one, criterion) for one in chosen.candidates]
        assert getattr(chosen.best(criterion), criterion) == choose(values)
    families, ks, values = chosen.table("held_out")
    assert (families, ks, values.shape) == (["diag"], [1, 2, 3, 4], (1, 4))


def test_held_out_is_the_density_of_points_that_were_not_fitted():
    X = old_faithful()[:40]
    left_one_out = select(X, np.random.default_rng(1), families=["full"], ks=[1], n_starts=1, folds=40)
    expected = 0.0
    for i in range(40):
        rest = np.delete(X, i, axis=0)
        covariance = np.cov(rest.T, bias=True)
        gap = X[i] - rest.mean(axis=0)
        expected -= np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] / 2
        expected -= gap @ np.linalg.solve(covariance, gap) / 2
    assert left_one_out.best("held_out").held_out == pytest.approx(expected / 40, rel=1e-9)


def test_the_points_left_out_are_kept_in_the_order_of_the_data():
    X = old_faithful()[:60]
    found = select(X, rng(), families=["full", "tied"], ks=[1, 2], n_starts=2, folds=3)
    for one in found.candidates:
        assert one.left_out.shape == (60,) and one.left_out.mean() == pytest.approx(one.held_out)
    alone = select(X, rng(), families=["full"], ks=[1], n_starts=1, folds=60).candidates[0].left_out
    rest = np.delete(X, 7, axis=0)
    one = Mixture([1.0], rest.mean(axis=0)[None], np.cov(rest.T, bias=True)[None])
    assert alone[7] == pytest.approx(one.log_density(X[7:8])[0])
    assert select(X, rng(), families=["full"], ks=[1], n_starts=1).candidates[0].left_out is None


class TestHeldOutChoice:
    def test_the_simplest_within_one_error_of_the_difference(self):
        hard = np.random.default_rng(1).exponential(3, size=200)  # for all candidates alike
        noise = np.random.default_rng(2).normal(size=(3, 200))
        noise -= noise.mean(axis=1, keepdims=True)
        left_out = np.array([-4.0, -3.01, -3.0])[:, None] - hard + 0.5 * noise
        choice, behind, errors = held_out_choice(left_out)
        assert choice == 1 and behind == pytest.approx([1.0, 0.01, 0.0])
        assert errors[0] < left_out[0].std() / np.sqrt(200) / 2  # the differences scatter less
        assert errors[2] == 0

    def test_the_best_where_no_other_is_near(self):
        left_out = np.array([[-3.0, -3.1, -3.0], [-1.0, -1.1, -1.05], [-2.0, -2.1, -2.0]])
        assert held_out_choice(left_out)[0] == 1

    def test_one_point_has_no_error(self):
        with pytest.raises(ValueError, match="at least 2 points"):
            held_out_choice([[-1.0], [-2.0]])


def test_the_processes_change_nothing():
    options = {"families": ["full", "tied"], "ks": [2, 3], "n_starts": 2, "folds": 2}
    one, two = (select(old_faithful(), np.random.default_rng(3), n_jobs=n, **options) for n in (1, 2))
    for a, b in zip(one.candidates, two.candidates, strict=True):
        assert (a.bic, a.held_out) == (b.bic, b.held_out)


def test_what_collapses_is_said_and_never_chosen():
    X = np.random.default_rng(0).normal(size=(8, 2))
    found = select(X, rng(), families=["full"], ks=[1, 6], n_starts=2)
    assert found.candidates[1].mixture is None
    assert found.best().k == 1 and "collapsed" in repr(found) and "*" in repr(found)
    nothing = select(X, rng(), families=["full"], ks=[6], n_starts=1)
    with pytest.raises(ValueError, match="all collapsed"):
        nothing.best()
    assert "collapsed" in repr(nothing) and "*" not in repr(nothing)
    with pytest.raises(ValueError, match="not asked for"):
        found.text("held_out")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"families": ["round"]}, "families"),
        ({"ks": [0]}, "ks"),
        ({"ks": [1000]}, "number of points"),
        ({"n_starts": 0}, "n_starts"),
        ({"folds": -1}, "folds"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        select(old_faithful(), np.random.default_rng(0), **options)
    with pytest.raises(TypeError, match="rng"):
        select(old_faithful(), 0)


def test_the_progress_bar_counts_the_fits(capsys, console_bar):
    options = {"families": ["full", "diag"], "ks": [1, 2], "n_starts": 3, "folds": 2, "progress": True}
    select(old_faithful(), np.random.default_rng(0), **options)
    assert "36/36" in capsys.readouterr().err  # 4 candidates, all points and two parts, 3 starts


def test_the_parts_are_cut_once_whatever_is_asked(monkeypatch):
    """Copies of the data for each candidate would fill the memory."""
    seen = []

    def remember(X, starts, **options):
        seen.append(X)
        return best_of(X, starts, **options)

    monkeypatch.setattr(selection, "best_of", remember)
    options = {"families": ["full", "tied"], "ks": [1, 2], "n_starts": 2, "folds": 2}
    select(old_faithful(), np.random.default_rng(0), **options)
    assert len(seen) == 4 * 3 and len({id(X) for X in seen}) == 3


def test_a_part_whose_starts_all_collapse_leaves_no_held_out_score():
    X = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]])  # without one cluster's points: two needles
    options = {"families": ["full"], "ks": [2], "n_starts": 6, "folds": 3}
    found = [select(X, np.random.default_rng(seed), **options).candidates[0] for seed in range(5)]
    assert any(one.mixture is not None and np.isnan(one.held_out) for one in found)
    assert not any(one.mixture is None for one in found)


def test_the_parameters_counted_are_the_family_s_whatever_the_numbers_are_by_accident():
    grid = np.array([[a, b] for a in (-1.0, 0, 1) for b in (-1.0, 0, 1)] * 10)  # variances are equal
    found = select(grid, np.random.default_rng(0), ks=[1], n_starts=1)
    expected = {"full": 5, "tied": 5, "diag": 4, "spherical": 3, "tied_diag": 4, "tied_spherical": 3}
    assert {one.family: one.n_parameters for one in found.candidates} == expected
    for one in found.candidates:
        assert one.bic == pytest.approx(expected[one.family] * np.log(90) - 2 * one.log_likelihood)


CONSTANT = np.c_[np.random.default_rng(0).normal(size=(60, 2)), np.zeros(60)]  # its third feature


class TestWhatCannotBeFitted:
    """A candidate that cannot be started has nan; the others stand."""

    def test_the_ridge_reaches_the_starts(self):
        X = CONSTANT.copy()
        found = select(X, rng(), families=["full", "diag"], ks=[1, 2], n_starts=2, ridge=1e-3)
        assert np.isfinite(found.table("bic")[2]).all()

    def test_a_family_that_a_constant_feature_does_not_hinder(self):
        X = CONSTANT.copy()
        found = select(X, rng(), families=["full", "spherical"], ks=[1, 2], n_starts=2)
        _, _, values = found.table()
        assert np.isnan(values[0]).all() and np.isfinite(values[1]).all()
        assert found.best().family == "spherical"

    def test_where_nothing_can_be_started_it_is_said_why(self):
        X = CONSTANT.copy()
        with pytest.raises(ValueError, match="spread in every direction"):
            select(X, rng(), families=["full"], ks=[1, 2], n_starts=2)

    def test_one_bad_part_makes_held_out_nan_and_nothing_else(self):
        X = CONSTANT.copy()
        X[7, 2] = 1.0  # in the part that is without this point, the feature is constant
        found = select(X, rng(), families=["diag", "spherical"], ks=[1], n_starts=2, folds=5)
        diag, spherical = found.candidates
        assert np.isfinite(diag.bic) and np.isnan(diag.held_out) and np.isfinite(spherical.held_out)

    def test_more_components_than_a_part_has_points(self):
        X = np.random.default_rng(0).normal(size=(10, 1))
        found = select(X, rng(), families=["diag"], ks=[1, 7], n_starts=2, folds=2, ridge=0.1)
        assert np.isfinite(found.candidates[1].bic) and np.isnan(found.candidates[1].held_out)

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"folds": 1}, "folds must be 0 for none, or at least 2"),
            ({"folds": 11}, "folds must be at most 10, the number of points; it is 11"),
            ({"folds": -1}, "folds must be a whole number of at least 0"),
            ({"ks": 3}, r"ks must be several, such as \[2\]; it is 3"),
            ({"ks": []}, "ks must hold at least one"),
            ({"ks": [11]}, "ks must be at most 10, the number of points"),
            ({"families": "full"}, r"families must be several, such as \['full'\]; it is 'full'"),
            ({"families": []}, "families must hold at least one"),
            ({"families": ["round"]}, "families must be one of full, tied"),
            ({"n_jobs": 0}, "n_jobs must be a whole number of processes, or -1"),
            ({"n_jobs": 1.5}, "n_jobs must be a whole number of processes, or -1"),
            ({"ridge": -1}, "ridge must be"),
            ({"tol": np.nan}, "tol must be"),
            ({"max_iter": 1.5}, "max_iter must be"),
        ],
    )
    def test_arguments_that_make_no_sense(self, arguments, sentence):
        X = np.random.default_rng(0).normal(size=(10, 1))
        arguments = {"families": ["diag"], "ks": [1], "n_starts": 2} | arguments
        with pytest.raises((ValueError, TypeError), match=sentence):
            select(X, np.random.default_rng(0), **arguments)
