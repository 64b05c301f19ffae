"""A component that has shrunk onto too few points: how it is recognized and what one is told."""

import numpy as np


class CollapsedComponent(ValueError):
    """A component's covariance has become singular: its likelihood would grow without bound.

    component  which one, counted from 0
    count      how many points it holds (the sum of its responsibilities)
    iteration  at which iteration, counted from 1; None outside `iterate`
    """

    def __init__(self, component, count, iteration=None):
        super().__init__(component, count, iteration)
        self.component, self.count, self.iteration = component, count, iteration

    def __str__(self):
        when = "" if self.iteration is None else f" at iteration {self.iteration}"
        return (
            f"Component {self.component} (counted from 0) collapsed{when}: it holds {self.count:.3g} points, "
            "too few to have a covariance; start elsewhere (another rng, or initialization.kmeans), ask for "
            "fewer components or a smaller family (such as family='tied'), or put a floor under the "
            "variances (ridge > 0)."
        )


def resolution(X):
    """The smallest deviation that 64-bit numbers of the size of X can show, a feature, (d,), in its units."""
    return np.finfo(float).eps * np.abs(X).max(axis=0)


def refuse_empty(counts):
    """Raise CollapsedComponent where a component holds nothing, so that its mean would be 0 / 0."""
    j = counts.argmin()
    if counts[j] < np.finfo(float).tiny / np.finfo(float).eps:
        raise CollapsedComponent(int(j), float(counts[j]))


def refuse_singular(counts, covariances, resolution):
    """Raise CollapsedComponent for the first covariance (d, d) that `is_singular`."""
    for j, covariance in enumerate(covariances):
        if is_singular(covariance, resolution):
            raise CollapsedComponent(j, float(counts[j]))


def is_singular(covariance, resolution):
    """Whether a covariance (d, d) is zero, in some direction, as far as rounding lets us see.

    Two signs, both free of units: a variance at the square of the data's `resolution`; a feature that the
    ones before it determine to 8 d roundings (a pivot of Cholesky's factorization that vanishes).
    """
    variances = np.diagonal(covariance)
    try:
        pivots = np.diagonal(np.linalg.cholesky(covariance)) ** 2
    except np.linalg.LinAlgError:
        return True
    flat = variances <= (4 * resolution) ** 2
    determined = pivots <= 8 * len(variances) * np.finfo(float).eps * variances
    return bool(flat.any() or determined.any())
