// What cells of a table hold: numbers as people write them, with or without a unit, or words that stand for nothing.

const LARGEST_NUMBER = 1e150; // as in Python: squares of larger numbers overflow
const MISSING_WORDS = /^(?:na|n\/a|n\.a\.|n\.?d\.?|nan|null|none|nil|inf|[+-]inf(?:inity)?|infinity|missing|[.?]|[-\u2013\u2014]+)?$/i;
const SHEET_ERRORS = /^#(?:n\/a|nv|(?:div|dividir)\/0!|wert!|value!|ref!|bezug!|num!|zahl!|null!|name\?)$/i; // of a spreadsheet, in a cell
const WITH_UNIT = /^[-+\u2212]?[\d.,'\u2019 \u00a0\u2009\u202f]*\d(?:[.,]|e[+-]?\d+)?\s*(%|\u2030|\u00b0[CF]?|[nu\u00b5\u03bcmckd]?m[\u00b2\u00b3]?|[nu\u00b5\u03bcmk]?g|[u\u00b5\u03bcmd]?l|[nu\u00b5\u03bcm]?s|min|h|d|t|ha|[kM]?Hz|[kh]?Pa|m?bar|K|m?V|m?A|k?J|W|ppm|mM|\u20ac|\$)$/;
const WITH_CURRENCY = /^[-+\u2212(]?\s*([$\u20ac\u00a3\u00a5])\s*[-+\u2212]?[\d.,'\u2019 \u00a0\u2009\u202f]*\d\)?$/; // before the number
const IN_BRACKETS = /^\(([^()]*\d)\)$/; // in accounts, what is owed
const SIGN_AFTER = /^(\d[\d.,]*[.,]\d\d)-$/; // as some accounting programs write it; 2- is a grade

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

/** What is beside the number in a cell: a unit such as % or cm, a currency's sign before it, or the signs of accounts for
 *  less than nothing, "()" and "-"; "" if it is none that is known. */
export function unitOf(cell) {
  const text = cell.trim(), [, unit] = text.match(WITH_UNIT) ?? text.match(WITH_CURRENCY) ?? [];
  return unit ?? (IN_BRACKETS.test(text) ? "()" : SIGN_AFTER.test(text) ? "-" : "");
}

/** A cell without that. */
export function withoutUnit(cell, unit) {
  let text = cell.trim();
  if (!unit) return text;
  if (text.endsWith(unit) && unit !== "-") text = text.slice(0, -unit.length);
  else if (WITH_CURRENCY.test(text)) text = text.replace(unit, "").replace(/^([-+\u2212(]?)\s+/, "$1");
  return text.replace(IN_BRACKETS, "-$1").replace(SIGN_AFTER, "-$1");
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
