"""`check` notes what passed in the course folder and nowhere else; `progress` shows it."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from course_helpers import full_disk, run_and_saved, tree
from gmmlesson import exercises
from gmmlesson.course import FolderError, lay_out, progress
from gmmlesson.course.progress import first_lesson_not_done
from gmmlesson.exercises import check, passed
from gmmlesson.exercises.passed import FILE, note
from gmmlesson.exercises.registry import BY_LESSON, EXERCISES
from gmmlesson.folder import RECORD
from notebooks import LESSONS, ROOT

WHEN = "2026-01-02T03:04:05+00:00"


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laid_out") / "mine"
    lay_out(folder)
    return folder


@pytest.fixture
def folder(tmp_path, laid_out, monkeypatch):
    """A course folder, which is the working directory."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, content in tree(laid_out).items():
        (mine / name).write_bytes(content)
    monkeypatch.chdir(mine)
    monkeypatch.delenv(passed.SWITCH, raising=False)
    return mine


def my_bic(X, mixture):
    return mixture.n_parameters * np.log(len(X)) - 2 * mixture.log_likelihood(X)


def stub(X, mixture): ...


def wrong(X, mixture):
    return -my_bic(X, mixture)


def noted(folder):
    path = folder / FILE
    return json.loads(path.read_text(encoding="utf-8"))["passed"] if path.exists() else {}


# --- Noting --------------------------------------------------------------------------------------


def test_a_check_notes_what_passed_and_when(folder, capsys):
    before = datetime.now().astimezone().replace(microsecond=0)
    for function in (stub, wrong):
        assert not check("bic", function).passed
        assert noted(folder) == {}
    assert check("bic", my_bic).passed
    (when,) = noted(folder).values()
    assert list(noted(folder)) == ["bic"] and before <= datetime.fromisoformat(when)
    assert capsys.readouterr().err == ""


def test_the_first_pass_counts(folder):
    (folder / FILE).write_text(json.dumps({"passed": {"bic": WHEN}}))
    assert note("bic") == note("e_step") == ""
    assert noted(folder)["bic"] == WHEN < noted(folder)["e_step"]


def test_a_check_in_a_folder_further_down_notes_at_the_top(folder, monkeypatch):
    (folder / "deeper").mkdir()
    monkeypatch.chdir(folder / "deeper")
    note("bic")
    assert list(noted(folder)) == ["bic"] and not any((folder / "deeper").iterdir())


@pytest.mark.parametrize(
    ("variable", "value"), [("NBGRADER_EXECUTION", "autograde"), (passed.SWITCH, "off"), (passed.SWITCH, "0")]
)
def test_nothing_is_noted_for_nbgrader_or_when_switched_off(folder, variable, value, monkeypatch):
    monkeypatch.setenv(variable, value)
    before = tree(folder)
    assert check("bic", my_bic).passed
    assert tree(folder) == before


def test_nothing_is_noted_outside_a_course_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check("bic", my_bic).passed
    assert not any(tmp_path.iterdir())


def test_nbgrader_says_what_note_listens_to():
    """The variable is nbgrader's; should it be renamed, graders would find notes in their folders."""
    from nbgrader.converters import autograde

    assert "NBGRADER_EXECUTION" in Path(autograde.__file__).read_text(encoding="utf-8")


# --- Bad ends ------------------------------------------------------------------------------------

DAMAGED = ["", "no JSON", "[]", "{}", '{"passed": []}', '{"passed": {"bic": 1}}', "[" * 99_999, b"\xff\xfe"]


@pytest.mark.parametrize("damage", DAMAGED, ids=range(len(DAMAGED)))
def test_a_file_that_is_not_ours_is_kept_under_another_name(folder, damage, capsys):
    damage = damage if isinstance(damage, bytes) else damage.encode()
    (folder / FILE).write_bytes(damage)
    (folder / "progress_unreadable_1.json").write_text("an earlier one")
    assert check("bic", my_bic).passed
    out, err = capsys.readouterr()
    assert (
        "progress.json was not one that gmmlesson wrote: it is now called progress_unreadable_2.json." in out
    )
    assert err == ""
    assert list(noted(folder)) == ["bic"]
    assert (folder / "progress_unreadable_2.json").read_bytes() == damage
    assert (folder / "progress_unreadable_1.json").read_text() == "an earlier one"


def test_progress_speaks_of_a_file_that_is_not_ours(folder):
    (folder / FILE).write_text("a diary")
    assert "it is now called progress_unreadable_1.json." in repr(progress())
    assert "unreadable" not in repr(progress())


def test_a_full_disk_does_not_fail_a_check(folder, capsys):
    note("e_step")
    before = tree(folder)
    with full_disk():
        assert check("bic", my_bic).passed
    out, err = capsys.readouterr()
    assert re.search(r"progress could not be noted: .*progress\.json cannot be written: No space left", out)
    assert err == "" and tree(folder) == before


def test_a_folder_that_may_not_be_written_does_not_fail_a_check(folder, capsys, monkeypatch):
    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    report = exercises.Report("bic", "passed", ())
    monkeypatch.setattr("gmmlesson.exercises.checking.judge", lambda *_: report)
    assert check("bic", my_bic) is report
    out, err = capsys.readouterr()
    assert "could not be noted" in out and "Permission denied" in out and err == ""


