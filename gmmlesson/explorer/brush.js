// Points by hand: while a mode is on, a click or tap adds a point, a drag sprays some, or the nearest are taken away.
// By keyboard a cursor is moved by the arrows; Enter and Delete do the same there.
import { randomSource } from "./em.js";
import { MOVES, button, focusable, isShortcut, taken } from "./elements.js";
import { viewGesture } from "./hands.js";
import { namedText } from "./inspector.js";
import { withinBox } from "./overlay.js";

const KEYS_OF_CURSOR = "; by keys: arrows, Enter, Delete";
const SPRAY_EVERY = 30; // milliseconds between two points of a spray
const SPRAY_SD = 14; // pixels
const ERASE_REACH = 22; // pixels: how near a point has to be to be taken away

export class Brush {
  constructor(view) {
    Object.assign(this, { view, session: view.session });
    this.mode = null; // "add" or "remove" while points are set by hand
    this.random = randomSource(1); // of sprays
    this.buttons = {
      add: button("add-points", "Add points", "Click to add a point, drag to spray some; a right click takes the nearest away"),
      remove: button("remove-points", "Remove points", "Click or drag to take the nearest points away"),
    };
    this.cursor = focusable("div", { class: "em-target em-cursor", "data-testid": "em-cursor", role: "slider", tabindex: "0", hidden: "",
      "aria-label": "Cursor: Enter adds a point, Delete takes the nearest away", "aria-valuemin": "0", "aria-valuemax": "100" });
    this.update();
  }

  listen(on) {
    const { stage } = this.view.picture;
    stage.append(this.cursor);
    for (const mode of ["add", "remove"]) on(this.buttons[mode], "click", ({ detail }) => this.choose(this.mode === mode ? null : mode, detail === 0));
    on(stage, "pointerdown", (event) => this.begin(event));
    on(stage, "pointermove", (event) => this.goOn(event));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(stage, type, (event) => this.end(event));
    on(stage, "contextmenu", (event) => this.mode && event.preventDefault());
    on(this.cursor, "keydown", (event) => this.key(event));
    this.view.signal.addEventListener("abort", () => clearInterval(this.timer));
  }

  /** By keyboard the cursor is what comes next. */
  choose(mode, isByKey = false) {
    if (mode && !this.session.draggable) return this.view.words.say("Points can be set by hand in one or two dimensions only.");
    if (mode && this.view.prediction.predictions) this.view.prediction.toggle(); // one mode at a time
    this.mode = mode;
    this.view.picture.stage.classList.toggle("em-is-brushing", mode !== null);
    this.cursor.hidden = mode === null;
    this.view.words.say({ add: `Click to add a point, drag to spray some${KEYS_OF_CURSOR}.`, remove: `Click or drag to take points away${KEYS_OF_CURSOR}.` }[mode] ?? "A click moves no points now.");
    if (mode) this.moveCursor(this.at ?? this.middle());
    if (mode && isByKey) this.cursor.focus({ preventScroll: true });
    return this.update();
  }

  get isOpen() {
    return this.mode !== null;
  }

  /** End the mode; the focus, if it was at the cursor, goes to the button that began it. */
  shut() {
    const hadFocus = this.cursor === document.activeElement, begun = this.buttons[this.mode];
    this.choose(null);
    if (hadFocus) begun.focus();
  }

  update() {
    for (const [mode, element] of Object.entries(this.buttons)) {
      element.setAttribute("aria-pressed", String(this.mode === mode));
      element.setAttribute("aria-disabled", String(!this.session.draggable));
    }
  }

  begin(event) {
    if (!this.mode || this.drag || (event.button !== 0 && event.button !== 2)) return;
    const { picture } = this.view;
    const from = picture.onStage(event);
    this.drag = { pointer: event.pointerId, gesture: viewGesture(), erases: this.mode === "remove" || event.button === 2, from, at: from };
    this.view.look.gesture = this.drag.gesture;
    picture.stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.touch(false);
    this.timer = setInterval(() => this.drag.moved && this.touch(true), SPRAY_EVERY);
  }

  goOn(event) {
    if (event.pointerId !== this.drag?.pointer) return;
    const at = this.view.picture.onStage(event);
    const [x, y] = this.drag.from;
    this.drag.moved ||= Math.hypot(at[0] - x, at[1] - y) > 4; // a click may tremble
    this.drag.at = at;
  }

  end(event) {
    if (event.pointerId !== this.drag?.pointer) return;
    clearInterval(this.timer);
    this.drag = null;
    this.view.look.gesture = null;
    this.view.words.sayPending();
    if (this.view.picture.isReframed) this.view.picture.frameData();
  }

  /** Do under the pointer what the mode does; a spray scatters. */
  touch(isSpray) {
    const { at, gesture, erases } = this.drag;
    if (erases) return this.removeNear(at, gesture);
    const spread = isSpray ? SPRAY_SD : 0;
    return this.addAt(at.map((value) => value + spread * this.scatter()), gesture);
  }

  /** A standard normal number (Box & Muller 1958). */
  scatter() {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  addAt(position, gesture) {
    const inside = withinBox(position, this.view.picture.box);
    this.session.act("points", { edits: [{ add: [this.view.picture.toData(...inside)] }], gesture });
  }

  removeNear(position, gesture) {
    const nearest = this.view.pointed.pointNear(...position, ERASE_REACH);
    if (nearest !== null) this.session.act("points", { edits: [{ remove: [nearest] }], gesture });
  }

  // ---- By keyboard ----

  middle() {
    const { left, right, top, bottom } = this.view.picture.box;
    return [(left + right) / 2, this.view.picture.base ?? (top + bottom) / 2];
  }

  moveCursor(position) {
    const { picture, words } = this.view;
    this.at = withinBox(position, picture.box);
    this.cursor.style.transform = `translate(${this.at[0]}px, ${this.at[1]}px)`;
    const where = namedText(picture.toData(...this.at), this.session.data.features, this.session.data.spread);
    const { left, right } = picture.box;
    this.cursor.setAttribute("aria-valuenow", String(Math.round((100 * (this.at[0] - left)) / (right - left))));
    this.cursor.setAttribute("aria-valuetext", where);
    if (document.activeElement === this.cursor) words.sayAtRest(`Cursor at ${where}.`);
  }

  key(event) {
    if (isShortcut(event)) return;
    const move = MOVES[event.key], gesture = viewGesture();
    const act = {
      Enter: () => (this.mode === "remove" ? this.removeNear(this.at, gesture) : this.addAt(this.at, gesture)),
      Delete: () => this.removeNear(this.at, gesture),
      Backspace: () => this.removeNear(this.at, gesture),
    }[event.key];
    if (act) taken(event, act);
    else if (move) taken(event, () => this.moveCursor(this.view.picture.nudged(this.at, move.map((by) => by * (event.shiftKey ? 5 : 1)))));
  }
}
