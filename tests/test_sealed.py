"""Judging apart from the kernel: what is sent, what is believed, which cells run, and what stops them."""

import json
import sys

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

import mistakes
from exercise_attacks import lesson_05, lesson_08
from gmmlesson import Mixture, e_step, em
from gmmlesson.exercises import EXERCISES, named
from gmmlesson.exercises.checking import judge_by_cases
from gmmlesson.exercises.running import Outcome
from gmmlesson.grading import preprocessors
from gmmlesson.grading.answers import UNREADABLE, packed, unpacked
from gmmlesson.grading.assignment import Check
from gmmlesson.grading.judging import judge_answers
from gmmlesson.grading.preprocessors import ExecuteSealed
from gmmlesson.grading.sealed import _Genuine, asked
from gmmlesson.grading.selecting import lacking, selected
from grading_attacks import TYPED
from grading_helpers import cell_of, execute, released, write_released

CALL = Check("e_step", "my_e_step", 4)


def judged(name, function, sources=()):
    """What the grader makes of a function that the kernel has tried."""
    told = json.dumps(asked(named(name), {"f": function}, "f"))
    return judge_answers(Check(name, "f", 4), told, sources)


def defined(source, name):
    names = {"np": np}
    exec(compile(source, "cell", "exec"), names)
    return names[name]


# --- What is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXERCISES)
def test_the_commonest_mistake_is_recognized_as_by_check(name):
    """What is needed to tell it crosses over."""
    function = EXERCISES[name].mistakes[0].function
    there, here = judged(name, function), judge_by_cases(EXERCISES[name], function, 4)
    assert (there.status, there.mistake, there.share) == (here.status, here.mistake, here.share)
    assert there.text == here.text


def test_right_answers_are_right_there_too():
    for module in (lesson_05, lesson_08):
        for name, functions in module.RIGHT.items():
            for function in functions[:1]:
                assert judged(name, function).passed


def test_an_answer_in_another_order_is_recognized():
    report = judged("e_step", lambda X, mixture: defined(TYPED, "my_e_step")(X, mixture)[::-1])
    assert report.mistake == "swapped_values"


def test_numbers_text_and_mixtures_come_back():
    mixture = Mixture([1.0], [[2.0]], [[[3.0]]])
    outcome = Outcome("answer", {"a": np.arange(3)}, "", "a list of 2", [mixture, 1.5, print])
    back = unpacked(json.loads(json.dumps(packed(outcome))))
    assert back.kind == "answer"
    assert back.form == "a list of 2"
    np.testing.assert_array_equal(back.parts["a"], np.arange(3))
    assert back.answer[0].covariances == [[[3.0]]]
    assert back.answer[1:] == (1.5, None)


@pytest.mark.parametrize("sent", [None, 3, {}, {"kind": "best"}, {"kind": "answer", "text": "", "form": ""}])
def test_what_is_not_an_outcome_is_unreadable(sent):
    assert unpacked(sent) is UNREADABLE


def test_nothing_is_unpickled():
    sent = packed(Outcome("answer", {"a": np.arange(3)}))
    sent["parts"]["a"] = "gASVCgAAAAAAAACMBmJ1aWx0aW5zlC4="
    assert unpacked(sent) is UNREADABLE


# --- What is believed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        (None, "failed", "ended Python"),
        ("no JSON", "failed", "ended Python"),
        ("[]", "failed", "ended Python"),
        ("[" * 100_000, "failed", "ended Python"),
        ('{"missing": true}', "not attempted", "no my_e_step"),
        ('{"type": "float"}', "not attempted", "of type float"),
        ('{"own": "e_step", "outcomes": []}', "not attempted", "not your work"),
        ('{"outcomes": 3}', "failed", "nothing that can be read"),
        (
            '{"outcomes": [{"kind": "answer", "text": "", "form": "", "parts": {}, "answer": null}]}',
            "failed",
            "",
        ),
    ],
)
def test_what_is_told_earns_nothing_without_answers(told, status, words):
    report = judge_answers(CALL, told, [])
    assert report.status == status
    assert words in report.text
    assert report.earned == 0


RAN = []


class Name(str):
    """A file name whose methods are somebody's code."""

    def startswith(self, *_):
        RAN.append("startswith")
        return False


class Constant:
    def __hash__(self):
        RAN.append("hash")
        return 0


