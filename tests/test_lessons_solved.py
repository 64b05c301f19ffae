"""Each lesson as a learner leaves it: with every exercise solved, and with the commonest mistake in each.

In `mistakes` of an exercise the first is the one that learners make most often. Cells that have to do with
exercises are run, and those that they depend on; whole lessons are run by test_notebooks and test_lab.
"""

import re
from collections import Counter

import nbclient
import pytest

import solutions
from gmmlesson.exercises import EXERCISES
from gmmlesson.grading.slices import needed, readers
from lesson_rules import EXERCISE
from notebooks import LESSONS, code_cells, output_text, read, tags

WITH_EXERCISES = [lesson for lesson in LESSONS if any(EXERCISE in tags(cell) for cell in read(lesson).cells)]
each_lesson = pytest.mark.parametrize("lesson", WITH_EXERCISES, ids=lambda path: path.stem)


def stubs(notebook):
    """(exercise, stub cell) of a lesson."""
    for cell in code_cells(notebook):
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution") and not marks.get("grade") and marks["grade_id"] in EXERCISES:
            yield EXERCISES[marks["grade_id"]], cell


def checks(notebook):
    """exercise -> the outputs' text of its check."""
    found = {}
    for cell in code_cells(notebook):
        if match := re.match(r'check\("(\w+)"', cell.source):
            found[match[1]] = "\n".join(output_text(output) for output in cell.outputs)
    return found


def execute(notebook, lesson):
    """Run the stubs as they now are, their checks, all cells that use the answers, and what these need."""
    wanted = [cell for exercise, cell in stubs(notebook)]
    wanted += [cell for cell in code_cells(notebook) if re.match(r'check\("', cell.source)]
    for exercise, _ in stubs(notebook):
        wanted += readers(notebook, f"my_{exercise.name}")
    notebook.cells = needed(notebook, wanted)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(lesson.parent)}}
    )
    client.execute()  # stops at the first cell that raises


@each_lesson
def test_solved_it_passes_every_check(lesson):
    notebook = read(lesson)
    names = []
    for exercise, cell in stubs(notebook):
        assert cell.source.splitlines()[0] == exercise.answer_text.splitlines()[0], "another signature"
        cell.source = exercise.answer_text
        names.append(exercise.name)
    execute(notebook, lesson)
    found = checks(notebook)
    assert names and set(found) == set(names)
    for name, text in found.items():
        assert text.startswith(f"✔ {name}: passed"), text


@each_lesson
def test_with_the_commonest_mistakes_it_says_so_and_runs_on(lesson):
    notebook = read(lesson)
    sentences = {}
    for exercise, cell in stubs(notebook):
        mistake = exercise.mistakes[0]
        cell.source = (
            f"from gmmlesson.exercises import named\n"
            f"my_{exercise.name} = named({exercise.name!r}).mistakes[0].function"
        )
        sentences[exercise.name] = mistake.sentence
    execute(notebook, lesson)
    found = checks(notebook)
    for name, sentence in sentences.items():
        assert found[name].startswith(f"✘ {name}: failed") and sentence in found[name], found[name]


@each_lesson
def test_as_committed_nothing_is_attempted(lesson):
    notebook = read(lesson)
    for name, text in checks(notebook).items():
        assert text.startswith(f"○ {name}: not attempted") and text.endswith("\n0"), text


def test_every_exercise_is_in_a_lesson():
    there = Counter(task.name for lesson in LESSONS for task in solutions.tasks(read(lesson)))
    missing, unknown = {*EXERCISES} - {*there}, {*there} - {*EXERCISES}
    assert not missing, f"Exercises in gmmlesson/exercises/ without their cells in a notebook: {missing}."
    assert not unknown, (
        f"Cells of exercises in a notebook that gmmlesson/exercises/ does not have: {unknown}."
    )
    assert {*there.values()} == {1}, f"An exercise stands in two lessons: {there.most_common(1)}."
