"""How much memory the kernel of each lesson takes: `make lesson-memory`, or with ARGS="02 14" of these two.

Each lesson is run from top to bottom, as a student would who touches nothing, in a kernel of its own with one
thread for linear algebra. It prints

    at the end   MiB of the kernel and of the processes that it started, as PSS, when the last cell is done:
                 what an open notebook holds until its kernel is shut down
    at most      the same at its highest, looked at 50 times a second
    CPU s        seconds of processor time, of the kernel's start as well

With one kernel at a time hardly a page is shared, so that these are upper bounds for a hub with many.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

import editions
import refresh

PAUSE = 0.02  # seconds between two looks
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass
class Memory:
    """What the kernel of a lesson took: MiB, and seconds of processor time."""

    at_the_end: float = 0.0
    at_most: float = 0.0
    cpu: float = 0.0


def of_lesson(path: Path) -> Memory:
    """Run a lesson in a kernel of its own -> Memory. Raises CellExecutionError if a cell does."""
    client = refresh.client_of(path)
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | refresh.neutral_environment(Path(scratch)) | ONE_THREAD
        with client.setup_kernel(env=environment):
            process = psutil.Process(client.km.provisioner.pid)
            with watched(process) as memory:
                for number, cell in enumerate(client.nb.cells):
                    client.execute_cell(cell, number)
            memory.at_the_end, memory.cpu = size(process), used(process)
    return memory


@contextlib.contextmanager
def watched(process: psutil.Process) -> Iterator[Memory]:
    """A Memory whose `at_most` is kept up to date, while the context lasts, by a thread that looks."""
    memory, done = Memory(), threading.Event()

    def look():
        while True:
            memory.at_most = max(memory.at_most, size(process))
            if done.wait(PAUSE):
                break

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        watcher.join()


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it started, as far as they still live."""
    return [process, *process.children(recursive=True)]


def size(process: psutil.Process) -> float:
    """MiB of a process and of what it started: PSS, or RSS where the system does not tell."""
    total = 0
    for each in family(process):
        with contextlib.suppress(psutil.NoSuchProcess):
            info = each.memory_full_info()
            total += getattr(info, "pss", info.rss)
    return total / 2**20


def used(process: psutil.Process) -> float:
    """Seconds of processor time of a process and of what it started, dead or alive."""
    total = 0.0
    for each in family(process):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def row(name: str, *figures: object) -> str:
    return f"{name:32}" + "".join(f"{figure:>12}" for figure in figures)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lesson_memory", description="Measure the memory of lessons.")
    parser.add_argument("lessons", nargs="*", help="numbers of lessons, such as 02 (all)")
    numbers = parser.parse_args(arguments).lessons
    paths = [path for path in editions.LESSONS if not numbers or path.name[:2] in numbers]
    if unknown := set(numbers) - {path.name[:2] for path in paths}:
        parser.error(f"there is no lesson {', '.join(sorted(unknown))}")
    print(row("MiB, one kernel", "at the end", "at most", "CPU s"))
    for path in paths:
        memory = of_lesson(path)
        print(
            row(path.stem, f"{memory.at_the_end:.0f}", f"{memory.at_most:.0f}", f"{memory.cpu:.1f}"),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
