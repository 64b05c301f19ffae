"""Two broken M-steps to mend: `guarded_m_step` and `steady_m_step`."""

import numpy as np

from gmmlesson.em import m_step
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.mixture import Mixture

# --- guarded_m_step ------------------------------------------------------------------------------


def guarded_m_step(X, responsibilities, ridge):
    """The M-step without the components that hold less than one point, and with a ridge."""
    kept = responsibilities.sum(axis=0) >= 1
    r = responsibilities[:, kept]
    counts = r.sum(axis=0)
    center = X.mean(axis=0)
    means = center + r.T @ (X - center) / counts[:, None]
    deviations = X - means[:, None, :]  # (k, n, d)
    covariances = np.einsum("nk,kni,knj->kij", r, deviations, deviations) / counts[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def _m_step(X, r, ridge):
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    deviations = X - means[:, None, :]
    covariances = np.einsum("nk,kni,knj->kij", r, deviations, deviations) / counts[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def my_guarded_m_step(X, responsibilities, ridge):
    r = responsibilities[:, responsibilities.sum(axis=0) >= 1]
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    deviations = X - means[:, None, :]
    covariances = np.einsum("nk,kni,knj->kij", r, deviations, deviations) / counts[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def crashing_m_step(X, responsibilities, ridge):
    counts = responsibilities.sum(axis=0)
    means = responsibilities.T @ X / counts[:, None]
    deviations = X - means[:, None, :]
    covariances = np.einsum("nk,kni,knj->kij", responsibilities, deviations, deviations)
    covariances = covariances / counts[:, None, None] + ridge
    return Mixture(counts / len(X), means, covariances)


FIVE = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, -0.5], [1.0, 2.0], [9.0, 9.0]])


def _shared(seed, n, d, shares, scale=1.0):
    """Points (n, d), and responsibilities that hold about these shares of them."""
    rng = np.random.default_rng(seed)
    X = scale * rng.standard_normal((n, d)) @ (np.eye(d) + 0.5 * rng.standard_normal((d, d)))
    return X, rng.dirichlet(2 * np.array(shares) * len(shares), size=n)


def _with_column(X, r, column):
    """The same with one component more, which holds `column` (n,) of the points."""
    return X, np.column_stack([r * (1 - column)[:, None], column])


_FAINT = np.array([0.3, 0.2, 0.1, 0.0, 0.0])
_FAR = 1e3 + _shared(6, 12, 2, [1, 1])[0]
_THIRTEEN = _shared(9, 13, 2, [2, 3])


def _in_units(factor, offset=0.0):
    """Thirteen points in the plane in other units, two components and one that holds 0.7 of a point."""
    X, r = _with_column(*_THIRTEEN, np.full(13, 0.7 / 13))
    return offset + factor * X, r, 0.2 * factor**2


def _two_far_clusters():
    """Two clusters in the plane, one about 0 and the other 100 million away along both axes."""
    rng = np.random.default_rng(11)
    X = rng.standard_normal((14, 2)) + 1e8 * (np.arange(14) >= 8)[:, None]
    return np.round(1024 * X) / 1024, np.eye(2)[[0] * 8 + [1] * 6], 0.25


GUARDED_CASES = (
    Case("five points, of which orange holds the last one alone", (FIVE, np.eye(2)[[0, 0, 0, 0, 1]], 0.25)),
    Case("twelve points in the plane, two components that hold enough", (*_shared(1, 12, 2, [2, 1]), 0.5)),
    Case("the five points, and an orange component that holds none", (FIVE, np.eye(2)[[0] * 5], 0.25)),
    Case("three components, of which the middle one holds none", (FIVE, np.eye(3)[[0, 0, 2, 2, 2]], 0.1)),
    Case(
        "the five points, and a component that holds 0.6 of a point",
        (*_with_column(FIVE, np.eye(2)[[0, 0, 0, 1, 1]], _FAINT), 0.25),
    ),
    Case("a component that holds exactly one point", (FIVE[:4], np.eye(2)[[0, 0, 0, 1]], 2.0)),
    Case("ten points on a line, two components", (*_shared(3, 10, 1, [1, 3]), 0.01)),
    Case(
        "thirty points in five dimensions, three components and an empty one",
        (*_with_column(*_shared(4, 30, 5, [1, 2, 3]), np.full(30, 1e-4)), 0.3),
    ),
    Case("a single component, and a ridge of 0", (*_shared(5, 9, 2, [1]), 0.0)),
    Case("points in large units, two components", (_FAR, _shared(7, 12, 2, [1, 2])[1], 1.5)),
    Case(
        "eight points, four components, of which two hold less than one point",
        (*_with_column(*_with_column(*_shared(8, 8, 2, [1, 1]), np.full(8, 0.1)), np.full(8, 0.08)), 0.2),
    ),
    Case(
        "whole numbers: X and the responsibilities are of dtype int",
        ((2 * FIVE).astype(int), np.eye(3, dtype=int)[[2, 0, 0, 2, 2]], 1),
    ),
    Case("one point alone, in the plane", (FIVE[3:4], np.ones((1, 1)), 0.5)),
    Case("one point alone, on a line", (FIVE[3:4, :1], np.ones((1, 1)), 0.5)),
    Case(
        "thirteen points, and components that hold 0.96 and 1.04 of a point",
        (*_with_column(*_with_column(*_THIRTEEN, np.full(13, 1.04 / 12.04)), np.full(13, 0.96 / 13)), 0.1),
    ),
    Case(
        "thirteen points, and a component that holds 0.998 of a point",
        (*_with_column(*_THIRTEEN, np.full(13, 0.998 / 13)), 0.1),
    ),
    Case(
        "four points, four components, of which the first and the last two hold less than one",
        (FIVE[:4], np.array([[2, 7, 1, 0], [1, 5, 1, 3], [0, 6, 3, 1], [3, 4, 1, 2]]) / 10, 0.3),
    ),
    Case(
        "the five points, and a component that holds 0.9 of a point, most of it of the last one",
        (*_with_column(FIVE, np.eye(2)[[0, 0, 1, 1, 1]], np.array([0.0, 0.0, 0.1, 0.0, 0.8])), 0.25),
    ),
    Case("points in micrometers, written in meters", _in_units(1e-6)),
    Case("points in millions", _in_units(1e6)),
    Case("points 100 million from zero", _in_units(1.0, 1e8)),
    Case("two clusters, the second one 100 million away from the first", _two_far_clusters()),
    Case(
        "two points, three components that hold two thirds of a point each: nothing is left, a ValueError",
        (FIVE[:2], np.full((2, 3), 1 / 3), 0.25),
    ),
)


