"""How many threads may compute, and keeping BLAS's own from getting in their way."""

import functools
import math
import multiprocessing
import os
import re
import sys
import threading
from pathlib import Path

VARIABLES = (  # what schedulers of work set in the environment of their workers; joblib sets most of them
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "PYTHON_CPU_COUNT",
)
CAN_START = sys.platform != "emscripten"  # threads and processes: in a browser neither
PROCESS = Path("/proc/self/cgroup")  # the control groups that this process is in
GROUPS = Path("/sys/fs/cgroup")  # and what they are allowed


def n_processors():
    """How many threads may compute at a time in this process, at least 1.

    The smallest of all that is known: the processors that the process may run on; the time on them that its
    control groups are allowed (containers, batch systems); the environment variables by which OpenMP, BLAS,
    loky and Python are told; the threads that BLAS has been left with, by `threadpoolctl.threadpool_limits`
    for instance; and 1 where each of many tasks has one thread, in those of joblib and of Dask.
    """
    limits = [_runnable(), *_told(), *_quotas(), *one_blas_thread.outside()]
    if _is_one_of_many():
        limits.append(1)
    return max(1, min(limits))


def _runnable():
    """Processors that the system lets this process run on."""
    if not CAN_START:
        return 1
    counts = [os.cpu_count() or 1]
    if hasattr(os, "sched_getaffinity"):
        counts.append(len(os.sched_getaffinity(0)))
    if hasattr(os, "process_cpu_count"):  # Python 3.13; `python -X cpu_count` changes it
        counts.append(os.process_cpu_count() or 1)
    return min(counts)


def _told():
    """The numbers in the variables that are set; of OpenMP's list, one a level of nesting, the first."""
    for variable in VARIABLES:
        number = re.match(r"\s*([1-9]\d*)", os.environ.get(variable, ""))
        if number:
            yield int(number[1])


def _quotas():
    """Processors' worth of time that the control groups around this process are allowed, rounded up."""
    for folder in _group_folders():
        try:
            if (folder / "cpu.max").exists():  # version 2 of control groups
                quota, period = (folder / "cpu.max").read_text().split()
            else:
                quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            share = int(quota) / int(period)
        except (OSError, ValueError, ZeroDivisionError):  # no such group here, or no limit: "max"
            continue
        if share > 0:  # version 1 says -1 where there is no limit
            yield math.ceil(share)


def _group_folders():
    """Where the limits of this process's groups may stand, and of the groups that these are in."""
    try:
        lines = PROCESS.read_text().splitlines()
    except OSError:  # not Linux
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "cpu") or "cpu" in controllers.split(","):
            root = GROUPS / ("cpu" if controllers else "")
            group = Path(path.lstrip("/"))  # in a container it may be seen from outside, and not be found
            yield from (root / part for part in (group, *group.parents) if ".." not in part.parts)


def _is_one_of_many():
    """Whether this is a task of joblib's threads, or of Dask's workers, which give it one thread.

    joblib's other workers are processes: to those of loky it says by variables how many threads they have, to
    those of multiprocessing, which are daemons, nothing.
    """
    if "distributed.worker" in sys.modules:
        try:
            sys.modules["distributed.worker"].get_worker()
        except ValueError:
            pass
        else:
            return True
    if "joblib.parallel" in sys.modules:
        backend, _ = sys.modules["joblib.parallel"].get_active_backend()
        in_a_thread = threading.current_thread() is not threading.main_thread()
        return bool(backend.nesting_level) and (in_a_thread or multiprocessing.current_process().daemon)
    return False


class _OneBlasThread:
    """A context in which BLAS runs single-threaded; may be entered from several threads at a time."""

    def __init__(self):
        self.lock, self.depth = threading.Lock(), 0

    def __enter__(self):
        with self.lock:
            if self.depth == 0:
                self.before = _blas_threads()
                self.limit = _blas().limit(limits=1, user_api="blas")
            self.depth += 1

    def __exit__(self, *exception):
        with self.lock:
            self.depth -= 1
            if self.depth == 0:
                self.limit.restore_original_limits()

    def outside(self):
        """How many threads each BLAS library has outside of this context -> a list."""
        with self.lock:
            return self.before if self.depth else _blas_threads()


def _blas_threads():
    return [library["num_threads"] for library in _blas().info() if library["user_api"] == "blas"]


@functools.cache
def _blas():
    from threadpoolctl import ThreadpoolController  # not at the top: `import gmmlesson` stays light

    return ThreadpoolController()


one_blas_thread = _OneBlasThread()
