"""The others: each fits the same points from the same start for the same number of iterations.

A peer's `prepare(X, start)` returns a function n_iter -> (seconds, (weights, means, covariances)). The
seconds are those of the fit alone: starting a program, reading the data, converting them to the peer's own
type and compiling are left out, in the peer's favor. `ridge` is added to every variance; of the peers only
scikit-learn is asked to.
"""

import importlib
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

import gmmlesson

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Peer:
    """Another program that fits Gaussian mixtures by EM.

    version    () -> what is installed, or None
    prepare    (X, start) -> n_iter -> (seconds, (weights, means, covariances))
    precision  the numbers it computes with
    """

    name: str
    version: Callable
    prepare: Callable
    precision: str = "float64"


def ours(X, start, ridge=0.0):
    """`gmmlesson.fit`, in the same form as the peers."""

    def run(n_iter):
        seconds, result = _timed(lambda: gmmlesson.fit(X, start, ridge=ridge, tol=0, max_iter=n_iter))
        return seconds, _parameters(result.mixture.weights, result.mixture.means, result.mixture.covariances)

    return run


def from_file(path, start):
    """`gmmlesson.streaming.fit_blocks`, which reads the points from a file in every iteration."""
    from gmmlesson.streaming import Files, fit_blocks

    def run(n_iter):
        seconds, result = _timed(lambda: fit_blocks(Files(path), start, tol=0, max_iter=n_iter))
        return seconds, _parameters(result.mixture.weights, result.mixture.means, result.mixture.covariances)

    return run


def scikit_learn(X, start, ridge=0.0):
    """sklearn.mixture.GaussianMixture; given all of the start, it computes none of its own."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    def run(n_iter):
        model = GaussianMixture(
            start.k, tol=0, reg_covar=ridge, max_iter=n_iter, weights_init=start.weights,
            means_init=start.means, precisions_init=start.precisions,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            seconds, _ = _timed(lambda: model.fit(X))
        return seconds, _parameters(model.weights_, model.means_, model.covariances_)

    return run


def gmmx(X, start):
    """gmmx's EMFitter: JAX, float32 only. Compiled for every number of iterations before it is timed."""
    import jax
    from gmmx import EMFitter, GaussianMixtureModelJax

    points = jax.block_until_ready(jax.numpy.asarray(X, dtype="float32"))
    begin = GaussianMixtureModelJax.from_squeezed(
        means=start.means.astype("float32"), covariances=start.covariances.astype("float32"),
        weights=start.weights.astype("float32"),
    )
    compiled = set()

    def run(n_iter):
        fitter = EMFitter(max_iter=n_iter, tol=0, reg_covar=0)
        if n_iter not in compiled:
            jax.block_until_ready(fitter.fit(points, begin))
            compiled.add(n_iter)
        seconds, result = _timed(lambda: jax.block_until_ready(fitter.fit(points, begin)))
        found = result.gmm
        return seconds, _parameters(found.weights_numpy, found.means_numpy, found.covariances.values_numpy)

    return run


def pomegranate(X, start):
    """pomegranate's GeneralMixtureModel of Normal: PyTorch, in float32, its default."""
    import torch
    from pomegranate.distributions import Normal
    from pomegranate.gmm import GeneralMixtureModel

    points = torch.tensor(X, dtype=torch.float32)
    weights, means, covariances = (
        torch.tensor(array, dtype=torch.float32) for array in (start.weights, start.means, start.covariances)
    )

    def run(n_iter):
        normals = [Normal(mean.clone(), cov.clone()) for mean, cov in zip(means, covariances, strict=True)]
        model = GeneralMixtureModel(normals, weights.clone(), max_iter=n_iter, tol=-np.inf)
        seconds, _ = _timed(lambda: model.fit(points))
        found = [(normal.means.numpy(), normal.covs.numpy()) for normal in normals]
        return seconds, _parameters(model.priors, *zip(*found, strict=True))

    return run


def mclust(X, start):
    """R's mclust, em() with the model VVV from given parameters, on the columns of the data."""
    return _program(["Rscript", "--vanilla", HERE / "mclust.R"], X.T, start)


def armadillo(X, start):
    """Armadillo's gmm_full, learn() with keep_existing, compiled for this processor with OpenMP."""
    one_thread = {"OMP_NUM_THREADS": "1"}  # faster on small data: threads of a new process come late
    return _program([_armadillo_driver()], X, start, environments=({}, one_thread))


def _program(command, X, start, environments=({},)):
    """A program that reads `data` and `start` from a folder, and writes its seconds and parameters there.

    It is run in each of the environments, and the shortest time counts.
    """
    folder = tempfile.TemporaryDirectory(prefix="gmmlesson-")
    place, k, d = Path(folder.name), start.k, start.d
    np.ascontiguousarray(X).tofile(place / "data")
    np.concatenate([array.ravel() for array in (start.weights, start.means, start.covariances)]).tofile(
        place / "start"
    )

    def run(n_iter):
        sizes = (X.size // d, d, k, n_iter)
        took = []
        for environment in environments:
            call = [*command, folder.name, *map(str, sizes)]
            subprocess.run(call, check=True, capture_output=True, env=os.environ | environment)
            seconds, *values = np.fromfile(place / "result")
            took.append(seconds)
        weights, means, covariances = np.split(np.array(values), [k, k + k * d])
        return min(took), (weights, means.reshape(k, d), covariances.reshape(k, d, d))

    return run


@cache
def _armadillo_driver():
    """The compiled driver, or None where there is no compiler or no Armadillo."""
    if shutil.which("g++") is None:
        return None
    folder = tempfile.TemporaryDirectory(prefix="gmmlesson-")
    _KEPT.append(folder)
    driver = Path(folder.name) / "armadillo"
    options = ["-std=c++17", "-O3", "-march=native", "-fopenmp", "-DNDEBUG", "-DARMA_NO_DEBUG"]
    command = ["g++", *options, HERE / "armadillo.cpp", "-o", driver, "-larmadillo"]
    return driver if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


_KEPT = []  # temporary folders that live as long as the benchmark


def _armadillo_version():
    driver = _armadillo_driver()
    return driver and _output([driver])


def _mclust_version():
    if shutil.which("Rscript") is None:
        return None
    blas = 'basename(extSoftVersion()["BLAS"])'
    facts = f'cat(format(packageVersion("mclust")), "with", R.version.string, "and", {blas})'
    return _output(["Rscript", "--vanilla", "-e", facts])


def _output(command):
    """What a program prints, or None if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _installed(*names):
    """A function that tells the versions of Python packages, or None if one is missing."""

    def version():
        try:
            for name in names:
                importlib.import_module(name)
        except ImportError:
            return None
        return ", ".join(f"{name} {metadata.version(name)}" for name in names)

    return version


def _timed(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def _parameters(*arrays):
    return tuple(np.asarray(array, dtype=float) for array in arrays)


SCIKIT_LEARN = Peer("scikit-learn", lambda: metadata.version("scikit-learn"), scikit_learn)
PEERS = [
    SCIKIT_LEARN,
    Peer("mclust", _mclust_version, mclust),
    Peer("Armadillo", _armadillo_version, armadillo),
    Peer("gmmx", _installed("gmmx", "jax"), gmmx, precision="float32"),
    Peer("pomegranate", _installed("pomegranate", "torch"), pomegranate, precision="float32"),
]
