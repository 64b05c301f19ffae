"""Exercises that answer back: `check` says what is wrong, `hint` helps on, `solution` shows the source."""

from gmmlesson.exercises.passed import note
from gmmlesson.exercises.registry import EXERCISES, named
from gmmlesson.exercises.report import Report, show
from gmmlesson.exercises.withholding import later, pointer, withheld
from gmmlesson.validation import as_nonnegative

__all__ = ["EXERCISES", "Report", "check", "hint", "named", "solution"]

_hints_given = {}  # exercise -> how many


def check(name, function, points=None):
    """Try a learner's function on the cases of an exercise, show what came out, and return it -> Report.

    name      of the exercise, such as "e_step"
    function  the learner's; it has the signature of the package's own function
    points    what the exercise is worth; the Report's repr is then the number of points earned, for nbgrader

    Whatever the function does, the check ends and says what it was; nothing is written to stderr. If it is
    the package's own, or calls that, it earns nothing. In a course folder, progress.json notes what passed.

    Raises ValueError if there is no such exercise or `points` is no number, and TypeError if `function`
    cannot be called.
    """
    from gmmlesson.exercises.checking import judge

    points = None if points is None else as_nonnegative(points, "points")
    report = judge(named(name), function, points)
    show(report.text, report.html, metadata=report.metadata)
    if report.passed and (remark := note(name)):
        print(remark)
    return report


def hint(name):
    """Show the next hint for an exercise; each of the three says more than the one before."""
    exercise = named(name)
    given = _hints_given[name] = min(_hints_given.get(name, 0) + 1, len(exercise.hints))
    text = f"Hint {given} of {len(exercise.hints)} for {name}: {exercise.hints[given - 1]}"
    if given == len(exercise.hints) and (more := pointer(name, f"how {exercise.whose} does it")):
        text += f"\n{more}"
    show(text)


def solution(name):
    """Show an exercise solved in a few lines, and the package's own source for the same.

    Where the environment variable GMMLESSON_SOLUTIONS is "withhold", a sentence says that the teacher gives
    it out later. That hides nothing from who opens the package's files.
    """
    exercise = named(name)
    if withheld():
        show(later(name))
        return
    lines = [exercise.answer_text]
    if exercise.source_text != exercise.answer_text:
        lines += ["", "", f"# {exercise.whose.capitalize()}'s own:", "", exercise.source_text]
    show("\n".join(lines), language="python")
