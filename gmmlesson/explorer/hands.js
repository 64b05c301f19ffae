// What a hand takes hold of: a focusable element a component, at its mean, and pointer targets at the ends of its axes.
import { covarianceOf, movedMean, stretched, turned, withCovariance } from "./em.js";
import { MOVES, create, focusable, isShortcut, taken, uniqueId } from "./elements.js";
import { namedText, vectorText } from "./inspector.js";
import { dataCovariance, gripAt, withinBox } from "./overlay.js";
import { numberText } from "./paint.js";

let newestGesture = 0;

/** A number for one drag or one press of a key; larger than any before, in this page or an earlier one. */
export function viewGesture() {
  newestGesture = Math.max(newestGesture + 1, Date.now());
  return newestGesture;
}

export class Hands {
  constructor(view) {
    Object.assign(this, { view, session: view.session, look: view.look });
    const keys = view.session.data.d === 1 ? "Left and right arrows move it; with Shift they stretch it." : "Arrows move it; Shift and arrows stretch it; [ and ] turn it.";
    this.hint = create("span", { id: uniqueId("hint"), hidden: "" }, keys); // a description may stand where nobody sees it
    this.rebuild();
  }

  /** One focusable element a component, at its mean, and pointer targets at the ends of its axes. */
  rebuild() {
    const { k } = this.session.state;
    if (this.targets?.length === k && Boolean(this.view.prediction.predictions) === this.targets.forPrediction) return;
    const focused = this.targets?.findIndex(({ mean }) => mean === document.activeElement) ?? -1;
    this.look.active = this.look.active !== null && this.look.active < k ? this.look.active : null;
    this.targets = Array.from({ length: k }, (_, j) => (this.view.prediction.predictions ? this.predictionTarget(j) : this.componentTarget(j)));
    this.targets.forPrediction = Boolean(this.view.prediction.predictions);
    this.view.picture.handles.replaceChildren(...this.targets.flatMap(({ ends }) => ends.map(({ element }) => element)), ...this.targets.map(({ mean }) => mean));
    if (focused >= 0) this.targets[Math.min(focused, k - 1)].mean.focus({ preventScroll: true });
  }

