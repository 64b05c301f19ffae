"""Lessons are laid out in a learner's folder and brought up to date, and nothing that was written is lost."""

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from course_helpers import FIRST, SECOND, edited, full_disk, run_and_saved, tree, write_course
from gmmlesson import folder as folders
from gmmlesson.course import FolderError, lay_out
from gmmlesson.course.lessons import source
from gmmlesson.folder import LOCK, RECORD, alone, enclosing
from notebooks import LESSONS, PAGES, ROOT, code_cells, output_text, read

NEW, NEW_2 = "02_e_step_new.ipynb", "02_e_step_new_2.ipynb"


@pytest.fixture
def course(tmp_path):
    return write_course(tmp_path / "course")


@pytest.fixture
def folder(tmp_path, course):
    """A course folder in which the first version was laid out."""
    lay_out(tmp_path / "mine", course)
    return tmp_path / "mine"


# --- Laying out ----------------------------------------------------------------------------------


def test_the_lessons_of_the_repository_are_laid_out_without_outputs(tmp_path):
    assert source() == ROOT / "notebooks"
    changes = lay_out(tmp_path / "a" / "mine")
    assert changes.new == [path.name for path in (*LESSONS, *PAGES)]
    for page in PAGES:
        assert (tmp_path / "a" / "mine" / page.name).read_text() == page.read_text()
    for path in LESSONS:
        before, after = read(path), read(tmp_path / "a" / "mine" / path.name)
        nbformat.validate(after)
        assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
        assert [cell.source for cell in code_cells(after)] == [cell.source for cell in code_cells(before)]
        assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(after))
        text = "\n".join(cell.source for cell in after.cells if cell.cell_type == "markdown")
        links = re.findall(r"\]\((?!https:)([^)#]+)(?:#([^)]+))?\)", text)
        for name, anchor in links:
            assert (tmp_path / "a" / "mine" / name).exists(), f"{path.name} links to {name}"
            heading = f"# {anchor.replace('-', ' ')}"
            assert not anchor or heading in (tmp_path / "a" / "mine" / name).read_text(encoding="utf-8")


def test_laid_out_is_what_jupyter_would_write(folder):
    before = (folder / SECOND).read_bytes()
    lesson = read(folder / SECOND)
    assert all("execution" not in cell.metadata for cell in lesson.cells)
    nbformat.write(lesson, folder / SECOND)
    assert (folder / SECOND).read_bytes() == before


def test_a_second_time_changes_nothing(folder, course):
    before = tree(folder)
    assert str(lay_out(folder, course)) == f"{folder} is up to date."
    assert tree(folder) == before


def test_the_folder_of_the_course_itself_is_refused(course):
    before = tree(course)
    with pytest.raises(FolderError, match="where the course itself is kept"):
        lay_out(course, course)
    assert tree(course) == before


# --- Updates -------------------------------------------------------------------------------------


def test_an_untouched_copy_is_replaced(folder, course):
    changes = lay_out(folder, write_course(course, "two"))
    assert (changes.new, changes.updated, changes.beside) == ([], [SECOND], {})
    assert str(changes) == f"Brought up to date: {SECOND}."
    assert "The two." in (folder / SECOND).read_text(encoding="utf-8")
    assert "stored answer" not in (folder / SECOND).read_text(encoding="utf-8")


def test_a_copy_that_was_only_run_is_replaced_and_keeps_the_outputs_that_still_hold(folder, course):
    run_and_saved(folder / SECOND)
    assert lay_out(folder, course).updated == []
    assert lay_out(folder, write_course(course, "two")).updated == [SECOND]
    same, changed, below = code_cells(read(folder / SECOND))
    assert output_text(same.outputs[0]) == "seen 0" and same.execution_count == 1
    assert "two" in changed.source
    assert not changed.outputs and not below.outputs and below.execution_count is None


def test_a_changed_copy_stays_and_the_newer_version_is_beside_it_once(folder, course):
    mine = edited(folder / SECOND)
    assert lay_out(folder, course).beside == {}
    changes = lay_out(folder, write_course(course, "two"))
    assert str(changes) == (
        f"You have changed {SECOND}, so it stays as it is; the newer version is beside it, in {NEW}."
    )
    assert (folder / SECOND).read_bytes() == mine
    assert "The two." in (folder / NEW).read_text(encoding="utf-8")
    (folder / NEW).unlink()  # read, and thrown away
    before = tree(folder)
    assert str(lay_out(folder, course)) == f"{folder} is up to date."
    assert tree(folder) == before


