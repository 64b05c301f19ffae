"""A JupyterHub on 127.0.0.1 for simulated students, ended by process id.

Its servers and their kernels are those of .venv, one thread each for linear algebra. JupyterHub (from PyPI)
and its proxy (from npm) are installed into build/classroom/ the first time. It needs Linux or macOS, and
Node.js 20 or later. The spawner lets students run without system accounts; it is not meant for real classes.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import requests

import editions

HUB = "jupyterhub>=5.3,<7"
PROXY = "configurable-http-proxy@>=4.6.3 <6"
FOLDER = editions.BUILD / "classroom"
PATIENCE = 900  # seconds that a student waits for anything

# The servers run in .venv; JupyterHub's own packages stand behind .venv's on the path.
SERVER = "import sys; sys.path.append({packages!r}); from jupyterhub.singleuser import main; sys.exit(main())"
CONFIG = """import os

c = get_config()  # noqa: F821

c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{ports[1]}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.db_url = "sqlite:///{state}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{state}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = "{state}/proxy.pid"
c.JupyterHub.cleanup_servers = True

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["CLASSROOM_PASSWORD"]
c.SharedPasswordAuthenticator.allow_all = True

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{homes}/{{username}}"
c.Spawner.cmd = {server!r}
c.Spawner.args = {arguments!r}
c.Spawner.environment = {{"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}}
c.Spawner.start_timeout = c.Spawner.http_timeout = {patience}
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 0}}  # answer at once; the students watch the progress
"""


def install() -> None:
    """JupyterHub and its proxy, each into a folder of its own below build/classroom."""
    mark = FOLDER / "installed"
    wanted = f"{HUB}\n{PROXY}\n{sys.version}\n"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    if not shutil.which("npm"):
        raise SystemExit("make classroom needs npm and Node.js 20 or later, for JupyterHub's proxy.")
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"Installing JupyterHub and its proxy into {FOLDER.relative_to(editions.ROOT)}, once.", flush=True)
    commands = [
        [sys.executable, "-m", "venv", FOLDER / "hub"],
        [FOLDER / "hub/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", HUB],
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", FOLDER / "proxy", PROXY],
    ]
    for command in commands:
        subprocess.run(command, check=True, env=os.environ | {"PIP_USER": "0"})
    mark.write_text(wanted, encoding="utf-8")


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def configuration(ports: list[int], homes: Path, state: Path, packages: str) -> str:
    """The text of jupyterhub_config.py. `packages` is the folder that JupyterHub is installed in."""
    name = "configurable-http-proxy"
    return CONFIG.format(
        ports=ports,
        homes=homes,
        state=state,
        proxy=["node", str(FOLDER / "proxy/node_modules" / name / "bin" / name)],
        server=[sys.executable, "-c", SERVER.format(packages=packages)],
        arguments=["--allow-root"] if os.name == "posix" and os.geteuid() == 0 else [],
        patience=PATIENCE,
    )


@contextlib.contextmanager
def running(homes: Path, password: str) -> Iterator[tuple[str, psutil.Process]]:
    """A running JupyterHub -> its address and its process. In the end all that it started is gone."""
    state = FOLDER / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    python = FOLDER / "hub/bin/python"
    find = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.run(find, check=True, capture_output=True, text=True).stdout.strip()
    ports = free_ports(3)
    editions.write(state / "jupyterhub_config.py", configuration(ports, homes, state, packages))
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    environment |= {"CLASSROOM_PASSWORD": password}
    with (state / "hub.log").open("w", encoding="utf-8") as log:
        process = psutil.Popen(
            [python, "-m", "jupyterhub", "--config", state / "jupyterhub_config.py"],
            cwd=state, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{ports[0]}"
            wait_for(address, process)
            yield address, process
        finally:
            end(process)


def wait_for(address: str, process: psutil.Process) -> None:
    """Return when the hub answers through its proxy; raise RuntimeError, with its log, if it does not."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(requests.ConnectionError):
            if session().get(f"{address}/hub/health", timeout=10).ok:
                return
        time.sleep(0.2)
    log = (FOLDER / "state/hub.log").read_text(encoding="utf-8")
    raise RuntimeError(f"JupyterHub does not answer. The end of its log:\n{log[-3000:]}")


def end(process: psutil.Process) -> None:
    """Stop the hub, which stops its servers; whatever of them is left after that is ended too."""
    started = process.children(recursive=True) if process.is_running() else []
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
    _, left = psutil.wait_procs([process, *started], timeout=60)
    for each in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(left, timeout=10)


def session() -> requests.Session:
    """A browser's cookies; the settings of this machine for proxies are left out."""
    browser = requests.Session()
    browser.trust_env = False
    return browser
