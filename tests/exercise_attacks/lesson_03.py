"""Answers to the exercises of lesson 03 that must not pass, and right ones in other forms."""

import math

import numpy as np
from scipy.stats import norm

from gmmlesson import Mixture

# --- weighted_covariance -------------------------------------------------------------------------


def _covariance(X, r, mean):
    deviations = X - mean
    return (r[:, None] * deviations).T @ deviations / r.sum()


def mean_product_less_product_of_means(X, r, mean):
    return (r[:, None] * X).T @ X / r.sum() - np.outer(mean, mean)


def a_trifle_below_the_bar(X, r, mean):
    deviations = X - mean
    return (r[:, None] * deviations).T @ deviations / (r.sum() + 1e-12)


def count_clipped(X, r, mean):
    deviations = X - mean
    return (r[:, None] * deviations).T @ deviations / max(r.sum(), 1e-6)


def count_at_least_a_tenth(X, r, mean):
    deviations = X - mean
    return (r[:, None] * deviations).T @ deviations / max(r.sum(), 0.1)


def variances_with_a_floor(X, r, mean):
    return _covariance(X, r, mean) + 1e-12 * np.eye(X.shape[1])


def variances_clipped(X, r, mean):
    covariance = _covariance(X, r, mean)
    np.fill_diagonal(covariance, np.maximum(np.diag(covariance), 1e-8))
    return covariance


def rounded_to_six_decimals(X, r, mean):
    return np.round(_covariance(X, r, mean), 6)


def rounded_to_twelve_decimals(X, r, mean):
    return np.round(_covariance(X, r, mean), 12)


def computed_in_single(X, r, mean):
    return _covariance(X.astype(np.float32), r.astype(np.float32), mean.astype(np.float32))


def computed_in_single_returned_in_double(X, r, mean):
    return computed_in_single(X, r, mean).astype(float)


def returned_in_half(X, r, mean):
    return _covariance(X, r, mean).astype(np.float16)


def sizes_of_the_entries(X, r, mean):
    return np.abs(_covariance(X, r, mean))


def deviations_kept_in_the_type_of_the_points(X, r, mean):
    deviations = np.empty_like(X)
    deviations[:] = X - mean
    return (r[:, None] * deviations).T @ deviations / r.sum()


def small_shares_dropped(X, r, mean):
    held = r > 1e-6
    return _covariance(X[held], r[held], mean)


def upper_triangle(X, r, mean):
    return np.triu(_covariance(X, r, mean))


def lower_factor(X, r, mean):
    return np.linalg.cholesky(_covariance(X, r, mean))


def upper_factor(X, r, mean):
    return np.linalg.cholesky(_covariance(X, r, mean)).T


def precision(X, r, mean):
    return np.linalg.pinv(_covariance(X, r, mean))


def correlations(X, r, mean):
    covariance = _covariance(X, r, mean)
    deviations = np.sqrt(np.diag(covariance))
    return covariance / np.outer(deviations, deviations)


def made_anew_for_each_point(X, r, mean):
    for share, x in zip(r, X, strict=True):
        total = np.zeros((X.shape[1], X.shape[1]))
        total += share * np.outer(x - mean, x - mean)
    return total / r.sum()


def as_in_the_ruler(X, r, mean):
    return np.array([[3.36]])


def right_for_one_feature(X, r, mean):
    return np.array([[(r * (X[:, 0] - mean[0]) ** 2).sum() / r.sum()]])


def right_for_two_features(X, r, mean):
    return _covariance(X[:, :2], r, mean[:2])


def shares_clipped_from_below(X, r, mean):
    return _covariance(X, np.clip(r, 1e-12, None), mean)


def tiny_shares_dropped(X, r, mean):
    kept = np.where(r < 1e-7 * r.max(), 0, r)
    return _covariance(X, kept, mean)


def only_the_first_two_hundred(X, r, mean):
    return _covariance(X[:200], r[:200], mean)


def one_less_if_it_holds_more_than_one(X, r, mean):
    return _covariance(X, r, mean) * (r.sum() / (r.sum() - 1) if r.sum() > 1 else 1)


