// Tables from text: how a file is encoded, what stands between its columns, which of these hold numbers, and how those
// are written. Papa Parse (papaparse/) takes the text apart; what is guessed here can be set otherwise by the reader.
import Papa from "./papaparse/papaparse.min.js";
import { inSlices } from "./search.js";

export const BETWEEN = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks" };
const MOST_BYTES = 200 * 2 ** 20;
const LARGEST_NUMBER = 1e150; // as in Python: squares of larger numbers overflow
const TEXT_PIECE = 2 ** 17; // characters that are taken apart before the page rests
const PATIENCE_READING = 12; // milliseconds of work between two rests
const TEXT_HEAD = 2 ** 15; // characters, and
const FEW_ROWS = 200; // are looked at to guess what stands between columns
const ROWS_A_SLICE = 500;
const MOST_OF_A_NAME = 200; // characters
const BYTE_MARKS = [["utf-8", [0xef, 0xbb, 0xbf]], ["utf-16le", [0xff, 0xfe]], ["utf-16be", [0xfe, 0xff]]];
const MISSING_WORDS = /^(?:na|n\/a|nan|null|none|nil|inf|[+-]inf(?:inity)?|infinity|missing|[.?]|[-\u2013\u2014]+)?$/i;
const QUOTES_OFF = "\u0000"; // stands in no text that is read: every quotation mark is text

/** What cannot be read: its message is a sentence for the reader. */
export class Unreadable extends Error {}

/**
 * Read a table -> { text, delimiter, table, comments, unclosed }; see tableOf. What `options` leaves open is guessed:
 * delimiter, decimal, header. It rests every few milliseconds; `heard` is told how many rows there are so far.
 */
export async function readTable(source, options = {}, { signal = null, heard = () => {} } = {}) {
  const { text, named } = await tidied(source);
  if (!text.trim()) throw new Unreadable("There is no text in it.");
  const delimiter = options.delimiter ?? named ?? guessDelimiter(text);
  let { rows, unclosed } = await rowsOf(text, delimiter, { signal, heard });
  if (unclosed) ({ rows } = await rowsOf(text, delimiter, { signal, heard }, QUOTES_OFF));
  const comments = text.match(/^#/gm)?.length ?? 0;
  return { text, delimiter, comments, unclosed, table: await lastOf(tableOf(rows, { ...options, delimiter }), signal) };
}

/** What a generator yields at last, worked out in slices of time. */
function lastOf(slices, signal) {
  return new Promise((resolve, reject) => {
    const end = () => reject(new DOMException("stopped", "AbortError"));
    if (signal?.aborted) return end();
    const careful = function* () {
      try {
        yield* slices;
      } catch (error) {
        reject(error);
      }
    };
    const stop = inSlices(careful(), resolve, () => {});
    return signal?.addEventListener("abort", () => { stop(); end(); });
  });
}

// --- Bytes to text

/** The text of a file -> { text, encoding }: by its mark, else UTF-8, else Windows-1252. */
export async function textOf(file) {
  if (file.size > MOST_BYTES) throw new Unreadable(`The file is larger than ${MOST_BYTES / 2 ** 20} MB: take a part of it.`);
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (String.fromCharCode(...head.subarray(0, 2)) === "PK") throw new Unreadable("This is a workbook or an archive, not text: save the table as CSV first.");
  const marked = BYTE_MARKS.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte));
  let encoding = marked ? marked[0] : "utf-8", text;
  try {
    text = await decodedFile(file, new TextDecoder(encoding, { fatal: encoding === "utf-8" }));
  } catch (error) {
    if (!(error instanceof TypeError)) throw new Unreadable("The file could not be read.");
    encoding = "windows-1252";
    text = await decodedFile(file, new TextDecoder(encoding));
  }
  if (text.includes("\u0000")) throw new Unreadable("This is not a text file: save the table as CSV first.");
  return { text, encoding };
}

async function decodedFile(file, decoder) {
  const parts = [];
  for (let at = 0; at < file.size; at += 2 ** 20) parts.push(decoder.decode(await file.slice(at, at + 2 ** 20).arrayBuffer(), { stream: true }));
  return parts.join("") + decoder.decode();
}

// --- Text to rows

function optionsOf(delimiter, quoteChar = '"') {
  return { delimiter, quoteChar, newline: "\n", comments: "#", skipEmptyLines: "greedy" };
}

/** Text as it will be taken apart: one kind of line ends, no mark, no line that names the delimiter for Excel. */
async function tidied(text) {
  const marked = text.startsWith("\ufeff") ? text.slice(1) : text;
  const lines = marked.includes("\r") ? await inPieces(marked, (piece) => piece.replace(/\r\n?/g, "\n")) : marked;
  const [line, named] = lines.slice(0, 6).match(/^sep=(.)\n/i) ?? ["", null];
  return { text: lines.slice(line.length), named };
}

/** Runs of blanks as one, none at either end of a line. */
function squeezed(text) {
  return text.replace(/[ \t]+/g, " ").replace(/^ | $/gm, "");
}

