"""Fit a mixture: choose the step, and let `iterate` repeat it; from one start, or from many at once."""

from collections import defaultdict, deque
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from gmmlesson import validation
from gmmlesson.acceleration import squarem
from gmmlesson.collapse import CollapsedComponent
from gmmlesson.em import Fit, e_step, iterate, m_step
from gmmlesson.engine import Engine, em_step, most_stacked, packs, stacked_step
from gmmlesson.mixture import Mixture, as_mixture
from gmmlesson.stack import Stack


def fit(
    X, start, *, family="full", ridge=0.0, sample_weight=None, tol=1e-8, max_iter=1000,
    engine="auto", accelerate=False, history="all", progress=False,
):
    """Fit a mixture to X (n, d) by EM, beginning at the mixture `start` -> Fit.

    start          where to begin; projected into the family first, so that no step begins outside of it
    family         covariances "full", "tied", "diag", "spherical", "tied_diag" or "tied_spherical"
    ridge          added to every variance, in the units of X squared; with 0 the log-likelihood never falls
    sample_weight  (n,): how many points each row stands for; None for one each
    tol            stop when an iteration gains no more log-likelihood than this per observation, in nats
    max_iter       stop after this many iterations in any case
    engine         "auto" for the fast sums of `engine`, "textbook" for `em.e_step` and `em.m_step`
    accelerate     take SQUAREM's longer steps: fewer iterations, each of which costs three of EM's
    history        "all" to keep every mixture on the way, "ends" for the first and the last, to save memory
    progress       print the iteration and its log-likelihood as it goes

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for data or options that make no sense.
    """
    start = as_mixture(start, "start").projected(family)
    validation.as_choice(engine, "engine", ("auto", "textbook"))
    X = validation.as_data(X, start.d, keep_float32=engine == "auto")
    ridge, tol = validation.as_nonnegative(ridge, "ridge"), validation.as_nonnegative(tol, "tol")
    accelerate = validation.as_flag(accelerate, "accelerate")
    X, sample_weight = validation.without_weightless(X, validation.as_sample_weight(sample_weight, len(X)))
    validation.as_count(start.k, "the number of components", most=len(X), of=", the number of points")
    n = len(X) if sample_weight is None else sample_weight.sum()
    options = {"family": family, "ridge": ridge}

    def run(step):
        repeated = squarem(step) if accelerate else step
        return iterate(repeated, start, tol=tol * n, max_iter=max_iter, history=history, progress=progress)

    if engine == "textbook":
        return run(textbook_step(X, sample_weight=sample_weight, **options))
    with Engine(X, sample_weight=sample_weight) as statistics:
        return run(em_step(statistics, statistics.center, **options))


def textbook_step(X, *, sample_weight=None, **options):
    """EM's step as it is taught, mixture -> (better mixture, log-likelihood of the one given)."""

    def step(mixture):
        responsibilities, log_likelihood = e_step(X, mixture, sample_weight=sample_weight)
        return m_step(X, responsibilities, sample_weight=sample_weight, **options), log_likelihood

    return step


def fit_many(
    X, starts, *, family="full", ridge=0.0, sample_weight=None, tol=1e-8, max_iter=1000, progress=False
):
    """Fit a mixture to X (n, d) by EM from each of many starts -> a list: for each what `fit` gives.

    starts    mixtures, in any number; those with equally many components go together
    progress  show a bar of how many have come to their end

    The other arguments are those of `fit`, and so are iterations and log-likelihoods, to rounding. All runs
    look at the same points, so that a hundred of them are one matrix product: on small data this takes a
    fraction of the time of `fit` again and again. Memory holds the data, a few megabytes a thread, and the
    mixtures; each Fit has `history="ends"`.

    Where `fit` would raise CollapsedComponent, or ValueError because points are out of a mixture's reach, the
    exception takes the place of the Fit, and no other run is the worse for it. Arguments that make no sense
    are refused in one sentence, with ValueError or TypeError.
    """
    starts = _as_starts(starts, family)
    X = validation.as_data(X, starts[0].d, keep_float32=True)
    options = {"family": family, "ridge": validation.as_nonnegative(ridge, "ridge")}
    tol, max_iter = validation.as_nonnegative(tol, "tol"), validation.as_count(max_iter, "max_iter", least=0)
    progress = validation.as_flag(progress, "progress")
    X, sample_weight = validation.without_weightless(X, validation.as_sample_weight(sample_weight, len(X)))
    most = max(start.k for start in starts)
    validation.as_count(most, "the number of components", most=len(X), of=", the number of points")
    n = len(X) if sample_weight is None else sample_weight.sum()
    runs = [_Run(start, tol * n, max_iter) for start in starts]
    with Engine(X, sample_weight=sample_weight) as statistics, _counter(len(runs), progress) as done:
        alone = em_step(statistics, statistics.center, **options)
        together = stacked_step(statistics, statistics.center, **options)
        waiting = defaultdict(deque)
        for run in runs:
            if packs(run.start, statistics.center):
                waiting[run.start.k].append(run)
            else:
                _go_alone(run, run.start, alone)
                done(1)
        for k, queue in waiting.items():
            _go_together(queue, most_stacked(k), together, alone, family, done)
    return [run.outcome for run in runs]


