"""Why EM works: a lower bound on the log-likelihood, which both steps push up.

For any responsibilities r, right or wrong, and any mixture,

    log-likelihood = lower bound + KL gap        (Bishop 2006, eq. 9.70)

and the gap is never negative. The E-step closes it, the M-step lifts the bound: EM climbs one function of two
arguments, now along the one, now along the other (Neal & Hinton 1998; Bishop 2006, sec. 9.4).

X (n, d) data; responsibilities r (n, k), any numbers that are not negative and sum to 1 in each row. Whatever
has r = 0 counts nothing: 0 log 0 is 0, its limit. Everything is a total over the points, in nats.
"""

import numpy as np

from gmmlesson import validation
from gmmlesson.mixture import as_mixture


def expected_complete_log_likelihood(X, responsibilities, mixture):
    """Q: log p(point and label), averaged over labels drawn by responsibility, and added up -> float.

    Q = sum_nk r_nk (log pi_k + log N(x_n | mu_k, Sigma_k))                      (Bishop 2006, eq. 9.40)
    """
    r, log_joint = _checked(X, responsibilities, mixture)
    return float(_expected(r, log_joint).sum())


def entropy(responsibilities):
    """How undecided the responsibilities are, -sum_nk r_nk log r_nk -> float, 0 (verdicts) to n log k."""
    r = validation.as_array(responsibilities, "responsibilities", "(n, k)")
    r = validation.as_responsibilities(r, len(r))
    return float(-_expected(r, _log(r)).sum()) + 0.0  # no -0.0


def lower_bound(X, responsibilities, mixture):
    """Q plus entropy: never above the log-likelihood, whatever the responsibilities -> float.

    B = sum_nk r_nk (log pi_k + log N(x_n | mu_k, Sigma_k) - log r_nk)           (Bishop 2006, eq. 9.71)
    """
    r, log_joint = _checked(X, responsibilities, mixture)
    return float(_expected(r, log_joint - _log(r)).sum())


def kl_gap(X, responsibilities, mixture):
    """What the bound misses: the divergence of the responsibilities from the E-step's, p(k | x) -> float.

    KL = sum_nk r_nk (log r_nk - log p(k | x_n)), 0 where they are equal         (Bishop 2006, eq. 9.72)
    """
    r, log_joint = _checked(X, responsibilities, mixture)
    log_posterior = log_joint - log_joint.max(axis=1, keepdims=True)
    log_posterior -= np.log(np.exp(log_posterior).sum(axis=1, keepdims=True))
    return float(_expected(r, _log(r) - log_posterior).sum())


def lift_and_gap(X, old, new):
    """The two parts of what the log-likelihood gains from one mixture to the next -> lift, gap, in nats.

    Both are taken with the shares that the E-step gives for `old`, at which the bound touches:

    lift  the bound at `new` less the log-likelihood of `old`: what an M-step has raised, and maximized
    gap   what that bound misses of the log-likelihood of `new`, a divergence; the next E-step closes it

    Their sum is the gain. After an M-step neither is negative (Dempster, Laird & Rubin 1977, theorem 1).
    """
    old, new = as_mixture(old, "old"), as_mixture(new, "new")
    if new.k != old.k:
        raise ValueError(f"new must have {old.k} components, as old has; it has {new.k}.")
    shares = old.responsibilities(X)
    return lower_bound(X, shares, new) - old.log_likelihood(X), kl_gap(X, shares, new)


def _checked(X, responsibilities, mixture):
    """The responsibilities (n, k) and the mixture's log joint (n, k), which fit each other."""
    log_joint = as_mixture(mixture).log_joint(X)
    r = validation.as_responsibilities(responsibilities, len(log_joint))
    if r.shape != log_joint.shape:
        raise ValueError(
            f"responsibilities must have {log_joint.shape[1]} columns, one a component; it has {r.shape[1]}."
        )
    return r, log_joint


def _log(r):
    """log r where r > 0; elsewhere 0, which counts nothing."""
    return np.log(r, out=np.zeros_like(r), where=r > 0)


def _expected(r, values):
    """r times values, (n, k); 0 where r is 0, however large the value."""
    return np.multiply(r, values, out=np.zeros_like(r), where=r > 0)
