"""The folder that `site/tools/pyodide.py` makes: whole, pinned, compiled, small."""

import csv
import io
import json
import shutil
import subprocess
import zipfile
from pathlib import PurePosixPath

import pytest

import bytecode
import pyodide
from pyodide_runs import distribution, printed


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


def test_what_is_imported_often_is_compiled(folder, packages):
    """And where learners read the sources, in gmmlesson, they are there too."""
    for name in [bytecode.LIBRARY, *(package["file_name"] for package in packages.values())]:
        with zipfile.ZipFile(folder / name) as archive:
            names = set(archive.namelist())
            sources = {other for other in names if other.endswith(".py")}
            compiled = {other for other in names if other.endswith(".pyc")}
            flags = {archive.read(other)[4:8] for other in compiled}
        assert flags <= {b"\1\0\0\0"}, f"{name}: Python would look at the sources"
        if name.startswith("gmmlesson-"):
            assert sources == {str(PurePosixPath(c).parents[1] / bytecode_of(c)) for c in compiled}
        else:
            assert [other for other in sources if not other.startswith(bytecode.SELDOM)] == []


def bytecode_of(name: str) -> str:
    """The name of the Python file that a file in __pycache__ was made from."""
    return PurePosixPath(name).name.removesuffix(f"{bytecode.TAG}.pyc") + "py"


def test_python_runs_what_is_compiled_and_finds_the_sources_that_are_there():
    cell = """
import asyncio, inspect, numpy
from gmmlesson import em
print(asyncio.__file__, numpy.__file__, em.__cached__, inspect.getsource(em.e_step)[:10], sep="\\n")
print(inspect.unwrap(numpy.linalg.inv).__code__.co_filename)
"""
    packages = "/lib/python3.14/site-packages"
    assert printed(cell).splitlines() == [
        "/lib/python314.zip/asyncio/__init__.pyc",
        f"{packages}/numpy/__init__.pyc",
        f"{packages}/gmmlesson/__pycache__/em.{bytecode.TAG}.pyc",
        "def e_step",
        f"{packages}/numpy/linalg/_linalg.py",
    ]


def test_what_was_compiled_once_is_kept(tmp_path, monkeypatch, folder):
    """Till it changes: then it alone is compiled anew."""
    here = tmp_path / "distribution"
    here.mkdir()
    for name in (*pyodide.CORE, "pyodide-lock.json"):
        shutil.copy(folder / name, here)
    asked = []
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda *what, **how: asked.append(what) or run(*what, **how))
    for text in ("one = 1", "one = 1", "two = 2"):
        with zipfile.ZipFile(here / "small.whl", "w") as wheel:
            wheel.writestr(zipfile.ZipInfo("small.py"), text)
            listed = "small.py,sha256=x,7\nsmall.dist-info/RECORD,,\n"
            wheel.writestr(zipfile.ZipInfo("small.dist-info/RECORD"), listed)
        shutil.copy(folder / bytecode.LIBRARY, here)
        bytecode.compile_in(here, ["small.whl"], "", tmp_path / "cache")
        with zipfile.ZipFile(here / "small.whl") as wheel:
            assert set(wheel.namelist()) == {"small.pyc", "small.dist-info/RECORD"}
            assert wheel.read("small.dist-info/RECORD") == b"small.pyc,,\nsmall.dist-info/RECORD,,\n"
    assert len(asked) == 2


def test_a_first_visit_fetches_less_than_40_megabytes(folder, packages):
    """SciPy, scikit-learn and Dask come when they are imported."""
    weight = {name: (folder / package["file_name"]).stat().st_size for name, package in packages.items()}
    core = sum((folder / name).stat().st_size for name in pyodide.CORE)
    first = needed(packages, "gmmlesson", "pyodide-kernel", "ipykernel", "piplite", "micropip", "jedi")
    assert not first & pyodide.ON_DEMAND.keys()
    assert core + sum(weight[name] for name in first) < 40e6
    assert core + sum(weight.values()) < 60e6


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
