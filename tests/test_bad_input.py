"""Every public function refuses what makes no sense: the right exception, one sentence, no warnings."""

import decimal
import fractions
import random
import re
import traceback
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

import gmmlesson
from gmmlesson import (
    CollapsedComponent,
    EMGaussianMixture,
    Fit,
    Mixture,
    datasets,
    e_step,
    fit,
    iterate,
    m_step,
    validation,
)
from gmmlesson.initialization import (
    from_centers,
    from_labels,
    kmeans,
    kmeans_plus_plus,
    lloyd,
    random_points,
    short_runs,
)
from gmmlesson.matching import align, bhattacharyya, match

PACKAGE = Path(gmmlesson.__file__).parent
X = np.random.default_rng(0).standard_normal((12, 2))
MIX = Mixture([0.4, 0.6], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2), 2 * np.eye(2)])
ONE_D = Mixture([1.0], [[0.0]], [[[1.0]]])
R = MIX.responsibilities(X)
LABELS = np.arange(12) % 2
I2 = np.tile(np.eye(2), (2, 1, 1))
HUGE = 10**400


def rng():
    return np.random.default_rng(0)


def with_entry(array, where, value):
    array = np.array(array)
    array[where] = value
    return array


class ObjectFrame:
    """A data frame with a column of text, as NumPy sees it."""

    def __array__(self, dtype=None, copy=None):
        return np.array([[1.0, "a"], [2.0, "b"]], dtype=object)

    def __repr__(self):
        return "   size name\n0   1.0    a\n1   2.0    b"


class Unreadable:
    """An array on a device that NumPy cannot reach, for instance."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't convert.\nUse .cpu() first.")


def refused(call, exception, *fragments):
    """`call` raises exactly `exception`, in one sentence that holds the fragments; nothing warns."""
    with warnings.catch_warnings(action="error"), pytest.raises(exception) as caught:
        call()
    message = str(caught.value)
    assert type(caught.value) is exception, repr(caught.value)
    assert "\n" not in message, message
    assert message.endswith("."), message
    assert not re.search(r"[.!?] +[A-Z]", message), f"more than one sentence: {message}"
    assert len(message) <= 230, message
    for fragment in fragments:
        assert fragment in message, message
    assert "must" in message or "masked" in message, f"does not say what is needed: {message}"
    return message


def type_of(value):
    """How a bad value is called in a test's name; messages speak for themselves."""
    return None if isinstance(value, str) else type(value).__name__