@pytest.mark.parametrize(
    "changes",
    [{"co_filename": Name("mine")}, {"co_filename": em.__file__, "co_consts": (None, Constant())}],
    ids=["file name", "constant"],
)
def test_no_code_of_the_students_runs_while_python_watches_nothing(changes):
    """What a profile calls is not watched; and who raises an error there ends the watching."""

    def first(X, mixture):
        return e_step(X, mixture)

    first.__code__ = first.__code__.replace(**changes)
    RAN.clear()
    told = asked(named("e_step"), {"f": first}, "f", genuine=_Genuine())
    assert told["own"] == "e_step"
    assert RAN == []


def test_the_packages_text_counts_if_it_is_typed():
    source = EXERCISES["e_step"].answer_text
    function = defined(source, "my_e_step")
    assert judged("e_step", function).mistake == "package_function"
    assert judged("e_step", function, ["not python (", source]).passed


def test_metadata_for_counts():
    report = judged("e_step", EXERCISES["e_step"].mistakes[0].function)
    told = report.metadata["gmmlesson"]
    assert told == {
        "exercise": "e_step",
        "status": "failed",
        "mistake": EXERCISES["e_step"].mistakes[0].name,
        "share": round(report.share, 4),
    }


# --- Which cells run -----------------------------------------------------------------------------


def sources(cells):
    return [cell.source for cell in cells]


def test_the_lessons_own_demonstrations_are_left_out():
    notebook = released()
    demonstration = notebook.cells[1]
    assert demonstration.source not in sources(selected(notebook, released()))
    demonstration.source += "\nmine = 1"
    assert demonstration.source in sources(selected(notebook, released()))


def test_what_a_stub_reads_is_run():
    notebook = released()
    cell_of(notebook, "e_step").source = "def my_e_step(X, mixture):\n    return weights"
    assert notebook.cells[1].source in sources(selected(notebook, released()))


def test_a_students_cell_that_may_stop_does_not_replace_the_lessons():
    notebook = released()
    notebook.cells.insert(2, new_code_cell("weights = 1 / 0"))
    cell_of(notebook, "e_step").source = "def my_e_step(X, mixture):\n    return weights"
    assert notebook.cells[1].source in sources(selected(notebook, released()))


def test_names_that_are_lacking_are_seen():
    left_out, run = new_code_cell("weights = 3"), new_code_cell("exec('weights')")
    run.outputs = [nbformat.v4.new_output("error", ename="NameError", evalue="name 'weights' is not defined")]
    notebook = new_notebook(cells=[left_out, run])
    assert lacking(notebook, [run]) == {"weights"}
    assert lacking(notebook, [left_out, run]) == set()
    run.outputs[0].evalue = "name 'other' is not defined"
    assert lacking(notebook, [run]) == set()


