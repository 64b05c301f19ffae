"""How many components: `held_out_choice`, `count_parameters`, `bic` and `icl`."""

import numpy as np

from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.families import FAMILIES, n_parameters
from gmmlesson.mixture import Mixture
from gmmlesson.selection import held_out_choice, select

# --- held_out_choice ------------------------------------------------------------------------------


def my_held_out_choice(left_out):
    best = left_out[left_out.mean(axis=1).argmax()]
    differences = best - left_out
    behind = differences.mean(axis=1)
    errors = differences.std(axis=1, ddof=1) / np.sqrt(left_out.shape[1])
    return (behind <= errors).argmax(), behind, errors


def _held_out(seed, means, n, shared=1.0, own=0.3, offset=0.0):
    """Log densities (m, n): how hard a point is for all, and how hard for each, around the means (m,)."""
    rng = np.random.default_rng(seed)
    noise = rng.gumbel(size=(len(means), n))
    each = noise - noise.mean(axis=1, keepdims=True)
    return offset + np.array(means)[:, None] - shared * rng.exponential(size=n) + own * each


def _near_one_error(n, *behind):
    """Log densities (m + 1, n); row i is behind the last by `times` of an error `wide` times a common one.

    behind  pairs (times, wide)
    """
    rng = np.random.default_rng(11)
    best, noise = -3 - rng.exponential(size=n), rng.normal(size=(len(behind), n))
    noise -= noise.mean(axis=1, keepdims=True)
    noise /= noise.std(axis=1, ddof=1, keepdims=True) / np.sqrt(n)  # an error of 1
    rows = [best - 0.1 * wide * (row + times) for (times, wide), row in zip(behind, noise, strict=True)]
    return np.stack([*rows, best])


CHOICES = tuple(
    Case(name, (np.asarray(left_out, dtype=float),))
    for name, left_out in [
        ("two candidates and four points; the second leads by more than its error",
         [[-2, -3, -1, -2], [-1, -2.5, -1, -1]]),
        ("two candidates and four points; the second leads by less than its error",
         [[-1, -3, -2, -2], [-2, -1, -2.2, -1.9]]),
        ("three candidates, of which the second is best by far", _held_out(1, [-5, -3, -4], 30)),
        ("six candidates, and points that are hard for all of them",
         _held_out(2, [-5, -4.6, -4.21, -4.2, -4.22, -4.4], 60, shared=3.0)),
        ("four candidates, of which the first is best", _held_out(3, [-2, -2.5, -2.6, -3], 25)),
        ("a single candidate", _held_out(4, [-3], 5)),
        ("three candidates, and two points only", [[-3, -4.5], [-1, -2.25], [-2, -1.5]]),
        ("three candidates, of which the last two are the same",
         _held_out(5, [-6, -4, -4], 12)[[0, 1, 1]]),
        ("four candidates, near minus a million nats", _held_out(6, [-3, -2, -1.98, -1.99], 40, offset=-1e6)),
        ("five candidates, of which the third is worse than its neighbors",
         _held_out(7, [-9, -4.02, -5, -4.0, -4.3], 80, own=0.5)),
        ("two candidates, of which the second leads by a half at every point",
         [[-2.5, -1.5, -3.25, -0.5, -4], [-2, -1, -2.75, 0, -3.5]]),
        ("three candidates in small units: log densities above 0", _held_out(8, [40, 41, 41.01], 50)),
        ("three candidates, of which the last leads by 1.3 errors, and the second is erratic",
         np.stack([_held_out(9, [-2.06, -4, -2], 50, own=0.22)[0], _held_out(12, [-4], 50, own=2.0)[0],
                   _held_out(9, [-2.06, -4, -2], 50, own=0.22)[2]])),
        ("three candidates, of which the last leads by 0.8 errors",
         _held_out(9, [-2.037, -4, -2], 50, own=0.22)),
        ("three candidates, and a point that the best one finds all but impossible",
         [[-3, -3, -3, -3, -3.5, -3], [-1, -1, -1.2, -1, -9.5, -1], [-2, -2, -2.5, -2, -9, -2]]),
        ("three candidates; the runner-up scatters little, the first, by more than that behind, a lot",
         _near_one_error(30, (0.7, 4.0), (1.5, 0.5))),
        ("two candidates; the second leads by 1.03 errors", _near_one_error(40, (1.03, 1.0))),
        ("two candidates and six points; the second leads by 0.97 errors", _near_one_error(6, (0.97, 1.0))),
        ("as many candidates as points", _held_out(10, [-4, -3.1, -3, -3.02, -3.4, -3.6], 6, own=0.6)),
    ]
)  # fmt: skip


def _read_choice(answer, left_out):
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        given = f"{len(answer)} things" if isinstance(answer, (tuple, list)) else "one"
        wanted = "held_out_choice returns three things: choice, behind, errors"
        raise Unreadable(f"{wanted}; yours returns {given}.")
    choice, behind, errors = map(np.asarray, answer)
    choice = choice.reshape(()) if choice.size == 1 else choice
    return {"behind": behind, "errors": errors, "choice": choice}


def _behind_is_not_negative(parts, left_out):
    behind = parts["behind"]
    if behind.shape == left_out.shape[:1] and behind.min() < -1e-9 * np.abs(left_out).max():
        return f"behind has {behind.min():.6g}; nobody is ahead of the best."
    return None


def _the_choice_is_a_row(parts, left_out):
    choice = parts["choice"]
    if choice.ndim == 0 and choice not in range(len(left_out)):
        return f"the choice is {choice}; the rows are 0 to {len(left_out) - 1}."
    return None


def _differences(left_out):
    return left_out[left_out.mean(axis=1).argmax()] - left_out


def _se(values, ddof=1):
    """The standard error of the mean, along the last axis."""
    return values.std(axis=-1, ddof=ddof) / np.sqrt(values.shape[-1])


def _choice(behind=None, errors=None, choose=None):
    """The choice with some of its parts replaced, each a function of what came before."""

    def choice(left_out):
        b = behind(left_out) if behind else _differences(left_out).mean(axis=1)
        e = errors(left_out) if errors else _se(_differences(left_out))
        return (choose(left_out, b, e) if choose else (b <= e).argmax()), b, e

    return choice


