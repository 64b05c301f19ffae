"""EM in two matrix products: `lift` and `natural_parameters`, for any number of features."""

import numpy as np

from gmmlesson import sufficient
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.mixture import Mixture


def _numbers(answer, wanted):
    """`answer` as an array (., .) of numbers; `wanted` says what it should have been."""
    try:
        array = np.asarray(answer)
    except ValueError:  # rows of unequal length
        raise Unreadable(f"{wanted} Your rows differ in length.") from None
    if array.dtype.kind not in "biuf":
        raise Unreadable(f"{wanted} Yours returns a {type(answer).__name__}.")
    if array.ndim != 2:
        raise Unreadable(f"{wanted} Yours has shape {array.shape}.")
    return array


def _pairs(d):
    """The pairs of features (i, j) with i <= j, row by row: (0, 0), (0, 1), ..., (1, 1), ..."""
    return [(i, j) for i in range(d) for j in range(i, d)]


# --- lift ----------------------------------------------------------------------------------------


def my_lift(X):
    d = X.shape[1]
    products = [X[:, i] * X[:, j] for i in range(d) for j in range(i, d)]
    return np.stack([np.ones(len(X)), *X.T, *products])


def _drawn(seed, n, d):
    """Points (n, d) to a few digits, none of their features 0 or 1."""
    return np.random.default_rng(seed).uniform(1.5, 4, (n, d)).round(2) * np.resize([1, -1, 1], d)


POINTS = (
    Case("one point, (2, 3)", (np.array([[2.0, 3.0]]),)),
    Case("four points in the plane", (np.array([[0.0, 1.0], [2.0, -3.0], [-1.5, 0.5], [4.0, 4.0]]),)),
    Case("four points on a line", (np.array([[0.0], [2.0], [5.0], [8.0]]),)),
    Case("five points with three features", (_drawn(1, 5, 3),)),
    Case("three points with three features, as many as features", (_drawn(2, 3, 3),)),
    Case("seven points with five features", (_drawn(3, 7, 5),)),
    Case("one point with four features", (_drawn(4, 1, 4),)),
    Case("three whole numbers on a line, as integers", (np.array([[3], [-2], [70_000]]),)),
    Case("three points with three features, where points and features repeat",
         (np.array([[2.0, 2.0, 3.0], [2.0, 2.0, 3.0], [4.0, 4.0, 3.0]]),)),
    Case("two points with five features", (_drawn(6, 2, 5),)),
    Case("a million from the origin", (1e6 + _drawn(5, 6, 2),)),
    Case("features of thousandths", (_drawn(7, 4, 2) / 3000,)),
    Case("atoms, in meters", (_drawn(9, 5, 2) * 1e-10,)),
    Case("one feature in thousands, one in thousandths", (_drawn(8, 4, 2) * [1000, 0.001],)),
)


def _read_phi(answer, X):
    return {"phi": _numbers(answer, "lift returns one array (p, n), a column for each point.")}


