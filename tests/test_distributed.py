"""`fit_dask` is `fit`: on threads, on two processes, and when one of these is killed. Only sums travel."""

import contextlib
import io
import os
import pickle
import signal
import sys
import time

import dask
import dask.array as da
import numpy as np
import pytest
from dask.callbacks import Callback
from distributed import Client, LocalCluster
from distributed.comm.tcp import TCP

from gmmlesson import CollapsedComponent, Mixture, fit, fit_dask
from gmmlesson.blocks import Survey
from gmmlesson.distributed import FAN_IN
from gmmlesson.families import FAMILIES
from gmmlesson.sufficient import SufficientStatistics
from test_bad_input import refused
from test_streaming import ONE, assert_same_fit, far_apart, sample

OPTIONS = {"tol": 0.0, "max_iter": 6}


def chunked(X, *lengths):
    return da.from_array(X, chunks=(lengths or 1000, -1))


class TestOnThreads:
    """Without a client, Dask uses the threads of this process."""

    @pytest.mark.parametrize("family", FAMILIES)
    def test_it_is_fit(self, family):
        X, start = sample()
        options = {"family": family, "ridge": 0.01, "tol": 1e-9, "max_iter": 60}
        actual = fit_dask(chunked(X, 1, 2000, 1, 3000, 998), start, **options)
        assert_same_fit(actual, fit(X, start, **options))

    @pytest.mark.parametrize("n_chunks", [1, 2, FAN_IN, FAN_IN + 1, FAN_IN**2 + 1])
    def test_trees_of_every_height(self, n_chunks):
        X, start = sample(1300)
        array = chunked(X, *map(len, np.array_split(X, n_chunks)))
        assert array.numblocks == (n_chunks, 1)
        assert_same_fit(fit_dask(array, start, **OPTIONS), fit(X, start, **OPTIONS))

    def test_clusters_far_apart(self):
        X, start, _ = far_apart()
        assert_same_fit(fit_dask(chunked(X), start, max_iter=3), fit(X, start, max_iter=3))

    def test_means_that_go_far_in_one_step(self):
        X, start, _ = far_apart(spread=1e6, error=3e4)
        assert_same_fit(fit_dask(chunked(X), start, max_iter=1), fit(X, start, max_iter=1))

    def test_chunks_across_features(self):
        X, start = sample(d=3)
        array = da.from_array(X, chunks=(900, 2))
        assert_same_fit(fit_dask(array, start, **OPTIONS), fit(X, start, **OPTIONS))

    def test_chunks_of_unknown_length_some_of_them_empty(self):
        X, start = sample(d=3)
        X = X[X[:, 0].argsort()]
        array = da.from_array(X, chunks=(900, 2))
        array = array[array[:, 0] > X[2000, 0]]
        assert np.isnan(array.chunks[0]).all()
        assert len(array.blocks[0].compute()) == 0
        assert_same_fit(fit_dask(array, start, **OPTIONS), fit(X[2001:], start, **OPTIONS))

    def test_float32_and_whole_numbers(self):
        X, start = sample()
        for dtype in (np.float32, np.int16):
            rounded = np.round(X).astype(dtype)
            assert_same_fit(fit_dask(chunked(rounded), start, **OPTIONS), fit(rounded, start, **OPTIONS))

    def test_accelerated_with_progress(self, capsys):
        X, start = sample()
        fast = fit_dask(chunked(X), start, accelerate=True, progress=True)
        assert fast.n_iter < fit(X, start).n_iter
        assert len(capsys.readouterr().out.splitlines()) == fast.n_iter + 1

    @pytest.mark.parametrize("persist", [True, False])
    def test_chunks_are_made_once_or_every_time(self, persist):
        X, start = sample()
        made = []

        def make(chunk):
            made.append(len(chunk))
            return chunk

        array = chunked(X).map_blocks(make, meta=X[:0])
        fit_dask(array, start, persist=persist, **OPTIONS)
        passes = 1 if persist else 1 + 7  # the survey, and a likelihood for every mixture
        assert made == [1000] * 6 * passes

    def test_a_collapse_says_when(self):
        X, start = sample()
        alone = Mixture(start.weights, [X[0], X[1], [50.0, 50.0]], np.tile(np.eye(2), (3, 1, 1)))
        with pytest.raises(CollapsedComponent, match=r"Component 2 .* at iteration 1"):
            fit_dask(chunked(np.append(X, [[50.0, 50.0]], axis=0), 6001), alone)

    @pytest.mark.parametrize(
        ("array", "exception", "message"),
        [
            (np.eye(2), TypeError, "array must be a dask.array of shape (n, d); it is array"),
            (da.zeros(3), ValueError, "array must have shape (n, d); it has shape (3,)."),
            (da.zeros((3, 2), dtype=complex), ValueError, "array must hold real numbers; its entries"),
            (da.zeros((3, 3)), ValueError, "chunk 0 must have 2 features a point, as the mixture has"),
            (da.zeros((0, 2)), ValueError, "array must hold at least one point; there is none."),
            (chunked(np.array([[0, 1], [np.nan, 0]]), 1, 1), ValueError, "chunk 1 must be finite; its entry"),
        ],
    )
    def test_arrays_that_make_no_sense(self, array, exception, message):
        refused(lambda: fit_dask(array, ONE), exception, message)

    @pytest.mark.parametrize(
        ("options", "exception", "message"),
        [
            ({"start": "kmeans"}, TypeError, "start must be a Mixture; it is 'kmeans'."),
            ({"family": "round"}, ValueError, "family must be one of full, tied"),
            ({"ridge": -1.0}, ValueError, "ridge must be a finite number that is not negative"),
            ({"tol": None}, ValueError, "tol must be a finite number that is not negative"),
        ],
    )
    def test_options_are_refused_before_the_data_are_touched(self, options, exception, message):
        refused(lambda: fit_dask(**{"array": None, "start": ONE, **options}), exception, message)

    def test_without_dask(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "dask", None)
        with pytest.raises(ImportError, match=r"^fit_dask needs Dask, .*: pip install \"dask\[array\]\"$"):
            fit_dask(None, ONE)


