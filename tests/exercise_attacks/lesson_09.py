"""Answers to the exercises of lesson 09: wrong ones that look right, and right ones in unusual forms."""

import math
from fractions import Fraction

import numpy as np

from gmmlesson import Mixture, m_step

# --- guarded_m_step, wrong -----------------------------------------------------------------------


def _sums(X, r, ridge, *, jitter=0.0):
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    deviations = X - means[:, None, :]
    covariances = np.einsum("nk,kni,knj->kij", r, deviations, deviations) / counts[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + (ridge + jitter) * np.eye(X.shape[1]))


def _holding(r, least=1.0):
    return r[:, r.sum(axis=0) >= least]


def bound_of_0_95(X, responsibilities, ridge):
    return _sums(X, _holding(responsibilities, 0.95), ridge)


def by_the_package_and_weights_of_points(X, responsibilities, ridge):
    r = _holding(responsibilities)
    left = r.sum(axis=1)
    use = left > 0
    return m_step(X[use], r[use] / left[use, None], ridge=ridge, sample_weight=left[use])


def bound_of_0_985(X, responsibilities, ridge):
    return _sums(X, _holding(responsibilities, 0.985), ridge)


def bound_of_1_02(X, responsibilities, ridge):
    kept = responsibilities.sum(axis=0)
    return _sums(X, responsibilities[:, (kept >= 1.05) | (kept == 1)], ridge)


def counts_rounded_before_comparing(X, responsibilities, ridge):
    return _sums(X, responsibilities[:, np.round(responsibilities.sum(axis=0)) >= 1], ridge)


def small_number_added_to_every_variance(X, responsibilities, ridge):
    return _sums(X, _holding(responsibilities), ridge, jitter=1e-10)


def ridge_of_a_millionth_at_least(X, responsibilities, ridge):
    return _sums(X, _holding(responsibilities), max(ridge, 1e-6) if ridge else 0.0)


