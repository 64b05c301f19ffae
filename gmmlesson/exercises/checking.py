"""Judge a learner's function: right, wrong and how, or not yet begun."""

import functools
import itertools

import numpy as np

from gmmlesson.exercises import running
from gmmlesson.exercises.borrowed import borrowed, calls_borrowed
from gmmlesson.exercises.report import Report
from gmmlesson.exercises.running import Outcome, message, quiet, run, understood
from gmmlesson.exercises.time_limit import PATIENCE, TooSlow, time_limit
from gmmlesson.exercises.withholding import pointer

DOUBLE = 1e-6, 1e-9  # tolerances: relative, and relative to the largest number of a part
SINGLE = 1e-3, 1e-5  # the same for float32
FEW = 1e-4, 1e-6  # the same for what is right in its first digits
DIGITS = {2: 3, 4: 7}  # bytes of a floating-point number -> the decimal digits it keeps
NEARLY_ALL = 0.8  # of the cases that tell a mistake from others, on which answers must agree with it
IN_FLOAT64 = "Leave the numbers in float64, NumPy's own: it keeps 16 digits."
IN_FLOAT32 = "its numbers are in float32, which keeps 7 digits. That is enough here; float64 keeps 16."
ON_A_COPY = "Work on a copy: whoever calls it still needs what was handed in."
WHOLE = " Yours are whole numbers: an array of integers cuts off what is put into it."
IN_ANOTHER_ORDER = (
    "what you return is right, each thing by itself, but not in the order that was asked for. Which one does "
    "the statement name first?"
)
ONLY_FEW_DIGITS = (
    "it is right in its first digits only. Numbers may have been rounded, computed in float32, moved by "
    "something small that was added or cut off to be safe, or lost in the difference of two large ones."
)


def judge(exercise, function, points=None):
    """Try `function` on every case of an exercise -> Report. What is the package's own earns nothing.

    Raises TypeError if `function` cannot be called, and nothing else whatever it does.
    """
    name = exercise.name
    if not callable(function):
        raise TypeError(
            f'check("{name}", ...) needs the function itself, without parentheses: my_{name}; '
            f"it was given a {type(function).__name__}."
        )
    try:
        if own := borrowed(exercise, function):
            return not_theirs(exercise, f"This is {exercise.whose}'s own `{own}`", points)
        report = judge_by_cases(exercise, function, points)
        if report.passed and (own := calls_borrowed(exercise, function)):
            return not_theirs(exercise, f"It leaves the work to {exercise.whose}'s own `{own}`", points)
        return report
    except Exception as error:  # a name that the package needs has been given another meaning, for instance
        lines = (
            ("What happened", f"The check itself stopped with {type(error).__name__}{message(error)}"),
            ("What to do", "Restart the kernel. Has a name of NumPy's, such as `np.sum`, been assigned to?"),
        )
        return Report(name, "not attempted", lines, points=points)


@quiet()
def judge_by_cases(exercise, function, points=None):
    """Try `function` on every case, no matter whose it is -> Report."""
    return verdict(exercise, outcomes(exercise, function, running.LIMIT), points)


def verdict(exercise, found, points=None):
    """What outcomes, one for each case of an exercise, are worth -> Report."""
    name = exercise.name
    if found[0].kind == "stub":
        start = f'Replace the `...` in my_{name} by your code, and run both cells. hint("{name}") helps.'
        return Report(name, "not attempted", (("", start),), points=points)
    expected = [_tried(exercise, exercise.reference, case) for case in exercise.cases]
    agrees, mistake = _compared(exercise, found, expected)
    right = [same and not _too_coarse(exercise, outcome) for same, outcome in zip(agrees, found, strict=True)]
    if all(right):
        agree = f"It agrees with {exercise.whose} on all {len(right)} cases, the nasty ones included."
        lines = [("", agree), *_remarks(exercise, found)]
        if compare := pointer(name, f"how {exercise.whose} does it"):
            lines.append(("", compare))
        return Report(name, "passed", tuple(lines), 1.0, None, points)
    return _failed(exercise, found, expected, agrees, mistake, right, points)


def not_theirs(exercise, finding, points):
    """The report on a function that is the package's own, or that calls it."""
    yourself = f"Write my_{exercise.name} yourself; other parts of the package may help you in it."
    lines = (
        ("", f"{finding}: it is right, but it is not your work, and earns nothing."),
        ("What to do", yourself),
        ("Stuck?", f'hint("{exercise.name}")'),
    )
    return Report(exercise.name, "not attempted", lines, mistake="package_function", points=points)


