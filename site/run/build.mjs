// node build.mjs SITE      what "Run this page" loads, for a built site that has Pyodide in SITE/pyodide
//
// Writes SITE/_static/run/ and SITE/service-worker.js.

import * as esbuild from "esbuild";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const HERE = import.meta.dirname;
const MODULES = path.join(HERE, "node_modules");
const CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];
const PACKAGES = ["gmmlesson", "ipython", "ipykernel", "pyodide-kernel"]; // imports of cells bring the others

/**
 * anywidget is an AMD module; of ipywidgets 7, and of modules that only Node has, nothing is needed. The kernel evaluates
 * text in order to import Pyodide, which the site's Content-Security-Policy forbids: here it imports.
 */
const resolving = {
  name: "resolving",
  setup(build) {
    build.onResolve({ filter: /^anywidget-here$/ }, () => ({ path: "anywidget", namespace: "amd" }));
    build.onLoad({ filter: /.*/, namespace: "amd" }, () => ({
      contents: `
        import * as base from "@jupyter-widgets/base";
        let widget;
        const define = (names, make) => (widget = make(base));
        ${fs.readFileSync(path.join(MODULES, "anywidget/dist/index.js"), "utf8")}
        export default widget;`,
      resolveDir: HERE,
    }));
    build.onLoad({ filter: /pyodide-kernel.lib.loader\.js$/ }, () => ({
      contents: "export const importModule = (url) => import(url);",
    }));
    build.onResolve({ filter: /^@jupyter-widgets\/(base|controls)7|^(path|fs|url)$/ }, (found) => {
      return { path: found.path, namespace: "none" };
    });
    build.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Write the bundles: page.js and worker.js, and with names of their own what page.js imports later. */
async function bundle(out) {
  await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: ["src/page.js", "src/worker.js"],
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "linked",
    logLevel: "warning",
    plugins: [resolving],
    external: ["@jupyterlite/services/*"], // a drive, which is not mounted
    chunkNames: "[name]-[hash]",
    loader: { ".svg": "dataurl" },
    define: {
      global: "globalThis",
      "process.env": "{}",
      "process.env.NODE_ENV": '"production"',
      "process.cwd": "String",
    },
  });
  // esbuild writes the styles of what page.js may import later three times
  fs.renameSync(path.join(out, "page.css"), path.join(out, "widgets.css"));
  for (const name of fs.readdirSync(out)) if (/-\w{8}\.css$/.test(name)) fs.rmSync(path.join(out, name));
}

/** The files of some packages and of all that they depend on. */
function filesOf(lock, names) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    lock.packages[name].depends.forEach(visit);
  };
  names.forEach(visit);
  return [...found].map((name) => lock.packages[name].file_name);
}

/** {module: files that come when a cell imports it}, without those that have come before. */
function filesByImport(lock, before) {
  const files = {};
  for (const [name, { imports }] of Object.entries(lock.packages)) {
    const more = filesOf(lock, [name]).filter((file) => !before.includes(file));
    if (more.length) for (const module of imports) files[module] = more;
  }
  return files;
}

/**
 * What a page tells of bytes: those of the start, and of Python among them as far as the worker counts them; of further
 * files, and which of these belong to an import.
 */
function sizes(lock, pyodide, out, loaded) {
  const sizeIn = (folder) => (name) => fs.statSync(path.join(folder, name)).size;
  const start = [...CORE, ...filesOf(lock, PACKAGES)];
  const imports = filesByImport(lock, start);
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  return {
    start: sum(start.map(sizeIn(pyodide))) + sum(loaded.map(sizeIn(out))),
    python: sum(start.filter((name) => name !== "pyodide.mjs").map(sizeIn(pyodide))),
    files: Object.fromEntries(Object.values(imports).flat().map((name) => [name, sizeIn(pyodide)(name)])),
    imports,
  };
}

/** {path below the site: checksum} of files in one of its folders. */
function checksums(site, folder, names) {
  return Object.fromEntries(names.map((name) => [`${folder}/${name}`, checksum(path.join(site, folder, name))]));
}

function checksum(file) {
  return createHash("sha256").update(fs.readFileSync(file)).digest("hex").slice(0, 16);
}

/** Write a script with constants before it. */
function prepend(file, constants, source = file) {
  const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`);
  fs.writeFileSync(file, lines.join("") + fs.readFileSync(source, "utf8"));
}

async function main(site) {
  const out = path.join(site, "_static", "run");
  const pyodide = path.join(site, "pyodide");
  const lock = JSON.parse(fs.readFileSync(path.join(pyodide, "pyodide-lock.json"), "utf8"));
  fs.rmSync(out, { recursive: true, force: true });
  await bundle(out);
  fs.copyFileSync(path.join(HERE, "src", "run.css"), path.join(out, "run.css"));
  const later = fs.readdirSync(out).filter((name) => !/^(page\.js|run\.css)$|\.txt$/.test(name));
  prepend(path.join(out, "page.js"), { SIZES: sizes(lock, pyodide, out, later), PACKAGES });
  const wheels = Object.values(lock.packages).map(({ file_name }) => file_name);
  const FILES = { ...checksums(site, "_static/run", later), ...checksums(site, "pyodide", [...CORE, ...wheels]) };
  prepend(path.join(site, "service-worker.js"), { FILES }, path.join(HERE, "src", "service-worker.js"));
}

await main(path.resolve(process.argv[2]));
