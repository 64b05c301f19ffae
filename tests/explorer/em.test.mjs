// The numbers in JavaScript against those of the Python package. VECTORS names the file that vectors.py writes;
// tests/test_explorer.py does both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import * as em from "../../gmmlesson/explorer/em.js";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const TOLERANCE = 1e-9;

/** Arrays equal to 1e-9 of their largest entry. */
function close(actual, expected, what, tolerance = TOLERANCE) {
  const [a, b] = [[actual].flat(3), [expected].flat(3)];
  assert.equal(a.length, b.length, `${what}: ${a.length} numbers for ${b.length}`);
  const size = Math.max(...b.map(Math.abs));
  a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) <= tolerance * size, `${what}: ${x} for ${b[i]}`));
}

function closeMixture(actual, expected, X, d) {
  close(actual.weights, expected.weights, "weights");
  const low = X.slice(0, d);
  const relative = (means) => means.map((mean) => mean.map((x, a) => x - low[a])); // the digits that matter
  const size = Math.max(...X.map(Math.abs));
  const spread = Math.max(...relative(expected.means).flat().map(Math.abs));
  const lost = (4 * Number.EPSILON * size) / spread; // what 64-bit numbers cannot hold so far out
  close(relative(actual.means), relative(expected.means), "means", TOLERANCE + lost);
  actual.covariances.forEach((S, j) => close(S, expected.covariances[j], `covariance ${j}`, TOLERANCE + lost));
}

test("one point is a point, in Python's words", () => {
  for (const [count, words] of [[1, "1 point,"], [0.9999, "1 point,"], [0, "0 points,"], [1.5, "1.5 points,"]]) {
    assert.ok(new em.CollapsedComponent(0, count).message.includes(`it holds ${words} too few`), words);
  }
});

test("what is told of a collapse is Python's, whether the component is empty, small or flat", () => {
  for (const [count, spread, text] of vectors.collapses) {
    assert.equal(new em.CollapsedComponent(1, count, 7, spread).message, text);
  }
});

for (const vector of vectors.cases) {
  test(`E and M: ${vector.name}`, () => {
    const { d, mixture, family } = vector;
    const X = Float64Array.from(vector.X);
    const { responsibilities, logLikelihood } = em.eStep(X, d, mixture);
    const expected = Float64Array.from(vector.responsibilities);
    expected.forEach((r, i) => assert.ok(Math.abs(responsibilities[i] - r) <= TOLERANCE, `${responsibilities[i]} for ${r}`));
    close(logLikelihood, vector.log_likelihood, "log-likelihood");
    const k = mixture.weights.length;
    if (vector.collapse) {
      assert.throws(
        () => em.mStep(X, d, expected, k, family),
        (error) => {
          assert.ok(error instanceof em.CollapsedComponent, String(error));
          assert.equal(error.message, vector.collapse.message);
          assert.equal(error.component, vector.collapse.component);
          close(error.count, vector.collapse.count, "count");
          return true;
        },
      );
      return;
    }
    const better = em.mStep(X, d, expected, k, family);
    closeMixture(better, vector.better, vector.X, d);
    close(em.logLikelihood(X, d, vector.better), vector.better_log_likelihood, "log-likelihood after M");
    close(em.lowerBound(X, d, vector.better, expected), vector.bound, "bound after M");
    close(em.lowerBound(X, d, mixture, expected), vector.log_likelihood, "the bound touches after E");
    assert.ok(vector.bound <= vector.better_log_likelihood + 1e-9 * Math.abs(vector.bound));
  });
}

test("a start from given centers is Python's", () => {
  for (const { X, d, family, mixture, degenerate, name } of vectors.starts) {
    const points = Float64Array.from(X);
    const start = degenerate
      ? em.startFrom("kmeans", points, d, mixture.weights.length, em.randomSource(0), family)
      : em.startFromCenters(points, d, mixture.means, family);
    close(start.weights, mixture.weights, "weights");
    start.covariances.forEach((S, j) => close(S, mixture.covariances[j], `${name ?? family}: covariance`));
    if (name?.startsWith("identical")) close(start.means, mixture.means, `${name}: means`);
  }
});

