"""Where things stand on a page: formulas, code, printed tables, drawers; on a phone, a screen, on paper."""

import pytest

from book import NARROW, WIDE, visit

pytest_plugins = ["book_fixtures", "lab_fixtures"]

PHONE = {"viewport": {"width": NARROW, "height": 800}, "has_touch": True, "is_mobile": True}
UNFOLD = "document.querySelectorAll('article details').forEach((fold) => (fold.open = true))"


def of_width(width):
    return {"viewport": {"width": width, "height": 800}}


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_a_formula_is_centered_and_a_long_one_opens_at_its_beginning(width, address, browser):
    with visit(browser, f"{address}04_convergence.html", **of_width(width)) as seen:
        page = seen.page
        page.evaluate(UNFOLD)
        off = page.evaluate("""[...document.querySelectorAll(".math.display")].map((box) => {
            const outer = box.getBoundingClientRect();
            const range = document.createRange();
            range.selectNodeContents(box.querySelector(".katex-html"));
            const inner = range.getBoundingClientRect();
            const left = inner.left - outer.left, right = outer.right - inner.right;
            return right > 0 ? Math.abs(left - right) : Math.abs(left);
        })""")
    assert len(off) > 2
    assert max(off) < 3


@pytest.mark.parametrize(("lesson", "width"), [("07_how_many_components", NARROW), ("02_e_step", 1440)])
def test_lines_of_code_are_read_without_scrolling(lesson, width, address, browser):
    with visit(browser, f"{address}{lesson}.html", **of_width(width)) as seen:
        page = seen.page
        cut = "{places}.filter((el) => el.offsetWidth && el.scrollWidth > el.clientWidth + 1).length"
        assert page.evaluate(cut.format(places="[...document.querySelectorAll('.cell_input pre')]")) == 0
        size = page.locator(".cell_input pre").first.evaluate("pre => getComputedStyle(pre).fontSize")
        page.locator(".cell_input").first.get_by_role("button", name="Edit").click()
        editor = page.locator(".run-editor .cm-content")
        editor.first.wait_for()
        assert page.evaluate(cut.format(places="[...document.querySelectorAll('.cm-scroller')]")) == 0
        assert editor.first.evaluate("content => getComputedStyle(content).fontSize") == size


BROKEN_LINES = """(lines) => lines.map((line) => {
    const range = document.createRange();
    const { lineHeight, paddingLeft } = getComputedStyle(line);
    const { left: edge, top: above } = line.getBoundingClientRect();
    const begins = new Map(); // row on the screen -> where it begins, and how far right of the padding
    const text = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (text.nextNode()) {
        for (let at = 0; at < text.currentNode.length; at++) {
            if (/\\s/.test(text.currentNode.data[at])) continue;
            range.setStart(text.currentNode, at);
            range.setEnd(text.currentNode, at + 1);
            const { top, left } = range.getBoundingClientRect();
            const row = Math.round((top - above) / parseFloat(lineHeight));
            if (!begins.has(row)) begins.set(row, left - edge - parseFloat(paddingLeft));
        }
    }
    return [...begins];
}).filter((rows) => rows.length > 1)"""


def test_a_line_that_is_broken_goes_on_to_the_right_of_its_beginning(address, browser):
    with visit(browser, f"{address}10_real_data.html", **PHONE) as seen:
        page = seen.page
        page.locator(".run-bar").wait_for()
        for lines in ("div.cell_input .line", ".run-editor .cm-line"):
            page.locator(lines).first.wait_for()
            broken = page.locator(lines).evaluate_all(BROKEN_LINES)
            assert len(broken) > 20
            begins = [begin for rows in broken for row, begin in rows if row == 0]
            goes_on = [begin for rows in broken for row, begin in rows if row > 0]
            assert max(begins) < -10
            assert max(map(abs, goes_on)) < 3
            if lines.startswith("div"):
                assert len(begins) == len(broken), "the blanks before a long word have a row of their own"
                page.get_by_role("button", name="Edit").first.tap()


