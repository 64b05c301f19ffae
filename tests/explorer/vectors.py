"""What the package computes, for the explorer's JavaScript to compute again: `python vectors.py FILE`."""

import json
import sys
from pathlib import Path

import numpy as np

from gmmlesson import CollapsedComponent, Mixture, e_step, initialization, m_step
from gmmlesson.explorer.session import Session, start_from
from gmmlesson.explorer.widget import _principal_axes
from gmmlesson.families import FAMILIES
from gmmlesson.mixture import log_sum_exp

FORMATTED = [0, 1, 2.5, 2.874, 999.6, 1000, 1234.5, 1e6, 1e22, 1e-4, 1.5e-5, 0.00012345, 3e-300, 0.99996]
SPREADS = [None, 0, 1, 2, 3, 5]
COUNTS = [0, 1e-300, 1e-16, 3e-16, 0.02, 1, 2.5]  # of a component that collapses; three are as good as 0


def mixture_json(mixture):
    return {name: getattr(mixture, name).tolist() for name in ("weights", "means", "covariances")}


def blobs(n, d, k, rng):
    """n points from k overlapping clusters in d dimensions."""
    centers = 2 * rng.standard_normal((k, d))
    shapes = rng.standard_normal((k, d, d)) / np.sqrt(d)
    labels = rng.integers(k, size=n)
    return centers[labels] + np.einsum("nij,nj->ni", shapes[labels], rng.standard_normal((n, d)))


def case(name, X, mixture, family="full"):
    """One E-step and one M-step, or the sentence that stands for it."""
    X = np.asarray(X, float)
    vector = {"name": name, "X": X.ravel().tolist(), "d": X.shape[1], "mixture": mixture_json(mixture)}
    vector["family"] = family
    responsibilities, log_likelihood = e_step(X, mixture)
    vector |= {"responsibilities": responsibilities.ravel().tolist(), "log_likelihood": log_likelihood}
    try:
        better = m_step(X, responsibilities, family=family)
    except CollapsedComponent as collapse:
        told = {"component": collapse.component, "count": collapse.count, "message": str(collapse)}
        return vector | {"collapse": told}
    log_joint = better.log_joint(X)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(responsibilities > 0, responsibilities * (log_joint - np.log(responsibilities)), 0)
    vector |= {"better": mixture_json(better), "better_log_likelihood": float(log_sum_exp(log_joint).sum())}
    criteria = {name: float(getattr(better, name)(X)) for name in ("aic", "bic", "icl")}
    return vector | {"bound": float(terms.sum()), "criteria": {"count": better.n_parameters} | criteria}


def cases():
    rng = np.random.default_rng(7)
    for d, k in ((1, 1), (1, 3), (2, 1), (2, 3), (3, 2), (8, 5)):
        X = blobs(200, d, k, rng)
        for family in FAMILIES:
            start = initialization.random_points(X, k, rng, family=family)
            yield case(f"{family}, d={d}, k={k}", X, start, family)
    X = blobs(150, 2, 3, rng)
    start = initialization.kmeans(X, 3, rng)
    for shift, n in ((1e3, 150), (1e6, 150), (1e9, 4000)):  # sums lose digits where they are long
        X_far = X[rng.integers(len(X), size=n)] + shift * np.array([1, -1])
        far = Mixture(start.weights, start.means + shift * np.array([1, -1]), start.covariances)
        yield case(f"{shift:g} from the origin", X_far, far)
    for unit in (1e-100, 1e-9, 1e9, 1e100):
        scaled = Mixture(start.weights, start.means * unit, start.covariances * unit**2)
        yield case(f"in units of {unit:g}", X * unit, scaled)
    X_apart = np.vstack([X, X + 1e4])
    yield case("two clusters 10,000 sd apart", X_apart, initialization.kmeans_plus_plus(X, 2, rng))
    yield case("a strong correlation", X @ [[1, 0.999], [0, 0.05]], initialization.from_centers(X, X[:2]))
    yield from collapses(X)


