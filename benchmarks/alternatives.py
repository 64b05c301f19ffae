"""What else was tried for the engine's step, side by side: `python -m benchmarks.alternatives`.

Prints Markdown tables of ratios: how many times as long as the engine's own way each alternative takes.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks import roofline
from benchmarks.problems import Problem
from benchmarks.run import BLAS_SETTINGS
from gmmlesson import engine
from gmmlesson.sufficient import CenteredForm, PackedForm, _narrowed, _respond

ROUNDS = 7


class MatrixProduct(PackedForm):
    """Moments by `@`, which holds Python's lock where the product is small."""

    def add(self, sample_weight=None):
        phi, b = self.lifted, self.lifted.shape[1]
        r, density = _narrowed(self.r, b), self.density[:b]
        log_joint = lambda: np.matmul(self.theta, phi, out=r)  # noqa: E731
        self.log_likelihood += _respond(log_joint, r, density, sample_weight)
        self.sums += phi @ r.T


class RankUpdates(CenteredForm):
    """Moments by symmetric rank-b updates (BLAS's syrk) of sqrt(r) (x - mu), component by component."""

    def add(self, sample_weight=None):
        b = self.loaded.shape[1]
        deviations, scratch = _narrowed(self.deviations, b), _narrowed(self.scratch, b)
        r, density = _narrowed(self.r, b), self.density[:b]
        np.subtract(self.loaded, self.means[:, :, None], out=deviations)

        def log_joint():
            np.matmul(self.whitening, deviations, out=scratch)
            _half_squares(scratch, self.log_peaks - self.peak, r)

        self.log_likelihood += _respond(log_joint, r, density, sample_weight)
        self.counts += r.sum(axis=1)
        np.sqrt(r, out=r)
        for j, roots in enumerate(r):
            np.multiply(deviations[j], roots, out=scratch[j])
            self.sums[j] += scratch[j] @ roots
            self.moments[j] += np.dot(scratch[j], scratch[j].T)


class StackedWhitening(CenteredForm):
    """All components whitened by one product (k d, d) @ (d, b); moments about zero, so not exact."""

    def begin(self, mixture, origins=None):
        super().begin(mixture, np.zeros_like(mixture.means))
        self.stack = np.ascontiguousarray(mixture.whitening.reshape(-1, mixture.d))
        self.shifts = (mixture.whitening @ mixture.means[:, :, None]).reshape(-1, 1)

    def add(self, sample_weight=None):
        X, b = self.loaded, self.loaded.shape[1]
        scratch, r = _narrowed(self.scratch, b), _narrowed(self.r, b)

        def log_joint():
            white = scratch.reshape(-1, b)
            np.dot(self.stack, X, out=white)
            np.subtract(white, self.shifts, out=white)
            _half_squares(scratch, self.log_peaks - self.peak, r)

        self.log_likelihood += _respond(log_joint, r, self.density[:b], sample_weight)
        self.counts += r.sum(axis=1)
        self.sums += np.dot(r, X.T)
        np.sqrt(r, out=r)
        for j, roots in enumerate(r):
            np.multiply(X, roots, out=scratch[0])
            self.moments[j] += np.dot(scratch[0], scratch[0].T)


def _half_squares(white, log_peaks, r):
    np.einsum("kdb,kdb->kb", white, white, out=r)
    np.multiply(r, -0.5, out=r)
    np.add(r, log_peaks[:, None], out=r)


def seconds(problem, forms, n_threads, cache=engine.CACHE):
    """The shortest time of one iteration's sums in each form, taking turns; results compared first."""
    X, start = problem.make()
    kept, engine.CACHE = engine.CACHE, cache
    try:
        with engine.Engine(X, n_threads=n_threads) as sums:
            expected = sums(start, forms[0]).mixture()
            for form in forms[1:]:
                found = sums(start, form).mixture()
                if not np.allclose(found.means, expected.means, rtol=1e-6):
                    raise AssertionError(f"{form.__name__} computes something else at {problem}")
            best = dict.fromkeys(forms, np.inf)
            for _ in range(ROUNDS):
                for form in forms:
                    begin = time.perf_counter()
                    sums(start, form)
                    best[form] = min(best[form], time.perf_counter() - begin)
    finally:
        engine.CACHE = kept
    return best


