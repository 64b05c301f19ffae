"""The exercises' machinery, on exercises made up for the purpose: what a learner can do to it."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import gmmlesson.exercises as exercises
from gmmlesson.exercises import registry, running
from gmmlesson.exercises.checking import judge
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.exercises.running import is_stub


def double(X):
    return 2 * X


def my_double(X):
    return X + X


def squared(X):
    return X * X


def tripled(X):
    return 3 * X


def read(answer, X):
    if isinstance(answer, str):
        raise Unreadable("double returns an array; this is text.")
    return {"doubled": np.asarray(answer)}


def signs_agree(parts, X):
    wrong = np.flatnonzero(np.sign(parts["doubled"]) != np.sign(X))
    return f"number {wrong[0]} has changed its sign" if len(wrong) else None


EXERCISE = Exercise(
    name="double",
    reference=double,
    answer=my_double,
    cases=(
        Case("one number", (np.array([2.0]),)),
        Case("three numbers", (np.array([-1.0, 0.0, 5.0]),)),
        Case("a large one", (np.array([1e6, 1.0]),)),
    ),
    read=read,
    properties=(signs_agree,),
    mistakes=(
        Mistake("squared", squared, "you have squared it."),
        Mistake("tripled", tripled, "you have tripled it."),
    ),
    hints=("What is twice?", "Add it to itself.", "X + X"),
)


@pytest.fixture(autouse=True)
def _exercise(monkeypatch):
    monkeypatch.setitem(registry.EXERCISES, "double", EXERCISE)
    monkeypatch.setattr(exercises, "_hints_given", {})


def report(function, points=None):
    return judge(EXERCISE, function, points)


def test_right():
    found = report(double)
    assert (found.status, found.passed, found.share, found.mistake) == ("passed", True, 1.0, None)


@pytest.mark.parametrize(
    "function",
    [
        lambda X: (2 * X).tolist(),
        lambda X: (2 * X).astype(np.float32),
        lambda X, factor=2, *, verbose=True: print(X) or factor * X,
        np.vectorize(lambda x: 2 * x),
        type("Doubler", (), {"__call__": lambda self, X: 2 * X})(),
    ],
    ids=["a list", "float32", "more arguments, prints", "no source", "an object"],
)
def test_right_in_another_form(function, capsys):
    assert report(function).passed
    assert capsys.readouterr() == ("", "")


def stub_with_dots(X):
    """(n,) -> (n,)"""
    ...  # noqa: PIE790


def stub_that_raises(X):
    # YOUR CODE HERE
    raise NotImplementedError()


def stub_that_passes(X):
    pass


def half_a_stub(X):
    doubled, rest = ..., X
    return doubled, rest


@pytest.mark.parametrize("function", [stub_with_dots, stub_that_raises, stub_that_passes, half_a_stub])
def test_a_stub_is_not_attempted(function):
    found = report(function, points=4)
    assert (found.status, found.mistake, repr(found)) == ("not attempted", None, "0")


def test_a_right_answer_in_another_form_is_remarked_upon():
    text = report(lambda X: (2 * X).tolist()).text
    assert "it returns a list of 1; asked was an array of shape (1,)" in text
    assert "remark" not in report(lambda X: (2 * X).astype(np.float32)).text


def forgets_return(X):
    X + X


def test_code_without_return_is_no_stub():
    assert not is_stub(forgets_return)
    found = report(forgets_return)
    assert found.status == "failed" and "returned None" in found.text and "`return`" in found.text


def test_says_what_cannot_be_what_differs_and_what_it_looks_like():
    found = report(lambda X: 3 * X)
    assert found.mistake == "tripled" and "you have tripled it." in found.text
    assert "doubled[0] is 6; it should be 4." in found.text and "one number" in found.text
    found = report(lambda X: -2 * X)
    assert found.mistake is None and "number 0 has changed its sign" in found.text


def test_two_numbers_that_differ_are_told_apart():
    found = report(lambda X: 2 * X * (1 + 1.1e-6))
    assert "doubled[0] is 4.000004; it should be 4." in found.text


def test_right_on_some_cases_gives_a_share_of_the_points():
    found = report(squared, points=4)  # right for 2 alone
    assert found.mistake == "squared" and "three numbers" in found.text
    assert found.share == pytest.approx(1 / 3) and repr(found) == "1.3"
    assert float(repr(report(double, points=4))) == 4
    assert found._repr_html_() == "<small>1.3 of 4 points</small>"


def test_a_wrong_shape_or_form_is_named():
    assert "shape (1, 1)" in report(lambda X: 2 * X[:, None]).text
    assert "this is text" in report(lambda X: "4").text
    assert "returns" in report(lambda X: object()).text


def stops(X):
    half = X / 2
    return half[100]


def test_an_exception_is_shown_with_the_learners_line():
    text = report(stops).text
    assert "IndexError" in text and "in line 3 of the function: return half[100]" in text


def calls_numpy_wrongly(X):
    return np.reshape(X, (7, 7))


def test_an_exception_deep_inside_numpy_points_to_the_learners_line():
    assert "line 2 of the function: return np.reshape(X, (7, 7))" in report(calls_numpy_wrongly).text


def test_the_line_is_found_in_a_notebook_cell():
    script = """
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell.instance()
    shell.run_cell("import gmmlesson.exercises as e; from gmmlesson.exercises.checking import judge")
    shell.run_cell("def my_e_step(X, mixture):\\n    a = 1\\n    return a.missing")
    shell.run_cell("print(judge(e.named('e_step'), my_e_step).text)")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert "line 3 of the function: return a.missing" in done.stdout


