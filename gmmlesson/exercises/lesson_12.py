"""Priors: `map_m_step` and `effective_components`."""

import numpy as np

from gmmlesson.em import m_step
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.exercises.reading import PARTS, are_shaped, as_numbers, as_parts, described
from gmmlesson.mixture import Mixture
from gmmlesson.priors import Prior, effective_components, log_prior, map_m_step

# --- map_m_step ----------------------------------------------------------------------------------


def my_map_m_step(X, responsibilities, prior):
    n, k = responsibilities.shape
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    counts = responsibilities.sum(axis=0)  # (k,)
    weights = (counts + a) / (n + k * a)
    means = (responsibilities.T @ X + b * prior.mean) / (counts + b)[:, None]  # (k, d)
    covariances = []
    for j in range(k):
        deviations, off = X - means[j], prior.mean - means[j]
        scatter = (responsibilities[:, j, None] * deviations).T @ deviations + b * np.outer(off, off)
        covariances.append((scatter + c * prior.covariance) / (counts[j] + c))
    return Mixture(weights, means, covariances)


def _points(seed, n, d):
    """Correlated points (n, d) around the center (1, 2, 3, ...), with spreads that differ."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.uniform(-1, 1.5, (d, d)) + np.arange(1.0, d + 1)


def _shares(seed, n, k):
    """Responsibilities (n, k), some of them clear and some not; the first component holds the most."""
    logits = np.random.default_rng(seed).normal(-0.7 * np.arange(k), 1.5, (n, k))
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def _prior(seed, d, *points, unit=1.0, away=0.0):
    """A prior whose covariance leans, with so many points for covariance, mean and weight."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((d, d + 2))
    return Prior(unit * rng.normal(1, 2, d) + away, unit**2 * A @ A.T / (d + 2), *points)


def _one_on_a_point(seed, n):
    """Responsibilities (n, 2) of which the second component holds the last point, and hardly another."""
    second = np.r_[np.full(n - 1, 1e-9), 1.0]
    return np.column_stack([1 - second, second])


RULER = np.array([[0.0], [1], [2], [3], [8], [9], [10]])
LONE = np.eye(2)[[0, 0, 0, 0, 0, 1, 0]]  # orange holds the point at 9
NOBODY = np.eye(3)[[0, 0, 1, 1, 0, 1]]  # the third component holds nothing
HELD = (
    Case(
        "the seven points, orange holding one, four invented points",
        (RULER, LONE, Prior([5.0], [[1.0]], 4, 0)),
    ),
    Case(
        "the seven points, invented ones for covariance, mean and weight",
        (RULER, LONE, Prior([5.0], [[2.0]], 4, 2, 1)),
    ),
    Case(
        "twelve points in the plane, two components",
        (_points(1, 12, 2), _shares(1, 12, 2), _prior(1, 2, 4, 1, 1)),
    ),
    Case(
        "thirty points with three features, three components, fractions of a point",
        (_points(2, 30, 3), _shares(2, 30, 3), _prior(2, 3, 2.5, 0.4, 0.3)),
    ),
    Case(
        "a needle: one component on one point, and hardly on another",
        (_points(3, 9, 2), _one_on_a_point(3, 9), _prior(3, 2, 4, 0.01, 0)),
    ),
    Case(
        "one component that holds all of nine points",
        (_points(4, 9, 2), np.ones((9, 1)), _prior(4, 2, 6, 3, 2)),
    ),
    Case(
        "a third component that holds nothing, where the prior alone speaks",
        (_points(5, 6, 2), NOBODY, _prior(5, 2, 5, 1, 1)),
    ),
    Case(
        "fewer points than features, three for five",
        (_points(6, 3, 5), _shares(6, 3, 2), _prior(6, 5, 7, 0.5, 0)),
    ),
    Case(
        "a prior that is surer than the data: a hundred invented points",
        (_points(7, 10, 2), _shares(7, 10, 2), _prior(7, 2, 100, 100, 100)),
    ),
    Case(
        "a prior for the covariances alone",
        (_points(8, 20, 2), _shares(8, 20, 3), _prior(8, 2, 4, 0, 0)),
    ),
    Case("a prior for the means alone", (_points(9, 20, 2), _shares(9, 20, 2), _prior(9, 2, 0, 5, 0))),
    Case("a prior for the weights alone", (_points(10, 20, 2), _shares(10, 20, 2), _prior(10, 2, 0, 0, 5))),
    Case(
        "whole numbers for points",
        (np.rint(9 * _points(11, 15, 2)).astype(int), _shares(11, 15, 2), _prior(11, 2, 4, 1, 1, unit=9.0)),
    ),
    Case(
        "lengths in kilometers, spread by a meter",
        (_points(12, 25, 2) / 1000, _shares(12, 25, 2), _prior(12, 2, 4, 1, 1, unit=1e-3)),
    ),
    Case(
        "points a million from the origin, and the prior with them",
        (_points(13, 30, 2) + 1e6, _shares(13, 30, 2), _prior(13, 2, 4, 1, 0.5, away=1e6)),
    ),
    Case(
        "four hundred points, four components, four features",
        (_points(14, 400, 4), _shares(14, 400, 4), _prior(14, 4, 6, 2, 1)),
    ),
)


