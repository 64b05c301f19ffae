"""Components that shrink onto too few points: found, in any units, and explained; healthy ones left alone."""

import contextlib
import copy
import inspect
import pickle
import re
import warnings
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmmlesson import (
    CollapsedComponent,
    EMGaussianMixture,
    Mixture,
    e_step,
    fit,
    fit_blocks,
    fit_dask,
    iterate,
    m_step,
    online,
)
from gmmlesson.collapse import REMEDIES, refuse_empty, refuse_singular, resolution
from gmmlesson.initialization import from_labels, short_runs
from strategies import seeds

EPS = np.finfo(float).eps
FIVE = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, -0.5], [10.0, 10.0], [10.0, 10.0]])  # the last two coincide
THREE_AND_TWO = np.eye(2)[[0, 0, 0, 1, 1]]


def singular(covariance, resolution=0.0):
    """Whether `refuse_singular` refuses this covariance of data with that resolution."""
    covariance = np.asarray(covariance, dtype=float)
    try:
        refuse_singular(np.array([7.0]), covariance[None], np.full(len(covariance), resolution))
    except CollapsedComponent:
        return True
    return False


class TestMessage:
    def test_it_names_component_iteration_count_and_three_remedies(self):
        start = Mixture([0.6, 0.4], [[1.0, 0.0], [10.0, 10.0]], [np.eye(2), np.eye(2)])
        with pytest.raises(CollapsedComponent) as caught:
            fit(FIVE, start)
        message = str(caught.value)
        assert message == (
            "Component 1 (counted from 0) collapsed at iteration 1: it holds 2 points, which coincide, so "
            "that their covariance is singular; start elsewhere (another rng, or initialization.kmeans), ask "
            "for fewer components or a smaller family (such as family='tied'), or put a floor under the "
            "variances (ridge > 0)."
        )
        assert caught.value.component == 1
        assert caught.value.iteration == 1
        assert caught.value.count == pytest.approx(2)
        assert isinstance(caught.value, ValueError)
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize("options", [{}, {"ridge": 0.1}, {"family": "tied"}])
    def test_of_an_empty_component_it_names_the_two_remedies_that_help(self, options):
        far = Mixture([0.5, 0.5], [[1.0, 0.0], [1e6, 1e6]], [10 * np.eye(2), np.eye(2)])
        with pytest.raises(CollapsedComponent) as caught:
            fit(FIVE, far, **options)
        assert str(caught.value) == (
            "Component 1 (counted from 0) collapsed at iteration 1: it holds 0 points, too few to have a "
            "covariance; start elsewhere, for example on data points (initialization.random_points), or ask "
            "for fewer components."
        )

    @pytest.mark.parametrize(("count", "floor"), [(0.9, True), (1e-15, True), (1e-16, False), (0.0, False)])
    def test_a_floor_is_named_where_the_component_can_be_seen_beside_a_point(self, count, floor):
        assert ("ridge > 0" in str(CollapsedComponent(0, count))) == floor == (1 + count > 1)

    def test_outside_iterate_there_is_no_iteration(self):
        with pytest.raises(CollapsedComponent, match=r"collapsed: it holds 2 points") as caught:
            m_step(FIVE, THREE_AND_TWO)
        assert caught.value.iteration is None

    def test_the_iteration_is_that_of_the_m_step(self):
        """Three points and a component that needs some iterations to find one of them."""
        X = np.array([[0.0], [1.0], [2.0], [3.0], [9.0]])
        start = Mixture([0.5, 0.5], [[1.5], [8.0]], [[[1.0]], [[1.0]]])
        with pytest.raises(CollapsedComponent) as caught:
            fit(X, start)
        mixture = start
        assert caught.value.iteration > 1
        for _ in range(caught.value.iteration - 1):
            mixture = m_step(X, e_step(X, mixture)[0])
        with pytest.raises(CollapsedComponent):
            m_step(X, e_step(X, mixture)[0])

    @pytest.mark.parametrize("spread", [None, 0, 3])
    @pytest.mark.parametrize("caller", REMEDIES)
    def test_it_survives_pickling_and_changes(self, spread, caller):
        error = CollapsedComponent(2, 1.25, 7, spread, caller)
        for same in (pickle.loads(pickle.dumps(error)), copy.copy(error), error.but(iteration=7)):
            assert vars(same) == vars(error)
            assert str(same) == str(error)
        assert vars(error.but(iteration=8)) == vars(error) | {"iteration": 8}
        assert error.iteration == 7

    @pytest.mark.parametrize("caller", REMEDIES)
    @pytest.mark.parametrize("count", [0.0, 1.0])
    def test_remedies_name_arguments_that_the_caller_has(self, caller, count):
        functions = {
            "fit": [fit, fit_blocks, online, fit_dask],
            "EMGaussianMixture": [EMGaussianMixture],
            "short_runs": [short_runs],
            "from_labels": [from_labels],
        }
        message = str(CollapsedComponent(0, count, caller=caller)).partition("; ")[2]
        assert message.endswith(".")
        known = {"rng", "initialization", "kmeans", "random_points", "tied"}
        for function in functions[caller]:
            arguments = set(inspect.signature(function).parameters)
            for name in re.findall(r"[a-z]+(?:_[a-z]+)+|ridge|family(?==)|labels|\bk\b", message):
                assert name in arguments | known, (name, function)


