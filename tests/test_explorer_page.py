"""The explorer without a kernel: the exported page in a headless Chromium that can reach nothing.

Every control by mouse, by keyboard and by touch; the picture against the numbers; accessibility.
"""

import re

import numpy as np
import pytest

from accessibility import violations
from explorer_pages import (
    center,
    click,
    colorfulness,
    drag,
    equal,
    painted,
    part,
    pixels,
    points,
    position,
    read,
    responsibilities,
    says,
    settle,
    shown,
    start,
    until,
)
from gmmlesson.em import e_step, m_step
from gmmlesson.explorer import EMExplorer, bundle
from gmmlesson.mixture import Mixture
from notebooks import ROOT

pytest_plugins = ["lab_fixtures", "explorer_fixtures"]

SOURCES = ROOT / "gmmlesson" / "explorer"
ROUNDED = 1e-5  # points travel as float32
WIDTHS = "all => all.map(element => element.getBoundingClientRect().width)"


# ---- The file ----


def test_the_file_is_small_and_complete(tmp_path):
    X = points(3000)
    EMExplorer(X, start=start()).to_html(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    data = len(X) * 2 * 4 * 4 / 3 + len(bundle.read("samples.js"))  # float32, in base64; and the course's own
    assert len(text.encode()) - data < 260_000
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg|github\.com/mholt/PapaParse\\n)", text)
    assert "{{" not in text.split("<script")[0]


def test_no_source_makes_code_or_markup_from_data():
    for path in SOURCES.glob("*.js"):
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|(inner|outer|insertAdjacent)HTML|document\.write", code)
        assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|\bimport\(", code)


def test_text_that_looks_like_markup_is_shown_as_text(show):
    class Table(np.ndarray):
        columns = ("<img src=x onerror=alert(1)>", "</script><b>")

    title = "</title><script>window.broken = 1</script>"
    page = show(EMExplorer(points().view(Table), start=start()), title=title)
    part(page, "point").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert "<img src=x onerror=alert(1)>" in part(page, "inspector").inner_text()
    assert page.evaluate("window.broken") is None
    assert page.title() == title
    assert page.locator("img, b").count() == 0


# ---- By mouse ----


def test_dragging_a_mean_moves_it_by_as_much_as_the_mouse(show):
    page = show(EMExplorer(points(), start=start()))
    before, to = shown(page), position(page, "component-0")
    assert to == pytest.approx(before.means[0], abs=0.02)
    a, b = center(part(page, "component-0")), center(part(page, "component-1"))
    unit = (before.means[1] - before.means[0]) / (b - a)  # data units a pixel; y points down
    drag(page, "component-0", (60, -45))
    after = shown(page)
    assert after.means[0] - before.means[0] == pytest.approx(unit * (60, -45), rel=0.02)
    assert (after.means[1:] == before.means[1:]).all()
    assert (after.covariances == before.covariances).all()
    assert center(part(page, "component-0")) - a == pytest.approx((60, -45), abs=1)


def test_colors_follow_a_drag(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    drag(page, "component-1", (40, 30))
    assert read(page, "session.fresh")
    assert responsibilities(page) == pytest.approx(e_step(X, shown(page))[0], abs=ROUNDED)


@pytest.mark.parametrize("handle", ["a", "b", "a-opposite", "b-opposite"])
@pytest.mark.parametrize("by", [(30, -10), (-12, -25)])
def test_the_end_of_an_axis_follows_the_mouse_in_length_and_direction(show, handle, by):
    page = show(EMExplorer(points(), start=start()))
    at = center(part(page, f"handle-0-{handle}"))
    drag(page, f"handle-0-{handle}", by)
    assert center(part(page, f"handle-0-{handle}")) == pytest.approx(at + by, abs=1.5)
    mixture, end = shown(page), position(page, f"handle-0-{handle}")
    offset = end - mixture.means[0]
    length = np.linalg.norm(offset)
    assert offset @ np.linalg.inv(mixture.covariances[0]) @ offset == pytest.approx(4, rel=0.03)  # 2 sd
    turned = mixture.covariances[0] @ offset / length
    assert turned == pytest.approx(offset / length * (length / 2) ** 2, rel=0.05, abs=0.05)  # it is an axis


def test_handles_do_not_change_places_when_one_is_pulled_past_the_other(show):
    page = show(EMExplorer(points(), start=start()))
    drag(page, "handle-0-b", (0, -90))  # now the longer one
    for name in ("a", "b"):
        before = center(part(page, f"handle-0-{name}"))
        drag(page, f"handle-0-{name}", (4, -4))
        assert center(part(page, f"handle-0-{name}")) == pytest.approx(np.add(before, [4, -4]), abs=1.5)


def test_e_and_m_are_what_python_computes(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    assert responsibilities(page) is None
    click(page, "e")
    r, log_likelihood = e_step(X, start())
    assert responsibilities(page) == pytest.approx(r, abs=ROUNDED)
    assert read(page, "session.logLikelihood") == pytest.approx(log_likelihood, rel=1e-6)
    assert "Log-likelihood" in says(page)
    click(page, "m")
    mixture = m_step(X, r)
    assert equal(shown(page), mixture)
    assert part(page, "explorer").get_attribute("data-fresh") == "false"
    assert responsibilities(page) == pytest.approx(r, abs=ROUNDED)  # still those of the start
    click(page, "e")
    assert part(page, "explorer").get_attribute("data-fresh") == "true"
    assert responsibilities(page) == pytest.approx(e_step(X, mixture)[0], abs=1e-4)


def test_stale_colors_are_pale_and_say_so(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "e")
    full = colorfulness(page)
    assert page.get_by_text("stale").count() == 0
    click(page, "m")
    assert colorfulness(page) < 0.6 * full
    assert page.get_by_text("Colors are stale. Press E.").is_visible()
    assert "stale" in says(page)
    click(page, "e")
    assert colorfulness(page) > 0.8 * full
    assert page.get_by_text("Colors are stale. Press E.").count() == 0


def test_points_have_the_colors_of_their_responsibilities(show):
    far_apart = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [30.0, 30.0], [30.0, 31.0], [31.0, 30.0]])
    page = show(EMExplorer(far_apart, start=start([(0, 0), (30, 30)], (3, 3))))
    click(page, "e")
    rgb = pixels(page)[..., :3].reshape(-1, 3).astype(int)
    for color in ((0, 114, 178), (213, 94, 0)):  # the course's blue and vermilion, over white paper
        over_paper = np.array(color) * 0.85 + 255 * 0.15
        assert (np.abs(rgb - over_paper).max(axis=1) < 4).sum() > 30
    # half of the pixels are left of the middle; blue points lie there, vermilion ones right
    blue = np.abs(pixels(page)[..., :3].astype(int) - (38, 135, 190)).max(axis=-1) < 4
    columns = np.nonzero(blue)[1]
    assert columns.max() < pixels(page).shape[1] / 2


def test_step_undo_and_reset(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    expected = [start()]
    for _ in range(3):
        expected.append(m_step(X, e_step(X, expected[-1])[0]))
        click(page, "step")
        assert equal(shown(page), expected[-1])
        assert read(page, "session.fresh")
    assert says(page).startswith("iteration 3: log-likelihood")
    click(page, "undo")
    assert equal(shown(page), expected[2])
    click(page, "reset")
    assert equal(shown(page), expected[0])
    assert part(page, "timeline").get_attribute("aria-valuemax") == "0"
    click(page, "undo")
    assert equal(shown(page), expected[2])
    drag(page, "component-0", (20, 20))
    click(page, "undo")  # a whole drag is one action
    assert equal(shown(page), expected[2])


def test_play_runs_until_paused_and_until_nothing_is_gained(show):
    page = show(EMExplorer(points(), start=start()))
    part(page, "play").click()
    painted(page)
    assert part(page, "play").inner_text() == "Pause"
    until(page, "session.state.iteration >= 2")
    part(page, "play").click()
    iteration = read(page, "session.state.iteration")
    page.wait_for_timeout(900)
    assert read(page, "session.state.iteration") == iteration
    assert part(page, "play").inner_text() == "Play"
    part(page, "play").click()
    until(page, "!session.playing")
    assert "Converged" in says(page)


def test_number_of_components_and_kinds_of_start(show):
    page = show(EMExplorer(points(), start=start()))
    for k in (8, 1, 5):
        part(page, "k").select_option(str(k))
        settle(page)
        assert shown(page).k == k
        assert page.locator("[data-testid^=em-component-]").count() == k
        assert part(page, "inspector").locator("li").count() == k
    for kind in ("kmeans_plus_plus", "kmeans", "random_points"):
        part(page, "start").select_option(kind)
        settle(page)
        assert shown(page).k == 5
        assert "New start with 5 components" in says(page)
    before = shown(page)
    click(page, "redraw")
    assert not equal(shown(page), before)


def test_the_time_line_by_mouse(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "step", "step", "step", "step")
    mixtures = read(page, "session.state.entries.map(entry => entry.mixture.means[0][0])")
    box = part(page, "timeline").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 40)
    page.mouse.down()
    for share in (0.3, 0.05):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 40, steps=3)
    page.mouse.up()
    painted(page)
    assert read(page, "session.state.iteration") == 0
    assert shown(page).means[0, 0] == mixtures[0]
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + 40)  # beyond the last: the last
    painted(page)
    assert part(page, "timeline").get_attribute("aria-valuenow") == "4"
    assert shown(page).means[0, 0] == mixtures[4]
    assert "iteration 4 of 4" in page.get_by_label("Log-likelihood", exact=True).inner_text()


