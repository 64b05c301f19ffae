"""Lay out the lessons in a learner's folder, and bring them up to date later."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from gmmlesson.course.lessons import fingerprint, keep_outputs, lessons, read, source, text
from gmmlesson.folder import RECORD, FolderError, alone, cannot, write
from gmmlesson.validation import as_path

FORMAT = 1  # of the record; a later one is not understood here


@dataclass
class Changes:
    """What `lay_out` has done in a folder.

    new       names of lessons and pages that were not there
    updated   names of files that the learner had not changed, and that hold a newer version now
    beside    {file that the learner has changed: file beside it that holds the newer version}
    """

    folder: Path
    new: list = field(default_factory=list)
    updated: list = field(default_factory=list)
    beside: dict = field(default_factory=dict)

    def __str__(self):
        sentences = []
        if self.new:
            sentences.append(f"Laid out in {self.folder}: {', '.join(self.new)}.")
        if self.updated:
            sentences.append(f"Brought up to date: {', '.join(self.updated)}.")
        sentences += [
            f"You have changed {yours}, so it stays as it is; the newer version is beside it, in {newer}."
            for yours, newer in self.beside.items()
        ]
        return "\n".join(sentences) or f"{self.folder} is up to date."


def lay_out(folder, place=None):
    """Lay out the lessons of a course in a folder, or bring those that are there up to date -> Changes.

    folder  is made if it does not exist
    place   where the lessons come from; None for the course that is installed

    What the learner has written is never overwritten. A file in which nothing was written is replaced by a
    newer version, even if it was opened, saved and run. It keeps its outputs down to the first cell whose
    code is new: learners want to see again what they saw, but below that cell it would be wrong. A file in
    which something was written stays, and the newer version is laid beside it, once. One that is gone is laid
    out anew.

    Every file is written whole or not at all, and one process at a time writes. Raises FolderError, in a
    sentence, if something cannot be read or written; what was done until then stays, and calling again
    does the rest.
    """
    folder, place = as_path(folder, "folder"), source() if place is None else as_path(place, "place")
    if folder.resolve() == place.resolve():
        raise FolderError(f"{folder} is where the course itself is kept: name another folder.")
    make(folder)
    changes = Changes(folder)
    with alone(folder):
        record = read_record(folder)
        for name, notebook in lessons(place).items():
            record[name] = lay_out_one(folder, name, notebook, record.get(name), changes)
        write(folder / RECORD, json.dumps({"format": FORMAT, "lessons": record}, indent=1) + "\n")
    return changes


def lay_out_one(folder, name, notebook, entry, changes):
    """Lay out one lesson -> its new entry in the record.

    An entry says which "file" was laid out last for this lesson, and the "fingerprint" of that version. It
    may be behind, if the last `lay_out` was cut short; a file that is just what is to be written tells.
    """
    entry = entry or {"file": name, "fingerprint": None}
    version = fingerprint(notebook)
    latest = folder / entry["file"]
    if not (folder / name).exists():
        write(folder / name, text(notebook))
        changes.new.append(name)
        return {"file": name, "fingerprint": version}
    if entry["fingerprint"] == version:
        return entry
    earlier = read_if_notebook(latest)
    if earlier and fingerprint(earlier) == entry["fingerprint"]:
        keep_outputs(notebook, earlier)
        write(latest, text(notebook))
        changes.updated.append(latest.name)
    elif not holds(latest, version):
        latest = folder / free_name(folder, name, version)
        if not latest.exists():
            write(latest, text(notebook))
        changes.beside[name] = latest.name
    return {"file": latest.name, "fingerprint": version}


def free_name(folder, name, version):
    """The name for a version of a lesson beside the learner's own: free, or that version's already."""
    stem, suffix, number = Path(name).stem, Path(name).suffix, 1
    path = folder / f"{stem}_new{suffix}"
    while path.exists() and not holds(path, version):
        number += 1
        path = folder / f"{stem}_new_{number}{suffix}"
    return path.name


def holds(path, version):
    """Whether a file holds this version of a lesson, run or not."""
    notebook = read_if_notebook(path)
    return notebook is not None and fingerprint(notebook) == version


def read_if_notebook(path):
    """The notebook in a file; None if there is none."""
    try:
        return read(path)
    except FolderError:
        return None


def make(folder):
    """Make the course folder, if there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise FolderError(
            f"{folder} is no folder, for there is a file of that name: name another."
        ) from error
    except OSError as error:
        raise cannot("made", folder, error) from error


def read_record(folder):
    """What the record of a folder says -> {lesson: entry}; {} if there is none yet."""
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] == FORMAT and all(map(is_entry, record["lessons"].values())):
            return record["lessons"]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise cannot("read", path, error) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    raise FolderError(
        f"{path} is not a record that this gmmlesson understands: delete it and try again; your notebooks "
        "stay, and where they are not the course's, the course's are laid beside them."
    )


def is_entry(entry):
    """Whether a lesson's entry in the record is one; its file must be in the folder itself."""
    name = entry["file"]
    return name == Path(name).name and isinstance(entry["fingerprint"], str)
