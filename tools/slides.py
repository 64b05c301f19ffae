"""Turn the lessons into slides: `make slides`, or `python tools/slides.py [notebook ...]`.

A lesson becomes one HTML file in build/slides/ with everything inside: reveal.js, fonts, figures, and the
formulas already set. It opens from a memory stick, without a network. The notebooks are not touched.

`make slides PLAN=six` makes a file of each session of a plan in teaching/README.md instead, with the scenes
in the order of its table. PLAN is the beginning of the plan's heading.

A section of the lesson is a column of slides. A question, the code with its output, a figure with its
explanation: a slide each. Folded answers, "Try it" and the section of the teacher's guide are speaker notes
(press S). Exercises keep their statement, and lose their cells.
"""

import argparse
import ast
import base64
import io
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
import numpy as np
import PIL.Image
from nbconvert import SlidesExporter
from nbformat.v4 import new_notebook, new_raw_cell

from formulas import Formulas, styles
from guides import LETTERS, TEACHING, Item, Scene, Session, plan, scenes, slug
from npm_packages import install
from wrapping import pages_of_code, pages_of_lines, wrap_code, wrap_printed

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "notebooks"
STYLE = TEACHING / "slides"
BUILD = ROOT / "build"
QUESTIONS = "Three questions"
OTHERS = "What others call it"  # a box for readers, not for a room
STATEMENT = "-statement"  # the end of the grade_id of the cell that states an exercise

# Sizes of a slide in pixels, as slides.css has them; character widths are those of a wide font.
HEIGHT, WIDTH, TEXT_WIDTH, BESIDE = 590, 1184, 1090, 356
OPENING = 160  # less height, on the slide with the title of the lesson
LINE, CHARACTER, GAP = 37.5, 14.0, 16
FIGURE_WIDTH = 940  # at least, where text stands below it
SMALL = 0.85  # text beside or below a figure
CODE_LINE, CODE_CHARACTER, COLUMNS, BOX = 29.1, 13.25, 86, 38
ROWS = int((HEIGHT - BOX) / CODE_LINE)
ZOOMS = (1.4, 1.3, 1.2, 1.1)  # of a slide with room to spare
WIDE = 1.65  # width / height from which a figure has its text below
FIGURE_HEIGHT = 645  # of the picture, where no text stands below it
# Pixels of the smallest letters: in a stored figure (10 points, 144 dots an inch), and on a slide at least.
IN_FIGURE, READABLE = 20, 16
ROOMY = 1.2  # code is wrapped sooner, for letters so much larger, if that adds few lines


