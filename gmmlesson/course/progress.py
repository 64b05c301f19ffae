"""What has passed and what is next, as a small table."""

import html
import os
from dataclasses import dataclass
from pathlib import Path

from gmmlesson.course.lessons import read
from gmmlesson.exercises.passed import FILE, NOTED, SWITCH, switched_off
from gmmlesson.exercises.passed import read as read_passed
from gmmlesson.exercises.registry import BY_LESSON
from gmmlesson.exercises.report import LOOKS
from gmmlesson.folder import FolderError, cannot, enclosing
from gmmlesson.validation import as_path

SIGNS = {True: LOOKS["passed"], False: LOOKS["not attempted"]}
LEFT = "text-align: left"
MEANING = f"{SIGNS[True][0]} passed, {SIGNS[False][0]} not yet"


@dataclass(frozen=True, eq=False, repr=False)
class Progress:
    """What has passed in a course folder; shows itself as a table.

    lessons  {lesson: {exercise: when it passed, a str, or None}}; a lesson is the name of its file
    remark   on a progress file that could not be understood, or ""
    """

    folder: Path
    lessons: dict
    remark: str = ""

    @property
    def next(self):
        """The first exercise that has not passed -> (lesson, exercise), or None."""
        todo = ((lesson, name) for lesson, rows in self.lessons.items() for name in rows if not rows[name])
        return next(todo, None)

    @property
    def sentences(self):
        """What stands below the table."""
        passed = [bool(when) for rows in self.lessons.values() for when in rows.values()]
        ahead = "That was the last one." if self.next is None else "Next: {1}, in {0}.".format(*self.next)
        noted = f"Nothing new is noted, for {SWITCH} is off." if switched_off() else NOTED
        count = f"{sum(passed)} of {len(passed)} exercises have passed ({MEANING}). {ahead}"
        return [sentence for sentence in (self.remark, count, noted) if sentence]

    def __repr__(self):
        width = max(map(len, self.lessons))
        rows = []
        for lesson, exercises in self.lessons.items():
            marks = "  ".join(f"{SIGNS[bool(when)][0]} {name}" for name, when in exercises.items())
            rows.append(f"{lesson:{width}}  {marks}")
        return "\n".join([*rows, "", *self.sentences])

    def _repr_html_(self):
        rows = []
        for lesson, exercises in self.lessons.items():
            link = html.escape(Path(os.path.relpath(self.folder / lesson)).as_posix())
            marks = " ".join(_mark(name, when) for name, when in exercises.items())
            name = Path(lesson).stem.replace("_", "_<wbr>")  # where a narrow window breaks it
            head = f'<th style="{LEFT}; white-space: normal"><a href="{link}">{name}</a></th>'
            rows.append(f'<tr>{head}<td style="{LEFT}; white-space: normal">{marks}</td></tr>')
        below = "".join(f"<div>{html.escape(sentence)}</div>" for sentence in self.sentences)
        return f"<table>{''.join(rows)}</table>{below}"


def _mark(name, when):
    sign, color = SIGNS[bool(when)]
    title = html.escape(when or "not yet")
    sign = f'<span style="color: {color}">{sign}</span>'
    return f'<span style="display: inline-block; margin-right: 1em" title="{title}">{sign}&nbsp;{name}</span>'


def progress(folder=None):
    """What has passed in a course folder, and what is next -> Progress, which shows itself as a table.

    folder  None for the one that the notebook is in

    Raises FolderError if it is no course folder.
    """
    named = None if folder is None else as_path(folder, "folder").resolve()
    found = enclosing(named)
    if found is None or named not in (None, found):
        where = "This is" if folder is None else f"{folder} is"
        raise FolderError(f"{where} no course folder, so nothing is noted: `gmmlesson lab` makes one.")
    try:
        passed, remark = read_passed(found)
    except OSError as error:
        raise cannot("read", found / FILE, error) from error
    rows = {
        _file(found, lesson): {name: passed.get(name) for name in names}
        for lesson, names in BY_LESSON.items()
    }
    return Progress(found, rows, remark)


def first_lesson_not_done(folder):
    """The name of the lesson to open: the first whose exercises have not all passed.

    One that has no exercises, such as the first, is done as soon as it was run, or something later passed.
    """
    now = progress(folder)
    begun = any(when for rows in now.lessons.values() for when in rows.values())
    for path in sorted(now.folder.glob("[0-9][0-9]_*.ipynb")):
        exercises = now.lessons.get(path.name, {})
        if None in exercises.values() or not (exercises or begun or _was_run(path)):
            return path.name
    return min((path.name for path in now.folder.glob("*.ipynb")), default="")


def _file(folder, lesson):
    """The name of the file of "lesson_02": of the first one whose name begins with its number."""
    number = lesson.removeprefix("lesson_")
    return min((path.name for path in folder.glob(f"{number}_*.ipynb")), default=lesson)


def _was_run(path):
    try:
        return any(cell.get("execution_count") for cell in read(path)["cells"])
    except FolderError:
        return True  # no notebook any more: nothing to open
