// What the page says of itself. (What only a Python says stands where it is said, and is loaded later.)

export const RUNS_HERE = "Python runs in your browser; nothing is sent anywhere.";
export const OFFLINE = "There is no network just now, and Python is not yet kept in this browser.";
export const UNLOADED = "A part of Python could not be loaded. Reload the page and try again.";
export const NO_WASM =
  "This browser does not run WebAssembly, which Python needs here. The page can be read all the same.";
export const NO_WORKER =
  "This browser does not let the page start a worker, which Python needs here. The page can be read all the same.";
export const FROM_FILE =
  "Python cannot run in a page that is opened as a file. The page can be read all the same.";

export const KEPT =
  "Your edits are kept in this browser, and nowhere else. " +
  "To go on in another one, save them as a notebook and open it there.";
export const NOT_KEPT =
  "Your edits cannot be kept in this browser: its storage is full, or switched off. Save them as a notebook.";
export const FORGOTTEN = "Edits that are forgotten go when you leave this page.";

export const NOT_OF_THIS_LESSON = "That file is no notebook of this lesson. Nothing has changed.";

/** How many edits have no cell of the lesson to be in. */
export function homeless(count) {
  const have = count === 1 ? "One of them has" : `${count} of them have`;
  return `${have} no place on this page, and will be at the end of the notebook that you save.`;
}

/** Why something could not be loaded. */
export function unloaded() {
  return navigator.onLine ? UNLOADED : OFFLINE;
}
