// The EM algorithm in the browser: pure functions, no page and no kernel. They follow the Python package line
// by line and agree with it to 1e-9 (tests/explorer/em.test.mjs).
//
// X is a Float64Array of n rows of d numbers. A mixture is { weights: [k], means: [k][d], covariances: [k][d][d] };
// responsibilities are a Float64Array of n rows of k numbers. No function changes what it is given, except `out`.

const EPS = Number.EPSILON; // the relative size of a rounding
const EMPTY = 1e-250; // of all points: what a component that holds less says about its few is lost in 64 bits
const LOG_2PI = Math.log(2 * Math.PI);

const SHAPES = ["coincide", "lie on a line", "lie in a plane"]; // by the directions in which points spread

/**
 * A component's covariance has become singular: its likelihood would grow without bound. `spread` says in how many
 * directions its points spread, where more points could in more; null if it holds too few of them.
 */
export class CollapsedComponent extends Error {
  constructor(component, count, iteration = null, spread = null) {
    const when = iteration === null ? "" : ` at iteration ${iteration}`;
    const held = general(count, 3);
    const remedies =
      count < EPS // no sum sees it beside one whole point: no family and no floor brings it back
        ? "start elsewhere, for example on data points (initialization.random_points), or ask for fewer " +
          "components."
        : "start elsewhere (another rng, or initialization.kmeans), ask for fewer components or a smaller " +
          "family (such as family='tied'), or put a floor under the variances (ridge > 0).";
    const shape = SHAPES[spread] ?? `spread in only ${spread} directions`;
    const why =
      spread === null ? "too few to have a covariance" : `which ${shape}, so that their covariance is singular`;
    super(
      `Component ${component} (counted from 0) collapsed${when}: it holds ${held} ${held === "1" ? "point" : "points"}, ` +
        `${why}; ${remedies}`,
    );
    this.name = "CollapsedComponent";
    this.component = component;
    this.count = count;
    this.iteration = iteration;
    this.spread = spread;
  }
}

