"""What a mixture says about the features of a point that nobody measured, given those that somebody did."""

import numpy as np

from gmmlesson.linear_algebra import cholesky
from gmmlesson.mixture import Mixture, as_mixture
from gmmlesson.validation import LARGEST, as_array, as_data, as_numbers, as_rng

SMALLEST = np.finfo(float).tiny  # a weight has to be positive, however little is left of it


def conditional(mixture, known, values):
    """The mixture of all other features where those in `known` have these values -> Mixture.

    known   (m,) which features are known, counted from 0; at least one of them, and not all d
    values  (m,) what they are, in the units of the data

    Features b are known, a asked for; a keeps its order. Each component contributes its own conditional
    Gaussian (Bishop 2006, eqs. 2.81 and 2.82), and weighs as much as it is responsible for x_b:

        mu_a + Sigma_ab Sigma_bb^-1 (x_b - mu_b),      Sigma_aa - Sigma_ab Sigma_bb^-1 Sigma_ba
        pi_k N(x_b | mu_b, Sigma_bb) / sum_j pi_j N(x_b | mu_b, Sigma_bb)

    With L L^T = Sigma, known features first, these are mu_a + L_ab L_bb^-1 (x_b - mu_b) and L_aa L_aa^T,
    which is positive definite by construction. A weight that 64 bits cannot hold becomes the smallest that
    they can.

    Raises ValueError or TypeError, in one sentence, for features that the mixture does not have.
    """
    mixture = as_mixture(mixture)
    known = _as_features(known, mixture.d)
    m = len(known)
    values = as_array(values, "values", "(m,)", largest=LARGEST)
    if len(values) != m:
        raise ValueError(f"values must have {m} entries, one a known feature; it has {len(values)}.")
    order = known + [feature for feature in range(mixture.d) if feature not in known]
    means, covariances = mixture.means[:, order], mixture.covariances[:, order][:, :, order]
    L = cholesky(covariances)  # (k, d, d)
    seen = Mixture.trusted(
        None, weights=mixture.weights, means=means[:, :m], covariances=covariances[:, :m, :m],
        cholesky=L[:, :m, :m],
    )  # fmt: skip
    standard = np.linalg.solve(L[:, :m, :m], (values - means[:, :m])[:, :, None])  # L_bb^-1 (x_b - mu_b)
    moved = means[:, m:] + (L[:, m:, :m] @ standard)[:, :, 0]
    left = L[:, m:, m:] @ L[:, m:, m:].swapaxes(1, 2)
    weights = np.maximum(seen.responsibilities(values[None])[0], SMALLEST)
    return Mixture(weights, moved, left)


def fill_in(X, mixture, rng=None):
    """The points X (n, d) with something in place of each NaN -> (n, d).

    Without `rng` the mean of the missing features given the others of the row: the guess with the smallest
    squared error, and less spread than the truth. With a numpy.random.Generator a draw from their conditional
    mixture: a larger error, and the spread of the truth, if the mixture is right.

    Raises ValueError, in one sentence, for infinity and wrong shapes.
    """
    mixture = as_mixture(mixture)
    rng = None if rng is None else as_rng(rng)
    numbers = as_numbers(X, "X", "(n, d)")
    holes = np.isnan(numbers)
    full = as_data(np.where(holes, 0, numbers), mixture.d).copy()
    for i in np.flatnonzero(holes.any(axis=1)):
        known = np.flatnonzero(~holes[i])
        rest = conditional(mixture, known, full[i, known]) if len(known) else mixture
        full[i, holes[i]] = rest.weights @ rest.means if rng is None else rest.sample(1, rng)[0][0]
    return full


def _as_features(known, d):
    """Indices of features, a list of ints: whole numbers from 0, each once, some but not all of d."""
    known = as_array(known, "known", "(m,)").tolist()
    if len(set(known)) < len(known) or any(feature not in range(d) for feature in known):
        raise ValueError(f"known must hold features from 0 to {d - 1}, each once; it is {known}.")
    if len(known) == d:
        raise ValueError(f"known must leave a feature to be asked for; it holds all {d}.")
    return [int(feature) for feature in known]
