// A state as the fragment of a link, and back: #em=data:page;k:3;family:full;start:kmeans;seed:5;iteration:7
//
// A run is told by where it begins and how many M-steps follow. It begins with a start that was drawn (start and seed),
// on the time line that the page came with (start:opening, place), or with a mixture that a hand has made, or where another run has ended
// (start:mixture, start:end): its numbers.
// Where the family changed on the way, path:full.2,diag.5 says how many M-steps were made under each, and no iteration.
// The data that a page came with are known by their number and a sum of their bytes (points:300.1a2b3c4d): another page
// has others.
import { dataNamed } from "./data.js";
import { FAMILIES, STARTS, CollapsedComponent, cholesky, randomSource, startFrom } from "./em.js";
import { nextState } from "./state.js";

export const FRAGMENT = "#em=";
const MOST_STEPS = 1000; // that a link may ask for
const MOST_FAMILIES = 12; // that a link may go through
const MOST_TIME = 5000; // milliseconds that they may take
const PAGE = "page"; // the name of the data that the page came with

/** The mixture's numbers in a row: weights, means, and of the covariances what lies on and below the diagonal. */
function numbersOf({ weights, means, covariances }) {
  return [...weights, ...means.flat(), ...covariances.flatMap((S) => S.flatMap((row, a) => row.slice(0, a + 1)))];
}

/** And back, for d features; null if they make no mixture. */
function mixtureFrom(numbers, d) {
  const each = 1 + d + (d * (d + 1)) / 2, k = numbers.length / each;
  if (!Number.isInteger(k) || k < 1 || !numbers.every(Number.isFinite)) return null;
  const from = numbers.values(), take = (count) => Array.from({ length: count }, () => from.next().value);
  const weights = take(k), means = Array.from({ length: k }, () => take(d));
  const lower = Array.from({ length: k }, () => Array.from({ length: d }, (_, a) => take(a + 1)));
  const covariances = lower.map((rows) => rows.map((_, a) => rows.map((__, b) => rows[Math.max(a, b)][Math.min(a, b)])));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!weights.every((weight) => weight > 0) || Math.abs(sum - 1) > 1e-6 || covariances.some((S) => !cholesky(S))) return null;
  return { weights, means, covariances };
}

/** Where the run to the entry shown begins that can be run again: { parts, from, path }, the link's words, its place, and
 *  the M-steps from there, [family, count] for each family on the way. */
function beginningOf({ data, family, entries, iteration }, opening) {
  const path = [[family, 0]];
  for (let i = iteration; ; i--) {
    const entry = entries[i], place = data === opening.data ? opening.entries.indexOf(entry) : -1, [now] = path;
    if (place >= 0 && (path.length === 1 || opening.family === now[0])) return { from: i, path, parts: { start: "opening", ...(place ? { place } : {}) } };
    if (entry.drawn && entry.drawn.family === now[0]) return { from: i, path, parts: { start: entry.drawn.start, seed: entry.drawn.seed } };
    if (entry.kind === "m" && entry.family === now[0]) now[1] += 1;
    else if (entry.kind === "family" && i > 0 && entry.family === now[0] && path.length < MOST_FAMILIES) path.unshift([entry.was, 0]);
    else return { from: i, path, parts: { start: entry.kind === "end" ? "end" : "mixture", mixture: numbersOf(entry.mixture).join() } };
  }
}

const sums = new WeakMap(); // of points

/** The points of a page in short, for a link: how many, and a sum of their bytes (FNV-1a). */
function sumOf({ X, n }) {
  if (!sums.has(X)) {
    let sum = 0x811c9dc5;
    for (const byte of new Uint8Array(X.slice().buffer)) sum = Math.imul(sum ^ byte, 0x01000193);
    sums.set(X, `${n}.${(sum >>> 0).toString(16)}`);
  }
  return sums.get(X);
}

/** The fragment of a state; null if it shows points that no name stands for. `opening`: what the page came with. */
export function fragmentOf(state, opening) {
  const { data, family, entries, iteration, colored } = state;
  const name = data === opening.data ? PAGE : data.name;
  if (!name) return null;
  const { from, parts, path } = beginningOf(state, opening);
  const k = entries[iteration].mixture.weights.length;
  const steps = iteration - from, colors = colored < from ? -1 : colored - from;
  const run = path.length > 1 ? { path: path.map((part) => part.join(".")).join() } : { iteration: steps };
  const page = name === PAGE ? { points: sumOf(data) } : {};
  const all = { data: name, ...page, k, family, ...parts, ...run, ...(colors === colorsAfter(steps) ? {} : { colors }) };
  return FRAGMENT + Object.entries(all).map(([key, value]) => `${key}:${encodeURIComponent(value).replaceAll("%2C", ",")}`).join(";");
}

/** Whose E-step colors the points, where a link does not say it: the last one's, and nobody's at the start. */
const colorsAfter = (steps) => (steps > 0 ? steps : -1);

/** [family, M-steps] for each part of a path; null if it is none. */
function pathFrom(text) {
  const path = text.split(",").map((part) => [oneOf(FAMILIES)(part.split(".")[0]), isWhole(0, MOST_STEPS)(part.split(".")[1] ?? "")]);
  return path.length <= MOST_FAMILIES && path.every((part) => !part.includes(null)) ? path : null;
}

