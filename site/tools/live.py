"""What lives on a page without a kernel: the state of explorers, and a picture of each position of a slider.

Both are made here by the course's own Python, before anybody reads the page, and kept in build/site-cache
under a name that says what they were made from: a second build draws only what has changed.
"""

import hashlib
import io
import json
import os
import re
from pathlib import Path

import numpy as np
import PIL.Image
from matplotlib.backends.backend_agg import FigureCanvasAgg

from gmmlesson import datasets, plots, sliders
from gmmlesson.explorer import EMExplorer, export

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gmmlesson"
CACHE = ROOT / "build" / "site-cache"

DPI = 144  # half as many again as a page has: sharp enough on a phone's screen
COLORS = 64  # of a picture's palette: half the bytes, to the eye the same
MOST = 101  # positions of a slider that are drawn
FINE = {"coin_toss": (3.4, 3.52)}  # where every position counts, for the lesson asks for this place

SLIDER = re.compile(r"^sliders\.(\w+)\(\)\s*$", re.MULTILINE)


# --- Explorers -----------------------------------------------------------------------------------


def explorers(path: Path) -> dict[int, dict]:
    """{index of a cell: state of the explorer that it shows} of a lesson, which is run as far as the last."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    shown = [index for index, cell in enumerate(notebook["cells"]) if is_explorer(cell)]
    if not shown:
        return {}
    sources = {
        index: "".join(cell["source"])
        for index, cell in enumerate(notebook["cells"][: shown[-1] + 1])
        if cell["cell_type"] == "code"
    }
    kept = CACHE / "explorers" / f"{path.stem}-{fingerprint(package(), json.dumps(sources))}.json"
    if not kept.exists():
        write(kept, json.dumps(run(sources, shown), allow_nan=False))
    return {int(index): state for index, state in json.loads(kept.read_text(encoding="utf-8")).items()}


def run(sources: dict[int, str], shown: list[int]) -> dict[int, dict]:
    """Run the code of cells in a shell of their own -> the states of the explorers that some of them show.

    Raises what a cell raises.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    InteractiveShell.clear_instance()
    settings = Config()
    settings.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=settings)
    states = {}
    for index, source in sources.items():
        with capture_output():
            done = shell.run_cell(source)
        done.raise_error()
        if index in shown:
            states[index] = export.state_of(done.result.get_state())
    return states


def front_explorer() -> dict:
    """The state of the explorer on the first page: the eruptions of Old Faithful, as in lesson 00."""
    labels = ("eruption (minutes)", "wait (minutes)")
    return export.state_of(EMExplorer(datasets.old_faithful(), 2, seed=8, labels=labels).get_state())


def is_explorer(cell: dict) -> bool:
    return plain(cell).startswith("EMExplorer(")


def plain(cell: dict) -> str:
    """The plain text of a cell's values and figures."""
    return "".join(
        "".join(output.get("data", {}).get("text/plain", "")) for output in cell.get("outputs", [])
    )


# --- Sliders -------------------------------------------------------------------------------------


def slider_names(path: Path) -> dict[int, str]:
    """{index of a cell: name of the scene that it shows} of a lesson."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    found = {}
    for index, cell in enumerate(notebook["cells"]):
        match = SLIDER.search("".join(cell["source"])) if cell["cell_type"] == "code" else None
        if match and plain(cell).startswith("[Slider:"):
            found[index] = match[1]
    return found


def slider(name: str) -> dict:
    """Draw every position of a scene -> what the page needs to know of it.

    label            in words and units
    values, start    the positions, and the index of the first one shown
    captions         one sentence a position
    pictures         their files, in `folder`; positions that look the same share one
    width, height    of each picture, in the page's pixels
    folder           where the files are
    """
    scene = getattr(sliders, name)
    ((argument, control),) = scene.controls.items()
    values = positions(name, control)
    folder = CACHE / "sliders" / f"{name}-{fingerprint(package(), repr(values.tolist()), f'{DPI} {COLORS}')}"
    record = folder / "scene.json"
    if not record.exists():
        folder.mkdir(parents=True, exist_ok=True)
        drawn = [draw(scene.picture(**{argument: value}), folder) for value in values]
        files, captions, sizes = zip(*drawn, strict=True)
        assert len(set(sizes)) == 1, f"the pictures of {name} differ in size"
        width, height = sizes[0]
        description = {
            "label": control.label,
            "values": [f"{value:.10g}" for value in values],
            "start": int(np.abs(values - control.start).argmin()),
            "captions": captions,
            "pictures": files,
            "width": width,
            "height": height,
        }
        write(record, json.dumps(description))
    return json.loads(record.read_text(encoding="utf-8")) | {"name": name, "folder": str(folder)}


def positions(name: str, control: sliders.Control) -> np.ndarray:
    """The values of a slider that have a picture: all, or every so many of them, and all that are FINE."""
    values = control.values()
    low, high = FINE.get(name, (np.inf, -np.inf))
    fine = (values >= low - control.step / 2) & (values <= high + control.step / 2)
    stride = -(-(len(values) - 1) // max(1, MOST - 1 - fine.sum()))
    fine[::stride] = True
    fine[-1] = True
    fine[np.abs(values - control.start).argmin()] = True
    return values[fine].round(10)


def draw(picture: plots.Picture, folder: Path) -> tuple[str, str, tuple[int, int]]:
    """Write a picture into the folder -> the name of its file, its caption, its size on the page."""
    picture.figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(picture.figure)  # savefig draws twice
    canvas.draw()
    image = PIL.Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    image = image.quantize(COLORS, dither=PIL.Image.Dither.NONE).convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, quality=60, method=4)
    data = buffer.getvalue()
    name = f"{hashlib.sha256(data).hexdigest()[:12]}.webp"
    (folder / name).write_bytes(data)
    width, height = picture.figure.get_size_inches()
    return name, picture.caption, (round(96 * width), round(96 * height))


# --- What was made before ------------------------------------------------------------------------


def package() -> str:
    """A fingerprint of all Python and data of the package that a picture can depend on."""
    apart = {"course", "exercises", "grading"}
    files = [
        path
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in {".py", ".csv"} and path.relative_to(PACKAGE).parts[0] not in apart
    ]
    return fingerprint(*(path.read_text(encoding="utf-8") for path in files))


def fingerprint(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def make(name: str) -> str:
    """Make what a lesson's file or a scene, by name, needs -> the name."""
    if name.endswith(".ipynb"):
        explorers(ROOT / "notebooks" / name)
    else:
        slider(name)
    return name
