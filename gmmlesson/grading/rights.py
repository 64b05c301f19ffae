"""Inside the kernel, before the first line of a student's code: give up what the code is not to have."""

import contextlib
import ctypes
import os
from pathlib import Path

MEMORY = 4 * 2**30  # bytes that a student's code may map, beyond what the kernel has
GRADER = 2 * 2**30  # bytes that the process may map that grades a submission, beyond what it has at the start
FILE = 200 * 2**20  # bytes of a file that it writes
PROCESSES = 256  # at the same time, threads included: of a user that is nobody else's
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38


def limit():
    """Let Python raise MemoryError before the computer has none left, and OSError before its disk is full.

    Where the system can: Linux. And if memory gets short after all, the kernel goes, not the grader.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _lower(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY)
        _lower(resource.RLIMIT_FSIZE, FILE)
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_MSGQUEUE, 0)  # queues stay, where nobody may list them, for who comes next
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def limit_the_grader():
    """Let what grades one submission take so much memory and no more; its kernels may have more.

    So a submission that makes it grow is not graded, and the others are.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + GRADER, most))


def _lower(kind, value):
    import resource

    _, most = resource.getrlimit(kind)
    if most == resource.RLIM_INFINITY or value < most:
        resource.setrlimit(kind, (value, value))


def become(user, closed):
    """Be another user from here on, for whom these folders are closed. Raises RuntimeError if they are not.

    user  its number, which is also that of its only group
    """
    import resource

    _lower(resource.RLIMIT_NPROC, PROCESSES)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.umask(0o077)
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # no program gives it others
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # or it may not read /proc/self, as psutil does
    for folder in closed:
        if os.access(folder, os.R_OK) or os.access(folder, os.X_OK):
            raise RuntimeError(f"{folder} is not closed to other users.")
