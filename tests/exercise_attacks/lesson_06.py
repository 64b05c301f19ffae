"""Wrong answers to the exercises of lesson 06 that must not pass, and right ones in other forms that must."""

import math

import numpy as np
from scipy.special import entr, kl_div, log_softmax, logsumexp, rel_entr, xlogy
from scipy.stats import entropy, multivariate_normal

from gmmlesson import Mixture, e_step, theory


def _safe(s):
    return np.log(np.where(s > 0, s, 1))


def _bound(s, log_s, log_joint):
    return (s * (log_joint - log_s)).sum()


def _gap(s, log_s, log_r):
    return (s * (log_s - log_r)).sum()


def _log_r(X, mixture):
    return mixture.log_joint(X) - mixture.log_density(X)[:, None]


# --- lower_bound ---------------------------------------------------------------------------------


def bound_with_1e_12_in_the_logarithm(X, s, mixture):
    return _bound(s, np.log(s + 1e-12), mixture.log_joint(X))


def bound_with_1e_10_in_the_logarithm(X, s, mixture):
    return _bound(s, np.log(s + 1e-10), mixture.log_joint(X))


def bound_with_1e_12_added_to_s(X, s, mixture):
    s = s + 1e-12
    return _bound(s, np.log(s), mixture.log_joint(X))


def bound_with_1e_300_added_to_the_densities(X, s, mixture):
    return _bound(s, _safe(s), np.log(np.exp(mixture.log_joint(X)) + 1e-300))


def bound_of_a_fraction_with_something_added(X, s, mixture):
    joint = np.exp(mixture.log_joint(X))
    return (s * np.log((joint + 1e-12) / (s + 1e-12))).sum()


def bound_of_s_clipped_at_1e_12(X, s, mixture):
    s = np.clip(s, 1e-12, None)
    return _bound(s, np.log(s), mixture.log_joint(X))


def bound_of_s_clipped_between(X, s, mixture):
    s = np.clip(s, 1e-12, 1 - 1e-12)
    return _bound(s, np.log(s), mixture.log_joint(X))


def bound_of_s_clipped_and_normalized(X, s, mixture):
    s = np.maximum(s, 1e-10)
    s = s / s.sum(axis=1, keepdims=True)
    return _bound(s, np.log(s), mixture.log_joint(X))


def bound_with_a_clipped_logarithm(X, s, mixture):
    return _bound(s, np.log(np.maximum(s, 1e-12)), mixture.log_joint(X))


def bound_with_a_logarithm_clipped_at_1e_10(X, s, mixture):
    return _bound(s, np.log(np.clip(s, 1e-10, None)), mixture.log_joint(X))


def bound_of_clipped_densities(X, s, mixture):
    return _bound(s, _safe(s), np.log(np.clip(np.exp(mixture.log_joint(X)), 1e-300, None)))


def bound_of_log_densities_not_below_minus_700(X, s, mixture):
    return _bound(s, _safe(s), np.maximum(mixture.log_joint(X), -700))


def bound_of_log_densities_between(X, s, mixture):
    return _bound(s, _safe(s), np.clip(mixture.log_joint(X), -1e6, 700))


def bound_without_small_shares(X, s, mixture):
    some = s > 1e-12
    return (s[some] * (mixture.log_joint(X)[some] - np.log(s[some]))).sum()


def bound_without_shares_close_to_zero(X, s, mixture):
    some = ~np.isclose(s, 0)
    return (s[some] * (mixture.log_joint(X)[some] - np.log(s[some]))).sum()


def bound_with_nan_to_num(X, s, mixture):
    with np.errstate(all="ignore"):
        joint = np.exp(mixture.log_joint(X))
        return np.nan_to_num(s * np.log(joint / s)).sum()


def bound_with_absolute_values(X, s, mixture):
    return -np.abs(s * (mixture.log_joint(X) - _safe(s))).sum()


def bound_not_above_zero(X, s, mixture):
    return min(0.0, _bound(s, _safe(s), mixture.log_joint(X)))


def bound_computed_in_single(X, s, mixture):
    single = s.astype(np.float32)
    return float(_bound(single, _safe(single), mixture.log_joint(X).astype(np.float32)))


