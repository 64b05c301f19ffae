"""Make the web book: `make site`, or `python site/tools/build.py`, by the course's own Python.

What is made on the way lies in build/site-cache, build/site-source and build/site-doctrees, and makes the next time
quick; the book itself is build/site, a folder of static files.
"""

import argparse
import filecmp
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # processes instead of threads

import finish
import live
import npm_packages
import pages

BUILD = ROOT / "build"
SITE, SOURCE, DOCTREES = BUILD / "site", BUILD / "site-source", BUILD / "site-doctrees"
PYTHON = BUILD / "site-venv" / "bin" / "python"  # Sphinx's
RUN = ROOT / "site" / "run"
LITE = ROOT / "site" / "tools" / "lite.py"


def draw() -> None:
    """Run the lessons that show explorers and draw all positions of the sliders, unless that was done before."""
    lessons = [path.name for path in pages.LESSONS if any(map(live.is_explorer, pages.cells(path)))]
    scenes = [name for path in pages.LESSONS for name in live.slider_names(path).values()]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        for name in pool.map(live.make, [*lessons, *scenes]):
            print(f"  {name}", flush=True)


def run_script() -> bool:
    """Bundle what "Run this page" loads, into the sources' _static/run -> whether there is such a thing."""
    if not (RUN / "build.mjs").exists():
        return False
    if not (RUN / "node_modules" / ".package-lock.json").exists() or newer(
        RUN / "package-lock.json", RUN / "node_modules" / ".package-lock.json"
    ):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=RUN, check=True)
    return True


def newer(one: Path, other: Path) -> bool:
    return one.stat().st_mtime > other.stat().st_mtime


def sphinx(repository: str, *, lite: bool, run: bool) -> None:
    """Turn the sources into pages; a warning is an error."""
    settings = {"book_repository": repository, "book_lite": int(lite), "book_run": int(run)}
    options = [f"-D{name}={value}" for name, value in settings.items()]
    command = [PYTHON, "-m", "sphinx", "--quiet", "--fail-on-warning", "--jobs", str(os.cpu_count())]
    command += ["--conf-dir", ROOT / "site", "--doctree-dir", DOCTREES, *options, SOURCE, SITE]
    subprocess.run(command, check=True)


def same_files(source: Path, target: Path) -> None:
    """Make a folder hold what another one holds, and copy only what differs."""
    target.mkdir(parents=True, exist_ok=True)
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for path in [path for path in target.rglob("*") if path.is_file() and path.relative_to(target) not in wanted]:
        path.unlink()
    for name in wanted:
        if not (target / name).exists() or not filecmp.cmp(source / name, target / name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)


def weight(folder: Path) -> float:
    """Megabytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


class Clock:
    """Says what is done now, and how long what was done took."""

    def __init__(self):
        self.begun = self.last = time.perf_counter()

    def __call__(self, what: str) -> None:
        now = time.perf_counter()
        print(f"[{now - self.begun:5.0f} s] {what}", flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Make the web book in build/site.")
    parser.add_argument("--pyodide", type=Path, help="a folder with a Pyodide distribution; default build/pyodide")
    parser.add_argument("--repository", default="", help="owner/name on GitHub, for links and launch buttons")
    options = parser.parse_args(arguments)
    pyodide = options.pyodide or BUILD / "pyodide"
    has_python = (pyodide / "pyodide.mjs").exists()
    if options.pyodide and not has_python:
        parser.error(f"{options.pyodide} holds no pyodide.mjs.")

    say = Clock()
    say("explorers and sliders")
    draw()
    say("sources")
    files = f"https://github.com/{options.repository}/blob/main" if options.repository else ""
    pages.write(SOURCE, files, npm_packages.install())
    run = run_script()
    say("pages")
    sphinx(options.repository, lite=has_python and LITE.exists(), run=run)
    say("formulas and icons")
    finish.set_formulas(SITE)
    finish.thin_out(SITE, PYTHON)
    if run:
        say("what runs a page")
        subprocess.run(["node", "build.mjs", SITE / "_static" / "run"], cwd=RUN, check=True)
    if has_python:
        say("Python for the browser")
        same_files(pyodide, SITE / "pyodide")
        if LITE.exists():
            subprocess.run([PYTHON, LITE], check=True)
    say(f"done: {SITE.relative_to(ROOT)}, {weight(SITE):.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
