"""Two sides on one problem: first whether they come to the same mixture, and only then how long they take."""

import time
from dataclasses import dataclass

import numpy as np

from benchmarks import peers
from benchmarks.problems import Problem
from gmmlesson import Mixture, fit

TOLERANCE = {"float64": 1e-9, "float32": 1e-2}


@dataclass(frozen=True)
class Duel:
    """What came out. Times are in seconds, the shortest of the rounds; None where the results differ.

    n_iter      iterations of a whole fit, the same on both sides
    difference  the largest between the two mixtures, see `difference`
    fit         (ours, theirs): a whole fit
    iteration   (ours, theirs): what one iteration more adds to it; None too where a fit is one iteration
    """

    problem: Problem
    peer: str
    n_iter: int
    difference: float
    fit: tuple | None
    iteration: tuple | None

    @property
    def ratio(self):
        """How many times as long as ours their whole fit takes."""
        return self.fit[1] / self.fit[0]


def duel(problem, peer, *, rounds, seconds):
    """Compare, and only then time both sides by turns -> Duel; `shortest` has the arguments."""
    X, start = problem.make()
    n_iter = iterations(problem, X, start)
    options = {"ridge": problem.ridge} if problem.ridge else {}
    sides = peers.ours(X, start, **options), peer.prepare(X, start, **options)
    expected, found = (side(n_iter)[1] for side in sides)
    apart = difference(found, expected, X)
    if not apart <= TOLERANCE[peer.precision]:
        return Duel(problem, peer.name, n_iter, apart, None, None)
    whole, single = shortest(sides, n_iter, rounds, seconds), None
    if n_iter > 1:
        one = shortest(sides, 1, rounds, seconds)
        single = tuple((a - b) / (n_iter - 1) for a, b in zip(whole, one, strict=True))
    return Duel(problem, peer.name, n_iter, apart, whole, single)


def iterations(problem, X, start):
    """How many are asked of all sides: at most three quarters of those that the likelihood keeps rising."""
    settled = fit(X, start, ridge=problem.ridge, tol=0, max_iter=problem.most_iterations)
    return max(1, settled.n_iter * 3 // 4) if settled.converged else settled.n_iter


def shortest(sides, n_iter, rounds, seconds):
    """Every side's shortest time. They take turns: up to `rounds` times, at least 2, for some `seconds`."""
    times, stop = [], time.perf_counter() + seconds
    while len(times) < 2 or (len(times) < rounds and time.perf_counter() < stop):
        times.append([side(n_iter)[0] for side in sides])
    return tuple(float(best) for best in np.min(times, axis=0))


def difference(parameters, expected, X):
    """The largest difference between two mixtures, each given as (weights, means, covariances).

    Means and covariances are measured in the expected component's standard deviations, in the direction
    where they differ most; the log-likelihood in nats per observation. Infinite if it is no mixture at all.
    """
    weights, means, covariances = parameters
    reference = Mixture(*expected)
    symmetric = (covariances + covariances.swapaxes(1, 2)) / 2  # float32 leaves it less than exactly so
    try:
        mixture = Mixture(weights / weights.sum(), means, symmetric)
    except ValueError:
        return np.inf
    L = reference.whitening
    return max(
        np.abs(weights - reference.weights).max(),
        np.abs(L @ (means - reference.means)[:, :, None]).max(),
        np.abs(L @ (covariances - reference.covariances) @ L.swapaxes(1, 2)).max(),
        abs(_log_likelihood(X, mixture) - _log_likelihood(X, reference)) / len(X),
    )


def _log_likelihood(X, mixture):
    return fit(X, mixture, max_iter=0).log_likelihoods[0]
