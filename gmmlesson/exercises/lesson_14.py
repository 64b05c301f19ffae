"""At scale: `merge`, of what two parts report about their points, and `online_step`, of online EM."""

import numpy as np

from gmmlesson import streaming
from gmmlesson.em import e_step, m_step
from gmmlesson.engine import Engine
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.mixture import Mixture
from gmmlesson.sufficient import PackedForm, SufficientStatistics


def merge(a, b):
    """The report (N, mean, variance) of all points, by the package's sums about the larger part's mean."""
    smaller, larger = sorted((a, b), key=lambda report: report[0])
    total = _sums(*larger) + _sums(*smaller)
    N, offset, square = (np.sum(sums) for sums in (total.counts, total.sums, total.moments))
    return N, total.origins[0, 0] + offset / N, square / N - (offset / N) ** 2


def _sums(N, mean, variance):
    """A report as SufficientStatistics of one component with one feature."""
    mean, zero = np.array([[float(mean)]]), np.zeros((1, 1))
    return SufficientStatistics(mean, np.array([N]), zero, np.array([[[N * variance]]]), 0.0, np.zeros(1))


def my_merge(a, b):
    # The package's `+` adds sums instead: first `about` moves b's to a's origins, and that is where the
    # distance between the parts comes in.
    N = a[0] + b[0]
    mean = (a[0] * a[1] + b[0] * b[1]) / N
    within = (a[0] * a[2] + b[0] * b[2]) / N
    apart = a[0] * b[0] / N**2 * (a[1] - b[1]) ** 2
    return N, mean, within + apart


FAR = 2.0**27  # 134,217,728

MERGE_CASES = (
    Case("the clerks' reports of two points each", ((2, 1, 1), (2, 6.5, 2.25))),
    Case("one point and three", ((1, 0.0, 0.0), (3, 5.0, 6.0))),
    Case("two single points, 4 and 10", ((1, 4.0, 0.0), (1, 10.0, 0.0))),
    Case("equal means, other variances", ((5, 3.0, 1.0), (15, 3.0, 2.0))),
    Case("30 points and 10, the second mean below zero", ((30, 2.0, 3.1), (10, -1.5, 0.8))),
    Case("10 points and 30, the first mean below zero", ((10, -1.5, 0.8), (30, 2.0, 3.1))),
    Case("20 points about -3 and 30 about 2, whose mean is 0", ((20, -3.0, 1.7), (30, 2.0, 0.6))),
    Case("counts that are sums of responsibilities", ((662.3, -3.9, 2.4), (230.4, 7.5, 4.1))),
    Case("responsibilities that sum to less than a point", ((0.31, 2.7, 0.9), (0.17, -1.1, 1.9))),
    Case("components that are nearly empty", ((2e-9, 1.3, 0.5), (3e-9, 4.1, 0.2))),
    Case("two million points and 1,500 far away", ((2_000_000, 0.2, 1.0), (1_500, 500.0, 3.0))),
    Case("a billion points and one far away", ((1_000_000_000, 0.2, 1.0), (1, 50.0, 0.0))),
    Case("two single points at one place", ((1, 0.3, 0.0), (1, 0.3, 0.0))),
    Case("a part without points, and three", ((0, 0.0, 0.0), (3, 5.0, 6.0))),
    Case("seven points, and a part without", ((7, -4.0, 2.5), (0, 0.0, 0.0))),
    Case("millimeters, written in kilometers", ((12, 3.1e-6, 2.3e-12), (5, -1.7e-6, 7.1e-13))),
    Case("picometers, written in meters", ((12, 3.1e-12, 2.3e-24), (5, -1.7e-12, 7.1e-25))),
    Case("thousands of kilometers, written in meters", ((12, 3.1e6, 2.3e12), (5, -1.7e6, 7.1e11))),
    # Powers of 2, for which squares lose the variance within wholly, and nothing else, in whatever order they
    # are added up: so the mistake is recognized.
    Case("points a hundred million from 0", ((3, FAR, 1.0), (5, FAR + 16, 1.25))),
    Case("points a hundred million below 0, two parts 1 apart", ((3, -FAR, 1.0), (5, -FAR - 1, 1.25))),
    Case("points near 32,768 that vary by thousandths",
         ((3, 2.0**15, 6.1e-8), (5, 2.0**15 + 2.0**-8, 7.3e-8))),
)  # fmt: skip


