"""The words that a teacher is told to look at: in which cells they stand, and that honest work has none."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.utils import compute_checksum, determine_grade

import grade
from gmmlesson.exercises import EXERCISES
from gmmlesson.grading.assignment import WrongNotebook
from gmmlesson.grading.cautions import WORDS, cautions, words_in
from gmmlesson.grading.elsewhere import mend_and_look
from gmmlesson.grading.overlooked import overlooked
from gmmlesson.grading.preprocessors import Mend
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
            ["dir_fd", "joblib", "link", "Parallel"],
        ),
        ("from multiprocessing.pool import Pool", ["multiprocessing"]),
        ("%matplotlib inline\nfiles = !ls\nexec(text)", ["exec"]),
        ("getattr(f, '__code__')", ["__code__"]),
        ("os.fork()\nframe.f_back.f_locals", ["f_back", "f_locals", "fork"]),
        ("display(1, display_id='two', update=True)", ["display_id"]),
        ("from IPython.utils.process import getoutput\ngetoutput('cat x')", ["getoutput"]),
        ("p = await asyncio.create_subprocess_exec('cat')", ["create_subprocess_exec"]),
        ("import cffi, pyarrow as pa\nimport _xxsubinterpreters", ["cffi", "pyarrow", "_xxsubinterpreters"]),
        ("from sklearn.utils.parallel import Parallel", ["Parallel"]),
        ("sklearn.utils.parallel.Parallel(2)", ["Parallel"]),
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


def told(course):
    return overlooked(course, NAME, ["ann"])


def change(course, change, name=f"{NAME}.ipynb"):
    """Change what ann has handed in."""
    path = course / "submitted" / "ann" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, 4)
    change(notebook)
    nbformat.write(notebook, path.with_name(name))


NO_ESSAY = "ann: CAUTION: essay-02 has no answer: look at {}."
NO_STUB = "ann: CAUTION: e_step has no answer: look at {}."
ANSWER = "The nearest machine does not win, since"
QUOTE = "(“The nearest machine does not”)"


@pytest.mark.parametrize(
    ("place", "cell", "number"),
    [
        (0, new_markdown_cell(ANSWER), 1),
        (6, new_markdown_cell(ANSWER), 7),  # above the question
        (7, new_code_cell(ANSWER), 8),
        (7, new_code_cell(f"%%markdown\n{ANSWER}"), 8),
        (7, new_code_cell(f"# {ANSWER} ..."), 8),
        (7, new_code_cell(f"print('{ANSWER}')"), 8),
        (7, new_raw_cell(ANSWER), 8),
        (7, new_code_cell("# the nearest"), None),
        (7, new_markdown_cell(ANSWER), None),  # it is mended
    ],
)
def test_an_essay_outside_of_its_cell_is_told(tmp_path, place, cell, number):
    submitted(tmp_path, (place, cell))
    quote = QUOTE if "%" not in cell.source else "(“markdown The nearest machine does”)"
    sentences = [one for one in told(tmp_path) if "essay" in one]
    assert sentences == ([NO_ESSAY.format(f"cell {number} {quote}")] if number else [])


@pytest.mark.parametrize("number", [1, 4, 6])
def test_so_is_one_in_a_cell_of_the_lessons(tmp_path, number):
    """Of the imports, of a statement that is locked, and of a check."""
    submitted(tmp_path)
    change(tmp_path, lambda notebook: _append(notebook.cells[number - 1], ANSWER))
    assert NO_ESSAY.format(f"cell {number} {QUOTE}") in told(tmp_path)


def _append(cell, text):
    cell.source += f"\n\n{'# ' if cell.cell_type == 'code' else ''}{text} ..."


def test_at_the_end_below_the_lesson_it_is_told_too(tmp_path):
    submitted(tmp_path, (99, new_markdown_cell("The end.", id="end")), (99, new_markdown_cell(ANSWER)))
    path = tmp_path / "release" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells.append(new_markdown_cell("The end.", id="end"))
    nbformat.write(notebook, path)
    assert told(tmp_path) == [NO_ESSAY.format(f"cell 9 {QUOTE}")]


@pytest.mark.parametrize(
    ("cell", "is_told"),
    [
        (new_code_cell("def e_step_v2(X, mixture):\n    return X, 1.0"), True),
        (new_code_cell("shares = weights * densities"), True),
        (new_raw_cell("def my_e_step(X, mixture):\n    return X, 1.0"), True),
        (new_markdown_cell("```\ndef my_e_step(X, mixture):\n    return X, 1.0\n```"), True),
        (new_code_cell("1 + 1"), False),
        (new_code_cell("my_e_step = lambda X, mixture: (X, 1.0)"), False),  # that is the answer
    ],
)
def test_a_function_outside_of_its_stub_is_told(tmp_path, cell, is_told):
    submitted(tmp_path, (4, cell))
    assert (NO_STUB.format("cell 5") in told(tmp_path)) is is_told


def test_a_lesson_that_was_played_with_is_not(tmp_path):
    submitted(tmp_path)
    change(
        tmp_path, lambda notebook: notebook.cells[1].update(source=f"{notebook.cells[1].source}\nprint(X)")
    )
    assert told(tmp_path) == []


def test_what_a_check_has_found_is_told_with_where_else_there_is_code(tmp_path):
    submitted(tmp_path, (4, new_code_cell("def e_step_v2(X, mixture):\n    return X, 1.0")))
    change(tmp_path, lambda notebook: cell_of(notebook, "e_step").update(source="my_e_step = 3"))
    assert told(tmp_path) == []
    graded = nbformat.read(tmp_path / "submitted" / "ann" / NAME / f"{NAME}.ipynb", 4)
    metadata = {"gmmlesson": {"exercise": "e_step", "status": "not attempted"}}
    cell_of(graded, "e_step-check").outputs = [new_output("display_data", {}, metadata=metadata)]
    path = tmp_path / "autograded" / "ann" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(graded, path)
    assert told(tmp_path) == [NO_STUB.format("cell 5")]


def test_another_file_beside_blank_work_is_told(tmp_path):
    submitted(tmp_path)
    folder = tmp_path / "submitted" / "ann" / NAME
    assert told(tmp_path) == []
    for name in (
        "timestamp.txt",
        ".hidden",
        ".ipynb_checkpoints/x.ipynb",
        f"{NAME}-Copy1.ipynb",
        "a/essay.md",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    where = f"{NAME}-Copy1.ipynb, a/essay.md"
    assert told(tmp_path) == [NO_STUB.format(where), NO_ESSAY.format(where)]


def test_a_very_long_text_is_named_by_its_beginning_only(tmp_path):
    submitted(tmp_path, (0, new_markdown_cell("a" * 10**6)), (0, new_raw_cell("\n" * 10**6 + "no " * 10**6)))
    where = f"cell 1 (“no no no no no”), cell 2 (“{'a' * 60}”)"
    assert told(tmp_path) == [NO_ESSAY.format(where)]


def test_what_is_no_cell_is_refused_as_before(tmp_path):
    notebook = released()
    notebook.cells[1].source = None
    with pytest.raises(WrongNotebook, match="Cell 2 is no cell"):
        mend_and_look(notebook, released(), [])


def test_an_answer_needs_no_look_elsewhere(tmp_path):
    submitted(tmp_path, (0, new_markdown_cell(ANSWER)), (1, new_code_cell("shares = weights * densities")))
    for name, text in (("e_step", "def my_e_step(*_):\n    return 1"), ("essay-02", ANSWER)):
        change(tmp_path, lambda notebook, name=name, text=text: cell_of(notebook, name).update(source=text))
    assert told(tmp_path) == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_blank_essay_needs_points_by_hand_where_there_is_work_elsewhere(tmp_path, monkeypatch, elsewhere):
    submitted(tmp_path, *([(0, new_markdown_cell(ANSWER))] if elsewhere else []))
    path = tmp_path / "submitted" / "ann" / NAME
    resources = {"metadata": {"path": str(path)}, "nbgrader": {"assignment": NAME, "notebook": NAME}}
    monkeypatch.chdir(tmp_path)
    notebook, _ = Mend().preprocess(nbformat.read(path / f"{NAME}.ipynb", 4), resources)
    essay = cell_of(notebook, "essay-02")
    essay.metadata.nbgrader["checksum"] = compute_checksum(cell_of(released(), "essay-02"))
    assert determine_grade(essay) == (None if elsewhere else 0, 2)
    note = f"\n\n*Nothing was written here. Look at cell 1 {QUOTE}.*"
    assert essay.source == cell_of(released(), "essay-02").source + (note if elsewhere else "")


def test_a_module_that_is_not_there_is_told(tmp_path):
    submitted(tmp_path, (1, new_code_cell("import helpers, not_a_module_here.part")))
    (tmp_path / "submitted" / "ann" / NAME / "helpers.py").touch()
    sentence = "ann: CAUTION: cell 2 imports not_a_module_here, which is not installed here."
    assert told(tmp_path)[-1] == sentence


@pytest.mark.parametrize("write", ["open('aux_tools.py', 'w').write(text)", "%%writefile aux_tools.py\ntext"])
def test_a_module_that_the_notebook_wrote_is_told(tmp_path, write):
    submitted(
        tmp_path, (1, new_code_cell(write)), (2, new_code_cell("from aux_tools import my_e_step, torch"))
    )
    assert "ann: CAUTION: cell 3 imports aux_tools, which the notebook wrote itself: look at it." in told(
        tmp_path
    )


def test_words_are_looked_for_in_modules_that_were_handed_in_too(tmp_path):
    submitted(tmp_path)
    folder = tmp_path / "submitted" / "ann" / NAME
    (folder / "folder.py").mkdir()
    for name, text in (("a.py", "import ctypes"), ("b.py", "x = 1"), ("c.py", "x = 1\n" * 20_000)):
        (folder / name).write_text(text, encoding="utf-8")
    (sentence,) = cautions(tmp_path, NAME, ["ann"])
    assert sentence.startswith("ann: CAUTION: look at a.py: ctypes; c.py: more than 100000 characters (")


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
