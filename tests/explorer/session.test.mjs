// What can be done to an explorer, without a kernel as in Python's session, and with one that is played here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { makeData, traitsOf } from "../../gmmlesson/explorer/data.js";
import { makeModel } from "../../gmmlesson/explorer/host.js";
import { isNothing, readable, remedies, sentence, standsStill } from "../../gmmlesson/explorer/sentences.js";
import { connect } from "../../gmmlesson/explorer/session.js";
import { stateFrom, stateTo } from "../../gmmlesson/explorer/state.js";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const { story } = vectors;

function traits({ X = story.X, n = story.n, d = story.d, state = story.first, ...more } = {}) {
  const points = new DataView(Float32Array.from(X).buffer);
  const zeros = new Array(d).fill(0);
  const fixed = { points, n, d, center: zeros, scale: zeros.map(() => 1), axes: [], labels: ["a", "b"], family: "full" };
  return { ...fixed, seed: 0, own: {}, start: "random_points", state, responsibilities: new DataView(new ArrayBuffer(0)), ...more };
}

function alone(options) {
  const events = [];
  const session = connect({ model: makeModel(traits(options)) });
  session.on((event) => events.push(event));
  return { session, events };
}

function close(actual, expected, tolerance) {
  const [a, b] = [[actual].flat(3), [expected].flat(3)];
  assert.equal(a.length, b.length);
  a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) <= tolerance * (1 + Math.abs(b[i])), `${x} for ${b[i]}`));
}

test("the same actions lead to the same states as in Python", () => {
  const { session, events } = alone();
  story.chapters.forEach(({ action, args, refused, state }, i) => {
    session.act(action, args);
    const event = events.at(-1);
    const where = `chapter ${i}, ${action}`;
    assert.equal(event.what === "notice", refused !== null, `${where}: ${event.what} ${event.text}`);
    if (refused && action !== "k") assert.equal(event.text, refused);
    const { iteration, colored, entries, family, data } = session.state;
    assert.deepEqual([iteration, colored, family, data.n], [state.iteration, state.colored, state.family, state.n], where);
    close(Array.from(data.X.slice(-data.d)), state.last_point, 1e-6);
    assert.deepEqual(entries.map(({ kind }) => kind), state.entries.map(({ kind }) => kind), where);
    entries.forEach((entry, j) => {
      const { mixture, log_likelihood, bound } = state.entries[j];
      for (const part of ["weights", "means", "covariances"]) close(entry.mixture[part], mixture[part], 1e-6); // points in float32
      close(entry.logLikelihood, log_likelihood, 1e-6);
      assert.equal(entry.bound === null, bound === null, where);
      if (bound !== null) close(entry.bound, bound, 1e-6);
    });
  });
});

test("after M the responsibilities are the old ones, and the bound lies below; E closes the gap", () => {
  const { session } = alone();
  assert.equal(session.responsibilities, null);
  assert.ok(Number.isNaN(session.bound));
  session.act("e");
  assert.ok(session.fresh);
  assert.equal(session.bound, session.logLikelihood);
  const before = Array.from(session.responsibilities);
  session.act("m");
  assert.ok(!session.fresh);
  assert.deepEqual(Array.from(session.responsibilities), before);
  assert.ok(session.bound < session.logLikelihood - 1e-3);
  session.act("e");
  assert.equal(session.bound, session.logLikelihood);
  assert.notDeepEqual(Array.from(session.responsibilities), before);
});

test("the events say what happened", () => {
  const { session, events } = alone();
  session.act("e");
  assert.match(events.at(-1).text, /^E-step: responsibilities updated\. Log-likelihood −[\d,]+\.\d\.$/);
  session.act("m");
  assert.match(events.at(-1).text, /^iteration 1: log-likelihood −[\d,]+\.\d, up [\d.]+\. Colors are stale until E\.$/);
  session.act("step");
  assert.match(events.at(-1).text, /^iteration 2: log-likelihood −[\d,]+\.\d, up [\d.]+$/);
  session.act("go", { iteration: 1 });
  assert.match(events.at(-1).text, /^iteration 1 of 2: log-likelihood/);
  session.act("reset");
  assert.match(events.at(-1).text, /^Back at the start: 3 components, log-likelihood/);
  session.act("k", { k: 1 });
  assert.match(events.at(-1).text, /^New start with 1 component: /);
});

