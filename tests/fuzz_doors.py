"""Random data, mixtures and options at every door: an answer that can be true, or our own sentence.

    .venv/bin/python tests/fuzz_doors.py --calls 30000 --seed 1     # some ten minutes
    .venv/bin/python tests/fuzz_doors.py --only 123                 # one call again, by its seed

`fuzz_problems` makes the data and mixtures; `test_fuzz.py` makes some of the calls in every test run.
"""

import argparse
import sys
import traceback
import warnings
from collections import Counter

import dask.array as da
import numpy as np
from sklearn.exceptions import ConvergenceWarning

import gmmlesson as gl
from fuzz_problems import Problem
from gmmlesson import Fit, Mixture, fit, gradient, initialization, matching, theory
from gmmlesson.collapse import EPS, CollapsedComponent
from gmmlesson.estimator import INIT_PARAMS
from gmmlesson.families import FAMILIES, belongs
from gmmlesson.selection import select
from test_bad_input import complaint
from test_em import representation_loss

# --- what has to hold


def outcome(function, *arguments, **options):
    """What a function gives; or the exception, if it is a refusal of our own."""
    try:
        return function(*arguments, **options)
    except ValueError as refusal:
        wrong = complaint(refusal)
        assert not wrong, wrong
        return refusal


def is_mixture(mixture, family=None):
    for part in (mixture.means, mixture.covariances, mixture.cholesky, mixture.whitening):
        assert np.isfinite(part).all(), f"{mixture} is not finite"
    assert abs(mixture.weights.sum() - 1) < 1e-8 and mixture.weights.min() > 0, mixture.weights
    if family:
        assert mixture.family == family and belongs(mixture.covariances, family, 1e-8), f"not {family}"
        k, d = mixture.means.shape
        a_matrix = 1 if "spherical" in family else d if "diag" in family else d * (d + 1) // 2
        assert mixture.n_parameters == k - 1 + k * d + a_matrix * (1 if "tied" in family else k)


def condition(mixture):
    """The largest condition of the covariances in the units of their own standard deviations."""
    sd = np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))
    return np.linalg.cond(mixture.cholesky / sd[:, :, None]).max() ** 2


def doubt(p, mixtures):
    """How far two ways to a log-likelihood may differ, a point, relative to its size if that is above 1.

    Rounding, times the condition; and the spacing of numbers of the size of the data, in the narrowest
    standard deviations, which is what is lost where data have few digits.
    """
    worst = 1e-9
    for one in mixtures:
        size = np.maximum(np.abs(p.A).max(axis=0), np.abs(one.means).max(axis=0))
        spacing = np.spacing(size) / np.sqrt(np.diagonal(one.covariances, axis1=1, axis2=2))
        worst = max(worst, 100 * EPS * condition(one), 10 * spacing.max() * np.sqrt(condition(one)))
    return worst


def nearly_singular(mixture):
    """At 1 a covariance is refused as singular, for what is left of a variance is all rounding."""
    kept = np.diagonal(mixture.covariances * mixture.precisions, axis1=1, axis2=2)
    return 8 * mixture.d * EPS * kept.max()


def rises(p, run):
    """No iteration loses log-likelihood, but for what 64-bit numbers cannot hold of means and covariances.

    The M-step's are the best, so what their rounding costs goes with the square of it.
    """
    values = run.log_likelihoods / p.total
    for i in range(1, len(values)):
        allowed = representation_loss(p.A, run.mixtures[i]) + (10 * EPS * condition(run.mixtures[i])) ** 2
        fall, allowed = values[i - 1] - values[i], allowed + 1e-9 * max(1, abs(values[i - 1]))
        assert fall <= allowed, f"iteration {i} falls by {fall:.3g}, more than {allowed:.3g}"


