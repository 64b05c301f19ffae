"""Where a submission's code runs: in a folder of its own, with a copy of what was handed in."""

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gmmlesson.grading import processes, users

KEPT = {
    "PATH", "LANG", "LANGUAGE", "TZ", "PYTHONPATH", "PYTHONUTF8", "VIRTUAL_ENV", "CONDA_PREFIX",
    "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "GMMLESSON_EXERCISES", "GMMLESSON_SOLUTIONS",
    "COMSPEC", "PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "WINDIR",
}  # fmt: skip


@dataclass(frozen=True)
class Sandbox:
    """What a kernel is given.

    private      a folder that is the grader's: how to reach the kernel, what it says when it does not start
    folder       the kernel's working folder: the copy
    environment  all its variables
    user         the number of the user that it becomes; None if it stays the grader
    """

    private: Path
    folder: Path
    environment: dict
    user: int | None

    @property
    def log(self):
        """What the kernel itself says, not the cells."""
        return self.private / "kernel.log"


@contextlib.contextmanager
def sandbox(submission):
    """A context with a Sandbox that has a copy of a folder. Afterwards it is gone.

    If it has a user, nothing that the code has begun or written is left.
    """
    with contextlib.ExitStack() as stack:
        root = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
        root = Path(stack.enter_context(root)).resolve()
        root.chmod(0o711)  # to be passed, not to be read
        private, home = root / "k", root / "home"
        private.mkdir(mode=0o700)
        home.mkdir(mode=0o700)
        stack.callback(users.remove, home)
        (home / "tmp").mkdir()
        folder = home / "submission"
        shutil.copytree(submission, folder, symlinks=True, ignore=_special)
        user = stack.enter_context(users.borrowed()) if users.given() else None
        if user is not None:
            for path in (home, *home.rglob("*")):
                os.chown(path, user, user, follow_symlinks=False)
        yield Sandbox(private, folder, _environment(home), user)


def end(kernel):
    """End what a kernel has left behind: of its session, and, in a process that adopts orphans, of others."""
    processes.end(processes.of_session(kernel))
    if processes.adopts_orphans():
        processes.end(processes.strays)


def _special(folder, names):
    """What is neither a file nor a folder: to copy a pipe is to wait forever."""
    paths = {name: Path(folder) / name for name in names}
    return [n for n, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())]


def _environment(home):
    kept = {name: text for name, text in os.environ.items() if name in KEPT or name.startswith("LC_")}
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(home / "tmp"),
        "TEMP": str(home / "tmp"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONSAFEPATH": "1",  # or modules in the student's folder come before all others
        "PYTHONNOUSERSITE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_TARGET": str(home / "pip"),  # what a program of the student's installs is not for the others
    }