def _read_mixture(answer, X, responsibilities, prior):
    wanted = "map_m_step returns a Mixture, or its arrays: weights (k,), means (k, d), covariances (k, d, d)."
    return as_parts(answer, wanted, responsibilities.shape[1])


def _weights_sum_to_1(parts, X, responsibilities, prior):
    total = parts["weights"].sum()
    return None if abs(total - 1) < 1e-4 else f"the weights sum to {total:.4g}, not 1."


def _no_variance_below_the_priors_share(parts, X, responsibilities, prior):
    """Sigma_k is at least c V / (N_k + c)."""
    if not are_shaped(parts, responsibilities.shape[1], X.shape[1]):
        return None
    c, counts = prior.covariance_points, responsibilities.sum(axis=0)
    for j, covariance in enumerate(parts["covariances"]):
        least = c * prior.covariance.diagonal() / (counts[j] + c)
        for i in np.flatnonzero(~(covariance.diagonal() >= (1 - 1e-6) * least)):
            return (
                f"the variance of component {j} in feature {i} is {covariance[i, i]:.4g}. The invented "
                f"points alone give it {least[i]:.4g}, c V over N_k + c, and deviations add to that."
            )
    return None


def _beats_the_plain_m_step(parts, X, responsibilities, prior):
    """Q + log prior, which the MAP step maximizes, may not be lower than at the plain M-step's mixture."""
    if not are_shaped(parts, responsibilities.shape[1], X.shape[1]):
        return None
    try:
        plain, found = m_step(X, responsibilities), Mixture(*(parts[part] for part in PARTS))
    except ValueError:
        return None
    (before, after) = (
        (responsibilities * mixture.log_joint(X)).sum() + log_prior(mixture, prior)
        for mixture in (plain, found)
    )
    if after >= before - 1e-6 * (1 + abs(before)):
        return None
    return (
        f"Q plus the logarithm of the prior is {after:.4g} nats at your mixture, and {before:.4g} at the "
        "plain M-step's, where it should be lower."
    )


def _map(
    X, r, prior, *, weights=None, means=None, about=None, above=None, below=None, off=None, b_in=True
):  # fmt: skip
    """The right step with some of its parts replaced, as three arrays."""
    n, k = r.shape
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    counts = r.sum(axis=0)
    weights = (counts + a) / (n + k * a) if weights is None else weights
    means = (r.T @ X + b * prior.mean) / (counts + b)[:, None] if means is None else means
    about = means if about is None else about
    deviations = X - about[:, None, :]
    scatter = np.einsum("nk,kni,knj->kij", r, deviations, deviations)
    off = prior.mean - about if off is None else off
    scatter = scatter + (b * off[:, :, None] * off[:, None, :] if b_in else 0)
    above = c * prior.covariance if above is None else above
    below = counts + c if below is None else below
    return weights, means, (scatter + above) / below[:, None, None]


def _plain(X, r, prior):
    return _map(X, r, Prior(prior.mean, prior.covariance, 0, 0, 0))


