"""Which cells depend on which: what has to be run, and what need not be."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gmmlesson.grading.assignment import parsed
from gmmlesson.grading.slices import needed, readers


def notebook(*sources):
    cells = [new_code_cell(source) for source in sources]
    return new_notebook(cells=[new_markdown_cell("# Title"), *cells])


@pytest.mark.parametrize(
    ("sources", "kept"),
    [
        (["a = 1", "b = 2", "a + 1"], [0, 2]),
        (["a = 1", "b = a", "c = 5", "b"], [0, 1, 3]),
        (["a = 1", "a = 2", "a"], [1, 2]),  # the first is overwritten
        (["a = 1", "a += 2", "a"], [0, 1, 2]),
        (["a = {}", "b = a", "a['key'] = 1", "a"], [0, 2, 3]),
        (["a = []", "a.append(1)", "a"], [0, 1, 2]),
        (["import numpy as np", "np.ones(3)", "np.zeros(2)"], [0, 2]),  # a module's functions change nothing
        (["import numpy as np\nrng = np.random.default_rng(0)", "draw(rng)", "rng.normal()"], [0, 1, 2]),
        (["x = 1", "[x for x in range(3)]", "x"], [0, 2]),  # another x
        (["a = 1", "def f():\n    return a", "b = 3", "f()"], [0, 1, 3]),
        (["a = 1", "def f(a):\n    return a", "f(2)"], [1, 2]),
        (["%matplotlib inline\na = 1", "print(a)"], [0, 1]),
        (["class A:\n    pass", "A.name = 1", "A"], [0, 1, 2]),
        (["a, *b = 1, 2", "b"], [0, 1]),
    ],
)
def test_the_last_cell_needs(sources, kept):
    one = notebook(*sources)
    cells = one.cells[1:]
    assert needed(one, cells[-1:]) == [cells[i] for i in kept]


def test_what_is_nested_too_deep_for_python_binds_nothing():
    one = notebook("a = 1", "x = " + "-" * 50_000 + "a", "y = a" + " + a" * 100_000, "a")
    assert needed(one, one.cells[-1:]) == [one.cells[1], one.cells[-1]]
    assert parsed(one.cells[2].source) is None


def test_who_reads_a_name():
    one = notebook("f = 1", "g = f", "[f for f in range(3)]", "def h():\n    return f")
    assert readers(one, "f") == [one.cells[2], one.cells[4]]
