// What is wider than the page scrolls for itself; where it does, the keyboard reaches it too.

function reach() {
  for (const box of document.querySelectorAll(".math.display")) {
    box.toggleAttribute("tabindex", box.scrollWidth > box.clientWidth);
    if (box.hasAttribute("tabindex")) box.tabIndex = 0;
  }
}

const observer = new ResizeObserver(reach); // of one that is in a fold as well, when it opens
for (const box of document.querySelectorAll(".math.display")) observer.observe(box);
