"""Turn the lessons into web pages: `make html`, or `python tools/web_pages.py [notebook ...]`.

Each lesson, the glossary and the references become one HTML file in build/html/ with everything inside:
styles, fonts, figures with their alternative texts, and the formulas already set. They open without a network
and without an installation. The notebooks are not touched.

A page has no kernel. In the place of a slider, of the explorer and of a check it says what JupyterLab shows.
"""

import html
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat.v4 import new_notebook, new_raw_cell

import solutions
from formulas import Formulas, styles
from gmmlesson import datasets
from gmmlesson.explorer import EMExplorer
from npm_packages import install

ROOT = Path(__file__).resolve().parent.parent
STYLE = ROOT / "teaching" / "pages"
FOLDER = ROOT / "build" / "html"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted((ROOT / "notebooks").glob("*.md"))  # glossary and references
INDEX, EXPLORER = "index.html", "explorer.html"
LINKS = [
    (INDEX, "All lessons"),
    ("glossary.html", "Glossary"),
    ("references.html", "References"),
    (EXPLORER, "Explorer"),
]

SLIDER = re.compile(r"\[Slider: (?P<label>.+)\. Open this notebook in JupyterLab to move it\.\]")
MOVED = "In JupyterLab a slider stands here: {label}. This page cannot move it; look at the figure {place}."
PLAYED = (
    "In JupyterLab the explorer stands here, with the data of this lesson: press E and M, and watch the "
    "mixture move. This page cannot run it; "
    f"[the explorer with the geyser's data]({EXPLORER}) needs no JupyterLab."
)
CHECKED = "In JupyterLab this cell tries your function, and says what it finds. This page cannot run it."
CONTENTS = """# A course on Gaussian mixtures and EM

These pages show the lessons with the outputs that are stored in them. Nothing needs to be installed, and
nothing is loaded from the network. To run the code, to move the sliders and to have your exercises checked,
open the lessons in JupyterLab.

{lessons}

The course's words are in the [glossary](glossary.md), its sources in the [references](references.md). The
[explorer]({explorer}) is EM in the hand, with the eruptions of the geyser Old Faithful.
"""


# --- The parts of a page -------------------------------------------------------------------------


def part(kind: str, source: str, **metadata):
    """One part of a page, as a cell that the template understands."""
    return new_raw_cell(source, metadata={"part": kind, **metadata})


def parts_of(notebook) -> list:
    """What a page shows of a lesson, in order."""
    parts = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(part("text", cell.source))
        elif cell.cell_type == "code":
            hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
            parts.append(part("code", cell.source, hidden=hidden))
            parts += [part("live", CHECKED)] if is_check(cell) else shown(notebook, number)
    return parts


def is_check(cell) -> bool:
    """Whether a cell's output is what a check says of an answer that nobody has written yet."""
    said = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    return solutions.role(cell) == "check" or 'role="status"' in said


def shown(notebook, number: int) -> Iterator:
    """The outputs of a cell: what it printed, its figures, what is live in JupyterLab."""
    captions = set()
    for output in notebook.cells[number].outputs:
        data = output.get("data", {})
        plain = data.get("text/plain", "")
        if output.output_type == "stream":
            yield part("output", output.text.rstrip("\n"))
        elif "image/png" in data:
            look = output.metadata["image/png"]
            captions.add(f"Figure: {look['alt']}")
            yield part("figure", data["image/png"].replace("\n", ""), alt=look["alt"], width=look["width"])
        elif slider := SLIDER.fullmatch(plain):
            place = "below" if is_below(notebook, number) else "above"
            yield part("live", MOVED.format(label=slider["label"], place=place))
        elif plain.startswith("EMExplorer("):
            yield part("live", PLAYED)
        elif plain not in captions:
            yield part("output", plain)


def is_below(notebook, number: int) -> bool:
    """Whether the figure that stands nearest to a cell comes after it."""
    places = [
        i
        for i, cell in enumerate(notebook.cells)
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    ]
    return min(places, key=lambda place: (abs(place - number), -place)) > number