def _counts(r, prior):
    return r.sum(axis=0), prior.weight_points, prior.mean_points, prior.covariance_points


def _floor_without_the_count(X, r, prior):
    return _map(X, r, prior, below=r.sum(axis=0))


def _counted_without_being_added(X, r, prior):
    return _map(X, r, prior, above=0.0)


def _one_covariance_added(X, r, prior):
    return _map(X, r, prior, above=prior.covariance)


def _ridge(X, r, prior):
    weights, means, covariances = _map(X, r, prior, above=0.0, below=r.sum(axis=0))
    return weights, means, covariances + prior.covariance


def _no_deviation_of_the_priors_mean(X, r, prior):
    return _map(X, r, prior, b_in=False)


def _about_the_plain_means(X, r, prior):
    return _map(X, r, prior, about=r.T @ X / r.sum(axis=0)[:, None])


def _about_the_plain_means_without_b(X, r, prior):
    return _map(X, r, prior, about=r.T @ X / r.sum(axis=0)[:, None], b_in=False)


def _c_points_at_m_too(X, r, prior):
    """The natural misreading: all invented points lie at m, so those for the covariance deviate as well."""
    _, means, _ = _map(X, r, prior)
    off, c = prior.mean - means, prior.covariance_points
    return _map(X, r, prior, above=c * (prior.covariance + off[:, :, None] * off[:, None, :]))


def _b_counted_below(X, r, prior):
    counts, _, b, c = _counts(r, prior)
    return _map(X, r, prior, below=counts + b + c)


def _means_not_moved(X, r, prior):
    return _map(X, r, prior, means=r.T @ X / r.sum(axis=0)[:, None])


def _means_only_counted(X, r, prior):
    counts, _, b, _ = _counts(r, prior)
    return _map(X, r, prior, means=r.T @ X / (counts + b)[:, None])


def _means_with_one_m(X, r, prior):
    counts, _, b, _ = _counts(r, prior)
    return _map(X, r, prior, means=(r.T @ X + prior.mean) / (counts + b)[:, None])


def _weights_over_n(X, r, prior):
    counts, a, _, _ = _counts(r, prior)
    return _map(X, r, prior, weights=(counts + a) / len(X))


def _weights_over_n_and_one_a(X, r, prior):
    counts, a, _, _ = _counts(r, prior)
    return _map(X, r, prior, weights=(counts + a) / (len(X) + a))


def _weights_of_the_data(X, r, prior):
    return _map(X, r, prior, weights=r.sum(axis=0) / len(X))


def _weights_by_concentration(X, r, prior):
    counts, a, _, _ = _counts(r, prior)
    return _map(X, r, prior, weights=(counts + a + 1) / (len(X) + r.shape[1] * (a + 1)))


def _one_weight_point_less(X, r, prior):
    counts, a, _, _ = _counts(r, prior)
    return _map(X, r, prior, weights=(counts + a - 1) / (len(X) + r.shape[1] * (a - 1)))


def _mode_of_the_covariance_alone(X, r, prior):
    counts, _, _, c = _counts(r, prior)
    return _map(X, r, prior, below=counts + c - 1)


def _posterior_mean(X, r, prior):
    counts, _, _, c = _counts(r, prior)
    return _map(X, r, prior, below=counts + c - 2 * X.shape[1] - 3)


def _divided_by_n(X, r, prior):
    _, _, _, c = _counts(r, prior)
    return _map(X, r, prior, below=np.full(r.shape[1], len(X) + c))


def _a_and_c_exchanged(X, r, prior):
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    return _map(X, r, Prior(prior.mean, prior.covariance, a, b, c))


def _b_and_c_exchanged(X, r, prior):
    a, b, c = prior.weight_points, prior.mean_points, prior.covariance_points
    return _map(X, r, Prior(prior.mean, prior.covariance, b, c, a))


def _divided_by_the_count_first(X, r, prior):
    counts, _, b, c = _counts(r, prior)
    plain = _plain(X, r, prior)
    off = plain[1] - prior.mean
    spread = counts * b / (counts + b)
    covariances = counts[:, None, None] * plain[2] + spread[:, None, None] * off[:, :, None] * off[:, None, :]
    means = (counts[:, None] * plain[1] + b * prior.mean) / (counts + b)[:, None]
    return _map(X, r, prior)[0], means, (covariances + c * prior.covariance) / (counts + c)[:, None, None]


