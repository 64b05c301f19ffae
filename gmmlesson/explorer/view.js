// The explorer as one sees it: builds the page's elements, draws at most once a frame, and turns what the
// learner does into session.act(...). It keeps no mixture of its own; only what is pointed at and predicted.
import { covarianceOf, movedMean, stretched, turned, withCovariance } from "./em.js";
import { isNothing, readable } from "./session.js";
import { markerStamp, mixedColor, numberText, paintPoints, paletteFor, pixelPositions, plotScales, pointLook, rgbText, sharedFor } from "./paint.js";
import { dataCovariance, drawAxes, drawCurves, drawEllipses, drawHandles, drawMeans, drawPredictions, drawRing, drawTrails, gripAt, histogramOf, reachOf, screenComponents, upRoom, withinBox } from "./overlay.js";
import { drawChart, entryAt, gainOf } from "./chart.js";
import { buildInspector, create, namedText, updateInspector, vectorText } from "./inspector.js";

const GLIDE = 240; // milliseconds in which ellipses move to their new places
const PATIENCE = 300; // milliseconds before it is said that the kernel is being waited for
const REST = 500; // milliseconds without a key after which it is said where a component has come to
const REACH = 12; // pixels: how near a point has to be to be looked at
const STALE_FADE = 0.6;
const STARTS_SHOWN = { random_points: "random points", kmeans_plus_plus: "k-means++", kmeans: "k-means" };
const KEYS = [
  ["Tab", "to a component; then the arrows move it, Shift and arrows stretch it, [ and ] turn it"],
  ["e  m  s", "E-step, M-step, one step of both"], ["space", "play or pause, from the picture or a component; on a button, space presses it"],
  ["Home  End", "start and end of the time line"], ["z  r", "undo, reset"],
];
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
let newestGesture = 0;
let viewCount = 0; // for ids that no other view on the page has

/** Show a session in `el`. Returns a function that takes everything away again. */
export function draw({ session, el, signal }) {
  const ending = new AbortController();
  const view = new ExplorerView(session, ending.signal);
  el.append(view.root);
  const end = () => {
    ending.abort();
    view.root.remove();
  };
  signal?.addEventListener("abort", end, { once: true });
  return end;
}

