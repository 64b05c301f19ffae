"""Lesson 02, run in its page by a learner: cells, exercises, widgets, the explorer, Stop."""

import re
import time

import pytest

from running import printed, until

pytest_plugins = ["run_fixtures", "lab_fixtures"]

LESSON = "02_e_step"
RIGHT = """\
def my_e_step(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1, keepdims=True)
    shares = np.exp(log_joint - top)
    total = shares.sum(axis=1, keepdims=True)
    return shares / total, (top + np.log(total)).sum()"""
WRONG = """\
def my_e_step(X, mixture):
    densities = np.exp(mixture.log_joint(X))
    return densities / densities.sum(axis=0), e_step(X, mixture)[1]"""
ENDLESS = "def my_e_step(X, mixture):\n    while True:\n        pass"
NOTES = """() => {
    const note = document.querySelector(".run-note");
    const aloud = document.querySelector(".run-aloud");
    window.notes = [];
    window.heard = [];
    new MutationObserver(() => notes.push(note.textContent)).observe(note, { childList: true });
    new MutationObserver(() => heard.push(aloud.textContent)).observe(aloud, { childList: true });
}"""
IN_NUMPY = "big = np.ones((3000, 3000))\nwhile True:\n    np.linalg.svd(big)"


@pytest.fixture(scope="module")
def begun(open_lesson):
    """The lesson, all its cells run once; tests use cells that others leave alone."""
    with open_lesson(LESSON) as lesson:
        lesson.page.evaluate(NOTES)
        lesson.run_all()
        yield lesson


def test_it_says_what_loads_and_what_runs(begun):
    notes = begun.page.evaluate("notes")
    assert "Starting Python …" in notes
    first = next(i for i, note in enumerate(notes) if note.startswith("Cell 1 is running, 20 after it …"))
    assert not [note for note in notes[first:] if note.startswith(("Loading", "Starting"))]
    assert any(
        re.fullmatch(r"Cell \d+ is running.* … It has loaded 1\d MB of packages\.", note) for note in notes
    )
    assert not begun.page.locator(".run-bar progress").is_visible()
    heard = begun.page.evaluate("heard")
    assert re.fullmatch(r"Loading Python, \d\d MB\.", heard[0])
    assert "Python is ready." in heard
    assert heard[-1] == "21 cells have run."


def test_all_cells_run_and_print_what_the_notebook_holds(begun):
    states = begun.page.locator("div.cell[data-run]").evaluate_all(
        "cells => cells.map((cell) => cell.dataset.run)"
    )
    assert states == ["ran"] * len(begun.cells)
    assert begun.note() == f"{len(begun.cells)} cells have run."
    assert [begun.printed(i) for i in range(len(begun.cells))] == list(map(printed, begun.cells))
    assert sum(map(len, map(printed, begun.cells))) > 500


def test_figures_have_their_description_and_their_width(begun):
    stored = [
        output["metadata"]["image/png"]
        for cell in begun.cells
        for output in cell["outputs"]
        if "image/png" in output.get("data", {}) and "widget" not in str(output["data"].keys())
    ]
    images = begun.page.locator(".cell_output .output > img").evaluate_all(
        "images => images.map((image) => [image.alt, image.width > 0])"
    )
    assert images
    assert all(alt in {look["alt"] for look in stored} and wide for alt, wide in images)


def answer(lesson, code):
    """What check says of code for my_e_step."""
    stub, check = lesson.find("def my_e_step"), lesson.find('check("e_step"')
    lesson.execute(stub, code)
    lesson.run(check)
    return lesson.out(check)


def test_a_wrong_answer_gets_its_sentence(begun):
    said = answer(begun, WRONG)
    assert "e_step: failed" in said
    assert "you divide by the sum over the points" in said


def test_an_endless_answer_is_cut_off(begun):
    assert "e_step: failed" in answer(begun, ENDLESS)
    assert "ran" in begun.cell(begun.find('check("e_step"')).get_attribute("data-run")


def test_a_right_answer_passes(begun):
    assert "e_step: passed" in answer(begun, RIGHT)


