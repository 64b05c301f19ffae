"""The explorer for everyone: in high contrast, at any width, under a finger, by keyboard, as it is heard."""

import numpy as np
import pytest

from accessibility import violations
from explorer_pages import center, click, painted, part, pixels, points, read, says, settle, start, until
from gmmlesson.explorer import EMExplorer

pytest_plugins = ["lab_fixtures", "explorer_fixtures"]

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
FOCUSED = "document.activeElement.dataset.testid"
FILLED = "button => getComputedStyle(button).backgroundColor"
CUT_OFF = """width => [...document.querySelectorAll(".em-explorer *")]
    .filter(one => one.checkVisibility() && !one.closest(".em-handles"))
    .filter(one => one.getBoundingClientRect().right > width || one.getBoundingClientRect().left < 0)
    .map(one => one.dataset.testid ?? one.className)"""


@pytest.fixture
def page(show):
    return show(EMExplorer(points(), start=start()))


class Two:
    """Two explorers in one page, each with a module of its own, as in a notebook."""

    def __init__(self, *explorers):
        self.explorers = explorers

    def to_html(self, path, *, title):
        first, second = explorers = [path.with_suffix(f".{i}") for i in range(2)]
        for explorer, file in zip(self.explorers, explorers, strict=True):
            explorer.to_html(file, title=title)
        other = second.read_text(encoding="utf-8").replace('ById("', 'ById("other-')
        state = other.index('<script type="application/json" id="state">')
        scripts = other[state : other.index("</body>")].replace('id="state"', 'id="other-state"')
        whole = first.read_text(encoding="utf-8")
        whole = whole.replace('<div id="explorer">', '<div id="other-explorer"></div><div id="explorer">')
        path.write_text(whole.replace("</body>", f"{scripts}</body>"), encoding="utf-8")


# ---- High contrast ----


def test_the_picture_can_be_seen_in_forced_colors(show):
    page = show(EMExplorer(points(), start=start()), forced_colors="active")
    theme = part(page, "explorer").evaluate("root => root.view.picture.theme")
    assert theme["paper"] not in (theme["ink"], theme["line"], theme["dot"], theme["accent"])
    click(page, "step", "add-points")
    rgb = pixels(page)[..., :3].reshape(-1, 3)
    assert len(np.unique(rgb, axis=0)) > 100  # points on the paper
    for name in ("m", "add-points"):  # what is next, and what is pressed, are told from the rest
        filled, other = (part(page, one).evaluate(FILLED) for one in (name, "reset"))
        assert filled != other


def test_forced_colors_are_followed_while_the_page_is_open(page):
    ink = "root => root.view.picture.theme.accent"
    before = part(page, "explorer").evaluate(ink)
    page.emulate_media(forced_colors="active")
    painted(page)
    assert part(page, "explorer").evaluate(ink) != before


# ---- At any size ----


def test_nothing_is_cut_off_at_any_width(show):
    page = show(EMExplorer(points(), 8))
    for width in range(300, 1001, 10):
        page.set_viewport_size({"width": width, "height": 760})
        assert page.evaluate(CUT_OFF, width) == [], width


@pytest.mark.parametrize(("size", "k"), [(PHONE, 3), ({"width": 1280, "height": 720}, 8)])
def test_what_is_said_stands_where_one_looks_and_moves_nothing(show, size, k):
    page = show(EMExplorer(points(), k), **size)
    below = "root => root.querySelector('.em-floor').getBoundingClientRect().top"
    places = []
    for name in ("e", "m", "e", "undo", "reset"):
        click(page, name)
        box, stage = part(page, "status").bounding_box(), part(page, "stage").bounding_box()
        assert 0 <= box["y"] - stage["y"] - stage["height"] < 20
        assert box["y"] + 20 <= size["height"]  # its first line
        places.append(part(page, "explorer").evaluate(below))
    assert max(places) - min(places) < 1


def test_what_is_said_of_predictions_moves_nothing(show):
    page = show(EMExplorer(points(), start=start()), **PHONE)
    click(page, "e", "predict")
    places = "all => all.map(one => one.getBoundingClientRect().top + scrollY)"
    before = page.locator(".em-floor, .em-panel").evaluate_all(places)
    click(page, "m")
    assert "off by" in says(page)
    assert page.locator(".em-floor, .em-panel").evaluate_all(places) == before


def test_a_phone_held_sideways_shows_the_whole_picture(show):
    page = show(EMExplorer(points(), start=start()), **PHONE | {"width": 844, "height": 390})
    assert part(page, "stage").bounding_box()["height"] <= 0.85 * 390 + 1


