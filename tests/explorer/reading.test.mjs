// Tables from files as people have them, and points from their columns.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { makeData } from "../../gmmlesson/explorer/data.js";
import { randomSource } from "../../gmmlesson/explorer/em.js";
import { kindOf, numberIn, unitOf } from "../../gmmlesson/explorer/cells.js";
import { Unreadable, readTable, textOf } from "../../gmmlesson/explorer/reading.js";
import { MOST_POINTS, centerAndAxes, eigenSymmetric, firstChoice, partsOf, pointsOf, sampleOf, twinsSentence } from "../../gmmlesson/explorer/table.js";

const vectors = JSON.parse(readFileSync(process.env.VECTORS));
const FILES = new URL("./files/", import.meta.url);
const SIMPLE = [[1.5, 2.5, 3.5], [2, 3, 5]];
const HALVES = [[1.5, 2.5, 3.5], [2.5, 3.5, 5.5]];
const plain = (...names) => ({ names, values: SIMPLE });
const NAN = NaN;

/** What must come of each file: names and values of its columns of numbers, and what else is to be known; or a sentence. */
const WANTED = {
  "excel_german.csv": { names: ["Länge", "Höhe"], values: [[1.5, 3, 2.125], [2.25, 4.75, 1234.5]], delimiter: ";", encoding: "windows-1252" },
  "mark.csv": plain("Größe", "Maß"),
  "wide_little.tsv": { ...plain("Größe", "Maß"), delimiter: "\t", encoding: "utf-16le" },
  "wide_big.csv": { ...plain("Größe", "Maß"), encoding: "utf-16be" },
  "wide_unmarked.csv": { ...plain("width", "height"), encoding: "utf-16le" },
  "quotes.csv": plain("width, in cm", "height"),
  "unclosed.csv": { ...plain("width", "height"), unclosed: true },
  "old_mac.csv": plain("width", "height"),
  "comments.csv": { ...plain("width", "height"), comments: 3 },
  "one_column.txt": { names: ["column 1"], values: [[1.5, 2.5, 3.5, 4]], delimiter: ";", header: false },
  "one_column_comma.csv": { names: ["wert"], values: [[1.5, 2.5, 3.25]], delimiter: ";" },
  "dates.csv": { ...plain("width", "height"), width: 5 },
  "thousands.csv": { names: ["people", "income"], values: [[1234567, 12345, 999], [1234.5, 987.25, 2000]] },
  "thousands_open.csv": { names: ["people", "income"], values: [[1234, 5678, 9012], [2345, 3456, 4567]], remarks: 2 },
  "points_open.csv": { names: ["people", "income"], values: [[1.234, 5.678, 9.012], [2.345, 3.456, 4.567]], delimiter: ";", remarks: 2 },
  "swiss.tsv": { names: ["Betrag", "Anzahl"], values: [[1234.5, 2000.25, 999.75], [1234, 12345, 7]], delimiter: "\t" },
  "ragged.csv": { names: ["width", "height"], values: [[1.5, 3.5, 4.5], [2, 5, 6]], wrong: 2 },
  "formulas.csv": { names: ["width", "height"], values: [[1.5, 2.5, 3.5, 4.5], [2, NAN, 5, 6]] },
  "script.csv": { ...plain("<script>alert(1)</script>", "<img src=x onerror=alert(2)>"), width: 3 },
  "missing.csv": {
    names: ["width", "height"],
    values: [[1.5, NAN, NAN, NAN, NAN, NAN, 2.5, 3.5, NAN, 4.5, 5.5], [NAN, 3, 4, 5, 6, 7, 8, 9, 9, NAN, 10]],
    said: "3 of 11 rows read: 6 have no number in 'width', 2 have no number in 'height'.",
  },
  "r_table.txt": { names: ["column 1", "sepal length", "sepal width"], values: [[1, 2, 101], [5.1, 4.9, 6.3], [3.5, 3, 3.3]], delimiter: " ", chosen: [1, 2] },
  "aligned.txt": { names: ["width", "height"], values: [[1.5, -12.5, -3.25], [2, 3, 15]], delimiter: " " },
  "bars.txt": { ...plain("width", "height"), delimiter: "|" },
  "named_delimiter.csv": { ...plain("width", "height"), delimiter: ";" },
  "counter.csv": { names: ["Id", "SepalLength", "SepalWidth"], values: [[1, 2, 3], [5.1, 4.9, 4.7], [3.5, 3, 3.2]], chosen: [1, 2] },
  "twins.csv": { names: ["x", "x (2)", "column 3", "x (3)"], values: [...SIMPLE, [3, 4, 6], [1, 9, 4]] },
  "years.csv": { names: ["2019", "2020", "2021"], values: [[1.5, 2.25, 3.5], [2.5, 3.5, 5.25], [3.5, 4.5, 6.5]] },
  "wavelengths.csv": { names: ["400", "410", "420"], values: [[0.5, 0.75, 1.5], [0.25, 0.5, 0.75], [0.125, 0.25, 0.5]] },
  "no_names.csv": { names: ["column 2", "column 3"], values: [[3, 4, 2], [5, 9, 7]], header: false },
  "no_names_in_steps.csv": { names: ["column 2", "column 3", "column 4"], values: [[1, 4, 2], [2, 1, 2], [3, 7, 5]], header: false },
  "title.csv": { ...plain("width", "height"), delimiter: ";", above: 2 },
  "title_padded.csv": { names: ["Nr", "Länge", "Breite"], values: [[1, 2, 3], ...HALVES], delimiter: ";", above: 1, chosen: [1, 2] },
  "titles_padded.csv": { names: ["length", "width"], values: HALVES, above: 2 },
  // forty rows each: the more text with commas, the more it counts
  "commas_in_names.csv": { names: ["Punkte"], delimiter: ";" },
  "commas_in_cities.tsv": { names: ["pop", "area"], delimiter: "\t" },
  "hash_header.tsv": { names: ["height", "leaf"], values: HALVES, delimiter: "\t", comments: 1, dropped: [["SampleID", "s0"]] },
  "hash_header_blanks.txt": { names: ["height", "leaf"], values: HALVES, delimiter: " " },
  "hash_errors.csv": { names: ["height", "leaf"], values: [[NAN, 1.5, 2.5, NAN, 3.5], [1.5, NAN, 3.5, 4, 5.5]] },
  "animal_ids.csv": { names: ["animal_id", "sex", "height", "leaf"], chosen: [2, 3] },
  "filtered_index.csv": { names: ["column 1", "height", "leaf"], chosen: [2] },
  "dates_whole.csv": { names: ["when", "temp", "hum"], chosen: [1, 2] },
  "units_row.csv": { names: ["Nr", "Länge", "Masse"], values: [[NAN, 1, 2, 3], ...HALVES.map((column) => [NAN, ...column])], delimiter: ";", chosen: [1, 2] },
  "percent.csv": {
    names: ["cover", "height"], values: HALVES, dropped: [["mixed", "1.5 mm"], ["limit", "<0.05"]],
    notes: ["“1.5%” in 'cover' is read as 1.5.", "“2.5 cm” in 'height' is read as 2.5."],
  },
  "nines.csv": { names: ["height", "temp"], notes: ["'height' is -999 in 2 rows: if that stands for no number, empty these cells first."] },
  "bad_first.csv": { names: ["column 1", "column 2", "column 3"], values: [[1.5, 2.5, 3.5, 4.5], [2, 3, 5, 7], [NAN, 4, 6, 9]], header: false },
  "exponents.csv": { names: ["width", "height"], values: [[1000, 2, 300], [-0.00025, 0.5, 0.001]] },
  "constant.csv": { names: ["width", "height"], values: [[1.5, 2.5, 3.5], [2, 2, 2]], chosen: [0] },
  "words.csv": { names: [], values: [], header: false },
  "header_only.csv": { names: [], values: [], header: false },
  "one_row.csv": { names: ["width", "height"], values: [[1.5], [2]], refused: /^EM needs at least 2 rows with numbers in the chosen columns; there is 1\.$/ },
  "workbook.csv": /^This is a workbook or an archive, not text: save the table as CSV first\.$/,
  "bytes.csv": /^This is not a text file: save the table as CSV first\.$/,
  "empty.csv": /^There is no text in it\.$/,
};

