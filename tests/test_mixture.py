"""Mixture: densities against SciPy, criteria by hand and against scikit-learn, sampling; it cannot change."""

import copy
import dataclasses
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from gmmlesson import Mixture, datasets, e_step, fit, fit_blocks, m_step, online
from gmmlesson.families import FAMILIES
from gmmlesson.initialization import from_labels, kmeans, kmeans_plus_plus, random_points
from gmmlesson.linear_algebra import cholesky
from gmmlesson.matching import align
from gmmlesson.mixture import log_sum_exp
from strategies import mixtures, random_mixture, seeds

STANDARD = Mixture([1.0], [[0.0]], [[[1.0]]])  # N(0, 1)
PAIR = Mixture([0.25, 0.75], [[0.0, 0.0], [3.0, 1.0]], [np.eye(2), [[2.0, 0.5], [0.5, 1.0]]])


@given(mixtures(), seeds)
def test_log_joint_is_log_weight_plus_scipys_logpdf(mixture, seed):
    X, _ = mixture.sample(10, np.random.default_rng(seed))
    expected = [
        np.log(weight) + multivariate_normal(mean, covariance, allow_singular=False).logpdf(X)
        for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    ]
    expected = np.reshape(expected, (mixture.k, len(X))).T
    np.testing.assert_allclose(mixture.log_joint(X), expected, rtol=1e-8, atol=1e-7)


@given(mixtures(), seeds)
def test_density_responsibilities_and_labels_follow_from_log_joint(mixture, seed):
    X, _ = mixture.sample(10, np.random.default_rng(seed))
    log_joint = mixture.log_joint(X)
    responsibilities = mixture.responsibilities(X)
    np.testing.assert_allclose(mixture.log_density(X), logsumexp(log_joint, axis=1), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(responsibilities.sum(axis=1), 1, rtol=0, atol=1e-13)
    expected = np.exp(log_joint - logsumexp(log_joint, axis=1)[:, None])
    np.testing.assert_allclose(responsibilities, expected, rtol=1e-11)
    np.testing.assert_array_equal(mixture.predict(X), responsibilities.argmax(axis=1))
    assert mixture.log_likelihood(X) == mixture.log_density(X).sum()
    weight = np.arange(10.0)
    weighted = (weight * mixture.log_density(X)).sum()
    assert mixture.log_likelihood(X, weight) == pytest.approx(weighted, rel=1e-13, abs=1e-11)


def test_responsibilities_by_hand():
    """Twice as busy at 0 as at 3, both with standard deviation 1. At 2: 2 exp(-2) to exp(-1/2)."""
    mixture = Mixture([2 / 3, 1 / 3], [[0.0], [3.0]], [[[1.0]], [[1.0]]])
    left = 1 / (1 + np.exp(1.5) / 2)
    np.testing.assert_allclose(mixture.responsibilities([[2.0]]), [[left, 1 - left]], rtol=1e-14)
    coin_toss = (9 / 2 + np.log(2)) / 3
    np.testing.assert_allclose(mixture.responsibilities([[coin_toss]]), [[0.5, 0.5]], rtol=1e-14)
    assert mixture.predict([[1.7], [1.8]]).tolist() == [0, 1]


def test_the_density_integrates_to_one_and_may_exceed_one():
    narrow = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1e-4]], [[0.01]]])
    grid = np.linspace(-1, 2, 300_001)[:, None]
    density = np.exp(narrow.log_density(grid))
    assert density.max() > 1
    assert np.trapezoid(density, grid[:, 0]) == pytest.approx(1, abs=1e-9)


