"""Fit a mixture: choose the step, and let `iterate` repeat it."""

from gmmlesson import validation
from gmmlesson.acceleration import squarem
from gmmlesson.em import e_step, iterate, m_step
from gmmlesson.engine import Engine, em_step


def fit(
    X, start, *, family="full", ridge=0.0, sample_weight=None, tol=1e-8, max_iter=1000,
    engine="auto", accelerate=False, history="all", progress=False,
):
    """Fit a mixture to X (n, d) by EM, beginning at the mixture `start` -> Fit.

    start          where to begin; projected into the family first, so that no step begins outside of it
    family         covariances "full", "tied", "diag", "spherical", "tied_diag" or "tied_spherical"
    ridge          added to every variance, in the units of X squared; with 0 the log-likelihood never falls
    sample_weight  (n,): how many points each row stands for; None for one each
    tol            stop when an iteration gains no more log-likelihood than this per observation, in nats
    max_iter       stop after this many iterations in any case
    engine         "auto" for the fast sums of `engine`, "textbook" for `em.e_step` and `em.m_step`
    accelerate     take SQUAREM's longer steps: fewer iterations, each of which costs three of EM's
    history        "all" to keep every mixture on the way, "ends" for the first and the last, to save memory
    progress       print the iteration and its log-likelihood as it goes

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for data or options that make no sense.
    """
    start = validation.as_mixture(start, "start").projected(family)
    validation.as_choice(engine, "engine", ("auto", "textbook"))
    X = validation.as_data(X, start.d, keep_float32=engine == "auto")
    ridge, tol = validation.as_nonnegative(ridge, "ridge"), validation.as_nonnegative(tol, "tol")
    X, sample_weight = validation.without_weightless(X, validation.as_sample_weight(sample_weight, len(X)))
    validation.as_count(start.k, "the number of components", most=len(X), of=", the number of points")
    n = len(X) if sample_weight is None else sample_weight.sum()
    options = {"family": family, "ridge": ridge}

    def run(step):
        repeated = squarem(step) if accelerate else step
        return iterate(repeated, start, tol=tol * n, max_iter=max_iter, history=history, progress=progress)

    if engine == "textbook":
        return run(textbook_step(X, sample_weight=sample_weight, **options))
    with Engine(X, sample_weight=sample_weight) as statistics:
        return run(em_step(statistics, statistics.center, **options))


def textbook_step(X, *, sample_weight=None, **options):
    """EM's step as it is taught, mixture -> (better mixture, log-likelihood of the one given)."""

    def step(mixture):
        responsibilities, log_likelihood = e_step(X, mixture, sample_weight=sample_weight)
        return m_step(X, responsibilities, sample_weight=sample_weight, **options), log_likelihood

    return step
