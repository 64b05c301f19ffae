"""Generate data: `gaussian_log_density` and `sample_mixture`."""

import copy

import numpy as np

from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.mixture import Mixture

LOG_2_PI = np.log(2 * np.pi)
# What is added to a density lest its logarithm be minus infinity; the third is np.finfo(float).eps.
SAVING_NUMBERS = (1e-300, 1e-16, 2.0**-52, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8)


# --- gaussian_log_density: the answer, and what goes wrong ----------------------------------------


def gaussian_log_density(X, mean, covariance):
    return Mixture([1.0], [mean], [covariance]).log_density(X)


def my_gaussian_log_density(X, mean, covariance):
    L = np.linalg.cholesky(covariance)
    z = np.linalg.solve(L, (X - mean).T)  # (d, n): the points, back in the circle
    distances = (z**2).sum(axis=0)  # (n,): squared
    log_det_L = np.log(np.diagonal(L)).sum()
    return -0.5 * distances - log_det_L - 0.5 * len(mean) * np.log(2 * np.pi)


def squared_distances(X, mean, matrix):
    """(x - mu)^T matrix^-1 (x - mu) for every row of X (n, d), (n,)."""
    deviations = X - mean
    return (deviations * np.linalg.solve(matrix, deviations.T).T).sum(axis=1)


def log_det(matrix):
    return np.linalg.slogdet(matrix)[1]


def from_parts(distances, log_determinant, d):
    """log N from squared distances (n,) and log det Sigma."""
    return -0.5 * (d * LOG_2_PI + log_determinant + distances)


def variance_as_sd(X, mean, covariance):
    squared = covariance @ covariance
    return from_parts(squared_distances(X, mean, squared), log_det(squared), len(mean))


def sd_as_variance(X, mean, covariance):
    root = np.sqrt(covariance)
    return from_parts(squared_distances(X, mean, root), log_det(root), len(mean))


def determinant_forgotten(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), 0.0, len(mean))


def determinant_without_root(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), 2 * log_det(covariance), len(mean))


def determinant_rooted_twice(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), 0.5 * log_det(covariance), len(mean))


def determinant_on_top(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), -log_det(covariance), len(mean))


def two_pi_of_the_plane(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), log_det(covariance), 2)


def two_pi_of_the_line(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), log_det(covariance), 1)


def two_pi_without_root(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), log_det(covariance), 2 * len(mean))


def two_pi_forgotten(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), log_det(covariance), 0)


def half_forgotten(X, mean, covariance):
    return from_parts(2 * squared_distances(X, mean, covariance), log_det(covariance), len(mean))


def not_squared(X, mean, covariance):
    return from_parts(np.sqrt(squared_distances(X, mean, covariance)), log_det(covariance), len(mean))


def minus_forgotten(X, mean, covariance):
    return from_parts(-squared_distances(X, mean, covariance), log_det(covariance), len(mean))


def not_inverted(X, mean, covariance):
    deviations = X - mean
    distances = (deviations @ covariance * deviations).sum(axis=1)
    return from_parts(distances, log_det(covariance), len(mean))


def inverted_entry_by_entry(X, mean, covariance):
    deviations = X - mean
    distances = (deviations @ (1 / covariance) * deviations).sum(axis=1)
    return from_parts(distances, log_det(covariance), len(mean))


def only_the_diagonal(X, mean, covariance):
    diagonal = np.diag(np.diagonal(covariance))
    return from_parts(squared_distances(X, mean, diagonal), log_det(diagonal), len(mean))


def covariance_as_factor(X, mean, covariance):
    z = np.linalg.solve(covariance, (X - mean).T)
    return from_parts((z**2).sum(axis=0), log_det(covariance), len(mean))


def factor_transposed(X, mean, covariance):
    z = np.linalg.solve(np.linalg.cholesky(covariance).T, (X - mean).T)
    return from_parts((z**2).sum(axis=0), log_det(covariance), len(mean))


def points_not_transposed(X, mean, covariance):
    z = np.linalg.solve(np.linalg.cholesky(covariance), X - mean)
    return from_parts((z**2).sum(axis=0), log_det(covariance), len(mean))


def factor_multiplied(X, mean, covariance):
    z = np.linalg.cholesky(covariance) @ (X - mean).T
    return from_parts((z**2).sum(axis=0), log_det(covariance), len(mean))


def mean_forgotten(X, mean, covariance):
    return from_parts(squared_distances(X, 0.0, covariance), log_det(covariance), len(mean))


def determinant_vanished(X, mean, covariance):
    log_determinant = np.log(np.linalg.det(covariance))
    return from_parts(squared_distances(X, mean, covariance), log_determinant, len(mean))


