"""What came by mail: the files in COURSE/downloaded/LESSON/archive, their senders, and the notebooks in them.

A file is called NAME-LESSON.ipynb or NAME-LESSON.zip, after its sender. Of a zip file nothing is taken but
the notebooks of the assignment, and nothing in it says whose they are or where they go.
"""

import re
import stat
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

from gmmlesson.grading.assignment import WrongNotebook, notebook_of, released
from gmmlesson.grading.handed_in import LARGE, NOTEBOOK
from gmmlesson.grading.mending import refuse_another
from gmmlesson.grading.one import notebooks
from submissions import MISTAKEN, REFUSED, composed

APPENDED = r"((?: ?\([0-9]+\))*)"  # by a browser or a mailer, to the second file of a name
BESIDE = re.compile(r"\._|\.DS_Store$|\.ipynb_checkpoints$|Thumbs\.db$|desktop\.ini$")  # of the system's own
ASIDE = {"__MACOSX", ".ipynb_checkpoints"}  # folders in a zip file that nobody has put there
NAMED = 5  # members of a zip file, if it has many
ENCRYPTED = 0x1  # the flag of a member of a zip file
ORDINARY = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # of others Python unpacks more than it is asked for


@dataclass(frozen=True)
class Mail:
    """A file of the archive.

    sender   whose it is, as the file's name has it
    number   what was appended to the name: (1,) in "dora-02_e_step (1).zip"
    written  when, in nanoseconds since 1970
    """

    path: Path
    sender: str
    number: tuple[int, ...]
    written: int


def archive(course: Path, lesson: str) -> Path:
    """Where attachments are saved."""
    return course / "downloaded" / lesson / "archive"


def mails(course: Path, lesson: str) -> tuple[list[list[Mail]], list[tuple[str, str]]]:
    """The files of each sender, the newest first, and [(file's name, sentence)] on those of nobody."""
    found, told = {}, []
    for path in sorted(archive(course, lesson).glob("*")):
        if BESIDE.match(path.name):
            continue
        try:
            mail = _mail(path, lesson)
            found.setdefault(composed(mail.sender), []).append(mail)
        except WrongNotebook as sentence:
            told.append((path.name, str(sentence)))
    newest = [
        sorted(one, key=lambda mail: (mail.written, mail.number), reverse=True) for one in found.values()
    ]
    return newest, told


def _mail(path, lesson):
    """A file of the archive; raises WrongNotebook, with a sentence, if it is nobody's."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise WrongNotebook("This is a link. Put the file itself here.")
    if stat.S_ISDIR(found.st_mode):
        raise WrongNotebook("This is a folder. Put the file here that came by mail.")
    if not stat.S_ISREG(found.st_mode):
        raise WrongNotebook("This is neither a file nor a folder.")
    called = rf"(.+)-{re.escape(lesson)}{APPENDED}\.(?i:ipynb|zip)"
    match = re.fullmatch(called, path.name, re.DOTALL)
    if not match:
        raise WrongNotebook(
            f"If it is of this lesson, call it NAME-{lesson}.ipynb or NAME-{lesson}.zip, after its sender."
        )
    if REFUSED.match(match[1]):
        raise WrongNotebook(f"{MISTAKEN} Rename the file.")
    number = tuple(map(int, re.findall("[0-9]+", match[2])))
    return Mail(path, match[1], number, found.st_mtime_ns)


def contents(course: Path, lesson: str, mail: Mail) -> tuple[dict[str, bytes], list[str]]:
    """The lesson's notebooks in a mail, {file's name: content}, and sentences on what to look at.

    Raises WrongNotebook, with a sentence, if one is not there, or is of no use.
    """
    names, blank, cautions = notebooks(course, lesson), True, []
    if mail.path.suffix.lower() == ".zip":
        found, members, taken = _unpacked(mail, names)
        cautions += _left(course, members, taken)
        cautions += _named_after_another(course, lesson, mail, taken)
    else:
        found = _alone(mail, names)
    for name, content in found.items():
        if len(content) > NOTEBOOK:
            raise WrongNotebook(
                f"The notebook has more than {NOTEBOOK // 2**20} MB. Ask for one without outputs."
            )
        with warnings.catch_warnings(action="ignore"):  # nbformat's, of cells whose names it mends
            notebook, original = notebook_of(content), released(course, lesson, name)
            refuse_another(notebook, original)
        blank = blank and {cell.source.strip() for cell in notebook.cells} <= _texts(original)
    if blank:
        cautions.append("What was taken is as it was released: nothing was written in it.")
    return {f"{name}.ipynb": content for name, content in found.items()}, cautions


def _texts(original):
    """What cells have that nobody has written in."""
    return {cell.source.strip() for cell in original.cells} | {""}


def _left(course, members, taken):
    """Sentences on what was in a zip file, and was not taken; other lessons are no matter."""
    lessons = {path.name for step in ("release", "source") for path in (course / step).glob("*")}
    same = {(each.CRC, each.file_size) for each in taken}
    left = [each for each in members if (each.CRC, each.file_size) not in same]
    more = [each for each in left if _is_notebook(each) and Path(_parts(each)[-1]).stem not in lessons]
    files = [each for each in left if not _is_notebook(each) and not _is_the_systems(each)]
    if more:
        yield f"There are several notebooks in it: {_listed(more)}, too; {_listed(taken)} was taken."
    if files:
        yield f"There are other files in it, which were not taken: {_listed(files)}."


def _named_after_another(course, lesson, mail, taken):
    """A sentence for each notebook in a zip file that has another name than the sender's."""
    files = (path.name.rpartition(f"-{lesson}")[0] for path in archive(course, lesson).glob("*"))
    known = {composed(name) for name in (*files, *(path.name for path in (course / "submitted").glob("*")))}
    for each in taken:
        *folders, last = map(composed, _parts(each))
        prefix, _, _ = last.rpartition(f"-{lesson}")
        if {prefix, *(known & {*folders})} - {"", composed(mail.sender)}:
            yield f"What was taken is called {each.filename} in it: is it {mail.sender}'s?"