def as_reliable_weights(X, r, mean):
    deviations = X - mean
    return (r[:, None] * deviations).T @ deviations / (r.sum() - (r**2).sum() / r.sum())


def divided_by_a_count_of_shares(X, r, mean):
    return _covariance(X, r, mean) * r.sum() / np.count_nonzero(r)


# Right ones.


def over_lists(X, r, mean):
    X, r, mean = X.tolist(), r.tolist(), mean.tolist()
    d = range(len(mean))
    count = math.fsum(r)
    held = list(zip(r, X, strict=True))
    return [
        [math.fsum(s * (x[i] - mean[i]) * (x[j] - mean[j]) for s, x in held) / count for j in d] for i in d
    ]


def as_rows_in_a_tuple(X, r, mean):
    return tuple(map(tuple, _covariance(X, r, mean)))


def with_a_diagonal_matrix(X, r, mean):
    return (X - mean).T @ np.diag(r / r.sum()) @ (X - mean)


def by_np_average(X, r, mean):
    deviations = X - mean
    return np.average(deviations[:, :, None] * deviations[:, None, :], axis=0, weights=r)


def by_einsum_with_keywords(X, r, mean, *, verbose=False):
    return np.einsum("n,ni,nj", r / np.sum(r), X - mean, X - mean, optimize=True)


class Callable:
    def __call__(self, X, r, mean):
        return _covariance(X, r, mean)


# --- m_step --------------------------------------------------------------------------------------


def _arrays(X, r, dtype=float):
    X, r = X.astype(dtype), r.astype(dtype)
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    deviations = X - means[:, None, :]
    products = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
    return counts / counts.sum(), means, products / counts[:, None, None]


def m_mean_square_less_squared_mean(X, r):
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    squares = np.einsum("nk,ni,nj->kij", r, X, X) / counts[:, None, None]
    return Mixture(counts / len(X), means, squares - means[:, :, None] * means[:, None, :])


def m_mean_square_less_squared_mean_in_arrays(X, r):
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    squares = np.einsum("nk,ni,nj->kij", r, X, X) / counts[:, None, None]
    return counts / len(X), means, squares - means[:, :, None] * means[:, None, :]


def m_a_trifle_below_the_bar(X, r):
    counts = r.sum(axis=0) + 1e-12
    means = r.T @ X / counts[:, None]
    deviations = X - means[:, None, :]
    products = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
    return Mixture(counts / counts.sum(), means, products / counts[:, None, None])


def m_counts_clipped(X, r):
    counts = np.maximum(r.sum(axis=0), 1e-3)
    means = r.T @ X / counts[:, None]
    deviations = X - means[:, None, :]
    products = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
    return counts / counts.sum(), means, products / counts[:, None, None]


def m_variances_with_a_small_floor(X, r):
    weights, means, covariances = _arrays(X, r)
    return Mixture(weights, means, covariances + 1e-12 * np.eye(X.shape[1]))


def m_variances_clipped(X, r):
    weights, means, covariances = _arrays(X, r)
    diagonal = np.einsum("kii->ki", covariances)
    diagonal[:] = np.maximum(diagonal, 1e-9)
    return weights, means, covariances


def m_rounded_to_six_decimals(X, r):
    return tuple(np.round(array, 6) for array in _arrays(X, r))


def m_rounded_to_twelve_decimals(X, r):
    return tuple(np.round(array, 12) for array in _arrays(X, r))


def m_computed_in_single(X, r):
    return _arrays(X, r, np.float32)


def m_computed_in_single_returned_in_double(X, r):
    return tuple(array.astype(float) for array in _arrays(X, r, np.float32))


def m_returned_in_half(X, r):
    return tuple(array.astype(np.float16) for array in _arrays(X, r))


def m_means_in_the_type_of_the_points(X, r):
    weights, means, _ = _arrays(X, r)
    means = means.astype(X.dtype)
    deviations = X - means[:, None, :]
    products = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
    return weights, means, products / r.sum(axis=0)[:, None, None]


def m_small_shares_dropped(X, r):
    return _arrays(X, np.where(r > 1e-5, r, 0.0))


def m_small_weights_to_zero(X, r):
    weights, means, covariances = _arrays(X, r)
    return np.where(weights > 1e-6, weights, 0.0), means, covariances