@dataclass(frozen=True, eq=False, repr=False)
class BestFit(Fit):
    """The best of many fits, and how all of them ended.

    ends  (S,) the last log-likelihood from each start, in nats; nan where there is none
    fits  what `fit_many` gave for each start
    """

    ends: np.ndarray
    fits: tuple


def best_of(X, starts, **options):
    """The fit from any of `starts` that ends highest -> BestFit, a Fit which knows all the ends.

    The options are those of `fit_many`. Of equal ends the first counts. Raises CollapsedComponent, or the
    ValueError that there was, if no run came to an end.
    """
    fits = fit_many(X, starts, **options)
    ends = np.array([fit.log_likelihoods[-1] if isinstance(fit, Fit) else np.nan for fit in fits])
    if np.isnan(ends).all():
        raise fits[-1]
    best = fits[np.nanargmax(ends)]
    return BestFit(best.mixtures, best.log_likelihoods, best.converged, ends, tuple(fits))


class _Run:
    """One of many runs: what `iterate` keeps of it, when it stops; `outcome` is the Fit or an exception."""

    def __init__(self, start, tol, max_iter):
        self.start, self.tol, self.max_iter = start, tol, max_iter
        self.log_likelihoods, self.converged, self.outcome = [], False, None

    def is_over(self, log_likelihood):
        """Whether this log-likelihood, of the mixture that the last step gave, is the last one."""
        so_far = self.log_likelihoods
        self.converged = bool(so_far and abs(log_likelihood - so_far[-1]) <= self.tol)
        so_far.append(float(log_likelihood))
        return self.converged or len(so_far) > self.max_iter

    def ends_at(self, mixture):
        mixtures = (self.start, mixture)[: len(self.log_likelihoods)]  # without an iteration the start alone
        self.outcome = Fit(mixtures, np.array(self.log_likelihoods), self.converged)


def _go_alone(run, mixture, step):
    """Take a run from `mixture`, which it has come to, to its end."""
    try:
        better, log_likelihood = step(mixture)
        while not run.is_over(log_likelihood):
            mixture = better
            better, log_likelihood = step(mixture)
    except CollapsedComponent as collapse:
        run.outcome = collapse.but(iteration=len(run.log_likelihoods) + 1)
    except ValueError as out_of_reach:
        run.outcome = out_of_reach
    else:
        run.ends_at(mixture)


def _go_together(waiting, most, together, alone, family, done):
    """Take runs from a queue to their ends, up to `most` of them at a time; who is done makes room."""
    runs, stack = [], None
    while runs or waiting:
        new = [waiting.popleft() for _ in range(min(len(waiting), most - len(runs)))]
        if new:
            runs, stack = runs + new, Stack.of([run.start for run in new], stack)
        better, log_likelihoods, good = together(stack)
        going = np.zeros(len(runs), dtype=bool)
        for s, run in enumerate(runs):
            if not good[s]:
                _go_alone(run, stack.mixture(s, family), alone)
            elif run.is_over(log_likelihoods[s]):
                run.ends_at(stack.mixture(s, family))
            else:
                going[s] = True
        stack = better
        if not going.all():
            done(len(runs) - int(going.sum()))
            runs, stack = [run for s, run in enumerate(runs) if going[s]], better.only(going)


def _as_starts(starts, family):
    """A list of mixtures with equally many features, of the family."""
    if isinstance(starts, Mixture) or not np.iterable(starts):
        raise TypeError(f"starts must be several mixtures, such as a list; it is {validation.shown(starts)}.")
    starts = [as_mixture(start, f"start {i}").projected(family) for i, start in enumerate(starts)]
    if not starts:
        raise ValueError("starts must hold at least one mixture; it is empty.")
    for i, start in enumerate(starts):
        if start.d != starts[0].d:
            raise ValueError(
                f"starts must have equally many features; start 0 has {starts[0].d}, start {i} has {start.d}."
            )
    return starts


@contextmanager
def _counter(total, progress):
    """A function to be told how many more runs are over; it moves a bar if there is to be one."""
    if not progress:
        yield lambda count: None
        return
    from tqdm.auto import tqdm  # not at the top: `import gmmlesson` stays light

    with tqdm(total=total, desc="starts", unit="start") as bar:
        yield bar.update