def collapses(X):
    unit = np.eye(2)
    narrow = Mixture([0.5, 0.5], [X[0], X.mean(axis=0)], [1e-6 * unit, 4 * unit])
    yield case("a component on one point", X, narrow)
    yield case("a component far from all points", X, Mixture([0.5, 0.5], [[0, 0], [500, 500]], [unit, unit]))
    yield case("one point", X[:1], Mixture([1], X[:1], [unit]))
    yield case("one point in one dimension", [[3.0]], Mixture([1], [[3]], [[[1]]]))
    same = np.tile(X[0], (5, 1))
    yield case("identical points", same, Mixture([0.5, 0.5], [X[0], X[0] + 1], [unit, unit]))
    yield case("identical points, far from the origin", same + 1e8, Mixture([1], [X[0] + 1e8], [unit]))
    flat = np.column_stack([X[:, 0], np.full(len(X), 5.0)])
    yield case("a feature that is constant", flat, Mixture([1], [[0, 5]], [unit]))
    line = np.column_stack([X[:, 0], X[:, 0]])
    yield case("points on a line", line, Mixture([1], [[0, 0]], [4 * unit]))
    yield case("points on a line, spherical", line, Mixture([1], [[0, 0]], [4 * unit]), "spherical")
    yield case("points on a line, far from the origin", line + 1e6, Mixture([1], [[1e6, 1e6]], [4 * unit]))
    wide = np.column_stack([X, X @ [1, -2], X[:, 0] * 1e-6])  # in four dimensions all lie in a plane
    yield case("points in a plane", wide, Mixture([1], [[0] * 4], [4 * np.eye(4)]))
    round_ = np.random.default_rng(6).standard_normal((40, 4))
    deep = np.column_stack([round_, round_ @ [1, 1, 0, 2]])
    yield case("points in four of five directions", deep, Mixture([1], [[0] * 5], [4 * np.eye(5)]))
    yield case("three points in five dimensions", deep[:3], Mixture([1], [[0] * 5], [4 * np.eye(5)]))


def starts():
    """Starts from given centers: what is drawn differs, what is made of it does not."""
    rng = np.random.default_rng(8)
    X = blobs(120, 2, 4, rng)
    for family in FAMILIES:
        start = initialization.from_centers(X, X[:4], family=family)
        yield {"X": X.ravel().tolist(), "d": 2, "family": family, "mixture": mixture_json(start)}
    degenerate = {
        "one point": (X[:1], 1),
        "identical points": (np.tile(X[0], (5, 1)), 3),
        "identical points, far out": (np.tile(X[0], (5, 1)) + 1e17, 3),
        "a line": (np.column_stack([X[:, 0], X[:, 0]]), 1),
        "a constant feature": (np.column_stack([X[:, 0], np.full(len(X), 5.0)]), 1),
    }
    for name, (points, k) in degenerate.items():
        for family in ("full", "spherical"):
            start = start_from("random_points", points, k, rng, family)
            vector = {"name": name, "X": points.ravel().tolist(), "d": 2, "family": family}
            yield vector | {"mixture": mixture_json(start), "degenerate": True}


def clusters():
    rng = np.random.default_rng(9)
    for n, d, k in ((60, 2, 3), (60, 1, 4), (80, 3, 5)):
        X = blobs(n, d, k, rng)
        seeds = X[:k] + 1000 * (np.arange(k)[:, None] == k - 1)  # the last one finds no points of its own
        centers, labels = initialization.lloyd(X, seeds)
        vector = {"X": X.ravel().tolist(), "d": d, "seeds": seeds.tolist()}
        yield vector | {"centers": centers.tolist(), "labels": labels.tolist()}


def axes():
    """Symmetric matrices with NumPy's eigenvalues, and points with the axes that a kernel sends for them."""
    rng = np.random.default_rng(11)
    for d, stretch, shift in ((3, 1, 0), (4, 1000, 0), (8, 1, 1e6), (20, 30, -5)):
        X = blobs(100, d, 3, rng) * np.linspace(1, stretch, d) + shift
        S = np.cov(X.T)
        yield {
            "X": X.ravel().tolist(),
            "d": d,
            "axes": _principal_axes(X),
            "center": X.mean(axis=0).tolist(),
        } | {
            "matrix": S.tolist(),
            "values": np.linalg.eigvalsh(S)[::-1].tolist(),
        }


