"""Judge a learner's function: right, wrong and how, or not yet begun."""

import functools

import numpy as np

from gmmlesson.exercises import running
from gmmlesson.exercises.report import Report
from gmmlesson.exercises.running import Outcome, TooSlow, run, time_limit

DOUBLE = 1e-6, 1e-9  # tolerances: relative, and relative to the largest number of a part
SINGLE = 1e-3, 1e-5  # the same for float32


def judge(exercise, function, points=None):
    """Try `function` on every case of an exercise -> Report."""
    name = exercise.name
    if not callable(function):
        raise TypeError(
            f'check("{name}", ...) needs the function itself, without parentheses: my_{name}; '
            f"it was given a {type(function).__name__}."
        )
    found = _outcomes(exercise, function)
    if found[0].kind == "stub":
        start = f'Replace the `...` in my_{name} by your code, and run both cells. hint("{name}") helps.'
        return Report(name, "not attempted", (("", start),), points=points)
    expected = [_tried(exercise, exercise.reference, case) for case in exercise.cases]
    right = [_same(exercise, a, b) for a, b in zip(found, expected, strict=True)]
    if all(right):
        agrees = f"It agrees with the package on all {len(right)} cases, the nasty ones included."
        compare = f'solution("{name}") shows how the package does it.'
        lines = [("", agrees), *_remark(exercise, found[0]), ("", compare)]
        return Report(name, "passed", tuple(lines), 1.0, None, points)
    return _failed(exercise, found, right, points)


def _outcomes(exercise, function):
    """What the function does with each case; after an endless loop nothing more is tried."""
    found = []
    try:
        with time_limit(running.LIMIT):
            for case in exercise.cases:
                found.append(run(function, case, exercise.read, exercise.call))
                if found[-1].kind in ("slow", "stub"):
                    break
    except TooSlow:  # struck between two cases
        found.append(Outcome("slow"))
    return (found + [found[-1]] * len(exercise.cases))[: len(exercise.cases)]


def _failed(exercise, found, right, points):
    """The report on the first case that is not right."""
    first = right.index(False)
    case, outcome = exercise.cases[first], found[first]
    lines = [("Tried on", case.name + ".")]
    mistake = _recognized(exercise, found, right)
    if outcome.kind == "answer":
        expected = _tried(exercise, exercise.reference, case)
        broken = (rule(outcome.parts, *case.arguments) for rule in exercise.properties)
        lines += [("What cannot be", sentence) for sentence in list(filter(None, broken))[:1]]
        lines.append(("What differs", _difference(exercise, outcome, expected)))
    elif outcome.kind == "slow":
        late = f"It has not come to an end after {running.LIMIT:g} seconds: does its loop ever stop?"
        lines.append(("What happens", late))
    elif outcome.kind == "stub":
        lines.append(("What happens", "Here it is not implemented yet."))
    else:
        lines.append(("What happens", outcome.text))
    if mistake:
        lines.append(("It looks as if", mistake.sentence))
    elif outcome.text == running.NOTHING:
        lines.append(("What to do", "Is its `return` missing, here or in one of its branches?"))
    elif outcome.kind == "changed":
        lines.append(("What to do", "Work on a copy: whoever calls it still needs what was handed in."))
    if any(right):
        lines.append(("So far", f"{sum(right)} of {len(right)} cases agree."))
    lines.append(("Stuck?", f'hint("{exercise.name}")'))
    name = mistake.name if mistake else "changes_its_arguments" if outcome.kind == "changed" else None
    return Report(exercise.name, "failed", tuple(lines), sum(right) / len(right), name, points)


def _remark(exercise, outcome):
    """A line on a right answer in another form than the statement's, if it is."""
    asked = _tried(exercise, exercise.answer, exercise.cases[0]).form
    if outcome.form != asked:
        yield "A remark", f"it returns {outcome.form}; asked was {asked}. A program that uses it may stumble."


def _recognized(exercise, found, right):
    """The mistake that does the same up to the first wrong case, and on most cases after it; or None."""
    first, best, most = right.index(False), None, 0
    for mistake in exercise.mistakes:
        same = 0
        for i, case in enumerate(exercise.cases):
            if _same(exercise, found[i], _tried(exercise, mistake.function, case)):
                same += 1
            elif i <= first:
                break
        else:
            if same > most:
                best, most = mistake, same
    return best


def _same(exercise, outcome, other):
    if outcome.kind != other.kind:
        return False
    if outcome.kind == "answer":
        return not _difference(exercise, outcome, other)
    return outcome.text.split("\n")[0] == other.text.split("\n")[0]


@functools.cache
def _tried(exercise, function, case):
    """What the reference or a mistake does with a case -> Outcome."""
    return run(function, case, exercise.read, exercise.call)


def _difference(exercise, outcome, expected):
    """Where two answers differ most, in a sentence with the numbers; an empty one where they do not."""
    for part, b in expected.parts.items():
        a = np.asarray(outcome.parts[part])
        if a.shape != np.shape(b):
            return f"{part} has shape {a.shape}; the right one has shape {np.shape(b)}."
        relative, small = SINGLE if a.dtype in (np.float32, np.float16) else DOUBLE
        a, b = a.astype(float), np.asarray(b, dtype=float)
        finite = np.abs(b[np.isfinite(b)])
        absolute = small * finite.max(initial=0.0) + 1e-300
        relative, absolute = exercise.tolerance.get(part, (relative, absolute))
        wrong = ~np.isclose(a, b, rtol=relative, atol=absolute, equal_nan=True)
        if wrong.any():
            off = np.where(wrong, np.nan_to_num(np.abs(a - b), nan=np.inf), -1.0)
            place = np.unravel_index(np.argmax(off), b.shape)
            index = f"[{', '.join(map(str, place))}]" if place else ""
            noise = 1e-12 * finite.max(initial=0.0)
            yours, right = _told_apart(a[place], b[place], noise)
            return f"{part}{index} is {yours}; it should be {right}."
    return ""


def _told_apart(a, b, noise):
    """Two numbers as text, with as many digits as it takes to see that they differ: 6 to 17."""
    for digits in range(6, 18):
        texts = ["0" if abs(value) <= noise else f"{value:.{digits}g}" for value in (a, b)]
        if texts[0] != texts[1]:
            break
    return texts
