"""What lesson 00 claims: when the curve climbs, where three ellipses get stuck, and which drag frees them."""

import numpy as np
import pytest

from gmmlesson import Mixture, datasets, fit, fit_many, plots
from gmmlesson.explorer import EMExplorer

CENTERS = np.array([[0.0, 0.0], [8.0, 0.0], [4.0, 7.0]])


@pytest.fixture(scope="module")
def blobs():
    return CENTERS.repeat(100, axis=0) + np.random.default_rng(1).standard_normal((300, 2))


@pytest.fixture(scope="module")
def stuck(blobs):
    explorer = EMExplorer(blobs, 3, seed=15)
    explorer.play(100, pause=0)
    return explorer.fit


def test_the_gain_is_largest_again_where_the_ellipses_part():
    X = datasets.old_faithful()
    explorer = EMExplorer(X, 2, seed=8)
    explorer.play(100, pause=0)
    run = explorer.fit
    mixed = [(mixture.responsibilities(X).max(axis=1) < 0.9).sum() for mixture in run.mixtures]
    gains = np.diff(run.log_likelihoods)
    assert (gains > 0).all() and gains[1] < 10 < 50 < min(gains[3], gains[4])
    assert mixed[2] > 80 and mixed[5] < 5
    sentence = plots.rounds(run.log_likelihoods, (1, 2)).caption
    assert sentence.endswith("in 12 rounds, and falls in none; rounds 1, 5 and 4 gain most.")
    sentence = plots.one_round(X, run).caption
    assert sentence.endswith("blue's center at 2.0 and 54.5 minutes, orange's at 4.3 and 80.0 minutes.")
    sentence = plots.rounds(run.log_likelihoods[::-1], ()).caption
    assert "falls in 12;" in sentence


def test_no_small_change_of_the_stuck_mixture_is_better(blobs, stuck):
    """Of the centers as in the lesson; and of weights and shapes too."""
    end, rng = fit(blobs, stuck.mixture).mixture, np.random.default_rng(1)
    here = end.log_likelihood(blobs)
    for size in (0.01, 0.1):
        for _ in range(100):
            weights = end.weights * np.exp(size * rng.standard_normal(3))
            means = end.means + size * rng.standard_normal((3, 2))
            L = end.cholesky + size * np.tril(rng.standard_normal((3, 2, 2)))
            assert Mixture(weights / weights.sum(), means, L @ L.swapaxes(1, 2)).log_likelihood(blobs) < here


def test_blue_is_freed_only_on_the_blob_in_which_it_has_no_part(blobs, stuck):
    end, freed = stuck.mixture, {}
    for place, center in zip(["to the lower left", "to the lower right", "to the top"], CENTERS, strict=True):
        dragged = Mixture(end.weights, [center, *end.means[1:]], end.covariances)
        freed[place] = fit(blobs, dragged)
    picture = plots.dragged_to_each(blobs, freed)
    fig, sentence = picture.figure, picture.caption
    assert [ax.get_title(loc="left") for ax in fig.axes[:3]] == [f"Blue {place}" for place in freed]
    ends = [ax.get_title(loc="left") for ax in fig.axes[3:]]
    assert ends == ["EM ends at −1343.3", "EM ends at −1141.5", "EM ends at −1343.3"]
    assert "to the lower right, EM ends at -1141.5; to the top, EM ends at -1343.3." in sentence
    nearest = np.linalg.norm(freed["to the lower right"].mixture.means[:, None] - CENTERS, axis=2)
    assert (nearest.min(axis=0) < 0.3).all()  # one ellipse on each blob
    sentence = plots.start_and_end(blobs, stuck).caption
    assert "after 48 rounds" in sentence and "centers (1.6, 3.2), (6.3, 3.4), (3.0, -0.1)." in sentence


def test_two_ellipses_in_one_place_stay_together_unless_one_is_shifted():
    X = datasets.old_faithful()
    center, shape = X.mean(axis=0), np.cov(X.T, bias=True)
    for shift, rounds, end in ((0, 1, -1289.8), (0.01, 56, -1130.3)):
        run = fit(X, Mixture([0.5, 0.5], [center, center + np.array([shift, 0])], [shape, shape]))
        assert run.n_iter == rounds and run.log_likelihoods[-1] == pytest.approx(end, abs=0.05)


def test_the_watershed_runs_through_two_of_the_blobs(blobs, stuck):
    end = stuck.mixture

    def dropped(place):
        return Mixture(end.weights, [place, *end.means[1:]], end.covariances)

    runs = fit_many(blobs, [dropped(point) for point in blobs])
    free = np.array([run.log_likelihoods[-1] for run in runs]) > -1142
    shares = free.reshape(3, 100).sum(axis=1)
    assert 25 < shares[0] < 45 and shares[1] == 100 and 55 < shares[2] < 75
    ends = [fit(blobs, dropped(place)).log_likelihoods[-1] for place in ([4.0, 7.0], [4.2, 7.0])]
    assert np.round(ends, 1).tolist() == [-1343.3, -1141.5]


def test_the_map_counts_its_places(blobs, stuck):
    end = stuck.mixture
    places = [(x, y) for y in (0.0, 7.0, 9.9) for x in (-2.9, 0.0, 8.0)]
    starts = [Mixture(end.weights, [place, *end.means[1:]], end.covariances) for place in places]
    runs = fit_many(blobs, starts)
    picture = plots.watershed(blobs, end, places, runs)
    assert picture.caption.startswith("A map of 9 places to drop blue")
    ends = [run.log_likelihoods[-1] if hasattr(run, "log_likelihoods") else -np.inf for run in runs]
    free, back = np.mean(np.array(ends) > -1142), np.mean(np.abs(np.array(ends) + 1343.3) < 1)
    assert f"From {free:.0%} of the places EM comes free (white), from {back:.0%} it goes" in picture.caption