test("numbers are readable", () => {
  assert.equal(readable(-1134.23), "−1,134.2");
  assert.equal(readable(3.1), "3.1");
  assert.equal(readable(0.00123), "0.0012");
  assert.equal(readable(0), "0.0");
  assert.equal(readable(1.234567e20), "1.23457e+20");
});

test("a gain that is none is called unchanged", () => {
  const entry = story.first.entries[0];
  const twice = stateFrom({ ...story.first, entries: [entry, { ...entry, kind: "m" }], iteration: 1, colored: 1 });
  assert.match(sentence("step", twice), /unchanged$/);
  assert.ok(isNothing(6.8e-13, -1130.3) && isNothing(-2.3e-13, -1130.3) && isNothing(0, 0));
  assert.ok(!isNothing(2.6e-4, -1130.3) && !isNothing(1e-7, -1130.3) && !isNothing(NaN, -1130.3));
  const after = (gain) => stateFrom({ ...story.first, entries: [entry, { ...entry, kind: "m", log_likelihood: entry.log_likelihood + gain }], iteration: 1, colored: 0 });
  assert.match(sentence("m", after(6.8e-13)), /, unchanged\. Nothing has moved\.$/);
  assert.match(sentence("m", after(2.6e-4)), /, up 0\.00026\. Colors are stale until E\.$/);
});

test("nothing has moved only where nothing has: one's own M-step may swap components and gain nothing", () => {
  const [entry] = story.first.entries;
  const { weights, means, covariances } = entry.mixture;
  const to = (mixture, kind = "m") => stateFrom({ entries: [entry, { ...entry, kind, mixture }], iteration: 1, colored: 0 });
  assert.ok(standsStill(to(entry.mixture)));
  assert.ok(!standsStill(to(entry.mixture, "hand")));
  assert.ok(!standsStill(stateFrom(story.first)));
  assert.ok(!standsStill(to({ weights, means: [means[1], means[0], ...means.slice(2)], covariances })));
  assert.ok(!standsStill(to({ weights, means, covariances: [covariances[0].map((row) => row.map((x) => 1.1 * x)), ...covariances.slice(1)] })));
  assert.ok(!standsStill(to({ weights: [weights[0] + 0.01, weights[1] - 0.01, ...weights.slice(2)], means, covariances })));
});

test("a state survives the way to JSON and back", () => {
  const state = stateFrom(story.first);
  assert.deepEqual(stateFrom(JSON.parse(JSON.stringify(stateTo(state)))), state);
});

test("what a hand does is told with its component, without a kernel and with one", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const here = alone(), there = withKernel();
  there.say({ type: "alive", state: story.first, undo_depth: 0 });
  const first = here.session.mixture;
  const wider = first.covariances.map((covariance, j) => (j === 1 ? covariance.map((row) => row.map((x) => 2 * x)) : covariance));
  for (const { session, events } of [here, there]) {
    session.act("place", { mixture: { ...first, means: [...first.means.slice(0, 2), [9, 9], ...first.means.slice(3)] }, gesture: 1 });
    assert.match(events.at(-1).text, /^Component 2 moved by hand: log-likelihood −[\d,]+\.\d\.$/);
    session.act("place", { mixture: { ...session.mixture, covariances: wider }, gesture: 2 });
    assert.match(events.at(-1).text, /^Component 1 reshaped by hand: log-likelihood −/);
    session.act("place", { mixture: session.mixture, gesture: 3 });
    assert.deepEqual([events.at(-1).what, events.at(-1).text], ["place", ""]);
  }
  there.answer({ what: "place", client: "another page", seq: 1, keep: 1, entries: placed(moved(8)).slice(1), iteration: 1, colored: 1 });
  assert.match(there.events.at(-1).text, /^Component 0 moved by hand: log-likelihood −7\.0\.$/);
});

