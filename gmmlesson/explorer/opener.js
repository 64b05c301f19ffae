// Other data: the course's own, or a table from a file that is chosen, dropped or pasted. The table is read here, by
// reading.js; nothing leaves the page, but for a kernel that the explorer belongs to.
import { makeData, nameData } from "./data.js";
import { button, choice, create, focusable, panel, uniqueId } from "./elements.js";
import { BETWEEN, Unreadable, readTable, textOf } from "./reading.js";
import { SAMPLES } from "./samples.js";
import { briefly } from "./sentences.js";
import { firstChoice, partsOf, pointsOf, twinsSentence } from "./table.js";

const LONGEST_NAME = 60; // characters of a file's name that are shown
const MOST_DROPPED = 4; // columns without numbers that are named
const MANY_NUMBERS = 20000;


/** Both ends of a range, with four digits, or as many more as tell them apart. */
export function rangeTexts(low, high) {
  const texts = (digits) => [low, high].map((value) => String(Number(value.toPrecision(digits))).replace("-", "\u2212"));
  let digits = 4;
  while (digits < 15 && low < high && texts(digits)[0] === texts(digits)[1]) digits += 1;
  return texts(low < high && digits > 4 ? Math.min(15, digits + 1) : digits);
}

/** Columns without numbers: how many, which, and what stands in them; "" if there are none. */
function droppedText(dropped, before) {
  const named = dropped.slice(0, MOST_DROPPED).map(({ name, example }) => `'${name}', as \u201c${example}\u201d`).join(", ");
  return dropped.length ? `${before}${dropped.length} of other text: ${named}${dropped.length > MOST_DROPPED ? ", \u2026" : ""}` : "";
}

/** What has become of a last row that seems to be a total; "" if there is none. */
function totalSentence(total, isKept) {
  if (!total) return "";
  const { name, isSum } = total, row = `The last row${name ? `, '${briefly(name)}',` : ""}`;
  return `${row} ${isSum ? "is the sum of the rows above" : "looks like a total"}${isKept ? "." : ": left out."}`;
}

const quotedNames = (names) => names.map((name) => `'${briefly(name)}'`).join(names.length === 2 ? " and " : ", ");

export class Opener {
  constructor(view) {
    Object.assign(this, { view, session: view.session, read: null, reading: null });
    const id = uniqueId("opener");
    this.button = button("open", "Data\u2026", "The course's data sets, or a table of your own");
    this.button.setAttribute("aria-expanded", "false");
    this.button.setAttribute("aria-controls", id);
    this.buildSources();
    this.buildColumns();
    this.note = create("p", { class: "em-opener-note", "data-testid": "em-open-note" });
    this.close = button("open-close", "Close", "Leave the data as they are (Escape)");
    this.panel = panel("Data", { class: "em-opener", id, "data-testid": "em-opener", hidden: "" },
      this.sources, this.note, this.columns, create("div", { class: "em-opener-row" }, this.show, this.other, this.close));
  }

  /** Where data come from. */
  buildSources() {
    this.samples = SAMPLES.map(({ id, name }) => button(`sample-${id}`, name, `Show ${name}`));
    this.choose = button("open-file", "Open a file\u2026", "A table as text: CSV or TSV");
    this.file = create("input", { type: "file", accept: ".csv,.tsv,.tab,.txt,.dat,text/*,application/vnd.ms-excel", hidden: "", "data-testid": "em-file" });
    this.text = focusable("textarea", { "aria-label": "A table as text", "data-testid": "em-paste", spellcheck: "false", rows: "5" });
    this.readText = button("paste-read", "Read", "Read the table in the field above");
    const paste = create("details", { class: "em-opener-paste" }, focusable("summary", { "data-testid": "em-paste-open" }, "Paste text"), this.text, this.readText);
    this.where = create("p", {});
    this.sources = create("div", { class: "em-opener-part" },
      create("div", { class: "em-opener-row" }, this.choose, this.file),
      this.where, paste,
      create("span", { class: "em-title" }, "From the course"), create("div", { class: "em-opener-row", role: "group", "aria-label": "From the course" }, ...this.samples));
  }

