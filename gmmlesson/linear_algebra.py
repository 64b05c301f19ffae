"""Cholesky factors, and a failure that is told on every platform.

NumPy learns from the processor's floating-point flags that a matrix is not positive definite. WebAssembly, on
which Python runs in a browser, has no such flags: there `np.linalg.cholesky` returns nan, without a word.
"""

import numpy as np


def cholesky(matrices):
    """The lower factors L of matrices (..., d, d) = L L^T, as np.linalg.cholesky gives them.

    Raises LinAlgError where a matrix is not positive definite, in a browser too.
    """
    lower = np.linalg.cholesky(matrices)
    if np.isnan(lower).any():
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    return lower