@dataclass
class Slide:
    """What one slide shows. parts: (kind, content, shown only after a click)."""

    title: str
    level: int = 2
    opens: bool = False  # the first of its section
    layout: str = ""
    parts: list[tuple[str, object, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    scene: str = ""  # the section that it belongs to
    exercise: str = ""  # the name of the exercise that it states
    must_do: bool = False
    anchor: str = ""  # what a link to it says


@dataclass
class Figure:
    """A picture as it is stored in a notebook."""

    png: str  # base64
    alt: str

    @property
    def image(self) -> PIL.Image.Image:
        return PIL.Image.open(io.BytesIO(base64.b64decode(self.png)))

    @property
    def aspect(self) -> float:
        width, height = self.image.size
        return width / height

    def pieces(self) -> list["Figure"]:
        """The figure; one that is too tall for its letters in two, cut between two rows of panels."""
        image = self.image
        width, height = image.size
        if height * READABLE <= FIGURE_HEIGHT * IN_FIGURE:
            return [self]
        blank = np.flatnonzero((np.array(image.convert("L")) == 255).all(axis=1))
        inside = blank[(blank > height / 5) & (blank < height * 4 / 5)]
        if not inside.size:
            raise ValueError(f"A figure {height} pixels high cannot be cut for the slides: {self.alt}")
        gaps = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
        widest = max(gaps, key=lambda gap: gap.size - abs(gap.mean() - height / 2) / 20)
        middle = int(widest.mean())
        halves = []
        for part, box in (("upper", (0, 0, width, middle)), ("lower", (0, middle, width, height))):
            buffer = io.BytesIO()
            image.crop(box).save(buffer, "PNG", optimize=True)
            png = base64.b64encode(buffer.getvalue()).decode()
            halves.append(Figure(png, f"The {part} part. {self.alt}"))
        return halves


# --- Reading a lesson ----------------------------------------------------------------------------


def blocks(markdown: str) -> list[str]:
    """Paragraphs, headings, lists, tables, formulas and folded answers, in order."""
    folded = re.compile(r"<details.*?</details>", re.DOTALL)
    formula = re.compile(r"\$\$.*?\$\$", re.DOTALL)
    kept = []

    def keep(match):
        kept.append(match[0])
        return f"\n\n@@{len(kept) - 1}@@\n\n"

    text = formula.sub(keep, folded.sub(keep, markdown))
    pieces = [piece.strip() for piece in re.split(r"\n\s*\n", text) if piece.strip()]
    return [re.sub(r"@@(\d+)@@", lambda match: kept[int(match[1])], piece) for piece in pieces]


def heading(block: str) -> tuple[int, str] | None:
    match = re.fullmatch(r"(#{1,3}) +(.+)", block)
    return (len(match[1]), re.sub(r"[`*]", "", match[2]).replace("\\_", "_")) if match else None


def is_formula(block: str) -> bool:
    return block.startswith("$$")


def is_question(block: str) -> bool:
    return block.startswith("**Predict")


def folded_answer(block: str) -> tuple[str, str] | None:
    match = re.fullmatch(r"<details>\s*<summary>(.*?)</summary>(.*)</details>", block, re.DOTALL)
    return (match[1].strip(), match[2].strip()) if match else None


def is_said(block: str) -> bool:
    """For the speaker, not for the slide: folded answers, and what to try at one's own desk."""
    return folded_answer(block) is not None or block.startswith("**Try it")


def said(block: str) -> str:
    answer = folded_answer(block)
    return f"*{answer[0]}* {answer[1]}" if answer else block


def shown_code(source: str) -> str:
    """The code without imports, and without the plumbing of figures (calls of `plots`)."""

    def plumbing(node: ast.stmt) -> bool:
        match node:
            case ast.Import() | ast.ImportFrom():
                return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="plots" | "sliders" | "ax")))):
                return True
            case ast.Expr(value=ast.Call(func=ast.Name(id="display"))):
                return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="set_printoptions" | "simplefilter"))):
                return True
        return False

    lines = source.splitlines()
    for node in ast.parse(source).body:
        if plumbing(node):
            for i in range(node.lineno - 1, node.end_lineno):
                lines[i] = None
    kept = "\n".join(line for line in lines if line is not None)
    return re.sub(r"\n{2,}", "\n\n", kept).strip()


def outputs(cell) -> tuple[str, list[Figure]]:
    """What a cell printed, and its figures. What describes a figure is its alternative text: no caption."""
    printed, figures = [], []
    for output in cell.outputs:
        png = output.get("data", {}).get("image/png")
        if png:
            alt = output.metadata.get("image/png", {}).get("alt", "")
            figures.append(Figure(png.replace("\n", ""), alt))
        elif output.output_type == "stream":
            printed.append(output.text)
    return "".join(printed).strip("\n"), figures


def scenes_of(path: Path) -> dict[str, Scene]:
    """What the teacher's guide says on each scene of a lesson: {heading: scene}."""
    return {scene.title: scene for scene in scenes(TEACHING / f"{path.stem}.md")}


# --- What fits -----------------------------------------------------------------------------------


def text_height(block: str, width: float = TEXT_WIDTH, size: float = 1.0) -> float:
    """The height of a block of Markdown in pixels, a little too large rather than too small."""
    if is_formula(block):
        rows = 2.4 if re.search(r"\\(sum|frac|begin|int|exp\\left)", block) else 1.5
        return (rows * LINE + 2 * GAP) * size
    if block.startswith("|"):
        return (block.count("\n") + 0.5) * 1.3 * LINE * 0.86 + GAP
    per_line = width / (CHARACTER * size)
    lines = 0
    for item in re.split(r"\n(?=[-*] |\d+\. )", block):
        plain = re.sub(r"\\(?:text|log|exp)\b|\\[a-zA-Z]+|[{}$*`]|\]\([^)]*\)", " ", item)
        lines += math.ceil(len(re.sub(r"\s+", " ", plain)) / per_line)
    padding = 40 if is_question(block) else 0
    return lines * LINE * size + GAP + padding


