"""Three broken EMs to mend: `hardy_best_of`, `guarded_m_step` and `steady_m_step`."""

import dis
import inspect
import re
from dataclasses import dataclass

import numpy as np

from gmmlesson.collapse import CollapsedComponent
from gmmlesson.em import m_step
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.mixture import Mixture

# --- hardy_best_of -------------------------------------------------------------------------------


def hardy_best_of(run, starts):
    """The mixture with the highest log-likelihood of all runs that come to an end with a number."""
    finished, collapse = [], None
    for start in starts:
        try:
            finished.append(run(start))
        except CollapsedComponent as error:
            collapse = error
    graded = [(mixture, log_likelihood) for mixture, log_likelihood in finished if log_likelihood > -np.inf]
    if not graded:
        raise collapse or ValueError("the log-likelihood of every start is NaN")
    return max(graded, key=lambda pair: pair[1])[0]


def my_hardy_best_of(run, starts):
    best, highest, last_collapse = None, -np.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as collapse:
            last_collapse = collapse
            continue
        if log_likelihood > highest:  # never true of NaN
            best, highest = mixture, log_likelihood
    if best is None:
        raise last_collapse or ValueError("every log-likelihood is NaN")
    return best


def fragile_best_of(run, starts):
    finished = [run(start) for start in starts]
    return max(finished, key=lambda pair: pair[1])[0]


class _Run:
    """start -> (mixture, log-likelihood), as `fates` has it: a number, "collapse" or the error of a bug."""

    def __init__(self, fates):
        self.fates = fates
        self.bugs = [fate for fate in fates if isinstance(fate, Exception)]
        self.has_winner = any(isinstance(fate, float) and fate > -np.inf for fate in fates)
        self.tried, self.collapses = [], []

    def __call__(self, start):
        if not isinstance(start, Mixture):
            raise TypeError(f"`run` takes a mixture; it was given a {type(start).__name__}.")
        i = int(start.means[0, 0])
        if i >= len(self.fates):
            raise LookupError("`run` was given a mixture that is none of the starts")
        self.tried.append(i)
        fate = self.fates[i]
        if fate == "collapse":
            self.collapses.append(CollapsedComponent(i + 1, 0.75 + i / 8, i + 2))
            raise self.collapses[-1]
        if fate in self.bugs:
            raise fate
        return _bell(_END + i), fate + 0.0  # a new number each time: `is` does not find a NaN


_END = 100  # added to the mean of a start: the mean of the mixture to which it leads


def _bell(i):
    return Mixture([1.0], [[float(i)]], [[[1.0]]])


def _fates(name, *fates):
    return Case(name, (_Run(fates), [_bell(i) for i in range(len(fates))]))