def _call_guarded(function, X, responsibilities, ridge):
    try:
        return function(X, responsibilities, ridge)
    except ValueError as error:
        if (responsibilities.sum(axis=0) < 1).all():
            return error
        raise


def _read_guarded(answer, X, responsibilities, ridge):
    if isinstance(answer, ValueError):
        return {"number of components": 0}
    if isinstance(answer, (tuple, list)) and len(answer) == 3:
        try:
            answer = Mixture(*answer)
        except ValueError as error:
            raise Unreadable(f"The three things that it returns are no mixture: {error}") from None
    if not isinstance(answer, Mixture):
        raise Unreadable(f"guarded_m_step returns a Mixture; yours returns a {type(answer).__name__}.")
    return {
        "number of components": answer.k,
        "weights": answer.weights,
        "means": answer.means,
        "covariances": answer.covariances,
    }


def _keeps_whoever_holds_a_point(parts, X, responsibilities, ridge):
    enough = int((responsibilities.sum(axis=0) >= 1).sum())
    if parts["number of components"] != enough:
        hold = "holds" if enough == 1 else "hold"
        return (
            f"{enough} of the components {hold} one point or more; your mixture has "
            f"{parts['number of components']}."
        )
    return None


def _stands_on_the_floor(parts, X, responsibilities, ridge):
    if "covariances" not in parts or parts["covariances"].ndim != 3:
        return None
    for j, covariance in enumerate(parts["covariances"]):
        smallest = np.linalg.eigvalsh(covariance)[0]
        if smallest < ridge * (1 - 1e-6):
            return (
                f"component {j} has a direction of variance {smallest:.3g}; with a ridge of {ridge:g} no "
                "direction can have less than that."
            )
    return None


def _holding(r, least=1.0):
    return r[:, r.sum(axis=0) >= least]


def _covariances(X, r, means):
    deviations = X - means[:, None, :]
    return np.einsum("nk,kni,knj->kij", r, deviations, deviations)


def _still_crashing(X, responsibilities, ridge):
    return _m_step(X, responsibilities, ridge)


def _raw(X, r):
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    return counts, means, _covariances(X, r, means) / counts[:, None, None]