  /** What of a table is shown. */
  buildColumns() {
    this.list = create("div", { class: "em-columns", role: "group", "aria-label": "Columns" });
    this.standardize = focusable("input", { type: "checkbox", "data-testid": "em-standardize" });
    this.leaves = focusable("input", { type: "checkbox", "data-testid": "em-leave-total" });
    this.totalRow = create("label", { class: "em-check" }, this.leaves, create("span", {}, "Leave the last row out"));
    this.delimiter = choice("delimiter", Object.entries(BETWEEN));
    this.decimal = choice("decimal", [["", "as found"], [".", "point"], [",", "comma"]]);
    this.header = choice("header", []);
    const label = (text, control) => create("label", { class: "em-label" }, `${text} `, control);
    const otherwise = create("details", {}, focusable("summary", { "data-testid": "em-otherwise" }, "Read it otherwise"),
      create("div", { class: "em-opener-row" }, label("between columns", this.delimiter), label("decimal sign", this.decimal), label("names stand in row", this.header)));
    this.show = button("open-show", "Show", "Show the chosen columns");
    this.show.classList.add("em-is-next");
    this.other = button("open-other", "Other data", "Back to files and data sets");
    this.columns = create("div", { class: "em-opener-part" }, this.list,
      this.totalRow, create("label", { class: "em-check" }, this.standardize, create("span", {}, "Standardize: each column to mean 0 and standard deviation 1")), otherwise);
  }

  listen(on) {
    const { root, signal } = this.view;
    on(this.button, "click", () => (this.panel.hidden ? this.open() : this.shut()));
    on(this.close, "click", () => this.shut());
    on(this.other, "click", () => this.open());
    on(this.choose, "click", () => this.file.click());
    on(this.file, "change", () => this.openFiles([...this.file.files]));
    on(this.readText, "click", () => this.openText(this.text.value, "the pasted text"));
    on(this.show, "click", () => this.apply());
    SAMPLES.forEach((sample, i) => on(this.samples[i], "click", () => this.openSample(sample)));
    for (const control of [this.delimiter, this.decimal, this.header, this.leaves]) on(control, "change", () => this.readAgain(control));
    on(this.list, "change", () => this.tell(`${this.found} ${this.picked()}`));
    on(this.panel, "keydown", (event) => event.key !== "Escape" && event.stopPropagation());
    const field = this.session.isPage ? document : root; // a drop beside the explorer would leave its page
    on(field, "dragover", (event) => this.dragged(event));
    on(field, "dragleave", (event) => (event.relatedTarget && field.contains(event.relatedTarget)) || root.classList.remove("em-is-target"));
    on(field, "drop", (event) => this.dropped(event));
    for (const target of [root, document]) on(target, "paste", (event) => this.pasted(event));
    signal.addEventListener("abort", () => this.stop());
  }

  // ---- The panel ----

  open() {
    this.stop();
    this.read = null;
    this.arrange();
    this.tell("");
    this.unfold();
    this.choose.focus();
  }

  unfold() {
    this.view.away.show(false);
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
  }

