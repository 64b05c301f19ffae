"""Open JupyterLab in a course folder."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from gmmlesson.folder import FolderError


def refuse_if_missing():
    """Raise FolderError if JupyterLab is not installed."""
    if importlib.util.find_spec("jupyterlab") is None:
        install = f"{sys.executable} -m pip install jupyterlab"
        raise FolderError(f"JupyterLab is missing: `{install}` brings it.")


def command(folder, lesson, browser=True, port=None, options=()):
    """The command that serves a folder on this machine only, and opens a lesson -> list of str.

    If the port is taken, JupyterLab takes the next free one and says so.
    """
    return [
        *(sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1", f"--ServerApp.root_dir={folder.resolve()}"),
        f"--LabApp.default_url=/lab/tree/{quote(lesson)}",
        *([] if browser else ["--no-browser"]),
        *([] if port is None else [f"--port={port}"]),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),  # it refuses otherwise
        *options,
    ]


def serve(command):
    """Run a server in place of this process, or, where that cannot be, until it ends -> its exit code."""
    here = str(Path(sys.executable).parent)  # for its terminals, so that they find this Python's commands
    environment = os.environ | {"PATH": os.pathsep.join([here, os.environ.get("PATH", "")])}
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment)
    return wait_for(subprocess.Popen(command, env=environment))


def wait_for(process):
    """Wait until a server ends -> its exit code. Ctrl+C is for the server alone: it asks before it ends."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
