"""What a learner writes into a page: kept in the browser, set back, saved as a notebook. Nothing is run."""

import json

import nbformat
import pytest

from running import ROOT, SITE, Lesson, committed, until

pytest_plugins = ["run_fixtures", "lab_fixtures"]

LESSON = "02_e_step"
ANSWER = "That no other machine is nearer.\n\nNot that the rod is good: $p(x)$ is tiny."
MINE = "print('mine')\nfor i in range(3):\n    i"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KEEPING = "Your edits are kept in this browser, and nowhere else."
KEY = f"gmmlesson:edits:{LESSON}"
KEPT = f"localStorage.getItem('{KEY}')"
FULL = """
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (key, value) {
        if (key.startsWith("gmmlesson:")) throw new DOMException("full", "QuotaExceededError");
        setItem.call(this, key, value);
    };"""


@pytest.fixture
def lesson(open_lesson):
    with open_lesson(LESSON) as lesson:
        yield lesson


def source(cell):
    return "".join(cell["source"])


def notebook_of(name):
    return json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))


def kept(lesson):
    return lesson.page.locator(".run-kept")


def reload(lesson):
    lesson.page.reload()
    lesson.page.locator(".run-bar").wait_for()


def saved(lesson):
    """The notebook that the page saves."""
    with lesson.page.expect_download() as download:
        lesson.press("Save as notebook")
    assert download.value.suggested_filename == f"{LESSON}.ipynb"
    notebook = nbformat.read(download.value.path(), as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_a_click_on_code_makes_it_editable(lesson):
    lesson.cell(2).locator(".cell_input pre").click()
    lesson.page.locator(".run-editor").first.wait_for()
    lesson.until("document.activeElement.closest('.cm-editor') !== null")
    lesson.page.keyboard.type("# mine")
    assert "# mine" in lesson.text(2)


def test_all_that_python_is_written_with_can_be_typed(lesson):
    """No key is a shortcut of the page's."""
    lesson.write(2, "# ")
    signs = "".join(sign for sign in map(chr, range(33, 127)) if sign not in "\"'()[]{}")  # not the pairs
    lesson.page.keyboard.type(signs)
    assert lesson.text(2) == f"# {signs}"


def test_escape_and_tab_leave_a_cell(lesson):
    lesson.write(2, "x = 1")
    lesson.page.keyboard.press("Tab")
    assert lesson.text(2) == "    x = 1" or lesson.text(2).startswith("x = 1 ")
    lesson.page.keyboard.press("Escape")
    lesson.page.keyboard.press("Tab")
    assert lesson.page.evaluate("document.activeElement.localName") == "button"


def test_tab_goes_through_a_page_whose_cells_can_be_edited(lesson):
    lesson.write(1, "x = 1")
    page = lesson.page
    lesson.cell(1).get_by_role("button", name="Run above").focus()
    editors = 0
    for _ in range(25):
        page.keyboard.press("Tab")
        editors += page.evaluate("document.activeElement.matches('.cm-content')")
    assert editors > 1
    assert [lesson.text(index) for index in range(5)] == [
        "x = 1" if index == 1 else source(lesson.cells[index]) for index in range(5)
    ]
    while not page.evaluate("document.activeElement.matches('.cm-content')"):
        page.keyboard.press("Shift+Tab")
    page.keyboard.type("#")
    page.keyboard.press("Tab")  # now it indents
    assert page.evaluate("document.activeElement.matches('.cm-content')")


def test_edits_survive_a_reload(lesson):
    lesson.write(2, MINE)
    kept(lesson).get_by_text(KEEPING).wait_for()
    reload(lesson)
    lesson.page.locator(".run-editor").first.wait_for()
    assert lesson.text(2) == MINE
    assert lesson.text(1) == source(lesson.cells[1])
    assert KEEPING in kept(lesson).inner_text()


def test_an_edit_just_before_leaving_survives(lesson):
    lesson.write(2, MINE)
    reload(lesson)
    lesson.page.locator(".run-editor").first.wait_for()
    assert lesson.text(2) == MINE


@pytest.fixture
def second(lesson):
    """The same lesson in another tab."""
    page = lesson.page.context.new_page()
    page.goto(lesson.page.url)
    page.locator(".run-bar").wait_for()
    return Lesson(page, LESSON)


def test_two_tabs_keep_what_is_written_in_both(lesson, second):
    second.write(1, "x = 1")
    lesson.write(2, MINE)
    for tab in (lesson, second):
        until(lambda tab=tab: (tab.text(1), tab.text(2)) == ("x = 1", MINE))
    second.write(1, "x = 2")
    second.page.goto("about:blank")
    lesson.page.goto("about:blank")
    lesson.page.go_back()
    lesson.page.locator(".run-editor").first.wait_for()
    assert (lesson.text(1), lesson.text(2)) == ("x = 2", MINE)


def test_a_cell_that_is_being_written_is_left_alone_by_another_tab(lesson, second):
    lesson.write(1, "x = 1")
    second.write(1, "x = 2")
    for _ in range(20):
        lesson.page.keyboard.type("#")
        lesson.page.wait_for_timeout(50)
    assert lesson.text(1) == "x = 1" + 20 * "#"
    until(lambda: second.text(1) == lesson.text(1))


def test_what_one_tab_forgets_no_other_brings_back(lesson, second):
    lesson.write(2, MINE)
    until(lambda: second.page.locator(".run-editor").count() > 2 and second.text(2) == MINE)
    second.press("Forget them")
    kept(lesson).get_by_text("forgotten").wait_for()
    assert lesson.text(2) == MINE
    reload(lesson)
    assert lesson.page.evaluate(KEPT) is None
    reload(second)
    assert second.page.evaluate(KEPT) is None


def reset_cell(lesson):
    lesson.cell(2).get_by_role("button", name="Reset to the author's text").click()


@pytest.mark.parametrize(
    "take_away",
    [reset_cell, lambda lesson: lesson.press("Reset all cells"), lambda lesson: lesson.press("Forget them")],
    ids=["reset", "reset all", "forget"],
)
def test_what_is_written_anew_no_other_tab_replaces(lesson, second, take_away):
    """Its older text is not what has been written there since, whatever is."""
    lesson.write(2, MINE)
    until(lambda: second.page.locator(".run-editor").count() > 2 and second.text(2) == MINE)
    take_away(lesson)
    kept(second).get_by_text("forgotten").wait_for()
    assert second.text(2) == MINE
    lesson.write(2, "x = 2")
    until(lambda: second.text(2) == "x = 2")
    second.write(1, "x = 1")
    until(lambda: lesson.text(1) == "x = 1")
    for tab in (lesson, second):
        assert tab.text(2) == "x = 2"
        assert "forgotten" not in kept(tab).inner_text()
    assert {edit["text"] for edit in json.loads(lesson.page.evaluate(KEPT))} == {"x = 1", "x = 2"}


def test_an_undo_lays_no_older_text_over_what_another_tab_has_kept(lesson, second):
    lesson.write(2, MINE)
    until(lambda: second.page.locator(".run-editor").count() > 2 and second.text(2) == MINE)
    lesson.press("Reset all cells")
    undo = lesson.page.get_by_role("button", name="Undo", exact=True)
    undo.wait_for()
    second.write(2, "x = 2")
    until(lambda: lesson.text(2) == "x = 2")
    assert not undo.is_visible()


def test_what_is_forgotten_stays_so_when_another_cell_is_written(lesson, second):
    lesson.write(2, MINE)
    until(lambda: second.page.locator(".run-editor").count() > 2 and second.text(2) == MINE)
    lesson.press("Forget them")
    kept(second).get_by_text("forgotten").wait_for()
    second.write(1, "x = 1")
    until(lambda: lesson.text(1) == "x = 1")
    for tab in (lesson, second):
        assert tab.text(2) == MINE
        kept(tab).get_by_text(KEEPING).wait_for()
        assert "forgotten" in kept(tab).inner_text()
    assert [edit["text"] for edit in json.loads(lesson.page.evaluate(KEPT))] == ["x = 1"]
    second.write(2, MINE + "\n")
    until(lambda: lesson.text(2) == MINE + "\n")
    for tab in (lesson, second):
        until(lambda tab=tab: "forgotten" not in kept(tab).inner_text())


def test_a_cell_goes_back_to_the_authors_text_and_forth(lesson):
    reset = lesson.cell(2).get_by_role("button", name="Reset to the author's text")
    assert not reset.is_visible()
    lesson.write(1, "x = 1")
    lesson.write(2, MINE)
    reset.click()
    assert lesson.text(2) == source(lesson.cells[2])
    assert lesson.text(1) == "x = 1"
    lesson.cell(2).get_by_role("button", name="Undo the reset").click()
    assert lesson.text(2) == MINE


def test_the_page_goes_back_to_the_authors_text_and_forth(lesson):
    lesson.write(1, "x = 1")
    lesson.write(2, MINE)
    lesson.press("Reset all cells")
    assert [lesson.text(1), lesson.text(2)] == list(map(source, lesson.cells[1:3]))
    assert lesson.page.evaluate(KEPT) is None
    lesson.press("Undo")
    assert [lesson.text(1), lesson.text(2)] == ["x = 1", MINE]
    assert len(json.loads(lesson.page.evaluate(KEPT))) == 2


def test_the_page_can_be_taken_back_until_a_cell_is_edited(lesson):
    """Whatever the bar says meanwhile."""
    undo = lesson.page.locator(".run-bar").get_by_role("button", name="Undo")
    lesson.write(2, MINE)
    lesson.press("Reset all cells")
    lesson.run(0)
    assert lesson.note() == "Cell 1 has run."
    lesson.page.get_by_role("textbox", name="Your answer:").fill(ANSWER)
    undo.click()
    assert lesson.text(2) == MINE
    assert not undo.is_visible()
    lesson.press("Reset all cells")
    lesson.write(1, "x = 1")
    assert not undo.is_visible()


def test_edits_can_be_forgotten(lesson):
    lesson.write(2, MINE)
    kept(lesson).get_by_role("button", name="Forget them").click()
    assert "forgotten" in kept(lesson).inner_text()
    assert lesson.page.evaluate(KEPT) is None
    assert lesson.text(2) == MINE
    reload(lesson)
    assert not kept(lesson).is_visible()
    assert lesson.cell(2).locator(".cell_input pre").inner_text().strip() == source(lesson.cells[2])


def test_an_answer_in_words_is_kept_and_saved(lesson):
    page = lesson.page
    assert not page.get_by_role("button", name="Save as notebook").is_visible()
    page.get_by_role("textbox", name="Your answer:").fill(ANSWER)
    kept(lesson).get_by_text(KEEPING).wait_for()
    reload(lesson)
    assert page.get_by_role("textbox", name="Your answer:").input_value() == ANSWER
    assert not page.locator(".run-editor").count()
    lesson.write(2, MINE)
    notebook = saved(lesson)
    question = next(cell for cell in notebook.cells if cell.id == "essay-02")
    assert question.source.endswith(f"*Your answer:*\n\n{ANSWER}")
    assert question.metadata.nbgrader.grade_id == "essay-02"
    assert ANSWER not in str([cell for cell in notebook.cells if cell.id != "essay-02"])
    lesson.press("Reset all cells")
    assert page.get_by_role("textbox", name="Your answer:").input_value() == ANSWER


def test_an_answer_to_a_question_that_is_gone_is_saved_as_text(lesson):
    asked = "*Your answer:*"
    edits = [{"before": asked, "text": f"{asked}\n\n{text}"} for text in (ANSWER, "another")]
    lesson.page.evaluate(f"localStorage.setItem('{KEY}', {json.dumps(json.dumps(edits))})")
    reload(lesson)
    lesson.page.locator(".run-editor").first.wait_for()
    assert lesson.page.get_by_role("textbox", name="Your answer:").input_value() == ANSWER
    last = saved(lesson).cells[-1]
    assert (last.cell_type, last.source) == ("markdown", "*Your answer:*\n\nanother")


@pytest.mark.parametrize("name", [path.stem for path in LESSONS])
def test_each_question_in_words_has_its_field(name):
    """As page.js finds them: a paragraph of these words alone."""
    page = (SITE / f"{name}.html").read_text(encoding="utf-8")
    asked = [cell for cell in notebook_of(name)["cells"] if source(cell).rstrip().endswith("*Your answer:*")]
    assert page.count("<p><em>Your answer:</em></p>") == len(asked) == (0 if name.startswith("00") else 1)


def test_edits_of_a_cell_that_is_gone_are_told_and_saved(lesson):
    edits = [{"before": "an older text", "text": MINE}, {"before": source(lesson.cells[1]), "text": "x = 1"}]
    lesson.page.evaluate(f"localStorage.setItem('{KEY}', {json.dumps(json.dumps(edits))})")
    reload(lesson)
    lesson.page.locator(".run-editor").first.wait_for()
    assert lesson.text(1) == "x = 1"
    assert "One of them has no place on this page" in kept(lesson).inner_text()
    assert saved(lesson).cells[-1].source == MINE
    lesson.write(2, "y = 1")
    lesson.until(f"JSON.parse({KEPT}).length === 3")


@pytest.mark.parametrize("text", ["no JSON", "{}", '[{"before": 1}]', "null"])
def test_what_is_kept_may_be_broken(lesson, text):
    lesson.page.evaluate(f"localStorage.setItem('{KEY}', {json.dumps(text)})")
    reload(lesson)
    assert "Run this page" in lesson.page.locator(".run-bar").inner_text()


def test_a_storage_that_is_full_is_told(open_lesson):
    with open_lesson(LESSON, prepare=lambda page: page.add_init_script(FULL)) as lesson:
        lesson.write(2, MINE)
        kept(lesson).get_by_text("Your edits cannot be kept in this browser").wait_for()
        assert MINE.splitlines()[0] in str(saved(lesson))


def test_the_lesson_is_saved_as_a_notebook_with_the_edits_and_without_outputs(lesson):
    path = ROOT / "notebooks" / f"{LESSON}.ipynb"  # it has outputs
    lesson.page.route(f"**/{LESSON}.ipynb", lambda route: route.fulfill(path=path))
    lesson.write(2, MINE)
    notebook = saved(lesson)
    stored = nbformat.read(path, as_version=4)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in codes] == [
        MINE if index == 2 else source(cell) for index, cell in enumerate(committed(LESSON))
    ]
    assert [cell.metadata.get("nbgrader") for cell in notebook.cells] == [
        cell.metadata.get("nbgrader") for cell in stored.cells
    ]
    assert not any(cell.outputs for cell in codes)


