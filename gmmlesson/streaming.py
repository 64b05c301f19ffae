"""EM on data that come in blocks: more than memory holds, or seen only once.

`fit_blocks` gives what `fit` gives on all the points at once. It goes through the blocks once to look at
them, and then once an iteration; it keeps one, and a few megabytes a thread: memory does not grow with n.
An iteration costs what one of `fit` costs plus the reading of the data.

`online` goes through the points once and improves the mixture as it goes: for a stream that cannot be read
again, or where reading is what costs. It comes close to the optimum, not to it. Its many small steps, of some
0.2 ms each, take as long as fifty iterations or more; memory holds a block and a batch.

If the data fit into memory, `fit` is simpler; `distributed.fit_dask` is for data on several machines.
"""

import mmap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gmmlesson import frames, validation
from gmmlesson.acceleration import squarem
from gmmlesson.em import HISTORIES, iterate
from gmmlesson.engine import Worker, buffer_bytes, busy, em_step, packs, parts
from gmmlesson.mixture import as_mixture
from gmmlesson.sufficient import CenteredForm, PackedForm, SufficientStatistics
from gmmlesson.threads import n_processors, one_blas_thread

BLOCK = 2**22  # bytes of a block cut from an array or a file: little memory, but points enough for a thread
HELD = 10  # points a number of phi(x) and component: for so many the first M-step of `online` waits
LATE = 3.0  # how much more the average of `online` trusts late steps than early ones


def fit_blocks(
    blocks, start, *, family="full", ridge=0.0, tol=1e-8, max_iter=1000, accelerate=False, history="all",
    progress=False,
):  # fmt: skip
    """Fit a mixture by EM to points that come in blocks, beginning at the mixture `start` -> Fit.

    blocks  what can be gone through every iteration anew: a list of arrays (n_b, d), `Files`, an object whose
            __iter__ begins at the beginning; or one array (n, d) or numpy.memmap, which is cut into blocks

    The other arguments are those of `fit`, and so is the result, to rounding. float32 is read as it stands.
    A block that is much work, a million points in two dimensions say, is shared among the processors.

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for data or options that make no sense.
    """
    start, ridge, tol = checked_options(start, family, ridge, tol, max_iter, accelerate, history, progress)
    blocks = _as_blocks(blocks)
    if iter(blocks) is blocks:
        raise TypeError(
            "blocks must be something to go through anew every iteration, such as a list of arrays; "
            f"{validation.shown(blocks)} can be gone through only once."
        )
    survey = _survey(blocks, start.d)
    with one_blas_thread, ThreadPoolExecutor(n_processors()) as pool:
        return fit_sums(
            _BlockSums(blocks, survey, start.k, pool), survey, start,
            family=family, ridge=ridge, tol=tol, max_iter=max_iter, accelerate=accelerate,
            history=history, progress=progress,
        )


