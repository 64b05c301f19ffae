// Many starts, their ends as marks, and the criteria, against Python's numbers where it has them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { countedFamily, criteriaOf, isAtEnd, parameterCount } from "../../gmmlesson/explorer/criteria.js";
import { makeData } from "../../gmmlesson/explorer/data.js";
import { randomSource } from "../../gmmlesson/explorer/em.js";
import { MOST_ITERATIONS, grouped, inSlices, run, runs } from "../../gmmlesson/explorer/search.js";
import { endSentence } from "../../gmmlesson/explorer/sentences.js";
import { laidOut } from "../../gmmlesson/explorer/starts.js";

const isEndOfRun = (told) => typeof told === "object"; // and not how far it is

const { cases, searches } = JSON.parse(readFileSync(process.env.VECTORS));

function dataOf({ X, d }) {
  const center = new Array(d).fill(0), axes = Array.from({ length: 2 }, (_, a) => center.map((_zero, i) => Number(i === a)));
  return makeData({ X: Float64Array.from(X), d, center, axes, labels: [], features: [] });
}

for (const vector of cases.filter(({ criteria, name }) => criteria && /^(\w+), d=/.test(name))) {
  test(`parameters, AIC, BIC and ICL: ${vector.name}`, () => {
    const { better, better_log_likelihood: logLikelihood, family, criteria } = vector;
    const found = criteriaOf(dataOf(vector), better, family, logLikelihood);
    assert.equal(found.count, criteria.count);
    for (const name of ["aic", "bic", "icl"]) assert.ok(Math.abs(found[name] - criteria[name]) <= 1e-9 * Math.abs(criteria[name]), `${name}: ${found[name]} for ${criteria[name]}`);
  });
}

test("a mixture that a hand has led out of its family is counted by the smallest that holds it", () => {
  const round = [[2, 0], [0, 2]], long = [[3, 0], [0, 1]], tilted = [[3, 1], [1, 2]];
  const family = (...covariances) => countedFamily({ weights: covariances.map(() => 1 / covariances.length), covariances }, "tied_spherical");
  assert.equal(family(round, round), "tied_spherical");
  assert.equal(family(long, long), "tied_diag");
  assert.equal(family(long, round), "diag");
  assert.equal(family(tilted, tilted), "tied");
  assert.equal(family(tilted, round), "full");
  assert.equal(parameterCount("full", 3, 2), 17);
  assert.equal(countedFamily({ weights: [0.5, 0.5], covariances: [round, round] }, "full"), "full"); // what M fits counts, not the accident
});

for (const vector of searches) {
  test(`a run comes to the end that fit_many finds: ${vector.family}, d=${vector.d}`, () => {
    const end = [...run(dataOf(vector), vector.start, vector.family)].at(-1);
    assert.ok(Math.abs(end.logLikelihood - vector.log_likelihood) <= 1e-9 * Math.abs(vector.log_likelihood));
    assert.deepEqual([end.iterations, end.isCapped], [vector.iterations, false]);
  });
}

test("a run that is stopped on its way says so, and is not taken for an end", () => {
  const X = Array.from({ length: 400 }, (_, i) => Math.sin(i) + Math.sin(i / 7)); // no clusters, so slow
  const options = { k: 6, family: "full", start: "kmeans", random: randomSource(1), count: 1 };
  const [end] = [...runs(dataOf({ X, d: 1 }), options)].filter(isEndOfRun);
  assert.deepEqual([end.iterations, end.isCapped], [MOST_ITERATIONS, true]);
  const [group] = grouped([end]), entries = [{ kind: "end", mixture: end.mixture, logLikelihood: end.logLikelihood }];
  assert.match(endSentence(group, [group], 1), /1 run came there\. It had not converged\.$/);
  const data = dataOf({ X, d: 1 }), state = { data, family: "full", entries, iteration: 0 };
  assert.equal(isAtEnd(state), false);
  const [there] = [...runs(data, { ...options, k: 1 })].filter(isEndOfRun);
  assert.equal(isAtEnd({ ...state, entries: [{ kind: "end", mixture: there.mixture, logLikelihood: there.logLikelihood }] }), true);
});

