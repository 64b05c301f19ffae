// Tables from text: how a file is encoded, and what stands between its columns. cells.js knows numbers, rows.js makes the
// table. Papa Parse (papaparse/) takes the text apart; what is guessed here can be set otherwise by the reader.
import Papa from "./papaparse/papaparse.min.js";
import { kindOf } from "./cells.js";
import { modeOf, tableOf, tallyOf, withoutComments } from "./rows.js";
import { inSlices } from "./search.js";

export const BETWEEN = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks" };
const MOST_BYTES = 200 * 2 ** 20;
const TEXT_PIECE = 2 ** 17; // characters that are taken apart before the page rests
const PATIENCE_READING = 12; // milliseconds of work between two rests
const TEXT_HEAD = 2 ** 15; // characters, and
const FEW_ROWS = 200; // are looked at to guess what stands between columns
const BYTE_MARKS = [["utf-8", [0xef, 0xbb, 0xbf]], ["utf-16le", [0xff, 0xfe]], ["utf-16be", [0xfe, 0xff]]];
const WIDE_TEXT = [["utf-16le", [false, true, false, true]], ["utf-16be", [true, false, true, false]]]; // where zeros stand, without a mark
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
  let { rows: all, unclosed } = await rowsOf(text, delimiter, { signal, heard });
  if (unclosed) ({ rows: all } = await rowsOf(text, delimiter, { signal, heard }, QUOTES_OFF));
  const { rows, comments } = withoutComments(all);
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
  const mark = BYTE_MARKS.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte)) ?? WIDE_TEXT.find(([, zeros]) => head.length === 4 && zeros.every((zero, i) => (head[i] === 0) === zero));
  let encoding = mark ? mark[0] : "utf-8", text;
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
  return { delimiter, quoteChar, newline: "\n", skipEmptyLines: "greedy" };
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

/** What stands between the columns: where rows agree on their number, and cells hold no other candidate. */
function guessDelimiter(text) {
  let best = null;
  const piece = text.slice(0, TEXT_HEAD), bare = piece.replace(/^#.*\n/gm, ""), head = bare.trim() ? bare : piece;
  for (const delimiter of ["\t", ";", "|", ",", " "]) {
    const { data } = Papa.parse(delimiter === " " ? squeezed(head) : head, { ...optionsOf(delimiter), preview: FEW_ROWS });
    const [width, agreeing] = modeOf(tallyOf(data.map((row) => row.length)));
    if (width < 2) continue;
    if (delimiter === "," && width === 2 && data[0].length === 1 && kindOf(data[0][0]) === "text") continue; // one column of 1,5
    const cells = data.filter((row) => row.length === width).flat();
    const others = [";", "\t", "|", ","].filter((one) => one !== delimiter);
    const numbers = cells.filter((cell) => !["text", "missing"].includes(kindOf(cell))).length / cells.length;
    const clean = cells.filter((cell) => kindOf(cell) !== "text" || !others.some((one) => (one === "," ? /,(?![ \d])/.test(cell) : cell.includes(one)))).length / cells.length; // "Meier, Hans" is text
    const names = data.find((row) => row.filter((cell) => cell.trim()).length > 1), even = names?.length === width ? 1 : 0.8;
    const score = (agreeing / data.length) * clean * even + 0.5 * numbers;
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
