// The points of an explorer, in their own units and as they are drawn. Like a state they are replaced, never changed.
import { projectPoints } from "./em.js";

const MOST_COMPONENTS = 8;
const BY_HAND = ", changed by hand";

export function float32(view) {
  // a DataView into a larger message: its offset need not be a multiple of 4
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** Points with all that follows from them. `version` is the kernel's number for them, null for those made here; `name`
 *  is what a link may call them, null if it may not. `about` says in short which these are; of points that come from a
 *  table `rows` says which rows of it (NaN: none), and `standardized` by which mean and sd of each feature. */
export function makeData({ X, d, center, axes, labels, features, version = null, name = null, about = "", rows = null, standardized = null }) {
  const n = X.length / d;
  const flat = d > 2 ? projectPoints(X, d, axes, center) : X;
  const maxK = Math.min(MOST_COMPONENTS, n);
  const spread = spreadOf(flat, Math.min(d, 2)), sds = d > 2 ? spreadOf(X, d) : spread; // of what is drawn, and of the features
  return { X, n, d, flat, center, axes, labels, features, version, name, about, rows, standardized, maxK, spread, sds };
}

const named = new Map(); // what a link may call points -> a function that makes them

/** Let links call points by a name, which `make` gives to what it makes. */
export function nameData(name, make) {
  named.set(name, make);
}

/** The points of that name; null if there are none. */
export function dataNamed(name) {
  return named.get(name)?.() ?? null;
}

/** What the course calls points, if they are of its data sets, to the digits that they travel with; "" if they are not. */
function aboutOf({ X, n, d }, scale) {
  const isSame = (other) => other.n === n && other.d === d && other.X.every((x, i) => Math.abs(x - X[i]) <= 1e-6 * scale[i % d]);
  for (const make of named.values()) {
    const other = make();
    if (isSame(other)) return other.about;
  }
  return "";
}

/** The points in a model's traits, or in a kernel's message: `get` tells each part by its name. */
export function dataFrom(get) {
  const [n, d, center, scale] = [get("n"), get("d"), get("center"), get("scale")];
  const points = float32(get("points"));
  if (points.length !== n * d) throw new RangeError(`points must hold ${n} x ${d} numbers; they are ${points.length}.`);
  const X = Float64Array.from(points, (value, i) => center[i % d] + scale[i % d] * value);
  const about = aboutOf({ X, n, d }, scale);
  return makeData({ X, d, center, axes: get("axes"), labels: get("labels"), features: get("features") ?? [], version: get("version") ?? 0, about });
}

/** The traits of points, as the kernel would write them: for a notebook that is saved, and a page that is exported. */
export function traitsOf({ X, n, d, center, axes, labels, features, version }) {
  const largest = new Array(d).fill(0);
  for (let i = 0; i < X.length; i++) largest[i % d] = Math.max(largest[i % d], Math.abs(X[i] - center[i % d]));
  const scale = largest.map((size) => (size > 0 ? 2 ** Math.ceil(Math.log2(size) + 1e-12) : 1));
  const scaled = new Float32Array(X.length);
  for (let i = 0; i < X.length; i++) scaled[i] = (X[i] - center[i % d]) / scale[i % d];
  const points = new DataView(scaled.buffer);
  return { points, n, d, center, scale, axes, labels, features, version: version ?? 0 };
}

/** The points after edits, in order: each adds points, {add: [[x, y], ...]}, or takes some away, {remove: [i, ...]}. */
export function edited(data, edits, version = null) {
  let { X } = data, rows = data.rows ?? Float64Array.from({ length: data.n }, (_, i) => i + 1);
  for (const { add = [], remove = [] } of edits) {
    const gone = new Set(remove);
    const kept = gone.size ? X.filter((_, i) => !gone.has(Math.floor(i / data.d))) : X;
    X = new Float64Array(kept.length + add.length * data.d);
    X.set(kept);
    X.set(add.flat(), kept.length);
    const left = gone.size ? rows.filter((_, i) => !gone.has(i)) : rows;
    rows = new Float64Array(left.length + add.length).fill(NaN);
    rows.set(left);
  }
  const about = !data.about || data.about.endsWith(BY_HAND) ? data.about : data.about + BY_HAND;
  return makeData({ ...data, X, version, name: null, about, rows });
}

/** Are both sets of points drawn in the same kind of picture, with the same names? */
export function areAlike(data, other) {
  return data.d === other.d && [...data.labels, ...data.features].join("\n") === [...other.labels, ...other.features].join("\n");
}

function spreadOf(flat, m) {
  const n = flat.length / m;
  return Array.from({ length: m }, (_, a) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) sum += flat[i * m + a] - flat[a];
    const mean = flat[a] + sum / n;
    for (let i = 0; i < n; i++) squares += (flat[i * m + a] - mean) ** 2;
    return Math.sqrt(squares / n);
  });
}
