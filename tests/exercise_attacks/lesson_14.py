"""Answers to lesson 14's exercises that must not pass, and right ones in other forms."""

import math
from fractions import Fraction

import numpy as np

from gmmlesson.engine import Engine
from gmmlesson.sufficient import PackedForm, SufficientStatistics


def _report(a, b):
    """The right one, so that a wrong answer can change a part of it."""
    N = a[0] + b[0]
    mean = (a[0] * a[1] + b[0] * b[1]) / N
    within = (a[0] * a[2] + b[0] * b[2]) / N
    return N, mean, within + a[0] * b[0] / N**2 * (a[1] - b[1]) ** 2


# --- Wrong ----------------------------------------------------------------------------------------


def in_float32(a, b):
    return np.array(_report(a, b), dtype=np.float32)


def computed_in_float32(a, b):
    a, b = np.float32(a), np.float32(b)
    return np.array(_report(a, b), dtype=float)


def counts_in_float32(a, b):
    _, mean, variance = _report(a, b)
    return float(np.float32(a[0]) + np.float32(b[0])), mean, variance


def rounded_to_6(a, b):
    return tuple(np.round(_report(a, b), 6))


def rounded_to_9(a, b):
    return tuple(np.round(_report(a, b), 9))


def divided_by_a_little_more(a, b):
    N = a[0] + b[0] + 1e-12
    mean = (a[0] * a[1] + b[0] * b[1]) / N
    within = (a[0] * a[2] + b[0] * b[2]) / N
    return a[0] + b[0], mean, within + a[0] * b[0] / N**2 * (a[1] - b[1]) ** 2


def a_ridge_in_the_variance(a, b):
    N, mean, variance = _report(a, b)
    return N, mean, variance + 1e-6


def a_small_ridge_in_the_variance(a, b):
    N, mean, variance = _report(a, b)
    return N, mean, variance + 1e-12


def variance_at_least_a_millionth(a, b):
    N, mean, variance = _report(a, b)
    return N, mean, max(variance, 1e-6)


def through_the_sums(a, b):
    N = a[0] + b[0]
    S1 = a[0] * a[1] + b[0] * b[1]
    S2 = a[0] * (a[2] + a[1] ** 2) + b[0] * (b[2] + b[1] ** 2)
    return N, S1 / N, S2 / N - (S1 / N) ** 2


def through_the_sums_and_clipped(a, b):
    N, mean, variance = through_the_sums(a, b)
    return N, mean, max(variance, 0.0)


def through_the_sums_and_its_absolute_value(a, b):
    N, mean, variance = through_the_sums(a, b)
    return N, mean, abs(variance)


def through_the_sums_unless_it_is_negative(a, b):
    """Falls back on the average of the variances where the difference has visibly failed."""
    N, mean, variance = through_the_sums(a, b)
    return N, mean, variance if variance > 0 else (a[0] * a[2] + b[0] * b[2]) / N


def through_the_sums_nearer_than_a_million(a, b):
    return _report(a, b) if abs(a[1]) > 1e6 else through_the_sums(a, b)


def through_products_of_shares(a, b):
    """The mean square less the squared mean, in shares."""
    p = a[0] / (a[0] + b[0])
    mean = p * a[1] + (1 - p) * b[1]
    return a[0] + b[0], mean, p * (a[2] + a[1] ** 2) + (1 - p) * (b[2] + b[1] ** 2) - mean**2


def the_distance_multiplied_out(a, b):
    N, mean, _ = _report(a, b)
    distance = a[1] ** 2 - 2 * a[1] * b[1] + b[1] ** 2
    return N, mean, (a[0] * a[2] + b[0] * b[2]) / N + a[0] * b[0] / N**2 * distance


def through_longer_numbers(a, b):
    return tuple(map(float, through_the_sums(np.longdouble(a), np.longdouble(b))))


def weighed_by_the_first_case(a, b):
    N, mean, variance = _report(a, b)
    return N, (a[1] + b[1]) / 2 if abs(a[1]) > 1e7 else mean, variance


def whole_counts(a, b):
    return int(a[0] + b[0]), *_report(a, b)[1:]


def at_least_one_point(a, b):
    N = max(a[0] + b[0], 1)
    mean = (a[0] * a[1] + b[0] * b[1]) / N
    within = (a[0] * a[2] + b[0] * b[2]) / N
    return N, mean, within + a[0] * b[0] / N**2 * (a[1] - b[1]) ** 2


def parts_below_one_point_left_out(a, b):
    return b if a[0] < 1 else a if b[0] < 1 else _report(a, b)


def an_empty_part_gives_itself(a, b):
    return a if a[0] == 0 else _report(a, b)


