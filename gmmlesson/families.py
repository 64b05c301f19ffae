"""Six families of covariances, each a projection of the M-step's full ones.

Restricting Sigma and maximizing again gives the same thing as maximizing freely and then projecting:
tied is the weighted mean over the components, diag keeps the diagonal, spherical the mean of the diagonal
(Celeux & Govaert 1995). The tied ones compose. Each function maps (k, d, d) and weights (k,) to (k, d, d), or
many such at a time, along axes in front.

A mixture knows its family: how many parameters it has cannot be read off its entries, some of which may be
equal, or zero, by accident.
"""

import numpy as np

from gmmlesson import validation


def full(covariances, weights):
    """Every component its own ellipse: k d (d + 1) / 2 parameters."""
    return covariances


def tied(covariances, weights):
    """One ellipse for all: d (d + 1) / 2 parameters."""
    mean = np.einsum("...k,...kij->...ij", weights, covariances)
    return np.broadcast_to(mean[..., None, :, :], covariances.shape)


def diag(covariances, weights):
    """Ellipses along the axes: k d parameters."""
    return covariances * np.eye(covariances.shape[-1])


def spherical(covariances, weights):
    """Circles: k parameters."""
    d = covariances.shape[-1]
    return np.einsum("...ii->...", covariances)[..., None, None] / d * np.eye(d)


def tied_diag(covariances, weights):
    """One ellipse along the axes for all: d parameters."""
    return diag(tied(covariances, weights), weights)


def tied_spherical(covariances, weights):
    """One circle for all: 1 parameter."""
    return spherical(tied(covariances, weights), weights)


FAMILIES = {f.__name__: f for f in (full, tied, diag, spherical, tied_diag, tied_spherical)}


def n_parameters(family, k, d):
    """Free parameters of k components in d dimensions: k - 1 weights, k d means, and the covariances'."""
    validation.as_choice(family, "family", FAMILIES)
    k, d = validation.as_count(k, "k"), validation.as_count(d, "d")
    matrices = 1 if family.startswith("tied") else k
    a_matrix = {"diag": d, "spherical": 1}.get(family.removeprefix("tied_"), d * (d + 1) // 2)
    return k - 1 + k * d + matrices * a_matrix


def belongs(covariances, family, tolerance):
    """Whether covariances (k, d, d) are of the family, up to `tolerance` times their standard deviations."""
    k = len(covariances)
    projected = FAMILIES[family](covariances, np.full(k, 1 / k))  # whatever is of the family stays as it is
    spread = np.sqrt(np.abs(np.diagonal(covariances, axis1=1, axis2=2)))
    allowed = tolerance * spread[:, :, None] * spread[:, None, :]
    return bool((np.abs(covariances - projected) <= allowed).all())
