// What the page says of itself.

export const RUNS_HERE = "Python runs in your browser; nothing is sent anywhere.";
export const STOPPED =
  "Python was stopped, and what it remembered is gone. Your text is untouched: run the cells again.";
export const DIED =
  "Python has come to an end by itself; perhaps its memory was full. Your text is untouched: run the cells again.";
export const FULL = "There is not enough memory for Python. Close other pages and try again.";
export const OFFLINE = "There is no network just now, and Python is not yet kept in this browser.";
export const UNLOADED = "A part of Python could not be loaded. Reload the page and try again.";
export const NO_WASM =
  "This browser does not run WebAssembly, which Python needs here. The page can be read all the same.";
export const NO_WORKER =
  "This browser does not let the page start a worker, which Python needs here. The page can be read all the same.";
export const FROM_FILE =
  "Python cannot run in a page that is opened as a file. The page can be read all the same.";

export const KEPT = "Your edits are kept in this browser, and nowhere else.";
export const NOT_KEPT =
  "Your edits cannot be kept in this browser: its storage is full, or switched off. Save them as a notebook.";
export const FORGOTTEN = "Your edits are forgotten: they go when you leave this page.";

/** How many edits no longer fit the lesson. */
export function outdated(count) {
  const are = count === 1 ? "One of them belongs" : `${count} of them belong`;
  return `${are} to an older version of this lesson, and will be at the end of the notebook that you save.`;
}

/** Why something could not be loaded. */
export function unloaded() {
  return navigator.onLine ? UNLOADED : OFFLINE;
}