async function readFile(name) {
  const { text, encoding } = await textOf(new Blob([readFileSync(new URL(name, FILES))]));
  return { encoding, ...(await readTable(text)) };
}

test("every file has something to come of it", () => {
  assert.deepEqual(Object.keys(WANTED).sort(), readdirSync(FILES).filter((name) => !name.startsWith(".")).sort());
});

for (const [name, wanted] of Object.entries(WANTED)) {
  test(`${name} is read, or a sentence says why not`, async () => {
    if (wanted instanceof RegExp) return assert.rejects(readFile(name), (error) => error instanceof Unreadable && wanted.test(error.message));
    const { encoding, delimiter, comments, unclosed, table } = await readFile(name);
    assert.deepEqual(table.columns.map((column) => column.name), wanted.names);
    if (wanted.values) assert.deepEqual(table.columns.map(({ values }) => [...values]), wanted.values);
    if (wanted.dropped) assert.deepEqual(table.dropped.map((column) => [column.name, column.example]), wanted.dropped);
    assert.deepEqual(table.notes, wanted.notes ?? []);
    assert.equal(encoding, wanted.encoding ?? "utf-8");
    if (wanted.names.length) assert.equal(delimiter, wanted.delimiter ?? ",");
    assert.equal(table.header, wanted.header ?? true);
    assert.deepEqual([comments, unclosed, table.wrong, table.above], [wanted.comments ?? 0, wanted.unclosed ?? false, wanted.wrong ?? 0, wanted.above ?? 0]);
    assert.equal(table.remarks.length, wanted.remarks ?? 0, table.remarks.join(" "));
    if (wanted.width) assert.equal(table.width, wanted.width);
    if (!wanted.names.length) return undefined;
    const chosen = firstChoice(table.columns);
    const expected = wanted.chosen ?? [0, 1].slice(0, table.columns.length);
    assert.deepEqual(chosen, expected.map((a) => table.columns[a]));
    if (wanted.refused) return assert.throws(() => pointsOf(table, chosen), (error) => error instanceof Unreadable && wanted.refused.test(error.message));
    const { said, ...parts } = pointsOf(table, chosen);
    assert.equal(parts.d, expected.length);
    assert.deepEqual(parts.features, expected.map((a) => wanted.names[a]));
    return wanted.said && assert.equal(said, wanted.said);
  });
}