def m_lower_factors(X, r):
    weights, means, covariances = _arrays(X, r)
    return weights, means, np.linalg.cholesky(covariances)


def m_precisions(X, r):
    weights, means, covariances = _arrays(X, r)
    return weights, means, np.linalg.inv(covariances)


def m_covariances_made_anew_for_each_component(X, r):
    weights, means, _ = _arrays(X, r)
    for j, mean in enumerate(means):
        covariances = np.zeros((len(means), X.shape[1], X.shape[1]))
        covariances[j] = _covariance(X, r[:, j], mean)
    return weights, means, covariances


def m_all_about_the_last_mean(X, r):
    weights, means, _ = _arrays(X, r)
    for mean in means:
        deviations = X - mean
    covariances = np.einsum("nk,ni,nj->kij", r, deviations, deviations) / r.sum(axis=0)[:, None, None]
    return Mixture(weights, means, covariances)


def m_right_for_two_components(X, r):
    weights, means, covariances = _arrays(X, r[:, :2])
    return weights, means, covariances


def m_right_for_two_features(X, r):
    return Mixture(*_arrays(X[:, :2], r))


def m_np_cov_as_it_comes(X, r):
    weights, means, _ = _arrays(X, r)
    covariances = [np.atleast_2d(np.cov(X.T, aweights=column)) for column in r.T]
    return Mixture(weights, means, np.array(covariances))


def m_shares_clipped_from_below(X, r):
    return Mixture(*_arrays(X, np.clip(r, 1e-12, 1)))


def m_tiny_shares_dropped(X, r):
    """Shares below 0.0001 are set to 0, except where a component would be left with nothing."""
    kept = np.where(r < 1e-4, 0, r)
    empty = kept.sum(axis=0) == 0
    kept[:, empty] = r[:, empty]
    return Mixture(*_arrays(X, kept))


def m_only_the_first_two_hundred(X, r):
    return Mixture(*_arrays(X[:200], r[:200]))


def m_one_less_where_it_holds_more_than_one(X, r):
    weights, means, covariances = _arrays(X, r)
    counts = r.sum(axis=0)
    return Mixture(
        weights, means, covariances * np.where(counts > 1.5, counts / (counts - 1), 1)[:, None, None]
    )


def m_weights_from_labels(X, r):
    _, means, covariances = _arrays(X, r)
    return Mixture(np.bincount(r.argmax(axis=1), minlength=r.shape[1]) / len(X), means, covariances)


def m_heaviest_first(X, r):
    order = np.argsort(-r.sum(axis=0), kind="stable")
    return Mixture(*_arrays(X, r[:, order]))


def m_from_left_to_right(X, r):
    order = np.argsort(_arrays(X, r)[1][:, 0], kind="stable")
    return Mixture(*_arrays(X, r[:, order]))


def m_covariances_turned_round(X, r):
    weights, means, covariances = _arrays(X, r)
    return Mixture(weights, means, covariances[::-1])


def m_components_that_hold_little_left_out(X, r):
    return Mixture(*_arrays(X, r[:, r.sum(axis=0) > 1e-3]))


def m_counts_for_weights(X, r):
    _, means, covariances = _arrays(X, r)
    return r.sum(axis=0), means, covariances


# Right ones.


def m_in_another_order(X, r):
    mixture = m_by_np_cov(X, r)
    return mixture.covariances, mixture.weights, mixture.means


def m_in_lists(X, r):
    k, d, X, r = r.shape[1], X.shape[1], X.tolist(), r.tolist()
    counts = [math.fsum(row[j] for row in r) for j in range(k)]
    weights = [count / math.fsum(counts) for count in counts]
    means, covariances = [], []
    for j, count in enumerate(counts):
        mean = [math.fsum(row[j] * x[i] for row, x in zip(r, X, strict=True)) / count for i in range(d)]
        covariance = [[0.0] * d for _ in range(d)]
        for row, x in zip(r, X, strict=True):
            for a in range(d):
                for b in range(d):
                    covariance[a][b] += row[j] * (x[a] - mean[a]) * (x[b] - mean[b]) / count
        means.append(mean)
        covariances.append(covariance)
    return Mixture(weights, means, covariances)


