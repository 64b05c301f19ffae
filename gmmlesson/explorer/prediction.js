// Predict mode, a game: mark where the means will go, press M, and see how far off the marks were.
import { button, create, panel } from "./elements.js";

export class Prediction {
  constructor(view) {
    Object.assign(this, { view, session: view.session });
    this.predictions = null; // positions in drawn coordinates while predict mode is on
    this.revealed = null; // and where the means stood once M has shown them
    this.button = button("predict", "Predict", "Mark where you think the means will go at the next M");
    this.button.setAttribute("aria-pressed", "false");
    this.score = panel("Prediction", { class: "em-panel em-score", hidden: "" });
  }

  listen(on) {
    on(this.button, "click", () => this.toggle());
  }

  toggle() {
    const isOn = !this.predictions;
    if (isOn && this.view.brush.mode) this.view.brush.choose(null);
    this.predictions = isOn ? this.session.flatMixture.means.map((mean) => [...mean]) : null;
    this.revealed = null;
    this.button.setAttribute("aria-pressed", String(isOn));
    this.view.root.classList.toggle("em-is-predicting", isOn);
    this.view.words.say(isOn ? `Predict: ${this.task().replace("Put", "put")}` : "Predict is off.");
    this.view.picture.redraw("scene", "panels");
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
    this.view.picture.redraw("scene", "panels");
  }

  /** How far off each prediction is, in standard deviations of the points. */
  misses() {
    const { spread } = this.session.data;
    return this.session.flatMixture.means.map((mean, j) =>
      Math.hypot(...mean.map((value, axis) => (value - this.predictions[j][axis]) / (spread[axis] || 1))));
  }

  /** Judge the predictions after an M-step, in a sentence; forget them when the mixture has changed otherwise. */
  follow(what) {
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

  update() {
    this.score.hidden = !this.predictions;
    if (!this.predictions) return;
    const detail = create("span", { class: "em-detail" }, this.revealed ? "off by" : "");
    const head = create("div", { class: "em-head" }, create("span", { class: "em-title" }, "Your prediction"), detail);
    const misses = this.revealed ? this.misses().map((miss) => `${miss.toFixed(2)} sd`) : this.predictions.map(() => "?"); // as many lines
    const rows = misses.map((miss, j) => create("li", {}, create("span", {}, `component ${j}`), create("span", { class: "em-value" }, miss)));
    const foot = create("p", { class: "em-foot" }, this.revealed ? "In standard deviations of the points. Move a mark to play again." : this.task());
    this.score.replaceChildren(head, create("ol", { class: "em-misses" }, ...rows), foot);
  }
}