def heights(texts: list[str], width: float = TEXT_WIDTH, size: float = 1.0) -> float:
    return sum(text_height(text, width, size) for text in texts)


def code_height(code: str, printed: str) -> float:
    return sum((part.count("\n") + 1) * CODE_LINE + BOX for part in (code, printed) if part)


def wrapped(code: str, printed: str) -> tuple[str, str]:
    """Both with lines that fit; in larger letters where nothing printed and few lines of code pay for it."""
    narrow = int(COLUMNS / ROOMY)
    usual, roomy = wrap_code(code, COLUMNS), wrap_code(code, narrow)
    table, narrow_table = wrap_printed(printed, COLUMNS), wrap_printed(printed, narrow)
    fits = max(map(len, roomy.splitlines()), default=0) <= narrow and table == narrow_table
    few = roomy.count("\n") <= 1.25 * usual.count("\n") + 1
    if fits and few and code_height(roomy, table) * ROOMY <= HEIGHT:
        return roomy, table
    return usual, table


def zoom(slide: "Slide") -> float:
    """How much larger than usual the text and code of a slide can be. Slides with a figure have no room."""
    if slide.layout:
        return 1.0
    codes = {kind: content for kind, content, _ in slide.parts if kind in {"code", "output"}}
    texts = [piece for kind, content, _ in slide.parts if kind == "text" for piece in content.split("\n\n")]
    lines = [line for code in codes.values() for line in code.splitlines()]
    widest = max((len(line) * CODE_CHARACTER + BOX for line in lines), default=0)
    boxes = code_height(codes.get("code", ""), codes.get("output", ""))
    room = HEIGHT - OPENING * (slide.level == 1)
    for size in ZOOMS:
        if widest * size <= WIDTH and boxes * size + heights(texts, TEXT_WIDTH, size) <= room:
            return size
    return 1.0


# --- Making slides -------------------------------------------------------------------------------


