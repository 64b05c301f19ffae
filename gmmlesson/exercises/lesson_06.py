"""Why EM works: `lower_bound` and `kl_gap`."""

import functools

import numpy as np

from gmmlesson import theory
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.mixture import Mixture


def _cases():
    rods = Mixture([2 / 3, 1 / 3], [[0.0], [6.0]], [[[4.0]]] * 2)
    line = Mixture([0.7, 0.2, 0.1], [[-2.0], [0.5], [3.0]], [[[1.0]], [[0.25]], [[4.0]]])
    plane = Mixture(
        [0.5, 0.2, 0.3],
        [[0.0, 0.0], [1.0, 0.5], [-0.5, 1.5]],
        [[[1.0, 0.3], [0.3, 2.0]], [[3.0, -1.0], [-1.0, 0.8]], [[0.6, 0.1], [0.1, 0.4]]],
    )
    rng = np.random.default_rng(6)
    roots = rng.normal(size=(2, 5, 5)) * np.array([0.5, 1.5])[:, None, None]
    five = Mixture([0.35, 0.65], rng.normal(size=(2, 5)), roots @ roots.swapaxes(1, 2) + 0.5 * np.eye(5))
    unit = 16.58  # mm
    in_units = Mixture([2 / 3, 1 / 3], [[0.0], [6.0 / unit]], [[[4.0 / unit**2]]] * 2)
    far_apart = Mixture([0.6, 0.3, 0.1], [[0.0], [160.0], [240.0]], [[[4.0]]] * 3)
    X3, X5 = rng.normal(size=(9, 2)) * 1.5, rng.normal(size=(7, 5)) * 2
    verdicts = np.eye(3)[[0, 2, 1, 1, 0, 2, 2, 0, 1]]
    return (
        Case("the rod of 3.3 mm, half for each of two machines",
             (np.array([[3.3]]), np.array([[0.5, 0.5]]), rods)),
        Case("two rods, of 3.3 and 5 mm, shared unequally",
             (np.array([[3.3], [5.0]]), np.array([[0.9, 0.1], [0.25, 0.75]]), rods)),
        Case("four points on a line, three components",
             (np.array([[-1.0], [0.2], [0.7], [5.0]]), rng.dirichlet(np.ones(3), 4), line)),
        Case("nine points in the plane, the shares being the E-step's responsibilities",
             (X3, plane.responsibilities(X3), plane)),
        Case("nine points in the plane, shared at random", (X3, rng.dirichlet(np.ones(3), 9), plane)),
        Case("nine points in the plane, given whole to one component each: shares of 0 and 1",
             (X3, verdicts, plane)),
        Case("seven points in five dimensions", (X5, rng.dirichlet([0.7, 0.4], 7), five)),
        Case("the first rod again, in units in which its bound is nearly 0",
             (np.array([[3.3 / unit]]), np.array([[0.5, 0.5]]), in_units)),
        Case("rods of 80, 0 and 1,000 mm, where the machines stand at 0, 160 and 240",
             (np.array([[80.0], [0.0], [1000.0]]), rng.dirichlet(np.ones(3), 3), far_apart)),
        Case("three points and one component, which has them all",
             (np.array([[-1.0], [0.5], [4.0]]), np.ones((3, 1)), Mixture([1.0], [[1.0]], [[[2.25]]]))),
    )  # fmt: skip


CASES = _cases()


def _read(part):
    """A reader of one number, which may be a 0-d or a one-element array; other arrays are let through."""

    def read(answer, X, s, mixture):
        if isinstance(answer, tuple):
            raise Unreadable(f"my_{part} returns one number; yours returns {len(answer)} things.")
        value = np.asarray(answer, dtype=None if isinstance(answer, np.ndarray) else float)
        return {part: value.reshape(()) if value.size == 1 else value}

    return read


