"""All exercises of the course by name."""

import difflib
import importlib

LESSONS = (
    "lesson_01", "lesson_02", "lesson_03", "lesson_04", "lesson_05", "lesson_06", "lesson_07", "lesson_08",
    "lesson_09", "lesson_10", "lesson_11", "lesson_12", "lesson_13", "lesson_14",
)  # fmt: skip


BY_LESSON = {lesson: importlib.import_module(f"gmmlesson.exercises.{lesson}").EXERCISES for lesson in LESSONS}
EXERCISES = {exercise.name: exercise for exercises in BY_LESSON.values() for exercise in exercises}


def named(name):
    """The exercise of that name -> Exercise; raises ValueError, in one sentence, if there is none."""
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    near = difflib.get_close_matches(str(name), EXERCISES, n=1)
    suggestion = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(EXERCISES)}."
    raise ValueError(f"There is no exercise {name!r}; {suggestion}")
