"""How many components, and of which family? Fit every candidate from several starts, judge all alike."""

import numbers
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import CollapsedComponent
from gmmlesson.families import FAMILIES
from gmmlesson.fit import best_of
from gmmlesson.initialization import kmeans, random_points
from gmmlesson.mixture import Mixture

CRITERIA = {"bic": min, "aic": min, "icl": min, "log_likelihood": max, "held_out": max}


@dataclass(frozen=True, eq=False)
class Candidate:
    """The best fit of one family with one number of components.

    family, k       what was fitted
    mixture         the fit with the highest log-likelihood, or None if every start collapsed or none exists
    log_likelihood  total, in nats; this and all below are nan where there is no mixture
    n_parameters    free parameters
    bic, aic, icl   criteria; lower is better (`Mixture` has the sources)
    held_out        mean log density of points left out of the fit, in nats a point; nan if none was, or if
                    there is no fit to some of the other parts
    left_out        (n,) the log density of each point when it was left out, in nats; None if held_out is nan
    """

    family: str
    k: int
    mixture: Mixture | None
    log_likelihood: float = np.nan
    n_parameters: float = np.nan
    bic: float = np.nan
    aic: float = np.nan
    icl: float = np.nan
    held_out: float = np.nan
    left_out: np.ndarray | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Selection:
    """All candidates, in the order in which they were asked for."""

    candidates: tuple[Candidate, ...]

    def best(self, criterion="bic"):
        """The candidate that the criterion prefers -> Candidate."""
        choose = CRITERIA[validation.as_choice(criterion, "criterion", CRITERIA)]
        judged = [one for one in self.candidates if not np.isnan(getattr(one, criterion))]
        if not judged:
            raise ValueError(
                f"some candidate must have a {criterion}; none has: all collapsed, or it was not asked for."
            )
        return choose(judged, key=lambda one: getattr(one, criterion))

    def table(self, criterion="bic"):
        """families, ks, and the criterion's values (families, ks)."""
        validation.as_choice(criterion, "criterion", CRITERIA)
        families = list(dict.fromkeys(one.family for one in self.candidates))
        ks = list(dict.fromkeys(one.k for one in self.candidates))
        values = np.full((len(families), len(ks)), np.nan)
        for one in self.candidates:
            values[families.index(one.family), ks.index(one.k)] = getattr(one, criterion)
        return families, ks, values

    def text(self, criterion="bic", digits=3):
        """The table in plain text with so many decimals, the best value, if there is one, with a star."""
        families, ks, values = self.table(criterion)
        digits = validation.as_count(digits, "digits", least=0, most=17)
        best = self.best(criterion) if any(one.mixture for one in self.candidates) else None
        lines = [f"{criterion:15}" + "".join(f"{f'k={k}':>12}" for k in ks)]
        for family, row in zip(families, values, strict=True):
            cells = "".join(
                f"{'collapsed' if np.isnan(value) else f'{value:.{digits}f}':>11}"
                + ("*" if best and (family, k) == (best.family, best.k) else " ")
                for k, value in zip(ks, row, strict=True)
            )
            lines.append((f"{family:15}" + cells).rstrip())
        return "\n".join(lines)

    def __repr__(self):
        return self.text()


def select(
    X, rng, *, families=tuple(FAMILIES), ks=range(1, 5), n_starts=10, folds=0,
    ridge=0.0, tol=1e-8, max_iter=1000, n_jobs=1, progress=False,
):  # fmt: skip
    """Fit every family with every k to X (n, d) and judge the fits -> Selection.

    families  names, in the order of the table's rows; ks: numbers of components, in that of its columns
    rng       a numpy.random.Generator; the result does not depend on n_jobs
    n_starts  of each candidate: half k-means, half random points; the best fit counts
    folds     judge also by cross-validation: each of so many parts is left out once; 0 for none
    ridge, tol, max_iter  are those of `fit`
    n_jobs    how many processes share the candidates; -1 for one a processor
    progress  show a progress bar

    A candidate that cannot be started, or that collapses from every start, has nan in the table; so has
    `held_out` if that happens to one of the parts.

    Raises ValueError or TypeError, in one sentence, for arguments that make no sense, and where no candidate
    can be started.
    """
    X, rng = validation.as_data(X), validation.as_rng(rng)
    families, ks = _several(families, "families", "'full'"), _several(ks, "ks", "2")
    families = [validation.as_choice(family, "families", FAMILIES) for family in families]
    ks = [validation.as_count(k, "ks", most=len(X), of=", the number of points") for k in ks]
    n_starts, folds = validation.as_count(n_starts, "n_starts"), _as_folds(folds, len(X))
    _refuse_no_jobs(n_jobs)
    options = {
        "ridge": validation.as_nonnegative(ridge, "ridge"),
        "tol": validation.as_nonnegative(tol, "tol"),
        "max_iter": validation.as_count(max_iter, "max_iter", least=0),
    }
    parts = rng.permutation(len(X)) % max(folds, 1)
    splits = [(X, X[:0]), *((X[parts != part], X[parts == part]) for part in range(folds))]
    asked = [(family, k) for family in families for k in ks]
    refusals = []

    def task(family, k, seen):
        starts = _starts(seen, k, n_starts, rng, family, options["ridge"], refusals)
        return seen, starts, {"family": family} | options

    tasks = (task(family, k, seen) for family, k in asked for seen, _ in splits)
    fits = _run(tasks, n_jobs)
    if validation.as_flag(progress, "progress"):
        fits = _shown(fits, len(asked) * len(splits), n_starts)
    candidates = []
    for family, k in asked:
        mixture, *others = islice(fits, len(splits))
        left_out = np.full(len(X), np.nan)
        for part, (other, (_, points)) in enumerate(zip(others, splits[1:], strict=True)):
            if other is not None:
                left_out[parts == part] = other.log_density(points)
        candidates.append(_judged(X, family, k, mixture, left_out))
    next(fits, None)  # there is none left; asking lets the progress bar come to its end
    if len(refusals) == len(asked) * len(splits) * n_starts:
        raise refusals[0]
    return Selection(tuple(candidates))


