"""Right answers to the exercises of lesson 06, written in different ways."""

import math

import numpy as np
from scipy.special import entr, logsumexp, rel_entr, softmax, xlogy
from scipy.stats import multivariate_normal


def bound_with_loops(X, s, mixture):
    total, log_joint = 0.0, mixture.log_joint(X)
    for n in range(len(X)):
        for k in range(mixture.k):
            if s[n, k] > 0:
                total += s[n, k] * (log_joint[n, k] - math.log(s[n, k]))
    return total


def bound_with_scipys_densities(X, s, mixture):
    components = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    log_densities = [np.log(w) + multivariate_normal(mean, cov).logpdf(X) for w, mean, cov in components]
    log_joint = np.stack([np.atleast_1d(column) for column in log_densities], axis=1)
    return np.einsum("nk,nk->", s, log_joint) - xlogy(s, s).sum()


def bound_as_q_plus_entropy(X, s, mixture, verbose=True):
    Q, entropy = np.vdot(s, mixture.log_joint(X)), entr(s).sum()
    if verbose:
        print(Q, entropy)
    return [Q + entropy]


def bound_as_log_likelihood_less_gap(X, s, mixture):
    r = softmax(mixture.log_joint(X), axis=1)
    if r.min() > 0:
        return mixture.log_likelihood(X) - rel_entr(s, r).sum()
    return bound_with_a_tiny_number(X, s, mixture)


def bound_with_a_tiny_number(X, s, mixture):
    s = s.copy()
    s[s == 0] += 1e-300
    return np.array([(s * (mixture.log_joint(X) - np.log(s))).sum()])


def gap_with_loops(X, s, mixture):
    total, log_joint, log_density = 0.0, mixture.log_joint(X), mixture.log_density(X)
    for n in range(len(X)):
        for k in range(mixture.k):
            if s[n, k] > 0:
                total += s[n, k] * (math.log(s[n, k]) - log_joint[n, k] + log_density[n])
    return total


def gap_as_log_likelihood_less_bound(X, s, mixture):
    return mixture.log_likelihood(X) - bound_with_loops(X, s, mixture)


def gap_with_xlogy_and_einsum(X, s, mixture):
    log_joint = mixture.log_joint(X)
    log_r = log_joint - np.logaddexp.reduce(log_joint, axis=1, keepdims=True)
    return xlogy(s, s).sum() - np.einsum("nk,nk->", s, log_r)


def gap_only_where_there_is_a_share(X, s, mixture):
    log_r = mixture.log_joint(X) - mixture.log_density(X).reshape(-1, 1)
    some = s > 0
    return np.array((s[some] * (np.log(s[some]) - log_r[some])).sum())


def lift_as_a_change_of_q(X, old, new):
    r = old.responsibilities(X)
    log_old, log_new = (m.log_joint(X) - m.log_density(X)[:, None] for m in (old, new))
    return np.vdot(r, new.log_joint(X) - old.log_joint(X)), np.vdot(r, log_old - log_new)


def lift_as_the_rest_of_the_gain(X, old, new):
    log_r, log_s = (m.log_joint(X) - m.log_density(X)[:, None] for m in (old, new))
    gap = float(sum((np.exp(log_r) * (log_r - log_s)).ravel().tolist()))
    return [new.log_likelihood(X) - old.log_likelihood(X) - gap, gap]


def lift_and_gap_with_loops(X, old, new):
    lift = gap = 0.0
    for x in X:
        before, after = old.log_joint(x[None])[0], new.log_joint(x[None])[0]
        top, top_after = logsumexp(before), logsumexp(after)
        for a, b in zip(before.tolist(), after.tolist(), strict=True):
            share = math.exp(a - top)
            lift += share * (b - a)
            gap += share * ((a - top) - (b - top_after))
    return lift, gap


VARIANTS = {
    "lift_and_gap": [lift_as_a_change_of_q, lift_as_the_rest_of_the_gain, lift_and_gap_with_loops],
    "lower_bound": [
        bound_with_loops, bound_with_scipys_densities, bound_as_q_plus_entropy,
        bound_as_log_likelihood_less_gap, bound_with_a_tiny_number,
    ],
    "kl_gap": [
        gap_with_loops, gap_as_log_likelihood_less_bound, gap_with_xlogy_and_einsum,
        gap_only_where_there_is_a_share,
    ],
}

ONE = "line {}: 1 -> 2"
WHY = "it stands in for a share of 0, whose term is multiplied by 0"
EQUIVALENT = {
    "lower_bound": {ONE.format(2): WHY},
    "kl_gap": {ONE.format(3): WHY},
    "lift_and_gap": {ONE.format(3): WHY},
}
