// Many starts without a kernel: each runs to its end in slices of time, so that the page stays in the hand.
import { CollapsedComponent, eStep, mStep, startFrom } from "./em.js";
import { END_GAIN } from "./state.js";

const SAME_END = 0.05; // nats: runs that end farther apart have not come to the same place
const SAME_MEAN = 0.25; // standard deviations
const SAME_WEIGHT = 0.05;
const SLICE = 12; // milliseconds of work between two rests
export const MOST_ITERATIONS = 1000; // as in session.py

/** EM from one start to its end, one iteration at a time: yields how many there were after each, and in the end { mixture,
 *  logLikelihood, iterations, isCapped }, or { collapsed: true, spread }, of the points that a component held. Capped is
 *  a run that was stopped on its way. */
export function* run({ X, d, n }, start, family) {
  const k = start.weights.length;
  try {
    let mixture = start, found = eStep(X, d, mixture), gain = Infinity, iterations = 0;
    for (; gain > END_GAIN * n && iterations < MOST_ITERATIONS; iterations++) {
      const before = found.logLikelihood;
      mixture = mStep(X, d, found.responsibilities, k, family);
      found = eStep(X, d, mixture, found.responsibilities);
      gain = found.logLikelihood - before;
      yield iterations + 1;
    }
    yield { mixture, logLikelihood: found.logLikelihood, iterations, isCapped: gain > END_GAIN * n };
  } catch (error) {
    if (!(error instanceof CollapsedComponent)) throw error;
    yield { collapsed: true, spread: error.spread };
  }
}

/** Does EM end at this mixture? One more iteration gains nothing there. */
export function isEnd({ X, d, n }, mixture, family) {
  const { responsibilities, logLikelihood } = eStep(X, d, mixture);
  try {
    const better = mStep(X, d, responsibilities, mixture.weights.length, family);
    return eStep(X, d, better).logLikelihood - logLikelihood <= END_GAIN * n;
  } catch (error) {
    if (!(error instanceof CollapsedComponent)) throw error;
    return false;
  }
}

/** The same from `count` starts of the kind that is named, one after another. */
export function* runs(data, { k, family, start, random, count }) {
  for (let s = 0; s < count; s++) yield* run(data, startFrom(start, data.X, data.d, k, random, family), family);
}

/** Have two runs come to the same place? Every component of one has one of the other's beside it, as heavy. */
function isSameEnd(end, other) {
  if (Math.abs(end.logLikelihood - other.logLikelihood) > SAME_END) return false;
  const { weights, means, covariances } = end.mixture;
  return means.every((mean, j) => other.mixture.means.some((theirs, l) => (
    Math.abs(weights[j] - other.mixture.weights[l]) <= SAME_WEIGHT
    && mean.every((value, i) => Math.abs(value - theirs[i]) <= SAME_MEAN * Math.sqrt(covariances[j][i][i]))
  )));
}

/** Ends put together where they are one: [{ mixture, logLikelihood, isCapped, count, capped }], the highest first; of the
 *  count so many are capped. */
export function grouped(ends) {
  const found = ends.filter(({ collapsed }) => !collapsed).sort((a, b) => b.logLikelihood - a.logLikelihood);
  const groups = [];
  for (const end of found) {
    const same = groups.find((group) => isSameEnd(group, end));
    const group = same ?? { ...end, count: 0, capped: 0 };
    group.count += 1;
    group.capped += Number(Boolean(end.isCapped));
    if (!same) groups.push(group);
  }
  return groups;
}

/** Work through a generator, calling `tell` with what it yields, and rest in between. Returns a function that stops it. */
export function inSlices(generator, tell, done) {
  let timer = null;
  const work = () => {
    const until = performance.now() + SLICE;
    while (performance.now() < until) {
      const { value, done: isOver } = generator.next();
      if (isOver) return done();
      if (value) tell(value);
    }
    timer = setTimeout(work);
    return undefined;
  };
  timer = setTimeout(work);
  return () => clearTimeout(timer);
}
