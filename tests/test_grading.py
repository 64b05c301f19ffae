"""A class of made-up students, graded as a teacher would: points, what was mended, and whose cannot be."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from nbgrader.api import Gradebook

import demo_students
import editions
import grade
import mend_submissions
import mistakes
import solutions
import teach_demo
from course_folder import CONFIG
from demo_students import EARNS
from gmmlesson.grading import one
from notebooks import read

ASSIGNMENT, FILE = teach_demo.LESSON.stem, teach_demo.LESSON.name
UNUSABLE = {  # student -> what their only file is called, and holds
    "none": ("02_e_step.ipynb", ""),
    "text": ("02_e_step.ipynb", "My E-step is enclosed."),
    "null": (
        "02_e_step.ipynb",
        json.dumps(
            {
                "cells": [{"cell_type": "code", "metadata": {}, "source": None, "outputs": []}],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        ),
    ),
    "renamed": ("my solution.ipynb", None),
    "another": (
        "02_e_step.ipynb",
        (editions.ROOT / "notebooks/00_meet_em.ipynb").read_text(encoding="utf-8"),
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(course folder, scores): what `make teach-demo` makes."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    return folder, teach_demo.grade(folder)


ODD = "Zoë O'Neil & Söhne, (group 3)"  # an honest student's name


@pytest.fixture(scope="module")
def report(graded):
    """What `make grade` says when five more have handed in what cannot be graded, and one has an odd name."""
    folder, _ = graded
    right = (folder / "submitted/correct" / ASSIGNMENT / FILE).read_text(encoding="utf-8")
    for student, (name, text) in UNUSABLE.items():
        editions.write(folder / "submitted" / student / ASSIGNMENT / name, right if text is None else text)
    editions.write(submitted(folder, ODD), right)
    editions.write(folder / "submitted" / "strays" / FILE, right)
    command = [sys.executable, editions.ROOT / "tools/grade.py", folder, ASSIGNMENT]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stderr
    assert teach_demo.gradebook(folder, ASSIGNMENT)[ODD]["e_step-check"].earned == 4
    forget(folder, ODD)
    return done.stdout


def forget(folder, student):
    """Leave the course as it was before a student was graded."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", editions.COURSE) as book:
        book.remove_student(student)
    for name in ("submitted", "autograded"):
        shutil.rmtree(folder / name / student)


def submitted(folder, student):
    return folder / "submitted" / student / ASSIGNMENT / FILE


def log(folder, student):
    return (folder / "logs" / ASSIGNMENT / f"{student}.log").read_text(encoding="utf-8")


# --- Points --------------------------------------------------------------------------------------


def test_the_students_get_what_they_earned(graded):
    _, scores = graded
    assert teach_demo.problems(scores) == []


def test_the_scores_are_those_of_the_gradebook(graded):
    folder, scores = graded
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", editions.COURSE) as book:
        (notebook,) = book.find_assignment(ASSIGNMENT).notebooks
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        total = {each.student.id: each.score for each in book.assignment_submissions(ASSIGNMENT)}
        automatic = sum(points[cell.name] for cell in notebook.grade_cells if cell.cell_type == "code")
    assert all(points == {name: score.points for name, score in cells.items()} for cells in scores.values())
    for student, earns in EARNS.items():
        wanted = {"none": total[student] == 0, "all": total[student] == automatic}
        assert wanted.get(earns, 0 < total[student] < automatic), student


def test_the_warnings_were_there(graded, capsys):
    """That student's functions do warn: without care, nbgrader would give nothing."""
    folder, _ = graded
    for task in solutions.tasks(read(folder / "autograded/warns" / ASSIGNMENT / FILE)):
        noise = demo_students.WARNS.format(name=task.name, function=task.function)
        assert task.stub.source.endswith(noise)
        names = {task.function: lambda: 1}
        exec(noise, names)
        with pytest.warns(UserWarning, match="another version"):
            assert names[task.function]() == 1
        assert capsys.readouterr().err


