"""What an explorer is in, and what can be done to it; session.js is its twin without a kernel.

A state is a time line of mixtures, the place on it that is shown, and whose responsibilities color the
points. Every action makes a new state from the old one, or raises and leaves it.
"""

from dataclasses import dataclass, replace

import numpy as np

from gmmlesson import initialization, validation
from gmmlesson.collapse import CollapsedComponent, resolution
from gmmlesson.em import Fit, e_step, m_step
from gmmlesson.families import FAMILIES
from gmmlesson.fit import fit_many
from gmmlesson.mixture import Mixture, as_mixture, log_sum_exp

STARTS = {
    "random_points": initialization.random_points,
    "kmeans_plus_plus": initialization.kmeans_plus_plus,
    "kmeans": initialization.kmeans,
}
KINDS = ("start", "m", "hand", "family", "end")
ACTIONS = (  # of a Session
    "e", "m", "step", "go", "place", "take", "points", "data", "family",
    "reset", "start", "k", "set", "adopt", "undo",
)  # fmt: skip
BY_HAND = ("place", "points")  # actions of which one drag makes many
MOST_COMPONENTS = 8  # as many as there are colors
UNDO_DEPTH = 100
OWN_LIMIT = 10  # seconds of the processor's time for one call of the learner's function
AGAIN = "If you have changed it since, run this cell again."
END_GAIN = 1e-8  # in log-likelihood a point, in nats: below it a run has come to its end, as in `fit`
MOST_ITERATIONS = 1000  # of each of many runs


class NotNow(ValueError):
    """An action that makes no sense in the present state."""


class TooLong(RuntimeError):
    """The learner's function was stopped after its time was up."""


@dataclass(frozen=True, eq=False)
class Data:
    """Points. X: (n, d), read only; features: their names, or (); version: no other points have it."""

    X: np.ndarray
    features: tuple = ()
    version: int = 0

    @property
    def n(self):
        """How many points there are."""
        return len(self.X)

    @property
    def d(self):
        """How many features each has."""
        return self.X.shape[1]

    @property
    def most(self):
        """The largest number of components."""
        return min(MOST_COMPONENTS, self.n)


@dataclass(frozen=True, eq=False)
class Entry:
    """A place on the time line.

    kind            "start", "m" (an M-step made it), "hand" (it was dragged or set), "family" (it was
                    projected) or "end" (another run of EM ended there)
    mixture         Mixture
    log_likelihood  of that mixture, in nats
    bound           the lower bound right after the M-step, before its E-step; None for the other kinds
    run             the Fit that ended there, where that is known; else None
    """

    kind: str
    mixture: Mixture
    log_likelihood: float
    bound: float | None = None
    run: Fit | None = None


@dataclass(frozen=True, eq=False)
class State:
    """data: the points; family: of the covariances that an M-step makes; entries: the time line.

    iteration: the entry shown; colored: the entry whose E-step was last, or -1; own: the responsibilities
    (n, k) that the learner's own E-step gave for entry `colored`, or None.
    """

    data: Data
    family: str
    entries: tuple
    iteration: int = 0
    colored: int = -1
    own: np.ndarray | None = None

    @property
    def shown(self):
        """The entry that is shown."""
        return self.entries[self.iteration]


