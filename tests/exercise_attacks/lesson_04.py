"""Answers to the exercises of lesson 04 that must not pass, and right ones in other forms."""

import math
from itertools import pairwise

import numpy as np
from scipy.special import logsumexp

from gmmlesson import Fit, e_step

# --- log_likelihood ------------------------------------------------------------------------------


def _log_density(X, mixture):
    return logsumexp(mixture.log_joint(X), axis=1)


def _with_another_top(top):
    def log_likelihood(X, mixture):
        log_joint = mixture.log_joint(X)
        taken = top(log_joint)
        return (taken + np.log(np.exp(log_joint - taken).sum(axis=1, keepdims=True))).sum()

    return log_likelihood


def _named(name, function):
    function.__name__ = name
    return function


row_mean_taken_out = _named("row_mean_taken_out", _with_another_top(lambda a: a.mean(axis=1, keepdims=True)))
row_minimum_taken_out = _named(
    "row_minimum_taken_out", _with_another_top(lambda a: a.min(axis=1, keepdims=True))
)
first_component_taken_out = _named("first_component_taken_out", _with_another_top(lambda a: a[:, :1]))
last_component_taken_out = _named("last_component_taken_out", _with_another_top(lambda a: a[:, -1:]))
median_taken_out = _named(
    "median_taken_out", _with_another_top(lambda a: np.median(a, axis=1, keepdims=True))
)
top_at_most_0 = _named(
    "top_at_most_0", _with_another_top(lambda a: np.minimum(a.max(axis=1, keepdims=True), 0))
)
top_at_least_minus_999 = _named(
    "top_at_least_minus_999", _with_another_top(lambda a: np.maximum(a.max(axis=1, keepdims=True), -999))
)


def trifle_in_the_logarithm(X, mixture):
    return np.log(np.exp(mixture.log_joint(X)).sum(axis=1) + 1e-12).sum()


def smallest_number_in_the_logarithm(X, mixture):
    return np.log(np.exp(mixture.log_joint(X)).sum(axis=1) + 1e-300).sum()


def trifle_after_log_sum_exp(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(log_joint - top).sum(axis=1, keepdims=True) + 1e-8)).sum()


def density_clipped(X, mixture):
    return np.log(np.clip(np.exp(mixture.log_joint(X)).sum(axis=1), 1e-300, None)).sum()


def density_at_least_the_smallest_number(X, mixture):
    return np.log(np.maximum(np.exp(mixture.log_joint(X)).sum(axis=1), np.finfo(float).tiny)).sum()


def log_joint_clipped(X, mixture):
    return logsumexp(np.clip(mixture.log_joint(X), -700, 700), axis=1).sum()


def minus_infinity_left_out(X, mixture):
    with np.errstate(divide="ignore"):
        log_density = np.log(np.exp(mixture.log_joint(X)).sum(axis=1))
    return log_density[np.isfinite(log_density)].sum()


def minus_infinity_as_0(X, mixture):
    with np.errstate(divide="ignore"):
        return np.nan_to_num(np.log(np.exp(mixture.log_joint(X)).sum(axis=1)), neginf=0).sum()


def sizes_added(X, mixture):
    return np.abs(_log_density(X, mixture)).sum()


def minus_the_sizes(X, mixture):
    return -np.abs(_log_density(X, mixture)).sum()


def positive_ones_left_out(X, mixture):
    return np.minimum(_log_density(X, mixture), 0).sum()


def in_single(X, mixture):
    return np.float32(_log_density(X, mixture).sum())


def summed_in_single(X, mixture):
    return float(_log_density(X, mixture).astype(np.float32).sum())


def computed_in_single(X, mixture):
    return float(logsumexp(mixture.log_joint(X).astype(np.float32), axis=1).sum())


def in_half(X, mixture):
    return np.float16(_log_density(X, mixture).sum())


def rounded(X, mixture):
    return round(float(_log_density(X, mixture).sum()), 6)


def each_point_once(X, mixture):
    return _log_density(np.unique(X, axis=0), mixture).sum()


def mean_times_a_hundred(X, mixture):
    return 100 * _log_density(X, mixture).mean()


def three_components(X, mixture):
    a = mixture.log_joint(X)
    return np.logaddexp(np.logaddexp(a[:, 0], a[:, 1 % mixture.k]), a[:, 2 % mixture.k]).sum()


