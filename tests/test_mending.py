"""Cells that students split, copy, delete, move or retype are found again, and no line of theirs is lost."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.nbgraderformat import MetadataValidator

from gmmlesson.grading.assignment import WrongNotebook, check_call, read
from gmmlesson.grading.mending import mend
from gmmlesson.grading.preprocessors import MarkedExporter
from grading_helpers import KNOWN, cell_of, released

SOLVED = "def my_e_step(X, mixture):\n    return X, 1.0"


@pytest.fixture
def original():
    return released()


@pytest.fixture
def submitted(original):
    """A submission that is solved."""
    notebook = copy.deepcopy(original)
    cell_of(notebook, "e_step").source = SOLVED
    cell_of(notebook, "essay-02").source += " Because."
    return notebook


def place(notebook, grade_id):
    return next(i for i, c in enumerate(notebook.cells) if c is cell_of(notebook, grade_id))


def mended(notebook, original):
    """What was done, after the promises that hold in any event were checked."""
    done = list(mend(notebook, original))
    MetadataValidator().validate_nb(notebook)
    for name in KNOWN:
        cell, there = cell_of(notebook, name), cell_of(original, name)
        assert cell.metadata == there.metadata
        assert cell.cell_type == there.cell_type
        if not cell.metadata.nbgrader.solution:
            assert cell.source == there.source
    assert place(notebook, "e_step") < place(notebook, "e_step-check")
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    return done


def code(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def test_what_is_whole_is_left_alone(submitted, original):
    before = copy.deepcopy(submitted)
    assert mended(submitted, original) == []
    assert submitted == before


def test_a_split_stub_keeps_both_parts_in_order(submitted, original):
    i = place(submitted, "e_step")
    helper = copy.deepcopy(submitted.cells[i])
    helper.id, helper.source = "other", "def helper():\n    return 1"
    submitted.cells.insert(i, helper)
    (sentence,) = mended(submitted, original)
    assert sentence == "e_step: 2 cells had this name; one of them has it now."
    assert [cell.source for cell in submitted.cells[i : i + 2]] == [helper.source, SOLVED]
    assert "nbgrader" not in submitted.cells[i].metadata
    assert cell_of(submitted, "e_step").source == SOLVED


def test_a_stub_cut_through_is_joined(submitted, original):
    i = place(submitted, "e_step")
    second = copy.deepcopy(submitted.cells[i])
    submitted.cells[i].source, second.source = SOLVED.split("\n")
    second.id = "other"
    submitted.cells.insert(i + 1, second)
    (sentence,) = mended(submitted, original)
    assert "cut through" in sentence
    assert cell_of(submitted, "e_step").source == SOLVED


@pytest.mark.parametrize("name", KNOWN)
def test_a_deleted_cell_is_put_back_where_it_was(name, submitted, original):
    i = place(submitted, name)
    del submitted.cells[i]
    assert mended(submitted, original) == [f"{name}: the cell was missing, and was put back."]
    assert place(submitted, name) == i
    assert cell_of(submitted, name).source == cell_of(original, name).source


def test_a_function_in_another_stubs_cell_is_not_undone_by_a_blank_one(submitted, original):
    first = copy.deepcopy(cell_of(original, "e_step"))
    first.id, first.source = "first", "def my_first():\n    raise NotImplementedError"
    first.metadata["nbgrader"]["grade_id"] = "first"
    original.cells.insert(1, first)
    both = copy.deepcopy(first)
    both.source = f"def my_first():\n    return 1\n\n\n{SOLVED}"
    submitted.cells.insert(1, both)
    del submitted.cells[place(submitted, "e_step")]
    assert mended(submitted, original) == ["e_step: the cell was missing, and was put back."]
    assert cell_of(submitted, "first").source == both.source
    assert cell_of(submitted, "e_step").source == ""


BOUND = {
    "another name": "def e_step_v2(X, mixture):\n    return X, 1.0\n\n\nmy_e_step = e_step_v2",
    "lambda": "my_e_step = lambda X, mixture: (X, 1.0)",
    "instance": "class E:\n    def __call__(self, *_):\n        return 1\n\n\nmy_e_step = E()",
    "if": "if True:\n    def my_e_step(X, mixture):\n        return X, 1.0",
    "try": "try:\n    def my_e_step(*_):\n        return 1\nexcept Exception:\n    pass",
    "import": "from mine import my_e_step",
    "magic": f"%%time\n{SOLVED}",
}


@pytest.mark.parametrize("source", BOUND.values(), ids=BOUND)
def test_however_a_function_is_bound_no_blank_stub_undoes_it(source, submitted, original):
    """The stub was deleted, was copied, or stands below; or the function stands below the check."""
    blank = cell_of(original, "e_step")
    copied = new_code_cell(blank.source)
    for written, kept in ((0, []), (0, [blank]), (0, [copied]), (2, [blank])):
        notebook = copy.deepcopy(submitted)
        i = place(notebook, "e_step")
        notebook.cells[i : i + 1] = copy.deepcopy(kept)
        notebook.cells.insert(i + written, new_code_cell(source))
        mended(notebook, original)
        above = notebook.cells[: place(notebook, "e_step-check")]
        there = [cell.source for cell in above if cell.source in (source, blank.source)]
        assert there[-1:] == [source]


def test_imports_that_cannot_be_made_stop_no_others(submitted, original):
    submitted.cells[0].source = "import not_a_module_here\n" + submitted.cells[0].source
    (sentence,) = mended(submitted, original)
    assert sentence == (
        "The lesson's imports stand above those of not_a_module_here, too, in case it is not there."
    )
    assert submitted.cells[0].source == original.cells[0].source


def test_all_of_them_may_be_deleted(submitted, original):
    submitted.cells = submitted.cells[:3]
    assert len(mended(submitted, original)) == len(KNOWN)
    assert code(submitted) == code(original)


def test_imports_of_the_lesson_are_put_back_above_everything(submitted, original):
    """A student's own function of an imported name stays what it is."""
    imports = original.cells[0]
    own = new_code_cell("def e_step(*_):\n    pass")
    submitted.cells[0] = own
    assert mended(submitted, original) == ["The lesson's imports were missing, and were put back."]
    assert submitted.cells[0].source == imports.source
    assert submitted.cells[1] is own


