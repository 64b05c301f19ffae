// "Best of 20": where the runs from many starts end, as marks on an axis of log-likelihood, each of which can be taken.
import { button, create, focusable } from "./elements.js";
import { grouped } from "./search.js";
import { endSentence, readable } from "./sentences.js";

const MANY = 20;
const MARK_ROOM = 26; // pixels a mark, so that a finger hits one

/** Where marks stand: left, 0 to 1, and a row, counted from below, in which no two of them touch. */
export function laidOut(groups, width) {
  const high = groups[0].logLikelihood, low = groups.at(-1).logLikelihood;
  const rows = []; // the leftmost place taken in each
  return groups.map(({ logLikelihood }) => {
    const left = high > low ? (logLikelihood - low) / (high - low) : 1;
    let row = rows.findIndex((taken) => (taken - left) * (width - MARK_ROOM) >= MARK_ROOM);
    if (row < 0) row = rows.push(left) - 1;
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
    Object.assign(this, { view, session: view.session });
    this.button = button("search", `Best of ${MANY}`, `Run EM from ${MANY} starts of this kind to their ends, and compare these`);
    this.detail = create("span", { class: "em-detail" });
    this.strip = create("div", { class: "em-strip", role: "group", "aria-label": "Ends of the runs, by log-likelihood" });
    this.foot = create("p", { class: "em-foot" });
    this.panel = create("section", { class: "em-panel", "data-testid": "em-starts", "aria-label": `Best of ${MANY}`, hidden: "" },
      create("div", { class: "em-head" }, create("span", { class: "em-title" }, `Best of ${MANY}`), this.detail), this.strip, this.foot);
  }

  listen(on) {
    on(this.button, "click", () => this.session.act("search", { count: MANY }));
  }

  update() {
    const { search } = this.session;
    this.panel.hidden = !search;
    if (!search) return;
    if (this.shown !== search) this.build(search);
    this.groups.forEach(({ mixture }, i) => this.strip.children[i].setAttribute("aria-pressed", String(isOne(mixture, this.session.mixture))));
  }

  build(search) {
    this.shown = search;
    const { ends, isOver } = search, groups = this.groups = grouped(ends);
    const collapsed = ends.length - groups.reduce((sum, { count }) => sum + count, 0);
    this.detail.textContent = isOver ? (groups.length === 1 ? "1 end" : `${groups.length} ends`) : `${ends.length} of ${MANY} \u2026`;
    const places = groups.length ? laidOut(groups, this.strip.clientWidth || 260) : [];
    const rows = 1 + Math.max(-1, ...places.map(({ row }) => row));
    this.strip.style.height = `${Math.max(1, rows) * MARK_ROOM + 4}px`;
    const focused = [...this.strip.children].indexOf(document.activeElement);
    this.strip.replaceChildren(...groups.map((group, i) => this.mark(group, places[i], i === 0, ends.length)));
    if (focused >= 0) this.strip.children[Math.min(focused, groups.length - 1)]?.focus({ preventScroll: true });
    const lost = collapsed ? ` ${collapsed} collapsed.` : "";
    this.foot.textContent = groups.length ? `From ${readable(groups.at(-1).logLikelihood)} to ${readable(groups[0].logLikelihood)}. Press a mark to take its mixture.${lost}` : lost.trim();
  }

  mark(group, { left, row }, isBest, runs) {
    const { mixture, logLikelihood, count } = group;
    const many = count === 1 ? "1 run" : `${count} runs`;
    const name = `${readable(logLikelihood)}: ${many}${isBest ? ", the highest" : ""}`;
    const mark = focusable("button", { type: "button", class: "em-mark", title: name, "aria-label": `Take ${name}`, "data-testid": "em-mark" }, String(count));
    mark.classList.toggle("em-is-best", isBest);
    Object.assign(mark.style, { left: `calc(${left} * (100% - ${MARK_ROOM}px))`, bottom: `${row * MARK_ROOM}px` });
    mark.addEventListener("click", () => this.session.act("take", { mixture, note: endSentence(group, this.groups, runs) }));
    return mark;
  }
}
