"""What else was tried for the engine's step, side by side: `python -m benchmarks.alternatives`.

Prints Markdown tables of ratios: how many times as long as the engine's own way each alternative takes.
"""

import functools
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
from gmmlesson.stack import Stack
from gmmlesson.sufficient import CenteredForm, PackedForm, _narrowed, _respond

ROUNDS = 15
SIZES = (2**19, 2**20, 2**21, 2**22, 2**23)


class MatrixProduct(PackedForm):
    """Moments by `@`, which holds Python's lock where the product is small."""

    def add(self, sample_weight=None):
        phi, b = self.lifted, self.lifted.shape[1]
        self._look_at(len(self.theta), b)
        log_joint = lambda: np.matmul(self.theta, phi, out=self.log_joint)  # noqa: E731
        self.log_likelihood = self.log_likelihood + _respond(log_joint, *self.views, sample_weight)
        self.sums += phi @ self.log_joint.T
        self.total += b


class RankUpdates(CenteredForm):
    """Moments by symmetric rank-b updates (BLAS's syrk) of sqrt(r) (x - mu), component by component."""

    def add(self, sample_weight=None):
        deviations, scratch, r, density = _buffers(self)
        np.subtract(self.loaded, self.means[:, :, None], out=deviations)

        def log_joint():
            np.matmul(self.whitening, deviations, out=scratch)
            _half_squares(scratch, self.log_peaks - self.peak, r)

        self.log_likelihood += _respond(log_joint, r[:, None], density, sample_weight)
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
        X, (_, scratch, r, density) = self.loaded, _buffers(self)

        def log_joint():
            white = scratch.reshape(-1, X.shape[1])
            np.dot(self.stack, X, out=white)
            np.subtract(white, self.shifts, out=white)
            _half_squares(scratch, self.log_peaks - self.peak, r)

        self.log_likelihood += _respond(log_joint, r[:, None], density, sample_weight)
        self.counts += r.sum(axis=1)
        self.sums += np.dot(r, X.T)
        np.sqrt(r, out=r)
        for j, roots in enumerate(r):
            np.multiply(X, roots, out=scratch[0])
            self.moments[j] += np.dot(scratch[0], scratch[0].T)


def _buffers(form):
    """The parts of the centered form's buffers that the loaded block needs."""
    k, d, b = len(form.r), *form.loaded.shape
    blocks = _narrowed(form.deviations, k, d, b), _narrowed(form.scratch, k, d, b)
    return *blocks, _narrowed(form.r, k, b), _narrowed(form.density, 2, 1, b)


def _half_squares(white, log_peaks, r):
    np.einsum("kdb,kdb->kb", white, white, out=r)
    np.multiply(r, -0.5, out=r)
    np.add(r, log_peaks[:, None], out=r)


def seconds(problem, forms, n_threads, size=None):
    """The shortest time of one iteration's sums in each form, taking turns; results compared first.

    size  bytes of a thread's buffers, if not those that the engine chooses
    """
    X, start = problem.make()
    kept = engine.buffer_bytes, engine.SMALL
    if size:
        engine.buffer_bytes = lambda n_threads, data: size
    if n_threads:
        engine.SMALL = 1  # so many, whatever the work
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
        engine.buffer_bytes, engine.SMALL = kept
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
    """Blocks of many sizes, in one thread and in all, over the engine's own choice."""
    shapes = (1e6, 2, 3), (1e5, 2, 3), (1e6, 4, 10), (1e5, 8, 8), (1e5, 16, 8), (5e4, 32, 16), (1e5, 2, 50)
    for problem in (Problem(int(n), d, k) for n, d, k in shapes):
        own = seconds(problem, (PackedForm,), None)[PackedForm]
        for n_threads in (1, engine.n_processors()):
            times = (seconds(problem, (PackedForm,), n_threads, size)[PackedForm] for size in SIZES)
            yield [problem, n_threads, *(f"{one / own:.2f}" for one in times)]


def by_stack():
    """One iteration of many mixtures at once, in one thread; over it, with all threads and one by one."""
    for n, d, k, size in ((3_000, 2, 3, 100), (300, 2, 2, 100), (100_000, 8, 8, 10)):
        X, start = Problem(n, d, k).make()
        stack, times, kept = Stack.of([start] * size), [], engine.SMALL
        engine.SMALL = 1  # as many threads as are asked for, whatever the work
        ways = (1, stack, 1), (engine.n_processors(), stack, 1), (1, start, size)
        for n_threads, mixtures, rounds in ways:
            with engine.Engine(X, n_threads=n_threads) as sums:
                work = functools.partial(sums, mixtures, PackedForm)
                times.append(rounds * roofline.shortest(work, seconds=1.0))
        engine.SMALL = kept
        each = times[0] / size
        ratios = (f"{one / times[0]:.2f}" for one in times[1:])
        yield [f"{n:g}, {d}, {k}", size, f"{1e6 * each:.0f}", *ratios]


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
            "Over the engine's own choice. Every operation on a block gives Python's lock away and asks for "
            "it again, so that threads want longer blocks than the cache would have.",
            ["n, d, k", "threads", *(f"{size / 2**20:g} MiB a thread" for size in SIZES)],
            by_block(),
        ),
        table(
            "Many mixtures at once",
            "The sums of one iteration: microseconds a mixture in one thread; the time with all threads, and "
            "that of one mixture at a time, over it.",
            ["n, d, k", "mixtures", "us each", "all threads", "one at a time"],
            by_stack(),
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
