"""Random calls at every door of the package: an answer that can be true, or one sentence of ours.

    .venv/bin/python tests/fuzz_doors.py --calls 30000 --seed 1     # some 20 minutes
    .venv/bin/python tests/fuzz_doors.py --only 123                 # one call again, by its seed

A call draws data (sizes, units, offsets, ties, constant features, types), a start and options, and goes
through one door. Then either the answer keeps what such an answer must keep, or what was raised is a
ValueError or a TypeError of the package's own. `test_fuzz.py` makes a few hundred of these calls in every
test run.
"""

import argparse
import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning

import gmmlesson
from gmmlesson import EMGaussianMixture, Fit, Mixture, e_step, fit, fit_blocks, fit_many, m_step, online
from gmmlesson.families import FAMILIES, n_parameters
from gmmlesson.initialization import from_labels, kmeans, kmeans_plus_plus, random_points, short_runs
from gmmlesson.matching import align, bhattacharyya
from gmmlesson.selection import select
from gmmlesson.theory import entropy, kl_gap, lower_bound

PACKAGE = Path(gmmlesson.__file__).resolve().parent
TYPES = {
    "float64": lambda X: X,
    "float32": lambda X: X.astype(np.float32),
    "whole numbers": lambda X: np.round(np.clip(X, -1e9, 1e9)).astype(int),
    "a data frame": lambda X: pd.DataFrame(X, columns=[f"f{j}" for j in range(X.shape[1])]),
    "a list": lambda X: X.tolist(),
    "Fortran order": np.asfortranarray,
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
}


class Problem:
    """What one call works on: X (n, d) in some type, numbers (n, d) as they are, and options for EM."""

    def __init__(self, rng):
        self.rng = rng
        n, d = int(rng.choice([1, 2, 3, 5, 20, 60, 200])), int(rng.integers(1, 5))
        clusters = rng.standard_normal((3, d)) * rng.choice([0.0, 1.0, 10.0, 1e4])
        X = clusters[rng.integers(0, 3, n)] + rng.standard_normal((n, d))
        if rng.random() < 0.2:
            X = np.round(X, int(rng.integers(0, 2)))  # ties
        if rng.random() < 0.1:
            X[:, rng.integers(d)] = 1.0
        if rng.random() < 0.1 and d > 1:
            X[:, 0] = X[:, 1] * 2
        if rng.random() < 0.1:
            X = X[rng.integers(0, n, n)]
        X = X * 10.0 ** rng.choice([-100, -6, -1, 0, 0, 0, 2, 6, 100]) + rng.choice([0.0, 0.0, 0.0, 1.0, 1e6])
        kind = str(rng.choice(list(TYPES)))
        if kind == "float32":
            X = np.clip(X, -1e37, 1e37)
        self.X = TYPES[kind](X)
        self.numbers = np.asarray(self.X, dtype=float)
        self.n, self.d = self.numbers.shape
        self.k = int(rng.integers(1, 5))
        self.family = str(rng.choice(list(FAMILIES)))
        self.ridge = float(rng.choice([0.0, 0.0, 0.0, 1e-6, 1.0]))
        self.weight = None
        if rng.random() < 0.3:
            self.weight = rng.uniform(0, 3, n) * rng.choice([1.0, 1e-44, 1e37])
            self.weight[rng.random(n) < 0.2] = 0
        self.total = self.n if self.weight is None else self.weight.sum()

    def start(self):
        """A mixture near the points, or far from them, of the family or not."""
        sd = self.numbers.std(axis=0) + 1e-3 * np.abs(self.numbers).max() + 1e-120
        rows = self.numbers[self.rng.integers(0, self.n, self.k)]
        means = rows + sd * self.rng.standard_normal((self.k, self.d))
        if self.rng.random() < 0.05:
            means = means + 1e3 * sd
        A = self.rng.standard_normal((self.k, self.d, self.d + 2))
        size = 10.0 ** self.rng.choice([-6, -1, 0, 0, 2])
        covariances = size * A @ A.swapaxes(1, 2) * np.multiply.outer(sd, sd)
        weights = self.rng.dirichlet(np.full(self.k, self.rng.choice([0.3, 5.0])))
        return Mixture(weights, means, covariances)

    def options(self, *, max_iter=6):
        return {"family": self.family, "ridge": self.ridge, "max_iter": max_iter}


def is_a_mixture(mixture, k, d, family=None):
    assert (mixture.k, mixture.d) == (k, d)
    assert abs(mixture.weights.sum() - 1) < 1e-8 and (mixture.weights > 0).all()
    assert np.isfinite(mixture.means).all() and np.isfinite(mixture.covariances).all()
    if family:
        assert mixture.family == family and mixture.n_parameters == n_parameters(family, k, d)


