"""Data of one's own in the explorer's page: a file chosen, dropped or pasted; and the course's data sets."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from accessibility import violations
from explorer_pages import painted, part, points, read, says, settle, start, until
from gmmlesson import datasets
from gmmlesson.explorer import EMExplorer, bundle
from notebooks import ROOT
from test_explorer import blobs
from test_explorer_lab import SHOW, clean, tab

__all__ = ["clean", "tab"]  # fixtures

pytest_plugins = ["lab_fixtures", "explorer_fixtures"]

FILES = Path(__file__).parent / "explorer" / "files"
PAPA = ROOT / "gmmlesson" / "explorer" / "papaparse"
LONGEST_TASK = 100  # milliseconds of work for which the page may be kept


@pytest.fixture
def page(show):
    return show(EMExplorer(points(), start=start()), width=1000)


WORDS = "'column 1', as “Ann”, 'column 2', as “here”"  # in words.csv


def choose(page, file):
    """The click on "Open a file...", and what one does in the dialog."""
    if not part(page, "opener").is_visible():
        part(page, "open").click()
    with page.expect_file_chooser() as waiting:
        part(page, "open-file").click()
    waiting.value.set_files(file)
    read_through(page)


def read_through(page):
    page.wait_for_function(
        "() => !/^Reading/.test(document.querySelector('[data-testid=em-open-note]').textContent)"
    )


def note(page):
    return part(page, "open-note").inner_text()


def X_of(page):
    return np.array(read(page, "[...session.data.X]")).reshape(-1, read(page, "session.data.d"))


@pytest.fixture
def csv(tmp_path):
    """A table of 60 rows, and its path."""
    table = np.round(np.random.default_rng(5).normal([3, 70, 5], [1, 9, 2], (60, 3)), 2)
    lines = [
        "name,bill,tail,wing",
        *(f"bird {i},{','.join(map(str, row))}" for i, row in enumerate(table.tolist())),
    ]
    path = tmp_path / "birds.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return table, path


# --- The way through


@pytest.mark.parametrize("width", [400, 1000])
def test_from_a_file_to_its_mixture_in_four_clicks(show, csv, width):
    table, path = csv
    page = show(EMExplorer(points(), start=start()), width=width)
    choose(page, path)  # Data, Open a file
    found = "birds.csv: 60 rows, 3 columns of numbers (besides 1 of other text: 'name', as “bird 0”)."
    assert note(page) == f"{found} Chosen: 'bill' and 'tail'."
    part(page, "open-show").click()
    assert not part(page, "opener").is_visible()
    np.testing.assert_array_equal(X_of(page), table[:, :2])
    settle(page)
    assert says(page).startswith("60 rows of birds.csv read. 60 new points, a start with 3 components")
    part(page, "step").click()
    settle(page)
    assert "60 rows" not in says(page)
    about = part(page, "about")
    assert about.inner_text() == "60 points · 60 rows of birds.csv"  # it stays
    assert about.bounding_box()["y"] < part(page, "stage").bounding_box()["y"]
    part(page, "play").click()
    until(page, "session.state.iteration > 3")
    assert read(page, "session.data.labels") == ["bill", "tail"]


def test_columns_are_chosen_and_standardized(page, csv):
    table, path = csv
    choose(page, path)
    boxes = part(page, "column")
    assert [box.is_checked() for box in boxes.all()] == [True, True, False]
    boxes.nth(0).uncheck()
    boxes.nth(2).check()
    part(page, "standardize").check()
    part(page, "open-show").click()
    wanted = table[:, 1:]
    np.testing.assert_allclose(X_of(page), (wanted - wanted.mean(axis=0)) / wanted.std(axis=0), atol=1e-12)
    assert read(page, "session.data.labels") == ["tail, standardized", "wing, standardized"]


def test_one_column_is_a_curve_and_three_are_seen_along_their_axes(page, csv):
    table, path = csv
    choose(page, path)
    part(page, "column").nth(1).uncheck()
    part(page, "open-show").click()
    np.testing.assert_array_equal(X_of(page), table[:, :1])
    assert "em-is-flat" in part(page, "stage").get_attribute("class")
    settle(page)
    assert "60 rows of birds.csv read." in says(page)  # though the page was built anew
    assert part(page, "open").evaluate("element => element === document.activeElement")
    choose(page, path)
    part(page, "column").nth(2).check()
    part(page, "open-show").click()
    axes = np.array(read(page, "session.data.axes"))
    np.testing.assert_allclose(axes, EMExplorer(table).axes, atol=1e-9)
    part(page, "step").click()
    assert read(page, "session.state.iteration") == 1
    part(page, "undo").click()
    part(page, "undo").click()
    part(page, "undo").click()
    assert read(page, "session.data.n") == 300


def test_all_of_it_by_keyboard(page, csv):
    page.on("filechooser", lambda _: None)  # now, so that no key comes before the browser knows of it
    part(page, "open").focus()
    page.keyboard.press("Enter")
    assert part(page, "open-file").evaluate("element => element === document.activeElement")
    with page.expect_file_chooser() as waiting:
        page.keyboard.press("Enter")
    waiting.value.set_files(csv[1])
    read_through(page)
    assert part(page, "open-show").evaluate("element => element === document.activeElement")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")  # over "Read it otherwise" and the box for standardizing
    page.keyboard.press("Space")
    assert part(page, "column").nth(2).is_checked()
    page.keyboard.press("e")  # no E-step: the keys are the form's
    assert read(page, "session.state.colored") == -1
    page.keyboard.press("Escape")
    assert not part(page, "opener").is_visible()
    assert part(page, "open").evaluate("element => element === document.activeElement")
    assert read(page, "session.data.n") == 300


DROP = """(root, [name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) {
    root.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""
PASTE = """([text]) => {
  const transfer = new DataTransfer();
  transfer.setData("text/plain", text);
  const paste = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
  (document.activeElement ?? document.body).dispatchEvent(paste);
}"""


def test_a_file_is_dropped_and_a_table_pasted(page):
    part(page, "explorer").evaluate(DROP, ["d.csv", "a;b\n1,5;2\n2,5;3\n4;9"])
    read_through(page)
    assert note(page).startswith("d.csv: 3 rows, 2 columns of numbers. Chosen: 'a' and 'b'.")
    part(page, "open-show").click()
    assert X_of(page).tolist() == [[1.5, 2], [2.5, 3], [4, 9]]
    page.evaluate("document.activeElement.blur()")
    page.evaluate(PASTE, ["a\tb\n1.5\t2\n2.5\t4\n4\t9"])
    read_through(page)
    assert note(page).startswith("The pasted text: 3 rows")
    part(page, "open-show").click()
    assert X_of(page).tolist() == [[1.5, 2], [2.5, 4], [4, 9]]
    part(page, "open").click()
    part(page, "paste-open").click()
    part(page, "paste").fill("1 2\n3 5\n6 6\n")
    part(page, "paste-read").click()
    read_through(page)
    part(page, "open-show").click()
    assert X_of(page).tolist() == [[1, 2], [3, 5], [6, 6]]


SPREADSHEET = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 20, height: 20 });
  const picture = await new Promise((done) => canvas.toBlob(done));
  const blob = (text, type) => new Blob([text], { type });
  await navigator.clipboard.write([new ClipboardItem({
    "text/plain": blob("Länge\\tBreite\\n1,5\\t2,5\\n2,5\\t3,5\\n9\\t8", "text/plain"),
    "text/html": blob("<table><tr><td>1</td></tr></table>", "text/html"), "image/png": picture,
  })]);
}"""


def test_cells_of_a_spreadsheet_are_pasted_though_it_gives_a_picture_too(show):
    page = show(EMExplorer(points(), start=start()), permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(SPREADSHEET)
    page.keyboard.press("ControlOrMeta+v")
    read_through(page)
    found = "The pasted text: 3 rows, 2 columns of numbers. Chosen: 'Länge' and 'Breite'."
    assert note(page).startswith(found)
    page.keyboard.press("Escape")
    page.evaluate(PASTE_FILES, [["picture.png", "image/png"]])  # and a picture alone is nobody's
    assert part(page, "opener").is_hidden()
    page.evaluate(PASTE_FILES, [["picture.png", "image/png"], ["t.csv", "text/csv"]])
    read_through(page)
    assert note(page).startswith("t.csv: 2 rows")


PASTE_FILES = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, type] of files) transfer.items.add(new File(["a,b\\n1,2\\n3,5"], name, { type }));
  transfer.setData("text/plain", files[0][0]);
  if (files.length === 1) transfer.clearData("text/plain");
  const paste = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(paste);
}"""


