"""Answers that other functions of the package give, with little of one's own."""

import numpy as np

from gmmlesson import Mixture, e_step, outliers, theory
from gmmlesson.conditional import conditional


def point_by_point(function):
    """`gaussian_log_density` by what gives the log-density of one point, of one component."""

    def density(X, mean, covariance):
        one = Mixture([1.0], [mean], [covariance])
        return np.array([function(X[i : i + 1], one) for i in range(len(X))])

    return density


def by_verdicts(function):
    """(n, k): a function of the theory, of each point and component, where that has the point for sure."""

    def table(X, mixture):
        sure = np.eye(mixture.k)
        return np.array(
            [[function(x[None], sure[[k]], mixture) for k in range(mixture.k)] for x in np.asarray(X, float)]
        )

    return table


def own_shares(X, mixture):
    a = mixture.log_joint(X)
    shares = np.exp(a - a.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def own_total(X, mixture):
    a = mixture.log_joint(X)
    top = a.max(axis=1)
    return (top + np.log(np.exp(a - top[:, None]).sum(axis=1))).sum()


def by_conditional(X, mixture):
    """The weights of a mixture in which a feature more, which nothing depends on, is the unknown one."""
    covariances = np.zeros((mixture.k, mixture.d + 1, mixture.d + 1))
    covariances[:, :-1, :-1], covariances[:, -1, -1] = mixture.covariances, 1
    wider = Mixture(mixture.weights, np.c_[mixture.means, np.zeros(mixture.k)], covariances)
    return np.array([conditional(wider, list(range(mixture.d)), x).weights for x in X])


TOTALS = (
    lambda X, mixture: mixture.n_parameters - mixture.aic(X) / 2,
    lambda X, mixture: (mixture.n_parameters * np.log(len(X)) - mixture.bic(X)) / 2,
    lambda X, mixture: theory.lower_bound(X, own_shares(X, mixture), mixture),
)
OF_A_POINT = (
    lambda X, one: one.log_likelihood(X),
    lambda X, one: one.n_parameters - one.aic(X) / 2,
    lambda X, one: -one.bic(X) / 2,
    lambda X, one: -one.icl(X) / 2,
    lambda X, one: e_step(X, one)[1],
    lambda X, one: theory.lower_bound(X, np.ones((1, 1)), one),
    lambda X, one: theory.expected_complete_log_likelihood(X, np.ones((1, 1)), one),
    lambda X, one: outliers.outlier_threshold(X, one, 0.5),
)
ALL = [
    *(("gaussian_log_density", point_by_point(function)) for function in OF_A_POINT),
    ("log_joint", by_verdicts(theory.expected_complete_log_likelihood)),
    ("log_joint", by_verdicts(theory.lower_bound)),
    ("log_joint", lambda X, m: m.log_density(X)[:, None] - by_verdicts(theory.kl_gap)(X, m)),
    ("e_step", lambda X, mixture: (by_conditional(X, mixture), own_total(X, mixture))),
    ("e_step", lambda X, m: (np.exp(-by_verdicts(theory.kl_gap)(X, m)), own_total(X, m))),
    *(("e_step", lambda X, m, total=total: (own_shares(X, m), total(X, m))) for total in TOTALS),
    *(("log_likelihood", total) for total in TOTALS),
    (
        "lower_bound",
        lambda X, s, m: (
            theory.expected_complete_log_likelihood(X, s, m) - (s * np.log(np.where(s > 0, s, 1))).sum()
        ),
    ),
]
