"""Mend submissions where they lie: `make mend-submissions COURSE=~/gmm LESSON=02_e_step`.

Grading mends by itself and leaves submitted/ alone. This writes the mended notebooks into submitted/, for who
grades with another tool or wants to see beforehand; what was handed in is kept in COURSE/handed_in, with its
date, also when more is handed in later. With ARGS=--look nothing is written.
"""

import argparse
import shutil
import sys
from pathlib import Path

import nbformat

from course_folder import lesson_name
from gmmlesson.grading.assignment import WrongNotebook, read, released
from gmmlesson.grading.handed_in import shown
from gmmlesson.grading.mending import mend
from gmmlesson.grading.one import notebooks, refuse
from stamp_submissions import DATE, date_of, free_name
from submissions import left_out, students


def mend_one(course: Path, lesson: str, student: str, look: bool) -> list[str]:
    """Mend a student's submission -> sentences on what was done. Raises WrongNotebook if it is none."""
    folder = course / "submitted" / student / lesson
    refuse(course, lesson, folder)
    sentences, mended = [], {}
    for name in notebooks(course, lesson):
        path = folder / f"{name}.ipynb"
        notebook = read(path)
        if done := mend(notebook, released(course, lesson, name)):
            sentences += done
            mended[path] = notebook
    if mended and not look:
        _keep(course / "handed_in" / student / lesson, [*mended, folder / DATE])
        for path, notebook in mended.items():
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    return sentences


def _keep(place, files):
    """Copy what was handed in, after what is there of an earlier submission has got a name with its date."""
    if place.exists():
        place.rename(free_name(place, date_of(place, list(place.glob("*.ipynb")))))
    place.mkdir(parents=True)
    for path in filter(Path.exists, files):
        shutil.copy2(path, place / path.name)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="mend-submissions", description="Mend what a class has handed in.")
    parser.add_argument("course", help="the course folder of nbgrader: COURSE=~/gmm")
    parser.add_argument("lesson", type=lesson_name, help="the assignment: LESSON=02_e_step")
    parser.add_argument("--look", action="store_true", help="only say what there is to mend")
    options = parser.parse_args(arguments)
    course, mended, failed = Path(options.course).expanduser().resolve(), 0, 0
    try:
        notebooks(course, options.lesson)
    except WrongNotebook as sentence:
        print(f"{course}: {sentence}", file=sys.stderr)
        return 2
    names = students(course, options.lesson)
    for student in names:
        try:
            sentences = mend_one(course, options.lesson, student, options.look)
        except WrongNotebook as sentence:
            sentences, failed = [f"CANNOT BE GRADED: {sentence}"], failed + 1
        else:
            mended += bool(sentences)
        for sentence in sentences:
            print(shown(f"{student}: {sentence}"))
    told = left_out(course, options.lesson)
    for name, sentence in told:
        print(shown(f"{name}: CANNOT BE GRADED: {sentence}"))
    failed += len(told)
    done = "to mend" if options.look else "mended"
    print(f"{len(names) + len(told)} submissions, {mended} {done}, {failed} of no use.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
