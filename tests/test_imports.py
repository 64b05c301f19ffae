"""`import gmmlesson` is light: NumPy and the package's own textbook modules, nothing heavier."""

import json
import subprocess
import sys

HEAVY = ("anywidget", "dask", "IPython", "ipywidgets", "matplotlib", "pandas", "scipy", "sklearn")
ALLOWED_SECONDS = 0.25
RUNS = 5

TIMED_IMPORT = """
import json, sys, time
start = time.perf_counter()
import {module}
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted({{name.partition(".")[0] for name in sys.modules}})]))
"""


def fresh_import(module) -> tuple[float, set[str]]:
    """Seconds that the import takes in a new interpreter, and the top-level modules there afterwards."""
    command = [sys.executable, "-c", TIMED_IMPORT.format(module=module)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, modules = json.loads(done.stdout)
    return seconds, set(modules)


def test_import_loads_nothing_heavy():
    _, modules = fresh_import("gmmlesson")
    assert "numpy" in modules
    assert not modules & set(HEAVY), f"import gmmlesson also loads {sorted(modules & set(HEAVY))}"


def test_import_costs_little_more_than_numpy():
    # Runs alternate and only the fastest of each counts: what else the machine does cannot add up to 0.25 s.
    times = [(fresh_import("numpy")[0], fresh_import("gmmlesson")[0]) for _ in range(RUNS)]
    numpy, package = (min(column) for column in zip(*times, strict=True))
    assert package - numpy < ALLOWED_SECONDS, f"numpy {numpy:.3f} s, gmmlesson {package:.3f} s"


ASKED_FOR = """
import json, sys
from gmmlesson.course.command import parser
from gmmlesson.course import progress
from gmmlesson.exercises import EXERCISES, named

def lessons():
    return sorted(name[-9:] for name in sys.modules if ".lesson_" in name)

before = [lessons(), "e_step" in EXERCISES, len(EXERCISES)]
named("log_joint")
print(json.dumps([*before, lessons()]))
"""


def test_the_exercises_of_a_lesson_are_imported_when_one_is_asked_for():
    done = subprocess.run([sys.executable, "-c", ASKED_FOR], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], True, 33, ["lesson_01", "lesson_02"]]
