"""A mixture put to work: `outlier_threshold`, `conditional`."""

import numpy as np

from gmmlesson.conditional import conditional, fill_in
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.exercises.reading import as_parts
from gmmlesson.mixture import Mixture
from gmmlesson.outliers import outlier_threshold


def _random(seed, k, d, unit=1.0, offset=0.0):
    """A mixture of k leaning Gaussians in d dimensions, standard deviations about a `unit`."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(k, d, d)) * np.linspace(0.6, 1.6, k)[:, None, None]
    covariances = unit**2 * (A @ A.swapaxes(1, 2) + 0.2 * np.eye(d))
    means = unit * rng.normal(size=(k, d)) * 2 + offset
    return Mixture(rng.dirichlet(np.full(k, 3.0)), means, covariances)


GEYSER = Mixture(
    [0.36, 0.64], [[2.0, 54.5], [4.3, 80.0]], [[[0.07, 0.44], [0.44, 34.0]], [[0.17, 0.94], [0.94, 36.0]]]
)

# --- outlier_threshold ---------------------------------------------------------------------------


def my_outlier_threshold(X, mixture, share):
    r = int(share * (len(X) + 1))
    return np.sort(mixture.log_density(X))[r - 1]


def _drawn(seed, n, k, d, share, **options):
    mixture = _random(seed, k, d, **options)
    return mixture.sample(n, np.random.default_rng(seed))[0], mixture, share


def _threshold_cases():
    bell = Mixture([1.0], [[0.0]], [[[1.0]]])
    line = np.array([-0.2, 1.1, -2.5, 0.4, 0.9, -1.3, 0.1, -0.6, 1.7])[:, None]
    far = np.concatenate([np.linspace(-2, 2, 30), [90.0, -70.0]])[:, None]
    twins = np.repeat(np.array([[0.0], [3.0], [1.0], [2.0]]), [4, 3, 6, 6], axis=0)
    return (
        Case("nine points on a line, a bell, share 0.2", (line, bell, 0.2)),
        Case("nineteen points in the plane, two components, share 0.05", _drawn(1, 19, 2, 2, 0.05)),
        Case("99 points in the plane, three components, share 0.05", _drawn(2, 99, 3, 2, 0.05)),
        Case("50 points in space, two components, share 0.05", _drawn(3, 50, 2, 3, 0.05)),
        Case("50 points in the plane, share 0.5", _drawn(4, 50, 2, 2, 0.5)),
        Case("40 points with four features, share 0.24", _drawn(5, 40, 3, 4, 0.24)),
        Case("two points, share 0.35", _drawn(6, 2, 2, 2, 0.35)),
        Case("one point, share 0.5", _drawn(7, 1, 1, 2, 0.5)),
        Case("30 points, two of them very far out, share 0.07", (far, bell, 0.07)),
        Case("nineteen points, many of them twice, share 0.2", (twins, bell, 0.2)),
        Case("lengths in meters, spread by a micrometer", _drawn(8, 60, 2, 2, 0.11, unit=1e-6)),
        Case("200 points in the plane, share 0.05", _drawn(12, 200, 3, 2, 0.05)),
        Case("300 points, share 0.001 more than one hundredth", _drawn(9, 300, 3, 2, 0.011)),
        Case("25 points, share 0.97", _drawn(10, 25, 2, 1, 0.97)),
        Case("500 points with six features, share 0.013", _drawn(11, 500, 4, 6, 0.013)),
    )  # fmt: skip


def _read_threshold(answer, X, mixture, share):
    if isinstance(answer, tuple):
        raise Unreadable(f"outlier_threshold returns one number; yours returns {len(answer)} things.")
    value = np.asarray(answer)
    return {"threshold": value.reshape(()) if value.size == 1 else value}


def _flags_no_more_than_the_share(parts, X, mixture, share):
    value = parts["threshold"]
    if value.ndim:
        return None
    if not np.isfinite(value):
        return f"the threshold is {value}; it is the log-density of one of the points."
    below = int((mixture.log_density(X) < value - 1e-9 * abs(value)).sum())
    if below + 1 > share * (len(X) + 1) + 1e-9:
        return (
            f"{below} of {len(X)} log-densities lie below it, so a further point rings at any of the lowest "
            f"{below + 1} of {len(X) + 1} ranks; a share of {share:g} allows "
            f"{int(share * (len(X) + 1) + 1e-9)}."
        )
    return None


def _ranked(rank, score=lambda X, mixture: mixture.log_density(X), clip=True):
    """The rank-th smallest score, counted from 1; rank(n, share)."""

    def threshold(X, mixture, share):
        r = rank(len(X), share)
        return np.sort(score(X, mixture))[min(max(r, 1), len(X)) - 1 if clip else r - 1]

    return threshold


def _right_rank(n, share):
    return int(share * (n + 1))


def _index_not_rank(X, mixture, share):
    scores = np.sort(mixture.log_density(X))
    return scores[min(int(share * (len(X) + 1)), len(X) - 1)]


def _one_by_one_rule(X, mixture, share):
    from scipy.stats import norm

    scores = mixture.log_density(X)
    return scores.mean() + norm.ppf(share) * scores.std()


def _highest(X, mixture, share):
    return np.sort(mixture.log_density(X))[::-1][int(share * (len(X) + 1)) - 1]


def _unsorted(X, mixture, share):
    return mixture.log_density(X)[int(share * (len(X) + 1)) - 1]


def _densities(X, mixture):
    return np.exp(mixture.log_density(X))


def _best_component(X, mixture):
    return mixture.log_joint(X).max(axis=1)


def _without_weights(X, mixture):
    return (mixture.log_joint(X) - np.log(mixture.weights)).max(axis=1)


def _distances(X, mixture):
    deviations = X[:, None, :] - mixture.means
    squared = np.einsum("nki,kij,nkj->nk", deviations, mixture.precisions, deviations)
    return -0.5 * squared.min(axis=1)


def _all_below(X, mixture, share):
    return np.sort(mixture.log_density(X))[: int(share * (len(X) + 1))]


def _where(X, mixture, share):
    return np.argsort(mixture.log_density(X))[int(share * (len(X) + 1)) - 1]


OUTLIER_THRESHOLD = Exercise(
    name="outlier_threshold",
    reference=outlier_threshold,
    answer=my_outlier_threshold,
    cases=_threshold_cases(),
    read=_read_threshold,
    properties=(_flags_no_more_than_the_share,),
    mistakes=(
        Mistake("one_too_high", _index_not_rank,
                "you take the next one up. The r-th smallest has the index r - 1, since Python counts from "
                "0."),
        Mistake("share_of_n", _ranked(lambda n, share: int(share * n), clip=False),
                "you count the ranks as `share * n`. A further point makes n + 1 of them, and where the "
                "share of n is below 1, your index is -1: the *highest* log-density."),
        Mistake("share_of_n_at_least_one", _ranked(lambda n, share: int(share * n)),
                "you count the ranks as a share of n. A further point can also come last, which makes n + 1 "
                "places; with 19 points and a share of 0.05 that decides."),
        Mistake("rounded_up", _ranked(lambda n, share: int(np.ceil(share * (n + 1)))),
                "you round r up. Then more than the share of the ranks lies below the threshold, and the "
                "promise is broken: round down."),
        Mistake("rounded_to_the_nearest", _ranked(lambda n, share: round(share * (n + 1))),
                "you round r to the nearest whole number, which is up half of the time. Rounded up, r "
                "promises more than can be kept: round down."),
        Mistake("share_of_n_rounded_up", _ranked(lambda n, share: int(np.ceil(share * n))),
                "you take a share of n and round it up. It is n + 1 places that a further point can take, "
                "and r is rounded down, to be on the safe side."),
        Mistake("numpy_quantile", lambda X, mixture, share: np.quantile(mixture.log_density(X), share),
                "this is `np.quantile`, which interpolates between the log-densities and lets, for few "
                "points, more than the share pass below. Take the r-th smallest itself."),
        Mistake("densities", _ranked(_right_rank, _densities),
                "these are densities. The threshold is compared with log-densities, which do not underflow "
                "to 0 where it matters, far out."),
        Mistake("highest", _highest,
                "you count from the highest log-density downward. The strange points are those with the "
                "lowest."),
        Mistake("unsorted", _unsorted,
                "you take the r-th log-density in the order of the points. Sort them first."),
        Mistake("best_component", _ranked(_right_rank, _best_component),
                "you take each point's largest log joint, that of its most responsible component. Its "
                "log-density sums over all components: `log_density`."),
        Mistake("best_component_without_weight", _ranked(_right_rank, _without_weights),
                "you take the density of the best component, without its weight and without the others. "
                "`mixture.log_density(X)` has both."),
        Mistake("distances", _ranked(_right_rank, _distances),
                "you rank by the distance from the nearest component in its standard deviations. The "
                "log-density also knows how wide a component is and what it weighs."),
        Mistake("mean_and_standard_deviation", _one_by_one_rule,
                "you go so many standard deviations below the mean, as if log-densities were Gaussian. They "
                "have a long tail on one side; count ranks, which needs no shape."),
        Mistake("lowest", _ranked(lambda n, share: 1),
                "this is always the lowest log-density, whatever the share."),
        Mistake("all_of_them", _all_below,
                "these are all the r lowest log-densities. The threshold is the last of them, one number."),
        Mistake("position", _where,
                "this is *where* the point stands, as `argsort` says it. The threshold is its log-density."),
        Mistake("sign", lambda X, mixture, share: -outlier_threshold(X, mixture, share),
                "the sign is turned round. A log-density is compared with it as it is."),
    ),
    hints=(
        "How many ranks can a further point take among n log-densities? How many of them are you allowed?",
        (
            "Sort the log-densities. The threshold is the r-th smallest of them, where r is the share of "
            "n + 1, rounded down."
        ),
        "`r = int(share * (len(X) + 1))`, then `np.sort(mixture.log_density(X))[r - 1]`.",
    ),
)  # fmt: skip

# --- conditional ---------------------------------------------------------------------------------


def my_conditional(mixture, known, values):
    other = np.delete(np.arange(mixture.d), known)
    S = mixture.covariances
    S_aa, S_ab = S[:, other][:, :, other], S[:, other][:, :, known]
    S_bb, S_ba = S[:, known][:, :, known], S[:, known][:, :, other]
    slopes = S_ab @ np.linalg.inv(S_bb)  # (k, d - m, m)
    deviations = values - mixture.means[:, known]  # (k, m)
    means = mixture.means[:, other] + np.einsum("kab,kb->ka", slopes, deviations)
    seen = Mixture(mixture.weights, mixture.means[:, known], S_bb)
    weights = seen.responsibilities([values])[0]
    return Mixture(weights, means, S_aa - slopes @ S_ba)


def _near(seed, mixture, known, spread=1.0):
    """The mixture, the known features, and values near one of its means."""
    rng = np.random.default_rng(seed)
    values = mixture.means[0, known] + spread * rng.normal(size=len(known))
    return mixture, np.array(known), values


def _conditional_cases():
    leaning = Mixture([1.0], [[1.0, 2.0]], [[[4.0, 3.0], [3.0, 9.0]]])
    upright = Mixture([0.3, 0.7], [[0.0, 5.0], [3.0, 1.0]], [np.diag([1.0, 4.0]), np.diag([2.0, 0.5])])
    leaning_both_ways = [[[1.0, 0.5], [0.5, 1.0]], [[4.0, -1.0], [-1.0, 1.0]]]
    twins = Mixture([0.2, 0.8], [[0.0, 0.0], [0.0, 6.0]], leaning_both_ways)
    almost_a_line = [[[1.0, 0.9999], [0.9999, 1.0]], [[1.0, 0.3], [0.3, 2.0]]]
    thin = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], almost_a_line)
    equally_wide = [[[1.0, 0.4], [0.4, 1.0]], [[1.0, -0.3], [-0.3, 2.0]]]
    far = Mixture([0.6, 0.4], [[0.0, 0.0], [1.0, 2.0]], equally_wide)
    first, second = np.array([0]), np.array([1])
    tiny, away = _random(31, 2, 3, unit=1e-5), _random(32, 3, 3, offset=1e4)
    return (
        Case("one leaning Gaussian, the first feature known", (leaning, first, np.array([3.0]))),
        Case("the geyser: an eruption of 3 minutes, the wait asked for", (GEYSER, first, np.array([3.0]))),
        Case("the geyser: a wait of 68 minutes, the eruption asked for", (GEYSER, second, np.array([68.0]))),
        Case("two upright ellipses", (upright, first, np.array([1.0]))),
        Case("two components above each other, one wide, one narrow", (twins, first, np.array([1.5]))),
        Case("three components in space, one feature known", _near(21, _random(21, 3, 3), [1])),
        Case("three components in space, two features known", _near(22, _random(22, 3, 3), [0, 1])),
        Case("the known features not in their order", _near(23, _random(23, 2, 3), [2, 0])),
        Case("four features, of which the second and last are known", _near(24, _random(24, 3, 4), [1, 3])),
        Case("five features, three known, in any order", _near(25, _random(25, 4, 5), [4, 0, 2])),
        Case("five features, one of them asked for", _near(26, _random(26, 2, 5), [0, 1, 2, 4])),
        Case("an ellipse almost a line", (thin, second, np.array([0.2]))),
        Case("60 standard deviations out, where densities underflow", (far, first, np.array([60.0]))),
        Case("lengths in meters, spread by a hundredth of a millimeter", _near(31, tiny, [0, 2], 1e-5)),
        Case("points ten thousand from the origin", _near(32, away, [2])),
        Case("whole numbers", (upright, second, np.array([2]))),
    )  # fmt: skip


def _read_conditional(answer, mixture, known, values):
    wanted = "conditional returns a Mixture, or its arrays: weights (k,), means (k, d - m), covariances."
    return as_parts(answer, wanted, mixture.k)


def _of_the_other_features(parts, mixture, known, values):
    shape, expected = parts["means"].shape, (mixture.k, mixture.d - len(known))
    if shape == expected:
        return None
    return (
        f"of {mixture.d} features {len(known)} are known; the means of the others have shape {expected}, "
        f"yours have {shape}."
    )


def _weights_sum_to_1(parts, mixture, known, values):
    total = parts["weights"].sum()
    return None if abs(total - 1) < 1e-4 else f"the weights sum to {total:.4g}, not 1."


def _no_wider_than_before(parts, mixture, known, values):
    other = np.delete(np.arange(mixture.d), known)
    before = np.diagonal(mixture.covariances, axis1=1, axis2=2)[:, other]
    after = np.diagonal(parts["covariances"], axis1=1, axis2=2)
    for j, i in np.argwhere(after > before * (1 + 1e-6)):
        return (
            f"component {j} has a variance of {after[j, i]:.4g} where it had {before[j, i]:.4g} before "
            "anything was known: knowing a feature never makes a Gaussian wider."
        )
    return None


def _changed(weights=None, means=None, covariances=None):
    """The right answer with one part replaced; each is given (mixture, known, other, values)."""

    def function(mixture, known, values):
        known = np.asarray(known)
        other = np.delete(np.arange(mixture.d), known)
        right = conditional(mixture, known, values)
        parts = [right.weights, right.means, right.covariances]
        for i, part in enumerate((weights, means, covariances)):
            if part:
                parts[i] = part(mixture, known, other, np.asarray(values, dtype=float))
        return tuple(parts)

    return function


def _blocks(mixture, known, other):
    S = mixture.covariances
    return S[:, other][:, :, other], S[:, other][:, :, known], S[:, known][:, :, known]


def _old_weights(mixture, known, other, values):
    return mixture.weights


def _old_means(mixture, known, other, values):
    return mixture.means[:, other]


def _old_covariances(mixture, known, other, values):
    return mixture.covariances[:, other][:, :, other]


def _seen(mixture, known):
    S = mixture.covariances[:, known][:, :, known]
    return Mixture(mixture.weights, mixture.means[:, known], S)


def _joints(mixture, known, other, values):
    return np.exp(_seen(mixture, known).log_joint(values[None])[0])


def _weightless(mixture, known, other, values):
    equal = Mixture(np.full(mixture.k, 1 / mixture.k), mixture.means, mixture.covariances)
    return _seen(equal, known).responsibilities(values[None])[0]


def _without_determinants(mixture, known, other, values):
    seen = _seen(mixture, known)
    deviations = values - seen.means
    squared = np.einsum("ki,kij,kj->k", deviations, seen.precisions, deviations)
    logs = np.log(mixture.weights) - 0.5 * squared
    joint = np.exp(logs - logs.max())
    return joint / joint.sum()


def _squared_weights(mixture, known, other, values):
    r = mixture.weights * _seen(mixture, known).responsibilities(values[None])[0]
    return r / r.sum()


def _verdict(mixture, known, other, values):
    r = _seen(mixture, known).responsibilities(values[None])[0]
    return np.eye(mixture.k)[r.argmax()]


def _moved(slope, sign=1, anchor=None):
    """Means moved along some slope (k, d - m, m), given (S_aa, S_ab, S_bb)."""

    def means(mixture, known, other, values):
        start = mixture.means[:, known] if anchor is None else anchor(mixture, known)
        deviations = values - start
        slopes = slope(*_blocks(mixture, known, other))
        return mixture.means[:, other] + sign * np.einsum("kab,kb->ka", slopes, deviations)

    return means


def _right_slope(S_aa, S_ab, S_bb):
    return S_ab @ np.linalg.inv(S_bb)


def _scaled_by_own(S_aa, S_ab, S_bb):
    variances = np.diagonal(S_aa, axis1=1, axis2=2)
    return S_ab / variances[:, :, None]


def _only_diagonal(S_aa, S_ab, S_bb):
    variances = np.diagonal(S_bb, axis1=1, axis2=2)
    return S_ab / variances[:, None, :]


def _correlations(S_aa, S_ab, S_bb):
    a, b = (np.sqrt(np.diagonal(S, axis1=1, axis2=2)) for S in (S_aa, S_bb))
    return S_ab / (a[:, :, None] * b[:, None, :])


def _by_standard_deviation(S_aa, S_ab, S_bb):
    return S_ab / np.sqrt(np.diagonal(S_bb, axis1=1, axis2=2))[:, None, :]


def _overall_mean(mixture, known):
    return mixture.weights @ mixture.means[:, known]


def _from_the_values(mixture, known, other, values):
    return np.einsum("kab,b->ka", _right_slope(*_blocks(mixture, known, other)), values)


def _deviation_only(mixture, known, other, values):
    return _moved(_right_slope)(mixture, known, other, values) - mixture.means[:, other]


def _shrunk(slope, sign=-1):
    def covariances(mixture, known, other, values):
        S_aa, S_ab, S_bb = _blocks(mixture, known, other)
        return S_aa + sign * slope(S_aa, S_ab, S_bb) @ S_ab.swapaxes(1, 2)

    return covariances


def _precisions(mixture, known, other, values):
    return mixture.precisions[:, other][:, :, other]


def _roots(mixture, known, other, values):
    return np.linalg.cholesky(conditional(mixture, known, values).covariances)


def _marginal(mixture, known, values):
    return _changed(_old_weights, _old_means, _old_covariances)(mixture, known, values)


def _one_gaussian(mixture, known, values):
    rest = conditional(mixture, known, values)
    mean = rest.weights @ rest.means
    away = rest.means - mean
    covariance = np.einsum("k,kij->ij", rest.weights, rest.covariances + away[:, :, None] * away[:, None, :])
    return np.ones(1), mean[None], covariance[None]


def _by_weight(mixture, known, values):
    rest = conditional(mixture, known, values)
    order = np.argsort(-rest.weights)
    return rest.weights[order], rest.means[order], rest.covariances[order]


def _the_known(mixture, known, values):
    seen = _seen(mixture, known)
    return seen.responsibilities(values[None])[0], seen.means, seen.covariances


def _sorted_features(mixture, known, values):
    return conditional(mixture, np.sort(known), values)


def _underflowing(mixture, known, other, values):
    joint = _joints(mixture, known, other, values)
    with np.errstate(invalid="ignore"):
        return joint / joint.sum()


def _one_at_a_time(mixture, known, values):
    """The first known feature only."""
    rest = conditional(mixture, known[:1], values[:1])
    left = np.delete(np.arange(mixture.d), known[:1])
    keep = [i for i, feature in enumerate(left) if feature not in known]
    return rest.weights, rest.means[:, keep], rest.covariances[:, keep][:, :, keep]


CONDITIONAL = Exercise(
    name="conditional",
    reference=conditional,
    answer=my_conditional,
    off_limits=(fill_in,),
    cases=_conditional_cases(),
    read=_read_conditional,
    properties=(_of_the_other_features, _weights_sum_to_1, _no_wider_than_before),
    mistakes=(
        Mistake("old_weights", _changed(_old_weights),
                "the weights are the old ones. What is known speaks for some components and against others: "
                "a component weighs what it is responsible for the known values."),
        Mistake("joints", _changed(_joints),
                "the weights are pi times density, not yet divided by their sum. They have to sum to 1."),
        Mistake("weights_without_pi", _changed(_weightless),
                "the new weights compare the densities alone. Each component's old weight counts as well, "
                "as in the E-step."),
        Mistake("pi_twice", _changed(_squared_weights),
                "the old weights come in twice: responsibilities hold them already."),
        Mistake("determinant_forgotten", _changed(_without_determinants),
                "the new weights compare distances alone. A wide component is thinner everywhere: the "
                "density divides by the root of the determinant of Sigma_bb."),
        Mistake("a_verdict", _changed(_verdict),
                "the most responsible component gets everything. The shares are to be kept: where two "
                "components are possible, the answer has two bells."),
        Mistake("underflow", _changed(_underflowing),
                "far from all components the densities underflow to 0, and 0 / 0 is no number. Work with "
                "logarithms, or let `Mixture.responsibilities` do it, which does."),
        Mistake("old_means", _changed(means=_old_means),
                "the means have not moved. In an ellipse that leans, a known feature that is above its mean "
                "says where the others are."),
        Mistake("old_covariances", _changed(covariances=_old_covariances),
                "the covariances are those from before anything was known. What the known features explain "
                "has to be taken off."),
        Mistake("marginal", _marginal,
                "this is what the mixture says of the other features if *nothing* is known: the known ones "
                "are left out, and their values are used nowhere."),
        Mistake("weights_only", _changed(means=_old_means, covariances=_old_covariances),
                "only the weights have changed. Within a component that leans, mean and covariance change "
                "too."),
        Mistake("components_only", _changed(_old_weights, covariances=_old_covariances),
                "only the means have moved: weights and covariances are still the old ones."),
        Mistake("slope_over_the_wrong_variance", _changed(means=_moved(_scaled_by_own)),
                "the slope is divided by the variance of the feature that is asked for. Divide by that of "
                "the known one: what does a step of 1 in it mean?"),
        Mistake("slope_is_the_correlation", _changed(means=_moved(_correlations)),
                "the slope is the correlation, which has no unit. A step in the known feature's unit has to "
                "become one in the other's: Sigma_ab Sigma_bb^-1."),
        Mistake("slope_over_standard_deviation", _changed(means=_moved(_by_standard_deviation)),
                "the slope is divided by a standard deviation. It is the inverse of the *variance*, "
                "Sigma_bb^-1."),
        Mistake("known_features_unrelated",
                _changed(means=_moved(_only_diagonal), covariances=_shrunk(_only_diagonal)),
                "you treat the known features as if they were unrelated, and divide by each one's variance. "
                "They lean too: the whole Sigma_bb has to be inverted."),
        Mistake("moved_backwards", _changed(means=_moved(_right_slope, sign=-1)),
                "the means move the wrong way: mu_b and the values are exchanged in the deviation."),
        Mistake("from_the_common_mean", _changed(means=_moved(_right_slope, anchor=_overall_mean)),
                "the deviation is taken from the mean of the whole mixture. Each component has a mean of "
                "its own."),
        Mistake("values_not_deviations", _changed(means=_from_the_values),
                "the slope is multiplied by the values themselves. It goes with their deviation from mu_b, "
                "and mu_a is added to that."),
        Mistake("old_mean_not_added", _changed(means=_deviation_only),
                "this is by how much the means move. Where they move *from*, mu_a, is missing."),
        Mistake("covariance_grows", _changed(covariances=_shrunk(_right_slope, sign=1)),
                "the covariances grow, by what the known features explain. It is to be subtracted."),
        Mistake("precision_block", _changed(covariances=_precisions),
                "this is the block of the precision. It is the inverse of the conditional covariance: one "
                "more `inv`."),
        Mistake("cholesky_factors", _changed(covariances=_roots),
                "these are square roots of the covariances, not the covariances."),
        Mistake("one_gaussian", _one_gaussian,
                "you have put the components together into one Gaussian with their mean and covariance. The "
                "answer is a mixture again, with k components."),
        Mistake("sorted_by_weight", _by_weight,
                "the components are sorted by their new weights. Keep them in their old order, so that "
                "component 0 is still component 0."),
        Mistake("the_known_ones", _the_known,
                "these are means and covariances of the *known* features. Asked for are the others."),
        Mistake("known_sorted", _sorted_features,
                "the known features are taken in ascending order, as a mask takes them, but their values "
                "are not. Index with `known` itself."),
        Mistake("first_known_only", _one_at_a_time,
                "only the first of the known features is used."),
    ),
    hints=(
        (
            "Three things change: the weights, by an E-step that sees the known features only, and each "
            "component's mean and covariance."
        ),
        (
            "Cut each Sigma into blocks: `S[:, other][:, :, known]` is Sigma_ab for all components. The "
            "slopes are S_ab @ inv(S_bb)."
        ),
        (
            "means: mu_a + slope (values - mu_b); covariances: S_aa - slope @ S_ba; weights: "
            "`Mixture(pi, mu_b, S_bb).responsibilities([values])[0]`."
        ),
    ),
)  # fmt: skip

EXERCISES = (OUTLIER_THRESHOLD, CONDITIONAL)
