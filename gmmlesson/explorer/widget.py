"""EMExplorer: the widget, and how it talks with the page.

The kernel owns the state (`session.Session`). The page asks for actions by messages, and the kernel answers
with what has changed: a step sends one mixture. The synchronized traits are written by the kernel alone; what
a page writes into them is dropped.
"""

import inspect
import math
import threading
import time
import traceback
import weakref
from contextlib import suppress

import anywidget
import numpy as np
import traitlets
from IPython import get_ipython

from gmmlesson.collapse import CollapsedComponent
from gmmlesson.em import Fit
from gmmlesson.explorer import bundle, export
from gmmlesson.explorer.session import END_GAIN, KINDS, Entry, NotNow, Session, TooLong, name_of
from gmmlesson.mixture import Mixture
from gmmlesson.validation import (
    as_choice,
    as_count,
    as_data,
    as_function,
    as_nonnegative,
    as_path,
    as_text,
    is_finite_number,
    shown,
)

LONGEST_PAUSE = 3600.0  # seconds
MOST_STARTS = 1000  # that a page may ask for
LONGEST_MESSAGE = 1000  # characters of an exception's text that the page is shown


def _kept(kind, now=None):
    """A trait from the kernel to the page only; with `now`, what is sent is `now(widget)` of that moment."""
    trait = kind(read_only=True)
    to_json = (lambda value, widget: now(widget)) if now else (lambda value, widget: value)
    return trait.tag(sync=True, to_json=to_json, from_json=lambda value, widget: getattr(widget, trait.name))


