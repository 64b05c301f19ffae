"""All exercises by name: those of the course, and a teacher's own."""

import difflib
import importlib
from collections.abc import MutableMapping

from gmmlesson.exercises import own

BY_LESSON = {  # the names of each lesson's exercises, so that a lesson need not be imported to know them
    "lesson_01": ("gaussian_log_density", "sample_mixture"),
    "lesson_02": ("log_joint", "e_step"),
    "lesson_03": ("weighted_covariance", "m_step", "mended_step"),
    "lesson_04": ("log_likelihood", "em_loop"),
    "lesson_05": ("kmeans_start", "random_points", "best_of"),
    "lesson_06": ("lower_bound", "kl_gap", "lift_and_gap"),
    "lesson_07": ("held_out_choice", "count_parameters", "bic", "icl"),
    "lesson_08": ("look", "hardy_best_of"),
    "lesson_09": ("guarded_m_step", "steady_m_step"),
    "lesson_10": ("sklearn_start", "unscale"),
    "lesson_11": ("outlier_threshold", "conditional"),
    "lesson_12": ("map_m_step", "effective_components"),
    "lesson_13": ("lift", "natural_parameters"),
    "lesson_14": ("merge", "online_step"),
}


class _Exercises(MutableMapping):
    """{name: Exercise}; a lesson is imported when the first of its exercises is asked for."""

    def __init__(self):
        self._lessons = {name: lesson for lesson, names in BY_LESSON.items() for name in names}
        self._found = dict.fromkeys(self._lessons)

    def __getitem__(self, name):
        if self._found[name] is None:
            lesson = importlib.import_module(f"gmmlesson.exercises.{self._lessons[name]}")
            self._found |= {exercise.name: exercise for exercise in lesson.EXERCISES}
        return self._found[name]

    def __setitem__(self, name, exercise):
        self._found[name] = exercise

    def __delitem__(self, name):
        del self._found[name]

    def __contains__(self, name):
        return name in self._found

    def __iter__(self):
        return iter(self._found)

    def __len__(self):
        return len(self._found)


EXERCISES = _Exercises()  # the course's


def named(name):
    """The exercise of that name, the course's or a teacher's own -> Exercise.

    Raises ValueError, which says so, if there is none; and what is broken in the teacher's folder, if it is.
    """
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    others = own.bank(taken=EXERCISES)
    if isinstance(name, str) and name in others.exercises:
        return others.exercises[name]
    names = [*EXERCISES, *others.exercises]
    sentence = f"There is no exercise {name!r}"
    if near := difflib.get_close_matches(str(name), names, n=1):
        sentence += f"; did you mean {near[0]!r}?"
    elif others.problems:
        sentence += "."
    else:
        sentence += f"; there are: {', '.join(names)}."
    if own.folder() is None:
        sentence += f" A teacher's own are in the folder that {own.VARIABLE} names; it names none here."
    if others.problems:
        sentence += f" In {others.folder}, the folder that {own.VARIABLE} names: {others.problems[0]}"
    raise ValueError(sentence)