the_best = _choice(choose=lambda left_out, b, e: b.argmin())
the_last_one_within = _choice(choose=lambda left_out, b, e: np.flatnonzero(b <= e)[-1])
smaller_than_only = _choice(choose=lambda left_out, b, e: (b < e).argmax())
one_error_for_all = _choice(
    choose=lambda left_out, b, e: (b <= e[b.argsort()[min(1, len(b) - 1)]]).argmax()
)
divided_by_n_in_the_choice = _choice(
    choose=lambda left_out, b, e: (b <= _se(_differences(left_out), ddof=0)).argmax()
)
two_errors = _choice(choose=lambda left_out, b, e: (b <= 2 * e).argmax())
the_first_outside = _choice(choose=lambda left_out, b, e: (b > e).argmax())
the_worst = _choice(choose=lambda left_out, b, e: b.argmax())
counted_from_one = _choice(choose=lambda left_out, b, e: (b <= e).argmax() + 1)
all_within = _choice(choose=lambda left_out, b, e: b <= e)
number_within = _choice(choose=lambda left_out, b, e: (b <= e).sum())
error_of_each_mean = _choice(errors=_se)
error_of_the_best_mean = _choice(
    errors=lambda left_out: np.full(len(left_out), _se(left_out[left_out.mean(axis=1).argmax()]))
)
both_errors = _choice(
    errors=lambda left_out: np.sqrt(_se(left_out) ** 2 + _se(left_out[left_out.mean(axis=1).argmax()]) ** 2)
)
no_root_of_n = _choice(errors=lambda left_out: _differences(left_out).std(axis=1, ddof=1))
divided_by_n = _choice(errors=lambda left_out: _se(_differences(left_out), ddof=0))
n_without_its_root = _choice(
    errors=lambda left_out: _differences(left_out).std(axis=1, ddof=1) / left_out.shape[1]
)
root_of_the_candidates = _choice(
    errors=lambda left_out: _differences(left_out).std(axis=1, ddof=1) / np.sqrt(len(left_out))
)
root_of_n_less_one = _choice(
    errors=lambda left_out: _differences(left_out).std(axis=1, ddof=1) / np.sqrt(left_out.shape[1] - 1)
)
variance_over_n = _choice(
    errors=lambda left_out: _differences(left_out).var(axis=1, ddof=1) / left_out.shape[1]
)
sums_for_means = _choice(behind=lambda left_out: _differences(left_out).sum(axis=1))
medians_for_means = _choice(behind=lambda left_out: np.median(_differences(left_out), axis=1))
from_the_first = _choice(
    behind=lambda left_out: (left_out[0] - left_out).mean(axis=1),
    errors=lambda left_out: _se(left_out[0] - left_out),
)
means_themselves = _choice(behind=lambda left_out: left_out.mean(axis=1))


def sign_turned_round(left_out):
    differences = -_differences(left_out)
    b, e = differences.mean(axis=1), _se(differences)
    return (b <= e).argmax(), b, e


def sign_turned_round_in_the_answer(left_out):
    choice, b, e = my_held_out_choice(left_out)
    return choice, -b, e


def from_the_worst(left_out):
    differences = left_out - left_out[left_out.mean(axis=1).argmin()]
    b, e = differences.mean(axis=1), _se(differences)
    return (b <= e).argmax(), b, e


def best_at_each_point(left_out):
    differences = left_out.max(axis=0) - left_out
    b, e = differences.mean(axis=1), _se(differences)
    return (b <= e).argmax(), b, e


def exponentials_first(left_out):
    with np.errstate(all="ignore"):
        return my_held_out_choice(np.exp(left_out))


def along_the_candidates(left_out):
    return my_held_out_choice(left_out.T)


HELD_OUT_CHOICE = Exercise(
    name="held_out_choice",
    reference=held_out_choice,
    answer=my_held_out_choice,
    cases=CHOICES,
    read=_read_choice,
    properties=(_behind_is_not_negative, _the_choice_is_a_row),
    single=False,
    tolerance={"errors": (1e-6, 1e-7)},  # var + var - 2 cov leaves a rounding where the best meets itself
    mistakes=(
        Mistake("error_of_each_mean", error_of_each_mean,
                "your errors are those of each candidate's own mean. What is hard for all candidates is in "
                "them, and drops out of a difference: subtract point by point first, then take the standard "
                "error."),
        Mistake("error_of_the_best_mean", error_of_the_best_mean,
                "you take the standard error of the best one's own mean for all, as the rule's inventors "
                "did. Here both sides are judged on the same points, so take that of the *difference*: "
                "subtract first."),
        Mistake("both_errors", both_errors,
                "you add up the squared errors of two means, as if they came from different points. They "
                "come from the same ones: take the differences point by point, and their standard error."),
        Mistake("the_best", the_best,
                "behind and errors are right, but you choose the best. Asked is the *first* row that is "
                "behind by at most one of its errors: the simplest that cannot be told from the best."),
        Mistake("the_last_one_within", the_last_one_within,
                "behind and errors are right, but you choose the last row within one error. The simplest is "
                "the first one."),
        Mistake("smaller_than_only", smaller_than_only,
                "where no other is within one error, you choose row 0. The best one is behind by 0, and its "
                "error is 0: `<=` lets it through, `<` does not."),
        Mistake("one_error_for_all", one_error_for_all,
                "behind and errors are right, but you compare every row with the error of the runner-up. "
                "Each row has its own."),
        Mistake("divided_by_n_in_the_choice", divided_by_n_in_the_choice,
                "behind and errors are right, but the errors of your choice are others, which divide by n. "
                "Compare with those that you return."),
        Mistake("two_errors", two_errors,
                "you allow two standard errors. The rule says one."),
        Mistake("the_first_outside", the_first_outside,
                "you choose the first row that is behind by *more* than its error: the comparison is turned "
                "round."),
        Mistake("the_worst", the_worst,
                "you choose the one that is behind most. A high log density is good."),
        Mistake("counted_from_one", counted_from_one,
                "your choice is one too high. Rows are counted from 0."),
        Mistake("all_within", all_within,
                "you return for every row whether it is within one error. Asked is the first of them, one "
                "number."),
        Mistake("number_within", number_within,
                "you return how many rows are within one error. Asked is the first of them."),
        Mistake("no_root_of_n", no_root_of_n,
                "your errors are standard deviations: how much single points scatter. The mean of n of them "
                "scatters less, by the root of n."),
        Mistake("divided_by_n", divided_by_n,
                "your standard deviation divides by n. Asked was `ddof=1`, which divides by n - 1."),
        Mistake("n_without_its_root", n_without_its_root,
                "you divide the standard deviation by n. The error of a mean falls with the *root* of n."),
        Mistake("root_of_the_candidates", root_of_the_candidates,
                "you divide by the root of the number of candidates. It is the points that are averaged: "
                "`left_out.shape[1]`."),
        Mistake("root_of_n_less_one", root_of_n_less_one,
                "with `ddof=1` the n - 1 is dealt with. The root is that of n, the number of points."),
        Mistake("variance_over_n", variance_over_n,
                "your error is squared: a variance over n. Take the root."),
        Mistake("sums_for_means", sums_for_means,
                "behind is a sum over the points; it should be their mean, as the errors are those of a "
                "mean."),
        Mistake("medians_for_means", medians_for_means,
                "behind is a median. The held-out log density is a mean: one point that a candidate finds "
                "impossible has to count in full."),
        Mistake("from_the_first", from_the_first,
                "you compare everybody with row 0. Compare with the row whose mean is highest."),
        Mistake("means_themselves", means_themselves,
                "behind has the means themselves. By how much are they below the best one?"),
        Mistake("sign_turned_round", sign_turned_round,
                "your differences have the wrong sign: each candidate less the best is never above 0, so all "
                "seem to be within an error. Take the best less the candidate."),
        Mistake("sign_turned_round_in_the_answer", sign_turned_round_in_the_answer,
                "the choice is right, but behind has the wrong sign: who is behind has a positive number."),
        Mistake("from_the_worst", from_the_worst,
                "you compare with the row whose mean is lowest. These are *log* densities: the highest mean "
                "is the best."),
        Mistake("best_at_each_point", best_at_each_point,
                "you compare with the best at each point, who is somebody else every time. Compare with one "
                "candidate, the one whose mean is highest."),
        Mistake("exponentials_first", exponentials_first,
                "you turn the log densities into densities. The judge is the mean of the logarithms."),
        Mistake("along_the_candidates", along_the_candidates,
                "your means run over the candidates. The candidates are the rows, the points the columns: "
                "`axis=1`."),
    ),
    hints=(
        "Find the row with the highest mean. Then compare every row with it, point by point.",
        (
            "`best - left_out` has all differences, (m, n). Its mean over the points is `behind`; the "
            "standard deviation over the points, divided by the root of their number, is `errors`."
        ),
        (
            "`differences.std(axis=1, ddof=1) / np.sqrt(n)` are the errors. `(behind <= errors).argmax()` is "
            "the first row where the comparison is true."
        ),
    ),
)  # fmt: skip


