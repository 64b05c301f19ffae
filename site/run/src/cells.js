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

const OUTDATED = "a cell above has run since: run this one again";

const CHECK = /^check\("(\w+)"/; // of an exercise

// What stands above the author's outputs, once the reader has written something.
const AUTHORS = "This is what the author's text gives. Run the cell for yours.";
const UNCHECKED = "Not checked yet: run this cell for what your code gives.";

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
  changed = 0; // number of the last run of another text than the run before
  #lastText = null; // that this Python has run
  #outdated = false; // it shows widgets or a check, and what they were made from has changed
  #blocked = null; // the cell whose error has kept this one from running
  #undo = null; // a button, after Reset
  #place = null; // of its outputs
  #authors = []; // nodes of the author's outputs
  #told = null; // the paragraph that says whose outputs these are

  /** @param tell function (what: "run", "above", "hint", "reset", "edit", "edited", cell) */
  constructor(el, index, tell) {
    Object.assign(this, { el, index, tell });
    this.input = el.querySelector(".cell_input");
    this.pre = this.input.querySelector("pre");
    this.author = this.pre.textContent.replace(/\n$/, "");
    this.#text = this.author;
    el.id ||= `run-cell-${index + 1}`;
    const compare = el.nextElementSibling?.matches("details") && el.nextElementSibling.querySelector("summary");
    for (const fold of [el.querySelector(`${FOLD} > summary`), compare])
      fold && (fold.ariaLabel = `${fold.textContent}: ${this.name}`);
    this.#addButtons();
    this.pre.addEventListener("click", (event) => {
      if (!getSelection().isCollapsed) return;
      this.caret = placeIn(this.pre, event);
      tell("edit", this);
    });
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
    this.#blocked = null;
    this.#state = state;
    this.el.dataset.run = state;
    this.#show();
  }

  /** It runs now, as what Python counts `number`. */
  begins(number) {
    this.tellAuthors(false);
    if (this.#lastText !== null && this.#lastText !== this.text) this.changed = number;
    this.#outdated = false;
    this.number = number;
    this.ranText = this.#lastText = this.text;
    this.state = "running";
  }

  /** Python has forgotten it. */
  forgotten() {
    this.changed = 0;
    this.#lastText = null;
    this.#outdated = false;
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
    const label = `${this.name}, Python. Tab leaves it; once you have written, Escape and then Tab. Shift and Enter runs it.`;
    this.#editor = make(place, this.#text, {
      label,
      onRun: () => this.tell("run", this),
      onEdit: () => {
        this.#undo?.remove();
        this.#show();
        this.tell("edited", this);
      },
    });
    this.input.classList.add("run-edits");
    this.editButton.hidden = true;
  }

  /** Write in it: where it was clicked, if it was. */
  focus() {
    this.#editor?.focus(this.caret);
    this.caret = undefined;
  }

  /** Its widgets, or its check, show what was there before a cell above ran with another text. */
  set outdated(outdated) {
    if (outdated === this.#outdated) return;
    this.#outdated = outdated;
    this.#show();
  }

  /** It was to run, but another cell stopped at an error before. */
  hasNotRun(other) {
    this.#blocked = other;
    this.#show();
  }

  /** After Reset: a way back, where the button was. */
  offerUndo(undo) {
    this.#undo?.remove();
    this.#undo = this.#button("Undo", "Undo the reset", () => {
      this.#undo.remove();
      undo();
      this.focus();
    });
    this.mark.before(this.#undo);
    this.focus();
  }

  /** The place of its outputs, made if there is none yet: in what is folded, if something is. */
  outputs() {
    if (this.#place) return this.#place;
    let place = this.el.querySelector(".cell_output");
    if (!place) {
      place = document.createElement("div");
      place.className = "cell_output docutils container";
      this.el.append(place);
    }
    const fold = place.querySelector(FOLD);
    if (fold) {
      place = document.createElement("div");
      place.append(...[...fold.children].filter((child) => child.localName !== "summary"));
      fold.append(place);
    }
    this.#place = place;
    this.#authors = [...place.childNodes];
    return place;
  }

  /** Say that its outputs are the author's, if they are; `mine`: that it, or a cell above, has the reader's text. */
  tellAuthors(mine) {
    const tell = mine && this.#state === "author" && this.el.querySelector(".cell_output") !== null;
    if (tell === Boolean(this.#told)) return;
    const place = this.outputs();
    this.#told?.remove();
    this.#told = null;
    if (tell) {
      this.#told = document.createElement("p");
      this.#told.className = "run-authors";
      this.#told.textContent = this.hint ? UNCHECKED : AUTHORS;
      place.prepend(this.#told);
    }
    place.classList.toggle("run-unchecked", tell && Boolean(this.hint));
  }

  /** As if it had not run: it shows the author's outputs, and Run further down runs it again. */
  backToAuthor() {
    this.outputs().replaceChildren(...this.#authors);
    this.number = this.ranText = null;
    this.state = "author";
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
      const made = this.#button(text, title, () => this.tell(what, this));
      this.foot.append(made);
      return made;
    };
    const run = button("▶ Run", "Runs those above first that have not run as they stand", "run");
    run.ariaLabel = `Run ${this.name.toLowerCase()}`; // short: it is heard at every cell
    button("Run above", "Run above: all cells above this one", "above").hidden = this.index === 0;
    this.editButton = button("Edit", "Edit this cell", "edit");
    const [, exercise] = CHECK.exec(this.author) ?? [];
    if (exercise) {
      this.hint = new Hint(this, exercise);
      button("Hint", `The next hint for ${exercise}`, "hint");
    }
    this.resetButton = button("Reset", "Reset to the author's text", "reset");
    const name = document.createElement("span");
    Object.assign(name, { className: "run-name", textContent: this.name });
    this.mark = document.createElement("span");
    this.mark.className = "run-mark";
    this.foot.append(this.mark, name);
    this.input.append(this.foot);
    this.#show();
  }

  #button(text, title, onclick) {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "run-button", textContent: text, title, onclick });
    made.setAttribute("aria-label", `${title}: ${this.name}`);
    return made;
  }

  #show() {
    const { number, since } = this;
    const edited = since ? "edited since" : number === null && this.edited ? "edited" : "";
    const words = [number === null ? "" : `[${number}]`, WORDS[this.#state], edited, this.#outdated && OUTDATED];
    this.mark.textContent = words.filter(Boolean).join(", ");
    if (this.#blocked) this.mark.append(this.mark.textContent && ", ", "not run: ", linkTo(this.#blocked));
    this.el.classList.toggle("run-since", since);
    this.resetButton.hidden = !this.edited;
  }
}

function linkTo({ el, name }) {
  return Object.assign(document.createElement("a"), { href: `#${el.id}`, textContent: `${name} stopped at an error` });
}

/** Where in the text of an element a click was: how many characters stand before, if the browser tells. */
function placeIn(el, { clientX, clientY }) {
  const place = document.caretPositionFromPoint?.(clientX, clientY);
  const range = place ? undefined : document.caretRangeFromPoint?.(clientX, clientY);
  const [node, offset] = place ? [place.offsetNode, place.offset] : [range?.startContainer, range?.startOffset];
  if (!el.contains(node ?? null)) return undefined;
  const before = document.createRange();
  before.setStart(el, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}

/** What gives the hints for an exercise, one below the other: for the session it is one more cell. */
class Hint {
  #state = "author";
  goesOn = true; // what it has shown stays

  constructor(cell, exercise) {
    this.cell = cell;
    this.name = `The hint for ${exercise}`;
    this.ranText = `from gmmlesson.exercises import hint\nhint("${exercise}")`;
  }

  get state() {
    return this.#state;
  }

  set state(state) {
    this.#state = state;
    if (state === "ran") this.#dropRepeated();
  }

  get before() {
    return "author"; // after it has waited in vain
  }

  begins() {
    this.state = "running";
  }

  unfold() {}

  outputs() {
    this.el = document.createElement("div");
    this.el.className = "run-hint";
    this.el.setAttribute("role", "log");
    this.el.setAttribute("aria-label", this.name);
    this.cell.foot.after(this.el);
    return this.el;
  }

  /** After the last hint, Python gives it again. */
  #dropRepeated() {
    const [last, one] = [...this.el.children].reverse();
    if (last?.textContent === one?.textContent) last?.remove();
  }
}
