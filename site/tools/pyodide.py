"""Make a Python for browsers with all that the lessons import: a folder of static files.

    python site/tools/pyodide.py                   into build/pyodide
    python site/tools/pyodide.py FOLDER            into another one
    python site/tools/pyodide.py --lock            pin newer releases: rewrite site/pyodide.lock

Everything comes from npm and PyPI, is kept in build/downloads, and has the checksum pinned in this file or in
site/pyodide.lock:

- Pyodide itself, from npm.
- Packages with compiled code. The only place on PyPI that has Pyodide's own builds is inside of a wheel of
  another project, the carrier. Taken are only those that Pyodide's own list names, by name and checksum.
- The kernel of JupyterLite, from npm: what runs a cell and shows what it gives.
- Packages in Python alone, from PyPI.
- gmmlesson, as it is here.

Of each package is kept what a lesson can use: no tests, no sample data; bytecode.py compiles it.
`pyodide-lock.json` in the folder is what Pyodide reads. It says which package a cell needs, so that SciPy,
scikit-learn and Dask are fetched when a lesson imports them.
"""

import argparse
import fnmatch
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from packaging.metadata import Metadata
from packaging.utils import canonicalize_name

from bytecode import EPOCH, compile_in

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "site" / "pyodide.lock"
FOLDER = ROOT / "build" / "pyodide"
DOWNLOADS = ROOT / "build" / "downloads"

NPM = {  # name and version: sha256 of the file that `npm pack` gives
    "pyodide@314.0.4": "85d930cbff5bcf8bf8f5fb62d5b73d9a1e73f706a8a64c3e527ec980f1d32bd4",
    "@jupyterlite/pyodide-kernel@0.8.6": "4ece6a6b518ffd75247d3500a464b649ee413b2924652bf9103824fcc7c698c7",
}
CORE = ("pyodide.mjs", "pyodide.js", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
COMPILED = ("numpy", "scipy", "scikit-learn", "matplotlib", "pillow")
KERNEL = ("pyodide_kernel", "ipykernel", "piplite")
PYPI = {  # what site/pyodide.lock pins, each with all that it needs
    "carrier": ["open-webui==0.12.4"],  # the release that has the builds for this Pyodide
    "lab": ["jupyterlab-widgets>=3.0.17,<4"],  # what shows widgets in JupyterLab; see lite.py
    "compiled": ["pyyaml"],  # it has no wheel without compiled code, and does without it
    "pure": [
        *("anywidget>=0.9.18,<1", "ipywidgets>=8.1,<9", "psygnal", "typing-extensions"),
        *("comm", "jedi", "micropip", "parso", "threadpoolctl", "tqdm>=4.66,<5", "traitlets>=5.14,<6"),
        *("click", "cloudpickle", "dask>=2025.1,<2028", "fsspec", "lazy-importer", "locket", "packaging"),
        *("partd", "toolz"),
        *("asttokens", "decorator", "executing", "ipython>=9,<9.13", "ipython-pygments-lexers"),
        *("matplotlib-inline", "prompt-toolkit", "pure-eval", "pygments", "stack-data", "wcwidth"),
    ],
}

ANY = ("--implementation", "py", "--platform", "any", "--python-version")
LINUX = ("--implementation", "cp", "--platform", "manylinux2014_x86_64", "--abi", "cp314", "--python-version")
PLATFORMS = {  # what pip is to download wheels for, whatever it runs on
    "carrier": (*ANY, "3.12"),  # it is for no later Python
    "compiled": (*LINUX, "3.14"),
    "lab": (*ANY, "3.14"),
    "pure": (*ANY, "3.14"),
}

# Not needed in a browser, although others say that they need them: the kernel stands in for pexpect and
# widgetsnbextension; the page itself shows widgets; and figures are never written as PDF.
NEEDLESS = {
    *("fonttools", "pytz", "jupyterlab-widgets", "widgetsnbextension", "pexpect", "ptyprocess", "psutil")
}

# Fetched when a cell imports one of these names, and not with gmmlesson, which imports them where they are
# needed.
ON_DEMAND = {
    "dask": ["dask", "gmmlesson.distributed"],
    "scikit-learn": ["sklearn", "gmmlesson.estimator"],
    "scipy": ["scipy", "gmmlesson.exercises", "gmmlesson.gradient", "gmmlesson.matching"],
}

# What is left out of each package, as patterns of paths.
LEFT_OUT = {
    "anywidget": ["anywidget/labextension/*", "anywidget/nbextension/*", "anywidget-*.data/*"],
    "dask": ["dask/dataframe/*", "*/tests/*"],
    "gmmlesson": ["gmmlesson/course/lessons/*"],
    "ipython": ["IPython/sphinxext/*"],
    "jedi": ["jedi/third_party/django-stubs/*", "jedi/third_party/typeshed/stubs/[!P]*"],
    "matplotlib": [
        "matplotlib/mpl-data/fonts/afm/*",
        "matplotlib/mpl-data/fonts/pdfcorefonts/*",
        "matplotlib/mpl-data/fonts/ttf/DejaVuSansMono-*",
        "matplotlib/mpl-data/fonts/ttf/DejaVuSerif*",
        "matplotlib/mpl-data/images/*",
        "matplotlib/mpl-data/sample_data/*",
    ],
    "pyyaml": ["*.so"],
    "scipy": ["*/tests/*"],
}

MARKERS = {  # the Python that the packages are for
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "platform_machine": "wasm32",
    "os_name": "posix",
    "python_version": "3.14",
    "python_full_version": "3.14.2",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "extra": "",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="default: build/pyodide")
    parser.add_argument("--lock", action="store_true", help="rewrite site/pyodide.lock, and make nothing")
    arguments = parser.parse_args()
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    if arguments.lock:
        write_lock()
    else:
        make(arguments.folder)


def make(folder: Path):
    """Write the distribution into a folder, in place of what was there.

    Raises ValueError if a download has another checksum than the pinned one, or a package is missing.
    """
    pyodide, kernel = map(from_npm, NPM)
    official = json.loads(pyodide["pyodide-lock.json"])
    available = {package.name: package for package in packages(official["packages"], kernel)}
    wanted = closure(available)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch, "pyodide")
        made.mkdir()
        for name in CORE:
            (made / name).write_bytes(pyodide[name])
        for package in wanted:
            (made / package.file).write_bytes(package.data)
        write_list(made, official["info"], [])
        readable = next(package.file for package in wanted if package.name == "gmmlesson")
        compile_in(made, [package.file for package in wanted], readable, DOWNLOADS / "bytecode")
        write_list(made, official["info"], wanted)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {len(wanted)} packages, {size / 1e6:.1f} MB")


