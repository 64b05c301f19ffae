"""Points by hand, families, criteria and many starts: in the exported page and with a kernel."""

import re

import numpy as np
import pytest

from explorer_pages import click, in_sight, painted, part, points, read, says, settle, shown, start, until
from gmmlesson import datasets
from gmmlesson.explorer import EMExplorer
from gmmlesson.families import FAMILIES
from gmmlesson.mixture import Mixture

pytest_plugins = ["lab_fixtures", "explorer_fixtures"]


def place(page, x, y):
    """Where the data (x, y) are on the page, in pixels."""
    box = part(page, "stage").bounding_box()
    scales = "document.querySelector('.em-explorer').view.picture.scales"
    across, up = page.evaluate(f"() => [{scales}.x.toPixel({x}), {scales}.y?.toPixel({y}) ?? 100]")
    return box["x"] + across, box["y"] + up


def data(page):
    """The page's points, (n, d)."""
    flat, d = read(page, "[...session.data.X]"), read(page, "session.data.d")
    return np.array(flat).reshape(-1, d)


def log_likelihood(page):
    return read(page, "session.logLikelihood")


def truth(page):
    """The log-likelihood by Python, of the page's mixture on the page's points."""
    return shown(page).log_likelihood(data(page))


# --- Points by hand ------------------------------------------------------------------------------


def test_a_click_adds_a_point_there_and_everything_follows(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "step", "add-points")
    before = part(page, "criteria").inner_text()
    page.mouse.click(*place(page, 4.0, 4.0))
    until(page, "session.data.n === 301")
    painted(page)
    np.testing.assert_allclose(data(page)[-1], [4.0, 4.0], atol=0.05)
    assert log_likelihood(page) == pytest.approx(truth(page), rel=1e-9)
    assert read(page, "session.fresh")
    assert read(page, "session.responsibilities.length") == 903
    assert part(page, "criteria").inner_text() != before
    page.wait_for_timeout(700)
    assert says(page).startswith("Added: now 301 points, log-likelihood −")
    click(page, "undo")
    assert read(page, "session.data.n") == 300
    assert read(page, "session.state.iteration") == 1  # the time line is back as well


def test_a_drag_sprays_and_one_undo_takes_the_spray_back(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "add-points")
    page.mouse.move(*place(page, 0, 4))
    page.mouse.down()
    page.mouse.move(*place(page, 0.5, 4), steps=5)
    until(page, "session.data.n > 308")
    page.mouse.up()
    painted(page)
    new = data(page)[300:]
    assert np.abs(new - [0.4, 4]).max() < 2.5
    assert new.std(axis=0).min() > 0.05  # scattered
    click(page, "undo")
    assert read(page, "session.data.n") == 300
    assert not read(page, "session.canUndo")


@pytest.mark.parametrize("way", ["take away", "right click"])
def test_the_nearest_point_is_taken_away(show, way):
    X = points()
    page = show(EMExplorer(X, start=start()))
    click(page, "remove-points" if way == "take away" else "add-points")
    alone = np.argmax(
        np.sort(((X[:, None] - X) ** 2).sum(axis=2), axis=1)[:, 1]
    )  # the point farthest from others
    page.mouse.click(*place(page, *X[alone]), button="left" if way == "take away" else "right")
    until(page, "session.data.n === 299")
    np.testing.assert_allclose(data(page), np.delete(X, alone, axis=0), atol=1e-4)
    page.mouse.click(*place(page, -4.5, 4.5))  # nothing is near
    painted(page)
    assert read(page, "session.data.n") == (299 if way == "take away" else 300)


