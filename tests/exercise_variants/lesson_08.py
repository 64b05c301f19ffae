"""Right answers to the exercise of lesson 08, written in different ways."""

import math

import numpy as np

from gmmlesson import CollapsedComponent


def collects_and_sorts(run, starts):
    results, problem = [], None
    for start in starts:
        try:
            result = run(start)
        except CollapsedComponent as error:
            problem = error
        else:
            if not math.isnan(result[1]):
                results.append(result)
    if len(results) == 0 and problem is None:
        raise ValueError("no log-likelihood is a number")
    if len(results) == 0:
        raise problem
    return sorted(results, key=lambda result: -result[1])[0]  # with its log-likelihood


def nanargmax(run, starts, verbose=False):
    mixtures, grades, collapses = [], [], []
    for start in starts:
        mixture, grade = None, math.nan
        try:
            mixture, grade = run(start)
        except CollapsedComponent as error:
            collapses.append(error)
            if verbose:
                print("collapsed")
        mixtures.append(mixture)
        grades.append(grade)
    if np.isnan(grades).all():
        raise collapses[0] if collapses else ValueError("NaN everywhere")
    return mixtures[int(np.nanargmax(grades))]


def from_the_end(run, starts):
    best, gone = None, ValueError("NaN everywhere")
    for i in range(len(starts) - 1, -1, -1):
        try:
            candidate = run(starts[i])
        except CollapsedComponent as error:
            gone = error
            continue
        if candidate[1] == candidate[1] and not (best and candidate[1] <= best[1]):
            best = candidate
    if best is None:
        raise gone
    return best[0]


VARIANTS = {
    "hardy_best_of": [collects_and_sorts, nanargmax, from_the_end],
}
EQUIVALENT = {
    "hardy_best_of": {
        "line 9: log_likelihood > highest -> log_likelihood >= highest": (
            "of two equally good mixtures either may be returned"
        ),
    },
}
