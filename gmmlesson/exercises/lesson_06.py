"""Why EM works: `lower_bound`, `kl_gap`, and `lift_and_gap`, in which two lines are to be mended."""

import functools

import numpy as np

from gmmlesson import theory
from gmmlesson.em import m_step
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
    far_pair = Mixture([0.5, 0.5], [[0.0], [90.0]], [[[4.0]]] * 2)
    far_apart = Mixture([0.6, 0.3, 0.1], [[0.0], [160.0], [240.0]], [[[4.0]]] * 3)
    X3, X5 = rng.normal(size=(9, 2)) * 1.5, rng.normal(size=(7, 5)) * 2
    verdicts = np.eye(3)[[0, 2, 1, 1, 0, 2, 2, 0, 1]]
    kilometer = Mixture([0.6, 0.4], [[0.0], [1e6]], [[[4.0]]] * 2)
    fine = 1e-5 * rng.normal(size=(2, 100))
    hundred = Mixture([0.3, 0.7], 0.1 * fine, [np.diag(1e-10 * rng.uniform(0.5, 2, 100)) for _ in range(2)])
    one = np.arange(1000) == 700
    weights = 0.8 * one + 0.2 * rng.dirichlet(np.full(1000, 3.0))
    thousand = Mixture(weights, rng.normal(size=(1000, 1)), rng.uniform(0.1, 2, (1000, 1, 1)))
    crumbs = np.where(one, 0, 10 ** rng.uniform(-14, -5.5, 1000))
    crumbs += one * (1 - crumbs.sum())
    almost = plane.responsibilities(X3) * (1 + 5e-6 * rng.uniform(-1, 1, (9, 3)))
    far_off = Mixture([0.5, 0.5], [[0.0], [1e15]], [[[1.0]]] * 2)
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
        Case("a rod of 0 mm, of which a machine at 90 mm has a third",
             (np.array([[0.0]]), np.array([[2 / 3, 1 / 3]]), far_pair)),
        Case("rods of 80, 0 and 1,000 mm, where the machines stand at 0, 160 and 240",
             (np.array([[80.0], [0.0], [1000.0]]), rng.dirichlet(np.ones(3), 3), far_apart)),
        Case("three points and one component, which has them all",
             (np.array([[-1.0], [0.5], [4.0]]), np.ones((3, 1)), Mixture([1.0], [[1.0]], [[[2.25]]]))),
        Case("two rods, each given whole to one of two machines, which stand a kilometer apart",
             (np.array([[3.3], [1e6 - 1]]), np.eye(2), kilometer)),
        Case("three points of a hundred features, so finely measured that densities exceed 1e308",
             (1e-5 * rng.normal(size=(3, 100)), rng.dirichlet(np.ones(2), 3), hundred)),
        Case("one point and a thousand components, of which one has nearly all and the others crumbs",
             (np.array([[0.3]]), crumbs[None], thousand)),
        Case("nine points in the plane, with shares that differ from the E-step's in the sixth digit",
             (X3, almost / almost.sum(axis=1, keepdims=True), plane)),
        Case("a point of which a component 1e15 standard deviations away has a share of 1e-29",
             (np.array([[0.5]]), np.array([[1.0, 1e-29]]), far_off)),
    )  # fmt: skip


CASES = _cases()


def _read(part):
    """A reader of one number, which may be a 0-d or a one-element array; other arrays are let through."""

    def read(answer, X, s, mixture):
        if isinstance(answer, tuple):
            raise Unreadable(f"my_{part} returns one number; yours returns {len(answer)} things.")
        value = np.asarray(answer, dtype=None if isinstance(answer, (np.ndarray, np.generic)) else float)
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


def _only_the_last_point(exercise, X, s, mixture):
    return exercise(X[-1:], s[-1:], mixture)


def _with_other_shares(formula, inside, outside, X, s, mixture):
    """A formula (X, s, log s, mixture), with other shares inside the logarithm, and in front of it."""
    return formula(X, outside(s), np.log(inside(s)), mixture)


def _kept(s):
    return s


def _added_to(small, s):
    return s + small


def _raised_to(small, s):
    return np.maximum(s, small)


def _where_there_is_more(formula, small, X, s, mixture):
    return formula(X, np.where(s > small, s, 0), np.log(np.where(s > small, s, 1)), mixture)


