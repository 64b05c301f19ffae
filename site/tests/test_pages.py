"""Every page of the book, as it is read: nothing from elsewhere, nothing broken, nobody shut out."""

import ast
import base64
import functools
import io
import json
import posixpath
import re
import zipfile
from urllib.parse import unquote

import numpy as np
import PIL.Image
import pytest
import yaml

import accessibility
from book import (
    APART,
    LESSONS,
    NARROW,
    ROOT,
    SITE,
    WIDE,
    Source,
    pages,
    scroll_through,
    text_of,
    visit,
)
from gmmlesson.course.folding import predicted
from notebooks import alt_texts, code_cells, figures, read

pytest_plugins = ["book_fixtures", "lab_fixtures"]

PAGES = pages()
HEAVIEST = 1000  # kB of a page, gzipped, before anything is run
SOONEST = 1.5  # s until the first explorer stands in its page

STILL = "Run this cell in JupyterLab to "  # ends what is said of a still picture: the page shows what moves

# Two explorers on a page have panels of the same names: the place between them tells which is which.
TOLD_BY_PLACE = "landmark-unique"

BOOK = "Gaussian mixtures, step by step"
MADE = {"404", "genindex", "py-modindex", "search"}  # pages without a text of their own

source = functools.cache(Source)
every_page = pytest.mark.parametrize("name", PAGES)
lessons = pytest.mark.parametrize("lesson", LESSONS)


# --- As they are seen ----------------------------------------------------------------------------

# Formulas have the colors of the text around them, and are set alike: those of one page are looked at inside.
FORMULAS = "06_why_em_works"

LOOKS = [(NARROW, "dark"), (WIDE, "light")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@every_page
def test_a_page_is_whole(name, width, scheme, address, browser, axe):
    """With all that is folded unfolded, and scrolled through."""
    with visit(
        browser, f"{address}{name}.html", viewport={"width": width, "height": 800}, color_scheme=scheme
    ) as seen:
        page = seen.page
        weight = seen.weight(address)
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        page.evaluate("document.querySelectorAll('article details').forEach((fold) => (fold.open = true))")
        scroll_through(page)
        assert page.evaluate("document.querySelectorAll('[data-tex], .katex-error').length") == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("[...document.images].every((image) => !image.complete || image.naturalWidth)")
        assert violations(page, axe, formulas=name == FORMULAS) == []
        assert seen.problems == []
        assert weight < HEAVIEST, f"{weight:.0f} kB"


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "light"), (WIDE, "dark")])
@pytest.mark.parametrize("name", ["index", "02_e_step", "references", "api/core", "teaching/index", "search"])
def test_the_other_way_round(name, width, scheme, address, browser, axe):
    """One page of each kind, light on a narrow window and dark on a wide one."""
    with visit(
        browser, f"{address}{name}.html", viewport={"width": width, "height": 800}, color_scheme=scheme
    ) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(seen.page, axe) == []
        assert seen.problems == []


def violations(page, axe, formulas=False):
    """What axe-core finds, a line each."""
    found = accessibility.violations(page, axe, undecided=False, formulas=formulas)
    return [line for line in found if not line.startswith(TOLD_BY_PLACE)]


# --- What is in them -----------------------------------------------------------------------------


@every_page
def test_links_and_their_places_exist(name):
    found = source(name)
    assert len(found.anchors) == len(set(found.anchors)), "an anchor stands twice in it"
    inside = [link for link in found.links if not link.startswith(("https://", "mailto:"))]
    assert inside
    for link in inside:
        path, _, fragment = unquote(link).partition("#")
        there = (
            posixpath.normpath(posixpath.join(posixpath.dirname(name), path.partition("?")[0]))
            if path
            else ""
        )
        if there.split("/")[0] in APART:
            continue
        target = f"{name}.html" if not there else f"{there}/index.html" if (SITE / there).is_dir() else there
        assert (SITE / target).is_file(), link
        if fragment and target.endswith(".html"):
            assert fragment in source(target.removesuffix(".html")).anchors, link


@every_page
def test_a_page_may_run_the_sites_own_scripts_alone(name):
    """And it can lie in any folder: no address begins at the root of a host."""
    found, text = source(name), (SITE / f"{name}.html").read_text(encoding="utf-8")
    policy = text[text.index("Content-Security-Policy") :].partition(">")[0]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert text.index("Content-Security-Policy") < text.index("<script")
    assert found.handlers == []
    for script in found.scripts:
        assert script.get("type") == "application/json" or not script["src"].startswith(("/", "http"))
    pictures = [picture["src"] for picture in found.pictures]
    assert not [place for place in [*found.links, *found.styles, *pictures] if place.startswith("/")]


