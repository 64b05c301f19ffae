"""Other right solutions of lesson 14's exercises."""

import math

import numpy as np

from gmmlesson.em import e_step
from gmmlesson.engine import Engine
from gmmlesson.sufficient import CenteredForm, SufficientStatistics


def about_the_common_mean(a, b):
    N = a[0] + b[0]
    mean = a[1] + (b[1] - a[1]) * b[0] / N
    squares = sum(n * (variance + (m - mean) ** 2) for n, m, variance in (a, b))
    return [N, mean, squares / N]


def with_sums_of_squares(a, b):
    (na, ma, va), (nb, mb, vb) = a, b
    total, delta = na + nb, mb - ma
    squares = na * va + nb * vb + delta**2 * na * nb / total
    return np.array([total, ma + delta * nb / total, squares / total])


def with_arrays(a, b):
    counts, means, variances = np.array([a, b], dtype=float).T
    mean = np.average(means, weights=counts)
    return counts.sum(), mean, np.average(variances + (means - mean) ** 2, weights=counts)


def about_a_point_nearby(a, b):
    """S1 and S2 of what is left when the larger part's mean is taken off."""
    origin = max(a, b)[1]
    N = a[0] + b[0]
    S1 = math.fsum(n * (mean - origin) for n, mean, _ in (a, b))
    S2 = math.fsum(n * (variance + (mean - origin) ** 2) for n, mean, variance in (a, b))
    return N, origin + S1 / N, S2 / N - (S1 / N) ** 2


def in_the_centered_form(S, X, mixture, gamma):
    with Engine(X) as sums:
        new = sums(mixture, CenteredForm)
    moved = S.times(1 - gamma) + new.times(gamma / len(X))
    return moved, moved.mixture()


def with_responsibilities(S, X, mixture, gamma):
    r = e_step(X, mixture)[0] * (gamma / len(X))
    deviations = X[:, None, :] - mixture.means
    S1 = np.einsum("nk,nkd->kd", r, deviations)
    S2 = np.einsum("nk,nkd,nke->kde", r, deviations, deviations)
    new = SufficientStatistics(mixture.means, r.sum(axis=0), S1, S2, 0.0, np.abs(X).max(axis=0))
    S = new + S.times(1 - gamma)
    return [S, S.mixture()]


VARIANTS = {
    "merge": [about_the_common_mean, with_sums_of_squares, with_arrays, about_a_point_nearby],
    "online_step": [in_the_centered_form, with_responsibilities],
}
