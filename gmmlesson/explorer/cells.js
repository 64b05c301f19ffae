// What cells of a table hold: numbers as people write them, with or without a unit, or words that stand for nothing.

const LARGEST_NUMBER = 1e150; // as in Python: squares of larger numbers overflow
const MISSING_WORDS = /^(?:na|n\/a|n\.a\.|n\.?d\.?|nan|null|none|nil|inf|[+-]inf(?:inity)?|infinity|missing|[.?]|[-\u2013\u2014]+)?$/i;
const SHEET_ERRORS = /^#(?:n\/a|nv|(?:div|dividir)\/0!|wert!|value!|ref!|bezug!|num!|zahl!|null!|name\?)$/i; // of a spreadsheet, in a cell
const WITH_UNIT = /^[-+\u2212]?[\d.,'\u2019 \u00a0\u2009\u202f]*\d(?:[.,]|e[+-]?\d+)?\s*(%|\u2030|\u00b0[CF]?|[nu\u00b5\u03bcmckd]?m[\u00b2\u00b3]?|[nu\u00b5\u03bcmk]?g|[u\u00b5\u03bcmd]?l|[nu\u00b5\u03bcm]?s|min|h|d|t|ha|[kM]?Hz|[kh]?Pa|m?bar|K|m?V|m?A|k?J|W|ppm|mM|\u20ac|\$)$/;
const WITH_CURRENCY = /^[-+\u2212]?\s*([$\u20ac\u00a3\u00a5])\s*[-+\u2212]?[\d.,'\u2019 \u00a0\u2009\u202f]*\d$/; // before the number
const CURRENCIES = "$\u20ac\u00a3\u00a5";
const IN_BRACKETS = /^[-\u2212]?\(\s*([^()]*\d[^()]*?)\s*\)\s*([$\u20ac\u00a3\u00a5]?)$/; // in accounts, what is owed
const SIGN_AFTER = /^(\d[\d.,]*[.,]\d\d)-$/; // as some accounting programs write it; 2- is a grade
const OWED = "()"; // stands for the unit of such a number without one

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const GROUPED_NUMBER = /^([+-]?\d{1,3})((?:[ \u00a0\u2009\u202f'\u2019]\d{3})+)(?=$|[.,]\d)/; // 1 234 567 and 1'234'567

function neatCell(cell) {
  const text = cell.trim().replace(/^\u2212/, "-");
  return GROUPED_NUMBER.test(text) ? text.replace(GROUPED_NUMBER, (_, first, rest) => first + rest.replace(/\D/g, "")) : text;
}

/** Does a cell hold what a spreadsheet writes where it has no number, such as #N/A? */
export function isSheetError(cell) {
  return SHEET_ERRORS.test(cell.trim());
}

/** A cell without the signs of accounts for less than nothing -> { inner, isOwed }. */
function unwrapped(cell) {
  const text = cell.trim(), [, inside, after] = text.match(IN_BRACKETS) ?? [], [, number] = text.match(SIGN_AFTER) ?? [];
  return { inner: inside === undefined ? (number ?? text) : inside + after, isOwed: (inside ?? number) !== undefined };
}

/** What is beside the number in a cell: a unit such as % or cm, or a currency; OWED where there are but the signs of
 *  accounts; "" if it is none that is known. */
export function unitOf(cell) {
  const { inner, isOwed } = unwrapped(cell), [, unit] = inner.match(WITH_UNIT) ?? inner.match(WITH_CURRENCY) ?? [];
  if (!isOwed) return unit ?? "";
  if (unit) return CURRENCIES.includes(unit) ? unit : "";
  return /^[\d.,' ]*\d$/.test(inner) ? OWED : "";
}

/** The one unit of a column, of those that its cells have; "" if there are several: their numbers cannot be compared. */
export function commonUnit(units) {
  const real = units.filter((unit) => unit !== OWED);
  return real.length > 1 ? "" : (real[0] ?? units[0] ?? "");
}

/** A cell without that. */
export function withoutUnit(cell, unit) {
  if (!unit) return cell.trim();
  const { inner, isOwed } = unwrapped(cell);
  let text = inner;
  if (WITH_CURRENCY.test(inner)) text = inner.replace(unit, "").replace(/^([-+\u2212]?)\s+/, "$1");
  else if (inner.endsWith(unit)) text = inner.slice(0, -unit.length);
  return isOwed ? `-${text.trim()}` : text;
}

/** How a cell writes a number: "whole", "point" or "comma" (its decimal sign), "point?" or "comma?" where that may also
 *  separate thousands; or "missing", or "text". */
export function kindOf(cell) {
  if (/^-?\d+$/.test(cell)) return "whole";
  const text = neatCell(cell);
  if (MISSING_WORDS.test(text) || SHEET_ERRORS.test(text)) return "missing";
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
