"""People at one server, for `make teach-cycle`: each has a home and, if root runs this, a user id.

Nobody has an account, and nothing of theirs is left behind. nbgrader asks the system for the name of a user
id; a `sitecustomize` module answers instead. An interpreter that lies where only root may look (in /root,
say) is copied to where they may.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 300  # seconds for a command
FIRST_ID = 61101  # no system hands these user ids out, and no grader lends them
NAMES = '''"""Names of users who have no accounts, for `make teach-cycle`."""

import os
import pwd
import sys

ACCOUNTS = {accounts!r}
sys.modules["rfc3987_syntax"] = None  # to import it takes a second, each time; jsonschema does without


def getpwuid(uid, known=pwd.getpwuid):
    name = ACCOUNTS.get(uid) or (os.environ.get("LOGNAME") if uid == os.getuid() else None)
    if name is None:
        return known(uid)
    return pwd.struct_passwd((name, "x", uid, uid, "", os.environ.get("HOME", "/"), "/bin/sh"))


pwd.getpwuid = getpwuid
'''


class Problem(Exception):
    """Something did not go as it is promised."""


@dataclass(frozen=True)
class Person:
    """Somebody at the server. `uid` is None for who has the user id of this process."""

    name: str
    home: Path
    uid: int | None
    environment: dict[str, str]

    def start(self, commands: str) -> subprocess.Popen:
        """Start commands in a new shell, in the home, with nothing of this process's environment."""
        return subprocess.Popen(
            ["bash", "-e", "-u", "-c", commands],
            cwd=self.home, env=self.environment, umask=0o022, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
            start_new_session=True, **as_user(self.uid),
        )  # fmt: skip

    def run(self, commands: str) -> str:
        """Run commands -> what they printed. Problem if one fails."""
        process = self.start(commands)
        try:
            printed, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise Problem(f"{self.name} waits for more than {PATIENCE} seconds:\n{commands}") from None
        if process.returncode:
            raise Problem(f"{self.name} fails:\n{commands}\n{printed}")
        return printed

    def may(self, flag: str, path: Path) -> bool:
        """Whether the person may read ("-r") or write ("-w") a path."""
        process = self.start(f"test {flag} '{path}'")
        process.communicate()
        return process.returncode == 0

    @contextlib.contextmanager
    def serving(self, commands: str) -> Iterator[tuple[str, str]]:
        """The commands start a Jupyter server -> its address and token. It ends when the block is left."""
        process = self.start(commands)
        try:
            if not (found := self.server(process)):
                raise Problem(f"{self.name}'s server does not start:\n{end(process)}")
            yield found
        finally:
            end(process)

    def server(self, process: subprocess.Popen) -> tuple[str, str] | None:
        """The address and token of a server that is starting, when it answers; None if it ends instead."""
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            for file in (self.home / ".local/share/jupyter/runtime").glob("jpserver-*.json"):
                with contextlib.suppress(OSError, ValueError):
                    told = json.loads(file.read_text(encoding="utf-8"))
                    ask(f"{told['url']}api/status", told["token"])
                    return told["url"], told["token"]
            time.sleep(0.1)
        return None


def end(process: subprocess.Popen) -> str:
    """End a server and what it has started -> what it printed, the first time."""
    if process.stdout.closed:
        return ""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    return process.communicate()[0]