class TestFarAway:
    """Where densities are 0.0 in 64-bit numbers, their logarithms still tell whose point it is."""

    def test_a_point_millions_of_standard_deviations_away(self):
        mixture = Mixture([0.5, 0.5], [[0.0], [3.0]], [[[1.0]], [[1.0]]])
        responsibilities = mixture.responsibilities([[45.0], [1e6], [-1e6]])
        np.testing.assert_allclose(responsibilities, [[0, 1], [0, 1], [1, 0]], atol=1e-12)
        assert mixture.log_density([[1e6]])[0] == pytest.approx(-0.5 * (1e6 - 3) ** 2, rel=1e-10)

    @pytest.mark.parametrize("far", [1e5, 1e7, 1e8, 1e100])
    def test_halfway_between_two_far_components(self, far):
        mixture = Mixture([0.5, 0.5], [[-far], [far]], [[[1.0]], [[1.0]]])
        np.testing.assert_array_equal(mixture.responsibilities([[0.0]]), [[0.5, 0.5]])
        np.testing.assert_array_equal(e_step([[0.0]], mixture)[0], [[0.5, 0.5]])

    def test_as_far_as_it_goes(self):
        mixture = Mixture([0.5, 0.5], [[0.0], [1e148]], [[[1.0]], [[1.0]]])
        np.testing.assert_array_equal(mixture.responsibilities([[1e149]]), [[0, 1]])

    def test_one_component_out_of_reach_and_one_near(self):
        mixture = Mixture([0.5, 0.5], [[1e150], [0.0]], [[[1e-30]], [[1.0]]])
        np.testing.assert_array_equal(mixture.responsibilities([[0.0]]), [[0, 1]])

    def test_typical_points_in_600_dimensions(self):
        rng = np.random.default_rng(0)
        mixture = Mixture([0.5, 0.5], [np.zeros(600), np.ones(600)], np.tile(np.eye(600), (2, 1, 1)))
        X = rng.standard_normal((3, 600))
        assert (np.exp(mixture.log_density(X)) == 0).all()
        np.testing.assert_allclose(mixture.responsibilities(X), [[1, 0]] * 3, atol=1e-12)


@given(st.lists(st.lists(st.floats(-1e5, 1e5), min_size=3, max_size=3), min_size=1, max_size=5))
def test_log_sum_exp_is_scipys(rows):
    np.testing.assert_allclose(log_sum_exp(np.array(rows)), logsumexp(rows, axis=1), rtol=1e-13, atol=1e-13)


def test_log_sum_exp_neither_overflows_nor_underflows():
    values = np.array([[1000.0, 1000.0], [-1000.0, -1000.0], [1000.0, -np.inf], [-1000.0, 1000.0]])
    expected = [1000 + np.log(2), -1000 + np.log(2), 1000, 1000]
    np.testing.assert_allclose(log_sum_exp(values), expected, rtol=1e-15)


@given(mixtures(), seeds)
def test_a_linear_map_divides_the_density_by_its_determinant(mixture, seed):
    rng = np.random.default_rng(seed)
    X, _ = mixture.sample(5, rng)
    A = rng.standard_normal((mixture.d, mixture.d)) + 3 * np.eye(mixture.d)
    mapped = Mixture(mixture.weights, mixture.means @ A.T, A @ mixture.covariances @ A.T)
    expected = mixture.log_density(X) - np.linalg.slogdet(A)[1]
    # offsets of 1e6 standard deviations leave ten digits, and A loses some of them
    np.testing.assert_allclose(mapped.log_density(X @ A.T), expected, rtol=0, atol=1e-4)


