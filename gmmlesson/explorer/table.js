// From columns of numbers to points: which rows serve, standardized or not, and the axes to look along.
import { randomSource } from "./em.js";
import { Unreadable } from "./reading.js";
import { briefly } from "./sentences.js";

export const MOST_POINTS = 100000;
export const MOST_COLUMNS = 20;
const MOST_NUMBERS = 1e6; // in all columns: what a message to a kernel holds
const JACOBI_SWEEPS = 60; // of Jacobi's method, which needs about ten
const SAME_LINE = 1e-12; // of two columns' variance: what is left beside a line is rounding
const SAME_MEASURE = 1e-3; // and so much, where it has been rounded
const FEW_ROUNDED = 10; // rows, among which such a line is no wonder
const FEW_PAIRS = 500;
const FAR_OFF = 3; // quartile ranges beyond the quartiles: a row there, such as a total, may alone draw others to a line
const SAMPLE_SEED = 0; // of what is drawn from too many rows: the same file, the same points

const countedText = (n, what) => (n === 1 ? `1 ${what}` : `${n.toLocaleString("en-US")} ${what}s`);

/** Eigenvalues, the largest first, and unit eigenvectors of a symmetric matrix, by Jacobi's rotations. */
export function eigenSymmetric(matrix) {
  const d = matrix.length;
  const A = matrix.map((row) => Array.from(row));
  const V = A.map((row, a) => row.map((_, b) => (a === b ? 1 : 0))); // rows are the vectors
  for (let sweep = 0; sweep < JACOBI_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < d; p++) {
      for (let q = p + 1; q < d; q++) {
        if (Math.abs(A[p][q]) <= Number.EPSILON * 1e-3 * Math.sqrt(Math.abs(A[p][p] * A[q][q])) || A[p][q] === 0) continue;
        rotated = true;
        rotatePair(A, V, p, q);
      }
    }
    if (!rotated) break;
  }
  const order = A.map((row, a) => a).sort((a, b) => A[b][b] - A[a][a]);
  return { values: order.map((a) => A[a][a]), vectors: order.map((a) => V[a]) };
}

function rotatePair(A, V, p, q) {
  const theta = (A[q][q] - A[p][p]) / (2 * A[p][q]);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1), s = t * c;
  const turn = (x, y) => [c * x - s * y, s * x + c * y];
  for (let i = 0; i < A.length; i++) [A[i][p], A[i][q]] = turn(A[i][p], A[i][q]);
  for (let i = 0; i < A.length; i++) [A[p][i], A[q][i]] = turn(A[p][i], A[q][i]);
  A[p][q] = A[q][p] = 0;
  for (let i = 0; i < A.length; i++) [V[p][i], V[q][i]] = turn(V[p][i], V[q][i]);
}

/** The mean, (d,), and the two orthonormal directions in which X spreads most, their largest entries positive, as in Python. */
export function centerAndAxes(X, d) {
  const n = X.length / d;
  const center = Array.from({ length: d }, (_, a) => {
    let sum = 0;
    for (let i = a; i < X.length; i += d) sum += X[i] - X[a];
    return X[a] + sum / n;
  });
  if (d <= 2) return { center, axes: [] };
  const S = center.map(() => new Array(d).fill(0));
  for (let i = 0; i < X.length; i += d) {
    for (let a = 0; a < d; a++) for (let b = 0; b <= a; b++) S[a][b] += (X[i + a] - center[a]) * (X[i + b] - center[b]);
  }
  const axes = eigenSymmetric(S.map((row, a) => row.map((_, b) => (b <= a ? S[a][b] : S[b][a])))).vectors.slice(0, 2);
  return { center, axes: axes.map(facingUp) };
}

function facingUp(axis) {
  const largest = axis.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  return largest < 0 ? axis.map((value) => -value) : axis;
}

/** What `makeData` takes, from points and the names of their features; `more` is what is known of where they come from. */
export function partsOf(X, d, features, more = {}) {
  const labels = d > 2 ? ["principal axis 1", "principal axis 2"] : features;
  return { X, d, ...centerAndAxes(X, d), labels, features, ...more };
}

/** `count` of these places, each as likely, in their order. */
export function sampleOf(places, count, random) {
  const chosen = [];
  for (let i = 0; i < places.length && chosen.length < count; i++) {
    if (random() * (places.length - i) < count - chosen.length) chosen.push(places[i]);
  }
  return chosen;
}

/** Is one of two columns the other in another unit, in all rows that have both, but for so much of its variance? Most pairs
 *  show in a few rows that they are not. What holds for all rows must hold without those far off, too. */
function isTwin({ values }, { values: others }, most) {
  return areOnLine(values.subarray(0, FEW_PAIRS), others, most) && areOnLine(values, others, most) && areOnLine(withoutFarOff(values), others, most);
}

/** A column with NaN for what is far off. */
function withoutFarOff(values) {
  const known = values.filter((value) => !Number.isNaN(value)).sort(), at = (share) => known[Math.floor(share * (known.length - 1))];
  const low = at(0.25), high = at(0.75), reach = FAR_OFF * (high - low);
  return values.map((value) => (value >= low - reach && value <= high + reach ? value : NaN));
}

function areOnLine(values, others, most) {
  const rows = [];
  values.forEach((value, i) => !Number.isNaN(value - others[i]) && rows.push(i));
  if (rows.length < 3) return values.length < others.length; // two points always do: look at all
  const mean = (column) => rows.reduce((sum, i) => sum + (column[i] - column[rows[0]]), column[rows[0]] * rows.length) / rows.length;
  const [m, o] = [mean(values), mean(others)];
  let [vv, vo, oo] = [0, 0, 0];
  for (const i of rows) {
    const [v, w] = [values[i] - m, others[i] - o];
    [vv, vo, oo] = [vv + v * v, vo + v * w, oo + w * w];
  }
  return vv * oo - vo * vo <= most * vv * oo;
}