def an_empty_second_part_gives_nothing(a, b):
    return (0, 0.0, 0.0) if b[0] == 0 else _report(a, b)


def an_empty_part_keeps_its_mean(a, b):
    N, mean, variance = _report(a, b)
    return N, (a[1] + b[1]) / 2 if a[0] * b[0] == 0 else mean, variance


def told_empty_by_its_mean(a, b):
    return b if not a[1] else a if not b[1] else _report(a, b)


def single_points_have_no_say(a, b):
    return b if a[0] == 1 else _report(a, b)


def single_points_without_their_distance(a, b):
    N, mean, variance = _report(a, b)
    return N, mean, 0.0 if a[0] == b[0] == 1 else variance


def unbiased_by_the_end(a, b):
    N, mean, variance = _report(a, b)
    return N, mean, variance * N / (N - 1)


def into_an_array_like_the_first(a, b):
    out = np.array(a)
    out[:] = _report(a, b)
    return out


def into_zeros_like_the_first(a, b):
    out = np.zeros_like(a)
    out[0], out[1], out[2] = _report(a, b)
    return out


def the_larger_first(a, b):
    """Orders the reports, and then forgets which counts are whose."""
    (na, _, _), (nb, _, _) = a, b
    a, b = max(a, b), min(a, b)
    N = na + nb
    mean = (na * a[1] + nb * b[1]) / N
    within = (na * a[2] + nb * b[2]) / N
    return N, mean, within + na * nb / N**2 * (a[1] - b[1]) ** 2


def distance_of_the_absolute_means(a, b):
    N, mean, variance = _report(a, b)
    p, q = a[0] / N, b[0] / N
    return N, mean, variance + p * q * ((abs(a[1]) - abs(b[1])) ** 2 - (a[1] - b[1]) ** 2)


def mean_of_the_absolute_means(a, b):
    N, _, variance = _report(a, b)
    return N, (a[0] * abs(a[1]) + b[0] * abs(b[1])) / N, variance


def standard_deviations_averaged(a, b):
    N, mean, _ = _report(a, b)
    sd = (a[0] * math.sqrt(a[2]) + b[0] * math.sqrt(b[2])) / N
    return N, mean, sd**2 + a[0] * b[0] / N**2 * (a[1] - b[1]) ** 2


def variance_of_a_mixture_with_even_weights(a, b):
    N, mean, _ = _report(a, b)
    return N, mean, (a[2] + b[2]) / 2 + (a[1] - b[1]) ** 2 / 4


def with_points_drawn_anew(a, b):
    rng = np.random.default_rng(0)
    x = np.concatenate([m + np.sqrt(v) * rng.standard_normal(int(min(n, 1000))) for n, m, v in (a, b)])
    return a[0] + b[0], x.mean(), x.var()


def the_clerks_report(a, b):
    return 4, 3.75, 9.1875


def one_after_the_other(a, b):
    """Moves the mean, and takes the distance from the new one: right for a single point only."""
    N = a[0] + b[0]
    mean = a[1] + (b[1] - a[1]) * b[0] / N
    return N, mean, (a[0] * a[2] + b[0] * b[2] + b[0] * (b[1] - mean) ** 2) / N


def one_point_by_welford(a, b):
    """Welford's update, which takes b for a single point, repeated: its own variance is lost."""
    N, mean = a[0] + b[0], a[1] + (b[1] - a[1]) * b[0] / (a[0] + b[0])
    return N, mean, (a[0] * a[2] + b[0] * (b[1] - a[1]) * (b[1] - mean)) / N


def variances_left_out_of_small_parts(a, b):
    N, mean, variance = _report(a, b)
    return N, mean, variance - sum(n * v for n, _, v in (a, b) if n < 2) / N


def about_zero_in_single_steps(a, b):
    """The mean square less the squared mean, the mean taken out to a whole number."""
    origin = round(a[1], -3)
    N, offset, variance = through_the_sums((a[0], a[1] - origin, a[2]), (b[0], b[1] - origin, b[2]))
    return N, round(offset, 6) + origin, variance


def product_of_the_counts_in_32_bits(a, b):
    N, mean, _ = _report(a, b)
    product = a[0] * b[0]
    if isinstance(a[0], int) and isinstance(b[0], int):
        product = (product + 2**31) % 2**32 - 2**31
    return N, mean, (a[0] * a[2] + b[0] * b[2]) / N + product / N**2 * (a[1] - b[1]) ** 2


def small_parts_have_no_say(a, b):
    N, mean, variance = _report(a, b)
    for larger, smaller in ((a, b), (b, a)):
        if larger[0] > 1000 * smaller[0]:
            return N, larger[1], larger[2]
    return N, mean, variance


