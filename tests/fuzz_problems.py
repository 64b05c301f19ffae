"""What the fuzz hands to the doors.

Data of 1 to 200 points and 1 to 6 features, in units from 1e-100 to 1e100, near zero and far away, with ties,
duplicates, constant columns or few digits, in all kinds of arrays; and mixtures of 1 to 6 components, some of
tiny weight, nearly singular, or far away.
"""

import numpy as np
import pandas as pd

from gmmlesson import Mixture
from gmmlesson.families import FAMILIES

HARD = ("ties", "duplicates", "constant", "few digits", "heavy tails", "correlated", "", "", "")
FORMS = {
    "plain": np.array,
    "Fortran order": np.asfortranarray,
    "every other row": lambda A: np.repeat(A, 2, axis=0)[::2],
    "a data frame": lambda A: pd.DataFrame(A, columns=list("abcdef"[: A.shape[1]])),
    "a list": np.ndarray.tolist,
    "float32": lambda A: np.clip(A, -1e37, 1e37).astype(np.float32),
    "whole numbers": lambda A: np.clip(A, -1e9, 1e9).astype(np.int64),
    "read-only": lambda A: np.broadcast_to(A, A.shape),
}


class Problem:
    """What a call works on: X (n, d) in some form, A the same numbers in float64, a start, and options."""

    def __init__(self, rng):
        self.rng = rng
        self.X = FORMS[str(rng.choice(list(FORMS)))](self.array())
        self.A = np.array(self.X, dtype=float)
        self.n, self.d = self.A.shape
        self.family = str(rng.choice(list(FAMILIES)))
        self.ridge = float(rng.choice([0.0, 0.0, float(self.A.var()) * 10.0 ** rng.uniform(-9, 2)]))
        self.weight, self.total = None, self.n
        if rng.random() < 0.3:
            unit = 10.0 ** rng.choice([-44, rng.integers(-9, 9), 37])
            self.weight = rng.uniform(0, 2, self.n) * (rng.random(self.n) < 0.9) * unit
            self.total = self.weight.sum()
        self.m_step = {"family": self.family, "ridge": self.ridge, "sample_weight": self.weight}
        self.run = {"family": self.family, "ridge": self.ridge, "tol": 0.0, "max_iter": 4}
        self.start = self.mixture().projected(self.family)

    def array(self):
        """Clusters, with one thing or another that makes them hard."""
        rng = self.rng
        n, d = rng.integers(*[(1, 8), (8, 40), (40, 201)][rng.integers(3)]), rng.integers(1, 7)
        A = rng.standard_normal((n, d)) + rng.choice([0.0, 3.0, 1e3, 1e7]) * rng.integers(0, 3, (n, 1))
        for hard in rng.choice(HARD, 2):
            if hard == "ties":
                A = np.round(A)
            elif hard == "duplicates":
                A = A[rng.integers(0, n, n) // 2]
            elif hard == "constant":
                A[:, rng.integers(d)] = 1.5
            elif hard == "few digits":
                A = A + 10.0 ** rng.integers(0, 15)
            elif hard == "heavy tails":
                A = A * np.exp(3 * rng.standard_normal((n, 1)))
            elif hard == "correlated":
                A[:, -1] = A[:, 0] + 10.0 ** -rng.integers(0, 9) * A[:, -1]
        units = 10.0 ** rng.choice([0.0, rng.uniform(-6, 6), rng.uniform(-100, 100)])
        return A * units * 10.0 ** (rng.uniform(-3, 3, d) * rng.integers(0, 2))

    def mixture(self, k=None):
        """Near the points or far away, wide or thin, of even or of tiny weights."""
        rng, k, d = self.rng, k or int(self.rng.integers(1, 7)), self.d
        sd = self.A.std(axis=0)
        sd = np.where(sd > 0, sd, np.abs(self.A).max(axis=0) + (np.abs(self.A).max() or 1.0))
        weights = np.maximum(rng.dirichlet(np.full(k, rng.choice([5.0, 5.0, 0.02]))), 1e-200)
        away = sd * rng.choice([0.1, 1.0, 1e4, 1e7]) * rng.standard_normal((k, d))
        F = rng.standard_normal((k, d, d + 1)) / np.sqrt(d + 1)
        F[:, 0] *= rng.choice([1.0, 1.0, 1e-5])
        F *= sd[:, None] * 10.0 ** rng.choice([0.0, 0.0, -3.0, 3.0])
        means = self.A[rng.integers(0, self.n, k)] + away
        return Mixture(weights / weights.sum(), means, F @ F.swapaxes(1, 2))