class Deck:
    """The slides of a lesson, added one after the other."""

    def __init__(self, guide: dict[str, Scene]):
        self.slides: list[Slide] = []
        self.guide = guide
        self.title, self.level, self.opens = "", 2, True
        self.scene = self.exercise = ""
        self.predictions = 0  # of this scene, so far
        self.due: list[str] = []  # votes that wait for the code that they ask about

    def section(self, level: int, title: str):
        self.vote()
        self.title, self.level, self.opens = title, level, level < 3
        if level < 3:
            self.scene, self.predictions = title, 0

    def leave_exercise(self):
        if self.level == 3:
            self.title, self.level, self.exercise = self.scene, 2, ""

    def add(self, *parts: tuple[str, object, bool], layout: str = "") -> Slide:
        if [kind for kind, _, _ in parts] != ["code"]:  # code alone answers nothing, and may be what to read
            self.vote()
        slide = Slide(self.title, self.level, self.opens, layout, list(parts))
        slide.scene, slide.exercise = self.scene, self.exercise
        guide = self.guide.get(self.scene) if self.level == 2 else None
        slide.must_do = bool(guide and guide.must_do)
        if guide and self.opens:
            slide.notes.append(f"**{guide.minutes} minutes.**\n\n{guide.text}")
        self.opens = False
        self.slides.append(slide)
        if guide:
            self._ask(guide, [content for kind, content, _ in parts if kind == "text"])
        return slide

    def _ask(self, guide: Scene, texts: list[str]):
        """After a question its vote is due, with the four answers."""
        pieces = [piece for text in texts for piece in text.split("\n\n")]
        for _ in filter(is_question, pieces):
            self.predictions += 1
            for vote in guide.votes:
                if vote.place == self.predictions:
                    answers = [
                        f"**{letter}** {text}" for letter, text in zip(LETTERS, vote.answers, strict=True)
                    ]
                    self.due.append("\n\n".join([f"**Vote.** {vote.question}", *answers]))

    def vote(self):
        """The slides of the votes that are due."""
        due, self.due = self.due, []
        for text in due:
            self.add(("text", text, False))

    def text(self, pieces: list[str]):
        """Text alone, on as many slides as it needs."""
        page: list[str] = []
        for piece in pieces:
            if page and heights([*page, piece]) > HEIGHT:
                introduction = [page.pop()] if is_formula(piece) and len(page) > 1 else []
                self.add(("text", "\n\n".join(page), False))
                page = introduction
            page.append(piece)
        if page:
            self.add(("text", "\n\n".join(page), False))

    def notes(self, pieces: list[str]):
        """What is said, not shown, at the last slide."""
        self.slides[-1].notes += [said(piece) for piece in pieces]

    def markdown(self, pieces: list[str]):
        """Headings, text, and what is only said."""
        page, spoken = [], []

        def turn():
            self.text(page)
            if spoken:
                self.notes(spoken)
            page.clear()
            spoken.clear()

        for piece in pieces:
            if heading(piece):
                turn()
                self.section(*heading(piece))
            elif self.level == 1:
                apart = re.split(r"(?:^|\s+)(?:- +)?(?=\*\*(?:You|Time)\b)", piece)  # do, learn, need, time
                page += filter(None, apart)
            elif is_said(piece):
                if folded_answer(piece) and folded_answer(piece)[0] == OTHERS:
                    continue
                spoken.append(piece)
                if self.title == QUESTIONS:
                    page.append(f"{len(spoken)}. {folded_answer(piece)[0]}")
            else:
                page.append(piece)
        turn()

    def cell(self, code: str, printed: str, figures: list[Figure], explanation: list[str] = ()):
        """A code cell: what it says, what it prints, its figures, and the sentences that follow."""
        preparation = figures and not printed and code.count("\n") < 2  # a line or two, for the figure alone
        if (code or printed) and not preparation:
            code, printed = wrapped(code, printed)
            *codes, code = pages_of_code(code, ROWS)
            *first_lines, printed = pages_of_lines(printed, ROWS)
            if first_lines or code_height(code, printed) > HEIGHT:
                codes, code = [*codes, code], ""
            for page in codes:
                self._code(page, "")
            for page in first_lines:
                self._code("", page)
            if code or printed:
                slide, used = self._code(code, printed), code_height(code, printed)
            else:
                slide, used = self.slides[-1], HEIGHT
            if explanation and not figures and used + heights(explanation) <= HEIGHT:
                slide.parts.append(("text", "\n\n".join(explanation), True))
                explanation = []
        figures = [piece for figure in figures for piece in figure.pieces()]
        for figure in figures[:-1]:
            self._figure(figure, [])
        if figures:
            explanation = self._figure(figures[-1], explanation)
        self.text(explanation)

    def _code(self, code: str, printed: str) -> Slide:
        parts = [("code", code, False)] if code else []
        parts += [("output", printed, bool(code))] if printed else []
        return self.add(*parts)

    def _figure(self, figure: Figure, explanation: list[str]) -> list[str]:
        """A figure with as many of the sentences as fit; the others are returned."""
        beside = figure.aspect <= WIDE
        width = BESIDE if beside else WIDTH
        room = HEIGHT - 50 if beside else HEIGHT - FIGURE_WIDTH / figure.aspect
        count = 0
        while count < len(explanation) and heights(explanation[: count + 1], width, SMALL) <= room:
            count += 1
        slide = self.add(("figure", figure, False), layout="beside" if beside and count else "below")
        if count:
            slide.parts.append(("text", "\n\n".join(explanation[:count]), True))
        return explanation[count:]


def looks_back(pieces: list[str]) -> int:
    """How many pieces of a Markdown cell speak of the cell before it; the others prepare the next one."""
    end = next((i for i, piece in enumerate(pieces) if heading(piece) or is_question(piece)), len(pieces))
    shown = [i for i in range(end) if not is_said(pieces[i])]
    if end < len(pieces) and is_question(pieces[end]) and len(shown) > 1:
        end = shown[-1]  # the last paragraph sets the question
    for before, i in zip([0, *shown], shown, strict=False):
        if is_formula(pieces[i]):  # belongs, with the sentence before it, to the lines that compute it
            return min(end, before)
    return end


