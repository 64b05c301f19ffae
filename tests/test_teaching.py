"""The teacher's side: lessons that nbgrader accepts, both editions, and its grades."""

import ast
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.nbgraderformat import MetadataValidator
from traitlets.config import Config

import editions
import refresh
import solutions
import teach_demo
from gmmlesson import exercises
from lesson_rules import EXERCISE, Lesson, links_resolve
from notebooks import LESSONS, place, read, tags

WITH_EXERCISES = [path for path in LESSONS if any(map(solutions.role, read(path).cells))]
lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
lessons_with_exercises = pytest.mark.parametrize("path", WITH_EXERCISES, ids=lambda path: path.stem)


# --- The lessons as they are committed -----------------------------------------------------------


def test_there_are_exercises():
    assert teach_demo.LESSON in WITH_EXERCISES


@lessons
def test_nbgrader_accepts_the_metadata(path):
    notebook = read(path)
    MetadataValidator().validate_nb(notebook)  # also sees doubled grade_ids
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if data := cell.metadata.get("nbgrader"):
            assert data["schema_version"] == 3, place(notebook, cell)
            assert data["solution"] or data["locked"], f"{place(notebook, cell)}: neither to edit nor locked"


@lessons_with_exercises
def test_exercises_are_whole(path):
    """Statement, stub and check follow each other; names and points are the same everywhere."""
    notebook = read(path)
    known = [cell for cell in notebook.cells if solutions.role(cell)]
    untagged = [place(notebook, cell) for cell in known if EXERCISE not in tags(cell)]
    assert not untagged
    ids = [cell.metadata.nbgrader.grade_id for cell in known]
    tasks = list(solutions.tasks(notebook))
    assert len(tasks) == sum(solutions.role(cell) == "stub" for cell in known)
    for task in tasks:
        parts = [f"{task.name}-statement", task.name, f"{task.name}-check"]
        where = ids.index(parts[-1])
        assert ids[where - 2 : where + 1] == parts
        assert [solutions.role(cell) for cell in known[where - 2 : where]] == ["statement", "stub"], task.name
        assert notebook.cells.index(task.check) == notebook.cells.index(task.stub) + 1, task.name
        assert task.function == f"my_{task.name}"
        assert task.points == task.check.metadata.nbgrader.points > 0, task.name


# --- Editions ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student") / "edition"
    editions.write_student(folder)
    return folder


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The instructor edition, released by nbgrader."""
    folder = tmp_path_factory.mktemp("instructor") / "edition"
    editions.write_instructor(folder)
    return folder


@lessons
def test_the_student_edition_is_the_lesson_without_outputs(path, student):
    before, after = read(path), read(student / path.name)
    editions.relink(before, editions.at_the_top)
    assert [cell.source for cell in after.cells] == [cell.source for cell in before.cells]
    assert [cell.metadata for cell in after.cells] == [cell.metadata for cell in before.cells]
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert after.metadata == before.metadata
    assert not any(cell.outputs or cell.execution_count for cell in after.cells if cell.cell_type == "code")


@lessons
def test_links_of_the_editions_lead_somewhere(path, student, course):
    for moved in (student / path.name, course / "source" / path.stem / path.name):
        assert list(links_resolve(Lesson(moved, read(moved)))) == []


def test_the_readme_of_an_edition_lists_its_lessons(student):
    text = (student / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((.*?)\)", text) == [path.name for path in LESSONS]


def test_the_package_is_importable_beside_the_lessons(student):
    program = "import gmmlesson.exercises as e, gmmlesson; print(gmmlesson.__file__, len(e.EXERCISES))"
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, cwd=student, capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(student / "gmmlesson/__init__.py"), str(len(exercises.EXERCISES))]


def test_requirements_of_the_student_edition_are_those_of_the_project(student):
    lines = (student / "requirements.txt").read_text(encoding="utf-8").splitlines()
    project = (editions.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert lines
    assert all(f'"{line}"' in project for line in lines)


def test_nbgrader_makes_the_lessons_of_the_instructor_edition(course):
    """What students get through nbgrader is the lesson, word for word."""
    teach_demo.nbgrader(course, "generate_assignment", "--assignment=*", "--no-db")
    for path in LESSONS:
        lesson, released = read(path), read(course / "release" / path.stem / path.name)
        editions.relink(lesson, editions.beside)
        assert [cell.source for cell in released.cells] == [cell.source for cell in lesson.cells], path.name
        for before, after in zip(lesson.cells, released.cells, strict=True):
            assert before.metadata.get("nbgrader", {}).items() <= after.metadata.get("nbgrader", {}).items()


@lessons_with_exercises
def test_solved_cells_pass_their_checks(path, course):
    """With nothing around them but the imports. (tests/test_lessons_solved.py runs whole lessons.)"""
    notebook = read(course / "source" / path.stem / path.name)
    names = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and re.match(r"(import|from) ", cell.source) and not solutions.role(cell):
            tree = ast.parse(cell.source)
            tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
            exec(compile(tree, path.name, "exec"), names)
    for task in solutions.tasks(notebook):
        solution = task.stub.source.partition(solutions.BEGIN)[2]
        assert solution
        assert "gmmlesson.exercises" not in solution, "it borrows from the exercises"
        exec(compile(task.stub.source, path.name, "exec"), names)  # typed, and no copy by `exec`
        report = exercises.check(task.name, names[task.function], points=task.points)
        assert report.passed, report.text
        assert float(repr(report)) == task.points


def test_nbgrader_validates_a_solved_lesson(course):
    """Every check gives full points, and no cell of the lesson raises or writes to stderr."""
    solved = course / "source" / teach_demo.LESSON.stem / teach_demo.LESSON.name
    told = teach_demo.nbgrader(course, "validate", "--Validator.validate_all=True", str(solved))
    assert "Success!" in told


def test_scripts_of_students_do_not_run_in_pages_of_nbgrader():
    """Formgrader shows essays and outputs with the teacher's rights, by the course's settings."""
    settings = Config()
    exec(editions.CONFIG, {"get_config": lambda: settings, "__file__": "nbgrader_config.py"})
    essay = (
        'Because. <script>alert(1)</script> <img src="x" onerror="alert(2)"> [a](javascript:alert(3)) **So.**'
    )
    odd = {"text/html": '<script>alert(4)</script><b onclick="alert(5)">b</b>'}
    svg, script = {"image/svg+xml": '<svg onload="alert(6)"></svg>'}, {"application/javascript": "alert(7)"}
    told = {"text/html": exercises.Report("e_step", "failed", (("Tried on", "three points."),)).html}
    outputs = [new_output("display_data", data=data) for data in (odd, svg, script, told)]
    notebook = new_notebook(cells=[new_markdown_cell(essay), new_code_cell("1", outputs=outputs)])
    for template in ("lab", "classic"):
        html, _ = HTMLExporter(config=settings, template_name=template).from_notebook_node(notebook)
        body = html[html.index("<body") :]
        tags = re.findall(r"<[^>]*alert\(\d\)[^>]*>|<script[^>]*>\s*alert", body)
        assert tags == []
        assert "<strong>So.</strong>" in body
        assert "three points." in body


def test_a_course_that_has_begun_is_not_written_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(editions, "BUILD", tmp_path)
    begun = tmp_path / "instructor-edition" / "gradebook.db"
    editions.write(begun, "points")
    with pytest.raises(SystemExit, match="is a course that has begun, and stays as it is"):
        editions.main(["instructor"])
    assert begun.read_text(encoding="utf-8") == "points"


def test_running_the_instructor_edition_stores_points_and_names_what_fails(tmp_path):
    (path,) = editions.write_instructor(tmp_path, [teach_demo.LESSON])
    notebook = read(path)
    kept = [cell for cell in notebook.cells if solutions.role(cell) or "import" in cell.source]
    notebook.cells = [cell for cell in kept if "EMExplorer(" not in cell.source]  # they need the others
    first, *others = solutions.tasks(notebook)
    first.stub.source = f"def {first.function}(*arguments):\n    ..."
    nbformat.write(notebook, path)
    assert editions.run(path) == [first.name]
    stored_first, *stored_others = solutions.tasks(read(path))
    assert solutions.earned(stored_first.check) == 0
    assert others
    assert [solutions.earned(task.check) for task in stored_others] == [task.points for task in others]


# --- Solutions -----------------------------------------------------------------------------------


def exercise_cells(stub, check, *, essay="Why?\n\n*Your answer:*"):
    """A notebook with the first exercise of the demonstration's lesson, in these words."""

    def data(**given):
        return {"nbgrader": {"schema_version": 3, "task": False, "locked": False} | given}

    return new_notebook(
        cells=[
            new_code_cell(stub, metadata=data(solution=True, grade=False, grade_id="e_step")),
            new_code_cell(check, metadata=data(solution=False, grade=True, points=4, grade_id="check")),
            new_markdown_cell(essay, metadata=data(solution=True, grade=True, points=2, grade_id="essay")),
        ]
    )


