"""A teacher's own exercises: told like the course's, and bad folders told in a sentence."""

import re
import sys

import pytest

from gmmlesson import exercises
from gmmlesson.course import lay_out, progress
from gmmlesson.course.command import main
from gmmlesson.exercises import own, trying
from gmmlesson.exercises.checking import judge
from gmmlesson.exercises.exercise import OWN
from gmmlesson.exercises.own import VARIABLE
from gmmlesson.exercises.registry import EXERCISES, named
from gmmlesson.exercises.withholding import SWITCH
from own_helpers import ANSWER, EXAMPLE, SOURCE

pytest_plugins = ["own_fixtures"]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """Whatever the environment of who runs the tests says."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv(SWITCH, "")
    monkeypatch.setattr(exercises, "_hints_given", {})


def typed(name="my_point_entropy", source=ANSWER):
    """The function that a learner's cell defines."""
    names = {}
    exec(compile(f"import numpy as np\n{source}", "<cell>", "exec"), names)
    return names[name]


# --- Told like the others -------------------------------------------------------------------------


def test_it_is_checked_hinted_and_solved_like_the_courses(folder, capsys):
    report = exercises.check("point_entropy", typed(), points=3)
    assert report.passed and repr(report) == "3"
    exercises.hint("point_entropy")
    exercises.solution("point_entropy")
    printed, errors = capsys.readouterr()
    assert "It agrees with the teacher on all 7 cases" in printed and "how the teacher does it" in printed
    assert "Hint 1 of 3 for point_entropy: Each row" in printed
    assert printed.count("def my_point_entropy(") == 1 and errors == ""


def test_its_mistakes_are_told_with_the_teachers_sentences(folder):
    exercise = named("point_entropy")
    for mistake in exercise.mistakes:
        report = judge(exercise, mistake.function)
        assert (report.mistake, mistake.sentence in report.text) == (mistake.name, True)


def test_the_teachers_answer_earns_nothing_by_itself_or_called(folder):
    own_answer = named("point_entropy").answer
    handed_on = eval("lambda r: own(r)", {"own": own_answer})
    for function in (own_answer, handed_on):
        report = exercises.check("point_entropy", function, points=3)
        assert (report.status, repr(report)) == ("not attempted", "0")
        assert "the teacher's own `my_point_entropy`" in report.text


def test_what_the_teachers_file_calls_is_not_what_the_learner_called(folder):
    """A `call` that needs the answer itself, to compare with it, say."""
    called = "def _call(function, r):\n    my_point_entropy(r)\n    return function(r)\n\n\nPOINT_ENTROPY"
    written(folder, SOURCE.replace("\nPOINT_ENTROPY", f"\n{called}").replace("read=", "call=_call, read="))
    assert exercises.check("point_entropy", typed()).passed