def test_what_cannot_be_read_leaves_nothing_to_show(page, csv):
    page.evaluate(PASTE_FILES, [["bad.csv", "text/csv"], ["b", "text/csv"]])
    part(page, "open").click()
    part(page, "explorer").evaluate(DROP, ["words.csv", "name,place\nAnn,here\n"])
    read_through(page)
    assert note(page).startswith("words.csv: No column of it holds numbers; it has")
    assert part(page, "open-show").is_hidden() and part(page, "open-file").is_visible()
    choose(page, csv[1])
    assert part(page, "open-show").is_visible()
    part(page, "explorer").evaluate(DROP, ["words.csv", "name,place\nAnn,here\n"])  # after a good one
    read_through(page)
    assert part(page, "open-show").is_hidden() and part(page, "column").filter(visible=True).count() == 0
    choose(page, csv[1])
    part(page, "otherwise").click()
    part(page, "delimiter").select_option("|")  # nor what cannot be read otherwise
    read_through(page)
    assert "No column of it holds numbers" in note(page) and part(page, "open-show").is_hidden()
    part(page, "delimiter").select_option(",")
    read_through(page)
    part(page, "open-show").click()
    assert read(page, "session.data.n") == 60


def test_a_file_dropped_beside_the_explorer_is_taken(page):
    page.locator("h1").evaluate(DROP, ["d.csv", "a;b\n1,5;2\n2,5;3\n4;9"])
    read_through(page)
    assert note(page).startswith("d.csv: 3 rows")


