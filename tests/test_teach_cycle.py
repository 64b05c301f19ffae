"""`make teach-cycle`: the commands of teaching/exchange.md do what it promises; if not, it is noticed."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import people
import teach_cycle
from notebooks import ROOT

PAGE = teach_cycle.PAGE.read_text(encoding="utf-8")
STEPS = teach_cycle.steps(PAGE)


@pytest.fixture(scope="module")
def folder():
    """An empty folder that other users may enter; pytest's own are closed to them."""
    made = Path(tempfile.mkdtemp(prefix="teach-cycle-test-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def told(folder):
    """(the cycle, the lines that it has printed), when all is done."""
    lines = []
    cycle = teach_cycle.Cycle(folder, PAGE)
    cycle.run(lines.append)
    return cycle, lines


# --- The page ------------------------------------------------------------------------------------


def test_every_block_of_commands_says_who_gives_them():
    assert len(STEPS) == len(re.findall(r"^```", PAGE, re.MULTILINE)) / 2
    assert {step.who for step in STEPS} == {"administrator", "teacher", "student"}
    for step in STEPS:
        before = PAGE[: PAGE.index(f"```sh {step.who} {step.name}\n")]
        headings = [line for line in before.splitlines() if line.startswith("## ")]
        assert step.who in headings[-1], f"the heading above {step.name} does not name the {step.who}"


def test_every_block_can_be_pasted_into_a_fresh_terminal():
    for step in STEPS:
        subprocess.run(["bash", "-n", "-c", step.commands], check=True)
        if step.who != "administrator":
            assert step.commands.startswith(". /srv/gmm/settings.sh\n"), step.name


def test_a_page_with_other_steps_is_refused(tmp_path):
    other = PAGE.replace("```sh teacher collect", "```sh teacher gather")
    with pytest.raises(people.Problem, match=r"steps .*collect"):
        teach_cycle.Cycle(tmp_path, other)


# --- The whole way -------------------------------------------------------------------------------


def test_every_step_does_what_the_page_promises(told):
    _, lines = told
    assert [line.split()[:2] for line in lines] == [[step.who, step.name] for step in STEPS[1:]]


def test_points_are_those_that_were_earned(told):
    cycle, _ = told
    assert list(cycle.points) == ["ann", "ben", "cleo", "dora"]
    assert cycle.points["ann"] == cycle.points["cleo"] == "8 of 8"
    assert cycle.points["dora"] == "0 of 8"
    assert 1 < float(cycle.points["ben"].split()[0]) < 7


def test_root_makes_them_separate_users(told):
    cycle, _ = told
    open_to_all = all(parent.stat().st_mode & 0o001 for parent in (ROOT, *ROOT.parents))
    assert cycle.separate == (os.geteuid() == 0 and open_to_all)
    if cycle.separate:
        owners = {cycle.handed(student).stat().st_uid for student in cycle.students.values()}
        assert len(owners) == 3
        assert os.getuid() not in owners


@contextlib.contextmanager
def spoiled(path, **change):
    """A file or folder with another mode or another text, and then as it was."""
    mode = path.stat().st_mode
    text = path.read_bytes() if path.is_file() else None
    try:
        if "mode" in change:
            path.chmod(change["mode"])
        else:
            path.write_text(change["text"], encoding="utf-8")
        yield
    finally:
        if text is not None:
            path.write_bytes(text)
        path.chmod(mode)


def feedback_of(cycle, name):
    (page,) = cycle.handed(cycle.people[name]).parent.glob("feedback/*/*.html")
    return page


def test_what_is_broken_is_seen(told):
    cycle, _ = told
    grades = cycle.course / "grades.csv"
    others = feedback_of(cycle, "ben").read_text(encoding="utf-8")
    collected = cycle.course / "submitted/ann" / cycle.assignment / cycle.source.name
    lesson = cycle.source.read_text(encoding="utf-8")
    broken = {
        "exchange": spoiled(cycle.exchange.parent, mode=0o777),
        "release": spoiled(cycle.released, text=lesson),
        "fetch": contextlib.nullcontext(),  # they have answered since
        "work": spoiled(cycle.handed(cycle.people["ann"]), text="nothing"),
        "collect": spoiled(collected, text="another's"),
        "read": spoiled(feedback_of(cycle, "ann"), text=others),
        "export": spoiled(grades, text=grades.read_text(encoding="utf-8").replace(",8.0,8.0", ",7.0,8.0")),
    }
    for step, breaking in broken.items():
        with breaking, pytest.raises(people.Problem, match="does not hold"):
            getattr(cycle, f"after_{step}")("")
    for step in (
        "exchange",
        "course",
        "release",
        "work",
        "collect",
        "mail",
        "essays",
        "feedback",
        "read",
        "export",
    ):
        getattr(cycle, f"after_{step}")("")


def test_what_others_can_read_is_seen(told):
    cycle, _ = told
    folders = list(cycle.source.parents)
    opened = {
        "course": (cycle.source, *folders[: folders.index(cycle.teacher.home)]),
        "submit": (cycle.exchange / "inbound",),
        "feedback": (cycle.exchange / "feedback",),
    }
    for step, places in opened.items():
        with contextlib.ExitStack() as stack:
            for place in places:
                stack.enter_context(spoiled(place, mode=0o755))
            seen = (
                pytest.raises(people.Problem, match="may not") if cycle.separate else contextlib.nullcontext()
            )
            with seen:
                cycle.turn_the_clock = lambda: None
                getattr(cycle, f"after_{step}")("")


def test_what_is_missing_is_told_with_its_step(told, monkeypatch):
    cycle, _ = told
    monkeypatch.setattr(cycle, "steps", [teach_cycle.Step("teacher", "release", "true")])
    monkeypatch.setattr(cycle, "exchange", cycle.exchange / "nowhere")
    with pytest.raises(people.Problem, match=r"'release', something is missing: .*nowhere"):
        cycle.run(print)


# --- The people ----------------------------------------------------------------------------------


def test_a_command_that_fails_is_told_with_what_it_printed(told):
    cycle, _ = told
    ann = cycle.students["ann"]
    with pytest.raises(people.Problem, match=r"(?s)ann fails:.*not there"):
        ann.run("echo it is not there; false; echo never")
    assert ann.run('echo "$HOME $LOGNAME"').split() == [str(ann.home), "ann"]


def test_a_server_that_does_not_start_is_told_with_what_it_printed(told):
    cycle, _ = told
    teacher = cycle.teacher
    shutil.rmtree(teacher.home / ".local/share/jupyter/runtime", ignore_errors=True)
    with (
        pytest.raises(people.Problem, match=r"(?s)does not start.*no course here"),
        teacher.serving("echo no course here"),
    ):
        pass