def test_what_passed_is_noted_and_the_courses_count_stays(folder, tmp_path, monkeypatch):
    course = tmp_path / "course"
    lay_out(course)
    monkeypatch.chdir(course)
    monkeypatch.delenv("GMMLESSON_PROGRESS", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    before = repr(progress())
    assert exercises.check("point_entropy", typed()).passed
    assert "point_entropy" in (course / "progress.json").read_text(encoding="utf-8")
    assert repr(progress()) == before and "point_entropy" not in before


def test_the_courses_exercises_do_not_need_the_folder(folder):
    (folder / "point_entropy.py").write_text("1 / 0")
    assert named("e_step") is EXERCISES["e_step"]
    assert list(EXERCISES) == [name for name in EXERCISES if name != "point_entropy"]


def test_a_name_that_there_is_not(folder, monkeypatch):
    with pytest.raises(ValueError, match=r"'pont_entropy'; did you mean 'point_entropy'\?$"):
        named("pont_entropy")
    with pytest.raises(ValueError, match=r"there are: .*point_entropy\.$"):
        named("zzzzzz")
    monkeypatch.setenv(VARIABLE, "  ")
    with pytest.raises(ValueError, match=rf"in the folder that {VARIABLE} names; it names none here\.$"):
        named("point_entropy")


def test_a_changed_file_is_read_again_and_a_file_may_import_another(folder):
    first = named("point_entropy")
    assert named("point_entropy") is first
    (folder / "_words.py").write_text('HINT = "Four new words here."\n')
    source = SOURCE.replace("import numpy as np", "import numpy as np\nfrom ._words import HINT")
    written(folder, re.sub('"Each row is a .*"', "HINT", source))
    assert named("point_entropy").hints[0] == "Four new words here."
    (folder / "_words.py").write_text('HINT = "Four words, newer ones."\n')
    assert named("point_entropy").hints[0] == "Four words, newer ones."


def test_reading_the_folder_prints_nothing_and_leaves_nothing(folder, capfd, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    written(folder, f"import os, sys, warnings\nwarnings.warn('w')\nprint(1)\nos.write(2, b'e')\n{SOURCE}")
    assert named("point_entropy")
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in folder.iterdir()] == ["point_entropy.py"]
    assert f"{OWN}.point_entropy" in sys.modules


def test_the_home_directory_may_be_written_with_its_sign(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    monkeypatch.setenv(VARIABLE, "~/own")
    assert named("point_entropy")


# --- Folders that are not what they should be -----------------------------------------------------


def written(folder, source, name="point_entropy.py"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(source, encoding="utf-8")


def changed(before, after):
    """The example with one thing changed."""
    assert before in SOURCE
    return {"point_entropy.py": SOURCE.replace(before, after)}


BROKEN = {
    "nothing in it": ({}, "It has no exercises: files whose names end in .py"),
    "helpers alone": ({"_help.py": SOURCE}, "It has no exercises"),
    "syntax": ({"a.py": "x = 1\ndef f(:\n"}, "a.py: it cannot be imported: SyntaxError in line 2: "),
    "not utf-8": ({"a.py": "x = '\udcff'"}, "a.py: it cannot be imported: SyntaxError"),
    "raises": ({"a.py": "def f():\n    1 / 0\n\nf()"}, "ZeroDivisionError in line 2: division by zero."),
    "exits": ({"a.py": "raise SystemExit"}, "a.py: it cannot be imported: SystemExit in line 1."),
    "a missing package": ({"a.py": "import no_such_package"}, "No module named 'no_such_package'."),
    "a missing helper": ({"a.py": "from ._gone import X"}, f"No module named '{OWN}._gone'."),
    "a dot": ({"week.3.py": SOURCE}, "week.3.py: its name has a dot before .py; give it a name without one."),
    "no EXERCISES": ({"a.py": "x = 1"}, "a.py: it has no EXERCISES; that must be a tuple of exercises"),
    "empty": (changed("EXERCISES = (POINT_ENTROPY,)", "EXERCISES = ()"), "its EXERCISES must be a tuple"),
    "no tuple": (changed("(POINT_ENTROPY,)", "(POINT_ENTROPY)"), "its EXERCISES must be a tuple"),
    "a dict": (changed("(POINT_ENTROPY,)", "{'a': 1}"), "its EXERCISES must be a tuple"),
    "no Exercise": (changed("(POINT_ENTROPY,)", "('e',)"), "EXERCISES[0] is a str, not an Exercise."),
    "a field left out": (changed("    read=_read,\n", ""), "missing 1 required positional argument: 'read'."),
    "a field too many": (
        changed("read=_read", "read=_read, level=3"),
        "unexpected keyword argument 'level'.",
    ),
    "no name": (changed('name="point_entropy"', "name=None"), "its name must be one of small letters"),
    "a name with a space": (changed('="point_entropy"', '="point entropy"'), "it is 'point entropy'."),
    "a lesson's name": (
        {"a.py": SOURCE.replace("point_entropy", "e_step")},
        "a.py: the course has an exercise 'e_step'; give yours another name.",
    ),
    "one name twice": (
        changed("(POINT_ENTROPY,)", "[POINT_ENTROPY, POINT_ENTROPY]"),
        "there are two exercises 'point_entropy'; give one of them another name.",
    ),
    "called": (changed("reference=my_point_entropy", "reference=None"), "`reference` must be a function, w"),
    "no answer": (changed("answer=my_point_entropy", "answer=3"), "my_point_entropy, written with `def`"),
    "another's answer": (changed("answer=my_point_entropy", "answer=_total"), "left margin; it is _total."),
    "answer without source": (
        changed("\nPOINT_ENTROPY", "\nexec('def my_point_entropy(r): return r')\nPOINT_ENTROPY"),
        "the source of this one cannot be read.",
    ),
    "reference in C": (changed("reference=my_point_entropy", "reference=np.sum, source=len"), "say source="),
    "no cases": (changed("cases=(", "cases=()and("), "`cases` must not be empty."),
    "one case alone": (changed("cases=(", 'cases=Case("a", (1,)) or ('), "makes a tuple"),
    "a case without tuple": (changed("(_drawn,)", "_drawn"), "cases[2]: its arguments must be a tuple"),
    "a case without name": (changed('"a single component"', '""'), "cases[5]: its name must be a text"),
    "a case twice": (
        changed("a single component", "one point and three components"),
        "`cases` has the name 'one point and three components' twice.",
    ),
    "no mistakes": (changed("mistakes=(", "mistakes=None and ("), "`mistakes` must be a tuple of Mistake"),
    "a mistake that is a text": (
        changed("mistakes=(", "mistakes=('a',) or ("),
        "must be a Mistake; it is 'a'",
    ),
    "a mistake without function": (changed("_total,", "0,"), "mistakes[3]: its function must be a function"),
    "a mistake's name": (changed('"total"', '"Total!"'), "mistakes[3]: its name must be one of small"),
    "two hints": (
        changed("    hints=(\n", '    hints=("a", "b") or (\n'),
        "`hints` must be a tuple of three",
    ),
    "a hint that is none": (
        changed("    hints=(\n", "    hints=(1, 2, 3) or (\n"),
        "`hints` must be a tuple",
    ),
    "properties": (changed("(_between_0_and_log_k,)", "_read"), "`properties` must be a tuple of functions"),
    "off limits": (changed("read=", "off_limits=(3,), read="), "`off_limits` must be a tuple of functions"),
    "call": (changed("read=", "call=3, read="), "`call` must be a function, without parentheses, or None"),
    "tolerance": (changed("read=", "tolerance={'r': 1}, read="), "`tolerance` must be {part: (relative"),
    "single": (changed("read=", "single=1, read="), "`single` must be True or False; it is 1."),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_folder_is_told_in_a_sentence(what, tmp_path, monkeypatch, capsys):
    files, sentence = BROKEN[what]
    place = tmp_path / "own"
    place.mkdir()
    for name, source in files.items():
        (place / name).write_bytes(source.encode("utf-8", "surrogateescape"))
    monkeypatch.setenv(VARIABLE, str(place))
    with pytest.raises(ValueError, match=re.escape(sentence)) as error:
        named("point_entropy_2")
    text = str(error.value)
    assert f"In {place}, the folder that {VARIABLE} names: " in text and "\n" not in text
    assert all(name in text for name in files if not name.startswith("_"))
    assert named("e_step")
    assert main(["exercises", str(place)]) == 1
    printed, errors = capsys.readouterr()
    assert sentence.split(".py: ")[-1] in printed and "to mend." in printed and errors == ""


def test_a_broken_file_costs_its_own_exercises_only(folder):
    (folder / "week_4.py").write_text("1 / 0")
    assert exercises.check("point_entropy", typed()).passed
    with pytest.raises(ValueError, match=r"week_4\.py: it cannot be imported"):
        named("of_week_4")


def test_a_file_that_never_ends_is_given_up(folder, monkeypatch):
    monkeypatch.setattr(own, "LIMIT", 0.2)
    (folder / "week_4.py").write_text("while True:\n    pass\n")
    with pytest.raises(ValueError, match=r"week_4\.py: .* after 0\.2 seconds it had not come to its end"):
        named("of_week_4")


def test_a_folder_that_is_not_there_or_no_folder(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "a.py").symlink_to(tmp_path / "gone.py")
    for name, sentence in {
        "gone": "There is no such folder.",
        "~nobody_of_this_name/own": "There is no such folder.",
        "file": "This is a file; a folder is needed, with Python files in it.",
        "link": "a.py cannot be read: No such file or directory.",
    }.items():
        monkeypatch.setenv(VARIABLE, name if name.startswith("~") else str(tmp_path / name))
        with pytest.raises(ValueError, match=re.escape(f"the folder that {VARIABLE} names: ")) as error:
            named("point_entropy")
        assert str(error.value).endswith(sentence)
        assert main(["exercises"]) == 1
        assert sentence in capsys.readouterr().out


# --- The command that tries them ------------------------------------------------------------------


def test_the_example_has_nothing_to_mend(capsys):
    assert main(["exercises", str(EXAMPLE)]) == 0
    printed, errors = capsys.readouterr()
    assert "✔ point_entropy: the answer passes all 7 cases; 6 mistakes are told." in printed
    assert "none passed" in printed and printed.endswith("\n1 exercise, nothing to mend.\n") and errors == ""


def test_without_a_folder_it_takes_the_environments(folder, monkeypatch, capsys):
    assert main(["exercises"]) == 0
    assert str(folder) in capsys.readouterr().out
    monkeypatch.setenv(VARIABLE, "")
    assert main(["exercises"]) == 1
    assert (
        capsys.readouterr().err == f"gmmlesson: Name the folder with your exercises, here or in {VARIABLE}.\n"
    )


@pytest.mark.parametrize("name", ["gaussian_log_density", "mended_step", "lift"])
def test_the_courses_own_exercises_have_nothing_to_mend(name):
    assert list(trying.problems(EXERCISES[name])) == []


RIGHT = "lambda r: my_point_entropy(r)"
CHANCE = "lambda r: np.random.rand(len(r))"
WEAK = {
    "no answer": ("reference=my_point_entropy", "reference=lambda r: None", "gives no answer that can be"),
    "a property": ("if value < 0", "if value < 1", "does not hold for the reference. Tried on: two points"),
    "a property that stops": ("np.log(responsibilities.shape[1])", "1 / 0", "[0] stops on every case"),
    "chance": ("reference=my_point_entropy", f"reference={CHANCE}", "answers a case differently each time."),
    "another answer": ("reference=my_point_entropy", "reference=_mean_of_terms", "its answer does not pass."),
    "handed on": ("terms.sum(axis=1)", "_entropy(r)", "its answer is taken for borrowed."),
    "not in a notebook": ("terms.sum(axis=1)", "terms.sum(axis=_ONE)", "its answer uses _ONE, which a"),
    "a stub": ("read=_read", "call=lambda f, r: 0 if f(r) is None else f(r), read=_read", "says 'failed'"),
    "given": ("read=_read", f"given={RIGHT}, read=_read", "what `given` answers earns points"),
    "a right mistake": ("_total,", f"{RIGHT},", "mistake 'total' passes. Add a case on which it is wrong."),
    "a twin": ("_in_bits,", "_sign_lost,", "mistake 'in_bits' is told as 'sign_lost'. Add a case"),
    "a mistake by chance": ("_total,", f"{CHANCE},", "mistake 'total' is not told."),
    "one sentence": (
        'Mistake("total", _total,',
        'Mistake("a", _total, _AGAIN), Mistake("b", _in_bits, _AGAIN), Mistake("c", _total,',
        "two mistakes have the same sentence.",
    ),
}  # fmt: skip
MORE = """
_ONE = 1
_AGAIN = "This sentence is there twice."


def _entropy(r):
    return -(r * np.log(np.where(r > 0, r, 1.0))).sum(axis=1)


def my_point_entropy("""


@pytest.mark.parametrize("what", WEAK)
def test_a_weak_exercise_is_told_in_a_sentence(what, folder, capsys):
    before, after, sentence = WEAK[what]
    assert before in SOURCE
    source = SOURCE.replace(before, after, 1).replace("\ndef my_point_entropy(", MORE, 1)
    if what == "handed on":
        source = source.replace("reference=my_point_entropy", "reference=_entropy")
    written(folder, source)
    assert main(["exercises"]) == 1
    printed = capsys.readouterr().out
    assert sentence in printed and "✘ point_entropy: " in printed and "to mend." in printed, printed


def test_short_hints_are_told(folder):
    three = 'hints=("a b c d", "a b c d", "Zeros."),'
    written(folder, re.sub(r"hints=\(.*?\n    \),", three, SOURCE, flags=re.DOTALL))
    assert list(trying.problems(named("point_entropy"))) == [
        "the three hints must differ and have 4 words each, or more."
    ]


def test_a_changed_answer_that_passes_is_shown(folder, capsys):
    """Without the cases in which a responsibility is 0, `>=` is as good as `>`."""
    source = re.sub(r'        Case\("(a point that|points that all).*\n', "", SOURCE)
    written(folder, re.sub(r'        Mistake\("zero_times(.*\n){3}', "", source))
    assert main(["exercises"]) == 0
    printed = capsys.readouterr().out
    assert "answers with one thing changed, 4 passed.\n      line " in printed
    assert "r > 0 -> r >= 0" in printed and "add a case that tells the two apart." in printed
