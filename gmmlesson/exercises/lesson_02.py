"""The E-step: `log_joint` and `e_step`."""

import numpy as np

from gmmlesson import em, theory
from gmmlesson.conditional import conditional
from gmmlesson.exercises import lesson_01
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.exercises.lesson_01 import LOG_DENSITIES, SAVING_NUMBERS, named
from gmmlesson.mixture import Mixture, log_sum_exp

LIMITS = (500, 700, 745)  # of what `np.exp` can take, more or less: what logarithms are clipped to


def _cases():
    rods = Mixture([0.6, 0.3, 0.1], [[0.0], [6.0], [9.0]], [[[4.0]]] * 3)
    far_apart = Mixture([0.6, 0.3, 0.1], [[0.0], [160.0], [240.0]], [[[4.0]]] * 3)
    plane = Mixture(
        [0.8, 0.2], [[0.0, 1.0], [2.0, -1.0]], [[[2.0, 0.9], [0.9, 0.7]], [[0.5, -0.4], [-0.4, 1.5]]]
    )
    near = Mixture(
        [0.5, 0.2, 0.3],
        [[0.0, 0.0], [1.0, 0.5], [-0.5, 1.5]],
        [[[1.0, 0.3], [0.3, 2.0]], [[3.0, -1.0], [-1.0, 0.8]], [[0.6, 0.1], [0.1, 0.4]]],
    )
    rng = np.random.default_rng(2)
    center = 100 * rng.normal(size=5)
    roots = rng.normal(size=(3, 5, 5)) * np.array([0.5, 1.0, 2.0])[:, None, None]
    five = Mixture(
        [0.15, 0.6, 0.25], center + rng.normal(size=(3, 5)), roots @ roots.swapaxes(1, 2) + 0.5 * np.eye(5)
    )
    narrow = 1e-18 * np.eye(40)
    forty = Mixture([0.7, 0.3], [np.zeros(40), np.full(40, 3e-10)], [narrow, 1.2 * narrow])
    two_machines = Mixture([0.6, 0.4], [[0.0], [80.0]], [[[4.0]], [[4.0]]])
    bells_of_height_1 = Mixture([0.5, 0.5], [[1.0], [1.2]], [[[0.04]], [[0.03]]])
    seven = Mixture(
        [0.3, 0.2, 0.1, 0.25, 0.15 - 1e-9, 1e-9, 1e-20],
        [[0.0, 0.0], [2.0, 1.0], [2.0, 1.0], [-3.0, 2.0], [1.0, -4.0], [40.0, 40.0], [-40.0, 40.0]],
        [[[1.0, 0.6], [0.6, 1.0]], *[[[2.0, -0.9], [-0.9, 1.0]]] * 2, *[[[0.5, 0.2], [0.2, 1.5]]] * 4],
    )
    far = np.array([1e6, -3e6])
    in_mixed_units = Mixture(
        [0.45, 0.55],
        far + np.array([[0.0, 0.0], [1.5, -900.0]]),
        [[[1.0, 700.0], [700.0, 1e6]], [[4.0, -900.0], [-900.0, 5e5]]],
    )
    return (
        Case("rods of 3.3 and 8 mm, made by the three machines of this lesson",
             (np.array([[3.3], [8.0]]), rods)),
        Case("four points in the plane, two components", (rng.normal(size=(4, 2)) * 1.5, plane)),
        Case("three rods and one machine alone",
             (np.array([[-1.0], [0.5], [4.0]]), Mixture([1.0], [[1.0]], [[[2.25]]]))),
        Case("a single point in the plane, three components", (np.array([[0.6, 0.4]]), near)),
        Case("three points and three components", (rng.normal(size=(3, 2)), near)),
        Case("five points in five dimensions, far from 0", (center + rng.normal(size=(5, 5)) * 1.5, five)),
        Case("rods of 80, 0, -16, 1,000 and -300 mm, where the machines stand at 0, 160 and 240",
             (np.array([[80.0], [0.0], [-16.0], [1000.0], [-300.0]]), far_apart)),
        Case("rods of 0, 38 and 80 mm, where two machines stand at 0 and 80",
             (np.array([[0.0], [38.0], [80.0]]), two_machines)),
        Case("a single rod and one machine alone", (np.array([[2.0]]), Mixture([1.0], [[1.0]], [[[2.25]]]))),
        Case("points on a line where densities are about 1, and their logarithms about 0",
             (np.array([[1.08], [0.99], [1.17], [0.637]]), bells_of_height_1)),
        Case("four points that are whole numbers, two components",
             (np.array([[1, 0], [-2, 1], [3, -1], [0, 2]]), plane)),
        Case("six points and seven components: two are equal, and two have weights of 1e-9 and 1e-20",
             (np.array([[0.5, 0.5], [1.5, 1.0], [-2.0, 1.0], [40.0, 41.0], [1.0, -2.0], [-40.0, 41.0]]),
              seven)),
        Case("rods that are a kilometer too long and too short", (np.array([[1e6], [-1e6]]), far_apart)),
        Case("points a million away from 0, with standard deviations of 1 and 1,000",
             (np.asfortranarray(far + rng.normal(size=(6, 2)) * [1.0, 1000.0]), in_mixed_units)),
        Case("points in forty dimensions, so close together that densities are larger than any 64-bit number",
             (rng.normal(size=(5, 40)) * 1e-9 + 1.5e-10, forty)),
    )  # fmt: skip


CASES = _cases()


# --- log_joint: the answer, and what goes wrong ---------------------------------------------------


def log_joint(X, mixture):
    return mixture.log_joint(X)


def my_log_joint(X, mixture):
    log_joint = np.empty((len(X), mixture.k))  # (n, k)
    for k in range(mixture.k):
        L = np.linalg.cholesky(mixture.covariances[k])
        z = np.linalg.solve(L, (X - mixture.means[k]).T)  # (d, n)
        log_peak = -0.5 * mixture.d * np.log(2 * np.pi) - np.log(np.diagonal(L)).sum()
        log_joint[:, k] = np.log(mixture.weights[k]) + log_peak - 0.5 * (z**2).sum(axis=0)
    return log_joint


def _log_densities(X, mixture, log_density=lesson_01.gaussian_log_density):
    """log N(x | mu_k, Sigma_k), (n, k), by a right or wrong function for one component."""
    components = zip(mixture.means, mixture.covariances, strict=True)
    return np.stack([log_density(X, mean, covariance) for mean, covariance in components], axis=1)


def _log_joint_by(log_density):
    """`log_joint` built on a wrong density."""

    def wrong_log_joint(X, mixture):
        return np.log(mixture.weights) + _log_densities(X, mixture, log_density)

    return wrong_log_joint


def _weights_forgotten(X, mixture):
    return _log_densities(X, mixture)


