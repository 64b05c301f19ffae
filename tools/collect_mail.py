"""Collect submissions that came by mail: `make collect-mail COURSE=~/gmm LESSON=02_e_step`.

It takes what was saved in COURSE/downloaded/LESSON/archive, as tools/mailed.py reads it, and puts each
sender's notebook into submitted/NAME/LESSON, with the date of the file and the two files that `nbgrader
collect` would have brought. It may be given again: what is there already stays, with its date. Where a sender
has handed in something else, the later one counts; what was there before is kept in
COURSE/downloaded/LESSON/replaced.
"""

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from course_folder import course_folder, lesson_name
from gmmlesson.grading.assignment import WrongNotebook
from gmmlesson.grading.handed_in import shown
from gmmlesson.grading.one import notebooks
from mailed import Mail, archive, contents, mails
from stamp_submissions import DATE, content_of, date_of, free_name, stamp_one
from submissions import composed

COLLECTED, AS_IT_WAS = "collected", "as it was"


def collect(course: Path, lesson: str, sent: list[Mail]) -> tuple[str, str, list[str]]:
    """Collect the newest mail of a sender -> what was done, in a word or two and in a sentence; cautions.

    Raises WrongNotebook or OSError if it cannot be collected; what was handed in before is still there then.
    """
    new, cautions = contents(course, lesson, sent[0])
    cautions += _differing(course, lesson, sent, new)
    return *_put(course, lesson, sent, new), cautions


def _differing(course, lesson, sent, new):
    """Sentences on several files of one sender that have not the same in them; the newest counts."""
    other = [mail for mail in sent[1:] if _notebooks(course, lesson, mail) != new]
    if not other:
        return []
    files = ", ".join(f"{mail.path.name}, of {_written(mail)}" for mail in other)
    newest = sent[0]
    sentences = [
        f"Of what was mailed {newest.path.name}, of {_written(newest)}, counts; it differs from {files}."
    ]
    sentences += [
        f"{mail.path.name} has a higher number than {newest.path.name}, but an earlier date."
        for mail in other
        if mail.path.suffix == newest.path.suffix and mail.number > newest.number
    ]
    return sentences


def _notebooks(course, lesson, mail):
    """What is taken of a mail; None if it cannot be collected."""
    try:
        return contents(course, lesson, mail)[0]
    except (WrongNotebook, OSError):
        return None


def _written(mail):
    return _told(datetime.fromtimestamp(mail.written / 1e9, UTC))


def _put(course, lesson, sent, new):
    """Put what was taken into submitted/, unless it is there or older -> what was done, and a sentence."""
    mail = sent[0]
    folder = _folder(course, lesson, mail.sender)
    there = sorted(folder.glob("*.ipynb"))
    several = f" Of {len(sent)} files the newest counts, {mail.path.name}." if len(sent) > 1 else ""
    if all(_is_collected(course, folder / name, content, mail) for name, content in new.items()):
        stamp_one(folder)
        return AS_IT_WAS, f"handed in {_told(date_of(folder, there))}.{several}"
    before = None
    if os.path.lexists(folder / DATE) or any(content_of(path) != new.get(path.name) for path in there):
        before, now = date_of(folder, there), datetime.fromtimestamp(mail.path.stat().st_mtime, UTC)
        if now <= before:
            late = f"{mail.path.name}, of {_told(now)}, is not later."
            return AS_IT_WAS, f"handed in {_told(before)}. {late}{several}"
    (course / "submitted").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=course / "submitted", prefix=".collecting-") as scratch:
        for name, content in new.items():
            _write(Path(scratch) / name, content, mail.written)
        kept = f" {_keep(course, folder, there, before)}" if before else ""
        folder.mkdir(parents=True, exist_ok=True)
        for name in new:
            (Path(scratch) / name).replace(folder / name)
    stamp_one(folder)
    return COLLECTED, f"handed in {_told(date_of(folder, []))}.{kept}{several}"


