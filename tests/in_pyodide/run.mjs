// node run.mjs DISTRIBUTION JOB.json ANSWER.json
//
// Runs cells in JupyterLite's kernel, as the pages of the site do, but under node and without a browser.
// The job is {cells: [source, ...], files: {name: text}}; the answer [[output, ...] of each cell], as in notebooks.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [distribution, job, answer] = process.argv.slice(2).map((name) => path.resolve(name));
const { cells, files } = JSON.parse(readFileSync(job, "utf8"));

const { loadPyodide } = await import(pathToFileURL(path.join(distribution, "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: `${distribution}/`, stdout() {}, stderr() {} });
const trouble = [];
const messages = { messageCallback() {}, errorCallback: (text) => trouble.push(text) };
await pyodide.loadPackage(["pyodide-kernel", "ipykernel", "gmmlesson"], messages);
for (const [name, text] of Object.entries(files)) pyodide.FS.writeFile(name, text);
pyodide.runPython(readFileSync(new URL("cells.py", import.meta.url), "utf8"));
const run = pyodide.globals.get("run");

const answers = [];
for (const source of cells) answers.push(JSON.parse(await run(source)));
writeFileSync(answer, JSON.stringify({ answers, trouble }));
process.exit(0);