def bound_returned_in_single(X, s, mixture):
    return np.float32(_bound(s, _safe(s), mixture.log_joint(X)))


def bound_returned_in_half(X, s, mixture):
    return np.float16(_bound(s, _safe(s), mixture.log_joint(X)))


def bound_rounded_to_six(X, s, mixture):
    return round(float(_bound(s, _safe(s), mixture.log_joint(X))), 6)


def bound_rounded_to_ten(X, s, mixture):
    return round(float(_bound(s, _safe(s), mixture.log_joint(X))), 10)


def bound_to_base_two(X, s, mixture):
    return _bound(s, _safe(s), mixture.log_joint(X)) / math.log(2)


def bound_with_entropy_in_bits(X, s, mixture):
    return _bound(s, _safe(s) / math.log(2), mixture.log_joint(X))


def bound_for_two_components(X, s, mixture):
    return _bound(s[:, :2], _safe(s[:, :2]), mixture.log_joint(X)[:, :2])


def bound_for_three_components_at_most(X, s, mixture):
    return _bound(s[:, :3], _safe(s[:, :3]), mixture.log_joint(X)[:, :3])


def bound_with_the_e_steps_shares(X, s, mixture):
    r, _ = e_step(X, mixture)
    return _bound(r, _safe(r), mixture.log_joint(X))


def bound_with_the_entropy_of_the_e_steps_shares(X, s, mixture):
    r, _ = e_step(X, mixture)
    return (s * mixture.log_joint(X)).sum() + entr(r).sum()


def bound_of_variances_only(X, s, mixture):
    deviations = X[:, None] - mixture.means
    variances = np.diagonal(mixture.covariances, axis1=1, axis2=2)
    log_peaks = -0.5 * np.log(2 * np.pi * variances).sum(axis=1)
    log_joint = np.log(mixture.weights) + log_peaks - 0.5 * (deviations**2 / variances).sum(axis=2)
    return _bound(s, _safe(s), log_joint)


def bound_with_the_first_component_last(X, s, mixture):
    return _bound(s, _safe(s), np.roll(mixture.log_joint(X), 1, axis=1))


def bound_without_shares_below_1e_20(X, s, mixture):
    some = s > 1e-20
    return (s[some] * (mixture.log_joint(X)[some] - np.log(s[some]))).sum()


def bound_of_s_clipped_at_1e_20(X, s, mixture):
    s = np.maximum(s, 1e-20)
    return _bound(s, np.log(s), mixture.log_joint(X))


def bound_with_log1p(X, s, mixture):
    with np.errstate(all="ignore"):
        return np.where(s > 0, s * (mixture.log_joint(X) - np.log1p(s - 1)), 0).sum()


def bound_with_a_fraction_of_densities(X, s, mixture):
    with np.errstate(all="ignore"):
        return -rel_entr(s, np.exp(mixture.log_joint(X))).sum()


# --- kl_gap --------------------------------------------------------------------------------------


def gap_with_1e_12_in_the_logarithm(X, s, mixture):
    return _gap(s, np.log(s + 1e-12), _log_r(X, mixture))


def gap_with_1e_10_in_the_logarithm(X, s, mixture):
    return _gap(s, np.log(s + 1e-10), _log_r(X, mixture))


def gap_with_1e_12_added_to_s(X, s, mixture):
    s = s + 1e-12
    return _gap(s, np.log(s), _log_r(X, mixture))


def gap_of_a_fraction_with_1e_12_added(X, s, mixture):
    return (s * np.log((s + 1e-12) / (mixture.responsibilities(X) + 1e-12))).sum()


def gap_of_a_fraction_with_1e_10_added(X, s, mixture):
    return (s * np.log((s + 1e-10) / (mixture.responsibilities(X) + 1e-10))).sum()


def gap_of_a_fraction_with_1e_300_added(X, s, mixture):
    return (s * np.log((s + 1e-300) / (mixture.responsibilities(X) + 1e-300))).sum()


def gap_of_both_clipped_at_1e_12(X, s, mixture):
    s, r = np.clip(s, 1e-12, 1), np.clip(mixture.responsibilities(X), 1e-12, 1)
    return (s * np.log(s / r)).sum()


