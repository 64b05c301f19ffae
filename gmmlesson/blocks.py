"""Blocks of points: cut from an array, validated, and looked at once before EM begins."""

import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gmmlesson import frames, validation

BLOCK = 2**22  # bytes of a block cut from an array or a file: little memory, but points enough for a thread


def as_blocks(blocks):
    """Something to iterate over: a 2-D array, or a data frame, is cut into blocks."""
    if frames.is_frame(blocks):
        blocks = validation.as_numbers(blocks, "blocks", "(n, d)")
    if isinstance(blocks, np.ndarray) and blocks.ndim == 2:
        return Rows(blocks)
    if isinstance(blocks, (str, Path)) or not hasattr(blocks, "__iter__"):
        raise TypeError(
            "blocks must be arrays (n, d), one after the other, or streaming.Files; "
            f"it is {validation.shown(blocks)}."
        )
    return blocks


class Rows:
    """An array (n, d) as blocks of rows. Of a memory-mapped file only one block stays in memory."""

    def __init__(self, array):
        self.array = array
        self.rows = n_rows(array.strides[0] if array.flags.c_contiguous else array.itemsize * array.shape[1])

    def __iter__(self):
        for start in range(0, len(self.array), self.rows):
            yield self.array[start : start + self.rows]
            self._let_go()

    def _let_go(self):
        """Pages that were read are the file's, and can be read again; in mode "c" they may hold changes."""
        if isinstance(self.array, np.memmap) and self.array.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):
            self.array._mmap.madvise(mmap.MADV_DONTNEED)


def n_rows(row_bytes):
    """How many rows make a block."""
    return max(1, BLOCK // max(1, row_bytes))


def is_empty(block):
    """Whether a block is an array without points."""
    return getattr(block, "shape", ())[:1] == (0,)


def as_block(block, name, d):
    """A block as an array (n_b, d) of float64 or float32."""
    X = validation.as_array(block, name, "(n, d)", largest=validation.LARGEST, keep_float32=True)
    if X.shape[1] != d:
        raise ValueError(f"{name} must have {d} features a point, as the mixture has; it has {X.shape[1]}.")
    return X


def plain(block):
    """The same for a block that `as_block` has seen before: not looked at again."""
    array = validation.as_numbers(block, "block", "(n, d)")
    return array if array.dtype == np.float32 else array.astype(float, copy=False)


@dataclass(frozen=True, eq=False)
class Survey:
    """What EM has to know of the data before it begins. `a + b` is the survey of both.

    n       how many points there are
    center  (d,) their mean
    extent  (d,) largest |x|
    """

    n: int
    center: np.ndarray
    extent: np.ndarray

    def __add__(self, other):
        n = self.n + other.n
        center = self.center + (other.center - self.center) * (other.n / n)
        return Survey(n, center, np.maximum(self.extent, other.extent))


def add_up(sums):
    """The total of surveys or of SufficientStatistics; None stands for those of no points."""
    total = None
    for some in sums:
        total = some if total is None else total if some is None else total + some
    return total


def survey_blocks(blocks, d):
    """Go through the blocks once -> Survey."""
    surveys = (survey_block(block, f"block {i}", d) for i, block in enumerate(blocks))
    survey = add_up(surveys)
    if survey is None:
        raise ValueError("blocks must hold at least one point; there is none.")
    return survey


def survey_block(block, name, d):
    """Look at a block once, with the eyes of `validation` -> Survey, or None for one without points."""
    if is_empty(block):
        return None
    columns = np.ascontiguousarray(as_block(block, name, d).T)  # NumPy is ten times faster along rows
    extent = np.maximum(columns.max(axis=1), -columns.min(axis=1)).astype(float)
    return Survey(columns.shape[1], columns.mean(axis=1, dtype=float), extent)
