"""Fixtures for tests that run pages, which ask for them, and for those of tests/lab_fixtures.py, by name."""

import contextlib

import pytest

from lab import cut_off
from running import SITE, Lesson, serving


@pytest.fixture(scope="session")
def served():
    """The built site on a server of its own."""
    if not (SITE / "_static" / "run" / "page.js").exists():
        pytest.fail(f"There is no site to run in {SITE}: `make site` makes it.")
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def open_lesson(served, browser):
    """A function: name of a lesson, options of a browser's context -> a context manager of a `Lesson`.

    When it is left, nothing must have gone wrong in the page, nor been asked of another host.
    """

    @contextlib.contextmanager
    def open_lesson(name, *, tolerate=(), prepare=None, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        problems = []
        cut_off(page, problems)
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        if prepare:
            prepare(page)
        try:
            page.goto(served.url(f"{name}.html"))
            page.locator(".run-bar").wait_for()
            yield Lesson(page, name)
            assert [text for text in problems if not any(part in text for part in tolerate)] == []
        finally:
            context.close()

    return open_lesson
