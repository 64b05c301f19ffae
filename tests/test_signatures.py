"""Every argument of every public function: what makes no sense is refused in our own sentence.

The signatures are read from the package. TABLE says of what kind each argument is, and KINDS what is good and
bad of a kind; a public function or an argument that TABLE does not know fails the test.

"Our own" is a ValueError or TypeError that a `raise` of the package has raised, in one sentence (see
`test_bad_input.complaint`) that names the argument as the caller knows it.
"""

import copy
import importlib
import inspect
import pkgutil
import re
import traceback
import warnings
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path

import dask.array as da
import numpy as np
import pytest

import gmmlesson
from gmmlesson import EMGaussianMixture, Mixture
from gmmlesson.course import lay_out
from gmmlesson.engine import Engine
from gmmlesson.explorer import EMExplorer
from gmmlesson.explorer.session import Session
from gmmlesson.frames import shown
from gmmlesson.priors import Prior
from gmmlesson.selection import select
from gmmlesson.sufficient import CenteredForm, PackedForm, SufficientStatistics
from test_bad_input import (
    BAD_CENTERS,
    BAD_LABELS,
    BAD_MIXTURES,
    BAD_RESPONSIBILITIES,
    BAD_WEIGHTS,
    BAD_X,
    HUGE,
    LABELS,
    MIX,
    NOT_COUNTS,
    NOT_FAMILIES,
    NOT_FUNCTIONS,
    NOT_MIXTURES,
    NOT_NUMBERS,
    NOT_RNGS,
    PACKAGE,
    R,
    X,
    complaint,
)

PRIOR = Prior([0.0, 0.0], np.eye(2), 4.0)
THREE_D = Mixture([1.0], [[0.0, 0.0, 0.0]], [np.eye(3)])
CROWD = Mixture(np.full(13, 1 / 13), np.arange(26.0).reshape(13, 2), np.tile(np.eye(2), (13, 1, 1)))


# --- kinds of arguments


@dataclass(frozen=True)
class Kind:
    """What there is of a kind of argument.

    good   makes a value that is taken
    bad    values that must be refused
    named  what a message may call it instead of the argument's name
    """

    good: object
    bad: list = field(default_factory=list)
    named: str = "(?!)"


def values(table):
    """The bad values of a table of test_bad_input: the message that it wants is tried there."""
    return [row[0] for row in (table.values() if isinstance(table, dict) else table)]


def of_mixture(name, position):
    """Those of BAD_MIXTURES that concern one argument of Mixture, the others being good."""
    rows = [row for row in BAD_MIXTURES if row[3].startswith(f"{name} ")]
    return [row[position] for row in rows if position == 1 or row[1] == [[0.0, 0], [1, 1]]]


def without(bad, *good):
    return [value for value in bad if not any(value is one for one in good)]


def not_blocks():
    """What is no sequence of blocks, and sequences in which one block is none."""
    whole = [value for name, (value, _) in BAD_X.items() if name not in ("three axes", "a generator")]
    return [*whole, *([X, value] for value in values(BAD_X)), MIX, 7, "data.npy", Path("data"), [], [THREE_D]]


def not_dask():
    """What is no Dask array, and those that hold what they should not."""
    arrays = [value for value in values(BAD_X) if isinstance(value, np.ndarray) and value.ndim]
    plain = [array for array in arrays if type(array) is np.ndarray and array.dtype.names is None]
    return [*NOT_MIXTURES, *(da.from_array(array, chunks=-1) for array in plain), da.zeros((12, 3))]


DATA, COUNTS = values(BAD_X), [*NOT_COUNTS, HUGE]
NUMBERS = [*NOT_NUMBERS, 1e305]
NO_STEPS = [
    *NOT_FUNCTIONS, Mixture, lambda mixture: mixture, lambda mixture: None, lambda mixture: (X, -9.0),
    lambda mixture: (mixture, np.nan), lambda mixture: (mixture, "high"),
]  # fmt: skip
OTHER_SIZE = [np.zeros((12, 1)), np.zeros((12, 3))]
NOT_STARTS = [3, "three", X, Mixture, THREE_D, CROWD, ["kmeans"]]
NOT_PATHS = [None, 3, X, MIX, ["page.html"]]
NOT_TEXTS = [None, 3, X, ["title"], b"title"]
SIZE = "X|the number of components"  # where two arguments do not fit, the message may speak of the other