def test_printed_tables_keep_their_columns(address, browser):
    with visit(browser, f"{address}07_how_many_components.html", **PHONE) as seen:
        page = seen.page
        page.locator(".run-bar").wait_for()
        page.evaluate(UNFOLD)
        wrapped = page.evaluate("""() => {
            const pres = [...document.querySelectorAll(".cell_output .output.stream pre")];
            return pres.filter((pre) => {
                const { lineHeight, paddingTop } = getComputedStyle(pre);
                const lines = pre.textContent.trimEnd().split("\\n").length;
                return pre.clientHeight > (lines + 0.9) * parseFloat(lineHeight) + 2 * parseFloat(paddingTop);
            }).length;
        }""")
        assert wrapped == 0


def test_on_a_phone_the_contents_close_when_they_have_led_somewhere(address, browser):
    with visit(browser, f"{address}04_convergence.html", **PHONE) as seen:
        page = seen.page
        page.locator(".secondary-toggle").first.tap()
        drawer = page.locator("#pst-secondary-sidebar-modal")
        entry = drawer.locator("a[href^='#']").nth(4)
        place = entry.get_attribute("href")
        entry.tap()
        drawer.wait_for(state="hidden")
        assert 0 <= page.locator(place).bounding_box()["y"] < 200


def test_on_a_phone_no_jupyterlab_is_offered(address, browser):
    found = {}
    for width in (NARROW, WIDE):
        with visit(browser, f"{address}02_e_step.html", **of_width(width)) as seen:
            seen.page.locator(".dropdown-toggle").first.click()
            assert seen.page.get_by_text("Download the notebook").is_visible()
            found[width] = seen.page.get_by_text("Open it in JupyterLite").is_visible()
    assert found == {NARROW: False, WIDE: True}


def test_nothing_lies_on_the_text_of_a_page(address, browser):
    with visit(browser, f"{address}02_e_step.html", **PHONE) as seen:
        assert seen.page.locator("#pst-back-to-top").count() == 0


def test_paper_is_white(address, browser):
    with visit(browser, f"{address}00_meet_em.html", color_scheme="dark") as seen:
        for event, theme in (("beforeprint", "light"), ("afterprint", "dark")):
            seen.page.evaluate(f"window.dispatchEvent(new Event('{event}'))")
            assert seen.page.evaluate("document.documentElement.dataset.theme") == theme


def test_on_paper_code_is_whole_and_seen(address, browser):
    """A4 with margins of 15 mm."""
    with visit(browser, f"{address}00_meet_em.html", **of_width(680)) as seen:
        page = seen.page
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        code = page.locator(".cell_input .highlight").first
        assert code.evaluate("box => box.checkVisibility({ checkOpacity: true })")
        assert code.evaluate("box => getComputedStyle(box.parentElement).animationName") == "none"
        cut = """[...document.querySelectorAll(".bd-article pre")].filter((pre) => {
            return pre.scrollWidth > pre.clientWidth + 1;
        }).length"""
        assert page.evaluate(cut) == 0


def test_the_search_shows_formulas_as_they_are_read(address, browser):
    with visit(browser, f"{address}search.html?q=ridge", **of_width(WIDE)) as seen:
        page = seen.page
        box = page.locator(".bd-search-container")
        icon, field = box.locator(".fa-magnifying-glass").bounding_box(), box.locator("input").bounding_box()
        assert icon["x"] + icon["width"] <= field["x"] + 1
        words = page.evaluate("""async () => {
            const page = await fetch("04_convergence.html");
            return Search.htmlToText(await page.text());
        }""")
        assert "∑" in words
        assert "\\sum" not in words


def test_on_a_phone_the_index_is_one_column(address, browser):
    with visit(browser, f"{address}genindex.html", **PHONE) as seen:
        boxes = seen.page.locator(".indextable td").evaluate_all("""(cells) => cells.map((cell) => {
            const { left, width } = cell.getBoundingClientRect();
            return [left, width, document.querySelector(".bd-article").clientWidth];
        })""")
        places = {round(left) for left, _, _ in boxes}
        assert len(boxes) > 20
        assert len(places) == 1
        assert min(width / room for _, width, room in boxes) > 0.85
