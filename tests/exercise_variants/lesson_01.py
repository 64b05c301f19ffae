"""Right answers to the exercises of lesson 01, written in different ways."""

import math

import numpy as np
from scipy.linalg import solve_triangular
from scipy.stats import multivariate_normal


def with_scipy(X, mean, covariance):
    return multivariate_normal(mean, covariance).logpdf(X)


def with_cholesky_and_solve_triangular(X, mean, covariance):
    L = np.linalg.cholesky(covariance)
    z = solve_triangular(L, (X - mean).T, lower=True)
    return -0.5 * (np.einsum("dn,dn->n", z, z) + X.shape[1] * np.log(2 * np.pi)) - np.log(L.diagonal()).sum()


def with_einsum_and_the_inverse(X, mean, covariance):
    deviations = X - mean
    distances = np.einsum("ni,ij,nj->n", deviations, np.linalg.inv(covariance), deviations)
    _, log_det = np.linalg.slogdet(2 * np.pi * covariance)
    return -(distances + log_det) / 2


def with_loops(X, mean, covariance, verbose=True):
    d = len(mean)
    inverse = np.linalg.inv(covariance)
    constant = d * math.log(2 * math.pi) + sum(math.log(v) for v in np.linalg.eigvalsh(covariance))
    answer = []
    for x in X:
        distance = 0.0
        for i in range(d):
            for j in range(d):
                distance += (x[i] - mean[i]) * inverse[i, j] * (x[j] - mean[j])
        answer.append(-0.5 * (constant + distance))
    if verbose:
        print(answer)
    return answer


def as_a_float32_column(X, mean, covariance):
    return with_einsum_and_the_inverse(X, mean, covariance).astype(np.float32)[:, None]


def in_place_on_its_own(X, mean, covariance):
    z = X - mean
    z = z @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    z **= 2
    out = z.sum(axis=1)
    out += np.linalg.slogdet(covariance)[1] + len(mean) * np.log(2 * np.pi)
    out *= -0.5
    return out


def point_by_point(mixture, n, rng):
    factors = [np.linalg.cholesky(covariance) for covariance in mixture.covariances]
    borders = mixture.weights.cumsum()
    points, labels = [], []
    for _ in range(n):
        k = min(int(np.searchsorted(borders, rng.random())), mixture.k - 1)
        points.append(mixture.means[k] + factors[k] @ rng.standard_normal(mixture.d))
        labels.append(k)
    return points, labels


def component_by_component(mixture, n, rng):
    counts = rng.multinomial(n, mixture.weights)
    draws = [
        rng.multivariate_normal(mean, covariance, size=count)
        for mean, covariance, count in zip(mixture.means, mixture.covariances, counts, strict=True)
    ]
    return np.concatenate(draws), np.repeat(np.arange(mixture.k), counts)


def all_at_once(mixture, n, rng):
    labels = rng.choice(mixture.k, n, p=mixture.weights)
    z = rng.normal(size=(n, mixture.d, 1))
    return mixture.means[labels] + (np.linalg.cholesky(mixture.covariances)[labels] @ z)[..., 0], labels


def with_the_symmetric_root(mixture, n, rng, shuffle=True):
    labels = np.sort(rng.choice(mixture.k, size=n, p=mixture.weights))
    if shuffle:
        rng.shuffle(labels)
    values, vectors = np.linalg.eigh(mixture.covariances)
    roots = np.einsum("kij,kj,klj->kil", vectors, np.sqrt(values), vectors)
    X = np.einsum("nij,nj->ni", roots[labels], rng.standard_normal((n, mixture.d)))
    X += mixture.means[labels]
    return X.astype(np.float32), labels.astype(float)


VARIANTS = {
    "gaussian_log_density": [
        with_scipy,
        with_cholesky_and_solve_triangular,
        with_einsum_and_the_inverse,
        with_loops,
        as_a_float32_column,
        in_place_on_its_own,
    ],
    "sample_mixture": [point_by_point, component_by_component, all_at_once, with_the_symmetric_root],
}

EQUIVALENT = {
    "sample_mixture": {
        "line 7: mixture.means[k] + z @ L.T -> mixture.means[k] - z @ L.T": "-z is as standard normal as z",
    },
}
