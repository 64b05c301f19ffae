"""Where Python cannot start, or ends, the page says why in a sentence, and can be read all the same."""

import pytest

from lab import CHROMIUM, CHROMIUM_FLAGS
from running import SITE, WORKING, Lesson

pytest_plugins = ["run_fixtures", "lab_fixtures"]

LESSON = "01_generate_data"
FULL = "import numpy as np\n[np.empty(2 * 10**8) for _ in range(3)]"  # one larger is a ValueError
ENDED = (
    "Its memory was full, so Python was ended, and what it remembered is gone. "
    "Your text is untouched: the next Run starts Python anew."
)
WHEELS = {path.name.split("-")[0]: f"pyodide/{path.name}" for path in (SITE / "pyodide").glob("*.whl")}
MISSING = ["pyodide/pyodide.asm.wasm", "pyodide/pyodide-lock.json", WHEELS["numpy"], "_static/run/worker.js"]
CUT = ["pyodide/pyodide.asm.wasm", "pyodide/pyodide.asm.mjs", "pyodide/python_stdlib.zip", WHEELS["numpy"]]
UNLOADED = "A part of Python could not be loaded. Reload the page and try again."
TOLERATED = ("Failed to load resource", "Failed to fetch", "network error", "when fetching the script")
PYODIDES = "The following error occurred while loading scipy"


@pytest.mark.parametrize("path", MISSING)
def test_a_file_that_is_missing(open_lesson, served, path):
    served.missing.add(path)
    try:
        with open_lesson(LESSON, tolerate=TOLERATED, service_workers="block") as lesson:
            lesson.run(0)
            assert lesson.note() == UNLOADED
            assert lesson.cell(0).get_attribute("data-run") == "author"
            served.missing.clear()
            lesson.run(0)  # and then it is there
            assert lesson.note() == "Cell 1 has run."
    finally:
        served.missing.clear()


@pytest.mark.parametrize("workers", ["block", "allow"])
@pytest.mark.parametrize("path", CUT)
def test_a_line_that_is_cut(open_lesson, served, path, workers):
    served.cut.add(path)
    try:
        with open_lesson(LESSON, tolerate=TOLERATED, service_workers=workers) as lesson:
            lesson.cell(0).get_by_role("button", name="Run cell").click()
            lesson.page.locator(".run-note", has_text=UNLOADED).wait_for(timeout=60_000)
            assert lesson.page.locator(WORKING).count() == 0
            served.cut.clear()
            lesson.run(0)
            assert lesson.note() == "Cell 1 has run."
    finally:
        served.cut.clear()


@pytest.mark.parametrize("how", ["missing", "cut"])
def test_a_package_that_a_cell_does_not_get(open_lesson, served, how):
    paths = getattr(served, how)
    paths.add(WHEELS["scipy"])
    try:
        with open_lesson(LESSON, tolerate=(*TOLERATED, PYODIDES), service_workers="block") as lesson:
            assert f"ModuleNotFoundError in line 1: {UNLOADED}" in lesson.execute(0, "import scipy")
            assert "No module named 'nowhere'" in lesson.execute(0, "import nowhere")
            paths.clear()
            assert lesson.execute(0, "import scipy\nprint('here')").strip() == "here"
    finally:
        paths.clear()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("delete window.WebAssembly", "This browser does not run WebAssembly"),
        ("delete window.Worker", "This browser does not let the page start a worker"),
        (
            "window.Worker = class { constructor() { throw new Error(); } }",
            "This browser does not let the page start a",
        ),
    ],
)
def test_a_browser_that_cannot(open_lesson, script, sentence):
    with open_lesson(LESSON, prepare=lambda page: page.add_init_script(script)) as lesson:
        lesson.cell(0).get_by_role("button", name="Run cell").click()
        lesson.page.locator(".run-note", has_text=sentence).wait_for()
        assert lesson.page.locator(WORKING).count() == 0


def test_a_host_without_https_runs_it_too(served, browser):
    """127.0.0.1 counts as safe in a browser; another host, by http, does not."""
    flags = [*CHROMIUM_FLAGS, "--host-resolver-rules=MAP school.test 127.0.0.1"]
    with browser.browser_type.launch(executable_path=CHROMIUM, args=flags) as elsewhere:
        page = elsewhere.new_page()
        page.goto(served.url(f"{LESSON}.html").replace("127.0.0.1", "school.test"))
        assert not page.evaluate("isSecureContext")
        lesson = Lesson(page, LESSON)
        assert lesson.execute(0, "1 + 1").strip() == "2"


def test_no_network(open_lesson):
    with open_lesson(LESSON, tolerate=TOLERATED) as lesson:
        lesson.page.context.set_offline(True)
        lesson.cell(0).get_by_role("button", name="Run cell").click()
        lesson.page.locator(".run-note", has_text="There is no network just now").wait_for()


def test_stop_while_python_starts(open_lesson):
    with open_lesson(LESSON) as lesson:
        lesson.cell(0).get_by_role("button", name="Run cell").click()
        lesson.page.locator(".run-note", has_text="Loading Python").wait_for()
        lesson.press("Stop")
        lesson.wait()
        assert "Python was stopped" in lesson.note()
        assert lesson.cell(0).get_attribute("data-run") == "author"


def test_memory_that_is_full_is_pythons_error(open_lesson):
    with open_lesson(LESSON) as lesson:
        assert "MemoryError" in lesson.execute(0, FULL)
        assert "there is not enough memory" in lesson.out(0) or "Unable to allocate" in lesson.out(0)
        assert lesson.note() == f"Cell 1 stopped at an error. {ENDED}"
        assert lesson.page.locator(".run-bar[data-lasting]").count() == 1
        assert lesson.cell(0).get_attribute("data-run") == "lost"
        assert lesson.execute(0, "print('np' in globals())").strip() == "False"  # a new Python
