"""The EM algorithm (Dempster, Laird & Rubin 1977) for Gaussian mixtures, to be read from top to bottom.

X (n, d) data; k components; weights pi (k,); means mu (k, d); covariances Sigma (k, d, d);
responsibilities r (n, k). EM is the repetition of one function: mixture -> better mixture.
"""

from dataclasses import dataclass

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import CollapsedComponent, refuse_empty, refuse_singular, resolution
from gmmlesson.families import FAMILIES
from gmmlesson.mixture import Mixture, as_mixture, log_sum_exp

HISTORIES = ("all", "ends")  # which mixtures a Fit keeps


def e_step(X, mixture, *, sample_weight=None):
    """Whose point is it? -> responsibilities (n, k), and the log-likelihood of `mixture`, in nats.

    r_nk = pi_k N(x_n | mu_k, Sigma_k) / sum_j pi_j N(x_n | mu_j, Sigma_j)        (Bishop 2006, eq. 9.13)
    """
    mixture = as_mixture(mixture)
    log_joint = mixture.log_joint(X)  # (n, k)
    log_density = log_sum_exp(log_joint)  # (n,)
    responsibilities = np.exp(log_joint - log_density[:, None])
    responsibilities /= responsibilities.sum(axis=1, keepdims=True)  # for far points: log_density is rounded
    sample_weight = validation.as_sample_weight(sample_weight, len(log_density))
    log_likelihood = log_density.sum() if sample_weight is None else sample_weight @ log_density
    return responsibilities, float(log_likelihood)


def m_step(X, responsibilities, *, family="full", ridge=0.0, sample_weight=None):
    """The mixture that fits best if the responsibilities are right (Bishop 2006, eqs. 9.24 to 9.27).

    family         one of `families.FAMILIES`
    ridge          added to every variance, in the units of X squared; with 0 the log-likelihood never falls
                   (from a mixture of the family)
    sample_weight  (n,): how many points each row stands for; None for one each

    Raises CollapsedComponent if a component is left with too few points to have a covariance.
    """
    X, r, ridge = _m_step_arguments(X, responsibilities, family, ridge, sample_weight)
    counts = r.sum(axis=0)  # (k,): N_k, the points that a component holds
    refuse_empty(counts)
    weights = counts / counts.sum()
    center = X.mean(axis=0)  # far from the origin, sums of deviations keep the digits that sums of X lose
    means = center + r.T @ (X - center) / counts[:, None]
    deviations = X - means[:, None, :]  # (k, n, d)
    covariances = np.einsum("nk,kni,knj->kij", r, deviations, deviations) / counts[:, None, None]
    covariances = FAMILIES[family](covariances, weights) + ridge * np.eye(X.shape[1])
    refuse_singular(counts, covariances, resolution(X))
    return Mixture(weights, means, covariances, family)


def iterate(step, start, *, tol, max_iter, history="all", progress=False):
    """Repeat `step` from the mixture `start` until it gains no more than `tol` -> Fit.

    step      mixture -> (next mixture, log-likelihood of the mixture it was given)
    tol       gain in total log-likelihood, in nats
    max_iter  how many times the mixture is replaced, at most
    history   "all" to keep every mixture, "ends" for the first and the last, where memory counts
    progress  print the iteration and its log-likelihood as it goes
    """
    step = _checked(step, start, tol, max_iter, history, progress)
    mixtures, log_likelihoods = [start], []
    while True:
        better, log_likelihood = step(mixtures[-1])
        log_likelihoods.append(log_likelihood)
        converged = len(log_likelihoods) > 1 and abs(log_likelihood - log_likelihoods[-2]) <= tol
        if converged or len(log_likelihoods) > max_iter:
            return Fit(tuple(mixtures), np.array(log_likelihoods), converged)
        if history == "ends":
            del mixtures[1:]
        mixtures.append(better)


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """What a run of EM went through.

    mixtures         every mixture, the start first; with `history="ends"` the first and the last alone
    log_likelihoods  (n_iter + 1,), in nats, of every mixture; log_likelihoods[i] belongs to mixtures[i]
    converged        whether the last gain was within the tolerance
    """

    mixtures: tuple
    log_likelihoods: np.ndarray
    converged: bool

    @property
    def mixture(self):
        """The last mixture: the result."""
        return self.mixtures[-1]

    @property
    def log_likelihood(self):
        """What the last mixture is worth, in nats."""
        return self.log_likelihoods[-1]

    @property
    def n_iter(self):
        """How many times the mixture was replaced by a better one."""
        return len(self.log_likelihoods) - 1

    def __repr__(self):
        state = "converged" if self.converged else "not converged"
        return f"Fit({state}, n_iter={self.n_iter}, log_likelihood={self.log_likelihood:.6f})"


def _m_step_arguments(X, responsibilities, family, ridge, sample_weight):
    X = validation.as_data(X)
    r = validation.as_responsibilities(responsibilities, len(X))
    sample_weight = validation.as_sample_weight(sample_weight, len(X))
    validation.as_choice(family, "family", FAMILIES)
    if sample_weight is not None:
        used = sample_weight > 0  # a row that stands for no point may hold anything
        X, r = X[used], sample_weight[used, None] * r[used]
    return X, r, validation.as_nonnegative(ridge, "ridge")


def _checked(step, start, tol, max_iter, history, progress):
    """`step`, made to say at which iteration something went wrong, and to show its progress."""
    validation.as_step(step)
    as_mixture(start, "start")
    validation.as_nonnegative(tol, "tol")
    validation.as_count(max_iter, "max_iter", least=0)
    validation.as_choice(history, "history", HISTORIES)
    validation.as_flag(progress, "progress")
    calls = 0

    def checked_step(mixture):
        nonlocal calls
        calls += 1
        try:
            answer = step(mixture)
        except CollapsedComponent as collapse:
            raise collapse.but(iteration=calls) from None
        better, log_likelihood = as_answer_of_step(answer, f" at iteration {calls - 1}")
        if progress:
            print(f"iteration {calls - 1}: log-likelihood {log_likelihood:.6f}", flush=True)
        return better, log_likelihood

    return checked_step


def as_answer_of_step(answer, when=""):
    """What a step returned: the next mixture, and a log-likelihood; `when` is for the message."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise TypeError(f"step must return (mixture, log-likelihood); it is {validation.shown(answer)}.")
    better, log_likelihood = as_mixture(answer[0], "step's mixture"), answer[1]
    if not validation.is_finite_number(log_likelihood):
        shown = validation.shown(log_likelihood)
        raise ValueError(f"step's log-likelihood must be one finite number; it is {shown}{when}.")
    return better, log_likelihood
