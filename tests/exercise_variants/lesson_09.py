"""Right answers to the exercises of lesson 09, written in different ways."""

import math

import numpy as np

from gmmlesson import Mixture, m_step


def component_by_component(X, responsibilities, ridge):
    weights, means, covariances = [], [], []
    for r in responsibilities.T:
        count = r.sum()
        if count < 1:
            continue
        mean = (r[:, None] * X).sum(axis=0) / count
        covariance = sum(share * np.outer(x - mean, x - mean) for share, x in zip(r, X, strict=True)) / count
        for i in range(X.shape[1]):
            covariance[i, i] += ridge
        weights.append(count)
        means.append(mean)
        covariances.append(covariance)
    return Mixture(np.array(weights) / sum(weights), means, covariances)


def by_np_cov(X, responsibilities, ridge):
    counts = responsibilities.sum(axis=0)
    stay = np.flatnonzero(counts >= 1)
    parts = [np.atleast_2d(np.cov(X.T, aweights=responsibilities[:, j], ddof=0)) for j in stay]
    means = [np.average(X, axis=0, weights=responsibilities[:, j]) for j in stay]
    return counts[stay] / counts[stay].sum(), means, np.array(parts) + ridge * np.identity(X.shape[1])


def deletes_columns(X, responsibilities, ridge, least=1):
    counts = np.sum(responsibilities, axis=0)
    r = np.delete(responsibilities, np.where(counts < least), axis=1)
    weights = r.mean(axis=0) / r.mean()
    means = (r / r.sum(axis=0)).T @ X
    gaps = X[:, None] - means
    covariances = (r[:, :, None, None] * gaps[..., None] * gaps[..., None, :]).sum(axis=0)
    covariances = covariances / r.sum(axis=0)[:, None, None]
    covariances[:, range(X.shape[1]), range(X.shape[1])] += ridge
    return Mixture(weights / weights.sum(), means, covariances)


def shifted_and_centered(x, responsibilities):
    shift = np.median(x)
    y = (x - shift)[:, None]
    counts = responsibilities.sum(axis=0)
    means = (responsibilities * y).sum(axis=0) / counts
    variances = (responsibilities * (y - means) ** 2).sum(axis=0) / counts
    return responsibilities.mean(axis=0), means + shift, variances


def one_at_a_time(x, responsibilities):
    result = []
    for r in responsibilities.T:
        mean = math.fsum(r * x) / math.fsum(r)
        result.append((r.mean(), mean, math.fsum(r * (x - mean) ** 2) / math.fsum(r)))
    return tuple(zip(*result, strict=True))


def welford(x, responsibilities, verbose=False):
    """One pass, as West (1979) has it; the means begin at a point, for from 0 the first step is rounded."""
    k = responsibilities.shape[1]
    counts, means, squares = np.zeros(k), np.full(k, float(x[0])), np.zeros(k)
    for value, r in zip(x, responsibilities, strict=True):
        counts = counts + r
        gap = value - means
        means = means + np.where(counts > 0, gap * r / np.where(counts > 0, counts, 1), 0)
        squares = squares + r * gap * (value - means)
    if verbose:
        print(counts)
    return [counts / len(x), means, squares / counts]


def by_the_package(x, responsibilities):
    mixture = m_step(x[:, None], responsibilities, ridge=1e-12)
    return mixture.weights, mixture.means[:, 0], mixture.covariances[:, 0, 0] - 1e-12


VARIANTS = {
    "guarded_m_step": [component_by_component, by_np_cov, deletes_columns],
    "steady_m_step": [shifted_and_centered, one_at_a_time, welford, by_the_package],
}
