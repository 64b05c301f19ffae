"""Real data: `sklearn_start`, `unscale`."""

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


def _mixture(rng, k, d, covariance_type, unit=1.0):
    """A random mixture whose covariances belong to the family; standard deviations are about a `unit`."""
    roots = rng.normal(size=(k, d, d)) * np.linspace(0.5, 2, k)[:, None, None]
    weights = rng.dirichlet(np.full(k, 5.0))
    covariances = FAMILIES[covariance_type](roots @ roots.swapaxes(1, 2) + 0.3 * np.eye(d), weights)
    return Mixture(weights, rng.normal(size=(k, d)) * 3 * unit, covariances * unit**2)


def _cases():
    rng = np.random.default_rng(9)
    line = Mixture([0.75, 0.25], [[0.0], [6.0]], [[[4.0]], [[16.0]]])
    ellipses = [[[2.0, 1.0], [1.0, 2.0]], [[4.0, 0.0], [0.0, 1.0]]]
    plane = Mixture([0.4, 0.6], [[0.0, 1.0], [5.0, 2.0]], ellipses)
    circles = Mixture([0.4, 0.6], plane.means, [0.25 * np.eye(2)] * 2)
    rare = Mixture([1 - 1e-7, 1e-7], plane.means, ellipses)
    m_and_mm = np.array([0.002, 14.0])  # a condition number of tens of millions
    two_units = Mixture([0.4, 0.6], plane.means * m_and_mm, ellipses * np.outer(m_and_mm, m_and_mm))
    fine = "lengths in meters, spread by a tenth of a millimeter"
    coarse = "lengths in meters, spread by ten kilometers"
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
        Case('five components on a line, "tied"', (_mixture(rng, 5, 1, "tied"), "tied")),
        Case('one component with two features, "full"', (_mixture(rng, 1, 2, "full"), "full")),
        Case('one circle with three features, "spherical"', (_mixture(rng, 1, 3, "spherical"), "spherical")),
        Case('two equal circles, "full" all the same', (circles, "full")),
        Case('the two equal circles, "diag"', (circles, "diag")),
        Case('a component of one point in ten million, "full"', (rare, "full")),
        Case('depths in meters and lengths in millimeters, "full"', (two_units, "full")),
        Case(f'{fine}, "full"', (_mixture(rng, 3, 2, "full", 1e-4), "full")),
        Case(f'{fine}, "diag"', (_mixture(rng, 3, 2, "diag", 1e-4), "diag")),
        Case(f'{fine}, "spherical"', (_mixture(rng, 3, 2, "spherical", 1e-4), "spherical")),
        Case(f'{coarse}, "tied"', (_mixture(rng, 3, 2, "tied", 1e4), "tied")),
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


def _variances(mixture):
    return np.diagonal(mixture.covariances, axis1=1, axis2=2)


def one_over_sd(mixture, covariance_type):
    """1 / standard deviation where there is one number a feature or a component."""
    right = sklearn_start(mixture, covariance_type)
    if covariance_type in ("diag", "spherical"):
        right["precisions_init"] = np.sqrt(right["precisions_init"])
    return right


def _transposed(mixture, covariance_type):
    right = sklearn_start(mixture, covariance_type)
    return right | {"precisions_init": right["precisions_init"].T}


def _squeezed(mixture, covariance_type):
    right = sklearn_start(mixture, covariance_type)
    return right | {"precisions_init": right["precisions_init"].squeeze()}


def _by_weight(mixture, covariance_type):
    order = np.argsort(-mixture.weights, kind="stable")
    arrays = mixture.weights, mixture.means, mixture.covariances
    return sklearn_start(Mixture(*(array[order] for array in arrays)), covariance_type)


def _whitening_times_transposed(mixture):
    return mixture.whitening @ mixture.whitening.swapaxes(1, 2)