def density(X, mean, covariance):
    return np.exp(gaussian_log_density(X, mean, covariance))


def density_vanished(X, mean, covariance):
    return np.log(density(X, mean, covariance))


def saved_by_a_sum(number):
    """`gaussian_log_density` by way of the density, with a number added to it."""

    def wrong_log_density(X, mean, covariance):
        return np.log(density(X, mean, covariance) + number)

    return wrong_log_density


def saved_by_a_floor(number):
    """`gaussian_log_density` by way of the density, which is never less than a number."""

    def wrong_log_density(X, mean, covariance):
        return np.log(np.maximum(density(X, mean, covariance), number))

    return wrong_log_density


def ridge_added(number):
    """`gaussian_log_density` with a number added to every variance."""

    def wrong_log_density(X, mean, covariance):
        return gaussian_log_density(X, mean, covariance + number * np.eye(len(mean)))

    return wrong_log_density


def named(number):
    """A number as part of a mistake's name: 1e-300 is 1e_300."""
    return f"{number:.0e}".replace("-", "_")


def base_10(X, mean, covariance):
    return gaussian_log_density(X, mean, covariance) / np.log(10)


def whole_matrix(X, mean, covariance):
    deviations = X - mean
    products = deviations @ np.linalg.inv(covariance) @ deviations.T  # (n, n)
    return from_parts(products, log_det(covariance), len(mean))


def summed_over_points(X, mean, covariance):
    return gaussian_log_density(X, mean, covariance).sum()


def summed_over_the_wrong_axis(X, mean, covariance):
    z = np.linalg.solve(np.linalg.cholesky(covariance), (X - mean).T)  # (d, n)
    return from_parts((z**2).sum(axis=1), log_det(covariance), len(mean))


def n_instead_of_d(X, mean, covariance):
    return from_parts(squared_distances(X, mean, covariance), log_det(covariance), len(X))


def logarithm_of_the_whole_factor(X, mean, covariance):
    log_det_L = np.log(np.linalg.cholesky(covariance)).sum()
    return from_parts(squared_distances(X, mean, covariance), 2 * log_det_L, len(mean))


def mean_of_the_points(X, mean, covariance):
    return gaussian_log_density(X, X.mean(axis=0), covariance)


def made_anew_for_every_point(X, mean, covariance):
    only_the_last = np.zeros(len(X))
    only_the_last[-1] = gaussian_log_density(X, mean, covariance)[-1]
    return only_the_last


def list_made_anew_for_every_point(X, mean, covariance):
    return gaussian_log_density(X, mean, covariance)[-1:]


def returned_from_within_the_loop(X, mean, covariance):
    return gaussian_log_density(X, mean, covariance)[0]


def _densities_read(answer, X, mean, covariance):
    if isinstance(answer, tuple) and np.shape(answer) != (len(X),):
        raise Unreadable(
            f"gaussian_log_density returns one array (n,), a number a point; yours returns {len(answer)} "
            "things."
        )
    log_density = np.asarray(answer)
    if log_density.shape in ((len(X), 1), (1, len(X))) or (log_density.ndim == 0 and len(X) == 1):
        log_density = log_density.reshape(len(X))
    return {"log_density": log_density}


def _densities_are_finite(parts, X, mean, covariance):
    wrong = np.argwhere(~np.isfinite(parts["log_density"]))
    if len(wrong):
        place = tuple(wrong[0])
        where = ", ".join(map(str, place))
        value = parts["log_density"][place]
        return f"log_density[{where}] is {value}: no point is that far out, or that dense."
    return None


def _densities_stay_below_the_peak(parts, X, mean, covariance):
    log_density, peak = parts["log_density"], gaussian_log_density([mean], mean, covariance)[0]
    if log_density.shape != (len(X),):
        return None
    wrong = np.flatnonzero(log_density > peak + 1e-6 * (1 + abs(peak)))
    if len(wrong):
        return (
            f"log_density[{wrong[0]}] is {log_density[wrong[0]]:.6g}, but the Gaussian's peak, at its mean, "
            f"is {peak:.6g}: nothing is higher."
        )
    return None


def _random_covariance(rng, d, sd=1.0):
    A = rng.standard_normal((d, d))
    return sd**2 * (A @ A.T / d + 0.3 * np.eye(d))


