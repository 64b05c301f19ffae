"""Answers to the exercises of lesson 08: wrong ones that look right, and right ones in unusual forms."""

import collections
import copy
import functools
import heapq
import math

import numpy as np

from gmmlesson import CollapsedComponent, Mixture

# --- hardy_best_of, wrong ------------------------------------------------------------------------


def _ends(run, starts, caught=CollapsedComponent):
    """[(mixture, log-likelihood)] of the runs that come to an end, and what was caught."""
    ends, errors = [], []
    for start in starts:
        try:
            ends.append(run(start))
        except caught as error:
            errors.append(error)
    return ends, errors


def _highest(ends, errors):
    if not ends:
        raise errors[-1] if errors else ValueError("every log-likelihood is NaN")
    return max(ends, key=lambda end: end[1])[0]


def _numbers(ends):
    return [end for end in ends if not math.isnan(end[1])]


def nan_found_by_identity(run, starts):
    ends, errors = _ends(run, starts)
    return _highest([end for end in ends if end[1] is not np.nan], errors)


def nan_found_by_membership(run, starts):
    ends, errors = _ends(run, starts)
    return _highest([end for end in ends if end[1] not in (np.nan, math.nan, None)], errors)


def _beginning_at(lowest):
    def beginning(run, starts):
        best, highest, collapse = None, lowest, None
        for start in starts:
            try:
                mixture, log_likelihood = run(start)
            except CollapsedComponent as error:
                collapse = error
                continue
            if log_likelihood > highest:
                best, highest = mixture, log_likelihood
        if best is None:
            raise collapse or ValueError("every log-likelihood is NaN")
        return best

    beginning.__name__ = f"beginning_at_{lowest:g}".replace("-", "minus_").replace("+", "")
    return beginning


def nan_made_a_very_low_number(run, starts):
    ends, errors = _ends(run, starts)
    ends = [(mixture, -1e12 if math.isnan(grade) else grade) for mixture, grade in ends]
    return _highest([end for end in ends if end[1] > -1e11], errors)


def nan_marked_by_minus_999(run, starts):
    ends, errors = _ends(run, starts)
    grades = np.nan_to_num([end[1] for end in ends], nan=-999.0)
    if all(grade == -999 for grade in grades):
        raise errors[-1] if errors else ValueError("every log-likelihood is NaN")
    return ends[int(grades.argmax())][0]


def nan_marked_by_zero(run, starts):
    ends, errors = _ends(run, starts)
    return _highest([end for end in ends if np.nan_to_num(end[1])], errors)


def removes_from_the_list_it_walks_through(run, starts):
    ends, errors = _ends(run, starts)
    for i, end in enumerate(ends):
        if math.isnan(end[1]):
            del ends[i]
    return _highest(ends, errors)


def tuples_compared_at_a_tie(run, starts):
    ends, errors = _ends(run, starts)
    ends = sorted((grade, mixture) for mixture, grade in _numbers(ends))
    if not ends:
        raise errors[-1] if errors else ValueError("every log-likelihood is NaN")
    return ends[-1][1]


def stops_at_the_first_tie(run, starts):
    best, highest, collapse = None, -math.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if log_likelihood == highest:
            break
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("every log-likelihood is NaN")
    return best


def grades_rounded(run, starts):
    ends, errors = _ends(run, starts)
    return _highest([(mixture, round(grade, 3)) for mixture, grade in _numbers(ends)], errors)


def grades_in_float32(run, starts):
    ends, errors = _ends(run, starts)
    return _highest([(mixture, np.float32(grade)) for mixture, grade in _numbers(ends)], errors)


def six_starts_are_enough(run, starts):
    ends, errors = _ends(run, starts[:6])
    return _highest(_numbers(ends), errors)