def _with_a_ridge(mixture):
    return np.linalg.inv(mixture.covariances + 1e-6 * np.eye(mixture.d))


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
        Mistake("cholesky_of_the_precisions", _with(lambda mixture: np.linalg.cholesky(mixture.precisions)),
                "you took the Cholesky factors of the precisions, lower triangles. `precisions_init` takes "
                "the precisions as they are; scikit-learn computes the factors that it needs."),
        Mistake("whitening_times_transposed", _with(_whitening_times_transposed),
                "this is W W^T, with `whitening` for W. The precision is W^T W: on a line the same, in "
                "the plane another ellipse."),
        Mistake("transposed", _transposed,
                "the precisions are turned by `.T`, which turns *all* axes: the components come last. Each "
                "matrix is symmetric, so there is nothing to turn."),
        Mistake("squeezed", _squeezed,
                "every axis of length 1 is gone, as `squeeze` leaves it. With one component or one feature "
                "the axis is still wanted: index the axis that you want to lose."),
        Mistake("ridge_added", _with(_with_a_ridge),
                "a millionth was added to the variances before they were inverted. That is what `reg_covar` "
                "does in each M-step; a start is handed over as it is, and may be in meters."),
        Mistake("one_over_each_entry", _with(one_over_each_entry),
                "each entry of the covariance is turned over by itself. That is the inverse only where "
                "the matrix is diagonal; with a covariance off the diagonal it is another matrix."),
        Mistake("full_for_all", full_for_all,
                "the precisions are right, and have the shape of \"full\" whatever the family. scikit-learn "
                "refuses that: the shape must follow covariance_type."),
        Mistake("tied_as_full", _instead("tied", lambda mixture: mixture.precisions),
                "for \"tied\" you hand over one matrix for every component. They are equal, and scikit-learn "
                "wants the matrix once."),
        Mistake("tied_slice", _instead("tied", lambda mixture: mixture.precisions[:1]),
                "for \"tied\" you hand over a stack of one matrix, (1, d, d): a slice such as `[:1]` keeps "
                "the axis of the components. An index takes the matrix out of the stack."),
        Mistake("tied_covariance", _instead("tied", lambda mixture: mixture.covariances[0]),
                "for \"tied\" this is the covariance that the components share. Its inverse is wanted, the "
                "precision."),
        Mistake("tied_covariances_added_up",
                _instead("tied", lambda mixture: np.linalg.inv(mixture.covariances.sum(axis=0))),
                "for \"tied\" the covariances are added up before they are inverted. They are equal: the "
                "sum is k times too wide, and its precision k times too small."),
        Mistake("tied_added_up", _instead("tied", lambda mixture: mixture.precisions.sum(axis=0)),
                "for \"tied\" the precisions are added up. The components share one ellipse, so its "
                "precision is that of any of them."),
        Mistake("diag_as_full", _instead("diag", lambda mixture: mixture.precisions),
                "for \"diag\" you hand over whole matrices. Only their diagonals can differ from 0, and "
                "scikit-learn wants no more than those."),
        Mistake("diag_of_the_first", _instead("diag", lambda mixture: _diagonals(mixture)[0]),
                "for \"diag\" there is the diagonal of the first component alone. Each component has "
                "its own."),
        Mistake("diagonal_of_the_stack", _instead("diag", lambda mixture: mixture.precisions.diagonal()),
                "for \"diag\" the diagonal runs through the first two axes, components and rows. The "
                "matrices lie in the last two: tell `diagonal` so, with its axis1 and axis2."),
        Mistake("diag_variances", _instead("diag", _variances),
                "for \"diag\" these are the variances, the diagonals of the covariances. A precision is 1 "
                "over that."),
        Mistake("diag_one_over_sd", _instead("diag", lambda mixture: np.sqrt(_diagonals(mixture))),
                "for \"diag\" these are 1 / standard deviation. A precision is 1 / variance: no root is "
                "taken."),
        Mistake("one_over_sd", one_over_sd,
                "for \"diag\" and for \"spherical\" these are 1 / standard deviation. A precision is "
                "1 / variance, the square of that."),
        Mistake("spherical_one_over_sd",
                _instead("spherical", lambda mixture: np.sqrt(_diagonals(mixture)[:, 0])),
                "for \"spherical\" these are 1 / standard deviation, 1 over the radii of the circles. A "
                "precision is 1 / variance, the square of that."),
        Mistake("spherical_variances", _instead("spherical", lambda mixture: _variances(mixture)[:, 0]),
                "for \"spherical\" these are the variances of the circles. A precision is 1 over that."),
        Mistake("spherical_column", _instead("spherical", lambda mixture: mixture.precisions[:, :1, 0]),
                "for \"spherical\" you hand over a column, (k, 1): a slice such as `:1` keeps its axis. "
                "scikit-learn wants one axis, (k,)."),
        Mistake("spherical_as_full", _instead("spherical", lambda mixture: mixture.precisions),
                "for \"spherical\" you hand over whole matrices. A circle has one number, which is "
                "1 / variance."),
        Mistake("spherical_as_diag", _instead("spherical", _diagonals),
                "for \"spherical\" the diagonals are handed over. Their numbers are equal within a "
                "component; one of them is enough."),
        Mistake("spherical_trace", _instead("spherical", lambda mixture: _diagonals(mixture).sum(axis=1)),
                "for \"spherical\" the diagonal is added up. It repeats one number d times: take it, or "
                "the mean."),
        Mistake("spherical_mean_of_all_entries",
                _instead("spherical", lambda mixture: mixture.precisions.mean(axis=(1, 2))),
                "for \"spherical\" each number is d times too small. A mean of *all* entries counts the "
                "zeros off the diagonal, and 1 / trace has added up d equal variances: take one entry of the "
                "diagonal."),
        Mistake("spherical_determinant",
                _instead("spherical", lambda mixture: np.linalg.det(mixture.precisions)),
                "for \"spherical\" these are determinants: the number on the diagonal, to the power d. Take "
                "it once."),
        Mistake("spherical_of_the_first", _instead("spherical", lambda mixture: _diagonals(mixture)[0, 0]),
                "for \"spherical\" there is a single number for all components. Each circle has its own "
                "radius."),
        Mistake("equal_weights", _other("weights_init", lambda mixture: np.full(mixture.k, 1 / mixture.k)),
                "the weights are all equal. That is a fair start, but not this mixture: it has weights of "
                "its own."),
        Mistake("sorted_by_weight", _by_weight,
                "the components are right, and sorted by weight. As a mixture that is the same; but who "
                "compares the fits expects component 0 in row 0 of both. Leave the order alone."),
        Mistake("counts_for_weights", _other("weights_init", lambda mixture: mixture.weights * mixture.k),
                "the weights sum to the number of components. They are shares, and scikit-learn refuses "
                "any that do not sum to 1."),
        Mistake("log_weights", _other("weights_init", lambda mixture: np.log(mixture.weights)),
                "these are the logarithms of the weights. scikit-learn takes them itself."),
        Mistake("weights_and_means_exchanged",
                lambda mixture, covariance_type: sklearn_start(mixture, covariance_type)
                | {"weights_init": mixture.means, "means_init": mixture.weights},
                "the weights stand under `means_init`, and the means under `weights_init`."),
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
            "`precisions[0]` for \"tied\"; `np.diagonal(precisions, axis1=1, axis2=2)` for \"diag\". For "
            "\"spherical\" one number of each matrix: all of the first index, and one place in the other two."
        ),
    ),
)  # fmt: skip