def test_further_versions_go_where_nothing_was_written(folder, course):
    mine = edited(folder / SECOND)
    lay_out(folder, write_course(course, "two"))
    assert lay_out(folder, write_course(course, "three")).updated == [NEW]
    assert "The three." in (folder / NEW).read_text(encoding="utf-8")
    also_mine = edited(folder / NEW)
    assert lay_out(folder, write_course(course, "four")).beside == {SECOND: NEW_2}
    assert ((folder / SECOND).read_bytes(), (folder / NEW).read_bytes()) == (mine, also_mine)
    assert "The four." in (folder / NEW_2).read_text(encoding="utf-8")


NO_NOTEBOOKS = ["", "no notebook", "{}", '{"cells": [3]}', '{"cells": [{}]}', "[" * 99_999]


@pytest.mark.parametrize("damage", NO_NOTEBOOKS, ids=range(len(NO_NOTEBOOKS)))
def test_a_copy_that_is_no_notebook_any_more_counts_as_changed(folder, course, damage):
    (folder / SECOND).write_text(damage, encoding="utf-8")
    assert lay_out(folder, write_course(course, "two")).beside == {SECOND: NEW}
    assert (folder / SECOND).read_text(encoding="utf-8") == damage


def test_a_copy_that_is_gone_is_laid_out_anew(folder, course):
    (folder / SECOND).rename(folder / "mine.ipynb")
    assert lay_out(folder, course).new == [SECOND]
    assert {SECOND, "mine.ipynb"} <= set(tree(folder))


def test_a_page_is_kept_up_to_date_as_a_lesson_is(folder, course):
    (course / "glossary.md").write_text("# Glossary\n", encoding="utf-8")
    assert lay_out(folder, course).new == ["glossary.md"]
    (course / "glossary.md").write_text("# Glossary\n\n- **nat**\n", encoding="utf-8")
    assert lay_out(folder, course).updated == ["glossary.md"]
    assert (folder / "glossary.md").read_text(encoding="utf-8") == "# Glossary\n\n- **nat**\n"
    (folder / "glossary.md").write_text("Mine.\n", encoding="utf-8")
    (course / "glossary.md").write_text("# Newer\n", encoding="utf-8")
    assert lay_out(folder, course).beside == {"glossary.md": "glossary_new.md"}
    assert (folder / "glossary.md").read_text(encoding="utf-8") == "Mine.\n"
    assert (folder / "glossary_new.md").read_text(encoding="utf-8") == "# Newer\n"


def test_links_into_a_page_lead_where_jupyterlab_finds_them(folder, course):
    (course / "references.md").write_text("# Wu\n\n### Härdle & Co 1991\n\n### Wu 1983\n", encoding="utf-8")
    links = [f"[one](references.md#{anchor})" for anchor in ("wu-1983", "härdle--co-1991", "no")]
    edited(course / FIRST, ", ".join(links))
    lay_out(folder, course)
    source = read(folder / FIRST).cells[-1].source
    assert re.findall("#([^)]+)", source) == ["Wu-1983", "Härdle-&-Co-1991", "no"]


def test_a_lesson_that_is_new_in_the_course_is_laid_out(folder, course):
    (course / "03_more.ipynb").write_bytes((course / FIRST).read_bytes())
    assert lay_out(folder, course).new == ["03_more.ipynb"]


def test_files_of_these_names_that_nobody_laid_out_stay(tmp_path, course):
    mine = tmp_path / "mine"
    write_course(mine, "other")
    before = tree(mine)
    assert set(lay_out(mine, course).beside) == {SECOND}  # the first one says the same
    assert tree(mine).items() >= before.items()


# --- Bad ends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", range(3))
def test_a_disk_that_is_full_half_way_loses_nothing(tmp_path, course, written):
    """At the first time, and at an update."""
    mine, whole = tmp_path / "mine", tmp_path / "whole"
    lay_out(whole, course)
    with full_disk(written), pytest.raises(FolderError, match=r"mine.* cannot be written: No space left"):
        lay_out(mine, course)
    assert tree(mine).items() <= tree(whole).items()
    lay_out(mine, course)
    assert tree(mine) == tree(whole)

    before = tree(mine)
    write_course(course, "two")
    lay_out(whole, course)
    with full_disk(min(written, 1)), pytest.raises(FolderError):
        lay_out(mine, course)
    assert all(content in (before[name], tree(whole)[name]) for name, content in tree(mine).items())
    assert lay_out(mine, course).beside == {}
    assert tree(mine) == tree(whole)