class Session:
    """The state of one explorer and its history.

    Raises ValueError, in one sentence, for data, k, start, family or seed that make no sense, and TypeError
    for steps that are not functions.
    """

    def __init__(self, X, k=3, *, start=None, e_step=None, m_step=None, family="full", seed=0, features=()):
        data = Data(_kept(validation.as_data(X)), tuple(features or ()))
        family = validation.as_choice(family, "family", FAMILIES)
        self.own_steps = {"e_step": _as_function(e_step, "e_step"), "m_step": _as_function(m_step, "m_step")}
        self.rng = np.random.default_rng(validation.as_count(seed, "seed", least=0))
        self.start_name = "random_points"
        self.remark = None  # what the last action has to say besides its result
        self.running = None  # "e_step" or "m_step" while the learner's own is at work
        self.edits = None  # what the last action did to the points, where it was by hand
        self._ends = []  # what `ends` found last
        self._versions = 0  # how many sets of points there have been besides the first
        self._past = []
        self._gesture = None
        self.state = self._started(self.start_name if start is None else start, k, data, family)

    # --- what there is to see

    @property
    def data(self):
        """The points that are shown, a Data."""
        return self.state.data

    @property
    def X(self):
        """The points that are shown, (n, d)."""
        return self.state.data.X

    @property
    def n(self):
        """How many points are shown."""
        return self.state.data.n

    @property
    def d(self):
        """How many features they have."""
        return self.state.data.d

    @property
    def most(self):
        """The largest number of components."""
        return self.state.data.most

    @property
    def family(self):
        """Of the covariances that an M-step makes."""
        return self.state.family

    @property
    def mixture(self):
        """The mixture that is shown."""
        return self.state.shown.mixture

    @property
    def fit(self):
        """The run of EM that led to the mixture shown -> Fit, from the last start, placing by hand or family.

        Where the end of another run was taken, it begins with that run.
        """
        run = [self.state.shown]
        for entry in reversed(self.state.entries[: self.state.iteration]):
            if run[0].kind != "m":
                break
            run.insert(0, entry)
        earlier = run[0].run
        if earlier is not None and len(run) == 1:
            return earlier
        log_likelihoods = np.array([entry.log_likelihood for entry in run])
        converged = len(run) > 1 and abs(log_likelihoods[-1] - log_likelihoods[-2]) <= END_GAIN * self.n
        mixtures = tuple(entry.mixture for entry in run)
        if earlier is not None:
            mixtures = (earlier.mixtures[0], mixtures[-1])  # of a run of many there is no more
            log_likelihoods = np.concatenate([earlier.log_likelihoods[:-1], log_likelihoods])
        return Fit(mixtures, log_likelihoods, bool(converged))

    @property
    def undo_depth(self):
        """How many actions can be undone."""
        return len(self._past)

    def ends(self, count):
        """Where EM goes from `count` starts of the present kind -> for each a Fit, or what stopped it."""
        k, family = self.mixture.k, self.family
        starts = [start_from(self.start_name, self.X, k, self.rng, family) for _ in range(count)]
        self._ends = fit_many(self.X, starts, family=family, tol=END_GAIN, max_iter=MOST_ITERATIONS)
        return self._ends

    # --- what can be done

    def do(self, action, **arguments):
        """Do one of ACTIONS by name; what it raises leaves the state as it was."""
        validation.as_choice(action, "action", ACTIONS)
        before, gesture = self.state, arguments.get("gesture")
        self.remark = self.running = self.edits = None
        try:
            getattr(self, f"_{action}")(**arguments)
        except BaseException:
            self.state = before
            raise
        if action == "undo":
            self._gesture = None
        elif not self._is_small(action, before, gesture):
            self._past = [*self._past[1 - UNDO_DEPTH :], before]
            self._gesture = gesture

    def _is_small(self, action, before, gesture):
        """Whether there is nothing to come back from: a look elsewhere, nothing new, more of one drag."""
        if action in BY_HAND and gesture is not None and gesture == self._gesture:
            return True
        return action == "go" or self.state is before

    def _e(self):
        state = self.state
        own_e_step = self.own_steps["e_step"]
        if own_e_step is None:
            if state.colored != state.iteration or state.own is not None:
                self.state = replace(state, colored=state.iteration, own=None)
            return
        name = name_of(own_e_step)
        answer = self._call("e_step", self.X.copy(), self.mixture)
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise TypeError(
                f"{name} must return (responsibilities, log-likelihood); "
                f"it returned {validation.shown(answer)}. {AGAIN}"
            )
        own = validation.as_responsibilities(answer[0], self.n)
        if own.shape[1] != self.mixture.k:
            raise ValueError(
                f"responsibilities must have {self.mixture.k} columns, one a component; "
                f"it has {own.shape[1]}."
            )
        self.state, self.running = replace(state, colored=state.iteration, own=own.copy()), None
        truth = state.shown.log_likelihood
        if not validation.is_finite_number(answer[1]) or abs(answer[1] - truth) > 1e-6 * max(1, abs(truth)):
            self.remark = (
                f"{name} reports the log-likelihood {validation.shown(answer[1])}; "
                f"that of this mixture is {truth:.6g}."
            )

    def _m(self):
        state = self.state
        if state.colored < 0:
            raise NotNow("M needs responsibilities: press E first.")
        if state.colored != state.iteration:
            raise NotNow("M has used these responsibilities already: press E first.")
        r = e_step(self.X, self.mixture)[0] if state.own is None else state.own
        own_m_step = self.own_steps["m_step"]
        if own_m_step is None:
            try:
                mixture = m_step(self.X, r, family=self.family)
            except CollapsedComponent as collapse:
                raise collapse.but(iteration=state.iteration + 1) from None
        else:
            mixture = self._checked(self._call("m_step", self.X.copy(), r.copy()), name_of(own_m_step))
            self.running = None
        entry = Entry("m", mixture, *self._likelihoods(mixture, r))
        self.state = replace(state, entries=(*self._so_far(), entry), iteration=state.iteration + 1)

    def _call(self, step, *arguments):
        """What the learner's own "e_step" or "m_step" returns, if it comes to an end."""
        from gmmlesson.exercises.time_limit import PATIENCE, TooSlow, inside, time_limit

        self.running, answer, trace = step, None, None
        with time_limit(OWN_LIMIT) as limit:
            try:
                answer = inside(self.own_steps[step], *arguments)
            except TooSlow as slow:
                trace = slow.__traceback__
        if limit.struck:
            seconds = OWN_LIMIT * (PATIENCE if limit.waited else 1)
            sentence = f"It is too slow, or endless: after {seconds:g} seconds it was stopped."
            raise TooLong(sentence).with_traceback(trace)
        return answer

    def _checked(self, mixture, name):
        """What the learner's M-step returned, if it is a mixture that can stand in for the one shown."""
        if not isinstance(mixture, Mixture):
            raise TypeError(f"{name} must return a Mixture; it returned {validation.shown(mixture)}. {AGAIN}")
        if mixture.means.shape != self.mixture.means.shape:
            raise ValueError(
                f"{name} must return {self.mixture.k} components in {self.d} dimensions; "
                f"it returned {mixture.k} in {mixture.d}."
            )
        return mixture

    def _step(self):
        if self.state.colored != self.state.iteration:
            self._e()
        self._m()
        self._e()

    def _go(self, iteration):
        last = len(self.state.entries) - 1
        iteration = max(0, min(last, validation.as_count(iteration, "iteration", least=-last - 1)))
        if iteration != self.state.iteration:
            self.state = replace(self.state, iteration=iteration, colored=self._follows(iteration), own=None)

    def _place(self, mixture, gesture=None):
        self._refuse_unfit(mixture)
        state = self.state
        again = state.shown.kind == "hand" and state.iteration == len(state.entries) - 1
        before = state.entries[:-1] if again else self._so_far()
        entries, last = (*before, self._entry("hand", mixture)), len(before)
        self.state = State(state.data, state.family, entries, last, self._follows(last))

    def _take(self, mixture):
        """Where another run of EM has ended, one of `ends` or one that a page has found."""
        self._refuse_unfit(mixture)
        state = self.state
        again = state.shown.kind == "end" and state.iteration == len(state.entries) - 1
        before = state.entries[:-1] if again else self._so_far()
        found = (end for end in self._ends if isinstance(end, Fit) and _are_one(end.mixture, mixture))
        run = next(found, None)
        entry = self._entry("end", mixture if run is None else run.mixture)
        entries, last = (*before, replace(entry, run=run)), len(before)
        self.state = State(state.data, state.family, entries, last, self._follows(last))

    def _points(self, edits, gesture=None):
        """Points added or taken away, in order; the time line begins anew, since its numbers were of others.

        edits: each {"add": (m, d) points} or {"remove": indices of points}.
        """
        if self.d > 2:
            raise NotNow("Points can be set by hand in one or two dimensions only.")
        X = self.X
        for edit in edits:
            if gone := list(edit.get("remove", ())):
                X = np.delete(
                    X, [validation.as_count(i, "a point", least=0, most=len(X) - 1) for i in gone], 0
                )
            if len(more := edit.get("add", ())):
                X = np.vstack([X, validation.as_data(more, self.d)])
        k = self.mixture.k
        if len(X) < k:
            raise NotNow(
                "1 component needs at least 1 point."
                if k == 1
                else f"{k} components need at least {k} points."
            )
        data = self._new(X, self.data.features)
        entry = Entry("hand", self.mixture, self.mixture.log_likelihood(data.X))
        self.state, self.edits = State(data, self.family, (entry,), 0, self._follows(0)), edits

    def _data(self, X, features=()):
        """Other points altogether, and a start among them."""
        data = self._new(validation.as_data(X), features)
        self.state = self._started(self.start_name, min(self.mixture.k, data.most), data)

    def _new(self, X, features):
        self._versions += 1
        return Data(_kept(X), tuple(features or ()), self._versions)

    def _family(self, family):
        """The mixture shown, projected to another family; an M-step makes one of it from now on."""
        family = validation.as_choice(family, "family", FAMILIES)
        state = self.state
        if family == state.family:
            return
        mixture = state.shown.mixture
        covariances = FAMILIES[family](mixture.covariances, mixture.weights)
        projected = Mixture(mixture.weights, mixture.means, covariances, family)
        entries, last = (*self._so_far(), self._entry("family", projected)), state.iteration + 1
        self.state = State(state.data, family, entries, last, self._follows(last))

    def _follows(self, iteration):
        """`iteration` where colors follow by themselves; one's own E-step runs only when asked for."""
        return iteration if self.own_steps["e_step"] is None else -1

    def _reset(self):
        self.state = State(self.state.data, self.state.family, self.state.entries[:1])

    def _start(self, start):
        self.state = self._started(start, self.mixture.k)

    def _k(self, k):
        self.state = self._started(self.start_name, k)

    def _set(self, mixture):
        """A mixture from the kernel: it is placed by hand; with another k it is a new start."""
        as_mixture(mixture)
        if mixture.k == self.mixture.k:
            self._place(mixture)
        else:
            self.state = self._started(mixture, mixture.k)

    def _adopt(self, family, entries, iteration, colored, X=None, features=()):
        """What a page has made while the kernel was busy; log-likelihoods are computed again.

        X: the points, if they are not the kernel's; the rest as in State.
        """
        family = validation.as_choice(family, "family", FAMILIES)
        data = self.data if X is None else self._new(validation.as_data(X), features)
        k = entries[0].mixture.k
        validation.as_count(k, "the number of components", most=data.most)
        for entry in entries:
            self._refuse_unfit(entry.mixture, k=k, d=data.d)
        entries = [replace(entry, log_likelihood=entry.mixture.log_likelihood(data.X)) for entry in entries]
        colored = colored if self.own_steps["e_step"] is None else -1
        self.state = State(data, family, tuple(entries), iteration, colored)

    def _undo(self):
        if not self._past:
            raise NotNow("There is nothing to undo.")
        self.state = self._past.pop()

    # --- parts

    def _so_far(self):
        return self.state.entries[: self.state.iteration + 1]

    def _entry(self, kind, mixture):
        return Entry(kind, mixture, mixture.log_likelihood(self.X))

    def _likelihoods(self, mixture, r):
        """The log-likelihood of `mixture`, and its lower bound by the responsibilities r (n, k), in nats."""
        log_joint = mixture.log_joint(self.X)
        used = r > 0
        terms = np.where(used, log_joint, 0) - np.log(np.where(used, r, 1))
        bound = float((r * terms).sum())
        return float(log_sum_exp(log_joint).sum()), bound if np.isfinite(bound) else None

    def _refuse_unfit(self, mixture, k=None, d=None):
        k, d = k or self.mixture.k, d or self.d
        if (mixture.k, mixture.d) != (k, d):
            raise ValueError(
                f"mixture must have {k} components in {d} dimensions; it has {mixture.k} in {mixture.d}."
            )

    def _started(self, start, k, data=None, family=None):
        """The state that begins at `start`: a Mixture, or the name of one of STARTS for k components."""
        data, family = data or self.data, family or self.family
        if isinstance(start, Mixture):
            validation.as_count(start.k, "the number of components", most=data.most)
            validation.as_data(data.X, start.d)
            mixture = start.projected(family)
        else:
            name = validation.as_choice(start, "start", STARTS)
            of = ", the number of points" if data.most < MOST_COMPONENTS else ", the number of colors"
            k = validation.as_count(k, "k", most=data.most, of=of)
            mixture = start_from(name, data.X, k, self.rng, family)
            self.start_name = name
        return State(data, family, (Entry("start", mixture, mixture.log_likelihood(data.X)),))


