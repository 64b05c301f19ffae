"""Where to start: `kmeans_start`, `random_points` and `best_of`."""

import copy
from functools import cache

import numpy as np

from gmmlesson import initialization
from gmmlesson.collapse import CollapsedComponent
from gmmlesson.em import Fit, m_step
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.fit import fit as fit_mixture
from gmmlesson.mixture import Mixture

FOUR_POINTS = np.array([[1.0], [2.0], [9.0], [10.0]])  # the lesson's


def _arrays(answer, name):
    """Weights, means and covariances of a Mixture, or of the three arrays as a tuple."""
    if isinstance(answer, Mixture):
        return answer.weights, answer.means, answer.covariances
    if isinstance(answer, (tuple, list)) and len(answer) == 3:
        return tuple(map(np.asarray, answer))
    raise Unreadable(f"{name} returns a Mixture(weights, means, covariances).")


# --- kmeans_start --------------------------------------------------------------------------------


def my_kmeans_start(X, labels) -> Mixture:
    k = labels.max() + 1
    weights = [np.mean(labels == j) for j in range(k)]
    means = [X[labels == j].mean(axis=0) for j in range(k)]
    covariances = []
    for j in range(k):
        deviations = X[labels == j] - means[j]
        covariances.append(deviations.T @ deviations / len(deviations))
    return Mixture(weights, means, covariances)


def _clusters(seed, sizes, d, scale=1.0, offset=0.0, shuffle=True):
    """Points in clusters of these sizes, each with its own size and lean; labels."""
    rng = np.random.default_rng(seed)
    parts = []
    for size in sizes:
        A = rng.standard_normal((d, d)) * rng.uniform(0.5, 2)
        parts.append(6 * rng.standard_normal(d) + rng.standard_normal((size, d)) @ A)
    X, labels = offset + scale * np.concatenate(parts), np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(X)) if shuffle else np.arange(len(X))
    return X[order], labels[order]


KMEANS_START_CASES = (
    Case("the points 1, 2, 9 and 10 with the labels 0, 0, 1, 1", (FOUR_POINTS, np.array([0, 0, 1, 1]))),
    Case("five points on a line, with the labels 1, 0, 1, 1, 0", (
        np.array([[4.0], [0.0], [5.0], [9.0], [1.0]]), np.array([1, 0, 1, 1, 0]))),
    Case("three clusters in the plane, of 5, 9 and 20 points, shuffled", _clusters(1, (5, 9, 20), 2)),
    Case("the same kind, ordered by label", _clusters(2, (12, 4, 7), 2, shuffle=False)),
    Case("a single cluster", _clusters(3, (8,), 2)),
    Case("four clusters in five dimensions", _clusters(4, (7, 9, 14, 30), 5)),
    Case("two clusters in units of a millionth", _clusters(5, (6, 10), 2, scale=1e-6)),
    Case("two clusters, a thousand away from the origin", _clusters(6, (11, 6), 3, offset=1e3)),
)


def _read_kmeans_start(answer, X, labels):
    weights, means, covariances = _arrays(answer, "kmeans_start")
    return {"weights": np.ravel(weights), "means": means, "covariances": covariances}


def _weights_sum_to_one(parts, *arguments):
    total = parts["weights"].sum()
    return None if abs(total - 1) < 1e-4 else f"the weights sum to {total:.6g}, not to 1."


def _means_inside(parts, X, labels):
    means, low, high = parts["means"], X.min(axis=0), X.max(axis=0)
    if means.ndim != 2 or means.shape[1] != X.shape[1]:
        return None
    slack = 1e-4 * (high - low)
    for j, mean in enumerate(means):
        if (mean < low - slack).any() or (mean > high + slack).any():
            return f"means[{j}] lies outside of the box around all the points."
    return None


def _one_less(X, labels):
    start = my_kmeans_start(X, labels)
    counts = np.bincount(labels)[:, None, None]
    return Mixture(start.weights, start.means, start.covariances * counts / (counts - 1))


