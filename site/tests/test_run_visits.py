"""What is loaded, and when: nothing heavy before a click, as much as was said, nothing the second time."""

import re

import pytest

from running import SITE

pytest_plugins = ["run_fixtures", "lab_fixtures"]

HEAVY = ("pyodide/", "_static/run/")
LIGHT = {"_static/run/page.js", "_static/run/run.css"}


def loaded(served):
    """Paths of what the page has asked for since the last call, of what runs pages."""
    asked = [path for path in served.asked if path.startswith(HEAVY)]
    served.asked.clear()
    return asked


def bytes_of(paths):
    return sum((SITE / path).stat().st_size for path in set(paths))


def test_first_and_second_visit(served, open_lesson):
    served.asked.clear()
    with open_lesson("01_generate_data") as lesson:
        before = set(loaded(served))
        lesson.page.wait_for_timeout(1000)
        promise = re.search(r"first time, (\d+) MB are loaded: (\d+) MB for Python, the rest", lesson.note())
        promised, for_python = map(int, promise.groups())
        chunks = {path for path in before if path.startswith("_static/run/chunk-")}
        assert before - chunks == LIGHT
        assert bytes_of(before - {"_static/run/run.css"}) < 20_000

        note = lesson.page.locator(".run-note")
        lesson.press("Run")
        note.filter(has_text=f" of {for_python} MB.").wait_for()
        lesson.wait()
        first = loaded(served)
        assert promised == pytest.approx(bytes_of([*first, *chunks]) / 1e6, abs=1)
        assert len(first) == len(set(first))

        lesson.page.reload()
        lesson.run_all()
        assert set(loaded(served)) - chunks <= LIGHT


def test_a_new_build_replaces_what_has_changed(served, open_lesson):
    """The service worker's list names each file's checksum; here the one of a small file changes."""
    worker = SITE / "service-worker.js"
    text = worker.read_text()
    with open_lesson("01_generate_data") as lesson:
        lesson.run(0)
        served.asked.clear()
        try:
            changed = text.replace('"pyodide/pyodide.mjs":"', '"pyodide/pyodide.mjs":"0')
            assert changed != text
            worker.write_text(changed)
            lesson.page.reload()
            lesson.run(0)
        finally:
            worker.write_text(text)
        assert [path for path in loaded(served) if "pyodide" in path] == ["pyodide/pyodide.mjs"]


def test_where_service_workers_are_refused_it_runs_all_the_same(open_lesson):
    with open_lesson("01_generate_data", service_workers="block") as lesson:
        lesson.run(0)
        assert lesson.note() == "Cell 1 has run."
