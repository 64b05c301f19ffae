"""Tests of the book that is built in build/site: `make test-site`."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("site/tools", "tests", "tools")]


def pytest_sessionfinish(session):
    """Under CI=true nothing may skip."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("CI", "").lower() == "true" and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