def _read_report(answer, a, b):
    values = np.asarray(answer)
    if values.shape != (3,):
        raise Unreadable(f"merge returns three numbers, N, mean and variance; yours returns {_form(values)}.")
    return dict(zip(("N", "mean", "variance"), values, strict=True))


def _form(values):
    return f"{len(values)}" if values.ndim == 1 else "one" if values.ndim == 0 else f"shape {values.shape}"


def _counts_all(parts, a, b):
    if abs(parts["N"] - a[0] - b[0]) > 1e-6 * (a[0] + b[0]):
        return f"N is {parts['N']:.6g}, but the parts have {a[0]:.6g} and {b[0]:.6g} points."
    return None


def _mean_lies_between(parts, a, b):
    low, high = min(a[1], b[1]), max(a[1], b[1])
    slack = 1e-12 * max(abs(low), abs(high))
    if a[0] * b[0] and not low - slack <= parts["mean"] <= high + slack:
        between = f"between the parts' means, {low:.10g} and {high:.10g}"
        return f"the mean is {parts['mean']:.10g}; it must lie {between}."
    return None


def _varies_as_much_as_within(parts, a, b):
    within = (a[0] * a[2] + b[0] * b[2]) / (a[0] + b[0])
    if parts["variance"] < within * (1 - 1e-6):
        return (
            f"the variance is {parts['variance']:.6g}; the points vary by {within:.6g} within the parts "
            "alone, and cannot vary less in all."
        )
    return None


# --- Mistakes: each takes the three parts of the right answer, and changes one --------------------


def _shares(a, b):
    return a[0] / (a[0] + b[0]), b[0] / (a[0] + b[0])


def _within(a, b):
    p, q = _shares(a, b)
    return p * a[2] + q * b[2]


def _apart(a, b):
    p, q = _shares(a, b)
    return p * q * (a[1] - b[1]) ** 2


def _with(N=None, mean=None, variance=None):
    """The right report but for what is given: functions of a and b."""

    def report(a, b):
        p, q = _shares(a, b)
        return (
            N(a, b) if N else a[0] + b[0],
            mean(a, b) if mean else p * a[1] + q * b[1],
            variance(a, b) if variance else _within(a, b) + _apart(a, b),
        )

    return report


def _plain_mean(a, b):
    return (a[1] + b[1]) / 2


def _plain_variance(a, b):
    return (a[2] + b[2]) / 2


def _variances_squared(a, b):
    p, q = _shares(a, b)
    return p * a[2] ** 2 + q * b[2] ** 2 + _apart(a, b)


def _squares_in_full(a, b):
    return a[0] * (a[2] + a[1] ** 2) + b[0] * (b[2] + b[1] ** 2)


def _by_sums(a, b):
    N, S1, S2 = a[0] + b[0], a[0] * a[1] + b[0] * b[1], _squares_in_full(a, b)
    return N, S1 / N, S2 / N - (S1 / N) ** 2


def _sum_of_squares(a, b):
    return (a[0] + b[0]) * (_within(a, b) + _apart(a, b))


def _one_less(a, b):
    N = a[0] + b[0]
    return ((a[0] - 1) * a[2] + (b[0] - 1) * b[2] + N * _apart(a, b)) / (N - 1)


def _pooled(a, b):
    return ((a[0] - 1) * a[2] + (b[0] - 1) * b[2]) / (a[0] + b[0] - 2)


def _turned(a, b):
    p, q = _shares(a, b)
    return q * a[1] + p * b[1]


def _about_the_first(a, b):
    return _within(a, b) + _shares(a, b)[1] * (a[1] - b[1]) ** 2


def _mean_and_variance(a, b):
    return _with()(a, b)[1:]


def _variance_before_mean(a, b):
    N, mean, variance = _with()(a, b)
    return N, variance, mean


def _common(a, b):
    p, q = _shares(a, b)
    return p * a[1] + q * b[1]


def _weights_squared(a, b):
    p, q = _shares(a, b)
    return p**2 * a[2] + q**2 * b[2]