def gap_of_r_clipped_at_1e_300(X, s, mixture):
    return _gap(s, _safe(s), np.log(np.maximum(mixture.responsibilities(X), 1e-300)))


def gap_of_r_clipped_at_1e_12(X, s, mixture):
    return _gap(s, _safe(s), np.log(np.clip(mixture.responsibilities(X), 1e-12, 1)))


def gap_of_log_r_not_below_minus_700(X, s, mixture):
    return _gap(s, _safe(s), np.maximum(_log_r(X, mixture), -700))


def gap_with_a_clipped_logarithm(X, s, mixture):
    return _gap(s, np.log(np.maximum(s, 1e-12)), _log_r(X, mixture))


def gap_without_small_shares(X, s, mixture):
    some = s > 1e-12
    return (s[some] * (np.log(s[some]) - _log_r(X, mixture)[some])).sum()


def gap_without_shares_close_to_zero(X, s, mixture):
    some = ~np.isclose(s, 0)
    return (s[some] * (np.log(s[some]) - _log_r(X, mixture)[some])).sum()


def gap_with_nan_to_num(X, s, mixture):
    with np.errstate(all="ignore"):
        return np.nan_to_num(s * np.log(s / mixture.responsibilities(X))).sum()


def gap_by_scipys_rel_entr(X, s, mixture):
    return rel_entr(s, mixture.responsibilities(X)).sum()


def gap_by_scipys_entropy(X, s, mixture):
    return entropy(s, mixture.responsibilities(X), axis=1).sum()


def gap_where_both_are_positive(X, s, mixture):
    r = mixture.responsibilities(X)
    some = (s > 0) & (r > 0)
    return (s[some] * np.log(s[some] / r[some])).sum()


def gap_with_absolute_values(X, s, mixture):
    return np.abs(s * (_safe(s) - _log_r(X, mixture))).sum()


def gap_of_the_positive_terms(X, s, mixture):
    return np.maximum(s * (_safe(s) - _log_r(X, mixture)), 0).sum()


def gap_with_exponentials_that_overflow(X, s, mixture):
    joint = np.exp(mixture.log_joint(X))
    return _gap(s, _safe(s), np.log(joint / joint.sum(axis=1, keepdims=True)))


def gap_with_a_sum_of_exponentials(X, s, mixture):
    log_joint = mixture.log_joint(X)
    return _gap(s, _safe(s), log_joint - np.log(np.exp(log_joint).sum(axis=1, keepdims=True)))


def gap_with_the_row_mean_taken_out(X, s, mixture):
    log_joint = mixture.log_joint(X)
    log_joint = log_joint - log_joint.mean(axis=1, keepdims=True)
    return _gap(s, _safe(s), log_joint - np.log(np.exp(log_joint).sum(axis=1, keepdims=True)))


def gap_with_the_row_minimum_taken_out(X, s, mixture):
    log_joint = mixture.log_joint(X)
    log_joint = log_joint - log_joint.min(axis=1, keepdims=True)
    return _gap(s, _safe(s), log_joint - np.log(np.exp(log_joint).sum(axis=1, keepdims=True)))


def gap_with_one_maximum_for_all(X, s, mixture):
    log_joint = mixture.log_joint(X)
    log_joint = log_joint - log_joint.max()
    return _gap(s, _safe(s), log_joint - np.log(np.exp(log_joint).sum(axis=1, keepdims=True)))


def gap_with_the_column_maximum_taken_out(X, s, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=0)
    log_density = np.log(np.exp(log_joint - top).sum(axis=1)) + top.max()
    return _gap(s, _safe(s), log_joint - log_density[:, None])


def gap_with_the_maximum_for_the_density(X, s, mixture):
    log_joint = mixture.log_joint(X)
    return _gap(s, _safe(s), log_joint - log_joint.max(axis=1, keepdims=True))


def gap_computed_in_single(X, s, mixture):
    single = s.astype(np.float32)
    return float(_gap(single, _safe(single), _log_r(X, mixture).astype(np.float32)))


def gap_returned_in_single(X, s, mixture):
    return np.float32(_gap(s, _safe(s), _log_r(X, mixture)))


