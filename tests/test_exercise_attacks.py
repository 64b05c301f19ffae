"""Answers that outsiders sent, or might: no wrong one passes, no right one is refused, whatever its form.

Each tests/exercise_attacks/lesson_NN.py has two dicts, exercise -> functions: WRONG and RIGHT.
"""

import importlib
from pathlib import Path

import pytest

from gmmlesson.exercises import EXERCISES
from gmmlesson.exercises.checking import judge

MODULES = [
    importlib.import_module(f"exercise_attacks.{path.stem}")
    for path in sorted((Path(__file__).parent / "exercise_attacks").glob("lesson_*.py"))
]


def each(which):
    """Parametrize by (name of the exercise, function) for all functions of WRONG or of RIGHT."""
    return pytest.mark.parametrize(
        ("name", "function"),
        [
            pytest.param(
                name, function, id=f"{name}-{getattr(function, '__name__', type(function).__name__)}"
            )
            for module in MODULES
            for name, functions in getattr(module, which).items()
            for function in functions
        ],
    )


@each("WRONG")
def test_no_wrong_answer_passes(name, function):
    report = judge(EXERCISES[name], function, points=1000)
    assert not report.passed and report.earned < 1000, report.text


@each("RIGHT")
def test_every_right_answer_passes(name, function):
    report = judge(EXERCISES[name], function, points=1000)
    assert report.passed and report.earned == 1000, report.text


def test_the_names_are_those_of_exercises_and_the_wrong_answers_are_counted(summary):
    for module in MODULES:
        assert set(module.WRONG) | set(module.RIGHT) <= set(EXERCISES), module.__name__
        summary.extend(f"{name}: {len(wrong)} wrong answers tried" for name, wrong in module.WRONG.items())
