"""The loop: `log_likelihood` and `em_loop`."""

import copy
import math
from functools import cache

import numpy as np

from gmmlesson.em import e_step, iterate, m_step
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.exercises.lesson_01 import LOG_DENSITIES
from gmmlesson.mixture import Mixture

MOST_CALLS = 300  # of a step, in one run: the longest case needs 241

# --- log_likelihood ------------------------------------------------------------------------------


def log_likelihood(X, mixture):
    """The package's method, as a function."""
    return mixture.log_likelihood(X)


def my_log_likelihood(X, mixture):
    log_joint = mixture.log_joint(X)  # (n, k)
    top = log_joint.max(axis=1)
    log_density = top + np.log(np.exp(log_joint - top[:, None]).sum(axis=1))
    return log_density.sum()


def _random_mixture(rng, k, d, scale=1.0):
    """Bells of different sizes and leans, a few standard deviations apart."""
    A = scale * rng.standard_normal((k, d, d + 2))
    covariances = rng.uniform(0.3, 3, (k, 1, 1)) * (A @ A.swapaxes(1, 2)) / (d + 2)
    return Mixture(rng.dirichlet(np.full(k, 3.0)), 2 * scale * rng.standard_normal((k, d)), covariances)


def _drawn(seed, n, k, d, scale=1.0):
    rng = np.random.default_rng(seed)
    mixture = _random_mixture(rng, k, d, scale)
    return mixture.sample(n, rng)[0], mixture


def _machines(means, rods):
    """Lesson 02's three machines, with a standard deviation of 2 mm."""
    mixture = Mixture([0.6, 0.3, 0.1], np.array(means)[:, None], np.full((3, 1, 1), 4.0))
    return np.array(rods)[:, None], mixture


def _cancelling():
    """A point with a log-density above 0 and one below: their sum is 0.02, as small as a mean may be."""
    mixture = Mixture([0.75, 0.25], [[0.0], [1.0]], [[[1e-4]], [[4e-4]]])
    (peak,) = mixture.log_density([[0.0]])
    away = 0.01 * np.sqrt(2 * (2 * peak - 0.02))
    return np.array([[0.0], [-away]]), mixture


def _undecided():
    """Points (2, 40) halfway between two components that are so narrow that densities overflow."""
    means = np.zeros((2, 40))
    means[:, 0] = -1e-9, 1e-9
    X = 1e-9 * np.random.default_rng(8).standard_normal((2, 40))
    X[:, 0] = 0
    return X, Mixture([0.5, 0.5], means, [1e-18 * np.eye(40)] * 2)


LOG_LIKELIHOOD_CASES = (
    Case("three rods, of 0, 3.3 and 6 mm, and lesson 02's machines", _machines([0.0, 6, 9], [0, 3.3, 6])),
    Case("seven points in the plane, two components of unequal weight", _drawn(1, 7, 2, 2)),
    Case("twelve points in five dimensions, three components", _drawn(2, 12, 3, 5)),
    Case("six points on a line, a single component", _drawn(3, 6, 1, 1)),
    Case("one point, three components", _drawn(4, 1, 3, 2)),
    Case("four rods of whole millimeters, two of them alike", _machines([0.0, 6, 9], [7, 0, 7, 3])),
    Case("nine points in units so large that densities lie far above 1", _drawn(5, 9, 2, 2, scale=1e-4)),
    Case("two points whose log-densities nearly cancel", _cancelling()),
    Case("eight points, six components of unequal weight", _drawn(7, 8, 6, 2)),
    Case("fifteen hundred rods", _machines([0.0, 1, 2], np.linspace(-1, 3, 1500))),
    Case("two rods, 40 standard deviations from every machine", _machines([0.0, 160, 320], [80.0, 240.0])),
    Case("two good rods, and one 40 standard deviations away", _machines([0.0, 6, 9], [0.5, 7.0, 89.0])),
    Case("a good rod, and two 100 and 300 away", _machines([0.0, 6, 9], [6.5, 209.0, -600.0])),
    Case("four points in a hundred dimensions", _drawn(6, 4, 2, 100, scale=1e3)),
    Case("the same in units so large that densities overflow", _drawn(6, 4, 2, 100, scale=1e-4)),
    Case("two points halfway between components whose densities overflow", _undecided()),
)


def _read_log_likelihood(answer, X, mixture):
    if isinstance(answer, (tuple, list)) and len(answer) == 2 and np.ndim(answer[0]) != np.ndim(answer[1]):
        raise Unreadable("log_likelihood returns one number; yours returns two things, as the E-step does.")
    value = np.asarray(answer)
    return {"log-likelihood": value.reshape(()) if value.size == 1 else value}


def _is_finite(parts, X, mixture):
    value = parts["log-likelihood"]
    if value.ndim == 0 and not np.isfinite(value):
        return (
            f"the log-likelihood is {value}: under a Gaussian no point is impossible, so each logarithm of a "
            "density is a finite number."
        )
    return None


def _is_below_the_peaks(parts, X, mixture):
    value, most = parts["log-likelihood"], len(X) * np.logaddexp.reduce(mixture.log_peaks)
    if value.ndim == 0 and value > most + 1e-9 * abs(most):
        return (
            f"the log-likelihood is {value:.6g}; not even if each point lay on all the peaks at once could "
            f"it be more than {most:.6g}."
        )
    return None


def _log_density(log_joint):
    return np.logaddexp.reduce(log_joint, axis=1)


def _mean(X, mixture):
    return _log_density(mixture.log_joint(X)).mean()


def _per_point(X, mixture):
    return _log_density(mixture.log_joint(X))


def _log_of_the_sum(X, mixture):
    return np.logaddexp.reduce(mixture.log_joint(X), axis=None)


def _sum_of_densities(X, mixture):
    return np.exp(_log_density(mixture.log_joint(X))).sum()


def _product(X, mixture):
    return np.exp(_log_density(mixture.log_joint(X))).prod()


def _sum_of_all_logs(X, mixture):
    return mixture.log_joint(X).sum()


def _q(X, mixture):
    log_joint = mixture.log_joint(X)
    responsibilities = np.exp(log_joint - _log_density(log_joint)[:, None])
    return (responsibilities * log_joint).sum()


def _best_component_only(X, mixture):
    return mixture.log_joint(X).max(axis=1).sum()