/** The columns that are chosen before anybody has: two that vary, and measure something rather than number the rows. */
export function firstChoice(columns) {
  const varying = columns.filter(({ low, high }) => high > low);
  if (!varying.length) return columns.slice(0, 2);
  const [first, ...others] = varying.filter(({ kind }) => kind < 4).sort((one, other) => one.kind - other.kind);
  if (!first) return varying.slice(0, 1);
  const second = others.find((column) => !isRoundedTwin(first, column));
  return columns.filter((column) => column === first || column === second);
}

function isRoundedTwin(column, other) {
  return isTwin(column, other, column.usable < FEW_ROUNDED ? SAME_LINE : SAME_MEASURE);
}

/** Which columns are not chosen because they are a chosen one in another unit: a sentence, or "". */
export function twinsSentence(columns, chosen) {
  const isLeft = (column) => !chosen.includes(column) && column.high > column.low && column.kind < 4;
  for (const first of chosen) {
    const twins = columns.filter((column) => isLeft(column) && isRoundedTwin(first, column));
    const names = twins.map(({ name }) => `'${briefly(name)}'`).join(" and ");
    if (!twins.length) continue;
    const isOpen = !twins.some((column) => isTwin(first, column, SAME_LINE)); // else all points would lie on a line
    const [are, they, them] = twins.length === 1 ? ["is", "it is", "it"] : ["are", "they are", "them"];
    return `${names} ${are} '${briefly(first.name)}' in another unit, so ${they} not chosen${isOpen ? `: tick ${them} to use ${them}` : ""}.`;
  }
  return "";
}

/** Points of the columns chosen -> { X, d, features, rows, standardized, about, said }: the rows of the table that they are, counted
 *  from 1 below its names; mean and sd of each feature, where these were standardized; how many rows these are of which, in
 *  short and in a sentence. */
export function pointsOf(table, chosen, { standardize = false, source = "" } = {}) {
  const d = chosen.length;
  if (!d) throw new Unreadable("Choose at least one column.");
  if (d > MOST_COLUMNS) throw new Unreadable(`Choose at most ${MOST_COLUMNS} columns; ${d} are chosen.`);
  const rows = [], left = chosen.map(() => 0);
  for (let i = 0; i < table.count; i++) {
    let a = 0;
    while (a < d && chosen[a].values[i] === chosen[a].values[i]) a += 1; // NaN differs from itself
    if (a === d) rows.push(i);
    else left[a] += 1;
  }
  if (rows.length < 2) throw new Unreadable(`EM needs at least 2 rows with numbers in the chosen columns; there ${rows.length === 1 ? "is 1" : "are none"}.`);
  const most = Math.min(MOST_POINTS, Math.floor(MOST_NUMBERS / d));
  const used = rows.length > most ? sampleOf(rows, most, randomSource(SAMPLE_SEED)) : rows;
  const features = chosen.map(({ name }) => (standardize ? `${name}, standardized` : name));
  const X = new Float64Array(used.length * d);
  const moments = chosen.map(({ name, values }) => momentsOf(values, used, name));
  chosen.forEach((column, a) => {
    const twin = chosen.slice(0, a).find((other) => isTwin(other, column, SAME_LINE));
    if (twin) throw new Unreadable(`'${column.name}' says the same as '${twin.name}', in every row: all points lie on a line. Choose one of them.`);
  });
  chosen.forEach(({ values }, a) => {
    const { mean, sd } = moments[a];
    for (let at = 0; at < used.length; at++) X[at * d + a] = standardize ? (values[used[at]] - mean) / sd : values[used[at]];
  });
  const { places } = table, standardized = standardize ? moments : null;
  return { X, d, features, rows: Float64Array.from(used, (i) => places[i]), standardized, ...rowsSentence(table, { left, chosen, rows, used, source }) };
}

/** Mean and standard deviation of a column in these rows. */
function momentsOf(values, rows, name) {
  const first = values[rows[0]];
  if (rows.every((i) => values[i] === first)) throw new Unreadable(`'${name}' is ${first} in all rows that serve: choose columns that vary.`);
  const mean = first + rows.reduce((sum, i) => sum + (values[i] - first), 0) / rows.length;
  return { mean, sd: Math.sqrt(rows.reduce((sum, i) => sum + (values[i] - mean) ** 2, 0) / rows.length) };
}

function rowsSentence(table, { left, chosen, rows, used, source }) {
  const total = table.count + table.wrong;
  const reasons = chosen.flatMap(({ name }, a) => (left[a] ? [`${left[a].toLocaleString("en-US")} ${left[a] === 1 ? "has" : "have"} no number in '${name}'`] : []));
  if (table.wrong) reasons.push(`${table.wrong.toLocaleString("en-US")} ${table.wrong === 1 ? "has" : "have"} too few or too many cells`);
  const read = reasons.length ? `${rows.length.toLocaleString("en-US")} of ${countedText(total, "row")}` : countedText(rows.length, "row");
  const of = source ? ` of ${source}` : "", shown = used.length < total ? `${used.length.toLocaleString("en-US")} of ${countedText(total, "row")}` : countedText(total, "row");
  const sample = used.length < rows.length ? ` A random sample of ${used.length.toLocaleString("en-US")} of them is shown.` : "";
  return { about: `${shown}${of}${sample && ", a random sample"}`, said: `${read}${of} read${reasons.length ? `: ${reasons.join(", ")}` : ""}.${sample}` };
}
