"""What the notebook tests share: finding lessons, running them under nbval, comparing figures."""

import base64
import functools
import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
from matplotlib.image import imread
from scipy.ndimage import uniform_filter

import refresh

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted((ROOT / "notebooks").glob("*.md"))  # glossary and references

UNCHECKED = "nbval-ignore-output"  # the tag that keeps nbval from comparing a cell's output
TIMING = re.compile(r"\btime\b|\bperf_counter\b|%timeit|\btimeit\b")
WIDGET = re.compile(r"\bsliders\.|\binteract\b|\binteractive\b|\binteractive_output\b|Explorer\b")


# --- Cells ---------------------------------------------------------------------------------------


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def place(notebook, cell) -> str:
    """Where to look in the notebook: 'cell 7, In [3], "means = ..."'."""
    number = next(i for i, other in enumerate(notebook.cells, 1) if other is cell)
    count = f", In [{cell.execution_count or ' '}]" if cell.cell_type == "code" else ""
    first_line = (cell.source.strip() or "(empty)").splitlines()[0]
    return f'cell {number}{count}, "{first_line[:50]}"'


def output_text(output) -> str:
    """The text of one output: a stream's, or the plain form of a value or a figure."""
    if output["output_type"] == "stream":
        return output["text"]
    return output.get("data", {}).get("text/plain", "")


def figures(outputs) -> list[bytes]:
    """The PNG images among a cell's outputs."""
    return [
        base64.b64decode(output["data"]["image/png"])
        for output in outputs
        if "image/png" in output.get("data", {})
    ]


def alt_texts(outputs) -> list[str]:
    """The alt text of each figure; empty where it is missing."""
    return [
        output.get("metadata", {}).get("image/png", {}).get("alt", "")
        for output in outputs
        if "image/png" in output.get("data", {})
    ]


# --- BLAS kernels --------------------------------------------------------------------------------

# OpenBLAS carries one set of kernels for each generation of processors, which round differently. Two sets
# that this processor can run show whether a printed number depends on the machine: nbval runs the lessons
# under the first, JupyterLab under the last.
CORETYPES = ["SkylakeX", "Haswell", "Sandybridge", "Nehalem", "NEOVERSEN1", "ARMV8"]
PROBE = """
import numpy as np, threadpoolctl
matrix = np.eye(200) + 0.1
np.linalg.cholesky(matrix @ matrix)  # a processor that lacks the instructions dies here
print(*{lib["architecture"] for lib in threadpoolctl.threadpool_info() if lib["internal_api"] == "openblas"})
"""


def blas_environment(coretype: str) -> dict[str, str]:
    """Single-threaded, because several notebooks run at a time; 'native' leaves the choice to the library."""
    chosen = {} if coretype == "native" else {"OPENBLAS_CORETYPE": coretype}
    return {"OPENBLAS_NUM_THREADS": "1"} | chosen


def architecture(coretype: str) -> str:
    """What OpenBLAS runs when asked for this kernel; empty without OpenBLAS or if the processor cannot."""
    environment = os.environ | blas_environment(coretype)
    probe = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True)
    return probe.stdout.strip()


@functools.cache
def blas_kernels() -> list[str]:
    usable = (coretype for coretype in CORETYPES if architecture(coretype) == coretype)
    return list(itertools.islice(usable, 2)) or ["native"]


# --- Running -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """One notebook, executed once by nbval."""

    passed: bool
    report: str  # what nbval printed: the differences
    outputs: list  # of each code cell, as freshly computed
    architectures: list[str]  # of the OpenBLAS libraries inside the notebook's kernel
    seconds: float


def run(path: Path, coretype: str, folder: Path) -> Run:
    """Run a notebook under nbval, in a process of its own, with one BLAS kernel."""
    record = folder / f"{path.stem}-{coretype}.json"
    process = subprocess.run(
        [sys.executable, TESTS / "run_nbval.py", path, record],
        env=os.environ | refresh.neutral_environment(folder) | blas_environment(coretype),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
    )
    if not record.exists():
        raise RuntimeError(f"nbval did not run {path.name}:\n{process.stdout}")
    return Run(passed=process.returncode == 0, report=process.stdout, **json.loads(record.read_text()))


# --- Figures -------------------------------------------------------------------------------------

# The largest difference between two pictures, as a share of the way from black to white, after averaging
# over squares of 5 x 5 pixels. Smoothed edges lose or gain light within a square and cancel; a dot, a letter
# or a line that is elsewhere does not. test_notebooks.py shows both sides of the limit.
SQUARE = 5
LIMIT = 0.10


def pixels(png: bytes) -> np.ndarray:
    """Height x width x 3, between 0 and 1, on white paper."""
    image = imread(io.BytesIO(png), format="png")
    image = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    opacity = image[..., 3:] if image.shape[2] == 4 else 1.0
    return image[..., :3] * opacity + (1 - opacity)


def difference(expected: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """The local difference of two pictures of the same size, at each pixel."""
    return np.abs(uniform_filter(actual - expected, size=(SQUARE, SQUARE, 0), mode="constant")).max(axis=2)


def figure_problem(expected: bytes, actual: bytes) -> str:
    """Why two figures are not the same figure; empty if they are."""
    before, after = pixels(expected), pixels(actual)
    if before.shape != after.shape:
        return "size {1} x {0} became {3} x {2} pixels".format(*before.shape[:2], *after.shape[:2])
    local = difference(before, after)
    if local.max() <= LIMIT:
        return ""
    row, column = np.unravel_index(local.argmax(), local.shape)
    return f"differs most around x={column}, y={row}: by {local.max():.2f}, and {LIMIT:.2f} is allowed"


def save_figures(expected: bytes, actual: bytes, folder: Path, name: str) -> Iterator[Path]:
    """Write the committed figure, the fresh one and their difference, for somebody to look at."""
    from matplotlib.image import imsave

    folder.mkdir(parents=True, exist_ok=True)
    for part, png in (("committed", expected), ("fresh", actual)):
        (folder / f"{name}-{part}.png").write_bytes(png)
        yield folder / f"{name}-{part}.png"
    before, after = pixels(expected), pixels(actual)
    if before.shape == after.shape:
        imsave(folder / f"{name}-difference.png", difference(before, after), cmap="gray_r", vmin=0)
        yield folder / f"{name}-difference.png"


def changed_figures(notebook, fresh: list, folder: Path) -> list[str]:
    """How fresh figures and alt texts differ from the committed ones, in cells that are compared."""
    problems = []
    for cell, outputs in zip(code_cells(notebook), fresh, strict=True):
        if UNCHECKED in tags(cell) and not WIDGET.search(cell.source):  # a widget stores a still picture
            continue
        where = place(notebook, cell)
        before, after = figures(cell.outputs), figures(outputs or [])
        if len(before) != len(after):
            problems.append(f"{where}: {len(before)} figures are committed, {len(after)} were drawn")
            continue
        if alt_texts(cell.outputs) != alt_texts(outputs or []):
            problems.append(f"{where}: the alt text has changed; store it with `make refresh`")
        for number, (expected, actual) in enumerate(zip(before, after, strict=True), 1):
            if problem := figure_problem(expected, actual):
                name = f"cell-{cell.execution_count}-figure-{number}"
                saved = "\n  ".join(map(str, save_figures(expected, actual, folder, name)))
                problems.append(f"{where}: figure {number} {problem}; look at\n  {saved}")
    return problems
