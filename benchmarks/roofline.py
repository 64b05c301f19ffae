"""How far from what the machine can do: a simple roofline (Williams, Waterman & Patterson 2009).

An iteration reads every point once from memory, and for every point makes two matrix products and k
exponentials. From the rates of the machine follows the time that no program of this kind can beat.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from gmmlesson.engine import buffer_bytes
from gmmlesson.sufficient import PackedForm
from gmmlesson.threads import n_processors


@dataclass(frozen=True)
class Machine:
    """What this machine can do with one thread and with all: (one, all) a second.

    dgemm  floating-point operations in the product of two large matrices
    copy   bytes read and written in copying an array far larger than the cache
    exp    exponentials of numbers in the cache
    """

    dgemm: tuple
    copy: tuple
    exp: tuple

    @classmethod
    def measure(cls, *, quick=False):
        """Measure it: some seconds, or less if `quick`."""
        size, length = (256, 2**20) if quick else (2048, 2**25)
        A, B, C = np.random.default_rng(0).standard_normal((3, size, size))
        source, target = np.ones(length), np.zeros(length)
        numbers = -np.linspace(0, 10, 2**14)

        def dgemm(threads):
            with threadpool_limits(threads, user_api="blas"):
                return 2 * size**3 / shortest(lambda: np.matmul(A, B, out=C))

        def copy(threads):
            parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
            return 2 * source.nbytes / shortest(lambda: list(pool.map(lambda part: np.copyto(*part), parts)))

        def exp(threads):
            outputs = [np.empty_like(numbers) for _ in range(threads)]

            def many(out):
                for _ in range(100):
                    np.exp(numbers, out=out)

            return 100 * threads * numbers.size / shortest(lambda: list(pool.map(many, outputs)))

        with ThreadPoolExecutor(n_processors()) as pool:
            return cls(*((rate(1), rate(n_processors())) for rate in (dgemm, copy, exp)))


@dataclass(frozen=True)
class Work:
    """What one point costs in one iteration, with p = 1 + d + d (d + 1) / 2 numbers to a lifted point.

    flops  4 p k for the two products, d (d + 3) / 2 to lift the point, 3 k to add up and divide
    exps   k exponentials, and a logarithm which is counted as one more
    bytes  8 d: the point is read once; all else stays in the cache
    """

    flops: float
    exps: float
    bytes: float

    @classmethod
    def of(cls, d, k):
        p = 1 + d + d * (d + 1) // 2
        return cls(4 * p * k + d * (d + 3) / 2 + 3 * k, k + 1, 8 * d)

    def seconds(self, machine):
        """The least that a point can take, with all threads: arithmetic, or reading if that takes longer."""
        arithmetic = self.flops / machine.dgemm[1] + self.exps / machine.exp[1]
        return max(arithmetic, self.bytes / machine.copy[1])


def bare_calls(d, k):
    """Seconds a point that the two products and `np.exp` take by themselves, at their shapes and in cache.

    This is what is left of the machine's rates for matrices so narrow: NumPy's limit, not the machine's.
    """
    rng = np.random.default_rng(0)
    p, b = 1 + d + d * (d + 1) // 2, max(64, PackedForm.width(k, d, buffer_bytes(n_processors())))
    theta, phi, r = rng.standard_normal((k, p)), rng.standard_normal((p, b)), np.empty((k, b))
    logarithms = -rng.uniform(0, 10, (k, b))

    def calls():
        np.matmul(theta, phi, out=r)
        np.exp(logarithms, out=r)
        np.dot(phi, r.T)

    with threadpool_limits(1, user_api="blas"):
        return shortest(calls) / b / n_processors()


def shortest(work, *, seconds=0.3):
    """The shortest time that `work` takes, of as many tries as fit into `seconds`, and at least three."""
    times, stop = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < stop:
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)
