"""Fixtures for tests in a browser; a test file asks for them by `pytest_plugins = ["lab_fixtures"]`.

They are shared by all such files: one server and one browser for the whole run.
"""

import shutil
from collections.abc import Iterator

import pytest

from lab import CHROMIUM, Lab, chromium, server
from notebooks import ROOT


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[Lab]:
    """A server with a copy of the lessons."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks", ignore=shutil.ignore_patterns(".*"))
    with server(home) as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not on PATH (Debian, Ubuntu: apt install chromium)")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with chromium() as running:
        yield running