test("a drag colors the points at once, and is undone as a whole", () => {
  const { session } = alone();
  const first = session.mixture;
  for (const x of [1, 2, 3]) {
    session.act("place", { mixture: { ...first, means: [[x, 0], ...first.means.slice(1)] }, gesture: 5 });
    assert.ok(session.fresh);
    assert.equal(session.mixture.means[0][0], x);
    assert.ok(session.responsibilities);
  }
  assert.equal(session.state.entries.length, 2);
  session.act("undo");
  assert.deepEqual(session.mixture, first);
  assert.ok(!session.canUndo);
});

test("a mixture that is none is refused, and nothing changes", () => {
  const { session, events } = alone();
  const bad = { ...session.mixture, covariances: session.mixture.covariances.map(() => [[1, 2], [2, 1]]) };
  session.act("place", { mixture: bad, gesture: 1 });
  assert.equal(events.at(-1).what, "error");
  assert.equal(session.state.entries.length, 1);
});

test("a collapse is told in Python's words and leaves the picture", () => {
  const { X, d, mixture, collapse } = vectors.cases.find(({ name }) => name === "a component on one point");
  const entries = [{ kind: "start", mixture, log_likelihood: -1, bound: null }];
  const { session, events } = alone({ X, n: X.length / d, d, state: { entries, iteration: 0, colored: -1 } });
  session.act("step");
  const { error, component } = events.at(-1);
  assert.equal(error.title, "Component collapsed");
  assert.equal(component, collapse.component);
  assert.equal(error.message.replace(" at iteration 1", ""), collapse.message);
  assert.equal(session.state.iteration, 0);
});

test("playing goes on until nothing is gained, and stops at any other action", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { session, events } = alone();
  session.act("play");
  assert.ok(session.playing);
  for (let i = 0; i < 3; i++) t.mock.timers.tick(400);
  assert.equal(session.state.iteration, 4);
  session.act("undo");
  assert.ok(!session.playing);
  t.mock.timers.tick(4000);
  assert.equal(session.state.iteration, 3);
  session.act("play");
  for (let i = 0; i < 3000 && session.playing; i++) t.mock.timers.tick(400);
  assert.ok(!session.playing);
  assert.match(events.at(-1).text, new RegExp(`^Converged at iteration ${session.state.iteration}: log-likelihood \u2212[\\d,.]+$`));
});

test("data of three dimensions are drawn along their axes and stepped in full", () => {
  const { X, d, mixture } = vectors.cases.find(({ name }) => name === "full, d=3, k=2");
  const state = { entries: [{ kind: "start", mixture, log_likelihood: 0, bound: null }], iteration: 0, colored: -1 };
  const axes = [[1, 0, 0], [0, 0, 1]];
  const { session } = alone({ X, n: X.length / d, d, state, axes });
  assert.equal(session.draggable, false);
  session.act("step");
  assert.equal(session.mixture.means[0].length, 3);
  const [x, , z] = session.mixture.means[0];
  close(session.flatMixture.means[0], [x, z], 1e-12);
  assert.equal(session.data.flat.length, 2 * session.data.n);
});

// --- With a kernel, played here

function withKernel(options = {}) {
  const sent = [], sentBuffers = [];
  const handlers = {};
  const values = traits(options);
  const model = {
    get: (name) => values[name],
    set: (name, value) => (values[name] = value),
    send(message, callbacks, buffers) {
      sent.push(message);
      sentBuffers.push(buffers);
    },
    on: (name, handler) => (handlers[name] = handler),
  };
  const session = connect({ model });
  const events = [];
  session.on((event) => events.push(event));
  const say = (message, buffers = []) => handlers["msg:custom"](message, buffers);
  const answer = (message) => say({ type: "change", keep: 0, entries: [], version: 0, family: "full", undo_depth: 1, start: "random_points", ...message });
  return { session, events, sent, sentBuffers, say, answer, handlers, values };
}

const moved = (x) => {
  const { mixture } = story.first.entries[0];
  return { ...mixture, means: [[x, 0], ...mixture.means.slice(1)] };
};
const placed = (mixture) => [...story.first.entries, { kind: "hand", mixture, log_likelihood: -7, bound: null }];