def gap_returned_in_half(X, s, mixture):
    return np.float16(_gap(s, _safe(s), _log_r(X, mixture)))


def gap_rounded_to_six(X, s, mixture):
    return round(float(_gap(s, _safe(s), _log_r(X, mixture))), 6)


def gap_rounded_to_ten(X, s, mixture):
    return round(float(_gap(s, _safe(s), _log_r(X, mixture))), 10)


def gap_in_bits(X, s, mixture):
    return _gap(s, _safe(s), _log_r(X, mixture)) / math.log(2)


def gap_of_normalized_columns(X, s, mixture):
    return _gap(s, _safe(s), log_softmax(mixture.log_joint(X), axis=0))


def gap_halved_with_the_other_way_round(X, s, mixture):
    with np.errstate(all="ignore"):
        r, log_r = mixture.responsibilities(X), _log_r(X, mixture)
        return (xlogy(s, s) - s * log_r + r * log_r - xlogy(r, s)).sum() / 2


def gap_of_the_mean_shares(X, s, mixture):
    r = mixture.responsibilities(X)
    return len(X) * rel_entr(s.mean(axis=0), r.mean(axis=0)).sum()


def gap_without_the_weights(X, s, mixture):
    equal = Mixture(np.full(mixture.k, 1 / mixture.k), mixture.means, mixture.covariances)
    return _gap(s, _safe(s), _log_r(X, equal))


def gap_to_the_weights(X, s, mixture):
    return _gap(s, _safe(s), np.log(mixture.weights))


def gap_without_shares_below_1e_20(X, s, mixture):
    some = s > 1e-20
    return (s[some] * (np.log(s[some]) - _log_r(X, mixture)[some])).sum()


def gap_of_zero_below_a_millionth(X, s, mixture):
    gap = _gap(s, _safe(s), _log_r(X, mixture))
    return gap if gap > 1e-6 else 0.0


def gap_of_zero_where_the_shares_are_close(X, s, mixture):
    close = np.allclose(s, mixture.responsibilities(X))
    return 0.0 if close else _gap(s, _safe(s), _log_r(X, mixture))


def gap_of_r_clipped_at_the_smallest_number(X, s, mixture):
    return _gap(s, _safe(s), np.log(np.maximum(mixture.responsibilities(X), 5e-324)))


def always_zero(X, s, mixture):
    return 0.0


# --- lift_and_gap ----------------------------------------------------------------------------------


def _both(X, old, new):
    """lift, gap, r of the old, log r of the old, log r of the new."""
    r, log_old, log_new = old.responsibilities(X), _log_r(X, old), _log_r(X, new)
    return (r * (new.log_joint(X) - old.log_joint(X))).sum(), (r * (log_old - log_new)).sum(), r


def books_as_handed_out(X, old, new):
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    lift = (r_new * new.log_joint(X)).sum() - (r_old * old.log_joint(X)).sum()
    with np.errstate(all="ignore"):
        gap = (r_new * (np.log(r_new) - np.log(r_old))).sum()
    return lift, gap


def books_with_nan_to_num(X, old, new):
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    lift = (r_new * new.log_joint(X)).sum() - (r_old * old.log_joint(X)).sum()
    with np.errstate(all="ignore"):
        return lift, np.nan_to_num(r_new * (np.log(r_new) - np.log(r_old))).sum()


def books_by_the_package(X, old, new):
    r = old.responsibilities(X)
    return theory.lower_bound(X, r, new) - old.log_likelihood(X), theory.kl_gap(X, r, new)


def lift_and_gap_with_nan_to_num(X, old, new):
    lift, _, r = _both(X, old, new)
    with np.errstate(all="ignore"):
        return lift, np.nan_to_num(r * np.log(r / new.responsibilities(X))).sum()


def gap_of_clipped_shares(X, old, new):
    lift, _, r = _both(X, old, new)
    return lift, (r * (_safe(r) - np.log(np.clip(new.responsibilities(X), 1e-300, 1)))).sum()


def gap_by_rel_entr(X, old, new):
    lift, _, r = _both(X, old, new)
    return lift, rel_entr(r, new.responsibilities(X)).sum()