def in_directions(r, d, n, rng, scale=1.0, shift=0.0):
    """n points of d features that spread in r directions, all of them slanted."""
    return shift + scale * rng.standard_normal((n, r)) @ rng.standard_normal((r, d))


class TestWhatIsSaid:
    """Of a component that has collapsed: too few points, or many that coincide, lie on a line, in a plane."""

    def said(self, X, r=None, **options):
        r = np.ones((len(X), 1)) if r is None else r
        with pytest.raises(CollapsedComponent) as caught:
            m_step(X, r, **options)
        return re.search(r": it holds (.*); ", str(caught.value))[1]

    @pytest.mark.parametrize("shift", [0.0, 1e6])
    @pytest.mark.parametrize("scale", [1e-3, 1.0, 1e9])
    @pytest.mark.parametrize(
        ("spread", "d", "words"),
        [
            (0, 1, "which coincide"),
            (0, 3, "which coincide"),
            (1, 2, "which lie on a line"),
            (1, 5, "which lie on a line"),
            (2, 3, "which lie in a plane"),
            (2, 6, "which lie in a plane"),
            (3, 4, "which spread in only 3 directions"),
            (5, 7, "which spread in only 5 directions"),
        ],
    )
    def test_of_many_points(self, spread, d, words, scale, shift):
        for seed in range(5):
            X = in_directions(spread, d, 300, np.random.default_rng(seed), scale, shift)
            assert self.said(X) == f"300 points, {words}, so that their covariance is singular"

    @pytest.mark.parametrize("d", [1, 2, 3, 5])
    def test_of_points_too_few_for_the_directions(self, d):
        for n in range(1, d + 1):
            X = np.random.default_rng(n).standard_normal((n, d))
            points = "1 point" if n == 1 else f"{n} points"
            assert self.said(X) == f"{points}, too few to have a covariance"

    @pytest.mark.parametrize("shares", [[0.5, 0.4], [0.7, 0.3], [0.999, 2e-4]])
    def test_of_parts_of_points(self, shares):
        """Less than one point, in two places."""
        r = np.zeros((5, 2))
        r[:2, 1], r[:, 0] = shares, 1
        r[:, 0] -= r[:, 1]
        assert self.said(np.vstack([FIVE[3:], FIVE[:3]]), r).endswith("too few to have a covariance")

    def test_of_a_few_points_that_more_could_be_said_of(self):
        assert self.said(FIVE, THREE_AND_TWO).startswith("2 points, which coincide")
        assert self.said(np.arange(3.0)[:, None] * [1, 2]).startswith("3 points, which lie on a line")

    @pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"])
    def test_in_every_family(self, family):
        same = np.ones((40, 3))
        assert self.said(same, family=family).startswith("40 points, which coincide")
        if family in ("full", "tied", "diag", "tied_diag"):
            x, y = np.random.default_rng(0).standard_normal((2, 40))
            plane = np.stack([x, np.zeros(40), y], axis=1)
            assert self.said(plane, family=family).startswith("40 points, which lie in a plane")

    def test_of_zeros_among_numbers(self):
        """300 zeros in data that are never below zero, such as amounts of rain."""
        Z = np.r_[np.zeros(300), np.random.default_rng(0).gamma(3, 1, 700)][:, None]
        start = Mixture([0.3, 0.7], [[0.0], [3.0]], [[[0.01]], [[3.0]]])
        message = r"collapsed at iteration \d+: it holds 300 points, which coincide, so that"
        for call in (
            lambda: fit(Z, start),
            lambda: fit(Z, start, engine="textbook"),
            lambda: fit_blocks([Z], start),
        ):
            with pytest.raises(CollapsedComponent, match=message):
                call()
        with pytest.raises(CollapsedComponent, match=message + r".*; start .*\(another random_state, "):
            EMGaussianMixture(2, reg_covar=0, random_state=0).fit(Z)

    def test_by_other_callers(self):
        with pytest.raises(CollapsedComponent, match="too few to have a covariance; give it other points"):
            from_labels([[0.0], [1.0], [5.0]], [0, 0, 1])
        X = np.r_[np.zeros(20), np.arange(1.0, 6)][:, None]
        with pytest.raises(CollapsedComponent, match=r"points, .*; .* or ask for a smaller k\.$"):
            short_runs(X, 4, np.random.default_rng(0), n_iter=100)

    @pytest.mark.parametrize("options", [{"ridge": 1e-3}, {"family": "tied"}, {"family": "tied_diag"}])
    def test_the_remedies_work(self, options):
        start = Mixture([0.6, 0.4], [[1.0, 0.0], [10.0, 10.0]], [np.eye(2), np.eye(2)])
        assert fit(FIVE, start, **options).converged


