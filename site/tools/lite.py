"""Make JupyterLab in a browser, with the lessons, beside the folder `pyodide` of a built site.

    python site/tools/lite.py                      into build/site/lite
    python site/tools/lite.py FOLDER               into the folder lite of another site

JupyterLite's own command, of the environment that makes the site, does most of it, as site/lite says. The
lessons are those of a learner: without outputs, explanations folded. They are listed here, since that command
would need a whole Jupyter server to do it.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from gmmlesson.course.lessons import is_page, lessons, source, text
from pyodide import ROOT, from_pypi

COMMAND = ROOT / "build" / "site-venv" / "bin" / "jupyter-lite"
SOURCES = ROOT / "site" / "lite"
WHEN = "2026-01-01T00:00:00Z"  # the date of each lesson, which says nothing: the same lessons, the same site
NEEDLESS = ("doc", "rspack.config.js", "rspack.config.analyze.js", "rspack.config.watch.js", "package.json")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", nargs="?", type=Path, default=ROOT / "build" / "site")
    parser.add_argument("--command", type=Path, default=COMMAND, help="jupyter-lite of the site")
    arguments = parser.parse_args()
    make(arguments.site / "lite", arguments.command)


def make(folder: Path, command: Path = COMMAND):
    """Write JupyterLite and the lessons into a folder, in place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    widgets = [f"--LiteBuildConfig.federated_extensions={wheel}" for wheel in widget_wheels()]
    with tempfile.TemporaryDirectory() as sources:  # the command leaves a cache beside what it reads
        shutil.copytree(SOURCES, sources, dirs_exist_ok=True)
        where = ["--lite-dir", sources, "--output-dir", folder.resolve()]
        subprocess.run([command, "build", *where, *widgets], cwd=sources, check=True, capture_output=True)
    for name in NEEDLESS:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    put_lessons(folder)
    name_icon(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB")


def widget_wheels() -> list[Path]:
    """The wheels that hold what shows sliders and the explorer in JupyterLab."""
    anywidget = [wheel for wheel in from_pypi("pure") if wheel.name.startswith("anywidget-")]
    return [*anywidget, *from_pypi("lab")]


def name_icon(folder: Path):
    """Say in its pages where their icon is, or browsers ask the root of the host for one."""
    for page in (folder / "index.html", folder / "lab" / "index.html"):
        text = page.read_text(encoding="utf-8")
        icon = (folder / "lab" / "favicon.ico").relative_to(page.parent)
        page.write_text(text.replace("<head>", f'<head><link rel="icon" href="{icon}">', 1), encoding="utf-8")


def put_lessons(folder: Path):
    """Write the lessons where JupyterLite looks for files, and the list of them."""
    files, listing = folder / "files", folder / "api" / "contents" / "all.json"
    files.mkdir()
    content = []
    for name, lesson in lessons(source()).items():
        (files / name).write_text(text(lesson), encoding="utf-8")
        kind = {"type": "file", "mimetype": "text/markdown"} if is_page(lesson) else {"type": "notebook"}
        content.append({**entry(name), **kind, "size": (files / name).stat().st_size})
    listing.parent.mkdir(parents=True, exist_ok=True)
    listing.write_text(json.dumps({**entry(""), "type": "directory", "content": content}), encoding="utf-8")


def entry(name: str) -> dict:
    """What Jupyter says of a file or folder."""
    dates = {"created": WHEN, "last_modified": WHEN}
    return {"name": name, "path": name, "content": None, "format": None, "writable": True, **dates}


if __name__ == "__main__":
    main()
