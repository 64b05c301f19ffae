"""Gaussian mixtures and the EM algorithm, built step by step: the package behind the lessons."""

from gmmlesson.collapse import CollapsedComponent
from gmmlesson.distributed import fit_dask
from gmmlesson.em import Fit, e_step, iterate, m_step
from gmmlesson.fit import best_of, fit, fit_many
from gmmlesson.mixture import Mixture
from gmmlesson.streaming import fit_blocks, online

__version__ = "0.1.0"
__all__ = [
    "CollapsedComponent",
    "EMGaussianMixture",
    "Fit",
    "Mixture",
    "best_of",
    "e_step",
    "fit",
    "fit_blocks",
    "fit_dask",
    "fit_many",
    "iterate",
    "m_step",
    "online",
]


def __getattr__(name):  # what needs scikit-learn is loaded on first use
    if name == "EMGaussianMixture":
        from gmmlesson.estimator import EMGaussianMixture

        return EMGaussianMixture
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