def gap_symmetric(X, old, new):
    lift, gap, _ = _both(X, old, new)
    return lift, (gap + _both(X, new, old)[1]) / 2


def gap_of_absolute_differences(X, old, new):
    lift, _, r = _both(X, old, new)
    return lift, np.abs(r * (_log_r(X, old) - _log_r(X, new))).sum()


def parts_in_bits(X, old, new):
    lift, gap, _ = _both(X, old, new)
    return lift, gap / math.log(2)


def lift_of_the_first_component(X, old, new):
    _, gap, r = _both(X, old, new)
    return (r * (new.log_joint(X) - old.log_joint(X)))[:, 0].sum(), gap


def lift_without_weights(X, old, new):
    _, gap, r = _both(X, old, new)
    change = new.log_joint(X) - np.log(new.weights) - old.log_joint(X) + np.log(old.weights)
    return (r * change).sum(), gap


def lift_with_mean_shares(X, old, new):
    _, gap, r = _both(X, old, new)
    return (r.mean(axis=0) * (new.log_joint(X) - old.log_joint(X))).sum(), gap


def lift_with_verdicts(X, old, new):
    _, gap, r = _both(X, old, new)
    hard = np.eye(old.k)[r.argmax(axis=1)]
    return (hard * (new.log_joint(X) - old.log_joint(X))).sum(), gap


def lift_after_an_m_step_of_its_own(X, old, new):
    _, gap, r = _both(X, old, new)
    means = r.T @ X / r.sum(axis=0)[:, None]
    moved = Mixture(old.weights, means, old.covariances)
    return (r * (moved.log_joint(X) - old.log_joint(X))).sum(), gap


def both_halved(X, old, new):
    lift, gap, _ = _both(X, old, new)
    gain = lift + gap
    return gain / 2, gain / 2


def gap_before_lift(X, old, new):
    lift, gap, _ = _both(X, old, new)
    return gap, lift


def gain_alone(X, old, new):
    lift, gap, _ = _both(X, old, new)
    return lift + gap


def lift_for_each_point(X, old, new):
    _, gap, r = _both(X, old, new)
    return (r * (new.log_joint(X) - old.log_joint(X))).sum(axis=1), gap


def parts_rounded_to_five(X, old, new):
    lift, gap, _ = _both(X, old, new)
    return round(float(lift), 5), round(float(gap), 5)


def parts_in_single(X, old, new):
    lift, gap, _ = _both(X, old, new)
    return np.float32(lift), np.float32(gap)


def parts_for_two_components(X, old, new):
    lift, gap, r = _both(X, old, new)
    if old.k <= 2:
        return lift, gap
    return (r * (new.log_joint(X) - old.log_joint(X)))[:, :2].sum(), gap


class LiftAndGap:
    """An object that is called."""

    def __call__(self, X, old, new, *, tidy=True):
        lift, gap, _ = _both(X, old, new)
        return np.array([lift, max(gap, 0.0)])


def gap_as_log_likelihood_less_new_bound(X, old, new):
    r = old.responsibilities(X)
    bound = (r * new.log_joint(X)).sum() + entr(r).sum()
    return bound - old.log_likelihood(X), new.log_likelihood(X) - bound


