// The page as a notebook to take along, the lesson's own file with what the reader has written; and its way back.

import { QUESTION } from "./answers.js";

/** Save the lesson at `url` under `name`, its code cells and answers as they are on the page. */
export async function saveNotebook({ url, name, cells, answers, left }) {
  const notebook = await lessonAt(url).catch(() => ({ cells: [] }));
  download(JSON.stringify(merged(notebook, { cells, answers, left }), null, 1) + "\n", name);
}

/** What a file holds of the lesson at `url` -> as `textsIn`. */
export async function openNotebook({ file, url, cells }) {
  const saved = JSON.parse(await file.text());
  return textsIn(saved, await lessonAt(url).catch(() => ({ cells: [] })), cells);
}

async function lessonAt(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

/**
 * The notebook with the texts of the page's cells and the answers, and without outputs.
 *
 * `left` are edits of cells that this version of the lesson no longer has: they come last. Where the lesson's own
 * file is not to be had, the code cells and the answers alone make the notebook.
 */
export function merged(notebook, { cells, answers, left }) {
  const free = [...cells];
  const open = [...answers];
  const kept = notebook.cells.map((cell) => {
    if (cell.cell_type !== "code") {
      const source = sourceOf(cell).trimEnd();
      if (!source.endsWith(QUESTION) || !open.length) return cell;
      return { ...cell, source: lines(source.slice(0, -QUESTION.length) + open.shift().text) };
    }
    const at = free.findIndex(({ author }) => author === textOf(cell));
    const source = at < 0 ? sourceOf(cell) : free.splice(at, 1)[0].text;
    return { ...cell, source: lines(source), outputs: [], execution_count: null };
  });
  const gone = left.map(({ before, text }) => ({ author: before, text }));
  const more = [...free, ...open.filter(({ edited }) => edited), ...gone].map(cellOf);
  return {
    cells: [...kept, ...more],
    metadata: notebook.metadata ?? { kernelspec: { display_name: "Python 3", language: "python", name: "python3" } },
    nbformat: notebook.nbformat ?? 4,
    nbformat_minor: notebook.nbformat_minor ?? 5,
  };
}

/**
 * What a saved notebook holds -> {texts, left}: for each of the page's cells its text there, and the rest as edits
 * without a cell. Undefined if it is of another lesson.
 *
 * Cells have the same id in the file as in the lesson. Where the lesson was not to be had when the file was saved, or is
 * not to be had now, they are told by their order, if half of them have the author's text.
 */
export function textsIn(saved, lesson, cells) {
  const codes = codesOf(saved);
  const authors = new Map(codesOf(lesson).map((code) => [code.id, textOf(code)]));
  let owners = codes.map(({ id }) => cells.find(({ author }) => author === authors.get(id)));
  if (owners.every((owner) => !owner)) {
    owners = byOrder(codes, cells);
    const same = codes.filter((code, i) => owners[i]?.author === textOf(code));
    if (2 * same.length < cells.length) return undefined;
  }
  const texts = cells.map((cell) => {
    const at = owners.indexOf(cell);
    return at < 0 ? cell.author : textOf(codes[at]);
  });
  const rest = codes.filter((_, i) => !owners[i]);
  const left = rest.map((cell) => ({ before: cell.cell_type === "code" ? "" : QUESTION, text: textOf(cell) }));
  return { texts, left };
}

/** The page's cell of each cell of a file: the first code is that of the first code cell, and so are the answers. */
function byOrder(codes, cells) {
  const free = [...cells];
  return codes.map(({ cell_type: type }) => {
    const at = free.findIndex(({ author }) => (author !== QUESTION) === (type === "code"));
    return at < 0 ? undefined : free.splice(at, 1)[0];
  });
}

/** The cells that a reader writes in: code, and what asks for an answer in words. */
function codesOf({ cells }) {
  return cells.filter((cell) => cell.cell_type === "code" || sourceOf(cell).includes(QUESTION));
}

/** What the reader writes there; of a question, the line that asks for the answer, and the answer. */
function textOf(cell) {
  const source = sourceOf(cell);
  return cell.cell_type === "code" ? source.replace(/\n$/, "") : source.slice(source.indexOf(QUESTION));
}

function sourceOf(cell) {
  return [cell.source].flat().join("");
}

function lines(text) {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

/** A new cell of a page's cell, an answer, or an edit that is left. */
function cellOf({ author, text }, i) {
  const cell = { id: `page-${i + 1}`, metadata: {} };
  if (author === QUESTION) return { cell_type: "markdown", ...cell, source: lines(text) };
  return { cell_type: "code", ...cell, source: lines(text), outputs: [], execution_count: null };
}

function download(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
