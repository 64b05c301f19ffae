// "Run this page": loaded by every lesson, small; all that is heavy comes when the reader asks for it.

import { findAnswers } from "./answers.js";
import { Bar, megabytes } from "./bar.js";
import { findCells } from "./cells.js";
import { keepFiles } from "./keeping.js";
import { Kept, putBack } from "./kept.js";
import * as words from "./words.js";

const SAVED_AFTER = 400; // ms without a key
const MODULES = ["explorer.js", "slider.js"]; // of widgets

/* global SIZES, PACKAGES -- written in by build.mjs */

const run = new URL("./", import.meta.url);
const root = new URL("../../", run);
const { lesson, notebook } = document.body.dataset;
const article = document.querySelector("article");
const cells = lesson ? findCells(article, hear) : [];
const answers = lesson ? findAnswers(article, hear) : [];
const written = [...cells, ...answers]; // what the reader can write in
const kept = new Kept(lesson);
let bar;
let left = []; // edits of cells that this version of the lesson no longer has
let session; // once Python has been asked for
let editor; // a promise of CodeMirror, once a cell is to be edited
let keeping; // a promise: what is loaded from now on is kept for the next visit
let saving; // a timer
let undoes = []; // cells that the bar's Undo gives their text back
const unsaved = new Set(); // cells whose text is not what is kept

if (cells.length) begin();

function begin() {
  const href = new URL("run.css", run);
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  bar = new Bar(hear);
  article.querySelector("h1")?.after(bar.el);
  const edits = kept.read();
  left = putBack(edits, written);
  addEventListener("storage", ({ key }) => (key === kept.key || key === null) && takeOver());
  bar.say(`${words.RUNS_HERE} ${promise()}`, { quietly: true });
  if (cells.some((cell) => cell.edited) || left.length) edit();
  if (answers.some((answer) => answer.edited)) bar.writing();
  tellKept();
}

/** What is loaded, and how much of it before the first cell: that is what the bar counts. */
function promise() {
  const [all, python] = [bytesNeeded(), SIZES.python].map(megabytes);
  const parts = all === python ? "." : `: ${python} for Python, the rest when a cell asks for it.`;
  return `The first time, ${all} are loaded${parts}`;
}

/** Bytes that are loaded for this page: what Python needs to start, and the packages that its cells import. */
function bytesNeeded() {
  const code = cells.map(({ author }) => author).join("\n");
  const imported = [...code.matchAll(/^\s*(?:import|from) +([\w.]+)/gm)].map(([, name]) => name);
  const within = (module) => imported.some((name) => `${name}.`.startsWith(`${module}.`));
  const files = new Set(Object.keys(SIZES.imports).filter(within).flatMap((module) => SIZES.imports[module]));
  return [...files].reduce((sum, file) => sum + SIZES.files[file], SIZES.start);
}

/** A button has been pressed, of the bar or of a cell, or something has been written. */
function hear(what, cell) {
  const tasks = {
    run: () => start((session) => (cell ? session.runTo(cell) : session.run(cells))),
    above: () => start((session) => session.run(cells.slice(0, cell.index))),
    hint: () => start((session) => session.run([cell.hint])),
    stop: () => session?.stop(),
    restart: () => session?.restart(),
    edit: () => edit(cell),
    edited: () => keepSoon(cell),
    answered: () => {
      bar.writing();
      keepSoon(cell);
    },
    reset: () => reset(cell ? [cell] : cells),
    save,
    open,
    forget,
  };
  tasks[what]();
}

/** Do something with Python. */
async function start(run) {
  const missing = whatIsMissing();
  if (missing) return bar.say(missing, { lasting: true });
  bar.working(true);
  try {
    await (keeping ??= keepFiles(root));
    const [{ Session }] = await Promise.all([import("./session.js"), edit()]);
    const what = { packages: PACKAGES, bytes: SIZES.python };
    session ??= new Session({ cells, bar, places: placesOf(), ...what });
  } catch {
    bar.working(false);
    return bar.say(words.unloaded(), { lasting: true });
  }
  return run(session);
}

function whatIsMissing() {
  if (location.protocol === "file:") return words.FROM_FILE;
  if (typeof WebAssembly !== "object") return words.NO_WASM;
  if (typeof Worker !== "function") return words.NO_WORKER;
  return undefined;
}

function placesOf() {
  return { run, pyodide: new URL("pyodide/", root), modules: MODULES.map((name) => new URL(`_static/live/${name}`, root)) };
}

