"""For all tests: reproducible hypothesis, what runs beside what, and no skipped test goes unseen."""

import os
import re
import sys
from pathlib import Path

import hypothesis
import pytest
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

# Derandomized: the same examples everywhere, so that a red run is red again. No deadline: machines differ.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")

SUMMARY = pytest.StashKey[list[str]]()

# `make test` runs the tests in as many processes as there are processors (pytest-xdist). Those of a file stay
# together, for they share what is costly to make; but in these files each is on its own, and may go anywhere.
SPREAD = {
    "test_bad_input", "test_em", "test_engine", "test_estimator", "test_exercise_attacks",
    "test_exercise_banks", "test_exercises", "test_grading_attacks", "test_lab",
    "test_lessons_solved", "test_many", "test_notebooks", "test_plots", "test_sealed",
    "test_signatures", "test_sklearn_own", "test_threads",
}  # fmt: skip
RUN = re.compile(r"\[(\d\d_\w+-\w+)\]$")  # a lesson and a BLAS kernel: their tests share one run
# What takes longest begins first, so that no process is left alone with it at the end.
FIRST = [
    "test_explorer_lab", "test_explorer_page", "test_grading", "test_teaching", "test_teach_cycle",
    "test_course_lab", "test_lab", "test_notebooks", "test_benchmarks", "test_formgrader", "test_web_pages",
]  # fmt: skip


def pytest_configure(config):
    config.stash[SUMMARY] = []


def pytest_collection_modifyitems(items):
    order = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        """Which tests stay together; xdist's marks for that do nothing from pytest 9.2 on."""

        def _split_scope(self, nodeid):
            return together(nodeid)

    return Together(config, log)


def together(nodeid):
    """The name of those that a test stays together with; its own if it is alone."""
    file = Path(nodeid.partition("::")[0]).stem
    run = RUN.search(nodeid)
    if run and file == "test_notebooks":
        return run[1]
    return nodeid if file in SPREAD else file


# What exercises and lessons compute is small. Where there are as many processes as processors, BLAS's own
# threads wait for each other in it: measured, a check took seven times as long. The engine's tests keep them.
SMALL = (
    "test_course_lab", "test_exercise", "test_explorer", "test_formgrader", "test_grading", "test_lesson",
    "test_sealed", "test_teach",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def one_blas_thread(request):
    """In this process, and in the kernels that it starts."""
    if not request.path.stem.startswith(SMALL):
        yield
        return
    with threadpool_limits(1, user_api="blas"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        yield


@pytest.fixture
def console_bar(monkeypatch):
    """tqdm draws bars for a console: a process in which ipykernel was imported counts as a notebook."""
    import tqdm.auto
    import tqdm.std

    monkeypatch.setattr(tqdm.auto, "tqdm", tqdm.std.tqdm)


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
    if hasattr(session.config, "workeroutput"):  # one of several processes: the first one prints
        session.config.workeroutput["summary"] = session.config.stash[SUMMARY]
    elif nothing_may_skip() and skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.stash[SUMMARY] += getattr(node, "workeroutput", {}).get("summary", [])


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
