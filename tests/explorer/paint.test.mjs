// Scales, numbers as text, points into pixels, ellipses on the screen: what the picture is computed from.
import assert from "node:assert/strict";
import test from "node:test";

import { covarianceOf } from "../../gmmlesson/explorer/em.js";
import { drawChart, gainOf, entryAt } from "../../gmmlesson/explorer/chart.js";
import { dataCovariance, drawAxes, fittedText, gripAt, handleAt, histogramOf, pixelCovariance, reachOf, screenComponents } from "../../gmmlesson/explorer/overlay.js";
import { MARKERS, PALETTE, isInside, linearScale, markerStamp, numberText, paintPoints, pixelPositions, plotScales, shareText, tickText, ticks } from "../../gmmlesson/explorer/paint.js";

const BOX = { left: 50, right: 650, top: 20, bottom: 420 };
const near = (actual, expected, tolerance = 1e-9) => assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

test("a scale goes from data to pixels and back, far from the origin too", () => {
  for (const [low, high] of [[-3, 5], [1e8, 1e8 + 2], [1e-9, 3e-9]]) {
    const scale = linearScale(low, high, 50, 650);
    assert.equal(scale.toPixel(low), 50);
    near(scale.toPixel(high), 650, 1e-6);
    near(scale.toValue(scale.toPixel((low + high) / 2)) / ((low + high) / 2), 1, 1e-12);
  }
});

test("one unit is equally long on both axes, unless the ranges differ too much", () => {
  const same = plotScales([0, 0, 3, 1, 6, 4], false, BOX);
  near(same.x.factor, -same.y.factor);
  const unlike = plotScales([1, 40, 2, 60, 5, 100], false, BOX);
  assert.ok(unlike.x.factor > -3 * unlike.y.factor);
  for (const { x, y } of [same, unlike]) assert.ok(x.factor > 0 && y.factor < 0); // y grows upwards
});

test("a single value, and values all alike, still get a scale", () => {
  for (const flat of [[3, 4], [7, 7, 7, 7], [0, 0]]) {
    const { x, y } = plotScales(flat, false, BOX);
    near(x.toPixel(flat[0]), 350, 1e-6);
    near(y.toPixel(flat[1]), 220, 1e-6);
  }
});

test("the frame holds what the start reaches, as far as the points keep half of it", () => {
  const flat = [0, 0, 10, 10];
  const held = plotScales(flat, false, BOX, [[-3, 12], [-2, 11]]);
  assert.ok(held.x.low < -3 && held.x.high > 12 && held.y.low < -2 && held.y.high > 11);
  near(held.x.factor, -held.y.factor);
  const far = plotScales(flat, false, { left: 0, right: 400, top: 0, bottom: 400 }, [[-1e6, 1e6], [-1e6, 1e6]]);
  assert.ok(far.x.high - far.x.low <= 21 && far.y.high - far.y.low <= 21);
  assert.deepEqual(plotScales(flat, false, BOX, [[4, 5], [4, 5]]).x.low, plotScales(flat, false, BOX).x.low);
  const { x } = plotScales([0, 10], true, BOX, [[-2, 11]]);
  assert.ok(x.low < -2 && x.low > -3 && x.high > 11);
});

test("whether units are equal is the points' affair, not the start's", () => {
  const flat = [0, 0, 3, 1];
  const { x, y } = plotScales(flat, false, BOX, [[-1e9, 1e9], [0, 1]]);
  near(x.factor, -y.factor);
});

test("a start reaches as far as its handles", () => {
  assert.deepEqual(reachOf({ means: [[0, 1], [4, 1]], covariances: [[[4, 0], [0, 1]], [[1, 0], [0, 9]]] }), [[-4, 6], [-5, 7]]);
  assert.deepEqual(reachOf({ means: [[5]], covariances: [[[0.25]]] }), [[4, 6]]);
});

test("a handle that lies outside is taken where its axis leaves the box", () => {
  const at = (mean, angle, a, sign = 1) => gripAt({ mean, axes: { a, b: 1, angle } }, "a", sign, BOX);
  assert.deepEqual(at([300, 200], 0, 20), [340, 200]);
  assert.deepEqual(at([300, 200], 0, 900), [650, 200]);
  const [x, y] = at([300, 200], Math.PI / 4, 900);
  near(y, 420);
  near(x - 300, y - 200, 1e-6);
  const [u, v] = at([300, 200], Math.PI / 4, 900, -1);
  near(v, 20);
  near(u - 300, v - 200, 1e-6);
  assert.deepEqual(at([700, 200], 0, 20), [650, 200]); // its mean is outside too
});