def test_a_check_of_older_code_says_so(begun):
    stub, check = begun.find("def my_e_step"), begun.find('check("e_step"')
    since = "a cell above has run since: run this one again"
    mark = begun.cell(check).locator(".run-mark")
    assert "e_step: passed" in answer(begun, RIGHT)
    begun.run(stub)  # as it ran before
    assert since not in mark.inner_text()
    begun.execute(stub, WRONG)
    assert "e_step: passed" in begun.out(check)
    assert since in mark.inner_text()
    begun.run(check)
    assert since not in mark.inner_text()


def test_the_explorer_runs_the_learners_code(begun):
    stub, shown = begun.find("def my_e_step"), begun.find("e_step=my_e_step")
    begun.execute(stub, "def my_e_step(X, mixture):\n    raise ValueError(f'{len(X)} points came')")
    begun.run(shown)
    explorer = begun.cell(shown).locator(".em-explorer")
    press_e = explorer.get_by_role("button", name="E-step").first
    press_e.click()
    explorer.get_by_text("272 points came").first.wait_for()
    since = "a cell above has run since: run this one again"
    mark = begun.cell(shown).locator(".run-mark")
    begun.run(stub)  # as it ran before
    assert since not in mark.inner_text()
    begun.execute(stub, RIGHT)
    assert since in mark.inner_text()
    check = begun.find('check("e_step"')
    outdated = begun.page.locator(".run-mark").all_inner_texts()
    assert {i for i, words in enumerate(outdated) if since in words} - {check} == {shown}  # not at sliders
    begun.run(shown)
    assert since not in mark.inner_text()
    press_e.click()
    explorer.get_by_text("responsibilities updated").first.wait_for()


def test_a_slider_moves(begun):
    index = begun.find("sliders.coin_toss()")
    cell = begun.cell(index)
    caption = cell.locator("p[aria-live]")
    before = caption.inner_text()
    cell.get_by_role("slider").focus()
    for _ in range(5):
        begun.page.keyboard.press("ArrowRight")
    until(lambda: caption.inner_text() != before)
    assert cell.locator(".cell_output img").get_attribute("alt") == caption.inner_text()


def test_an_error_stops_those_that_wait(begun):
    begun.write(0, "1 / 0")
    begun.run_all()
    assert begun.note() == "Cell 1 stopped at an error. The cells after it have not run."
    assert begun.cell(0).get_attribute("data-run") == "failed"
    assert begun.cell(1).get_attribute("data-run") == "ran"
    edge = "input => getComputedStyle(input).borderLeftColor"
    fine, failed = (begun.cell(i).locator(".cell_input").evaluate(edge) for i in (1, 0))
    assert fine != failed


def test_a_cell_edited_since_it_ran_is_marked(begun):
    begun.execute(0, "import numpy as np")
    mark = begun.cell(0).locator(".run-mark")
    assert "edited since" not in mark.inner_text()
    begun.write(0, "import numpy as np  # mine")
    assert "edited since" in mark.inner_text()


def test_run_takes_along_what_was_edited_above(begun):
    begun.execute(0, "import numpy as np")
    begun.execute(2, "number = 1")
    begun.write(2, "number = 2")
    begun.write(3, "print(number)")
    begun.run(3)
    assert begun.printed(3) == "2\n"


def test_run_takes_along_what_failed_once_its_cause_is_mended(begun):
    begun.write(0, "import numpy as np")
    begun.execute(1, "numer = 3")
    begun.execute(2, "twice = 2 * numbers")  # no such name
    begun.write(3, "print(twice)")
    begun.run(3)  # nothing has changed above: the second cell would fail again
    assert "NameError" in begun.out(3)
    begun.write(1, "numbers = 3")
    begun.run(3)
    assert begun.printed(3) == "6\n"


def test_shift_and_enter_run_a_cell(begun):
    begun.write(0, "print('by keys')")
    begun.page.keyboard.press("Shift+Enter")
    begun.cell(0).locator(".output.stream", has_text="by keys").wait_for()
    assert begun.text(0) == "print('by keys')"


