"""A winner to look at, and a broken search to mend: `look`, `hardy_best_of`."""

import dis
import inspect
import re
from dataclasses import dataclass

import numpy as np

from gmmlesson.collapse import CollapsedComponent
from gmmlesson.exercises.borrowed import LIBRARIES, PACKAGE
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.exercises.reading import as_numbers, as_parts, described
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
    _fates("log-likelihoods in the thousands", 1200.0, "collapse", 5000.0, -3.0),
    *(
        _fates(f"five starts, and a `run` with a bug at the last: {article} {type(bug).__name__}",
               -5.0, "collapse", np.nan, -3.0, bug)
        for article, bug in (
            ("a", FloatingPointError("underflow encountered in exp")),
            ("an", OverflowError("math range error")),
            ("a", KeyError("means")),
            ("an", IndexError("index 3 is out of bounds for axis 0 with size 3")),
            ("an", OSError("No space left on device")),
            ("a", MemoryError("Unable to allocate 2.00 GiB")),
            ("an", AttributeError("'NoneType' object has no attribute 'shape'")),
            ("an", AssertionError("weights do not sum to 1")),
            ("a", UnicodeError("encoding with 'idna' codec failed")),
            ("an", ImportError("cannot import name 'fit'")),
        )
    ),
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
    """Whether the learner wrote a `raise` for it; the errors of `max` and of `np.nanargmax` need none."""
    place = error.__traceback__
    while place.tb_next:
        place = place.tb_next
    file = place.tb_frame.f_code.co_filename
    if file != __file__ and file.startswith((PACKAGE, *LIBRARIES, "<frozen")):
        return False
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
        name = type(run.bugs[0]).__name__
        article = "an" if name[0] in "AEIOU" and not name.startswith("Un") else "a"
        return f"`run` stops with {article} {name}, and your function does not let it through."
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
            "a NaN can win: it is neither lower nor higher than any number, so whatever `max` meets after it "
            "does not replace it. A log-likelihood must be compared so that NaN loses. (`x != np.nan` is "
            "always True, and `x is np.nan` finds no NaN that was computed: ask `np.isnan(x)`.)",
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
            "all log-likelihoods are NaN, and the error that the caller sees is one that `max` or NumPy "
            "raises: it says nothing of starts. Raise a `ValueError` of yours before.",
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


# --- look ----------------------------------------------------------------------------------------


def look(ends, n):
    """What there is to see of the likeliest of many runs before it is believed.

    ends  [(log-likelihood, Mixture), ...], one for each run that came to an end, on the same n points

    Returns its mixture; how many points each component holds and the smallest standard deviation of each in
    any direction, (k,); and how many runs ended within 0.05 nats of it, itself included. NaN counts nowhere.
    """
    graded = [(height, mixture) for height, mixture in ends if not np.isnan(height)]
    highest, mixture = max(graded, key=lambda end: end[0])
    smallest = np.linalg.eigvalsh(mixture.covariances)[:, 0]
    agree = sum(highest - height <= 0.05 for height, _ in graded)
    return mixture, n * mixture.weights, np.sqrt(smallest), agree


def my_look(ends, n):
    heights = np.array([height for height, _ in ends])
    mixture = ends[np.nanargmax(heights)][1]
    held = n * mixture.weights
    thin = np.sqrt(np.linalg.eigvalsh(mixture.covariances)[:, 0])
    agree = (heights > np.nanmax(heights) - 0.05).sum()  # a comparison with NaN is False
    return mixture, held, thin, agree


def _aslant(seed, k, d, unit=1.0, aslant=True):
    """A mixture of k long Gaussians in d dimensions, aslant or along the axes."""
    rng = np.random.default_rng([8, seed])
    sds = unit * np.exp(rng.uniform(-2.5, 1.0, size=(k, d)))
    turns = np.linalg.qr(rng.normal(size=(k, d, d)))[0] if aslant and d > 1 else np.tile(np.eye(d), (k, 1, 1))
    covariances = np.einsum("kij,kj,klj->kil", turns, sds**2, turns)
    means = unit * 3 * rng.normal(size=(k, d))
    return Mixture(rng.dirichlet(np.full(k, 3.0)), means, (covariances + covariances.swapaxes(1, 2)) / 2)


def _seen(name, n, heights, k=2, d=2, seed=0, **options):
    """A case: runs that ended at these heights, at equal mixtures where those are equal."""
    first = [heights.index(height) for height in heights]
    mixtures = [_aslant(100 * seed + i, k, d, **options) for i in first]
    return Case(name, (list(zip(heights, mixtures, strict=True)), n))