def test_under_a_finger_everything_is_large_enough(show):
    page = show(EMExplorer(points(), 4, family="diag"), **PHONE)
    click(page, "search")
    until(page, "session.search?.isOver")
    click(page, "save", "copy-python")
    heights = "all => all.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().height)"
    assert min(page.locator("button:not(.em-mark), select, summary, .em-point").evaluate_all(heights)) >= 40
    marks = [mark.bounding_box() for mark in part(page, "mark").all()]
    assert min(min(mark["width"], mark["height"]) for mark in marks) >= 38
    for i, a in enumerate(marks):
        for b in marks[:i]:
            assert abs(a["x"] - b["x"]) >= 39 or abs(a["y"] - b["y"]) >= 39
    sizes = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    assert min(page.locator("select, textarea").evaluate_all(sizes)) >= 16  # or a telephone zooms in


def test_the_ends_of_many_runs_keep_their_place_and_can_be_put_away(page):
    heights = """root => {
        const strip = root.querySelector(".em-strip"), seen = [];
        root.session.on(() => requestAnimationFrame(() => seen.push(strip.clientHeight)));
        root.heights = seen;
    }"""
    part(page, "explorer").evaluate(heights)
    part(page, "search").click()
    until(page, "session.search?.isOver")
    settle(page)
    seen = part(page, "explorer").evaluate("root => root.heights")
    assert seen == sorted(seen) and seen[-1] >= 2 * 26
    part(page, "search-close").click()
    assert part(page, "starts").is_hidden() and page.evaluate(FOCUSED) == "em-search"
    click(page, "search")
    assert part(page, "starts").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fields_have_borders_that_are_seen(show, scheme):
    page = show(EMExplorer(points(), start=start()), color_scheme=scheme)
    click(page, "open", "paste-open")
    muted = part(page, "explorer").evaluate("root => root.view.picture.theme.muted")
    for field in page.locator("select, textarea.em-text, [data-testid=em-paste]").all():
        assert field.evaluate("field => getComputedStyle(field).borderTopColor") == muted


# ---- By keyboard ----


def test_a_component_says_which_keys_move_it(show):
    for X, keys in ((points(), "[ and ] turn it"), (points()[:, :1], "with Shift they stretch it")):
        page = show(EMExplorer(X, 2))
        client = page.context.new_cdp_session(page)
        root = client.send("DOM.getDocument")["root"]["nodeId"]
        found = {"nodeId": root, "selector": "[data-testid=em-component-1]"}
        node = client.send("DOM.querySelector", found)["nodeId"]
        tree = client.send("Accessibility.getPartialAXTree", {"nodeId": node, "fetchRelatives": False})
        assert keys in tree["nodes"][0]["description"]["value"]


def test_every_key_is_told(page):
    click(page, "keys")
    told = page.locator(".em-keys").inner_text()
    for key in ("Tab", "space", "Home", "PageUp", "Enter", "Delete", "Escape", "Shift", "Ctrl+V", "[ and ]"):
        assert key in told


def test_keys_stand_beside_what_they_do_in_jupyter_too(page):
    page.add_style_tag(content="main .em-inner dt { float: left; width: 20%; }")
    click(page, "keys")
    boxes = "all => all.map(one => one.scrollWidth - one.clientWidth)"
    assert page.locator(".em-keys dt, .em-keys dd").evaluate_all(boxes).count(0) == 18
    widths = "all => all.map(one => one.getBoundingClientRect().width)"
    assert min(page.locator(".em-keys dt").evaluate_all(widths)) > 90


def test_escape_closes_one_thing_at_a_time_wherever_the_focus_is(page):
    click(page, "search")
    until(page, "session.search?.isOver")
    click(page, "add-points", "open")
    part(page, "timeline").focus()
    for name in ("opener", "starts"):
        assert part(page, name).is_visible()
        page.keyboard.press("Escape")
        assert part(page, name).is_hidden() and page.evaluate(FOCUSED) == "em-timeline"
    assert part(page, "add-points").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert part(page, "add-points").get_attribute("aria-pressed") == "false"
    part(page, "point").press("ArrowRight")
    page.keyboard.press("Escape")
    painted(page)
    assert part(page, "point").get_attribute("aria-valuetext") == "no point chosen"


