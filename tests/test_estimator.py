"""EMGaussianMixture: scikit-learn's own checks, parity with its GaussianMixture, and what is ours alone."""

import contextlib
import itertools
import linecache
import pickle
import re
import subprocess
import sys
import tracemalloc
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import gmmlesson.estimator
from gmmlesson import CollapsedComponent, EMGaussianMixture, Mixture, datasets, fit
from gmmlesson.families import FAMILIES
from gmmlesson.initialization import from_centers, kmeans
from gmmlesson.threads import one_blas_thread
from strategies import assert_same, random_mixture
from test_bad_input import refused

SHARED = ("full", "tied", "diag", "spherical")
FAITHFUL = datasets.old_faithful()
SHAPES = {
    "full": (3, 2, 2), "tied": (2, 2), "diag": (3, 2), "spherical": (3,),
    "tied_diag": (2,), "tied_spherical": (),
}  # fmt: skip


@parametrize_with_checks(
    [
        EMGaussianMixture(),
        EMGaussianMixture(covariance_type="tied_diag", init_params="k-means++", accelerate=True),
        EMGaussianMixture(covariance_type="tied_spherical", init_params="short_runs", warm_start=True),
    ]
)
def test_scikit_learns_checks(estimator, check, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # or its check of array_api_dispatch is skipped
    check(estimator)


@cache
def problem():
    """Three clusters in two dimensions that overlap."""
    rng = np.random.default_rng(0)
    X, _ = random_mixture(rng, 3, 2, spread=2.0).sample(300, rng)
    X.setflags(write=False)
    return X


@cache
def pair(covariance_type):
    """Ours and scikit-learn's, fitted from the same start by as many iterations."""
    X = problem()
    rng = np.random.default_rng(1)
    precisions = np.linalg.inv(np.cov(X.T))
    precisions_init = {
        "full": np.array([precisions] * 3),
        "tied": precisions,
        "diag": np.array([np.diag(precisions)] * 3),
        "spherical": np.full(3, precisions.trace() / 2),
    }
    options = {
        "covariance_type": covariance_type, "weights_init": [0.2, 0.3, 0.5], "random_state": 0,
        "means_init": X[rng.choice(300, 3)], "precisions_init": precisions_init[covariance_type],
        "tol": 0, "max_iter": 15,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return EMGaussianMixture(3, **options).fit(X), GaussianMixture(3, **options).fit(X)


@pytest.mark.parametrize("covariance_type", SHARED)
class TestParity:
    def test_attributes(self, covariance_type):
        ours, theirs = pair(covariance_type)
        for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
            expected = getattr(theirs, name)
            assert getattr(ours, name).shape == expected.shape, name
            np.testing.assert_allclose(getattr(ours, name), expected, rtol=1e-9, atol=1e-11, err_msg=name)
        assert ours.n_iter_ == theirs.n_iter_ == 15
        assert ours.converged_ == theirs.converged_ == False  # noqa: E712 - both, and of type bool
        assert ours.n_features_in_ == theirs.n_features_in_ == 2

    def test_methods(self, covariance_type):
        ours, theirs = pair(covariance_type)
        X = np.concatenate([problem(), [[50.0, -50.0]]])
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-9)
        assert ours.score(X) == pytest.approx(theirs.score(X), rel=1e-9)
        assert ours.bic(X) == pytest.approx(theirs.bic(X), rel=1e-9)
        assert ours.aic(X) == pytest.approx(theirs.aic(X), rel=1e-9)

    def test_sample_moments(self, covariance_type):
        """Both draw from the same distribution: the moments agree to five standard errors."""
        ours, theirs = pair(covariance_type)
        (X, labels), (other, other_labels) = ours.sample(20_000), theirs.sample(20_000)
        assert X.shape == other.shape
        assert labels.shape == other_labels.shape
        error = np.sqrt(X.var(axis=0) / 10_000)
        assert (np.abs(X.mean(axis=0) - other.mean(axis=0)) < 5 * error).all()
        np.testing.assert_allclose(np.cov(X.T), np.cov(other.T), rtol=0.1, atol=0.1)
        np.testing.assert_allclose(np.bincount(labels), np.bincount(other_labels), rtol=0, atol=5 * 100)

    def test_lower_bound_is_of_the_parameters_returned(self, covariance_type):
        """scikit-learn's is that of the parameters before its last M-step."""
        X = problem()
        ours, theirs = pair(covariance_type)
        assert ours.lower_bound_ == pytest.approx(ours.score(X), rel=1e-12)
        assert ours.history_.log_likelihoods[-2] / len(X) == pytest.approx(theirs.lower_bound_, rel=1e-10)


def quick(n_components=3, **options):
    return EMGaussianMixture(n_components, **{"random_state": 0, "tol": 1e-6} | options)


class TestFit:
    @pytest.mark.parametrize("covariance_type", FAMILIES)
    def test_it_is_the_packages_fit(self, covariance_type):
        X = problem()
        start = kmeans(X, 3, np.random.default_rng(0))
        options = {"covariance_type": covariance_type, "means_init": start.means, "reg_covar": 0.0}
        estimator = quick(**options).fit(X)
        begin = from_centers(X, start.means, family=covariance_type)
        expected = fit(X, begin, family=covariance_type, tol=1e-6)
        np.testing.assert_array_equal(estimator.history_.log_likelihoods, expected.log_likelihoods)
        assert_same(estimator.mixture_, expected.mixture, 1e-15)
        assert estimator.mixture_ is estimator.history_.mixture
        assert (estimator.n_iter_, estimator.converged_) == (expected.n_iter, True)
        assert estimator.n_samples_seen_ == len(X)

    @pytest.mark.parametrize("covariance_type", FAMILIES)
    def test_shapes(self, covariance_type):
        estimator = quick(covariance_type=covariance_type).fit(problem())
        for name in ("covariances_", "precisions_", "precisions_cholesky_"):
            assert np.shape(getattr(estimator, name)) == SHAPES[covariance_type], name
        assert np.shape(estimator.weights_) == (3,)
        assert np.shape(estimator.means_) == (3, 2)

    @pytest.mark.parametrize("covariance_type", FAMILIES)
    def test_it_can_be_started_where_it_stopped(self, covariance_type):
        """The attributes are what the *_init take; from the optimum there is nowhere to go."""
        X = problem()
        first = quick(covariance_type=covariance_type, tol=1e-10).fit(X)
        again = quick(
            covariance_type=covariance_type, weights_init=first.weights_, means_init=first.means_,
            precisions_init=first.precisions_,
        ).fit(X)
        assert again.n_iter_ == 1
        assert_same(again.mixture_, first.mixture_, 1e-4)
        expected = first.mixture_.log_likelihood(X)
        assert again.history_.log_likelihoods[0] == pytest.approx(expected, rel=1e-12)

    def test_options_of_fit(self, capsys):
        X = problem()
        fast, slow = quick(accelerate=True).fit(X), quick().fit(X)
        assert fast.n_iter_ < slow.n_iter_
        assert fast.lower_bound_ >= slow.lower_bound_ - 1e-6
        assert capsys.readouterr().out == ""
        with pytest.warns(ConvergenceWarning):
            quick(max_iter=2, verbose=1).fit(X)
        assert re.findall(r"iteration (\d)", capsys.readouterr().out) == ["0", "1", "2"]
        np.testing.assert_allclose(
            quick(1, reg_covar=0.5).fit(X).covariances_[0], np.cov(X.T, bias=True) + 0.5 * np.eye(2)
        )

    @pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random_from_data", "short_runs"])
    def test_starts(self, init_params):
        """Well-separated clusters are found from every start; random_state alone decides on the start."""
        rng = np.random.default_rng(0)
        truth = Mixture([0.5, 0.5], [[0.0, 0.0], [20.0, 20.0]], [np.eye(2)] * 2)
        X, labels = truth.sample(200, rng)
        estimator = quick(2, init_params=init_params, reg_covar=0.0).fit(X)
        agreement = (estimator.predict(X) == labels).mean()
        assert agreement in (0, 1)
        again = clone(estimator).fit(X)
        np.testing.assert_array_equal(again.history_.log_likelihoods, estimator.history_.log_likelihoods)
        if init_params in ("k-means++", "random_from_data"):  # the others find the clusters themselves
            other = clone(estimator).set_params(random_state=1).fit(X)
            assert other.history_.log_likelihoods[0] != estimator.history_.log_likelihoods[0]

    def test_starts_have_the_covariance_of_all_data(self):
        X = problem()
        with pytest.warns(ConvergenceWarning):
            start = quick(max_iter=1, reg_covar=0.25).fit(X).history_.mixtures[0]
        np.testing.assert_array_equal(start.weights, [1 / 3] * 3)
        np.testing.assert_allclose(start.covariances, [np.cov(X.T) + 0.25 * np.eye(2)] * 3)

    def test_short_runs_start_better_than_random_points(self):
        X = problem()

        def first(init_params):
            estimators = [quick(init_params=init_params, random_state=seed).fit(X) for seed in range(5)]
            return np.mean([estimator.history_.log_likelihoods[0] for estimator in estimators])

        assert first("short_runs") > first("random_from_data") + 1

    def test_the_best_of_n_init(self):
        """On data with several optima, ten starts are as good as the best of ten fits one by one."""
        options = {"init_params": "random_from_data", "covariance_type": "spherical"}
        single = []
        rng = np.random.RandomState(0)
        for _ in range(10):
            single.append(quick(4, random_state=rng, **options).fit(FAITHFUL).lower_bound_)
        assert max(single) - min(single) > 1e-3
        best = quick(4, n_init=10, **options).fit(FAITHFUL)
        assert best.lower_bound_ == max(single)

    def test_warm_start(self):
        X = problem()
        with pytest.warns(ConvergenceWarning):
            estimator = quick(max_iter=3, warm_start=True).fit(X)
        stopped = estimator.mixture_
        estimator.set_params(max_iter=1000).fit(X)
        assert estimator.history_.mixtures[0] is stopped
        assert estimator.converged_
        assert estimator.set_params(n_components=2).fit(X).mixture_.k == 2  # nothing to go on from
        assert quick().fit(X).fit(X).history_.mixtures[0].weights[0] == 1 / 3  # without it

    def test_it_warns_when_it_did_not_converge(self):
        message = r"EM did not converge within 2 iterations: allow more of them \(max_iter\)"
        with pytest.warns(ConvergenceWarning, match=message) as caught:
            estimator = quick(max_iter=2).fit(problem())
        assert caught[0].filename == __file__
        assert not estimator.converged_
        with warnings.catch_warnings(action="error"):
            assert quick(max_iter=0).fit(problem()).n_iter_ == 0  # it was not meant to
            quick().fit(problem())

    def test_float32_is_taken_as_it_is(self):
        X = problem().astype(np.float32)
        a, b = quick().fit(X), quick().fit(X.astype(float))
        np.testing.assert_allclose(a.means_, b.means_, atol=1e-3)
        assert a.lower_bound_ == pytest.approx(a.score(X), rel=1e-12)

    @pytest.mark.parametrize("unit", [1e-30, 1e-12, 1e12, 1e30])
    @pytest.mark.parametrize("init_params", ["kmeans", "k-means++"])
    def test_float32_whose_squares_32_bits_cannot_hold(self, unit, init_params):
        X = (unit * problem()).astype(np.float32)
        estimator = quick(init_params=init_params, reg_covar=0.0).fit(X)
        expected = quick(init_params=init_params, reg_covar=0.0).fit(X.astype(float) / unit)
        np.testing.assert_allclose(estimator.mixture_.means / unit, expected.means_, atol=1e-3)

    def test_constant_features_need_a_ridge(self):
        """As with scikit-learn: pixels that are always black are no obstacle."""
        X = np.column_stack([problem(), np.zeros(300)])
        assert np.isfinite(quick().fit(X).score(X))
        assert np.isfinite(quick(covariance_type="diag").fit(X[:6]).score(X))
        with pytest.raises(ValueError, match=r"^X must have more than d = 3 points that spread"):
            quick(reg_covar=0.0).fit(X)


class TestCollapse:
    X = np.concatenate([np.random.default_rng(0).standard_normal((30, 1)), np.full((10, 1), 8.0)])

    def test_without_a_ridge_it_is_reported(self):
        with pytest.raises(CollapsedComponent, match="collapsed at iteration"):
            quick(2, reg_covar=0.0).fit(self.X)
        assert quick(2).fit(self.X).converged_

    def test_other_runs_go_on(self):
        """Of ten starts those that collapse do not count."""
        rng, options = np.random.RandomState(0), {"reg_covar": 0.0, "init_params": "random_from_data"}
        X = np.random.default_rng(3).standard_normal((12, 2))
        outcomes = []
        for _ in range(10):
            try:
                outcomes.append(quick(3, random_state=rng, **options).fit(X).lower_bound_)
            except CollapsedComponent:
                outcomes.append(-np.inf)
        assert -np.inf in outcomes
        assert max(outcomes) > -np.inf
        best = quick(3, random_state=0, n_init=10, **options).fit(X)
        assert best.lower_bound_ == max(outcomes)


class TestSampleWeight:
    @pytest.mark.parametrize("covariance_type", FAMILIES)
    def test_it_equals_repetition(self, covariance_type):
        X = problem()
        times = np.random.default_rng(0).integers(0, 4, len(X))
        options = {
            "covariance_type": covariance_type, "means_init": X[:3], "reg_covar": 0.0, "tol": 1e-9,
            "precisions_init": quick(covariance_type=covariance_type).fit(X).precisions_,
        }
        weighted = quick(**options).fit(X, sample_weight=times)
        repeated = quick(**options).fit(np.repeat(X, times, axis=0))
        assert weighted.n_iter_ == repeated.n_iter_
        assert weighted.n_samples_seen_ == repeated.n_samples_seen_ == times.sum()
        assert weighted.lower_bound_ == pytest.approx(repeated.lower_bound_, rel=1e-10)
        assert_same(weighted.mixture_, repeated.mixture_, 1e-8)

    @pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random_from_data", "short_runs"])
    def test_starts_know_it(self, init_params):
        """Rows of weight 0 are not there at all, though they hold outliers."""
        X = problem()
        with_outliers = np.concatenate([X, np.full((20, 2), 1e6)])
        weights = np.append(np.ones(len(X)), np.zeros(20))
        estimator = quick(init_params=init_params).fit(with_outliers, sample_weight=weights)
        expected = quick(init_params=init_params).fit(X, sample_weight=np.ones(len(X)))
        assert_same(estimator.mixture_, expected.mixture_, 1e-12)

    def test_a_histogram(self):
        """Bins and their counts: where they are is not where the points are."""
        rng = np.random.default_rng(0)
        x = np.append(rng.normal(0, 1, 5000), rng.normal(6, 1, 5000))
        counts, edges = np.histogram(x, bins=200, range=(-50, 50))
        centers = (edges[1:] + edges[:-1])[:, None] / 2
        estimator = quick(2).fit(centers, sample_weight=counts)
        start = estimator.history_.mixtures[0]
        np.testing.assert_allclose(np.sort(start.means.ravel()), [0, 6], atol=0.3)
        np.testing.assert_allclose(start.covariances.ravel(), 10, atol=0.3)  # 1 + 3^2, of all points
        np.testing.assert_allclose(np.sort(estimator.means_.ravel()), [0, 6], atol=0.1)
        np.testing.assert_allclose(estimator.covariances_.ravel(), 1, atol=0.15)

    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    @pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random_from_data", "short_runs"])
    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    def test_their_unit_makes_no_difference(self, method, init_params, dtype):
        X = problem().astype(dtype)
        times = 1.0 + np.arange(len(X)) % 3

        def fitted(sample_weight):
            estimator = quick(init_params=init_params, reg_covar=0.0, tol=1e-4)
            with warnings.catch_warnings(action="error"):
                return getattr(estimator, method)(X, sample_weight=sample_weight).mixture_

        expected = fitted(times)
        for unit in (2.0**-146, 2.0**100, 2.0**480, 2.0**-480):  # denormal in 32 bits; beyond 32 bits
            assert_same(fitted(times * unit), expected, 1e-13)
        for unit in (1e-44, 1e37, 1 / 3):
            assert_same(fitted(times * unit), expected, 1e-7)
        for kind in (np.float32, np.float16, np.int64, np.uint8):
            assert_same(fitted(times.astype(kind)), expected, 1e-15)
        assert_same(fitted((times * 2.0**-149).astype(np.float32)), expected, 1e-13)
        assert_same(fitted((2**61 * times).astype(np.int64)), expected, 1e-13)

    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    @pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random_from_data", "short_runs"])
    def test_light_points_beside_heavy_ones(self, init_params, dtype):
        """As good as not there; booleans, which say who is, are weights too."""
        X = problem().astype(dtype)
        heavy = np.arange(len(X)) % 2 == 0
        options = {"init_params": init_params, "means_init": X[:3]}
        expected = quick(**options).fit(X[heavy]).mixture_
        for light in (1e-44, 1e-81, 0.0):
            fitted = quick(**options).fit(X, sample_weight=np.where(heavy, 1.0, light))
            assert_same(fitted.mixture_, quick(**options).fit(X, sample_weight=heavy).mixture_, 1e-9)
            np.testing.assert_allclose(fitted.means_, expected.means, atol=0.1)

    def test_of_heavy_ones_there_may_be_fewer_than_components(self):
        X = problem().astype(np.float32)
        weights = np.full(len(X), 1e-44)
        weights[7] = 1e37
        for init_params in ("kmeans", "k-means++", "random_from_data"):
            estimator = quick(2, init_params=init_params, max_iter=0).fit(X, sample_weight=weights)
            assert len(np.unique(estimator.means_, axis=0)) == 2

    @pytest.mark.parametrize(
        ("sample_weight", "message"),
        [
            (np.full(300, 1e-160), "sample_weight must have an entry of at least 1e-150, for 64-bit numbers"),
            (np.full(300, 1e160), r"sample_weight must stay below 1e\+150"),
            (np.ma.masked_array(np.ones(300)), "sample_weight is a masked array"),
            (np.ones(7), "sample_weight must have 300 entries"),
            (-np.ones(300), "sample_weight must not be negative"),
            (np.zeros(300), "sample_weight must not be zero everywhere"),
        ],
    )
    def test_bad_ones_are_refused(self, sample_weight, message):
        for method in ("fit", "partial_fit", "fit_predict"):
            with pytest.raises(ValueError, match=message):
                getattr(quick(), method)(problem(), sample_weight=sample_weight)


class TestPartialFit:
    def stream(self, n=20_000):
        rng = np.random.default_rng(0)
        covariances = [np.eye(2), 2 * np.eye(2), np.diag([3.0, 0.5])]
        truth = Mixture([0.3, 0.3, 0.4], [[0.0, 0.0], [4.0, 0.0], [2.0, 5.0]], covariances)
        return truth.sample(n, rng)[0]

    @pytest.mark.parametrize("covariance_type", FAMILIES)
    def test_one_pass_comes_close_to_the_batch_fit(self, covariance_type):
        X = self.stream()
        batch = quick(covariance_type=covariance_type).fit(X)
        online = quick(covariance_type=covariance_type)
        for start in range(0, len(X), 200):
            assert online.partial_fit(X[start : start + 200]) is online
        assert batch.score(X) - online.score(X) < 2e-3
        first = quick(covariance_type=covariance_type).partial_fit(X[:200])
        assert batch.score(X) - first.score(X) > 10 * (batch.score(X) - online.score(X))
        assert online.mixture_.n_parameters == batch.mixture_.n_parameters
        assert online.n_samples_seen_ == len(X)

    def test_the_first_batch_is_one_step_of_em(self):
        X = problem()
        online = quick(means_init=X[:3], reg_covar=0.1).partial_fit(X)
        with pytest.warns(ConvergenceWarning):
            batch = quick(means_init=X[:3], reg_covar=0.1, max_iter=1).fit(X)
        assert_same(online.mixture_, batch.mixture_, 1e-12)

    def test_the_second_by_hand(self):
        """One component: N = 4 then 2 more, gamma = 4 * 2 / (6 + 3 * 2) = 2/3 of the new mean and square."""
        online = quick(1, reg_covar=0.0).partial_fit([[0.0], [1.0], [2.0], [3.0]])
        online.partial_fit([[4.0], [8.0]])
        mean, square = 1.5 / 3 + 6 * 2 / 3, (14 / 4) / 3 + 40 * 2 / 3
        assert online.means_[0, 0] == pytest.approx(mean, rel=1e-14)
        assert online.covariances_[0, 0, 0] == pytest.approx(square - mean**2, rel=1e-13)
        assert online.n_samples_seen_ == 6

    @pytest.mark.parametrize("covariance_type", FAMILIES)
    @pytest.mark.parametrize("reg_covar", [0.0, 0.5])
    def test_after_fit_it_goes_on_from_there(self, covariance_type, reg_covar):
        """The same batch again changes little: at the optimum its statistics are those that are kept."""
        X = problem()
        options = {"covariance_type": covariance_type, "reg_covar": reg_covar}
        estimator = quick(tol=1e-12, max_iter=5000, **options).fit(X)
        before = estimator.mixture_
        estimator.partial_fit(X)
        assert_same(estimator.mixture_, before, 1e-4)
        assert estimator.n_samples_seen_ == 600

    def test_weights_count_points(self):
        X = problem()
        times = 1 + np.arange(len(X)) % 3
        options = {"means_init": X[:3], "precisions_init": [np.eye(2)] * 3}
        online, repeated = quick(**options), quick(**options)
        for part in (slice(0, 200), slice(200, 300)):
            online.partial_fit(X[part], sample_weight=times[part])
            repeated.partial_fit(np.repeat(X[part], times[part], axis=0))
        assert online.n_samples_seen_ == repeated.n_samples_seen_
        assert_same(online.mixture_, repeated.mixture_, 1e-11)

    def test_later_batches_may_be_single_points(self):
        X = self.stream(600)
        online = quick().partial_fit(X[:300])
        for x in X[300:]:
            online.partial_fit(x[None])
        assert online.score(X) > quick().partial_fit(X[:300]).score(X)

    def test_what_belongs_to_fit_alone_is_gone(self):
        X = problem()
        estimator = quick().fit(X).partial_fit(X[:10])
        for name in ("history_", "converged_", "n_iter_", "lower_bound_"):
            assert not hasattr(estimator, name), name
        assert hasattr(estimator.fit(X), "lower_bound_")
        assert estimator.n_samples_seen_ == 300

    def test_what_has_collapsed_holds_points_not_shares(self):
        X = np.r_[np.zeros(30), np.random.default_rng(0).gamma(3, 1, 70)][:, None]
        online = quick(2, reg_covar=0.0, means_init=[[0.0], [3.0]], precisions_init=[[[1e9]], [[0.1]]])
        message = "it holds 30 points, which coincide, so that their .*start elsewhere .another random_state"
        with pytest.raises(CollapsedComponent, match=message):
            online.partial_fit(X)
        assert not hasattr(online, "mixture_")

    def test_a_batch_that_is_refused_changes_nothing(self):
        X = problem()
        estimator = quick().partial_fit(X)
        before = pickle.dumps(estimator)
        with pytest.raises(ValueError, match="features"):
            estimator.partial_fit(np.ones((5, 3)))
        with pytest.raises(ValueError, match="NaN"):
            estimator.partial_fit([[np.nan, 1.0]])
        assert pickle.dumps(estimator) == before


class TestCriteria:
    def test_they_are_the_mixtures(self):
        X = problem()
        estimator = quick().fit(X)
        for name in ("bic", "aic", "icl"):
            expected = getattr(estimator.mixture_, name)(X)
            assert getattr(estimator, name)(X) == pytest.approx(expected, rel=1e-12), name
            assert type(getattr(estimator, name)(X)) is float
        np.testing.assert_allclose(estimator.score_samples(X), estimator.mixture_.log_density(X), rtol=1e-13)
        assert estimator.fit_predict(X).tolist() == estimator.predict(X).tolist()

    def test_large_data_are_looked_at_in_blocks(self):
        estimator = quick(8).fit(problem())
        X = np.random.default_rng(0).standard_normal((200_000, 2))
        expected = estimator.mixture_.log_density(X[-3:])
        tracemalloc.start()
        result = estimator.score_samples(X)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * X.nbytes  # deviations alone, for all components at once, would be 8
        np.testing.assert_allclose(result[-3:], expected, rtol=1e-13)
        assert estimator.predict(X).shape == (200_000,)
        assert estimator.predict_proba(X).shape == (200_000, 8)

    def test_samples_follow_random_state(self):
        estimator = quick().fit(problem())
        (a, labels), (b, _) = estimator.sample(5), estimator.sample(5)
        np.testing.assert_array_equal(a, b)
        assert a.shape == (5, 2)
        assert labels.shape == (5,)
        assert estimator.sample()[0].shape == (1, 2)
        with pytest.raises(ValueError, match="n_samples must be a whole number"):
            estimator.sample(0)


@contextlib.contextmanager
def interrupt(file, n):
    """KeyboardInterrupt before the n-th line that is run of a file, as Ctrl+C would raise it.

    Not at the lines of `with`: these are run again on the way out, where Python lets no signal in.
    """
    lines = itertools.count(1)

    def trace(frame, event, arg):
        if frame.f_code.co_filename != file:
            return None
        out = linecache.getline(file, frame.f_lineno).lstrip().startswith("with ")
        if event == "line" and not out and next(lines) == n:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


STATES = {  # how an estimator came to be what it is
    "new": lambda X: quick(),
    "fitted": lambda X: quick().fit(X),
    "fitted, warm": lambda X: quick(warm_start=True).fit(X),
    "fitted to a frame": lambda X: quick().fit(pd.DataFrame(X, columns=["a", "b"])),
    "fitted in part": lambda X: quick().partial_fit(X[:200]).partial_fit(X[200:]),
    "fitted to four features": lambda X: quick(warm_start=True).fit(np.hstack([X, X**2])),
}
BAD_ENDS = {  # arguments of `fit` and `partial_fit`, and parameters
    "fewer features, and too few points for a new fit": ((problem()[:2, :1],), {}),
    "more features, and too few points for a new fit": ((np.ones((2, 3)),), {}),
    "a missing value": (([[np.nan, 1.0]] * 5,), {}),
    "masked": ((np.ma.masked_array(problem()),), {}),
    "a frame with text": ((pd.DataFrame({"a": [1.0] * 5, "b": list("vwxyz")}),), {}),
    "one axis": ((problem()[:, 0],), {}),
    "too large": ((problem() * 1e160,), {}),
    "sample_weight": ((problem(), None, np.ones(7)), {}),
    "an argument": ((problem(),), {"reg_covar": "no"}),
    "a family": ((problem(),), {"covariance_type": "round"}),
    "a collapse": ((np.full((3000, 2), 5.0),), {"reg_covar": 0.0, "init_params": "random_from_data"}),
}


class TestNothingIsHalfDone:
    """A `fit` or `partial_fit` that is refused, that collapses or is interrupted leaves all as it was."""

    @pytest.mark.parametrize("method", ["fit", "partial_fit", "fit_predict"])
    @pytest.mark.parametrize("end", BAD_ENDS)
    @pytest.mark.parametrize("state", STATES)
    def test_refused(self, state, end, method):
        arguments, parameters = BAD_ENDS[end]
        if method == "partial_fit" and end == "a collapse" and "fitted" in state:
            arguments = (problem()[:0],)  # with the points before there is none
        estimator = STATES[state](problem()).set_params(**parameters)
        self.unchanged(estimator, method, arguments, ValueError)

    def test_a_batch_in_which_a_component_collapses(self):
        X = np.r_[np.zeros(30), 5 + np.random.default_rng(0).gamma(3, 1, 70)][:, None]
        estimator = quick(2).fit(X).set_params(reg_covar=0.0)
        before = pickle.dumps(vars(estimator))
        with pytest.raises(CollapsedComponent, match="it holds 60 points, which coincide"):
            estimator.partial_fit(X)
        assert pickle.dumps(vars(estimator)) == before

    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    @pytest.mark.parametrize("state", ["new", "fitted", "fitted in part"])
    def test_interrupted_at_any_line(self, state, method):
        """By the user; what was computed is all there or not at all."""
        X = problem()[:40]

        def prepared():
            return STATES[state](problem()).set_params(n_components=2, init_params="k-means++", tol=1.0)

        done = getattr(prepared(), method)(X)
        for n in itertools.count(1):
            estimator = prepared()
            before = pickle.dumps(vars(estimator))
            try:
                with interrupt(gmmlesson.estimator.__file__, n):
                    getattr(estimator, method)(X)
            except KeyboardInterrupt:
                assert pickle.dumps(vars(estimator)) in (before, pickle.dumps(vars(done))), n
                assert one_blas_thread.depth == 0, n
            else:
                assert n > 40
                assert pickle.dumps(vars(estimator)) == pickle.dumps(vars(done))
                return

    def test_a_warning_that_is_an_error(self):
        estimator = quick().fit(problem()).set_params(max_iter=1)
        with warnings.catch_warnings(action="error"):
            self.unchanged(estimator, "fit", (problem() + 1,), ConvergenceWarning)

    def unchanged(self, estimator, method, arguments, exception):
        before = pickle.dumps(vars(estimator))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Number of distinct clusters")
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            with pytest.raises(exception):
                getattr(estimator, method)(*arguments)
        assert pickle.dumps(vars(estimator)) == before


REFUSED = {
    "n_components": [
        (0, "n_components must be a whole number of at least 1; it is 0."),
        (2.0, "n_components must be a whole number of at least 1; it is 2.0."),
        (301, "n_components must be at most 300, the number of points; it is 301."),
    ],
    "covariance_type": [("round", "covariance_type must be one of full, tied, diag, spherical, tied_diag, ")],
    "tol": [
        (-1.0, "tol must be a finite number that is not negative; it is -1.0."),
        ("small", "tol must be a finite number that is not negative; it is 'small'."),
    ],
    "reg_covar": [(np.nan, "reg_covar must be a finite number that is not negative; it is nan.")],
    "max_iter": [
        (1.5, "max_iter must be a whole number of at least 0; it is 1.5."),
        (None, "max_iter must be a whole number of at least 0; it is None."),
    ],
    "n_init": [(0, "n_init must be a whole number of at least 1; it is 0.")],
    "init_params": [("best", "init_params must be one of kmeans, k-means++, random_from_data, short_runs")],
    "weights_init": [
        ([0.5, 0.5, 0.5], "weights_init must sum to 1; they sum to 1.5."),
        ([0.5, 0.5], "weights_init must have shape (3,) to go with 3 means; it has (2,)."),
        ([1.5, -0.25, -0.25], "weights_init must be positive; the smallest is -0.25."),
        ("equal", "weights_init must hold real numbers"),
    ],
    "means_init": [
        ([[0.0, 0.0]], "means_init must hold 3 means, one a component; it holds 1."),
        (np.zeros((3, 5)), "means_init must have 2 features each, as X has; they have 5."),
        (np.zeros(3), "means_init must have shape (k, d); it has shape (3,)."),
        ([[0.0, None]] * 3, "means_init must hold real numbers; its entry at (0, 1) is None."),
        (np.ma.masked_array(np.zeros((3, 2))), "means_init is a masked array"),
    ],
    "precisions_init": [
        ("narrow", "precisions_init must hold real numbers"),
        ([[1.0], [1.0, 2.0], [1.0]], "precisions_init must be an array of shape (3, 2, 2); its rows differ"),
    ],
    "random_state": [
        (np.random.default_rng(0), "random_state must be None, a whole number from 0 to 2**32 - 1, or a"),
        (-1, "random_state must be None, a whole number from 0 to 2**32 - 1, or a numpy.random.RandomState;"),
        ("seed", "random_state must be None, a whole number"),
    ],
    "warm_start": [("no", "warm_start must be True or False; it is 'no'.")],
    "history": [("some", "history must be one of all, ends; it is 'some'.")],
    "accelerate": [(1, "accelerate must be True or False; it is 1.")],
    "verbose": [
        ("yes", "verbose must be a whole number of at least 0; it is 'yes'."),
        (-1, "verbose must be a whole number of at least 0; it is -1."),
        (None, "verbose must be a whole number of at least 0; it is None."),
    ],
}


class TestRefused:
    def test_every_argument_is_looked_at(self):
        assert set(REFUSED) == set(EMGaussianMixture().get_params())

    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    @pytest.mark.parametrize(("name", "value", "message"), [(n, *one) for n in REFUSED for one in REFUSED[n]])
    def test_arguments(self, name, value, message, method):
        X = problem()
        refused(lambda: getattr(quick(**{name: value}), method)(X), ValueError, message)

    def test_what_is_fine(self):
        X = problem()
        for options in (
            {"verbose": False}, {"verbose": np.True_, "max_iter": 1}, {"warm_start": np.False_},
            {"random_state": np.random.RandomState(0)}, {"random_state": None}, {"n_components": np.int64(2)},
            {"weights_init": np.full(3, 1 / 3, np.float32)},
            {"means_init": pd.DataFrame(X[:3]).astype("Float64")},
        ):  # fmt: skip
            with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
                quick(**options).fit(X)

    def test_arguments_of_sample(self):
        estimator = quick().fit(problem())
        for bad in (0, -1, 1.5, "many", None, True):
            refused(lambda bad=bad: estimator.sample(bad), ValueError, "n_samples must be a whole number")
        refused(lambda: estimator.set_params(random_state="x").sample(), ValueError, "random_state must be")

    @pytest.mark.parametrize("covariance_type", ["full", "diag"])
    @pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random_from_data", "short_runs"])
    def test_data_that_lie_flat(self, init_params, covariance_type):
        X = np.column_stack([problem()[:, 0], np.full(300, 7.0)])
        options = {"init_params": init_params, "covariance_type": covariance_type, "reg_covar": 0.0}
        message = "drop constant or duplicate features, or put a floor under the variances (reg_covar > 0)."
        refused(lambda: quick(**options).fit(X), ValueError, message)
        refused(
            lambda: quick(2, **options).fit(problem(), sample_weight=np.r_[1.0, np.full(299, 1e-90)]),
            ValueError, "X, weighted by sample_weight, must have more than d = 2 points that spread",
        )  # fmt: skip

    def test_random_responsibilities(self):
        message = "^init_params must not be 'random', which makes all components start nearly equal"
        with pytest.raises(ValueError, match=message):
            quick(init_params="random").fit(problem())

    @pytest.mark.parametrize(
        ("covariance_type", "precisions", "message"),
        [
            ("full", np.eye(2), r"precisions_init must have shape \(3, 2, 2\) to go with 3 components, 2"),
            ("tied_spherical", [1.0], r"precisions_init must have shape \(\) to go with"),
            ("diag", -np.ones((3, 2)), "precisions_init must be positive definite; component 0"),
            ("tied", [[2.0, 1.0], [0.0, 2.0]], "precisions_init must be symmetric"),
            ("spherical", [1.0, np.nan, 1.0], "precisions_init must be finite"),
        ],
    )
    def test_precisions(self, covariance_type, precisions, message):
        with pytest.raises(ValueError, match="^" + message):
            quick(covariance_type=covariance_type, precisions_init=precisions).fit(problem())

    def test_more_components_than_points(self):
        with pytest.raises(ValueError, match=r"^n_components must be at most 5, the number of points"):
            quick(6).fit(problem()[:5])

    @pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random_from_data", "short_runs"])
    def test_more_components_than_different_points(self, init_params):
        X = [[0.0]] * 5 + [[1.0]] * 5
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # k-means has its own to say
            with pytest.raises(ValueError, match=r"^n_components must be at most 2, the number of diff"):
                quick(3, init_params=init_params).fit(X)

    def test_before_fit(self):
        for name in ("predict", "predict_proba", "score_samples", "score", "bic", "aic", "icl"):
            with pytest.raises(NotFittedError):
                getattr(quick(), name)(problem())
        with pytest.raises(NotFittedError):
            quick().sample()
        assert not hasattr(quick(), "weights_")


class TestAmongScikitLearn:
    def test_pipeline_and_grid_search(self):
        """The number of components is found by held-out likelihood."""
        rng = np.random.default_rng(0)
        truth = Mixture([1 / 3] * 3, [[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]], [np.eye(2)] * 3)
        X, _ = truth.sample(400, rng)
        pipeline = make_pipeline(StandardScaler(), EMGaussianMixture(random_state=0))
        grid = {
            "emgaussianmixture__n_components": [1, 2, 3],
            "emgaussianmixture__covariance_type": ["spherical", "tied_spherical"],
        }
        search = GridSearchCV(pipeline, grid, cv=3).fit(X)
        assert search.best_params_["emgaussianmixture__n_components"] == 3
        assert search.predict(X).max() == 2
        best = search.best_estimator_
        assert search.score(X) == pytest.approx(best[-1].score(best[0].transform(X)), rel=1e-12)

    def test_clone_and_pickle(self):
        estimator = quick(covariance_type="tied", weights_init=[0.2, 0.3, 0.5]).fit(problem())
        copy = clone(estimator)
        assert copy.get_params() == estimator.get_params()
        assert not hasattr(copy, "mixture_")
        back = pickle.loads(pickle.dumps(estimator))
        np.testing.assert_array_equal(back.predict_proba(problem()), estimator.predict_proba(problem()))
        np.testing.assert_array_equal(back.covariances_, estimator.covariances_)
        assert back.lower_bound_ == estimator.lower_bound_
        back.partial_fit(problem())

    def test_parameters_are_left_as_they_were_given(self):
        options = {"weights_init": [0.2, 0.3, 0.5], "means_init": problem()[:3].tolist(), "random_state": 7}
        estimator = EMGaussianMixture(3, **options).fit(problem())
        for name, value in options.items():
            assert getattr(estimator, name) is value

    def test_attributes_stay_what_was_fitted_when_parameters_change(self):
        estimator = quick().fit(problem())
        before = estimator.covariances_
        estimator.set_params(covariance_type="spherical", n_components=7)
        np.testing.assert_array_equal(estimator.covariances_, before)

    def test_attributes_cannot_be_written(self):
        estimator = quick().fit(problem())
        with pytest.raises(AttributeError):
            estimator.weights_ = [1, 0, 0]
        with pytest.raises(ValueError, match="read-only"):
            estimator.means_[0] = 0

    def test_feature_names(self):
        """Those of a data frame."""
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame(FAITHFUL, columns=["eruption", "waiting"])
        estimator = quick(2).fit(frame)
        assert estimator.feature_names_in_.tolist() == ["eruption", "waiting"]
        np.testing.assert_array_equal(estimator.means_, quick(2).fit(FAITHFUL).means_)
        with pytest.raises(ValueError, match="feature names"):
            estimator.predict(frame.rename(columns={"waiting": "pause"}))
        online = quick(2).partial_fit(frame)
        assert online.partial_fit(frame).feature_names_in_.tolist() == ["eruption", "waiting"]


def test_it_is_loaded_on_first_use():
    code = (
        "import sys, gmmlesson; assert 'sklearn' not in sys.modules; "
        "from gmmlesson import EMGaussianMixture; assert 'sklearn' in sys.modules; "
        "assert EMGaussianMixture is gmmlesson.EMGaussianMixture"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    import gmmlesson

    assert "EMGaussianMixture" in gmmlesson.__all__
    with pytest.raises(AttributeError, match="module 'gmmlesson' has no attribute 'GaussianMixture'"):
        _ = gmmlesson.GaussianMixture
