"""The teacher's course folder: nbgrader's pages for it, in a real browser; dates for what comes by hand."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import course_folder
import editions
import formgrader
import lab
import outer_make
import stamp_submissions
import teach_demo
from notebooks import ROOT
from short_course import ASSIGNMENT, ESSAY, place

pytest_plugins = ["lab_fixtures"]


PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ESSAYS = {
    "ann": "## Why?\n\nBecause: ![sketch](attachment:my%20sketch.png) ![lost](attachment:lost.png)",
    "ben": """Why? <script>document.title = "ACTS"</script> <img src=x onerror="document.title = 'ACTS'">

[a](evil.html) [b](javascript:document.title="ACTS") <img src="/logout">""",
}
ACTS = """x = 1
show = get_ipython().display_pub.publish
for name in ("width", "height"):
    act = {name: "1 onerror=document.title='ACTS'"}
    show({"image/png": "AAAA"}, metadata={"image/png": act})
    show({"image/jpeg": "AAAA"}, metadata=act)
show({"text/vnd.mermaid": "<img src=x onerror=document.title='ACTS'>"})
show({"image/png": "AAAA"}, metadata={"image/png": {"width": 7, "alt": 'a "plot"'}})
"""
ACTING = re.compile("<[^>]*(?:onerror=|evil.html|javascript:|/logout)")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder with one assignment, two submissions, and points for the checks."""
    folder = tmp_path_factory.mktemp("formgrader") / "gmm"
    editions.write(folder / course_folder.CONFIG, editions.CONFIG)
    place(folder, "source", "Why?")
    teach_demo.nbgrader(folder, "generate_assignment", ASSIGNMENT)
    place(folder, "submitted/ann", ESSAYS["ann"], pictures={"my sketch.png": {"image/png": PICTURE}})
    place(folder, "submitted/ben", ESSAYS["ben"], stub=ACTS)
    teach_demo.nbgrader(folder, "autograde", ASSIGNMENT)
    return folder


@pytest.fixture(scope="module")
def server(course):
    """What `make formgrader` starts, as the Makefile calls it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = lab.Lab(f"http://127.0.0.1:{port}", secrets.token_hex(16), course)
    tool = [sys.executable, str(ROOT / "tools/formgrader.py"), str(course)]
    options = ["--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    home, log = course.parent, course.parent / "server.log"
    environment = lab.environment(home, started.token)
    environment["JUPYTER_CONFIG_PATH"] = str(ROOT / "teaching/handing-in")  # as everybody in the class has it
    with lab.running([*tool, *options], environment, log) as process:
        lab.wait_for(process, started, log)
        yield started


def fetch(server: lab.Lab, path: str) -> str:
    request = urllib.request.Request(f"{server.address}/{path}")
    request.add_header("Authorization", f"token {server.token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        assert answer.status == 200
        return answer.read().decode()


def disabled(server: lab.Lab) -> list[str]:
    """The extensions that a server's JupyterLab leaves out."""
    script = r'<script id="jupyter-config-data".*?>(.*?)</script>'
    (settings,) = re.findall(script, fetch(server, "lab"), re.DOTALL)
    return json.loads(settings)["disabledExtensions"]


def test_the_formgrader_answers_and_knows_the_assignment(server):
    assert "Manage Assignments" in fetch(server, "formgrader")
    (found,) = json.loads(fetch(server, "formgrader/api/assignments"))
    assert (found["name"], found["num_submissions"], found["max_score"]) == (ASSIGNMENT, 2, 6)
    assert not [name for name in disabled(server) if "nbgrader" in name]


def test_learners_do_not_have_it(lab):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(lab, "formgrader")
    assert "@jupyter/nbgrader" in disabled(lab)


def test_what_students_write_is_shown_and_cannot_act(server, browser):
    pages = {}
    for found in json.loads(fetch(server, f"formgrader/api/submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}")):
        page = browser.new_page()
        page.goto(server.url(f"formgrader/submissions/{found['id']}/"))
        page.wait_for_load_state("networkidle")
        pages[found["student"]] = page.locator("#notebook").first.inner_html()
        assert page.title() != "ACTS"
        page.close()
    assert '<h2 id="Why?">' in pages["ann"]
    assert f'<img alt="sketch" src="data:image/png;base64,{PICTURE}"' in pages["ann"]
    assert "[lost.png is not attached]" in pages["ann"]
    assert "&lt;p&gt;" not in pages["ann"] + pages["ben"]
    assert not ACTING.findall(pages["ben"])
    assert 'alt="a &quot;plot&quot;"' in pages["ben"] and 'width="7"' in pages["ben"]


def save(page, kind: str, field, text: str):
    """Type into a field, leave it, and wait until the server has it."""
    with page.expect_response(lambda it: f"/api/{kind}/" in it.url and it.request.method == "PUT") as answer:
        field.fill(text)
        field.blur()
    assert answer.value.ok