test("what is guessed can be set", async () => {
  const read = async (text, options) => (await readTable(text, options)).table.columns.map(({ name, values }) => [name, ...values]);
  const text = "a;b\n1,234;5\n2,345;6\n";
  assert.deepEqual(await read(text), [["a", 1.234, 2.345], ["b", 5, 6]]);
  assert.deepEqual(await read(text, { decimal: "." }), [["a", 1234, 2345], ["b", 5, 6]]);
  assert.deepEqual(await read("2019;2020\n1;2\n3;4\n"), [["column 1", 2019, 1, 3], ["column 2", 2020, 2, 4]]);
  assert.deepEqual(await read("2019;2020\n1;2\n3;4\n", { header: true }), [["2019", 1, 3], ["2020", 2, 4]]);
  assert.deepEqual(await read("a b,c\n1 2,3\n", { delimiter: " " }), [["a", 1], ["b,c", 2.3]]);
});

test("names may stand in any row", async () => {
  const text = "Birds;2024;x\nfrom;1;2\nNr;2019;2020\n1;2;3\n3;4;5\n";
  const { table } = await readTable(text, { header: 2 });
  assert.deepEqual(table.columns.map(({ name, values }) => [name, ...values]), [["Nr", 1, 3], ["2019", 2, 4], ["2020", 3, 5]]);
  assert.deepEqual([table.above, table.head[2], table.places], [2, "Nr, 2019, 2020", [1, 2]]);
});

