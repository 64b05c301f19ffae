"""Points in files, .npy or Parquet, read a few rows at a time."""

from pathlib import Path

import numpy as np

from gmmlesson import validation
from gmmlesson.blocks import n_rows


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
        self.rows = n_rows(8 * first.d) if rows is None else validation.as_count(rows, "rows")

    def __iter__(self):
        for file in self.files:
            yield from file.blocks(self.rows)


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