class TestWhatCollapses:
    @pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
    @pytest.mark.parametrize("offset", [0.0, 1.0, -1e3])
    @pytest.mark.parametrize("family", ["full", "diag", "spherical"])
    def test_points_that_coincide(self, scale, offset, family):
        X = scale * (FIVE + offset)
        with pytest.raises(CollapsedComponent) as caught:
            m_step(X, THREE_AND_TWO, family=family)
        assert caught.value.component == 1

    @given(seeds, st.integers(2, 6), st.integers(-6, 6))
    def test_fewer_points_than_dimensions_ask_for(self, seed, d, exponent):
        """d points span d - 1 directions."""
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((d + 20, d)) * 10.0**exponent
        with pytest.raises(CollapsedComponent) as caught:
            m_step(X, np.eye(2)[[0] * 20 + [1] * d])
        assert caught.value.component == 1
        assert caught.value.count == d

    @pytest.mark.parametrize("slope", [1.0, -0.3, 1e5])
    def test_points_on_a_line(self, slope):
        x = np.random.default_rng(0).standard_normal(50)
        X = np.stack([x, slope * x + 2], axis=1)
        with pytest.raises(CollapsedComponent):
            m_step(X, np.ones((50, 1)))

    @pytest.mark.parametrize("slope", [1.0, -0.7, 3.0, 100.0])
    @pytest.mark.parametrize("scale", [1.0, 1e-3, 1e-6])
    def test_points_on_a_line_far_away_where_rounding_scatters_them(self, slope, scale):
        x = scale * np.random.default_rng(0).standard_normal(50)
        with pytest.raises(CollapsedComponent):
            m_step(1e6 + np.stack([x, slope * x], axis=1), np.ones((50, 1)))

    def test_a_component_of_d_points_is_noticed_before_rounding_leads_it(self):
        """Three features nearly determine each other and hide from Cholesky's pivots what the last lacks.

        One component holds exactly four points in four dimensions. Unnoticed, its covariance is made of
        rounding errors, and the log-likelihood goes up and down.
        """
        rng = np.random.default_rng(0)
        points = rng.standard_normal((4, 4)) @ np.diag([1.0, 1.0, 1e-5, 1.0])
        points[:, 2] += points[:, 0] - 2 * points[:, 1]
        X = np.concatenate([rng.standard_normal((20, 4)), points])
        for order in permutations(range(4)):
            with pytest.raises(CollapsedComponent) as caught:
                m_step(X[:, order], np.eye(2)[[0] * 20 + [1] * 4])
            assert caught.value.component == 1

    @pytest.mark.parametrize("constant", [0.0, 1.0, 1 / 3, 1e8 / 7])
    def test_a_constant_feature(self, constant):
        X = np.stack([np.arange(10.0), np.full(10, constant)], axis=1)
        for family in ("full", "diag", "tied"):
            with pytest.raises(CollapsedComponent):
                m_step(X, np.ones((10, 1)), family=family)

    def test_a_component_that_holds_nothing(self):
        r = np.zeros((5, 2))
        r[:, 0] = 1
        with pytest.raises(CollapsedComponent, match=r"Component 1 .* holds 0 points") as caught:
            m_step(FIVE, r)
        assert (caught.value.component, caught.value.count) == (1, 0.0)

    def test_a_component_out_of_reach_of_every_point(self):
        far = Mixture([0.5, 0.5], [[0.0, 0.0], [1e6, 1e6]], [10 * np.eye(2), np.eye(2)])
        with pytest.raises(CollapsedComponent, match=r"Component 1 .* at iteration 1: it holds 0 points"):
            fit(FIVE, far)

    def test_one_point(self):
        with pytest.raises(CollapsedComponent):
            m_step([[1.0]], [[1.0]])
        assert m_step([[1.0]], [[1.0]], ridge=2.0).covariances.tolist() == [[[2.0]]]