KINDS = {
    "anything": Kind(lambda: None),  # it is ignored, or goes on to what other tests try
    "data": Kind(lambda: X, DATA),
    "data of the mixture": Kind(lambda: X, DATA + OTHER_SIZE),
    "left out": Kind(lambda: X, [*DATA, X[:, :1]]),
    "mixture": Kind(lambda: MIX, NOT_MIXTURES),
    "mixture of the data": Kind(lambda: MIX, [*NOT_MIXTURES, THREE_D], SIZE),
    "mixture like the other": Kind(lambda: MIX, [*NOT_MIXTURES, THREE_D], "mixture|b"),
    "start": Kind(lambda: MIX, [*NOT_MIXTURES, THREE_D, CROWD], SIZE + r"|block \d|chunk \d"),
    "start of a stream": Kind(lambda: MIX, [*NOT_MIXTURES, THREE_D], r"block \d"),
    "start alone": Kind(lambda: MIX, NOT_MIXTURES),
    "starts": Kind(
        lambda: [MIX, MIX],
        [*NOT_MIXTURES, MIX, [], [None], [MIX, X], [MIX, THREE_D], [THREE_D], [CROWD]],
        r"start \d|" + SIZE,
    ),
    "responsibilities": Kind(lambda: R, values(BAD_RESPONSIBILITIES)),
    "responsibilities alone": Kind(lambda: R, values(BAD_RESPONSIBILITIES[1:])),
    "responsibilities of the mixture": Kind(
        lambda: R, [*values(BAD_RESPONSIBILITIES), np.ones((12, 1)), np.full((12, 3), 1 / 3)]
    ),
    "labels": Kind(lambda: LABELS, values(BAD_LABELS)),
    "centers": Kind(lambda: X[:2], values(BAD_CENTERS)),
    "weights": Kind(lambda: MIX.weights, of_mixture("weights", 0)),
    "means": Kind(lambda: MIX.means, of_mixture("means", 1)),
    "covariances": Kind(lambda: MIX.covariances, of_mixture("covariances", 2)),
    "sample_weight": Kind(lambda: np.ones(12), values(BAD_WEIGHTS)),
    "center": Kind(lambda: np.zeros(2), [None, "0", np.nan, [0, np.inf], np.zeros(3), np.zeros((2, 2)), 1j]),
    "origins": Kind(lambda: MIX.means, [*values(BAD_CENTERS[:3]), X, "means"]),
    "count": Kind(lambda: 2, COUNTS),
    "count or 0": Kind(lambda: 2, without(COUNTS, 0)),
    "count or None": Kind(lambda: 2, without(COUNTS, None)),
    "count, 0 or None": Kind(lambda: 2, without(COUNTS, 0, None)),
    "components": Kind(lambda: 2, [*COUNTS, 13]),
    "components at all": Kind(lambda: 2, COUNTS),
    "not negative": Kind(lambda: 0.1, NUMBERS),
    "data with holes": Kind(
        lambda: np.where(np.arange(24).reshape(12, 2) % 5, X, np.nan),
        [value for name, (value, *_) in BAD_X.items() if name != "nan"] + OTHER_SIZE,
    ),
    "known features": Kind(
        lambda: [0], [None, 0, "0", [], [0.5], [2], [-1], [0, 0], [0, 1], [[0]], [np.nan], ["0"], X]
    ),
    "values of known features": Kind(
        lambda: [1.0], [None, 1.0, "1", [], [1.0, 2.0], [[1.0]], [np.nan], [np.inf], [1e200], ["a"], X]
    ),
    "share of false alarms": Kind(lambda: 0.1, [0, 1, 0.0, 1.0, -0.1, 1.1, *NOT_NUMBERS]),
    "rng or None": Kind(lambda: None, without(NOT_RNGS, None)),
    "share": Kind(lambda: 1.0, [0.5, 1.1, *NUMBERS]),
    "part of the whole": Kind(lambda: 0.5, [1.1, *NUMBERS]),
    "statistics": Kind(
        lambda: SufficientStatistics.of(MIX), [None, MIX, X, "S", 1.0, SufficientStatistics.of(THREE_D)]
    ),
    "points of an exercise": Kind(lambda: 2, without(NOT_NUMBERS, None)),
    "prior": Kind(lambda: PRIOR, [*NOT_MIXTURES, MIX, 4.0, {"covariance_points": 4}]),
    "prior's mean": Kind(lambda: [0.0, 0.0], [None, "0", [np.nan, 0], [], np.zeros((1, 2)), 1j, 3]),
    "prior's covariance": Kind(
        lambda: np.eye(2),
        [None, "full", np.eye(3), np.zeros((2, 2)), -np.eye(2), [[1, 2], [0, 1]], [1, 1], np.nan * np.eye(2)],
    ),
    "weights alone": Kind(
        lambda: MIX.weights, [None, "equal", [], [0.5, 0.6], [1.5, -0.5], [np.nan, 1], [[1.0]], 1.0, 1j]
    ),
    "flag": Kind(lambda: False, [0, 1, "no", "yes", "", None, np.array(True), [True], X]),
    "verbose": Kind(lambda: 0, without(COUNTS, 0, True, np.True_)),
    "choice": Kind(lambda: "full", NOT_FAMILIES),
    "choice or None": Kind(lambda: "full", without(NOT_FAMILIES, None)),
    "families": Kind(lambda: ["full"], ["full", [], None, 3, len, *([family] for family in NOT_FAMILIES)]),
    "ks": Kind(lambda: [2], ["2", 2, [], None, *([k] for k in COUNTS), [13]]),
    "folds": Kind(lambda: 2, [*without(COUNTS, 0), 1, 13]),
    "jobs": Kind(lambda: 1, [0, True, np.True_, 1.5, "2", [2], np.nan, X]),
    "rng": Kind(lambda: np.random.default_rng(0), NOT_RNGS),
    "random_state": Kind(lambda: 0, [-1, 2**40, 1.5, "0", X, np.random.default_rng(0), Mixture]),
    "step": Kind(lambda: lambda mixture: (mixture, 0.0), NO_STEPS),
    "function": Kind(lambda: len, NOT_FUNCTIONS),
    "function or None": Kind(lambda: None, without(NOT_FUNCTIONS, None)),
    "form": Kind(lambda: CenteredForm, [None, "packed", 3, X, Mixture, PackedForm(2, np.zeros(2), 12)]),
    "blocks": Kind(lambda: [X[:5], X[5:]], not_blocks(), r"block \d"),
    "Dask array": Kind(lambda: da.from_array(X, chunks=(5, 2)), not_dask(), r"chunk \d"),
    "files": Kind(
        lambda: Path("X.npy"), [None, 3, X, MIX, [], [3], "X.csv", b"X.npy", Path("empty")], "files|folder"
    ),
    "folder to make": Kind(lambda: Path("made"), NOT_PATHS),
    "folder with lessons or None": Kind(lambda: None, without(NOT_PATHS, None)),
    "course folder or None": Kind(lambda: lay_out("made").folder, without(NOT_PATHS, None)),
    "file to write": Kind(lambda: Path("page.html"), NOT_PATHS),
    "text": Kind(lambda: "title", NOT_TEXTS),
    "names": Kind(lambda: ["a", "b"], [3, "ab", ["a"], ["a", 3], X, list("abc")]),
    "start of an explorer": Kind(lambda: MIX, NOT_STARTS, SIZE),
    "mixture of an explorer": Kind(lambda: MIX, [*NOT_MIXTURES, THREE_D, CROWD], SIZE),
    "action": Kind(lambda: "e", ["", "E", "checked", "is_small", "__init__", None, 3, ["e"], len]),
    "exercise": Kind(lambda: "e_step", ["", "E_step", None, 3, ["e_step"], len], "exercise"),
    "weights to start from": Kind(lambda: None, [3, "equal", [0.5, 0.5], [-1.0], [np.nan], X]),
    "means to start from": Kind(
        lambda: None, [3, "kmeans", X[:2], np.zeros((1, 3)), X[:, 0], X[:1] * np.nan]
    ),
    "precisions to start from": Kind(
        lambda: None, [3, "kmeans", X, np.zeros((2, 2, 2)), -np.tile(np.eye(2), (2, 1, 1))]
    ),
}  # fmt: skip


