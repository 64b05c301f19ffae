// What an explorer is in, { data, family, entries, iteration, colored }, never changed, only replaced; and what each
// action makes of it, as Python's session does with a kernel.
import { edited } from "./data.js";
import { CollapsedComponent, FAMILIES, lowerBound, mStep, projectFamily, randomSource, startFrom } from "./em.js";

export const END_GAIN = 1e-8; // in log-likelihood a point, in nats: below it a run has come to its end, as in session.py

/** A state from its JSON form, which writes log_likelihood and knows no NaN; the points come another way. */
export function stateFrom({ family, entries, iteration, colored }, data) {
  return { data, family: FAMILIES.includes(family) ? family : "full", entries: entries.map(entryFrom), iteration, colored };
}

export function entryFrom({ kind, mixture, log_likelihood, bound }) {
  return { kind, mixture, logLikelihood: log_likelihood, bound };
}

/** The JSON form of a state. */
export function stateTo({ family, entries, iteration, colored }) {
  return {
    family,
    entries: entries.map(({ kind, mixture, logLikelihood, bound }) => ({ kind, mixture, log_likelihood: logLikelihood, bound })),
    iteration,
    colored,
  };
}

/** What asks for an answer in words, not for a new picture. */
export class Notice extends Error {}

/** The next state. `memory` is what is not shown: the seed of the next start that is drawn, the start last used,
 *  responsibilities(state), logLikelihood(data, mixture), followsDrags. */
export function nextState(state, action, args, memory) {
  const { data, family, entries, iteration, colored } = state;
  const { X, d } = data;
  const shown = entries[iteration];
  const entryOf = (kind, mixture, points = data) => ({ kind, mixture, logLikelihood: memory.logLikelihood(points, mixture), bound: null });
  const started = (k, points = data) => { // every start has a seed of its own, so that it can be drawn again
    const drawn = { start: memory.start, seed: memory.seed, family };
    const mixture = startFrom(drawn.start, points.X, points.d, k, randomSource(drawn.seed), family);
    memory.seed += 1;
    return { data: points, family, entries: [{ ...entryOf("start", mixture, points), drawn }], iteration: 0, colored: -1 };
  };
  const followed = (to) => (memory.followsDrags ? to : -1);
  const then = (entry) => [...entries.slice(0, iteration + 1), entry];
  switch (action) {
    case "e":
      return { ...state, colored: iteration };
    case "m": {
      if (colored < 0) throw new Notice("M needs responsibilities: press E first.");
      if (colored !== iteration) throw new Notice("M has used these responsibilities already: press E first.");
      const r = memory.responsibilities(state);
      let mixture;
      try {
        mixture = mStep(X, d, r, shown.mixture.weights.length, family);
      } catch (error) {
        if (!(error instanceof CollapsedComponent)) throw error;
        throw new CollapsedComponent(error.component, error.count, iteration + 1, error.spread);
      }
      const entry = { ...entryOf("m", mixture), bound: lowerBound(X, d, mixture, r), family };
      return { ...state, entries: then(entry), iteration: iteration + 1 };
    }
    case "step": {
      const ready = nextState(state, "e", {}, memory);
      return nextState(nextState(ready, "m", {}, memory), "e", {}, memory);
    }
    case "go": {
      const to = Math.max(0, Math.min(entries.length - 1, Math.round(args.iteration)));
      if (!Number.isFinite(to)) throw new Notice("The time line has no such place.");
      return to === iteration ? state : { ...state, iteration: to, colored: followed(to) };
    }
    case "place": {
      const entry = entryOf("hand", args.mixture);
      const again = shown.kind === "hand" && iteration === entries.length - 1;
      const placed = again ? [...entries.slice(0, -1), entry] : then(entry);
      return { ...state, entries: placed, iteration: placed.length - 1, colored: followed(placed.length - 1) };
    }
    case "take": { // where another run has ended
      const again = shown.kind === "end" && iteration === entries.length - 1;
      const taken = [...(again ? entries.slice(0, -1) : entries.slice(0, iteration + 1)), entryOf("end", args.mixture)];
      return { ...state, entries: taken, iteration: taken.length - 1, colored: followed(taken.length - 1) };
    }
    case "points": { // the time line begins anew: what came before was the log-likelihood of other points
      if (d > 2) throw new Notice("Points can be set by hand in one or two dimensions only.");
      const points = edited(data, args.edits), k = shown.mixture.weights.length;
      if (points.n < k) throw new Notice(k === 1 ? "1 component needs at least 1 point." : `${k} components need at least ${k} points.`);
      return { data: points, family, entries: [entryOf("hand", shown.mixture, points)], iteration: 0, colored: followed(0) };
    }
    case "data": {
      const k = Math.min(shown.mixture.weights.length, args.data.maxK);
      return started(k, args.data);
    }
    case "family": {
      if (args.family === family) return state;
      const { weights, means, covariances } = shown.mixture;
      const projected = { weights, means, covariances: projectFamily(covariances, weights, args.family) };
      const entry = { ...entryOf("family", projected), family: args.family, was: family };
      return { ...state, family: args.family, entries: then(entry), iteration: iteration + 1, colored: followed(iteration + 1) };
    }
    case "reset":
      return { ...state, entries: entries.slice(0, 1), iteration: 0, colored: -1 };
    case "start":
      memory.start = args.name;
      return started(shown.mixture.weights.length);
    case "k":
      if (!(Number.isInteger(args.k) && args.k >= 1 && args.k <= data.maxK)) {
        throw new Notice(`The number of components must be a whole number from 1 to ${data.maxK}.`);
      }
      return started(args.k);
    default:
      throw new RangeError(`there is no action ${action}`);
  }
}