class TestSample:
    def test_moments_and_shares(self):
        n = 200_000
        X, labels = PAIR.sample(n, np.random.default_rng(0))
        assert X.shape == (n, 2)
        assert labels.shape == (n,)
        for j in range(2):
            mine = X[labels == j]
            assert len(mine) / n == pytest.approx(PAIR.weights[j], abs=5 * np.sqrt(0.25 / n))
            np.testing.assert_allclose(mine.mean(axis=0), PAIR.means[j], atol=5 * np.sqrt(2 / len(mine)))
            np.testing.assert_allclose(np.cov(mine.T), PAIR.covariances[j], atol=5 * 3 / np.sqrt(len(mine)))

    def test_its_points_have_the_density(self):
        """The mean of -log p over samples is the entropy: for N(0, 1), log(2 pi e) / 2."""
        X, _ = STANDARD.sample(100_000, np.random.default_rng(1))
        assert -STANDARD.log_likelihood(X) / len(X) == pytest.approx(0.5 * np.log(2 * np.pi * np.e), abs=0.01)

    @pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
    def test_any_rng_and_the_same_seed_gives_the_same_points(self, make):
        X, labels = PAIR.sample(50, make(7))
        again, labels_again = PAIR.sample(50, make(7))
        np.testing.assert_array_equal(X, again)
        np.testing.assert_array_equal(labels, labels_again)

    def test_successive_draws_differ_and_the_global_state_is_left_alone(self):
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        rng = np.random.default_rng(0)
        assert not np.array_equal(PAIR.sample(5, rng)[0], PAIR.sample(5, rng)[0])
        np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002

    def test_weights_that_sum_to_one_up_to_rounding(self):
        weights = np.array([0.5, 0.5 + 0.99e-8])
        Mixture(weights, [[0.0], [1.0]], [[[1.0]], [[1.0]]]).sample(3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("full", 3 + 12 + 4 * 6),
        ("tied", 3 + 12 + 6),
        ("diag", 3 + 12 + 4 * 3),
        ("spherical", 3 + 12 + 4),
        ("tied_diag", 3 + 12 + 3),
        ("tied_spherical", 3 + 12 + 1),
    ],
)
@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_parameters_of_four_components_in_three_dimensions(family, expected, ridge):
    rng = np.random.default_rng(0)
    X, labels = random_mixture(rng, 4, 3).sample(200, rng)
    mixture = from_labels(X, labels, family=family, ridge=ridge)
    assert mixture.n_parameters == expected
    fitted = fit(X, mixture, family=family, ridge=ridge, max_iter=3).mixture
    assert fitted.n_parameters == expected


def test_parameters_of_one_dimension_and_of_one_component():
    line = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[2.0]]])
    assert line.n_parameters == 1 + 2 + 2
    assert Mixture(line.weights, line.means, [[[1.0]], [[1.0]]]).n_parameters == 1 + 2 + 1
    assert STANDARD.n_parameters == 2
    assert Mixture([1.0], [[0.0, 0.0]], [[[2.0, 1.0], [1.0, 2.0]]]).n_parameters == 2 + 3
    assert Mixture([1.0], [[0.0, 0.0]], [np.eye(2)]).n_parameters == 2 + 1


def test_whoever_knows_the_family_says_so_and_it_is_counted():
    circle = [[0.0, 0.0]], [np.eye(2)]
    for family, expected in {"full": 2 + 3, "diag": 2 + 2, "spherical": 2 + 1, "tied": 2 + 3}.items():
        mixture = Mixture([1.0], *circle, family)
        assert mixture.n_parameters == expected
        assert mixture.bic([[0.0, 1.0]] * 5) == pytest.approx(
            expected * np.log(5) - 2 * mixture.log_likelihood([[0.0, 1.0]] * 5)
        )
        assert pickle.loads(pickle.dumps(mixture)).family == copy.copy(mixture).family == family
        assert align(mixture, mixture).family == family


@pytest.mark.parametrize("family", FAMILIES)
def test_every_fit_knows_its_family(family):
    X = np.array([[a, b] for a in (-1.0, 0, 1) for b in (-1.0, 0, 1)] * 10)  # whose covariance is a circle
    start = random_points(X, 2, np.random.default_rng(0))
    runs = [
        fit(X, start, family=family, max_iter=2),
        fit(X, start, family=family, max_iter=2, engine="textbook"),
        fit(X, start, family=family, max_iter=2, accelerate=True),
        fit_blocks([X], start, family=family, max_iter=2),
    ]
    for run in runs:
        assert [mixture.family for mixture in run.mixtures] == [family] * 3
    assert online([X], start, family=family, batch=30).family == family
    for begin in (random_points, kmeans, kmeans_plus_plus):
        assert begin(X, 2, np.random.default_rng(0), family=family).family == family
    assert m_step(X, start.responsibilities(X), family=family).family == family


