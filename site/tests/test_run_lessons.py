"""Every lesson, run from top to bottom in its page: it prints and shows what the notebook holds."""

import pytest

from excused import excused
from running import ROOT, plain, printed, shown

pytest_plugins = ["run_fixtures", "lab_fixtures"]

LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
UNCHECKED = "nbval-ignore-output"  # the tag of cells that time something


def found(lesson, index):
    """What a cell of the page prints, and the texts of the HTML that it shows."""
    texts = (
        lesson.cell(index)
        .locator(".cell_output .output.text_html")
        .evaluate_all("outputs => outputs.map((output) => output.innerHTML)")
    )
    return lesson.printed(index), [plain(html) for html in texts if "em-explorer" not in html]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_from_top_to_bottom(open_lesson, name):
    with open_lesson(name) as lesson:
        lesson.run_all()
        assert lesson.note() == f"{len(lesson.cells)} cells have run."
        checked = [
            i
            for i, cell in enumerate(lesson.cells)
            if UNCHECKED not in cell["metadata"].get("tags", []) and i not in excused(name)
        ]
        assert [found(lesson, i) for i in checked] == [
            (printed(lesson.cells[i]), shown(lesson.cells[i])) for i in checked
        ]
