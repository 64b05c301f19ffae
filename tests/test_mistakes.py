"""Counting the mistakes of a class: from the metadata of outputs to a table and a page."""

import re
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import mistakes
from course_folder import CONFIG
from gmmlesson.exercises import EXERCISES
from gmmlesson.exercises.report import Report

KNOWN = EXERCISES["e_step"].mistakes[0]


def checked(*reports):
    """A notebook in which these reports were displayed."""
    return new_notebook(cells=[check_cell(report.exercise, report.metadata) for report in reports])


def check_cell(name, metadata):
    """The check of an exercise, with an output of this metadata."""
    marks = {"grade": True, "grade_id": f"{name}-check", "points": 4, "locked": True, "solution": False}
    outputs = [new_output("display_data", metadata=metadata)]
    source = f'check("{name}", my_{name}, points=4)'
    return new_code_cell(source, outputs=outputs, metadata={"nbgrader": marks | {"schema_version": 3}})


@pytest.fixture
def course(tmp_path):
    """Five students: two pass, one makes a known mistake, one another, one tries nothing."""
    found = {
        "ada": ("passed", None), "bob": ("passed", None), "cleo": ("failed", KNOWN.name),
        "dan": ("failed", None), "eve": ("not attempted", None),
    }  # fmt: skip
    (tmp_path / CONFIG).touch()
    for student, (status, mistake) in found.items():
        path = tmp_path / "autograded" / student / "02_e_step" / "02_e_step.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(checked(Report("e_step", status, (), mistake=mistake)), path)
    return tmp_path


def test_mistakes_are_counted(course):
    counts, unreadable = mistakes.count(course, "02_e_step", "autograded")
    assert counts == {"e_step": {"passed": 2, KNOWN.name: 1, mistakes.OTHER: 1, "not attempted": 1}}
    assert unreadable == []


def test_lessons_are_counted_apart_or_together(course):
    assert mistakes.count(course, "03_m_step", "autograded") == ({}, [])
    assert mistakes.count(course, "*", "autograded")[0]["e_step"].total() == 5


def test_exercises_stand_in_the_order_of_the_course(course):
    path = course / "autograded/ada/02_e_step/02_e_step.ipynb"
    reports = [Report(name, "passed", ()) for name in ("mine", "e_step", "log_joint")]
    nbformat.write(checked(*reports), path)
    assert list(mistakes.count(course, "*", "autograded")[0]) == ["log_joint", "e_step", "mine"]


def test_what_cannot_be_read_is_said_and_the_others_count(course):
    (course / "autograded/ada/02_e_step/02_e_step.ipynb").write_text("{", encoding="utf-8")
    counts, (sentence,) = mistakes.count(course, "*", "autograded")
    assert counts["e_step"].total() == 4
    assert sentence.startswith("autograded/ada")


def test_a_lone_check_without_metadata_counts_for_nothing():
    outputs = [new_output("stream", text="hello"), new_output("display_data", metadata={"gmmlesson": 3})]
    assert mistakes.found(new_notebook(cells=[new_code_cell("1", outputs=outputs)])) == {}


def test_the_table_and_the_page(course, capsys):
    assert mistakes.main([str(course), "02_e_step"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^ +2 +40%  passed$", told, re.MULTILINE)
    assert told.index("passed") < told.index(KNOWN.name) < told.index("not attempted")
    page = (course / "mistakes.html").read_text(encoding="utf-8")
    tree = ElementTree.fromstring(page.replace("<!doctype html>", "").replace('<meta charset="utf-8">', ""))
    (svg,) = tree.iter("svg")
    assert svg.get("role") == "img"
    assert f"passed: 2; {mistakes.OTHER}: 1; {KNOWN.name}: 1; not attempted: 1." in svg.get("aria-label")
    assert [bar.get("width") for bar in svg.iter("rect")] == ["160.0", "80.0", "80.0", "80.0"]
    assert KNOWN.sentence in ["".join(cell.itertext()) for cell in tree.iter("td")]


def test_nothing_to_count_is_said(tmp_path, capsys):
    (tmp_path / CONFIG).touch()
    assert mistakes.main([str(tmp_path)]) == 2
    assert "no graded checks" in capsys.readouterr().err


def test_only_checks_are_believed_and_only_about_themselves():
    """Any other cell may display what it likes."""
    passed = {"gmmlesson": {"exercise": "e_step", "status": "passed"}}
    own = new_code_cell("display(...)", outputs=[new_output("display_data", metadata=passed)])
    odd = [["e_step"], {}, 3, None, "log_joint"]
    lies = [check_cell("e_step", {"gmmlesson": {"exercise": name, "status": "passed"}}) for name in odd]
    assert mistakes.found(new_notebook(cells=[own, *lies])) == {}
    for mistake in (["a"], "\x1b[2J", "900  100%  passed", ""):
        told = {"gmmlesson": {"exercise": "e_step", "status": "failed", "mistake": mistake}}
        assert mistakes.found(new_notebook(cells=[check_cell("e_step", told)])) == {"e_step": mistakes.OTHER}


def test_every_mistake_has_a_sentence():
    common = {"low_precision", "swapped_values", "few_digits", "changes_its_arguments", "package_function"}
    assert common <= set(mistakes.SENTENCES)
    assert all(mistakes.sentence("e_step", name) for name in common | {KNOWN.name, mistakes.OTHER})
