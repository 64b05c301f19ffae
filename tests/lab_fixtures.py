"""Fixtures for tests in a browser; a test file asks for them by `pytest_plugins = ["lab_fixtures"]`.

They are shared by all such files: one server, one browser and one axe-core for the whole run. (test_lab.py
has a server of its own, for its BLAS kernel.)
"""

import json
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from gmmlesson.folder import alone
from lab import CHROMIUM, Lab, chromium, lessons_server
from notebooks import ROOT

PATIENCE = 300  # seconds to wait for another process that installs


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """A server with a copy of the lessons."""
    with lessons_server(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not on PATH (Debian, Ubuntu: apt install chromium)")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, by npm and tests/explorer/package-lock.json; kept in build/ for later runs."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not on PATH")
    folder = ROOT / "build" / "axe"
    lock = ROOT / "tests" / "explorer"
    wanted = json.loads((lock / "package.json").read_text())["devDependencies"]["axe-core"]
    installed = folder / "node_modules" / "axe-core" / "package.json"
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder, PATIENCE):
        if not installed.exists() or json.loads(installed.read_text())["version"] != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(lock / name, folder / name)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=folder, check=True, timeout=180)
    return (installed.parent / "axe.min.js").read_text(encoding="utf-8")