def test_notebooks_at_once_lose_no_note(folder, monkeypatch):
    """Threads stand for kernels: a lock belongs to an open file, not to a process."""
    monkeypatch.setattr(passed, "PATIENCE", 60.0)  # on a busy machine
    with ThreadPoolExecutor(len(EXERCISES)) as kernels:
        assert set(kernels.map(note, EXERCISES)) == {""}
    assert set(noted(folder)) == set(EXERCISES)


# --- Showing -------------------------------------------------------------------------------------


def test_progress_is_a_table_with_the_next_thing_to_do(folder):
    (folder / FILE).write_text(json.dumps({"passed": {"sample_mixture": WHEN, "not_any_more": WHEN}}))
    now = progress()
    assert now.next == ("01_generate_data.ipynb", "gaussian_log_density")
    lines = repr(now).splitlines()
    assert re.fullmatch(r"01_generate_data.ipynb +○ gaussian_log_density  ✔ sample_mixture", lines[0])
    with_exercises = [line.split()[0] for line in lines[: len(BY_LESSON)]]
    assert with_exercises == [path.name for path in LESSONS[1:]], (
        "Every lesson but the first has exercises: a lesson_NN.py in gmmlesson/exercises/."
    )
    assert f"1 of {len(EXERCISES)} exercises have passed" in lines[-2]
    assert lines[-2].endswith("Next: gaussian_log_density, in 01_generate_data.ipynb.")
    assert lines[-1] == passed.NOTED
    page = now._repr_html_()
    assert page.count("<tr>") == len(BY_LESSON) and page.count("title=") == len(EXERCISES)
    assert '<a href="02_e_step.ipynb">' in page and f'title="{WHEN}"' in page
    assert "Next: gaussian_log_density" in page


def test_progress_says_that_it_is_switched_off(folder, monkeypatch):
    monkeypatch.setenv(passed.SWITCH, "off")
    assert repr(progress()).endswith("Nothing new is noted, for GMMLESSON_PROGRESS is off.")


def test_progress_after_the_last_exercise(folder):
    (folder / FILE).write_text(json.dumps({"passed": dict.fromkeys(EXERCISES, WHEN)}))
    assert progress().next is None
    assert f"{len(EXERCISES)} of {len(EXERCISES)} exercises have passed" in repr(progress())
    assert "That was the last one." in repr(progress())


def test_progress_outside_a_course_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (None, tmp_path, tmp_path / "none"):
        with pytest.raises(FolderError, match="no course folder, so nothing is noted: `gmmlesson lab` makes"):
            progress(folder)


def test_a_folder_further_down_is_not_the_course_folder(folder):
    (folder / "deeper").mkdir()
    with pytest.raises(FolderError, match="deeper is no course folder"):
        progress(folder / "deeper")


def test_every_exercise_belongs_to_a_lesson(folder):
    assert set(progress().lessons) == {path.name for path in LESSONS} - {"00_meet_em.ipynb"}


def test_the_lesson_to_open_is_the_first_one_not_done(folder):
    def opened_after(*names):
        (folder / FILE).write_text(json.dumps({"passed": dict.fromkeys(names, WHEN)}))
        return first_lesson_not_done(folder)

    assert opened_after() == "00_meet_em.ipynb"
    run_and_saved(folder / "00_meet_em.ipynb")
    assert opened_after() == "01_generate_data.ipynb"
    assert opened_after("gaussian_log_density", "e_step") == "01_generate_data.ipynb"
    assert opened_after("gaussian_log_density", "sample_mixture", "e_step") == "02_e_step.ipynb"
    assert opened_after(*EXERCISES) == "00_meet_em.ipynb"
    (folder / "00_meet_em.ipynb").unlink()
    lay_out(folder)  # it is there again, and was not run; but who has passed something needs no beginning
    assert opened_after("bic") == "01_generate_data.ipynb"


# --- Nothing elsewhere ---------------------------------------------------------------------------

EVERYTHING = """
import os, sys
import numpy as np
from gmmlesson.course import progress
from gmmlesson.course.command import main
from gmmlesson.exercises import check, hint

def my_bic(X, mixture):
    return mixture.n_parameters * np.log(len(X)) - 2 * mixture.log_likelihood(X)

course = sys.argv[1]
assert main(["update", course]) == 0
assert main(["progress", course]) == 0
check("bic", my_bic)  # here is no course folder
os.chdir(course)
assert check("bic", my_bic).passed
hint("bic")
assert progress().lessons["07_how_many_components.ipynb"]["bic"]
"""


def test_nothing_is_written_outside_the_course_folder(folder, tmp_path):
    """Home, temporary folder, working directory and the package itself stay as they are."""
    places = {name: tmp_path / name for name in ("home", "temporary", "here")}
    for place in places.values():
        place.mkdir()
    package = tree(ROOT / "gmmlesson")
    elsewhere = ("XDG_", "JUPYTER", "MPL", "IPYTHON")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(elsewhere)}
    environment |= {"HOME": str(places["home"]), "USERPROFILE": str(places["home"])}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(places["temporary"]))
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    (folder / "01_generate_data.ipynb").unlink()
    before = tree(folder)
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING, folder],
        cwd=places["here"], env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [tree(place) for place in places.values()] == [{}, {}, {}]
    assert tree(ROOT / "gmmlesson") == package
    assert set(tree(folder)) - set(before) == {"01_generate_data.ipynb", FILE}
    assert RECORD in before
