"""EM's step as fast as NumPy goes: blocks that stay in the cache, threads, the right form of the moments."""

import functools
import math
import operator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import EPS, CollapsedComponent
from gmmlesson.families import FAMILIES
from gmmlesson.mixture import Mixture, as_mixture
from gmmlesson.stack import Stack
from gmmlesson.sufficient import AMPLIFIED, CenteredForm, FaintForm, PackedForm, distance, magnification
from gmmlesson.threads import CAN_START, n_processors, one_blas_thread

CACHE = 2**20  # bytes of a thread's buffers, to stay in its own cache
SHARED = 2**23  # and of those of several threads: in longer blocks they seldom wait for Python's lock
MIN_WIDTH = 256  # points a block has at least, whatever the cache
MOVED = 10.0  # standard deviations from its origin beyond which a mean takes two digits from its covariance
SMALL = 5e7  # products of an iteration that one thread makes before a second one brings more than it costs


def packs(mixture, center):
    """Whether the packed form about `center` (d,) keeps the digits of a mixture -> bool; of a stack (S,)."""
    return magnification(mixture, center) <= AMPLIFIED


def em_step(statistics, center, *, family="full", ridge=0.0):
    """EM's step, mixture -> (better mixture, log-likelihood of the one given), from sums over the data.

    statistics  (mixture, form, origins=None) -> SufficientStatistics of the data; see `Engine.__call__`
    center      (d,) the point about which the packed form takes its moments

    The packed form is taken where it is faster and keeps its digits, before the step and after it. The
    centered form takes moments about the means before the step, and again if those after it are far away.
    Where a component holds next to nothing, the faint form looks again.
    """
    validation.as_choice(family, "family", FAMILIES)
    validation.as_nonnegative(ridge, "ridge")
    known = None  # the mixture that the last step gave, if the packed form is good enough for it
    visible = None

    def step(mixture):
        nonlocal known, visible
        pays = mixture.k >= min(mixture.d // 4, 8)  # else phi is too long for the few that share it
        if mixture is known or (pays and packs(mixture, center)):
            sums = statistics(mixture, PackedForm)
            visible = least_variances(sums.extent) if visible is None else visible
            arrays, good = sums.guarded(family, ridge, center, visible)
            if good:
                known = Mixture.trusted(family, **arrays)
                return known, float(sums.log_likelihood)
        form = CenteredForm
        sums = statistics(mixture, form)
        if sums.holds_little:
            form = FaintForm
            sums = statistics(mixture, form)
        try:
            better = sums.mixture(family, ridge)
            if distance(better, mixture.means) <= MOVED:
                return better, float(sums.log_likelihood)
        except CollapsedComponent:  # or so it seems
            pass
        sums = statistics(mixture, form, sums.means)
        return sums.mixture(family, ridge), float(sums.log_likelihood)

    return step


def stacked_step(statistics, center, *, family="full", ridge=0.0):
    """The same for a stack: Stack -> (better Stack, log-likelihoods (S,) of the one given, good (S,)).

    Where `good` is false, the packed form is not good enough for that mixture: `em_step` is to make the step.
    All mixtures of the stack given have to pass `packs`; those of the better one do where `good` is true.
    """

    def step(stack):
        sums = statistics(stack, PackedForm)
        arrays, good = sums.guarded(family, ridge, center, least_variances(sums.extent))
        return Stack(**arrays), sums.log_likelihood, good

    return step


def least_variances(extent):
    """What `SufficientStatistics.guarded` asks of variances, (d,): see `collapse.refuse_singular`."""
    return AMPLIFIED * (4 * EPS * extent) ** 2


def most_stacked(k):
    """How many mixtures of k components make a stack whose responsibilities about fit into the cache."""
    return max(1, CACHE // (8 * MIN_WIDTH * (k + 2)))


def buffer_bytes(n_threads, data=math.inf):
    """How much a thread's buffers may take beside so many bytes of data: CACHE, or more for one of several.

    Those of several take together less than half of the data, unless that is less than CACHE each.
    """
    return CACHE if n_threads == 1 else int(max(CACHE, min(SHARED, 0.45 * data) / n_threads))


class Engine:
    """The sums of EM over one array: called with a mixture, or a stack, and a form -> SufficientStatistics.

    X              (n, d): of float64 one centered copy is made; float32 is read as it stands
    sample_weight  (n,), or None
    n_threads      None for one a processor, where the work is worth it; in a browser one does it all

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
        self.n_threads = None if n_threads is None else validation.as_count(n_threads, "n_threads")
        self.shares = {}

    def __enter__(self):
        self.exit = ExitStack()
        self.exit.enter_context(one_blas_thread)
        return self

    def __exit__(self, *exception):
        self.exit.close()

    def __call__(self, mixture, form, origins=None):
        """What the data say about the components of `mixture`, a Mixture or a Stack -> SufficientStatistics.

        origins  (k, d) about which the centered form takes moments; None for the means
        """
        origins = self._arguments(mixture, form, origins)
        size = len(mixture) if isinstance(mixture, Stack) else 1
        most = 2 ** (size - 1).bit_length()  # buffers are made for few sizes, though stacks shrink one by one
        key = form, mixture.k, most
        if key not in self.shares:
            self.shares[key] = self._shares(*key)

        def sums(share):
            worker, columns, shift, sample_weight = share
            worker.begin(mixture, origins)
            worker.run(columns, shift, sample_weight)
            return worker.statistics(self.extent)

        shares = self.shares[key]
        if len(shares) == 1:
            return sums(shares[0])
        return functools.reduce(operator.add, self.pool.map(sums, shares))

    def _arguments(self, mixture, form, origins):
        """Refuse what does not fit -> origins."""
        if not isinstance(mixture, Stack):
            as_mixture(mixture)
        if mixture.d != len(self.center):
            validation.as_data(self.X, mixture.d)
        if not isinstance(form, type) or not issubclass(form, (PackedForm, CenteredForm)):
            raise TypeError(
                f"form must be PackedForm, CenteredForm or FaintForm; it is {validation.shown(form)}."
            )
        if origins is None:
            return None
        origins = validation.as_array(origins, "origins", "(k, d)", largest=validation.LARGEST)
        if origins.shape != mixture.means.shape:
            raise ValueError(
                f"origins must have shape {mixture.means.shape}, a point for each component; "
                f"it has {origins.shape}."
            )
        return origins

    @functools.cached_property
    def pool(self):
        """Threads, which are made when there is work enough for them."""
        return self.exit.enter_context(ThreadPoolExecutor(self.n_threads))

    def _shares(self, form, k, most):
        """For every thread a worker and its share of the points."""
        n, d = self.X.shape
        columns, shift = self.X.T, form.shift(self.center)
        if form is PackedForm and self.X.dtype == np.float64:
            columns, shift = self.columns, np.zeros(d)
        shares, count = [], busy(n, k * most, d)
        if count > 1:
            self.n_threads = (self.n_threads or n_processors()) if CAN_START else 1
            count = min(n, count, self.n_threads)
        memory = buffer_bytes(count, self.X.nbytes)
        for start, stop in parts(n, count):
            weight = None if self.sample_weight is None else self.sample_weight[start:stop]
            worker = Worker(form, k, self.center, stop - start, memory, most)
            shares.append((worker, columns[:, start:stop], shift, weight))
        return shares


class Worker:
    """One thread's buffers: a form for blocks of points that fit into the cache together with it.

    form    PackedForm or CenteredForm, for k components
    center  (d,) about which the packed form takes its moments
    n       how many points `run` is given at most
    memory  bytes that its buffers may take
    most    how many mixtures a stack has at most, or 1
    """

    def __init__(self, form, k, center, n, memory, most=1):
        self.width = max(1, min(n, max(MIN_WIDTH, form.width(k, len(center), memory, most))))
        self.form = form(k, center, self.width, most)
        self.loaded = None

    def begin(self, mixture, origins=None):
        """Forget all sums; from now on the responsibilities are those of `mixture` (see the forms)."""
        self.form.begin(mixture, origins)

    def run(self, columns, shift, sample_weight=None):
        """Add what points have to say: columns (d, n), from which the form is to take `shift` (d,)."""
        n = columns.shape[1]
        if n > self.width:
            self.loaded = None
            for start, stop in parts(n, -(-n // self.width)):
                self.form.load(columns[:, start:stop], shift)
                self.form.add(None if sample_weight is None else sample_weight[start:stop])
        elif n > 0:
            if columns is not self.loaded:  # a single block is loaded once for all iterations
                self.form.load(columns, shift)
                self.loaded = columns
            self.form.add(sample_weight)

    def statistics(self, extent):
        """The sums since `begin` -> SufficientStatistics; extent (d,) is the largest |x| of all data."""
        return self.form.statistics(extent)


def busy(n, k, d):
    """How many threads n points and k components are work enough for."""
    return 1 + int(n * k * d * (d + 10) / SMALL)


def parts(n, count):
    """Cut 0, ..., n - 1 into `count` parts of nearly equal length -> (start, stop) of each."""
    return [(n * i // count, n * (i + 1) // count) for i in range(count)]
