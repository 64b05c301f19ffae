// A table from rows of cells: which of them are its names, which columns hold numbers, and what there is to say of both.
import { commonUnit, decimalOf, isSheetError, kindOf, numberIn, unitOf, withoutUnit } from "./cells.js";

const ROWS_A_SLICE = 500;
const MOST_OF_A_NAME = 200; // characters: names are cut where they are shown, or where they can be no names
const MOST_ABOVE = 12; // lines above a table that may be titles
const HEAD_ROWS = 8; // that may be chosen as names
const LONGEST_HEAD = 28; // characters of a row, or of a cell, that are shown
const STANDS_FOR_NOTHING = [-9, -99, -999, -9999]; // where it is far from all that is measured
const TOTAL = /^(?:grand total|totals?|sums?|summe|gesamt(?:summe)?|insgesamt|somme|totale?|totaal|suma|soma|summa|итого|всего|合计|总计|合計|總計)\s*:?$/i;
const SAME_SUM = 1e-4; // relative: cells may have been rounded
const ROWS_OF_A_SUM = 4; // fewer numbers may add up to the last by chance
const ENOUGH_VALUES = 5000; // that are told apart: among more, none twice says nothing
const ENOUGH_ROWS = 8; // in which whole numbers that only rise are hardly ever measured
const COUNTING_NAME = /(?:^|[^a-z])(?:id|ids|nr|no|num|number|index|idx|row|zeile|code|key|date|datum|year|jahr|component)\.?$/i; // of whole numbers
const TIME_NAME = /^(?:time|seconds?|sec|minutes?|hours?|timestamp|zeit|sekunden?)\b/i;
const OWN_RESULT = /^responsibility \d$/; // in a table that was saved here

/** The value that is counted most, the larger of two, and its count. */
export function modeOf(counts) {
  return [...counts].reduce((most, one) => (one[1] > most[1] || (one[1] === most[1] && one[0] > most[0]) ? one : most), [0, 0]);
}

/** How often each value is there. */
export function tallyOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