def runs_the_winner_again(run, starts):
    grades, collapse = [], None
    for start in starts:
        try:
            grades.append(run(start)[1])
        except CollapsedComponent as error:
            collapse = error
            grades.append(math.nan)
    if np.isnan(grades).all():
        raise collapse or ValueError("every log-likelihood is NaN")
    return run(starts[int(np.nanargmax(grades))])[0]


def collapse_made_up(run, starts):
    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        raise CollapsedComponent(0, 0.0)
    return _highest(_numbers(ends), errors)


def collapse_without_its_iteration(run, starts):
    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        raise CollapsedComponent(errors[0].component, errors[0].count)
    return _highest(_numbers(ends), errors)


def collapse_where_nothing_collapsed(run, starts):
    ends, errors = _ends(run, starts)
    if not _numbers(ends):
        raise errors[0] if errors else CollapsedComponent(0, 0.0)
    return _highest(_numbers(ends), errors)


def the_error_of_max(run, starts):
    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        raise errors[0]
    return max(_numbers(ends), key=lambda end: end[1])[0]


def the_error_of_argmax(run, starts):
    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        raise errors[0]
    return _numbers(ends)[np.argmax([end[1] for end in _numbers(ends)])][0]


def the_error_of_nanargmax(run, starts):
    """Its words are "All-NaN slice encountered"."""
    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        raise errors[0]
    return ends[np.nanargmax([end[1] for end in ends])][0]


def bug_swallowed_from_the(first):
    def swallowing(run, starts):
        ends, errors = _ends(run, starts[: first - 1])
        for start in starts[first - 1 :]:
            try:
                ends.append(run(start))
            except CollapsedComponent as error:
                errors.append(error)
            except Exception:
                continue
        return _highest(_numbers(ends), errors)

    swallowing.__name__ = f"bug_swallowed_from_start_{first}_on"
    return swallowing


def nothing_from_50_on(run, starts):
    ends, errors = _ends(run, starts)
    return _highest([end for end in _numbers(ends) if end[1] < 50], errors)


def bug_raised_as_a_copy(run, starts):
    ends, errors = _ends(run, starts, Exception)
    for error in errors:
        if not isinstance(error, CollapsedComponent):
            raise type(error)(*error.args)
    return _highest(_numbers(ends), errors)


def bug_wrapped(run, starts):
    ends, errors = _ends(run, starts, Exception)
    for error in errors:
        if not isinstance(error, CollapsedComponent):
            raise RuntimeError("a bug in run") from error
    return _highest(_numbers(ends), errors)


def collapses_known_by_their_text(run, starts):
    ends, errors = _ends(run, starts, ValueError)
    for error in errors:
        if "collapsed" not in str(error):
            raise error
    return _highest(_numbers(ends), errors)


def bare_except(run, starts):
    best, highest, last = None, -math.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except:  # noqa: E722
            continue
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    if best is None:
        raise last or ValueError("nothing left")
    return best


def _catching(*others):
    def catching(run, starts):
        ends, errors = _ends(run, starts, (CollapsedComponent, *others))
        return _highest(_numbers(ends), errors)

    catching.__name__ = "catching_" + "_and_".join(other.__name__ for other in others)
    return catching


def the_start_of_the_best(run, starts):
    return starts[[run(start)[1] for start in starts].index(max(run(start)[1] for start in starts))]


def a_mixture_of_its_own(run, starts):
    ends, errors = _ends(run, starts)
    best = _highest(_numbers(ends), errors)
    return Mixture([1.0], best.means / 2, best.covariances)


def only_the_collapse_mended(run, starts):
    return _highest(*_ends(run, starts))


def only_the_nan_mended(run, starts):
    return _highest(_numbers([run(start) for start in starts]), [])


def collapse_copied_whole(run, starts):
    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        raise CollapsedComponent(*errors[-1].args) from errors[-1]
    return _highest(_numbers(ends), errors)


def collapse_copied_by_copy(run, starts):
    ends, errors = _ends(run, starts)
    return _highest(_numbers(ends), [copy.copy(error) for error in errors])


