"""The questions to vote on: four answers, one right, which is what the lesson's outputs say; plain text."""

import functools
import re

import pytest

import guides
import polls
from notebooks import LESSONS, read

TEACHING = guides.TEACHING
lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)


@functools.cache
def rows():
    return polls.rows(TEACHING)


def numbers(text):
    """The numbers in a text, without signs; 3,000 is one of them."""
    return {float(number.replace(",", "")) for number in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)}


def printed(cell):
    return "".join(
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    )


@lessons
def test_each_must_do_scene_has_a_vote(lesson):
    scenes = guides.scenes(TEACHING / f"{lesson.stem}.md")
    assert all(scene.votes for scene in scenes if scene.must_do)
    number = lesson.stem[:2]
    shown = [row[1] for row in rows() if row[0] == number]
    assert shown == [scene.title for scene in scenes for _ in scene.votes]


@lessons
def test_the_right_answer_is_in_the_lesson(lesson):
    """Its numbers are, and those of the question: whoever changes a lesson is led to the vote."""
    cells = read(lesson).cells
    known = numbers("".join(cell.source + "\n" + printed(cell) + "\n" for cell in cells))
    for number, _, question, *answers, letter in rows():
        if number == lesson.stem[:2]:
            right = answers[guides.LETTERS.index(letter)]
            assert numbers(right) <= known, f"{question} {right}"


def test_all_is_plain_text():
    for row in rows():
        assert len(row) == len(polls.HEADER)
        assert all(cell and not re.search(r"[\t\n$`*\\]|\(right\)", cell) for cell in row), row


def test_no_letter_is_always_right():
    share = [sum(row[-1] == letter for row in rows()) / len(rows()) for letter in guides.LETTERS]
    assert max(share) < 0.4
    assert min(share) > 0.1


def test_the_table_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(polls, "ROOT", tmp_path)
    assert polls.main(tmp_path / "build" / "polls.tsv") == 0
    lines = (tmp_path / "build" / "polls.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t") for line in lines] == [polls.HEADER, *rows()]
    assert f"{len(rows())} questions" in capsys.readouterr().out


GOOD = "**Vote.** Who made\nit?\n\n- A. Blue\n- B. Orange (right)\n- C. Both\n- D. Nobody"


def test_a_vote_is_read():
    (vote,) = guides.Scene("Scene", 5, f"Ask.\n\n{GOOD}\n\nMore.").votes
    assert vote == guides.Vote(1, "Who made it?", ("Blue", "Orange", "Both", "Nobody"), "B")


@pytest.mark.parametrize(
    "wrong",
    [
        GOOD.replace("\n- D. Nobody", ""),
        GOOD.replace(" (right)", ""),
        GOOD.replace("Both", "Both (right)"),
        GOOD.replace("Both", "Blue"),
        GOOD.replace("- C.", "- D."),
        GOOD.partition("\n\n")[0],
    ],
)
def test_a_vote_without_four_answers_or_a_right_one_is_refused(wrong):
    with pytest.raises(ValueError, match="Who made it"):
        guides.Scene("Scene", 5, wrong).votes  # noqa: B018
