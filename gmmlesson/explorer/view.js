// The explorer as one sees it: puts its parts together, and turns what the learner does into session.act(...). It
// keeps no mixture of its own. README.md beside this file says how an event travels.
import { Away } from "./away.js";
import { Brush } from "./brush.js";
import { Criteria } from "./criteria.js";
import { areAlike } from "./data.js";
import { create, button, choice, focusable, group, isShortcut, passSaving, taken, uniqueId } from "./elements.js";
import { FAMILIES } from "./em.js";
import { Hands } from "./hands.js";
import { Opener } from "./opener.js";
import { Picture } from "./picture.js";
import { Pointed } from "./pointed.js";
import { Prediction } from "./prediction.js";
import { familyName } from "./sentences.js";
import { Starts } from "./starts.js";
import { Timeline } from "./timeline.js";
import { Words } from "./words.js";

const STARTS_SHOWN = { random_points: "random points", kmeans_plus_plus: "k-means++", kmeans: "k-means" };
const KEYS = [
  ["Tab", "to a component; then the arrows move it, Shift and arrows stretch it, [ and ] turn it"],
  ["e  m  s", "E-step, M-step, one step of both"], ["space", "play or pause, from the picture or a component; on a button, space presses it"],
  ["Home  End", "start and end of the time line; on it, arrows, PageUp and PageDown go along it"], ["z  r", "undo, reset; undo by Ctrl+Z too"],
  ["arrows", "on the list of components: from point to point; with Shift, or PageUp and PageDown, ten at a time"],
  ["Enter", "on the cursor of Add points: a point there; Delete takes the nearest away; arrows move it, with Shift farther"],
  ["Escape", "closes what is open, ends Add points, lets go of a point"],
  ["Ctrl+V", "a table from the clipboard, as CSV or as copied from a spreadsheet"],
];

/** Show a session in `el`. Returns a function that takes everything away again. */
export function draw({ session, el, signal }) {
  let ending = null, view = null;
  const end = () => {
    ending?.abort();
    view?.root.remove();
  };
  const show = () => {
    end();
    ending = new AbortController();
    view = new ExplorerView(session, ending.signal);
    el.append(view.root);
  };
  show();
  // points of another kind need another picture; this listener is called after the view's own
  const stop = session.on(({ what, text }) => {
    const held = document.activeElement, focused = view.root.contains(held) ? held.getAttribute("data-testid") : null;
    if (!areAlike(session.data, view.data)) {
      show();
      if (focused) (view.root.querySelector(`[data-testid="${focused}"]`) ?? view.root).focus({ preventScroll: true });
      if (text) view.words.sayAnew(text);
    }
    // who asked for these from a telephone stands far below the picture
    if (focused && (what === "data" || (what === "take" && focused === "em-search"))) view.picture.comeIntoSight();
  });
  const stopped = () => {
    stop();
    end();
  };
  signal?.addEventListener("abort", stopped, { once: true });
  return stopped;
}

class ExplorerView {
  constructor(session, signal) {
    Object.assign(this, { session, signal, data: session.data });
    // what this view points at, and no other: the component in hand, the point under the mouse, the one chosen, the drag
    this.look = { active: null, hovered: null, pinned: null, gesture: null };
    this.words = new Words(this);
    this.prediction = new Prediction(this);
    this.timeline = new Timeline(this);
    this.pointed = new Pointed(this);
    this.criteria = new Criteria(this);
    this.starts = new Starts(this);
    this.picture = new Picture(this);
    this.brush = new Brush(this);
    this.opener = new Opener(this);
    this.away = new Away(this);
    this.hands = new Hands(this);
    this.build();
    this.listen();
    this.picture.readTheme();
  }

  build() {
    const { words, picture, timeline, prediction, pointed, brush, criteria, starts, opener, away } = this;
    this.buttons = {
      e: button("e", "E-step", "Whose is each point? Responsibilities from the mixture shown (key e)"),
      m: button("m", "M-step", "The mixture that fits best, given the responsibilities (key m)"),
      step: button("step", "Step", "One iteration: E and M (key s)"),
      play: button("play", "Play", "Step until nothing is gained any more (space)"),
      undo: button("undo", "Undo", "Take back the last step or drag (key z)"),
      reset: button("reset", "Reset", "Back to the start (key r)"),
      redraw: button("redraw", "Redraw", "A new start of this kind"),
    };
    this.k = choice("k", []);
    this.family = choice("family", FAMILIES.map((family) => [family, familyName(family)]));
    this.start = choice("start", Object.entries(STARTS_SHOWN));
    const { e, m, step, play, undo, reset, redraw } = this.buttons;
    const first = this.first = create("div", { class: "em-first" }, group("One half step", e, m), group("Steps", step, play));
    const more = create("div", { class: "em-more" }, group("Back", undo, reset),
      group("Points", brush.buttons.add, brush.buttons.remove), group("Data", opener.button), group("Game", prediction.button), group("Save", away.button),
      group("Set-up", create("label", { class: "em-label" }, "components ", this.k), create("label", { class: "em-label" }, "family ", this.family), create("label", { class: "em-label" }, "start ", this.start), redraw, starts.button));
    const bar = create("div", { class: "em-bar" }, first, more);
    const side = create("div", { class: "em-side" }, timeline.panel, starts.panel, criteria.panel, prediction.score, pointed.inspector.panel);
    const keys = create("dl", { class: "em-keys" }, ...KEYS.map(([key, use]) => create("div", {}, create("dt", {}, key), create("dd", {}, use))));
    const help = create("details", { class: "em-help" }, focusable("summary", { "data-testid": "em-keys" }, "Keys"), keys);
    const inner = create("div", { class: "em-inner" }, bar, opener.panel, away.panel, words.error, create("div", { class: "em-main" }, picture.element, side),
      create("div", { class: "em-floor" }, words.kernel, help), picture.probe, this.hands.hint);
    picture.element.append(words.status); // what is said is seen where one looks
    this.root = focusable("div", { class: "em-explorer", "data-testid": "em-explorer", tabindex: "-1", role: "group", "aria-label": "EM explorer" }, inner);
    Object.assign(this.root, { session: this.session, view: this });
  }

