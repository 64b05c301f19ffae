"""Solutions that a teacher withholds: neither shown nor pointed to, until they are given out."""

import pytest

from gmmlesson import exercises
from gmmlesson.exercises import trying
from gmmlesson.exercises.checking import judge
from gmmlesson.exercises.registry import EXERCISES
from gmmlesson.exercises.withholding import SWITCH, Withheld


@pytest.fixture(autouse=True)
def _no_hints_yet(monkeypatch):
    monkeypatch.setattr(exercises, "_hints_given", {})


@pytest.mark.parametrize("value", ["withhold", " Withhold ", "withheld", "1"])
def test_withheld_nothing_shows_a_solution_or_points_to_one(value, monkeypatch, capsys):
    monkeypatch.setenv(SWITCH, value)
    right = trying.typed(EXERCISES["e_step"])
    report = exercises.check("e_step", right)
    for _ in range(3):
        exercises.hint("e_step")
    capsys.readouterr()
    exercises.solution("e_step")
    assert capsys.readouterr().out == "The solution of e_step comes later: your teacher gives it out.\n"
    exercises.hint("e_step")
    told = report.text + report.html + capsys.readouterr().out
    assert report.passed and "Hint 3 of 3" in told and "solution" not in told
    for field in ("answer_text", "source_text"):
        with pytest.raises(Withheld, match=r"^The solution of e_step comes later"):
            getattr(EXERCISES["e_step"], field)


@pytest.mark.parametrize("value", ["", "show", " SHOW "])
def test_given_out_it_is_shown_and_pointed_to(value, monkeypatch, capsys):
    monkeypatch.setenv(SWITCH, value)
    exercises.solution("e_step")
    assert "def my_e_step(" in capsys.readouterr().out
    assert (
        'solution("e_step") shows how the package does it.'
        in judge(EXERCISES["e_step"], trying.typed(EXERCISES["e_step"])).text
    )
    for _ in range(3):
        exercises.hint("e_step")
    assert capsys.readouterr().out.endswith('\nsolution("e_step") shows how the package does it.\n')