def opened(lesson, path):
    with lesson.page.expect_file_chooser() as chooser:
        lesson.press("Open a saved notebook")
    chooser.value.set_files(path)


def test_a_saved_notebook_is_opened_in_another_browser(lesson, open_lesson, tmp_path):
    lesson.write(2, MINE)
    notebook = saved(lesson)
    notebook.cells.append(nbformat.v4.new_code_cell("more = 1"))
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    with open_lesson(LESSON) as other:
        other.write(1, "x = 1")
        opened(other, tmp_path / "mine.ipynb")
        other.page.locator(".run-offer", has_text="The cells are as in mine.ipynb.").wait_for()
        assert [other.text(1), other.text(2)] == [source(lesson.cells[1]), MINE]
        reload(other)
        other.page.locator(".run-editor").first.wait_for()
        assert other.text(2) == MINE
        assert "One of them has no place on this page" in kept(other).inner_text()
        opened(other, ROOT / "notebooks" / f"{LESSON}.ipynb")
        until(lambda: other.text(2) == source(lesson.cells[2]))
        assert not kept(other).is_visible()
        other.press("Undo")
        assert other.text(2) == MINE
        assert "One of them" in kept(other).inner_text()


def test_a_saved_answer_is_opened_again(lesson, tmp_path):
    answer = lesson.page.get_by_role("textbox", name="Your answer:")
    answer.fill(ANSWER)
    nbformat.write(saved(lesson), tmp_path / "mine.ipynb")
    answer.fill("")
    opened(lesson, tmp_path / "mine.ipynb")
    until(lambda: answer.input_value() == ANSWER)
    lesson.press("Undo")
    assert answer.input_value() == ""


