"""The pages for reading: every figure is described, links lead somewhere, nothing comes from outside.

Needs node, npm (which fetches KaTeX and axe-core into build/ once) and Chromium on PATH.
"""

import base64
import re
import shutil
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import web_pages
from accessibility import violations
from formulas import Formulas
from notebooks import LESSONS, ROOT, alt_texts, code_cells, figures, read

pytest_plugins = ["lab_fixtures"]
pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="no npm on this machine")

READING = [*(path.stem for path in LESSONS), "glossary", "references", "index"]
NARROW, WIDE = 400, 1000  # pixels
lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
reading = pytest.mark.parametrize("name", READING)


class Page(HTMLParser):
    """What a test asks a page for: its pictures, its links, its anchors, its words."""

    def __init__(self, text):
        super().__init__()
        self.pictures, self.links, self.anchors, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "img":
            self.pictures.append(attrs)
        if tag == "a":
            self.links.append(attrs["href"])
        if "id" in attrs:
            self.anchors.append(attrs["id"])

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All pages, with nothing beside them."""
    folder = tmp_path_factory.mktemp("pages")
    written = list(web_pages.write(folder))
    assert {path.stem for path in written} == {*READING, "explorer"}
    assert {*folder.iterdir()} == {*written}
    return folder


@pytest.fixture
def show(folder, browser):
    """Open a page; at the end nothing else may have been asked for or have broken."""
    problems, contexts = [], []

    def show(name, width, **options):
        address = (folder / f"{name}.html").as_uri()
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: problems.append(f"error in the page: {error}"))
        page.on("request", lambda request: harmless(request.url, address) or problems.append(request.url))
        page.goto(address)
        page.evaluate("document.fonts.ready")
        return page

    yield show
    for context in contexts:
        context.close()
    assert not problems


def harmless(asked, address):
    return asked == address or asked.startswith("data:")


def page_of(folder, name):
    return Page((folder / f"{name}.html").read_text(encoding="utf-8"))


# --- What is on the pages ------------------------------------------------------------------------


@lessons
def test_every_figure_is_there_with_its_alternative_text(lesson, folder):
    stored = [
        (base64.b64encode(png).decode(), alt)
        for cell in code_cells(read(lesson))
        for png, alt in zip(figures(cell.outputs), alt_texts(cell.outputs), strict=True)
    ]
    page = page_of(folder, lesson.stem)
    assert [(picture["src"].partition(",")[2], picture["alt"]) for picture in page.pictures] == stored
    words = " ".join("".join(page.words).split())
    assert all(words.count(f"Figure: {alt}") == 1 for _, alt in stored), "the caption stands below it, once"


@lessons
def test_what_is_printed_is_there(lesson, folder):
    words = "".join(page_of(folder, lesson.stem).words)
    for cell in code_cells(read(lesson)):
        assert cell.source in words
        for output in cell.outputs:
            assert output.output_type != "stream" or output.text.rstrip("\n") in words


@reading
def test_links_lead_somewhere(name, folder):
    page = page_of(folder, name)
    assert len(set(page.anchors)) == len(page.anchors)
    inside = [unquote(link) for link in page.links if not link.startswith("https://")]
    assert inside
    for link in inside:
        file, _, anchor = link.partition("#")
        assert not file or (folder / file).exists(), link
        assert not anchor or anchor in page_of(folder, file.removesuffix(".html") or name).anchors, link


def test_the_contents_lead_to_every_page(folder):
    links = {link.partition("#")[0] for link in page_of(folder, "index").links}
    assert {path.name for path in folder.iterdir()} <= links


# --- As they are seen ----------------------------------------------------------------------------


# Formulas have the colors of the text around them, and are set alike: those of one page are looked at inside.
FORMULAS = "06_why_em_works"


@reading
def test_nobody_is_shut_out(name, show, axe):
    """On a narrow page with its answers unfolded, which itself does not scroll sideways."""
    page = show(name, NARROW, color_scheme="light")
    unfold(page)
    assert violations(page, axe, undecided=False, formulas=name == FORMULAS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW


@pytest.mark.parametrize("name", ["02_e_step", "index"])
def test_nobody_is_shut_out_of_a_dark_page(name, show, axe):
    page = show(name, WIDE, color_scheme="dark")
    unfold(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 28)"
    assert violations(page, axe, undecided=False) == []


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(answer => answer.open = true)")
    page.wait_for_timeout(50)  # until the page has heard of it


@reading
def test_formulas_are_set(name, show):
    page = show(name, NARROW)
    text = page.evaluate(
        "[...document.querySelectorAll('main .text')].map(e => e.cloneNode(true)).map(e => {"
        "e.querySelectorAll('code, .katex').forEach(f => f.remove()); return e.textContent}).join(' ')"
    )
    assert not re.search(r"formula\d+alumrof|\$|\\\\", text)


def test_an_answer_unfolds(show):
    page = show("02_e_step", WIDE)
    answer = page.locator("details").first
    assert not answer.locator("p").first.is_visible()
    answer.locator("summary").press("Enter")
    assert answer.locator("p").first.is_visible()


def test_links_are_distinct_without_their_color(show):
    page = show("02_e_step", WIDE)
    lines = "all => all.map(link => getComputedStyle(link).textDecorationLine)"
    assert {*page.locator("a").evaluate_all(lines)} == {"underline"}


def test_on_paper_nothing_is_hidden_or_cut_off(show):
    page = show("07_how_many_components", 700, color_scheme="dark")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    state = """() => ({
        folded: document.querySelectorAll("details:not([open])").length,
        cut: [...document.querySelectorAll("pre")].filter(box => box.scrollWidth > box.clientWidth).length,
        paper: getComputedStyle(document.body).backgroundColor,
        menu: document.querySelector("header").offsetHeight,
    })"""
    assert page.evaluate(state) == {"folded": 0, "cut": 0, "paper": "rgb(255, 255, 255)", "menu": 0}
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(state)["folded"] == page.locator("details").count() > 0


def test_the_explorer_beside_the_pages_runs(folder, browser):
    page = browser.new_page()
    page.goto((folder / "explorer.html").as_uri())
    page.get_by_test_id("em-e").click()
    page.get_by_test_id("em-m").click()
    assert page.get_by_test_id("em-explorer").evaluate("root => root.session.state.iteration") == 1
    page.close()


# --- What becomes of a cell ----------------------------------------------------------------------

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


def picture(alt="A dot."):
    shown = new_output("display_data", data={"image/png": PIXEL, "text/plain": "<Image>"})
    shown.metadata = {"image/png": {"alt": alt, "width": 1}}
    return [shown, new_output("display_data", data={"text/plain": f"Figure: {alt}", "text/html": "<p>"})]


def result(text, **data):
    return new_output("execute_result", data={"text/plain": text, **data})


def parts(*cells):
    return [(cell.metadata.part, cell.source) for cell in web_pages.parts_of(new_notebook(cells=cells))]


def test_a_figure_has_one_caption_and_a_value_is_printed():
    cell = new_code_cell("x", outputs=[new_output("stream", text="1\n"), *picture(), result("2")])
    assert parts(cell) == [("code", "x"), ("output", "1"), ("figure", PIXEL), ("output", "2")]


SLIDER = "[Slider: length (mm). Open this notebook in JupyterLab to move it.]"


@pytest.mark.parametrize("place", ["above", "below"])
def test_a_slider_says_what_it_is_and_where_its_figure_stands(place):
    slider = new_code_cell("sliders.rod()", outputs=[result(SLIDER)])
    figure = new_code_cell("plots.rod()", outputs=picture())
    cells = [figure, new_markdown_cell("So."), slider]
    shown = parts(*(cells if place == "above" else cells[::-1]))
    (said,) = [source for kind, source in shown if kind == "live"]
    assert "length (mm)" in said
    assert said.endswith(f"the figure {place}.")


def test_the_explorer_says_where_it_can_be_had():
    cell = new_code_cell("EMExplorer(X)", outputs=[result("EMExplorer(272 points, 2 components)")])
    assert parts(cell)[1:] == [("live", web_pages.PLAYED)]


@pytest.mark.parametrize("graded", [True, False])
def test_a_check_says_that_it_is_none_here(graded):
    status = new_output("display_data", data={"text/html": '<div role="status">', "text/plain": "no"})
    cell = new_code_cell("check('x', my_x)", outputs=[result("0")] if graded else [status, result("0")])
    if graded:
        cell.metadata.nbgrader = {"grade": True}
    assert parts(cell)[1:] == [("live", web_pages.CHECKED)]


def test_no_slider_no_explorer_no_check_is_shown_raw(folder):
    words = "".join("".join(page_of(folder, lesson.stem).words) for lesson in LESSONS)
    for raw in ("[Slider", "points, 2 components, iteration", "not attempted", "No description has been"):
        assert raw not in words


def test_code_that_a_lesson_folds_away_is_folded(folder):
    count = sum("source_hidden" in cell.metadata.get("jupyter", {}) for cell in read(LESSONS[0]).cells)
    assert 0 < count == (folder / f"{LESSONS[0].stem}.html").read_text().count("<summary>Code</summary>")


def test_links_and_questions():
    text = (
        "**Predict.** Why\n$x$?\n\n[a](02_e_step.ipynb#Recap), [b](references.md#wu-1983), [c](../README.md)"
    )
    assert web_pages.prepared(text, Formulas()) == (
        '<div class="predict">\n\n**Predict.** Why\nformula0alumrof?\n\n</div>\n\n'
        "[a](02_e_step.html#Recap), [b](references.html#wu-1983), [c](index.html)"
    )


def test_one_lesson_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(web_pages, "FOLDER", ROOT / "build" / "html")
    monkeypatch.setattr(web_pages, "write_page", lambda path, text: path)
    assert web_pages.main(["notebooks/02_e_step.ipynb"]) == 0
    assert capsys.readouterr().out == "build/html/02_e_step.html\n"
