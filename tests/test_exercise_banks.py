"""Every exercise: right functions pass, each mistake is told its own sentence, no changed solution passes."""

import importlib
import re
import time
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from gmmlesson import Mixture
from gmmlesson.exercises import EXERCISES, running
from gmmlesson.exercises.checking import judge, judge_by_cases
from gmmlesson.exercises.mutants import mutants
from gmmlesson.exercises.registry import BY_LESSON
from gmmlesson.exercises.trying import typed
from gmmlesson.initialization import random_points
from notebooks import ROOT

VARIANTS, EQUIVALENT = {}, {}
for path in sorted((ROOT / "tests" / "exercise_variants").glob("lesson_*.py")):
    module = importlib.import_module(f"exercise_variants.{path.stem}")
    VARIANTS |= module.VARIANTS
    EQUIVALENT |= getattr(module, "EQUIVALENT", {})  # exercise -> {mutant: why it is as right as the answer}

each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda exercise: exercise.name)
each_variant = pytest.mark.parametrize(
    ("name", "function"),
    [
        pytest.param(name, function, id=f"{name}-{function.__name__}")
        for name, functions in VARIANTS.items()
        for function in functions
    ],
)
each_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [
        pytest.param(exercise, mistake, id=f"{exercise.name}-{mistake.name}")
        for exercise in EXERCISES.values()
        for mistake in exercise.mistakes
    ],
)


def test_the_registry_knows_the_exercises_of_each_lesson():
    for lesson, names in BY_LESSON.items():
        module = importlib.import_module(f"gmmlesson.exercises.{lesson}")
        found = tuple(exercise.name for exercise in module.EXERCISES)
        assert names == found, f"{lesson}: write these names into BY_LESSON, in registry.py"


@each_exercise
def test_the_reference_and_the_answer_pass(exercise):
    for function in (exercise.reference, exercise.answer):
        report = judge_by_cases(exercise, function, points=3)
        assert report.passed and report.earned == 3, report.text


@each_exercise
def test_the_answer_passes_if_it_was_typed_and_the_packages_own_earns_nothing(exercise):
    report = judge(exercise, typed(exercise), points=3)
    assert report.passed and report.earned == 3, report.text
    handed_on = eval("lambda *arguments: own(*arguments)", {"own": exercise.reference})
    for function in (exercise.reference, exercise.answer, handed_on):
        report = judge(exercise, function, points=3)
        assert (report.passed, repr(report), report.mistake) == (False, "0", "package_function"), report.text


@each_exercise
def test_what_was_handed_out_to_be_mended_earns_nothing(exercise):
    if exercise.given:
        report = judge(exercise, exercise.given, points=3)
        assert (report.status, repr(report)) == ("failed", "0"), report.text
        assert "handed out" in report.text


@each_variant
def test_every_right_function_passes(name, function):
    report = judge(EXERCISES[name], function)
    assert report.passed, report.text


@each_exercise
def test_there_are_independent_right_functions(exercise):
    found = VARIANTS.get(exercise.name, [])
    (lesson,) = (lesson for lesson, exercises in BY_LESSON.items() if exercise.name in exercises)
    assert len({function.__code__.co_code for function in found}) == len(found) >= 2, (
        f"The exercise {exercise.name!r} has {len(found)} independent right solutions; two that differ are "
        f'needed: write them into tests/exercise_variants/{lesson}.py, VARIANTS["{exercise.name}"].'
    )


def test_every_file_of_exercises_is_registered():
    files = {path.stem for path in (ROOT / "gmmlesson" / "exercises").glob("lesson_*.py")}
    assert files == {*BY_LESSON}, (
        "Not in BY_LESSON of gmmlesson/exercises/registry.py, or there without a file: "
        f"{files ^ {*BY_LESSON}}."
    )


def test_solutions_in_tests_are_those_of_exercises():
    unknown = {*VARIANTS, *EQUIVALENT} - {*EXERCISES}
    assert not unknown, (
        f"tests/exercise_variants/ solves what is no exercise in gmmlesson/exercises/: {unknown}."
    )