def _weight_added(X, mixture):
    return mixture.weights + _log_densities(X, mixture)


def _weight_multiplied(X, mixture):
    return mixture.weights * _log_densities(X, mixture)


def _all_weights_to_a_column(X, mixture):
    columns = [np.log(mixture.weights) + column for column in _log_densities(X, mixture).T]
    return np.stack(columns, axis=1)


def _joint(X, mixture):
    return np.exp(log_joint(X, mixture))


def _joint_vanished(X, mixture):
    return np.log(_joint(X, mixture))


def _log_joint_saved_by_a_sum(number):
    def wrong_log_joint(X, mixture):
        return np.log(_joint(X, mixture) + number)

    return wrong_log_joint


def _log_joint_saved_by_a_floor(number):
    def wrong_log_joint(X, mixture):
        return np.log(np.maximum(_joint(X, mixture), number))

    return wrong_log_joint


def _log_joint_with_ridge(number):
    return _log_joint_by(lesson_01.ridge_added(number))


def _number_added_to_weights(number):
    def wrong_log_joint(X, mixture):
        return np.log(mixture.weights + number) + _log_densities(X, mixture)

    return wrong_log_joint


def _weights_never_below(number):
    def wrong_log_joint(X, mixture):
        return np.log(np.maximum(mixture.weights, number)) + _log_densities(X, mixture)

    return wrong_log_joint


def _log_joint_clipped(limit):
    def wrong_log_joint(X, mixture):
        return np.clip(log_joint(X, mixture), -limit, limit)

    return wrong_log_joint


def _infinity_replaced(X, mixture):
    return np.nan_to_num(_joint_vanished(X, mixture))


def _weights_equal(X, mixture):
    return -np.log(mixture.k) + _log_densities(X, mixture)


def _first_weight_everywhere(X, mixture):
    return np.log(mixture.weights[0]) + _log_densities(X, mixture)


def _largest_taken_out(X, mixture):
    a = log_joint(X, mixture)
    return a - a.max(axis=1, keepdims=True)


def _columns_made_anew(X, mixture):
    only_the_last = np.zeros((len(X), mixture.k))
    only_the_last[:, -1] = log_joint(X, mixture)[:, -1]
    return only_the_last


def _rows_made_anew(X, mixture):
    only_the_last = np.zeros((len(X), mixture.k))
    only_the_last[-1] = log_joint(X, mixture)[-1]
    return only_the_last


def _list_of_rows_made_anew(X, mixture):
    return log_joint(X, mixture)[-1:]


def _list_of_columns_made_anew(X, mixture):
    return log_joint(X, mixture)[:, -1:]


def _log_joint_transposed(X, mixture):
    return log_joint(X, mixture).T


def _added_over_components(X, mixture):
    return mixture.log_density(X)


def _logarithms_added_over_components(X, mixture):
    return log_joint(X, mixture).sum(axis=1)


def _divided_already(X, mixture):
    a = log_joint(X, mixture)
    return a - log_sum_exp(a)[:, None]


def _first_component_everywhere(X, mixture):
    return np.log(mixture.weights) + _log_densities(X, mixture)[:, :1]


def _first_covariance_everywhere(X, mixture):
    same = Mixture(mixture.weights, mixture.means, np.tile(mixture.covariances[0], (mixture.k, 1, 1)))
    return log_joint(X, same)


def _column_overwritten(X, mixture):
    return log_joint(X, mixture)[:, -1]


def _columns(X, mixture):
    """As scipy's logpdf returns them: (n,) for each component, but a single number for a single point."""
    return [column.squeeze()[()] for column in log_joint(X, mixture).T]


def _single_point_squeezed(X, mixture):
    return np.array(_columns(X, mixture)).T


def _single_point_stacked(X, mixture):
    return np.stack(_columns(X, mixture), axis=1)


def _log_joint_read(answer, X, mixture):
    if isinstance(answer, tuple):
        raise Unreadable(f"log_joint returns one array of shape (n, k); yours returns {len(answer)} things.")
    return {"log_joint": np.asarray(answer)}


def _log_joint_is_finite(parts, X, mixture):
    return _not_finite("log_joint", parts["log_joint"])


def _not_finite(name, values):
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        place = tuple(wrong[0])
        index = f"[{', '.join(map(str, place))}]" if place else ""
        return f"{name}{index} is {values[place]}, which is no number to go on with."
    return None


