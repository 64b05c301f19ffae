"""Where to start: `kmeans_start`, `random_points` and `best_of`."""

import contextlib
import copy
import itertools
import math
from functools import cache, partial

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


CLOSE = 1e-9, 0.0  # in units of a millionth variances are 1e-12
RIDGES = [("1e_6", 1e-6), ("1e_8", 1e-8), ("1e_9", 1e-9), ("1e_10", 1e-10), ("1e_12", 1e-12)]


def _ridged(function, ridge, *arguments):
    """What the function returns, with something small on the diagonal of each covariance."""
    start = function(*arguments)
    return Mixture(start.weights, start.means, start.covariances + ridge * np.eye(start.d))


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
    Case("two clusters, a million away from the origin", _clusters(6, (11, 6), 3, offset=1e6)),
    Case("two clusters in whole numbers, an array of integers", (
        np.array([[3, 1], [12, 9], [4, 0], [10, 11], [8, 8], [2, 6], [5, 3]]),
        np.array([0, 1, 0, 1, 1, 0, 0]))),
    Case("eight points in the plane, of which two are there twice", (
        np.array([[1.0, 2.0], [7.5, 6.0], [1.0, 2.0], [0.0, 3.5], [9.0, 5.5], [2.5, 0.5], [8.0, 8.0],
                  [9.0, 5.5]]),
        np.array([0, 1, 0, 0, 1, 0, 1, 1]))),
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


def _order_of_the_first_feature(X, labels):
    start = my_kmeans_start(X, labels)
    order = np.argsort(start.means[:, 0], kind="stable")
    return Mixture(start.weights[order], start.means[order], start.covariances[order])


def _labels_in_blocks(X, labels):
    return my_kmeans_start(X, np.sort(labels))


def _nearest_for_the_label(X, labels):
    means = my_kmeans_start(X, labels).means
    return my_kmeans_start(X, ((X[:, None] - means) ** 2).sum(axis=2).argmin(axis=1))


def _one_e_step_more(X, labels):
    return m_step(X, my_kmeans_start(X, labels).responsibilities(X))


def _round_covariances(X, labels):
    return m_step(X, np.eye(labels.max() + 1)[labels], family="spherical")


def _repeats_left_out(X, labels):
    rows = np.unique(np.column_stack([labels, X]), axis=0, return_index=True)[1]
    return my_kmeans_start(X[rows], labels[rows])


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


