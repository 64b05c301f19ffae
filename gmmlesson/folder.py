"""A learner's course folder: how it is found, and how files are written in it so that nothing is lost."""

import contextlib
import errno
import os
import secrets
import time
from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None
try:
    import msvcrt  # Windows; the Python of a browser has neither
except ImportError:
    msvcrt = None

RECORD = ".gmmlesson.json"  # marks the top of a course folder, and says what was laid out there
LOCK = ".gmmlesson.lock"
PART = ".gmmlesson-part-"  # the beginning of the name of a file that is being written
PATIENCE = 10.0  # seconds to wait for another process
HELD = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}  # what a system says of a lock that somebody else has


class FolderError(ValueError):
    """What is wrong with a course folder, and what to do, in a sentence."""


def enclosing(path=None):
    """The course folder that a path is in, by default the working directory -> Path, or None."""
    try:
        here = Path.cwd() if path is None else path.resolve()
        return next((folder for folder in (here, *here.parents) if (folder / RECORD).is_file()), None)
    except OSError:  # the working directory is gone, or may not be looked into
        return None


def write(path, text):
    """Write a text file: whatever happens, it has its old content or the new one, never half of it.

    Raises FolderError if it cannot be written.
    """
    part = path.with_name(PART + secrets.token_hex(4))
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # some systems notice a full disk only here
        part.replace(path)
    except OSError as error:
        raise cannot("written", path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def cannot(what, path, error):
    """The FolderError for a file or folder that cannot be read or written, because of an OSError."""
    return FolderError(f"{path} cannot be {what}: {error.strerror or error}.")


@contextlib.contextmanager
def alone(folder, patience=PATIENCE):
    """A context that one process at a time can be in, for each course folder.

    The operating system holds the lock and lets go of it when the process ends, however that comes about,
    so it cannot go stale. Raises FolderError if another process keeps it for longer than `patience` seconds.
    """
    try:
        file = (folder / LOCK).open("a+b")
    except OSError as error:
        raise cannot("written", folder, error) from error
    with file:
        deadline = time.monotonic() + patience
        while not _lock(file):
            if time.monotonic() > deadline:
                raise FolderError(f"Another gmmlesson is at work in {folder}: try again when it is done.")
            time.sleep(0.02)
        try:
            yield
        finally:
            _unlock(file)


def _lock(file):
    """Try to lock an open file -> whether it is ours. Where there are no locks, everybody gets it."""
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return error.errno not in HELD
    return True


def _unlock(file):
    with contextlib.suppress(OSError):  # there was no lock to be had
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_UN)
        elif msvcrt:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