def test_what_waits_is_marked_and_runs_in_order(begun):
    begun.write(0, "import time\ntime.sleep(6)")  # longer than a slow machine takes to click and look
    for index in (0, 2, 1):
        begun.cell(index).get_by_role("button", name="Run cell").click()
    assert [begun.cell(i).get_attribute("data-run") for i in range(3)] == ["running", "waiting", "waiting"]
    begun.wait()
    numbers = [begun.cell(i).locator(".run-mark").inner_text().strip("[]") for i in range(3)]
    assert int(numbers[0]) < int(numbers[2]) < int(numbers[1])


def test_hints_stand_one_below_the_other(begun):
    check = begun.cell(begun.find('check("e_step"'))
    before = check.locator(".cell_output").inner_text()
    for count in (1, 2, 3, 3):
        check.get_by_role("button", name="The next hint for e_step").click()
        begun.wait()
        hints = check.locator(".run-hint .output").all_inner_texts()
        assert [hint[:9] for hint in hints] == [f"Hint {k} of" for k in range(1, count + 1)]
    assert check.locator(".cell_output").inner_text() == before


def test_with_the_authors_text_the_authors_output_is_back(begun):
    index = begun.find('print(f"')
    authors = printed(begun.cells[index])
    begun.execute(index, "print('mine')")
    begun.cell(index).get_by_role("button", name="Reset to the author's text").click()
    assert begun.printed(index) == authors
    assert begun.cell(index).get_attribute("data-run") == "author"
    begun.run(index + 1)  # and so Python, too, runs it again
    assert begun.cell(index).get_attribute("data-run") == "ran"
    assert begun.printed(index) == authors


def test_stop_ends_a_cell_inside_numpy(begun):
    """From here on Python has forgotten everything, and begins anew."""
    begun.write(2, IN_NUMPY)
    begun.cell(2).get_by_role("button", name="Run cell").click()
    begun.page.locator("div.cell[data-run=running]").wait_for()
    time.sleep(1)
    begun.press("Stop")
    start = time.monotonic()
    begun.wait()
    assert time.monotonic() - start < 2
    assert "what it remembered is gone" in begun.note()
    assert begun.text(2) == IN_NUMPY
    assert begun.cell(2).get_attribute("data-run") == "stopped"
    assert begun.cell(1).get_attribute("data-run") == "lost"
    slider = begun.cell(begun.find("sliders.coin_toss()"))
    assert "Python was stopped" in slider.inner_text()
    begun.press("Reset all cells")
    begun.execute(2, "print(sd)")
    assert begun.printed(2) == "2.0\n"  # what stands above has run again


def test_a_step_that_never_ends_can_be_stopped_in_the_explorer(begun):
    stub, shown = begun.find("def my_e_step"), begun.find("e_step=my_e_step")
    begun.execute(stub, ENDLESS)
    begun.run(shown)
    begun.cell(shown).locator(".em-explorer").get_by_role("button", name="E-step").first.click()
    note = begun.page.locator(".run-note")
    note.filter(has_text="Python is at work for what you have moved or pressed").wait_for()
    note.filter(has_text="Python is ready again.").wait_for(timeout=60_000)
    begun.cell(shown).get_by_text("It is too slow, or endless: after 10 seconds").first.wait_for()
    begun.cell(shown).locator(".em-explorer").get_by_role("button", name="E-step").first.click()
    begun.press("Stop")
    begun.wait()
    assert "what it remembered is gone" in begun.note()
    assert begun.cell(stub).get_attribute("data-run") == "lost"
    begun.press("Reset all cells")


def test_python_is_restarted(begun):
    begun.execute(2, "sd = 2.0")
    begun.press("Restart Python")
    assert "its memory is free again" in begun.note()
    assert not begun.page.get_by_role("button", name="Restart Python").is_visible()
    assert begun.cell(2).get_attribute("data-run") == "lost"
    begun.execute(1, "print('sd' in globals())")
    assert begun.printed(1) == "False\n"