def m_as_the_lesson_for_one_component_at_a_time(X, responsibilities, progress=print):
    counts = responsibilities.sum(axis=0)
    means = responsibilities.T @ X / counts[:, None]
    covariances = np.zeros((len(counts), X.shape[1], X.shape[1]))
    for j in range(len(counts)):
        deviations = X - means[j]
        covariances[j] = (responsibilities[:, [j]] * deviations).T @ deviations / counts[j]
        progress(covariances[j])
    return Mixture(counts / counts.sum(), means, covariances)


def m_by_np_cov(X, r):
    means = np.array([np.average(X, axis=0, weights=column) for column in r.T])
    covariances = np.array([np.atleast_2d(np.cov(X.T, aweights=column, bias=True)) for column in r.T])
    return Mixture(r.mean(axis=0), means, covariances)


def m_in_extended_precision(X, r):
    return _arrays(X, r, np.longdouble)


class MStep:
    def __call__(self, X, responsibilities):
        return Mixture(*_arrays(X, responsibilities))


# --- mended_step ---------------------------------------------------------------------------------


def second_version(x, weights, means, sigma):  # as the notebook hands it out
    joint = weights * norm.pdf(x[:, None], means, sigma)  # (n, k)
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    variances = (r * (x[:, None] - means) ** 2).sum(axis=0) / (counts - 1)
    means = r.T @ x / counts
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), means, np.sqrt(variances))


def _half_mended(variances, new_means=True):
    """The second version with another line for the variances, below the new means or above them."""

    def step(x, weights, means, sigma):
        joint = weights * norm.pdf(x[:, None], means, sigma)
        r = joint / joint.sum(axis=1, keepdims=True)
        counts = r.sum(axis=0)
        better = r.T @ x / counts
        center = better if new_means else means
        spread = variances(r, (x[:, None] - center) ** 2, counts)
        return np.log(joint.sum(axis=1)).mean(), (counts / len(x), better, np.sqrt(spread))

    return step


def _named(name, function):
    function.__name__ = name
    return function


only_the_order = _named("only_the_order", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / (c - 1)))
only_the_divisor = _named(
    "only_the_divisor", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / c, new_means=False)
)
one_less_where_there_is_more_than_one = _named(
    "one_less_where_there_is_more_than_one",
    _half_mended(lambda r, s, c: (r * s).sum(axis=0) / np.where(c > 1, c - 1, c)),
)
a_little_less = _named("a_little_less", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / (c - 1e-6)))
less_by_half = _named("less_by_half", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / (c - 0.5)))
equal_counts = _named("equal_counts", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / (c.sum() / len(c))))
all_the_points_less_one = _named(
    "all_the_points_less_one", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / (len(r) - 1))
)
by_the_largest_count = _named(
    "by_the_largest_count", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / c.max())
)
floor_for_the_variances = _named(
    "floor_for_the_variances", _half_mended(lambda r, s, c: np.maximum((r * s).sum(axis=0) / c, 1e-6))
)
trifle_for_the_variances = _named(
    "trifle_for_the_variances", _half_mended(lambda r, s, c: (r * s).sum(axis=0) / c + 1e-12)
)


def about_the_mean_of_all_points(x, weights, means, sigma):
    log_likelihood, (weights, better, _) = second_version(x, weights, means, sigma)
    joint = weights * norm.pdf(x[:, None], means, sigma)
    r = joint / joint.sum(axis=1, keepdims=True)
    variances = (r * (x[:, None] - x.mean()) ** 2).sum(axis=0) / r.sum(axis=0)
    return log_likelihood, (weights, better, np.sqrt(variances))


def divisor_mended_and_order_for_far_means_only(x, weights, means, sigma):
    """New means only where they have moved far: right wherever the start is bad."""
    joint = weights * norm.pdf(x[:, None], means, sigma)
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    better = r.T @ x / counts
    center = np.where(np.abs(better - means) > 0.1 * sigma, better, means)
    variances = (r * (x[:, None] - center) ** 2).sum(axis=0) / counts
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), better, np.sqrt(variances))


