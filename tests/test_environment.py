"""One set of requirements, told many times: pyproject.toml, environment.yml, two locks, and .venv."""

import ast
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
import notebooks

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = {
    "Linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}
PIP_ONLY = {"playwright"}  # not under this name on conda-forge: comes with `-e .[build,parquet,test]`

PIN = re.compile(r"(?P<pin>[a-z0-9][a-z0-9._-]*==\S+(?: ; [^\\]+)?) \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?P<more> \\)?")


def ranges(lines) -> dict[str, SpecifierSet]:
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in requirements}


EXTRAS = PROJECT["optional-dependencies"]
FOR_LEARNERS = PROJECT["dependencies"] + EXTRAS["build"]
FOR_TESTERS = sum(EXTRAS.values(), PROJECT["dependencies"])
LEARNERS, DIRECT = ranges(FOR_LEARNERS), ranges(FOR_TESTERS)


class Lock:
    """A file of pins: its lines, the pins themselves, and the hashes of each."""

    def __init__(self, name, resolved_from):
        self.name = name
        self.resolved_from = resolved_from
        self.wanted = ranges(resolved_from)
        self.text = (ROOT / name).read_text(encoding="utf-8")
        self.pins, self.hashes = [], {}
        for line in self.text.splitlines():
            if match := PIN.fullmatch(line):
                self.pins.append(Requirement(match["pin"]))
                pin = match["pin"].partition(" ;")[0]
            elif HASH.fullmatch(line):
                self.hashes.setdefault(pin, set()).add(line.strip(" \\"))

    def versions(self, python, system) -> dict[str, list[str]]:
        """Package -> its versions for one Python on one system: there should be one."""
        place = {"python_version": python, "python_full_version": f"{python}.9"} | SYSTEMS[system]
        place |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
        found = {}
        for pin in self.pins:
            if pin.marker is None or pin.marker.evaluate(place):
                version = str(pin.specifier).removeprefix("==")
                found.setdefault(canonicalize_name(pin.name), []).append(version)
        return found


LEARNERS_LOCK = Lock("requirements.lock", FOR_LEARNERS)
TESTERS_LOCK = Lock("requirements-test.lock", FOR_TESTERS)
LOCKS = pytest.mark.parametrize("lock", [LEARNERS_LOCK, TESTERS_LOCK], ids=lambda lock: lock.name)


def test_conda_asks_for_the_same_ranges_as_pyproject():
    conda = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    conda = ranges(line for line in conda if line != "pip" and not line.startswith("python="))
    assert conda == {name: wanted for name, wanted in DIRECT.items() if name not in PIP_ONLY}


def test_conda_installs_this_project_through_pip():
    assert CONDA["channels"] == ["conda-forge"]
    assert "pip" in CONDA["dependencies"]
    assert CONDA["dependencies"][-1] == {"pip": ["-e .[build,parquet,test]"]}


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


@LOCKS
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_a_lock_pins_every_requirement_once_and_in_range(python, system, lock):
    pinned = lock.versions(python, system)
    for name, wanted in lock.wanted.items():
        versions = pinned.get(name, [])
        assert len(versions) == 1, f"{name} is pinned to {versions}. Run `make lock`."
        assert versions[0] in wanted, f"{name}=={versions[0]} is outside {wanted}. Run `make lock`."


def needed(lines) -> set[str]:
    """The packages that the requirements lead to, as those installed here tell it."""
    todo, done = [Requirement(line) for line in lines], set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras} - {seen for other, seen in done if other == name}:
            done.add((name, extra))
            needs = map(Requirement, metadata.requires(name) or [])
            todo += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return {name for name, _ in done}


@LOCKS
def test_a_lock_holds_what_its_packages_need_and_nothing_else(lock):
    """So `make` may leave it to the lock, and tell pip --no-deps."""
    (system,) = [name for name, place in SYSTEMS.items() if place["sys_platform"] == sys.platform]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert lock.versions(python, system).keys() == needed(lock.resolved_from)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_testers_lock_holds_all_pins_of_the_learners(python, system):
    for_learners, for_testers = (lock.versions(python, system) for lock in (LEARNERS_LOCK, TESTERS_LOCK))
    assert for_learners.items() <= for_testers.items(), "Run `make lock`."


def test_the_testers_lock_holds_all_hashes_of_the_learners():
    assert LEARNERS_LOCK.hashes.items() <= TESTERS_LOCK.hashes.items(), "Run `make lock`."


def test_learners_are_spared_what_only_testers_need():
    """JupyterLab brings nbclient; everything else that a lesson does not import stays away."""
    pinned = {canonicalize_name(pin.name) for pin in LEARNERS_LOCK.pins}
    assert pinned & (DIRECT.keys() - LEARNERS.keys()) <= {"nbclient"}


def imported(source) -> set[str]:
    """The top-level modules that a program imports somewhere, at once or on first use."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module)
    return {name.partition(".")[0] for name in found}


def missing(modules) -> set[str]:
    """Those of the modules that none of the project's own dependencies brings."""
    brought_by = metadata.packages_distributions()
    return {
        module
        for module in modules - sys.stdlib_module_names - {"gmmlesson"}
        if not {canonicalize_name(name) for name in brought_by.get(module, [])} & LEARNERS.keys()
    }


def test_what_the_lessons_import_is_a_dependency():
    cells = [cell for lesson in notebooks.LESSONS for cell in notebooks.code_cells(notebooks.read(lesson))]
    modules = set().union(*(imported(cell.source) for cell in cells))
    assert {"gmmlesson", "numpy", "scipy", "sklearn"} <= modules
    assert not missing(modules)


def test_what_the_package_imports_is_a_dependency():
    files = (ROOT / "gmmlesson").rglob("*.py")
    modules = set().union(*(imported(path.read_text(encoding="utf-8")) for path in files))
    # of the extra gmmlesson[grading]
    grading = {"bleach", "jinja2", "jupyter_core", "nbclient", "nbconvert", "nbformat", "nbgrader"}
    assert missing(modules) == {"pyarrow"} | grading  # of gmmlesson[parquet], and asked for


def test_the_locks_give_all_pythons_the_same_numerical_libraries():
    pinned = [TESTERS_LOCK.versions(python, system) for python in PYTHONS for system in SYSTEMS]
    for name in ("numpy", "scipy", "scikit-learn", "matplotlib"):
        versions = {tuple(versions[name]) for versions in pinned}
        assert len(versions) == 1, f"{name} is pinned to {versions}"


@LOCKS
def test_every_pin_is_hashed_and_nothing_else_is_in_a_lock(lock):
    pin, more = None, False
    for number, line in enumerate(lock.text.splitlines(), start=1):
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
    assert len(lock.pins) > len(lock.wanted)


@LOCKS
def test_a_lock_names_no_address_and_no_folder(lock):
    assert not re.search(r"://|www\.|--(?:extra-)?index|--find-links|@ |file:|/", lock.text)


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
    notebooks = [path for pattern in ("*.ipynb", "*.md") for path in (ROOT / "notebooks").glob(pattern)]
    lessons = {f"gmmlesson/course/lessons/{path.name}" for path in notebooks}
    assert lessons and inside == package | lessons
    assert any(name.startswith("gmmlesson/datasets/") and name.endswith(".csv") for name in inside)