HARDY_CASES = (
    _fates("three starts that all come to an end", -30.0, -10.5, -20.0),
    _fates("three starts, of which the second collapses", -30.0, "collapse", -20.0),
    _fates("a start that collapses first, and five more", "collapse", -9.0, -12.0, -3.0, "collapse", -5.0),
    _fates("log-likelihoods above 0", 3.0, 40.0, "collapse", 12.0),
    _fates("a log-likelihood of NaN, then two good ones", np.nan, -12.0, -20.0),
    _fates("a NaN in the middle", -12.0, np.nan, -8.0, -20.0),
    _fates("a NaN at the end", "collapse", -12.0, -11.0, np.nan),
    _fates("NaNs in twos", np.nan, np.nan, -9.0, np.nan, np.nan, -7.0, -6.0, np.nan, np.nan),
    _fates("log-likelihoods about 0, one of which is 0 exactly", -0.5, 0.0, -0.25, np.nan, -2.0),
    _fates("starts that lead equally high", -9.0, -9.0, -4.0, -4.0, -6.0),
    _fates("two starts that differ by a ten-millionth of a nat", -9.0, -4.0000001, -4.0),
    _fates("the same, the better one first", -4.0, -4.0000001, -9.0),
    _fates("the best start first, a NaN and a lower one after it", -3.0, np.nan, -5.0),
    _fates("one start alone", -7.5),
    _fates("starts that all collapse: then the caller must hear of it", "collapse", "collapse"),
    _fates("starts that collapse or end with NaN", "collapse", np.nan),
    _fates("a single start, which collapses", "collapse"),
    _fates("a NaN first, and collapses after it", np.nan, "collapse", "collapse", np.nan),
    _fates("starts that all end with NaN, and none collapses", np.nan, np.nan),
    _fates("log-likelihoods very far below 0", -5e307, np.nan, -3e307, -4e307),
    _fates(
        "thirty starts, many of which collapse or end with NaN; the last one is the best",
        -50.0, *["collapse"] * 12, -40.0, *[np.nan] * 7, *["collapse"] * 8, -2.0,
    ),
    _fates(
        "a `run` with a bug: a TypeError, which is no collapse",
        -5.0, TypeError("unsupported operand type(s) for +: 'float' and 'str'"), -3.0,
    ),
    _fates(
        "a `run` with a bug: a ValueError that is no collapse", -5.0, ValueError("math domain error"), -3.0
    ),
    _fates(
        "a collapse, then a bug: a ValueError that only speaks of a collapse",
        "collapse", ValueError("no component: 'Component 0 (counted from 0) collapsed'"), -3.0,
    ),
    _fates(
        "a `run` with a bug: NumPy's LinAlgError", -5.0, np.linalg.LinAlgError("Singular matrix"), -3.0
    ),
    _fates("a `run` with a bug: a ZeroDivisionError", -5.0, ZeroDivisionError("division by zero"), -3.0),
    _fates("a `run` with a bug: a RuntimeError after a NaN", np.nan, RuntimeError("no license"), -3.0),
)  # fmt: skip


@dataclass(frozen=True)
class _Raised:
    """What came out of a call instead of a mixture; none of the three: a collapse that `run` never raised."""

    collapse: bool = False
    value: bool = False
    bug: bool = False


def _call_hardy(function, run, starts):
    try:
        answer = function(run, starts)
    except UnboundLocalError as error:
        if _is_forgotten(str(error), function):
            raise Unreadable("It stopped with UnboundLocalError: the name after `as` is gone.") from None
        raise
    except Exception as error:
        _refuse_a_second_run(run)
        answer = _heard(error, run)
        if answer is None and "not supported between instances of 'Mixture'" in str(error):
            raise Unreadable("It stopped with TypeError: it asks which of two mixtures is less.") from None
        if answer is None and "CollapsedComponent" in str(error) and "missing" in str(error):
            raise Unreadable("It stopped with TypeError: a collapse needs a component and a count.") from None
        if answer is None:
            raise
        return answer
    _refuse_a_second_run(run)
    return answer


def _refuse_a_second_run(run):
    if len(set(run.tried)) < len(run.tried):
        raise Unreadable("It calls `run` more than once with the same start.")


def _heard(error, run):
    """A _Raised for an error of `run`, or for one that was meant; None for an accident."""
    if error in run.bugs:
        return _Raised(bug=True)
    if isinstance(error, CollapsedComponent):
        return _Raised(collapse=any(error is collapse for collapse in run.collapses))
    if isinstance(error, ValueError) and _is_from_a_raise(error):
        return _Raised(value=True)
    return None


def _is_from_a_raise(error):
    """Whether a `raise` was written for it; `max` of an empty list, say, needs none."""
    place = error.__traceback__
    while place.tb_next:
        place = place.tb_next
    return place.tb_frame.f_code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _is_forgotten(message, function):
    """Whether the name in the message is one of those that `except ... as` gives, for its block alone."""
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        return False
    name = re.search(r"'(\w+)'", message)
    return name is not None and re.search(rf"\bexcept\b.*\bas {name[1]}\s*:", source) is not None