def test_an_essay_is_graded_in_the_browser(server, browser, course):
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto(server.url(""))
    page.wait_for_url("**/formgrader/**")  # it is what opens
    page.get_by_role("link", name="Manual Grading").click()
    page.get_by_role("link", name=ASSIGNMENT).click()
    page.get_by_role("link", name=ASSIGNMENT).last.click()
    page.get_by_role("link", name="Submission #1").click()
    page.wait_for_load_state("networkidle")  # what is typed before the grades are there is not saved
    save(page, "grade", page.locator(f"input.score[id='{ESSAY}']"), "1.5")
    save(page, "comment", page.locator("textarea.comment").last, "Well said.")
    page.close()
    scores = teach_demo.gradebook(course, ASSIGNMENT)
    waiting = {name: cells[ESSAY].by_hand for name, cells in scores.items()}
    assert sorted(waiting.values()) == [False, True]
    (graded,) = [name for name, by_hand in waiting.items() if not by_hand]
    teach_demo.nbgrader(course, "generate_feedback", ASSIGNMENT)
    feedback = {
        name: (course / "feedback" / name / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
        for name in scores
    }
    assert [name for name, text in feedback.items() if "Well said." in text] == [graded]
    assert "1.5" in feedback[graded]
    assert "[lost.png is not attached]" in feedback["ann"]
    assert "&lt;p&gt;" not in feedback["ann"] + feedback["ben"]
    assert not ACTING.findall(feedback["ben"])


def test_it_serves_this_machine_only_and_the_course_folder(tmp_path):
    command = formgrader.command(tmp_path)
    assert "--ServerApp.ip=127.0.0.1" in command
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert ("--allow-root" in command) == (os.geteuid() == 0)


def test_settings_of_the_class_are_kept(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/srv/gmm")
    assert formgrader.environment()["JUPYTER_CONFIG_PATH"] == f"{formgrader.SETTINGS}{os.pathsep}/srv/gmm"
    monkeypatch.delenv("JUPYTER_CONFIG_PATH")
    assert formgrader.environment()["JUPYTER_CONFIG_PATH"] == str(formgrader.SETTINGS)


# --- The course folder ---------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "nowhere"])
def test_a_folder_that_is_no_course_is_refused(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = "There is no nbgrader_config.py in .*nowhere" if given else "Which course"
    with pytest.raises(SystemExit, match=f"{told}.*COURSE=~/gmm"):
        course_folder.course_folder(given)


def test_a_home_is_found_whatever_the_shell(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    editions.write(tmp_path / "gmm" / course_folder.CONFIG, editions.CONFIG)
    assert course_folder.course_folder("~/gmm") == tmp_path / "gmm"


def test_the_instructor_edition_goes_where_the_teacher_says(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(editions, "write_instructor", lambda folder: [folder / "source/a/a.ipynb"])
    assert editions.main(["instructor", "--folder", str(tmp_path / "gmm")]) == 0
    assert capsys.readouterr().out == "gmm/source/a/a.ipynb\n"


def test_a_folder_with_a_gradebook_stays_as_it_is(tmp_path):
    editions.write(tmp_path / "gmm/gradebook.db", "")
    with pytest.raises(SystemExit, match="is there already"):
        editions.main(["instructor", "--folder", str(tmp_path / "gmm")])
    assert (tmp_path / "gmm/gradebook.db").exists()


# --- Dates for submissions by hand ---------------------------------------------------------------


@pytest.fixture
def submitted(tmp_path):
    """A course with a submission from the exchange, and one by hand that is graded already."""
    editions.write(tmp_path / course_folder.CONFIG, editions.CONFIG)
    for name in ("ann", "dora"):
        place(tmp_path, f"submitted/{name}", "Why?")
    editions.write(tmp_path / "submitted/ann" / ASSIGNMENT / "timestamp.txt", "2026-01-31 17:00:00.0 UTC")
    editions.write(tmp_path / "submitted/ann" / ASSIGNMENT / "submission_secret.txt", "ann's")
    place(tmp_path, "autograded/dora", "Why?")
    os.utime(tmp_path / "submitted/dora" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", (0, 86_400))
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}


def test_a_submission_by_hand_gets_a_date_and_a_secret(submitted, capsys):
    before = files(submitted / "submitted/ann" / ASSIGNMENT)
    assert stamp_submissions.main([str(submitted), ASSIGNMENT]) == 0
    assert capsys.readouterr().out == "dora: handed in 1970-01-02 00:00:00.000000 UTC\n"
    given = files(submitted / "submitted/dora" / ASSIGNMENT)
    assert given["timestamp.txt"] == "1970-01-02 00:00:00.000000 UTC"
    assert re.fullmatch("[0-9a-f]{128}", given["submission_secret.txt"])
    assert files(submitted / "autograded/dora" / ASSIGNMENT) == given
    assert files(submitted / "submitted/ann" / ASSIGNMENT) == before
    assert not (submitted / "feedback").exists()
    assert stamp_submissions.main([str(submitted), ASSIGNMENT]) == 0
    assert capsys.readouterr().out.startswith("Nothing to do")
    assert files(submitted / "submitted/dora" / ASSIGNMENT) == given


def test_a_lesson_that_nobody_has_handed_in_is_told(submitted, capsys):
    assert stamp_submissions.main([str(submitted), "02_other"]) == 1
    assert "Nobody has handed in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("instructor-edition", 'tools/editions.py instructor --folder "~/gmm"'),
        ("formgrader", 'tools/formgrader.py "~/gmm" --no-browser'),
        ("stamp-submissions", 'tools/stamp_submissions.py "~/gmm" "02_e_step"'),
        ("collect-mail", 'tools/collect_mail.py "~/gmm" "02_e_step"'),
    ],
)
def test_make_hands_the_course_on(target, command):
    told = ["make", "--no-print-directory", "-n", target, "COURSE=~/gmm", "LESSON=02_e_step"]
    told += ["ARGS=--no-browser"] if target == "formgrader" else []
    run = {"capture_output": True, "text": True, "check": True}
    done = subprocess.run(told, cwd=ROOT, env=outer_make.environment(), **run)
    assert done.stdout.rstrip().endswith(command)