def same(p, one, other, times=1.0):
    """Two ways to one run: refused alike, or log-likelihoods that are equal as far as both go."""
    runs = [run for run in (one, other) if isinstance(run, Fit)]
    if len(runs) == 2:
        length = min(len(run.log_likelihoods) for run in runs)
        a, b = one.log_likelihoods[:length] / p.total / times, other.log_likelihoods[:length] / p.total
        allowed = doubt(p, other.mixtures) * np.maximum(1, np.abs(b))
        assert (np.abs(a - b) <= allowed).all(), f"{a} and {b} differ by more than {allowed}"
    elif runs:
        (refusal,) = (run for run in (one, other) if not isinstance(run, Fit))
        collapsed = isinstance(refusal, CollapsedComponent)
        underflow = collapsed and refusal.count < 1e-250  # of light weights there is more of it
        stood = collapsed and runs[0].n_iter < refusal.iteration  # still, to the last digit, before the other
        edge = collapsed and max(map(nearly_singular, runs[0].mixtures)) > 0.1  # rounding decides
        assert underflow or stood or edge, f"one way {one!r}, the other {other!r}"
    else:
        assert type(one) is type(other), f"one way {one!r}, the other {other!r}"


# --- the doors


def door_fit(p):
    """Both engines alike, and uphill; the order of points, weights of one and their unit change nothing."""
    run = outcome(fit, p.X, p.start, sample_weight=p.weight, **p.run)
    same(p, outcome(fit, p.X, p.start, sample_weight=p.weight, engine="textbook", **p.run), run)
    order, factor = p.rng.permutation(p.n), 10.0 ** p.rng.choice([-30, 1, 30])
    weight = np.ones(p.n) if p.weight is None else p.weight
    same(p, outcome(fit, p.A[order], p.start, sample_weight=weight[order], **p.run), run)
    same(p, outcome(fit, p.A, p.start, sample_weight=factor * weight, **p.run), run, factor)
    fast = outcome(fit, p.X, p.start, sample_weight=p.weight, accelerate=True, **p.run)
    for one in (run, fast):
        if isinstance(one, Fit):
            is_mixture(one.mixture, p.family)
            if not p.ridge:
                rises(p, one)


def door_steps(p):
    r, log_likelihood = gl.e_step(p.X, p.start, sample_weight=p.weight)
    assert r.shape == (p.n, p.start.k) and (abs(r.sum(axis=1) - 1) < 1e-9).all() and r.min() >= 0
    assert np.isclose(log_likelihood, p.start.log_likelihood(p.X, p.weight), rtol=1e-9)
    for some in (r, p.rng.dirichlet(np.ones(p.start.k), p.n)):
        is_mixture(gl.m_step(p.X, some, **p.m_step), p.family)


def door_theory(p):
    log_likelihood, mine = p.start.log_likelihood(p.X), (p.X, p.start.responsibilities(p.X), p.start)
    for where in (mine, (p.X, p.rng.dirichlet(np.ones(p.start.k), p.n), p.start)):
        bound, gap = theory.lower_bound(*where), theory.kl_gap(*where)
        q, entropy = theory.expected_complete_log_likelihood(*where), theory.entropy(where[1])
        allowed = 1e-9 * (p.n + abs(q) + gap)
        assert gap >= -allowed and 0 <= entropy <= p.n * np.log(p.start.k) + allowed
        assert abs(bound + gap - log_likelihood) <= allowed and abs(q + entropy - bound) <= allowed
    assert theory.kl_gap(*mine) <= 1e-9 * (p.n + abs(log_likelihood))
    climbed = gradient.ascend(p.X, p.start, 1e-3, max_iter=2)
    assert abs(climbed[0] - log_likelihood) <= doubt(p, [p.start]) * (p.n + abs(log_likelihood))


def door_blocks(p):
    p.total, expected = p.n, outcome(fit, p.A, p.start, **p.run)
    blocks = np.split(p.A, np.sort(p.rng.integers(0, p.n + 1, p.rng.integers(0, 4))))
    for some in (blocks, p.A if isinstance(p.X, list) else p.X):
        same(p, outcome(gl.fit_blocks, some, p.start, **p.run), expected)
    if p.rng.random() < 0.1:
        array = da.from_array(p.A, chunks=(int(p.rng.integers(1, p.n + 1)), -1))
        same(p, outcome(gl.fit_dask, array, p.start, **p.run), expected)


