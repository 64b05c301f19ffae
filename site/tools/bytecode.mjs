// node bytecode.mjs DISTRIBUTION FOLDER PLACES.json
//
// Compiles, by the Python of a Pyodide distribution, all Python files in folders of FOLDER, each into a .pyc beside it.
// PLACES says {folder: where its files will lie}, for tracebacks. A file that is no Python is passed over.

import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const COMPILE = `
import compileall, py_compile, warnings

def compile(folder, place):
    compileall.compile_dir(
        folder, maxlevels=99, quiet=2, legacy=True, stripdir=folder, prependdir=place,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )

warnings.simplefilter("ignore")
compile
`;

const [distribution, folder, places] = process.argv.slice(2).map((name) => path.resolve(name));
const { loadPyodide } = await import(pathToFileURL(path.join(distribution, "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: `${distribution}/` });
pyodide.FS.mkdir("/sources");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, "/sources");
const compile = pyodide.runPython(COMPILE);
for (const [name, place] of Object.entries(JSON.parse(readFileSync(places, "utf8")))) compile(`/sources/${name}`, place);
process.exit(0);