# --- what there is to call: a name is that of the module, of the class and of the function


M_STEP = {"family": "choice", "ridge": "not negative", "sample_weight": "sample_weight"}
RUN = {"family": "choice", "ridge": "not negative", "tol": "not negative", "max_iter": "count or 0"}
WAYS = {"accelerate": "flag", "history": ("choice", "all"), "progress": "flag"}
INITIALIZATION = {"X": "data", "k": "components", "rng": "rng", "**options": "initialization.from_centers"}
BOUND = {
    "X": "data of the mixture",
    "responsibilities": "responsibilities of the mixture",
    "mixture": "mixture of the data",
}
OWN_STEPS = {"e_step": "function or None", "m_step": "function or None"}
EXPLORER = {
    "X": "data", "k": "components", "start": "start of an explorer", **OWN_STEPS, "family": "choice",
    "seed": "count or 0",
}  # fmt: skip
ESTIMATOR = {
    "n_components": "components", "covariance_type": "choice", "tol": "not negative",
    "reg_covar": "not negative", "max_iter": "count or 0", "n_init": "count",
    "init_params": ("choice", "kmeans"), "weights_init": "weights to start from",
    "means_init": "means to start from", "precisions_init": "precisions to start from",
    "random_state": "random_state", "warm_start": "flag", "accelerate": "flag",
    "history": ("choice", "all"), "verbose": "verbose",
}  # fmt: skip
FITTED = {"X": "data", "y": "anything", "sample_weight": "sample_weight"}