def outcomes(exercise, function, allowed):
    """What the function does with each case -> Outcomes; after an endless loop nothing more is tried.

    allowed  seconds of the processor's time for all cases together
    """
    found = []
    with time_limit(allowed) as limit:
        try:
            for case in exercise.cases:
                found.append(run(function, case, exercise.read, exercise.call))
                if limit.struck or found[-1].kind == "stub":
                    break
        except TooSlow:  # struck between two cases
            found.append(Outcome("slow"))
    if limit.struck:  # whatever it has made of that: an answer, an exception
        seconds = allowed * (PATIENCE if limit.waited else 1)
        waited = "most of them spent waiting, " if limit.waited else ""
        ask = "What does it wait for?" if limit.waited else "Does its loop ever stop?"
        late = f"It is too slow, or endless: after {seconds:g} seconds, {waited}it was stopped. {ask}"
        found[-1] = Outcome("slow", text=late)
    return (found + [found[-1]] * len(exercise.cases))[: len(exercise.cases)]


def _failed(exercise, found, expected, agrees, mistake, right, points):
    """The report on the first case that is not right."""
    first = right.index(False)
    case, outcome = exercise.cases[first], found[first]
    lines = [("Tried on", case.name + ".")]
    if outcome.kind == "answer":
        facts = _difference(exercise, outcome, expected[first]), _too_coarse(exercise, outcome)
        lines += [("What cannot be", sentence) for sentence in _broken(exercise, outcome, case)[:1]]
        lines += [("What differs", sentence) for sentence in facts if sentence]
    elif outcome.kind == "stub":
        lines.append(("What happens", "Here it is not implemented yet."))
    else:
        lines.append(("What happens", outcome.text))
    name, line = _diagnosis(exercise, found, expected, agrees, mistake, outcome)
    if line:
        lines.append(line)
    share = sum(right) / len(right)
    if exercise.given and _all_same(exercise, found, exercise.given):
        share = 0.0
        lines.append(("So far", "it does what the code that was handed out does. That earns no points."))
    elif share:
        lines.append(("So far", f"{sum(right)} of {len(right)} cases agree."))
    lines.append(("Stuck?", f'hint("{exercise.name}")'))
    return Report(exercise.name, "failed", tuple(lines), share, name, points)


def _broken(exercise, outcome, case):
    """The sentences of the properties that an answer does not have."""
    sentences = []
    for rule in exercise.properties:
        try:
            sentences.append(rule(outcome.parts, *case.arguments))
        except Exception:  # it asks something of an answer that has not even the right shape
            continue
    return list(filter(None, sentences))


def _diagnosis(exercise, found, expected, agrees, mistake, outcome):
    """(name of the mistake, label and sentence of the line that helps); None for what there is not."""
    if all(agrees):
        return "low_precision", ("What to do", IN_FLOAT64)
    if mistake:
        return mistake.name, ("It looks as if", mistake.sentence)
    if _in_another_order(exercise, found, expected):
        return "swapped_values", ("It looks as if", IN_ANOTHER_ORDER)
    if all(_same(exercise, a, b, FEW) for a, b in zip(found, expected, strict=True)):
        return "few_digits", ("It looks as if", ONLY_FEW_DIGITS)
    if outcome.kind == "changed":
        return "changes_its_arguments", ("What to do", ON_A_COPY)
    if outcome.text == running.NOTHING:
        return None, ("What to do", "Is its `return` missing, here or in one of its branches?")
    return None, None


def _compared(exercise, found, expected):
    """(which outcomes agree with those expected, the mistake that was made); None if it is no known one.

    In float32 so much may be off that a small mistake would pass. So what has all digits of a known mistake's
    answers, and not of the right ones, is that mistake; whatever else is in float32 may be off.
    """
    pairs = list(zip(found, expected, strict=True))
    if any(_bytes(part) in DIGITS for outcome in found for part in (outcome.parts or {}).values()):
        exact = [_same(exercise, a, b, exact=True) for a, b in pairs]
        if not all(exact) and (mistake := _recognized(exercise, found, expected, exact, exact=True)):
            return exact, mistake
    agrees = [_same(exercise, a, b) for a, b in pairs]
    return agrees, None if all(agrees) else _recognized(exercise, found, expected, agrees)


def _recognized(exercise, found, expected, agrees, exact=False):
    """The mistake that does the same on nearly all cases that could tell the two apart; or None.

    Those are the cases on which either is wrong: where both are right, anything would agree. It has to do the
    same up to the first wrong case in any event, since that is the one that is talked about.

    exact  whether it has to do the same on all of them, in all the digits that there are
    """
    first, best, most = agrees.index(False), None, (0, 0)
    for mistake in exercise.mistakes:
        same, telling = [], 0
        for i, case in enumerate(exercise.cases):
            its = _tried(exercise, mistake.function, case)
            same.append(_same(exercise, found[i], its, exact=exact))
            if i <= first and not same[i]:
                break
            telling += not (agrees[i] and _same(exercise, its, expected[i], exact=exact))
        else:
            agreed = telling - same.count(False)  # where they do not agree, at least one is wrong
            rank = agreed / telling, agreed
            if rank > most and rank[0] >= (1 if exact else NEARLY_ALL):
                best, most = mistake, rank
    return best


