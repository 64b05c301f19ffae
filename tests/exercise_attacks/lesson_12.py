"""Wrong answers to the exercises of lesson 12 that must not pass, and right ones in other forms that must."""

import math
from types import SimpleNamespace

import numpy as np
from scipy.special import xlogy

from gmmlesson import Mixture, m_step
from gmmlesson.priors import Prior, effective_components, map_m_step

PARTS = ("weights", "means", "covariances")


def _right(X, r, prior):
    mixture = map_m_step(X, r, prior)
    return [np.array(getattr(mixture, part)) for part in PARTS]


# --- map_m_step ----------------------------------------------------------------------------------


def map_from_the_package(X, responsibilities, prior):
    return map_m_step(X, responsibilities, prior)


def map_by_the_plain_m_step(X, responsibilities, prior):
    return m_step(X, responsibilities)


def map_with_lambda_as_a_ridge(X, responsibilities, prior):
    return m_step(X, responsibilities, ridge=float(prior.covariance[0, 0]))


def map_with_the_plain_weights(X, r, prior):
    _, means, covariances = _right(X, r, prior)
    return r.mean(axis=0), means, covariances


def map_with_the_plain_means(X, r, prior):
    weights, _, covariances = _right(X, r, prior)
    return weights, r.T @ X / r.sum(axis=0)[:, None], covariances


def map_that_draws_points_for_the_prior(X, r, prior):
    """As many rows as there are points in the prior, drawn from it, for every component."""
    rng = np.random.default_rng(0)
    count = round(prior.covariance_points)
    rows, shares = [X], [r]
    for j in range(r.shape[1]):
        rows.append(rng.multivariate_normal(prior.mean, prior.covariance, count))
        shares.append(np.tile(np.eye(r.shape[1])[j], (count, 1)))
    return m_step(np.concatenate(rows), np.concatenate(shares))


def map_with_all_c_points_at_the_prior_mean(X, r, prior):
    c = prior.covariance_points
    counts = r.sum(axis=0)
    means = (r.T @ X + c * prior.mean) / (counts + c)[:, None]
    deviations = X - means[:, None]
    scatter = np.einsum("nk,kni,knj->kij", r, deviations, deviations) + c * prior.covariance
    return _right(X, r, prior)[0], means, scatter / (counts + c)[:, None, None]


def map_with_the_c_points_at_m(X, r, prior):
    """The means are right, but the c points' deviations from them come in."""
    c, (weights, means, covariances) = prior.covariance_points, _right(X, r, prior)
    off = (prior.mean - means)[:, :, None]
    return weights, means, covariances + c * off * off.swapaxes(1, 2) / (r.sum(axis=0) + c)[:, None, None]


def map_in_whole_counts(X, r, prior):
    prior = Prior(
        prior.mean,
        prior.covariance,
        *(int(getattr(prior, f"{what}_points")) for what in ("covariance", "mean", "weight")),
    )
    return map_m_step(X, r, prior)


def map_with_verdicts(X, r, prior):
    return map_m_step(X, np.eye(r.shape[1])[r.argmax(axis=1)], prior)


def map_for_two_components(X, r, prior):
    weights, means, covariances = _right(X, r, prior)
    return weights[:2], means[:2], covariances[:2]


def map_with_a_trifle_on_the_diagonal(X, r, prior):
    weights, means, covariances = _right(X, r, prior)
    return weights, means, covariances + 1e-6 * np.eye(X.shape[1])


def map_rounded(X, r, prior):
    return [part.round(4) for part in _right(X, r, prior)]


def map_with_the_counts_kept_from_zero(X, r, prior):
    counts = np.maximum(r.sum(axis=0), 1.0)
    c, b = prior.covariance_points, prior.mean_points
    _, means, _ = _right(X, r, prior)
    deviations, off = X - means[:, None], prior.mean - means
    scatter = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
    scatter += b * off[:, :, None] * off[:, None, :] + c * prior.covariance
    return (*_right(X, r, prior)[:2], scatter / (counts + c)[:, None, None])


def map_in_half(X, r, prior):
    return [part.astype(np.float16) for part in _right(X, r, prior)]


def map_that_moves_its_data(X, r, prior):
    X -= X.mean(axis=0)
    return map_m_step(X, r, prior)


def map_without_the_last_component(X, r, prior):
    return map_m_step(X, r[:, :-1], prior)


def map_of_nothing(X, r, prior):
    return np.ones(r.shape[1]) / r.shape[1], np.tile(prior.mean, (r.shape[1], 1)), prior.covariance


class Map:
    """The step, by an object, with one more argument that nobody hands in."""

    def __call__(self, X, r, prior, *, einsum=np.einsum):
        a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
        counts = einsum("nk->k", r)
        means = (einsum("nk,ni->ki", r, X) + b * prior.mean) / (counts + b)[:, None]
        rows = np.concatenate([X - means[:, None], (prior.mean - means)[:, None]], axis=1)
        held = np.concatenate([r, np.full((1, len(counts)), b)])
        scatter = einsum("nk,kni,knj->kij", held, rows, rows) + c * prior.covariance
        weights = (counts + a) / (len(X) + a * len(counts))
        return SimpleNamespace(
            weights=weights, means=means, covariances=scatter / (counts + c)[:, None, None]
        )