def test_imports_that_a_student_has_changed_stay(submitted, original):
    submitted.cells[0].source += "\nimport math"
    before = code(submitted)
    assert mended(submitted, original) == []
    assert code(submitted) == before


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_editors_change_no_cell(end, submitted, original, tmp_path):
    before = code(submitted)
    for cell in submitted.cells:
        cell.source = cell.source.replace("\n", end)
    nbformat.write(submitted, tmp_path / "x.ipynb")
    assert code(read(tmp_path / "x.ipynb")) == before
    assert mended(submitted, original) == []
    assert code(submitted) == before


@pytest.mark.parametrize("where", [0, -1])
def test_a_copied_check_counts_once(where, submitted, original):
    copied = copy.deepcopy(cell_of(submitted, "e_step-check"))
    submitted.cells.insert(where if where == 0 else len(submitted.cells), copied)
    assert mended(submitted, original)
    assert code(submitted).count("check(") == 2


@pytest.mark.parametrize("name", KNOWN)
def test_a_lost_name_is_found_by_jupyters_name_of_the_cell(name, submitted, original):
    del cell_of(submitted, name).metadata["nbgrader"]
    assert mended(submitted, original) == [f"{name}: the cell had lost its name, and has it again."]
    assert code(submitted).count("def my_e_step") == 1
    assert cell_of(submitted, "essay-02").source.endswith("Because.")


@pytest.mark.parametrize("name", KNOWN)
def test_or_by_what_stands_in_it(name, submitted, original):
    cell = cell_of(submitted, name)
    del cell.metadata["nbgrader"]
    cell.id = "new"
    assert mended(submitted, original) == [f"{name}: the cell had lost its name, and has it again."]
    assert cell_of(submitted, "e_step").source == SOLVED


def test_metadata_and_types_are_as_released(submitted, original):
    cell_of(submitted, "e_step-check").metadata.nbgrader.points = 400
    cell_of(submitted, "e_step-check").metadata.nbgrader.locked = False
    i = place(submitted, "e_step")
    raw = new_raw_cell(SOLVED, metadata=copy.deepcopy(submitted.cells[i].metadata))
    submitted.cells[i] = raw
    done = mended(submitted, original)
    assert done == ["e_step: it had become a cell of raw.", "e_step-check: nbgrader's metadata had changed."]
    assert cell_of(submitted, "e_step").source == SOLVED


def test_what_is_written_into_a_locked_cell_is_kept_before_it(submitted, original):
    cell_of(submitted, "e_step").source = cell_of(original, "e_step").source
    cell_of(submitted, "e_step-check").source = f"{SOLVED}\ncheck('e_step', my_e_step, points=4)"
    assert mended(submitted, original)
    assert SOLVED in submitted.cells[place(submitted, "e_step-check") - 1].source


def test_a_check_above_its_function_is_moved_below(submitted, original):
    check = submitted.cells.pop(place(submitted, "e_step-check"))
    submitted.cells.insert(0, check)
    assert any("stands below" in sentence for sentence in mended(submitted, original))


def test_an_answer_below_a_blank_stub_is_checked(submitted, original):
    cell_of(submitted, "e_step").source = cell_of(original, "e_step").source
    submitted.cells.append(new_code_cell(SOLVED))
    assert any("stands below" in sentence for sentence in mended(submitted, original))
    assert submitted.cells[-2].source == SOLVED


