"""The scikit-learn face of the package: EMGaussianMixture, for pipelines, grid searches and their habits.

Names are those of `sklearn.mixture.GaussianMixture` where the two mean the same. `fit` and `Mixture` do the
work; here are only arguments and attributes.
"""

import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from gmmlesson import frames, initialization, validation
from gmmlesson.collapse import CollapsedComponent
from gmmlesson.engine import Engine
from gmmlesson.families import FAMILIES
from gmmlesson.fit import best_of, fit
from gmmlesson.mixture import Mixture
from gmmlesson.sufficient import CenteredForm, SufficientStatistics

INIT_PARAMS = ("kmeans", "k-means++", "random_from_data", "short_runs")
SHORT_RUNS, SHORT = 10, 5  # how many short runs, and of how many iterations (see initialization.short_runs)
LATE = 4.0  # how many times its share of all points the latest batch of `partial_fit` counts
WORDS = {  # what the functions say that it calls, and what it says
    "k must be at most": "n_components must be at most",
    "build the start yourself with Mixture": "put a floor under the variances (reg_covar > 0)",
}
SHAPES = {  # from matrices (k, d, d) to what scikit-learn shows, and back
    "full": (lambda a: a, lambda a, eye: a),
    "tied": (lambda a: a[0], lambda a, eye: a),
    "diag": (lambda a: np.diagonal(a, axis1=1, axis2=2), lambda a, eye: a[:, None, :] * eye),
    "spherical": (lambda a: a[:, 0, 0], lambda a, eye: a[:, None, None] * eye),
    "tied_diag": (lambda a: np.diagonal(a[0]), lambda a, eye: a * eye),
    "tied_spherical": (lambda a: a[0, 0, 0], lambda a, eye: a * eye),
}


