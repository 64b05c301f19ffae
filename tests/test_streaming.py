"""Blocks, files and streams: `fit_blocks` is `fit` in little memory, `online` comes close in one pass."""

import functools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from gmmlesson import CollapsedComponent, Mixture, datasets, engine, fit, fit_blocks, online, streaming
from gmmlesson import blocks as of_points
from gmmlesson.engine import AMPLIFIED
from gmmlesson.families import FAMILIES
from gmmlesson.initialization import from_labels, random_points
from gmmlesson.streaming import Files, online_step
from gmmlesson.sufficient import CenteredForm, SufficientStatistics, amplification
from strategies import assert_same, families, random_mixture, seeds
from test_bad_input import refused

ONE = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)])


def sample(n=6000, *, k=3, d=2, seed=0):
    """Points from a random mixture, and a start that has seen the first of them."""
    rng = np.random.default_rng(seed)
    X, _ = random_mixture(rng, k, d).sample(n, rng)
    return X, random_points(X[:500], k, rng)


def far_apart(n=3000, *, spread=1e4, error=0.5):
    """Clusters `spread` standard deviations apart, a start that errs by `error` of them, and the truth."""
    rng = np.random.default_rng(0)
    truth = random_mixture(rng, 3, 2, spread=spread, offset=spread)
    X, _ = truth.sample(n, rng)
    return X, Mixture([0.2, 0.3, 0.5], truth.means + error, (1 + error) ** 2 * truth.covariances), truth


def cut(X, *edges):
    return np.split(X, edges)


class Anew:
    """Blocks that are made when asked for, in one piece of memory which is used again and again."""

    def __init__(self, blocks):
        self.blocks, self.passes = blocks, 0
        self.memory = np.empty((max(map(len, blocks)), blocks[0].shape[1]))

    def __iter__(self):
        self.passes += 1
        for block in self.blocks:
            self.memory[:] = np.nan
            self.memory[: len(block)] = block
            yield self.memory[: len(block)]


def assert_same_fit(fit, expected):
    assert fit.n_iter == expected.n_iter
    assert fit.converged == expected.converged
    assert_same(fit.mixture, expected.mixture, 1e-10)
    np.testing.assert_allclose(fit.log_likelihoods, expected.log_likelihoods, rtol=1e-11)


