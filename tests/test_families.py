"""The six families: each projection against its definition, entry by entry."""

import numpy as np
import pytest
from hypothesis import given

from gmmlesson.families import FAMILIES
from strategies import mixtures


def by_definition(family, covariances, weights):
    """The same with loops."""
    k, d, _ = covariances.shape
    result = covariances.copy()
    if family.startswith("tied"):
        mean = sum(weights[j] * covariances[j] for j in range(k))
        result = np.array([mean] * k)
    if family.endswith("diag"):
        result = np.array([np.diag(np.diag(matrix)) for matrix in result])
    if family.endswith("spherical"):
        result = np.array([np.trace(matrix) / d * np.identity(d) for matrix in result])
    return result


def test_there_are_six():
    assert list(FAMILIES) == ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"]


@pytest.mark.parametrize("family", FAMILIES)
@given(mixtures())
def test_each_is_its_definition(family, mixture):
    projected = FAMILIES[family](mixture.covariances, mixture.weights)
    assert projected.shape == mixture.covariances.shape
    expected = by_definition(family, mixture.covariances, mixture.weights)
    np.testing.assert_allclose(projected, expected, rtol=1e-12, atol=1e-14 * np.abs(expected).max())


@pytest.mark.parametrize("family", FAMILIES)
@given(mixtures())
def test_projecting_twice_changes_nothing(family, mixture):
    once = FAMILIES[family](mixture.covariances, mixture.weights)
    twice = FAMILIES[family](once, mixture.weights)
    np.testing.assert_allclose(twice, once, rtol=1e-14, atol=1e-14 * np.abs(once).max())


def test_what_is_equal_or_zero_is_so_exactly():
    """BIC counts parameters from the entries."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((3, 4, 6))
    covariances, weights = A @ A.swapaxes(1, 2), np.array([0.2, 0.3, 0.5])
    for family, project in FAMILIES.items():
        result = project(covariances, weights)
        if family.startswith("tied"):
            assert (result == result[0]).all()
        if family.endswith(("diag", "spherical")):
            assert not result[:, ~np.eye(4, dtype=bool)].any()
        if family.endswith("spherical"):
            diagonals = np.diagonal(result, axis1=1, axis2=2)
            assert (diagonals == diagonals[:, :1]).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_arguments_stay_as_they_are(family):
    covariances, weights = np.array([[[2.0, 1.0], [1.0, 3.0]], np.eye(2)]), np.array([0.25, 0.75])
    before = covariances.copy()
    covariances.setflags(write=False)
    FAMILIES[family](covariances, weights)
    np.testing.assert_array_equal(covariances, before)