def moves(cell):
    """Whether a cell shows an explorer or a slider, whose still picture the page does not need."""
    return any(STILL in alt for alt in alt_texts(cell.outputs))


@lessons
def test_figures_have_their_alternative_texts(lesson):
    """In the order of the notebook; explorers and sliders have theirs in words."""
    stored = [
        alt
        for cell in code_cells(read(ROOT / "notebooks" / f"{lesson}.ipynb"))
        if not moves(cell)
        for alt in alt_texts(cell.outputs)
    ]
    shown = [picture["alt"] for picture in source(lesson).pictures if "_images" in picture["src"]]
    assert shown == stored


@lessons
def test_what_was_printed_is_there(lesson):
    words = text_of(lesson)
    for cell in code_cells(read(ROOT / "notebooks" / f"{lesson}.ipynb")):
        assert " ".join(cell.source.split()) in words
        for output in cell.outputs:
            if output.output_type == "stream":
                assert " ".join(output.text.split()) in words


def test_pictures_keep_their_pixels():
    """What the notebook has and what the page shows differ in nothing."""
    path = ROOT / "notebooks" / "02_e_step.ipynb"
    stored = [png for cell in code_cells(read(path)) if not moves(cell) for png in figures(cell.outputs)]
    files = [picture["src"] for picture in source("02_e_step").pictures if "_images" in picture["src"]]
    for png, file in zip(stored, files, strict=True):
        one, other = (PIL.Image.open(each).convert("RGB") for each in (io.BytesIO(png), SITE / file))
        assert np.array_equal(np.asarray(one), np.asarray(other))


