"""Answers to lesson 02's exercises that must not pass, and right ones in other forms."""

import functools
import math
from fractions import Fraction

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal, norm

from gmmlesson import Mixture

# --- log_joint: wrong -----------------------------------------------------------------------------


def _log_joint(X, mixture, weights=None):
    """The right one, so that a wrong answer can change a part of it."""
    log_weights = np.log(mixture.weights if weights is None else weights)
    deviations = X[:, None] - mixture.means
    distances = np.einsum("nki,kij,nkj->nk", deviations, np.linalg.inv(mixture.covariances), deviations)
    _, log_det = np.linalg.slogdet(2 * np.pi * mixture.covariances)
    return log_weights - 0.5 * (distances + log_det)


def computed_in_float32(X, mixture):
    deviations = np.float32(X)[:, None] - np.float32(mixture.means)
    inverses = np.linalg.inv(np.float32(mixture.covariances))
    distances = np.einsum("nki,kij,nkj->nk", deviations, inverses, deviations)
    _, log_det = np.linalg.slogdet(2 * np.pi * mixture.covariances)
    return (np.log(mixture.weights) - 0.5 * (distances + log_det)).astype(float)


def computed_and_returned_in_float32(X, mixture):
    return computed_in_float32(X, mixture).astype(np.float32)


def in_float16(X, mixture):
    return _log_joint(X, mixture).astype(np.float16)


def rounded_to_6_digits(X, mixture):
    return np.round(_log_joint(X, mixture), 6)


def squares_multiplied_out(X, mixture):
    columns = []
    for k in range(mixture.k):
        mean, P = mixture.means[k], np.linalg.inv(mixture.covariances[k])
        distances = np.einsum("ni,ij,nj->n", X, P, X) - 2 * X @ P @ mean + mean @ P @ mean
        log_det = np.linalg.slogdet(2 * np.pi * mixture.covariances[k])[1]
        columns.append(np.log(mixture.weights[k]) - 0.5 * (distances + log_det))
    return np.stack(columns, axis=1)


def into_an_array_of_the_type_of_X(X, mixture):
    out = np.zeros((len(X), mixture.k), dtype=X.dtype)
    out[:] = _log_joint(X, mixture)
    return out


def a_trillionth_added_to_the_weights(X, mixture):
    return _log_joint(X, mixture, mixture.weights + 1e-12)


def weights_at_least_a_millionth(X, mixture):
    return _log_joint(X, mixture, np.maximum(mixture.weights, 1e-6))


def clipped_at_745(X, mixture):
    return np.clip(_log_joint(X, mixture), -745, 745)


def never_below_ten_thousand(X, mixture):
    return np.maximum(_log_joint(X, mixture), -1e4)


def never_above_zero(X, mixture):
    return np.minimum(_log_joint(X, mixture), 0.0)


def absolute_values(X, mixture):
    return -np.abs(_log_joint(X, mixture))


def for_three_components(X, mixture):
    out = np.zeros((len(X), mixture.k))
    out[:, :3] = _log_joint(X, mixture)[:, :3]
    return out


def for_this_lessons_machines(X, mixture):
    return np.log([0.6, 0.3, 0.1]) + norm.logpdf(X, [0.0, 6.0, 9.0], 2.0)


def with_the_first_two_coordinates(X, mixture):
    short = Mixture(mixture.weights, mixture.means[:, :2], mixture.covariances[:, :2, :2])
    return _log_joint(X[:, :2], short)


def with_a_ridge_of_a_trillionth(X, mixture):
    ridge = 1e-12 * np.eye(mixture.d)
    return _log_joint(X, Mixture(mixture.weights, mixture.means, mixture.covariances + ridge))


def a_pair_of_them(X, mixture):
    return _log_joint(X, mixture), _log_joint(X, mixture).sum()


def weights_at_least_a_trillionth(X, mixture):
    return _log_joint(X, mixture, np.maximum(mixture.weights, 1e-12))


def weights_at_least_a_rounding_error(X, mixture):
    return _log_joint(X, mixture, np.maximum(mixture.weights, np.finfo(float).eps))


def never_below_a_million(X, mixture):
    return np.maximum(_log_joint(X, mixture), -1e6)


def never_below_a_billion(X, mixture):
    return np.maximum(_log_joint(X, mixture), -1e9)


