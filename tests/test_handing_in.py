"""A student's JupyterLab with teaching/handing-in: an assignment is fetched and submitted with the mouse."""

import pytest

import course_folder
import editions
import lab
import teach_demo
from notebooks import ROOT
from short_course import ASSIGNMENT, place

pytest_plugins = ["lab_fixtures"]

CONFIG = """c = get_config()
c.CourseDirectory.course_id = "gmmlesson"
c.Exchange.root = "{exchange}"
"""


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    """An exchange with one assignment, and the settings of everybody beside it."""
    shared = tmp_path_factory.mktemp("srv")
    (shared / "exchange").mkdir()
    editions.write(shared / course_folder.CONFIG, CONFIG.format(exchange=shared / "exchange"))
    editions.write(shared / "gmm" / course_folder.CONFIG, CONFIG.format(exchange=shared / "exchange"))
    place(shared / "gmm", "source", "Why?")
    teach_demo.nbgrader(shared / "gmm", "generate_assignment", ASSIGNMENT)
    teach_demo.nbgrader(shared / "gmm", "release_assignment", ASSIGNMENT)
    return shared / "exchange" / editions.COURSE


def test_an_assignment_is_fetched_and_submitted_with_the_mouse(exchange, browser, tmp_path, monkeypatch):
    paths = f"{ROOT / 'teaching/handing-in'}:{exchange.parents[1]}"
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", paths)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")  # where JupyterLab is started, nbgrader puts what is fetched
    with lab.server(tmp_path) as student:
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.goto(student.url("lab"))
        page.get_by_role("menuitem", name="Nbgrader").click()
        entries = page.get_by_role("menu").get_by_role("menuitem")
        entries.first.wait_for()
        assert [entry.strip() for entry in entries.all_inner_texts()] == ["Assignment List"]
        page.get_by_text("Assignment List").click()
        page.get_by_role("button", name="Fetch").click()
        page.get_by_role("button", name="Submit").click()
        page.locator("#submitted_assignments_list").get_by_text(ASSIGNMENT).wait_for()
        page.close()
        (fetched,) = (student.folder / ASSIGNMENT).glob("*.ipynb")
    (handed_in,) = (exchange / "inbound").iterdir()
    assert (handed_in / fetched.name).read_bytes() == fetched.read_bytes()