def ask(address: str, token: str, data: dict | None = None):
    """What a server answers, from JSON; `data`, if given, is put there.

    Problem if the answer is an error, OSError if there is none.
    """
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(address, body, method="GET" if data is None else "PUT")
    request.add_header("Authorization", f"token {token}")
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with without_proxy.open(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise Problem(f"{request.method} {address}: {error}") from error


def as_user(uid: int | None) -> dict:
    """Options of subprocess for a command of this user."""
    return {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}


class Server:
    """A folder with people: `home` has their homes, `python` the environment that all of them can use.

    separate  whether each has a user id of their own; if not, they are told apart by their names alone
    """

    def __init__(self, folder: Path, names: tuple[str, ...]):
        """Make the homes in an empty folder. The first of the names is the administrator."""
        self.folder = folder
        folder.chmod(0o755)
        self.python = Path(sys.prefix)
        self.separate = os.geteuid() == 0 and self.open_to_others()
        ids = {name: FIRST_ID + number for number, name in enumerate(names[1:])} if self.separate else {}
        (folder / "names").mkdir()
        accounts = NAMES.format(accounts={uid: name for name, uid in ids.items()})
        (folder / "names/sitecustomize.py").write_text(accounts, encoding="utf-8")
        self.people = {name: self.move_in(name, ids.get(name)) for name in names}

    def open_to_others(self) -> bool:
        """Whether other users can run this Python with the package; if need be, it is copied."""
        if not runs_for_others(self.python, self.folder):
            self.python = copied_environment(self.folder)
        return runs_for_others(self.python, self.folder)

    def move_in(self, name: str, uid: int | None) -> Person:
        """A person with an empty home, which all may enter, as on many systems."""
        home = self.folder / "home" / name
        home.mkdir(parents=True)
        home.chmod(0o755)
        if uid is not None:
            os.chown(home, uid, uid)
        if (
            os.geteuid() == 0 and uid is None
        ):  # Jupyter's servers refuse to run as root unless told that they may
            (home / ".jupyter").mkdir()
            (home / ".jupyter/jupyter_server_config.json").write_text('{"ServerApp": {"allow_root": true}}')
        paths = [str(self.folder / "names"), os.environ.get("PYTHONPATH", "")]
        environment = basic_environment(home, self.folder) | {
            "LOGNAME": name,
            "USER": name,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "BROWSER": "true",  # instead of one that opens a window
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        return Person(name, home, uid, environment)


def basic_environment(home: Path, folder: Path) -> dict[str, str]:
    """What the Python of a folder of people needs to run at all."""
    return {"HOME": str(home), "LANG": "C.UTF-8", "LD_LIBRARY_PATH": str(folder / "copy/lib")}


def runs_for_others(environment: Path, folder: Path) -> bool:
    """Whether another user can run the Python of an environment, with this package and nbgrader."""
    own = basic_environment(Path("/"), folder) | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    with contextlib.suppress(PermissionError):
        done = subprocess.run(
            [environment / "bin/python", "-c", "import gmmlesson.exercises, nbgrader"],
            cwd="/", env=own, capture_output=True, check=False, **as_user(FIRST_ID),
        )  # fmt: skip
        return done.returncode == 0
    return False


def copied_environment(folder: Path) -> Path:
    """An environment in `folder` with a copy of this interpreter, and the packages of this one."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base, copy, made = Path(sys.base_prefix), folder / "copy", folder / "environment"
    leave_out = shutil.ignore_patterns("site-packages", "test", "config-*", "*.a")
    shutil.copytree(base / "lib" / version, copy / "lib" / version, ignore=leave_out)
    for library in (base / "lib").glob("libpython*.so*"):
        shutil.copy(library, copy / "lib")
    (copy / "bin").mkdir()
    shutil.copy(base / "bin" / version, copy / "bin" / version)
    (made / "bin").mkdir(parents=True)
    (made / "bin/python").symlink_to(copy / "bin" / version)
    (made / "pyvenv.cfg").write_text(f"home = {copy / 'bin'}\n", encoding="utf-8")
    for name in ("lib", "share", "etc"):
        (made / name).symlink_to(Path(sys.prefix) / name)
    for script in (Path(sys.prefix) / "bin").iterdir():
        if script.is_file() and not script.is_symlink() and script.read_bytes()[:2] == b"#!":
            program = script.read_text(encoding="utf-8").partition("\n")[2]
            (made / "bin" / script.name).write_text(f"#!{made}/bin/python\n{program}", encoding="utf-8")
            (made / "bin" / script.name).chmod(0o755)
    return made
