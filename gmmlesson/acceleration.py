"""Fewer iterations from the same step: SQUAREM (Varadhan & Roland 2008)."""

import numpy as np

from gmmlesson import validation
from gmmlesson.em import as_answer_of_step
from gmmlesson.mixture import Mixture

LONGER = 4.0  # a stride as long as allowed makes so many times longer ones allowed; a failure takes it back


def squarem(step):
    """A step that strides ahead: made from EM's `step`, used in its place, and worth many of it.

    Two EM steps, theta_0 -> theta_1 -> theta_2, show the direction r = theta_1 - theta_0 and how it turns,
    v = (theta_2 - theta_1) - r. The stride s = |r| / |v| leads to theta_0 + 2 s r + s^2 v, which for s = 1 is
    theta_2 itself; from there EM takes one more step (scheme S3 of Varadhan & Roland 2008, eq. 8). If that
    place is worse than theta_1, theta_2 is the answer, so that the log-likelihood never falls.

    theta holds logarithms of the weights, the means, and Cholesky factors with the logarithm of their
    diagonals: wherever a stride leads, there is a valid mixture, and it is of the same family.
    """
    longest = 1.0
    validation.as_step(step)

    def em_step(mixture):
        return as_answer_of_step(step(mixture))

    def stride(mixture):
        nonlocal longest
        first, log_likelihood = em_step(mixture)
        second, log_likelihood_of_first = em_step(first)
        units = _spread(mixture)
        theta, theta_1, theta_2 = (_to_vector(m, units) for m in (mixture, first, second))
        r = theta_1 - theta
        v = theta_2 - theta_1 - r
        if not v @ v:  # EM stands still
            return second, log_likelihood
        s = min(max(1.0, np.sqrt((r @ r) / (v @ v))), longest)
        longest = LONGER * longest if s == longest else longest
        if s > 1:
            try:
                ahead = _from_vector(theta + 2 * s * r + s**2 * v, second, units)
                better, log_likelihood_ahead = em_step(ahead)
                if log_likelihood_ahead >= log_likelihood_of_first:
                    return better, log_likelihood
            except ValueError:  # there is no mixture there, or one that reaches no point or collapses
                pass
            longest = max(1.0, longest / LONGER)
        return second, log_likelihood

    return stride


def _spread(mixture):
    """Standard deviations of the whole mixture, (d,): in these units strides do not depend on those of X."""
    center = mixture.weights @ mixture.means
    variances = np.diagonal(mixture.covariances, axis1=1, axis2=2) + (mixture.means - center) ** 2
    return np.sqrt(mixture.weights @ variances)


def _to_vector(mixture, units):
    """theta as one vector: log weights (k,), means (k, d), and log-diagonal Cholesky factors (k, d, d)."""
    factors = mixture.cholesky / units[:, None]
    i = np.arange(mixture.d)
    factors[:, i, i] = np.log(factors[:, i, i])
    return np.concatenate([np.log(mixture.weights), (mixture.means / units).ravel(), factors.ravel()])


def _from_vector(theta, like, units):
    """The Mixture of a vector theta, of the family of `like`; raises ValueError if 64 bits cannot hold it."""
    k, d = like.means.shape
    log_weights, means, factors = np.split(theta, [k, k + k * d])
    weights = np.exp(log_weights - log_weights.max())
    factors = factors.reshape(k, d, d).copy()
    i = np.arange(d)
    with np.errstate(over="ignore", invalid="ignore"):  # Mixture looks at the result
        factors[:, i, i] = np.exp(factors[:, i, i])
        factors *= units[:, None]
        covariances = factors @ factors.swapaxes(1, 2)
    return Mixture(weights / weights.sum(), means.reshape(k, d) * units, covariances, like.family)