def _density_cases():
    ellipse = np.array([[4.0, 1.2], [1.2, 1.0]])
    rng = np.random.default_rng(1)
    mean = np.array([3.0, -2.0])
    plane = np.array([[0.5, -0.9], [-0.9, 3.0]])
    five = rng.normal(size=5) * 10
    three = rng.normal(size=3)
    hundred = np.linspace(-1, 1, 100)
    far = np.array([1e6, -3e6])
    far_covariance = np.array([[1.0, 700.0], [700.0, 1e6]])
    nano = np.array([5e-9, 1e-8])
    return (
        Case(
            "three points of this lesson's ellipse: one on the inner line, the mean, one on the outer line",
            (np.array([[2.0, 0.6], [0.0, 0.0], [4.0, 1.2]]), np.zeros(2), ellipse),
        ),
        Case("four points on a line, variance 0.01",
             (np.array([[5.0], [5.1], [4.8], [5.3]]), np.array([5.0]), np.array([[0.01]]))),
        Case("five points in the plane around (3, -2)", (mean + rng.normal(size=(5, 2)) * 1.5, mean, plane)),
        Case("one point in three dimensions",
             (rng.normal(size=(1, 3)), three, _random_covariance(rng, 3, 0.7))),
        Case("seven points in five dimensions",
             (five + rng.normal(size=(7, 5)), five, _random_covariance(rng, 5, 1.5))),
        Case("points 6.5 to 100 standard deviations away",
             (np.array([[13.0, 3.9], [16.0, 4.8], [80.0, 24.0], [-6.0, 31.0], [200.0, 60.0]]), np.zeros(2),
              ellipse)),
        Case("one point on a line", (np.array([[1.5]]), np.array([-0.5]), np.array([[9.0]]))),
        Case("points on a line where the density is about 1, and its logarithm about 0",
             (np.array([[2.02], [1.92], [2.0], [2.065]]), np.array([2.0]), np.array([[0.155]]))),
        Case("four points that are whole numbers",
             (np.array([[3, -2], [1, 4], [0, 0], [5, -6]]), np.array([2.5, -1.5]), plane)),
        Case("points in meters with standard deviations of two nanometers",
             (nano + rng.normal(size=(4, 2)) * 2e-9, nano, 1e-18 * ellipse)),
        Case("points a million away from 0, with standard deviations of 1 and 1,000",
             (np.asfortranarray(far + rng.normal(size=(5, 2)) * [1.0, 1000.0]), far, far_covariance)),
        Case("three points in 100 dimensions, every standard deviation 0.0001",
             (hundred + 1e-4 * rng.normal(size=(3, 100)), hundred, 1e-8 * np.eye(100))),
    )  # fmt: skip


