"""Where EM starts: five ways to choose the first mixture.

`random_points`, `kmeans_plus_plus` and `kmeans` choose k centers and hand them to `from_centers`, which
gives every component an equal weight and the covariance of all the data, so that the first E-step is fair.
`rng` is a `numpy.random.Generator` (a `RandomState` works too).
"""

import numpy as np

from gmmlesson import validation
from gmmlesson.collapse import CollapsedComponent, refuse_singular, resolution
from gmmlesson.em import m_step
from gmmlesson.families import FAMILIES
from gmmlesson.fit import best_of
from gmmlesson.mixture import Mixture


def random_points(X, k, rng, **options):
    """k different rows of X (n, d) as means; the options are those of `from_centers`."""
    X, k, rng = _arguments(X, k, rng)
    means = X[rng.choice(len(X), size=k, replace=False)]
    if len(np.unique(means, axis=0)) < k:  # X repeats rows; components that start as one never part
        different = np.unique(X, axis=0)
        _refuse_fewer(different, k)
        means = different[rng.choice(len(different), size=k, replace=False)]
    return from_centers(X, means, **options)


def kmeans_plus_plus(X, k, rng, **options):
    """k rows of X (n, d) that keep apart: each is drawn by its squared distance to those before it.

    Arthur & Vassilvitskii (2007), the seeding alone. The options are those of `from_centers`.
    """
    X, k, rng = _arguments(X, k, rng)
    return from_centers(X, _spread_out(X, k, rng), **options)


def kmeans(X, k, rng, **options):
    """The centers that k-means finds in X (n, d), seeded by k-means++; options as in `from_centers`."""
    X, k, rng = _arguments(X, k, rng)
    centers, _ = lloyd(X, _spread_out(X, k, rng))
    return from_centers(X, centers, **options)


def from_centers(X, centers, *, family="full", ridge=0.0, sample_weight=None):
    """Given means (k, d); equal weights, and for each component the covariance of all of X (n, d).

    `family`, `ridge` and `sample_weight` are those of `em.m_step`.
    """
    X = validation.as_data(X)
    centers = validation.as_centers(centers, X)
    validation.as_choice(family, "family", FAMILIES)
    ridge = validation.as_nonnegative(ridge, "ridge")
    sample_weight = validation.as_sample_weight(sample_weight, len(X))
    n, d = X.shape
    if n > 1:
        weights = validation.scaled(sample_weight)
        covariance = np.cov(X, rowvar=False, aweights=weights, bias=weights is not None)
    else:
        covariance = np.zeros((d, d))
    covariance = FAMILIES[family](covariance.reshape(1, d, d), np.ones(1))[0] + ridge * np.eye(d)
    try:
        refuse_singular(np.array([n]), covariance[None], resolution(X))
    except CollapsedComponent:
        weighted = "" if sample_weight is None else ", weighted by sample_weight,"
        raise ValueError(
            f"X{weighted} must have more than d = {d} points that spread in every direction; its {n} do "
            "not: drop constant or duplicate features, or build the start yourself with Mixture."
        ) from None
    k = len(centers)
    return Mixture(np.full(k, 1 / k), centers, np.tile(covariance, (k, 1, 1)), family)


def from_labels(X, labels, *, family="full", ridge=0.0):
    """The M-step for points whose component is known: labels (n,), counted from 0, none left out."""
    X = validation.as_data(X)
    labels = validation.as_labels(labels, len(X))
    try:
        return m_step(X, np.eye(labels.max() + 1)[labels], family=family, ridge=ridge)
    except CollapsedComponent as collapse:
        raise collapse.but(caller="from_labels") from None


def short_runs(X, k, rng, *, n_runs=10, n_iter=5):
    """The best of `n_runs` short runs of EM, `n_iter` iterations each, from random points.

    Biernacki, Celeux & Govaert (2003), "small EM".
    """
    X, k, rng = _arguments(X, k, rng)
    n_runs, n_iter = validation.as_count(n_runs, "n_runs"), validation.as_count(n_iter, "n_iter")
    starts = [random_points(X, k, rng) for _ in range(n_runs)]
    try:
        return best_of(X, starts, tol=0, max_iter=n_iter).mixture
    except CollapsedComponent as collapse:  # of every run
        raise collapse.but(caller="short_runs") from None


def lloyd(X, centers, *, max_iter=300):
    """k-means (Lloyd 1982) from given centers (k, d) -> centers (k, d), labels (n,).

    A center that loses all its points moves to the point farthest from its own center.
    """
    X = validation.as_data(X)
    centers = validation.as_centers(centers, X)
    labels = np.full(len(X), -1)
    for _ in range(validation.as_count(max_iter, "max_iter")):
        distances = _squared_distances(X, centers)  # (n, k)
        previous, labels = labels, distances.argmin(axis=1)
        if np.array_equal(labels, previous):
            break
        nearest = distances[np.arange(len(X)), labels]
        for j in np.setdiff1d(np.arange(len(centers)), labels):
            alone = np.bincount(labels)[labels] == 1  # to take such a point would empty its own cluster
            farthest = np.where(alone, -1, nearest).argmax()
            labels[farthest], nearest[farthest] = j, 0
        members = np.eye(len(centers))[labels]  # (n, k)
        centers = members.T @ X / members.sum(axis=0)[:, None]
    return centers, labels


def _arguments(X, k, rng):
    X = validation.as_data(X)
    k = validation.as_count(k, "k", most=len(X), of=", the number of points")
    return X, k, validation.as_rng(rng)


def _spread_out(X, k, rng):
    """k-means++ seeds (k, d)."""
    centers = [X[rng.choice(len(X))]]
    nearest = np.full(len(X), np.inf)
    while len(centers) < k:
        nearest = np.minimum(nearest, ((X - centers[-1]) ** 2).sum(axis=1))
        if not nearest.any():
            _refuse_fewer(centers, k)
        centers.append(X[rng.choice(len(X), p=nearest / nearest.sum())])
    return np.array(centers)


def _refuse_fewer(different, k):
    if len(different) < k:
        raise ValueError(f"k must be at most {len(different)}, the number of different points; it is {k}.")


def _squared_distances(X, centers):
    """|x - c|^2, (n, k), a center at a time: exact where the expanded square would cancel."""
    return np.stack([((X - center) ** 2).sum(axis=1) for center in centers], axis=1)