def test_a_notebook_without_the_lessons_ids_is_opened_by_its_order(lesson, tmp_path):
    codes = [nbformat.v4.new_code_cell(source(cell)) for cell in lesson.cells]
    codes[2].source = MINE
    nbformat.write(nbformat.v4.new_notebook(cells=codes), tmp_path / "mine.ipynb")
    opened(lesson, tmp_path / "mine.ipynb")
    lesson.page.locator(".run-editor").first.wait_for()
    until(lambda: lesson.text(2) == MINE)


@pytest.mark.parametrize("text", ["no JSON", "{}", (ROOT / "notebooks" / "03_m_step.ipynb").read_text()])
def test_what_is_no_notebook_of_the_lesson_is_refused(lesson, tmp_path, text):
    lesson.write(2, MINE)
    (tmp_path / "other.ipynb").write_text(text)
    opened(lesson, tmp_path / "other.ipynb")
    lesson.page.locator(".run-note", has_text="no notebook of this lesson").wait_for()
    assert lesson.text(2) == MINE


def test_the_authors_outputs_are_told_apart_below_an_edit(lesson):
    told = lesson.page.locator(".run-authors")
    stub, check = lesson.find("def my_e_step"), lesson.find('check("e_step"')
    lesson.write(stub, "def my_e_step(X, mixture):\n    return 1")
    lesson.cell(check).get_by_text("Not checked yet: run this cell for what your code gives.").wait_for()
    assert "not attempted" not in lesson.cell(check).locator(".cell_output").inner_text()
    after = told.count()
    reload(lesson)
    told.first.wait_for(state="attached")
    assert told.count() == after
    lesson.press("Reset all cells")
    assert told.count() == 0
    assert "not attempted" in lesson.cell(check).locator(".cell_output").inner_text()


def test_without_the_lessons_file_the_code_is_saved(open_lesson, served):
    with open_lesson(LESSON, tolerate=["Failed to load resource"]) as lesson:
        lesson.write(2, MINE)
        served.missing.add(f"notebooks/{LESSON}.ipynb")
        try:
            notebook = saved(lesson)
        finally:
            served.missing.clear()
        codes = [MINE if index == 2 else source(cell) for index, cell in enumerate(lesson.cells)]
    assert [cell.source for cell in notebook.cells] == codes
