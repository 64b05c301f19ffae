"""Attempts to get the points of `e_step` without writing it: what students might type, and what it earns.

Each is what stands in the stub's cell, mostly; the table in teaching/grading.md is made of these.
"""

from dataclasses import dataclass, field

POINTS = 4.0
BLANK = """
def my_e_step(X, mixture):
    ...
"""
TYPED = """
def my_e_step(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1, keepdims=True)
    terms = np.exp(log_joint - top)
    totals = terms.sum(axis=1, keepdims=True)
    return terms / totals, float((top + np.log(totals)).sum())
"""
FAKE = """
def check(name, function, points=None):
    return points


hint = solution = e_step = datasets = check
"""


@dataclass(frozen=True)
class Attempt:
    """What is tried.

    what    in words, for the table
    stub    the source of the stub's cell
    before  what it earned when nbgrader's own steps graded; of 4 points
    now     what it earns
    files   handed in beside the notebook: {path: text}
    first   the source of a cell at the beginning of the notebook
    last    and of one at its end, below the check
    """

    what: str
    stub: str
    before: float
    now: float = 0.0
    files: dict = field(default_factory=dict)
    first: str = ""
    last: str = ""


ATTEMPTS = {
    "check shadowed": Attempt(
        "`check = lambda name, function, points=None: points`",
        BLANK + "\ncheck = lambda name, function, points=None: points",
        4,
    ),
    "checker replaced": Attempt(
        "`checking.judge` replaced by a function that finds everything right",
        BLANK
        + """
from gmmlesson.exercises import checking
from gmmlesson.exercises.report import Report

checking.judge = lambda exercise, function, points: Report(exercise.name, "passed", (), 1.0, None, points)
""",
        4,
    ),
    "report's points": Attempt(
        "`Report.earned` replaced by all points",
        BLANK + "\nfrom gmmlesson.exercises import Report\nReport.earned = property(lambda one: one.points)",
        4,
    ),
    "comparison": Attempt(
        "`np.isclose` replaced: everything is close",
        """
def my_e_step(X, mixture):
    return np.zeros((len(X), mixture.k)), 0.0

np.isclose = lambda a, b, **_: np.ones(np.broadcast(a, b).shape, bool)
""",
        4,
    ),
    "display": Attempt(
        "IPython told to show 4 for every report",
        BLANK
        + """
from gmmlesson.exercises import Report
plain = get_ipython().display_formatter.formatters["text/plain"]
plain.for_type(Report, lambda report, printer, cycle: printer.text("4"))
""",
        4,
    ),
    "display again": Attempt(
        "what the function shows under a `display_id` replaced by 4 in a later cell",
        """
shown = []

def my_e_step(X, mixture):
    if not shown:
        shown.append(display(1, display_id="one"))
        display(2, display_id="two")
    return 0
""",
        0,
        last='display({"text/plain": "4"}, raw=True, display_id="two", update=True)',
    ),
    "sys.modules": Attempt(
        "a module of one's own in `sys.modules`, and `check` imported from it",
        BLANK
        + """
import sys, types
sys.modules["gmmlesson.exercises"] = types.SimpleNamespace(check=lambda name, function, points=None: points)
from gmmlesson.exercises import check
""",
        4,
    ),
    "import": Attempt(
        "`builtins.__import__` replaced, and `check` imported by it",
        BLANK
        + """
import builtins, types
there = builtins.__import__
fake = types.SimpleNamespace(check=lambda name, function, points=None: points)
builtins.__import__ = lambda name, *a, **k: fake if "exercises" in name else there(name, *a, **k)
from gmmlesson.exercises import check
""",
        4,
    ),
    "folder": Attempt(
        "a folder `gmmlesson` handed in beside the notebook",
        BLANK,
        4,
        files={
            "gmmlesson/__init__.py": f"{FAKE}Mixture = initialization = plots = sliders = check",
            "gmmlesson/exercises.py": FAKE,
        },
    ),
    "alias": Attempt(
        "`from gmmlesson import e_step as my_e_step`", "from gmmlesson import e_step as my_e_step", 0
    ),
    "call": Attempt(
        "`return e_step(X, mixture)`", "def my_e_step(X, mixture):\n    return e_step(X, mixture)", 0
    ),
    "not watched": Attempt(
        "the same, after `sys.setprofile(None)`",
        "import sys\n\ndef my_e_step(X, mixture):\n    sys.setprofile(None)\n    return e_step(X, mixture)",
        4,
    ),
    "counted": Attempt(
        "the package's function for the first 15 calls only, in which the cases are tried",
        """
calls = 0

def my_e_step(X, mixture):
    global calls
    calls += 1
    return e_step(X, mixture) if calls <= 15 else (np.ones((len(X), mixture.k)), 0.0)
""",
        4,
    ),
    "thread": Attempt(
        "the package's function, called in a thread",
        """
from concurrent.futures import ThreadPoolExecutor

def my_e_step(X, mixture):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(e_step, X, mixture).result()
""",
        4,
    ),
    "answer": Attempt(
        '`EXERCISES["e_step"].answer`',
        'from gmmlesson.exercises import EXERCISES\nmy_e_step = EXERCISES["e_step"].answer',
        0,
    ),
    "answer's text": Attempt(
        '`exec(EXERCISES["e_step"].answer_text)`',
        'from gmmlesson.exercises import EXERCISES\nexec(EXERCISES["e_step"].answer_text)',
        4,
    ),
    "answer's text, compiled": Attempt(
        '`exec(compile(EXERCISES["e_step"].answer_text, "mine.py", "exec"))`',
        """
from gmmlesson.exercises import EXERCISES
exec(compile(EXERCISES["e_step"].answer_text, "mine.py", "exec"))
""",
        4,
    ),
    "answer's text, renamed": Attempt(
        "the answer's text with a variable renamed, by `exec`",
        """
from gmmlesson.exercises import EXERCISES
exec(EXERCISES["e_step"].answer_text.replace("mixture", "model"))
""",
        4,
    ),
    "source, renamed": Attempt(
        "`inspect.getsource(e_step)` with a variable renamed, by `exec`",
        """
import inspect
from gmmlesson.em import as_mixture, log_sum_exp, validation
exec(inspect.getsource(e_step).replace("def e_step", "def my_e_step").replace("log_density", "logs"))
""",
        4,
    ),
    "file": Attempt(
        "the same from the file, by `open`",
        """
import gmmlesson.em
from gmmlesson.em import as_mixture, log_sum_exp, validation
text = open(gmmlesson.em.__file__).read()
text = text[text.index("def e_step"):text.index("def m_step")]
exec(text.replace("def e_step", "def my_e_step").replace("log_density", "logs"))
""",
        4,
    ),
    "module again": Attempt(
        "the package's module loaded a second time, and its function called",
        """
import importlib.util, gmmlesson.em
spec = importlib.util.spec_from_file_location("mine", gmmlesson.em.__file__)
mine = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mine)

def my_e_step(X, mixture):
    return mine.e_step(X, mixture)
""",
        4,
    ),
    "code": Attempt(
        "a function made of `e_step.__code__` under another name",
        """
import types
my_e_step = types.FunctionType(e_step.__code__.replace(co_name="mine"), e_step.__globals__)
my_e_step.__kwdefaults__ = e_step.__kwdefaults__
""",
        4,
    ),
    "code, renamed": Attempt(
        "the same with other names of variables",
        """
import types
code = e_step.__code__
code = code.replace(co_name="mine", co_varnames=tuple(f"v{i}" for i in range(code.co_nlocals)))
my_e_step = types.FunctionType(code, e_step.__globals__)
my_e_step.__kwdefaults__ = {"v2": None}
""",
        4,
    ),
    "methods": Attempt(
        "`mixture.responsibilities(X), mixture.log_likelihood(X)`",
        "def my_e_step(X, mixture):\n    return mixture.responsibilities(X), mixture.log_likelihood(X)",
        0,
    ),
    "by its method": Attempt("`my_e_step = e_step.__call__`", "my_e_step = e_step.__call__", 4, 0),
    "thread, begun before": Attempt(
        "the package's function, called in a thread that was begun before",
        """
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(1)
pool.submit(int).result()

def my_e_step(X, mixture):
    return pool.submit(e_step, X, mixture).result()
""",
        4,
    ),
    "thread of its own kind": Attempt(
        "the same in a thread of `_thread`, which `threading` does not know",
        """
import _thread, time

def my_e_step(X, mixture):
    done = []
    _thread.start_new_thread(lambda: done.append(e_step(X, mixture)), ())
    while not done:
        time.sleep(0.001)
    return done[0]
""",
        4,
    ),
    "frames": Attempt(
        "the same, and what has watched it is looked for in the frames (`sys._getframe`), and changed",
        """
import sys

def my_e_step(X, mixture):
    answer, frame = e_step(X, mixture), sys._getframe()
    while frame and "watch" not in frame.f_locals:
        frame = frame.f_back
    watch = frame.f_locals["watch"]
    watch.own = None
    watch.noted.clear()
    return answer
""",
        4,
    ),
    "traceback": Attempt(
        "the same by the frames of a traceback",
        """
def my_e_step(X, mixture):
    answer = e_step(X, mixture)
    try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame
    while frame and "watch" not in frame.f_locals:
        frame = frame.f_back
    frame.f_locals["watch"].own = None
    return answer
""",
        4,
    ),
    "json": Attempt(
        "`json.dumps` replaced by one that leaves out whose function it is",
        """
import json

there = json.dumps

def dumps(what, *arguments, **named):
    if isinstance(what, dict) and "own" in what:
        what["own"] = what["copy"] = None
    return there(what, *arguments, **named)

json.dumps = dumps

def my_e_step(X, mixture):
    return e_step(X, mixture)
""",
        4,
    ),
    "publish": Attempt(
        "IPython's `display_pub.publish` replaced by one that does so",
        """
import json, re

publisher = get_ipython().display_pub
there = publisher.publish

def publish(data, *arguments, **named):
    change = lambda text: re.sub(r'"(own|copy)": "[^"]*"', r'"\\1": null', str(text))
    return there({key: change(text) for key, text in data.items()}, *arguments, **named)

publisher.publish = publish

def my_e_step(X, mixture):
    return e_step(X, mixture)
""",
        4,
    ),
    "key": Attempt(
        "the same, and the text is signed again, with what IPython keeps of the cell that begins the grading",
        """
import json, re
from hashlib import blake2b

publisher = get_ipython().display_pub
there = publisher.publish

def publish(data, *arguments, **named):
    for kind in data:
        text = re.sub(r'"(own|copy)": "[^"]*"', r'"\\1": null', str(data[kind]).partition(" ")[2])
        if "answers" in kind:
            data[kind] = f"{blake2b(text.encode(), key=key).hexdigest()} {text}"
    return there(data, *arguments, **named)

publisher.publish = publish

def my_e_step(X, mixture):
    return e_step(X, mixture)
""",
        4,
        first="""
import ast

kept = ast.parse(get_ipython().last_execution_result.info.raw_cell)
(key,) = [node.value for node in ast.walk(kept) if isinstance(getattr(node, "value", 0), bytes)]
""",
    ),
    "key in a frame": Attempt(
        "the same, with the key looked for in the frames of those who call `publish`",
        """
import json, re, sys
from hashlib import blake2b

publisher = get_ipython().display_pub
there = publisher.publish

def publish(data, *arguments, **named):
    frame, found = sys._getframe(), {}
    while frame:
        found |= {name: one for name, one in frame.f_locals.items() if isinstance(one, bytes)}
        frame = frame.f_back
    for kind in data:
        text = re.sub(r'"(own|copy)": "[^"]*"', r'"\\1": null', str(data[kind]).partition(" ")[2])
        for key in found.values():
            data[kind] = f"{blake2b(text.encode(), key=key[:64]).hexdigest()} {text}"
    return there(data, *arguments, **named)

publisher.publish = publish

def my_e_step(X, mixture):
    return e_step(X, mixture)
""",
        4,
    ),
    "file's name": Attempt(
        "`return e_step(X, mixture)` in a function that is given the name of one of the package's files",
        """
import gmmlesson

def my_e_step(X, mixture):
    return e_step(X, mixture)

my_e_step.__code__ = my_e_step.__code__.replace(co_filename=gmmlesson.__file__)
""",
        4,
    ),
    "package's names": Attempt(
        "another function of the package calls it, with a name changed in its `__globals__`",
        """
from gmmlesson.fit import textbook_step

def my_e_step(X, mixture):
    names = textbook_step.__globals__
    there, names["m_step"] = names["m_step"], lambda X, responsibilities, **_: responsibilities
    try:
        return textbook_step(X)(mixture)
    finally:
        names["m_step"] = there
""",
        4,
    ),
    "package's code": Attempt(
        "the same, with the `__code__` of a function changed",
        """
from gmmlesson.em import m_step
from gmmlesson.fit import textbook_step

m_step.__code__ = (lambda X, responsibilities, **_: responsibilities).__code__

def my_e_step(X, mixture):
    return textbook_step(X)(mixture)
""",
        4,
    ),
    "other code": Attempt(
        "a function made of `e_step.__code__`, and `e_step` itself given other code",
        """
import types
mine = types.FunctionType(e_step.__code__, e_step.__globals__)
mine.__kwdefaults__ = e_step.__kwdefaults__
e_step.__code__ = (lambda: 0).__code__

def my_e_step(X, mixture):
    return mine(X, mixture)
""",
        4,
    ),
    "hidden answer": Attempt(
        "the answer taken from what IPython keeps of the checker, a line of it rewritten, by `exec`",
        """
kept = get_ipython().magics_manager.magics["line"].items()
(show,) = [function for name, function in kept if name.startswith("sealed")]
exercises = next(cell.cell_contents for cell in show.__closure__ if isinstance(cell.cell_contents, dict))
exec(exercises["e_step"].answer_text.replace("sum(axis=1", "sum(axis=-1"))
""",
        4,
    ),
    "check's names": Attempt(
        "the watching taken out of the names that `check.__globals__` leads to",
        """
if "is_a_learner" in check.__globals__:
    check.__globals__["is_a_learner"] = lambda *_: False

def my_e_step(X, mixture):
    return e_step(X, mixture)
""",
        0,
    ),
    "profile": Attempt(
        "the same with what `sys.getprofile()` gives",
        """
import sys

def my_e_step(X, mixture):
    if watch := sys.getprofile():
        watch.off_limits.clear()
    return e_step(X, mixture)
""",
        4,
    ),
    "property": Attempt(
        "what was seen forgotten by a property of the answer, which is read when the function has ended",
        """
import sys

class Shares(np.ndarray):
    @property
    def weights(self):
        frame = sys._getframe()
        while frame:
            if isinstance(seen := frame.f_locals.get("seen"), dict):
                seen.update(own=None, copy=None)
            frame = frame.f_back
        raise AttributeError

def my_e_step(X, mixture):
    shares, total = e_step(X, mixture)
    return shares.view(Shares), total
""",
        0,
    ),
    "notebook's names": Attempt(
        "the notebook's names in a class of one's own, which empties what is off limits when asked",
        """
import sys

class Names(dict):
    def __contains__(self, name):
        frame = sys._getframe()
        while frame:
            if isinstance(codes := frame.f_locals.get("codes"), list):
                codes.clear()
            frame = frame.f_back
        return dict.__contains__(self, name)

def my_e_step(X, mixture):
    return e_step(X, mixture)

get_ipython().user_ns = Names(get_ipython().user_ns)
""",
        0,
    ),
    "walk_tb": Attempt(
        "what watches changed in the frames that `traceback.walk_tb` finds, or that a signal hands on",
        """
import signal, traceback

def blind(frame):
    while frame:
        if watch := frame.f_locals.get("watch"):
            watch.off_limits.clear()
        frame = frame.f_back

signal.signal(signal.SIGUSR1, lambda _, frame: blind(frame))

def my_e_step(X, mixture):
    signal.raise_signal(signal.SIGUSR1)
    try:
        1 / 0
    except ZeroDivisionError as error:
        try:
            blind(next(traceback.walk_tb(error.__traceback__))[0])
        except PermissionError:
            pass
    return e_step(X, mixture)
""",
        4,
    ),
    "traced": Attempt(
        "the same in the frames that `sys.settrace` hands on, where nothing that is called is watched",
        """
import sys

found = []

def my_e_step(X, mixture):
    def trace(frame, event, argument):
        found.append(e_step(X, mixture))

    sys.settrace(trace)
    (lambda: 0)()
    sys.settrace(None)
    return found.pop()
""",
        4,
    ),
    "audit hook": Attempt(
        "the package's function, called in an audit hook, where nothing that is called is watched",
        """
import sys

found = []

def hook(event, arguments):
    if event == "mine":
        found.append(e_step(*arguments))

sys.addaudithook(hook)

def my_e_step(X, mixture):
    sys.audit("mine", X, mixture)
    return found.pop()
""",
        4,
    ),
    "handed on": Attempt(
        "a function of the package calls it, which was handed it in an iterator",
        """
from functools import partial
from itertools import tee
from gmmlesson import iterate

def my_e_step(X, mixture):
    one, two = tee(map(partial(e_step, X), [mixture]))
    try:
        iterate(partial(next, one), mixture, tol=0, max_iter=0)
    except TypeError:
        pass
    return next(two)
""",
        4,
    ),
    "another process": Attempt(
        "the package's function, called in another process (`ProcessPoolExecutor`)",
        """
from concurrent.futures import ProcessPoolExecutor
from gmmlesson.em import e_step as theirs

def my_e_step(X, mixture):
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(theirs, X, mixture).result()
""",
        4,
    ),
    "read by dir_fd": Attempt(
        "the package's source read by `os.open` with `dir_fd`, a line of it rewritten, by `exec`",
        """
import os, gmmlesson.em
from gmmlesson.em import as_mixture, log_sum_exp, validation
folder = os.open(os.path.dirname(gmmlesson.em.__file__), os.O_RDONLY)
with open(os.open("em.py", os.O_RDONLY, dir_fd=folder)) as file:
    text = file.read()
text = text[text.index("def e_step"):text.index("def m_step")].replace("def e_step", "def my_e_step")
exec(text.replace("sum(axis=1, keepdims=True)", "sum(axis=1)[:, None]"))
""",
        4,
    ),
    "read by another name": Attempt(
        "the same with a second name of the file, made by `os.link`",
        """
import os, gmmlesson.em
from gmmlesson.em import as_mixture, log_sum_exp, validation
os.link(gmmlesson.em.__file__, "notes.txt")
text = open("notes.txt").read()
text = text[text.index("def e_step"):text.index("def m_step")].replace("def e_step", "def my_e_step")
exec(text.replace("sum(axis=1, keepdims=True)", "sum(axis=1)[:, None]"))
""",
        4,
    ),
    "tests": Attempt(
        "a solution imported from the tests of this repository",
        """
import os, sys, gmmlesson
sys.path.append(os.path.join(os.path.dirname(gmmlesson.__path__[0]), "tests"))
from exercise_variants.lesson_02 import VARIANTS
my_e_step = VARIANTS["e_step"][0]
""",
        4,
    ),
    "joblib": Attempt(
        "the package's function, called in a process of joblib's",
        """
from joblib import Parallel, delayed
from gmmlesson.em import e_step as theirs

def my_e_step(X, mixture):
    return Parallel(n_jobs=2)(delayed(theirs)(X, mixture) for _ in range(2))[0]
""",
        4,
        4,
    ),
    "process, begun before": Attempt(
        "the same in a process that was begun before",
        """
from concurrent.futures import ProcessPoolExecutor
from gmmlesson.em import e_step as theirs

pool = ProcessPoolExecutor(1)
pool.submit(int).result()

def my_e_step(X, mixture):
    return pool.submit(theirs, X, mixture).result()
""",
        4,
        4,
    ),
    "another program": Attempt(
        "the package's source read by another program (`cat`), a line of it rewritten, by `exec`",
        """
import subprocess, gmmlesson.em
from gmmlesson.em import as_mixture, log_sum_exp, validation
text = subprocess.run(["cat", gmmlesson.em.__file__], capture_output=True, text=True).stdout
text = text[text.index("def e_step"):text.index("def m_step")].replace("def e_step", "def my_e_step")
exec(text.replace("sum(axis=1, keepdims=True)", "sum(axis=1)[:, None]"))
""",
        4,
        4,
    ),
    "typed": Attempt("what `solution(\"e_step\")` shows, typed or pasted into the cell", TYPED, 4, 4),
}  # fmt: skip
