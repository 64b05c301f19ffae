"""Right answers to the exercises of lesson 02, written in different ways."""

import math

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal


def with_scipy(X, mixture):
    out = np.empty((len(X), mixture.k))
    for k in range(mixture.k):
        gaussian = multivariate_normal(mixture.means[k], mixture.covariances[k])
        out[:, k] = np.log(mixture.weights[k]) + gaussian.logpdf(X)
    return out


def with_einsum(X, mixture):
    deviations = X[:, None] - mixture.means  # (n, k, d)
    inverses = np.linalg.inv(mixture.covariances)
    distances = np.einsum("nki,kij,nkj->nk", deviations, inverses, deviations)
    _, log_det = np.linalg.slogdet(mixture.covariances)
    return np.log(mixture.weights) - 0.5 * (distances + log_det + mixture.d * np.log(2 * np.pi))


def with_cholesky_and_solve_triangular(X, mixture):
    columns = []
    for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        L = np.linalg.cholesky(covariance)
        z = solve_triangular(L, (X - mean).T, lower=True)
        peak = np.log(weight) - np.log(np.diag(L)).sum() - 0.5 * len(mean) * np.log(2 * np.pi)
        columns.append(peak - 0.5 * (z * z).sum(axis=0))
    return np.array(columns).T


def with_loops(X, mixture, verbose=False):
    table = []
    for x in X:
        row = []
        for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
            deviation = x - mean
            distance = deviation @ np.linalg.solve(covariance, deviation)
            log_det = sum(math.log(value) for value in np.linalg.eigvalsh(covariance))
            row.append(math.log(weight) - 0.5 * (len(x) * math.log(2 * math.pi) + log_det + distance))
        table.append(row)
    if verbose:
        print(table)
    return table


def in_float32(X, mixture):
    return with_einsum(X, mixture).astype(np.float32)


def shares_with_scipy(X, mixture):
    a = mixture.log_joint(X)
    return softmax(a, axis=1), logsumexp(a, axis=1).sum()


def shares_with_einsum_and_logaddexp(X, mixture):
    a = with_einsum(X, mixture)
    log_density = np.logaddexp.reduce(a, axis=1)
    return np.exp(a - log_density[:, None]), log_density.sum()


def shares_with_cholesky_divided(X, mixture, *, check=True):
    a = with_cholesky_and_solve_triangular(X, mixture)
    top = a.max(axis=1, keepdims=True)
    shares = np.exp(a - top)
    total = shares.sum(axis=1, keepdims=True)
    responsibilities = shares / total
    if check:
        assert np.allclose(responsibilities.sum(axis=1), 1)
    return responsibilities, (top + np.log(total)).sum()


def shares_with_loops(X, mixture):
    table, log_likelihood = [], 0
    for row in with_loops(X, mixture):
        top = max(row)
        terms = [math.exp(value - top) for value in row]
        table.append([term / sum(terms) for term in terms])
        log_likelihood += top + math.log(sum(terms))
    return [table, log_likelihood]


def shares_in_place(X, mixture):
    r = with_scipy(X, mixture)
    top = r.max(axis=1)
    r -= top[:, None]
    np.exp(r, out=r)
    total = r.sum(axis=1)
    r /= total[:, None]
    top += np.log(total)
    return r, top.sum()


def shares_in_float32(X, mixture):
    a = in_float32(X, mixture)
    top = a.max(axis=1)
    log_density = top + np.log(np.exp(a - top[:, None]).sum(axis=1))
    return np.exp(a - log_density[:, None]), np.array([log_density.sum()])


def shares_by_differences(X, mixture):
    a = with_scipy(X, mixture)
    r = 1 / np.exp(a[:, None, :] - a[:, :, None]).sum(axis=2)  # 1 / sum_j exp(a_j - a_k)
    best = a.argmax(axis=1)
    rows = np.arange(len(a))
    return r, (a[rows, best] - np.log(r[rows, best])).sum()


VARIANTS = {
    "log_joint": [with_scipy, with_einsum, with_cholesky_and_solve_triangular, with_loops, in_float32],
    "e_step": [
        shares_with_scipy,
        shares_with_einsum_and_logaddexp,
        shares_with_cholesky_divided,
        shares_with_loops,
        shares_in_place,
        shares_in_float32,
        shares_by_differences,
    ],
}
