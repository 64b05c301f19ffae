"""Other right solutions of lesson 12's exercises."""

import math

import numpy as np
from scipy.special import entr
from scipy.stats import entropy

from gmmlesson import Mixture


def map_m_step_in_loops(X, responsibilities, prior):
    n, d = X.shape
    k = responsibilities.shape[1]
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    weights, means, covariances = np.zeros(k), np.zeros((k, d)), np.zeros((k, d, d))
    for j in range(k):
        r = responsibilities[:, j]
        count = sum(r)
        weights[j] = (count + a) / (n + k * a)
        means[j] = (sum(r[i] * X[i] for i in range(n)) + b * prior.mean) / (count + b)
        scatter = sum(r[i] * np.outer(X[i] - means[j], X[i] - means[j]) for i in range(n))
        scatter = scatter + b * np.outer(prior.mean - means[j], prior.mean - means[j])
        covariances[j] = (scatter + c * prior.covariance) / (count + c)
    return Mixture(weights, means, covariances)


def map_m_step_with_a_row_for_the_prior(X, responsibilities, prior):
    """The points at m as one more row, which stands for b points."""
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    counts = responsibilities.sum(axis=0)
    rows = np.vstack([X, prior.mean])
    r = np.vstack([responsibilities, np.full(len(counts), b)])
    means = np.array([np.average(rows, axis=0, weights=share) for share in r.T])
    deviations = rows - means[:, None]
    scatter = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
    weights = (counts + a) / sum(counts + a)
    return weights, means, (scatter + c * prior.covariance) / (counts + c)[:, None, None]


def map_m_step_by_moving_the_means(X, responsibilities, prior):
    """As Fraley & Raftery write it: the scatter about the data's own means, and what the pull adds."""
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    counts = responsibilities.sum(axis=0)
    own = prior.mean + responsibilities.T @ (X - prior.mean) / np.where(counts > 0, counts, 1)[:, None]
    off = own - prior.mean
    pull = counts * b / np.where(counts + b > 0, counts + b, 1)
    covariances = []
    for j, count in enumerate(counts):
        deviations = X - own[j]
        scatter = (deviations.T * responsibilities[:, j]) @ deviations + pull[j] * np.outer(off[j], off[j])
        covariances.append((scatter + c * prior.covariance) / (count + c))
    means = prior.mean + off * (counts / np.where(counts + b > 0, counts + b, 1))[:, None]
    return [covariances, means, (counts + a) / (len(X) + a * len(counts))]


def effective_by_scipys_entropy(weights):
    return math.exp(entropy(weights))


def effective_by_entr(weights):
    return np.exp(entr(weights).sum())


def effective_in_plain_python(weights):
    return math.exp(-math.fsum(w * math.log(w) for w in weights.tolist() if w > 0))


def effective_as_a_product(weights):
    return np.prod([w**-w for w in weights if w > 0])


def effective_in_bits(weights):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([2 ** -np.nansum(weights * np.log2(weights))])


VARIANTS = {
    "map_m_step": [
        map_m_step_in_loops,
        map_m_step_with_a_row_for_the_prior,
        map_m_step_by_moving_the_means,
    ],
    "effective_components": [
        effective_by_scipys_entropy,
        effective_by_entr,
        effective_in_plain_python,
        effective_as_a_product,
        effective_in_bits,
    ],
}