_NAN = np.nan
_MANY = np.random.default_rng(7).permutation(
    [-165.52] * 72 + [-160.3] + [-164.11] * 7 + [-164.4, -164.43, _NAN, -163.9, -171.0, _NAN, -168.25] * 2
)
LOOK_CASES = (
    _seen("one run, two components on a line", 12, [-20.5], d=1),
    _seen(
        "three runs, components that lie along the axes",
        45, [-170.2, -160.3, -165.5], 3, seed=1, aslant=False,
    ),
    _seen(
        "five runs, of which three agree; ellipses aslant",
        90, [-98.4, -90.11, -93.0, -90.12, -90.1], 3, seed=2,
    ),
    _seen(
        "six runs; most agree on a lower top",
        45, [-165.5, -165.5, -160.3, -165.5, -165.51, -164.9], 3, seed=3,
    ),
    _seen(
        "five runs that end 0.02, 0.04, 0.055 and 0.3 nats below the highest",
        30, [-80.06, -80.34, -80.04, -80.095, -80.08], seed=4,
    ),
    _seen("others, the highest first", 30, [-80.049, -80.051, -80.09, -80.12, -80.25], seed=5),
    _seen("ends that differ by a thousandth of a nat", 60, [-44.003, -44.001, -44.002, -47.0], seed=6),
    _seen(
        "runs at great heights, 0.04 and 0.07 nats below the highest",
        3000, [-13344.83, -13344.86, -13344.79], 3, seed=7,
    ),
    _seen("log-likelihoods above 0", 25, [12.0, 31.4, -3.0, 31.42, 18.0], seed=8),
    _seen("a NaN between two numbers", 40, [-50.0, _NAN, -48.0, -48.01], seed=9),
    _seen("a NaN first", 40, [_NAN, -52.0, -50.0, -50.03], seed=10),
    _seen("a NaN last, after two runs that agree", 40, [-50.02, -50.0, _NAN], seed=11),
    _seen("NaNs in twos", 40, [_NAN, _NAN, -61.0, _NAN, _NAN, -60.0, -60.5, _NAN, _NAN], 3, seed=12),
    _seen("a single number among NaNs", 40, [_NAN, -60.0, _NAN], seed=13),
    _seen("ends about 0, one of them at 0 itself", 20, [-0.5, 0.0, -0.02, _NAN], seed=14),
    _seen("runs in space, long ellipsoids aslant", 120, [-300.2, -299.0, -299.9, -299.01], 3, 3, seed=15),
    _seen("five features, four components", 400, [-2101.0, -2099.99, -2100.0, _NAN, -2100.01], 4, 5, seed=16),
    _seen("one component, three runs that agree", 50, [-70.0, -70.0, -70.0], 1, seed=17),
    _seen("eight components on a line", 272, [-274.0, -273.2, _NAN, -273.21], 8, 1, seed=18),
    _seen("lengths in micrometers", 45, [910.2, 915.5, 915.51, _NAN], 3, seed=19, unit=1e-6),
    _seen("lengths in kilometers, as meters", 45, [-915.5, -910.2, -910.23, _NAN], 3, seed=20, unit=1e3),
    _seen("94 runs, some of them NaN", 45, _MANY.tolist(), 3, seed=21),
    _seen("runs very far below 0", 45, [-5e7, _NAN, -3e7, -4e7], seed=22),
)  # fmt: skip


def _read_look(answer, ends, n):
    wanted = "look returns four things: the mixture, held (k,), thin (k,) and the number agree."
    if not isinstance(answer, (tuple, list)) or len(answer) != 4:
        raise Unreadable(f"{wanted} Yours returns {described(answer)}.")
    mixture, held, thin, agree = answer
    if isinstance(mixture, (tuple, list)) and len(mixture) == 2 and isinstance(mixture[1], Mixture):
        mixture = mixture[1]  # with its log-likelihood
    k = ends[0][1].k
    parts = as_parts(mixture, f"The first of the four is to be a Mixture. {wanted}", k)
    for name, value in {"held": held, "thin": thin, "agree": agree}.items():
        parts[name] = as_numbers(value, f"{name} is to be made of numbers. {wanted}")
    for name in ("held", "thin"):
        if parts[name].shape in [(k, 1), (1, k)]:
            parts[name] = parts[name].reshape(k)
    if parts["agree"].size == 1:
        parts["agree"] = parts["agree"].reshape(())
    return parts


