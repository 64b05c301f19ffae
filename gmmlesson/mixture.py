"""A mixture of Gaussians: what it is and what it says about points. How it is fitted is in `em`."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gmmlesson.families import FAMILIES, belongs, n_parameters
from gmmlesson.frames import shown
from gmmlesson.linear_algebra import cholesky
from gmmlesson.validation import (
    LARGEST,
    as_array,
    as_choice,
    as_count,
    as_data,
    as_rng,
    as_sample_weight,
    as_weights,
    refuse_unreachable,
)

HALF_LOG_2_PI = 0.5 * np.log(2 * np.pi)
BLOCK = 2**16  # numbers in the deviations of the points that are looked at together


@dataclass(frozen=True, eq=False, repr=False)
class Mixture:
    """k Gaussians in d dimensions and how often each one speaks.

    weights      (k,)       pi: positive, summing to 1
    means        (k, d)     mu, in the units of the data
    covariances  (k, d, d)  Sigma: symmetric and positive definite, in those units squared
    family       which of `families.FAMILIES` the covariances are restricted to, as whoever fits them knows;
                 None if nobody says: then the smallest that they belong to counts, be it by accident

    The arrays are copied and read-only: an algorithm makes a better mixture, never changes one.
    Raises ValueError, in one sentence, for anything that is not a mixture.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    family: str | None = None

    def __post_init__(self):
        as_array(self.weights, "weights", "(k,)")  # first: weights and means may have been exchanged
        means = as_array(self.means, "means", "(k, d)", largest=LARGEST).copy()
        covariances = as_array(self.covariances, "covariances", "(k, d, d)", largest=LARGEST**2).copy()
        k, d = means.shape
        weights = as_weights(self.weights, k).copy()
        if covariances.shape != (k, d, d):
            raise ValueError(
                f"covariances must have shape ({k}, {d}, {d}) to go with means of shape ({k}, {d}); "
                f"it has {covariances.shape}."
            )
        cholesky = _factors(covariances)
        if self.family is not None and not belongs(
            covariances, as_choice(self.family, "family", FAMILIES), 1e-8
        ):
            raise ValueError(f"covariances must be of the family '{self.family}'; they are not.")
        self._store(self.family, weights=weights, means=means, covariances=covariances, cholesky=cholesky)

    @classmethod
    def trusted(cls, family, **arrays):
        """A Mixture from arrays that are known to be right and nobody else's: neither copied nor checked."""
        mixture = cls.__new__(cls)
        mixture._store(family=family, **arrays)
        return mixture

    def _store(self, family, **arrays):
        for array in arrays.values():
            array.setflags(write=False)
        self.__dict__.update(arrays, family=family)

    def __repr__(self):
        weights = ", ".join(f"{weight:.3g}" for weight in self.weights)
        return f"Mixture(k={self.k}, d={self.d}, weights=[{weights}])"

    def __reduce__(self):  # a copy or an unpickled mixture is validated and read-only as well
        return Mixture, (self.weights, self.means, self.covariances, self.family)

    def projected(self, family):
        """The mixture with covariances of a family, made by its projection where they are not -> Mixture."""
        if as_choice(family, "family", FAMILIES) == self.family:
            return self
        if belongs(self.covariances, family, 1e-12):
            arrays = {name: getattr(self, name) for name in ("weights", "means", "covariances", "cholesky")}
            return Mixture.trusted(family, **arrays)
        return Mixture(self.weights, self.means, FAMILIES[family](self.covariances, self.weights), family)

    @property
    def k(self):
        """Number of components."""
        return len(self.weights)

    @property
    def d(self):
        """Number of features (dimensions)."""
        return self.means.shape[1]

    @cached_property
    def whitening(self):
        """L^-1 of Sigma = L L^T, (k, d, d): it turns deviations from a mean into standard ones."""
        return read_only(np.linalg.inv(self.cholesky))

    @cached_property
    def precisions(self):
        """Sigma^-1, (k, d, d)."""
        return read_only(self.whitening.swapaxes(1, 2) @ self.whitening)

    def log_joint(self, X):
        """log pi_k + log N(x | mu_k, Sigma_k) for every point and component, (n, k), in nats.

        With Sigma = L L^T (Cholesky) the squared Mahalanobis distance is |L^-1 (x - mu)|^2 and
        log det Sigma is twice the sum of the logarithms of L's diagonal (Bishop 2006, eq. 2.43).
        """
        X = as_data(X, self.d)
        with np.errstate(over="ignore"):  # a point can be too far away; that is looked at below
            deviations = X - self.means[:, None, :]  # (k, n, d)
            whitened = np.linalg.solve(self.cholesky, deviations.swapaxes(1, 2))  # (k, d, n)
            distances = (whitened**2).sum(axis=1)  # (k, n), squared
        log_joint = self.log_peaks - 0.5 * distances.T
        refuse_unreachable(log_joint.max(axis=1))
        return log_joint

    @cached_property
    def log_peaks(self):
        """log pi_k + log N(mu_k | mu_k, Sigma_k), (k,): the peak of every component's log joint, in nats."""
        return read_only(log_peaks(self.weights, self.cholesky))

    def log_density(self, X):
        """log p(x) = log sum_k pi_k N(x | mu_k, Sigma_k), (n,), in nats (Bishop 2006, eq. 9.7)."""
        return self._by_block(log_sum_exp, X)

    def log_likelihood(self, X, sample_weight=None):
        """The total of log p(x) over the points, in nats; each times its `sample_weight` (n,), if given."""
        log_density = self.log_density(X)
        sample_weight = as_sample_weight(sample_weight, len(log_density))
        return float(log_density.sum() if sample_weight is None else sample_weight @ log_density)

    def responsibilities(self, X):
        """p(component | x), (n, k), rows summing to 1 (Bishop 2006, eq. 9.13)."""

        def shares(log_joint):
            responsibilities = np.exp(log_joint - log_sum_exp(log_joint)[:, None])
            return responsibilities / responsibilities.sum(axis=1, keepdims=True)  # see e_step

        return self._by_block(shares, X)

    def predict(self, X):
        """The most responsible component of every point, (n,), counted from 0."""
        return self._by_block(lambda log_joint: log_joint.argmax(axis=1), X)

    def _by_block(self, function, X):
        """`function` of the log joint, some thousand points at a time: memory holds little but answers."""
        X = as_data(X, self.d, keep_float32=True)
        size = max(1, BLOCK // self.means.size)
        return np.concatenate([function(self.log_joint(X[i : i + size])) for i in range(0, len(X), size)])

    def sample(self, n, rng):
        """Draw n points: a component by weight, then a point from its Gaussian -> X (n, d), labels (n,)."""
        n, rng = as_count(n, "n"), as_rng(rng)
        labels = rng.choice(self.k, size=n, p=self.weights)
        noise = rng.standard_normal(size=(n, self.d))
        X = self.means[labels] + np.einsum("nij,nj->ni", self.cholesky[labels], noise)
        return X, labels

    @property
    def n_parameters(self):
        """Free parameters of its family: k - 1 weights, k d means, and those of the covariances."""
        if self.family:
            return n_parameters(self.family, self.k, self.d)
        possible = (family for family in FAMILIES if belongs(self.covariances, family, 1e-12))
        return min(n_parameters(family, self.k, self.d) for family in possible)

    def aic(self, X):
        """Akaike's criterion, 2 n_parameters - 2 log-likelihood; lower is better (Akaike 1974)."""
        return 2 * self.n_parameters - 2 * self.log_likelihood(X)

    def bic(self, X):
        """Schwarz's criterion, n_parameters log n - 2 log-likelihood; lower is better (Schwarz 1978)."""
        log_density = self.log_density(X)
        return float(self.n_parameters * np.log(len(log_density)) - 2 * log_density.sum())

    def icl(self, X):
        """BIC plus a price for undecided points; lower is better (Biernacki, Celeux & Govaert 2000).

        The price is -2 sum log max_k r: what is lost if every point goes to its most responsible component.
        """
        undecided = self._by_block(lambda log_joint: log_joint.max(axis=1) - log_sum_exp(log_joint), X)
        return self.bic(X) - float(2 * undecided.sum())


def as_mixture(mixture, name="mixture"):
    """The argument, which is to be a Mixture; raises TypeError otherwise."""
    if not isinstance(mixture, Mixture):
        raise TypeError(f"{name} must be a Mixture; it is {shown(mixture)}.")
    return mixture


def read_only(array):
    """The array, which nobody can change from now on."""
    array.setflags(write=False)
    return array


def log_peaks(weights, cholesky):
    """log pi + log N(mu | mu, L L^T), (..., k), from weights (..., k) and factors L (..., k, d, d)."""
    half_log_det = np.log(cholesky.diagonal(0, -2, -1)).sum(axis=-1)
    return np.log(weights) - (half_log_det + cholesky.shape[-1] * HALF_LOG_2_PI)


def log_sum_exp(log_values):
    """log sum_k exp(log_values[:, k]), (n, k) -> (n,): the largest term is taken out; none overflows."""
    top = log_values.max(axis=1)
    return top + np.log(np.exp(log_values - top[:, None]).sum(axis=1))


def _factors(covariances):
    """The lower factors L of Sigma = L L^T, (k, d, d); refuses what is not symmetric or positive definite."""
    spread = np.sqrt(np.abs(np.diagonal(covariances, axis1=1, axis2=2)))
    tolerance = 1e-8 * spread[:, :, None] * spread[:, None, :]
    for j, skew in enumerate(np.abs(covariances - covariances.swapaxes(1, 2)) > tolerance):
        if skew.any():
            raise ValueError(f"covariances must be symmetric; that of component {j} (counted from 0) is not.")
    try:
        return cholesky(covariances)
    except np.linalg.LinAlgError:
        smallest = np.linalg.eigvalsh(covariances)[:, 0]
        j = smallest.argmin()
        raise ValueError(
            f"covariances must be positive definite; component {j} (counted from 0) has the eigenvalue "
            f"{smallest[j]:.3g}."
        ) from None