STUB = 'def my_e_step(X, mixture):\n    """What it is."""\n    ...\n\n\nmore = 1'
CHECK = 'check("e_step", my_e_step, points=4)'


def test_a_solution_stands_between_the_marks_and_the_rest_stays():
    notebook = exercise_cells(STUB, CHECK)
    solutions.fill_in(notebook, marks=True)
    stub, check, essay = (cell.source for cell in notebook.cells)
    assert stub.startswith('def my_e_step(X, mixture):\n    """What it is."""\n    ### BEGIN SOLUTION\n')
    assert stub.endswith("    ### END SOLUTION\n\n\nmore = 1")
    assert check == CHECK
    assert essay.splitlines()[0] == "Why?"
    assert essay.count("SOLUTION") == 2


def test_without_marks_there_are_none():
    notebook = exercise_cells(STUB, CHECK)
    solutions.fill_in(notebook, marks=False)
    assert "SOLUTION" not in "".join(cell.source for cell in notebook.cells)
    assert notebook.cells[0].source != STUB
    assert notebook.cells[2].source == "Why?\n\n*Your answer:*"


BROKEN = {
    "does not end in": (STUB.replace("...", "return 1"), CHECK, "*Your answer:*"),
    "is not defined": (STUB.replace("my_e_step", "mine"), CHECK, "*Your answer:*"),
    "in the lesson, not in its answer": (STUB.replace("mixture", "model"), CHECK, "*Your answer:*"),
    "no solution cell has the grade_id": (STUB, CHECK.replace('"e_step"', '"m_step"'), "*Your answer:*"),
    "not a lone check": (STUB, f"{CHECK}\nprint(1)", "*Your answer:*"),
    "must end in": (STUB, CHECK, "Why?"),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_broken_exercise_is_refused(message):
    stub, check, essay = BROKEN[message]
    with pytest.raises(ValueError, match=re.escape(message)):
        solutions.fill_in(exercise_cells(stub, check, essay=essay), marks=True)


def test_a_link_that_an_edition_cannot_follow_is_refused(tmp_path):
    shutil.copy(LESSONS[0], tmp_path)
    path = tmp_path / LESSONS[0].name
    notebook = read(path)
    notebook.cells[0].source += "\n\nSee [nothing](../nothing.md)."
    path.write_text(refresh.to_text(notebook), encoding="utf-8")
    with pytest.raises(ValueError, match=r"nothing\.md"):
        editions.write_student(tmp_path / "edition", [path, *LESSONS[1:]])
