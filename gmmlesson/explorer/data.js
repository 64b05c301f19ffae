// The points of an explorer, from its traits: in their own units, and as they are drawn.
import { FAMILIES, projectPoints } from "./em.js";

const MOST_COMPONENTS = 8;

export function float32(view) {
  // a DataView into a larger message: its offset need not be a multiple of 4
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

export function dataFrom(model) {
  const [n, d] = [model.get("n"), model.get("d")];
  const [center, scale, axes] = [model.get("center"), model.get("scale"), model.get("axes")];
  const points = float32(model.get("points"));
  if (points.length !== n * d) throw new RangeError(`points must hold ${n} x ${d} numbers; they are ${points.length}.`);
  const X = Float64Array.from(points, (value, i) => center[i % d] + scale[i % d] * value);
  const flat = d > 2 ? projectPoints(X, d, axes, center) : X;
  const family = FAMILIES.includes(model.get("family")) ? model.get("family") : "full";
  return { n, d, X, flat, family, maxK: Math.min(MOST_COMPONENTS, n), spread: spreadOf(flat, Math.min(d, 2)), labels: model.get("labels"), features: model.get("features") ?? [], own: model.get("own") ?? {} };
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
