"""The data of the course."""

import numpy as np
import pytest

from gmmlesson import Mixture, datasets


class TestOldFaithful:
    def test_it_is_the_published_table(self):
        """Rows, sums and moments of R's `faithful`."""
        X = datasets.old_faithful()
        assert X.shape == (272, 2)
        assert X[[0, 1, 2, 271]].tolist() == [[3.6, 79], [1.8, 54], [3.333, 74], [4.467, 74]]
        assert (X.min(axis=0).tolist(), X.max(axis=0).tolist()) == ([1.6, 43], [5.1, 96])
        assert X[:, 0].sum() == pytest.approx(948.677, abs=1e-9)
        assert X[:, 1].sum() == 19284
        np.testing.assert_allclose(X.mean(axis=0), [3.487783, 70.897059], atol=5e-7)
        covariance = [[1.302728, 13.977808], [13.977808, 184.823312]]
        np.testing.assert_allclose(np.cov(X.T), covariance, atol=5e-7)

    def test_it_is_read_anew_each_time(self):
        datasets.old_faithful()[0] = 0
        assert datasets.old_faithful()[0, 0] == 3.6


class TestPenguins:
    def test_it_is_the_published_table(self):
        """Counts, the first and last bird, and the means that the package of the data documents."""
        X, species = datasets.penguins()
        assert X.shape == (342, 4) and np.bincount(species).tolist() == [151, 68, 123]
        assert X[0].tolist() == [39.1, 18.7, 181, 3750] and X[-1].tolist() == [50.2, 18.7, 198, 3775]
        np.testing.assert_allclose(X.mean(axis=0), [43.92193, 17.15117, 200.915205, 4201.754386], atol=5e-6)
        assert datasets.PENGUINS[species[0]] == "Adelie" and datasets.PENGUINS[species[200]] == "Gentoo"


class TestMakeMixture:
    @pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
    @pytest.mark.parametrize(("k", "d", "n"), [(3, 2, 100), (1, 1, 5), (5, 4, 40)])
    def test_shapes_and_the_truth(self, make, k, d, n):
        X, labels, truth = datasets.make_mixture(make(0), k=k, d=d, n_per_component=n)
        assert X.shape == (k * n, d)
        np.testing.assert_array_equal(labels, np.repeat(np.arange(k), n))
        assert isinstance(truth, Mixture)
        assert (truth.k, truth.d) == (k, d)
        np.testing.assert_array_equal(truth.weights, np.full(k, 1 / k))
        assert np.abs(truth.means).max() <= 10
        again, _, _ = datasets.make_mixture(make(0), k=k, d=d, n_per_component=n)
        np.testing.assert_array_equal(X, again)

    def test_the_points_come_from_the_truth(self):
        X, labels, truth = datasets.make_mixture(np.random.default_rng(1), n_per_component=20_000)
        for j in range(3):
            mine = X[labels == j]
            covariance = truth.covariances[j]
            sd = np.sqrt(np.diagonal(covariance))
            np.testing.assert_allclose((mine.mean(axis=0) - truth.means[j]) / sd, 0, atol=5 / np.sqrt(20_000))
            np.testing.assert_allclose((np.cov(mine.T) - covariance) / np.outer(sd, sd), 0, atol=0.05)

    def test_all_features_are_positively_correlated(self):
        _, _, truth = datasets.make_mixture(np.random.default_rng(0), k=5, d=4)
        assert truth.covariances.min() > 0
