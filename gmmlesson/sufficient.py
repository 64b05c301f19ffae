"""EM from sums that add up.

All that the M-step asks of the data are three sums a component: the responsibilities, the points times them,
and the points' products times them. Sums over parts of the data add up to the sums over all of it, so the
data may come in blocks, from a file, or from many machines.

Both steps are matrix products. With phi(x) = [1, x, x_i x_j (i <= j)] the log joint density is linear,
theta @ phi, theta being the natural parameters (Wainwright & Jordan 2008, sec. 3.2); and the three sums are
phi @ r^T.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import EPS, factors, refuse_empty, refuse_singular
from gmmlesson.families import FAMILIES
from gmmlesson.mixture import Mixture, as_mixture, log_peaks

FAINT = 1e-200  # densities below this, relative to the highest peak, are computed anew without underflow
AMPLIFIED = 1e4  # rounding errors magnified more than this are too many for the packed form
LITTLE = 1e-90  # of all points: a component that holds less may have lost what underflowed beside the peak


@dataclass(eq=False)
class SufficientStatistics:
    """What data say to the M-step about the components of a mixture.

    origins         (k, d)     the points about which the moments are taken
    counts          (k,)       sum of r: the points that a component holds
    sums            (k, d)     sum of r (x - origin)
    moments         (k, d, d)  sum of r (x - origin)(x - origin)^T
    log_likelihood  float      of the mixture that gave the responsibilities r, in nats
    extent          (d,)       largest |x|, which tells how small a deviation 64-bit numbers can show

    `a + b` are the statistics of both data sets. Those of a `Stack` have an axis in front: counts are
    (S, k), and so on; log_likelihood is (S,).
    """

    origins: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    moments: np.ndarray
    log_likelihood: float
    extent: np.ndarray

    @classmethod
    def of(cls, mixture, ridge=0.0):
        """The statistics, per point, of which `mixture` is the M-step with this ridge."""
        mixture, ridge = as_mixture(mixture), validation.as_nonnegative(ridge, "ridge")
        covariances = mixture.covariances - ridge * np.eye(mixture.d)
        moments = mixture.weights[:, None, None] * covariances
        sums = np.zeros_like(mixture.means)
        return cls(mixture.means, mixture.weights, sums, moments, 0.0, np.abs(mixture.means).max(axis=0))

    def times(self, factor):
        """The same with every point standing for `factor` times as many."""
        factor = validation.as_nonnegative(factor, "factor")
        return SufficientStatistics(
            self.origins,
            factor * self.counts,
            factor * self.sums,
            factor * self.moments,
            factor * self.log_likelihood,
            self.extent,
        )

    def __add__(self, other):
        other = other.about(self.origins)
        return SufficientStatistics(
            self.origins,
            self.counts + other.counts,
            self.sums + other.sums,
            self.moments + other.moments,
            self.log_likelihood + other.log_likelihood,
            np.maximum(self.extent, other.extent),
        )

    def about(self, origins):
        """The same statistics with moments about other origins (k, d)."""
        if origins is self.origins or np.array_equal(origins, self.origins):
            return self
        shift = self.origins - origins
        cross = self.sums[:, :, None] * shift[:, None, :]
        square = self.counts[:, None, None] * shift[:, :, None] * shift[:, None, :]
        moments = self.moments + cross + cross.swapaxes(1, 2) + square
        sums = self.sums + self.counts[:, None] * shift
        return SufficientStatistics(origins, self.counts, sums, moments, self.log_likelihood, self.extent)

    @property
    def holds_little(self):
        """Whether a component holds so little that only `FaintForm` tells how much."""
        return self.counts.min(axis=-1) < LITTLE * self.counts.sum(axis=-1)

    @property
    def means(self):
        """The M-step's means, (k, d)."""
        refuse_empty(self.counts)
        return self.origins + self.sums / self.counts[:, None]

    def mixture(self, family="full", ridge=0.0):
        """The M-step: the mixture with these moments -> Mixture (`em.m_step` has the arguments).

        Raises CollapsedComponent if a component is left with too few points to have a covariance.
        """
        validation.as_choice(family, "family", FAMILIES)
        ridge = validation.as_nonnegative(ridge, "ridge")
        if not math.isfinite(self.log_likelihood):
            validation.refuse_unreachable(self.log_likelihood)
        refuse_empty(self.counts)
        weights, means, covariances = self._maximized(family, ridge)
        inverses = refuse_singular(self.counts, covariances, EPS * self.extent)
        return Mixture.trusted(family, **derived(weights, means, covariances, *inverses))

    def guarded(self, family, ridge, center, visible):
        """The M-step of one mixture or of a stack, refusing nothing -> arrays by name, and a verdict, (S,).

        The verdict says whether the packed form about `center` (d,) has kept its digits, and will do so at
        the mixture that comes; where it does not, the arrays may hold anything. `visible` (d,) are the least
        variances at which a component whose errors are magnified by no more than AMPLIFIED is not singular.
        """
        with np.errstate(all="ignore"):
            weights, means, covariances = self._maximized(family, ridge)
            arrays = derived(weights, means, covariances, *factors(covariances))
            variances = covariances.diagonal(0, -2, -1)
            good = _magnification(means - center, variances, arrays["precisions"]) <= AMPLIFIED
            good &= (variances > visible).all(axis=(-2, -1)) & np.isfinite(self.log_likelihood)
            good &= weights.min(axis=-1) > LITTLE
        return arrays, good

    def _maximized(self, family, ridge):
        """Weights, means and covariances, of one mixture or of a stack."""
        weights = self.counts / self.counts.sum(axis=-1)[..., None]
        offsets = self.sums / self.counts[..., None]
        covariances = self.moments / self.counts[..., None, None]
        covariances -= offsets[..., :, None] * offsets[..., None, :]
        covariances = FAMILIES[family](covariances, weights)
        if ridge:
            covariances = covariances + ridge * np.eye(len(self.extent))
        return weights, self.origins + offsets, covariances