SIZES = [
    ("a_thousandth", 1e-3), ("a_millionth", 1e-6), ("1e_7", 1e-7), ("1e_8", 1e-8), ("1e_9", 1e-9),
    ("1e_10", 1e-10), ("1e_12", 1e-12),
]  # fmt: skip
TINY = [("1e_15", 1e-15), ("1e_16", 1e-16), ("1e_20", 1e-20)]  # in a logarithm alone they change no digit


def _about_zero(formula, exercise, notices):
    """What is done to s lest log 0 is met, in the sizes that are typed; `notices` says where it shows."""
    one = "Put 1 where s is 0: its logarithm is 0."
    made = functools.partial(_with_other_shares, formula)
    for name, small in SIZES:
        added, raised = functools.partial(_added_to, small), functools.partial(_raised_to, small)
        yield Mistake(
            f"added_{name}", functools.partial(made, added, _kept),
            f"something small was added to s: {small:g}. It moves the logarithm of every share, not only of "
            f"those that are 0, and {notices}. {one}",
        )
        yield Mistake(
            f"log_of_s_clipped_at_{name}", functools.partial(made, raised, _kept),
            f"the logarithm is taken of s clipped at {small:g}. A share may be smaller and yet not 0: its "
            f"logarithm counts in the {exercise} as it is. {one}",
        )
        yield Mistake(
            f"added_{name}_everywhere", functools.partial(made, added, added),
            f"{small:g} was added to s, and so a component that has no share of a point gets one: "
            f"{small:g} times a logarithm, which is large where the point is far out. The {exercise} is of "
            f"the shares that were handed in. {one}",
        )
        yield Mistake(
            f"s_clipped_at_{name}", functools.partial(made, raised, raised),
            f"s was clipped: shares below {small:g} became {small:g}, those of 0 as well, and where the "
            f"point is far out that moves the {exercise} by a lot. {one}",
        )
        yield Mistake(
            f"shares_below_{name}_left_out", functools.partial(_where_there_is_more, formula, small),
            f"shares below {small:g} are left out of the {exercise}. Only those of 0 count nothing; many "
            "small ones add up.",
        )
    for name, small in TINY:
        raised = functools.partial(_raised_to, small)
        yield Mistake(
            f"s_not_below_{name}", functools.partial(made, raised, raised),
            f"something of the size of {small:g} was added to s, or s was clipped there. So little seems "
            f"harmless, but the {exercise} has it times a logarithm, which is huge where a point is far out. "
            f"{one}",
        )
    yield Mistake(
        "tiny_shares_left_out", functools.partial(_where_there_is_more, formula, 1e-20),
        f"tiny shares are left out of the {exercise} as if they were 0. Where a point is far out, its "
        "logarithm makes up for a share of next to nothing: leave out those of 0 alone.",
    )


CLOSE = 1e-11, 1e-12  # right answers differ by their rounding alone, also where the gap is 0

FLOORS = [("1e_300", 1e-300), ("1e_16", 1e-16), ("1e_15", 1e-15), ("1e_12", 1e-12), ("1e_10", 1e-10)]
COARSE_FLOORS = FLOORS[3:]  # those that s feels as well


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


def _bound_of(X, s, log_s, mixture):
    return (s * (mixture.log_joint(X) - log_s)).sum()


def minus_the_bound(X, s, mixture):
    return -my_lower_bound(X, s, mixture)


def bound_of_the_last_component(X, s, mixture):
    return (s * (mixture.log_joint(X) - _log_safely(s)))[:, -1].sum()


def bound_of_the_last_term(X, s, mixture):
    return (s * (mixture.log_joint(X) - _log_safely(s)))[-1, -1]


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


def fraction_of_densities(X, s, mixture):
    return np.where(s > 0, s * np.log(np.exp(mixture.log_joint(X)) / s), 0).sum()


