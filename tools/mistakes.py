"""What a class got wrong: `make mistakes COURSE=~/gmm LESSON=02_e_step`, or without LESSON for all of them.

Counted are the checks in COURSE/autograded, exercise by exercise: how many have passed, and which mistakes
were recognized in how many submissions. It prints a table, and writes COURSE/mistakes.html, a page with a bar
chart and with the sentence that each mistake is told: what to discuss on Monday.
"""

import argparse
import html
import os
import re
import sys
from collections import Counter
from pathlib import Path

from course_folder import course_folder, lesson_name
from gmmlesson.exercises import EXERCISES, named, own
from gmmlesson.grading.assignment import WrongNotebook, read, sealed_check
from gmmlesson.grading.handed_in import shown

NAME = re.compile(r"\w+")  # of a mistake
KEY = "gmmlesson"  # of the metadata of a check's output
PASSED, BLANK, OTHER = "passed", "not attempted", "another mistake"
SENTENCES = {  # mistakes that every exercise knows
    "low_precision": "Numbers were kept in float16 or float32.",
    "swapped_values": "What is returned is right, but in another order.",
    "few_digits": "It is right in its first digits only.",
    "changes_its_arguments": "It changes the arrays that it was given.",
    "package_function": "It is, calls, or copies the package's own function.",
    "stopped": "There is no such function: the cell in which it was written stops with an error.",
    "too_slow": "It never ends, or takes more time than it may.",
    "refused": "It did what is refused while a submission is graded. Look at it by hand.",
    "no_function": "The cell in which it belongs was changed, and defines no function of that name.",
    OTHER: "None that the exercise knows.",
}
COLORS = {PASSED: "#009E73", BLANK: "#767676"}  # a mistake is #D55E00, as in the checks themselves
HEADER = (
    "<tr>" + "".join(f'<th scope="col">{name}</th>' for name in ("Mistake", "Students", "Sentence")) + "</tr>"
)
STYLE = """
body { font: 1rem/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: bold }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-top: 1px solid #ccc }
td:nth-child(2), th:nth-child(2) { text-align: right } svg { max-width: 100%; height: auto }
"""


def found(notebook) -> dict[str, str]:
    """{exercise: what its check found} in a notebook that was graded, or run.

    Only what stands below the check of an exercise is believed, and it may be of that exercise alone: any
    other cell can display what it likes.
    """
    results = {}
    for cell in notebook.cells:
        call = sealed_check(cell)
        for output in cell.get("outputs", []) if call else []:
            told = output.get("metadata", {}).get(KEY)
            if isinstance(told, dict) and told.get("exercise") == call.name:
                status, mistake = told.get("status"), told.get("mistake")
                named_so = isinstance(mistake, str) and NAME.fullmatch(mistake)
                results[call.name] = mistake if named_so else status if status in (PASSED, BLANK) else OTHER
    return results


def count(course: Path, lesson: str, folder: str) -> tuple[dict[str, Counter], list[str]]:
    """({exercise: how many submissions show what}, sentences on files that cannot be read)."""
    counts, unreadable = {}, []
    for path in sorted((course / folder).glob(f"*/{lesson}/*.ipynb")):
        try:
            results = found(read(path))
        except WrongNotebook as sentence:
            unreadable.append(shown(f"{path.relative_to(course)}: {sentence}"))
            continue
        for exercise, what in results.items():
            counts.setdefault(exercise, Counter())[what] += 1
    order = [name for name in EXERCISES if name in counts] + sorted(set(counts) - set(EXERCISES))
    return {name: counts[name] for name in order}, unreadable


def ranked(counter: Counter) -> list[tuple[str, int]]:
    """Passed first, not attempted last, and the mistakes between them, the most frequent first."""
    place = {PASSED: 0, BLANK: 2}
    return sorted(counter.items(), key=lambda pair: (place.get(pair[0], 1), -pair[1], pair[0]))


def sentence(exercise: str, what: str) -> str:
    """What a mistake is told; empty for what is none."""
    try:
        known = named(exercise).mistakes
    except ValueError:  # of a teacher's own that is not there any more
        known = ()
    told = {mistake.name: mistake.sentence for mistake in known} | SENTENCES
    return told.get(what, "")


def table(counts: dict[str, Counter]) -> str:
    """The counts as text: a block an exercise, a line a mistake."""
    lines = []
    for exercise, counter in counts.items():
        lines.append(f"{exercise}: {counter.total()} submissions")
        for what, number in ranked(counter):
            lines.append(f"  {number:5}  {number / counter.total():4.0%}  {what}")
    return "\n".join(lines)


def chart(exercise: str, counter: Counter) -> str:
    """The counts as an SVG of bars, with words instead of the picture for who cannot see it."""
    rows, height, left, wide = ranked(counter), 28, 400, 400
    words = "; ".join(f"{what}: {number}" for what, number in rows)
    label = html.escape(f"Bars for {exercise}, of {counter.total()} submissions. {words}.", quote=True)
    size = f"{left + wide + 60} {height * len(rows) + 10}"
    parts = [f'<svg viewBox="0 0 {size}" role="img" aria-label="{label}" font-size="16">']
    for i, (what, number) in enumerate(rows):
        y, length = i * height + 5, max(2, wide * number / counter.total())
        color = COLORS.get(what, "#D55E00")
        parts += [
            f'<text x="{left - 10}" y="{y + 16}" text-anchor="end">{html.escape(what)}</text>',
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{height - 8}" fill="{color}"/>',
            f'<text x="{left + length + 6:.1f}" y="{y + 16}">{number}</text>',
        ]
    return "\n".join([*parts, "</svg>"])


def row(exercise: str, what: str, number: int) -> str:
    """A row of the page's table: a mistake, how many made it, what it is told."""
    cells = html.escape(what), number, html.escape(sentence(exercise, what))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def page(title: str, counts: dict[str, Counter]) -> str:
    """The counts as an HTML page that needs no other file."""
    parts = [
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
    ]
    parts += [f"<style>{STYLE}</style></head><body><main><h1>{html.escape(title)}</h1>"]
    for exercise, counter in counts.items():
        parts += [f"<h2>{html.escape(exercise)}</h2>", chart(exercise, counter)]
        rows = [row(exercise, what, number) for what, number in ranked(counter) if what not in COLORS]
        if rows:
            parts += [f"<table><caption>{html.escape(exercise)}: what is told to them</caption>", HEADER]
            parts += [*rows, "</table>"]
    return "\n".join([*parts, "</main></body></html>\n"])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="mistakes", description="Count the mistakes of a class.")
    parser.add_argument("course", help="the course folder of nbgrader: COURSE=~/gmm")
    parser.add_argument("lesson", nargs="?", type=lesson_name, help="LESSON=02_e_step; else all of them")
    parser.add_argument("--submitted", action="store_true", help="count what students saw, before grading")
    options = parser.parse_args(arguments)
    course = course_folder(options.course)
    if (course / "exercises").is_dir():  # the teacher's own, whose mistakes have sentences too
        os.environ.setdefault(own.VARIABLE, str(course / "exercises"))
    folder = "submitted" if options.submitted else "autograded"
    lesson = options.lesson or "*"
    counts, unreadable = count(course, lesson, folder)
    print(*unreadable, sep="\n", end="\n" if unreadable else "")
    if not counts:
        print(f"{course / folder} has no graded checks of {lesson}.", file=sys.stderr)
        return 2
    print(table(counts))
    title = f"Mistakes in {lesson}" if options.lesson else "Mistakes"
    path = course / "mistakes.html"
    path.write_text(page(title, counts), encoding="utf-8", newline="\n")
    print(f"\n{path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
