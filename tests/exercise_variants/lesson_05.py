"""Right answers to the exercises of lesson 05, written in different ways."""

import numpy as np

from gmmlesson import CollapsedComponent, Mixture, m_step


def by_the_m_step(X, labels):
    return m_step(X, np.eye(labels.max() + 1)[labels])


def with_np_cov(X, labels, verbose=False):
    clusters = [X[labels == j] for j in np.unique(labels)]
    if verbose:
        print([len(cluster) for cluster in clusters])
    return Mixture(
        [len(cluster) / len(X) for cluster in clusters],
        [cluster.mean(axis=0) for cluster in clusters],
        [np.atleast_2d(np.cov(cluster, rowvar=False, ddof=0)) for cluster in clusters],
    )


def with_bincount(X, labels):
    counts, d = np.bincount(labels), X.shape[1]
    means = np.stack([np.bincount(labels, X[:, i]) for i in range(d)], axis=1) / counts[:, None]
    centered = X - means[labels]
    covariances = np.empty((len(counts), d, d))
    for i in range(d):
        for j in range(d):
            covariances[:, i, j] = np.bincount(labels, centered[:, i] * centered[:, j]) / counts
    return counts / counts.sum(), means, covariances


def with_einsum_on_a_table(X, labels):
    r = (labels[:, None] == np.arange(labels.max() + 1)).astype(float)
    counts = r.sum(axis=0)
    means = (r / counts).T @ X
    deviations = X[:, None] - means
    return Mixture(r.mean(axis=0), means, np.einsum("nk,nki,nkj->kij", r / counts, deviations, deviations))


def point_by_point(X, labels):
    k, d = int(max(labels)) + 1, X.shape[1]
    weights, means, covariances = [0.0] * k, np.zeros((k, d)), np.zeros((k, d, d))
    counts = [list(labels).count(j) for j in range(k)]
    for x, j in zip(X, labels, strict=True):
        weights[j] += 1 / len(X)
        means[j] += x / counts[j]
    for x, j in zip(X, labels, strict=True):
        covariances[j] += np.outer(x - means[j], x - means[j]) / counts[j]
    return Mixture(weights, means, covariances)


def with_choice(X, k, rng):
    rows = rng.choice(X.shape[0], k, replace=False)
    covariance = np.cov(X, rowvar=False).reshape(X.shape[1], -1)
    return Mixture(np.ones(k) / k, X[rows], np.repeat(covariance[None], k, axis=0))


def with_a_permutation(X, k, rng):
    means = rng.permutation(X)[:k]
    centered = X - X.mean(axis=0)
    covariance = centered.T @ centered / len(X)
    return Mixture([1 / k for _ in range(k)], means, np.array([covariance for _ in range(k)]))


def one_by_one(X, k, rng, most=10_000):
    rows = []
    for _ in range(most):
        row = int(rng.integers(len(X)))
        if row not in rows:
            rows.append(row)
        if len(rows) == k:
            break
    return np.full(k, 1 / k), X[sorted(rows)].tolist(), [np.atleast_2d(np.cov(X.T))] * k


def by_sorted_random_numbers(X, k, rng):
    rows = np.argsort(rng.random(len(X)))[-k:]
    return Mixture(np.full(k, 1 / k), X[rows], m_step(X, np.ones((len(X), 1))).covariances.repeat(k, axis=0))


def with_its_own_generator_from_rng(X, k, rng):
    own = np.random.default_rng(rng.integers(2**32))
    covariances = np.tile(np.cov(X.T).reshape(1, X.shape[1], X.shape[1]), (k, 1, 1))
    return Mixture(np.full(k, 1 / k), own.choice(X, k, replace=False), covariances)


def with_max(run, starts):
    fits = []
    for start in starts:
        try:
            fits.append(run(start))
        except CollapsedComponent:
            print("one collapsed")
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])


def with_sorting(run, starts, verbose=False):
    fits = {}
    for i, start in enumerate(starts):
        try:
            fits[i] = run(start)
        except CollapsedComponent as error:
            if verbose:
                print(error)
    return fits[sorted(fits, key=lambda i: fits[i].log_likelihoods[-1])[-1]]


def with_minus_infinity(run, starts):
    best, highest = None, float("-inf")
    for start in starts:
        try:
            fit = run(start)
        except CollapsedComponent:
            continue
        *_, end = fit.log_likelihoods
        if end > highest:
            best, highest = fit, end
    return best


def with_argmax(run, starts):
    fits = [attempt(run, start) for start in starts]
    ends = [-np.inf if fit is None else fit.log_likelihoods[-1] for fit in fits]
    return fits[np.argmax(ends)]


def attempt(run, start):
    try:
        return run(start)
    except CollapsedComponent:
        return None


VARIANTS = {
    "kmeans_start": [by_the_m_step, with_np_cov, with_bincount, with_einsum_on_a_table, point_by_point],
    "random_points": [
        with_choice,
        with_a_permutation,
        one_by_one,
        by_sorted_random_numbers,
        with_its_own_generator_from_rng,
    ],
    "best_of": [with_max, with_sorting, with_minus_infinity, with_argmax],
}

EQUIVALENT = {
    "best_of": {
        "line 8: result.log_likelihoods[-1] > best.log_likelihoods[-1] -> result.log_likelihoods[-1] >= "
        "best.log_likelihoods[-1]": "of two that end equally high, either is the best",
    },
}
