"""The exercises' machinery, on exercises made up for the purpose: what a learner can do to it."""

import builtins
import functools
import inspect
import io
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import exercise_shortcuts
import gmmlesson.exercises as exercises
from gmmlesson.exercises import borrowed, registry, running, time_limit
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


def report(function, points=None, **changes):
    """The report on a function, of the exercise or of one that has other fields."""
    return judge(replace(EXERCISE, **changes), function, points)


def right(X):
    return 2 * X


def test_right():
    found = report(right)
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
    assert "remark" not in report(right).text


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


def test_small_numbers_that_a_tight_tolerance_tells_apart_are_not_called_zero():
    large_beside_small = (Case("a large number beside a small one", (np.array([1.0, 4e-13]),)),)
    exercise = replace(EXERCISE, cases=large_beside_small, tolerance={"doubled": (1e-9, 1e-16)}, mistakes=())
    text = judge(exercise, lambda X: 2 * X + np.array([0.0, 1e-15])).text
    assert "doubled[1] is 8.01e-13; it should be 8e-13." in text


def test_two_numbers_that_differ_are_told_apart():
    found = report(lambda X: 2 * X * (1 + 1.1e-6))
    assert "doubled[0] is 4.000004; it should be 4." in found.text


def test_right_on_some_cases_gives_a_share_of_the_points():
    found = report(squared, points=4)  # right for 2 alone
    assert found.mistake == "squared" and "three numbers" in found.text
    assert found.share == pytest.approx(1 / 3) and repr(found) == "1.3"
    assert float(repr(report(right, points=4))) == 4
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


# --- Whose it is ---


class Calls:
    def __init__(self, function):
        self.function = function

    def __call__(self, X):
        return self.function(X)

    def method(self, X):
        return self.function(X)


class Is:
    __call__ = functools.partial(double)


def executed(thing, name):
    namespace = {}
    exec(inspect.getsource(thing), namespace)
    return namespace[name]


def calls_it_where_it_gets_nasty(X):
    return 2 * X if len(X) == 1 else double(X)


@pytest.mark.parametrize(
    "function",
    [
        double,
        my_double,
        functools.partial(double),
        functools.cache(double),
        np.vectorize(double),
        Is(),
        executed(double, "double"),
        executed(my_double, "my_double"),
        lambda X: double(X),
        lambda X: my_double(X) + 0,
        lambda X: np.array([double(x) for x in X]),
        lambda X: np.vectorize(double)(X),
        lambda X: np.apply_along_axis(double, 0, X),
        lambda X: list(map(double, X)),
        lambda X: registry.EXERCISES["double"].reference(X),
        calls_it_where_it_gets_nasty,
        Calls(double),
        Calls(double).method,
    ],
)
def test_what_is_the_packages_own_or_calls_it_earns_nothing(function):
    found = report(function, points=4)
    assert (found.status, found.mistake, repr(found)) == ("not attempted", "package_function", "0")
    assert not found.passed and "the package's own `" in found.text and "earns nothing" in found.text


@pytest.mark.parametrize(("name", "shortcut"), exercise_shortcuts.ALL)
def test_no_function_of_the_package_gives_the_whole_answer(name, shortcut):
    found = judge(exercises.EXERCISES[name], shortcut, points=4)
    assert (found.status, found.earned) == ("not attempted", 0), found.text


def test_a_method_of_the_package_and_what_is_off_limits():
    assert report(right, source=Calls.method).passed
    assert report(Calls(right).method, source=Calls.method).mistake == "package_function"
    assert report(lambda X: tripled(X) - X).passed
    found = report(lambda X: tripled(X) - X, off_limits=(tripled,))
    assert "It leaves the work to the package's own `tripled`" in found.text


def of_the_package(text, **names):
    """A function that stands in a module of the package."""
    exec(compile(text, f"{borrowed.PACKAGE}made_up.py", "exec"), names)
    return names["function"]


def typed(text, **names):
    """A function that stands in a notebook's cell."""
    exec(compile(text, "/tmp/ipykernel_1/1.py", "exec"), names)
    return names["my_double"]


USES_IT = of_the_package("def function(X): return double(X)", double=double)
HANDS_IT_ON = of_the_package(
    "def function(X): return np.apply_along_axis(double, 0, X)", np=np, double=double
)
CALLS_BACK = of_the_package("def function(f, X): return f(X)")


@functools.wraps(double)
def decorated(X):
    return 2 * X


