"""Answers to lesson 01's exercises that must not pass, and right ones in other forms."""

import functools
import itertools
import math
import random

import numpy as np
from scipy import stats

# --- gaussian_log_density: wrong ------------------------------------------------------------------


def _log_density(X, mean, covariance):
    """The right one, so that a wrong answer can change a part of it."""
    z = np.linalg.solve(np.linalg.cholesky(covariance), (X - mean).T)
    return -0.5 * ((z**2).sum(axis=0) + np.linalg.slogdet(2 * np.pi * covariance)[1])


def computed_in_float32(X, mean, covariance):
    X, mean, covariance = np.float32(X), np.float32(mean), np.float32(covariance)
    return _log_density(X, mean, covariance).astype(float)


def computed_and_returned_in_float32(X, mean, covariance):
    return _log_density(np.float32(X), np.float32(mean), np.float32(covariance))


def in_float16(X, mean, covariance):
    return _log_density(X, mean, covariance).astype(np.float16)


def rounded_to_6_digits(X, mean, covariance):
    return np.round(_log_density(X, mean, covariance), 6)


def rounded_to_whole_numbers(X, mean, covariance):
    return np.round(_log_density(X, mean, covariance))


def squares_multiplied_out(X, mean, covariance):
    P = np.linalg.inv(covariance)
    distances = np.einsum("ni,ij,nj->n", X, P, X) - 2 * X @ P @ mean + mean @ P @ mean
    return -0.5 * (distances + np.linalg.slogdet(2 * np.pi * covariance)[1])


def into_an_array_of_the_type_of_X(X, mean, covariance):
    out = np.empty_like(X[:, 0])
    out[:] = _log_density(X, mean, covariance)
    return out


def with_a_tiny_ridge(X, mean, covariance):
    return _log_density(X, mean, covariance + 1e-15 * np.eye(len(mean)))


def something_added_to_the_determinant(X, mean, covariance):
    return _log_density(X, mean, covariance) + 0.5 * (
        np.linalg.slogdet(covariance)[1] - np.log(np.linalg.det(covariance) + 1e-12)
    )


def something_added_to_the_diagonal_of_the_factor(X, mean, covariance):
    L = np.linalg.cholesky(covariance)
    off = np.log(np.diagonal(L)).sum() - np.log(np.diagonal(L) + 1e-12).sum()
    return _log_density(X, mean, covariance) + off


def never_above_zero(X, mean, covariance):
    return np.minimum(_log_density(X, mean, covariance), 0.0)


def clipped_at_745(X, mean, covariance):
    return np.clip(_log_density(X, mean, covariance), -745, 709)


def never_below_a_thousand(X, mean, covariance):
    return np.maximum(_log_density(X, mean, covariance), -1000.0)


def infinities_replaced(X, mean, covariance):
    return np.nan_to_num(np.log(np.exp(_log_density(X, mean, covariance))))


def absolute_values(X, mean, covariance):
    return -np.abs(_log_density(X, mean, covariance))


def for_the_plane_alone(X, mean, covariance):
    if len(mean) != 2:
        return np.zeros(len(X))
    return _log_density(X, mean, covariance)


def for_this_lessons_ellipse(X, mean, covariance):
    return _log_density(X, np.zeros(2), np.array([[4.0, 1.2], [1.2, 1.0]]))


def one_dimension_at_a_time(X, mean, covariance):
    return stats.norm.logpdf(X, mean, np.sqrt(np.diagonal(covariance))).sum(axis=1)


def a_pair_of_them(X, mean, covariance):
    return _log_density(X, mean, covariance), _log_density(X, mean, covariance)


def transposed_if_square(X, mean, covariance):
    deviations = X - mean
    if len(X) != len(mean):
        deviations = deviations.T
    z = np.linalg.solve(np.linalg.cholesky(covariance), deviations)
    return -0.5 * ((z**2).sum(axis=0) + np.linalg.slogdet(2 * np.pi * covariance)[1])


def small_eigenvalues_dropped(X, mean, covariance):
    P = np.linalg.pinv(covariance, rcond=1e-6, hermitian=True)
    distances = np.einsum("ni,ij,nj->n", X - mean, P, X - mean)
    return -0.5 * (distances + np.linalg.slogdet(2 * np.pi * covariance)[1])