def _holds_all_points(parts, ends, n):
    held = parts["held"]
    if held.shape == parts["weights"].shape and not np.isclose(held.sum(), n, rtol=1e-6):
        return f"held adds up to {held.sum():.6g}; together the components hold all {n} points."
    return None


def _agrees_with_itself(parts, ends, n):
    if parts["agree"].ndim == 0 and parts["agree"] < 1:
        return f"agree is {parts['agree']}; the likeliest run agrees with itself at least."
    return None


def _thinner_than_a_feature(parts, ends, n):
    variances = np.diagonal(parts["covariances"], axis1=1, axis2=2)
    if parts["thin"].shape != variances.shape[:1]:
        return None
    narrowest = np.sqrt(variances.min(axis=1))
    too_wide = parts["thin"] > narrowest * (1 + 1e-6)
    if not too_wide.any():
        return None
    j = int(too_wide.argmax())
    return (
        f"thin[{j}] is {parts['thin'][j]:.6g}, and along one of the features component {j} has a standard "
        f"deviation of {narrowest[j]:.6g}: some direction is at least as thin as that."
    )


def _winner(ends):
    return max((end for end in ends if end[0] == end[0]), key=lambda end: end[0])


def _looked(ends, n, end=None, mixture=None, held=None, thin=None, agree=None):
    """What `look` returns, with one thing or another put in its place: functions of what is right there."""
    height, best = end or _winner(ends)
    mixture = mixture or best
    variances = np.linalg.eigvalsh(mixture.covariances)[:, 0]
    with_nan = np.array([other for other, _ in ends])
    seen = (height - with_nan <= 0.05).sum() if agree is None else agree(with_nan, height)
    return (
        mixture,
        n * mixture.weights if held is None else held(mixture),
        np.sqrt(variances) if thin is None else thin(mixture.covariances),
        seen,
    )


def _nan_is_the_winner(ends, n):
    return _looked(ends, n, end=max(ends, key=lambda end: end[0]))


def _nan_taken_by_argmax(ends, n):
    return _looked(ends, n, end=ends[int(np.argmax([height for height, _ in ends]))])


def _looks_at_the_lowest(ends, n):
    return _looked(ends, n, end=min((end for end in ends if end[0] == end[0]), key=lambda end: end[0]))


def _looks_at_the_last(ends, n):
    return _looked(ends, n, end=[end for end in ends if end[0] == end[0]][-1])


def _looks_at_the_first(ends, n):
    return _looked(ends, n, end=ends[0])


def _looks_at_the_most_agreed(ends, n):
    heights = np.array([height for height, _ in ends])
    near = (np.abs(heights[:, None] - heights) <= 0.05).sum(axis=1)
    most = near == near.max()
    return _looked(ends, n, end=ends[int(np.nanargmax(np.where(most, heights, np.nan)))])


def _closest_to_zero_wins(ends, n):
    return _looked(ends, n, end=min((end for end in ends if end[0] == end[0]), key=lambda end: abs(end[0])))


def _out_of_step(ends, n):
    heights = [height for height, _ in ends if height == height]
    return _looked(ends, n, mixture=ends[int(np.argmax(heights))][1])


def _weights_for_points(ends, n):
    return _looked(ends, n, held=lambda mixture: mixture.weights)


def _whole_points(ends, n):
    return _looked(ends, n, held=lambda mixture: (n * mixture.weights).round())


def _smallest_feature(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(np.diagonal(S, axis1=1, axis2=2).min(axis=1)))


def _first_feature(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(S[:, 0, 0]))


def _entries_root(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(np.abs(S).min(axis=(1, 2))))


def _no_root(ends, n):
    return _looked(ends, n, thin=lambda S: np.linalg.eigvalsh(S)[:, 0])


def _widest(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(np.linalg.eigvalsh(S)[:, -1]))


def _unsorted_eigenvalues(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(np.linalg.eigvals(S)[:, 0].real))


def _what_others_leave(ends, n):
    precisions = lambda S: np.diagonal(np.linalg.inv(S), axis1=1, axis2=2)  # noqa: E731
    return _looked(ends, n, thin=lambda S: np.sqrt(1 / precisions(S).max(axis=1)))


def _of_the_volume(ends, n):
    return _looked(ends, n, thin=lambda S: np.linalg.det(S) ** (1 / (2 * S.shape[-1])))


