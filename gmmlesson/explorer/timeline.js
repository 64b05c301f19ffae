// The log-likelihood, its trace, which is also the time line, and the bar that splits the last gain in two.
import { drawChart, entryAt, gainOf } from "./chart.js";
import { create, focusable, isShortcut, panel, stepsOf, taken } from "./elements.js";
import { isNothing, readable } from "./sentences.js";

const NO_STEP = { // what led to an entry of the time line, by its kind
  hand: "Placed by hand: no M-step led here.", family: "Projected to this family: no M-step led here.", end: "The end of a run from another start.",
};

export class Timeline {
  constructor(view) {
    Object.assign(this, { view, session: view.session });
    this.chartSize = [0, 0];
    this.value = create("span", { class: "em-big" });
    this.change = create("span", { class: "em-change" });
    this.count = create("span", { class: "em-detail" });
    this.chart = create("canvas", { class: "em-chart", "aria-hidden": "true" });
    this.element = focusable("div", {
      class: "em-timeline", "data-testid": "em-timeline", role: "slider", tabindex: "0",
      "aria-label": "Time line: iteration shown", "aria-valuemin": "0",
    }, this.chart);
    this.raised = create("span", { class: "em-raised" });
    this.gap = create("span", { class: "em-gap" });
    this.gainTexts = [create("span"), create("span")];
    this.gain = create("div", { class: "em-gain", "data-testid": "em-gain" },
      create("div", { class: "em-gain-bar", "aria-hidden": "true" }, this.raised, this.gap), create("div", { class: "em-gain-texts" }, ...this.gainTexts));
    this.panel = panel("Log-likelihood", { class: "em-panel" },
      create("div", { class: "em-head" }, create("span", { class: "em-title" }, "Log-likelihood"), this.count),
      create("div", { class: "em-reading" }, this.value, this.change), this.element, this.gain);
  }

  listen(on) {
    on(this.element, "keydown", (event) => this.key(event));
    const scrub = (event) => {
      const { left, width } = this.chart.getBoundingClientRect();
      this.goTo(entryAt(this.session.state.entries, width, event.clientX - left));
    };
    on(this.element, "pointerdown", (event) => {
      if (event.button !== 0) return;
      this.element.setPointerCapture(event.pointerId);
      this.element.focus({ preventScroll: true });
      scrub(event);
    });
    on(this.element, "pointermove", (event) => this.element.hasPointerCapture(event.pointerId) && scrub(event));
  }

  update() {
    const { session } = this;
    const { entries, iteration } = session.state;
    const last = entries.length - 1;
    this.value.textContent = readable(session.logLikelihood);
    const gain = iteration > 0 && entries[iteration].kind !== "end" ? session.logLikelihood - entries[iteration - 1].logLikelihood : NaN;
    const change = isNothing(gain, session.logLikelihood) ? "unchanged" : `${gain < 0 ? "\u25bc" : "\u25b2"} ${readable(Math.abs(gain))}`;
    this.change.textContent = Number.isFinite(gain) ? change : "";
    this.count.textContent = `iteration ${iteration} of ${last}`;
    this.element.setAttribute("aria-valuemax", String(last));
    this.element.setAttribute("aria-valuenow", String(iteration));
    this.element.setAttribute("aria-valuetext", `iteration ${iteration} of ${last}, log-likelihood ${readable(session.logLikelihood)}`);
  }

  /** How large the chart is on the page, in CSS pixels. */
  measure() {
    const { width, height } = this.chart.getBoundingClientRect();
    this.chartSize = [width, height];
    return this.chartSize;
  }

  goTo(iteration) {
    const last = this.session.state.entries.length - 1;
    const target = Math.max(0, Math.min(last, iteration));
    if (target !== this.session.state.iteration) this.session.act("go", { iteration: target });
  }

  key(event) {
    const by = stepsOf(event);
    if (by && !isShortcut(event)) taken(event, () => this.goTo(this.session.state.iteration + by));
  }

  /** The chart, and the bar that splits the last gain into what M raised the bound by and what E closed. */
  updateGain() {
    const { entries, iteration } = this.session.state;
    drawChart(this.chart.getContext("2d"), ...this.chartSize, { entries, iteration, closed: this.view.picture.closed, theme: this.view.picture.theme });
    const gain = gainOf(entries, iteration);
    this.gain.classList.toggle("em-is-empty", !gain);
    if (!gain) {
      const isBegin = iteration === 0 && entries[0].kind === "hand"; // points have been set by hand
      this.gainTexts[0].textContent = isBegin ? "Begun by hand: the time line starts here." : NO_STEP[entries[iteration].kind] ?? "The bound appears with the first M-step.";
      this.gainTexts[1].textContent = "";
      return;
    }
    const [raised, gap] = [gain.raised, gain.gap].map((part) => (isNothing(part, entries[iteration].logLikelihood) ? 0 : part));
    const total = raised + gap;
    const share = total > 0 ? Math.max(0, Math.min(1, raised / total)) : 0;
    this.raised.style.transform = `scaleX(${share})`;
    this.gap.style.left = `${100 * share}%`;
    this.gap.style.transform = `scaleX(${total > 0 ? (1 - share) * (1 - this.view.picture.closed) : 0})`;
    this.gainTexts[0].textContent = raised === 0 ? "lift 0" : `lift ${raised < 0 ? "" : "+"}${readable(raised)}`;
    this.gainTexts[1].textContent = gap === 0 ? "gap 0" : `gap ${this.view.picture.closed < 1 ? "" : "closed "}${readable(gap)}`;
    this.gainTexts[1].classList.toggle("em-is-open", gap > 0 && this.view.picture.closed < 1);
  }
}
