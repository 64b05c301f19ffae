"""Answers to lesson 10's exercises that must not pass, and right ones in other forms."""

import dataclasses
import types
from collections import OrderedDict

import numpy as np
from scipy.linalg import block_diag
from sklearn.mixture import GaussianMixture

from gmmlesson import Mixture


def _compact(matrices, covariance_type):
    """Matrices (k, d, d) in the shape of the family."""
    return {
        "full": matrices,
        "tied": matrices[0],
        "diag": np.diagonal(matrices, axis1=1, axis2=2),
        "spherical": matrices[:, 0, 0],
    }[covariance_type]


def _start(mixture, covariance_type, **changed):
    """The right one, with something replaced."""
    right = {
        "weights_init": mixture.weights,
        "means_init": mixture.means,
        "precisions_init": _compact(mixture.precisions, covariance_type),
    }
    return right | changed


# --- sklearn_start, wrong -------------------------------------------------------------------------


def covariances(mixture, covariance_type):
    return _start(mixture, covariance_type, precisions_init=_compact(mixture.covariances, covariance_type))


def cholesky_of_the_covariances(mixture, covariance_type):
    return _start(mixture, covariance_type, precisions_init=_compact(mixture.cholesky, covariance_type))


def lower_cholesky_of_the_precisions(mixture, covariance_type):
    roots = np.linalg.cholesky(mixture.precisions)
    return _start(mixture, covariance_type, precisions_init=_compact(roots, covariance_type))


def upper_cholesky_of_the_precisions(mixture, covariance_type):
    roots = mixture.whitening.swapaxes(1, 2)
    return _start(mixture, covariance_type, precisions_init=_compact(roots, covariance_type))


def whitening(mixture, covariance_type):
    return _start(mixture, covariance_type, precisions_init=_compact(mixture.whitening, covariance_type))


def whitening_times_its_transpose(mixture, covariance_type):
    W = mixture.whitening
    return _start(mixture, covariance_type, precisions_init=_compact(W @ W.swapaxes(1, 2), covariance_type))


