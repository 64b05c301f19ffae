// What an explorer is in, { entries, iteration, colored }, never changed, only replaced; and what each action makes of it,
// as Python's session does with a kernel.
import { CollapsedComponent, lowerBound, mStep, startFrom } from "./em.js";

/** A state from its JSON form, which writes log_likelihood and knows no NaN. */
export function stateFrom({ entries, iteration, colored }) {
  return { entries: entries.map(entryFrom), iteration, colored };
}

export function entryFrom({ kind, mixture, log_likelihood, bound }) {
  return { kind, mixture, logLikelihood: log_likelihood, bound };
}

/** The JSON form of a state. */
export function stateTo({ entries, iteration, colored }) {
  return {
    entries: entries.map(({ kind, mixture, logLikelihood, bound }) => ({ kind, mixture, log_likelihood: logLikelihood, bound })),
    iteration,
    colored,
  };
}

/** What asks for an answer in words, not for a new picture. */
export class Notice extends Error {}

/** The next state. `data` is what does not change: { X, n, d, family, maxK }; `memory` is what is not shown: the
 *  source of random numbers, the start last used, responsibilities(state), logLikelihood(mixture), followsDrags. */
export function nextState(data, state, action, args, memory) {
  const { X, d, family } = data;
  const { entries, iteration, colored } = state;
  const shown = entries[iteration];
  const started = (mixture) => ({
    entries: [{ kind: "start", mixture, logLikelihood: memory.logLikelihood(mixture), bound: null }],
    iteration: 0,
    colored: -1,
  });
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
      const bound = lowerBound(X, d, mixture, r);
      const entry = { kind: "m", mixture, logLikelihood: memory.logLikelihood(mixture), bound };
      return { entries: then(entry), iteration: iteration + 1, colored };
    }
    case "step": {
      const ready = nextState(data, state, "e", {}, memory);
      return nextState(data, nextState(data, ready, "m", {}, memory), "e", {}, memory);
    }
    case "go": {
      const to = Math.max(0, Math.min(entries.length - 1, Math.round(args.iteration)));
      if (!Number.isFinite(to)) throw new Notice("The time line has no such place.");
      return to === iteration ? state : { ...state, iteration: to, colored: memory.followsDrags ? to : -1 };
    }
    case "place": {
      const { mixture } = args;
      const entry = { kind: "hand", mixture, logLikelihood: memory.logLikelihood(mixture), bound: null };
      const again = shown.kind === "hand" && iteration === entries.length - 1;
      const placed = again ? [...entries.slice(0, -1), entry] : then(entry);
      return { entries: placed, iteration: placed.length - 1, colored: memory.followsDrags ? placed.length - 1 : -1 };
    }
    case "reset":
      return { entries: entries.slice(0, 1), iteration: 0, colored: -1 };
    case "start":
      memory.start = args.name;
      return started(startFrom(args.name, X, d, shown.mixture.weights.length, memory.random, family));
    case "k":
      if (!(Number.isInteger(args.k) && args.k >= 1 && args.k <= data.maxK)) {
        throw new Notice(`The number of components must be a whole number from 1 to ${data.maxK}.`);
      }
      return started(startFrom(memory.start, X, d, args.k, memory.random, family));
    default:
      throw new RangeError(`there is no action ${action}`);
  }
}