def _thinnest_alone(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(np.linalg.eigvalsh(S).min()))


def _all_directions(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(np.linalg.eigvalsh(S)))


def _eigenvector_column(ends, n):
    return _looked(ends, n, thin=lambda S: np.sqrt(np.linalg.eigvalsh(S)[0]))


def _others_that_agree(ends, n):
    return _looked(ends, n, agree=lambda heights, top: (top - heights <= 0.05).sum() - 1)


def _rounded_heights(ends, n):
    return _looked(ends, n, agree=lambda heights, top: (heights.round(1) == np.round(top, 1)).sum())


def _heights_per_point(ends, n):
    return _looked(ends, n, agree=lambda heights, top: (top - heights <= 0.05 * n).sum())


def _equal_to_the_last_digit(ends, n):
    return _looked(ends, n, agree=lambda heights, top: (heights == top).sum())


def _close_by_isclose(ends, n):
    return _looked(ends, n, agree=lambda heights, top: np.isclose(heights, top, atol=0.05).sum())


def _share_of_runs(ends, n):
    return _looked(ends, n, agree=lambda heights, top: (top - heights <= 0.05).mean())


def _nan_agrees(ends, n):
    return _looked(ends, n, agree=lambda heights, top: (~(top - heights > 0.05)).sum())


def _five_percent(ends, n):
    return _looked(ends, n, agree=lambda heights, top: (top - heights <= 0.05 * abs(top)).sum())


def _steps_of_the_stairs(ends, n):
    def chained(heights, top):
        ranked = np.sort(heights[heights == heights])[::-1]
        return 1 + int((np.cumsum(-np.diff(ranked) > 0.05) == 0).sum())

    return _looked(ends, n, agree=chained)


def _which_ones(ends, n):
    return _looked(ends, n, agree=lambda heights, top: top - heights <= 0.05)