def door_online(p):
    batch = int(p.rng.integers(1, 50))
    is_mixture(gl.online(p.A, p.start, family=p.family, ridge=p.ridge, batch=batch), p.family)


def door_many(p):
    starts = [p.mixture() for _ in range(p.rng.integers(1, 6))]
    many = gl.fit_many(p.X, starts, sample_weight=p.weight, **p.run)
    for one, start in zip(many, starts, strict=True):
        same(p, one, outcome(fit, p.X, start, sample_weight=p.weight, **p.run))
    best = outcome(gl.best_of, p.X, starts, sample_weight=p.weight, **p.run)
    ends = [one.log_likelihoods[-1] for one in many if isinstance(one, Fit)]
    assert best.log_likelihoods[-1] == max(ends) if ends else isinstance(best, ValueError)


def door_mixture(p):
    m, family = p.start, str(p.rng.choice(list(FAMILIES)))
    log_joint, log_density, r = m.log_joint(p.X), m.log_density(p.X), m.responsibilities(p.X)
    assert np.isfinite(log_density).all() and (abs(r.sum(axis=1) - 1) < 1e-9).all()
    top = log_joint.max(axis=1)
    close = np.isclose(log_density, top + np.log(np.exp(log_joint - top[:, None]).sum(axis=1)), rtol=1e-9)
    assert close.all() and (m.predict(p.X) == log_joint.argmax(axis=1)).all()
    criteria_agree(m, p)
    X, labels = m.sample(int(p.rng.integers(1, 50)), p.rng)
    assert np.isfinite(X).all() and labels.max() < m.k
    is_mixture(m.projected(family), family)


def criteria_agree(judge, p, rtol=1e-9):
    """Of a mixture or an estimator: the criteria are what they are by hand."""
    m = getattr(judge, "mixture_", judge)
    value, price = m.log_likelihood(p.X), m.n_parameters
    allowed = rtol * max(1, abs(value))
    assert abs(judge.bic(p.X) - (price * np.log(p.n) - 2 * value)) <= allowed
    assert abs(judge.aic(p.X) - (2 * price - 2 * value)) <= allowed
    assert judge.icl(p.X) >= judge.bic(p.X) - allowed


def door_matching(p):
    a, order = p.start, p.rng.permutation(p.start.k)
    b = Mixture(a.weights[order], a.means[order], a.covariances[order])
    distances, found = matching.bhattacharyya(b, a), matching.match(a, b)
    assert sorted(found) == list(range(a.k)) and (distances >= -1e-6).all()
    assert np.isfinite(distances).all() and distances[np.arange(a.k), found].sum() <= 1e-6 * a.k
    is_mixture(matching.align(a, p.mixture(a.k)), p.family)


def door_initialization(p):
    k, ways = int(p.rng.integers(1, 7)), ("random_points", "kmeans_plus_plus", "kmeans", "short_runs")
    way = str(p.rng.choice(ways))
    if way == "short_runs":
        is_mixture(initialization.short_runs(p.X, k, p.rng, n_runs=3, n_iter=2), "full")
    else:
        start = getattr(initialization, way)(p.X, k, p.rng, **p.m_step)
        is_mixture(start, p.family)
        beyond = np.maximum(p.A.min(axis=0) - start.means, start.means - p.A.max(axis=0))
        assert (beyond <= p.n * np.spacing(np.abs(p.A).max(axis=0))).all(), "a mean is beyond the points"
        _, labels = initialization.lloyd(p.X, start.means)
        assert len(np.unique(labels)) == k
    labels = np.r_[np.arange(k), p.rng.integers(0, k, max(0, p.n - k))]
    is_mixture(initialization.from_labels(p.X, labels, family=p.family, ridge=p.ridge), p.family)