def _read_hardy(answer, run, starts):
    if isinstance(answer, _Raised):
        return _hardy_parts(answer, None)
    if isinstance(answer, (tuple, list)) and len(answer) == 2 and isinstance(answer[0], Mixture):
        answer = answer[0]  # with its log-likelihood
    if not isinstance(answer, Mixture):
        raise Unreadable(f"hardy_best_of returns one mixture; yours returns a {type(answer).__name__}.")
    mean = answer.means[0, 0]
    if mean in [start.means[0, 0] for start in starts]:
        raise Unreadable("It returns a start; `run` returns the mixture to which a start leads.")
    if mean - _END not in range(len(starts)):
        raise Unreadable("It returns a mixture that is none of those that `run` has returned.")
    return _hardy_parts(_Raised(), run.fates[int(mean - _END)])


def _hardy_parts(raised, log_likelihood):
    return {
        "number of collapses raised again": int(raised.collapse),
        "number of ValueErrors of your own": int(raised.value),
        "number of errors that `run` raised and you let through": int(raised.bug),
        "number of mixtures returned": int(log_likelihood is not None),
        "log-likelihood of the mixture": np.nan if log_likelihood is None else log_likelihood,
    }


def _hears_of_nothing(parts, run, starts):
    if not parts["number of mixtures returned"]:
        return None
    if run.bugs:
        return f"`run` stops with a {type(run.bugs[0]).__name__}, and your function does not let it through."
    if not run.has_winner:
        return "none of the starts ends with a number, and yet you return a mixture."
    return None


def _finished(run, starts):
    """(start, mixture, log-likelihood) of each start that does not collapse."""
    found, collapse = [], None
    for start in starts:
        try:
            found.append((start, *run(start)))
        except CollapsedComponent as error:
            collapse = error
    if not found:
        raise collapse
    return found


def _dies(run, starts):
    results = [run(start) for start in starts]
    return max((result for result in results if result[1] > -np.inf), key=lambda result: result[1])[0]


def _nan_wins(run, starts):
    return max(_finished(run, starts), key=lambda triple: triple[2])[1]


def _argmax_of_nan(run, starts):
    found = _finished(run, starts)
    return found[int(np.argmax([triple[2] for triple in found]))][1]


def _last(run, starts):
    return _finished(run, starts)[-1][1]


def _first(run, starts):
    return _finished(run, starts)[0][1]


def _lowest(run, starts):
    return min((t for t in _finished(run, starts) if t[2] > -np.inf), key=lambda t: t[2])[1]


def _stops_at_collapse(run, starts):
    best, highest = None, -np.inf
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent:
            break
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    return best


def _the_start(run, starts):
    return max((t for t in _finished(run, starts) if t[2] > -np.inf), key=lambda t: t[2])[0]


def _against_the_previous(run, starts):
    best, previous, collapse = None, -np.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if log_likelihood > previous:
            best = mixture
        previous = log_likelihood
    if best is None:
        raise collapse
    return best


def _above_zero(run, starts):
    best, highest = None, 0.0
    for _, mixture, log_likelihood in _finished(run, starts):
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    return best


def _keeping(run, starts, caught=CollapsedComponent, highest=-np.inf):
    """(best mixture or None, last error that was caught or None), of the log-likelihoods above `highest`."""
    best, last = None, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except caught as error:
            last = error
            continue
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    return best, last


def _silent(run, starts):
    return _keeping(run, starts)[0]


def _except_everything(run, starts):
    best, last = _keeping(run, starts, caught=Exception)
    if best is None:
        raise last or ValueError("nothing left")
    return best


def _except_value_error(run, starts):
    best, last = _keeping(run, starts, caught=ValueError)
    if best is None:
        raise last or ValueError("nothing left")
    return best


def _nan_is_an_end(run, starts):
    finished = _finished(run, starts)
    return max((triple for triple in finished if triple[2] > -np.inf), key=lambda triple: triple[2])[1]


