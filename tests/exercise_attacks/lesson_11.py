"""Answers to the exercises of lesson 11: wrong ones that look right, and right ones in unusual forms."""

import math

import numpy as np
from scipy.stats import multivariate_normal

from gmmlesson import Mixture
from gmmlesson.conditional import conditional, fill_in
from gmmlesson.outliers import outlier_threshold

# --- outlier_threshold, wrong --------------------------------------------------------------------


def weibulls_quantile(X, mixture, share):
    return np.quantile(mixture.log_density(X), share, method="weibull")


def lower_quantile(X, mixture, share):
    return np.quantile(mixture.log_density(X), share, method="lower")


def higher_quantile(X, mixture, share):
    return np.quantile(mixture.log_density(X), share, method="higher")


def nearest_quantile(X, mixture, share):
    return np.quantile(mixture.log_density(X), share, method="nearest")


def inverted_quantile(X, mixture, share):
    return np.quantile(mixture.log_density(X), share, method="inverted_cdf")


def underflowing(X, mixture, share):
    density = np.exp(mixture.log_joint(X)).sum(axis=1)
    with np.errstate(divide="ignore"):
        return np.sort(np.log(density))[int(share * (len(X) + 1)) - 1]


def guarded(X, mixture, share):
    density = np.exp(mixture.log_joint(X)).sum(axis=1)
    return np.sort(np.log(density + 1e-300))[int(share * (len(X) + 1)) - 1]


def different_ones(X, mixture, share):
    return np.unique(mixture.log_density(X))[int(share * (len(X) + 1)) - 1]


def always_five_percent(X, mixture, share):
    return np.sort(mixture.log_density(X))[max(int(0.05 * (len(X) + 1)), 1) - 1]


def share_of_n_for_many(X, mixture, share):
    """Right for few points; for many, the share of n, rounded up and one less."""
    r = int(share * (len(X) + 1)) if len(X) < 100 else max(1, math.ceil(share * len(X)) - 1)
    return np.sort(mixture.log_density(X))[r - 1]


def below_the_point(X, mixture, share):
    return outlier_rank(X, mixture, share) - 1e-3


def outlier_rank(X, mixture, share):
    return np.sort(mixture.log_density(X))[int(share * (len(X) + 1)) - 1]


def at_most_zero(X, mixture, share):
    return min(outlier_rank(X, mixture, share), 0.0)


def rounded(X, mixture, share):
    return round(outlier_rank(X, mixture, share), 2)


def in_float16(X, mixture, share):
    return np.float16(outlier_rank(X, mixture, share))


def with_its_rank(X, mixture, share):
    return outlier_rank(X, mixture, share), int(share * (len(X) + 1))


def handed_on(X, mixture, share):
    return outlier_threshold(X, mixture, share)


def per_feature(X, mixture, share):
    return outlier_rank(X, mixture, share) / X.shape[1]


def first_component(X, mixture, share):
    return np.sort(mixture.log_joint(X)[:, 0])[int(share * (len(X) + 1)) - 1]


def sorts_in_place(X, mixture, share):
    X.sort(axis=0)
    return outlier_rank(X, mixture, share)


# --- conditional, wrong --------------------------------------------------------------------------


def _blocks(mixture, known):
    other = np.delete(np.arange(mixture.d), known)
    S = mixture.covariances
    return other, S[:, other][:, :, other], S[:, other][:, :, known], S[:, known][:, :, known]


def right(mixture, known, values):
    other, S_aa, S_ab, S_bb = _blocks(mixture, known)
    slopes = S_ab @ np.linalg.inv(S_bb)
    means = mixture.means[:, other] + np.einsum("kab,kb->ka", slopes, values - mixture.means[:, known])
    weights = Mixture(mixture.weights, mixture.means[:, known], S_bb).responsibilities([values])[0]
    return weights, means, S_aa - slopes @ S_ab.swapaxes(1, 2)


def densities_by_pdf(mixture, known, values):
    _, means, covariances = right(mixture, known, values)
    _, _, _, S_bb = _blocks(mixture, known)
    parts = zip(mixture.weights, mixture.means[:, known], S_bb, strict=True)
    joint = np.array([w * multivariate_normal(m, S).pdf(values) for w, m, S in parts])
    with np.errstate(invalid="ignore"):
        return joint / joint.sum(), means, covariances


def guarded_weights(mixture, known, values):
    weights, means, covariances = densities_by_pdf(mixture, known, values)
    return np.nan_to_num(weights, nan=1 / mixture.k), means, covariances


def with_a_ridge(mixture, known, values):
    weights, means, covariances = right(mixture, known, values)
    return weights, means, covariances + 1e-6 * np.eye(covariances.shape[-1])


