// The page's code cells: the author's text, what the reader has made of it, and the buttons below it.

const FOLD = "details.gmm-predicted"; // outputs that the reader is asked to predict

// What a cell says of its state, beside its number.
const WORDS = {
  author: "",
  waiting: "waiting",
  running: "running …",
  ran: "",
  failed: "stopped at an error",
  stopped: "stopped",
  lost: "ran before Python was stopped",
};

/** The code cells of a lesson's page, in order. */
export function findCells(article, tell) {
  const places = [...article.querySelectorAll("div.cell")].filter((el) => el.querySelector(".cell_input pre"));
  return places.map((el, index) => new Cell(el, index, tell));
}

export class Cell {
  #state = "author"; // a key of WORDS; "author": it has not run, and its output is the author's
  #text; // while there is no editor
  #editor = null;
  number = null; // of the last run, as Python counts
  ranText = null; // what ran then
  before = "author"; // its state before it waited

  /** @param tell function (what: "run", "above", "reset", "edit", "edited", cell) */
  constructor(el, index, tell) {
    Object.assign(this, { el, index, tell });
    this.input = el.querySelector(".cell_input");
    this.pre = this.input.querySelector("pre");
    this.author = this.pre.textContent.replace(/\n$/, "");
    this.#text = this.author;
    this.#addButtons();
    this.pre.addEventListener("click", () => getSelection().isCollapsed && tell("edit", this));
  }

  /** What a reader calls it. */
  get name() {
    return `Cell ${this.index + 1}`;
  }

  get text() {
    return this.#editor ? this.#editor.text : this.#text;
  }

  set text(text) {
    if (this.#editor) this.#editor.text = text;
    else this.#text = text;
    this.#show();
  }

  get edited() {
    return this.text !== this.author;
  }

  /** Whether it has been edited since it ran. */
  get since() {
    return this.number !== null && this.#state !== "waiting" && this.text !== this.ranText;
  }

  get state() {
    return this.#state;
  }

  set state(state) {
    if (state === "waiting") this.before = this.#state;
    this.#state = state;
    this.el.dataset.run = state;
    this.#show();
  }

  /** It runs now, as what Python counts `number`. */
  begins(number) {
    this.number = number;
    this.ranText = this.text;
    this.state = "running";
  }

  /** Python has forgotten it. */
  forgotten() {
    if (this.#state === "running") this.state = "stopped";
    else if (this.tried) this.state = "lost";
  }

  /** Whether this Python has tried it. */
  get tried() {
    return this.#state === "ran" || this.#state === "failed";
  }

  /** Let the reader edit it. `make` is function (place, text, {label, onRun, onEdit}) -> editor. */
  makeEditor(make) {
    if (this.#editor) return;
    const place = document.createElement("div");
    place.className = "run-editor";
    this.input.insertBefore(place, this.foot);
    const label = `${this.name}, Python. Escape and then Tab leaves it, Shift and Enter runs it.`;
    this.#editor = make(place, this.#text, {
      label,
      onRun: () => this.tell("run", this),
      onEdit: () => {
        this.#show();
        this.tell("edited", this);
      },
    });
    this.input.classList.add("run-edits");
    this.editButton.hidden = true;
  }

  focus() {
    this.#editor?.focus();
  }

  /** The place of its outputs, made if there is none yet: in what is folded, if something is. */
  outputs() {
    let place = this.el.querySelector(".cell_output");
    if (!place) {
      place = document.createElement("div");
      place.className = "cell_output docutils container";
      this.el.append(place);
    }
    const fold = place.querySelector(FOLD);
    if (!fold) return place;
    const outputs = document.createElement("div");
    outputs.append(...[...fold.children].filter((child) => child.localName !== "summary"));
    fold.append(outputs);
    return outputs;
  }

  /** Show its outputs, should they be folded. */
  unfold() {
    const fold = this.el.querySelector(FOLD);
    if (fold) fold.open = true;
  }

  #addButtons() {
    this.foot = document.createElement("div");
    this.foot.className = "run-foot";
    const button = (text, title, what) => {
      const made = document.createElement("button");
      Object.assign(made, { type: "button", className: "run-button", textContent: text, title });
      made.setAttribute("aria-label", `${title}: ${this.name}`);
      made.addEventListener("click", () => this.tell(what, this));
      this.foot.append(made);
      return made;
    };
    button("▶ Run", "Run this cell, after those above that have not run", "run");
    button("Run above", "Run above: all cells above this one", "above").hidden = this.index === 0;
    this.editButton = button("Edit", "Edit this cell", "edit");
    this.resetButton = button("Reset", "Reset to the author's text", "reset");
    this.mark = document.createElement("span");
    this.mark.className = "run-mark";
    this.foot.append(this.mark);
    this.input.append(this.foot);
    this.#show();
  }

  #show() {
    const { number, since } = this;
    const edited = since ? "edited since" : number === null && this.edited ? "edited" : "";
    const words = [number === null ? "" : `[${number}]`, WORDS[this.#state], edited];
    this.mark.textContent = words.filter(Boolean).join(", ");
    this.el.classList.toggle("run-since", since);
    this.resetButton.hidden = !this.edited;
  }
}