def endless(X):
    while True:
        pass


def swallows_the_first_interruption():
    swallowed = []

    def loop(X):
        while True:
            try:
                endless(X)
            except BaseException:  # as `except:` does
                if swallowed:
                    raise
                swallowed.append(True)

    return loop


@pytest.mark.parametrize("function", [endless, swallows_the_first_interruption()])
def test_an_endless_loop_is_cut_off(function, monkeypatch):
    monkeypatch.setattr(running, "LIMIT", 0.2)
    found = report(function)
    assert found.status == "failed" and "not come to an end after 0.2 seconds" in found.text
    assert report(double).passed  # and nothing of it is left


def doubles_in_place(X):
    X *= 2
    return X


def works_in_place_on_its_own(X):
    out = X.copy()
    out *= 2
    return out


def test_arguments_are_not_to_be_changed():
    found = report(doubles_in_place)
    assert found.mistake == "changes_its_arguments" and "argument number 1" in found.text
    assert report(works_in_place_on_its_own).passed


def test_warnings_and_output_of_the_learner_are_dropped(capfd, recwarn):
    def noisy(X):
        import warnings

        warnings.warn("look", stacklevel=1)
        print("out")
        print("err", file=sys.stderr)
        np.log(np.array([0.0, -1.0]))
        return 2 * X

    assert report(noisy).passed
    assert capfd.readouterr() == ("", "") and not recwarn.list


def test_what_is_not_a_function_is_refused_in_one_sentence():
    with pytest.raises(TypeError, match="without parentheses: my_double"):
        exercises.check("double", double(np.ones(1)))
    with pytest.raises(ValueError, match="did you mean 'double'"):
        exercises.check("dubble", double)
    with pytest.raises(ValueError, match=r"there are: .*e_step"):
        exercises.hint("zzzzzz")


def test_outside_jupyter_it_is_printed(capsys):
    exercises.check("double", stub_with_dots)
    exercises.hint("double")
    exercises.hint("double")
    exercises.hint("double")
    exercises.hint("double")
    exercises.solution("double")
    printed, errors = capsys.readouterr()
    assert not errors
    assert printed.count("Hint 3 of 3 for double: X + X") == 2 and "Hint 1 of 3 for double: What" in printed
    assert "○ double: not attempted" in printed
    assert printed.index("def my_double(X):") < printed.index("own:") < printed.index("def double(X):")


def test_html_escapes_what_the_learner_wrote():
    def angry(X):
        raise ValueError("<script>alert(1)</script>")

    found = report(angry)
    assert "<script>" not in found.html and "&lt;script&gt;" in found.html
    assert found.exercise in found.html and found.status in found.html


def test_in_a_notebook_it_is_displayed_once_and_the_points_are_the_result():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    cells = [
        "from gmmlesson.exercises import check, hint, solution\ndef my_e_step(X, mixture):\n    ...",
        'check("e_step", my_e_step, points=4)',
        'check("e_step", my_e_step)',
        'hint("e_step")',
        'solution("e_step")',
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    _, points, plain, hinted, solved = ([dict(o) for o in cell.outputs] for cell in notebook.cells)
    assert [output["output_type"] for output in points] == ["display_data", "execute_result"]
    assert points[1]["data"]["text/plain"] == "0" and "not attempted" in points[0]["data"]["text/html"]
    assert [output["output_type"] for output in plain] == ["display_data"]
    assert "Hint 1 of 3" in hinted[0]["data"]["text/plain"]
    assert solved[0]["data"]["text/markdown"].startswith("```python\ndef my_e_step(")
