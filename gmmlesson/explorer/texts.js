// What is taken away as text: the points and whose they are as CSV, the mixture as JSON and as Python that runs.
import { countedFamily, criteriaOf } from "./criteria.js";

const BYTE_MARK = "\ufeff"; // by which a spreadsheet knows UTF-8

/** The features' names, as a table's header has them. */
function headerOf({ d, features }) {
  return Array.from({ length: d }, (_, a) => (features[a] ?? `feature ${a}`).replace(/[\r\n]+/g, " "));
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

/** The points, one a line: which row of the table it was, counted from 1 below the names (empty where a hand has set it),
 *  its features, the component that is most responsible, and all responsibilities, (n, k). */
export function csvOf(data, responsibilities) {
  const { X, n, d, center, rows } = data, k = responsibilities.length / n;
  const lines = Array.from({ length: n }, (_, i) => {
    const place = rows ? rows[i] : i + 1, shares = responsibilities.subarray(i * k, i * k + k);
    const features = Array.from(X.subarray(i * d, i * d + d), (x, a) => fullText(x, center[a]));
    return [Number.isNaN(place) ? "" : place, ...features, shares.indexOf(Math.max(...shares)), ...shares].join(",");
  });
  const names = ["row", ...headerOf(data), "component", ...Array.from({ length: k }, (_, j) => `responsibility ${j}`)];
  return BYTE_MARK + [names.map(cell).join(","), ...lines, ""].join("\r\n");
}

/** What belongs to a mixture besides its numbers. */
function knownOf({ data, mixture, state, logLikelihood }) {
  const family = countedFamily(mixture, state.family), { count, bic } = criteriaOf(data, mixture, state.family, logLikelihood);
  return { family, features: headerOf(data), parameters: count, log_likelihood: logLikelihood, bic };
}

/** The mixture as JSON: what `Mixture(**json.loads(text)["mixture"])` takes, and beside it what its numbers are of. */
export function jsonOf(session) {
  const { data: { n, about, standardized }, mixture: { weights, means, covariances } } = session, { family, ...known } = knownOf(session);
  return `${JSON.stringify({ mixture: { weights, means, covariances, family }, n, about, ...known, standardized }, null, 1)}\n`;
}

/** The mixture as Python. JavaScript writes a number as the shortest text that is read as the same, like Python's repr.
 *  With `reads` it compares its log-likelihood on the points, if they are saved beside it. */
export function pythonOf(session, { reads = false } = {}) {
  const { data: { n, d, about, standardized }, mixture: { weights, means, covariances } } = session;
  const { family, features, parameters, log_likelihood: logLikelihood, bic } = knownOf(session);
  const list = (value) => (Array.isArray(value) ? `[${value.map(list).join(", ")}]` : String(value));
  const block = (rows) => `[\n${rows.map((row) => `        ${list(row)},\n`).join("")}    ]`;
  const named = family === "full" ? "" : `    family="${family}",\n`;
  const remarks = [
    `${n} points${about ? `: ${JSON.stringify(about)}` : ""}`,
    `features: ${features.map((name) => JSON.stringify(name)).join(", ")}`,
    `family ${family}, ${parameters} parameters; log-likelihood ${logLikelihood}, BIC ${bic}`,
    ...(standardized ?? []).map(({ mean, sd }, a) => `${JSON.stringify(features[a])}: (x - ${mean}) / ${sd}`),
  ];
  const [before, after] = reads ? ["from pathlib import Path\n\nimport numpy as np\n\n", `
points = Path("em-points.csv")  # saved by "Points, CSV"
if points.exists():
    X = np.loadtxt(points, delimiter=",", skiprows=1, usecols=range(1, ${d + 1}), ndmin=2, encoding="utf-8-sig")
    print(mixture.log_likelihood(X))
`] : ["", ""];
  return `${before}from gmmlesson import Mixture

${remarks.map((line) => `# ${line}\n`).join("")}mixture = Mixture(
    weights=${list(weights)},
    means=${block(means)},
    covariances=${block(covariances)},
${named})
${after}`;
}
