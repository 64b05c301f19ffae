// What a learner has written, kept in this browser and nowhere else.

const KEY = "gmmlesson:edits:";

/** The edits of one lesson: a list of {before, text}, the author's text of a cell and the learner's. */
export class Kept {
  constructor(lesson) {
    this.key = KEY + lesson;
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

  /** Keep the edits. Returns whether that was possible: a browser may refuse, or be full. */
  write(edits) {
    try {
      if (edits.length) localStorage.setItem(this.key, JSON.stringify(edits));
      else localStorage.removeItem(this.key);
      return true;
    } catch {
      return false;
    }
  }
}

/** Give each edit to the cell it was made in; equal texts go by order. Returns those whose cell is no longer there. */
export function putBack(edits, cells) {
  const free = new Set(cells);
  return edits.filter(({ before, text }) => {
    const cell = [...free].find(({ author }) => author === before);
    if (!cell) return true;
    free.delete(cell);
    cell.text = text;
    return false;
  });
}

export function editsOf(cells) {
  return cells.filter((cell) => cell.edited).map(({ author, text }) => ({ before: author, text }));
}
