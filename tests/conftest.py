"""For all tests: reproducible hypothesis, and no skipped test goes unseen."""

import os
import sys
from pathlib import Path

import hypothesis
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

# Derandomized: the same examples everywhere, so that a red run is red again. No deadline: machines differ.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")

SUMMARY = pytest.StashKey[list[str]]()


def pytest_configure(config):
    config.stash[SUMMARY] = []


@pytest.fixture(scope="session")
def summary(pytestconfig) -> list[str]:
    """Lines to print at the end of the run, for what is worth knowing but not worth failing."""
    return pytestconfig.stash[SUMMARY]


def skipped(config) -> list[str]:
    """'where: why' of everything that was skipped."""
    reports = config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped", [])
    return sorted({f"{report.nodeid}: {report.longrepr[2].removeprefix('Skipped: ')}" for report in reports})


def nothing_may_skip() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def pytest_sessionfinish(session):
    if nothing_may_skip() and skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    lines = config.stash[SUMMARY]
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)
    lines = skipped(config)
    if lines:
        terminalreporter.section("skipped, and why")
        for line in lines:
            terminalreporter.line(line)
        if nothing_may_skip():
            terminalreporter.line("CI=true: nothing may skip, so this run has failed.", red=True)
