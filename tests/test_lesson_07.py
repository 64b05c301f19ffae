"""What lesson 07 says about the criteria, as properties of the package."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from gmmlesson import Mixture, fit
from gmmlesson.datasets import old_faithful
from gmmlesson.families import FAMILIES
from gmmlesson.plots import selection as pictures
from gmmlesson.selection import select


@pytest.fixture(scope="module")
def faithful():
    return select(old_faithful(), np.random.default_rng(4), n_starts=20)


@pytest.fixture(scope="module")
def degenerate():
    """80 points of one round Gaussian in 50 dimensions."""
    X = np.random.default_rng(0).normal(size=(80, 50))
    families = ["full", "spherical"]
    rng = np.random.default_rng(0)
    return select(X, rng, families=families, ks=[1, 2, 3], n_starts=10, folds=4, ridge=1e-6)


def test_a_component_cut_in_two_halves_changes_no_likelihood():
    rng = np.random.default_rng(1)
    for family in FAMILIES.values():
        weights = rng.dirichlet(np.ones(3))
        A = rng.normal(size=(3, 2, 4))
        mixture = Mixture(weights, rng.normal(size=(3, 2)), family(A @ A.swapaxes(1, 2), weights))
        cut = [0, 0, 1, 2]
        halves = Mixture(
            mixture.weights[cut] * [0.5, 0.5, 1, 1], mixture.means[cut], mixture.covariances[cut]
        )
        X, _ = mixture.sample(50, rng)
        assert halves.log_likelihood(X) == pytest.approx(mixture.log_likelihood(X), rel=1e-12)


def test_the_optimism_is_about_one_nat_a_parameter():
    own, fresh = np.random.default_rng(0).normal(size=(2, 20_000, 100))
    mean, sd = own.mean(axis=1, keepdims=True), own.std(axis=1, keepdims=True)
    optimism = (norm.logpdf(own, mean, sd) - norm.logpdf(fresh, mean, sd)).sum(axis=1)
    exact = 2 * 100 / (100 - 3)  # for the mean and variance of n points: 2 n / (n - 3)
    error = optimism.std() / np.sqrt(len(optimism))
    assert abs(optimism.mean() - exact) < 4 * error


def test_three_tied_components_cost_what_two_full_ones_cost(faithful):
    candidates = {(one.family, one.k): one for one in faithful.candidates}
    assert candidates["tied", 3].n_parameters == candidates["full", 2].n_parameters == 11


def test_the_picture_of_the_prices_has_the_numbers_of_the_fits(faithful):
    for family, row in pictures.FAITHFUL.items():
        for k, (n_parameters, log_likelihood) in enumerate(row, 2):
            (one,) = [one for one in faithful.candidates if (one.family, one.k) == (family, k)]
            assert one.n_parameters == n_parameters
            assert one.log_likelihood == pytest.approx(log_likelihood, abs=2e-3)
    for price in np.arange(0, 8.05, 0.1):  # no price of the slider saves those that are not drawn
        found = max(faithful.candidates, key=lambda one: one.log_likelihood - price * one.n_parameters)
        assert found.k > 1 and found.family in pictures.FAITHFUL


@pytest.mark.parametrize(
    ("price", "winner"),
    [
        (0.0, "four full"), (1.0, "four full"), (1.4, "four full"), (1.5, "three full"), (1.9, "three full"),
        (2.0, "three tied"), (2.8, "three tied"), (4.6, "three tied"), (4.7, "two tied"), (8.0, "two tied"),
    ],
)  # fmt: skip
def test_the_winner_at_a_price(price, winner):
    assert f"{winner} components win" in pictures.price_of_a_parameter(price).caption


def test_the_winners_at_the_prices_of_aic_and_bic_are_theirs(faithful):
    assert (faithful.best("aic").family, faithful.best("aic").k) == ("full", 4)
    assert (faithful.best("bic").family, faithful.best("bic").k) == ("tied", 3)
    assert round(np.log(272) / 2, 1) == 2.8


def test_bic_takes_more_gaussians_for_one_skewed_cloud_the_more_points_it_has():
    taken = []
    for n in (50, 500, 5000):
        times = np.random.default_rng(0).gamma(3, size=(n, 1))
        one = select(times, np.random.default_rng(0), families=["full"], ks=range(1, 6), n_starts=1, tol=1e-6)
        taken.append((one.best("bic").k, one.best("icl").k))
    assert taken == [(2, 1), (3, 1), (4, 1)]


def test_in_many_dimensions_the_criteria_choose_what_points_left_out_refute(degenerate):
    for criterion in ("aic", "bic", "icl"):
        assert (degenerate.best(criterion).family, degenerate.best(criterion).k) == ("full", 3)
    assert degenerate.best("aic").held_out < -1e7
    right = degenerate.best("held_out")
    assert (right.family, right.k) == ("spherical", 1)
    assert degenerate.best("aic").aic < right.aic - 19_000
    assert right.held_out == pytest.approx(-25 * (np.log(2 * np.pi) + 1), abs=1)  # the entropy of the truth


def test_mclust_stops_where_its_rule_says_and_would_arrive_where_we_do():
    """mclust 6.0.0 prints 2314.316296, and 2314.295678 with emControl(tol=1e-12); the start is its own."""
    X = old_faithful()
    means = [[4.0975, 86.325], [2.0399, 54.5567], [4.3475, 78.0667]]
    start = Mixture(np.array([40, 97, 135]) / 272, means, [[[0.1288, 1.0464], [1.0464, 28.4085]]] * 3)
    values = fit(X, start, family="tied", tol=1e-10).log_likelihoods
    stop = np.argmax(np.diff(values) < 1e-5 * np.abs(values[1:])) + 1
    bic = 11 * np.log(272) - 2 * values
    assert bic[stop] == pytest.approx(2314.316296, abs=1e-4)
    assert bic[-1] == pytest.approx(2314.295678, abs=1e-5)


def test_with_one_start_a_poor_search_passes_for_a_good_judge():
    truth = Mixture([1 / 3] * 3, [[0, 0], [3, 0], [10, 0]], [np.eye(2)] * 3)
    quick = {"families": ["full"], "ks": range(1, 5), "tol": 1e-5}
    takes = {}
    for n_starts in (1, 20):
        for seed in range(10):
            rng = np.random.default_rng(seed)
            found = select(truth.sample(700, rng)[0], rng, n_starts=n_starts, **quick)
            for judge in ("aic", "bic", "icl"):
                takes.setdefault((judge, n_starts), []).append(found.best(judge).k)
    assert [takes[judge, 20].count(k) for judge, k in [("bic", 3), ("icl", 2), ("aic", 4)]] == [10, 10, 8]
    assert [takes[judge, 1].count(3) for judge in ("aic", "bic")] == [9, 9]


def test_the_pictures_say_what_they_show():
    many = [SimpleNamespace(k=k, aic=a, held_out=h) for k, a, h in [(1, 12.0, -80.0), (2, -10.0, -2.5e6)]]
    truth = SimpleNamespace(aic=11.0, held_out=-71.0)
    picture = pictures.aic_and_points_left_out(many, truth)
    assert picture.caption.endswith(
        "With 2 of them AIC is -10; points left out are at -2.5 million nats a point."
    )
    assert [ax.get_title("left") for ax in picture.figure.axes] == [
        "AIC: lower is better. Wonderful!", "Points left out: millions below"
    ]  # fmt: skip
    sober = [many[0], SimpleNamespace(k=2, aic=14.0, held_out=-150.0)]
    picture = pictures.aic_and_points_left_out(sober, truth)
    assert picture.caption.endswith("With 2 of them AIC is 14; points left out are at -150.0 nats a point.")
    titles = [ax.get_title("left") for ax in picture.figure.axes]
    assert titles == ["AIC: lower is better", "Points left out"]
    criteria = {"AIC": [9, 5, 3], "BIC": [9, 4, 6], "ICL": [9, 4, 6], "Held-out": [-3.0, -2.0, -2.5]}
    caption = pictures.four_criteria([1, 2, 3], criteria).caption
    assert caption.endswith("AIC 3, BIC 2, ICL 2, Held-out 2.")
    seen, unseen = [-5, -4, -3, -2, -1.0], [-5, -4.5, -4, -5, -6]
    caption = pictures.seen_and_unseen([1, 2, 3, 4, 5], seen, unseen, [0.1] * 5).caption
    assert "climb to -1.00 nats" in caption and "left out, in this cut, peak at 3 components" in caption
    assert "at 5 they are 2.00 ± 0.10 nats lower" in caption


def test_the_superfluous_component_is_the_smallest():
    X = np.array([[0.0, 0.0], [1.0, 0.2], [0.5, 3.0], [9.0, 9.0]])
    mixture = Mixture([0.75, 0.25], [[0.5, 1.0], [9.0, 9.0]], [np.eye(2), np.diag([0.01, 4.0])])
    picture = pictures.superfluous_component(X, mixture)
    assert "holds 1 points, and across it the standard deviation is 0.10" in picture.caption
    assert picture.figure.axes[0].get_title("left").startswith("The fourth component holds 1 of 4 points")


def test_families_side_by_side_tells_what_each_is_worth():
    X = np.arange(10.0).reshape(5, 2)
    one = Mixture([1.0], [[4.0, 5.0]], [8 * np.eye(2)])
    caption = pictures.families_side_by_side(X, dict.fromkeys(FAMILIES, one)).caption
    assert caption.endswith(f"tied_spherical {one.log_likelihood(X):.1f}.")


def test_small_samples_hide_the_third_component_from_bic():
    """Ten data sets of each size."""
    truth = Mixture([1 / 3] * 3, [[0, 0], [3, 0], [10, 0]], [np.eye(2)] * 3)
    options = {"families": ["full"], "ks": [2, 3, 4], "n_starts": 6, "tol": 1e-5}
    right = []
    for n in (100, 700):
        sets = (truth.sample(n, np.random.default_rng(seed))[0] for seed in range(10))
        found = [select(X, np.random.default_rng(0), **options) for X in sets]
        right.append(sum(one.best("bic").k == 3 for one in found))
    assert right[0] <= 3 and right[1] >= 8


def test_what_aic_takes_hangs_on_the_search_and_what_bic_takes_does_not():
    options = {"families": ["full"], "ks": range(1, 8), "n_starts": 20}
    found = [select(old_faithful(), np.random.default_rng(seed), **options) for seed in (0, 4, 5)]
    assert [one.best("aic").k for one in found] == [7, 6, 5]
    assert {one.best(judge).k for one in found for judge in ("bic", "icl")} == {2}


def test_pictures_of_mixtures_count_what_they_draw():
    two = Mixture([0.5, 0.5], [[4.0, 80.0], [2.0, 55.0]], [np.diag([0.1, 30.0])] * 2)
    caption = pictures.side_by_side(old_faithful(), [two, two], ["left", "right"]).caption
    assert caption.endswith("side by side, with 2 ellipses (left) and 2 ellipses (right).")
    line = Mixture([0.5, 0.5], [[1.0], [4.0]], np.ones((2, 1, 1)))
    caption = pictures.points_and_components(np.arange(2000.0)[:, None] / 500, line).caption
    assert caption.startswith("A histogram of 2,000 points") and "2 Gaussians side by side" in caption
