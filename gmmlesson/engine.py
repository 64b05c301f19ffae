"""EM's step as fast as NumPy goes: blocks that stay in the cache, threads, and the right form of the moments."""

import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import CollapsedComponent
from gmmlesson.sufficient import CenteredForm, PackedForm, amplification

CACHE = 2**20  # bytes of a thread's buffers: about an L2 cache
AMPLIFIED = 1e4  # rounding errors magnified more than this are too many: take the centered form
SMALL = 2e6  # products of an iteration below which a second thread costs more than it brings


def em_step(statistics, center, *, family="full", ridge=0.0):
    """EM's step, mixture -> (better mixture, log-likelihood of the one given), from sums over the data.

    statistics  (mixture, form) -> SufficientStatistics of the data, form being PackedForm or CenteredForm
    center      (d,) the point about which the packed form takes its moments

    The packed form is taken where it keeps its digits, before the step and after it.
    """
    known = None  # the mixture that the last step gave, if the packed form is good enough for it

    def is_near(mixture):
        return mixture is known or amplification(mixture, center) <= AMPLIFIED

    def step(mixture):
        nonlocal known
        if is_near(mixture):
            try:
                sums = statistics(mixture, PackedForm)
                better = sums.mixture(family, ridge)
                if is_near(better):
                    known = better
                    return better, sums.log_likelihood
            except CollapsedComponent:  # or so it seems to the packed form, which may have lost its digits
                pass
        sums = statistics(mixture, CenteredForm)
        return sums.mixture(family, ridge), sums.log_likelihood

    return step


class Engine:
    """The sums of EM over one array: called with a mixture and a form, it returns SufficientStatistics.

    X              (n, d): of float64 one centered copy is made; float32 is read as it stands
    sample_weight  (n,), or None
    n_threads      None for one a processor, where the work is worth it

    For use in a `with` statement, which keeps BLAS's threads from fighting with its own.
    """

    def __init__(self, X, *, sample_weight=None, n_threads=None):
        self.X = validation.as_data(X, keep_float32=True)
        self.sample_weight = validation.as_sample_weight(sample_weight, len(self.X))
        self.extent = np.maximum(self.X.max(axis=0), -self.X.min(axis=0)).astype(float)
        self.center = self.X.mean(axis=0, dtype=float)
        self.n_threads = n_threads or n_processors()
        self.workers = {}

    def __enter__(self):
        self.exit = ExitStack()
        self.exit.enter_context(one_blas_thread)
        self.pool = self.exit.enter_context(ThreadPoolExecutor(self.n_threads))  # its threads start when needed
        return self

    def __exit__(self, *exception):
        self.exit.close()

    def __call__(self, mixture, form):
        """What the data say about the components of `mixture` -> SufficientStatistics."""
        key = form, mixture.k
        if key not in self.workers:
            self.workers[key] = self._workers(form, mixture.k)
        workers = self.workers[key]
        run = map if len(workers) == 1 else self.pool.map
        return functools.reduce(lambda a, b: a + b, run(lambda worker: worker(mixture), workers))

    def _workers(self, form, k):
        """One worker a thread, each with its share of the points."""
        n, d = self.X.shape
        columns, shift = self.X.T, form.shift(self.center)
        if form is PackedForm and columns.dtype == np.float64:  # laid out feature by feature, centered once
            columns, shift = np.subtract(columns, shift[:, None], out=np.empty((d, n))), np.zeros(d)
        n_workers = self.n_threads if n * k * d * (d + 10) > SMALL else 1
        edges = np.linspace(0, n, n_workers + 1).astype(int)
        workers = []
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            weight = None if self.sample_weight is None else self.sample_weight[start:stop]
            workers.append(Worker(form, k, self.center, self.extent, columns[:, start:stop], shift, weight))
        return workers


class Worker:
    """One thread's points, in blocks that fit into the cache together with the buffers of their form."""

    def __init__(self, form, k, center, extent, columns, shift, sample_weight):
        d, n = columns.shape
        width = max(MIN_WIDTH, form.width(k, d, CACHE))
        n_blocks = -(-n // width)
        edges = np.linspace(0, n, n_blocks + 1).astype(int)
        self.columns, self.shift, self.extent, self.sample_weight = columns, shift, extent, sample_weight
        self.blocks = [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
        self.form = form(k, center, -(-n // n_blocks))
        self.loaded = None

    def __call__(self, mixture):
        self.form.begin(mixture)
        for block in self.blocks:
            if block is not self.loaded:  # a single block is loaded once for all iterations
                self.form.load(self.columns[:, block], self.shift)
                self.loaded = block
            self.form.add(None if self.sample_weight is None else self.sample_weight[block])
        return self.form.statistics(self.extent)


MIN_WIDTH = 64  # points a block has at least, whatever the cache


def n_processors():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _OneBlasThread:
    """A context in which BLAS runs single-threaded; may be entered from several threads at a time."""

    def __init__(self):
        self.lock, self.depth = threading.Lock(), 0

    def __enter__(self):
        with self.lock:
            if self.depth == 0:
                self.limit = _blas().limit(limits=1, user_api="blas")
            self.depth += 1

    def __exit__(self, *exception):
        with self.lock:
            self.depth -= 1
            if self.depth == 0:
                self.limit.restore_original_limits()


@functools.cache
def _blas():
    from threadpoolctl import ThreadpoolController  # not at the top: `import gmmlesson` stays light

    return ThreadpoolController()


one_blas_thread = _OneBlasThread()