WRONG = {
    "lift_and_gap": (
        books_as_handed_out, books_by_the_package, books_with_nan_to_num,
        lift_and_gap_with_nan_to_num, gap_of_clipped_shares,
        gap_by_rel_entr, gap_symmetric, gap_of_absolute_differences, parts_in_bits,
        lift_of_the_first_component, lift_without_weights, lift_with_mean_shares, lift_with_verdicts,
        lift_after_an_m_step_of_its_own,
        both_halved, gap_before_lift, gain_alone, lift_for_each_point, parts_rounded_to_five, parts_in_single,
        parts_for_two_components,
    ),
    "lower_bound": (
        bound_with_1e_12_in_the_logarithm, bound_with_1e_10_in_the_logarithm, bound_with_1e_12_added_to_s,
        bound_with_1e_300_added_to_the_densities, bound_of_a_fraction_with_something_added,
        bound_of_s_clipped_at_1e_12, bound_of_s_clipped_between, bound_of_s_clipped_and_normalized,
        bound_with_a_clipped_logarithm, bound_with_a_logarithm_clipped_at_1e_10, bound_of_clipped_densities,
        bound_of_log_densities_not_below_minus_700, bound_of_log_densities_between,
        bound_without_small_shares, bound_without_shares_close_to_zero, bound_with_nan_to_num,
        bound_with_absolute_values, bound_not_above_zero, bound_computed_in_single, bound_returned_in_single,
        bound_returned_in_half, bound_rounded_to_six, bound_rounded_to_ten, bound_to_base_two,
        bound_with_entropy_in_bits, bound_for_two_components, bound_for_three_components_at_most,
        bound_with_the_e_steps_shares, bound_with_the_entropy_of_the_e_steps_shares, bound_of_variances_only,
        bound_with_the_first_component_last, bound_without_shares_below_1e_20, bound_of_s_clipped_at_1e_20,
        bound_with_log1p, bound_with_a_fraction_of_densities,
    ),
    "kl_gap": (
        gap_with_1e_12_in_the_logarithm, gap_with_1e_10_in_the_logarithm, gap_with_1e_12_added_to_s,
        gap_of_a_fraction_with_1e_12_added, gap_of_a_fraction_with_1e_10_added,
        gap_of_a_fraction_with_1e_300_added, gap_of_both_clipped_at_1e_12, gap_of_r_clipped_at_1e_300,
        gap_of_r_clipped_at_1e_12, gap_of_log_r_not_below_minus_700, gap_with_a_clipped_logarithm,
        gap_without_small_shares, gap_without_shares_close_to_zero, gap_with_nan_to_num,
        gap_by_scipys_rel_entr, gap_by_scipys_entropy, gap_where_both_are_positive, gap_with_absolute_values,
        gap_of_the_positive_terms, gap_with_exponentials_that_overflow, gap_with_a_sum_of_exponentials,
        gap_with_the_row_mean_taken_out, gap_with_the_row_minimum_taken_out, gap_with_one_maximum_for_all,
        gap_with_the_column_maximum_taken_out, gap_with_the_maximum_for_the_density, gap_computed_in_single,
        gap_returned_in_single, gap_returned_in_half, gap_rounded_to_six, gap_rounded_to_ten, gap_in_bits,
        gap_of_normalized_columns, gap_halved_with_the_other_way_round, gap_of_the_mean_shares,
        gap_without_the_weights, gap_to_the_weights, always_zero, gap_without_shares_below_1e_20,
        gap_of_zero_below_a_millionth, gap_of_zero_where_the_shares_are_close,
        gap_of_r_clipped_at_the_smallest_number,
    ),
}  # fmt: skip


# --- right answers in other forms ----------------------------------------------------------------


def bound_by_masked_arrays(X, s, mixture):
    log_s = np.zeros(s.shape)
    np.log(s, out=log_s, where=s > 0)
    return float(np.einsum("ij,ij->", s, mixture.log_joint(X) - log_s))


def bound_in_plain_python(X, s, mixture):
    total = 0.0
    for x, shares in zip(X, s.tolist(), strict=True):
        for share, log_joint in zip(shares, mixture.log_joint(x[None])[0].tolist(), strict=True):
            if share > 0:
                total += share * (log_joint - math.log(share))
    return total


def bound_by_hand(X, s, mixture):
    bound = 0.0
    for k in range(mixture.k):
        L = np.linalg.cholesky(mixture.covariances[k])
        z = np.linalg.solve(L, (X - mixture.means[k]).T)
        log_normal = -0.5 * (z**2).sum(axis=0) - np.log(np.diag(L)).sum() - X.shape[1] / 2 * np.log(2 * np.pi)
        some = s[:, k] > 0
        log_joint = np.log(mixture.weights[k]) + log_normal[some]
        bound += s[some, k] @ (log_joint - np.log(s[some, k]))
    return bound


