"""A whole assignment, from the page alone: `make teach-cycle`.

It reads the commands out of teaching/exchange.md and runs them in their order, word for word, in an empty
folder that stands for /srv/gmm, for an administrator, a teacher and three students. After each step it looks
at what the step should have done: files, permissions, points, feedback. By hand, as on the page, are

    install   this clone and its .venv are used
    work      JupyterLab is started, for the first student, and the answers are typed into the notebook files
    essays    the formgrader is started, and the points are sent to it as its page sends them

    ann       is right
    ben       computes the E-step without log-sum-exp
    cleo      is right, splits a cell, and her submission is dated after the due date
    dora      has no account, and mails what she was given, blank, in a zip file

Root gives everyone a user id of their own, for which there is no account: the names, which nbgrader asks the
system for, come from a `sitecustomize` module. Otherwise all are the user who runs this, with separate homes,
and what one may not read of another cannot be tried.
"""

import argparse
import contextlib
import csv
import re
import shutil
import stat
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

import demo_students
import editions
import solutions
import teach_demo
from people import Person, Problem, Server, ask

PAGE = editions.ROOT / "teaching" / "exchange.md"
BLOCK = re.compile(r"^```sh (\w+) (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BY_HAND = "install"  # the step that is not taken here
SHARED = "/srv/gmm"  # as the page calls the folder of all
STUDENTS = ("ann", "ben", "cleo")
BY_MAIL = "dora"
SECRETS = {name: f"This is {name}'s own answer." for name in STUDENTS}
ESSAYS = {"ann": (2, "Well said, ann."), "ben": (1, "Half of it, ben."), "cleo": (2, "Late but good, cleo.")}
FIRST = {"ann": 0.5}  # points that are corrected when the feedback has been given


@dataclass(frozen=True)
class Step:
    """A block of commands of the page: who runs it, what it is called, and the commands."""

    who: str
    name: str
    commands: str


def steps(text: str) -> list[Step]:
    """The blocks of commands of a page, in its order."""
    return [Step(*match) for match in BLOCK.findall(text)]


# --- The assignment ------------------------------------------------------------------------------


class Cycle:
    """The people, the folders, and what each step is to have done."""

    def __init__(self, folder: Path, page: str):
        self.steps = steps(page)
        checked = {name.removeprefix("after_") for name in dir(self) if name.startswith("after_")}
        if checked != {step.name for step in self.steps} - {BY_HAND}:
            raise Problem(f"The page does not have the steps that are checked here: {sorted(checked)}")
        self.assignment = re.search(r"nbgrader generate_assignment (\w+)", page)[1]
        self.due = datetime.now() + timedelta(days=1)
        self.server = Server(folder, ("administrator", "teacher", *STUDENTS))
        self.separate, self.people = self.server.separate, self.server.people
        self.teacher = self.people["teacher"]
        self.students = {name: self.people[name] for name in STUDENTS}
        self.course = self.teacher.home / "gmm"
        self.shared = folder / "srv"
        self.shared.mkdir()
        self.exchange = self.shared / "exchange" / editions.COURSE
        self.points = {}

    def commands(self, step: Step) -> str:
        """The commands of a step, with the folders of this run and a due date that is to come."""
        text = step.commands.replace(f"{SHARED}/course/.venv", str(self.server.python))
        text = text.replace(f"{SHARED}/course", str(editions.ROOT)).replace(SHARED, str(self.shared))
        text = re.sub(r'(?<=--duedate=")[^"]+', f"{self.due:%Y-%m-%d %H:%M:%S} UTC", text)
        return make_with(self.server.python) + text

    def run(self, say: Callable[[str], None]) -> None:
        """Take all steps in their order, and look at each. Problem at the first that is not as promised."""
        for step in self.steps:
            if step.name == BY_HAND:
                continue
            begin = time.perf_counter()
            take = getattr(self, f"do_{step.name}", Person.run)
            people = self.students.values() if step.who == "student" else [self.people[step.who]]
            printed = [take(person, self.commands(step)) for person in people]
            try:
                getattr(self, f"after_{step.name}")("\n".join(printed))
            except FileNotFoundError as error:
                raise Problem(
                    f"After the step {step.name!r}, something is missing: {error.filename}"
                ) from error
            say(f"{step.who:15}{step.name:10}{time.perf_counter() - begin:5.1f} s")

    # What is done by hand

    def do_work(self, student: Person, commands: str) -> str:
        """Look at the lesson in JupyterLab, and type the answers into the notebook."""
        path = self.handed(student)
        if student.name == STUDENTS[0]:
            with student.serving(commands) as (address, token):
                found = ask(f"{address}api/contents/{self.assignment}/{path.name}?content=0", token)
                expect(found["type"] == "notebook", f"{student.name}'s JupyterLab shows the lesson")
        notebook = nbformat.read(path, as_version=4)
        path.write_text(nbformat.writes(answered(notebook, student.name)), encoding="utf-8")
        return ""

    def do_mail(self, teacher: Person, commands: str) -> str:
        """Save an attachment, a zip file with the notebook in a folder, and collect it."""
        archive = self.course / "downloaded" / self.assignment / "archive"
        teacher.run(f"mkdir -p '{archive}'")
        self.attachment = archive / f"{BY_MAIL}-{self.assignment}.zip"
        with zipfile.ZipFile(self.attachment, "w") as attachment:
            attachment.write(self.released, f"homework/{self.released.name}")
        return teacher.run(commands)

    def do_essays(self, teacher: Person, commands: str) -> str:
        """Give points for the essays, and a remark, as the pages of the formgrader do."""
        with teacher.serving(commands) as (address, token):
            api = f"{address}formgrader/api"
            expect(
                [each["name"] for each in ask(f"{api}/assignments", token) if each["num_submissions"] == 4],
                "the formgrader lists the assignment with four submissions",
            )
            for submission in ask(f"{api}/submitted_notebooks/{self.assignment}/{self.assignment}", token):
                of = f"?submission_id={submission['id']}"
                waiting = [grade for grade in ask(f"{api}/grades{of}", token) if grade["needs_manual_grade"]]
                for grade in waiting:
                    student = submission["student"]
                    points, remark = ESSAYS[student]
                    ask(f"{api}/grade/{grade['id']}", token, {"manual_score": FIRST.get(student, points)})
                    comments = ask(f"{api}/comments{of}", token)
                    (comment,) = [each for each in comments if each["name"] == grade["name"]]
                    ask(f"{api}/comment/{comment['id']}", token, {"manual_comment": remark})
        return ""

    # What each step is to have done

    def after_exchange(self, printed: str) -> None:
        mode = stat.S_IMODE((self.shared / "exchange").stat().st_mode)
        expect(mode == 0o1777, "all may write into the exchange, and nobody may move what another put there")

    def after_course(self, printed: str) -> None:
        self.source = self.course / "source" / self.assignment / f"{self.assignment}.ipynb"
        expect(solutions.BEGIN in self.source.read_text(encoding="utf-8"), "the teacher's lesson is solved")
        self.nobody_may("-r", self.source)

    def after_release(self, printed: str) -> None:
        self.released = self.exchange / "outbound" / self.assignment / self.source.name
        expect(solutions.BEGIN not in self.released.read_text(encoding="utf-8"), "the answers are taken out")
        self.nobody_may("-w", self.released)
        self.nobody_may("-w", self.released.parent)
        if self.separate:
            ann = self.students["ann"]
            with contextlib.suppress(Problem):
                ann.run(f"mv '{self.exchange}' '{self.exchange}-of-ann'")
            expect(self.exchange.is_dir(), "a student cannot move the course away")

    def after_fetch(self, printed: str) -> None:
        for student in self.students.values():
            same = self.handed(student).read_bytes() == self.released.read_bytes()
            expect(same, f"{student.name} has what was released")
            self.nobody_may("-r", self.handed(student), but=student)

    def after_work(self, printed: str) -> None:
        for student in self.students.values():
            text = self.handed(student).read_text(encoding="utf-8")
            expect(SECRETS[student.name] in text, f"{student.name} has answered")

    def after_submit(self, printed: str) -> None:
        inbound = self.exchange / "inbound"
        names = sorted(path.name.split("+")[0] for path in inbound.iterdir())
        expect(names == sorted(STUDENTS), "each student has handed in once")
        self.nobody_may("-r", inbound)
        for student in self.students.values():
            self.nobody_may("-r", student.home / ".local/share/jupyter/nbgrader_cache", but=student)
        self.turn_the_clock()

    def turn_the_clock(self) -> None:
        """Date the last student's submission after the due date."""
        (path,) = (self.exchange / "inbound").glob(f"{STUDENTS[-1]}+*")
        late = f"{self.due + timedelta(hours=1):%Y-%m-%d %H:%M:%S.%f} UTC"
        (path / "timestamp.txt").chmod(0o644)
        (path / "timestamp.txt").write_text(late, encoding="utf-8")
        name, assignment, _, random = path.name.split("+")
        path.rename(path.with_name("+".join((name, assignment, late, random))))

    def after_collect(self, printed: str) -> None:
        for student in self.students.values():
            folder = self.course / "submitted" / student.name / self.assignment
            names = {path.name for path in folder.iterdir()}
            expect({"timestamp.txt", "submission_secret.txt"} <= names, f"{student.name} is collected whole")
            same = (folder / self.source.name).read_bytes() == self.handed(student).read_bytes()
            expect(same, f"what is collected of {student.name} is what was handed in")
            self.nobody_may("-r", folder / self.source.name)
        if self.separate:
            expect("cheating attempt" not in printed, "nobody hands in under another's name")

    def after_mail(self, printed: str) -> None:
        folder = self.course / "submitted" / BY_MAIL / self.assignment
        names = {path.name for path in folder.iterdir()}
        expect(names == {self.source.name, "timestamp.txt", "submission_secret.txt"}, "the mail is collected")
        same = (folder / self.source.name).read_bytes() == self.released.read_bytes()
        expect(same, "what is collected of a mail is what was in it")
        date = datetime.fromtimestamp(self.attachment.stat().st_mtime, UTC)
        told = (folder / "timestamp.txt").read_text(encoding="utf-8")
        expect(told == f"{date:%Y-%m-%d %H:%M:%S.%f} UTC", "the date of a mail is the attachment's")

    def after_grade(self, printed: str) -> None:
        scores = self.scores()
        expect(sorted(scores) == [*STUDENTS, BY_MAIL], "three students and the one by mail are graded")
        for name, cells in scores.items():
            for cell, score in cells.items():
                if not cell.endswith("-check"):
                    right = score.by_hand == (name != BY_MAIL)
                elif name == BY_MAIL:
                    right = score.earned == 0
                elif name == "ben" and cell.removesuffix("-check") in demo_students.UNDERFLOWS:
                    right = 0 < score.earned < score.points
                else:
                    right = score.earned == score.points
                expect(right, f"{name} gets what was earned for {cell}, not {score}")

    def after_essays(self, printed: str) -> None:
        for name, cells in self.scores().items():
            waiting = [cell for cell, score in cells.items() if score.by_hand]
            expect(not waiting, f"nothing of {name} waits to be graded by hand")

    def after_feedback(self, printed: str) -> None:
        feedback = self.exchange / "feedback"
        pages = list(feedback.glob("*.html"))
        expect(len(pages) == len(STUDENTS) + 1, "there is a page of feedback for each, the one by mail too")
        to_mail = self.course / "feedback" / BY_MAIL / self.assignment / f"{self.assignment}.html"
        expect(to_mail.exists(), "there is a page to mail")
        self.nobody_may("-r", feedback)
        self.correct()

    def correct(self) -> None:
        """Give some essays other points, and the same commands once more."""
        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}", editions.COURSE) as book:
            for name in FIRST:
                for grade in book.find_submission(self.assignment, name).notebooks[0].grades:
                    if grade.manual_score == FIRST[name]:
                        grade.manual_score = ESSAYS[name][0]
            book.db.commit()
        (step,) = (step for step in self.steps if step.name == "feedback")
        self.teacher.run(self.commands(step))

    def earned(self, name: str) -> float:
        """The points of a student, of the checks and of the essay."""
        cells = self.scores()[name]
        checks = sum(cells[cell].earned for cell in cells if cell.endswith("-check"))
        return ESSAYS.get(name, (0,))[0] + checks

    def after_read(self, printed: str) -> None:
        for student in self.students.values():
            (page,) = self.handed(student).parent.glob(f"feedback/*/{self.assignment}.html")
            text = page.read_text(encoding="utf-8")
            told = [name for name in STUDENTS if SECRETS[name] in text or ESSAYS[name][1] in text]
            expect(told == [student.name], f"{student.name} reads the own feedback, and nobody else's")
            expect(ESSAYS[student.name][1] in text, f"{student.name} reads the teacher's remark")
            points = f"(Score: {round(float(self.earned(student.name)), 2)} /"
            expect(points in text, f"{student.name} reads the points that are in the gradebook")

    def after_export(self, printed: str) -> None:
        with (self.course / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        for name in self.scores():
            earned, row = self.earned(name), rows[name]
            expect(abs(float(row["score"]) - earned) < 1e-9, f"grades.csv has {earned:g} points of {name}")
            late = datetime.fromisoformat(row["timestamp"]) > datetime.fromisoformat(row["duedate"])
            expect(late == (name == STUDENTS[-1]), f"grades.csv says whether {name} was late")
            self.points[name] = f"{earned:g} of {float(row['max_score']):g}"

    # Words for these

    def handed(self, student: Person) -> Path:
        """The notebook in a student's own folder."""
        return student.home / "lessons" / self.assignment / f"{self.assignment}.ipynb"

    def scores(self):
        return teach_demo.gradebook(self.course, self.assignment)

    def nobody_may(self, flag: str, path: Path, but: Person | None = None) -> None:
        """No student, or no other one, may read ("-r") or write ("-w") a path."""
        if self.separate:
            for student in self.students.values():
                expect(
                    student is but or not student.may(flag, path),
                    f"{student.name} may not: test {flag} {path}",
                )


def expect(holds: object, promise: str) -> None:
    """Problem, with the promise, if it does not hold."""
    if not holds:
        raise Problem(f"This does not hold: {promise}.")


def answered(notebook: nbformat.NotebookNode, student: str) -> nbformat.NotebookNode:
    """A released notebook with this student's answers."""
    tasks = list(solutions.tasks(notebook))
    imported = solutions.imported_names(notebook)
    sources = {task.name: solutions.solution_source(task, imported, marks=False) for task in tasks}
    if student == "ben":
        sources |= demo_students.UNDERFLOWS
    for task in tasks:
        task.stub.source = sources[task.name]
    for cell in notebook.cells:
        if solutions.role(cell) == "essay":
            cell.source += f" {SECRETS[student]}"
    if student == "cleo":
        return demo_students.changed(notebook, demo_students.split)
    return notebook


# --- This machine --------------------------------------------------------------------------------


def make_with(environment: Path) -> str:
    """A line of shell code: `make` takes this environment, if it is not the clone's own, as it is."""
    if environment == editions.ROOT / ".venv":
        return ""
    marks = " ".join(f"-o '{environment}/{mark}'" for mark in (".locked", ".ready", ".tested"))
    return f"""make() {{ command make {marks} VENV='{environment}' "$@"; }}\n"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="teach-cycle", description="Try teaching/exchange.md out.")
    parser.add_argument("--keep", action="store_true", help="leave the folder, and say where it is")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="teach-cycle-"))
    try:
        cycle = Cycle(folder, PAGE.read_text(encoding="utf-8"))
        if not cycle.separate:
            print("All are one user: what they may not read of each other is not tried.")
        cycle.run(lambda line: print(line, flush=True))
        print(*(f"{name}: {points} points" for name, points in cycle.points.items()), sep="\n")
    except Problem as problem:
        print(problem)
        return 1
    finally:
        if options.keep:
            print(f"Everything is in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