def test_another_row_holds_the_names(page):
    part(page, "explorer").evaluate(DROP, ["d.csv", "Birds,2024\n2019,2020\n1.5,2\n2.5,3\n4,9"])
    read_through(page)
    part(page, "otherwise").click()
    rows = part(page, "header").locator("option").all_inner_texts()
    assert rows == ["none", "1: Birds, 2024", "2: 2019, 2020", "3: 1.5, 2", "4: 2.5, 3", "5: 4, 9"]
    part(page, "header").select_option("1")
    read_through(page)
    assert note(page).startswith("d.csv: 3 rows, 2 columns of numbers. 1 line stands above the table.")
    assert note(page).endswith("Chosen: '2019' and '2020'.")
    part(page, "header").select_option("")
    read_through(page)
    assert "Chosen: 'column 1' and 'column 2'." in note(page)


def test_ends_of_a_range_are_told_apart_and_names_are_not_cut(page):
    name = "the length of the wing, from the wrist on, in mm"[:40]
    rows = "".join(f"{20240301 + i},{i / 4}\n" for i in range(9))
    part(page, "explorer").evaluate(DROP, ["d.csv", f'day,"{name}"\n{rows}'])
    read_through(page)
    labels = part(page, "opener").locator(".em-columns label")
    assert labels.nth(0).inner_text().split("\n") == ["day", "20240301 to 20240309"]
    assert labels.nth(1).inner_text().split("\n")[0] == name
    assert labels.nth(1).locator(".em-check-name").evaluate("e => e.scrollWidth <= e.clientWidth")
    part(page, "column").nth(0).check()
    assert says(page).endswith(f"Chosen: 'day' and '{name}'.")