def derived(weights, means, covariances, cholesky, whitening, precisions):
    """What a Mixture or a Stack is made of, by name, with what follows from it."""
    return {
        "weights": weights, "means": means, "covariances": covariances, "cholesky": cholesky,
        "whitening": whitening, "precisions": precisions, "log_peaks": log_peaks(weights, cholesky),
    }  # fmt: skip


def lift(X, center=0.0):
    """phi(x) = [1, x, x_i x_j (i <= j)] of every row of X (n, d) less `center`, as columns: (p, n)."""
    X = validation.as_data(X)
    n, d = X.shape
    return _lift(X.T, validation.as_center(center, d), np.empty((_n_lifted(d), n)))


def natural_parameters(mixture, center=0.0):
    """theta (k, p) with log_joint = theta @ phi, where phi is lifted about `center`; of a stack (S, k, p).

    With Lambda = Sigma^-1 and m = mu - center: first the constant log pi + log N(center), then Lambda m, then
    -Lambda_ii / 2 and -Lambda_ij (i < j), one product x_i x_j standing for both its places in the matrix.
    """
    d = mixture.d
    places, halves = _upper_triangle(d)
    precisions = mixture.precisions
    m = mixture.means - center
    theta = np.empty((*m.shape[:-1], _n_lifted(d)))
    linear = np.matmul(precisions, m[..., None], out=theta[..., 1 : 1 + d, None])[..., 0]
    np.subtract(mixture.log_peaks, 0.5 * np.vecdot(linear, m), out=theta[..., 0])
    upper = precisions.reshape(*m.shape[:-1], d * d).take(places, axis=-1)
    np.multiply(upper, halves, out=theta[..., 1 + d :])
    return theta


def amplification(mixture, center):
    """By how much the packed form about `center` magnifies rounding errors, at most, in the worst component.

    sum_ij a_i |Lambda_ij| a_j, with a = |mu - center| + standard deviations, bounds the terms that cancel in
    a distance and in a covariance, relative to what is left. For a round component it grows as the square of
    its mean's distance from the center in standard deviations. Free of units.
    """
    mixture = as_mixture(mixture)
    return magnification(mixture, validation.as_center(center, mixture.d))


def magnification(mixture, center):
    """The same for the engine, which knows its arguments; of a stack, (S,)."""
    variances = mixture.covariances.diagonal(0, -2, -1)
    with np.errstate(over="ignore"):
        return _magnification(mixture.means - center, variances, mixture.precisions)


def _magnification(offsets, variances, precisions):
    reach = np.abs(offsets) + np.sqrt(variances)
    terms = reach[..., None, :] @ np.abs(precisions) @ reach[..., None]
    return terms[..., 0, 0].max(axis=-1)


def distance(mixture, points):
    """How many standard deviations the means are from points (k, d), one each: the largest, free of units."""
    shift = (mixture.whitening @ (mixture.means - points)[:, :, None])[:, :, 0]
    return np.abs(shift).max()


