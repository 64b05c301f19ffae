// What a learner has written, kept in this browser and nowhere else.

const KEY = "gmmlesson:edits:";

/** The edits of one lesson: a list of {before, text}, the author's text of a cell and the learner's. */
export class Kept {
  constructor(lesson) {
    this.key = KEY + lesson;
    this.forgotten = new Set(); // cells with an edit that is kept no more: it stays on the page
  }

  /** The edits, or [] where there are none or none can be read. */
  read() {
    try {
      const edits = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return edits.filter(({ before, text }) => typeof before === "string" && typeof text === "string");
    } catch {
      return [];
    }
  }

  /**
   * Keep what is written in these cells, and the edits of `others`: as a rule they stay as they are, for another tab may
   * have made them. Returns whether that was possible: a browser may refuse, or be full.
   */
  write(cells, others = this.#besides(cells)) {
    const edited = [...cells].filter((cell) => cell.edited);
    for (const cell of cells) this.forgotten.delete(cell);
    const edits = [...others, ...edited.map(({ author, text }) => ({ before: author, text }))];
    try {
      if (edits.length) localStorage.setItem(this.key, JSON.stringify(edits));
      else this.clear();
      return true;
    } catch {
      return false;
    }
  }

  #besides(cells) {
    const authors = new Set([...cells].map(({ author }) => author));
    return this.read().filter(({ before }) => !authors.has(before));
  }

  clear() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Where a browser refuses, nothing is kept.
    }
  }
}

/**
 * Give each edit to the cell it was made in, equal texts by order, and to other cells the author's text. Those of the
 * set `untouched` keep what they have; so do those that are `forgotten`, but where an edit is kept again. Returns the
 * edits whose cell is no longer there.
 */
export function putBack(edits, cells, untouched = new Set(), forgotten = new Set()) {
  const free = new Set(cells);
  const texts = new Map();
  const left = edits.filter(({ before, text }) => {
    const cell = [...free].find(({ author }) => author === before);
    if (cell) texts.set(cell, text);
    forgotten.delete(cell);
    return !free.delete(cell);
  });
  for (const cell of cells) {
    const text = texts.get(cell) ?? cell.author;
    if (cell.text !== text && !untouched.has(cell) && !forgotten.has(cell)) cell.text = text;
  }
  return left;
}
