"""What lies in a student's folder of submitted/: files of their own, or what leads to somebody else's."""

import os
import stat
from pathlib import Path

from gmmlesson.grading.assignment import WrongNotebook

LARGE = 100 * 2**20  # bytes of all files together
MANY = 2000  # files
STAMPS = {"timestamp.txt", "submission_secret.txt"}  # nbgrader's own files; they come later, by hand
NOTEBOOK = 30 * 2**20  # bytes of a notebook


def shown(name):
    """A file's name, or a sentence, in one line, and without what would move or color a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in str(name))


def refuse_links(course, folder):
    """Raise WrongNotebook, with a sentence, where a submission is not made of files of its own.

    nbgrader follows links: who hands in one to a neighbor's notebook would have the neighbor's points.

    course  the course folder, or any other that has all of the class
    folder  the student's, for one assignment
    """
    course, folder = Path(course), Path(folder)
    for one in (folder.parent, folder):
        if one.is_symlink():
            raise WrongNotebook(f"The folder {shown(one.name)} is a link. Ask for the files themselves.")
    files, size = 0, 0
    for path in _all(folder):
        found, name = path.lstat(), shown(path.relative_to(folder))
        if stat.S_ISLNK(found.st_mode):
            raise WrongNotebook(f"{name} is a link. Ask for the file itself.")
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise WrongNotebook(f"{name} is neither a file nor a folder.")
        if stat.S_ISREG(found.st_mode):
            files, size = files + 1, size + found.st_size
            if found.st_nlink > 1 and (other := _another_name(found, course, folder)):
                raise WrongNotebook(f"{name} is the same file as {shown(other)}. Ask for one of their own.")
        if path.suffix == ".ipynb" and found.st_size > NOTEBOOK:
            most = f"{NOTEBOOK // 2**20} MB"
            raise WrongNotebook(f"{name} has more than {most}. Ask for one without outputs.")
        if size > LARGE or files > MANY:
            limits = f"{LARGE // 2**20} MB in {MANY} files"
            raise WrongNotebook(f"There is more than {limits}: remove what is not needed.")


def _all(folder):
    """All files and folders below a folder; what links lead to is not looked at."""
    for where, folders, files in os.walk(folder):
        yield from (Path(where) / name for name in sorted(folders + files))


def _another_name(found, course, folder):
    """Where else in the course folder a file is; None if nowhere: a backup may share files, too."""
    for path in _all(course):
        other = path.lstat()
        same = (other.st_dev, other.st_ino) == (found.st_dev, found.st_ino)
        if same and folder.resolve() not in path.resolve().parents:
            return path.relative_to(course)
    return None