/** A number with so many significant digits, as Python's format "g" writes it. */
export function general(x, digits) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const [mantissa, power] = x.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  const short = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < digits) return short(x.toFixed(digits - 1 - exponent));
  return `${short(mantissa)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

// --- Matrices ----------------------------------------------------------------------------------------

/** L of Sigma = L L^T, or null if Sigma is not positive definite. */
export function cholesky(matrix) {
  const d = matrix.length;
  const L = matrix.map(() => new Array(d).fill(0));
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i][j];
      for (let m = 0; m < j; m++) rest -= L[i][m] * L[j][m];
      if (i > j) L[i][j] = rest / L[j][j];
      else if (rest > 0 && rest < Infinity) L[i][i] = Math.sqrt(rest);
      else return null;
    }
  }
  return L;
}

function inverseOfLower(L) {
  const d = L.length;
  const inverse = L.map(() => new Array(d).fill(0));
  for (let j = 0; j < d; j++) {
    inverse[j][j] = 1 / L[j][j];
    for (let i = j + 1; i < d; i++) {
      let sum = 0;
      for (let m = j; m < i; m++) sum += L[i][m] * inverse[m][j];
      inverse[i][j] = -sum / L[i][i];
    }
  }
  return inverse;
}

// --- Six families of covariances, each a projection of the full ones ---------------------------------

export const FAMILIES = ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"];

export function projectFamily(covariances, weights, family) {
  if (!FAMILIES.includes(family)) throw new RangeError(`family must be one of ${FAMILIES.join(", ")}; it is ${family}.`);
  const d = covariances[0].length;
  const each = (entry) => covariances.map((S, j) => S.map((row, a) => row.map((_, b) => entry(j, a, b))));
  if (family.startsWith("tied")) {
    const mean = covariances[0].map((row, a) =>
      row.map((_, b) => covariances.reduce((sum, S, j) => sum + weights[j] * S[a][b], 0)),
    );
    covariances = each((j, a, b) => mean[a][b]);
  }
  if (family.endsWith("diag")) covariances = each((j, a, b) => (a === b ? covariances[j][a][a] : 0));
  if (family.endsWith("spherical")) {
    const variances = covariances.map((S) => S.reduce((sum, row, a) => sum + row[a], 0) / d);
    covariances = each((j, a, b) => (a === b ? variances[j] : 0));
  }
  return covariances;
}

// --- E-step ------------------------------------------------------------------------------------------

/** What a component needs for its log joint density: mean, L of its covariance, and the height of its peak. */
function prepared({ weights, means, covariances }) {
  return means.map((mean, j) => {
    const L = cholesky(covariances[j]);
    if (!L) throw new RangeError(`covariances must be positive definite; that of component ${j} (counted from 0) is not.`);
    const d = mean.length;
    let logDet = 0;
    for (let i = 0; i < d; i++) logDet += 2 * Math.log(L[i][i]);
    return { mean, L, peak: Math.log(weights[j]) - 0.5 * (d * LOG_2PI + logDet) };
  });
}

/** log pi_k + log N(x | mu_k, Sigma_k) for every point and component, in nats. */
export function logJoint(X, d, mixture, out = null) {
  const n = X.length / d;
  const components = prepared(mixture);
  const k = components.length;
  const result = out ?? new Float64Array(n * k);
  if (d === 2) logJoint2(X, n, components, result);
  else {
    const u = new Float64Array(d); // L^-1 (x - mu)
    for (let j = 0; j < k; j++) {
      const { mean, L, peak } = components[j];
      for (let i = 0; i < n; i++) {
        let distance = 0;
        for (let a = 0; a < d; a++) {
          let rest = X[i * d + a] - mean[a];
          for (let b = 0; b < a; b++) rest -= L[a][b] * u[b];
          u[a] = rest / L[a][a];
          distance += u[a] * u[a];
        }
        result[i * k + j] = peak - 0.5 * distance;
      }
    }
  }
  return result;
}

function logJoint2(X, n, components, result) {
  const k = components.length;
  for (let j = 0; j < k; j++) {
    const { mean: [mx, my], L: [[l11], [l21, l22]], peak } = components[j];
    for (let i = 0; i < n; i++) {
      const u = (X[2 * i] - mx) / l11;
      const v = (X[2 * i + 1] - my - l21 * u) / l22;
      result[i * k + j] = peak - 0.5 * (u * u + v * v);
    }
  }
}

/** Whose point is it? -> responsibilities and the log-likelihood of the mixture; `out` is reused for the former. */
export function eStep(X, d, mixture, out = null) {
  const r = logJoint(X, d, mixture, out);
  const k = mixture.weights.length;
  const n = X.length / d;
  let logLikelihood = 0;
  for (let row = 0; row < n * k; row += k) {
    let top = -Infinity;
    for (let j = row; j < row + k; j++) if (r[j] > top) top = r[j];
    if (!(top > -Infinity && top < Infinity)) refuseUnreachable();
    let sum = 0;
    for (let j = row; j < row + k; j++) sum += r[j] = r[j] === top ? 1 : Math.exp(r[j] - top);
    for (let j = row; j < row + k; j++) r[j] /= sum;
    logLikelihood += top + Math.log(sum);
  }
  return { responsibilities: r, logLikelihood };
}

function refuseUnreachable() {
  throw new RangeError(
    "X must lie within 1e150 standard deviations of some component, for 64-bit numbers to tell how " +
      "far; not all of its points do.",
  );
}

export function logLikelihood(X, d, mixture) {
  return eStep(X, d, mixture).logLikelihood;
}

/** sum r (log joint - log r): at most the log-likelihood, and equal to it after the E-step. */
export function lowerBound(X, d, mixture, responsibilities) {
  const joint = logJoint(X, d, mixture);
  let bound = 0;
  for (let i = 0; i < joint.length; i++) {
    const r = responsibilities[i];
    if (r > 0) bound += r * (joint[i] - Math.log(r));
  }
  return bound;
}

/** The numbers of Bayes' rule for one point x: weight times density, over their sum. */
export function inspectPoint(x, mixture) {
  const { weights } = mixture;
  const joint = Array.from(logJoint(Float64Array.from(x), x.length, mixture));
  const { responsibilities, logLikelihood: logDensity } = eStep(Float64Array.from(x), x.length, mixture);
  const logDensities = joint.map((value, j) => value - Math.log(weights[j]));
  return {
    x: Array.from(x),
    weights: Array.from(weights),
    densities: logDensities.map(Math.exp),
    logDensities,
    products: joint.map(Math.exp),
    sum: Math.exp(logDensity),
    logDensity,
    responsibilities: Array.from(responsibilities),
  };
}

/** weight times density of every component at the number x, for data of one dimension. */
export function densityAt1D(x, mixture) {
  return Array.from(logJoint(Float64Array.of(x), 1, mixture), Math.exp);
}

// --- M-step ------------------------------------------------------------------------------------------

/** The mixture that fits best if the responsibilities are right. Throws CollapsedComponent. */
export function mStep(X, d, responsibilities, k, family = "full") {
  const n = X.length / d;
  const r = responsibilities;
  const counts = new Array(k).fill(0);
  for (let i = 0; i < n * k; i += k) for (let j = 0; j < k; j++) counts[j] += r[i + j];
  const fewest = counts.indexOf(Math.min(...counts));
  if (counts[fewest] < EMPTY * n) throw new CollapsedComponent(fewest, counts[fewest]);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weights = counts.map((count) => count / total);
  const center = meanOf(X, d); // far from the origin, sums of deviations keep the digits that sums of X lose
  const means = counts.map((count, j) => {
    const sums = new Array(d).fill(0);
    for (let i = 0; i < n; i++) for (let a = 0; a < d; a++) sums[a] += r[i * k + j] * (X[i * d + a] - center[a]);
    return sums.map((sum, a) => center[a] + sum / count);
  });
  const free = means.map((mean, j) => scatter(X, d, mean, (i) => r[i * k + j], counts[j]));
  const covariances = projectFamily(free, weights, family);
  refuseSingular(counts, covariances, resolution(X, d));
  return { weights, means, covariances };
}

function meanOf(X, d) {
  const n = X.length / d;
  const first = Array.from(X.subarray(0, d)); // sums of differences: exact where all points are the same
  const sums = new Array(d).fill(0);
  for (let i = 0; i < n; i++) for (let a = 0; a < d; a++) sums[a] += X[i * d + a] - first[a];
  return sums.map((sum, a) => first[a] + sum / n);
}

/** sum of weight(i) (x_i - mean)(x_i - mean)^T over count. */
function scatter(X, d, mean, weight, count) {
  const n = X.length / d;
  const S = mean.map(() => new Array(d).fill(0));
  if (d === 2) {
    const [mx, my] = mean;
    let [xx, xy, yy] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const w = weight(i);
      const dx = X[2 * i] - mx;
      const dy = X[2 * i + 1] - my;
      xx += w * dx * dx;
      xy += w * dx * dy;
      yy += w * dy * dy;
    }
    return [[xx / count, xy / count], [xy / count, yy / count]];
  }
  const deviation = new Float64Array(d);
  for (let i = 0; i < n; i++) {
    const w = weight(i);
    for (let a = 0; a < d; a++) {
      deviation[a] = X[i * d + a] - mean[a];
      for (let b = 0; b <= a; b++) S[a][b] += w * deviation[a] * deviation[b];
    }
  }
  return S.map((row, a) => row.map((_, b) => (b <= a ? S[a][b] : S[b][a]) / count));
}

/** The smallest deviation that 64-bit numbers of the size of X can show, a feature. */
function resolution(X, d) {
  const largest = new Array(d).fill(0);
  for (let i = 0; i < X.length; i++) largest[i % d] = Math.max(largest[i % d], Math.abs(X[i]));
  return largest.map((size) => EPS * size);
}

/** Throws CollapsedComponent for a covariance that is zero in some direction, as rounding sees it. */
function refuseSingular(counts, covariances, smallest) {
  const factors = covariances.map(cholesky);
  const broken = factors.indexOf(null);
  if (broken >= 0) throw collapse(broken, counts, covariances, smallest);
  factors.forEach((L, j) => {
    const inverse = inverseOfLower(L);
    const nothing = indistinct(covariances[j], smallest);
    nothing.forEach((limit, a) => {
      const left = 1 / inverse.reduce((sum, row) => sum + row[a] ** 2, 0); // a's variance once the others are known
      if (left <= limit) throw collapse(j, counts, covariances, smallest);
    });
  });
}

/** What of the variances cannot be told from zero. */
function indistinct(covariance, smallest) {
  const d = smallest.length;
  return smallest.map((deviation, a) => Math.max((4 * deviation) ** 2, 8 * d * EPS * covariance[a][a]));
}

/** p points spread in at most p - 1 directions. If there are fewer, they coincide, or lie on a line or plane. */
function collapse(j, counts, covariances, smallest) {
  const spread = directions(covariances[j], smallest);
  const tooFew = Number(general(counts[j], 3)) <= spread + 1;
  return new CollapsedComponent(j, counts[j], null, tooFew ? null : spread);
}

/** In how many directions a singular covariance is not zero: Cholesky's elimination, the largest share first. */
function directions(covariance, smallest) {
  const d = smallest.length;
  const nothing = indistinct(covariance, smallest);
  const left = covariance.map((row) => row.slice());
  for (let rank = 0; rank < d - 1; rank++) {
    const share = left.map((row, a) => (row[a] > nothing[a] ? row[a] / covariance[a][a] : 0));
    const j = share.indexOf(Math.max(...share));
    if (share[j] === 0) return rank;
    const pivot = left[j].slice();
    for (let a = 0; a < d; a++) {
      const factor = left[a][j] / pivot[j];
      for (let b = 0; b < d; b++) left[a][b] -= factor * pivot[b];
    }
  }
  return d - 1;
}

// --- Where EM starts ---------------------------------------------------------------------------------

export const STARTS = ["random_points", "kmeans_plus_plus", "kmeans"];

/** A seeded source of numbers in [0, 1): mulberry32, whose state is one 32-bit number. */
export function randomSource(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A mixture of k components to start from, by one of STARTS. */
export function startFrom(name, X, d, k, random, family = "full") {
  if (!STARTS.includes(name)) throw new RangeError(`start must be one of ${STARTS.join(", ")}; it is ${name}.`);
  const different = differentRows(X, d, k);
  if (different.length < k) return startFromCenters(X, d, repeated(different, k, spreads(X, d)), family);
  if (name === "random_points") return startFromCenters(X, d, randomRows(X, d, k, random), family);
  const seeds = spreadOut(X, d, k, random);
  return startFromCenters(X, d, name === "kmeans" ? lloyd(X, d, seeds).centers : seeds, family);
}

/** Given means; equal weights, and for each component the covariance of all the data. */
export function startFromCenters(X, d, centers, family = "full") {
  const n = X.length / d;
  let spread = n > 1 ? scatter(X, d, meanOf(X, d), () => 1, n - 1) : centers[0].map(() => new Array(d).fill(0));
  try {
    refuseSingular([n], [spread], resolution(X, d));
  } catch (error) {
    if (!(error instanceof CollapsedComponent)) throw error;
    spread = spreads(X, d).map((sd, a, sds) => sds.map((_, b) => (a === b ? sd * sd : 0))); // something to look at
  }
  const [covariance] = projectFamily([spread], [1], family);
  const k = centers.length;
  return {
    weights: new Array(k).fill(1 / k),
    means: centers.map((center) => Array.from(center)),
    covariances: centers.map(() => covariance.map((row) => row.slice())),
  };
}

/** The standard deviation of every feature; where there is none, a length that can be seen: 1, or more far out. */
function spreads(X, d) {
  const n = X.length / d;
  const S = scatter(X, d, meanOf(X, d), () => 1, n);
  return resolution(X, d).map((smallest, a) => {
    const sd = Math.sqrt(S[a][a]);
    return sd > 1e3 * smallest ? sd : Math.max(1, 1e3 * smallest);
  });
}

/** The rows as they come, up to k different ones. */
function differentRows(X, d, k) {
  const seen = new Map();
  for (let i = 0; i < X.length && seen.size < k; i += d) {
    const row = Array.from(X.subarray(i, i + d));
    seen.set(row.join(), row);
  }
  return [...seen.values()];
}

/** k centers from fewer different points: those that repeat stand beside one another. */
function repeated(rows, k, sds) {
  return Array.from({ length: k }, (_, j) => {
    const center = rows[j % rows.length].slice();
    center[0] += Math.floor(j / rows.length) * sds[0];
    return center;
  });
}

function randomRows(X, d, k, random) {
  const n = X.length / d;
  const chosen = new Map(); // rows by their text: rows that X repeats count once
  while (chosen.size < k) {
    const i = Math.floor(random() * n);
    const row = Array.from(X.subarray(i * d, i * d + d));
    chosen.set(row.join(), row);
  }
  return [...chosen.values()];
}

/** k-means++: each row is drawn by its squared distance to those before it. */
function spreadOut(X, d, k, random) {
  const n = X.length / d;
  const row = (i) => Array.from(X.subarray(i * d, i * d + d));
  const centers = [row(Math.floor(random() * n))];
  const nearest = new Float64Array(n).fill(Infinity);
  while (centers.length < k) {
    const last = centers.at(-1);
    let total = 0;
    for (let i = 0; i < n; i++) total += nearest[i] = Math.min(nearest[i], squaredDistance(X, i * d, last));
    let left = random() * total;
    let drawn = -1;
    for (let i = 0; i < n && left >= 0; i++) {
      if (nearest[i] === 0) continue;
      left -= nearest[i];
      drawn = i;
    }
    centers.push(row(drawn));
  }
  return centers;
}

function squaredDistance(X, at, center) {
  let sum = 0;
  for (let a = 0; a < center.length; a++) sum += (X[at + a] - center[a]) ** 2;
  return sum;
}

/** k-means from given centers; a center that loses all its points moves to the point farthest from its own. */
export function lloyd(X, d, centers, maxIter = 300) {
  const n = X.length / d;
  const k = centers.length;
  let labels = new Int32Array(n).fill(-1);
  for (let iteration = 0; iteration < maxIter; iteration++) {
    const previous = labels;
    const nearest = new Float64Array(n).fill(Infinity);
    const sizes = new Array(k).fill(0);
    labels = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < k; j++) {
        const distance = squaredDistance(X, i * d, centers[j]);
        if (distance < nearest[i]) [nearest[i], labels[i]] = [distance, j];
      }
      sizes[labels[i]] += 1;
    }
    if (labels.every((label, i) => label === previous[i])) break;
    for (let j = 0; j < k; j++) {
      if (sizes[j] > 0) continue;
      let farthest = 0;
      const far = (i) => (sizes[labels[i]] === 1 ? -1 : nearest[i]); // to take a lone point would empty its own cluster
      for (let i = 1; i < n; i++) if (far(i) > far(farthest)) farthest = i;
      sizes[labels[farthest]] -= 1;
      [labels[farthest], nearest[farthest], sizes[j]] = [j, 0, 1];
    }
    centers = sizes.map((size, j) => {
      const sums = new Array(d).fill(0);
      for (let i = 0; i < n; i++) if (labels[i] === j) for (let a = 0; a < d; a++) sums[a] += X[i * d + a];
      return sums.map((sum) => sum / size);
    });
  }
  return { centers, labels };
}

// --- Ellipses in the hand ----------------------------------------------------------------------------

/** Standard deviations along the two axes of a covariance and the angle of the first, in radians.
 *
 *  With `previous`, each axis is the one nearest to what it was: sorted by length they would change places
 *  while the shorter one is pulled past the longer. */
export function ellipseAxes([[xx, xy], [, yy]], previous = null) {
  const middle = (xx + yy) / 2;
  const half = Math.hypot((xx - yy) / 2, xy);
  const long = Math.sqrt(middle + half);
  const short = Math.sqrt(Math.max(xx * yy - xy * xy, 0)) / long;
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy);
  if (!previous) return { a: long, b: short, angle };
  if (long - short <= 1e-9 * long) return { a: long, b: short, angle: previous.angle }; // a circle has any axes
  const off = (theta) => Math.abs(theta - Math.PI * Math.round(theta / Math.PI)); // axes have no direction
  const same = off(angle - previous.angle) <= off(angle + Math.PI / 2 - previous.angle);
  const nearest = same ? { a: long, b: short, angle } : { a: short, b: long, angle: angle + Math.PI / 2 };
  nearest.angle += Math.PI * Math.round((previous.angle - nearest.angle) / Math.PI);
  return nearest;
}

/** The covariance with these axes. */
export function covarianceOf({ a, b, angle }) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const xy = (a * a - b * b) * c * s;
  return [[(a * c) ** 2 + (b * s) ** 2, xy], [xy, (a * s) ** 2 + (b * c) ** 2]];
}

/** The end of axis `which` ("a" or "b"), `sds` standard deviations out, dragged to a point: the axis follows it
 *  in length and direction, the other keeps its length. No axis becomes shorter than 1/100 of the other. */
export function stretched(axes, which, [x, y], [mx, my], sds = 2) {
  const other = which === "a" ? axes.b : axes.a;
  const length = Math.max(Math.hypot(x - mx, y - my) / sds, other / 100);
  const direction = Math.atan2(y - my, x - mx);
  if (which === "a") return { a: length, b: other, angle: direction };
  return { a: other, b: length, angle: direction - Math.PI / 2 };
}

export function turned(axes, radians) {
  return { ...axes, angle: axes.angle + radians };
}

export function movedMean(mixture, j, mean) {
  return { ...mixture, means: mixture.means.map((old, i) => (i === j ? Array.from(mean) : old)) };
}

export function withCovariance(mixture, j, covariance) {
  return { ...mixture, covariances: mixture.covariances.map((old, i) => (i === j ? covariance : old)) };
}

/** Coordinates along given axes (rows of d numbers), seen from `center`. */
export function projectPoints(X, d, axes, center) {
  const n = X.length / d;
  const m = axes.length;
  const flat = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < m; p++) {
      let sum = 0;
      for (let a = 0; a < d; a++) sum += axes[p][a] * (X[i * d + a] - center[a]);
      flat[i * m + p] = sum;
    }
  }
  return flat;
}

/** The same for a mixture: A (mu - center) and A Sigma A^T. */
export function projectMixture({ weights, means, covariances }, axes, center) {
  return {
    weights,
    means: means.map((mean) => axes.map((axis) => axis.reduce((sum, c, a) => sum + c * (mean[a] - center[a]), 0))),
    covariances: covariances.map((S) =>
      axes.map((p) => axes.map((q) => S.reduce((sum, row, a) => sum + p[a] * row.reduce((s, v, b) => s + v * q[b], 0), 0))),
    ),
  };
}
