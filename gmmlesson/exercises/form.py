"""Whether an exercise that somebody else has written has the form of one."""

import inspect
import re
from collections.abc import Mapping

from gmmlesson.exercises.exercise import Case, Mistake, source_of

NAME = re.compile(r"[a-z][a-z0-9_]*")
FUNCTION = "must be a function, without parentheses"


def complaints(exercise):
    """Sentences on what has not the form that `Exercise` describes."""
    if not _is_name(exercise.name):
        yield f"its name must be one of small letters, digits and underscores; it is {_shown(exercise.name)}."
        return
    for field in ("reference", "read"):
        if not callable(getattr(exercise, field)):
            yield f"`{field}` {FUNCTION}; it is {_shown(getattr(exercise, field))}."
    for field in ("call", "given"):
        value = getattr(exercise, field)
        if value is not None and not callable(value):
            yield f"`{field}` {FUNCTION}, or None; it is {_shown(value)}."
    yield from _of_answer(exercise)
    yield from _of_tuple("cases", exercise.cases, Case, _of_case)
    yield from _of_tuple("mistakes", exercise.mistakes, Mistake, _of_mistake)
    yield from _twice("cases", exercise.cases)
    yield from _twice("mistakes", exercise.mistakes)
    for field in ("properties", "off_limits"):
        value = getattr(exercise, field)
        if not isinstance(value, (tuple, list)) or not all(map(callable, value)):
            yield f"`{field}` must be a tuple of functions; it is {_shown(value)}."
    hints = exercise.hints
    if not isinstance(hints, (tuple, list)) or len(hints) != 3 or not all(map(_is_text, hints)):
        yield f"`hints` must be a tuple of three texts; it is {_shown(hints)}."
    if not _is_tolerance(exercise.tolerance):
        yield f"`tolerance` must be {{part: (relative, absolute)}}; it is {_shown(exercise.tolerance)}."
    if not isinstance(exercise.single, bool):
        yield f"`single` must be True or False; it is {_shown(exercise.single)}."


def _of_answer(exercise):
    wanted = f"`answer` must be a function my_{exercise.name}, written with `def` at the left margin"
    if not inspect.isfunction(exercise.answer):
        yield f"{wanted}; it is {_shown(exercise.answer)}."
    elif exercise.answer.__qualname__ != f"my_{exercise.name}":
        yield f"{wanted}; it is {exercise.answer.__qualname__}."
    elif not _has_source(exercise.answer):
        yield f"{wanted}; the source of this one cannot be read."
    shown = exercise.reference if exercise.source is None else exercise.source
    if callable(exercise.reference) and not _has_source(shown):
        yield (
            "the source of its `reference` cannot be read, and `solution` is to show it; "
            "say source=my_... for the answer's."
        )


def _of_tuple(field, value, kind, of_one):
    """Sentences on a field that must be a tuple of such things."""
    if not isinstance(value, (tuple, list)):
        comma = " (a comma after the only one makes a tuple)" if isinstance(value, kind) else ""
        yield f"`{field}` must be a tuple of {kind.__name__}; it is {_shown(value)}{comma}."
        return
    if not value:
        yield f"`{field}` must not be empty."
    for place, one in enumerate(value):
        if isinstance(one, kind):
            yield from (f"{field}[{place}]: {sentence}" for sentence in of_one(one))
        else:
            yield f"{field}[{place}] must be a {kind.__name__}; it is {_shown(one)}."


def _of_case(case):
    if not _is_text(case.name):
        yield f"its name must be a text; it is {_shown(case.name)}."
    if not isinstance(case.arguments, tuple) or not case.arguments:
        yield f"its arguments must be a tuple, such as (X,); they are {_shown(case.arguments)}."


def _of_mistake(mistake):
    if not _is_name(mistake.name):
        yield f"its name must be one of small letters, digits and underscores; it is {_shown(mistake.name)}."
    if not callable(mistake.function):
        yield f"its function {FUNCTION}; it is {_shown(mistake.function)}."
    if not _is_text(mistake.sentence):
        yield f"its sentence must be a text; it is {_shown(mistake.sentence)}."


def _twice(field, value):
    """A sentence on names that are there twice; on what has no names others have spoken."""
    names = [getattr(one, "name", None) for one in value] if isinstance(value, (tuple, list)) else []
    texts = [name for name in names if isinstance(name, str)]
    for name in sorted({name for name in texts if texts.count(name) > 1}):
        yield f"`{field}` has the name {name!r} twice."


def _has_source(thing):
    try:
        return bool(source_of(thing))
    except (OSError, TypeError, SyntaxError):
        return False


def _is_name(value):
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def _is_text(value):
    return isinstance(value, str) and bool(value.strip())


def _is_tolerance(value):
    return isinstance(value, Mapping) and all(
        isinstance(part, str)
        and isinstance(pair, (tuple, list))
        and len(pair) == 2
        and all(isinstance(number, (int, float)) and number >= 0 for number in pair)
        for part, pair in value.items()
    )


def _shown(value):
    """What a value is, in a few words."""
    text = repr(value) if isinstance(value, (str, int, float, type(None))) else ""
    return text if text and len(text) <= 60 else f"a {type(value).__name__}"
