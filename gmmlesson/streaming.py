"""EM on data that come in blocks: more than memory holds, or seen only once.

`fit_blocks` gives what `fit` gives on all the points at once. It goes through the blocks once to look at
them, and then once an iteration; it keeps one, and a few megabytes a thread: memory does not grow with n.
An iteration costs what one of `fit` costs plus the reading of the data.

`online` goes through the points once and improves the mixture as it goes: for a stream that cannot be read
again, or where reading is what costs. It comes close to the optimum, not to it. Its many small steps, of some
0.2 ms each, take as long as fifty iterations or more; memory holds a block and a batch.

If the data fit into memory, `fit` is simpler; `distributed.fit_dask` is for data on several machines.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gmmlesson import validation
from gmmlesson.acceleration import squarem
from gmmlesson.blocks import add_up, as_block, as_blocks, is_empty, plain, survey_blocks
from gmmlesson.em import HISTORIES, iterate
from gmmlesson.engine import Worker, buffer_bytes, busy, em_step, packs, parts
from gmmlesson.files import Files
from gmmlesson.mixture import as_mixture
from gmmlesson.sufficient import CenteredForm, PackedForm, SufficientStatistics
from gmmlesson.threads import n_processors, one_blas_thread

__all__ = ["Files", "fit_blocks", "online", "online_step"]

HELD = 10  # points a number of phi(x) and component: for so many the first M-step of `online` waits
LATE = 3.0  # how much more the average of `online` trusts late steps than early ones


def fit_blocks(
    blocks, start, *, family="full", ridge=0.0, tol=1e-8, max_iter=1000, accelerate=False, history="all",
    progress=False,
):  # fmt: skip
    """Fit a mixture by EM to points that come in blocks, beginning at the mixture `start` -> Fit.

    blocks  what can be gone through every iteration anew: a list of arrays (n_b, d), `Files`, an object whose
            __iter__ begins at the beginning; or one array (n, d) or numpy.memmap, which is cut into blocks

    The other arguments are those of `fit`, and so is the result, to rounding. float32 is read as it stands.
    A block that is much work, a million points in two dimensions say, is shared among the processors.

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for data or options that make no sense.
    """
    start, ridge, tol = checked_options(start, family, ridge, tol, max_iter, accelerate, history, progress)
    blocks = as_blocks(blocks)
    if iter(blocks) is blocks:
        raise TypeError(
            "blocks must be something to go through anew every iteration, such as a list of arrays; "
            f"{validation.shown(blocks)} can be gone through only once."
        )
    survey = survey_blocks(blocks, start.d)
    with one_blas_thread, ThreadPoolExecutor(n_processors()) as pool:
        return fit_sums(
            _BlockSums(blocks, survey, start.k, pool), survey, start,
            family=family, ridge=ridge, tol=tol, max_iter=max_iter, accelerate=accelerate,
            history=history, progress=progress,
        )


def online(blocks, start, *, family="full", ridge=0.0, batch=200, kappa=0.6, t0=2.0):
    """Fit a mixture by stepwise EM in one pass through the points, beginning at `start` -> Mixture.

    blocks  arrays (n_b, d), or one array (n, d): any iterable, a generator too
    family  covariances, as in `fit`
    ridge   added to every variance, in the units of X squared
    batch   points a step; how the stream is cut into blocks makes no difference
    kappa   how fast the steps shorten: above 1/2 and at most 1
    t0      by how many steps they are shorter from the beginning, so that the start is not forgotten at once

    The statistics of a batch, per point, move those kept so far, s <- (1 - gamma) s + gamma s(batch), by
    gamma = (t + t0)^-kappa at step t; the M-step then gives the mixture for the next batch (Cappé & Moulines
    2009, J. R. Stat. Soc. B 71, 593). s begins as the statistics of `start`, and the first M-step waits for
    enough points, so that no component collapses early. The result is the M-step of an average of s over
    the steps, which is less noisy than the last s; late steps count more in it (Shamir & Zhang 2013).

    The points must come in random order: of a sorted stream the end is remembered best. Begin at a `fit` to
    the first thousands, since from a bad start one pass with the default steps does not suffice (kappa near
    1/2 and batches of 50 mostly do, and take four times as long); batches of a thousand are quicker then.
    What fits into memory is fitted sooner by `fit` to some of it and a few passes over all.

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for data or options that make no sense.
    """
    start, ridge, _ = checked_options(start, family, ridge)
    batch, t0 = validation.as_count(batch, "batch"), validation.as_nonnegative(t0, "t0")
    if not validation.is_finite_number(kappa) or not 0.5 < kappa <= 1:
        raise ValueError(f"kappa must be above 1/2 and at most 1; it is {validation.shown(kappa)}.")
    first = max(batch, HELD * start.k * (1 + start.d + start.d * (start.d + 1) // 2))
    sums_of = _BatchSums(start, first)
    mixture, s, average = start, sums_of.start, None
    with one_blas_thread:
        for t, X in enumerate(_batches(as_blocks(blocks), start.d, first, batch), 1):
            fraction = len(X) / (first if t == 1 else batch)  # below 1 only for what is left in the end
            s = _moved(s, sums_of(X, mixture), fraction * (t + t0) ** -kappa)
            mixture = s.mixture(family, ridge)
            s = s.about(mixture.means)
            gamma = fraction * (1 + LATE) / (t + LATE)
            average = s if average is None else _moved(average, s, gamma)
    if average is None:
        raise ValueError("blocks must hold at least one point; there is none.")
    return average.mixture(family, ridge)


def online_step(S, X, mixture, gamma, *, family="full", ridge=0.0):
    """One step of stepwise EM, of which `online` takes many -> SufficientStatistics, Mixture.

    S        SufficientStatistics per point, so that its counts are weights: what is known so far. Before the
             first step that is `SufficientStatistics.of(mixture)`
    X        (n, d) the points that have come
    mixture  the Mixture whose responsibilities they get
    gamma    how much they count beside what is known, from 0 to 1
    family   covariances, as in `fit`
    ridge    added to every variance, in the units of X squared

    The statistics become (1 - gamma) S + gamma S(X) / n, and the mixture is their M-step (Cappé & Moulines
    2009, J. R. Stat. Soc. B 71, 593).

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for arguments that make no sense.
    """
    mixture = as_mixture(mixture)
    X = validation.as_data(X, mixture.d)
    if not isinstance(S, SufficientStatistics):
        raise TypeError(f"S must be SufficientStatistics; it is {validation.shown(S)}.")
    if S.origins.shape != mixture.means.shape:
        raise ValueError(
            f"S must be of {mixture.k} components in {mixture.d} dimensions, as the mixture is; "
            f"it is of {S.origins.shape[0]} in {S.origins.shape[1]}."
        )
    if not validation.is_finite_number(gamma) or not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be from 0 to 1; it is {validation.shown(gamma)}.")
    with one_blas_thread:
        S = _moved(S, _BatchSums(mixture, len(X))(X, mixture), gamma)
    return S, S.mixture(family, ridge)


def checked_options(
    start, family, ridge, tol=0.0, max_iter=0, accelerate=False, history="all", progress=False
):  # fmt: skip
    """Refuse options that make no sense before the data are touched -> start (of the family), ridge, tol."""
    start = as_mixture(start, "start").projected(family)
    validation.as_count(max_iter, "max_iter", least=0)
    validation.as_flag(accelerate, "accelerate")
    validation.as_choice(history, "history", HISTORIES)
    validation.as_flag(progress, "progress")
    return start, validation.as_nonnegative(ridge, "ridge"), validation.as_nonnegative(tol, "tol")


def fit_sums(statistics, survey, start, *, family, ridge, tol, max_iter, accelerate, history, progress):
    """EM from sums over the data, as `em_step` wants them, wherever they are made -> Fit."""
    validation.as_count(start.k, "the number of components", most=survey.n, of=", the number of points")
    step = em_step(statistics, survey.center, family=family, ridge=ridge)
    repeated = squarem(step) if accelerate else step
    return iterate(
        repeated, start, tol=tol * survey.n, max_iter=max_iter, history=history, progress=progress
    )


class _BlockSums:
    """The sums of EM over blocks: called with a mixture and a form, it returns SufficientStatistics."""

    def __init__(self, blocks, survey, k, pool):
        self.blocks, self.survey, self.k, self.pool = blocks, survey, k, pool
        self.workers = {}

    def __call__(self, mixture, form, origins=None):
        if form not in self.workers:
            count, survey = n_processors(), self.survey
            sizes = form, self.k, survey.center, survey.n, buffer_bytes(1)
            self.workers[form] = [Worker(*sizes) for _ in range(count)]
        workers, n = self.workers[form], 0
        for worker in workers:
            worker.begin(mixture, origins)
        for block in self.blocks:
            if not is_empty(block):
                X = plain(block)
                self._run(workers, X.T, form.shift(self.survey.center))
                n += len(X)
        if n != self.survey.n:
            raise ValueError(
                "blocks must be the same every time they are gone through; "
                f"there were {self.survey.n} points at first, and now there are {n}."
            )
        return add_up(worker.statistics(self.survey.extent) for worker in workers)

    def _run(self, workers, columns, shift):
        """Share a block out among the threads, and wait: its memory may be used again for the next block."""
        d, n = columns.shape
        shares = parts(n, min(n, len(workers), busy(n, self.k, d)))

        def run(worker, share):
            worker.run(columns[:, slice(*share)], shift)

        if len(shares) == 1:
            run(workers[0], shares[0])
        else:
            list(self.pool.map(run, workers, shares))


class _BatchSums:
    """The sums of EM over a few points, per point: called with them and a mixture."""

    def __init__(self, start, n):
        self.center = start.weights @ start.means
        sizes = start.k, self.center, n, buffer_bytes(1)
        self.forms = {form: Worker(form, *sizes) for form in (PackedForm, CenteredForm)}
        self.start = SufficientStatistics.of(start)

    def __call__(self, X, mixture):
        form = PackedForm if packs(mixture, self.center) else CenteredForm
        worker = self.forms[form]
        worker.begin(mixture)
        worker.run(X.T, form.shift(self.center))
        return worker.statistics(np.abs(X).max(axis=0)).times(1 / len(X))


def _moved(s, target, gamma):
    """(1 - gamma) s + gamma target."""
    return s.times(1 - gamma) + target.times(gamma)


def _batches(blocks, d, first, size):
    """Cut a stream anew: `first` points, then always `size`, and what is left in the end."""
    kept, wanted = [], first
    for i, block in enumerate(blocks):
        if is_empty(block):
            continue
        X = as_block(block, f"block {i}", d)
        while len(X) >= wanted:
            yield np.concatenate([*kept, X[:wanted]])
            X, kept, wanted = X[wanted:], [], size
        if len(X):
            kept.append(X.copy())  # the memory of a block may be used again for the next one
            wanted -= len(X)
    if kept:
        yield np.concatenate(kept)