GAUSSIAN_LOG_DENSITY = Exercise(
    name="gaussian_log_density",
    reference=gaussian_log_density,
    answer=my_gaussian_log_density,
    source=Mixture.log_joint,
    cases=_density_cases(),
    read=_densities_read,
    properties=(_densities_are_finite, _densities_stay_below_the_peak),
    mistakes=(
        Mistake("density_vanished", density_vanished,
                "you compute the density first and its logarithm after that. Far out the density is smaller "
                "than any number the computer holds, it becomes 0, and the logarithm of 0 is minus infinity. "
                "Take the logarithm of the formula on paper: then nothing vanishes."),
        Mistake("determinant_forgotten", determinant_forgotten,
                "the area factor is missing. L stretches areas by det L and thins the points by as much: "
                "without it a wide Gaussian is as high as a narrow one."),
        Mistake("determinant_without_root", determinant_without_root,
                "you divide by det Sigma. The area factor is det L, and that is the square root of det "
                "Sigma."),
        Mistake("determinant_rooted_twice", determinant_rooted_twice,
                "the determinant has been rooted twice: det L is the root of det Sigma already. With Sigma "
                "itself there is a factor of a half before the logarithm, with L there is none."),
        Mistake("determinant_on_top", determinant_on_top,
                "the determinant has the wrong sign: it stands below the line, so its logarithm is "
                "subtracted. The wider the Gaussian, the lower its peak."),
        Mistake("two_pi_of_the_plane", two_pi_of_the_plane,
                "you divide by 2 pi once, whatever the dimension. It is the square root of 2 pi once per "
                "coordinate; in the plane alone the two are the same."),
        Mistake("two_pi_of_the_line", two_pi_of_the_line,
                "you divide by the root of 2 pi once. That is the bell on a line: d coordinates bring d such "
                "roots."),
        Mistake("two_pi_without_root", two_pi_without_root,
                "2 pi has the power d, and it should have d/2: each coordinate brings the root of 2 pi."),
        Mistake("two_pi_forgotten", two_pi_forgotten,
                "the power of 2 pi is missing. It changes no comparison of two points, but the bell would "
                "not have the area 1."),
        Mistake("half_forgotten", half_forgotten,
                "the half in the exponent is missing: a point at 1 standard deviation has lost half a nat, "
                "not a whole one."),
        Mistake("not_squared", not_squared,
                "the distance in the exponent is not squared. A bell falls ever faster; yours falls like a "
                "tent."),
        Mistake("minus_forgotten", minus_forgotten,
                "the minus before the distance is missing: the farther away, the denser."),
        Mistake("not_inverted", not_inverted,
                "you multiply by Sigma where its inverse belongs. Where the Gaussian is wide, a step counts "
                "for less, not for more."),
        Mistake("inverted_entry_by_entry", inverted_entry_by_entry,
                "1 / Sigma inverts entry by entry, and that is not the inverse matrix. On a line nobody "
                "notices."),
        Mistake("only_the_diagonal", only_the_diagonal,
                "you use the variances alone. The entries off the diagonal make the ellipse lean; they count "
                "too."),
        Mistake("variance_as_sd", variance_as_sd,
                "you treat Sigma as if it were its own root, in the distance and in the area factor. The "
                "diagonal of Sigma holds variances, not standard deviations."),
        Mistake("sd_as_variance", sd_as_variance,
                "you took the root of the entries of Sigma, and then the formula takes a root again. Sigma "
                "goes in as it is."),
        Mistake("covariance_as_factor", covariance_as_factor,
                "you went back to the circle with Sigma, not with its Cholesky factor: z = L^-1 (x - mu), "
                "and L L^T is Sigma."),
        Mistake("factor_transposed", factor_transposed,
                "the Cholesky factor is the wrong way round: L L^T is Sigma, L^T L is another matrix. "
                "`np.linalg.cholesky` returns the L with zeros in the upper corner; multiply by `inv(L)` "
                "from the left or, with points as rows, by `inv(L).T` from the right."),
        Mistake("points_not_transposed", points_not_transposed,
                "the points are rows, and `np.linalg.solve` wants what it solves for as columns, (d, n): "
                "transpose the deviations."),
        Mistake("factor_multiplied", factor_multiplied,
                "you multiply by L. That pushes the points from the circle to the ellipse; the distance is "
                "measured on the way back, which is solving with L."),
        Mistake("mean_forgotten", mean_forgotten,
                "the mean is not subtracted: distances are measured from 0."),
        Mistake("density", density,
                "this is the density; what is asked for is its logarithm."),
        Mistake("determinant_vanished", determinant_vanished,
                "the logarithm comes too late for the determinant: in 100 dimensions it is smaller than any "
                "number the computer holds. That of a triangular matrix is the product of its diagonal, so "
                "its logarithm is a sum of logarithms."),
        *(
            Mistake(f"added_{named(number)}", saved_by_a_sum(number),
                    f"you add {number:.3g} to the density lest its logarithm be minus infinity. Then all far "
                    f"points have the log-density {np.log(number):.1f}, however far they are. Take the "
                    "logarithm of the formula on paper, and there is nothing to be saved.")
            for number in SAVING_NUMBERS
        ),
        *(
            Mistake(f"never_below_{named(number)}", saved_by_a_floor(number),
                    f"you do not let the density fall below {number:.3g}, so no log-density is less than "
                    f"{np.log(number):.1f}, which a point far out should be. The logarithm of the formula, "
                    "worked out on paper, needs no floor.")
            for number in SAVING_NUMBERS
            if number > 1e-300  # which cannot be told from what is added
        ),
        *(
            Mistake(f"ridge_{named(number)}", ridge_added(number),
                    f"you add {number:.3g} to the variances. Measured in meters, a variance in nanometers is "
                    "smaller than that; Sigma has an inverse as it is.")
            for number in (1e-6, 1e-8, 1e-9, 1e-10, 1e-12)
        ),
        Mistake("n_instead_of_d", n_instead_of_d,
                "2 pi has the power n/2, the number of points. It is d/2, the number of coordinates: "
                "`len(mean)`, not `len(X)`."),
        Mistake("logarithm_of_the_whole_factor", logarithm_of_the_whole_factor,
                "you take the logarithm of all of L, its zeros above the diagonal too, and log 0 is minus "
                "infinity. The determinant of L is the product of its diagonal: `np.diagonal(L)` first."),
        Mistake("mean_of_the_points", mean_of_the_points,
                "you subtract the mean of the points in X. The Gaussian has a mean of its own, the second "
                "argument."),
        Mistake("made_anew_for_every_point", made_anew_for_every_point,
                "only the last point has its log-density, and the others have 0: the array is made anew in "
                "every round of the loop. Make it once, before the loop."),
        Mistake("list_made_anew_for_every_point", list_made_anew_for_every_point,
                "only the last point is left: the list is emptied in every round of the loop. Make it once, "
                "before the loop."),
        Mistake("returned_from_within_the_loop", returned_from_within_the_loop,
                "only the first point's log-density comes back: `return` stands within the loop and ends it "
                "in its first round. Move it to the left, below the loop."),
        Mistake("base_10", base_10, "these are logarithms to base 10. `np.log` is the natural one."),
        Mistake("whole_matrix", whole_matrix,
                "your product pairs every point with every other one, (n, n). Each point needs its own "
                "deviation alone: multiply entry by entry, and sum over the coordinates."),
        Mistake("summed_over_points", summed_over_points,
                "you have added up the points. Each is to keep a number of its own, (n,)."),
        Mistake("summed_over_the_wrong_axis", summed_over_the_wrong_axis,
                "the squares are added up over the points, and should be over the coordinates. Look at the "
                "shape of what you sum: which axis has length d?"),
    ),
    hints=(
        ("Take the logarithm of the formula on paper first. The product becomes a sum of three terms: the "
        "distance, the area factor, 2 pi."),
        ("log N = -|z|^2 / 2 - log det L - (d/2) log(2 pi), with z = L^-1 (x - mu). For all points at once "
        "put the deviations side by side as columns, `(X - mean).T`, of shape (d, n)."),
        ("z = np.linalg.solve(L, (X - mean).T) is (d, n), and (z**2).sum(axis=0) holds the squared "
        "distances. L is triangular: log det L is np.log(np.diagonal(L)).sum()."),
    ),
)  # fmt: skip


