"""Users that nobody is: one for each kernel, where the grader is root.

Code that runs as such a user can neither read nor write what is not everybody's, nor signal any process but
its own. The numbers are outside of what systemd gives away; one that has a name is passed over.
"""

import contextlib
import os
import stat
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import numpy

from gmmlesson.grading import processes

NUMBERS = range(60600, 61100)
CLOSED = "Everybody could use the course folder; only its owner and its group can, now (chmod o-rwx)."
PACKAGE = Path(__file__).resolve().parent.parent
PUBLIC = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")  # in which everybody may write
SHARED = {"shm": "--shmem-id", "msg": "--queue-id", "sem": "--semaphore-id"}  # System V's, in memory


def obstacle():
    """Why kernels cannot have a user each, in a sentence; "" if they can."""
    if not hasattr(os, "geteuid") or not sys.platform.startswith("linux"):
        return "only Linux can give each submission a user of its own."
    if os.geteuid() != 0:
        return "only root can give each submission a user of its own."
    needed = (
        sys.executable,
        os.path.realpath(sys.executable),
        sysconfig.get_path("stdlib"),
        PACKAGE,
        Path(numpy.__file__).parent,
        tempfile.gettempdir(),
    )
    for path in needed:
        if closed := closed_at(path):
            return f"another user cannot use {path}, because {closed} is closed."
    home = Path.home()
    if home.exists() and home.stat().st_mode & stat.S_IWOTH:  # what lies there is run, such as settings
        return f"everybody can write into {home}, your home directory."
    return ""


_promised = False  # whether kernels have users of their own, whatever happens meanwhile


def promise(temporary):
    """Let no kernel of this process run without a user of its own from here on.

    Said before any student's code has run: later, code that fills a disk could bring about an obstacle.

    temporary  the folder for temporary files, from here on: Python would look for another if it is full
    """
    global _promised
    _promised, tempfile.tempdir = True, temporary


def given():
    """Whether kernels have users of their own. Raises RuntimeError where they had, and no longer can."""
    closed = obstacle()
    if closed and _promised:
        raise RuntimeError(f"Nothing was run: {closed}")
    if not closed:
        promise(tempfile.gettempdir())
    return not closed


def closed_at(path):
    """The first folder on the way to a path that others may not pass, or the path itself; or None."""
    path = Path(path).absolute()
    for folder in (*reversed(path.parents), path):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def close(folder):
    """Take everybody's rights off a folder -> whether there were any. Its owner and group keep theirs."""
    mode = stat.S_IMODE(Path(folder).stat().st_mode)
    if mode & stat.S_IRWXO:
        Path(folder).chmod(mode & ~stat.S_IRWXO)
    return bool(mode & stat.S_IRWXO)


def hand_over(course, names):
    """Give what root has written in a course folder to whom the folder belongs."""
    owner = Path(course).stat()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or owner.st_uid == 0:
        return
    for name in names:
        top = Path(course) / name
        for path in (top, *top.rglob("*")):
            with contextlib.suppress(FileNotFoundError):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


@contextlib.contextmanager
def borrowed():
    """A context with a user that nobody is -> its number. Afterwards its processes and files are no more.

    Raises RuntimeError if there is none.
    """
    for uid in NUMBERS:
        lock = _lock(uid)
        if lock is None:
            continue
        try:
            if _is_somebody(uid):
                continue
            try:
                _clear(uid, patience=2)
            except RuntimeError:  # what it has left resists: the next one, then
                continue
            try:
                yield uid
            finally:
                _clear(uid)
            return
        finally:
            os.close(lock)
    raise RuntimeError(f"No user from {NUMBERS[0]} to {NUMBERS[-1]} is free.")


def clear():
    """End what is left of users whose grader has ended before it could do so."""
    left = {process.user for process in processes.running()}
    for uid in left.intersection(NUMBERS):
        lock = _lock(uid)
        if lock is not None:
            try:
                if not _is_somebody(uid):
                    with contextlib.suppress(RuntimeError):  # the next time, then
                        _clear(uid)
            finally:
                os.close(lock)


def _is_somebody(uid):
    import pwd

    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _lock(uid):
    """The open file that says that a user is borrowed; None if somebody else has it."""
    import fcntl  # as pwd, not on Windows

    folder = Path(tempfile.gettempdir()) / "gmmlesson-users"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise RuntimeError(f"{folder} is not a folder of the grader's own. Remove it, and grade again.")
    file = os.open(folder / str(uid), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _clear(uid, patience=processes.PATIENCE):
    """End the processes of a user, and remove its files where everybody may leave some, and shared memory.

    Raises RuntimeError if some are left.
    """
    if processes.of_user(uid)(processes.running()):
        _end_all(uid)
    if not processes.end(processes.of_user(uid), patience):
        raise RuntimeError(f"Processes of user {uid} could not be ended.")
    for folder in {*PUBLIC, tempfile.gettempdir()}:
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in [entry for entry in entries if entry.stat(follow_symlinks=False).st_uid == uid]:
                remove(entry.path)
                if os.path.lexists(entry.path):
                    raise RuntimeError(f"Files of user {uid} could not be removed.")
    if _shared(uid):
        _as_user(uid, ["ipcrm", *_shared(uid)])
        if _shared(uid):
            raise RuntimeError(f"Memory that user {uid} has shared could not be removed.")


def _shared(uid):
    """What a user has left in memory for who comes next (System V), as options of `ipcrm`."""
    found = []
    for kind, option in SHARED.items():
        with contextlib.suppress(OSError), Path(f"/proc/sysvipc/{kind}").open(encoding="ascii") as lines:
            columns = next(lines).split()
            for line in lines:
                one = dict(zip(columns, line.split(), strict=False))
                if str(uid) in (one["uid"], one["cuid"]):
                    found += [option, one[f"{kind}id" if kind != "msg" else "msqid"]]
    return found


def _end_all(uid):
    """Let a process of this user kill all others of its: at once, whatever they begin meanwhile."""
    _as_user(uid, ["/bin/sh", "-c", "kill -s KILL -- -1"])


def _as_user(uid, command):
    """Run a command as this user: in a container root may not do it in its place."""
    nobody = {"user": uid, "group": uid, "extra_groups": [], "cwd": "/", "env": {"PATH": os.defpath}}
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(command, **nobody, capture_output=True, check=False, timeout=5)


def remove(path):
    """Remove a file, or a folder with all that is in it, however deep: Python's own `rmtree` calls itself."""
    with contextlib.suppress(OSError):
        subprocess.run(["rm", "-rf", "--", path], capture_output=True, check=False)