def prepared(markdown: str, formulas: Formulas) -> str:
    """Questions framed, links led to the other pages, formulas taken out."""
    question = r"^\*\*Predict.*?(?=\n\s*\n|\Z)"
    frame = r'<div class="predict">\n\n\g<0>\n\n</div>'
    text = re.sub(question, frame, markdown, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\]\((?:\.\./)?README\.md\)", f"]({INDEX})", text)
    text = re.sub(r"\]\(([\w/]+)\.(?:ipynb|md)(#[^)]*)?\)", r"](\1.html\2)", text)
    return formulas.hide(text)


# --- Writing HTML --------------------------------------------------------------------------------


def dashed(heading: str) -> str:
    """The anchor of a heading as links between notebooks name it."""
    return heading.replace(" ", "-")


def slug(heading: str) -> str:
    """The anchor of a heading as links to Markdown files name it."""
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def finished(page: str, anchor: Callable[[str], str]) -> str:
    """The page with an anchor at each heading, tables in boxes that scroll, and no header without words."""

    def heading(match: re.Match) -> str:
        plain = html.unescape(re.sub(r"<[^>]+>", "", match[2]))
        return f'<h{match[1]} id="{html.escape(anchor(plain))}">{match[2]}</h{match[1]}>'

    page = re.sub(r"<h([1-6])>(.*?)</h\1>", heading, page)
    page = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", page)
    return re.sub(r"<table>.*?</table>", r'<div class="table">\g<0></div>', page, flags=re.DOTALL)


def to_html(title: str, parts: list, anchor: Callable[[str], str] = dashed) -> str:
    """The page with these parts."""
    modules, formulas = install(), Formulas()
    for cell in parts:
        if cell.metadata.part in {"text", "live"}:
            cell.source = prepared(cell.source, formulas)
    exporter = HTMLExporter(
        template_name=STYLE.name, extra_template_basedirs=[str(STYLE.parent)], exclude_anchor_links=True
    )
    resources = {
        "math_css": styles(modules),
        "css": (STYLE / "pages.css").read_text(encoding="utf-8"),
        "links": LINKS,
    }
    notebook = new_notebook(cells=parts, metadata={"title": title})
    page, _ = exporter.from_notebook_node(notebook, resources={"pages": resources})
    return formulas.show(finished(page, anchor), modules)


def heading(markdown: str) -> str:
    """The first line: "02 · The E-step"."""
    return markdown.splitlines()[0].lstrip("# ")


def lesson_page(path: Path) -> str:
    """The page of a lesson."""
    notebook = nbformat.read(path, as_version=4)
    return to_html(heading(notebook.cells[0].source), parts_of(notebook))


def text_page(path: Path) -> str:
    """The page of the glossary or of the references."""
    text = re.sub("^###", "##", path.read_text(encoding="utf-8"), flags=re.MULTILINE)  # no level is left out
    return to_html(heading(text), [part("text", text)], slug)


def contents(lessons: list[Path]) -> str:
    """The page that leads to all others."""
    items = []
    for path in lessons:
        first = nbformat.read(path, as_version=4).cells[0].source
        does = re.search(r"^- \*\*You will do\*\* *(.+)$", first, re.MULTILINE)
        items.append(f"- [{heading(first)}]({path.name}): {does[1]}")
    text = CONTENTS.format(lessons="\n".join(items), explorer=EXPLORER)
    return to_html(heading(text), [part("text", text)])


def write_explorer(path: Path) -> None:
    """The explorer with the data of the first lesson, which needs no kernel."""
    labels = ("eruption (minutes)", "wait (minutes)")
    EMExplorer(datasets.old_faithful(), 2, seed=8, labels=labels).to_html(path, title="EM explorer")


def write(folder: Path) -> Iterator[Path]:
    """All pages into a folder; the files, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = dict.fromkeys(LESSONS, lesson_page) | dict.fromkeys(PAGES, text_page)
    for path, page in pages.items():
        yield write_page(folder / f"{path.stem}.html", page(path))
    yield write_page(folder / INDEX, contents(LESSONS))
    write_explorer(folder / EXPLORER)
    yield folder / EXPLORER


def write_page(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def main(arguments: list[str]) -> int:
    if arguments:
        FOLDER.mkdir(parents=True, exist_ok=True)
        paths = (write_page(FOLDER / f"{path.stem}.html", lesson_page(path)) for path in map(Path, arguments))
    else:
        paths = write(FOLDER)
    for path in paths:
        print(path.relative_to(ROOT), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