def complaint(error):
    """Why an exception is no refusal of our own; None if it is: a `raise` of the package, in one sentence."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    if not Path(frame.filename).is_relative_to(PACKAGE) or not frame.line.startswith("raise"):
        return f"it met {type(error).__name__}: {error}"
    if isinstance(error, CollapsedComponent):
        return None if str(error).endswith(".") and "nan" not in str(error) else f"it was told: {error}"

    def again():
        raise error

    try:
        refused(again, type(error))
    except AssertionError as wrong:
        return str(wrong).split("\n")[0]
    return None


# Every function that takes data, called with otherwise good arguments.
TAKES_X = {
    "log_joint": lambda X: MIX.log_joint(X),
    "log_density": lambda X: MIX.log_density(X),
    "log_likelihood": lambda X: MIX.log_likelihood(X),
    "log_likelihood, weighted": lambda X: MIX.log_likelihood(X, np.ones(12)),
    "responsibilities": lambda X: MIX.responsibilities(X),
    "predict": lambda X: MIX.predict(X),
    "bic": lambda X: MIX.bic(X),
    "aic": lambda X: MIX.aic(X),
    "icl": lambda X: MIX.icl(X),
    "e_step": lambda X: e_step(X, MIX),
    "m_step": lambda X: m_step(X, R),
    "fit": lambda X: fit(X, MIX),
    "random_points": lambda X: random_points(X, 2, rng()),
    "kmeans_plus_plus": lambda X: kmeans_plus_plus(X, 2, rng()),
    "kmeans": lambda X: kmeans(X, 2, rng()),
    "short_runs": lambda X: short_runs(X, 2, rng()),
    "from_centers": lambda X: from_centers(X, [[0.0, 0.0]]),
    "from_labels": lambda X: from_labels(X, LABELS),
    "lloyd": lambda X: lloyd(X, [[0.0, 0.0]]),
}
BAD_X = {
    "nan": (with_entry(X, (3, 1), np.nan), "X must be finite; its entry at (3, 1) is nan."),
    "inf": (with_entry(X, (0, 0), np.inf), "X must be finite; its entry at (0, 0) is inf."),
    "-inf": (with_entry(X, (11, 1), -np.inf), "X must be finite; its entry at (11, 1) is -inf."),
    "one axis": (
        X[:, 0],
        "X must have shape (n, d); it has shape (12,); for a single feature write X[:, None].",
    ),
    "three axes": (X[None], "X must have shape (n, d); it has shape (1, 12, 2)."),
    "a number": (1.5, "X must have shape (n, d); it has shape ()."),
    "no points": (X[:0], "X must have shape (n, d)"),
    "no features": (X[:, :0], "X must have shape (n, d)"),
    "an empty list": ([], "X must have shape (n, d)"),
    "text": ("old faithful", "X must hold real numbers; its entries are of type <U12."),
    "a table of text": ([["3.6", "79"]], "X must hold real numbers; its entries are of type <U3."),
    "bytes": ([[b"3", b"4"]], "X must hold real numbers"),
    "None": (None, "X must be an array of shape (n, d); it is None."),
    "a missing value": ([[1.0, None]], "X must hold real numbers; its entry at (0, 1) is None."),
    "a number too long for 64 bits": (
        [[1, HUGE]],
        "X must hold numbers that 64 bits can hold; its entry at (0, 1) is 1000000000",
    ),
    "an object among numbers": (
        with_entry(X.astype(object), (3, 1), {"x": 1}),
        "X must hold real numbers; its entry at (3, 1) is {'x': 1}.",
    ),
    "a frame with text": (ObjectFrame(), "X must hold real numbers; its entry at (0, 1) is 'a'."),
    "complex": (X + 0j, "X must hold real numbers; its entries are of type complex128."),
    "dates": (
        np.zeros((12, 2), dtype="M8[s]"),
        "X must hold real numbers; its entries are of type datetime64[s].",
    ),
    "records": (np.zeros(12, dtype="f8,f8"), "X must hold real numbers"),
    "ragged": ([[1.0, 2.0], [3.0]], "X must be an array of shape (n, d); its rows differ in length."),
    "masked": (np.ma.masked_less(X, 0), "X is a masked array; fill or drop its masked entries first."),
    "masked, nothing of it": (np.ma.masked_array(X), "X is a masked array; fill or drop its masked entries"),
    "masked rows": (list(np.ma.masked_less(X, 0)), "X is a masked array"),
    "a masked number": ([[1.0, 2.0], [3.0, np.ma.masked]], "X is a masked array"),
    "a matrix": (np.asmatrix(X), "X must be an array of shape (n, d); it is a numpy.matrix, which numpy.as"),
    "what cannot be read": (Unreadable(), "X must be an array of shape (n, d); NumPy cannot read this Unre"),
    "sparse": (sparse.csr_array(X), "X must be an array of shape (n, d); it is <Compressed Sparse Row"),
    "a dictionary": ({"X": 1}, "X must be an array of shape (n, d); it is {'X': 1}."),
    "a set": ({1.0, 2.0}, "X must be an array of shape (n, d); it is {1.0, 2.0}."),
    "a generator": ((row for row in X), "X must be an array of shape (n, d); it is <generator"),
    "too large to square": (with_entry(X, (2, 0), 1e200), "X must stay below 1e+150"),
    "too large for 64 bits": (
        X.astype(np.longdouble) * np.longdouble("1e999"),
        "X must be finite; its entry at",
    ),
}


@pytest.mark.parametrize("bad", BAD_X)
@pytest.mark.parametrize("function", TAKES_X)
def test_data(function, bad):
    values, message = BAD_X[bad]
    refused(lambda: TAKES_X[function](values), ValueError, message)


class Polars:
    """A data frame of Polars, as far as it is looked at: columns with names, each an array for NumPy."""

    def __init__(self, **columns):
        self.columns, self.shape = list(columns), (12, len(columns))
        self.arrays = columns

    def get_columns(self):
        return [PolarsColumn(name, array) for name, array in self.arrays.items()]

    def __iter__(self):
        return iter(self.get_columns())


class PolarsColumn:
    def __init__(self, name, array):
        self.name, self.array, self.dtype = name, np.asarray(array), f"pl.{type(array).__name__}"

    def __array__(self, dtype=None, copy=None):
        return self.array


class ToNumpy:
    """Something that NumPy cannot read, but that gives an array."""

    def __init__(self, array):
        self.array = array

    def to_numpy(self):
        return self.array


FRAME = pd.DataFrame(X.round(2), columns=["a", "b"])
WHOLE = pd.DataFrame({"a": np.arange(12), "b": X[:, 1] > 0})
GOOD_X = {  # what it is, and the numbers that it means
    "numbers": (FRAME, FRAME.to_numpy()),
    "nullable": (FRAME.astype("Float64"), FRAME.to_numpy()),
    "Arrow in pandas": (FRAME.astype("double[pyarrow]"), FRAME.to_numpy()),
    "objects": (FRAME.astype(object), FRAME.to_numpy()),
    "integers and booleans": (WHOLE, WHOLE.to_numpy(float)),
    "nullable integers and booleans": (WHOLE.astype({"a": "Int64", "b": "boolean"}), WHOLE.to_numpy(float)),
    "integers and booleans of Arrow": (
        WHOLE.astype({"a": "int64[pyarrow]", "b": "bool[pyarrow]"}),
        WHOLE.to_numpy(float),
    ),
    "two columns of one name": (FRAME.set_axis(["a", "a"], axis=1).astype("Float64"), FRAME.to_numpy()),
    "mostly zeros": (FRAME.astype(pd.SparseDtype(float)), FRAME.to_numpy()),
    "decimals": (FRAME.map(lambda x: decimal.Decimal(str(x))), FRAME.to_numpy()),
    "Polars": (Polars(a=X[:, 0], b=X[:, 1] > 0), np.column_stack([X[:, 0], X[:, 1] > 0])),
    "Arrow": (pa.table({"a": X[:, 0], "b": np.arange(12)}), np.column_stack([X[:, 0], np.arange(12)])),
    "to_numpy": (ToNumpy(X), X),
    "fractions and integers": (
        [[fractions.Fraction(1, 2 + i), i] for i in range(12)],
        np.array([[1 / (2 + i), i] for i in range(12)]),
    ),
    "rows of a frame": ([row for _, row in FRAME.iterrows()], FRAME.to_numpy()),
}
IN_FRAMES = {  # a column that makes no sense, and what is said of it
    "missing": (pd.array([None, 0.5] * 6, "Float64"), "no missing values; its column 'b' has one in row 0 "),
    "missing, Arrow": (pd.array([1.0, None] * 6, "double[pyarrow]"), "missing values; its column 'b' has"),
    "missing integers": (pd.array([2, None] * 6, "Int64"), "missing values; its column 'b' has one in row 1"),
    "missing booleans": (pd.array([True, True, None] * 4, "boolean"), "column 'b' has one in row 2 (counted"),
    "nan": (with_entry(X[:, 0], 7, np.nan), "missing values; its column 'b' has one in row 7 (counted from"),
    "None": (with_entry(X[:, 0].astype(object), 4, None), "missing values; its column 'b' has one in row 4"),
    "NA": (with_entry(X[:, 0].astype(object), 4, pd.NA), "missing values; its column 'b' has one in row 4"),
    "text": (list("abcdefghijkl"), "real numbers; its column 'b' holds 'a' in row 0 (counted from 0)."),
    "numbers in text": (pd.array(["1"] * 12, "string"), "real numbers; its column 'b' holds '1' in row 0"),
    "categories": (pd.Categorical(list("abcd") * 3), "real numbers; its column 'b' holds 'a' in row 0"),
    "categories that are numbers": (pd.Categorical([1, 2] * 6), "its column 'b' is of type category."),
    "dates": (pd.date_range("2020-01-01", periods=12), "real numbers; its column 'b' is of type datetime64["),
    "dates of a time zone": (pd.date_range("2020", periods=12, tz="UTC"), "its column 'b' holds Timestamp("),
    "durations": (pd.to_timedelta(range(12)), "real numbers; its column 'b' is of type timedelta64["),
    "complex": (X[:, 0] + 0j, "real numbers; its column 'b' is of type complex128."),
    "too long": ([HUGE] * 12, "numbers that 64 bits can hold; its column 'b' holds 1000000000"),
}
DOORS = TAKES_X | {
    "EMGaussianMixture.fit": lambda X: EMGaussianMixture(random_state=0).fit(X),
    "EMGaussianMixture.partial_fit": lambda X: EMGaussianMixture(random_state=0).partial_fit(X),
    "EMGaussianMixture.fit_predict": lambda X: EMGaussianMixture(random_state=0).fit_predict(X),
} | {
    f"EMGaussianMixture.{name}": lambda X, name=name: getattr(FITTED, name)(X)
    for name in ("predict", "predict_proba", "score_samples", "score", "aic", "bic", "icl")
}  # fmt: skip
with warnings.catch_warnings(action="ignore"):
    FITTED = EMGaussianMixture(random_state=0).fit(pd.DataFrame(X, columns=["a", "b"]))


def answer(door, values):
    """What a door says, as numbers that can be compared; or in words, should it refuse."""
    try:
        value = DOORS[door](values)
    except ValueError as refusal:
        return str(refusal)
    if isinstance(value, EMGaussianMixture):
        value = value.mixture_
    if isinstance(value, Fit):
        value = value.mixture
    if isinstance(value, Mixture):
        value = value.weights, value.means, value.covariances
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("good", GOOD_X)
@pytest.mark.parametrize("door", DOORS)
def test_frames_and_their_kin_are_taken_everywhere(door, good):
    values, array = GOOD_X[good]
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # on names of features
        actual, expected = answer(door, values), answer(door, array)
    if isinstance(expected, str):  # a component that collapses, for instance
        assert actual == expected
    else:
        for a, b in zip(actual, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("bad", IN_FRAMES)
@pytest.mark.parametrize("door", DOORS)
def test_frames_are_refused_everywhere_by_the_name_of_the_column(door, bad):
    column, message = IN_FRAMES[bad]
    refused(lambda: DOORS[door](pd.DataFrame({"a": X[:, 0], "b": column})), ValueError, "X must h", message)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (Polars(a=X[:, 0], b=with_entry(X[:, 0], 3, np.nan)), "its column 'b' has one in row 3"),
        (Polars(a=["x"] * 12), "X must hold real numbers; its column 'a' is of type pl.list."),
        (Polars(a=np.array([True, None] * 6)), "its column 'a' has one in row 1"),
        (pa.table({"a": [1.0, None]}), "its column 'a' has one in row 1"),
        (pa.table({"a": ["x", "y"]}), "X must hold real numbers; its column 'a' holds 'x' in row 0"),
        (pa.table({"a": pa.array([1, 2, 1]).dictionary_encode()}), "its column 'a' is of type dictionary<"),
        (pa.table({"a": pa.array([1, 2], pa.timestamp("s"))}), "its column 'a' is of type timestamp[s]."),
        (FRAME[[]], "X must have shape (n, d), no axis empty; it has shape (12, 0)."),
        (FRAME[:0], "X must have shape (n, d), no axis empty; it has shape (0, 2)."),
        (pd.DataFrame, "X must be an array of shape (n, d); it is <class"),
    ],
    ids=type_of,
)
@pytest.mark.parametrize("door", ["predict", "fit", "EMGaussianMixture.fit"])
def test_frames_of_others(door, frame, message):
    if door.startswith("EM") and "shape (n, d)" in message:
        return  # scikit-learn's checks ask for words of its own
    refused(lambda: DOORS[door](frame), ValueError, message)


def test_a_frame_of_numbers_is_not_copied():
    for array in (X, X.astype(np.float32)):
        frame = pd.DataFrame(array)
        assert np.shares_memory(validation.as_data(frame, keep_float32=True), frame.to_numpy())


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("function", TAKES_X)
def test_data_with_another_number_of_features(function, d):
    if function in ("m_step", "random_points", "kmeans_plus_plus", "kmeans", "short_runs", "from_labels"):
        return  # these have nothing to compare it with
    name = "centers" if function in ("from_centers", "lloyd") else "X"
    refused(lambda: TAKES_X[function](np.zeros((12, d))), ValueError, f"{name} must have", "2", str(d))


TAKES_RNG = {
    "random_points": lambda rng: random_points(X, 2, rng),
    "kmeans_plus_plus": lambda rng: kmeans_plus_plus(X, 2, rng),
    "kmeans": lambda rng: kmeans(X, 2, rng),
    "short_runs": lambda rng: short_runs(X, 2, rng),
    "sample": lambda rng: MIX.sample(3, rng),
    "make_mixture": lambda rng: datasets.make_mixture(rng),
}


NOT_RNGS = [None, 0, "0", np.random, np.random.default_rng, random.Random(0), X, ObjectFrame()]


@pytest.mark.parametrize("bad", NOT_RNGS)
@pytest.mark.parametrize("function", TAKES_RNG)
def test_rng(function, bad):
    refused(lambda: TAKES_RNG[function](bad), TypeError, "rng must be a numpy.random.Generator", "; it is ")


COUNTS = {  # name of the argument, how it is passed
    "random_points k": ("k", lambda k: random_points(X, k, rng())),
    "kmeans_plus_plus k": ("k", lambda k: kmeans_plus_plus(X, k, rng())),
    "kmeans k": ("k", lambda k: kmeans(X, k, rng())),
    "short_runs k": ("k", lambda k: short_runs(X, k, rng())),
    "short_runs n_runs": ("n_runs", lambda n: short_runs(X, 2, rng(), n_runs=n)),
    "short_runs n_iter": ("n_iter", lambda n: short_runs(X, 2, rng(), n_iter=n)),
    "lloyd max_iter": ("max_iter", lambda n: lloyd(X, X[:2], max_iter=n)),
    "sample n": ("n", lambda n: MIX.sample(n, rng())),
    "make_mixture k": ("k", lambda k: datasets.make_mixture(rng(), k=k)),
    "make_mixture d": ("d", lambda d: datasets.make_mixture(rng(), d=d)),
    "make_mixture n_per_component": (
        "n_per_component",
        lambda n: datasets.make_mixture(rng(), n_per_component=n),
    ),
}
NOT_COUNTS = [
    0,
    -1,
    True,
    np.True_,
    2.0,
    np.float64(2),
    1.5,
    np.nan,
    np.inf,
    "2",
    None,
    [2],
    np.array(2),
    2 + 0j,
    X,
]


@pytest.mark.parametrize("bad", NOT_COUNTS, ids=lambda bad: type(bad).__name__)
@pytest.mark.parametrize("function", COUNTS)
def test_counts(function, bad):
    name, call = COUNTS[function]
    refused(lambda: call(bad), ValueError, f"{name} must be a whole number of at least 1; it is ")


@pytest.mark.parametrize(
    "bad", [bad for bad in NOT_COUNTS if bad is not NOT_COUNTS[0]], ids=lambda bad: type(bad).__name__
)
def test_max_iter_may_be_zero_but_not_these(bad):
    for call in (
        lambda: fit(X, MIX, max_iter=bad),
        lambda: iterate(lambda mixture: (mixture, 0.0), MIX, tol=0, max_iter=bad),
    ):
        refused(call, ValueError, "max_iter must be a whole number of at least 0; it is ")


@pytest.mark.parametrize("function", ["random_points k", "kmeans_plus_plus k", "kmeans k", "short_runs k"])
def test_more_components_than_points(function):
    refused(
        lambda: COUNTS[function][1](13), ValueError, "k must be at most 12, the number of points; it is 13."
    )


NUMBERS = {
    "iterate tol": ("tol", lambda tol: iterate(lambda mixture: (mixture, 0.0), MIX, tol=tol, max_iter=3)),
    "fit tol": ("tol", lambda tol: fit(X, MIX, tol=tol)),
    "fit ridge": ("ridge", lambda ridge: fit(X, MIX, ridge=ridge)),
    "m_step ridge": ("ridge", lambda ridge: m_step(X, R, ridge=ridge)),
    "from_centers ridge": ("ridge", lambda ridge: from_centers(X, X[:2], ridge=ridge)),
    "from_labels ridge": ("ridge", lambda ridge: from_labels(X, LABELS, ridge=ridge)),
}


NOT_NUMBERS = [
    -1e-9, -1, np.nan, np.inf, -np.inf, True, np.True_, None, "1e-3", [1e-3], np.array(1e-3), 1j, HUGE, X,
]  # fmt: skip


@pytest.mark.parametrize("bad", NOT_NUMBERS, ids=lambda bad: type(bad).__name__)
@pytest.mark.parametrize("function", NUMBERS)
def test_numbers(function, bad):
    name, call = NUMBERS[function]
    refused(lambda: call(bad), ValueError, f"{name} must be a finite number that is not negative; it is ")


def test_numbers_of_other_types_are_fine():
    for value in (0, 1, np.float32(0.5), np.int64(1), fractions.Fraction(1, 2)):
        for _, call in NUMBERS.values():
            call(value)


FAMILY = {
    "fit": lambda family: fit(X, MIX, family=family),
    "m_step": lambda family: m_step(X, R, family=family),
    "from_centers": lambda family: from_centers(X, X[:2], family=family),
    "from_labels": lambda family: from_labels(X, LABELS, family=family),
}


NOT_FAMILIES = ["", "FULL", "full ", "ellipse", None, 3, ["full"], {"full"}, np.array("full"), len]


@pytest.mark.parametrize("bad", NOT_FAMILIES)
@pytest.mark.parametrize("function", FAMILY)
def test_family(function, bad):
    choices = "full, tied, diag, spherical, tied_diag, tied_spherical"
    refused(lambda: FAMILY[function](bad), ValueError, f"family must be one of {choices}; it is ")


SAMPLE_WEIGHT = {
    "log_likelihood": lambda weight: MIX.log_likelihood(X, weight),
    "e_step": lambda weight: e_step(X, MIX, sample_weight=weight),
    "m_step": lambda weight: m_step(X, R, sample_weight=weight),
    "from_centers": lambda weight: from_centers(X, X[:2], sample_weight=weight),
    "fit": lambda weight: fit(X, MIX, sample_weight=weight),
}


BAD_WEIGHTS = [
    (np.ones(11), "must have 12 entries, one a point; it has 11."),
    (np.ones((12, 1)), "must have shape (n,); it has shape (12, 1)."),
    (1.0, "must have shape (n,); it has shape ()."),
    ([], "must have shape (n,)"),
    (with_entry(np.ones(12), 4, -0.5), "must not be negative; its smallest entry is -0.5."),
    (np.zeros(12), "must not be zero everywhere; all its entries are 0."),
    (with_entry(np.ones(12), 4, np.nan), "must be finite; its entry at (4,) is nan."),
    (with_entry(np.ones(12), 0, np.inf), "must be finite; its entry at (0,) is inf."),
    (np.full(12, 1e308), "must stay below 1e+150"),
    (["1"] * 12, "must hold real numbers; its entries are of type <U1."),
    (np.ones(12) * 1j, "must hold real numbers; its entries are of type complex128."),
    ("balanced", "must hold real numbers"),
    ({0: 1.0}, "must be an array of shape (n,); it is {0: 1.0}."),
    (np.ma.masked_all(12), "is a masked array"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_WEIGHTS, ids=type_of)
@pytest.mark.parametrize("function", SAMPLE_WEIGHT)
def test_sample_weight(function, bad, message):
    refused(lambda: SAMPLE_WEIGHT[function](bad), ValueError, "sample_weight " + message)


BAD_RESPONSIBILITIES = [
    (R[:-1], "must have 12 rows, one a point; it has 11."),
    (R[:, 0], "must have shape (n, k); it has shape (12,)."),
    (R[:, :0], "must have shape (n, k)"),
    (R[None], "must have shape (n, k); it has shape (1, 12, 2)."),
    (R * 2, "must sum to 1 in a row; row 0 sums to 2."),
    (with_entry(R, (5, 0), R[5, 0] + 0.01), "must sum to 1 in a row; row 5 sums to 1.01."),
    (np.tile([1.5, -0.5], (12, 1)), "must not be negative; the smallest is -0.5."),
    (np.log(R), "must not be negative"),
    (R / R.sum(axis=0), "must sum to 1 in a row"),  # normalized over the wrong axis
    (with_entry(R, (7, 1), np.nan), "must be finite; its entry at (7, 1) is nan."),
    ([["a", "b"]] * 12, "must hold real numbers; its entries are of type <U1."),
    (R + 0j, "must hold real numbers; its entries are of type complex128."),
    (None, "must be an array of shape (n, k); it is None."),
    (MIX, "must be an array of shape (n, k); it is Mixture(k=2, d=2, weights=[0.4, 0.6])."),
    (e_step(X, MIX), "must be an array of shape (n, k); its rows differ in length."),
]


@pytest.mark.parametrize(("bad", "message"), BAD_RESPONSIBILITIES, ids=type_of)
def test_responsibilities(bad, message):
    refused(lambda: m_step(X, bad), ValueError, "responsibilities " + message)


BAD_MIXTURES = [
    ([0.5, 0.6], [[0.0, 0], [1, 1]], I2, "weights must sum to 1; they sum to 1.1."),
    ([0.5, 0.5 + 2e-8], [[0.0, 0], [1, 1]], I2, "weights must sum to 1; they sum to 1.00000002."),
    ([1.0, 0.0], [[0.0, 0], [1, 1]], I2, "weights must be positive; the smallest is 0.0."),
    ([1.5, -0.5], [[0.0, 0], [1, 1]], I2, "weights must be positive; the smallest is -0.5."),
    ([0.5, np.nan], [[0.0, 0], [1, 1]], I2, "weights must be finite; its entry at (1,) is nan."),
    ([1.0], [[0.0, 0], [1, 1]], I2, "weights must have shape (2,)"),
    ([[0.5, 0.5]], [[0.0, 0], [1, 1]], I2, "weights must have shape (k,); it has shape (1, 2)."),
    (None, [[0.0, 0], [1, 1]], I2, "weights must be an array of shape (k,); it is None."),
    ("equal", [[0.0, 0], [1, 1]], I2, "weights must hold real numbers; its entries are of type <U5."),
    ([0.5, 0.5], [0.0, 1.0], I2, "means must have shape (k, d); it has shape (2,)."),
    (
        [0.5, 0.5],
        [[0.0, 0], [1]],
        I2,
        "means must be an array of shape (k, d); its rows differ in length.",
    ),
    ([0.5, 0.5], [[0.0, 0], [1, np.inf]], I2, "means must be finite; its entry at (1, 1) is inf."),
    ([0.5, 0.5], [], I2, "means must have shape (k, d)"),
    ([0.5, 0.5], [[0.0, 0], [1, 1j]], I2, "means must hold real numbers"),
    ([0.5, 0.5], [[0.0], [1]], I2, "covariances must have shape (2, 1, 1)"),
    (
        [0.5, 0.5],
        [[0.0, 0], [1, 1]],
        np.eye(2),
        "covariances must have shape (k, d, d); it has shape (2, 2).",
    ),
    ([0.5, 0.5], [[0.0, 0], [1, 1]], I2[:1], "covariances must have shape (2, 2, 2)"),
    ([0.5, 0.5], [[0.0, 0], [1, 1]], 0 * I2, "covariances must be positive definite"),
    ([0.5, 0.5], [[0.0, 0], [1, 1]], -I2, "covariances must be positive definite; component 0"),
    (
        [0.5, 0.5],
        [[0.0, 0], [1, 1]],
        [np.eye(2), [[1, 2], [2, 1]]],
        "covariances must be positive definite; component 1 (counted from 0) has the eigenvalue -1.",
    ),
    (
        [0.5, 0.5],
        [[0.0, 0], [1, 1]],
        [np.eye(2), [[1, 0.5], [0.4, 1]]],
        "covariances must be symmetric; that of component 1 (counted from 0) is not.",
    ),
    (
        [0.5, 0.5],
        [[0.0, 0], [1, 1]],
        1e-12 * np.array([[[1, 0.5], [0.4, 1]], np.eye(2)]),
        "covariances must be symmetric; that of component 0 (counted from 0) is not.",
    ),
    (
        [0.5, 0.5],
        [[0.0, 0], [1, 1]],
        [np.eye(2), [[1, 9e307], [-9e307, 1]]],
        "covariances must stay below 1e+300, for 64-bit numbers to hold what is computed from it;",
    ),
    ([0.5, 0.5], [[0.0, 0], [1e200, 1]], I2, "means must stay below 1e+150"),
    (
        [0.5, 0.5],
        [[0.0, 0], [1, 1]],
        np.nan * I2,
        "covariances must be finite; its entry at (0, 0, 0) is nan.",
    ),
]


@pytest.mark.parametrize(("weights", "means", "covariances", "message"), BAD_MIXTURES)
def test_mixture(weights, means, covariances, message):
    refused(lambda: Mixture(weights, means, covariances), ValueError, message)


TAKES_MIXTURE = {
    "e_step": ("mixture", lambda mixture: e_step(X, mixture)),
    "fit": ("start", lambda start: fit(X, start)),
    "iterate": ("start", lambda start: iterate(lambda mixture: (mixture, 0.0), start, tol=0, max_iter=3)),
    "match": ("mixture", lambda mixture: match(mixture, MIX)),
    "match, reference": ("reference", lambda mixture: match(MIX, mixture)),
    "align": ("mixture", lambda mixture: align(mixture, MIX)),
    "align, reference": ("reference", lambda mixture: align(MIX, mixture)),
    "bhattacharyya, a": ("a", lambda mixture: bhattacharyya(mixture, MIX)),
    "bhattacharyya, b": ("b", lambda mixture: bhattacharyya(MIX, mixture)),
}


NOT_MIXTURES = [None, X, 3, "kmeans", Mixture, (MIX.weights, MIX.means, MIX.covariances), ObjectFrame()]


@pytest.mark.parametrize("bad", NOT_MIXTURES)
@pytest.mark.parametrize("function", TAKES_MIXTURE)
def test_something_else_for_a_mixture(function, bad):
    name, call = TAKES_MIXTURE[function]
    refused(lambda: call(bad), TypeError, f"{name} must be a Mixture; it is ")


def test_arguments_in_the_wrong_order():
    refused(lambda: e_step(MIX, X), TypeError, "mixture must be a Mixture; it is array(")
    refused(lambda: fit(MIX, X), TypeError, "start must be a Mixture; it is array(")


@pytest.mark.parametrize("call", [match, align])
def test_mixtures_of_different_sizes(call):
    refused(lambda: call(ONE_D, MIX), ValueError, "mixture must have", "2 and 2; it has 1 and 1.")


def test_distances_between_different_dimensions():
    refused(lambda: bhattacharyya(ONE_D, MIX), ValueError, "b must have 1 features, as a has; it has 2.")


BAD_LABELS = [
    (LABELS[:-1], "must have 12 entries, one a point; it has 11."),
    (LABELS[:, None], "must have shape (n,); it has shape (12, 1)."),
    ([], "must have shape (n,)"),
    (None, "must be an array of shape (n,); it is None."),
    (["a", "b"] * 6, "must hold real numbers; its entries are of type <U1."),
    (LABELS + 1, "must be 0, 1, ..., k - 1, each used; they are [1.0, 2.0]."),
    (LABELS * 2, "must be 0, 1, ..., k - 1, each used; they are [0.0, 2.0]."),
    (LABELS - 1, "must be 0, 1, ..., k - 1, each used; they are [-1.0, 0.0]."),
    (LABELS / 2, "must be 0, 1, ..., k - 1, each used; they are [0.0, 0.5]."),
    (with_entry(LABELS * 1.0, 3, np.nan), "must be finite; its entry at (3,) is nan."),
    (np.ma.masked_equal(LABELS, 1), "is a masked array"),
    ([[0], [0, 1]], "must be an array of shape (n,); its rows differ in length."),
    (R, "must have shape (n,); it has shape (12, 2)."),
]


@pytest.mark.parametrize(("bad", "message"), BAD_LABELS, ids=type_of)
def test_labels(bad, message):
    refused(lambda: from_labels(X, bad), ValueError, "labels " + message)


BAD_CENTERS = [
    ([[0.0, np.nan]], "must be finite; its entry at (0, 1) is nan."),
    ([0.0, 1.0], "must have shape (k, d); it has shape (2,)."),
    (np.zeros((0, 2)), "must have shape (k, d)"),
    (np.zeros((2, 3)), "must have 2 features each, as X has; they have 3."),
    (np.zeros((13, 2)), "must be at most 12, the number of points; there are 13."),
    ([["a", "b"]], "must hold real numbers; its entries are of type <U1."),
    (None, "must be an array of shape (k, d); it is None."),
    ([[1e200, 0]], "must stay below 1e+150"),
    (3, "must have shape (k, d); it has shape ()."),
]


@pytest.mark.parametrize(("bad", "message"), BAD_CENTERS, ids=type_of)
@pytest.mark.parametrize("function", [from_centers, lloyd])
def test_centers(function, bad, message):
    refused(lambda: function(X, bad), ValueError, "centers " + message)


NOT_FUNCTIONS = [None, 3, "em", MIX, X]


class TestStep:
    @pytest.mark.parametrize("bad", NOT_FUNCTIONS)
    def test_not_a_function(self, bad):
        message = "step must be a function from mixture to (mixture, log-likelihood); it is "
        refused(lambda: iterate(bad, MIX, tol=0, max_iter=3), TypeError, message)

    @pytest.mark.parametrize(
        "bad", [None, MIX, 3.0, (MIX,), (MIX, 1.0, 2.0), X], ids=lambda bad: type(bad).__name__
    )
    def test_it_returns_something_else(self, bad):
        refused(
            lambda: iterate(lambda mixture: bad, MIX, tol=0, max_iter=3),
            TypeError,
            "step must return (mixture, ",
        )

    @pytest.mark.parametrize(
        "bad", [(-9.0, MIX), (None, -9.0), (X, -9.0)], ids=lambda bad: type(bad[0]).__name__
    )
    def test_its_mixture_is_none(self, bad):
        message = "step's mixture must be a Mixture; it is "
        refused(lambda: iterate(lambda mixture: bad, MIX, tol=0, max_iter=3), TypeError, message)

    @pytest.mark.parametrize(
        "bad", [np.nan, np.inf, -np.inf, None, "-9", X[:, 0], np.array(-9.0), 1j, HUGE, True]
    )
    def test_its_log_likelihood_is_no_finite_number(self, bad):
        message = "step's log-likelihood must be one finite number; it is "
        refused(
            lambda: iterate(lambda mixture: (mixture, bad), MIX, tol=0, max_iter=3),
            ValueError,
            message,
            "at iteration 0",
        )


class TestFit:
    def test_more_components_than_points(self):
        message = "the number of components must be at most 1, the number of points; it is 2."
        refused(lambda: fit(X[:1], MIX), ValueError, message)

    def test_options_are_looked_at_even_if_nothing_is_to_be_done(self):
        for options in ({"family": "round"}, {"ridge": -1}, {"tol": -1}):
            refused(
                lambda options=options: fit(X, MIX, max_iter=0, **options), ValueError, next(iter(options))
            )


class TestFarPoints:
    FAR = np.array([[1e149, 0.0]])
    NARROW = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], 1e-20 * I2)

    @pytest.mark.parametrize(
        "name", ["log_joint", "log_density", "log_likelihood", "responsibilities", "bic", "predict"]
    )
    def test_out_of_reach_of_every_component(self, name):
        message = "X must lie within 1e150 standard deviations of some component"
        refused(lambda: getattr(self.NARROW, name)(self.FAR), ValueError, message, "not all of its")

    def test_in_the_steps(self):
        refused(
            lambda: e_step(self.FAR, self.NARROW), ValueError, "X must lie within 1e150 standard deviations"
        )
        refused(lambda: fit(np.tile(self.FAR, (3, 1)), self.NARROW), ValueError, "X must lie within 1e150")


def test_long_values_are_cut():
    message = refused(lambda: random_points(X, list(range(1000)), rng()), ValueError, "k must be", "…")
    assert len(message) < 150
