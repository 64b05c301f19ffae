"""What one takes away from the explorer's page: files, text and a link that leads back to the same state."""

import csv
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import PIL.Image
import pytest

from accessibility import violations
from explorer_pages import click, equal, part, pixels, points, read, says, settle, shown, start, until
from gmmlesson.em import e_step
from gmmlesson.explorer import EMExplorer
from gmmlesson.mixture import Mixture

pytest_plugins = ["lab_fixtures", "explorer_fixtures"]

SVG = "{http://www.w3.org/2000/svg}"
KINDS = {"png": "picture", "svg": "picture", "csv": "points", "json": "mixture", "py": "mixture"}


def taken(page, kind) -> bytes:
    """The file that a button of the panel saves."""
    with page.expect_download() as download:
        part(page, f"save-{kind}").click()
    assert download.value.suggested_filename == f"em-{KINDS[kind]}.{kind}"
    return download.value.path().read_bytes()


def made_by(source) -> Mixture:
    """The mixture that Python makes of what the page gave."""
    names = {}
    exec(compile(source, "mixture.py", "exec"), names)
    return names["mixture"]


def same(mixture, parts):
    return all(np.array_equal(getattr(mixture, name), parts[name]) for name in parts)


def state(page):
    here = "session.state.iteration, session.state.colored, session.state.family"
    return read(page, f"[{here}, session.mixture]")


def opened(page, link):
    """The same page in another tab, by a link."""
    other = page.context.new_page()
    other.goto(link)
    other.locator("[data-testid=em-explorer][data-frames]").wait_for()
    settle(other)
    return other


def link_of(page):
    part(page, "copy-link").click()
    settle(page)
    return part(page, "text").input_value()


@pytest.mark.parametrize("family", ["full", "tied", "diag"])
def test_the_mixture_as_python_runs_and_as_json_is_read(show, family):
    page = show(EMExplorer(points(), 3, family=family, seed=1))
    click(page, "step", "step", "save")
    parts = read(page, "session.mixture")
    mixture = made_by(taken(page, "py").decode())
    assert same(mixture, parts)
    assert (mixture.family or "full") == family
    told = json.loads(taken(page, "json"))
    mixture = Mixture(**told["mixture"])
    assert same(mixture, parts) and mixture.family == family
    assert told["features"] == ["feature 0", "feature 1"]
    part(page, "copy-python").click()
    settle(page)
    assert same(made_by(part(page, "text").input_value()), parts)


@pytest.mark.parametrize("d", [1, 2, 4])
def test_the_points_as_csv_are_those_that_were_given(show, d):
    X = np.random.default_rng(d).normal(size=(50, d)) * [1, 100, 1e-3, 1][:d] + [0, 1e4, 0, -3][:d]
    X = np.column_stack([np.round(x, digits) for x, digits in zip(X.T, [5, 3, 8, 5][:d], strict=True)])
    names = ['length, "mm"', "Größe", "c", "d"][:d]
    page = show(EMExplorer(X, 2, labels=names))
    click(page, "save")
    text = taken(page, "csv").decode("utf-8")
    header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert text.startswith("\ufeff")  # so that a spreadsheet reads it as UTF-8
    assert header == ["row", *names, "component", "responsibility 0", "responsibility 1"]
    table = np.array(rows, float)
    assert np.array_equal(table[:, 1 : d + 1], X)
    assert np.array_equal(table[:, 0], np.arange(1, 51))
    r = e_step(X, shown(page))[0]
    np.testing.assert_allclose(table[:, d + 2 :], r, atol=1e-4)  # X has travelled as float32
    assert np.array_equal(table[:, d + 1], table[:, d + 2 :].argmax(axis=1))


TABLE = "site,height,leaf\n" + "".join(
    f"{site},{'NA' if i % 7 == 2 else i % 5 + i / 8},{(i * 7) % 11 + 0.25}\n"
    for i, site in enumerate("ab" * 30)
)