def table(title, text, head, rows):
    lines = [f"## {title}", "", text, "", f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    print(title, file=sys.stderr, flush=True)
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def by_threads():
    """Python's lock: moments by `@`, with one thread and with all."""
    for problem in (Problem(1_000_000, 2, 3), Problem(100_000, 8, 8), Problem(100_000, 16, 8)):
        ratios = []
        for n_threads in (1, engine.n_processors()):
            times = seconds(problem, (PackedForm, MatrixProduct), n_threads)
            ratios.append(f"{times[MatrixProduct] / times[PackedForm]:.2f}")
        yield [problem, *ratios]


KS = (1, 2, 3, 5, 8, 12, 20)


def by_form():
    """The centered form's time over the packed form's."""
    for d, n in ((2, 60_000), (4, 60_000), (8, 40_000), (16, 20_000), (32, 8_000), (64, 4_000)):
        times = [seconds(Problem(n, d, k), (PackedForm, CenteredForm), 1) for k in KS]
        yield [f"d = {d}", *(f"{one[CenteredForm] / one[PackedForm]:.2f}" for one in times)]


def by_block():
    """Blocks of other sizes, all threads, over the engine's own 2 MiB."""
    sizes = (2**19, 2**20, 2**22, 2**23)
    for problem in (Problem(1_000_000, 2, 3), Problem(100_000, 16, 8), Problem(50_000, 32, 16)):
        own, *others = (
            seconds(problem, (PackedForm,), None, cache)[PackedForm] for cache in (engine.CACHE, *sizes)
        )
        yield [problem, *(f"{other / own:.2f}" for other in others)]


def by_centered_form():
    """Other ways to the centered form's sums, over its own."""
    for problem in (Problem(20_000, 64, 10), Problem(20_000, 64, 2), Problem(50_000, 32, 5)):
        times = seconds(problem, (CenteredForm, RankUpdates, StackedWhitening), None)
        others = times[RankUpdates], times[StackedWhitening]
        yield [problem, *(f"{other / times[CenteredForm]:.2f}" for other in others)]


def by_part():
    """Microseconds of a small problem's iteration: all of it, its sums, the products and exp alone."""
    for problem in (Problem(300, 2, 2), Problem(3_000, 2, 3)):
        X, start = problem.make()
        with engine.Engine(X) as sums:
            step = engine.em_step(sums, sums.center)
            whole, part = np.inf, np.inf
            for _ in range(200):
                begin = time.perf_counter()
                step(start)
                middle = time.perf_counter()
                sums(start, PackedForm)
                whole, part = min(whole, middle - begin), min(part, time.perf_counter() - middle)
        bare = roofline.bare_calls(problem.d, problem.k) * problem.n * engine.n_processors()
        yield [problem, *(f"{1e6 * one:.0f}" for one in (whole, part, bare))]


def main():
    if BLAS_SETTINGS & os.environ.keys():
        environment = {name: value for name, value in os.environ.items() if name not in BLAS_SETTINGS}
        command = [sys.executable, "-m", "benchmarks.alternatives"]
        sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    head = (
        "# What else was tried\n\nMade by `python -m benchmarks.alternatives`, in one run. Ratios: how many "
        "times as long as the engine's own way it takes; below 1 it is faster."
    )
    parts = [
        head,
        table(
            "Moments by `phi @ r.T` instead of `np.dot(phi, r.T)`",
            "`@` keeps Python's lock while it makes a product of fewer than 500 numbers, however long it "
            "takes, so that a second thread waits.",
            ["n, d, k", "one thread", "all threads"],
            by_threads(),
        ),
        table(
            "The centered form instead of the packed form",
            "One thread. The engine takes the packed form where `k >= min(d // 4, 8)`.",
            ["", *(f"k = {k}" for k in KS)],
            by_form(),
        ),
        table(
            "Blocks of another size",
            "All threads; the engine's buffers have 2 MiB a thread.",
            ["n, d, k", "0.5 MiB", "1 MiB", "4 MiB", "8 MiB"],
            by_block(),
        ),
        table(
            "Other centered forms",
            "All threads. Stacked whitening takes moments about zero, which is not exact where clusters are "
            "far apart, what the centered form is for.",
            ["n, d, k", "symmetric rank-b updates", "stacked whitening"],
            by_centered_form(),
        ),
        table(
            "Where a small problem's iteration goes",
            "Microseconds. The rest of an iteration is the M-step of a handful of numbers and its checks, in "
            "Python: small problems are where compiled code wins.",
            ["n, d, k", "iteration", "sums over the data", "bare products and exp"],
            by_part(),
        ),
    ]
    text = "\n\n".join(parts) + "\n"
    print(text)
    (Path(__file__).parent / "alternatives.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