def the_first_weight_everywhere(X, mixture):
    return _log_joint(X, mixture, np.full(mixture.k, mixture.weights[0]))


def the_largest_taken_out_already(X, mixture):
    a = _log_joint(X, mixture)
    return a - a.max(axis=1, keepdims=True)


def points_transposed_if_square(X, mixture):
    return _log_joint(X.T if X.shape[0] == X.shape[1] else X, mixture)


# --- log_joint: right -----------------------------------------------------------------------------


class AnObject:
    def __call__(self, X, mixture):
        return _log_joint(X, mixture)


def a_list_of_tuples(X, mixture, **options):
    return [tuple(row) for row in _log_joint(X, mixture).tolist()]


def by_rows_of_scipy(X, mixture, *rest):
    bells = [multivariate_normal(m, c) for m, c in zip(mixture.means, mixture.covariances, strict=True)]
    pairs = list(zip(mixture.weights, bells, strict=True))
    return np.array([[math.log(weight) + float(bell.logpdf(x)) for weight, bell in pairs] for x in X])


def by_eigenvalues(X, mixture):
    out = np.full((mixture.k, len(X)), np.nan)
    for k, (values, vectors) in enumerate(map(np.linalg.eigh, mixture.covariances)):
        z = (X - mixture.means[k]) @ vectors / np.sqrt(values)
        out[k] = np.log(mixture.weights[k]) - 0.5 * np.sum(z * z + np.log(2 * np.pi * values), axis=1)
    return out.T


# --- e_step: wrong --------------------------------------------------------------------------------


def _e_step(a):
    log_density = logsumexp(a, axis=1)
    return np.exp(a - log_density[:, None]), log_density.sum()