# --- sample_mixture: the answer, and what goes wrong ----------------------------------------------


def sample_mixture(mixture, n, rng):
    return mixture.sample(n, rng)


def my_sample_mixture(mixture, n, rng):
    labels = rng.choice(mixture.k, size=n, p=mixture.weights)  # toss
    X = np.empty((n, mixture.d))
    for k in range(mixture.k):  # then draw
        L = np.linalg.cholesky(mixture.covariances[k])
        z = rng.standard_normal((np.sum(labels == k), mixture.d))
        X[labels == k] = mixture.means[k] + z @ L.T  # rows are points
    return X, labels


def _toss(mixture, n, rng):
    return rng.choice(mixture.k, size=n, p=mixture.weights)


def _pushed(mixture, labels, z, matrices=None):
    """mu + A z for the component of every label; z (n, d); matrices A (k, d, d), by default the factors."""
    matrices = mixture.cholesky if matrices is None else matrices
    return mixture.means[labels] + np.einsum("nij,nj->ni", matrices[labels], z)


def _with_labels(mixture, labels, rng):
    return _pushed(mixture, labels, rng.standard_normal((len(labels), mixture.d))), labels


def _with_matrices(mixture, n, rng, matrices):
    labels = _toss(mixture, n, rng)
    return _pushed(mixture, labels, rng.standard_normal((n, mixture.d)), matrices), labels


def weights_ignored(mixture, n, rng):
    return _with_labels(mixture, rng.integers(mixture.k, size=n), rng)


def equal_numbers(mixture, n, rng):
    return _with_labels(mixture, np.arange(n) % mixture.k, rng)


def exact_shares(mixture, n, rng):
    borders = np.round(n * np.cumsum(mixture.weights))
    return _with_labels(mixture, np.searchsorted(borders, np.arange(n), side="right"), rng)


def one_toss_for_all(mixture, n, rng):
    return _with_labels(mixture, np.full(n, rng.choice(mixture.k, p=mixture.weights)), rng)


def covariance_as_the_push(mixture, n, rng):
    return _with_matrices(mixture, n, rng, mixture.covariances)


def push_transposed(mixture, n, rng):
    return _with_matrices(mixture, n, rng, mixture.cholesky.swapaxes(1, 2))


def push_inverted(mixture, n, rng):
    return _with_matrices(mixture, n, rng, mixture.whitening)


def lean_lost(mixture, n, rng):
    return _with_matrices(mixture, n, rng, np.sqrt(mixture.covariances * np.eye(mixture.d)))


def never_pushed(mixture, n, rng):
    return _with_matrices(mixture, n, rng, np.tile(np.eye(mixture.d), (mixture.k, 1, 1)))


