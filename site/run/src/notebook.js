// The page as a notebook to take along: the lesson's own file, with what the reader has written.

import { QUESTION } from "./answers.js";

/** Save the lesson at `url` under `name`, its code cells and answers as they are on the page. */
export async function saveNotebook({ url, name, cells, answers, left }) {
  const notebook = await lessonAt(url).catch(() => ({ cells: [] }));
  download(JSON.stringify(merged(notebook, { cells, answers, left }), null, 1) + "\n", name);
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
    const at = free.findIndex(({ author }) => author === sourceOf(cell).replace(/\n$/, ""));
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