def test_the_table_says_what_is_in_the_gradebook(graded):
    _, scores = graded
    lines = teach_demo.table(scores).splitlines()
    assert [line.split()[0] for line in lines] == ["student", *scores, "(possible)"]
    for line, cells in zip(lines[1:-1], scores.values(), strict=True):
        assert line.split()[-1] == f"{sum(cell.earned or 0 for cell in cells.values()):g}"


# --- Mending -------------------------------------------------------------------------------------


def test_the_accidents_were_there_and_what_was_handed_in_stays(graded):
    folder, _ = graded
    assert "e_step: 2 cells had this name" in log(folder, "splits")
    assert "e_step-check: the cell was missing" in log(folder, "deletes")
    assert "e_step-check: 2 cells had this name" in log(folder, "copies")
    assert "Mended" not in log(folder, "correct")
    ids = [c.metadata.get("nbgrader", {}).get("grade_id") for c in read(submitted(folder, "splits")).cells]
    assert ids.count("e_step") == 2


def test_submissions_can_be_mended_where_they_lie(graded, tmp_path, capsys):
    folder, _ = graded
    for part in ("release", "submitted"):
        (tmp_path / part).mkdir()
    (tmp_path / "release" / ASSIGNMENT).symlink_to(folder / "release" / ASSIGNMENT)
    for student in ("splits", "correct"):
        text = submitted(folder, student).read_text(encoding="utf-8")
        editions.write(submitted(tmp_path, student), text)
    editions.write(submitted(tmp_path, "broken"), "{")
    before = submitted(tmp_path, "splits").read_bytes()

    assert mend_submissions.main([str(tmp_path), ASSIGNMENT, "--look"]) == 1
    assert submitted(tmp_path, "splits").read_bytes() == before
    assert "3 submissions, 1 to mend, 1 of no use." in capsys.readouterr().out

    assert mend_submissions.main([str(tmp_path), ASSIGNMENT]) == 1
    told = capsys.readouterr().out
    assert "splits: e_step: 2 cells had this name" in told
    assert "broken: CANNOT BE GRADED: The file is no notebook" in told
    assert (tmp_path / "handed_in/splits" / ASSIGNMENT / FILE).read_bytes() == before
    assert not (tmp_path / "handed_in/correct").exists()

    mend_submissions.main([str(tmp_path), ASSIGNMENT])
    assert "3 submissions, 0 mended, 1 of no use." in capsys.readouterr().out


# --- Who cannot be graded, and the others --------------------------------------------------------


def test_what_cannot_be_graded_is_said_in_a_sentence(report):
    assert "1 graded, 9 graded before, 6 not graded." in report
    assert "strays: NOT GRADED: There is no folder 02_e_step, but 02_e_step.ipynb." in report
    assert "none: NOT GRADED: The file is empty." in report
    assert "text: NOT GRADED: The file is no notebook" in report
    assert "null: NOT GRADED: Cell 1 is no cell" in report
    assert "renamed: NOT GRADED: 02_e_step.ipynb is missing; there is my solution.ipynb." in report
    assert "another: NOT GRADED: It has none of the cells of this assignment" in report


def test_the_reason_is_the_last_error_of_a_log_which_nbgrader_indents():
    told = "[App | ERROR] Traceback:\n      File: 3\n    KeyError: 1\n    sql.exc.OtherError: it is locked\n"
    assert one.reason(told) == "OtherError: it is locked"
    assert (
        one.reason(told + "    a.b.WrongNotebook: The file is empty.\n    MemoryError\n")
        == "The file is empty."
    )
    assert one.reason("    MemoryError\n") == "MemoryError"
    assert one.reason("[AutogradeApp | INFO] well: good\n") == "nbgrader stopped without a word."


def test_nothing_of_theirs_is_left_behind(graded, report):
    folder, _ = graded
    assert not [
        student for student in UNUSABLE if (folder / "autograded" / student / ASSIGNMENT / FILE).exists()
    ]


def test_an_assignment_that_is_not_released_is_said(tmp_path):
    command = [sys.executable, editions.ROOT / "tools/grade.py", tmp_path, ASSIGNMENT]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert f"There is no {CONFIG} in {tmp_path}" in done.stderr
    editions.write(tmp_path / CONFIG, editions.CONFIG)
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert "nbgrader generate_assignment 02_e_step" in done.stderr


