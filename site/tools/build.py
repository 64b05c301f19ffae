"""Make the web book, by the course's own Python: `make site`.

What is made on the way lies in build/site-cache, build/site-source and build/site-doctrees, and makes the
next time quick; the book itself is build/site, a folder of static files.
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

import finish
import live
import npm_packages
import pages
from gmmlesson import __version__

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
SITE, SOURCE, DOCTREES = BUILD / "site", BUILD / "site-source", BUILD / "site-doctrees"
PYTHON = BUILD / "site-venv" / "bin" / "python"  # Sphinx's
RUN = ROOT / "site" / "run"
TOOLS = Path(__file__).resolve().parent


def draw() -> None:
    """Run the lessons that show explorers and draw all positions of the sliders, unless that was done."""
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # processes instead of threads
    lessons = [path.name for path in pages.LESSONS if any(map(live.is_explorer, pages.cells(path)))]
    scenes = [name for path in pages.LESSONS for name in live.slider_names(path).values()]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        for name in pool.map(live.make, [*lessons, *scenes]):
            print(f"  {name}", flush=True)


def bundle() -> None:
    """Write what "Run this page" loads, and what it says of Python's files, which are there already."""
    kept = RUN / "node_modules" / ".package-lock.json"
    if not kept.exists() or kept.stat().st_mtime < (RUN / "package-lock.json").stat().st_mtime:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=RUN, check=True)
    subprocess.run(["node", "build.mjs", SITE], cwd=RUN, check=True)


def sphinx(repository: str) -> None:
    """Turn the sources into pages; a warning is an error.

    repository  owner/name on GitHub, or ""
    """
    command = [PYTHON, "-m", "sphinx", "--quiet", "--fail-on-warning", "--jobs", str(os.cpu_count())]
    command += ["--conf-dir", ROOT / "site", "--doctree-dir", DOCTREES]
    command += [f"-Dversion={__version__}", f"-Dbook_repository={repository}"]
    command += [f"-Dhtml_baseurl={published(repository)}", SOURCE, SITE]
    subprocess.run(command, check=True)


def published(repository: str) -> str:
    """The address at which GitHub Pages publishes a repository, owner/name; "" for none."""
    owner, _, name = repository.partition("/")
    host = f"{owner.lower()}.github.io"
    return "" if not repository else f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def wheel() -> None:
    """Write the course as one file, with the lessons, into the book's first folder."""
    for path in SITE.glob("*.whl"):
        path.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", SITE]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def same_files(source: Path, target: Path) -> None:
    """Make a folder hold what another one holds, and copy only what differs."""
    target.mkdir(parents=True, exist_ok=True)
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for path in [path for path in target.rglob("*") if path.is_file()]:
        if path.relative_to(target) not in wanted:
            path.unlink()
    for name in wanted:
        if not (target / name).exists() or not filecmp.cmp(source / name, target / name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)


def weight(folder: Path) -> float:
    """Megabytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


class Clock:
    """Says what is done now, and how many seconds after the beginning."""

    def __init__(self):
        self.begun = time.perf_counter()

    def __call__(self, what: str) -> None:
        print(f"[{time.perf_counter() - self.begun:5.0f} s] {what}", flush=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Make the web book in build/site.")
    parser.add_argument(
        "--pyodide", type=Path, help="a folder with a Pyodide distribution; default build/pyodide"
    )
    parser.add_argument("--repository", default="", help="owner/name on GitHub, for links and launch buttons")
    options = parser.parse_args(arguments)
    if options.pyodide and not (options.pyodide / "pyodide.mjs").exists():
        parser.error(f"{options.pyodide} holds no pyodide.mjs.")

    say = Clock()
    if not options.pyodide:
        say("Python for the browser")
        subprocess.run([sys.executable, TOOLS / "pyodide.py"], check=True)
    say("explorers and sliders")
    draw()
    say("sources")
    address = f"https://github.com/{options.repository}" if options.repository else ""
    pages.write(SOURCE, address, npm_packages.install())
    say("pages")
    sphinx(options.repository)
    wheel()
    say("formulas and icons")
    finish.mend(SITE)
    finish.set_formulas(SITE)
    finish.thin_out(SITE, PYTHON)
    say("what runs a page")
    same_files(options.pyodide or BUILD / "pyodide", SITE / "pyodide")
    bundle()
    say("JupyterLite")
    subprocess.run([sys.executable, TOOLS / "lite.py"], check=True)
    say(f"done: {SITE.relative_to(ROOT)}, {weight(SITE):.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
