// Scales, numbers as text, points into pixels, ellipses on the screen: what the picture is computed from.
import assert from "node:assert/strict";
import test from "node:test";

import { covarianceOf } from "../../gmmlesson/explorer/em.js";
import { gainOf, entryAt } from "../../gmmlesson/explorer/chart.js";
import { dataCovariance, drawAxes, fittedText, handleAt, histogramOf, pixelCovariance, screenComponents } from "../../gmmlesson/explorer/overlay.js";
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

test("ticks are round, within the range, and written without trailing noise", () => {
  assert.deepEqual(ticks(0.3, 6.1, 6).values, [1, 2, 3, 4, 5, 6]);
  const { values, step } = ticks(-0.25, 0.35, 6);
  assert.deepEqual(values.map((value) => tickText(value, step)), ["\u22120.2", "\u22120.1", "0.0", "0.1", "0.2", "0.3"]);
  assert.equal(tickText(1500, 500), "1,500");
  for (const [low, high] of [[0, 1e-7], [-1e9, 1e9], [1e8, 1e8 + 4]]) {
    const { values: some } = ticks(low, high, 5);
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

test("the axes' labels stay on the picture, however long they are", () => {
  const ctx = canvas(), theme = { muted: "gray", line: "gray" };
  const long = ["x", "y"].map((name) => `${name} ${"long ".repeat(40)}`);
  drawAxes(ctx, 300, 200, { box: { left: 46, right: 288, top: 24, bottom: 160 }, scales: plotScales([0, 0, 3, 1, 6, 4], false, BOX), labels: long, theme });
  const texts = ctx.calls.filter(({ name, args }) => name === "fillText" && args[0].includes("long"));
  assert.deepEqual(texts.map(({ textAlign }) => textAlign), ["left", "right"]);
  for (const { args: [text, x], textAlign } of texts) {
    const [from, to] = textAlign === "left" ? [x, x + 6 * text.length] : [x - 6 * text.length, x];
    assert.ok(from >= 0 && to <= 288, `${from} to ${to}`);
  }
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
    gray: [90, 90, 90], paper: [255, 255, 255], fade: 0, stamps, ...extra,
  });
  return (x, y) => [0, 8, 16, 24].map((shift) => (pixels[y * width + x] >>> shift) & 255);
}

test("points are painted in colors mixed by responsibility, on opaque paper", () => {
  const at = painted({});
  assert.deepEqual(at(10, 15), [200, 0, 0, 255]);
  assert.deepEqual(at(30, 15), [100, 0, 50, 255]);
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

test("the last gain is what M raised the bound by, and the gap", () => {
  const entries = [{ logLikelihood: -20, bound: null }, { logLikelihood: -12, bound: -15 }, { logLikelihood: -13, bound: null }];
  assert.deepEqual(gainOf(entries, 1), { raised: 5, gap: 3 });
  assert.equal(gainOf(entries, 0), null);
  assert.equal(gainOf(entries, 2), null); // placed by hand
  assert.equal(entryAt(entries, 300, -50), 0);
  assert.equal(entryAt(entries, 300, 500), 2);
});