def _is_a_number(part):
    def rule(parts, X, s, mixture):
        value = parts[part]
        if value.ndim or not np.isnan(value):
            return None
        return f"it is nan, not a number; {int((s == 0).sum())} of the {s.size} shares are 0."

    return rule


def _only_the_first_point(exercise, X, s, mixture):
    return exercise(X[:1], s[:1], mixture)


def _with_something_added(exercise, small, X, s, mixture):
    """The exercise solved with log(s + small) for log s."""
    log_s = np.log(np.where(s > 0, s, 1))
    sign = -1 if exercise is my_lower_bound else 1
    return exercise(X, s, mixture) + sign * (s * (np.log(s + small) - log_s)).sum()


def _added(exercise, notices):
    """What is added to s lest log 0 is met, in the sizes that are typed; `notices` says where it shows."""
    sizes = [("a_thousandth", 1e-3), ("a_millionth", 1e-6), ("1e_7", 1e-7), ("1e_8", 1e-8), ("1e_9", 1e-9)]
    return tuple(
        Mistake(f"added_{name}", functools.partial(_with_something_added, exercise, small),
                f"something small was added to s: {small:g}. It moves the logarithm of every share, not only "
                f"of those that are 0, and {notices}. Put 1 where s is 0: its logarithm is 0.")
        for name, small in sizes
    )  # fmt: skip


FLOORS = [("1e_300", 1e-300), ("1e_16", 1e-16), ("1e_15", 1e-15), ("1e_12", 1e-12), ("1e_10", 1e-10)]


# --- lower_bound ----------------------------------------------------------------------------------


def my_lower_bound(X, s, mixture):
    log_s = np.log(np.where(s > 0, s, 1))  # where s is 0, its logarithm counts nothing
    return (s * (mixture.log_joint(X) - log_s)).sum()


def below_the_log_likelihood(parts, X, s, mixture):
    bound, log_likelihood = parts["lower_bound"], mixture.log_likelihood(X)
    if bound.ndim == 0 and bound > log_likelihood + 1e-3 + 1e-6 * abs(log_likelihood):
        return f"the bound is {bound:.6g}, above the log-likelihood, which is {log_likelihood:.6g}."
    return None


def _log_safely(s):
    return np.log(np.where(s > 0, s, 1))


def only_q(X, s, mixture):
    return (s * mixture.log_joint(X)).sum()


def entropy_with_the_wrong_sign(X, s, mixture):
    return (s * (mixture.log_joint(X) + _log_safely(s))).sum()


def the_log_likelihood(X, s, mixture):
    return mixture.log_likelihood(X)


def not_weighted(X, s, mixture):
    return (mixture.log_joint(X) - _log_safely(s)).sum()


def log_outside_the_sum(X, s, mixture):
    return np.log((s * np.exp(mixture.log_joint(X))).sum(axis=1)).sum()


def joint_without_its_logarithm(X, s, mixture):
    return (s * (np.exp(mixture.log_joint(X)) - _log_safely(s))).sum()


def without_the_weights(X, s, mixture):
    return (s * (mixture.log_joint(X) - np.log(mixture.weights) - _log_safely(s))).sum()


def bound_mean(X, s, mixture):
    return my_lower_bound(X, s, mixture) / len(X)


def bound_for_each_point(X, s, mixture):
    return (s * (mixture.log_joint(X) - _log_safely(s))).sum(axis=1)


def bound_zero_times_log_zero(X, s, mixture):
    return (s * (mixture.log_joint(X) - np.log(s))).sum()


def out_of_the_logarithm(X, s, mixture):
    return (s * (np.log(np.exp(mixture.log_joint(X))) - _log_safely(s))).sum()


def bound_mean_of_all(X, s, mixture):
    return (s * (mixture.log_joint(X) - _log_safely(s))).mean()


def bound_for_each_component(X, s, mixture):
    return (s * (mixture.log_joint(X) - _log_safely(s))).sum(axis=0)


def floored_joint(floor, X, s, mixture):
    return (s * (np.log(np.exp(mixture.log_joint(X)) + floor) - _log_safely(s))).sum()