def slides_of(notebook, guide: dict[str, Scene]) -> list[Slide]:
    """The slides of a lesson; `guide` holds what the teacher's guide says on its scenes."""
    deck = Deck(guide)
    waiting = None  # a code cell whose explanation comes with the next Markdown cell
    for cell in notebook.cells:
        if "exercise" not in cell.metadata.get("tags", []):
            deck.leave_exercise()
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata:  # no stubs, no checks
            if waiting:
                deck.cell(*waiting)
            waiting = shown_code(cell.source), *outputs(cell)
        elif cell.cell_type == "markdown":
            pieces = [piece for piece in blocks(cell.source) if not piece.startswith("*Your answer")]
            if waiting:
                count = looks_back(pieces)
                deck.cell(*waiting, [piece for piece in pieces[:count] if not is_said(piece)])
                deck.notes([piece for piece in pieces[:count] if is_said(piece)])
                waiting, pieces = None, pieces[count:]
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if grade_id.endswith(STATEMENT):
                deck.exercise = grade_id.removesuffix(STATEMENT)
            deck.markdown(pieces)
    if waiting:
        deck.cell(*waiting)
    deck.vote()
    return deck.slides


# --- Writing HTML --------------------------------------------------------------------------------


def inlined(modules: Path) -> dict[str, str]:
    """Styles and scripts as text that may stand in a page; fonts are inside the styles."""

    def script(path: Path) -> str:
        return path.read_text(encoding="utf-8").replace("</script", r"<\/script")

    reveal = modules / "reveal.js"
    return {
        "reveal_css": (reveal / "dist/reveal.css").read_text(encoding="utf-8"),
        "reveal_js": script(reveal / "dist/reveal.js"),
        "notes_js": script(reveal / "plugin/notes/notes.js"),
        "math_css": styles(modules),
        "css": (STYLE / "slides.css").read_text(encoding="utf-8"),
    }


Target = Callable[
    [str], str
]  # the name of a lesson's file -> the address of its slides, "" if there are none


def to_notebook(title: str, slides: list[Slide], formulas: Formulas, target: Target):
    """The slides as a notebook that the template understands: a cell for each part."""

    def cell(part: str, source: str, **metadata):
        return new_raw_cell(source, metadata={"part": part, **metadata})

    cells = []
    for slide in slides:
        look = {"level": slide.level, "layout": slide.layout, "zoom": zoom(slide)}
        marks = {"must_do": slide.must_do, "anchor": slide.anchor}
        first = cell("title", formulas.hide(slide.title), **look, **marks)
        first.metadata.slideshow = {"slide_type": "slide" if slide.opens else "subslide"}
        cells.append(first)
        for kind, content, step in slide.parts:
            if kind == "figure":
                cells.append(cell("figure", content.png, alt=content.alt))
            else:
                source = prepared(content, formulas, target) if kind == "text" else content
                cells.append(cell(kind, source, step=step))
        if slide.notes:
            spoken = linked(without_sources("\n\n".join(slide.notes)), target)
            notes = cell("notes", formulas.hide(spoken))
            notes.metadata.slideshow = {"slide_type": "notes"}
            cells.append(notes)
    return new_notebook(cells=cells, metadata={"title": title})


def prepared(markdown: str, formulas: Formulas, target: Target) -> str:
    """Questions framed, links to other lessons led to their slides, formulas taken out."""
    frame = '<div class="predict">\n\n{}\n\n</div>'
    pieces = [frame.format(piece) if is_question(piece) else piece for piece in markdown.split("\n\n")]
    text = re.sub(r"\[([^\]]*)\]\(\.\./[^)]*\)", r"\1", "\n\n".join(pieces))
    return formulas.hide(without_sources(linked(text, target)))


def linked(markdown: str, target: Target) -> str:
    """The text with its links to lessons led to their slides; the words alone where there are none."""

    def link(match: re.Match) -> str:
        address = target(match[2])
        return f"[{match[1]}]({address})" if address else match[1]

    return re.sub(r"\[([^\]]*)\]\((\d\d_\w+)\.ipynb\)", link, markdown)


def without_sources(markdown: str) -> str:
    """The text without its links to the list of sources, which the slides do not have."""
    return re.sub(r"\[([^\]]+)\]\(references\.md[^)]*\)", r"\1", markdown)


def to_page(title: str, slides: list[Slide], target: Target) -> str:
    """The page with these slides."""
    modules, formulas = install(), Formulas()
    exporter = SlidesExporter(template_name=STYLE.name, extra_template_basedirs=[str(STYLE.parent)])
    notebook = to_notebook(title, slides, formulas, target)
    html, _ = exporter.from_notebook_node(notebook, resources={"slides": inlined(modules)})
    return formulas.show(html, modules)