LOG_JOINT = Exercise(
    name="log_joint",
    reference=log_joint,
    answer=my_log_joint,
    source=Mixture.log_joint,
    off_limits=(theory.expected_complete_log_likelihood, theory.lower_bound, theory.kl_gap),  # of verdicts
    cases=CASES,
    read=_log_joint_read,
    properties=(_log_joint_is_finite,),
    mistakes=(
        Mistake("vanished_before_the_logarithm", _joint_vanished,
                "you compute weight times density, and take the logarithm of that. For a far point the "
                "product is 0 by then, and in many narrow dimensions it is infinite. Never leave the "
                "logarithms: log of the weight, plus `logpdf`."),
        *(
            Mistake(f"added_{named(number)}", _log_joint_saved_by_a_sum(number),
                    f"you add {number:.3g} to weight times density lest its logarithm be minus infinity. All "
                    f"that is far gets the same {np.log(number):.1f} then. With log weight plus `logpdf` no "
                    "logarithm of 0 comes up.")
            for number in SAVING_NUMBERS
        ),
        *(
            Mistake(f"never_below_{named(number)}", _log_joint_saved_by_a_floor(number),
                    f"you keep weight times density from falling below {number:.3g}: nothing is less than "
                    f"{np.log(number):.1f} then, however far away. Log weight plus `logpdf` needs no floor.")
            for number in SAVING_NUMBERS
            if number > 1e-300  # which cannot be told from what is added
        ),
        *(
            Mistake(f"ridge_{named(number)}", _log_joint_with_ridge(number),
                    f"you add {number:.3g} to the variances. In small units that is much more than the "
                    "variances themselves; the mixture's covariances can be used as they are.")
            for number in (1e-6, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        *(
            Mistake(f"added_to_weights_{named(number)}", _number_added_to_weights(number),
                    f"you add {number:.3g} to the weights before you take their logarithms. For a component "
                    "that makes one point in a billion this shows. Weights are positive: no logarithm of 0 "
                    "can come up.")
            for number in (1e-6, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        *(
            Mistake(f"weights_never_below_{named(number)}", _weights_never_below(number),
                    f"you keep the weights from falling below {number:.3g}. A component may make fewer "
                    "points than that; its weight is positive, and so its logarithm can be taken.")
            for number in (1e-6, 1e-8, 1e-10, 1e-12, 1e-15, 1e-16)
        ),
        *(
            Mistake(f"clipped_to_{limit}", _log_joint_clipped(limit),
                    f"you clip the log joint to {limit}. A logarithm may be -100,000 without harm; it is "
                    "`np.exp` that may not be handed it, and there is none here.")
            for limit in LIMITS
        ),
        Mistake("infinity_replaced", _infinity_replaced,
                "`np.nan_to_num` has made -1.8e308 of the logarithms of densities that had vanished. Take "
                "`logpdf`, and there is nothing to replace."),
        Mistake("weights_forgotten", _weights_forgotten,
                "these are log-densities; the log of the weight is not added. How busy a component is "
                "belongs to it."),
        Mistake("weight_added", _weight_added,
                "you add the weight to a logarithm. A factor becomes a term: it is the logarithm of the "
                "weight that is added."),
        Mistake("weight_multiplied", _weight_multiplied,
                "you multiply the log-density by the weight. The product of two numbers has the sum of their "
                "logarithms."),
        Mistake("all_weights_to_a_column", _all_weights_to_a_column,
                "a column of n numbers meets the logarithms of all k weights: an index `[k]` is missing."),
        Mistake("not_a_logarithm", _joint,
                "this is weight times density, the joint density itself; what is asked for is its "
                "logarithm."),
        Mistake("transposed", _log_joint_transposed,
                "rows and columns are swapped: a row is a point, a column a component."),
        Mistake("added_over_components", _added_over_components,
                "you have already added over the components: this is log p(x), one number a point. Here each "
                "component still keeps its own."),
        Mistake("logarithms_added_over_components", _logarithms_added_over_components,
                "you add the logarithms over the components, which multiplies the joint densities. Here "
                "every component keeps a column of its own, (n, k)."),
        Mistake("divided_already", _divided_already,
                "you have gone one step too far: these are the logarithms of the responsibilities. The "
                "division by the sum comes in `e_step`."),
        Mistake("first_component_everywhere", _first_component_everywhere,
                "every column has the mean and the covariance of component 0: look for an index that stays "
                "0."),
        Mistake("first_covariance_everywhere", _first_covariance_everywhere,
                "every component is given the covariance of component 0: look for an index that stays 0."),
        Mistake("column_overwritten", _column_overwritten,
                "the last component's column is there alone: each round of the loop has overwritten the one "
                "before. Give every component its own column, `[:, k]`, of an array (n, k)."),
        Mistake("weights_equal", _weights_equal,
                "you take 1/k for each weight. The components have weights of their own, `mixture.weights`."),
        Mistake("first_weight_everywhere", _first_weight_everywhere,
                "every column has the weight of component 0 in it: `[0]` where `[k]` belongs."),
        Mistake("largest_taken_out", _largest_taken_out,
                "the largest of each row has been taken out: each row has a 0. That is a step of `e_step`; "
                "the log joint is what it starts from."),
        Mistake("columns_made_anew", _columns_made_anew,
                "only the last component's column is filled, and the others are 0: the array is made anew in "
                "every round of the loop. Make it once, before the loop over the components."),
        Mistake("rows_made_anew", _rows_made_anew,
                "only the last point's row is filled, and the others are 0: the array is made anew for every "
                "point. Make it once, before the loop over the points."),
        Mistake("list_of_rows_made_anew", _list_of_rows_made_anew,
                "only the last point's row is left: the list of rows is emptied in every round of the loop. "
                "Begin it once, before the loop."),
        Mistake("list_of_columns_made_anew", _list_of_columns_made_anew,
                "only the last component's column is left: the list of columns is emptied in every round of "
                "the loop. Begin it once, before the loop."),
        Mistake("single_point_squeezed", _single_point_squeezed,
                "for one point alone, scipy's `logpdf` returns a number, not an array of one, and an axis is "
                "lost. Fill the columns of an array that has the shape (n, k) from the start."),
        Mistake("single_point_stacked", _single_point_stacked,
                "for one point alone, scipy's `logpdf` returns a number, and numbers have no axis to be "
                "stacked along. Make `np.empty((len(X), mixture.k))` first and fill its columns."),
        Mistake("variance_as_sd", _log_joint_by(lesson_01.variance_as_sd),
                "the covariance is used as if it were a standard deviation. `norm` wants the standard "
                "deviation, `multivariate_normal` the covariance."),
        Mistake("sd_as_variance", _log_joint_by(lesson_01.sd_as_variance),
                "the root of the covariance is used as if it were the covariance. `multivariate_normal` "
                "wants Sigma as it is."),
        Mistake("determinant_forgotten", _log_joint_by(lesson_01.determinant_forgotten),
                "the determinant is missing. Without - 1/2 log det Sigma, wide components are as high as "
                "narrow ones."),
        Mistake("determinant_without_half", _log_joint_by(lesson_01.determinant_without_root),
                "log det Sigma is subtracted whole. The density divides by its root, so only half of it "
                "goes."),
        Mistake("determinant_halved_twice", _log_joint_by(lesson_01.determinant_rooted_twice),
                "the determinant is halved twice. The sum of the logarithms of L's diagonal is half of log "
                "det Sigma."),
        Mistake("determinant_added", _log_joint_by(lesson_01.determinant_on_top),
                "log det Sigma is added, not subtracted: it comes from below the line."),
        Mistake("determinant_vanished", _log_joint_by(lesson_01.determinant_vanished),
                "in forty narrow dimensions the determinant is smaller than any 64-bit number. Add up "
                "logarithms of L's diagonal instead, or let `logpdf` do it."),
        Mistake("two_pi_of_the_line", _log_joint_by(lesson_01.two_pi_of_the_line),
                "1/2 log(2 pi) is subtracted once. In d dimensions it is d times that."),
        Mistake("two_pi_of_the_plane", _log_joint_by(lesson_01.two_pi_of_the_plane),
                "log(2 pi) is subtracted once, whatever d is. That fits the plane; in d dimensions it is d/2 "
                "times."),
        Mistake("two_pi_without_half", _log_joint_by(lesson_01.two_pi_without_root),
                "d log(2 pi) is subtracted, which is twice too much: 2 pi has the power d/2."),
        Mistake("two_pi_forgotten", _log_joint_by(lesson_01.two_pi_forgotten),
                "the term with 2 pi is missing. The shares will not notice, the log-likelihood will."),
        Mistake("half_forgotten", _log_joint_by(lesson_01.half_forgotten),
                "the squared distance is subtracted whole. Only half of it goes: exp(-1/2 z^2)."),
        Mistake("not_squared", _log_joint_by(lesson_01.not_squared),
                "the distance is not squared."),
        Mistake("minus_forgotten", _log_joint_by(lesson_01.minus_forgotten),
                "half the squared distance is added, not subtracted: the log joint grows with the distance."),
        Mistake("not_inverted", _log_joint_by(lesson_01.not_inverted),
                "the deviations are multiplied by Sigma; its inverse belongs between them."),
        Mistake("inverted_entry_by_entry", _log_joint_by(lesson_01.inverted_entry_by_entry),
                "Sigma is inverted entry by entry. The inverse matrix is something else: `np.linalg.solve`."),
        Mistake("only_the_diagonal", _log_joint_by(lesson_01.only_the_diagonal),
                "only the diagonal of Sigma is used, as if its ellipse did not lean."),
        Mistake("covariance_as_factor", _log_joint_by(lesson_01.covariance_as_factor),
                "z is solved with Sigma, and should be with its Cholesky factor L."),
        Mistake("factor_transposed", _log_joint_by(lesson_01.factor_transposed),
                "z is solved with L transposed. L itself has its zeros above the diagonal."),
    ),
    hints=(
        ("A logarithm makes a sum of the product: log joint = log weight + log density. One column a "
        "component."),
        ("log_joint[:, k] = log pi_k + log N(x | mu_k, Sigma_k), for all points at once. "
        "`multivariate_normal(mean, covariance)` has a method `logpdf` beside `pdf`; or take your "
        "`gaussian_log_density` from lesson 01."),
        ("Make `np.empty((len(X), mixture.k))`, loop over k, and fill the column with "
        "np.log(mixture.weights[k]) + multivariate_normal(mixture.means[k], "
        "mixture.covariances[k]).logpdf(X)."),
    ),
)  # fmt: skip


# --- e_step: the answer, and what goes wrong ------------------------------------------------------


def my_e_step(X, mixture):
    a = mixture.log_joint(X)  # (n, k)
    top = a.max(axis=1)  # (n,)
    log_density = top + np.log(np.exp(a - top[:, None]).sum(axis=1))  # (n,): log p(x)
    responsibilities = np.exp(a - log_density[:, None])
    return responsibilities, log_density.sum()


def _shares(a):
    """Responsibilities and log-likelihood from the log joint a (n, k), or from a wrong one."""
    log_density = log_sum_exp(a)
    return np.exp(a - log_density[:, None]), log_density.sum()


def _e_step_by(log_density):
    """`e_step` built on a wrong density."""

    def wrong_e_step(X, mixture):
        return _shares(np.log(mixture.weights) + _log_densities(X, mixture, log_density))

    return wrong_e_step


def _from_joint(divide):
    """`e_step` with the right log-likelihood and responsibilities divide(joint)."""

    def wrong_e_step(X, mixture):
        return divide(_joint(X, mixture)), mixture.log_density(X).sum()

    return wrong_e_step


def _from_logarithms(total):
    """The same without leaving the logarithms: `total` is the logarithm of what is divided by."""

    def wrong_e_step(X, mixture):
        a = log_joint(X, mixture)
        return np.exp(a - total(a)), log_sum_exp(a).sum()

    return wrong_e_step


def _with_log_likelihood(log_likelihood):
    """`e_step` with the right responsibilities and log_likelihood(log joint, responsibilities)."""

    def wrong_e_step(X, mixture):
        a = log_joint(X, mixture)
        r, _ = _shares(a)
        return r, log_likelihood(a, r)

    return wrong_e_step


def _no_log_sum_exp(X, mixture):
    joint = _joint(X, mixture)
    p = joint.sum(axis=1)
    return joint / p[:, None], np.log(p).sum()


def _number_added(number):
    """`e_step` by densities, with a number that saves the division by 0."""

    def wrong_e_step(X, mixture):
        joint = _joint(X, mixture)
        p = joint.sum(axis=1) + number
        return joint / p[:, None], np.log(p).sum()

    return wrong_e_step


def _never_below(number):
    """`e_step` by densities, whose sum is never less than a number."""

    def wrong_e_step(X, mixture):
        joint = _joint(X, mixture)
        p = np.maximum(joint.sum(axis=1), number)
        return joint / p[:, None], np.log(p).sum()

    return wrong_e_step


def _added_to_each_density(number):
    def wrong_e_step(X, mixture):
        joint = _joint(X, mixture) + number
        p = joint.sum(axis=1)
        return joint / p[:, None], np.log(p).sum()

    return wrong_e_step


def _each_density_never_below(number):
    def wrong_e_step(X, mixture):
        joint = np.maximum(_joint(X, mixture), number)
        p = joint.sum(axis=1)
        return joint / p[:, None], np.log(p).sum()

    return wrong_e_step


def _clipped(limit):
    """`e_step` from logarithms that are clipped to what `np.exp` can take."""

    def wrong_e_step(X, mixture):
        joint = np.exp(_log_joint_clipped(limit)(X, mixture))
        p = joint.sum(axis=1)
        return joint / p[:, None], np.log(p).sum()

    return wrong_e_step


def _clipped_and_topped(limit):
    """`e_step` with log-sum-exp, from logarithms that are clipped all the same."""

    def wrong_e_step(X, mixture):
        return _shares(_log_joint_clipped(limit)(X, mixture))

    return wrong_e_step


def _nan_replaced(X, mixture):
    r, log_likelihood = _no_log_sum_exp(X, mixture)
    return np.nan_to_num(r), log_likelihood


def _taking_out(middle):
    """`e_step` with something else taken out than the largest logarithm of each row."""

    def wrong_e_step(X, mixture):
        a = log_joint(X, mixture)
        out = middle(a)
        log_density = out + np.log(np.exp(a - out[:, None]).sum(axis=1))
        return np.exp(a - log_density[:, None]), log_density.sum()

    return wrong_e_step


def _taking_out_and_dividing(middle):
    """The same, with a division in place of the second exponential."""

    def wrong_e_step(X, mixture):
        a = log_joint(X, mixture)
        out = middle(a)
        shares = np.exp(a - out[:, None])
        total = shares.sum(axis=1)
        return shares / total[:, None], (out + np.log(total)).sum()

    return wrong_e_step


def _mean_of_each_row(a):
    return a.mean(axis=1)


def _smallest_of_each_row(a):
    return a.min(axis=1)


def _columns_of_the_table_made_anew(X, mixture):
    return _shares(_columns_made_anew(X, mixture))


def _rows_of_shares_made_anew(X, mixture):
    r, log_likelihood = _shares(log_joint(X, mixture))
    r[:-1] = 0.0
    return r, log_likelihood


def _list_of_shares_made_anew(X, mixture):
    r, log_likelihood = _shares(log_joint(X, mixture))
    return r[-1:], log_likelihood


def _top_of_all(X, mixture):
    a = log_joint(X, mixture)
    log_density = a.max() + np.log(np.exp(a - a.max()).sum(axis=1))
    return np.exp(a - log_density[:, None]), log_density.sum()


def _top_of_all_divided(X, mixture):
    a = log_joint(X, mixture)
    shares = np.exp(a - a.max())
    total = shares.sum(axis=1)
    return shares / total[:, None], (a.max() + np.log(total)).sum()


def _top_of_each_component(X, mixture):
    a = log_joint(X, mixture)
    shares = np.exp(a - a.max(axis=0))
    total = shares.sum(axis=1)
    return shares / total[:, None], log_sum_exp(a).sum()


def _e_step_without_weights(X, mixture):
    return _shares(_weights_forgotten(X, mixture))


def _e_step_with_equal_weights(X, mixture):
    return _shares(_weights_equal(X, mixture))


def _shares_never_below(number):
    """`e_step` with the right log-likelihood and shares that are lifted to a number."""

    def wrong_e_step(X, mixture):
        r, log_likelihood = _shares(log_joint(X, mixture))
        return np.maximum(r, number), log_likelihood

    return wrong_e_step


def _top_put_back_once(a, r):
    return (log_sum_exp(a) - a.max(axis=1)).sum() + a.max()


def _far_points_left_out(a, r):
    log_density = np.log(np.exp(a).sum(axis=1))
    return log_density[np.isfinite(log_density)].sum()


def _log_likelihood_saved(number):
    return _with_log_likelihood(lambda a, r: np.log(np.exp(a).sum(axis=1) + number).sum())


def _weights_after_dividing(X, mixture):
    r, _ = _shares(_weights_forgotten(X, mixture))
    return mixture.weights * r, mixture.log_density(X).sum()


def _e_step_number_added_to_weights(number):
    def wrong_e_step(X, mixture):
        return _shares(_number_added_to_weights(number)(X, mixture))

    return wrong_e_step


def _e_step_weight_added(X, mixture):
    return _shares(_weight_added(X, mixture))


def _e_step_weight_multiplied(X, mixture):
    return _shares(_weight_multiplied(X, mixture))


def _e_step_first_covariance(X, mixture):
    return _shares(_first_covariance_everywhere(X, mixture))


def _e_step_transposed(X, mixture):
    r, log_likelihood = em.e_step(X, mixture)
    return r.T, log_likelihood


def _hard(X, mixture):
    r, log_likelihood = em.e_step(X, mixture)
    return np.eye(mixture.k)[r.argmax(axis=1)], log_likelihood


def _labels(X, mixture):
    r, log_likelihood = em.e_step(X, mixture)
    return r.argmax(axis=1), log_likelihood


def _logarithms_of_shares(X, mixture):
    return _divided_already(X, mixture), mixture.log_density(X).sum()


def _logarithms_divided(X, mixture):
    a = log_joint(X, mixture)
    return a / a.sum(axis=1, keepdims=True), log_sum_exp(a).sum()


def _logarithms_divided_and_added(X, mixture):
    a = log_joint(X, mixture)
    return a / a.sum(axis=1, keepdims=True), a.sum()


def _logarithms_divided_once_more(X, mixture):
    a = log_joint(X, mixture)
    return a / a.sum(axis=1, keepdims=True), np.log(a.sum(axis=1)).sum()


def _logarithms_divided_without_an_axis(X, mixture):
    a = log_joint(X, mixture)
    return a / a.sum(axis=1), a.sum()


def _over_the_points(X, mixture):
    a = log_joint(X, mixture)
    log_density = log_sum_exp(a.T)  # (k,)
    return np.exp(a - log_density), log_density.sum()


def _over_the_points_with_an_axis(X, mixture):
    a = log_joint(X, mixture)
    top = a.max(axis=0)
    log_density = top + np.log(np.exp(a - top[:, None]).sum(axis=0))
    return np.exp(a - log_density[:, None]), log_density.sum()


def _plain_mistake(name, divide, log_likelihood, sentence):
    """An `e_step` by densities alone, with something else wrong beside: what learners write first."""

    def wrong_e_step(X, mixture):
        joint = _joint(X, mixture)
        return divide(joint), log_likelihood(joint)

    end = "Then leave plain `np.exp`: with it far points vanish, and 0/0 is left of them."
    return Mistake(f"plainly_{name}", wrong_e_step, f"{sentence} {end}")


def _by_rows(joint):
    return joint / joint.sum(axis=1, keepdims=True)


def _of_rows(joint):
    return np.log(joint.sum(axis=1)).sum()


def _axis_lost(X, mixture):
    joint = _joint(X, mixture)
    return joint / joint.sum(axis=1), mixture.log_density(X).sum()


def _axis_lost_for_one_point(X, mixture):
    return _shares(_single_point_squeezed(X, mixture))


def _read(answer, X, mixture):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        many = len(answer) if isinstance(answer, (tuple, list)) else 1
        raise Unreadable(
            f"e_step returns two things, the responsibilities (n, k) and the log-likelihood, a number; yours "
            f"returns {many}."
        )
    r, log_likelihood = (np.asarray(part) for part in answer)
    if log_likelihood.size == 1:
        log_likelihood = log_likelihood.reshape(())
    elif log_likelihood.shape == (len(X), 1):  # what is wrong is not the second axis
        log_likelihood = log_likelihood.reshape(len(X))
    if r.dtype == np.float32:
        log_likelihood = log_likelihood.astype(np.float32)
    return {"responsibilities": r, "log_likelihood": log_likelihood}


def _shares_are_numbers(parts, X, mixture):
    r = parts["responsibilities"]
    if r.shape != (len(X), mixture.k):
        return None
    wrong = np.flatnonzero(~np.isfinite(r).all(axis=1))
    return f"row {wrong[0]} of the responsibilities is {_row(r[wrong[0]])}." if len(wrong) else None


def _shares_are_shares(parts, X, mixture):
    r = parts["responsibilities"]
    if r.shape != (len(X), mixture.k):
        return None
    for row in np.flatnonzero(((r < -1e-6) | (r > 1 + 1e-3)).any(axis=1)):
        return f"row {row} of the responsibilities is {_row(r[row])}: a share lies between 0 and 1."
    return None


def _rows_sum_to_one(parts, X, mixture):
    r = parts["responsibilities"]
    if r.shape != (len(X), mixture.k):
        return None
    sums = r.sum(axis=1)
    for row in np.flatnonzero(np.abs(sums - 1) > 1e-3):
        return f"row {row} of the responsibilities sums to {sums[row]:.4g}, not 1."
    return None


def _log_likelihood_is_finite(parts, X, mixture):
    return _not_finite("log_likelihood", parts["log_likelihood"])


def _row(values):
    return f"[{' '.join(f'{value:.4g}' for value in values)}]"


E_STEP = Exercise(
    name="e_step",
    reference=em.e_step,
    answer=my_e_step,
    off_limits=(Mixture.responsibilities, *LOG_DENSITIES, theory.kl_gap, conditional),
    cases=CASES,
    read=_read,
    properties=(_shares_are_numbers, _shares_are_shares, _rows_sum_to_one, _log_likelihood_is_finite),
    tolerance={"responsibilities": (1e-6, 1e-12)},  # floors of 1e-10 are common, and they are not rounding
    mistakes=(
        Mistake("no_log_sum_exp", _no_log_sum_exp,
                "the formula is right, and the computer cannot hold its numbers: far from all components "
                "every exponential is 0, and you divide 0 by 0; in many narrow dimensions it is infinity by "
                "infinity. Take out the largest logarithm of each point first."),
        Mistake("densities_not_divided", _from_joint(lambda joint: joint),
                "these are weights times densities: you have not yet divided by their sum over the "
                "components."),
        Mistake("divided_over_points", _from_joint(lambda joint: joint / joint.sum(axis=0)),
                "you divide by the sum over the points: your columns sum to 1. Each point is to be shared "
                "out among the components, so its row sums to 1."),
        Mistake("divided_by_everything", _from_joint(lambda joint: joint / joint.sum()),
                "you divide by the sum over points and components: the whole table sums to 1, and each row "
                "should."),
        Mistake("divided_by_the_largest", _from_joint(lambda joint: joint / joint.max(axis=1, keepdims=True)),
                "you divide by the largest term of each point. Taking it out only keeps the numbers small; "
                "the division by the sum comes after it."),
        Mistake("logarithms_over_points", _from_logarithms(lambda a: log_sum_exp(a.T)),
                "log-sum-exp, or softmax, goes over the points, axis 0, so that columns sum to 1. For the "
                "shares it goes over the components, axis 1: it is rows that sum to 1."),
        Mistake("logarithms_over_everything", _from_logarithms(lambda a: log_sum_exp(a.reshape(1, -1))),
                "log-sum-exp, or softmax, goes over the whole table, and all of the table sums to 1. Name "
                "the axis of the components, 1: each row is to sum to 1."),
        Mistake("largest_taken_out_only", _from_logarithms(lambda a: a.max(axis=1, keepdims=True)),
                "after the largest logarithm is taken out and `np.exp` taken, the division by the row's sum "
                "is missing: the likeliest component of every point has 1."),
        Mistake("weights_forgotten", _e_step_without_weights,
                "the weights are missing, as if all components made equally many points."),
        Mistake("weights_equal", _e_step_with_equal_weights,
                "every component has the weight 1/k in it, and the mixture's own weights are not used."),
        Mistake("weights_after_dividing", _weights_after_dividing,
                "the weights come in after the division. They belong to both what is divided and the sum."),
        Mistake("weight_added_to_a_logarithm", _e_step_weight_added,
                "the weight itself is added to the log-density, and not its logarithm."),
        Mistake("weight_times_a_logarithm", _e_step_weight_multiplied,
                "the log-density is multiplied by the weight. Weight times density becomes log weight "
                "plus log-density."),
        *(
            Mistake(f"added_to_weights_{named(number)}", _e_step_number_added_to_weights(number),
                    f"{number:.3g} is added to the weights in the log joint: a component that makes fewer "
                    "points than that gets too much. No weight is 0, so its logarithm needs no help.")
            for number in (1e-6, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        *(
            Mistake(f"added_{named(number)}", _number_added(number),
                    f"you added {number:.3g} so as not to divide by 0. Then a far point belongs to nobody: "
                    "its row sums to 0, although 2 to 1 may be the right answer, and its log-likelihood is "
                    "that number's. Log-sum-exp needs no such help.")
            for number in SAVING_NUMBERS
        ),
        *(
            Mistake(f"never_below_{named(number)}", _never_below(number),
                    f"you keep the sum of a row from falling below {number:.3g}, so as not to divide by 0. "
                    "Where it would, the row no longer sums to 1. Log-sum-exp has a sum of at least 1, and "
                    "needs no floor.")
            for number in SAVING_NUMBERS
            if number > 1e-300  # which cannot be told from what is added
        ),
        *(
            Mistake(f"added_to_each_density_{named(number)}", _added_to_each_density(number),
                    f"you added {number:.3g} to each density. Far out nothing else is left, and every "
                    "component gets the same share, whatever the distances and weights say.")
            for number in SAVING_NUMBERS
        ),
        *(
            Mistake(f"each_density_never_below_{named(number)}", _each_density_never_below(number),
                    f"you lift each density to at least {number:.3g}. Where all of them are lifted, the "
                    "shares are equal, whatever the distances and weights say. Stay in logarithms instead.")
            for number in SAVING_NUMBERS
            if number > 1e-300
        ),
        *(
            Mistake(f"shares_never_below_{named(number)}", _shares_never_below(number),
                    f"you lift every share to at least {number:.3g}. Then a row sums to more than 1, and who "
                    "is far from a point still holds a piece of it. A share may be 0.")
            for number in (1e-6, 1e-8, 1e-9, 1e-10)
        ),
        *(
            Mistake(f"clipped_to_{limit}", _clipped(limit),
                    f"you clip the logarithms to {limit} before `np.exp`. What lies beyond becomes equal, so "
                    "a far point is shared out evenly. Take out the largest of the row instead: that keeps "
                    "differences.")
            for limit in LIMITS
        ),
        *(
            Mistake(f"clipped_first_to_{limit}", _clipped_and_topped(limit),
                    f"you clip the logarithms to {limit}, and then take out the largest. It is the first "
                    "that does harm: far out all logarithms become equal. Once the largest is out, nothing "
                    "overflows.")
            for limit in (LIMITS[-1],)  # where `_clipped` is not the same
        ),
        Mistake("nan_replaced", _nan_replaced,
                "`np.nan_to_num` has made 0 of what was 0 divided by 0, so a far point belongs to nobody. "
                "Its shares are known, 2 to 1 for instance: log-sum-exp finds them."),
        Mistake("mean_of_each_row", _taking_out(_mean_of_each_row),
                "you take out the mean of each row's logarithms, not the largest. On paper it cancels as "
                "well; but with components far apart, the largest lies more than 710 above the mean, and its "
                "exponential overflows."),
        Mistake("mean_of_each_row_divided", _taking_out_and_dividing(_mean_of_each_row),
                "the mean of each row's logarithms is taken out, and then you divide. If the largest is 800 "
                "above that mean, `np.exp` gives infinity, and infinity by infinity is no number. With the "
                "largest taken out, no exponent is above 0."),
        Mistake("smallest_of_each_row", _taking_out(_smallest_of_each_row),
                "you take out the smallest logarithm of each row, and then all exponents are positive and "
                "overflow. Take out the largest, and all are at most 0."),
        Mistake("smallest_of_each_row_divided", _taking_out_and_dividing(_smallest_of_each_row),
                "the smallest logarithm of each row is taken out, and then you divide: infinity by infinity, "
                "as soon as two components are far apart. It is `max`, not `min`."),
        Mistake("columns_of_the_table_made_anew", _columns_of_the_table_made_anew,
                "only the last component's logarithms are there, and the others are 0: the table is made "
                "anew in every round of the loop over the components. Make it once, before the loop."),
        Mistake("rows_of_shares_made_anew", _rows_of_shares_made_anew,
                "the log-likelihood is right, and only the last point has shares: the array of "
                "responsibilities is made anew for every point. Make it once, before the loop."),
        Mistake("list_of_shares_made_anew", _list_of_shares_made_anew,
                "the log-likelihood is right, and the shares of the last point are the only ones left: their "
                "list is emptied in every round. Begin it once, before the loop."),
        Mistake("top_of_all_points", _top_of_all,
                "you take out the largest logarithm of the whole table. Each point needs its own: next to "
                "the luckiest point all terms of a far one still become 0, and the logarithm of 0 is minus "
                "infinity."),
        Mistake("top_of_all_points_divided", _top_of_all_divided,
                "you take out one largest logarithm for all points together. A far point then has zeros "
                "only, and 0 is divided by 0: take out the largest of each row."),
        Mistake("top_of_each_component", _top_of_each_component,
                "you take out the largest logarithm of each column. What is taken out cancels only if it "
                "is the same for all components of a point: the largest of each row."),
        Mistake("variance_as_standard_deviation", _e_step_by(lesson_01.variance_as_sd),
                "the variance is used as a standard deviation: your bells are too wide, or too narrow where "
                "the variance is below 1."),
        Mistake("standard_deviation_as_variance", _e_step_by(lesson_01.sd_as_variance),
                "a root is taken of the covariance before it is handed over as a covariance."),
        Mistake("determinant_forgotten", _e_step_by(lesson_01.determinant_forgotten),
                "the density is not divided by the root of det Sigma, so wide components get too much."),
        Mistake("determinant_without_root", _e_step_by(lesson_01.determinant_without_root),
                "the density is divided by det Sigma, and should be by its square root."),
        Mistake("determinant_rooted_twice", _e_step_by(lesson_01.determinant_rooted_twice),
                "the density is divided by the fourth root of det Sigma. If you have the Cholesky factor: "
                "its determinant is the square root already."),
        Mistake("two_pi_of_the_line", _e_step_by(lesson_01.two_pi_of_the_line),
                "the shares are right; the density has the power of 2 pi that belongs to one dimension."),
        Mistake("two_pi_of_the_plane", _e_step_by(lesson_01.two_pi_of_the_plane),
                "the shares are right; the density is divided by 2 pi as in the plane, whatever d is."),
        Mistake("two_pi_without_root", _e_step_by(lesson_01.two_pi_without_root),
                "the shares are right; the density has (2 pi)^d, and should have (2 pi)^(d/2)."),
        Mistake("two_pi_forgotten", _e_step_by(lesson_01.two_pi_forgotten),
                "the shares are right, for 2 pi cancels in them; the log-likelihood misses its factor."),
        Mistake("half_forgotten", _e_step_by(lesson_01.half_forgotten),
                "the squared distance is without its half, as if every variance were halved: the shares are "
                "too sure of themselves."),
        Mistake("distance_not_squared", _e_step_by(lesson_01.not_squared),
                "the exponent has the distance where its square belongs: far components get too much."),
        Mistake("minus_forgotten", _e_step_by(lesson_01.minus_forgotten),
                "the exponent lost its minus sign: points go to the component that is farthest away."),
        Mistake("covariance_not_inverted", _e_step_by(lesson_01.not_inverted),
                "the exponent has Sigma where the inverse of Sigma belongs."),
        Mistake("inverted_entry_by_entry", _e_step_by(lesson_01.inverted_entry_by_entry),
                "the exponent has 1 / Sigma, entry by entry, where the inverse matrix belongs."),
        Mistake("only_the_diagonal", _e_step_by(lesson_01.only_the_diagonal),
                "the covariances' diagonals alone are used: no ellipse leans."),
        Mistake("first_covariance_everywhere", _e_step_first_covariance,
                "all components share the covariance of the first: an index was left at 0."),
        Mistake("hard_labels", _hard,
                "each point goes whole to its likeliest component. That is a verdict, k-means' way; the "
                "E-step shares."),
        Mistake("labels", _labels,
                "you return the number of the likeliest component. Wanted are the shares of all of them, (n, "
                "k)."),
        Mistake("still_logarithms", _logarithms_of_shares,
                "these are the logarithms of the responsibilities: one `np.exp` is missing."),
        Mistake("logarithms_divided", _logarithms_divided,
                "you divide logarithms by their sum. Logarithms cannot be shared out: go back with `np.exp` "
                "first, after taking out the largest."),
        Mistake("logarithms_divided_and_added", _logarithms_divided_and_added,
                "you share out the logarithms themselves, and add them all up for the log-likelihood. It is "
                "the densities that are shared out and added: `np.exp` comes first, `np.log` after the sum."),
        Mistake("logarithms_divided_once_more", _logarithms_divided_once_more,
                "you take `log_joint` for the joint density: you divide logarithms by their sum, and then "
                "take the logarithm of that sum, which mostly lies below 0. Go back with `np.exp` before you "
                "add."),
        Mistake("transposed", _e_step_transposed,
                "the table is transposed, (k, n): points are rows, components are columns."),
        Mistake("axis_lost", _axis_lost,
                "the sum over the components has the shape (n,), and cannot be laid beside (n, k). Keep the "
                "axis: `keepdims=True`, or `[:, None]`."),
        Mistake("logarithms_divided_without_an_axis", _logarithms_divided_without_an_axis,
                "two things: a sum of the shape (n,) cannot be laid beside (n, k) without `[:, None]`; and "
                "what you divide are logarithms, which cannot be shared out. `np.exp` comes first."),
        Mistake("over_the_points", _over_the_points,
                "everything goes down the columns, axis 0: the largest, the sum, and so the log-likelihood "
                "too. That adds up the points of a component. Add up the components of a point, axis 1: its "
                "row is what sums to 1."),
        Mistake("over_the_points_with_an_axis", _over_the_points_with_an_axis,
                "you take the largest, or the sum, over the points, axis 0. That leaves a number for each "
                "component, (k,), and `[:, None]` stands it up against rows that are points. Each row needs "
                "its own: axis 1."),
        _plain_mistake("over_the_points", lambda joint: joint / joint.sum(axis=0), _of_rows,
                       "`axis=0` adds up the points of a component, and each column is divided by its sum. "
                       "Add up the components of a point, `axis=1, keepdims=True`."),
        _plain_mistake("over_the_points_throughout", lambda joint: joint / joint.sum(axis=0),
                       lambda joint: np.log(joint.sum(axis=0)).sum(),
                       "both sums go over the points, `axis=0`, which leaves a number for each component. "
                       "Add up the components of a point, `axis=1`, for its shares and for its log p(x)."),
        _plain_mistake("by_everything", lambda joint: joint / joint.sum(), _of_rows,
                       "you divide by the sum of the whole table. Divide each row by its own sum, `axis=1, "
                       "keepdims=True`."),
        _plain_mistake("by_everything_throughout", lambda joint: joint / joint.sum(),
                       lambda joint: np.log(joint.sum()),
                       "you add up the whole table, and divide by that; and its logarithm is not log p(X). "
                       "Each row has its own sum, p(x): divide by it, and add up its logarithms."),
        _plain_mistake("by_the_largest", lambda joint: joint / joint.max(axis=1, keepdims=True), _of_rows,
                       "you divide each row by its largest. Divide by its sum, so that shares add up to 1."),
        _plain_mistake("added_before_the_logarithm", _by_rows, lambda joint: np.log(joint.sum()),
                       "the log-likelihood is the logarithm of the sum of all p(x). Take the logarithm of "
                       "each point's p(x) first; points are independent, and it is logarithms that add up."),
        _plain_mistake("logarithm_of_each_term", _by_rows, lambda joint: np.log(joint).sum(),
                       "the log-likelihood adds up the logarithms of all terms. Add up the components of a "
                       "point first, which gives p(x), and take the logarithm of that."),
        _plain_mistake("one_number_a_point", _by_rows, lambda joint: np.log(joint.sum(axis=1)),
                       "you return log p(x) of each point. The log-likelihood is one number: add them up."),
        _plain_mistake("mean", _by_rows, lambda joint: np.log(joint.sum(axis=1)).mean(),
                       "your log-likelihood is the mean over the points. It is their sum."),
        Mistake("axis_lost_for_one_point", _axis_lost_for_one_point,
                "for one point alone, `logpdf` returns a number and the table loses its first axis: fill the "
                "columns of an array made as (n, k)."),
        Mistake("mean_of_logarithms", _with_log_likelihood(lambda a, r: log_sum_exp(a).mean()),
                "the shares are right; the log-likelihood is the mean over the points. It is their sum."),
        Mistake("one_number_a_point", _with_log_likelihood(lambda a, r: log_sum_exp(a)),
                "the shares are right; instead of the log-likelihood you return log p(x) of each point. Add "
                "them up."),
        *(
            Mistake(f"log_likelihood_saved_by_{named(number)}", _log_likelihood_saved(number),
                    f"the shares are right; in the log-likelihood you add {number:.3g} to a density before "
                    f"the logarithm. A far point then counts {np.log(number):.1f} and not what it is: take "
                    "log p(x) from log-sum-exp.")
            for number in SAVING_NUMBERS
        ),
        Mistake("far_points_left_out", _with_log_likelihood(_far_points_left_out),
                "the shares are right; the log-likelihood leaves out the points whose density has vanished. "
                "They count the most: take log p(x) from log-sum-exp, and it is finite for all."),
        Mistake("top_put_back_once", _with_log_likelihood(_top_put_back_once),
                "the shares are right; the largest logarithm is put back once, for all points together. "
                "Each point has its own, and each goes back before you add up."),
        Mistake("last_point_only", _with_log_likelihood(lambda a, r: log_sum_exp(a)[-1]),
                "the shares are right; the log-likelihood is that of the last point alone. It is "
                "overwritten, or set back to 0, in every round of the loop: add to it with `+=`."),
        Mistake("logarithm_of_everything", _with_log_likelihood(lambda a, r: np.log(np.exp(a).sum())),
                "the shares are right; but you add up the densities of all points and take one logarithm of "
                "that. Points are independent, their densities multiply: the logarithm comes first, then the "
                "sum."),
        Mistake("logarithms_of_all_terms", _with_log_likelihood(lambda a, r: a.sum()),
                "the shares are right; for the log-likelihood you add up the logarithms of all components' "
                "terms. Within a point the densities are added before the logarithm: log-sum-exp."),
        Mistake("expected_instead_of_observed", _with_log_likelihood(lambda a, r: (r * a).sum()),
                "the shares are right; the other number is the sum of responsibility times log joint. That "
                "is called Q, it has its day in lesson 06, and it lies below the log-likelihood."),
        Mistake("best_component_only", _with_log_likelihood(lambda a, r: a.max(axis=1).sum()),
                "the shares are right; your log-likelihood counts the likeliest component of each point "
                "alone. All of them explain a part of it."),
        Mistake("top_not_put_back", _with_log_likelihood(lambda a, r: (log_sum_exp(a) - a.max(axis=1)).sum()),
                "the shares are right; in the log-likelihood the largest logarithm, taken out before the "
                "exponential, was not put back."),
        Mistake("logarithm_of_shares", _with_log_likelihood(lambda a, r: np.log(r.sum(axis=1)).sum()),
                "the shares are right; the log-likelihood is taken from sums that are already divided, and "
                "they are all 1. Take the logarithm of the sum before the division."),
        Mistake("likelihood", _with_log_likelihood(lambda a, r: np.exp(log_sum_exp(a).sum())),
                "the shares are right; you return the likelihood, the product of the densities, and not its "
                "logarithm."),
        Mistake("densities_added", _with_log_likelihood(lambda a, r: np.exp(log_sum_exp(a)).sum()),
                "the shares are right; for the log-likelihood you add up the densities of the points. It is "
                "their logarithms that are added."),
        Mistake("negative_log_likelihood", _with_log_likelihood(lambda a, r: -log_sum_exp(a).sum()),
                "the shares are right; the log-likelihood has the wrong sign. A loss is minus that; EM "
                "climbs."),
        Mistake("logarithm_to_base_2", _with_log_likelihood(lambda a, r: log_sum_exp(a).sum() / np.log(2)),
                "the shares are right; the log-likelihood is in bits (base 2). Here it is in nats: "
                "`np.log`."),
    ),
    hints=(
        ('Everything you need stands in `mixture.log_joint(X)`, one row a point. What you did for one rod '
        'under "How do shares come out of logarithms?", do for each row.'),
        ("top is the largest of each row, (n,); log p(x) = top + log of the sum over k of exp(a - top); r = "
        "exp(a - log p(x)). To lay an (n,) beside an (n, k) write it as `[:, None]`. The log-likelihood is "
        "the sum of log p(x)."),
        ("top = a.max(axis=1), then log_density = top + np.log(np.exp(a - top[:, None]).sum(axis=1)), then "
        "return np.exp(a - log_density[:, None]) and log_density.sum()."),
    ),
)  # fmt: skip


EXERCISES = (LOG_JOINT, E_STEP)