/** Make all cells editable; `cell` is the one to write in. */
async function edit(cell) {
  keeping ??= keepFiles(root);
  editor ??= keeping.then(() => import("./editor.js"));
  try {
    const { makeEditor } = await editor;
    for (const each of cells) each.makeEditor(makeEditor);
    bar.editing();
    cell?.focus();
  } catch {
    editor = undefined;
    bar.say(words.unloaded());
  }
}

/** Go back to the author's text; it can be undone. */
function reset(some) {
  const texts = some.map(({ text }) => text);
  for (const cell of some) {
    cell.text = cell.author;
    session?.takeBack(cell);
  }
  keep(some);
  const whose = some.length === 1 ? `${some[0].name} has` : "All cells have";
  const undo = () => {
    some.forEach((cell, i) => (cell.text = texts[i]));
    keep(some);
    bar.say("Your text is back.");
  };
  if (some.length === 1) {
    bar.say(`${whose} the author's text again.`);
    return some[0].offerUndo(undo);
  }
  return offerUndo(`${whose} the author's text again.`, some, undo);
}

/** A way back for the text of `some` cells, until one of them is edited. */
function offerUndo(text, some, undo) {
  undoes = some;
  bar.offerUndo(text, undo);
}

function keepSoon(cell) {
  if (undoes.includes(cell)) bar.withdrawUndo();
  unsaved.add(cell);
  clearTimeout(saving);
  saving = setTimeout(() => keep(), SAVED_AFTER);
}

/** Keep what is not kept yet, with what has changed in `more` cells. */
function keep(more = []) {
  clearTimeout(saving);
  saving = undefined;
  for (const cell of more) unsaved.add(cell);
  const possible = kept.write(unsaved);
  if (possible) unsaved.clear();
  tellKept(possible);
}

/** Another tab has kept something, or forgotten all: show it here, but where the reader is writing just now. */
function takeOver() {
  const edits = kept.read();
  if (!edits.length) return areForgotten();
  bar.withdrawUndo(); // it would lay older texts over these
  left = putBack(edits, written, unsaved, kept.forgotten);
  edit();
  return tellKept();
}

addEventListener("pagehide", () => saving && keep());

// A page that comes back from the browser's memory has not heard of what other tabs kept meanwhile.
addEventListener("pageshow", ({ persisted }) => persisted && bar && takeOver());

/** Say what becomes of the reader's edits, and which outputs do not show them. */
function tellKept(possible = true) {
  let mine = false;
  for (const cell of cells) {
    mine ||= cell.edited;
    cell.tellAuthors(mine);
  }
  if (!possible) return bar.tellKept(words.NOT_KEPT);
  const edited = written.filter((cell) => cell.edited);
  const forgotten = edited.filter((cell) => kept.forgotten.has(cell)).length;
  const any = left.length > 0 || edited.length > forgotten;
  const sentences = [any && words.KEPT, left.length && words.homeless(left.length), forgotten && words.FORGOTTEN];
  return bar.tellKept(sentences, { any });
}

function forget() {
  clearTimeout(saving);
  saving = undefined;
  unsaved.clear();
  kept.clear();
  areForgotten();
}

/** Nothing is kept any more; what is written on the page stays there, and is kept again once it is edited. */
function areForgotten() {
  left = [];
  for (const cell of written) if (!unsaved.has(cell)) kept.forgotten.add(cell);
  tellKept();
}

async function save() {
  try {
    const { saveNotebook } = await import("./notebook.js");
    await saveNotebook({ url: notebook, name: `${lesson}.ipynb`, cells, answers, left });
  } catch {
    bar.say(words.unloaded());
  }
}

/** Take over the cells of a notebook that was saved; it can be undone. */
function open() {
  const input = Object.assign(document.createElement("input"), { type: "file", accept: ".ipynb" });
  input.addEventListener("change", () => input.files.length && openFile(input.files[0]));
  input.click();
}

async function openFile(file) {
  let found;
  try {
    const { openNotebook } = await import("./notebook.js");
    found = await openNotebook({ file, url: notebook, cells: written });
  } catch {
    found = undefined; // no notebook at all
  }
  if (!found) return bar.say(words.NOT_OF_THIS_LESSON);
  await edit();
  const before = { texts: written.map(({ text }) => text), left };
  const undo = () => {
    setAll(before);
    bar.say("Your text is back.");
  };
  setAll(found);
  return offerUndo(`The cells are as in ${file.name}.`, written, undo);
}

function setAll({ texts, left: rest }) {
  written.forEach((cell, i) => (cell.text = texts[i]));
  left = rest;
  clearTimeout(saving);
  saving = undefined;
  unsaved.clear();
  const possible = kept.write(written, left);
  if (!possible) for (const cell of written) unsaved.add(cell);
  tellKept(possible);
}