def test_covariances_must_be_of_the_family_that_is_named():
    tilted = [np.array([[2.0, 1.0], [1.0, 2.0]])]
    for family in ("diag", "spherical", "tied_diag"):
        with pytest.raises(ValueError, match=f"covariances must be of the family '{family}'"):
            Mixture([1.0], [[0.0, 0.0]], tilted, family)
    with pytest.raises(ValueError, match="of the family 'tied'"):
        Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[2.0]]], "tied")
    with pytest.raises(ValueError, match="family must be one of full"):
        Mixture([1.0], [[0.0, 0.0]], tilted, "oval")


@pytest.mark.parametrize("family", FAMILIES)
def test_projected(family):
    mixture = random_mixture(np.random.default_rng(0), 3, 2)
    projected = mixture.projected(family)
    assert projected.family == family and projected.projected(family) is projected
    np.testing.assert_array_equal(
        projected.covariances, FAMILIES[family](mixture.covariances, mixture.weights)
    )
    unnamed = Mixture(projected.weights, projected.means, projected.covariances)
    np.testing.assert_array_equal(unnamed.projected(family).covariances, projected.covariances)


def test_what_is_said_of_many_points_takes_little_memory():
    """Deviations from every mean at once would be 30 times the data."""
    rng = np.random.default_rng(0)
    X, mixture = rng.normal(size=(50_000, 5)), random_mixture(rng, 10, 5)
    mixture.predict(X[:10])  # factors and imports are made once
    for ask, most in ((mixture.predict, 2), (mixture.log_density, 2), (mixture.responsibilities, 6)):
        tracemalloc.start()
        ask(X)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < most * X.nbytes
    np.testing.assert_array_equal(mixture.predict(X), mixture.log_joint(X).argmax(axis=1))
    np.testing.assert_allclose(mixture.responsibilities(X).sum(axis=1), 1, rtol=1e-12)


class TestCriteria:
    def test_by_hand(self):
        """N(0, 1) at -1, 0, 1 and 2: two parameters, log-likelihood -2 log(2 pi) - (1 + 0 + 1 + 4) / 2."""
        X = [[-1.0], [0.0], [1.0], [2.0]]
        log_likelihood = -2 * np.log(2 * np.pi) - 3
        assert STANDARD.log_likelihood(X) == pytest.approx(log_likelihood, rel=1e-14)
        assert STANDARD.aic(X) == pytest.approx(4 - 2 * log_likelihood, rel=1e-14)
        assert STANDARD.bic(X) == pytest.approx(2 * np.log(4) - 2 * log_likelihood, rel=1e-14)
        assert STANDARD.icl(X) == STANDARD.bic(X)  # one component: nothing is undecided

    def test_icl_charges_for_undecided_points(self):
        X = datasets.old_faithful()
        mixture = from_labels(X, (X[:, 0] > 3).astype(int))
        price = -2 * np.log(mixture.responsibilities(X).max(axis=1)).sum()
        assert price > 0.1
        assert mixture.icl(X) == pytest.approx(mixture.bic(X) + price, rel=1e-12)
        apart = Mixture([0.5, 0.5], [[0.0], [1000.0]], [[[1.0]], [[1.0]]])
        assert apart.icl([[0.0], [1000.0]]) == apart.bic([[0.0], [1000.0]])
        undecided = Mixture([0.5, 0.5], [[0.0], [0.0]], [[[1.0]], [[1.0]]])
        assert undecided.icl([[0.0], [1.0]]) == pytest.approx(undecided.bic([[0.0], [1.0]]) + 4 * np.log(2))

    @pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
    def test_bic_and_aic_are_scikit_learns(self, family):
        X = datasets.old_faithful()
        reference = GaussianMixture(3, covariance_type=family, random_state=0).fit(X)
        mixture = as_mixture(reference)
        assert mixture.log_likelihood(X) == pytest.approx(reference.score(X) * len(X), rel=1e-12)
        assert mixture.bic(X) == pytest.approx(reference.bic(X), rel=1e-12)
        assert mixture.aic(X) == pytest.approx(reference.aic(X), rel=1e-12)

    def test_they_are_plain_numbers(self):
        X = [[0.0], [1.0]]
        for value in (STANDARD.bic(X), STANDARD.aic(X), STANDARD.icl(X), STANDARD.log_likelihood(X)):
            assert type(value) is float