# --- count_parameters -----------------------------------------------------------------------------


def my_count_parameters(family, k, d):
    triangle = d * (d + 1) // 2
    of_one = {"full": triangle, "tied": triangle, "diag": d, "tied_diag": d}.get(family, 1)
    n_matrices = 1 if family.startswith("tied") else k
    return k - 1 + k * d + n_matrices * of_one


COUNT_CASES = tuple(
    Case(f"the family {family!r} with {k} component{'s' * (k > 1)} and {d} feature{'s' * (d > 1)}",
         (family, k, d))
    for family, k, d in [
        ("full", 3, 2), ("full", 2, 5), ("tied", 3, 2), ("tied", 4, 6), ("diag", 3, 2), ("diag", 2, 7),
        ("spherical", 3, 2), ("spherical", 5, 4), ("tied_diag", 3, 4), ("tied_spherical", 3, 4),
        ("full", 1, 3), ("tied", 1, 3), ("full", 4, 1), ("tied_spherical", 6, 1), ("diag", 1, 5),
        ("spherical", 1, 7), ("tied_diag", 1, 6), ("tied_spherical", 1, 1), ("tied", 6, 1), ("diag", 5, 1),
        ("tied_diag", 6, 2), ("spherical", 2, 6), ("tied_spherical", 2, 7), ("full", 6, 7),
    ]
)  # fmt: skip


def _read_count(answer, family, k, d):
    if isinstance(answer, tuple):
        raise Unreadable(f"count_parameters returns one number; yours returns {len(answer)}: add them up.")
    if isinstance(answer, str):
        raise Unreadable("count_parameters returns a number; yours returns text.")
    value = np.asarray(answer)
    return {"number of parameters": value.reshape(()) if value.size == 1 else value}


def _is_whole(parts, family, k, d):
    value = parts["number of parameters"]
    if value.ndim == 0 and value != np.round(value):
        return f"it is {value:.6g}; a count is a whole number."
    return None


def _holds_the_means(parts, family, k, d):
    value = parts["number of parameters"]
    if value.ndim == 0 and value < k * d:
        return f"it is {value:.6g}, but the {k} means alone are {k * d} numbers."
    return None


def _counter(weights=lambda k: k - 1, means=lambda k, d: k * d, matrices=None, of_one=None):
    """A count with some of its parts replaced: `matrices(family, k)` and `of_one(family, d)`."""

    def count(family, k, d):
        n_matrices = matrices(family, k) if matrices else _matrices(family, k)
        return weights(k) + means(k, d) + n_matrices * (of_one(family, d) if of_one else _of_one(family, d))

    return count


def _matrices(family, k):
    return 1 if family.startswith("tied") else k


def _shape(family):
    """full, diag or spherical: the family of a single matrix."""
    return {"tied": "full", "tied_diag": "diag", "tied_spherical": "spherical"}.get(family, family)