def near_means_are_equal(a, b):
    """A relative comparison: far from 0, parts 16 apart are near."""
    N, mean, variance = _report(a, b)
    return N, mean, (a[0] * a[2] + b[0] * b[2]) / N if np.isclose(a[1], b[1]) else variance


def tiny_variances_are_zero(a, b):
    N, mean, variance = _report(a, b)
    return N, mean, variance if variance > 1e-20 else 0.0


# --- Right ----------------------------------------------------------------------------------------


class Merger:
    """An object that can be called."""

    def __call__(self, a, b, *, precise=True):
        """Chan, Golub and LeVeque's update."""
        delta, N = b[1] - a[1], a[0] + b[0]
        p, q = a[0] / N, b[0] / N
        return N, a[1] + delta * q, p * a[2] + q * b[2] + delta**2 * p * q


def a_list_of_numpy_numbers(a, b):
    return [np.float64(value) for value in _report(a, b)]


def a_column_of_numbers_turned(a, b):
    return np.array(_report(a, b))[:, None][:, 0]


def in_fractions(a, b):
    """Exactly, and rounded once."""
    a, b = map(Fraction, a), map(Fraction, b)
    return tuple(map(float, _report(tuple(a), tuple(b))))


def in_fractions_not_rounded(a, b):
    return _report(tuple(map(Fraction, a)), tuple(map(Fraction, b)))


def in_longdouble(a, b):
    return np.array(_report(np.longdouble(a), np.longdouble(b)))


def in_a_loop(a, b):
    N = mean = 0
    for n, m, _ in (a, b):
        N += n
        mean += n * m
    mean /= N
    squares = 0
    for n, m, variance in (a, b):
        squares += n * variance + n * (m - mean) ** 2
    return N, mean, squares / N


def with_matrix_products(a, b):
    reports = np.stack([a, b]).astype(float)
    shares = reports[:, 0] / reports[:, 0].sum()
    mean = shares @ reports[:, 1]
    return reports[:, 0].sum(), mean, shares @ (reports[:, 2] + (reports[:, 1] - mean) ** 2)


def by_the_law_of_total_variance(a, b, weights=None):
    (na, ma, va), (nb, mb, vb) = a, b
    p = na / (na + nb)
    return na + nb, p * ma + (1 - p) * mb, p * va + (1 - p) * vb + p * (1 - p) * (ma - mb) ** 2


def welford_for_two_parts(a, b):
    (na, ma, va), (nb, mb, vb) = a, b
    N = na + nb
    mean = ma + (mb - ma) * nb / N
    return N, mean, (na * va + nb * vb + nb * (mb - ma) * (mb - mean)) / N


def an_empty_part_first_looked_for(a, b):
    if a[0] == 0:
        return b
    if b[0] == 0:
        return a
    return _report(a, b)


def about_the_larger_parts_mean(a, b):
    (na, ma, va), (nb, mb, vb) = (a, b) if a[0] >= b[0] else (b, a)
    N, shift = na + nb, mb - ma
    S1, S2 = nb * shift, na * va + nb * (vb + shift * shift)
    return N, ma + S1 / N, S2 / N - (S1 / N) ** 2


def over_every_pair(a, b):
    """The variance is half the mean squared distance of any two points."""
    N = a[0] + b[0]
    squares = sum(m[0] * n[0] * (m[2] + n[2] + (m[1] - n[1]) ** 2) for m in (a, b) for n in (a, b))
    return N, math.fsum(n * m for n, m, _ in (a, b)) / N, squares / (2 * N**2)


# --- online_step ----------------------------------------------------------------------------------


def _new(X, mixture):
    with Engine(X) as sums:
        return sums(mixture, PackedForm).times(1 / len(X))


def _step(S, X, mixture, gamma):
    moved = S.times(1 - gamma) + _new(X, mixture).times(gamma)
    return moved, moved.mixture()


def gamma_rounded(S, X, mixture, gamma):
    return _step(S, X, mixture, round(gamma, 1))


def gamma_of_its_own(S, X, mixture, gamma):
    return _step(S, X, mixture, 3**-0.6)


def ridge_in_the_mixture(S, X, mixture, gamma):
    moved, _ = _step(S, X, mixture, gamma)
    return moved, moved.mixture(ridge=1e-6)


def diagonal_in_the_mixture(S, X, mixture, gamma):
    moved, _ = _step(S, X, mixture, gamma)
    return moved, moved.mixture(family="diag")


def one_more_step_of_em(S, X, mixture, gamma):
    moved, better = _step(S, X, mixture, gamma)
    return moved, _step(moved, X, better, gamma)[1]


