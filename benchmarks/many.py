"""The best of many starts: all of them at once, one by one, and by the others from the same starts."""

import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.duel import TOLERANCE, difference
from benchmarks.problems import Problem
from gmmlesson import datasets, fit, fit_many
from gmmlesson.initialization import random_points


@dataclass(frozen=True)
class Search:
    """Points, and how many random starts with k components are taken to the tolerance `tol`."""

    name: str
    points: Callable
    k: int
    starts: int
    tol: float = 1e-6
    max_iter: int = 1000

    def make(self):
        """X (n, d), and the starts."""
        X, rng = self.points(), np.random.default_rng(0)
        return X, [random_points(X, self.k, rng) for _ in range(self.starts)]


SEARCHES = [
    Search("the classic 3,000 points", lambda: datasets.make_mixture(np.random.RandomState(3))[0], 3, 100),
    Search("Old Faithful", datasets.old_faithful, 2, 100),
    Search("1e5 points in 8 dimensions", lambda: Problem(100_000, 8, 8).make()[0], 8, 10, max_iter=30),
]
QUICK_SEARCHES = [Search("Old Faithful", datasets.old_faithful, 2, 3)]


@dataclass(frozen=True)
class Outcome:
    """What one way took, in seconds, the shortest of the rounds; None where the results differ.

    difference  the largest between its mixtures and those of `fit_many`, see `duel.difference`; None if it
                chooses starts of its own
    """

    search: Search
    way: str
    difference: float | None
    seconds: float | None


def compare(search, present, *, rounds, seconds):
    """Compare the results, and then time: `fit_many` first, `fit` start by start, and the peers -> Outcomes.

    The peers make the same number of iterations from each start as `fit_many`; scikit-learn is also timed
    with `n_init`, where it stops by itself, at the same tolerance, and takes starts of its own, by k-means.
    """
    X, starts = search.make()
    options = {"tol": search.tol, "max_iter": search.max_iter}
    found = fit_many(X, starts, **options)
    kept = [(start, run) for start, run in zip(starts, found, strict=True) if not isinstance(run, Exception)]

    def together():
        fit_many(X, starts, **options)

    def one_by_one():
        for start, _ in kept:
            fit(X, start, **options)

    yield Outcome(search, "fit_many", 0.0, _shortest(together, rounds, seconds))
    apart = max(difference(_parameters(fit(X, start, **options)), _parameters(run), X) for start, run in kept)
    yield Outcome(search, "fit, one by one", apart, _shortest(one_by_one, rounds, seconds))
    for peer in present:
        sides = [(peer.prepare(X, start), run) for start, run in kept if run.n_iter]
        times = [(side(run.n_iter), run) for side, run in sides]  # compiles, where that is done
        apart = max(difference(result, _parameters(run), X) for (_, result), run in times)
        taken = None
        if apart <= TOLERANCE[peer.precision]:
            again = [side(run.n_iter)[0] for side, run in sides]
            taken = sum(min(first, second) for ((first, _), _), second in zip(times, again, strict=True))
        yield Outcome(search, f"{peer.name}, one by one", apart, taken)
    yield Outcome(search, "scikit-learn, n_init", None, _shortest(_n_init(X, search), 1, 0.0))


def memory(search):
    """The most memory that `fit_many` takes besides the data, and what these take, in bytes."""
    X, starts = search.make()
    fit_many(X[: 10 * search.k], starts[:1], max_iter=1)
    tracemalloc.start()
    fit_many(X, starts, max_iter=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, X.nbytes


def markdown(outcomes, memories):
    """The table, with what it means."""
    rows = []
    for one in outcomes:
        ours = next(other.seconds for other in outcomes if other.search is one.search)
        apart = "own starts" if one.difference is None else f"{one.difference:.0e}"
        cells = ["computes something else", ""]
        if one.seconds is not None:
            cells = [f"{one.seconds:.3g}", f"**{one.seconds / ours:.1f}**"]
        rows.append([f"{one.search.name}, k = {one.search.k}", one.search.starts, one.way, apart, *cells])
    sizes = "; ".join(
        f"{search.name}, {peak / 2**20:.1f} MiB ({data / 2**20:.1f})" for search, (peak, data) in memories
    )
    head = ["data", "starts", "way", "difference", "seconds", "times as long"]
    lines = [head, ["---"] * len(head), *rows]
    return (
        "## Many starts\n\n"
        "The same random starts, each taken to a gain of at most 1e-6 nats a point (at most 30 iterations "
        "for the large data), nothing added to the covariances. The results are compared first, start by "
        "start. The peers make the same number of iterations from each start; *n_init* is scikit-learn as "
        "it comes, with its own starts from k-means and its own stop at the same tolerance.\n\n"
        + "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
        + f"\n\nPeak memory of `fit_many` besides the data, and in brackets that of the data: {sizes}."
    )


def _n_init(X, search):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    def run():
        model = GaussianMixture(
            search.k, tol=search.tol, max_iter=search.max_iter, n_init=search.starts, random_state=0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X)

    return run


def _parameters(run):
    return run.mixture.weights, run.mixture.means, run.mixture.covariances


def _shortest(work, rounds, seconds):
    times, stop = [], time.perf_counter() + seconds
    while not times or (len(times) < rounds and time.perf_counter() < stop):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)
