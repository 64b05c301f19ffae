// The panel beside the picture: the components, and Bayes' rule for the point that is looked at.
import { create, focusable, panel } from "./elements.js";
import { MARKERS, numberText, shareText } from "./paint.js";
import { briefly } from "./sentences.js";

const MOST_NUMBERS_SHOWN = 3; // of a vector, in one line
const SVG_NAMES = "http://www.w3.org/2000/svg";

/** The marker of component j as an inline picture, in the component's color. */
export function markerIcon(j) {
  const svg = document.createElementNS(SVG_NAMES, "svg");
  svg.setAttribute("viewBox", "-1.3 -1.3 2.6 2.6");
  svg.setAttribute("class", "em-marker");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG_NAMES, "polygon");
  shape.setAttribute("points", MARKERS[j].map((corner) => corner.map((c) => c.toFixed(3)).join(",")).join(" "));
  shape.setAttribute("fill", `var(--em-component-${j})`);
  svg.append(shape);
  return svg;
}

export function buildInspector() {
  const title = create("span", { class: "em-title" });
  const detail = create("span", { class: "em-detail em-where" });
  const point = create("div", {
    class: "em-point", "data-testid": "em-point", "data-lm-suppress-shortcuts": "true", tabindex: "0", role: "slider",
    "aria-label": "Point to look at", "aria-valuemin": "0",
  }, title, detail);
  const rows = create("ol", { class: "em-rows" });
  const foot = create("p", { class: "em-foot" });
  const every = create("div", {});
  const all = create("details", { class: "em-every", hidden: "" }, focusable("summary", { "data-testid": "em-every" }, "All features"), every);
  const whole = panel("Inspector", { class: "em-panel em-inspector", "data-testid": "em-inspector" }, point, rows, all, foot);
  return { panel: whole, point, title, detail, rows, foot, all, every };
}

function inspectorRow(j) {
  const fill = create("span", { class: "em-fill" });
  fill.style.background = `var(--em-component-${j})`;
  const value = create("span", { class: "em-value" });
  const working = create("span", { class: "em-working" });
  const row = create("li", { class: "em-row" }, markerIcon(j), create("span", { class: "em-index" }, String(j)),
    create("span", { class: "em-track" }, fill), value, working);
  return { row, fill, value, working };
}

/** Fill the panel. `seen` is {index, position, total, ...session.inspect(index)}, or null for the components alone. */
export function updateInspector(parts, mixture, seen, active, { features, sds, d }) {
  const k = mixture.weights.length;
  if (parts.lines?.length !== k) {
    parts.lines = Array.from({ length: k }, (_, j) => inspectorRow(j));
    parts.rows.replaceChildren(...parts.lines.map(({ row }) => row));
    parts.rows.classList.toggle("em-is-dense", k > 5);
  }
  parts.title.textContent = seen ? `Point ${seen.index}` : "Components";
  parts.detail.replaceChildren(...(seen && features.length ? namedLines(seen.x, features, sds) : [seen ? vectorText(seen.x, sds) : "weight"]));
  parts.point.classList.toggle("em-is-resting", !seen);
  parts.detail.style.setProperty("--em-lines", Math.min(features.length, 4)); // so that nothing moves when a point is looked at
  const shares = seen ? seen.responsibilities : mixture.weights;
  parts.lines.forEach(({ row, fill, value, working }, j) => {
    row.classList.toggle("em-is-active", j === active);
    fill.style.transform = `scaleX(${Number.isFinite(shares[j]) ? shares[j] : 0})`;
    value.textContent = shareText(shares[j]);
    working.textContent = seen
      ? `${shareText(seen.weights[j])} \u00d7 ${densityText(seen, j)} = ${numberText(seen.products[j], 3)}`
      : `mean ${vectorText(mixture.means[j], sds)}${spreadText(mixture.covariances[j], sds)}`;
  });
  parts.all.hidden = d <= MOST_NUMBERS_SHOWN;
  if (!parts.all.hidden && parts.all.open) parts.every.replaceChildren(...(seen ? [everyText(`Point ${seen.index}`, seen.x, features, sds)] : mixture.means.map((mean, j) => everyText(`Mean of ${j}`, mean, features, sds, mixture.covariances[j]))));
  parts.foot.textContent = seen
    ? `weight \u00d7 density = product. Their sum is ${numberText(seen.sum, 3)}; responsibility = product / sum.`
    : "Point at a dot, or step through the points with the arrow keys here, to see whose it is.";
  parts.point.setAttribute("aria-valuenow", seen ? String(seen.position) : "0");
  parts.point.setAttribute("aria-valuetext", seen ? spokenPoint(seen, features, sds) : "no point chosen");
}

function spokenPoint(seen, features, sds) {
  const shares = Array.from(seen.responsibilities, (share, j) => `component ${j} ${shareText(share)}`).join(", ");
  return `point ${seen.index} at ${namedText(seen.x, features, sds)}; responsibilities: ${shares}`;
}

/** Far away a density is 0 in the computer; its logarithm is not. */
function densityText({ densities, logDensities }, j) {
  return densities[j] > 0 ? numberText(densities[j], 3) : `exp(${numberText(logDensities[j], 4)})`;
}

/** Standard deviations, as far as they fit beside the mean. */
function spreadText(covariance, sds) {
  return covariance.length > 2 ? "" : ` \u00b7 sd ${vectorText(covariance.map((row, i) => Math.sqrt(row[i])), sds)}`;
}

/** All numbers of a vector with their names, and the standard deviations where there are any. */
function everyText(title, values, features, sds, covariance = null) {
  const parts = Array.from(values, (value, a) => `${features[a] ?? `feature ${a}`} ${alignedText(value, sds[a])}${covariance ? ` (sd ${alignedText(Math.sqrt(covariance[a][a]), sds[a])})` : ""}`);
  return create("p", {}, create("strong", {}, `${title}: `), parts.join(", "));
}

/** Up to three numbers of a vector, each with as many decimals as its own feature asks for, whose standard deviation is in
 *  `sds`: 2.00, 2.44  2.09, 54.8  3,749, 0.351 */
export function vectorText(values, sds) {
  return vectorTexts(values, sds).join(", ");
}

/** The same with the features' names, where they have some: length 2.09, width 54.8 */
export function namedText(values, features, sds) {
  return namedTexts(values, features, sds).join(", ");
}

function namedTexts(values, features, sds) {
  return vectorTexts(values, sds).map((text, i) => (features.length && i < MOST_NUMBERS_SHOWN ? `${briefly(features[i])} ${text}` : text));
}

/** One line a number, its name before it: the name is cut where there is no room, the number never. */
function namedLines(values, features, sds) {
  const names = features.slice(0, MOST_NUMBERS_SHOWN);
  return vectorTexts(values, sds).map((text, i) => create("span", { class: "em-named" },
    create("span", { class: "em-name", title: names[i] ?? "" }, names[i] ?? ""), create("span", {}, text)));
}

function vectorTexts(values, sds) {
  const first = Array.from(values).slice(0, MOST_NUMBERS_SHOWN);
  return [...first.map((value, a) => alignedText(value, sds[a])), ...(values.length > MOST_NUMBERS_SHOWN ? ["\u2026"] : [])];
}

/** A number of a feature: to a part of its standard deviation at least, and no finer than the number's own size asks for. */
function alignedText(value, sd) {
  const size = Math.max(Math.min(Math.abs(value), sd > 0 ? 10 * sd : Infinity), sd / 4);
  if (size < 1e-4 || size >= 1e7 || Math.abs(value) >= 1e15) return numberText(value, 3);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 1 - Math.floor(Math.log10(size));
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "\u2212");
}