test("with a kernel, E and M are asked for and shown when the answer comes", () => {
  const { session, sent, say, answer } = withKernel();
  assert.equal(sent[0].type, "hello");
  assert.equal(session.kernel, "none");
  say({ type: "alive", state: story.first, undo_depth: 0, start: "kmeans" });
  assert.equal(session.kernel, "alive");
  assert.equal(session.start, "kmeans");
  session.act("m");
  const { seq, client, action } = sent.at(-1);
  assert.equal(action, "m");
  assert.ok(session.waiting);
  assert.equal(session.state.entries.length, 1);
  const entry = { kind: "m", mixture: moved(3), log_likelihood: -5, bound: -6 };
  answer({ what: "m", seq, client, keep: 1, entries: [entry], iteration: 1, colored: 0 });
  assert.ok(!session.waiting);
  assert.equal(session.logLikelihood, -5);
  assert.equal(session.bound, -6);
  assert.ok(session.canUndo);
});

test("a drag is shown at once, sent ten times a second, and never pulled back by an older answer", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { session, sent, say, answer } = withKernel();
  say({ type: "alive", state: story.first, undo_depth: 0 });
  const start = sent.length;
  const drag = (...xs) => xs.forEach((x) => session.act("place", { mixture: moved(x), gesture: 9 }));
  drag(1, 2, 3);
  assert.equal(session.mixture.means[0][0], 3);
  assert.equal(sent.length, start);
  t.mock.timers.tick(100);
  assert.equal(sent.length, start + 1);
  assert.equal(sent.at(-1).args.mixture.means[0][0], 3);
  drag(4, 5);
  t.mock.timers.tick(1000);
  assert.equal(sent.length, start + 1, "the next waits for the answer");
  const { seq, client } = sent.at(-1);
  answer({ what: "place", seq, client, keep: 0, entries: placed(moved(3)), iteration: 1, colored: 1 });
  assert.equal(session.mixture.means[0][0], 5, "the hand is ahead of the kernel");
  assert.equal(sent.length, start + 2);
  assert.equal(sent.at(-1).args.mixture.means[0][0], 5);
  answer({ what: "place", seq: sent.at(-1).seq, client, keep: 1, entries: placed(moved(5)).slice(1), iteration: 1, colored: 1 });
  assert.equal(session.logLikelihood, -7, "what Python says counts in the end");
});

test("a press after a drag reaches the kernel after the drag's last place", () => {
  const { session, sent, say } = withKernel();
  say({ type: "alive", state: story.first, undo_depth: 0 });
  session.act("place", { mixture: moved(1), gesture: 9 });
  session.act("place", { mixture: moved(2), gesture: 9 });
  session.act("m");
  assert.deepEqual(sent.slice(-2).map(({ action }) => action), ["place", "m"]);
  assert.equal(sent.at(-2).args.mixture.means[0][0], 2);
});

test("what Python does is shown, whoever asked", () => {
  const { session, events, say, answer } = withKernel();
  say({ type: "alive", state: story.first, undo_depth: 0 });
  answer({ what: "set", client: null, seq: null, keep: 1, entries: placed(moved(8)).slice(1), iteration: 1, colored: 1 });
  assert.equal(session.mixture.means[0][0], 8);
  assert.match(events.at(-1).text, /^Set from Python/);
});

test("a page that has missed something asks for all of it", () => {
  const { session, sent, say, answer } = withKernel();
  say({ type: "alive", state: story.first, undo_depth: 0 });
  answer({ what: "m", keep: 5, entries: [], iteration: 5, colored: 4 });
  assert.equal(sent.at(-1).type, "hello");
  assert.equal(session.state.entries.length, 1);
});