def fraction_of_densities_everywhere(X, s, mixture):
    return (s * np.log(np.exp(mixture.log_joint(X)) / s)).sum()


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
        Mistake("fraction_of_densities", fraction_of_densities,
                "the fraction of joint density and share is computed before its logarithm. Far out the "
                "density is 0.0, and finely measured it is inf: take log s off `mixture.log_joint(X)`, and "
                "no density is needed."),
        Mistake("fraction_of_densities_everywhere", fraction_of_densities_everywhere,
                "a density is divided by a share of 0: that is inf, and 0 times its logarithm is nan. In "
                "logarithms, `mixture.log_joint(X)` less log s, only log 0 is left to be taken care of."),
        Mistake("minus_the_bound", minus_the_bound,
                "the sign of the whole is turned round. The bound lies below the log-likelihood, and EM "
                "climbs it; it is no loss to be made small."),
        Mistake("only_the_last_point", functools.partial(_only_the_last_point, my_lower_bound),
                "this is the last point's bound. Does the loop over the points begin anew each time, with "
                "`=` where `+=` belongs?"),
        Mistake("bound_of_the_last_component", bound_of_the_last_component,
                "only the last component's terms are in it. Is what you collect made anew in each round of "
                "the loop over the components?"),
        Mistake("bound_of_the_last_term", bound_of_the_last_term,
                "this is one term, of the last point and the last component. In the inner loop, `=` stands "
                "where `+=` belongs."),
        *_about_zero(_bound_of, "bound", "the bound is lower for it"),
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
    tolerance={"lower_bound": CLOSE},
    off_limits=(theory.expected_complete_log_likelihood, theory.kl_gap, theory.entropy),
    single=False,
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


def _gap_of(X, s, log_s, mixture):
    return (s * (log_s - _log_r(X, mixture))).sum()


def _gap_less(log_density, X, s, mixture):
    """The gap with another log density, (n, 1) or so, of the log joint (n, k)."""
    log_joint = mixture.log_joint(X)
    return (s * (_log_safely(s) - log_joint + log_density(log_joint))).sum()


def _log_of_sum(log_joint):
    return np.log(np.exp(log_joint).sum(axis=1, keepdims=True))


def _around_the_row_mean(log_joint):
    mean = log_joint.mean(axis=1, keepdims=True)
    return mean + _log_of_sum(log_joint - mean)


def _around_one_maximum(log_joint):
    return log_joint.max() + _log_of_sum(log_joint - log_joint.max())


def _maximum(log_joint):
    return log_joint.max(axis=1, keepdims=True)


def joint_over_sum(X, s, mixture):
    joint = np.exp(mixture.log_joint(X))
    return (s * (_log_safely(s) - np.log(joint / joint.sum(axis=1, keepdims=True)))).sum()


def absolute_values(X, s, mixture):
    return np.abs(s * (_log_safely(s) - _log_r(X, mixture))).sum()


def gap_of_the_last_component(X, s, mixture):
    return (s * (_log_safely(s) - _log_r(X, mixture)))[:, -1].sum()


def gap_of_the_last_term(X, s, mixture):
    return (s * (_log_safely(s) - _log_r(X, mixture)))[-1, -1]


def clipped_responsibility(floor, X, s, mixture):
    return (s * (_log_safely(s) - np.log(np.maximum(mixture.responsibilities(X), floor)))).sum()


def both_floored(floor, X, s, mixture):
    return (s * np.log((s + floor) / (mixture.responsibilities(X) + floor))).sum()


def both_clipped(floor, X, s, mixture):
    s, r = np.maximum(s, floor), np.maximum(mixture.responsibilities(X), floor)
    return (s * np.log(s / r)).sum()


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


def fraction_of_shares(X, s, mixture):
    return np.where(s > 0, s * np.log(s / mixture.responsibilities(X)), 0).sum()