def runs_again_to_raise_a_collapse(run, starts):
    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        ends = [run(start) for start in starts]
    return _highest(_numbers(ends), errors)


def value_error_beside_a_collapse(run, starts):
    ends, errors = _ends(run, starts)
    if ends and not _numbers(ends):
        raise ValueError("every log-likelihood is NaN")
    return _highest(_numbers(ends), errors)


def sorted_with_nan_among_them(run, starts):
    ends, errors = _ends(run, starts)
    ends.sort(key=lambda end: end[1])
    while ends and math.isnan(ends[-1][1]):
        ends.pop()
    return _highest(ends[-1:], errors)


def kept_by_their_printed_grades(run, starts):
    ends, errors = _ends(run, starts)
    printed = {f"{grade:.3f}": mixture for mixture, grade in _numbers(ends)}
    return _highest([(mixture, float(grade)) for grade, mixture in printed.items()], errors)


def collapses_known_by_the_word_component(run, starts):
    ends, errors = _ends(run, starts, ValueError)
    for error in errors:
        if "component" not in str(error):
            raise error
    return _highest(_numbers(ends), errors)


def ten_starts_are_enough(run, starts):
    ends, errors = _ends(run, starts[:10])
    return _highest(_numbers(ends), errors)


def gives_up_after_three_failures_in_a_row(run, starts):
    best, highest, failures, collapse = None, -math.inf, 0, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            mixture, log_likelihood, collapse = None, math.nan, error
        failures = failures + 1 if math.isnan(log_likelihood) else 0
        if failures == 3:
            break
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("every log-likelihood is NaN")
    return best


def collapse_of_the_majority(run, starts):
    ends, errors = _ends(run, starts)
    return _highest(_numbers(ends) if len(errors) <= len(starts) / 2 else [], errors)


def not_lower_is_kept(run, starts):
    best, highest, collapse = None, -math.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if not log_likelihood <= highest:
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("every log-likelihood is NaN")
    return best


def try_around_the_loop(run, starts):
    ends, errors = [], []
    try:
        for start in starts:
            ends.append(run(start))
    except CollapsedComponent as error:
        errors.append(error)
    return _highest(_numbers(ends), errors)


def returned_while_it_is_raised(run, starts):
    ends = []
    try:
        for start in starts:
            ends += _ends(run, [start])[0]
    finally:
        if _numbers(ends):
            return _highest(_numbers(ends), [])  # noqa: B012
    raise ValueError("every log-likelihood is NaN")


# --- hardy_best_of, right ------------------------------------------------------------------------


class Best:
    """A function in the form of an object."""

    def __call__(self, run, starts, *, verbose=False):
        ends, errors = _ends(run, starts)
        return _highest(_numbers(ends), errors)


def nan_made_minus_infinity(run, starts):
    ends, errors = _ends(run, starts)
    grades = np.nan_to_num([end[1] for end in ends], nan=-np.inf) if ends else np.array([])
    if not np.isfinite(grades).any():
        raise errors[0] if errors else ValueError("every log-likelihood is NaN")
    return ends[int(grades.argmax())][0]


def folded(run, starts):
    def better(best, start):
        mixture, grade, last = best
        try:
            new, log_likelihood = run(start)
        except CollapsedComponent as error:
            return mixture, grade, error
        keep = math.isnan(log_likelihood) or (mixture is not None and grade >= log_likelihood)
        return (mixture, grade, last) if keep else (new, log_likelihood, last)

    mixture, _, last = functools.reduce(better, starts, (None, None, None))
    if mixture is None and last is not None:
        raise last from None
    if mixture is None:
        raise ValueError
    return mixture


def value_errors_sorted_by_type(run, starts):
    ends, errors = [], []
    for start in starts:
        try:
            ends.append(run(start))
        except ValueError as error:
            if not isinstance(error, CollapsedComponent):
                raise
            errors.append(error)
    try:
        return sorted(_numbers(ends), key=lambda end: end[1])[-1]
    except IndexError:
        pass
    raise errors[0] if errors else ValueError("all NaN")


