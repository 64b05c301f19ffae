"""Attempts to get points without solving: what each earns, in the kernel that grades and in the table."""

import re

import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade

import refresh
from gmmlesson.exercises import named
from gmmlesson.exercises.checking import judge_by_cases
from gmmlesson.grading import preprocessors
from grading_attacks import ATTEMPTS, POINTS
from grading_helpers import cell_of, execute, released, write_released

PAGE = refresh.NOTEBOOKS.parent / "teaching" / "grading.md"


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=list(ATTEMPTS))
def test_what_an_attempt_earns(attempt, tmp_path, monkeypatch):
    write_released(tmp_path)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "handed_in"
    folder.mkdir()
    for name, text in attempt.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    notebook = released()
    cell_of(notebook, "e_step").source = attempt.stub
    if attempt.first:
        notebook.cells.insert(0, new_code_cell(attempt.first))
    if attempt.last:
        notebook.cells.append(new_code_cell(attempt.last))
    execute(notebook, folder)
    check = cell_of(notebook, "e_step-check")
    assert determine_grade(check) == (attempt.now, POINTS), check.outputs


def test_what_a_constant_earns_is_said():
    text = PAGE.read_text(encoding="utf-8")
    said = re.findall(r"`return ([\d.]+)`\s+has (\d+) % of the points of `(\w+)`", text)
    said += re.findall(r"`return ([\d.]+)` (\d+) % of those of `(\w+)`", text)
    assert len(said) == 2
    for constant, percent, name in said:
        report = judge_by_cases(named(name), lambda *_, value=float(constant): value)
        assert f"{100 * report.share:.0f}" == percent, name


def test_the_table_of_the_guide_is_that_of_the_attempts():
    rows = re.findall(r"^\| (.+) \| (\d+) \| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(one.what, f"{one.before:g}", f"{one.now:g}") for one in ATTEMPTS.values()]


@pytest.mark.parametrize(
    "endless",
    [
        "while True:\n        pass",
        "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    ],
)
def test_an_endless_function_is_cut_off_after_the_processors_time(tmp_path, monkeypatch, endless):
    shorter = "import gmmlesson.grading.sealed as sealed\nsealed.LIMIT = 1.0\ndel sealed\n"
    monkeypatch.setattr(preprocessors, "SEAL", shorter + preprocessors.SEAL)
    monkeypatch.chdir(tmp_path)
    write_released(tmp_path)
    (tmp_path / "submitted").mkdir()
    notebook = released()
    cell_of(notebook, "e_step").source = f"def my_e_step(X, mixture):\n    {endless}\n"
    execute(notebook, tmp_path / "submitted")
    assert "'mistake': 'too_slow'" in str(cell_of(notebook, "e_step-check").outputs)