def _diagonal(X, r, prior):
    weights, means, covariances = _map(X, r, prior)
    return weights, means, covariances * np.eye(X.shape[1])


def _squares_less_squares(X, r, prior):
    counts, _, b, c = _counts(r, prior)
    weights, means, _ = _map(X, r, prior)
    squares = np.einsum("nk,ni,nj->kij", r, X, X) + b * np.outer(prior.mean, prior.mean)
    scatter = squares - (counts + b)[:, None, None] * means[:, :, None] * means[:, None, :]
    return weights, means, (scatter + c * prior.covariance) / (counts + c)[:, None, None]


def _prior_shared_out(X, r, prior):
    counts, _, _, c = _counts(r, prior)
    c = c / r.shape[1]
    return _map(X, r, prior, above=c * prior.covariance, below=counts + c)


MAP_M_STEP = Exercise(
    name="map_m_step",
    reference=map_m_step,
    answer=my_map_m_step,
    cases=HELD,
    read=_read_mixture,
    properties=(_weights_sum_to_1, _no_variance_below_the_priors_share, _beats_the_plain_m_step),
    mistakes=(
        Mistake(
            "prior_forgotten",
            _plain,
            "this is lesson 03's M-step: `prior` is used nowhere. Its points join the component's own, "
            "above every bar and below it.",
        ),
        Mistake(
            "added_but_not_counted",
            _floor_without_the_count,
            "c V is added above the bar, but below it stands N_k alone. That is lesson 08's floor b / "
            "N_k: it makes every covariance too wide, an honest one too. Invented points count: N_k + c.",
        ),
        Mistake(
            "counted_but_not_added",
            _counted_without_being_added,
            "you divide by N_k + c, yet the invented points' spread, c times `prior.covariance`, is not in "
            "the sum: they are taken to lie exactly on the mean, and the needle comes back.",
        ),
        Mistake(
            "one_covariance_added",
            _one_covariance_added,
            "`prior.covariance` is added once. It is the covariance of *each* of the c invented points, a "
            "mean of squares; their sum of squares is c times as much.",
        ),
        Mistake(
            "prior_as_a_ridge",
            _ridge,
            "`prior.covariance` is put on top of the finished covariance, as a ridge is. It belongs into "
            "the mean over all points, measured and invented: c times it above, N_k + c below.",
        ),
        Mistake(
            "prior_mean_does_not_deviate",
            _no_deviation_of_the_priors_mean,
            "the b invented points at m pull the mean, so they are off it as well, and their deviations b "
            "(m - mu)(m - mu)^T are missing in the covariance. Without them the sum that we climb may fall.",
        ),
        Mistake(
            "covariance_points_at_the_priors_mean",
            _c_points_at_m_too,
            "the c points for the covariance are laid at `prior.mean`, so that their distance from the "
            "component comes in. They spread about the component's own mean, wherever it is, and only the b "
            "points lie at m: add c V and nothing else for them.",
        ),
        Mistake(
            "about_the_plain_means",
            _about_the_plain_means,
            "the deviations are taken from the means of the data alone. Take them from the new means, "
            "which the invented points have pulled: compute those first.",
        ),
        Mistake(
            "about_the_plain_means_and_no_b",
            _about_the_plain_means_without_b,
            "the covariance is taken about the data's own means, and the b points at m do not come into "
            "it. Take all deviations, theirs too, from the new means.",
        ),
        Mistake(
            "mean_points_counted_below",
            _b_counted_below,
            "below the bar of the covariance stands N_k + b + c. The prior on the covariance is worth c "
            "points, and b is its opinion on the mean: divide by N_k + c.",
        ),
        Mistake(
            "means_not_pulled",
            _means_not_moved,
            "your means are those of the data: the b points at `prior.mean` do not pull at all. Add b m "
            "above the bar, and b below it.",
        ),
        Mistake(
            "means_pulled_to_zero",
            _means_only_counted,
            "the means are divided by N_k + b, but b m was not added above, so they are pulled to the "
            "origin, not to `prior.mean`.",
        ),
        Mistake(
            "prior_mean_added_once",
            _means_with_one_m,
            "`prior.mean` is added once, but b points stand there: b times m, as b is added below.",
        ),
        Mistake(
            "weights_over_n",
            _weights_over_n,
            "a is added to every count, but the sum below is still n, so the weights sum to more than 1. "
            "Each of the k components has its a: divide by n + k a.",
        ),
        Mistake(
            "weights_over_n_plus_a",
            _weights_over_n_and_one_a,
            "below the weights stands n + a. There are k components with a invented points each: n + k a.",
        ),
        Mistake(
            "weights_of_the_data",
            _weights_of_the_data,
            "the weights are N_k / n: `prior.weight_points` is not used. With it a component that holds "
            "nothing keeps a weight.",
        ),
        Mistake(
            "concentration_for_points",
            _weights_by_concentration,
            "one is added to a. The books' Dirichlet has the concentration alpha = a + 1, and its mode "
            "takes the one off again: what is added to a count is a itself.",
        ),
        Mistake(
            "one_point_taken_off",
            _one_weight_point_less,
            "you add a - 1, as in the books' formula with alpha - 1. Our a is that alpha - 1 already: a "
            "number of points.",
        ),
        Mistake(
            "mode_of_the_covariance_alone",
            _mode_of_the_covariance_alone,
            "you divide by N_k + c - 1, which is the mode of the covariance alone (nu + d + 1 in the "
            "books). We ask for the mode of mean and covariance together, and that has one more.",
        ),
        Mistake(
            "posterior_mean",
            _posterior_mean,
            "you divide by nu + N_k - d - 1: the posterior *mean* of a covariance. MAP asks for the most "
            "probable one, its mode, which divides by N_k + c.",
        ),
        Mistake(
            "covariances_over_all_points",
            _divided_by_n,
            "the covariances are divided by n + c. A component divides by what it holds, N_k + c.",
        ),
        Mistake(
            "a_and_c_exchanged",
            _a_and_c_exchanged,
            "the points for the weight and those for the covariance have changed places: a is "
            "`prior.weight_points`, c is `prior.covariance_points`.",
        ),
        Mistake(
            "b_and_c_exchanged",
            _b_and_c_exchanged,
            "the points for the mean and those for the covariance have changed places: b is "
            "`prior.mean_points`, c is `prior.covariance_points`.",
        ),
        Mistake(
            "divided_before_the_prior",
            _divided_by_the_count_first,
            "it is right wherever a component holds something. One that holds nothing gives 0 / 0, because "
            "you divide by N_k before the invented points come in. Add first, then divide once.",
        ),
        Mistake(
            "only_the_diagonal",
            _diagonal,
            "the variances are right, and the rest of each covariance is 0: the ellipses cannot lean.",
        ),
        Mistake(
            "mean_squares_less_squared_mean",
            _squares_less_squares,
            "the scatter is a sum of squares less a square. Far from zero both are huge, and their "
            "difference is rounding (lesson 09). Take deviations first, then square.",
        ),
        Mistake(
            "prior_shared_out",
            _prior_shared_out,
            "you give each component c / k invented points. The prior is about every component by itself: "
            "each gets all c.",
        ),
    ),
    hints=(
        (
            "Copy your M-step of lesson 03. Each of its three lines has a sum above the bar and a count "
            "below it, and the invented points join both."
        ),
        (
            "Means first: (r.T @ X + b * prior.mean) / (counts + b)[:, None]. Then take the deviations of "
            "X, and of prior.mean, from these."
        ),
        (
            "A component's covariance: ((r[:, None] * deviations).T @ deviations + b * np.outer(off, off) "
            "+ c * prior.covariance) / (count + c), where off = prior.mean - mean."
        ),
    ),
)


