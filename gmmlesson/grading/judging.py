"""Judge a submission's answers in the grader's own process, where no line of the student's has run."""

import ast
import dataclasses
import json

from gmmlesson.exercises import named
from gmmlesson.exercises.borrowed import off_limits, same_code
from gmmlesson.exercises.checking import not_theirs, verdict
from gmmlesson.exercises.report import Report
from gmmlesson.exercises.running import quiet
from gmmlesson.grading.answers import UNREADABLE, unpacked
from gmmlesson.grading.assignment import NOT_PYTHON

REFUSED = "PermissionError: while a submission is graded, "  # how `sealed` begins what it refuses
TIMED_OUT = {"CellTimeoutError", "KeyboardInterrupt"}  # errors of a cell that was interrupted


def judge_answers(call, told, sources, stub=None):
    """What a kernel has told of a function is worth -> Report.

    call     the Check that is graded
    told     JSON from `sealed.asked`; None if the kernel has told nothing
    sources  the text of the student's cells: what was typed there is the student's own
    stub     the cell in which the function was to be written, if the student has written there
    """
    exercise = named(call.name)
    try:
        told = json.loads(told)
        told["missing"] = bool(told.get("missing"))
    except (AttributeError, RecursionError, TypeError, ValueError):
        stopped = "The function ended Python, or did not come to an end; nothing more is known of it."
        return _plain(call, "failed", "What happened", stopped)
    if told["missing"]:
        return _missing(call, stub)
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
            report = verdict(exercise, found + [UNREADABLE] * (cases - len(found)), call.points)
    except Exception:  # what no function that `sealed.asked` tried can have returned
        return _plain(call, "failed", "What happened", UNREADABLE.text)
    if report.status == "failed" and report.mistake is None:
        if any(one.kind == "slow" for one in found):
            return dataclasses.replace(report, mistake="too_slow")
        if any(REFUSED in one.text for one in found):
            return dataclasses.replace(report, mistake="refused")
    return report


def _missing(call, stub):
    """The report where no cell has defined the function."""
    if stub is None:
        missing = f"There is no {call.function}: the cell that defines it is missing, or stopped."
        return _plain(call, "not attempted", "", missing)
    errors = [output for output in stub.get("outputs", []) if output.output_type == "error"]
    if not errors:
        renamed = f"There is no {call.function}; the cell in which it belongs defines none of that name."
        return _plain(call, "failed", "What happened", renamed, "no_function")
    ours = [error.evalue for error in errors if error.ename == "Stopped"]  # written by ExecuteSealed
    if not ours and any(error.ename in TIMED_OUT for error in errors):
        late = (
            f"The cell that defines {call.function} took more time than a cell may take, and was interrupted."
        )
        return _plain(call, "failed", "What happened", late, "too_slow")
    why = ours[0] if ours else f"{errors[-1].ename}."
    stopped = f"The cell that defines {call.function} stops with an error: {why}"
    return _plain(call, "failed", "What happened", stopped, "stopped")


def _plain(call, status, label, sentence, mistake=None):
    return Report(call.name, status, ((label, sentence),), mistake=mistake, points=call.points)


def is_typed(exercise, sources):
    """Whether code that equals the package's is in the text of a cell."""
    own = off_limits(exercise)
    return any(same_code(code, one) for source in sources for code in _codes(source) for one in own)


def _codes(source):
    """All code objects in a cell, itself included."""
    try:
        open_ones = [compile(source, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)]
    except NOT_PYTHON:  # IPython's own lines, or none
        return
    while open_ones:
        code = open_ones.pop()
        yield code
        open_ones += [part for part in code.co_consts if isinstance(part, type(code))]
