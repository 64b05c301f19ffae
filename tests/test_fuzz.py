"""A slice of the fuzz (`fuzz_doors.py`), so that it stays in order; and that it finds what is wrong."""

import numpy as np
import pytest

import fuzz_doors
from fuzz_doors import DOORS, call, is_mixture

NAMES = [door.__name__.removeprefix("door_") for door in DOORS]
CALLS = 27  # a door


@pytest.mark.parametrize("name", NAMES)
def test_some_calls(name):
    seeds = range(NAMES.index(name), CALLS * len(DOORS), len(DOORS))
    outcomes = {seed: call(seed) for seed in seeds}
    assert {door for door, _ in outcomes.values()} == {name}
    wrong = {seed: what for seed, (_, what) in outcomes.items() if what not in ("answered", "refused")}
    assert not wrong, f"make the call alone by tests/fuzz_doors.py --only {min(wrong)}"
    assert (name, "answered") in outcomes.values()


@pytest.mark.parametrize(
    ("door", "what"),
    [
        (lambda p: np.zeros(2) @ np.zeros(3), "it met ValueError: matmul"),
        (lambda p: is_mixture(p.start, "round"), "AssertionError in line "),
        (lambda p: 1 / (0 * p.A), "RuntimeWarning in line "),
        (lambda p: p.A.fill(0.125), "an argument has been changed"),
    ],
)
def test_what_is_wrong_is_found(door, what, monkeypatch):
    monkeypatch.setattr(fuzz_doors, "DOORS", [door])
    assert call(3)[1].startswith(what)
