"""Real data: `sklearn_start`."""

from collections.abc import Mapping

import numpy as np

from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.families import FAMILIES
from gmmlesson.mixture import Mixture

PARTS = "weights_init", "means_init", "precisions_init"


def sklearn_start(mixture, covariance_type):
    """What scikit-learn's GaussianMixture needs to start at `mixture` -> {argument: array}."""
    precisions = mixture.precisions
    shapes = {
        "full": precisions,
        "tied": precisions[0],
        "diag": np.diagonal(precisions, axis1=1, axis2=2),
        "spherical": precisions[:, 0, 0],
    }
    return {
        "weights_init": mixture.weights,
        "means_init": mixture.means,
        "precisions_init": shapes[covariance_type],
    }


def my_sklearn_start(mixture, covariance_type):
    precisions = mixture.precisions
    if covariance_type == "tied":
        precisions = precisions[0]
    if covariance_type == "diag":
        precisions = np.diagonal(precisions, axis1=1, axis2=2)
    if covariance_type == "spherical":
        precisions = precisions[:, 0, 0]
    return {
        "weights_init": mixture.weights,
        "means_init": mixture.means,
        "precisions_init": precisions,
    }


def _mixture(rng, k, d, covariance_type):
    """A random mixture whose covariances belong to the family."""
    roots = rng.normal(size=(k, d, d)) * np.linspace(0.5, 2, k)[:, None, None]
    weights = rng.dirichlet(np.full(k, 5.0))
    covariances = FAMILIES[covariance_type](roots @ roots.swapaxes(1, 2) + 0.3 * np.eye(d), weights)
    return Mixture(weights, rng.normal(size=(k, d)) * 3, covariances)


def _cases():
    rng = np.random.default_rng(9)
    line = Mixture([0.75, 0.25], [[0.0], [6.0]], [[[4.0]], [[16.0]]])
    ellipses = [[[2.0, 1.0], [1.0, 2.0]], [[4.0, 0.0], [0.0, 1.0]]]
    plane = Mixture([0.4, 0.6], [[0.0, 1.0], [5.0, 2.0]], ellipses)
    return (
        Case('two components on a line, variances 4 and 16, "full"', (line, "full")),
        Case('two components in the plane, "full"', (plane, "full")),
        Case('the two components on a line, "spherical"', (line, "spherical")),
        Case('the two components on a line, "diag"', (line, "diag")),
        Case('three components that share one ellipse, "tied"', (_mixture(rng, 3, 2, "tied"), "tied")),
        Case('two ellipses along the axes, "diag"', (_mixture(rng, 2, 2, "diag"), "diag")),
        Case('three circles, "spherical"', (_mixture(rng, 3, 2, "spherical"), "spherical")),
        Case('three components with five features, "full"', (_mixture(rng, 3, 5, "full"), "full")),
        Case('two components with five features, "diag"', (_mixture(rng, 2, 5, "diag"), "diag")),
        Case('one component with five features, "tied"', (_mixture(rng, 1, 5, "tied"), "tied")),
    )  # fmt: skip


def _read(answer, mixture, covariance_type):
    if not isinstance(answer, Mapping):
        raise Unreadable(
            "my_sklearn_start returns a dictionary with the keys weights_init, means_init and "
            f"precisions_init; yours returns a {type(answer).__name__}."
        )
    missing = [part for part in PARTS if part not in answer]
    if missing:
        raise Unreadable(f"The dictionary has no {missing[0]}; its keys are {sorted(map(str, answer))}.")
    if len(answer) > len(PARTS):
        extra = sorted(str(key) for key in answer if key not in PARTS)
        raise Unreadable(f"The dictionary has a key too many: {extra[0]}.")
    return {part: np.asarray(answer[part]) for part in PARTS}


def weights_sum_to_one(parts, mixture, covariance_type):
    total = parts["weights_init"].sum()
    return None if abs(total - 1) < 1e-3 else f"the weights sum to {total:.4g}, not 1."


def shape_that_is_taken(parts, mixture, covariance_type):
    k, d = mixture.k, mixture.d
    expected = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[covariance_type]
    shape = parts["precisions_init"].shape
    if shape == expected:
        return None
    return f'precisions_init has shape {shape}; for "{covariance_type}" scikit-learn takes {expected} only.'


def inverse_of_the_covariance(parts, mixture, covariance_type):
    precisions = parts["precisions_init"]
    if covariance_type != "full" or precisions.shape != mixture.covariances.shape:
        return None
    if not np.isfinite(precisions).all():
        return "precisions_init holds a number that is not finite: something was divided by 0."
    product = precisions @ mixture.covariances
    off = np.abs(product - np.eye(mixture.d)).max(axis=(1, 2))
    if (off < 1e-3).all():
        return None
    j = int(off.argmax())
    diagonal = np.array2string(np.diagonal(product[j]), precision=3, separator=", ")
    return (
        f"a precision times its covariance is the identity; for component {j} the diagonal of the product "
        f"is {diagonal}."
    )


def _with(precisions):
    """The answer, with other precisions: a function (covariances (k, d, d)) -> (k, d, d) before the shape."""

    def function(mixture, covariance_type):
        right = sklearn_start(mixture, covariance_type)
        return right | {"precisions_init": _shaped(precisions(mixture), covariance_type)}

    return function


def _shaped(matrices, covariance_type):
    return {
        "full": matrices,
        "tied": matrices[0],
        "diag": np.diagonal(matrices, axis1=1, axis2=2),
        "spherical": matrices[:, 0, 0],
    }[covariance_type]


