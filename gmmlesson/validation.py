"""The edge of the package: every argument is looked at once, here, and refused in one sentence."""

import math
import numbers

import numpy as np

LARGEST = 1e150  # the sum of a hundred million squares of such numbers is still a 64-bit number


def shown(value):
    """`value` in a message: on one line, and not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:79] + "…"


def as_array(values, name, shape, *, largest=np.inf, keep_float32=False):
    """`values` as a float64 array of finite numbers; with `keep_float32`, float32 is left as it is.

    `shape` names the axes for the message, for instance "(n, d)"; its commas say how many there are.
    Raises ValueError for anything that is not that: text, objects, complex numbers, masked entries,
    a wrong number of axes, no entries at all, NaN, infinity, and numbers beyond `largest`.
    """
    if np.ma.isMaskedArray(values):
        raise ValueError(f"{name} is a masked array; fill or drop its masked entries first.")
    try:
        array = np.asarray(values)
    except ValueError:  # rows of unequal length
        raise ValueError(f"{name} must be an array of shape {shape}; its rows differ in length.") from None
    if array.dtype.kind == "O" and array.ndim == 0:  # None, a sparse matrix, a dictionary
        raise ValueError(f"{name} must be an array of shape {shape}; it is {shown(values)}.")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers; its entries are of type {array.dtype}.")
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


def _first(array, wrong):
    where = tuple(int(i) for i in np.argwhere(wrong)[0])
    return f"its entry at {where} is {array[where]:.6g}"


def as_data(X, d=None, *, keep_float32=False):
    """The data (n, d) in float64, or float32 if that is kept; with `d`, refuses other numbers of features."""
    X = as_array(X, "X", "(n, d)", largest=LARGEST, keep_float32=keep_float32)
    if d is not None and X.shape[1] != d:
        raise ValueError(f"X must have {d} features a point, as the mixture has; it has {X.shape[1]}.")
    return X


def as_centers(centers, X):
    """Centers (k, d) for the data X (n, d): no more than there are points."""
    centers = as_array(centers, "centers", "(k, d)", largest=LARGEST)
    n, d = X.shape
    if centers.shape[1] != d:
        raise ValueError(f"centers must have {d} features each, as X has; they have {centers.shape[1]}.")
    if len(centers) > n:
        raise ValueError(f"centers must be at most {n}, the number of points; there are {len(centers)}.")
    return centers


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
    return sample_weight


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


def as_count(value, name, *, least=1, most=None, of=""):
    """A whole number between `least` and `most`; `of` says what `most` counts."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; it is {shown(value)}.")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}{of}; it is {value}.")
    return int(value)


def as_nonnegative(value, name):
    """A finite number that is not negative."""
    if not is_finite_number(value) or value < 0:
        raise ValueError(f"{name} must be a finite number that is not negative; it is {shown(value)}.")
    return float(value)


def is_finite_number(value):
    """Whether `value` is one real number that 64 bits can hold; an array is none, nor is True."""
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


def as_rng(rng):
    """A `numpy.random.Generator`, or a legacy `RandomState`."""
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise TypeError(
            f"rng must be a numpy.random.Generator such as numpy.random.default_rng(0); it is {shown(rng)}."
        )
    return rng


def as_mixture(mixture, name="mixture"):
    """A Mixture."""
    from gmmlesson.mixture import Mixture  # not at the top: it imports this module

    if not isinstance(mixture, Mixture):
        raise TypeError(f"{name} must be a Mixture; it is {shown(mixture)}.")
    return mixture


def refuse_unreachable(log_joint):
    """Raise ValueError where a point's highest log joint density (n,) is minus infinity."""
    if not np.isfinite(log_joint).all():
        raise ValueError(
            "X must lie within 1e150 standard deviations of some component, for 64-bit numbers to tell how "
            "far; not all of its points do."
        )
