"""The command `gmmlesson`: what it runs, what it says, and how it ends when something is wrong."""

import os
import signal
import subprocess
import sys
import tomllib

import pytest

from course_helpers import SECOND, edited, full_disk, tree, write_course
from gmmlesson.course import jupyter, laying_out, lessons
from gmmlesson.course.command import main
from gmmlesson.exercises.passed import NOTED
from gmmlesson.folder import RECORD, alone
from notebooks import LESSONS, ROOT


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The commands that would have been run, in an empty working directory."""
    commands = []
    monkeypatch.setattr(jupyter, "serve", lambda command: commands.append(command) or 0)
    monkeypatch.chdir(tmp_path)
    return commands


@pytest.fixture
def course(tmp_path, monkeypatch):
    place = write_course(tmp_path / "course")
    monkeypatch.setattr(lessons, "PLACES", (place,))
    return place


def test_lab_lays_out_and_opens_the_first_lesson_on_this_machine_only(served, tmp_path, capsys):
    assert main(["lab"]) == 0
    (command,) = served
    assert command[:4] == [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1"]
    assert f"--ServerApp.root_dir={tmp_path / 'gmmlesson-course'}" in command
    assert "--LabApp.default_url=/lab/tree/00_meet_em.ipynb" in command
    assert not {"--no-browser", "--port"} & set(command)
    assert ("--allow-root" in command) == (os.geteuid() == 0)
    out, err = capsys.readouterr()
    assert out.startswith(f"Laid out in gmmlesson-course: {LESSONS[0].name}, ") and out.endswith(f"{NOTED}\n")
    assert err == ""
    main(["lab"])
    assert capsys.readouterr().out == "gmmlesson-course is up to date.\n"


def test_lab_hands_options_on(served, course):
    options = ["--ServerApp.token=x", "--", "--port=1"]
    assert main(["lab", "a folder", "--no-browser", "--port", "8899", "--", *options]) == 0
    (command,) = served
    assert {"--no-browser", "--port=8899"} < set(command)
    assert command[-3:] == options


def test_the_folder_is_the_one_you_are_in(served, course, tmp_path, monkeypatch):
    main(["lab", "mine"])
    (tmp_path / "mine" / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "mine" / "deeper")
    main(["lab"])
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in served[1]
    assert not any((tmp_path / "mine" / "deeper").iterdir())
    assert main(["progress"]) == 0


def test_update_says_what_it_did(served, course, capsys):
    main(["lab", "mine"])
    edited(course.parent / "mine" / SECOND)
    write_course(course, "two")
    capsys.readouterr()
    assert main(["update", "mine"]) == 0
    assert capsys.readouterr().out.startswith(f"You have changed {SECOND}, so it stays as it is; the newer")


def test_progress_is_printed(served, capsys):
    main(["lab", "mine"])
    capsys.readouterr()
    assert main(["progress", "mine"]) == 0
    assert "○ e_step" in capsys.readouterr().out


# --- Bad ends ------------------------------------------------------------------------------------


def a_file(folder):
    folder.write_text("a diary")


def a_damaged_record(folder):
    folder.mkdir()
    (folder / RECORD).write_text("a diary")


@pytest.mark.parametrize(
    ("arguments", "prepare", "sentence"),
    [
        (["lab", "mine"], a_file, "there is a file of that name"),
        (["lab", "mine"], a_damaged_record, "delete it and try again"),
        (["update", "mine"], a_damaged_record, "delete it and try again"),
        (
            ["update", "mine"],
            lambda folder: None,
            "mine is no course folder: `gmmlesson lab mine` makes one.",
        ),
        (["progress", "mine"], lambda folder: None, "mine is no course folder"),
        (["progress"], lambda folder: None, "gmmlesson-course is no course folder"),
    ],
)
def test_a_bad_end_is_one_sentence(served, course, tmp_path, capsys, arguments, prepare, sentence):
    prepare(tmp_path / "mine")
    before = tree(tmp_path)
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert sentence in err and err.startswith("gmmlesson: ") and err.count("\n") == 1
    assert out == "" and served == [] and tree(tmp_path) == before


def test_a_full_disk_is_one_sentence(served, course, capsys):
    with full_disk(1):
        assert main(["lab", "mine"]) == 1
    assert capsys.readouterr().err.endswith(f"mine/{SECOND} cannot be written: No space left on device.\n")


def test_two_at_a_time_is_one_sentence(served, course, tmp_path, capsys, monkeypatch):
    main(["lab", "mine"])
    monkeypatch.setattr(laying_out, "alone", lambda folder: alone(folder, 0.1))
    capsys.readouterr()
    with alone(tmp_path / "mine"):
        assert main(["update", "mine"]) == 1
    assert capsys.readouterr().err.startswith("gmmlesson: Another gmmlesson is at work in mine: try again")


def test_a_missing_jupyterlab_is_one_sentence(served, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(jupyter.importlib.util, "find_spec", lambda name: None)
    assert main(["lab", "mine"]) == 1
    assert "JupyterLab is missing: `" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


def test_an_installation_without_lessons_is_one_sentence(served, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(lessons, "PLACES", (tmp_path / "nowhere",))
    assert main(["lab", "mine"]) == 1
    assert "came without its lessons" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["learn"], ["lab", "--prot=1"], ["update", "mine", "--", "--port=1"]]
)
def test_what_it_does_not_understand(arguments, served, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: gmmlesson")


# --- As a program --------------------------------------------------------------------------------


def test_help_names_every_command():
    command = [sys.executable, "-m", "gmmlesson", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for word in ("lab", "update", "progress", "gmmlesson-course"):
        assert word in done.stdout


def test_the_console_script_is_this_command():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"gmmlesson": f"{main.__module__}:{main.__name__}"}


ENDS_WELL = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(7))
print(1, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a signal in the way of POSIX")
def test_ctrl_c_is_for_the_server():
    """Where this process waits for the server, as on Windows, it must not end before the server does."""
    process = subprocess.Popen([sys.executable, "-c", ENDS_WELL], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"1\n"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it may be ignored

    def interrupt(*_):  # Ctrl+C reaches both
        os.kill(os.getpid(), signal.SIGINT)
        process.send_signal(signal.SIGINT)

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        assert jupyter.wait_for(process) == 7
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
