"""Each rule of form, on each lesson; and each rule on a lesson that breaks it, to see it go red."""

import base64
import inspect
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lesson_rules import EXERCISE, NUMBER_TAG, RULES, Lesson, numbers, prose, rounds_to, words
from notebooks import LESSONS, UNCHECKED, read


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_lesson_keeps_the_rule(lesson, rule):
    problems = list(rule(Lesson(lesson, read(lesson))))
    if problems:
        pytest.fail("\n- ".join([f"{lesson.name}: {inspect.getdoc(rule)}", *problems]), pytrace=False)


# --- A small lesson that keeps all rules ---------------------------------------------------------

TITLE = """# 2. Share each point

- **You will do** this.
- **You will learn** that.
- **You need** lesson 1.
- **Time** 30 minutes to read and run."""
OTHERS = """<details><summary>What others call it</summary>

| here | elsewhere | where to read on |
|---|---|---|
| share | posterior | [Wu 1983](references.md#wu-1983) |
| gap | KL | [Wu 1983](references.md#wu-1983) |

</details>"""
PREDICT = "## {0} question\n\n**Predict.** What happens to $x$ if $y$ grows?\n\n$$\nx = \\frac{{y}}{{2}}\n$$"
ANSWER = "Why is it so?\n\n<details><summary>Answer</summary>\n\nBecause of this and that here.\n\n</details>"
ALT = "Two clouds of points; the left one holds 272 of them."
NEXT = "[Next: the M-step](03_m_step.ipynb), [again](#Recap), [a paper](https://example.org/a.pdf)"


def markdown(source, **metadata):
    return new_markdown_cell(source, metadata=metadata)


def code(source, *outputs, **metadata):
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def printed(text):
    return new_output("stream", name="stdout", text=text)


def figure(alt=ALT):
    png = io.BytesIO()
    plt.imsave(png, np.zeros((2, 2, 3)))
    data = {"image/png": base64.b64encode(png.getvalue()).decode(), "text/plain": "<Figure>"}
    return new_output("display_data", data=data, metadata={"image/png": {"alt": alt}})


def described(alt=ALT):
    """The caption below a figure."""
    return new_output("display_data", data={"text/plain": f"Figure: {alt}", "text/html": f"<p>{alt}</p>"})


@pytest.fixture
def lesson(tmp_path):
    (tmp_path / "03_m_step.ipynb").touch()
    (tmp_path / "references.md").write_text("# References\n\n### Wu 1983\n\nOn convergence.\n")
    cells = [
        markdown(TITLE),
        markdown(PREDICT.format("First")),
        code("print(0.30901)\nprint(-16809.912045)", printed("0.30901\n-16809.912045\n")),
        markdown("It prints 0.309, or 30.9 %, and −16,809.91; in 1977 too. " + "Words and words. " * 240),
        markdown(PREDICT.format("Second")),
        code("plots.two_clouds(X)", figure(), described()),
        code("sliders.scene()", figure(), tags=[UNCHECKED]),
        markdown(PREDICT.format("Third")),
        markdown("## Four\n\n## Five\n\n## Six"),
        markdown(f"## Recap\n\nThat was it.\n\n{ANSWER}\n\n{ANSWER}\n\n{ANSWER}\n\n{OTHERS}"),
        markdown(NEXT),
    ]
    return Lesson(tmp_path / "02_e_step.ipynb", new_notebook(cells=cells))


def test_a_good_lesson_passes(lesson):
    assert [f"{rule.__name__}: {problem}" for rule in RULES for problem in rule(lesson)] == []


def replace(number, old, new):
    """A change: in this cell, this text instead of that."""

    def change(lesson):
        cell = lesson.notebook.cells[number]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


def add(*cells):
    """A change: these cells come in after the first question."""

    def change(lesson):
        lesson.notebook.cells[3:3] = cells

    return change


def output(text, **metadata):
    return add(code("print(text)", printed(text), **metadata))


def says(text, **metadata):
    return add(markdown(text, **metadata))