def _sums_for_means(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(start.weights, start.means * np.bincount(labels)[:, None], start.covariances)


def _made_anew(which, X, labels):
    """Arrays that are made inside the loop over the clusters: of all but the last cluster only 0 is left."""
    start = my_kmeans_start(X, labels)
    parts = [np.array(part) for part in (start.weights, start.means, start.covariances)]
    parts[which][:-1] = 0
    return Mixture(*parts)


def _means_first(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(start.means, start.weights, start.covariances)


def _factors(X, labels):
    start = my_kmeans_start(X, labels)
    return Mixture(start.weights, start.means, np.linalg.cholesky(start.covariances))


def _less_the_square_of_the_mean(X, labels):
    start = _uncentered(X, labels)
    squares = start.means[:, :, None] * start.means[:, None, :]
    return Mixture(start.weights, start.means, start.covariances - squares)


def _means_cut_off(X, labels):
    start = my_kmeans_start(X, labels)
    means = np.zeros_like(X, shape=start.means.shape)
    means[:] = start.means
    deviations = [X[labels == j] - means[j] for j in range(start.k)]
    return Mixture(start.weights, means, [points.T @ points / len(points) for points in deviations])


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
            "order_of_the_first_feature", _order_of_the_first_feature,
            "the components are sorted by the first coordinate of their means. Component j is the one of "
            "label j, wherever it lies.",
        ),
        Mistake(
            "labels_in_blocks", _labels_in_blocks,
            "you take X for sorted: first all points of label 0, then all of label 1. The labels come in any "
            "order, and `X[labels == j]` picks out those of label j.",
        ),
        Mistake(
            "nearest_for_the_label", _nearest_for_the_label,
            "you give each point to its nearest mean, and not to the one that its label names. Where k-means "
            "has not converged, or somebody else made the labels, that is another cluster.",
        ),
        Mistake(
            "one_e_step_more", _one_e_step_more,
            "there is an E-step in between: the points are shared among the components. Here each belongs "
            "whole to the component of its label.",
        ),
        Mistake(
            "round_covariances", _round_covariances,
            "your covariances are round: one variance for all features of a cluster, and no lean. Each "
            "feature has its own, and features can rise together.",
        ),
        Mistake(
            "repeats_left_out", _repeats_left_out,
            "points that lie on the same spot are counted once. Two measurements can be equal, and are two "
            "points all the same.",
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
        Mistake(
            "sums_for_means", _sums_for_means,
            "your means are sums: divide them by the number of points in the cluster.",
        ),
        Mistake(
            "weights_made_anew", partial(_made_anew, 0),
            "all weights but the last are 0. Is the array for them made inside the loop? Then each round "
            "throws away what the round before has put in: make it once, before the loop.",
        ),
        Mistake(
            "means_made_anew", partial(_made_anew, 1),
            "all means but the last are 0. An array that is made inside of the loop begins anew with each "
            "cluster: make it before.",
        ),
        Mistake(
            "covariances_made_anew", partial(_made_anew, 2),
            "all covariances but the last are 0. The array for them has to be made before the loop; inside, "
            "each cluster wipes out those before it.",
        ),
        Mistake(
            "means_first", _means_first,
            "means stand where weights belong. A Mixture is made of weights, means and covariances, in this "
            "order.",
        ),
        Mistake(
            "factors", _factors,
            "these are Cholesky factors. `Mixture` wants the covariances themselves, and factors them on its "
            "own.",
        ),
        Mistake(
            "less_the_square_of_the_mean", _less_the_square_of_the_mean,
            "you take the square of the mean off the mean square. Far from the origin these are two huge "
            "numbers that nearly agree, and their difference has lost its digits: subtract the mean from the "
            "points before you multiply.",
        ),
        Mistake(
            "means_cut_off", _means_cut_off,
            "your means have lost what stands behind the decimal point. `np.zeros_like(X)` of whole numbers "
            "holds whole numbers: `np.zeros((k, d))` holds them all.",
        ),
        *(
            Mistake(
                f"ridge_of_{name}", partial(_ridged, my_kmeans_start, ridge),
                f"something was added to the variances, {ridge:g}. In units of a millionth that is much, and "
                "nobody asked for it: the covariance of the points is meant, as it is.",
            )
            for name, ridge in RIDGES
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
    tolerance={"weights": CLOSE, "means": CLOSE, "covariances": CLOSE},
    single=False,
)

# --- random_points -------------------------------------------------------------------------------


def my_random_points(X, k, rng) -> Mixture:
    means = X[rng.choice(len(X), size=k, replace=False)]
    covariance = np.cov(X.T).reshape(X.shape[1], X.shape[1])
    return Mixture(np.full(k, 1 / k), means, [covariance] * k)


MANY = 100  # means, from which on one sees where in X they come from: so many starts show it well
STARTS = 24
FEW = 6  # points, of which so many draws of two show whether each comes up as often as any other:
DRAWS = 300
PAIRS = list(itertools.combinations(range(FEW), 2))
SELDOM, OFTEN = 0.4, 1.6  # times what is to be expected; equal chances stay within, by 7 standard deviations
UNEVEN_POINTS, UNEVEN_PAIRS = 38.0, 56.0  # chi-squares; equal chances exceed them once in a million checks
NEXT = "rows next to each other come up together too often (1) or too seldom (-1)"
EQUAL = 4  # starts that have to equal the first: of 15 pairs of points one comes up again by chance, 4 do not
FAR_OFF = 5.5  # standard deviations from what is to be expected; equal chances do not come that far


def _points(seed, n, d, scale=1.0, offset=0.0):
    rng = np.random.default_rng(seed)
    return offset + scale * rng.standard_normal((n, d)) @ rng.uniform(-1, 2, (d, d))


RANDOM_POINTS_CASES = (
    Case("the points 1, 2, 9, 10 and k = 4: each is a mean", (FOUR_POINTS, 4, np.random.default_rng(3))),
    Case("forty points in the plane, k = 3", (_points(1, 40, 2), 3, np.random.default_rng(4))),
    Case("twenty points and as many components", (_points(2, 20, 2), 20, np.random.default_rng(5))),
    Case("fifty points in five dimensions, in units of a millionth, k = 2", (
        _points(3, 50, 5, scale=1e-6), 2, np.random.default_rng(6))),
    Case("a single component", (_points(4, 60, 2, scale=100.0), 1, np.random.default_rng(7))),
    Case("a hundred points, a thousand away from the origin", (
        _points(5, 100, 2, scale=0.01, offset=1e3), 2, np.random.default_rng(8))),
    Case("two hundred points on a line, from left to right, k = 100", (
        np.linspace(0, 30, 200)[:, None], 100, np.random.default_rng(9))),
    Case(f"six points in the plane, k = 2, in {DRAWS} starts", (
        np.array([[0.0, 1.0], [1.5, 0.5], [2.0, 2.0], [0.5, 3.0], [30.0, 1.0], [2.5, 1.5]]), 2,
        np.random.default_rng(10))),
)


def _many_starts(function, X, k, rng):
    """1 + EQUAL starts from equal generators, five from others, more from the first one, which goes on."""
    equals = [copy.deepcopy(rng) for _ in range(EQUAL)]
    first = function(X, k, rng)
    if first is None or first is Ellipsis:
        return first
    starts = [first] + [function(X, k, equal) for equal in equals]
    starts += [function(X, k, np.random.default_rng(seed)) for seed in range(5)]
    more = DRAWS if _all_pairs(X, k) else STARTS if k >= MANY else 5
    return starts + [function(X, k, rng) for _ in range(more)]


def _all_pairs(X, k):
    return len(X) == FEW and k == 2


def _read_random_points(answers, X, k, rng):
    starts = [_arrays(answer, "random_points") for answer in answers]
    weights, means, covariances = starts[0]
    kinds = "the weights", "the number and the length of the means", "the covariances"
    for what, of_all in zip(kinds, zip(*starts, strict=True), strict=True):
        if len(set(map(np.shape, of_all))) > 1 or (of_all[0] is not means and _differ(np.array(of_all))):
            raise Unreadable(f"From one start to another, {what} change.")
    d = X.shape[1]
    found = _rows_of([start_means for _, start_means, _ in starts], X)  # (starts, k)
    are_points = (found >= 0).sum(axis=1)
    n_different = [len(set(rows[rows >= 0])) for rows in found]
    parts = {
        "number of means": len(means),
        "weights": weights,
        "means that are points of X": are_points.min(),
        "means lie within the data (1: yes, 0: no)": int(_within(means, X)),
        "means are different points (1: yes, 0: no)": int((n_different == are_points).all()),
        "covariances": _settled(covariances, np.cov(X.T).reshape(d, d), len(X)),
        "equal generators give equal starts (1: yes, 0: no)": 1,
        "other generators give other starts (1: yes, 0: no)": 1,
        "a generator that is used again gives another start (1: yes, 0: no)": 1,
    }
    if k < len(X):  # else they can differ in their order only
        same = [np.array_equal(means, other_means) for _, other_means, _ in starts[1:]]
        others, later = same[EQUAL : EQUAL + 5], same[EQUAL + 5 :]
        parts["equal generators give equal starts (1: yes, 0: no)"] = int(all(same[:EQUAL]))
        parts["other generators give other starts (1: yes, 0: no)"] = int(not all(others))
        parts["a generator that is used again gives another start (1: yes, 0: no)"] = int(not all(later))
    moves_on = parts["a generator that is used again gives another start (1: yes, 0: no)"]
    if k >= MANY:  # the next starts have to equal the first; if all do, they tell no more than one
        parts |= _where_from(np.delete(found, slice(1, 1 + EQUAL), axis=0) if moves_on else found[:1], len(X))
        if moves_on:
            parts["rows of X that ever come up"] = len(np.unique(found[found >= 0]))
    if _all_pairs(X, k) and moves_on:
        parts |= _how_often(np.sort(found[-DRAWS:], axis=1))
    return parts


def _where_from(found, n):
    """Parts that tell whether starts (s, k) take their means from everywhere in the n rows, and each anew."""
    s, k = found.shape
    drawn = np.array([np.isin(np.arange(n), rows) for rows in found])
    quarters = np.bincount(4 * found[found >= 0] // n, minlength=4) / found.size
    spread = np.sqrt(0.25 * 0.75 * (n - k) / (n - 1) / found.size)
    return {
        "each quarter of the rows has its share of the means (1: yes, 0: no)": int(
            (np.abs(quarters - 0.25) < FAR_OFF * spread).all()
        ),
        NEXT: _too_often((drawn[:, 1:] & drawn[:, :-1]).sum(), *_next_to_each_other(s, k, n)),
        "no start comes up again (1: yes, 0: no)": int(len(np.unique(drawn, axis=0)) == s),
    }


def _how_often(drawn):
    """Parts that tell how often each point and each pair of points comes up in draws (s, 2)."""
    s, k = drawn.shape
    of_pairs = np.array([(drawn == pair).all(axis=1).sum() for pair in PAIRS])
    of_points = np.array([(drawn == row).sum() for row in range(FEW)])
    pairs, points = s / len(PAIRS), s * k / FEW  # to be expected
    spread = points * (1 - k / FEW) * FEW / (FEW - 1)
    even_points = ((of_points - points) ** 2).sum() / spread < UNEVEN_POINTS
    even_pairs = ((of_pairs - pairs) ** 2).sum() / pairs < UNEVEN_PAIRS
    return {
        "pairs of points that come up": (of_pairs > 0).sum(),
        "points that come up too often (1) or too seldom (-1)": (
            (of_points > OFTEN * points) * 1 - (of_points < SELDOM * points)
        ),
        NEXT: _too_often((np.diff(drawn) == 1).sum(), *_next_to_each_other(s, k, FEW)),
        "each pair of points comes up as often as any other (1: yes, 0: no)": int(even_points and even_pairs),
    }


def _next_to_each_other(s, k, n):
    """Mean and standard deviation of how often both of two rows i, i + 1 are drawn, k of n, in s draws."""
    both = k * (k - 1) / (n * (n - 1))
    three = both * (k - 2) / (n - 2)
    four = three * (k - 3) / (n - 3)
    squares = (n - 1) * both + 2 * (n - 2) * three + (n - 2) * (n - 3) * four
    mean = (n - 1) * both
    return s * mean, np.sqrt(s * (squares - mean**2))


def _too_often(count, mean, spread):
    """1 if a count is too large for chance, -1 if it is too small."""
    return int(count > mean + FAR_OFF * spread) - int(count < mean - FAR_OFF * spread)


def _differ(arrays):
    """Whether the first of these arrays and another are not the same, but for rounding."""
    noise = 1e-9 * np.abs(arrays[0]) + 1e-12 * np.abs(arrays[0]).max()
    return not (np.abs(arrays - arrays[0]) <= noise).all()


def _rows_of(means, X):
    """Which row of X each of the means (..., k, d) is, (..., k); -1 if it is none."""
    same = (np.asarray(means)[..., None, :] == X).all(axis=-1)  # (..., k, n)
    return np.where(same.any(axis=-1), same.argmax(axis=-1), -1)


def _within(means, X):
    return (means >= X.min(axis=0)).all() and (means <= X.max(axis=0)).all()


def _settled(covariances, right, n):
    """Whether one divides by n or by n - 1 is left open: the first is turned into the second."""
    covariances = np.asarray(covariances)
    biased = right * (n - 1) / n
    if covariances.shape[1:] == right.shape and np.allclose(covariances, biased, *CLOSE):
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
    if not parts["a generator that is used again gives another start (1: yes, 0: no)"]:
        return "called with one generator again and again, it gives the same means each time."
    return None


def _no_row_left_out(parts, X, k, rng):
    if not parts.get("each quarter of the rows has its share of the means (1: yes, 0: no)", 1):
        return f"of the {len(X)} rows some quarter gives far more of the means than another."
    if parts.get(NEXT):
        often = "more often" if parts[NEXT] > 0 else "less often"
        return f"rows that stand next to each other in X come up together {often} than by chance."
    if not parts.get("no start comes up again (1: yes, 0: no)", 1):
        ways = f"{math.comb(len(X), k):.0e} ways to choose {k} of {len(X)} rows"
        return f"some of its starts are the same, though there are {ways}."
    if (n_rows := int(parts.get("rows of X that ever come up", len(X)))) < len(X):
        return f"in {STARTS} starts, each of half the rows, only {n_rows} of the {len(X)} rows ever come up."
    n_pairs = int(parts.get("pairs of points that come up", len(PAIRS)))
    if n_pairs < len(PAIRS):
        return f"in {DRAWS} starts only {n_pairs} of the {len(PAIRS)} pairs of points ever come up."
    if not parts.get("each pair of points comes up as often as any other (1: yes, 0: no)", 1):
        return f"in {DRAWS} starts some pairs of the {FEW} points come up far more often than others."
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


def _rows_in_single(X, k, rng):
    return _from_means(X, _drawn_rows(X, k, rng).astype(np.float32))


def _from_a_copy(X, k, rng):
    return _from_means(X, _drawn_rows(X, k, copy.deepcopy(rng)))


def _in_a_block(X, k, rng):
    first = rng.integers(len(X) - k + 1)
    return _from_means(X, X[first : first + k])


def _next_for_a_repeat(X, k, rng):
    rows = []
    for row in rng.integers(len(X), size=k):
        while row in rows:
            row = (row + 1) % len(X)
        rows.append(row)
    return _from_means(X, X[rows])


def _evenly_spaced(X, k, rng):
    stride = len(X) // k
    return _from_means(X, X[rng.integers(stride) :: stride][:k])


def _kept_apart(X, k, rng):
    return initialization.kmeans_plus_plus(X, k, rng)


def _without_the_last_row(X, k, rng):
    return _from_means(X, X[rng.choice(len(X) - 1, size=k, replace=False)])


def _covariance_of_the_drawn(X, k, rng):
    means = _drawn_rows(X, k, rng)
    return _mixture_of(X, means, np.cov(means.T))


def _factor_of_all(X, k, rng):
    covariance = np.cov(X.T).reshape(2 * X.shape[1:])
    return _mixture_of(X, _drawn_rows(X, k, rng), np.linalg.cholesky(covariance))


def _square_of_the_mean_taken_off(X, k, rng):
    mean = X.mean(axis=0)
    return _mixture_of(X, _drawn_rows(X, k, rng), X.T @ X / len(X) - np.outer(mean, mean))


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
    properties=(_weights_sum_to_one, _every_mean_is_a_point, _no_point_twice, _uses_rng, _no_row_left_out),
    tolerance={"weights": CLOSE, "covariances": CLOSE},
    single=False,
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
            "rows_in_single", _rows_in_single,
            "your means are near rows of X, but in float32, which keeps 7 of the 16 digits. Rounded like "
            "that they are no rows of X any more: leave them in float64.",
        ),
        Mistake(
            "copies_the_generator", _from_a_copy,
            "you draw from a copy of `rng`, or put it back where it was. Then it never moves on, and a "
            "hundred starts from one generator are a hundred times the same: draw from `rng` itself.",
        ),
        Mistake(
            "in_a_block", _in_a_block,
            "you draw the first row only, and take those that follow it. Neighbors in a file are often "
            "neighbors in the data: draw each row, `rng.choice(n, size=k, replace=False)`.",
        ),
        Mistake(
            "next_for_a_repeat", _next_for_a_repeat,
            "where a row comes up twice you take the one after it. Then rows that stand next to each other "
            "come up together too often: draw again, or with `replace=False`.",
        ),
        Mistake(
            "evenly_spaced", _evenly_spaced,
            "you draw where to begin, and then take every so-manyth row. There are only a few such starts, "
            "and a hundred tries repeat them: draw each row.",
        ),
        Mistake(
            "kept_apart", _kept_apart,
            "your points keep apart, as in k-means++: a far point comes up more often than others. Here "
            "every choice of k rows is as likely as any other.",
        ),
        Mistake(
            "without_the_last_row", _without_the_last_row,
            "the last row is never drawn. Row numbers go from 0 to n - 1, and NumPy's generators leave the "
            "upper end out already: ask for n, not for n - 1.",
        ),
        Mistake(
            "covariance_of_the_drawn", _covariance_of_the_drawn,
            "your covariance is that of the k drawn points. They are too few to have one: take the "
            "covariance of all the data.",
        ),
        Mistake(
            "factor_of_all", _factor_of_all,
            "a Cholesky factor stands where the covariance of all the data belongs. `Mixture` computes the "
            "factors itself.",
        ),
        Mistake(
            "square_of_the_mean_taken_off", _square_of_the_mean_taken_off,
            "the square of the mean is taken off the mean square. A thousand away from the origin hardly "
            "a digit is left of that difference: center X first, or use `np.cov`.",
        ),
        *(
            Mistake(
                f"ridge_of_{name}", partial(_ridged, my_random_points, ridge),
                f"{ridge:g} stands on top of each variance. It is meant to do no harm, but it has a unit: "
                "where the data are small it drowns them. Leave the covariance of the data as it is.",
            )
            for name, ridge in RIDGES
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
            "every component starts at the mean of all the data. Components that are alike learn alike, "
            "and never part.",
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
    """The Fit with the highest last log-likelihood of all `run(start)` that do not collapse."""
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except CollapsedComponent:  # this start leads nowhere
            continue
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def my_best_of(run, starts):
    best = None
    for start in starts:
        try:
            result = run(start)
        except CollapsedComponent:
            continue
        if best is None or result.log_likelihoods[-1] > best.log_likelihoods[-1]:
            best = result
    return best


BUGS = (  # what a bug of `run` raises
    RuntimeError, ZeroDivisionError, FloatingPointError, IndexError, KeyError, TypeError, AttributeError,
    AssertionError, OSError, MemoryError, ValueError, np.linalg.LinAlgError,
)  # fmt: skip
BUG = "the data are not what they should be"


@cache
def _bell(i):
    return Mixture([1.0], [[float(i)]], [[[1.0]]])


class _Runs:
    """start -> Fit, with given log-likelihoods; instead of these None, a collapse, or one of BUGS."""

    def __init__(self, *traces, unfinished=()):
        self.traces, self.unfinished = traces, unfinished

    def __call__(self, start):
        i = round(start.means[0, 0])
        if self.traces[i] is None:
            raise CollapsedComponent(0, 1.0, 3)
        if self.traces[i] in BUGS:
            raise self.traces[i](BUG)
        mixtures = (start, *(_bell(1000 * (i + 1) + j) for j in range(1, len(self.traces[i]))))
        return Fit(mixtures, np.array(self.traces[i], dtype=float), i not in self.unfinished)


class _TrueRuns:
    """EM on these points."""

    def __init__(self, X):
        self.X = X

    def __call__(self, start):
        return fit_mixture(self.X, start, tol=1e-4)


def _runs(name, *traces, order=None, **options):
    order = range(len(traces)) if order is None else order
    starts = [_bell.__wrapped__(i) for i in order]  # each an object of its own, also where two are equal
    return Case(name, (_Runs(*traces, **options), starts))


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
    _runs("two runs that fall at their ends", [-30, -8, -21], [-20, -10, -12], [-19, -14, -13]),
    _runs("a best run that is not converged", [-30, -20], [-20, -15], [-19, -14, -13], unfinished=(2,)),
    _runs("three runs with log-likelihoods on both sides of 0", [-2, 0.25, 0.5], [-7, -3], [-1, 0.125]),
    _runs("three runs, of which the best ends at 0", [-2, -0.5, 0], [-7, -3], [-1, -0.125]),
    _runs(
        "three runs that end at -1287, -1134 and -1139",
        [-1300, -1287], [-1500, -1200, -1134], [-1400, -1139],
    ),
    _runs("three runs tens of millions below 0", [-5e7, -4.1e7], [-6e7, -3.9e7, -3.1e7], [-3.5e7]),
    _runs("three runs a trillion and more below 0", [-2e12], [-5e12, -1.3e12], [-4e12, -3e12, -1.9e12]),
    _runs("three runs from absurdly far away", [-9e303, -5e303], [-8e303, -4e303], [-7e303, -6e303]),
    _runs(
        "three runs that end within a millionth of each other",
        [-12, -10.0000004], [-13, -11, -10.0000001], [-11.5, -10.0000002],
    ),
    _runs(
        "a hundred runs, of which the last ends highest",
        *([-40 - i, -35 + i / 20] for i in range(10)), order=[i % 9 for i in range(99)] + [9],
    ),
    _runs(
        "a run of 40 iterations, and one of 120 that overtakes it",
        np.linspace(-30, -14, 41).tolist(), np.linspace(-40, -11, 121).tolist(), [-15, -14.5],
    ),
    _runs("a run that ends after its start", [-16, -15], [-14], [-17, -15.5]),
    _runs("three starts, of which two are equal: a tie", [-20, -18, -17], [-21, -19], order=(0, 1, 0)),
    Case("EM itself on 36 points, from four starts", _chosen_points()),
    *(
        _runs(f"four runs, the third of which stops with {bug.__name__}",
              [-20, -18], [-19, -17], bug, [-25, -16])
        for bug in BUGS
    ),
)


class _Noted:
    """A run that notes the starts it is called with."""

    def __init__(self, run):
        self.run, self.called, self.error = run, [], None

    def __call__(self, start):
        self.called.append(start)
        try:
            return self.run(start)
        except CollapsedComponent:  # a ValueError, but no bug
            raise
        except BUGS as error:
            self.error = error
            raise


def _noting(function, run, starts):
    """The answer, or the error of a run that comes through; and how often each of the starts was run."""
    noted, each = _Noted(run), list(starts)
    try:
        answer = function(noted, starts)
    except CollapsedComponent:
        raise
    except BUGS as error:
        if error is not noted.error:
            raise
        answer = error
    if answer is None or answer is Ellipsis:
        return answer
    return answer, [sum(called is start for called in noted.called) for start in each]


COMES_THROUGH = "the error of `run` comes through (1: yes, 0: no)"


def _bug_of(run):
    """The exception that these runs meet for a bug; None if there is none."""
    return next((trace for trace in getattr(run, "traces", ()) if trace in BUGS), None)


def _read_best_of(answer_and_counts, run, starts):
    answer, counts = answer_and_counts
    if _bug_of(run):
        return {COMES_THROUGH: int(isinstance(answer, _bug_of(run)))}
    if not isinstance(answer, Fit):
        raise Unreadable("best_of returns the best Fit, all of it: its mixture and its trace are needed.")
    return {
        "the last log-likelihood": answer.log_likelihoods[-1],
        "the first log-likelihood": answer.log_likelihoods[0],
        "number of iterations": len(answer.log_likelihoods) - 1,
        "converged (1: yes, 0: no)": int(answer.converged),
        "means of the result": np.array(answer.mixture.means),
        "runs of each start": counts,
    }


def _errors_come_through(parts, run, starts):
    if not parts.get(COMES_THROUGH, 1):
        return f'run stopped with {_bug_of(run).__name__}, "{BUG}", and nobody is told.'
    return None


def _each_start_once(parts, run, starts):
    counts = parts.get("runs of each start", [1])
    if max(counts) > 1:
        i = int(np.argmax(counts))
        return f"starts[{i}] is run {counts[i]} times; a run is long, so once has to do."
    return None


def _nothing_higher(parts, run, starts):
    value = parts.get("the last log-likelihood", np.inf)
    for i, start in enumerate(starts):
        try:
            end = run(start).log_likelihoods[-1]
        except CollapsedComponent:
            continue
        if end > value:
            return f"starts[{i}] leads to {end:.9g}, and that is higher than {value:.9g}."
    return None


def _chosen(key, run, starts):
    """The Fit with the largest key."""
    return max(_survivors(run, starts), key=key)


def _survivors(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except CollapsedComponent:
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


def _zero_taken_for_none(run, starts):
    best, highest = None, None
    for fit in _survivors(run, starts):
        if not highest or fit.log_likelihoods[-1] > highest:
            best, highest = fit, fit.log_likelihoods[-1]
    return best


def _collapse_breaks_the_loop(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except CollapsedComponent:
            break
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


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
    except CollapsedComponent:
        pass
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
        except CollapsedComponent:
            continue
    return run(starts[int(np.argmax(ends))])


def _begins_at(sentinel, run, starts):
    best, highest = None, sentinel
    for fit in _survivors(run, starts):
        if fit.log_likelihoods[-1] > highest:
            best, highest = fit, fit.log_likelihoods[-1]
    return best


def _compared_by_running(run, starts):
    best = None
    for start in starts:
        try:
            if best is None or run(start).log_likelihoods[-1] > best.log_likelihoods[-1]:
                best = run(start)
        except CollapsedComponent:
            continue
    return best


def _tried_first(run, starts):
    for start in starts:
        with contextlib.suppress(CollapsedComponent):
            run(start)
    return best_of(run, starts)


def _best_run_again(run, starts):
    ends = []
    for start in starts:
        try:
            ends.append(run(start).log_likelihoods[-1])
        except CollapsedComponent:
            ends.append(-np.inf)
    return run(starts[int(np.argmax(ends))])


def _first_run_twice(run, starts):
    best = run(starts[0])
    for fit in _survivors(run, starts):
        if fit.log_likelihoods[-1] > best.log_likelihoods[-1]:
            best = fit
    return best


def _first_run_unguarded(run, starts):
    return max([run(starts[0]), *_survivors(run, starts[1:])], key=lambda fit: fit.log_likelihoods[-1])


def _every_exception_caught(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except Exception:
            continue
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def _value_errors_caught(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except ValueError:
            continue
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def _linear_algebra_errors_caught(run, starts):
    fits = []
    for start in starts:
        with contextlib.suppress(CollapsedComponent, np.linalg.LinAlgError):
            fits.append(run(start))
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def _pairs_compared(run, starts):
    return max((fit.log_likelihoods[-1], fit) for fit in _survivors(run, starts))[1]


def _better_by(gain, run, starts):
    best = None
    for fit in _survivors(run, starts):
        if best is None or fit.log_likelihoods[-1] > best.log_likelihoods[-1] + gain:
            best = fit
    return best


def _rounded(digits, run, starts):
    return _chosen(lambda fit: round(fit.log_likelihoods[-1], digits), run, starts)


def _likelihoods(run, starts):
    return _chosen(lambda fit: np.exp(fit.log_likelihoods[-1]), run, starts)


def _mean_of_the_trace(run, starts):
    return _chosen(lambda fit: fit.log_likelihoods.mean(), run, starts)


def _one_before_the_last(run, starts):
    return _chosen(lambda fit: fit.log_likelihoods[-2], run, starts)


def _without_the_first_start(run, starts):
    return best_of(run, starts[1:])


def _without_the_last_start(run, starts):
    return best_of(run, starts[:-1])


BEST_OF = Exercise(
    name="best_of",
    reference=best_of,
    answer=my_best_of,
    cases=BEST_OF_CASES,
    read=_read_best_of,
    call=_noting,
    properties=(_errors_come_through, _nothing_higher, _each_start_once),
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
            "one run collapses and takes all the others with it. Catch its `CollapsedComponent`, and go on "
            "with the next start.",
        ),
        Mistake(
            "search_ends_at_a_collapse", _search_ends_at_a_collapse,
            "the search ends at the first run that collapses, and the starts after it get no turn: the "
            "`try` belongs inside of the loop.",
        ),
        Mistake(
            "collapse_breaks_the_loop", _collapse_breaks_the_loop,
            "after the first run that collapses no start gets a turn, and where that is the first of all "
            "there is nothing to choose from. `continue` goes on with the next start; `break` leaves the "
            "loop, as does an exception if the `try` stands around it.",
        ),
        Mistake(
            "zero_taken_for_none", _zero_taken_for_none,
            "a log-likelihood of exactly 0 counts as if there were none yet: Python takes 0.0 for False. Ask "
            "whether the best is None.",
        ),
        Mistake(
            "begins_at_zero", partial(_begins_at, 0),
            "your search begins with 0 as the value to beat. Log-likelihoods are mostly below 0, so "
            "nothing ever beats it: begin with minus infinity, or with no best at all.",
        ),
        Mistake(
            "begins_at_minus_999", partial(_begins_at, -999),
            "your search begins with a number such as -999 as the value to beat. Three hundred points are "
            "enough to end below it, and then no run is the best: begin with minus infinity, or with None.",
        ),
        Mistake(
            "begins_at_minus_a_million", partial(_begins_at, -1e6),
            "your search begins with a number such as -1e6 as the value to beat. A log-likelihood grows with "
            "the number of points, and many points end below that: `float('-inf')` is below all of them.",
        ),
        Mistake(
            "begins_at_minus_a_billion", partial(_begins_at, -1e9),
            "your search begins with a number such as -1e9 or -1e10 as the value to beat. No number is low "
            "enough for all data; minus infinity is, and so is a best that is None at first.",
        ),
        Mistake(
            "begins_at_minus_1e99", partial(_begins_at, -1e99),
            "your search begins with a number such as -1e99 as the value to beat. That is low, but a bad "
            "start in small units can be lower, for distances are squared: begin with minus infinity.",
        ),
        Mistake(
            "compared_by_running", _compared_by_running,
            "you call `run(start)` once to compare and once more to keep. That doubles the work: put the Fit "
            "into a variable, compare it, and keep it.",
        ),
        Mistake(
            "tried_first", _tried_first,
            "you run each start to see whether it collapses, and those that do not you run again. The `try` "
            "can hold the run that you use.",
        ),
        Mistake(
            "best_run_again", _best_run_again,
            "you keep the log-likelihoods only, and run the best start once more at the end. Keep the Fits: "
            "what you are to return has been there already.",
        ),
        Mistake(
            "first_run_twice", _first_run_twice,
            "you run the first start before the loop, outside of any `try`, and in the loop again. Begin "
            "with `best = None`, and let the loop do it all.",
        ),
        Mistake(
            "first_run_unguarded", _first_run_unguarded,
            "the first run stands before the loop, where no `try` guards it. It can collapse as any other.",
        ),
        Mistake(
            "every_exception_caught", _every_exception_caught,
            "you catch every exception, `except Exception` or a bare `except`. A collapse is to be expected; "
            "any other error is a fault that somebody wants to hear of. Catch `CollapsedComponent` alone.",
        ),
        Mistake(
            "value_errors_caught", _value_errors_caught,
            "you catch every `ValueError`. A collapse is one, but so is the complaint that the data make no "
            "sense, and nobody would hear of it. Catch `CollapsedComponent` alone.",
        ),
        Mistake(
            "linear_algebra_errors_caught", _linear_algebra_errors_caught,
            "you catch `LinAlgError` too. A collapse does not come as one: where a matrix cannot be factored "
            "for another reason, nobody would hear of it. Catch `CollapsedComponent` alone.",
        ),
        Mistake(
            "pairs_compared", _pairs_compared,
            "you compare pairs of a log-likelihood and a Fit. Where two ends are equal, Python goes on to "
            "compare the Fits, and cannot: give `max` a `key`.",
        ),
        Mistake(
            "better_by_a_thousandth", partial(_better_by, 1e-3),
            "a run has to be better by some margin before it replaces the best, or the numbers are rounded. "
            "A tolerance is for stopping a run; among runs the highest wins, however narrowly.",
        ),
        Mistake(
            "rounded_to_whole_nats", partial(_rounded, 0),
            "you compare whole nats. Two runs may share those and still end in different places: compare the "
            "numbers as they are.",
        ),
        Mistake(
            "likelihoods", _likelihoods,
            "you compare likelihoods, exp of the log-likelihoods. Far below 0 all of these are 0.0, and no "
            "run is better than another: compare the logarithms.",
        ),
        Mistake(
            "mean_of_the_trace", _mean_of_the_trace,
            "you compare the means of whole traces. What happened on the way does not matter: compare the "
            "last value of each.",
        ),
        Mistake(
            "one_before_the_last", _one_before_the_last,
            "you compare the log-likelihoods one iteration before the end, `[-2]`. The last one is `[-1]`.",
        ),
        Mistake(
            "without_the_first_start", _without_the_first_start,
            "the first start gets no turn. Does your loop begin at 1?",
        ),
        Mistake(
            "without_the_last_start", _without_the_last_start,
            "the last start gets no turn. `range(len(starts) - 1)` ends one too early; so does "
            "`starts[:-1]`.",
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
            "CollapsedComponent:`, inside of the loop, and let the `except` go on with the next start."
        ),
        (
            "`best = None`; for each start that runs, `if best is None or result.log_likelihoods[-1] > "
            "best.log_likelihoods[-1]: best = result`; after the loop, return it."
        ),
    ),
)

EXERCISES = (KMEANS_START, RANDOM_POINTS, BEST_OF)