def _of_one(family, d):
    return {"full": d * (d + 1) // 2, "diag": d, "spherical": 1}[_shape(family)]


def _with(**replaced):
    """`_of_one` where some shapes count otherwise, each a function of d."""

    def of_one(family, d):
        shape = _shape(family)
        return replaced[shape](d) if shape in replaced else _of_one(family, d)

    return of_one


all_weights = _counter(weights=lambda k: k)
no_weights = _counter(weights=lambda k: 0)
no_means = _counter(means=lambda k, d: 0)
one_mean = _counter(means=lambda k, d: d)
a_number_for_each_mean = _counter(means=lambda k, d: k)
three_numbers_for_full = _counter(of_one=_with(full=lambda d: 3))
whole_square = _counter(of_one=_with(full=lambda d: d * d))
triangle_without_diagonal = _counter(of_one=_with(full=lambda d: d * (d - 1) // 2))
always_once = _counter(matrices=lambda family, k: 1)
always_k_times = _counter(matrices=lambda family, k: k)
tied_diag_once_too_few = _counter(matrices=lambda family, k: 1 if family == "tied" else k)
always_full = _counter(of_one=lambda family, d: d * (d + 1) // 2)
only_diagonals = _counter(of_one=_with(full=lambda d: d))
spherical_as_diag = _counter(of_one=_with(spherical=lambda d: d))
diag_as_spherical = _counter(of_one=_with(diag=lambda d: 1))
diag_twice = _counter(of_one=_with(diag=lambda d: 2 * d, spherical=lambda d: d + 1))


def tied_before_diag(family, k, d):
    return _counter(of_one=lambda f, d: _of_one("tied" if f.startswith("tied") else f, d))(family, k, d)


def last_component_for_free(family, k, d):
    return (k - 1) * (1 + d) + (_matrices(family, k) - 1 or 1) * _of_one(family, d)


def no_covariances(family, k, d):
    return k - 1 + k * d


def in_the_plane(family, k, d):
    return k - 1 + 2 * k + _matrices(family, k) * _of_one(family, 2)


def matrices_in_the_plane(family, k, d):
    return k - 1 + k * d + _matrices(family, k) * _of_one(family, 2)


def swapped(family, k, d):
    return n_parameters(family, d, k)


def halved_too_early(family, k, d):
    return _counter(of_one=_with(full=lambda d: d // 2 * (d + 1)))(family, k, d)


def next_halved_too_early(family, k, d):
    return _counter(of_one=_with(full=lambda d: d * ((d + 1) // 2)))(family, k, d)


def tied_weights(family, k, d):
    return n_parameters(family, k, d) - (k - 1) * family.startswith("tied")


def spherical_once(family, k, d):
    n_matrices = 1 if family == "spherical" else _matrices(family, k)
    return k - 1 + k * d + n_matrices * _of_one(family, d)


def tied_spherical_k_times(family, k, d):
    n_matrices = k if family == "tied_spherical" else _matrices(family, k)
    return k - 1 + k * d + n_matrices * _of_one(family, d)


def text_in_text(family, k, d):
    of_one = d if family in "tied_diag" else _of_one(family, d)
    return k - 1 + k * d + _matrices(family, k) * of_one


def everything_tied(family, k, d):
    n_matrices = _matrices(family, k)
    return k - 1 + n_matrices * (d + _of_one(family, d))


COUNT_PARAMETERS = Exercise(
    name="count_parameters",
    reference=n_parameters,
    answer=my_count_parameters,
    off_limits=(Mixture.n_parameters.fget, Mixture.aic, Mixture.bic, Mixture.icl, select),
    cases=COUNT_CASES,
    read=_read_count,
    properties=(_is_whole, _holds_the_means),
    tolerance={"number of parameters": (0.0, 0.0)},
    mistakes=(
        Mistake("all_weights", all_weights,
                "you count a free number for every weight. They sum to 1, so the last one follows from the "
                "others."),
        Mistake("no_weights", no_weights,
                "the weights are missing. How often each component speaks is learned too."),
        Mistake("no_means", no_means,
                "the means are missing: each is a point, with as many numbers as there are features."),
        Mistake("one_mean", one_mean,
                "you count one mean. Every component has its own, in all families: they differ in the "
                "covariances alone."),
        Mistake("a_number_for_each_mean", a_number_for_each_mean,
                "you count each mean as one number. It is a point: one number for every feature."),
        Mistake("no_covariances", no_covariances,
                "there are no covariances in your count."),
        Mistake("whole_square", whole_square,
                "you count all entries of a full matrix. It is symmetric: what stands above the diagonal "
                "stands below it as well."),
        Mistake("triangle_without_diagonal", triangle_without_diagonal,
                "in the triangle of a full matrix you leave the diagonal out. Variances are parameters too."),
        Mistake("always_once", always_once,
                "you count one matrix for all components in every family. That is what the tied ones do; in "
                'the others each component has its own. (`family == "tied" or "tied_diag"` is true of any.)'),
        Mistake("always_k_times", always_k_times,
                "you count a matrix for each component in the tied families too. There all share one."),
        Mistake("tied_diag_once_too_few", tied_diag_once_too_few,
                "the matrix is shared in `tied`, but not in your `tied_diag` and `tied_spherical`. There it "
                "is shared as well."),
        Mistake("always_full", always_full,
                "you count a full matrix whatever the family. A diagonal one has only its diagonal, and a "
                "circle one number."),
        Mistake("only_diagonals", only_diagonals,
                "you count the diagonal alone of full matrices too. These may lean: the covariances between "
                "features are free there."),
        Mistake("spherical_as_diag", spherical_as_diag,
                "you count a whole diagonal for a circle. Its variance is the same in all directions: one "
                "number."),
        Mistake("diag_as_spherical", diag_as_spherical,
                "you count a diagonal matrix as one number. It has a variance for each feature."),
        Mistake("diag_twice", diag_twice,
                "your diagonal and spherical matrices cost d too much: the means have been counted already."),
        Mistake("tied_before_diag", tied_before_diag,
                "`tied_diag` and `tied_spherical` get a full matrix in your count. They are shared *and* "
                "restricted: look at both words of the name."),
        Mistake("last_component_for_free", last_component_for_free,
                "you leave out the whole last component. Only its weight follows from the others; its mean "
                "and covariance do not."),
        Mistake("in_the_plane", in_the_plane,
                "you count as if there were two features. A mean has d numbers, and a matrix grows with d."),
        Mistake("matrices_in_the_plane", matrices_in_the_plane,
                "your matrices are those of two features. They grow with d: how many numbers are free in one "
                "that is 3 by 3?"),
        Mistake("three_numbers_for_full", three_numbers_for_full,
                "a full matrix has 3 free numbers in your count, whatever d is. That is so in the plane: "
                "count the entries on and below the diagonal of one that is d by d."),
        Mistake("swapped", swapped,
                "you take the number of components for that of features, and the other way round."),
        Mistake("halved_too_early", halved_too_early,
                "`d // 2 * (d + 1)` rounds before it multiplies. Multiply first: `d * (d + 1) // 2`."),
        Mistake("next_halved_too_early", next_halved_too_early,
                "`d * ((d + 1) // 2)` loses a half where d + 1 is odd. Only the product is always even: "
                "`d * (d + 1) // 2`."),
        Mistake("tied_weights", tied_weights,
                "the weights are missing in your tied families. What is tied is the covariance; every "
                "component still has a weight of its own."),
        Mistake("everything_tied", everything_tied,
                "in the tied families you count a single mean as well. What is tied is the covariance."),
        Mistake("spherical_once", spherical_once,
                "you count one number for all circles of `spherical`. There each component has a variance of "
                "its own; it is `tied_spherical` in which they share one."),
        Mistake("tied_spherical_k_times", tied_spherical_k_times,
                "you count a variance for each component in `tied_spherical`. All circles are of one size "
                "there: one number."),
        Mistake("text_in_text", text_in_text,
                'your `tied` has a diagonal matrix; it should be a full one. (`family in ("tied_diag")` asks '
                'whether one text is part of another, and "tied" is. `==` compares.)'),
    ),
    hints=(
        (
            "Count three things and add them: the free weights, the numbers in all means, the numbers in all "
            "covariances. Only the third depends on the family."
        ),
        (
            "Ask two questions of the family's name. How many matrices are there, one for each component or "
            "one for all? And how many numbers are free in one of them: a symmetric matrix, a diagonal, a "
            "circle?"
        ),
        (
            "The weights give k - 1, the means k d. A matrix gives d (d + 1) / 2 if it is full, d if "
            'diagonal, 1 if spherical; there are k matrices, or 1 where `family.startswith("tied")`.'
        ),
    ),
)  # fmt: skip


# --- bic --------------------------------------------------------------------------------------------


def bic(X, mixture):
    """The package's method, as a function."""
    return mixture.bic(X)


def my_bic(X, mixture):
    price = np.log(len(X))
    return mixture.n_parameters * price - 2 * mixture.log_likelihood(X)


def _random_mixture(rng, family, k, d):
    A = rng.normal(size=(k, d, d + 2))
    weights = rng.dirichlet(np.full(k, 3.0))
    covariances = FAMILIES[family](A @ A.swapaxes(1, 2) / d, weights)
    return Mixture(weights, 2 * rng.normal(size=(k, d)), covariances, family)


def _drawn(seed, n, family, k, d):
    rng = np.random.default_rng(seed)
    mixture = _random_mixture(rng, family, k, d)
    return mixture.sample(n, rng)[0], mixture


def _in_other_units(factor, offset):
    """Twenty points in the plane and two full components, in other units and elsewhere."""
    X, mixture = _drawn(7, 20, "full", 2, 2)
    means, covariances = factor * mixture.means + offset, factor**2 * mixture.covariances
    return factor * X + offset, Mixture(mixture.weights, means, covariances, "full")


def _bic_cases():
    far = Mixture([0.6, 0.3, 0.1], [[0.0], [160.0], [320.0]], np.full((3, 1, 1), 4.0), "tied")
    whole = np.array([[0, 1], [2, 1], [0, 1], [3, 4], [5, 4], [0, 1], [3, 4], [4, 6], [1, 0]])
    upright = Mixture([0.5, 0.5], [[1.0, 1.0], [4.0, 4.0]], [np.diag([1.0, 3.0])] * 2, "full")
    round_ones = Mixture([0.5, 0.5], [[1.0, 1.0], [4.0, 4.0]], [np.eye(2), 3 * np.eye(2)])
    standard = Mixture([1.0], [[0.0]], [[[1.0]]], "full")
    return (
        Case("the points -1, 0 and 1, and a standard Gaussian", (np.array([[-1.0], [0.0], [1.0]]), standard)),
        Case("40 points in the plane, two full components", _drawn(1, 40, "full", 2, 2)),
        Case("30 points in the plane, three tied components", _drawn(2, 30, "tied", 3, 2)),
        Case("50 points in five dimensions, two diagonal components", _drawn(3, 50, "diag", 2, 5)),
        Case("25 points in space, four balls of one size", _drawn(4, 25, "tied_spherical", 4, 3)),
        Case("a single point, two components", _drawn(5, 1, "full", 2, 2)),
        Case("two rods, 40 standard deviations from every machine", (np.array([[80.0], [240.0]]), far)),
        Case("five points in eighty dimensions", _drawn(6, 5, "full", 2, 80)),
        Case("twelve points in space, two balls", _drawn(8, 12, "spherical", 2, 3)),
        Case("15 points in four dimensions, one diagonal for three", _drawn(9, 15, "tied_diag", 3, 4)),
        Case("three points on a line, five components", _drawn(10, 3, "full", 5, 1)),
        Case("whole numbers, some twice; full ellipses, upright and equal by accident", (whole, upright)),
        Case("points in millionths: a log-likelihood above 0", _in_other_units(1e-6, 0.0)),
        Case("points a hundred million from zero", _in_other_units(1.0, 1e8)),
        Case("a point 3000 standard deviations out", (np.array([[0.5], [3000.0]]), standard)),
        Case("two round components of a mixture that names no family", (whole, round_ones)),
    )  # fmt: skip


def _read_bic(answer, X, mixture):
    if isinstance(answer, tuple):
        raise Unreadable(f"bic returns one number; yours returns {len(answer)} things.")
    value = np.asarray(answer)
    return {"BIC": value.reshape(()) if value.size == 1 else value}


def _is_finite(parts, X, mixture):
    value = parts["BIC"]
    if value.ndim == 0 and not np.isfinite(value):
        return f"BIC is {value}. The log-likelihood is finite: no point is impossible under a Gaussian."
    return None


def _charges_something(parts, X, mixture):
    value, deviance = parts["BIC"], -2 * mixture.log_likelihood(X)
    if value.ndim == 0 and value < deviance - 1e-6 * abs(deviance):
        return (
            f"BIC is {value:.6g}, lower than minus twice the log-likelihood, {deviance:.6g}. The price of "
            "the parameters comes on top of that."
        )
    return None


def _bic_of(price=lambda X, mixture: np.log(len(X)), n_parameters=None, log_likelihood=None, times=2):
    """BIC with some of its parts replaced."""

    def criterion(X, mixture):
        p = n_parameters(X, mixture) if n_parameters else mixture.n_parameters
        fit = log_likelihood(X, mixture) if log_likelihood else mixture.log_likelihood(X)
        return p * price(X, mixture) - times * fit

    return criterion


def _most_likely_components(X, mixture):
    return mixture.log_joint(X).max(axis=1).sum()


def _q(X, mixture):
    return (mixture.responsibilities(X) * mixture.log_joint(X)).sum()


def _entries(X, mixture):
    return mixture.weights.size + mixture.means.size + mixture.covariances.size


def _as_if_full(X, mixture):
    k, d = mixture.means.shape
    return k - 1 + k * d + k * d * (d + 1) // 2


def _for_each_component(X, mixture):
    k, d = mixture.means.shape
    return k - 1 + k * d + k * _of_one(mixture.family, d)


def _full_if_not_named(X, mixture):
    return mixture.n_parameters if mixture.family else _as_if_full(X, mixture)


def _read_off(X, mixture):
    """The parameters of the smallest family to which the covariances belong, be it by accident."""
    return Mixture(mixture.weights, mixture.means, mixture.covariances).n_parameters


def _underflowing(X, mixture):
    return np.log(_densities(X, mixture)).sum()


def _densities(X, mixture):
    return np.exp(mixture.log_joint(X)).sum(axis=1)


aic = _bic_of(price=lambda X, mixture: 2)
no_price = _bic_of(price=lambda X, mixture: 0)
price_without_log = _bic_of(price=lambda X, mixture: len(X))
all_numbers_counted = _bic_of(price=lambda X, mixture: np.log(X.size))
log_of_d = _bic_of(price=lambda X, mixture: np.log(mixture.d))
log_of_k = _bic_of(price=lambda X, mixture: np.log(mixture.k))
base_ten = _bic_of(price=lambda X, mixture: np.log10(len(X)))
base_two = _bic_of(price=lambda X, mixture: np.log2(len(X)))
twice_the_price = _bic_of(price=lambda X, mixture: 2 * np.log(len(X)))
log_likelihood_once = _bic_of(times=1)
log_likelihood_added = _bic_of(times=-2)
mean_log_likelihood = _bic_of(log_likelihood=lambda X, mixture: mixture.log_likelihood(X) / len(X))
log_density_of_each = _bic_of(log_likelihood=lambda X, mixture: mixture.log_density(X))
icl_instead = _bic_of(log_likelihood=_most_likely_components)
q_instead = _bic_of(log_likelihood=_q)
components_counted = _bic_of(n_parameters=lambda X, mixture: mixture.k)
entries_counted = _bic_of(n_parameters=_entries)
always_as_full = _bic_of(n_parameters=_as_if_full)
shared_counted_for_each = _bic_of(n_parameters=_for_each_component)
full_if_not_named = _bic_of(n_parameters=_full_if_not_named)
underflow = _bic_of(log_likelihood=_underflowing)
logarithm_again = _bic_of(log_likelihood=lambda X, mixture: np.log(mixture.log_likelihood(X)))
joint_added = _bic_of(log_likelihood=lambda X, mixture: mixture.log_joint(X).sum())
padded = _bic_of(log_likelihood=lambda X, mixture: np.log(_densities(X, mixture) + 1e-12).sum())
clipped = _bic_of(log_likelihood=lambda X, mixture: np.log(np.maximum(_densities(X, mixture), 1e-300)).sum())
sign_removed = _bic_of(times=-2, log_likelihood=lambda X, mixture: abs(mixture.log_likelihood(X)))
read_off_the_entries = _bic_of(n_parameters=_read_off)
different_points_counted = _bic_of(price=lambda X, mixture: np.log(len(np.unique(X, axis=0))))
one_point_less = _bic_of(price=lambda X, mixture: np.log(len(X) - 1))
two_points_at_least = _bic_of(price=lambda X, mixture: np.log(max(len(X), 2)))
always_the_eruptions = _bic_of(price=lambda X, mixture: np.log(272))


def other_sign(X, mixture):
    return -my_bic(X, mixture)


def half(X, mixture):
    return my_bic(X, mixture) / 2


def of_one_point(X, mixture):
    return my_bic(X, mixture) / len(X)


def half_the_price(X, mixture):
    return my_bic(X, mixture) - mixture.n_parameters * np.log(len(X)) / 2


def price_as_a_gain(X, mixture):
    return my_bic(X, mixture) - 2 * mixture.n_parameters * np.log(len(X))


def method_not_called(X, mixture):
    return mixture.n_parameters * np.log(len(X)) - 2 * mixture.log_likelihood


def bracket_around_both(X, mixture):
    return mixture.n_parameters * (np.log(len(X)) - 2 * mixture.log_likelihood(X))


def a_log_price_on_points(X, mixture):
    return len(X) * np.log(mixture.n_parameters) - 2 * mixture.log_likelihood(X)


BIC = Exercise(
    name="bic",
    reference=bic,
    answer=my_bic,
    source=Mixture.bic,
    cases=_bic_cases(),
    read=_read_bic,
    properties=(_is_finite, _charges_something),
    mistakes=(
        Mistake("aic", aic,
                "this is AIC: 2 a parameter. BIC charges log n, more from the eighth point on."),
        Mistake("other_sign", other_sign,
                "your sign is turned round: higher would be better. Some books and R's mclust write it so; "
                "here, and in scikit-learn, lower is better."),
        Mistake("half_the_price", half_the_price,
                "your price is halved: half of log n goes with one log-likelihood, log n with two."),
        Mistake("price_as_a_gain", price_as_a_gain,
                "you take the price off. Lower is better here, so what costs must raise the number."),
        Mistake("method_not_called", method_not_called,
                "`log_likelihood` of a mixture is a function of the points: `mixture.log_likelihood(X)`."),
        Mistake("bracket_around_both", bracket_around_both,
                "you multiply the log-likelihood by the number of parameters as well. Only the price of one, "
                "log n, is."),
        Mistake("half", half,
                "it is half of BIC: the choice would be the same, but not the number. BIC is on the scale of "
                "minus *twice* the log-likelihood."),
        Mistake("of_one_point", of_one_point,
                "it is BIC divided by n. It is a sum over the whole data set, not a mean of its points."),
        Mistake("no_price", no_price,
                "nothing is charged for the parameters. Minus twice the log-likelihood always prefers more "
                "components."),
        Mistake("price_without_log", price_without_log,
                "a parameter costs n in your criterion. Its price is the *logarithm* of n."),
        Mistake("a_log_price_on_points", a_log_price_on_points,
                "the logarithm stands at the wrong number: you take that of the parameters, and multiply by "
                "the points."),
        Mistake("all_numbers_counted", all_numbers_counted,
                "n is the number of points, the rows of X. You took all its entries, n times d."),
        Mistake("log_of_d", log_of_d,
                "you take the logarithm of the number of features. The price grows with that of the points."),
        Mistake("log_of_k", log_of_k,
                "you take the logarithm of the number of components. It is the points that raise the price."),
        Mistake("base_ten", base_ten,
                "your price has a logarithm of base 10. The log-likelihood is in nats, so the price is too: "
                "`np.log`."),
        Mistake("base_two", base_two,
                "your price has a logarithm of base 2. The log-likelihood is in nats, so the price is too: "
                "`np.log`."),
        Mistake("twice_the_price", twice_the_price,
                "the price is doubled as well. Only the log-likelihood gets the factor 2."),
        Mistake("log_likelihood_once", log_likelihood_once,
                "the factor 2 at the log-likelihood is missing, so parameters cost twice what they should."),
        Mistake("log_likelihood_added", log_likelihood_added,
                "you add the log-likelihood. Lower is better here, so a good fit must lower the number."),
        Mistake("mean_log_likelihood", mean_log_likelihood,
                "you divide the log-likelihood by n. The price is for the whole data set, and so is the "
                "gain: take the total."),
        Mistake("log_density_of_each", log_density_of_each,
                "you return a number for each point, and each pays for all the parameters. Add the "
                "log-densities up first."),
        Mistake("icl_instead", icl_instead,
                "this is ICL: each point counts with its best component alone. BIC uses the log-likelihood, "
                "to which all components add."),
        Mistake("q_instead", q_instead,
                "you take Q, lesson 06's weighted joint log-densities, for the log-likelihood. It lies "
                "lower, by the entropy."),
        Mistake("components_counted", components_counted,
                "you charge for components. What costs is their parameters: `mixture.n_parameters`."),
        Mistake("entries_counted", entries_counted,
                "you count the entries of the arrays. Symmetric and shared entries, and the last weight, are "
                "not free: `mixture.n_parameters`."),
        Mistake("always_as_full", always_as_full,
                "you count the parameters of the full family for every mixture. A tied or diagonal one has "
                "fewer: `mixture.n_parameters` knows."),
        Mistake("shared_counted_for_each", shared_counted_for_each,
                "you count a covariance for each component where all share one. `mixture.n_parameters` "
                "counts it once."),
        Mistake("full_if_not_named", full_if_not_named,
                "you count a mixture that names no family as a full one. `mixture.n_parameters` takes the "
                "smallest family to which its covariances belong."),
        Mistake("logarithm_again", logarithm_again,
                "you take the logarithm of the log-likelihood. It is a logarithm already."),
        Mistake("joint_added", joint_added,
                "you add up the joint log-densities of all components. A point's density is the sum of the "
                "*densities*: `mixture.log_likelihood(X)` adds them before it takes the logarithm."),
        Mistake("always_the_eruptions", always_the_eruptions,
                "your n is 272, whatever X holds. It is the number of its rows: `len(X)`."),
        Mistake("underflow", underflow,
                "a density becomes 0.0 on the way, and its logarithm minus infinity. "
                "`mixture.log_likelihood(X)` stays in logarithms."),
        Mistake("padded", padded,
                "you add something like 1e-12 to the densities before the logarithm. In a far tail, or in "
                "eighty dimensions, a density is far smaller than that: `mixture.log_likelihood(X)` needs no "
                "such help."),
        Mistake("clipped", clipped,
                "you raise the densities to some smallest number before the logarithm. A point in a far tail "
                "has a smaller one, and costs more than you charge: `mixture.log_likelihood(X)` knows."),
        Mistake("sign_removed", sign_removed,
                "you take the absolute value of the log-likelihood. It is mostly below 0, and in small units "
                "above; then minus twice it is negative, and has to stay so."),
        Mistake("read_off_the_entries", read_off_the_entries,
                "you read the family off the covariances. Full ones may lie along the axes, or be equal, by "
                "accident; they were free to do otherwise, and that is paid for: `mixture.n_parameters`."),
        Mistake("different_points_counted", different_points_counted,
                "you count points that are alike once. Each row of X is a point that was seen: `len(X)`."),
        Mistake("one_point_less", one_point_less,
                "you take the logarithm of n - 1. It is that of n, the number of points."),
        Mistake("two_points_at_least", two_points_at_least,
                "a single point is charged as if there were two. The logarithm of 1 is 0, and so is its "
                "price: nothing is divided by it, so it needs no guard."),
    ),
    hints=(
        "The number of parameters times the price of one, less twice the log-likelihood. What is n?",
        (
            "n is the number of points, the rows of X. The log-likelihood is that of all of them together, "
            "and the logarithm is the natural one."
        ),
        "`mixture.n_parameters * np.log(len(X))`, and from that take off `2 * mixture.log_likelihood(X)`.",
    ),
)  # fmt: skip


# --- icl --------------------------------------------------------------------------------------------


def icl(X, mixture):
    """The package's method, as a function."""
    return mixture.icl(X)


def my_icl(X, mixture):
    best = mixture.log_joint(X).max(axis=1)
    return mixture.n_parameters * np.log(len(X)) - 2 * best.sum()


def _read_icl(answer, X, mixture):
    if isinstance(answer, tuple):
        raise Unreadable(f"icl returns one number; yours returns {len(answer)} things.")
    value = np.asarray(answer)
    return {"ICL": value.reshape(()) if value.size == 1 else value}


def _not_below_bic(parts, X, mixture):
    value, bic = parts["ICL"], mixture.bic(X)
    if value.ndim == 0 and value < bic - 1e-6 * abs(bic):
        return f"ICL is {value:.6g}, lower than BIC, {bic:.6g}. Overlap costs; it never pays."
    return None


def _icl_of(points, price=lambda X, mixture: np.log(len(X)), times=2):
    """ICL with `points`, the log-likelihood's stand-in, or the price of a parameter replaced."""
    return lambda X, mixture: mixture.n_parameters * price(X, mixture) - times * points(X, mixture)


def _log_normal(X, mixture):
    return mixture.log_joint(X) - np.log(mixture.weights)


def _at_the_nearest(X, mixture):
    nearest = ((X[:, None] - mixture.means) ** 2).sum(axis=2).argmin(axis=1)
    return mixture.log_joint(X)[np.arange(len(X)), nearest].sum()


def _joint_of_the_largest(X, mixture):
    with np.errstate(all="ignore"):
        return np.log(np.exp(mixture.log_joint(X)).max(axis=1)).sum()


bic_for_icl = _icl_of(lambda X, mixture: mixture.log_likelihood(X))
with_the_entropy = _icl_of(_q)
entropy_once = _icl_of(lambda X, mixture: (_q(X, mixture) + mixture.log_likelihood(X)) / 2)
half_of_the_overlap = _icl_of(
    lambda X, mixture: (_most_likely_components(X, mixture) + mixture.log_likelihood(X)) / 2
)
weights_left_out = _icl_of(lambda X, mixture: _log_normal(X, mixture).max(axis=1).sum())
largest_of_all = _icl_of(lambda X, mixture: mixture.log_joint(X).max())
largest_of_each_component = _icl_of(lambda X, mixture: mixture.log_joint(X).max(axis=0).sum())
smallest_of_each_point = _icl_of(lambda X, mixture: mixture.log_joint(X).min(axis=1).sum())
all_components_added = _icl_of(lambda X, mixture: mixture.log_joint(X).sum())
mean_of_the_points = _icl_of(lambda X, mixture: mixture.log_joint(X).max(axis=1).mean())
points_not_added = _icl_of(lambda X, mixture: mixture.log_joint(X).max(axis=1))
nearest_mean = _icl_of(_at_the_nearest)
largest_density = _icl_of(_joint_of_the_largest)
price_of_aic = _icl_of(_most_likely_components, price=lambda X, mixture: 2)
nothing_for_parameters = _icl_of(_most_likely_components, price=lambda X, mixture: 0)
factor_two_missing = _icl_of(_most_likely_components, times=1)
added_up = _icl_of(_most_likely_components, times=-2)
all_entries_for_n = _icl_of(_most_likely_components, price=lambda X, mixture: np.log(X.size))
largest_responsibility = _icl_of(lambda X, mixture: np.log(mixture.responsibilities(X).max(axis=1)).sum())


def icl_other_sign(X, mixture):
    return -my_icl(X, mixture)


def icl_half(X, mixture):
    return my_icl(X, mixture) / 2


def overlap_taken_off(X, mixture):
    return 2 * mixture.bic(X) - my_icl(X, mixture)


ICL = Exercise(
    name="icl",
    reference=icl,
    answer=my_icl,
    source=Mixture.icl,
    off_limits=(select,),
    cases=_bic_cases(),
    read=_read_icl,
    properties=(_not_below_bic,),
    mistakes=(
        Mistake("with_the_entropy", with_the_entropy,
                "this is the other form, with the entropy: each point counts with all its components, by "
                "share. Here it counts with its best one alone: a maximum over k."),
        Mistake("bic_for_icl", bic_for_icl,
                "this is BIC: all components add to a point's density. In ICL the best one stands alone."),
        Mistake("entropy_once", entropy_once,
                "you charge half of the entropy. And in this form it is not the entropy at all: each point "
                "counts with its best component alone."),
        Mistake("half_of_the_overlap", half_of_the_overlap,
                "what overlap costs is halved: on the scale of minus *twice* a log-likelihood it counts "
                "twice as well."),
        Mistake("weights_left_out", weights_left_out,
                "the weights are missing: the bracket has the logarithm of the component's weight as well as "
                "that of its density. `mixture.log_joint(X)` has both."),
        Mistake("largest_of_all", largest_of_all,
                "you take one maximum for all points. Each point has its own: `.max(axis=1)`, then the sum."),
        Mistake("largest_of_each_component", largest_of_each_component,
                "your maximum runs over the points. It should run over the components: `.max(axis=1)`."),
        Mistake("smallest_of_each_point", smallest_of_each_point,
                "you count each point with its *worst* component. Logarithms of densities are mostly "
                "negative; the best is still the largest."),
        Mistake("all_components_added", all_components_added,
                "you add up the brackets of all components. Each point counts with one of them, the "
                "largest."),
        Mistake("mean_of_the_points", mean_of_the_points,
                "you take the mean over the points. The price is for the whole data set: take the sum."),
        Mistake("points_not_added", points_not_added,
                "you return a number for each point, and each pays for all the parameters. Add the maxima up "
                "first."),
        Mistake("nearest_mean", nearest_mean,
                "you count each point with the component whose mean is nearest. The best one is that with "
                "the largest bracket: weights and shapes count too."),
        Mistake("largest_density", largest_density,
                "a density becomes 0.0 on the way to the maximum, or infinite. Stay in logarithms: the "
                "largest logarithm is that of the largest density."),
        Mistake("price_of_aic", price_of_aic,
                "a parameter costs 2 in your criterion, as in AIC. In ICL, as in BIC, it is log n."),
        Mistake("nothing_for_parameters", nothing_for_parameters,
                "nothing is charged for the parameters: p log n is missing."),
        Mistake("factor_two_missing", factor_two_missing,
                "the factor 2 at the sum is missing."),
        Mistake("added_up", added_up,
                "you add the sum where it should be taken off: lower is better, so points that are well "
                "described lower the number."),
        Mistake("all_entries_for_n", all_entries_for_n,
                "you count all numbers in X for n. A point is a row: `len(X)`."),
        Mistake("largest_responsibility", largest_responsibility,
                "you take the largest responsibility. The bracket is the joint log-density, before it is "
                "divided by the sum: responsibilities forget how probable the point is."),
        Mistake("icl_other_sign", icl_other_sign,
                "your ICL has the sign of R's mclust, where higher is better. Here lower is better."),
        Mistake("icl_half", icl_half,
                "this is half of ICL: it would choose the same, but the formula has the factor 2."),
        Mistake("overlap_taken_off", overlap_taken_off,
                "you take off what overlap costs. It makes ICL larger than BIC, not smaller."),
    ),
    hints=(
        "It is BIC with another sum: which component does each point count with?",
        "`mixture.log_joint(X)` has a row for each point. Take each row's largest entry, then add up.",
        "`mixture.n_parameters * np.log(len(X))`, less twice the sum of `mixture.log_joint(X).max(axis=1)`.",
    ),
)  # fmt: skip

EXERCISES = (HELD_OUT_CHOICE, COUNT_PARAMETERS, BIC, ICL)