TABLE = {
    "acceleration.squarem": {"step": "step"},
    "collapse.CollapsedComponent": {
        "component": "count or 0", "count": "not negative", "iteration": "count or None",
        "spread": "count, 0 or None", "caller": ("choice", "fit"),
    },
    "conditional.conditional": {
        "mixture": "mixture", "known": "known features", "values": "values of known features"
    },
    "conditional.fill_in": {"X": "data with holes", "mixture": "mixture of the data", "rng": "rng or None"},
    "course.laying_out.lay_out": {"folder": "folder to make", "place": "folder with lessons or None"},
    "course.progress.progress": {"folder": "course folder or None"},
    "datasets.elongated_clusters": {"rng": "rng", "n": "count"},
    "datasets.make_mixture": {
        "rng": "rng", "k": "components at all", "d": "count", "n_per_component": "count"
    },
    "datasets.round_blobs": {"rng": "rng", "n": "count"},
    "distributed.fit_dask": {"array": "Dask array", "start": "start", **RUN, **WAYS, "persist": "flag"},
    "em.e_step": {
        "X": "data of the mixture", "mixture": "mixture of the data", "sample_weight": "sample_weight"
    },
    "em.iterate": {
        "step": "step", "start": "start alone", "tol": "not negative", "max_iter": "count or 0",
        "history": ("choice", "all"), "progress": "flag",
    },
    "em.m_step": {"X": "data", "responsibilities": "responsibilities", **M_STEP},
    "engine.Engine": {"X": "data", "sample_weight": "sample_weight", "n_threads": "count or None"},
    "engine.Engine.__call__": {"mixture": "mixture of the data", "form": "form", "origins": "origins"},
    "estimator.EMGaussianMixture": ESTIMATOR,
    "estimator.EMGaussianMixture.aic": {"X": "data of the mixture"},
    "estimator.EMGaussianMixture.bic": {"X": "data of the mixture"},
    "estimator.EMGaussianMixture.fit": FITTED,
    "estimator.EMGaussianMixture.fit_predict": FITTED,
    "estimator.EMGaussianMixture.icl": {"X": "data of the mixture"},
    "estimator.EMGaussianMixture.partial_fit": FITTED | {"X": "data of the mixture"},
    "estimator.EMGaussianMixture.predict": {"X": "data of the mixture"},
    "estimator.EMGaussianMixture.predict_proba": {"X": "data of the mixture"},
    "estimator.EMGaussianMixture.sample": {"n_samples": "count"},
    "estimator.EMGaussianMixture.score": {"X": "data of the mixture", "y": "anything"},
    "estimator.EMGaussianMixture.score_samples": {"X": "data of the mixture"},
    "exercises.check": {"name": "exercise", "function": "function", "points": "points of an exercise"},
    "exercises.hint": {"name": "exercise"},
    "exercises.registry.named": {"name": "exercise"},
    "exercises.solution": {"name": "exercise"},
    "explorer.session.Session": EXPLORER | {"features": "anything"},
    "explorer.session.Session.do": {"action": "action", "**arguments": "anything"},
    "explorer.widget.EMExplorer": EXPLORER | {"labels": "names"},
    "explorer.widget.EMExplorer.X": {"X": "data"},
    "explorer.widget.EMExplorer.family": {"family": "choice"},
    "explorer.widget.EMExplorer.on_change": {"function": "function"},
    "explorer.widget.EMExplorer.mixture": {"mixture": "mixture of an explorer"},
    "explorer.widget.EMExplorer.play": {"n": "count", "pause": "not negative"},
    "explorer.widget.EMExplorer.reset": {"start": "start of an explorer"},
    "explorer.widget.EMExplorer.to_html": {"path": "file to write", "title": "text"},
    "families.n_parameters": {"family": "choice", "k": "components at all", "d": "count"},
    "fit.best_of": {"X": "data of the mixture", "starts": "starts", "**options": "fit.fit_many"},
    "fit.fit": {
        "X": "data of the mixture", "start": "start", **RUN, "sample_weight": "sample_weight",
        "engine": ("choice", "auto"), **WAYS,
    },
    "fit.fit_many": {
        "X": "data of the mixture", "starts": "starts", **RUN, "sample_weight": "sample_weight",
        "progress": "flag",
    },
    "fit.textbook_step": {
        "X": "data of the mixture", "sample_weight": "sample_weight", "**options": "em.m_step"
    },
    "gradient.ascend": {
        "X": "data of the mixture", "start": "start", "size": "not negative", "max_iter": "count"
    },
    "gradient.gradient": {"X": "data of the mixture", "mixture": "mixture of the data"},
    "gradient.quasi_newton": {"X": "data of the mixture", "start": "start", "max_iter": "count"},
    "initialization.from_centers": {"X": "data", "centers": "centers", **M_STEP},
    "initialization.from_labels": {
        "X": "data", "labels": "labels", "family": "choice", "ridge": "not negative"
    },
    "initialization.kmeans": INITIALIZATION,
    "initialization.kmeans_plus_plus": INITIALIZATION,
    "initialization.lloyd": {"X": "data", "centers": "centers", "max_iter": "count"},
    "initialization.random_points": INITIALIZATION,
    "initialization.short_runs": {
        "X": "data", "k": "components", "rng": "rng", "n_runs": "count", "n_iter": "count"
    },
    "matching.align": {"mixture": "mixture like the other", "reference": "mixture like the other"},
    "matching.bhattacharyya": {"a": "mixture like the other", "b": "mixture like the other"},
    "matching.match": {"mixture": "mixture like the other", "reference": "mixture like the other"},
    "mixture.Mixture": {
        "weights": "weights", "means": "means", "covariances": "covariances", "family": "choice or None"
    },
    "mixture.Mixture.aic": {"X": "data of the mixture"},
    "mixture.Mixture.bic": {"X": "data of the mixture"},
    "mixture.Mixture.icl": {"X": "data of the mixture"},
    "mixture.Mixture.log_density": {"X": "data of the mixture"},
    "mixture.Mixture.log_joint": {"X": "data of the mixture"},
    "mixture.Mixture.log_likelihood": {"X": "data of the mixture", "sample_weight": "sample_weight"},
    "mixture.Mixture.predict": {"X": "data of the mixture"},
    "mixture.Mixture.projected": {"family": "choice"},
    "mixture.Mixture.responsibilities": {"X": "data of the mixture"},
    "mixture.Mixture.sample": {"n": "count", "rng": "rng"},
    "outliers.outlier_threshold": {
        "X": "data of the mixture", "mixture": "mixture of the data", "share": "share of false alarms"
    },
    "priors.Prior": {
        "mean": "prior's mean", "covariance": "prior's covariance", "covariance_points": "not negative",
        "mean_points": "not negative", "weight_points": "not negative",
    },
    "priors.effective_components": {"weights": "weights alone"},
    "priors.log_prior": {"mixture": "mixture like the other", "prior": "prior"},
    "priors.map_m_step": {
        "X": "data of the mixture", "responsibilities": "responsibilities", "prior": "prior"
    },
    "priors.weak_prior": {"X": "data", "k": "components at all"},
    "selection.Selection.best": {"criterion": ("choice", "bic")},
    "selection.Selection.table": {"criterion": ("choice", "bic")},
    "selection.Selection.text": {"criterion": ("choice", "bic"), "digits": "count or 0"},
    "selection.held_out_choice": {"left_out": "left out"},
    "selection.select": {
        "X": "data", "rng": "rng", "families": "families", "ks": "ks", "n_starts": "count", "folds": "folds",
        "ridge": "not negative", "tol": "not negative", "max_iter": "count or 0", "n_jobs": "jobs",
        "progress": "flag",
    },
    "files.Files": {"paths": "files", "rows": "count or None"},
    "streaming.fit_blocks": {"blocks": "blocks", "start": "start", **RUN, **WAYS},
    "streaming.online": {
        "blocks": "blocks", "start": "start of a stream", "family": "choice", "ridge": "not negative",
        "batch": "count", "kappa": "share", "t0": "not negative",
    },
    "streaming.online_step": {
        "S": "statistics", "X": "data of the mixture", "mixture": "mixture of the data",
        "gamma": "part of the whole", "family": "choice", "ridge": "not negative",
    },
    "sufficient.SufficientStatistics.mixture": {"family": "choice", "ridge": "not negative"},
    "sufficient.SufficientStatistics.of": {"mixture": "mixture", "ridge": "not negative"},
    "sufficient.SufficientStatistics.times": {"factor": "not negative"},
    "sufficient.amplification": {"mixture": "mixture", "center": "center"},
    "sufficient.lift": {"X": "data", "center": "center"},
    "theory.entropy": {"responsibilities": "responsibilities alone"},
    "theory.expected_complete_log_likelihood": BOUND,
    "theory.kl_gap": BOUND,
    "theory.lift_and_gap": {
        "X": "data of the mixture", "old": "mixture of the data", "new": "mixture of the data"
    },
    "theory.lower_bound": BOUND,
}  # fmt: skip