test("other points come from a kernel, and everybody is told when they are there", () => {
  const { session, events, sent, sentBuffers, say, answer } = withKernel();
  say({ type: "alive", state: story.first, undo_depth: 0 });
  const data = makeData({ X: Float64Array.of(1, 2, 3, 5, 8, 8), d: 2, center: [4, 5], axes: [], labels: ["a", "b"], features: ["a", "b"] });
  session.act("data", { data, note: "3 rows read." });
  assert.deepEqual(sent.at(-1).args, { points: { d: 2, features: ["a", "b"] } });
  assert.deepEqual([...new Float64Array(sentBuffers.at(-1)[0])], [1, 2, 3, 5, 8, 8]);
  assert.ok(session.waiting);
  const { entries, iteration, colored } = story.first;
  answer({ what: "data", version: 1, base: 0, edits: null, entries, iteration, colored }); // somebody else's
  assert.equal(sent.at(-1).type, "hello"); // the change does not carry points
  assert.equal(session.data.n, story.n);
  const { points, ...parts } = traitsOf({ ...data, version: 1 });
  say({ type: "alive", state: story.first, undo_depth: 1, points: parts }, [points]);
  assert.deepEqual([...session.data.X], [1, 2, 3, 5, 8, 8]);
  assert.equal(events.at(-1).what, "data");
  assert.match(events.at(-1).text, /^3 rows read\. 3 new points, a start with 3 components: log-likelihood /);
  const seq = sent.filter(({ action }) => action === "data").length;
  const rows = Float64Array.of(4, 7, 9), mine = makeData({ ...data, X: data.X.map((x) => x / 3), about: "3 of 9 rows of x.csv", rows });
  session.act("data", { data: mine, note: "3 of 9 rows read." });
  answer({ what: "data", client: sent.at(-1).client, seq: seq + 1, version: 2, base: 1, edits: null, entries, iteration, colored });
  assert.deepEqual(session.data, { ...mine, version: 2 }); // what this page has read it keeps, with all digits and all it knows of it
  assert.match(events.at(-1).text, /^3 of 9 rows read\. 3 new points/);
  assert.ok(!session.waiting);
});

test("points know which rows they are, and where they come from, whatever a hand does", () => {
  const { session } = alone();
  const data = makeData({ X: Float64Array.of(1, 2, 3, 5, 8, 8, 9, 1), d: 2, center: [5, 4], axes: [], labels: ["a", "b"], features: [], about: "4 rows of x.csv", rows: Float64Array.of(2, 3, 5, 6) });
  session.act("data", { data });
  session.act("points", { edits: [{ add: [[1, 1]] }, { remove: [1] }] });
  session.act("points", { edits: [{ add: [[1, 2]] }] });
  assert.deepEqual([session.data.about, ...session.data.rows], ["4 rows of x.csv, changed by hand", 2, 5, 6, NaN, NaN]);
  session.act("undo");
  session.act("undo");
  assert.deepEqual([session.data.about, ...session.data.rows], ["4 rows of x.csv", 2, 3, 5, 6]);
});

test("the highest of many ends is shown at once, unless something else was done; undo goes back", async () => {
  const { session, events } = alone();
  const over = async () => { while (!session.search?.isOver) await new Promise((done) => { setTimeout(done, 5); }); };
  const before = session.mixture;
  session.act("search", { count: 8 });
  await over();
  const best = Math.max(...session.search.ends.map(({ logLikelihood }) => logLikelihood ?? -Infinity));
  assert.deepEqual([session.logLikelihood, session.state.entries.at(-1).kind, session.fresh], [best, "end", true]);
  assert.match(events.at(-1).text, /^Taken: the highest of 8 runs, log-likelihood −[\d.]+; \d runs? came there\.$/);
  session.act("undo");
  assert.equal(session.mixture, before);
  session.act("search", { count: 8 });
  session.act("step");
  const [stepped, heard] = [session.mixture, events.length];
  await over();
  assert.equal(session.mixture, stepped);
  assert.match(events.slice(heard).at(-1).text, /^The highest of 8 runs, log-likelihood/);
  session.act("take", { mixture: session.search.ends[0].mixture });
  assert.match(events.at(-1).text, /^Taken from many starts: log-likelihood/);
});