def write_list(folder: Path, info: dict, wanted: list["Package"]):
    """Write `pyodide-lock.json`, with the checksums of the wheels as they are in the folder."""
    entries = {
        package.name: package.entry | {"sha256": sha256((folder / package.file).read_bytes())}
        for package in wanted
    }
    text = json.dumps({"info": info, "packages": entries}, indent=1)
    (folder / "pyodide-lock.json").write_text(text, encoding="utf-8")


class Package:
    """A wheel, without what is left out of it, and its entry in `pyodide-lock.json`."""

    def __init__(self, file: str, data: bytes):
        with zipfile.ZipFile(io.BytesIO(data)) as wheel:
            names = wheel.namelist()
            about = next(name for name in names if name.endswith(".dist-info/METADATA"))
            metadata = Metadata.from_email(wheel.read(about), validate=False)
            self.name = canonicalize_name(metadata.name)
            left_out = LEFT_OUT.get(self.name, [])
            kept = [name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in left_out)]
            self.data = data if kept == names else rewritten(wheel, kept)
        self.file = file
        needs = metadata.requires_dist or []
        needs = [need for need in needs if not need.marker or need.marker.evaluate(MARKERS)]
        later = ON_DEMAND if self.name == "gmmlesson" else {}
        self.depends = sorted({canonicalize_name(need.name) for need in needs} - NEEDLESS - later.keys())
        modules = {name.split("/")[0].removesuffix(".py") for name in kept if name.endswith((".py", ".so"))}
        self.entry = {
            "name": self.name,
            "version": str(metadata.version),
            "file_name": file,
            "install_dir": "site",
            "package_type": "package",
            "imports": ON_DEMAND.get(self.name) or sorted(name for name in modules if name.isidentifier()),
            "depends": self.depends,
            "unvendored_tests": False,
        }


