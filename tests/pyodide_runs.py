"""Cells under Pyodide, the Python of browsers, in node: making the distribution, running, comparing."""

import difflib
import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from gmmlesson.folder import alone
from notebooks import ROOT, UNCHECKED, alt_texts, code_cells, figures, output_text, pixels, read, tags

RUNNER = ROOT / "tests" / "in_pyodide" / "run.mjs"
MAKER = ROOT / "site" / "tools" / "pyodide.py"
DISTRIBUTION = ROOT / "build" / "test-pyodide"
PATIENCE = 900  # seconds: for another process that downloads, and for a lesson

# The mean difference of two figures. A browser's matplotlib, an older one, puts letters a pixel elsewhere.
LIKE = 0.08


@functools.cache
def distribution() -> Path:
    """The folder with Pyodide and with the package as it is now, made once for all processes of a run."""
    DISTRIBUTION.mkdir(parents=True, exist_ok=True)
    made, stamp = DISTRIBUTION / "pyodide", DISTRIBUTION / "stamp"
    with alone(DISTRIBUTION, PATIENCE):
        now = "\n".join(f"{path.relative_to(ROOT)} {path.stat().st_mtime_ns}" for path in _sources())
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != now:
            subprocess.run([sys.executable, MAKER, made], check=True, capture_output=True, text=True)
            stamp.write_text(now, encoding="utf-8")
    return made


def _sources() -> list[Path]:
    """The files that the distribution is made of."""
    package = (path for path in (ROOT / "gmmlesson").rglob("*.*") if "__pycache__" not in path.parts)
    bytecode = MAKER.parent.glob("bytecode.*")
    return [MAKER, *bytecode, MAKER.parent.parent / "pyodide.lock", ROOT / "pyproject.toml", *sorted(package)]


def run(cells: list[str], files: dict[str, str] | None = None) -> list[list[dict]]:
    """The outputs of cells, run one after the other in a fresh kernel; files {name: text} lie beside it."""
    with tempfile.TemporaryDirectory() as folder:
        job, answer = Path(folder, "job.json"), Path(folder, "answer.json")
        job.write_text(json.dumps({"cells": cells, "files": files or {}}), encoding="utf-8")
        command = ["node", RUNNER, distribution(), job, answer]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        if not answer.exists():
            raise RuntimeError(f"node has failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        found = json.loads(answer.read_text(encoding="utf-8"))
    if found["trouble"]:
        raise RuntimeError("\n".join(found["trouble"]))
    return found["answers"]


def printed(*cells: str) -> str:
    """What the last of some cells prints, or shows as its value; raises RuntimeError if one raises."""
    answers = run(list(cells))
    raised = [error for outputs in answers for error in _errors(outputs)]
    if raised:
        raise RuntimeError(raised[0])
    return "".join(output_text(output) for output in answers[-1])


def lesson(path: Path) -> list[list[dict]]:
    """The outputs of a lesson's code cells, run from top to bottom."""
    beside = {page.name: page.read_text(encoding="utf-8") for page in path.parent.glob("*.md")}
    return run([cell.source for cell in code_cells(read(path))], beside)


def differences(path: Path, answers: list[list[dict]]) -> dict[int, str]:
    """{number of a code cell, from 0: how its outputs differ from the stored ones}."""
    found = {}
    for number, (cell, outputs) in enumerate(zip(code_cells(read(path)), answers, strict=True)):
        told = list(_errors(outputs))
        if not told and UNCHECKED not in tags(cell):
            told = list(_differ(cell.outputs, outputs))
        if told:
            found[number] = "\n".join(told)
    return found


def _differ(stored, fresh):
    """What is not the same in two lists of outputs, in words."""
    parts = {"prints": _printed, "warns": _warned, "shows": _shown, "describes": alt_texts}
    for what, read_off in parts.items():
        before, after = read_off(stored), read_off(fresh)
        if before != after:
            yield f"{what}\n" + "\n".join(difflib.unified_diff(before, after, lineterm="", n=0))
    for before, after in zip(map(pixels, figures(stored)), map(pixels, figures(fresh)), strict=False):
        if before.shape != after.shape:
            yield f"figure of {before.shape} became one of {after.shape}"
        elif abs(after - before).mean() > LIKE:
            yield f"figure differs by {abs(after - before).mean():.3f} in the mean; {LIKE} is allowed"


def _stream(outputs, name):
    text = "".join(output["text"] for output in outputs if output.get("name") == name)
    return text.splitlines()


def _printed(outputs):
    return _stream(outputs, "stdout")


def _warned(outputs):
    return _stream(outputs, "stderr")


def _shown(outputs):
    return [line for output in outputs if "data" in output for line in output_text(output).splitlines()]


def _errors(outputs):
    return (f"{out['ename']}: {out['evalue']}" for out in outputs if out["output_type"] == "error")
