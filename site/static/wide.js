// What is wider than the page scrolls for itself; where it does, the keyboard reaches it too.

const boxes = document.querySelectorAll(".math.display, article pre, article table, .pst-scrollable-table-container");

function reach() {
  for (const box of boxes) {
    box.toggleAttribute("tabindex", box.scrollWidth > box.clientWidth);
    if (box.hasAttribute("tabindex")) box.tabIndex = 0;
  }
}

const observer = new ResizeObserver(reach); // of one that is in a fold as well, when it opens
for (const box of boxes) observer.observe(box);
document.fonts.addEventListener("loadingdone", reach); // which may make a formula wider, and its box not