# --- unscale ----------------------------------------------------------------------------------------


def unscale(mixture, center, scale):
    """The mixture of x, where `mixture` is that of (x - center) / scale; center and scale (d,)."""
    means = center + scale * mixture.means  # (k, d)
    covariances = scale[:, None] * mixture.covariances * scale  # (k, d, d)
    return Mixture(mixture.weights, means, covariances)


def my_unscale(mixture, center, scale):
    means = mixture.means * scale + center
    covariances = mixture.covariances * np.outer(scale, scale)
    return Mixture(mixture.weights, means, covariances)


def _unscale_cases():
    rng = np.random.default_rng(91)
    one = Mixture([1.0], [[2.0]], [[[0.25]]])
    line = Mixture([0.75, 0.25], [[-0.5], [1.5]], [[[0.25]], [[0.09]]])
    ellipses = [[[0.5, 0.3], [0.3, 0.4]], [[0.2, -0.1], [-0.1, 0.6]]]
    plane = Mixture([0.4, 0.6], [[-0.6, 0.2], [0.9, -0.3]], ellipses)
    straight = Mixture([0.4, 0.6], plane.means, [np.diag([0.5, 0.4]), np.diag([0.2, 0.6])])
    rare = Mixture([1 - 1e-7, 1e-7], plane.means, ellipses)
    circles = Mixture([0.4, 0.6], plane.means, [0.5 * np.eye(2), 0.2 * np.eye(2)], "spherical")
    center, scale = np.array([17.0, 200.0]), np.array([2.0, 14.0])
    birds = np.array([44.0, 17.0, 201.0, 4202.0]), np.array([5.5, 2.0, 14.0, 801.0])
    return (
        Case("one component, one feature: center 200, scale 14", (one, center[1:], scale[1:])),
        Case("two components, one feature", (line, np.array([-3.0]), np.array([0.1]))),
        Case("two components along the axes, two features", (straight, center, scale)),
        Case("two tilted components, two features", (plane, center, scale)),
        Case("two tilted components, scales of 0.001 and 50", (plane, center, np.array([0.001, 50.0]))),
        Case("three components, four features in mm and g", (_mixture(rng, 3, 4, "full"), *birds)),
        Case("data that were standard already", (plane, np.zeros(2), np.ones(2))),
        Case("one component, three features", (_mixture(rng, 1, 3, "full"), birds[0][:3], birds[1][:3])),
        Case("five components, one feature", (_mixture(rng, 5, 1, "full"), center[1:], scale[1:])),
        Case("a component of one bird in ten million", (rare, center, scale)),
        Case('two circles in z, fitted as "spherical"', (circles, center, scale)),
        Case("bacteria, in meters", (plane, np.array([1.3e-6, 0.9e-6]), np.array([3.1e-7, 1.7e-7]))),
        Case(
            "time stamps, spread by a second, and what was paid",
            (plane, np.array([1.7e9, 83.0]), np.array([1.3, 2900.0])),
        ),
    )


