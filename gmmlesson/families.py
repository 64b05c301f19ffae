"""Six families of covariances, each a projection of the M-step's full ones.

Restricting Sigma and maximizing again gives the same thing as maximizing freely and then projecting:
tied is the weighted mean over the components, diag keeps the diagonal, spherical the mean of the diagonal
(Celeux & Govaert 1995). The tied ones compose. Each function maps (k, d, d) and weights (k,) to (k, d, d).
"""

import numpy as np


def full(covariances, weights):
    """Every component its own ellipse: k d (d + 1) / 2 parameters."""
    return covariances


def tied(covariances, weights):
    """One ellipse for all: d (d + 1) / 2 parameters."""
    return np.broadcast_to(np.einsum("k,kij->ij", weights, covariances), covariances.shape)


def diag(covariances, weights):
    """Ellipses along the axes: k d parameters."""
    return covariances * np.eye(covariances.shape[1])


def spherical(covariances, weights):
    """Circles: k parameters."""
    d = covariances.shape[1]
    return np.einsum("kii->k", covariances)[:, None, None] / d * np.eye(d)


def tied_diag(covariances, weights):
    """One ellipse along the axes for all: d parameters."""
    return diag(tied(covariances, weights), weights)


def tied_spherical(covariances, weights):
    """One circle for all: 1 parameter."""
    return spherical(tied(covariances, weights), weights)


FAMILIES = {f.__name__: f for f in (full, tied, diag, spherical, tied_diag, tied_spherical)}