def test_what_the_clipboard_holds_is_pasted_by_its_key(page):
    part(page, "open").click()
    part(page, "paste-open").click()
    part(page, "paste").fill("a b c d\n1 2 9 5\n3 5 8 4\n6 6 6 1")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+c")
    page.keyboard.press("ControlOrMeta+v")  # into the field, and nowhere else
    assert part(page, "paste").input_value().startswith("a b c d") and part(page, "paste").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ControlOrMeta+v")
    read_through(page)
    assert note(page) == "The pasted text: 3 rows, 4 columns of numbers. Chosen: 'a' and 'b'."
    part(page, "column").nth(2).check()
    assert note(page).endswith("3 columns are chosen: they are seen along their two principal axes.")
    part(page, "column").nth(0).uncheck()
    part(page, "column").nth(1).uncheck()
    assert note(page).endswith("Chosen: 'c'.")


def test_it_can_be_read_otherwise(page):
    part(page, "explorer").evaluate(DROP, ["d.csv", "a;b\n1,234;2,345\n2,345;9,999\n4,567;1,111"])
    read_through(page)
    assert "“1,234” in 'a' is read as 1.234." in note(page)
    part(page, "otherwise").click()
    part(page, "decimal").select_option(".")
    read_through(page)
    part(page, "open-show").click()
    assert X_of(page)[0].tolist() == [1234, 2345]


def test_a_total_is_left_out_and_taken_back_by_a_tick_and_a_twin_is_told(page):
    rows = [f"M{i};{i % 7 + 0.5};{(i % 7 + 0.5) * 2};{i % 11}" for i in range(20)]
    sums = [sum(float(row.split(";")[a]) for row in rows) for a in (1, 2, 3)]
    table = "\n".join(["Monat;x;y;z", *rows, ";".join(["Summe", *map(str, sums)])])
    part(page, "explorer").evaluate(DROP, ["d.csv", table])
    read_through(page)
    assert note(page) == (
        "d.csv: 20 rows, 3 columns of numbers (besides 1 of other text: 'Monat', as “M0”). "
        "The last row, 'Summe', is the sum of the rows above: left out. Chosen: 'x' and 'z'. "
        "'y' is 'x' in another unit, so it is not chosen."
    )
    part(page, "leave-total").uncheck()
    read_through(page)
    assert note(page).startswith("d.csv: 21 rows") and "is the sum of the rows above. Chosen" in note(page)
    part(page, "leave-total").check()
    read_through(page)
    part(page, "open-show").click()
    assert read(page, "session.data.n") == 20
    part(page, "explorer").evaluate(DROP, ["d.csv", "x;y\n1,5;2\n2,5;3\n4;9"])
    read_through(page)
    assert part(page, "leave-total").is_hidden()


# --- What cannot be shown


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "words.csv",
            f"No column of it holds numbers; it has 2 of other text: {WORDS}.",
        ),
        (
            "workbook.csv",
            "This is a workbook or an archive, not text: save the table as CSV first.",
        ),
        ("empty.csv", "There is no text in it."),
    ],
)
def test_a_sentence_says_why_not(page, name, sentence):
    choose(page, FILES / name)
    assert note(page) == says(page) == f"{name}: {sentence}"
    assert part(page, "open-file").is_visible()
    assert read(page, "session.data.n") == 300


def test_columns_that_do_not_vary_and_too_few_rows(page):
    choose(page, FILES / "constant.csv")
    part(page, "column").nth(1).check()
    part(page, "open-show").click()
    assert says(page) == "'height' is 2 in all rows that serve: choose columns that vary."
    choose_again(page, FILES / "one_row.csv")
    part(page, "open-show").click()
    assert says(page).startswith("EM needs at least 2 rows")
    assert read(page, "session.data.n") == 300


def choose_again(page, file):
    part(page, "open-other").click()
    choose(page, file)


def test_names_are_text_and_nothing_else(page):
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog) or dialog.dismiss())
    choose(page, FILES / "script.csv")
    part(page, "column").nth(0).check()
    part(page, "open-show").click()
    settle(page)
    assert read(page, "session.data.labels") == ["<script>alert(1)</script>", "<img src=x onerror=alert(2)>"]
    assert "<img src=x onerror=alert(2)>" in page.locator(".em-axis").inner_text()
    assert page.locator("main img, #explorer script").count() == 0 and not dialogs


