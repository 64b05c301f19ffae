// The page as a notebook to take along, the lesson's own file with what the reader has written; and its way back.

/** Save the lesson at `url` under `name`, its code cells as they are on the page. */
export async function saveNotebook({ url, name, cells, left }) {
  const notebook = await lessonAt(url).catch(() => ({ cells: [] }));
  download(JSON.stringify(merged(notebook, cells, left), null, 1) + "\n", name);
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
 * The notebook with the texts of the page's cells, and without outputs.
 *
 * `left` are edits of cells that this version of the lesson no longer has: they come last. Where the lesson's own
 * file is not to be had, the code cells alone make the notebook.
 */
export function merged(notebook, cells, left) {
  const free = [...cells];
  const kept = notebook.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const at = free.findIndex(({ author }) => author === textOf(cell));
    const source = at < 0 ? sourceOf(cell) : free.splice(at, 1)[0].text;
    return { ...cell, source: lines(source), outputs: [], execution_count: null };
  });
  const more = [...free, ...left].map(({ text }, i) => codeCell(`page-${i + 1}`, text));
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
  const owners = codes.map(({ id }) => cells.find(({ author }) => author === authors.get(id)));
  if (owners.every((owner) => !owner)) {
    const same = cells.filter(({ author }, i) => codes[i] && author === textOf(codes[i]));
    if (2 * same.length < cells.length) return undefined;
    owners.splice(0, cells.length, ...cells);
  }
  const texts = cells.map((cell) => {
    const at = owners.indexOf(cell);
    return at < 0 ? cell.author : textOf(codes[at]);
  });
  const left = codes.filter((_, i) => !owners[i]).map((code) => ({ before: "", text: textOf(code) }));
  return { texts, left };
}

function codesOf({ cells }) {
  return cells.filter(({ cell_type: type }) => type === "code");
}

function textOf(code) {
  return sourceOf(code).replace(/\n$/, "");
}

function sourceOf(cell) {
  return [cell.source].flat().join("");
}

function lines(text) {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

function codeCell(id, text) {
  return { cell_type: "code", id, metadata: {}, source: lines(text), outputs: [], execution_count: null };
}

function download(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
