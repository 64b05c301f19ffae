"""What lesson 10 claims: parity on three real data sets, a photograph, units, starts, a typing error."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, load_sample_image
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from gmmlesson import (
    EMGaussianMixture,
    Mixture,
    datasets,
    e_step,
    fit,
    initialization,
    iterate,
    m_step,
    plots,
    sliders,
)
from gmmlesson.collapse import CollapsedComponent
from gmmlesson.exercises.lesson_10 import sklearn_start, unscale

DATA = {"old faithful": 2, "iris": 3, "penguins": 3}
FAMILIES = ["full", "tied", "diag", "spherical"]


def data(name):
    if name == "iris":
        return load_iris().data
    return datasets.old_faithful() if name == "old faithful" else datasets.penguins()[0]


def theirs(start, family="full", **options):
    inits = sklearn_start(start, family)
    return GaussianMixture(start.k, covariance_type=family, reg_covar=0, **inits, **options)


@pytest.fixture(autouse=True)
def one_thread():
    """As in the lesson: on so few points, scikit-learn's threads are in each other's way."""
    with threadpool_limits(1):
        yield


@pytest.fixture(autouse=True)
def few_iterations_are_meant():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", DATA)
def test_ten_iterations_are_scikit_learns(name, family, seed):
    X = data(name)
    start = initialization.random_points(X, DATA[name], np.random.default_rng(seed), family=family)
    run = fit(X, start, family=family, tol=0, max_iter=10)
    model = theirs(start, family, max_iter=1, warm_start=True)
    assert run.n_iter == 10 or (run.converged and run.n_iter > 5)  # it may stand still, to the last digit
    for t in range(1, run.n_iter + 1):
        model.fit(X)
        np.testing.assert_allclose(run.log_likelihoods[t], model.score(X) * len(X), rtol=1e-10)
        np.testing.assert_allclose(run.log_likelihoods[t - 1], model.lower_bound_ * len(X), rtol=1e-10)
        ours = sklearn_start(run.mixtures[t], family)
        np.testing.assert_allclose(ours["weights_init"], model.weights_, rtol=1e-10)
        np.testing.assert_allclose(ours["means_init"], model.means_, rtol=1e-10)
        scale = np.abs(model.precisions_).max()
        np.testing.assert_allclose(ours["precisions_init"], model.precisions_, rtol=1e-8, atol=1e-10 * scale)


def test_a_photograph_to_convergence_at_full_size():
    pixels = load_sample_image("china.jpg").reshape(-1, 3).astype(float)
    start = initialization.short_runs(pixels[::100], 6, np.random.default_rng(2))
    run = fit(pixels, start, tol=1e-6)
    assert len(pixels) == 273_280 and run.converged
    assert np.diff(run.log_likelihoods).min() > -1e-9 * len(pixels)
    model = theirs(start, tol=0, max_iter=2).fit(pixels)
    np.testing.assert_allclose(run.mixtures[2].means, model.means_, rtol=1e-10)


def test_without_a_ridge_the_units_do_not_matter_and_with_one_they_do():
    X, _ = datasets.penguins()
    start = initialization.random_points(X, 3, np.random.default_rng(1))
    in_meters = Mixture(start.weights, start.means / 1000, start.covariances / 1000**2)
    shift = X.size * np.log(1000)
    mm, m = fit(X, start), fit(X / 1000, in_meters)
    np.testing.assert_allclose(m.log_likelihoods[-1] - shift, mm.log_likelihoods[-1], rtol=1e-9)
    blurred = fit(X / 1000, in_meters, ridge=1e-6).log_likelihoods[-1] - shift
    assert blurred < mm.log_likelihoods[-1] - 50


def test_the_estimators_own_start_has_weights_that_sum_to_one():
    X = datasets.old_faithful()
    for init in ("kmeans", "k-means++", "random_from_data", "short_runs"):
        model = EMGaussianMixture(3, init_params=init, max_iter=0, random_state=0).fit(X)
        assert model.weights_.sum() == pytest.approx(1)
        assert np.linalg.eigvalsh(model.covariances_).min() > 0.01


def test_the_photographs_end_depends_on_the_start():
    pixels = load_sample_image("china.jpg").reshape(-1, 3).astype(float)

    def end(k, seed):
        start = initialization.short_runs(pixels[::100], k, np.random.default_rng(seed))
        return fit(pixels, start, tol=1e-6).log_likelihoods[-1]

    assert end(6, 4) - end(6, 2) == pytest.approx(5000, abs=10)


def test_in_meters_the_ridge_makes_a_plateau_and_the_tolerance_stops_on_it():
    X, species = datasets.penguins()

    def outcome(X, **options):
        model = GaussianMixture(3, random_state=0, **options).fit(X)
        labels = model.predict(X)
        return sum(np.bincount(species[labels == j]).max() for j in range(3)), model.n_iter_

    assert outcome(X) == outcome(X / 1000, reg_covar=0) == (337, 48)
    assert outcome(X / 1000) == (274, 9)
    assert outcome(X / 1000, tol=1e-8, max_iter=1000)[0] == 335


def test_scaling_alone_leaves_bad_starts_and_five_starts_do_not():
    X, species = datasets.penguins()
    X = StandardScaler().fit_transform(X)

    def at_home(**options):
        labels = [GaussianMixture(3, random_state=s, **options).fit_predict(X) for s in range(20)]
        return [sum(np.bincount(species[one == j]).max() for j in range(3)) for one in labels]

    assert sorted(set(at_home())) == [274, 337]
    assert set(at_home(n_init=5)) == {337}
    assert at_home(tol=1e-6, max_iter=1000) == at_home()  # a tighter tolerance mends none


@pytest.mark.parametrize(
    ("options", "below"),
    [({}, 16), ({"tol": 1e-6}, 4), ({"tol": 1e-9}, 0), ({"tol": 1e-6, "n_init": 5}, 0), ({"n_init": 20}, 0)],
)
def test_a_tighter_tolerance_or_several_starts_leave_the_plateau(options, below):
    X = datasets.old_faithful()
    options = {"covariance_type": "tied", "max_iter": 5000, **options}
    models = [GaussianMixture(3, random_state=s, **options).fit(X) for s in range(20)]
    assert sum(model.score(X) * len(X) < -1130 for model in models) == below
    assert all(model.converged_ for model in models)
    assert models[0].lower_bounds_[-1] == models[0].lower_bound_ < models[0].score(X)


def test_the_recipe_prefers_three_components_and_the_defaults_four():
    X, _ = datasets.penguins()
    recipe = {"tol": 1e-5, "max_iter": 1000, "n_init": 5}
    for options, best in [({}, 4), ({"n_init": 5}, 3), (recipe, 3)]:
        model = make_pipeline(StandardScaler(), GaussianMixture(random_state=0, **options))
        cv = KFold(5, shuffle=True, random_state=0)
        search = GridSearchCV(model, {"gaussianmixture__n_components": [1, 2, 3, 4]}, cv=cv).fit(X)
        assert search.best_params_ == {"gaussianmixture__n_components": best}


def test_digits_in_file_order_are_other_writers():
    X = load_digits().data

    def scores(order, k=10):
        first, last = X[order[:1400]], X[order[1400:]]
        pca = PCA(20, svd_solver="full").fit(first)
        model = EMGaussianMixture(k, random_state=0, tol=1e-5, reg_covar=0.1).fit(pca.transform(first))
        return model.score(pca.transform(first)), model.score(pca.transform(last))

    in_file = np.arange(len(X))
    train, test = scores(in_file)
    assert (train, test) == pytest.approx((-54.29, -60.64), abs=0.01)
    shuffled = np.array([scores(np.random.default_rng(s).permutation(len(X))) for s in range(10)])
    gaps = -np.diff(shuffled)[:, 0]
    assert gaps.min() > 1.4 and gaps.max() < 2.65
    stretches = np.array([scores(np.roll(in_file, -359 * i)) for i in range(5)])
    assert stretches[:, 1].max() < shuffled[:, 1].min()
    shares = np.median(gaps) / -np.diff(stretches)[:, 0]  # of each gap, what is left after shuffling
    assert (shares < 0.5).sum() == 4 and shares.min() > 0.25 and shares.max() < 0.6


@pytest.mark.parametrize("shuffle", range(2))
def test_five_starts_find_that_three_components_predict_best(shuffle):
    X, _ = datasets.penguins()
    pipeline = make_pipeline(StandardScaler(), EMGaussianMixture(random_state=0, tol=1e-5, n_init=5))
    cv = KFold(5, shuffle=True, random_state=shuffle)
    search = GridSearchCV(pipeline, {"emgaussianmixture__n_components": [2, 3, 4]}, cv=cv).fit(X)
    assert search.best_params_ == {"emgaussianmixture__n_components": 3}


def test_unscale_says_of_every_bird_what_the_pipeline_says():
    X, _ = datasets.penguins()
    scaler, model = pipeline = make_pipeline(StandardScaler(), EMGaussianMixture(3, random_state=0)).fit(X)
    mixture = unscale(model.mixture_, scaler.mean_, scaler.scale_)
    np.testing.assert_allclose(mixture.responsibilities(X), pipeline.predict_proba(X), atol=1e-9)
    shift = np.log(scaler.scale_).sum()
    np.testing.assert_allclose(mixture.log_density(X), pipeline.score_samples(X) - shift, rtol=1e-9)


def test_a_wider_ridge_helps_digits_held_out():
    digits = load_digits().data
    pca = PCA(20, svd_solver="full").fit(digits[:1400])
    train, test = pca.transform(digits[:1400]), pca.transform(digits[1400:])
    low, high = (
        EMGaussianMixture(10, random_state=0, tol=1e-5, reg_covar=ridge).fit(train) for ridge in (0.1, 1)
    )
    assert high.score(test) - low.score(test) == pytest.approx(1, abs=0.05)
    assert high.score(train) - low.score(train) == pytest.approx(-0.3, abs=0.05)


# --- A typing error ------------------------------------------------------------------------------


@pytest.fixture
def mistyped():
    X = datasets.old_faithful()
    X[0, 1] = 379
    return X


def test_the_best_of_ten_starts_is_the_needle(mistyped):
    options = {"n_components": 2, "init_params": "random_from_data"}
    models = [GaussianMixture(**options, random_state=seed).fit(mistyped) for seed in range(10)]
    ends = [round(model.score(mistyped) * len(mistyped)) for model in models]
    assert sorted(ends) == [-1381] * 6 + [-1301] + [-1280] * 3
    best = GaussianMixture(**options, random_state=0, n_init=10).fit(mistyped)
    assert best.score(mistyped) * len(mistyped) == pytest.approx(-1279.99, abs=0.01)
    assert best.weights_.min() * len(mistyped) == pytest.approx(1)


def test_our_fit_refuses_seven_of_ten_starts(mistyped):
    ends = []
    for seed in range(10):
        start = initialization.random_points(mistyped, 2, np.random.default_rng(seed))
        try:
            ends.append(round(fit(mistyped, start).log_likelihoods[-1]))
        except CollapsedComponent:
            ends.append(None)
    assert ends.count(None) == 7
    assert sorted(filter(None, ends)) == [-1381, -1301, -1301]


@pytest.mark.parametrize(("factor", "share"), [(1, 0.0008), (10, 0.00001), (0.1, 0.1018)])
def test_a_fixed_component_takes_the_mistake_however_wide_it_is(mistyped, factor, share):
    by_eye = Mixture([0.5, 0.5], [[2.0, 55.0], [4.3, 80.0]], [np.diag([0.2, 40.0])] * 2)
    center, anything = [3.5, 70.0], np.diag([10.0 * factor, 500.0 * factor]) ** 2

    def step(mixture):
        r, log_likelihood = e_step(mistyped, mixture)
        moved = m_step(mistyped, r)
        means, covariances = [*moved.means[:2], center], [*moved.covariances[:2], anything]
        return Mixture(moved.weights, means, covariances), log_likelihood

    start = Mixture([0.3, 0.3, 0.4], [*by_eye.means, center], [*by_eye.covariances, anything])
    run = iterate(step, start, tol=1e-6, max_iter=1000)
    assert run.converged
    assert np.diff(run.log_likelihoods).min() > 0
    shares = run.mixture.responsibilities(mistyped)[:, 2]
    assert shares[0] > 0.9999
    assert shares[1:].max() == pytest.approx(share, rel=0.3)
    clean = fit(datasets.old_faithful(), by_eye).mixture
    assert run.mixture.means[1, 1] == pytest.approx(clean.means[1, 1], abs=0.02)
    sds = [np.sqrt(mixture.covariances[1, 1, 1]) for mixture in (run.mixture, clean)]
    assert sds[0] == pytest.approx(sds[1], abs=0.02)


def test_the_slider_knows_the_wait_as_it_was():
    assert {79, 379} <= set(sliders.mistyped_wait.controls["wait"].values())
    true, picture = plots.mistyped_wait(79).caption, plots.mistyped_wait(379)
    fig, typed = picture.figure, picture.caption
    assert true == "Points and ellipses. First wait 79, as it was: orange's waits have sd 6.00 minutes."
    told = "First wait 379: orange's waits have sd 23.32 minutes, not 6.00; log-likelihood -1381."
    assert typed == f"Points and ellipses. {told}"
    assert "sd 23.3" in [text.get_text() for text in fig.axes[0].texts]


def test_a_third_component_wider_than_the_picture_is_its_ground(mistyped):
    two = fit(
        datasets.old_faithful(), Mixture([0.5, 0.5], [[2, 55], [4.3, 80]], [np.diag([0.2, 40])] * 2)
    ).mixture
    three = Mixture([0.3, 0.3, 0.4], [*two.means, [3.5, 70]], [*two.covariances, np.diag([100, 250_000])])
    picture = plots.mistyped_pair(mistyped, {"two": two, "three": three})
    fig, sentence = picture.figure, picture.caption
    left, right = fig.axes
    sds = [np.sqrt(mixture.covariances[1, 1, 1]) for mixture in (two, three)]
    assert sentence.endswith(f"waits. two: sd {sds[0]:.1f} minutes, three: sd {sds[1]:.1f} minutes.")
    assert left.get_facecolor() != right.get_facecolor()
    assert any("third component" in text.get_text() for text in right.texts)
    assert not any("third component" in text.get_text() for text in left.texts)


def test_the_pictures_say_what_they_show():
    birds, species = datasets.penguins()
    two = np.where(species == 2, 0, 1)  # the Chinstraps in the Adelies' component
    picture = plots.penguin_pair(birds, species, {"In mm": species, "In m": two})
    assert picture.caption.endswith("not at home: In mm, 0 birds; In m, 68 birds.")
    titles = [ax.get_title("left") for ax in picture.figure.axes]
    assert titles == [f"In {unit}:\n{n} birds not at home (ringed)" for unit, n in [("mm", 0), ("m", 68)]]
    colors = Mixture([0.3, 0.7], [[0.0, 0, 0], [255.0, 255, 255]], [np.eye(3)] * 2)
    photograph, labels = np.zeros((4, 5, 3), dtype=np.uint8), np.zeros((4, 5), dtype=int)
    sentence = plots.segmented(photograph, labels, colors).caption
    assert sentence == "A photograph beside itself in its 2 components' mean colors; the largest has 70%."
    sentence = plots.digit_strips({"By hand": np.zeros((4, 64)), "Drawn": np.zeros((4, 64))}).caption
    assert sentence == "Rows of small pictures of digits, from top to bottom: By hand; Drawn."