@pytest.mark.parametrize(
    "function",
    [
        typed(inspect.getsource(my_double)),  # another may write the same
        typed(inspect.getsource(double).replace("double", "my_double")),
        decorated,
        lambda X: USES_IT(X),  # which calls the package's double, but is another thing
        lambda X: HANDS_IT_ON(X),
        lambda X: CALLS_BACK(lambda x: 2 * x, X),
        functools.partial(lambda factor, X: factor * X, 2),
        Calls(right),
    ],
)
def test_nobody_is_accused_who_wrote_their_own(function):
    assert report(function).passed


def test_a_call_back_of_the_learners_is_the_learners():
    assert report(lambda X: CALLS_BACK(lambda x: double(x), X)).mistake == "package_function"


def test_a_mistake_that_calls_it_is_told_as_the_mistake_that_it_is():
    found = report(lambda X: double(X) * X / 2)
    assert (found.status, found.mistake) == ("failed", "squared")


def test_a_slow_answer_is_not_watched_to_its_end(monkeypatch):
    def slow(X):
        for _ in range(300_000):
            abs(1)
        return double(X)

    before = sys.getprofile()
    monkeypatch.setattr(borrowed, "LIMIT", 60)
    assert not report(slow).passed
    monkeypatch.setattr(borrowed, "LIMIT", 0.01)
    assert report(slow).passed and sys.getprofile() is before


# --- What is said of it ---


def on(*numbers):
    """Cases of an exercise, each a number."""
    return {"cases": tuple(Case(f"{x:g}", (np.array([x]),)) for x in numbers)}


TEN = on(1.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0)


def tripled_below(bound):
    """Three times what is below a bound, and nonsense above."""
    return lambda X: np.where(bound > X, 3 * X, 17.0)


def test_a_mistake_is_named_where_nearly_all_cases_agree():
    assert report(tripled_below(100), **TEN).mistake == "tripled"
    assert report(tripled_below(9.5), **TEN).mistake == "tripled"  # 8 of 10
    found = report(tripled_below(8.5), **TEN)  # 7 of 10
    assert found.mistake is None and "doubled[0] is 3; it should be 2." in found.text
    assert "looks as if" not in found.text


def test_a_mistake_is_not_named_for_the_cases_on_which_all_are_right():
    """Right for 2 and 0 is squared too: those cases do not speak for it."""
    cases = on(2.0, 0.0, 2.0, 0.0, 2.0, 0.0, 2.0, 3.0, 4.0, 5.0)
    wrong_at_three = lambda X: np.where(X == 3, 9.0, 2 * X)  # noqa: E731
    assert report(wrong_at_three, **cases).mistake is None
    assert report(squared, **cases).mistake == "squared"


def test_two_mistakes_at_once_get_the_numbers():
    both = lambda X: np.where(X > 4, X * X, 3 * X)  # noqa: E731
    found = report(both, **TEN)
    assert found.mistake is None and "it should be 2." in found.text


def test_of_two_mistakes_the_one_that_agrees_more_then_the_earlier():
    nine = Mistake("nine", tripled_below(10.5), "you have tripled nearly all.")
    later = Mistake("later", lambda X: X + X + X, "you have added it three times.")
    mistakes = (nine, *EXERCISE.mistakes, later)
    assert report(lambda X: 3 * X, mistakes=mistakes, **TEN).mistake == "tripled"
    assert report(nine.function, mistakes=mistakes, **TEN).mistake == "nine"


def both(X):
    return 2 * X, X + 1


def read_both(answer, X):
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise Unreadable("It returns two things.")
    return dict(zip(("doubled", "next"), map(np.asarray, answer), strict=True))


def read_both_in_any_order(answer, X):
    parts = read_both(answer, X)
    return parts if np.all(parts["doubled"] == 2 * X) else read_both(answer[::-1], X)


BOTH = {
    "reference": both,
    "answer": lambda X: (2 * X, X + 1),
    "read": read_both,
    "mistakes": (Mistake("thrice", lambda X: (3 * X, X + 1), "it is three times as much."),),
    "properties": (),
}


def test_swapped_values_are_told():
    found = report(lambda X: (X + 1, 2 * X), **BOTH)
    assert found.mistake == "swapped_values" and "not in the order that was asked for" in found.text
    assert report(lambda X: (X + 1, 2 * X)[::-1], **BOTH).passed
    assert report(lambda X: (X + 1, 3 * X), **BOTH).mistake is None
    assert report(lambda X: (3 * X, X + 1), **BOTH).mistake == "thrice"
    assert report(lambda X: [X + 1, 2 * X, 1], **BOTH).mistake is None
    of_changing_length = report(lambda X: (X + 1, 2 * X)[: len(X)], **BOTH)
    assert (of_changing_length.status, of_changing_length.mistake) == ("failed", None)
    swapped = Mistake("bank", lambda X: (X + 1, 2 * X), "the bank knows it.")
    assert report(lambda X: (X + 1, 2 * X), **BOTH | {"mistakes": (swapped,)}).mistake == "bank"
    assert report(lambda X: (X + 1, 2 * X), **BOTH | {"read": read_both_in_any_order}).passed