def _begins_with_ones(parts, X):
    phi, d = parts["phi"], X.shape[1]
    if phi.shape != (1 + d + d * (d + 1) // 2, len(X)):
        return None
    for i in np.flatnonzero(np.abs(phi[0] - 1) > 1e-4):
        return f"row 0 is {phi[0, i]:.4g} for point {i}; it should be 1 for all of them."
    return None


def _n_rows(parts, X):
    rows, d = len(parts["phi"]), X.shape[1]
    p = 1 + d + d * (d + 1) // 2
    products = f"{d * (d + 1) // 2} product{'s' if d > 1 else ''}"
    if rows == p or parts["phi"].shape[1] != len(X):
        return None
    return f"phi has {rows} rows; for {d} feature{'s' if d > 1 else ''} it is 1 + {d} + {products}, {p} rows."


def _stack(X, products, *, first=None):
    """1 (or `first`), the features, and the products, as rows."""
    return np.stack([np.ones(len(X)) if first is None else first, *X.T, *products])


def _products(X):
    return [X[:, i] * X[:, j] for i, j in _pairs(X.shape[1])]


def _points_as_rows(X):
    return my_lift(X).T


def _all_pairs(X):
    d = X.shape[1]
    return _stack(X, [X[:, i] * X[:, j] for i in range(d) for j in range(d)])


def _mixed_twice(X):
    return _stack(X, [(1 if i == j else 2) * X[:, i] * X[:, j] for i, j in _pairs(X.shape[1])])


def _no_ones(X):
    return my_lift(X)[1:]


def _zeros_for_ones(X):
    return _stack(X, _products(X), first=np.zeros(len(X)))


def _only_squares(X):
    return _stack(X, [x * x for x in X.T])


def _only_mixed(X):
    return _stack(X, [X[:, i] * X[:, j] for i, j in _pairs(X.shape[1]) if i < j])


def _only_neighbors(X):
    d = X.shape[1]
    return _stack(X, [X[:, i] * X[:, j] for i, j in _pairs(d) if j - i < 2])


def _column_by_column(X):
    return _stack(X, [X[:, i] * X[:, j] for j in range(X.shape[1]) for i in range(j + 1)])


def _squares_first(X):
    pairs = _pairs(X.shape[1])
    return _stack(X, [X[:, i] * X[:, j] for i, j in sorted(pairs, key=lambda pair: pair[0] != pair[1])])


def _squares_last(X):
    pairs = _pairs(X.shape[1])
    return _stack(X, [X[:, i] * X[:, j] for i, j in sorted(pairs, key=lambda pair: pair[0] == pair[1])])


def _ones_last(X):
    return np.roll(my_lift(X), -1, axis=0)


def _products_before_points(X):
    return np.stack([np.ones(len(X)), *_products(X), *X.T])


def _halves(X):
    return _stack(X, [-product / 2 for product in _products(X)])


def _mean_taken_out(X):
    return my_lift(X - X.mean(axis=0))


def _two_features(X):
    x0, x1 = X.T
    return np.stack([np.ones(len(X)), x0, x1, x0 * x0, x0 * x1, x1 * x1])


def _no_features(X):
    return np.stack([np.ones(len(X)), *_products(X)])


def _powers(X):
    return np.stack([np.ones(len(X)), *X.T, *(X.T**2), *(X.T**3)])


def _scalar_in_an_array(X):
    return np.array([1, *X.T, *_products(X)])


def _scalar_and_features(X):
    return np.array([1, *X.T])


def _ones_and_features(X):
    return np.stack([np.ones(len(X)), *X.T])


def _scalar_in_a_stack(X):
    return np.stack([1, *X.T, *_products(X)])


def _rows_for_columns(X):
    return my_lift(X.T)


def _points_multiplied(X):
    return _stack(X, [X[i] * X[j] for i, j in _pairs(X.shape[1])])


def _ones_for_each_feature(X):
    return np.stack([np.ones(X.shape[1]), *X.T, *_products(X)])


def _ones_for_each_feature_in_a_vstack(X):
    return np.vstack([np.ones(X.shape[1]), *X.T, *_products(X)])


def _ones_for_each_feature_in_an_array(X):
    return np.array([np.ones(X.shape[1]), *X.T, *_products(X)])


def _pairs_of_as_many_features_as_points(X):
    return _stack(X, [X[:, i] * X[:, j] for i, j in _pairs(len(X))])


def _scalar_in_a_vstack(X):
    return np.vstack([1, *X.T, *_products(X)])


def _scalar_in_a_list(X):
    return [1, *X.T, *_products(X)]


def _inner_loop_too_short(X):
    d = X.shape[1]
    return _stack(X, [X[:, i] * X[:, j] for i in range(d) for j in range(i, d - 1)])


def _outer_loop_too_short(X):
    d = X.shape[1]
    return _stack(X, [X[:, i] * X[:, j] for i in range(d - 1) for j in range(i, d)])


def _returned_too_early(X):
    return _stack(X, [X[:, 0] * x for x in X.T])


def _sums_of_products_in_a_vstack(X):
    return np.vstack([np.ones(len(X)), *X.T, *(X[:, i] @ X[:, j] for i, j in _pairs(X.shape[1]))])


def _points_in_the_stack(X):
    return np.stack([np.ones(len(X)), *X, *_products(X)])


def _points_in_a_vstack(X):
    return np.vstack([np.ones(len(X)), *X, *_products(X)])


def _points_in_an_array(X):
    return np.array([np.ones(len(X)), *X, *_products(X)])


def _points_in_a_list(X):
    return [np.ones(len(X)), *X, *_products(X)]


def _ones_for_each_feature_in_a_list(X):
    return [np.ones(X.shape[1]), *X.T, *_products(X)]


def _half_products(X):
    return _stack(X, [product / 2 for product in _products(X)])


def _half_squares(X):
    return _stack(X, [X[:, i] * X[:, j] / (2 if i == j else 1) for i, j in _pairs(X.shape[1])])


def _reshaped(X):
    return my_lift(X).T.reshape(-1, len(X))


def _features_reshaped(X):
    return np.stack([np.ones(len(X)), *X.reshape(-1, len(X)), *_products(X)])


def _computed_in_single(X):
    return my_lift(X.astype(np.float32)).astype(float)


def _products_made_anew(X):
    return _stack(X, [X[:, -1] * X[:, -1]])


def _row_not_advanced(X):
    phi = np.zeros_like(my_lift(X), dtype=float)
    d = X.shape[1]
    phi[0], phi[1 : 1 + d], phi[1 + d] = 1, X.T, X[:, -1] ** 2
    return phi


LIFT = Exercise(
    name="lift",
    reference=sufficient.lift,
    answer=my_lift,
    cases=POINTS,
    read=_read_phi,
    properties=(_n_rows, _begins_with_ones),
    tolerance={"phi": (1e-13, 0.0)},  # a product is rounded once
    off_limits=(sufficient._lift, sufficient.PackedForm.load),
    single=False,
    mistakes=(
        Mistake(
            "two_features_only",
            _two_features,
            "this is the lesson's `lift`, which unpacks X into exactly two features. Let the number of "
            "features come from `X.shape[1]`, and go through the pairs in two loops.",
        ),
        Mistake(
            "points_as_rows",
            _points_as_rows,
            "phi lies on its side: each point has become a row. Points are columns here, (p, n), so that "
            "the long axis is the last one and theta @ phi fits.",
        ),
        Mistake(
            "points_taken_for_features",
            _rows_for_columns,
            "rows and columns of X are exchanged: it has shape (n, d), a row for each point and a column for "
            "each feature. `n, d = X.shape`, in this order, and the features as rows are `X.T`.",
        ),
        Mistake(
            "products_of_points",
            _points_multiplied,
            "X[i] is point i, a row; you have multiplied points with each other. Feature i of all points is "
            "a column, `X[:, i]`.",
        ),
        Mistake(
            "a_one_for_each_feature",
            _ones_for_each_feature,
            "the first row has as many ones as there are features. It needs one for each point, as the other "
            "rows have a number for each point.",
        ),
        Mistake(
            "a_one_for_each_feature_in_a_vstack",
            _ones_for_each_feature_in_a_vstack,
            "`np.ones(d)` is as long as a point has features; the rows below it are as long as there are "
            "points. Make it n ones.",
        ),
        Mistake(
            "a_one_for_each_feature_in_an_array",
            _ones_for_each_feature_in_an_array,
            "d ones and rows of n numbers do not make one table. Each point has a 1 of its own: n ones.",
        ),
        Mistake(
            "pairs_of_as_many_features_as_points",
            _pairs_of_as_many_features_as_points,
            "the pairs are counted with the number of points. They are pairs of features, and X has as many "
            "of those as columns, `X.shape[1]`.",
        ),
        Mistake(
            "inner_loop_too_short",
            _inner_loop_too_short,
            "the last feature is missing from the pairs: `range(i, d)` already ends at d - 1.",
        ),
        Mistake(
            "outer_loop_too_short",
            _outer_loop_too_short,
            "the square of the last feature is missing: the outer loop stops one too early. `range(d)` "
            "already ends at d - 1.",
        ),
        Mistake(
            "products_made_anew",
            _products_made_anew,
            "of the products there is only the last feature's square. The list (or array) for the products "
            "is made anew in each round of the outer loop: make it once, before the loops.",
        ),
        Mistake(
            "row_not_advanced",
            _row_not_advanced,
            "all the products are written into one row, each over the one before, and the rows below it stay "
            "0. Count the row up after each product.",
        ),
        Mistake(
            "computed_in_float32",
            _computed_in_single,
            "the rows are right, and their numbers were computed in `float32`, with 7 digits. A variance is "
            "the small difference of two large sums: there the lesson loses digits, and 16 are few enough.",
        ),
        Mistake(
            "returned_too_early",
            _returned_too_early,
            "only products with feature 0 are there. Does the `return`, or the stacking, stand inside the "
            "outer loop? Move it to the left.",
        ),
        Mistake(
            "sums_of_products_in_a_vstack",
            _sums_of_products_in_a_vstack,
            "`X[:, i] @ X[:, j]` adds the products of all points up to one number. phi has a number for each "
            "point: `X[:, i] * X[:, j]`.",
        ),
        Mistake(
            "points_in_the_stack",
            _points_in_the_stack,
            "`*X` unpacks X row by row, which gives the points, of d numbers each. The features, of n "
            "numbers each, are the rows of the transpose: `*X.T`.",
        ),
        Mistake(
            "points_in_a_vstack",
            _points_in_a_vstack,
            "below the n ones come points, of d numbers each: `*X` unpacks rows. The features are columns; "
            "unpack `*X.T`.",
        ),
        Mistake(
            "points_in_an_array",
            _points_in_an_array,
            "n ones, then points with d numbers each: that is no table. `*X` goes through the points; "
            "`*X.T` goes through the features.",
        ),
        Mistake(
            "points_in_a_list",
            _points_in_a_list,
            "your list has the n ones, then the points, d numbers each, for `*X` goes row by row. To get "
            "the features write `*X.T`.",
        ),
        Mistake(
            "a_one_for_each_feature_in_a_list",
            _ones_for_each_feature_in_a_list,
            "your list begins with d ones, `np.ones(d)`; the rows after it have n numbers. It should be "
            "`np.ones(n)`.",
        ),
        Mistake(
            "mixed_products_in_two_rows",
            _all_pairs,
            "every mixed product has two rows, x_i x_j and x_j x_i, the same numbers twice. One of them is "
            "enough (i <= j); natural parameters count it for both.",
        ),
        Mistake(
            "mixed_products_doubled",
            _mixed_twice,
            "the mixed products are doubled. That they stand for two entries of the matrix is the affair of "
            "theta; phi holds the products as they are.",
        ),
        Mistake(
            "no_row_of_ones",
            _no_ones,
            "the row of ones is missing. It looks like a waste, but the constant of log_joint has nothing "
            "else to be multiplied with, and in the M-step it is the row that counts.",
        ),
        Mistake(
            "a_number_for_the_row_of_ones",
            _scalar_in_an_array,
            "a single number beside rows of n numbers makes no table. Every point needs a 1 of its own, "
            "`np.ones(len(X))`, and a product of its own: `*`, for `@` would add them up.",
        ),
        Mistake(
            "a_number_and_the_features",
            _scalar_and_features,
            "the number 1 and the features, rows of n numbers, do not make one table: the 1 has to be a row "
            "of n ones. And the products are still to come.",
        ),
        Mistake(
            "products_missing",
            _ones_and_features,
            "there are no products yet. Without them log_joint would be a plane: it rises for ever, and has "
            "no peak.",
        ),
        Mistake(
            "a_number_in_the_stack",
            _scalar_in_a_stack,
            "a single number is stacked with rows of n numbers. The 1 has to be n ones; and a product is "
            "`X[:, i] * X[:, j]`, point by point, where `@` would add it up over the points.",
        ),
        Mistake(
            "a_number_in_the_vstack",
            _scalar_in_a_vstack,
            "for one point the number 1 passes as a row; for more, it is too short. The first row has a 1 "
            "for each of the n points.",
        ),
        Mistake(
            "a_number_in_the_list",
            _scalar_in_a_list,
            "among the rows of your list, one number a point, stands a bare number: the 1, which should be n "
            "ones, or products added up over the points, by `@` where `*` is meant.",
        ),
        Mistake(
            "zeros_for_ones",
            _zeros_for_ones,
            "row 0 is full of zeros: the constant would be multiplied by nothing, and the counts would be "
            "0. It should be ones.",
        ),
        Mistake(
            "squares_only",
            _only_squares,
            "there are squares but no mixed products: with these rows, ellipses can only lie along the "
            "axes. Add x_i x_j for i < j.",
        ),
        Mistake(
            "squares_missing",
            _only_mixed,
            "there are mixed products but no squares: the pairs begin one too late. i = j is a pair as well.",
        ),
        Mistake(
            "neighbors_only",
            _only_neighbors,
            "each feature is multiplied with itself and with the next one only. For two features those are "
            "all the pairs; for three, x_0 x_2 is missing.",
        ),
        Mistake(
            "column_by_column",
            _column_by_column,
            "all the rows are there, in another order: products 00, 01, 11, 02, ... It would do, were theta "
            "in that order too. The agreed one is 00, 01, 02, ..., then 11, 12, ...",
        ),
        Mistake(
            "squares_first",
            _squares_first,
            "all the rows are there, in another order: first the squares, then the mixed products. It would "
            "do if theta agreed; the order asked for is 00, 01, ..., 11, ...",
        ),
        Mistake(
            "squares_last",
            _squares_last,
            "all the rows are there, in another order: first the mixed products, then the squares. It would "
            "do if theta agreed; the order asked for is 00, 01, ..., 11, ...",
        ),
        Mistake(
            "ones_last",
            _ones_last,
            "the row of ones is at the end. theta has its constant in column 0, so it would multiply the "
            "first feature instead.",
        ),
        Mistake(
            "products_before_features",
            _products_before_points,
            "the products stand before the features themselves. The order is: 1, the features, the products.",
        ),
        Mistake(
            "features_missing",
            _no_features,
            "the features themselves are missing between the ones and the products. The linear term needs "
            "them, and so do the M-step's means.",
        ),
        Mistake(
            "halves_in_phi",
            _halves,
            "the -1/2 of the Gaussian has slipped into phi. Whatever belongs to a component belongs into "
            "theta; phi is the points' alone, and the M-step needs their plain products.",
        ),
        Mistake(
            "half_products_in_phi",
            _half_products,
            "all the products are halved. The half is the Gaussian's, and belongs into theta; phi has the "
            "products as they are.",
        ),
        Mistake(
            "half_squares_in_phi",
            _half_squares,
            "the squares are halved, the mixed products are not. That difference is theta's; phi treats all "
            "pairs alike.",
        ),
        Mistake(
            "reshaped_for_transposed",
            _reshaped,
            "phi has the right shape, with its numbers in wrong places. `reshape` reads on line by line; "
            "what turns rows into columns is `.T`.",
        ),
        Mistake(
            "features_reshaped",
            _features_reshaped,
            "the products are right, the features are not: `X.reshape(d, n)` cuts X into other rows, and "
            "mixes its features. The transpose is `X.T`.",
        ),
        Mistake(
            "mean_taken_out",
            _mean_taken_out,
            "you have lifted the deviations from the mean of all points. The package can do that too, with "
            "its `center`; but then theta must know of it. Here X is lifted as it is.",
        ),
        Mistake(
            "powers",
            _powers,
            "these are squares and cubes of single features. A Gaussian's logarithm has no third power; "
            "what it has is products of two features.",
        ),
    ),
    hints=(
        (
            "Three kinds of rows: ones, the features as they are, and one row for each pair of features, a "
            "feature with itself included."
        ),
        (
            "The features as rows are `X.T`; feature i of all points is `X[:, i]`. For the pairs take two "
            "loops, one inside the other: with which j must the inner one begin, so that no pair comes twice?"
        ),
        (
            "Outer loop: `for i in range(d)`; inner: `for j in range(i, d)`. Collect the X[:, i] * X[:, j] "
            "in a list; then `np.stack` puts the ones, the rows of X.T and the products into one array. `*` "
            "in a list unpacks rows."
        ),
    ),
)


# --- natural_parameters --------------------------------------------------------------------------


def my_natural_parameters(mixture):
    d = mixture.means.shape[1]
    constant = mixture.log_joint([[0.0] * d])[0]  # (k,)
    precisions = np.linalg.inv(mixture.covariances)  # (k, d, d)
    linear = np.einsum("kij,kj->ik", precisions, mixture.means)  # (d, k)
    pairs = [(i, j) for i in range(d) for j in range(i, d)]
    quadratic = [-precisions[:, i, j] / (2 if i == j else 1) for i, j in pairs]
    return np.stack([constant, *linear, *quadratic], axis=1)


def _mixture(seed, k, d, *, spread=3.0, scale=1.0):
    """A random mixture with unequal weights and correlated covariances; `scale` is a number or (d,)."""
    rng = np.random.default_rng(seed)
    weights = np.arange(1.0, k + 1) / np.arange(1.0, k + 1).sum()
    A = rng.normal(size=(k, d, d)) * rng.uniform(0.5, 2, (k, 1, 1))
    scale = np.broadcast_to(scale, d)
    covariances = (A @ A.swapaxes(1, 2) + 0.4 * np.eye(d)) * np.outer(scale, scale)
    return Mixture(weights, rng.normal(0, spread, (k, d)) * scale, covariances)


MIXTURES = (
    Case(
        "the lesson's tilted Gaussian, mean (1, 2)",
        (Mixture([1.0], [[1.0, 2.0]], [[[2.0, 1.0], [1.0, 2.0]]]),),
    ),
    Case("the lesson's Gaussian on a line, mean 1, standard deviation 2", (Mixture([1], [[1]], [[[4]]]),)),
    Case(
        "two circles of unequal weight in the plane",
        (Mixture([0.25, 0.75], [[0.0, 0.0], [3.0, 1.0]], [np.eye(2), 4 * np.eye(2)]),),
    ),
    Case("three components in the plane", (_mixture(1, 3, 2),)),
    Case("three components on a line", (_mixture(2, 3, 1),)),
    Case("three components with three features", (_mixture(3, 3, 3),)),
    Case("two components with five features", (_mixture(4, 2, 5),)),
    Case("components a hundred standard deviations from the origin", (_mixture(5, 2, 2, spread=100.0),)),
    Case("lengths in kilometers, spread by a meter", (_mixture(6, 2, 3, scale=1e-3),)),
    Case("six components on a line", (_mixture(7, 6, 1),)),
    Case("one component with four features", (_mixture(8, 1, 4),)),
    Case("lengths in meters, spread by a tenth of a millimeter", (_mixture(9, 2, 2, scale=1e-4),)),
    Case("lengths in meters, spread by ten kilometers", (_mixture(10, 2, 2, scale=1e4),)),
    Case("depths in meters and lengths in millimeters", (_mixture(11, 2, 2, scale=np.array([0.002, 14])),)),
    Case(
        "a long ellipse, and a component of one point in a million",
        (Mixture([1 - 1e-6, 1e-6], [[3, -1], [-2, 5]], [[[1, 0.99], [0.99, 1]], [[2, -1], [-1, 3]]]),),
    ),
)


def _read_theta(answer, mixture):
    wanted = "natural_parameters returns one array (k, p), a row for each component."
    if isinstance(answer, (tuple, list)) and sorted(map(np.ndim, answer)) == [1, 2, 2]:
        raise Unreadable(f"{wanted} Put your three parts side by side: the constant is its first column.")
    return {"theta": _numbers(answer, wanted)}


def _is_a_peak(parts, mixture):
    theta, d = parts["theta"], mixture.d
    if theta.shape != (mixture.k, 1 + d + d * (d + 1) // 2):
        return None
    for place, (i, j) in enumerate(_pairs(d), 1 + d):
        for component in np.flatnonzero(theta[:, place] >= 0):
            if i == j:
                return (
                    f"component {component} has {theta[component, place]:.4g} times x_{i} squared. That is "
                    "not negative: its density would never fall as you walk away."
                )
    return None


def _agrees_at_the_means(parts, mixture):
    theta, d = parts["theta"], mixture.d
    if theta.shape != (mixture.k, 1 + d + d * (d + 1) // 2):
        return None
    expected = mixture.log_joint(mixture.means)  # (k points, k components)
    with np.errstate(all="ignore"):  # theta may be infinite
        found = (theta @ sufficient.lift(mixture.means)).T
    for point, component in np.argwhere(~np.isclose(found, expected, rtol=1e-4, atol=1e-4)):
        x = ", ".join(f"{number:.4g}" for number in mixture.means[point])
        return (
            f"at the point ({x}) theta @ phi is {found[point, component]:.4g} for component {component}; "
            f"its log joint there is {expected[point, component]:.4g}."
        )
    return None


def _theta(mixture, *, constant=None, precisions=None, linear=None, square=-0.5, mixed=-1.0, pairs=None):
    """theta (k, p) with something replaced: `square` and `mixed` are what precisions are multiplied with."""
    precisions = np.linalg.inv(mixture.covariances) if precisions is None else precisions
    constant = mixture.log_joint(np.zeros((1, mixture.d)))[0] if constant is None else constant
    linear = np.einsum("kij,kj->ki", precisions, mixture.means) if linear is None else linear
    pairs = _pairs(mixture.d) if pairs is None else pairs
    quadratic = [(square if i == j else mixed) * precisions[:, i, j] for i, j in pairs]
    return np.column_stack([constant, linear, *quadratic])


def _two_features_of_a_mixture(mixture):
    constant = mixture.log_joint([[0.0, 0.0]])[0]
    precisions = np.linalg.inv(mixture.covariances)
    linear = np.einsum("kij,kj->ik", precisions, mixture.means)
    quadratic = -precisions[:, 0, 0] / 2, -precisions[:, 0, 1], -precisions[:, 1, 1] / 2
    return np.stack([constant, *linear, *quadratic], axis=1)


def _components_as_columns(mixture):
    return _theta(mixture).T


def _covariances_for_precisions(mixture):
    return _theta(mixture, precisions=mixture.covariances)


def _entrywise_inverse(mixture):
    return _theta(mixture, precisions=1 / mixture.covariances)


def _mixed_halved(mixture):
    return _theta(mixture, mixed=-0.5)


def _mixed_doubled(mixture):
    return _theta(mixture, mixed=-2.0)


def _squares_not_halved(mixture):
    return _theta(mixture, square=-1.0)


def _no_half(mixture):
    return _theta(mixture, square=-1.0, mixed=-2.0)


def _sign_of_the_quadratic(mixture):
    return _theta(mixture, square=0.5, mixed=1.0)


def _no_mixed(mixture):
    return _theta(mixture, mixed=0.0)


def _halves_exchanged(mixture):
    return _theta(mixture, square=-1.0, mixed=-0.5)


def _mixed_positive(mixture):
    return _theta(mixture, mixed=1.0)


def _variances_only(mixture):
    return _theta(mixture, precisions=np.stack([np.diag(1 / np.diag(S)) for S in mixture.covariances]))


def _covariances_in_the_quadratic_part(mixture):
    linear = _theta(mixture)[:, 1 : 1 + mixture.d]
    return _theta(mixture, precisions=mixture.covariances, linear=linear)


def _constant_last(mixture):
    return np.roll(_theta(mixture), -1, axis=1)


def _quadratic_before_linear(mixture):
    constant, linear, quadratic = np.split(_theta(mixture), [1, 1 + mixture.d], axis=1)
    return np.hstack([constant, quadratic, linear])


def _plain_distance(mixture):
    return _theta(mixture, constant=mixture.log_peaks - (mixture.means**2).sum(axis=1) / 2)


def _mixed_in_two_columns(mixture):
    d = mixture.d
    return _theta(mixture, mixed=-0.5, pairs=[(i, j) for i in range(d) for j in range(d)])


def _squares_first_in_theta(mixture):
    return _theta(mixture, pairs=sorted(_pairs(mixture.d), key=lambda pair: pair[0] != pair[1]))


def _column_by_column_in_theta(mixture):
    return _theta(mixture, pairs=[(i, j) for j in range(mixture.d) for i in range(j + 1)])


def _no_constant(mixture):
    return _theta(mixture, constant=np.zeros(mixture.k))


def _no_constant_column(mixture):
    return _theta(mixture)[:, 1:]


def _no_weight(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] - np.log(mixture.weights))


def _weight_without_log(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] - np.log(mixture.weights) + mixture.weights)


def _constant_at_the_mean(mixture):
    return _theta(mixture, constant=mixture.log_joint(mixture.means).diagonal())


def _no_determinant(mixture):
    half = np.log(np.linalg.det(mixture.covariances)) / 2
    return _theta(mixture, constant=_theta(mixture)[:, 0] + half)


def _determinant_upside_down(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] + np.log(np.linalg.det(mixture.covariances)))


