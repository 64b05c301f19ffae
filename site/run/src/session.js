// Running: Python for the page, and the queue of cells that wait for it.

import { megabytes } from "./bar.js";
import { Kernel, KernelError, Stopped } from "./kernel.js";
import { areaOf, isMemoryError, OutputArea } from "./outputs.js";
import { unloaded } from "./words.js";

const SIGN_OF_LIFE = 20_000; // ms between two sentences for screen readers while there is nothing new to say
const LATER = 1000; // ms until a widget that waited for a cell has its answer, if Python has nothing else to do
const STOPPED = "Python was stopped, and what it remembered is gone. Your text is untouched: run the cells again.";
const BUSY = "Python is at work for what you have moved or pressed …";
const READY = "Python is ready again.";
const RESTARTED =
  "What Python remembered is gone, and its memory is free again. Your text is untouched: run the cells again.";
const FULL_BY_CELL =
  "Its memory was full, so Python was ended, and what it remembered is gone. " +
  "Your text is untouched: the next Run starts Python anew.";
const TAKES = /\(\s*[^)\s]/; // something is given to what is called; sliders are not

export class Session {
  #python = null; // a Kernel
  #widgets = null; // a Manager
  #starting = null; // a promise, from the first cell on
  #queue = []; // cells that wait
  #running = null; // the cell that runs
  #asked = null; // the cell that the reader pressed Run at
  #styled = null; // a promise: the widgets' styles are there
  #working = false;
  #late = 0; // messages of widgets that have waited for an answer for a while
  #busy = false; // and the reader has been told
  #full = false; // the cell that runs, or ran last, asked for more memory than there is
  #missing = false; // a package that it imports has not come
  #number = 0; // of cells that this Python has run
  #ready = false; // it has started
  #bytes = 0; // that have come to this Python
  #bytesBefore = 0; // the cell that runs
  #areas = new Map(); // cell -> OutputArea

  /**
   * cells     of the page
   * bar       what tells the reader
   * places    addresses: run, pyodide, modules of widgets
   * packages  that Python starts with
   * bytes     that are loaded before the first cell
   */
  constructor({ cells, bar, places, packages, bytes }) {
    Object.assign(this, { cells, bar, places, packages, bytes });
  }