def small_gaps_rounded_down(X, s, mixture):
    return 0.0 if np.allclose(s, mixture.responsibilities(X)) else my_kl_gap(X, s, mixture)


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
        Mistake("fraction_of_shares", fraction_of_shares,
                "s is divided by the responsibility before the logarithm is taken. Far out that "
                "responsibility is 0.0, and the gap becomes infinite, which it is not: take log r off log s, "
                "and let log r be `mixture.log_joint(X)` less the log density."),
        Mistake("small_gaps_rounded_down", small_gaps_rounded_down,
                "where the shares are close to the responsibilities the gap is taken for 0. It is small, "
                "with the square of what they differ by, but only equal shares have none."),
        Mistake("the_row_mean_taken_out", functools.partial(_gap_less, _around_the_row_mean),
                "the row's mean is taken out before the exponential. If one component is far nearer than the "
                "others, its exponential still overflows: take out the row's maximum, or let "
                "`mixture.log_density(X)` do it."),
        Mistake("one_maximum_for_all", functools.partial(_gap_less, _around_one_maximum),
                "the maximum of the whole table is taken out before the exponential. In a row that lies far "
                "below it every exponential becomes 0.0: each row needs its own maximum, `axis=1`."),
        Mistake("density_through_exp", functools.partial(_gap_less, _log_of_sum),
                "the log density is the logarithm of a sum of exponentials, and these become 0.0 where a "
                "point is far out, and inf where it is measured finely. `mixture.log_density(X)` is safe."),
        Mistake("maximum_for_the_density", functools.partial(_gap_less, _maximum),
                "the largest joint density stands for the mixture density. The others belong to it: it is "
                "their sum, `mixture.log_density(X)`."),
        Mistake("joint_over_sum", joint_over_sum,
                "exp brings the joint densities back before they are divided by their sum. Where all of them "
                "are 0.0, or some are inf, the fraction is nan: subtract logarithms, do not divide."),
        Mistake("absolute_values", absolute_values,
                "the terms are added up without their signs. Where a share is smaller than its "
                "responsibility the term is negative, and has to take something off."),
        Mistake("only_the_last_point", functools.partial(_only_the_last_point, my_kl_gap),
                "this is the last point's gap. Does `=` stand in the loop over the points, and not `+=`?"),
        Mistake("gap_of_the_last_component", gap_of_the_last_component,
                "only the last component's terms are in it. Has each round of the loop over the components "
                "thrown away what the round before had found?"),
        Mistake("gap_of_the_last_term", gap_of_the_last_term,
                "this is a single term, of the last point and the last component. The inner loop has to add "
                "up: `+=`."),
        *_about_zero(_gap_of, "gap", "right after an E-step the gap would not be 0"),
        *(
            Mistake(f"floored_at_{name}", functools.partial(floored_responsibility, floor),
                    f"a responsibility is computed before its logarithm. Where it becomes 0.0, {floor:g} "
                    "stands in for it. Build log r from logarithms, without an exp.")
            for name, floor in FLOORS
        ),
        *(
            Mistake(f"clipped_at_{name}", functools.partial(clipped_responsibility, floor),
                    f"the responsibilities are clipped at {floor:g} before their logarithm. How far below it "
                    "they lie is what the gap is about: subtract logarithms, and nothing has to be clipped.")
            for name, floor in FLOORS[1:]  # clipped at 1e-300 is floored at 1e-300
        ),
        *(
            Mistake(f"both_floored_at_{name}", functools.partial(both_floored, floor),
                    f"{floor:g} is added above and below in the fraction s / r. It saves the fraction, "
                    "but not the number: where r is smaller, the gap is cut short. Take log r off log s.")
            for name, floor in COARSE_FLOORS
        ),
        *(
            Mistake(f"both_clipped_at_{name}", functools.partial(both_clipped, floor),
                    f"s and r are both clipped at {floor:g}. Shares of 0 count nothing and need no floor; "
                    "small responsibilities are what makes a gap large. Subtract log r from log s.")
            for name, floor in COARSE_FLOORS
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
    tolerance={"kl_gap": CLOSE},
    off_limits=(theory.lower_bound, theory.entropy),
    single=False,
)


# --- lift_and_gap: mend the books -------------------------------------------------------------------


def my_lift_and_gap(X, old, new):
    r = old.responsibilities(X)
    log_r = np.log(np.where(r > 0, r, 1))
    log_r_new = new.log_joint(X) - new.log_density(X)[:, None]
    lift = (r * (new.log_joint(X) - log_r)).sum() - old.log_likelihood(X)
    return lift, (r * (log_r - log_r_new)).sum()


def _books(X, old, new):
    """What the colleague keeps, and the notebook hands out."""
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    lift = (r_new * new.log_joint(X)).sum() - (r_old * old.log_joint(X)).sum()
    with np.errstate(all="ignore"):
        gap = (r_new * (np.log(r_new) - np.log(r_old))).sum()
    return lift, gap


def _after_em(X, old):
    """An iteration: points, a mixture, and the one that comes out of its E- and M-step."""
    return X, old, m_step(X, old.responsibilities(X))