def as_mixture(reference):
    """A scikit-learn GaussianMixture as a Mixture."""
    (k, d), covariances = reference.means_.shape, reference.covariances_
    expand = {
        "full": lambda: covariances,
        "tied": lambda: np.tile(covariances, (k, 1, 1)),
        "diag": lambda: covariances[:, :, None] * np.eye(d),
        "spherical": lambda: covariances[:, None, None] * np.eye(d),
    }
    return Mixture(reference.weights_, reference.means_, expand[reference.covariance_type]())


class TestFrozen:
    def test_attributes_and_arrays_cannot_be_changed(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            PAIR.weights = np.array([0.5, 0.5])
        for array in (PAIR.weights, PAIR.means, PAIR.covariances):
            assert array.dtype == np.float64
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0.0

    def test_it_keeps_copies(self):
        weights, means, covariances = np.array([0.5, 0.5]), np.zeros((2, 1)), np.ones((2, 1, 1))
        mixture = Mixture(weights, means, covariances)
        weights[0], means[0], covariances[0] = 0.1, 9.0, 9.0
        np.testing.assert_array_equal(mixture.weights, [0.5, 0.5])
        np.testing.assert_array_equal(mixture.means, np.zeros((2, 1)))
        np.testing.assert_array_equal(mixture.covariances, np.ones((2, 1, 1)))

    @pytest.mark.parametrize(
        "clone", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), dataclasses.replace]
    )
    def test_copies_and_pickles_are_equal_and_read_only(self, clone):
        mixture = clone(PAIR)
        X = [[0.0, 1.0], [2.0, 3.0]]
        stored, derived = ("weights", "means", "covariances"), ("whitening", "precisions", "log_peaks")
        for name in (*stored, "cholesky", *derived):
            np.testing.assert_array_equal(getattr(mixture, name), getattr(PAIR, name))
            assert not getattr(mixture, name).flags.writeable
        np.testing.assert_array_equal(mixture.log_joint(X), PAIR.log_joint(X))

    def test_replace_validates(self):
        with pytest.raises(ValueError, match="weights must sum to 1"):
            dataclasses.replace(PAIR, weights=[1.0, 1.0])

    def test_repr(self):
        assert repr(PAIR) == "Mixture(k=2, d=2, weights=[0.25, 0.75])"


class Frame:
    """What a data frame looks like to NumPy."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


@pytest.mark.parametrize(
    "convert",
    [
        np.ndarray.tolist,
        np.asfortranarray,
        Frame,
        lambda X: X.astype(np.float32),
        lambda X: X.astype(int),
        lambda X: np.repeat(X, 2, axis=0)[::2],
        lambda X: X.astype(np.longdouble),
        lambda X: X.astype(">f8"),
    ],
)
def test_anything_that_holds_numbers_is_data(convert):
    X = np.array([[0.0, 1.0], [2.0, 3.0], [5.0, -1.0]])
    np.testing.assert_array_equal(PAIR.log_joint(convert(X)), PAIR.log_joint(X))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_families_of_a_mixture_are_positive_definite(family):
    rng = np.random.default_rng(0)
    assert np.linalg.eigvalsh(random_mixture(rng, 3, 4, family=family).covariances).min() > 0


def test_a_failure_that_numpy_does_not_tell_is_told(monkeypatch):
    """WebAssembly, under Python in a browser, has no floating-point flags: NumPy returns nan there."""
    really = np.linalg.cholesky

    def silent(matrices):
        try:
            return really(matrices)
        except np.linalg.LinAlgError:
            return np.full(np.shape(matrices), np.nan)

    monkeypatch.setattr(np.linalg, "cholesky", silent)
    with pytest.raises(ValueError, match=r"positive definite; component 1 .* has the eigenvalue -1\."):
        Mixture([0.5, 0.5], np.zeros((2, 2)), [np.eye(2), [[1.0, 2.0], [2.0, 1.0]]])
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        cholesky(np.zeros((2, 2)))
    assert np.array_equal(cholesky(4 * np.eye(2)), 2 * np.eye(2))
