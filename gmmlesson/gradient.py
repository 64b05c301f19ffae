"""The log-likelihood climbed by its slope instead of by EM, to compare the two (Xu & Jordan 1996)."""

import numpy as np

from gmmlesson import validation
from gmmlesson.em import e_step
from gmmlesson.mixture import Mixture, as_mixture


def gradient(X, mixture):
    """The log-likelihood and its slopes -> float, (k,), (k, d), (k, d, d), in nats per unit of each.

    slope of mu_k     =  Sigma_k^-1 sum_n r_nk (x_n - mu_k)
    slope of Sigma_k  =  1/2 Sigma_k^-1 [sum_n r_nk (x_n - mu_k)(x_n - mu_k)^T - N_k Sigma_k] Sigma_k^-1
    slope of pi_k     =  N_k / pi_k, less their mean: the weights keep their sum

    Raises ValueError, in one sentence, where points are so far away that 64 bits cannot hold the slopes.
    """
    r, log_likelihood = e_step(X, mixture)
    X, counts, P = validation.as_data(X), r.sum(axis=0), mixture.precisions
    deviations = X - mixture.means[:, None, :]  # (k, n, d)
    with np.errstate(over="ignore", invalid="ignore"):  # that is looked at below
        pulls = np.einsum("nk,kni->ki", r, deviations)
        scatter = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
        means = np.einsum("kij,kj->ki", P, pulls)
        covariances = 0.5 * P @ (scatter - counts[:, None, None] * mixture.covariances) @ P
        weights = counts / mixture.weights
        weights -= weights.mean()
    _refuse_steep(weights, means, covariances)
    return log_likelihood, weights, means, covariances


def ascend(X, start, size, *, max_iter):
    """Gradient ascent by `size` times the slope per observation, in free coordinates -> log-likelihoods (m,).

    The coordinates are the logarithms of the weights, the means, and the Cholesky factors of the covariances
    with their diagonals in logarithms: whatever they are, the mixture is one. Stops early, at the last number
    that 64 bits can hold, if it runs away.
    """
    X, start, max_iter = _arguments(X, start, max_iter)
    size = validation.as_nonnegative(size, "size")
    coordinates, log_likelihoods = _coordinates(start), []
    for _ in range(max_iter + 1):
        try:
            log_likelihood, slope = _slope(X, coordinates, start.k, start.d)
        except ValueError:  # out of reach
            break
        log_likelihoods.append(log_likelihood)
        with np.errstate(over="ignore"):  # the next slope is refused then
            coordinates = coordinates + size * slope / len(X)
    return np.array(log_likelihoods)


def quasi_newton(X, start, *, max_iter=1000):
    """L-BFGS in the same coordinates -> the log-likelihood at each evaluation, (m,), trial steps included."""
    from scipy.optimize import minimize  # not at the top: `import gmmlesson` stays light

    X, start, max_iter = _arguments(X, start, max_iter)
    log_likelihoods = []

    def loss(coordinates):
        try:
            log_likelihood, slope = _slope(X, coordinates, start.k, start.d)
        except ValueError:  # a trial step out of reach
            log_likelihood, slope = -1e300, np.zeros_like(coordinates)
        log_likelihoods.append(log_likelihood)
        return -log_likelihood / len(X), -slope / len(X)

    options = {"maxiter": max_iter, "maxfun": 2 * max_iter, "ftol": 1e-14, "gtol": 1e-9}
    minimize(loss, _coordinates(start), jac=True, method="L-BFGS-B", options=options)
    return np.array(log_likelihoods)


def _arguments(X, start, max_iter):
    """Data and a start that fit each other, at which there is a slope."""
    start = as_mixture(start, "start")
    X = validation.as_data(X, start.d)
    validation.as_count(start.k, "the number of components", most=len(X), of=", the number of points")
    _slope(X, _coordinates(start), start.k, start.d)  # raises ValueError
    return X, start, validation.as_count(max_iter, "max_iter")


def _coordinates(mixture):
    """The mixture in free coordinates, (k + k d + k d (d + 1) / 2,)."""
    i, j = np.tril_indices(mixture.d)
    factors = mixture.cholesky[:, i, j].copy()
    factors[:, i == j] = np.log(factors[:, i == j])
    return np.concatenate([np.log(mixture.weights), mixture.means.ravel(), factors.ravel()])


def _slope(X, coordinates, k, d):
    """The log-likelihood at free coordinates, and its slope in them."""
    i, j = np.tril_indices(d)
    logits, means, factors = np.split(coordinates, [k, k + k * d])
    factors = factors.reshape(k, -1)
    L = np.zeros((k, d, d))
    with np.errstate(over="ignore", invalid="ignore"):  # Mixture refuses what is out of reach
        L[:, i, j] = np.where(i == j, np.exp(factors), factors)
        covariances = L @ L.swapaxes(1, 2)
        weights = np.exp(logits - logits.max())
        weights /= weights.sum()
    mixture = Mixture(weights, means.reshape(k, d), covariances)
    log_likelihood, of_weights, of_means, of_covariances = gradient(X, mixture)
    of_logits = weights * (of_weights - weights @ of_weights)
    with np.errstate(over="ignore", invalid="ignore"):
        of_factors = (2 * of_covariances @ L)[:, i, j] * np.where(i == j, L[:, i, j], 1)
    _refuse_steep(of_factors)
    return log_likelihood, np.concatenate([of_logits, of_means.ravel(), of_factors.ravel()])


def _refuse_steep(*slopes):
    """Raise ValueError for slopes that have overflowed."""
    if not all(np.isfinite(slope).all() for slope in slopes):
        raise ValueError("X must lie nearer to the mixture, for 64-bit numbers to hold the slopes.")