class TestWhatDoesNot:
    @pytest.mark.parametrize("scale", [1e-100, 1e-12, 1.0, 1e12, 1e100])
    def test_small_or_large_units(self, scale):
        X = scale * np.random.default_rng(0).standard_normal((20, 3))
        assert m_step(X, np.ones((20, 1))).k == 1

    def test_few_digits(self):
        """A million standard deviations from the origin, 10 digits are left; at 1e6 and 1e-6, four."""
        X = np.random.default_rng(0).standard_normal((20, 3))
        for scale, offset in [(1.0, 1e6), (1e-6, 1e6), (1e-3, -1e9)]:
            assert m_step(offset + scale * X, np.ones((20, 1))).k == 1

    def test_strong_correlation(self):
        rng = np.random.default_rng(0)
        x = rng.standard_normal(200)
        X = np.stack([x, x + 1e-5 * rng.standard_normal(200)], axis=1)
        assert m_step(X, np.ones((200, 1))).k == 1

    def test_features_in_very_different_units(self):
        X = np.random.default_rng(0).standard_normal((50, 3)) * [1e-8, 1.0, 1e8]
        assert m_step(X, np.ones((50, 1))).k == 1

    def test_a_component_of_very_few_points_that_still_spread(self):
        X = np.random.default_rng(0).standard_normal((10, 2))
        assert m_step(X, np.eye(2)[[0] * 7 + [1] * 3]).k == 2

    def test_a_component_that_holds_almost_nothing(self):
        """N_k = 1e-20, spread over all points: small, not singular."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal((10, 2))
        r = np.stack([np.ones(10), np.full(10, 1e-21)], axis=1)
        mixture = m_step(X, r)
        np.testing.assert_allclose(mixture.means[1], X.mean(axis=0), rtol=1e-12)
        assert mixture.weights[1] == pytest.approx(1e-21)


class TestThresholds:
    def test_a_variance_against_the_resolution_of_the_data(self):
        for scale in (1e-9, 1.0, 1e9):
            assert singular([[(3.9 * scale) ** 2]], resolution=scale)
            assert not singular([[(4.1 * scale) ** 2]], resolution=scale)

    @pytest.mark.parametrize("d", [2, 5])
    def test_a_feature_against_the_ones_before_it(self, d):
        def covariance(left_over):
            """Unit variances; the last feature is the first one up to a variance of `left_over`."""
            matrix = np.eye(d)
            matrix[0, -1] = matrix[-1, 0] = np.sqrt(1 - left_over)
            return matrix

        assert singular(covariance(4 * d * EPS))
        assert not singular(covariance(16 * d * EPS))
        assert singular(1e-200 * covariance(4 * d * EPS))
        assert not singular(1e-200 * covariance(16 * d * EPS))

    def test_not_positive_definite(self):
        assert singular([[0.0]])
        assert singular([[1.0, 2.0], [2.0, 1.0]])
        assert not singular([[1.0, 0.5], [0.5, 1.0]])

    def test_resolution_is_that_of_the_largest_number_of_each_feature(self):
        np.testing.assert_allclose(resolution(np.array([[1.0, -1e6], [0.5, 3.0]])), [EPS, 1e6 * EPS])

    def test_the_first_of_several_is_named(self):
        good, flat = np.eye(2), np.diag([1.0, 0.0])
        for bad in (flat, np.diag([1.0, 1e-40]), np.ones((2, 2))):
            with pytest.raises(CollapsedComponent) as caught:
                refuse_singular(np.array([5.0, 3.0, 4.0]), np.array([good, bad, bad]), np.full(2, 1e-15))
            assert (caught.value.component, caught.value.count) == (1, 3.0)

    @pytest.mark.parametrize("total", [1e-40, 1.0, 1e120])
    def test_empty_means_that_64_bits_do_not_hold_what_it_says_about_its_points(self, total):
        refuse_empty(total * np.array([1.0, 1e-249]))
        for count in (0.0, 1e-251):
            with pytest.raises(CollapsedComponent) as caught:
                refuse_empty(total * np.array([1.0, count]))
            assert caught.value.component == 1

    @pytest.mark.parametrize("weight", [1.0, 1e-74, 1e-149])
    @pytest.mark.parametrize("engine", ["auto", "textbook"])
    def test_so_does_one_whose_share_vanishes_beside_light_weights(self, weight, engine):
        start = Mixture([0.5, 0.5], [[0.0], [33.0]], np.ones((2, 1, 1)))  # exp(-33^2 / 2) is 1e-236
        weights, options = np.full(5, weight), {"ridge": 1.0, "max_iter": 1, "engine": engine}
        with warnings.catch_warnings(action="error"), contextlib.suppress(CollapsedComponent):
            end = fit(np.zeros((5, 1)), start, sample_weight=weights, **options).mixture
            np.testing.assert_allclose(end.means[1], 0, atol=1e-12)
            assert weight == 1

    @pytest.mark.parametrize("mean", [10.0, 5.0, 0.0, -5.0, -8.5, -9.0, -9.3, -9.6, -12.0])
    def test_a_component_that_holds_next_to_nothing_is_the_same_to_both_engines(self, mean):
        """It holds little of any point but the one at 30, and of that exp(200 - (30 - mean)^2 / 2)."""
        X = np.r_[np.random.default_rng(0).normal(50, 1, 200), 30.0][:, None]
        start = Mixture([0.5, 0.5], [[50.0], [mean]], np.ones((2, 1, 1)))
        ends = []
        for engine in ("auto", "textbook"):
            try:
                ends.append(fit(X, start, ridge=0.01, engine=engine, max_iter=1).mixture)
            except CollapsedComponent:
                assert mean < -9.1
        if ends:
            for part in ("weights", "means", "covariances"):
                np.testing.assert_allclose(getattr(ends[0], part), getattr(ends[1], part), rtol=1e-9)
        assert len(ends) != 1


def test_iterate_adds_the_iteration_to_the_collapse_of_any_step():
    def step(mixture):
        raise CollapsedComponent(0, 3.0)

    with pytest.raises(CollapsedComponent, match="at iteration 1: it holds 3 points"):
        iterate(step, Mixture([1.0], [[0.0]], [[[1.0]]]), tol=0, max_iter=5)
