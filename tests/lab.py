"""A real JupyterLab, and Notebook 7 beside it, for tests to drive in a headless Chromium.

Needs Chromium on PATH and the Python package playwright. The server listens on 127.0.0.1 alone; the browser
is cut off from every other address. The fixtures are in lab_fixtures.py.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import refresh

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",  # containers run as root; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAB_SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
    "notebook-extension/tracker": '{"windowingMode": "none"}',  # every cell is drawn, seen or not
}
LOCAL = re.compile(r"(data|blob|about):|(http|ws)://127\.0\.0\.1[:/]")
MINUTES = 5 * 60_000  # milliseconds: for a whole lesson on a slow machine

READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return panel?.context?.isReady && panel.context.sessionContext.session?.kernel?.status === "idle";
}"""
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()"


@dataclass(frozen=True)
class Lab:
    """A running server: its address, its secret, and the folder that it serves."""

    address: str
    token: str
    folder: Path

    def url(self, path: str, query: str = "") -> str:
        return f"{self.address}/{path}?token={self.token}{query}"


def environment(home: Path, token: str) -> dict[str, str]:
    """The environment of a server: all that is its own stays in the folder `home`."""
    for name, settings in LAB_SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(settings)
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    own = {variable: str(home / name) for variable, name in own.items()}
    return os.environ | refresh.neutral_environment(home) | own | {"JUPYTER_TOKEN": token}


@contextmanager
def server(home: Path, **variables: str) -> Iterator[Lab]:
    """JupyterLab at /lab/tree and Notebook 7 at /notebooks; all that is theirs stays in the folder `home`.

    Environment variables are those of the kernels too.
    """
    (home / "notebooks").mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16), home / "notebooks")
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={lab.folder}"),
        *("--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"),
        *("--LabApp.extension_manager=readonly",),
        *("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",),
    ]
    with running(command, environment(home, lab.token) | variables, home / "server.log") as process:
        wait_for(process, lab, home / "server.log")
        yield lab


@contextmanager
def lessons_server(home: Path, **variables: str) -> Iterator[Lab]:
    """A server with a copy of the lessons."""
    shutil.copytree(refresh.NOTEBOOKS, home / "notebooks", ignore=shutil.ignore_patterns(".*"))
    with server(home, **variables) as serving:
        yield serving


@contextmanager
def running(command: list[str], environment: dict, log: Path, **options) -> Iterator[subprocess.Popen]:
    """A server that ends, its kernels with it, when the block is left."""
    with log.open("w") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT, **options)
        try:
            yield process
        finally:
            process.terminate()  # the server ends its kernels first
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(process: subprocess.Popen, lab: Lab, log: Path) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(lab.url("api/status"), timeout=5).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}") from error
            time.sleep(0.2)


@contextmanager
def chromium():
    """A headless Chromium, as a Playwright browser."""
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def cut_off(page, problems: list[str]) -> None:
    """Keep `page` on this machine; what it asks for elsewhere, and what breaks in it, is a problem."""
    page.route(lambda url: not LOCAL.match(url), lambda route: route.abort())
    page.on(
        "request",
        lambda request: (
            LOCAL.match(request.url) or problems.append(f"asks for {request.url}, outside this machine")
        ),
    )
    page.on("pageerror", lambda error: problems.append(f"error in the page: {error}"))
