"""EM on many machines: the sums are made where the data are.

A Dask array is cut into chunks of rows, which lie on the workers of a cluster. In every iteration each worker
sums over its chunks; the sums are added up in a tree, eight at a time, on the workers; and only their total,
k (1 + d + d^2) numbers, comes back for the M-step. However many points there are, no more than that travels
to a worker, between two of them, or back; except that Dask may copy a chunk to a worker with nothing to do.

An iteration costs one of `fit` on a worker's points with one thread, and a few milliseconds a chunk for
Dask's scheduler: let chunks hold a million numbers or more. The memory of a worker holds its chunks and a few
megabytes a thread. For what one machine can read in good time `streaming.fit_blocks` is simpler and
has no such overhead.
"""

import uuid

from gmmlesson import validation
from gmmlesson.blocks import add_up, plain, survey_block
from gmmlesson.engine import Worker, buffer_bytes
from gmmlesson.streaming import checked_options, fit_sums
from gmmlesson.threads import CAN_START, one_blas_thread

FAN_IN = 8  # how many sums are added up at a time


def fit_dask(
    array, start, *, family="full", ridge=0.0, tol=1e-8, max_iter=1000, accelerate=False, history="all",
    progress=False, persist=True,
):
    """Fit a mixture by EM to a Dask array, beginning at the mixture `start` -> Fit.

    array    dask.array (n, d) of numbers; chunks of unknown length will do, and empty ones
    persist  keep the array in the workers' memory; False to make it anew every iteration, if it is too large

    The other arguments are those of `fit`, and so is the result, to rounding. float32 is read as it stands.
    The work goes to the current Dask client if there is one, else to this machine's threads. A worker that is
    lost on the way loses nothing: Dask makes its chunks, and its sums, anew on another one.

    Raises ImportError without Dask, CollapsedComponent if a component shrinks onto too few points, and
    ValueError or TypeError, in one sentence, for data or options that make no sense.
    """
    try:
        import dask
    except ImportError:
        raise ImportError('fit_dask needs Dask, which is missing here: pip install "dask[array]"') from None
    start, ridge, tol = checked_options(start, family, ridge, tol, max_iter, accelerate, history, progress)
    persist = validation.as_flag(persist, "persist")
    array = _in_rows(array)
    (array,) = dask.persist(array) if persist else dask.optimize(array)
    survey = _total(array, _survey_chunk, start.d)
    if survey is None:
        raise ValueError("array must hold at least one point; there is none.")

    def statistics(mixture, form, origins=None):
        return _total(array, _chunk_sums, mixture, form, origins, survey)

    return fit_sums(
        statistics, survey, start,
        family=family, ridge=ridge, tol=tol, max_iter=max_iter, accelerate=accelerate,
        history=history, progress=progress,
    )


def two_workers(files, shape, dtype):
    """Two processes of this machine, each with half of the data in its memory -> Dask client, array.

    files  paths of arrays, stored by np.save
    shape  (n, d) of each of them
    dtype  their type of number

    Close the client when you are done: `client.close()` ends the processes. In a browser, where no process
    can be started, Dask computes in this one, a chunk after the other, and there is nothing to close.
    """
    import dask
    import dask.array as da
    import numpy as np

    # a promise for each file: to be loaded by whoever needs it
    chunks = [da.from_delayed(dask.delayed(np.load)(file), shape, dtype) for file in files]
    if not CAN_START:
        return _ThisProcess(), da.concatenate(chunks).persist()
    from dask.distributed import Client

    # port 0: one that is free
    here = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
    client = Client(n_workers=2, threads_per_worker=1, **here)
    half = len(chunks) // 2
    halves = zip(client.scheduler_info()["workers"], [chunks[:half], chunks[half:]], strict=True)
    # persist: load them now, and keep them in that worker's memory
    kept = [client.persist(da.concatenate(part), workers=[worker]) for worker, part in halves]
    return client, da.concatenate(kept)


class _ThisProcess:
    """What stands for a Dask client where there is none: Dask's work is done in this process."""

    dashboard_link = "no address: it is this process"

    def close(self):
        """There is nothing to close."""


def _total(array, function, *arguments):
    """Add up function(chunk, number of the chunk, arguments) over the chunks, in a tree, where they lie.

    The graph is written out, one task a chunk and one for every FAN_IN sums: `dask.delayed` takes three times
    as long to make it. The arguments are a task of their own, so that they are sent once to a worker.
    """
    from dask.delayed import Delayed
    from dask.highlevelgraph import HighLevelGraph

    name = f"{function.__name__}-{uuid.uuid4().hex}"
    sent = f"arguments-{name}"
    tasks = {sent: list(arguments)}
    keys = [(name, 0, i) for i in range(array.numblocks[0])]
    tasks |= {key: (function, (array.name, i, 0), i, sent) for i, key in enumerate(keys)}
    height = 0
    while len(keys) > 1:
        height += 1
        groups = [keys[i : i + FAN_IN] for i in range(0, len(keys), FAN_IN)]
        keys = [(name, height, i) for i in range(len(groups))]
        tasks |= {key: (add_up, group) for key, group in zip(keys, groups, strict=True)}
    graph = HighLevelGraph.from_collections(name, tasks, dependencies=[array])
    return Delayed(keys[0], graph, layer=name).compute()


def _in_rows(array):
    """The array with chunks that hold whole rows."""
    from dask.array import Array

    if not isinstance(array, Array):
        raise TypeError(f"array must be a dask.array of shape (n, d); it is {validation.shown(array)}.")
    if array.ndim != 2:
        raise ValueError(f"array must have shape (n, d); it has shape {array.shape}.")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"array must hold real numbers; its entries are of type {array.dtype}.")
    return array.rechunk({1: -1})


def _survey_chunk(chunk, i, arguments):
    """A first look at chunk number i (n_c, d) -> Survey, or None if it is empty."""
    (d,) = arguments
    return survey_block(chunk, f"chunk {i}", d)


def _chunk_sums(chunk, i, arguments):
    """What the points of chunk number i (n_c, d) say about the components -> SufficientStatistics."""
    mixture, form, origins, survey = arguments
    worker = Worker(form, mixture.k, survey.center, len(chunk), buffer_bytes(1))
    with one_blas_thread:
        worker.begin(mixture, origins)
        worker.run(plain(chunk).T, form.shift(survey.center))
    return worker.statistics(survey.extent)
