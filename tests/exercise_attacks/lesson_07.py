"""Answers to the exercises of lesson 07: wrong ones that look right, and right ones in unusual forms."""

import math

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gmmlesson import Mixture
from gmmlesson.families import FAMILIES
from gmmlesson.selection import select

# --- count_parameters, wrong ---------------------------------------------------------------------


def _count(k, d, matrices, of_one):
    return k - 1 + k * d + matrices * of_one


def tied_spherical_forgotten(family, k, d):
    if family == "full":
        return _count(k, d, k, d * (d + 1) // 2)
    if family == "tied":
        return _count(k, d, 1, d * (d + 1) // 2)
    if family == "diag":
        return _count(k, d, k, d)
    if family == "tied_diag":
        return _count(k, d, 1, d)
    return _count(k, d, k, 1)


def spherical_counted_once(family, k, d):
    of_one = {"full": d * (d + 1) // 2, "tied": d * (d + 1) // 2, "diag": d, "tied_diag": d}.get(family, 1)
    return _count(k, d, k if family in ("full", "diag") else 1, of_one)


def always_true(family, k, d):
    matrices = 1 if family == "tied" or "tied_diag" or "tied_spherical" else k  # noqa: SIM222
    return _count(k, d, matrices, {"d": d, "s": 1}.get(family.removeprefix("tied_")[0], d * (d + 1) // 2))


def text_within_text(family, k, d):
    shape = family.removeprefix("tied_")
    of_one = d if family in "tied_diag" else 1 if shape == "spherical" else d * (d + 1) // 2
    return _count(k, d, 1 if family.startswith("tied") else k, of_one)


def one_component_has_no_weight_to_spare(family, k, d):
    shape = family.removeprefix("tied_")
    of_one = {"diag": d, "spherical": 1}.get(shape, d * (d + 1) // 2)
    return _count(k, d, 1 if "tied" in family else k, of_one) + (k == 1)


def a_matrix_of_one_number_has_no_off_diagonal(family, k, d):
    shape = family.removeprefix("tied_")
    of_one = {"diag": d, "spherical": 1}.get(shape, d + math.comb(d, 2) if d > 1 else 0)
    return _count(k, d, 1 if "tied" in family else k, of_one)


def halves_lost(family, k, d):
    shape = family.removeprefix("tied_")
    of_one = {"diag": d, "spherical": 1}.get(shape, d * ((d + 1) // 2))
    return _count(k, d, 1 if "tied" in family else k, of_one)


def the_statements_own_number(family, k, d):
    return 17


def nearly_whole(family, k, d):
    shape = family.removeprefix("tied_")
    of_one = {"diag": d, "spherical": 1}.get(shape, d * (d + 1) / 2)
    return _count(k, d, 1 if "tied" in family else k, of_one) + 1e-6


def three_parts_of_it(family, k, d):
    shape = family.removeprefix("tied_")
    of_one = {"diag": d, "spherical": 1}.get(shape, d * (d + 1) / 2)
    return k - 1, k * d, of_one * (1 if "tied" in family else k)


def three_numbers_as_in_the_plane(family, k, d):
    of_one = {"diag": d, "spherical": 1}.get(family.removeprefix("tied_"), 3)
    return _count(k, d, 1 if "tied" in family else k, of_one)


def two_numbers_more_with_each_feature(family, k, d):
    of_one = {"diag": d, "spherical": 1}.get(family.removeprefix("tied_"), 2 * d - 1)
    return _count(k, d, 1 if "tied" in family else k, of_one)


def half_taken_of_the_whole_sum(family, k, d):
    matrices = 1 if "tied" in family else k
    of_one = {"diag": 2 * d, "spherical": 2}.get(family.removeprefix("tied_"), d * d + 1)
    return k - 1 + k * d + matrices * of_one // 2


def alone_nothing_is_shared(family, k, d):
    of_one = {"diag": d, "spherical": 1}.get(family.removeprefix("tied_"), d * (d + 1) // 2)
    return _count(k, d, (k > 1) if "tied" in family else k, of_one)


def _any_mixture(family, k, d):
    return Mixture(np.full(k, 1 / k), np.zeros((k, d)), [np.eye(d)] * k, family)


def price_read_off_the_packages_bic(family, k, d):
    mixture, X = _any_mixture(family, k, d), np.zeros((2, d))
    return round((mixture.bic(X) + 2 * mixture.log_likelihood(X)) / math.log(2))


def price_read_off_the_packages_aic(family, k, d):
    mixture, X = _any_mixture(family, k, d), np.zeros((2, d))
    return round(mixture.aic(X) / 2 + mixture.log_likelihood(X))


def number_of_a_fit(family, k, d):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10 * k * (d + 1), d))
    return select(X, rng, families=[family], ks=[k], n_starts=1).candidates[0].n_parameters


# --- count_parameters, right ---------------------------------------------------------------------


class Count:
    """A function in the form of an object."""

    def __call__(self, family, k, d, *, verbose=False):
        of_one = {"diag": d, "spherical": 1}.get(family.split("_")[-1], d * (d + 1) / 2)
        return float(k * (d + 1) - 1 + (of_one if "tied" in family else k * of_one))


def by_cases(family, k, d):
    match family:
        case "full":
            covariances = k * math.comb(d + 1, 2)
        case "tied":
            covariances = math.comb(d + 1, 2)
        case "diag" | "tied_diag":
            covariances = d * (1 if family.startswith("tied") else k)
        case "spherical" | "tied_spherical":
            covariances = [k, 1]["tied" in family]
        case _:
            raise ValueError(family)
    return np.int64(k - 1) + k * d + covariances


def by_the_indices_of_a_triangle(family, k, d):
    entries = {"diag": np.arange(d), "spherical": [0]}.get(family.split("_")[-1], np.triu_indices(d)[0])
    return np.full((1,), sum([len(entries)] * (1 if family[0] == "t" else k)) + k * (d + 1) - 1)


def by_free_directions(family, k, d):
    """The rank of the family's projection, which is linear in the covariances."""
    projected = []
    for j in range(k):
        for a in range(d):
            for b in range(a + 1):
                unit = np.zeros((k, d, d))
                unit[j, a, b] = unit[j, b, a] = 1
                projected.append(FAMILIES[family](unit, np.full(k, 1 / k)).ravel())
    return k - 1 + k * d + np.linalg.matrix_rank(np.array(projected))


# --- bic, wrong ----------------------------------------------------------------------------------


def _criterion(X, mixture, log_likelihood=None, n=None, n_parameters=None):
    log_likelihood = mixture.log_likelihood(X) if log_likelihood is None else log_likelihood
    n_parameters = n_parameters or mixture.n_parameters
    return n_parameters * np.log(n or len(X)) - 2 * log_likelihood


def _densities(X, mixture):
    return np.exp(mixture.log_joint(X)).sum(axis=1)


def small_number_in_the_logarithm(X, mixture):
    return _criterion(X, mixture, np.log(_densities(X, mixture) + 1e-12).sum())


def tiny_number_in_the_logarithm(X, mixture):
    return _criterion(X, mixture, np.log(_densities(X, mixture) + 1e-300).sum())


def densities_clipped(X, mixture):
    return _criterion(X, mixture, np.log(np.clip(_densities(X, mixture), 1e-300, None)).sum())


def density_as_a_product(X, mixture):
    return _criterion(X, mixture, math.log(math.prod(_densities(X, mixture)) or 1e-300))


def absolute_log_likelihood(X, mixture):
    return _criterion(X, mixture, -abs(mixture.log_likelihood(X)))


def never_below_zero(X, mixture):
    return max(_criterion(X, mixture), 0.0)


def family_read_off_the_entries(X, mixture):
    k, d = mixture.means.shape
    C = mixture.covariances
    diagonals = np.diagonal(C, axis1=1, axis2=2)
    if np.allclose(C, C * np.eye(d), rtol=0, atol=1e-14 * C.max()):
        of_one = 1 if np.allclose(diagonals, diagonals[:, :1]) else d
    else:
        of_one = d * (d + 1) // 2
    matrices = 1 if np.allclose(C, C[0]) else k
    return _criterion(X, mixture, n_parameters=k - 1 + k * d + matrices * of_one)


def parameters_of_the_mixture_made_anew(X, mixture):
    again = Mixture(mixture.weights, mixture.means, mixture.covariances)
    return _criterion(X, again)


def different_points_counted(X, mixture):
    return _criterion(X, mixture, n=len({tuple(x) for x in X}))


def n_of_old_faithful(X, mixture):
    return _criterion(X, mixture, n=272)


def numbers_in_place_of_points(X, mixture):
    return _criterion(X, mixture, n=X.size)


def log1p_of_n(X, mixture):
    return mixture.n_parameters * np.log1p(len(X)) - 2 * mixture.log_likelihood(X)


def n_of_at_least_two(X, mixture):
    return _criterion(X, mixture, n=max(len(X), 2))


def points_in_float32(X, mixture):
    return _criterion(X.astype(np.float32).astype(float), mixture)


def in_float16(X, mixture):
    return np.float16(_criterion(X, mixture))


def rounded_to_tenths(X, mixture):
    return round(_criterion(X, mixture), 1)


def own_densities_by_determinants(X, mixture):
    density = np.zeros(len(X))
    for weight, mean, C in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        distance = np.einsum("ni,ij,nj->n", X - mean, np.linalg.inv(C), X - mean)
        density += weight * np.exp(-distance / 2) / np.sqrt(np.linalg.det(2 * np.pi * C))
    return _criterion(X, mixture, np.log(density).sum())


def distances_multiplied_out(X, mixture):
    columns = []
    for weight, mean, C in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        P = np.linalg.inv(C)
        distance = np.einsum("ni,ij,nj->n", X, P, X) - 2 * X @ P @ mean + mean @ P @ mean
        columns.append(np.log(weight) - (distance + np.linalg.slogdet(2 * np.pi * C)[1]) / 2)
    return _criterion(X, mixture, logsumexp(np.array(columns), axis=0).sum())


def scipys_densities_without_weights(X, mixture):
    components = zip(mixture.means, mixture.covariances, strict=True)
    columns = [np.atleast_1d(multivariate_normal(m, C).logpdf(X)) for m, C in components]
    return _criterion(X, mixture, logsumexp(columns, axis=0, b=1 / mixture.k).sum())


def log_densities_of_minus_1000_at_least(X, mixture):
    return _criterion(X, mixture, np.maximum(mixture.log_density(X), -1000).sum())


def far_points_left_out(X, mixture):
    log_density = mixture.log_density(X)
    return _criterion(X, mixture, log_density[log_density > -1500].sum())


def full_if_no_family_is_named(X, mixture):
    if mixture.family:
        return _criterion(X, mixture)
    return _criterion(X, Mixture(mixture.weights, mixture.means, mixture.covariances, "full"))


def shared_covariances_counted_for_each(X, mixture):
    family = (mixture.family or "").removeprefix("tied_").replace("tied", "full") or None
    return _criterion(X, Mixture(mixture.weights, mixture.means, mixture.covariances, family))


def criterion_of_one_point(X, mixture):
    return _criterion(X, mixture) / len(X)


def price_of_aic_at_least(X, mixture):
    return mixture.n_parameters * max(np.log(len(X)), 2) - 2 * mixture.log_likelihood(X)


# --- bic, right ----------------------------------------------------------------------------------


class Bic:
    """A function in the form of an object."""

    def __call__(self, X, mixture, *, verbose=False):
        return [_criterion(X, mixture)]


def point_by_point(X, mixture):
    total = 0.0
    for x in X:
        total += mixture.log_likelihood(x[None, :])
    return -2 * total + math.log(X.shape[0]) * mixture.n_parameters


def own_logarithms(X, mixture):
    log_joint = np.empty((len(X), mixture.k))
    for j in range(mixture.k):
        L = np.linalg.cholesky(mixture.covariances[j])
        z = np.linalg.solve(L, (X - mixture.means[j]).T)
        log_joint[:, j] = -0.5 * (z**2).sum(axis=0) - np.log(np.diag(L)).sum()
        log_joint[:, j] += math.log(mixture.weights[j]) - mixture.d / 2 * math.log(2 * math.pi)
    return _criterion(X, mixture, np.logaddexp.reduce(log_joint, axis=1).sum())


def price_by_point(X, mixture):
    each = mixture.n_parameters * math.log2(len(X)) * math.log(2) / len(X) - 2 * mixture.log_density(X)
    return math.fsum(each)


# --- held_out_choice -----------------------------------------------------------------------------


def _parts(left_out):
    differences = left_out[left_out.mean(axis=1).argmax()] - left_out
    errors = differences.std(axis=1, ddof=1) / np.sqrt(left_out.shape[1])
    return differences.mean(axis=1), errors


def choice_within_half_an_error(left_out):
    behind, errors = _parts(left_out)
    return (behind <= errors / 2).argmax(), behind, errors


def choice_within_some_errors(times):
    def choice(left_out):
        behind, errors = _parts(left_out)
        return (behind <= times * errors).argmax(), behind, errors

    choice.__name__ = f"choice_within_{times:.2f}_errors".replace(".", "_")
    return choice


def choice_within_the_error_of_the_runner_up(left_out):
    behind, errors = _parts(left_out)
    row = behind.argsort()[1] if len(behind) > 1 else 0
    return next(i for i in range(len(behind)) if behind[i] <= errors[row]), behind, errors


def choice_with_numpys_default_in_the_comparison(left_out):
    behind, errors = _parts(left_out)
    differences = left_out[left_out.mean(axis=1).argmax()] - left_out
    return (behind <= differences.std(axis=1) / np.sqrt(left_out.shape[1])).argmax(), behind, errors


def choice_within_the_largest_error(left_out):
    behind, errors = _parts(left_out)
    return (behind <= errors.max()).argmax(), behind, errors


def choice_within_ten_percent(left_out):
    behind, errors = _parts(left_out)
    return (behind <= 0.1).argmax(), behind, errors


def choice_of_the_first_below_the_best_only(left_out):
    behind, errors = _parts(left_out)
    within = np.flatnonzero((behind <= errors) & (behind > 0))
    return (within[0] if len(within) else behind.argmin()), behind, errors


def choice_of_the_neighbor_before(left_out):
    behind, errors = _parts(left_out)
    best = behind.argmin()
    return (best - 1 if best and behind[best - 1] <= errors[best - 1] else best), behind, errors


def choice_of_the_run_before_the_best(left_out):
    behind, errors = _parts(left_out)
    choice = behind.argmin()
    while choice and behind[choice - 1] <= errors[choice - 1]:
        choice -= 1
    return choice, behind, errors


def choice_of_the_smallest_error(left_out):
    behind, errors = _parts(left_out)
    return errors.argmin(), behind, errors


def errors_by_numpys_default(left_out):
    behind, _ = _parts(left_out)
    errors = np.std(left_out.max(axis=0) - left_out, axis=1) / np.sqrt(left_out.shape[1])
    return (behind <= errors).argmax(), behind, errors


def errors_of_differences_of_sorted_points(left_out):
    behind, _ = _parts(left_out)
    in_order = np.sort(left_out, axis=1)
    differences = in_order[left_out.mean(axis=1).argmax()] - in_order
    errors = differences.std(axis=1, ddof=1) / np.sqrt(left_out.shape[1])
    return (behind <= errors).argmax(), behind, errors


def errors_about_zero(left_out):
    differences = left_out[left_out.mean(axis=1).argmax()] - left_out
    n = left_out.shape[1]
    errors = np.sqrt((differences**2).sum(axis=1) / (n - 1) / n)
    return (differences.mean(axis=1) <= errors).argmax(), differences.mean(axis=1), errors


def errors_with_something_added(left_out):
    behind, errors = _parts(left_out)
    return (behind <= errors).argmax(), behind, errors + 1e-3


def behind_in_half_precision(left_out):
    behind, errors = _parts(left_out)
    return (behind <= errors).argmax(), behind.astype(np.float16), errors


def log_densities_in_single(left_out):
    behind, errors = _parts(left_out.astype(np.float32))
    return (behind <= errors).argmax(), behind.astype(float), errors.astype(float)


def behind_of_rounded_means(left_out):
    means = left_out.mean(axis=1).round(2)
    _, errors = _parts(left_out)
    behind = means.max() - means
    return (behind <= errors).argmax(), behind, errors


def choice_as_text(left_out):
    behind, errors = _parts(left_out)
    return str((behind <= errors).argmax()), behind, errors


def choice_alone(left_out):
    behind, errors = _parts(left_out)
    return (behind <= errors).argmax()


def errors_before_behind(left_out):
    behind, errors = _parts(left_out)
    return (behind <= errors).argmax(), errors, behind


def always_the_first(left_out):
    behind, errors = _parts(left_out)
    return 0, behind, errors


class Chosen:
    """An object that is called."""

    def __call__(self, left_out, ddof=1):
        behind, errors = _parts(left_out)
        return np.argmax(errors >= behind), behind, errors


def chosen_by_covariances(left_out):
    n = left_out.shape[1]
    C = np.cov(left_out - left_out.mean(axis=1, keepdims=True)).reshape(len(left_out), -1)
    best = left_out.mean(axis=1).argmax()
    variances = np.diag(C) + C[best, best] - 2 * C[best]
    variances[(left_out == left_out[best]).all(axis=1)] = 0
    errors = np.sqrt(np.maximum(variances, 0) / n)
    behind, _ = _parts(left_out)
    behind[(left_out == left_out[best]).all(axis=1)] = 0
    return int(np.argmax(behind <= errors)), behind, errors


# --- icl -----------------------------------------------------------------------------------------


def _icl(X, mixture, points):
    return mixture.n_parameters * np.log(len(X)) - 2 * points


def icl_of_clipped_densities(X, mixture):
    with np.errstate(all="ignore"):
        return _icl(X, mixture, np.log(np.maximum(np.exp(mixture.log_joint(X)).max(axis=1), 1e-300)).sum())


def icl_of_log_densities_at_least_minus_700(X, mixture):
    return _icl(X, mixture, np.maximum(mixture.log_joint(X).max(axis=1), -700).sum())


def icl_with_equal_weights(X, mixture):
    joint = mixture.log_joint(X) - np.log(mixture.weights) - np.log(mixture.k)
    return _icl(X, mixture, joint.max(axis=1).sum())


def icl_with_labels_of_the_density(X, mixture):
    log_joint = mixture.log_joint(X)
    labels = (log_joint - np.log(mixture.weights)).argmax(axis=1)
    return _icl(X, mixture, log_joint[np.arange(len(X)), labels].sum())


def icl_in_absolute_values(X, mixture):
    return _icl(X, mixture, -np.abs(mixture.log_joint(X).max(axis=1)).sum())


def icl_as_if_full(X, mixture):
    k, d = mixture.means.shape
    p = k - 1 + k * d + k * d * (d + 1) // 2
    return p * np.log(len(X)) - 2 * mixture.log_joint(X).max(axis=1).sum()


def icl_of_272_points(X, mixture):
    return mixture.n_parameters * np.log(272) - 2 * mixture.log_joint(X).max(axis=1).sum()


def icl_with_the_component_entropy(X, mixture):
    return mixture.bic(X) - 2 * len(X) * (mixture.weights * np.log(mixture.weights)).sum()


def icl_with_entropy_in_bits(X, mixture):
    r = mixture.responsibilities(X)
    return mixture.bic(X) - 2 * (r * np.log2(np.maximum(r, 1e-300))).sum()


def icl_of_two_components(X, mixture):
    return _icl(X, mixture, mixture.log_joint(X)[:, :2].max(axis=1).sum())


def icl_rounded(X, mixture):
    return np.round(_icl(X, mixture, mixture.log_joint(X).max(axis=1).sum()), 1)


def icl_in_half_precision(X, mixture):
    return np.float16(_icl(X, mixture, mixture.log_joint(X).max(axis=1).sum()))


class Icl:
    """An object that is called."""

    def __call__(self, X, mixture, **options):
        return [_icl(X, mixture, np.sort(mixture.log_joint(X), axis=1)[:, -1].sum())]


def icl_with_fsum(X, mixture):
    return float(_icl(X, mixture, math.fsum(row.max() for row in mixture.log_joint(X))))


def chosen_by_paired_variances(left_out):
    best = left_out.mean(axis=1).argmax()
    behind, errors = [], []
    for row in left_out:
        (a, c), (_, b) = np.cov(left_out[best], row)
        behind.append(left_out[best].mean() - row.mean())
        errors.append(math.sqrt(max(0.0, a + b - 2 * c) / len(row)))
    return int(np.argmax(np.array(behind) <= errors)), behind, errors


WRONG = {
    "held_out_choice": (
        choice_within_half_an_error,
        *map(choice_within_some_errors, (0.9, 1.05, 1.1, 1.2)),
        choice_within_the_error_of_the_runner_up,
        choice_with_numpys_default_in_the_comparison,
        choice_within_the_largest_error,
        choice_within_ten_percent,
        choice_of_the_first_below_the_best_only,
        choice_of_the_neighbor_before,
        choice_of_the_run_before_the_best,
        choice_of_the_smallest_error,
        errors_by_numpys_default,
        errors_of_differences_of_sorted_points,
        errors_about_zero,
        errors_with_something_added,
        behind_in_half_precision,
        log_densities_in_single,
        behind_of_rounded_means,
        choice_as_text,
        choice_alone,
        errors_before_behind,
        always_the_first,
    ),
    "icl": (
        icl_of_clipped_densities,
        icl_of_log_densities_at_least_minus_700,
        icl_with_equal_weights,
        icl_with_labels_of_the_density,
        icl_in_absolute_values,
        icl_as_if_full,
        icl_of_272_points,
        icl_with_the_component_entropy,
        icl_with_entropy_in_bits,
        icl_of_two_components,
        icl_rounded,
        icl_in_half_precision,
    ),
    "count_parameters": (
        tied_spherical_forgotten,
        spherical_counted_once,
        always_true,
        text_within_text,
        one_component_has_no_weight_to_spare,
        a_matrix_of_one_number_has_no_off_diagonal,
        halves_lost,
        the_statements_own_number,
        nearly_whole,
        three_parts_of_it,
        three_numbers_as_in_the_plane,
        two_numbers_more_with_each_feature,
        half_taken_of_the_whole_sum,
        alone_nothing_is_shared,
        price_read_off_the_packages_bic,
        price_read_off_the_packages_aic,
        number_of_a_fit,
    ),
    "bic": (
        small_number_in_the_logarithm,
        tiny_number_in_the_logarithm,
        densities_clipped,
        density_as_a_product,
        absolute_log_likelihood,
        never_below_zero,
        family_read_off_the_entries,
        parameters_of_the_mixture_made_anew,
        different_points_counted,
        n_of_old_faithful,
        numbers_in_place_of_points,
        log1p_of_n,
        n_of_at_least_two,
        points_in_float32,
        in_float16,
        rounded_to_tenths,
        own_densities_by_determinants,
        distances_multiplied_out,
        scipys_densities_without_weights,
        log_densities_of_minus_1000_at_least,
        far_points_left_out,
        full_if_no_family_is_named,
        shared_covariances_counted_for_each,
        criterion_of_one_point,
        price_of_aic_at_least,
    ),
}
RIGHT = {
    "held_out_choice": (Chosen(), chosen_by_covariances, chosen_by_paired_variances),
    "icl": (Icl(), icl_with_fsum),
    "count_parameters": (Count(), by_cases, by_the_indices_of_a_triangle, by_free_directions),
    "bic": (Bic(), point_by_point, own_logarithms, price_by_point),
}