def _no_two_pi(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] + mixture.d * np.log(2 * np.pi) / 2)


def _means_for_linear(mixture):
    return _theta(mixture, linear=mixture.means)


def _means_as_one_matrix(mixture):
    return _theta(mixture, linear=np.linalg.inv(mixture.covariances) @ mixture.means)


def _covariance_times_mean(mixture):
    return _theta(mixture, linear=np.einsum("kij,kj->ki", mixture.covariances, mixture.means))


def _linear_part_unpacked_by_component(mixture):
    theta, d = _theta(mixture), mixture.d
    return np.stack([theta[:, 0], *theta[:, 1 : 1 + d], *theta[:, 1 + d :].T], axis=1)


def _two_pi_for_two_features(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] + (mixture.d / 2 - 1) * np.log(2 * np.pi))


def _half_two_pi(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] + (mixture.d - 1) / 2 * np.log(2 * np.pi))


def _determinant_not_halved(mixture):
    half = np.log(np.linalg.det(mixture.covariances)) / 2
    return _theta(mixture, constant=_theta(mixture)[:, 0] - half)


def _distance_added(mixture):
    linear = _theta(mixture)[:, 1 : 1 + mixture.d]
    return _theta(mixture, constant=_theta(mixture)[:, 0] + (linear * mixture.means).sum(axis=1))


