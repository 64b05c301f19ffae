"""Gaussian mixtures and the EM algorithm, built step by step: the package behind the lessons."""

from gmmlesson.collapse import CollapsedComponent
from gmmlesson.em import Fit, e_step, iterate, m_step
from gmmlesson.fit import fit
from gmmlesson.mixture import Mixture

__version__ = "0.1.0"
__all__ = ["CollapsedComponent", "Fit", "Mixture", "e_step", "fit", "iterate", "m_step"]