def _within_exchanged(a, b):
    p, q = _shares(a, b)
    return q * a[2] + p * b[2]


def _two_sums(a, b):
    return a[0] + b[0], a[0] * a[1] + b[0] * b[1], _squares_in_full(a, b)


def _reports_as_points(a, b):
    points = np.array([*a, *b])
    return len(points), points.mean(), points.var()


def _dispersions_about_a_plain_mean(a, b):
    p, q = _shares(a, b)
    mean = _plain_mean(a, b)
    return a[0] + b[0], mean, p * (a[2] + (a[1] - mean) ** 2) + q * (b[2] + (b[1] - mean) ** 2)


def _squared_average_of_roots(a, b):
    p, q = _shares(a, b)
    return (p * a[2] ** 0.5 + q * b[2] ** 0.5) ** 2 + _apart(a, b)


def _rounded_to_single(values):
    return tuple(map(np.float32, values))


def _computed_in_single(a, b):
    return tuple(map(float, my_merge(_rounded_to_single(a), _rounded_to_single(b))))


def _a_little_more(a, b):
    N = a[0] + b[0] + 1e-12
    mean = (a[0] * a[1] + b[0] * b[1]) / N
    return a[0] + b[0], mean, (a[0] * a[2] + b[0] * b[2]) / N + a[0] * b[0] / N**2 * (a[1] - b[1]) ** 2


def _at_least_one_point(a, b):
    N = max(a[0] + b[0], 1)
    mean = (a[0] * a[1] + b[0] * b[1]) / N
    return N, mean, (a[0] * a[2] + b[0] * b[2]) / N + a[0] * b[0] / N**2 * (a[1] - b[1]) ** 2


def _in_an_array_like_the_first(a, b):
    report = np.array(a)
    report[:] = my_merge(a, b)
    return report


def _empty_parts_averaged(a, b):
    mean = _plain_mean if a[0] * b[0] == 0 else None
    return _with(mean=mean)(a, b)


def _updated_by_a_point(a, b):
    """Welford's update by a single point, with b in its place."""
    return (a[0] * a[2] + b[0] * (b[1] - a[1]) * (b[1] - _common(a, b))) / (a[0] + b[0])


