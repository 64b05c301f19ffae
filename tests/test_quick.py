"""`make quick`: which lessons it runs, and that the tests it names exist."""

import subprocess
import sys

import notebooks
import quick


def test_the_core_exists():
    for name in quick.CORE:
        assert (quick.TESTS / f"test_{name}.py").exists()


def test_every_lesson_could_be_run():
    """pytest finds each test by the name that is given to it."""
    chosen = [name for lesson in notebooks.LESSONS for name in quick.of(lesson)]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *chosen]
    found = subprocess.run(command, cwd=quick.ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
    assert f"{len(chosen)} tests collected" in found.stdout


def test_lessons_that_differ_from_head(tmp_path, monkeypatch):
    """Changed, staged and new ones; not those that are gone, or that are as they were."""

    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    lessons = tmp_path / "notebooks"
    lessons.mkdir()
    for name in ("same", "changed", "staged", "gone"):
        (lessons / f"{name}.ipynb").write_text("{}")
    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    for name in ("changed", "staged", "new one"):
        (lessons / f"{name}.ipynb").write_text("{ }")
    git("add", "notebooks/staged.ipynb")
    (lessons / "gone.ipynb").unlink()
    monkeypatch.setattr(quick, "ROOT", tmp_path)
    assert [path.stem for path in quick.changed_lessons()] == ["changed", "new one", "staged"]
