"""Measure speed and peak memory of `gmmlesson.fit` next to others: `make bench`."""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine, many, memory, peers, problems, report, roofline
from benchmarks.duel import Duel, duel, iterations, shortest

HERE = Path(__file__).resolve().parent
BLAS_SETTINGS = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}  # would keep OpenBLAS from its best kernel


@dataclass
class Results:
    """All that was measured, in the order of the report."""

    facts: list
    machine: roofline.Machine
    shapes: list[Duel] = field(default_factory=list)
    grid: list[Duel] = field(default_factory=list)
    roofline: list = field(default_factory=list)  # (Duel, Work, seconds of the bare calls a point)
    growth: list = field(default_factory=list)  # (problem, seconds an iteration: ours, scikit-learn's)
    disk: list = field(default_factory=list)  # (problem, seconds an iteration, bytes of the file, peak)
    memory: dict = field(default_factory=dict)  # side -> peak bytes
    many: list = field(default_factory=list)  # many.Outcome
    many_memory: list = field(default_factory=list)  # (many.Search, bytes: peak, data)


def main():
    options = parse()
    if BLAS_SETTINGS & os.environ.keys():
        environment = {name: value for name, value in os.environ.items() if name not in BLAS_SETTINGS}
        command = [sys.executable, "-m", "benchmarks.run", *sys.argv[1:]]
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    versions = {peer.name: peer.version() for peer in peers.PEERS}
    present = [
        peer for peer in peers.PEERS if versions[peer.name] and peer.name in (options.peers or versions)
    ]
    results = Results(machine.facts(versions), roofline.Machine.measure(quick=options.quick))
    measure(results, present, options)
    text = report.markdown(results)
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.md").write_text(text, encoding="utf-8")
    (options.output / "speed.png").write_bytes(report.picture(results))


def parse():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    names = [peer.name for peer in peers.PEERS]
    parser.add_argument("--output", type=Path, default=HERE, help="folder for results.md and speed.png")
    parser.add_argument("--scratch", type=Path, help="folder for temporary data; --large needs 1.6 GB there")
    parser.add_argument("--large", action="store_true", help="also fit 1e8 points from disk")
    parser.add_argument("--quick", action="store_true", help="tiny problems: is all in order?")
    parser.add_argument("--rounds", type=int, default=9, help="each time is the shortest of so many at most")
    parser.add_argument("--seconds", type=float, default=10.0, help="after so many no further round is begun")
    parser.add_argument("--peers", nargs="+", choices=names, help="measure these only")
    return parser.parse_args()


def measure(results, present, options):
    """Fill `results`. One peer after the other, so that none is measured in another one's company."""
    quick, effort = options.quick, {"rounds": options.rounds, "seconds": options.seconds}
    if quick:
        effort = {"rounds": 2, "seconds": 0.0}
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="gmmlesson-") as folder:
        tell("memory")
        measure_memory(results, problems.QUICK_MEMORY if quick else problems.MEMORY, folder)
        tell("growth with n")
        for problem in problems.QUICK_GROWTH if quick else problems.GROWTH:
            measure_growth(results, problem, folder, effort)
        if options.large:
            measure_disk(results, problems.LARGE, folder, n_iter=5, rounds=1)
    for peer in present:
        for problem in problems.QUICK_SHAPES if quick else problems.SHAPES:
            tell(f"{peer.name}: {problem}")
            results.shapes.append(duel(problem, peer, **effort))
        if peer is peers.SCIKIT_LEARN:
            for problem in problems.QUICK_GRID if quick else problems.GRID:
                if problem.has_enough_points:
                    tell(f"{peer.name}, grid: {problem}")
                    results.grid.append(duel(problem, peer, **effort))
    for search in many.QUICK_SEARCHES if quick else many.SEARCHES:
        tell(f"many starts: {search.name}")
        results.many.extend(many.compare(search, present, **effort))
        results.many_memory.append((search, many.memory(search)))
    for one in {one.problem: one for one in reversed(results.shapes) if one.iteration}.values():
        problem = one.problem
        work, calls = roofline.Work.of(problem.d, problem.k), roofline.bare_calls(problem.d, problem.k)
        results.roofline.insert(0, (one, work, calls))


def measure_memory(results, problem, folder):
    """Peak memory of a fit, each side in a process of its own."""
    memory.write(problem, folder)
    sides = ("data", "gmmlesson", "scikit-learn")
    results.memory = {"problem": problem} | {side: memory.measure(side, folder, 2)["peak"] for side in sides}


def measure_growth(results, problem, folder, effort):
    """Seconds an iteration, in memory on both sides and then from disk."""
    X, start = problem.make()
    n_iter = min(10, iterations(problem, X, start))
    sides = peers.ours(X, start), peers.scikit_learn(X, start)
    long, short = (shortest(sides, count, **effort) for count in (n_iter, 1))
    results.growth.append((problem, *((a - b) / (n_iter - 1) for a, b in zip(long, short, strict=True))))
    measure_disk(results, problem, folder, n_iter, rounds=3)


def measure_disk(results, problem, folder, n_iter, rounds):
    """Seconds an iteration, and peak memory in all, of a fit that reads a file again and again."""
    memory.write(problem, folder)
    long, short = (memory.measure("file", folder, count, rounds=rounds) for count in (n_iter, 1))
    seconds = (long["seconds"] - short["seconds"]) / (n_iter - 1)
    results.disk.append((problem, seconds, 8 * problem.n * problem.d, long["peak"]))


def tell(what):
    """Say on the standard error what is being measured."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
