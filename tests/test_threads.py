"""n_processors heeds whatever limits the threads of a process; BLAS's threads are given back."""

import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from gmmlesson import Mixture, engine, threads
from gmmlesson.engine import Engine
from gmmlesson.sufficient import PackedForm
from gmmlesson.threads import n_processors, one_blas_thread

MACHINE = 8  # processors, in most of these tests
LARGE, ONE = np.eye(3)[np.arange(2_000_000) % 3], Mixture([1.0], [[0.0, 0.0, 0.0]], [np.eye(3)])


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine of eight processors, without limits."""
    for variable in threads.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: MACHINE)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(MACHINE)), raising=False)
    monkeypatch.setattr(os, "process_cpu_count", lambda: MACHINE, raising=False)
    monkeypatch.setattr(threads, "PROCESS", tmp_path / "self")
    monkeypatch.setattr(threads, "GROUPS", tmp_path / "groups")
    with threadpool_limits(MACHINE):
        yield monkeypatch


def test_without_limits_all_of_them(machine):
    assert n_processors() == MACHINE


class TestProcessors:
    def test_affinity(self, machine):
        machine.setattr(os, "sched_getaffinity", lambda pid: {2, 5, 6})
        assert n_processors() == 3

    @pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity to set")
    def test_affinity_that_is_really_set(self):
        code = (
            "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
            "from gmmlesson.threads import n_processors; print(n_processors())"
        )
        assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "1"

    def test_systems_without_affinity(self, machine):
        machine.delattr(os, "sched_getaffinity")
        assert n_processors() == MACHINE
        machine.setattr(os, "cpu_count", lambda: None)
        assert n_processors() == 1

    def test_pythons_own_count(self, machine):
        machine.setattr(os, "process_cpu_count", lambda: 5, raising=False)
        assert n_processors() == 5


class TestWhereNoThreadCanBeStarted:
    """As in a browser, whatever it says of the processors."""

    def test_there_is_one_processor(self, machine):
        machine.setattr(threads, "CAN_START", False)
        assert n_processors() == 1

    @pytest.mark.parametrize("n_threads", [None, 4])
    def test_the_engine_starts_none(self, n_threads, monkeypatch):
        monkeypatch.setattr(engine, "CAN_START", False)
        monkeypatch.setattr(threading.Thread, "start", lambda thread: pytest.fail("a thread"))
        with Engine(LARGE, n_threads=n_threads) as sums:
            assert sums(ONE, PackedForm).counts == pytest.approx(len(LARGE))


class TestVariables:
    @pytest.mark.parametrize("variable", threads.VARIABLES)
    def test_each_is_heeded_when_it_is_set(self, machine, variable):
        machine.setenv(variable, "3")
        assert n_processors() == 3
        machine.setenv(variable, "1")
        assert n_processors() == 1
        machine.setenv(variable, "99")  # more than there are
        assert n_processors() == MACHINE

    def test_the_smallest_counts(self, machine):
        machine.setenv("OMP_NUM_THREADS", "4")
        machine.setenv("LOKY_MAX_CPU_COUNT", "2")
        assert n_processors() == 2

    def test_of_a_list_the_first(self, machine):
        machine.setenv("OMP_NUM_THREADS", " 4,2,1")
        assert n_processors() == 4

    @pytest.mark.parametrize("value", ["", "0", "-1", "default", "many"])
    def test_what_says_nothing_is_ignored(self, machine, value):
        for variable in threads.VARIABLES:
            machine.setenv(variable, value)
        assert n_processors() == MACHINE


class TestBlas:
    def test_a_limit_by_threadpoolctl(self, machine):
        with threadpool_limits(3):
            assert n_processors() == 3
            with threadpool_limits(1, "blas"):
                assert n_processors() == 1
            assert n_processors() == 3
        assert n_processors() == MACHINE

    def test_the_engines_own_limit_is_none(self, machine):
        with one_blas_thread:
            assert n_processors() == MACHINE
            with one_blas_thread:
                assert n_processors() == MACHINE
        with threadpool_limits(2), Engine(np.eye(3)), Engine(LARGE) as inner:
            inner(ONE, PackedForm)
            assert inner.n_threads == 2
        assert n_processors() == MACHINE

    def test_nor_is_that_of_an_engine_in_another_thread(self, machine):
        inside, done = threading.Event(), threading.Event()

        def other():
            with Engine(np.eye(3)):
                inside.set()
                done.wait(timeout=30)

        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(other)
            assert inside.wait(timeout=30)
            assert n_processors() == MACHINE
            done.set()
            future.result()

    def test_a_blas_that_does_not_say(self, machine):
        """threadpoolctl knows nothing of Apple's, for instance."""
        machine.setattr(threads, "_blas_threads", list)
        assert n_processors() == MACHINE


