"""Run the lessons and store their outputs: `make refresh`, or `python tools/refresh.py [notebook ...]`.

The stored form depends on nothing but the lesson: no dates, no version numbers of the machine, no random
identifiers. So a second run changes no byte, and a difference in `git diff` is a difference in the lesson.

With --keep-outputs (`make refresh ARGS=--keep-outputs`) nothing is run: notebooks are brought into the stored
form with the outputs that they have, which is enough after a change of the text.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import matplotlib
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    # What a kernel says of its language, but for the version of the machine's Python: other tools go by it.
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
# The rest (scrolled, dates) is an editor's trace; of "jupyter" only whether the code is folded away.
CELL_METADATA = {"jupyter", "nbgrader", "slideshow", "tags"}
WIDGET = "application/vnd.jupyter.widget-view+json"
SECONDS_PER_CELL = 300


def neutral_environment(scratch: Path) -> dict[str, str]:
    """Environment variables that keep the user's own IPython and matplotlib settings out of a kernel."""
    return {
        "IPYTHONDIR": str(scratch / "ipython"),
        "MATPLOTLIBRC": str(Path(matplotlib.get_data_path()) / "matplotlibrc"),
    }


def normalize(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The same notebook in its stored form. Cells that were not run stay unnumbered."""
    notebook = nbformat.v4.upgrade(nbformat.from_dict(notebook))  # nbformat 4.5: every cell has an id
    notebook.metadata = nbformat.from_dict(METADATA)
    count = 0
    for cell in notebook.cells:
        if cell.metadata.pop("jupyter", {}).get("source_hidden"):
            cell.metadata["jupyter"] = {"source_hidden": True}
        cell.metadata = {key: cell.metadata[key] for key in sorted(CELL_METADATA & set(cell.metadata))}
        if cell.cell_type == "code":
            if cell.execution_count is not None:
                count += 1
                cell.execution_count = count
            cell.outputs = _merge_streams(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
                # A widget's model id is random and means nothing without its kernel; picture and text stay.
                output.get("data", {}).pop(WIDGET, None)
    return nbformat.from_dict(notebook)


def _merge_streams(outputs: list) -> list:
    """Join neighbouring pieces of one stream: where a kernel cuts its text is chance."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def to_text(notebook: nbformat.NotebookNode) -> str:
    """The bytes on disk, as text."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def client_of(path: Path) -> NotebookClient:
    """What runs a notebook, `.nb`, in its own folder."""
    return NotebookClient(
        nbformat.v4.upgrade(nbformat.read(path, as_version=4)),
        kernel_name="python3",
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # no warning, for each kernel, that it listens on 127.0.0.1
        resources={"metadata": {"path": str(path.parent)}},
    )


def execute(path: Path) -> nbformat.NotebookNode:
    """Run a notebook from top to bottom in a fresh kernel, in its own folder."""
    client = client_of(path)
    with tempfile.TemporaryDirectory() as scratch:
        client.execute(env=os.environ | neutral_environment(Path(scratch)))
    return client.nb


def refresh(path: Path, keep_outputs: bool = False) -> bool:
    """Run one notebook and store it; True if its file changed. A notebook that raises is left as it was."""
    notebook = nbformat.read(path, as_version=4) if keep_outputs else execute(path)
    text = to_text(normalize(notebook))
    if text == path.read_text(encoding="utf-8"):
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Run the lessons and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all, unless named")
    parser.add_argument("--keep-outputs", action="store_true", help="run nothing, store what is there")
    options = parser.parse_args(arguments)
    paths = [path.resolve() for path in options.notebooks] or sorted(NOTEBOOKS.glob("*.ipynb"))
    failed = []
    for path in paths:
        try:
            stored = refresh(path, options.keep_outputs)
            print(f"{path.name}: {'stored' if stored else 'unchanged'}", flush=True)
        except CellExecutionError as error:
            failed.append(path.name)
            print(f"{path.name}: NOT STORED, this cell raises:\n{error}", file=sys.stderr, flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