def test_survey():
    """In three parts: as if all points had been seen at once."""
    X, _ = sample()
    parts = [of_points.survey_block(part, "part", 2) for part in (X[:10], X[10:10], X[10:4000], X[4000:])]
    assert parts[1] is None
    survey = of_points.add_up(parts)
    assert survey.n == len(X)
    np.testing.assert_allclose(survey.center, X.mean(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(survey.extent, np.abs(X).max(axis=0))


class TestFitBlocks:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_it_is_fit(self, family):
        X, start = sample()
        blocks = cut(X, 1, 1, 2, 700, 701, 5000)  # one is empty, three are single points
        options = {"family": family, "ridge": 0.01, "tol": 1e-9, "max_iter": 60}
        assert_same_fit(fit_blocks(blocks, start, **options), fit(X, start, **options))

    @given(seeds, families, st.integers(1, 6), st.lists(st.integers(0, 400), max_size=8))
    @settings(max_examples=50)
    def test_it_is_fit_however_the_points_are_cut(self, seed, family, d, edges):
        X, start = sample(400, d=d, seed=seed)
        options = {"family": family, "max_iter": 8, "tol": 1e-9}
        try:
            expected = fit(X, start, **options)
        except CollapsedComponent as collapse:
            with pytest.raises(CollapsedComponent, match=f"iteration {collapse.iteration}"):
                fit_blocks(cut(X, *sorted(edges)), start, **options)
            return
        assert_same_fit(fit_blocks(cut(X, *sorted(edges)), start, **options), expected)

    def test_accelerated(self):
        """Long strides magnify rounding on the way, and end in the same place."""
        X, start = sample()
        plain = fit(X, start)
        fast = fit_blocks(cut(X, 100, 3000), start, accelerate=True)
        assert fast.converged
        assert fast.n_iter < plain.n_iter
        assert fast.log_likelihoods[-1] >= plain.log_likelihoods[-1] - 1e-3
        assert_same(fast.mixture, plain.mixture, 1e-2)

    def test_it_is_fit_in_any_number_of_threads(self, monkeypatch):
        X, start = sample(20_000, k=4, d=3)
        expected = fit(X, start, tol=0, max_iter=5)
        monkeypatch.setattr(engine, "SMALL", 1)
        monkeypatch.setattr(engine, "CACHE", 0)
        monkeypatch.setattr(engine, "SHARED", 0)
        for n_threads in (1, 2, 5):
            monkeypatch.setattr(streaming, "n_processors", lambda n_threads=n_threads: n_threads)
            assert_same_fit(fit_blocks(cut(X, 2, 6000, 6100), start, tol=0, max_iter=5), expected)

    @pytest.mark.parametrize("family", FAMILIES)
    def test_clusters_far_apart(self, family, monkeypatch):
        """Where moments about one center have lost their digits."""
        X, start, _ = far_apart()
        assert amplification(start, X.mean(axis=0)) > AMPLIFIED
        forms = []
        make = streaming.Worker
        monkeypatch.setattr(streaming, "Worker", lambda form, *args: forms.append(form) or make(form, *args))
        options = {"family": family, "max_iter": 4}
        assert_same_fit(fit_blocks(cut(X, 10, 2000), start, **options), fit(X, start, **options))
        assert set(forms) == {CenteredForm}

    def test_means_that_go_far_in_one_step(self):
        """There the centered form takes its moments again, about where the means have gone."""
        X, start, _ = far_apart(spread=1e6, error=3e4)
        assert_same_fit(fit_blocks(cut(X, 10, 2000), start, max_iter=1), fit(X, start, max_iter=1))

    def test_sorted_points(self):
        """Every block comes from another place, the first from the far end."""
        X, start = sample()
        X = X[np.lexsort(X.T)]
        assert_same_fit(fit_blocks(np.array_split(X, 29), start), fit(X, start))

    def test_memory_that_is_used_again(self, monkeypatch):
        monkeypatch.setattr(engine, "SMALL", 1)
        X, start = sample()
        blocks = Anew(cut(X, 100, 4000, 4001))
        assert_same_fit(fit_blocks(blocks, start, tol=0, max_iter=3), fit(X, start, tol=0, max_iter=3))
        assert blocks.passes == 1 + 4  # the survey, and a likelihood for every mixture

    def test_float32_and_whole_numbers(self):
        X, start = sample()
        X = np.round(8 * X).astype(np.float32) / 8
        expected = fit(X.astype(float), start, max_iter=5)
        blocks = [X[:100], X[100:3000].astype(float), X[3000:].tolist()]
        for each in (X, blocks, [X[:100], X[100:]]):
            assert_same_fit(fit_blocks(each, start, max_iter=5), expected)
        whole = np.round(X).astype(np.int16)
        assert_same_fit(fit_blocks([whole], start, max_iter=5), fit(whole, start, max_iter=5))

    @pytest.mark.parametrize("order", ["C", "F"])
    def test_an_array_is_cut_into_blocks(self, order, monkeypatch):
        monkeypatch.setattr(of_points, "BLOCK", 16 * 1000)
        X, start = sample()
        sizes = [len(block) for block in of_points.as_blocks(np.asarray(X, order=order))]
        assert sizes == [1000] * 6
        assert_same_fit(fit_blocks(np.asarray(X, order=order), start, max_iter=9), fit(X, start, max_iter=9))

    @pytest.mark.parametrize("mode", ["r", "r+", "c"])
    def test_a_memory_mapped_file(self, mode, tmp_path, monkeypatch):
        """Pages are let go, but not those of mode "c", which hold what the file does not."""
        monkeypatch.setattr(of_points, "BLOCK", 16 * 1000)
        X, start = sample()
        np.save(tmp_path / "X.npy", X)
        mapped = np.load(tmp_path / "X.npy", mmap_mode=mode)
        if mode != "r":
            mapped[5] = X[5] = [1.5, 2.5]
        assert_same_fit(fit_blocks(mapped, start, max_iter=9), fit(X.copy(), start, max_iter=9))
        np.testing.assert_array_equal(mapped, X)

    def test_progress(self, capsys):
        X, start = sample()
        fit_blocks([X], start, max_iter=1, progress=True)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(":")[0] for line in lines] == ["iteration 0", "iteration 1"]

    def test_a_collapse_says_when(self):
        X, start = sample()
        alone = Mixture(start.weights, [X[0], X[1], [50.0, 50.0]], np.tile(np.eye(2), (3, 1, 1)))
        blocks = [X, [[50.0, 50.0]]]
        with pytest.raises(CollapsedComponent, match=r"Component 2 .* at iteration 1"):
            fit_blocks(blocks, alone)

    def test_a_generator_is_refused(self):
        X, start = sample()
        blocks = (block for block in cut(X, 100))
        message = "blocks must be something to go through anew"
        refused(lambda: fit_blocks(blocks, start), TypeError, message, "only once.")
        assert len(next(blocks)) == 100, "it was touched"

    def test_blocks_that_change(self):
        class Fewer(Anew):
            def __iter__(self):
                yield from self.blocks[: 2 - self.passes]
                self.passes = 1

        X, start = sample()
        message = "there were 6000 points at first, and now there are 10."
        refused(lambda: fit_blocks(Fewer(cut(X, 10)), start), ValueError, "blocks must be the same", message)

    @pytest.mark.parametrize("function", [fit_blocks, online])
    @pytest.mark.parametrize(
        ("blocks", "exception", "message"),
        [
            ([], ValueError, "blocks must hold at least one point"),
            ([np.empty((0, 2))], ValueError, "blocks must hold at least one point"),
            (np.empty((0, 2)), ValueError, "blocks must hold at least one point"),
            (7, TypeError, "blocks must be arrays (n, d), one after the other, or streaming.Files; it is 7."),
            ("data.npy", TypeError, "it is 'data.npy'."),
            (Path("data"), TypeError, "or streaming.Files; it is"),
            ([[1.0, 2.0]], ValueError, "block 0 must have shape (n, d); it has shape (2,)."),
            ([np.eye(2), np.eye(3)], ValueError, "block 1 must have 2 features a point, as the mixture"),
            ([np.eye(2), [[0, np.nan]]], ValueError, "block 1 must be finite; its entry at (0, 1) is nan."),
            ([np.eye(2) * 1e200], ValueError, "block 0 must stay below 1e+150"),
            ([[["a", "b"]]], ValueError, "block 0 must hold real numbers"),
            ([[[1.0], [2.0, 3.0]]], ValueError, "block 0 must be an array of shape (n, d); its rows differ"),
            (np.ma.masked_less(np.eye(2), 0), ValueError, "block 0 is a masked array"),
        ],
    )
    def test_blocks_that_make_no_sense(self, function, blocks, exception, message):
        refused(lambda: function(blocks, ONE), exception, message)

    @pytest.mark.parametrize("function", [fit_blocks, online])
    @pytest.mark.parametrize(
        ("options", "exception", "message"),
        [
            ({"start": "kmeans"}, TypeError, "start must be a Mixture; it is 'kmeans'."),
            ({"family": "round"}, ValueError, "family must be one of full, tied"),
            ({"ridge": -1.0}, ValueError, "ridge must be a finite number that is not negative"),
        ],
    )
    def test_options_are_refused_before_the_data_are_touched(self, function, options, exception, message):
        refused(lambda: function(**{"blocks": None, "start": ONE, **options}), exception, message)

    def test_more_of_its_options(self):
        def refused_fit(start, message, **options):
            refused(lambda: fit_blocks([[[0.0, 1.0]]], start, **options), ValueError, message)

        refused_fit(ONE, "tol must be a finite number", tol=np.nan)
        refused_fit(ONE, "max_iter must be a whole number", max_iter=0.5)
        two = Mixture([0.5, 0.5], np.eye(2), np.tile(np.eye(2), (2, 1, 1)))
        refused_fit(two, "components must be at most 1, the number of points")


def write_npy(folder, blocks):
    for i, block in enumerate(blocks):
        np.save(folder / f"{i:03}.npy", block)


def write_parquet(folder, blocks, *, dtype=float):
    for i, block in enumerate(blocks):
        columns = {f"x{j}": block[:, j].astype(dtype) for j in range(block.shape[1])}
        parquet.write_table(pa.table(columns), folder / f"{i:03}.parquet", row_group_size=800)


class TestFiles:
    @pytest.mark.parametrize("write", [write_npy, write_parquet])
    @pytest.mark.parametrize("rows", [None, 1, 700])
    def test_a_folder(self, write, rows, tmp_path):
        X, start = sample()
        n = 60 if rows == 1 else len(X)
        write(tmp_path, cut(X[:n], 1, 50, 50))
        (tmp_path / "README").write_text("not data")
        files = Files(tmp_path, rows=rows)
        assert files.shape == (n, 2)
        for _ in range(2):
            blocks = list(files)
            np.testing.assert_array_equal(np.concatenate(blocks), X[:n])
            assert max(map(len, blocks)) <= (rows or n)
        options = {"ridge": 0.1, "max_iter": 5}
        assert_same_fit(fit_blocks(files, start, **options), fit(X[:n], start, **options))

    def test_one_file_and_a_list_of_them(self, tmp_path):
        X, _ = sample()
        write_npy(tmp_path, cut(X, 100))
        first, second = sorted(tmp_path.iterdir())
        np.testing.assert_array_equal(np.concatenate(list(Files(second))), X[100:])
        np.testing.assert_array_equal(np.concatenate(list(Files(str(second)))), X[100:])
        both = list(Files([second, str(first)], rows=5000))
        np.testing.assert_array_equal(both[0], X[100:5100])
        np.testing.assert_array_equal(both[-1], X[:100])

    def test_types_of_numbers(self, tmp_path):
        X = np.round(sample()[0])
        for dtype in ("<f4", ">f8", "<i2", "f2"):
            np.save(tmp_path / "X.npy", X.astype(dtype))
            (block,) = Files(tmp_path / "X.npy")
            assert block.dtype == dtype
            assert of_points.plain(block).dtype == (np.float32 if dtype == "<f4" else np.float64)
            np.testing.assert_array_equal(of_points.plain(block), X)
        write_parquet(tmp_path, [X], dtype=np.float32)
        (block,) = Files(tmp_path / "000.parquet")
        assert block.dtype == np.float32
        np.testing.assert_array_equal(block, X)

    def test_a_missing_value_is_found(self, tmp_path):
        parquet.write_table(pa.table({"x": [1, None], "y": [0.5, 1.5]}), tmp_path / "a.parquet")
        message = "block 0 must be finite; its entry at (1, 0) is nan."
        refused(lambda: fit_blocks(Files(tmp_path), ONE), ValueError, message)

    def test_what_is_refused(self, tmp_path):
        def refused_file(write, exception, *fragments, name="a.npy"):
            folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            write(folder / name)
            refused(lambda: Files(folder), exception, *fragments)

        def refused_array(X, *fragments):
            refused_file(lambda path: np.save(path, X), ValueError, "'a.npy' must", *fragments)

        refused_array(np.zeros((3, 2), order="F"), "be in C order", "it is in Fortran order")
        refused_array(np.zeros(3), "hold an array (n, d); it has shape (3,).")
        refused_array(np.zeros((3, 0)), "it has shape (3, 0).")
        refused_array(np.zeros((3, 2), dtype=complex), "hold real numbers", "complex128")
        refused_array(np.array([["a"]]), "hold real numbers", "<U1")
        refused_array(np.array([[None]]), "hold real numbers", "object")
        for text in ("1, 2", ""):
            message = "'a.npy' must be a .npy file; its header is none."
            refused_file(lambda path, text=text: path.write_text(text), ValueError, message)

        def cut_short(path):
            np.save(path, np.zeros((3, 2)))
            path.write_bytes(path.read_bytes()[:-1])

        refused_file(cut_short, ValueError, "'a.npy' must have 176 bytes for its 3 rows; it has 175.")
        refused_file(lambda path: None, ValueError, "must hold .npy or .parquet files; ", "holds none.")
        refused_file(
            lambda path: path.write_text("1, 2"), ValueError, "must be a Parquet file", name="a.parquet"
        )
        table = pa.table({"x": [1.0], "place": ["here"]})
        refused_file(
            lambda path: parquet.write_table(table, path), ValueError,
            "'a.parquet' must hold real numbers; its column 'place' holds string.", name="a.parquet",
        )
        table = pa.table({})
        refused_file(
            lambda path: parquet.write_table(table, path), ValueError, "must hold columns", name="a.parquet"
        )
        message = "files must end in .npy or .parquet; 'a.csv' does not."
        refused(lambda: Files(tmp_path / "a.csv"), ValueError, message)
        refused(lambda: Files([]), ValueError, "paths must be a folder, a file, or a list of files")
        refused(lambda: Files(3), TypeError, "paths must be a folder, a file, or a list of files; it is 3.")
        refused(lambda: Files(None), TypeError, "it is None.")
        with pytest.raises(FileNotFoundError):
            Files(tmp_path / "missing.npy")

    def test_files_that_do_not_go_together(self, tmp_path):
        write_npy(tmp_path, [np.zeros((4, 2)), np.zeros((4, 3))])
        refused(
            lambda: Files(tmp_path), ValueError,
            "files must have the same features; '000.npy' has 2 columns, '001.npy' has 3 columns.",
        )
        write_parquet(tmp_path, [np.zeros((4, 2))])
        other = pa.table({"x1": [1.0], "x0": [2.0]})
        parquet.write_table(other, tmp_path / "other.parquet")
        refused(
            lambda: Files([tmp_path / "000.parquet", tmp_path / "other.parquet"]), ValueError,
            "'000.parquet' has the columns x0, x1, 'other.parquet' has the columns x1, x0.",
        )

    @pytest.mark.parametrize("rows", [0, 2.5, True])
    def test_rows(self, rows, tmp_path):
        write_npy(tmp_path, [np.eye(2)])
        refused(lambda: Files(tmp_path, rows=rows), ValueError, "rows must be a whole number of at least 1")

    def test_without_pyarrow(self, tmp_path, monkeypatch):
        write_npy(tmp_path, [np.eye(2)])
        (tmp_path / "b.parquet").touch()
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(ImportError, match=r"^Parquet files need pyarrow, .* gmmlesson\[parquet\]\.$"):
            Files(tmp_path)
        assert Files(tmp_path / "000.npy").shape == (2, 2)


MEASURE = """
import json, sys
import numpy as np
from gmmlesson import Mixture, fit_blocks, online
from gmmlesson.streaming import Files, online_step

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

path = sys.argv[1]
start = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2), np.eye(2)])
fit_blocks(np.random.default_rng(0).standard_normal((1000, 2)), start, max_iter=1)
peaks = [peak()]
fit_blocks(Files(path), start, max_iter=3, tol=0)
peaks.append(peak())
fit_blocks(np.load(path, mmap_mode="r"), start, max_iter=3, tol=0)
peaks.append(peak())
online(Files(path), start, batch=10_000)
peaks.append(peak())
np.load(path)
peaks.append(peak())
print(json.dumps(peaks))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_memory_does_not_grow_with_the_file(tmp_path, summary):
    """80 MB are gone through in less than 20 MiB; to have them in memory takes as much as they are."""
    path = tmp_path / "X.npy"
    np.save(path, np.random.default_rng(0).standard_normal((5_000_000, 2)))
    command = [sys.executable, "-c", MEASURE, str(path)]
    peaks = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    before, files, mapped, stream, loaded = peaks
    summary.append(f"a file of 76 MiB: fit_blocks needs {mapped - before:.0f} MiB, in all {mapped:.0f} MiB")
    assert max(files, mapped, stream) - before < 20
    assert loaded - before > 70, "the measurement does not see memory"


@functools.cache
def large_sample():
    """Points, a start fitted to the first thousand of them, and where EM goes from there."""
    X, start = sample(200_000)
    start = fit(X[:1000], start).mixture
    return X, start, fit(X, start)


class TestOnlineStep:
    def test_by_hand(self):
        """With one component the statistics are the means of x and of x^2."""
        x, gamma = np.random.default_rng(0).standard_normal(30), 0.3
        start = Mixture([1.0], [[3.0]], [[[4.0]]])
        S, mixture = online_step(SufficientStatistics.of(start), x[:, None], start, gamma)
        mean = (1 - gamma) * 3 + gamma * x.mean()
        square = (1 - gamma) * (4 + 3.0**2) + gamma * (x**2).mean()
        assert S.counts == pytest.approx(1)
        assert mixture.means.item() == pytest.approx(mean)
        assert mixture.covariances.item() == pytest.approx(square - mean**2)

    def test_with_gamma_1_it_is_a_step_of_em(self):
        X, start = sample(500)
        S, mixture = online_step(SufficientStatistics.of(start), X, start, 1)
        assert_same(mixture, fit(X, start, max_iter=1, tol=0).mixture)
        kept, same = online_step(S, X[:9], mixture, 0)
        assert_same(same, mixture)
        np.testing.assert_allclose(kept.counts, S.counts)

    @pytest.mark.parametrize("family", FAMILIES)
    def test_families(self, family):
        X, start = sample(500)
        mixture = online_step(SufficientStatistics.of(start), X, start, 0.5, family=family)[1]
        covariances = FAMILIES[family](mixture.covariances, mixture.weights)
        np.testing.assert_allclose(mixture.covariances, covariances, rtol=1e-12, atol=1e-14)

    def test_far_from_everything(self):
        X, start, _ = far_apart()
        mixture = online_step(SufficientStatistics.of(start), X, start, 1)[1]
        assert_same(mixture, fit(X, start, max_iter=1, tol=0).mixture)


class TestOnline:
    def test_close_to_the_optimum(self):
        """Measured: 2e-5 nats a point below where EM goes from the same start, after a gain of 1.4."""
        X, _, _ = large_sample()
        _, start = sample()
        best = fit(X, start)
        value = online(X, start).log_likelihood(X)
        worst, top = best.log_likelihoods[[0, -1]]
        assert value <= top
        assert (top - value) / len(X) < 1e-4
        assert (top - worst) / len(X) > 1

    def test_better_than_a_good_start(self):
        X, start, best = large_sample()
        value = online(X, start).log_likelihood(X)
        worst, top = best.log_likelihoods[[0, -1]]
        assert worst + 0.98 * (top - worst) < value <= top

    @pytest.mark.parametrize("family", FAMILIES)
    def test_families(self, family):
        X, start, _ = large_sample()
        mixture = online(X, start, family=family)
        covariances = FAMILIES[family](mixture.covariances, mixture.weights)
        np.testing.assert_allclose(mixture.covariances, covariances, rtol=1e-12, atol=1e-14)
        best = fit(X, start, family=family)
        assert mixture.log_likelihood(X) > best.log_likelihoods[-1] - 1e-4 * len(X)

    def test_by_hand(self):
        """Three steps with one component, whose statistics are the means of x and of x^2."""
        x = np.random.default_rng(0).standard_normal(120)
        s, average = np.array([3.0, 4.0 + 3.0**2]), 0.0
        for t, part in enumerate(cut(x, 50, 100), 1):
            gamma = len(part) / 50 * (t + 5.0) ** -0.7
            s = (1 - gamma) * s + gamma * np.array([part.mean(), (part**2).mean()])
            weight = len(part) / 50 * 4 / (t + 3)
            average = (1 - weight) * average + weight * s
        start = Mixture([1.0], [[3.0]], [[[4.0]]])
        mixture = online(cut(x[:, None], 60), start, batch=50, kappa=0.7, t0=5.0, ridge=0.5)
        np.testing.assert_allclose(mixture.means, [[average[0]]], rtol=1e-12)
        np.testing.assert_allclose(mixture.covariances, [[[average[1] - average[0] ** 2 + 0.5]]], rtol=1e-12)

    def test_a_step_of_em_with_more_components(self):
        """One batch, from which a fraction gamma of the statistics comes; the rest is the start's."""
        X, start = sample(400)
        r = start.responsibilities(X) / len(X)
        gamma = 3.0**-0.6
        counts = (1 - gamma) * start.weights + gamma * r.sum(axis=0)
        firsts = (1 - gamma) * start.weights[:, None] * start.means + gamma * r.T @ X
        means = firsts / counts[:, None]
        of_start = start.covariances + start.means[:, :, None] * start.means[:, None, :]
        seconds = (1 - gamma) * start.weights[:, None, None] * of_start
        seconds += gamma * np.einsum("nk,ni,nj->kij", r, X, X)
        covariances = seconds / counts[:, None, None] - means[:, :, None] * means[:, None, :]
        assert_same(online([X], start, batch=400), Mixture(counts, means, covariances))

    def test_how_the_stream_is_cut_makes_no_difference(self):
        X, start, _ = large_sample()
        X = X[:20_000]
        expected = online(X, start)
        for blocks in (cut(X, 1, 2, 2, 13_000), np.array_split(X, 700), Anew(np.array_split(X, 70))):
            mixture = online((block for block in blocks), start)  # a generator
            for name in ("weights", "means", "covariances"):
                np.testing.assert_array_equal(getattr(mixture, name), getattr(expected, name))

    def test_sorted_points_spoil_it(self):
        """What the documentation warns of; the points in random order are those of the first test."""
        X, start, best = large_sample()
        value = online(X[np.argsort(X[:, 0])], start).log_likelihood(X)
        assert best.log_likelihoods[-1] - value > 0.1 * len(X)

    def test_the_first_step_waits_for_enough_points(self, monkeypatch):
        """Ten points a number: 10 k (1 + d + d (d + 1) / 2) = 1350 for d = 8, k = 3; then 200 a step."""
        X, start = sample(3000, d=8)
        lengths = []
        run = streaming.Worker.run

        def spy(worker, columns, shift):
            lengths.append(columns.shape[1])
            run(worker, columns, shift)

        monkeypatch.setattr(streaming.Worker, "run", spy)
        online(X, start)
        assert lengths == [1350] + 8 * [200] + [50]

    @pytest.mark.parametrize("n", [1, 2, 7, 40])
    def test_few_points_move_the_start_a_little(self, n):
        """They are a small part of the first batch; no component collapses onto them."""
        X, start = sample()
        mixture = online(X[:n], start)
        moved = np.abs(mixture.weights - start.weights).max()
        assert 0 < moved < n / 200

    def test_a_repeated_point_does_not_collapse_what_the_start_holds_open(self):
        start = Mixture([0.5, 0.5], [[0.0, 0.0], [5.0, 5.0]], [np.eye(2), np.eye(2)])
        mixture = online(np.zeros((1000, 2)), start)
        assert np.linalg.eigvalsh(mixture.covariances).min() > 0

    def test_a_collapse_is_told(self):
        with pytest.raises(CollapsedComponent):
            online(np.ones((60_000, 2)), ONE, batch=10)

    def test_clusters_far_apart(self):
        X, start, truth = far_apart(30_000, spread=1e8)
        mixture = online(X, start, batch=100)
        sd = np.sqrt(np.diagonal(truth.covariances, axis1=1, axis2=2))
        np.testing.assert_allclose(mixture.means / sd, truth.means / sd, rtol=0, atol=0.1)
        np.testing.assert_allclose(mixture.covariances, truth.covariances, rtol=0.1, atol=0.1)

    def test_float32_and_empty_blocks(self):
        X, start = sample()
        X = X.astype(np.float32)
        blocks = [X[:0], X[:4000], np.empty((0, 2)), X[4000:]]
        assert_same(online(blocks, start), online(X.astype(float), start), 1e-10)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"batch": 0}, "batch must be a whole number of at least 1; it is 0."),
            ({"kappa": 0.5}, "kappa must be above 1/2 and at most 1; it is 0.5."),
            ({"kappa": 1.01}, "kappa must be above 1/2 and at most 1; it is 1.01."),
            ({"kappa": "1"}, "kappa must be above 1/2 and at most 1; it is '1'."),
            ({"t0": -1}, "t0 must be a finite number that is not negative; it is -1."),
        ],
    )
    def test_options(self, options, message):
        refused(lambda: online([np.eye(2)], ONE, **options), ValueError, message)


