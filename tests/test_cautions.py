"""The words that a teacher is told to look at: in which cells they stand, and that honest work has none."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

import grade
from gmmlesson.exercises import EXERCISES
from gmmlesson.grading.cautions import WORDS, cautions, words_in
from gmmlesson.grading.overlooked import overlooked
from grading_attacks import ATTEMPTS
from grading_helpers import NAME, cell_of, released, write_released
from notebooks import ROOT, read

VARIANTS = sorted((ROOT / "tests" / "exercise_variants").glob("lesson_*.py"))
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import subprocess as s, os.path", ["subprocess"]),
        ("re.compile(x)\ntable.eval(y)\neval(compile(z))", ["compile", "eval"]),
        (
            "os.open('em.py', 0, dir_fd=3)\nos.link(a, b)\nfrom joblib import Parallel",
            ["dir_fd", "joblib", "link"],
        ),
        ("from multiprocessing.pool import Pool", ["multiprocessing"]),
        ("%matplotlib inline\nfiles = !ls\nexec(text)", ["exec"]),
        ("getattr(f, '__code__')", ["__code__"]),
        ("os.fork()\nframe.f_back.f_locals", ["f_back", "f_locals", "fork"]),
        ("display(1, display_id='two', update=True)", ["display_id"]),
        ("signal = X[:, 0]  # no import, subprocess, exec\naudit = {'system': signal.system}", []),
        ("not python (", []),
        ("x = " + "-" * 50_000 + "1", []),
    ],
)
def test_words_are_found_where_they_do_something(source, words):
    assert words_in(source) == words


def submitted(course, *cells):
    write_released(course)
    notebook = released()
    for at, cell in cells:
        notebook.cells.insert(at, cell)
    folder = course / "submitted" / "ann" / NAME
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")


def test_cells_have_their_numbers(tmp_path):
    submitted(
        tmp_path,
        (0, new_markdown_cell("exec(text)")),
        (1, new_code_cell("exec(text)")),
        (3, new_code_cell("import ctypes\nsys.settrace(f)")),
    )
    (sentence,) = cautions(tmp_path, NAME, ["ann", "nobody"])
    assert sentence.startswith("ann: CAUTION: look at cell 2: exec; cell 4: ctypes, settrace (")


def test_what_was_released_is_not_the_students(tmp_path):
    submitted(tmp_path)
    path = tmp_path / "release" / NAME / f"{NAME}.ipynb"
    for where in (path, tmp_path / "submitted" / "ann" / NAME / path.name):
        notebook = nbformat.read(where, 4)
        cell_of(notebook, "e_step").source += "\nget_ipython()"
        nbformat.write(notebook, where)
    assert cautions(tmp_path, NAME, ["ann"]) == []


@pytest.mark.parametrize(
    ("offset", "cell", "told"),
    [
        (0, new_markdown_cell("The nearest machine does not win, since"), True),  # it moves the question down
        (1, new_code_cell("The nearest machine does not win, since"), True),
        (1, new_code_cell("# The nearest machine does not win, since"), True),
        (1, new_code_cell("nearest = weights * densities"), False),
        (1, new_markdown_cell("The nearest machine does not win, since"), False),  # it is mended
    ],
)
def test_an_essay_beside_its_cell_is_told(tmp_path, offset, cell, told):
    cells = released().cells
    (place,) = [
        i for i, one in enumerate(cells) if one.metadata.get("nbgrader", {}).get("grade_id") == "essay-02"
    ]
    submitted(tmp_path, (place + offset, cell))
    number = place + 2 if offset else place + 1
    sentence = f"ann: CAUTION: essay-02 is blank, and cell {number} beside it has text of their own."
    assert overlooked(tmp_path, NAME, ["ann"]) == ([sentence] if told else [])


def test_a_module_that_is_not_there_is_told(tmp_path):
    submitted(tmp_path, (1, new_code_cell("import helpers, not_a_module_here.part")))
    (tmp_path / "submitted" / "ann" / NAME / "helpers.py").touch()
    sentence = "ann: CAUTION: cell 2 imports not_a_module_here, which is not installed here."
    assert overlooked(tmp_path, NAME, ["ann"]) == [sentence]


def test_make_grade_says_it_of_those_who_were_graded(tmp_path, monkeypatch, capsys):
    submitted(tmp_path, (1, new_code_cell("exec(text)")))
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    monkeypatch.setattr(grade, "grade", lambda *_, **__: [grade.Result("ann", "", (), 1.0)])
    monkeypatch.setattr(grade.users, "obstacle", lambda: "not here.")
    assert grade.main([str(tmp_path), NAME]) == 0
    assert "ann: CAUTION: look at cell 2: exec (" in capsys.readouterr().out


def test_what_still_earns_points_is_told_unless_it_was_typed():
    earn = {name: words_in(one.stub) for name, one in ATTEMPTS.items() if one.now}
    assert earn.pop("typed") == []
    assert all(earn.values()), earn


@pytest.mark.parametrize("path", VARIANTS, ids=lambda path: path.stem)
def test_no_honest_solution_is_told(path):
    assert words_in(path.read_text(encoding="utf-8")) == []


def test_no_answer_and_no_lesson_is_told():
    assert {name for name, one in EXERCISES.items() if words_in(one.answer_text)} == set()
    code = [cell.source for path in LESSONS for cell in read(path).cells if cell.cell_type == "code"]
    assert [source for source in code if words_in(source)] == []


def test_the_page_has_the_same_words():
    text = (ROOT / "teaching" / "grading.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"a line CAUTION, with the numbers of the cells, (.*?)\n\n", text, re.DOTALL)
    assert tuple(re.findall(r"`(\w+)`", said)) == WORDS
