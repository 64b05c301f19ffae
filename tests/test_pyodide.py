"""The package in the Python of browsers: a fragile lesson, and what it does there as it does here.

What is printed here and there is compared: the same code runs in this Python and under Pyodide, in node. All
lessons are run in their pages, in site/tests/test_run_lessons.py.
"""

import subprocess
import sys

import pytest

import pyodide_runs
from notebooks import LESSONS


def test_a_fragile_lesson_prints_what_is_stored():
    """What numbers cannot hold, and NumPy's silence about it."""
    (path,) = (path for path in LESSONS if path.stem.startswith("09"))
    assert pyodide_runs.differences(path, pyodide_runs.lesson(path)) == {}


COLLAPSE = """
import numpy as np
from gmmlesson import Mixture, fit, initialization, m_step
from gmmlesson.conditional import conditional

def told(function, *arguments, **options):
    try:
        print("no refusal:", function(*arguments, **options))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")

told(Mixture, [0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2), [[1.0, 2.0], [2.0, 1.0]]])
told(Mixture, [1.0], [[0.0, 0.0]], [np.zeros((2, 2))])
X = np.random.default_rng(0).normal(size=(40, 2))
for family in ("full", "tied", "diag", "spherical"):
    told(m_step, np.repeat(X[:2], 20, axis=0), np.full((40, 1), 1.0), family=family)
    thin = Mixture([0.5, 0.5], [X[0], [0.0, 0.0]], [1e-8 * np.eye(2), np.eye(2)])
    told(fit, X, thin, family=family)
told(fit, np.column_stack([X[:, 0], X[:, 0]]), Mixture([1.0], [[0.0, 0.0]], [np.eye(2)]))
told(conditional, Mixture([1.0], [[0.0, 0.0]], [np.eye(2)]), [0], [np.inf])
"""

ODD_DATA = """
import numpy as np
from gmmlesson import fit, fit_blocks, initialization
from gmmlesson.selection import select

for seed in range(60):
    rng = np.random.default_rng(seed)
    n, d, k = rng.integers(1, 40), rng.integers(1, 5), rng.integers(1, 5)
    X = rng.normal(size=(n, d)) * 10.0 ** rng.integers(-6, 7)
    X += 10.0 ** rng.integers(-3, 9) * rng.normal(size=d)
    X = X[rng.integers(n, size=n)] if seed % 3 == 0 else X  # some points twice
    family = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")[seed % 6]
    try:
        start = initialization.random_points(X, k, rng, family=family)
        found = fit(X, start, family=family, max_iter=50, tol=0)
        print(seed, family, f"{found.log_likelihoods[-1] / n:.4g}")
    except ValueError as error:
        print(seed, family, type(error).__name__, str(error).partition(":")[0])
rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(size=(300, 2)), rng.normal(size=(300, 2)) + 5])
start = initialization.kmeans(X, 2, rng)
print(fit(X, start).n_iter, fit_blocks([X[:100], X[100:]], start).n_iter)
print(select(X, rng, ks=[1, 2], n_jobs=2).text())
"""

THREADS = """
import numpy as np
from gmmlesson import Mixture, threads
from gmmlesson.engine import Engine
from gmmlesson.sufficient import PackedForm

X = np.random.default_rng(0).normal(size=(200_000, 8))
with Engine(X, n_threads=4) as sums:  # work enough for several threads
    print(sums(Mixture(np.full(8, 1 / 8), X[:8], [np.eye(8)] * 8), PackedForm).counts.round(3))
"""


WORKERS = """
import tempfile
from pathlib import Path
import numpy as np
from gmmlesson import fit_blocks, fit_dask, initialization
from gmmlesson.distributed import two_workers
from gmmlesson.streaming import Files

if __name__ == "__main__":
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{i}.npy" for i in range(4)]
        for i, file in enumerate(files):
            np.save(file, (rng.normal(size=(1000, 2)) + 3 * (i % 2)).astype(np.float32))
        start = initialization.random_points(np.load(files[1]), 2, rng)
        client, array = two_workers(files, (1000, 2), np.float32)
        for found in (fit_dask(array, start, max_iter=5), fit_blocks(Files(files), start, max_iter=5)):
            print(array.shape, found.mixture.means.round(6).tolist(), found.log_likelihoods.round(4))
        client.close()
"""


