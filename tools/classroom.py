"""A class on a JupyterHub, all at once: `make classroom`, or `make classroom ARGS="--students 10"`.

It starts a real JupyterHub on 127.0.0.1 with its proxy, and as many simulated students, who all begin at the
same moment. Each logs in with the form, starts a server, opens JupyterLab's page and the lesson, starts a
kernel, and runs every code cell in order through the kernel's websocket, without a pause for thought. When
the last one is done, while all kernels still live, the memory of every process is read. It prints

    seconds   from the common beginning until each step was done, for the median student and the slowest
    MiB       of a student's server and kernel, as PSS: a page that m processes share counts 1/m for each
              (RSS, which counts it in full for each, where the system does not tell PSS)
    CPU s     seconds of processor time that they used: what to divide by the number of your cores

Everything is ended at the end, by process id. The servers and kernels are those of .venv, one thread each for
linear algebra. JupyterHub (from PyPI) and its proxy (from npm) are installed into build/classroom/ the first
time. It needs Linux or macOS, and Node.js 20 or later. The spawner, which lets students run without system
accounts, is not meant for real classes. What is not simulated: browsers, which load some MB of JupyterLab
each, and thinking, which gives a real class far more room.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
import requests
import websocket

import editions
import refresh

HUB = "jupyterhub>=5.3,<7"
PROXY = "configurable-http-proxy@>=4.6.3 <6"
FOLDER = editions.BUILD / "classroom"
PATIENCE = 900  # seconds that a student waits for anything
STEPS = ("log in", "start a server", "open the lesson", "start a kernel", "run the lesson")

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


# --- The hub -------------------------------------------------------------------------------------


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
def hub(homes: Path, password: str) -> Iterator[tuple[str, psutil.Process]]:
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


# --- A student -----------------------------------------------------------------------------------


def session() -> requests.Session:
    """A browser's cookies; the settings of this machine for proxies are left out."""
    browser = requests.Session()
    browser.trust_env = False
    return browser


@dataclass
class Student:
    """One simulated student: seconds since the beginning when each step was done, and what went wrong."""

    name: str
    address: str
    browser: requests.Session = field(default_factory=session)
    seconds: dict[str, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def attend(self, password: str, lesson: str, together: threading.Barrier) -> None:
        """Go through all steps; the others are waited for at the beginning."""
        together.wait()
        begin = time.perf_counter()
        try:
            for step in self.steps(password, lesson):
                self.seconds[step] = time.perf_counter() - begin
        except Exception as error:
            step = next(step for step in STEPS if step not in self.seconds)
            self.errors.append(f"{step}: {type(error).__name__}: {error}")

    def steps(self, password: str, lesson: str) -> Iterator[str]:
        self.log_in(password)
        yield "log in"
        self.start_server()
        yield "start a server"
        cells = self.open(lesson)
        yield "open the lesson"
        with contextlib.closing(self.start_kernel(lesson)) as kernel:
            yield "start a kernel"
            for number, source in enumerate(cells, 1):
                if problem := execute(kernel, source):
                    self.errors.append(f"code cell {number}: {problem}")
            yield "run the lesson"

    def log_in(self, password: str) -> None:
        self.get("/hub/login")
        form = {"username": self.name, "password": password, "_xsrf": self.xsrf("/hub/")}
        self.browser.post(f"{self.address}/hub/login", data=form, timeout=PATIENCE).raise_for_status()

    def start_server(self) -> None:
        """As the button does, and then watch the progress until the server is ready."""
        self.get(f"/hub/spawn/{self.name}")
        progress = f"/hub/api/users/{self.name}/server/progress"
        with self.get(progress, stream=True, headers={"X-XSRFToken": self.xsrf("/hub/")}) as stream:
            for line in stream.iter_lines():
                event = json.loads(line.removeprefix(b"data:")) if line.startswith(b"data:") else {}
                if event.get("failed"):
                    raise RuntimeError(event.get("message"))
                if event.get("ready"):
                    return
        raise RuntimeError("the progress of the server ended before it was ready")

    def open(self, lesson: str) -> list[str]:
        """JupyterLab's page, then the lesson -> its code cells."""
        self.get(f"/user/{self.name}/lab")
        content = self.get(f"/user/{self.name}/api/contents/{lesson}").json()["content"]
        return [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]

    def start_kernel(self, lesson: str) -> websocket.WebSocket:
        """A kernel for the lesson -> the open connection to it."""
        home, xsrf = f"/user/{self.name}/", self.xsrf(f"/user/{self.name}/")
        wanted = {"path": lesson, "name": lesson, "type": "notebook", "kernel": {"name": "python3"}}
        started = self.browser.post(
            f"{self.address}{home}api/sessions", json=wanted, headers={"X-XSRFToken": xsrf}, timeout=PATIENCE
        )
        started.raise_for_status()
        kernel = started.json()["kernel"]["id"]
        cookies = [cookie for cookie in self.browser.cookies if home.startswith(cookie.path)]
        connection = websocket.create_connection(
            f"{self.address.replace('http', 'ws', 1)}{home}api/kernels/{kernel}/channels"
            f"?session_id={uuid.uuid4().hex}&_xsrf={xsrf}",
            cookie="; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies),
            timeout=PATIENCE,
            http_no_proxy=["127.0.0.1"],
        )
        execute(connection, "")  # answers when the kernel is up
        return connection

    def get(self, path: str, **options) -> requests.Response:
        answer = self.browser.get(f"{self.address}{path}", timeout=PATIENCE, **options)
        answer.raise_for_status()
        return answer

    def xsrf(self, path: str) -> str:
        """The token that shows that a request comes from the page itself."""
        return self.browser.cookies.get("_xsrf", path=path)


def execute(kernel: websocket.WebSocket, source: str) -> str:
    """Run a cell and wait until the kernel is idle again -> what it raised, or an empty text."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
    header |= {"username": "", "session": ""}
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    content |= {"user_expressions": {}}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    kernel.send(json.dumps(message | {"channel": "shell"}))
    idle = replied = False
    problem = ""
    while not (idle and replied):
        answer = json.loads(kernel.recv())
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        content = answer["content"]
        match answer["msg_type"]:
            case "status":
                idle = idle or content["execution_state"] == "idle"
            case "execute_reply":
                replied = True
            case "error":
                problem = f"{content['ename']}: {content['evalue']}"
    return problem


# --- What it took --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Use:
    """What one process has used: memory in MiB, and seconds of processor time."""

    memory: float
    cpu: float


def measure(process: psutil.Process) -> tuple[str, dict[str, list[Use]]]:
    """("PSS" or "RSS", {"hub": [...], "proxy": [...], "server": [...], "kernel": [...]}): what is used."""
    found = {"hub": [], "proxy": [], "server": [], "kernel": []}
    memory = "PSS" if hasattr(process.memory_full_info(), "pss") else "RSS"
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            size, times = getattr(each.memory_full_info(), memory.lower()), each.cpu_times()
            found[kind(each.cmdline())].append(Use(size / 2**20, times.user + times.system))
    return memory, found


def kind(command: list[str]) -> str:
    """Which process of the class has this command line."""
    line = " ".join(command)
    if "ipykernel" in line:
        return "kernel"
    if "jupyterhub.singleuser" in line:
        return "server"
    return "proxy" if "configurable-http-proxy" in line else "hub"


def table(students: list[Student], memory: str, used: dict[str, list[Use]]) -> str:
    """The figures as text."""
    lines = [f"{'seconds until done':22}{'median':>9}{'slowest':>9}"]
    for step in STEPS:
        times = [student.seconds[step] for student in students if step in student.seconds]
        if times:
            lines.append(f"  {step:20}{statistics.median(times):9.1f}{max(times):9.1f}")
    rows = {
        "a server": (used["server"], len(used["server"])),
        "a kernel": (used["kernel"], len(used["kernel"])),
        "a student": (used["server"] + used["kernel"], len(students)),
        "hub and proxy": (used["hub"] + used["proxy"], 1),
    }
    lines += ["", f"{'on average':22}{f'MiB {memory}':>9}{'CPU s':>9}"]
    for row, (uses, count) in rows.items():
        if uses:
            sums = sum(use.memory for use in uses), sum(use.cpu for use in uses)
            lines.append(f"  {row:20}{sums[0] / count:9.0f}{sums[1] / count:9.1f}")
    return "\n".join(lines)


def class_of(count: int, lesson: Path) -> tuple[list[Student], str, dict[str, list[Use]]]:
    """Let so many students do a lesson at once -> the students, and what `measure` tells."""
    homes, password = FOLDER / "homes", secrets.token_urlsafe(16)
    shutil.rmtree(homes, ignore_errors=True)
    notebook = nbformat.read(lesson, as_version=4)
    editions.clear(notebook)
    names = [f"student{number:02d}" for number in range(1, count + 1)]
    for name in names:
        editions.write(homes / name / lesson.name, refresh.to_text(notebook))
    threads = concurrent.futures.ThreadPoolExecutor(count)  # left last: without a hub, nobody waits for it
    with threads as pool, hub(homes, password) as (address, process):
        students, together = [Student(name, address) for name in names], threading.Barrier(count)
        for done in [pool.submit(student.attend, password, lesson.name, together) for student in students]:
            done.result()
        return students, *measure(process)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="classroom", description="Simulate a class on a JupyterHub.")
    parser.add_argument("--students", type=int, default=3, help="how many, at once (3)")
    parser.add_argument("--lesson", default="02", help="the number of the lesson that they run (02)")
    options = parser.parse_args(arguments)
    lesson = next((path for path in editions.LESSONS if path.name.startswith(f"{options.lesson}_")), None)
    if lesson is None or options.students < 1:
        parser.error("there must be a student, and a lesson of that number")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # on the way out the hub is ended
    install()
    students, *used = class_of(options.students, lesson)
    cells = sum(cell.cell_type == "code" for cell in nbformat.read(lesson, as_version=4).cells)
    print(f"{len(students)} students at once, {cells} code cells of {lesson.stem}, {os.cpu_count()} cores\n")
    print(table(students, *used))
    problems = [f"{student.name}: {error}" for student in students for error in student.errors]
    print("", *problems or ["No student saw an error."], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