class EMExplorer(anywidget.AnyWidget):
    """EM that one can take in the hand: drag, stretch and turn components, press E and M, go back in time.

    X       (n, d) data
    k       number of components, 1 to 8; a Mixture given as `start` brings its own number
    start   a Mixture, or "random_points" (the default), "kmeans_plus_plus" or "kmeans"
    e_step  your own, run when E is pressed: function (X, mixture) -> responsibilities (n, k), log-likelihood
    m_step  your own, run when M is pressed: function (X, responsibilities) -> Mixture
    family  of the covariances, as in `gmmlesson.m_step`
    seed    of the starts that are drawn
    labels  names of the d features, for axes and points; by default those of X's columns, if it has any

    A step of your own that takes more than 10 seconds is stopped. Every button is a method too. Raises
    ValueError, in one sentence, for data or options that make no sense, and TypeError for a step that is not
    a function.
    """

    _esm = bundle.module()
    _css = bundle.read("explorer.css")

    points = _kept(traitlets.Bytes)  # float32, (X - center) / scale: the page's copy of the data
    n = _kept(traitlets.Int)
    d = _kept(traitlets.Int)
    center = _kept(traitlets.List)
    scale = _kept(traitlets.List)
    axes = _kept(traitlets.List)  # two directions to look along, for d > 2
    labels = _kept(traitlets.List)  # of the axes that are drawn
    features = _kept(traitlets.List)  # names of all d features, or [] if they have none
    version = _kept(traitlets.Int)  # tells these points from those before
    seed = _kept(traitlets.Int)
    own = _kept(traitlets.Dict)
    start = _kept(traitlets.Any, now=lambda explorer: explorer._session.start_name)
    state = _kept(traitlets.Any, now=lambda explorer: _json(explorer._session.state))
    responsibilities = _kept(traitlets.Any, now=lambda explorer: _float32(explorer._session.state.own))

    def __init__(self, X, k=3, *, start=None, e_step=None, m_step=None, family="full", seed=0, labels=None):
        features = _features(as_data(X).shape[1], labels, getattr(X, "columns", None))
        session = Session(
            X, k, start=start, e_step=e_step, m_step=m_step, family=family, seed=seed, features=features
        )
        own = {step: name_of(own) for step, own in session.own_steps.items() if own is not None}
        for name, value in (_parts(session.data) | {"seed": int(seed), "own": own}).items():
            self.set_trait(name, value)
        self._session, self._sent = session, session.state  # what there is, and what the pages know of it
        self._listeners = []
        self._lock = threading.RLock()  # the page's messages are handled while a cell runs, on another thread
        super().__init__()
        self._saved = session.state  # what a notebook that is saved now would hold
        self.on_msg(self._hear)
        _watch_cells(self)

    def __repr__(self):
        entry, iteration = self._session.state.shown, self._session.state.iteration
        points, components = _counted(self._session.n, "point"), _counted(entry.mixture.k, "component")
        return (
            f"EMExplorer({points}, {components}, iteration {iteration}, "
            f"log-likelihood {entry.log_likelihood:.1f})"
        )

    def _repr_mimebundle_(self, **options):
        from gmmlesson.explorer import still  # matplotlib is loaded on first use

        widget = super()._repr_mimebundle_(**options)
        with self._lock:
            return still.mime_bundle(widget, self._session, self.labels, self.axes)

    # --- for the cells

    @property
    def X(self):
        """The points that are shown, (n, d), read only. Setting them makes a new start."""
        return self._session.X

    @X.setter
    def X(self, X):
        features = _features(as_data(X).shape[1], None, getattr(X, "columns", None))
        same = not features and as_data(X).shape[1] == self._session.d
        self._do("data", X=X, features=self._session.data.features if same else features)

    @property
    def family(self):
        """Of the covariances. Setting it projects the mixture that is shown."""
        return self._session.family

    @family.setter
    def family(self, family):
        self._do("family", family=family)

    def on_change(self, function):
        """Call function(explorer) after everything that changes the points, the mixture or the colors.

        Returns a function that ends this. Raises TypeError for what is no function. What `function` raises
        is raised in the cell that made the change, or shown in the page if a hand made it; the change stays.
        """
        self._listeners.append(as_function(function, "function"))

        def end():
            with suppress(ValueError):  # it has ended
                self._listeners.remove(function)

        return end

    @property
    def mixture(self):
        """The Mixture that the picture shows. Setting it moves the picture; another k makes a new start."""
        return self._session.mixture

    @mixture.setter
    def mixture(self, mixture):
        self._do("set", mixture=mixture)

    @property
    def fit(self):
        """The Fit so far: the run of EM that led here from the last start or placing by hand."""
        return self._session.fit

    def e(self):
        """Press E: the points take the colors of their responsibilities."""
        self._do("e")

    def m(self):
        """Press M: the mixture moves to where the responsibilities say. Raises ValueError before an E."""
        self._do("m")

    def step(self):
        """One iteration: E if it is due, M, and E again. Raises CollapsedComponent, like `m`."""
        self._do("step")

    def play(self, n, *, pause=0.1):
        """`n` iterations, at most, `pause` seconds apart; it stops early where nothing is gained any more."""
        n, pause = as_count(n, "n"), as_nonnegative(pause, "pause", most=LONGEST_PAUSE)
        for i in range(n):
            if i:
                time.sleep(pause)
            before = self._session.state.shown.log_likelihood
            self.step()
            if self._session.state.shown.log_likelihood - before <= END_GAIN * self._session.n:
                break

    def undo(self):
        """Take the last action back. Raises ValueError if there is none."""
        self._do("undo")

    def reset(self, start=None):
        """Back to the start of the time line, or to a new start: a Mixture, or a name as in EMExplorer."""
        if start is None:
            self._do("reset")
        else:
            self._do("start", start=start)

    def to_html(self, path, *, title="EM explorer"):
        """Write the explorer as it is now into one HTML file that needs no kernel and no network."""
        path, title = as_path(path, "path"), as_text(title, "title")
        with self._lock:
            export.write(path, self.get_state(), title=title)

    # --- with the page

    def _do(self, action, origin=None, **arguments):
        """Do it, and tell the pages. origin: the message that asked for it, if one did."""
        with self._lock:
            before = self._session.state
            self._session.do(action, **arguments)
            self._tell(action, origin or {}, arguments.get("gesture"))
            if self._session.state is not before:
                self._call_listeners(origin)

    def _call_listeners(self, origin):
        """All of them, whatever one raises: the first that does is told to who asked for the change."""
        raised = []
        for listener in [*self._listeners]:
            try:
                listener(self)
            except Exception as error:
                raised.append((listener, error))
        for listener, error in raised[:1]:
            if origin is None:
                raise error
            self._refuse(origin, error=_raised(listener, error) | {"where": "on_change", "component": None})

    def _tell(self, action, origin, gesture):
        before, after = self._sent, self._session.state
        self._sent = after
        if after.data is not before.data:
            self._trait_values.update(_parts(after.data))  # not sent now: the page hears of the edit alone
        keep = _common(before.entries, after.entries)
        message = {
            "type": "change",
            "what": action,
            "client": origin.get("client"),
            "seq": origin.get("seq"),
            "gesture": gesture,
            "keep": keep,
            "entries": [_entry_json(entry) for entry in after.entries[keep:]],
            "iteration": after.iteration,
            "colored": after.colored,
            "remark": self._session.remark,
            "family": after.family,
            "base": before.data.version,
            "version": after.data.version,
            "edits": self._session.edits,
        }
        if after.own is before.own:
            self._post(message, same_responsibilities=after.own is not None)
        else:
            self._post_all(message)

    def _post_all(self, message, known=None):
        """With all that is not in the message itself; points, unless the page has this version of them."""
        state, buffers, points = self._session.state, [], None
        if message["type"] == "alive" and known != state.data.version:
            points = _parts(state.data)
            buffers.append(points.pop("points"))
        if own := _float32(state.own):
            buffers.append(own)
        self._post(message, buffers or None, points=points, responsibilities=bool(own))

    def _post(self, message, buffers=None, **more):
        always = {"undo_depth": self._session.undo_depth, "start": self._session.start_name}
        self.send(message | always | more, buffers)

    def _hear(self, _, message, buffers):
        """A page has sent something: whatever it is, the kernel survives it and answers."""
        if not isinstance(message, dict):
            return
        with self._lock:
            if message.get("type") == "hello":
                alive = {"type": "alive", "state": _json(self._session.state)}
                self._post_all(alive, known=message.get("version"))
            elif message.get("type") == "act":
                action = message.get("action")
                if action == "search":
                    self._search(message)
                    return
                try:
                    arguments = _arguments(action, _filled(message.get("args") or {}, buffers))
                    self._do(action, message, **arguments)
                except NotNow as reason:
                    self._refuse(message, notice=str(reason))
                except Exception as error:
                    self._refuse(message, error=self._explained(error, action))

    def _search(self, message):
        """Run EM from many starts of the present kind, and tell the page that asked where each ends."""
        try:
            count = as_count((message.get("args") or {}).get("count"), "count", most=MOST_STARTS)
            ends = [
                {
                    "mixture": _mixture_json(end.mixture),
                    "log_likelihood": float(end.log_likelihoods[-1]),
                    "converged": end.converged,
                }
                if isinstance(end, Fit)
                else {"mixture": None, "spread": getattr(end, "spread", None)}
                for end in self._session.ends(count)
            ]
        except Exception as error:
            self._refuse(message, error=self._explained(error, "search"))
        else:
            asked = {name: message.get(name) for name in ("client", "seq")}
            self.send({"type": "ends", "ends": ends} | asked)

    def _save(self):
        """Bring the traits up to date on the other side, for whoever saves the notebook with its widgets."""
        with self._lock:
            if self._saved is not self._session.state:
                points = [] if self._saved.data is self._session.data else PARTS
                self._saved = self._session.state
                self.send_state(["start", "state", "responsibilities", *points])

    def _refuse(self, message, **reason):
        self.send(
            {
                "type": "change",
                "what": "notice" if "notice" in reason else "error",
                "client": message.get("client"),
                "seq": message.get("seq"),
                "keep": 0,
                **reason,
            }
        )

    def _explained(self, error, action):
        """An exception as the page shows it."""
        where = self._session.running
        message = str(error)[:LONGEST_MESSAGE]
        report = {"title": f"{action} failed", "message": message, "line": None, "source": None}
        report |= {"where": where, "component": None}
        if where:
            report |= _raised(self._session.own_steps[where], error)
        elif isinstance(error, CollapsedComponent):
            report |= {"title": "Component collapsed", "component": error.component}
        return report


