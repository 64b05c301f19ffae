// What is wider than the page, or very long, scrolls for itself; where it does, the keyboard reaches it too. (The theme's
// script looks after some of these, a while after elements were added; not after formulas.)

const BOXES = ".math.display, article pre, article table, .pst-scrollable-table-container";

function reach(box) {
  const long = box.matches("pre") && box.scrollHeight > box.clientHeight;
  if (long || box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

// A box has another size when what is printed in it grows, and when the fold opens that it lies in.
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => reach(target)));

function watch(element) {
  if (element.matches(BOXES)) sizes.observe(element);
  for (const box of element.querySelectorAll(BOXES)) sizes.observe(box);
}

watch(document.body);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node instanceof Element) watch(node);
}).observe(document.body, { childList: true, subtree: true }); // a page that runs shows more
// A font may make a formula wider, and its box not.
document.fonts.addEventListener("loadingdone", () => document.querySelectorAll(BOXES).forEach(reach));
