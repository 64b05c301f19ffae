// What has happened, in words: sentences for the live region, and numbers of nats for reading.

const AS_HIGH = 0.05; // nats: what is less apart is shown as the same
const WITH_COMMAS = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A number of nats for reading: thousands separated, one decimal, a real minus sign. */
export function readable(x) {
  const size = Math.abs(x);
  const text =
    size !== 0 && size < 0.05
      ? size.toPrecision(2)
      : size >= 1e15
        ? size.toPrecision(6)
        : WITH_COMMAS.format(size);
  return (x < 0 ? "−" : "") + text;
}

/** A family as one says it. */
export function familyName(family) {
  return family.replace("_", " ").replace("diag", "diagonal");
}

/** A long name as one says it: its beginning and its end, which tells it from its neighbors. */
export function briefly(name) {
  const characters = Array.from(name);
  return characters.length > 40 ? `${characters.slice(0, 20).join("").trimEnd()}\u2026${characters.slice(-19).join("").trimStart()}` : name;
}

/** Is a gain so small, beside this log-likelihood, that it may be rounding? */
export function isNothing(gain, logLikelihood) {
  return Math.abs(gain) <= 1e-12 * Math.max(1, Math.abs(logLikelihood));
}

/** Has the M-step that led to the entry shown found everything where it was, as far as numbers and eyes can tell? */
export function standsStill({ entries, iteration }) {
  const [before, after] = [entries[iteration - 1], entries[iteration]];
  if (!before || after.kind !== "m" || !isNothing(after.logLikelihood - before.logLikelihood, after.logLikelihood)) return false;
  return after.mixture.weights.every((weight, j) => { // one's own M-step may do what leaves the log-likelihood alone
    const [mean, old] = [after.mixture.means[j], before.mixture.means[j]];
    const [covariance, oldCovariance] = [after.mixture.covariances[j], before.mixture.covariances[j]];
    const sd = covariance.map((row, i) => Math.sqrt(row[i]));
    return (
      Math.abs(weight - before.mixture.weights[j]) <= 1e-3 &&
      mean.every((value, i) => Math.abs(value - old[i]) <= 1e-3 * sd[i]) &&
      covariance.every((row, i) => row.every((value, l) => Math.abs(value - oldCovariance[i][l]) <= 1e-3 * sd[i] * sd[l]))
    );
  });
}

/** What a hand has done, for the live region; "" where nothing has moved. */
function placedSentence(after, before) {
  const [{ mixture, logLikelihood }, { mixture: old }] = [after.entries[after.iteration], before.entries[before.iteration]];
  const differs = (part, j) => String(mixture[part][j]) !== String(old[part][j]);
  const moved = mixture.weights.findIndex((_, j) => differs("means", j) || differs("covariances", j));
  if (moved < 0) return "";
  return `Component ${moved} ${differs("means", moved) ? "moved" : "reshaped"} by hand: log-likelihood ${readable(logLikelihood)}.`;
}

/** Points added or taken away, for the live region. */
function pointsSentence(after, before) {
  const more = after.data.n - (before ?? after).data.n;
  const many = after.data.n === 1 ? "1 point" : `${after.data.n.toLocaleString("en-US")} points`;
  const done = more === 0 ? "Points changed" : more > 0 ? "Added" : "Taken away";
  return `${done}: now ${many}, log-likelihood ${readable(after.entries[after.iteration].logLikelihood)}. The time line begins anew.`;
}

/** What another family has cost, for the live region. */
function familySentence(after, before) {
  const value = after.entries[after.iteration].logLikelihood;
  const lost = before ? before.entries[before.iteration].logLikelihood - value : 0;
  const cost = isNothing(lost, value) ? "which costs nothing" : `which ${lost > 0 ? "costs" : "gains"} ${readable(Math.abs(lost))} nats`;
  return `Covariances projected to ${familyName(after.family)}, ${cost}: log-likelihood ${readable(value)}.`;
}