def _distance_not_halved(mixture):
    linear = _theta(mixture)[:, 1 : 1 + mixture.d]
    return _theta(mixture, constant=_theta(mixture)[:, 0] - (linear * mixture.means).sum(axis=1) / 2)


def _linear_halved(mixture):
    return _theta(mixture, linear=_theta(mixture)[:, 1 : 1 + mixture.d] / 2)


def _linear_negative(mixture):
    return _theta(mixture, linear=-_theta(mixture)[:, 1 : 1 + mixture.d])


def _whitening_for_precisions(mixture):
    return _theta(mixture, precisions=mixture.whitening)


def _whitening_times_transposed(mixture):
    W = mixture.whitening
    return _theta(mixture, precisions=W @ W.swapaxes(1, 2))


def _mixture_at_zero(mixture):
    height = mixture.log_density(np.zeros((1, mixture.d)))[0]
    return _theta(mixture, constant=np.full(mixture.k, height))


def _constant_of_component_0(mixture):
    return _theta(mixture, constant=np.full(mixture.k, _theta(mixture)[0, 0]))


def _one_constant_in_the_stack(mixture):
    theta = _theta(mixture)
    return np.stack([theta[:1, 0], *theta.T[1:]], axis=1)


def _a_number_in_the_stack_of_theta(mixture):
    theta = _theta(mixture)
    return np.stack([theta[0, 0], *theta.T[1:]], axis=1)