def logarithm_of_the_product(X, mixture):
    return np.log(np.exp(_log_density(X, mixture)).prod())


def logarithm_of_the_scaled_product(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1, keepdims=True)
    return top.sum() + np.log(np.exp(log_joint - top).sum(axis=1).prod())


def first_thousand_scaled_up(X, mixture):
    return _log_density(X[:1000], mixture).sum() * len(X) / len(X[:1000])


def best_component_where_it_underflows(X, mixture):
    log_joint = mixture.log_joint(X)
    with np.errstate(divide="ignore", over="ignore"):
        log_density = np.log(np.exp(log_joint).sum(axis=1))
    return np.where(np.isfinite(log_density), log_density, log_joint.max(axis=1)).sum()


def best_component_where_it_overflows(X, mixture):
    log_joint = mixture.log_joint(X)
    return np.where(log_joint.max(axis=1) > 709, log_joint.max(axis=1), _log_density(X, mixture)).sum()


def two_best_components(X, mixture):
    return logsumexp(np.sort(mixture.log_joint(X), axis=1)[:, -2:], axis=1).sum()


def table_of_points_by_points(X, mixture):
    log_joint = mixture.log_joint(X)
    top = log_joint.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(log_joint - top).sum(axis=1))).sum()


def by_log_density(X, mixture):
    return mixture.log_density(X).sum()


def by_the_e_step(X, mixture):
    return e_step(X, mixture)[1]


# Right ones.


def in_plain_loops(X, mixture):
    total = 0.0
    for row in mixture.log_joint(X).tolist():
        top = max(row)
        density = 0.0
        for value in row:
            density += math.exp(value - top)
        total += top + math.log(density)
    return total


def by_pairs(X, mixture, start=-math.inf):
    total = np.full(len(X), start)
    for column in mixture.log_joint(X).T:
        total = np.logaddexp(total, column)
    return [total.sum()]


def sorted_and_exact(X, mixture):
    return math.fsum(logsumexp(np.sort(row)) for row in mixture.log_joint(X))


def through_the_best(X, mixture):
    log_joint = mixture.log_joint(X)
    best = np.take_along_axis(log_joint, log_joint.argmax(axis=1)[:, None], axis=1)
    return np.sum(best[:, 0] + np.log1p(np.exp(log_joint - best).sum(axis=1) - 1))


class LogLikelihood:
    def __call__(self, X, mixture):
        return float(_log_density(X, mixture).sum())


# --- em_loop -------------------------------------------------------------------------------------


def _loop(stop, step, start, tol, max_iter, most=math.inf):
    """The right loop with another rule for the end, given log_likelihoods, tol and the mixtures."""
    mixtures, log_likelihoods = [start], []
    while True:
        better, log_likelihood = step(mixtures[-1])
        log_likelihoods.append(log_likelihood)
        if stop(log_likelihoods, tol, mixtures) or len(mixtures) > min(max_iter, most):
            return mixtures, log_likelihoods
        mixtures.append(better)


def _ending(name, stop, most=math.inf):
    return _named(name, lambda step, start, tol, max_iter: _loop(stop, step, start, tol, max_iter, most))


def _small(L, tol):
    return len(L) > 1 and abs(L[-1] - L[-2]) <= tol


def _sentinel(name, value):
    return _ending(name, lambda L, tol, _: abs(L[-1] - [value, *L][-2]) <= tol)


SENTINELS = tuple(
    _sentinel(f"first_compared_with_{value:g}", value)
    for value in (0, 1, -1, -999, 999, -9999, -1e4, -1e5, -1e6, -1e8, -1e9, 1e9, -1e10, 1e10, -1e12)
)
INITIAL_CHANGES = tuple(
    _ending(
        f"first_change_is_{value:g}",
        lambda L, tol, _, value=value: [value, *map(abs, np.diff(L))][-1] <= tol,
    )
    for value in (1, 100, 999, 1e6, 1e10)
)
CAPS = tuple(_ending(f"at_most_{most}", lambda L, tol, _: _small(L, tol), most) for most in (50, 100, 200))