LOOK = Exercise(
    name="look",
    reference=look,
    answer=my_look,
    cases=LOOK_CASES,
    read=_read_look,
    properties=(_holds_all_points, _agrees_with_itself, _thinner_than_a_feature),
    mistakes=(
        Mistake(
            "looks_at_the_last", _looks_at_the_last,
            "you look at the last run that ended with a number. Wanted is the one with the highest "
            "log-likelihood.",
        ),
        Mistake(
            "looks_at_the_first", _looks_at_the_first,
            "you look at the first run in the list, wherever the others ended. Wanted is the likeliest.",
        ),
        Mistake(
            "looks_at_the_lowest", _looks_at_the_lowest,
            "you look at the lowest log-likelihood of all. Higher is likelier, also below 0.",
        ),
        Mistake(
            "looks_at_the_most_agreed", _looks_at_the_most_agreed,
            "you look at the top on which most runs agree. That may be the better one to keep, but asked is "
            "what the *likeliest* looks like, and how few agree with it.",
        ),
        Mistake(
            "looks_closest_to_zero", _closest_to_zero_wins,
            "you take the log-likelihood that is closest to 0 for the highest. Above 0 it is not.",
        ),
        Mistake(
            "nan_is_the_winner", _nan_is_the_winner,
            "a NaN that stands first wins, because `max` and `sorted` ask what is higher or lower, and NaN "
            "is neither. Leave NaNs out before you compare.",
        ),
        Mistake(
            "nan_taken_by_argmax", _nan_taken_by_argmax,
            "`np.argmax` takes the first NaN for the highest number, wherever it stands. `np.nanargmax` does "
            "not.",
        ),
        Mistake(
            "out_of_step", _out_of_step,
            "you drop the NaNs from the log-likelihoods, and then use a place in what is left to pick from "
            "`ends`, where they still are. Drop from both, or from none.",
        ),
        Mistake(
            "weights_for_points", _weights_for_points,
            "`held` are the weights, which are shares of 1. Of n points a component holds n times as many.",
        ),
        Mistake(
            "whole_points", _whole_points,
            "you round `held` to whole points. Points are shared, so that a component may hold 3.8 of them.",
        ),
        Mistake(
            "smallest_feature", _smallest_feature,
            "you look along the features only. A long ellipse that lies aslant is wide in each feature and "
            "thin across: ask for the smallest eigenvalue of its covariance.",
        ),
        Mistake(
            "first_feature", _first_feature,
            "this is the standard deviation of the first feature. The thinnest direction may be any other.",
        ),
        Mistake(
            "smallest_entry", _entries_root,
            "this is the root of the smallest entry of the covariance, and beside its diagonal those are "
            "covariances of two features, not variances.",
        ),
        Mistake(
            "root_forgotten", _no_root,
            "the smallest eigenvalue is a variance. The standard deviation is its root.",
        ),
        Mistake(
            "widest_direction", _widest,
            "this is the widest direction. `np.linalg.eigvalsh` sorts from the smallest to the largest: the "
            "first one is wanted.",
        ),
        Mistake(
            "unsorted_eigenvalues", _unsorted_eigenvalues,
            "`np.linalg.eigvals` and `np.linalg.eig` return the eigenvalues in no order, so that the first "
            "may be any. `eigvalsh`, for symmetric matrices, sorts them; or take the `min`.",
        ),
        Mistake(
            "what_others_leave", _what_others_leave,
            "the reciprocal of a precision is a feature's variance once the other features are known. That "
            "is thinner than the feature, but not yet the thinnest direction.",
        ),
        Mistake(
            "width_of_the_volume", _of_the_volume,
            "the determinant gives the volume of the ellipse, and its root of order d a middle width: a long "
            "thin ellipse has the same as a round one. Wanted is the thinnest direction alone.",
        ),
        Mistake(
            "thinnest_component_alone", _thinnest_alone,
            "`thin` is one number, that of the thinnest component. Wanted is one for each of them, (k,).",
        ),
        Mistake(
            "all_directions", _all_directions,
            "`thin` has all directions of each component. Keep the smallest of each.",
        ),
        Mistake(
            "first_component_alone", _eigenvector_column,
            "`thin` has the directions of component 0. `eigvalsh` of (k, d, d) is (k, d), a row for each "
            "component: the smallest ones are its first column.",
        ),
        Mistake(
            "itself_left_out", _others_that_agree,
            "`agree` counts the others. The likeliest run is to be counted too.",
        ),
        Mistake(
            "heights_rounded", _rounded_heights,
            "you compare rounded log-likelihoods. Two that are 0.01 apart can be rounded to different "
            "numbers, and two that are 0.09 apart to the same: compare their difference with 0.05.",
        ),
        Mistake(
            "tolerance_per_point", _heights_per_point,
            "you allow 0.05 nats for each point. It is 0.05 nats in all.",
        ),
        Mistake(
            "equal_to_the_last_digit", _equal_to_the_last_digit,
            "you count runs whose log-likelihood is the same to the last digit. Runs that stop at the same "
            "top stop a little before it, each elsewhere: within 0.05 nats is meant.",
        ),
        Mistake(
            "tolerance_grows_with_the_height", _close_by_isclose,
            "`np.isclose` adds a share of the number itself (`rtol`) to your tolerance, and log-likelihoods "
            "are large. Set `rtol=0`, or compare the difference with 0.05.",
        ),
        Mistake(
            "share_of_runs", _share_of_runs,
            "`agree` is the share of the runs that agree. Wanted is how many.",
        ),
        Mistake(
            "nan_agrees", _nan_agrees,
            "runs that ended with NaN are counted as if they agreed: NaN is not *farther* than 0.05, because "
            "no comparison with it is True. Count what is within 0.05 in place of taking off what is not.",
        ),
        Mistake(
            "five_percent", _five_percent,
            "you allow 5 % of the log-likelihood. It is 0.05 nats, whatever the height.",
        ),
        Mistake(
            "step_by_step", _steps_of_the_stairs,
            "you compare each run with the next higher one, so that many small steps lead far down. All are "
            "to be compared with the highest.",
        ),
        Mistake(
            "which_instead_of_how_many", _which_ones,
            "`agree` says for each run whether it agrees. Wanted is how many do: the sum.",
        ),
    ),
    hints=(
        (
            "Make an array of the log-likelihoods first. `np.nanmax` and `np.nanargmax` pass over NaN, and "
            "the place of the highest is also the place of its mixture in `ends`."
        ),
        (
            "A weight is a component's share of the n points. The smallest variance of a component in any "
            "direction is the smallest eigenvalue of its covariance."
        ),
        (
            "`np.linalg.eigvalsh(mixture.covariances)` is (k, d), each row sorted from the smallest; take "
            "the root of its first column. `heights > np.nanmax(heights) - 0.05` is False for NaN: add it up."
        ),
    ),
)

EXERCISES = (LOOK, HARDY)