def of_type(dtype):
    return lambda X: (2 * X).astype(dtype)


def test_precision():
    fine, coarse = report(of_type(np.float32)), report(of_type(np.float32), single=False)
    assert fine.passed and "its numbers are in float32, which keeps 7 digits" in fine.text
    assert (coarse.mistake, coarse.share) == ("low_precision", 0)
    assert "doubled is in float32, which keeps 7 digits: too few." in coarse.text
    assert "Leave the numbers in float64" in coarse.text and "should be" not in coarse.text
    assert "float32" not in report(right, single=False).text
    half = report(of_type(np.float16), cases=EXERCISE.cases[:2])
    assert half.mistake == "low_precision" and "doubled is in float16, which keeps 3 digits" in half.text
    assert report(lambda X: (3 * X).astype(np.float32), single=False).mistake == "tripled"


def test_the_tolerance_of_an_exercise_may_be_tighter_than_float32():
    almost = lambda X: (2 * X).astype(np.float32) * np.float32(1 + 1e-6)  # noqa: E731
    assert report(almost).passed
    assert report(almost, tolerance={"doubled": (1e-12, 0)}).passed
    in_single = lambda X: almost(X).astype(float)  # noqa: E731
    assert report(in_single, tolerance={"doubled": (1e-12, 0)}, single=False).mistake == "few_digits"


@pytest.mark.parametrize(
    "function",
    [lambda X: np.round(2 * X + 1e-7, 4) + 5e-5, lambda X: 2 * X + 5e-6, lambda X: 2 * X * 1.00005],
)
def test_what_is_right_in_its_first_digits_only_is_told(function):
    found = report(function, **on(1.1, 2.0, 3.3))
    assert found.mistake == "few_digits" and "right in its first digits only" in found.text
    assert report(lambda X: 2 * X + 1e-2, **TEN).mistake is None


def test_what_was_handed_out_earns_nothing():
    found = report(squared, points=4, given=squared)  # right for one case of three
    assert (found.share, repr(found), found.mistake) == (0, "0", "squared")
    assert "it does what the code that was handed out does" in found.text and "agree" not in found.text
    assert repr(report(lambda X: X * X + (X > 3), points=4, given=squared)) == "1.3"
    assert report(right, points=4, given=squared).passed


# --- Time ---

SLEEP = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="a sleep can be ended on Unix only")


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


def swallows_every_interruption(X):
    while True:
        try:  # noqa: SIM105
            np.linalg.inv(np.eye(20))
        except:  # noqa: E722
            pass


def test_what_is_cut_off_can_clean_up(monkeypatch):
    monkeypatch.setattr(running, "LIMIT", 0.1)
    cleaned = []

    def careful(X):
        try:
            endless(X)
        finally:
            for i in range(1000):
                cleaned.append(abs(i))

    assert "endless" in report(careful).text and len(cleaned) == 1000


def swallows_and_sleeps(X):
    while True:
        try:
            time.sleep(0.01)
        except:  # noqa: E722
            pass
        finally:
            np.linalg.inv(np.eye(3))


def gives_up_when_interrupted(X):
    try:
        endless(X)
    except BaseException:
        return 2 * X


def complains_when_interrupted(X):
    try:
        endless(X)
    except BaseException:
        raise ValueError("it was not to be disturbed") from None


ENDLESS = pytest.mark.parametrize(
    "function",
    [
        endless,
        swallows_the_first_interruption(),
        swallows_every_interruption,
        pytest.param(swallows_and_sleeps, marks=SLEEP),
        gives_up_when_interrupted,
        complains_when_interrupted,
    ],
    ids=lambda function: function.__name__,
)


@ENDLESS
def test_an_endless_loop_is_cut_off(function, monkeypatch):
    monkeypatch.setattr(running, "LIMIT", 0.2)
    before = signal.getsignal(signal.SIGURG), threading.active_count()
    found = report(function)
    assert found.status == "failed" and found.share == 0
    assert re.search("too slow, or endless: after (0.2|1.2) seconds,.* it was stopped", found.text)
    assert report(right).passed  # and nothing of it is left
    assert (signal.getsignal(signal.SIGURG), threading.active_count()) == before