def _iterations():
    rods = np.array([[-1.0], [1.0], [3.3], [5.0], [9.0]])
    close = Mixture([0.5, 0.5], [[2.0], [4.0]], [[[1.0]]] * 2)
    wide = Mixture([0.5, 0.5], [[1.5], [5.5]], [[[9.0]]] * 2)
    pair = Mixture([2 / 3, 1 / 3], [[0.0], [6.0]], [[[4.0]]] * 2)
    line = Mixture([0.7, 0.2, 0.1], [[-2.0], [0.5], [3.0]], [[[1.0]], [[0.25]], [[4.0]]])
    other = Mixture([0.2, 0.5, 0.3], [[-1.0], [1.5], [2.0]], [[[2.0]], [[0.5]], [[1.0]]])
    rng = np.random.default_rng(66)
    plane = Mixture(
        [0.5, 0.2, 0.3],
        [[0.0, 0.0], [1.0, 0.5], [-0.5, 1.5]],
        [[[1.0, 0.3], [0.3, 2.0]], [[3.0, -1.0], [-1.0, 0.8]], [[0.6, 0.1], [0.1, 0.4]]],
    )
    X2, X5 = 1.5 * rng.normal(size=(30, 2)), rng.normal(size=(25, 5)) * 2
    five = Mixture([0.4, 0.6], rng.normal(size=(2, 5)), [np.eye(5), 2 * np.eye(5)])
    far = Mixture([0.6, 0.3, 0.1], [[0.0], [160.0], [240.0]], [[[4.0]]] * 3)
    farther = Mixture([0.3, 0.3, 0.4], [[1.0], [170.0], [300.0]], [[[9.0]]] * 3)
    left = Mixture([0.5, 0.5], [[0.0], [1000.0]], [[[1.0]]] * 2)
    unit = 1e-5
    small = Mixture([0.3, 0.7], unit * five.means, [unit**2 * np.eye(5)] * 2)
    alone = Mixture([1.0], [[1.0]], [[[2.25]]])
    one_wider = Mixture([1.0], [[2.0]], [[[9.0]]])
    return (
        Case("five rods and two machines, before and after an iteration of EM", _after_em(rods, pair)),
        Case("five rods and two mixtures that come from no iteration", (rods, close, wide)),
        Case("the same two mixtures in the other order", (rods, wide, close)),
        Case("four points on a line, three components",
             (np.array([[-1.0], [0.2], [0.7], [5.0]]), line, other)),
        Case("30 points in the plane, three components, an iteration of EM", _after_em(X2, plane)),
        Case("30 points in the plane, from the second iteration to the third",
             _after_em(X2, _after_em(X2, plane)[2])),
        Case("25 points in five dimensions", _after_em(X5, five)),
        Case("two equal mixtures: nothing is gained", (rods, pair, pair)),
        Case("one component, which has all the points", (rods, alone, one_wider)),
        Case("rods of 80, 0 and 1,000 mm, and machines far apart: responsibilities of 0.0",
             (np.array([[80.0], [0.0], [1000.0]]), far, farther)),
        Case("a rod whose second machine moves out of reach", (np.array([[3.3], [1.0]]), pair, left)),
        Case("a rod whose second machine comes within reach", (np.array([[3.3], [1.0]]), left, pair)),
        Case("points in units in which densities exceed 1", _after_em(unit * X5, small)),
        Case("a single point, which two components exchange",
             (np.array([[0.4]]), Mixture([0.9, 0.1], [[0.0], [1.0]], [[[1.0]]] * 2),
              Mixture([0.1, 0.9], [[0.0], [1.0]], [[[1.0]]] * 2))),
    )  # fmt: skip


def _read_parts(answer, X, old, new):
    if not isinstance(answer, (tuple, list, np.ndarray)) or len(answer) != 2:
        things = f"{len(answer)} things" if isinstance(answer, (tuple, list)) else "one thing"
        raise Unreadable(f"my_lift_and_gap returns two numbers, lift and gap; yours returns {things}.")
    parts = {}
    for name, value in zip(("lift", "gap"), answer, strict=True):
        value = np.asarray(value, dtype=None if isinstance(value, (np.ndarray, np.generic)) else float)
        parts[name] = value.reshape(()) if value.size == 1 else value
    return parts


def _the_gap_is_not_negative(parts, X, old, new):
    gap = parts["gap"]
    if gap.ndim == 0 and gap < -1e-6:
        return f"the gap is {gap:.6g}; no gap is negative."
    return None


def _they_add_up(parts, X, old, new):
    if parts["lift"].ndim or parts["gap"].ndim:
        return None
    total, gain = parts["lift"] + parts["gap"], new.log_likelihood(X) - old.log_likelihood(X)
    if abs(total - gain) > 1e-6 * max(1, abs(gain)):
        return f"lift and gap add up to {total:.6g}, but the log-likelihood gains {gain:.6g}."
    return None


