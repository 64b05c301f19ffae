// What is taken away as text: the points as CSV, the mixture as JSON and as Python that runs.
import { countedFamily } from "./criteria.js";

/** The features' names, as a table's header has them. */
function headerOf({ d, features }) {
  return Array.from({ length: d }, (_, a) => features[a] ?? `feature ${a}`);
}

/** A cell of a CSV, in quotes where it has to be (RFC 4180). */
function cell(text) {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A number with all digits that it has. One that came as float32, as a deviation from `center`, has fewer than a
 *  double: of all that round to it, the shortest is what was sent, if that had up to six digits. */
export function fullText(x, center) {
  const single = Math.fround(x - center);
  if (single === 0 || center + single !== x) return String(x);
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short - center) === single) return String(short);
  }
  return String(x);
}

/** The points, one a line, below the names of their features. */
export function csvOf(data) {
  const { X, n, d, center } = data;
  const rows = Array.from({ length: n }, (_, i) => Array.from(X.subarray(i * d, i * d + d), (x, a) => fullText(x, center[a])).join(","));
  return [headerOf(data).map(cell).join(","), ...rows, ""].join("\r\n");
}

/** The mixture as JSON: what `Mixture(**json.loads(text))` takes. */
export function jsonOf({ weights, means, covariances }, family) {
  const counted = countedFamily({ weights, covariances }, family);
  return `${JSON.stringify({ weights, means, covariances, family: counted }, null, 1)}\n`;
}

/** The mixture as Python. JavaScript writes a number as the shortest text that is read as the same, like Python's repr. */
export function pythonOf({ weights, means, covariances }, family) {
  const list = (value) => (Array.isArray(value) ? `[${value.map(list).join(", ")}]` : String(value));
  const block = (rows) => `[\n${rows.map((row) => `        ${list(row)},\n`).join("")}    ]`;
  const counted = countedFamily({ weights, covariances }, family);
  const named = counted === "full" ? "" : `    family="${counted}",\n`;
  return `from gmmlesson import Mixture

mixture = Mixture(
    weights=${list(weights)},
    means=${block(means)},
    covariances=${block(covariances)},
${named})
`;
}