test("ticks are round, within the range, and written without trailing noise", () => {
  assert.deepEqual(ticks(0.3, 6.1, 6).values, [1, 2, 3, 4, 5, 6]);
  const { values, step } = ticks(-0.25, 0.35, 6);
  assert.deepEqual(values.map((value) => tickText(value, step)), ["\u22120.2", "\u22120.1", "0.0", "0.1", "0.2", "0.3"]);
  assert.equal(tickText(1500, 500), "1,500");
  assert.deepEqual([-2e7, 0, 2e7].map((value) => tickText(value, 2e7)), ["\u22122e7", "0", "2e7"]);
  assert.deepEqual([49990000, 50000000].map((value) => tickText(value, 10000)), ["4.999e7", "5.000e7"]);
  assert.equal(tickText(2e-7, 1e-7), "2e\u22127");
  for (const [low, high] of [[0, 1e-7], [-1e9, 1e9], [1e8, 1e8 + 4], [-5e7, -4.995e7]]) {
    const { values: some, step: by } = ticks(low, high, 5);
    assert.equal(new Set(some.map((value) => tickText(value, by))).size, some.length); // each a text of its own
    assert.ok(some.length >= 2 && some.length <= 12 && some.every((value) => value >= low && value <= high));
  }
});

/** A canvas context on which every character is 6 pixels wide; it keeps what is called and with which style. */
function canvas() {
  const calls = [];
  const context = { measureText: (text) => ({ width: 6 * Array.from(text).length }) };
  return new Proxy(context, {
    get: (target, name) => name === "calls" ? calls : target[name] ?? ((...args) => { calls.push({ name, args, ...target }); }),
  });
}

test("a label that is too long is cut between characters", () => {
  const ctx = canvas();
  assert.equal(fittedText(ctx, "wait (minutes)", 84), "wait (minutes)");
  assert.equal(fittedText(ctx, "wait (minutes)", 83), "wait (minute\u2026");
  assert.equal(fittedText(ctx, "wait (minutes)", 36), "wait\u2026");
  assert.equal(fittedText(ctx, "\u{1F30B}\u{1F30B}\u{1F30B}", 12), "\u{1F30B}\u2026");
  assert.equal(fittedText(ctx, "wait", 1), "\u2026");
});

test("the name of the axis across stays on the picture, however long it is", () => {
  const ctx = canvas(), theme = { muted: "gray", line: "gray" };
  const long = ["x", "y"].map((name) => `${name} ${"long ".repeat(40)}`);
  drawAxes(ctx, 300, 200, { box: { left: 46, right: 288, top: 24, bottom: 160 }, scales: plotScales([0, 0, 3, 1, 6, 4], false, BOX), labels: long, theme });
  const texts = ctx.calls.filter(({ name, args }) => name === "fillText" && args[0].includes("long"));
  assert.equal(texts.length, 1);
  const [{ args: [text, x], textAlign }] = texts;
  assert.equal(textAlign, "right");
  assert.ok(x <= 288 && x - 6 * text.length >= 0, `${x - 6 * text.length} to ${x}`);
});

test("numbers as text", () => {
  const expected = [[-1134.21, "\u22121,134.2"], [61.254, "61.25"], [0.032154, "0.03215"], [2.1e-9, "2.10e\u22129"], [0, "0"], [NaN, "\u2013"]];
  for (const [value, text] of expected) assert.equal(numberText(value), text);
  assert.deepEqual([0, 0.5, 1, 1e-9, 1 - 1e-9].map(shareText), ["0.000", "0.500", "1.000", "<\u200a0.001", ">\u200a0.999"]);
});

test("every component has a color and a marker of its own", () => {
  assert.equal(new Set(PALETTE.map(String)).size, 8);
  const shapes = MARKERS.map((_, j) => JSON.stringify(markerStamp(j, 4, 1)));
  assert.equal(new Set(shapes).size, 8);
  MARKERS.forEach((corners) => assert.ok(isInside(corners, 0.01, 0.02)));
});

function painted(extra) {
  const [width, height] = [40, 30], pixels = new Uint32Array(width * height);
  const stamps = PALETTE.map((_, j) => markerStamp(j, 3, 1));
  paintPoints(pixels, width, height, {
    xs: [10, 30, 1], ys: [15, 15, 1], k: 2, responsibilities: [1, 0, 0.5, 0.5, 1, 0], colors: [[200, 0, 0], [0, 0, 100]],
    shared: [40, 40, 40], gray: [90, 90, 90], paper: [255, 255, 255], fade: 0, stamps, ...extra,
  });
  return (x, y) => [0, 8, 16, 24].map((shift) => (pixels[y * width + x] >>> shift) & 255);
}