def _raised(function, error):
    """What a learner's function has raised, and where, as the page shows it."""
    line, source = _line_in(function, error)
    what = "was stopped" if isinstance(error, TooLong) else f"raised {type(error).__name__}"
    title, message = f"{name_of(function)} {what}", str(error)[:LONGEST_MESSAGE]
    return {"title": title, "message": message, "line": line, "source": source}


_explorers = weakref.WeakSet()


def _watch_cells(explorer):
    """Save the explorer's state after every cell: steps send what has changed, and nobody keeps that."""
    shell = get_ipython()
    if shell is not None and not _explorers:
        shell.events.register("post_run_cell", _save_all)
    _explorers.add(explorer)


def _save_all(_=None):
    for explorer in list(_explorers):
        explorer._save()


ARGUMENTS = {  # what each action takes from a page
    "e": dict,
    "m": dict,
    "step": dict,
    "undo": dict,
    "reset": dict,
    "go": lambda iteration: {"iteration": iteration},
    "k": lambda k: {"k": k},
    "start": lambda name: {"start": name},
    "place": lambda mixture, gesture: {"mixture": _mixture(mixture), "gesture": gesture},
    "take": lambda mixture: {"mixture": _mixture(mixture)},
    "points": lambda edits, gesture=None: {"edits": [_edit(edit) for edit in edits], "gesture": gesture},
    "family": lambda family: {"family": family},
    "data": lambda points: _points(points),
    "adopt": lambda state, points=None: _adopted(state) | _points(points),
}
PARTS = (
    "points",
    "n",
    "d",
    "center",
    "scale",
    "axes",
    "labels",
    "features",
    "version",
)  # of a Data, for a page