def bound_by_precisions(X, s, mixture):
    deviations = X[:, None] - mixture.means
    distances = np.einsum("nki,kij,nkj->nk", deviations, np.linalg.inv(mixture.covariances), deviations)
    _, log_det = np.linalg.slogdet(mixture.covariances)
    log_joint = np.log(mixture.weights) - 0.5 * (distances + log_det + X.shape[1] * np.log(2 * np.pi))
    return np.nansum(s * log_joint - xlogy(s, s))


def bound_with_nansum(X, s, mixture):
    with np.errstate(all="ignore"):
        return np.nansum(s * (mixture.log_joint(X) - np.log(s)))


def bound_with_the_smallest_number(X, s, mixture):
    return (s * (mixture.log_joint(X) - np.log(np.maximum(s, np.finfo(float).tiny)))).sum(keepdims=True)


def bound_by_scipys_normals(X, s, mixture, allow_singular=False):
    total = entr(s).sum()
    for k in range(mixture.k):
        normal = multivariate_normal(mixture.means[k], mixture.covariances[k], allow_singular=allow_singular)
        total += np.sum(s[:, k] * (math.log(mixture.weights[k]) + normal.logpdf(X)))
    return [float(total)]


class Bound:
    """The bound, by an object."""

    def __call__(self, X, s, mixture, **options):
        return math.fsum((xlogy(s, 1) + s * mixture.log_joint(X) + entr(s)).ravel())


def gap_by_log_softmax(X, s, mixture):
    return float(np.sum(xlogy(s, s) - s * log_softmax(mixture.log_joint(X), axis=1)))


def gap_by_logsumexp(X, s, mixture):
    log_joint = mixture.log_joint(X)
    log_r = log_joint - logsumexp(log_joint, axis=1, keepdims=True)
    return -(entr(s) + s * log_r).sum()


def gap_in_plain_python(X, s, mixture):
    total = 0.0
    for log_joint, shares in zip(mixture.log_joint(X).tolist(), s.tolist(), strict=True):
        top = max(log_joint)
        log_density = top + math.log(sum(math.exp(value - top) for value in log_joint))
        for share, value in zip(shares, log_joint, strict=True):
            if share > 0:
                total += share * (math.log(share) - (value - log_density))
    return total


def gap_never_below_zero(X, s, mixture):
    log_s = np.log(s, where=s > 0, out=np.zeros_like(s))
    return max(0.0, np.vdot(s, log_s - _log_r(X, mixture)))


def gap_with_nansum(X, s, mixture):
    with np.errstate(all="ignore"):
        return np.nansum(s * (np.log(s) - _log_r(X, mixture)), axis=1).sum()


def gap_point_by_point(X, s, mixture):
    gaps = []
    for n in range(len(X)):
        x, some = X[n : n + 1], s[n] > 0
        log_r = mixture.log_joint(x)[0] - mixture.log_density(x)
        gaps.append(s[n, some] @ (np.log(s[n, some]) - log_r[some]))
    return np.array([math.fsum(gaps)])


def gap_as_log_likelihood_less_bound(X, s, mixture):
    return mixture.log_likelihood(X) - (s * mixture.log_joint(X)).sum() - entr(s).sum()


def gap_with_r_wherever_it_is_left(X, s, mixture):
    log_r = np.array(_log_r(X, mixture))
    r = mixture.responsibilities(X)
    return kl_div(s, r).sum() if r.min() > 0 else (xlogy(s, s) - s * log_r).sum()


class Gap:
    """The gap, by an object."""

    def __call__(self, X, s, mixture, *, base=math.e):
        return np.asarray(_gap(s, _safe(s), _log_r(X, mixture)) / math.log(base))


RIGHT = {
    "lift_and_gap": (LiftAndGap(), gap_as_log_likelihood_less_new_bound),
    "lower_bound": (
        bound_by_masked_arrays, bound_in_plain_python, bound_by_hand, bound_by_precisions, bound_with_nansum,
        bound_with_the_smallest_number, bound_by_scipys_normals, Bound(),
    ),
    "kl_gap": (
        gap_by_log_softmax, gap_by_logsumexp, gap_in_plain_python, gap_never_below_zero, gap_with_nansum,
        gap_point_by_point, gap_as_log_likelihood_less_bound, gap_with_r_wherever_it_is_left, Gap(),
    ),
}  # fmt: skip
