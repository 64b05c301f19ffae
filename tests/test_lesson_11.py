"""What lesson 11 claims, and the two modules that it puts to work: `conditional` and `outliers`."""

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.linear_model import LinearRegression

from gmmlesson import Mixture, best_of, datasets, fit, initialization, plots
from gmmlesson.conditional import conditional, fill_in
from gmmlesson.outliers import outlier_threshold


def random_mixture(seed, k, d):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(k, d, d))
    means, covariances = 2 * rng.normal(size=(k, d)), A @ A.swapaxes(1, 2) + 0.3 * np.eye(d)
    return Mixture(rng.dirichlet(np.full(k, 3.0)), means, covariances)


GEYSER = fit(
    datasets.old_faithful(), Mixture([0.5, 0.5], [[2.0, 55.0], [4.3, 80.0]], [np.diag([0.2, 40.0])] * 2)
).mixture


class TestConditional:
    @pytest.mark.parametrize(
        ("k", "d", "known"), [(2, 2, [0]), (3, 4, [1, 3]), (2, 3, [2, 0]), (4, 5, [0, 4, 2])]
    )
    def test_it_is_the_joint_density_over_that_of_what_is_known(self, k, d, known):
        """p(a | b) = p(a, b) / p(b), with p(b) the mixture whose other rows and columns are struck out."""
        mixture, rng = random_mixture(k + d, k, d), np.random.default_rng(d)
        others = [feature for feature in range(d) if feature not in known]
        seen = Mixture(mixture.weights, mixture.means[:, known], mixture.covariances[:, known][:, :, known])
        whole = mixture.sample(20, rng)[0]
        for x in whole:
            rest = conditional(mixture, known, x[known])
            assert (rest.k, rest.d) == (k, d - len(known))
            expected = mixture.log_density([x]) - seen.log_density([x[known]])
            np.testing.assert_allclose(rest.log_density([x[others]]), expected, rtol=1e-10, atol=1e-10)

    def test_as_gmr_has_it(self):
        """Recorded from gmr 2.0.3, `GMM(...).condition([0, 2], [0.7, -0.4])`, for the same mixture."""
        mixture = Mixture(
            [0.25, 0.75],
            [[0.0, 1.0, 2.0], [1.0, -1.0, 0.5]],
            [
                [[2.0, 0.5, 0.3], [0.5, 1.0, -0.2], [0.3, -0.2, 1.5]],
                [[1.0, -0.4, 0.1], [-0.4, 2.0, 0.6], [0.1, 0.6, 0.8]],
            ],
        )
        rest = conditional(mixture, [0, 2], [0.7, -0.4])
        np.testing.assert_allclose(rest.weights, [0.029159955454847904, 0.9708400445451522], rtol=1e-12)
        np.testing.assert_allclose(rest.means, [[1.6484536082474228], [-1.5848101265822785]], rtol=1e-12)
        variances = rest.covariances[:, 0, 0]
        np.testing.assert_allclose(variances, [0.8230240549828178, 1.321518987341772], rtol=1e-12)

    def test_it_sums_to_one(self):
        rest = conditional(GEYSER, [0], [3.0])
        area, _ = integrate.quad(lambda wait: float(np.exp(rest.log_density([[wait]]))[0]), 20, 130)
        assert area == pytest.approx(1, abs=1e-8)

    def test_a_far_value_leaves_every_component_a_weight(self):
        rest = conditional(GEYSER, [0], [300.0])
        assert rest.weights.min() > 0 and rest.weights.sum() == pytest.approx(1)
        assert np.isfinite(rest.means).all()

    def test_an_ellipse_almost_a_line_stays_positive_definite(self):
        thin = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1 - 1e-12], [1 - 1e-12, 1.0]]])
        rest = conditional(thin, [0], [2.0])
        assert rest.means[0, 0] == pytest.approx(2) and 0 < rest.covariances[0, 0, 0] < 1e-11

    @pytest.mark.parametrize(
        ("known", "values", "message"),
        [
            ([2], [1.0], "known must hold features from 0 to 1, each once"),
            ([0, 0], [1.0, 1.0], "each once"),
            ([0, 1], [1.0, 1.0], "known must leave a feature"),
            ([0.5], [1.0], "known must hold features"),
            ([0], [1.0, 2.0], "values must have 1 entries"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, known, values, message):
        with pytest.raises(ValueError, match=message):
            conditional(GEYSER, known, values)


class TestFillIn:
    HOLES = np.array([[3.0, np.nan], [np.nan, 60.0], [2.0, 50.0], [np.nan, np.nan]])

    def test_the_mean_is_put_in_the_holes_and_nowhere_else(self):
        before = self.HOLES.copy()
        full = fill_in(self.HOLES, GEYSER)
        np.testing.assert_array_equal(self.HOLES, before)
        seen = ~np.isnan(before)
        np.testing.assert_array_equal(full[seen], before[seen])
        rest = conditional(GEYSER, [0], [3.0])
        assert full[0, 1] == pytest.approx(rest.weights @ rest.means[:, 0])
        np.testing.assert_allclose(full[3], GEYSER.weights @ GEYSER.means)

    def test_draws_have_the_mean_and_the_spread_of_the_conditional(self):
        holes = np.tile([3.0, np.nan], (4000, 1))
        waits = fill_in(holes, GEYSER, np.random.default_rng(0))[:, 1]
        rest = conditional(GEYSER, [0], [3.0])
        mean = rest.weights @ rest.means[:, 0]
        variance = rest.weights @ (rest.covariances[:, 0, 0] + rest.means[:, 0] ** 2) - mean**2
        assert waits.mean() == pytest.approx(mean, abs=0.4)
        assert waits.std() == pytest.approx(np.sqrt(variance), rel=0.04)

    def test_infinity_is_no_hole(self):
        with pytest.raises(ValueError, match="X must be finite"):
            fill_in([[np.inf, np.nan]], GEYSER)


class TestOutlierThreshold:
    def test_of_nineteen_points_the_lowest(self):
        X = GEYSER.sample(19, np.random.default_rng(0))[0]
        assert outlier_threshold(X, GEYSER, 0.05) == GEYSER.log_density(X).min()

    @pytest.mark.parametrize(("n", "share"), [(19, 0.05), (79, 0.05), (50, 0.1), (99, 0.29)])
    def test_false_alarms_are_r_in_n_plus_1_for_any_mixture(self, n, share):
        """Also for one that has nothing to do with the points; 3 standard errors of 600 samples of 200."""
        rng, wrong = np.random.default_rng(n), Mixture([1.0], [[3.0, 60.0]], [np.diag([4.0, 900.0])])
        rings = []
        for _ in range(600):
            X = GEYSER.sample(n + 200, rng)[0]
            rings.append(np.mean(wrong.log_density(X[n:]) < outlier_threshold(X[:n], wrong, share)))
        expected = np.floor(share * (n + 1) + 1e-9) / (n + 1)
        assert expected <= share + 1e-9
        assert np.mean(rings) == pytest.approx(expected, abs=3 * np.std(rings) / np.sqrt(600))

    @pytest.mark.parametrize(("n", "share"), [(19, 0.05), (79, 0.05), (399, 0.01)])
    def test_what_one_set_keeps_is_a_draw_from_a_beta_distribution(self, n, share):
        """Drawn evenly from 0 to 1, the r-th smallest of n has this distribution; its mean is r / (n + 1)."""
        r = int(share * (n + 1))
        rates = np.sort(np.random.default_rng(n).random((4000, n)))[:, r - 1]
        low, high = stats.beta.ppf([0.025, 0.975], r, n + 1 - r)
        np.testing.assert_allclose(np.quantile(rates, [0.025, 0.975]), [low, high], rtol=0.25, atol=0.001)
        assert rates.mean() == pytest.approx(share, rel=0.03)

    def test_rounding_takes_no_rank_away(self):
        X = GEYSER.sample(99, np.random.default_rng(1))[0]
        assert 0.29 * 100 < 29
        assert outlier_threshold(X, GEYSER, 0.29) == np.sort(GEYSER.log_density(X))[28]

    def test_too_few_points_are_refused(self):
        X = GEYSER.sample(18, np.random.default_rng(0))[0]
        with pytest.raises(ValueError, match=r"at least 19 points for a share of 0\.05; it has 18"):
            outlier_threshold(X, GEYSER, 0.05)


def test_a_line_by_numpy_is_scikit_learns_regression():
    x, y = datasets.old_faithful().T
    line = np.polynomial.Polynomial.fit(x, y, 1)
    np.testing.assert_allclose(line(x), LinearRegression().fit(x[:, None], y).predict(x[:, None]), rtol=1e-12)


def test_one_ellipse_a_class_is_qda():
    """Its covariances divide by one less; of the 342 penguins that moves at most one."""
    X, species = datasets.penguins()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    mixtures = [initialization.kmeans(X[species == c], 1, np.random.default_rng(0)) for c in range(3)]
    scores = np.log(np.bincount(species)) + np.transpose([m.log_density(X) for m in mixtures])
    qda = QuadraticDiscriminantAnalysis().fit(X, species).predict(X)
    assert np.sum(scores.argmax(axis=1) != qda) <= 1


def test_a_predictive_check_of_mean_and_covariance_cannot_fail():
    """An M-step gives the mixture the data's own mean and covariance, whatever the start."""
    X = datasets.old_faithful()
    start = Mixture([0.5, 0.5], [[1.0, 90.0], [5.0, 50.0]], [np.diag([0.5, 90.0])] * 2)
    mixture = fit(X, start, max_iter=1, tol=0).mixture
    mean, away = mixture.weights @ mixture.means, mixture.means - mixture.weights @ mixture.means
    covariance = np.einsum("k,kij->ij", mixture.weights, mixture.covariances)
    covariance += np.einsum("k,ki,kj->ij", mixture.weights, away, away)
    np.testing.assert_allclose(mean, X.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(covariance, np.cov(X.T, bias=True), rtol=1e-10)


def test_left_out_one_by_one_the_mixture_misses_one_penguin_more_than_qda():
    X, species = datasets.penguins()
    X, chinstrap = (X - X.mean(axis=0)) / X.std(axis=0), species == 1
    missed = [[], []]
    for i in np.flatnonzero(species != 2):  # nobody misses a Gentoo
        keep = np.arange(len(X)) != i
        for ks, those in zip(([1, 1], [2, 1]), missed, strict=True):
            scores = []
            for c, k in enumerate(ks):
                own = X[keep & (chinstrap == c)]
                starts = [initialization.kmeans(own, k, np.random.default_rng(0), ridge=1e-3)]
                mixture = best_of(own, starts, ridge=1e-3).mixture
                scores.append(np.log(len(own)) + mixture.log_density(X[[i]])[0])
            if np.argmax(scores) != chinstrap[i]:
                those.append(int(i))
    by_qda, by_mixture = map(set, missed)
    assert len(by_qda) == 3 and by_qda < by_mixture and by_mixture - by_qda == {128}


class TestPictures:
    X = datasets.old_faithful()

    def test_the_bells_say_weights_and_means(self):
        picture = plots.conditional_bells(GEYSER, 3.0)
        rest = conditional(GEYSER, [0], [3.0])
        for weight, mean in zip(rest.weights, rest.means[:, 0], strict=True):
            assert f"{weight:.2f} at {mean:.1f} minutes" in picture.caption

    def test_false_alarms_say_the_ends(self):
        shares = {"a": np.array([[0.05, 0.1], [0.07, 0.2]]), "b": np.array([[0.04, 0.05], [0.06, 0.05]])}
        caption = plots.false_alarms((1, 8), 0.05, shares).caption
        assert "6.0 to 15.0 % with a" in caption and "5.0 to 5.0 % with b" in caption
        assert "ribbons are one standard deviation" in caption

    def test_filled_waits_say_their_spread(self):
        gone = np.arange(272) % 3 == 0
        full = self.X.copy()
        full[gone, 1] = 70.0
        assert "sd 0.00" in plots.filled_pair(self.X, gone, {"flat": full, "true": self.X}).caption

    def test_gains_say_their_means(self):
        pairs = np.array([[0.1, 2.0], [0.3, 4.0]])
        assert "one 0.20 nats and +3.0 birds" in plots.gains({"one": pairs, "two": pairs}).caption

    def test_waits_in_a_row_say_their_correlation(self):
        caption = plots.in_a_row({"geyser": self.X, "sorted": np.sort(self.X, axis=0)}).caption
        assert "geyser -0.54" in caption and "sorted 1.00" in caption

    def test_the_band_of_a_line_is_as_wide_as_it_says(self):
        x, y = self.X.T
        sd = (y - np.polyval(np.polyfit(x, y, 1), x)).std(ddof=2)
        assert f"{2 * 1.645 * sd:.1f} minutes wide on the left" in plots.two_forecasts(self.X, GEYSER).caption