# --- effective_components ------------------------------------------------------------------------


def my_effective_components(weights):
    some = weights[weights > 0]
    return np.exp(-(some * np.log(some)).sum())


def _dirichlet(seed, k, alpha):
    return np.random.default_rng(seed).dirichlet(np.full(k, alpha))


WEIGHTS = (
    Case("four equal weights", (np.full(4, 0.25),)),
    Case("one half and two quarters", (np.array([0.5, 0.25, 0.25]),)),
    Case("three equal weights, and three zeros", (np.array([1, 1, 1, 0, 0, 0]) / 3,)),
    Case("a single component", (np.array([1.0]),)),
    Case("one component that has everything, of four", (np.array([0.0, 0.0, 1.0, 0.0]),)),
    Case("two halves, and six that hold hardly anything", (np.r_[[0.5 - 3e-9] * 2, [1e-9] * 6],)),
    Case("two that share, and one smaller than 10^-300", (np.array([0.3, 0.7, 1e-310]),)),
    Case("seven weights of all sizes", (_dirichlet(1, 7, 0.5),)),
    Case("weights out of order, two of them equal", (np.array([0.1, 0.4, 0.1, 0.25, 0.15]),)),
    Case("twelve weights, few of them large", (_dirichlet(2, 12, 0.1),)),
    Case("two hundred equal weights", (np.full(200, 1 / 200),)),
    Case(
        "ten thousand weights, nearly all of them tiny", (np.r_[0.6, 0.4 - 9998e-15, np.full(9998, 1e-15)],)
    ),
)


