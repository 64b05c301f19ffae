"""The teacher's papers speak of the lessons as they are: scenes, minutes, exercises, points, commands."""

import re
from pathlib import Path

import pytest

from gmmlesson.exercises.registry import EXERCISES
from notebooks import LESSONS, read

ROOT = Path(__file__).resolve().parent.parent
TEACHING = ROOT / "teaching"
INDEX = (TEACHING / "README.md").read_text(encoding="utf-8")
PAPERS = sorted(TEACHING.glob("*.md"))
GUIDED = [lesson for lesson in LESSONS if (TEACHING / f"{lesson.stem}.md").exists()]
guided = pytest.mark.parametrize("lesson", GUIDED, ids=lambda path: path.stem)
CLOSING = {"Recap", "Three questions"}


def guide(lesson):
    return (TEACHING / f"{lesson.stem}.md").read_text(encoding="utf-8")


def scenes(text):
    """{scene: minutes} of a guide."""
    found = re.findall(r"^### (.+) · (\d+) min$", text, re.MULTILINE)
    return {title: int(minutes) for title, minutes in found}


def exercises(text):
    """{exercise: (points, names of mistakes)} of a guide."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+) \|$", text, re.MULTILINE)
    return {
        name: (int(points), re.findall(r"`(\w+)`", " ".join(re.findall(r"\((`[^)]+`)\)", cell))))
        for name, points, cell in rows
    }


def graded(lesson):
    """{grade_id: points} of the graded cells of a lesson."""
    cells = [cell.metadata.get("nbgrader", {}) for cell in read(lesson).cells]
    return {cell["grade_id"]: cell["points"] for cell in cells if cell.get("grade")}


@guided
def test_scenes_are_those_of_the_lesson(lesson):
    source = "\n\n".join(cell.source for cell in read(lesson).cells if cell.cell_type == "markdown")
    headings = re.findall(r"^## (.+)$", source, re.MULTILINE)
    assert list(scenes(guide(lesson))) == [title for title in headings if title not in CLOSING]


@guided
def test_minutes_add_up(lesson):
    text = guide(lesson)
    total = sum(scenes(text).values())
    row = re.search(rf"\| {total} min \| .*\({lesson.stem}\.md\) \|", INDEX)
    assert row, f"{lesson.stem}: its scenes take {total} minutes, the index says something else"
    short = re.search(r"\*\*When time is short\*\*(.*?What remains takes (\d+)\s+minutes)", text, re.DOTALL)
    skipped = short[1].split("Keep")[0]
    rest = sum(minutes for title, minutes in scenes(text).items() if f"*{title}*" not in skipped)
    halved = 3 if "half of *The whole E-step*" in skipped else 0  # that scene is halved, not skipped
    assert int(short[2]) == rest + halved


@guided
def test_exercises_are_those_of_the_lesson(lesson):
    listed = exercises(guide(lesson))
    for name, (_, mistakes) in listed.items():
        assert name in EXERCISES
        assert set(mistakes) <= {mistake.name for mistake in EXERCISES[name].mistakes}
    assert {f"{name}-check": points for name, (points, _) in listed.items()} == {
        grade_id: points for grade_id, points in graded(lesson).items() if grade_id.endswith("-check")
    }
    essays = {grade_id: points for grade_id, points in graded(lesson).items() if grade_id.startswith("essay")}
    assert essays == ({f"essay-{lesson.stem[:2]}": 2} if "## Essay" in guide(lesson) else {})


@pytest.mark.parametrize("heading", ["Session 6", "For programmers", "## Three hours"])
def test_plans_follow_the_clock(heading):
    table = INDEX[INDEX.index(heading) :].split("\n\n")[1:4]
    rows = re.findall(r"^\| (\d):(\d\d) \| (\d*) ?\| (.+) \| (\d+) \|$", "\n".join(table), re.MULTILINE)
    assert len(rows) > 5
    clock = 0
    for hours, minutes, number, title, length in rows:
        assert int(hours) * 60 + int(minutes) == clock, title
        clock += int(length)
        if number and not title.startswith("Exercise"):
            (path,) = TEACHING.glob(f"{number}_*.md")
            assert title in scenes(path.read_text(encoding="utf-8"))
    assert clock in (90, 180)


def test_points_of_the_index():
    listed = [exercises(guide(lesson)) for lesson in GUIDED]
    essays = [2 * ("## Essay" in guide(lesson)) for lesson in GUIDED]
    checks = [sum(points for points, _ in lesson.values()) for lesson in listed]
    totals = [check + essay for check, essay in zip(checks, essays, strict=True)]
    column = re.findall(r"\| (\d+) \| \[\d\d\]\(\d\d_\w+\.md\) \|$", INDEX, re.MULTILINE)
    assert list(map(int, column)) == totals
    shares = f"{sum(checks)} are given by the checks; {sum(essays)} are"
    assert f"These lessons have {sum(totals)} points. {shares}" in INDEX


def test_every_guide_is_in_the_index():
    assert re.findall(r"\((\d\d_\w+)\.md\)", INDEX) == [lesson.stem for lesson in GUIDED]
    others = {"README", "grading", "running"}
    assert {path.stem for path in PAPERS} == others | {lesson.stem for lesson in GUIDED}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.stem)
def test_links_and_commands_exist(paper):
    text = paper.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    assert [link for link in links if "://" not in link and not (TEACHING / link).exists()] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):.*##", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:^ {4}|`)make ([\w-]+)", text, re.MULTILINE)) <= targets