SCRIPT = [
    ("m", {}),
    ("e", {}),
    ("e", {}),
    ("m", {}),
    ("m", {}),
    ("e", {}),
    ("step", {}),
    ("step", {}),
    ("go", {"iteration": 1}),
    ("go", {"iteration": 99}),
    ("go", {"iteration": 1}),
    ("place", {"by": 0.5, "gesture": 1}),
    ("place", {"by": 0.7, "gesture": 1}),
    ("place", {"by": -0.2, "gesture": 2}),
    ("undo", {}),
    ("step", {}),
    ("go", {"iteration": 2}),
    ("m", {}),
    ("undo", {}),
    ("undo", {}),
    ("undo", {}),
    ("undo", {}),
    ("place", {"by": 0.1, "gesture": 3}),
    ("m", {}),
    ("place", {"by": 0.1, "gesture": 4}),
    ("k", {"k": 9}),
    ("go", {"iteration": 0}),
    ("reset", {}),
    ("undo", {}),
    ("step", {}),
    ("take", {"by": 0.3}),
    ("take", {"by": 0.1}),
    ("place", {"by": 0.1, "gesture": 5}),
    ("undo", {}),
    ("step", {}),
    ("undo", {}),
    ("undo", {}),
    ("points", {"edits": [{"add": [[3.0, -2.0], [3.5, -2.0]]}], "gesture": 5}),
    ("points", {"edits": [{"add": [[3.0, -2.5]]}, {"remove": [0, 91]}], "gesture": 5}),
    ("step", {}),
    ("family", {"family": "tied_diag"}),
    ("family", {"family": "tied_diag"}),
    ("step", {}),
    ("points", {"edits": [{"remove": list(range(2, 91))}]}),
    ("points", {"edits": [{"remove": [3]}]}),
    ("undo", {}),
    ("family", {"family": "full"}),
    ("step", {}),
    *[("undo", {})] * 20,
]


def searches():
    """Runs of EM to their ends from given starts are those of `fit_many`."""
    rng = np.random.default_rng(11)
    for n, d, k, family in ((80, 2, 3, "full"), (60, 1, 2, "tied"), (90, 3, 2, "diag")):
        X = blobs(n, d, k, rng)
        session = Session(X, k, family=family, seed=1)
        (end,) = session.ends(1)
        yield {"X": X.ravel().tolist(), "d": d, "k": k, "family": family} | {
            "start": mixture_json(end.mixtures[0]),
            "log_likelihood": float(end.log_likelihoods[-1]),
            "iterations": end.n_iter,
        }


def story():
    """A sequence of actions, and the state or the refusal after each."""
    rng = np.random.default_rng(10)
    X = blobs(90, 2, 3, rng)
    session = Session(X, start=initialization.random_points(X, 3, rng))
    first = session.state
    chapters = []
    for action, arguments in SCRIPT:
        arguments = dict(arguments)
        if action in ("place", "take"):
            moved = session.mixture.means + arguments.pop("by") * np.array([1, -2])
            arguments["mixture"] = Mixture(session.mixture.weights, moved, session.mixture.covariances)
        refused = None
        try:
            session.do(action, **arguments)
        except ValueError as error:
            refused = str(error)
        if action in ("place", "take"):
            arguments["mixture"] = mixture_json(arguments["mixture"])
        chapter = {"action": action, "args": arguments, "refused": refused}
        chapters.append(chapter | {"state": state_json(session)})
    vector = {"X": X.ravel().tolist(), "n": len(X), "d": 2, "chapters": chapters}
    session.state = first
    return vector | {"first": state_json(session)}


def state_json(session):
    state = session.state
    entries = [
        {
            "kind": entry.kind,
            "mixture": mixture_json(entry.mixture),
            "log_likelihood": entry.log_likelihood,
            "bound": entry.bound,
        }
        for entry in state.entries
    ]
    more = {"family": state.family, "n": state.data.n, "last_point": state.data.X[-1].tolist()}
    return more | {"entries": entries, "iteration": state.iteration, "colored": state.colored}


def vectors():
    return {
        "cases": list(cases()),
        "starts": list(starts()),
        "clusters": list(clusters()),
        "formatted": [[x, f"{x:.3g}"] for x in FORMATTED],
        "collapses": [[x, s, str(CollapsedComponent(1, x, 7, s))] for x in COUNTS for s in SPREADS],
        "axes": list(axes()),
        "searches": list(searches()),
        "story": story(),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(vectors(), allow_nan=False), encoding="utf-8")