def allowed_fall(problem, mixture):
    """By how much rounding may lower the log-likelihood (tests/test_em.py: representation_loss)."""
    spacing = np.spacing(np.abs(problem.numbers).max())
    narrowest = np.linalg.eigvalsh(mixture.covariances)[:, 0].min()
    return problem.total * (1e-9 + mixture.d * spacing**2 / max(narrowest, spacing**2))


def is_a_run(problem, run):
    for mixture in run.mixtures:
        is_a_mixture(mixture, problem.k, problem.d, problem.family)
    assert np.isfinite(run.log_likelihoods).all()
    if problem.ridge == 0 and len(run.mixtures) == len(run.log_likelihoods):
        for i, gain in enumerate(np.diff(run.log_likelihoods)):
            scale = 1e-12 * np.abs(run.log_likelihoods[i])
            assert gain >= -allowed_fall(problem, run.mixtures[i + 1]) - scale, f"falls by {-gain} at {i + 1}"


def same_run(one, other, total):
    """Runs agree while they make the same steps: log-likelihoods per observation, as far as both go.

    To 1e-7, and to the rounding that nearly singular covariances magnify.
    """
    both = min(len(one.log_likelihoods), len(other.log_likelihoods))
    a, b = one.log_likelihoods[:both] / total, other.log_likelihoods[:both] / total
    scaled = (_correlations(run.mixture.covariances) for run in (one, other))
    magnified = max(np.linalg.cond(correlations).max() for correlations in scaled)
    np.testing.assert_allclose(a, b, rtol=1e-7 + 1e-14 * magnified, atol=1e-7 + 1e-14 * magnified)


def _correlations(covariances):
    """Covariances without the units."""
    sd = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    return covariances / sd[:, :, None] / sd[:, None, :]


# --- doors: each makes calls with a Problem, and asserts what must hold ---------------------------------


def door_fit(p):
    run = fit(p.X, p.start(), sample_weight=p.weight, accelerate=p.rng.random() < 0.3, **p.options())
    is_a_run(p, run)


def door_engines(p):
    start, runs = p.start(), []
    for engine in ("auto", "textbook"):
        try:
            runs.append(fit(p.X, start, sample_weight=p.weight, engine=engine, **p.options(max_iter=1)))
        except ValueError as error:
            runs.append(error)
    if all(isinstance(run, Fit) for run in runs):
        same_run(*runs, p.total)
    elif any(isinstance(run, Fit) for run in runs):  # at the edge of singular they may differ
        (run,) = (run for run in runs if isinstance(run, Fit))
        smallest = 1 / np.linalg.cond(_correlations(run.mixture.covariances)).max()
        far = np.abs(p.numbers).max() / p.numbers.std(axis=0).min() if p.numbers.std(axis=0).min() else np.inf
        assert smallest < 1e-10 or far > 1e6, runs
    else:
        raise runs[0]


def door_fit_many(p):
    starts = [p.start() for _ in range(int(p.rng.integers(1, 5)))]
    many = fit_many(p.X, starts, sample_weight=p.weight, **p.options())
    assert len(many) == len(starts)
    for start, run in zip(starts, many, strict=True):
        if isinstance(run, Fit):
            same_run(run, fit(p.X, start, sample_weight=p.weight, **p.options()), p.total)
        else:
            assert isinstance(run, ValueError)


def door_fit_blocks(p):
    start, cut = p.start(), int(p.rng.integers(0, p.n + 1))
    blocks = [p.numbers[:cut], p.numbers[cut:]]
    p.weight, p.total = None, p.n
    whole = fit(p.numbers, start, **p.options())
    same_run(fit_blocks(blocks, start, **p.options()), whole, p.n)


def door_online(p):
    options = {"family": p.family, "ridge": p.ridge, "batch": int(p.rng.integers(1, 300))}
    is_a_mixture(online(p.numbers, p.start(), **options), p.k, p.d, p.family)


def door_weights(p):
    """Weights of a constant change nothing; whole weights are repeated points."""
    start = p.start()
    plain = fit(p.X, start, **p.options(max_iter=2))
    factor = float(p.rng.choice([1e-30, 0.5, 3.0, 1e30]))
    weighted = fit(p.X, start, sample_weight=np.full(p.n, factor), **p.options(max_iter=2))
    same_run(Fit(weighted.mixtures, weighted.log_likelihoods / factor, weighted.converged), plain, p.n)


def door_estimator(p):
    init = str(p.rng.choice(["kmeans", "k-means++", "random_from_data", "short_runs"]))
    model = EMGaussianMixture(
        p.k, covariance_type=p.family, reg_covar=p.ridge, init_params=init, n_init=int(p.rng.integers(1, 3)),
        random_state=0, max_iter=6,
    )
    model.fit(p.X, sample_weight=p.weight)
    is_a_mixture(model.mixture_, p.k, p.d, p.family)
    assert model.predict(p.X).shape == (p.n,)
    np.testing.assert_allclose(model.predict_proba(p.X).sum(axis=1), 1, rtol=1e-5)
    log_density = model.score_samples(p.X)
    assert np.isfinite([*log_density, model.aic(p.X), model.bic(p.X), model.icl(p.X)]).all()
    expected = n_parameters(p.family, p.k, p.d) * np.log(p.n) - 2 * log_density.astype(float).sum()
    np.testing.assert_allclose(model.bic(p.X), expected, rtol=1e-4)
    X, labels = model.sample(5)
    assert X.shape == (5, p.d) and labels.shape == (5,)
    model.partial_fit(p.X)


