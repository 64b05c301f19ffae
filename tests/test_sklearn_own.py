"""scikit-learn's own tests of its mixtures, run with EMGaussianMixture in the place of its GaussianMixture.

They are those of the installed version, which has them beside its code. Where EMGaussianMixture is different
on purpose the test is listed with the reason, and must fail: a reason that no longer holds is found.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import sklearn.mixture
from sklearn.utils import get_tags

from gmmlesson import EMGaussianMixture

FOLDER = Path(sklearn.mixture.__file__).parent / "tests"
WORDS = "its sentence about the argument has other words, which name the argument as the caller does"
PRIVATE = "it looks at private attributes or functions, which EMGaussianMixture does not have"
RANDOM = "init_params='random' is refused: it makes all components start nearly equal"
ANOTHER_START = "its components start with the covariance of all the data, not with those of k-means clusters"
DIFFERENT = {
    "test_gaussian_mixture_attributes": RANDOM,
    "test_init_means_not_duplicated[random]": RANDOM,
    "test_means_for_all_inits[float32-random]": RANDOM,
    "test_means_for_all_inits[float64-random]": RANDOM,
    "test_check_weights": WORDS,
    "test_check_means": WORDS,
    "test_check_precisions": WORDS,
    "test_mixture_n_components_greater_than_n_samples_error": WORDS,
    "test_sample": WORDS,
    "test_gaussian_mixture_fit_convergence_warning": "its ConvergenceWarning has other words",
    "test_gaussian_mixture_n_parameters": PRIVATE,
    "test_gaussian_mixture_aic_bic": PRIVATE,
    "test_gaussian_mixture_precisions_init": PRIVATE,
    "test_gaussian_mixture_precisions_init_diag": ANOTHER_START,
    "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters": PRIVATE,
    "test_score[float32]": "`score` adds up in 64 bits, and differs from a mean in 32 in the seventh decimal",
    "test_regularisation": "more components than different points are refused: two of them would never part",
    "test_gaussian_mixture_setting_best_params": (
        "it wants a fit in which a component has shrunk onto one point; without reg_covar that is an error"
    ),
}
OTHER_ARRAYS = {  # for estimators that take the arrays of other libraries, as ours does not claim to
    "test_gaussian_mixture_array_api_compliance",
    "test_gaussian_mixture_raises_where_array_api_not_implemented",
}


class GaussianMixture(EMGaussianMixture):
    """Under the name that stands in scikit-learn's messages."""


def own_tests(name):
    """Those tests in scikit-learn's file of this name that use GaussianMixture, by name."""
    if not (FOLDER / f"{name}.py").exists():
        return {}
    spec = importlib.util.spec_from_file_location(f"sklearn.mixture.tests.{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for theirs in ("GaussianMixture", "BayesianGaussianMixture"):  # in test_mixture, two cases of a test
            monkeypatch.setattr(sklearn.mixture, theirs, GaussianMixture)
        spec.loader.exec_module(module)
    return {
        name: test
        for name, test in vars(module).items()
        if name.startswith("test_") and ({"GaussianMixture", "estimator"} & set(names_in(test.__code__)))
    }


def names_in(code):
    return code.co_names + code.co_varnames[: code.co_argcount]


TESTS = own_tests("test_gaussian_mixture") | own_tests("test_mixture")
globals().update({name: test for name, test in TESTS.items() if name not in OTHER_ARRAYS})  # for pytest


@pytest.fixture(params=[np.float32, np.float64])
def global_dtype(request):
    """What scikit-learn's tests ask for by this name."""
    return request.param


@pytest.fixture
def global_random_seed():
    """The same; scikit-learn's default."""
    return 42


@pytest.fixture(autouse=True)
def what_is_different_fails(request):
    for name in (request.node.name, request.node.originalname):
        if name in DIFFERENT:
            request.applymarker(pytest.mark.xfail(reason=DIFFERENT[name], strict=True))


def test_the_tests_are_there():
    assert len(TESTS) > 30, f"scikit-learn {sklearn.__version__} is installed without its tests in {FOLDER}"
    listed = {name.partition("[")[0] for name in DIFFERENT} | OTHER_ARRAYS
    assert not listed - set(TESTS), "listed, but no test of scikit-learn's any more"


def test_no_claim_to_take_the_arrays_of_other_libraries():
    assert not get_tags(EMGaussianMixture()).array_api_support
