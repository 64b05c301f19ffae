"""Wrong answers to the exercises of lesson 05 that must not pass, and right ones in other forms that must."""

import contextlib
import copy
import random

import numpy as np

from gmmlesson import CollapsedComponent, Mixture, initialization, m_step
from gmmlesson.em import Fit

# --- kmeans_start --------------------------------------------------------------------------------


def _start(X, labels):
    """The right answer: weights, means, covariances."""
    clusters = [X[labels == j] for j in range(labels.max() + 1)]
    weights = np.array([len(cluster) / len(X) for cluster in clusters])
    means = np.array([cluster.mean(axis=0) for cluster in clusters])
    return weights, means, np.array([np.atleast_2d(np.cov(cluster.T, bias=True)) for cluster in clusters])


def computed_in_single(X, labels):
    return Mixture(*_start(X.astype(np.float32).astype(float), labels))


def means_in_single(X, labels):
    weights, means, covariances = _start(X, labels)
    return Mixture(weights, means.astype(np.float32), covariances)


def returned_in_single(X, labels):
    return tuple(part.astype(np.float32) for part in _start(X, labels))


def returned_in_half(X, labels):
    return tuple(part.astype(np.float16) for part in _start(X, labels))


def rounded_to_six(X, labels):
    weights, means, covariances = _start(X, labels)
    return weights, np.round(means, 6), np.round(covariances, 6)


def rounded_to_nine(X, labels):
    weights, means, covariances = _start(X, labels)
    return weights, np.round(means, 9), np.round(covariances, 9)


def squares_less_square_of_the_mean(X, labels):
    weights, means, _ = _start(X, labels)
    clusters = [X[labels == j] for j in range(len(weights))]
    squares = [cluster.T @ cluster / len(cluster) for cluster in clusters]
    covariances = [square - np.outer(mean, mean) for square, mean in zip(squares, means, strict=True)]
    return weights, means, np.array(covariances)


def something_on_the_diagonal(X, labels, size=1e-6):
    weights, means, covariances = _start(X, labels)
    return Mixture(weights, means, covariances + size * np.eye(X.shape[1]))


def a_trillionth_on_the_diagonal(X, labels):
    return something_on_the_diagonal(X, labels, 1e-12)


def a_share_of_the_trace_on_the_diagonal(X, labels):
    weights, means, covariances = _start(X, labels)
    traces = np.trace(covariances, axis1=1, axis2=2)[:, None, None]
    return Mixture(weights, means, covariances + 1e-8 * traces * np.eye(X.shape[1]))


def variances_not_below_a_millionth(X, labels):
    weights, means, covariances = _start(X, labels)
    j = np.arange(X.shape[1])
    covariances[:, j, j] = np.maximum(covariances[:, j, j], 1e-6)
    return Mixture(weights, means, covariances)


def means_of_the_type_of_X(X, labels):
    weights, means, covariances = _start(X, labels)
    typed = np.zeros_like(X, shape=means.shape)
    typed[:] = means
    deviations = X - typed[labels]
    covariances = [
        deviations[labels == j].T @ deviations[labels == j] / (labels == j).sum() for j in range(len(means))
    ]
    return Mixture(weights, typed, covariances)


def number_of_clusters_from_the_last_label(X, labels):
    k = labels[-1] + 1
    return Mixture(*(part[:k] for part in _start(X, labels)))


def at_most_three_clusters(X, labels):
    return Mixture(*(part[:3] for part in _start(X, labels)))


def labels_taken_as_sorted(X, labels):
    return Mixture(*_start(X, np.sort(labels)))


def sorted_by_the_first_coordinate(X, labels):
    weights, means, covariances = _start(X, labels)
    order = np.argsort(means[:, 0])
    return Mixture(weights[order], means[order], covariances[order])


def factors_as_covariances(X, labels):
    weights, means, covariances = _start(X, labels)
    return weights, means, np.linalg.cholesky(covariances)


def precisions_as_covariances(X, labels):
    weights, means, covariances = _start(X, labels)
    return Mixture(weights, means, np.linalg.inv(covariances))