def _read_number(answer, weights):
    wanted = "effective_components returns one number."
    number = as_numbers(answer, wanted)
    if number.size != 1:
        raise Unreadable(f"{wanted} Yours returns {described(answer)}.")
    return {"number of components": number.reshape(())}


def _between_one_and_k(parts, weights):
    number, k = parts["number of components"], len(weights)
    if not np.isfinite(number):
        return f"the number is {number}, which is none. Is there a weight of 0, and its logarithm?"
    if not 1 - 1e-6 <= number <= k * (1 + 1e-6):
        return (
            f"the number is {number:.6g}: it should be at least 1 and at most {k}, the components there are."
        )
    return None


def _entropy(weights):
    some = weights[weights > 0]
    return -(some * np.log(some)).sum()


def _counts_all(weights):
    return float((weights > 0).sum())


def _counts_above_a_hundredth(weights):
    return float((weights > 0.01).sum())


def _counts_above_a_thousandth(weights):
    return float((weights > 1e-3).sum())


def _entropy_itself(weights):
    return _entropy(weights)


def _two_to_the_nats(weights):
    return 2 ** _entropy(weights)


def _e_to_the_bits(weights):
    return np.exp(_entropy(weights) / np.log(2))


def _upside_down(weights):
    return np.exp(-_entropy(weights))


def _zero_times_log_zero(weights):
    with np.errstate(all="ignore"):
        return np.exp(-(weights * np.log(weights)).sum())


def _simpson(weights):
    return 1 / (weights**2).sum()


def _one_over_the_largest(weights):
    return 1 / weights.max()


def _mean_for_sum(weights):
    return np.exp(_entropy(weights) / len(weights))


def _logarithms_unweighted(weights):
    some = weights[weights > 0]
    return np.exp(-np.log(some).mean())


def _whole_number(weights):
    return float(np.round(np.exp(_entropy(weights))))


def _share_of_the_most(weights):
    return _entropy(weights) / np.log(len(weights)) if len(weights) > 1 else 1.0


def _small_ones_cut_off(weights):
    some = weights[weights > 1e-12]
    return np.exp(-(some * np.log(some)).sum())


def _something_added(weights):
    return np.exp(-(weights * np.log(weights + 1e-10)).sum())


def _clipped(weights):
    some = np.maximum(weights, 1e-12)
    return np.exp(-(some * np.log(some)).sum())


def _one_added(weights):
    return np.exp(_entropy(weights)) + 1