def _no_weights(X, mixture):
    return _log_density(mixture.log_joint(X) - np.log(mixture.weights)).sum()


def _weights_twice(X, mixture):
    return _log_density(mixture.log_joint(X) + np.log(mixture.weights)).sum()


def _averaged_components(X, mixture):
    return np.log(np.exp(mixture.log_joint(X)).mean(axis=1)).sum()


def _log_of_the_product(X, mixture):
    return np.log(np.exp(_log_density(mixture.log_joint(X))).prod())


def _top_keeps_its_axis(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(log_joint - top).sum(axis=1))).sum()


def _best_where_it_underflows(X, mixture):
    log_joint = mixture.log_joint(X)
    log_density = np.log(np.exp(log_joint).sum(axis=1))
    return np.where(np.isfinite(log_density), log_density, log_joint.max(axis=1)).sum()


def _density_at_least_the_smallest(X, mixture):
    density = np.exp(mixture.log_joint(X)).sum(axis=1)
    return np.log(np.maximum(density, np.finfo(float).tiny)).sum()


def _two_components(X, mixture):
    return _log_density(mixture.log_joint(X)[:, :2]).sum()


def _deviance(X, mixture):
    return -2 * _log_density(mixture.log_joint(X)).sum()


def _underflow(X, mixture):
    return np.log(np.exp(mixture.log_joint(X)).sum(axis=1)).sum()