def test_what_a_submission_puts_in_the_place_of_a_log_harms_nobody(tmp_path):
    log = tmp_path / "ada.log"
    assert grade.said(log) == ""
    log.write_bytes(b"x" * 2_000_000 + b"Mended: \xff")
    assert grade.said(log).endswith("Mended: \ufffd")
    assert len(grade.said(log)) == grade.MOST
    (tmp_path / "link.log").symlink_to(log)
    (tmp_path / "folder.log").mkdir()
    os.mkfifo(tmp_path / "pipe.log")
    for name in ("link.log", "folder.log", "pipe.log"):
        assert grade.said(tmp_path / name) == ""


def test_nbgraders_own_command_does_the_same_and_waits_for_others_who_write(graded):
    """Somebody else keeps the gradebook for longer than the five seconds that SQLite waits by itself."""
    folder, _ = graded
    shutil.copytree(folder / "submitted/splits", folder / "submitted/late")  # so there is something to write

    def hold():
        with sqlite3.connect(folder / "gradebook.db") as connection:
            connection.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(12)

    locked = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait()
    start = time.monotonic()
    told = teach_demo.nbgrader(folder, "autograde", ASSIGNMENT, "--student", "late", "--force")
    waited = time.monotonic() - start
    holder.join()
    scores = teach_demo.gradebook(folder, ASSIGNMENT)
    forget(folder, "late")
    assert waited > 8
    assert "Mended: e_step: 2 cells" in told
    assert scores["late"]["e_step-check"].earned == 4


def test_nbgraders_own_command_refuses_links_too(graded):
    folder, _ = graded
    submitted(folder, "links").parent.mkdir(parents=True)
    submitted(folder, "links").symlink_to(submitted(folder, "correct"))
    with pytest.raises(RuntimeError, match=r"02_e_step\.ipynb is a link"):
        teach_demo.nbgrader(folder, "autograde", ASSIGNMENT, "--student", "links", "--force")
    shutil.rmtree(folder / "submitted" / "links")
    assert not (folder / "autograded" / "links" / ASSIGNMENT / FILE).exists()


# --- What the checks found -----------------------------------------------------------------------


def test_mistakes_of_the_class_are_counted(graded):
    folder, _ = graded
    counts, _ = mistakes.count(folder, ASSIGNMENT, "autograded")
    assert counts == {
        "log_joint": {"passed": 7, "not attempted": 2},
        "e_step": {"passed": 6, "no_log_sum_exp": 1, "not attempted": 2},
    }


def test_a_lesson_stores_what_its_checks_found():
    for path in editions.LESSONS:
        names = {task.name for task in solutions.tasks(read(path))}
        assert mistakes.found(read(path)) == dict.fromkeys(names, "not attempted")


# --- The demonstration itself --------------------------------------------------------------------


def some_scores(**changes):
    """Scores as they should be, but for the points in the E-step of one student."""
    earned = {student: {"none": 0.0, "some": 2.0, "all": 4.0}[what] for student, what in EARNS.items()}
    return {
        student: {
            "e_step-check": teach_demo.Score(points, 4.0, False),
            "essay": teach_demo.Score(0.0 if student == "blank" else None, 2.0, student != "blank"),
        }
        for student, points in (earned | changes).items()
    }


@pytest.mark.parametrize(
    ("student", "wrong"),
    [("blank", 1.0), ("correct", 3.9), ("underflows", 4.0), ("warns", 0.0), ("shadows", 4.0)],
)
def test_wrong_scores_are_seen(student, wrong):
    assert teach_demo.problems(some_scores()) == []
    (problem,) = teach_demo.problems(some_scores(**{student: wrong}))
    assert problem.startswith(f"{student}: e_step-check: {wrong:g} of 4 points")


def test_missing_students_and_essays_are_seen():
    scores = some_scores()
    scores["correct"]["essay"] = teach_demo.Score(2.0, 2.0, False)
    del scores["warns"]
    assert len(teach_demo.problems(scores)) == 2