  shut() {
    this.stop();
    const hadFocus = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (hadFocus) this.button.focus();
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  stop() {
    this.reading?.abort();
    this.reading = null;
  }

  /** Sources, or the columns of the table that is read. */
  arrange() {
    const where = this.session.kernel === "none" ? "It is read in this page and sent nowhere." : "It goes to your kernel and nowhere else.";
    this.where.textContent = `CSV or TSV. Or drop a file on the explorer, or press Ctrl+V there. ${where}`;
    this.sources.hidden = this.read !== null;
    for (const part of [this.columns, this.show, this.other]) part.hidden = this.read === null;
  }

  tell(text, isTrouble = false) {
    this.note.textContent = text;
    this.note.classList.toggle("em-is-trouble", isTrouble);
    if (text) this.view.words.say(text);
  }

  // ---- What comes in ----

  dragged(event) {
    if (!this.isOurs(event) || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    event.stopPropagation(); // Jupyter would take the file
    event.dataTransfer.dropEffect = "copy";
    this.view.root.classList.add("em-is-target");
  }

  dropped(event) {
    this.view.root.classList.remove("em-is-target");
    if (!this.isOurs(event) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    this.openFiles([...event.dataTransfer.files]);
  }

  /** What happens in an explorer is for it; what happens beside it, for the only one of a page without a kernel. */
  isOurs({ target, defaultPrevented }) {
    const { root } = this.view;
    return !defaultPrevented && (root.contains(target) || (this.session.isPage && document.querySelectorAll(".em-explorer").length === 1));
  }

  /** A paste belongs to the explorer that has the focus, or to the only one of a page without a kernel. A spreadsheet
   *  gives cells as text and as a picture; what is copied among files has its name as text. */
  pasted(event) {
    const { root } = this.view;
    const isField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    const isNobodys = event.target === document.body && this.session.kernel === "none" && document.querySelectorAll(".em-explorer").length === 1;
    if (event.defaultPrevented || isField || !(root.contains(event.target) || isNobodys)) return;
    const files = [...event.clipboardData.files].filter(({ type }) => !type.startsWith("image/")), text = event.clipboardData.getData("text/plain");
    if (!files.length && !text.trim()) return;
    event.preventDefault();
    event.stopPropagation();
    if (files.length) this.openFiles(files);
    else this.openText(text, "the pasted text");
  }

  openFiles(files) {
    this.file.value = ""; // so that the same file can be chosen again
    if (!files.length) return undefined;
    const name = files[0].name.length > LONGEST_NAME ? `${files[0].name.slice(0, LONGEST_NAME)}\u2026` : files[0].name;
    return this.begin(name, files.length > 1 ? "Only the first file is read." : "", () => textOf(files[0]));
  }

  openText(text, name) {
    return this.begin(name, "", async () => ({ text, encoding: "utf-8" }));
  }

  openSample(sample) {
    this.shut();
    this.session.act("data", { data: sampleData(sample) });
  }

  /** Read a table, and offer its columns; what goes wrong is said. */
  begin(name, remark, text) {
    return this.attempt(name, async (signal) => {
      const { text: source, encoding } = await text();
      return { name, remark, encoding, options: {}, ...(await readTable(source, {}, { signal, heard: this.heard })) };
    });
  }

  heard = (count) => {
    this.note.textContent = `Reading: ${count.toLocaleString("en-US")} rows so far \u2026`;
  };

  /** The same text once more, as the reader says. */
  readAgain(control) {
    const old = this.read;
    const header = control === this.delimiter ? null : this.header.value === "" ? false : Number(this.header.value);
    const options = { delimiter: this.delimiter.value, decimal: this.decimal.value || null, header, keepsTotal: !this.leaves.checked };
    const work = async (signal) => ({ ...old, options, ...(await readTable(old.text, options, { signal, heard: this.heard })) });
    return this.attempt(old.name, work, control);
  }

  async attempt(name, work, focused = null) {
    this.stop();
    this.reading = new AbortController();
    const { signal } = this.reading;
    if (!focused) this.read = null; // what could be shown before is no longer asked for
    this.arrange();
    this.unfold();
    this.tell(`Reading ${name} \u2026`);
    try {
      const read = await work(signal);
      if (signal.aborted) return;
      this.read = read;
      this.offer();
      (focused ?? this.show).focus();
    } catch (error) {
      if (signal.aborted) return;
      this.tell(error instanceof Unreadable ? `${atStart(name)}: ${error.message}` : `${atStart(name)} could not be read: ${error.message}`, true);
    }
  }

  // ---- Columns ----

  offer() {
    const { name, table, delimiter, options } = this.read;
    if (!table.columns.length) {
      if (this.columns.hidden) this.read = null;
      else this.list.replaceChildren(); // it may be read otherwise again
      this.show.hidden = true;
      throw new Unreadable(`No column of it holds numbers${droppedText(table.dropped, "; it has ")}.`);
    }
    const chosen = firstChoice(table.columns);
    this.twins = twinsSentence(table.columns, chosen);
    this.boxes = table.columns.map((column) => {
      const box = focusable("input", { type: "checkbox", "data-testid": "em-column" });
      box.checked = chosen.includes(column);
      return box;
    });
    this.list.replaceChildren(...table.columns.map((column, i) => this.row(column, this.boxes[i], table)));
    this.delimiter.value = delimiter;
    this.decimal.value = options.decimal ?? "";
    this.header.replaceChildren(...["none", ...table.head.map((text, i) => `${i + 1}: ${text}`)].map((text, i) => create("option", { value: i ? i - 1 : "" }, text)));
    this.header.value = table.header ? String(table.above) : "";
    this.totalRow.hidden = !table.total;
    this.leaves.checked = !options.keepsTotal;
    this.arrange();
    const columns = table.columns.length === 1 ? "1 column of numbers" : `${table.columns.length} columns of numbers`;
    const text = table.dropped.length ? ` (${droppedText(table.dropped, "besides ")})` : "";
    const rows = table.count === 1 ? "1 row" : `${table.count.toLocaleString("en-US")} rows`;
    this.found = [`${atStart(name)}: ${rows}, ${columns}${text}.`, ...this.remarks()].join(" ");
    this.tell(`${this.found} ${this.picked()} ${this.twins}`.trim());
  }

  get chosen() {
    return this.read.table.columns.filter((_, i) => this.boxes[i].checked);
  }

  /** What is chosen, and how more than two columns are seen. */
  picked() {
    const names = this.chosen.map(({ name }) => name);
    if (!names.length) return "No column is chosen.";
    return names.length < 3 ? `Chosen: ${quotedNames(names)}.` : `${names.length} columns are chosen: they are seen along their two principal axes.`;
  }

  row({ name, usable, low, high }, box, table) {
    const lacking = usable < table.count ? `${usable.toLocaleString("en-US")} of ${table.count.toLocaleString("en-US")} rows, ` : "";
    const [least, most] = rangeTexts(low, high), range = low === high ? `always ${least}` : `${least} to ${most}`;
    return create("label", { class: "em-check", title: name }, box, create("span", { class: "em-check-name" }, name), create("span", { class: "em-check-range" }, lacking + range));
  }

  /** How it was read, where that is not a matter of course. */
  remarks() {
    const { remark, table, encoding, comments, unclosed, options } = this.read;
    const many = (count, what, does) => (count === 1 ? `1 ${what} ${does[0]}` : `${count.toLocaleString("en-US")} ${what}s ${does[1]}`);
    return [
      remark,
      encoding === "windows-1252" ? "It is no UTF-8, and read as Windows-1252." : "",
      unclosed ? "A quotation mark is not closed: all of them are read as text." : "",
      comments ? `${many(comments, "line", ["begins", "begin"])} with # and ${comments === 1 ? "is" : "are"} left out.` : "",
      table.above ? `${many(table.above, "line", ["stands", "stand"])} above the table.` : "",
      table.wrong ? `${many(table.wrong, "row", ["has", "have"])} too few or too many cells and ${table.wrong === 1 ? "is" : "are"} left out.` : "",
      totalSentence(table.total, options.keepsTotal),
      ...table.remarks,
      table.remarks.length ? "If that is wrong, read it otherwise." : "",
      ...table.notes,
    ].filter(Boolean);
  }

  /** Show the chosen columns: many points are made in parts, so that the page can breathe in between. */
  async apply() {
    if (!this.read?.table.columns.length) return;
    const { name, table } = this.read;
    try {
      const options = { standardize: this.standardize.checked, source: name };
      const { X, d, features, said, ...more } = pointsOf(table, this.chosen, options);
      await this.put(X, d, features, said, more);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.tell(error.message, true);
    }
  }

  async put(X, d, features, note, more) {
    this.shut();
    const rest = () => new Promise((rested) => { setTimeout(rested); });
    if (X.length > MANY_NUMBERS) await rest();
    const parts = partsOf(X, d, features, more);
    if (X.length > MANY_NUMBERS) await rest();
    const data = makeData(parts);
    if (X.length > MANY_NUMBERS) await rest();
    this.session.act("data", { data, note });
  }
}

/** The points of a data set of the course. */
function sampleData({ id, name, rows, features }) {
  return makeData({ ...partsOf(Float64Array.from(rows().flat()), features.length, features), name: id, about: name });
}

for (const sample of SAMPLES) nameData(sample.id, () => sampleData(sample)); // a link may ask for it

const atStart = (text) => (text === "the pasted text" ? "The pasted text" : text);