relative = _ending("relative", lambda L, tol, _: len(L) > 1 and abs(L[-1] - L[-2]) <= tol * abs(L[-2]))
relative_beside_absolute = _ending(
    "relative_beside_absolute", lambda L, tol, _: len(L) > 1 and np.isclose(L[-1], L[-2], atol=tol)
)
isclose_of_math = _ending(
    "isclose_of_math", lambda L, tol, _: len(L) > 1 and math.isclose(L[-1], L[-2], abs_tol=tol)
)
relative_to_the_first_gain = _ending(
    "relative_to_the_first_gain",
    lambda L, tol, _: len(L) > 2 and abs(L[-1] - L[-2]) <= tol * abs(L[1] - L[0]),
)
total_gain = _ending("total_gain", lambda L, tol, _: len(L) > 1 and abs(L[-1] - L[0]) <= tol)
gain_per_iteration = _ending(
    "gain_per_iteration", lambda L, tol, _: len(L) > 1 and abs(L[-1] - L[0]) / (len(L) - 1) <= tol
)
per_point_of_the_notebook = _ending(
    "per_point_of_the_notebook", lambda L, tol, _: len(L) > 1 and abs(L[-1] - L[-2]) <= tol * 3000
)
sizes_compared = _ending(
    "sizes_compared", lambda L, tol, _: len(L) > 1 and abs(abs(L[-1]) - abs(L[-2])) <= tol
)
small_falls_do_not_stop = _ending(
    "small_falls_do_not_stop", lambda L, tol, _: len(L) > 1 and 0 <= L[-1] - L[-2] <= tol
)
large_falls_stop = _ending(
    "large_falls_stop", lambda L, tol, _: len(L) > 1 and (abs(L[-1] - L[-2]) <= tol or L[-1] - L[-2] < -6)
)
falls_stop = _ending("falls_stop", lambda L, tol, _: len(L) > 1 and L[-1] - L[-2] <= tol)
strictly_less_for_falls = _ending(
    "strictly_less_for_falls", lambda L, tol, _: len(L) > 1 and -tol < L[-1] - L[-2] <= tol
)
strictly_less = _ending("strictly_less", lambda L, tol, _: len(L) > 1 and abs(L[-1] - L[-2]) < tol)
a_trifle_added_to_tol = _ending(
    "a_trifle_added_to_tol", lambda L, tol, _: len(L) > 1 and abs(L[-1] - L[-2]) < tol + 1e-12
)
compared_with_the_best = _ending(
    "compared_with_the_best", lambda L, tol, _: len(L) > 1 and abs(L[-1] - max(L[:-1])) <= tol
)
nothing_to_compare_with_at_0 = _ending(
    "nothing_to_compare_with_at_0",
    lambda L, tol, _: len(L) > 1 and bool(L[-2]) and abs(L[-1] - L[-2]) <= tol,
)
two_small_gains = _ending(
    "two_small_gains", lambda L, tol, _: len(L) > 2 and max(abs(np.diff(L[-3:]))) <= tol
)
smallest_change_so_far = _ending(
    "smallest_change_so_far",
    lambda L, tol, _: len(L) > 1 and min(L[-1] - min(L[:-1]), abs(L[-1] - L[-2])) <= tol,
)
rounded_gain = _ending("rounded_gain", lambda L, tol, _: len(L) > 1 and round(abs(L[-1] - L[-2]), 2) <= tol)
means_at_rest = _ending(
    "means_at_rest",
    lambda L, tol, M: len(M) > 1 and np.abs(M[-1].means - M[-2].means).max() <= tol,
)


compared_with_all = _ending(
    "compared_with_all", lambda L, tol, _: any(abs(L[-1] - value) <= tol for value in L[:-1])
)
mean_of_two_changes = _ending(
    "mean_of_two_changes", lambda L, tol, _: len(L) > 2 and abs(L[-1] - L[-3]) / 2 <= tol
)
never_at_tol_0 = _ending("never_at_tol_0", lambda L, tol, _: tol > 0 and _small(L, tol))
never_after_one_iteration = _ending(
    "never_after_one_iteration", lambda L, tol, _: len(L) > 2 and _small(L, tol)
)
stops_above_0 = _ending("stops_above_0", lambda L, tol, _: L[-1] > 0 or _small(L, tol))
compared_in_single = _ending("compared_in_single", lambda L, tol, _: _small(np.float32(L), tol))


