"""The data of the course: two real sets and several drawn from known mixtures."""

from importlib import resources

import numpy as np

from gmmlesson import validation
from gmmlesson.mixture import Mixture


def old_faithful():
    """272 eruptions of the Old Faithful geyser: their length and the wait for the next, (272, 2), in minutes.

    Härdle, W. (1991). Smoothing Techniques: With Implementation in S. Springer. This is the table published
    with R as `faithful`. (Azzalini & Bowman, 1990, Applied Statistics 39, 357-365, describe a more complete
    version of 299 eruptions, `geyser` in R's MASS.)
    """
    table = resources.files(__package__).joinpath("faithful.csv")
    with table.open(encoding="utf-8") as lines:
        return np.loadtxt(lines, delimiter=",", skiprows=1)


PENGUINS = ("Adelie", "Chinstrap", "Gentoo")


def penguins():
    """342 penguins -> X (342, 4) and species (342,), which index `PENGUINS`.

    The columns are bill length, bill depth and flipper length in mm, and body mass in g. The 2 birds of the
    original 344 that were not measured are left out.

    Horst, A. M., Hill, A. P. & Gorman, K. B. (2020). palmerpenguins, CC0; collected by K. Gorman and the
    Palmer Station LTER (Gorman, Williams & Fraser 2014, PLoS ONE 9(3), e90081).
    """
    table = resources.files(__package__).joinpath("penguins.csv")
    with table.open(encoding="utf-8") as lines:
        rows = [line.strip().split(",") for line in lines][1:]
    species = np.array([PENGUINS.index(row[0]) for row in rows])
    return np.array([row[1:] for row in rows], dtype=float), species


def make_mixture(rng, *, k=3, d=2, n_per_component=1000):
    """Random Gaussian clusters -> X (k n_per_component, d), labels, and the Mixture they were drawn from.

    Means are uniform in the cube from -10 to 10. Each covariance is A A^T with A (d, d + 10) uniform in
    [0, 1): the entries of A are positive, so all features are positively correlated and the ellipses lean
    the same way. The points come component by component.

    With `numpy.random.RandomState(3)` these are, draw for draw, the 3,000 points of the classic exercise that
    the course grew from.
    """
    rng = validation.as_rng(rng)
    k, d = validation.as_count(k, "k"), validation.as_count(d, "d")
    n_per_component = validation.as_count(n_per_component, "n_per_component")
    means = rng.uniform(size=(k, d)) * 20 - 10
    covariances, clusters = [], []
    for mean in means:
        A = rng.uniform(size=(d, d + 10))
        covariances.append(A @ A.T)
        clusters.append(rng.multivariate_normal(mean, covariances[-1], n_per_component))
    labels = np.repeat(np.arange(k), n_per_component)
    return np.concatenate(clusters), labels, Mixture(np.full(k, 1 / k), means, covariances)


def tug_of_war():
    """Eleven points set by hand, (11, 2), in cm: five on the left, five on the right, and a last one between.

    The two fives are equal but for a shift; each has its mean in its middle point and the same spread in all
    directions.
    """
    five = np.array([[1.0, 0.5], [-1.0, -0.5], [0.5, -1.0], [-0.5, 1.0], [0.0, 0.0]])
    return np.concatenate([five, five + np.array([6.0, 0.0]), [[3.0, 3.0]]])


def round_blobs(rng, *, n=400):
    """Four round clusters at the corners of a square -> X (n, 2), labels, and the Mixture behind them.

    Standard deviation 1, side 6: the data that k-means is made for.
    """
    means = 6.0 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    mixture = Mixture(np.full(4, 1 / 4), means, np.tile(np.eye(2), (4, 1, 1)))
    X, labels = mixture.sample(n, rng)
    return X, labels, mixture


def elongated_clusters(rng, *, n=400):
    """A long cluster between two short ones -> X (n, 2), labels, and the Mixture behind them.

    They lie side by side, 2 apart and tilted by 30 degrees. The long one has half the points and standard
    deviations 6 (along) and 0.5 (across); the short ones have a quarter each, 1 and 0.5. k-means cuts the
    long one in three.
    """
    turn = np.array([[np.cos(np.pi / 6), -np.sin(np.pi / 6)], [np.sin(np.pi / 6), np.cos(np.pi / 6)]])
    long, short = (turn @ np.diag([along**2, 0.5**2]) @ turn.T for along in (6, 1))
    means = np.array([[0, 0], [0, 2], [0, -2]]) @ turn.T
    mixture = Mixture([1 / 2, 1 / 4, 1 / 4], means, [long, short, short])
    X, labels = mixture.sample(n, rng)
    return X, labels, mixture