def _above_zero_or_an_error(run, starts):
    best, last = _keeping(run, starts, highest=0.0)
    if best is None:
        raise last or ValueError("nothing left")
    return best


def _above_zero_or_none_raised(run, starts):
    best, last = _keeping(run, starts, highest=0.0)
    if best is None:
        raise last
    return best


def _raises_none(run, starts):
    best, last = _keeping(run, starts)
    if best is None:
        raise last
    return best


def _none_when_all_are_nan(run, starts):
    best, last = _keeping(run, starts)
    if best is None and last is not None:
        raise last
    return best


def _value_error_always(run, starts):
    best, _ = _keeping(run, starts)
    if best is None:
        raise ValueError("nothing left")
    return best


def _collapse_without_arguments(run, starts):
    best, last = _keeping(run, starts)
    if best is None:
        raise CollapsedComponent if last else ValueError("nothing left")
    return best


def _name_after_as(run, starts):
    best, highest = None, -np.inf
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as collapse:  # noqa: F841 (the mistake)
            continue
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse  # noqa: F821
    return best


def _lists_out_of_step(run, starts):
    mixtures, grades, collapse = [], [], None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        mixtures.append(mixture)
        grades.append(log_likelihood)
    grades = [grade for grade in grades if not np.isnan(grade)]
    if not grades:
        raise collapse or ValueError("nothing left")
    return mixtures[int(np.argmax(grades))]


def _bare_raise(run, starts):
    best, last = _keeping(run, starts)
    if best is None:
        if last is None:
            raise ValueError("nothing left")
        raise
    return best


def _closest_to_zero(run, starts):
    return min((t for t in _finished(run, starts) if t[2] == t[2]), key=lambda t: abs(t[2]))[1]


def _above_a_thousand_million_below_zero(run, starts):
    best, last = _keeping(run, starts, highest=-1e9)
    if best is None:
        raise last or ValueError("nothing left")
    return best


def _above_a_thousand_million_below_zero_or_none(run, starts):
    best, last = _keeping(run, starts, highest=-1e9)
    if best is None:
        raise last
    return best


def _graded(run, starts):
    """[mixture, log-likelihood] of each start that does not collapse, and the last collapse or None."""
    found, collapse = [], None
    for start in starts:
        try:
            found.append(list(run(start)))
        except CollapsedComponent as error:
            collapse = error
    return found, collapse


def _removes_while_looping(run, starts):
    found, collapse = _graded(run, starts)
    for pair in found:
        if np.isnan(pair[1]):
            found.remove(pair)
    if not found:
        raise collapse or ValueError("nothing left")
    return max(found, key=lambda pair: pair[1])[0]


def _nan_to_num(run, starts):
    found, collapse = _graded(run, starts)
    if not found:
        raise collapse
    return found[int(np.argmax(np.nan_to_num([pair[1] for pair in found])))][0]


def _zero_taken_for_nothing(run, starts):
    best, highest, collapse = None, None, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if not np.isnan(log_likelihood) and (not highest or log_likelihood > highest):
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("nothing left")
    return best


def _tuples_compared(run, starts):
    found, collapse = _graded(run, starts)
    found = [(log_likelihood, mixture) for mixture, log_likelihood in found if not np.isnan(log_likelihood)]
    if not found:
        raise collapse or ValueError("nothing left")
    return max(found)[1]


def _run_again(run, starts):
    best, highest, collapse = None, -np.inf, None
    for start in starts:
        try:
            if run(start)[1] > highest:
                best, highest = run(start)
        except CollapsedComponent as error:
            collapse = error
    if best is None:
        raise collapse or ValueError("nothing left")
    return best


def _run_again_to_raise(run, starts):
    best, last = _keeping(run, starts)
    if best is None and last:
        for start in starts:
            run(start)
    if best is None:
        raise ValueError("nothing left")
    return best