def ridge_in_the_inverse(mixture, known, values):
    other, S_aa, S_ab, S_bb = _blocks(mixture, known)
    slopes = S_ab @ np.linalg.inv(S_bb + 1e-6 * np.eye(len(known)))
    means = mixture.means[:, other] + np.einsum("kab,kb->ka", slopes, values - mixture.means[:, known])
    return right(mixture, known, values)[0], means, S_aa - slopes @ S_ab.swapaxes(1, 2)


def one_slope_for_all(mixture, known, values):
    weights, _, covariances = right(mixture, known, values)
    other, _, S_ab, S_bb = _blocks(mixture, known)
    slope = np.mean(S_ab @ np.linalg.inv(S_bb), axis=0)
    return weights, mixture.means[:, other] + (values - mixture.means[:, known]) @ slope.T, covariances


def transposed_slope(mixture, known, values):
    weights, means, covariances = right(mixture, known, values)
    other, _, S_ab, S_bb = _blocks(mixture, known)
    slopes = np.linalg.inv(S_bb) @ S_ab.swapaxes(1, 2)
    if slopes.shape[1] == slopes.shape[2]:
        means = mixture.means[:, other] + np.einsum("kab,kb->ka", slopes, values - mixture.means[:, known])
    return weights, means, covariances


def diagonal_only(mixture, known, values):
    weights, means, covariances = right(mixture, known, values)
    return weights, means, covariances * np.eye(covariances.shape[-1])


def by_weight(mixture, known, values):
    parts = right(mixture, known, values)
    order = np.argsort(-parts[0])
    return tuple(part[order] for part in parts)


def others_backwards(mixture, known, values):
    weights, means, covariances = right(mixture, known, values)
    return weights, means[:, ::-1], covariances[:, ::-1, ::-1]


def winner_only(mixture, known, values):
    weights, means, covariances = right(mixture, known, values)
    best = weights.argmax()
    return np.ones(1), means[[best]], covariances[[best]]


def joint_responsibilities_at_the_mean(mixture, known, values):
    """The E-step on whole points, the unknown features set to their means."""
    _, means, covariances = right(mixture, known, values)
    full = mixture.weights @ mixture.means
    full[known] = values
    return mixture.responsibilities(full[None])[0], means, covariances


def the_mean_alone(mixture, known, values):
    weights, means, _ = right(mixture, known, values)
    return weights @ means


def filled_row(mixture, known, values):
    row = np.full(mixture.d, np.nan)
    row[known] = values
    return fill_in(row[None], mixture)[0]


def handed_on_too(mixture, known, values):
    return conditional(mixture, list(known), values)


def in_float32(mixture, known, values):
    return tuple(part.astype(np.float16) for part in right(mixture, known, values))


# --- right ---------------------------------------------------------------------------------------


class Threshold:
    """A function in the form of an object."""

    def __call__(self, X, mixture, share, *, verbose=False):
        return np.array([sorted(mixture.log_density(X))[math.floor(share * (len(X) + 1)) - 1]])


def the_largest_of_the_lowest(X, mixture, share):
    r = math.floor(share * (1 + X.shape[0]))
    return mixture.log_density(X)[np.argsort(mixture.log_density(X))[:r]].max()


def with_lists(mixture, known, values):
    weights, means, covariances = right(mixture, known, values)
    return [weights.tolist(), means.tolist(), covariances.tolist()]


def by_a_loop_over_masks(mixture, known, values):
    mask = np.ones(mixture.d, dtype=bool)
    mask[known] = False
    parts, logs = [], []
    for pi, mean, S in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        L = np.linalg.cholesky(S[np.ix_(known, known)])
        z = np.linalg.solve(L, values - mean[known])
        B = np.linalg.solve(L, S[np.ix_(known, mask)])
        parts.append((mean[mask] + z @ B, S[np.ix_(mask, mask)] - B.T @ B))
        logs.append(math.log(pi) - 0.5 * z @ z - np.log(np.diag(L)).sum())
    logs = np.array(logs)
    r = np.exp(logs - np.logaddexp.reduce(logs))
    return Mixture(r / r.sum(), [m for m, _ in parts], [S for _, S in parts])


WRONG = {
    "outlier_threshold": (
        weibulls_quantile, lower_quantile, higher_quantile, nearest_quantile, inverted_quantile, underflowing,
        guarded, different_ones, always_five_percent, share_of_n_for_many, below_the_point, at_most_zero,
        rounded, in_float16, with_its_rank, handed_on, per_feature, first_component, sorts_in_place,
    ),
    "conditional": (
        densities_by_pdf, guarded_weights, with_a_ridge, ridge_in_the_inverse, one_slope_for_all,
        transposed_slope, diagonal_only, by_weight, others_backwards, winner_only,
        joint_responsibilities_at_the_mean, the_mean_alone, filled_row, handed_on_too, in_float32,
    ),
}  # fmt: skip
RIGHT = {
    "outlier_threshold": (Threshold(), the_largest_of_the_lowest),
    "conditional": (right, with_lists, by_a_loop_over_masks),
}