INTERNAL = {  # the beginning of a name, and why nobody hands nonsense to what is called so
    "course.": "parts of `lay_out`, `progress` and the command, which test_command tries",
    "collapse.": "called by every M-step with what it has just computed",
    "em.Fit": "a record that `iterate` makes",
    "engine.": "parts of `Engine`, called in every iteration with what `fit` has validated",
    "exercises.": "parts of `check`, which meets every sort of function in tests/exercise_attacks",
    "explorer.bundle.": "reads the package's own files",
    "explorer.export.": "called by `EMExplorer.to_html` with its own state",
    "explorer.still.": "called by `EMExplorer` with its own session, to be shown; test_stills tries odd data",
    "explorer.session.": "parts of `Session`; what a page sends is tried in test_explorer",
    "families.": "each is one line of the M-step, for arrays with any axes in front",
    "distributed.two_workers": "plumbing of lesson 14, called with the files that it has just written",
    "folder.": "parts of `lay_out` and `check`, called with paths that these have made",
    "grading.": "called by nbgrader; what a student may hand in is tried in test_mending and test_sealed",
    "fit.BestFit": "a record that `best_of` makes",
    "stills.": "called by widgets with what they are about to show",
    "frames.": "parts of `validation`",
    "em.as_answer_of_step": "it validates what a step gives; test_bad_input tries it through `iterate`",
    "linear_algebra.cholesky": "called with covariances that a mixture has validated",
    "mixture.as_mixture": "it validates; what takes a mixture is tried with what is none",
    "mixture.Mixture.trusted": "made for arrays that are known to be right",
    "mixture.log_": "called in every E-step with what `log_joint` has validated or computed",
    "mixture.read_only": "called with arrays that a mixture has just made",
    "plots.": "draw what a lesson's cell hands them, and validate nothing: they show that it is wrong",
    "selection.": "records that `select` makes",
    "sliders.": "a slider gives no value beyond its ends; every position is drawn in test_sliders",
    "stack.Stack": "part of the engine, made of mixtures",
    "blocks.": "parts of `fit_blocks` and `fit_dask`, called with what these are given to go through",
    "streaming.": "parts of `fit_blocks` and `fit_dask`, called with what these have validated",
    "sufficient.magnification": "`amplification`, for arguments that are known to fit",
    "sufficient.": "parts of the engine, called in every iteration with what `fit` has validated",
    "validation.": "these are what validates; test_bad_input tries them through those that call them",
}


