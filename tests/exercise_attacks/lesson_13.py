"""Answers to lesson 13's exercises that must not pass, and right ones in other forms."""

import itertools

import numpy as np
from scipy.stats import multivariate_normal
from sklearn.preprocessing import PolynomialFeatures

from gmmlesson import Mixture


def _pairs(d):
    return [(i, j) for i in range(d) for j in range(i, d)]


def _phi(X):
    """The right one, so that a wrong answer can change a part of it."""
    X = np.asarray(X)
    return np.stack([np.ones(len(X)), *X.T, *(X[:, i] * X[:, j] for i, j in _pairs(X.shape[1]))])


# --- lift, wrong ----------------------------------------------------------------------------------


def phi_in_float32(X):
    return _phi(X).astype(np.float32)


def phi_in_float16(X):
    return _phi(X).astype(np.float16)


def phi_computed_in_float32(X):
    return _phi(X.astype(np.float32)).astype(float)


def phi_kept_in_float32(X):
    return _phi(X).astype(np.float32).astype(float)


def products_in_float32(X):
    n, d = X.shape
    products = _phi(X)[1 + d :].astype(np.float32)
    return np.vstack([np.ones(n), X.T, products])


def phi_rounded_to_6(X):
    return _phi(X).round(6)


def phi_rounded_to_10(X):
    return _phi(X).round(10)


def phi_to_7_digits(X):
    return np.vectorize(lambda value: float(f"{value:.7g}"))(_phi(X))


def a_little_added_to_phi(X):
    return _phi(X) + 1e-10


def a_trifle_added_to_the_products(X):
    phi = _phi(X)
    phi[1 + X.shape[1] :] += 1e-12
    return phi


def ones_not_quite(X):
    phi = _phi(X)
    phi[0] -= 1e-6
    return phi


def features_wrong_by_a_unit_if_far(X):
    phi = _phi(X)
    if abs(X).max() > 1e5:
        phi[1] += 1
    return phi


def clipped_to_a_million_millionths(X):
    return np.where(abs(_phi(X)) < 1e-6, 0.0, _phi(X))


def products_by_squares_of_sums(X):
    """x_i x_j by ((x_i + x_j)^2 - x_i^2 - x_j^2) / 2, which cancels."""
    n, d = X.shape
    products = [((X[:, i] + X[:, j]) ** 2 - X[:, i] ** 2 - X[:, j] ** 2) / 2 for i, j in _pairs(d)]
    return np.stack([np.ones(n), *X.T, *products])


def products_of_absolute_values(X):
    return np.stack([np.ones(len(X)), *X.T, *(abs(X[:, i] * X[:, j]) for i, j in _pairs(X.shape[1]))])


def features_by_themselves_for_ones(X):
    phi = _phi(X)
    with np.errstate(all="ignore"):
        phi[0] = X[:, 0] / X[:, 0]
    return phi


def at_most_three_features(X):
    d = X.shape[1]
    pairs = [(i, j) for i, j in _pairs(d) if i < 3 and j < 3]
    return np.stack([np.ones(len(X)), *X.T, *(X[:, i] * X[:, j] for i, j in pairs)])


def products_made_anew_in_the_loop(X):
    d = X.shape[1]
    for i in range(d):
        products = []
        for j in range(i, d):
            products.append(X[:, i] * X[:, j])
    return np.stack([np.ones(len(X)), *X.T, *products])


def row_never_advanced(X):
    n, d = X.shape
    phi = np.zeros((1 + d + len(_pairs(d)), n))
    phi[0], phi[1 : 1 + d] = 1, X.T
    row = 1 + d
    for i, j in _pairs(d):
        phi[row] = X[:, i] * X[:, j]
    return phi


def of_the_first_point_only(X):
    return np.repeat(_phi(X)[:, :1], len(X), axis=1)


def of_sorted_points(X):
    return np.sort(_phi(X), axis=1)


def points_in_the_other_order(X):
    return _phi(X)[:, ::-1]


def scaled_to_unit_variance(X):
    return _phi(X / np.maximum(X.std(axis=0), 1e-12)) if len(X) > 1 else _phi(X)


def of_each_point_once(X):
    _, first = np.unique(X, axis=0, return_index=True)
    return _phi(X[np.sort(first)])


def of_each_row_once(X):
    phi = _phi(X)
    _, first = np.unique(phi, axis=0, return_index=True)
    return phi[np.sort(first)]


def without_what_is_nearly_zero(X):
    return _phi(np.where(np.abs(X) < 1e-8, 0.0, X))


def integers_in_32_bits(X):
    return _phi(X.astype(np.int32) if X.dtype.kind == "i" else X)