def rewritten(wheel: zipfile.ZipFile, names: list[str]) -> bytes:
    """A wheel with these of the files alone, which its list of files (RECORD) knows."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as smaller:
        for name in names:
            data = wheel.read(name)
            if name.endswith(".dist-info/RECORD"):
                lines = data.decode().splitlines(keepends=True)
                data = "".join(line for line in lines if line.split(",")[0].strip('"') in names).encode()
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            smaller.writestr(entry, data)
    return out.getvalue()


def packages(official: dict, kernel: dict[str, bytes]):
    """All that there is -> Packages; of two with one name the later one is the newer."""
    todo, seen = list(COMPILED), set()
    with zipfile.ZipFile(from_pypi("carrier")[0]) as carrier:
        inside = {name.rpartition("/")[2]: name for name in carrier.namelist()}
        while todo:
            name = canonicalize_name(todo.pop())
            if name in seen or name in NEEDLESS:
                continue
            seen.add(name)
            entry = official[name]
            data = carrier.read(inside[entry["file_name"]])
            if sha256(data) != entry["sha256"]:
                raise ValueError(f"{entry['file_name']} in {PYPI['carrier'][0]} is not Pyodide's own build.")
            yield Package(entry["file_name"], data)
            todo += entry["depends"]
    for file, data in kernel.items():
        if file.startswith(tuple(f"{name}-" for name in KERNEL)):
            yield Package(file, data)
    for path in from_pypi("pure"):
        yield Package(path.name, path.read_bytes())
    (path,) = from_pypi("compiled")
    name, version = path.name.split("-")[:2]
    yield Package(f"{name}-{version}-py3-none-any.whl", path.read_bytes())
    yield own()


def own() -> Package:
    """gmmlesson, as it is here."""
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        (path,) = Path(folder).iterdir()
        return Package(path.name, path.read_bytes())


def closure(available: dict[str, Package]) -> list[Package]:
    """What the lessons need, by name: gmmlesson, the kernel, what is fetched on demand, and all they need."""
    wanted, todo = {}, ["gmmlesson", "micropip", *map(canonicalize_name, KERNEL), *ON_DEMAND]
    while todo:
        name = todo.pop()
        if name not in wanted:
            if name not in available:
                raise ValueError(f"{name} is needed, and neither pinned in {LOCK.name} nor in NEEDLESS.")
            wanted[name] = available[name]
            todo += available[name].depends
    return [wanted[name] for name in sorted(wanted)]


def from_npm(package: str) -> dict[str, bytes]:
    """A package of npm, checked -> {name of a file without folders: what is in it}."""
    name, _, version = package.rpartition("@")
    path = DOWNLOADS / f"{name.strip('@').replace('/', '-')}-{version}.tgz"
    if not path.exists():
        subprocess.run(["npm", "pack", "--silent", package], cwd=DOWNLOADS, check=True, capture_output=True)
    if sha256(path.read_bytes()) != NPM[package]:
        raise ValueError(f"{path.name} differs from the one pinned in {Path(__file__).name}.")
    with tarfile.open(path) as archive:
        files = [member for member in archive if member.isfile()]
        return {member.name.rpartition("/")[2]: archive.extractfile(member).read() for member in files}


def from_pypi(part: str) -> list[Path]:
    """The wheels of a part of the lock, checked by pip; the parts are those of PYPI."""
    lines = LOCK.read_text(encoding="utf-8").partition(f"# {part}\n")[2].partition("\n\n")[0]
    folder = DOWNLOADS / f"{part}-{sha256(lines.encode())[:12]}"  # another lock, another folder
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=DOWNLOADS) as fresh:
            wanted = Path(fresh, "wanted.txt")
            wanted.write_text(lines, encoding="utf-8")
            download(part, Path(fresh, "wheels"), "--no-deps", "--require-hashes", "-r", wanted)
            Path(fresh, "wheels").rename(folder)
    return sorted(folder.iterdir())


def download(part: str, folder: Path, *what):
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    options = ["--only-binary", ":all:", "--dest", folder, *PLATFORMS[part]]
    subprocess.run([*pip, *options, *what], check=True)


def write_lock():
    """Pin the newest releases that fit, with their checksums."""
    text = "# What site/tools/pyodide.py takes from PyPI; `--lock` writes it.\n"
    for part, wanted in PYPI.items():
        with tempfile.TemporaryDirectory(dir=DOWNLOADS) as folder:
            download(part, Path(folder), "--no-deps", *wanted)
            text += f"\n# {part}\n"
            for path in sorted(Path(folder).iterdir()):
                name, version = path.name.split("-")[:2]
                checksum = sha256(path.read_bytes())
                text += f"{canonicalize_name(name)}=={version} --hash=sha256:{checksum}\n"
    LOCK.write_text(text, encoding="utf-8")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