def _arguments(action, args):
    """What a page has sent, checked: arguments for `Session.do`. Raises for anything else."""
    if action not in ARGUMENTS:
        raise ValueError(f"there is no action {action!r}.")
    return ARGUMENTS[action](**args)


def _filled(args, buffers):
    """`args` with the points that a message carries as bytes."""
    if not buffers or not isinstance(args.get("points"), dict):
        return args
    return args | {"points": args["points"] | {"X": np.frombuffer(buffers[0], "<f8")}}


def _mixture(parts):
    return Mixture(**{name: np.array(parts[name], float) for name in ("weights", "means", "covariances")})


def _edit(parts):
    """{"add": points} or {"remove": indices}, of lists."""
    return {name: list(parts[name]) for name in ("add", "remove") if name in parts}


def _points(parts):
    """Points of a page that has gone ahead -> arguments of `Session._adopt`."""
    if parts is None:
        return {}
    d = as_count(parts["d"], "d")
    features = [str(name) for name in parts["features"]]
    return {"X": np.reshape(np.array(parts["X"], float), (-1, d)), "features": features}


def _parts(data):
    """A Data as a page takes it."""
    X, features = data.X, list(data.features)
    center, scale = _box(X)
    return {
        "points": ((X - center) / scale).astype("<f4").tobytes(),
        "n": data.n,
        "d": data.d,
        "center": center.tolist(),
        "scale": scale.tolist(),
        "axes": _principal_axes(X) if data.d > 2 else [],
        "labels": _axis_labels(data.d, features),
        "features": features,
        "version": data.version,
    }


def _adopted(parts):
    """The time line of a page that has gone ahead; what can be computed is not taken on trust."""
    entries = []
    for entry in parts["entries"]:
        kind = as_choice(entry["kind"], "kind", KINDS)
        bound = entry["bound"] if is_finite_number(entry["bound"]) else None
        entries.append(Entry(kind, _mixture(entry["mixture"]), math.nan, bound))
    last = len(entries) - 1
    iteration = as_count(parts["iteration"], "iteration", least=0, most=last)
    colored = as_count(parts["colored"], "colored", least=-1, most=last)
    return {"family": parts["family"], "entries": entries, "iteration": iteration, "colored": colored}


def _json(state):
    return {
        "family": state.family,
        "entries": [_entry_json(entry) for entry in state.entries],
        "iteration": state.iteration,
        "colored": state.colored,
    }


def _mixture_json(mixture):
    return {name: getattr(mixture, name).tolist() for name in ("weights", "means", "covariances")}


def _entry_json(entry):
    return {
        "kind": entry.kind,
        "mixture": _mixture_json(entry.mixture),
        "log_likelihood": entry.log_likelihood,
        "bound": entry.bound,
    }


def _counted(count, what):
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _float32(values):
    return b"" if values is None else values.astype("<f4").tobytes()


def _common(before, after):
    """How many entries two time lines share at their beginning."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((i for i, (old, new) in pairs if old is not new), min(len(before), len(after)))


def _box(X):
    """Center and scale (d,) that bring X (n, d) into [-1, 1]: float32 keeps what matters, wherever X lies."""
    center = X.mean(axis=0)
    largest = np.abs(X - center).max(axis=0)
    _, exponents = np.frexp(largest)
    return center, np.ldexp(1.0, exponents)  # powers of two, so that scaling rounds nothing


def _principal_axes(X):
    """The two orthonormal directions in which X (n, d) spreads most, their largest entries positive."""
    centered = X - X.mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    axes = directions[:, :-3:-1].T
    signs = np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])
    return (axes * signs[:, None]).tolist()


def _features(d, labels, columns):
    """The names of the d features: those that were given, those of the columns, or none."""
    if labels is None:
        return [] if columns is None else [str(column) for column in columns]
    try:
        names = [labels] if isinstance(labels, str) else list(labels)
    except TypeError:
        names = []
    if isinstance(labels, str) or len(names) != d or not all(isinstance(name, str) for name in names):
        wanted = "1 string, the name of the feature" if d == 1 else f"{d} strings, one a feature"
        raise ValueError(f"labels must be a list of {wanted}; it is {shown(labels)}.")
    return [str(name) for name in names]


def _axis_labels(d, features):
    """What the drawn coordinates are called."""
    if d > 2:
        return ["principal axis 1", "principal axis 2"]
    return features or [f"feature {i}" for i in range(d)]


def _line_in(function, error):
    """Where in the learner's file or cell it went wrong: line number and text, or None and None."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(frame.lineno, frame.line) for frame in frames if code and frame.filename == code.co_filename]
    return lines[-1] if lines else (None, None)