MERGE = Exercise(
    name="merge",
    reference=merge,
    answer=my_merge,
    source=SufficientStatistics.__add__,
    cases=MERGE_CASES,
    read=_read_report,
    properties=(_counts_all, _mean_lies_between, _varies_as_much_as_within),
    # a little more than rounding, and far less than numbers of 7 digits can do
    tolerance={"N": (1e-12, 0.0), "mean": (1e-12, 1e-14), "variance": (1e-10, 1e-31)},
    single=False,
    mistakes=(
        Mistake("variances_averaged", _with(variance=_within),
                "N and the mean are right, and the variance is the average of the parts': how much points "
                "vary within a part. That the parts lie apart is missing in it, or has cancelled: deviations "
                "from the common mean add up to 0 unless each is squared first."),
        Mistake("everything_averaged", _with(mean=_plain_mean, variance=_plain_variance),
                "mean and variance are plain averages, as the two clerks first had them. A part with more "
                "points must weigh more; and the variance has to know how far the parts are apart."),
        Mistake("plain_mean", _with(mean=_plain_mean),
                "the variance is right; the mean is halfway between the parts' means, however many points "
                "each has. Weigh them by their counts."),
        Mistake("about_a_plain_mean", _dispersions_about_a_plain_mean,
                "the mean is halfway between the parts' means, and the variance is taken about it. Weigh the "
                "means by their counts first; the rest of your formula is sound."),
        Mistake("plain_average_of_variances", _with(variance=_plain_variance),
                "the mean is right; the variance is the plain average of the two. Weigh by the counts, and "
                "add what comes from the distance between the parts."),
        Mistake("within_not_weighted", _with(variance=lambda a, b: _plain_variance(a, b) + _apart(a, b)),
                "what comes from the distance is right. What comes from within is a plain average; the part "
                "with more points must count for more there too."),
        Mistake("variances_added", _with(variance=lambda a, b: a[2] + b[2]),
                "the variances are added. That is the rule for the sum of two independent numbers; here the "
                "points lie side by side in one heap."),
        Mistake("distance_not_squared",
                _with(variance=lambda a, b: _within(a, b) + np.prod(_shares(a, b)) * abs(a[1] - b[1])),
                "the distance between the means is added as it is. In a variance, distances are squared: "
                "look at the units, cm and square cm."),
        Mistake("distance_in_full", _with(variance=lambda a, b: _within(a, b) + (a[1] - b[1]) ** 2),
                "the whole squared distance of the means is added. But nobody is that far from the common "
                "mean, which lies between them."),
        Mistake("distance_halved", _with(variance=lambda a, b: _within(a, b) + (a[1] - b[1]) ** 2 / 4),
                "you count each part as half the distance away from the common mean. So it is if they have "
                "equally many points; otherwise the mean is nearer to the larger part."),
        Mistake("counts_for_shares",
                _with(variance=lambda a, b: _within(a, b) + (a[0] + b[0]) * _apart(a, b)),
                "the squared distance is multiplied by N_a N_b / N. That is its share in a sum of squares; "
                "for a mean of squares it is to be divided by N once more."),
        Mistake("sum_of_squares", _with(variance=_sum_of_squares),
                "this is the sum of all squared deviations: within and apart are both in it. Divide by N, "
                "and it is the variance."),
        Mistake("apart_not_weighted",
                _with(variance=lambda a, b: _within(a, b)
                      + ((a[1] - _common(a, b)) ** 2 + (b[1] - _common(a, b)) ** 2) / 2),
                "within is right, and the two squared distances from the common mean are right too; but you "
                "take their plain average. Weigh them by the counts, as you did within."),
        Mistake("apart_of_the_first_only",
                _with(variance=lambda a, b: _within(a, b) + _shares(a, b)[0] * (a[1] - _common(a, b)) ** 2),
                "the first part's distance from the common mean is in the variance, the second part's is "
                "not. Both parts are away from it."),
        Mistake("apart_of_the_second_only",
                _with(variance=lambda a, b: _within(a, b) + _shares(a, b)[1] * (b[1] - _common(a, b)) ** 2),
                "how far the second part is from the common mean is in the variance. The first part is away "
                "from it too, on the other side: its squared distance, times its share, is missing."),
        Mistake("apart_of_the_first_in_full",
                _with(variance=lambda a, b: _within(a, b) + (a[1] - _common(a, b)) ** 2),
                "you add how far the first part is from the common mean, as if all points were so far. Each "
                "part has its own distance, and counts with its points."),
        Mistake("apart_added_up",
                _with(variance=lambda a, b: _within(a, b)
                      + (a[1] - _common(a, b)) ** 2 + (b[1] - _common(a, b)) ** 2),
                "the squared distances of both parts from the common mean are added in full. Each is the "
                "distance of some points only: weigh it by that part's share."),
        Mistake("weights_squared", _with(variance=_weights_squared),
                "the shares are squared: that is the variance of a weighted sum of two independent numbers. "
                "Here the points are put in one heap: each share counts once, and the distance is missing."),
        Mistake("weights_squared_within", _with(variance=lambda a, b: _weights_squared(a, b) + _apart(a, b)),
                "what comes from the distance is right. Within, the shares are squared; each part's variance "
                "counts with its share, once."),
        Mistake("variances_exchanged", _with(variance=lambda a, b: _within_exchanged(a, b) + _apart(a, b)),
                "the mean is right; in the variance the counts are swapped, so that each part's variance is "
                "weighted with the other's points."),
        Mistake("counts_exchanged",
                _with(mean=_turned, variance=lambda a, b: _within_exchanged(a, b) + _apart(a, b)),
                "the counts are swapped everywhere: a's mean and variance are weighted with b's points, and "
                "b's with a's."),
        Mistake("two_sums", _two_sums,
                "these are N, S1 and S2. They do add up, but a report has N, mean and variance: one more "
                "step. And far from 0 that step loses its digits; use the distance of the means."),
        Mistake("reports_as_points", _reports_as_points,
                "`a` and `b` are taken for arrays of points, and their six numbers put together. Each is a "
                "report: a[0] is N, a[1] the mean, a[2] the variance; the points are gone."),
        Mistake("distance_subtracted", _with(variance=lambda a, b: _within(a, b) - _apart(a, b)),
                "the part from the distance is right, and subtracted. Parts that lie apart make the whole "
                "vary more."),
        Mistake("only_apart", _with(variance=_apart),
                "the variance has only what comes from the distance between the parts. The points also vary "
                "within each of them."),
        Mistake("mean_square", _with(variance=lambda a, b: _squares_in_full(a, b) / (a[0] + b[0])),
                "this is the mean of the squares. The square of the mean is still to be taken off; or "
                "better, never put in."),
        Mistake("through_the_sums", _by_sums,
                "you go through S1 and S2, which is right on paper. Far from 0 the difference S2 / N - mean² "
                "is of two huge equal numbers: no digits are left. Use the distance between the two means, "
                "which is small, instead."),
        Mistake("distance_multiplied_out",
                _with(variance=lambda a, b: _within(a, b)
                      + np.prod(_shares(a, b)) * (a[1] ** 2 - 2 * a[1] * b[1] + b[1] ** 2)),
                "the squared distance of the means is multiplied out, mean_a² - 2 mean_a mean_b + mean_b². "
                "Far from 0 these are huge numbers whose small difference has no digits left: subtract "
                "first, and square then."),
        Mistake("one_less", _with(variance=_one_less),
                "you divide by N - 1, and took the parts' variances to be so too. The reports, like the "
                "M-step, divide by N: a single point has variance 0."),
        Mistake("one_less_at_the_end",
                _with(variance=lambda a, b: _sum_of_squares(a, b) / (a[0] + b[0] - 1)),
                "within and apart are right; at the end you divide by N - 1 in place of N. The reports' own "
                "variances divide by N, and with 0.48 points N - 1 is below zero."),
        Mistake("pooled", _with(variance=_pooled),
                "this is the pooled variance of two samples, which supposes that both have one mean and only "
                "look different. Here their distance belongs in."),
        Mistake("standard_deviations_averaged", _with(variance=_squared_average_of_roots),
                "within the parts you average standard deviations, and square the average. Variances are "
                "means of squares: average those as they are, weighted by the counts, and take no root."),
        Mistake("variances_squared", _with(variance=_variances_squared),
                "what comes from the distance is right. Within, the variances are squared, as if they were "
                "standard deviations: in a report stands the variance, a mean square already."),
        Mistake("sum_for_mean", _with(mean=lambda a, b: a[0] * a[1] + b[0] * b[1]),
                "the variance is right; in place of the mean stands S1, the sum of all points. Divide by N."),
        Mistake("standard_deviation", _with(variance=lambda a, b: (_within(a, b) + _apart(a, b)) ** 0.5),
                "the square root was taken at the end: this is the standard deviation. The report holds the "
                "variance, so that it can be merged again."),
        Mistake("shares_exchanged", _with(mean=_turned),
                "each mean is weighted by the other part's count: the large part pulls less than the small "
                "one."),
        Mistake("about_the_first", _with(variance=_about_the_first),
                "you take the second part's distance from the first part's mean. Then the variance is about "
                "that mean, not about the common one: both parts are away from it, each by a piece."),
        Mistake("count_missing", _mean_and_variance,
                "the mean and the variance are right, and N is missing. Whoever merges the next report with "
                "yours needs to know what it weighs."),
        Mistake("other_order", _variance_before_mean,
                "the variance stands where the mean belongs, and the mean at the end. The order is N, mean, "
                "variance."),
        Mistake("counts_averaged", _with(N=lambda a, b: (a[0] + b[0]) / 2),
                "N is the average of the two counts. Mean and variance are averages of a kind, the count is "
                "a sum."),
        Mistake("computed_in_float32", _computed_in_single,
                "the formula is right, and was computed in numbers of 7 digits: `float32`, or a `dtype` of "
                "single precision. Of a mean a hundred million from 0 they keep less than the distance "
                "between the parts; Python's own numbers have 16 digits."),
        Mistake("a_little_more", _a_little_more,
                "there is 1e-12, or so, added to N before you divide by it. That guards against dividing by "
                "0, which does not happen here, and is too much for a component that holds 5e-9 points."),
        Mistake("at_least_one_point", _at_least_one_point,
                "N is made to be at least 1. Responsibilities may well sum to less than a point, and their "
                "mean and variance are then as good as any."),
        Mistake("ridge_added", _with(variance=lambda a, b: _within(a, b) + _apart(a, b) + 1e-6),
                "a millionth was added to the variance: lesson 08's ridge. It belongs to a fit that breaks, "
                "not to a report; two single points at one place do have variance 0."),
        Mistake("an_array_of_whole_numbers", _in_an_array_like_the_first,
                "your formula is right; its numbers were written into an array that was made from `a`. The "
                "first clerk's report is of whole numbers, so is such an array, and it cuts 3.75 to 3."),
        Mistake("mean_of_an_empty_part", _empty_parts_averaged,
                "where a part has no points, the mean is halfway between the two. A part without points has "
                "a mean in name only: it weighs nothing, and the other part's report is the answer."),
        Mistake("updated_by_a_point", _with(variance=_updated_by_a_point),
                "this adds `b` as if all its points stood at its mean, as Welford's formula adds a single "
                "point. What comes from the distance is right; b's own variance, times its share, is "
                "missing."),
        Mistake("whole_counts", _with(N=lambda a, b: int(a[0]) + int(b[0])),
                "the counts were cut to whole numbers. In EM they are sums of responsibilities, and a "
                "component may hold 662.3 points."),
    ),
    hints=(
        (
            "N is a sum, and the mean is an average in which each part counts with its points. For the "
            "variance ask of a part: how far are its points from the common mean, in the mean square?"
        ),
        (
            "About the common mean, a part's mean square is its own variance plus (its mean - common mean) "
            "squared. Average the two, weighted by the counts."
        ),
        (
            "within = (N_a var_a + N_b var_b) / N, apart = N_a N_b / N² times (mean_a - mean_b)²; the "
            "variance is within + apart. For the clerks 1.625 + 7.5625."
        ),
    ),
)  # fmt: skip