# (rule, what the message says, what is done to the good lesson)
BROKEN = [
    ("few_cells", "36 cells", add(*[markdown("More.")] * 25)),
    ("length_of_the_prose", "words", replace(3, "Words and words. ", "")),
    ("length_of_the_prose", "words", says("many words " * 480)),
    ("a_few_scenes", "5 scenes", replace(8, "## Six", "### Six")),
    ("a_few_scenes", "10 scenes", replace(8, "## Six", "## 6\n\n## 7\n\n## 8\n\n## 9\n\n## 10")),
    ("short_exercises", "121 words", says("word " * 121, tags=[EXERCISE])),
    ("short_code_cells", "16 lines", add(code("a = 1\n" * 16))),
    ("short_code_cells", "median 6 lines", add(*[code("a = 1\n" * 6 + "# remark\n\n")] * 4)),
    ("names_keep_their_meaning", "x was set", add(code("x, y = 1, 2"), code("for y in []:\n    y\nx = 3"))),
    ("names_keep_their_meaning", "f was set", add(code("f = max"), code("def f(a):\n    return a"))),
    ("title", "no title with a number", replace(0, "# 2. ", "# ")),
    ("title", "number 4, the file 2", replace(0, "# 2. ", "# 4. ")),
    ("title", "no verb", replace(0, "Share each point", "The E-step")),
    ("do_learn_need", "no line '- **You will do**", replace(0, "- **You will do**", "**You will do**")),
    ("do_learn_need", "no line '- **You need**", replace(0, "**You need**", "**You want**")),
    ("do_learn_need", "in this order", replace(0, "- **You will do** this.\n", "")),
    ("do_learn_need", "in this order", replace(0, "- **Time**", "- **Extra** line\n- **Time**")),
    ("do_learn_need", "time", replace(0, "30 minutes", "a while")),
    ("recap_questions_next", "no heading", replace(9, "## Recap", "## End")),
    ("recap_questions_next", "2 folded answers", replace(9, f"{ANSWER}\n\n" * 2, f"{ANSWER}\n\n")),
    ("recap_questions_next", "no <summary>", replace(9, "<summary>Answer</summary>", "Answer")),
    ("recap_questions_next", "answer is missing", replace(9, "Because of this and that here.", "")),
    ("recap_questions_next", "no link to 03_m_step.ipynb", replace(10, "03_m_step", "04_other")),
    (
        "recap_questions_next",
        "no link to README.md",
        lambda lesson: (lesson.path.parent / "03_m_step.ipynb").unlink(),
    ),
    ("what_others_call_it", "0 boxes", replace(9, "What others call it", "Names")),
    ("what_others_call_it", "no table", replace(9, "| gap | KL |", "| gap |")),
    ("what_others_call_it", "no link", replace(9, "references.md#wu-1983", "https://example.org")),
    ("citations_lead_to_the_references", "'Wu (1983'", says("As Wu (1983) shows.")),
    ("citations_lead_to_the_references", "'Wu, 1983'", says("It is shown (Wu, 1983).")),
    ("folded_markdown_is_rendered", "in threes", says("<details><summary>A</summary>\n\ntext\n")),
    ("folded_markdown_is_rendered", "no empty line", replace(9, "</summary>\n\n", "</summary>\n")),
    ("folded_markdown_is_rendered", "no empty line", replace(9, "\n\n</details>", "\n</details>")),
    ("folded_markdown_is_rendered", "no empty line", replace(9, "</summary>\n\n", "</summary> ")),
    ("headings_in_order", "2 headings of level 1", says("# Another")),
    ("headings_in_order", "level 4 after level 2", says("#### Deep")),
    ("headings_in_order", "'Recap' again", says("## Recap")),
    ("predictions", "2 cells", replace(7, "**Predict.**", "Predict.")),
    ("links_resolve", "missing.png does not exist", says("![A picture](images/missing.png)")),
    ("links_resolve", "missing.html does not exist", says('<a href="missing.html">there</a>')),
    ("links_resolve", "#Nowhere is no heading", says("[there](#Nowhere)")),
    ("links_resolve", "not an https address", says("[there](http://example.org)")),
    ("links_resolve", "not an https address", says("[there](file:///etc/hosts)")),
    ("links_resolve", "is absolute", says("[there](/etc/hosts)")),
    ("links_resolve", "[source] is not defined", says("[there][source]")),
    ("links_resolve", "is not attached", says("![A picture](attachment:a.png)")),
    ("figures_are_described", "not a full sentence", add(code("show()", figure(""), described("")))),
    ("figures_are_described", "not a full sentence", add(code("show()", figure("A scatter plot of points")))),
    ("figures_are_described", "stands below", add(code("show()", figure()))),
    ("figures_are_described", "not a full", add(code("sliders.scene()", figure(""), tags=[UNCHECKED]))),
    ("figures_are_described", "stands below", add(code("show()", figure(), described("Another sentence.")))),
    ("figures_are_described", "alt text is 'plot'", says("![plot](a.png)")),
    ("figures_are_described", "an <img>", says('<img src="a.png" alt="plot">')),
    ("figures_speak_for_themselves", "Picture(fig, 'Three.')", add(code("plots.Picture(fig, 'Three.')"))),
    ("widgets_have_a_figure_beside_them", "sliders.scene()", lambda lesson: lesson.code[1].outputs.clear()),
    ("plain_words", "'Simply' in", says("Simply run it.")),
    ("plain_words", "'note\nthat' in".replace("\n", " "), says("Please note\nthat it runs.")),
    ("rounded_outputs", "0.1234567", output("x = 0.1234567")),
    ("rounded_outputs", "1.23456789e-05", output("[1.23456789e-05 1]")),
    ("no_timings", "1.2 s", output("it took 1.2 s")),
    ("no_timings", "3 ms", output("3 ms per loop")),
    ("no_timings", "12 seconds", output("12 seconds")),
    ("quoted_numbers_are_printed", "0.308 is printed nowhere", says("That makes 0.308.")),
    ("quoted_numbers_are_printed", "272.5 is", says("That makes 272.5 points.")),
    ("quoted_numbers_are_printed", "16,810.91 is", says("It is at −16,810.91.")),
    ("quoted_numbers_are_printed", "16,809.91 is", says("It is at +16,809.91.")),
    ("quoted_numbers_are_printed", "31.9 is", says("That is 31.9 %.")),
    ("sound_formulas", "without its partner", says("Let $x be.")),
    ("sound_formulas", "without its partner", says("$$ x = 1\n\nand more")),
    ("sound_formulas", "shares its line", says("Here $$x = 1$$")),
    ("sound_formulas", "shares its line", says("$$x = 1$$ follows.")),
    ("sound_formulas", "shares its line", says("Here $$\nx = 1\n$$")),
    ("sound_formulas", "braces", says(r"Let $x_{1$ be.")),
    ("sound_formulas", "do not match", says("$$\n\\begin{aligned} x \\end{cases}\n$$")),
    ("sound_formulas", "no environment tikzpicture", says("$$\n\\begin{tikzpicture}\\end{tikzpicture}\n$$")),
]