test("points are painted in their components' colors, darker where they are shared, on opaque paper", () => {
  const at = painted({});
  assert.deepEqual(at(10, 15), [200, 0, 0, 255]);
  assert.deepEqual(at(30, 15), [55, 30, 42, 255]); // an eighth of each, three quarters of the dark
  assert.deepEqual(at(20, 15), [255, 255, 255, 255]);
  assert.deepEqual(at(1, 1), [255, 255, 255, 255]); // too near the edge: it would wrap around to the other side
});

test("stale points are faded towards gray; points without responsibilities are gray", () => {
  assert.deepEqual(painted({ fade: 0.5 })(10, 15), [145, 45, 45, 255]);
  assert.deepEqual(painted({ responsibilities: null })(30, 15), [90, 90, 90, 255]);
});

test("half-covered pixels blend with what lies below", () => {
  const [stamp] = [markerStamp(0, 3, 0.5)];
  const [red, green, blue] = painted({ stamps: PALETTE.map(() => stamp) })(10, 15);
  assert.ok(Math.abs(red - 227) <= 1 && Math.abs(green - 127) <= 1 && Math.abs(blue - 127) <= 1);
});

test("in one dimension points are strewn over their band, always the same way", () => {
  const scales = plotScales([0, 1, 2], true, BOX), band = { top: 340, bottom: 400 };
  const values = Array.from({ length: 500 }, (_, i) => i % 3);
  const [first, second] = [0, 1].map(() => pixelPositions(values, true, scales, 2, band));
  assert.deepEqual(first, second);
  assert.ok(first.ys.every((y) => y >= 680 && y <= 800) && new Set(first.ys).size > 100);
});

test("a covariance goes to the screen and back; handles lie where its ellipse meets its axes", () => {
  const { x, y } = plotScales([-5, -4, 5, 6], false, BOX);
  const covariance = covarianceOf({ a: 2, b: 0.7, angle: 0.4 });
  const back = dataCovariance(pixelCovariance(covariance, { x, y }), { x, y });
  back.flat().forEach((value, i) => near(value, covariance.flat()[i]));
  const [component] = screenComponents({ means: [[1, 2]], covariances: [covariance] }, { x, y }, null);
  const [px, py] = handleAt(component, "a");
  const [dx, dy] = [x.toValue(px) - 1, y.toValue(py) - 2];
  near(Math.hypot(dx, dy), 4, 1e-9); // two standard deviations of 2
  near(Math.abs(Math.cos(Math.atan2(dy, dx) - 0.4)), 1, 1e-9); // turned to the left by 0.4, as data see it
});

test("a histogram has the area of a density", () => {
  const scale = linearScale(0, 10, 0, 100);
  const { width, heights } = histogramOf([1, 2, 2, 3, 9.99, 10], scale);
  near(heights.reduce((sum, height) => sum + height * width, 0), 1);
});

test("what a hand has done is marked in the trace, however long it is", () => {
  const theme = { line: "line", accent: "accent", faint: "faint", ink: "ink", paper: "paper" };
  for (const length of [5, 40, 100, 1000]) {
    const entries = Array.from({ length }, (_, i) => ({ kind: i === 3 ? "hand" : i ? "m" : "start", logLikelihood: i - 50, bound: null }));
    for (const iteration of [3, length - 1]) {
      const ctx = canvas();
      drawChart(ctx, 272, 96, { entries, iteration, closed: 1, theme });
      const drawn = ctx.calls.filter(({ name }) => ["arc", "fill", "stroke"].includes(name));
      const marks = drawn.filter(({ name }, i) => name === "arc" && drawn[i + 2]?.name === "stroke" && drawn[i + 1].fillStyle === "paper");
      assert.equal(marks.length, 1, `${length} entries, at ${iteration}`);
      assert.ok(marks[0].args[2] >= 3);
    }
  }
});

test("the last gain is what M raised the bound by, and the gap", () => {
  const entries = [{ logLikelihood: -20, bound: null }, { logLikelihood: -12, bound: -15 }, { logLikelihood: -13, bound: null }];
  assert.deepEqual(gainOf(entries, 1), { raised: 5, gap: 3 });
  assert.equal(gainOf(entries, 0), null);
  assert.equal(gainOf(entries, 2), null); // placed by hand
  assert.equal(entryAt(entries, 300, -50), 0);
  assert.equal(entryAt(entries, 300, 500), 2);
});