FITTED_ESTIMATOR = EMGaussianMixture(2, random_state=0).fit(X)
SELECTED = select(X, np.random.default_rng(0), families=["full"], ks=[1], n_starts=1)
OBJECTS = {  # whose methods are tried
    "engine.Engine": lambda: Engine(X),
    "estimator.EMGaussianMixture": lambda: copy.deepcopy(FITTED_ESTIMATOR),
    "explorer.session.Session": lambda: Session(X, 2),
    "explorer.widget.EMExplorer": lambda: EMExplorer(X, 2),
    "mixture.Mixture": lambda: MIX,
    "selection.Selection": lambda: SELECTED,
    "sufficient.SufficientStatistics": lambda: SufficientStatistics.of(MIX),
}
AFTERWARDS = {  # these look at their arguments when what they make is used
    "acceleration.squarem": lambda step: step(MIX),
    "collapse.CollapsedComponent": str,
    "estimator.EMGaussianMixture": lambda estimator: estimator.fit(X),
    "fit.textbook_step": lambda step: step(MIX),
}


# --- what is public


def public():
    """{name: its arguments} of every public function, constructor, method and property that can be set."""
    found = {}
    for info in pkgutil.walk_packages(gmmlesson.__path__, "gmmlesson."):
        if re.search(r"\.lesson_\d+$", info.name):  # exercises as data: cases, mistakes, answers
            continue
        for name, value in vars(importlib.import_module(info.name)).items():
            if not name.startswith("_") and getattr(value, "__module__", None) == info.name:
                where = f"{info.name.removeprefix('gmmlesson.')}.{name}"
                found |= of_class(where, value) if inspect.isclass(value) else {where: arguments(value)}
    return {name: names for name, names in found.items() if names}