def _read_unscale(answer, mixture, center, scale):
    if isinstance(answer, (tuple, list)) and len(answer) == 3:
        answer = Mixture(*answer)
    if not isinstance(answer, Mixture):
        raise Unreadable(f"my_unscale returns a Mixture; yours returns a {type(answer).__name__}.")
    return {"weights": answer.weights, "means": answer.means, "covariances": answer.covariances}


def _same_standard_deviations(parts, mixture, center, scale):
    """The spread of a component, in scales, is what it was."""
    if parts["covariances"].shape != mixture.covariances.shape:
        return None
    right = np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2)) * scale
    given = np.sqrt(np.diagonal(parts["covariances"], axis1=1, axis2=2))
    off = np.abs(given / right - 1)
    if (off < 1e-3).all():
        return None
    j, i = np.unravel_index(off.argmax(), off.shape)
    z = right[j, i] / scale[i]
    return (
        f"component {j} has standard deviation {z:.3g} in z, and feature {i} has scale {scale[i]:g}: that is "
        f"{right[j, i]:.3g} in x. Yours has {given[j, i]:.3g}."
    )


def _places(means):
    """The right answer, but for the means: a function (means, center, scale) -> means."""
    return lambda mixture, center, scale: Mixture(
        mixture.weights, means(mixture.means, center, scale), unscale(mixture, center, scale).covariances
    )


def _spreads(covariances):
    """The right answer, but for the covariances: a function (covariances, scale) -> covariances."""
    return lambda mixture, center, scale: Mixture(
        mixture.weights, unscale(mixture, center, scale).means, covariances(mixture.covariances, scale)
    )


def _scaled_again(mixture, center, scale):
    return Mixture(
        mixture.weights, (mixture.means - center) / scale, mixture.covariances / np.outer(scale, scale)
    )


def _weights_as_densities(mixture, center, scale):
    right = unscale(mixture, center, scale)
    return Mixture(mixture.weights / scale.prod(), right.means, right.covariances)


def _in_place(mixture, center, scale):
    mixture.means *= scale
    return mixture


def _other_order(mixture, center, scale):
    right = unscale(mixture, center, scale)
    return Mixture(right.means, right.covariances, right.weights)


def _in_its_family(mixture, center, scale):
    right = unscale(mixture, center, scale)
    return Mixture(right.weights, right.means, right.covariances, mixture.family)


def _sorted_by_weight(mixture, center, scale):
    right, order = unscale(mixture, center, scale), np.argsort(-mixture.weights, kind="stable")
    return Mixture(right.weights[order], right.means[order], right.covariances[order])


def _scales_as_variances(mixture, center, scale):
    return unscale(mixture, center, np.sqrt(scale))


def _equal_weights(mixture, center, scale):
    right = unscale(mixture, center, scale)
    return Mixture(np.full(mixture.k, 1 / mixture.k), right.means, right.covariances)


def _standard_deviations(mixture, center, scale):
    means = unscale(mixture, center, scale).means
    return Mixture(mixture.weights, means, scale[:, None] * mixture.cholesky)


