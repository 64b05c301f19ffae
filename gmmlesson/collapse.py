"""A component that has shrunk onto too few points: how it is recognized and what one is told."""

import numpy as np

EPS = np.finfo(float).eps  # the relative size of a rounding
EMPTY = 1e-250  # of all points: what a component that holds less says about its few is lost in 64 bits


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
        held = f"{self.count:.3g}"
        points = "point" if held == "1" else "points"
        if self.count < EPS:  # no sum sees it beside one whole point: no family and no floor brings it back
            remedies = (
                "start elsewhere, for example on data points (initialization.random_points), or ask for "
                "fewer components."
            )
        else:
            remedies = (
                "start elsewhere (another rng, or initialization.kmeans), ask for fewer components or a "
                "smaller family (such as family='tied'), or put a floor under the variances (ridge > 0)."
            )
        return (
            f"Component {self.component} (counted from 0) collapsed{when}: it holds {held} {points}, "
            f"too few to have a covariance; {remedies}"
        )


def resolution(X):
    """The smallest deviation that 64-bit numbers of the size of X can show, a feature, (d,), in its units."""
    return EPS * np.maximum(X.max(axis=0), -X.min(axis=0))


def refuse_empty(counts):
    """Raise CollapsedComponent where a component holds nothing, so that its mean would be 0 / 0."""
    j = counts.argmin()
    if counts[j] < EMPTY * counts.sum():
        raise CollapsedComponent(int(j), float(counts[j]))


def refuse_singular(counts, covariances, resolution):
    """Raise CollapsedComponent for a covariance (d, d) that is zero in some direction, as rounding sees it.

    1 / (Sigma^-1)_jj is what is left of feature j's variance once all the others are known. Two signs, both
    free of units: it is at the square of the data's `resolution`, or at 8 d roundings of the variance.
    Returns the lower Cholesky factors, (k, d, d).
    """
    try:
        cholesky = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        j = next(j for j, covariance in enumerate(covariances) if not _is_positive_definite(covariance))
        raise CollapsedComponent(j, float(counts[j])) from None
    d = len(resolution)
    variances = np.diagonal(covariances, axis1=1, axis2=2)
    with np.errstate(over="ignore"):
        left = 1 / (np.linalg.inv(cholesky) ** 2).sum(axis=1)
    lost = left <= np.maximum((4 * resolution) ** 2, 8 * d * EPS * variances)
    if lost.any():
        j = int(lost.any(axis=1).argmax())
        raise CollapsedComponent(j, float(counts[j]))
    return cholesky


def _is_positive_definite(covariance):
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return False
    return True
