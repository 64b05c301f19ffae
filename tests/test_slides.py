"""The slides of each lesson: nothing comes from outside, formulas are set, nothing is cut off.

Needs node, npm (which fetches reveal.js and KaTeX into build/ once) and Chromium on PATH.
"""

import base64
import functools
import io
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imsave
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import slides
from gmmlesson.plots import base
from gmmlesson.plots.picture import DPI
from guides import TEACHING, Scene, plan, scenes
from notebooks import LESSONS, code_cells, figures, pixels, read

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
LEGIBLE = 22  # pixels, at a height of 720: text, code, printed lines
LEGIBLE_IN_FIGURES = 16
POINTS, DOTS = 10, 144  # the smallest letters of a figure, and the dots to an inch of its stored picture

STATE = """([least, letters, leastInFigures]) => {
    const frame = Reveal.getCurrentSlide().querySelector(".frame");
    const walker = document.createTreeWalker(frame, NodeFilter.SHOW_TEXT);
    const small = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const inside = node.parentElement;
        if (!node.data.trim() || inside.closest(".notes, .katex")) continue;
        const size = parseFloat(getComputedStyle(inside).fontSize);
        if (size < least) small.push(`${size}px: ${node.data.trim().slice(0, 40)}`);
    }
    for (const formula of frame.querySelectorAll(".text .katex"))
        if (parseFloat(getComputedStyle(formula).fontSize) < least) small.push(formula.innerText);
    const pictures = [...frame.querySelectorAll("img")];
    for (const picture of pictures) {
        const scale = Math.min(picture.clientWidth / picture.naturalWidth,
            picture.clientHeight / picture.naturalHeight);
        const size = scale * letters;
        if (size < leastInFigures) small.push(`${size.toFixed(1)}px in ${picture.alt}`);
    }
    const cut = [...frame.querySelectorAll("pre")].filter(box => box.scrollWidth > box.clientWidth);
    const lowest = Math.max(...[...frame.children].map(child => child.getBoundingClientRect().bottom));
    const end = frame.getBoundingClientRect().bottom;
    return {
        title: frame.innerText.slice(0, 60),
        over: [frame.scrollHeight - frame.clientHeight, frame.scrollWidth - frame.clientWidth, lowest - end]
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


def problems(page) -> list[dict]:
    """The slides of an open page on which something is too small, too large, cut off or not loaded."""
    found = []
    for i in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate(GO, i)
        state = page.evaluate(STATE, [LEGIBLE, POINTS / 72 * DOTS, LEGIBLE_IN_FIGURES])
        if max(state["over"]) > 0 or state["small"] or state["cut"] or state["lost"]:
            found.append(state)
    return found


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
    wrong = problems(page)
    formulas = page.evaluate("document.querySelectorAll('.slides .katex-html').length")
    raw = page.evaluate(
        "[...document.querySelectorAll('.slides .text, .slides aside')].map(e => e.textContent).join(' ')"
    )
    page.close()
    assert wrong == []
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


def test_the_right_arrow_leaves_no_slide_out(pages, browser):
    page, _, _ = open_slides(browser, pages(LESSONS[0]))
    page.evaluate("Reveal.slide(0, 0)")
    place = "(() => { const { h, v } = Reveal.getIndices(); return `${h}.${v}`; })()"
    seen, total = {page.evaluate(place)}, page.evaluate("Reveal.getTotalSlides()")
    for _ in range(6 * total):  # what appears on a click takes a key as well
        page.keyboard.press("ArrowRight")
        seen.add(page.evaluate(place))
    page.close()
    assert len(seen) == total > 10


# --- What is on which slide ----------------------------------------------------------------------

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


def whole_figures(shown):
    """(first, last + 1) of the slides that show a figure: one, or two for a tall one."""
    ends, i = [], 0
    while i < len(shown):
        count = 2 if shown[i].alt.startswith("The upper part. ") else 1
        ends.append((i, i + count))
        i += count
    return ends


@lessons
def test_nothing_is_lost(lesson):
    notebook = read(lesson)
    deck = slides.slides_of(notebook, {})
    shown = parts(deck, "figure")
    stored = [picture for cell in code_cells(notebook) for picture in figures(cell.outputs)]
    strips = [
        np.vstack([pixels(base64.b64decode(figure.png)) for figure in shown[i:j]])
        for i, j in whole_figures(shown)
    ]
    assert len(strips) == len(stored)
    assert all(np.array_equal(strip, pixels(png)) for strip, png in zip(strips, stored, strict=True))
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
    deck = slides.slides_of(lesson_with(new_markdown_cell(text)), {"Scene": Scene("Scene", 5, "Ask.")})
    assert parts(deck, "text") == ["**You will do** little.", "Question.", "1. Why?"]
    assert deck[1].notes == ["**5 minutes.**\n\nAsk.", "*Which?* Both, $$x = 1$$.", "**Try it.** Change it."]
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


def test_a_vote_follows_its_question():
    vote = "**Vote 2.** Who?\n\n- A. Blue\n- B. Orange (right)\n- C. Both\n- D. Nobody"
    cells = [new_markdown_cell("## Scene\n\n**Predict.** One?"), new_code_cell("x = 1")]
    cells += [new_markdown_cell("Then.\n\n**Predict.** Two?"), new_markdown_cell("The end.")]
    deck = slides.slides_of(lesson_with(*cells), {"Scene": Scene("Scene", 5, f"**Must do.** Ask.\n\n{vote}")})
    assert parts(deck, "text")[1:] == [
        "**Predict.** One?",
        "Then.",
        "**Predict.** Two?",
        "**Vote.** Who?\n\n**A** Blue\n\n**B** Orange\n\n**C** Both\n\n**D** Nobody",
        "The end.",
    ]
    assert [slide.must_do for slide in deck] == [False, *[True] * 5]


def test_a_vote_on_code_comes_when_the_code_has_been_read():
    vote = "**Vote.** Who?\n\n- A. Blue\n- B. Orange (right)\n- C. Both\n- D. Nobody"
    printing = new_code_cell("print(1)", outputs=[new_output("stream", text="1\n")])
    cells = [new_markdown_cell("## Scene\n\n**Predict.** Read it."), new_code_cell("def f(): ...")]
    deck = slides.slides_of(lesson_with(*cells, printing), {"Scene": Scene("Scene", 5, vote)})
    kinds = [[text.split()[0] if kind == "text" else kind for kind, text, _ in one.parts] for one in deck]
    assert kinds[-4:] == [["**Predict.**"], ["code"], ["**Vote.**"], ["code", "output"]]


@lessons
def test_every_vote_has_its_slide(lesson):
    guide = slides.scenes_of(lesson)
    shown = "\n".join(parts(slides.slides_of(read(lesson), guide), "text"))
    questions = [vote.question for scene in guide.values() for vote in scene.votes]
    assert questions
    assert [shown.count(f"{question}\n\n**A**") for question in questions] == [1] * len(questions)


# --- The sessions of a plan ----------------------------------------------------------------------


@functools.cache
def sessions(name):
    """[(session, its slides)] of a plan."""
    page = (TEACHING / "README.md").read_text(encoding="utf-8")
    return [(session, slides.session_slides(session)) for session in plan(name, page)]


@pytest.fixture(scope="module")
def plan_files(tmp_path_factory):
    """The pages of both plans in a folder without anything else."""
    folder = tmp_path_factory.mktemp("plans")
    for name in ("six", "three-hours"):
        for file, page in slides.plan_pages(name).items():
            (folder / file).write_text(page, encoding="utf-8")
    return folder


@needs_npm
def test_a_file_for_each_session(plan_files):
    names = ["set-up", *(f"session-{i}" for i in range(1, 7)), "session-6-for-programmers"]
    expected = {"three-hours.html", *(f"six-{name}.html" for name in names)}
    assert {path.name for path in plan_files.iterdir()} == expected


@pytest.mark.parametrize("name", ["six", "three-hours"])
def test_a_session_shows_its_rows_in_order(name):
    for session, (first, *deck) in sessions(name):
        assert first.title == session.title
        columns = [slide for slide in deck if slide.opens]
        assert len(columns) == len(session.items)
        for slide, item in zip(columns, session.items, strict=True):
            end = item.at + item.minutes
            assert slide.notes[0] == f"**{slides.clock(item.at)} to {slides.clock(end)}.**"
            assert item.what in (
                slide.title,
                f"Exercise `{slide.exercise}`",
                f"Exercise `{slide.exercise}`, in pairs",
            )
        minutes = [
            f"**{item.minutes} minutes.**"
            for item in session.items
            if item.lesson
            and item.what in {scene.title for scene in scenes(next(TEACHING.glob(f"{item.lesson}_*.md")))}
        ]
        told = [
            note.partition("\n")[0] for slide in columns for note in slide.notes[1:] if "minutes.**" in note
        ]
        assert told == minutes


@pytest.mark.parametrize("name", ["six", "three-hours"])
def test_a_session_has_time_for_its_slides(name):
    for session, deck in sessions(name):
        shown = [slide for slide in deck if slide.level == 2]
        minutes = [item.minutes for item in session.items if item.lesson and not item.exercise]
        assert sum(minutes) >= 2 * len(shown), session.title


@needs_npm
def test_links_of_a_session_lead_to_slides(plan_files):
    found = 0
    for path in plan_files.iterdir():
        html = re.sub(r"<script>.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for address in re.findall(r'href="([^"]+)"', html):
            if not address.startswith(SOURCES):
                file, anchor = address.split("#/")
                page = (plan_files / file if file else path).read_text(encoding="utf-8")
                assert f'<section id="{anchor}">' in page
                found += 1
    assert found > 0


def test_a_link_to_a_lesson_stays_in_its_file_or_leads_to_the_first_that_has_it():
    homes = {"lesson-02": ["a.html", "b.html"]}
    assert slides.address("02_e_step", "b.html", homes) == "#/lesson-02"
    assert slides.address("02_e_step", "c.html", homes) == "a.html#/lesson-02"
    assert slides.address("03_m_step", "a.html", homes) == ""
    words = "See [one](02_e_step.ipynb) and [two](03_m_step.ipynb)."
    linked = slides.linked(words, lambda lesson: slides.address(lesson, "b.html", homes))
    assert linked == "See [one](#/lesson-02) and two."


@needs_npm
def test_a_session_as_it_is_seen(plan_files, browser):
    page, asked, errors = open_slides(browser, plan_files / "six-session-6.html")
    assert problems(page) == []
    page.evaluate("location.hash = '#/lesson-08'")
    page.wait_for_function("Reveal.getCurrentSlide().innerText.includes('Do more starts help?')")
    page.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_an_unknown_plan_or_scene_is_told(capsys):
    with pytest.raises(SystemExit):
        slides.main(["--plan", "seven"])
    assert "six-times-90-minutes, three-hours" in capsys.readouterr().err
    session = plan("my", "## My plan\n\n| 0:00 | 02 | No such scene | 5 |\n")[0]
    with pytest.raises(ValueError, match="No such scene"):
        slides.session_slides(session)


# --- Parts of a slide ----------------------------------------------------------------------------


def tall_figure(rows):
    """A PNG of 100 x 900 pixels, black but for these rows."""
    image = np.zeros((900, 100))
    image[rows] = 1
    buffer = io.BytesIO()
    imsave(buffer, image, format="png", cmap="gray", vmin=0, vmax=1)
    return slides.Figure(base64.b64encode(buffer.getvalue()).decode(), "Panels.")


def test_a_tall_figure_is_cut_between_its_rows():
    figure = tall_figure(np.r_[300:320, 440:445, 600:620])
    upper, lower = figure.pieces()
    assert [upper.image.height, lower.image.height] in ([309, 591], [609, 291])
    assert [upper.alt, lower.alt] == ["The upper part. Panels.", "The lower part. Panels."]
    with pytest.raises(ValueError, match="900 pixels high"):
        tall_figure([]).pieces()


def test_no_letters_of_a_figure_are_smaller_than_the_slides_reckon_with():
    assert (DPI, base.STYLE["font.size"]) == (DOTS, POINTS)
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(base.__file__).parent.glob("*.py"))
    sizes = re.findall(r"(?:fontsize|labelsize|titlesize)\W+([\d.]+|\w+)", sources)
    assert sizes
    assert min(map(float, sizes)) >= POINTS


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