def _divided_by_all(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(start.weights, start.means, start.covariances * start.weights[:, None, None])


def _not_divided(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(start.weights, start.means, start.covariances * np.bincount(labels)[:, None, None])


def _equal_weights(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(np.full(start.k, 1 / start.k), start.means, start.covariances)


def _counts_as_weights(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(np.bincount(labels), start.means, start.covariances)


def _shared_covariance(X, labels):
    start = my_kmeans_start(X, labels)
    covariance = np.cov(X.T, bias=True).reshape(start.d, start.d)
    return Mixture(start.weights, start.means, [covariance] * start.k)


def _only_the_means(X, labels):
    return initialization.from_centers(X, my_kmeans_start(X, labels).means)


def _pooled(X, labels):
    return m_step(X, np.eye(labels.max() + 1)[labels], family="tied")


def _diagonal(X, labels):
    return m_step(X, np.eye(labels.max() + 1)[labels], family="diag")


def _uncentered(X, labels):
    start = my_kmeans_start(X, labels)
    inside = [X[labels == j] for j in range(start.k)]
    return Mixture(start.weights, start.means, [points.T @ points / len(points) for points in inside])


def _around_the_mean_of_all(X, labels):
    start, deviations = my_kmeans_start(X, labels), X - X.mean(axis=0)
    inside = [deviations[labels == j] for j in range(start.k)]
    return Mixture(start.weights, start.means, [points.T @ points / len(points) for points in inside])


def _standard_deviations(X, labels):
    start = my_kmeans_start(X, labels)
    d = X.shape[1]
    return Mixture(start.weights, start.means, np.sqrt(start.covariances * np.eye(d)))


def _last_cluster_lost(X, labels):
    k = labels.max()
    inside = [X[labels == j] for j in range(k)]
    weights = [len(points) / len(X) for points in inside]
    means = [points.mean(axis=0) for points in inside]
    covariances = [np.cov(points.T, bias=True).reshape(X.shape[1], X.shape[1]) for points in inside]
    return Mixture(weights, means, covariances)


def _order_of_appearance(X, labels):
    start, order = my_kmeans_start(X, labels), list(dict.fromkeys(labels.tolist()))
    return Mixture(start.weights[order], start.means[order], start.covariances[order])


def _order_of_size(X, labels):
    start = my_kmeans_start(X, labels)
    order = np.argsort(-start.weights, kind="stable")
    return Mixture(start.weights[order], start.means[order], start.covariances[order])


def _medians(X, labels):
    start = my_kmeans_start(X, labels)
    medians = [np.median(X[labels == j], axis=0) for j in range(start.k)]
    return Mixture(start.weights, medians, start.covariances)


def _fixed(k):
    """Always k clusters, whatever the labels say."""

    def fixed_kmeans_start(X, labels):
        inside = [X[labels == j] for j in range(k)]
        weights = [len(points) / len(X) for points in inside]
        means = [points.mean(axis=0) for points in inside]
        covariances = [np.cov(points.T, bias=True).reshape(X.shape[1], X.shape[1]) for points in inside]
        return Mixture(weights, means, covariances)

    return fixed_kmeans_start


def _mean_of_all_numbers(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(start.weights, [X[labels == j].mean() for j in range(start.k)], start.covariances)


def _labels_as_responsibilities(X, labels):
    return m_step(X, labels[:, None])


def _rows_as_features(X, labels):
    start = my_kmeans_start(X, labels)
    covariances = [np.cov(X[labels == j], bias=True) for j in range(start.k)]
    return Mixture(start.weights, start.means, np.array(covariances))


def _no_matrices(X, labels):
    start = my_kmeans_start(X, labels)
    covariances = [np.cov(X[labels == j].T, bias=True) for j in range(start.k)]
    return Mixture(start.weights, start.means, np.array(covariances))


KMEANS_START = Exercise(
    name="kmeans_start",
    reference=initialization.from_labels,
    answer=my_kmeans_start,
    cases=KMEANS_START_CASES,
    read=_read_kmeans_start,
    properties=(_weights_sum_to_one, _means_inside),
    mistakes=(
        Mistake(
            "one_less", _one_less,
            "you have divided by N_j - 1, as `np.cov` does if nobody stops it. The M-step divides by the "
            "number of points itself.",
        ),
        Mistake(
            "divided_by_all_the_points", _divided_by_all,
            "you have divided the squares of a cluster by the number of all the points: each covariance "
            "is too small by the cluster's share.",
        ),
        Mistake(
            "squares_not_divided", _not_divided,
            "the covariances are sums of squares: divide by the number of points in the cluster.",
        ),
        Mistake(
            "equal_weights", _equal_weights,
            "you have made the weights equal. The labels know better: a cluster's weight is its share of "
            "the points.",
        ),
        Mistake(
            "counts_as_weights", _counts_as_weights,
            "you took the numbers of points as weights. A weight is a share: divide by the number of all "
            "points.",
        ),
        Mistake(
            "covariance_of_all_the_data", _shared_covariance,
            "every component has the covariance of all the data. That is a start from centers alone; "
            "here the labels say whose points to take.",
        ),
        Mistake(
            "only_the_means", _only_the_means,
            "only the means come from the labels; weights and covariances are those of a start from "
            "centers. Take all three from the points of the cluster.",
        ),
        Mistake(
            "one_covariance_for_all", _pooled,
            "the components share one covariance, the mean of those within the clusters (the tied family). "
            "Each cluster is to have its own.",
        ),
        Mistake(
            "diagonal_only", _diagonal,
            "outside of the diagonal there is nothing but 0. Features that rise together within a cluster "
            "tilt its ellipse.",
        ),
        Mistake(
            "uncentered", _uncentered,
            "the squares are not centered: subtract the cluster's mean before you multiply.",
        ),
        Mistake(
            "around_the_mean_of_all", _around_the_mean_of_all,
            "the squares are taken around the mean of all the data. Subtract the mean of the cluster.",
        ),
        Mistake(
            "standard_deviations", _standard_deviations,
            "these are standard deviations. A covariance holds their squares.",
        ),
        Mistake(
            "last_cluster_lost", _last_cluster_lost,
            "the last cluster is missing: labels count from 0, so there is one more of them than the "
            "largest label.",
        ),
        Mistake(
            "always_three", _fixed(3),
            "you always make three components. Of two clusters the third is empty, and 0 points divided by 0 "
            "is no mean. The labels know k: they count from 0, so it is the largest, and one more.",
        ),
        Mistake(
            "always_two", _fixed(2),
            "you always make two components, and drop whoever has a higher label. Take k from the labels: "
            "the largest of them, and one more.",
        ),
        Mistake(
            "mean_of_all_numbers", _mean_of_all_numbers,
            "`mean()` without an axis makes one number of a cluster, its features thrown together. A mean "
            "has d coordinates: average over the points alone, `axis=0`.",
        ),
        Mistake(
            "order_of_appearance", _order_of_appearance,
            "the components stand in the order in which their labels appear. Component j is the one of "
            "label j.",
        ),
        Mistake(
            "order_of_size", _order_of_size,
            "the components are sorted by size. Component j is the one of label j.",
        ),
        Mistake(
            "medians", _medians,
            "your means are medians. They shrug off a far point; the M-step, and k-means, do not.",
        ),
        Mistake(
            "labels_as_responsibilities", _labels_as_responsibilities,
            "you handed the labels to the M-step as they are, so label 1 counts as one whole point, and "
            "label 0 as none. It wants one column per component: 1 where the label is j, 0 elsewhere.",
        ),
        Mistake(
            "a_number_for_a_matrix", _no_matrices,
            "with one feature `np.cov` gives a bare number. A covariance is always a matrix, (d, d), here "
            "one of one by one: reshape it.",
        ),
        Mistake(
            "rows_as_features", _rows_as_features,
            "`np.cov` takes rows for features, unless it is told otherwise: your covariances are between "
            "points.",
        ),
    ),
    hints=(
        (
            "Which points have label j? Their share of all points is the weight, their mean the mean, and "
            "their covariance the covariance. Or say it as an M-step: what are the responsibilities, if "
            "each point is given away whole?"
        ),
        (
            "With N_j points of label j: weights[j] = N_j / n, means[j] = mean of those x_n, "
            "covariances[j] = sum of (x_n - means[j]) (x_n - means[j])^T / N_j. As responsibilities: r_nj "
            "= 1 if labels[n] is j, else 0."
        ),
        (
            "`np.eye(k)[labels]`, with `k = labels.max() + 1`, is a table (n, k) of such responsibilities, "
            "and `m_step` is imported."
        ),
    ),
    source=initialization.from_labels,
)

# --- random_points -------------------------------------------------------------------------------


def my_random_points(X, k, rng) -> Mixture:
    means = X[rng.choice(len(X), size=k, replace=False)]
    covariance = np.cov(X.T).reshape(X.shape[1], X.shape[1])
    return Mixture(np.full(k, 1 / k), means, [covariance] * k)


MANY = 100  # means, from which on one sees where in X they come from


def _points(seed, n, d, scale=1.0, offset=0.0):
    rng = np.random.default_rng(seed)
    return offset + scale * rng.standard_normal((n, d)) @ rng.uniform(-1, 2, (d, d))


RANDOM_POINTS_CASES = (
    Case("the points 1, 2, 9, 10 and k = 4: each is a mean", (FOUR_POINTS, 4, np.random.default_rng(3))),
    Case("forty points in the plane, k = 3", (_points(1, 40, 2), 3, np.random.default_rng(4))),
    Case("twenty points and as many components", (_points(2, 20, 2), 20, np.random.default_rng(5))),
    Case("fifty points in five dimensions, k = 2", (_points(3, 50, 5), 2, np.random.default_rng(6))),
    Case("a single component", (_points(4, 60, 2, scale=100.0), 1, np.random.default_rng(7))),
    Case("a hundred points, a thousand away from the origin", (
        _points(5, 100, 2, scale=0.01, offset=1e3), 2, np.random.default_rng(8))),
    Case("two hundred points on a line, from left to right, k = 100", (
        np.linspace(0, 30, 200)[:, None], 100, np.random.default_rng(9))),
)


def _many_starts(function, X, k, rng):
    """Two starts from equal generators, and five more from others."""
    first = function(X, k, copy.deepcopy(rng))
    if first is None or first is Ellipsis:
        return first
    again = function(X, k, copy.deepcopy(rng))
    return [first, again, *(function(X, k, np.random.default_rng(seed)) for seed in range(5))]


def _read_random_points(answers, X, k, rng):
    starts = [_arrays(answer, "random_points") for answer in answers]
    weights, means, covariances = starts[0]
    others = [other_means for _, other_means, _ in starts[1:]]
    if any(_have_changed(weights, other_weights) for other_weights, _, _ in starts[1:]):
        raise Unreadable("From one generator to another, the weights change.")
    d = X.shape[1]
    found = _rows_of(means, X)
    parts = {
        "number of means": len(means),
        "weights": weights,
        "means that are points of X": int((found >= 0).sum()),
        "means lie within the data (1: yes, 0: no)": int(_within(means, X)),
        "means are different points (1: yes, 0: no)": int(len(set(found[found >= 0])) == (found >= 0).sum()),
        "covariances": _settled(covariances, np.cov(X.T).reshape(d, d), len(X)),
        "equal generators give equal starts (1: yes, 0: no)": 1,
        "other generators give other starts (1: yes, 0: no)": 1,
    }
    if k < len(X):  # else they can differ in their order only
        equal = [np.array_equal(means, other) for other in others]
        parts["equal generators give equal starts (1: yes, 0: no)"] = int(equal[0])
        parts["other generators give other starts (1: yes, 0: no)"] = int(not all(equal[1:]))
    if k >= MANY:
        quarters = np.bincount(4 * found[found >= 0] // len(X), minlength=4)
        parts["share of the means from each quarter of the rows"] = quarters / len(means)
    return parts


def _have_changed(before, after):
    return np.shape(before) == np.shape(after) and not np.allclose(before, after, equal_nan=True)


def _rows_of(means, X):
    """Which row of X each of the means is, (k,); -1 if it is none."""
    distances = np.abs(np.asarray(means, dtype=float)[:, None] - X).max(axis=2)  # (k, n)
    limit = 1e-5 * np.abs(X).max() if np.asarray(means).dtype == np.float32 else 0
    return np.where(distances.min(axis=1) <= limit, distances.argmin(axis=1), -1)


def _within(means, X):
    return (means >= X.min(axis=0)).all() and (means <= X.max(axis=0)).all()


def _settled(covariances, right, n):
    """Whether one divides by n or by n - 1 is left open: the first is turned into the second."""
    covariances = np.asarray(covariances)
    biased = right * (n - 1) / n
    if covariances.shape[1:] == right.shape and np.allclose(covariances, biased, atol=1e-9 * biased.max()):
        return np.tile(right, (len(covariances), 1, 1))
    return covariances


def _every_mean_is_a_point(parts, X, k, rng):
    n_means, n_points = int(parts["number of means"]), int(parts["means that are points of X"])
    if n_points < n_means:
        return f"of the {n_means} means {n_means - n_points} are no rows of X."
    return None


def _no_point_twice(parts, X, k, rng):
    if not parts["means are different points (1: yes, 0: no)"]:
        return "two of the means are one and the same point: those two components start alike and never part."
    return None


def _uses_rng(parts, X, k, rng):
    if not parts["equal generators give equal starts (1: yes, 0: no)"]:
        return "called twice with equal generators, it gives two different starts."
    if not parts["other generators give other starts (1: yes, 0: no)"]:
        return "called with six different generators, it gives the same means six times."
    return None


def _from_means(X, means):
    return _mixture_of(X, means, np.cov(X.T))


def _mixture_of(X, means, covariance):
    k, d = means.shape
    return Mixture(np.full(k, 1 / k), means, [np.reshape(covariance, (d, d))] * k)


def _drawn_rows(X, k, rng):
    return X[rng.choice(len(X), size=k, replace=False)]


def _same_point_twice(X, k, rng):
    return _from_means(X, X[rng.integers(len(X), size=k)])


def _first_rows(X, k, rng):
    return _from_means(X, X[:k])


def _global_state(X, k, rng):
    return _from_means(X, _drawn_rows(X, k, np.random.default_rng()))


def _own_seed(X, k, rng):
    return _from_means(X, _drawn_rows(X, k, np.random.default_rng(0)))


def _anywhere_in_the_box(X, k, rng):
    return _from_means(X, rng.uniform(X.min(axis=0), X.max(axis=0), size=(k, X.shape[1])))


def _around_zero(X, k, rng):
    return _from_means(X, rng.standard_normal((k, X.shape[1])))


def _all_at_the_mean(X, k, rng):
    return _from_means(X, np.tile(X.mean(axis=0), (k, 1)))


def _shuffled_columns(X, k, rng):
    rows = np.stack([rng.choice(len(X), size=k, replace=False) for _ in range(X.shape[1])], axis=1)
    return _from_means(X, np.take_along_axis(X, rows, axis=0))


def _identity(X, k, rng):
    return _mixture_of(X, _drawn_rows(X, k, rng), np.eye(X.shape[1]))


def _no_covariance(X, k, rng):
    return _mixture_of(X, _drawn_rows(X, k, rng), np.zeros((X.shape[1], X.shape[1])))


def _variances_only(X, k, rng):
    return _mixture_of(X, _drawn_rows(X, k, rng), np.diag(X.var(axis=0)))


def _one_variance(X, k, rng):
    return _mixture_of(X, _drawn_rows(X, k, rng), X.var() * np.eye(X.shape[1]))


def _deviations_only(X, k, rng):
    return _mixture_of(X, _drawn_rows(X, k, rng), np.diag(X.std(axis=0)))


def _shared_out(X, k, rng):
    return _mixture_of(X, _drawn_rows(X, k, rng), np.cov(X.T) / k)


def _second_moments(X, k, rng):
    return _mixture_of(X, _drawn_rows(X, k, rng), X.T @ X / len(X))


def _between_points(X, k, rng):
    return Mixture(np.full(k, 1 / k), _drawn_rows(X, k, rng), [np.cov(X)] * k)


def _no_matrix(X, k, rng):
    return Mixture(np.full(k, 1 / k), _drawn_rows(X, k, rng), [np.cov(X.T)] * k)


def _weights_one(X, k, rng):
    return Mixture(np.ones(k), _drawn_rows(X, k, rng), [np.reshape(np.cov(X.T), 2 * X.shape[1:])] * k)


def _random_weights(X, k, rng):
    covariance = np.reshape(np.cov(X.T), 2 * X.shape[1:])
    return Mixture(rng.dirichlet(np.ones(k)), _drawn_rows(X, k, rng), [covariance] * k)


def _one_covariance(X, k, rng):
    return Mixture(np.full(k, 1 / k), _drawn_rows(X, k, rng), np.reshape(np.cov(X.T), 2 * X.shape[1:]))


RANDOM_POINTS = Exercise(
    name="random_points",
    reference=initialization.random_points,
    answer=my_random_points,
    cases=RANDOM_POINTS_CASES,
    read=_read_random_points,
    call=_many_starts,
    properties=(_weights_sum_to_one, _every_mean_is_a_point, _no_point_twice, _uses_rng),
    tolerance={"share of the means from each quarter of the rows": (0, 0.15)},
    mistakes=(
        Mistake(
            "same_point_twice", _same_point_twice,
            "you draw with replacement, so the same point can come up twice. Two components that start "
            "alike stay alike for ever: `replace=False`.",
        ),
        Mistake(
            "first_rows", _first_rows,
            "you take the first k rows. Data are often in some order, and then the first rows all lie in "
            "one place; and starting again would start at the same.",
        ),
        Mistake(
            "not_from_rng", _global_state,
            "your draws do not come from `rng`, but from a generator that nobody can wind back: not even "
            "you can repeat the start that worked.",
        ),
        Mistake(
            "a_seed_of_its_own", _own_seed,
            "you make a generator with a seed of your own. Then all of a hundred starts are the same one: "
            "draw from the `rng` you are given.",
        ),
        Mistake(
            "anywhere_in_the_box", _anywhere_in_the_box,
            "your means lie anywhere between the smallest and the largest coordinates. Most of such a box "
            "is empty, the more so in many dimensions; a data point is where data are.",
        ),
        Mistake(
            "around_zero", _around_zero,
            "your means are normal random numbers around 0. They know neither where the data are nor in "
            "which units.",
        ),
        Mistake(
            "all_at_the_mean", _all_at_the_mean,
            "every component starts at the mean of all the data. A start has to break the tie: components "
            "that are alike learn alike.",
        ),
        Mistake(
            "coordinates_of_different_points", _shuffled_columns,
            "you draw each coordinate from another point: 2 minutes of one eruption with the 90 of "
            "another. Draw whole rows.",
        ),
        Mistake(
            "identity_covariance", _identity,
            "your covariances are the identity, one unit in each direction, whatever the unit is. Write "
            "the data in millimeters and this start is another one.",
        ),
        Mistake(
            "a_single_point_has_none", _no_covariance,
            "a single point has no spread, so its covariance is 0, and no density. Give every component "
            "the covariance of all the data.",
        ),
        Mistake(
            "variances_only", _variances_only,
            "you have only the variances of the features. What they do together belongs to it: the whole "
            "covariance.",
        ),
        Mistake(
            "one_variance_for_all_features", _one_variance,
            "your covariances are round, with one variance over all the numbers in X. Features can have "
            "different units, and lean.",
        ),
        Mistake(
            "standard_deviations", _deviations_only,
            "your covariances hold the standard deviations of all the data: squares are missing.",
        ),
        Mistake(
            "covariance_shared_out", _shared_out,
            "you have divided the covariance by k. Each component gets the whole of it: wide, so that none "
            "is out of reach at first.",
        ),
        Mistake(
            "uncentered", _second_moments,
            "these are mean squares around 0, not around the mean of the data: subtract it, or let "
            "`np.cov` do so.",
        ),
        Mistake(
            "a_number_for_a_matrix", _no_matrix,
            "for d = 1 `np.cov` gives a bare number. `Mixture` wants a matrix (d, d) for each component, "
            "of one entry too: reshape it.",
        ),
        Mistake(
            "between_points", _between_points,
            "`np.cov` of X as it is makes a table (n, n), between the points. Between the features it is "
            "that of X.T.",
        ),
        Mistake(
            "random_weights", _random_weights,
            "your weights are random as well. By chance a component may begin with next to nothing, and stay "
            "small. Only the means are to be drawn; the weights are equal, 1/k each.",
        ),
        Mistake(
            "one_covariance", _one_covariance,
            "you hand over one covariance, (d, d), and `Mixture` wants one for each component, (k, d, d): "
            "the same one k times.",
        ),
        Mistake(
            "weights_of_one", _weights_one,
            "each of your weights is 1. The weights share out one whole: equal ones are 1/k.",
        ),
    ),
    hints=(
        (
            "Three parts: k different rows of X as means, drawn by `rng`; k equal weights; k times the "
            "covariance of all the data."
        ),
        (
            "`rng.choice(n, size=k, replace=False)` are k different row numbers. The weights are 1/k. "
            "`np.cov(X.T)` is the covariance (d, d); for d = 1 it is a bare number, so reshape it."
        ),
        (
            "`means = X[rng.choice(len(X), size=k, replace=False)]`; then a Mixture of `np.full(k, 1 / "
            "k)`, `means`, and a list of k times `np.cov(X.T).reshape(d, d)`."
        ),
    ),
    source=initialization.random_points,
)

# --- best_of -------------------------------------------------------------------------------------


def best_of(run, starts):
    """The Fit with the highest last log-likelihood of all `run(start)` that do not raise ValueError."""
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except ValueError:  # a CollapsedComponent: this start leads nowhere
            continue
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def my_best_of(run, starts):
    best = None
    for start in starts:
        try:
            result = run(start)
        except ValueError:
            continue
        if best is None or result.log_likelihoods[-1] > best.log_likelihoods[-1]:
            best = result
    return best


@cache
def _bell(i):
    return Mixture([1.0], [[float(i)]], [[[1.0]]])


class _Runs:
    """start -> Fit, with given log-likelihoods; None stands for a run that collapses."""

    def __init__(self, *traces, unfinished=()):
        self.traces, self.unfinished = traces, unfinished

    def __call__(self, start):
        i = round(start.means[0, 0])
        if self.traces[i] is None:
            raise CollapsedComponent(0, 1.0, 3)
        mixtures = (start, *(_bell(1000 * (i + 1) + j) for j in range(1, len(self.traces[i]))))
        return Fit(mixtures, np.array(self.traces[i], dtype=float), i not in self.unfinished)


class _TrueRuns:
    """EM on these points."""

    def __init__(self, X):
        self.X = X

    def __call__(self, start):
        return fit_mixture(self.X, start, tol=1e-4)


def _runs(name, *traces, **options):
    return Case(name, (_Runs(*traces, **options), [_bell(i) for i in range(len(traces))]))


def _chosen_points():
    """Points in three heaps of which two are near, and four starts that end in different places."""
    rng = np.random.default_rng(1)
    X = np.concatenate([rng.normal(m, 1, 12) for m in (0, 5, 30)])[:, None]
    rows = [0, 1, 2], [12, 30, 31], [3, 14, 26], [24, 25, 26]
    return _TrueRuns(X), [initialization.from_centers(X, X[chosen]) for chosen in rows]


BEST_OF_CASES = (
    _runs(
        "five runs that end at -12, -9, -13.5, -11 and -10",
        [-14, -13, -12], [-30, -15, -9.5, -9], [-15, -14.5, -14, -13.8, -13.5], [-11.5, -11], [-16, -15, -10],
    ),
    _runs("a single run", [-20, -17, -16]),
    _runs("three runs, of which the highest gains least", [-50, -20, -19], [-18, -17], [-40, -30, -28, -27]),
    _runs("three runs with log-likelihoods above 0", [100, 250, 300], [-900, 500, 700], [90, 120, 130]),
    _runs("four runs, the second of which collapses", [-20, -18], None, [-30, -19], [-25, -16, -15]),
    _runs("three runs, the first of which collapses", None, [-25, -18, -17], [-19, -16]),
    _runs("a run that falls at its end", [-30, -8, -21], [-20, -15, -12], [-19, -14, -13]),
    _runs("a best run that is not converged", [-30, -20], [-20, -15], [-19, -14, -13], unfinished=(2,)),
    Case("EM itself on 36 points, from four starts", _chosen_points()),
)


def _read_best_of(answer, run, starts):
    if not hasattr(answer, "log_likelihoods"):
        raise Unreadable("best_of returns the best Fit, all of it: its mixture and its trace are needed.")
    log_likelihoods, means = np.asarray(answer.log_likelihoods), np.array(answer.mixtures[-1].means)
    return {
        "the last log-likelihood": log_likelihoods[-1],
        "the first log-likelihood": log_likelihoods[0],
        "number of iterations": len(log_likelihoods) - 1,
        "means of the result": means,
    }


def _nothing_higher(parts, run, starts):
    value = parts["the last log-likelihood"]
    for i, start in enumerate(starts):
        try:
            end = run(start).log_likelihoods[-1]
        except ValueError:
            continue
        if end > value:
            return f"starts[{i}] leads to {end:.6g}, and that is higher than {value:.6g}."
    return None


def _chosen(key, run, starts):
    """The Fit with the largest key."""
    return max(_survivors(run, starts), key=key)


def _survivors(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except ValueError:
            continue
    return fits


def _last_run(run, starts):
    return _survivors(run, starts)[-1]


def _first_run(run, starts):
    return _survivors(run, starts)[0]


def _best_start(run, starts):
    return _chosen(lambda fit: fit.log_likelihoods[0], run, starts)


def _most_iterations(run, starts):
    return _chosen(lambda fit: fit.n_iter, run, starts)


def _fewest_iterations(run, starts):
    return _chosen(lambda fit: -fit.n_iter, run, starts)


def _largest_gain(run, starts):
    return _chosen(lambda fit: fit.log_likelihoods[-1] - fit.log_likelihoods[0], run, starts)


def _lowest(run, starts):
    return _chosen(lambda fit: -fit.log_likelihoods[-1], run, starts)


def _largest_size(run, starts):
    return _chosen(lambda fit: abs(fit.log_likelihoods[-1]), run, starts)


def _nearest_to_zero(run, starts):
    return _chosen(lambda fit: -abs(fit.log_likelihoods[-1]), run, starts)


def _highest_on_the_way(run, starts):
    return _chosen(lambda fit: fit.log_likelihoods.max(), run, starts)


def _converged_only(run, starts):
    return _chosen(lambda fit: (fit.converged, fit.log_likelihoods[-1]), run, starts)


def _stopped_by_a_collapse(run, starts):
    return max((run(start) for start in starts), key=lambda fit: fit.log_likelihoods[-1])


def _search_ends_at_a_collapse(run, starts):
    best = None
    try:
        for start in starts:
            fit = run(start)
            if best is None or fit.log_likelihoods[-1] > best.log_likelihoods[-1]:
                best = fit
    except ValueError:
        pass
    return best


def _begins_at_zero(run, starts):
    best, highest = None, 0
    for fit in _survivors(run, starts):
        if fit.log_likelihoods[-1] > highest:
            best, highest = fit, fit.log_likelihoods[-1]
    return best


def _better_than_the_one_before(run, starts):
    best, before = None, -np.inf
    for fit in _survivors(run, starts):
        if fit.log_likelihoods[-1] > before:
            best = fit
        before = fit.log_likelihoods[-1]
    return best


def _wrong_start(run, starts):
    ends = []
    for start in starts:
        try:
            ends.append(run(start).log_likelihoods[-1])
        except ValueError:
            continue
    return run(starts[int(np.argmax(ends))])


BEST_OF = Exercise(
    name="best_of",
    reference=best_of,
    answer=my_best_of,
    cases=BEST_OF_CASES,
    read=_read_best_of,
    properties=(_nothing_higher,),
    mistakes=(
        Mistake(
            "last_instead_of_best", _last_run,
            "you return the last run, whatever it was worth. Keep the best one so far, and replace it only "
            "by a better one.",
        ),
        Mistake(
            "first_instead_of_best", _first_run,
            "you return the first run. Is your `return` inside of the loop?",
        ),
        Mistake(
            "compares_the_starts", _best_start,
            "you compare the log-likelihoods of the starts. A good start can end at a low top: compare "
            "the ends.",
        ),
        Mistake(
            "most_iterations", _most_iterations,
            "you take the run with the most iterations. A long way says nothing about the height.",
        ),
        Mistake(
            "fewest_iterations", _fewest_iterations,
            "you take the run with the fewest iterations. Quick is not high.",
        ),
        Mistake(
            "largest_gain", _largest_gain,
            "you take the run that gained most. It may have begun in a hole: compare the heights, not the "
            "climbs.",
        ),
        Mistake(
            "lowest_log_likelihood", _lowest,
            "you take the lowest log-likelihood. A higher one is better; a loss is what one would make "
            "small.",
        ),
        Mistake(
            "largest_in_size", _largest_size,
            "you compare the log-likelihoods without their signs: -12 is below -9.",
        ),
        Mistake(
            "nearest_to_zero", _nearest_to_zero,
            "you take the log-likelihood nearest to 0. Below 0 that is the highest; but densities may "
            "exceed 1, and then log-likelihoods lie above 0.",
        ),
        Mistake(
            "highest_on_the_way", _highest_on_the_way,
            "you compare the highest point of each trace. What you return is the last mixture: so compare "
            "the last log-likelihoods.",
        ),
        Mistake(
            "only_converged_runs", _converged_only,
            "you pass over a run because it is not converged. It is worth what it is worth, and could only "
            "gain by running on.",
        ),
        Mistake(
            "stopped_by_a_collapse", _stopped_by_a_collapse,
            "one run collapses and takes all the others with it. Catch its `ValueError`, and go on with "
            "the next start.",
        ),
        Mistake(
            "search_ends_at_a_collapse", _search_ends_at_a_collapse,
            "the search ends at the first run that collapses, and the starts after it get no turn: the "
            "`try` belongs inside of the loop.",
        ),
        Mistake(
            "begins_at_zero", _begins_at_zero,
            "your search begins with 0 as the value to beat. Log-likelihoods are mostly below 0, so "
            "nothing ever beats it: begin with minus infinity, or with no best at all.",
        ),
        Mistake(
            "better_than_the_one_before", _better_than_the_one_before,
            "you compare each run with the run before it, not with the best so far: did you forget to keep "
            "the best value?",
        ),
        Mistake(
            "numbers_shifted_by_a_collapse", _wrong_start,
            "you number the runs that came to an end, and use the number for the starts. After a collapse "
            "the two no longer go together.",
        ),
    ),
    hints=(
        (
            "Go through the starts one by one and remember the best Fit so far. What is the value of a "
            "Fit? And what if a run does not return at all?"
        ),
        (
            "The value is `result.log_likelihoods[-1]`. Put `run(start)` between `try:` and `except "
            "ValueError:`, inside of the loop, and let the `except` go on with the next start."
        ),
        (
            "`best = None`; for each start that runs, `if best is None or result.log_likelihoods[-1] > "
            "best.log_likelihoods[-1]: best = result`; after the loop, return it."
        ),
    ),
)

EXERCISES = (KMEANS_START, RANDOM_POINTS, BEST_OF)
