"""The Python files of a Pyodide distribution, compiled, so that a browser need not do it at each start.

Others' packages and the standard library come without sources then. Of the package whose sources learners
read, they stay. What was compiled once is kept, under a name that says what it was made from.
"""

import hashlib
import json
import subprocess
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

SCRIPT = Path(__file__).with_name("bytecode.mjs")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of every file: the same files make the same archive
LIBRARY = "python_stdlib.zip"
TAG = "cpython-314"  # of files in __pycache__

# What the lessons import little of stays as it is, for compiled files are nearly twice as large.
SELDOM = ("click/", "dask/", "fsspec/", "micropip/", "pygments/lexers/", "pygments/styles/", "wcwidth/table_")


def compile_in(distribution: Path, wheels: list[str], readable: str, cache: Path) -> None:
    """Put compiled files in the place of Python files, in the wheels and standard library of a distribution.

    wheels    names of files in the distribution, which has a `pyodide-lock.json`
    readable  the one of them that keeps its Python files too
    cache     a folder for what was compiled
    """
    cache.mkdir(parents=True, exist_ok=True)
    begin = hashlib.sha256(Path(__file__).read_bytes() + (distribution / "pyodide.asm.wasm").read_bytes())
    kept, places = {}, {}
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        for name in [LIBRARY, *wheels]:
            data = (distribution / name).read_bytes()
            mark = begin.copy()
            mark.update(data)
            kept[name] = cache / f"{name}-{mark.hexdigest()[:16]}"
            if not kept[name].exists():
                places[name] = "/lib/python314.zip" if name == LIBRARY else "/lib/python3.14/site-packages"
                with zipfile.ZipFile(distribution / name) as archive:
                    archive.extractall(Path(folder, name), filter(_often, archive.namelist()))
        if places:
            job = Path(folder, "places.json")
            job.write_text(json.dumps(places), encoding="utf-8")
            subprocess.run(["node", SCRIPT, distribution, folder, job], check=True)
        for name in places:
            scratch = Path(folder, "archive")
            _write(distribution / name, Path(folder, name), scratch, name == readable)
            for older in cache.glob(f"{name}-*"):
                older.unlink(missing_ok=True)
            scratch.replace(kept[name])
    for name, path in kept.items():
        (distribution / name).write_bytes(path.read_bytes())


def _often(name: str) -> bool:
    return name.endswith(".py") and not name.startswith(SELDOM)


def _write(source: Path, compiled: Path, target: Path, readable: bool) -> None:
    """Write an archive anew, with the files that were compiled from those in it."""
    new = {}  # name of a Python file -> names of what it is now
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name, data):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED, 9)

        for name in old.namelist():
            bytecode = compiled / f"{name}c"
            if not bytecode.exists():
                continue
            path = PurePosixPath(name)
            cached = path.parent / "__pycache__" / f"{path.stem}.{TAG}.pyc"
            new[name] = [name, str(cached)] if readable else [f"{name}c"]
            add(new[name][-1], bytecode.read_bytes())
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".dist-info/RECORD"):
                data = _record(data.decode(), new).encode()
            if name in new.get(name, [name]):
                add(name, data)


def _record(text: str, new: dict[str, list[str]]) -> str:
    """A wheel's list of files, as they are now; without checksum and size, which need not be, if compiled."""
    lines = []
    for line in text.splitlines(keepends=True):
        name = line.split(",")[0].strip('"')
        now = new.get(name, [name])
        lines += [line if other == name else f"{other},,\n" for other in now]
    return "".join(lines)
