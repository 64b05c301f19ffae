// What is taken away without a page: texts, SVG, and links that lead back to the state they were made of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { criteriaOf } from "../../gmmlesson/explorer/criteria.js";
import { makeModel } from "../../gmmlesson/explorer/host.js";
import { makeData, nameData } from "../../gmmlesson/explorer/data.js";
import { projectFamily, randomSource } from "../../gmmlesson/explorer/em.js";
import { fragmentOf, partsFrom } from "../../gmmlesson/explorer/link.js";
import { MARKERS, PALETTE, markerStamp, paintPoints, pointColor } from "../../gmmlesson/explorer/paint.js";
import { connect } from "../../gmmlesson/explorer/session.js";
import { partsOf } from "../../gmmlesson/explorer/table.js";
import { SvgContext, xmlText } from "../../gmmlesson/explorer/svg.js";
import { csvOf, fullText, jsonOf, pythonOf } from "../../gmmlesson/explorer/texts.js";

const { story } = JSON.parse(readFileSync(process.env.VECTORS));

function opened({ state = story.first, seed = 4, X = story.X } = {}) {
  const points = new DataView(Float32Array.from(X).buffer), { n, d } = story;
  const events = [];
  const session = connect({ model: makeModel({
    points, n, d, center: [0, 0], scale: [1, 1], axes: [], labels: ["a", "b"], seed, own: {}, start: "random_points", state,
    responsibilities: new DataView(new ArrayBuffer(0)),
  }) });
  session.on((event) => events.push(event));
  return { session, events, acts: (...all) => all.forEach((one) => session.act(...[one].flat())) };
}

const seen = ({ state: { family, iteration, entries, colored } }) => ({ family, mixture: entries[iteration].mixture, isFresh: colored === iteration, hasColors: colored >= 0 });
const linkOf = (session) => fragmentOf(session.state, session.opening);

const RUNS = {
  "the start as it came": [],
  "colors at the start": ["e"],
  "steps": ["step", "step", "step"],
  "stale colors": ["step", "e", "m"],
  "no colors": ["step", "reset"],
  "a start of another kind": [["start", { name: "kmeans" }], "step", "step"],
  "redrawn twice": [["start", { name: "random_points" }], ["start", { name: "random_points" }], "step"],
  "another k": [["k", { k: 5 }], "step", "step", "step"],
  "an older iteration": [["k", { k: 2 }], "step", "step", "step", ["go", { iteration: 1 }]],
  "a family, then a start": [["family", { family: "tied" }], ["k", { k: 2 }], "step"],
  "a family that projects": ["step", ["family", { family: "tied_diag" }], "step", "step"],
  "a run under two families": ["step", "step", ["family", { family: "tied" }], ["go", { iteration: 1 }], "step"],
  "a start drawn under another family": [["k", { k: 2 }], ["family", { family: "diag" }], ["go", { iteration: 0 }], "step"],
  "undone": [["k", { k: 4 }], "step", ["k", { k: 2 }], "undo", "step"],
};