def _columns_of_the_factor(mixture, center, scale):
    L = mixture.cholesky * scale
    return Mixture(mixture.weights, unscale(mixture, center, scale).means, L @ L.swapaxes(1, 2))


def _with_a_root(covariances, scale):
    return covariances * np.sqrt(np.outer(scale, scale))


def _symmetrized(covariances, scale):
    columns = covariances * scale**2
    return (columns + columns.swapaxes(1, 2)) / 2


def _transformed_back(mixture, center, scale):
    """What StandardScaler's inverse_transform does to the means, done to the covariances too."""
    return Mixture(mixture.weights, mixture.means * scale + center, mixture.covariances * scale + center)


def _only_variances_scaled(covariances, scale):
    return covariances * np.where(np.eye(len(scale)), scale**2, 1)


def _without_correlation(covariances, scale):
    return covariances * np.diag(scale**2)


UNSCALE = Exercise(
    name="unscale",
    reference=unscale,
    answer=my_unscale,
    cases=_unscale_cases(),
    read=_read_unscale,
    properties=(_same_standard_deviations,),
    tolerance={"means": (1e-12, 1e-18)},  # of a time stamp, a millionth is half an hour
    mistakes=(
        Mistake("scaled_again", _scaled_again,
                "this goes the other way: it takes the center off and divides by the scale once more. Solve "
                "z = (x - center) / scale for x."),
        Mistake("center_forgotten", _places(lambda means, center, scale: means * scale),
                "the covariances are right; the means are in the right units, but around zero. The center "
                "has to come back."),
        Mistake("center_and_scale_swapped", _places(lambda means, center, scale: means * center + scale),
                "center and scale have changed places: the scale multiplies, the center is added."),
        Mistake("in_place", _in_place,
                "a Mixture cannot be changed. Compute new means and covariances, and make a new one."),
        Mistake("other_order", _other_order,
                "`Mixture` takes the weights first, then the means, then the covariances."),
        Mistake("scale_forgotten_in_the_means", _places(lambda means, center, scale: means + center),
                "the center is added to means that are still in standard units. Multiply them by the scale "
                "first."),
        Mistake("center_first", _places(lambda means, center, scale: (means + center) * scale),
                "the center is added before the multiplication. It is in the units of x already: scale "
                "first, then shift."),
        Mistake("center_taken_off", _places(lambda means, center, scale: means * scale - center),
                "the center is subtracted. It was subtracted on the way in; on the way out it is added."),
        Mistake("divided_means", _places(lambda means, center, scale: means / scale + center),
                "the means are divided by the scale. That was done on the way in; on the way out they are "
                "multiplied."),
        Mistake("means_unchanged", _places(lambda means, center, scale: means),
                "the covariances are right, and the means are still those of z."),
        Mistake("scales_as_a_column",
                _places(lambda means, center, scale: means * scale[:, None] + center[:, None]),
                "`scale[:, None]` is a column: it multiplies row by row, and a row of the means is a "
                "component. Scales belong to features, the columns: without `[:, None]` they fit."),
        Mistake("in_its_family", _in_its_family,
                "the family of z is handed on. A circle in z is an ellipse along the axes in x, where each "
                "feature has its own scale, so that `Mixture` refuses it as \"spherical\". Leave it out."),
        Mistake("sorted_by_weight", _sorted_by_weight,
                "the components are right, and sorted by weight. Whoever has labels from the mixture of z "
                "still needs component 0 to be component 0: leave the order alone."),
        Mistake("covariances_unchanged", _spreads(lambda covariances, scale: covariances),
                "the means are right, and the covariances are still those of z. A shift leaves them alone; a "
                "scale does not."),
        Mistake("scale_once", _spreads(lambda covariances, scale: covariances * scale),
                "each covariance is multiplied by the scale once. A covariance is a product of two "
                "deviations, and each of the two brings its own scale."),
        Mistake("root_of_the_scales", _spreads(_with_a_root),
                "entry i, j of a covariance is multiplied by the root of scale i times scale j. That root is "
                "one scale where two are needed: leave it out."),
        Mistake("scale_four_times",
                _spreads(lambda covariances, scale: covariances * np.outer(scale, scale) ** 2),
                "the product of the two scales was squared once more. A variance takes the scale squared, "
                "and `np.outer(scale, scale)` holds those squares already."),
        Mistake("product_of_all_scales", _spreads(lambda covariances, scale: covariances * scale.prod()),
                "every covariance is multiplied by the product of all scales. Entry i, j takes those of "
                "features i and j only, and on the diagonal that is one scale, twice."),
        Mistake("mean_scale_for_all", _spreads(lambda covariances, scale: covariances * scale.mean() ** 2),
                "every covariance is multiplied by one number, the mean scale squared. Each feature has a "
                "scale of its own."),
        Mistake("only_variances_scaled", _spreads(_only_variances_scaled),
                "the variances are right, and what is off the diagonal is still in z. It is in the product "
                "of two units, and takes the scale of each."),
        Mistake("standard_deviations", _standard_deviations,
                "these are standard deviations, or Cholesky factors, in x. A `Mixture` takes covariances: "
                "for the one by hand 49, not 7."),
        Mistake("columns_of_the_factor", _columns_of_the_factor,
                "you scale the Cholesky factors, and multiply them out. A sound way; but the scales belong "
                "to the factor's rows, which are features: `scale[:, None] * cholesky`."),
        Mistake("scales_as_variances", _scales_as_variances,
                "you take the root of `scale`, as if it held variances. `StandardScaler` keeps those in "
                "`var_`; `scale_` holds the standard deviations."),
        Mistake("scale_squared_in_the_means",
                _places(lambda means, center, scale: means * scale**2 + center),
                "the means are multiplied by the scale squared. Squared it belongs to the variances; a mean "
                "takes it once."),
        Mistake("ridge_added",
                _spreads(lambda covariances, scale: covariances * np.outer(scale, scale)
                         + 1e-6 * np.eye(len(scale))),
                "a millionth was added to the variances, as `reg_covar` does in a fit. Here nothing is "
                "fitted, and in square meters a millionth may be more than there is."),
        Mistake("squared_scale", _spreads(lambda covariances, scale: covariances * scale**2),
                "whole rows or columns are multiplied by a scale squared. On the diagonal that is right; "
                "entry i, j off it takes scale i times scale j."),
        Mistake("squared_scale_symmetrized", _spreads(_symmetrized),
                "the columns are multiplied by a scale squared, and the matrix is then made symmetric. Entry "
                "i, j so gets the mean of the two squares, and needs the product scale i times scale j."),
        Mistake("inverse_transform_of_covariances", _transformed_back,
                "the covariances went the way of the means, as in `inverse_transform`: times the scale, plus "
                "the center. A spread has no center, and it takes the scale of each of its two features."),
        Mistake("first_scale_for_all", _spreads(lambda covariances, scale: covariances * scale[0] ** 2),
                "every covariance is multiplied by the first feature's scale, squared. Entry i, j takes "
                "scale i times scale j."),
        Mistake("center_in_the_covariances",
                lambda mixture, center, scale: Mixture(
                    mixture.weights, unscale(mixture, center, scale).means,
                    mixture.covariances * np.outer(scale, scale) + np.diag(np.abs(center))),
                "the center is in your covariances too. A shift moves a component, and leaves its spread."),
        Mistake("divided_covariances",
                _spreads(lambda covariances, scale: covariances / np.outer(scale, scale)),
                "the covariances are divided by the scales. The data were; on the way back you multiply."),
        Mistake("without_correlation", _spreads(_without_correlation),
                "the variances are right, and everything off the diagonal is 0. A tilted ellipse stays "
                "tilted in other units."),
        Mistake("equal_weights", _equal_weights,
                "means and covariances are right; the weights are all equal. They come from the mixture, as "
                "they are."),
        Mistake("weights_as_densities", _weights_as_densities,
                "the weights are divided by the scales. A density changes with the units; a weight is a "
                "share of the birds, and does not."),
    ),
    hints=(
        (
            "Solve for x: a bird at z lies at center + scale * z. So does a mean. The one by hand is at 200 "
            "+ 28 = 228."
        ),
        (
            "A standard deviation of 0.5 becomes 14 * 0.5 = 7, whatever the center; the variance 49, which "
            "is 14 * 14 * 0.25. The covariance of two features is multiplied by the scale of each, once."
        ),
        (
            "The products scale i times scale j, as a matrix, are `np.outer(scale, scale)`. Hand weights, "
            "means and covariances to `Mixture`, in this order; the weights stay."
        ),
    ),
)  # fmt: skip

EXERCISES = (SKLEARN_START, UNSCALE)
