"""The teacher's papers speak of the lessons as they are: scenes, minutes, exercises, points, commands."""

import re
from pathlib import Path

import pytest

import guides
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


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_has_a_guide(lesson):
    assert lesson in GUIDED, (
        f"{lesson.name} has no page for teachers: write teaching/{lesson.stem}.md, with the parts of its "
        "neighbors, and give it a row in the table of teaching/README.md."
    )


@guided
def test_scenes_are_those_of_the_lesson(lesson):
    source = "\n\n".join(cell.source for cell in read(lesson).cells if cell.cell_type == "markdown")
    headings = re.findall(r"^## (.+)$", source, re.MULTILINE)
    assert list(scenes(guide(lesson))) == [title for title in headings if title not in CLOSING], (
        f"The scenes of teaching/{lesson.stem}.md (### Title · 8 min) are not the headings of {lesson.name}."
    )


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
    page = f"teaching/{lesson.stem}.md"
    for name, (_, mistakes) in listed.items():
        assert name in EXERCISES, f"{page} has a row for {name!r}, which is no exercise."
        unknown = set(mistakes) - {mistake.name for mistake in EXERCISES[name].mistakes}
        assert not unknown, f"{page}: {name} has no mistakes of these names: {unknown}."
    assert {f"{name}-check": points for name, (points, _) in listed.items()} == {
        grade_id: points for grade_id, points in graded(lesson).items() if grade_id.endswith("-check")
    }, f"The table of exercises in {page} lacks a row, or has other points than {lesson.name}."
    essays = {grade_id: points for grade_id, points in graded(lesson).items() if grade_id.startswith("essay")}
    assert essays == ({f"essay-{lesson.stem[:2]}": 2} if "## Essay" in guide(lesson) else {}), (
        f"{page} has a section '## Essay' where {lesson.name} has an essay for 2 points, and only there."
    )


@guided
def test_three_scenes_are_must_do(lesson):
    text = guide(lesson)
    must = [scene.title for scene in guides.scenes(TEACHING / f"{lesson.stem}.md") if scene.must_do]
    assert len(must) == 3
    assert text.count(guides.MUST) == 3
    skipped = re.search(r"\*\*When time is short\*\* skip (.*?)\. ", text, re.DOTALL)[1]
    assert [title for title in must if f"*{title}*" in skipped] == []


PLANS = {"six": 90, "three-hours": 180}


@pytest.mark.parametrize("name", PLANS)
def test_plans_follow_the_clock(name):
    for session in guides.plan(name, INDEX):
        clock = 0
        for item in session.items:
            assert item.at == clock, f"{session.title}: {item.what}"
            clock += item.minutes
            if item.exercise:
                assert f"{item.exercise}-check" in graded(lesson_of(item))
            elif item.lesson:
                assert item.what in {*scenes(guide(lesson_of(item))), "Three questions"}
        assert clock == PLANS[name], session.title


def lesson_of(item):
    return next(lesson for lesson in LESSONS if lesson.stem.startswith(f"{item.lesson}_"))


def test_the_first_five_sessions_have_what_must_be_done():
    sessions = {session.title: session for session in guides.plan("six", INDEX)}
    for number in range(1, 6):
        shown = {item.what for item in sessions[f"Session {number}"].items}
        (path,) = TEACHING.glob(f"0{number}_*.md")
        assert {scene.title for scene in guides.scenes(path) if scene.must_do} <= shown


def test_every_session_of_the_overview_has_its_table_and_exercises():
    table = re.findall(r"^\| (Set-up|\d) \| .+ \| (.+) \| (.+) \|$", INDEX, re.MULTILINE)
    titles = [session.title.removeprefix("Session ") for session in guides.plan("six", INDEX)]
    assert [name for name, _, _ in table] == [title for title in titles if "programmers" not in title]
    named = re.findall(r"`(\w+)`", " ".join(cell for row in table for cell in row))
    assert set(named) <= EXERCISES.keys()
    assert len(named) == len(set(named))


