"""The sentence that each known mistake gets, under Pyodide, in node."""

import pytest

import pyodide_runs

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