def _lift(X, old, new):
    return my_lift_and_gap(X, old, new)[0]


def _gap(X, old, new):
    return my_lift_and_gap(X, old, new)[1]


def _log_responsibilities(X, mixture):
    return mixture.log_joint(X) - mixture.log_density(X)[:, None]


def lift_with_new_shares(X, old, new):
    return _books(X, old, new)[0], _gap(X, old, new)


def gap_the_other_way_round(X, old, new):
    return _lift(X, old, new), _gap(X, new, old)


def both_lines_left(X, old, new):
    """The two errors of the books, and nothing that is nan."""
    return _books(X, old, new)[0], _gap(X, new, old)


def zero_times_log_zero(X, old, new):
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    with np.errstate(all="ignore"):
        return _lift(X, old, new), (r_old * (np.log(r_old) - np.log(r_new))).sum()


def lift_is_nan_too(X, old, new):
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    with np.errstate(all="ignore"):
        bound = (r_old * (new.log_joint(X) - np.log(r_old))).sum()
        return bound - old.log_likelihood(X), (r_old * (np.log(r_old) - np.log(r_new))).sum()


def a_responsibility_lost(X, old, new):
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    with np.errstate(all="ignore"):
        return _lift(X, old, new), np.where(r_old > 0, r_old * np.log(r_old / r_new), 0).sum()


def lost_ones_skipped(X, old, new):
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    both = (r_old > 0) & (r_new > 0)
    return _lift(X, old, new), (r_old[both] * np.log(r_old[both] / r_new[both])).sum()


def something_small_added(X, old, new):
    r_old, r_new = old.responsibilities(X), new.responsibilities(X)
    return _lift(X, old, new), (r_old * (np.log(r_old + 1e-12) - np.log(r_new + 1e-12))).sum()


def whole_gain_for_the_lift(X, old, new):
    return new.log_likelihood(X) - old.log_likelihood(X), _gap(X, old, new)


def without_the_entropy(X, old, new):
    r = old.responsibilities(X)
    return (r * new.log_joint(X)).sum() - old.log_likelihood(X), _gap(X, old, new)


def the_bound_itself(X, old, new):
    return _lift(X, old, new) + old.log_likelihood(X), _gap(X, old, new)


def the_gap_before(X, old, new):
    return _lift(X, old, new), 0.0


def lift_never_negative(X, old, new):
    return max(0.0, _lift(X, old, new)), _gap(X, old, new)


def old_and_new_exchanged(X, old, new):
    return my_lift_and_gap(X, new, old)


def seen_from_the_new_shares(X, old, new):
    gap = _gap(X, new, old)
    return new.log_likelihood(X) - old.log_likelihood(X) + gap, gap


def gap_turned_round(X, old, new):
    return _lift(X, old, new), -_gap(X, old, new)


def lift_turned_round(X, old, new):
    return -_lift(X, old, new), _gap(X, old, new)


def parts_a_point(X, old, new):
    return tuple(part / len(X) for part in my_lift_and_gap(X, old, new))


def rest_of_a_wrong_lift(X, old, new):
    lift = _books(X, old, new)[0]
    return lift, new.log_likelihood(X) - old.log_likelihood(X) - lift


def joint_in_the_gap(X, old, new):
    r = old.responsibilities(X)
    return _lift(X, old, new), (r * (np.log(np.where(r > 0, r, 1)) - new.log_joint(X))).sum()


def gap_in_joints(X, old, new):
    r = old.responsibilities(X)
    return _lift(X, old, new), (r * (old.log_joint(X) - new.log_joint(X))).sum()