def online(blocks, start, *, family="full", ridge=0.0, batch=200, kappa=0.6, t0=2.0):
    """Fit a mixture by stepwise EM in one pass through the points, beginning at `start` -> Mixture.

    blocks  arrays (n_b, d), or one array (n, d): any iterable, a generator too
    family  covariances, as in `fit`
    ridge   added to every variance, in the units of X squared
    batch   points a step; how the stream is cut into blocks makes no difference
    kappa   how fast the steps shorten: above 1/2 and at most 1
    t0      by how many steps they are shorter from the beginning, so that the start is not forgotten at once

    The statistics of a batch, per point, move those kept so far, s <- (1 - gamma) s + gamma s(batch), by
    gamma = (t + t0)^-kappa at step t; the M-step then gives the mixture for the next batch (Cappé & Moulines
    2009, J. R. Stat. Soc. B 71, 593). s begins as the statistics of `start`, and the first M-step waits for
    enough points, so that no component collapses early. The result is the M-step of an average of s over
    the steps, which is less noisy than the last s; late steps count more in it (Shamir & Zhang 2013).

    The points must come in random order: of a sorted stream the end is remembered best. Begin at a `fit` to
    the first thousands, since from a bad start one pass with the default steps does not suffice (kappa near
    1/2 and batches of 50 mostly do, and take four times as long); batches of a thousand are quicker then.
    What fits into memory is fitted sooner by `fit` to some of it and a few passes over all.

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for data or options that make no sense.
    """
    start, ridge, _ = checked_options(start, family, ridge)
    batch, t0 = validation.as_count(batch, "batch"), validation.as_nonnegative(t0, "t0")
    if not validation.is_finite_number(kappa) or not 0.5 < kappa <= 1:
        raise ValueError(f"kappa must be above 1/2 and at most 1; it is {validation.shown(kappa)}.")
    first = max(batch, HELD * start.k * (1 + start.d + start.d * (start.d + 1) // 2))
    sums_of = _BatchSums(start, first)
    mixture, s, average = start, sums_of.start, None
    with one_blas_thread:
        for t, X in enumerate(_batches(_as_blocks(blocks), start.d, first, batch), 1):
            fraction = len(X) / (first if t == 1 else batch)  # below 1 only for what is left in the end
            s = _moved(s, sums_of(X, mixture), fraction * (t + t0) ** -kappa)
            mixture = s.mixture(family, ridge)
            s = s.about(mixture.means)
            gamma = fraction * (1 + LATE) / (t + LATE)
            average = s if average is None else _moved(average, s, gamma)
    if average is None:
        raise ValueError("blocks must hold at least one point; there is none.")
    return average.mixture(family, ridge)


def online_step(S, X, mixture, gamma, *, family="full", ridge=0.0):
    """One step of stepwise EM, of which `online` takes many -> SufficientStatistics, Mixture.

    S        SufficientStatistics per point, so that its counts are weights: what is known so far. Before the
             first step that is `SufficientStatistics.of(mixture)`
    X        (n, d) the points that have come
    mixture  the Mixture whose responsibilities they get
    gamma    how much they count beside what is known, from 0 to 1
    family   covariances, as in `fit`
    ridge    added to every variance, in the units of X squared

    The statistics become (1 - gamma) S + gamma S(X) / n, and the mixture is their M-step (Cappé & Moulines
    2009, J. R. Stat. Soc. B 71, 593).

    Raises CollapsedComponent if a component shrinks onto too few points, and ValueError or TypeError, in one
    sentence, for arguments that make no sense.
    """
    mixture = as_mixture(mixture)
    X = validation.as_data(X, mixture.d)
    if not isinstance(S, SufficientStatistics):
        raise TypeError(f"S must be SufficientStatistics; it is {validation.shown(S)}.")
    if S.origins.shape != mixture.means.shape:
        raise ValueError(
            f"S must be of {mixture.k} components in {mixture.d} dimensions, as the mixture is; "
            f"it is of {S.origins.shape[0]} in {S.origins.shape[1]}."
        )
    if not validation.is_finite_number(gamma) or not 0 <= gamma <= 1:
        raise ValueError(f"gamma must be from 0 to 1; it is {validation.shown(gamma)}.")
    with one_blas_thread:
        S = _moved(S, _BatchSums(mixture, len(X))(X, mixture), gamma)
    return S, S.mixture(family, ridge)


class Files:
    """Points in files, read a few rows at a time: blocks for `fit_blocks` and `online`.

    paths  a folder, whose .npy and .parquet files are taken in the order of their names; a file; or a list
    rows   of a block; None for as many as take 4 MiB

    shape (n, d) is that of all files together. A .npy file holds an array (n, d) in C order. A Parquet file
    holds d columns of numbers, and is read by pyarrow, which the extra gmmlesson[parquet] brings; memory
    then holds some of its row groups as well.

    Raises ValueError, TypeError or ImportError, in one sentence, or FileNotFoundError if it cannot be read.
    """

    def __init__(self, paths, *, rows=None):
        self.files = [_KINDS[path.suffix](path) for path in _listed(paths)]
        if not self.files:
            raise ValueError("paths must be a folder, a file, or a list of files; it is an empty list.")
        first = self.files[0]
        for file in self.files:
            if file.features != first.features:
                raise ValueError(
                    f"files must have the same features; {first.path.name!r} has {first.features}, "
                    f"{file.path.name!r} has {file.features}."
                )
        self.shape = sum(file.n for file in self.files), first.d
        self.rows = _n_rows(8 * first.d) if rows is None else validation.as_count(rows, "rows")

    def __iter__(self):
        for file in self.files:
            yield from file.blocks(self.rows)


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


def survey_block(block, name, d):
    """Look at a block once, with the eyes of `validation` -> Survey, or None for one without points."""
    if is_empty(block):
        return None
    columns = np.ascontiguousarray(as_block(block, name, d).T)  # NumPy is ten times faster along rows
    extent = np.maximum(columns.max(axis=1), -columns.min(axis=1)).astype(float)
    return Survey(columns.shape[1], columns.mean(axis=1, dtype=float), extent)


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


def checked_options(
    start, family, ridge, tol=0.0, max_iter=0, accelerate=False, history="all", progress=False
):  # fmt: skip
    """Refuse options that make no sense before the data are touched -> start (of the family), ridge, tol."""
    start = as_mixture(start, "start").projected(family)
    validation.as_count(max_iter, "max_iter", least=0)
    validation.as_flag(accelerate, "accelerate")
    validation.as_choice(history, "history", HISTORIES)
    validation.as_flag(progress, "progress")
    return start, validation.as_nonnegative(ridge, "ridge"), validation.as_nonnegative(tol, "tol")


def fit_sums(statistics, survey, start, *, family, ridge, tol, max_iter, accelerate, history, progress):
    """EM from sums over the data, as `em_step` wants them, wherever they are made -> Fit."""
    validation.as_count(start.k, "the number of components", most=survey.n, of=", the number of points")
    step = em_step(statistics, survey.center, family=family, ridge=ridge)
    repeated = squarem(step) if accelerate else step
    return iterate(
        repeated, start, tol=tol * survey.n, max_iter=max_iter, history=history, progress=progress
    )


class _BlockSums:
    """The sums of EM over blocks: called with a mixture and a form, it returns SufficientStatistics."""

    def __init__(self, blocks, survey, k, pool):
        self.blocks, self.survey, self.k, self.pool = blocks, survey, k, pool
        self.workers = {}

    def __call__(self, mixture, form, origins=None):
        if form not in self.workers:
            count, survey = n_processors(), self.survey
            sizes = form, self.k, survey.center, survey.n, buffer_bytes(1)
            self.workers[form] = [Worker(*sizes) for _ in range(count)]
        workers, n = self.workers[form], 0
        for worker in workers:
            worker.begin(mixture, origins)
        for block in self.blocks:
            if not is_empty(block):
                X = plain(block)
                self._run(workers, X.T, form.shift(self.survey.center))
                n += len(X)
        if n != self.survey.n:
            raise ValueError(
                "blocks must be the same every time they are gone through; "
                f"there were {self.survey.n} points at first, and now there are {n}."
            )
        return add_up(worker.statistics(self.survey.extent) for worker in workers)

    def _run(self, workers, columns, shift):
        """Share a block out among the threads, and wait: its memory may be used again for the next block."""
        d, n = columns.shape
        shares = parts(n, min(n, len(workers), busy(n, self.k, d)))

        def run(worker, share):
            worker.run(columns[:, slice(*share)], shift)

        if len(shares) == 1:
            run(workers[0], shares[0])
        else:
            list(self.pool.map(run, workers, shares))


class _BatchSums:
    """The sums of EM over a few points, per point: called with them and a mixture."""

    def __init__(self, start, n):
        self.center = start.weights @ start.means
        sizes = start.k, self.center, n, buffer_bytes(1)
        self.forms = {form: Worker(form, *sizes) for form in (PackedForm, CenteredForm)}
        self.start = SufficientStatistics.of(start)

    def __call__(self, X, mixture):
        form = PackedForm if packs(mixture, self.center) else CenteredForm
        worker = self.forms[form]
        worker.begin(mixture)
        worker.run(X.T, form.shift(self.center))
        return worker.statistics(np.abs(X).max(axis=0)).times(1 / len(X))


def _moved(s, target, gamma):
    """(1 - gamma) s + gamma target."""
    return s.times(1 - gamma) + target.times(gamma)


def _batches(blocks, d, first, size):
    """Cut a stream anew: `first` points, then always `size`, and what is left in the end."""
    kept, wanted = [], first
    for i, block in enumerate(blocks):
        if is_empty(block):
            continue
        X = as_block(block, f"block {i}", d)
        while len(X) >= wanted:
            yield np.concatenate([*kept, X[:wanted]])
            X, kept, wanted = X[wanted:], [], size
        if len(X):
            kept.append(X.copy())  # the memory of a block may be used again for the next one
            wanted -= len(X)
    if kept:
        yield np.concatenate(kept)


def _as_blocks(blocks):
    """Something to iterate over: a 2-D array, or a data frame, is cut into blocks."""
    if frames.is_frame(blocks):
        blocks = validation.as_numbers(blocks, "blocks", "(n, d)")
    if isinstance(blocks, np.ndarray) and blocks.ndim == 2:
        return _Rows(blocks)
    if isinstance(blocks, (str, Path)) or not hasattr(blocks, "__iter__"):
        raise TypeError(
            "blocks must be arrays (n, d), one after the other, or streaming.Files; "
            f"it is {validation.shown(blocks)}."
        )
    return blocks


def _survey(blocks, d):
    """Go through the blocks once -> Survey."""
    surveys = (survey_block(block, f"block {i}", d) for i, block in enumerate(blocks))
    survey = add_up(surveys)
    if survey is None:
        raise ValueError("blocks must hold at least one point; there is none.")
    return survey


class _Rows:
    """An array (n, d) as blocks of rows. Of a memory-mapped file only one block stays in memory."""

    def __init__(self, array):
        self.array = array
        self.rows = _n_rows(array.strides[0] if array.flags.c_contiguous else array.itemsize * array.shape[1])

    def __iter__(self):
        for start in range(0, len(self.array), self.rows):
            yield self.array[start : start + self.rows]
            self._let_go()

    def _let_go(self):
        """Pages that were read are the file's, and can be read again; in mode "c" they may hold changes."""
        if isinstance(self.array, np.memmap) and self.array.mode != "c" and hasattr(mmap, "MADV_DONTNEED"):
            self.array._mmap.madvise(mmap.MADV_DONTNEED)


def _n_rows(row_bytes):
    """How many rows make a block."""
    return max(1, BLOCK // max(1, row_bytes))


class _Npy:
    """An array (n, d) in a .npy file."""

    def __init__(self, path):
        self.path = path
        with path.open("rb") as file:
            try:
                version = np.lib.format.read_magic(file)
                shape, in_fortran_order, self.dtype = _HEADERS[version](file)
            except (KeyError, ValueError):
                raise ValueError(f"{path.name!r} must be a .npy file; its header is none.") from None
            self.offset = file.tell()
        if len(shape) != 2 or shape[1] == 0:
            raise ValueError(f"{path.name!r} must hold an array (n, d); it has shape {shape}.")
        if in_fortran_order and min(shape) > 1:
            raise ValueError(
                f"{path.name!r} must be in C order, for its rows to be read one after the other; it is in "
                "Fortran order (numpy.ascontiguousarray turns it)."
            )
        if self.dtype.kind not in "biuf":
            raise ValueError(f"{path.name!r} must hold real numbers; its entries are of type {self.dtype}.")
        self.n, self.d = shape
        self.features = f"{self.d} columns"
        size = self.offset + self.n * self.d * self.dtype.itemsize
        if path.stat().st_size < size:
            raise ValueError(
                f"{path.name!r} must have {size} bytes for its {self.n} rows; it has {path.stat().st_size}."
            )

    def blocks(self, rows):
        """Arrays of `rows` rows, read when asked for."""
        row_bytes = self.d * self.dtype.itemsize
        for start in range(0, self.n, rows):
            count = min(rows, self.n - start) * self.d
            values = np.fromfile(self.path, self.dtype, count, offset=self.offset + start * row_bytes)
            yield values.reshape(-1, self.d)


_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class _Parquet:
    """A table of d columns of numbers in a Parquet file."""

    def __init__(self, path):
        try:
            from pyarrow import parquet, types
        except ImportError:
            raise ImportError("Parquet files need pyarrow, which is in gmmlesson[parquet].") from None
        self.path, self.open = path, parquet.ParquetFile
        try:
            with self.open(path) as file:
                schema, self.n = file.schema_arrow, file.metadata.num_rows
        except ValueError:
            raise ValueError(f"{path.name!r} must be a Parquet file; its bytes are none.") from None
        numeric = (types.is_floating, types.is_integer, types.is_boolean)
        for field in schema:
            if not any(is_it(field.type) for is_it in numeric):
                raise ValueError(
                    f"{path.name!r} must hold real numbers; its column {field.name!r} holds {field.type}."
                )
        self.d = len(schema)
        if self.d == 0:
            raise ValueError(f"{path.name!r} must hold columns of numbers; it holds none.")
        self.features = "the columns " + ", ".join(schema.names)

    def blocks(self, rows):
        """Arrays of at most `rows` rows, read when asked for."""
        with self.open(self.path) as file:
            for batch in file.iter_batches(rows):
                yield np.stack([column.to_numpy(zero_copy_only=False) for column in batch.columns]).T


_KINDS = {".npy": _Npy, ".parquet": _Parquet}


def _listed(paths):
    """The files that are meant by `paths`."""
    if isinstance(paths, (list, tuple)):
        return [path for some in paths for path in _listed(some)]
    if not isinstance(paths, (str, Path)):
        raise TypeError(
            f"paths must be a folder, a file, or a list of files; it is {validation.shown(paths)}."
        )
    path = Path(paths)
    if not path.is_dir():
        if path.suffix not in _KINDS:
            raise ValueError(f"files must end in {' or '.join(_KINDS)}; {path.name!r} does not.")
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in _KINDS)
    if not files:
        raise ValueError(f"a folder must hold {' or '.join(_KINDS)} files; {path.name!r} holds none.")
    return files
