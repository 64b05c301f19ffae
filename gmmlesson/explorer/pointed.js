// The point that is looked at: under the mouse, or chosen by a click or by keys; the inspector shows it.
import { isShortcut, stepsOf, taken } from "./elements.js";
import { buildInspector, updateInspector } from "./inspector.js";

const REACH = 12; // pixels: how near a point has to be to be looked at

export class Pointed {
  constructor(view) {
    Object.assign(this, { view, session: view.session, look: view.look });
    this.inspector = buildInspector();
    this.renew();
  }

  /** The points have changed: nobody is looked at any more. */
  renew() {
    this.inspector.point.setAttribute("aria-valuemax", String(this.session.data.n - 1));
    this.sorted = null;
    [this.look.hovered, this.look.pinned] = [null, null];
  }

  listen(on) {
    const { stage, handles } = this.view.picture;
    on(this.inspector.all, "toggle", () => this.view.picture.redraw("panels"));
    on(this.inspector.point, "keydown", (event) => this.keyOnPoint(event));
    on(stage, "pointermove", (event) => {
      if (this.look.gesture !== null || this.view.brush.mode || event.pointerType !== "mouse") return;
      this.hover(handles.contains(event.target) ? null : this.pointNear(...this.view.picture.onStage(event)));
    });
    on(stage, "pointerleave", () => {
      this.hover(null);
      if (this.look.gesture === null && !handles.contains(document.activeElement)) this.view.hands.setActive(null);
    });
    on(stage, "click", (event) => {
      if (!this.view.brush.mode && !handles.contains(event.target)) this.pin(this.pointNear(...this.view.picture.onStage(event)));
    });
  }

  update() {
    const { data, mixture } = this.session;
    const chosen = this.look.hovered ?? this.look.pinned;
    const seen = chosen === null ? null : { index: chosen, position: data.n > 1 ? this.rankOf(chosen) : 0, ...this.session.inspect(chosen) };
    this.inspector.panel.classList.toggle("em-has-point", this.look.pinned !== null);
    updateInspector(this.inspector, mixture, seen, this.look.active, data);
  }

  /** Left and right walk through the points in order of their first coordinate; with Shift, ten at a time. */
  keyOnPoint(event) {
    const { n } = this.session.data;
    const by = stepsOf(event);
    if (!by || isShortcut(event)) return;
    taken(event, () => {
      const at = this.look.pinned === null ? (by > 0 ? -1 : n) : this.rankOf(this.look.pinned);
      this.pin(this.order[Math.max(0, Math.min(n - 1, at + by * (event.shiftKey ? 10 : 1)))]);
    });
  }

  /** Points from left to right, made when first asked for. */
  get order() {
    if (!this.sorted) { // ranks: where in this order each point stands
      const { n, flat } = this.session.data;
      const step = this.view.picture.isFlat1D ? 1 : 2;
      this.sorted = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => flat[i * step] - flat[j * step] || i - j);
      this.ranks = new Uint32Array(n);
      this.sorted.forEach((i, rank) => { this.ranks[i] = rank; });
    }
    return this.sorted;
  }

  rankOf(i) {
    return this.order && this.ranks[i]; // asking for the order makes the ranks
  }

  get isOpen() {
    return this.look.pinned !== null;
  }

  shut() {
    this.pin(null);
  }

  hover(i) {
    if (i === this.look.hovered) return;
    this.look.hovered = i;
    this.view.picture.redraw("scene", "panels");
  }

  pin(i) {
    this.look.pinned = i;
    this.view.picture.redraw("scene", "panels");
  }

  pointNear(x, y, reach = REACH) {
    if (!this.view.picture.positions) return null;
    const { xs, ys } = this.view.picture.positions, ratio = this.view.picture.ratio, px = x * ratio, py = y * ratio;
    let nearest = null, least = (reach * ratio) ** 2;
    for (let i = 0; i < xs.length; i++) {
      const distance = (xs[i] - px) ** 2 + (ys[i] - py) ** 2;
      if (distance < least) { least = distance; nearest = i; }
    }
    return nearest;
  }
}
