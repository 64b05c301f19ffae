"""Run one notebook under nbval and record what it printed: `python tests/run_nbval.py NOTEBOOK RECORD.json`.

nbval compares text and never pictures, so the fresh outputs are written down for the test that does. A script
of its own, because the BLAS kernel is chosen by an environment variable that must be set before NumPy loads.
"""

import ast
import json
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ARCHITECTURES = (
    "sorted({lib['architecture'] for lib in __import__('threadpoolctl').threadpool_info()"
    " if lib['internal_api'] == 'openblas'})"
)


class Recorder:
    """A pytest plugin: keeps each cell's outputs, the seconds used and the kernel's BLAS architectures."""

    def __init__(self) -> None:
        self.outputs: list = []
        self.seconds = 0.0
        self.architectures: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item, nextitem):
        self.outputs.append(item.test_outputs)
        if nextitem is None and item.parent.kernel.is_alive():
            self.architectures = evaluate(item.parent.kernel.kc, ARCHITECTURES)

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.seconds += report.duration


def evaluate(client, expression: str):
    """The value of an expression in the notebook's own kernel, outside any cell."""
    message = client.execute("", silent=True, user_expressions={"value": expression})
    while True:
        reply = client.get_shell_msg(timeout=30)
        if reply["parent_header"].get("msg_id") == message:
            return ast.literal_eval(reply["content"]["user_expressions"]["value"]["data"]["text/plain"])


def main(notebook: Path, record: Path) -> int:
    recorder = Recorder()
    options = [
        "--nbval", "--nbval-current-env", f"--nbval-sanitize-with={HERE / 'nbval_sanitize.cfg'}",
        "--nbval-cell-timeout=300",
        f"--rootdir={notebook.parent}", "-c", os.devnull, "-p", "no:cacheprovider",
        "-vv", "--color=no", "--no-header", "-rN",
    ]  # fmt: skip
    status = pytest.main([*options, str(notebook)], plugins=[recorder])
    record.write_text(json.dumps(vars(recorder)), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2])))