def posterior_for_the_joint(X, s, mixture):
    log_r = mixture.log_joint(X) - mixture.log_density(X)[:, None]
    return (s * (log_r - _log_safely(s))).sum()


LOWER_BOUND = Exercise(
    name="lower_bound",
    reference=theory.lower_bound,
    answer=my_lower_bound,
    cases=CASES,
    read=_read("lower_bound"),
    properties=(_is_a_number("lower_bound"), below_the_log_likelihood),
    mistakes=(
        Mistake("only_q", only_q,
                "the term - log s is missing. Inside the logarithm stands the joint density over the share; "
                "without that, the E-step's shares would not touch the log-likelihood."),
        Mistake("entropy_with_the_wrong_sign", entropy_with_the_wrong_sign,
                "log s is added. The shares stand below the fraction line in the logarithm, so their "
                "logarithm is taken off."),
        Mistake("the_log_likelihood", the_log_likelihood,
                "this is the log-likelihood itself. The bound depends on the shares that were handed in, and "
                "reaches the log-likelihood only when they are the E-step's: do not compute new ones."),
        Mistake("not_weighted", not_weighted,
                "the logarithms are added up without their shares. Jensen's inequality is about a mean, and "
                "the shares are its weights."),
        Mistake("log_outside_the_sum", log_outside_the_sum,
                "the logarithm is taken after the sum over the components. Jensen moves it inside: first the "
                "logarithm of each term, then the mean of those."),
        Mistake("joint_without_its_logarithm", joint_without_its_logarithm,
                "the joint densities stand there without their logarithm; only the shares got one."),
        Mistake("without_the_weights", without_the_weights,
                "log pi is missing: the joint density is a component's weight times its density."),
        Mistake("bound_mean", bound_mean,
                "it is divided by the number of points. The bound lies under the log-likelihood, which is a "
                "total over the points, not a mean."),
        Mistake("bound_mean_of_all", bound_mean_of_all,
                "`.mean()` stands where a sum belongs: it divides by all n times k numbers. The shares take "
                "the mean over the components already, and over the points the bound is a total."),
        Mistake("only_the_first_point", functools.partial(_only_the_first_point, my_lower_bound),
                "this is the first point's bound, and the others are not counted. Does a `return` stand "
                "inside the loop?"),
        Mistake("bound_for_each_component", bound_for_each_component,
                "there is a number for every component, the sum over the points (axis 0). The bound is their "
                "sum."),
        Mistake("bound_for_each_point", bound_for_each_point,
                "there is a number for every point. Each of them is right; the bound for the data is "
                "their sum."),
        Mistake("bound_zero_times_log_zero", bound_zero_times_log_zero,
                "a share of 0 is multiplied by log 0, which is minus infinity, and 0 times infinity is nan. "
                "Such a share has to count nothing."),
        Mistake("out_of_the_logarithm", out_of_the_logarithm,
                "a density is computed on the way and becomes 0.0 where a point is far out. "
                "`mixture.log_joint` is a logarithm already: stay there."),
        *_added(my_lower_bound, "the bound is lower for it"),
        *(
            Mistake(f"floored_at_{name}", functools.partial(floored_joint, floor),
                    "a density is computed on the way. Where a point is far out it becomes 0.0, and "
                    f"{floor:g} stands in for it. `mixture.log_joint` is a logarithm already: stay there.")
            for name, floor in FLOORS
        ),
        Mistake("posterior_for_the_joint", posterior_for_the_joint,
                "the responsibilities stand where the joint densities belong, so what comes out is minus the "
                "gap. Do not divide by the mixture density."),
    ),
    hints=(
        "Each pair of a point and a component contributes one term: its share times a logarithm. Which one?",
        (
            "B = sum over n and k of s_nk (log_joint_nk - log s_nk), and `mixture.log_joint(X)` has shape "
            "(n, k), as s has. A share of 0 must contribute 0."
        ),
        (
            "`log_s = np.log(np.where(s > 0, s, 1))` is harmless where s is 0. Then take the sum of "
            "`s * (mixture.log_joint(X) - log_s)`."
        ),
    ),
)


