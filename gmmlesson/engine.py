"""EM's step as fast as NumPy goes: blocks that stay in the cache, threads, the right form of the moments."""

import functools
import operator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import CollapsedComponent
from gmmlesson.sufficient import CenteredForm, FaintForm, PackedForm, amplification, distance
from gmmlesson.threads import n_processors, one_blas_thread

CACHE = 2**21  # bytes of a thread's buffers, to stay in its caches
MIN_WIDTH = 256  # points a block has at least, whatever the cache
AMPLIFIED = 1e4  # rounding errors magnified more than this are too many: take the centered form
MOVED = 10.0  # standard deviations from its origin beyond which a mean takes two digits from its covariance
SMALL = 2e6  # products of an iteration below which a second thread costs more than it brings


def em_step(statistics, center, *, family="full", ridge=0.0):
    """EM's step, mixture -> (better mixture, log-likelihood of the one given), from sums over the data.

    statistics  (mixture, form, origins=None) -> SufficientStatistics of the data; see `Engine.__call__`
    center      (d,) the point about which the packed form takes its moments

    The packed form is taken where it is faster and keeps its digits, before the step and after it. The
    centered form takes moments about the means before the step, and again if those after it are far away.
    Where a component holds next to nothing, the faint form looks again.
    """
    known = None  # the mixture that the last step gave, if the packed form is good enough for it

    def packs(mixture):
        pays = mixture.k >= min(mixture.d // 4, 8)  # else phi is too long for the few that share it
        return mixture is known or (pays and amplification(mixture, center) <= AMPLIFIED)

    def step(mixture):
        nonlocal known
        if packs(mixture):
            try:
                sums = statistics(mixture, PackedForm)
                better = sums.mixture(family, ridge)
                if packs(better) and not sums.holds_little:
                    known = better
                    return better, sums.log_likelihood
            except CollapsedComponent:  # or so it seems to the packed form, which may have lost its digits
                pass
        form = CenteredForm
        sums = statistics(mixture, form)
        if sums.holds_little:
            form = FaintForm
            sums = statistics(mixture, form)
        try:
            better = sums.mixture(family, ridge)
            if distance(better, mixture.means) <= MOVED:
                return better, sums.log_likelihood
        except CollapsedComponent:  # or so it seems
            pass
        sums = statistics(mixture, form, sums.means)
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
        self.columns = self.X.T
        if self.X.dtype == np.float64:  # laid out feature by feature
            self.columns = np.array(self.columns, order="C")
        self.extent = np.maximum(self.columns.max(axis=1), -self.columns.min(axis=1)).astype(float)
        self.center = self.columns.mean(axis=1, dtype=float)
        if self.X.dtype == np.float64:  # and centered once
            self.columns -= self.center[:, None]
        self.n_threads = n_threads or n_processors()
        self.shares = {}

    def __enter__(self):
        self.exit = ExitStack()
        self.exit.enter_context(one_blas_thread)
        self.pool = self.exit.enter_context(ThreadPoolExecutor(self.n_threads))
        return self

    def __exit__(self, *exception):
        self.exit.close()

    def __call__(self, mixture, form, origins=None):
        """What the data say about the components of `mixture` -> SufficientStatistics.

        origins  (k, d) about which the centered form takes moments; None for the means
        """
        key = form, mixture.k
        if key not in self.shares:
            self.shares[key] = self._shares(form, mixture.k)

        def sums(share):
            worker, columns, shift, sample_weight = share
            worker.begin(mixture, origins)
            worker.run(columns, shift, sample_weight)
            return worker.statistics(self.extent)

        shares = self.shares[key]
        run = map if len(shares) == 1 else self.pool.map
        return functools.reduce(operator.add, run(sums, shares))

    def _shares(self, form, k):
        """For every thread a worker and its share of the points."""
        n, d = self.X.shape
        columns, shift = self.X.T, form.shift(self.center)
        if form is PackedForm and self.X.dtype == np.float64:
            columns, shift = self.columns, np.zeros(d)
        shares = []
        for start, stop in parts(n, n_shares(n, k, d, self.n_threads)):
            weight = None if self.sample_weight is None else self.sample_weight[start:stop]
            worker = Worker(form, k, self.center, stop - start)
            shares.append((worker, columns[:, start:stop], shift, weight))
        return shares


class Worker:
    """One thread's buffers: a form for blocks of points that fit into the cache together with it.

    form    PackedForm or CenteredForm, for k components
    center  (d,) about which the packed form takes its moments
    n       how many points `run` is given at most
    """

    def __init__(self, form, k, center, n):
        self.width = max(1, min(n, max(MIN_WIDTH, form.width(k, len(center), CACHE))))
        self.form = form(k, center, self.width)
        self.loaded = None

    def begin(self, mixture, origins=None):
        """Forget all sums; from now on the responsibilities are those of `mixture` (see the forms)."""
        self.form.begin(mixture, origins)

    def run(self, columns, shift, sample_weight=None):
        """Add what points have to say: columns (d, n), from which the form is to take `shift` (d,)."""
        n = columns.shape[1]
        if columns is not self.loaded:
            self.loaded = None
        for start, stop in parts(n, -(-n // self.width)):
            if self.loaded is None:
                self.form.load(columns[:, start:stop], shift)
            self.form.add(None if sample_weight is None else sample_weight[start:stop])
        if 0 < n <= self.width:
            self.loaded = columns  # a single block is loaded once for all iterations

    def statistics(self, extent):
        """The sums since `begin` -> SufficientStatistics; extent (d,) is the largest |x| of all data."""
        return self.form.statistics(extent)


def n_shares(n, k, d, n_threads):
    """For how many threads n points are work enough."""
    return min(n, n_threads) if n * k * d * (d + 10) > SMALL else 1


def parts(n, count):
    """Cut 0, ..., n - 1 into `count` parts of nearly equal length -> (start, stop) of each."""
    return [(n * i // count, n * (i + 1) // count) for i in range(count)]