def start_from(name, X, k, rng, family="full"):
    """The start of that name, k components; where X (n, d) has no spread, one that can be looked at."""
    try:
        means = STARTS[name](X, k, rng).means
        return initialization.from_centers(X, means, family=family)
    except ValueError:  # the points do not spread in every direction, or fewer than k differ
        different, spread = np.unique(X, axis=0), _spread(X)
        j = np.arange(k)
        means = rng.permutation(different)[j % len(different)]
        means[:, 0] += j // len(different) * spread[0]  # those that share a point stand beside one another
        covariance = FAMILIES[family](np.diag(spread**2)[None], np.ones(1))[0]
        return Mixture(np.full(k, 1 / k), means, np.tile(covariance, (k, 1, 1)), family)


def _spread(X):
    """The standard deviation of every feature, (d,); where there is none, a length that can be seen."""
    smallest = 1e3 * resolution(X)
    sd = X.std(axis=0)
    return np.where(sd > smallest, sd, np.maximum(1, smallest))


def _kept(X):
    """A copy of X that nobody can change."""
    X = np.array(X, float)
    X.flags.writeable = False
    return X


def _are_one(mixture, other):
    """Are these the same numbers?"""
    names = ("weights", "means", "covariances")
    return all(np.array_equal(getattr(mixture, name), getattr(other, name)) for name in names)


def name_of(function):
    """What to call the learner's function."""
    return getattr(function, "__name__", type(function).__name__)


def _as_function(function, name):
    return function if function is None else validation.as_function(function, name)