def door_starts(p):
    make = (random_points, kmeans, kmeans_plus_plus)[p.rng.integers(3)]
    is_a_mixture(make(p.X, p.k, p.rng, family=p.family, ridge=p.ridge), p.k, p.d, p.family)
    if p.rng.random() < 0.3:
        is_a_mixture(short_runs(p.X, p.k, p.rng, n_runs=3, n_iter=2), p.k, p.d)
    labels = np.r_[np.arange(p.k), p.rng.integers(0, p.k, max(0, p.n - p.k))]
    is_a_mixture(from_labels(p.X, labels, family=p.family, ridge=p.ridge), p.k, p.d, p.family)


def door_steps(p):
    start = p.start()
    r, log_likelihood = e_step(p.X, start, sample_weight=p.weight)
    np.testing.assert_allclose(r.sum(axis=1), 1, rtol=1e-12)
    expected = start.log_likelihood(p.X, p.weight)
    np.testing.assert_allclose(log_likelihood, expected, rtol=1e-9, atol=1e-9 * p.total)
    is_a_mixture(m_step(p.X, r, family=p.family, ridge=p.ridge, sample_weight=p.weight), p.k, p.d, p.family)


def door_theory(p):
    start, log_likelihood = p.start(), None
    r = p.rng.dirichlet(np.full(p.k, 0.5), size=p.n)
    r /= r.sum(axis=1, keepdims=True)
    log_likelihood = start.log_likelihood(p.X)
    bound, gap = lower_bound(p.X, r, start), kl_gap(p.X, r, start)
    assert gap >= -1e-9 * p.n and entropy(r) >= 0
    np.testing.assert_allclose(bound + gap, log_likelihood, rtol=1e-9, atol=1e-8 * p.n)


def door_mixture(p):
    a, b = p.start(), p.start()
    is_a_mixture(align(a, b), p.k, p.d)
    assert np.isfinite(bhattacharyya(a, b)).all()
    is_a_mixture(a.projected(p.family), p.k, p.d, p.family)
    assert np.isfinite([a.aic(p.X), a.bic(p.X), a.icl(p.X)]).all()
    np.testing.assert_array_equal(a.predict(p.X), a.log_joint(p.X).argmax(axis=1))


def door_select(p):
    options = {"families": [p.family, "full"], "ks": [1, 2], "n_starts": 2, "max_iter": 4, "ridge": p.ridge}
    found = select(p.X, p.rng, folds=int(p.rng.choice([0, 0, 2])), **options)
    assert len(found.candidates) == 4
    for one in found.candidates:
        if one.mixture is not None:
            is_a_mixture(one.mixture, one.k, p.d, one.family)
            assert np.isfinite([one.bic, one.aic, one.icl]).all()


DOORS = [value for name, value in sorted(globals().items()) if name.startswith("door_")]


def call(seed):
    """Make the call of that seed -> what became of it; raises AssertionError where something is wrong."""
    rng = np.random.default_rng([seed, 20261128])
    door = DOORS[seed % len(DOORS)]
    problem = Problem(rng)
    before = problem.numbers.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            door(problem)
        except (ValueError, TypeError) as error:
            if not _is_ours(error):
                raise AssertionError(f"{door.__name__}: {type(error).__name__}: {error}") from error
            return f"{door.__name__}, refused"
        except (Warning, ArithmeticError, np.linalg.LinAlgError, LookupError, AttributeError) as error:
            raise AssertionError(f"{door.__name__}: {type(error).__name__}: {error}") from error
    np.testing.assert_array_equal(np.asarray(problem.X, dtype=float), before)
    return f"{door.__name__}, answered"


def _is_ours(error):
    """Whether the package has raised it, in one sentence; or scikit-learn, for its checks of estimators."""
    raised_in = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    ours = PACKAGE in raised_in.parents and str(error).endswith(".") and "\n" not in str(error)
    return ours or "while a minimum of 2 is required" in str(error)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first call; the others follow")
    parser.add_argument("--only", type=int, help="make this call alone, and show what it raises")
    options = parser.parse_args()
    if options.only is not None:
        print(call(options.only))
        return
    outcomes, failures = Counter(), []
    for seed in range(options.seed, options.seed + options.calls):
        try:
            outcomes[call(seed)] += 1
        except AssertionError as error:
            failures.append(seed)
            print(f"seed {seed}: {' '.join(str(error).split())[:300]}", flush=True)
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:6} {outcome}")
    print(f"{options.calls} calls, {len(failures)} failures: {failures[:50]}")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