test("many runs can be stopped: the ends found so far stay, none is taken, then or later", async () => {
  const { session, events } = alone();
  const before = session.mixture, rest = () => new Promise((done) => { setTimeout(done, 5); });
  session.act("search", { count: 5000 });
  while (!session.search.ends.length) await rest();
  session.act("halt");
  const { ends, isOver } = session.search, { length: told } = events;
  assert.deepEqual([events.at(-1).text, isOver], [`Stopped after ${ends.length} of 5000 runs. Nothing is taken.`, true]);
  for (let i = 0; i < 20; i++) await rest();
  assert.deepEqual([session.mixture, session.search.ends, events.length], [before, ends, told]);
  session.act("halt"); // once is enough
  assert.equal(events.length, told);
});

test("within a long run it is told how far it is, now and then", async () => {
  const X = Array.from({ length: 200000 }, (_, i) => Math.sin(i) + Math.sin(i / 7)), seen = []; // no clusters, so slow
  const { session } = alone({ X, n: 100000 });
  session.on(({ what }) => what === "search" && seen.push(session.search.iteration));
  session.act("search", { count: 20 });
  const isTold = () => seen.some((iteration, i) => seen[i - 1] > 0 && iteration > seen[i - 1] + 1);
  for (let i = 0; i < 800 && !isTold(); i++) await new Promise((done) => { setTimeout(done, 25); });
  session.act("halt");
  assert.ok(isTold(), `${seen}`);
});

test("a kernel's runs cannot be stopped: their ends are not taken, those of the next are", () => {
  const { session, events, sent, say } = withKernel();
  say({ type: "alive", state: story.first, undo_depth: 0 });
  const { client } = sent.at(-1), ends = [{ mixture: moved(4), log_likelihood: -5, converged: true }];
  const searched = () => {
    session.act("search", { count: 20 });
    return sent.at(-1).seq;
  };
  const first = searched();
  session.act("halt");
  assert.equal(events.at(-1).text, "Stopped. Python finishes its 20 runs, but nothing of them is taken.");
  say({ type: "ends", ends, client, seq: first });
  assert.deepEqual([sent.at(-1).action, session.search.ends, session.waiting], ["search", [], false]);
  const second = searched();
  session.act("halt");
  const third = searched();
  say({ type: "ends", ends, client, seq: second });
  assert.deepEqual([sent.at(-1).action, session.search.isOver], ["search", false]);
  say({ type: "ends", ends, client, seq: third });
  assert.deepEqual([sent.at(-1).action, session.search.isOver], ["take", true]);
});

test("where all runs collapse it is said why, and what there is to do here", async () => {
  const X = [0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7], state = { ...story.first, entries: [{ kind: "start", mixture: { weights: [0.5, 0.5], means: [[0, 0], [7, 7]], covariances: [[[1, 0], [0, 1]], [[1, 0], [0, 1]]] }, log_likelihood: -20, bound: null }] };
  const { session, events } = alone({ X, n: 6, state });
  session.act("search", { count: 3 });
  while (!session.search?.isOver) await new Promise((done) => { setTimeout(done, 5); });
  assert.match(events.at(-1).text, /^All 3 runs collapsed\. In all a component came to hold points (that coincide|on a line)\. Here: fewer components/);
  session.act("step");
  assert.match(events.at(-1).error.hint, /^Here: fewer components/);
});

test("where points are too few, it is said how many there must be", async () => {
  const mixture = (k) => ({ weights: new Array(k).fill(1 / k), means: new Array(k).fill([0, 0]), covariances: new Array(k).fill([[1, 0], [0, 1]]) });
  const state = { ...story.first, entries: [{ kind: "start", mixture: mixture(1), log_likelihood: -5, bound: null }] };
  const { session, events } = alone({ X: [0, 0, 1, 1], n: 2, state });
  session.act("search", { count: 3 });
  while (!session.search?.isOver) await new Promise((done) => { setTimeout(done, 5); });
  assert.match(events.at(-1).text, /2 points are too few: 1 component needs at least 3 in the family full\. Add points, or open other data\.$/);
  const least = (family, d, k) => remedies({ n: 1, d }, mixture(k), family).match(/at least (\d+)/)[1];
  assert.deepEqual(["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"].map((family) => least(family, 2, 3)), ["9", "5", "6", "6", "4", "4"]);
});

