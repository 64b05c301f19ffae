"""Taking answers apart that have several forms: arrays, and mixtures or the arrays that make one."""

import numpy as np

from gmmlesson.exercises.exercise import Unreadable

PARTS = ("weights", "means", "covariances")  # of a mixture


def as_numbers(answer, wanted):
    """`answer` as an array of numbers; raises Unreadable with `wanted`, what it should have been."""
    try:
        array = np.asarray(answer)
    except ValueError:  # rows of unequal length, or a tuple of different things
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise Unreadable(f"{wanted} Yours returns {described(answer)}.")
    return array


def as_parts(answer, wanted, k):
    """A Mixture of k components, or its three arrays, in any order in which they can be told apart -> dict.

    Raises Unreadable with `wanted`, what it should have been.
    """
    if all(hasattr(answer, part) for part in PARTS):
        answer = [getattr(answer, part) for part in PARTS]
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        raise Unreadable(f"{wanted} Yours returns {described(answer)}.")
    arrays = [as_numbers(part, wanted) for part in answer]
    if sorted(array.ndim for array in arrays) == [1, 2, 3]:  # no two can be taken for each other
        arrays.sort(key=np.ndim)
    parts = dict(zip(PARTS, arrays, strict=True))
    if parts["weights"].shape in [(k, 1), (1, k)]:
        parts["weights"] = parts["weights"].reshape(k)
    return parts


def are_shaped(parts, k, d):
    """Whether they are the parts of a mixture of k components in d dimensions."""
    return [parts[part].shape for part in PARTS] == [(k,), (k, d), (k, d, d)]


def described(answer):
    """What an answer is, in words: "3 things: an array of shape (2,), a float, a str"."""
    if isinstance(answer, (tuple, list)):
        return f"{len(answer)} things: " + ", ".join(map(described, answer))
    shape = np.shape(answer) if isinstance(answer, np.ndarray) else None
    return f"an array of shape {shape}" if shape is not None else f"a {type(answer).__name__}"