def to_html(path: Path) -> str:
    """The page with the slides of one lesson."""
    slides = slides_of(nbformat.read(path, as_version=4), scenes_of(path))
    return to_page(slides[0].title, slides, "{}.html".format)


# --- A session of a plan -------------------------------------------------------------------------


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def session_slides(session: Session) -> list[Slide]:
    """The slides of a session: its table, then each of its rows. Raises ValueError for an unknown scene."""
    rows = "\n".join(f"| {clock(item.at)} | {item.what} |" for item in session.items)
    table = f"| | |\n|---|---|\n{rows}"
    slides = [Slide(session.title, 1, True, parts=[("text", table, False)])]
    decks = {}
    for item in session.items:
        if item.lesson and item.lesson not in decks:
            decks[item.lesson] = lesson_slides(item.lesson, session)
            shown = item_slides(item, decks[item.lesson])
            shown[0].anchor = f"lesson-{item.lesson}"
        else:
            shown = item_slides(item, decks.get(item.lesson, []))
        slides += shown
    return slides


def lesson_slides(number: str, session: Session) -> list[Slide]:
    """All slides of a lesson, with the session's minutes for its scenes."""
    path = next(LESSONS.glob(f"{number}_*.ipynb"))
    guide = scenes_of(path)
    for item in session.items:
        if item.lesson == number and item.what in guide:
            guide[item.what] = replace(guide[item.what], minutes=item.minutes)
    return slides_of(nbformat.read(path, as_version=4), guide)


def item_slides(item: Item, deck: list[Slide]) -> list[Slide]:
    """The slides of one row, from those of its lesson; the first one's notes begin with its time."""
    if not item.lesson:
        shown = [Slide(item.what, level=1)]
    elif item.exercise:
        shown = [slide for slide in deck if slide.exercise == item.exercise]
        shown = [
            slide for slide in shown if slide.title == shown[0].title
        ]  # not what follows it in the lesson
    else:
        shown = [slide for slide in deck if slide.scene == item.what and slide.level == 2]
    if not shown:
        raise ValueError(f"Lesson {item.lesson} has no scene or exercise {item.what!r}: see the plan.")
    for slide in shown:
        slide.opens = slide is shown[0]
    shown[0].notes.insert(0, f"**{clock(item.at)} to {clock(item.at + item.minutes)}.**")
    return shown


def plan_pages(name: str) -> dict[str, str]:
    """{name of a file: page} for each session of a plan."""
    sessions = plan(name, (TEACHING / "README.md").read_text(encoding="utf-8"))
    alone = len(sessions) == 1
    files = [f"{slug(s.title)}.html" if alone else f"{name}-{slug(s.title)}.html" for s in sessions]
    decks = dict(zip(files, map(session_slides, sessions), strict=True))
    homes = {}
    for file, deck in decks.items():
        for slide in deck:
            if slide.anchor:
                homes.setdefault(slide.anchor, []).append(file)
    return {
        file: to_page(deck[0].title, deck, lambda lesson, here=file: address(lesson, here, homes))
        for file, deck in decks.items()
    }


def address(lesson: str, here: str, homes: dict[str, list[str]]) -> str:
    """Where a link to a lesson leads from a file; homes: {anchor of a lesson: files with slides of it}."""
    anchor = f"lesson-{lesson[:2]}"
    files = homes.get(anchor, [])
    if here in files:
        return f"#/{anchor}"
    return f"{files[0]}#/{anchor}" if files else ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Write the slides into build/slides/.")
    parser.add_argument("--plan", help="the beginning of the heading of a plan in teaching/README.md")
    parser.add_argument("notebooks", nargs="*", type=Path, help="lessons; all, if none is named")
    options = parser.parse_args(arguments)
    folder = BUILD / "slides"
    folder.mkdir(parents=True, exist_ok=True)
    if options.plan:
        try:
            pages = plan_pages(options.plan).items()
        except ValueError as error:
            parser.exit(1, f"{error}\n")
    else:
        paths = options.notebooks or sorted(LESSONS.glob("*.ipynb"))
        pages = ((f"{path.stem}.html", to_html(path)) for path in paths)
    for file, page in pages:
        (folder / file).write_text(page, encoding="utf-8")
        print((folder / file).relative_to(ROOT), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