def test_the_gap_opens_with_m_and_closes_with_e(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    gain = part(page, "gain")
    click(page, "e", "m")
    r, before = e_step(X, start())
    log_joint = shown(page).log_joint(X)
    bound = float((r * (log_joint - np.log(r.clip(1e-300)))).sum())  # E_r[log joint] + entropy of r
    gap = shown(page).log_likelihood(X) - bound
    assert gap > 0.5
    assert f"gap {gap:,.1f}" in gain.inner_text()
    assert f"lift +{bound - before:,.1f}" in gain.inner_text()
    widths = np.array(gain.locator(".em-raised, .em-gap").evaluate_all(WIDTHS))
    assert widths[1] / widths.sum() == pytest.approx(gap / (gap + bound - before), abs=0.01)
    click(page, "e")
    assert f"gap closed {gap:,.1f}" in gain.inner_text()
    assert gain.locator(".em-gap").evaluate("e => e.getBoundingClientRect().width") < 0.5
    drag(page, "component-0", (10, 0))
    assert "by hand" in gain.inner_text()


# ---- What is said when a hand moves something ----

LISTEN = """() => {
    window.said = [];
    const status = document.querySelector("[data-testid=em-status]");
    new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
}"""


def heard(page):
    """What the live region has said since it was listened to; text that is taken away is not read out."""
    return [text for text in page.evaluate("window.said") if text]


def readable(number):
    return f"{number:,.1f}".replace("-", "\u2212")


def test_a_drag_is_told_once_at_its_end(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    click(page, "step")
    page.evaluate(LISTEN)
    for handle, verb in [("component-0", "moved"), ("handle-1-a", "reshaped")]:
        at = center(part(page, handle))
        page.mouse.move(*at)
        page.mouse.down()
        page.mouse.move(*np.add(at, (25, -15)), steps=5)
        page.wait_for_timeout(700)  # held still: it goes on
        page.mouse.move(*np.add(at, (40, -20)), steps=5)
        painted(page)
        assert heard(page) == []
        assert says(page) == ""  # what it said is over
        page.mouse.up()
        total = readable(shown(page).log_likelihood(X))
        j = 0 if handle == "component-0" else 1
        assert says(page) == f"Component {j} {verb} by hand: log-likelihood {total}."
        page.wait_for_timeout(700)
        assert heard(page) == [says(page)]
        page.evaluate("window.said.length = 0")
    click(page, "m")
    assert says(page).startswith("iteration 3: log-likelihood")


def test_moves_by_keys_are_told_when_they_rest(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    part(page, "component-2").focus()
    page.evaluate(LISTEN)
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        page.wait_for_timeout(60)
    assert heard(page) == []
    page.wait_for_timeout(800)
    total = readable(shown(page).log_likelihood(X))
    assert heard(page) == [f"Component 2 moved by hand: log-likelihood {total}."]
    page.keyboard.press("]")
    page.keyboard.press("z")  # what comes next is what is said
    page.wait_for_timeout(800)
    assert says(page).startswith("Undone.")


def test_a_mark_that_is_dragged_says_nothing(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "predict")
    before = says(page)
    drag(page, "prediction-0", (30, 30))
    assert says(page) == before


# ---- Nothing moves any more ----


def test_where_nothing_moves_it_says_so_everywhere(show):
    page = show(EMExplorer(points(), start=start()))
    for _ in range(120):
        part(page, "step").click()
    click(page, "m")
    assert says(page).endswith(", unchanged. Nothing has moved.")
    assert page.locator(".em-change").inner_text() == "unchanged"
    assert page.locator(".em-stale").inner_text() == "Nothing has moved."
    assert part(page, "gain").inner_text().split("\n") == ["lift 0", "gap 0"]
    assert not read(page, "session.fresh")  # E is due all the same
    pale = colorfulness(page)
    click(page, "e")
    assert page.locator(".em-change").inner_text() == "unchanged"
    assert pale == pytest.approx(colorfulness(page), rel=0.02)  # nor did the colors fade
    drag(page, "component-0", (1, 0))
    click(page, "e", "m")
    assert page.locator(".em-change").inner_text().startswith("\u25b2 ")


# ---- The frame ----


def inside(page, name, margin=4):
    stage, (x, y) = part(page, "stage").bounding_box(), center(part(page, name))
    return (
        stage["x"] + margin <= x <= stage["x"] + stage["width"] - margin
        and stage["y"] + margin <= y <= stage["y"] + stage["height"] - margin
    )


def ends(page, j, axis):
    """Where the handles of an axis stand, next to where the ellipse ends, in pixels from its mean."""
    mean = center(part(page, f"component-{j}"))
    return [center(part(page, f"handle-{j}-{axis}{side}")) - mean for side in ("", "-opposite")]


@pytest.mark.parametrize("width", [320, 700, 960])
def test_the_frame_holds_the_start_with_its_handles(show, width):
    X = points()
    wide = start([(-4.5, 1), (4, 4), (0.5, -4)], (1.8, 1.6))
    page = show(EMExplorer(X, start=wide), width=width)
    part(page, "stage").scroll_into_view_if_needed()
    for j in range(3):
        for axis in ("a", "b"):
            one, other = ends(page, j, axis)
            assert one == pytest.approx(-other, abs=1), (j, axis)  # none is held at the edge
            assert inside(page, f"handle-{j}-{axis}")
            assert inside(page, f"handle-{j}-{axis}-opposite")


def test_points_keep_half_of_the_frame_however_wide_the_start(show):
    page = show(EMExplorer(points(), start=start(sds=(40, 30))))
    columns = np.nonzero((pixels(page)[..., :3] < 200).any(axis=(0, 2)))[0]
    assert np.ptp(columns) > 0.3 * pixels(page).shape[1]
    for name in ("handle-0-a", "handle-0-b-opposite"):
        assert inside(page, name)


def test_a_handle_beyond_the_frame_stands_on_its_axis(show):
    covariance = np.array([[90.0, 45.0], [45.0, 30.0]])
    mixture = Mixture([0.5, 0.5], [[0, 0], [1, 1]], [covariance, np.eye(2)])
    page = show(EMExplorer(points(), start=mixture))
    _, vectors = np.linalg.eigh(covariance)
    (one, other), (dx, dy) = ends(page, 0, "a"), vectors[:, 1]
    assert abs(one[1] / one[0]) == pytest.approx(abs(dy / dx), rel=0.03)
    assert abs(other[1] / other[0]) == pytest.approx(abs(dy / dx), rel=0.03)


def test_the_frame_stays_during_a_drag_and_moves_with_a_new_start(show):
    page = show(EMExplorer(points(), start=start()))
    still = center(part(page, "component-1"))
    ticks = pixels(page, "axes")
    drag(page, "handle-0-a", (150, 0))
    drag(page, "component-0", (-200, 100))
    assert center(part(page, "component-1")) == pytest.approx(still)
    click(page, "step", "step")
    assert (pixels(page, "axes") == ticks).all()  # nor does a step of EM move it
    part(page, "k").select_option("5")
    settle(page)
    assert not (pixels(page, "axes") == ticks).all()
    for j in range(5):
        assert inside(page, f"handle-{j}-a", margin=8)


def test_large_numbers_have_room_beside_the_axis(show):
    page = show(EMExplorer(points() * [1, 1e5] - [0, 4e7], 2))
    assert not pixels(page, "axes")[:, :1, 3].any()  # none is cut off at the left
    click(page, "step")
    drag(page, "component-0", (20, 10))
    assert inside(page, "component-0")


def test_what_is_said_over_the_picture_covers_no_handle(show):
    for width in (320, 700, 960):
        page = show(EMExplorer(points(), start=start()), width=width)
        badge, stage = page.locator(".em-stale").bounding_box(), part(page, "stage").bounding_box()
        assert badge["y"] + badge["height"] <= stage["y"] + 0.5
        click(page, "e")
        assert part(page, "stage").bounding_box() == stage  # its room stays


# ---- The inspector ----


def numbers(page):
    """The inspector's rows: (responsibility, weight, density, product) as they are printed."""
    rows = part(page, "inspector").locator("li").all_inner_texts()
    return [
        [text.replace("\u2212", "-").replace("<\u200a", "").replace(">\u200a", "")
         for text in re.search(r"(\S*\d\.\d{3})\s+(\S+) × (\S+) = (\S+)", row).groups()]
        for row in rows
    ]  # fmt: skip


def screen_position(page, i):
    """Where point i is drawn: through the scales that the components' handles tell."""
    means = shown(page).means
    screen = np.array([center(part(page, f"component-{j}")) for j in (0, 1)])
    slope = (screen[1] - screen[0]) / (means[1] - means[0])
    return screen[0] + (np.array(read(page, f"session.inspect({i}).x")) - means[0]) * slope


def test_the_inspector_shows_bayes_rule_for_the_point_under_the_mouse(show):
    X = np.vstack([points(), [[-0.4, -0.9]]])
    page = show(EMExplorer(X, start=start()))
    click(page, "e")
    page.mouse.move(*screen_position(page, 300))
    painted(page)
    panel = part(page, "inspector")
    assert "Point 300" in panel.inner_text()
    mixture = start()
    density = np.exp(mixture.log_joint(X[300:])[0]) / mixture.weights
    product = mixture.weights * density
    for j, row in enumerate(numbers(page)):
        expected = [product[j] / product.sum(), mixture.weights[j], density[j], product[j]]
        assert [float(number) for number in row] == pytest.approx(expected, rel=0.01, abs=6e-4)
    assert f"{product.sum():.3}" in panel.inner_text()
    bars = np.array(panel.locator(".em-fill").evaluate_all(WIDTHS))
    assert bars / bars.sum() == pytest.approx(product / product.sum(), abs=0.01)
    page.mouse.move(5, 5)
    painted(page)
    assert "Components" in panel.inner_text()
    page.mouse.click(*screen_position(page, 300))  # a click keeps it
    page.mouse.move(5, 5)
    painted(page)
    assert "Point 300" in panel.inner_text()


def test_walking_through_the_points_by_keys(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    part(page, "point").focus()
    order = np.argsort(X[:, 0])
    for key, rank in [("ArrowRight", 0), ("ArrowRight", 1), ("Shift+ArrowRight", 11), ("ArrowLeft", 10)]:
        page.keyboard.press(key)
        painted(page)
        assert f"Point {order[rank]}\n" in part(page, "inspector").inner_text() + "\n"
        assert part(page, "point").get_attribute("aria-valuenow") == str(rank)
    assert "responsibilities: component 0" in part(page, "point").get_attribute("aria-valuetext")
    page.keyboard.press("Escape")
    painted(page)
    assert "Components" in part(page, "inspector").inner_text()


def test_a_far_point_has_responsibilities_though_its_densities_are_zero(show):
    page = show(EMExplorer(np.vstack([points(), [[400.0, 0.0]]]), start=start()))
    part(page, "point").focus()
    page.keyboard.press("ArrowLeft")  # the rightmost
    painted(page)
    text = part(page, "inspector").inner_text()
    assert "exp(\u2212" in text
    assert "1.000" in text or ">" in text


def test_features_have_their_names_in_the_picture_and_for_who_hears_it(show):
    names = ("eruption (minutes)", "wait (minutes)")
    page = show(EMExplorer(points(), start=start(), labels=names))
    assert part(page, "stage").get_attribute("aria-label") == f"Picture: {names[0]} across, {names[1]} up"
    mean = "mean eruption (minutes) \u22122.00, wait (minutes) 1.00; standard deviation 1.50, 1.00; weight"
    assert value_text(page, "component-0").startswith(mean)
    resting = part(page, "inspector").locator("ol").bounding_box()["y"]
    part(page, "point").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    x, y = min(points().tolist())
    lines = [f"eruption (minutes) {x:.2f}", f"wait (minutes) {y:.2f}"]
    minus = [line.replace("-", "\u2212") for line in lines]
    assert " at " + ", ".join(minus) + "; responsibilities" in value_text(page, "point")
    named = part(page, "point").locator(".em-named").all_inner_texts()
    assert [" ".join(line.split()) for line in named] == minus
    assert part(page, "inspector").locator("ol").bounding_box()["y"] == resting  # nothing has moved
    click(page, "predict")
    assert value_text(page, "prediction-0") == "eruption (minutes) \u22122.00, wait (minutes) 1.00"


def test_features_of_unequal_units_have_each_the_digits_that_they_need(show):
    rng = np.random.default_rng(3)
    X = rng.normal([3750, 0.35, 1000], [280, 0.02, 0.004], (200, 3))
    page = show(EMExplorer(X[:, :2], 1, labels=["mass", "ratio"]))
    click(page, "step")
    line = part(page, "inspector").locator(".em-working").inner_text()
    assert re.fullmatch(r"mean 3,7\d\d, 0\.35 · sd 2\d\d, 0\.02\d", line)
    text = value_text(page, "component-0")
    assert re.match(r"mean mass 3,7\d\d, ratio 0\.35; standard deviation 2\d\d, 0\.02\d;", text)
    page = show(EMExplorer(X[:, [2, 1]], 1))
    click(page, "step")
    line = part(page, "inspector").locator(".em-working").inner_text()
    assert re.match(r"mean 1,?000\.00\d|mean 999\.99\d", line)  # what sets the points apart is seen


def test_all_features_of_many_can_be_read(show):
    X = np.random.default_rng(1).normal(size=(60, 5)) * [1, 1, 1, 1, 1000]
    page = show(EMExplorer(X, 2, labels=list("abcde")))
    click(page, "step", "every")
    told = part(page, "inspector").locator("details").inner_text()
    for j, mean in enumerate(shown(page).means):
        assert f"Mean of {j}: a {mean[0]:.2f} (sd ".replace("-", "−") in told
        assert f"e {mean[4]:,.0f} (sd ".replace("-", "−") in told
    part(page, "point").press("ArrowRight")
    painted(page)
    told = part(page, "inspector").locator("details").inner_text()
    assert re.search(r"Point \d+: a \S+, b \S+, c \S+, d \S+, e \S+$", told)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_names_points_are_numbers(show):
    page = show(EMExplorer(points(), start=start()))
    assert value_text(page, "component-0").startswith("mean \u22122.00, 1.00; standard")
    assert part(page, "stage").get_attribute("aria-label") == "Picture: feature 0 across, feature 1 up"


def test_names_of_many_features_and_of_one(show):
    X = np.random.default_rng(1).normal(size=(60, 5))
    page = show(EMExplorer(X, 2, labels=list("abcde")))
    part(page, "point").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert re.search(r" at a \S+, b \S+, c \S+, …; responsibilities", value_text(page, "point"))
    assert re.match(r"mean [^a-e]+; standard", value_text(page, "component-0"))  # along principal axes
    page = show(EMExplorer(X[:, :1], 2, labels=["wait"]))
    assert part(page, "stage").get_attribute("aria-label") == "Picture: wait across"
    assert re.match(r"mean wait \S+; standard", value_text(page, "component-0"))


@pytest.mark.parametrize("width", [320, 400, 960])
def test_long_names_are_cut_and_numbers_are_not(show, width):
    names = ["the time from the beginning of one eruption to the next, in minutes by the clock"] * 2
    page = show(EMExplorer(points(), start=start(), labels=names), width=width)
    part(page, "point").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    panel = part(page, "inspector").bounding_box()
    for line in part(page, "point").locator(".em-named").all():
        name, number = (line.locator("span").nth(i) for i in (0, 1))
        assert name.evaluate("e => e.scrollWidth > e.clientWidth")
        assert number.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
        box = number.bounding_box()
        assert box["x"] + box["width"] <= panel["x"] + panel["width"] + 0.5
    up, stage = page.locator(".em-axis").bounding_box(), part(page, "stage").bounding_box()
    assert up["y"] + up["height"] <= stage["y"] + 0.5
    assert up["x"] + up["width"] <= page.locator(".em-stale").bounding_box()["x"]


# ---- Predict ----


def test_predict_mode_tells_how_far_off_one_was(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    click(page, "e", "predict")
    assert part(page, "predict").get_attribute("aria-pressed") == "true"
    assert page.locator("[data-testid^=em-component-]").count() == 0
    before = shown(page)
    for j, by in enumerate([(-40, 30), (25, -40), (30, 30)]):
        drag(page, f"prediction-{j}", by)
    assert equal(shown(page), before, rtol=0)  # a prediction moves nothing
    marks = np.array([center(part(page, f"prediction-{j}")) for j in range(3)])
    click(page, "m")
    after = m_step(X, e_step(X, before)[0])
    assert equal(shown(page), after)
    panel = page.get_by_role("group", name="Prediction").inner_text()
    misses = [float(miss) for miss in re.findall(r"(\d+\.\d\d) sd", panel)]
    said = [float(miss) for miss in re.findall(r"off by (\d+\.\d\d) sd", says(page))]
    click(page, "predict")
    screen = np.array([center(part(page, f"component-{j}")) for j in range(3)])
    slope = (after.means[1] - after.means[0]) / (screen[1] - screen[0])
    expected = np.linalg.norm((marks - screen) * slope / X.std(axis=0), axis=1)
    assert misses == pytest.approx(expected, abs=0.02)
    assert said == misses
    assert page.locator("[data-testid^=em-prediction-]").count() == 0


def test_predict_mode_says_when_e_is_due(show):
    page = show(EMExplorer(points(), start=start()))
    panel = page.get_by_role("group", name="Prediction")
    due = "mean will go at the next M (press E first)."
    click(page, "predict")
    assert due in says(page)
    assert due in panel.inner_text()
    click(page, "e")
    assert "at the next M." in panel.inner_text()
    click(page, "m", "reset")
    assert due in panel.inner_text()
    click(page, "predict")
    assert says(page) == "Predict is off."
    click(page, "e", "predict")
    assert "at the next M." in says(page)


def test_a_mark_shows_the_mean_that_it_stands_on(show):
    page = show(EMExplorer(points(), start=start()))
    stage = part(page, "stage").bounding_box()
    x, y = (center(part(page, "component-0")) - (stage["x"], stage["y"])).round().astype(int)
    blue = np.abs(pixels(page, "overlay")[y - 3 : y + 4, x - 3 : x + 4, :3].astype(int) - (0, 114, 178)).max()
    number = pixels(page, "overlay")[y - 15 : y - 4, x + 10 : x + 17]
    click(page, "predict")
    marked = pixels(page, "overlay")
    ring = marked[y, x - 14 : x - 9].astype(int)  # around it
    assert ((ring[:, 3] > 200) & (np.abs(ring[:, :3] - (0, 114, 178)).max(axis=1) < 40)).any()
    assert np.abs(marked[y - 3 : y + 4, x - 3 : x + 4, :3].astype(int) - (0, 114, 178)).max() == blue < 10
    dark = (number[..., 3] > 200) & (number[..., :3] < 60).all(axis=-1)
    assert dark.sum() > 5
    assert (marked[y - 15 : y - 4, x + 10 : x + 17][dark][:, :3] < 90).all()  # the number is still there


def test_predictions_by_keys(show):
    page = show(EMExplorer(points(), start=start()))
    part(page, "predict").focus()
    page.keyboard.press("Space")
    painted(page)
    part(page, "prediction-1").focus()
    before = center(part(page, "prediction-1"))
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    painted(page)
    moved = center(part(page, "prediction-1")) - before
    assert moved[0] > 5
    assert moved[1] < -2
    assert part(page, "prediction-1").evaluate("e => e === document.activeElement")


# ---- By keyboard ----


def test_a_component_by_keys(show):
    page = show(EMExplorer(points(), start=start()))
    part(page, "component-1").focus()
    steps = []
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
        before = shown(page).means[1]
        page.keyboard.press(key)
        painted(page)
        steps.append(shown(page).means[1] - before)
    assert steps[0][0] > 0 and steps[1][1] > 0
    assert steps[0] == pytest.approx(-steps[2], abs=1e-9)
    assert steps[1] == pytest.approx(-steps[3], abs=1e-9)

    def spread():
        return np.sqrt(np.linalg.eigvalsh(shown(page).covariances[1]))[::-1]  # long, short

    before = spread()
    page.keyboard.press("Shift+ArrowRight")
    assert spread() == pytest.approx(before * [1.05, 1])
    page.keyboard.press("Shift+ArrowDown")
    assert spread() == pytest.approx(before * [1.05, 1 / 1.05])
    page.keyboard.press("[")
    (xx, xy), (_, yy) = shown(page).covariances[1]
    assert np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)) == pytest.approx(5, abs=1e-6)  # [ : to the left
    page.keyboard.press("]")
    assert shown(page).covariances[1][0, 1] == pytest.approx(0, abs=1e-9)
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    assert spread() == pytest.approx(before)
    assert part(page, "component-1").evaluate("e => e === document.activeElement")
    assert re.match(r"mean .*; standard deviation 1.50, 1.00; weight 0.333", value_text(page, "component-1"))


def test_keys_pressed_while_ellipses_glide_act_on_the_mixture(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    click(page, "e")
    part(page, "component-0").focus()
    page.keyboard.press("m")
    painted(page)
    page.keyboard.press("]")
    turned, mixture = shown(page).covariances[0], m_step(X, e_step(X, start())[0])
    assert np.linalg.eigvalsh(turned) == pytest.approx(np.linalg.eigvalsh(mixture.covariances[0]), rel=1e-3)


def test_what_lies_outside_the_picture_is_taken_at_its_edge(show):
    page = show(EMExplorer(points(), start=start([(-2, 1), (1, 1.5), (0.5, -1)], (9, 1))))
    stage = part(page, "stage").bounding_box()
    at = center(part(page, "handle-0-a"))
    assert stage["x"] < at[0] < stage["x"] + stage["width"]
    drag(page, "handle-0-a", (-30, 0))
    assert center(part(page, "handle-0-a")) == pytest.approx(at - [30, 0], abs=1.5)


def value_text(page, name):
    return part(page, name).get_attribute("aria-valuetext")


def test_steps_and_the_time_line_by_keys(show):
    X = points()
    page = show(EMExplorer(X, start=start()))
    part(page, "component-0").focus()
    keys = [("e", 0, True), ("m", 1, False), ("e", 1, True), ("s", 2, True)]
    keys += [("Home", 0, True), ("End", 2, True), ("z", 1, True), ("r", 0, None)]
    for key, iteration, fresh in keys:
        page.keyboard.press(key)
        settle(page)
        assert read(page, "session.state.iteration") == iteration, key
        assert fresh is None or read(page, "session.fresh") is fresh, key
    page.keyboard.press("Space")
    until(page, "session.state.iteration >= 2")
    page.keyboard.press("Space")
    assert not read(page, "session.playing")
    part(page, "timeline").focus()
    last = read(page, "session.state.entries.length") - 1
    keys = [("Home", 0), ("ArrowRight", 1), ("PageUp", last), ("ArrowLeft", last - 1), ("End", last)]
    for key, iteration in keys:
        page.keyboard.press(key)
        painted(page)
        assert read(page, "session.state.iteration") == iteration, key
    assert value_text(page, "timeline").startswith(f"iteration {last} of {last}, log-likelihood \u2212")


def test_keys_with_ctrl_and_keys_in_a_choice_are_left_alone(show):
    page = show(EMExplorer(points(), start=start()))
    part(page, "component-0").focus()
    for key in ("Control+e", "Alt+m", "Control+ArrowRight", "Alt+z"):
        page.keyboard.press(key)
    part(page, "start").focus()
    page.keyboard.press("e")
    painted(page)
    assert read(page, "session.state.iteration") == 0
    assert read(page, "session.state.colored") == -1
    assert equal(shown(page), start(), rtol=0)


EMPTY_PLACES = {  # where nothing of its own takes the focus: part of the explorer, and where on it
    "the picture": ("stage", (70, 30)),
    "the panel": ("gain", (40, 22)),
    "what is said": ("status", (20, 8)),
    "the reading": ("inspector", (20, 70)),
}


@pytest.mark.parametrize("place", EMPTY_PLACES)
def test_a_click_anywhere_gives_the_explorer_the_keys(show, place):
    page = show(EMExplorer(points(), start=start()))
    name, spot = EMPTY_PLACES[place]
    part(page, name).click(position={"x": spot[0], "y": spot[1]})
    assert part(page, "explorer").evaluate("root => root === document.activeElement")
    for key, iteration, fresh in [("e", 0, True), ("m", 1, False), ("s", 2, True)]:
        page.keyboard.press(key)
        settle(page)
        assert (read(page, "session.state.iteration"), read(page, "session.fresh")) == (iteration, fresh), key
    page.keyboard.press("Space")
    assert read(page, "session.playing")
    page.keyboard.press("Space")
    assert not read(page, "session.playing")
    part(page, "step").click()
    part(page, name).click(position={"x": spot[0], "y": spot[1]})  # and takes them from a button
    page.keyboard.press("Space")
    assert read(page, "session.playing")


def test_the_focus_stays_where_a_button_can_do_no_more(show):
    page = show(EMExplorer(points(), start=start()))
    for name in ("undo", "reset"):
        assert part(page, name).get_attribute("aria-disabled") == "true"
        before = says(page)
        part(page, name).click(force=True)  # does nothing
        assert (says(page), read(page, "session.state.colored")) == (before, -1)
        click(page, "e", name)
        assert part(page, name).get_attribute("aria-disabled") == "true"
        assert part(page, name).evaluate("e => e === document.activeElement")
        page.keyboard.press("e")
        assert read(page, "session.fresh")
        page.keyboard.press("r")
        settle(page)


def test_the_explorer_takes_no_focus_by_itself(show):
    page = show(EMExplorer(points(), start=start()))
    assert page.evaluate("document.activeElement === document.body")


def test_everything_is_reached_by_tab_and_focus_is_seen(show):
    page = show(EMExplorer(points(), start=start()))
    reached, unseen, exposed = [], [], []
    for _ in range(30):
        page.keyboard.press("Tab")
        name, outline, suppresses = page.evaluate(
            """() => {
                const element = document.activeElement;
                const { outlineStyle, outlineWidth } = getComputedStyle(element);
                const { testid, lmSuppressShortcuts } = element.dataset;
                return [testid ?? null, outlineStyle + outlineWidth, lmSuppressShortcuts];
            }"""
        )
        if name is None:
            break
        reached.append(name.removeprefix("em-"))
        if outline != "solid2px":
            unseen.append(name)
        if suppresses != "true":
            exposed.append(name)
    expected = ["e", "m", "step", "play", "undo", "reset", "add-points", "remove-points"]
    expected += ["open", "predict", "save", "k", "family", "start", "redraw", "search"]
    expected += ["component-0", "component-1", "component-2", "timeline", "point", "keys"]
    assert reached == expected
    assert not unseen
    assert not exposed  # or Jupyter would take the keys


# ---- By touch ----


def test_by_touch(show):
    X = points()
    page = show(EMExplorer(X, start=start()), width=400, has_touch=True, is_mobile=True)
    page.touchscreen.tap(*center(part(page, "e")))
    settle(page)
    assert read(page, "session.fresh")
    before, at = shown(page), center(part(page, "component-0"))
    scrolled = page.evaluate("scrollY")
    finger = page.context.new_cdp_session(page)
    for i in range(7):
        kind = "touchStart" if i == 0 else "touchMove" if i < 6 else "touchEnd"
        spots = [dict(zip("xy", at + np.array([6.0, -5.0]) * i, strict=True))] if i < 6 else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})
    painted(page)
    assert center(part(page, "component-0")) - at == pytest.approx((30, -25), abs=1.5)
    assert shown(page).means[0, 0] > before.means[0, 0]
    assert page.evaluate("scrollY") == scrolled
    page.touchscreen.tap(*screen_position(page, 7))
    painted(page)
    assert "Point " in part(page, "inspector").inner_text()
    for name in ("e", "m", "step", "k", "component-0"):
        assert part(page, name).bounding_box()["height"] >= 40  # large enough for a finger


# ---- What can go wrong ----


def test_a_collapse_is_shown_and_survived(show):
    X = np.vstack([points(), [[9.0, 9.0]]])
    mixture = start([(-2, 1), (9.0, 9.0), (0.5, -1)], (0.5, 0.5))
    page = show(EMExplorer(X, start=mixture))
    click(page, "e", "m")
    error = part(page, "error")
    assert error.is_visible()
    assert "Component collapsed" in error.inner_text()
    assert "Component 1 (counted from 0) collapsed at iteration 1: it holds 1 point, " in error.inner_text()
    assert equal(shown(page), mixture, rtol=0)
    page.mouse.move(5, 5)
    assert error.is_visible()
    part(page, "start").select_option("kmeans")
    settle(page)
    assert error.inner_text() == ""
    click(page, "step")
    assert read(page, "session.state.iteration") == 1


def test_m_before_e_is_answered(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "m")
    assert "press E first" in says(page)
    assert read(page, "session.state.iteration") == 0


def test_one_dimension(show):
    X = points()[:, :1]
    mixture = Mixture([0.5, 0.5], [[-2.0], [1.0]], [[[1.0]], [[1.0]]])
    page = show(EMExplorer(X, start=mixture))
    click(page, "step")
    assert equal(shown(page), m_step(X, e_step(X, mixture)[0]))
    before = shown(page)
    unit = (before.means[1, 0] - before.means[0, 0]) / (
        center(part(page, "component-1"))[0] - center(part(page, "component-0"))[0]
    )
    drag(page, "component-0", (30, 40))
    assert shown(page).means[0, 0] - before.means[0, 0] == pytest.approx(30 * unit, rel=0.03)
    drag(page, "handle-0-a", (20, 0))
    sd = np.sqrt([before.covariances[0, 0, 0], shown(page).covariances[0, 0, 0]])
    assert sd[1] - sd[0] == pytest.approx(20 * unit / 2, rel=0.05)
    drag(page, "handle-0-a-opposite", (20, 0))
    assert np.sqrt(shown(page).covariances[0, 0, 0]) == pytest.approx(sd[0], rel=0.05)
    part(page, "component-1").focus()
    page.keyboard.press("Shift+ArrowRight")
    painted(page)
    assert np.sqrt(shown(page).covariances[1] / before.covariances[1]) == pytest.approx(1.05)
    assert page.locator("[data-testid^=em-handle-0-b]").count() == 0
    assert (pixels(page, "overlay")[..., 3] > 0).sum() > 1000


def test_four_dimensions_are_stepped_and_not_dragged(show):
    rng = np.random.default_rng(1)
    X = np.concatenate([rng.normal(c, 1, (80, 4)) for c in (0, 4)])
    page = show(EMExplorer(X, 2, seed=3))
    before = shown(page)
    click(page, "step")
    assert equal(shown(page), m_step(X, e_step(X, before)[0]))
    after = shown(page)
    at = center(part(page, "component-0"))
    drag(page, "component-0", (30, 30))
    part(page, "component-0").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert equal(shown(page), after, rtol=0)
    assert center(part(page, "component-0")) == pytest.approx(at)
    assert page.locator("[data-testid^=em-handle-]").count() == 0


def nearly_nothing():
    yield "one point", EMExplorer(np.array([[3.0, 4.0]]), 1, start=start([(3.0, 4.0)]))
    yield "identical points", EMExplorer(np.full((20, 2), 7.0), 1, start=start([(7.0, 7.0)]))
    yield "identical numbers", EMExplorer(np.full((20, 1), 7.0), 1, start=Mixture([1], [[7.0]], [[[1.0]]]))
    far = start()
    yield "far from the origin", EMExplorer(
        points() + 1e8, start=Mixture(far.weights, far.means + 1e8, far.covariances)
    )
    yield "unequal units", EMExplorer(points() * [1, 1e4], 2)


@pytest.mark.parametrize("name", [name for name, _ in nearly_nothing()])
def test_odd_data_are_drawn(show, name):
    page = show(dict(nearly_nothing())[name])
    click(page, "e")
    before = shown(page).means[0]
    drag(page, "component-0", (25, -10))
    assert (shown(page).means[0] != before).any()
    assert len(np.unique(pixels(page)[..., :3].reshape(-1, 3), axis=0)) > 1
    click(page, "step")
    assert read(page, "Number.isFinite(session.logLikelihood)")


# ---- For everyone ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 960])
def test_axe_finds_nothing(show, axe, scheme, width):
    X = np.vstack([points(), [[9.0, 9.0]]])
    page = show(EMExplorer(X, start=start()), width=width, color_scheme=scheme)
    assert violations(page, axe) == []
    click(page, "e", "m")
    part(page, "keys").click()
    part(page, "point").focus()
    page.keyboard.press("ArrowRight")
    painted(page)
    assert violations(page, axe) == []  # stale, a gap, a point, the list of keys
    click(page, "predict", "step")
    assert violations(page, axe) == []
    click(page, "predict")
    part(page, "k").select_option("8")
    settle(page)
    assert violations(page, axe) == []
    mixture = start([(-2, 1), (9.0, 9.0), (0.5, -1)], (0.5, 0.5))
    page = show(EMExplorer(X, start=mixture), width=width, color_scheme=scheme)
    click(page, "e", "m")
    assert part(page, "error").is_visible()
    assert violations(page, axe) == []


def contrast(first, second):
    def luminance(rgb):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.array(rgb) / 255]
        return np.dot([0.2126, 0.7152, 0.0722], linear)

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_can_be_read_under_the_mouse(show, scheme):
    page = show(EMExplorer(points(), start=start()), color_scheme=scheme, reduced_motion="reduce")
    read_colors = """button => {
        const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const { color, backgroundColor } = getComputedStyle(button);
        return [color, backgroundColor].map((value) => {
            canvas.fillStyle = value;
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        });
    }"""

    def legible(name):
        ink, paper = part(page, name).evaluate(read_colors)
        return contrast(ink, paper) >= 4.5

    for ready in ("", "predict"):
        if ready:
            page.mouse.move(5, 5)
            part(page, ready).evaluate("button => button.click()")
        for name in ("e", "m", "step", "play", "predict", "redraw"):
            assert legible(name), (ready, name)
            page.mouse.move(*center(part(page, name)))
            assert legible(name), (ready, name, "under the mouse")
            page.mouse.down()
            assert legible(name), (ready, name, "pressed")
            page.mouse.move(5, 5)
            page.mouse.up()
    part(page, "predict").click()  # off, with the mouse over it; and on
    assert legible("predict")
    part(page, "predict").click()
    assert legible("predict")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_drawn_on_the_canvas_has_contrast(show, scheme):
    page = show(EMExplorer(points(), start=start()), color_scheme=scheme)
    paper = pixels(page)[0, 0, :3]
    assert (paper > 200).all() if scheme == "light" else (paper < 60).all()
    for name in ("ink", "muted", "accent"):
        color = part(page, "explorer").evaluate(
            """(root, name) => {
                const probe = root.querySelector(".em-probe");
                probe.style.color = `var(--em-${name})`;
                return getComputedStyle(probe).color;
            }""",
            name,
        )
        assert contrast([float(c) for c in re.findall(r"[\d.]+", color)[:3]], paper) >= 4.5, name


def test_the_theme_is_followed_while_the_page_is_open(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "e")
    assert (pixels(page)[0, 0, :3] > 200).all()
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")  # as JupyterLab does
    settle(page)
    assert (pixels(page)[0, 0, :3] < 60).all()
    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    settle(page)
    assert (pixels(page)[0, 0, :3] > 200).all()
    page.evaluate("delete document.body.dataset.jpThemeLight")
    page.emulate_media(color_scheme="dark")
    settle(page)
    assert (pixels(page)[0, 0, :3] < 60).all()


def test_on_a_phone_the_picture_stands_below_the_steps(show):
    """Then come the other buttons, what they open, and the panels."""
    page = show(EMExplorer(points(), start=start()), width=400)
    click(page, "open")
    names = ["e", "stage", "undo", "k", "opener", "timeline"]
    tops = [part(page, name).bounding_box()["y"] for name in names]
    assert tops == sorted(tops)
    assert tops[1] - tops[0] < 120
    assert part(page, "play").bounding_box()["y"] == tops[0]


def test_on_paper_there_is_nothing_to_press(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "open", "save")
    page.emulate_media(media="print")
    assert part(page, "stage").is_visible()
    assert page.locator("button, select, summary").filter(visible=True).count() == 0


@pytest.mark.parametrize(("motion", "glides"), [("reduce", False), ("no-preference", True)])
def test_reduced_motion_is_respected(show, motion, glides):
    page = show(EMExplorer(points(), start=start()), reduced_motion=motion)
    click(page, "e")
    before = int(part(page, "explorer").get_attribute("data-frames"))
    part(page, "m").evaluate("button => button.click()")
    settle(page)
    drawn = int(part(page, "explorer").get_attribute("data-frames")) - before
    assert drawn > 4 if glides else drawn == 1
    transition = part(page, "m").evaluate("button => getComputedStyle(button).transitionDuration")
    assert (transition != "0s") is glides


@pytest.mark.parametrize("width", [320, 400, 700])
def test_nothing_is_cut_off_on_a_narrow_page(show, width):
    page = show(EMExplorer(points(), 8), width=width)
    click(page, "e", "save")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    controls = page.locator("button, select, canvas, .em-timeline, .em-row, .em-status")
    for control in controls.filter(visible=True).all():
        box = control.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 0.5
    overflowing = page.evaluate(
        "[...document.querySelectorAll('.em-explorer button, .em-stale, .em-gain-texts span, .em-head span')]"
        ".concat(...document.querySelectorAll('.em-value'))"
        ".filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map(e => e.textContent)"
    )
    assert overflowing == []


def test_the_page_follows_its_size(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "e")
    page.set_viewport_size({"width": 500, "height": 700})
    settle(page)
    stage, canvas = part(page, "stage").bounding_box(), part(page, "points")
    assert canvas.bounding_box()["width"] == pytest.approx(stage["width"])
    assert canvas.evaluate("c => c.width") == pytest.approx(stage["width"], abs=1)
    before = shown(page).means[0]
    drag(page, "component-0", (20, 0))
    assert shown(page).means[0, 0] > before[0]


def test_a_hundred_thousand_points(show, summary):
    X = points(100_000)
    page = show(EMExplorer(X, start=start()))
    click(page, "e")
    assert responsibilities(page, 50) == pytest.approx(e_step(X[:50], start())[0], abs=ROUNDED)
    paint = part(page, "explorer").evaluate(
        """root => new Promise(done => {
            const times = [], mean = root.querySelector("[data-testid=em-component-0]");
            const init = {key: "ArrowRight", bubbles: true, cancelable: true};
            const press = () => {
                const since = performance.now();
                mean.dispatchEvent(new KeyboardEvent("keydown", init));
                requestAnimationFrame(() => {
                    const after = new MessageChannel();
                    after.port1.onmessage = () => {
                        times.push(performance.now() - since);
                        if (times.length < 15) setTimeout(press, 20);
                        else done(times.sort((a, b) => a - b)[7]);
                    };
                    after.port2.postMessage(0);
                });
            };
            press();
        })"""
    )
    summary.append(f"explorer page, 100,000 points: a move painted in {paint:.0f} ms (median of 15)")
    assert paint < 500  # the goal is measured by `make bench-explorer`; here: nothing is done many times over