def test_points_by_keyboard(show):
    page = show(EMExplorer(points(), start=start()))
    part(page, "add-points").focus()
    page.keyboard.press("Enter")
    cursor = part(page, "cursor")
    cursor.focus()
    first = cursor.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert cursor.get_attribute("aria-valuetext") != first
    page.keyboard.press("Enter")
    assert read(page, "session.data.n") == 301
    where = [float(number.replace("−", "-")) for number in cursor.get_attribute("aria-valuetext").split(", ")]
    np.testing.assert_allclose(data(page)[-1], where, atol=0.01)
    page.keyboard.press("Delete")
    assert read(page, "session.data.n") == 300
    page.keyboard.press("Escape")
    assert cursor.is_hidden()
    assert part(page, "add-points").evaluate("button => button === document.activeElement")


def test_who_presses_the_button_by_key_has_the_cursor_next(show):
    page = show(EMExplorer(points(), start=start()))
    part(page, "add-points").focus()
    page.keyboard.press("Enter")
    assert part(page, "cursor").evaluate("cursor => cursor === document.activeElement")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert read(page, "session.data.n") == 301
    page.keyboard.press("ControlOrMeta+z")
    assert read(page, "session.data.n") == 300
    page.keyboard.press("Escape")
    click(page, "add-points")
    assert part(page, "add-points").evaluate("button => button === document.activeElement")


def test_the_frame_follows_when_a_far_point_is_taken_away(show):
    X = points()
    X[0] = [200, 0]
    page = show(EMExplorer(X, start=start()))
    scale = "document.querySelector('.em-explorer').view.picture.scales.x"
    span = f"() => {scale}.high - {scale}.low"
    wide = page.evaluate(span)
    click(page, "remove-points")
    page.mouse.click(*place(page, 200, 0))
    until(page, "session.data.n === 299")
    painted(page)
    assert page.evaluate(span) < wide / 5


def test_points_by_touch(show):
    page = show(EMExplorer(points(), start=start()), width=400, height=900, has_touch=True, is_mobile=True)
    part(page, "add-points").tap()
    part(page, "stage").scroll_into_view_if_needed()
    page.touchscreen.tap(*place(page, 3.5, 3.5))
    until(page, "session.data.n === 301")
    np.testing.assert_allclose(data(page)[-1], [3.5, 3.5], atol=0.1)


def test_while_points_are_set_nothing_else_is_dragged(show):
    page = show(EMExplorer(points(), start=start()))
    before = shown(page)
    click(page, "add-points")
    page.mouse.click(*place(page, *before.means[0]))
    until(page, "session.data.n === 301")
    np.testing.assert_array_equal(shown(page).means, before.means)


def test_there_are_never_fewer_points_than_components(show):
    page = show(EMExplorer(points(3), 3))
    click(page, "remove-points")
    page.mouse.click(*place(page, *data(page)[0]))
    painted(page)
    assert says(page) == "3 components need at least 3 points."
    assert read(page, "session.data.n") == 3


def test_in_one_dimension_points_are_added_to_the_histogram(show):
    page = show(EMExplorer(points()[:, :1], 2))
    click(page, "add-points")
    page.mouse.click(*place(page, 2.0, 0))
    until(page, "session.data.n === 301")
    assert data(page)[-1] == pytest.approx(2.0, abs=0.05)


def test_in_more_than_two_dimensions_it_says_why_not(show):
    page = show(EMExplorer(np.column_stack([points(), points()[:, 0] ** 2]), 2))
    part(page, "add-points").click(force=True)
    assert says(page) == "Points can be set by hand in one or two dimensions only."
    assert part(page, "add-points").get_attribute("aria-pressed") == "false"


def test_new_points_let_more_components_be_chosen(show):
    page = show(EMExplorer(points(2), 2))
    options = part(page, "k").locator("option")
    assert options.count() == 2
    click(page, "add-points")
    for share in (0.3, 0.6):
        page.mouse.click(*place(page, *(share * data(page)[0] + (1 - share) * data(page)[1])))
    until(page, "session.data.n === 4")
    painted(page)
    assert options.count() == 4