def test_save_and_data_are_not_open_together_and_have_a_close_each(page):
    click(page, "open", "save")
    assert part(page, "opener").is_hidden() and part(page, "away").is_visible()
    assert page.evaluate(FOCUSED) == "em-save-png"
    click(page, "open")
    assert part(page, "away").is_hidden() and part(page, "opener").is_visible()
    assert part(page, "save").get_attribute("aria-expanded") == "false"
    click(page, "save", "away-close")
    assert part(page, "away").is_hidden() and page.evaluate(FOCUSED) == "em-save"


def test_escape_closes_first_what_it_is_pressed_in_and_the_focus_goes_back(page):
    click(page, "save", "remove-points")
    part(page, "cursor").press("Escape")
    assert part(page, "away").is_visible() and page.evaluate(FOCUSED) == "em-remove-points"
    part(page, "save").click()
    part(page, "save").press("Enter")
    assert page.evaluate(FOCUSED) == "em-save-png"
    page.keyboard.press("Escape")
    assert part(page, "away").is_hidden() and page.evaluate(FOCUSED) == "em-save"


# ---- As it is heard ----


def test_two_explorers_in_a_notebook_are_told_apart(show, axe):
    page = show(Two(EMExplorer(points(), start=start()), EMExplorer(points(), 2)))
    page.locator("#other-explorer [data-frames]").wait_for()
    for i in range(2):
        for name in ("e", "save", "open"):
            part(page, name).nth(i).click()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert len(ids) == len(set(ids)) > 8
    assert violations(page, axe) == []


def test_play_is_heard_at_its_end(page):
    part(page, "explorer").evaluate("""root => {
        root.heard = [];
        const status = root.querySelector(".em-status");
        const isHeard = () => status.getAttribute("aria-live") === "polite";
        const hear = () => isHeard() && root.heard.push(status.textContent);
        new MutationObserver(hear).observe(status, { childList: true });
    }""")
    click(page, "play")
    until(page, "!session.playing")
    painted(page)
    iteration = read(page, "session.state.iteration")
    heard = part(page, "explorer").evaluate("root => root.heard")
    assert iteration > 3 and len(heard) == 1
    assert heard[0].startswith(f"Converged at iteration {iteration}: log-likelihood −")
    click(page, "undo")
    assert part(page, "status").get_attribute("aria-live") == "polite"


def test_the_time_line_tells_its_place_itself(page):
    click(page, "step", "step")
    part(page, "timeline").press("ArrowLeft")
    painted(page)
    assert says(page).startswith("iteration 1 of 2")
    assert part(page, "status").get_attribute("aria-live") == "off"
    part(page, "play").press("Home")
    painted(page)
    assert part(page, "status").get_attribute("aria-live") == "polite"


# ---- Modes and words ----


def test_one_mode_ends_the_other(page):
    pressed = lambda: [part(page, name).get_attribute("aria-pressed") for name in ("add-points", "predict")]  # noqa: E731
    click(page, "add-points", "predict")
    assert pressed() == ["false", "true"] and says(page).startswith("Predict: put each question mark")
    click(page, "add-points")
    assert pressed() == ["true", "false"]
    assert says(page).startswith("Click to add a point, drag to spray some")


def test_what_becomes_of_the_time_line_is_said(page):
    click(page, "step", "step", "add-points")
    page.mouse.click(*np.add(center(part(page, "stage")), 30))
    until(page, "session.data.n === 301")
    page.wait_for_timeout(700)
    assert says(page).endswith(". The time line begins anew.")
    assert part(page, "gain").inner_text() == "Begun by hand: the time line starts here."


def test_words_do_not_serve_two_ends(page):
    assert part(page, "remove-points").inner_text() == "Remove points"
    click(page, "save")
    for name in ("save", "away"):
        group = part(page, name).evaluate("one => one.closest('[role=group]').getAttribute('aria-label')")
        assert group == "Save"


def test_long_names_are_kept_whole_and_told_by_their_ends(page):
    name = "a measurement that was made with care in the year 20"
    part(page, "open").click()
    part(page, "paste-open").click()
    rows = "\n".join(f"{i * i % 7}.5,{i * i % 11}.25" for i in range(20))
    part(page, "paste").fill(f"{name}23,{name}24\n{rows}\n")
    part(page, "paste-read").click()
    painted(page)
    assert "in the year 2024'" in part(page, "open-note").inner_text()
    part(page, "open-show").click()
    until(page, "session.data.n === 20")
    painted(page)
    assert read(page, "session.data.features") == [f"{name}23", f"{name}24"]
    told = part(page, "component-0").get_attribute("aria-valuetext")
    assert "in the year 2023 " in told and "in the year 2024 " in told and name not in told
