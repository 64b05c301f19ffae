"""Which points are strange to a mixture: an alarm whose false alarms can be promised."""

import math

import numpy as np

from gmmlesson.mixture import as_mixture
from gmmlesson.validation import as_data, is_finite_number, shown


def outlier_threshold(X, mixture, share):
    """The log-density below which a point is called strange, in nats, for on average at most this share
    of false alarms.

    X      (n, d) points from the same source that the mixture was NOT fitted to
    share  of false alarms among further points from that source: above 0, below 1

    It is the r-th smallest of the n log-densities, r = floor(share (n + 1)). A further point is equally
    likely to take any of the n + 1 ranks among them, so it falls below the r-th with probability r / (n + 1),
    whatever the mixture is worth (Vovk, Gammerman & Shafer 2005). That is an average over sets X of this
    size: for one set the share is a draw from a beta distribution with parameters r and n + 1 - r, which for
    19 points and 5 % lies anywhere between 0 and 18 %. For points that the mixture was fitted to nothing of
    this holds: they have higher densities than others.

    Raises ValueError, in one sentence, for a share out of range, and where n is too small for r to be 1.
    """
    mixture = as_mixture(mixture)
    X = as_data(X, mixture.d)
    if not is_finite_number(share) or not 0 < share < 1:
        raise ValueError(f"share must be a number above 0 and below 1; it is {shown(share)}.")
    r = math.floor(share * (len(X) + 1) + 1e-9)  # 0.29 * 100 is 28.999999999999996
    if r == 0:
        least = math.ceil(1 / share - 1e-9) - 1
        raise ValueError(f"X must have at least {least} points for a share of {share:g}; it has {len(X)}.")
    return float(np.sort(mixture.log_density(X))[r - 1])
