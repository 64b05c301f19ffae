// The bar at the top of a lesson: its buttons, and what it says.

const MB = 1e6;
const BUTTONS = {
  run: "▶ Run this page",
  stop: "■ Stop",
  restart: "Restart Python",
  reset: "Reset all cells",
  save: "Save as notebook",
  open: "Open a saved notebook …",
};

export function megabytes(bytes) {
  return bytes < MB ? "less than 1 MB" : `${Math.round(bytes / MB)} MB`;
}

export class Bar {
  /** @param tell function (what: a key of BUTTONS, or "forget") */
  constructor(tell) {
    this.el = document.createElement("div");
    this.el.className = "run-bar";
    this.el.setAttribute("role", "region");
    this.el.setAttribute("aria-label", "Run this page");
    this.el.innerHTML = `
      <div class="run-buttons"></div>
      <progress max="1" hidden aria-label="Loading Python"></progress>
      <p class="run-note"></p>
      <p class="run-offer" hidden></p>
      <p class="run-kept" hidden></p>
      <p class="run-aloud" role="status"></p>`;
    const buttons = this.el.querySelector(".run-buttons");
    this.buttons = {};
    for (const [what, text] of Object.entries(BUTTONS)) {
      const button = this.#button(text, () => button.getAttribute("aria-disabled") !== "true" && tell(what));
      button.dataset.what = what;
      this.buttons[what] = button;
      buttons.append(button);
    }
    this.buttons.stop.hidden = this.buttons.restart.hidden = this.buttons.reset.hidden = this.buttons.save.hidden = true;
    this.note = this.el.querySelector(".run-note");
    this.aloud = this.el.querySelector(".run-aloud");
    this.kept = this.el.querySelector(".run-kept");
    this.offered = this.el.querySelector(".run-offer");
    this.buttons.reset.title = "Answers in words stay.";
    this.progress = this.el.querySelector("progress");
    this.tell = tell;
  }

  /**
   * Say a sentence, to everybody; `quietly`: not to screen readers, which are told less often; `lasting`: it stays in
   * sight, wherever the reader is on the page, until the next key or click.
   */
  say(text, { quietly = false, lasting = false } = {}) {
    this.note.textContent = text;
    if (!quietly) this.aloud.textContent = text;
    this.el.toggleAttribute("data-lasting", lasting);
    if (lasting) setTimeout(() => ["keydown", "click"].forEach((kind) => addEventListener(kind, this.#rest)));
  }

  #rest = ({ target }) => {
    if (this.el.contains(target)) return;
    this.el.removeAttribute("data-lasting");
    for (const kind of ["keydown", "click"]) removeEventListener(kind, this.#rest);
  };

  /** Say to screen readers what is seen, or `text`. */
  sayAloud(text = this.note.textContent) {
    this.aloud.textContent = text;
  }

  /** Whether cells run or wait; if not, whether there is a Python, which is `alive`. */
  working(on, { alive = false } = {}) {
    this.el.toggleAttribute("data-working", on);
    const { run, stop, restart } = this.buttons;
    const focused = document.activeElement;
    stop.hidden = !on;
    restart.hidden = on || !alive;
    run.setAttribute("aria-disabled", on); // not `disabled`: that would take the focus away
    run.textContent = "▶ Run all";
    if (focused === (on ? run : stop) || focused === restart) (run.checkVisibility() ? run : stop).focus({ preventScroll: true });
  }

  /** How much of Python has come: bytes of all of them, or nothing where nothing is loading. */
  loading(bytes, all) {
    this.progress.hidden = bytes === undefined;
    if (bytes === undefined) return;
    this.progress.value = Math.min(1, bytes / all);
    const loading = `Loading Python: ${Math.round(bytes / MB)} of ${megabytes(all)}.`;
    this.say(bytes < all ? loading : "Starting Python …", { quietly: true });
  }

  /** The cells can be edited: now there is something to reset and to save. */
  editing() {
    this.buttons.reset.hidden = false;
    this.writing();
  }

  /** Something is written: it can be saved. */
  writing() {
    this.buttons.save.hidden = false;
  }

  /** Say what is kept of the reader's edits, with a button to forget them if there are any. */
  tellKept(sentences, { any = false } = {}) {
    const text = [sentences].flat().filter(Boolean).join(" ");
    this.kept.hidden = !text;
    this.kept.textContent = text;
    if (any) this.kept.append(" ", this.#button("Forget them", () => this.tell("forget")));
  }

  /** Say what was done to the reader's text, with a button that undoes it: both stay, whatever else is said. */
  offerUndo(text, undo) {
    const button = this.#button("Undo", () => {
      this.withdrawUndo();
      undo();
      this.buttons.reset.focus({ preventScroll: true });
    });
    this.offered.replaceChildren(`${text} `, button);
    this.offered.hidden = false;
    this.sayAloud(text);
  }

  withdrawUndo() {
    this.offered.hidden = true;
    this.offered.replaceChildren();
  }

  #button(text, onclick) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "run-button", textContent: text, onclick });
    return button;
  }
}
