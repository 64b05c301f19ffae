"""Try exercises as the course's own are tried: right answers pass, every mistake is told, hints help.

What this finds wrong with a teacher's own exercises `gmmlesson exercises FOLDER` prints.
"""

import ast
import dis
import linecache
import sys
import time
import types

from gmmlesson.exercises import running
from gmmlesson.exercises.checking import judge, judge_by_cases
from gmmlesson.exercises.exercise import OWN, source_of
from gmmlesson.exercises.mutants import mutants
from gmmlesson.exercises.own import read
from gmmlesson.exercises.registry import EXERCISES
from gmmlesson.exercises.running import replaced, run

SECONDS = 0.5  # that a check may take
WORDS = 4  # that a hint has at least


def try_folder(folder):
    """Try a folder of own exercises, and print what was found -> whether all is well.

    folder  a Path
    """
    bank = read(folder, taken=EXERCISES)
    print(folder)
    wrong = len(bank.problems)
    for file, names in bank.files.items():
        print(f"\n{file}")
        for sentence in bank.problems:
            if sentence.startswith(f"{file}: "):
                print(f"  ✘ {sentence.removeprefix(f'{file}: ')}")
        for name in names:
            wrong += try_one(bank.exercises[name])
    for sentence in bank.problems:
        if sentence.partition(": ")[0] not in bank.files:
            print(f"\n✘ {sentence}")
    many = f"{len(bank.exercises)} exercise{'' if len(bank.exercises) == 1 else 's'}"
    print(f"\n{many}, {f'{wrong} to mend' if wrong else 'nothing to mend'}.")
    return not wrong


def try_one(exercise):
    """Try an exercise, and print what was found -> how many things are wrong."""
    wrong = list(problems(exercise))
    for sentence in wrong:
        print(f"  ✘ {exercise.name}: {sentence}")
    if wrong:
        return len(wrong)
    cases, mistakes = len(exercise.cases), len(exercise.mistakes)
    print(f"  ✔ {exercise.name}: the answer passes all {cases} cases; {mistakes} mistakes are told.")
    tried, passing = changed_answers(exercise)
    print(f"    Of {tried} answers with one thing changed, {len(passing) or 'none'} passed.")
    for change in passing:
        print(f"      {change}")
    if passing:
        print("    Where such a change makes it wrong, add a case that tells the two apart.")
    if (seconds := seconds_of_a_check(exercise)) > SECONDS:
        print(f"    A check takes {seconds:.1f} seconds; learners wait for it at every try.")
    return 0


def problems(exercise):
    """Sentences on what is wrong with an exercise of the right form."""
    yield from _of_reference(exercise)
    yield from _of_answer(exercise)
    report = judge(exercise, _stub(exercise))
    if report.status != "not attempted":
        yield f"where nothing has been written yet, the check says {report.status!r}, not 'not attempted'."
    if exercise.given and judge(exercise, exercise.given, points=1).earned:
        yield "what `given` answers earns points as it was handed out."
    for mistake in exercise.mistakes:
        yield from _of_mistake(exercise, mistake)
    sentences = [mistake.sentence for mistake in exercise.mistakes]
    if len(set(sentences)) < len(sentences):
        yield "two mistakes have the same sentence."
    hints = exercise.hints
    if len(set(hints)) < len(hints) or any(len(hint.split()) < WORDS for hint in hints):
        yield f"the three hints must differ and have {WORDS} words each, or more."


def typed(exercise):
    """The answer as a learner would type it into a notebook: its source, compiled anew."""
    namespace = dict(exercise.answer.__globals__)
    exec(compile(ast.parse(source_of(exercise.answer)), "<typed>", "exec"), namespace)
    return namespace[exercise.answer.__name__]


def changed_answers(exercise):
    """How many single changes of the answer were tried, and descriptions of those that pass."""
    tried, passing = 0, []
    with replaced(running, "LIMIT", SECONDS):
        for description, function in mutants(exercise.answer):
            tried += 1
            if judge(exercise, function).passed:
                passing.append(description)
    return tried, passing


def seconds_of_a_check(exercise):
    """Of the processor, for the answer as a learner has typed it; the faster of two."""
    function, times = typed(exercise), []
    for _ in range(2):
        start = time.thread_time()
        judge(exercise, function)
        times.append(time.thread_time() - start)
    return min(times)


def _of_reference(exercise):
    outcomes = []
    for case in exercise.cases:
        outcomes.append(run(exercise.reference, case, exercise.read, exercise.call))
        if outcomes[-1].kind != "answer":
            what = _line(outcomes[-1].text or outcomes[-1].kind)
            yield f"its reference gives no answer that can be read. Tried on: {case.name}. {what}"
            return
    for place, rule in enumerate(exercise.properties):
        if broken := _of_property(exercise, rule, outcomes):
            yield f"properties[{place}] {broken}"
    if not judge_by_cases(exercise, exercise.reference).passed:
        yield "its reference answers a case differently each time. Let the case hand over what it draws from."


def _of_property(exercise, rule, outcomes):
    """What is wrong with a property of the reference's outcomes, or "". It may stumble over some."""
    errors = []
    for case, outcome in zip(exercise.cases, outcomes, strict=True):
        try:
            if broken := rule(outcome.parts, *case.arguments):
                return f"does not hold for the reference. Tried on: {case.name}. {_line(broken)}"
        except Exception as error:
            errors.append(f"{type(error).__name__}{running.message(error)}")
    return f"stops on every case, with {_line(errors[0])}" if len(errors) == len(outcomes) else ""


def _of_answer(exercise):
    if missing := _only_in_its_file(exercise.answer):
        yield f"its answer uses {', '.join(missing)}, which a notebook lacks: have it inside the function."
    function = typed(exercise)
    report = judge(exercise, function)
    if report.mistake == "package_function":
        yield f"its answer is taken for borrowed. {_line(report.text)}"
    elif not report.passed:
        yield f"its answer does not pass. {_line(report.text)}"


def _of_mistake(exercise, mistake):
    report = judge(exercise, mistake.function)
    if report.status == "failed" and report.mistake == mistake.name:
        return
    if report.passed:
        yield f"mistake {mistake.name!r} passes. Add a case on which it is wrong."
    elif report.mistake:
        yield f"mistake {mistake.name!r} is told as {report.mistake!r}. Add a case that tells them apart."
    else:
        yield f"mistake {mistake.name!r} is not told. {_line(report.text)}"


def _only_in_its_file(function):
    """The global names in a function that can only be had from its own file."""
    found = []
    for name in sorted(_global_names(function.__code__) & set(function.__globals__)):
        value = function.__globals__[name]
        home = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
        there = home in sys.modules and home.partition(".")[0] != OWN
        if not there or not (
            isinstance(value, types.ModuleType) or getattr(sys.modules[home], name, None) is value
        ):
            found.append(name)
    return found


def _global_names(code):
    """The names that code, and the functions inside it, look up globally."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return names.union(*map(_global_names, inner))


def _stub(exercise):
    """The answer before anybody has written it: its `def` alone, and `...`."""
    tree = ast.parse(source_of(exercise.answer))
    tree.body[0].body = [ast.Expr(ast.Constant(...))]
    text, file, namespace = ast.unparse(tree), f"<stub of {exercise.name}>", dict(exercise.answer.__globals__)
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file  # `check` reads it
    exec(compile(text, file, "exec"), namespace)
    return namespace[exercise.answer.__name__]


def _line(text):
    """Text on one line."""
    return " ".join(text.split())