def test_a_plan_is_named_by_the_beginning_of_its_heading():
    page = "# Page\n\n## My plan\n\n| 0:05 | 02 | A | 7 |\n\n### Day 2 · late\n\n| 1:00 | | Break | 5 |\n\n"
    first, second = guides.plan("my", f"{page}## Other")
    assert (first.title, first.items) == ("My plan", [guides.Item(5, "02", "A", 7)])
    assert (guides.slug(second.title), second.items) == ("day-2", [guides.Item(60, "", "Break", 5)])
    for unknown in ("m", "other", "plan"):
        with pytest.raises(ValueError, match="first words: my-plan"):
            guides.plan(unknown, f"{page}## Other")


# --- Hours and essays ----------------------------------------------------------------------------

STUDENTS, GROUPS, ESSAY_MINUTES = 300, 12, 4


def test_hours_of_reading_follow_from_the_number_of_essays():
    all_essays = sum("## Essay" in guide(lesson) for lesson in GUIDED)
    told = INDEX[INDEX.index("## Two essays") : INDEX.index("## Grades")]
    rows = dict(re.findall(r"^\| (.+?) \| (.+) \|$", told, re.MULTILINE))
    counts = [STUDENTS * all_essays, STUDENTS * 2]
    minutes = [count * ESSAY_MINUTES for count in counts]
    assert rows["essays to read"] == " | ".join(f"{count:,}" for count in counts)
    assert rows["hours, with four minutes for each"] == " | ".join(f"{total / 60:.0f}" for total in minutes)
    each = [total // GROUPS for total in minutes]
    assert rows["for each of twelve tutors"] == " | ".join(f"{one // 60} h {one % 60} min" for one in each)
    chosen = re.findall(r"^\| (?:first|second) \| .+? \| (\d\d) \| (\d\d) \|$", INDEX, re.MULTILINE)
    with_essay = {lesson.stem[:2] for lesson in GUIDED if "## Essay" in guide(lesson)}
    assert len(chosen) == 2
    assert {number for pair in chosen for number in pair} <= with_essay


def test_points_of_the_index():
    listed = [exercises(guide(lesson)) for lesson in GUIDED]
    essays = [2 * ("## Essay" in guide(lesson)) for lesson in GUIDED]
    checks = [sum(points for points, _ in lesson.values()) for lesson in listed]
    totals = [check + essay for check, essay in zip(checks, essays, strict=True)]
    column = re.findall(r"\| (\d+) \| \[\d\d\]\(\d\d_\w+\.md\) \|$", INDEX, re.MULTILINE)
    assert list(map(int, column)) == totals, "the column of points in the table of teaching/README.md"
    assert f"With two essays a student can reach {sum(checks) + 4} of them." in INDEX
    shares = f"{sum(checks)} are given by the checks; {sum(essays)} are"
    sentence = f"These lessons have {sum(totals)} points. {shares}"
    assert sentence in INDEX, f"teaching/README.md does not say: {sentence} ..."


def test_points_of_the_sessions():
    """What the table of sessions hands out, and what the page says of it."""
    table = INDEX[INDEX.index("| Session | In the lecture hall") : INDEX.index("    make slides PLAN=six")]
    points = {name: points for lesson in GUIDED for name, (points, _) in exercises(guide(lesson)).items()}
    checks = sum(points[name] for name in re.findall(r"`(\w+)`", table))
    assert f"In the six sessions above it is {checks + 4}, of which the checks give {checks}." in INDEX


def test_every_guide_is_in_the_index():
    listed = re.findall(r"\((\d\d_\w+)\.md\)", INDEX)
    assert listed == [lesson.stem for lesson in GUIDED], "the table of lessons in teaching/README.md"
    others = {"README", "running", "own_exercises", "exchange", "grading"}
    assert {path.stem for path in PAPERS} == others | {lesson.stem for lesson in GUIDED}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.stem)
def test_links_and_commands_exist(paper):
    text = paper.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    assert [link for link in links if "://" not in link and not (TEACHING / link).exists()] == []
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):.*##", makefile, re.MULTILINE))
    command = r"(?:^(?: {4})?|`)make (?:-C \S+ )?(?:[A-Z]+=\S+ )*([a-z-]+)"
    assert set(re.findall(command, text, re.MULTILINE)) <= targets