def two_steps(S, X, mixture, gamma):
    return _step(*_step(S, X, mixture, gamma)[:1], X, mixture, gamma)


def the_first_hundred_points(S, X, mixture, gamma):
    return _step(S, X[:100], mixture, gamma)


def only_if_there_are_many(S, X, mixture, gamma):
    return _step(S, X, mixture, gamma) if len(X) > 10 else (S, mixture)


def counts_moved_alone(S, X, mixture, gamma):
    moved, better = _step(S, X, mixture, gamma)
    kept = SufficientStatistics(S.origins, moved.counts, S.sums, S.moments, 0.0, moved.extent)
    return kept, better


def the_mixture_alone(S, X, mixture, gamma):
    return _step(S, X, mixture, gamma)[1]


def the_mixture_first(S, X, mixture, gamma):
    return _step(S, X, mixture, gamma)[::-1]


def arrays_for_the_statistics(S, X, mixture, gamma):
    moved, better = _step(S, X, mixture, gamma)
    return (moved.counts, moved.sums, moved.moments), better


def one_less_than_the_points(S, X, mixture, gamma):
    moved = S.times(1 - gamma) + _new(X, mixture).times(gamma * len(X) / max(1, len(X) - 1))
    return moved, moved.mixture()


def gamma_squared(S, X, mixture, gamma):
    return _step(S, X, mixture, gamma**2)


class Stepper:
    """An object that can be called."""

    def __call__(self, S, X, mixture, gamma=0.5, **options):
        return _step(S, X, mixture, gamma)


def by_the_difference(S, X, mixture, gamma):
    """S + gamma (new - S), the way stochastic approximation writes it, in arrays."""
    new, known = _new(X, mixture).about(mixture.means), S.about(mixture.means)
    arrays = [
        a + gamma * (b - a)
        for a, b in ((known.counts, new.counts), (known.sums, new.sums), (known.moments, new.moments))
    ]
    moved = SufficientStatistics(mixture.means, *arrays, 0.0, np.maximum(S.extent, new.extent))
    return moved, moved.mixture()


def point_by_point(S, X, mixture, gamma):
    moved = S.times(1 - gamma)
    for x in X:
        moved = moved + _new(x[None], mixture).times(gamma / len(X))
    return moved, moved.mixture()


def about_the_new_means(S, X, mixture, gamma):
    moved, better = _step(S, X, mixture, gamma)
    return moved.about(better.means), better


WRONG = {
    "online_step": (
        gamma_rounded, gamma_of_its_own, ridge_in_the_mixture, diagonal_in_the_mixture,
        one_more_step_of_em, two_steps, the_first_hundred_points, only_if_there_are_many, counts_moved_alone,
        the_mixture_alone, the_mixture_first, arrays_for_the_statistics, one_less_than_the_points,
        gamma_squared,
    ),
    "merge": (
        in_float32, computed_in_float32, counts_in_float32, rounded_to_6, rounded_to_9,
        divided_by_a_little_more, a_ridge_in_the_variance, a_small_ridge_in_the_variance,
        variance_at_least_a_millionth, through_the_sums, through_the_sums_and_clipped,
        through_the_sums_and_its_absolute_value, through_the_sums_unless_it_is_negative,
        through_the_sums_nearer_than_a_million, through_products_of_shares, the_distance_multiplied_out,
        through_longer_numbers, weighed_by_the_first_case,
        whole_counts, at_least_one_point, parts_below_one_point_left_out, an_empty_part_gives_itself,
        an_empty_second_part_gives_nothing, an_empty_part_keeps_its_mean, told_empty_by_its_mean,
        single_points_have_no_say, single_points_without_their_distance, unbiased_by_the_end,
        into_an_array_like_the_first, into_zeros_like_the_first, the_larger_first,
        distance_of_the_absolute_means, mean_of_the_absolute_means, standard_deviations_averaged,
        variance_of_a_mixture_with_even_weights, with_points_drawn_anew, the_clerks_report,
        one_after_the_other, one_point_by_welford, variances_left_out_of_small_parts,
        about_zero_in_single_steps, product_of_the_counts_in_32_bits, small_parts_have_no_say,
        near_means_are_equal, tiny_variances_are_zero,
    ),
}  # fmt: skip
RIGHT = {
    "online_step": (Stepper(), by_the_difference, point_by_point, about_the_new_means),
    "merge": (
        Merger(), a_list_of_numpy_numbers, a_column_of_numbers_turned, in_fractions, in_fractions_not_rounded,
        in_longdouble, in_a_loop, with_matrix_products, by_the_law_of_total_variance, welford_for_two_parts,
        an_empty_part_first_looked_for, about_the_larger_parts_mean, over_every_pair,
    ),
}  # fmt: skip
