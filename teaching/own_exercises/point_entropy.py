"""An exercise of one's own: `point_entropy`, how undecided the E-step is about each point."""

import numpy as np

from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable

# --- The answer, as a learner would write it. The notebook's stub has the same first line. ---------


def my_point_entropy(responsibilities):
    r = responsibilities
    terms = np.zeros(r.shape)
    terms[r > 0] = -r[r > 0] * np.log(r[r > 0])  # 0 log 0 counts as 0
    return terms.sum(axis=1)


# --- What goes wrong. Each is a small wrong function. -----------------------------------------------


def _zero_times_infinity(responsibilities):
    return -(responsibilities * np.log(responsibilities)).sum(axis=1)  # NaN where a responsibility is 0


def _sign_lost(responsibilities):
    return -my_point_entropy(responsibilities)


def _of_components(responsibilities):
    return my_point_entropy(responsibilities.T)


def _total(responsibilities):
    return my_point_entropy(responsibilities).sum()


def _in_bits(responsibilities):
    return my_point_entropy(responsibilities) / np.log(2)


def _mean_of_terms(responsibilities):
    return my_point_entropy(responsibilities) / responsibilities.shape[1]


# --- How an answer is read, and what holds for every right one ---------------------------------------


def _read(answer, responsibilities):
    if isinstance(answer, tuple):
        raise Unreadable(f"point_entropy returns one array, (n,); yours returns {len(answer)} things.")
    return {"entropy": np.asarray(answer)}


def _between_0_and_log_k(parts, responsibilities):
    most = np.log(responsibilities.shape[1])
    for place, value in enumerate(parts["entropy"]):
        if value < 0 or value > most + 1e-9:
            return f"the entropy of point {place} is {value:.6g}; it lies between 0 and log k = {most:.6g}."
    return None


# --- The exercise ------------------------------------------------------------------------------------


_drawn = np.random.default_rng(0).dirichlet([1.0, 2.0, 0.5], size=50)

POINT_ENTROPY = Exercise(
    name="point_entropy",
    reference=my_point_entropy,
    answer=my_point_entropy,
    cases=(
        Case("two points and two components", (np.array([[0.5, 0.5], [0.9, 0.1]]),)),
        Case("one point and three components", (np.array([[0.2, 0.3, 0.5]]),)),
        Case("fifty points and three components", (_drawn,)),
        Case("a point that belongs to one component alone", (np.array([[0.25, 0.75], [1.0, 0.0]]),)),
        Case("points that all belong to one component each", (np.eye(3)[[0, 2, 2, 1]],)),
        Case("a single component", (np.ones((4, 1)),)),
        Case("responsibilities as small as 1e-300", (np.array([[1.0, 1e-300], [1e-12, 1.0 - 1e-12]]),)),
    ),
    read=_read,
    properties=(_between_0_and_log_k,),
    mistakes=(
        Mistake("zero_times_infinity", _zero_times_infinity,
                "where a responsibility is 0, its logarithm is minus infinity, and 0 times infinity is no "
                "number. The limit of r log r is 0: take the logarithm only where r is positive."),
        Mistake("sign_lost", _sign_lost,
                "the logarithm of a number below 1 is negative; the minus before the sum makes an entropy."),
        Mistake("of_components", _of_components,
                "you add over the points: what comes out is a number for each component. Add along axis 1."),
        Mistake("total", _total,
                "this is the entropy of all points together. Each point is to keep its own, (n,)."),
        Mistake("in_bits", _in_bits,
                "you take logarithms to base 2. In this course all are natural ones: `np.log`."),
        Mistake("mean_of_terms", _mean_of_terms,
                "you take the mean over the components. The entropy is their sum."),
    ),
    hints=(
        "Each row is a distribution over the components. Which number says how spread out it is?",
        "For every point, add -r log r over its components. What is r log r where r is 0?",
        "Begin with an array of zeros; fill in -r[r > 0] * np.log(r[r > 0]); add along axis 1.",
    ),
)  # fmt: skip

EXERCISES = (POINT_ENTROPY,)