def _roots(mixture):
    """Upper triangular square roots U of the precisions, U U^T: scikit-learn's precisions_cholesky_."""
    return mixture.whitening.swapaxes(1, 2)


def one_over_each_entry(mixture):
    with np.errstate(divide="ignore"):
        return 1 / mixture.covariances


def full_for_all(mixture, covariance_type):
    return sklearn_start(mixture, "full")


def _instead(family, wrong):
    """The answer, but for one family something else."""

    def function(mixture, covariance_type):
        right = sklearn_start(mixture, covariance_type)
        return right | {"precisions_init": wrong(mixture)} if covariance_type == family else right

    return function


def _other(part, wrong):
    """The answer, but for one of the other arrays."""

    def function(mixture, covariance_type):
        return sklearn_start(mixture, covariance_type) | {part: wrong(mixture)}

    return function


def _diagonals(mixture):
    return np.diagonal(mixture.precisions, axis1=1, axis2=2)


SKLEARN_START = Exercise(
    name="sklearn_start",
    reference=sklearn_start,
    answer=my_sklearn_start,
    cases=_cases(),
    read=_read,
    properties=(weights_sum_to_one, shape_that_is_taken, inverse_of_the_covariance),
    mistakes=(
        Mistake("covariances", _with(lambda mixture: mixture.covariances),
                "these are the covariances themselves. scikit-learn would take them without a word, and "
                "start with a narrow component where yours is wide."),
        Mistake("standard_deviations", _with(lambda mixture: mixture.cholesky),
                "these are square roots of the covariances: standard deviations, or Cholesky factors. A "
                "precision is large where the component is narrow, and no root is taken."),
        Mistake("precisions_cholesky", _with(_roots),
                "these are Cholesky factors of the precisions, which scikit-learn keeps in "
                "`precisions_cholesky_`. `precisions_init` takes the precisions."),
        Mistake("whitening", _with(lambda mixture: mixture.whitening),
                "this is `whitening`, the inverse of the Cholesky factor. It turns deviations into standard "
                "ones; the precision is its transpose times itself."),
        Mistake("one_over_each_entry", _with(one_over_each_entry),
                "each entry of the covariance is turned over by itself. That is the inverse only where "
                "the matrix is diagonal; with a covariance off the diagonal it is another matrix."),
        Mistake("full_for_all", full_for_all,
                "the precisions are right, and have the shape of \"full\" whatever the family. scikit-learn "
                "refuses that: the shape must follow covariance_type."),
        Mistake("tied_as_full", _instead("tied", lambda mixture: mixture.precisions),
                "for \"tied\" you hand over one matrix for every component. They are equal, and scikit-learn "
                "wants the matrix once."),
        Mistake("tied_added_up", _instead("tied", lambda mixture: mixture.precisions.sum(axis=0)),
                "for \"tied\" the precisions are added up. The components share one ellipse, so its "
                "precision is that of any of them."),
        Mistake("diag_as_full", _instead("diag", lambda mixture: mixture.precisions),
                "for \"diag\" you hand over whole matrices. Only their diagonals can differ from 0, and "
                "scikit-learn wants no more than those."),
        Mistake("diag_of_the_first", _instead("diag", lambda mixture: _diagonals(mixture)[0]),
                "for \"diag\" there is the diagonal of the first component alone. Each component has "
                "its own."),
        Mistake("spherical_as_full", _instead("spherical", lambda mixture: mixture.precisions),
                "for \"spherical\" you hand over whole matrices. A circle has one number, which is "
                "1 / variance."),
        Mistake("spherical_as_diag", _instead("spherical", _diagonals),
                "for \"spherical\" the diagonals are handed over. Their numbers are equal within a "
                "component; one of them is enough."),
        Mistake("spherical_trace", _instead("spherical", lambda mixture: _diagonals(mixture).sum(axis=1)),
                "for \"spherical\" the diagonal is added up. It repeats one number d times: take it, or "
                "the mean."),
        Mistake("spherical_of_the_first", _instead("spherical", lambda mixture: _diagonals(mixture)[0, 0]),
                "for \"spherical\" there is a single number for all components. Each circle has its own "
                "radius."),
        Mistake("equal_weights", _other("weights_init", lambda mixture: np.full(mixture.k, 1 / mixture.k)),
                "the weights are all equal. That is a fair start, but not this mixture: it has weights of "
                "its own."),
        Mistake("counts_for_weights", _other("weights_init", lambda mixture: mixture.weights * mixture.k),
                "the weights sum to the number of components. They are shares, and scikit-learn refuses "
                "any that do not sum to 1."),
        Mistake("log_weights", _other("weights_init", lambda mixture: np.log(mixture.weights)),
                "these are the logarithms of the weights. scikit-learn takes them itself."),
        Mistake("means_transposed", _other("means_init", lambda mixture: mixture.means.T),
                "the means are transposed: one row a component, one column a feature."),
    ),
    hints=(
        (
            "A mixture knows its `weights`, `means` and `precisions`. For \"full\" you can hand them over "
            "as they are."
        ),
        (
            "The other families repeat themselves: \"tied\" has k equal matrices, \"diag\" zeros off the "
            "diagonal, \"spherical\" one number d times on it. Keep what does not repeat, in the shapes of "
            "the statement."
        ),
        (
            "`precisions[0]` for \"tied\"; `np.diagonal(precisions, axis1=1, axis2=2)` for \"diag\"; "
            "`precisions[:, 0, 0]` for \"spherical\"."
        ),
    ),
)  # fmt: skip

EXERCISES = (SKLEARN_START,)
