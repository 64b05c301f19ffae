"""Starts: what each promises, k-means against scikit-learn's, and the odd cases."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris

from gmmlesson import datasets, fit, m_step
from gmmlesson.families import FAMILIES
from gmmlesson.initialization import (
    from_centers,
    from_labels,
    kmeans,
    kmeans_plus_plus,
    lloyd,
    random_points,
    short_runs,
)
from strategies import assert_same, random_mixture

FAITHFUL = datasets.old_faithful()
CHOOSERS = [random_points, kmeans_plus_plus, kmeans, short_runs]
EIGHT = random_mixture(np.random.default_rng(0), 8, 5)
DATA = {
    "old faithful": (FAITHFUL, 2),
    "iris": (load_iris().data, 3),
    "classic": (datasets.make_mixture(np.random.RandomState(3))[0], 3),
    "8 of 5 dimensions": (EIGHT.sample(800, np.random.default_rng(1))[0], 8),
}


def rows_of(X, points):
    """For each point, which row of X it is."""
    return [int(np.flatnonzero((point == X).all(axis=1))[0]) for point in points]


def inertia(X, centers):
    return ((X[:, None] - centers) ** 2).sum(axis=2).min(axis=1).sum()


@pytest.mark.parametrize("choose", [random_points, kmeans_plus_plus, kmeans])
@pytest.mark.parametrize("name", DATA)
def test_centers_get_equal_weights_and_the_covariance_of_all_the_data(choose, name):
    X, k = DATA[name]
    mixture = choose(X, k, np.random.default_rng(0))
    assert (mixture.k, mixture.d) == (k, X.shape[1])
    np.testing.assert_array_equal(mixture.weights, np.full(k, 1 / k))
    np.testing.assert_allclose(mixture.covariances, [np.cov(X.T)] * k, rtol=1e-14)
    assert_same(mixture, from_centers(X, mixture.means), 1e-14)


@pytest.mark.parametrize("choose", CHOOSERS)
@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_the_same_seed_gives_the_same_start_and_another_another(choose, make):
    first, again, other = (choose(FAITHFUL, 3, make(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.means, again.means)
    assert not np.array_equal(first.means, other.means)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_covariance_of_all_the_data_may_be_projected_weighted_and_given_a_floor(family):
    sample_weight = np.random.default_rng(0).integers(0, 3, len(FAITHFUL))
    options = {"family": family, "ridge": 0.5, "sample_weight": sample_weight}
    mixture = from_centers(FAITHFUL, FAITHFUL[:2], **options)
    repeated = np.repeat(FAITHFUL, sample_weight, axis=0)
    free = np.cov(repeated.T, bias=True)[None]
    expected = FAMILIES[family](free, np.ones(1))[0] + 0.5 * np.eye(2)
    np.testing.assert_allclose(mixture.covariances, [expected] * 2, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(mixture.means, FAITHFUL[:2])
    chosen = random_points(FAITHFUL, 2, np.random.default_rng(0), **options)
    np.testing.assert_array_equal(chosen.covariances, mixture.covariances)


@pytest.mark.parametrize("choose", CHOOSERS)
def test_one_component_and_one_feature(choose):
    mixture = choose(FAITHFUL[:, :1], 1, np.random.default_rng(0))
    assert mixture.means.shape == (1, 1)
    assert mixture.covariances.shape == (1, 1, 1)


@pytest.mark.parametrize("choose", CHOOSERS)
def test_data_stay_as_they_are(choose):
    X = FAITHFUL.copy()
    X.setflags(write=False)
    choose(X, 3, np.random.default_rng(0))
    np.testing.assert_array_equal(X, FAITHFUL)


class TestRandomPoints:
    @pytest.mark.parametrize("name", DATA)
    def test_means_are_different_rows(self, name):
        X, k = DATA[name]
        for seed in range(20):
            rows = rows_of(X, random_points(X, k, np.random.default_rng(seed)).means)
            assert len(set(rows)) == k

    def test_rows_that_are_repeated_are_not_chosen_twice(self):
        """Old Faithful repeats 16 of its rows, a photograph most of its pixels: equal means never part."""
        assert len(np.unique(FAITHFUL, axis=0)) == 256
        X = np.concatenate([np.zeros((500, 1)), [[1.0], [2.0]]])
        for seed in range(20):
            means = random_points(X, 3, np.random.default_rng(seed)).means
            assert sorted(means[:, 0]) == [0, 1, 2]

    def test_all_rows_when_k_is_n(self):
        X = np.random.default_rng(0).standard_normal((6, 2))
        assert sorted(rows_of(X, random_points(X, 6, np.random.default_rng(0)).means)) == list(range(6))

    def test_every_row_has_the_same_chance(self):
        X = np.array([[0.0], [1.0], [10.0], [100.0]])
        rng = np.random.default_rng(0)
        counts = Counter(random_points(X, 2, rng).means[0, 0] for _ in range(2000))
        assert chisquare(list(counts.values())).pvalue > 1e-3


class TestKMeansPlusPlus:
    def test_each_center_is_drawn_by_its_squared_distance_to_the_nearest_before_it(self):
        X = np.array([[0.0], [1.0], [3.0], [7.0]])
        probabilities = {}
        for a, b, c in permutations(range(4), 3):
            to_a = (X[:, 0] - X[a, 0]) ** 2
            to_ab = np.minimum(to_a, (X[:, 0] - X[b, 0]) ** 2)
            probabilities[a, b, c] = 1 / 4 * to_a[b] / to_a.sum() * to_ab[c] / to_ab.sum()
        assert sum(probabilities.values()) == pytest.approx(1)
        rng = np.random.default_rng(0)
        n = 6000
        counts = Counter(tuple(rows_of(X, kmeans_plus_plus(X, 3, rng).means)) for _ in range(n))
        observed = [counts[order] for order in probabilities]
        assert sum(observed) == n
        assert chisquare(observed, n * np.array(list(probabilities.values()))).pvalue > 1e-3

    def test_a_point_is_not_drawn_twice(self):
        X = np.concatenate([np.zeros((50, 1)), np.ones((50, 1)), [[2.0]]])
        for seed in range(20):
            means = kmeans_plus_plus(X, 3, np.random.default_rng(seed)).means
            assert sorted(means[:, 0]) == [0, 1, 2]

    def test_it_spreads_out(self):
        X, k = DATA["8 of 5 dimensions"]
        apart, anywhere = (
            np.mean([inertia(X, choose(X, k, np.random.default_rng(seed)).means) for seed in range(20)])
            for choose in (kmeans_plus_plus, random_points)
        )
        assert apart < 0.9 * anywhere


class TestKMeans:
    @pytest.mark.parametrize("name", DATA)
    def test_the_best_of_ten_is_as_good_as_scikit_learns(self, name):
        X, k = DATA[name]
        ours = min(inertia(X, kmeans(X, k, np.random.default_rng(seed)).means) for seed in range(10))
        theirs = KMeans(k, n_init=10, random_state=0).fit(X).inertia_
        assert ours <= 1.02 * theirs

    @pytest.mark.parametrize("name", DATA)
    def test_its_means_are_those_of_lloyds_algorithm(self, name):
        """Each is the mean of the points nearest to it."""
        X, k = DATA[name]
        means = kmeans(X, k, np.random.default_rng(0)).means
        labels = ((X[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        np.testing.assert_allclose(means, [X[labels == j].mean(axis=0) for j in range(k)], rtol=1e-12)


class TestLloyd:
    @pytest.mark.parametrize("name", DATA)
    @pytest.mark.parametrize("seed", range(3))
    def test_from_the_same_centers_it_is_scikit_learns(self, name, seed):
        X, k = DATA[name]
        start = random_points(X, k, np.random.default_rng(seed)).means
        centers, labels = lloyd(X, start)
        reference = KMeans(k, init=start, n_init=1, algorithm="lloyd", tol=0).fit(X)
        np.testing.assert_array_equal(labels, reference.labels_)
        np.testing.assert_allclose(centers, reference.cluster_centers_, rtol=1e-12)

    @pytest.mark.parametrize("n_iter", [1, 2, 5])
    def test_stopped_early_as_well(self, n_iter):
        X, k = DATA["8 of 5 dimensions"]
        start = random_points(X, k, np.random.default_rng(0)).means
        centers, _ = lloyd(X, start, max_iter=n_iter)
        expected = start
        for _ in range(n_iter):
            labels = ((X[:, None] - expected) ** 2).sum(axis=2).argmin(axis=1)
            expected = np.array([X[labels == j].mean(axis=0) for j in range(k)])
        np.testing.assert_allclose(centers, expected, rtol=1e-12)

    def test_a_center_without_points_moves_to_the_farthest_one(self):
        centers, labels = lloyd([[0.0], [1.0], [2.0], [10.0], [16.0]], [[1.0], [13.0], [1000.0]])
        assert sorted(labels[:3]) == [labels[0]] * 3
        np.testing.assert_allclose(np.sort(centers[:, 0]), [1, 10, 16])
        assert len(set(labels)) == 3

    def test_a_lone_point_is_not_taken_from_its_center(self):
        """100 is farthest from its center, 50, and alone there: to move it would empty that one."""
        centers, labels = lloyd([[0.0], [1.0], [100.0]], [[0.5], [50.0], [1000.0]])
        np.testing.assert_array_equal(np.sort(centers[:, 0]), [0, 1, 100])
        assert sorted(labels) == [0, 1, 2]

    def test_all_centers_but_one_lose_their_points(self):
        X = np.random.default_rng(0).standard_normal((30, 2))
        centers, labels = lloyd(X, np.concatenate([[[0.0, 0.0]], np.full((4, 2), 1e3)]))
        assert sorted(set(labels.tolist())) == [0, 1, 2, 3, 4]
        np.testing.assert_allclose(centers, [X[labels == j].mean(axis=0) for j in range(5)], atol=1e-12)

    def test_more_centers_than_different_points_end_nevertheless(self):
        centers, _ = lloyd([[0.0], [0.0], [0.0], [1.0]], [[0.0], [1.0], [2.0]])
        assert set(centers[:, 0]) == {0.0, 1.0}

    def test_far_from_the_origin(self):
        rng = np.random.default_rng(0)
        X = np.concatenate([rng.standard_normal((50, 2)), 8 + rng.standard_normal((50, 2))])
        _, near = lloyd(X, X[[0, 1]])
        _, far = lloyd(X + 1e8, X[[0, 1]] + 1e8)
        np.testing.assert_array_equal(near, far)

    def test_centers_stay_as_they_are(self):
        centers = FAITHFUL[:2].copy()
        centers.setflags(write=False)
        lloyd(FAITHFUL, centers)
        np.testing.assert_array_equal(centers, FAITHFUL[:2])


class TestFromLabels:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_it_is_the_m_step_with_known_labels(self, family):
        X, labels, _ = datasets.make_mixture(np.random.default_rng(0), n_per_component=30)
        mixture = from_labels(X, labels, family=family, ridge=0.1)
        assert_same(mixture, m_step(X, np.eye(3)[labels], family=family, ridge=0.1), 1e-14)
        np.testing.assert_allclose(mixture.means, [X[labels == j].mean(axis=0) for j in range(3)], rtol=1e-12)

    def test_its_default_is_full_and_without_ridge(self):
        labels = (FAITHFUL[:, 0] > 3).astype(int)
        mixture = from_labels(FAITHFUL, labels.tolist())
        expected = np.cov(FAITHFUL[labels == 1].T, bias=True)
        np.testing.assert_allclose(mixture.covariances[1], expected, rtol=1e-12)


class TestShortRuns:
    def test_it_is_the_best_of_its_runs(self):
        X, k = DATA["8 of 5 dimensions"]
        rng, again = np.random.default_rng(3), np.random.default_rng(3)
        chosen = short_runs(X, k, rng, n_runs=6, n_iter=4)
        runs = [fit(X, random_points(X, k, again), tol=0, max_iter=4) for _ in range(6)]
        ends = [run.log_likelihoods[-1] for run in runs]
        assert len(set(ends)) > 1
        assert_same(chosen, runs[int(np.argmax(ends))].mixture, 1e-12)
        assert rng.integers(1000) == again.integers(1000)  # the same draws, no more

    def test_by_default_ten_runs_of_five_iterations(self):
        chosen = short_runs(FAITHFUL, 2, np.random.default_rng(0))
        expected = short_runs(FAITHFUL, 2, np.random.default_rng(0), n_runs=10, n_iter=5)
        assert_same(chosen, expected, 1e-14)


class TestDegenerateData:
    @pytest.mark.parametrize(
        "X",
        [
            [[1.0, 2.0]],
            [[1.0, 2.0], [3.0, 1.0]],  # two points in two dimensions
            np.column_stack([np.arange(9.0), np.ones(9)]),
            np.column_stack([np.arange(9.0), 2 * np.arange(9.0)]),
            np.column_stack([np.arange(9.0), np.full(9, 1 / 3)]),
            np.ones((9, 1)),
        ],
    )
    def test_no_start_can_be_made_of_data_without_spread(self, X):
        message = r"^X must have more than d = \d points that spread in every direction; its \d do not: .*\.$"
        with pytest.raises(ValueError, match=message):
            from_centers(X, X[:1])
        with pytest.raises(ValueError, match=message):
            random_points(X, 1, np.random.default_rng(0))

    @pytest.mark.parametrize("choose", [random_points, kmeans_plus_plus, kmeans])
    def test_too_few_different_points(self, choose):
        X = [[0.0]] * 5 + [[1.0]] * 5
        with pytest.raises(ValueError, match=r"^k must be at most 2, the number of different points; it is"):
            choose(X, 3, np.random.default_rng(0))

    def test_small_units_and_far_away_are_fine(self):
        X = np.random.default_rng(0).standard_normal((50, 3))
        for scale, offset in [(1e-6, 0), (1e-6, 1e6), (1e6, -1e6)]:
            for choose in CHOOSERS:
                assert choose(scale * X + offset, 2, np.random.default_rng(0)).k == 2
