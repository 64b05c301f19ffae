// What stands under a "Predict" is folded: a click on the output opens its explanation too. Print shows all, on white.

const FOLDS = "article details:not(.em-explorer *)";

/** The explanation that follows an output: the folded one in the next part of the page. */
function explanationOf(output) {
  const next = output.closest("div.cell")?.nextElementSibling;
  return next?.matches("details") ? next : null;
}

for (const output of document.querySelectorAll("details.gmm-predicted")) {
  output.addEventListener("toggle", () => {
    const explanation = explanationOf(output);
    if (output.open && explanation) explanation.open = true;
  });
}

const { dataset } = document.documentElement;
let closed = []; // before the page was printed
let theme;

addEventListener("beforeprint", () => {
  theme = dataset.theme;
  dataset.theme = "light"; // paper is white
  closed = [...document.querySelectorAll(FOLDS)].filter((fold) => !fold.open);
  for (const fold of closed) fold.open = true;
});

addEventListener("afterprint", () => {
  dataset.theme = theme;
  for (const fold of closed) fold.open = false;
});

/** Open or close all that is folded, beside the first heading of a lesson. */
function offerAll(heading) {
  const folds = [...document.querySelectorAll("details.gmm-predicted")];
  if (!folds.length) return;
  const row = document.createElement("p");
  const button = document.createElement("button");
  row.className = "gmm-folds";
  button.type = "button";
  button.textContent = "Show all outputs";
  row.append("What you are asked to predict is folded. ", button);
  button.addEventListener("click", () => {
    const open = folds.some((fold) => !fold.open);
    for (const fold of folds) fold.open = open;
    if (!open) for (const fold of folds) explanationOf(fold)?.removeAttribute("open");
    button.textContent = open ? "Fold them again" : "Show all outputs";
  });
  heading.after(row);
}

const heading = document.querySelector("body[data-lesson] article h1");
if (heading) offerAll(heading);

for (const button of document.querySelectorAll(".gmm-print")) button.addEventListener("click", () => print());
