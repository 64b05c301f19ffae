"""The folder that `site/tools/pyodide.py` makes: whole, pinned, small."""

import csv
import io
import json
import zipfile

import pytest

import pyodide
from pyodide_runs import distribution


@pytest.fixture(scope="module")
def folder():
    return distribution()


@pytest.fixture(scope="module")
def packages(folder):
    """What `pyodide-lock.json` says, by name."""
    return json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]


def needed(packages, *names):
    """These packages and all that they need."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += packages[name]["depends"]
    return found


def test_every_file_is_listed_and_has_its_checksum(folder, packages):
    files = {package["file_name"]: package["sha256"] for package in packages.values()}
    assert {path.name for path in folder.iterdir()} == {*files, *pyodide.CORE, "pyodide-lock.json"}
    for name, checksum in files.items():
        assert pyodide.sha256((folder / name).read_bytes()) == checksum


def test_every_wheel_holds_what_it_says(folder, packages):
    for package in packages.values():
        with zipfile.ZipFile(folder / package["file_name"]) as wheel:
            names = set(wheel.namelist())
            (record,) = (name for name in names if name.endswith(".dist-info/RECORD"))
            listed = {row[0] for row in csv.reader(io.StringIO(wheel.read(record).decode())) if row}
        assert listed <= names, package["name"]


def test_a_first_visit_fetches_less_than_30_megabytes(folder, packages):
    """SciPy, scikit-learn and Dask come when they are imported."""
    weight = {name: (folder / package["file_name"]).stat().st_size for name, package in packages.items()}
    core = sum((folder / name).stat().st_size for name in pyodide.CORE)
    first = needed(packages, "gmmlesson", "pyodide-kernel", "ipykernel", "piplite", "micropip", "jedi")
    assert not first & pyodide.ON_DEMAND.keys()
    assert core + sum(weight[name] for name in first) < 30e6
    assert core + sum(weight.values()) < 50e6


def test_a_download_that_is_not_the_pinned_one_is_refused(monkeypatch):
    for package in pyodide.NPM:
        monkeypatch.setitem(pyodide.NPM, package, 64 * "0")
        with pytest.raises(ValueError, match=r"differs from the one pinned in pyodide\.py"):
            pyodide.from_npm(package)


def test_what_is_needed_and_not_there_is_named(monkeypatch):
    monkeypatch.setattr(pyodide, "ON_DEMAND", {"scipy": ["scipy"]})
    monkeypatch.setattr(pyodide, "KERNEL", ())

    class Needs:
        def __init__(self, *names):
            self.depends = names

    available = {"gmmlesson": Needs("numpy"), "micropip": Needs(), "scipy": Needs()}
    with pytest.raises(ValueError, match=r"numpy is needed, and neither pinned in pyodide\.lock nor"):
        pyodide.closure(available)