@lessons
def test_a_lesson_can_be_taken_along(lesson):
    """As a learner gets it: no outputs, explanations folded."""
    notebook = json.loads((SITE / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    stored = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code == [cell["source"] for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    assert f"notebooks/{lesson}.ipynb" in source(lesson).links


@lessons
def test_a_lesson_speaks_of_its_page(lesson):
    """Not of JupyterLab, nor of running what can be read."""
    words = text_of(lesson)
    assert (
        re.findall(r"JupyterLab|Shift and Enter|Clear Outputs|[Rr]un (?:the|each)(?: two)? cells?", words)
        == []
    )


def test_the_course_can_be_taken_along_as_one_file():
    (wheel,) = SITE.glob("*.whl")
    assert wheel.name in source("index").links
    assert wheel.name in source("package").links
    with zipfile.ZipFile(wheel) as inside:
        assert {f"gmmlesson/course/lessons/{lesson}.ipynb" for lesson in LESSONS} <= {*inside.namelist()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    .*\bgmm\b.*$", readme, re.MULTILINE)
    assert len(commands) == 6
    assert [command for command in commands if " ".join(command.split()) not in text_of("package")] == []


def test_the_first_page_lists_the_lessons_and_says_how_to_cite_them():
    found = source("index")
    assert [lesson for lesson in LESSONS if found.links.count(f"{lesson}.html") < 2] == [], (
        "beside the page's side"
    )
    assert "Ask of each point how much every component is responsible for it" in text_of("index")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (
        f"{citation['authors'][0]['name']}. {citation['title']}. Version {citation['version']}, "
        f"{citation['date-released'].year}." in text_of("index")
    )


@every_page
def test_a_page_says_what_it_is(name):
    """To whoever links to it."""
    text = (SITE / f"{name}.html").read_text(encoding="utf-8")
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text))
    assert text.count('name="viewport"') == 1
    assert re.search("<title>(.*?)</title>", text)[1].count(BOOK) == 1
    if name not in MADE:
        assert 20 < len(found["description"]) <= 300
        assert found["og:description"] == found["description"]
        assert found["og:title"]


def test_lessons_are_described_by_what_one_learns():
    text = (SITE / "02_e_step.html").read_text(encoding="utf-8")
    assert 'name="description" content="You will learn what a responsibility says about a point' in text


@every_page
def test_a_page_has_an_icon(name):
    """Or browsers ask the root of the host for one, where there is none."""
    icons = re.findall(
        r'<link rel="icon" href="([^"]+)"', (SITE / f"{name}.html").read_text(encoding="utf-8")
    )
    assert [(SITE / name).parent.joinpath(icon).resolve().is_file() for icon in icons] == [True]


@pytest.mark.parametrize("name", ["lite/index", "lite/lab/index"])
def test_jupyterlite_has_an_icon(name):
    test_a_page_has_an_icon(name)


def test_what_is_not_found_leads_to_the_first_page(address, browser):
    """From any folder: where the book's own address is known, the links go out from there."""
    with visit(browser, f"{address}404.html") as seen:
        link = seen.page.get_by_role("link", name="The first page").evaluate("link => link.href")
        name = link.removeprefix(seen.page.evaluate("document.baseURI").removesuffix("404.html"))
        seen.page.goto(f"{address}{name}")
        assert seen.page.title() == BOOK


@every_page
def test_links_are_named_by_what_they_lead_to(name):
    """Not by a file."""
    text = (SITE / f"{name}.html").read_text(encoding="utf-8")
    words = [
        re.sub("<[^>]+>", "", link).strip() for link in re.findall(r"<a [^>]*>(.*?)</a>", text, re.DOTALL)
    ]
    assert [word for word in words if re.fullmatch(r"[\w.]+\.(md|ipynb)", word)] == []


@pytest.mark.parametrize("name", ["teaching/index", "teaching/02_e_step"])
def test_no_word_is_broken_in_a_link_of_a_table(name, address, browser):
    with visit(browser, f"{address}{name}.html", viewport={"width": NARROW, "height": 800}) as seen:
        found = seen.page.evaluate("""() => {
            const broken = [];
            for (const place of document.querySelectorAll('article :is(td a, td:first-child code)')) {
                const text = document.createTreeWalker(place, NodeFilter.SHOW_TEXT).nextNode();
                for (const word of text.data.matchAll(/[^\\s-]+/g)) {
                    const range = document.createRange();
                    range.setStart(text, word.index);
                    range.setEnd(text, word.index + word[0].length);
                    if (range.getClientRects().length > 1) broken.push(word[0]);
                }
            }
            return broken;
        }""")
        assert found == []


def test_headings_are_words():
    """No notation of the notebooks' source stands in one."""
    for name in PAGES:
        for heading in re.findall(
            r"<h[1-3]>(.*?)</h[1-3]>", (SITE / f"{name}.html").read_text(encoding="utf-8")
        ):
            assert not re.search(r"[a-zA-Z]_[a-z]\b|\$", re.sub(r"<code.*?</code>", "", heading)), (
                f"{name}: {heading}"
            )


def test_no_font_or_script_of_icons_is_shipped_whole():
    sizes = {path.name: path.stat().st_size for path in (SITE / "_static").rglob("*fa-*") if path.is_file()}
    assert sizes == {"fa-solid-900.woff2": sizes["fa-solid-900.woff2"]}
    assert sizes["fa-solid-900.woff2"] < 8000
    assert not list((SITE / "_static").rglob("fontawesome*.js"))
    assert not list((SITE / "_static").rglob("*.map"))


def test_the_reference_has_every_public_name():
    import gmmlesson

    anchors = source("api/core").anchors
    assert [name for name in gmmlesson.__all__ if f"gmmlesson.{name}" not in anchors] == []
    assert "gmmlesson.Mixture.responsibilities" in anchors
    assert "sample_weight: (n,): how many points each row stands for" in text_of("api/core")
    assert "weights_init, means_init, precisions_init: where weights, means" in text_of("api/core")


def test_the_reference_has_what_lessons_import():
    pages = [name for name in PAGES if name.startswith("api/")]
    names = {anchor.rpartition(".")[2] for name in pages for anchor in source(name).anchors}
    wanted = {
        alias.name
        for lesson in LESSONS
        for cell in code_cells(read(ROOT / "notebooks" / f"{lesson}.ipynb"))
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("gmmlesson")
        for alias in node.names
    }
    assert wanted - names == {"plots"}


def test_the_code_of_the_packages_page_runs():
    text = (ROOT / "site" / "pages" / "package.md").read_text(encoding="utf-8")
    code = [block.partition("\n")[2].partition("```")[0] for block in text.split("```")[1::2]]
    values = {}
    exec("\n".join(code), values)
    assert values["mixture"].means.shape == (2, 2)
    assert values["best"].log_likelihoods[-1] >= values["result"].log_likelihoods[-1] - 1e-3
    assert (values["chosen"].family, values["chosen"].k) == ("tied", 3)


# --- What is folded ------------------------------------------------------------------------------


@lessons
def test_what_is_to_be_predicted_is_folded(lesson):
    notebook = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    cells = [notebook["cells"][index] for index in predicted(notebook)]
    live = ("EMExplorer(", "[Slider:")
    folded = [
        cell
        for cell in cells
        if cell["outputs"]
        and not any(
            "".join(o.get("data", {}).get("text/plain", "")).startswith(live) for o in cell["outputs"]
        )
    ]
    page = (SITE / f"{lesson}.html").read_text(encoding="utf-8")
    assert page.count('<details class="gmm-predicted">') == len(folded) > 3


def test_a_click_opens_the_output_and_what_explains_it(address, browser):
    with visit(browser, f"{address}02_e_step.html") as seen:
        page = seen.page
        first = page.locator("details.gmm-predicted").first
        printed = first.get_by_text("divided by sum")
        told = page.get_by_text("The nearest machine does not win")
        assert not printed.is_visible()
        assert not told.is_visible()
        first.locator("summary").click()
        assert printed.is_visible()
        assert told.is_visible()
        closed = "document.querySelectorAll('details.gmm-predicted:not([open])').length"
        assert page.evaluate(closed) > 3
        page.get_by_role("button", name="Show all outputs").click()
        assert page.evaluate(closed) == 0
        page.get_by_role("button", name="Fold them again").click()
        assert page.evaluate(closed) > 3
        assert not told.is_visible()


def test_on_paper_everything_is_unfolded(address, browser):
    with visit(browser, f"{address}02_e_step.html") as seen:
        page = seen.page
        scroll_through(page)
        closed = "document.querySelectorAll('article details:not([open], .em-explorer *)').length"
        of_explorers = "document.querySelectorAll('.em-explorer details[open]').length"
        before = page.evaluate(closed)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(closed) == 0 < before
        assert page.evaluate(of_explorers) == 0
        page.emulate_media(media="print")
        assert not page.locator(".em-bar").first.is_visible()
        assert not page.locator("#pst-primary-sidebar").is_visible()
        assert page.get_by_text("The nearest machine does not win").is_visible()
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(closed) == before


# --- Explorers and sliders -----------------------------------------------------------------------

EXPLORERS = [
    name for name in ["index", *LESSONS] if 'class="gmm-explorer"' in (SITE / f"{name}.html").read_text()
]
SLIDERS = [name for name in LESSONS if 'class="gmm-drawn-slider"' in (SITE / f"{name}.html").read_text()]


def test_lessons_have_what_they_have_in_jupyterlab():
    stored = {
        lesson: "".join(
            output.get("data", {}).get("text/plain", "")
            for cell in code_cells(read(ROOT / "notebooks" / f"{lesson}.ipynb"))
            for output in cell.outputs
        )
        for lesson in LESSONS
    }
    assert ["index", *(lesson for lesson in LESSONS if "EMExplorer(" in stored[lesson])] == EXPLORERS
    assert [lesson for lesson in LESSONS if "[Slider:" in stored[lesson]] == SLIDERS


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_is_dragged_and_steps(name, address, browser):
    with visit(browser, f"{address}{name}.html", viewport={"width": WIDE, "height": 900}) as seen:
        page = seen.page
        for place in page.locator(".gmm-explorer").all():
            place.scroll_into_view_if_needed()
            root = place.get_by_test_id("em-explorer")
            root.wait_for()
            read = "(root, what) => root.session.mixture[what].flat()"
            before = root.evaluate(read, "means")
            handle = place.get_by_test_id("em-component-0")
            handle.scroll_into_view_if_needed()
            box = handle.bounding_box()
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + 30, y - 20, steps=4)
            page.mouse.up()
            page.wait_for_timeout(100)
            dragged = root.evaluate(read, "means")
            assert dragged[0] > before[0]
            assert dragged[1] > before[1]
            place.get_by_test_id("em-step").click()
            page.wait_for_timeout(100)
            assert root.evaluate(read, "means") != dragged
        assert seen.problems == []


def test_an_explorer_that_runs_the_learners_code_says_what_it_does_here():
    for lesson in ("02_e_step", "03_m_step"):
        assert "It runs the course's own steps here." in text_of(lesson)
    assert "It runs the course's own steps here." not in text_of("05_random_or_kmeans")


def test_the_first_page_has_data_and_a_file_to_open(address, browser):
    with visit(browser, f"{address}index.html", viewport={"width": WIDE, "height": 900}) as seen:
        explorer = seen.page.get_by_test_id("em-explorer")
        explorer.wait_for()
        assert explorer.bounding_box()["y"] < 300, "above the fold"
        explorer.get_by_role("button", name="Data").click()
        assert explorer.get_by_text("Open a file").first.is_visible()
        assert seen.problems == []


@pytest.mark.parametrize("lesson", SLIDERS)
def test_a_slider_is_moved_by_its_keys(lesson, address, browser):
    with visit(browser, f"{address}{lesson}.html", viewport={"width": NARROW, "height": 800}) as seen:
        page = seen.page
        drawn = [url for url in seen.requests if "_static/sliders/" in url]
        assert len(drawn) <= len(page.locator(".gmm-drawn-slider").all()), (
            "positions are fetched when one comes near"
        )
        for figure in page.locator(".gmm-drawn-slider").all():
            figure.scroll_into_view_if_needed()
            slider = figure.get_by_role("slider")
            slider.wait_for()
            scene = json.loads(figure.locator("script").text_content())
            assert slider.get_attribute("aria-valuetext") == scene["values"][scene["start"]]
            slider.focus()
            page.keyboard.press("End")
            page.keyboard.press("ArrowLeft")
            assert figure.locator("output").inner_text() == scene["values"][-2]
            caption = figure.locator("figcaption")
            assert caption.inner_text() == scene["captions"][-2] == figure.locator("img").get_attribute("alt")
            assert caption.get_attribute("aria-live") == "polite"
            assert scene["pictures"][-2] in figure.locator("img").get_attribute("src")
            page.wait_for_function(
                "figure => figure.querySelector('img').complete && figure.querySelector('img').naturalWidth",
                arg=figure.element_handle(),
            )
        page.wait_for_load_state("networkidle")
        fetched = {url.rpartition("/")[2] for url in seen.requests if "_static/sliders/" in url}
        assert fetched >= set(scene["pictures"]), "all positions are there before they are asked for"
        assert seen.problems == []


def test_a_picture_shows_what_its_caption_says():
    """The pictures were drawn by the package as it is: one of them again, position by position."""
    import live

    scene = live.slider("tolerance_stop")
    ((argument, control),) = live.sliders.tolerance_stop.controls.items()
    for value, caption in zip(control.values(), scene["captions"], strict=True):
        assert live.sliders.tolerance_stop.picture(**{argument: value}).caption == caption


def test_the_coin_toss_has_every_position_where_the_two_are_level():
    import live

    values = live.positions("coin_toss", live.sliders.coin_toss.controls["x"])
    assert 3.462 in values
    assert len(values) <= live.MOST
    assert values[0] == 1
    assert values[-1] == 5


def test_without_scripts_a_page_can_be_read(address, browser):
    with visit(browser, f"{address}02_e_step.html", java_script_enabled=False) as seen:
        page = seen.page
        assert "it needs JavaScript" in page.locator(".gmm-explorer noscript").inner_text()
        page.locator("details.gmm-predicted").first.locator("summary").click()
        assert page.get_by_text("divided by sum").first.is_visible()
        assert page.locator(".gmm-drawn-slider img").first.get_attribute("alt")


# --- How heavy, how soon -------------------------------------------------------------------------


def test_the_first_explorer_is_there_soon(address, browser, capsys):
    with visit(browser, f"{address}index.html", viewport={"width": WIDE, "height": 900}) as seen:
        seen.page.locator("[data-testid=em-explorer][data-frames]").wait_for()
        seconds = seen.page.evaluate("performance.now()") / 1000
        weight = seen.weight(address)
    with capsys.disabled():
        print(f"\nthe first explorer after {seconds:.2f} s, {weight:.0f} kB gzipped")
    assert seconds < 10 * SOONEST, "on a machine that has other things to do; the goal is a tenth of it"


def test_how_heavy_the_pages_are(address, browser, capsys):
    weights = {}
    for lesson in LESSONS:
        with visit(browser, f"{address}{lesson}.html", viewport={"width": WIDE, "height": 800}) as seen:
            first = seen.weight(address)
            scroll_through(seen.page)
            seen.page.wait_for_load_state("networkidle")
            weights[lesson] = first, seen.weight(address)
    with capsys.disabled():
        for lesson, (first, whole) in weights.items():
            print(
                f"\n{lesson}: {first:.0f} kB gzipped to begin with, {whole:.0f} kB scrolled through", end=""
            )
        print()


def test_the_whole_book_is_light():
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file()) / 1e6
    assert size < 110, f"{size:.0f} MB"


def test_data_urls_are_pictures_alone():
    """What the style sheets hold inside themselves is no script."""
    for path in (SITE / "_static").rglob("*.css"):
        for found in path.read_text(encoding="utf-8").split("data:")[1:]:
            assert found.startswith(("image/", "application/font", "font/")), found[:40]


def test_base64_is_not_in_the_pages():
    """Figures are files that come when they are near, not text in the page."""
    for lesson in LESSONS:
        png = base64.b64encode(b"\x89PNG").decode()[:5]
        assert f"base64,{png}" not in (SITE / f"{lesson}.html").read_text(encoding="utf-8")