# --- Families and criteria -----------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_projects_the_mixture_and_says_what_it_costs(show, family):
    page = show(EMExplorer(points(), start=start()))
    click(page, "step")
    before, value = shown(page), log_likelihood(page)
    part(page, "family").select_option(family)
    painted(page)
    projected = before.projected(family)
    np.testing.assert_allclose(shown(page).covariances, projected.covariances, rtol=1e-9, atol=1e-12)
    if family == "full":
        assert read(page, "session.state.iteration") == 1
        return
    lost = value - log_likelihood(page)
    assert log_likelihood(page) == pytest.approx(truth(page), rel=1e-9)
    word = "costs" if lost > 0 else "gains"
    assert f"which {word} {abs(lost):,.1f} nats" in says(page)
    count, *values = criteria(page)
    mixture = Mixture(projected.weights, projected.means, projected.covariances, family)
    assert count == mixture.n_parameters
    expected = [getattr(mixture, name)(data(page)) for name in ("aic", "bic", "icl")]
    np.testing.assert_allclose(values, expected, atol=0.06)
    click(page, "m", "undo", "undo")
    assert read(page, "session.state.family") == "full"


def criteria(page):
    """(parameters, AIC, BIC, ICL) as the panel shows them."""
    texts = part(page, "criteria").locator(".em-detail, dd").all_inner_texts()
    return [float(text.split()[0].replace(",", "").replace("−", "-")) for text in texts]


def test_the_lowest_bic_of_these_points_is_remembered(show):
    page = show(EMExplorer(points(), 3, seed=1))
    told = part(page, "lowest")
    assert told.inner_text() == "Lower is better. Not converged."
    part(page, "play").click()
    until(page, "!session.playing && session.state.iteration > 3")
    painted(page)
    assert told.inner_text() == "Lower is better."  # than which others?
    _, _, bic, _ = criteria(page)
    part(page, "k").select_option("1")
    painted(page)
    lowest = f"lowest BIC so far {bic:,.1f}: 3 components, full"
    assert told.inner_text() == f"Lower is better; {lowest}. Not converged."
    click(page, "step", "step")
    assert told.inner_text() == f"Lower is better; {lowest}."
    click(page, "undo", "undo", "undo")
    assert told.inner_text() == "Lower is better; this is the lowest BIC so far."
    click(page, "add-points")
    page.mouse.click(*place(page, 0, 4))  # of other points there is none yet
    until(page, "session.data.n === 301")
    painted(page)
    assert told.inner_text() == "Lower is better. Not converged."


def test_the_courses_data_have_their_name_wherever_they_come_from(show):
    eruptions = datasets.old_faithful()
    page = show(EMExplorer(eruptions, 2, labels=["eruption (minutes)", "wait (minutes)"]))
    opened = part(page, "about").inner_text()
    assert opened == "272 points · Old Faithful"
    click(page, "add-points")
    part(page, "cursor").press("Enter")
    painted(page)
    changed = part(page, "about").inner_text()
    assert changed == "273 points · Old Faithful, changed by hand"
    click(page, "add-points", "open", "sample-faithful")
    assert part(page, "about").inner_text() == opened
    page = show(EMExplorer(np.add(eruptions, [0, 0.01]), 2))
    assert part(page, "about").inner_text() == "272 points"


# --- Best of twenty ------------------------------------------------------------------------------


def test_on_a_phone_the_picture_comes_into_sight(show):
    page = show(EMExplorer(points(), 4), width=400, height=640, has_touch=True, is_mobile=True)
    part(page, "search").tap()
    until(page, "session.search?.isOver")
    in_sight(page)
    part(page, "open").tap()
    part(page, "sample-faithful").tap()
    in_sight(page)