def correlations(X, labels):
    weights, means, covariances = _start(X, labels)
    spreads = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    return Mixture(weights, means, covariances / spreads[:, :, None] / spreads[:, None, :])


def sums_for_means(X, labels):
    weights, means, covariances = _start(X, labels)
    return Mixture(weights, means * np.bincount(labels)[:, None], covariances)


def weights_by_spread(X, labels):
    _, means, covariances = _start(X, labels)
    sizes = np.sqrt(np.linalg.det(covariances))
    return Mixture(sizes / sizes.sum(), means, covariances)


def weights_with_one_point_more(X, labels):
    _, means, covariances = _start(X, labels)
    counts = np.bincount(labels) + 1
    return Mixture(counts / counts.sum(), means, covariances)


def means_and_weights_exchanged(X, labels):
    weights, means, covariances = _start(X, labels)
    return means, weights, covariances


def without_a_copy(X, labels):
    X -= 0.0 if X.dtype == int else X.mean(axis=0)
    return Mixture(*_start(X, labels))


def points_on_one_spot_counted_once(X, labels):
    rows = np.sort(np.unique(np.column_stack([X, labels]), axis=0, return_index=True)[1])
    return Mixture(*_start(X[rows], labels[rows]))


def spots_counted_once_but_for_the_weights(X, labels):
    weights, *_ = _start(X, labels)
    _, *rest = points_on_one_spot_counted_once(X, labels).__reduce__()[1][:3]
    return Mixture(weights, *rest)