def test_a_later_experiment_does_not_move_the_check(submitted, original):
    submitted.cells.append(new_code_cell("def my_e_step(X, mixture):\n    return None"))
    assert mended(submitted, original) == []


def test_a_split_answer_is_read_in_one(submitted, original):
    second = copy.deepcopy(cell_of(submitted, "essay-02"))
    second.id, second.source = "other", "And besides."
    submitted.cells.append(second)
    (sentence,) = mended(submitted, original)
    assert "stood in 2 cells" in sentence
    assert cell_of(submitted, "essay-02").source.endswith("Because.\n\nAnd besides.")


def below_the_question(notebook, original, *cells):
    """Leave the question as it was released, and put cells below it."""
    cell_of(notebook, "essay-02").source = cell_of(original, "essay-02").source
    i = place(notebook, "essay-02") + 1
    notebook.cells[i:i] = cells


def test_an_answer_in_a_cell_of_its_own_is_in_the_questions(submitted, original):
    cells = [new_markdown_cell(), new_code_cell("1"), new_markdown_cell(" "), new_markdown_cell()]
    cells[0].source, cells[0]["attachments"] = "Mine: ![](attachment:a.png)", {"a.png": {"image/png": "AA=="}}
    cells[3]["attachments"] = {"a.png": {"image/png": "AQ=="}}
    cells[3].source = "And: ![](attachment:a.png)"
    below_the_question(submitted, original, *cells)
    (sentence,) = mended(submitted, original)
    assert sentence == "essay-02: the answer stood in a cell of its own, and is in the question's."
    essay = cell_of(submitted, "essay-02")
    question = cell_of(original, "essay-02").source
    assert essay.source == f"{question}\n\n{cells[0].source}\n\nAnd: ![](attachment:another-a.png)"
    assert essay.attachments == {"a.png": {"image/png": "AA=="}, "another-a.png": {"image/png": "AQ=="}}
    assert not any(cell is own for cell in submitted.cells for own in (cells[0], cells[3]))


def test_it_ends_where_the_lesson_goes_on(submitted, original):
    for notebook in (submitted, original):
        notebook.cells.append(new_markdown_cell("The end.", id="the-end"))
    below_the_question(submitted, original)
    submitted.cells += [new_markdown_cell("My notes.")]
    assert mended(submitted, original) == []
    submitted.cells[-2].source = "The end, I say."  # by Jupyter's name of it
    assert mended(submitted, original) == []


def test_notes_below_an_answer_stay(submitted, original):
    submitted.cells.append(new_markdown_cell("My notes."))
    assert mended(submitted, original) == []


def test_pictures_in_an_answer_stay(submitted, original):
    cell_of(submitted, "essay-02")["attachments"] = {"a.png": {"image/png": "AA=="}}
    mended(submitted, original)
    assert cell_of(submitted, "essay-02").attachments


def test_cells_of_another_assignment_and_broken_metadata_count_for_nothing(submitted, original):
    submitted.cells.append(new_code_cell("1", metadata={"nbgrader": {"grade_id": "other", "grade": True}}))
    submitted.cells.append(new_code_cell("1", metadata={"nbgrader": "nonsense"}))
    (sentence,) = mended(submitted, original)
    assert "'other'" in sentence
    assert not any("nbgrader" in cell.metadata for cell in submitted.cells[-2:])


@pytest.mark.parametrize(
    "cells", [[], [new_code_cell("1 + 1"), new_markdown_cell("Something else")]], ids=["empty", "another"]
)
def test_another_notebook_is_refused(cells, original):
    with pytest.raises(WrongNotebook):
        mend(new_notebook(cells=cells), original)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "empty"), (b"{", "cannot be read"), (b'{"a": 1}', "cannot be read"), (b"\xff\xfe", "not text")],
)
def test_what_is_no_notebook_is_said(content, sentence, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(WrongNotebook, match=sentence):
        read(path)


def test_a_byte_order_mark_does_not_matter(submitted, tmp_path):
    """Notepad writes one."""
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.writes(submitted), encoding="utf-8-sig")
    assert read(path) == submitted
    resources = {"metadata": {}}
    text, _ = MarkedExporter().from_filename(str(path), resources=resources)
    assert nbformat.reads(text, as_version=4).cells == submitted.cells


@pytest.mark.parametrize("wrong", [{"source": None}, {"source": 3}, {"metadata": None}, {"cell_type": None}])
def test_a_cell_without_text_or_type_is_said(wrong, submitted, original):
    submitted.cells[1] |= wrong
    with pytest.raises(WrongNotebook, match="Cell 2 is no cell"):
        mend(submitted, original)


def test_a_check_is_read_or_refused():
    call = check_call('check("e_step", my_e_step, points=4)')
    assert (call.name, call.function, call.points) == ("e_step", "my_e_step", 4)
    for source in ("1 + 1", "check(name, f)", "not python at all"):
        with pytest.raises(ValueError, match="not a lone check"):
            check_call(source)
