"""A teacher's own notebooks: put into a course folder of nbgrader, released, graded; bad ones told."""

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import editions
import own_notebooks
import solutions
import teach_demo
from gmmlesson.course.command import main
from gmmlesson.exercises.exercise import Exercise
from gmmlesson.exercises.own import VARIABLE
from gmmlesson.exercises.withholding import SWITCH
from own_helpers import ANSWER, EXAMPLE

pytest_plugins = ["own_fixtures"]

ROOT = editions.ROOT
PAGE = (ROOT / "teaching" / "own_exercises.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """Whatever the environment of who runs the tests says."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv(SWITCH, "")


KEPT_BACK = 'check("point_entropy", my_point_entropy, points=5)'
KEPT_BACK = f"### BEGIN HIDDEN TESTS\n{KEPT_BACK}\n### END HIDDEN TESTS"
TOTAL = ANSWER.replace("terms.sum(axis=1)", "terms.sum()")
HANDED_IN = {  # notebook -> {student: the stub's cell, or None for what was released}
    "kept_back": {"correct": ANSWER, "total": TOTAL},
    "point_entropy": {"blank": None, "correct": ANSWER, "total": TOTAL},
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The example, and a notebook whose check is kept back, handed in and graded -> course, scores."""
    place, course = tmp_path_factory.mktemp("teacher") / "own", tmp_path_factory.mktemp("nbgrader") / "course"
    shutil.copytree(EXAMPLE, place)
    (place / "data").mkdir()
    (place / "data" / "numbers.csv").write_text("1,2\n")
    notebook = nbformat.read(EXAMPLE / "point_entropy.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    (check,) = (cell for cell in notebook.cells if own_notebooks.is_check(cell))
    check.source = KEPT_BACK
    nbformat.write(notebook, place / "kept_back.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        patch.setenv(SWITCH, "withhold")
        editions.write_instructor(course, [])
        written = own_notebooks.write_own(course, place, set())
        assert [path.relative_to(course).as_posix() for path in written] == [
            "source/kept_back/kept_back.ipynb", "source/point_entropy/point_entropy.ipynb",
        ]  # fmt: skip
        assert editions.run(written[1]) == []
        patch.setenv(VARIABLE, "")  # nbgrader has it from its configuration
        teach_demo.nbgrader(course, "generate_assignment", "--assignment=*")
        scores = {}
        for path in written:
            name = path.stem
            released = nbformat.read(course / "release" / name / path.name, as_version=4)
            for student, source in HANDED_IN[name].items():
                handed_in = nbformat.from_dict(released)
                for cell in handed_in.cells:
                    if source and solutions.role(cell) == "stub":
                        cell.source = source
                    elif source and solutions.role(cell) == "essay":
                        cell.source += " All of them."
                there = course / "submitted" / student / name / path.name
                there.parent.mkdir(parents=True)
                nbformat.write(handed_in, there)
            teach_demo.nbgrader(course, "autograde", name)
            scores[name] = teach_demo.gradebook(course, name)
    return SimpleNamespace(course=course, scores=scores)


def test_the_course_folder_has_exercises_and_rubrics_beside_the_assignments(graded):
    there = {path.relative_to(graded.course).as_posix() for path in graded.course.glob("[er]*/**/*.*")}
    assert {"exercises/point_entropy.py", "exercises/data/numbers.csv", "rubrics/point_entropy.md"} <= there
    assert not any(path.startswith("exercises") and path.endswith(("md", "ipynb")) for path in there)


def test_what_is_released_has_neither_answers_nor_rubrics(graded):
    files = [path for path in (graded.course / "release").rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["kept_back.ipynb", "point_entropy.ipynb"]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "SOLUTION" not in text and "terms" not in text and "model answer" not in text
    released = nbformat.read(files[1], as_version=4)
    example = nbformat.read(EXAMPLE / "point_entropy.ipynb", as_version=4)
    assert [cell.source for cell in released.cells] == [cell.source for cell in example.cells]
    assert "check(" not in files[0].read_text(encoding="utf-8")
    rubric = (EXAMPLE / "point_entropy.md").read_text(encoding="utf-8")
    source = (graded.course / "source/point_entropy/point_entropy.ipynb").read_text(encoding="utf-8")
    assert "A model answer" in rubric and "terms.sum(axis=1)" in source


def test_students_get_what_they_earned(graded):
    scores = graded.scores["point_entropy"]
    assert set(scores["correct"]) == {"point_entropy-check", "point_entropy-essay-1"}
    check, essay = zip(*(scores[student].values() for student in ("blank", "correct", "total")), strict=True)
    assert [cell.earned for cell in check] == [0, 3, 0]
    assert [cell.points for cell in check + essay] == [3, 3, 3, 2, 2, 2]
    assert [cell.by_hand for cell in essay] == [False, True, True]


def test_a_check_that_is_kept_back_grades_all_the_same(graded):
    scores = graded.scores["kept_back"]
    earned = {student: cells["point_entropy-check"].earned for student, cells in scores.items()}
    assert earned == {"correct": 5, "total": 0}


def test_grading_tells_the_mistake_and_not_the_solution(graded):
    path = graded.course / "autograded" / "total" / "point_entropy" / "point_entropy.ipynb"
    text = path.read_text(encoding="utf-8")
    assert "this is the entropy of all points together" in text
    passed = graded.course / "autograded" / "correct" / "point_entropy" / "point_entropy.ipynb"
    assert "point_entropy: passed" in passed.read_text(encoding="utf-8")
    assert "shows how" not in passed.read_text(encoding="utf-8")


def test_make_says_what_is_wrong_with_a_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(editions, "BUILD", tmp_path / "build")
    monkeypatch.setattr(editions, "write_instructor", lambda folder: folder.mkdir(parents=True) or [])
    assert editions.main(["instructor", "--own", str(tmp_path / "gone")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'gone'}: there is no such folder.\n"
    assert not (tmp_path / "build" / "instructor-edition").exists()  # half a course would be in the way
    inside = tmp_path / "build" / "instructor-edition" / "own"
    inside.mkdir(parents=True)
    for arguments, sentence in (
        (["instructor", "--own", str(inside)], f"{inside} is where the edition is written anew: move"),
        (["student", "--own", str(tmp_path)], "notebooks of your own go into the instructor edition"),
    ):
        with pytest.raises(SystemExit):
            editions.main(arguments)
        assert sentence in capsys.readouterr().err and inside.exists()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert '$(if $(OWN),--own "$(OWN)")' in makefile


STUB = "def my_point_entropy(responsibilities):\n    ..."
CHECK = 'check("point_entropy", my_point_entropy, points=3)'
ESSAY = "Why? (2 points)\n\n*Your answer:*"
BAD_NOTEBOOKS = {
    "no notebook": (None, [], "own: it has no notebook."),
    "a name with a space": ("week 3", [STUB, CHECK], "week 3.ipynb: nbgrader wants a name of letters"),
    "a lesson's name": ("02_e_step", [STUB, CHECK], "02_e_step.ipynb: there is a lesson of that name"),
    "not a notebook": ("a", "diary", "a.ipynb: it is not a notebook."),
    "nothing to grade": ("a", ["1 + 1", "%matplotlib inline", "# Title"], "a.ipynb: nothing in it is graded"),
    "no points": (
        "a",
        [STUB, CHECK.replace(", points=3", "")],
        "does not say what it is worth: points=3, say.",
    ),
    "no stub": ("a", [CHECK], "a.ipynb: check('point_entropy', ...): no solution cell has the grade_id"),
    "a solved stub": ("a", [STUB.replace("...", "return 1"), CHECK], "does not end in ..."),
    "other arguments": (
        "a",
        [STUB.replace("responsibilities", "r"), CHECK],
        "in the lesson, not in its answer",
    ),
    "no such exercise": ("a", [STUB, CHECK.replace('"point_e', '"pont_e')], "did you mean 'point_entropy'?"),
    "points in words": (
        "a",
        [STUB, CHECK.replace("=3", "='three'")],
        "does not say what it is worth: points=3",
    ),
    "a check twice": ("a", [STUB, CHECK, CHECK], "it has point_entropy-check 2 times."),
    "an essay without points": ("a", [ESSAY.replace("2 points", "two")], 'it is worth, as in "(2 points)".'),
}


@pytest.mark.parametrize("what", BAD_NOTEBOOKS)
def test_a_bad_notebook_is_told_in_a_sentence(what, folder, tmp_path):
    name, sources, sentence = BAD_NOTEBOOKS[what]
    course = tmp_path / "course"
    if sources == "diary":
        (folder / f"{name}.ipynb").write_text(sources)
    elif name:
        cells = [(new_markdown_cell if "*" in s or "#" in s else new_code_cell)(s) for s in sources]
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    editions.write_instructor(course, [])
    with pytest.raises(own_notebooks.OwnError) as error:
        own_notebooks.write_own(course, folder, {path.stem for path in editions.LESSONS})
    assert sentence in str(error.value) and "\n" not in str(error.value)
    assert not (course / "source").exists()


def test_what_is_graded_is_printed_and_lines_for_ipython_do_no_harm(folder, tmp_path, monkeypatch, capsys):
    sources = ["%matplotlib inline\nimport numpy as np", STUB, CHECK, f"{ESSAY}\n\n"]
    cells = [(new_markdown_cell if "*" in source else new_code_cell)(source) for source in sources]
    nbformat.write(new_notebook(cells=cells), folder / "week-3.ipynb")
    monkeypatch.setattr(editions, "BUILD", tmp_path / "build")
    monkeypatch.setattr(editions, "ROOT", tmp_path)
    monkeypatch.setattr(editions, "write_instructor", lambda place: place.mkdir(parents=True) or [])
    assert editions.main(["instructor", "--own", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("week-3.ipynb: point_entropy-check (3), week-3-essay-1 (2)\n")


def test_broken_exercises_are_told_when_notebooks_are_made(folder, tmp_path):
    shutil.copy(EXAMPLE / "point_entropy.ipynb", folder)
    (folder / "week_4.py").write_text("x = 1")
    editions.write_instructor(tmp_path / "course", [])
    with pytest.raises(own_notebooks.OwnError, match=r"^week_4\.py: it has no EXERCISES"):
        own_notebooks.write_own(tmp_path / "course", folder, set())


def test_essays_alone_need_no_python_and_metadata_stays(tmp_path):
    place = tmp_path / "own"
    place.mkdir()
    given = {"schema_version": 3, "task": False, "locked": False, "grade": True, "solution": True}
    marked = new_markdown_cell(ESSAY, metadata={"nbgrader": given | {"grade_id": "mine", "points": 7}})
    nbformat.write(
        new_notebook(cells=[marked, new_markdown_cell(ESSAY.replace("2", "2.5"))]), place / "a.ipynb"
    )
    editions.write_instructor(tmp_path / "course", [])
    before = (tmp_path / "course" / "nbgrader_config.py").read_text(encoding="utf-8")
    (path,) = own_notebooks.write_own(tmp_path / "course", place, set())
    graded = [cell.metadata.nbgrader for cell in nbformat.read(path, as_version=4).cells]
    assert [(cell.grade_id, cell.points) for cell in graded] == [("mine", 7), ("a-essay-2", 2.5)]
    assert (tmp_path / "course" / "nbgrader_config.py").read_text(encoding="utf-8") == before
    assert not (tmp_path / "course" / "exercises").exists()


def test_the_teachers_tools_have_the_answers_all_the_same(folder, monkeypatch):
    monkeypatch.setenv(SWITCH, "withhold")
    notebook = nbformat.read(EXAMPLE / "point_entropy.ipynb", as_version=4)
    own_notebooks.mark(notebook, "point_entropy")
    solutions.fill_in(notebook, marks=True)
    assert "terms.sum(axis=1)" in "".join(cell.source for cell in notebook.cells)
    assert main(["exercises", str(folder)]) == 0


# --- The page -------------------------------------------------------------------------------------


def test_the_page_describes_every_field_of_an_exercise():
    for field in fields(Exercise):
        assert f"`{field.name}`" in PAGE, field.name


def test_the_page_names_what_there_is():
    for name in (VARIABLE, SWITCH, "gmmlesson exercises", "make instructor-edition COURSE=~/gmm OWN="):
        assert name in PAGE
    links = re.findall(r"\]\(([^)#\s]+)", PAGE)
    assert links and all((ROOT / "teaching" / link).exists() for link in links if "://" not in link)


def test_the_example_is_in_the_style_of_the_project():
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", str(EXAMPLE / "point_entropy.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
