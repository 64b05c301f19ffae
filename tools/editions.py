"""Generated editions of the lessons, into build/: `make student-edition` and `make instructor-edition`.

student     build/student-edition: the lessons as they stand, their outputs cleared so that no prediction is
            spoiled, in one folder with the package, so that `import gmmlesson` works there.
instructor  build/instructor-edition, or the folder COURSE: a course folder of nbgrader, one assignment a
            lesson, every stub filled in from the package's own source. There, `nbgrader generate_assignment
            02_e_step` makes the students' version; its cells are those of the lesson, word for word. With
            ARGS=--run the notebooks are executed and stored with outputs; a check that does not pass is an
            error.

Nothing in build/ is committed: the lessons and the package are the source.
"""

import argparse
import posixpath
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

import refresh
import solutions
from gmmlesson.exercises.own import as_folder
from own_notebooks import OwnError, graded_cells, write_own

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted((ROOT / "notebooks").glob("*.md"))  # glossary and references
COURSE = "gmmlesson"
CONFIG = f'''"""Settings of nbgrader for this course. Run its commands in this folder."""

from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader defines it)

# A script in an essay would run in the browser of who reads it, in Formgrader with the teacher's rights.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {{
    "clean_html": "gmmlesson.grading.pages.clean_html",
    "markdown2html": "gmmlesson.grading.pages.markdown2html",
}}

c.CourseDirectory.course_id = "{COURSE}"
c.ClearSolutions.code_stub = {{"python": "{solutions.STUB}"}}
c.ClearSolutions.text_stub = "{solutions.ANSWER}"
c.FileNameCollectorPlugin.named_regexp = r".*/(?P<student_id>[^/]+)-(?P<file_id>\\w+)\\.ipynb"  # ann-02_x
c.CourseDirectory.db_url = f"sqlite:///{{Path(__file__).resolve().parent / 'gradebook.db'}}?timeout=60"

# Submissions are mended, and judged in a process where students' code does not run: gmmlesson/grading.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "gmmlesson.grading.preprocessors.Mend",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.exporter_class = "gmmlesson.grading.preprocessors.MarkedExporter"
c.Autograde.autograde_preprocessors = [
    "gmmlesson.grading.preprocessors.ExecuteSealed",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.ExecuteSealed.timeout = 30  # seconds a cell of the lesson or the student's; a check has its own limits
c.ExecuteSealed.all_or_nothing = False  # True: a check gives points only if all its cases agree
'''
README = """# gmmlesson

A course on Gaussian mixtures and the EM algorithm. Open the lessons in JupyterLab and run their cells from
top to bottom. A cell with `...` in it is yours to write; the one below it answers.

{lessons}

Code: BSD-3-Clause. Text and figures: CC BY 4.0.
"""


# --- Notebooks elsewhere -------------------------------------------------------------------------


def clear(notebook) -> None:
    """Take out what running left behind, in place."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def relink(notebook, move: Callable[[str], str]) -> set[str]:
    """Rewrite the links of a lesson that moves, in place, and return the new ones.

    `move` is told a file by its path from the root of the project, such as "notebooks/03_m_step.ipynb".
    """
    found = set()

    def moved(match):
        path = posixpath.normpath(posixpath.join("notebooks", match["path"]))
        found.add(move(path))
        return match["before"] + move(path)

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            link = r"(?P<before>\]\(<?|(?:href|src)=[\"'])(?![a-z]+:|#|/)(?P<path>[^)>\s\"'#]+)"
            cell.source = re.sub(link, moved, cell.source)
    return found


def title(notebook) -> str:
    """The heading of the first cell: "02 · The E-step"."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def readme(lessons: dict[str, str]) -> str:
    """The text of README.md for {link: title}."""
    return README.format(lessons="\n".join(f"- [{title}]({link})" for link, title in lessons.items()))