def until_step_returns_what_it_was_given(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    while True:
        better, log_likelihood = step(mixtures[-1])
        log_likelihoods.append(log_likelihood)
        rests = np.array_equal(better.means, mixtures[-1].means)
        if rests or _small(log_likelihoods, tol) or len(mixtures) > max_iter:
            return mixtures, log_likelihoods
        mixtures.append(better)


def last_of_all_thrown_away(step, start, tol, max_iter):
    mixtures, log_likelihoods = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return mixtures[:-1], log_likelihoods[:-1]


def nothing_where_max_iter_is_0(step, start, tol, max_iter):
    if max_iter == 0:
        return [], []
    return _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)


def ungraded_where_max_iter_is_0(step, start, tol, max_iter):
    if max_iter == 0:
        return [start], []
    return _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)


def each_beside_the_one_before(step, start, tol, max_iter):
    mixtures, log_likelihoods = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return [*mixtures[1:], step(mixtures[-1])[0]], log_likelihoods


def step_called_for_each_of_the_two(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], []
    while True:
        log_likelihoods.append(step(mixtures[-1])[1])
        if _small(log_likelihoods, tol) or len(mixtures) > max_iter:
            return mixtures, log_likelihoods
        mixtures.append(step(mixtures[-1])[0])


def graded_by_another_call(step, start, tol, max_iter):
    mixtures, log_likelihoods = [start], [step(start)[1]]
    while len(mixtures) <= max_iter:
        better, _ = step(mixtures[-1])
        mixtures.append(better)
        log_likelihoods.append(step(better)[1])
        if _small(log_likelihoods, tol):
            break
    return mixtures, log_likelihoods


def one_call_more_at_the_end(step, start, tol, max_iter):
    mixtures, log_likelihoods = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    step(mixtures[-1])
    return mixtures, log_likelihoods


def everything_graded_again(step, start, tol, max_iter):
    mixtures, _ = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return mixtures, [step(mixture)[1] for mixture in mixtures]


def runs_to_the_end_and_cuts(step, start, tol, max_iter):
    mixtures, log_likelihoods = _loop(lambda L, tol, _: False, step, start, tol, max_iter)
    for i, (a, b) in enumerate(pairwise(log_likelihoods), 2):
        if abs(b - a) <= tol:
            return mixtures[:i], log_likelihoods[:i]
    return mixtures, log_likelihoods


def the_other_way_round(step, start, tol, max_iter):
    return _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)[::-1]


def trace_in_single(step, start, tol, max_iter):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return mixtures, np.array(trace, dtype=np.float32)


def trace_in_single_as_floats(step, start, tol, max_iter):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return mixtures, [float(np.float32(value)) for value in trace]


def trace_in_half(step, start, tol, max_iter):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return mixtures, np.array(trace, dtype=np.float16)


def trace_rounded(step, start, tol, max_iter):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return mixtures, [round(value, 3) for value in trace]


def trace_per_point(step, start, tol, max_iter):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return mixtures, np.array(trace) / 30


def falls_thrown_away(step, start, tol, max_iter):
    mixtures, log_likelihoods = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    kept = [i for i, value in enumerate(log_likelihoods) if i == 0 or value >= log_likelihoods[i - 1]]
    return [mixtures[i] for i in kept], [log_likelihoods[i] for i in kept]


def highest_last(step, start, tol, max_iter):
    mixtures, log_likelihoods = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    order = np.argsort(log_likelihoods, kind="stable")
    return [mixtures[i] for i in order], [log_likelihoods[i] for i in order]


def start_at_every_place(step, start, tol, max_iter):
    mixtures, log_likelihoods = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return [start] * len(mixtures), log_likelihoods


def the_limits_of_the_classic_run(step, start, tol, max_iter):
    return _loop(lambda L, tol, _: _small(L, 1e-3), step, start, 1e-3, 30)


# Right ones.


def with_the_last_two_in_hand(step, start, tol, max_iter):
    mixtures, log_likelihoods, previous, mixture = [], [], None, start
    for _ in range(max_iter + 1):
        better, log_likelihood = step(mixture)
        mixtures.append(mixture)
        log_likelihoods.append(log_likelihood)
        if previous is not None and -tol <= log_likelihood - previous <= tol:
            break
        previous, mixture = log_likelihood, better
    return mixtures, log_likelihoods


def with_minus_infinity_for_the_first(step, start, tol, max_iter):
    trace, mixtures, before = [], [], -np.inf
    better = start
    while len(mixtures) <= max_iter:
        mixtures.append(better)
        better, now = step(mixtures[-1])
        trace.append(now)
        if abs(now - before) <= tol:
            break
        before = now
    return mixtures, trace