test("runs that collapse are told, and end nobody else", () => {
  const X = [0, 0, 0, 0, 0, 0, 5, 6, 7, 8];
  const options = { k: 2, family: "full", start: "random_points", random: randomSource(1), count: 30 };
  const ends = [...runs(dataOf({ X, d: 1 }), options)].filter(isEndOfRun);
  assert.equal(ends.length, 30);
  assert.ok(ends.some(({ collapsed }) => collapsed), "none has collapsed");
});

test("work is done in slices, with rests in which others have their turn, and can be stopped", async () => {
  const vector = searches[0], told = [];
  const options = { k: 3, family: "full", start: "kmeans", random: randomSource(2), count: 200 };
  let turns = 0;
  const others = setInterval(() => { turns += 1; }, 1);
  await new Promise((done) => { inSlices(runs(dataOf(vector), options), (end) => isEndOfRun(end) && told.push(end), done); });
  clearInterval(others);
  assert.equal(told.length, 200);
  assert.ok(turns > 1, "nobody else had a turn");
  const before = told.length, stop = inSlices(runs(dataOf(vector), options), (end) => isEndOfRun(end) && told.push(end), assert.fail);
  stop();
  await new Promise((done) => { setTimeout(done, 30); });
  assert.equal(told.length, before);
});

test("ends that are one are one mark, the highest first", () => {
  const end = (logLikelihood, means = [[0], [5]]) => ({ mixture: { weights: [0.5, 0.5], means, covariances: [[[1]], [[1]]] }, logLikelihood });
  const elsewhere = grouped([end(-10), end(-10.01, [[0], [4]]), end(-10.02, [[5.1], [0.1]])]);
  assert.deepEqual(grouped([end(-10), { ...end(-10.01), isCapped: true }]).map(({ count, capped }) => [count, capped]), [[2, 1]]);
  assert.match(endSentence(elsewhere[1], elsewhere, 3), /^Taken: an end as high as the highest of 3 runs,/);
  assert.deepEqual(elsewhere.map(({ logLikelihood, count }) => [logLikelihood, count]), [[-10, 2], [-10.01, 1]]);
  const groups = grouped([end(-10), end(-12), { collapsed: true }, end(-10.02), end(-9.99), end(-12.04)]);
  assert.deepEqual(groups.map(({ logLikelihood, count }) => [logLikelihood, count]), [[-9.99, 3], [-12, 2]]);
});

test("many ends that each have one run take four rows at most, and no two of their marks touch", () => {
  const near = (at, to) => Array.from({ length: 19 }, (_, i) => at - i * to);
  for (const [values, width, room] of [[[...near(-1, 0.01), -9], 260, 26], [[-1, ...near(-9, 0.01)], 260, 26], [near(-1, 0.01), 200, 40], [[...near(-1, 0), -9], 360, 40]]) {
    const places = laidOut(values.map((logLikelihood) => ({ logLikelihood })), width, room).map(({ left, row }) => [left * (width - room), row]);
    assert.ok(Math.max(...places.map(([, row]) => row)) <= 3);
    assert.ok(places.every(([x]) => x >= -1e-6 && x <= width - room));
    places.forEach(([x, row], i) => places.slice(0, i).forEach(([u, other]) => assert.ok(row !== other || Math.abs(x - u) >= room - 1e-6)));
  }
});

test("no two marks touch", () => {
  const groups = [-1, -1.1, -1.2, -1.3, -5, -5.1, -40].map((logLikelihood) => ({ logLikelihood }));
  const places = laidOut(groups, 260).map(({ left, row }) => [left * (260 - 26), row * 26]);
  assert.equal(places[0][0], 234);
  assert.equal(places.at(-1)[0], 0);
  places.forEach(([x, y], i) => places.slice(0, i).forEach(([u, v]) => assert.ok(Math.abs(x - u) >= 26 || Math.abs(y - v) >= 26)));
});