class EMGaussianMixture(DensityMixin, BaseEstimator):
    """A Gaussian mixture fitted by EM, as a scikit-learn estimator.

    n_components     number of components
    covariance_type  "full", "tied", "diag", "spherical" as in scikit-learn, "tied_diag", "tied_spherical"
    tol              stop when an iteration gains no more log-likelihood than this per observation, in nats.
                     scikit-learn's means the same, but its default of 1e-3 often stops on a plateau
    reg_covar        added to every variance, in the units of X squared; 1e-6 as in scikit-learn. With 0 the
                     units of X do not matter and the log-likelihood never falls; but a component that
                     collapses then raises CollapsedComponent, unless another of the `n_init` runs goes well
    max_iter         iterations at most (scikit-learn: 100)
    n_init           how many starts are tried; the run with the highest log-likelihood is kept
    init_params      where the means start: "kmeans", "k-means++", "random_from_data", or "short_runs" (the
                     best of ten runs of five iterations from random points). All components start with equal
                     weights and the covariance of all the data, where scikit-learn takes those of clusters.
                     Its "random" is refused: random responsibilities make all components start nearly equal
    weights_init, means_init, precisions_init
                     where weights, means and inverse covariances start, with the shapes of the attributes
    random_state     an int, a RandomState or None: for the start and for `sample`
    warm_start       start the next `fit` only from the mixture that is there, if it has `n_components`
    accelerate       take SQUAREM's longer steps: fewer iterations, each of which costs up to three of EM's
    history          "all" to keep every mixture on the way in `history_`; with "ends", the first and the last
    verbose          print the log-likelihood of every iteration

    After `fit` there are

    mixture_         the Mixture
    weights_, means_, covariances_, precisions_, precisions_cholesky_
                     its parameters: (k,), (k, d), and for the others (k, d, d) if "full", (d, d) if "tied",
                     (k, d) if "diag", (k,) if "spherical", (d,) if "tied_diag" and () if "tied_spherical"
    history_         the Fit: the log-likelihoods on the way, and the mixtures that `history` asks for
    converged_, n_iter_
                     whether the last gain was within `tol`, and how many iterations it took
    lower_bound_     the mean log-likelihood of the mixture returned (scikit-learn: before its last M-step)
    n_samples_seen_  points fitted to; with `sample_weight`, its sum
    n_features_in_, feature_names_in_
                     how many features, and their names if X has names

    Of float32 X the parameters, `predict_proba` and `score_samples` are in float32; `mixture_`, all sums and
    all criteria are in 64 bits, always.

    Invalid arguments are refused by `fit`, in one sentence, with ValueError or TypeError. It leaves then
    everything as it was, and so does `partial_fit`.
    """

    def __init__(
        self, n_components=1, *, covariance_type="full", tol=1e-8, reg_covar=1e-6, max_iter=1000, n_init=1,
        init_params="kmeans", weights_init=None, means_init=None, precisions_init=None, random_state=None,
        warm_start=False, accelerate=False, history="ends", verbose=0,
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.accelerate = accelerate
        self.history = history
        self.verbose = verbose

    def fit(self, X, y=None, sample_weight=None):
        """Fit the mixture to X (n, d) -> self.

        y              ignored
        sample_weight  (n,): how many points each row stands for; None for one each

        Gives scikit-learn's ConvergenceWarning if the best run takes all of `max_iter`.
        """
        with _all_or_nothing(self):
            X, sample_weight = self._checked(X, sample_weight)
            if self.warm_start and hasattr(self, "mixture_") and self.mixture_.k == self.n_components:
                starts = [self.mixture_]
            else:
                starts = self._starts(X, sample_weight)
            run = self._best_run(X, sample_weight, starts)
            if not run.converged and self.max_iter > 0:
                warnings.warn(
                    f"EM did not converge within {self.max_iter} iterations: allow more of them (max_iter), "
                    "be content with less (tol), or set accelerate=True.",
                    ConvergenceWarning,
                    stacklevel=2,
                )
            self._dtype = X.dtype
            self.history_ = run
            self.n_samples_seen_ = _total(X, sample_weight)
            self._keep(run.mixture, SufficientStatistics.of(run.mixture, self.reg_covar))
        return self

    def partial_fit(self, X, y=None, sample_weight=None):
        """Improve the mixture by a batch X (n, d), of any size but the first -> self.

        y              ignored
        sample_weight  (n,): how many points each row stands for; None for one each

        Stepwise EM (Cappé & Moulines 2009, J. R. Stat. Soc. B 71, 593): the statistics of the batch, per
        point, move those of the points before, s <- (1 - gamma) s + gamma s(batch), and the M-step gives the
        next mixture. gamma = 4 n / (N + 3 n) for n points of N so far: the latest batch counts four times its
        share, so that what was learned with poor early mixtures fades. The first batch also chooses where to
        start, and must be large enough for that. After `fit`, its points count as the batches before.

        Afterwards there are no `history_`, `converged_`, `n_iter_` and `lower_bound_`: nothing was repeated.
        """
        first = not hasattr(self, "mixture_")
        with _all_or_nothing(self):
            X, sample_weight = self._checked(X, sample_weight, first=first)
            mixture = next(self._starts(X, sample_weight)) if first else self.mixture_
            with Engine(X, sample_weight=sample_weight) as statistics:
                latest = statistics(mixture, CenteredForm)
            n = _total(X, sample_weight)
            seen = n if first else self.n_samples_seen_ + n
            gamma = LATE * n / (seen + (LATE - 1) * n)
            kept = latest.times(gamma / n)
            if first:
                self._dtype = X.dtype
            else:
                kept = kept + self._statistics.times(1 - gamma)
            with _in_its_words():
                mixture = kept.times(seen).mixture(self.covariance_type, self.reg_covar)
            self._keep(mixture, kept)
            self.n_samples_seen_ = seen
            vars(self).pop("history_", None)
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit the mixture to X (n, d), and say which component every point belongs to most -> (n,)."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    def predict(self, X):
        """The most responsible component of every point, (n,), counted from 0."""
        X = self._points(X)
        return self.mixture_.predict(X)

    def predict_proba(self, X):
        """The responsibilities p(component | x), (n, k), rows summing to 1."""
        X = self._points(X)
        return self._narrowed(self.mixture_.responsibilities(X), X)

    def score_samples(self, X):
        """log p(x) of every point, (n,), in nats."""
        X = self._points(X)
        return self._narrowed(self.mixture_.log_density(X), X)

    def score(self, X, y=None):
        """The mean of log p(x), in nats; higher is better."""
        X = self._points(X)
        return float(self.mixture_.log_density(X).mean())

    def sample(self, n_samples=1):
        """Draw points -> X (n_samples, d), labels (n_samples,), in random order (scikit-learn: sorted)."""
        check_is_fitted(self)
        n_samples = validation.as_count(n_samples, "n_samples")
        return self.mixture_.sample(n_samples, _as_random_state(self.random_state))

    def aic(self, X):
        """Akaike's criterion, 2 n_parameters - 2 log-likelihood; lower is better."""
        X = self._points(X)
        return self.mixture_.aic(X)

    def bic(self, X):
        """Schwarz's criterion, n_parameters log n - 2 log-likelihood; lower is better."""
        X = self._points(X)
        return self.mixture_.bic(X)

    def icl(self, X):
        """BIC plus a price for undecided points, -2 sum log max_k r; lower is better."""
        X = self._points(X)
        return self.mixture_.icl(X)

    @property
    def weights_(self):
        return self._shown(self.mixture_.weights)

    @property
    def means_(self):
        return self._shown(self.mixture_.means)

    @property
    def covariances_(self):
        return self._compact(self.mixture_.covariances)

    @property
    def precisions_(self):
        return self._compact(self.mixture_.precisions)

    @property
    def precisions_cholesky_(self):
        return self._compact(self.mixture_.whitening.swapaxes(1, 2))

    @property
    def converged_(self):
        return self.history_.converged

    @property
    def n_iter_(self):
        return self.history_.n_iter

    @property
    def lower_bound_(self):
        return self.history_.log_likelihoods[-1] / self.n_samples_seen_

    def _checked(self, X, sample_weight, *, first=True):
        """X and sample_weight without rows that stand for no point; refuses arguments that make no sense.

        first  whether this is the beginning, and the data must be enough to choose a start
        """
        X = self._as_X(X, reset=first, least=2 if first else 1)
        sample_weight = validation.as_sample_weight(sample_weight, len(X))
        X, sample_weight = validation.without_weightless(X, sample_weight)
        most = {"most": len(X), "of": ", the number of points"} if first else {}
        validation.as_count(self.n_components, "n_components", **most)
        validation.as_choice(self.covariance_type, "covariance_type", FAMILIES)
        validation.as_nonnegative(self.tol, "tol")
        validation.as_nonnegative(self.reg_covar, "reg_covar")
        validation.as_count(self.max_iter, "max_iter", least=0)
        validation.as_count(self.n_init, "n_init")
        if isinstance(self.init_params, str) and self.init_params == "random":
            raise ValueError(
                "init_params must not be 'random', which makes all components start nearly equal, so that EM "
                "needs long to part them; 'random_from_data' starts from random points."
            )
        validation.as_choice(self.init_params, "init_params", INIT_PARAMS)
        _as_random_state(self.random_state)
        validation.as_flag(self.warm_start, "warm_start")
        validation.as_flag(self.accelerate, "accelerate")
        validation.as_choice(self.history, "history", ("all", "ends"))
        if not isinstance(self.verbose, (bool, np.bool_)):
            validation.as_count(self.verbose, "verbose", least=0)
        if first:
            self._given_start(X)
        return X, sample_weight

    def _as_X(self, X, *, reset, least=1):
        """X (n, d) as float64, or float32 if it is that; and its features, which `reset` remembers.

        Of arrays of numbers scikit-learn has to say what is wrong, in the words that its checks ask for; and
        so of complex numbers and objects.
        """
        try:
            array = validation.as_numbers(X, "X", "(n, d)")
        except ValueError:
            if type(X) is np.ndarray and X.dtype.kind in "cO":
                check_array(X, estimator=self, input_name="X")
            raise
        options = {"dtype": [np.float64, np.float32], "ensure_min_samples": least, "input_name": "X"}
        with np.errstate(over="ignore", invalid="ignore"):  # from a wider type
            array = check_array(array, estimator=self, **options)
        validate_data(self, X if frames.is_named(X) else array, reset=reset, skip_check_array=True)
        return validation.as_data(array, keep_float32=True)

    def _points(self, X):
        """X (n, d) for a mixture that has been fitted to such points."""
        check_is_fitted(self)
        return self._as_X(X, reset=False)

    def _given_start(self, X):
        """weights_init (k,), means_init (k, d), the inverses of precisions_init (k, d, d); or None each."""
        k, d = self.n_components, X.shape[1]
        weights, means, covariances = None, None, None
        if self.weights_init is not None:
            weights = validation.as_weights(self.weights_init, k, "weights_init")
        if self.means_init is not None:
            means = validation.as_centers(self.means_init, X, "means_init")
            if len(means) != k:
                raise ValueError(f"means_init must hold {k} means, one a component; it holds {len(means)}.")
        if self.precisions_init is not None:
            covariances = self._covariances_init(d)
        return weights, means, covariances

    def _starts(self, X, sample_weight):
        """The mixtures to start from, one after the other."""
        rng = check_random_state(self.random_state)
        weights, means, covariances = self._given_start(X)
        for _ in range(self.n_init):
            with _in_its_words():
                start = self._start(X, sample_weight, rng, means)
            yield Mixture(
                start.weights if weights is None else weights,
                start.means,
                start.covariances if covariances is None else covariances,
            ).projected(self.covariance_type)

    def _start(self, X, sample_weight, rng, means):
        """A mixture to start from, with these means, or as `init_params` says."""
        k = self.n_components
        options = {"family": self.covariance_type, "ridge": self.reg_covar, "sample_weight": sample_weight}
        if means is not None:
            return initialization.from_centers(X, means, **options)
        if self.init_params == "random_from_data":
            return initialization.random_points(X, k, rng, **options)
        if self.init_params == "short_runs":
            starts = [initialization.random_points(X, k, rng, **options) for _ in range(SHORT_RUNS)]
            return best_of(X, starts, **options, max_iter=SHORT, tol=0.0).mixture
        weights = validation.scaled(sample_weight)
        if weights is not None or not 1e-12 < np.abs(X).max() < 1e12:
            X = X.astype(np.float64, copy=False)  # in 32 bits light weights and squares vanish or overflow
        if self.init_params == "kmeans":
            centers = KMeans(k, n_init=1, random_state=rng).fit(X, sample_weight=weights).cluster_centers_
        else:
            centers, _ = kmeans_plusplus(X, k, sample_weight=weights, random_state=rng)
        start = initialization.from_centers(X, centers, **options)
        n_different = len(np.unique(centers, axis=0))
        if n_different < k:  # components that start as one never part
            raise ValueError(f"k must be at most {n_different}, the number of different points; it is {k}.")
        return start

    def _covariances_init(self, d):
        """The inverses of `precisions_init`, (k, d, d)."""
        k = self.n_components
        compact, expand = SHAPES[self.covariance_type]
        shape = np.shape(compact(np.empty((k, d, d))))
        axes = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
        precisions = validation.as_numbers(self.precisions_init, "precisions_init", axes)
        if precisions.shape != shape:
            raise ValueError(
                f"precisions_init must have shape {shape} to go with {k} components, {d} features and "
                f"covariance_type '{self.covariance_type}'; it has {precisions.shape}."
            )
        precisions = np.broadcast_to(expand(precisions, np.eye(d)), (k, d, d))
        precisions = validation.as_array(precisions, "precisions_init", "(k, d, d)")
        try:
            return Mixture(np.full(k, 1 / k), np.zeros((k, d)), precisions).precisions
        except ValueError as error:  # as covariances they must be symmetric and positive definite as well
            raise ValueError(str(error).replace("covariances", "precisions_init", 1)) from None

    def _best_run(self, X, sample_weight, starts):
        """The best run of EM from any of the `starts` -> Fit."""
        options = {
            "tol": self.tol, "max_iter": self.max_iter, "family": self.covariance_type,
            "ridge": self.reg_covar, "sample_weight": sample_weight,
        }
        together = not self.accelerate and not self.verbose and self.history == "ends"
        with _in_its_words():
            if together:
                return best_of(X, list(starts), **options)
            return self._best_one_by_one(X, starts, options)

    def _best_one_by_one(self, X, starts, options):
        """The same where the starts cannot go together: to be accelerated, printed or remembered whole."""
        options |= {"accelerate": self.accelerate, "progress": self.verbose > 0, "history": self.history}
        best = None
        for start in starts:
            try:
                run = fit(X, start, **options)
            except CollapsedComponent as error:
                collapse = error
            else:
                best = run if best is None else max(best, run, key=lambda run: run.log_likelihoods[-1])
        if best is None:
            raise collapse
        return best

    def _keep(self, mixture, statistics):
        self.mixture_, self._statistics, self._family = mixture, statistics, self.covariance_type

    def _keep(self, mixture, statistics):
        self.mixture_, self._statistics, self._family = mixture, statistics, self.covariance_type

    def _compact(self, matrices):
        return self._shown(SHAPES[self._family][0](matrices))

    def _shown(self, parameters):
        """Parameters as an attribute: not to be written to."""
        parameters = self._narrowed(np.asarray(parameters), self._dtype)
        parameters.setflags(write=False)
        return parameters[()]

    def _narrowed(self, array, of):
        """In 32 bits what comes of points in 32 bits, and of a fit to such points, as scikit-learn has it."""
        return array.astype(np.result_type(self._dtype, of), copy=False)


@contextmanager
def _all_or_nothing(estimator):
    """What is refused, fails or is interrupted changes nothing."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


@contextmanager
def _in_its_words():
    """What the functions of the package refuse, told with the arguments of the estimator."""
    try:
        yield
    except CollapsedComponent as collapse:
        raise collapse.but(caller="EMGaussianMixture") from None
    except ValueError as refusal:
        told = str(refusal)
        for theirs, its in WORDS.items():
            told = told.replace(theirs, its)
        raise ValueError(told) from None


def _as_random_state(random_state):
    """A numpy.random.RandomState, new if `random_state` is a number."""
    try:
        return check_random_state(random_state)
    except (TypeError, ValueError):
        raise ValueError(
            "random_state must be None, a whole number from 0 to 2**32 - 1, or a numpy.random.RandomState; "
            f"it is {validation.shown(random_state)}."
        ) from None


def _total(X, sample_weight):
    """How many points the rows of X stand for."""
    return len(X) if sample_weight is None else float(sample_weight.sum())
