// Small elements of the page, and what they have in common: names, keys that Jupyter leaves alone.

/** A small element: `create("div", {class: "x", "data-testid": "y"}, "text", child, ...)`. */
export function create(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Jupyter takes keys away from everything that does not carry this attribute. */
export function focusable(tag, attributes, ...children) {
  return create(tag, { ...attributes, "data-lm-suppress-shortcuts": "true" }, ...children);
}

/** Lets Jupyter have Ctrl+S, or Command, where it is pressed in `root`: the notebook is to be saved, and not the page. */
export function passSaving(root, on) {
  on(window, "keydown", (event) => { // Jupyter listens at the document, after the window
    const path = event.composedPath();
    if (!path.includes(root) || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    const marked = path.filter((element) => element.dataset?.lmSuppressShortcuts);
    for (const element of marked) delete element.dataset.lmSuppressShortcuts;
    setTimeout(() => { for (const element of marked) element.dataset.lmSuppressShortcuts = "true"; });
  }, true);
}

/** An id that no other element of the document has: a notebook may hold many explorers, each from a module of its own. */
export function uniqueId(name) {
  return `em-${name}-${Math.random().toString(36).slice(2, 10)}`;
}

/** A part beside or below the picture: a group, since landmarks of one name in several explorers could not be told apart. */
export function panel(name, attributes, ...children) {
  return create("div", { role: "group", "aria-label": name, ...attributes }, ...children);
}

/** A button of the tool bar; `hint` is shown where the mouse rests. */
export function button(id, label, hint) {
  return focusable("button", { type: "button", class: "em-button", "data-testid": `em-${id}`, title: hint }, label);
}

/** A choice among [value, text] pairs. */
export function choice(id, options) {
  return focusable("select", { class: "em-select", "data-testid": `em-${id}` }, ...options.map(([value, text]) => create("option", { value }, text)));
}

/** What belongs together in the tool bar, under a name for screen readers. */
export function group(name, ...children) {
  return create("div", { class: "em-group", role: "group", "aria-label": name }, ...children);
}

/** Is this a shortcut of the browser or the system? */
export function isShortcut({ ctrlKey, metaKey, altKey }) {
  return ctrlKey || metaKey || altKey;
}

/** Do what a key stands for, and let nobody else have it. */
export function taken(event, act) {
  event.preventDefault();
  event.stopPropagation();
  act();
}

/** Where an arrow key points: [right, up]. */
export const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** How far a key goes along a line of things: by one, or by ten. */
export function stepsOf({ key }) {
  return { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[key];
}