def _ridge_in_every_entry(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    return Mixture(counts / counts.sum(), means, covariances + ridge)


def _no_ridge(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    return Mixture(counts / counts.sum(), means, covariances)


def _weights_of_all(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts, means, covariances = _raw(X, r)
    return Mixture(counts / len(X), means, covariances + ridge * np.eye(X.shape[1]))


def _counts_propped_up(X, responsibilities, ridge):
    counts = np.maximum(responsibilities.sum(axis=0), 1e-10)
    means = responsibilities.T @ X / counts[:, None]
    covariances = _covariances(X, responsibilities, means) / counts[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def _package_with_columns_left_out(X, responsibilities, ridge):
    return m_step(X, _holding(responsibilities), ridge=ridge)


def _two_features_always(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(2))


def _only_exact_zeros(X, responsibilities, ridge):
    return _m_step(X, responsibilities[:, responsibilities.sum(axis=0) > 0], ridge)


def _more_than_one(X, responsibilities, ridge):
    return _m_step(X, responsibilities[:, responsibilities.sum(axis=0) > 1 + 1e-9], ridge)


def _rows_rescaled(X, responsibilities, ridge):
    r = _holding(responsibilities)
    return _m_step(X, r / r.sum(axis=1, keepdims=True), ridge)


def _equal_weights(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    k = len(counts)
    return Mixture(np.full(k, 1 / k), means, covariances + ridge * np.eye(X.shape[1]))


def _ridge_before_dividing(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts, means, covariances = _raw(X, r)
    return Mixture(
        counts / counts.sum(), means, covariances + ridge / counts[:, None, None] * np.eye(X.shape[1])
    )


def _ridge_squared(X, responsibilities, ridge):
    return _m_step(X, _holding(responsibilities), ridge**2)


def _a_floor_instead(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    i = np.arange(X.shape[1])
    covariances[:, i, i] = np.maximum(covariances[:, i, i], ridge)
    return Mixture(counts / counts.sum(), means, covariances)


def _one_row_a_component(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(len(counts)))


def _maximum_of_every_entry(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    return Mixture(counts / counts.sum(), means, np.maximum(covariances, ridge * np.eye(X.shape[1])))


def _count_less_one(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts, means, _ = _raw(X, r)
    covariances = _covariances(X, r, means) / (counts - 1)[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def _counts_raised_to_one(X, responsibilities, ridge):
    counts = np.maximum(responsibilities.sum(axis=0), 1)
    means = responsibilities.T @ X / counts[:, None]
    covariances = _covariances(X, responsibilities, means) / counts[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def _dropped_by_verdict(X, responsibilities, ridge):
    return _m_step(X, responsibilities[:, np.unique(responsibilities.argmax(axis=1))], ridge)


def _only_the_smallest_dropped(X, responsibilities, ridge):
    counts = responsibilities.sum(axis=0)
    if counts.min() < 1:
        responsibilities = np.delete(responsibilities, counts.argmin(), axis=1)
    return _m_step(X, responsibilities, ridge)


def _bound_too_low(X, responsibilities, ridge):
    return _m_step(X, _holding(responsibilities, 0.1), ridge)


def _bound_too_high(X, responsibilities, ridge):
    return _m_step(X, _holding(responsibilities, 3.0), ridge)


def _small_weights_dropped(X, responsibilities, ridge):
    return _m_step(X, responsibilities[:, responsibilities.mean(axis=0) >= 0.25], ridge)


def _deviations_from_the_middle(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts, means, _ = _raw(X, r)
    middle = np.tile(X.mean(axis=0), (len(counts), 1))
    covariances = _covariances(X, r, middle) / counts[:, None, None]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def _counts_as_weights(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    return Mixture(counts, means, covariances + ridge * np.eye(X.shape[1]))


def _squares_subtracted(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts = r.sum(axis=0)
    means = r.T @ X / counts[:, None]
    squares = np.einsum("nk,ni,nj->kij", r, X, X) / counts[:, None, None]
    covariances = squares - means[:, :, None] * means[:, None, :]
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def _only_the_diagonal(X, responsibilities, ridge):
    counts, means, covariances = _raw(X, _holding(responsibilities))
    return Mixture(counts / counts.sum(), means, (covariances + ridge) * np.eye(X.shape[1]))


def _more_than_the_ridge(X, responsibilities, ridge):
    return _m_step(X, _holding(responsibilities), ridge + 1e-6)


def _whole_numbers_stay_whole(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts, means, _ = _raw(X, r)
    kept = np.zeros(means.shape, dtype=X.dtype)
    kept[:] = means
    covariances = _covariances(X, r, kept) / counts[:, None, None]
    return Mixture(counts / counts.sum(), kept, covariances + ridge * np.eye(X.shape[1]))


def _covariances_over_n(X, responsibilities, ridge):
    r = _holding(responsibilities)
    counts, means, _ = _raw(X, r)
    covariances = _covariances(X, r, means) / len(X)
    return Mixture(counts / counts.sum(), means, covariances + ridge * np.eye(X.shape[1]))


def _points_dropped_too(X, responsibilities, ridge):
    kept = responsibilities.sum(axis=0) >= 1
    theirs = kept[responsibilities.argmax(axis=1)]
    return _m_step(X[theirs], responsibilities[np.ix_(theirs, kept)], ridge)


def _largest_first(X, responsibilities, ridge):
    r = _holding(responsibilities)
    return _m_step(X, r[:, np.argsort(-r.sum(axis=0), kind="stable")], ridge)


def _squares_of_shifted_subtracted(X, responsibilities, ridge):
    center = X.mean(axis=0)
    shifted = _squares_subtracted(X - center, responsibilities, ridge)
    return Mixture(shifted.weights, shifted.means + center, shifted.covariances)


def _a_quarter_always(X, responsibilities, ridge):
    return _m_step(X, _holding(responsibilities), 0.25)


GUARDED = Exercise(
    name="guarded_m_step",
    reference=guarded_m_step,
    answer=my_guarded_m_step,
    cases=GUARDED_CASES,
    read=_read_guarded,
    call=_call_guarded,
    given=crashing_m_step,
    off_limits=(m_step,),
    properties=(_keeps_whoever_holds_a_point, _stands_on_the_floor),
    mistakes=(
        Mistake(
            "empty_components_kept", _still_crashing,
            "the ridge is right now, but a component that holds nothing is still divided by its count. "
            "Drop the columns of `responsibilities` that hold less than one point, before you divide.",
        ),
        Mistake(
            "ridge_in_every_entry", _ridge_in_every_entry,
            "the ridge is added to every entry of the covariance. That makes the features seem correlated, "
            "and a component on one point stays singular. It belongs on the diagonal alone.",
        ),
        Mistake(
            "ridge_forgotten", _no_ridge,
            "the ridge is missing: a component on a single point has the covariance zero.",
        ),
        Mistake(
            "weights_do_not_sum_to_one", _weights_of_all,
            "you divide the counts by the number of points. Once a component is dropped, what it held is "
            "gone: divide by what those that stay hold together.",
        ),
        Mistake(
            "counts_propped_up", _counts_propped_up,
            "you keep the component that holds nothing and prop its count up with a small number. Its mean "
            "is then 0, wherever the data are: an invention. Drop it.",
        ),
        Mistake(
            "package_with_columns_left_out", _package_with_columns_left_out,
            "the package's `m_step` wants rows that sum to 1, and yours have lost the share of the component "
            "that is gone. Rescaling them would change the shares of the others: write the sums yourself.",
        ),
        Mistake(
            "two_features_always", _two_features_always,
            "`np.eye(2)` fits the plane alone. The number of features is `X.shape[1]`.",
        ),
        Mistake(
            "one_row_a_component", _one_row_a_component,
            "`np.eye(k)` has a row for each component. A covariance has one for each feature: "
            "`np.eye(X.shape[1])`.",
        ),
        Mistake(
            "maximum_of_every_entry", _maximum_of_every_entry,
            "`np.maximum` with `ridge * np.eye(d)` works on each entry: it wipes out negative covariances, "
            "and adds nothing to large variances. A ridge is added.",
        ),
        Mistake(
            "count_less_one", _count_less_one,
            "you divide by the count less one, which is 0 for a component on one point. Likelihood asks for "
            "the count itself (lesson 03).",
        ),
        Mistake(
            "only_exact_zeros_dropped", _only_exact_zeros,
            "you drop only components that hold nothing at all. Exactly 0 is rare: the bound asked for is "
            "one point.",
        ),
        Mistake(
            "one_whole_point_dropped", _more_than_one,
            "you drop a component that holds exactly one point as well. With a ridge it can live: what "
            "goes is what holds *less* than one.",
        ),
        Mistake(
            "bound_too_low", _bound_too_low,
            "your bound lies below one point: a component that holds 0.6 of a point stays. Compare the count "
            "itself, not rounded and not as a share of all points, with 1.",
        ),
        Mistake(
            "bound_too_high", _bound_too_high,
            "your bound lies above one point: components that hold one or two are gone. With a ridge they "
            "can live.",
        ),
        Mistake(
            "only_the_smallest_dropped", _only_the_smallest_dropped,
            "you drop one component, the smallest. Two of them may hold less than a point: select all those "
            "that stay with one mask.",
        ),
        Mistake(
            "dropped_by_verdict", _dropped_by_verdict,
            "you drop a component that is no point's first choice. It may still hold a point or more, in "
            "shares: sum its responsibilities.",
        ),
        Mistake(
            "counts_raised_to_one", _counts_raised_to_one,
            "you keep the component that holds less than one point and divide by 1 in place of its count. "
            "Its mean is then pulled towards 0, wherever the data are. Drop it.",
        ),
        Mistake(
            "rows_rescaled", _rows_rescaled,
            "you have rescaled the rows after the drop, so that they sum to 1 again. That is work for the "
            "next E-step; here the others keep the responsibilities that they have.",
        ),
        Mistake(
            "equal_weights", _equal_weights,
            "your components all weigh the same. A weight is a share: its count over the sum of those kept.",
        ),
        Mistake(
            "ridge_before_dividing", _ridge_before_dividing,
            "the ridge is added before the division by the count, so that it shrinks with every point. "
            "That is lesson 08's prior on the covariance; wanted is the ridge itself, on the finished one.",
        ),
        Mistake(
            "ridge_squared", _ridge_squared,
            "you square the ridge. It is a variance already, in the data's units squared.",
        ),
        Mistake(
            "floor_instead_of_ridge", _a_floor_instead,
            "you raise the variances that lie below the ridge up to it. A ridge is added to each variance, "
            "large ones too; and a lean ellipse can be thin though its variances are large.",
        ),
        Mistake(
            "small_weights_dropped", _small_weights_dropped,
            "you drop components by their weight. One that holds two points of a thousand is small, and "
            "still has something to say: the bound is a count.",
        ),
        Mistake(
            "deviations_from_the_middle", _deviations_from_the_middle,
            "the deviations are taken from the mean of all points. Each component needs those from its own.",
        ),
        Mistake(
            "counts_as_weights", _counts_as_weights,
            "you hand the counts over as weights. A weight is a share of what all of them hold: "
            "`counts / counts.sum()`.",
        ),
        Mistake(
            "squares_minus_squares", _squares_subtracted,
            "you take the mean of the squares less the square of the mean. Far from zero both are huge, and "
            "what is left of them is rounding (next section). The deviations of the broken function were "
            "right.",
        ),
        Mistake(
            "squares_of_shifted_minus_squares", _squares_of_shifted_subtracted,
            "nearly: you shift all points by one number before you subtract squares. Of two clusters far "
            "from each other neither lies near that center. Take each component's deviations from its own "
            "mean, as the broken function does.",
        ),
        Mistake(
            "a_quarter_always", _a_quarter_always,
            "your ridge is 0.25, that of the example. Take the one that is handed in: `ridge`.",
        ),
        Mistake(
            "only_the_diagonal", _only_the_diagonal,
            "the covariances between the features are gone. `np.eye(d)` picks the diagonal of the *ridge*; "
            "the covariance keeps all of its entries.",
        ),
        Mistake(
            "more_than_the_ridge", _more_than_the_ridge,
            "you add a small number of your own to the variances besides the ridge. For points in "
            "micrometers, written in meters, 0.000001 is a million times their variance.",
        ),
        Mistake(
            "whole_numbers_stay_whole", _whole_numbers_stay_whole,
            "your means lose what stands behind the decimal point: an array made like X (`zeros_like`, "
            "`dtype=X.dtype`) holds whole numbers where X does. Let NumPy make it a float.",
        ),
        Mistake(
            "covariances_over_n", _covariances_over_n,
            "you divide the sums of squares by the number of all points. Each component's are divided by "
            "its own count, as its mean is.",
        ),
        Mistake(
            "points_dropped_too", _points_dropped_too,
            "with a component you drop the points that it claims. They stay: what the other components hold "
            "of them still counts.",
        ),
        Mistake(
            "largest_first", _largest_first,
            "your components have changed places: the largest stands first. They keep the order of the "
            "columns, or whoever calls it no longer knows which is which.",
        ),
    ),
    hints=(
        (
            "Two bugs. One strikes when a column of `responsibilities` sums to 0. The other strikes when a "
            "component holds one point only: write down its covariance, 2 x 2, before and after the broken "
            "function adds the ridge 0.25. What is its determinant?"
        ),
        (
            "Which columns hold a point or more? Select them first, before anything is divided; all else "
            "follows from what is left. And `covariances + ridge` reaches all d x d entries: which of them "
            "are variances?"
        ),
        (
            "A mask of k times True or False selects columns: `responsibilities[:, mask]`. `np.eye(d)` is 1 "
            "on its diagonal alone. That is two lines of three: what do the weights of the old line sum to, "
            "once a component is gone?"
        ),
    ),
)

# --- steady_m_step -------------------------------------------------------------------------------


def steady_m_step(x, responsibilities):
    """Weights, means and variances (k,) of x (n,), by deviations from a center near the data."""
    counts = responsibilities.sum(axis=0)
    means = responsibilities.T @ (x - x[0]) / counts + x[0]
    variances = (responsibilities * (x[:, None] - means) ** 2).sum(axis=0) / counts
    return counts / len(x), means, variances


def my_steady_m_step(x, responsibilities):
    counts = responsibilities.sum(axis=0)
    means = responsibilities.T @ x / counts
    variances = (responsibilities * (x[:, None] - means) ** 2).sum(axis=0) / counts
    return counts / len(x), means, variances


def cancelling_m_step(x, responsibilities):
    counts = responsibilities.sum(axis=0)
    means = responsibilities.T @ x / counts
    variances = responsibilities.T @ x**2 / counts - means**2
    return counts / len(x), means, variances


def _clock(seed, n, k, offset, scale=1.0):
    """Points on a line about `offset`, with responsibilities."""
    rng = np.random.default_rng(seed)
    r = rng.dirichlet(np.full(k, 0.7), size=n)
    return np.round(scale * (rng.standard_normal(n) + 3 * r.argmax(axis=1)), 3) + offset, r


def _apart(offset):
    """Two clusters, one about 0 and the other about `offset`."""
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.standard_normal(8), offset + 2 * rng.standard_normal(6)])
    x = np.round(x * 1024) / 1024  # so that a shift by a number in between rounds nothing away
    r = np.eye(2)[[0] * 8 + [1] * 6]
    return x, r


def _scaled(factor, offset=0.0):
    x, r = _clock(8, 14, 3, 0.0)
    return factor * x + offset, r


_FOUR = np.array([1.0, 2.0, 3.0, 4.0])
_HALVES = np.array([[1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])

STEADY_CASES = (
    Case("the points 1, 2, 3, 4, shared by two components", (_FOUR, _HALVES)),
    Case(
        "two points, 300 million from zero and 2 apart, one component",
        (np.array([300_000_002.0, 300_000_004.0]), np.ones((2, 1))),
    ),
    Case("the points 1, 2, 3, 4 moved by 100 million", (_FOUR + 1e8, _HALVES)),
    Case("the same moved by 10 million to the other side", (_FOUR - 1e7, _HALVES)),
    Case("twenty points about 0, three components", _clock(1, 20, 3, 0.0)),
    Case("twenty points about a thousand million, two components", _clock(2, 20, 2, 1e9)),
    Case("fifteen points about 10, one component", _clock(3, 15, 1, 10.0)),
    Case("two clusters, the second one 100 million away from the first", _apart(1e8)),
    Case("points that spread by hundredths, about 100 thousand", _clock(5, 12, 2, 1e5, 0.01)),
    Case("one point, shared by two components", (np.array([7.0]), np.array([[0.25, 0.75]]))),
    Case(
        "whole seconds since 1970, of dtype int",
        (1_700_000_000 + np.array([0, 3, 4, 10, 11, 16]), _clock(6, 6, 2, 0.0)[1]),
    ),
    Case("three points, five components", _clock(7, 3, 5, 1e6)),
    Case("micrometers, written in meters", _scaled(1e-6)),
    Case("points that spread by millions, about a million millions", _scaled(1e6, 1e12)),
    Case("points that spread by hundred-thousandths, about 3", _scaled(1e-5, 3.0)),
    Case(
        "twelve points, and a component that holds next to nothing",
        (_clock(10, 12, 1, 5.0)[0], np.column_stack([np.ones(12), 1e-13 * np.arange(1, 13)])),
    ),
)


def _read_steady(answer, x, responsibilities):
    if not isinstance(answer, (tuple, list, np.ndarray)) or len(answer) != 3:
        raise Unreadable("steady_m_step returns three things: weights, means and variances.")
    weights, means, variances = (np.asarray(part) for part in answer)
    near = np.abs(x).max() < 1e3
    return {"weights": weights, _MEANS[near]: means, _VARIANCES[near]: variances}


# near zero all digits can be asked for; far from it a running mean, rounded at each point, costs some
_MEANS = {True: "means near zero", False: "means"}
_VARIANCES = {True: "variances near zero", False: "variances"}


def _means(parts):
    return np.ravel(next(parts[name] for name in _MEANS.values() if name in parts))


def _variances(parts):
    return np.ravel(next(parts[name] for name in _VARIANCES.values() if name in parts))


def _variances_are_not_negative(parts, x, responsibilities):
    variances = _variances(parts)
    if (wrong := np.flatnonzero(variances < 0)).size:
        return (
            f"the variance of component {wrong[0]} is {variances[wrong[0]]:.4g}, and a mean of squares is "
            f"never below 0.{_lost_in_squares(parts, x, responsibilities)}"
        )
    return None


def _variances_fit_into_the_data(parts, x, responsibilities):
    variances, most = _variances(parts), np.ptp(x) ** 2 / 4
    if (wrong := np.flatnonzero(variances > most * (1 + 1e-6) + 1e-24)).size:
        return (
            f"the variance of component {wrong[0]} is {variances[wrong[0]]:.4g}; points within "
            f"{np.ptp(x):.4g} of each other have {most:.4g} at most."
            f"{_lost_in_squares(parts, x, responsibilities)}"
        )
    return None


def _variances_are_not_rounding(parts, x, responsibilities):
    if lost := _lost_in_squares(parts, x, responsibilities):
        variances, right = _variances(parts), steady_m_step(x, responsibilities)[2]
        j = np.argmax(np.abs(variances - right))
        return f"the variance of component {j} is {variances[j]:.7g}, not {right[j]:.7g}.{lost}"
    return None


def _lost_in_squares(parts, x, responsibilities):
    """A sentence where the variances are off by as much as the rounding of squares of x, or nothing."""
    _, means, right = steady_m_step(x, responsibilities)
    variances, grain = _variances(parts), np.spacing(float(np.abs(x).max()) ** 2)
    if variances.shape != right.shape or not np.allclose(_means(parts), means, rtol=1e-13, atol=1e-7):
        return ""
    off = np.abs(variances - right)
    if not ((off > 1e-6 * right) & (off < 100 * grain)).any():
        return ""
    return (
        f" Near the squares of these points, numbers of 64 bits stand {grain:.2g} apart: whoever subtracts "
        "such squares cannot do better."
    )


def _parts(x, r):
    counts = r.sum(axis=0)
    return counts, r.T @ x / counts


def _made_positive(x, responsibilities):
    weights, means, variances = cancelling_m_step(x, responsibilities)
    return weights, means, np.abs(variances)


def _cut_off_at_zero(x, responsibilities):
    weights, means, variances = cancelling_m_step(x, responsibilities)
    return weights, means, np.maximum(variances, 0)


def _padded(x, responsibilities):
    weights, means, variances = cancelling_m_step(x, responsibilities)
    return weights, means, np.maximum(variances, 1e-6)


def _about_the_common_mean(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    squares = (x - x.mean()) ** 2
    return counts / len(x), means, responsibilities.T @ squares / counts


def _center_not_put_back(x, responsibilities):
    y = x - x.mean()
    weights, means, _ = steady_m_step(y, responsibilities)
    return weights, means, _about_own_means(y, responsibilities)


def _about_own_means(x, r):
    counts, means = _parts(x, r)
    return (r * (x[:, None] - means) ** 2).sum(axis=0) / counts


def _one_center_for_all(x, responsibilities):
    center = x.mean()
    counts, shifts = _parts(x - center, responsibilities)
    return counts / len(x), shifts + center, responsibilities.T @ (x - center) ** 2 / counts - shifts**2


def _shifted_by_the_first(x, responsibilities):
    weights, shifts, variances = cancelling_m_step(x - x[0], responsibilities)
    return weights, shifts + x[0], variances


def _standardized(x, responsibilities):
    scale = x.std() if len(x) > 1 else 1.0
    weights, means, variances = cancelling_m_step((x - x.mean()) / scale, responsibilities)
    return weights, means * scale + x.mean(), variances * scale**2


def _repaired_at_zero(x, responsibilities):
    weights, means, variances = cancelling_m_step(x, responsibilities)
    return weights, means, np.where(variances <= 0, _about_own_means(x, responsibilities), variances)


def _difference_times_sum(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    products = (x[:, None] - means) * (x[:, None] + means)
    return counts / len(x), means, (responsibilities * products).sum(axis=0) / counts


def _in_float32(x, responsibilities):
    return tuple(steady_m_step(x.astype(np.float32).astype(float), responsibilities))


def _one_less(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    return counts / len(x), means, _about_own_means(x, responsibilities) * counts / (counts - 1)


def _standard_deviations(x, responsibilities):
    weights, means, variances = steady_m_step(x, responsibilities)
    return weights, means, np.sqrt(variances)


def _divided_by_n(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    return counts / len(x), means, _about_own_means(x, responsibilities) * counts / len(x)


def _responsibilities_squared(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    deviations = responsibilities * (x[:, None] - means)
    return counts / len(x), means, (deviations**2).sum(axis=0) / counts


def _unweighted(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    return counts / len(x), means, ((x[:, None] - means) ** 2).mean(axis=0)


def _unweighted_over_counts(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    return counts / len(x), means, ((x[:, None] - means) ** 2).sum(axis=0) / counts


def _counts_for_weights(x, responsibilities):
    _, means, variances = steady_m_step(x, responsibilities)
    return responsibilities.sum(axis=0), means, variances


def _swapped(x, responsibilities):
    weights, means, variances = steady_m_step(x, responsibilities)
    return weights, variances, means


def _by_verdicts(x, responsibilities):
    return steady_m_step(x, np.eye(responsibilities.shape[1])[responsibilities.argmax(axis=1)])


def _a_millionth_added(x, responsibilities):
    weights, means, variances = steady_m_step(x, responsibilities)
    return weights, means, variances + 1e-6


def _a_floor_of_a_millionth(x, responsibilities):
    weights, means, variances = steady_m_step(x, responsibilities)
    return weights, means, np.maximum(variances, 1e-6)


def _counts_padded(x, responsibilities):
    counts = responsibilities.sum(axis=0) + 1e-10
    means = responsibilities.T @ x / counts
    return counts / len(x), means, (responsibilities * (x[:, None] - means) ** 2).sum(axis=0) / counts


def _not_divided(x, responsibilities):
    counts, means = _parts(x, responsibilities)
    return counts / len(x), means, _about_own_means(x, responsibilities) * counts


def _whole_means(x, responsibilities):
    counts, shifts = _parts(x, responsibilities)
    means = np.zeros(len(shifts), dtype=x.dtype)
    means[:] = shifts
    return counts / len(x), means, (responsibilities * (x[:, None] - means) ** 2).sum(axis=0) / counts


STEADY = Exercise(
    name="steady_m_step",
    reference=steady_m_step,
    answer=my_steady_m_step,
    cases=STEADY_CASES,
    given=cancelling_m_step,
    read=_read_steady,
    properties=(_variances_are_not_negative, _variances_fit_into_the_data, _variances_are_not_rounding),
    mistakes=(
        Mistake(
            "squares_still_subtracted", cancelling_m_step,
            "two large numbers are still subtracted, and what is left of them is rounding. Take the "
            "deviations first: small numbers may be squared.",
        ),
        Mistake(
            "sign_removed", _made_positive,
            "you remove the sign of a negative variance. The number was rounding, and without its sign it "
            "is rounding still: the digits are lost before.",
        ),
        Mistake(
            "cut_off_at_zero", _cut_off_at_zero,
            "you replace negative variances by 0. That hides the loss: the digits were gone before the "
            "sign told you so, and a 0 makes a needle.",
        ),
        Mistake(
            "padded_up", _padded,
            "you keep the variances above a small number. A floor under rounding errors is no variance: "
            "where the formula gives 2 for 1.25, it does nothing.",
        ),
        Mistake(
            "deviations_from_the_common_mean", _about_the_common_mean,
            "the deviations are taken from the mean of all points. A component spreads about its own mean: "
            "you count the way between the two as well.",
        ),
        Mistake(
            "center_not_put_back", _center_not_put_back,
            "you have shifted the data, and the means are those of the shifted data: add the shift again.",
        ),
        Mistake(
            "one_center_for_all", _one_center_for_all,
            "nearly: you shift all points by one number, and then subtract squares. It helps where all lie "
            "close together; of two far clusters neither lies near that center. Use each component's mean.",
        ),
        Mistake(
            "shifted_into_one_cluster", _shifted_by_the_first,
            "nearly: you shift all points by one that lies among them (the first, the median), and then "
            "subtract squares. A cluster far from it loses its digits all the same. Use each one's own mean.",
        ),
        Mistake(
            "standardized", _standardized,
            "nearly: you shift and scale all points alike, and then subtract squares. Two far clusters "
            "stay far apart, measured by their own width. Use each component's mean.",
        ),
        Mistake(
            "repaired_at_zero", _repaired_at_zero,
            "you repair only the variances at or below 0. The 2 for 1.25 looks healthy, and stays: take "
            "deviations always.",
        ),
        Mistake(
            "difference_times_sum", _difference_times_sum,
            "(x - mu) (x + mu) is the same subtraction in disguise: the sum is large, and "
            "multiplies the rounding of mu. Square the deviation.",
        ),
        Mistake(
            "single_precision", _in_float32,
            "you compute in float32: seven digits. A hundred million takes all of them, and the points are "
            "rounded before you begin.",
        ),
        Mistake(
            "one_less", _one_less,
            "you divide by the count less one. Likelihood asks for the count (lesson 03).",
        ),
        Mistake(
            "standard_deviations", _standard_deviations,
            "these are standard deviations: the root is taken. Variances are asked for.",
        ),
        Mistake(
            "divided_by_n", _divided_by_n,
            "the variances are divided by the number of all points. A component's are divided by its count.",
        ),
        Mistake(
            "responsibilities_squared", _responsibilities_squared,
            "the responsibilities stand inside of the square, so each of them counts twice. Square the "
            "deviation, then weigh it.",
        ),
        Mistake(
            "responsibilities_left_out", _unweighted,
            "the variances count every point in full for every component: the responsibilities are "
            "missing.",
        ),
        Mistake(
            "responsibilities_in_the_count_alone", _unweighted_over_counts,
            "you divide by the component's count, but the squares above are those of all points in full. "
            "Weigh each by its responsibility, then sum.",
        ),
        Mistake(
            "counts_for_weights", _counts_for_weights,
            "these are counts where the weights should be. A weight is a share of the points: divide by "
            "their number.",
        ),
        Mistake(
            "variances_before_means", _swapped,
            "the means and the variances have changed places: weights, means, variances is the order.",
        ),
        Mistake(
            "verdicts_for_shares", _by_verdicts,
            "you give each point to its most responsible component. Points are shared: each counts for "
            "every component, by its responsibility.",
        ),
        Mistake(
            "a_millionth_added", _a_millionth_added,
            "something like 0.000001 is added to the variances. Deviations need no such help, and where "
            "micrometers are written in meters, it is a million times what it is added to.",
        ),
        Mistake(
            "a_floor_of_a_millionth", _a_floor_of_a_millionth,
            "no variance of yours is below 0.000001. Deviations need no floor: equal points have the "
            "variance 0, and where micrometers are written in meters, 0.000001 is a million times too much.",
        ),
        Mistake(
            "counts_padded", _counts_padded,
            "you add a small number to the counts before you divide. It pulls each mean towards 0: by "
            "little, but of a hundred million, so that the deviations are wrong as well.",
        ),
        Mistake(
            "not_divided", _not_divided,
            "your variances are sums of squares. A variance is their mean: divide by the component's count.",
        ),
        Mistake(
            "whole_numbers_for_means", _whole_means,
            "your means are cut to whole numbers where the points are whole: an array made like x "
            "(`zeros_like`) holds nothing else. Give it `dtype=float`.",
        ),
    ),
    hints=(
        (
            "The bug is one line: a large number minus another. What is small from the beginning? The "
            "deviations."
        ),
        "variances_k = 1 / N_k sum_n r_nk (x_n - mu_k)^2, with the component's own mean, as in lesson 03.",
        (
            "`x[:, None] - means` is (n, k), all the deviations. Square them, weigh them by r, sum over the "
            "points, divide by the counts."
        ),
    ),
    single=False,
    tolerance={
        "weights": (1e-9, 0.0),
        "means": (1e-14, 1e-7),
        "means near zero": (1e-11, 1e-17),
        "variances": (1e-6, 1e-24),
        "variances near zero": (1e-9, 1e-24),
    },
)

EXERCISES = (GUARDED, STEADY)
