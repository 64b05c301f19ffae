"""A page that runs, on a phone and a wide screen, in light and dark: all of it fits, and all can use it."""

import pytest

from accessibility import violations
from running import MINUTES, WORKING

pytest_plugins = ["run_fixtures", "lab_fixtures"]

LESSON = "02_e_step"
PHONE = {"width": 400, "height": 800}
SMALL = """() => [...document.querySelectorAll(".run-button")].filter((button) => {
    const { width, height } = button.getBoundingClientRect();
    return width && (width < 40 || height < 40);
}).map((button) => button.textContent)"""
PARTS = ".run-bar, .run-bar *, .run-foot *, .run-error, .cell_output img"
WIDE = f"""() => [...document.querySelectorAll("{PARTS}")]
    .filter((el) => el.getBoundingClientRect().right > innerWidth + 1)
    .map((el) => el.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(open_lesson, axe, scheme):
    with open_lesson(LESSON, color_scheme=scheme, reduced_motion="reduce") as lesson:
        page = lesson.page
        found = {"before": violations(page, axe, undecided=False, formulas=False)}
        lesson.run(lesson.find("sliders.coin_toss()"))
        lesson.execute(0, "import sys\nprint('err', file=sys.stderr)\n1 / 0")
        lesson.cell(0).locator(".run-error summary").click()
        found["after"] = violations(page, axe, undecided=False, formulas=False)
        page.set_viewport_size(PHONE)
        found["on a phone"] = violations(page, axe, undecided=False, formulas=False)
    ours = {
        when: [line for line in lines if "run-" in line or "cm-" in line] for when, lines in found.items()
    }
    assert ours == {"before": [], "after": [], "on a phone": []}


def test_on_a_phone_all_is_within_reach(open_lesson):
    with open_lesson(LESSON, has_touch=True, is_mobile=True) as lesson:
        page = lesson.page
        page.set_viewport_size(PHONE)
        assert page.evaluate(SMALL) == []
        lesson.run_all()
        lesson.execute(0, "raise ValueError('x' * 300)")
        assert page.evaluate(SMALL) == []
        assert page.evaluate(WIDE) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_on_a_phone_the_bar_is_low_while_a_cell_runs(open_lesson):
    """Above the keys, which leave half of the window."""
    with open_lesson(LESSON, has_touch=True, is_mobile=True) as lesson:
        page = lesson.page
        page.set_viewport_size({"width": 400, "height": 440})
        lesson.write(2, "import time\ntime.sleep(60)")
        lesson.cell(2).get_by_role("button", name="Run cell").click()
        bar = page.locator(WORKING)
        bar.wait_for()
        assert bar.bounding_box()["height"] < 80
        page.locator("div.cell[data-run=running]").wait_for(timeout=MINUTES)
        assert bar.bounding_box()["height"] < 80
        header = page.locator(".bd-header-article").bounding_box()
        assert bar.bounding_box()["y"] >= header["y"] + header["height"] - 1
        assert bar.get_by_role("button").all_inner_texts() == ["■ Stop"]
        assert "is running" in lesson.note()
        lesson.press("Stop")


def test_by_keyboard_alone(open_lesson):
    """From the bar's button a cell is reached, written into, run and left."""
    with open_lesson(LESSON) as lesson:
        page = lesson.page
        lesson.cell(0).get_by_role("button", name="Edit").focus()
        page.keyboard.press("Enter")
        lesson.until("document.activeElement.closest('.cm-editor') !== null")
        page.keyboard.press("Control+a")
        page.keyboard.type("print('by hand')")
        page.keyboard.press("Shift+Enter")
        lesson.wait()
        assert lesson.printed(0) == "by hand\n"
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "▶ Run"


def test_the_focus_is_never_lost(open_lesson):
    """It stays at Run while Python loads, goes to it from Stop, and to the editor from Reset and back."""
    with open_lesson(LESSON) as lesson:
        page = lesson.page
        focused = "document.activeElement.textContent"
        page.get_by_role("button", name="Run this page").focus()
        page.keyboard.press("Enter")
        page.locator(WORKING).wait_for()
        assert page.evaluate(focused) == "▶ Run all"
        page.get_by_role("button", name="Stop").focus()
        page.keyboard.press("Enter")
        lesson.wait()
        assert page.evaluate(focused) == "▶ Run all"
        lesson.write(1, "mine")
        reset, undo = (lesson.cell(1).get_by_role("button", name=name) for name in ("Reset", "Undo"))
        for button, text in ((reset, "rod = 3.3"), (undo, "mine")):
            button.focus()
            page.keyboard.press("Enter")
            assert lesson.text(1).startswith(text)
            assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
                "Cell 2, Python"
            )
        assert not undo.is_visible()


def test_what_goes_wrong_is_seen_where_the_reader_is(open_lesson):
    """A cell far down does not run since one above it fails: the bar stays in sight, the cell leads there."""
    with open_lesson(LESSON) as lesson:
        page = lesson.page
        lesson.write(2, "1 / 0")
        lesson.run(12)
        assert lesson.note() == "Cell 3 stopped at an error. The cells after it have not run."
        assert page.locator(".run-note").evaluate("note => note.getBoundingClientRect().top") > 0
        cell = lesson.cell(12)
        assert cell.locator(".run-name").inner_text() == "Cell 13"
        assert cell.locator(".run-mark").inner_text() == "not run: Cell 3 stopped at an error"
        cell.get_by_role("link").click()
        page.locator(".run-bar:not([data-lasting])").wait_for(state="attached")
        assert 0 < lesson.cell(2).bounding_box()["y"] < 400
        run = cell.get_by_role("button", name="Run cell 13", exact=True)
        assert run.get_attribute("title") == "Runs those above first that have not run as they stand"
        names = page.locator("article details > summary").evaluate_all(
            "all => all.filter((one) => /predicted|Show/.test(one.textContent)).map((one) => one.ariaLabel)"
        )
        assert len(set(names)) == len(names) > 3


def test_a_click_into_the_code_puts_the_cursor_there(open_lesson):
    with open_lesson(LESSON) as lesson:
        page = lesson.page
        place = lesson.cell(1).locator(".cell_input pre .mf", has_text="3.3").first
        place.scroll_into_view_if_needed()
        number = place.bounding_box()
        page.mouse.click(number["x"] + number["width"] - 1, number["y"] + number["height"] / 2)
        lesson.until("document.activeElement.closest('.cm-editor') !== null")
        page.keyboard.type("7")
        assert lesson.text(1).startswith("rod = 3.37 ")


def test_an_errors_bar_is_low(open_lesson):
    """It stays in sight above the cells: what it says always is not repeated there."""
    with open_lesson(LESSON) as lesson:
        kept = lesson.page.locator(".run-kept")
        lesson.execute(2, "1 / 0")
        kept.get_by_text("Your edits are kept").wait_for(state="attached")
        assert lesson.page.locator(".run-bar[data-lasting]").count() == 1
        assert not kept.is_visible()
        lesson.cell(3).locator(".run-name").click()
        kept.wait_for()
