"""Measure how long a page of the web book takes from the click to a cell's output: `make bench-book`.

Python is loaded from this machine, so that what counts is the browser's work and no network. A first visit
has a fresh browser profile; the second finds what the service worker has kept.
"""

import argparse
import statistics
import time

from lab import chromium
from running import MINUTES, Lesson, serving

LESSON = "02_e_step"


def visit(lesson: Lesson) -> float:
    """Seconds from the click at the first cell to its output."""
    lesson.page.locator(".run-bar").wait_for()
    before = time.perf_counter()
    lesson.cell(0).get_by_role("button", name="Run this cell").click()
    lesson.page.locator(".run-note", has_text="has run").wait_for()
    return time.perf_counter() - before


def visits(browser, address: str) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(MINUTES)
    page = context.new_page()
    page.goto(address)
    lesson = Lesson(page, LESSON)
    first = visit(lesson)
    page.wait_for_timeout(2000)  # it keeps what came
    page.reload()
    second = visit(lesson)
    context.close()
    return first, second


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-book", description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with serving() as server, chromium() as browser:
        measured = [visits(browser, server.url(f"{LESSON}.html")) for _ in range(options.times)]
    for name, seconds in zip(("first", "second"), zip(*measured, strict=True), strict=True):
        spread = f"{min(seconds):.1f} to {max(seconds):.1f}"
        print(f"{name} visit: {statistics.median(seconds):.1f} s ({spread}, {len(seconds)} times)")


if __name__ == "__main__":
    main()
