"""Right answers to the exercises of lesson 10, written in different ways."""

import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

from gmmlesson import Mixture


def with_inv_and_a_loop(mixture, covariance_type):
    inverses = [np.linalg.inv(covariance) for covariance in mixture.covariances]
    if covariance_type == "tied":
        inverses = inverses[-1]
    elif covariance_type == "diag":
        inverses = [list(np.diag(inverse)) for inverse in inverses]
    elif covariance_type == "spherical":
        inverses = [inverse[-1, -1] for inverse in inverses]
    means = mixture.means.tolist()
    return {"precisions_init": inverses, "means_init": means, "weights_init": mixture.weights}


def with_einsum_in_float32(mixture, covariance_type):
    precisions = np.einsum("kji,kjl->kil", mixture.whitening, mixture.whitening)
    match covariance_type:
        case "tied":
            precisions = precisions.mean(axis=0)
        case "diag":
            precisions = np.einsum("kii->ki", precisions)
        case "spherical":
            precisions = np.trace(precisions, axis1=1, axis2=2) / mixture.d
    arrays = mixture.weights, mixture.means, precisions
    names = "weights_init", "means_init", "precisions_init"
    return dict(zip(names, (array.astype(np.float32) for array in arrays), strict=True))


def by_turning_variances_over(mixture, covariance_type="full"):
    variances = np.diagonal(mixture.covariances, axis1=1, axis2=2)
    precisions = {
        "full": lambda: np.linalg.solve(mixture.covariances, np.tile(np.eye(mixture.d), (mixture.k, 1, 1))),
        "tied": lambda: np.linalg.pinv(mixture.covariances[0]),
        "diag": lambda: 1 / variances,
        "spherical": lambda: 1 / variances.mean(axis=1),
    }[covariance_type]()
    weights = mixture.weights / mixture.weights.sum()
    return {"weights_init": weights, "means_init": mixture.means.copy(), "precisions_init": precisions}


def asking_the_library(mixture, covariance_type):
    """Whatever scikit-learn says are its precisions when its covariances are the mixture's."""
    compact = {
        "full": mixture.covariances,
        "tied": mixture.covariances[0],
        "diag": np.diagonal(mixture.covariances, axis1=1, axis2=2),
        "spherical": mixture.covariances[:, 0, 0],
    }[covariance_type]
    model = GaussianMixture(mixture.k, covariance_type=covariance_type)
    if covariance_type in ("full", "tied"):
        root = np.linalg.inv(np.linalg.cholesky(compact)).swapaxes(-1, -2)
    else:
        root = 1 / np.sqrt(compact)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model._set_parameters((mixture.weights, mixture.means, compact, root))
    return {
        "weights_init": model.weights_, "means_init": model.means_, "precisions_init": model.precisions_,
    }  # fmt: skip


def with_diagonal_matrices(mixture, center, scale):
    D = np.diag(scale)
    return Mixture(mixture.weights, mixture.means @ D + center, D @ mixture.covariances @ D.T)


def component_by_component(mixture, center, scale):
    means, covariances = [], []
    for mean, covariance in zip(mixture.means, mixture.covariances, strict=True):
        means.append([c + s * m for c, s, m in zip(center, scale, mean, strict=True)])
        rows = range(len(scale))
        covariances.append([[covariance[i, j] * scale[i] * scale[j] for j in rows] for i in rows])
    return mixture.weights, means, covariances


def through_precisions(mixture, center, scale):
    narrow = mixture.precisions / (scale[:, None] * scale[None, :])
    return Mixture(mixture.weights.copy(), (mixture.means + center / scale) * scale, np.linalg.inv(narrow))


def from_standard_deviations_and_correlations(mixture, center, scale):
    sd = np.sqrt(np.einsum("kii->ki", mixture.covariances))
    correlations = mixture.covariances / (sd[:, :, None] * sd[:, None, :])
    sd = sd * scale
    return Mixture(
        mixture.weights, np.add(center, np.multiply(mixture.means, scale)),
        np.einsum("ki,kij,kj->kij", sd, correlations, sd),
    )  # fmt: skip


VARIANTS = {
    "sklearn_start": [
        with_inv_and_a_loop, with_einsum_in_float32, by_turning_variances_over, asking_the_library,
    ],
    "unscale": [
        with_diagonal_matrices, component_by_component, through_precisions,
        from_standard_deviations_and_correlations,
    ],
}  # fmt: skip
