"""The slides of each lesson: nothing comes from outside, formulas are set, nothing is cut off.

Needs node, npm (which fetches reveal.js and KaTeX into build/ once) and Chromium on PATH.
"""

import base64
import re
import shutil
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import slides
from notebooks import LESSONS, code_cells, figures, read

pytest_plugins = ["lab_fixtures"]  # its browser
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine")
lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
OUTSIDE = re.compile(
    r"""(?:src|srcset|href)=["']?(?!\#|data:|\d\d_|references\.md\#)[^"'>]+
    | url\((?!data:|\#)[^)]+\) | @import[^;]+""",
    re.VERBOSE,
)
SOURCES = "https://doi.org/"  # a link that may be followed; nothing is loaded from it
CDN = re.compile(r"unpkg|jsdelivr|cdnjs|cloudflare|googleapis|gstatic|bootstrapcdn|esm\.sh|polyfill\.io")
LEGIBLE = {".text": 22, ".code pre": 16.5, ".output": 17.5}  # pixels, at a height of 720

STATE = """(sizes) => {
    const frame = Reveal.getCurrentSlide().querySelector(".frame");
    const small = Object.entries(sizes).flatMap(([selector, size]) => [...frame.querySelectorAll(selector)]
        .map(element => parseFloat(getComputedStyle(element).fontSize))
        .filter(found => found < size).map(found => `${selector} ${found}px`));
    const cut = [...frame.querySelectorAll("pre")].filter(box => box.scrollWidth > box.clientWidth);
    const pictures = [...frame.querySelectorAll("img")];
    const lowest = Math.max(...[...frame.children].map(child => child.getBoundingClientRect().bottom));
    return {
        title: frame.innerText.slice(0, 60),
        over: [frame.scrollHeight - frame.clientHeight, frame.scrollWidth - frame.clientWidth, lowest - 690]
            .map(Math.round),
        small, cut: cut.length,
        lost: pictures.filter(picture => !picture.naturalWidth || picture.clientHeight < 250).length,
    };
}"""
GO = "i => { const { h, v } = Reveal.getIndices(Reveal.getSlides()[i]); Reveal.slide(h, v); }"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Lesson -> its file of slides, in a folder without anything else."""
    folder = tmp_path_factory.mktemp("slides")

    def page(lesson: Path) -> Path:
        path = folder / f"{lesson.stem}.html"
        if not path.exists():
            path.write_text(slides.to_html(lesson), encoding="utf-8")
        return path

    return page


def open_slides(browser, path: Path):
    """(page, addresses asked for outside the file, errors of its scripts)."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    return page, asked, errors


@needs_npm
@lessons
def test_everything_is_inside(lesson, pages):
    html = pages(lesson).read_text(encoding="utf-8")
    markup = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)  # reveal.js has addresses of its own
    outside = [found[0] for found in OUTSIDE.finditer(markup)]
    assert [found for found in outside if not found.startswith(f'href="{SOURCES}')] == []
    assert not CDN.findall(html)
    assert "<script src" not in html


@needs_npm
@lessons
def test_slides_as_they_are_seen(lesson, pages, browser):
    page, asked, errors = open_slides(browser, pages(lesson))
    problems = []
    for i in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(GO, i)
        state = page.evaluate(STATE, LEGIBLE)
        if max(state["over"]) > 0 or state["small"] or state["cut"] or state["lost"]:
            problems.append(state)
    formulas = page.evaluate("document.querySelectorAll('.slides .katex-html').length")
    raw = page.evaluate(
        "[...document.querySelectorAll('.slides .text, .slides aside')].map(e => e.textContent).join(' ')"
    )
    page.close()
    assert not problems
    assert not errors
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    prose = "".join(cell.source for cell in read(lesson).cells if cell.cell_type == "markdown")
    assert formulas > 0 or "$" not in prose
    assert not re.search(r"formula\d+alumrof|\$\$|\$\\", raw)


@needs_npm
def test_speaker_view(pages, browser):
    page, _, errors = open_slides(browser, pages(LESSONS[0]))
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.evaluate("Reveal.slide(1, 0)")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes .value")
    notes.get_by_text("Listen for").first.wait_for()
    text = notes.inner_text()
    page.close()
    assert "minutes." in text
    assert not errors
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []


# --- What is on which slide ----------------------------------------------------------------------

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