def _theta_reshaped(mixture):
    return _theta(mixture).T.reshape(mixture.k, -1)


def _linear_reshaped(mixture):
    linear = _theta(mixture)[:, 1 : 1 + mixture.d]
    return _theta(mixture, linear=linear.reshape(mixture.d, mixture.k).T)


def _density_at_zero(mixture):
    return _theta(mixture, constant=np.exp(_theta(mixture)[:, 0]))


def _density_underflows(mixture):
    with np.errstate(divide="ignore"):
        return _theta(mixture, constant=np.log(np.exp(_theta(mixture)[:, 0])))


def _a_little_density(mixture):
    return _theta(mixture, constant=np.log(np.exp(_theta(mixture)[:, 0]) + 1e-12))


def _density_clipped(mixture):
    return _theta(mixture, constant=np.log(np.maximum(np.exp(_theta(mixture)[:, 0]), 1e-300)))


def _weight_twice(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] + np.log(mixture.weights))


def _cholesky_of_the_precision(mixture):
    return _theta(mixture, precisions=np.linalg.cholesky(np.linalg.inv(mixture.covariances)))


def _columns_made_anew(mixture):
    return _theta(mixture, pairs=[(mixture.d - 1, mixture.d - 1)])


def _ridge_added(mixture):
    return _theta(mixture, precisions=np.linalg.inv(mixture.covariances + 1e-6 * np.eye(mixture.d)))