def held_out_choice(left_out):
    """Choose by points left out, with an error bar -> choice, behind (m,), errors (m,).

    left_out  (m, n): of m candidates, the simplest first, the log density of n points, each when it was left
              out of the fit, in nats: `Candidate.left_out`

    behind  by how much a candidate's mean is below the best one's, in nats a point
    errors  the standard error of that difference, which is taken point by point
    choice  the first candidate that is behind by at most its own standard error (after Breiman et al. 1984,
            sec. 3.4.3, who take the error of the best one's mean)

    Raises ValueError or TypeError, in one sentence, for what is no such array; n must be at least 2.
    """
    left_out = validation.as_array(left_out, "left_out", "(m, n)", largest=validation.LARGEST)
    n = left_out.shape[1]
    if n < 2:
        raise ValueError("left_out must have at least 2 points for a standard error; it has 1.")
    best = left_out[left_out.mean(axis=1).argmax()]
    differences = best - left_out
    behind, errors = differences.mean(axis=1), differences.std(axis=1, ddof=1) / np.sqrt(n)
    return int((behind <= errors).argmax()), behind, errors


def _several(values, name, example):
    """`values` as a list of at least one thing; a single one, or a text, is none."""
    if isinstance(values, str) or not np.iterable(values):
        raise TypeError(f"{name} must be several, such as [{example}]; it is {validation.shown(values)}.")
    values = list(values)
    if not values:
        raise ValueError(f"{name} must hold at least one, such as [{example}]; it is empty.")
    return values


def _as_folds(folds, n):
    if validation.as_count(folds, "folds", least=0) == 1:
        raise ValueError("folds must be 0 for none, or at least 2, to fit to the others; it is 1.")
    return validation.as_count(folds, "folds", least=0, most=n, of=", the number of points")


def _refuse_no_jobs(n_jobs):
    if n_jobs is not None and (not isinstance(n_jobs, numbers.Integral) or n_jobs == 0 or n_jobs is True):
        raise ValueError(
            "n_jobs must be a whole number of processes, or -1 for one a processor; "
            f"it is {validation.shown(n_jobs)}."
        )


def _starts(X, k, n_starts, rng, family, ridge, refusals):
    """By turns a k-means start and one from random points: `n_starts` mixtures, or fewer.

    Where the points allow none, the reason is put with the `refusals`.
    """
    starts = []
    for begin in islice(cycle([kmeans, random_points]), n_starts):
        try:
            starts.append(begin(X, k, rng, family=family, ridge=ridge))
        except ValueError as refusal:
            refusals.append(refusal)
    return starts


def _run(tasks, n_jobs):
    """The outcomes of `_best_end`, in the order of the tasks, as they come."""
    from joblib import Parallel, delayed  # not at the top: `import gmmlesson` stays light

    return Parallel(n_jobs=n_jobs, return_as="generator")(delayed(_best_end)(*task) for task in tasks)


def _shown(outcomes, total, n_starts):
    """The same outcomes, while a bar counts the fits."""
    from tqdm.auto import tqdm

    with tqdm(total=total * n_starts, desc="fits", unit="fit") as bar:
        for outcome in outcomes:
            bar.update(n_starts)
            yield outcome


def _best_end(X, starts, options):
    """The best mixture that EM comes to from any of the starts; None if there is none."""
    try:
        return best_of(X, starts, **options).mixture if starts else None
    except CollapsedComponent:
        return None


def _judged(X, family, k, mixture, left_out):
    if mixture is None:
        return Candidate(family, k, None)
    return Candidate(
        family,
        k,
        mixture,
        log_likelihood=mixture.log_likelihood(X),
        n_parameters=mixture.n_parameters,
        bic=mixture.bic(X),
        aic=mixture.aic(X),
        icl=mixture.icl(X),
        held_out=left_out.mean(),
        left_out=None if np.isnan(left_out).any() else left_out,
    )