LIFT_AND_GAP = Exercise(
    name="lift_and_gap",
    reference=theory.lift_and_gap,
    answer=my_lift_and_gap,
    cases=_iterations(),
    read=_read_parts,
    properties=(_the_gap_is_not_negative, _they_add_up),
    given=_books,
    off_limits=(theory.lower_bound, theory.kl_gap),
    single=False,
    tolerance={"lift": (1e-8, 1e-8), "gap": (1e-8, 1e-8)},
    mistakes=(
        Mistake("both_lines_left", both_lines_left,
                "both errors are still at work. Whose responsibilities belong in the lift, while the M-step "
                "holds the shares? And from which of the two is the other's divergence taken?"),
        Mistake("lift_with_new_shares", lift_with_new_shares,
                "the gap is mended. In the lift each term has its own mixture's responsibilities, so it is "
                "the change of Q, and Q may fall. While the M-step works the shares are *held*: those of the "
                "old mixture, in both terms."),
        Mistake("gap_the_other_way_round", gap_the_other_way_round,
                "the lift is mended. The gap is the divergence of the shares that were held, the old ones, "
                "from the new responsibilities; yours is taken the other way round."),
        Mistake("zero_times_log_zero", zero_times_log_zero,
                "both lines are mended, and a responsibility of 0.0 makes the gap nan: 0 times log 0 is to "
                "count nothing."),
        Mistake("lift_is_nan_too", lift_is_nan_too,
                "both lines are mended, and a responsibility of 0.0 makes lift and gap nan: 0 times log 0 is "
                "to count nothing, in either."),
        Mistake("a_responsibility_lost", a_responsibility_lost,
                "a new responsibility has become 0.0 although its logarithm is finite, and the gap infinite. "
                "Stay in logarithms: log joint less log density."),
        Mistake("lost_ones_skipped", lost_ones_skipped,
                "you skip what has become 0.0 in the new responsibilities. Its logarithm is finite and "
                "large, and counts: log joint less log density."),
        Mistake("something_small_added", something_small_added,
                "you add something like 1e-12 inside the logarithms. A new responsibility may be far "
                "smaller, and then the gap is far larger than yours."),
        Mistake("whole_gain_for_the_lift", whole_gain_for_the_lift,
                "your lift is the whole gain in log-likelihood. It is the gain of the *bound*, with the old "
                "shares; the rest is the gap."),
        Mistake("without_the_entropy", without_the_entropy,
                "your bound is Q: the entropy of the shares is missing in the term of the new mixture."),
        Mistake("the_bound_itself", the_bound_itself,
                "your lift is the height of the new bound. How much is that above the old log-likelihood?"),
        Mistake("the_gap_before", the_gap_before,
                "your gap is that after the E-step, which is always 0. Asked is the one that has opened when "
                "the mixture is new and the shares are not."),
        Mistake("lift_never_negative", lift_never_negative,
                "you cut the lift off at 0. An M-step never lowers the bound, but some of these mixtures "
                "come from none."),
        Mistake("old_and_new_exchanged", old_and_new_exchanged,
                "old and new are exchanged throughout: the E-step was made with the first one."),
        Mistake("seen_from_the_new_shares", seen_from_the_new_shares,
                "your parts differ from each other as they should, but both are seen from the new shares. "
                "The shares that are held while the mixture changes are the old ones."),
        Mistake("gap_turned_round", gap_turned_round,
                "the gap has the wrong sign. It is what the bound lies *below* the log-likelihood."),
        Mistake("lift_turned_round", lift_turned_round,
                "the lift has the wrong sign: new less old."),
        Mistake("parts_a_point", parts_a_point,
                "your parts are divided by the number of points. They are totals, in nats."),
        Mistake("rest_of_a_wrong_lift", rest_of_a_wrong_lift,
                "your parts add up, because the gap is what the lift leaves; but the lift is still the "
                "change of Q, with new shares in one term. Hold the old ones."),
        Mistake("joint_in_the_gap", joint_in_the_gap,
                "in the gap stands the new joint log-density. It must be divided by the density first, that "
                "is, the log density taken off, to be a responsibility."),
        Mistake("gap_in_joints", gap_in_joints,
                "your gap compares the joint log-densities. A divergence compares shares: take off each "
                "mixture's log density."),
    ),
    hints=(
        (
            "The shares that count are those that the E-step gave before the M-step worked. Which "
            "responsibilities are these, and where do the books use others?"
        ),
        (
            "Lift: the bound with the old responsibilities at the new mixture, less the old log-likelihood. "
            "Gap: the divergence of the old responsibilities from the new ones."
        ),
        (
            "`r = old.responsibilities(X)`. The lift is the sum of `r * (new.log_joint(X) - log_r)`, less "
            "`old.log_likelihood(X)`; the gap is the sum of `r * (log_r - log_r_new)`, where `log_r_new` is "
            "`new.log_joint(X) - new.log_density(X)[:, None]`."
        ),
    ),
)  # fmt: skip

EXERCISES = (LOWER_BOUND, KL_GAP, LIFT_AND_GAP)
