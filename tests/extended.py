"""One step of EM with fifty digits and no tricks: the reference for what rounding does to the fast forms."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np

DIGITS = 50
TWO_PI = 2 * Decimal("3.14159265358979323846264338327950288419716939937510582097494")

as_decimal = np.vectorize(Decimal, otypes=[object])  # exact: a 64-bit number is a decimal fraction


@dataclass(frozen=True)
class ExactStep:
    """The next weights (k,), means (k, d), covariances (k, d, d); the log-likelihood of the mixture given."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    log_likelihood: Decimal


def exact_step(X, mixture, *, family="full", ridge=0.0, sample_weight=None):
    """EM's step from the numbers that X (n, d) and `mixture` hold, in decimal arithmetic -> ExactStep."""
    with localcontext() as context:
        context.prec = DIGITS
        n, d = X.shape
        sample_weight = as_decimal(np.ones(n) if sample_weight is None else np.asarray(sample_weight, float))
        X, means = as_decimal(np.asarray(X, dtype=float)), as_decimal(mixture.means)
        log_joint = np.empty((n, mixture.k), dtype=object)
        for j in range(mixture.k):
            L = cholesky(as_decimal(mixture.covariances[j]))
            log_det = 2 * sum(L[i, i].ln() for i in range(d))
            log_peak = Decimal(mixture.weights[j]).ln() - (d * TWO_PI.ln() + log_det) / 2
            for i in range(n):
                whitened = forward(L, X[i] - means[j])
                log_joint[i, j] = log_peak - whitened @ whitened / 2
        top = log_joint.max(axis=1)
        r = np.vectorize(Decimal.exp, otypes=[object])(log_joint - top[:, None])
        density = r.sum(axis=1)
        log_likelihood = sum(sample_weight[i] * (top[i] + density[i].ln()) for i in range(n))
        r = r / density[:, None] * sample_weight[:, None]
        counts = r.sum(axis=0)
        weights = counts / counts.sum()
        means = r.T @ X / counts[:, None]
        covariances = np.empty((mixture.k, d, d), dtype=object)
        for j in range(mixture.k):
            deviations = X - means[j]
            covariances[j] = (r[:, j, None] * deviations).T @ deviations / counts[j]
        covariances = project(covariances, weights, family)
        covariances[:, np.arange(d), np.arange(d)] += Decimal(ridge)
        return ExactStep(weights, means, covariances, log_likelihood)


def project(covariances, weights, family):
    """The projection that `families` makes, written out."""
    d = covariances.shape[1]
    if family.startswith("tied"):
        covariances = np.stack([sum(weights[:, None, None] * covariances)] * len(weights))
    if not family.endswith(("full", "tied")):
        diagonals = np.array([[covariance[i, i] for i in range(d)] for covariance in covariances])
        if family.endswith("spherical"):
            diagonals = np.repeat(diagonals.sum(axis=1, keepdims=True) / d, d, axis=1)
        covariances = np.full_like(covariances, Decimal(0))
        covariances[:, np.arange(d), np.arange(d)] = diagonals
    return covariances


def cholesky(A):
    """The lower factor of A (d, d)."""
    d = len(A)
    L = np.full((d, d), Decimal(0), dtype=object)
    for j in range(d):
        L[j, j] = (A[j, j] - L[j, :j] @ L[j, :j] if j else A[j, j]).sqrt()
        for i in range(j + 1, d):
            L[i, j] = (A[i, j] - (L[i, :j] @ L[j, :j] if j else 0)) / L[j, j]
    return L


def forward(L, b):
    """The solution of L x = b, L being lower triangular."""
    x = np.empty(len(b), dtype=object)
    for i in range(len(b)):
        x[i] = (b[i] - (L[i, :i] @ x[:i] if i else 0)) / L[i, i]
    return x


def error(mixture, log_likelihood, exact, n):
    """How far a step is from the exact one: the largest error of any of its numbers.

    Weights absolute; means and covariances in the exact standard deviations, the means less what the spacing
    of 64-bit numbers at their size makes unavoidable; the log-likelihood per point, relative if above 1.
    """
    variances = np.diagonal(exact.covariances, axis1=1, axis2=2)
    sd = np.sqrt(variances.astype(float))
    with localcontext() as context:
        context.prec = DIGITS
        weights = (as_decimal(mixture.weights) - exact.weights).astype(float)
        means = np.abs((as_decimal(mixture.means) - exact.means).astype(float))
        means -= np.spacing(np.abs(mixture.means))
        covariances = (as_decimal(mixture.covariances) - exact.covariances).astype(float)
        gain = float(Decimal(log_likelihood) - exact.log_likelihood) / n
    size = max(1.0, abs(float(exact.log_likelihood) / n))
    # in two divisions: the products of two standard deviations may be too small for 64 bits
    covariances = np.abs(covariances / sd[:, :, None] / sd[:, None, :])
    return max(np.abs(weights).max(), (means / sd).max(), covariances.max(), abs(gain) / size)