def _folder(course, lesson, sender):
    """Where a sender's submission goes; a letter with an accent may be spelled in two ways."""
    there = {path.name for path in (course / "submitted").glob("*")}
    spelled = {composed(name): name for name in there}
    name = sender if sender in there else spelled.get(composed(sender), sender)
    folder = course / "submitted" / name / lesson
    for place in (folder.parent, folder):
        if place.is_symlink():
            raise WrongNotebook(f"{place.relative_to(course)} is a link. Remove it.")
    return folder


def _is_collected(course, path, content, mail):
    """Whether this notebook has been collected before: it is there, or `make mend-submissions` had it."""
    if content_of(path) == content:
        return True
    original = course / "handed_in" / path.relative_to(course / "submitted")
    return content_of(original) == content and original.stat().st_mtime_ns == mail.written


def _told(date):
    return f"{date:%Y-%m-%d %H:%M:%S} UTC"


def _write(path, content, written):
    path.write_bytes(content)
    os.utime(path, ns=(written, written))


def _keep(course, folder, there, date):
    """Move the notebooks and the date of a submission away -> a sentence that says where they are now."""
    replaced = archive(course, folder.name).parent / "replaced"
    place = free_name(replaced / folder.parent.name, date)
    place.mkdir(parents=True)
    for path in (folder / DATE, *there):
        if os.path.lexists(path):
            path.replace(place / path.name)
    return f"What was handed in {_told(date)} is kept in {place.relative_to(course)}."


def one_but_for_case(course: Path, senders: list[list[Mail]]) -> list[str]:
    """A sentence for each sender whose name another one has, but for capital letters."""
    there = (path.name for path in (course / "submitted").glob("*"))
    alike = {}
    for name in sorted({composed(name) for name in (*there, *(sent[0].sender for sent in senders))}):
        alike.setdefault(name.casefold(), []).append(name)
    told = "CAUTION: these are taken for several students. If they are one, rename the file."
    return [
        f"{' and '.join(names)}: {told}"
        for names in alike.values()
        if len(names) > 1 and any(composed(sent[0].sender) in names for sent in senders)
    ]


def _why(error):
    return f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else str(error)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="collect-mail", description="Collect what came by mail.")
    parser.add_argument("course", help="the course folder of nbgrader: COURSE=~/gmm")
    parser.add_argument("lesson", type=lesson_name, help="the assignment: LESSON=02_e_step")
    options = parser.parse_args(arguments)
    course, lesson = course_folder(options.course), options.lesson
    try:
        notebooks(course, lesson)
    except WrongNotebook as sentence:
        print(f"{course}: {sentence}", file=sys.stderr)
        return 2
    senders, left_out = mails(course, lesson)
    if not senders and not left_out:
        print(f"There is nothing in {archive(course, lesson)}: save the attachments there.")
        return 1
    counts, cautions = dict.fromkeys((COLLECTED, AS_IT_WAS), 0), one_but_for_case(course, senders)
    for sent in senders:
        try:
            done, sentence, found = collect(course, lesson, sent)
        except (OSError, ValueError, OverflowError) as error:  # also WrongNotebook, and dates of no calendar
            done, sentence = "LEFT OUT", "see below."
            older = f" To take {sent[1].path.name} in its place, remove it." if len(sent) > 1 else ""
            left_out.append((sent[0].path.name, f"{_why(error)}{older}"))
        else:
            counts[done] += 1
            cautions += [f"{sent[0].sender}: CAUTION: {caution}" for caution in found]
        print(shown(f"{sent[0].sender}: {done}, {sentence}"), flush=True)
    numbers = ", ".join(f"{count} {done}" for done, count in counts.items())
    print(f"\n{numbers}, {len(left_out)} left out.")
    for caution in cautions:
        print(shown(caution))
    for name, sentence in left_out:
        print(shown(f"{name}: LEFT OUT: {sentence}"))
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