def requirements() -> str:
    """What the lessons need besides the package: the dependencies of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return "\n".join(project["dependencies"]) + "\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def copy_package(folder: Path) -> None:
    """The package and what its users need to know, into `folder`."""
    shutil.copytree(ROOT / "gmmlesson", folder / "gmmlesson", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "LICENSE-CONTENT"):
        shutil.copy(ROOT / name, folder)
    write(folder / "requirements.txt", requirements())


def lost(links: set[str], folder: Path) -> list[str]:
    """The links that lead nowhere from `folder`."""
    return sorted(link for link in links if not (folder / link).exists())


# --- The editions --------------------------------------------------------------------------------


def at_the_top(path: str) -> str:
    """Where a file of the project is, seen from a lesson of the student edition."""
    return path.removeprefix("notebooks/")


def write_student(folder: Path, lessons: list[Path] = LESSONS) -> list[Path]:
    """The student edition in a new `folder` -> its notebooks."""
    copy_package(folder)
    links, titles = {}, {}
    for lesson in lessons:
        notebook = nbformat.read(lesson, as_version=4)
        clear(notebook)
        links[lesson.name] = relink(notebook, at_the_top)
        titles[lesson.name] = title(notebook)
        write(folder / lesson.name, refresh.to_text(notebook))
    copy_pages(folder, at_the_top)
    needs = "What they need: `pip install -r requirements.txt`."
    write(folder / "README.md", f"{readme(titles)}\n{needs}\n")
    refuse_lost({name: lost(targets, folder) for name, targets in links.items()})
    return [folder / lesson.name for lesson in lessons]


def beside(path: str) -> str:
    """Where a file of the project is, seen from an assignment: other lessons are in folders next to it."""
    name = posixpath.basename(path)
    return f"../{name.removesuffix('.ipynb')}/{name}" if name.endswith(".ipynb") else name


def write_instructor(folder: Path, lessons: list[Path] = LESSONS) -> list[Path]:
    """The instructor edition, a course of nbgrader, in a new `folder` -> its notebooks.

    Each lesson is an assignment of its own, and students have them side by side.
    """
    write(folder / "nbgrader_config.py", CONFIG)
    written, links, titles = [], {}, {}
    for lesson in lessons:
        notebook = nbformat.read(lesson, as_version=4)
        clear(notebook)
        solutions.fill_in(notebook, marks=True)
        written.append(folder / "source" / lesson.stem / lesson.name)
        links[written[-1]] = relink(notebook, beside)
        titles[beside(lesson.name)] = title(notebook)
        write(written[-1], refresh.to_text(notebook))
    for path, targets in links.items():
        copy_pages(path.parent, beside)
        if "README.md" in targets:
            write(path.parent / "README.md", readme(titles))
    if lessons == LESSONS:  # a single lesson may point to others that are not there
        refuse_lost({path.name: lost(targets, path.parent) for path, targets in links.items()})
    return written


def copy_pages(folder: Path, move: Callable[[str], str]) -> None:
    """The glossary and the references into `folder`, with their links moved."""
    for page in PAGES:
        cells = [new_markdown_cell(page.read_text(encoding="utf-8"))]
        relink(moved := new_notebook(cells=cells), move)
        write(folder / page.name, moved.cells[0].source)


def refuse_lost(links: dict[str, list[str]]) -> None:
    bad = [f"{name}: {', '.join(targets)}" for name, targets in links.items() if targets]
    if bad:
        raise ValueError("links to files that this edition does not have: " + "; ".join(bad))


def run(path: Path) -> list[str]:
    """Execute a solved notebook and store it with its outputs -> the checks that are short of full points."""
    notebook = refresh.normalize(refresh.execute(path))
    write(path, refresh.to_text(notebook))
    found = solutions.tasks(notebook)
    return [task.name for task in found if solutions.earned(task.check) != task.points]


def new_folder(given: str) -> Path:
    """A folder of the teacher's own. SystemExit if there is something in it: a gradebook, say."""
    folder = Path(given).expanduser().resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SystemExit(f"{folder} is there already, and stays as it is: name another folder.")
    return folder


def refuse_begun(folder: Path) -> None:
    """SystemExit if a course has begun in a folder that would be written anew."""
    if any((folder / name).exists() for name in ("gradebook.db", "submitted", "autograded")):
        raise SystemExit(
            f"{folder} is a course that has begun, and stays as it is. Move it to another place; or name a "
            "new folder for this one: make instructor-edition COURSE=~/gmm"
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="editions", description="Generate an edition of the lessons.")
    parser.add_argument("edition", choices=("student", "instructor"))
    parser.add_argument("--run", action="store_true", help="instructor: execute, store outputs")
    parser.add_argument("--folder", help="instructor: a folder of your own, which must not be there yet")
    parser.add_argument("--own", type=Path, metavar="FOLDER", help="instructor: add your own notebooks")
    options = parser.parse_args(arguments)
    folder = new_folder(options.folder) if options.folder else BUILD / f"{options.edition}-edition"
    theirs = as_folder(options.own) if options.own else None
    if theirs and options.edition == "student":
        parser.error("notebooks of your own go into the instructor edition")
    if theirs and theirs.resolve().is_relative_to(folder.resolve()):
        parser.error(f"{theirs} is where the edition is written anew: move your folder to another place")
    refuse_begun(folder)
    shutil.rmtree(folder, ignore_errors=True)
    paths = (write_student if options.edition == "student" else write_instructor)(folder)
    if theirs:
        try:
            own = write_own(folder, theirs, {path.stem for path in LESSONS})
        except OwnError as error:
            shutil.rmtree(folder)  # or half a course would stand in the way of the next try
            print(error, file=sys.stderr)
            return 1
        for path in own:
            graded = graded_cells(nbformat.read(path, as_version=4))
            print(f"{path.name}:", ", ".join(f"{name} ({points:g})" for name, points in graded))
        paths += own
    failed = 0
    for path in paths:
        wrong = run(path) if options.run and options.edition == "instructor" else []
        failed += bool(wrong)
        name = path.relative_to(folder.parent)
        print(name, *(f"  DOES NOT PASS: {task}" for task in wrong), sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