# --- kl_gap ---------------------------------------------------------------------------------------


def my_kl_gap(X, s, mixture):
    log_r = mixture.log_joint(X) - mixture.log_density(X)[:, None]
    log_s = np.log(np.where(s > 0, s, 1))
    return (s * (log_s - log_r)).sum()


def never_negative(parts, X, s, mixture):
    gap = parts["kl_gap"]
    if gap.ndim == 0 and gap < -1e-6:
        return f"the gap is {gap:.6g}; no gap is negative."
    return None


def _log_r(X, mixture):
    return mixture.log_joint(X) - mixture.log_density(X)[:, None]


def the_other_way_round(X, s, mixture):
    with np.errstate(all="ignore"):
        return (mixture.responsibilities(X) * (_log_r(X, mixture) - np.log(s))).sum()


def minus_the_gap(X, s, mixture):
    return -my_kl_gap(X, s, mixture)


def gap_not_weighted(X, s, mixture):
    return (_log_safely(s) - _log_r(X, mixture)).sum()


def squared_differences(X, s, mixture):
    return ((s - mixture.responsibilities(X)) ** 2).sum()


def cross_entropy(X, s, mixture):
    return -(s * _log_r(X, mixture)).sum()


def joint_for_the_posterior(X, s, mixture):
    return (s * (_log_safely(s) - mixture.log_joint(X))).sum()


def density_as_a_row(X, s, mixture):
    log_r = mixture.log_joint(X) - mixture.log_density(X)  # with n = k nothing is raised
    return (s * (_log_safely(s) - log_r)).sum()


def logarithms_added_up(X, s, mixture):
    log_joint = mixture.log_joint(X)
    return (s * (_log_safely(s) - log_joint + log_joint.sum(axis=1, keepdims=True))).sum()


def normalized_over_the_points(X, s, mixture):
    log_joint = mixture.log_joint(X)
    return (s * (_log_safely(s) - log_joint + np.logaddexp.reduce(log_joint, axis=0))).sum()


def gap_mean_of_all(X, s, mixture):
    return (s * (_log_safely(s) - _log_r(X, mixture))).mean()


def gap_for_each_component(X, s, mixture):
    return (s * (_log_safely(s) - _log_r(X, mixture))).sum(axis=0)


def floored_responsibility(floor, X, s, mixture):
    return (s * (_log_safely(s) - np.log(mixture.responsibilities(X) + floor))).sum()


def logarithm_forgotten(X, s, mixture):
    return (s * (s - mixture.responsibilities(X))).sum()


def gap_mean(X, s, mixture):
    return my_kl_gap(X, s, mixture) / len(X)


def gap_for_each_point(X, s, mixture):
    return (s * (_log_safely(s) - _log_r(X, mixture))).sum(axis=1)


def gap_zero_times_log_zero(X, s, mixture):
    return (s * (np.log(s) - _log_r(X, mixture))).sum()


def log_of_a_lost_responsibility(X, s, mixture):
    return (s * (_log_safely(s) - np.log(mixture.responsibilities(X)))).sum()