def _precisions_in_single(mixture):
    return _theta(mixture, precisions=np.linalg.inv(mixture.covariances.astype(np.float32)))


NATURAL_PARAMETERS = Exercise(
    name="natural_parameters",
    reference=sufficient.natural_parameters,
    answer=my_natural_parameters,
    cases=MIXTURES,
    read=_read_theta,
    properties=(_is_a_peak, _agrees_at_the_means),
    tolerance={"theta": (1e-9, 5e-12)},  # an inverse loses digits, and Lambda mu may cancel; neither loses 7
    off_limits=(sufficient.PackedForm.begin,),
    single=False,
    mistakes=(
        Mistake(
            "two_features_only",
            _two_features_of_a_mixture,
            "this is the lesson's function, written for two features. Take d from `mixture.means.shape[1]`; "
            "the place x = 0 has d zeros, and the pairs need two loops.",
        ),
        Mistake(
            "components_as_columns",
            _components_as_columns,
            "theta lies on its side, (p, k). It stands on the left of phi in the product: a row for each "
            "component, a column for each row of phi.",
        ),
        Mistake(
            "covariance_instead_of_precision",
            _covariances_for_precisions,
            "the covariance stands where its inverse belongs, the precision Lambda. A wide component must "
            "have *small* numbers here: it falls off slowly.",
        ),
        Mistake(
            "inverse_of_each_entry",
            _entrywise_inverse,
            "each entry of the covariance was inverted by itself. The precision is the inverse of the "
            "matrix, and mixes all its entries; only for a single feature are they the same.",
        ),
        Mistake(
            "mixed_terms_halved",
            _mixed_halved,
            "the mixed terms are half of what they should be. x^T Lambda x has x_0 x_1 twice, once from "
            "each of two entries; phi has it once. Two halves make a whole.",
        ),
        Mistake(
            "mixed_terms_doubled",
            _mixed_doubled,
            "the mixed terms count both entries of Lambda, as they must, but the half in front of them has "
            "been forgotten: two times one half is one.",
        ),
        Mistake(
            "squares_not_halved",
            _squares_not_halved,
            "the squares have lost their half. The mixed terms have none left, because they stand for two "
            "entries; an entry of the diagonal stands only for itself.",
        ),
        Mistake(
            "no_half_at_all",
            _no_half,
            "the quadratic part is -x^T Lambda x, without the half in front: twice as steep as it should "
            "be, squares and mixed terms alike.",
        ),
        Mistake(
            "halves_exchanged",
            _halves_exchanged,
            "squares and mixed terms have changed roles: the squares -Lambda_ii without a half, the mixed "
            "terms -Lambda_ij / 2. A mixed term stands for two entries, each with a half; a square for one.",
        ),
        Mistake(
            "mixed_terms_positive",
            _mixed_positive,
            "the mixed terms have lost their minus. The minus stands before all of x^T Lambda x; where "
            "Lambda_ij is itself negative, the term comes out positive by itself.",
        ),
        Mistake(
            "variances_only",
            _variances_only,
            "each variance was turned over by itself, and the covariances of two features are left out. "
            "Lambda is the inverse of the whole matrix: off its diagonal it is not 0, and on it not 1 / "
            "variance.",
        ),
        Mistake(
            "covariances_in_the_quadratic_part",
            _covariances_in_the_quadratic_part,
            "the linear part is right, and the quadratic one is made of Sigma. There too it is Lambda, the "
            "inverse.",
        ),
        Mistake(
            "constant_last",
            _constant_last,
            "the constant stands in the last column. phi begins with its row of ones, which multiplies the "
            "first.",
        ),
        Mistake(
            "quadratic_before_linear",
            _quadratic_before_linear,
            "the quadratic part stands before the linear one. The columns follow the rows of phi: ones, "
            "features, products.",
        ),
        Mistake(
            "plain_distance",
            _plain_distance,
            "the constant has mu^T mu / 2, the distance of the mean from 0 by a plain ruler. Each component "
            "has its own, mu^T Lambda mu / 2.",
        ),
        Mistake(
            "quadratic_part_positive",
            _sign_of_the_quadratic,
            "the quadratic part has lost its minus. The log density would rise without end, and the "
            "exponential overflows.",
        ),
        Mistake(
            "mixed_terms_zero",
            _no_mixed,
            "the squares are right and the mixed terms are 0: ellipses along the axes, whatever the "
            "covariance says.",
        ),
        Mistake(
            "mixed_terms_in_two_columns",
            _mixed_in_two_columns,
            "Lambda is written out in full, so each mixed term has two columns. phi has one row for both: "
            "add them.",
        ),
        Mistake(
            "squares_first",
            _squares_first_in_theta,
            "the numbers are right, in another order than the rows of phi: first the squares, then the "
            "mixed terms. phi goes 00, 01, ..., 11, ...",
        ),
        Mistake(
            "column_by_column",
            _column_by_column_in_theta,
            "the numbers are right, in another order than the rows of phi: 00, 01, 11, 02, ... With three "
            "features it shows; phi goes 00, 01, 02, 11, ...",
        ),
        Mistake(
            "constant_zero",
            _no_constant,
            "the constant is 0. Shares of a point would come out as if all components were equally high and "
            "frequent at x = 0.",
        ),
        Mistake(
            "constant_missing",
            _no_constant_column,
            "there is no column for the constant: each row begins with the linear part, which then meets "
            "phi's ones.",
        ),
        Mistake(
            "log_weight_missing",
            _no_weight,
            "the constants are those of the densities; log pi is missing in them, and rare components would "
            "speak as loud as common ones.",
        ),
        Mistake(
            "weight_without_logarithm",
            _weight_without_log,
            "the weight was added to the constant as it is. Weights multiply densities; what is added to a "
            "logarithm is a logarithm.",
        ),
        Mistake(
            "log_weight_twice",
            _weight_twice,
            "log pi is in the constant twice. `log_joint` holds it already, which is what makes it joint.",
        ),
        Mistake(
            "density_underflows",
            _density_underflows,
            "the constant is the logarithm of a density that was computed first. A hundred standard "
            "deviations from the mean the density is 0 to the computer, and the logarithm minus infinity: "
            "stay with logarithms, as `log_joint` does.",
        ),
        Mistake(
            "a_little_density",
            _a_little_density,
            "1e-12, or so, is added to the density before the logarithm is taken. It spares you log 0, and "
            "lifts every component that is faint at x = 0: log 1e-12 is -27.6, and -5,000 may be right.",
        ),
        Mistake(
            "density_clipped",
            _density_clipped,
            "the density is cut off at 1e-300, and so the constant at -690.8. Farther components have lower "
            "constants; where the density underflows, compute its logarithm without it.",
        ),
        Mistake(
            "constant_of_the_peak",
            _constant_at_the_mean,
            "the constant is the log joint at the component's mean, its peak (`log_peaks`). It should be "
            "the one at x = 0: there the linear and the quadratic part vanish, not at the mean.",
        ),
        Mistake(
            "determinant_missing",
            _no_determinant,
            "the constant lacks - log(det Sigma) / 2. Wide components would be as high as narrow ones, and "
            "would hold too much.",
        ),
        Mistake(
            "determinant_upside_down",
            _determinant_upside_down,
            "log det has the wrong sign in the constant: with Sigma it is subtracted, with the precision it "
            "is added, since det Lambda = 1 / det Sigma.",
        ),
        Mistake(
            "determinant_not_halved",
            _determinant_not_halved,
            "the constant has log det Sigma without its half. The square root of the determinant is what the "
            "density is divided by.",
        ),
        Mistake(
            "two_pi_without_dimension",
            _two_pi_for_two_features,
            "log(2 pi) is subtracted once, whatever d is. It should be d/2 times: the same for two features, "
            "and for no other number.",
        ),
        Mistake(
            "two_pi_for_one_feature",
            _half_two_pi,
            "half of log(2 pi) is subtracted, which is right on a line. Each further feature takes another "
            "half: d/2 in all.",
        ),
        Mistake(
            "distance_added",
            _distance_added,
            "mu^T Lambda mu / 2 has the wrong sign in the constant. At x = 0 a component far away must be "
            "low, not high.",
        ),
        Mistake(
            "distance_not_halved",
            _distance_not_halved,
            "mu^T Lambda mu has lost its half in the constant: at x = 0 it is the -1/2 of the exponent, like "
            "everywhere else.",
        ),
        Mistake(
            "two_pi_missing",
            _no_two_pi,
            "the constant lacks - d/2 log(2 pi). The responsibilities would not notice, as it cancels in "
            "them. The log-likelihood does.",
        ),
        Mistake(
            "mean_as_linear_part",
            _means_for_linear,
            "the linear part is the mean itself. It should be Lambda mu: multiply the square out once more, "
            "and see what stands in front of x.",
        ),
        Mistake(
            "means_as_one_matrix",
            _means_as_one_matrix,
            "`@` takes the means, (k, d), for one matrix that each of the k precisions is to multiply. Each "
            'precision has a mean of its own: "kij,kj->ki" says so to `np.einsum`.',
        ),
        Mistake(
            "covariance_times_mean",
            _covariance_times_mean,
            "the linear part is Sigma mu. It should be Lambda mu, with the inverse: the wider a component, "
            "the less it minds where x is.",
        ),
        Mistake(
            "linear_part_unpacked_by_component",
            _linear_part_unpacked_by_component,
            "`*linear` unpacks along the first axis. If linear is (k, d) out come components, where columns "
            "of theta are wanted, one for each feature: unpack `linear.T`, or let einsum end in `->ik`.",
        ),
        Mistake(
            "linear_part_halved",
            _linear_halved,
            "the linear part is half of what it should be. The mixed product x^T Lambda mu comes twice when "
            "the square is multiplied out, and so the half goes.",
        ),
        Mistake(
            "linear_part_negative",
            _linear_negative,
            "the linear part has the wrong sign: these components have their peaks on the other side of the "
            "origin. Minus one half times minus two is plus one.",
        ),
        Mistake(
            "whitening_for_precision",
            _whitening_for_precisions,
            "`whitening` stands where Lambda belongs. It holds the L^-1, half of the way: Lambda is "
            "W^T W, and `mixture.precisions` has it.",
        ),
        Mistake(
            "cholesky_of_the_precision",
            _cholesky_of_the_precision,
            "a Cholesky factor of the precision stands where the precision belongs: a triangle, whose "
            "product with its own transpose would be Lambda.",
        ),
        Mistake(
            "columns_made_anew",
            _columns_made_anew,
            "of the quadratic part there is only the last column. The list of columns is made anew in each "
            "round of the outer loop; begin it once, above both loops.",
        ),
        Mistake(
            "ridge_added",
            _ridge_added,
            "a millionth was added to the variances before they were inverted, as scikit-learn's `reg_covar` "
            "does in a fit. Here the mixture is what it is; with variances of a hundred-millionth (lengths "
            "in meters, spread by a tenth of a millimeter) the ridge would be all there is.",
        ),
        Mistake(
            "precisions_in_float32",
            _precisions_in_single,
            "the formula is right, and the covariances were inverted in `float32`. An inverse loses digits, "
            "and of 7 there are few to lose.",
        ),
        Mistake(
            "whitening_times_transposed",
            _whitening_times_transposed,
            "the precision is W W^T; it should be W^T W. On a line they are the same: Sigma^-1 = (L L^T)^-1 "
            "turns the order round.",
        ),
        Mistake(
            "density_of_the_mixture",
            _mixture_at_zero,
            "all components have one constant, the mixture's log density at x = 0, in which their sum is "
            "taken already. `log_joint` has the parts, one for each component.",
        ),
        Mistake(
            "constant_of_component_0",
            _constant_of_component_0,
            "all components have the constant of component 0. `log_joint` at one point is (1, k): its row "
            "`[0]` holds the constants of all.",
        ),
        Mistake(
            "one_constant_in_the_stack",
            _one_constant_in_the_stack,
            "with one component it works; with more, the constant is still one number, and the other columns "
            "have k. It is row 0 of `log_joint` at x = 0, not `[:, 0]`, nor `log_density`.",
        ),
        Mistake(
            "a_number_in_the_stack",
            _a_number_in_the_stack_of_theta,
            "a bare number stands beside columns. The constants are k numbers, even for k = 1: index "
            "`log_joint` at x = 0 once, by `[0]`, not twice.",
        ),
        Mistake(
            "theta_reshaped",
            _theta_reshaped,
            "theta has the right shape, with its numbers in wrong places. `reshape` reads on line by line; "
            "to exchange rows and columns use `.T`, or stack along `axis=1`.",
        ),
        Mistake(
            "linear_part_reshaped",
            _linear_reshaped,
            "the linear part was reshaped from (k, d) to (d, k), which mixes components and features. The "
            "transpose, `.T`, keeps each number with its own.",
        ),
        Mistake(
            "density_as_constant",
            _density_at_zero,
            "the constant is a weighted density, not its logarithm. theta @ phi is to be a logarithm, all "
            "of it.",
        ),
    ),
    hints=(
        (
            "Three parts, as in the lesson's formula: the constant c, Lambda mu for the features, and what "
            "stands before each product. Only the third needs new code: one column for each row of products "
            "in phi."
        ),
        (
            "c: at which point do the linear and the quadratic part vanish? `mixture.log_joint` knows the "
            "height there. For the products write -x^T Lambda x / 2 out for d = 2, and count how often each "
            "of them comes."
        ),
        (
            "`np.linalg.inv` takes all the covariances at once. Before x_i squared stands -Lambda_ii / 2, "
            "before x_i x_j with i < j stands -Lambda_ij, as `precisions[:, i, j]` gives it for all "
            "components; the lesson's einsum makes the linear part."
        ),
    ),
)

EXERCISES = (LIFT, NATURAL_PARAMETERS)