@lessons
def test_nothing_is_lost(lesson):
    notebook = read(lesson)
    deck = slides.slides_of(notebook, {})
    shown = [content for slide in deck for kind, content, _ in slide.parts if kind == "figure"]
    stored = [picture for cell in code_cells(notebook) for picture in figures(cell.outputs)]
    assert [base64.b64decode(figure.png) for figure in shown] == stored
    assert all(figure.alt for figure in shown)
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    headings = re.findall(r"^##? (.+)$", prose, re.MULTILINE)
    assert {slides.heading(f"## {title}")[1] for title in headings} <= {slide.title for slide in deck}


def lesson_with(*cells):
    return new_notebook(cells=[new_markdown_cell("# 99 · Try\n\n**You will do** little."), *cells])


def parts(deck, kind):
    return [content for slide in deck for found, content, _ in slide.parts if found == kind]


def test_answers_are_said_not_shown():
    text = (
        "## Scene\n\nQuestion.\n\n<details><summary>Which?</summary>\n\nBoth, $$x = 1$$.\n\n</details>\n\n"
        "**Try it.** Change it.\n\n## Three questions\n\n<details><summary>Why?</summary>\n\nSo.</details>"
    )
    deck = slides.slides_of(lesson_with(new_markdown_cell(text)), {"Scene": "**5 minutes.** Ask."})
    assert parts(deck, "text") == ["**You will do** little.", "Question.", "1. Why?"]
    assert deck[1].notes == ["**5 minutes.** Ask.", "*Which?* Both, $$x = 1$$.", "**Try it.** Change it."]
    assert deck[2].notes == ["*Why?* So."]


def test_exercises_keep_their_statement_alone():
    tags = {"tags": ["exercise"]}
    graded = tags | {"nbgrader": {"grade_id": "e_step"}}
    deck = slides.slides_of(
        lesson_with(
            new_markdown_cell("## Scene\n\nFirst."),
            new_markdown_cell("### Your turn: the E-step\n\nWrite it.", metadata=graded),
            new_code_cell("from gmmlesson.exercises import check", metadata=tags),
            new_code_cell("def my_e_step(X, mixture): ...", metadata=graded),
            new_code_cell('check("e_step", my_e_step)', metadata=graded),
            new_markdown_cell("Then.", metadata={}),
            new_markdown_cell("### Your turn: find the bug\n\nRead.", metadata=graded),
            new_code_cell("def wrong(): ...", metadata=tags),
            new_markdown_cell("### In your own words\n\nWhy?\n\n*Your answer:*", metadata=graded),
        ),
        {},
    )
    assert parts(deck, "text")[1:] == ["First.", "Write it.", "Then.", "Read.", "Why?"]
    assert parts(deck, "code") == ["def wrong(): ..."]
    bug = "Your turn: find the bug"
    titles = ["Scene", "Your turn: the E-step", "Scene", bug, bug, "In your own words"]
    assert [slide.title for slide in deck[1:]] == titles


def test_code_without_plumbing_and_figure_without_its_caption():
    picture = new_output("display_data", data={"image/png": PIXEL})
    picture.metadata = {"image/png": {"alt": "A dot."}}
    source = "import numpy\n\nx = 1\ndisplay(plots.dot(x))\nprint(x)\nplots.dot(x)"
    described = new_output("display_data", data={"text/plain": "Figure: A dot."})
    outputs = [picture, described, new_output("stream", text="1\n")]
    deck = slides.slides_of(
        lesson_with(
            new_code_cell(source, outputs=outputs),
            new_markdown_cell("It is a dot.\n\nA setting.\n\n**Predict.** Next?"),
        ),
        {},
    )
    assert parts(deck, "code") == ["x = 1\nprint(x)"]
    assert parts(deck, "output") == ["1"]
    assert parts(deck, "figure")[0].alt == "A dot."
    assert parts(deck, "text")[1:] == ["It is a dot.", "A setting.\n\n**Predict.** Next?"]


@needs_npm
def test_a_formula_that_cannot_be_set_is_an_error():
    formulas = slides.Formulas()
    assert formulas.hide("`$a$` and $b$") == "`$a$` and formula0alumrof"
    formulas.hide(r"$\nonsense{x}$")
    with pytest.raises(ValueError, match="nonsense"):
        formulas.show("formula0alumrof", slides.install())