test("without a kernel it is said what was read, once", () => {
  const { session, events } = alone();
  const data = makeData({ X: Float64Array.of(1, 2, 3, 5, 8, 8, 9, 1), d: 2, center: [5, 4], axes: [], labels: ["a", "b"], features: [] });
  session.act("data", { data, note: "4 rows read." });
  assert.match(events.at(-1).text, /^4 rows read\. 4 new points, a start with/);
  session.act("data", { data });
  assert.match(events.at(-1).text, /^4 new points/);
  session.act("undo");
  session.act("undo");
  assert.equal(session.data.n, story.n);
});

test("an exception is shown with its line, and changes nothing", () => {
  const { session, events, sent, say } = withKernel({ own: { e_step: "my_e_step" } });
  say({ type: "alive", state: story.first, undo_depth: 0 });
  session.act("e");
  const error = { title: "my_e_step raised ZeroDivisionError", message: "division by zero", line: 3, source: "1 / 0", where: "e_step" };
  say({ type: "change", what: "error", keep: 0, seq: sent.at(-1).seq, client: sent.at(-1).client, error });
  assert.equal(events.at(-1).error.line, 3);
  assert.equal(events.at(-1).text, "my_e_step raised ZeroDivisionError: division by zero");
  assert.equal(session.state.colored, -1);
  assert.ok(!session.waiting);
});

test("responsibilities of one's own come from the kernel and stay through M", () => {
  const { session, say, answer } = withKernel({ own: { e_step: "my_e_step" } });
  say({ type: "alive", state: story.first, undo_depth: 0 });
  const own = new Float32Array(3 * story.n).map((_, i) => (i % 3 === 1 ? 1 : 0));
  const shifted = new DataView(new Uint8Array([9, ...new Uint8Array(own.buffer)]).buffer, 1); // at an odd offset
  say({ type: "change", what: "e", version: 0, family: "full", keep: 1, entries: [], iteration: 0, colored: 0, responsibilities: true }, [shifted]);
  assert.deepEqual(Array.from(session.responsibilities), Array.from(own));
  const entry = { kind: "m", mixture: moved(3), log_likelihood: -5, bound: -6 };
  answer({ what: "m", keep: 1, entries: [entry], iteration: 1, colored: 0, same_responsibilities: true });
  assert.deepEqual(Array.from(session.responsibilities), Array.from(own));
  session.act("place", { mixture: moved(1), gesture: 1 });
  assert.equal(session.responsibilities, null, "one's own E-step runs when it is asked for");
});

test("when the kernel goes, everything goes on: steps, undo, and a drag that was on its way", () => {
  const { session, events, say, answer, handlers, values } = withKernel();
  say({ type: "alive", state: story.first, undo_depth: 0 });
  answer({ what: "set", keep: 1, entries: placed(moved(8)).slice(1), iteration: 1, colored: 1 });
  session.act("place", { mixture: moved(2), gesture: 3 });
  handlers.comm_live_update();
  assert.equal(session.kernel, "none");
  assert.ok(events.some(({ text }) => text === "The kernel has gone; the explorer goes on without it."));
  assert.equal(session.mixture.means[0][0], 2);
  session.act("step");
  assert.equal(session.state.iteration, 2);
  session.act("undo");
  session.act("undo");
  assert.deepEqual(session.mixture, story.first.entries[0].mixture);
  assert.equal(values.state.entries.length, 1, "a notebook saved now holds what is shown");
});

test("what was done while the kernel was busy is handed to it", () => {
  const { session, sent, say } = withKernel();
  session.act("e"); // the kernel has not answered yet
  session.act("m");
  assert.equal(session.state.iteration, 1);
  say({ type: "alive", state: story.first, undo_depth: 0 });
  assert.equal(sent.at(-1).action, "adopt");
  assert.equal(sent.at(-1).args.state.entries.length, 2);
  assert.equal(session.state.iteration, 1);
});