/** `change` of a text, a few lines at a time with rests in between. */
async function inPieces(text, change) {
  const parts = [];
  for (let at = 0, since = performance.now(); at < text.length;) {
    const end = text.slice(at + TEXT_PIECE).search(/[\r\n](?!\n)/), to = end < 0 ? text.length : at + TEXT_PIECE + end + 1;
    parts.push(change(text.slice(at, to)));
    at = to;
    if (performance.now() - since < PATIENCE_READING) continue;
    await new Promise((rested) => { setTimeout(rested); });
    since = performance.now();
  }
  return parts.join("");
}

function modeOf(counts) {
  return [...counts].reduce((most, one) => (one[1] > most[1] || (one[1] === most[1] && one[0] > most[0]) ? one : most), [0, 0]);
}

function tallyOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** What stands between the columns: where rows agree on their number, and cells hold no other candidate. */
function guessDelimiter(text) {
  let best = null;
  const head = text.slice(0, TEXT_HEAD);
  for (const delimiter of ["\t", ";", "|", ",", " "]) {
    const { data } = Papa.parse(delimiter === " " ? squeezed(head) : head, { ...optionsOf(delimiter), preview: FEW_ROWS });
    const [width, agreeing] = modeOf(tallyOf(data.map((row) => row.length)));
    if (width < 2) continue;
    if (delimiter === "," && width === 2 && data[0].length === 1 && kindOf(data[0][0]) === "text") continue; // one column of 1,5
    const cells = data.filter((row) => row.length === width).flat();
    const others = [";", "\t", "|", ","].filter((one) => one !== delimiter);
    const numbers = cells.filter((cell) => !["text", "missing"].includes(kindOf(cell))).length / cells.length;
    const clean = cells.filter((cell) => kindOf(cell) !== "text" || !others.some((one) => cell.includes(one))).length / cells.length;
    const score = (agreeing / data.length) * clean + 0.5 * numbers;
    if (!best || score > best.score + 1e-9) best = { delimiter, score };
  }
  return best ? best.delimiter : ";"; // one column: commas in it are of numbers
}

/** All rows, taken apart piece by piece with rests in between -> { rows, unclosed }, the latter a quotation mark. */
async function rowsOf(text, delimiter, { signal, heard }, quoteChar = '"') {
  const source = delimiter === " " ? await inPieces(text, squeezed) : text;
  return new Promise((resolve, reject) => {
    const rows = [];
    let unclosed = false, since = performance.now();
    Papa.parse(source, {
      ...optionsOf(delimiter, quoteChar),
      chunkSize: TEXT_PIECE,
      chunk({ data, errors }, parser) {
        for (const row of data) rows.push(row);
        unclosed ||= errors.some(({ code }) => code === "MissingQuotes");
        if (signal?.aborted) return parser.abort();
        if (performance.now() - since < PATIENCE_READING) return undefined;
        heard(rows.length);
        parser.pause();
        return setTimeout(() => { since = performance.now(); parser.resume(); });
      },
      complete: () => resolve({ rows, unclosed }),
      error: reject,
    });
  });
}