/** Is this a shortcut of the browser or the system? */
function isShortcut({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** A number for one drag or one press of a key; larger than any before, in this page or an earlier one. */
function viewGesture() {
  newestGesture = Math.max(newestGesture + 1, Date.now());
  return newestGesture;
}

/** Jupyter takes keys away from everything that does not carry this attribute. */
function focusable(tag, attributes, ...children) {
  return create(tag, { ...attributes, "data-lm-suppress-shortcuts": "true" }, ...children);
}

class ExplorerView {
  constructor(session, signal) {
    Object.assign(this, { session, signal });
    this.isFlat1D = session.data.d === 1;
    this.active = null; // the component in hand
    this.hovered = null; // the point under the mouse, and the one chosen by a click or by keys
    this.pinned = null;
    this.predictions = null; // positions in drawn coordinates while predict mode is on
    this.revealed = null; // and where the means stood once M has shown them
    this.gesture = null;
    this.pending = ""; // what will be said when the hand rests
    this.held = null; // what the picture's frame holds besides the points: the start, and a mixture set since
    this.frames = 0;
    this.dirty = { points: true, scene: true, panels: true };
    this.shown = null; // the mixture on its way: what a glide has reached
    this.glide = null;
    this.closed = 1; // how far the gap between bound and log-likelihood is closed
    this.components = []; // on the screen, see screenComponents
    this.build();
    this.listen();
    this.readTheme();
    this.rebuildComponents();
  }

  // ---- Elements ----

  build() {
    const { data } = this.session;
    const button = (id, label, hint) => focusable("button", { type: "button", class: "em-button", "data-testid": `em-${id}`, title: hint }, label);
    this.buttons = {
      e: button("e", "E-step", "Whose is each point? Responsibilities from the mixture shown (key e)"),
      m: button("m", "M-step", "The mixture that fits best, given the responsibilities (key m)"),
      step: button("step", "Step", "One iteration: E and M (key s)"),
      play: button("play", "Play", "Step until nothing is gained any more (space)"),
      undo: button("undo", "Undo", "Take back the last step or drag (key z)"),
      reset: button("reset", "Reset", "Back to the start (key r)"),
      redraw: button("redraw", "Redraw", "A new start of this kind"),
      predict: button("predict", "Predict", "Mark where you think the means will go at the next M"),
    };
    this.buttons.predict.setAttribute("aria-pressed", "false");
    const choice = (id, options) => focusable("select", { class: "em-select", "data-testid": `em-${id}` }, ...options.map(([value, text]) => create("option", { value }, text)));
    this.k = choice("k", Array.from({ length: data.maxK }, (_, i) => [i + 1, i + 1]));
    this.start = choice("start", Object.entries(STARTS_SHOWN));
    const { e, m, step, play, undo, reset, redraw, predict } = this.buttons;
    const group = (name, ...children) => create("div", { class: "em-group", role: "group", "aria-label": name }, ...children);
    const bar = create("div", { class: "em-bar" },
      group("One half step", e, m), group("Steps", step, play), group("Back", undo, reset),
      group("Game", predict),
      group("Set-up", create("label", { class: "em-label" }, "components ", this.k), create("label", { class: "em-label" }, "start ", this.start), redraw));

    const canvas = (id) => create("canvas", { class: "em-canvas", "aria-hidden": "true", "data-testid": `em-${id}` });
    this.canvases = { points: canvas("points"), axes: canvas("axes"), overlay: canvas("overlay") };
    this.handles = create("div", { class: "em-handles" });
    this.stale = create("div", { class: "em-stale" });
    const up = create("span", { class: "em-axis", "aria-hidden": "true", title: data.labels[1] ?? "" }, data.labels[1] ?? "");
    this.picture = create("div", { class: "em-picture" }, create("div", { class: "em-over" }, up, this.stale));
    const axes = data.labels.length > 1 ? `${data.labels[0]} across, ${data.labels[1]} up` : `${data.labels[0]} across`;
    this.stage = create("div", { class: "em-stage", "data-testid": "em-stage", role: "group", "aria-label": `Picture: ${axes}` }, ...Object.values(this.canvases), this.handles);
    this.picture.append(this.stage);
    if (this.isFlat1D) this.stage.classList.add("em-is-flat");

    this.value = create("span", { class: "em-big" });
    this.change = create("span", { class: "em-change" });
    this.count = create("span", { class: "em-detail" });
    this.chart = create("canvas", { class: "em-chart", "aria-hidden": "true" });
    this.timeline = focusable("div", {
      class: "em-timeline", "data-testid": "em-timeline", role: "slider", tabindex: "0",
      "aria-label": "Time line: iteration shown", "aria-valuemin": "0",
    }, this.chart);
    this.raised = create("span", { class: "em-raised" });
    this.gap = create("span", { class: "em-gap" });
    this.gainTexts = [create("span"), create("span")];
    this.gain = create("div", { class: "em-gain", "data-testid": "em-gain" },
      create("div", { class: "em-gain-bar", "aria-hidden": "true" }, this.raised, this.gap), create("div", { class: "em-gain-texts" }, ...this.gainTexts));
    const trace = create("section", { class: "em-panel", "aria-label": "Log-likelihood" },
      create("div", { class: "em-head" }, create("span", { class: "em-title" }, "Log-likelihood"), this.count),
      create("div", { class: "em-reading" }, this.value, this.change), this.timeline, this.gain);
    this.inspector = buildInspector();
    this.inspector.point.setAttribute("aria-valuemax", String(data.n - 1));
    this.score = create("section", { class: "em-panel em-score", "aria-label": "Prediction", hidden: "" });
    this.side = create("div", { class: "em-side" }, trace, this.score, this.inspector.panel);

    this.error = create("div", { class: "em-error", "data-testid": "em-error", role: "alert" });
    const hint = this.session.draggable ? "Drag a mean; stretch and turn an ellipse by its handles. Then E, M, E, M." : "Press E, M, E, M and watch.";
    this.status = create("div", { class: "em-status", "data-testid": "em-status", role: "status", "aria-live": "polite" }, hint);
    this.kernel = create("div", { class: "em-kernel", "data-testid": "em-kernel" });
    viewCount += 1;
    this.keysId = `em-keys-${viewCount}`;
    const keys = create("dl", { id: this.keysId, class: "em-keys" }, ...KEYS.map(([key, use]) => create("div", {}, create("dt", {}, key), create("dd", {}, use))));
    const help = create("details", { class: "em-help" }, focusable("summary", { "data-testid": "em-keys" }, "Keys"), keys);
    this.probe = create("span", { class: "em-probe", "aria-hidden": "true" });
    const inner = create("div", { class: "em-inner" }, bar, this.error, create("div", { class: "em-main" }, this.picture, this.side),
      create("div", { class: "em-floor" }, this.status, this.kernel, help), this.probe);
    this.root = focusable("div", { class: "em-explorer", "data-testid": "em-explorer", tabindex: "-1", role: "group", "aria-label": "EM explorer" }, inner);
    this.root.session = this.session;
  }

  /** One focusable element a component, at its mean, and pointer targets at the ends of its axes. */
  rebuildComponents() {
    const { k } = this.session.state;
    if (this.targets?.length === k && Boolean(this.predictions) === this.targets.forPrediction) return;
    const focused = this.targets?.findIndex(({ mean }) => mean === document.activeElement) ?? -1;
    this.active = this.active !== null && this.active < k ? this.active : null;
    this.targets = Array.from({ length: k }, (_, j) => (this.predictions ? this.predictionTarget(j) : this.componentTarget(j)));
    this.targets.forPrediction = Boolean(this.predictions);
    this.handles.replaceChildren(...this.targets.flatMap(({ ends }) => ends.map(({ element }) => element)), ...this.targets.map(({ mean }) => mean));
    if (focused >= 0) this.targets[Math.min(focused, k - 1)].mean.focus({ preventScroll: true });
  }

  componentTarget(j) {
    const { draggable } = this.session;
    const mean = focusable("div", {
      class: "em-target", "data-testid": `em-component-${j}`, role: "slider", tabindex: "0", "aria-label": `component ${j}`, "aria-describedby": this.keysId,
      "aria-roledescription": draggable ? "movable component" : "component",
    });
    if (!draggable) mean.setAttribute("aria-readonly", "true");
    mean.addEventListener("focus", () => this.setActive(j));
    mean.addEventListener("blur", () => this.setActive(null));
    mean.addEventListener("pointerenter", () => this.gesture === null && this.setActive(j));
    mean.addEventListener("keydown", (event) => this.keyOnComponent(event, j));
    if (!draggable) return { mean, ends: [], grips: [] };
    const ends = (this.isFlat1D ? ["a"] : ["a", "b"]).flatMap((axis) => [1, -1].map((sign) => {
      const element = create("div", { class: "em-target em-end", "aria-hidden": "true", "data-testid": `em-handle-${j}-${axis}${sign < 0 ? "-opposite" : ""}` });
      element.addEventListener("pointerenter", () => this.gesture === null && this.setActive(j));
      return { element, axis, sign, j, move: (x, y) => this.moveEnd(j, axis, sign, x, y) };
    }));
    return { mean, ends, grips: [{ element: mean, isMean: true, j, move: (x, y) => this.moveMean(j, x, y) }, ...ends] };
  }

  predictionTarget(j) {
    const mean = focusable("div", {
      class: "em-target", "data-testid": `em-prediction-${j}`, role: "slider", tabindex: "0",
      "aria-label": `prediction for component ${j}`, "aria-roledescription": "movable mark",
    });
    mean.addEventListener("focus", () => this.setActive(j));
    mean.addEventListener("blur", () => this.setActive(null));
    mean.addEventListener("keydown", (event) => this.keyOnPrediction(event, j));
    const move = (x, y) => this.predict(j, this.toData(x, y));
    return { mean, ends: [], grips: [{ element: mean, isMean: true, j, move }] };
  }

  /** Drag what is nearest: under a finger several targets lie on top of each other. No jump at the start. */
  listenToDrags() {
    let held = null;
    this.handles.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || held) return;
      const [x, y] = this.onStage(event);
      const grip = this.gripNear(x, y);
      if (!grip) return;
      const { element, j } = grip;
      const [gx, gy] = this.centerOf(element);
      held = { grip, offset: [gx - x, gy - y], pointer: event.pointerId };
      this.gesture = viewGesture();
      this.hover(null);
      element.setPointerCapture(event.pointerId);
      this.targets[j].mean.focus({ preventScroll: true });
      this.setActive(j);
      event.preventDefault();
    });
    this.handles.addEventListener("pointermove", (event) => {
      if (event.pointerId !== held?.pointer) return;
      const [x, y] = this.onStage(event);
      held.grip.move(...withinBox([x + held.offset[0], y + held.offset[1]], this.box));
    });
    const release = (event) => {
      if (event.pointerId !== held?.pointer) return;
      held = null;
      this.gesture = null;
      this.sayPending();
      if (this.isReframed) this.frameData();
    };
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) this.handles.addEventListener(type, release);
  }

  /** What is dragged from (x, y): the nearest handle, a mean rather than an end where both are near. */
  gripNear(x, y) {
    let nearest = null, least = Infinity;
    for (const { grips } of this.targets) {
      for (const grip of grips) {
        const [gx, gy] = this.centerOf(grip.element);
        const distance = Math.hypot(gx - x, gy - y) - (grip.isMean ? 4 : 0);
        if (distance < least) { least = distance; nearest = grip; }
      }
    }
    return nearest;
  }

  centerOf(element) {
    const { left, top, width, height } = element.getBoundingClientRect(), stage = this.stage.getBoundingClientRect();
    return [left + width / 2 - stage.left, top + height / 2 - stage.top];
  }

  // ---- What the learner does ----

  listen() {
    const { session, signal, root } = this;
    const on = (target, type, handler) => target.addEventListener(type, handler, { signal });
    for (const name of ["e", "m", "step", "undo", "reset"]) {
      on(this.buttons[name], "click", () => this.buttons[name].getAttribute("aria-disabled") !== "true" && session.act(name));
    }
    on(this.buttons.play, "click", () => this.togglePlay());
    on(this.buttons.redraw, "click", () => session.act("start", { name: this.start.value }));
    on(this.buttons.predict, "click", () => this.setPredicting(!this.predictions));
    on(this.k, "change", () => session.act("k", { k: Number(this.k.value) }));
    on(this.start, "change", () => session.act("start", { name: this.start.value }));
    on(root, "keydown", (event) => this.keyAnywhere(event));
    on(root, "pointerdown", () => !root.contains(document.activeElement) && root.focus({ preventScroll: true })); // the keys are for us now
    on(this.timeline, "keydown", (event) => this.keyOnTimeline(event));
    on(this.inspector.point, "keydown", (event) => this.keyOnPoint(event));

    const scrub = (event) => {
      const { left, width } = this.chart.getBoundingClientRect();
      this.goTo(entryAt(session.state.entries, width, event.clientX - left));
    };
    on(this.timeline, "pointerdown", (event) => {
      if (event.button !== 0) return;
      this.timeline.setPointerCapture(event.pointerId);
      this.timeline.focus({ preventScroll: true });
      scrub(event);
    });
    on(this.timeline, "pointermove", (event) => this.timeline.hasPointerCapture(event.pointerId) && scrub(event));

    on(this.stage, "pointermove", (event) => {
      if (this.gesture !== null || event.pointerType !== "mouse") return;
      this.hover(this.handles.contains(event.target) ? null : this.pointNear(...this.onStage(event)));
    });
    on(this.stage, "pointerleave", () => {
      this.hover(null);
      if (this.gesture === null && !this.handles.contains(document.activeElement)) this.setActive(null);
    });
    on(this.stage, "click", (event) => {
      if (!this.handles.contains(event.target)) this.pin(this.pointNear(...this.onStage(event)));
    });

    this.listenToDrags();
    const stop = session.on((event) => this.onChange(event));
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(this.stage);
    sizes.observe(this.timeline);
    const themes = new MutationObserver(() => this.readTheme());
    for (const target of [document.documentElement, document.body]) themes.observe(target, { attributes: true });
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.readTheme());
    this.stillness = matchMedia("(prefers-reduced-motion: reduce)");
    signal.addEventListener("abort", () => {
      stop();
      sizes.disconnect();
      themes.disconnect();
      clearTimeout(this.waitTimer);
      clearTimeout(this.restTimer);
    });
  }

  togglePlay() {
    this.session.act(this.session.playing ? "pause" : "play");
  }

  goTo(iteration) {
    const last = this.session.state.entries.length - 1;
    const target = Math.max(0, Math.min(last, iteration));
    if (target !== this.session.state.iteration) this.session.act("go", { iteration: target });
  }

  keyAnywhere(event) {
    if (event.defaultPrevented || isShortcut(event) || event.target instanceof HTMLSelectElement) return;
    const isButton = event.target instanceof HTMLButtonElement || event.target.tagName === "SUMMARY";
    const act = {
      e: () => this.session.act("e"), m: () => this.session.act("m"), s: () => this.session.act("step"),
      z: () => this.session.act("undo"), r: () => this.session.act("reset"),
      " ": isButton ? null : () => this.togglePlay(),
      Home: () => this.goTo(0), End: () => this.goTo(this.session.state.entries.length - 1),
      Escape: this.pinned === null ? null : () => this.pin(null),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act) this.taken(event, act);
  }

  taken(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  keyOnTimeline(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (by && !isShortcut(event)) this.taken(event, () => this.goTo(this.session.state.iteration + by));
  }

  keyOnComponent(event, j) {
    if (!this.session.draggable) return;
    const move = isShortcut(event) ? undefined : MOVES[event.key];
    const turn = this.isFlat1D ? undefined : { "[": 1, "]": -1 }[event.key]; // on some keyboards typed with Alt or AltGr
    if (!move && !turn) return;
    this.taken(event, () => {
      if (!event.repeat || this.keyGesture === undefined) this.keyGesture = viewGesture();
      const { mean, axes } = this.onScreen(j);
      const gesture = this.keyGesture;
      if (turn) this.place(this.reshaped(j, turned(axes, (-turn * Math.PI) / 36)), gesture); // the screen's y points down
      else if (!event.shiftKey) this.moveMean(j, ...this.nudged(mean, move), gesture);
      else if (move[0]) this.place(this.reshaped(j, { ...axes, a: axes.a * 1.05 ** move[0] }), gesture);
      else if (!this.isFlat1D) this.place(this.reshaped(j, { ...axes, b: axes.b * 1.05 ** move[1] }), gesture);
    });
  }

  /** A position moved by 1 % of the picture. */
  nudged([x, y], [right, up]) {
    const { left, right: end, top, bottom } = this.box;
    return [x + 0.01 * right * (end - left), y - 0.01 * up * (bottom - top)];
  }

  keyOnPrediction(event, j) {
    const move = MOVES[event.key];
    if (!move || isShortcut(event)) return;
    this.taken(event, () => {
      this.predict(j, this.toData(...this.nudged(this.toScreen(this.predictions[j]), move)));
    });
  }

  /** Left and right walk through the points in order of their first coordinate; with Shift, ten at a time. */
  keyOnPoint(event) {
    const { n } = this.session.data;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!by || isShortcut(event)) return;
    this.taken(event, () => {
      const at = this.pinned === null ? (by > 0 ? -1 : n) : this.rankOf(this.pinned);
      this.pin(this.order[Math.max(0, Math.min(n - 1, at + by * (event.shiftKey ? 10 : 1)))]);
    });
  }

  /** Points from left to right, made when first asked for. */
  get order() {
    if (!this.sorted) { // ranks: where in this order each point stands
      const { n, flat } = this.session.data;
      const step = this.isFlat1D ? 1 : 2;
      this.sorted = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => flat[i * step] - flat[j * step] || i - j);
      this.ranks = new Uint32Array(n);
      this.sorted.forEach((i, rank) => { this.ranks[i] = rank; });
    }
    return this.sorted;
  }

  rankOf(i) {
    return this.order && this.ranks[i]; // asking for the order makes the ranks
  }

  hover(i) {
    if (i === this.hovered) return;
    this.hovered = i;
    this.redraw("scene", "panels");
  }

  pin(i) {
    this.pinned = i;
    this.redraw("scene", "panels");
  }

  setActive(j) {
    if (j === this.active || this.gesture !== null && j === null) return;
    this.active = j;
    this.redraw("scene", "panels");
  }

  pointNear(x, y) {
    if (!this.positions) return null;
    const { xs, ys } = this.positions, ratio = this.ratio, px = x * ratio, py = y * ratio;
    let nearest = null, least = (REACH * ratio) ** 2;
    for (let i = 0; i < xs.length; i++) {
      const distance = (xs[i] - px) ** 2 + (ys[i] - py) ** 2;
      if (distance < least) { least = distance; nearest = i; }
    }
    return nearest;
  }

  onStage(event) {
    const { left, top } = this.stage.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  toData(x, y) {
    return this.scales.y ? [this.scales.x.toValue(x), this.scales.y.toValue(y)] : [this.scales.x.toValue(x)];
  }

  toScreen([x, y]) {
    return [this.scales.x.toPixel(x), this.scales.y ? this.scales.y.toPixel(y) : this.base];
  }

  /** Component j where it is now, though it may still be gliding there in the picture. */
  onScreen(j) {
    return screenComponents(this.session.flatMixture, this.scales, this.base, this.components)[j];
  }

  moveMean(j, x, y, gesture = this.gesture) {
    this.place(movedMean(this.session.mixture, j, this.toData(x, y)), gesture);
  }

  moveEnd(j, axis, sign, x, y) {
    const { mean, axes } = this.onScreen(j);
    const point = [mean[0] + sign * (x - mean[0]), mean[1] + sign * (y - mean[1])]; // as if the other end had been taken
    const next = this.isFlat1D ? { ...axes, a: Math.max(Math.abs(x - mean[0]) / 2, 1) } : stretched(axes, axis, point, mean);
    this.place(this.reshaped(j, next));
  }

  /** The mixture with component j's axes, which are in pixels, changed. */
  reshaped(j, axes) {
    this.components[j].axes = axes; // so that the next picture keeps each axis on its handle
    const covariance = this.isFlat1D ? [[(axes.a / this.scales.x.factor) ** 2]] : dataCovariance(covarianceOf(axes), this.scales);
    return withCovariance(this.session.mixture, j, covariance);
  }

  place(mixture, gesture = this.gesture) {
    this.session.act("place", { mixture, gesture });
  }

  setPredicting(isOn) {
    this.predictions = isOn ? this.session.flatMixture.means.map((mean) => [...mean]) : null;
    this.revealed = null;
    this.buttons.predict.setAttribute("aria-pressed", String(isOn));
    this.say(isOn ? `Predict: ${this.task().replace("Put", "put")}` : "Predict is off.");
    this.redraw("scene", "panels");
  }

  /** What is to be done in predict mode. */
  task() {
    return `Put each question mark where you think its mean will go at the next M${this.session.fresh ? "" : " (press E first)"}.`;
  }

  predict(j, position) {
    if (this.revealed) { // the next round begins at where the means are now
      this.predictions = this.session.flatMixture.means.map((mean) => [...mean]);
      this.revealed = null;
    }
    this.predictions[j] = position;
    this.redraw("scene", "panels");
  }

  /** How far off each prediction is, in standard deviations of the points. */
  misses() {
    const { spread } = this.session.data;
    return this.session.flatMixture.means.map((mean, j) =>
      Math.hypot(...mean.map((value, axis) => (value - this.predictions[j][axis]) / (spread[axis] || 1))));
  }

  // ---- What the session says ----

  onChange(event) {
    const { what, text, remark } = event;
    if (what === "waiting" || what === "play" || what === "pause" || what === "kernel") {
      if (text) this.say(text);
      return this.redraw("panels");
    }
    if (what === "error") this.showError(event);
    else if (what !== "notice" && what !== "place") this.clearError();
    const judged = this.predictions ? this.followPrediction(what) : "";
    this.beginGlide(what);
    if (what === "error") this.say(`${event.error.title}.`); // the rest is read out from the alert
    else if (what === "place") this.sayAtRest(text);
    else if (text) this.say(judged ? `${text.replace(/\.$/, "")}. ${judged}` : text);
    this.status.classList.toggle("em-is-remark", Boolean(remark));
    this.reframe(what === "set");
    return this.redraw("points", "scene", "panels");
  }

  /** Judge the predictions after an M-step, in a sentence; forget them when the mixture has changed otherwise. */
  followPrediction(what) {
    if (what === "m" || what === "step") {
      this.revealed = this.session.flatMixture;
      return `Your predictions: ${this.misses().map((miss, j) => `component ${j} off by ${miss.toFixed(2)} sd`).join(", ")}.`;
    }
    if (what !== "e" && what !== "notice" && what !== "error") {
      this.predictions = this.session.flatMixture.means.map((mean) => [...mean]);
      this.revealed = null;
    }
    return "";
  }

  say(text) {
    clearTimeout(this.restTimer);
    this.pending = "";
    this.status.textContent = text;
  }

  /** Say it at the end of a drag, or when no key has followed for a while; until then what was said is over. */
  sayAtRest(text) {
    if (!text) return;
    this.say("");
    this.pending = text;
    if (this.gesture === null) this.restTimer = setTimeout(() => this.sayPending(), REST);
  }

  sayPending() {
    if (this.pending) this.say(this.pending);
  }

  showError({ error }) {
    const lines = [create("strong", { class: "em-error-title" }, error.title), create("p", { class: "em-error-message" }, error.message)];
    if (error.source) {
      const where = [error.where, error.line === null ? null : `line ${error.line}`].filter(Boolean).join(", ");
      lines.push(create("pre", { class: "em-error-source" }, `${where ? `${where}:  ` : ""}${error.source}`));
    }
    this.error.replaceChildren(...lines);
  }

  clearError() {
    this.error.replaceChildren();
  }

  // ---- Drawing ----

  /** Ellipses glide to where a step has put them; a drag and the time line are followed at once. */
  beginGlide(what) {
    const from = this.shown, to = this.session.flatMixture, { fresh } = this.session;
    const glides = ["m", "step", "undo", "reset", "e"].includes(what) && from && from.means.length === to.means.length && !this.stillness.matches;
    this.glide = glides ? { from, to, since: null, opens: !fresh, closesFrom: what === "e" ? this.closed : 1 } : null;
    if (!glides) this.closed = fresh ? 1 : 0;
    if (glides && !fresh) this.closed = 0;
  }

  /** Advance the glide to `now`; true while it goes on. */
  follow(now) {
    const to = this.session.flatMixture;
    if (!this.glide || this.glide.to !== to) {
      this.shown = to;
      this.glide = null;
      this.closed = this.session.fresh ? 1 : 0;
      return false;
    }
    const { from, opens, closesFrom } = this.glide;
    this.glide.since ??= now;
    const share = Math.min(1, (now - this.glide.since) / GLIDE), t = 1 - (1 - share) ** 3;
    const mix = (a, b) => (Array.isArray(a) ? a.map((value, i) => mix(value, b[i])) : a + t * (b - a));
    this.shown = share === 1 ? to : { weights: mix(from.weights, to.weights), means: mix(from.means, to.means), covariances: mix(from.covariances, to.covariances) };
    this.closed = opens ? 0 : closesFrom + (1 - closesFrom) * t;
    if (share === 1) this.glide = null;
    return share < 1;
  }

  redraw(...parts) {
    for (const part of parts) this.dirty[part] = true;
    if (this.asked || this.signal.aborted) return;
    this.asked = true;
    requestAnimationFrame((now) => {
      this.asked = false;
      if (!this.signal.aborted && this.box && this.theme) this.frame(now);
    });
  }

  frame(now) {
    const { dirty } = this;
    this.dirty = { points: false, scene: false, panels: false };
    const wasGliding = this.glide !== null;
    const goesOn = this.follow(now);
    if (dirty.points) this.paintAllPoints();
    if (dirty.scene || wasGliding) this.paintScene();
    if (dirty.panels) this.updatePanels();
    if (dirty.panels || wasGliding) this.updateGain();
    this.frames += 1;
    const { state, fresh, kernel } = this.session;
    Object.assign(this.root.dataset, { frames: this.frames, iteration: state.iteration, fresh, k: state.k, kernel });
    if (goesOn) this.redraw("scene");
  }

  resize() {
    const { width, height } = this.stage.getBoundingClientRect();
    if (width < 40 || height < 40) return;
    this.ratio = window.devicePixelRatio || 1;
    const fit = (canvas, w, h) => {
      const [pixelWidth, pixelHeight] = [Math.round(w * this.ratio), Math.round(h * this.ratio)];
      if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) Object.assign(canvas, { width: pixelWidth, height: pixelHeight });
      canvas.getContext("2d").setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    };
    for (const canvas of Object.values(this.canvases)) fit(canvas, width, height);
    const chart = this.chart.getBoundingClientRect();
    this.chartSize = [chart.width, chart.height];
    fit(this.chart, ...this.chartSize);
    Object.assign(this, { width, height, box: { left: this.isFlat1D ? 12 : 46, right: width - 12, top: 16, bottom: height - 40 } });
    this.base = this.isFlat1D ? this.box.bottom - 0.2 * (this.box.bottom - this.box.top) : null;
    const { radius, opacity } = pointLook(this.session.data.n);
    this.stamps = Array.from({ length: 8 }, (_, j) => markerStamp(j, radius * this.ratio, opacity));
    const points = this.canvases.points;
    this.image = new ImageData(points.width, points.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.held ??= { start: this.session.flatOf(0), set: null };
    this.frameData();
  }

  /** See to it that the frame holds the start, and what a cell has set; it stays where it is while something is dragged. */
  reframe(isSet = false) {
    const start = this.session.flatOf(0), set = isSet ? this.session.flatMixture : this.held?.start === start ? this.held.set : null;
    if (!this.box || this.held.start === start && this.held.set === set) return;
    this.held = { start, set };
    this.isReframed = true;
    if (this.gesture === null) this.frameData();
  }

  frameData() {
    this.isReframed = false;
    const { data } = this.session;
    const reaches = [this.held.start, this.held.set].filter(Boolean).map(reachOf);
    const reach = reaches[0].map((_, i) => [Math.min(...reaches.map((one) => one[i][0])), Math.max(...reaches.map((one) => one[i][1]))]);
    const fit = () => plotScales(data.flat, this.isFlat1D, this.box, reach);
    this.scales = fit();
    const left = this.isFlat1D ? 12 : Math.min(this.width / 3, Math.max(46, upRoom(this.canvases.axes.getContext("2d"), this.scales, this.box)));
    if (left !== this.box.left) {
      this.box = { ...this.box, left };
      this.scales = fit();
    }
    const band = this.isFlat1D && { top: this.base + 14, bottom: this.box.bottom - 6 };
    this.positions = pixelPositions(data.flat, this.isFlat1D, this.scales, this.ratio, band);
    if (this.isFlat1D) this.histogram = histogramOf(data.flat, this.scales.x);
    this.paintAxes();
    this.redraw("points", "scene", "panels");
  }

  /** Colors as the style sheet has them now: computed, so that Jupyter's theme counts. */
  readTheme() {
    const color = (name) => {
      this.probe.style.color = `var(--em-${name})`;
      return getComputedStyle(this.probe).color;
    };
    const channels = (text) => (text.match(/[\d.]+/g) ?? [255, 255, 255]).slice(0, 3).map(Number);
    if (!this.root.isConnected) return void requestAnimationFrame(() => !this.signal.aborted && this.root.isConnected && this.readTheme());
    const theme = Object.fromEntries(["paper", "ink", "muted", "faint", "line", "soft", "accent", "halo", "dot"].map((name) => [name, color(name)]));
    theme.paperRgb = channels(theme.paper);
    theme.dotRgb = channels(theme.dot);
    const [red, green, blue] = theme.paperRgb;
    const isDark = 0.299 * red + 0.587 * green + 0.114 * blue < 110;
    this.colors = paletteFor(isDark);
    this.shared = sharedFor(isDark);
    this.lineColors = this.colors.map((rgb) => mixedColor(rgb, channels(theme.ink), 0.35)); // stand out from points of their color
    if (JSON.stringify(theme) === JSON.stringify(this.theme)) return undefined;
    this.theme = theme;
    this.colors.forEach((rgb, j) => this.root.style.setProperty(`--em-component-${j}`, rgbText(rgb)));
    this.paintAxes();
    return this.redraw("points", "scene", "panels");
  }

  paintAxes() {
    if (!this.box || !this.theme) return;
    const { box, scales, theme } = this;
    const { labels } = this.session.data;
    drawAxes(this.canvases.axes.getContext("2d"), this.width, this.height, { box, scales, labels, theme });
  }

  paintAllPoints() {
    const { session, theme, colors, shared, positions, stamps } = this;
    const { width, height } = this.canvases.points;
    paintPoints(this.pixels, width, height, {
      ...positions, k: session.state.k, responsibilities: session.responsibilities, colors, shared,
      gray: theme.dotRgb, paper: theme.paperRgb, fade: session.fresh || session.still ? 0 : STALE_FADE, stamps,
    });
    this.canvases.points.getContext("2d").putImageData(this.image, 0, 0);
  }

  paintScene() {
    const ctx = this.canvases.overlay.getContext("2d");
    const { colors, lineColors, theme, active, session, box, scales, base } = this;
    ctx.clearRect(0, 0, this.width, this.height);
    const previous = this.components.length === session.state.k ? this.components : [];
    this.components = screenComponents(this.shown, scales, base, previous);
    const { components } = this;
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, 0, this.width - box.left, box.bottom + (this.isFlat1D ? 12 : 0));
    ctx.clip();
    if (this.isFlat1D) {
      drawCurves(ctx, { box, base, scales, histogram: this.histogram, mixture: this.shown, components, colors, theme, active });
    } else {
      drawTrails(ctx, this.trails(), lineColors);
      drawEllipses(ctx, components, colors, lineColors, theme, active);
    }
    ctx.restore();
    if (session.draggable && !this.predictions) drawHandles(ctx, components, this.isFlat1D ? ["a"] : ["a", "b"], box, lineColors, theme, active);
    if (this.predictions) { // below the means and their numbers
      const marks = this.predictions.map((position) => this.toScreen(position));
      drawPredictions(ctx, marks, components, colors, theme, Boolean(this.revealed));
    }
    drawMeans(ctx, components, box, colors, theme, active);
    const seen = this.hovered ?? this.pinned;
    if (seen !== null) drawRing(ctx, [this.positions.xs[seen] / this.ratio, this.positions.ys[seen] / this.ratio], theme);
    this.placeTargets();
  }

  trails() {
    const { entries, iteration, k } = this.session.state;
    return Array.from({ length: k }, (_, j) => {
      const path = [];
      for (let i = 0; i < iteration; i++) path.push(this.toScreen(this.session.flatOf(i).means[j]));
      return entries.length > 1 ? [...path, this.components[j].mean] : [];
    });
  }

  placeTargets() {
    this.rebuildComponents();
    const put = (element, position) => {
      const [x, y] = withinBox(position, this.box);
      element.style.transform = `translate(${x}px, ${y}px)`;
    };
    this.targets.forEach(({ mean, ends }, j) => {
      mean.classList.toggle("em-is-active", j === this.active);
      put(mean, this.predictions ? this.toScreen(this.predictions[j]) : this.components[j].mean);
      for (const { element, axis, sign } of ends) {
        element.classList.toggle("em-is-active", j === this.active);
        put(element, gripAt(this.components[j], axis, sign, this.box));
      }
    });
  }

  updatePanels() {
    const { session, buttons } = this;
    const { state, fresh, data } = session;
    const { entries, iteration, k, colored } = state;
    const last = entries.length - 1;
    this.rebuildComponents();
    this.k.value = String(k);
    if (session.start && document.activeElement !== this.start) this.start.value = session.start;
    buttons.play.textContent = session.playing ? "Pause" : "Play";
    buttons.undo.setAttribute("aria-disabled", String(!session.canUndo)); // not `disabled`: that would take the focus away
    buttons.reset.setAttribute("aria-disabled", String(last === 0 && colored < 0));
    buttons.e.classList.toggle("em-is-next", !fresh);
    buttons.m.classList.toggle("em-is-next", fresh);

    this.value.textContent = readable(session.logLikelihood);
    const gain = iteration > 0 ? session.logLikelihood - entries[iteration - 1].logLikelihood : NaN;
    const change = isNothing(gain, session.logLikelihood) ? "unchanged" : `${gain < 0 ? "\u25bc" : "\u25b2"} ${readable(Math.abs(gain))}`;
    this.change.textContent = Number.isFinite(gain) ? change : "";
    this.count.textContent = `iteration ${iteration} of ${last}`;
    this.timeline.setAttribute("aria-valuemax", String(last));
    this.timeline.setAttribute("aria-valuenow", String(iteration));
    this.timeline.setAttribute("aria-valuetext", `iteration ${iteration} of ${last}, log-likelihood ${readable(session.logLikelihood)}`);

    this.stale.textContent = colored < 0 ? "No responsibilities yet. Press E." : fresh ? "" : session.still ? "Nothing has moved." : "Colors are stale. Press E.";
    this.targets.forEach(({ mean }, j) => this.describe(mean, j));
    const chosen = this.hovered ?? this.pinned;
    const seen = chosen === null ? null : { index: chosen, position: data.n > 1 ? this.rankOf(chosen) : 0, ...session.inspect(chosen) };
    updateInspector(this.inspector, session.mixture, seen, this.active, data.features);
    this.updateScore();
    this.updateKernel();
  }

  describe(target, j) {
    const { scales } = this;
    const { features, d } = this.session.data;
    const position = this.predictions ? this.predictions[j] : this.session.flatMixture.means[j];
    const covariance = this.session.flatMixture.covariances[j];
    const sd = covariance.map((row, i) => Math.sqrt(row[i]));
    for (const [name, value] of [["min", scales.x.low], ["max", scales.x.high], ["now", position[0]]]) {
      target.setAttribute(`aria-value${name}`, String(Number(value.toPrecision(6))));
    }
    const where = namedText(position, d > 2 ? [] : features); // along principal axes features have no place
    target.setAttribute("aria-valuetext", this.predictions
      ? where
      : `mean ${where}; standard deviation ${vectorText(sd)}; weight ${numberText(this.session.mixture.weights[j], 3)}`);
  }

  /** The chart, and the bar that splits the last gain into what M raised the bound by and what E closed. */
  updateGain() {
    const { entries, iteration } = this.session.state;
    drawChart(this.chart.getContext("2d"), ...this.chartSize, { entries, iteration, closed: this.closed, theme: this.theme });
    const gain = gainOf(entries, iteration);
    this.gain.classList.toggle("em-is-empty", !gain);
    if (!gain) {
      this.gainTexts[0].textContent = entries[iteration].kind === "hand" ? "Placed by hand: no M-step led here." : "The bound appears with the first M-step.";
      this.gainTexts[1].textContent = "";
      return;
    }
    const [raised, gap] = [gain.raised, gain.gap].map((part) => (isNothing(part, entries[iteration].logLikelihood) ? 0 : part));
    const total = raised + gap;
    const share = total > 0 ? Math.max(0, Math.min(1, raised / total)) : 0;
    this.raised.style.transform = `scaleX(${share})`;
    this.gap.style.left = `${100 * share}%`;
    this.gap.style.transform = `scaleX(${total > 0 ? (1 - share) * (1 - this.closed) : 0})`;
    this.gainTexts[0].textContent = raised === 0 ? "lift 0" : `lift ${raised < 0 ? "" : "+"}${readable(raised)}`;
    this.gainTexts[1].textContent = gap === 0 ? "gap 0" : `gap ${this.closed < 1 ? "" : "closed "}${readable(gap)}`;
    this.gainTexts[1].classList.toggle("em-is-open", gap > 0 && this.closed < 1);
  }

  updateScore() {
    this.score.hidden = !this.predictions;
    if (!this.predictions) return;
    const detail = create("span", { class: "em-detail" }, this.revealed ? "off by" : "");
    const head = create("div", { class: "em-head" }, create("span", { class: "em-title" }, "Your prediction"), detail);
    if (!this.revealed) {
      this.score.replaceChildren(head, create("p", { class: "em-foot" }, this.task()));
      return;
    }
    const rows = this.misses().map((miss, j) =>
      create("li", {}, create("span", {}, `component ${j}`), create("span", { class: "em-value" }, `${miss.toFixed(2)} sd`)));
    const foot = create("p", { class: "em-foot" }, "In standard deviations of the points. Move a mark to play again.");
    this.score.replaceChildren(head, create("ol", { class: "em-misses" }, ...rows), foot);
  }

  updateKernel() {
    const { session } = this;
    const own = Object.values(session.data.own ?? {});
    const isAlive = session.kernel === "alive";
    const where = isAlive ? "E and M run in Python" : "E and M run in this page";
    const names = own.length ? (isAlive ? ` (your ${own.join(", ")})` : `; your ${own.join(", ")} would need a kernel`) : "";
    clearTimeout(this.waitTimer);
    if (session.waiting) this.waitTimer = setTimeout(() => { this.kernel.textContent = "Waiting for Python \u2026"; }, PATIENCE);
    else this.kernel.textContent = where + names;
  }
}