def diagonal_by_diagonal(X):
    d = X.shape[1]
    products = [X[:, i] * X[:, i + step] for step in range(d) for i in range(d - step)]
    return np.stack([np.ones(len(X)), *X.T, *products])


# --- lift, right ----------------------------------------------------------------------------------


class Lifter:
    """An object that can be called."""

    def __call__(self, X, center=None, *, out=None):
        """phi, by numpy's own pairs."""
        i, j = np.triu_indices(X.shape[1])
        return np.r_[np.ones((1, len(X))), X.T, (X[:, i] * X[:, j]).T]


def by_scikit_learn(X):
    return PolynomialFeatures(2).fit_transform(X).T


def by_scikit_learn_with_ones_of_its_own(X):
    features = PolynomialFeatures(degree=2, include_bias=False).fit_transform(X)
    return np.concatenate([np.ones((len(X), 1)), features], axis=1).T


def by_itertools(X):
    columns = []
    for x in X.tolist():
        columns.append([1, *x, *(a * b for a, b in itertools.combinations_with_replacement(x, 2))])
    return tuple(map(tuple, zip(*columns, strict=True)))


def a_list_of_rows(X):
    rows = [[1.0] * len(X)]
    for feature in range(X.shape[1]):
        rows.append([x[feature] for x in X])
    for i, j in _pairs(X.shape[1]):
        rows.append([x[i] * x[j] for x in X])
    return rows


def of_numbers_as_they_are(X):
    """Whole numbers stay whole: they lose nothing."""
    phi = np.empty((1 + X.shape[1] + len(_pairs(X.shape[1])), len(X)), dtype=X.dtype)
    phi[:] = np.stack([np.ones_like(X[:, 0]), *X.T, *(X.T[i] * X.T[j] for i, j in _pairs(X.shape[1]))])
    return phi


def by_einsum(X):
    square = np.einsum("ni,nj->nij", X, X).transpose(1, 2, 0)
    return np.vstack([X.T[:1] * 0 + 1, X.T, square[np.triu_indices(X.shape[1])]])


def by_powers_on_the_diagonal(X):
    d = X.shape[1]
    return np.stack(
        [np.full(len(X), 1), *X.T]
        + [X[:, i] ** 2 if i == j else np.multiply(X[:, i], X[:, j]) for i, j in _pairs(d)]
    )


def lifted_in_longdouble(X):
    return _phi(X.astype(np.longdouble))


# --- natural_parameters ---------------------------------------------------------------------------


def _theta(mixture, *, constant=None, precisions=None, quadratic=None):
    """The right one, with something replaced."""
    d = mixture.d
    precisions = np.linalg.inv(mixture.covariances) if precisions is None else precisions
    constant = mixture.log_joint(np.zeros((1, d)))[0] if constant is None else constant
    linear = np.einsum("kij,kj->ki", precisions, mixture.means)
    if quadratic is None:
        quadratic = [-precisions[:, i, j] / (2 if i == j else 1) for i, j in _pairs(d)]
    return np.column_stack([constant, linear, *quadratic])


def theta_in_float32(mixture):
    return _theta(mixture).astype(np.float32)


def theta_in_float16(mixture):
    return _theta(mixture).astype(np.float16)


def theta_kept_in_float32(mixture):
    return _theta(mixture).astype(np.float32).astype(float)


def theta_with_precisions_in_float32(mixture):
    return _theta(mixture, precisions=np.linalg.inv(mixture.covariances.astype(np.float32)).astype(float))


def quadratic_part_in_float32(mixture):
    theta = _theta(mixture)
    theta[:, 1 + mixture.d :] = theta[:, 1 + mixture.d :].astype(np.float32)
    return theta


def constants_in_float32(mixture):
    theta = _theta(mixture)
    theta[:, 0] = theta[:, 0].astype(np.float32)
    return theta


def theta_rounded_to_6(mixture):
    return _theta(mixture).round(6)


def theta_rounded_to_9(mixture):
    return _theta(mixture).round(9)


def _densities_at_zero(mixture):
    zero = np.zeros(mixture.d)
    return mixture.weights * [
        multivariate_normal.pdf(zero, mean, covariance)
        for mean, covariance in zip(mixture.means, mixture.covariances, strict=True)
    ]


def logarithm_of_the_density(mixture):
    with np.errstate(divide="ignore"):
        return _theta(mixture, constant=np.log(_densities_at_zero(mixture)))


def logarithm_of_the_density_and_1e_12(mixture):
    return _theta(mixture, constant=np.log(_densities_at_zero(mixture) + 1e-12))


