"""The data that every side fits, and the mixture that every side starts from."""

from dataclasses import dataclass

import numpy as np

from gmmlesson import Mixture


@dataclass(frozen=True)
class Problem:
    """n points in d dimensions to be fitted with k components; `ridge` is added to every variance."""

    n: int
    d: int
    k: int
    ridge: float = 0.0

    def __str__(self):
        return f"{short(self.n)}, {self.d}, {self.k}"

    @property
    def most_iterations(self):
        """Iterations of a whole fit, if EM does not settle before: 10 to 50, fewer where each takes long."""
        return int(np.clip(1e9 / (self.n * self.k * self.d * (self.d + 10)), 10, 50))

    @property
    def has_enough_points(self):
        """Whether k full covariances stay far from singular: three times the d + 1 points that each needs."""
        return self.n >= 3 * self.k * (self.d + 1)

    def make(self):
        """The points (n, d), and where to start.

        Neighboring clusters overlap and no covariance is near singular, so that EM neither settles soon nor
        collapses. The start has the means shifted by 0.3 standard deviations a feature, equal weights, and
        round covariances.
        """
        rng = np.random.default_rng([self.n, self.d, self.k])
        means = _apart(rng, self.k, self.d)
        A = rng.standard_normal((self.k, self.d, 2 * self.d + 2))
        factors = np.linalg.cholesky(A @ A.swapaxes(1, 2) / (2 * self.d + 2))
        X = rng.standard_normal((self.n, self.d))
        labels = rng.integers(self.k, size=self.n)
        for j in range(self.k):
            mine = labels == j
            X[mine] = means[j] + X[mine] @ factors[j].T
        shifted = means + 0.3 * rng.standard_normal(means.shape)
        start = Mixture(np.full(self.k, 1 / self.k), shifted, np.tile(np.eye(self.d), (self.k, 1, 1)))
        return X, start


SHAPES = [
    Problem(3_000, 2, 3),
    Problem(1_000_000, 2, 3),
    Problem(100_000, 8, 8),
    Problem(100_000, 16, 8),
    Problem(50_000, 32, 16),
    Problem(20_000, 64, 10),
    Problem(1_000_000, 4, 10),
    Problem(100_000, 2, 50),
    Problem(300, 2, 2),
]
RIDGE = 1e-2  # in the grid: for some of its covariances the points are few
GRID_N, GRID_D, GRID_K = (300, 3_000, 100_000), (1, 2, 4, 8, 16, 32, 64), (1, 2, 5, 20)
GRID = [Problem(n, d, k, RIDGE) for n in GRID_N for d in GRID_D for k in GRID_K]
GROWTH = [Problem(n, 2, 3) for n in (1_000, 10_000, 100_000, 1_000_000, 10_000_000)]
LARGE = Problem(100_000_000, 2, 3)
MEMORY = Problem(3_000_000, 2, 3)

QUICK_SHAPES = [Problem(3_000, 2, 3), Problem(300, 2, 2)]
QUICK_GRID = [Problem(n, d, k, RIDGE) for n in (60, 300) for d in (1, 8) for k in (1, 5)]
QUICK_GROWTH = [Problem(1_000, 2, 3), Problem(10_000, 2, 3)]
QUICK_MEMORY = Problem(100_000, 2, 3)


def short(n):
    """1000000 -> '1e6', 50000 -> '5e4', 300 -> '300'."""
    if n < 1000:
        return str(n)
    mantissa, exponent = f"{n:e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def _apart(rng, k, d):
    """Means (k, d), each the candidate that is farthest from those before it, some 3 standard deviations."""
    side = 3 * k ** (1 / d) / d**0.25
    candidates = rng.uniform(-side / 2, side / 2, (40 * k, d))
    means = candidates[:1]
    for _ in range(k - 1):
        distances = np.linalg.norm(candidates[:, None] - means, axis=2).min(axis=1)
        means = np.vstack([means, candidates[distances.argmax()]])
    return means
