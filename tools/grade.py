"""Grade what a class has handed in: `make grade COURSE=~/gmm LESSON=02_e_step`.

Each submission is graded in a process of its own, as `nbgrader autograde` would, so many beside each
other as there are processors. What goes wrong with one does not concern the others: the last lines say whose
could not be graded, and why. A submission that has been graded since it was handed in is passed over; with
ARGS=--again it is not. What nbgrader said of each is in COURSE/logs.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from course_folder import course_folder, lesson_name
from gmmlesson.grading import one, users
from gmmlesson.grading.assignment import WrongNotebook
from gmmlesson.grading.cautions import cautions
from gmmlesson.grading.handed_in import shown
from gmmlesson.grading.overlooked import overlooked
from gmmlesson.grading.processes import adopt_orphans, end, strays
from submissions import is_graded, left_out, named, others, students

MOST = 1_000_000  # characters of a log that are looked at, its last ones
LIMIT = 600  # seconds a submission; its cells have limits of their own, far below
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # the others have the other processors


@dataclass(frozen=True)
class Result:
    """What became of a student's submission."""

    student: str
    problem: str  # why it was not graded; empty if it was
    mended: tuple[str, ...]  # sentences
    seconds: float


def grade(
    course: Path,
    assignment: str,
    names: list[str],
    processes: int,
    tell: Callable[[Result], None] = print,
    own_users: bool = False,
) -> list[Result]:
    """Grade these students, so many at a time, and tell of each as it is done -> Results, in their order.

    own_users  whether each submission's code is to run as a user of its own, or else not at all
    """
    temporary = tempfile.gettempdir() if own_users else None
    os.environ.update(ONE_THREAD)
    adopt_orphans()
    logs = course / "logs" / assignment
    logs.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gmmlesson.grading.one"])  # imported once for all
    waiting, running, done = list(reversed(names)), {}, {}
    while waiting or running:
        while waiting and len(running) < processes:
            name = waiting.pop()
            log = logs / f"{name}.log"
            process = context.Process(target=one.grade, args=(course, assignment, name, log, temporary))
            process.start()
            running[process.sentinel] = process, name, log, time.monotonic()
        ended = wait(list(running), timeout=1)
        for sentinel, (process, name, log, start) in list(running.items()):
            late = time.monotonic() - start > LIMIT
            if late:
                process.kill()
            if late or sentinel in ended:
                process.join()
                _end_what_is_left(own_users)
                text = said(log)
                problem = f"It took more than {LIMIT} seconds." if late else ""
                problem = problem or (one.reason(text) if process.exitcode else "")
                done[name] = Result(name, problem, tuple(one.mended(text)), time.monotonic() - start)
                del running[sentinel]
                tell(done[name])
    return [done[name] for name in names]


def _end_what_is_left(own_users):
    """End what a submission has begun, if the process that graded it has ended before it could."""
    if own_users:
        users.clear()
    end(strays)


def rights(obstacle: str) -> str:
    """The line at the beginning: with whose rights the students' code runs."""
    if obstacle:
        return f"CAUTION: the students' code runs with your rights: {obstacle} See teaching/grading.md."
    return "The students' code runs as users of its own, which cannot use the course folder."


def said(log: Path) -> str:
    """What is in a log; "" if a submission has put something else in its place."""
    try:
        if log.is_file() and not log.is_symlink():
            return log.read_text(encoding="utf-8", errors="replace")[-MOST:]
    except OSError:
        pass
    return ""


def line(result: Result) -> str:
    """A line on one student, while the work goes on."""
    done = "NOT GRADED" if result.problem else "mended, graded" if result.mended else "graded"
    return f"{shown(result.student)}: {done} ({result.seconds:.1f} s)"


def summary(results: list[Result], passed_over: int, cautions: Sequence[str] = ()) -> str:
    """The lines at the end: what was mended, what to look at, who was not graded and why."""
    lines = [shown(caution) for caution in cautions]
    for result in results:
        lines += [shown(f"{result.student}: mended: {sentence}") for sentence in result.mended]
    failed = [result for result in results if result.problem]
    lines += [
        "",
        f"{len(results) - len(failed)} graded, {passed_over} graded before, {len(failed)} not graded.",
    ]
    lines += [shown(f"{result.student}: NOT GRADED: {result.problem}") for result in failed]
    return "\n".join(lines).lstrip("\n")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="grade", description="Grade what a class has handed in.")
    parser.add_argument("course", help="the course folder of nbgrader: COURSE=~/gmm")
    parser.add_argument("lesson", type=lesson_name, help="the assignment: LESSON=02_e_step")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at a time")
    parser.add_argument("--again", action="store_true", help="also those that have been graded")
    parser.add_argument("--students", nargs="+", help="these only")
    options = parser.parse_args(arguments)
    course = course_folder(options.course)
    try:
        one.notebooks(course, options.lesson)
    except WrongNotebook as sentence:
        print(f"{course}: {sentence}", file=sys.stderr)
        return 2
    if options.students:
        names, told = named(course, options.lesson, options.students)
    else:
        names, told = students(course, options.lesson), left_out(course, options.lesson)
    new = [name for name in names if options.again or not is_graded(course, options.lesson, name)]
    obstacle = users.obstacle()
    print(rights(obstacle), flush=True)
    if not obstacle and users.close(course):
        print(users.CLOSED, flush=True)
    results = grade(
        course,
        options.lesson,
        new,
        options.processes,
        lambda result: print(line(result), flush=True),
        own_users=not obstacle,
    )
    users.hand_over(course, ("gradebook.db", "autograded", "logs"))
    results += [Result(name, problem, (), 0.0) for name, problem in told]
    graded = [result.student for result in results if not result.problem]
    look_at = cautions(course, options.lesson, graded) + overlooked(course, options.lesson, graded)
    print(summary(results, len(names) - len(new), others(course, options.lesson, names) + look_at))
    return 1 if any(result.problem for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