@pytest.mark.parametrize("function", [endless, gives_up_when_interrupted, complains_when_interrupted])
def test_in_another_thread_too(function, monkeypatch):
    monkeypatch.setattr(running, "LIMIT", 0.2)
    found = []
    thread = threading.Thread(target=lambda: found.extend([report(function), report(right)]), daemon=True)
    thread.start()
    thread.join(60)
    assert "endless" in found[0].text and found[1].passed


def test_one_processor_for_two_does_not_make_a_right_answer_too_slow(monkeypatch):
    """The limit is the processor's time: what passes while others have it does not count."""
    monkeypatch.setattr(running, "LIMIT", 0.2)

    def interrupted_by_others(X):
        time.sleep(0.15)
        return 2 * X

    assert report(interrupted_by_others).passed  # three cases
    monkeypatch.delattr(time, "pthread_getcpuclockid", raising=False)  # as on Windows and macOS
    assert report(interrupted_by_others).passed
    assert "endless: after 0.2 seconds" in report(endless).text


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="only Linux lets a thread be timed")
def test_what_other_threads_compute_does_not_count(monkeypatch):
    monkeypatch.setattr(running, "LIMIT", 0.2)
    monkeypatch.setattr(time_limit, "PATIENCE", 100)

    def beside_others(X):
        thread = threading.Thread(target=sum, args=(range(5_000_000),), daemon=True)
        thread.start()
        thread.join()
        return 2 * X

    start = time.process_time()
    assert report(beside_others).passed
    assert time.process_time() - start > 0.2


@SLEEP
@pytest.mark.parametrize("wait", [lambda: time.sleep(100), lambda: threading.Event().wait(100)])
def test_what_sleeps_or_waits_is_ended_too(wait, monkeypatch):
    monkeypatch.setattr(running, "LIMIT", 0.1)
    start = time.monotonic()
    found = report(lambda X: wait())
    assert time.monotonic() - start < 10
    assert "after 0.6 seconds, most of them spent waiting, it was stopped. What does it wait" in found.text


def test_nothing_is_asked_and_nobody_waits(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("3\n3\n3\n"))
    text = report(lambda X: float(input("How many times? ")) * X).text
    assert "EOFError" in text and "nobody answers an input() during a check" in text
    assert "ValueError" in report(lambda X: float(sys.stdin.readline()) * X).text


def test_the_user_can_interrupt():
    def interrupted(X):
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it may be ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            report(interrupted)
    finally:
        signal.signal(signal.SIGINT, before)


# --- What else a function can do ---


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


def raises(error):
    def function(X):
        raise error

    return function


class Odd(BaseException):
    def __str__(self):
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda X: sys.exit(), "It stopped with SystemExit."),
        (lambda X: sys.exit("enough"), "It stopped with SystemExit: enough"),
        (lambda X: quit(), "It stopped with SystemExit"),
        (raises(GeneratorExit()), "It stopped with GeneratorExit."),
        (raises(Odd()), "It stopped with Odd."),
        (raises(ValueError("x" * 10_000)), "xxx…"),
    ],
)
def test_what_exits_is_told_like_any_exception(function, said):
    found = report(function)
    assert found.status == "failed" and said in found.text and len(found.text) < 1000


def forever(X):
    return forever(X) + 1


def deeper(X):
    sys.setrecursionlimit(10_000_000)
    return 2 * X


def enormous(X):
    return np.ones((10**9, 10**9)) @ X


def test_recursion_without_end_and_memory_without_bounds_are_told():
    assert "RecursionError" in report(forever).text
    assert "MemoryError" in report(enormous).text
    before = sys.getrecursionlimit()
    assert report(deeper).passed and sys.getrecursionlimit() == before
    try:
        sys.setrecursionlimit(10_000_000)  # with which Python itself crashes
        assert "RecursionError" in report(functools.partial(sorted, key=forever)).text
    finally:
        sys.setrecursionlimit(before)


def meddles(X):
    threading.Thread(target=time.sleep, args=(0.3,), daemon=True).start()
    np.sum = np.abs = np.isclose = np.random.seed = np.linalg.inv = None
    del np.asarray, builtins.print
    np.seterr(all="raise")
    np.random.seed = 3
    sys.stdout = sys.stderr = None
    return 2 * X