def test_the_ends_of_twenty_runs_are_marks_that_can_be_taken(show):
    page = show(EMExplorer(points(), 4, family="diag"))
    click(page, "search")
    until(page, "session.search?.isOver")
    painted(page)
    marks = part(page, "starts").get_by_test_id("em-mark")
    assert sum(int(text) for text in marks.all_inner_texts()) == 20
    assert says(page).startswith("Taken: the highest of 20 runs, log-likelihood −")
    best = read(page, "Math.max(...session.search.ends.map(({ logLikelihood }) => logLikelihood))")
    assert log_likelihood(page) == best == pytest.approx(truth(page), rel=1e-9)  # it is shown at once
    bounds = [text.bounding_box() for text in page.locator(".em-strip + div > span").all()]
    strip = page.locator(".em-strip").bounding_box()
    assert bounds[0]["x"] == strip["x"] and page.locator(".em-strip + div > span").count() == 2
    assert bounds[1]["x"] + bounds[1]["width"] == pytest.approx(strip["x"] + strip["width"], abs=1)
    pressed = "all => all.map((mark) => mark.getAttribute('aria-pressed')).indexOf('true')"
    assert marks.evaluate_all(pressed) == 0
    assert part(page, "gain").inner_text().strip() == "The end of a run from another start."
    marks.last.click()
    painted(page)
    assert marks.count() > 1 and marks.evaluate_all(pressed) == marks.count() - 1
    assert "nats below the highest of 20 runs, log-likelihood" in says(page) and "by hand" not in says(page)
    filled = "all => all.map((mark) => getComputedStyle(mark).backgroundColor)"
    colors = marks.evaluate_all(filled)
    assert colors[0] != colors[-1]  # the highest is filled no longer
    click(page, "undo")
    assert log_likelihood(page) == best
    click(page, "undo")
    assert log_likelihood(page) < best - 1
    assert marks.first.is_visible() and marks.evaluate_all(pressed) == -1
    part(page, "k").select_option("2")
    painted(page)
    assert part(page, "starts").is_hidden()  # these ends are of four components


def test_the_page_stays_in_the_hand_while_many_runs_are_made(show):
    page = show(EMExplorer(points(20_000), 8))
    click(page, "search")
    longest = page.evaluate(
        "() => new Promise((done) => { let last = performance.now(), longest = 0, frames = 0;"
        "const look = (now) => { longest = Math.max(longest, now - last); last = now;"
        "(frames += 1) < 40 ? requestAnimationFrame(look) : done(longest); }; requestAnimationFrame(look); })"
    )
    assert not read(page, "session.search.isOver")
    assert longest < 1000  # one E-step and M-step, not twenty runs
    part(page, "k").select_option("3")
    until(page, "session.search === null")


def test_stop_keeps_the_ends_that_are_found(show):
    page = show(EMExplorer(points(20_000), 3))
    before = log_likelihood(page)
    click(page, "search")
    assert part(page, "search").inner_text() == "Stop"
    until(page, "session.search.ends.length > 0")
    part(page, "search").click()
    ended = read(page, "session.search.ends.length")
    assert says(page) == f"Stopped after {ended} of 20 runs. Nothing is taken."
    assert part(page, "search").inner_text() == "Best of 20"
    settle(page)
    assert log_likelihood(page) == before and read(page, "session.search.ends.length") == ended
    part(page, "starts").get_by_test_id("em-mark").first.click()
    painted(page)
    assert log_likelihood(page) > before and says(page).startswith("Taken: the highest of")


@pytest.mark.parametrize("closes", ["Escape", "Close"])
def test_what_is_closed_searches_no_more(show, closes):
    page = show(EMExplorer(points(20_000), 8))
    before = log_likelihood(page)
    click(page, "search")
    page.wait_for_timeout(600)  # a run of this size takes longer
    assert re.search(r"\d of 20 …\s+Close\s+Run \d+, iteration \d+ …", part(page, "starts").inner_text())
    if closes == "Close":
        part(page, "search-close").click()
    else:
        page.keyboard.press("Escape")
    assert re.search(r"^Stopped after \d+ of 20 runs\. Nothing is taken\.$", says(page))
    assert part(page, "starts").is_hidden() and read(page, "session.search.isOver")
    assert part(page, "search").inner_text() == "Best of 20"
    settle(page)
    assert log_likelihood(page) == before


