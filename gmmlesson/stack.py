"""Many mixtures of k components each, stacked: what one mixture needs for the engine, S times at once."""

from dataclasses import dataclass, fields

import numpy as np

from gmmlesson.mixture import Mixture


@dataclass(frozen=True, eq=False)
class Stack:
    """S mixtures; every array has their axis in front. Nothing is checked: it is made of `Mixture`s.

    weights                (S, k)
    means                  (S, k, d)
    covariances            (S, k, d, d)
    cholesky, whitening    (S, k, d, d) lower factors of the covariances, and their inverses
    precisions             (S, k, d, d) inverses of the covariances
    log_peaks              (S, k) the peak of every component's log joint, in nats
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    cholesky: np.ndarray
    whitening: np.ndarray
    precisions: np.ndarray
    log_peaks: np.ndarray

    @classmethod
    def of(cls, mixtures, below=None):
        """The stack of a list of mixtures with the same k and d, on top of the stack `below`, if given."""
        arrays = (np.stack([getattr(one, part.name) for one in mixtures]) for part in fields(cls))
        if below is None:
            return cls(*arrays)
        under = (getattr(below, part.name) for part in fields(cls))
        return cls(*(np.concatenate(pair) for pair in zip(under, arrays, strict=True)))

    def __len__(self):
        return len(self.weights)

    @property
    def k(self):
        """Number of components of each mixture."""
        return self.weights.shape[1]

    @property
    def d(self):
        """Number of features."""
        return self.means.shape[2]

    def only(self, which):
        """The stack of those that a mask or list says -> Stack."""
        return Stack(*(getattr(self, part.name)[which] for part in fields(self)))

    def mixture(self, s, family):
        """Number s by itself -> Mixture."""
        arrays = {part.name: getattr(self, part.name)[s].copy() for part in fields(self)}
        return Mixture.trusted(family, **arrays)