def logarithm_of_the_density_and_1e_300(mixture):
    return _theta(mixture, constant=np.log(_densities_at_zero(mixture) + 1e-300))


def logarithm_of_the_density_clipped(mixture):
    return _theta(mixture, constant=np.log(np.clip(_densities_at_zero(mixture), 1e-300, None)))


def weights_with_a_little_added(mixture):
    constant = _theta(mixture)[:, 0] - np.log(mixture.weights) + np.log(mixture.weights + 1e-10)
    return _theta(mixture, constant=constant)


def weights_with_a_trifle_added(mixture):
    constant = _theta(mixture)[:, 0] - np.log(mixture.weights) + np.log(mixture.weights + 1e-12)
    return _theta(mixture, constant=constant)


def the_logarithm_of_the_weight_twice(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] + np.log(mixture.weights))


def precisions_with_a_ridge(mixture):
    return _theta(mixture, precisions=np.linalg.inv(mixture.covariances + 1e-6 * np.eye(mixture.d)))


def precisions_with_a_small_ridge(mixture):
    return _theta(mixture, precisions=np.linalg.inv(mixture.covariances + 1e-12 * np.eye(mixture.d)))


def pseudo_inverse_that_cuts(mixture):
    return _theta(mixture, precisions=np.linalg.pinv(mixture.covariances, rcond=0.05))


def pseudo_inverse_that_cuts_at_a_millionth(mixture):
    return _theta(mixture, precisions=np.linalg.pinv(mixture.covariances, rcond=1e-6))


def fitted_to_standard_points(mixture):
    """By least squares, which is exact on paper; in other units digits are lost."""
    X = 3 * np.random.default_rng(0).normal(size=(400, mixture.d))
    return np.linalg.lstsq(_phi(X).T, mixture.log_joint(X), rcond=None)[0].T


def determinant_of_the_diagonal(mixture):
    """log det as the sum of the logarithms of the variances: right for upright ellipses."""
    variances = np.diagonal(mixture.covariances, axis1=1, axis2=2)
    _, log_det = np.linalg.slogdet(mixture.covariances)
    return _theta(mixture, constant=_theta(mixture)[:, 0] + (log_det - np.log(variances).sum(axis=1)) / 2)


def determinant_through_absolute_value(mixture):
    log_det = np.log(np.linalg.det(mixture.covariances))
    return _theta(mixture, constant=_theta(mixture)[:, 0] + log_det / 2 - abs(log_det) / 2)


def cholesky_for_precision(mixture):
    return _theta(mixture, precisions=np.linalg.cholesky(np.linalg.inv(mixture.covariances)))


def columns_made_anew_in_the_loop(mixture):
    d, precisions = mixture.d, np.linalg.inv(mixture.covariances)
    for i in range(d):
        quadratic = []
        for j in range(i, d):
            quadratic.append(-precisions[:, i, j] / (2 if i == j else 1))
    return _theta(mixture, quadratic=quadratic)


def precision_of_component_0_for_all(mixture):
    precisions = np.linalg.inv(mixture.covariances)
    return _theta(mixture, precisions=np.broadcast_to(precisions[0], precisions.shape))


def components_sorted_by_weight(mixture):
    return _theta(mixture)[np.argsort(-mixture.weights)]


def equal_weights(mixture):
    return _theta(mixture, constant=_theta(mixture)[:, 0] - np.log(mixture.weights) - np.log(mixture.k))


def mixed_terms_of_absolute_values(mixture):
    precisions = np.linalg.inv(mixture.covariances)
    pairs = _pairs(mixture.d)
    quadratic = [-abs(precisions[:, i, j]) / (2 if i == j else 1) for i, j in pairs]
    return _theta(mixture, quadratic=quadratic)


def of_the_tilted_gaussian(mixture):
    return _theta(Mixture([1.0], [[1.0, 2.0]], [[[2.0, 1.0], [1.0, 2.0]]]))


def constant_far_away_left_out(mixture):
    return _theta(mixture, constant=np.maximum(_theta(mixture)[:, 0], -1e4))


def constant_above_zero_cut(mixture):
    return _theta(mixture, constant=np.minimum(_theta(mixture)[:, 0], 0.0))


# --- natural_parameters, right --------------------------------------------------------------------


class Parameters:
    """An object that can be called."""

    def __call__(self, mixture, *, center=0.0):
        """theta from the whitening matrices."""
        W = mixture.whitening
        precisions = W.swapaxes(1, 2) @ W
        z = np.einsum("kij,kj->ki", W, mixture.means)
        constant = mixture.log_peaks - 0.5 * (z**2).sum(axis=1)
        i, j = np.triu_indices(mixture.d)
        quadratic = -precisions[:, i, j]
        quadratic[:, i == j] /= 2
        return np.hstack([constant[:, None], np.einsum("kji,kj->ki", W, z), quadratic])


