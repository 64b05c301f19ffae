"""A component that has shrunk onto too few points: how it is recognized and what one is told."""

from contextlib import suppress

import numpy as np

from gmmlesson.validation import as_choice, as_count, as_nonnegative

EPS = np.finfo(float).eps  # the relative size of a rounding
EMPTY = 1e-250  # of all points: what a component that holds less says about its few is lost in 64 bits
FAINTEST = np.finfo(float).tiny / EPS  # smaller numbers have lost digits, or may be nothing, by underflow


ELSEWHERE = "start elsewhere (another random_state, init_params or means_init)"
REMEDIES = {  # what the caller of a function can do about a component that shrank, and about an empty one
    "fit": (
        (
            "start elsewhere (another rng, or initialization.kmeans), ask for fewer components or a smaller "
            "family (such as family='tied'), or put a floor under the variances (ridge > 0)."
        ),
        (
            "start elsewhere, for example on data points (initialization.random_points), or ask for fewer "
            "components."
        ),
    ),
    "EMGaussianMixture": (
        (
            f"{ELSEWHERE}, ask for fewer components (n_components) or a smaller family (such as "
            "covariance_type='tied'), or put a floor under the variances (reg_covar > 0)."
        ),
        f"{ELSEWHERE}, or ask for fewer components (n_components).",
    ),
    "short_runs": 2 * ("start elsewhere (another rng, or initialization.kmeans), or ask for a smaller k.",),
    "from_labels": 2
    * (
        (
            "give it other points (labels), ask for a smaller family (such as family='tied'), or put a floor "
            "under the variances (ridge > 0)."
        ),
    ),
}
SHAPES = {0: "coincide", 1: "lie on a line", 2: "lie in a plane"}  # by the directions in which points spread


class CollapsedComponent(ValueError):
    """A component's covariance has become singular: its likelihood would grow without bound.

    component  which one, counted from 0
    count      how many points it holds (the sum of its responsibilities)
    iteration  at which iteration, counted from 1; None outside `iterate`
    spread     in how many directions its points spread, where more points could in more; None if it holds too
               few of them
    caller     which of REMEDIES to name: those that the function has that was called
    """

    def __init__(self, component, count, iteration=None, spread=None, caller="fit"):
        super().__init__(component, count, iteration, spread, caller)
        self.component = as_count(component, "component", least=0)
        self.count = as_nonnegative(count, "count")
        self.iteration = None if iteration is None else as_count(iteration, "iteration")
        self.spread = None if spread is None else as_count(spread, "spread", least=0)
        self.caller = as_choice(caller, "caller", REMEDIES)

    def but(self, **changes):
        """The same with some of its attributes changed, as another CollapsedComponent."""
        names = ("component", "count", "iteration", "spread", "caller")
        return CollapsedComponent(**{name: getattr(self, name) for name in names} | changes)

    def __str__(self):
        when = "" if self.iteration is None else f" at iteration {self.iteration}"
        held = f"{self.count:.3g}"
        points = "point" if held == "1" else "points"
        if self.spread is None:
            why = "too few to have a covariance"
        elif self.spread in SHAPES:
            why = f"which {SHAPES[self.spread]}, so that their covariance is singular"
        else:
            why = f"which spread in only {self.spread} directions, so that their covariance is singular"
        shrank, emptied = REMEDIES[self.caller]
        remedies = emptied if self.count < EPS else shrank  # no sum sees so little beside one whole point
        return (
            f"Component {self.component} (counted from 0) collapsed{when}: it holds {held} {points}, "
            f"{why}; {remedies}"
        )


def resolution(X):
    """The smallest deviation that 64-bit numbers of the size of X can show, a feature, (d,), in its units."""
    return EPS * np.maximum(X.max(axis=0), -X.min(axis=0))


def refuse_empty(counts):
    """Raise CollapsedComponent where a component holds nothing, or too little for a digit of its mean."""
    j = counts.argmin()
    if counts[j] < max(EMPTY * counts.sum(), FAINTEST):
        raise CollapsedComponent(int(j), float(counts[j]))


def refuse_singular(counts, covariances, resolution):
    """Raise CollapsedComponent for a covariance (d, d) that is singular, as rounding sees it.

    1 / (Sigma^-1)_jj is what is left of feature j's variance once all the others are known. Two signs, both
    free of units: it is at the square of the data's `resolution`, or at 8 d roundings of the variance.
    Returns what `factors` does.
    """
    nothing = _nothing(covariances.diagonal(0, 1, 2), resolution)
    with np.errstate(over="ignore", invalid="ignore"):
        cholesky, whitening, precisions = factors(covariances)
        is_left = (precisions.diagonal(0, 1, 2) * nothing < 1).all(axis=1)
    if not is_left.all():
        raise _collapse(int(is_left.argmin()), counts, covariances, resolution)
    return cholesky, whitening, precisions


def factors(covariances):
    """Lower Cholesky factors L of covariances (..., k, d, d), L^-1 and Sigma^-1; nan where there are none."""
    try:
        cholesky = np.linalg.cholesky(covariances)
    except np.linalg.LinAlgError:
        cholesky = np.full(covariances.shape, np.nan)
        for place in np.ndindex(covariances.shape[:-2]):
            with suppress(np.linalg.LinAlgError):
                cholesky[place] = np.linalg.cholesky(covariances[place])
    whitening = np.linalg.inv(cholesky)
    return cholesky, whitening, whitening.swapaxes(-1, -2) @ whitening


def _nothing(variances, resolution):
    """What of variances (..., d) cannot be told from zero, (..., d)."""
    return np.maximum((4 * resolution) ** 2, 8 * len(resolution) * EPS * variances)


def _collapse(j, counts, covariances, resolution):
    """What is to be said of component j, whose covariance is singular -> CollapsedComponent.

    p points spread in at most p - 1 directions. If there are fewer, they coincide, or lie on a line or plane.
    """
    count, spread = float(counts[j]), _directions(covariances[j], resolution)
    too_few = float(f"{count:.3g}") <= spread + 1
    return CollapsedComponent(j, count, spread=None if too_few else spread)


def _directions(covariance, resolution):
    """In how many directions a singular covariance (d, d) is not zero, as rounding sees it.

    Cholesky's elimination, which takes the feature next of which most is left, relative to its variance.
    """
    left, variances = np.array(covariance), np.diagonal(covariance)
    nothing = _nothing(variances, resolution)
    for rank in range(len(left) - 1):
        rest = np.diagonal(left)
        share = np.where(rest > nothing, rest / np.where(variances > 0, variances, 1), 0)
        j = share.argmax()
        if share[j] == 0:
            return rank
        left = left - np.outer(left[:, j], left[j] / rest[j])
    return len(left) - 1