def precisions_transposed(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    return right | {"precisions_init": right["precisions_init"].T}


def squared_precisions(mixture, covariance_type):
    P = mixture.precisions
    return _start(mixture, covariance_type, precisions_init=_compact(P @ P, covariance_type))


def rounded_to_6(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    return {name: array.round(6) for name, array in right.items()}


def precisions_with_a_ridge(mixture, covariance_type):
    P = np.linalg.inv(mixture.covariances + 1e-6 * np.eye(mixture.d))
    return _start(mixture, covariance_type, precisions_init=_compact(P, covariance_type))


def divided_by_a_little_more(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    if covariance_type in ("diag", "spherical"):
        variances = _compact(mixture.covariances, covariance_type)
        right["precisions_init"] = 1 / (variances + 1e-10)
    return right


def clipped_precisions(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    return right | {"precisions_init": np.clip(right["precisions_init"], -1e6, 1e6)}


def one_circle_for_all(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    if covariance_type == "spherical":
        right["precisions_init"] = np.full(mixture.k, mixture.precisions[0, 0, 0])
    return right


def one_diagonal_for_all(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    if covariance_type == "diag":
        right["precisions_init"] = np.tile(np.diag(mixture.precisions[0]), (mixture.k, 1))
    return right


def mean_of_whole_matrices_for_circles(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    if covariance_type == "spherical":
        right["precisions_init"] = mixture.precisions.mean(axis=(1, 2))
    return right


def determinants_for_circles(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    if covariance_type == "spherical":
        right["precisions_init"] = np.linalg.det(mixture.precisions)
    return right


def norms_for_circles(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    if covariance_type == "spherical":
        right["precisions_init"] = np.linalg.norm(mixture.precisions, axis=(1, 2))
    return right


def squeezed(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    return right | {"precisions_init": np.squeeze(right["precisions_init"])}


def diagonals_and_full_only(mixture, covariance_type):
    if covariance_type == "diag":
        return _start(mixture, "diag")
    return _start(mixture, "full")


def tied_where_all_are_equal(mixture, covariance_type):
    """Looks at the numbers instead of the argument."""
    equal = (mixture.covariances == mixture.covariances[0]).all()
    return _start(mixture, "tied" if equal and covariance_type == "full" else covariance_type)


def diagonal_where_it_is(mixture, covariance_type):
    off = mixture.covariances[:, ~np.eye(mixture.d, dtype=bool)]
    return _start(mixture, "diag" if covariance_type == "full" and not off.any() else covariance_type)


def a_list_of_keys_and_values(mixture, covariance_type):
    return list(_start(mixture, covariance_type).items())


def other_keys(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    return {name.removesuffix("_init"): array for name, array in right.items()}


def with_the_family_in_it(mixture, covariance_type):
    return _start(mixture, covariance_type) | {"covariance_type": covariance_type}


def means_and_weights_exchanged(mixture, covariance_type):
    return _start(mixture, covariance_type, weights_init=mixture.means, means_init=mixture.weights)


def sorted_by_weight(mixture, covariance_type):
    order = np.argsort(mixture.weights)
    right = _start(mixture, covariance_type)
    return right | {"weights_init": mixture.weights[order], "means_init": mixture.means[order]}


def equal_weights(mixture, covariance_type):
    return _start(mixture, covariance_type, weights_init=np.full(mixture.k, 1 / mixture.k))


def means_centered(mixture, covariance_type):
    means = mixture.means - mixture.weights @ mixture.means
    return _start(mixture, covariance_type, means_init=means)


def fitted_by_the_library(mixture, covariance_type):
    X, _ = mixture.sample(500, np.random.default_rng(0))
    model = GaussianMixture(mixture.k, covariance_type=covariance_type, random_state=0, max_iter=5).fit(X)
    return {
        "weights_init": model.weights_, "means_init": model.means_, "precisions_init": model.precisions_,
    }  # fmt: skip


def _at_least(weights, least):
    weights = np.maximum(weights, least)
    return weights / weights.sum()


def weights_of_a_hundredth_or_more(mixture, covariance_type):
    return _start(mixture, covariance_type, weights_init=_at_least(mixture.weights, 0.01))


def weights_of_a_millionth_or_more(mixture, covariance_type):
    return _start(mixture, covariance_type, weights_init=_at_least(mixture.weights, 1e-6))


def pseudo_inverse_that_cuts(mixture, covariance_type):
    precisions = np.linalg.pinv(mixture.covariances, rcond=1e-6)
    return _start(mixture, covariance_type, precisions_init=_compact(precisions, covariance_type))


def roots_for_circles(mixture, covariance_type):
    right = _start(mixture, covariance_type)
    if covariance_type == "spherical":
        right["precisions_init"] = np.sqrt(right["precisions_init"])
    return right


def covariance_where_it_is_shared(mixture, covariance_type):
    if covariance_type == "tied":
        return _start(mixture, covariance_type, precisions_init=mixture.covariances[0])
    return _start(mixture, covariance_type)


def one_over_traces_for_circles(mixture, covariance_type):
    if covariance_type == "spherical":
        traces = np.trace(mixture.covariances, axis1=1, axis2=2)
        return _start(mixture, covariance_type, precisions_init=1 / traces)
    return _start(mixture, covariance_type)


# --- sklearn_start, right -------------------------------------------------------------------------


class Starter:
    """An object that can be called."""

    def __call__(self, mixture, covariance_type="full", **options):
        """A dictionary of lists."""
        return {name: array.tolist() for name, array in _start(mixture, covariance_type).items()}


def an_ordered_dictionary(mixture, covariance_type):
    return OrderedDict(reversed(_start(mixture, covariance_type).items()))


def a_read_only_mapping(mixture, covariance_type):
    return types.MappingProxyType(_start(mixture, covariance_type))


def in_branches(mixture, covariance_type):
    if covariance_type == "full":
        P = np.array([np.linalg.inv(covariance) for covariance in mixture.covariances])
    elif covariance_type == "tied":
        P = np.linalg.inv(np.einsum("k,kij->ij", mixture.weights, mixture.covariances))
    elif covariance_type == "diag":
        P = np.array([1 / np.diag(covariance) for covariance in mixture.covariances])
    else:
        P = np.array([1 / covariance[0, 0] for covariance in mixture.covariances])
    weights, means = list(mixture.weights), tuple(mixture.means)
    return {"weights_init": weights, "means_init": means, "precisions_init": P}


def by_one_large_inverse(mixture, covariance_type):
    k, d = mixture.k, mixture.d
    large = np.linalg.inv(block_diag(*mixture.covariances))
    P = np.stack([large[j * d : (j + 1) * d, j * d : (j + 1) * d] for j in range(k)])
    return _start(mixture, covariance_type, precisions_init=_compact(P, covariance_type))


def from_eigenvalues(mixture, covariance_type):
    variances, axes = np.linalg.eigh(mixture.covariances)
    P = (axes / variances[:, None, :]) @ axes.swapaxes(1, 2)
    if covariance_type == "spherical":
        return _start(mixture, covariance_type, precisions_init=1 / variances[:, -1])
    return _start(mixture, covariance_type, precisions_init=_compact(P, covariance_type))


def rows_of_the_precisions_added_up(mixture, covariance_type):
    """Off the diagonal there are zeros in "diag"; the sum of a row is its entry on the diagonal."""
    P = mixture.precisions
    if covariance_type == "diag":
        P = P.sum(axis=2)
    elif covariance_type == "spherical":
        P = P.max(axis=(1, 2))
    elif covariance_type == "tied":
        P = P[-1]
    return _start(mixture, covariance_type, precisions_init=P)


# --- unscale, wrong -------------------------------------------------------------------------------


def _unscaled(mixture, center, scale, **changed):
    """The right one, with something replaced."""
    right = {
        "weights": mixture.weights,
        "means": mixture.means * scale + center,
        "covariances": mixture.covariances * np.outer(scale, scale),
    }
    return Mixture(**right | changed)


def covariances_scaled_once(mixture, center, scale):
    root = np.sqrt(scale)
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * np.outer(root, root))


def rows_scaled_once(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * scale[:, None])


def columns_scaled_twice(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * scale**2)


def columns_scaled_twice_and_symmetrized(mixture, center, scale):
    columns = mixture.covariances * scale**2
    return _unscaled(mixture, center, scale, covariances=(columns + columns.swapaxes(1, 2)) / 2)


def covariances_transformed_like_means(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * scale + center)


def covariances_scaled_four_times(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * np.outer(scale, scale) ** 2)


def variances_only(mixture, center, scale):
    upright = np.where(np.eye(mixture.d), mixture.covariances, 0)
    return _unscaled(mixture, center, scale, covariances=upright * scale**2)


def off_diagonals_left(mixture, center, scale):
    factors = np.where(np.eye(mixture.d), scale**2, 1)
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * factors)


def off_diagonals_with_one_scale(mixture, center, scale):
    factors = np.where(np.eye(mixture.d), scale**2, np.sqrt(np.outer(scale, scale)))
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * factors)


def off_diagonals_of_absolute_values(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=abs(mixture.covariances) * np.outer(scale, scale))


def product_of_all_scales(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * scale.prod())


def mean_of_the_scales(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * scale.mean() ** 2)


def standard_deviations_for_covariances(mixture, center, scale):
    return _unscaled(mixture, center, scale, covariances=mixture.cholesky * scale[:, None])


def cholesky_columns_scaled(mixture, center, scale):
    L = mixture.cholesky * scale
    return _unscaled(mixture, center, scale, covariances=L @ L.swapaxes(1, 2))


def scales_taken_for_variances(mixture, center, scale):
    root = np.sqrt(scale)
    return Mixture(mixture.weights, mixture.means * root + center, mixture.covariances * np.outer(root, root))


def scales_squared_for_means(mixture, center, scale):
    return _unscaled(mixture, center, scale, means=mixture.means * scale**2 + center)


def centers_scaled(mixture, center, scale):
    return _unscaled(mixture, center, scale, means=(mixture.means + center) * scale)


def weights_equal(mixture, center, scale):
    return _unscaled(mixture, center, scale, weights=np.full(mixture.k, 1 / mixture.k))


def weights_rounded(mixture, center, scale):
    weights = mixture.weights.round(2)
    return _unscaled(mixture, center, scale, weights=weights / weights.sum())


def weights_by_volume(mixture, center, scale):
    weights = mixture.weights * np.sqrt(np.linalg.det(mixture.covariances)) * scale.prod()
    return _unscaled(mixture, center, scale, weights=weights / weights.sum())


def weights_in_another_order(mixture, center, scale):
    return _unscaled(mixture, center, scale, weights=mixture.weights[::-1])


def covariances_with_a_ridge(mixture, center, scale):
    ridge = 1e-6 * np.eye(mixture.d)
    outer = np.outer(scale, scale)
    return _unscaled(mixture, center, scale, covariances=mixture.covariances * outer + ridge)


def means_rounded_to_6(mixture, center, scale):
    return _unscaled(mixture, center, scale, means=(mixture.means * scale + center).round(6))


def covariances_rounded_to_6(mixture, center, scale):
    outer = np.outer(scale, scale)
    rounded = (mixture.covariances * outer).round(6) + 1e-18 * np.eye(mixture.d)
    return mixture.weights, mixture.means * scale + center, rounded


def covariance_of_the_center(mixture, center, scale):
    covariances = mixture.covariances * np.outer(scale, scale) + np.outer(center, center)
    return _unscaled(mixture, center, scale, covariances=covariances)


def scales_sorted(mixture, center, scale):
    return _unscaled(mixture, center, np.sort(scale))


def means_of_small_scales_left_out(mixture, center, scale):
    means = np.where(scale < 1e-2, center, mixture.means * scale + center)
    return _unscaled(mixture, center, scale, means=means)


def far_centers_in_float32(mixture, center, scale):
    means = (mixture.means * scale + center).astype(np.float32).astype(float)
    return _unscaled(mixture, center, scale, means=means)


def two_parts_only(mixture, center, scale):
    right = _unscaled(mixture, center, scale)
    return right.means, right.covariances


def fitted_anew(mixture, center, scale):
    X, labels = mixture.sample(4000, np.random.default_rng(0))
    X = X * scale + center
    parts = [X[labels == j] for j in range(mixture.k)]
    spread = np.stack([np.atleast_2d(np.cov(part.T, bias=True)) for part in parts])
    return Mixture(mixture.weights, np.stack([part.mean(axis=0) for part in parts]), spread)


def in_the_family_of_z(mixture, center, scale):
    means, covariances = mixture.means * scale + center, mixture.covariances * np.outer(scale, scale)
    return dataclasses.replace(mixture, means=means, covariances=covariances)


def of_the_common_components(mixture, center, scale):
    common = mixture.weights > 1e-3
    means, covariances = mixture.means * scale + center, mixture.covariances * np.outer(scale, scale)
    weights = mixture.weights[common] / mixture.weights[common].sum()
    return Mixture(weights, means[common], covariances[common])


def weights_above_a_millionth(mixture, center, scale):
    means, covariances = mixture.means * scale + center, mixture.covariances * np.outer(scale, scale)
    return Mixture(_at_least(mixture.weights, 1e-6), means, covariances)


def scales_of_components(mixture, center, scale):
    """Right where there is one component or one feature."""
    means = mixture.means * scale[:, None] + center[:, None]
    return Mixture(mixture.weights, means, mixture.covariances * np.outer(scale, scale))


# --- unscale, right -------------------------------------------------------------------------------


class Unscaler:
    """An object that can be called."""

    def __call__(self, mixture, center=0.0, scale=1.0, *, check=True):
        """By the roots of the covariances."""
        L = scale[:, None] * mixture.cholesky
        return Mixture(mixture.weights, center + scale * mixture.means, L @ L.swapaxes(1, 2))


def a_list_of_lists(mixture, center, scale):
    right = _unscaled(mixture, center, scale)
    return [right.weights.tolist(), right.means.tolist(), right.covariances.tolist()]


def by_einsum(mixture, center, scale):
    covariances = np.einsum("i,kij,j->kij", scale, mixture.covariances, scale)
    return Mixture(mixture.weights, np.einsum("ki,i->ki", mixture.means, scale) + center, covariances)


def row_by_row_and_column_by_column(mixture, center, scale):
    covariances = mixture.covariances.copy()
    covariances *= scale
    covariances *= scale[:, None]
    means = mixture.means.copy()
    means *= scale
    means += center
    return Mixture(mixture.weights, means, covariances)


def by_loops(mixture, center, scale):
    means = [[center[i] + scale[i] * mean[i] for i in range(len(mean))] for mean in mixture.means]
    covariances = np.zeros_like(mixture.covariances)
    for j in range(mixture.k):
        for row in range(mixture.d):
            for column in range(mixture.d):
                covariances[j, row, column] = mixture.covariances[j, row, column] * scale[row] * scale[column]
    return Mixture(list(mixture.weights), means, covariances)


def from_variances_and_correlations(mixture, center, scale):
    sd = np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))
    correlations = mixture.covariances / sd[:, :, None] / sd[:, None, :]
    sd = sd * np.abs(scale)
    return _unscaled(mixture, center, scale, covariances=correlations * sd[:, :, None] * sd[:, None, :])


WRONG = {
    "sklearn_start": (
        covariances, cholesky_of_the_covariances, lower_cholesky_of_the_precisions,
        upper_cholesky_of_the_precisions, whitening, whitening_times_its_transpose, precisions_transposed,
        squared_precisions, rounded_to_6, precisions_with_a_ridge, divided_by_a_little_more,
        clipped_precisions, one_circle_for_all, one_diagonal_for_all, mean_of_whole_matrices_for_circles,
        determinants_for_circles, norms_for_circles, squeezed, diagonals_and_full_only,
        tied_where_all_are_equal, diagonal_where_it_is,
        a_list_of_keys_and_values, other_keys, with_the_family_in_it, means_and_weights_exchanged,
        sorted_by_weight, equal_weights, means_centered, fitted_by_the_library,
        weights_of_a_hundredth_or_more, weights_of_a_millionth_or_more, pseudo_inverse_that_cuts,
        roots_for_circles, covariance_where_it_is_shared, one_over_traces_for_circles,
    ),
    "unscale": (
        covariances_scaled_once, rows_scaled_once, columns_scaled_twice, covariances_scaled_four_times,
        columns_scaled_twice_and_symmetrized, covariances_transformed_like_means,
        variances_only, off_diagonals_left, off_diagonals_with_one_scale, off_diagonals_of_absolute_values,
        product_of_all_scales, mean_of_the_scales, standard_deviations_for_covariances,
        cholesky_columns_scaled, scales_taken_for_variances, scales_squared_for_means, centers_scaled,
        weights_equal, weights_rounded, weights_by_volume, weights_in_another_order, covariances_with_a_ridge,
        means_rounded_to_6, covariances_rounded_to_6, covariance_of_the_center, scales_sorted,
        means_of_small_scales_left_out, far_centers_in_float32, two_parts_only, fitted_anew,
        in_the_family_of_z, of_the_common_components, weights_above_a_millionth, scales_of_components,
    ),
}  # fmt: skip
RIGHT = {
    "sklearn_start": (
        Starter(), an_ordered_dictionary, a_read_only_mapping, in_branches, by_one_large_inverse,
        from_eigenvalues, rows_of_the_precisions_added_up,
    ),
    "unscale": (
        Unscaler(), a_list_of_lists, by_einsum, row_by_row_and_column_by_column, by_loops,
        from_variances_and_correlations,
    ),
}  # fmt: skip
