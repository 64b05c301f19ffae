"""Peak memory, each in a process of its own: `python -m benchmarks.memory SIDE FOLDER N_ITER ROUNDS`.

FOLDER holds data.npy and start.npz. SIDE "data" only reads the data into memory; what the others need beyond
that is the extra memory of a fit. "file" fits without reading the file into memory.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import sklearn.mixture  # noqa: F401 - every side has the same modules in memory

from benchmarks import peers
from gmmlesson import Mixture

BLOCK = 1_000_000  # points written at a time


def measure(side, folder, n_iter, *, rounds=1):
    """Run this module in a process of its own -> {"seconds": of the fastest of the fits, "peak": bytes}."""
    command = [sys.executable, "-m", "benchmarks.memory", side, str(folder), str(n_iter), str(rounds)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def write(problem, folder):
    """Write points of `problem` and its start to `folder`, a block at a time; any number of points will do.

    The same million points come again and again: what EM does with them costs the same.
    """
    X, start = type(problem)(min(problem.n, BLOCK), problem.d, problem.k).make()
    shape = problem.n, problem.d
    with (Path(folder) / "data.npy").open("wb") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for begin in range(0, problem.n, BLOCK):
            X[: problem.n - begin].tofile(file)
    np.savez(
        Path(folder) / "start.npz", weights=start.weights, means=start.means, covariances=start.covariances
    )


def peak_memory():
    """The most memory that this process has had, in bytes.

    Linux hands `ru_maxrss` down from the process that started this one; VmHWM is this one's own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def main(side, folder, n_iter, rounds):
    folder = Path(folder)
    start = Mixture(**np.load(folder / "start.npz"))
    if side == "file":
        run = peers.from_file(folder / "data.npy", start)
    else:
        X = np.load(folder / "data.npy")
        prepare = {"data": nothing, "gmmlesson": peers.ours, "scikit-learn": peers.scikit_learn}[side]
        run = prepare(X, start)
    seconds = min(run(int(n_iter))[0] for _ in range(int(rounds)))
    print(json.dumps({"seconds": seconds, "peak": peak_memory()}))


def nothing(X, start):
    """The side that only holds the data."""
    return lambda n_iter: (0.0, None)


if __name__ == "__main__":
    main(*sys.argv[1:])
