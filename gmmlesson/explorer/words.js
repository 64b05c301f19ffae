// What the explorer says in words: the live region, errors, and where E and M are computed.
import { create } from "./elements.js";

const PATIENCE = 300; // milliseconds before it is said that the kernel is being waited for
const REST = 500; // milliseconds without a key after which it is said where a component has come to
const ANEW = 60; // milliseconds that a new region must have been empty for

export class Words {
  constructor(view) {
    this.session = view.session;
    this.look = view.look;
    this.pending = ""; // what will be said when the hand rests
    this.error = create("div", { class: "em-error", "data-testid": "em-error", role: "alert" });
    const hint = this.session.draggable ? "Drag a mean; stretch and turn an ellipse by its handles. Then E, M, E, M." : "Press E, M, E, M and watch.";
    this.status = create("div", { class: "em-status", "data-testid": "em-status", role: "status", "aria-live": "polite" }, hint);
    this.kernel = create("div", { class: "em-kernel", "data-testid": "em-kernel" });
    view.signal.addEventListener("abort", () => {
      clearTimeout(this.waitTimer);
      clearTimeout(this.restTimer);
    });
  }

  /** Does a screen reader leave alone what is said now? While it plays it would never end; a time line tells its own place. */
  quiet(isQuiet) {
    this.status.setAttribute("aria-live", isQuiet ? "off" : "polite");
  }

  say(text) {
    clearTimeout(this.restTimer);
    this.pending = "";
    this.status.textContent = text;
  }

  /** Say it in a region that has only just come to the page: what is there from its beginning is not read out. */
  sayAnew(text) {
    this.status.textContent = "";
    this.restTimer = setTimeout(() => this.say(text), ANEW);
  }

  /** Say it at the end of a drag, or when no key has followed for a while; until then what was said is over. */
  sayAtRest(text) {
    if (!text) return;
    this.say("");
    this.pending = text;
    if (this.look.gesture === null) this.restTimer = setTimeout(() => this.sayPending(), REST);
  }

  sayPending() {
    if (this.pending) this.say(this.pending);
  }

  showError({ error }) {
    const lines = [create("strong", { class: "em-error-title" }, error.title), create("p", { class: "em-error-message" }, error.message)];
    if (error.hint) lines.push(create("p", { class: "em-error-message" }, error.hint));
    if (error.source) {
      const where = [error.where, error.line === null ? null : `line ${error.line}`].filter(Boolean).join(", ");
      lines.push(create("pre", { class: "em-error-source" }, `${where ? `${where}:  ` : ""}${error.source}`));
    }
    this.error.replaceChildren(...lines);
  }

  clearError() {
    this.error.replaceChildren();
  }

  updateKernel() {
    const { session } = this;
    const own = Object.values(session.own);
    const isAlive = session.kernel === "alive";
    const where = isAlive ? "E and M run in Python" : "E and M run in this page";
    const names = own.length ? (isAlive ? ` (your ${own.join(", ")})` : `; your ${own.join(", ")} would need a kernel`) : "";
    clearTimeout(this.waitTimer);
    if (session.waiting) this.waitTimer = setTimeout(() => { this.kernel.textContent = "Waiting for Python \u2026"; }, PATIENCE);
    else this.kernel.textContent = where + names;
  }
}
