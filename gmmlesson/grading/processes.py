"""The processes that a submission has begun: find them, and end them.

They are found in /proc, so on Linux. Elsewhere none is found, and Jupyter's own ending of a kernel has to do.
"""

import contextlib
import ctypes
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30  # seconds that ending may take; what is killed in the middle of a system call takes its time
FEW = 10  # rounds in which processes are stopped; then all are killed, stopped or not
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37


@dataclass(frozen=True)
class Process:
    """A process, as /proc/PID tells it; `started` tells it apart from a later one of the same number."""

    pid: int
    state: str  # "Z": it has ended, and nobody has taken note; "T": it is stopped
    parent: int
    session: int
    started: int
    user: int


def running():
    """All processes."""
    return [process for process in map(_read, Path("/proc").glob("[0-9]*")) if process]


def _read(folder):
    try:
        fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        status = (folder / "status").read_text(encoding="utf-8", errors="replace")
        user = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1]
        return Process(
            int(folder.name), fields[0], int(fields[1]), int(fields[3]), int(fields[19]), int(user)
        )
    except (OSError, StopIteration, IndexError, ValueError):  # it has ended meanwhile
        return None


def of_user(uid):
    """-> a function: those of some processes that this user has."""
    return lambda processes: [process for process in processes if process.user == uid]


def of_session(number):
    """-> a function: those of some processes that are of a session, and their children."""
    return lambda processes: _with_children(processes, lambda one: one.session == number)


def strays(processes):
    """Those of some processes that are children of this one, but of another session, and their children.

    A kernel begins a session of its own; the grader's own helpers stay in that of the grader.
    """
    if not processes:
        return []
    here, session = os.getpid(), os.getsid(0)
    return _with_children(processes, lambda one: one.parent == here and one.session != session)


def _with_children(processes, begins):
    found, new = {}, [process for process in processes if begins(process)]
    while new:
        found |= {process.pid: process for process in new}
        new = [process for process in processes if process.parent in found and process.pid not in found]
    return list(found.values())


def adopt_orphans():
    """Let processes whose parent ends become children of this one, not of the first of the computer.

    So what a submission leaves behind can be told. Only for processes that do nothing but grade.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):  # not Linux
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def adopts_orphans():
    """Whether `adopt_orphans` was called in this process; its children do not inherit that."""
    answer = ctypes.c_int(0)
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0)
    return bool(answer.value)


_resisted = set()  # (pid, started) of those that could not be ended: they are not waited for again


def end(choose, patience=PATIENCE):
    """End those processes that `choose` picks from all, and what they begin meanwhile -> whether all ended.

    They are stopped first, so that none begins others while its neighbors are ended. Some cannot be stopped:
    one that waits for its `vfork` goes on when the other, which is stopped, has ended.

    patience  seconds that this may take; what has resisted before is not waited for
    """
    seen, late, rounds = {}, time.monotonic() + patience, 0
    while found := [process for process in choose(running()) if process.state not in "ZX"]:
        known = {(process.pid, process.started) for process in found}
        if time.monotonic() > late or (rounds >= FEW and known <= _resisted):
            _resisted.update(known)
            return False
        seen |= {process.pid: process for process in found}
        going = [process for process in found if process.state not in "TtD"]
        rounds += 1
        stops = going and rounds % FEW
        for process in going if stops else found:
            _signal(process, signal.SIGSTOP if stops else signal.SIGKILL)
        time.sleep(0.002)
    for pid in seen:  # those that are children of this process
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return True


def _signal(process, number):
    now = _read(Path(f"/proc/{process.pid}"))
    if now and now.started == process.started:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)
