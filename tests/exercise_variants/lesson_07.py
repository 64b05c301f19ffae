"""Right answers to the exercises of lesson 07, written in different ways."""

import math

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, sem


def count_by_branches(family, k, d):
    if family == "full":
        covariances = k * d * (d + 1) / 2
    elif family == "tied":
        covariances = d * (d + 1) / 2
    elif family == "diag":
        covariances = k * d
    elif family == "spherical":
        covariances = k
    elif family == "tied_diag":
        covariances = d
    else:
        covariances = 1
    return (k - 1) + k * d + covariances


def count_entries_of_a_triangle(family, k, d, verbose=False):
    shape = family.removeprefix("tied_")
    matrices = k - (k - 1) * ("tied" in family)
    free = {"diag": np.eye(d), "spherical": np.eye(1)}.get(shape, np.tri(d)).sum()
    return np.array([k * (d + 1) + matrices * free - 1], dtype=np.float32)


def count_one_by_one(family, k, d):
    numbers = set()
    for j in range(k):
        numbers |= {("mean", j, i) for i in range(d)}
        if j > 0:
            numbers.add(("weight", j))
        owner = "all" if family[:4] == "tied" else j
        for a in range(d):
            for b in range(a + 1):
                if family.endswith("spherical"):
                    numbers.add((owner, "variance"))
                elif a == b or not family.endswith("diag"):
                    numbers.add((owner, a, b))
    return len(numbers)


def bic_from_log_densities(X, mixture):
    log_density = mixture.log_density(X)
    return np.float32(np.log(log_density.size) * mixture.n_parameters - 2 * log_density.sum())


def bic_in_nats_then_doubled(X, mixture, *, lower_is_better=True):
    worth = mixture.log_likelihood(X) - 0.5 * mixture.n_parameters * math.log(X.shape[0])
    return [-2 * worth if lower_is_better else worth]


def bic_with_scipys_densities(X, mixture):
    components = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    columns = [np.atleast_1d(multivariate_normal(m, C).logpdf(X)) + np.log(w) for w, m, C in components]
    total = logsumexp(np.stack(columns, axis=1), axis=1).sum()
    return np.array(mixture.n_parameters * np.log(len(X)) - 2 * total)


def bic_from_aic(X, mixture):
    return mixture.aic(X) + mixture.n_parameters * (np.log(len(X)) - 2)


def choice_in_plain_python(left_out):
    m, n = left_out.shape
    means = [math.fsum(row) / n for row in left_out.tolist()]
    best = means.index(max(means))
    behind, errors = [], []
    for row in range(m):
        differences = [float(a - b) for a, b in zip(left_out[best], left_out[row], strict=True)]
        mean = math.fsum(differences) / n
        variance = math.fsum((one - mean) ** 2 for one in differences) / (n - 1)
        behind.append(mean)
        errors.append(math.sqrt(variance / n))
    within = [row for row in range(m) if behind[row] <= errors[row]]
    return within[0], behind, errors


def choice_by_scipys_sem(left_out):
    differences = left_out[np.argmax(left_out.sum(axis=1))][None] - left_out
    behind, errors = np.average(differences, axis=1), sem(differences, axis=1)
    return np.flatnonzero(errors - behind >= 0).min(), behind, errors


def choice_by_a_loop(left_out):
    best = max(range(len(left_out)), key=lambda row: left_out[row].mean())
    behind, errors = np.zeros((2, len(left_out)))
    for row, values in enumerate(left_out):
        difference = left_out[best] - values
        behind[row] = difference.mean()
        errors[row] = np.sqrt(difference.var(ddof=1) / difference.size)
    choice = next(row for row in range(len(left_out)) if not behind[row] > errors[row])
    return [choice, behind, errors]


def icl_from_bic(X, mixture):
    largest = (mixture.log_joint(X) - mixture.log_density(X)[:, None]).max(axis=1)
    return mixture.bic(X) - 2 * largest.sum()


def icl_by_the_label(X, mixture):
    labels = mixture.predict(X)
    chosen = mixture.log_joint(X)[np.arange(len(X)), labels]
    return np.array([-2 * chosen.sum() + mixture.n_parameters * math.log(X.shape[0])])


def icl_point_by_point(X, mixture):
    total = sum(max(mixture.log_joint(x[None])[0].tolist()) for x in X)
    return mixture.aic(X) + 2 * mixture.log_likelihood(X) + mixture.n_parameters * (
        np.log(len(X)) - 2
    ) - 2 * total


VARIANTS = {
    "held_out_choice": [choice_in_plain_python, choice_by_scipys_sem, choice_by_a_loop],
    "icl": [icl_from_bic, icl_by_the_label, icl_point_by_point],
    "count_parameters": [count_by_branches, count_entries_of_a_triangle, count_one_by_one],
    "bic": [bic_from_log_densities, bic_in_nats_then_doubled, bic_with_scipys_densities, bic_from_aic],
}

EQUIVALENT = {
    "held_out_choice": {
        "line 2: left_out.mean -> left_out.sum": "all rows have equally many points, so the order is the same"
    }
}
