"""The edge of the package: every argument is looked at once, here, and refused in one sentence."""

import math
import numbers
from collections import deque
from pathlib import Path

import numpy as np

from gmmlesson import frames
from gmmlesson.frames import shown

LARGEST = 1e150  # the sum of a hundred million squares of such numbers is still a 64-bit number
MOST = 2**63 - 1  # what NumPy can count to
LIGHTEST = 1e-150  # weights, all of them smaller, lose digits when they are multiplied by anything


def as_array(values, name, shape, *, largest=np.inf, keep_float32=False):
    """`values` as a float64 array of finite numbers; with `keep_float32`, float32 is left as it is.

    `shape` names the axes for the message, for instance "(n, d)"; its commas say how many there are.
    Raises ValueError for anything that is not that: what `as_numbers` refuses, a wrong number of axes, no
    entries at all, NaN, infinity, and numbers beyond `largest`.
    """
    array = as_numbers(values, name, shape)
    n_axes = shape.count(",") + 1 - shape.endswith(",)")
    if array.ndim != n_axes:
        hint = "; for a single feature write X[:, None]" if name == "X" and array.ndim == 1 else ""
        raise ValueError(f"{name} must have shape {shape}; it has shape {array.shape}{hint}.")
    if array.size == 0:
        raise ValueError(f"{name} must have shape {shape}, no axis empty; it has shape {array.shape}.")
    if not (keep_float32 and array.dtype == np.float32):
        with np.errstate(over="ignore"):  # from a wider type
            array = array.astype(np.float64, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; {_first(array, ~np.isfinite(array))}.")
    if float(max(array.max(), -array.min())) > largest:
        raise ValueError(
            f"{name} must stay below {largest:g}, for 64-bit numbers to hold what is computed from it; "
            f"{_first(array, np.abs(array) > largest)}."
        )
    return array


def as_numbers(values, name, shape):
    """`values` as an array of real numbers: the one way in for arrays, lists, data frames and their kin.

    Booleans, integers and floats of any size are left as they are; objects that are real numbers of Python's
    become float64. Of a data frame (pandas, Polars, Arrow) every column must hold numbers or booleans, its
    types with missing values included, and none may be missing. How many axes there are is not looked at.
    Raises ValueError for masked entries, text, categories, dates, complex numbers, other objects, rows of
    different lengths, numpy.matrix, and what NumPy cannot read; `shape` is for the message.
    """
    if type(values) is np.ndarray and values.dtype.kind in frames.REAL:
        return values  # most are
    if _is_masked(values):
        raise ValueError(f"{name} is a masked array; fill or drop its masked entries first.")
    if isinstance(values, np.matrix):
        raise ValueError(
            f"{name} must be an array of shape {shape}; it is a numpy.matrix, which numpy.asarray makes one."
        )
    if frames.is_frame(values):
        return frames.as_numbers(values, name)
    array = _read(values, name, shape)
    if array.dtype.kind == "O" and array.ndim == 0:  # None, a sparse matrix, a dictionary
        raise ValueError(f"{name} must be an array of shape {shape}; it is {shown(values)}.")
    if array.dtype.kind == "O":
        array, wrong = frames.of_objects(array)
        if wrong is not None:
            value = array[wrong]
            raise ValueError(
                f"{name} must hold {frames.wanted(value)}; its entry at {wrong} is {shown(value)}."
            )
    elif array.dtype.kind not in frames.REAL or frames.is_category(values):
        kind = frames.type_of(values) or array.dtype
        raise ValueError(f"{name} must hold real numbers; its entries are of type {kind}.")
    return array


def _is_masked(values):
    """Whether there is a masked array, or `numpy.ma.masked`, among the values, be it in a list."""
    if isinstance(values, (list, tuple, deque)):
        return any(map(_is_masked, values))
    return isinstance(values, np.ma.MaskedArray)


def _read(values, name, shape):
    """What NumPy makes of `values`."""
    try:
        if hasattr(values, "to_numpy") and not hasattr(values, "__array__"):
            values = values.to_numpy()
        return np.asarray(values)
    except Exception as error:  # whatever `__array__` raises
        ragged = isinstance(error, ValueError) and isinstance(values, (list, tuple))
        why = "its rows differ in length" if ragged else f"NumPy cannot read this {type(values).__name__}"
        raise ValueError(f"{name} must be an array of shape {shape}; {why}.") from None


def _first(array, wrong):
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"its entry at {where} is {array[where]:.6g}"


def as_data(X, d=None, *, keep_float32=False):
    """The data (n, d) in float64, or float32 if that is kept; with `d`, refuses other numbers of features."""
    X = as_array(X, "X", "(n, d)", largest=LARGEST, keep_float32=keep_float32)
    if d is not None and X.shape[1] != d:
        raise ValueError(f"X must have {d} features a point, as the mixture has; it has {X.shape[1]}.")
    return X


def as_center(center, d):
    """A point (d,) from which deviations are taken; or one number for all features."""
    center = as_numbers(center, "center", "(d,)")
    center = as_array(np.broadcast_to(center, d) if center.ndim == 0 else center, "center", "(d,)")
    if len(center) != d:
        raise ValueError(f"center must have {d} entries, one a feature; it has {len(center)}.")
    return center


def as_centers(centers, X, name="centers"):
    """Centers (k, d) for the data X (n, d): no more than there are points."""
    centers = as_array(centers, name, "(k, d)", largest=LARGEST)
    n, d = X.shape
    if centers.shape[1] != d:
        raise ValueError(f"{name} must have {d} features each, as X has; they have {centers.shape[1]}.")
    if len(centers) > n:
        raise ValueError(f"{name} must be at most {n}, the number of points; there are {len(centers)}.")
    return centers


def as_weights(weights, k, name="weights"):
    """Weights (k,) of a mixture's components: positive, summing to 1.

    To 1e-8; those that come in 32 or 16 bits, in which they were made to sum to 1, to the precision of these,
    and they are made to sum to 1 in 64.
    """
    numbers = as_numbers(weights, name, "(k,)")
    weights = as_array(numbers, name, "(k,)")
    if weights.shape != (k,):
        raise ValueError(f"{name} must have shape ({k},) to go with {k} means; it has {weights.shape}.")
    if weights.min() <= 0:
        raise ValueError(f"{name} must be positive; the smallest is {weights.min()}.")
    rounding = (k + 1) * np.finfo(numbers.dtype).eps if numbers.dtype.kind == "f" else 0.0
    total = weights.sum()
    if abs(total - 1) > max(1e-8, rounding):
        raise ValueError(f"{name} must sum to 1; they sum to {total:.9g}.")
    return weights if abs(total - 1) <= 1e-8 else weights / total


def as_labels(labels, n):
    """Labels (n,): whole numbers 0, 1, ..., k - 1, each of them used."""
    labels = as_array(labels, "labels", "(n,)")
    if len(labels) != n:
        raise ValueError(f"labels must have {n} entries, one a point; it has {len(labels)}.")
    present = np.unique(labels)
    if not np.array_equal(present, np.arange(len(present))):
        raise ValueError(f"labels must be 0, 1, ..., k - 1, each used; they are {shown(present.tolist())}.")
    return labels.astype(int)


def as_sample_weight(sample_weight, n):
    """None, or weights (n,): not negative, not all zero."""
    if sample_weight is None:
        return None
    sample_weight = as_array(sample_weight, "sample_weight", "(n,)", largest=LARGEST)
    if len(sample_weight) != n:
        raise ValueError(f"sample_weight must have {n} entries, one a point; it has {len(sample_weight)}.")
    if sample_weight.min() < 0:
        raise ValueError(f"sample_weight must not be negative; its smallest entry is {sample_weight.min()}.")
    if sample_weight.max() == 0:
        raise ValueError("sample_weight must not be zero everywhere; all its entries are 0.")
    if sample_weight.max() < LIGHTEST:
        raise ValueError(
            f"sample_weight must have an entry of at least {LIGHTEST:g}, for 64-bit numbers to hold what is "
            f"computed from it; its largest is {sample_weight.max():.6g}."
        )
    return sample_weight


def scaled(sample_weight):
    """Weights (n,), or None, times a power of two: the largest is then about 1. No digit is lost.

    A mixture does not depend on the unit of its weights, but what is computed on the way could overflow.
    """
    if sample_weight is None:
        return None
    return np.ldexp(sample_weight, -np.frexp(sample_weight.max())[1])


def without_weightless(X, sample_weight):
    """The rows of X (n, d) that stand for some points, and their weights: the others may hold anything."""
    if sample_weight is None or sample_weight.all():
        return X, sample_weight
    used = sample_weight > 0
    return X[used], sample_weight[used]


def as_responsibilities(responsibilities, n):
    """Responsibilities (n, k): one row a point, entries not negative, rows summing to 1."""
    responsibilities = as_array(responsibilities, "responsibilities", "(n, k)")
    if len(responsibilities) != n:
        raise ValueError(f"responsibilities must have {n} rows, one a point; it has {len(responsibilities)}.")
    if responsibilities.min() < 0:
        raise ValueError(f"responsibilities must not be negative; the smallest is {responsibilities.min()}.")
    sums = responsibilities.sum(axis=1)
    worst = np.abs(sums - 1).argmax()
    if abs(sums[worst] - 1) > 1e-6:
        raise ValueError(f"responsibilities must sum to 1 in a row; row {worst} sums to {sums[worst]:.6g}.")
    return responsibilities


def as_count(value, name, *, least=1, most=MOST, of=""):
    """A whole number between `least` and `most`; `of` says what `most` counts."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; it is {shown(value)}.")
    if int(value) > most:
        raise ValueError(f"{name} must be at most {most}{of}; it is {shown(value)}.")
    return int(value)


def as_nonnegative(value, name, *, most=LARGEST**2):
    """A finite number that is not negative, up to `most`."""
    if not is_finite_number(value) or value < 0:
        raise ValueError(f"{name} must be a finite number that is not negative; it is {shown(value)}.")
    if float(value) > most:
        raise ValueError(f"{name} must be at most {most:g}; it is {shown(value)}.")
    return float(value)


def as_flag(value, name):
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False; it is {shown(value)}.")
    return bool(value)


def is_finite_number(value):
    """Whether `value` is one real number that 64 bits can hold; an array is none, nor is True."""
    if type(value) is float:  # most are, and this is fast
        return math.isfinite(value)
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def as_choice(value, name, choices):
    """One of `choices`, all of them strings."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; it is {shown(value)}.")
    return value