def test_two_points_are_too_few_and_have_no_axis(show):
    page = show(EMExplorer([[0.0, 0], [1, 1]], 1))
    click(page, "search")
    until(page, "session.search?.isOver")
    painted(page)
    assert says(page).endswith("Add points, or open other data.")
    assert page.locator(".em-strip").is_hidden()
    assert part(page, "starts").inner_text().split("\n")[-1] == "20 collapsed."


def test_a_collapse_names_what_the_page_has(show):
    X = np.repeat(np.round(points(6)), 30, axis=0)
    page = show(EMExplorer(X, 6))
    for _ in range(6):
        click(page, "step")
    error = part(page, "error").inner_text()
    assert "Component collapsed" in error and "Here: fewer components, a smaller family such as tied" in error
    click(page, "search")
    until(page, "session.search?.isOver")
    painted(page)
    if read(page, "session.search.ends.every(({ collapsed }) => collapsed)"):
        assert "a component came to hold points that coincide. Here: fewer components" in says(page)


# --- With a kernel -------------------------------------------------------------------------------


def test_the_kernels_points_and_family_can_be_set_and_are_told():
    explorer, heard = EMExplorer(points(), 3), []
    stop = explorer.on_change(lambda changed: heard.append((changed, changed.X.shape)))
    explorer.step()
    explorer.X = points(50, seed=3)
    explorer.family = "tied"
    assert heard == [(explorer, (300, 2)), (explorer, (50, 2)), (explorer, (50, 2))]
    assert explorer.mixture.family == "tied"
    explorer.undo()
    explorer.undo()
    assert explorer.X.shape == (300, 2)
    assert explorer.family == "full"
    stop()
    explorer.step()
    assert len(heard) == 5
    with pytest.raises(ValueError, match="read-only"):
        explorer.X[0] = 0
    with pytest.raises(TypeError, match="function must be a function"):
        explorer.on_change(3)
    with pytest.raises(ValueError, match="must be finite"):
        explorer.X = [[np.nan, 1]]
    with pytest.raises(ValueError, match="family must be"):
        explorer.family = "round"


def test_what_a_listener_raises_is_told_and_the_change_stays(monkeypatch):
    explorer, heard, sent = EMExplorer(points(), 3), [], []
    monkeypatch.setattr(explorer, "send", lambda message, buffers=None: sent.append(message))

    def fragile(changed):
        raise KeyError("no such thing")

    stop = explorer.on_change(fragile)
    explorer.on_change(heard.append)
    explorer._hear(None, {"type": "act", "action": "step", "client": "a page", "seq": 7}, [])
    assert [message.get("error", {}).get("title") for message in sent] == [None, "fragile raised KeyError"]
    assert sent[1]["error"]["source"].strip() == 'raise KeyError("no such thing")'
    assert (sent[1]["client"], sent[1]["seq"]) == ("a page", 7)
    with pytest.raises(KeyError):
        explorer.step()
    assert explorer.fit.n_iter == 2
    assert heard == [explorer, explorer]
    stop()
    stop()
    explorer.step()


def test_other_points_may_have_other_features():
    explorer = EMExplorer(points(), 3, labels=["a", "b"])
    explorer.X = points(40)
    assert (explorer.n, explorer.labels) == (40, ["a", "b"])
    explorer.X = points(40)[:, :1]
    assert (explorer.d, explorer.labels, explorer.mixture.d) == (1, ["feature 0"], 1)
    explorer.X = points(2)
    assert explorer.mixture.k == 2


def test_an_export_holds_the_points_of_now(show):
    explorer = EMExplorer(points(), 2)
    explorer.X = points(40, seed=5)
    page = show(explorer)
    np.testing.assert_allclose(data(page), points(40, seed=5), atol=1e-5)