# --- In a kernel ---------------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path, monkeypatch):
    write_released(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def solved(*before):
    """The assignment solved, and cells before the stub."""
    notebook = released()
    i = notebook.cells.index(cell_of(notebook, "e_step"))
    cell_of(notebook, "e_step").source = TYPED
    notebook.cells[i:i] = [new_code_cell(source) for source in before]
    return notebook


def earned(notebook):
    return determine_grade(cell_of(notebook, "e_step-check"))[0]


SWALLOWS = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""


@pytest.mark.parametrize(
    ("source", "limits"),
    [
        ("while True:\n    pass", {"timeout": 8}),
        (SWALLOWS, {"timeout": 8, "iopub_timeout": 2}),
        ("import os\nos._exit(1)", {}),
        ("1 / 0", {}),
    ],
    ids=["endless", "not to be interrupted", "ends Python", "raises"],
)
def test_a_cell_that_stops_costs_nothing_else(source, limits, course):
    notebook = solved(source)
    execute(notebook, course, **limits)
    assert earned(notebook) == 4
    (stopped,) = [cell for cell in notebook.cells if cell.source == source]
    assert stopped.outputs[-1].output_type == "error"


def test_a_function_that_ends_python_fails_and_costs_its_points_only(course):
    notebook = solved()
    cell_of(notebook, "e_step").source = "import os\n\ndef my_e_step(X, mixture):\n    os._exit(1)"
    execute(notebook, course)
    assert earned(notebook) == 0
    assert "ended Python" in cell_of(notebook, "e_step-check").outputs[0].data["text/plain"]


def test_a_cell_that_prints_without_end_is_interrupted(course, monkeypatch):
    """What it prints is kept in the grader's memory."""
    monkeypatch.setattr(preprocessors, "PRINTED", 100_000)
    prints = "while True:\n    print('x' * 1000)"
    shows = "while True:\n    get_ipython().display_pub.publish({'text/plain': 'x' * 1000})"
    notebook = solved(prints, shows)
    execute(notebook, course, timeout=120)
    for source in (prints, shows):
        (cell,) = [cell for cell in notebook.cells if cell.source == source]
        assert len(str(cell.outputs)) < 1_000_000
        assert preprocessors.TOO_MUCH in [output.get("evalue") for output in cell.outputs]
    assert earned(notebook) == 4


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems set no such limit")
def test_memory_has_a_limit(course):
    takes = "import numpy as np\nmuch = np.empty(5 * 2**30, dtype=np.uint8)"
    enough = "fine = np.ones(2**27); product = fine[:10**6].reshape(1000, 1000) @ np.eye(1000)"
    notebook = solved(takes, enough)
    execute(notebook, course)
    outputs = {cell.source: cell.get("outputs") for cell in notebook.cells}
    assert "MemoryError" in str(outputs[takes])
    assert outputs[enough] == []
    assert earned(notebook) == 4


@pytest.mark.parametrize(
    ("source", "status", "mistake", "words"),
    [
        (None, "not attempted", None, "There is no my_e_step"),
        ("", "not attempted", None, "There is no my_e_step"),
        (TYPED + "\n   return (", "failed", "stopped", "stops with an error: IndentationError"),
        ("1 / 0\n" + TYPED, "failed", "stopped", "stops with an error: ZeroDivisionError"),
        ("import os\nos._exit(1)\n" + TYPED, "failed", "stopped", "This cell ended Python"),
        ("while True:\n    pass\n" + TYPED, "failed", "too_slow", "more time than a cell may take"),
        (TYPED.replace("my_e_step", "mine"), "failed", "no_function", "There is no my_e_step"),
    ],
    ids=["blank", "wiped", "no Python", "raises", "ends Python", "endless", "another name"],
)
def test_a_try_that_defines_nothing_is_no_blank(source, status, mistake, words, course):
    """It earns nothing, and is told apart from what nobody has tried."""
    notebook = solved()
    cell_of(notebook, "e_step").source = cell_of(released(), "e_step").source if source is None else source
    if source is None:
        notebook.cells.insert(-2, new_code_cell("del my_e_step"))
    execute(notebook, course, timeout=8)
    output = cell_of(notebook, "e_step-check").outputs[0]
    told = output.metadata["gmmlesson"]
    assert (told["status"], told["mistake"], told["share"]) == (status, mistake, 0)
    assert words in output.data["text/plain"]
    assert earned(notebook) == 0


def test_a_stub_that_prints_without_end_is_said_to(course, monkeypatch):
    monkeypatch.setattr(preprocessors, "PRINTED", 100_000)
    notebook = solved()
    cell_of(notebook, "e_step").source = f"while True:\n    print('x' * 1000)\n{TYPED}"
    execute(notebook, course)
    output = cell_of(notebook, "e_step-check").outputs[0]
    assert output.metadata["gmmlesson"]["mistake"] == "stopped"
    assert preprocessors.TOO_MUCH in output.data["text/plain"]


def test_a_function_that_never_ends_has_a_mistake_of_that_name():
    slow = packed(Outcome("slow", text="It is too slow, or endless."))
    report = judge_answers(CALL, json.dumps({"outcomes": [slow] * len(EXERCISES["e_step"].cases)}), [])
    assert (report.status, report.mistake, report.share) == ("failed", "too_slow", 0)


def test_what_was_refused_is_told_apart():
    said = "It stopped with PermissionError: while a submission is graded, frames are not looked at"
    told = {"outcomes": [packed(Outcome("raised", text=said))] * len(EXERCISES["e_step"].cases)}
    report = judge_answers(CALL, json.dumps(told), [])
    assert (report.status, report.mistake, report.share) == ("failed", "refused", 0)


@pytest.mark.parametrize("name", ["no_function", "refused", "stopped", "too_slow"])
def test_what_stops_has_a_sentence_for_the_class(name):
    assert mistakes.sentence("e_step", name)


def test_a_name_that_only_exec_reads_is_found(course):
    notebook = solved("exec('share_of = weights.sum()')")
    assert notebook.cells[1].source not in sources(selected(notebook, released()))
    execute(notebook, course)
    assert earned(notebook) == 4
    assert not any(o.output_type == "error" for c in notebook.cells for o in c.get("outputs", []))


def test_the_exercises_are_hidden(course):
    tries = [
        "from gmmlesson.exercises import EXERCISES",
        "import gmmlesson.exercises.registry",
        "import sys\nsys.modules.pop('gmmlesson.exercises')\nimport gmmlesson.exercises",
        "import gmmlesson.grading.sealed",
        "import inspect, gmmlesson\ninspect.getsource(gmmlesson.Mixture)",
    ]
    notebook = solved(*tries)
    execute(notebook, course)
    for source in tries:
        (cell,) = [cell for cell in notebook.cells if cell.source == source]
        assert cell.outputs[-1].output_type == "error", source
    assert earned(notebook) == 4


PROGRAMS = [
    "!echo some-word",
    "%pip install some-word",
    "%conda install some-word",
    "%system echo some-word",
    "%%bash\necho some-word",
    "%%script sh\necho some-word",
    "lines = !echo some-word\nprint(lines)",
    "get_ipython().system_raw('echo some-word')",
]


def test_programs_that_cells_ask_ipython_for_are_not_run(course):
    """One student's `!pip install` is not to change the environment in which the others are graded."""
    where = "import os\nprint(os.environ['PIP_NO_INDEX'], os.environ['PIP_TARGET'])"
    notebook = solved(*PROGRAMS, where)
    execute(notebook, course)
    told = {cell.source: str(cell.get("outputs")) for cell in notebook.cells}
    for source in PROGRAMS:
        assert "Not run while grading." in told[source], source
        assert "some-word" not in told[source], source
    assert "'1 /" in told[where]
    assert earned(notebook) == 4


def test_a_kernel_that_dies_at_the_start_is_started_again(course, monkeypatch):
    """As when another one took its port."""
    seal, calls = ExecuteSealed._seal, []

    def dies_once(self, index):
        calls.append(index)
        if len(calls) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        seal(self, index)

    monkeypatch.setattr(ExecuteSealed, "_seal", dies_once)
    notebook = solved()
    execute(notebook, course)
    assert earned(notebook) == 4
    assert len(calls) == 2


def test_all_or_nothing(course):
    notebook = solved()
    cell_of(notebook, "e_step").source = """
def my_e_step(X, mixture):
    densities = np.exp(mixture.log_joint(X))
    totals = densities.sum(axis=1, keepdims=True)
    return densities / totals, np.log(totals).sum()
"""
    execute(notebook, course)
    assert 0 < earned(notebook) < 4
    execute(notebook, course, all_or_nothing=True)
    assert earned(notebook) == 0


def test_other_graded_cells_run_as_ever(course):
    """A teacher's own tests, with asserts."""
    notebook = solved()
    check = cell_of(notebook, "e_step-check")
    check.source = "assert my_e_step is not None"
    execute(notebook, course)
    assert earned(notebook) == 4
    check.source = "assert my_e_step is None"
    execute(notebook, course)
    assert earned(notebook) == 0


LOOKS = """
import functools, inspect, logging, sys, traceback, warnings
import pandas as pd
from collections import namedtuple

def logged(function):
    @functools.wraps(function)
    def inner(*arguments):
        caller = inspect.stack()[0]
        logging.getLogger("mine").warning("%s, %d frames", caller.function, len(inspect.stack()))
        return function(*arguments)
    return inner

@logged
def my_e_step(X, mixture):
    shown = display("working", display_id=True)
    shown.update("done")
    frame = inspect.currentframe()
    assert frame.f_code.co_name == sys._getframe().f_code.co_name == "my_e_step"
    assert frame.f_back.f_code.co_name == "inner" and frame.f_back.f_back is None
    assert inspect.isframe(frame) and frame.f_locals["X"] is X
    traceback.print_stack()
    table = pd.DataFrame({"x": X[:, 0]})
    for k in range(120):
        table[k] = 0.0
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("caught: %s", traceback.format_exc())
    namedtuple("Pair", "a b")
"""


def test_who_looks_who_calls_or_shows_how_far_it_is_earns_the_points(course):
    """`pandas` looks at frames to warn, and a decorator that logs does."""
    notebook = solved()
    cell_of(notebook, "e_step").source = LOOKS + TYPED.split("\n", 2)[2]
    execute(notebook, course)
    assert earned(notebook) == 4, cell_of(notebook, "e_step-check").outputs


def test_a_module_beside_the_notebook_is_found_and_a_false_numpy_is_not(course):
    (course / "mine.py").write_text("import numpy\nnumber = numpy.float64(1)\n", encoding="utf-8")
    (course / "numpy.py").write_text("float64 = None\n", encoding="utf-8")
    notebook = solved("from mine import number\nprint(number)")
    execute(notebook, course)
    (cell,) = [cell for cell in notebook.cells if "from mine" in cell.source]
    assert cell.outputs[0].text == "1.0\n"