test("k-means from given centers is Python's", () => {
  for (const { X, d, seeds, centers, labels } of vectors.clusters) {
    const found = em.lloyd(Float64Array.from(X), d, seeds);
    assert.deepEqual(Array.from(found.labels), labels);
    close(found.centers, centers, "centers");
  }
});

test("numbers are written as Python writes them", () => {
  for (const [x, text] of vectors.formatted) assert.equal(em.general(x, 3), text);
});

test("Bayes' rule for one point", () => {
  const { X, d, mixture, responsibilities } = vectors.cases.find(({ name }) => name === "full, d=2, k=3");
  const k = mixture.weights.length;
  const seen = em.inspectPoint(X.slice(7 * d, 8 * d), mixture);
  close(seen.responsibilities, responsibilities.slice(7 * k, 8 * k), "responsibilities");
  seen.products.forEach((product, j) => {
    close(product, seen.weights[j] * seen.densities[j], "weight times density");
    close(product / seen.sum, seen.responsibilities[j], "over the sum");
  });
  const unit = { weights: [1], means: [[0]], covariances: [[[1]]] };
  close(em.densityAt1D(0, unit), [1 / Math.sqrt(2 * Math.PI)], "peak of the standard normal");
});

test("a point out of all reach is refused, as in Python", () => {
  const mixture = { weights: [1], means: [[0]], covariances: [[[1]]] };
  assert.throws(() => em.eStep(Float64Array.of(1e160), 1, mixture), /X must lie within 1e150 standard deviations/);
});

test("a covariance that is not positive definite is refused", () => {
  const mixture = { weights: [0.5, 0.5], means: [[0, 0], [0, 0]], covariances: [[[1, 0], [0, 1]], [[1, 2], [2, 1]]] };
  assert.throws(() => em.eStep(Float64Array.of(0, 0), 2, mixture), /that of component 1/);
});

test("random starts take k different rows, by their seed", () => {
  const { X, d } = vectors.cases.find(({ name }) => name === "full, d=2, k=3");
  const points = Float64Array.from([...X, ...X]); // every row twice
  const rows = new Set(Array.from({ length: X.length / d }, (_, i) => X.slice(i * d, i * d + d).join()));
  for (const name of ["random_points", "kmeans_plus_plus"]) {
    const draw = (seed) => em.startFrom(name, points, d, 5, em.randomSource(seed)).means.map((mean) => mean.join());
    assert.equal(new Set(draw(1)).size, 5, name);
    assert.ok(draw(1).every((row) => rows.has(row)), name);
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
  }
});

test("k-means++ keeps its distance: three far clusters get a center each", () => {
  const X = Float64Array.from({ length: 60 }, (_, i) => (i % 3) * 1000 + i / 60);
  for (let seed = 0; seed < 20; seed++) {
    const { means } = em.startFrom("kmeans_plus_plus", X, 1, 3, em.randomSource(seed));
    assert.deepEqual(means.map(([mean]) => Math.round(mean / 1000)).sort(), [0, 1, 2]);
  }
});

test("the random source is uniform", () => {
  const random = em.randomSource(3);
  const bins = new Array(10).fill(0);
  for (let i = 0; i < 100_000; i++) bins[Math.floor(10 * random())] += 1;
  for (const count of bins) assert.ok(Math.abs(count - 10_000) < 500, bins.join());
});

// --- Ellipses in the hand

test("axes and covariance are each other's inverse", () => {
  for (const axes of [{ a: 2, b: 1, angle: 0.3 }, { a: 3, b: 0.1, angle: -1.2 }, { a: 1, b: 1, angle: 0 }, { a: 1e5, b: 1, angle: 1 }]) {
    const { a, b, angle } = em.ellipseAxes(em.covarianceOf(axes), axes);
    close([a, b], [axes.a, axes.b], "lengths", 1e-6);
    close(angle + 10, axes.angle + 10, "angle");
  }
});