def collapse_raised_from_nothing(run, starts):
    class NothingLeft(ValueError):
        pass

    ends, errors = _ends(run, starts)
    if not _numbers(ends) and errors:
        raise errors[len(errors) // 2].with_traceback(None) from None
    if not _numbers(ends):
        raise NothingLeft("every log-likelihood is NaN")
    return _highest(_numbers(ends), errors)


def by_a_heap(run, starts):
    heap, collapse = [], None
    for i, start in enumerate(starts):
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
        else:
            if log_likelihood == log_likelihood:
                heapq.heappush(heap, (-log_likelihood, i, mixture))
    if not heap:
        raise collapse or ValueError("every log-likelihood is NaN")
    return heapq.heappop(heap)[2]


# --- look ----------------------------------------------------------------------------------------


def _parts(ends, n, place=None, near=0.05):
    """What `look` asks for, of the run at a place: heights, mixture, held, thin, agree."""
    heights = np.array([end[0] for end in ends])
    place = int(np.nanargmax(heights)) if place is None else place
    mixture = ends[place][1]
    thin = np.sqrt(np.linalg.eigvalsh(mixture.covariances)[:, 0])
    return heights, mixture, n * mixture.weights, thin, int((heights[place] - heights <= near).sum())


def _look(change):
    """A wrong answer: `change` is given heights, mixture, held, thin, agree, n -> what is returned."""

    def looking(ends, n):
        return change(*_parts(ends, n), n)

    return looking


def _named(name, change):
    looking = _look(change)
    looking.__name__ = name
    return looking


def _within(near):
    def looking(ends, n):
        return _parts(ends, n, near=near)[1:]

    looking.__name__ = f"within_{near:g}"
    return looking


def first_within_reach_of_the_highest(ends, n):
    heights = np.array([end[0] for end in ends])
    place = int((np.nanmax(heights) - heights <= 0.05).argmax())
    agree = (np.nanmax(heights) - heights <= 0.05).sum()
    return *_parts(ends, n, place)[1:4], agree


def last_within_reach_of_the_highest(ends, n):
    heights = np.array([end[0] for end in ends])
    agree = np.nanmax(heights) - heights <= 0.05
    return *_parts(ends, n, int(np.flatnonzero(agree)[-1]))[1:4], agree.sum()


def highest_of_the_rounded(ends, n):
    heights = np.array([end[0] for end in ends]).round(1)
    return *_parts(ends, n, int(np.nanargmax(heights)))[1:4], _parts(ends, n)[4]


def nan_made_zero(ends, n):
    heights = np.nan_to_num([end[0] for end in ends])
    place = int(heights.argmax())
    return *_parts(ends, n, place)[1:4], (heights[place] - heights <= 0.05).sum()


def nan_made_zero_in_the_count(ends, n):
    heights, *seen, _ = _parts(ends, n)
    return *seen, (np.nanmax(heights) - np.nan_to_num(heights) <= 0.05).sum()


def nan_made_minus_999(ends, n):
    heights = np.nan_to_num([end[0] for end in ends], nan=-999.0)
    return _parts(ends, n, int(heights.argmax()))[1:]


def begins_at_minus_1e6(ends, n):
    place, highest = 0, -1e6
    for i, end in enumerate(ends):
        if end[0] > highest:
            place, highest = i, end[0]
    return _parts(ends, n, place)[1:]


def pairs_compared(ends, n):
    ranked = sorted(end for end in ends if end[0] == end[0])
    return _parts(ranked, n, len(ranked) - 1)[1:]


def sorted_with_nan_among_the_ends(ends, n):
    ranked = sorted(ends, key=lambda end: -end[0])
    return _parts(ranked, n, 0)[1:]


def thin_of_the_fattest_by_eigh_columns(ends, n):
    _, mixture, held, _, agree = _parts(ends, n)
    vectors = np.linalg.eigh(mixture.covariances)[1]
    return mixture, held, np.sqrt(np.abs(np.einsum("kii->ki", vectors)[:, 0])), agree


def thin_in_order(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    return mixture, held, np.sort(thin), agree


def held_in_order(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    return mixture, np.sort(held), thin, agree


def thin_by_inertia_of_the_diagonal_blocks(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    S = mixture.covariances
    if S.shape[-1] != 2:
        return mixture, held, thin, agree
    half, det = np.trace(S, axis1=1, axis2=2) / 2, np.linalg.det(S)
    return mixture, held, np.sqrt(half + np.sqrt(half**2 - det)), agree


def thin_right_in_the_plane_alone(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    S = mixture.covariances
    if S.shape[-1] == 2:
        return mixture, held, thin, agree
    return mixture, held, np.sqrt(np.einsum("kii->ki", S).min(axis=1)), agree


def thin_of_all_mixtures(ends, n):
    _, mixture, held, _, agree = _parts(ends, n)
    return mixture, held, np.min([_parts([end], n, 0)[3] for end in ends], axis=0), agree


def held_by_equal_shares(ends, n):
    _, mixture, _, thin, agree = _parts(ends, n)
    return mixture, np.full(mixture.k, n / mixture.k), thin, agree


def agree_counts_mixtures_that_are_equal(ends, n):
    _, mixture, held, thin, _ = _parts(ends, n)
    same = [end for end in ends if np.allclose(end[1].means, mixture.means)]
    return mixture, held, thin, len(same)


def agree_by_set(ends, n):
    heights, mixture, held, thin, _ = _parts(ends, n)
    return mixture, held, thin, len({h for h in heights.tolist() if np.nanmax(heights) - h <= 0.05})


def floor_under_the_thin(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    return mixture, held, np.maximum(thin, 1e-3), agree


def a_ridge_in_the_thin(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    return mixture, held, np.sqrt(thin**2 + 1e-6), agree


def three_things(ends, n):
    return _parts(ends, n)[1:4]


def held_before_thin_exchanged(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    return mixture, thin, held, agree


def the_place_for_the_mixture(ends, n):
    heights, _, held, thin, agree = _parts(ends, n)
    return int(np.nanargmax(heights)), held, thin, agree


def sorts_what_it_was_given_and_looks_at_the_wrong_end(ends, n):
    ends.sort(key=lambda end: end[0])
    return _parts(ends, n, -1)[1:]


class Looking:
    """A right answer in the form of an object, which names what it returns."""

    def __call__(self, ends, n, *, near=0.05):
        Seen = collections.namedtuple("Seen", "mixture held thin agree")
        return Seen(*_parts(ends, n, near=near)[1:])


def in_float32(ends, n):
    _, mixture, held, thin, agree = _parts(ends, n)
    return mixture, held.astype(np.float32), thin.astype(np.float32), float(agree)


def by_the_longest_axis_of_the_inverse(ends, n):
    best = functools.reduce(lambda a, b: b if not a[0] >= b[0] and b[0] == b[0] else a, ends)
    axes = [1 / math.sqrt(max(np.linalg.eigvalsh(np.linalg.inv(S)))) for S in best[1].covariances]
    return best[1], best[1].weights * n, axes, sum(best[0] - 0.05 <= end[0] <= best[0] for end in ends)


def sorts_in_place(ends, n):
    ends.sort(key=lambda end: -end[0] if end[0] == end[0] else math.inf)
    return _parts(ends, n, 0)[1:]


WRONG = {
    "look": (
        *map(_within, (0.0, 0.01, 0.02, 0.06, 0.1, 0.5, 1.0)),
        first_within_reach_of_the_highest,
        last_within_reach_of_the_highest,
        highest_of_the_rounded,
        nan_made_zero,
        nan_made_zero_in_the_count,
        nan_made_minus_999,
        begins_at_minus_1e6,
        pairs_compared,
        sorted_with_nan_among_the_ends,
        thin_of_the_fattest_by_eigh_columns,
        thin_in_order,
        held_in_order,
        thin_by_inertia_of_the_diagonal_blocks,
        thin_right_in_the_plane_alone,
        thin_of_all_mixtures,
        held_by_equal_shares,
        agree_counts_mixtures_that_are_equal,
        agree_by_set,
        floor_under_the_thin,
        a_ridge_in_the_thin,
        three_things,
        held_before_thin_exchanged,
        the_place_for_the_mixture,
        sorts_what_it_was_given_and_looks_at_the_wrong_end,
        _named("held_without_a_point", lambda h, m, held, thin, agree, n: (m, held - 1 / n, thin, agree)),
        _named("held_of_n_minus_1", lambda h, m, held, thin, agree, n: (m, held * (n - 1) / n, thin, agree)),
        _named("held_cut_off", lambda h, m, held, thin, agree, n: (m, held.astype(int), thin, agree)),
        _named("thin_doubled", lambda h, m, held, thin, agree, n: (m, held, 2 * thin, agree)),
        _named("thin_rounded", lambda h, m, held, thin, agree, n: (m, held, thin.round(2), agree)),
        _named("agree_true", lambda h, m, held, thin, agree, n: (m, held, thin, agree > 0)),
        _named("agree_with_all", lambda h, m, held, thin, agree, n: (m, held, thin, len(h))),
        _named("agree_in_percent", lambda h, m, held, thin, agree, n: (m, held, thin, 100 * agree / len(h))),
    ),
    "hardy_best_of": (
        nan_found_by_identity,
        nan_found_by_membership,
        *map(_beginning_at, (-999.0, -1e9, -1e10, -1e300, 0.0, 1e10)),
        nan_made_a_very_low_number,
        nan_marked_by_minus_999,
        nan_marked_by_zero,
        removes_from_the_list_it_walks_through,
        tuples_compared_at_a_tie,
        stops_at_the_first_tie,
        grades_rounded,
        grades_in_float32,
        six_starts_are_enough,
        runs_the_winner_again,
        collapse_made_up,
        collapse_without_its_iteration,
        collapse_where_nothing_collapsed,
        the_error_of_max,
        the_error_of_argmax,
        the_error_of_nanargmax,
        *map(bug_swallowed_from_the, (3, 4, 5)),
        nothing_from_50_on,
        bug_raised_as_a_copy,
        bug_wrapped,
        collapses_known_by_their_text,
        bare_except,
        *map(_catching, (ValueError, TypeError, np.linalg.LinAlgError, RuntimeError, ArithmeticError)),
        *map(_catching, (FloatingPointError, OverflowError, LookupError, KeyError, IndexError, OSError)),
        *map(_catching, (MemoryError, AttributeError, AssertionError, UnicodeError, ImportError)),
        the_start_of_the_best,
        a_mixture_of_its_own,
        only_the_collapse_mended,
        only_the_nan_mended,
        collapse_copied_whole,
        collapse_copied_by_copy,
        runs_again_to_raise_a_collapse,
        value_error_beside_a_collapse,
        sorted_with_nan_among_them,
        kept_by_their_printed_grades,
        collapses_known_by_the_word_component,
        ten_starts_are_enough,
        gives_up_after_three_failures_in_a_row,
        collapse_of_the_majority,
        not_lower_is_kept,
        try_around_the_loop,
        returned_while_it_is_raised,
    ),
}
RIGHT = {
    "look": (Looking(), in_float32, by_the_longest_axis_of_the_inverse, sorts_in_place),
    "hardy_best_of": (
        Best(),
        nan_made_minus_infinity,
        folded,
        value_errors_sorted_by_type,
        collapse_raised_from_nothing,
        by_a_heap,
    ),
}