def as_text(value, name):
    """A string."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string; it is {shown(value)}.")
    return value


def as_path(value, name):
    """A `pathlib.Path`, of that or of a string."""
    if not isinstance(value, (str, Path)):
        raise TypeError(f"{name} must be a string or a pathlib.Path; it is {shown(value)}.")
    return Path(value)


def as_function(function, name, what=""):
    """Something that can be called; `what` says on what, and what it gives."""
    if not callable(function) or isinstance(function, type):
        raise TypeError(f"{name} must be a function{what}; it is {shown(function)}.")
    return function


def as_step(step):
    """A function that makes a better mixture, as EM's step does."""
    return as_function(step, "step", " from mixture to (mixture, log-likelihood)")


def as_rng(rng):
    """A `numpy.random.Generator`, or a legacy `RandomState`."""
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise TypeError(
            f"rng must be a numpy.random.Generator such as numpy.random.default_rng(0); it is {shown(rng)}."
        )
    return rng


def refuse_unreachable(log_joint):
    """Raise ValueError where a point's highest log joint density (n,) is minus infinity."""
    if not np.isfinite(log_joint).all():
        raise ValueError(
            "X must lie within 1e150 standard deviations of some component, for 64-bit numbers to tell how "
            "far; not all of its points do."
        )
