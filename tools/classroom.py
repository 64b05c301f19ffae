"""A class on a JupyterHub, all at once: `make classroom`, or `make classroom ARGS="--students 10"`.

It starts a real JupyterHub on 127.0.0.1 with its proxy, and as many simulated students, who all begin at the
same moment. Each logs in with the form, starts a server, opens JupyterLab's page and the lesson, starts a
kernel, and runs every code cell in order through the kernel's websocket, without a pause for thought. When
the last one is done, while all kernels still live, the memory of every process is read. It prints

    seconds   from the common beginning until each step was done, for the median student and the slowest
    MiB       of a student's server and kernel, as PSS: a page that m processes share counts 1/m for each
              (RSS, which counts it in full for each, where the system does not tell PSS)
    CPU s     seconds of processor time that they used: what to divide by the number of your cores

Real students think, which gives a real class far more room.
"""

import argparse
import concurrent.futures
import contextlib
import os
import secrets
import shutil
import signal
import statistics
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil

import editions
import hub
import refresh
from student import STEPS, Student


@dataclass(frozen=True)
class Use:
    """What one process has used: memory in MiB, and seconds of processor time."""

    memory: float
    cpu: float


def measure(process: psutil.Process) -> tuple[str, dict[str, list[Use]]]:
    """("PSS" or "RSS", {"hub": [...], "proxy": [...], "server": [...], "kernel": [...]}): what is used."""
    found = {"hub": [], "proxy": [], "server": [], "kernel": []}
    memory = "PSS" if hasattr(process.memory_full_info(), "pss") else "RSS"
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            size, times = getattr(each.memory_full_info(), memory.lower()), each.cpu_times()
            found[kind(each.cmdline())].append(Use(size / 2**20, times.user + times.system))
    return memory, found


def kind(command: list[str]) -> str:
    """Which process of the class has this command line."""
    line = " ".join(command)
    if "ipykernel" in line:
        return "kernel"
    if "jupyterhub.singleuser" in line:
        return "server"
    return "proxy" if "configurable-http-proxy" in line else "hub"


def table(students: list[Student], memory: str, used: dict[str, list[Use]]) -> str:
    """The figures as text."""
    lines = [f"{'seconds until done':22}{'median':>9}{'slowest':>9}"]
    for step in STEPS:
        times = [student.seconds[step] for student in students if step in student.seconds]
        if times:
            lines.append(f"  {step:20}{statistics.median(times):9.1f}{max(times):9.1f}")
    rows = {
        "a server": (used["server"], len(used["server"])),
        "a kernel": (used["kernel"], len(used["kernel"])),
        "a student": (used["server"] + used["kernel"], len(students)),
        "hub and proxy": (used["hub"] + used["proxy"], 1),
    }
    lines += ["", f"{'on average':22}{f'MiB {memory}':>9}{'CPU s':>9}"]
    for row, (uses, count) in rows.items():
        if uses:
            sums = sum(use.memory for use in uses), sum(use.cpu for use in uses)
            lines.append(f"  {row:20}{sums[0] / count:9.0f}{sums[1] / count:9.1f}")
    return "\n".join(lines)


def class_of(count: int, lesson: Path) -> tuple[list[Student], str, dict[str, list[Use]]]:
    """Let so many students do a lesson at once -> the students, and what `measure` tells."""
    homes, password = hub.FOLDER / "homes", secrets.token_urlsafe(16)
    shutil.rmtree(homes, ignore_errors=True)
    notebook = nbformat.read(lesson, as_version=4)
    editions.clear(notebook)
    names = [f"student{number:02d}" for number in range(1, count + 1)]
    for name in names:
        editions.write(homes / name / lesson.name, refresh.to_text(notebook))
    threads = concurrent.futures.ThreadPoolExecutor(count)  # left last: without a hub, nobody waits for it
    with threads as pool, hub.running(homes, password) as (address, process):
        students, together = [Student(name, address) for name in names], threading.Barrier(count)
        for done in [pool.submit(student.attend, password, lesson.name, together) for student in students]:
            done.result()
        return students, *measure(process)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="classroom", description="Simulate a class on a JupyterHub.")
    parser.add_argument("--students", type=int, default=3, help="how many, at once (3)")
    parser.add_argument("--lesson", default="02", help="the number of the lesson that they run (02)")
    options = parser.parse_args(arguments)
    lesson = next((path for path in editions.LESSONS if path.name.startswith(f"{options.lesson}_")), None)
    if lesson is None or options.students < 1:
        parser.error("there must be a student, and a lesson of that number")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # on the way out the hub is ended
    hub.install()
    students, *used = class_of(options.students, lesson)
    cells = sum(cell.cell_type == "code" for cell in nbformat.read(lesson, as_version=4).cells)
    print(f"{len(students)} students at once, {cells} code cells of {lesson.stem}, {os.cpu_count()} cores\n")
    print(table(students, *used))
    problems = [f"{student.name}: {error}" for student in students for error in student.errors]
    print("", *problems or ["No student saw an error."], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
