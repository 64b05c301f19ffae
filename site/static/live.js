// Explorers and sliders of a page without a kernel: each begins to live when the reader comes near.
import { mount, stateOf } from "./live/host.js";

const NEAR = "600px"; // below and above what is seen

/** Call `begin` once `element` is nearer than `margin` to what the reader sees. */
function when(element, margin, begin) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      begin();
    },
    { rootMargin: margin },
  );
  observer.observe(element);
}

/** What the build has written into an element. */
const known = (element) => JSON.parse(element.querySelector("script").textContent);

// --- Explorers -----------------------------------------------------------------------------------

async function showExplorer(element) {
  const state = stateOf(known(element));
  const module = await import("./live/explorer.js");
  element.replaceChildren();
  await mount(module, element, state);
  element.dataset.shown = "";
}

// --- Sliders -------------------------------------------------------------------------------------

/** A slider in its figure, whose other pictures are fetched when it is seen. */
function makeSlider(figure) {
  const { label, values, start, captions, pictures, name } = known(figure);
  const folder = new URL(`./sliders/${name}/`, import.meta.url);
  const image = figure.querySelector("img");
  const caption = figure.querySelector("figcaption");
  const row = document.createElement("label");
  const range = document.createElement("input");
  const output = document.createElement("output");
  Object.assign(range, { type: "range", min: 0, max: values.length - 1, step: 1, value: start });
  caption.setAttribute("aria-live", "polite");
  row.append(label, range, output);
  figure.prepend(row);

  const picture = (index) => new URL(pictures[index], folder).href;
  function show() {
    const index = Number(range.value);
    output.textContent = values[index];
    range.setAttribute("aria-valuetext", values[index]);
    image.src = picture(index);
    image.alt = captions[index];
    caption.textContent = captions[index];
  }
  range.addEventListener("input", show);
  output.textContent = values[start];
  range.setAttribute("aria-valuetext", values[start]);

  when(figure, "0px", () => {
    figure.pictures = new Map(); // kept, for a browser may forget pictures that nobody holds
    for (const [index, file] of pictures.entries()) {
      if (figure.pictures.has(file)) continue;
      figure.pictures.set(file, new Image());
      figure.pictures.get(file).src = picture(index);
    }
  });
}

for (const element of document.querySelectorAll(".gmm-explorer")) {
  when(element, NEAR, () => showExplorer(element));
}
for (const figure of document.querySelectorAll(".gmm-drawn-slider")) {
  when(figure, NEAR, () => makeSlider(figure));
}