def _one_top_for_all(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max()
    return (top + np.log(np.exp(log_joint - top).sum(axis=1))).sum()


def _mean_taken_out(X, mixture):
    log_joint = mixture.log_joint(X)
    middle = log_joint.mean(axis=1)
    return (middle + np.log(np.exp(log_joint - middle[:, None]).sum(axis=1))).sum()


def _minimum_taken_out(X, mixture):
    log_joint = mixture.log_joint(X)
    lowest = log_joint.min(axis=1)
    return (lowest + np.log(np.exp(log_joint - lowest[:, None]).sum(axis=1))).sum()


def _first_component_taken_out(X, mixture):
    log_joint = mixture.log_joint(X)
    first = log_joint[:, 0]
    return (first + np.log(np.exp(log_joint - first[:, None]).sum(axis=1))).sum()


def _trifle_in_the_logarithm(X, mixture):
    return np.log(np.exp(mixture.log_joint(X)).sum(axis=1) + 1e-12).sum()


def _clipped(X, mixture):
    return np.log(np.maximum(np.exp(mixture.log_joint(X)).sum(axis=1), 1e-300)).sum()


def _sizes(X, mixture):
    return np.abs(_log_density(mixture.log_joint(X))).sum()


def _last_point_only(X, mixture):
    return _log_density(mixture.log_joint(X))[-1]


def _top_not_put_back(X, mixture):
    log_joint = mixture.log_joint(X)
    return np.log(np.exp(log_joint - log_joint.max(axis=1)[:, None]).sum(axis=1)).sum()


def _top_once(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max()
    return top + np.log(np.exp(log_joint - top).sum(axis=1)).sum()


def _over_the_points(X, mixture):
    return np.logaddexp.reduce(mixture.log_joint(X), axis=0).sum()


def _axis_lost(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1)
    return (top + np.log(np.exp(log_joint - top).sum(axis=1))).sum()


def _base_two(X, mixture):
    return _log_density(mixture.log_joint(X)).sum() / np.log(2)


def _base_ten(X, mixture):
    return _log_density(mixture.log_joint(X)).sum() / np.log(10)


def _negative(X, mixture):
    return -_log_density(mixture.log_joint(X)).sum()


LOG_LIKELIHOOD = Exercise(
    name="log_likelihood",
    reference=log_likelihood,
    answer=my_log_likelihood,
    cases=LOG_LIKELIHOOD_CASES,
    read=_read_log_likelihood,
    properties=(_is_finite, _is_below_the_peaks),
    mistakes=(
        Mistake(
            "mean_instead_of_sum", _mean,
            "you have taken the mean over the points. The log-likelihood is their total; per point it is "
            "another number, good for tolerances.",
        ),
        Mistake(
            "one_number_per_point", _per_point,
            "you return the log-density of each point. A grade for the mixture is one number: add them up.",
        ),
        Mistake(
            "log_of_the_whole_sum", _log_of_the_sum,
            "the logarithm stands outside of both sums. Densities of one point's components add up; those "
            "of different points multiply, so of the points it is the logarithms that add up.",
        ),
        Mistake(
            "densities_added", _sum_of_densities,
            "you have added up the densities of the points, without a logarithm. Independent points "
            "multiply: a sum hardly notices a point that the mixture thinks impossible.",
        ),
        Mistake(
            "densities_multiplied", _product,
            "this is the likelihood itself, the product of the densities. Of 3,000 points it is 0 in the "
            "computer; take logarithms first, and add.",
        ),
        Mistake(
            "logs_of_components_added", _sum_of_all_logs,
            "you have added up the log joint of every component. A point's density is the sum of its "
            "components' joint densities, and only then comes the logarithm.",
        ),
        Mistake(
            "expected_complete_log_likelihood", _q,
            "you have weighted the log joint densities by the responsibilities. That is Q, what the M-step "
            "makes large: it lies below the log-likelihood, and it may fall while that rises.",
        ),
        Mistake(
            "best_component_only", _best_component_only,
            "you count only each point's best component. The others made some of such points too: sum over "
            "the components inside of the logarithm.",
        ),
        Mistake(
            "weights_forgotten", _no_weights,
            "the weights are missing: a component that makes one point in ten adds a tenth of its density.",
        ),
        Mistake(
            "weights_twice", _weights_twice,
            "the weights are in twice: the log joint density has them already.",
        ),
        Mistake(
            "mean_over_the_components", _averaged_components,
            "inside of the logarithm you take the mean over the components. The weights have shared out "
            "the density already; here it needs the sum.",
        ),
        Mistake(
            "underflow", _underflow,
            "you leave the logarithm too early: the density of a far point is stored as 0, and log 0 is "
            "minus infinity. Take out the largest term first (log-sum-exp, lesson 02).",
        ),
        Mistake(
            "log_of_the_product", _log_of_the_product,
            "the densities are multiplied first, and the logarithm is taken of their product. Of fifteen "
            "hundred points that product is stored as 0. The logarithm of a product is the sum of the "
            "logarithms: add those.",
        ),
        Mistake(
            "best_component_where_it_underflows", _best_where_it_underflows,
            "where the logarithm is not finite you put in the best component's log joint instead. That "
            "leaves out the others, and between two components it lacks log 2. Log-sum-exp is right for "
            "all points, and needs no second way.",
        ),
        Mistake(
            "density_at_least_the_smallest_number", _density_at_least_the_smallest,
            "no density is below `np.finfo(float).tiny` for you, so no point is graded below -708.4. Far "
            "points are a matter of logarithms from beginning to end, and no bound is needed there.",
        ),
        Mistake(
            "one_top_for_all_points", _one_top_for_all,
            "you take out one largest term for all the points. Beside a good point a far one still "
            "vanishes: each point needs its own `top`, along axis 1.",
        ),
        Mistake(
            "row_mean_taken_out", _mean_taken_out,
            "what you take out of each row is its mean. Where one component is far ahead, the mean lies far "
            "below it, and exp of the rest overflows to infinity. With the row's maximum no exponent is "
            "above 0.",
        ),
        Mistake(
            "row_minimum_taken_out", _minimum_taken_out,
            "you take the smallest term out of each row, so what is left in the exponents is 0 and above: "
            "they overflow where underflow was feared. The largest one it must be.",
        ),
        Mistake(
            "first_component_taken_out", _first_component_taken_out,
            "you take out the first component's term, whichever is the largest. That goes well only while "
            "the first one is near: for a point of another component `exp` overflows.",
        ),
        Mistake(
            "something_added_in_the_logarithm", _trifle_in_the_logarithm,
            "something like 1e-12 is added to the density, so that its logarithm is never that of 0. Every "
            "point beyond some seven standard deviations now gets the same grade, -27.6. Log-sum-exp needs "
            "no such help.",
        ),
        Mistake(
            "density_clipped", _clipped,
            "densities are cut off below, at 1e-300 or so, and all points farther out than that are graded "
            "alike: -690.8, however far. Stay in logarithms, where -801 is an ordinary number.",
        ),
        Mistake(
            "sizes_added", _sizes,
            "the sizes of the log-densities are added up, without their signs. In fine units they are above "
            "0, in coarse ones below, and in between some of either: they have to cancel.",
        ),
        Mistake(
            "last_point_only", _last_point_only,
            "only the last point has been graded. Is the total set to 0 inside of the loop, or an `=` where "
            "there should be a `+=`?",
        ),
        Mistake(
            "top_not_put_back", _top_not_put_back,
            "you took the largest term out of each sum and did not put it back: log-sum-exp is `top` plus "
            "the logarithm.",
        ),
        Mistake(
            "top_put_back_once", _top_once,
            "you took the largest term out of the sum of every point, and put it back for one point only: "
            "it belongs inside of the sum over the points.",
        ),
        Mistake(
            "sum_over_the_wrong_axis", _over_the_points,
            "the sum inside of the logarithm runs over the points. Rows are points, columns components: "
            "inside, sum along axis 1.",
        ),
        Mistake(
            "axis_lost", _axis_lost,
            "`top`, (n,), is taken off along the components: of column k goes the top of point k. With as "
            "many points as components NumPy says nothing. Stand it up, `top[:, None]`, and each row loses "
            "its own.",
        ),
        Mistake(
            "top_keeps_its_axis", _top_keeps_its_axis,
            "`top` is (n, 1), and the logarithms are (n,): their sum is a table (n, n), every point with "
            "every other, and adding all that up counts each n times. Keep the axis in both or in neither.",
        ),
        Mistake(
            "two_components", _two_components,
            "only the first two components are in it. `np.logaddexp` takes two at a time; for all k there is "
            "`np.logaddexp.reduce(..., axis=1)`, or log-sum-exp.",
        ),
        Mistake(
            "minus_twice", _deviance,
            "this is minus twice the log-likelihood, the deviance. Some criteria for choosing k are made of "
            "that; what is asked for here is the log-likelihood as it is.",
        ),
        Mistake(
            "log_base_two", _base_two,
            "your logarithm has the base 2, so these are bits. The course counts in nats: the natural "
            "logarithm.",
        ),
        Mistake(
            "log_base_ten", _base_ten,
            "your logarithm has the base 10. The course counts in nats: the natural logarithm, `np.log`.",
        ),
        Mistake(
            "negative_log_likelihood", _negative,
            "the sign is turned round: this is a loss, lower is better. The log-likelihood is higher for a "
            "better mixture, and mostly below 0.",
        ),
    ),
    hints=(
        (
            "Three things happen in this order: per point a sum over the components, then the logarithm, "
            "then the sum over the points. `mixture.log_joint(X)`, (n, k), holds log pi_k + log N(x_n | "
            "mu_k, Sigma_k)."
        ),
        (
            "The first two are lesson 02's log-sum-exp: log p(x_n) = top_n + log sum_k exp(log_joint_nk - "
            "top_n), where top_n is the largest entry of row n. Then sum over n."
        ),
        (
            "With `a = mixture.log_joint(X)` and `top = a.max(axis=1)`, a point's log-density is `top + "
            "np.log(np.exp(a - top[:, None]).sum(axis=1))`. What is left to do?"
        ),
    ),
    source=Mixture.log_likelihood,
    off_limits=LOG_DENSITIES,
    single=False,
    tolerance={"log-likelihood": (1e-10, 0)},
)

# --- em_loop -------------------------------------------------------------------------------------


def em_loop(step, start, tol, max_iter):
    """The package's `iterate`."""
    return iterate(step, start, tol=tol, max_iter=max_iter)


def my_em_loop(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    while True:
        better, log_likelihood = step(mixtures[-1])
        log_likelihoods.append(log_likelihood)
        if len(mixtures) > 1 and abs(log_likelihood - log_likelihoods[-2]) <= tol:
            return mixtures, log_likelihoods
        if len(mixtures) > max_iter:
            return mixtures, log_likelihoods
        mixtures.append(better)


class _Step:
    """mixture -> (next mixture, log-likelihood of the one given). It counts its calls."""

    calls = 0

    def __call__(self, mixture):
        self.calls += 1
        if self.calls > MOST_CALLS:
            raise RuntimeError(f"`step` has been called {MOST_CALLS} times: does your loop ever stop?")
        if not isinstance(mixture, Mixture):
            raise TypeError(f"`step` takes a mixture; it was given a {type(mixture).__name__}.")
        return self.better(mixture), self.worth(mixture)

    def __deepcopy__(self, memo):
        fresh = copy.copy(self)
        fresh.calls = 0
        return fresh


class _EM(_Step):
    """The true one."""

    def __init__(self, X):
        self.X = X

    def better(self, mixture):
        return m_step(self.X, e_step(self.X, mixture)[0])

    def worth(self, mixture):
        return mixture.log_likelihood(self.X)


class _Walk(_Step):
    """One with given log-likelihoods: mixture i is a single bell at i. The last one stays for good."""

    def __init__(self, log_likelihoods):
        self.log_likelihoods = log_likelihoods

    def better(self, mixture):
        return _bell(min(int(mixture.means[0, 0]) + 1, len(self.log_likelihoods) - 1))

    def worth(self, mixture):
        return float(self.log_likelihoods[int(mixture.means[0, 0])])


@cache
def _bell(i):
    return Mixture([1.0], [[float(i)]], [[[1.0]]])


def _walk(name, log_likelihoods, tol, max_iter):
    return Case(name, (_Walk(tuple(log_likelihoods)), _bell(0), tol, max_iter))


def _two_clusters():
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal(0, 1, 12), rng.normal(6, 2, 18)])
    start = Mixture([0.5, 0.5], [[1.0], [2.0]], [[[9.0]], [[9.0]]])
    return _EM(x[:, None]), start, 1e-4, 60


_CLIMB = [-13344.75 - 3464.5 * 0.75**i for i in range(60)]  # as high as the classic run's
_STEADY = [-1000.0 + i for i in range(240)]
_PLATEAU = np.cumsum([-1429, 139, *10 * [0.0625], 1, 20, 100, 30, 4, 0.5, 0.0625, 2**-6, 2**-8])

EM_LOOP_CASES = (
    _walk("log-likelihoods -10, -6, -5, -4.75, ... and `tol` 0.5", [-10, -6, -5, -4.75, -4.5, -4.5], 0.5, 12),
    _walk("a climb like the classic one, cut off by `max_iter` 30", _CLIMB, 1e-3, 30),
    _walk("the same with `max_iter` 1", _CLIMB, 1e-3, 1),
    _walk("the same with `max_iter` 0: only the start is graded", _CLIMB, 1e-3, 0),
    _walk("the same with `tol` 1 and no lack of iterations", _CLIMB, 1.0, 100),
    _walk("a start at the top, with `tol` 0", [-1130.25], 0.0, 9),
    _walk("a plateau whose gains are sixteen times `tol`", _PLATEAU, 2**-8, 100),
    _walk("a log-likelihood that falls once on its way", [-10, -6, -8, -5, -3.5, -3, -3], 0.25, 12),
    _walk("a gain that equals `tol`", [9, 13, 15, 16, 16.5, 16.5], 1.0, 12),
    _walk("log-likelihoods of about a million", [1e6 + L for L in _CLIMB], 0.5, 99),
    _walk("a log-likelihood that falls by less than `tol`", [-20, -15, -15.125, -12, -10], 0.25, 12),
    _walk("a fall that equals `tol`", [-20, -15, -15.5, -12, -10], 0.5, 12),
    _walk("a fall, and back to what it was before", [-10, -6, -11, -6, -4, -4], 0.25, 12),
    _walk("a fall of 100 on the way up", [-300, -150, -250, -120, -110, -110], 0.25, 12),
    _walk("a fall to what it was earlier, but not at its best", [-10, -6, -3, -6, -2, -2], 0.25, 12),
    _walk("log-likelihoods from below 0 to above, -3 and 3 next to each other", [-8, -3, 3, 6, 6], 0.5, 12),
    _walk("a log-likelihood of 0 before the last", [-4, 0, 0.25, 3, 3], 0.5, 12),
    _walk("a start that is worth 0.25, with `tol` 0.5", [0.25, 3, 7, 7.5, 9], 0.5, 12),
    _walk("a start that is worth -999, with `tol` 1", [-999, -990, -985, -984.5, -980], 1.0, 12),
    _walk("log-likelihoods next to 0, with `tol` 0", [-4e-13, -1e-13, 1e-13, 2e-13, 2e-13], 0.0, 12),
    _walk("log-likelihoods of a billion", [1e9, 1e9 + 4, 1e9 + 4.5, 1e9 + 4.625, 1e9 + 5], 0.125, 12),
    _walk("minus nine billion, and a `tol` of ten million", [-9e9, -8e9, -7.9e9, -7.895e9, -7e9], 1e7, 12),
    _walk("log-likelihoods of any size, and `tol` as well", [-1e14, 1e16, 3e16, 3.01e16, 5e16], 1e15, 12),
    _walk("a gain of 1 each time, 239 times", _STEADY, 0.5, 280),
    Case("thirty points on a line, two components, a true EM step", _two_clusters()),
)


def _read_loop(answer, step, start, tol, max_iter):
    if hasattr(answer, "mixtures") and hasattr(answer, "log_likelihoods"):  # a Fit
        answer = answer.mixtures, answer.log_likelihoods
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Unreadable("em_loop returns two lists: the mixtures, and their log-likelihoods.")
    mixtures, log_likelihoods = answer
    if np.size(log_likelihoods) and _are_mixtures(log_likelihoods):
        raise Unreadable("em_loop returns the mixtures first, then their log-likelihoods.")
    if isinstance(mixtures, Mixture):
        raise Unreadable("em_loop returns the list of all mixtures, the start first; yours returns one.")
    if not _are_mixtures(mixtures):
        raise Unreadable("em_loop returns a list of mixtures; yours holds other things.")
    log_likelihoods = np.ravel(log_likelihoods)
    return {
        "number of log_likelihoods": len(log_likelihoods),
        "log_likelihoods": log_likelihoods,
        "number of mixtures": len(mixtures),
        "means of the mixtures": np.array([mixture.means for mixture in mixtures]),
        "weights of the mixtures": np.array([mixture.weights for mixture in mixtures]),
        "covariances of the mixtures": np.array([mixture.covariances for mixture in mixtures]),
    }


def _once_for_each(function, step, start, tol, max_iter):
    """The answer; refused if its mixtures are right and `step` was called more often than there are of them.

    Where they are wrong there is another fault, and that is the one to talk about.
    """
    answer = function(step, start, tol, max_iter)
    mixtures = getattr(answer, "mixtures", answer[0] if isinstance(answer, (tuple, list)) and answer else ())
    right, _ = my_em_loop(copy.deepcopy(step), start, tol, max_iter)
    if _are_mixtures(mixtures) and step.calls > len(right) and _same_means(mixtures, right):
        raise Unreadable(
            f"`step` was called {step.calls} times for the {_counted(len(right), 'mixture')} that came back: "
            "one call for each is enough, since it returns two things."
        )
    return answer


def _same_means(mixtures, others):
    pairs = zip(mixtures, others, strict=True)
    return len(mixtures) == len(others) and all(np.array_equal(a.means, b.means) for a, b in pairs)


def _counted(n, thing):
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def _are_mixtures(things):
    return np.iterable(things) and all(isinstance(thing, Mixture) for thing in things)


def _begins_with_the_start(parts, step, start, tol, max_iter):
    means = parts["means of the mixtures"]
    if len(means) and not np.array_equal(means[0], start.means):
        first, right = means[0, 0, 0], start.means[0, 0]
        return f"mixtures[0] is not the start: it has a mean at {first:.6g}, the start at {right:.6g}."
    return None


def _as_many(parts, step, start, tol, max_iter):
    n_mixtures, n_values = parts["number of mixtures"], parts["number of log_likelihoods"]
    if n_mixtures != n_values:
        mixtures, values = _counted(n_mixtures, "mixture"), _counted(n_values, "log-likelihood")
        return f"{mixtures} and {values}: each mixture has one."
    return None


def _belong_together(parts, step, start, tol, max_iter):
    names = ("weights of the mixtures", "means of the mixtures", "covariances of the mixtures")
    arrays = zip(*(parts[name] for name in names), strict=True)
    for i, (value, array) in enumerate(zip(parts["log_likelihoods"], arrays, strict=False)):
        worth = step.worth(Mixture(*array))
        if not np.isclose(value, worth, rtol=1e-9, atol=0):
            return f"log_likelihoods[{i}] is {value:.10g}, but mixtures[{i}] is worth {worth:.10g}."
    return None


def _within_max_iter(parts, step, start, tol, max_iter):
    if (replaced := parts["number of mixtures"] - 1) > max_iter:
        return f"the mixture was replaced {_counted(replaced, 'time')}; `max_iter` is {max_iter}."
    return None


def _ungraded_result(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    for _ in range(max_iter):
        better, log_likelihood = step(mixtures[-1])
        mixtures.append(better)
        log_likelihoods.append(log_likelihood)
        if len(log_likelihoods) > 1 and abs(log_likelihoods[-1] - log_likelihoods[-2]) <= tol:
            break
    return mixtures, log_likelihoods


def _graded_before_the_m_step(step, start, tol, max_iter):
    mixture, mixtures, log_likelihoods = start, [], []
    for _ in range(max_iter):
        mixture, log_likelihood = step(mixture)
        mixtures.append(mixture)
        log_likelihoods.append(log_likelihood)
        if len(log_likelihoods) > 1 and abs(log_likelihoods[-1] - log_likelihoods[-2]) <= tol:
            break
    return mixtures, log_likelihoods


def _loop(stop, most=lambda max_iter: max_iter):
    """The right loop with another rule for when to stop, given log_likelihoods and tol."""

    def loop(step, start, tol, max_iter):
        mixtures, log_likelihoods = [start], []
        while True:
            better, log_likelihood = step(mixtures[-1])
            log_likelihoods.append(log_likelihood)
            if len(mixtures) > 1 and stop(log_likelihoods, tol):
                break
            if len(mixtures) > most(max_iter):
                break
            mixtures.append(better)
        return mixtures, log_likelihoods

    return loop


def _small_change(L, tol):
    return abs(L[-1] - L[-2]) <= tol


def _start_left_out(step, start, tol, max_iter):
    mixtures, log_likelihoods = my_em_loop(step, start, tol, max_iter)
    return mixtures[1:], log_likelihoods[1:]


def _last_thrown_away(step, start, tol, max_iter):
    mixture, mixtures, log_likelihoods = start, [], []
    for _ in range(max_iter + 1):
        better, log_likelihood = step(mixture)
        if log_likelihoods and abs(log_likelihood - log_likelihoods[-1]) <= tol:
            break
        mixtures.append(mixture)
        log_likelihoods.append(log_likelihood)
        mixture = better
    return mixtures, log_likelihoods


def _returns_inside_the_loop(step, start, tol, max_iter):
    better, log_likelihood = step(start)  # the loop's first round
    return [start, better], [log_likelihood]


def _compares_with_itself(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    for _ in range(max_iter + 1):
        better, log_likelihood = step(mixtures[-1])
        log_likelihoods.append(log_likelihood)
        if abs(log_likelihood - log_likelihoods[-1]) <= tol:
            break
        mixtures.append(better)
    return mixtures, log_likelihoods


def _minus_infinity(step, start, tol, max_iter):
    mixtures, log_likelihoods = my_em_loop(step, start, tol, max_iter)
    return mixtures, [-np.inf, *log_likelihoods]


def _always_from_the_start(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    for _ in range(max_iter + 1):
        better, log_likelihood = step(start)
        log_likelihoods.append(log_likelihood)
        if len(log_likelihoods) > 1 and abs(log_likelihoods[-1] - log_likelihoods[-2]) <= tol:
            break
        mixtures.append(better)
    return mixtures[: len(log_likelihoods)], log_likelihoods


def _always_from_the_start_ungraded(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    for _ in range(max_iter):
        better, log_likelihood = step(start)
        mixtures.append(better)
        log_likelihoods.append(log_likelihood)
        if len(log_likelihoods) > 1 and abs(log_likelihoods[-1] - log_likelihoods[-2]) <= tol:
            break
    return mixtures, log_likelihoods


def _always_from_the_start_to_the_end(step, start, tol, max_iter):
    steps = [step(start) for _ in range(max_iter)]
    return [start] + [better for better, _ in steps], [log_likelihood for _, log_likelihood in steps]


def _one_step_late(step, start, tol, max_iter):
    mixtures, log_likelihoods = _ungraded_result(step, start, tol, max_iter)
    return mixtures, [*log_likelihoods, step(mixtures[-1])[1]]


def _one_step_whatever_max_iter(step, start, tol, max_iter):
    return my_em_loop(step, start, tol, max(max_iter, 1))


def _writes_into_the_start(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    for _ in range(max_iter + 1):
        better, log_likelihood = step(start)
        log_likelihoods.append(log_likelihood)
        start.means[:] = better.means
        mixtures.append(start)
    return mixtures, log_likelihoods


def _sets_the_starts_arrays(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    for _ in range(max_iter + 1):
        better, log_likelihood = step(start)
        log_likelihoods.append(log_likelihood)
        start.weights = better.weights
        mixtures.append(start)
    return mixtures, log_likelihoods


def _keeps_the_tuple(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    for _ in range(max_iter):
        mixtures.append(step(mixtures[-1]))
        log_likelihoods.append(mixtures[-1][1])
    return mixtures, log_likelihoods


def _two_steps_at_a_time(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], [step(start)[1]]
    for _ in range(max_iter):
        better, _ = step(mixtures[-1])
        better, log_likelihood = step(better)
        mixtures.append(better)
        log_likelihoods.append(log_likelihood)
        if abs(log_likelihoods[-1] - log_likelihoods[-2]) <= tol:
            break
    return mixtures, log_likelihoods


def _from(first):
    """The loop that compares the first log-likelihood too, with a number `first` that was made up."""

    def loop(step, start, tol, max_iter):
        mixtures, log_likelihoods, previous = [start], [], first
        while True:
            better, log_likelihood = step(mixtures[-1])
            log_likelihoods.append(log_likelihood)
            if abs(log_likelihood - previous) <= tol or len(mixtures) > max_iter:
                return mixtures, log_likelihoods
            mixtures.append(better)
            previous = log_likelihood

    return loop


def _change_from(first):
    """The loop that goes on while the change is large; before there is one, it is a made-up `first`."""

    def loop(step, start, tol, max_iter):
        better, log_likelihood = step(start)
        mixtures, log_likelihoods, change = [start], [log_likelihood], first
        while change > tol and len(mixtures) <= max_iter:
            mixtures.append(better)
            better, log_likelihood = step(better)
            change = abs(log_likelihood - log_likelihoods[-1])
            log_likelihoods.append(log_likelihood)
        return mixtures, log_likelihoods

    return loop


def _calls_for_each_of_the_two(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    while True:
        better = step(mixtures[-1])[0]
        log_likelihoods.append(step(mixtures[-1])[1])
        if len(mixtures) > 1 and _small_change(log_likelihoods, tol):
            return mixtures, log_likelihoods
        if len(mixtures) > max_iter:
            return mixtures, log_likelihoods
        mixtures.append(better)


def _calls_again_to_grade(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], [step(start)[1]]
    for _ in range(max_iter):
        mixtures.append(step(mixtures[-1])[0])
        log_likelihoods.append(step(mixtures[-1])[1])
        if _small_change(log_likelihoods, tol):
            break
    return mixtures, log_likelihoods


def _grades_the_last_again(step, start, tol, max_iter):
    mixtures, log_likelihoods = my_em_loop(step, start, tol, max_iter)
    log_likelihoods[-1] = step(mixtures[-1])[1]
    return mixtures, log_likelihoods


def _last_always_thrown_away(step, start, tol, max_iter):
    mixtures, log_likelihoods = my_em_loop(step, start, tol, max_iter)
    return mixtures[:-1], log_likelihoods[:-1]


def _up_to_the_best(step, start, tol, max_iter):
    mixtures, log_likelihoods = my_em_loop(step, start, tol, max_iter)
    best = int(np.argmax(log_likelihoods))
    return mixtures[: best + 1], log_likelihoods[: best + 1]


def _until_the_mixture_rests(step, start, tol, max_iter):
    mixtures, log_likelihoods = my_em_loop(step, start, tol, max_iter)
    if len(mixtures) > 1 and np.array_equal(mixtures[-1].means, mixtures[-2].means):
        return mixtures[:-1], log_likelihoods[:-1]
    return mixtures, log_likelihoods


def _other_way_round(step, start, tol, max_iter):
    return my_em_loop(step, start, tol, max_iter)[::-1]


EM_LOOP = Exercise(
    name="em_loop",
    reference=em_loop,
    answer=my_em_loop,
    cases=EM_LOOP_CASES,
    call=_once_for_each,
    read=_read_loop,
    properties=(_begins_with_the_start, _as_many, _within_max_iter, _belong_together),
    mistakes=(
        Mistake(
            "result_not_graded", _ungraded_result,
            "the last mixture has no log-likelihood. `step` grades the mixture that it is given: to "
            "grade the result, it must be called once more.",
        ),
        Mistake(
            "likelihood_of_the_one_before", _graded_before_the_m_step,
            "you put each log-likelihood beside the mixture that came out of the step. It belongs to the "
            "one that went in: the classic program's bug.",
        ),
        Mistake(
            "start_left_out", _start_left_out,
            "the start is missing: `mixtures[0]` is the start, and `log_likelihoods[0]` its grade.",
        ),
        Mistake(
            "last_one_thrown_away", _last_thrown_away,
            "when the gain is small you leave the loop before the mixture with that gain is in the list. "
            "It is the best you have, and it is graded already.",
        ),
        Mistake(
            "one_iteration_too_few", _loop(_small_change, most=lambda max_iter: max_iter - 1),
            "you stop one iteration early. `max_iter` counts how often the mixture is replaced; with the "
            "start there can be `max_iter` + 1 mixtures.",
        ),
        Mistake(
            "one_iteration_too_many", _loop(_small_change, most=lambda max_iter: max_iter + 1),
            "you replace the mixture once more than `max_iter` allows: count the replacements, not the "
            "entries of the list.",
        ),
        Mistake(
            "max_iter_ignored", _loop(_small_change, most=lambda max_iter: np.inf),
            "nothing stops your loop at `max_iter`. A slow climb goes on for hours, and nobody has asked "
            "for that.",
        ),
        Mistake(
            "tol_ignored", _loop(lambda L, tol: False),
            "`tol` does nothing: your loop always runs to `max_iter`, also when there is nothing more to "
            "gain.",
        ),
        Mistake(
            "returns_inside_the_loop", _returns_inside_the_loop,
            "your loop ends in its first round: the `return` stands inside of it. Move it left.",
        ),
        Mistake(
            "compares_with_itself", _compares_with_itself,
            "you compare the new log-likelihood with itself: it was put into the list first, so the last "
            "entry is the new one, and the gain always 0.",
        ),
        Mistake(
            "sign_of_the_gain", _loop(lambda L, tol: L[-2] - L[-1] <= tol),
            "the difference is the wrong way round: old minus new is negative for every gain, and so below "
            "any `tol`.",
        ),
        Mistake(
            "stops_when_the_gain_is_large", _loop(lambda L, tol: abs(L[-1] - L[-2]) > tol),
            "the comparison is the wrong way round: you stop while it still gains, and go on when it does "
            "not.",
        ),
        Mistake(
            "relative_tolerance", _loop(lambda L, tol: abs(L[-1] - L[-2]) <= tol * abs(L[-1])),
            "you measure the gain as a share of the log-likelihood. That shifts with the units of the "
            "data, and a share of it means nothing: `tol` is a number of nats.",
        ),
        Mistake(
            "relative_to_the_one_before", _loop(lambda L, tol: abs(L[-1] - L[-2]) <= tol * abs(L[-2])),
            "you compare the gain with `tol` times the log-likelihood before it. Multiply all lengths by "
            "1000 and that is another number, though nothing has changed but the units: `tol` stands alone.",
        ),
        Mistake(
            "per_point", _loop(lambda L, tol: abs(L[-1] - L[-2]) / 3000 <= tol),
            "the gain is divided by the number of points, perhaps by `len(X)` with the notebook's X. `fit` "
            "measures per point; this loop knows no points, only `step`, and its `tol` is the total's.",
        ),
        Mistake(
            "compares_with_the_first", _loop(lambda L, tol: abs(L[-1] - L[0]) <= tol),
            "you compare with the log-likelihood of the start. The gain is measured from the iteration "
            "before.",
        ),
        Mistake(
            "stops_only_when_equal", _loop(lambda L, tol: L[-1] == L[-2]),
            "you wait until the log-likelihood does not change at all. EM comes ever closer and hardly "
            "ever gets there: a change of `tol` is small enough.",
        ),
        Mistake(
            "stops_at_a_fall", _loop(lambda L, tol: L[-1] - L[-2] <= tol),
            "every fall counts as the end for you, be it that you ask for one or that a negative gain is "
            "below any `tol`. So a bug that makes it fall looks like convergence: take the size of the "
            "change.",
        ),
        Mistake(
            "strictly_less", _loop(lambda L, tol: abs(L[-1] - L[-2]) < tol),
            "a change of exactly `tol` does not stop you. It says no more than `tol`; with `tol` 0 and a "
            "start at the top you would go on for ever.",
        ),
        Mistake(
            "begins_with_minus_infinity", _minus_infinity,
            "your trace begins with minus infinity, put there for the first comparison. No mixture goes "
            "with it: keep it out of the list.",
        ),
        Mistake(
            "always_from_the_start", _always_from_the_start,
            "every round hands `start` to `step`, so all rounds are the first one. Go on from the last "
            "mixture.",
        ),
        Mistake(
            "always_from_the_start_ungraded", _always_from_the_start_ungraded,
            "each round steps from `start`, so the log-likelihood seems to stand still at once, and you stop "
            "after two rounds. Step from the last mixture in the list; then see that the last one is graded.",
        ),
        Mistake(
            "always_from_the_start_to_the_end", _always_from_the_start_to_the_end,
            "your log-likelihoods are all the same: in every round `step` is given `start`, and makes the "
            "same mixture again. Hand it the newest. And `tol` has no say yet in when you stop.",
        ),
        Mistake(
            "one_step_late", _one_step_late,
            "you stop one step late. When two grades are within `tol`, the mixture of the second is in your "
            "list; what `step` has just made of it is not asked for. Look at the grade before you put the "
            "next one in.",
        ),
        Mistake(
            "one_step_whatever_max_iter", _one_step_whatever_max_iter,
            "your loop replaces the mixture once before it looks at `max_iter`. With `max_iter` 0 the start "
            "is graded, and stays.",
        ),
        Mistake(
            "two_steps_at_a_time", _two_steps_at_a_time,
            "you call `step` twice in a round and go on from the second result, so every other mixture is "
            "missing. One call gives both: the next mixture, and the grade of the one before.",
        ),
        Mistake(
            "keeps_the_pair", _keeps_the_tuple,
            "you hand on what `step` returns as it is, and that is a pair. Take it apart: the next "
            "mixture, and the log-likelihood of the one it was given.",
        ),
        Mistake(
            "writes_into_the_start", _writes_into_the_start,
            "you write into the arrays of the start. Whoever called you still needs it, so a mixture "
            "cannot be written to: put the better one into the list, under a name of its own.",
        ),
        Mistake(
            "replaces_the_starts_arrays", _sets_the_starts_arrays,
            "you try to change the start into the next mixture. A mixture stays what it is: `step` has "
            "already made you a new one.",
        ),
        Mistake(
            "first_compared_with_0", _from(0),
            "before there is a log-likelihood to compare with, you compare with 0. A start may be worth "
            "nearly 0, and then you stop at once: compare from the second round on.",
        ),
        Mistake(
            "first_compared_with_minus_999", _from(-999),
            "-999 stands for the log-likelihood before the first. It is an ordinary value for a start, as is "
            "every number that you could think of: only `-np.inf` never is, or no comparison at all.",
        ),
        Mistake(
            "first_compared_with_a_huge_number", _from(-1e10),
            "you compare the first log-likelihood with a number that is meant to be out of reach, like "
            "-1e10. With enough points nothing is: there is a first round, in which there is nothing to "
            "compare.",
        ),
        Mistake(
            "change_begins_at_a_number", _change_from(1e6),
            "your loop goes on while the change is above `tol`, and the change begins at a number of your "
            "own. Whoever sets `tol` higher never gets in. Begin with `np.inf`.",
        ),
        Mistake(
            "small_falls_do_not_stop", _loop(lambda L, tol: 0 <= L[-1] - L[-2] <= tol),
            "a small fall does not stop you, since you ask for a gain between 0 and `tol`. Near the top "
            "rounding makes such falls: no more than `tol`, up or down.",
        ),
        Mistake(
            "compares_with_the_best", _loop(lambda L, tol: abs(L[-1] - max(L[:-1])) <= tol),
            "you compare with the highest log-likelihood so far. After a fall that is not the one before, "
            "and a climb back up to it is a large change, not a small one.",
        ),
        Mistake(
            "compares_with_all", _loop(lambda L, tol: min(abs(L[-1] - value) for value in L[:-1]) <= tol),
            "you compare with every log-likelihood in the list. One that has been there before, a few rounds "
            "ago, is no sign of the end: the change is that from the last round to this one.",
        ),
        Mistake(
            "compares_from_the_third_on", _loop(lambda L, tol: len(L) > 2 and abs(L[-1] - L[-2]) <= tol),
            "you compare for the first time when there are three log-likelihoods. Two make a change: with a "
            "start at the top you are done as soon as the second is there.",
        ),
        Mistake(
            "two_small_changes", _loop(lambda L, tol: len(L) > 2 and max(np.abs(np.diff(L[-3:]))) <= tol),
            "you look at two changes before you stop. That is careful, but not the rule that is asked for: "
            "the first change of no more than `tol`, from one round to the next, ends it.",
        ),
        Mistake(
            "something_added_to_tol", _loop(lambda L, tol: abs(L[-1] - L[-2]) <= tol + 1e-12),
            "something tiny, 1e-12 or so, was added to `tol`, or `tol` may not be less than that. A "
            "log-likelihood can be next to 0, and its changes are as small: compare with `tol` itself.",
        ),
        Mistake(
            "tol_0_taken_for_none", _loop(lambda L, tol: tol > 0 and abs(L[-1] - L[-2]) <= tol),
            "a `tol` of 0 is taken for none. It is a number like others: it asks for a log-likelihood that "
            "no longer changes at all, and then stops.",
        ),
        Mistake(
            "compares_sizes", _loop(lambda L, tol: abs(abs(L[-1]) - abs(L[-2])) <= tol),
            "you subtract the sizes of the two and not the numbers, so -3 and 3 count as equal. The bars "
            "belong around the difference alone.",
        ),
        Mistake(
            "isclose_with_its_own_tolerance", _loop(lambda L, tol: bool(np.isclose(L[-1], L[-2], atol=tol))),
            "`np.isclose` adds a tolerance of its own, a share of 1e-5 of the log-likelihood, unless it is "
            "told `rtol=0`. At a million that is 10 nats.",
        ),
        Mistake(
            "isclose_of_math", _loop(lambda L, tol: math.isclose(L[-1], L[-2], abs_tol=tol)),
            "`math.isclose` also takes a share of the log-likelihood, 1e-9, for near enough; at a billion "
            "that is a nat. It needs `rel_tol=0`, or a plain comparison.",
        ),
        Mistake(
            "zero_taken_for_nothing", _loop(lambda L, tol: L[-2] and abs(L[-1] - L[-2]) <= tol),
            "a log-likelihood of exactly 0 is taken for none at all: `if previous` is false for 0 as it is "
            "for None. Ask `is not None`, or count the rounds.",
        ),
        Mistake(
            "a_limit_of_its_own", _loop(_small_change, most=lambda max_iter: min(max_iter, 100)),
            "after 100 replacements your loop ends, whatever `max_iter` says. A slow climb may need more: "
            "take the limit that is handed in.",
        ),
        Mistake(
            "limit_of_the_classic_run", _loop(_small_change, most=lambda max_iter: min(max_iter, 30)),
            "you never go beyond 30 iterations. That was the classic program's limit, and it cut the run "
            "off; here `max_iter` says how many there may be.",
        ),
        Mistake(
            "tol_of_the_classic_run", _loop(lambda L, tol: abs(L[-1] - L[-2]) <= 1e-3),
            "0.001 stands where `tol` should be: whatever is handed in, you stop at the same change.",
        ),
        Mistake(
            "last_one_always_thrown_away", _last_always_thrown_away,
            "the last mixture and its log-likelihood are missing, whatever ended the loop. Once it is "
            "graded, it belongs in both lists, and it is the result.",
        ),
        Mistake(
            "up_to_the_best", _up_to_the_best,
            "what came after the highest log-likelihood has been cut off, and of two equal ones the second. "
            "The lists are the record of the run as it was, to its end.",
        ),
        Mistake(
            "until_the_mixture_rests", _until_the_mixture_rests,
            "a mixture that equals the one before is left out. The log-likelihood decides when to stop, and "
            "that it no longer changes is seen on the second of two equal mixtures: it is in the list.",
        ),
        Mistake(
            "grades_the_last_again", _grades_the_last_again,
            "`step` is called once more on the last mixture, which already has its grade. It is right, and "
            "a pass through all the points for nothing: see when the grade was put into the list.",
        ),
        Mistake(
            "calls_for_each_of_the_two", _calls_for_each_of_the_two,
            "one call of `step` is made for the log-likelihood and another for the next mixture. A call goes "
            "through all the points, so this takes twice the time: `better, log_likelihood = step(...)` "
            "keeps both.",
        ),
        Mistake(
            "calls_again_to_grade", _calls_again_to_grade,
            "each new mixture is handed to `step` at once to be graded, and what else that call returns, the "
            "next mixture, is dropped; a round later it is computed again. Keep it for then.",
        ),
        Mistake(
            "other_way_round", _other_way_round,
            "both lists are there, in the wrong order: whoever writes `mixtures, log_likelihoods = "
            "my_em_loop(...)` has each under the other's name.",
        ),
    ),
    hints=(
        (
            "In each round call `step` once, on the last mixture in your list: it gives you the grade of "
            "that one, and the next. Write down the grade, decide whether to stop, and only then put the "
            "next one into the list."
        ),
        (
            "You stop, with as many log-likelihoods as mixtures, if |log_likelihoods[-1] - "
            "log_likelihoods[-2]| <= tol (from the second round on), or if the mixture has been replaced "
            "max_iter times: len(mixtures) - 1 == max_iter."
        ),
        (
            "`while True:` / `better, log_likelihood = step(mixtures[-1])` / "
            "`log_likelihoods.append(log_likelihood)` / two `if`s that return / `mixtures.append(better)`, "
            "beginning with `mixtures, log_likelihoods = [start], []`."
        ),
    ),
    source=iterate,
    single=False,
    tolerance={"log_likelihoods": (1e-12, 0)},
)

EXERCISES = (LOG_LIKELIHOOD, EM_LOOP)