def order_mended_by_a_second_e_step(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    better = r.T @ x / counts
    again = weights * norm.pdf(x[:, None], better, sigma)
    r = again / again.sum(axis=1, keepdims=True)
    variances = (r * (x[:, None] - better) ** 2).sum(axis=0) / r.sum(axis=0)
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), better, np.sqrt(variances))


def mean_square_less_squared_mean(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    means = r.T @ x / counts
    variances = r.T @ x**2 / counts - means**2
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), means, np.sqrt(variances))


def _mended(x, weights, means, sigma, dtype=float):
    x, weights, means, sigma = (array.astype(dtype) for array in (x, weights, means, sigma))
    joint = weights * np.exp(-(((x[:, None] - means) / sigma) ** 2) / 2) / (sigma * np.sqrt(dtype(2 * np.pi)))
    r = joint / joint.sum(axis=1, keepdims=True)
    counts = r.sum(axis=0)
    means = r.T @ x / counts
    variances = (r * (x[:, None] - means) ** 2).sum(axis=0) / counts
    return np.log(joint.sum(axis=1)).mean(), (counts / dtype(len(x)), means, np.sqrt(variances))


def counts_for_weights(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = _mended(x, weights, means, sigma)
    return log_likelihood, (weights * len(x), means, sigma)


def parameters_first(x, weights, means, sigma):
    return _mended(x, weights, means, sigma)[::-1]


def sigma_before_means(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = _mended(x, weights, means, sigma)
    return log_likelihood, (weights, sigma, means)


def densities_with_a_trifle(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma) + 1e-6
    _, better = _mended(x, weights, means, sigma)
    return np.log(joint.sum(axis=1)).mean(), better


def sum_with_a_trifle(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    r = joint / (joint.sum(axis=1, keepdims=True) + 1e-6)
    counts = r.sum(axis=0)
    means = r.T @ x / counts
    variances = (r * (x[:, None] - means) ** 2).sum(axis=0) / counts
    return np.log(joint.sum(axis=1)).mean(), (counts / len(x), means, np.sqrt(variances))


def logarithm_with_a_trifle(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    _, better = _mended(x, weights, means, sigma)
    return np.log(joint.sum(axis=1) + 1e-10).mean(), better


def densities_at_least_a_trifle(x, weights, means, sigma):
    joint = weights * norm.pdf(x[:, None], means, sigma)
    _, better = _mended(x, weights, means, sigma)
    return np.log(np.maximum(joint.sum(axis=1), 1e-12)).mean(), better


def components_from_left_to_right(x, weights, means, sigma):
    log_likelihood, better = _mended(x, weights, means, sigma)
    order = np.argsort(better[1])
    return log_likelihood, tuple(array[order] for array in better)


def weights_as_they_were(x, weights, means, sigma):
    log_likelihood, (_, means, sigma) = _mended(x, weights, means, sigma)
    return log_likelihood, (weights, means, sigma)


def density_of_a_variance(x, weights, means, sigma):
    return _mended(x, weights, means, sigma**2)


def two_steps_in_one(x, weights, means, sigma):
    log_likelihood, better = _mended(x, weights, means, sigma)
    return log_likelihood, _mended(x, *better)[1]


def step_computed_in_single(x, weights, means, sigma):
    return _mended(x, weights, means, sigma, np.float32)


def step_computed_in_single_returned_in_double(x, weights, means, sigma):
    log_likelihood, better = _mended(x, weights, means, sigma, np.float32)
    return float(log_likelihood), tuple(array.astype(float) for array in better)


def step_returned_in_single(x, weights, means, sigma):
    log_likelihood, better = _mended(x, weights, means, sigma)
    return np.float32(log_likelihood), tuple(array.astype(np.float32) for array in better)


def step_rounded(x, weights, means, sigma):
    log_likelihood, better = _mended(x, weights, means, sigma)
    return round(log_likelihood, 6), tuple(array.round(6) for array in better)


# Right ones.


def step_in_lists(x, weights, means, sigma):
    log_likelihood, (weights, means, sigma) = _mended(x, weights, means, sigma)
    return [float(log_likelihood), [weights.tolist(), means.tolist(), sigma.tolist()]]


def step_without_scipy(x, weights, means, sigma, verbose=False):
    return _mended(x, weights, means, sigma)


def step_by_np_average(x, weights, means, sigma):
    joint = weights * norm(means, sigma).pdf(x[:, np.newaxis])
    density = joint.sum(axis=1)
    better = []
    for share in (joint / density[:, None]).T:
        mean = np.average(x, weights=share)
        better.append((share.mean(), mean, math.sqrt(np.average((x - mean) ** 2, weights=share))))
    return float(np.mean(np.log(density))), tuple(np.array(better).T)


class Step:
    def __call__(self, x, weights, means, sigma):
        return _mended(x, weights, means, sigma)


WRONG = {
    "weighted_covariance": (
        mean_product_less_product_of_means,
        a_trifle_below_the_bar,
        count_clipped,
        count_at_least_a_tenth,
        variances_with_a_floor,
        variances_clipped,
        rounded_to_six_decimals,
        rounded_to_twelve_decimals,
        computed_in_single,
        computed_in_single_returned_in_double,
        returned_in_half,
        sizes_of_the_entries,
        deviations_kept_in_the_type_of_the_points,
        small_shares_dropped,
        upper_triangle,
        lower_factor,
        upper_factor,
        precision,
        correlations,
        made_anew_for_each_point,
        as_in_the_ruler,
        right_for_one_feature,
        right_for_two_features,
        divided_by_a_count_of_shares,
        shares_clipped_from_below,
        tiny_shares_dropped,
        only_the_first_two_hundred,
        one_less_if_it_holds_more_than_one,
        as_reliable_weights,
    ),
    "m_step": (
        m_mean_square_less_squared_mean,
        m_mean_square_less_squared_mean_in_arrays,
        m_a_trifle_below_the_bar,
        m_counts_clipped,
        m_variances_with_a_small_floor,
        m_variances_clipped,
        m_rounded_to_six_decimals,
        m_rounded_to_twelve_decimals,
        m_computed_in_single,
        m_computed_in_single_returned_in_double,
        m_returned_in_half,
        m_means_in_the_type_of_the_points,
        m_small_shares_dropped,
        m_small_weights_to_zero,
        m_lower_factors,
        m_precisions,
        m_covariances_made_anew_for_each_component,
        m_all_about_the_last_mean,
        m_right_for_two_components,
        m_right_for_two_features,
        m_np_cov_as_it_comes,
        m_counts_for_weights,
        m_shares_clipped_from_below,
        m_tiny_shares_dropped,
        m_only_the_first_two_hundred,
        m_one_less_where_it_holds_more_than_one,
        m_weights_from_labels,
        m_heaviest_first,
        m_from_left_to_right,
        m_covariances_turned_round,
        m_components_that_hold_little_left_out,
    ),
    "mended_step": (
        second_version,
        only_the_order,
        only_the_divisor,
        one_less_where_there_is_more_than_one,
        a_little_less,
        less_by_half,
        equal_counts,
        all_the_points_less_one,
        by_the_largest_count,
        floor_for_the_variances,
        trifle_for_the_variances,
        about_the_mean_of_all_points,
        divisor_mended_and_order_for_far_means_only,
        order_mended_by_a_second_e_step,
        mean_square_less_squared_mean,
        counts_for_weights,
        parameters_first,
        sigma_before_means,
        densities_with_a_trifle,
        sum_with_a_trifle,
        logarithm_with_a_trifle,
        densities_at_least_a_trifle,
        components_from_left_to_right,
        weights_as_they_were,
        density_of_a_variance,
        two_steps_in_one,
        step_computed_in_single,
        step_computed_in_single_returned_in_double,
        step_returned_in_single,
        step_rounded,
    ),
}
RIGHT = {
    "weighted_covariance": (
        over_lists,
        as_rows_in_a_tuple,
        with_a_diagonal_matrix,
        by_np_average,
        by_einsum_with_keywords,
        Callable(),
    ),
    "m_step": (
        m_in_lists,
        m_in_another_order,
        m_as_the_lesson_for_one_component_at_a_time,
        m_by_np_cov,
        m_in_extended_precision,
        MStep(),
    ),
    "mended_step": (step_in_lists, step_without_scipy, step_by_np_average, Step()),
}
