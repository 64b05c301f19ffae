// What a cell prints and shows, as Jupyter shows it.

const ANSI = /\x1b\[[0-9;]*[A-Za-z]/g; // colors of a terminal
const IMAGES = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const WIDGET = "application/vnd.jupyter.widget-view+json";
const MOST = 200_000; // characters that a cell may print before the rest is left out: a page of a hundred screens
const MOST_PLACES = 1000; // and pieces that it may show
const LONG = 2000; // characters; a line so long is not overwritten
const MORE = "More was printed than is shown here.";

const areas = new WeakMap(); // element -> OutputArea
const displays = new Map(); // display_id -> places that show it

/** The output area that an element lies in, if any. */
export function areaOf(el) {
  for (let at = el; at; at = at.parentElement) if (areas.has(at)) return areas.get(at);
  return undefined;
}

/** What stands below a cell. */
export class OutputArea {
  #endings = []; // functions that take widgets away
  #clearing = false; // at the next output
  #printed = 0; // characters in lines that are complete
  #full = false; // what is printed and shown from now on is left out
  #line = null; // where it prints: {pre, done, node, text}; `node` shows the last line, `text` is all of it

  widgets = null; // a Manager

  constructor(el) {
    this.el = el;
    areas.set(el, this);
  }

  /** Show one message of the kernel. */
  hear(message) {
    if (this.widgets?.captured(message)) return;
    const { type, bundle } = message;
    if (type === "clear_output") {
      if (bundle.wait) this.#clearing = true;
      else this.clear();
      return;
    }
    if (type === "update_display_data") return this.#update(bundle);
    if (this.#clearing) this.clear();
    if (type === "execute_error") this.el.append(errorOf(bundle));
    else if (this.#full) return;
    else if (this.el.childElementCount >= MOST_PLACES) this.#leaveOut();
    else if (type === "stream") this.#print(bundle);
    else if (type === "display_data" || type === "execute_result") this.#show(bundle);
  }

  /** Whether it shows widgets. */
  get moves() {
    return this.#endings.length > 0;
  }

  clear() {
    this.#clearing = this.#full = false;
    this.#printed = 0;
    for (const end of this.#endings.splice(0)) end();
    this.el.replaceChildren();
  }

  /** Python is no more: its widgets stay as a picture, and say so. */
  orphan() {
    if (!this.#endings.length) return;
    for (const output of this.el.children) output.inert = true;
    this.el.prepend(element("p", "run-orphan", "Python was stopped: run this cell again to move what is below."));
  }

  #print({ name, text }) {
    const kind = name === "stderr" ? "stderr" : "stream";
    let last = this.el.lastElementChild;
    if (!last?.matches(`.output.${kind}`)) {
      last = element("div", `output ${kind} highlight-myst-ansi notranslate`);
      last.innerHTML = '<div class="highlight"><pre></pre></div>';
      this.el.append(last);
    }
    this.#write(last.querySelector("pre"), text.replace(ANSI, ""));
  }

  /** Add text to what stands in `pre`; only its last line is looked at again, since it may be overwritten. */
  #write(pre, text) {
    if (this.#line?.pre !== pre) this.#line = { pre, done: textIn(pre), node: textIn(pre), text: "" };
    const line = this.#line;
    const cut = line.text.length > LONG ? text.length : text.lastIndexOf("\n") + 1;
    if (cut) {
      const lines = overwritten(line.text + text.slice(0, cut));
      const room = MOST - this.#printed;
      line.done.appendData(lines.slice(0, room));
      this.#printed += lines.length;
      line.text = "";
    }
    line.text = (line.text + text.slice(cut)).replace(/^[^]*\r(?=[^\r])/, "");
    const shown = overwritten(line.text);
    const room = Math.max(0, MOST - this.#printed);
    line.node.data = shown.slice(0, room);
    if (shown.length > room || this.#printed > MOST) this.#leaveOut();
  }

  #leaveOut() {
    this.#full = true;
    this.el.append(element("p", "run-more", MORE));
  }

  #show({ data, metadata, transient }) {
    const place = element("div", "output");
    this.el.append(place);
    this.#fill(place, data, metadata ?? {});
    const id = transient?.display_id;
    if (id) displays.set(id, [...(displays.get(id) ?? []), { place, area: this }]);
  }

  #update({ data, metadata, transient }) {
    for (const { place, area } of displays.get(transient?.display_id) ?? []) {
      place.replaceChildren();
      area.#fill(place, data, metadata ?? {});
    }
  }

  #fill(place, data, metadata) {
    const image = IMAGES.find((type) => type in data);
    if (WIDGET in data && this.widgets) this.#widget(place, data[WIDGET].model_id);
    else if ("text/html" in data) fillHTML(place, data["text/html"]);
    else if ("image/svg+xml" in data) fillHTML(place, data["image/svg+xml"]);
    else if (image) place.append(imageOf(image, data[image], metadata[image] ?? {}));
    else place.append(printed(data["text/plain"] ?? ""));
    place.classList.add(image ? "image_png" : "text/html" in data ? "text_html" : "text_plain");
  }

  async #widget(place, id) {
    try {
      this.#endings.push(await this.widgets.show(id, place));
    } catch {
      place.append(element("p", "", "This widget could not be shown. Run the cell again."));
    }
  }
}

/** A child of `tag` with a class and, as plain text, what it says. */
function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text) made.textContent = text;
  return made;
}

/** A new text node at the end of an element. */
function textIn(el) {
  return el.appendChild(document.createTextNode(""));
}

function printed(text) {
  return element("pre", "", text.replace(ANSI, ""));
}

function fillHTML(place, html) {
  place.classList.add("text_html");
  place.innerHTML = html;
}

function imageOf(type, data, { alt, width, height }) {
  const image = new Image();
  image.src = `data:${type};base64,${data}`;
  image.alt = alt ?? "A figure without a description.";
  if (width) image.width = width;
  if (height) image.height = height;
  return image;
}

/** What stands on the screen when a carriage return goes back to the beginning of its line, as bars of progress do. */
export function overwritten(text) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  return lines.map((line) => line.replace(/\r+$/, "").replace(/^.*\r/s, "")).join("\n");
}

export function isMemoryError(ename) {
  return /MemoryError\b/.test(ename);
}

/** An error: its last line first, as a sentence; then, folded, the way to it. */
export function errorOf({ ename, evalue, traceback }) {
  const name = ename.replace(/^<class '(?:.*\.)?(\w+)'>$/, "$1");
  const way = traceback.join("\n").replace(ANSI, "").replace(/^-+\n/, "");
  const box = element("div", "output error run-error");
  const sentence = element("p");
  const where = lineIn(way);
  sentence.append(element("strong", "", name), where ? ` in line ${where}: ` : ": ");
  sentence.append(sentenceOf(evalue) || (isMemoryError(name) ? "there is not enough memory." : "no message"));
  const folded = element("details");
  folded.append(element("summary", "", "The way to it"), element("pre", "", way));
  box.append(sentence, folded);
  return box;
}

/** What an error says, without Python's name for the cell, which nobody else knows. */
function sentenceOf(evalue) {
  return evalue.replace(/ \((?:<ipython-input-[^>]*>|[\w.]+\.py), line \d+\)$/, "");
}

/** The line of the cell in which it happened, counted from 1. */
function lineIn(way) {
  return [...way.matchAll(/(?:Cell In\[\d+\]|<ipython-input-[^>]*>), line (\d+)/g)].at(-1)?.[1];
}