test("lines that begin with # are left out, but for what a spreadsheet writes and the names", async () => {
  const read = async (text) => { const { table, comments } = await readTable(text); return [table.columns.map(({ name }) => name), table.count, comments]; };
  assert.deepEqual(await read("# cm, by hand\nwidth,height\n1,2\n3,4\n"), [["width", "height"], 2, 1]);
  assert.deepEqual(await read("#,width,height\n7,1.5,2\n9,3.5,4\n"), [["#", "width", "height"], 2, 0]);
  assert.deepEqual(await read("#!program 2\n# width,height\n1,2\n#3,4\n5,6\n"), [["width", "height"], 2, 2]);
  assert.deepEqual(await read("# all of it by hand\n1.5\n2.5\n"), [["column 1"], 2, 1]);
  assert.deepEqual(await read("# 1,2\n1,3\n2,5\n"), [["column 1", "column 2"], 2, 1]);
});

test("units that are known, and one a column", async () => {
  const units = { "12.3%": "%", "17,8 cm": "cm", "-4°C": "°C", "1 200 g": "g", "5": "", "a5 m": "", "3 birds": "", "12a": "", "1e3ml": "ml" };
  for (const [text, unit] of Object.entries(units)) assert.equal(unitOf(text), unit, text);
  const { table } = await readTable("17.5 cm;a\n3,5 cm;b\n".replace(",", ".") + "5;c\n");
  assert.deepEqual([...table.columns[0].values, table.header], [17.5, 3.5, 5, false]);
  const accounts = await readTable("(1),price,owed,late,grade\n1,$1200,(12),3.50-,2-\n2,-$5,7,4.00,1\n3,($2.50),(1.5),2.25-,2\n4,$-7,0,1.00,3\n");
  assert.deepEqual(accounts.table.columns.map(({ name, values }) => [name, ...values]), [
    ["(1)", 1, 2, 3, 4], ["price", 1200, -5, -2.5, -7], ["owed", -12, 7, -1.5, 0], ["late", -3.5, 4, -2.25, 1], ["grade", NAN, 1, 2, 3],
  ]);
  assert.deepEqual(accounts.table.notes, [
    "“$1200” in 'price' is read as 1200.", "“($2.50)” in 'price' is read as -2.5.", "“(12)” in 'owed' is read as -12.", "“3.50-” in 'late' is read as -3.5.",
  ]);
  const mixed = await readTable("a;b\n1,50;(7,25 €)\n(2,50);(7,50) €\n3,50-;8 €\n( 5,25 );9,5\n-(3,25);(1,50)\n");
  assert.deepEqual(mixed.table.columns.map(({ values }) => [...values]), [[1.5, -2.5, -3.5, -5.25, -3.25], [-7.25, -7.5, 8, 9.5, -1.5]]);
});

