"""Every lesson, run from top to bottom in its page: it prints, shows and draws what the notebook holds."""

import base64

import pytest

import pyodide_runs
from excused import excused
from notebooks import LESSONS, UNCHECKED, alt_texts, code_cells, figures, pixels, read, tags
from running import plain, printed

pytest_plugins = ["run_fixtures", "lab_fixtures"]

# What stands below a cell. Explorers and sliders live in a page: what is stored of them is a still picture.
BELOW = """cell => {
    const all = (parts) => [...cell.querySelectorAll(`.cell_output .output${parts}`)];
    const pictures = all(".image_png > img");
    return {
        printed: all(".stream pre").map((text) => text.textContent).join(""),
        warned: all(".stderr pre").map((text) => text.textContent).join(""),
        shown: all(".text_html:not(:has(.em-explorer))").map((html) => html.innerHTML),
        values: all(".text_plain > pre").map((text) => text.textContent).filter((text) => text),
        described: pictures.map((picture) => picture.alt),
        pictures: pictures.map((picture) => picture.src),
    };
}"""


def found(lesson, index):
    """What the page shows below a cell, and the bytes of its pictures."""
    below = lesson.cell(index).evaluate(BELOW)
    below["shown"] = [plain(html) for html in below["shown"]]
    return below, [base64.b64decode(address.partition(",")[2]) for address in below.pop("pictures")]


def stored(cell):
    """The same of a cell of the notebook."""
    data = [output.data for output in cell.outputs if "data" in output]
    drawn = [output for output in cell.outputs if "text/html" not in output.get("data", {})]
    below = {
        "printed": printed(cell),
        "warned": printed(cell, "stderr"),
        "shown": [plain(each["text/html"]) for each in data if "text/html" in each],
        "values": [each["text/plain"] for each in data if not each.keys() & {"text/html", "image/png"}],
        "described": alt_texts(drawn),
    }
    return below, figures(drawn)


def unlike(picture, other) -> bool:
    one, other = pixels(picture), pixels(other)
    return one.shape != other.shape or abs(one - other).mean() > pyodide_runs.LIKE


def differences(lesson, cells):
    """{number of a cell, from 0: in what its page and the notebook differ}, timings aside."""
    differing = {}
    for index, cell in enumerate(cells):
        if UNCHECKED in tags(cell):
            continue
        (below, pictures), (expected, committed) = found(lesson, index), stored(cell)
        parts = [part for part in expected if below[part] != expected[part]]
        if len(pictures) == len(committed):
            parts += [
                f"picture {n}"
                for n, pair in enumerate(zip(pictures, committed, strict=True))
                if unlike(*pair)
            ]
        if parts:
            differing[index] = {part: (below.get(part), expected.get(part)) for part in parts}
    return differing


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_from_top_to_bottom(open_lesson, path):
    cells = code_cells(read(path))
    with open_lesson(path.stem) as lesson:
        lesson.run_all()
        assert lesson.note() == f"{len(cells)} cells have run."
        differing = differences(lesson, cells)
        assert differing.keys() == excused(path.stem), differing
