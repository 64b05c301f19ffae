"""Right answers to the exercises of lesson 11, written in different ways."""

import math

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

from gmmlesson import Mixture


def by_partition(X, mixture, share):
    rank = math.floor((len(X) + 1) * share)
    return float(np.partition(mixture.log_density(X), rank - 1)[rank - 1])


def by_counting_places(X, mixture, share):
    lowest = sorted(mixture.log_density(X).tolist())
    places = 0
    while (places + 1) / (len(lowest) + 1) <= share:
        places += 1
    return [lowest[places - 1]]


def from_scipys_densities(X, mixture, share):
    parts = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    columns = [np.atleast_1d(multivariate_normal(m, S).logpdf(X)) + np.log(w) for w, m, S in parts]
    scores = np.sort(logsumexp(np.stack(columns), axis=0))[::-1]
    return scores[len(X) - int((len(X) + 1) * share)]


def component_by_component(mixture, known, values):
    other = [i for i in range(mixture.d) if i not in list(known)]
    known = list(known)
    logs, means, covariances = [], [], []
    for weight, mean, S in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        S_bb = S[np.ix_(known, known)]
        slope = np.linalg.solve(S_bb, S[np.ix_(known, other)]).T
        means.append(mean[other] + slope @ (values - mean[known]))
        covariances.append(S[np.ix_(other, other)] - slope @ S[np.ix_(known, other)])
        logs.append(np.log(weight) + multivariate_normal(mean[known], S_bb).logpdf(values))
    return Mixture(np.exp(logs - logsumexp(logs)), means, covariances)


def through_precisions(mixture, known, values, *, verbose=False):
    """The block of the precision is the inverse of the conditional covariance."""
    other = np.setdiff1d(np.arange(mixture.d), known)
    P = np.linalg.inv(mixture.covariances)
    covariances = np.linalg.inv(P[:, other][:, :, other])
    deviations = values - mixture.means[:, known]
    pulled = np.einsum("kab,kbc,kc->ka", covariances, P[:, other][:, :, known], deviations)
    S_bb = mixture.covariances[:, known][:, :, known]
    distances = np.einsum("kb,kbc,kc->k", deviations, np.linalg.inv(S_bb), deviations)
    joint = np.log(mixture.weights) - 0.5 * (distances + np.linalg.slogdet(S_bb)[1])
    shares = np.exp(joint - joint.max())
    return shares / shares.sum(), mixture.means[:, other] - pulled, covariances


def one_feature_after_the_other(mixture, known, values):
    """What is known is taken in one by one: each time a feature less."""
    left, values = list(range(mixture.d)), dict(zip(list(known), values, strict=True))
    logs = np.log(mixture.weights)
    means, S = mixture.means.copy(), mixture.covariances.copy()
    for feature in list(known):
        i = left.index(feature)
        keep = [j for j in range(len(left)) if j != i]
        logs = logs + norm.logpdf(values[feature], means[:, i], np.sqrt(S[:, i, i]))
        slope = S[:, keep, i] / S[:, i, i][:, None]
        means = means[:, keep] + slope * (values[feature] - means[:, i])[:, None]
        S = S[:, keep][:, :, keep] - slope[:, :, None] * S[:, i, keep][:, None, :]
        del left[i]
    return np.exp(logs - logsumexp(logs)), means, S


VARIANTS = {
    "outlier_threshold": [by_partition, by_counting_places, from_scipys_densities],
    "conditional": [component_by_component, through_precisions, one_feature_after_the_other],
}
EQUIVALENT = {
    "conditional": {
        "line 6: np.linalg.inv -> np.linalg.pinv": "the pseudo-inverse of a matrix with an inverse is that",
    },
}