def by_the_nearest_mean(X, labels):
    _, means, _ = _start(X, labels)
    return Mixture(*_start(X, ((X[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)))


def biased_but_for_a_single_cluster(X, labels):
    weights, means, covariances = _start(X, labels)
    counts = np.bincount(labels)[:, None, None]
    return Mixture(weights, means, covariances * (counts / (counts - 1) if len(counts) > 1 else 1))


# --- random_points -------------------------------------------------------------------------------


def _around(X, means, add=0.0):
    d = X.shape[1]
    covariance = np.cov(X.T).reshape(d, d) + add * np.eye(d)
    return Mixture(np.full(len(means), 1 / len(means)), means, [covariance] * len(means))


def neighbors_in_the_file(X, k, rng):
    first = rng.integers(len(X) - k + 1)
    return _around(X, X[first : first + k])


def evenly_spaced(X, k, rng):
    stride = len(X) // k
    return _around(X, X[rng.integers(stride) :: stride][:k])


def evenly_spaced_around_the_end(X, k, rng):
    first = rng.integers(len(X))
    return _around(X, X[(first + np.arange(k) * (len(X) // k)) % len(X)])


def only_the_first_is_drawn(X, k, rng):
    first = rng.integers(len(X))
    return _around(X, X[(first + np.arange(k)) % len(X)])


def first_and_its_nearest(X, k, rng):
    distances = ((X - X[rng.integers(len(X))]) ** 2).sum(axis=1)
    return _around(X, X[np.argsort(distances)[:k]])


def first_and_its_farthest(X, k, rng):
    distances = ((X - X[rng.integers(len(X))]) ** 2).sum(axis=1)
    return _around(X, X[[distances.argmin(), *np.argsort(-distances)[: k - 1]]])


def kept_apart_as_in_kmeans_plus_plus(X, k, rng):
    return initialization.kmeans_plus_plus(X, k, rng)


def the_lower_half_more_likely(X, k, rng):
    p = np.linspace(3, 1, len(X))
    return _around(X, X[rng.choice(len(X), k, replace=False, p=p / p.sum())])


def ends_half_as_likely(X, k, rng):
    rows = set()
    while len(rows) < k:
        rows.add(round(rng.random() * (len(X) - 1)))
    return _around(X, X[sorted(rows)])


def never_the_last_row_unless_needed(X, k, rng):
    n = max(len(X) - 1, k)
    return _around(X, X[rng.choice(n, k, replace=False)])


def never_the_last_row_of_more_than_twenty(X, k, rng):
    n = len(X) - 1 if len(X) > 20 else len(X)
    return _around(X, X[rng.choice(n, k, replace=False)])


def never_the_first_row_unless_needed(X, k, rng):
    n = max(len(X) - 1, k)
    return _around(X, X[len(X) - 1 - rng.choice(n, k, replace=False)])


def from_the_first_hundred_rows(X, k, rng):
    return _around(X, X[rng.choice(min(len(X), 100), k, replace=False)])


def with_replacement(X, k, rng):
    return _around(X, X[rng.integers(0, len(X), k)])


def with_replacement_where_k_is_small(X, k, rng):
    return _around(X, X[rng.choice(len(X), k, replace=k < 5)])


def neighbors_differ(X, k, rng):
    rows = [rng.integers(len(X))]
    while len(rows) < k:
        row = rng.integers(len(X))
        if row != rows[-1]:
            rows.append(row)
    return _around(X, X[rows])


def from_a_copy_of_rng(X, k, rng):
    return _around(X, X[copy.deepcopy(rng).choice(len(X), k, replace=False)])


def from_the_seed_of_rng(X, k, rng):
    own = np.random.default_rng(rng.bit_generator.seed_seq)
    return _around(X, X[own.choice(len(X), k, replace=False)])


def rng_is_put_back(X, k, rng):
    state = rng.bit_generator.state
    rows = rng.choice(len(X), k, replace=False)
    rng.bit_generator.state = state
    return _around(X, X[rows])


def from_the_global_generator(X, k, rng):
    return _around(X, X[np.random.choice(len(X), k, replace=False)])  # noqa: NPY002


def from_the_global_generator_with_a_seed(X, k, rng):
    np.random.seed(42)  # noqa: NPY002
    return _around(X, X[np.random.choice(len(X), k, replace=False)])  # noqa: NPY002


def from_pythons_generator(X, k, rng):
    return _around(X, X[random.sample(range(len(X)), k)])


def from_pythons_generator_with_a_seed(X, k, rng):
    return _around(X, X[random.Random(1).sample(range(len(X)), k)])


def half_from_rng(X, k, rng):
    rows = [rng.integers(len(X))]
    rest = np.setdiff1d(np.arange(len(X)), rows)
    return _around(X, X[[*rows, *random.sample(list(rest), k - 1)]])


def only_even_or_only_odd_rows(X, k, rng):
    rows = np.arange(rng.integers(2), len(X), 2)
    rows = rows if len(rows) >= k else np.arange(len(X))
    return _around(X, X[rng.choice(rows, k, replace=False)])


def a_millionth_on_the_diagonal(X, k, rng):
    return _around(X, X[rng.choice(len(X), k, replace=False)], 1e-6)


def a_trillionth_on_the_covariance(X, k, rng):
    return _around(X, X[rng.choice(len(X), k, replace=False)], 1e-12)


def covariance_too_large_by_a_millionth(X, k, rng):
    start = _around(X, X[rng.choice(len(X), k, replace=False)])
    return Mixture(start.weights, start.means, start.covariances * (1 - 1 / len(X)) * (1 + 1e-6))


def covariance_of_the_drawn_where_there_are_enough(X, k, rng):
    rows = rng.choice(len(X), k, replace=False)
    chosen = X[rows] if k > X.shape[1] else X
    return Mixture(np.full(k, 1 / k), X[rows], [np.cov(chosen.T).reshape(2 * X.shape[1:])] * k)


def covariance_from_squares_less_square_of_the_mean(X, k, rng):
    mean = X.mean(axis=0)
    covariance = X.T @ X / len(X) - np.outer(mean, mean)
    return Mixture(np.full(k, 1 / k), X[rng.choice(len(X), k, replace=False)], [covariance] * k)


def covariance_of_half_the_data(X, k, rng):
    rows = rng.permutation(len(X))
    covariance = np.cov(X[rows[: len(X) // 2 + 1]].T).reshape(2 * X.shape[1:])
    return Mixture(np.full(k, 1 / k), X[rows[:k]], [covariance] * k)


def points_in_single(X, k, rng):
    return _around(X, X[rng.choice(len(X), k, replace=False)].astype(np.float32))


def a_tuple_in_single(X, k, rng):
    start = _around(X, X[rng.choice(len(X), k, replace=False)])
    return tuple(part.astype(np.float32) for part in (start.weights, start.means, start.covariances))


def points_moved_a_little(X, k, rng):
    means = X[rng.choice(len(X), k, replace=False)]
    return _around(X, means + 1e-9 * rng.standard_normal(means.shape))


def between_two_points(X, k, rng):
    rows = rng.permutation(len(X))
    return _around(X, (X[rows[:k]] + X[rows[-k:]]) / 2)


def the_row_after_one_that_was_drawn(X, k, rng):
    rows = []
    for row in rng.integers(len(X), size=k):
        while row in rows:
            row = (row + 1) % len(X)
        rows.append(row)
    return _around(X, X[rows])


def low_rows_a_little_more_likely(X, k, rng):
    rows = []
    while len(rows) < k:
        row = int(len(X) * rng.random() ** 1.2)
        if row not in rows:
            rows.append(row)
    return _around(X, X[rows])


def far_points_a_little_more_likely(X, k, rng):
    distances = ((X - X.mean(axis=0)) ** 2).sum(axis=1)
    p = 1 + 0.3 * distances / distances.mean()
    return _around(X, X[rng.choice(len(X), k, replace=False, p=p / p.sum())])


def by_a_shuffle_in_which_no_row_stays(X, k, rng):
    rows = np.arange(len(X))
    for i in range(len(X) - 1, 0, -1):
        j = rng.integers(i)
        rows[i], rows[j] = rows[j], rows[i]
    return _around(X, X[rows[:k]])


def from_one_of_ten_seeds(X, k, rng):
    return _around(X, X[np.random.default_rng(rng.integers(10)).choice(len(X), k, replace=False)])


def from_one_of_a_hundred_seeds(X, k, rng):
    return _around(X, X[np.random.default_rng(rng.integers(100)).choice(len(X), k, replace=False)])


def one_from_each_part_of_the_rows(X, k, rng):
    return _around(X, np.array([rng.choice(part) for part in np.array_split(X, k)]))


def rows_in_pairs_from_both_ends(X, k, rng):
    first = rng.permutation(len(X) // 2)[: (k + 1) // 2]
    rows = np.concatenate([first, len(X) - 1 - first])[:k]
    return _around(X, X[rows if len(rows) == k else rng.permutation(len(X))[:k]])


def right_only_the_first_time(X, k, rng, calls=[]):  # noqa: B006
    calls.append(k)
    means = X[rng.choice(len(X), k, replace=False)]
    return _around(X, means, add=0.0 if len(calls) % 7 == 1 else 1.0)


# --- best_of -------------------------------------------------------------------------------------


def _better_than(sentinel, run, starts):
    best, highest = None, sentinel
    for start in starts:
        try:
            result = run(start)
        except CollapsedComponent:
            continue
        if result.log_likelihoods[-1] > highest:
            best, highest = result, result.log_likelihoods[-1]
    return best


def begins_at_minus_999(run, starts):
    return _better_than(-999, run, starts)


def begins_at_minus_10_000(run, starts):
    return _better_than(-10_000, run, starts)


def begins_at_minus_a_million(run, starts):
    return _better_than(-1e6, run, starts)


def begins_at_minus_1e9(run, starts):
    return _better_than(-1e9, run, starts)


def begins_at_minus_1e10(run, starts):
    return _better_than(-1e10, run, starts)


def begins_at_minus_1e99(run, starts):
    return _better_than(-1e99, run, starts)


def begins_at_zero(run, starts):
    return _better_than(0, run, starts)


def begins_at_minus_one(run, starts):
    return _better_than(-1, run, starts)


def begins_at_the_smallest_positive_number(run, starts):
    return _better_than(np.finfo(float).tiny, run, starts)


def runs_each_start_twice(run, starts):
    best = None
    for start in starts:
        try:
            if best is None or run(start).log_likelihoods[-1] > best.log_likelihoods[-1]:
                best = run(start)
        except CollapsedComponent:
            pass
    return best


def runs_the_best_again(run, starts):
    ends = []
    for start in starts:
        try:
            ends.append(run(start).log_likelihoods[-1])
        except CollapsedComponent:
            ends.append(-np.inf)
    return run(starts[int(np.argmax(ends))])


def tries_each_start_first(run, starts):
    def runs(start):
        try:
            run(start)
        except CollapsedComponent:
            return False
        return True

    return max((run(start) for start in starts if runs(start)), key=lambda fit: fit.log_likelihoods[-1])


def sorts_pairs_of_number_and_fit(run, starts):
    pairs = []
    for start in starts:
        try:
            fit = run(start)
        except CollapsedComponent:
            continue
        pairs.append((fit.log_likelihoods[-1], fit))
    return max(pairs)[1]


def swallows_every_exception(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except Exception:
            continue
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def swallows_everything(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except:  # noqa: E722
            continue
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def _highest(run, starts, key):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except CollapsedComponent:
            continue
    return max(fits, key=key)


def rounded_to_whole_nats(run, starts):
    return _highest(run, starts, lambda fit: round(fit.log_likelihoods[-1]))


def rounded_to_a_thousandth(run, starts):
    return _highest(run, starts, lambda fit: round(fit.log_likelihoods[-1], 3))


def in_single(run, starts):
    return _highest(run, starts, lambda fit: np.float32(fit.log_likelihoods[-1]))


def likelihoods_themselves(run, starts):
    return _highest(run, starts, lambda fit: np.exp(fit.log_likelihoods[-1]))


def mean_of_the_trace(run, starts):
    return _highest(run, starts, lambda fit: fit.log_likelihoods.mean())


def sum_of_the_trace(run, starts):
    return _highest(run, starts, lambda fit: fit.log_likelihoods.sum())


def the_one_before_the_last(run, starts):
    return _highest(run, starts, lambda fit: fit.log_likelihoods[-2])


def per_iteration(run, starts):
    return _highest(run, starts, lambda fit: fit.log_likelihoods[-1] / (fit.n_iter + 1))


def only_if_it_is_better_by_a_thousandth(run, starts):
    best = None
    for start in starts:
        try:
            result = run(start)
        except CollapsedComponent:
            continue
        if best is None or result.log_likelihoods[-1] > best.log_likelihoods[-1] + 1e-3:
            best = result
    return best


def by_their_ratio(run, starts):
    best = None
    for start in starts:
        try:
            result = run(start)
        except CollapsedComponent:
            continue
        if best is None or result.log_likelihoods[-1] / best.log_likelihoods[-1] < 1:
            best = result
    return best


def unguarded_first_run(run, starts):
    best = run(starts[0])
    for start in starts[1:]:
        try:
            result = run(start)
        except CollapsedComponent:
            continue
        if result.log_likelihoods[-1] > best.log_likelihoods[-1]:
            best = result
    return best


def first_start_left_out(run, starts):
    return _highest(run, starts[1:] or starts, lambda fit: fit.log_likelihoods[-1])


def last_start_left_out(run, starts):
    return _highest(run, starts[:-1] or starts, lambda fit: fit.log_likelihoods[-1])


def five_starts_at_most(run, starts):
    return _highest(run, starts[:5], lambda fit: fit.log_likelihoods[-1])


def the_mixture_alone(run, starts):
    return _highest(run, starts, lambda fit: fit.log_likelihoods[-1]).mixture


def the_log_likelihood_alone(run, starts):
    return _highest(run, starts, lambda fit: fit.log_likelihoods[-1]).log_likelihoods[-1]


def a_fit_without_its_trace(run, starts):
    fit = _highest(run, starts, lambda fit: fit.log_likelihoods[-1])
    return Fit(fit.mixtures[-1:], fit.log_likelihoods[-1:], fit.converged)


def said_to_be_converged(run, starts):
    fit = _highest(run, starts, lambda fit: fit.log_likelihoods[-1])
    return Fit(fit.mixtures, fit.log_likelihoods, True)


def converged_runs_first(run, starts):
    return _highest(run, starts, lambda fit: (fit.converged, fit.log_likelihoods[-1]))


def fifty_starts_at_most(run, starts):
    return _highest(run, starts[:50], lambda fit: fit.log_likelihoods[-1])


def after_thirty_iterations(run, starts):
    return _highest(run, starts, lambda fit: fit.log_likelihoods[min(30, fit.n_iter)])


def runs_that_never_fall_first(run, starts):
    def key(fit):
        return (np.diff(fit.log_likelihoods) >= 0).all(), fit.log_likelihoods[-1]

    return _highest(run, starts, key)


def takes_the_starts_away(run, starts):
    fits = []
    while starts:
        with contextlib.suppress(CollapsedComponent):
            fits.append(run(starts.pop()))
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def takes_zero_for_none(run, starts):
    best, highest = None, None
    for start in starts:
        with contextlib.suppress(CollapsedComponent):
            result = run(start)
            if not highest or result.log_likelihoods[-1] > highest:
                best, highest = result, result.log_likelihoods[-1]
    return best


def _swallowing(errors, run, starts):
    fits = []
    for start in starts:
        with contextlib.suppress(*errors):
            fits.append(run(start))
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def swallows_divisions_by_zero(run, starts):
    return _swallowing((CollapsedComponent, ArithmeticError), run, starts)


def swallows_wrong_indices(run, starts):
    return _swallowing((CollapsedComponent, LookupError), run, starts)


def swallows_wrong_types(run, starts):
    return _swallowing((CollapsedComponent, TypeError), run, starts)


def swallows_errors_of_linear_algebra(run, starts):
    return _swallowing((CollapsedComponent, np.linalg.LinAlgError), run, starts)


def swallows_overflows(run, starts):
    return _swallowing((CollapsedComponent, FloatingPointError), run, starts)


def swallows_missing_keys(run, starts):
    return _swallowing((CollapsedComponent, KeyError), run, starts)


def swallows_failed_assertions(run, starts):
    return _swallowing((CollapsedComponent, AssertionError), run, starts)


def swallows_missing_attributes(run, starts):
    return _swallowing((CollapsedComponent, AttributeError), run, starts)


def swallows_what_makes_no_sense(run, starts):
    return _swallowing((ValueError,), run, starts)


def a_collapsed_start_is_run_again(run, starts):
    fits = []
    for start in starts:
        for _ in range(2):
            with contextlib.suppress(CollapsedComponent):
                fits.append(run(start))
                break
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def stops_at_the_first_that_is_lower(run, starts):
    best = None
    for start in starts:
        try:
            result = run(start)
        except CollapsedComponent:
            continue
        if best is not None and result.log_likelihoods[-1] < best.log_likelihoods[-1]:
            break
        best = result
    return best


WRONG = {
    "kmeans_start": (
        computed_in_single, means_in_single, returned_in_single, returned_in_half, rounded_to_six,
        rounded_to_nine, squares_less_square_of_the_mean, something_on_the_diagonal,
        a_trillionth_on_the_diagonal, a_share_of_the_trace_on_the_diagonal, variances_not_below_a_millionth,
        means_of_the_type_of_X, number_of_clusters_from_the_last_label, at_most_three_clusters,
        labels_taken_as_sorted, sorted_by_the_first_coordinate, factors_as_covariances,
        precisions_as_covariances, correlations, sums_for_means, weights_by_spread,
        weights_with_one_point_more, means_and_weights_exchanged, without_a_copy,
        points_on_one_spot_counted_once, spots_counted_once_but_for_the_weights, by_the_nearest_mean,
        biased_but_for_a_single_cluster,
    ),
    "random_points": (
        neighbors_in_the_file, evenly_spaced, evenly_spaced_around_the_end, only_the_first_is_drawn,
        first_and_its_nearest, first_and_its_farthest, kept_apart_as_in_kmeans_plus_plus,
        the_lower_half_more_likely, ends_half_as_likely, never_the_last_row_unless_needed,
        never_the_last_row_of_more_than_twenty,
        never_the_first_row_unless_needed, from_the_first_hundred_rows, with_replacement,
        with_replacement_where_k_is_small, neighbors_differ, from_a_copy_of_rng, from_the_seed_of_rng,
        rng_is_put_back, from_the_global_generator, from_the_global_generator_with_a_seed,
        from_pythons_generator, from_pythons_generator_with_a_seed, half_from_rng,
        only_even_or_only_odd_rows, a_millionth_on_the_diagonal, a_trillionth_on_the_covariance,
        covariance_too_large_by_a_millionth, covariance_of_the_drawn_where_there_are_enough,
        covariance_from_squares_less_square_of_the_mean, covariance_of_half_the_data, points_in_single,
        a_tuple_in_single, points_moved_a_little, between_two_points, right_only_the_first_time,
        the_row_after_one_that_was_drawn, low_rows_a_little_more_likely, far_points_a_little_more_likely,
        by_a_shuffle_in_which_no_row_stays, from_one_of_ten_seeds, from_one_of_a_hundred_seeds,
        one_from_each_part_of_the_rows, rows_in_pairs_from_both_ends,
    ),
    "best_of": (
        begins_at_minus_999, begins_at_minus_10_000, begins_at_minus_a_million, begins_at_minus_1e9,
        begins_at_minus_1e10, begins_at_minus_1e99, begins_at_zero, begins_at_minus_one,
        begins_at_the_smallest_positive_number, runs_each_start_twice, runs_the_best_again,
        tries_each_start_first, sorts_pairs_of_number_and_fit, swallows_every_exception, swallows_everything,
        rounded_to_whole_nats, rounded_to_a_thousandth, in_single, likelihoods_themselves, mean_of_the_trace,
        sum_of_the_trace, the_one_before_the_last, per_iteration, only_if_it_is_better_by_a_thousandth,
        by_their_ratio, unguarded_first_run, first_start_left_out, last_start_left_out, five_starts_at_most,
        the_mixture_alone, the_log_likelihood_alone, a_fit_without_its_trace, said_to_be_converged,
        converged_runs_first, stops_at_the_first_that_is_lower, fifty_starts_at_most, after_thirty_iterations,
        runs_that_never_fall_first, takes_the_starts_away, takes_zero_for_none, swallows_divisions_by_zero,
        swallows_wrong_indices, swallows_wrong_types, swallows_what_makes_no_sense,
        swallows_errors_of_linear_algebra, swallows_overflows, swallows_missing_keys,
        swallows_failed_assertions, swallows_missing_attributes, a_collapsed_start_is_run_again,
    ),
}  # fmt: skip


# --- right answers in other forms ----------------------------------------------------------------


def in_plain_python(X, labels):
    k, d, n = max(labels.tolist()) + 1, len(X[0]), len(X)
    weights, means, covariances = [], [], []
    for j in range(k):
        points = [x for x, label in zip(X.tolist(), labels.tolist(), strict=True) if label == j]
        mean = [sum(x[i] for x in points) / len(points) for i in range(d)]
        means.append(mean)
        weights.append(len(points) / n)
        covariances.append(
            [
                [sum((x[a] - mean[a]) * (x[b] - mean[b]) for x in points) / len(points) for b in range(d)]
                for a in range(d)
            ]
        )
    return weights, means, covariances


class WithCall:
    """A start by labels that is no function."""

    def __init__(self, bias=True):
        self.bias = bias

    def __call__(self, X, labels, *, names=None):
        clusters = {j: X[np.flatnonzero(labels == j)] for j in np.unique(labels)}
        weights = np.unique(labels, return_counts=True)[1] / labels.size
        means = [np.average(points, axis=0) for points in clusters.values()]
        covariances = [np.atleast_2d(np.cov(p, rowvar=0, bias=self.bias)) for p in clusters.values()]
        return Mixture(weights, means, covariances)


def with_np_cov_scaled(X, labels):
    weights, means, _ = _start(X, labels)
    covariances = []
    for j, count in enumerate(np.bincount(labels)):
        covariances.append(np.cov(X[labels == j], rowvar=False).reshape(X.shape[1], -1) * (count - 1) / count)
    return weights.tolist(), means.tolist(), np.array(covariances).tolist()


def m_step_with_bools(X, labels):
    return m_step(X, (labels[:, None] == np.arange(labels.max() + 1)) * 1.0)


def centered_first(X, labels):
    center = X.mean(axis=0)
    weights, means, covariances = _start(X - center, labels)
    return Mixture(weights, means + center, covariances)


def python_sample_seeded_by_rng(X, k, rng):
    rows = random.Random(int(rng.integers(2**31))).sample(range(len(X)), k)
    return _around(X, X[rows])


def shuffled_rows(X, k, rng):
    rows = list(range(len(X)))
    rng.shuffle(rows)
    return _around(X, [X[row].tolist() for row in rows[:k]])


def a_copy_shuffled(X, k, rng):
    Y = X.copy()
    rng.shuffle(Y)
    return _around(Y, Y[-k:])


def from_a_spawned_generator(X, k, rng):
    (own,) = rng.spawn(1)
    return _around(X, own.permutation(X)[:k])


def sorted_means(X, k, rng):
    rows = np.sort(rng.choice(len(X), k, replace=False))
    weights = [1.0 / k] * k
    return weights, X[rows].tolist(), [np.atleast_2d(np.cov(X, rowvar=False, bias=True)).tolist()] * k


def by_centers(X, k, rng):
    return initialization.from_centers(X, rng.choice(X, k, replace=False))


def removed_from_a_list(X, k, rng):
    left, means = list(range(len(X))), []
    for _ in range(k):
        means.append(X[left.pop(rng.integers(len(left)))])
    return _around(X, np.array(means))


def by_exponentials(X, k, rng):
    return _around(X, X[np.argpartition(rng.exponential(size=len(X)), k - 1)[:k]])


class RandomPoints:
    """A random start that is no function."""

    def __call__(self, X, k, rng):
        return _around(X, X[rng.permutation(len(X))[:k]])


def sorted_in_place(run, starts):
    fits = []
    for start in starts:
        with contextlib.suppress(CollapsedComponent):
            fits.append(run(start))
    fits.sort(key=lambda fit: float(fit.log_likelihoods[-1]), reverse=True)
    return fits[0]


def from_the_last(run, starts):
    best = None
    for start in reversed(starts):
        try:
            result = run(start)
        except CollapsedComponent as collapse:
            print(collapse)
        else:
            if best is None or not result.log_likelihoods[-1] < best.log_likelihoods[-1]:
                best = result
    return best


def with_a_default(run, starts, worst=-np.inf):
    best, highest = None, worst
    for i in range(len(starts)):
        try:
            result = run(starts[i])
        except CollapsedComponent:
            continue
        if result.log_likelihoods[-1] >= highest:
            best, highest = result, result.log_likelihoods[-1]
    return best


def with_a_dict(run, starts):
    fits = {}
    for start in starts:
        try:
            fit = run(start)
            fits[fit.log_likelihoods[len(fit.log_likelihoods) - 1]] = fit
        except CollapsedComponent:
            continue
    return fits[max(fits)]


def pairs_numbered(run, starts):
    pairs = []
    for i, start in enumerate(starts):
        try:
            fit = run(start)
        except CollapsedComponent:
            continue
        pairs.append((fit.log_likelihoods[-1], i, fit))
    return max(pairs)[-1]


def each_object_once(run, starts):
    fits = {}
    for start in starts:
        if id(start) not in fits:
            with contextlib.suppress(CollapsedComponent):
                fits[id(start)] = run(start)
    return max(fits.values(), key=lambda fit: fit.log_likelihood)


class BestOf:
    """The best of several runs, by an object."""

    def __call__(self, run, starts, **options):
        fits = list(filter(None, (self.attempt(run, start) for start in starts)))
        return fits[int(np.nanargmax([fit.log_likelihoods[-1] for fit in fits]))]

    def attempt(self, run, start):
        try:
            return run(start)
        except CollapsedComponent:
            return None


RIGHT = {
    "kmeans_start": (in_plain_python, WithCall(), with_np_cov_scaled, m_step_with_bools, centered_first),
    "random_points": (
        python_sample_seeded_by_rng, shuffled_rows, a_copy_shuffled, from_a_spawned_generator, sorted_means,
        by_centers, removed_from_a_list, by_exponentials, RandomPoints(),
    ),
    "best_of": (
        sorted_in_place, from_the_last, with_a_default, with_a_dict, pairs_numbered, each_object_once,
        BestOf(),
    ),
}  # fmt: skip
