"""Other right solutions of lesson 14's exercise."""

import math

import numpy as np


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


VARIANTS = {"merge": [about_the_common_mean, with_sums_of_squares, with_arrays, about_a_point_nearby]}
