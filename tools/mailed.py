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


def contents(course: Path, lesson: str, mail: Mail) -> dict[str, bytes]:
    """The lesson's notebooks in a mail, {file's name: content}, and nothing else that came along.

    Raises WrongNotebook, with a sentence, if one is not there, or is of no use.
    """
    names = notebooks(course, lesson)
    found = _unpacked(mail, names) if mail.path.suffix.lower() == ".zip" else _alone(mail, names)
    for name, content in found.items():
        if len(content) > NOTEBOOK:
            raise WrongNotebook(
                f"The notebook has more than {NOTEBOOK // 2**20} MB. Ask for one without outputs."
            )
        with warnings.catch_warnings(action="ignore"):  # nbformat's, of cells whose names it mends
            refuse_another(notebook_of(content), released(course, lesson, name))
    return {f"{name}.ipynb": content for name, content in found.items()}


def _alone(mail, names):
    """{notebook: content} of a mail that is a notebook."""
    if len(names) > 1:
        raise WrongNotebook(f"The lesson has the notebooks {', '.join(names)}: ask for a zip file with all.")
    with mail.path.open("rb") as file:
        return {names[0]: file.read(NOTEBOOK + 1)}


def _unpacked(mail, names):
    """{notebook: content} of a mail that is a zip file."""
    with mail.path.open("rb") as file:
        if mail.path.stat().st_size > LARGE:
            raise WrongNotebook(f"It has more than {LARGE // 2**20} MB. Ask for the notebook alone.")
        try:
            with zipfile.ZipFile(file) as opened:
                members = [each for each in opened.infolist() if _is_notebook(each)]
                return {name: _content(opened, _chosen(members, mail, name, names)) for name in names}
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
        several = ", ".join(each.filename for each in fitting[:5])
        raise WrongNotebook(f"There are several notebooks in it: {several}. Ask which one counts.")
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
    *folders, last = _parts(member)
    return last.lower().endswith(".ipynb") and not last.startswith("._") and ASIDE.isdisjoint(folders)