class TestControlGroups:
    def groups(self, lines, **files):
        """What the kernel shows: the groups of this process, and files of their limits."""
        threads.PROCESS.write_text("".join(f"{line}\n" for line in lines))
        for path, text in files.items():
            file = threads.GROUPS / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [("max 100000", 8), ("100000 100000", 1), ("5000 99999", 1), ("250000 100000", 3), ("50000 9999", 6)],
    )
    def test_version_2(self, machine, limit, expected):
        self.groups(["0::/"], **{"cpu.max": limit + "\n"})
        assert n_processors() == expected

    def test_version_2_the_tightest_group_around(self, machine):
        path = "system.slice/batch.service"
        self.groups(
            [f"0::/{path}/step"],
            **{
                f"{path}/step/cpu.max": "max 100000\n",
                f"{path}/cpu.max": "200000 100000\n",
                "system.slice/cpu.max": "600000 100000\n",
                "elsewhere/cpu.max": "100000 100000\n",
            },
        )
        assert n_processors() == 2

    @pytest.mark.parametrize(
        ("quota", "period", "expected"),
        [("-1", "100000", 8), ("0", "100000", 8), ("150000", "100000", 2), ("400000", "100000", 4)],
    )
    @pytest.mark.parametrize("controllers", ["cpu", "cpu,cpuacct", "cpuacct,cpu"])
    def test_version_1(self, machine, controllers, quota, period, expected):
        files = {"cpu/job/cpu.cfs_quota_us": quota, "cpu/job/cpu.cfs_period_us": period}
        self.groups(["4:memory:/other", f"3:{controllers}:/job", "0::/"], **files)
        assert n_processors() == expected

    def test_a_container_that_sees_its_group_from_outside(self, machine):
        files = {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}
        self.groups(["3:cpu,cpuacct:/docker/0123abcd"], **files)
        assert n_processors() == 3

    def test_a_group_outside_of_the_namespace(self, machine):
        files = {"cpu.max": "300000 100000", "../other/cpu.max": "100000 100000"}  # the latter is no group
        self.groups(["0::/../other"], **files)
        assert n_processors() == 3

    @pytest.mark.parametrize("text", ["", "max", "many 100000", "100000 0"])
    def test_what_says_nothing_is_ignored(self, machine, text):
        self.groups(["0::/"], **{"cpu.max": text})
        assert n_processors() == MACHINE


def of_task(_=None):
    return n_processors()


class TestJoblib:
    def test_processes_share_the_processors(self):
        each = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(of_task)() for _ in range(2))
        assert max(each) <= max(1, joblib.cpu_count() // 2)

    def test_inner_max_num_threads(self, monkeypatch):
        monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
        with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
            assert joblib.Parallel()(joblib.delayed(of_task)() for _ in range(2)) == [1, 1]

    def test_threads_and_forked_processes_have_one_each(self, machine):
        for backend in ("threading", "multiprocessing"):
            parallel = joblib.Parallel(n_jobs=2, backend=backend)
            assert parallel(joblib.delayed(of_task)() for _ in range(2)) == [1, 1], backend
        assert n_processors() == MACHINE

    def test_a_single_job_has_all(self, machine):
        for backend in ("loky", "threading"):
            parallel = joblib.Parallel(n_jobs=1, backend=backend)
            assert parallel([joblib.delayed(of_task)()]) == [MACHINE]
        with joblib.parallel_config("threading", n_jobs=2):
            assert n_processors() == MACHINE


class TestDask:
    @pytest.mark.parametrize("nthreads", [1, 2])
    @pytest.mark.parametrize("processes", [False, True])
    def test_a_task_has_one_thread(self, processes, nthreads, tmp_path):
        distributed = pytest.importorskip("distributed")
        options = {
            "n_workers": 1, "threads_per_worker": nthreads, "processes": processes,
            "dashboard_address": None, "local_directory": str(tmp_path),
        }  # fmt: skip
        with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
            assert client.submit(n_processors).result() == 1

    def test_outside_of_tasks_nothing_changes(self, machine):
        pytest.importorskip("distributed.worker")
        assert n_processors() == MACHINE


def set_and_count(variable, number):
    os.environ[variable] = number
    return n_processors()


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers_that_set_a_variable(method):
    """After NumPy has been loaded: BLAS does not notice any more."""
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(set_and_count, ("OMP_NUM_THREADS", "1")) == 1


def test_the_engine_asks(machine):
    with threadpool_limits(2), Engine(LARGE) as statistics:
        statistics(ONE, PackedForm)
        assert statistics.n_threads == 2
    with Engine(LARGE, n_threads=3) as statistics:
        statistics(ONE, PackedForm)
        assert statistics.n_threads == 3
    with Engine(LARGE[:100]) as statistics:  # too little work for another thread: it need not know
        statistics(ONE, PackedForm)
        assert statistics.n_threads is None
    assert engine.n_processors is n_processors