@each_mistake
def test_every_mistake_is_told_its_own_sentence(exercise, mistake):
    report = judge(exercise, mistake.function)
    assert report.status == "failed", f"{mistake.name} passes"
    assert report.mistake == mistake.name, report.text
    assert mistake.sentence in report.text


def test_a_start_that_comes_up_twice_by_chance_does_not_pass_for_repeatable():
    calls = Counter()

    def my_random_points(X, k, rng):
        calls[X.tobytes()] += 1
        return random_points(X, k, np.random.default_rng(max(2, calls[X.tobytes()])))

    report = judge(EXERCISES["random_points"], my_random_points)
    assert report.status == "failed"
    assert "called twice with equal generators" in report.text


def test_no_two_sentences_are_the_same_and_there_are_60():
    sentences = [mistake.sentence for exercise in EXERCISES.values() for mistake in exercise.mistakes]
    assert len(set(sentences)) == len(sentences) >= 60
    for exercise in EXERCISES.values():
        names = [mistake.name for mistake in exercise.mistakes]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


@each_exercise
def test_three_hints_each_longer_thought_than_nothing(exercise):
    assert len(exercise.hints) == len(set(exercise.hints)) == 3
    assert all(len(hint.split()) >= 4 for hint in exercise.hints)
    assert exercise.source_text and exercise.answer_text.startswith(f"def my_{exercise.name}(")


@each_exercise
def test_a_check_takes_less_than_half_a_second(exercise):
    """Of the processor: the machine may be busy with something else."""
    for function in (typed(exercise), exercise.mistakes[0].function):
        judge(exercise, function)
        times = []
        for _ in range(3):
            start = time.thread_time()
            judge(exercise, function)
            times.append(time.thread_time() - start)
        assert min(times) < 0.5


@each_exercise
def test_no_changed_answer_passes(exercise, monkeypatch, summary):
    monkeypatch.setattr(running, "LIMIT", 0.5)
    tried, survivors = 0, []
    for description, function in mutants(exercise.answer):
        tried += 1
        if judge(exercise, function).passed:
            survivors.append(description)
    known = EQUIVALENT.get(exercise.name, {})
    summary.append(f"{exercise.name}: {tried} changed answers, {len(survivors)} as right as the answer")
    assert sorted(survivors) == sorted(known), "survivors, and those known to be equivalent, differ"


def test_the_changed_answers_are_at_least_200():
    assert sum(1 for exercise in EXERCISES.values() for _ in mutants(exercise.answer)) >= 200


IN_FLOAT32 = {  # what is small enough to be forgiven there, if it were not recognized
    "e_step": ("shares_never_below_1e_06", "shares_never_below_1e_10"),
    "weighted_covariance": ("something_added_to_the_count", "responsibilities_clipped"),
    "m_step": ("something_added_to_the_counts",),
    "log_likelihood": ("best_component_where_it_underflows",),
}


def in_float32(function):
    """The same function, with its arrays and numbers rounded to float32."""

    def rounded(answer):
        if isinstance(answer, (tuple, list)):
            return type(answer)(map(rounded, answer))
        if isinstance(answer, (Mixture, SimpleNamespace)):
            parts = ("weights", "means", "covariances")
            return SimpleNamespace(**{part: rounded(getattr(answer, part)) for part in parts})
        return np.asarray(answer).astype(np.float32)[()]

    return lambda *arguments: rounded(function(*arguments))


@pytest.mark.parametrize("name", IN_FLOAT32)
def test_a_small_mistake_is_none_the_smaller_in_float32(name):
    exercise = EXERCISES[name]
    for mistake in exercise.mistakes:
        if mistake.name in IN_FLOAT32[name]:
            report, there = (judge_by_cases(exercise, f(mistake.function)) for f in (in_float32, lambda f: f))
            assert (report.status, report.mistake) == ("failed", mistake.name)
            assert not exercise.single or report.share == there.share


@pytest.mark.parametrize("name", [name for name in IN_FLOAT32 if EXERCISES[name].single])
def test_what_is_right_is_right_in_float32(name):
    """Some of these functions compute in it."""
    for function in VARIANTS[name]:
        assert judge_by_cases(EXERCISES[name], in_float32(function)).passed, function.__name__