def _in_another_order(exercise, found, expected):
    """Whether what is returned, two to four things, is right on every case in some other order."""
    answers = [outcome.answer for outcome in found]
    if exercise.call or not all(isinstance(answer, (tuple, list)) for answer in answers):
        return False
    lengths = {len(answer) for answer in answers}
    if len(lengths) != 1 or not 2 <= max(lengths) <= 4:
        return False
    for order in itertools.permutations(range(max(lengths))):
        rearranged = (
            understood(tuple(answer[i] for i in order), case, exercise.read)
            for answer, case in zip(answers, exercise.cases, strict=True)
        )
        if all(_same(exercise, a, b) for a, b in zip(rearranged, expected, strict=True)):
            return True
    return False


def _remarks(exercise, found):
    """Lines on right answers in another form than the statement's, if they are."""
    asked = _tried(exercise, exercise.answer, exercise.cases[0]).form
    if found[0].form != asked:
        form = f"it returns {found[0].form}; asked was {asked}. A program that uses it may stumble."
        yield "A remark", form
    if any(_bytes(part) == 4 for outcome in found if outcome.parts for part in outcome.parts.values()):
        yield "A remark", IN_FLOAT32


def _too_coarse(exercise, outcome):
    """What is in a precision that is not enough, in a sentence; an empty one if nothing is."""
    for part, values in (outcome.parts or {}).items():
        if _bytes(values) == 2 or (_bytes(values) == 4 and not exercise.single):
            return f"{part} is in {values.dtype}, which keeps {DIGITS[_bytes(values)]} digits: too few."
    return ""


def _bytes(array):
    """How many bytes a floating-point number of the array has; None for other numbers."""
    return array.dtype.itemsize if array.dtype.kind == "f" else None


def _all_same(exercise, found, function):
    """Whether these outcomes are those of a function, on every case."""
    return all(
        _same(exercise, outcome, _tried(exercise, function, case))
        for outcome, case in zip(found, exercise.cases, strict=True)
    )


def _same(exercise, outcome, other, precision=DOUBLE, exact=False):
    """Whether two outcomes are the same; `exact`: float32 in all the digits that it keeps."""
    if outcome.kind != other.kind:
        return False
    if outcome.kind == "answer":
        return not _difference(exercise, outcome, other, precision, exact)
    return outcome.text.split("\n")[0] == other.text.split("\n")[0]


@functools.cache
def _tried(exercise, function, case):
    """What the reference or a mistake does with a case -> Outcome."""
    return run(function, case, exercise.read, exercise.call)


def _difference(exercise, outcome, expected, precision=DOUBLE, exact=False):
    """Where two answers differ most, in a sentence with the numbers; an empty one where they do not."""
    for part, b in expected.parts.items():
        if part not in outcome.parts:
            return f"{part} is missing."
        a = outcome.parts[part]
        if a.shape != b.shape:
            fits = a.size == b.size and np.allclose(a.reshape(b.shape), b, *DOUBLE, equal_nan=True)
            alike = " The numbers themselves are right." if fits else ""
            return f"{part} has shape {a.shape}; the right one has shape {b.shape}.{alike}"
        if exact and _bytes(a) in DIGITS and b.dtype.kind == "f":
            b = b.astype(a.dtype)  # what overflows or vanishes there does so in both
        kind, (relative, absolute) = a.dtype.kind, _tolerances(exercise, part, a, b, precision, exact)
        a, b = a.astype(float), b.astype(float)
        wrong = ~np.isclose(a, b, rtol=relative, atol=absolute, equal_nan=True)
        if wrong.any():
            off = np.where(wrong, np.nan_to_num(np.abs(a - b), nan=np.inf), -1.0)
            place = np.unravel_index(np.argmax(off), b.shape)
            index = f"[{', '.join(map(str, place))}]" if place else ""
            yours, right = _told_apart(a[place], b[place], min(1e-12 * _largest(b), absolute))
            whole = kind in "iub" and (b != np.round(b)).any()
            return f"{part}{index} is {yours}; it should be {right}.{WHOLE if whole else ''}"
    return ""


def _tolerances(exercise, part, a, b, precision, exact):
    """(relative, absolute) differences of a from b that are still right; in float32 they may be larger."""
    single = _bytes(a) in DIGITS
    if single and exact:
        relative, absolute = exercise.tolerance.get(part, (0, DOUBLE[1] * _largest(b)))
        return max(relative, DOUBLE[0]), max(absolute, float(np.finfo(a.dtype).smallest_subnormal))
    relative, small = max(precision, SINGLE) if single else precision
    default = relative, small * _largest(b) + 1e-300
    if part not in exercise.tolerance:
        return default
    if single or precision != DOUBLE:
        return tuple(map(max, default, exercise.tolerance[part]))
    return exercise.tolerance[part]


def _largest(values):
    """The largest finite absolute value, 0 if there is none."""
    finite = np.abs(values[np.isfinite(values)])
    return finite.max(initial=0.0)


def _told_apart(a, b, noise):
    """Two numbers as text, with as many digits as it takes to see that they differ: 6 to 17."""
    for digits in range(6, 18):
        texts = ["0" if abs(value) <= noise else f"{value:.{digits}g}" for value in (a, b)]
        if texts[0] != texts[1]:
            break
    return texts