def distances_clipped_at_40(X, mean, covariance):
    at_the_mean = _log_density(mean[None], mean, covariance)
    return np.maximum(_log_density(X, mean, covariance), at_the_mean - 0.5 * 40**2)


def the_mean_subtracted_in_place(X, mean, covariance):
    X -= mean
    return _log_density(X, 0.0, covariance)


# --- gaussian_log_density: right ------------------------------------------------------------------


class AnObject:
    def __call__(self, X, mean, covariance):
        return _log_density(X, mean, covariance)


def a_tuple_of_floats(X, mean, covariance):
    return tuple(_log_density(X, mean, covariance).tolist())


def a_row(X, mean, covariance):
    return _log_density(X, mean, covariance)[None]


def more_arguments(X, mean, covariance, *rest, allow_singular=False, **options):
    return stats.multivariate_normal.logpdf(X, mean, covariance, allow_singular=allow_singular)


def by_eigenvalues(X, mean, covariance):
    values, vectors = np.linalg.eigh(covariance)
    z = (X - mean) @ vectors / np.sqrt(values)
    return -0.5 * np.sum(z * z + np.log(2 * np.pi * values), axis=-1)


def point_by_point_in_plain_python(X, mean, covariance):
    d, L = len(mean), [[0.0] * len(mean) for _ in mean]
    for i in range(d):
        for j in range(i + 1):
            rest = covariance[i][j] - math.fsum(L[i][m] * L[j][m] for m in range(j))
            L[i][j] = math.sqrt(rest) if i == j else rest / L[j][j]
    answer = []
    for x in X:
        z = []
        for i in range(d):
            z.append((x[i] - mean[i] - sum(L[i][j] * z[j] for j in range(i))) / L[i][i])
        log_root = sum(math.log(L[i][i]) for i in range(d))
        answer.append(-sum(value**2 for value in z) / 2 - log_root - d / 2 * math.log(2 * math.pi))
    return answer


# --- sample_mixture: wrong ------------------------------------------------------------------------


def _draw(mixture, n, rng, z=None, labels=None):
    """A right one, unless z or the labels are wrong."""
    labels = rng.choice(mixture.k, n, p=mixture.weights) if labels is None else labels
    z = rng.standard_normal((n, mixture.d)) if z is None else z
    return mixture.means[labels] + np.einsum("nij,nj->ni", mixture.cholesky[labels], z), labels


def uniform_noise(mixture, n, rng):
    return _draw(mixture, n, rng, rng.uniform(-(3**0.5), 3**0.5, (n, mixture.d)))


def student_noise(mixture, n, rng):
    return _draw(mixture, n, rng, rng.standard_t(5, (n, mixture.d)) * 0.6**0.5)


def student_noise_of_the_whole_point(mixture, n, rng):
    scale = np.sqrt(3 / rng.chisquare(5, (n, 1)))
    return _draw(mixture, n, rng, rng.standard_normal((n, mixture.d)) * scale)


def laplace_noise(mixture, n, rng):
    return _draw(mixture, n, rng, rng.laplace(size=(n, mixture.d)) / 2**0.5)


def exponential_noise(mixture, n, rng):
    return _draw(mixture, n, rng, rng.exponential(size=(n, mixture.d)) - 1)


def signs_as_noise(mixture, n, rng):
    return _draw(mixture, n, rng, rng.choice([-1.0, 1.0], size=(n, mixture.d)))


def signs_blurred(mixture, n, rng):
    z = rng.choice([-1.0, 1.0], size=(n, mixture.d)) + 0.1 * rng.standard_normal((n, mixture.d))
    return _draw(mixture, n, rng, z / 1.01**0.5)


def on_the_ellipse(mixture, n, rng):
    z = rng.standard_normal((n, mixture.d))
    return _draw(mixture, n, rng, z / np.linalg.norm(z, axis=1, keepdims=True) * mixture.d**0.5)