def test_what_is_done_to_numpy_is_undone(capfd):
    before = np.sum, np.abs, np.isclose, np.asarray, np.random.seed, np.linalg.inv, print, np.geterr()
    assert report(meddles).passed
    assert report(lambda X: meddles(X) + 1).status == "failed"
    assert before == (
        np.sum, np.abs, np.isclose, np.asarray, np.random.seed, np.linalg.inv, print, np.geterr()
    )  # fmt: skip
    assert capfd.readouterr() == ("", "")


def test_a_check_that_cannot_be_made_says_so(monkeypatch, capfd):
    monkeypatch.setattr(np, "isclose", 3)  # in a cell, by mistake
    found = report(right, points=4)
    assert (found.status, repr(found)) == ("not attempted", "0")
    assert "The check itself stopped with TypeError" in found.text and "Restart the kernel" in found.text
    assert capfd.readouterr() == ("", "")


def test_what_is_returned_again_and_again_is_copied():
    out = np.empty(1)

    def into_the_same_array(X):
        nonlocal out
        if len(out) != len(X):
            out = np.empty(len(X))
        return np.multiply(2, X, out=out)

    cases = tuple(Case(f"{x}", (np.array([x]),)) for x in (1.0, 2.0, 3.0))
    assert report(into_the_same_array, cases=cases).passed


def test_infinities_are_compared_without_a_word(capfd):
    cases = (Case("infinities", (np.array([np.inf, -np.inf, np.nan]),)),)
    assert report(right, cases=cases).passed
    assert "doubled[0] is -inf; it should be inf" in report(lambda X: -2 * X, cases=cases).text
    assert capfd.readouterr() == ("", "")


def test_warnings_and_output_of_the_learner_are_dropped(capfd, recwarn):
    def noisy(X):
        import warnings

        warnings.warn("look", stacklevel=1)
        print("out")
        print("err", file=sys.stderr)
        os.write(2, b"err from C")
        np.log(np.array([0.0, -1.0]))
        return 2 * X

    assert report(noisy).passed
    assert capfd.readouterr() == ("", "") and not recwarn.list


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda X: 2 * X + 0j, "doubled holds complex numbers; they should be real."),
        (lambda X: [f"{2 * x}" for x in X], "doubled holds text"),
        (lambda X: [2 * X[0], None, "5"][: len(X) + 1], "doubled holds None where a number should be."),
        (lambda X: (2 * x for x in X), "returns a generator. It has computed nothing yet: make a list"),
        (lambda X: map(abs, X), "returns a map. It has computed nothing yet"),
        (lambda X: {"doubled": 2 * X}, "returns a dict."),
        (lambda X: {4.0}, "returns a set."),
        (lambda X: X.astype("datetime64[s]"), "returns an array of shape (1,)."),
        (lambda X: [10**400], "returns a list of 1."),
        (lambda X: (2.2 * X).astype(int), "Yours are whole numbers: an array of integers cuts off"),
        (lambda X: X > 1, "doubled[0] is 1; it should be"),
        (
            lambda X: (2 * X)[:, None],
            "(1, 1); the right one has shape (1,). The numbers themselves",
        ),
        (lambda X: (3 * X)[:, None], 'the right one has shape (1,).\nStuck?: hint("double")'),
        (lambda X: [1, 2], "doubled has shape (2,); the right one has shape (1,).\nStuck?"),
        (lambda X: SimpleNamespace(__array__=0), "returns a SimpleNamespace."),
    ],
)
def test_what_is_no_array_of_numbers_is_told(function, said):
    cases = (Case("a broken number", (np.array([1.1]),)),)
    found = report(function, cases=cases)
    assert found.status == "failed" and said in found.text, found.text


def test_whole_numbers_where_they_belong_are_only_told_to_be_wrong():
    assert "doubled[0] is 7; it should be 4.\n" in report(lambda X: [7]).text


def test_a_table_is_an_array_in_another_form():
    pandas = pytest.importorskip("pandas")
    found = report(lambda X: pandas.Series(2 * X))
    assert found.passed and "it returns a Series; asked was an array of shape (1,)" in found.text


def test_a_reading_or_a_property_that_stumbles_over_an_answer_is_not_the_end():
    def reads_arrays(answer, X):
        return {"doubled": answer.copy()} if isinstance(answer, np.ndarray) else 1 / 0

    def stumbles(parts, X):
        return 1 / 0

    assert "Your function returns a list of 1." in report(lambda X: [2], read=reads_arrays).text
    found = report(lambda X: 2 * X + 1, properties=(stumbles, lambda parts, X: "this is odd"))
    assert "this is odd" in found.text


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