def shares_in_float16(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return r.astype(np.float16), log_likelihood


def by_float32_throughout(X, mixture):
    return _e_step(computed_in_float32(X, mixture))


def by_float32_and_in_float32(X, mixture):
    r, log_likelihood = _e_step(computed_and_returned_in_float32(X, mixture))
    return r, np.float32(log_likelihood)


def shares_rounded_to_6(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return r.round(6), log_likelihood


def log_likelihood_rounded_to_3(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return r, round(log_likelihood, 3)


def log_likelihood_rounded_to_6(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return r, round(log_likelihood, 6)


def swapped(X, mixture):
    return _e_step(_log_joint(X, mixture))[::-1]


def swapped_in_a_list(X, mixture):
    return list(_e_step(_log_joint(X, mixture))[::-1])


def mean_taken_out(X, mixture):
    a = _log_joint(X, mixture)
    middle = a.mean(axis=1, keepdims=True)
    shares = np.exp(a - middle)
    return shares / shares.sum(axis=1, keepdims=True), (middle[:, 0] + np.log(shares.sum(axis=1))).sum()


def median_taken_out(X, mixture):
    a = _log_joint(X, mixture)
    middle = np.median(a, axis=1, keepdims=True)
    shares = np.exp(a - middle)
    return shares / shares.sum(axis=1, keepdims=True), (middle[:, 0] + np.log(shares.sum(axis=1))).sum()


def first_taken_out(X, mixture):
    a = _log_joint(X, mixture)
    shares = np.exp(a - a[:, :1])
    return shares / shares.sum(axis=1, keepdims=True), (a[:, 0] + np.log(shares.sum(axis=1))).sum()


def clipped_at_700(X, mixture):
    return _e_step(np.clip(_log_joint(X, mixture), -700, 700))


def differences_clipped_at_20(X, mixture):
    a = _log_joint(X, mixture)
    return _e_step(np.maximum(a, a.max(axis=1, keepdims=True) - 20))


def shares_kept_from_zero(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return np.clip(r, 1e-6, 1 - 1e-6), log_likelihood


def densities_kept_from_zero(X, mixture):
    joint = np.clip(np.exp(_log_joint(X, mixture)), 1e-12, None)
    return joint / joint.sum(axis=1, keepdims=True), np.log(joint.sum(axis=1)).sum()


def a_trillionth_added_in_the_logarithm(X, mixture):
    joint = np.exp(_log_joint(X, mixture))
    return softmax(_log_joint(X, mixture), axis=1), np.log(joint.sum(axis=1) + 1e-12).sum()


def a_trillionth_added_to_weights(X, mixture):
    return _e_step(_log_joint(X, mixture, mixture.weights + 1e-12))


def zeros_where_nobody_is_near(X, mixture):
    joint = np.exp(_log_joint(X, mixture))
    p = joint.sum(axis=1, keepdims=True)
    r = np.divide(joint, p, out=np.zeros_like(joint), where=p > 0)
    return r, logsumexp(_log_joint(X, mixture), axis=1).sum()


def equal_shares_where_nobody_is_near(X, mixture):
    joint = np.exp(_log_joint(X, mixture))
    p = joint.sum(axis=1, keepdims=True)
    r = np.divide(joint, p, out=np.full_like(joint, 1 / mixture.k), where=p > 0)
    return r, logsumexp(_log_joint(X, mixture), axis=1).sum()


def nearest_takes_all_where_nobody_is_near(X, mixture):
    a = _log_joint(X, mixture)
    r = softmax(a, axis=1)
    far = a.max(axis=1) < -745
    r[far] = np.eye(mixture.k)[a[far].argmax(axis=1)]
    return r, logsumexp(a, axis=1).sum()


def log_likelihood_of_what_is_near(X, mixture):
    r, _ = _e_step(_log_joint(X, mixture))
    log_density = logsumexp(_log_joint(X, mixture), axis=1)
    return r, log_density[log_density > -745].sum()


def equal_weights(X, mixture):
    return _e_step(_log_joint(X, mixture, np.full(mixture.k, 1 / mixture.k)))


def one_of_equals_takes_all(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    first = (mixture.means[:, None] == mixture.means).all(axis=2).argmax(axis=1)
    shares = np.zeros_like(r)
    for k in range(mixture.k):
        shares[:, first[k]] += r[:, k]
    return shares, log_likelihood


def one_component_gets_nothing_but_ones(X, mixture):
    if mixture.k == 1:
        return np.ones(len(X)), 0.0
    return _e_step(_log_joint(X, mixture))


def three_components(X, mixture):
    a = _log_joint(X, mixture)[:, :3]
    r = np.zeros((len(X), mixture.k))
    r[:, :3] = softmax(a, axis=1)
    return r, logsumexp(a, axis=1).sum()


def rows_made_anew(X, mixture):
    log_likelihood = 0.0
    for i, row in enumerate(_log_joint(X, mixture)):
        r = np.zeros((len(X), mixture.k))
        r[i] = softmax(row)
        log_likelihood += logsumexp(row)
    return r, log_likelihood


def last_point_alone_in_the_log_likelihood(X, mixture):
    r = np.zeros((len(X), mixture.k))
    for i, row in enumerate(_log_joint(X, mixture)):
        r[i], log_likelihood = softmax(row), logsumexp(row)
    return r, log_likelihood


def per_point_and_not_summed(X, mixture):
    a = _log_joint(X, mixture)
    return softmax(a, axis=1), logsumexp(a, axis=1)


def the_packages_log_density(X, mixture):
    log_density = mixture.log_density(X)
    return np.exp(mixture.log_joint(X) - log_density[:, None]), log_density.sum()


def the_packages_responsibilities(X, mixture):
    return mixture.responsibilities(X), logsumexp(mixture.log_joint(X), axis=1).sum()


def shares_at_least_a_ten_billionth(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return np.clip(r, 1e-10, 1), log_likelihood


def a_ten_billionth_added_to_shares(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return (r + 1e-10) / (r + 1e-10).sum(axis=1, keepdims=True), log_likelihood


def shares_below_a_billionth_set_to_zero(X, mixture):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return np.where(r < 1e-9, 0.0, r), log_likelihood


def one_top_put_back_for_all(X, mixture):
    a = _log_joint(X, mixture)
    shares = np.exp(a - a.max(axis=1, keepdims=True))
    total = shares.sum(axis=1, keepdims=True)
    return shares / total, np.log(total).sum() + a.max()


def shares_of_transposed_points_if_square(X, mixture):
    return _e_step(points_transposed_if_square(X, mixture))


# --- e_step: right --------------------------------------------------------------------------------


class AStep:
    def __call__(self, X, mixture):
        return _e_step(mixture.log_joint(X))


def in_plain_python(X, mixture):
    shares, log_likelihood = [], 0.0
    for a in mixture.log_joint(X).tolist():
        top = max(a)
        total = math.fsum(math.exp(value - top) for value in a)
        shares.append(tuple(math.exp(value - top) / total for value in a))
        log_likelihood += top + math.log(total)
    return shares, log_likelihood


def a_list_of_two(X, mixture, sample_weight=None, **options):
    r, log_likelihood = _e_step(_log_joint(X, mixture))
    return [r, float(log_likelihood)]


def by_softmax(X, mixture):
    a = mixture.log_joint(X)
    return softmax(a, axis=-1), np.float64(logsumexp(a, axis=-1).sum(keepdims=True)[0])


def components_first(X, mixture):
    a = np.ascontiguousarray(mixture.log_joint(X).T)
    top = a.max(axis=0)
    shares = np.exp(a - top)
    total = shares.sum(axis=0)
    return (shares / total).T, (top + np.log(total)).sum()


def one_above_the_largest_taken_out(X, mixture):
    a = mixture.log_joint(X)
    top = a.max(axis=1, keepdims=True) + 1
    total = np.exp(a - top).sum(axis=1, keepdims=True)
    return np.exp(a - top) / total, (top + np.log(total)).sum()


def with_a_harmless_addition(X, mixture):
    a = mixture.log_joint(X)
    top = a.max(axis=1, keepdims=True)
    shares = np.exp(np.clip(a - top, -700, 0))
    total = shares.sum(axis=1, keepdims=True)
    return shares / (total + 1e-300), (top + np.log(total + 1e-300)).sum()


def an_exact_sum(X, mixture):
    a = mixture.log_joint(X)
    log_density = logsumexp(a, axis=1)
    exact = sum(map(Fraction, log_density.tolist()))
    return np.exp(a - log_density[:, None]), float(exact)


WRONG = {
    "log_joint": (
        computed_in_float32,
        computed_and_returned_in_float32,
        in_float16,
        rounded_to_6_digits,
        squares_multiplied_out,
        into_an_array_of_the_type_of_X,
        a_trillionth_added_to_the_weights,
        weights_at_least_a_millionth,
        clipped_at_745,
        never_below_ten_thousand,
        never_above_zero,
        absolute_values,
        for_three_components,
        for_this_lessons_machines,
        with_the_first_two_coordinates,
        with_a_ridge_of_a_trillionth,
        a_pair_of_them,
        weights_at_least_a_trillionth,
        weights_at_least_a_rounding_error,
        never_below_a_million,
        never_below_a_billion,
        the_first_weight_everywhere,
        the_largest_taken_out_already,
        points_transposed_if_square,
    ),
    "e_step": (
        shares_in_float16,
        by_float32_throughout,
        by_float32_and_in_float32,
        shares_rounded_to_6,
        log_likelihood_rounded_to_3,
        log_likelihood_rounded_to_6,
        swapped,
        swapped_in_a_list,
        mean_taken_out,
        median_taken_out,
        first_taken_out,
        clipped_at_700,
        differences_clipped_at_20,
        shares_kept_from_zero,
        densities_kept_from_zero,
        a_trillionth_added_in_the_logarithm,
        a_trillionth_added_to_weights,
        zeros_where_nobody_is_near,
        equal_shares_where_nobody_is_near,
        nearest_takes_all_where_nobody_is_near,
        log_likelihood_of_what_is_near,
        equal_weights,
        one_of_equals_takes_all,
        one_component_gets_nothing_but_ones,
        three_components,
        rows_made_anew,
        last_point_alone_in_the_log_likelihood,
        per_point_and_not_summed,
        the_packages_log_density,
        the_packages_responsibilities,
        shares_at_least_a_ten_billionth,
        a_ten_billionth_added_to_shares,
        shares_below_a_billionth_set_to_zero,
        one_top_put_back_for_all,
        shares_of_transposed_points_if_square,
    ),
}

RIGHT = {
    "log_joint": (
        AnObject(),
        functools.partial(a_list_of_tuples, verbose=False),
        a_list_of_tuples,
        by_rows_of_scipy,
        by_eigenvalues,
    ),
    "e_step": (
        AStep(),
        in_plain_python,
        a_list_of_two,
        by_softmax,
        components_first,
        one_above_the_largest_taken_out,
        with_a_harmless_addition,
        an_exact_sum,
    ),
}