class Results(Callback):
    """What every task of a computation gives: its type, and how many bytes it has to travel with."""

    def __init__(self):
        super().__init__()
        self.sizes = {}

    def _posttask(self, key, result, dsk, state, worker_id):
        self.sizes.setdefault(type(result), []).append(len(pickle.dumps(result)))


@pytest.mark.parametrize(("k", "d"), [(3, 2), (5, 8)])
def test_a_task_gives_only_sums(k, d):
    """As many bytes of 100 times as many points: k (1 + 2 d + d^2) + d numbers, and their names."""
    totals = []
    for n in (1000, 100_000):
        X, start = sample(n, k=k, d=d)
        array = chunked(X, *map(len, np.array_split(X, 20))).persist()
        with Results() as results, dask.config.set(scheduler="synchronous"):
            fit_dask(array, start, tol=0.0, max_iter=3)
        sums = results.sizes.pop(SufficientStatistics)
        assert len(sums) % (20 + 3 + 1) == 0  # chunks, eights of them, and the total of these
        assert max(sums) < 8 * (k * (1 + 2 * d + d * d) + d) + 1000
        assert set(results.sizes) <= {Survey, tuple, list}, "something else was sent"
        totals.append(sum(map(sum, results.sizes.values())))
    assert totals[1] == pytest.approx(totals[0], rel=0.01)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Two processes of one thread each, which listen to this machine only."""
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "host": "127.0.0.1"}
    folder = tmp_path_factory.mktemp("dask")
    cluster = LocalCluster(**options, dashboard_address="127.0.0.1:0", local_directory=folder)
    with cluster, Client(cluster) as client:
        yield client


class AtIteration(io.TextIOBase):
    """Where progress is printed to: calls a function once a given iteration is over."""

    def __init__(self, **calls):
        self.calls = calls

    def write(self, text):
        name = text.split(":")[0].replace(" ", "_")
        if name in self.calls:
            self.calls.pop(name)()
        return len(text)


def fit_interrupted(array, start, *, n_iter=8, **calls):
    out = AtIteration(**calls)
    with contextlib.redirect_stdout(out):
        result = fit_dask(array, start, tol=0.0, max_iter=n_iter, progress=True)
    assert not out.calls, "it was never called"
    return result


def count_sent_bytes():
    """In this process, from now on. `TCP.sent` has to stay: what is on its way is counted even later."""
    TCP.sent, write = 0, TCP.write

    async def counted(self, *args, **kwargs):
        n_bytes = await write(self, *args, **kwargs)
        TCP.sent += n_bytes
        return n_bytes

    TCP.write = counted


def sent_bytes():
    return TCP.sent


class TestOnTwoProcesses:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_it_is_fit(self, client, family):
        X, start = sample(8000, k=4, d=3)
        actual = fit_dask(chunked(X), start, family=family, **OPTIONS)
        assert_same_fit(actual, fit(X, start, family=family, **OPTIONS))

    def test_both_hold_data_and_in_the_end_nothing(self, client):
        X, start = sample(10_000)
        held = []
        fit_interrupted(chunked(X), start, iteration_2=lambda: held.append(client.has_what()))
        assert min(map(len, held[0].values())) >= 2, "of the 10 chunks"
        for _ in range(100):
            left = [key for keys in client.has_what().values() for key in keys]
            if not left:
                break
            time.sleep(0.05)
        assert not left

    def test_a_worker_is_killed(self, client):
        """Its chunks and sums are made anew: the answer is the same."""
        X, start = sample(10_000, k=4, d=3)
        victims = []

        def kill():
            address, pid = next(iter(client.run(os.getpid).items()))
            chunks = [key for key in client.has_what()[address] if key[0].startswith("array")]
            victims.append((address, len(chunks)))
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

        actual = fit_interrupted(chunked(X), start, iteration_2=kill)
        ((address, n_chunks),) = victims
        assert n_chunks > 0, "the worker that was killed held none of the data"
        assert address not in client.scheduler_info()["workers"]
        assert_same_fit(actual, fit(X, start, tol=0.0, max_iter=8))
        client.wait_for_workers(2, timeout=30)

    def test_bytes_sent(self, client, monkeypatch, summary):
        """By all processes, in an iteration: of 10 MB of data no more than of 0.3 MB, in as many chunks.

        Now and then Dask copies a chunk to a worker with nothing to do: hence the median.
        """
        monkeypatch.setattr(TCP, "write", TCP.write)  # to be put back
        count_sent_bytes()
        client.run(count_sent_bytes)
        per_iteration, names = [], [f"iteration_{i}" for i in range(2, 9)]
        for n in (10_000, 300_000):
            X, start = sample(n, k=3, d=4)
            totals = []

            def note(totals=totals):
                totals.append(TCP.sent + sum(client.run(sent_bytes).values()))

            array = chunked(X, *[n // 10] * 10)
            fit_interrupted(array, start, n_iter=8, **dict.fromkeys(names, note))
            per_iteration.append(np.median(np.diff(totals)))
        kilobytes = per_iteration[1] / 1000
        summary.append(f"Dask sends {kilobytes:.0f} kB an iteration for 10 chunks on 2 workers, k=3, d=4")
        assert per_iteration[1] < 100_000
        assert per_iteration[1] < 1.5 * per_iteration[0]

    def test_errors_arrive(self, client):
        X, start = sample()
        X[4321, 1] = np.inf
        message = "^chunk 4 must be finite; its entry at \\(321, 1\\) is inf\\.$"
        with pytest.raises(ValueError, match=message):  # `refused` would make errors of Dask's warnings
            fit_dask(chunked(X), start)
