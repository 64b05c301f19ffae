"""One set of requirements, told four times: pyproject.toml, environment.yml, requirements.lock, and .venv."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import gmmlesson

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
PIP_ONLY = {"playwright"}  # not under this name on conda-forge: comes with `-e .[scale,test]`

PIN = re.compile(r"(?P<pin>[a-z0-9][a-z0-9._-]*==\S+(?: ; [^\\]+)?) \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?P<more> \\)?")


def ranges(lines) -> dict[str, SpecifierSet]:
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in requirements}


EXTRAS = PROJECT["optional-dependencies"]
DIRECT = ranges(PROJECT["dependencies"] + EXTRAS["scale"] + EXTRAS["test"])
PINS = [Requirement(match["pin"]) for match in map(PIN.fullmatch, LOCK.splitlines()) if match]


def pinned(name, python, system) -> list[str]:
    """The versions of a package that the lock gives to one Python on one system: there should be one."""
    place = {"python_version": python, "python_full_version": f"{python}.9", "implementation_name": "cpython"}
    place |= {"platform_python_implementation": "CPython"} | SYSTEMS[system]
    return [
        str(pin.specifier).removeprefix("==")
        for pin in PINS
        if canonicalize_name(pin.name) == name and (pin.marker is None or pin.marker.evaluate(place))
    ]


def test_conda_asks_for_the_same_ranges_as_pyproject():
    conda = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    conda = ranges(line for line in conda if line != "pip" and not line.startswith("python="))
    assert conda == {name: wanted for name, wanted in DIRECT.items() if name not in PIP_ONLY}


def test_conda_installs_this_project_through_pip():
    assert CONDA["channels"] == ["conda-forge"]
    assert "pip" in CONDA["dependencies"]
    assert CONDA["dependencies"][-1] == {"pip": ["-e .[scale,test]"]}


def test_conda_pins_a_python_that_the_project_supports():
    (pin,) = [line for line in CONDA["dependencies"] if str(line).startswith("python")]
    assert re.fullmatch(r"python=3\.\d+", pin), "Binder reads the Python version from `python=3.x` alone"
    assert pin.removeprefix("python=") in PYTHONS


def test_every_range_has_both_ends():
    for name, wanted in DIRECT.items():
        assert {part.operator for part in wanted} == {">=", "<"}, f"{name}{wanted}"


@pytest.mark.parametrize("name", DIRECT)
def test_what_is_installed_is_in_range(name):
    installed = metadata.version(name)
    assert installed in DIRECT[name], f"{name} {installed} is installed; pyproject.toml: {DIRECT[name]}"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_pins_every_requirement_once_and_in_range(python, system):
    for name, wanted in DIRECT.items():
        versions = pinned(name, python, system)
        assert len(versions) == 1, f"{name} is pinned to {versions}. Run `make lock`."
        assert versions[0] in wanted, f"{name}=={versions[0]} is outside {wanted}. Run `make lock`."


def test_the_lock_gives_all_pythons_the_same_numerical_libraries():
    for name in ("numpy", "scipy", "scikit-learn", "matplotlib"):
        versions = {tuple(pinned(name, python, system)) for python in PYTHONS for system in SYSTEMS}
        assert len(versions) == 1, f"{name} is pinned to {versions}"


def test_every_pin_is_hashed_and_nothing_else_is_in_the_lock():
    pin, more = None, False
    for number, line in enumerate(LOCK.splitlines(), start=1):
        if line.startswith("#"):
            continue
        if match := HASH.fullmatch(line):
            assert more, f"line {number}: a hash that belongs to no pin: {line}"
            more = bool(match["more"])
        else:
            assert not more, f"line {number}: {pin} ends in the middle: {line}"
            assert PIN.fullmatch(line), f"line {number} is neither a pin nor a hash: {line}"
            pin, more = line, True
    assert not more
    assert len(PINS) > len(DIRECT)


def test_the_lock_names_no_address_and_no_folder():
    assert not re.search(r"://|www\.|--(?:extra-)?index|--find-links|@ |file:|/", LOCK)


def test_pythons_agree():
    supported = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(30) if f"3.{minor}" in supported]
    classifiers = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line]
    assert minors == classifiers == list(PYTHONS)
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in PYTHONS
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    ends = [tuple(map(int, python.split("."))) for python in (PYTHONS[0], PYTHONS[-1])]
    assert f"{ends[0]} <= sys.version_info[:2] <= {ends[1]}" in makefile


def test_versions_agree():
    assert PROJECT["version"] == CITATION["version"] == gmmlesson.__version__ == metadata.version("gmmlesson")
    assert str(Version(PROJECT["version"])) == PROJECT["version"]


def test_the_wheel_holds_the_package_its_data_the_lessons_and_nothing_else(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = [path for path in (ROOT / "gmmlesson").rglob("*") if path.is_file()]
    package = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    lessons = {f"gmmlesson/course/lessons/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert lessons and inside == package | lessons
    assert any(name.startswith("gmmlesson/datasets/") and name.endswith(".csv") for name in inside)