def means_forgotten(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    return X - mixture.means[labels], labels


def one_draw_repeated(mixture, n, rng):
    labels = _toss(mixture, n, rng)
    return _pushed(mixture, labels, np.tile(rng.standard_normal(mixture.d), (n, 1))), labels


def one_number_for_all_coordinates(mixture, n, rng):
    labels = _toss(mixture, n, rng)
    return _pushed(mixture, labels, np.tile(rng.standard_normal((n, 1)), (1, mixture.d))), labels


def uniform_numbers(mixture, n, rng):
    labels = _toss(mixture, n, rng)
    return _pushed(mixture, labels, rng.random((n, mixture.d))), labels


def numbers_added(mixture, n, rng):
    every = np.arange(mixture.k)
    draws = [_pushed(mixture, every, rng.standard_normal((mixture.k, mixture.d))) for _ in range(n)]
    return np.array([mixture.weights @ draw for draw in draws]), _toss(mixture, n, rng)


def numbers_added_without_labels(mixture, n, rng):
    X, labels = numbers_added(mixture, n, rng)
    return X, np.zeros_like(labels)


def labels_never_written(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    return X, np.zeros_like(labels)


def product_of_a_batch_and_rows(mixture, n, rng):
    labels = _toss(mixture, n, rng)
    return mixture.means[labels] + mixture.cholesky[labels] @ rng.standard_normal((n, mixture.d)), labels


def labels_tossed_again(mixture, n, rng):
    X, _ = mixture.sample(n, rng)
    return X, _toss(mixture, n, rng)


def labels_from_one(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    return X, labels + 1


def points_as_columns(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    return X.T, labels


def global_generator(mixture, n, rng):
    return mixture.sample(n, np.random.mtrand._rand)


def own_generator(mixture, n, rng):
    return mixture.sample(n, np.random.default_rng())


def own_seed(mixture, n, rng):
    return mixture.sample(n, np.random.default_rng(0))


FEW = 20  # draws: enough to see whether two calls agree


def _draw(function, mixture, n, rng):
    """What the function returns, if it draws from `rng` and from nothing else; raises Unreadable if not."""
    legacy = np.random.mtrand._rand  # what np.random.normal and the like draw from
    before = legacy.get_state(legacy=False)
    first, second = copy.deepcopy(rng), copy.deepcopy(rng)
    few = function(mixture, FEW, first)
    if not isinstance(few, (tuple, list)) or len(few) != 2:
        return few
    touched = not _equal_states(before, legacy.get_state(legacy=False))
    legacy.set_state(before)
    if touched:
        raise Unreadable("It draws from NumPy's global generator, `np.random`, and not from `rng`.")
    if not _equal(few, function(mixture, FEW, second)):
        raise Unreadable("Called twice with equal generators, it returned different points.")
    if _equal(few, function(mixture, FEW, first)):
        raise Unreadable("Called twice with the same generator, it returned the same points again.")
    return function(mixture, n, rng)


def _equal_states(a, b):
    return a["state"]["pos"] == b["state"]["pos"] and np.array_equal(a["state"]["key"], b["state"]["key"])


def _equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _draws_read(answer, mixture, n, rng):
    """Proportions (k,), means (k, d) and covariances (k, d, d) of the draws.

    What lies within six standard errors of the truth is taken for the truth: right functions draw
    different points, and all of them are right.
    """
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Unreadable("sample_mixture returns two things: the points X (n, d) and their labels (n,).")
    X, labels = (np.asarray(part) for part in answer)
    if X.ndim < 2 and labels.ndim == 2:
        X, labels = labels, X
    if X.ndim == 1 and mixture.d == 1:
        X = X[:, None]
    labels = labels.reshape(-1)
    if X.shape != (n, mixture.d):
        raise Unreadable(f"X has shape {X.shape}; for {n} points it should be {(n, mixture.d)}.")
    if labels.shape != (n,):
        raise Unreadable(f"There are {len(labels)} labels; {n} points need {n}.")
    if labels.min() < 0 or labels.max() >= mixture.k:
        raise Unreadable(
            f"The labels run from {labels.min()} to {labels.max()}; {mixture.k} components have 0 to "
            f"{mixture.k - 1}."
        )
    if n < 1000:
        return {"number of draws": np.array(n)}
    counts = np.bincount(labels.astype(int), minlength=mixture.k)
    if mixture.k > 1 and counts.max() == n:
        raise Unreadable(f"All {n} points have the same label{_what_one_label_hides(X, mixture)}.")
    if any(np.ptp(X[labels == j], axis=0).max() == 0 for j in np.flatnonzero(counts > 1)):
        raise Unreadable("All points with the same label are one and the same point.")
    if mixture.k >= 4:  # with fewer, such counts might be chance
        shown = ", ".join(map(str, counts))
        if np.ptp(counts) <= 1 or np.array_equal(counts, np.round(n * mixture.weights)):
            raise Unreadable(f"The components hold exactly {shown} points: no die comes up like that.")
    return _statistics(X, labels, counts, mixture)


def _what_one_label_hides(X, mixture):
    """Of points X (n, d) with one label: are they one component's, added up from all, or everybody's?"""
    variances, mean = np.diagonal(mixture.covariances, axis1=1, axis2=2), X.mean(axis=0)
    if (np.abs(mean - mixture.means) <= 6 * np.sqrt(variances / len(X))).all(axis=1).any():
        return ": no die comes up like that"
    from_center = (mixture.means - mixture.weights @ mixture.means) ** 2
    if X.var(axis=0).sum() < mixture.weights @ (variances + from_center).sum(axis=1) / 2:
        return ", and no component has its mean where theirs is"  # sums have one hump: they vary less
    return ", yet they come from several components"


def _statistics(X, labels, counts, mixture):
    n, k, d = len(X), mixture.k, mixture.d
    means, covariances = np.full((k, d), np.nan), np.full((k, d, d), np.nan)
    for j in np.flatnonzero(counts >= 2):
        means[j] = X[labels == j].mean(axis=0)
        covariances[j] = np.cov(X[labels == j].T)
    weights, held = mixture.weights, np.maximum(counts, 1)[:, None]
    variances = np.diagonal(mixture.covariances, axis1=1, axis2=2)
    products = variances[:, :, None] * variances[:, None, :] + mixture.covariances**2
    return {
        "proportions": _settled(counts / n, weights, np.sqrt(weights * (1 - weights) / n)),
        "means": _settled(means, mixture.means, np.sqrt(variances / held)),
        "covariances": _settled(covariances, mixture.covariances, np.sqrt(products / held[:, :, None])),
    }


def _settled(found, truth, error):
    return np.where(np.abs(found - truth) <= 6 * error + 1e-12, truth, found)


def _proportions_follow_the_weights(parts, mixture, n, rng):
    for j in np.flatnonzero(np.abs(parts.get("proportions", mixture.weights) - mixture.weights) > 1e-9):
        share, weight = parts["proportions"][j], mixture.weights[j]
        return f"component {j} has weight {weight:.3g} and made {share:.1%} of {n} points: that is no chance."
    return None


def _points_are_where_their_labels_say(parts, mixture, n, rng):
    means = parts.get("means", mixture.means)
    for j, i in np.argwhere(np.abs(means - mixture.means) > 1e-9):
        return (
            f"the points labeled {j} have the mean {means[j, i]:.3g} in coordinate {i}; their Gaussian has "
            f"{mixture.means[j, i]:.3g}."
        )
    return None


def _sampling_cases():
    line = Mixture([0.5, 0.3, 0.2], [[0.0], [5.0], [9.0]], [[[1.0]], [[4.0]], [[0.25]]])
    lean = np.array([[1.0, 1.8], [1.8, 4.0]])
    plane = Mixture([1.0], [[3.0, -2.0]], [lean])
    two = Mixture([0.8, 0.2], [[0.0, 4.0], [-3.0, -3.0]], [lean, [[3.0, -1.5], [-1.5, 1.0]]])
    A = np.array([[1.0, 0.0, 0.0], [1.5, 0.6, 0.0], [-0.5, 1.2, 0.8]])
    four = Mixture(
        [0.4, 0.3, 0.2, 0.1],
        [[2.0, 0.0, 4.0], [6.0, 6.0, -4.0], [-8.0, 3.0, 3.0], [1.0, -9.0, 2.0]],
        [A @ A.T, np.diag([4.0, 0.5, 1.0]), A.T @ A, 2 * np.eye(3)],
    )
    return (
        Case("2,000 draws of a die with three faces", (line, 2000, np.random.default_rng(1))),
        Case("2,000 draws from one Gaussian in the plane", (plane, 2000, np.random.default_rng(2))),
        Case("3,000 draws from two that lean in different ways", (two, 3000, np.random.default_rng(3))),
        Case("4,000 draws from four in three dimensions", (four, 4000, np.random.default_rng(4))),
        Case("a single draw", (two, 1, np.random.default_rng(5))),
    )


SAMPLE_MIXTURE = Exercise(
    name="sample_mixture",
    reference=sample_mixture,
    answer=my_sample_mixture,
    source=Mixture.sample,
    cases=_sampling_cases(),
    call=_draw,
    read=_draws_read,
    properties=(_proportions_follow_the_weights, _points_are_where_their_labels_say),
    tolerance={"proportions": (0.0, 0.08), "means": (0.0, 0.5), "covariances": (0.3, 0.35)},
    mistakes=(
        Mistake("covariance_as_the_push", covariance_as_the_push,
                "you push z with Sigma itself. The points then have the covariance Sigma times Sigma; it "
                "takes a root of Sigma, the Cholesky factor."),
        Mistake("push_transposed", push_transposed,
                "the Cholesky factor is transposed: the ellipse has the right size and leans the wrong way. "
                "With points as rows the push is z @ L.T."),
        Mistake("push_inverted", push_inverted,
                "you push with the inverse of L. That is the way from the ellipse back to the circle."),
        Mistake("lean_lost", lean_lost,
                "each coordinate has its standard deviation, but they no longer move together: what stands "
                "off the diagonal of Sigma is lost."),
        Mistake("never_pushed", never_pushed,
                "the points still lie in a unit circle around their mean: z has not been pushed with L."),
        Mistake("weights_ignored", weights_ignored,
                "the die is not loaded: every face comes up equally often. `rng.choice` takes the weights as "
                "`p`."),
        Mistake("equal_numbers", equal_numbers,
                "every component makes the same number of points. That is how the classic data are made; a "
                "mixture tosses its loaded die for each point."),
        Mistake("exact_shares", exact_shares,
                "the numbers of points are n times the weights, to the point. A weight is a chance: toss for "
                "every point, and the numbers differ from one call to the next."),
        Mistake("one_toss_for_all", one_toss_for_all,
                "the die is tossed once, and all points come from the face that came up. Toss for every "
                "point."),
        Mistake("means_forgotten", means_forgotten,
                "the means are not added: all components lie on top of each other, around 0."),
        Mistake("one_draw_repeated", one_draw_repeated,
                "there is one z, and every point gets it: each component is a single point, repeated. Draw a "
                "new z for each point."),
        Mistake("one_number_for_all_coordinates", one_number_for_all_coordinates,
                "all coordinates of a point share one random number, so the points lie on a line. z needs d "
                "independent ones."),
        Mistake("uniform_numbers", uniform_numbers,
                "`rng.random` draws evenly between 0 and 1. z is standard normal: `rng.standard_normal`."),
        Mistake("numbers_added", numbers_added,
                "you draw from every component and average with the weights. A mixture is a choice between "
                "its components, not a sum: each point comes from one of them, whole."),
        Mistake("numbers_added_without_labels", numbers_added_without_labels,
                "you add up draws from all the components, and then there is nothing to label. A mixture is "
                "a choice, not a sum: toss the die for each point first, and that face draws it, alone. What "
                "came up is the label."),
        Mistake("labels_never_written", labels_never_written,
                "the points come from all the components, and their labels are all the same: what the die "
                "showed was not kept."),
        Mistake("product_of_a_batch_and_rows", product_of_a_batch_and_rows,
                "you multiply n matrices, (n, d, d), by z as it is. `@` then takes the rows of z for *one* "
                "matrix, (n, d). Each point needs a matrix of its own times a row of its own: name the axes "
                "to `np.einsum`, or go through the components in a loop."),
        Mistake("labels_tossed_again", labels_tossed_again,
                "the labels you return are not the ones the points were drawn with: it looks like a second "
                "toss."),
        Mistake("labels_from_one", labels_from_one,
                "the labels count from 1. Arrays count from 0, and so do we."),
        Mistake("points_as_columns", points_as_columns,
                "the points are columns. Here, as everywhere in the course, a row is a point."),
        Mistake("global_generator", global_generator,
                "you call np.random.normal or the like. It works on one generator for the whole program, so "
                "nobody can draw your points again. Call the methods of `rng`."),
        Mistake("own_generator", own_generator,
                "you make a generator of your own, which starts somewhere else every time. Whoever hands you "
                "`rng` wants to draw the same points again: use that one."),
        Mistake("own_seed", own_seed,
                "you make a generator with a fixed seed inside the function: every call returns the same "
                "points, however many are asked for. Use the `rng` you are given."),
    ),
    hints=(
        "Two steps, as in the lesson: toss the die once for every point, then let each face draw its points.",
        ("`rng.choice(mixture.k, size=n, p=mixture.weights)` tosses. A point of component k is mu_k + L_k z, "
        "with d standard normal numbers in z and L_k the Cholesky factor of its covariance."),
        ("For each k: `z = rng.standard_normal((how many, mixture.d))` and `X[labels == k] = "
        "mixture.means[k] + z @ L.T`: rows of z are points, hence the transposed factor."),
    ),
)  # fmt: skip


EXERCISES = (GAUSSIAN_LOG_DENSITY, SAMPLE_MIXTURE)