const noKinds = () => ({ whole: 0, point: 0, comma: 0, "point?": 0, "comma?": 0, missing: 0, text: 0 });
const numbersAmong = ({ missing, text, ...numbers }) => Object.values(numbers).reduce((sum, one) => sum + one, 0);
const isNumeric = (kinds) => numbersAmong(kinds) > 0 && numbersAmong(kinds) >= kinds.text;

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}\u2026` : text);
const filledIn = (row) => row.filter((cell) => cell.trim() !== "").length;
const holdsNumber = (row) => row.some((cell) => !["text", "missing"].includes(kindOf(cell)));

/**
 * Rows without lines that begin with #, and how many there were -> { rows, comments }. A cell such as #N/A begins no
 * such line; and the last of them above the table is its names, if it has as many cells and no other row of names follows.
 */
export function withoutComments(all) {
  const isComment = ([first]) => /^\s*#/.test(first) && !isSheetError(first);
  const rows = all.filter((row) => !isComment(row));
  const last = all.indexOf(rows[0]) - 1, comments = all.length - rows.length;
  if (last < 0 || !holdsNumber(rows[0])) return { rows, comments };
  const [first, ...rest] = all[last], name = first.replace(/^\s*#+\s*/, ""), width = rows[0].length;
  const names = name === "" && rest.length === width ? rest : [name || "#", ...rest];
  const areNames = names.length === width && !holdsNumber(names) && (width > 1 || /^\S+$/.test(name));
  return areNames ? { rows: [names, ...rows], comments: comments - 1 } : { rows, comments };
}

/** How many rows stand above the table: shorter ones, and those that a spreadsheet has padded, where names follow. */
function rowsAbove(all, width, fits) {
  let above = 0;
  while (above < all.length - 1 && width > 1 && all[above].length < width && !(all[above].length === width - 1 && fits(all[above + 1]) && above + 1 < all.length - 1)) above += 1;
  let names = above;
  while (names < Math.min(all.length - 1, above + MOST_ABOVE) && filledIn(all[names]) <= width / 2) names += 1;
  return filledIn(all[names] ?? []) > width / 2 && !holdsNumber(all[names]) ? names : above;
}

/** Is this row names? Where columns hold numbers, most of its cells hold none; or the first is a word, and the others are years. */
function isHeaderRow(first, kindsOfFirst, kinds) {
  const cells = kindsOfFirst.filter((_, a) => kinds[a] && isNumeric(kinds[a]));
  const names = cells.filter((kind) => kind === "text").length;
  if (names > 0 && names >= cells.filter((kind) => kind !== "text" && kind !== "missing").length) return true;
  const whole = first.filter((_, a) => kindsOfFirst[a] === "whole");
  return kindsOfFirst[0] === "text" && whole.length === cells.length && areSteps(whole.map(Number));
}

/** Years, or as well wavelengths: two or more in equal steps, and not the small numbers that data may begin with. */
function areSteps(numbers) {
  const [begin, second] = numbers, last = numbers.at(-1), step = second - begin;
  const years = begin >= 1800 && last <= 2200 && step <= 10;
  return step > 0 && (years || (begin >= 100 && numbers.length > 2)) && numbers.every((one, i) => one === begin + i * step);
}

/** Names from a row: cut, and each the only one. */
function namesFrom(cells, width) {
  const seen = tallyOf([]);
  return Array.from({ length: width }, (_, a) => {
    const text = (cells[a] ?? "").replace(/\s+/g, " ").trim();
    const name = text === "" ? `column ${a + 1}` : text.slice(0, MOST_OF_A_NAME);
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return seen.get(name) === 1 ? name : `${name} (${seen.get(name)})`;
  });
}

/** What a column's numbers look like: 0 measured, with decimals; 1 whole; 2 with decimals, but only rising, as time
 *  does; 3 whole, of few values or of none twice; 4 what does not tell points apart: rows counted, dates, two values. */
function kindOfNumbers(name, values, usable) {
  if (OWN_RESULT.test(name)) return 4;
  const seen = new Set();
  let [rises, whole, counts, dates, before] = [true, true, true, true, null];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    whole &&= Number.isInteger(value);
    if (seen.size < ENOUGH_VALUES) seen.add(value);
    rises &&= before === null || value > before;
    counts &&= before === null ? value === 0 || value === 1 : value === before + 1;
    dates &&= isDate(value);
    before = value;
    if (!whole && !rises) return TIME_NAME.test(name) ? 2 : 0;
  }
  if (!whole) return usable < ENOUGH_ROWS ? 0 : 2;
  if (counts || dates || COUNTING_NAME.test(name)) return 4;
  if (usable < ENOUGH_ROWS) return 1;
  if (rises || seen.size <= 2) return 4;
  return seen.size === usable || (seen.size <= 10 && usable >= 5 * seen.size) ? 3 : 1;
}

/** Is a number a day, as 20240301? */
function isDate(value) {
  const [year, month, day] = [Math.floor(value / 10000), Math.floor(value / 100) % 100, value % 100];
  return year >= 1000 && year < 3000 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** A number such as -999, below all others and far from them: { value, count }, or null. */
function outOfPlace({ values, low, high }) {
  if (!STANDS_FOR_NOTHING.includes(low)) return null;
  let [next, count] = [high, 0];
  for (const value of values) {
    if (value === low) count += 1;
    else if (value < next) next = value;
  }
  return low < high && (next >= 0 || next - low > high - next) ? { value: low, count } : null;
}

/** Is the last row a total? By its first word, which no other row has, or since all its numbers are the sums of those above
 *  -> { name, isSum }, or null. */
function totalIn(rows, columns) {
  const last = rows.length - 1, [name] = rows[last]?.map((cell) => cell.trim()).filter(Boolean) ?? [];
  const held = columns.filter(({ values }) => !Number.isNaN(values[last]));
  const isSum = last >= ROWS_OF_A_SUM && held.length > 0 && held.every(({ values, low, high }) => {
    let sum = 0;
    for (let i = 0; i < last; i++) sum += values[i] || 0;
    return high > low && Math.abs(sum - values[last]) <= SAME_SUM * Math.abs(sum);
  });
  if (last > 1 && TOTAL.test(name) && !rows.slice(0, -1).some((row) => row.some((cell) => TOTAL.test(cell.trim())))) return { name, isSum };
  return isSum && held.length > 1 ? { name: "", isSum } : null;
}

/**
 * The table in these rows, a slice at a time: yields null, and at last { columns, count, wrong, above, remarks, notes,
 * dropped, head, header, width, places, total }, where a column is { name, values, usable, low, high, kind } and holds numbers,
 * NaN where a cell has none. remarks: what was guessed; notes: what else there is to know; dropped: columns of text,
 * each { name, example }; places: the row of each value below the names, counted from 1.
 * `header` (true, false, or the place of the row) and `decimal` (".", ",") say what would be guessed. total, { name,
 * isSum }, is a last row that is left out, unless `keepsTotal`.
 */
export function* tableOf(all, options, left = null) {
  const { delimiter, header = null, decimal = null, keepsTotal = false } = options;
  const [width] = modeOf(tallyOf(all.map(({ length }) => length)));
  const rests = function* (count, work) {
    for (let i = 0; i < count; i++) {
      work(i);
      if (i % ROWS_A_SLICE === ROWS_A_SLICE - 1) yield null;
    }
  };
  const fits = (row) => row.length === width || (row.length > width && row.slice(width).every((cell) => cell.trim() === ""));
  const above = typeof header === "number" ? Math.min(header, all.length - 1) : rowsAbove(all, width, fits);
  const lacksName = width > 2 && all[above]?.length === width - 1; // R leaves the column of row names without one
  const first = lacksName ? ["", ...all[above]] : (all[above] ?? []);
  const kinds = Array.from({ length: width }, noKinds), units = Array.from({ length: width }, () => new Map());
  const examples = new Array(width).fill(""); // of cells that hold no number
  yield* rests(all.length - above - 1, (i) => {
    const row = all[above + 1 + i];
    if (!fits(row)) return;
    for (let a = 0; a < width; a++) {
      const kind = kindOf(row[a]), unit = kind === "text" ? unitOf(row[a]) : "";
      kinds[a][kind] += 1;
      if (kind === "text") examples[a] ||= row[a].trim();
      if (!unit) continue;
      if (!units[a].has(unit)) units[a].set(unit, noKinds());
      units[a].get(unit)[kindOf(withoutUnit(row[a], unit))] += 1;
    }
  });
  const unitOfColumn = units.map((found, a) => { // one unit may be left away; numbers of several are not comparable
    const unit = commonUnit([...found.keys()]);
    for (const inner of unit ? found.values() : []) {
      for (const kind of Object.keys(inner)) kinds[a][kind] += inner[kind];
      kinds[a].text -= Object.values(inner).reduce((sum, count) => sum + count, 0);
    }
    return unit;
  });
  const kindsOfFirst = first.map((cell, a) => kindOf(withoutUnit(cell, unitOfColumn[a] && unitOf(cell))));
  const hasHeader = header === null ? lacksName || isHeaderRow(first, kindsOfFirst, kinds) : header !== false;
  if (!hasHeader && fits(first)) kindsOfFirst.slice(0, width).forEach((kind, a) => { kinds[a][kind] += 1; });
  const table = noKinds();
  for (const one of kinds) for (const kind of Object.keys(table)) if (isNumeric(one)) table[kind] += one[kind];
  const names = namesFrom(hasHeader ? first : [], width);
  const begin = above + (hasHeader ? 1 : 0), body = all.slice(begin), rows = [], places = [];
  body.forEach((row, i) => fits(row) && rows.push(row) && places.push(i + 1));
  const remarks = [], notes = [], columns = [], dropped = [];
  for (let a = 0; a < width; a++) {
    if (!isNumeric(kinds[a])) {
      if (examples[a]) dropped.push({ name: names[a], example: shortened(examples[a], LONGEST_HEAD) });
      continue;
    }
    const sign = decimal ?? decimalOf(kinds[a], table, delimiter), unit = unitOfColumn[a];
    const column = { name: names[a], values: new Float64Array(rows.length), usable: 0, low: Infinity, high: -Infinity, kind: 4 };
    let example = null, measured = null, owed = null;
    yield* rests(rows.length, (i) => {
      const cell = unit ? withoutUnit(rows[i][a], unit) : rows[i][a], value = column.values[i] = numberIn(cell, sign);
      if (Number.isNaN(value)) return;
      column.usable += 1;
      column.low = Math.min(column.low, value);
      column.high = Math.max(column.high, value);
      if (unit && value < 0 && /[()]|\d-$/.test(rows[i][a])) owed ??= [rows[i][a].trim(), value];
      else if (unit && cell !== rows[i][a].trim()) measured ??= [rows[i][a].trim(), value];
      if (example === null && kindOf(cell).endsWith("?")) example = [rows[i][a].trim(), value];
    });
    const isOpen = kinds[a].comma === kinds[a].point && table.comma === table.point && decimal === null;
    if (example && isOpen && (kinds[a]["comma?"] || delimiter === ";")) remarks.push(`\u201c${example[0]}\u201d in '${column.name}' is read as ${example[1]}.`);
    for (const [text, value] of [measured, owed].filter(Boolean)) notes.push(`\u201c${text}\u201d in '${column.name}' is read as ${value}.`);
    if (!column.usable) continue;
    const odd = outOfPlace(column);
    if (odd) notes.push(`'${column.name}' is ${odd.value} in ${odd.count === 1 ? "1 row" : `${odd.count.toLocaleString("en-US")} rows`}: if that stands for no number, empty these cells first.`);
    column.kind = lacksName && a === 0 ? 4 : kindOfNumbers(column.name, column.values, column.usable);
    columns.push(column);
    yield null;
  }
  const total = left ?? totalIn(rows, columns);
  if (total && !left && !keepsTotal) return yield* tableOf(all.filter((_, i) => i !== begin + places.at(-1) - 1), options, total);
  const head = all.slice(0, HEAD_ROWS).map((row) => shortened(row.filter((cell) => cell.trim() !== "").join(", "), LONGEST_HEAD));
  yield { columns, count: rows.length, wrong: body.length - rows.length, above, remarks, notes, dropped, head, header: hasHeader, width, places, total };
  return undefined;
}