def read_table(page, name, text):
    """Open a table of one's own, and show the columns that are chosen."""
    part(page, "file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    part(page, "open-show").wait_for()


def test_the_result_for_each_row_of_ones_own_table_is_taken_away_and_read_again(show, tmp_path):
    page = show(EMExplorer(points(), 2))
    read_table(page, "plants.csv", TABLE)
    part(page, "standardize").check()
    click(page, "open-show", "step", "step", "save")
    text = taken(page, "csv").decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header[:4] == ["row", "height, standardized", "leaf, standardized", "component"]
    assert [int(row[0]) for row in rows] == [i + 1 for i in range(60) if i % 7 != 2]  # below the names
    X, r = read(page, "[...session.data.X]"), read(page, "[...session.responsibilities]")
    assert [float(x) for row in rows for x in row[1:3]] == X
    assert [float(x) for row in rows for x in row[4:]] == r
    told = json.loads(taken(page, "json"))
    height = np.array([i % 5 + i / 8 for i in range(60) if i % 7 != 2])
    assert (told["n"], told["about"]) == (51, "51 of 60 rows of plants.csv")
    assert told["standardized"][0] == pytest.approx({"mean": height.mean(), "sd": height.std()})
    (tmp_path / "em-points.csv").write_bytes(taken(page, "csv"))
    source = taken(page, "py").decode()
    assert '# 51 points: "51 of 60 rows of plants.csv"\n# features: "height, standardized", "leaf' in source
    command = [sys.executable, "-c", source]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(read(page, "session.logLikelihood"), rel=1e-12)
    read_table(page, "em-points.csv", (tmp_path / "em-points.csv").read_text(encoding="utf-8"))
    click(page, "open-show")
    assert read(page, "[...session.data.X]") == X
    assert read(page, "session.data.features") == ["height, standardized", "leaf, standardized"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_png_is_what_one_sees_but_for_the_handles(show, scheme):
    page = show(EMExplorer(points(), start=start()), color_scheme=scheme, device_scale_factor=2)
    click(page, "step", "save")
    picture = np.array(PIL.Image.open(io.BytesIO(taken(page, "png"))).convert("RGB")).astype(int)
    canvas = pixels(page)[..., :3].astype(int)
    height, width, _ = canvas.shape
    assert picture.shape == (height + 50, width, 3)
    over = [pixels(page, name)[..., 3:] > 0 for name in ("axes", "overlay")]
    plain = ~(over[0] | over[1])[..., 0]  # where nothing lies over the points
    assert plain.mean() > 0.8
    assert np.array_equal(picture[50:][plain], canvas[plain])
    axes = pixels(page, "axes")
    inked = (axes[..., 3] > 200) & ~over[1][..., 0]
    assert inked.sum() > 300 and np.abs(picture[50:][inked] - axes[inked][:, :3]).max() < 90
    labels = picture[:50]
    inked = np.abs(labels - labels[0, -1]).max(axis=-1) > 60
    assert inked.sum() > 50  # the name of the axis that points up


def test_the_svg_shows_points_ellipses_and_axes_and_says_so(show):
    hostile = '<script>alert(1)</script> & "x"'
    page = show(EMExplorer(points(), start=start(), labels=[hostile, "wait (minutes)"]))
    click(page, "step", "save")
    root = ElementTree.fromstring(taken(page, "svg"))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "EM explorer: 300 points, 3 components, iteration 1"
    told = root.find(f"{SVG}desc").text
    assert told.startswith("A scatter plot with ellipses") and hostile in told
    assert f"{shown(page).weights[2]:.2f}" in told
    assert not [element for element in root.iter() if "script" in element.tag]
    group = root.find(f"{SVG}g[@fill-opacity]")
    owners = np.array(read(page, "[...session.responsibilities]")).reshape(-1, 3).argmax(axis=1)
    assert len(group.findall(f"{SVG}circle")) == (owners == 0).sum()
    assert len(group) == 300
    scales = page.evaluate(
        """() => {
            const stage = document.querySelector("[data-testid=em-stage]").getBoundingClientRect();
            return [...document.querySelectorAll("[data-testid^=em-component-]")].map((handle) => {
                const { left, top, width, height } = handle.getBoundingClientRect();
                return [left + width / 2 - stage.left, top + height / 2 - stage.top];
            });
        }"""
    )
    means, screen = shown(page).means, np.array(scales)
    slope = (screen[1] - screen[0]) / (means[1] - means[0])
    first = np.flatnonzero(owners == 0)[0]
    circle = group.find(f"{SVG}circle")
    at = [float(circle.get("cx")), float(circle.get("cy"))]
    assert np.allclose(at, screen[0] + (points()[first] - means[0]) * slope, atol=1)
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"0", "1", "2", "wait (minutes)"} <= set(texts) and hostile in texts
    arcs = [path for path in root.iter(f"{SVG}path") if path.get("d").count("A") == 2]
    assert len(arcs) >= 12  # two ellipses a component, each with a halo


def test_the_svg_is_drawn_as_the_canvas_is(show):
    page = show(EMExplorer(points(), start=start()), device_scale_factor=1)
    click(page, "step", "save")
    png = PIL.Image.open(io.BytesIO(taken(page, "png"))).convert("RGB")
    other = page.context.new_page()
    svg = taken(page, "svg").decode()
    other.set_viewport_size({"width": png.width // 2, "height": png.height // 2})
    other.set_content(f"<body style='margin: 0'>{svg}</body>")
    drawn = PIL.Image.open(io.BytesIO(other.screenshot())).convert("RGB")
    first, second = (
        np.array(one.resize((160, 120), PIL.Image.Resampling.BOX), float) for one in (png, drawn)
    )
    assert np.abs(first - second).mean() < 2.5 and np.abs(first - second).max() < 90


def test_one_dimension_is_taken_away_as_curves(show):
    page = show(EMExplorer(points()[:, :1], 2, labels=["wait"]))
    click(page, "step", "save")
    root = ElementTree.fromstring(taken(page, "svg"))
    assert root.find(f"{SVG}desc").text.startswith(
        "A histogram with the curves of the components; wait across."
    )
    assert len(list(root.iter(f"{SVG}rect"))) > 8
    assert PIL.Image.open(io.BytesIO(taken(page, "png"))).width > 500


def test_a_link_opens_the_same_state(show):
    page = show(EMExplorer(points(), 3, seed=2))
    part(page, "start").select_option("kmeans")
    part(page, "k").select_option("4")
    click(page, "step", "step", "step", "m", "save")
    part(page, "timeline").press("ArrowLeft")
    click(page, "e", "m")
    link = link_of(page)
    assert says(page).startswith(("Link copied.", "Link selected"))
    hint = part(page, "copy-link").get_attribute("title")  # and promises no more
    assert hint == "Who opens it in this page sees this mixture, not all that you have tried"
    assert re.search(r"#em=data:page;points:300\.[0-9a-f]+;k:4;family:full;start:kmeans;seed:", link)
    other = opened(page, link)
    assert state(other) == state(page)
    assert says(other).startswith("Opened from the link: 4 components, iteration 4")
    click(other, "redraw", "step")
    click(page, "redraw", "step")
    assert state(other) == state(page)  # who opened it draws on as who sent it
    click(other, "undo", "undo", "undo")
    assert read(other, "session.state.k") == 3  # and can go back


def test_a_link_of_another_page_is_not_followed(show):
    page, other = (show(EMExplorer(points(seed=seed), 3)) for seed in (0, 1))
    click(page, "step", "save")
    before = state(other)
    other.evaluate("hash => { location.hash = hash }", link_of(page).partition("#")[2])
    settle(other)
    assert says(other).startswith("The link was made in a page with other points.")
    assert state(other) == before


def test_a_link_pasted_into_the_open_page_is_followed(show):
    page = show(EMExplorer(points(), 3))
    page.evaluate("() => { location.hash = '#em=k:2;start:kmeans;seed:5;iteration:2;color:red' }")
    until(page, "session.state.k === 2")
    settle(page)
    assert says(page).startswith('The link says "color:red", which is not known here. Opened from the link')
    page.evaluate("() => { location.hash = '#elsewhere' }")
    settle(page)
    assert read(page, "session.state.iteration") == 2


def test_a_data_set_of_the_course_is_called_by_its_name(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "open", "sample-penguins")
    part(page, "k").select_option("2")
    click(page, "step", "step", "save")
    link = link_of(page)
    assert "#em=data:penguins;k:2;" in link
    other = opened(page, link)
    assert state(other) == state(page)
    assert read(other, "session.data.d") == 4
    assert says(other).startswith("Opened from the link: 2 components, iteration 2")
    click(page, "open", "sample-faithful", "save")
    other.goto(link_of(page))  # the address alone changes: the page stays
    until(other, "session.data.d === 2")
    assert state(other) == state(page)


def test_points_by_hand_have_no_link(show):
    page = show(EMExplorer(points(), start=start()))
    click(page, "add-points", "save")
    part(page, "cursor").press("Enter")
    settle(page)
    part(page, "copy-link").click()
    settle(page)
    assert says(page).startswith("A link cannot hold points that were set by hand")
    assert part(page, "away-answer").inner_text() == says(page)
    assert not part(page, "text").is_visible()
    assert len(taken(page, "csv").decode().splitlines()) == 302


def test_on_a_phone_the_answer_is_where_one_has_asked(show):
    page = show(EMExplorer(points(), start=start()), width=400, height=640)
    click(page, "save")
    part(page, "copy-link").evaluate("button => button.scrollIntoView({ block: 'end' })")
    click(page, "copy-link")
    answer, panel = part(page, "away-answer"), part(page, "away")
    assert answer.inner_text() == says(page) and re.match("Link (copied|selected)", answer.inner_text())
    assert answer.bounding_box()["y"] + answer.bounding_box()["height"] <= 641
    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    click(page, "away-close", "save")
    assert answer.inner_text() == ""


def test_without_a_clipboard_the_text_stands_there_to_copy(show):
    page = show(EMExplorer(points(), start=start()))
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    click(page, "save", "copy-python")
    assert says(page).startswith("Python selected: copy it with Ctrl+C")
    selected = "({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd)"
    assert equal(made_by(part(page, "text").evaluate(selected)), shown(page))
    part(page, "text").press("e")  # no E-step: one reads
    assert read(page, "session.state.colored") == -1
    part(page, "text").press("Escape")
    assert not part(page, "away").is_visible()
    assert part(page, "save").evaluate("button => button === document.activeElement")


def test_by_keyboard(show):
    page = show(EMExplorer(points(), start=start()))
    part(page, "save").focus()
    page.keyboard.press("Enter")
    assert part(page, "save").get_attribute("aria-expanded") == "true"
    names = [page.evaluate("document.activeElement.dataset.testid")]  # in the panel, where it begins
    for _ in range(10):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.dataset.testid"))
    assert [name for name in names if name and name.startswith(("em-save-", "em-copy-"))] == [
        *(f"em-save-{kind}" for kind in KINDS), "em-copy-python", "em-copy-link",
    ]  # fmt: skip
    part(page, "save-json").focus()
    with page.expect_download():
        page.keyboard.press(" ")
    assert says(page) == "Saved as em-mixture.json."


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 960])
def test_axe_finds_nothing_in_the_panel(show, axe, scheme, width):
    page = show(EMExplorer(points(), start=start()), width=width, color_scheme=scheme)
    click(page, "save", "copy-link")
    assert violations(page, axe) == []
    root = part(page, "explorer")
    assert root.evaluate("root => root.scrollWidth <= root.clientWidth")
    buttons = part(page, "away").locator("button")
    sizes = buttons.evaluate_all("all => all.map(({ offsetHeight }) => offsetHeight)")
    assert len(sizes) == 8 and min(sizes) >= 24
