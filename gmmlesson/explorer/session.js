// A session belongs to one widget model and to all its views. With a kernel, Python owns the state: the page asks, shows
// what it is told, and shows its own drags and scrubs at once until the kernel has confirmed them. Without one, the
// session does everything itself, by em.js.
import { dataFrom, float32 } from "./data.js";
import { CollapsedComponent, eStep, inspectPoint, lowerBound, projectMixture, randomSource } from "./em.js";
import { sentence, standsStill } from "./sentences.js";
import { Notice, entryFrom, nextState, stateFrom, stateTo } from "./state.js";

const PLAY_EVERY = 400; // milliseconds
const PLACE_EVERY = 100; // milliseconds after which the kernel hears of a drag: not while the frame is made
const GOOD_ENOUGH = 1e-6; // gain in log-likelihood a point, in nats, at which playing stops
const UNDO_DEPTH = 100;

/** E-steps by mixture: the last two are kept, that of the mixture shown and that of the colors, and their room. */
function eSteps(X, d) {
  let known = []; // { mixture, responsibilities, logLikelihood }, the latest first
  return (mixture) => {
    let found = known.find((one) => one.mixture === mixture);
    if (!found) {
      const room = known.length < 2 ? null : known.pop().responsibilities;
      const fits = room?.length === (X.length / d) * mixture.weights.length;
      found = { mixture, ...eStep(X, d, mixture, fits ? room : null) };
    }
    known = [found, ...known.filter((one) => one !== found)];
    return found;
  };
}

