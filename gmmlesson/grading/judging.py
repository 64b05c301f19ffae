"""Judge a submission's answers in the grader's own process, where no line of the student's has run."""

import ast
import json

from gmmlesson.exercises import named
from gmmlesson.exercises.borrowed import off_limits, same_code
from gmmlesson.exercises.checking import not_theirs, verdict
from gmmlesson.exercises.report import Report
from gmmlesson.exercises.running import quiet
from gmmlesson.grading.answers import UNREADABLE, unpacked


def judge_answers(call, told, sources):
    """What a kernel has told of a function is worth -> Report.

    call     the Check that is graded
    told     JSON from `sealed.asked`; None if the kernel has told nothing
    sources  the text of the student's cells: what was typed there is the student's own
    """
    exercise = named(call.name)
    try:
        told = json.loads(told)
        told["missing"] = bool(told.get("missing"))
    except (AttributeError, TypeError, ValueError):
        stopped = "The function ended Python, or did not come to an end; nothing more is known of it."
        return _plain(call, "failed", "What happened", stopped)
    if told["missing"]:
        missing = f"There is no {call.function}: the cell that defines it is missing, or stopped."
        return _plain(call, "not attempted", "", missing)
    if "type" in told:
        kind = f"{call.function} is no function, but of type {told['type']}."
        return _plain(call, "not attempted", "", kind)
    if told.get("own"):
        return not_theirs(exercise, f"It is, or calls, {exercise.whose}'s own `{told['own']}`", call.points)
    if told.get("copy") and not is_typed(exercise, sources):
        finding = f"It runs a copy of {exercise.whose}'s own `{told['copy']}`, which no cell contains"
        return not_theirs(exercise, finding, call.points)
    cases = len(exercise.cases)
    sent = told.get("outcomes")
    found = [unpacked(one) for one in sent][:cases] if isinstance(sent, list) else []
    try:
        with quiet():
            return verdict(exercise, found + [UNREADABLE] * (cases - len(found)), call.points)
    except Exception:  # what no function that `sealed.asked` tried can have returned
        return _plain(call, "failed", "What happened", UNREADABLE.text)


def _plain(call, status, label, sentence):
    return Report(call.name, status, ((label, sentence),), points=call.points)


def is_typed(exercise, sources):
    """Whether code that equals the package's is in the text of a cell."""
    own = off_limits(exercise)
    return any(same_code(code, one) for source in sources for code in _codes(source) for one in own)


def _codes(source):
    """All code objects in a cell, itself included."""
    try:
        open_ones = [compile(source, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)]
    except (SyntaxError, ValueError):  # IPython's own lines, or no Python
        return
    while open_ones:
        code = open_ones.pop()
        yield code
        open_ones += [part for part in code.co_consts if isinstance(part, type(code))]
