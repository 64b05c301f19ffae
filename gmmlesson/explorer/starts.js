// "Best of 20": where the runs from many starts end, as marks on an axis of log-likelihood, each of which can be taken.
import { button, create, focusable, panel } from "./elements.js";
import { grouped, MOST_ITERATIONS } from "./search.js";
import { endSentence, readable } from "./sentences.js";

const MANY = 20;
const BEGIN = [`Best of ${MANY}`, `Run EM from ${MANY} starts of this kind to their ends, and compare these`];
const STOP = ["Stop", "No more runs; the ends found so far can be taken"];
const ROWS = 2; // of marks, for which there is room from the beginning
const MOST_ROWS = 4;
const markRoom = () => (matchMedia("(pointer: coarse)").matches ? 40 : 26); // pixels a mark, so that a finger hits one

/** Where marks stand: left, 0 to 1, and a row, counted from below, in which no two of them touch. Where that takes too many
 *  rows, marks give way to the left, as far as leaves room for those that follow. */
export function laidOut(groups, width, room = 26) {
  const high = groups[0].logLikelihood, low = groups.at(-1).logLikelihood, step = room / (width - room);
  const rows = []; // the leftmost place taken in each
  return groups.map(({ logLikelihood }, i) => {
    const follow = Math.floor((groups.length - 1 - i) / MOST_ROWS) * step;
    let left = Math.max(follow, high > low ? (logLikelihood - low) / (high - low) : 1);
    let row = rows.findIndex((taken) => taken - left >= step - 1e-9);
    if (row < 0 && rows.length === MOST_ROWS) {
      row = rows.indexOf(Math.max(...rows));
      left = rows[row] - step;
    }
    if (row < 0) row = rows.length;
    rows[row] = left;
    return { left, row };
  });
}

/** Are these the same numbers? From a kernel they come twice. */
function isOne(mixture, other) {
  return mixture === other || ["weights", "means", "covariances"].every((part) => String(mixture[part]) === String(other[part]));
}

export class Starts {
  constructor(view) {
    Object.assign(this, { view, session: view.session, isShut: false, rows: ROWS });
    this.button = button("search", ...BEGIN);
    this.detail = create("span", { class: "em-detail" });
    this.strip = create("div", { class: "em-strip", role: "group", "aria-label": "Ends of the runs, by log-likelihood" });
    this.bounds = create("div", { class: "em-gain-texts" });
    this.foot = create("p", { class: "em-foot" });
    this.close = button("search-close", "Close", "Stop if it still searches, and put the ends away (Escape)");
    this.panel = panel(`Best of ${MANY}`, { class: "em-panel", "data-testid": "em-starts", hidden: "" },
      create("div", { class: "em-head" }, create("span", { class: "em-title" }, `Best of ${MANY}`), this.detail, this.close), this.strip, this.bounds, this.foot);
  }

  listen(on) {
    on(this.button, "click", () => (this.isRunning ? this.session.act("halt") : this.begin()));
    on(this.close, "click", () => this.shut());
  }

  get isRunning() {
    const { search } = this.session;
    return Boolean(search) && !search.isOver;
  }

  begin() {
    [this.isShut, this.rows] = [false, ROWS];
    this.session.act("search", { count: MANY });
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  shut() {
    const hadFocus = this.panel.contains(document.activeElement);
    this.isShut = true;
    this.panel.hidden = true;
    this.session.act("halt");
    if (hadFocus) this.button.focus({ preventScroll: true });
  }

  update() {
    const { search } = this.session, [label, hint] = this.isRunning ? STOP : BEGIN;
    this.button.textContent = label;
    this.button.title = hint;
    this.panel.hidden = !search || this.isShut;
    if (!search) return;
    if (this.shown?.ends !== search.ends || this.shown.isOver !== search.isOver) this.build(search);
    if (!search.isOver && search.iteration) this.foot.textContent = `Run ${search.ends.length + 1}, iteration ${search.iteration} \u2026`;
    this.groups.forEach(({ mixture }, i) => this.strip.children[i].setAttribute("aria-pressed", String(isOne(mixture, this.session.mixture))));
  }

  build(search) {
    this.shown = search;
    const { ends, count, isOver, isStopped, seq } = search, groups = this.groups = grouped(ends), room = markRoom();
    const collapsed = ends.length - groups.reduce((sum, { count }) => sum + count, 0);
    const many = groups.length === 1 ? "1 end" : `${groups.length} ends`;
    const far = seq === null ? `${ends.length} of ${count} \u2026` : `${count} runs in Python \u2026`; // which tells only of their end
    this.detail.textContent = !isOver ? far : isStopped && ends.length ? `${many} of ${ends.length} runs` : many;
    this.strip.hidden = isOver && !groups.length;
    const places = groups.length ? laidOut(groups, this.strip.clientWidth || 260, room) : [];
    this.rows = Math.max(this.rows, ...places.map(({ row }) => row + 1)); // never fewer than there were: what is below stays
    this.strip.style.height = `${this.rows * room + 4}px`;
    this.strip.classList.toggle("em-is-running", !isOver);
    const focused = [...this.strip.children].indexOf(document.activeElement);
    this.strip.replaceChildren(...groups.map((group, i) => this.mark(group, places[i], i === 0, ends.length, room)));
    if (focused >= 0) this.strip.children[Math.min(focused, groups.length - 1)]?.focus({ preventScroll: true });
    const [low, high] = [groups.at(-1), groups[0]].map((group) => readable(group?.logLikelihood ?? NaN));
    this.bounds.replaceChildren(...(groups.length ? [create("span", {}, low === high ? "" : low), create("span", {}, high)] : []));
    const capped = ends.filter(({ isCapped }) => isCapped).length;
    const lost = `${collapsed ? ` ${collapsed} collapsed.` : ""}${capped ? ` ${capped} had not converged after ${MOST_ITERATIONS.toLocaleString("en-US")} iterations.` : ""}`;
    this.foot.textContent = groups.length ? `Press a mark to take its mixture.${lost}` : lost.trim() || (isOver ? "No run has come to its end." : "");
  }

  mark(group, { left, row }, isBest, runs, room) {
    const { mixture, logLikelihood, isCapped, count, capped } = group;
    const many = count === 1 ? "1 run" : `${count} runs`;
    const name = `${readable(logLikelihood)}: ${many}${isBest ? ", the highest" : ""}${capped ? `, ${capped === count ? "" : `${capped} of them `}not converged` : ""}`;
    const mark = focusable("button", { type: "button", class: "em-mark", title: name, "aria-label": `Take ${name}`, "data-testid": "em-mark" }, String(count));
    mark.classList.toggle("em-is-best", isBest);
    mark.classList.toggle("em-is-capped", Boolean(isCapped));
    Object.assign(mark.style, { left: `calc(${left} * (100% - ${room}px))`, bottom: `${row * room}px` });
    mark.addEventListener("click", () => this.session.search.isOver && this.session.act("take", { mixture, note: endSentence(group, this.groups, runs) }));
    return mark;
  }
}
