"""Where a student has written what is asked for, if not in the cell that is graded."""

import ast
import io
import re
import tokenize
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from gmmlesson.grading.assignment import NOT_PYTHON, grade_id, is_stub, marks, parsed, unify_line_ends
from gmmlesson.grading.handed_in import STAMPS, shown
from gmmlesson.grading.mending import LONG, binds, function_of, mend, refuse_another
from gmmlesson.grading.slices import as_python

PROSE = 20  # characters, at least, of a text that may be an answer
CODE = 40  # of code that was added to a cell of the lesson's; of comments and strings that may be an answer
ALIKE = 0.6  # how much of two cells is the same, for one to be the other, changed
QUOTED = 5  # words of a text, by which it is found
MOST = 5  # places that are named
LETTERS = 60  # of these words, at most
LIKE_CODE = re.compile(r"\bdef \w+\(|\blambda\b|\bnp\.\w|^ *return\b|^ *\w+ = ", re.MULTILINE)
NOTE = "\n\n*Nothing was written here. Look at {}.*"


@dataclass(frozen=True)
class Own:
    """What a student has written in a cell.

    number  of the cell, as it was handed in
    prose   the student's words, if they may answer an essay; else empty
    code    whether there is code that may answer an exercise
    """

    cell: object
    number: int
    prose: str
    code: bool


def mend_and_look(notebook, original, beside, untried=()):
    """Mend a notebook in place -> (sentences on that, {blank cell's name: where there is work, as a text}).

    original  as it was released
    beside    the names of other files that were handed in
    untried   the exercises whose checks have found that they were not attempted
    """
    unify_line_ends(notebook)
    refuse_another(notebook, original)
    own = [_own(cell, number, original) for number, cell in enumerate(notebook.cells, 1)]
    before, done = list(notebook.cells), mend(notebook, original)
    there = {id(cell) for cell in notebook.cells}
    answers = {id(cell) for cell in before if not grade_id(cell) and id(cell) not in there}
    own = [one for one in own if id(one.cell) not in answers]
    return done, dict(_blank(notebook, original, own, beside, untried))


def note(notebook, places):
    """Say in each essay that is blank where else there is work: nbgrader then asks for points by hand."""
    for cell in notebook.cells:
        if is_essay(cell) and grade_id(cell) in places:
            cell.source += NOTE.format(places[grade_id(cell)])


def is_essay(cell):
    """Whether an answer in words is to be written in this cell."""
    return cell.cell_type == "markdown" and bool(marks(cell).get("solution"))


def files_beside(course, assignment, folder):
    """The files of a submission that nobody has handed out, and that no system has put there; names."""
    given = {path.name for path in (Path(course) / "release" / assignment).glob("*")} | STAMPS
    paths = (path.relative_to(folder) for path in sorted(Path(folder).rglob("*")) if path.is_file())
    return [
        shown(path)
        for path in paths
        if path.name not in given and not any(part.startswith((".", "__pycache__")) for part in path.parts)
    ]


def _blank(notebook, original, own, beside, untried):
    """(name, places) of each cell that has no answer, where there may be one elsewhere."""
    texts = {cell.source.strip() for cell in original.cells}
    mended = {grade_id(cell): cell.source.strip() for cell in notebook.cells}
    theirs = [cell for cell in notebook.cells if cell.source.strip() not in texts]
    essays = {grade_id(cell) for cell in original.cells if is_essay(cell)}
    given = {grade_id(cell): _defined(cell) for cell in original.cells if is_stub(cell)}
    for asked in original.cells:
        name, blank = grade_id(asked), asked.source.strip()
        if is_essay(asked) and mended[name] == blank:
            found = [_quoted(one) for one in own if one.prose and grade_id(one.cell) not in essays]
        elif is_stub(asked) and (name in untried or _is_untouched(mended[name], asked, original, theirs)):
            found = [
                f"cell {one.number}"
                for one in own
                if one.code and grade_id(one.cell) != name and _is_more(one.cell, given)
            ]
        else:
            continue
        if places := [*found, *beside]:
            more = ["others"] if len(places) > MOST else []
            yield name, ", ".join(places[:MOST] + more)


def _is_untouched(text, stub, original, theirs):
    """Whether a stub is as it was released, or empty, and no other cell has its function."""
    function = function_of(stub, original)
    return text in ("", stub.source.strip()) and not any(binds(cell, function) for cell in theirs)


def _is_more(cell, given):
    """Whether a cell has more than the one function that was asked for there."""
    asked = given.get(grade_id(cell))
    return asked is None or bool(_defined(cell) - asked)


def _defined(cell):
    """The names of the functions and classes in a cell."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(as_python(cell.source))) if isinstance(node, kinds)}


def _own(cell, number, original):
    """What a student has written in a cell -> Own."""
    text = cell.source.strip()[:LONG]
    if any(cell.source.strip() == one.source.strip() for one in original.cells):
        return Own(cell, number, "", False)
    old = _before(cell, original)
    added = _added(text, old)
    if cell.cell_type == "code" and _is_python(text):
        words = _added(_words_in(text), _words_in(old))
        is_long = len(added) >= (CODE if old else PROSE)
        return Own(cell, number, words * (len(words) >= CODE), is_long and parsed(text) != [])
    is_long = len(added) >= PROSE
    return Own(cell, number, added * is_long, is_long and bool(LIKE_CODE.search(text)))


def _before(cell, original):
    """The text of the lesson's cell that a student has changed; "" for a cell of the student's own."""
    for one in original.cells:
        if (grade_id(one) and grade_id(one) == grade_id(cell)) or (
            one.get("id") and one.id == cell.get("id")
        ):
            return one.source
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(cell.source.strip()[:LONG].split())
    for one in original.cells:
        matcher.set_seq1(one.source.split())
        if all(ratio() > ALIKE for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)):
            return one.source
    return ""


def _added(text, old):
    """The words of a text that an older one has not, or not so often."""
    rest, added = Counter(old.split()), []
    for word in text.split():
        if rest[word]:
            rest[word] -= 1
        else:
            added.append(word)
    return " ".join(added)


def _is_python(text):
    """Whether it is code, and no words in a cell for code, such as `%%markdown`."""
    lines = text.strip().splitlines()
    body = "\n".join(lines[1:]) if lines and lines[0].startswith("%%") else text
    return parsed(body) is not None or (body is text and bool(as_python(text)))


def _words_in(text):
    """The comments and the strings of code."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(as_python(text) or text).readline))
    except (tokenize.TokenError, *NOT_PYTHON):
        return ""
    return " ".join(one.string for one in tokens if one.type in (tokenize.COMMENT, tokenize.STRING))


def _quoted(own):
    words = " ".join(re.findall(r"\w[\w'’-]*", own.prose)[:QUOTED])[:LETTERS]
    return f"cell {own.number} (“{words}”)"