KL_GAP = Exercise(
    name="kl_gap",
    reference=theory.kl_gap,
    answer=my_kl_gap,
    cases=CASES,
    read=_read("kl_gap"),
    properties=(_is_a_number("kl_gap"), never_negative),
    mistakes=(
        Mistake("the_other_way_round", the_other_way_round,
                "the divergence goes the other way round. The mean is over the shares that were used, s; the "
                "responsibilities stand only in the logarithm. The two are not equal."),
        Mistake("minus_the_gap", minus_the_gap,
                "the fraction in the logarithm is upside down. The gap is what the bound misses, so it is "
                "positive: log s less log r."),
        Mistake("gap_not_weighted", gap_not_weighted,
                "the differences of the logarithms are added up without weighting each by its share s."),
        Mistake("squared_differences", squared_differences,
                "these are squared differences. They are 0 in the same place, but do not add up with the "
                "bound to the log-likelihood: that takes logarithms."),
        Mistake("cross_entropy", cross_entropy,
                "this is -sum s log r alone. What is missing is log s: with the shares equal to the "
                "responsibilities there must be no gap."),
        Mistake("joint_for_the_posterior", joint_for_the_posterior,
                "the joint densities stand where the responsibilities belong: this is minus the bound. "
                "Divide by the mixture density first; in logarithms, take it off."),
        Mistake("density_as_a_row", density_as_a_row,
                "the log density, (n,), is taken off along the components: from column k goes the density of "
                "point k. With as many points as components NumPy says nothing. `[:, None]` stands it up, "
                "and each row loses its own."),
        Mistake("logarithm_forgotten", logarithm_forgotten,
                "shares and responsibilities are subtracted from each other without their logarithms."),
        Mistake("gap_mean", gap_mean,
                "it is divided by the number of points. Bound plus gap is the log-likelihood, and that is a "
                "total over the points."),
        Mistake("logarithms_added_up", logarithms_added_up,
                "the log joint densities are added up where the log density belongs. The density is the sum "
                "of the joint densities, not of their logarithms: `mixture.log_density(X)` has it."),
        Mistake("normalized_over_the_points", normalized_over_the_points,
                "the joint densities are divided by their sum over the points (axis 0). Responsibilities sum "
                "to 1 over the components, in each row."),
        Mistake("gap_mean_of_all", gap_mean_of_all,
                "`.mean()` stands where a sum belongs: it divides by all n times k numbers. The shares are "
                "the weights already, and over the points the gap is a total."),
        Mistake("only_the_first_point", functools.partial(_only_the_first_point, my_kl_gap),
                "this is the first point's gap, and the others are not counted. Does a `return` stand "
                "inside the loop?"),
        Mistake("gap_for_each_component", gap_for_each_component,
                "there is a number for every component, the sum over the points (axis 0). The gap is the sum "
                "of these."),
        Mistake("gap_for_each_point", gap_for_each_point,
                "there is a gap for every point. Each of them is right; the gap of the data is their sum."),
        Mistake("gap_zero_times_log_zero", gap_zero_times_log_zero,
                "a share of 0 meets log 0, and 0 times minus infinity is nan. Whoever got no share adds "
                "nothing to the gap."),
        Mistake("log_of_a_lost_responsibility", log_of_a_lost_responsibility,
                "the logarithm of a responsibility is taken after it has become 0.0, so the gap is infinite. "
                "It is finite: build log r from logarithms, without an exp."),
        *_added(my_kl_gap, "right after an E-step the gap would not be 0"),
        *(
            Mistake(f"floored_at_{name}", functools.partial(floored_responsibility, floor),
                    f"a responsibility is computed before its logarithm. Where it becomes 0.0, {floor:g} "
                    "stands in for it. Build log r from logarithms, without an exp.")
            for name, floor in FLOORS
        ),
    ),
    hints=(
        (
            "Bound plus gap is the log-likelihood. The gap compares the shares s with the E-step's "
            "responsibilities r, in logarithms."
        ),
        (
            "The gap is the sum over n and k of s_nk (log s_nk - log r_nk), with log r = log joint - log "
            "density. A share of 0 must contribute 0."
        ),
        (
            "`log_r = mixture.log_joint(X) - mixture.log_density(X)[:, None]`. Then take the sum of "
            "`s * (log_s - log_r)`, with `log_s = np.log(np.where(s > 0, s, 1))`."
        ),
    ),
    tolerance={"kl_gap": (1e-6, 1e-8)},  # for the E-step's responsibilities it is 0 but for rounding
)

EXERCISES = (LOWER_BOUND, KL_GAP)
