"""Data frames, and arrays of Python's objects, as arrays of numbers; nobody's library is loaded for it."""

import numbers
from decimal import Decimal

import numpy as np

REAL = tuple("biuf")  # NumPy's letters for booleans, integers and floats
NUMBERS = (numbers.Real, Decimal, np.bool_)


def shown(value):
    """`value` in a message: on one line, and not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:79] + "…"


def is_frame(values):
    """Whether `values` is a table of columns with names: to go through it would give those names."""
    return _columns(values) is not None


def is_named(values):
    """Whether `values` is such a table and no two of its columns have the same name."""
    names = [name for name, _ in _columns(values) or []]
    return bool(names) and len(set(names)) == len(names)


def as_numbers(frame, name):
    """The numbers of a data frame (n, columns), which is called `name` in messages.

    Its columns must hold real numbers or booleans, in whatever type, and no value may be missing. Raises
    ValueError, in one sentence that names the column.
    """
    columns = _columns(frame)
    if columns and all(_is_plain(column) for _, column in columns):
        array = np.asarray(frame)  # often without a copy
        if array.dtype.kind in REAL:
            for j in np.flatnonzero(np.isnan(array).any(axis=0)):
                _refuse_missing(array[:, j], columns[j][0], name)
            return array
    arrays = [_of_column(column, label, name) for label, column in columns]
    return np.column_stack(arrays) if arrays else np.empty((len(frame), 0))


def of_objects(array):
    """An array of objects as float64, and None; if one is no number, the array and where that is."""
    if all(issubclass(kind, NUMBERS) for kind in set(map(type, array.flat))):
        try:
            return array.astype(np.float64), None
        except (OverflowError, ValueError):  # more than 308 digits; Decimal's signaling NaN
            pass
    return array, next(where for where, value in np.ndenumerate(array) if not _is_number(value))


def wanted(value):
    """What should stand where there is `value`, which `of_objects` found wrong."""
    return "numbers that 64 bits can hold" if isinstance(value, NUMBERS) else "real numbers"


def type_of(values):
    """The type of the entries, as whoever made `values` calls it; the empty string where it has none."""
    return str(getattr(values, "dtype", "") or getattr(values, "type", ""))


def is_category(values):
    """Whether `values` are categories, which NumPy reads as numbers if they have numbers for names."""
    return _kind(values) == "O" or type_of(values).startswith("dictionary")  # as Arrow calls them


def _columns(values):
    """Names and columns of a data frame, whoever made it; None for anything else."""
    if isinstance(values, (np.ndarray, list, tuple, type)):
        return None
    if hasattr(values, "iloc") and hasattr(values, "columns"):  # pandas, and what speaks its language
        return [(name, values.iloc[:, j]) for j, name in enumerate(values.columns)]
    if hasattr(values, "get_columns"):  # Polars
        return [(column.name, column) for column in values.get_columns()]
    if hasattr(values, "column_names") and hasattr(values, "columns"):  # Arrow
        return list(zip(values.column_names, values.columns, strict=True))
    return None


def _kind(values):
    """NumPy's letter for the type of the entries; None where the type has none."""
    return getattr(getattr(values, "dtype", None), "kind", None)


def _is_plain(column):
    """Whether a column is of one of NumPy's own types of real numbers."""
    return isinstance(getattr(column, "dtype", None), np.dtype) and column.dtype.kind in REAL


def _of_column(column, label, name):
    """The numbers of a data frame's column, (n,)."""
    if _kind(column) in REAL and not _is_plain(column):  # a type of pandas that knows missing values
        array = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        array = np.asarray(column)
    if array.dtype.kind == "O":
        array, wrong = of_objects(array)
        if wrong is not None:
            _refuse_missing(array, label, name)
            value, (row,) = array[wrong], wrong
            raise ValueError(
                f"{name} must hold {wanted(value)}; its column {label!r} holds {shown(value)} in row {row} "
                "(counted from 0)."
            )
    elif array.dtype.kind not in REAL or is_category(column):
        kind = type_of(column) or array.dtype
        raise ValueError(f"{name} must hold real numbers; its column {label!r} is of type {kind}.")
    _refuse_missing(array, label, name)
    return array


def _refuse_missing(column, label, name):
    """Raise ValueError for the first value of an array (n,) that is missing, if one is."""
    if column.dtype.kind == "O":
        missing = np.array([_is_missing(value) for value in column])
    else:
        missing = np.isnan(column)
    if missing.any():
        raise ValueError(
            f"{name} must have no missing values; its column {label!r} has one in row {missing.argmax()} "
            "(counted from 0)."
        )


def _is_missing(value):
    """None, NaN, or pandas' signs for a missing value or date."""
    nothing = value is None or type(value).__name__ in ("NAType", "NaTType")
    return nothing or (isinstance(value, float) and value != value)


def _is_number(value):
    """Whether 64 bits can hold it."""
    try:
        return isinstance(value, NUMBERS) and float(value) is not None
    except (OverflowError, ValueError):
        return False