  listen() {
    const { session, signal, root } = this;
    const on = (target, type, handler, capture = false) => target.addEventListener(type, handler, { signal, capture });
    for (const name of ["e", "m", "step", "undo", "reset"]) {
      on(this.buttons[name], "click", () => this.buttons[name].getAttribute("aria-disabled") !== "true" && session.act(name));
    }
    on(this.buttons.play, "click", () => this.togglePlay());
    on(this.buttons.redraw, "click", () => session.act("start", { name: this.start.value }));
    on(this.k, "change", () => session.act("k", { k: Number(this.k.value) }));
    on(this.family, "change", () => session.act("family", { family: this.family.value }));
    on(this.start, "change", () => session.act("start", { name: this.start.value }));
    on(root, "keydown", (event) => this.keyAnywhere(event));
    passSaving(root, on);
    on(root, "pointerdown", () => !root.contains(document.activeElement) && root.focus({ preventScroll: true })); // the keys are for us now
    for (const part of [this.picture, this.timeline, this.pointed, this.prediction, this.hands, this.brush, this.starts, this.opener, this.away]) part.listen(on);
    signal.addEventListener("abort", session.on((event) => this.onChange(event)));
  }

  togglePlay() {
    this.session.act(this.session.playing ? "pause" : "play");
  }

  keyAnywhere(event) {
    if (event.defaultPrevented) return;
    const isField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "z" && !isField) taken(event, () => this.session.act("undo"));
    const isEscape = event.key === "Escape";
    if (event.defaultPrevented || isShortcut(event) || (event.target instanceof HTMLSelectElement && !isEscape)) return;
    if (isEscape) return void this.escape(event);
    const isButton = event.target instanceof HTMLButtonElement || event.target.tagName === "SUMMARY";
    const act = {
      e: () => this.session.act("e"), m: () => this.session.act("m"), s: () => this.session.act("step"),
      z: () => this.session.act("undo"), r: () => this.session.act("reset"),
      " ": isButton ? null : () => this.togglePlay(),
      Home: () => this.timeline.goTo(0), End: () => this.timeline.goTo(this.session.state.entries.length - 1),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act) taken(event, act);
  }

  /** Escape closes one thing at a time: that in which it was pressed, else the foremost that is open. */
  escape(event) {
    const { opener, away, starts, brush, pointed } = this;
    const open = [opener, away, starts, brush, pointed].filter(({ isOpen }) => isOpen);
    const holds = ({ panel, cursor }) => (panel ?? cursor)?.contains(event.target);
    const closing = open.find(holds) ?? open[0];
    if (closing) taken(event, () => closing.shut());
  }

  onChange(event) {
    const { what, text, remark } = event;
    if (this.session.data !== this.data) {
      if (!areAlike(this.session.data, this.data)) return undefined; // `draw` makes another view
      this.data = this.session.data;
      this.pointed.renew();
      this.picture.renew();
    }
    this.words.quiet(this.session.playing && what === "step" || what === "go" && this.timeline.element === document.activeElement);
    if (what === "waiting" || what === "play" || what === "pause" || what === "kernel" || what === "search") {
      if (text) this.words.say(text);
      return this.picture.redraw("panels");
    }
    if (what === "error") this.words.showError(event);
    else if (what !== "notice" && what !== "place" && what !== "points") this.words.clearError();
    const judged = this.prediction.predictions ? this.prediction.follow(what) : "";
    this.picture.beginGlide(what);
    if (what === "error") this.words.say(`${event.error.title}.`); // the rest is read out from the alert
    else if (what === "place" || what === "points") this.words.sayAtRest(text);
    else if (text) this.words.say(judged ? `${text.replace(/\.$/, "")}. ${judged}` : text);
    this.words.status.classList.toggle("em-is-remark", Boolean(remark));
    this.picture.reframe(what === "set");
    return this.picture.redraw("points", "scene", "panels");
  }

  updatePanels() {
    const { session, buttons, picture } = this;
    const { state, fresh } = session;
    const { entries, k, colored } = state;
    this.hands.rebuild();
    const { maxK } = this.data;
    if (this.k.length !== maxK) this.k.replaceChildren(...Array.from({ length: maxK }, (_, i) => create("option", { value: i + 1 }, i + 1)));
    this.k.value = String(k);
    this.family.value = state.family;
    if (session.start && document.activeElement !== this.start) this.start.value = session.start;
    buttons.play.textContent = session.playing ? "Pause" : "Play";
    buttons.undo.setAttribute("aria-disabled", String(!session.canUndo)); // not `disabled`: that would take the focus away
    buttons.reset.setAttribute("aria-disabled", String(entries.length === 1 && colored < 0));
    buttons.e.classList.toggle("em-is-next", !fresh);
    buttons.m.classList.toggle("em-is-next", fresh);

    picture.stale.textContent = colored < 0 ? "No responsibilities yet. Press E." : fresh ? "" : session.still ? "Nothing has moved." : "Colors are stale. Press E.";
    this.picture.describe();
    this.timeline.update();
    this.hands.describe();
    this.pointed.update();
    this.prediction.update();
    this.criteria.update();
    this.brush.update();
    this.starts.update();
    this.words.updateKernel();
  }
}