class PackedForm:
    """Both steps of EM on a block of data as two matrix products, with moments about one center (d,).

    The fastest form, and exact while `amplification` is moderate. Its buffers are made once: fresh memory
    would cost more than the products. A stack of mixtures is one product as well: they share phi.
    """

    def __init__(self, k, center, width, most=1):
        d = len(center)
        self.center, self.origins, self.k = center, np.broadcast_to(center, (k, d)), k
        self.phi = np.empty((_n_lifted(d), width))
        self.r = np.empty((most * k, width))
        self.density = np.empty((2, most, width))
        self.seen = None
        places, _ = _upper_triangle(d)
        place = np.zeros(d * d, dtype=int)  # of x_i x_j in phi
        place[places] = 1 + d + np.arange(len(places))
        self.place = np.maximum(place.reshape(d, d), place.reshape(d, d).T)

    @staticmethod
    def width(k, d, memory, most=1):
        """How many points make a block whose buffers take `memory` bytes, for stacks of so many at most."""
        return memory // (8 * (_n_lifted(d) + most * (k + 2)))

    @staticmethod
    def shift(center):
        """What `load` is to take from the points, (d,)."""
        return center

    def begin(self, mixture, origins=None):
        """Forget all sums; from now on the responsibilities are those of `mixture`. `origins` is not used."""
        self.stacked = mixture.means.shape[:-2]  # () of one mixture, (S,) of a stack
        theta = natural_parameters(mixture, self.center)
        self.peaks = mixture.log_peaks.max(axis=-1)
        theta[..., 0] -= self.peaks[..., None]  # so that no exponential overflows
        self.theta = theta.swapaxes(0, -2).reshape(-1, theta.shape[-1])  # component by component
        self.sums = np.zeros((len(self.phi), len(self.theta)))
        self.log_likelihood = 0.0
        self.total = 0.0  # points, or their weights

    def load(self, columns, shift):
        """Lift a block, given as columns (d, b), about `shift` (d,)."""
        self.lifted = _lift(columns, shift, _narrowed(self.phi, len(self.phi), columns.shape[1]))

    def add(self, sample_weight=None):
        """Add what the loaded block has to say."""
        phi, b = self.lifted, self.lifted.shape[1]
        if (len(self.theta), b) != self.seen:
            self._look_at(len(self.theta), b)
        r = self.log_joint
        self.log_likelihood = self.log_likelihood + _respond(
            lambda: np.matmul(self.theta, phi, out=r), *self.views, sample_weight
        )
        self.total += b if sample_weight is None else sample_weight.sum()
        self.sums += np.dot(phi, r.T)  # `@` holds Python's lock while it makes a small product

    def _look_at(self, rows, b):
        """The parts of the buffers that so many rows of theta and b points need."""
        self.seen, self.log_joint = (rows, b), _narrowed(self.r, rows, b)
        self.views = self.log_joint.reshape(self.k, -1, b), _narrowed(self.density, 2, rows // self.k, b)

    def statistics(self, extent):
        """The sums so far -> SufficientStatistics."""
        d = len(self.center)
        sums = self.sums.T.reshape(self.k, *self.stacked, -1).swapaxes(0, -2)
        counts, moments = sums[..., 0], sums.take(self.place, axis=-1)
        log_likelihood = np.reshape(self.log_likelihood, self.stacked) + self.peaks * self.total
        return SufficientStatistics(
            self.origins, counts, sums[..., 1 : 1 + d], moments, log_likelihood, extent
        )


class CenteredForm:
    """The same where clusters are far apart: moments about points near each component. Slower, exact."""

    own_peaks = False

    def __init__(self, k, center, width, most=1):
        d = len(center)
        self.block = np.empty((d, width))
        self.deviations = np.empty((k, d, width))
        self.scratch = np.empty((k, d, width))
        self.r = np.empty((k, width))
        self.density = np.empty((2, 1, width))

    @staticmethod
    def width(k, d, memory, most=1):
        """How many points make a block whose buffers take `memory` bytes. (It takes no stacks.)"""
        return memory // (8 * (d + 2 * k * d + k + 2))

    @staticmethod
    def shift(center):
        """What `load` is to take from the points, (d,): nothing, so that no digit is lost."""
        return np.zeros_like(center)

    def begin(self, mixture, origins=None):
        """Forget all sums; from now on the responsibilities are those of `mixture`.

        origins  (k, d) about which moments are taken; None for the means of `mixture`
        """
        k, d = mixture.k, mixture.d
        self.origins = mixture.means if origins is None else origins
        self.means, self.whitening = mixture.means, mixture.whitening
        self.log_peaks = mixture.log_peaks
        self.peak = self.log_peaks.max()
        self.counts, self.sums, self.moments = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
        self.log_likelihood = np.zeros(1)

    def load(self, columns, shift):
        """Copy a block, given as columns (d, b), less `shift` (d,)."""
        self.loaded = _narrowed(self.block, *columns.shape)
        np.subtract(columns, shift[:, None], out=self.loaded)

    def add(self, sample_weight=None):
        """Add what the loaded block has to say."""
        b = self.loaded.shape[1]
        deviations = _narrowed(self.deviations, *self.means.shape, b)
        scratch = _narrowed(self.scratch, *self.means.shape, b)
        r, density = _narrowed(self.r, len(self.means), b), _narrowed(self.density, 2, 1, b)
        np.subtract(self.loaded, self.means[:, :, None], out=deviations)

        def log_joint():
            np.matmul(self.whitening, deviations, out=scratch)
            np.einsum("kdb,kdb->kb", scratch, scratch, out=r)
            np.multiply(r, -0.5, out=r)
            np.add(r, (self.log_peaks - self.peak)[:, None], out=r)

        self.log_likelihood += _respond(log_joint, r[:, None], density, sample_weight, self.own_peaks)
        if self.origins is not self.means:
            np.subtract(self.loaded, self.origins[:, :, None], out=deviations)
        np.multiply(deviations, r[:, None, :], out=scratch)
        self.counts += r.sum(axis=1)
        self.sums += scratch.sum(axis=2)
        self.moments += scratch @ deviations.swapaxes(1, 2)

    def statistics(self, extent):
        """The sums so far -> SufficientStatistics."""
        log_likelihood = float(self.log_likelihood[0] + self.peak * self.counts.sum())
        return SufficientStatistics(
            self.origins, self.counts, self.sums, self.moments, log_likelihood, extent
        )


class FaintForm(CenteredForm):
    """The centered form where a component holds next to nothing: no responsibility underflows."""

    own_peaks = True


@functools.cache
def _upper_triangle(d):
    """Where the products x_i x_j (i <= j) stand in a matrix that is laid out flat; their factors in theta."""
    i, j = np.triu_indices(d)
    return i * d + j, np.where(i == j, -0.5, -1.0)


def _narrowed(buffer, *shape):
    """The beginning of a buffer as an array of that shape, without gaps: BLAS reads that fastest."""
    return buffer.reshape(-1)[: math.prod(shape)].reshape(shape)


def _n_lifted(d):
    return 1 + d + d * (d + 1) // 2


def _lift(columns, shift, phi):
    """Write phi(x - shift) into `phi` (p, b) for points given as columns (d, b), and return it."""
    d = len(columns)
    phi[0] = 1
    points = phi[1 : 1 + d]
    np.subtract(columns, shift[:, None], out=points)
    row = 1 + d
    for i in range(d):
        np.multiply(points[i], points[i:], out=phi[row : row + d - i])
        row += d - i
    return phi


def _respond(log_joint, r, buffers, sample_weight, own_peaks=False):
    """Turn log joint densities into responsibilities; returns the sums of the log densities, (S,).

    log_joint()    writes the log joint, less its highest peak, into r (k, S, b)
    r              there the responsibilities go, each times its `sample_weight` (b,), if given
    buffers        two of (S, b)
    own_peaks      take out the largest term of every point, instead of the highest peak of all: slower
    """
    density, buffer = buffers
    log_joint()
    if not own_peaks:
        np.exp(r, out=r)
        np.add.reduce(r, axis=0, out=density)
        if density.min() < FAINT:  # a point far from everything
            own_peaks = True
            log_joint()
    if own_peaks:
        scale = r.max(axis=0)
        with np.errstate(invalid="ignore"):  # a point out of reach: the sum becomes nan, which is looked at
            r -= scale
        np.exp(r, out=r)
        np.add.reduce(r, axis=0, out=density)
    log_density = np.log(density, out=buffer)
    if own_peaks:
        log_density += scale
    total = log_density.sum(axis=1) if sample_weight is None else log_density @ sample_weight
    r *= np.divide(1.0, density, out=buffer)
    if sample_weight is not None:
        r *= sample_weight  # apart from the division, so that nothing overflows
    return total