@pytest.mark.parametrize(("name", "message", "change"), BROKEN, ids=[f"{b[0]}-{b[1]}" for b in BROKEN])
def test_a_broken_lesson_is_seen(name, message, change, lesson):
    rule = {rule.__name__: rule for rule in RULES}[name]
    change(lesson)
    problems = list(rule(lesson))
    assert any(message in problem for problem in problems), problems


def test_every_rule_is_seen_to_fail():
    assert {rule.__name__ for rule in RULES} == {name for name, *_ in BROKEN}


@pytest.mark.parametrize(
    "change",
    [
        output("7.1 s", tags=[UNCHECKED]),
        output("0.123456789", tags=[UNCHECKED]),
        output("in the 1970s, 40 sd away, 12 min"),
        says("It was 1.731 elsewhere.", tags=[NUMBER_TAG]),
        says("See [page 1234 of the book](https://example.org), `0.8765` and $x = 0.8765$."),
        says("The 30th of 3,000 points; adjust it, justly."),
        add(*[markdown("many words " * 60, tags=[EXERCISE])] * 30),
        replace(9, "## Recap", f"{ANSWER}\n\n## Recap"),
        add(code("rng = 1\na = [b for b in 'ab']"), code("rng = 2\nb = 1\nfor a in 'ab':\n    print(a)")),
        says("A price of \\$5, and `$x` in code.\n\n> $$x = 1$$"),
        says("    $$\n    x\n    $$\n\n<details>\n<summary>More</summary>\n\n$x$\n\n</details>"),
    ],
)
def test_what_is_allowed(change, lesson):
    change(lesson)
    assert [f"{rule.__name__}: {problem}" for rule in RULES for problem in rule(lesson)] == []


@pytest.mark.parametrize(
    ("printed", "quoted"),
    [
        ("0.30901", "0.309"),
        ("-16809.912045", "−16,809.91"),
        ("-16809.912045", "16,810"),
        ("-13344.79", "13,300"),
        ("-13344.79", "13,340"),
        ("1e-05", "0.00001"),
        ("0.691", "69.1 %"),
        ("1_000", "1,000"),
        ("[0.054,0.242]", "0.242"),
    ],
)
def test_rounding_that_is_recognized(printed, quoted):
    (number,) = numbers(quoted)
    assert any(rounds_to(candidate, number) for candidate in numbers(printed))


@pytest.mark.parametrize(
    ("printed", "quoted"),
    [
        ("0.31", "0.309"),
        ("16809.91", "−16,809.91"),
        ("0.3096", "0.309"),
        ("13344.79", "13,350"),
        ("691", "0.691"),
    ],
)
def test_rounding_that_is_wrong(printed, quoted):
    (number,) = numbers(quoted)
    assert not any(rounds_to(candidate, number) for candidate in numbers(printed))


def test_prose_is_what_is_read_aloud():
    text = "The **mean** $\\mu$ of `X.mean()` is <b>here</b>, see [the M-step](03.ipynb#mean)."
    text += "\n```\ncode\n```\n$$\nx\n$$"
    assert words(text) == 8, prose(text)