  /** Run cells in this order, after those that wait already. An error or the reader stops all of them. */
  async run(cells) {
    for (const cell of cells) {
      if (cell === this.#running || this.#queue.includes(cell)) continue;
      cell.state = "waiting";
      this.#queue.push(cell);
    }
    if (this.#working) return;
    this.#working = true;
    this.#busy = false;
    this.bar.working(true);
    const signs = setInterval(() => this.bar.sayAloud(), SIGN_OF_LIFE);
    try {
      await (this.#starting ??= this.#start());
      await this.#runAll();
    } catch (error) {
      this.#lose(error);
    } finally {
      clearInterval(signs);
      this.#rest();
    }
  }

  /** Run a cell, after those above it that have not run as they stand now. */
  runTo(cell) {
    this.#asked = cell;
    return this.run([...staleOf(this.cells.slice(0, cell.index)), cell]);
  }

  /** Show the author's outputs of a cell that has the author's text again, but ran with another one. */
  takeBack(cell) {
    if (!cell.since || cell.state === "running") return;
    this.#areas.get(cell)?.clear();
    cell.backToAuthor();
  }

  /** End Python at once, with all that it remembers. What is written on the page stays. */
  stop() {
    this.#python?.stop();
    if (this.#working || !this.#python) return; // what runs hears of it
    this.#lose(new Stopped());
    this.#rest();
  }

  /** Give back the memory of a Python that does nothing; the next cell starts another one. */
  restart() {
    this.stop();
    this.bar.say(RESTARTED);
  }

  /** No cell runs. */
  #rest() {
    this.#working = false;
    this.bar.working(false, { alive: this.#python !== null });
    setTimeout(() => this.#hearLate(0), LATER);
  }

  /** A widget's message waits (more is 1) or no longer waits (-1): while one does, the reader can stop Python. */
  #hearLate(more) {
    this.#late += more;
    const busy = this.#late > 0;
    if (this.#working || busy === this.#busy) return;
    this.#busy = busy;
    this.bar.working(busy, { alive: true });
    this.bar.say(busy ? BUSY : READY);
  }

  async #start() {
    this.bar.loading(0, this.bytes);
    this.bar.sayAloud(`Loading Python, ${megabytes(this.bytes)}.`);
    const { run, pyodide, modules } = this.places;
    const python = new Kernel({
      onBytes: (bytes) => this.#count(bytes),
      onMissing: () => (this.#missing = true),
      onComm: (message) => this.#widgets.hear(message),
      onDead: (error) => this.#working || this.#lose(error),
      onLate: (more) => python === this.#python && this.#hearLate(more),
    });
    this.#python = python;
    this.#styled ??= addStyles(new URL("widgets.css", run));
    const started = python.start({
      worker: new URL("worker.js", run),
      pyodide: String(pyodide),
      packages: this.packages,
    });
    started.catch(() => {}); // it is awaited below
    const [{ Manager }, texts] = await Promise.all([import("./widgets.js"), Promise.all(modules.map(textAt)), this.#styled]);
    this.#widgets = new Manager({ python, modules: new Map(texts.map((text, i) => [text, String(modules[i])])), areaOf });
    await started;
    this.#ready = true;
    this.bar.loading();
    this.bar.sayAloud("Python is ready.");
  }

  /** Bytes have come: Python itself, or packages that a cell imports. */
  #count(bytes) {
    this.#bytes = bytes;
    if (this.#running) this.#sayRunning();
    else if (!this.#ready) this.bar.loading(bytes, this.bytes);
  }

  #sayRunning() {
    const waiting = this.#queue.length ? `, ${this.#queue.length} after it` : "";
    const more = this.#bytes - this.#bytesBefore;
    const loaded = more ? ` It has loaded ${megabytes(more)} of packages.` : "";
    this.bar.say(`${this.#running.name} is running${waiting} …${loaded}`, { quietly: true });
  }

  async #runAll() {
    let done = 0;
    while (this.#queue.length) {
      const cell = this.#queue.shift();
      const status = await this.#runOne(cell);
      this.#markOutdated();
      done += 1;
      if (status !== "ok") {
        const others = this.#queue.length ? " The cells after it have not run." : "";
        const asked = this.#queue.find((other) => other === this.#asked);
        const full = this.#full ? ` ${FULL_BY_CELL}` : "";
        this.#putBack();
        if (this.#full) this.#end(); // with a memory that is full it goes astray
        asked?.hasNotRun(cell);
        return this.bar.say(`${cell.name} stopped at an error.${others}${full}`, { lasting: true });
      }
      if (!this.#queue.length) this.bar.say(done === 1 ? `${cell.name} has run.` : `${done} cells have run.`);
    }
  }

  async #runOne(cell) {
    const area = this.#areaOf(cell);
    const { el } = area;
    el.style.minHeight = `${el.offsetHeight}px`; // what stands below does not jump
    if (!cell.goesOn) area.clear();
    this.#running = cell;
    this.#bytesBefore = this.#bytes;
    this.#sayRunning();
    this.#full = this.#missing = false;
    cell.begins(++this.#number);
    try {
      const { status } = await this.#python.run(cell.ranText, (message) => {
        const { type, bundle } = message;
        this.#full ||= type === "execute_error" && isMemoryError(bundle.ename);
        if (this.#missing && type === "execute_error" && /ModuleNotFound/.test(bundle.ename)) bundle.evalue = unloaded();
        area.hear(message);
      });
      cell.state = status === "ok" ? "ran" : "failed";
      if (status !== "ok" || cell === this.#asked) cell.unfold();
      return status;
    } finally {
      this.#running = null;
      el.style.minHeight = "";
    }
  }

  #areaOf(cell) {
    if (!this.#areas.has(cell)) this.#areas.set(cell, new OutputArea(cell.outputs()));
    const area = this.#areas.get(cell);
    area.widgets = this.#widgets;
    return area;
  }

  /** Mark what a cell shows that can be moved, or checks, if it was made from what one above has changed since. */
  #markOutdated() {
    let newest = 0; // run, of those above, with another text
    for (const cell of this.cells) {
      const { moves } = this.#areas.get(cell) ?? {};
      cell.outdated = Boolean(moves || cell.hint) && cell.tried && TAKES.test(cell.ranText) && newest > cell.number;
      newest = Math.max(newest, cell.changed);
    }
  }

  /** Cells that wait go back to what they were. */
  #putBack() {
    for (const cell of this.#queue.splice(0)) cell.state = cell.before;
  }

  /** Python is no more: the reader has stopped it, it has died, or it could not start. */
  #lose(error) {
    this.#end();
    const why = error instanceof Stopped ? STOPPED : error instanceof KernelError ? error.message : unloaded();
    this.bar.say(why, { lasting: true });
    if (!(error instanceof Stopped)) console.warn(error);
  }

  #end() {
    this.#putBack();
    for (const cell of this.cells) cell.forgotten();
    for (const area of this.#areas.values()) area.orphan();
    this.#python?.stop();
    this.#python = this.#widgets = this.#starting = null;
    this.#ready = this.#busy = false;
    this.#number = this.#late = this.#bytes = 0;
    this.bar.loading();
  }
}

/** The cells that have not run, or were edited since; and those that failed, if what stands above has changed since. */
function staleOf(cells) {
  const stale = [];
  let newest = 0; // run of those above
  for (const cell of cells) {
    const mayPass = stale.length > 0 || newest > cell.number;
    if (!cell.tried || cell.since || (cell.state === "failed" && mayPass)) stale.push(cell);
    newest = Math.max(newest, cell.number);
  }
  return stale;
}

function addStyles(href) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => Object.assign(link, { onload: resolve, onerror: resolve }));
  document.head.append(link);
  return loaded;
}

async function textAt(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}
