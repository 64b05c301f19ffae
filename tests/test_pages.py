"""The glossary has every term of the lessons, and the references every source that is cited."""

import re
import unicodedata
from functools import cache
from itertools import pairwise

import pytest

from lesson_rules import BOX, without_code
from notebooks import LESSONS, ROOT, read

NOTEBOOKS = ROOT / "notebooks"
LABELS = {*BOX, "E", "M"}
ENTRY = re.compile(
    r"^- \*\*(?P<term>[^*]+)\*\* \(\[(?P<number>\d\d)\]\((?P<lesson>\d\d_\w+\.ipynb)\)\): \S.+\.$"
)
LONGEST = 5  # words of a term; what is longer, or ends as a sentence does, is a claim


def text_of(page):
    return (NOTEBOOKS / page).read_text(encoding="utf-8")


def singular(term):
    return term.lower().removesuffix("s") if term[-2:] != "ss" else term.lower()


@cache
def bold(lesson):
    """The terms that a lesson prints in bold: in small letters, singular, without claims and labels."""
    cells = [cell for cell in read(lesson).cells if cell.cell_type == "markdown"]
    text = "\n\n".join(without_code(cell.source) for cell in cells)
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    found = [" ".join(term.split()) for term in re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)]
    return [
        singular(term)
        for term in found
        if term not in LABELS and term[-1] not in ".?!:" and len(term.split()) <= LONGEST
    ]


def entries():
    """{term: lesson} of the glossary; a line that is no entry is an error."""
    lines = [line for line in text_of("glossary.md").splitlines() if line.startswith("- ")]
    matches = [ENTRY.match(line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    assert all(match["lesson"].startswith(f"{match['number']}_") for match in matches)
    assert len({singular(match["term"]) for match in matches}) == len(matches), "a term twice"
    return {singular(match["term"]): match["lesson"] for match in matches}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_bold_term_is_in_the_glossary_with_the_lesson_that_defines_it(lesson):
    terms = bold(lesson)
    assert sorted(terms) == sorted({*terms}), "a term is bold once, where it is defined"
    elsewhere = {term: entries().get(term, "nothing") for term in terms if entries().get(term) != lesson.name}
    assert not elsewhere, f"bold in {lesson.name}, but in notebooks/glossary.md with: {elsewhere}"


def test_every_entry_is_bold_in_its_lesson():
    lessons = {path.name: path for path in LESSONS}
    lost = [term for term, name in entries().items() if term not in bold(lessons[name])]
    assert not lost, f"not bold where the glossary sends its readers: {lost}"


@pytest.mark.parametrize(
    ("page", "pattern"), [("glossary.md", r"^- \*\*([^*]+)\*\*"), ("references.md", r"^### (.+)$")]
)
def test_a_page_is_in_the_order_of_the_alphabet(page, pattern):
    names = re.findall(pattern, text_of(page), re.MULTILINE)
    assert len(names) > 20
    assert [(a, b) for a, b in pairwise(names) if a.lower() > b.lower()] == []


def test_every_reference_is_cited_and_says_who_when_what_and_where():
    pieces = re.split(r"^### (.+)$", text_of("references.md"), flags=re.MULTILINE)[1:]
    cited = "\n".join(
        path.read_text(encoding="utf-8")
        for pattern in ("notebooks/*.ipynb", "notebooks/glossary.md", "teaching/*.md", "README.md")
        for path in ROOT.glob(pattern)
    )
    package = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("gmmlesson/**/*.py"))
    for name, entry in zip(pieces[::2], pieces[1::2], strict=True):
        anchor = re.sub(r"[^\w -]", "", name).lower().replace(" ", "-")
        in_docstring = re.search(rf"\b{name.split()[0]}\b[^.]*{name.split()[-1]}", package)
        assert f"references.md#{anchor})" in cited or in_docstring, f"{name} is cited nowhere"
        year = re.search(r"\b(1[789]|20)\d\d[a-z]?$", name)
        assert year, f"{name}: no year"
        assert f"({year[0]})" in entry and len(entry.split()) > 12, f"{name}: {entry.strip()}"


def test_an_entry_names_the_authors_of_its_heading():
    """Initials and one surname each, in the heading's order; of some headings only the first, "et al"."""
    pieces = re.split(r"^### (.+)$", text_of("references.md"), flags=re.MULTILINE)[1:]
    for name, entry in zip(pieces[::2], pieces[1::2], strict=True):
        first, *others, year = plain(name).split()
        said = re.split(", | and ", plain(entry.strip()).partition(f" ({year})")[0].removesuffix(" et al."))
        matches = [re.fullmatch(r"(?:[A-Z]\.[ -]?)+(?<= )(?P<surname>[^.]+)", author) for author in said]
        assert all(matches), f"{name}: {said}"
        surnames = [match["surname"] for match in matches]
        if others == ["et", "al"]:
            surnames, others = surnames[:1], []
        assert surnames == [first, *others], f"{name}: {said}"


def plain(words):
    """Without accents."""
    return "".join(one for one in unicodedata.normalize("NFKD", words) if not unicodedata.combining(one))