def test_a_disk_that_is_full_beside_a_changed_copy(folder, course):
    mine = edited(folder / SECOND)
    write_course(course, "two")
    with full_disk(1), pytest.raises(FolderError):  # the version beside is there, the record is not
        lay_out(folder, course)
    assert lay_out(folder, course).beside == {SECOND: NEW}
    assert (folder / SECOND).read_bytes() == mine
    assert not (folder / NEW_2).exists()


def test_a_file_of_that_name(tmp_path, course):
    (tmp_path / "mine").write_text("a diary")
    for name in ("mine", "mine/deeper"):
        with pytest.raises(FolderError, match="there is a file of that name"):
            lay_out(tmp_path / name, course)
    assert (tmp_path / "mine").read_text() == "a diary"


@pytest.mark.parametrize("method", ["mkdir", "open"])
def test_a_folder_that_may_not_be_written(tmp_path, course, method, monkeypatch):
    """As root one may write everywhere, hence the pretence."""

    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    if method == "open":
        (tmp_path / "mine").mkdir()
    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(FolderError, match=r"mine cannot be (made|written): Permission denied\."):
        lay_out(tmp_path / "mine", course)


RECORDS = [
    "", "no JSON", "[]", "{}", "null", '{"format": 2, "lessons": {}}', '{"format": 1, "lessons": []}',
    '{"format": 1, "lessons": {"02_e_step.ipynb": {"file": "../02.ipynb", "fingerprint": "1"}}}',
    '{"format": 1, "lessons": {"02_e_step.ipynb": "02_e_step.ipynb"}}', "[" * 99_999, b"\xff\xfe",
]  # fmt: skip


@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
def test_a_damaged_record_stops_and_leaves_everything(folder, course, record):
    mine = edited(folder / SECOND)
    (folder / RECORD).write_bytes(record if isinstance(record, bytes) else record.encode())
    before = tree(folder)
    write_course(course, "two")
    with pytest.raises(FolderError, match=r"not a record .* delete it and try again"):
        lay_out(folder, course)
    assert tree(folder) == before
    (folder / RECORD).unlink()
    assert lay_out(folder, course).beside == {SECOND: NEW}
    assert (folder / SECOND).read_bytes() == mine


# --- Two at a time -------------------------------------------------------------------------------


def test_two_at_a_time_wait_for_each_other(folder, course, monkeypatch):
    monkeypatch.setattr(folders, "PATIENCE", 0.1)
    before = tree(folder)
    with alone(folder), pytest.raises(FolderError, match="Another gmmlesson is at work"), alone(folder, 0.1):
        pass
    assert tree(folder) == before
    lay_out(folder, course)


def test_two_that_begin_at_once_lay_out_one_course(tmp_path, course):
    """Threads stand for commands: a lock belongs to an open file, not to a process."""
    with ThreadPoolExecutor(2) as commands:
        changes = list(commands.map(lay_out, [tmp_path / "mine"] * 2, [course] * 2))
    assert sorted(len(one.new) for one in changes) == [0, 2]
    assert set(tree(tmp_path / "mine")) == {FIRST, SECOND, RECORD}


HOLD = """
import sys, time
from pathlib import Path
from gmmlesson.folder import alone
with alone(Path(sys.argv[1])):
    print(1, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills a process in the way of POSIX")
def test_a_lock_does_not_outlive_its_process(folder, course):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"1\n"
    with pytest.raises(FolderError), alone(folder, 0.1):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (folder / LOCK).exists()
    lay_out(folder, course)


# --- The folder ----------------------------------------------------------------------------------


def test_a_course_folder_is_found_from_within(folder, tmp_path, monkeypatch):
    (folder / "deep" / "er").mkdir(parents=True)
    assert enclosing(folder / "deep" / "er") == enclosing(folder) == folder
    assert enclosing(tmp_path) is None
    monkeypatch.chdir(folder / "deep")
    assert enclosing() == folder


def test_the_record_is_small_and_readable(folder):
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    assert set(record["lessons"]) == {FIRST, SECOND}
    assert record["lessons"][SECOND]["file"] == SECOND