def of_class(where, cls):
    found = {}
    if "__init__" in vars(cls) or is_dataclass(cls):
        found[where] = arguments(cls)
    for name, member in vars(cls).items():
        if name.startswith("_") and name != "__call__":
            continue
        function = member.fset if isinstance(member, property) else getattr(member, "__func__", member)
        bound = not isinstance(member, staticmethod)
        found[f"{where}.{name}"] = arguments(function)[bound:]
    return found


def arguments(function):
    """The names of a function's arguments; those that go on to another as "**options"."""
    kinds = inspect.isroutine(function) or inspect.isclass(function) or hasattr(function, "__wrapped__")
    if not kinds or not callable(function):  # a constant, or a property
        return []
    parameters = inspect.signature(function).parameters.values()
    return ["**" + one.name if one.kind is one.VAR_KEYWORD else one.name for one in parameters]


PUBLIC = public()


def is_internal(name):
    return name not in TABLE and any(name.startswith(beginning) for beginning in INTERNAL)


def test_every_public_function_is_in_the_table():
    forgotten = [name for name in PUBLIC if name not in TABLE and not is_internal(name)]
    assert not forgotten, (
        f"TABLE must say of what kind the arguments of {forgotten[0]} are: {PUBLIC[forgotten[0]]}; or "
        f"INTERNAL must say why nobody calls it wrongly. (In all {len(forgotten)}: {', '.join(forgotten)}.)"
    )