def with_a_change_above_tol(step, start, tol, max_iter):
    mixtures, log_likelihoods, change, after = [], [], tol + 1, start
    while change > tol and len(mixtures) < max_iter + 1:
        mixtures.append(after)
        after, log_likelihood = step(after)
        if log_likelihoods:
            change = abs(log_likelihood - log_likelihoods[-1])
        log_likelihoods.append(log_likelihood)
    return mixtures, log_likelihoods


def as_tuples(step, start, tol, max_iter, verbose=False):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return tuple(mixtures), tuple(trace)


def as_arrays(step, start, tol, max_iter):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return np.array(mixtures, dtype=object), np.array(trace)


def as_a_fit(step, start, tol, max_iter):
    mixtures, trace = _loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter)
    return Fit(tuple(mixtures), np.array(trace), _small(trace, tol))


def by_np_isclose(step, start, tol, max_iter):
    def close(L, tol, _):
        return len(L) > 1 and np.isclose(L[-1], L[-2], rtol=0, atol=tol)

    return _loop(close, step, start, tol, max_iter)


class Loop:
    def __call__(self, step, start, tol, max_iter):
        return list(_loop(lambda L, tol, _: _small(L, tol), step, start, tol, max_iter))


WRONG = {
    "log_likelihood": (
        row_mean_taken_out,
        row_minimum_taken_out,
        first_component_taken_out,
        last_component_taken_out,
        median_taken_out,
        top_at_most_0,
        top_at_least_minus_999,
        trifle_in_the_logarithm,
        smallest_number_in_the_logarithm,
        trifle_after_log_sum_exp,
        density_clipped,
        density_at_least_the_smallest_number,
        log_joint_clipped,
        minus_infinity_left_out,
        minus_infinity_as_0,
        sizes_added,
        minus_the_sizes,
        positive_ones_left_out,
        in_single,
        summed_in_single,
        computed_in_single,
        in_half,
        rounded,
        each_point_once,
        mean_times_a_hundred,
        three_components,
        logarithm_of_the_product,
        logarithm_of_the_scaled_product,
        first_thousand_scaled_up,
        best_component_where_it_underflows,
        best_component_where_it_overflows,
        two_best_components,
        table_of_points_by_points,
        by_log_density,
        by_the_e_step,
    ),
    "em_loop": (
        *SENTINELS,
        *INITIAL_CHANGES,
        *CAPS,
        relative,
        relative_beside_absolute,
        isclose_of_math,
        relative_to_the_first_gain,
        total_gain,
        gain_per_iteration,
        per_point_of_the_notebook,
        sizes_compared,
        small_falls_do_not_stop,
        large_falls_stop,
        falls_stop,
        strictly_less_for_falls,
        strictly_less,
        a_trifle_added_to_tol,
        compared_with_the_best,
        nothing_to_compare_with_at_0,
        two_small_gains,
        smallest_change_so_far,
        rounded_gain,
        means_at_rest,
        compared_with_all,
        mean_of_two_changes,
        never_at_tol_0,
        never_after_one_iteration,
        stops_above_0,
        compared_in_single,
        until_step_returns_what_it_was_given,
        last_of_all_thrown_away,
        nothing_where_max_iter_is_0,
        ungraded_where_max_iter_is_0,
        each_beside_the_one_before,
        step_called_for_each_of_the_two,
        graded_by_another_call,
        one_call_more_at_the_end,
        everything_graded_again,
        runs_to_the_end_and_cuts,
        the_other_way_round,
        trace_in_single,
        trace_in_single_as_floats,
        trace_in_half,
        trace_rounded,
        trace_per_point,
        falls_thrown_away,
        highest_last,
        start_at_every_place,
        the_limits_of_the_classic_run,
    ),
}
RIGHT = {
    "log_likelihood": (
        in_plain_loops,
        by_pairs,
        sorted_and_exact,
        through_the_best,
        LogLikelihood(),
    ),
    "em_loop": (
        with_the_last_two_in_hand,
        with_minus_infinity_for_the_first,
        with_a_change_above_tol,
        as_tuples,
        as_arrays,
        as_a_fit,
        by_np_isclose,
        Loop(),
    ),
}
