"""Other right solutions of lesson 03's exercises."""

from types import SimpleNamespace

import numpy as np
from scipy.stats import norm

from gmmlesson import Mixture, e_step, m_step
from gmmlesson.sufficient import SufficientStatistics


def covariance_point_by_point(X, r, mean):
    total = 0.0
    for share, x in zip(r, X, strict=True):
        deviation = x - mean
        total = total + share * np.outer(deviation, deviation)
    return total / sum(r)


def covariance_entry_by_entry(X, r, mean):
    d = X.shape[1]
    covariance = [[0.0] * d for _ in range(d)]
    for i in range(d):
        for j in range(d):
            for n in range(len(X)):
                covariance[i][j] += r[n] * (X[n, i] - mean[i]) * (X[n, j] - mean[j])
            covariance[i][j] /= r.sum()
    return covariance


def covariance_by_einsum_in_float32(X, r, mean):
    deviations = X - mean
    return (np.einsum("n,ni,nj->ij", r, deviations, deviations) / r.sum()).astype(np.float32)


def covariance_by_roots_of_the_shares(X, r, mean, dtype=float):
    deviations = (X - mean).astype(dtype)
    deviations *= np.sqrt(r / r.sum())[:, None]
    return deviations.T @ deviations


def covariance_by_np_cov(X, r, mean):
    return np.cov(X, rowvar=False, aweights=r, bias=True)  # for one feature a bare number


def m_step_in_loops(X, responsibilities):
    n, d = X.shape
    k = responsibilities.shape[1]
    weights, means, covariances = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
    for j in range(k):
        count = sum(responsibilities[i, j] for i in range(n))
        weights[j] = count / n
        for i in range(n):
            means[j] += responsibilities[i, j] * X[i] / count
        for i in range(n):
            deviation = X[i] - means[j]
            covariances[j] += responsibilities[i, j] * np.outer(deviation, deviation) / count
    return Mixture(weights, means, covariances)


def m_step_by_components(X, responsibilities):
    mixture = []
    for r in responsibilities.T:
        mean = np.average(X, axis=0, weights=r)
        deviations = X - mean
        mixture.append((r.mean(), mean, (deviations.T * r) @ deviations / r.sum()))
    weights, means, covariances = zip(*mixture, strict=True)
    return weights, means, covariances  # tuples of numbers and of arrays


def m_step_covariances_first(X, responsibilities):
    shares = responsibilities / responsibilities.sum(axis=0)
    means = np.einsum("nk,ni->ki", shares, X)
    deviations = X[:, None] - means
    covariances = np.einsum("nk,nki,nkj->kij", shares, deviations, deviations)
    return [covariances, means, responsibilities.mean(axis=0)]


def m_step_in_float32(X, responsibilities, dtype=np.float32):
    arrays = m_step_covariances_first(X, responsibilities)[::-1]
    return tuple(array.astype(dtype) for array in arrays)


def m_step_in_place(X, responsibilities, eps=2e-15):  # scikit-learn adds as little
    r = responsibilities.T.copy()
    counts = r.sum(axis=1, keepdims=True)
    counts += eps
    r /= counts
    means = r @ X
    buffer = np.empty(X.shape)
    covariances = np.empty((len(r), X.shape[1], X.shape[1]))
    for j, mean in enumerate(means):
        np.subtract(X, mean, out=buffer)
        weighted = buffer * r[j][:, None]
        np.matmul(weighted.T, buffer, out=covariances[j])
    return SimpleNamespace(weights=counts / len(X), means=means, covariances=covariances)


def m_step_from_sufficient_statistics(X, responsibilities):
    center = X.mean(axis=0)
    Z = X - center
    k, d = responsibilities.shape[1], X.shape[1]
    statistics = SufficientStatistics(
        np.tile(center, (k, 1)),
        responsibilities.sum(axis=0),
        responsibilities.T @ Z,
        np.einsum("nk,ni,nj->kij", responsibilities, Z, Z),
        0.0,
        np.full(d, np.abs(X).max()),
    )
    return statistics.mixture()


def mended_step_in_loops(x, weights, means, sigma):
    joint = [
        [w * norm.pdf(point, m, s) for w, m, s in zip(weights, means, sigma, strict=True)] for point in x
    ]
    log_likelihood = sum(np.log(sum(row)) for row in joint) / len(x)
    better = []
    for j in range(len(weights)):
        r = [row[j] / sum(row) for row in joint]
        mean = sum(share * point for share, point in zip(r, x, strict=True)) / sum(r)
        variance = sum(share * (point - mean) ** 2 for share, point in zip(r, x, strict=True)) / sum(r)
        better.append((sum(r) / len(x), mean, variance**0.5))
    return log_likelihood, *zip(*better, strict=True)


def mended_step_in_logarithms(x, weights, means, sigma, dtype=float):
    log_joint = np.log(weights) + norm.logpdf(x[:, None], means, sigma)
    log_density = np.logaddexp.reduce(log_joint, axis=1)
    r = np.exp(log_joint - log_density[:, None]).astype(dtype)
    weights = r.mean(axis=0)
    means = np.average(np.tile(x[:, None], len(weights)), axis=0, weights=r)
    sigma = np.sqrt(np.average((x[:, None] - means) ** 2, axis=0, weights=r))
    return [np.array([log_density.mean()]), [weights, means, sigma]]


def mended_step_by_the_package(x, weights, means, sigma):
    r, total = e_step(x[:, None], Mixture(weights, means[:, None], (sigma**2)[:, None, None]))
    better = m_step(x[:, None], r)
    return total / len(x), better.weights, better.means[:, 0], better.covariances[:, 0, 0] ** 0.5


VARIANTS = {
    "weighted_covariance": [
        covariance_point_by_point,
        covariance_entry_by_entry,
        covariance_by_einsum_in_float32,
        covariance_by_roots_of_the_shares,
        covariance_by_np_cov,
    ],
    "m_step": [
        m_step_in_loops,
        m_step_by_components,
        m_step_covariances_first,
        m_step_in_float32,
        m_step_in_place,
        m_step_from_sufficient_statistics,
    ],
    "mended_step": [mended_step_in_loops, mended_step_in_logarithms, mended_step_by_the_package],
}