def door_estimator(p):
    k, n_init, max_iter = int(p.rng.integers(1, 5)), int(p.rng.integers(1, 3)), int(p.rng.integers(0, 15))
    model = gl.EMGaussianMixture(
        k, covariance_type=p.family, reg_covar=p.ridge, tol=p.rng.choice([0.0, 1e-8, 1e-3]), n_init=n_init,
        max_iter=max_iter, init_params=str(p.rng.choice(INIT_PARAMS)), accelerate=bool(p.rng.random() < 0.3),
        history="all", random_state=0,
    )  # fmt: skip
    model.fit(p.X, sample_weight=p.weight)
    if not p.ridge:
        rises(p, model.history_)
    if p.rng.random() < 0.3:
        model.partial_fit(p.X, sample_weight=p.weight)
    is_mixture(model.mixture_, p.family)
    criteria_agree(model, p)
    scores, shares = model.score_samples(p.X), model.predict_proba(p.X)
    precision = np.finfo(shares.dtype).eps ** 0.5
    assert np.isfinite(scores).all() and (abs(shares.sum(axis=1) - 1) < precision).all()
    assert abs(model.score(p.X) - scores.mean()) <= precision * max(1, np.abs(scores).max())
    assert (model.predict(p.X) == model.mixture_.predict(p.A)).all() and model.sample(7)[0].shape == (7, p.d)


def door_select(p):
    ks, folds = [1, int(p.rng.integers(2, 4))], int(p.rng.choice([0, 0, 2]))
    options = {"families": [p.family, "tied"], "n_starts": 2, "max_iter": 4, "ridge": p.ridge}
    found = select(p.X, p.rng, ks=ks, folds=folds, **options)
    assert len(found.candidates) == 4 and found.text()
    for one in found.candidates:
        if one.mixture is not None:
            is_mixture(one.mixture, one.family)
            assert np.isclose(one.bic, one.n_parameters * np.log(p.n) - 2 * one.log_likelihood, rtol=1e-9)


DOORS = [value for name, value in list(globals().items()) if name.startswith("door_")]


def call(seed):
    """Make the call of that seed -> its door, and "answered", "refused" or what is wrong."""
    door = DOORS[seed % len(DOORS)]
    name = door.__name__.removeprefix("door_")
    try:
        with warnings.catch_warnings(action="error"):
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is the estimator's to give
            problem = Problem(np.random.default_rng(seed))
            door(problem)
    except (ValueError, TypeError) as refusal:
        where = traceback.extract_tb(refusal.__traceback__)[-1].filename
        theirs = name == "estimator" and "sklearn" in where  # its checks ask for these words
        return name, (None if theirs else complaint(refusal)) or "refused"
    except Exception as error:  # what has to hold does not; a warning; anything else
        where = traceback.extract_tb(error.__traceback__)[-1]
        return name, f"{type(error).__name__} in line {where.lineno} of {where.name}: {error}"
    unchanged = np.array_equal(np.array(problem.X, dtype=float), problem.A)
    return name, "answered" if unchanged else "an argument has been changed"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first call; the others follow")
    parser.add_argument("--only", type=int, help="make the call of this seed alone")
    options = parser.parse_args()
    first, calls = (options.seed, options.calls) if options.only is None else (options.only, 1)
    counts, wrong = Counter(), []
    for seed in range(first, first + calls):
        name, what = call(seed)
        if what not in ("answered", "refused"):
            wrong.append(seed)
            print(f"seed {seed}, {name}: {' '.join(what.split())[:400]}", flush=True)
        counts[name, what if what in ("answered", "refused") else "wrong"] += 1
    for (name, what), count in sorted(counts.items()):
        print(f"{name:15}{what:10}{count:7}")
    print(f"{calls} calls, seeds {first} to {first + calls - 1}: {len(wrong)} went wrong {wrong}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
