"""A folder of a teacher's own exercises: `pytest_plugins = ["own_fixtures"]`."""

import shutil

import pytest

from gmmlesson.exercises.own import VARIABLE
from own_helpers import EXAMPLE


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the example's exercise, named by the environment."""
    place = tmp_path / "own"
    place.mkdir()
    shutil.copy(EXAMPLE / "point_entropy.py", place)
    monkeypatch.setenv(VARIABLE, str(place))
    return place