EFFECTIVE_COMPONENTS = Exercise(
    name="effective_components",
    reference=effective_components,
    answer=my_effective_components,
    cases=WEIGHTS,
    read=_read_number,
    properties=(_between_one_and_k,),
    single=False,
    tolerance={"number of components": (1e-11, 1e-12)},
    mistakes=(
        Mistake(
            "counts_all_that_are_not_zero",
            _counts_all,
            "this counts the weights above 0. A prior leaves every component a little, so that this is "
            "nearly always k, however little most of them hold.",
        ),
        Mistake(
            "counts_above_a_hundredth",
            _counts_above_a_hundredth,
            "this counts the weights above 0.01. A weight of 0.0101 then counts one and its neighbor of "
            "0.0099 nothing, and whoever chooses the threshold chooses the answer.",
        ),
        Mistake(
            "counts_above_a_thousandth",
            _counts_above_a_thousandth,
            "this counts the weights above 0.001. Another threshold gives another number: ask for none, "
            "the entropy gives each weight its due.",
        ),
        Mistake(
            "entropy_itself",
            _entropy_itself,
            "this is the entropy, in nats: 0 for one component, log k for k equal ones. Its exponential is "
            "a number of components.",
        ),
        Mistake(
            "two_to_the_power_of_nats",
            _two_to_the_nats,
            "you raise 2 to an entropy in nats. With `np.log` belongs `np.exp`; 2 goes with `np.log2`.",
        ),
        Mistake(
            "e_to_the_power_of_bits",
            _e_to_the_bits,
            "you take `np.exp` of an entropy in bits, from `np.log2`. Take both to base e, or both to 2.",
        ),
        Mistake(
            "upside_down",
            _upside_down,
            "this is one over the number: the minus sign of the entropy is missing. Logarithms of weights "
            "are negative, so minus their mean is positive.",
        ),
        Mistake(
            "zero_times_its_logarithm",
            _zero_times_log_zero,
            "a weight of 0 gives 0 times minus infinity, which is NaN. It counts nothing, the limit of w "
            "log w: leave it out, or use `scipy.special.xlogy`.",
        ),
        Mistake(
            "inverse_simpson",
            _simpson,
            "this is 1 over the sum of squares, another honest answer (Simpson's), which counts small "
            "components less. Asked for is the exponential of the entropy.",
        ),
        Mistake(
            "one_over_the_largest",
            _one_over_the_largest,
            "this is 1 over the largest weight, and it does not see how the others share the rest.",
        ),
        Mistake(
            "mean_for_sum",
            _mean_for_sum,
            "the terms are averaged over the components. Their weights average already: add them up.",
        ),
        Mistake(
            "logarithms_not_weighted",
            _logarithms_unweighted,
            "every logarithm counts the same, so the tiniest weight speaks loudest. Multiply each by its "
            "weight and add.",
        ),
        Mistake(
            "rounded_to_a_whole_number",
            _whole_number,
            "it is rounded. Whether 2.5 is two or three is not for the function to say: return it as it is.",
        ),
        Mistake(
            "share_of_the_most_possible",
            _share_of_the_most,
            "this is the entropy as a share of the most possible, log k. It says how even the weights are, "
            "and forgets how many.",
        ),
        Mistake(
            "small_weights_cut_off",
            _small_ones_cut_off,
            "weights below a threshold are left out. One alone is nothing, ten thousand of them are "
            "something: leave out zeros only.",
        ),
        Mistake(
            "added_inside_the_logarithm",
            _something_added,
            "something small is added inside the logarithm, against log 0. It shows where weights are as "
            "small as that. Leave the zeros out instead.",
        ),
        Mistake(
            "weights_clipped",
            _clipped,
            "weights are raised to something like 1e-12, against log 0, and then each of the many empty "
            "ones counts. Leave the zeros out instead.",
        ),
        Mistake(
            "one_too_many",
            _one_added,
            "it is one too many. A single component has entropy 0, and the exponential of 0 is 1 already.",
        ),
    ),
    hints=(
        (
            "The entropy of the weights is minus the sum of w log w. For k equal weights it is log k: what "
            "turns that into k?"
        ),
        "A weight of 0 counts nothing, but NumPy makes NaN of 0 times log 0. Take the weights above 0 first.",
        "some = weights[weights > 0], and then np.exp(-(some * np.log(some)).sum()).",
    ),
)

EXERCISES = (MAP_M_STEP, EFFECTIVE_COMPONENTS)