test("what numbers the rows is not chosen", async () => {
  const chosen = async (header, row) => firstChoice((await readTable(`${header}\n${Array.from({ length: 20 }, (_, i) => row(i)).join("\n")}`)).table.columns).map(({ name }) => name);
  assert.deepEqual(await chosen("n,a,b", (i) => [i * 3 + 7, i % 7, (i * 5) % 8]), ["a", "b"]); // rising
  assert.deepEqual(await chosen("plot nr,a,b", (i) => [i % 7, i % 8, i % 9]), ["a", "b"]); // by its name
  assert.deepEqual(await chosen("n,a,b", (i) => [(i * 7) % 20, i / 8, i % 9]), ["a", "b"]); // none twice
  assert.deepEqual(await chosen("site,a,b", (i) => [i % 4, i % 9, i / 3]), ["a", "b"]); // few
  assert.deepEqual(await chosen("n,sex,a", (i) => [i, i % 2, i / 3]), ["a"]);
  assert.deepEqual(await chosen("time,a,b", (i) => [i / 10, i % 7, (i * 5) % 8]), ["a", "b"]); // time
  assert.deepEqual(await chosen("time,x,y", (i) => [(i % 5) / 2, i % 7, (i * 5) % 8]), ["x", "y"]); // again and again
  assert.deepEqual(await chosen("a,b", (i) => [i / 10, (i % 7) / 2]), ["a", "b"]); // or sorted
  assert.deepEqual(await chosen("C,F,b", (i) => [(i % 7) / 2, (i % 7) * 0.9 + 32, (i % 9) / 2]), ["C", "b"]); // the same twice
  assert.deepEqual(await chosen("C,F,b", (i) => [(i % 7) * 3.1, ((i % 7) * 5.58 + 32).toFixed(1), (i % 9) / 2]), ["C", "b"]); // rounded
  assert.deepEqual(await chosen("n,m", (i) => [i, 2 * i]), ["n"]); // there is nothing else
});

test("a row far off makes no column another's twin", async () => {
  const chosen = async (...rows) => {
    const { columns } = (await readTable(`x,y,z\n${[...Array.from({ length: 60 }, (_, i) => [(i % 7) + 0.5, (i % 11) / 3, (i % 7) * 2.54 + 1.27]), ...rows].join("\n")}`)).table;
    const first = firstChoice(columns);
    return [...first.map(({ name }) => name), twinsSentence(columns, first)];
  };
  const said = "'z' is 'x' in another unit, so it is not chosen.";
  assert.deepEqual(await chosen(), ["x", "y", said]);
  assert.deepEqual(await chosen([-9999, -9999, -25397.46]), ["x", "y", said]);
  assert.deepEqual(await chosen([1e5, 2e4, 2.54e5], [3e6, 6e5, 7.62e6], [4e6, 8e5, 10.16e6]), ["x", "y", said]);
  const { columns } = (await readTable(`in,cm\n${Array.from({ length: 40 }, (_, i) => [i + 0.3, ((i + 0.3) * 2.54).toFixed(1)].join()).join("\n")}`)).table;
  assert.equal(twinsSentence(columns, firstChoice(columns)), "'cm' is 'in' in another unit, so it is not chosen: tick it to use it.");
});

test("a last row that is a total is left out, and can be kept", async () => {
  const rows = [[1.5, 20], [2.5, 10], [3.5, 40], [4.5, 30], [2, 50]], sums = [14, 150];
  const read = async (last, options = {}, names = "a,b,c") => (await readTable([names, ...rows.map((row) => ["m", ...row]), last].join("\n"), options)).table;
  for (const word of ["Summe", "Total:", "SUM", "gesamt", "Somme", "Итого"]) {
    const { total, count, columns } = await read([word, ...sums]);
    assert.deepEqual([total, count, columns[1].high], [{ name: word, isSum: true }, 5, 50], word);
  }
  assert.deepEqual([(await read(["Total", 2.8, 30])).total, (await read(["Total", 2.8, 30])).count], [{ name: "Total", isSum: false }, 5]);
  assert.deepEqual((await read(["", ...sums])).total, { name: "", isSum: true });
  const kept = await read(["Summe", ...sums], { keepsTotal: true });
  assert.deepEqual([kept.total, kept.count, kept.columns[1].high], [{ name: "Summe", isSum: true }, 6, 150]);
  for (const last of [["m", 14, 151], ["m", 1, 2], ["Sumatra", 1, 2]]) assert.deepEqual([(await read(last)).total, (await read(last)).count], [null, 6]);
  const parts = (await readTable("kind,a\ntotal,1\npart,2\ntotal,4\npart,3\ntotal,7")).table; // what is counted, not the sum of it
  assert.deepEqual([parts.total, parts.count], [null, 5]);
  assert.deepEqual((await readTable("a\n1\n2\n3")).table.total, null);
});

