"""Fit a mixture: choose the step, and let `iterate` repeat it."""

from gmmlesson import validation
from gmmlesson.em import e_step, iterate, m_step


def fit(
    X, start, *, family="full", ridge=0.0, sample_weight=None, tol=1e-8, max_iter=1000, progress=False
):
    """Fit a mixture to X (n, d) by EM, beginning at the mixture `start` -> Fit.

    family         covariances "full", "tied", "diag", "spherical", "tied_diag" or "tied_spherical"
    ridge          added to every variance, in the units of X squared; with 0 the log-likelihood never falls
    sample_weight  (n,): how many points each row stands for; None for one each
    tol            stop when an iteration gains no more log-likelihood than this per observation, in nats
    max_iter       stop after this many iterations in any case
    progress       print the iteration and its log-likelihood as it goes

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for data or options that make no sense.
    """
    start = validation.as_mixture(start, "start")
    X = validation.as_data(X, start.d)
    sample_weight = validation.as_sample_weight(sample_weight, len(X))
    validation.as_count(start.k, "the number of components", most=len(X), of=", the number of points")
    n = len(X) if sample_weight is None else sample_weight.sum()

    def step(mixture):
        responsibilities, log_likelihood = e_step(X, mixture, sample_weight=sample_weight)
        better = m_step(X, responsibilities, family=family, ridge=ridge, sample_weight=sample_weight)
        return better, log_likelihood

    tol = validation.as_nonnegative(tol, "tol")
    return iterate(step, start, tol=tol * n, max_iter=max_iter, progress=progress)
