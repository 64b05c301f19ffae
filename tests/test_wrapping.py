"""Long lines of code and of output, broken for a slide."""

import ast

import pytest

import slides
from notebooks import LESSONS, code_cells, read
from wrapping import pages_of_code, pages_of_lines, wrap_code, wrap_printed

lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)


@lessons
@pytest.mark.parametrize("width", [slides.COLUMNS, int(slides.COLUMNS / slides.ROOMY)])
def test_the_lessons_code_stays_the_same_program(lesson, width):
    shown = [cell for cell in code_cells(read(lesson)) if "nbgrader" not in cell.metadata]
    for cell in shown:
        code = slides.shown_code(cell.source)
        wrapped = wrap_code(code, width)
        assert ast.dump(ast.parse(wrapped)) == ast.dump(ast.parse(code))
        assert max(map(len, wrapped.splitlines()), default=0) <= slides.COLUMNS
        pages = pages_of_code(wrapped, slides.ROWS)
        assert all(page.count("\n") < slides.ROWS for page in pages)
        assert "".join("".join(pages).split()) == "".join(wrapped.split())


def test_a_line_breaks_after_the_outermost_comma():
    code = "result = first(one(1, 2, 3), two(4, 5, 6))"
    assert wrap_code(code, 39) == "result = first(one(1, 2, 3),\n    two(4, 5, 6))"


def test_what_follows_a_header_hangs_deeper_than_its_body():
    code = "for a, b in zip(firsts, seconds):\n    print(a)"
    assert wrap_code(code, 30) == "for a, b in zip(firsts,\n        seconds):\n    print(a)"


def test_a_string_breaks_between_words_and_not_in_its_braces():
    code = 'print(f"the sum is {a + b:.1f} meters in all")'
    assert wrap_code(code, 40) == 'print(f"the sum is {a + b:.1f} meters "\n    "in all")'
    assert wrap_code(code, 30) == 'print(f"the sum is "\n    f"{a + b:.1f} meters "\n    "in all")'


def test_a_comment_goes_above_its_line():
    assert wrap_code("x = 1  # one of them", 12) == "# one of\n# them\nx = 1"


def test_an_index_stays_whole():
    code = "pair = first[:, 0, 1], second[:, 1, 1]"
    assert wrap_code(code, 34) == "pair = first[:, 0, 1], \\\n    second[:, 1, 1]"


def test_printed_lines_hang():
    assert wrap_printed("one two three\n  four five six seven", 14) == (
        "one two three\n  four five\n      six\n      seven"
    )


def test_pages_are_cut_between_statements():
    code = "def f():\n    a = 1\n    return a\n\nx = f()\ny = 2\nz = 3"
    assert pages_of_code(code, 5) == ["def f():\n    a = 1\n    return a", "x = f()\ny = 2\nz = 3"]
    assert pages_of_lines("a\nb\n\nc\nd", 4) == ["a\nb", "c\nd"]