def _invented_collapse(run, starts):
    best, last = _keeping(run, starts)
    if best is None:
        raise CollapsedComponent(0, 0.0) if last else ValueError("nothing left")
    return best


def _invented_collapse_for_nan_too(run, starts):
    best, _ = _keeping(run, starts)
    if best is None:
        raise CollapsedComponent(0, 0.0)
    return best


def _left_to_max(run, starts):
    found, collapse = _graded(run, starts)
    found = [pair for pair in found if not np.isnan(pair[1])]
    if not found and collapse:
        raise collapse
    return max(found, key=lambda pair: pair[1])[0]


def _except_linalg_error(run, starts):
    best, last = _keeping(run, starts, caught=(CollapsedComponent, np.linalg.LinAlgError))
    if best is None:
        raise last or ValueError("nothing left")
    return best


def _except_runtime_error(run, starts):
    best, last = _keeping(run, starts, caught=(CollapsedComponent, RuntimeError, ArithmeticError))
    if best is None:
        raise last or ValueError("nothing left")
    return best


def _only_clear_gains(run, starts):
    best, highest, collapse = None, -np.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if log_likelihood > highest + 1e-6:
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("nothing left")
    return best


def _stops_at_nan(run, starts):
    best, highest, collapse = None, -np.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if np.isnan(log_likelihood):
            break
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("nothing left")
    return best


def _raises_whenever_one_collapsed(run, starts):
    best, last = _keeping(run, starts)
    if last or best is None:
        raise last or ValueError("nothing left")
    return best


def _value_error_beside_collapses(run, starts):
    found, collapse = _graded(run, starts)
    if not found:
        raise collapse
    found = [pair for pair in found if not np.isnan(pair[1])]
    if not found:
        raise ValueError("nothing left")
    return max(found, key=lambda pair: pair[1])[0]


def _stops_at_the_first_number(run, starts):
    collapse = None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if not np.isnan(log_likelihood):
            return mixture
    raise collapse or ValueError("nothing left")


def _breaks_at_collapse(run, starts):
    best, highest, collapse = None, -np.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            break
        if log_likelihood > highest:
            best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("nothing left")
    return best


def _raises_at_nan(run, starts):
    found, collapse = [], None
    for start in starts:
        try:
            found.append(run(start))
        except CollapsedComponent as error:
            collapse = error
            continue
        if np.isnan(found[-1][1]):
            raise ValueError("NaN")
    if not found:
        raise collapse
    return max(found, key=lambda pair: pair[1])[0]


def _skips_what_is_lower(run, starts):
    best, highest, collapse = None, -np.inf, None
    for start in starts:
        try:
            mixture, log_likelihood = run(start)
        except CollapsedComponent as error:
            collapse = error
            continue
        if log_likelihood <= highest:
            continue
        best, highest = mixture, log_likelihood
    if best is None:
        raise collapse or ValueError("nothing left")
    return best


def _sorted_with_nan(run, starts):
    found, collapse = _graded(run, starts)
    found.sort(key=lambda pair: pair[1])
    while found and np.isnan(found[-1][1]):
        found.pop()
    if not found:
        raise collapse or ValueError("nothing left")
    return found[-1][0]


