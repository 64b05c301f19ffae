// How many parameters the mixture shown has, and the criteria that weigh them against its log-likelihood.
import { FAMILIES, logJoint, projectFamily } from "./em.js";
import { create, panel } from "./elements.js";
import { isEnd } from "./search.js";
import { familyName, readable } from "./sentences.js";
import { END_GAIN } from "./state.js";

const SAME_BIC = 0.05; // what is less apart is shown as the same
const BELONGS = 1e-12; // relative difference at which a covariance is no longer one of a family

/** Free parameters: k - 1 weights, k d means, and those of the covariances. */
export function parameterCount(family, k, d) {
  const each = { full: (d * (d + 1)) / 2, diag: d, spherical: 1 }[family.replace("tied_", "").replace("tied", "full")];
  return k - 1 + k * d + each * (family.startsWith("tied") ? 1 : k);
}

/** The family to count by: the session's own, or, where a hand has left that, the smallest that holds the mixture. */
export function countedFamily({ weights, covariances }, family) {
  const d = covariances[0].length, k = weights.length;
  const holds = (one) => {
    const projected = projectFamily(covariances, weights, one);
    return covariances.every((S, j) => S.every((row, a) => row.every((value, b) => Math.abs(value - projected[j][a][b]) <= BELONGS * Math.sqrt(S[a][a] * S[b][b]))));
  };
  if (holds(family)) return family;
  return FAMILIES.filter(holds).reduce((least, one) => (parameterCount(one, k, d) < parameterCount(least, k, d) ? one : least), "full");
}

/** {count, aic, bic, icl}; lower is better. ICL adds to BIC what is lost where every point goes to one component. */
export function criteriaOf({ X, n, d }, mixture, family, logLikelihood) {
  const k = mixture.weights.length;
  const count = parameterCount(countedFamily(mixture, family), k, d);
  const bic = count * Math.log(n) - 2 * logLikelihood;
  const joint = logJoint(X, d, mixture);
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let most = -Infinity;
    for (let j = 0; j < k; j++) if (joint[i * k + j] > most) most = joint[i * k + j];
    largest += most;
  }
  return { count, aic: 2 * count - 2 * logLikelihood, bic, icl: bic - 2 * (largest - logLikelihood) };
}

const many = (count, what) => (count === 1 ? `1 ${what}` : `${count} ${what}s`);
const lowest = new WeakMap(); // of points -> { bic, family, k, isCompared }: the lowest BIC of those runs on them that have
// converged; compared, if another mixture has been seen since

/** Has the run to the entry shown come to its end, as far as anybody can tell? */
export function isAtEnd({ data, family, entries, iteration }) {
  const [before, { kind, mixture, logLikelihood }] = [entries[iteration - 1], entries[iteration]];
  if (kind === "end") return isEnd(data, mixture, family); // it may have been stopped on its way
  return kind === "m" && logLikelihood - before.logLikelihood <= END_GAIN * data.n;
}

export class Criteria {
  constructor(view) {
    this.session = view.session;
    this.look = view.look;
    this.count = create("span", { class: "em-detail" });
    this.values = Object.fromEntries(["aic", "bic", "icl"].map((name) => [name, create("dd", {})]));
    this.foot = create("p", { class: "em-foot", "data-testid": "em-lowest" });
    const rows = Object.entries(this.values).map(([name, value]) => create("div", {}, create("dt", {}, name.toUpperCase()), value));
    this.panel = panel("Criteria: lower is better", { class: "em-panel", "data-testid": "em-criteria" },
      create("div", { class: "em-head" }, create("span", { class: "em-title" }, "Criteria"), this.count), create("dl", { class: "em-criteria" }, ...rows), this.foot);
  }

  /** While something is dragged over very many points they wait: ICL needs another pass. */
  update() {
    const { data, mixture, logLikelihood, state } = this.session;
    if (this.look.gesture !== null && data.n > 20000) return;
    if (this.known?.mixture === mixture && this.known.X === data.X && this.known.family === state.family) return;
    this.known = { mixture, X: data.X, family: state.family };
    const { count, ...values } = criteriaOf(data, mixture, state.family, logLikelihood);
    this.count.textContent = many(count, "parameter");
    for (const [name, value] of Object.entries(values)) this.values[name].textContent = readable(value);
    this.compare(data.X, { bic: values.bic, family: state.family, k: state.k }, isAtEnd(state));
  }

  /** The lowest BIC of these points, and of which family and number of components: what one compares with. A mixture on its
   *  way counts for nothing: it may be on its way to a collapse, where BIC falls without end. */
  compare(X, shown, isOver) {
    const before = lowest.get(X), counts = isOver && Number.isFinite(shown.bic);
    const isCompared = Boolean(before) && (before.isCompared || Math.abs(before.bic - shown.bic) >= SAME_BIC);
    const least = counts && !(before?.bic <= shown.bic) ? shown : before;
    if (least) lowest.set(X, { ...least, isCompared });
    const isLeast = isOver && least && shown.bic - least.bic < SAME_BIC;
    const known = isLeast ? (isCompared ? "; this is the lowest BIC so far" : "") : least ? `; lowest BIC so far ${readable(least.bic)}: ${many(least.k, "component")}, ${familyName(least.family)}` : "";
    this.foot.textContent = `Lower is better${known}.${isOver ? "" : " Not converged."}`;
  }
}