const isWhole = (low, high) => (text) => (/^-?\d{1,10}$/.test(text) && Number(text) >= low && Number(text) <= high ? Number(text) : null);
const oneOf = (names) => (text) => (names.includes(text) ? text : null);
const KNOWN = { // what a link's words may be: each gives the value, or null
  data: (text) => text || null,
  points: (text) => text || null,
  path: pathFrom,
  k: isWhole(1, 8),
  family: oneOf(FAMILIES),
  start: oneOf([...STARTS, "opening", "mixture", "end"]),
  seed: isWhole(0, 2 ** 32 - 1),
  place: isWhole(0, 1e6),
  mixture: (text) => text.split(",").map((number) => (number.trim() === "" ? NaN : Number(number))),
  iteration: isWhole(0, MOST_STEPS),
  colors: isWhole(-1, MOST_STEPS),
};

/** What a fragment says, { parts, remarks }: a sentence for each part that is not understood. Null if it is none of ours. */
export function partsFrom(fragment) {
  if (!fragment.startsWith(FRAGMENT)) return null;
  const parts = {}, remarks = [];
  for (const piece of fragment.slice(FRAGMENT.length).split(";").filter(Boolean)) {
    const [key, ...rest] = piece.split(":");
    let text = rest.join(":");
    try {
      text = decodeURIComponent(text);
    } catch {} // it stays as it is
    const value = Object.hasOwn(KNOWN, key) ? KNOWN[key](text) : null;
    if (value === null) remarks.push(Object.hasOwn(KNOWN, key) ? `The link's ${key} cannot be "${text.slice(0, 40)}".` : `The link says "${piece.slice(0, 40)}", which is not known here.`);
    else parts[key] = value;
  }
  return { parts, remarks };
}

/** The state that a link's parts lead to, { state, remarks }. What they do not say stays as in `before`.
 *  memory: as in `nextState`, and `opening`, the state that the page came with. */
export function reached({ parts, remarks: misread }, before, memory) {
  const remarks = [...misread], { opening } = memory;
  let data = before.data;
  if (parts.data !== undefined) {
    const found = parts.data === PAGE ? opening.data : data.name === parts.data ? data : dataNamed(parts.data);
    if (found) data = found;
    else remarks.push(`This page has no data set "${parts.data.slice(0, 40)}".`);
  }
  if (parts.data === PAGE && parts.points !== undefined && parts.points !== sumOf(opening.data)) {
    return { state: before, remarks: [...remarks, "The link was made in a page with other points."] };
  }
  const last = parts.family ?? before.family, path = parts.path ?? [[last, parts.iteration ?? 0]], [[family]] = path;
  const entry = beginning({ ...parts, family, iteration: path[0][1] }, data, before, memory, remarks, parts.path || parts.iteration !== undefined);
  if (!entry) return { state: before, remarks };
  const state = { data, family, ...entry, colored: -1 };
  return { state: stepped(state, path, parts.colors, memory, remarks), remarks };
}

/** The time line that a run begins with, { entries, iteration }; null if the link says nothing of one. */
function beginning(parts, data, before, memory, remarks, isRun) {
  const { opening } = memory, { seed, place = 0, family } = parts;
  const logged = (mixture, more) => ({ kind: "start", mixture, logLikelihood: memory.logLikelihood(data, mixture), bound: null, ...more });
  let name = parts.start;
  if (name === "mixture" || name === "end") {
    const mixture = mixtureFrom(parts.mixture ?? [], data.d);
    if (mixture && mixture.weights.length <= data.maxK) return { entries: [logged(mixture, { kind: name === "end" ? "end" : "hand" })], iteration: 0 };
    remarks.push("The link's mixture is not one of these points.");
    return null;
  }
  if (name === "opening") {
    if (data === opening.data && place < opening.entries.length) return { entries: opening.entries.slice(0, place + 1), iteration: place };
    remarks.push("The link's start is not in this page.");
    return null;
  }
  let k = parts.k ?? before.entries[before.iteration].mixture.weights.length;
  if (k > data.maxK) {
    remarks.push(`The link's k is ${k}; ${data.n} points have at most ${data.maxK}.`);
    k = data.maxK;
  }
  if ([name, seed, parts.k].every((part) => part === undefined) && data === before.data) {
    if (!isRun && family === before.family) return null;
    return { entries: before.entries.slice(0, 1), iteration: 0 };
  }
  name ??= memory.start;
  memory.start = name;
  if (seed !== undefined) memory.seed = seed;
  const drawn = { start: name, seed: memory.seed, family };
  memory.seed += 1;
  return { entries: [logged(startFrom(name, data.X, data.d, k, randomSource(drawn.seed), family), { drawn })], iteration: 0 };
}

/** As many M-steps on as the link says, under each of its families, and the colors that it says. */
function stepped(state, path, colors, memory, remarks) {
  const until = performance.now() + MOST_TIME, from = state.iteration;
  const total = path.reduce((sum, [, count]) => sum + count, path.length - 1);
  let colored = colors ?? colorsAfter(total);
  try {
    for (const [at, [family, count]] of path.entries()) {
      if (at) state = nextState(state, "family", { family }, memory);
      for (let i = 0; i < count; i++) {
        if (performance.now() > until) throw new TooFar(`The link's iteration ${total} is far: it stopped at ${state.iteration - from}.`);
        state = nextState(nextState(state, "e", {}, memory), "m", {}, memory);
      }
    }
  } catch (error) {
    if (!(error instanceof CollapsedComponent || error instanceof TooFar)) throw error;
    remarks.push(error.message);
    colored = state.iteration - from;
  }
  return { ...state, colored: colored < 0 ? -1 : Math.min(from + colored, state.iteration) };
}

class TooFar extends Error {}