SAME = {"collapse": COLLAPSE, "odd data": ODD_DATA, "threads": THREADS, "workers": WORKERS}


@pytest.mark.parametrize("code", SAME.values(), ids=SAME)
def test_it_says_what_it_says_here(code):
    assert pyodide_runs.printed(code) == here(code)


EXERCISES = """
from gmmlesson.exercises import EXERCISES
from gmmlesson.exercises.checking import judge_by_cases

for exercise in EXERCISES.values():
    report = judge_by_cases(exercise, exercise.reference, points=3)
    print(exercise.name, report.status)
    for mistake in exercise.mistakes[:2]:
        report = judge_by_cases(exercise, mistake.function)
        print(exercise.name, report.status, report.mistake)
"""


def test_every_exercise_judges_as_here():
    assert pyodide_runs.printed(EXERCISES) == here(EXERCISES)


ENDLESS = """
import time
import numpy as np
from gmmlesson.exercises import EXERCISES, running
from gmmlesson.exercises.checking import judge_by_cases

running.LIMIT = 0.5
cleaned = []

def endless(X, mixture):
    while True:
        pass

def calls_itself(X, mixture):
    return calls_itself(X, mixture) if len(X) else None

def within_generators(X, mixture):
    for _ in iter(int, 1):
        sum(i for i in range(3))

def swallows(X, mixture):
    while True:
        try:
            np.linalg.inv(np.eye(20))
        except:
            pass

def sleeps(X, mixture):
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            continue

def cleans_up(X, mixture):
    try:
        endless(X, mixture)
    finally:
        for i in range(1000):
            cleaned.append(abs(i))

def answers_late(X, mixture):
    time.sleep(0.6)
    return EXERCISES["e_step"].reference(X, mixture)

def raises_late(X, mixture):
    try:
        endless(X, mixture)
    except BaseException:
        raise ValueError("not to be disturbed") from None

hangs = endless, calls_itself, within_generators, swallows, sleeps, cleans_up, answers_late, raises_late
for function in hangs:
    began = time.perf_counter()
    report = judge_by_cases(EXERCISES["e_step"], function)
    print(function.__name__, report.status, "endless" in report.text, time.perf_counter() - began < 60)
print(len(cleaned), judge_by_cases(EXERCISES["e_step"], EXERCISES["e_step"].reference).status)
"""


def test_endless_answers_are_cut_off():
    lines = pyodide_runs.printed(ENDLESS).splitlines()
    stopped = [line.partition(" ")[2] for line in lines[:-1] if not line.startswith("calls_itself")]
    assert stopped == 7 * ["failed True True"]
    assert lines[1] == "calls_itself failed False True"  # Python itself has ended it
    assert lines[-1] == "1000 passed"


def test_cells_fetch_what_they_import_and_no_more():
    first, second, third = (
        "import sys\nfrom gmmlesson import Mixture, explorer, plots, sliders\n" + LOADED,
        "from gmmlesson.exercises import check\n" + LOADED,
        "from gmmlesson.distributed import two_workers\nimport dask.array, sklearn.mixture\n" + LOADED,
    )
    answers = pyodide_runs.run([first, second, third])
    told = [output["text"].split() for outputs in answers for output in outputs]
    assert told == [[], ["scipy"], ["dask", "scipy", "sklearn"]]


LOADED = """
import importlib.util
print(*(name for name in ("dask", "scipy", "sklearn") if importlib.util.find_spec(name)))
"""


def here(code: str) -> str:
    """What the code prints in this Python."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout
