"""Generate data: `gaussian_log_density` and `sample_mixture`."""

import copy

import numpy as np
from scipy.stats import chi2, norm

from gmmlesson import theory
from gmmlesson.em import e_step
from gmmlesson.exercises.exercise import Case, Exercise, Mistake, Unreadable
from gmmlesson.mixture import Mixture
from gmmlesson.outliers import outlier_threshold

LOG_DENSITIES = (  # functions that give log p(x), of one point or all, with no formula of the learner's
    Mixture.log_density, Mixture.log_likelihood, Mixture.aic, Mixture.bic, Mixture.icl, e_step,
    theory.lower_bound, outlier_threshold,
)  # fmt: skip

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


def infinity_replaced(X, mean, covariance):
    return np.nan_to_num(density_vanished(X, mean, covariance))


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
        Case("five points in five dimensions",
             (five + rng.normal(size=(5, 5)), five, _random_covariance(rng, 5, 1.5))),
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
    off_limits=(*LOG_DENSITIES, theory.expected_complete_log_likelihood),
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
        Mistake("infinity_replaced", infinity_replaced,
                "`np.nan_to_num` has put -1.8e308 where the logarithm of a vanished density was minus "
                "infinity. That is no log-density either. Take the logarithm on paper, and no infinity comes "
                "up."),
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


def uniform_numbers_with_the_right_spread(mixture, n, rng):
    labels = _toss(mixture, n, rng)
    return _pushed(mixture, labels, rng.uniform(-np.sqrt(3), np.sqrt(3), (n, mixture.d))), labels


def signs(mixture, n, rng):
    labels = _toss(mixture, n, rng)
    return _pushed(mixture, labels, rng.choice([-1.0, 1.0], (n, mixture.d))), labels


def same_numbers_for_every_component(mixture, n, rng):
    labels, z = _toss(mixture, n, rng), rng.standard_normal((n, mixture.d))
    places = (np.cumsum(labels[:, None] == np.arange(mixture.k), axis=0) - 1)[np.arange(n), labels]
    return _pushed(mixture, labels, z[places]), labels


def mirrored(mixture, n, rng):
    labels, z = _toss(mixture, n, rng), rng.standard_normal(((n + 1) // 2, mixture.d))
    return _pushed(mixture, labels, np.concatenate([z, -z])[:n]), labels


def half_of_them_copies(mixture, n, rng):
    X, labels = mixture.sample((n + 1) // 2, rng)
    return np.repeat(X, 2, axis=0)[:n], np.repeat(labels, 2)[:n]


def drawn_from_the_drawn(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    again = rng.integers(n, size=n)
    return X[again], labels[again]


def root_entry_by_entry(mixture, n, rng):
    return _with_matrices(mixture, n, rng, np.sqrt(mixture.covariances))


def variances_as_sds(mixture, n, rng):
    return _with_matrices(mixture, n, rng, mixture.covariances * np.eye(mixture.d))


def factor_as_covariance(mixture, n, rng):
    """As `rng.multivariate_normal` treats a covariance that is not symmetric."""
    _, values, rows = np.linalg.svd(mixture.cholesky)
    return _with_matrices(mixture, n, rng, rows.swapaxes(1, 2) * np.sqrt(values)[:, None, :])


def first_mean_everywhere(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    return X - mixture.means[labels] + mixture.means[0], labels


def first_covariance_everywhere(mixture, n, rng):
    return _with_matrices(mixture, n, rng, np.tile(mixture.cholesky[0], (mixture.k, 1, 1)))


def made_anew_for_every_component(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    return np.where((labels == mixture.k - 1)[:, None], X, 0.0), labels


def made_anew_for_every_draw(mixture, n, rng):
    X, labels = mixture.sample(n, rng)
    X[:-1] = 0.0
    return X, labels


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


def labels_of_the_likeliest(mixture, n, rng):
    X, _ = mixture.sample(n, rng)
    return X, mixture.log_joint(X).argmax(axis=1)


def tails_cut_off(mixture, n, rng):
    labels = _toss(mixture, n, rng)
    return _pushed(mixture, labels, np.clip(rng.standard_normal((n, mixture.d)), -3, 3)), labels


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


def own_seed_for_the_toss(mixture, n, rng):
    return _with_labels(mixture, _toss(mixture, n, np.random.default_rng(0)), rng)


def own_seed_for_the_numbers(mixture, n, rng):
    return _with_labels(mixture, _toss(mixture, n, rng), np.random.default_rng(0))


FEW = 12  # draws: enough to see whether two calls agree
COPIES = 0.01  # the share of points that may lie where another does: in float32 on a line, some do
MANY = 6000  # coordinates of z: that none of so many lies beyond `FAR` has a chance of 2 in 10 million
FAR = 3.01  # a little more than the 3 at which z is cut off: L^-1 (x - mu) is rounded
SAME_NUMBERS = "Many points are made from the same z as another, or from -z: each needs a new one."
SHARES = (
    "share of points within 1 sd of their mean",  # which is an ellipse
    "share of points within 2 sd of their mean",
    "share of the coordinates of z = L^-1 (x - mu) between -0.5 and 0.5",
    "share of the coordinates of z = L^-1 (x - mu) between -2 and 2",
)


def _draw(function, mixture, n, rng):
    """What the function returns, if it draws from `rng` and from nothing else; raises Unreadable if not."""
    legacy = np.random.mtrand._rand  # what np.random.normal and the like draw from
    before = legacy.get_state(legacy=False)
    first, second = copy.deepcopy(rng), copy.deepcopy(rng)
    few = [function(mixture, FEW, first)]
    if not isinstance(few[0], (tuple, list)) or len(few[0]) != 2:
        return few[0]
    touched = not _equal_states(before, legacy.get_state(legacy=False))
    legacy.set_state(before)
    if touched:
        raise Unreadable("It draws from NumPy's global generator, `np.random`, and not from `rng`.")
    if not _equal(few[0], function(mixture, FEW, second)):
        raise Unreadable("Called twice with equal generators, it returned different points.")
    few += [function(mixture, FEW, first) for _ in range(3)]
    if _equal(few[0], few[1]):
        raise Unreadable("Called twice with the same generator, it returned the same points again.")
    try:
        calls = [_points_and_labels(answer, mixture, FEW) for answer in few]
    except (Unreadable, TypeError, ValueError):  # what is wrong is said of all n draws
        return function(mixture, n, rng)
    _refuse_seeds(calls, mixture)
    return function(mixture, n, rng)


def _equal_states(a, b):
    return a["state"]["pos"] == b["state"]["pos"] and np.array_equal(a["state"]["key"], b["state"]["key"])


def _equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _refuse_seeds(calls, mixture):
    """Raise Unreadable if several calls with one generator share their z, or all of their labels."""
    lengths = [set(_lengths(X, labels, mixture)) for X, labels in calls]
    if len(lengths[0] & lengths[1]) > FEW / 3:
        raise Unreadable("Called twice with the same generator, it made its points from the same z again.")
    same_labels = all(np.array_equal(labels, calls[0][1]) for _, labels in calls)
    if same_labels and mixture.k >= 5:  # with fewer, and sorted, they might be the same by chance
        often = f"Called {len(calls)} times with the same generator, "
        if (np.diff(calls[0][1]) >= 0).all():
            raise Unreadable(f"{often}each component made as many points every time: no die comes up so.")
        raise Unreadable(f"{often}it tossed the same labels every time.")


def _lengths(X, labels, mixture):
    """|z| with z = L^-1 (x - mu) for every point, (n,), to nine decimals: equal only if z was, or -z.

    Whichever root of Sigma z was pushed with, its length is the same.
    """
    return np.linalg.norm(_whitened(X, labels, mixture), axis=1).round(9)


def _whitened(X, labels, mixture):
    return np.einsum("nij,nj->ni", mixture.whitening[labels], X - mixture.means[labels])


def _points_and_labels(answer, mixture, n):
    """X (n, d) and labels (n,), whole numbers, from an answer in any form that is allowed."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Unreadable("sample_mixture returns two things: the points X (n, d) and their labels (n,).")
    X, labels = (np.asarray(part) for part in answer)
    if X.ndim < 2 and labels.ndim == 2 and n > 1:
        raise Unreadable(
            f"The first of the two things has shape {X.shape}, the second {labels.shape}: the points X "
            "(n, d) come first, and then their labels (n,)."
        )
    if X.ndim == 1 and mixture.d == 1:
        X = X[:, None]
    labels = labels.reshape(-1)
    if X.shape != (n, mixture.d):
        raise Unreadable(f"X has shape {X.shape}; for {_counted(n)} it should be {(n, mixture.d)}.")
    if labels.shape != (n,):
        raise Unreadable(f"There are {len(labels)} labels; {_counted(n)} should have {n}.")
    if X.dtype.kind not in "biuf" or labels.dtype.kind not in "biuf":
        raise Unreadable("X and the labels should hold numbers.")
    if (labels != np.round(labels)).any():
        raise Unreadable("The labels should be whole numbers, counted from 0.")
    if labels.min() < 0 or labels.max() >= mixture.k:
        raise Unreadable(
            f"The labels run from {labels.min():g} to {labels.max():g}; {mixture.k} components have 0 to "
            f"{mixture.k - 1}."
        )
    return X, labels.astype(int)


def _counted(n):
    return "a single point" if n == 1 else f"{n} points"


def _draws_read(answer, mixture, n, rng):
    """Proportions (k,), means (k, d), covariances (k, d, d) of the draws, and shares of them within borders.

    What lies within six standard errors (the shares: five) is taken for the truth: right functions draw
    different points, and all of them are right.
    """
    X, labels = _points_and_labels(answer, mixture, n)
    if X.dtype == np.float16:  # so few digits that there are copies
        raise Unreadable("X is in float16, which keeps 3 digits: too few.")
    if n == 1:
        return {"number of draws": np.array(n)}
    counts = np.bincount(labels, minlength=mixture.k)
    if mixture.k > 1 and counts.max() == n:
        raise Unreadable(f"All {n} points have the same label{_what_one_label_hides(X, mixture)}.")
    if any(np.ptp(X[labels == j], axis=0).max() == 0 for j in np.flatnonzero(counts > 1)):
        raise Unreadable("All points with the same label are one and the same point.")
    if mixture.k >= 5:  # with fewer, such counts might be chance
        shown = ", ".join(map(str, counts))
        if np.ptp(counts) <= 1 or np.array_equal(counts, np.round(n * mixture.weights)):
            raise Unreadable(f"The components hold exactly {shown} points: no die comes up like that.")
    places = len(np.unique(X, axis=0))
    if places < n / 10:
        raise Unreadable(f"The {n} points lie in {places} places only: no two draws should be the same.")
    if n - places > COPIES * n:
        raise Unreadable("Many of the points are copies of others: each has to be drawn anew.")
    if n - len(np.unique(_lengths(X, labels, mixture))) > COPIES * n:
        raise Unreadable(SAME_NUMBERS)
    z = _whitened(X, labels, mixture)
    if z.size >= MANY and np.abs(z).max() < FAR:
        raise Unreadable(
            f"None of the {z.size} coordinates of z = L^-1 (x - mu) lies beyond 3; of a Gaussian's "
            f"{2 * norm.sf(3) * z.size:.0f} would."
        )
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
    z = _whitened(X, labels, mixture)
    inside = [(z**2).sum(axis=1) < r**2 for r in (1, 2)] + [np.abs(z) < c for c in (0.5, 2)]
    found, truth = np.array([each.mean() for each in inside]), _shares_of_a_gaussian(d)
    errors = np.sqrt(truth * (1 - truth) / [each.size for each in inside])
    shares = truth if (np.abs(found - truth) <= 5 * errors).all() else found  # together they show the shape
    return {
        "proportions": _settled(counts / n, weights, np.sqrt(weights * (1 - weights) / n)),
        "means": _settled(means, mixture.means, np.sqrt(variances / held)),
        "covariances": _settled(covariances, mixture.covariances, np.sqrt(products / held[:, :, None])),
    } | dict(zip(SHARES, shares, strict=True))


def _shares_of_a_gaussian(d):
    """What `SHARES` are, (4,): of points within 1 and 2 sd, of coordinates up to a half and up to 2."""
    return np.array([chi2.cdf(1, d), chi2.cdf(4, d), 2 * norm.cdf(0.5) - 1, 2 * norm.cdf(2) - 1])


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


def _as_many_points_are_near_their_mean_as_in_a_gaussian(parts, mixture, n, rng):
    """Said only where means and covariances are right, since it follows from them otherwise."""
    if not all((parts[part] == getattr(mixture, part)).all() for part in ("means", "covariances")):
        return None
    found, truth = np.array([parts[share] for share in SHARES]), _shares_of_a_gaussian(mixture.d)
    r = int(np.argmax(np.abs(found - truth)[:2]))
    if abs(found[r] - truth[r]) < 0.02:
        return None
    return (
        f"means and covariances are right, but {found[r]:.1%} of the points lie within {r + 1} sd of their "
        f"mean, and of a Gaussian's it is {truth[r]:.1%}: z is not standard normal."
    )


def _sampling_cases():
    line = Mixture([0.5, 0.3, 0.2], [[0.0], [5.0], [9.0]], [[[1.0]], [[4.0]], [[0.25]]])
    lean = np.array([[1.0, 1.8], [1.8, 4.0]])
    plane = Mixture([1.0], [[3.0, -2.0]], [lean])
    overlapping = Mixture([0.5, 0.5], [[0.0], [3.0]], [[[9.0]], [[9.0]]])
    two = Mixture([0.8, 0.2], [[0.0, 4.0], [-3.0, -3.0]], [lean, [[3.0, -1.5], [-1.5, 1.0]]])
    A = np.array([[1.0, 0.0, 0.0], [1.5, 0.6, 0.0], [-0.5, 1.2, 0.8]])
    five = Mixture(
        [0.3, 0.25, 0.2, 0.15, 0.1],
        [[2.0, 0.0, 4.0], [6.0, 6.0, -4.0], [-8.0, 3.0, 3.0], [1.0, -9.0, 2.0], [9.0, -3.0, 9.0]],
        [A @ A.T, np.diag([4.0, 0.5, 1.0]), A.T @ A, 2 * np.eye(3), A @ A.T],
    )
    return (
        Case("1,000 draws of a die with three faces", (line, 1000, np.random.default_rng(1))),
        Case("600 draws from one Gaussian in the plane", (plane, 600, np.random.default_rng(2))),
        Case("1,000 draws from two that lean in different ways", (two, 1000, np.random.default_rng(3))),
        Case("2,000 draws from five in three dimensions", (five, 2000, np.random.default_rng(4))),
        Case("1,000 draws from two whose bells overlap, their means one standard deviation apart",
             (overlapping, 1000, np.random.default_rng(6))),
        Case("a single draw", (two, 1, np.random.default_rng(5))),
    )  # fmt: skip


SAMPLE_MIXTURE = Exercise(
    name="sample_mixture",
    reference=sample_mixture,
    answer=my_sample_mixture,
    source=Mixture.sample,
    cases=_sampling_cases(),
    call=_draw,
    read=_draws_read,
    properties=(
        _proportions_follow_the_weights,
        _points_are_where_their_labels_say,
        _as_many_points_are_near_their_mean_as_in_a_gaussian,
    ),
    tolerance={
        "proportions": (0.0, 0.08),
        "means": (0.0, 0.5),
        "covariances": (0.3, 0.35),
        **dict(zip(SHARES, ((0.0, 0.05), (0.0, 0.03), (0.0, 0.037), (0.0, 0.015)), strict=True)),
    },
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
                "there is one z, or one for each component, and every point gets it: each component is a "
                "single point, repeated. Draw a new z for each point."),
        Mistake("one_number_for_all_coordinates", one_number_for_all_coordinates,
                "all coordinates of a point share one random number, so the points lie on a line. z needs d "
                "independent ones."),
        Mistake("uniform_numbers", uniform_numbers,
                "`rng.random` draws evenly between 0 and 1. z is standard normal: `rng.standard_normal`."),
        Mistake("uniform_numbers_with_the_right_spread", uniform_numbers_with_the_right_spread,
                "mean and covariance are right, and yet this is no Gaussian: z is uniform, so it never lies "
                "far out. It takes the bell: `rng.standard_normal`."),
        Mistake("signs", signs,
                "z is made of 1 and -1. Mean and covariance come out right, but the points sit in a few "
                "places and form no bell: `rng.standard_normal`."),
        Mistake("same_numbers_for_every_component", same_numbers_for_every_component,
                "every component starts again with the same z, the first rows of an array that was drawn "
                "once. So its points are those of another component, pushed elsewhere. Use each row of z "
                "once."),
        Mistake("mirrored", mirrored,
                "half of the z are drawn, and the others are the same with the sign turned. That keeps the "
                "mean of z at 0 too exactly: n draws need n independent z."),
        Mistake("half_of_them_copies", half_of_them_copies,
                "points are drawn once and handed out more than once. Means and covariances do not show it; "
                "but n draws are n new points."),
        Mistake("root_entry_by_entry", root_entry_by_entry,
                "`np.sqrt` takes the root of each entry of Sigma. It is the matrix whose product with its "
                "own transpose is Sigma that pushes z: `np.linalg.cholesky`."),
        Mistake("variances_as_sds", variances_as_sds,
                "each coordinate is multiplied by its variance, and the lean of the ellipse is left out. "
                "`rng.normal` wants standard deviations, and for one coordinate alone."),
        Mistake("factor_as_covariance", factor_as_covariance,
                "you hand `rng.multivariate_normal` the Cholesky factor. It wants the covariance, Sigma as "
                "it is, and takes the root itself."),
        Mistake("first_mean_everywhere", first_mean_everywhere,
                "all components lie around the mean of component 0: an index has stayed at 0."),
        Mistake("first_covariance_everywhere", first_covariance_everywhere,
                "all components have the ellipse of component 0: take the covariance of the face that came "
                "up, each time."),
        Mistake("made_anew_for_every_component", made_anew_for_every_component,
                "only the last component's points are left, and the others are 0: X is made anew in every "
                "round of the loop. Make it once, before the loop."),
        Mistake("made_anew_for_every_draw", made_anew_for_every_draw,
                "only the last point is left, and all before it are 0: X is made anew at every toss. Make it "
                "once, before you toss."),
        Mistake("own_seed_for_the_toss", own_seed_for_the_toss,
                "the die is tossed with a seeded generator of your own: the same faces come up every time. "
                "`rng` is there for both, the toss and the draw."),
        Mistake("own_seed_for_the_numbers", own_seed_for_the_numbers,
                "the die is tossed with `rng`, but z comes from a seeded generator of your own, and is the "
                "same in every call. Draw it from `rng` too."),
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
        Mistake("labels_of_the_likeliest", labels_of_the_likeliest,
                "each point is labeled with the component that is likeliest for it. Where bells overlap, "
                "another one has often drawn the point. Its label is the face that came up: keep it."),
        Mistake("tails_cut_off", tails_cut_off,
                "z is kept from going far out, or drawn again if it does. A Gaussian has no border: about "
                "3 numbers in 1,000 lie beyond 3, and they belong to it."),
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
