"""Which component of one fit is which of another: the numbering is an accident, so it is undone here."""

import numpy as np

from gmmlesson.mixture import Mixture, as_mixture


def match(mixture, reference):
    """The order that makes `mixture`'s components resemble `reference`'s most, (k,).

    order[j] is the component of `mixture` that goes with component j of `reference`: of all one-to-one
    assignments the one with the smallest total Bhattacharyya distance (Kailath 1967) between the Gaussians.
    Raises ValueError if the two differ in k or d.
    """
    from scipy.optimize import linear_sum_assignment  # not at the top: `import gmmlesson` stays light

    mixture, reference = as_mixture(mixture), as_mixture(reference, "reference")
    if (mixture.k, mixture.d) != (reference.k, reference.d):
        raise ValueError(
            f"mixture must have the k and d of reference, {reference.k} and {reference.d}; "
            f"it has {mixture.k} and {mixture.d}."
        )
    _, order = linear_sum_assignment(bhattacharyya(reference, mixture))
    return order


def align(mixture, reference):
    """`mixture` with its components in the order of `reference`'s -> Mixture."""
    order = match(mixture, reference)
    return Mixture(mixture.weights[order], mixture.means[order], mixture.covariances[order], mixture.family)


def bhattacharyya(a, b):
    """Bhattacharyya distances between the Gaussians of two mixtures, (k_a, k_b); 0 where they coincide.

    |mu_a - mu_b|^2 / 8 in the metric of their mean covariance S, plus half of log det S less the mean of the
    two log determinants (Kailath 1967).
    """
    a, b = as_mixture(a, "a"), as_mixture(b, "b")
    if a.d != b.d:
        raise ValueError(f"b must have {a.d} features, as a has; it has {b.d}.")
    middle = (a.covariances[:, None] + b.covariances[None]) / 2  # (k_a, k_b, d, d)
    gap = (a.means[:, None] - b.means[None])[..., None]  # (k_a, k_b, d, 1)
    distance = (gap * np.linalg.solve(middle, gap)).sum(axis=(2, 3))
    log_dets = [np.linalg.slogdet(covariances)[1] for covariances in (middle, a.covariances, b.covariances)]
    return distance / 8 + (log_dets[0] - (log_dets[1][:, None] + log_dets[2]) / 2) / 2
