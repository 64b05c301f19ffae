"""Right answers to the exercises of lesson 04, written in different ways."""

import math

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gmmlesson import Fit


def with_logsumexp(X, mixture):
    return logsumexp(mixture.log_joint(X), axis=1).sum()


def with_scipy_densities(X, mixture):
    parts = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    log_joint = [np.log(weight) + multivariate_normal(*gaussian).logpdf(X) for weight, *gaussian in parts]
    return float(np.logaddexp.reduce(np.reshape(log_joint, (mixture.k, len(X))), axis=0).sum())


def with_cholesky(X, mixture):
    total = -np.inf * np.ones(len(X))
    for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        L = np.linalg.cholesky(covariance)
        z = solve_triangular(L, (X - mean).T, lower=True)
        peak = np.log(weight) - np.log(np.diag(L)).sum() - 0.5 * len(mean) * np.log(2 * np.pi)
        total = np.logaddexp(total, peak - 0.5 * (z**2).sum(axis=0))
    return np.array([total.sum()])


def point_by_point(X, mixture, verbose=False):
    total = 0.0
    for row in mixture.log_joint(X).tolist():
        top = max(row)
        total += top + math.log(math.fsum(math.exp(value - top) for value in row))
        if verbose:
            print(total)
    return total


def in_place_on_its_own(X, mixture):
    shares = mixture.log_joint(X)
    top = shares.max(axis=1, keepdims=True)
    shares -= top
    np.exp(shares, out=shares)
    return (top + np.log(shares.sum(axis=1, keepdims=True))).sum()


def with_a_for_loop(step, start, tol, max_iter):
    mixtures, log_likelihoods = [], []
    mixture = start
    for _ in range(max_iter + 1):
        better, log_likelihood = step(mixture)
        mixtures.append(mixture)
        log_likelihoods.append(log_likelihood)
        if len(log_likelihoods) >= 2 and abs(log_likelihoods[-1] - log_likelihoods[-2]) <= tol:
            break
        mixture = better
    return mixtures, log_likelihoods


def grades_first(step, start, tol, max_iter):
    better, log_likelihood = step(start)
    mixtures, log_likelihoods, change = [start], [log_likelihood], math.inf
    while change > tol and len(mixtures) <= max_iter:
        mixtures.append(better)
        better, log_likelihood = step(better)
        change = abs(log_likelihood - log_likelihoods[-1])
        log_likelihoods.append(log_likelihood)
    return mixtures, log_likelihoods


def as_a_fit(step, start, tol, max_iter, verbose=False):
    before, mixtures, trace = -math.inf, (start,), np.empty(0)
    while True:
        following, now = step(mixtures[-1])
        trace = np.append(trace, now)
        if verbose:
            print(len(trace), now)
        if -tol <= now - before <= tol or len(trace) == max_iter + 1:
            return Fit(mixtures, trace, bool(abs(now - before) <= tol))
        mixtures, before = (*mixtures, following), now


def by_recursion(step, start, tol, max_iter):
    better, log_likelihood = step(start)
    if max_iter == 0:
        return [start], [log_likelihood]
    mixtures, log_likelihoods = by_recursion_from(step, better, log_likelihood, tol, max_iter - 1)
    return [start, *mixtures], [log_likelihood, *log_likelihoods]


def by_recursion_from(step, mixture, before, tol, left):
    better, log_likelihood = step(mixture)
    if abs(log_likelihood - before) <= tol or left == 0:
        return [mixture], [log_likelihood]
    mixtures, log_likelihoods = by_recursion_from(step, better, log_likelihood, tol, left - 1)
    return [mixture, *mixtures], [log_likelihood, *log_likelihoods]


VARIANTS = {
    "log_likelihood": [
        with_logsumexp,
        with_scipy_densities,
        with_cholesky,
        point_by_point,
        in_place_on_its_own,
    ],
    "em_loop": [with_a_for_loop, grades_first, as_a_fit, by_recursion],
}