test("decimal signs: a column that leaves it open is read as the others are", async () => {
  const read = async (text) => (await readTable(text)).table;
  const open = await read("a;b\n1,234;5,5\n2,345;6,5\n");
  assert.deepEqual([...open.columns[0].values], [1.234, 2.345]);
  assert.deepEqual(open.remarks, []);
  assert.deepEqual([...(await read("a;b\n1,234;5.5\n2,345;6.5\n")).columns[0].values], [1234, 2345]);
  assert.deepEqual([...(await read("a;b\n1.234;5,5\n2.345;6,5\n")).columns[0].values], [1234, 2345]);
});

test("numbers are those that people write, and nothing else is one", () => {
  const point = { "1": 1, " 2.50 ": 2.5, "-3": -3, "+.5": 0.5, "5.": 5, "1e-3": 0.001, "−4,000.5": -4000.5, "1 234": 1234, "12'345.5": 12345.5, "1,234,567": 1234567 };
  for (const [text, value] of Object.entries(point)) assert.equal(numberIn(text, "."), value, text);
  const comma = { "1,5": 1.5, "-1.234,5": -1234.5, "1.234": 1234, "1 234,25": 1234.25, ",5": 0.5 };
  for (const [text, value] of Object.entries(comma)) assert.equal(numberIn(text, ","), value, text);
  for (const text of ["", "x", "12,34.5", "1,2,3", "1.2.3", "0x10", "1e", "Infinity", "1e400", "=1", "12:30", "2024-01-02", "5%", "1_000", "--1", "1 23"]) {
    assert.ok(Number.isNaN(numberIn(text, ".")), text);
  }
  for (const [text, kind] of [["7", "whole"], ["1.5", "point"], ["1,5", "comma"], ["1.234", "point?"], ["1,234", "comma?"], ["0.234", "point"], ["NA", "missing"], ["", "missing"], ["02.01.2024", "text"]]) {
    assert.equal(kindOf(text), kind, text);
  }
});

test("100,000 rows taken apart piece by piece are those of the whole, and the page rests meanwhile", async () => {
  const random = randomSource(1), n = 100000;
  const wanted = Array.from({ length: n }, () => [Math.round(1e4 * random()) / 1e4, Math.round(1e6 * random())]);
  for (const [between, ends, decimal] of [[",", "\n", "."], [";", "\r\n", ","], ["   ", "\n", "."]]) {
    const text = `x${between}"the\ny"${between}z${ends}${wanted.map(([x, y], i) => `${String(x).replace(".", decimal)}${between}${y}${between}${i % 7 ? "a" : '"b,\n;c"'}`).join(ends)}${ends}`;
    let told = 0;
    const { text: whole } = await textOf(new Blob([text]));
    const quoted = between === "   " ? whole.replaceAll("\n;c", ";c").replace("the\ny", "the y") : whole;
    const { table } = await readTable(quoted, {}, { heard: () => { told += 1; } });
    assert.equal(table.count, n);
    const [x, y] = table.columns;
    assert.ok(wanted.every((row, i) => x.values[i] === row[0] && y.values[i] === row[1]));
    assert.equal(y.name, "the y");
    assert.ok(told > 1); // how often depends on the machine; how long the page is kept at most is tested in a browser
  }
});

test("reading can be stopped", async () => {
  const ending = new AbortController();
  const text = "x,y\n" + "1.5,2.5\n".repeat(200000);
  const reading = readTable(text, {}, { signal: ending.signal, heard: () => ending.abort() });
  await assert.rejects(reading, { name: "AbortError" });
});

