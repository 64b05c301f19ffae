// A session belongs to one widget model and to all its views. With a kernel, Python owns the state: the page asks, shows
// what it is told, and shows its own drags and scrubs at once until the kernel has confirmed them. Without one, the
// session does everything itself, by em.js.
import { dataFrom, edited, float32, traitsOf } from "./data.js";
import { CollapsedComponent, eStep, inspectPoint, lowerBound, projectMixture, randomSource } from "./em.js";
import { reached } from "./link.js";
import { grouped, inSlices, runs } from "./search.js";
import { collapseSentence, endSentence, remedies, sentence, standsStill, stoppedSentence } from "./sentences.js";
import { END_GAIN, Notice, entryFrom, nextState, stateFrom, stateTo } from "./state.js";

const PLAY_EVERY = 400; // milliseconds, at first
const PLAY_FASTER = 0.9; // times as long from step to step, after the first few
const PLAY_SLOWLY = 10; // steps
const PLAY_AT_LEAST = 40; // milliseconds
const HAND_EVERY = 100; // milliseconds after which the kernel hears of a drag: not while the frame is made
const UNDO_DEPTH = 100;
const PROGRESS_EVERY = 500; // milliseconds after which it is told how far a long run has come

/** E-steps by points and mixture: the last two are kept, that of the mixture shown and that of the colors, and their room. */
function eSteps() {
  let known = []; // { X, mixture, responsibilities, logLikelihood }, the latest first
  return ({ X, d, n }, mixture) => {
    let found = known.find((one) => one.mixture === mixture && one.X === X);
    if (!found) {
      const room = known.length < 2 ? null : known.pop().responsibilities;
      const fits = room?.length === n * mixture.weights.length;
      found = { X, mixture, ...eStep(X, d, mixture, fits ? room : null) };
    }
    known = [found, ...known.filter((one) => one !== found)];
    return found;
  };
}