def map_in_plain_python(X, r, prior):
    (n, d), k = X.shape, r.shape[1]
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    weights, means, covariances = [], [], []
    for j in range(k):
        count = math.fsum(r[i, j] for i in range(n))
        mean = [
            (math.fsum(r[i, j] * X[i, p] for i in range(n)) + b * prior.mean[p]) / (count + b)
            for p in range(d)
        ]
        rows = [*((r[i, j], X[i]) for i in range(n)), (b, prior.mean)]
        entry = {
            (p, q): (
                math.fsum(share * (x[p] - mean[p]) * (x[q] - mean[q]) for share, x in rows)
                + c * prior.covariance[p, q]
            )
            / (count + c)
            for p in range(d)
            for q in range(d)
        }
        weights.append((count + a) / (n + k * a))
        means.append(mean)
        covariances.append([[entry[p, q] for q in range(d)] for p in range(d)])
    return weights, means, covariances


def map_in_single(X, r, prior):
    mixture = Map()(X, r, prior)
    return [getattr(mixture, part).astype(np.float32) for part in PARTS]


def map_symmetrized(X, r, prior):
    found = Map()(X, r, prior)
    return Mixture(found.weights, found.means, (found.covariances + found.covariances.swapaxes(1, 2)) / 2)


# --- effective_components ------------------------------------------------------------------------


def effective_from_the_package(weights):
    return effective_components(weights)


def effective_of_order_zero(weights):
    return np.count_nonzero(weights)


def effective_by_a_twentieth(weights):
    return (weights > 0.05).sum()


def effective_by_an_equal_share(weights):
    return (weights > 1 / len(weights)).sum()


def effective_until_95_percent(weights):
    return 1 + np.searchsorted(np.sort(weights)[::-1].cumsum(), 0.95)


def effective_by_gini(weights):
    return 1 / np.square(weights).sum()


def effective_by_scipy_in_bits(weights):
    return np.exp(-xlogy(weights, weights).sum() / np.log(2))


def effective_with_1e_12_inside(weights):
    return np.exp(-(weights * np.log(weights + 1e-12)).sum())


def effective_with_1e_300_inside(weights):
    """Right but where a weight is smaller still; that is nothing."""
    return np.exp(-(weights * np.log(weights + 1e-300)).sum())


def effective_without_those_below_1e_10(weights):
    some = weights[weights > 1e-10]
    return np.exp(-(some * np.log(some)).sum())


def effective_without_isclose_zero(weights):
    some = weights[~np.isclose(weights, 0)]
    return np.exp(-(some * np.log(some)).sum())


def effective_renormalized_after_a_cut(weights):
    some = weights[weights > 1e-6] / weights[weights > 1e-6].sum()
    return np.exp(-(some * np.log(some)).sum())


def effective_rounded(weights):
    return round(float(np.exp(-xlogy(weights, weights).sum())), 3)


def effective_in_single(weights):
    w = weights.astype(np.float32)
    return np.exp(-xlogy(w, w).sum())


def effective_as_text(weights):
    return str(effective_components(weights))


def effective_as_weights(weights):
    return -xlogy(weights, weights)


def effective_with_log1p(weights):
    return np.exp(-(weights * np.log1p(weights)).sum())


def effective_by_logaddexp(weights):
    return np.exp(-sum(w * math.log(w) for w in weights if w))


def effective_by_masked_arrays(weights):
    w = np.ma.masked_equal(weights, 0)
    return float(np.ma.exp(-(w * np.ma.log(w)).sum()))


def effective_with_nansum(weights):
    with np.errstate(all="ignore"):
        return [math.e ** -np.nansum(weights * np.log(weights))]


def effective_by_where(weights):
    return 1 / np.exp((weights * np.log(np.where(weights > 0, weights, 1))).sum())


WRONG = {
    "map_m_step": (
        map_from_the_package, map_by_the_plain_m_step, map_with_lambda_as_a_ridge, map_with_the_plain_weights,
        map_with_the_plain_means, map_that_draws_points_for_the_prior,
        map_with_all_c_points_at_the_prior_mean, map_with_the_c_points_at_m,
        map_in_whole_counts, map_with_verdicts, map_for_two_components, map_with_a_trifle_on_the_diagonal,
        map_rounded, map_with_the_counts_kept_from_zero, map_in_half, map_that_moves_its_data,
        map_without_the_last_component, map_of_nothing,
    ),
    "effective_components": (
        effective_from_the_package, effective_of_order_zero, effective_by_a_twentieth,
        effective_by_an_equal_share, effective_until_95_percent, effective_by_gini,
        effective_by_scipy_in_bits,
        effective_with_1e_12_inside, effective_without_those_below_1e_10, effective_without_isclose_zero,
        effective_renormalized_after_a_cut, effective_rounded, effective_in_single, effective_as_text,
        effective_as_weights, effective_with_log1p,
    ),
}  # fmt: skip

RIGHT = {
    "map_m_step": (Map(), map_in_plain_python, map_in_single, map_symmetrized),
    "effective_components": (
        effective_by_logaddexp, effective_by_masked_arrays, effective_with_nansum, effective_by_where,
        effective_with_1e_300_inside,
    ),
}  # fmt: skip