// --- Cells to numbers

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const GROUPED_NUMBER = /^([+-]?\d{1,3})((?:[ \u00a0\u2009\u202f'\u2019]\d{3})+)(?=$|[.,]\d)/; // 1 234 567 and 1'234'567

function neatCell(cell) {
  const text = cell.trim().replace(/^\u2212/, "-");
  return GROUPED_NUMBER.test(text) ? text.replace(GROUPED_NUMBER, (_, first, rest) => first + rest.replace(/\D/g, "")) : text;
}

/** How a cell writes a number: "whole", "point" or "comma" (its decimal sign), "point?" or "comma?" where that may also
 *  separate thousands; or "missing", or "text". */
export function kindOf(cell) {
  if (/^-?\d+$/.test(cell)) return "whole";
  const text = neatCell(cell);
  if (MISSING_WORDS.test(text)) return "missing";
  if (/^[+-]?\d+(?:e[+-]?\d+)?$/i.test(text)) return "whole";
  if (/^[+-]?[1-9]\d{0,2}\.\d{3}$/.test(text)) return "point?";
  if (/^[+-]?[1-9]\d{0,2},\d{3}$/.test(text)) return "comma?";
  if (PLAIN_NUMBER.test(text) || /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(text)) return "point";
  if (PLAIN_NUMBER.test(text.replace(",", ".")) && !text.includes(".") || /^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$/.test(text)) return "comma";
  return "text";
}

/** The number in a cell where `decimal` is its decimal sign; NaN if there is none. */
export function numberIn(cell, decimal) {
  let text = neatCell(cell);
  const [other, groups] = decimal === "," ? [".", /^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?$/] : [",", /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/];
  if (text.includes(other)) {
    if (!groups.test(text)) return NaN;
    text = text.replaceAll(other, "");
  }
  if (decimal === ",") text = text.replace(",", ".");
  const value = PLAIN_NUMBER.test(text) ? Number(text) : NaN;
  return Math.abs(value) <= LARGEST_NUMBER ? value : NaN;
}

/** The decimal sign of a column whose cells are of these kinds; `table`, those of all columns, decides where they leave it open. */
export function decimalOf(kinds, table, delimiter) {
  for (const { comma, point } of [kinds, table]) if (comma !== point) return comma > point ? "," : ".";
  if (kinds["point?"]) return ".";
  return kinds["comma?"] && delimiter !== "," ? "," : ".";
}

// --- Rows to a table

const noKinds = () => ({ whole: 0, point: 0, comma: 0, "point?": 0, "comma?": 0, missing: 0, text: 0 });
const numbersAmong = ({ missing, text, ...numbers }) => Object.values(numbers).reduce((sum, one) => sum + one, 0);
const isNumeric = (kinds) => numbersAmong(kinds) > 0 && numbersAmong(kinds) >= kinds.text;

/** Is the first row names? Where columns hold numbers, most of its cells hold none. */
function isHeaderRow(first, kinds) {
  const cells = first.filter((_, a) => kinds[a] && isNumeric(kinds[a])).map(kindOf);
  const names = cells.filter((kind) => kind === "text").length;
  return names > 0 && names >= cells.filter((kind) => kind !== "text" && kind !== "missing").length;
}

/** Names from a first row, each the only one. They are cut only where they are shown, or where they can be no names. */
function namesFrom(cells, width) {
  const seen = tallyOf([]);
  return Array.from({ length: width }, (_, a) => {
    const text = (cells[a] ?? "").replace(/\s+/g, " ").trim();
    const name = text === "" ? `column ${a + 1}` : text.slice(0, MOST_OF_A_NAME);
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return seen.get(name) === 1 ? name : `${name} (${seen.get(name)})`;
  });
}

/**
 * The table in these rows, a slice at a time: yields null, and at last { columns, count, wrong, above, remarks, header },
 * where a column is { name, values, usable, low, high, isCounter } and holds numbers, NaN where a cell has none.
 * `header` (true, false) and `decimal` (".", ",") say what would be guessed.
 */
function* tableOf(all, { delimiter, header = null, decimal = null }) {
  const [width] = modeOf(tallyOf(all.map(({ length }) => length)));
  const rests = function* (count, work) {
    for (let i = 0; i < count; i++) {
      work(i);
      if (i % ROWS_A_SLICE === ROWS_A_SLICE - 1) yield null;
    }
  };
  const fits = (row) => row.length === width || (row.length > width && row.slice(width).every((cell) => cell.trim() === ""));
  let above = 0;
  while (above < all.length - 1 && width > 1 && all[above].length < width && !(all[above].length === width - 1 && fits(all[above + 1]) && above + 1 < all.length - 1)) above += 1;
  const lacksName = width > 2 && all[above]?.length === width - 1; // R leaves the column of row names without one
  const first = lacksName ? ["", ...all[above]] : (all[above] ?? []);
  const kinds = Array.from({ length: width }, noKinds);
  yield* rests(all.length - above - 1, (i) => {
    const row = all[above + 1 + i];
    if (fits(row)) for (let a = 0; a < width; a++) kinds[a][kindOf(row[a])] += 1;
  });
  const hasHeader = header ?? (lacksName || isHeaderRow(first, kinds));
  if (!hasHeader && fits(first)) first.slice(0, width).forEach((cell, a) => { kinds[a][kindOf(cell)] += 1; });
  const table = noKinds();
  for (const one of kinds) for (const kind of Object.keys(table)) if (isNumeric(one)) table[kind] += one[kind];
  const names = namesFrom(hasHeader ? first : [], width);
  const body = all.slice(above + (hasHeader ? 1 : 0)), rows = body.filter(fits);
  const remarks = [], columns = [];
  for (let a = 0; a < width; a++) {
    if (!isNumeric(kinds[a])) continue;
    const sign = decimal ?? decimalOf(kinds[a], table, delimiter);
    const column = { name: names[a], values: new Float64Array(rows.length), usable: 0, low: Infinity, high: -Infinity, isCounter: true };
    let example = null;
    yield* rests(rows.length, (i) => {
      const value = column.values[i] = numberIn(rows[i][a], sign);
      if (Number.isNaN(value)) return;
      column.usable += 1;
      column.low = Math.min(column.low, value);
      column.high = Math.max(column.high, value);
      if (i ? value !== column.values[i - 1] + 1 : value !== 0 && value !== 1) column.isCounter = false;
      if (example === null && kindOf(rows[i][a]).endsWith("?")) example = [rows[i][a].trim(), value];
    });
    const isOpen = kinds[a].comma === kinds[a].point && table.comma === table.point && decimal === null;
    if (example && isOpen && (kinds[a]["comma?"] || delimiter === ";")) remarks.push(`\u201c${example[0]}\u201d in '${column.name}' is read as ${example[1]}.`);
    column.isCounter = (column.isCounter && column.usable === rows.length) || (lacksName && a === 0);
    if (column.usable) columns.push(column);
  }
  yield { columns, count: rows.length, wrong: body.length - rows.length, above, remarks, header: hasHeader, width };
}