@pytest.mark.parametrize("name", TABLE)
def test_the_table_knows_the_arguments(name):
    assert name in PUBLIC, f"TABLE must not have {name}, which is not public any more."
    for argument in PUBLIC[name]:
        assert argument in TABLE[name], f"TABLE must say of what kind {argument} is, an argument of {name}."
    assert set(TABLE[name]) == set(PUBLIC[name]), f"TABLE has arguments which {name} has not."


def test_what_is_internal_exists():
    for beginning, reason in INTERNAL.items():
        assert reason and any(is_internal(name) for name in PUBLIC if name.startswith(beginning)), beginning


# --- trying them


def kind_of(name, argument):
    """The kind of an argument, and a good value of it."""
    entry = TABLE[name][argument]
    kind, *good = (entry,) if isinstance(entry, str) else entry
    return KINDS[kind], good[0] if good else KINDS[kind].good()


def call(name, /, **given):
    """Call what has that name with the given arguments, and good ones for those it cannot do without."""
    signature, function = inspect.signature(resolved(name)), resolved(name)
    for argument, parameter in signature.parameters.items():
        needed = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        if needed and argument not in given:
            given[argument] = kind_of(name, argument)[1]
    answer = function(**given)
    return AFTERWARDS.get(name, lambda answer: answer)(answer)


def resolved(name):
    """The function, or the bound method, of that name."""
    owner = next((owner for owner in OBJECTS if name.startswith(owner + ".")), None)
    if owner is None:
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(f"gmmlesson.{module}"), attribute)
    instance, attribute = OBJECTS[owner](), name.removeprefix(owner + ".")
    member = inspect.getattr_static(type(instance), attribute)
    return member.fset.__get__(instance) if isinstance(member, property) else getattr(instance, attribute)


def tried():
    """(name, argument, name of the function that has it) for every argument of every function in TABLE."""
    for name, entry in TABLE.items():
        for argument, kind in entry.items():
            if not argument.startswith("**"):
                yield name, argument, name
            elif kind != "anything":
                parameters = inspect.signature(resolved(kind)).parameters.values()
                for option in parameters:
                    if option.kind is option.KEYWORD_ONLY and option.name not in entry:
                        yield name, option.name, kind


def wrong_with(name, argument, value, named):
    """What is wrong with how a bad value is refused; None if nothing is."""
    try:
        with warnings.catch_warnings(action="error"):
            call(name, **{argument: value})
    except (ValueError, TypeError) as error:
        where = traceback.extract_tb(error.__traceback__)[-1].filename
        if argument == "X" and name.startswith("estimator.") and "sklearn" in where:
            return None  # scikit-learn's checks of an estimator ask for these words
        if name.startswith("exercises.") and Path(where).is_relative_to(PACKAGE):
            return None  # these speak to a learner, in more sentences than one
        if wrong := complaint(error):
            return wrong
        return None if re.search(rf"\b({argument}|{named})\b", str(error)) else f"it was told: {error}"
    except Exception as error:
        return f"it raised {type(error).__name__}: {error}"
    return "it was taken"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("X.npy", X)
    Path("empty").mkdir()


@pytest.mark.parametrize(("name", "argument", "whose"), list(tried()))
def test_nonsense_is_refused(name, argument, whose):
    kind, _ = kind_of(whose, argument)
    complaints = {shown(bad): wrong_with(name, argument, bad, kind.named) for bad in kind.bad}
    wrong = [f"{bad}: {what}" for bad, what in complaints.items() if what]
    assert not wrong, f"{name}: {argument} must be refused in our own sentence.\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", TABLE)
def test_good_values_are_taken(name):
    """So that a refusal is of the bad value, and not of what stands beside it."""
    given = {argument: kind_of(whose, argument)[1] for one, argument, whose in tried() if one == name}
    with warnings.catch_warnings(action="error"):
        call(name, **given)