export function connect({ model, signal }) {
  const first = dataFrom((name) => model.get(name));
  const ownSteps = model.get("own") ?? {}; // names of the learner's own functions
  const evaluated = eSteps();
  const client = Math.random().toString(36).slice(2); // which page a message comes from
  const listeners = new Set();

  // `settled` is what the kernel has said, or what was done here without one; `ahead` a drag or scrub not yet confirmed
  let settled = { state: stateFrom(model.get("state"), first), own: ownResponsibilities(model.get("responsibilities")) };
  let ahead = null;
  let undoStack = []; // what to go back to without a kernel
  let undoDepth = 0; // how far the kernel can go back
  let lastGesture = null; // the drag that the newest entry of undoStack belongs to
  let kernel = "none";
  let introduced = false; // the kernel has answered, once
  let touched = false; // something was done here that the kernel does not know
  let [asked, answered] = [0, 0]; // numbers of the last message sent, and of the last one answered
  let nextByHand = null; // what a hand does, { action, args }, while it is not time to send it
  let handTimer = null;
  const byHand = new Map(); // number of a message of that kind, on its way -> { mixture, data } that it makes
  const versions = new Map([[first.version, first]]); // the kernel's numbers for points -> those that came by here
  let missed = null; // the kernel's message that could not be followed, and for which all was asked again
  let note = null; // what there is to say, { what, text }, of what is on its way
  const sentData = new Map(); // number of a message with points, on its way -> { data }
  let stored = first; // the points that the traits hold
  // what came of many starts: { ends, count, isOver, isStopped, iteration (of the run under way), seq (of the question to a
  // kernel), data, family, k, from }, the latter the mixture shown at their beginning
  let search = null;
  let stopSearch = () => {};
  let timer = null;
  let playing = false;
  let played = 0; // steps since then
  const flats = new WeakMap(); // of mixtures, for data of more than two dimensions

  const memory = {
    random: randomSource(model.get("seed")), // of many starts
    seed: model.get("seed"), // of the next start that is drawn
    opening: settled.state, // what the page came with: a link may begin there
    start: model.get("start") || "random_points",
    responsibilities,
    logLikelihood: (data, mixture) => evaluated(data, mixture).logLikelihood,
    get followsDrags() {
      return !(kernel === "alive" && ownSteps.e_step); // one's own E-step runs in the kernel, when asked
    },
  };

  const current = () => ahead ?? settled;

  function ownResponsibilities(view) {
    return view && view.byteLength ? Float64Array.from(float32(view)) : null;
  }

  function responsibilities(state = current().state) {
    if (state.colored < 0) return null;
    const { mixture } = state.entries[state.colored];
    const own = current().own;
    if (own && own.length === state.data.n * mixture.weights.length) return own;
    return evaluated(state.data, mixture).responsibilities;
  }

  function emit(event) {
    for (const listener of [...listeners]) listener({ text: "", ...event });
  }

  function remember(old, action, gesture) {
    if (action === "go" || settled.state === old.state || action === "e" && old.state.colored === old.state.iteration) return;
    const isByHand = action === "place" || action === "points";
    if (isByHand && gesture !== undefined && gesture !== null && gesture === lastGesture) return;
    lastGesture = isByHand ? gesture : null;
    undoStack = [...undoStack.slice(1 - UNDO_DEPTH), old];
  }

  /** Into the traits, for a notebook that is saved with its widgets; nothing is sent. */
  function store() {
    const { data } = settled.state;
    if (data !== stored) for (const [name, value] of Object.entries(traitsOf(data))) model.set(name, value);
    stored = data;
    model.set("state", stateTo(settled.state));
  }

  // --- without a kernel

  function doHere(action, args) {
    const old = settled, remarks = [];
    try {
      if (action === "undo") {
        if (!undoStack.length) throw new Notice("There is nothing to undo.");
        settled = undoStack.at(-1);
        undoStack = undoStack.slice(0, -1);
        lastGesture = null;
      } else {
        const state = action === "open" ? opened(args, remarks) : nextState(old.state, action, args, memory);
        const as = ({ entries, colored }) => entries[colored]; // whose responsibilities they are
        settled = { state, own: action !== "e" && as(state) === as(old.state) ? old.own : null };
        remember(old, action, args.gesture);
      }
    } catch (error) {
      return fail(error, action);
    }
    touched = true;
    store();
    const remark = remarks.join(" "), text = withNote(action, sentence(action, settled.state, old.state));
    return emit({ what: action, text: `${remark} ${text}`.trim(), remark });
  }

  /** What is said of points, after what whoever read them has to say; what is said of an end that is taken. */
  function withNote(action, text) {
    if (note?.what !== action) return text;
    const said = action === "data" ? `${note.text} ${text}` : note.text;
    note = null;
    return said;
  }

  /** The state that a link leads to. */
  function opened({ link }, remarks) {
    const { state, remarks: told } = reached(link, settled.state, memory);
    remarks.push(...told);
    return state;
  }

  function remediesHere() {
    const { data, family, entries, iteration } = current().state;
    return remedies(data, entries[iteration].mixture, family);
  }

  function fail(error, action) {
    pause();
    if (error instanceof Notice) return emit({ what: "notice", text: error.message });
    const collapsed = error instanceof CollapsedComponent;
    const title = collapsed ? "Component collapsed" : `${action} failed`;
    const component = collapsed ? error.component : null;
    const report = { title, message: error.message, line: null, source: null, where: null, hint: collapsed ? remediesHere() : "" };
    return emit({ what: "error", text: error.message, component, error: { ...report, component } });
  }

  // --- with a kernel

  function send(message, seq = null, buffers = []) {
    try {
      model.send({ ...message, client, seq }, undefined, buffers);
      return true;
    } catch {
      kernelGone(); // a dead kernel's comm throws
      return false;
    }
  }

  function ask(action, args, buffers = []) {
    asked += 1;
    return send({ type: "act", action, args }, asked, buffers);
  }

  /** What a hand does is shown at once; the kernel hears of the newest place, and of all points, a little later. */
  function doByHand(action, args) {
    const before = current().state;
    try {
      ahead = { state: nextState(before, action, args, memory), own: null };
    } catch (error) {
      return fail(error, action);
    }
    if (nextByHand && (nextByHand.action !== action || nextByHand.args.gesture !== args.gesture)) sendByHand();
    const edits = action === "points" ? { edits: [...(nextByHand?.args.edits ?? []), ...args.edits] } : {};
    nextByHand = { action, args: { ...args, ...edits } };
    handTimer ??= setTimeout(() => {
      handTimer = null;
      if (!byHand.size) sendByHand();
    }, HAND_EVERY);
    return emit({ what: action, text: sentence(action, ahead.state, before) });
  }

  function go(args) {
    sendByHand();
    const state = nextState(current().state, "go", args, memory);
    ahead = { state, own: null };
    ask("go", args);
    return emit({ what: "go", text: sentence("go", state) });
  }

  function sendByHand() {
    clearTimeout(handTimer);
    handTimer = null;
    if (!nextByHand) return;
    const { action, args } = nextByHand;
    nextByHand = null;
    const { data, entries, iteration } = ahead.state;
    byHand.set(asked + 1, { mixture: action === "place" ? args.mixture : entries[iteration].mixture, data });
    ask(action, args);
  }

  /** The points of a change that the kernel tells of; null if something was missed on the way to them. */
  function dataOf({ version, base, edits, what }, old, mine) {
    if (version === old.version) return old;
    if (mine && (what === "points" || what === "data")) return { ...mine.data, version };
    return versions.get(version) ?? (edits && base === old.version ? edited(old, edits, version) : null);
  }

  function receive(message, buffers) {
    if (message.type === "alive") return greeted(message, buffers);
    if (message.type === "ends") {
      answered = Math.max(answered, message.client === client ? message.seq : 0);
      if (message.client !== client || search?.seq !== message.seq || search.isOver || isStale()) return emit({ what: "search" });
      return endSearch(message.ends.map(({ mixture, log_likelihood, converged, spread }) => (mixture ? { mixture, logLikelihood: log_likelihood, isCapped: !converged } : { collapsed: true, spread })));
    }
    if (message.type !== "change") return undefined;
    kernel = "alive";
    const old = settled;
    const { keep, iteration, colored, what } = message;
    const mine = message.client === client;
    const placed = mine ? byHand.get(message.seq) : undefined;
    const sent = mine ? sentData.get(message.seq) : undefined;
    if (mine) sentData.delete(message.seq);
    const data = message.error || message.notice ? old.state.data : dataOf(message, old.state.data, placed ?? sent);
    if (keep > old.state.entries.length || !data) { // something was missed: ask for all of it
      missed = what;
      if (mine) answered = Math.max(answered, message.seq);
      return hello();
    }
    if (!message.error && !message.notice) {
      versions.set(data.version, data);
      const entries = [...old.state.entries.slice(0, keep), ...message.entries.map(entryFrom)];
      if (placed) entries.at(-1).mixture = placed.mixture; // the same numbers: their E-step is known
      const own = message.responsibilities ? ownResponsibilities(buffers[0]) : message.same_responsibilities ? old.own : null;
      settled = { state: { data, family: message.family, entries, iteration, colored }, own };
      undoDepth = message.undo_depth;
      memory.start = message.start;
      if (what === "undo") undoStack = undoStack.slice(0, -1);
      else remember(old, what, message.gesture);
      store();
    }
    if (mine) {
      answered = Math.max(answered, message.seq);
      byHand.delete(message.seq);
      if (!byHand.size && handTimer === null) sendByHand();
      if (answered === asked && !nextByHand) ahead = null;
    }
    if (message.error) {
      note = null;
      pause();
      return emit({ what: "error", text: `${message.error.title}: ${message.error.message}`, component: message.error.component, error: message.error });
    }
    if (message.notice) {
      pause();
      return emit({ what: "notice", text: message.notice });
    }
    if (placed) return undefined; // it is on the screen already
    const text = withNote(what, sentence(what, settled.state, old.state));
    emit({ what, text: message.remark ? `${text} ${message.remark}`.trim() : text, remark: message.remark });
    return keepPlaying(what, old.state);
  }

  function hello() {
    return send({ type: "hello", version: settled.state.data.version });
  }

  function greeted(message, buffers) {
    const was = kernel, before = settled.state.data;
    kernel = "alive";
    if (touched && !introduced) ask("adopt", adopted()); // done here while the kernel was busy
    else {
      const { points } = message;
      const data = points ? dataFrom((name) => (name === "points" ? buffers[0] : points[name])) : settled.state.data;
      versions.set(data.version, data);
      settled = { state: stateFrom(message.state, data), own: message.responsibilities ? ownResponsibilities(buffers.at(-1)) : null };
      undoDepth = message.undo_depth;
      memory.start = message.start;
      if (asked === answered && !nextByHand) ahead = null;
      store();
    }
    introduced = true;
    touched = false;
    const what = missed ?? (settled.state.data !== before ? "data" : null);
    missed = null;
    if (was !== "alive") emit({ what: "kernel" });
    if (what) emit({ what, text: withNote(what, sentence(what, settled.state)) });
  }

  function adopted() {
    const { data } = settled.state;
    const points = data.version === null ? { X: Array.from(data.X), d: data.d, features: data.features } : null;
    return { state: stateTo(settled.state), points };
  }

  /** Points go as bytes: as text they may be more than a message holds. */
  function askForData(data) {
    const { X, d, features } = data;
    sentData.set(asked + 1, { data });
    return ask("data", { points: { d, features } }, [X.slice().buffer]);
  }

  function kernelGone() {
    if (kernel === "none") return;
    kernel = "none";
    haltSearch();
    settled = current();
    [ahead, nextByHand] = [null, null];
    byHand.clear();
    sentData.clear();
    clearTimeout(handTimer);
    handTimer = null;
    answered = asked;
    pause();
    store();
    emit({ what: "kernel", text: "The kernel has gone; the explorer goes on without it." });
  }

  // --- many starts

  /** Run EM from many starts: in the kernel, or here in slices of time. What a later change makes stale is dropped. */
  function beginSearch({ count }) {
    stopSearch();
    const { data, family, entries, iteration } = current().state;
    const from = entries[iteration].mixture, k = from.weights.length;
    search = { ends: [], count, isOver: false, isStopped: false, iteration: 0, seq: null, data, family, k, from };
    if (kernel === "alive" && ask("search", { count })) {
      search.seq = asked;
      return emit({ what: "waiting" });
    }
    const options = { k, family, start: memory.start, random: memory.random, count };
    let told = performance.now();
    stopSearch = inSlices(runs(data, options), (found) => {
      const isEnd = typeof found === "object", now = performance.now();
      search = isEnd ? { ...search, iteration: 0, ends: [...search.ends, found] } : { ...search, iteration: found };
      if (!isEnd && now - told < PROGRESS_EVERY) return;
      told = now;
      emit({ what: "search" });
    }, () => endSearch(search.ends));
    return emit({ what: "search", text: `Trying ${count} starts.` });
  }

  /** No more runs: the ends found so far stay, and none is taken. A kernel cannot be interrupted: it is not listened to. */
  function haltSearch() {
    if (!search || search.isOver) return;
    stopSearch();
    search = { ...search, isOver: true, isStopped: true };
    emit({ what: "search", text: stoppedSentence(search) });
  }

  /** The highest end is shown at once, unless something else was done meanwhile: undo goes back. */
  function endSearch(ends) {
    search = { ...search, ends, isOver: true };
    const [best, ...others] = grouped(ends);
    if (!best) return emit({ what: "search", text: `All ${ends.length} runs collapsed. ${collapseSentence(ends.map(({ spread }) => spread ?? null))} ${remediesHere()}` });
    const text = endSentence(best, [best, ...others], ends.length);
    const { entries, iteration } = current().state;
    emit({ what: "search", text: entries[iteration].mixture === search.from ? "" : text.replace("Taken: t", "T") });
    if (entries[iteration].mixture === search.from) act("take", { mixture: best.mixture, note: text });
    return undefined;
  }

  /** Ends are of these points, this family and number of components, or they are no longer shown. */
  function isStale() {
    const { data, family, entries, iteration } = current().state;
    return search && (search.data.X !== data.X || search.family !== family || search.k !== entries[iteration].mixture.weights.length);
  }

  // --- playing

  function play() {
    if (playing) return;
    playing = true;
    played = 0;
    emit({ what: "play", text: "Playing." });
    act("step");
  }

  function keepPlaying(what, before) {
    if (!playing || what !== "step") return;
    const { entries, iteration } = settled.state;
    const gain = entries[iteration].logLikelihood - before.entries[before.iteration].logLikelihood;
    if (gain <= END_GAIN * settled.state.data.n) pause(sentence("converged", settled.state));
    else {
      played += 1;
      timer = setTimeout(() => act("step"), Math.max(PLAY_AT_LEAST, PLAY_EVERY * PLAY_FASTER ** Math.max(0, played - PLAY_SLOWLY)));
    }
  }

  function pause(text = "") {
    if (!playing) return;
    playing = false;
    clearTimeout(timer);
    emit({ what: "pause", text });
  }

  function act(action, args = {}) {
    if (action === "play") return play();
    if (action === "pause") return pause("Paused.");
    if (action === "search") return beginSearch(args);
    if (action === "halt") return haltSearch();
    if (action !== "step") pause();
    if (kernel === "alive" && (action === "place" || action === "points")) return doByHand(action, args);
    if (kernel === "alive" && action === "go") return go(args);
    sendByHand();
    const { note: said, ...told } = args;
    note = said ? { what: action, text: said } : null;
    const asks = () => (action === "data" ? askForData(args.data) : ask(action, told));
    if (kernel === "alive" && asks()) return emit({ what: "waiting" });
    const before = settled.state;
    doHere(action, args);
    return keepPlaying(action, before);
  }

  model.on("msg:custom", receive);
  model.on("comm_live_update", () => {
    kernelGone();
    introduced = false;
    if (model.kernel !== false) hello();
  });
  if (model.kernel !== false) hello();
  signal?.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(handTimer);
    stopSearch();
  });

  return {
    own: ownSteps,
    isPage: model.kernel === false, // a page of its own, with an address
    opening: memory.opening,
    act,
    get search() {
      if (isStale()) {
        stopSearch();
        search = null;
      }
      return search;
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get data() {
      return current().state.data;
    },
    inspect(i) {
      const { X, d } = this.data;
      return inspectPoint(X.subarray(i * d, i * d + d), this.mixture);
    },
    get state() {
      const { state } = current();
      return { ...state, k: state.entries[state.iteration].mixture.weights.length };
    },
    get mixture() {
      const { entries, iteration } = current().state;
      return entries[iteration].mixture;
    },
    get flatMixture() {
      return this.flatOf(current().state.iteration);
    },
    flatOf(i) {
      const { data: { d, axes, center }, entries } = current().state;
      const { mixture } = entries[i];
      if (d <= 2) return mixture;
      if (!flats.has(mixture)) flats.set(mixture, projectMixture(mixture, axes, center));
      return flats.get(mixture);
    },
    get responsibilities() {
      return responsibilities();
    },
    get fresh() {
      return current().state.colored === current().state.iteration;
    },
    get still() {
      return standsStill(current().state);
    },
    get logLikelihood() {
      const { entries, iteration } = current().state;
      return entries[iteration].logLikelihood;
    },
    get bound() {
      const { data: { X, d }, entries, iteration, colored } = current().state;
      if (colored === iteration && !current().own) return entries[iteration].logLikelihood;
      if (colored === iteration) return lowerBound(X, d, entries[iteration].mixture, current().own);
      return colored >= 0 ? (entries[iteration].bound ?? NaN) : NaN;
    },
    get draggable() {
      return current().state.data.d <= 2;
    },
    get start() {
      return memory.start;
    },
    get kernel() {
      return kernel;
    },
    get waiting() {
      return kernel === "alive" && answered < asked && !ahead;
    },
    get playing() {
      return playing;
    },
    get canUndo() {
      return kernel === "alive" ? undoDepth > 0 || ahead !== null : undoStack.length > 0;
    },
  };
}