# --- Large, and for everyone


def longest_task(trace):
    """Milliseconds that the page's longest task worked, whatever else the machine did."""
    events = json.loads(trace)["traceEvents"]
    main = {(one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"}
    return max(one["tdur"] for one in events if (one["pid"], one["tid"]) in main and "tdur" in one) / 1000


def test_the_page_stays_in_the_hand_while_100_000_rows_are_read(page, browser, tmp_path):
    table = np.round(np.random.default_rng(6).normal(3, 1, (100_000, 8)), 3)
    path = tmp_path / "large.csv"
    np.savetxt(path, table, fmt="%.3f", delimiter=",", header="a,b,c,d,e,f,g,h", comments="")
    longest = []
    for _ in range(2):  # code that runs for the first time is compiled meanwhile
        browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
        choose(page, path)
        part(page, "open-show").click()
        until(page, "session.data.n === 100000")
        settle(page)
        longest.append(longest_task(browser.stop_tracing()))
        np.testing.assert_array_equal(X_of(page), table[:, :2])
    assert max(longest) <= LONGEST_TASK, longest


@pytest.mark.parametrize("width", [400, 1000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show, axe, csv, width, scheme):
    page = show(EMExplorer(points(), start=start()), width=width, color_scheme=scheme)
    part(page, "open").click()
    part(page, "paste-open").click()
    assert violations(page, axe) == []
    choose(page, csv[1])
    part(page, "otherwise").click()
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    choose_again(page, FILES / "words.csv")
    assert violations(page, axe) == []


@pytest.mark.parametrize("width", [320, 400, 700])
def test_nothing_is_cut_off_on_a_narrow_page(show, csv, width):
    page = show(EMExplorer(points(), start=start()), width=width)
    for step in (lambda: part(page, "open").click(), lambda: choose(page, csv[1])):
        step()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for control in part(page, "opener").locator("button, select, label").filter(visible=True).all():
            box = control.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
        if part(page, "otherwise").is_visible():
            part(page, "otherwise").click()


@pytest.mark.parametrize(("pointer", "least"), [(False, 24), (True, 40)])
def test_targets_are_large_enough(show, csv, pointer, least):
    page = show(EMExplorer(points(), start=start()), width=400, has_touch=pointer, is_mobile=pointer)
    part(page, "open").click()
    sizes = "all => all.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().height)"
    controls = "button, summary, select, textarea, label.em-check"
    assert min(part(page, "opener").locator(controls).evaluate_all(sizes)) >= least
    choose(page, csv[1])
    part(page, "otherwise").click()
    assert min(part(page, "opener").locator(controls).evaluate_all(sizes)) >= least


# --- The data sets of the course


def in_page(page, name):
    part(page, "open").click()
    part(page, f"sample-{name}").click()
    painted(page)
    return X_of(page)


def test_the_courses_data_are_those_of_the_package(page):
    faithful, penguins = datasets.old_faithful(), datasets.penguins()[0]
    classic = np.round(datasets.make_mixture(np.random.RandomState(3))[0][::10], 2)
    wanted = {"faithful": faithful, "eruptions": faithful[:, :1], "bills": penguins[:, :2]}
    wanted |= {"flippers": penguins[:, 2:3], "penguins": penguins, "blobs": classic}
    for name, X in wanted.items():
        np.testing.assert_allclose(in_page(page, name), X, atol=1e-9)
    assert in_page(page, "elongated").shape == (400, 2)
    assert len(bundle.read("samples.js").encode()) <= 15_000


# --- With a kernel


def send(explorer, X, d, features=()):
    """What a page says when it has read points; returns what the kernel answers."""
    heard = []
    explorer.send = lambda content, buffers=None: heard.append(content)
    points = {"d": d, "features": list(features)}
    act = {"type": "act", "client": "me", "seq": 1, "action": "data", "args": {"points": points}}
    message = {"content": {"data": {"method": "custom", "content": act}}}
    explorer._handle_msg(message | {"buffers": [memoryview(np.array(X, "<f8").tobytes())]})
    return heard[-1]


def test_a_kernel_takes_the_points_that_a_page_has_read():
    explorer = EMExplorer(blobs())
    answer = send(explorer, [1.5, 2, 2.5, 3, 4, 9, 5, 5], 2, ["bill", "tail"])
    assert explorer.X.tolist() == [[1.5, 2], [2.5, 3], [4, 9], [5, 5]]
    assert answer["what"] == "data" and explorer.labels == ["bill", "tail"]
    for X, d in (([1.5, np.nan], 1), ([1.5, 2, 3], 2), ([], 2), ([1.5], 0)):
        assert send(explorer, X, d)["error"] and len(explorer.X) == 4
    explorer.undo()
    assert explorer.X.shape == (300, 2)


def test_in_a_notebook_python_has_what_the_page_has_read(clean, tmp_path):
    view = clean.run(SHOW)
    large = np.round(np.random.default_rng(6).normal([[3, 70, 1]], [[1, 9, 2]], (100_000, 3)), 3)
    np.savetxt(tmp_path / "l.csv", large, fmt="%.3f", delimiter=",", header="a,b,c", comments="")
    small = np.round(large[:50, :1], 1)
    np.savetxt(tmp_path / "s.csv", small, fmt="%.1f", header="bill", comments="")
    view.press("open")
    assert "It goes to your kernel and nowhere else." in view.get("opener").inner_text()
    for path, X in ((tmp_path / "l.csv", large), (tmp_path / "s.csv", small)):
        if not view.get("opener").is_visible():
            view.press("open")
        view.get("file").set_input_files(path)
        view.wait("/^[ls].csv/.test(root.querySelector('[data-testid=em-open-note]').textContent)")
        for box in view.get("column").all():
            box.check()
        view.press("open-show")
        clean.until(f"explorer.X.shape == {X.shape}")
        assert clean.value("float(abs(explorer.X).sum())") == pytest.approx(np.abs(X).sum(), rel=1e-12)
        view.wait(f"session.data.n === {len(X)} && session.data.d === {X.shape[1]} && !session.waiting")
        view.wait(
            f"root.querySelector('[data-testid=em-status]').textContent.startsWith('{len(X):,} rows of')"
        )
        view.press("step")
        view.at_iteration(1)
    clean.execute("explorer.X = X")  # a cell's points, too, are drawn
    view.wait("session.data.n === 600")
    view.wait("root.dataset.iteration === '0'")  # of a root that is new, since one feature has become two


# --- The files


def test_papaparse_is_npms_file_byte_for_byte():
    if shutil.which("npm") is None:
        pytest.skip("npm is not on PATH")
    folder, lock = ROOT / "build" / "papaparse", ROOT / "tests" / "explorer"
    wanted = json.loads((lock / "package.json").read_text())["devDependencies"]["papaparse"]
    installed = folder / "node_modules" / "papaparse"
    if not installed.exists() or json.loads((installed / "package.json").read_text())["version"] != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(lock / name, folder / name)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=folder, check=True, timeout=180)
    for name in ("papaparse.min.js", "LICENSE"):
        assert (PAPA / name).read_bytes() == (installed / name).read_bytes()


def test_papaparse_has_the_checksum_that_was_read():
    checksum = hashlib.sha256((PAPA / "papaparse.min.js").read_bytes()).hexdigest()
    assert checksum == "e032656b2c709e9a756d5be817da9885d58b2313c43d432c414eb8534a752685"
    assert (PAPA / "LICENSE").read_text() in bundle.module()


def test_the_package_carries_its_license(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(re.search(r"dist-info/licenses/.*papaparse/LICENSE$", name) for name in names)
    assert {f"gmmlesson/explorer/papaparse/{name}" for name in ("papaparse.min.js", "LICENSE")} <= {*names}