def _listed(members):
    """The names of members of a zip file, the first ones if there are many."""
    names = [each.filename for each in members]
    return ", ".join(names[:NAMED] + ["others"] * (len(names) > NAMED))


def _alone(mail, names):
    """{notebook: content} of a mail that is a notebook."""
    if len(names) > 1:
        raise WrongNotebook(f"The lesson has the notebooks {', '.join(names)}: ask for a zip file with all.")
    with mail.path.open("rb") as file:
        return {names[0]: file.read(NOTEBOOK + 1)}


def _unpacked(mail, names):
    """({notebook: content} of a mail that is a zip file, all that is in it, what of it was taken)."""
    with mail.path.open("rb") as file:
        if mail.path.stat().st_size > LARGE:
            raise WrongNotebook(f"It has more than {LARGE // 2**20} MB. Ask for the notebook alone.")
        try:
            with zipfile.ZipFile(file) as opened:
                members = [each for each in opened.infolist() if _is_notebook(each)]
                taken = {name: _chosen(members, mail, name, names) for name in names}
                found = {name: _content(opened, each) for name, each in taken.items()}
                return found, opened.infolist(), list(taken.values())
        except WrongNotebook:
            raise
        except Exception:  # there are as many errors as ways to break a zip file
            raise WrongNotebook("It is no zip file, or a broken one. Ask for it once more.") from None


def _chosen(members, mail, name, names):
    """The member of a zip file that is this one of the lesson's notebooks."""
    called = rf"(?:{re.escape(composed(mail.sender))}-)?{re.escape(name)}{APPENDED}\.(?i:ipynb)"
    fitting = [each for each in members if re.fullmatch(called, composed(_parts(each)[-1]))]
    if not fitting and len(names) == 1:
        fitting = members
    if not fitting:
        raise WrongNotebook(f"There is no {name}.ipynb in it.")
    if len({(each.CRC, each.file_size) for each in fitting}) > 1:
        raise WrongNotebook(f"There are several notebooks in it: {_listed(fitting)}. Ask which one counts.")
    return fitting[0]


def _content(opened, member):
    """What is in a member of a zip file, at most a byte more than a notebook may have."""
    if member.flag_bits & ENCRYPTED:
        raise WrongNotebook("It is encrypted. Ask for it without a password.")
    if member.compress_type not in ORDINARY:
        raise WrongNotebook("It is packed in an unusual way. Ask for an ordinary zip file, or the notebook.")
    with opened.open(member) as file:
        return file.read(NOTEBOOK + 1)


def _parts(member):
    """The folders and the file in the name of a member; some programs write backslashes."""
    return re.split(r"[/\\]", member.filename)


def _is_notebook(member):
    """Whether somebody has put this notebook into a zip file, and no system has."""
    return _parts(member)[-1].lower().endswith(".ipynb") and not _is_the_systems(member)


def _is_the_systems(member):
    """Whether it is a folder, or what a system puts there by itself."""
    *folders, last = _parts(member)
    return not last or bool(BESIDE.match(last)) or not ASIDE.isdisjoint(folders)
