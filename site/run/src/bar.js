// The bar at the top of a lesson: its buttons, and what it says.

const MB = 1e6;
const BUTTONS = {
  run: "▶ Run this page",
  stop: "■ Stop",
  restart: "Restart Python",
  reset: "Reset page",
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
      <p class="run-kept" hidden></p>
      <p class="run-aloud" role="status"></p>`;
    const buttons = this.el.querySelector(".run-buttons");
    this.buttons = {};
    for (const [what, text] of Object.entries(BUTTONS)) {
      this.buttons[what] = this.#button(text, () => tell(what));
      buttons.append(this.buttons[what]);
    }
    this.buttons.stop.hidden = this.buttons.restart.hidden = this.buttons.reset.hidden = this.buttons.save.hidden = true;
    this.note = this.el.querySelector(".run-note");
    this.aloud = this.el.querySelector(".run-aloud");
    this.kept = this.el.querySelector(".run-kept");
    this.progress = this.el.querySelector("progress");
    this.tell = tell;
  }

  /** Say a sentence, to everybody; `quietly`: not to screen readers, which are told less often. */
  say(text, { quietly = false, action } = {}) {
    this.note.textContent = text;
    if (action) this.note.append(" ", this.#button(action.text, action.run));
    if (!quietly) this.aloud.textContent = text;
  }

  /** Whether cells run or wait; if not, whether there is a Python, which is `alive`. */
  working(on, { alive = false } = {}) {
    this.el.toggleAttribute("data-working", on);
    this.buttons.stop.hidden = !on;
    this.buttons.restart.hidden = on || !alive;
    this.buttons.run.disabled = on;
    this.buttons.run.textContent = "▶ Run all";
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
    this.buttons.reset.hidden = this.buttons.save.hidden = false;
  }

  /** Say what is kept of the reader's edits, with a button to forget them if there are any. */
  tellKept(sentences, { any = false } = {}) {
    const text = [sentences].flat().filter(Boolean).join(" ");
    this.kept.hidden = !text;
    this.kept.textContent = text;
    if (any) this.kept.append(" ", this.#button("Forget them", () => this.tell("forget")));
  }

  #button(text, onclick) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "run-button", textContent: text, onclick });
    return button;
  }
}
