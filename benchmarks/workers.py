"""`fit_dask` on one and on two worker processes of this machine: `python -m benchmarks.workers`.

Seconds for two passes through the data, and beside them what lesson 14's cost model says: the chunks of the
busiest worker times the seconds of a chunk, plus the scheduling, measured on chunks that are nearly empty.
"""

import tempfile
import timeit
from pathlib import Path

import dask
import dask.array as da
import numpy as np
from distributed import Client
from distributed.comm.tcp import TCP

from benchmarks.problems import Problem
from gmmlesson import fit_dask

ROWS, CHUNKS, ROUNDS = 1_000_000, 10, 12
HERE = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "silence_logs": 50}
HEAD = f"""# One worker and two

Made by `python -m benchmarks.workers`: `fit_dask` on worker processes of one thread each,
(n, d, k) = ({{problem}}), in {CHUNKS} chunks. *Model* is lesson 14's, made from a single chunk on each worker
and from chunks that are nearly empty.

| workers | ms for two passes | model, ms | model / measured | kB sent an iteration |
| --- | --- | --- | --- | --- |
"""


def count_sent_bytes():
    """In this process, from now on."""
    TCP.sent, write = 0, TCP.write

    async def counted(self, *args, **kwargs):
        n_bytes = await write(self, *args, **kwargs)
        TCP.sent += n_bytes
        return n_bytes

    TCP.write = counted


def sent_bytes():
    return TCP.sent


def spread(client, files, rows=None):
    """The first `rows` rows of every file (all for None) as a chunk; neighbors lie on the same worker."""
    workers = sorted(client.scheduler_info()["workers"])
    arrays = []
    for worker, part in zip(workers, np.array_split(files, len(workers)), strict=True):
        chunks = [da.from_delayed(dask.delayed(load)(file, rows), (rows or ROWS, 2), float) for file in part]
        arrays.append(client.persist(da.concatenate(chunks), workers=[worker]))
    return da.concatenate(arrays)


def load(file, rows):
    return np.load(file)[:rows]


def two_passes(array, start):
    """Seconds to go through the data twice, a first look and one evaluation: the shortest of some rounds."""
    return min(timeit.repeat(lambda: fit_dask(array, start, max_iter=0), number=1, repeat=ROUNDS))


def measure(n_workers, files, start):
    """(seconds for two passes, the model's seconds, bytes sent in an iteration by all processes)."""
    with Client(n_workers=n_workers, threads_per_worker=1, **HERE) as client:
        array = spread(client, files)
        seconds = two_passes(array, start)
        scheduling = two_passes(spread(client, files, 100), start)
        one_each = files[:n_workers]
        nothing = two_passes(spread(client, one_each, 100), start)
        a_chunk = two_passes(spread(client, one_each), start) - nothing
        predicted = CHUNKS / n_workers * a_chunk + scheduling
        client.run(count_sent_bytes)
        sent = []
        for n_iter in (1, 4):
            before = TCP.sent + sum(client.run(sent_bytes).values())
            fit_dask(array, start, tol=0, max_iter=n_iter)
            sent.append(TCP.sent + sum(client.run(sent_bytes).values()) - before)
        return seconds, predicted, (sent[1] - sent[0]) / 3


def main():
    count_sent_bytes()
    problem = Problem(ROWS * CHUNKS, 2, 3)
    X, start = problem.make()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / f"{i}.npy") for i in range(CHUNKS)]
        for file, part in zip(files, np.split(X, CHUNKS), strict=True):
            np.save(file, part)
        for n_workers in (1, 2):
            seconds, predicted, sent = measure(n_workers, files, start)
            cells = (1e3 * seconds, 1e3 * predicted, predicted / seconds, sent / 1e3)
            rows.append("| {} | {:.0f} | {:.0f} | {:.2f} | {:.0f} |".format(n_workers, *cells))
    text = HEAD.format(problem=problem) + "\n".join(rows) + "\n"
    print(text)
    (Path(__file__).parent / "workers.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