for (const [name, actions] of Object.entries(RUNS)) {
  test(`a link leads back to the state: ${name}`, () => {
    const { session, acts } = opened();
    acts(...actions);
    const fragment = linkOf(session), other = opened();
    assert.match(fragment, /^#em=[\w:;.,+-]*$/); // nothing that a mail or a page would break
    other.acts(["k", { k: 1 }], "step", ["open", { link: partsFrom(fragment) }]);
    assert.deepEqual(seen(other.session), seen(session), fragment);
    assert.match(other.events.at(-1).text, /^(The link leads nowhere else\.|Opened from the link: \d components?, iteration \d+, log-likelihood −[\d,.]+)$/);
  });
}

test("a link holds start and seed through changes of family, and as many iterations", () => {
  const { session, acts } = opened();
  acts(["start", { name: "kmeans" }], "step", "step", ["family", { family: "diag" }], "step", "step", "step", ["family", { family: "tied" }]);
  const fragment = linkOf(session), other = opened();
  assert.match(fragment, /;family:tied;start:kmeans;seed:4;path:full\.2,diag\.3,tied\.0;?/);
  other.acts(["open", { link: partsFrom(fragment) }]);
  assert.deepEqual(seen(other.session), seen(session));
  assert.deepEqual([other.session.state.iteration, other.session.state.family], [7, "tied"]);
  assert.match(other.events.at(-1).text, /^Opened from the link: 3 components, iteration 7/);
  assert.equal(linkOf(other.session), fragment);
});

test("a link that was made in a page with other points is not followed", () => {
  const { session, acts } = opened();
  acts(["k", { k: 2 }], "step");
  const fragment = linkOf(session), other = opened({ X: story.X.map((x, i) => (i === 7 ? x + 0.5 : x)) }), before = other.session.state.entries;
  assert.match(fragment, /^#em=data:page;points:90\.[0-9a-f]+;k:2;/);
  other.acts(["open", { link: partsFrom(fragment) }]);
  assert.equal(other.events.at(-1).text, "The link was made in a page with other points. The link leads nowhere else.");
  assert.equal(other.session.state.entries, before);
});

test("a mixture placed by hand travels by its numbers", () => {
  const { session, acts } = opened();
  const { weights, means, covariances } = session.mixture;
  acts(["place", { mixture: { weights, means: means.map(([x, y]) => [x + 0.1, y / 3]), covariances }, gesture: 1 }], "step");
  const fragment = linkOf(session), other = opened();
  assert.match(fragment, /start:mixture;mixture:/);
  other.acts(["open", { link: partsFrom(fragment) }]);
  assert.deepEqual(seen(other.session), seen(session));
});

test("the end of another run travels by its numbers, and stays one", () => {
  const { session, acts } = opened();
  acts(["take", { mixture: { ...session.mixture, weights: [0.2, 0.3, 0.5] } }]);
  const fragment = linkOf(session), other = opened();
  assert.match(fragment, /start:end;mixture:/);
  other.acts(["open", { link: partsFrom(fragment) }]);
  assert.deepEqual([seen(other.session), other.session.state.entries.at(-1).kind], [seen(session), "end"]);
});

test("a state that the page came with may be gone back to, whoever made it", () => {
  const entry = story.first.entries[0];
  const shifted = (by) => ({ ...entry.mixture, means: entry.mixture.means.map((mean) => mean.map((x) => x + by)) });
  const state = { ...story.first, entries: [entry, { ...entry, kind: "m", mixture: shifted(0.3) }, { ...entry, kind: "m", mixture: shifted(0.5) }], iteration: 2 };
  const { session, acts } = opened({ state }), other = opened({ state });
  acts(["go", { iteration: 1 }], "step");
  assert.match(linkOf(session), /start:opening;place:1;iteration:1/);
  other.acts(["open", { link: partsFrom(linkOf(session)) }]);
  assert.deepEqual(seen(other.session), seen(session));
});

test("every start has a seed of its own, counted up from the model's", () => {
  const seeds = (...actions) => {
    const { session, acts } = opened({ seed: 7 });
    acts(...actions);
    return session.state.entries[0].drawn?.seed;
  };
  const draw = ["start", { name: "kmeans_plus_plus" }];
  assert.deepEqual([seeds(), seeds(draw), seeds(draw, draw), seeds(["k", { k: 2 }], draw)], [undefined, 7, 8, 8]);
  assert.equal(seeds(["open", { link: partsFrom("#em=start:kmeans;seed:30") }], draw), 31); // a class that draws on draws the same
  const [one, two] = [opened(), opened()];
  one.acts(draw, draw);
  two.acts(["k", { k: 3 }], draw);
  assert.deepEqual(one.session.mixture, two.session.mixture);
});

test("points set by hand have no link; undone, they have", () => {
  const { session, acts } = opened();
  acts(["points", { edits: [{ add: [[0, 0]] }] }]);
  assert.equal(linkOf(session), null);
  acts("undo");
  assert.match(linkOf(session), /^#em=data:page;/);
});

test("points that have a name are found by it, until a hand changes them", () => {
  const random = randomSource(8), X = Float64Array.from({ length: 180 }, random);
  const make = () => makeData({ X, d: 3, center: [0, 0, 0], axes: [[1, 0, 0], [0, 1, 0]], labels: ["u", "v"], features: ["a", "b", "c"], name: "three: sides" });
  nameData("three: sides", make);
  const { session, acts } = opened(), other = opened();
  acts(["data", { data: make() }], ["k", { k: 2 }], "step", "step");
  assert.match(linkOf(session), /^#em=data:three%3A%20sides;k:2;/);
  other.acts(["open", { link: partsFrom(linkOf(session)) }]);
  assert.deepEqual(seen(other.session), seen(session));
  assert.equal(other.session.data.n, 60);
  const flat = makeData({ X: X.slice(0, 120), d: 2, center: [0, 0], axes: [], labels: ["u", "v"], features: [], name: "flat" });
  acts(["data", { data: flat }]);
  assert.match(linkOf(session), /^#em=data:flat;/);
  acts(["points", { edits: [{ add: [[0, 0]] }] }]);
  assert.equal(linkOf(session), null);
});

const ODD = {
  "#em=k:99": [/^The link's k cannot be "99"\. The link leads nowhere else\.$/, true],
  "#em=": [/^The link leads nowhere else\.$/, true],
  "#em=nonsense": [/^The link says "nonsense", which is not known here\./, true],
  "#em=constructor:1;__proto__:2;toString": [/"constructor:1".*"__proto__:2".*"toString"/, true],
  "#em=data:else%20where;k:2": [/^This page has no data set "else where"\. Opened from the link: 2 components/, false],
  "#em=start:kmeans;seed:-1;iteration:2": [/^The link's seed cannot be "-1"\. Opened from the link: 3 components, iteration 2/, false],
  "#em=iteration:1e9": [/cannot be "1e9"/, true],
  "#em=start:mixture": [/^The link's mixture is not one of these points\./, true],
  "#em=start:mixture;mixture:1,2": [/^The link's mixture is not one/, true],
  "#em=start:mixture;mixture:2,0,0,1,0,1": [/^The link's mixture is not one/, true], // weights sum to 2
  "#em=start:mixture;mixture:1,0,0,1,9,1": [/^The link's mixture is not one/, true], // not positive definite
  "#em=start:mixture;mixture:1,0,0,1,Infinity,1": [/^The link's mixture is not one/, true],
  "#em=start:opening;place:9": [/^The link's start is not in this page\./, true],
  "#em=family:%E0%A4;k:2": [/^The link's family cannot be "%E0%A4"\. Opened/, false],
  "#em=path:full.2,round.1": [/^The link's path cannot be "full\.2,round\.1"\./, true],
  "#em=path:full.2,tied.1": [/^Opened from the link: 3 components, iteration 4/, false],
  "#em=path:full": [/cannot be "full"/, true],
  "#em=family:tied;iteration:3": [/^Opened from the link: 3 components, iteration 3/, false],
  "#em=;;k:2;;": [/^Opened from the link: 2 components, iteration 0/, false],
};

for (const [fragment, [text, isSame]] of Object.entries(ODD)) {
  test(`what a link says is judged: ${fragment}`, () => {
    const { session, events } = opened(), before = session.state.entries;
    session.act("open", { link: partsFrom(fragment) });
    assert.match(events.at(-1).text, text);
    assert.notEqual(events.at(-1).what, "error");
    assert.equal(session.state.entries === before, isSame);
    assert.equal(session.canUndo, !isSame);
  });
}

test("a link that says no colors has those of a run: nobody's at the start, the last E-step's after it", () => {
  for (const [fragment, colored] of [["#em=k:2", -1], ["#em=k:2;iteration:2", 2], ["#em=k:2;iteration:2;colors:1", 1], ["#em=k:2;colors:0", 0]]) {
    const { session } = opened();
    session.act("open", { link: partsFrom(fragment) });
    assert.equal(session.state.colored, colored, fragment);
  }
});

test("a fragment of somebody else is left alone", () => {
  for (const fragment of ["", "#", "#section-2", "#emu=1"]) assert.equal(partsFrom(fragment), null);
});

test("a link into a collapse goes as far as EM does", () => {
  const { session, events } = opened();
  const [x, y] = story.X;
  const needle = [0.5, 0.5, x, y, 0, 0, 1e-9, 0, 1e-9, 9, 0, 9].join();
  session.act("open", { link: partsFrom(`#em=start:mixture;mixture:${needle};iteration:5`) });
  assert.match(events.at(-1).text, /^Component 0 \(counted from 0\) collapsed at iteration 1: .*Opened from the link: 2 components, iteration 0/s);
});

// ---- Texts ----

test("points keep their digits, and get no more than they came with", () => {
  const center = [100 / 3, -2e6];
  const sent = [[3.6, -1999998.75], [0.1, -2e6], [1e-7, 3.25], [33.25, -2000000.5]];
  const X = Float64Array.from(sent.flat(), (x, i) => center[i % 2] + Math.fround(x - center[i % 2]));
  assert.equal(fullText(X[0], center[0]), "3.6");
  const own = Math.PI; // never sent as float32
  assert.equal(fullText(own, 0.5), String(own));
  assert.equal(fullText(0, 0), "0");
  const data = makeData({ X, d: 2, center, axes: [], labels: ["a", "b"], features: ['a "b", c', "  d"] });
  const shares = Float64Array.of(1, 0, 0.25, 0.75, 0.5, 0.5, 0, 1);
  const [head, ...rows] = csvOf(data, shares).split("\r\n");
  assert.equal(head, '\ufeffrow,"a ""b"", c","  d",component,responsibility 0,responsibility 1');
  assert.deepEqual(rows.slice(0, 2), ["1,3.6,-1999998.75,0,1,0", "2,0.1,-2000000,1,0.25,0.75"]);
  assert.equal(rows.at(-1), "");
  rows.slice(0, -1).forEach((row, i) => row.split(",").slice(1, 3).forEach((text, a) => {
    assert.equal(Math.fround(Number(text) - center[a]), Math.fround(X[2 * i + a] - center[a]), text);
  }));
});

test("features without names are numbered, all of them", () => {
  const X = Float64Array.from({ length: 12 }, (_, i) => i);
  const data = makeData({ X, d: 4, center: [4, 5, 6, 7], axes: [[1, 0, 0, 0], [0, 1, 0, 0]], labels: ["u", "v"], features: [] });
  const rows = Float64Array.of(3, NaN, 9), lines = csvOf({ ...data, rows }, Float64Array.of(1, 1, 1)).split("\r\n");
  assert.deepEqual(lines, ["\ufeffrow,feature 0,feature 1,feature 2,feature 3,component,responsibility 0", "3,0,1,2,3,0,1", ",4,5,6,7,0,1", "9,8,9,10,11,0,1", ""]);
});

test("JSON holds every digit, and the family that the covariances have", () => {
  const weights = [1 / 3, 2 / 3], means = [[Math.PI, -1e-300], [1e21, 0]];
  const covariances = projectFamily([[[2, 0.1], [0.1, 1 / 7]], [[1, 0], [0, 3]]], weights, "tied");
  const parts = partsOf(Float64Array.of(1, 2, 3, 5, 8, 8), 2, ["a", "b\n\u201c"], { about: "3 rows of x\n.csv", standardized: [{ mean: 5, sd: 2 }, { mean: 1, sd: 3 }] });
  const session = { data: makeData(parts), mixture: { weights, means, covariances }, state: { family: "tied" }, logLikelihood: -7 };
  const { mixture, ...more } = JSON.parse(jsonOf(session));
  assert.deepEqual(mixture, { weights, means, covariances, family: "tied" });
  const { bic } = criteriaOf(session.data, session.mixture, "tied", -7);
  assert.deepEqual(more, { n: 3, about: "3 rows of x\n.csv", features: ["a", "b \u201c"], parameters: 8, log_likelihood: -7, bic, standardized: parts.standardized });
  covariances[0] = [[5, 0.2], [0.2, 1]]; // a hand has left the family
  assert.equal(JSON.parse(jsonOf(session)).mixture.family, "full");
  assert.match(pythonOf(session), /^from gmmlesson import Mixture\n\n# 3 points: "3 rows of x\\n\.csv"\n# features: "a", "b \u201c"\n# family full, 11 parameters; log-likelihood -7, BIC [\d.]+\n# "a": \(x - 5\) \/ 2\n# "b \u201c": \(x - 1\) \/ 3\nmixture = Mixture\(\n {4}weights=\[0\.3333333333333333, 0\.6666666666666666\],\n/);
});

// ---- Pictures ----

test("a point in a file has the color that it has on the canvas", () => {
  const colors = PALETTE, shared = [48, 48, 48], gray = [143, 148, 158], paper = [255, 255, 255];
  const random = randomSource(3), size = 9;
  for (let trial = 0; trial < 40; trial++) {
    const k = 1 + (trial % 8), raw = Array.from({ length: k }, () => random() ** 3 + 1e-6), sum = raw.reduce((a, b) => a + b);
    const look = { k, responsibilities: trial === 39 ? null : Float64Array.from(raw, (value) => value / sum), colors, shared, gray, paper, fade: trial % 2 ? 0.6 : 0 };
    const pixels = new Uint32Array(size * size), stamps = MARKERS.map((_, j) => markerStamp(j, 3, 1));
    paintPoints(pixels, size, size, { ...look, xs: [4], ys: [4], stamps });
    const middle = pixels[4 * size + 4], painted = [middle & 255, (middle >> 8) & 255, (middle >> 16) & 255];
    pointColor(0, look).rgb.forEach((channel, c) => assert.ok(Math.abs(channel - painted[c]) <= 1, `${channel} for ${painted[c]}`));
  }
});

test("the SVG context writes what a canvas would draw", () => {
  const ctx = new SvgContext({ measureText: (text) => ({ width: 6 * text.length }) });
  ctx.font = "600 11px system-ui, 'Segoe UI'";
  Object.assign(ctx, { textAlign: "right", textBaseline: "top", fillStyle: "rgb(1, 2, 3)" });
  assert.equal(ctx.measureText("abc").width, 18);
  ctx.fillText('<a> & "b"\u0000\ud800', 10, 20);
  assert.equal(ctx.text, '<text x="10" y="28.8" text-anchor="end" font-family="system-ui, \'Segoe UI\'" font-size="11" font-weight="600" fill="rgb(1,2,3)">&lt;a&gt; &amp; &quot;b&quot;</text>');
  ctx.parts = [];
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, 0, 5, 5);
  ctx.clip();
  ctx.beginPath();
  ctx.ellipse(3, 4, 2, 1, 0, 0, 7);
  Object.assign(ctx, { strokeStyle: "rgba(1, 2, 3, 0.5)", lineWidth: 2 });
  ctx.stroke();
  ctx.restore();
  assert.equal(ctx.text.match(/<g/g).length, ctx.text.match(/<\/g>/g).length);
  assert.match(ctx.text, /d="M1 4A2 1 0 0 1 5 4A2 1 0 0 1 1 4Z" fill="none" stroke="rgb\(1,2,3\)" stroke-opacity="0\.5" stroke-width="2"/);
  assert.equal(ctx.strokeStyle, "#000");
  assert.equal(xmlText("\ud83d\ude00 ok"), "\ud83d\ude00 ok");
});