def test_on_a_real_data_set():
    X = datasets.old_faithful()
    start = from_labels(X, (X[:, 0] > 4).astype(int))
    assert_same_fit(fit_blocks(cut(X, 100, 200), start), fit(X, start))


class TestFrames:
    """Data frames, whole or as blocks, are data like any other; what `fit` refuses is refused."""

    X = np.random.default_rng(0).normal(size=(50, 2))
    START = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)])

    @pytest.mark.parametrize("kind", ["float64", "Float64", "double[pyarrow]"])
    @pytest.mark.parametrize("as_blocks", [lambda frame: frame, lambda frame: [frame[:20], frame[20:]]])
    def test_they_are_fitted(self, kind, as_blocks):
        frame = pandas.DataFrame(self.X, columns=["a", "b"]).astype(kind)
        expected = fit(self.X, self.START, max_iter=2)
        result = fit_blocks(as_blocks(frame), self.START, max_iter=2)
        np.testing.assert_allclose(result.log_likelihoods, expected.log_likelihoods, rtol=1e-12)
        averaged = online(as_blocks(frame), self.START, batch=10)
        assert np.array_equal(averaged.means, online(self.X, self.START, batch=10).means)

    @pytest.mark.parametrize("as_blocks", [lambda X: X, lambda X: [X]])
    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            (lambda X: pandas.DataFrame({"a": X[:, 0], "b": ["x"] * len(X)}), "its column 'b'"),
            (lambda X: pandas.DataFrame({"a": X[:, 0], "b": [None, *X[1:, 1]]}), "has one in row 0"),
            (lambda X: np.ma.masked_greater(X, 2), "is a masked array"),
            (lambda X: X.view(np.matrix), "numpy.matrix"),
        ],
    )
    def test_they_are_refused(self, as_blocks, wrong, sentence):
        for function in (fit_blocks, online):
            with pytest.raises(ValueError, match=sentence):
                function(as_blocks(wrong(self.X)), self.START)
