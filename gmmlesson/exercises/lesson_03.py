"""The M-step: `weighted_covariance`, `m_step`, and `mended_step`, in which two bugs are to be found."""

import numpy as np
from scipy.stats import norm

from gmmlesson import datasets
from gmmlesson.em import e_step, m_step
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.exercises.reading import are_shaped, as_numbers, as_parts, described
from gmmlesson.mixture import Mixture

RULER = np.array([0.0, 2.0, 5.0, 8.0])  # cm
SHARED = np.array([[1, 0], [1, 0], [0.5, 0.5], [0, 1]])  # half of the point at 5 is blue's


def _points(seed, n, d):
    """Correlated points (n, d) around the center (1, 2, 3, ...), with spreads that differ."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.uniform(-1, 1.5, (d, d)) + np.arange(1.0, d + 1)


def _shares(seed, n, k):
    """Responsibilities (n, k), some of them clear and some not; the first component holds the most."""
    logits = np.random.default_rng(seed).normal(-0.7 * np.arange(k), 1.5, (n, k))
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def _two_clusters_far_apart():
    """Points (16, 2), the second eight of them 10,000 away, and responsibilities (16, 2).

    Each component has its own cluster; the first also holds 0.00000001 of every other point of the second,
    and that adds 0.5 to its variances: at such distances no share is too small to count.
    """
    X = _points(23, 16, 2)
    X[8:] += 1e4
    first = np.repeat([1.0, 0.0], 8)
    first[8::2] = 1e-8
    return X, np.column_stack([first, 1 - first])


def _not_a_covariance(covariance, X, whose=""):
    """What no weighted covariance (d, d) of the points X (n, d) can be, in a sentence; or None."""
    for i, j in np.argwhere(~np.isfinite(covariance)):
        return f"entry [{i}, {j}] of the covariance{whose} is {covariance[i, j]}, which is no number."
    slack = 1e-4 * np.abs(covariance).max()
    for i, j in np.argwhere(~(np.abs(covariance - covariance.T) <= slack)):
        a, b = covariance[i, j], covariance[j, i]
        return f"entry [{i}, {j}] of the covariance{whose} is {a:.4g}, and entry [{j}, {i}] is {b:.4g}."
    variances, low, high = covariance.diagonal(), X.min(axis=0), X.max(axis=0)
    for i in np.flatnonzero(variances < 0):
        return f"the variance of feature {i}{whose} is {variances[i]:.4g}, a mean of squares below 0."
    for i in np.flatnonzero(variances > (1 + 1e-4) * (high - low) ** 2 / 4 + slack * (low < high)):
        return (
            f"the variance of feature {i}{whose} is {variances[i]:.4g}; points between {low[i]:.4g} and "
            f"{high[i]:.4g} have none above {(high[i] - low[i]) ** 2 / 4:.4g}, half their range squared."
        )
    limits = np.sqrt(np.outer(variances, variances))
    for i, j in np.argwhere(np.abs(covariance) > limits + slack):
        return (
            f"entry [{i}, {j}] of the covariance{whose} is {covariance[i, j]:.4g}, more than the two "
            f"standard deviations multiplied, {limits[i, j]:.4g}: a correlation beyond 1."
        )
    return None


# --- weighted_covariance -------------------------------------------------------------------------


def weighted_covariance(X, r, mean):
    """The covariance (d, d) of points X (n, d) about their `mean` (d,), each counted by its r (n,)."""
    deviations = X - mean
    return np.einsum("n,ni,nj->ij", r, deviations, deviations) / r.sum()


def my_weighted_covariance(X, r, mean):
    deviations = X - mean
    return (r[:, None] * deviations).T @ deviations / r.sum()


def _hardly_any(seed, n):
    """Shares (n,) that sum to 1e-7: what is added to a count, to be safe, shows."""
    shares = np.random.default_rng(seed).uniform(0.2, 1, n)
    return 1e-7 * shares / shares.sum()


def _tiny(seed, n):
    return 1e-6 * _points(seed, n, 2), _shares(seed, n, 2)[:, 1]


def _column(name, X, r):
    X, r = np.asarray(X), np.asarray(r)
    return Case(name, (X, r, r @ X / r.sum()))


FAR, FAR_SHARES = _two_clusters_far_apart()
COLUMNS = (
    _column("the four points of the ruler and blue's shares 1, 1, ½, 0", RULER[:, None], SHARED[:, 0]),
    _column(
        "the tug of war, blue holding half of the point between",
        datasets.tug_of_war(),
        [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0.5],
    ),
    _column("thirty points with three features", _points(1, 30, 3), _shares(1, 30, 2)[:, 0]),
    _column(
        "five points of which the component holds 0.7 in all",
        _points(2, 5, 2),
        [0.1, 0.3, 0.05, 0.2, 0.05],
    ),
    _column("whole numbers: points on a grid, r 0 or 1", [[0, 3], [1, 2], [2, 2], [4, 0]], [1, 1, 0, 1]),
    _column("as many points as features, three", _points(3, 3, 3), [0.9, 0.2, 0.6]),
    _column("two points with four features", _points(6, 2, 4), [0.3, 0.6]),
    _column("one point, which has no spread", [[2.0, -1.0]], [0.75]),
    _column("points a million from the origin", _points(4, 20, 2) + 1e6, _shares(4, 20, 3)[:, 1]),
    _column("a component that holds 0.0000001 points in all", _points(7, 9, 2), _hardly_any(7, 9)),
    _column("lengths in meters, spread by a thousandth of a millimeter", *_tiny(8, 15)),
    _column("forty points with five features", _points(5, 40, 5), _shares(5, 40, 3)[:, 0]),
    _column("two clusters far apart, hardly anything of the second being held", FAR, FAR_SHARES[:, 0]),
    _column("six hundred points in the plane", _points(24, 600, 2), _shares(24, 600, 3)[:, 1]),
)


def _read_covariance(answer, X, r, mean):
    wanted = "weighted_covariance returns one array, the covariance (d, d)."
    covariance = as_numbers(answer, wanted)
    one = X.shape[1] == 1 and covariance.size == 1
    return {"covariance": covariance.reshape(1, 1) if one else covariance}


def _is_a_covariance(parts, X, r, mean):
    covariance, d = parts["covariance"], X.shape[1]
    return _not_a_covariance(covariance, X) if covariance.shape == (d, d) else None


def _no_shares(X, r, mean):
    return (X - mean).T @ (X - mean) / len(X)


def _shares_only_below(X, r, mean):
    return (X - mean).T @ (X - mean) / r.sum()


def _divided_by_n(X, r, mean):
    return weighted_covariance(X, r, mean) * r.sum() / len(X)


def _divided_by_one_less(X, r, mean):
    return weighted_covariance(X, r, mean) * r.sum() / (r.sum() - 1)


def _not_divided(X, r, mean):
    return weighted_covariance(X, r, mean) * r.sum()


def _about_zero(X, r, mean):
    return (r[:, None] * X).T @ X / r.sum()


def _about_the_plain_mean(X, r, mean):
    return weighted_covariance(X, r, X.mean(axis=0))


def _shares_squared(X, r, mean):
    deviations = r[:, None] * (X - mean)
    return deviations.T @ deviations / r.sum()


def _shares_as_a_row(X, r, mean):
    return (r * (X - mean)).T @ (X - mean) / r.sum()


def _shares_as_a_row_on_the_right(X, r, mean):
    return (X - mean).T @ (r * (X - mean)) / r.sum()


def _roots_of_shares_as_a_row(X, r, mean):
    deviations = np.sqrt(r) * (X - mean)
    return deviations.T @ deviations / r.sum()


def _rounded_shares(X, r, mean):
    return weighted_covariance(X, (r > 0.5).astype(float), mean)


def _no_mixed_products(X, r, mean):
    return np.diag((r[:, None] * (X - mean) ** 2).sum(axis=0) / r.sum())


def _only_variances(X, r, mean):
    return (r[:, None] * (X - mean) ** 2).sum(axis=0) / r.sum()


def _one_number(X, r, mean):
    return (r[:, None] * (X - mean) ** 2).sum() / r.sum()


def _points_by_points(X, r, mean):
    return (r[:, None] * (X - mean)) @ (X - mean).T / r.sum()


def _np_cov_as_it_comes(X, r, mean):
    return np.cov(X.T, aweights=r)


def _not_squared(X, r, mean):
    return r @ (X - mean) / r.sum()


def _roots(X, r, mean):
    return np.sqrt(np.abs(weighted_covariance(X, r, mean)))


def _cholesky_factor(X, r, mean):
    return np.linalg.cholesky(weighted_covariance(X, r, mean))


def _upper_cholesky_factor(X, r, mean):
    return _cholesky_factor(X, r, mean).T


def _precision(X, r, mean):
    return np.linalg.inv(weighted_covariance(X, r, mean))


def _correlations(X, r, mean):
    covariance = weighted_covariance(X, r, mean)
    deviations = np.sqrt(covariance.diagonal())
    return covariance / np.outer(deviations, deviations)


def _half_of_the_pairs(X, r, mean):
    return np.tril(weighted_covariance(X, r, mean))


def _other_half_of_the_pairs(X, r, mean):
    return np.triu(weighted_covariance(X, r, mean))


def _last_point_only(X, r, mean):
    deviation = X[-1] - mean
    return r[-1] * np.outer(deviation, deviation) / r.sum()


def _means_of_products_less_products_of_means(X, r, mean):
    return (r[:, None] * X).T @ X / r.sum() - np.outer(mean, mean)


def _in_whole_numbers(X, r, mean):
    deviations = np.zeros_like(X)
    deviations[:] = X - mean
    return (r[:, None] * deviations).T @ deviations / r.sum()


def _ridge_below(X, r, mean):
    return weighted_covariance(X, r, mean) + 1e-6 * np.eye(X.shape[1])


def _trifle_in_the_count(X, r, mean):
    return weighted_covariance(X, r, mean) * r.sum() / (r.sum() + 1e-12)


def _count_at_least_one(X, r, mean):
    return weighted_covariance(X, r, mean) * r.sum() / max(r.sum(), 1)


def _subtracts_in_place(X, r, mean):
    deviations = X.copy()
    deviations -= mean
    return (r[:, None] * deviations).T @ deviations / r.sum()


def _one_less_if_more_than_one(X, r, mean):
    count = r.sum()
    return weighted_covariance(X, r, mean) * (count / (count - 1) if count > 1 else 1)


def _shares_clipped(X, r, mean):
    return weighted_covariance(X, np.clip(r, 1e-12, None), mean)


def _first_hundred_points(X, r, mean):
    return weighted_covariance(X[:100], r[:100], mean)


WEIGHTED_COVARIANCE = Exercise(
    name="weighted_covariance",
    reference=weighted_covariance,
    answer=my_weighted_covariance,
    cases=COLUMNS,
    read=_read_covariance,
    properties=(_is_a_covariance,),
    mistakes=(
        Mistake(
            "responsibilities_forgotten",
            _no_shares,
            "every point counts the same: r is used nowhere. A point of which the component holds half must "
            "count half, above the bar and below it.",
        ),
        Mistake(
            "responsibilities_only_in_the_count",
            _shares_only_below,
            "you divide by the count of the component, but the products above the bar are those of whole "
            "points. Each has to be multiplied by its point's r before they are added up.",
        ),
        Mistake(
            "divided_by_the_number_of_points",
            _divided_by_n,
            "you divide by the number of points, `len(X)`. The component does not hold all of them: divide "
            "by what it holds, the sum of its responsibilities.",
        ),
        Mistake(
            "divided_by_one_less",
            _divided_by_one_less,
            "you divide by the count less one. EM asks for the most probable covariance, and that divides "
            "by the count; a component may even hold less than one point, and then yours turns negative.",
        ),
        Mistake(
            "not_divided",
            _not_divided,
            "this is the sum of the products, not yet their mean: it grows with every point. Divide by what "
            "the component holds.",
        ),
        Mistake(
            "about_zero",
            _about_zero,
            "the products are those of the points themselves, not of their deviations from the mean: this "
            "measures how far they are from the origin.",
        ),
        Mistake(
            "about_the_plain_mean",
            _about_the_plain_mean,
            "the deviations are taken from the mean of all points, `X.mean(axis=0)`, where others' points "
            "pull too. Take them from the `mean` that is handed in: it is the component's own.",
        ),
        Mistake(
            "responsibilities_squared",
            _shares_squared,
            "each responsibility comes in twice, once with either deviation: half of a point counts a "
            "quarter. Multiply one of the two only.",
        ),
        Mistake(
            "responsibilities_as_a_row",
            _shares_as_a_row,
            "r, (n,), meets the deviations, (n, d), along their *last* axis: NumPy lays it down as a row. "
            "With d = 1 this makes a table (n, n), every r with every point, and no error. Stand r up: `r[:, "
            "None]`.",
        ),
        Mistake(
            "responsibilities_as_a_row_on_the_right",
            _shares_as_a_row_on_the_right,
            "in the second of the two arrays r, (n,), lies along the features and not along the points, "
            "since NumPy begins with the last axis. With d = 1 it raises no error, and each point is "
            "multiplied by every r. `r[:, None]` gives each its own.",
        ),
        Mistake(
            "roots_of_responsibilities_as_a_row",
            _roots_of_shares_as_a_row,
            "a root of r in either factor is a good idea, but it lies along the wrong axis: (n,) beside (n, "
            "d) is taken for a row. With d = 1 that becomes a table (n, n), without a word. `[:, None]` is "
            "missing.",
        ),
        Mistake(
            "responsibilities_rounded",
            _rounded_shares,
            "points of which the component holds more than half count whole, the others not at all. The "
            "shares are to be used as they are.",
        ),
        Mistake(
            "mixed_products_missing",
            _no_mixed_products,
            "the diagonal is right and the rest is 0: the products of different features are missing, and "
            "with them the lean of the ellipse. A product of matrices makes all the pairs at once.",
        ),
        Mistake(
            "only_the_variances",
            _only_variances,
            "these are d variances in a row, one a feature. The covariance is a matrix (d, d): it also "
            "needs the products of each feature's deviations with every other's.",
        ),
        Mistake(
            "one_number",
            _one_number,
            "everything has been added up to one number, over the features as well. Only the points are to "
            "be summed away: d times d numbers stay.",
        ),
        Mistake(
            "points_by_points",
            _points_by_points,
            "the matrix has a row and a column for every *point*. Read the letters: n must be summed away "
            "and i, j be kept, so the transposed array stands on the left.",
        ),
        Mistake(
            "np_cov_as_it_comes",
            _np_cov_as_it_comes,
            "you divide as `np.cov` does by default, by less than the count, to make up for an estimated "
            "mean. EM wants the plain weighted mean of the products: see `np.cov`'s `bias`.",
        ),
        Mistake(
            "deviations_not_squared",
            _not_squared,
            "the deviations are averaged without being multiplied with one another. Those on the left and "
            "on the right of the mean cancel: what is left is 0, whatever the spread.",
        ),
        Mistake(
            "square_root_taken",
            _roots,
            "there is a square root too many. A covariance is in units squared; its diagonal holds "
            "variances, not standard deviations.",
        ),
        Mistake(
            "cholesky_factor",
            _cholesky_factor,
            "what comes out is the covariance's Cholesky factor L, a root of the matrix with zeros above its "
            "diagonal. The covariance is L @ L.T: leave `cholesky` out.",
        ),
        Mistake(
            "upper_cholesky_factor",
            _upper_cholesky_factor,
            "below the diagonal there are zeros: this is the factor that scipy's `cholesky` returns, not the "
            "matrix that was factored. Nobody has asked for a root of the covariance.",
        ),
        Mistake(
            "precision",
            _precision,
            "the covariance has been inverted: this matrix is large where the points lie close together. It "
            "is the precision, which a density needs; return what you had before `inv`.",
        ),
        Mistake(
            "correlations",
            _correlations,
            "the diagonal is 1 throughout, so these are correlations: each entry was divided by two standard "
            "deviations, and the sizes of the ellipse are gone.",
        ),
        Mistake(
            "half_of_the_pairs",
            _half_of_the_pairs,
            "only the pairs with j up to i are filled in, and above the diagonal it is 0. Entry [j, i] is "
            "the same number as entry [i, j]: write both, or let j run over all features.",
        ),
        Mistake(
            "other_half_of_the_pairs",
            _other_half_of_the_pairs,
            "below the diagonal it is 0: each pair of features has been computed once, and stored in one "
            "place of two. A covariance is symmetric, so set `covariance[j, i]` as well.",
        ),
        Mistake(
            "last_point_only",
            _last_point_only,
            "only the last point is in the sum. Either the total is made anew in every round of your loop "
            "(it belongs above the loop), or `=` stands where it should be `+=`.",
        ),
        Mistake(
            "mean_product_less_product_of_means",
            _means_of_products_less_products_of_means,
            "on paper, the mean of the products less the product of the means is the same. But a million "
            "from the origin both are near 10^12, and their difference is a few times 1: the digits that you "
            "need have been rounded away. Subtract the mean first.",
        ),
        Mistake(
            "deviations_in_whole_numbers",
            _in_whole_numbers,
            "points in whole numbers lead to deviations in whole numbers: `np.zeros_like(X)` or "
            "`np.empty_like(X)` makes an array of the same type, and what you put into it loses its "
            "decimals. `X - mean` needs no array beforehand.",
        ),
        Mistake(
            "subtracts_in_place",
            _subtracts_in_place,
            "points in whole numbers cannot take decimals: `-=` writes into the array that it finds, even if "
            "that is a copy, and its type stays. `deviations = X - mean` makes a new array, of floats.",
        ),
        Mistake(
            "something_added_to_the_variances",
            _ridge_below,
            "1e-6 stands on the diagonal on top of the variances. Of lengths in meters that spread by a "
            "thousandth of a millimeter it is all that one sees. Add nothing: that a covariance may be "
            "singular is for others to look after.",
        ),
        Mistake(
            "something_added_to_the_count",
            _trifle_in_the_count,
            "something like 1e-12 was added to the count, against a division by 0. A component may hold very "
            "little, and beside 0.0000001 points it shows. Divide by the sum of r as it is.",
        ),
        Mistake(
            "count_at_least_one",
            _count_at_least_one,
            "you divide by 1 where the component holds less than one point in all. Its points still have a "
            "mean and a spread: only the ratios of the shares matter, so divide by their sum, however small.",
        ),
        Mistake(
            "one_less_where_there_is_more_than_one",
            _one_less_if_more_than_one,
            "you divide by the count less one, except where it is too small for that. EM always divides by "
            "the count itself; that no case needs an `if` is a sign of it.",
        ),
        Mistake(
            "responsibilities_clipped",
            _shares_clipped,
            "shares of 0 have been lifted to 1e-12 or so. A point that is 10,000 away has a squared "
            "deviation of 10^8, so even then it shows. Nothing here is divided by a single share: leave r as "
            "it is.",
        ),
        Mistake(
            "first_hundred_points",
            _first_hundred_points,
            "only the first hundred points are in it. Is there a slice left, such as `X[:100]`, from when "
            "you tried something out?",
        ),
    ),
    hints=(
        (
            "A covariance is a mean of products of deviations. Half a point counts half, in the sum of the "
            "products and in the count that you divide by."
        ),
        (
            "With `deviations = X - mean`, (n, d): add up r[n] * deviations[n, i] * deviations[n, j] over n "
            "for each pair i, j, and divide by the sum of r. A matrix product (d, n) @ (n, d) adds up over "
            "n."
        ),
        (
            "`r[:, None] * deviations` multiplies every row by its r. Transpose that, and matrix-multiply "
            "it with `deviations`: the loop over the shares in the tug of war has the line."
        ),
    ),
)


# --- m_step --------------------------------------------------------------------------------------


def my_m_step(X, responsibilities):
    counts = responsibilities.sum(axis=0)  # (k,)
    weights = counts / counts.sum()
    means = responsibilities.T @ X / counts[:, None]  # (k, d)
    deviations = X - means[:, None, :]  # (k, n, d)
    products = np.einsum("nk,kni,knj->kij", responsibilities, deviations, deviations)
    return Mixture(weights, means, products / counts[:, None, None])


def _little(n, count):
    """Responsibilities (n, 3) of which the last component holds `count` points in all."""
    last = np.linspace(0.5, 1.5, n) * count / n
    return np.column_stack([_shares(6, n, 2) * (1 - last[:, None]), last])


SORTED = np.repeat([2, 0, 1], [5, 12, 7])  # labels, component by component
TUG = np.array([[1, 0]] * 5 + [[0, 1]] * 5 + [[0.25, 0.75]])  # a quarter of the point between is blue's
HELD = (
    Case("the tug of war, blue holding a quarter of the point between", (datasets.tug_of_war(), TUG)),
    Case("the four points of the ruler, blue and orange sharing the one at 5", (RULER[:, None], SHARED)),
    Case("twelve points in the plane, two components", (_points(11, 12, 2), _shares(11, 12, 2))),
    Case("twenty points on a line, three components", (_points(12, 20, 1), _shares(12, 20, 3))),
    Case("one component that holds all of nine points", (_points(13, 9, 2), np.ones((9, 1)))),
    Case("sixty points with five features, two components", (_points(14, 60, 5), _shares(14, 60, 2))),
    Case("labels for responsibilities, all 0 or 1", (_points(15, 24, 3), np.eye(3)[SORTED])),
    Case("a third component that holds 0.3 points in all", (_points(16, 12, 2), _little(12, 0.3))),
    Case("points in whole numbers", (np.rint(9 * _points(19, 15, 2)).astype(int), _shares(19, 15, 2))),
    Case("lengths in kilometers, spread by a meter", (_points(17, 30, 2) / 1000, _shares(17, 30, 2))),
    Case("points a million from the origin", (_points(18, 30, 2) + 1e6, _shares(18, 30, 3))),
    Case("a third component that holds 0.0000001 points in all", (_points(20, 12, 2), _little(12, 1e-7))),
    Case("meters, spread by a thousandth of a millimeter", (1e-6 * _points(21, 25, 2), _shares(21, 25, 2))),
    Case("five components, three features", (_points(22, 50, 3), _shares(22, 50, 5))),
    Case("two clusters far apart, hardly anything of the second being the first's", (FAR, FAR_SHARES)),
    Case("twelve hundred points, three components", (_points(24, 1200, 2), _shares(24, 1200, 3))),
)


def _read_mixture(answer, X, responsibilities):
    wanted = "m_step returns a Mixture, or its arrays: weights (k,), means (k, d), covariances (k, d, d)."
    return as_parts(answer, wanted, responsibilities.shape[1])


def _weights_sum_to_1(parts, X, responsibilities):
    total = parts["weights"].sum()
    return None if abs(total - 1) < 1e-4 else f"the weights sum to {total:.4g}, not 1."


def _means_lie_among_the_points(parts, X, responsibilities):
    if not are_shaped(parts, responsibilities.shape[1], X.shape[1]):
        return None
    low, high = X.min(axis=0), X.max(axis=0)
    slack = 1e-4 * (high - low)
    means = parts["means"]
    for j, i in np.argwhere(~((means >= low - slack) & (means <= high + slack))):
        return (
            f"the mean of component {j} is {means[j, i]:.4g} in feature {i}, where all points lie between "
            f"{low[i]:.4g} and {high[i]:.4g}."
        )
    return None


def _covariances_are_some(parts, X, responsibilities):
    if not are_shaped(parts, responsibilities.shape[1], X.shape[1]):
        return None
    for j, covariance in enumerate(parts["covariances"]):
        if sentence := _not_a_covariance(covariance, X, f" of component {j}"):
            return sentence
    return None


def _means_balance(parts, X, responsibilities):
    if not are_shaped(parts, responsibilities.shape[1], X.shape[1]):
        return None
    balance, mean = parts["weights"] @ parts["means"], X.mean(axis=0)
    for i in np.flatnonzero(~(np.abs(balance - mean) <= 1e-4 * (X.max(axis=0) - X.min(axis=0)))):
        return (
            f"weights times means add up to {balance[i]:.6g} in feature {i}; shared out or not, the points "
            f"have the mean {mean[i]:.6g}."
        )
    return None


def _right(X, r):
    """What the mistakes begin with: counts (k,), weights (k,), means (k, d)."""
    counts = r.sum(axis=0)
    return counts, counts / counts.sum(), r.T @ X / counts[:, None]


def _products(X, r, means):
    """Sums over the points of responsibility times deviation times deviation, (k, d, d)."""
    deviations = X - means[:, None, :]
    return np.einsum("nk,kni,knj->kij", r, deviations, deviations)


def _labels_for_shares(X, r):
    return my_m_step(X, np.eye(r.shape[1])[r.argmax(axis=1)])


def _n_below_the_means(X, r):
    counts, weights, _ = _right(X, r)
    means = r.T @ X / len(X)
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None])


def _n_below_the_covariances(X, r):
    _, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r, means) / len(X))


def _n_everywhere(X, r):
    _, weights, _ = _right(X, r)
    means = r.T @ X / len(X)
    return Mixture(weights, means, _products(X, r, means) / len(X))


def _n_k_less_one(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r, means) / (counts - 1)[:, None, None])


def _counts_for_weights(X, r):
    counts, _, means = _right(X, r)
    return Mixture(counts, means, _products(X, r, means) / counts[:, None, None])


def _counts_for_weights_as_arrays(X, r):
    counts, _, means = _right(X, r)
    return counts, means, _products(X, r, means) / counts[:, None, None]


def _equal_weights(X, r):
    counts, weights, means = _right(X, r)
    weights = np.full(len(weights), 1 / len(weights))
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None])


def _center_of_everything(X, r):
    counts, weights, means = _right(X, r)
    center = np.broadcast_to(X.mean(axis=0), means.shape)
    return Mixture(weights, means, _products(X, r, center) / counts[:, None, None])


def _uncentered(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r, np.zeros_like(means)) / counts[:, None, None])


def _covariances_without_shares(X, r):
    _, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, np.ones_like(r), means) / len(X))


def _covariances_of_whole_points(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, np.ones_like(r), means) / counts[:, None, None])


def _means_without_shares(X, r):
    counts, weights, means = _right(X, r)
    means = np.broadcast_to(X.mean(axis=0), means.shape)
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None])


def _shares_come_in_twice(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r**2, means) / counts[:, None, None])


def _diagonals(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None] * np.eye(X.shape[1]))


def _variances_in_rows(X, r):
    return Mixture(*_variances_in_rows_as_arrays(X, r))


def _variances_in_rows_as_arrays(X, r):
    counts, weights, means = _right(X, r)
    squares = (X - means[:, None, :]) ** 2
    return weights, means, np.einsum("nk,kni->ki", r, squares) / counts[:, None]


def _one_variance_each(X, r):
    counts, weights, means = _right(X, r)
    squares = ((X - means[:, None, :]) ** 2).mean(axis=2)
    variances = np.einsum("nk,kn->k", r, squares) / counts
    return Mixture(weights, means, variances[:, None, None] * np.eye(X.shape[1]))


def _deviations(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, np.sqrt(_products(X, r, means) / counts[:, None, None]))


def _one_covariance_for_all(X, r):
    _, weights, means = _right(X, r)
    products = _products(X, r, means)
    return Mixture(weights, means, np.broadcast_to(products.sum(axis=0) / len(X), products.shape))


def _sum_of_all_covariances(X, r):
    counts, weights, means = _right(X, r)
    products = _products(X, r, means)
    together = np.broadcast_to(products.sum(axis=0), products.shape)
    return Mixture(weights, means, together / counts[:, None, None])


def _features_by_components(X, r):
    return Mixture(*_features_by_components_as_arrays(X, r))


def _features_by_components_as_arrays(X, r):
    counts, weights, means = _right(X, r)
    return weights, means.T, _products(X, r, means) / counts[:, None, None]


def _counts_of_points(X, r):
    counts = r.sum(axis=1)
    means = r.T @ X / counts[:, None]
    return Mixture(counts / counts.sum(), means, _products(X, r, means) / counts[:, None, None])


def _sums_for_means(X, r):
    counts, weights, _ = _right(X, r)
    means = r.T @ X
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None])


def _sums_for_covariances(X, r):
    _, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r, means))


def _means_over_a_row_of_counts(X, r):
    counts, weights, _ = _right(X, r)
    means = r.T @ X / counts
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None])


def _covariances_over_a_row_of_counts(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r, means) / counts)


def _covariances_over_a_column_of_counts(X, r):
    counts, weights, means = _right(X, r)
    return Mixture(weights, means, _products(X, r, means) / counts[:, None])


def _ridge(X, r):
    counts, weights, means = _right(X, r)
    covariances = _products(X, r, means) / counts[:, None, None]
    return Mixture(weights, means, covariances + 1e-6 * np.eye(X.shape[1]))


def _trifle_in_the_counts(X, r):
    counts = r.sum(axis=0) + 1e-12
    means = r.T @ X / counts[:, None]
    return Mixture(counts / counts.sum(), means, _products(X, r, means) / counts[:, None, None])


def _counts_at_least_one(X, r):
    counts, weights, _ = _right(X, r)
    counts = np.maximum(counts, 1)
    means = r.T @ X / counts[:, None]
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None])


def _squares_less_squared_means(X, r):
    return Mixture(*_squares_less_squared_means_as_arrays(X, r))


def _squares_less_squared_means_as_arrays(X, r):
    counts, weights, means = _right(X, r)
    squares = np.einsum("nk,ni,nj->kij", r, X, X) / counts[:, None, None]
    return weights, means, squares - means[:, :, None] * means[:, None, :]


def _means_in_whole_numbers(X, r):
    counts, weights, means = _right(X, r)
    means = means.astype(X.dtype)
    return Mixture(weights, means, _products(X, r, means) / counts[:, None, None])


def _right_arrays(X, r):
    counts, weights, means = _right(X, r)
    return weights, means, _products(X, r, means) / counts[:, None, None]


def _cholesky_factors(X, r):
    return Mixture(*_cholesky_factors_as_arrays(X, r))


def _cholesky_factors_as_arrays(X, r):
    weights, means, covariances = _right_arrays(X, r)
    return weights, means, np.linalg.cholesky(covariances)


def _precisions(X, r):
    weights, means, covariances = _right_arrays(X, r)
    return Mixture(weights, means, np.linalg.inv(covariances))


def _last_component_only(X, r):
    return Mixture(*_last_component_only_as_arrays(X, r))


def _last_component_only_as_arrays(X, r):
    weights, means, covariances = _right_arrays(X, r)
    covariances[:-1] = 0
    return weights, means, covariances


def _about_the_last_mean(X, r):
    counts, weights, means = _right(X, r)
    last = np.broadcast_to(means[-1], means.shape)
    return Mixture(weights, means, _products(X, r, last) / counts[:, None, None])


def _centers_in_place(X, r):
    centered = X.copy()
    centered -= X.mean(axis=0)
    mixture = my_m_step(centered, r)
    return Mixture(mixture.weights, mixture.means + X.mean(axis=0), mixture.covariances)


def _n_k_less_one_if_more_than_one(X, r):
    counts, weights, means = _right(X, r)
    divisors = np.where(counts > 1, counts - 1, counts)
    return Mixture(weights, means, _products(X, r, means) / divisors[:, None, None])


def _labels_for_weights(X, r):
    _, means, covariances = _right_arrays(X, r)
    labels = r.argmax(axis=1)
    return np.bincount(labels, minlength=r.shape[1]) / len(X), means, covariances


def _shares_squared_throughout(X, r):
    return my_m_step(X, r**2)


def _responsibilities_clipped(X, r):
    return my_m_step(X, np.clip(r, 1e-12, None))


def _heaviest_first(X, r):
    weights, means, covariances = _right_arrays(X, r)
    order = np.argsort(-weights, kind="stable")
    return weights[order], means[order], covariances[order]


def _from_left_to_right(X, r):
    weights, means, covariances = _right_arrays(X, r)
    order = np.argsort(means[:, 0], kind="stable")
    return weights[order], means[order], covariances[order]


def _only_a_hundred_points(X, r):
    return my_m_step(X[:100], r[:100])


def _np_cov_for_each(X, r):
    _, weights, means = _right(X, r)
    return Mixture(weights, means, [np.atleast_2d(np.cov(X.T, aweights=column)) for column in r.T])


M_STEP = Exercise(
    name="m_step",
    reference=m_step,
    answer=my_m_step,
    cases=HELD,
    read=_read_mixture,
    properties=(_weights_sum_to_1, _means_lie_among_the_points, _covariances_are_some, _means_balance),
    mistakes=(
        Mistake(
            "hard_labels",
            _labels_for_shares,
            "each point has gone wholly to the component that holds most of it. That is k-means' way; here "
            "half a point counts half, for both of its owners.",
        ),
        Mistake(
            "n_instead_of_n_k_in_the_means",
            _n_below_the_means,
            "the sums of the points are divided by N, the number of all points. A component's mean divides "
            "by N_k, what *it* holds; yours are pulled toward the origin.",
        ),
        Mistake(
            "n_instead_of_n_k_in_the_covariances",
            _n_below_the_covariances,
            "weights and means are right; the covariances are divided by N, the number of all points, and "
            "come out too small. Divide component k's by N_k.",
        ),
        Mistake(
            "n_instead_of_n_k",
            _n_everywhere,
            "N, the number of all points, stands below the means and below the covariances. Each component "
            "divides by what it holds itself, N_k. N belongs to the weights alone.",
        ),
        Mistake(
            "n_k_less_one",
            _n_k_less_one,
            "the covariances are divided by N_k - 1. That is another question's honest answer: the most "
            "probable covariance divides by N_k, and a component may hold less than one point.",
        ),
        Mistake(
            "counts_for_weights",
            _counts_for_weights,
            "the Mixture was handed the counts where it wants the weights. A weight is a share of all "
            "points: divide the counts by their sum.",
        ),
        Mistake(
            "counts_for_weights_in_the_arrays",
            _counts_for_weights_as_arrays,
            "the first array holds the counts N_k. Weights are what is left when they are divided by their "
            "sum.",
        ),
        Mistake(
            "equal_weights",
            _equal_weights,
            "all the weights are 1/k, as if every component held as many points as the next. A weight is a "
            "component's count over the sum of the counts; take the counts from r as it is.",
        ),
        Mistake(
            "about_the_center_of_all_points",
            _center_of_everything,
            "the deviations are taken from one center, the mean of all points. Each component spreads about "
            "its own new mean; from anywhere else the squares come out too large.",
        ),
        Mistake(
            "uncentered",
            _uncentered,
            "the means have not been taken off before the products: these are mean products of the points "
            "themselves, which measure how far a component is from the origin.",
        ),
        Mistake(
            "covariances_without_responsibilities",
            _covariances_without_shares,
            "weights and means are right, but every component's covariance averages over all points alike. "
            "Each product of deviations counts by the point's responsibility, and N_k is what you divide "
            "by.",
        ),
        Mistake(
            "covariances_of_whole_points",
            _covariances_of_whole_points,
            "the covariances divide by N_k, but add up the deviations of whole points: the letter that "
            "stands for the responsibility is missing in the sum, so even a stranger's points count in "
            "full.",
        ),
        Mistake(
            "means_without_responsibilities",
            _means_without_shares,
            "all means are the same, the mean of all points: nobody's shares are in them. Multiply each "
            "point by its responsibility before you add up, then divide by N_k.",
        ),
        Mistake(
            "responsibilities_squared",
            _shares_come_in_twice,
            "in the covariances the responsibilities come in twice, once with either deviation, so that "
            "half a point counts a quarter. Once is enough.",
        ),
        Mistake(
            "diagonal_only",
            _diagonals,
            "the variances are right and the covariances between features are 0: these ellipses cannot "
            "lean. That is the family diag; this M-step keeps all pairs i, j.",
        ),
        Mistake(
            "variances_in_rows",
            _variances_in_rows,
            "the Mixture was handed a row of variances for each component. It wants a matrix (d, d) for "
            "each: two letters, i and j, must survive the sum.",
        ),
        Mistake(
            "variances_in_rows_in_the_arrays",
            _variances_in_rows_as_arrays,
            "the last array has a row of variances for each component, (k, d). What two features do "
            "together is lost: a covariance is a matrix, and all of them are (k, d, d).",
        ),
        Mistake(
            "one_variance_each",
            _one_variance_each,
            "each component has one variance for all features: a circle, the family spherical. Keep the "
            "features apart, i and j, and only add up over the points.",
        ),
        Mistake(
            "standard_deviations",
            _deviations,
            "a square root was taken: these are standard deviations, in the data's units. A covariance is "
            "in those units squared, and `Mixture` takes it as it is.",
        ),
        Mistake(
            "tied",
            _one_covariance_for_all,
            "all components have the same covariance: k has been summed away with the points. That is the "
            "family tied; keep a k on the right of the arrow.",
        ),
        Mistake(
            "covariances_added_over_components",
            _sum_of_all_covariances,
            "each component is given the products of all the components together, divided by its own count: "
            "k was summed away too early.",
        ),
        Mistake(
            "means_transposed",
            _features_by_components,
            "the Mixture was handed means with a row for each feature, (d, k). Rows are components, (k, d): "
            "the transposed responsibilities stand on the left of the product.",
        ),
        Mistake(
            "means_transposed_in_the_arrays",
            _features_by_components_as_arrays,
            "the means are lying on their side, (d, k): right numbers, but a component should be a row.",
        ),
        Mistake(
            "counts_of_points",
            _counts_of_points,
            "the responsibilities were added up along the rows. A row is one point and always sums to 1; "
            "what a *component* holds is the sum of its column.",
        ),
        Mistake(
            "sums_instead_of_means",
            _sums_for_means,
            "these are no means yet but the sums of the shared-out points: they grow with every point. "
            "Divide row k by N_k.",
        ),
        Mistake(
            "sums_instead_of_covariances",
            _sums_for_covariances,
            "the products of the deviations are added up and not yet averaged. Divide matrix k by N_k; "
            "`counts[:, None, None]` has the axes for it.",
        ),
        Mistake(
            "means_over_a_row_of_counts",
            _means_over_a_row_of_counts,
            "in the means, column k is divided by N_k, and it should be row k: `counts`, (k,), is laid along "
            "the features. With as many components as features NumPy says nothing. `counts[:, None]` stands "
            "it up.",
        ),
        Mistake(
            "covariances_over_a_row_of_counts",
            _covariances_over_a_row_of_counts,
            "the covariances (k, d, d) are divided by `counts` as it is, and a (k,) is laid along the *last* "
            "axis, a feature. It belongs to the first: it takes two new axes, `[:, None, None]`.",
        ),
        Mistake(
            "covariances_over_a_column_of_counts",
            _covariances_over_a_column_of_counts,
            "one new axis is right for the means and one too few for the covariances: `counts[:, None]`, "
            "(k, 1), lies along the rows of each matrix (d, d). Matrix k as a whole divides by N_k: "
            "`[:, None, None]`.",
        ),
        Mistake(
            "ridge",
            _ridge,
            "something small, 1e-6, was added to the variances, to be safe. How small that is depends on the "
            "units: of lengths in kilometers it may double them. The M-step adds nothing.",
        ),
        Mistake(
            "something_added_to_the_counts",
            _trifle_in_the_counts,
            "something tiny, 1e-12 or so, was added to the counts, lest one of them be 0. A component that "
            "holds 0.0000001 points is a component like any other, and next to its count the tiny is not "
            "tiny. Divide by the column sums themselves.",
        ),
        Mistake(
            "counts_at_least_one",
            _counts_at_least_one,
            "a component that holds less than one point is divided by 1, so its mean is pulled to the "
            "origin. It has a mean like any other: its points, shared out, over the little that it holds.",
        ),
        Mistake(
            "mean_square_less_squared_mean",
            _squares_less_squared_means,
            "the covariances are mean products less products of means. That is right on paper, and it loses "
            "its digits far from the origin, where two huge numbers are subtracted that are nearly "
            "equal. Take the deviations from the means first.",
        ),
        Mistake(
            "mean_square_less_squared_mean_in_the_arrays",
            _squares_less_squared_means_as_arrays,
            "a million from the origin the mean of the squares and the square of the mean agree in nearly "
            "all of their digits, and your covariances are what rounding leaves of the difference: even a "
            "variance below 0 can come out. `X - mean` has to come before the square.",
        ),
        Mistake(
            "means_in_whole_numbers",
            _means_in_whole_numbers,
            "your means have lost their decimals: an array made by `np.zeros_like` from points in whole "
            "numbers holds whole numbers, and cuts off what you put into it. `np.zeros((k, d))` holds "
            "floats.",
        ),
        Mistake(
            "centers_in_place",
            _centers_in_place,
            "`-=` puts what it computes into an array of whole numbers, a copy of X, and that cannot hold "
            "decimals. Write `X - ...` without the `=`: the difference is a new array, of floats.",
        ),
        Mistake(
            "cholesky_factors",
            _cholesky_factors,
            "the Mixture was handed Cholesky factors, roots of the covariances. It wants the covariances, "
            "symmetric, and factors them itself.",
        ),
        Mistake(
            "cholesky_factors_in_the_arrays",
            _cholesky_factors_as_arrays,
            "the last array holds lower triangles: Cholesky factors. They are what densities are computed "
            "with, and the M-step's result comes before: the covariances themselves.",
        ),
        Mistake(
            "precisions_for_covariances",
            _precisions,
            "these matrices are the inverses of the covariances, so that a wide cluster gets a small one. "
            "Nothing needs to be inverted in the M-step.",
        ),
        Mistake(
            "last_component_only",
            _last_component_only,
            "all the covariances but the last are 0, and the Mixture refuses them. Probably the array is "
            "made anew in each round of the loop over the components: make it once, above the loop.",
        ),
        Mistake(
            "last_component_only_in_the_arrays",
            _last_component_only_as_arrays,
            "only the last component has a covariance; the others' are still zeros. Is the array created "
            "inside of the loop, so that each round wipes out the one before?",
        ),
        Mistake(
            "about_the_last_mean",
            _about_the_last_mean,
            "every component's deviations are those from the *last* component's mean: a loop has overwritten "
            "`deviations` before they were used. Use them in the same round, or keep all k of them.",
        ),
        Mistake(
            "np_cov_as_it_comes",
            _np_cov_for_each,
            "`np.cov` with `aweights` divides by less than N_k unless told otherwise, to make up for means "
            "that are estimated. The M-step asks for the plain weighted average: `bias=True`, or your own "
            "sum.",
        ),
        Mistake(
            "n_k_less_one_where_there_is_more_than_one",
            _n_k_less_one_if_more_than_one,
            "the covariances are divided by N_k - 1, except where N_k is too small for it. The divisor that "
            "makes the points most probable is N_k, and it needs no exception.",
        ),
        Mistake(
            "weights_from_labels",
            _labels_for_weights,
            "means and covariances are right, but the weights count whole points, each for the component "
            "that holds most of it. A weight adds up shares like everything else here.",
        ),
        Mistake(
            "responsibilities_squared_throughout",
            _shares_squared_throughout,
            "each responsibility has been squared before anything else is done, so that undecided points "
            "count for less. Fuzzy c-means does that; in EM half a point counts half.",
        ),
        Mistake(
            "responsibilities_clipped",
            _responsibilities_clipped,
            "responsibilities of 0 have been raised to 1e-12 or so. A covariance multiplies each by a "
            "squared distance, and of a cluster that is 10,000 away even that shows. Take them as they are.",
        ),
        Mistake(
            "heaviest_component_first",
            _heaviest_first,
            "the components come out in another order, the heaviest first. Component k is the one of column "
            "k: whoever compares it with the mixture before relies on that.",
        ),
        Mistake(
            "components_from_left_to_right",
            _from_left_to_right,
            "the components have been sorted by their means. Blue would be called orange as soon as they "
            "pass each other: keep the order of the columns of r.",
        ),
        Mistake(
            "only_a_hundred_points",
            _only_a_hundred_points,
            "all points after the hundredth are left out. Perhaps a slice has stayed behind from a first "
            "try; take X and responsibilities as they come.",
        ),
    ),
    hints=(
        (
            "Four lines of the section above, in their order: counts, weights, means, covariances. "
            "Everything is a sum over the points in which each counts by its responsibility."
        ),
        (
            "counts: the column sums of r. weights = counts / counts.sum(). means: row k of r.T @ X, over "
            "counts[k]. covariances: sum over n of r[n, k] * deviations[k, n, i] * deviations[k, n, j], "
            "over counts[k]."
        ),
        (
            "With `deviations = X - means[:, None, :]` the string is \"nk,kni,knj->kij\"; divide the result "
            "by `counts[:, None, None]`, and return Mixture(weights, means, covariances)."
        ),
    ),
)


# --- mended_step: find the bugs ------------------------------------------------------------------


def mended_step(x, weights, means, sigma):
    """One iteration of EM for a single feature, by the package.

    x (n,); weights, means and standard deviations sigma (k,) -> the log-likelihood per point of these
    parameters, and the better ones (weights, means, sigma).
    """
    mixture = Mixture(weights, means[:, None], sigma[:, None, None] ** 2)
    responsibilities, log_likelihood = e_step(x[:, None], mixture)
    better = m_step(x[:, None], responsibilities)
    sigma = np.sqrt(better.covariances[:, 0, 0])
    return log_likelihood / len(x), (better.weights, better.means[:, 0], sigma)


def my_mended_step(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)  # (n, k)
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    means = r.T @ x / counts
    variances = (r * (x[:, None] - means) ** 2).sum(axis=0) / counts
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), means, np.sqrt(variances))


ERUPTIONS = datasets.old_faithful()[:, 0]  # minutes
TOP = (  # of their log-likelihood with two components; one mean is off by so much that no bug can hide
    np.array([0.3484, 0.6516]),
    np.array([2.020, 4.273]),
    np.array([0.2356, 0.4371]),
)
YEARS = 1 / (60 * 24 * 365.25)  # in a minute
LINES = (
    Case(
        "the four points of the ruler, from means 1 and 6 and standard deviations 2",
        (RULER, np.array([0.5, 0.5]), np.array([1.0, 6.0]), np.array([2.0, 2.0])),
    ),
    Case(
        "the eruptions, from the start of this section",
        (ERUPTIONS, np.array([0.5, 0.5]), np.quantile(ERUPTIONS, [0.25, 0.75]), np.full(2, ERUPTIONS.std())),
    ),
    Case("the eruptions, from the top of the climb", (ERUPTIONS, *TOP)),
    Case("the eruptions in seconds, from the top", (60 * ERUPTIONS, TOP[0], 60 * TOP[1], 60 * TOP[2])),
    Case("the eruptions in years, from the top", (YEARS * ERUPTIONS, TOP[0], YEARS * TOP[1], YEARS * TOP[2])),
    Case(
        "thirty points, three components of unequal weights",
        (_points(21, 30, 1)[:, 0], *np.array([[0.5, 0.3, 0.2], [1.0, 2.5, 0.0], [0.7, 1.1, 1.5]])),
    ),
    Case("ten points, one component", (_points(22, 10, 1)[:, 0], np.ones(1), np.zeros(1), np.array([2.0]))),
    Case(
        "points in whole numbers, one component holding less than a point",
        (np.array([1, 2, 2, 4, 5, 7]), *np.array([[0.9, 0.1], [3.0, 5.5], [1.5, 2.5]])),
    ),
    Case(
        "the points of the ruler, a hundred kilometers from its zero",
        (RULER + 1e7, np.array([0.5, 0.5]), np.array([1.0, 6.0]) + 1e7, np.array([2.0, 2.0])),
    ),
    Case(
        "the points of the ruler, and one at 30 that is twelve standard deviations from both means",
        (np.append(RULER, 30.0), np.array([0.5, 0.5]), np.array([1.0, 6.0]), np.array([2.0, 2.0])),
    ),
)


def _read_step(answer, x, weights, means, sigma):
    wanted = "mended_step returns two things, the log-likelihood per point and (weights, means, sigma)."
    if isinstance(answer, (tuple, list)) and len(answer) == 2 and isinstance(answer[1], (tuple, list)):
        answer = (answer[0], *answer[1])
    if not isinstance(answer, (tuple, list)) or len(answer) != 4:
        raise Unreadable(f"{wanted} Yours returns {described(answer)}.")
    names = ("log_likelihood", "weights", "means", "sigma")
    parts = {name: as_numbers(part, wanted) for name, part in zip(names, answer, strict=True)}
    if parts["log_likelihood"].size == 1:
        parts["log_likelihood"] = parts["log_likelihood"].reshape(())
    return parts


def _never_falls(parts, x, weights, means, sigma):
    shapes = {parts[part].shape for part in ("weights", "means", "sigma")}
    if shapes != {weights.shape} or not (parts["sigma"] > 0).all():
        return None
    before = my_mended_step(x, weights, means, sigma)[0]
    with np.errstate(all="ignore"):  # a needle may have no point near it
        after = my_mended_step(x, parts["weights"], parts["means"], parts["sigma"])[0]
    if after >= before - 1e-9:
        return None
    return (
        f"the parameters that go in have the log-likelihood {before:.6f} per point, those that come out "
        f"{after:.6f}: it falls."
    )


def _second_version(x, weights, means, sigma, *, old_means=True, less=1):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    new_means = r.T @ x / counts
    squares = (x[:, None] - (means if old_means else new_means)) ** 2
    variances = (r * squares).sum(axis=0) / (counts - less)
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), new_means, np.sqrt(variances))


def _only_the_order_mended(x, weights, means, sigma):
    return _second_version(x, weights, means, sigma, old_means=False)


def _only_the_divisor_mended(x, weights, means, sigma):
    return _second_version(x, weights, means, sigma, less=0)


def _no_root(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (weights, means, sigma**2)


def _root_in_the_density(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = my_mended_step(x, weights, means, np.sqrt(sigma))
    return log_likelihood, (weights, means, sigma**2)


def _n_below_the_variances(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (weights, means, sigma * np.sqrt(weights))


def _n_less_one_below_the_variances(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (weights, means, sigma * np.sqrt(weights * len(x) / (len(x) - 1)))


def _old_means_come_out(x, weights, means, sigma):
    log_likelihood, (weights, _, _) = my_mended_step(x, weights, means, sigma)
    _, (_, _, sigma) = _only_the_divisor_mended(x, weights, means, sigma)
    return log_likelihood, (weights, means, sigma)


def _total(x, weights, means, sigma):
    log_likelihood, better = my_mended_step(x, weights, means, sigma)
    return len(x) * log_likelihood, better


def _after_the_step(x, weights, means, sigma):
    _, better = my_mended_step(x, weights, means, sigma)
    return my_mended_step(x, *better)[0], better


def _counts_come_out(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (len(x) * weights, means, sigma)


def _sigma_before_the_means(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (weights, sigma, means)


def _only_where_more_than_one_is_held(x, weights, means, sigma):
    counts = len(x) * my_mended_step(x, weights, means, sigma)[1][0]
    return _second_version(x, weights, means, sigma, old_means=False, less=np.where(counts > 1, 1, 0))


def _responsibilities_made_anew(x, weights, means, sigma):
    log_likelihood, (new_weights, new_means, _) = my_mended_step(x, weights, means, sigma)
    joint = weights * norm.pdf(x[:, None], new_means, sigma)
    r = joint / joint.sum(axis=1, keepdims=True)
    variances = (r * (x[:, None] - new_means) ** 2).sum(axis=0) / r.sum(axis=0)
    return log_likelihood, (new_weights, new_means, np.sqrt(variances))


def _sorted_by_their_means(x, weights, means, sigma):
    log_likelihood, better = my_mended_step(x, weights, means, sigma)
    order = np.argsort(better[1])
    return log_likelihood, tuple(array[order] for array in better)


def _trifle_in_the_logarithm(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    _, better = my_mended_step(x, weights, means, sigma)
    return np.log(joint.sum(axis=1) + 1e-10).mean(), better


def _trifle_in_the_densities(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma) + 1e-10
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    means = r.T @ x / counts
    variances = (r * (x[:, None] - means) ** 2).sum(axis=0) / counts
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), means, np.sqrt(variances))


def _trifle_in_the_variances(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (weights, means, np.sqrt(sigma**2 + 1e-6))


def _variance_for_the_density(x, weights, means, sigma):
    return my_mended_step(x, weights, means, sigma**2)


def _old_weights_come_out(x, weights, means, sigma):
    log_likelihood, (_, means, sigma) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (weights, means, sigma)


def _square_of_x_less_squared_mean(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    r = joint / joint.sum(axis=1, keepdims=True)
    log_likelihood, (weights, means, _) = my_mended_step(x, weights, means, sigma)
    return log_likelihood, (weights, means, np.sqrt(r.T @ x**2 / r.sum(axis=0) - means**2))


MENDED_STEP = Exercise(
    name="mended_step",
    reference=mended_step,
    answer=my_mended_step,
    cases=LINES,
    read=_read_step,
    properties=(_never_falls,),
    given=_second_version,
    single=False,
    tolerance=dict.fromkeys(("log_likelihood", "weights", "means", "sigma"), (1e-8, 0)),
    mistakes=(
        Mistake(
            "both_bugs_are_left",
            _second_version,
            "this is still the second version: both of its bugs are at work, and both are in how wide the "
            "new curves come out. Check that line against the formula, symbol by symbol: what is "
            "subtracted, what is divided by?",
        ),
        Mistake(
            "n_k_less_one_is_left",
            _only_the_order_mended,
            "one bug is mended: the deviations are taken from the right means. The other is left: at the "
            "top of the climb yours takes a step down, by widening every curve a little. What do you divide "
            "by?",
        ),
        Mistake(
            "old_means_are_left",
            _only_the_divisor_mended,
            "one bug is mended: you divide by the right count. The other is left, and no fall shows it: "
            "you climb, and to the same top, but by other steps, here mostly more of them. From which means "
            "do you measure the deviations?",
        ),
        Mistake(
            "no_root",
            _no_root,
            "both bugs are mended, and the first version's is back: what comes out as sigma is a variance.",
        ),
        Mistake(
            "variances_go_in_and_out",
            _root_in_the_density,
            "the root has moved to where the densities are computed, so your sigma goes in and out as a "
            "variance. Whoever calls it hands in standard deviations and wants them back.",
        ),
        Mistake(
            "n_below_the_variances",
            _n_below_the_variances,
            "the squared deviations are now divided by `len(x)`, all points. A component's variance divides "
            "by what it holds, `counts`.",
        ),
        Mistake(
            "n_less_one_below_the_variances",
            _n_less_one_below_the_variances,
            "the squared deviations are now divided by `len(x) - 1`, as if one component held all the "
            "points. A component's variance divides by what it holds, `counts`, and by no less.",
        ),
        Mistake(
            "old_means_come_out",
            _old_means_come_out,
            "the deviations and the means now fit together, but both are old: the means that went in come "
            "out again. It is the other way round: compute the new means first, and measure from those.",
        ),
        Mistake(
            "total_log_likelihood",
            _total,
            "the parameters are right now, but the log-likelihood is the sum over the points: this "
            "section's is per point, their mean.",
        ),
        Mistake(
            "log_likelihood_of_the_better_parameters",
            _after_the_step,
            "the parameters are right. But the log-likelihood is one step ahead: it should be that of the "
            "parameters that were handed in, from the same densities as r.",
        ),
        Mistake(
            "counts_come_out",
            _counts_come_out,
            "both bugs are mended, but the first of the three parameters is now `counts`, and its sum is the "
            "number of points. The weights that come out sum to 1: `counts / len(x)`.",
        ),
        Mistake(
            "sigma_before_the_means",
            _sigma_before_the_means,
            "the numbers are right and two have changed places: means and standard deviations. They go in "
            "as weights, means, sigma, and must come out so, or the next step takes one for the other.",
        ),
        Mistake(
            "one_less_where_there_is_more_than_one",
            _only_where_more_than_one_is_held,
            "the means are mended. But wherever a component holds more than one point, it still divides by "
            "one less than it holds: the guard against `counts - 1` below 0 hides the bug for the smallest "
            "only.",
        ),
        Mistake(
            "responsibilities_made_anew",
            _responsibilities_made_anew,
            "between the means and the variances you compute r once more, with the new means. One step has "
            "one E-step: weights, means and variances all use the r of the parameters that were handed in.",
        ),
        Mistake(
            "mean_square_less_squared_mean",
            _square_of_x_less_squared_mean,
            "both bugs are gone, by a formula that has a third: the mean of x^2 less the squared mean. Far "
            "from zero the two are nearly equal, and what is left of their difference is rounding. Square "
            "the deviations.",
        ),
        Mistake(
            "sorted_by_their_means",
            _sorted_by_their_means,
            "both bugs are mended, but the components come out sorted by their means. The code that was "
            "handed out keeps their order, and whoever follows one of them from step to step needs that.",
        ),
        Mistake(
            "trifle_in_the_logarithm",
            _trifle_in_the_logarithm,
            "the parameters are right, and to the densities something like 1e-10 was added before the "
            "logarithm. A point that is far from every mean has less than that, and is graded too well.",
        ),
        Mistake(
            "trifle_in_the_densities",
            _trifle_in_the_densities,
            "something like 1e-10 was added to every component's density, against a division by 0. Where a "
            "point is far from all the means, that is more than the densities themselves, and the shares "
            "become equal.",
        ),
        Mistake(
            "trifle_in_the_variances",
            _trifle_in_the_variances,
            "both bugs are mended, and a new one is in: 1e-6 on top of the variances. Whether that is little "
            "depends on the units, and with eruptions in years it is everything.",
        ),
        Mistake(
            "variance_for_the_density",
            _variance_for_the_density,
            "`norm.pdf` is handed sigma squared. It wants a standard deviation, and that is what sigma is "
            "here, going in and coming out.",
        ),
        Mistake(
            "old_weights_come_out",
            _old_weights_come_out,
            "means and sigma are new, and the weights are those that went in. They change as well: what "
            "comes out first is `counts / len(x)`.",
        ),
    ),
    hints=(
        (
            "Each line is one formula of this lesson's M-step. Both bugs are in lines that the formulas' "
            "symbols settle: lay them side by side."
        ),
        (
            "Sigma_k = sum over n of r[n, k] (x[n] - mu_k)^2, over N_k, and mu_k is the *new* mean. So "
            "which line must come before which, and what is N_k in the code?"
        ),
        (
            "Move the line of the means up, above the variances; and one section of this lesson has asked "
            "whether to divide by 5, 4 or 3."
        ),
    ),
)

EXERCISES = (WEIGHTED_COVARIANCE, M_STEP, MENDED_STEP)