test("too many rows: a sample, always the same, each row as likely", async () => {
  const n = MOST_POINTS + 50000;
  const text = "x,y\n" + Array.from({ length: n }, (_, i) => `${i + 5},${(i * 7) % 11}`).join("\n");
  const { table } = await readTable(text);
  const [one, two] = [pointsOf(table, table.columns), pointsOf(table, table.columns)];
  assert.equal(one.X.length, 2 * MOST_POINTS);
  assert.deepEqual(one.X, two.X);
  assert.match(one.said, /^150,000 rows read\. A random sample of 100,000 of them is shown\.$/);
  const mean = one.X.reduce((sum, value, i) => (i % 2 ? sum : sum + value), 0) / MOST_POINTS;
  assert.ok(Math.abs(mean - n / 2) < 4 * n / Math.sqrt(12 * MOST_POINTS), `${mean}`);
  assert.deepEqual(sampleOf([4, 5, 6], 3, Math.random), [4, 5, 6]);
});

test("columns as they are, or standardized; those that do not vary are refused", async () => {
  const { table } = await readTable("a,b,c\n1e9,3,5\n1000000001,5,5\n1000000002,10,5\n");
  const [a, b, c] = table.columns;
  assert.deepEqual([...pointsOf(table, [a, b]).X], [1e9, 3, 1e9 + 1, 5, 1e9 + 2, 10]);
  const parts = pointsOf(table, [a, b], { standardize: true });
  assert.deepEqual(parts.features, ["a, standardized", "b, standardized"]);
  for (const at of [0, 1]) {
    const values = [0, 1, 2].map((i) => parts.X[2 * i + at]);
    assert.ok(Math.abs(values.reduce((sum, x) => sum + x)) < 1e-12);
    assert.ok(Math.abs(values.reduce((sum, x) => sum + x * x, 0) / 3 - 1) < 1e-12);
  }
  assert.throws(() => pointsOf(table, [a, c]), /^Error: 'c' is 5 in all rows that serve: choose columns that vary\.$/);
  assert.throws(() => pointsOf(table, [a, b, b]), /^Error: 'b' says the same as 'b', in every row: all points lie on a line\. Choose one of them\.$/);
  assert.throws(() => pointsOf(table, []), /Choose at least one column/);
  assert.throws(() => pointsOf(table, new Array(21).fill(a)), /at most 20 columns; 21 are chosen/);
});

test("eigenvalues and principal axes are NumPy's", () => {
  for (const { matrix, values, X, d, axes, center } of vectors.axes) {
    const found = eigenSymmetric(matrix);
    found.values.forEach((value, i) => assert.ok(Math.abs(value - values[i]) <= 1e-12 * values[0], `d = ${d}: ${value} for ${values[i]}`));
    found.vectors.forEach((one, i) => found.vectors.forEach((two, j) => {
      assert.ok(Math.abs(one.reduce((sum, x, a) => sum + x * two[a], 0) - (i === j)) < 1e-12);
    }));
    const mine = centerAndAxes(Float64Array.from(X), d);
    mine.center.forEach((value, a) => assert.ok(Math.abs(value - center[a]) <= 1e-9 * Math.abs(center[a]) + 1e-12));
    mine.axes.flat().forEach((value, i) => assert.ok(Math.abs(value - axes.flat()[i]) < 1e-8, `d = ${d}: ${value} for ${axes.flat()[i]}`));
  }
  assert.deepEqual(eigenSymmetric([[2, 0], [0, 3]]), { values: [3, 2], vectors: [[0, 1], [1, 0]] });
  const data = makeData(partsOf(Float64Array.of(1, 2, 3, 4, 5, 7, 8, 1, 0), 3, ["a", "b", "c"]));
  assert.equal(data.flat.length, 6);
  assert.deepEqual(data.labels, ["principal axis 1", "principal axis 2"]);
});