def evenly_in_the_ellipse(mixture, n, rng):
    z, d = rng.standard_normal((n, mixture.d)), mixture.d
    radius = (d + 2) ** 0.5 * rng.random((n, 1)) ** (1 / d)
    return _draw(mixture, n, rng, z / np.linalg.norm(z, axis=1, keepdims=True) * radius)


def every_point_twice(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return np.repeat(X, 2, axis=0)[:n], np.repeat(labels, 2)[:n]


def the_first_half_again(mixture, n, rng):
    X, labels = _draw(mixture, (n + 1) // 2, rng)
    return np.concatenate([X, X])[:n], np.concatenate([labels, labels])[:n]


def a_tenth_of_them_copies(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    last = n - n // 10
    return np.concatenate([X[:last], X[: n - last]]), np.concatenate([labels[:last], labels[: n - last]])


def mirrored(mixture, n, rng):
    z = rng.standard_normal(((n + 1) // 2, mixture.d))
    return _draw(mixture, n, rng, np.concatenate([z, -z])[:n])


def from_a_small_stock(mixture, n, rng):
    stock = rng.standard_normal((100, mixture.d))
    return _draw(mixture, n, rng, stock[rng.integers(100, size=n)])


def one_z_for_each_component(mixture, n, rng):
    labels = rng.choice(mixture.k, n, p=mixture.weights)
    return _draw(mixture, n, rng, rng.standard_normal((mixture.k, mixture.d))[labels], labels)


def the_same_z_for_every_component(mixture, n, rng):
    labels, z = rng.choice(mixture.k, n, p=mixture.weights), rng.standard_normal((n, mixture.d))
    X = np.empty((n, mixture.d))
    for k in range(mixture.k):
        own = labels == k
        X[own] = mixture.means[k] + z[: own.sum()] @ mixture.cholesky[k].T
    return X, labels


def labels_of_the_next_component(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return X, (labels + 1) % mixture.k


def labels_shuffled(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return X, rng.permutation(labels)


def labels_half_way(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return X, labels + 0.5


def labels_first(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return labels, X


def a_seed_for_all(mixture, n, rng):
    return _draw(mixture, n, np.random.default_rng(42))


def a_seed_for_the_labels(mixture, n, rng):
    labels = np.random.default_rng(42).choice(mixture.k, n, p=mixture.weights)
    return _draw(mixture, n, rng, labels=labels)


def a_seed_for_the_noise(mixture, n, rng):
    return _draw(mixture, n, rng, np.random.default_rng(42).standard_normal((n, mixture.d)))


def a_seed_for_the_noise_of_each_component(mixture, n, rng):
    labels, X = rng.choice(mixture.k, n, p=mixture.weights), np.empty((n, mixture.d))
    for k in range(mixture.k):
        z = np.random.default_rng(k).standard_normal((np.sum(labels == k), mixture.d))
        X[labels == k] = mixture.means[k] + z @ mixture.cholesky[k].T
    return X, labels


def the_global_generator_for_the_noise(mixture, n, rng):
    return _draw(mixture, n, rng, np.random.standard_normal((n, mixture.d)))  # noqa: NPY002


def the_global_generator_for_the_toss(mixture, n, rng):
    return _draw(mixture, n, rng, labels=np.random.choice(mixture.k, n, p=mixture.weights))  # noqa: NPY002


def pythons_generator_for_the_toss(mixture, n, rng):
    labels = np.array(random.choices(range(mixture.k), mixture.weights, k=n))
    return _draw(mixture, n, rng, labels=labels)


def as_many_as_expected(mixture, n, rng):
    counts = np.floor(n * mixture.weights).astype(int)
    counts[0] += n - counts.sum()
    return _draw(mixture, n, rng, labels=np.repeat(np.arange(mixture.k), counts))


def three_thousand_whatever_n(mixture, n, rng):
    return _draw(mixture, 3000, rng)


def for_two_coordinates(mixture, n, rng):
    z = np.zeros((n, mixture.d))
    z[:, :2] = rng.standard_normal((n, 2))[:, : mixture.d]
    return _draw(mixture, n, rng, z)


def for_three_faces(mixture, n, rng):
    labels = np.minimum(rng.choice(mixture.k, n, p=mixture.weights), 2)
    return _draw(mixture, n, rng, labels=labels)


def whole_numbers(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return X.astype(int), labels


def rounded_to_2(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return X.round(2), labels


def draws_in_float16(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return X.astype(np.float16), labels


def cut_at_two(mixture, n, rng):
    return _draw(mixture, n, rng, np.clip(rng.standard_normal((n, mixture.d)), -2, 2))


def without_the_tails(mixture, n, rng):
    z = stats.truncnorm.rvs(-1.5, 1.5, size=(n, mixture.d), random_state=rng)
    return _draw(mixture, n, rng, z / stats.truncnorm.std(-1.5, 1.5))


def cut_at_three(mixture, n, rng):
    return _draw(mixture, n, rng, np.clip(rng.standard_normal((n, mixture.d)), -3, 3))


def drawn_again_beyond_three(mixture, n, rng):
    z = rng.standard_normal((n, mixture.d))
    while (far := np.abs(z) > 3).any():
        z[far] = rng.standard_normal(far.sum())
    return _draw(mixture, n, rng, z)


def labels_of_the_likeliest(mixture, n, rng):
    X, _ = _draw(mixture, n, rng)
    return X, mixture.log_joint(X).argmax(axis=1)


def labels_of_the_nearest_mean(mixture, n, rng):
    X, _ = _draw(mixture, n, rng)
    z = np.einsum("kij,nkj->nki", mixture.whitening, X[:, None] - mixture.means)
    return X, (z**2).sum(axis=2).argmin(axis=1)


def noise_seeded_by_n(mixture, n, rng):
    return _draw(mixture, n, rng, np.random.default_rng(n).standard_normal((n, mixture.d)))


# --- sample_mixture: right ------------------------------------------------------------------------


class ADrawer:
    def __call__(self, mixture, n, rng):
        return _draw(mixture, n, rng)


def toss_and_draw_in_a_plain_loop(mixture, n, rng):
    X, labels = [], []
    for _ in range(n):
        face = rng.choice(mixture.k, p=mixture.weights)
        X.append(rng.multivariate_normal(mixture.means[face], mixture.covariances[face]))
        labels.append(face)
    return X, labels


def toss_and_draw_as_lesson_01(mixture, n, rng):
    X, labels = np.zeros((n, mixture.d)), np.zeros(n, dtype=int)
    for i in range(n):
        labels[i] = rng.choice(mixture.k, p=mixture.weights)
        L = np.linalg.cholesky(mixture.covariances[labels[i]])
        X[i] = mixture.means[labels[i]] + L @ rng.standard_normal(mixture.d)
    return X, labels


def by_scipy(mixture, n, rng):
    labels = stats.rv_discrete(values=(range(mixture.k), mixture.weights)).rvs(size=n, random_state=rng)
    X = np.empty((n, mixture.d))
    for k in set(labels.tolist()):
        bell = stats.multivariate_normal(mixture.means[k], mixture.covariances[k])
        X[labels == k] = np.reshape(bell.rvs(size=(labels == k).sum(), random_state=rng), (-1, mixture.d))
    return X, labels


def by_counts_and_sorted(mixture, n, rng):
    labels = np.repeat(np.arange(mixture.k), rng.multinomial(n, mixture.weights))
    return _draw(mixture, n, rng, labels=labels)


def by_the_inverse_of_the_bell(mixture, n, rng):
    return _draw(mixture, n, rng, stats.norm.ppf(rng.random((n, mixture.d))))


def by_polar_coordinates(mixture, n, rng):
    u, angle = rng.random((n, mixture.d)), 2 * np.pi * rng.random((n, mixture.d))
    return _draw(mixture, n, rng, np.sqrt(-2 * np.log(1 - u)) * np.cos(angle))


def with_a_generator_seeded_by_rng(mixture, n, rng):
    return _draw(mixture, n, np.random.default_rng(rng.integers(2**63)))


def with_generators_spawned(mixture, n, rng):
    toss, draw = rng.spawn(2)
    labels = toss.choice(mixture.k, n, p=mixture.weights)
    return _draw(mixture, n, rng, draw.standard_normal((n, mixture.d)), labels)


def all_components_drawn_and_one_chosen(mixture, n, rng):
    each = np.stack(
        [
            rng.multivariate_normal(mean, covariance, n, method="eigh")
            for mean, covariance in zip(mixture.means, mixture.covariances, strict=True)
        ]
    )
    labels = rng.choice(mixture.k, n, p=mixture.weights)
    return each[labels, np.arange(n)], labels


def a_tuple_of_lists(mixture, n, rng, **options):
    X, labels = _draw(mixture, n, rng)
    return tuple(map(tuple, X.tolist())), labels.tolist()


def a_list_of_two_and_labels_as_a_column(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return [X, labels[:, None].astype(np.int8)]


def one_number_for_each_point_on_a_line(mixture, n, rng):
    X, labels = _draw(mixture, n, rng)
    return (X[:, 0] if mixture.d == 1 else X), labels


def generators_made_into_lists(mixture, n, rng):
    faces = itertools.accumulate(mixture.weights)
    borders = list(faces)[:-1]
    labels = [sum(u > border for border in borders) for u in rng.random(n)]
    return [_draw(mixture, 1, rng, labels=np.array([face]))[0][0] for face in labels], labels


WRONG = {
    "gaussian_log_density": (
        computed_in_float32,
        computed_and_returned_in_float32,
        in_float16,
        rounded_to_6_digits,
        rounded_to_whole_numbers,
        squares_multiplied_out,
        into_an_array_of_the_type_of_X,
        with_a_tiny_ridge,
        something_added_to_the_determinant,
        something_added_to_the_diagonal_of_the_factor,
        never_above_zero,
        clipped_at_745,
        never_below_a_thousand,
        infinities_replaced,
        absolute_values,
        for_the_plane_alone,
        for_this_lessons_ellipse,
        one_dimension_at_a_time,
        a_pair_of_them,
        transposed_if_square,
        small_eigenvalues_dropped,
        distances_clipped_at_40,
        the_mean_subtracted_in_place,
    ),
    "sample_mixture": (
        uniform_noise,
        student_noise,
        student_noise_of_the_whole_point,
        laplace_noise,
        exponential_noise,
        signs_as_noise,
        signs_blurred,
        on_the_ellipse,
        evenly_in_the_ellipse,
        every_point_twice,
        the_first_half_again,
        a_tenth_of_them_copies,
        mirrored,
        from_a_small_stock,
        one_z_for_each_component,
        the_same_z_for_every_component,
        labels_of_the_next_component,
        labels_shuffled,
        labels_half_way,
        labels_first,
        a_seed_for_all,
        a_seed_for_the_labels,
        a_seed_for_the_noise,
        a_seed_for_the_noise_of_each_component,
        the_global_generator_for_the_noise,
        the_global_generator_for_the_toss,
        pythons_generator_for_the_toss,
        as_many_as_expected,
        three_thousand_whatever_n,
        for_two_coordinates,
        for_three_faces,
        whole_numbers,
        rounded_to_2,
        draws_in_float16,
        cut_at_two,
        without_the_tails,
        cut_at_three,
        drawn_again_beyond_three,
        labels_of_the_likeliest,
        labels_of_the_nearest_mean,
        noise_seeded_by_n,
    ),
}

RIGHT = {
    "gaussian_log_density": (
        AnObject(),
        functools.partial(more_arguments, allow_singular=True),
        more_arguments,
        a_tuple_of_floats,
        a_row,
        by_eigenvalues,
        point_by_point_in_plain_python,
    ),
    "sample_mixture": (
        ADrawer(),
        toss_and_draw_in_a_plain_loop,
        toss_and_draw_as_lesson_01,
        by_scipy,
        by_counts_and_sorted,
        by_the_inverse_of_the_bell,
        by_polar_coordinates,
        with_a_generator_seeded_by_rng,
        with_generators_spawned,
        all_components_drawn_and_one_chosen,
        a_tuple_of_lists,
        a_list_of_two_and_labels_as_a_column,
        one_number_for_each_point_on_a_line,
        generators_made_into_lists,
    ),
}