  componentTarget(j) {
    const { draggable } = this.session;
    const mean = focusable("div", {
      class: "em-target", "data-testid": `em-component-${j}`, role: "slider", tabindex: "0", "aria-label": `component ${j}`, "aria-roledescription": draggable ? "movable component" : "component",
    });
    if (draggable) mean.setAttribute("aria-describedby", this.hint.id);
    else mean.setAttribute("aria-readonly", "true");
    mean.addEventListener("focus", () => this.setActive(j));
    mean.addEventListener("blur", () => this.setActive(null));
    mean.addEventListener("pointerenter", () => this.look.gesture === null && this.setActive(j));
    mean.addEventListener("keydown", (event) => this.keyOnComponent(event, j));
    if (!draggable) return { mean, ends: [], grips: [] };
    const ends = (this.view.picture.isFlat1D ? ["a"] : ["a", "b"]).flatMap((axis) => [1, -1].map((sign) => {
      const element = create("div", { class: "em-target em-end", "aria-hidden": "true", "data-testid": `em-handle-${j}-${axis}${sign < 0 ? "-opposite" : ""}` });
      element.addEventListener("pointerenter", () => this.look.gesture === null && this.setActive(j));
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
    const move = (x, y) => this.view.prediction.predict(j, this.view.picture.toData(x, y));
    return { mean, ends: [], grips: [{ element: mean, isMean: true, j, move }] };
  }

  /** Drag what is nearest: under a finger several targets lie on top of each other. No jump at the start. */
  listen() {
    let held = null;
    this.view.picture.handles.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || held) return;
      const [x, y] = this.view.picture.onStage(event);
      const grip = this.gripNear(x, y);
      if (!grip) return;
      const { element, j } = grip;
      const [gx, gy] = this.centerOf(element);
      held = { grip, offset: [gx - x, gy - y], pointer: event.pointerId };
      this.look.gesture = viewGesture();
      this.view.pointed.hover(null);
      element.setPointerCapture(event.pointerId);
      this.targets[j].mean.focus({ preventScroll: true });
      this.setActive(j);
      event.preventDefault();
    });
    this.view.picture.handles.addEventListener("pointermove", (event) => {
      if (event.pointerId !== held?.pointer) return;
      const [x, y] = this.view.picture.onStage(event);
      held.grip.move(...withinBox([x + held.offset[0], y + held.offset[1]], this.view.picture.box));
    });
    const release = (event) => {
      if (event.pointerId !== held?.pointer) return;
      held = null;
      this.look.gesture = null;
      this.view.words.sayPending();
      if (this.view.picture.isReframed) this.view.picture.frameData();
    };
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) this.view.picture.handles.addEventListener(type, release);
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
    const { left, top, width, height } = element.getBoundingClientRect(), stage = this.view.picture.stage.getBoundingClientRect();
    return [left + width / 2 - stage.left, top + height / 2 - stage.top];
  }

  setActive(j) {
    if (j === this.look.active || this.look.gesture !== null && j === null) return;
    this.look.active = j;
    this.view.picture.redraw("scene", "panels");
  }

  keyOnComponent(event, j) {
    if (!this.session.draggable) return;
    const move = isShortcut(event) ? undefined : MOVES[event.key];
    const turn = this.view.picture.isFlat1D ? undefined : { "[": 1, "]": -1 }[event.key]; // on some keyboards typed with Alt or AltGr
    if (!move && !turn) return;
    taken(event, () => {
      if (!event.repeat || this.keyGesture === undefined) this.keyGesture = viewGesture();
      const { mean, axes } = this.view.picture.onScreen(j);
      const gesture = this.keyGesture;
      if (turn) this.place(this.reshaped(j, turned(axes, (-turn * Math.PI) / 36)), gesture); // the screen's y points down
      else if (!event.shiftKey) this.moveMean(j, ...this.view.picture.nudged(mean, move), gesture);
      else if (move[0]) this.place(this.reshaped(j, { ...axes, a: axes.a * 1.05 ** move[0] }), gesture);
      else if (!this.view.picture.isFlat1D) this.place(this.reshaped(j, { ...axes, b: axes.b * 1.05 ** move[1] }), gesture);
    });
  }

  keyOnPrediction(event, j) {
    const move = MOVES[event.key];
    if (!move || isShortcut(event)) return;
    taken(event, () => {
      this.view.prediction.predict(j, this.view.picture.toData(...this.view.picture.nudged(this.view.picture.toScreen(this.view.prediction.predictions[j]), move)));
    });
  }

  moveMean(j, x, y, gesture = this.look.gesture) {
    this.place(movedMean(this.session.mixture, j, this.view.picture.toData(x, y)), gesture);
  }

  moveEnd(j, axis, sign, x, y) {
    const { mean, axes } = this.view.picture.onScreen(j);
    const point = [mean[0] + sign * (x - mean[0]), mean[1] + sign * (y - mean[1])]; // as if the other end had been taken
    const next = this.view.picture.isFlat1D ? { ...axes, a: Math.max(Math.abs(x - mean[0]) / 2, 1) } : stretched(axes, axis, point, mean);
    this.place(this.reshaped(j, next));
  }

  /** The mixture with component j's axes, which are in pixels, changed. */
  reshaped(j, axes) {
    this.view.picture.components[j].axes = axes; // so that the next picture keeps each axis on its handle
    const covariance = this.view.picture.isFlat1D ? [[(axes.a / this.view.picture.scales.x.factor) ** 2]] : dataCovariance(covarianceOf(axes), this.view.picture.scales);
    return withCovariance(this.session.mixture, j, covariance);
  }

  place(mixture, gesture = this.look.gesture) {
    this.session.act("place", { mixture, gesture });
  }

  follow() {
    this.rebuild();
    const put = (element, position) => {
      const [x, y] = withinBox(position, this.view.picture.box);
      element.style.transform = `translate(${x}px, ${y}px)`;
    };
    this.targets.forEach(({ mean, ends }, j) => {
      mean.classList.toggle("em-is-active", j === this.look.active);
      put(mean, this.view.prediction.predictions ? this.view.picture.toScreen(this.view.prediction.predictions[j]) : this.view.picture.components[j].mean);
      for (const { element, axis, sign } of ends) {
        element.classList.toggle("em-is-active", j === this.look.active);
        put(element, gripAt(this.view.picture.components[j], axis, sign, this.view.picture.box));
      }
    });
  }

  describe() {
    this.targets.forEach(({ mean }, j) => this.describeTarget(mean, j));
  }

  describeTarget(target, j) {
    const { scales } = this.view.picture;
    const { features, d, spread } = this.session.data;
    const position = this.view.prediction.predictions ? this.view.prediction.predictions[j] : this.session.flatMixture.means[j];
    const covariance = this.session.flatMixture.covariances[j];
    const sd = covariance.map((row, i) => Math.sqrt(row[i]));
    for (const [name, value] of [["min", scales.x.low], ["max", scales.x.high], ["now", position[0]]]) {
      target.setAttribute(`aria-value${name}`, String(Number(value.toPrecision(6))));
    }
    const where = namedText(position, d > 2 ? [] : features, spread); // along principal axes features have no place
    target.setAttribute("aria-valuetext", this.view.prediction.predictions
      ? where
      : `mean ${where}; standard deviation ${vectorText(sd, spread)}; weight ${numberText(this.session.mixture.weights[j], 3)}`);
  }
}