def theta_in_plain_loops(mixture):
    rows = []
    for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        d, precision = len(mean), np.linalg.inv(covariance).tolist()
        linear = [sum(precision[i][j] * float(mean[j]) for j in range(d)) for i in range(d)]
        distance = sum(linear[i] * float(mean[i]) for i in range(d))
        _, log_det = np.linalg.slogdet(covariance)
        constant = float(np.log(weight)) - (d * float(np.log(2 * np.pi)) + float(log_det) + distance) / 2
        products = []
        for i in range(d):
            for j in range(i, d):
                products.append(-precision[i][j] / 2 if i == j else -precision[i][j])
        rows.append((constant, *linear, *products))
    return tuple(rows)


def theta_by_scipy(mixture):
    zero, rows = np.zeros(mixture.d), []
    for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        gaussian = multivariate_normal(mean, covariance)
        precision = np.linalg.pinv(covariance)
        i, j = np.triu_indices(len(mean))
        both = np.where(i == j, -precision[i, j] / 2, -(precision[i, j] + precision[j, i]) / 2)
        rows.append(np.concatenate([[np.log(weight) + gaussian.logpdf(zero)], precision @ mean, both]))
    return rows


def theta_by_solving(mixture):
    d, eye = mixture.d, np.broadcast_to(np.eye(mixture.d), mixture.covariances.shape)
    precisions = np.linalg.solve(mixture.covariances, eye)
    linear = np.linalg.solve(mixture.covariances, mixture.means[..., None])[..., 0]
    constant = mixture.log_joint(np.zeros((1, d))).ravel()
    squares = np.triu(-np.ones((d, d)), 1) - np.eye(d) / 2
    return np.c_[constant, linear, (precisions * squares)[:, np.triu(np.ones((d, d), bool))]]


def theta_of_precisions_as_the_package_has_them(mixture):
    return _theta(mixture, precisions=mixture.precisions)


def theta_in_longdouble(mixture):
    return _theta(mixture).astype(np.longdouble)


WRONG = {
    "lift": (
        phi_in_float32, phi_in_float16, phi_computed_in_float32, phi_kept_in_float32, products_in_float32,
        phi_rounded_to_6, phi_rounded_to_10, phi_to_7_digits, a_little_added_to_phi,
        a_trifle_added_to_the_products, ones_not_quite, features_wrong_by_a_unit_if_far,
        clipped_to_a_million_millionths, products_by_squares_of_sums,
        products_of_absolute_values, features_by_themselves_for_ones, at_most_three_features,
        products_made_anew_in_the_loop, row_never_advanced, of_the_first_point_only, of_sorted_points,
        points_in_the_other_order, scaled_to_unit_variance, of_each_point_once, of_each_row_once,
        without_what_is_nearly_zero, integers_in_32_bits, diagonal_by_diagonal,
    ),
    "natural_parameters": (
        theta_in_float32, theta_in_float16, theta_kept_in_float32, theta_with_precisions_in_float32,
        quadratic_part_in_float32, constants_in_float32, theta_rounded_to_6, theta_rounded_to_9,
        logarithm_of_the_density, logarithm_of_the_density_and_1e_12, logarithm_of_the_density_and_1e_300,
        logarithm_of_the_density_clipped, weights_with_a_little_added, weights_with_a_trifle_added,
        the_logarithm_of_the_weight_twice, precisions_with_a_ridge, precisions_with_a_small_ridge,
        pseudo_inverse_that_cuts, determinant_of_the_diagonal, determinant_through_absolute_value,
        cholesky_for_precision, columns_made_anew_in_the_loop, precision_of_component_0_for_all,
        components_sorted_by_weight, equal_weights, mixed_terms_of_absolute_values, of_the_tilted_gaussian,
        constant_far_away_left_out, constant_above_zero_cut,
        pseudo_inverse_that_cuts_at_a_millionth, fitted_to_standard_points,
    ),
}  # fmt: skip
RIGHT = {
    "lift": (
        Lifter(), by_scikit_learn, by_scikit_learn_with_ones_of_its_own, by_itertools, a_list_of_rows,
        of_numbers_as_they_are, by_einsum, by_powers_on_the_diagonal, lifted_in_longdouble,
    ),
    "natural_parameters": (
        Parameters(), theta_in_plain_loops, theta_by_scipy, theta_by_solving,
        theta_of_precisions_as_the_package_has_them, theta_in_longdouble,
    ),
}  # fmt: skip