def squares_minus_squares(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    covariances = [
        (share[:, None] * X).T @ X / share.sum() - np.outer(mean, mean)
        for share, mean in zip(r.T, means, strict=True)
    ]
    return counts / counts.sum(), means, np.array(covariances) + ridge * np.eye(X.shape[1])


def squares_minus_squares_about_the_middle(X, responsibilities, ridge):
    middle = X.mean(axis=0)
    weights, means, covariances = squares_minus_squares(X - middle, responsibilities, ridge)
    return weights, means + middle, covariances


def a_quarter_whatever_the_ridge_is(X, responsibilities, ridge):
    return _sums(X, _holding(responsibilities), 0.25)


def ridge_where_it_is_needed(X, responsibilities, ridge):
    mixture = _sums(X, _holding(responsibilities), ridge)
    bare = mixture.covariances - ridge * np.eye(X.shape[1])
    thin = np.linalg.eigvalsh(bare)[:, :1, None] < 1e-9
    return Mixture(mixture.weights, mixture.means, np.where(thin, mixture.covariances, bare))


def ends_at_the_first_small_one(X, responsibilities, ridge):
    small = responsibilities.sum(axis=0) < 1
    return _sums(X, responsibilities[:, : small.argmax()] if small.any() else responsibilities, ridge)


def what_was_dropped_shared_equally(X, responsibilities, ridge):
    mixture = _sums(X, _holding(responsibilities), ridge)
    shares = _holding(responsibilities).sum(axis=0) / len(X)
    return Mixture(shares + (1 - shares.sum()) / len(shares), mixture.means, mixture.covariances)


def arrays_made_like_X(X, responsibilities, ridge):
    r = _holding(responsibilities)
    means = np.zeros_like(X, shape=(r.shape[1], X.shape[1]))
    for j, share in enumerate(r.T):
        means[j] = share @ X / share.sum()
    deviations = X - means[:, None, :]
    covariances = np.einsum("nk,kni,knj->kij", r, deviations, deviations) / r.sum(axis=0)[:, None, None]
    return Mixture(r.sum(axis=0) / r.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def means_rounded(X, responsibilities, ridge):
    mixture = _sums(X, _holding(responsibilities), ridge)
    return Mixture(mixture.weights, mixture.means.round(6), mixture.covariances)


def computed_in_float32(X, responsibilities, ridge):
    single = X.astype(np.float32).astype(float)
    return _sums(single, _holding(responsibilities), ridge)


def smallest_last(X, responsibilities, ridge):
    r = _holding(responsibilities)
    return _sums(X, r[:, np.argsort(-r.sum(axis=0), kind="stable")], ridge)


def points_of_the_dropped_left_out(X, responsibilities, ridge):
    kept = responsibilities.sum(axis=0) >= 1
    theirs = kept[responsibilities.argmax(axis=1)]
    return _sums(X[theirs], responsibilities[np.ix_(theirs, kept)], ridge)


def share_of_the_dropped_given_to_the_first(X, responsibilities, ridge):
    kept = responsibilities.sum(axis=0) >= 1
    r = responsibilities[:, kept].astype(float)
    r[:, 0] += responsibilities[:, ~kept].sum(axis=1)
    return _sums(X, r, ridge)


def off_the_diagonal_lost(X, responsibilities, ridge):
    mixture = _sums(X, _holding(responsibilities), ridge)
    return Mixture(mixture.weights, mixture.means, mixture.covariances * np.eye(X.shape[1]))


def covariances_of_np_cov_as_it_comes(X, responsibilities, ridge):
    r = _holding(responsibilities)
    covariances = [np.atleast_2d(np.cov(X.T, aweights=share)) for share in r.T]
    means = r.T @ X / r.sum(axis=0)[:, None]
    return r.sum(axis=0) / r.sum(), means, np.array(covariances) + ridge * np.eye(X.shape[1])


def weights_over_n(X, responsibilities, ridge):
    mixture = _sums(X, _holding(responsibilities), ridge)
    return _holding(responsibilities).mean(axis=0), mixture.means, mixture.covariances


def only_the_ridge_mended(X, responsibilities, ridge):
    return _sums(X, responsibilities, ridge)


def only_the_empty_ones_mended(X, responsibilities, ridge):
    mixture = _sums(X, _holding(responsibilities), 0.0, jitter=ridge)
    off = ridge * (1 - np.eye(X.shape[1]))
    return Mixture(mixture.weights, mixture.means, mixture.covariances + off)


def none_left_returned_as_none(X, responsibilities, ridge):
    r = _holding(responsibilities)
    return _sums(X, r, ridge) if r.size else None


def none_left_keeps_all(X, responsibilities, ridge):
    r = _holding(responsibilities)
    return _sums(X, r if r.size else responsibilities, ridge)


# --- guarded_m_step, right -----------------------------------------------------------------------


class Guarded:
    """A function in the form of an object."""

    def __call__(self, X, responsibilities, ridge, least=1):
        return _sums(X, _holding(responsibilities, least), ridge)


def in_plain_python(X, responsibilities, ridge):
    columns = [[float(row[j]) for row in responsibilities] for j in range(len(responsibilities[0]))]
    columns = [column for column in columns if not sum(column) < 1]
    n, d, total = len(X), len(X[0]), sum(map(sum, columns))
    weights, means, covariances = [], [], []
    for column in columns:
        mean = [sum(column[i] * float(X[i][a]) for i in range(n)) / sum(column) for a in range(d)]
        covariance = [[ridge if a == b else 0.0 for b in range(d)] for a in range(d)]
        for a in range(d):
            for b in range(d):
                for i in range(n):
                    covariance[a][b] += column[i] * (X[i][a] - mean[a]) * (X[i][b] - mean[b]) / sum(column)
        weights.append(sum(column) / total)
        means.append(mean)
        covariances.append(covariance)
    return Mixture(weights, means, covariances)


def dropped_at_the_end(X, responsibilities, ridge):
    counts = responsibilities.sum(axis=0)
    with np.errstate(all="ignore"):
        means = responsibilities.T @ X / counts[:, None]
        deviations = X[:, None, :] - means
        covariances = np.einsum("nk,nki,nkj->kij", responsibilities, deviations, deviations)
        covariances /= counts[:, None, None]
    stay = counts >= 1
    covariances[:, np.arange(X.shape[1]), np.arange(X.shape[1])] += ridge
    return Mixture(counts[stay] / counts[stay].sum(), means[stay], covariances[stay])


def by_roots_of_the_shares(X, responsibilities, ridge):
    r = _holding(responsibilities)
    if r.shape[1] == 0:
        raise ValueError("no component holds a point")
    means = np.array([np.average(X, axis=0, weights=share) for share in r.T])
    scaled = [np.sqrt(share / share.sum())[:, None] * (X - m) for share, m in zip(r.T, means, strict=True)]
    covariances = [z.T @ z + np.diag(np.full(X.shape[1], float(ridge))) for z in scaled]
    return [list(r.sum(axis=0) / r.sum()), means.tolist(), covariances]


# --- steady_m_step, wrong ------------------------------------------------------------------------


def _right(x, r, *, padding=0.0):
    counts = r.sum(axis=0) + padding
    means = r.T @ x / counts
    return counts / len(x), means, (r * (x[:, None] - means) ** 2).sum(axis=0) / counts


def _about(x, r, center):
    """The handbook's formula after a shift; `center` is a number or one for each component."""
    y = x[:, None] - center
    counts = r.sum(axis=0)
    shifts = (r * y).sum(axis=0) / counts
    return counts / len(x), shifts + center, (r * y**2).sum(axis=0) / counts - shifts**2


def handbook_in_long_double(x, responsibilities):
    return _about(x.astype(np.longdouble), responsibilities, 0)


def handbook_by_fsum(x, responsibilities):
    counts = responsibilities.sum(axis=0)
    means = np.array([math.fsum(r * x) for r in responsibilities.T]) / counts
    squares = np.array([math.fsum(r * x * x) for r in responsibilities.T]) / counts
    return counts / len(x), means, squares - means**2


def shifted_by_the_last(x, responsibilities):
    return _about(x, responsibilities, x[-1])


def shifted_by_the_median(x, responsibilities):
    return _about(x, responsibilities, np.median(x))


def shifted_by_the_middle_of_the_range(x, responsibilities):
    return _about(x, responsibilities, (x.min() + x.max()) / 2)


def negative_ones_to_zero_and_a_floor(x, responsibilities):
    weights, means, variances = _about(x, responsibilities, 0)
    return weights, means, np.maximum(variances, 1e-12)


def floor_of_a_millionth(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, means, np.maximum(variances, 1e-6)


def floor_of_1e_minus_9(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, means, np.maximum(variances, 1e-9)


def small_number_added_to_the_variances(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, means, variances + 1e-12


def small_number_added_to_the_counts(x, responsibilities):
    return _right(x, responsibilities, padding=1e-12)


def counts_of_1e_minus_10_at_least(x, responsibilities):
    counts = np.maximum(responsibilities.sum(axis=0), 1e-10)
    means = responsibilities.T @ x / counts
    return counts / len(x), means, (responsibilities * (x[:, None] - means) ** 2).sum(axis=0) / counts


def rounded_to_six_digits(x, responsibilities):
    return tuple(np.round(part, 6) for part in _right(x, responsibilities))


def means_rounded_to_six_digits(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, np.round(means, 6), variances


def means_rounded_to_seven_decimals(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, np.round(means, 7), variances


def means_moved_by_less_than_a_ten_millionth(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, means + 9e-8, variances


def variances_in_float32(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, means, variances.astype(np.float32)


def variances_computed_in_float32(x, responsibilities):
    weights, means, _ = _right(x, responsibilities)
    squares = ((x[:, None] - means).astype(np.float32)) ** 2
    counts = responsibilities.sum(axis=0)
    return weights, means, (responsibilities.astype(np.float32) * squares).sum(axis=0) / counts


def weights_computed_in_float32(x, responsibilities):
    _, means, variances = _right(x, responsibilities)
    return responsibilities.astype(np.float32).mean(axis=0).astype(float), means, variances


def shifted_then_in_float32(x, responsibilities):
    y = (x - x[0]).astype(np.float32)
    weights, means, variances = _right(y, responsibilities.astype(np.float32))
    return weights.astype(float), means.astype(float) + x[0], variances.astype(float)


def in_float16(x, responsibilities):
    return tuple(part.astype(np.float16) for part in _right(x, responsibilities))


def running_mean_from_zero(x, responsibilities):
    k = responsibilities.shape[1]
    counts, means, squares = np.zeros(k), np.zeros(k), np.zeros(k)
    for value, r in zip(x, responsibilities, strict=True):
        counts = counts + r
        gap = value - means
        means = means + gap * r / counts
        squares = squares + r * gap * (value - means)
    return counts / len(x), means, squares / counts


def arrays_made_like_x(x, responsibilities):
    k = responsibilities.shape[1]
    means = np.zeros_like(x, shape=k)
    for j in range(k):
        means[j] = responsibilities[:, j] @ x / responsibilities[:, j].sum()
    counts = responsibilities.sum(axis=0)
    return counts / len(x), means, (responsibilities * (x[:, None] - means) ** 2).sum(axis=0) / counts


def means_of_absolute_deviations(x, responsibilities):
    weights, means, _ = _right(x, responsibilities)
    deviations = (responsibilities * np.abs(x[:, None] - means)).sum(axis=0) / responsibilities.sum(axis=0)
    return weights, means, deviations**2


def absolute_difference_of_squares(x, responsibilities):
    weights, means, variances = _about(x, responsibilities, 0)
    return weights, means, np.abs(variances)


def mended_far_from_zero_only(x, responsibilities):
    near = np.abs(x).max() < 1e6
    return _about(x, responsibilities, 0 if near else x.mean())


def mended_where_the_mean_is_large(x, responsibilities):
    weights, means, variances = _about(x, responsibilities, 0)
    return weights, means, np.where(np.abs(means) > 5, _right(x, responsibilities)[2], variances)


def floor_of_1e_minus_12(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, means, np.maximum(variances, 1e-12)


def one_factor_squared_and_one_not(x, responsibilities):
    weights, means, _ = _right(x, responsibilities)
    products = x[:, None] * (x[:, None] - means)
    return weights, means, (responsibilities * products).sum(axis=0) / responsibilities.sum(axis=0)


def small_shares_dropped(x, responsibilities):
    return _right(x, np.where(responsibilities < 1e-6, 0, responsibilities))


def two_components_only(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights[:2], means[:2], variances[:2]


def precisions(x, responsibilities):
    weights, means, variances = _right(x, responsibilities)
    return weights, means, 1 / variances


# --- steady_m_step, right ------------------------------------------------------------------------


class Steady:
    """A function in the form of an object."""

    def __call__(self, x, responsibilities, ddof=0):
        return _right(x, responsibilities)


def by_pairs_of_points(x, responsibilities):
    counts = responsibilities.sum(axis=0)
    gaps = (x[:, None] - x) ** 2
    variances = [r @ gaps @ r / (2 * r.sum() ** 2) for r in responsibilities.T]
    return counts / len(x), np.array([np.average(x, weights=r) for r in responsibilities.T]), variances


def in_fractions(x, responsibilities):
    x = [Fraction(float(value)) for value in x]
    result = []
    for column in responsibilities.T:
        r = [Fraction(float(share)) for share in column]
        mean = sum(map(Fraction.__mul__, r, x)) / sum(r)
        square = sum(share * value**2 for share, value in zip(r, x, strict=True)) / sum(r) - mean**2
        result.append((float(sum(r) / len(x)), float(mean), float(square)))
    return [list(part) for part in zip(*result, strict=True)]


def shifted_by_its_own_mean_twice(x, responsibilities):
    counts = responsibilities.sum(axis=0)
    return _about(x, responsibilities, (responsibilities * x[:, None]).sum(axis=0) / counts)


def by_np_cov(x, responsibilities):
    variances = [float(np.cov(x, aweights=r, ddof=0)) for r in responsibilities.T]
    means = [np.average(x, weights=r) for r in responsibilities.T]
    return responsibilities.mean(axis=0), means, variances


def in_loops(x, responsibilities):
    weights, means, variances = [], [], []
    for j in range(responsibilities.shape[1]):
        count = total = square = 0.0
        for i in range(len(x)):
            count += responsibilities[i, j]
            total += responsibilities[i, j] * x[i]
        for i in range(len(x)):
            square += responsibilities[i, j] * (x[i] - total / count) ** 2
        weights.append(count / len(x))
        means.append(total / count)
        variances.append(square / count)
    return weights, means, variances


def by_einsum_from_the_middle(x, responsibilities):
    middle = x.mean()
    counts = np.einsum("nk->k", responsibilities)
    means = np.einsum("nk,n->k", responsibilities, x - middle) / counts
    gaps = np.subtract.outer(x - middle, means)
    return counts / len(x), means + middle, np.einsum("nk,nk,nk->k", responsibilities, gaps, gaps) / counts


def in_one_array(x, responsibilities):
    return np.array(_right(x, responsibilities))


def in_pieces_that_are_merged(x, responsibilities):
    """Two halves of the points, whose sums are merged as Chan, Golub and LeVeque (1979) have it."""
    half = len(x) // 2
    pieces = [(x[s], responsibilities[s]) for s in (slice(half), slice(half, None)) if len(x[s])]
    counts = [r.sum(axis=0) for _, r in pieces]
    means = [r.T @ y / np.where(count > 0, count, 1) for (y, r), count in zip(pieces, counts, strict=True)]
    squares = [(r * (y[:, None] - m) ** 2).sum(axis=0) for (y, r), m in zip(pieces, means, strict=True)]
    total, gap = sum(counts), means[-1] - means[0]
    share = counts[-1] / total
    between = gap**2 * share * (total - counts[-1])
    return total / len(x), means[0] + gap * share, (sum(squares) + between) / total


WRONG = {
    "guarded_m_step": (
        bound_of_0_95,
        bound_of_0_985,
        by_the_package_and_weights_of_points,
        bound_of_1_02,
        counts_rounded_before_comparing,
        small_number_added_to_every_variance,
        ridge_of_a_millionth_at_least,
        squares_minus_squares,
        squares_minus_squares_about_the_middle,
        a_quarter_whatever_the_ridge_is,
        ridge_where_it_is_needed,
        ends_at_the_first_small_one,
        what_was_dropped_shared_equally,
        arrays_made_like_X,
        means_rounded,
        computed_in_float32,
        smallest_last,
        points_of_the_dropped_left_out,
        share_of_the_dropped_given_to_the_first,
        off_the_diagonal_lost,
        covariances_of_np_cov_as_it_comes,
        weights_over_n,
        only_the_ridge_mended,
        only_the_empty_ones_mended,
        none_left_returned_as_none,
        none_left_keeps_all,
    ),
    "steady_m_step": (
        handbook_in_long_double,
        handbook_by_fsum,
        shifted_by_the_last,
        shifted_by_the_median,
        shifted_by_the_middle_of_the_range,
        negative_ones_to_zero_and_a_floor,
        floor_of_a_millionth,
        floor_of_1e_minus_9,
        small_number_added_to_the_variances,
        small_number_added_to_the_counts,
        counts_of_1e_minus_10_at_least,
        rounded_to_six_digits,
        means_rounded_to_six_digits,
        means_rounded_to_seven_decimals,
        means_moved_by_less_than_a_ten_millionth,
        variances_in_float32,
        variances_computed_in_float32,
        weights_computed_in_float32,
        shifted_then_in_float32,
        in_float16,
        running_mean_from_zero,
        arrays_made_like_x,
        means_of_absolute_deviations,
        absolute_difference_of_squares,
        mended_far_from_zero_only,
        mended_where_the_mean_is_large,
        floor_of_1e_minus_12,
        one_factor_squared_and_one_not,
        small_shares_dropped,
        two_components_only,
        precisions,
    ),
}
RIGHT = {
    "guarded_m_step": (
        Guarded(),
        in_plain_python,
        dropped_at_the_end,
        by_roots_of_the_shares,
    ),
    "steady_m_step": (
        Steady(),
        by_pairs_of_points,
        in_fractions,
        shifted_by_its_own_mean_twice,
        by_np_cov,
        in_loops,
        by_einsum_from_the_middle,
        in_one_array,
        in_pieces_that_are_merged,
    ),
}
