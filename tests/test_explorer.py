"""The explorer's Python side, what it says to a page, and its JavaScript in node's own test runner."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gmmlesson import CollapsedComponent, Mixture, e_step, initialization, m_step
from gmmlesson.explorer import EMExplorer, bundle, session
from gmmlesson.explorer.session import END_GAIN
from gmmlesson.families import FAMILIES
from notebooks import ROOT

HERE = Path(__file__).parent / "explorer"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not on PATH (apt install nodejs)")


def blobs(n=300, d=2, seed=0):
    rng = np.random.default_rng(seed)
    centers = 3 * np.eye(max(d, 3))[:3, :d]
    return centers[rng.integers(3, size=n)] + 0.6 * rng.standard_normal((n, d))


@pytest.fixture
def X():
    return blobs()


class Page:
    """Stands in for a page: hears what the kernel says, and says things to it as the comm does."""

    def __init__(self, explorer):
        self.explorer, self.heard, self.seq = explorer, [], 0
        explorer.send = lambda content, buffers=None: self.heard.append((content, buffers))

    @property
    def last(self):
        return self.heard[-1][0]

    def say(self, content):
        data = {"method": "custom", "content": content}
        self.explorer._handle_msg({"content": {"data": data}, "buffers": []})

    def act(self, action, **args):
        self.seq += 1
        self.say({"type": "act", "client": "me", "seq": self.seq, "action": action, "args": args})
        return self.last

    def write(self, **traits):
        data = {"method": "update", "state": traits, "buffer_paths": []}
        self.explorer._handle_msg({"content": {"data": data}, "buffers": []})


def parts(mixture):
    return {name: getattr(mixture, name).tolist() for name in ("weights", "means", "covariances")}


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(parts(one).values(), parts(other).values(), strict=True))


# --- Every button as a method ------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_e_and_m_are_those_of_the_package(X, family):
    explorer = EMExplorer(X, k=3, family=family)
    start = explorer.mixture
    explorer.e()
    assert same(explorer.mixture, start)
    explorer.m()
    assert same(explorer.mixture, m_step(X, e_step(X, start)[0], family=family))


def test_a_step_is_e_and_m_and_ends_with_fresh_colors(X):
    explorer, other = EMExplorer(X), EMExplorer(X)
    explorer.step()
    explorer.step()
    for _ in range(2):
        other.e()
        other.m()
    assert same(explorer.mixture, other.mixture)
    state = explorer.get_state(["state"])["state"]
    assert (state["iteration"], state["colored"]) == (2, 2)


def test_m_needs_an_e_of_its_own(X):
    explorer = EMExplorer(X)
    with pytest.raises(ValueError, match=r"^M needs responsibilities: press E first\.$"):
        explorer.m()
    explorer.e()
    explorer.m()
    with pytest.raises(ValueError, match=r"^M has used these responsibilities already: press E first\.$"):
        explorer.m()


def test_the_fit_so_far(X):
    explorer = EMExplorer(X)
    assert explorer.fit.n_iter == 0
    explorer.play(5, pause=0)
    fit = explorer.fit
    assert fit.n_iter == 5
    np.testing.assert_allclose(fit.log_likelihoods, [m.log_likelihood(X) for m in fit.mixtures], rtol=1e-12)
    assert (np.diff(fit.log_likelihoods) > 0).all()
    assert fit.mixture is explorer.mixture


def test_a_fit_begins_where_a_hand_has_put_the_mixture(X):
    explorer = EMExplorer(X)
    explorer.play(3, pause=0)
    explorer.mixture = initialization.kmeans(X, 3, np.random.default_rng(1))
    explorer.step()
    assert explorer.fit.n_iter == 1
    explorer.undo()
    explorer.undo()
    assert explorer.fit.n_iter == 3


def test_the_end_of_another_run_is_that_run(X):
    page = Page(EMExplorer(X, 4, seed=2))
    page.say({"type": "act", "client": "me", "seq": 1, "action": "search", "args": {"count": 5}})
    ends = page.last["ends"]
    assert {json.dumps(end["converged"]) for end in ends} == {"true"}  # of NumPy's there is no JSON
    low, high = sorted(ends, key=lambda end: end["log_likelihood"])[:: len(ends) - 1]
    page.act("take", mixture=high["mixture"])
    explorer = page.explorer
    assert page.last["what"] == "take" and page.last["entries"][-1]["kind"] == "end"
    assert explorer.mixture.means.tolist() == high["mixture"]["means"]
    fit = explorer.fit
    assert fit.converged and fit.n_iter > 1 and fit.log_likelihood == pytest.approx(high["log_likelihood"])
    explorer.step()
    assert explorer.fit.n_iter == fit.n_iter + 1 and explorer.fit.mixture is explorer.mixture
    explorer.undo()
    page.act("take", mixture=low["mixture"])  # instead of the other, and undo goes back to that
    assert page.last["keep"] == 1 and len(page.last["entries"]) == 1
    explorer.undo()
    assert explorer.mixture.means.tolist() == high["mixture"]["means"]
    page.act("take", mixture=parts(explorer.mixture) | {"weights": [0.1, 0.2, 0.3, 0.4]})  # nobody's end
    assert explorer.fit.n_iter == 0
    explorer.family = "tied"
    assert page.last["entries"][-1]["kind"] == "family"


def test_why_runs_collapsed_is_told(X):
    page = Page(EMExplorer(np.repeat(X[:3], 4, axis=0), 3))
    page.say({"type": "act", "client": "me", "seq": 1, "action": "search", "args": {"count": 4}})
    assert {(end["mixture"], end["spread"]) for end in page.last["ends"] if not end["mixture"]} == {(None, 0)}


def test_a_mixture_can_be_set(X):
    explorer = EMExplorer(X)
    page = Page(explorer)
    mixture = initialization.kmeans(X, 3, np.random.default_rng(1))
    explorer.mixture = mixture
    assert explorer.mixture is mixture
    assert (page.last["what"], page.last["keep"], page.last["client"]) == ("set", 1, None)
    assert page.last["entries"][0]["mixture"] == parts(mixture)
    explorer.mixture = initialization.kmeans(X, 5, np.random.default_rng(1))
    assert (explorer.mixture.k, page.last["iteration"], page.last["keep"]) == (5, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ("a", TypeError, "mixture must be a Mixture; it is 'a'."),
        (Mixture([1], [[0, 0, 0]], [np.eye(3)]), ValueError, "X must have 3 features a point"),
        (
            Mixture(np.full(9, 1 / 9), np.zeros((9, 2)), np.tile(np.eye(2), (9, 1, 1))),
            ValueError,
            "the number of components must be at most 8",
        ),
    ],
)
def test_what_cannot_be_set_is_refused(X, wrong, error, text):
    explorer = EMExplorer(X)
    before = explorer.mixture
    with pytest.raises(error, match=re.escape(text)):
        explorer.mixture = wrong
    assert explorer.mixture is before


def test_play_stops_where_nothing_is_gained(X):
    explorer = EMExplorer(X, start="kmeans")
    explorer.play(10_000, pause=0)
    gains = np.diff(explorer.fit.log_likelihoods)
    assert len(gains) < 10_000
    assert gains[-1] <= END_GAIN * len(X) < gains[-2]


def test_undo_and_reset(X):
    explorer = EMExplorer(X)
    start = explorer.mixture
    explorer.play(3, pause=0)
    explorer.reset()
    assert explorer.mixture is start
    explorer.undo()
    assert explorer.fit.n_iter == 3
    for _ in range(3):
        explorer.undo()
    assert explorer.mixture is start
    with pytest.raises(ValueError, match="nothing to undo"):
        explorer.undo()


def test_starts_by_name_and_by_hand(X):
    for name in ("random_points", "kmeans_plus_plus", "kmeans"):
        explorer = EMExplorer(X, k=4, start=name, seed=5)
        expected = getattr(initialization, name)(X, 4, np.random.default_rng(5))
        assert same(explorer.mixture, expected), name
        explorer.reset("random_points")
        assert not same(explorer.mixture, expected)
    mixture = initialization.kmeans(X, 2, np.random.default_rng(0))
    explorer = EMExplorer(X, start=mixture)
    assert explorer.mixture is mixture
    explorer.reset(initialization.kmeans(X, 5, np.random.default_rng(0)))
    assert explorer.mixture.k == 5


# --- Bad and odd data --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"X": [[1, np.nan]]}, "X must be finite; its entry at (0, 1) is nan."),
        ({"X": [1, 2, 3]}, "for a single feature write X[:, None]"),
        ({"X": [["a"]]}, "X must hold real numbers"),
        ({"k": 0}, "k must be a whole number of at least 1; it is 0."),
        ({"k": 9}, "k must be at most 8, the number of colors; it is 9."),
        ({"X": np.eye(2)}, "k must be at most 2, the number of points; it is 3."),
        ({"start": "best"}, "start must be one of random_points, kmeans_plus_plus, kmeans; it is 'best'."),
        ({"start": Mixture([1], [[0]], [[[1]]])}, "X must have 1 features a point, as the mixture has"),
        ({"family": "round"}, "family must be one of full, tied"),
        ({"seed": -1}, "seed must be a whole number of at least 0; it is -1."),
        ({"labels": ["a"]}, "labels must be a list of 2 strings, one a feature; it is ['a']."),
        ({"labels": ("a", "b", "c")}, "labels must be a list of 2 strings, one a feature; it is ('a', 'b',"),
        ({"labels": ["a", 5]}, "labels must be a list of 2 strings, one a feature; it is ['a', 5]."),
        ({"labels": "ab"}, "labels must be a list of 2 strings, one a feature; it is 'ab'."),
        ({"labels": 7}, "labels must be a list of 2 strings, one a feature; it is 7."),
        (
            {"X": [[1.0], [2.0]], "k": 1, "labels": "wait"},
            "labels must be a list of 1 string, the name of the feature; it is 'wait'.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(X, arguments, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        EMExplorer(**{"X": X} | arguments)


def test_a_step_must_be_a_function(X):
    with pytest.raises(TypeError, match=r"^e_step must be a function; it is 3\.$"):
        EMExplorer(X, e_step=3)


@pytest.mark.parametrize("d", [1, 2, 3, 7])
def test_any_number_of_dimensions(d):
    explorer = EMExplorer(blobs(d=d))
    explorer.step()
    assert explorer.mixture.d == d
    axes = np.array(explorer.axes)
    if d > 2:
        np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)
    else:
        assert axes.size == 0


@pytest.mark.parametrize(
    ("points", "k", "why"),
    [
        ([[1.0, 2.0]], 1, "too few to have a covariance"),
        ([[5.0]], 1, "too few to have a covariance"),
        (np.ones((6, 2)), 3, "which coincide, so that their covariance is singular"),
        (np.full((6, 2), 1e17), 2, "which coincide, so that their covariance is singular"),
        (np.arange(8.0)[:, None] * [1, 1], 2, "which lie on a line, so that their covariance is singular"),
        (np.arange(8.0)[:, None] * [1, 0], 2, "which lie on a line, so that their covariance is singular"),
    ],
    ids=["one point", "one number", "identical", "identical, far out", "on a line", "a constant feature"],
)
@pytest.mark.parametrize("start", ["random_points", "kmeans_plus_plus", "kmeans"])
def test_points_without_spread_can_be_looked_at_and_collapse(points, k, why, start):
    explorer = EMExplorer(points, k, start=start)
    page = Page(explorer)
    assert len({tuple(mean) for mean in explorer.mixture.means}) == k
    explorer.e()
    with pytest.raises(CollapsedComponent, match="collapsed at iteration 1: it holds"):
        explorer.m()
    before = explorer.mixture
    answer = page.act("m")
    assert answer["error"]["title"] == "Component collapsed"
    assert answer["error"]["component"] in range(k)
    assert f", {why}; start elsewhere" in answer["error"]["message"]
    assert explorer.mixture is before


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 point,"), (0.9999, "1 point,"), (0, "0 points,"), (1.5, "1.5 points,")]
)
def test_one_point_is_a_point(count, words):
    assert f"it holds {words} too few" in str(CollapsedComponent(0, count))


@pytest.mark.parametrize(("unit", "shift"), [(1, 0), (1, 1e8), (1e140, 1e149), (1e-140, 0)])
def test_the_page_has_the_points_as_float32_around_their_center(unit, shift):
    X = unit * blobs() + shift * np.array([1, -1])
    explorer = EMExplorer(X, k=1)
    values = np.frombuffer(explorer.points, "<f4").reshape(-1, 2)
    rebuilt = np.array(explorer.center) + np.array(explorer.scale) * values
    assert np.abs(values).max() <= 1
    assert np.abs(rebuilt - X).max() <= 1e-7 * np.ptp(X) + 1e-15 * np.abs(X).max()


def test_the_learners_array_is_left_alone(X):
    before = X.copy()
    explorer = EMExplorer(X)
    explorer.play(3, pause=0)
    np.testing.assert_array_equal(X, before)


# --- The learner's own code --------------------------------------------------------------------------


def my_e_step(X, mixture):
    X[:] = 0  # a copy: nobody is hurt
    return np.full((len(X), mixture.k), 1 / mixture.k), -1.0


def my_m_step(X, responsibilities):
    responsibilities[:] = 0
    return Mixture([0.5, 0.5], [[1, 2], [3, 4]], [np.eye(2), np.eye(2)])


def test_own_functions_run_when_e_and_m_are_pressed(X):
    before = X.copy()
    explorer = EMExplorer(X, k=2, e_step=my_e_step, m_step=my_m_step)
    page = Page(explorer)
    assert explorer.own == {"e_step": "my_e_step", "m_step": "my_m_step"}
    answer = page.act("e")
    assert answer["responsibilities"]
    np.testing.assert_array_equal(np.frombuffer(page.heard[-1][1][0], "<f4"), 0.5)
    truth = f"{explorer.mixture.log_likelihood(X):.6g}"
    assert answer["remark"] == f"my_e_step reports the log-likelihood -1.0; that of this mixture is {truth}."
    answer = page.act("m")
    assert answer["same_responsibilities"]
    assert explorer.mixture.means.tolist() == [[1, 2], [3, 4]]
    entry = answer["entries"][0]
    assert entry["log_likelihood"] == pytest.approx(explorer.mixture.log_likelihood(X))
    log_joint = explorer.mixture.log_joint(before)
    assert entry["bound"] == pytest.approx((0.5 * (log_joint - np.log(0.5))).sum())


def test_own_colors_are_gone_when_the_mixture_is_moved(X):
    explorer = EMExplorer(X, k=2, e_step=my_e_step)
    page = Page(explorer)
    page.act("step")
    assert page.last["colored"] == 1
    page.act("place", mixture=parts(explorer.mixture), gesture=1)
    assert page.last["colored"] == -1
    page.act("undo")
    assert page.last["colored"] == 1
    assert page.last["responsibilities"]


def broken(X, mixture):
    numbers = [1, 2]
    return numbers[7]


def deeply_broken(X, responsibilities):
    return np.linalg.inv(np.zeros((2, 2)))


@pytest.mark.parametrize(
    ("steps", "title", "message", "source"),
    [
        ({"e_step": broken}, "broken raised IndexError", "list index out of range", "return numbers[7]"),
        (
            {"m_step": deeply_broken},
            "deeply_broken raised LinAlgError",
            "Singular matrix",
            "return np.linalg.inv(np.zeros((2, 2)))",
        ),
        (
            {"e_step": lambda X, mixture: 5},
            "<lambda> raised TypeError",
            "it returned 5. If you have changed it since, run this cell again.",
            None,
        ),
        (
            {"e_step": lambda X, mixture: (np.ones((len(X), 3)), 0)},
            "<lambda> raised ValueError",
            "responsibilities must sum to 1 in a row; row 0 sums to 3.",
            None,
        ),
        (
            {"e_step": lambda X, mixture: (np.ones((len(X), 1)), 0)},
            "<lambda> raised ValueError",
            "responsibilities must have 3 columns, one a component; it has 1.",
            None,
        ),
        (
            {"m_step": lambda X, r: None},
            "<lambda> raised TypeError",
            "must return a Mixture; it returned None. If you have changed it since, run this cell again.",
            None,
        ),
        (
            {"m_step": lambda X, r: Mixture([1], [[0, 0]], [np.eye(2)])},
            "<lambda> raised ValueError",
            "must return 3 components in 2 dimensions; it returned 1 in 2.",
            None,
        ),
        ({"e_step": lambda: None}, "<lambda> raised TypeError", "takes 0 positional arguments", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_goes_wrong_in_own_functions_is_shown_and_survived(X, steps, title, message, source):
    explorer = EMExplorer(X, **steps)
    page = Page(explorer)
    before = explorer.mixture
    page.act("step")
    error = page.last["error"]
    assert title in error["title"]
    assert message in error["message"]
    assert error["where"] in steps
    assert error["source"] == source
    assert (error["line"] is None) == (source is None)
    if source:
        assert Path(__file__).read_text().splitlines()[error["line"] - 1].strip() == source
    assert explorer.mixture is before
    assert page.last["seq"] == 1
    page.act("place", mixture=parts(before), gesture=1)
    assert page.last["what"] == "place"


def endless(X, *_):
    while True:
        X = X + 0


def swallowing(X, *_):
    try:
        return endless(X)
    except BaseException:
        return None


@pytest.mark.parametrize("own", [endless, swallowing])
@pytest.mark.parametrize("step", ["e_step", "m_step"])
def test_a_step_of_the_learner_that_never_ends_is_stopped(X, monkeypatch, own, step):
    monkeypatch.setattr(session, "OWN_LIMIT", 0.2)
    explorer = EMExplorer(X, k=2, **{step: own})
    page, before = Page(explorer), explorer.mixture
    said = page.act("step")
    assert said["what"] == "error"
    assert said["error"]["title"] == f"{own.__name__} was stopped"
    # On a busy machine the clock's time may be up first.
    stopped = r"It is too slow, or endless: after (0\.2|1\.2) seconds it was stopped\."
    assert re.fullmatch(stopped, said["error"]["message"])
    assert own is swallowing or said["error"]["source"] in ("while True:", "X = X + 0")
    assert explorer.mixture is before


def test_a_method_raises_the_learners_exception_itself(X):
    explorer = EMExplorer(X, e_step=broken)
    with pytest.raises(IndexError, match="list index out of range"):
        explorer.e()


# --- What is said between kernel and page ------------------------------------------------------------


def weight_of(message):
    content, buffers = message
    return len(json.dumps(content, allow_nan=False)) + sum(map(len, buffers or []))


def test_a_step_sends_one_mixture_however_many_points_and_iterations():
    sizes = []
    for n, iterations in ((100, 1), (20_000, 1), (100, 30)):
        explorer = EMExplorer(blobs(n), k=3)
        page = Page(explorer)
        for _ in range(iterations):
            page.act("step")
        assert page.last["what"] == "step"
        assert len(page.last["entries"]) == 1
        sizes.append(weight_of(page.heard[-1]))
    assert max(sizes) < 1200
    assert max(sizes) - min(sizes) < 100  # digits differ


def test_points_travel_once_and_in_binary(X):
    from ipywidgets.widgets.widget import _remove_buffers

    explorer = EMExplorer(X)
    _, paths, buffers = _remove_buffers(explorer.get_state())
    assert len(buffers[paths.index(["points"])]) == 4 * X.size
    page = Page(explorer)
    sent = []
    explorer.send_state = sent.append
    page.act("step")
    explorer.step()
    assert sent == []
    assert [content["what"] for content, _ in page.heard] == ["step", "step"]


def test_a_greeting_is_answered_with_everything(X):
    explorer = EMExplorer(X)
    explorer.play(3, pause=0)
    page = Page(explorer)
    page.say({"type": "hello", "client": "me"})
    assert page.last["type"] == "alive"
    assert page.last["state"] == explorer.get_state(["state"])["state"]
    assert len(page.last["state"]["entries"]) == 4
    assert page.last["undo_depth"] == 3


def test_a_page_can_do_all_that_methods_can(X):
    explorer = EMExplorer(X)
    page = Page(explorer)
    for action in ("e", "m", "e", "step", "undo", "reset"):
        page.act(action)
        assert page.last["what"] == action
    page.act("k", k=5)
    assert explorer.mixture.k == 5
    page.act("start", name="kmeans")
    assert page.last["start"] == "kmeans"
    page.act("step")
    page.act("go", iteration=0)
    assert (page.last["iteration"], page.last["colored"]) == (0, 0)
    moved = parts(explorer.mixture)
    moved["means"][0] = [7.0, 8.0]
    page.act("place", mixture=moved, gesture=12)
    assert explorer.mixture.means[0].tolist() == [7, 8]
    assert page.last["gesture"] == 12


def test_a_drag_is_one_thing_to_undo(X):
    explorer = EMExplorer(X)
    page, start = Page(explorer), explorer.mixture
    for gesture in (1, 1, 1, 2, 2):
        page.act("place", mixture=parts(explorer.mixture), gesture=gesture)
    assert page.last["undo_depth"] == 2
    assert page.last["iteration"] == 1
    explorer.undo()
    explorer.undo()
    assert explorer.mixture is start


def test_a_page_that_has_gone_ahead_is_adopted(X):
    explorer, other = EMExplorer(X), EMExplorer(X)
    other.step()
    state = other.get_state(["state"])["state"]
    state["entries"][1]["log_likelihood"] = 1e9  # not taken on trust
    page = Page(explorer)
    page.act("adopt", state=state)
    assert same(explorer.mixture, other.mixture)
    assert explorer.fit.log_likelihoods[1] == pytest.approx(other.fit.log_likelihoods[1])
    assert page.last["entries"][-1]["bound"] == state["entries"][1]["bound"]


NONSENSE = [
    None,
    [],
    "act",
    {},
    {"type": "act"},
    {"type": "act", "action": "__init__", "args": {}},
    {"type": "act", "action": "play", "args": []},
    {"type": "act", "action": "e", "args": {"x": 1}},
    {"type": "act", "action": "go", "args": {"iteration": "last"}},
    {"type": "act", "action": "go", "args": {"iteration": None}},
    {"type": "act", "action": "k", "args": {"k": 2.5}},
    {"type": "act", "action": "k", "args": {"k": 999}},
    {"type": "act", "action": "start", "args": {"name": "../etc"}},
    {"type": "act", "action": "start", "args": {"name": None}},
    {"type": "act", "action": "place", "args": {"mixture": {}, "gesture": 1}},
    {"type": "act", "action": "place", "args": {"mixture": None, "gesture": 1}},
    {"type": "act", "action": "adopt", "args": {"state": {"entries": []}}},
    {"type": "act", "action": "adopt", "args": {"state": {"entries": [{}], "iteration": 0, "colored": 0}}},
]


@pytest.mark.parametrize("message", NONSENSE, ids=json.dumps)
def test_nonsense_from_a_page_changes_nothing(X, message):
    explorer = EMExplorer(X)
    page = Page(explorer)
    state = explorer.get_state(["state"])
    page.say(message)
    assert explorer.get_state(["state"]) == state
    if isinstance(message, dict) and "action" in message:
        assert page.last["what"] == "error"
        assert page.last["error"]["message"]
    explorer.step()


@pytest.mark.parametrize(
    ("part", "value", "text"),
    [
        ("covariances", [[[1, 2], [2, 1]]] * 3, "covariances must be positive definite"),
        ("covariances", [[[1, 0], [5, 1]]] * 3, "covariances must be symmetric"),
        ("covariances", [[[0, 0], [0, 0]]] * 3, "covariances must be positive definite"),
        ("means", [[0, 0], [0, None], [0, 0]], "means must be finite"),
        ("means", [[0, 0], [0, 1e300], [0, 0]], "means must stay below"),
        ("means", [[0], [0], [0]], "covariances must have shape"),
        ("weights", [1, 1, 1], "weights must sum to 1"),
        ("weights", [-1, 1, 1], "weights must be positive"),
    ],
)
def test_a_mixture_from_a_page_is_validated(X, part, value, text):
    explorer = EMExplorer(X)
    page, before = Page(explorer), explorer.mixture
    answer = page.act("place", mixture=parts(before) | {part: value}, gesture=1)
    assert text in answer["error"]["message"]
    assert explorer.mixture is before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("points", b"abc"),
        ("n", 1),
        ("d", 9),
        ("center", [9.0, 9.0]),
        ("labels", ["a"]),
        ("features", ["a", "b"]),
        ("family", "tied"),
        ("own", {"e_step": "evil"}),
        ("start", "kmeans"),
        ("state", {"entries": []}),
        ("responsibilities", b"abc"),
    ],
)
def test_a_page_cannot_write_traits(X, name, value):
    explorer = EMExplorer(X)
    page, before = Page(explorer), explorer.get_state()
    page.write(**{name: value})
    assert explorer.get_state() == before


def test_messages_of_a_page_and_cells_take_turns(X):
    explorer = EMExplorer(X, seed=3)
    page = Page(explorer)

    def press():
        for _ in range(20):
            page.say({"type": "act", "client": "other", "seq": 1, "action": "step", "args": {}})

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        explorer.step()
    for thread in threads:
        thread.join()
    assert [content["iteration"] for content, _ in page.heard] == list(range(1, 61))
    assert all(content["keep"] == content["iteration"] for content, _ in page.heard)


def test_repr_tells_the_same_every_time(X):
    assert repr(EMExplorer(X)) == repr(EMExplorer(X))
    assert re.fullmatch(
        r"EMExplorer\(300 points, 3 components, iteration 0, log-likelihood -\d+\.\d\)", repr(EMExplorer(X))
    )
    assert "1 point, 1 component," in repr(EMExplorer([[0.0, 0.0]], k=1))


def test_names_of_columns_label_the_axes(X):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(X, columns=["length", "width"])
    assert EMExplorer(frame).labels == ["length", "width"]
    assert EMExplorer(X).labels == ["feature 0", "feature 1"]
    assert EMExplorer(blobs(d=4)).labels == ["principal axis 1", "principal axis 2"]


@pytest.mark.parametrize(
    ("d", "axes"),
    [(1, ["wait"]), (2, ["wait", "length"]), (4, ["principal axis 1", "principal axis 2"])],
)
@pytest.mark.parametrize("kind", [list, tuple, np.array])
def test_features_are_called_what_they_are_given_as(d, axes, kind):
    names = ["wait", "length", "width", "height"][:d]
    explorer = EMExplorer(blobs(d=d), labels=kind(names))
    assert (explorer.labels, explorer.features) == (axes, names)
    state = json.loads(json.dumps(explorer.get_state(["labels", "features"])))  # as it travels and is saved
    assert state == {"labels": axes, "features": names}


def test_labels_that_are_given_win_over_names_of_columns(X):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(X, columns=["length", 7])
    assert EMExplorer(frame).features == ["length", "7"]
    assert EMExplorer(frame, labels=["a", "b"]).features == ["a", "b"]
    assert EMExplorer(frame, labels=["a", "b"]).labels == ["a", "b"]
    assert EMExplorer(X).features == []


# --- One file of HTML --------------------------------------------------------------------------------


def test_the_exported_page_holds_the_points_and_little_else(X, tmp_path):
    explorer = EMExplorer(X, e_step=my_e_step, k=2)
    explorer.step()
    explorer.to_html(tmp_path / "explorer.html", title="<Old> & faithful")
    text = (tmp_path / "explorer.html").read_text(encoding="utf-8")
    state = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', text)[1])
    assert base64.b64decode(state["buffers"]["points"]) == explorer.points
    assert len(base64.b64decode(state["buffers"]["responsibilities"])) == 4 * 2 * len(X)
    assert state["traits"]["own"] == {}
    assert state["traits"]["state"]["iteration"] == 1
    assert "&lt;Old&gt; &amp; faithful" in text
    data = sum(map(len, state["buffers"].values())) + len(bundle.read("samples.js"))
    assert len(text.encode()) - data < 260_000
    assert not re.findall(r"{{\w+}}", text)


def test_data_cannot_end_the_script_that_holds_them(X, tmp_path):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    evil = "</script><script>alert(1)</script>{{title}}"
    EMExplorer(pandas.DataFrame(X, columns=[evil, "b"])).to_html(tmp_path / "evil.html")
    text = (tmp_path / "evil.html").read_text(encoding="utf-8")
    assert "alert(1)</script>" not in text
    assert text.count("</script>") == 2
    assert "{{title}}" in text


# --- The files ---------------------------------------------------------------------------------------


def test_the_javascript_is_one_module_that_loads_and_evaluates_nothing():
    text = bundle.module()
    assert not re.search(r"^\s*import\b|\bimport\s*\(", text, re.MULTILINE)
    assert len(re.findall(r"^export\b", text, re.MULTILINE)) == 1
    assert text.startswith(bundle.papa())
    every = text + bundle.read("host.js")
    assert not re.search(r"\beval\b|\bnew Function\b|innerHTML|insertAdjacentHTML|document\.write", every)
    addresses = set(re.findall(r"https?://[^\s\"'`]*", every))
    # the name of a language and one in a comment, asked for by nobody
    assert addresses <= {"http://www.w3.org/2000/svg", "https://github.com/mholt/PapaParse"}
    own = bundle.parts() + bundle.read("host.js")
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket", own)
    assert not re.search(
        r"\bdownload:|\bworker: ", own
    )  # Papa Parse asks for an address if told to
    assert not re.search(r"@import|url\(", bundle.read("explorer.css"))


@needs_node
def test_the_one_module_is_sound(tmp_path):
    (tmp_path / "module.mjs").write_text(bundle.module(), encoding="utf-8")
    code = "import(process.argv[1]).then(({ default: make }) => console.log(Object.keys(make()).join()))"
    command = [NODE, "--input-type=module", "-e", code, str(tmp_path / "module.mjs")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "initialize,render", done.stderr


def test_the_package_carries_the_pages_files(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = {name.removeprefix("gmmlesson/explorer/") for name in zipfile.ZipFile(wheel).namelist()}
    needed = {*(f"{part}.js" for part in bundle.PARTS), "host.js", "explorer.css", "page.html"}
    assert needed <= held


def test_nothing_heavy_is_loaded_before_it_is_used():
    code = (
        "import sys, gmmlesson.explorer; "
        "heavy = {'anywidget', 'ipywidgets', 'matplotlib'} & set(sys.modules); "
        "from gmmlesson.explorer import EMExplorer; "
        "print(heavy, 'anywidget' in sys.modules, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "set() True False", done.stderr


@pytest.fixture(scope="session")
def vectors(tmp_path_factory):
    file = tmp_path_factory.mktemp("vectors") / "vectors.json"
    subprocess.run([sys.executable, str(HERE / "vectors.py"), str(file)], check=True, timeout=120)
    return file


@needs_node
@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name)
def test_javascript(file, vectors):
    command = [NODE, "--test", "--test-reporter=spec", str(file)]
    environment = os.environ | {"VECTORS": str(vectors), "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"^ℹ pass [1-9]", done.stdout, re.MULTILINE), "no test has run"
    assert re.search(r"^ℹ skipped 0$", done.stdout, re.MULTILINE)
