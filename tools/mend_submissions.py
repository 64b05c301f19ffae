"""Mend submissions where they lie: `make mend-submissions COURSE=~/gmm LESSON=02_e_step`.

Grading mends by itself and leaves submitted/ alone. This writes the mended notebooks into submitted/, for who
grades with another tool or wants to see beforehand; what was handed in is kept in COURSE/handed_in. With
ARGS=--look nothing is written.
"""

import argparse
import shutil
import sys
from pathlib import Path

import nbformat

from gmmlesson.grading.assignment import WrongNotebook, read, released
from gmmlesson.grading.handed_in import shown
from gmmlesson.grading.mending import mend
from gmmlesson.grading.one import notebooks, refuse
from submissions import left_out, students


def mend_one(course: Path, lesson: str, student: str, look: bool) -> list[str]:
    """Mend a student's submission -> sentences on what was done. Raises WrongNotebook if it is none."""
    folder = course / "submitted" / student / lesson
    refuse(course, lesson, folder)
    sentences = []
    for name in notebooks(course, lesson):
        path = folder / f"{name}.ipynb"
        notebook = read(path)
        done = mend(notebook, released(course, lesson, name))
        sentences += done
        kept = course / "handed_in" / student / lesson / path.name
        if done and not look:
            kept.parent.mkdir(parents=True, exist_ok=True)
            if not kept.exists():  # mended before: what was handed in is there already
                shutil.copy2(path, kept)
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    return sentences


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="mend-submissions", description="Mend what a class has handed in.")
    parser.add_argument("course", help="the course folder of nbgrader: COURSE=~/gmm")
    parser.add_argument("lesson", help="the assignment: LESSON=02_e_step")
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
