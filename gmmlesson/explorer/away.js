// Take it away: the picture, the points, the mixture as files; the mixture's Python and a link to the state as text.
import { eStep } from "./em.js";
import { button, create, focusable, group, panel, uniqueId } from "./elements.js";
import { fragmentOf, partsFrom } from "./link.js";
import { stillCanvas, stillSvg } from "./still.js";
import { csvOf, jsonOf, pythonOf } from "./texts.js";

const KEPT = 60000; // milliseconds for which a file waits to be fetched: browsers ask where to put it
const opened = new WeakSet(); // sessions that have read the page's link

/** Give a file to the browser, as if it were behind a link. */
function download(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = create("a", { href: address, hidden: "" });
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
}

export class Away {
  constructor(view) {
    const id = uniqueId("away");
    Object.assign(this, { view, session: view.session });
    this.button = button("save", "Save", "Take the picture, the points or the mixture away, or a link to what is shown");
    this.files = {
      png: button("save-png", "Picture, PNG", "The picture as it stands, in pixels"),
      svg: button("save-svg", "Picture, SVG", "The picture as it stands, in lines: sharp at any size, with a description"),
      csv: button("save-csv", "Points, CSV", "The points with all digits, which row each was, its component and its responsibilities"),
      json: button("save-json", "Mixture, JSON", "Weights, means and covariances of the mixture shown, with the names of the features"),
      py: button("save-py", "Mixture, Python", "A file that makes the mixture shown, with gmmlesson"),
    };
    this.copies = {
      python: button("copy-python", "Copy Python", "Lines for a cell, which make the mixture shown"),
      link: button("copy-link", "Copy link", "Who opens it in this page sees this mixture, not all that you have tried"),
    };
    if (!this.session.isPage) delete this.copies.link; // a notebook has an address, but not one that holds this
    this.text = focusable("textarea", { class: "em-text", "data-testid": "em-text", readonly: "", rows: "3", hidden: "", spellcheck: "false" });
    this.answer = create("p", { class: "em-foot", "data-testid": "em-away-answer" });
    this.close = button("away-close", "Close", "Put this away (Escape)");
    this.panel = panel("Save", { id, class: "em-panel em-away", "data-testid": "em-away", hidden: "" },
      group("Save as a file", ...Object.values(this.files)), group("Copy", ...Object.values(this.copies)), this.close, this.answer, this.text);
    this.button.setAttribute("aria-controls", id);
    this.show(false);
  }

  listen(on) {
    on(this.button, "click", () => this.show(!this.isOpen));
    on(this.close, "click", () => this.shut());
    for (const kind of Object.keys(this.files)) on(this.files[kind], "click", () => this.save(kind));
    for (const kind of Object.keys(this.copies)) on(this.copies[kind], "click", () => this.copy(kind));
    on(this.text, "keydown", (event) => event.key !== "Escape" && event.stopPropagation()); // no keys for us while a text is read
    if (!this.session.isPage) return;
    on(window, "hashchange", () => this.open());
    if (!opened.has(this.session)) setTimeout(() => this.open()); // when all is in its place
    opened.add(this.session);
  }

  show(isOpen) {
    if (isOpen) this.view.opener.shut();
    this.answer.textContent = "";
    this.panel.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.files.png.focus();
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  shut() {
    const hadFocus = this.panel.contains(document.activeElement);
    this.show(false);
    if (hadFocus) this.button.focus();
  }

  /** Go where the page's link leads, if it is one of ours. */
  open() {
    const link = this.view.signal.aborted ? null : partsFrom(window.location.hash);
    if (link) this.session.act("open", { link });
  }

  /** What there is to say stands here, too: on a telephone the picture and its words are far above. */
  say(text) {
    this.answer.textContent = text;
    this.view.words.say(text);
    this.answer.scrollIntoView({ block: "nearest" });
  }

  async save(kind) {
    const { session, view: { picture } } = this;
    const name = `em-${{ csv: "points", json: "mixture", py: "mixture" }[kind] ?? "picture"}.${kind}`;
    try {
      download(await this.blobOf(kind, session, picture), name);
      this.say(`Saved as ${name}.`);
    } catch (error) {
      this.say(`${name} could not be made: ${error.message}`);
    }
  }

  blobOf(kind, session, picture) {
    if (kind === "png") return new Promise((done, failed) => stillCanvas(picture).toBlob((blob) => (blob ? done(blob) : failed(new Error("the browser gives no picture.")))));
    const [type, text] = {
      svg: () => ["image/svg+xml", stillSvg(picture)],
      csv: () => ["text/csv", csvOf(session.data, this.responsibilities())],
      json: () => ["application/json", jsonOf(session)],
      py: () => ["text/x-python", pythonOf(session, { reads: true })],
    }[kind]();
    return new Blob([text], { type: `${type};charset=utf-8` });
  }

  /** Of the mixture shown, whatever the colors are of. */
  responsibilities() {
    const { data: { X, d }, mixture, fresh, responsibilities } = this.session;
    return fresh ? responsibilities : eStep(X, d, mixture).responsibilities;
  }

  async copy(kind) {
    const text = kind === "link" ? this.address() : pythonOf(this.session);
    if (text === null) {
      this.text.hidden = true;
      return this.say("A link cannot hold points that were set by hand or come from a file of yours: save them as CSV.");
    }
    const [name, more] = kind === "link" ? ["Link", this.reach()] : ["Python", ""];
    Object.assign(this.text, { value: text, hidden: false });
    this.text.setAttribute("aria-label", `${name}, to copy`);
    try {
      await navigator.clipboard.writeText(text);
      return this.say(`${name} copied.${more}`);
    } catch { // not allowed here, or not over http
      this.text.focus();
      this.text.select();
      return this.say(`${name} selected: copy it with Ctrl+C or Command+C.${more}`);
    }
  }

  /** The page's address with the state, or null if its points have no name. */
  address() {
    const fragment = fragmentOf(this.session.state, this.session.opening);
    return fragment && window.location.href.replace(/#.*$/s, "") + fragment;
  }

  reach() {
    return window.location.protocol === "file:" ? " It opens this file on this computer; elsewhere, put what begins with # behind the file's address." : "";
  }
}
