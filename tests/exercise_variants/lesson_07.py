"""Right answers to the exercises of lesson 07, written in different ways."""

import math

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal


def count_by_branches(family, k, d):
    if family == "full":
        covariances = k * d * (d + 1) / 2
    elif family == "tied":
        covariances = d * (d + 1) / 2
    elif family == "diag":
        covariances = k * d
    elif family == "spherical":
        covariances = k
    elif family == "tied_diag":
        covariances = d
    else:
        covariances = 1
    return (k - 1) + k * d + covariances


def count_entries_of_a_triangle(family, k, d, verbose=False):
    shape = family.removeprefix("tied_")
    matrices = k - (k - 1) * ("tied" in family)
    free = {"diag": np.eye(d), "spherical": np.eye(1)}.get(shape, np.tri(d)).sum()
    return np.array([k * (d + 1) + matrices * free - 1], dtype=np.float32)


def count_one_by_one(family, k, d):
    numbers = set()
    for j in range(k):
        numbers |= {("mean", j, i) for i in range(d)}
        if j > 0:
            numbers.add(("weight", j))
        owner = "all" if family[:4] == "tied" else j
        for a in range(d):
            for b in range(a + 1):
                if family.endswith("spherical"):
                    numbers.add((owner, "variance"))
                elif a == b or not family.endswith("diag"):
                    numbers.add((owner, a, b))
    return len(numbers)


def bic_from_log_densities(X, mixture):
    log_density = mixture.log_density(X)
    return np.float32(np.log(log_density.size) * mixture.n_parameters - 2 * log_density.sum())


def bic_in_nats_then_doubled(X, mixture, *, lower_is_better=True):
    worth = mixture.log_likelihood(X) - 0.5 * mixture.n_parameters * math.log(X.shape[0])
    return [-2 * worth if lower_is_better else worth]


def bic_with_scipys_densities(X, mixture):
    components = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    columns = [np.atleast_1d(multivariate_normal(m, C).logpdf(X)) + np.log(w) for w, m, C in components]
    total = logsumexp(np.stack(columns, axis=1), axis=1).sum()
    return np.array(mixture.n_parameters * np.log(len(X)) - 2 * total)


def bic_from_aic(X, mixture):
    return mixture.aic(X) + mixture.n_parameters * (np.log(len(X)) - 2)


VARIANTS = {
    "count_parameters": [count_by_branches, count_entries_of_a_triangle, count_one_by_one],
    "bic": [bic_from_log_densities, bic_in_nats_then_doubled, bic_with_scipys_densities, bic_from_aic],
}