test("an axis follows the hand in length and direction; the other keeps its length", () => {
  const axes = { a: 2, b: 1, angle: 0 };
  const mean = [10, 20];
  const a = em.stretched(axes, "a", [10 + 3, 20 + 3], mean); // toward the upper right
  close([a.a, a.b, a.angle], [Math.hypot(3, 3) / 2, 1, Math.PI / 4], "axis a");
  const b = em.stretched(axes, "b", [10 - 3, 20 + 3], mean); // toward the upper left: 90 degrees further
  close([b.a, b.b, b.angle], [2, Math.hypot(3, 3) / 2, Math.PI / 4], "axis b");
  const [[xx, xy], [, yy]] = em.covarianceOf(a);
  assert.ok(xy > 0, "up to the right means a positive covariance");
  const direction = [Math.SQRT1_2, Math.SQRT1_2];
  close(xx * direction[0] ** 2 + 2 * xy * direction[0] * direction[1] + yy * direction[1] ** 2, a.a ** 2, "variance that way");
  const thin = em.stretched(axes, "b", mean, mean);
  assert.ok(thin.b > 0 && em.cholesky(em.covarianceOf(thin)), "no axis vanishes");
});

test("turning goes counterclockwise and keeps the lengths", () => {
  const turned = em.turned({ a: 2, b: 1, angle: 0 }, Math.PI / 6);
  const [[, xy]] = em.covarianceOf(turned);
  assert.ok(xy > 0);
  close([turned.a, turned.b], [2, 1], "lengths");
});

test("the handles do not change places while the short axis passes the long one", () => {
  let axes = { a: 2, b: 1, angle: 0.4 };
  for (let length = 1; length <= 4; length += 0.125) {
    const end = [-2 * length * Math.sin(axes.angle), 2 * length * Math.cos(axes.angle)];
    const pulled = em.stretched(axes, "b", end, [0, 0]);
    axes = em.ellipseAxes(em.covarianceOf(pulled), pulled);
    close([axes.a, axes.b, axes.angle], [2, length, 0.4], `pulled to ${length}`, 1e-7);
  }
});

test("a full turn brings the handles back to their places", () => {
  let axes = { a: 2, b: 1, angle: 0 };
  for (let i = 0; i < 72; i++) {
    const before = axes.angle;
    axes = em.turned(axes, Math.PI / 36);
    axes = em.ellipseAxes(em.covarianceOf(axes), axes);
    close(axes.angle - before, Math.PI / 36, "5 degrees");
  }
  close(axes.angle, 2 * Math.PI, "all the way around");
});

test("moving a mean and setting a covariance leave the rest, and the original, alone", () => {
  const mixture = { weights: [0.5, 0.5], means: [[0, 0], [1, 1]], covariances: [[[1, 0], [0, 1]], [[2, 0], [0, 2]]] };
  const copy = structuredClone(mixture);
  const moved = em.withCovariance(em.movedMean(mixture, 1, [5, 6]), 0, [[3, 1], [1, 3]]);
  assert.deepEqual(mixture, copy);
  assert.deepEqual(moved.means, [[0, 0], [5, 6]]);
  assert.deepEqual(moved.covariances, [[[3, 1], [1, 3]], [[2, 0], [0, 2]]]);
});

test("a projection on two axes is that of points and mixture alike", () => {
  const { X, d, mixture } = vectors.cases.find(({ name }) => name === "full, d=8, k=5");
  const axes = [0, 1].map((p) => Array.from({ length: d }, (_, a) => (a === p + 2 ? 0.6 : a === p + 4 ? 0.8 : 0)));
  const center = Array.from({ length: d }, (_, a) => a);
  const flat = em.projectMixture(mixture, axes, center);
  const points = em.projectPoints(Float64Array.from(X), d, axes, center);
  close(points[2], 0.6 * (X[d + 2] - 2) + 0.8 * (X[d + 4] - 4), "second point");
  close(Array.from(em.projectPoints(Float64Array.from(mixture.means[3]), d, axes, center)), flat.means[3], "a mean");
  const S = mixture.covariances[3];
  close(flat.covariances[3][0][0], 0.36 * S[2][2] + 0.96 * S[2][4] + 0.64 * S[4][4], "a variance");
});