export function connect({ model, signal }) {
  const data = dataFrom(model);
  const { X, d } = data;
  const center = model.get("center");
  const axes = model.get("axes");
  const evaluated = eSteps(X, d);
  const client = Math.random().toString(36).slice(2); // which page a message comes from
  const listeners = new Set();

  // `settled` is what the kernel has said, or what was done here without one; `ahead` a drag or scrub not yet confirmed
  let settled = { state: stateFrom(model.get("state")), own: ownResponsibilities(model.get("responsibilities")) };
  let ahead = null;
  let undoStack = []; // what to go back to without a kernel
  let undoDepth = 0; // how far the kernel can go back
  let lastGesture = null; // the drag that the newest entry of undoStack belongs to
  let kernel = "none";
  let introduced = false; // the kernel has answered, once
  let touched = false; // something was done here that the kernel does not know
  let [asked, answered] = [0, 0]; // numbers of the last message sent, and of the last one answered
  let nextPlace = null; // the newest of a drag's places, while it is not time to send it
  let placeTimer = null;
  const placing = new Map(); // number of a message -> the mixture that it places, on its way
  let timer = null;
  let playing = false;
  const flats = new WeakMap(); // of mixtures, for data of more than two dimensions

  const memory = {
    random: randomSource(model.get("seed")),
    start: model.get("start") || "random_points",
    responsibilities,
    logLikelihood: (mixture) => evaluated(mixture).logLikelihood,
    get followsDrags() {
      return !(kernel === "alive" && data.own.e_step); // one's own E-step runs in the kernel, when asked
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
    if (own && own.length === data.n * mixture.weights.length) return own;
    return evaluated(mixture).responsibilities;
  }

  function emit(event) {
    for (const listener of [...listeners]) listener({ text: "", ...event });
  }

  function remember(old, action, gesture) {
    if (action === "go" || action === "e" && old.state.colored === old.state.iteration) return;
    if (action === "place" && gesture === lastGesture) return;
    lastGesture = action === "place" ? gesture : null;
    undoStack = [...undoStack.slice(1 - UNDO_DEPTH), old];
  }

  function store() {
    model.set("state", stateTo(settled.state)); // for a notebook that is saved with its widgets; nothing is sent
  }

  // --- without a kernel

  function doHere(action, args) {
    const old = settled;
    try {
      if (action === "undo") {
        if (!undoStack.length) throw new Notice("There is nothing to undo.");
        settled = undoStack.at(-1);
        undoStack = undoStack.slice(0, -1);
        lastGesture = null;
      } else {
        const state = nextState(data, old.state, action, args, memory);
        const as = ({ entries, colored }) => entries[colored]; // whose responsibilities they are
        settled = { state, own: action !== "e" && as(state) === as(old.state) ? old.own : null };
        remember(old, action, args.gesture);
      }
    } catch (error) {
      return fail(error, action);
    }
    touched = true;
    store();
    return emit({ what: action, text: sentence(action, settled.state, old.state) });
  }

  function fail(error, action) {
    pause();
    if (error instanceof Notice) return emit({ what: "notice", text: error.message });
    const collapsed = error instanceof CollapsedComponent;
    const title = collapsed ? "Component collapsed" : `${action} failed`;
    const component = collapsed ? error.component : null;
    const report = { title, message: error.message, line: null, source: null, where: null };
    return emit({ what: "error", text: error.message, component, error: { ...report, component } });
  }

  // --- with a kernel

  function send(message, seq = null) {
    try {
      model.send({ ...message, client, seq });
      return true;
    } catch {
      kernelGone(); // a dead kernel's comm throws
      return false;
    }
  }

  function ask(action, args) {
    asked += 1;
    return send({ type: "act", action, args }, asked);
  }

  function place(args) {
    const before = current().state;
    try {
      const state = nextState(data, before, "place", args, memory);
      ahead = { state, own: null };
    } catch (error) {
      return fail(error, "place");
    }
    nextPlace = args;
    placeTimer ??= setTimeout(() => {
      placeTimer = null;
      if (!placing.size) sendPlace();
    }, PLACE_EVERY);
    return emit({ what: "place", text: sentence("place", ahead.state, before) });
  }

  function go(args) {
    sendPlace();
    const state = nextState(data, current().state, "go", args, memory);
    ahead = { state, own: null };
    ask("go", args);
    return emit({ what: "go", text: sentence("go", state) });
  }

  function sendPlace() {
    clearTimeout(placeTimer);
    placeTimer = null;
    if (!nextPlace) return;
    const args = nextPlace;
    nextPlace = null;
    placing.set(asked + 1, args.mixture);
    ask("place", args);
  }

  function receive(message, buffers) {
    if (message.type === "alive") return greeted(message, buffers);
    if (message.type !== "change") return undefined;
    kernel = "alive";
    const old = settled;
    const { keep, iteration, colored, what } = message;
    const mine = message.client === client;
    const placed = mine ? placing.get(message.seq) : undefined;
    if (keep > old.state.entries.length) return send({ type: "hello" }); // something was missed: ask for all of it
    if (!message.error && !message.notice) {
      const entries = [...old.state.entries.slice(0, keep), ...message.entries.map(entryFrom)];
      if (placed) entries.at(-1).mixture = placed; // the same numbers: their E-step is known
      const own = message.responsibilities ? ownResponsibilities(buffers[0]) : message.same_responsibilities ? old.own : null;
      settled = { state: { entries, iteration, colored }, own };
      undoDepth = message.undo_depth;
      memory.start = message.start;
      if (what === "undo") undoStack = undoStack.slice(0, -1);
      else remember(old, what, message.gesture);
      store();
    }
    if (mine) {
      answered = Math.max(answered, message.seq);
      placing.delete(message.seq);
      if (!placing.size && placeTimer === null) sendPlace();
      if (answered === asked && !nextPlace) ahead = null;
    }
    if (message.error) {
      pause();
      return emit({ what: "error", text: `${message.error.title}: ${message.error.message}`, component: message.error.component, error: message.error });
    }
    if (message.notice) {
      pause();
      return emit({ what: "notice", text: message.notice });
    }
    if (placed) return undefined; // it is on the screen already
    const text = sentence(what, settled.state, old.state);
    emit({ what, text: message.remark ? `${text} ${message.remark}`.trim() : text, remark: message.remark });
    return keepPlaying(what, old.state);
  }

  function greeted(message, buffers) {
    const was = kernel;
    kernel = "alive";
    if (touched && !introduced) ask("adopt", { state: stateTo(settled.state) }); // done here while the kernel was busy
    else {
      settled = { state: stateFrom(message.state), own: message.responsibilities ? ownResponsibilities(buffers[0]) : null };
      undoDepth = message.undo_depth;
      memory.start = message.start;
      if (asked === answered && !nextPlace) ahead = null;
      store();
    }
    introduced = true;
    touched = false;
    if (was !== "alive") emit({ what: "kernel" });
  }

  function kernelGone() {
    if (kernel === "none") return;
    kernel = "none";
    settled = current();
    [ahead, nextPlace] = [null, null];
    placing.clear();
    clearTimeout(placeTimer);
    placeTimer = null;
    answered = asked;
    pause();
    store();
    emit({ what: "kernel", text: "The kernel has gone; the explorer goes on without it." });
  }

  // --- playing

  function play() {
    if (playing) return;
    playing = true;
    emit({ what: "play", text: "Playing." });
    act("step");
  }

  function keepPlaying(what, before) {
    if (!playing || what !== "step") return;
    const { entries, iteration } = settled.state;
    const gain = entries[iteration].logLikelihood - before.entries[before.iteration].logLikelihood;
    if (gain <= GOOD_ENOUGH * data.n) pause("Converged.");
    else timer = setTimeout(() => act("step"), PLAY_EVERY);
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
    if (action !== "step") pause();
    if (kernel === "alive" && action === "place") return place(args);
    if (kernel === "alive" && action === "go") return go(args);
    sendPlace();
    if (kernel === "alive" && ask(action, args)) return emit({ what: "waiting" });
    const before = settled.state;
    doHere(action, args);
    return keepPlaying(action, before);
  }

  model.on("msg:custom", receive);
  model.on("comm_live_update", () => {
    kernelGone();
    introduced = false;
    if (model.kernel !== false) send({ type: "hello" });
  });
  if (model.kernel !== false) send({ type: "hello" });
  signal?.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(placeTimer);
  });

  return {
    data,
    act,
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    inspect: (i) => inspectPoint(X.subarray(i * d, i * d + d), current().state.entries[current().state.iteration].mixture),
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
      const { mixture } = current().state.entries[i];
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
      const { entries, iteration, colored } = current().state;
      if (colored === iteration && !current().own) return entries[iteration].logLikelihood;
      if (colored === iteration) return lowerBound(X, d, entries[iteration].mixture, current().own);
      return colored >= 0 ? (entries[iteration].bound ?? NaN) : NaN;
    },
    draggable: d <= 2,
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
