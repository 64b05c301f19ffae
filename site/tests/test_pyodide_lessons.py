"""Every lesson from top to bottom under Pyodide, in node: what it prints is what is stored."""

import pytest

import pyodide_runs
from excused import excused
from notebooks import LESSONS


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_prints_what_is_stored(path):
    found = pyodide_runs.differences(path, pyodide_runs.lesson(path))
    assert found.keys() == excused(path.stem), "\n\n".join(f"cell {n}: {told}" for n, told in found.items())


MISTAKES = """
from gmmlesson.exercises import EXERCISES
from gmmlesson.exercises.checking import judge_by_cases

for exercise in list(EXERCISES.values())[{part}::3]:
    for mistake in exercise.mistakes:
        print(exercise.name, mistake.name, judge_by_cases(exercise, mistake.function).mistake)
"""


@pytest.mark.parametrize("part", range(3))
def test_every_mistake_is_told_its_own_sentence(part):
    lines = [line.split() for line in pyodide_runs.printed(MISTAKES.format(part=part)).splitlines()]
    assert len(lines) > 100
    assert [line for line in lines if line[1] != line[2]] == []
