"""Predict means predict: in a learner's copy no explanation can be read before its cell is run."""

import re

import pytest

from gmmlesson.course.folding import SUMMARY, fold, predicted, split
from gmmlesson.course.lessons import for_learner, read
from lesson_rules import Lesson, folded_markdown_is_rendered, headings_in_order, sound_formulas
from notebooks import LESSONS
from notebooks import read as read_node

lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
MOVED = "../README.md", "00_meet_em.ipynb#A-map-of-the-course"
AFTERWARDS = ["## Next\n\nA new scene.", "run again", "Nobody asked."]
OPENING = f"<details><summary>{SUMMARY}</summary>\n\n"


def visible(source):
    """Markdown as it shows before anything is opened."""
    inner = re.compile(r"<details>(?:(?!<details>).)*?</details>\s*", re.DOTALL)
    while inner.search(source):
        source = inner.sub("", source)
    return source


def markdown(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def scene(*sources):
    """A notebook of these cells, folded -> its sources; code is what begins with "run"."""
    kinds = ["code" if source.startswith("run") else "markdown" for source in sources]
    cells = [{"cell_type": kind, "source": source} for kind, source in zip(kinds, sources, strict=True)]
    fold({"cells": cells})
    return [cell["source"] for cell in cells]


# --- Every lesson --------------------------------------------------------------------------------


@lessons
def test_no_explanation_shows_before_its_cell_is_run(path):
    asked = ran = False
    for cell in for_learner(read(path))["cells"]:
        if cell["cell_type"] == "code":
            ran = asked
            continue
        sentences = re.sub(r"\n\n(\$\$[^$]*\$\$)\n\n(?=[a-z])", r"\n\1\n", visible(cell["source"]))
        for paragraph in re.split(r"\n\n+", sentences.strip()):
            if re.match("#+ ", paragraph):
                asked = ran = False
            elif "**Predict" in paragraph:
                asked, ran = True, False
            else:
                assert not (ran and paragraph), paragraph


@lessons
def test_folding_loses_nothing(path):
    before, after = markdown(read(path)), markdown(for_learner(read(path)))
    assert sum(OPENING in source for source in after) >= 3
    for old, new in zip(before, after, strict=True):
        old = old.replace(*MOVED)
        assert "".join(unwrapped(new).split()) == "".join(old.split())


def unwrapped(source):
    """A folded cell without what `fold` has put around it."""
    if OPENING not in source:
        return source
    rest, depth = source.removeprefix(OPENING), 1
    for tag in re.finditer(r"<details|</details>", rest):
        depth += 1 if tag[0] == "<details" else -1
        if depth == 0:
            return rest[: tag.start()] + rest[tag.end() :]
    raise AssertionError("what was opened is not closed")


@lessons
def test_headings_and_questions_stay_open(path):
    before, after = markdown(read(path)), markdown(for_learner(read(path)))
    for old, new in zip(before, map(visible, after), strict=True):
        assert visible(old).count("**Predict") == new.count("**Predict")
        assert re.findall("^#+ .*$", visible(old), re.MULTILINE) == re.findall("^#+ .*$", new, re.MULTILINE)


@lessons
def test_what_is_folded_is_still_rendered(path):
    notebook = read_node(path)
    fold(notebook)
    for rule in (folded_markdown_is_rendered, headings_in_order, sound_formulas):
        assert list(rule(Lesson(path, notebook))) == []


# --- Cells of all forms --------------------------------------------------------------------------


def test_the_explanation_is_folded_up_to_the_next_heading():
    question = "Set-up.\n\n**Predict.** How many?"
    *_, text = scene(question, "run it", "Two.\n\nWhy? So.\n\n## Next\n\nA new scene.")
    assert text == f"{OPENING}Two.\n\nWhy? So.\n\n</details>\n\n## Next\n\nA new scene."


def test_the_explanation_is_folded_up_to_the_next_question():
    *_, text = scene("**Predict.** How many?", "run it", "Two.\n\nHere are more. **Predict** how many.")
    assert text == f"{OPENING}Two.\n\n</details>\n\nHere are more. **Predict** how many."


def test_all_explanations_of_a_scene_are_folded():
    cells = scene("**Predict.** How many?", "run it", "Look left.", "run more", "Two.", *AFTERWARDS)
    assert [visible(cell) for cell in cells[2:]] == ["", "run more", "", *AFTERWARDS]


def test_what_nobody_had_to_predict_stays_open():
    sources = ["Text.", "run it", "More text.", "**Predict.** How many?", "Think of both.", "run it"]
    assert scene(*sources) == sources


def test_what_stands_between_a_question_and_its_cell_stays_open():
    both = "Two.\n\n**Predict.** B?"
    cells = scene("**Predict.** A?", "run it", both, "Think of both.", "run more", "Three.")
    assert [visible(cell) for cell in cells[2:]] == ["**Predict.** B?", "Think of both.", "run more", ""]


def test_an_answer_that_is_folded_already_is_not_folded_twice():
    answer = "<details><summary>How many?</summary>\n\nTwo.\n\n## Not a heading of the lesson\n\n</details>"
    assert scene("**Predict.** How many?", "run it", answer)[-1] == answer
    *_, both = scene("**Predict.** How many?", "run it", f"Two.\n\n{answer}\n\n## Next")
    assert both == f"{OPENING}Two.\n\n{answer}\n\n</details>\n\n## Next"


def test_a_question_that_is_the_end_of_a_sentence_keeps_its_beginning():
    text = "Two.\n\nSo take the\n\n$$\nx = 1\n$$\n\nand **Predict** the next."
    assert scene("**Predict.** How many?", "run it", text)[-1] == (
        f"{OPENING}Two.\n\n</details>\n\nSo take the\n\n$$\nx = 1\n$$\n\nand **Predict** the next."
    )


def test_formulas_code_and_folds_are_not_taken_apart():
    blocks = [
        "A paragraph\nof two lines.",
        "$$\na\n\n# b\n$$",
        "```python\n# no heading\n\nx = 1\n```",
        "<details><summary>Why?</summary>\n\n<details>\n\n# no\n\n</details>\n\n</details>",
        "![A picture](picture.png)",
    ]
    assert split("\n\n".join(blocks)) == blocks


def test_what_is_predicted_is_what_runs_before_an_explanation_is_folded():
    sources = ["run", "## Scene\n\n**Predict.** How many?", "run", "run", "It was two.", "run"]
    sources += ["## Next scene", "run", "**Predict.** And now?\n\n### Your turn", "run"]
    kinds = ["code" if source == "run" else "markdown" for source in sources]
    cells = [{"cell_type": kind, "source": source} for kind, source in zip(kinds, sources, strict=True)]
    assert predicted({"cells": cells}) == [2, 3, 5]