# --- online_step ----------------------------------------------------------------------------------


def my_online_step(S, X, mixture, gamma):
    with Engine(X) as sums:
        new = sums(mixture, PackedForm).times(1 / len(X))
    S = S.times(1 - gamma) + new.times(gamma)
    return S, S.mixture()


def _points(seed, n, d, spread=3.0):
    """Points (n, d), and a mixture of three components for them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + spread * rng.integers(-1, 2, size=(n, 1))
    roots = rng.normal(size=(3, d, d)) / 2 + np.eye(d)
    weights = rng.uniform(1, 3, 3)
    means = spread * np.array([[-1.0], [0.2], [1.1]]) + 0.3 * rng.normal(size=(3, d))
    return X, Mixture(weights / weights.sum(), means, roots @ roots.swapaxes(1, 2))


def _step(seed, n, d, gamma, spread=3.0, unit=1.0, other=False):
    """The arguments of a step: what is known is of the mixture itself, or of an `other` one."""
    X, mixture = _points(seed, n, d, spread)
    known = _points(seed + 100, n, d, spread)[1] if other else mixture
    mixture, known = (
        Mixture(each.weights, unit * each.means, unit**2 * each.covariances) for each in (mixture, known)
    )
    return SufficientStatistics.of(known), unit * X, mixture, gamma


ONLINE_CASES = (
    Case("a hundred points in the plane, gamma 0.5", _step(1, 100, 2, 0.5)),
    Case("a hundred points on a line, gamma 0.1", _step(2, 100, 1, 0.1)),
    Case("thirty points in the plane, gamma 0.2", _step(3, 30, 2, 0.2)),
    Case("a single point, gamma 0.05", _step(4, 1, 2, 0.05)),
    Case("a thousand points in three dimensions, gamma 0.9", _step(5, 1000, 3, 0.9)),
    Case("sixty points, and statistics that are of an earlier mixture", _step(6, 60, 2, 0.3, other=True)),
    Case("forty points in micrometers", _step(7, 40, 2, 0.25, unit=1e6)),
    Case("gamma 1: nothing that was known counts", _step(8, 80, 2, 1.0, other=True)),
    Case("gamma 0: the new points do not count", _step(9, 50, 2, 0.0, other=True)),
    Case("components that overlap, gamma 0.4", _step(10, 70, 2, 0.4, spread=0.7)),
)


def _read_step(answer, S, X, mixture, gamma):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Unreadable("online_step returns two things, statistics and a mixture: `return S, mixture`.")
    moved, better = answer
    if isinstance(moved, Mixture) and isinstance(better, SufficientStatistics):
        raise Unreadable("the two are there in the other order: first the statistics, then the mixture.")
    if not isinstance(moved, SufficientStatistics):
        raise Unreadable(
            f"what comes first must be SufficientStatistics, such as a sum of some; it is a {_kind(moved)}."
        )
    if not isinstance(better, Mixture):
        raise Unreadable(f"what comes second must be a Mixture, as S.mixture() is; it is a {_kind(better)}.")
    about = moved.about(mixture.means)
    return {
        "counts": about.counts, "sums": about.sums, "products": about.moments,
        "weights": better.weights, "means": better.means, "covariances": better.covariances,
    }  # fmt: skip


def _kind(thing):
    return type(thing).__name__


def _counts_are_shares(parts, S, X, mixture, gamma):
    total = parts["counts"].sum()
    if abs(total - 1) > 1e-6:
        return f"the counts add up to {total:.6g}; statistics per point add up to 1."
    return None


def _weights_are_the_counts(parts, S, X, mixture, gamma):
    if not np.allclose(parts["weights"], parts["counts"] / parts["counts"].sum(), rtol=1e-6):
        return "the weights of the mixture are not those of the statistics: it is not their M-step."
    return None


# Each mistake takes what is new per point, and makes something else of it.


def _new(X, mixture):
    with Engine(X) as sums:
        return sums(mixture, PackedForm).times(1 / len(X))


def _moved_by(move):
    """A wrong step: move(S, new, gamma, n) -> the statistics, of which the mixture is the M-step."""

    def step(S, X, mixture, gamma):
        moved = move(S, _new(X, mixture), gamma, len(X))
        return moved, moved.mixture()

    return step


def _right(S, X, mixture, gamma):
    return S.times(1 - gamma) + _new(X, mixture).times(gamma)


def _mixture_before_the_move(S, X, mixture, gamma):
    return _right(S, X, mixture, gamma), S.mixture()


def _mixture_of_the_new(S, X, mixture, gamma):
    return _right(S, X, mixture, gamma), _new(X, mixture).mixture()


def _mixture_kept(S, X, mixture, gamma):
    return _right(S, X, mixture, gamma), mixture


def _statistics_kept(S, X, mixture, gamma):
    return S, _right(S, X, mixture, gamma).mixture()


def _statistics_of_the_new(S, X, mixture, gamma):
    return _new(X, mixture), _right(S, X, mixture, gamma).mixture()


def _of_its_own_mixture(S, X, mixture, gamma):
    moved = _right(S, X, S.mixture(), gamma)
    return moved, moved.mixture()


def _mixtures_averaged(S, X, mixture, gamma):
    new = m_step(X, e_step(X, mixture)[0])
    pairs = ((getattr(mixture, name), getattr(new, name)) for name in ("weights", "means", "covariances"))
    return _right(S, X, mixture, gamma), Mixture(*((1 - gamma) * a + gamma * b for a, b in pairs))


def _weighted(r, X, mixture):
    """Statistics of points that count for the components with r (n, k)."""
    deviations = X[:, None, :] - mixture.means
    return SufficientStatistics(
        mixture.means, r.sum(axis=0), np.einsum("nk,nkd->kd", r, deviations),
        np.einsum("nk,nkd,nke->kde", r, deviations, deviations), 0.0, np.abs(X).max(axis=0),
    )  # fmt: skip


def _hard(S, X, mixture, gamma):
    r = np.eye(mixture.k)[mixture.predict(X)] / len(X)
    moved = S.times(1 - gamma) + _weighted(r, X, mixture).times(gamma)
    return moved, moved.mixture()


def _a_step_a_point(S, X, mixture, gamma):
    """All points one after the other, each with gamma, so that the last ones count most."""
    left = (1 - gamma) ** np.arange(len(X), -1.0, -1.0)  # of what was known, and of each point
    r = gamma * left[1:, None] * e_step(X, mixture)[0]
    moved = S.times(left[0]) + _weighted(r, X, mixture)
    return moved, moved.mixture()


ONLINE_STEP = Exercise(
    name="online_step",
    reference=streaming.online_step,
    answer=my_online_step,
    cases=ONLINE_CASES,
    read=_read_step,
    properties=(_counts_are_shares, _weights_are_the_counts),
    off_limits=(streaming.online,),
    single=False,
    mistakes=(
        Mistake("not_per_point",
                _moved_by(lambda S, new, gamma, n: S.times(1 - gamma) + new.times(gamma * n)),
                "the sums over the new points are not divided by how many there are. S is per point, so that "
                "its counts add up to 1, and what is added to it must be per point too."),
        Mistake("divided_by_two_hundred",
                _moved_by(lambda S, new, gamma, n: S.times(1 - gamma) + new.times(gamma * n / 200)),
                "the sums over the new points are divided by 200, however many there are. Divide by len(X): "
                "the last batch of a stream is often smaller."),
        Mistake("gamma_exchanged",
                _moved_by(lambda S, new, gamma, n: S.times(gamma) + new.times(1 - gamma)),
                "gamma and 1 - gamma are exchanged: what was known counts gamma. With a small gamma nearly "
                "all that was known is forgotten, and the last few points decide."),
        Mistake("nothing_forgotten", _moved_by(lambda S, new, gamma, n: S + new.times(gamma)),
                "the new statistics are added with gamma, and nothing is taken off what was known. The two "
                "shares must add up to 1: S counts 1 - gamma."),
        Mistake("gamma_missing", _moved_by(lambda S, new, gamma, n: S.times(1 - gamma) + new),
                "what was known is shrunk by 1 - gamma, and what is new is added in full. It counts gamma."),
        Mistake("plain_sum", _moved_by(lambda S, new, gamma, n: S + new),
                "the statistics are added as they are, as those of two halves would be. A step of online EM "
                "forgets: S counts 1 - gamma, what is new counts gamma."),
        Mistake("all_forgotten", _moved_by(lambda S, new, gamma, n: new),
                "only the new points count: this is an M-step of batch EM on the few points that have come. "
                "S, with its share 1 - gamma, is missing."),
        Mistake("mixture_before_the_move", _mixture_before_the_move,
                "the statistics are right. The mixture is the M-step of those you were given: move first, "
                "then S.mixture()."),
        Mistake("mixture_of_the_new", _mixture_of_the_new,
                "the statistics are right. The mixture is the M-step of the new points alone; take it from "
                "the statistics that you have moved."),
        Mistake("mixture_kept", _mixture_kept,
                "the statistics are right, and the mixture is the one you were given. After the move comes "
                "an M-step: S.mixture()."),
        Mistake("statistics_kept", _statistics_kept,
                "the mixture is right. The statistics are the ones you were given: return those that you "
                "have moved, or the next step begins where this one began."),
        Mistake("statistics_of_the_new", _statistics_of_the_new,
                "the mixture is right. The statistics are those of the new points alone: return what you "
                "have moved, in which the old ones count too."),
        Mistake("mixtures_averaged", _mixtures_averaged,
                "the mixture is an average of two mixtures, the old one and that of the new points. Add "
                "statistics; do not average results: take the M-step of the moved statistics."),
        Mistake("of_its_own_mixture", _of_its_own_mixture,
                "the new points get the responsibilities of S.mixture(). They are to get those of `mixture`, "
                "which need not be the same."),
        Mistake("a_step_a_point", _a_step_a_point,
                "the points are taken one after the other, each with gamma, so that S shrinks as many times "
                "as there are points, and the last ones count most. They are one batch, and make one step: "
                "gamma for all of them together."),
        Mistake("hard_shares", _hard,
                "each new point counts for one component alone, the most likely one. It counts for all of "
                "them, with its responsibilities."),
    ),
    hints=(
        "Two weights that add up to 1: what was known counts 1 - gamma, what has come counts gamma.",
        (
            "statistics(X, mixture) sums over the points; S is per point. So divide by len(X) first: "
            "statistics(X, mixture).times(1 / len(X))."
        ),
        (
            "S = S.times(1 - gamma) + new.times(gamma), where `new` is the statistics of X per point. Return "
            "S and S.mixture()."
        ),
    ),
)  # fmt: skip

EXERCISES = (MERGE, ONLINE_STEP)
