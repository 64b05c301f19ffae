"""The benchmark runs and compares results before it times. No time is asserted here: machines differ."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import duel, peers, problems, report, run  # noqa: E402

PROBLEM = problems.Problem(300, 2, 2)
EFFORT = {"rounds": 2, "seconds": 0.0}


def broken(change):
    """scikit-learn, whose answer (weights, means, covariances) is changed by `change`."""

    def prepare(X, start):
        right = peers.scikit_learn(X, start)

        def wrong(n_iter):
            seconds, parameters = right(n_iter)
            return seconds, change(*parameters)

        return wrong

    return replace(peers.SCIKIT_LEARN, prepare=prepare)


def one_iteration_less(X, start):
    right = peers.scikit_learn(X, start)
    return lambda n_iter: right(max(1, n_iter - 1))


SHIFT = np.array([1e-7, -1e-7])
WRONG = {
    "a mean": broken(lambda weights, means, covariances: (weights, means + 1e-7, covariances)),
    "a covariance": broken(lambda weights, means, covariances: (weights, means, covariances * (1 + 1e-7))),
    "a weight": broken(lambda weights, means, covariances: (weights + SHIFT, means, covariances)),
    "the order": broken(lambda weights, means, covariances: (weights[::-1], means[::-1], covariances[::-1])),
    "no numbers": broken(lambda weights, means, covariances: (weights, means * np.nan, covariances)),
    "one iteration less": replace(peers.SCIKIT_LEARN, prepare=one_iteration_less),
}


def test_equal_results_are_timed():
    outcome = duel.duel(PROBLEM, peers.SCIKIT_LEARN, **EFFORT)
    assert outcome.difference < 1e-10
    assert min(outcome.fit) > 0


@pytest.mark.parametrize("peer", WRONG.values(), ids=WRONG)
def test_wrong_results_are_caught_and_not_timed(peer):
    outcome = duel.duel(PROBLEM, peer, **EFFORT)
    assert outcome.difference > duel.TOLERANCE["float64"]
    assert outcome.fit is None
    assert outcome.iteration is None


def test_the_report_says_that_a_peer_computes_something_else():
    outcome = duel.duel(PROBLEM, WRONG["a mean"], **EFFORT)
    assert report._times(outcome)[0] == "computes something else"


@pytest.mark.parametrize("problem", [*problems.SHAPES, *problems.GRID], ids=str)
def test_iterations_of_the_real_problems(problem):
    assert 10 <= problem.most_iterations <= 50


def test_the_quick_benchmark_from_end_to_end(tmp_path):
    command = [sys.executable, "-m", "benchmarks.run", "--quick", "--peers", "scikit-learn"]
    command += ["--output", tmp_path / "results", "--scratch", tmp_path]
    environment = os.environ | dict.fromkeys(run.BLAS_SETTINGS, "262144")
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "results/results.md").read_text(encoding="utf-8")
    assert text in done.stdout
    for peer in peers.PEERS:
        assert f"| {peer.name} |" in text
    for problem in problems.QUICK_SHAPES:
        assert f"| {problem} | scikit-learn |" in text
    assert "computes something else" not in text
    assert "Not timed" not in text
    assert "60 | 1 |" in text
    assert (tmp_path / "results/speed.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["results"]  # no data are left behind
