"""A conjugate prior on a mixture, told as points that nobody measured, and EM's M-step with it.

Each component is given, before any data, some invented points with mean m and covariance V: a of them
for its weight, b for its mean, c for its covariance. In the usual words (Fraley & Raftery 2007; Bishop 2006,
sec. 2.3.6 and 10.2; Murphy 2012, sec. 11.4) the weights have a Dirichlet prior with concentration a + 1, and
mean and covariance a normal-inverse-Wishart one: kappa = b, scale Psi = c V, nu = c - d - 2 degrees of
freedom. The invented points are not rows of the data: their covariance is about the component's own mean,
wherever that goes.
"""

from dataclasses import dataclass

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import refuse_empty, refuse_singular, resolution
from gmmlesson.frames import shown
from gmmlesson.mixture import Mixture, as_mixture


@dataclass(frozen=True, eq=False)
class Prior:
    """What is held of every component before data are seen.

    mean               (d,)    m: where its invented points are, in the units of the data
    covariance         (d, d)  V: how they spread, in those units squared
    covariance_points  c: how many there are for its covariance; with 0 a component may collapse
    mean_points        b: how many for its mean
    weight_points      a: how many for its weight

    Numbers of points need not be whole. With all three 0 the prior says nothing. Raises ValueError, in one
    sentence, for anything else.
    """

    mean: np.ndarray
    covariance: np.ndarray
    covariance_points: float
    mean_points: float = 0.01
    weight_points: float = 0.0

    def __post_init__(self):
        largest = validation.LARGEST
        mean = validation.as_array(self.mean, "mean", "(d,)", largest=largest).copy()
        covariance = validation.as_array(self.covariance, "covariance", "(d, d)", largest=largest**2).copy()
        if covariance.shape != (len(mean), len(mean)):
            raise ValueError(
                f"covariance must have shape ({len(mean)}, {len(mean)}) to go with the mean; "
                f"it has {covariance.shape}."
            )
        try:
            Mixture([1.0], [mean], [covariance])
        except ValueError:
            raise ValueError("covariance must be symmetric and positive definite; it is not.") from None
        for array in (mean, covariance):
            array.setflags(write=False)
        numbers = {
            name: validation.as_nonnegative(getattr(self, name), name)
            for name in ("covariance_points", "mean_points", "weight_points")
        }
        self.__dict__.update(numbers, mean=mean, covariance=covariance)


def weak_prior(X, k):
    """A prior that says little and knows the units of the data X (n, d), for k components -> Prior.

    d + 2 points for a covariance, a hundredth of a point for a mean, none for a weight. They lie at the mean
    of all points and are spread like these, but each feature k^(1/d) times less, as if the components shared
    out the space. With so few points nu is 0, so the prior is improper; and as it takes units and place from
    X, it is a data-dependent one. The scale is that of Fraley & Raftery (2007), who give it to *all* their
    2 d + 4 invented points together (nu = d + 2). The mean of a covariance under their prior is the whole
    scale, but its mode, which MAP takes, is 1 / (2 d + 4) of it: that pulls every component inward.

    Raises ValueError where the points do not spread in every direction.
    """
    X = validation.as_data(X)
    d = X.shape[1]
    k = validation.as_count(k, "k")
    deviations = X - X.mean(axis=0)
    covariance = deviations.T @ deviations / max(len(X) - 1, 1) / k ** (2 / d)
    try:
        return Prior(X.mean(axis=0), covariance, covariance_points=d + 2)
    except ValueError:
        raise ValueError("X must spread in every direction for its covariance to be a prior's.") from None


def map_m_step(X, responsibilities, prior):
    """The most probable mixture, given the responsibilities and a prior: maximum a posteriori -> Mixture.

    With counts N_k = sum_n r_nk, and m, V, a, b, c as in `Prior`,

        pi_k    = (N_k + a) / (n + k a)
        mu_k    = (sum_n r_nk x_n + b m) / (N_k + b)
        Sigma_k = (sum_n r_nk (x_n - mu_k)(x_n - mu_k)^T + b (m - mu_k)(m - mu_k)^T + c V) / (N_k + c)

    It maximizes Q + `log_prior` (Fraley & Raftery 2007; Murphy 2012, sec. 11.4), so that with it the
    log-likelihood plus `log_prior` never falls. Raises CollapsedComponent if a component holds too few
    points, invented ones included.
    """
    X = validation.as_data(X, len(_as_prior(prior).mean))
    r = validation.as_responsibilities(responsibilities, len(X))
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    counts = r.sum(axis=0)  # (k,): N_k
    refuse_empty(counts + min(a, b, c))
    weights = (counts + a) / (counts + a).sum()
    means = prior.mean + r.T @ (X - prior.mean) / (counts + b)[:, None]
    deviations, off = X - means[:, None, :], (prior.mean - means)[:, :, None]  # (k, n, d) and (k, d, 1)
    scatter = (r.T[:, :, None] * deviations).swapaxes(1, 2) @ deviations + b * off * off.swapaxes(1, 2)
    covariances = (scatter + c * prior.covariance) / (counts + c)[:, None, None]
    refuse_singular(counts, covariances, resolution(X))
    return Mixture(weights, means, covariances)


def log_prior(mixture, prior):
    """The logarithm of the prior's density at a mixture, up to a constant -> float, in nats.

    sum_k a log pi_k - c/2 (log det Sigma_k + tr Sigma_k^-1 V) - b/2 (mu_k - m)^T Sigma_k^-1 (mu_k - m)
    """
    mixture, d = as_mixture(mixture), len(_as_prior(prior).mean)
    if mixture.d != d:
        raise ValueError(f"mixture must have {d} features, as the prior has; it has {mixture.d}.")
    log_det = 2 * np.log(mixture.cholesky.diagonal(0, 1, 2)).sum()
    trace = np.einsum("kij,ji->", mixture.precisions, prior.covariance)
    off = mixture.means - prior.mean
    distances = np.einsum("ki,kij,kj->", off, mixture.precisions, off)
    about_weights = prior.weight_points * np.log(mixture.weights).sum()
    return float(
        about_weights - prior.covariance_points / 2 * (log_det + trace) - prior.mean_points / 2 * distances
    )


def effective_components(weights):
    """How many equal components would be as diverse as these weights (k,) -> float, from 1 to k.

    exp(-sum_k pi_k log pi_k), the exponential of the entropy (Hill 1973). Weights that are nearly 0 count
    nearly nothing, so that it needs no threshold. It is a diversity and no count: k for k equal weights, but
    1.48 for 0.9, 0.05 and 0.05.
    """
    weights = validation.as_array(weights, "weights", "(k,)")
    if weights.min() < 0 or abs(weights.sum() - 1) > 1e-6:
        raise ValueError(
            f"weights must not be negative, and sum to 1; their sum is {weights.sum():.6g}, the smallest "
            f"{weights.min():.6g}."
        )
    some = weights[weights > 0]
    return float(np.exp(-(some @ np.log(some))))


def _as_prior(prior):
    if not isinstance(prior, Prior):
        raise TypeError(f"prior must be a Prior; it is {shown(prior)}.")
    return prior
