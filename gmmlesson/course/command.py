"""The command `gmmlesson`: lab, update, progress; exercises, for teachers."""

import argparse
import sys
from pathlib import Path

from gmmlesson.folder import RECORD, FolderError, enclosing

FOLDER = "gmmlesson-course"
ABOUT = "A course on Gaussian mixtures and the EM algorithm, in a folder of your own."
MORE = """\
FOLDER is the course folder that you are in, or else gmmlesson-course.

  gmmlesson lab                      begin, or go on where you stopped
  gmmlesson lab -- --browser=firefox hand what follows -- on to JupyterLab

Nothing that you have written is ever overwritten.
"""


def main(arguments=None):
    """Run the command `gmmlesson` -> its exit code: 1, with a sentence on stderr, if something is wrong."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    own, options = split(arguments)
    for stream in (sys.stdout, sys.stderr):  # an old Windows console knows no check marks
        stream.reconfigure(errors="replace")
    parsed = parser().parse_args(own)
    if options and parsed.run is not lab:
        parser().error("only `gmmlesson lab` hands options on to JupyterLab")
    parsed.options = options
    if parsed.run is not exercises:
        parsed.folder = parsed.folder or enclosing() or Path(FOLDER)
    try:
        return parsed.run(parsed)
    except FolderError as error:
        print(f"gmmlesson: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def split(arguments):
    """The arguments before the first --, and those after it."""
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def parser():
    """What the command understands."""
    whole = argparse.ArgumentParser(
        "gmmlesson", description=ABOUT, epilog=MORE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for run, about in ((lab, LAB), (update, UPDATE), (progress, PROGRESS)):
        one = commands.add_parser(run.__name__, help=about, description=about)
        one.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the course folder")
        one.set_defaults(run=run)
        if run is lab:
            one.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
            port = "where to serve; if it is taken, JupyterLab takes the next free one and says so"
            one.add_argument("--port", type=int, help=port)
    one = commands.add_parser("exercises", help=EXERCISES, description=EXERCISES)
    there = "a folder of Python files; without it, the one that GMMLESSON_EXERCISES names"
    one.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help=there)
    one.set_defaults(run=exercises)
    return whole


LAB = "lay the lessons out in FOLDER, or bring them up to date, and open JupyterLab where you stopped"
UPDATE = "bring the lessons in FOLDER up to date; one that you have changed stays, the newer beside it"
PROGRESS = "show which exercises have passed, and what is next"
EXERCISES = "for teachers: try the exercises of your own in FOLDER, and say what is wrong with them"


def lab(parsed):
    from gmmlesson.course.jupyter import command, refuse_if_missing, serve
    from gmmlesson.course.laying_out import lay_out
    from gmmlesson.course.progress import first_lesson_not_done
    from gmmlesson.exercises.passed import NOTED

    refuse_if_missing()
    changes = lay_out(parsed.folder)
    print(changes)
    if changes.new:
        print(NOTED)
    lesson = first_lesson_not_done(parsed.folder)
    return serve(command(parsed.folder, lesson, not parsed.no_browser, parsed.port, parsed.options))


def update(parsed):
    from gmmlesson.course.laying_out import lay_out

    if not (parsed.folder / RECORD).exists():
        raise FolderError(f"{parsed.folder} is no course folder: `gmmlesson lab {parsed.folder}` makes one.")
    print(lay_out(parsed.folder))
    return 0


def progress(parsed):
    from gmmlesson.course.progress import progress

    print(progress(parsed.folder))
    return 0


def exercises(parsed):
    from gmmlesson.exercises.own import VARIABLE, as_folder, folder
    from gmmlesson.exercises.trying import try_folder

    where = as_folder(parsed.folder) if parsed.folder else folder()
    if where is None:
        raise FolderError(f"Name the folder with your exercises, here or in {VARIABLE}.")
    return 0 if try_folder(where) else 1