HARDY = Exercise(
    name="hardy_best_of",
    reference=hardy_best_of,
    answer=my_hardy_best_of,
    cases=HARDY_CASES,
    read=_read_hardy,
    call=_call_hardy,
    given=fragile_best_of,
    properties=(_hears_of_nothing,),
    tolerance={"log-likelihood of the mixture": (0.0, 0.0)},
    mistakes=(
        Mistake(
            "dies_at_the_first_collapse", _dies,
            "one start that collapses still ends the whole search. Wrap the call of `run`, and that call "
            "alone, in `try`, and go on with the next start.",
        ),
        Mistake(
            "catches_every_error", _except_everything,
            "you catch every error there is, so a bug in `run` looks like bad luck and stays unseen. Catch "
            "`CollapsedComponent` and nothing else.",
        ),
        Mistake(
            "catches_every_value_error", _except_value_error,
            "`except ValueError` catches more than collapses: a CollapsedComponent is a ValueError, but most "
            "ValueErrors are bugs. Name `CollapsedComponent` itself.",
        ),
        Mistake(
            "nan_wins", _nan_wins,
            "a NaN can win: every comparison with it is False, so whatever `max` meets after it does not "
            "replace it. A log-likelihood must be compared so that NaN loses. (`x != np.nan` is always "
            "True, and `x is np.nan` finds no NaN that was computed: ask `np.isnan(x)`.)",
        ),
        Mistake(
            "argmax_of_nan", _argmax_of_nan,
            "`np.argmax` takes the first NaN for the largest number wherever it stands. Leave NaN out "
            "(`np.isnan` finds it; `x != np.nan` is always True), or use a comparison that NaN cannot win.",
        ),
        Mistake(
            "lists_out_of_step", _lists_out_of_step,
            "you have dropped the NaNs from the log-likelihoods, but not their mixtures: from there on the "
            "two lists are out of step. Drop from both, or keep a mixture and its number as a pair.",
        ),
        Mistake(
            "keeps_the_last", _last,
            "this is the last run that came to an end. Keep the best one of all: remember its "
            "log-likelihood beside it.",
        ),
        Mistake(
            "keeps_the_first", _first,
            "this is the first run that came to an end; those after it are never compared with it.",
        ),
        Mistake(
            "keeps_the_lowest", _lowest,
            "you keep the lowest log-likelihood. It is no loss: higher is better.",
        ),
        Mistake(
            "gives_up_at_the_first_collapse", _stops_at_collapse,
            "after the first collapse you look at no further start. It says nothing about the others: go "
            "on with them.",
        ),
        Mistake(
            "returns_the_start", _the_start,
            "you have found the right start, and return it. Wanted is the mixture to which it leads: what "
            "`run` returns.",
        ),
        Mistake(
            "compares_with_the_previous", _against_the_previous,
            "you compare each run with the one before it. A low run in between lets a worse one pass: "
            "compare with the highest so far.",
        ),
        Mistake(
            "begins_at_zero", _above_zero,
            "your highest value begins at 0, and log-likelihoods are mostly below it: nothing can ever "
            "beat it. Begin at minus infinity.",
        ),
        Mistake(
            "begins_at_zero_and_raises", _above_zero_or_an_error,
            "you raise an error although starts have ended with numbers: none of them beats your first "
            "highest value. It must lie below every log-likelihood, and most are below 0: `-np.inf`.",
        ),
        Mistake(
            "begins_at_zero_and_raises_none", _above_zero_or_none_raised,
            "you raise what is None, for nothing has collapsed, and yet no run has beaten your first highest "
            "value. If that is 0, no log-likelihood below 0 can: begin at `-np.inf`.",
        ),
        Mistake(
            "raises_none", _raises_none,
            "all log-likelihoods are NaN and nothing has collapsed, so there is no `CollapsedComponent` to "
            "raise again: it is None. Raise a `ValueError` there that says so.",
        ),
        Mistake(
            "says_nothing_when_all_are_nan", _none_when_all_are_nan,
            "when every log-likelihood is NaN you return None, as if it were a mixture. Raise a `ValueError` "
            "that says so.",
        ),
        Mistake(
            "nan_counted_as_an_end", _nan_is_an_end,
            "one start collapses, the other ends with NaN, and you forget the collapse: you raise it only "
            "where no run came back at all. First take the NaNs out, then see whether anything is left.",
        ),
        Mistake(
            "another_error_than_the_collapse", _value_error_always,
            "you raise a ValueError where starts collapsed. Raise a `CollapsedComponent` that you caught: it "
            "knows which component it was, and what it held.",
        ),
        Mistake(
            "collapse_without_arguments", _collapse_without_arguments,
            "a new `CollapsedComponent` needs a component and its count, and you have neither. There is no "
            "need for a new one: raise the last one that you caught.",
        ),
        Mistake(
            "bare_raise_after_the_loop", _bare_raise,
            "`raise` alone repeats an error only inside of its `except` block; after the loop there is none "
            "to repeat. Copy it to another name in the block (`last = error`), and raise that.",
        ),
        Mistake(
            "name_after_as_is_gone", _name_after_as,
            "Python deletes the name after `as` at the end of the `except` block. Copy the error to another "
            "name inside of the block (`last = error`), and raise that.",
        ),
        Mistake(
            "says_nothing_when_all_collapse", _silent,
            "when every start collapses, you return None, and the error shows up far away from its cause. "
            "Keep the last `CollapsedComponent` and raise it.",
        ),
        Mistake(
            "closest_to_zero", _closest_to_zero,
            "you keep the log-likelihood that is closest to 0. Below 0 that is the highest; above 0, as "
            "with data in large units, it is not.",
        ),
        Mistake(
            "begins_at_a_finite_number", _above_a_thousand_million_below_zero,
            "your highest value so far begins at some very low number, and there are lower log-likelihoods: "
            "of many points, or far ones. Only `-np.inf` lies below them all.",
        ),
        Mistake(
            "begins_at_a_finite_number_and_raises_none", _above_a_thousand_million_below_zero_or_none,
            "you raise what is None, for nothing has collapsed, and yet no run has beaten your first highest "
            "value. However low that number is, a log-likelihood can be lower: begin at `-np.inf`.",
        ),
        Mistake(
            "removes_while_looping", _removes_while_looping,
            "you remove NaNs from the list through which the loop is walking. What comes after a removed one "
            "moves up and is skipped, so that of two NaNs in a row one stays. Build a new list.",
        ),
        Mistake(
            "nan_counts_as_zero", _nan_to_num,
            "`np.nan_to_num` makes each NaN a 0, and most log-likelihoods are below 0: so NaN wins. Leave "
            "NaN out, or make it `-np.inf`.",
        ),
        Mistake(
            "zero_taken_for_nothing", _zero_taken_for_nothing,
            "`not highest` is True of None, and of 0.0 too: a log-likelihood of 0 is replaced by whatever "
            "comes next. Ask `highest is None`.",
        ),
        Mistake(
            "tuples_compared", _tuples_compared,
            "where two log-likelihoods are equal, `max` and `sorted` compare what comes next in the tuples: "
            "the mixtures, which have no order. Give them a `key` that takes the log-likelihood alone.",
        ),
        Mistake(
            "runs_again", _run_again,
            "you call `run` a second time for what it has returned before. A run can take an hour, or draw "
            "numbers and end elsewhere: call it once for each start and keep both things that it returns.",
        ),
        Mistake(
            "runs_again_to_raise", _run_again_to_raise,
            "where no mixture is left you call `run` again, so that it raises its collapse once more. A run "
            "can take an hour: keep the error when you catch it, and raise that.",
        ),
        Mistake(
            "invents_a_collapse", _invented_collapse,
            "the `CollapsedComponent` that you raise is a new one. Raise one that you caught: it knows what "
            "happened, and its traceback shows where.",
        ),
        Mistake(
            "invents_a_collapse_for_nan_too", _invented_collapse_for_nan_too,
            "you raise a `CollapsedComponent` of your own whenever no mixture is left. Raise again one that "
            "you caught; if there is none, nothing has collapsed: then a plain `ValueError` says that all "
            "are NaN.",
        ),
        Mistake(
            "error_left_to_max", _left_to_max,
            "all log-likelihoods are NaN, and the error that the caller sees is the one of `max`: it says "
            "that something was empty, and nothing of NaN. Raise a `ValueError` of yours before.",
        ),
        Mistake(
            "value_error_beside_collapses", _value_error_beside_collapses,
            "you raise a ValueError where some starts collapsed and the others ended with NaN. Raise one of "
            "the collapses there too: the ValueError is for searches in which nothing collapsed.",
        ),
        Mistake(
            "stops_at_the_first_number", _stops_at_the_first_number,
            "you return the first mixture whose log-likelihood is a number, and look at none after it. "
            "Remember it, and go on: a later one may be higher.",
        ),
        Mistake(
            "breaks_at_the_first_collapse", _breaks_at_collapse,
            "your loop ends at the first collapse (`break`, or a `try` around the whole loop), and the "
            "starts after it are never run. Put the `try` inside of the loop, and `continue`.",
        ),
        Mistake(
            "raises_at_the_first_nan", _raises_at_nan,
            "you raise an error at the first NaN. It is one start's bad luck, and the others may do well: "
            "raise only if nothing is left after the loop.",
        ),
        Mistake(
            "skips_what_is_lower", _skips_what_is_lower,
            "you pass over a run if it is lower than the best one, and keep it otherwise. A NaN is not lower "
            "than anything, so it is kept. Keep what is *higher*: NaN never is.",
        ),
        Mistake(
            "sorted_with_nan", _sorted_with_nan,
            "you sort log-likelihoods with NaNs among them. A NaN is neither lower nor higher than its "
            "neighbors, so it stays in between, and parts the list into pieces that are sorted each by "
            "itself. Drop the NaNs before you sort.",
        ),
        Mistake(
            "catches_singular_matrices", _except_linalg_error,
            "you catch `LinAlgError` beside `CollapsedComponent`. A collapse has an error of its own, so a "
            "singular matrix anywhere else is a bug, and must come through.",
        ),
        Mistake(
            "catches_other_errors_too", _except_runtime_error,
            "you catch collapses and some other errors (`RuntimeError`, `ArithmeticError`). Those are bugs "
            "of `run`: nobody will see them.",
        ),
        Mistake(
            "gives_up_at_the_first_nan", _stops_at_nan,
            "after the first NaN you look at no further start. It is one start's bad luck: go on.",
        ),
        Mistake(
            "only_clear_gains", _only_clear_gains,
            "a run must be higher by some tolerance, in your function, to replace the best one. Here it is "
            "the highest that is wanted, by however little; rounding the numbers has the same effect.",
        ),
        Mistake(
            "raises_though_a_mixture_is_left", _raises_whenever_one_collapsed,
            "you raise the collapse although other starts have ended with numbers. It is raised only where "
            "no mixture is left.",
        ),
    ),
    hints=(
        (
            "Two things can go wrong in a run: it raises CollapsedComponent, or its log-likelihood is NaN. "
            "Neither may end the search, and neither may win it."
        ),
        (
            "Inside of the loop: `try` the call of `run`, `except CollapsedComponent` remember the error "
            "and `continue`. After the loop: if there is no best mixture, raise what you remember; if there "
            "is nothing to remember, all were NaN: a `ValueError`."
        ),
        (
            "Begin with `best, highest = None, -np.inf`. Then `if log_likelihood > highest:` is False for "
            "NaN, which is what you want. Name the exception with `as`, and copy it to another name: "
            "Python forgets it after the `except` block."
        ),
    ),
)

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
            "That is room 2's prior; wanted is the ridge itself, on the finished covariance.",
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
            "what is left of them is rounding (room 7). The deviations of the broken function were right.",
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
    return {"weights": weights, "means": means, _VARIANCES[np.abs(x).max() < 1e3]: variances}


# near zero all digits can be asked for; far from it a running mean, rounded at each point, costs some
_VARIANCES = {True: "variances near zero", False: "variances"}


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
    if variances.shape != right.shape or not np.allclose(parts["means"], means, rtol=1e-13, atol=1e-7):
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
        "variances": (1e-6, 1e-24),
        "variances near zero": (1e-9, 1e-24),
    },
)

EXERCISES = (HARDY, GUARDED, STEADY)