/** What there is to do in the page where a component of `mixture` collapses. */
export function remedies({ n, d }, { weights: { length: k } }, family) {
  const least = family.startsWith("tied") ? k + (family === "tied" ? d : 1) : k * (family === "full" ? d + 1 : 2); // of points, to spread as they may
  if (n >= least) return "Here: fewer components, a smaller family such as tied, another start, or points removed that coincide or lie far off.";
  const few = n === 1 ? "1 point is too few" : `${n} points are too few`, need = k === 1 ? "1 component needs" : `${k} components need`;
  return `${few}: ${need} at least ${least} in the family ${familyName(family)}. Add points, or open other data.`;
}

/** Why components collapsed, most often: `spreads` as in CollapsedComponent. */
export function collapseSentence(spreads) {
  const counts = new Map();
  for (const spread of spreads) counts.set(spread, (counts.get(spread) ?? 0) + 1);
  const [spread, most] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one));
  const held = spread === null ? "too few points for a covariance" : ["points that coincide", "points on a line", "points in a plane"][spread] ?? "points that spread in too few directions";
  return `${most === spreads.length ? "In all" : `In ${most}`} a component came to hold ${held}.`;
}

/** What a mark of many runs stands for; `groups` as in starts.js. */
export function endSentence({ logLikelihood, isCapped, count, capped }, groups, runs) {
  const best = groups[0].logLikelihood, behind = best - logLikelihood;
  const which = behind === 0 ? `the highest of ${runs} runs` : behind < AS_HIGH ? `an end as high as the highest of ${runs} runs` : `an end ${readable(behind)} nats below the highest of ${runs} runs`;
  return `Taken: ${which}, log-likelihood ${readable(logLikelihood)}; ${count === 1 ? "1 run" : `${count} runs`} came there.${isCapped ? " It had not converged." : capped ? ` ${capped} of them had not converged.` : ""}`;
}

/** What has become of many runs that were stopped; `seq`, if they are a kernel's. */
export function stoppedSentence({ ends, count, seq }) {
  if (seq !== null) return `Stopped. Python finishes its ${count} runs, but nothing of them is taken.`;
  return `Stopped after ${ends.length} of ${count} runs. Nothing is taken.`;
}

function changeOf({ entries, iteration }) {
  const value = entries[iteration].logLikelihood, gain = value - (entries[iteration - 1]?.logLikelihood ?? value);
  return isNothing(gain, value) ? "unchanged" : `${gain > 0 ? "up" : "down"} ${readable(Math.abs(gain))}`;
}

/** What has happened, for the live region: the states `after` and, for what a hand does, `before` it. */
export function sentence(what, after, before = null) {
  const { entries, iteration, colored } = after;
  const { mixture, logLikelihood: value } = entries[iteration];
  const total = `log-likelihood ${readable(value)}`;
  const many = mixture.weights.length === 1 ? "1 component" : `${mixture.weights.length} components`;
  switch (what) {
    case "e":
      return `E-step: responsibilities updated. Log-likelihood ${readable(value)}.`;
    case "m":
    case "step": {
      const stale = colored === iteration ? "" : standsStill(after) ? ". Nothing has moved." : ". Colors are stale until E.";
      return `iteration ${iteration}: ${total}, ${changeOf(after)}${stale}`;
    }
    case "converged":
      return `Converged at iteration ${iteration}: ${total}`;
    case "go":
      return `iteration ${iteration} of ${entries.length - 1}: ${total}`;
    case "undo":
      return `Undone. iteration ${iteration} of ${entries.length - 1}: ${total}`;
    case "place":
      return before ? placedSentence(after, before) : "";
    case "take":
      return `Taken from many starts: ${total}`;
    case "points":
      return pointsSentence(after, before);
    case "family":
      return familySentence(after, before);
    case "data":
      return `${after.data.n.toLocaleString("en-US")} new points, a start with ${many}: ${total}`;
    case "open":
      return after === before ? "The link leads nowhere else." : `Opened from the link: ${many}, iteration ${iteration}, ${total}`;
    case "reset":
      return `Back at the start: ${many}, ${total}`;
    case "start":
    case "k":
      return `New start with ${many}: ${total}`;
    case "set":
      return `Set from Python: ${many}, ${total}`;
    default:
      return "";
  }
}
