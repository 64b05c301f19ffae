// Python, off the page: the JupyterLite kernel for Pyodide, in a worker of its own.
//
// The page asks by {id, call, argument} and is answered by {type: "reply", id, value or error}. Unasked, the worker
// tells what a cell prints and shows, what widgets say, how many bytes have come, that a file of Python has not, and
// that Python has died.

import { PyodideRemoteKernel } from "@jupyterlite/pyodide-kernel/lib/worker.js";
import { Printing } from "./printing.js";

const TOLD_EVERY = 100; // ms between two counts of bytes
const DEAD = /^Pyodide has (exited|suffered)/; // how the kernel tells it, among other lines of its log

const SHELL = `
import builtins, contextvars, functools, sys
import pyodide_kernel
shell = pyodide_kernel.ipython_shell
`;

// Each cell is a task of its own here, with a copy of all context variables: what np.set_printoptions sets would be
// forgotten after the cell. As in Jupyter, cells share one context.
const ONE_CONTEXT = `
shell.run_cell = functools.partial(contextvars.copy_context().run, shell.run_cell)
`;

// What a page cannot do is refused in a sentence.
const REFUSED = `
def refuse(sentence):
    def refused(*_, **__):
        raise NotImplementedError(sentence)
    return refused

builtins.input = refuse("a page cannot be asked for input; write the value into the cell.")

class Nothing:
    read = readline = readlines = __iter__ = __next__ = builtins.input

sys.stdin = Nothing()
leave = refuse("there is nothing to leave here: Restart Python, at the top of the page, ends Python.")
builtins.exit = builtins.quit = sys.exit = leave
shell.user_ns.update(exit=leave, quit=leave)
type(shell).input = property(lambda _: None, lambda *_: None)  # which the kernel sets before each cell
shell.system = shell.getoutput = refuse("there is no shell in a page: neither ! nor %pip works here.")
`;

/** The kernel, from packages that lie beside the page: nothing is asked of a package index. */
class PageKernel extends PyodideRemoteKernel {
  async initPackageManager() {}

  async initKernel() {
    await this._pyodide.runPythonAsync("import pyodide_kernel");
    const globals = this._pyodide.toPy({}); // these names are none of the reader's
    await this._pyodide.runPythonAsync(SHELL + ONE_CONTEXT + REFUSED, { globals });
  }
}

const kernel = new PageKernel();
const printing = new Printing((message) => postMessage(message));
kernel.registerWorkerMessageCallback((message) => printing.hear(message));
kernel.registerLogMessageCallback(({ data }) => DEAD.test(data) && postMessage({ type: "dead" }));

const calls = {
  /** Load Pyodide from the folder `pyodide`, and packages that lie there. */
  async start({ pyodide, packages }) {
    globalThis.fetch = counting(globalThis.fetch, pyodide);
    const largest = `${pyodide}pyodide.asm.mjs`; // a module is not fetched but imported
    await import(largest);
    count(performance.getEntriesByName(largest)[0]?.decodedBodySize ?? 0);
    const initialized = kernel.initialize({
      pyodideUrl: `${pyodide}pyodide.mjs`,
      indexUrl: pyodide,
      location: "",
      baseUrl: "/",
      mountDrive: false,
      loadPyodideOptions: { packages },
    });
    await Promise.race([initialized, refused]); // of a file that is missing Pyodide may never tell
    starting = false;
    tell();
  },
  run: ({ code, header }) => kernel.execute({ code }, request(header, { code })),
  comm({ kind, content, buffers, header }) {
    const message = request(header, content, buffers);
    return kernel[kind](message, message);
  },
};

function request(header, content, buffers = []) {
  return { header, content, buffers, metadata: {}, parent_header: {} };
}

const NEVER = new Promise(() => {});
let starting = true;
let refuse; // called when a file that Python starts from does not come
const refused = new Promise((_, reject) => (refuse = reject));

let bytes = 0;
let told = 0; // when the page was last told

function count(more) {
  bytes += more;
  if (performance.now() - told > TOLD_EVERY) tell();
}

function tell() {
  told = performance.now();
  postMessage({ type: "bytes", bytes });
}

/** A `fetch` that counts what comes. It tells what does not come, or not to its end: while Python starts, Pyodide, which
 *  would take the server's page of regret for the file, gets no answer; later, the page hears of what is missing of the
 *  folder `pyodide`, packages that a cell imports. */
function counting(plain, pyodide) {
  const miss = (url) => {
    if (starting) refuse(new Error(`could not load ${url}`));
    else if (url.startsWith(pyodide)) postMessage({ type: "missing" });
  };
  return async (...request) => {
    const url = String(request[0].url ?? request[0]);
    const response = await plain(...request).catch((error) => {
      miss(url);
      if (starting) return NEVER;
      throw error;
    });
    if (!response.ok) {
      miss(url);
      if (starting) return NEVER;
    }
    if (!response.body) return response;
    const counter = new TransformStream({
      transform(chunk, controller) {
        count(chunk.byteLength);
        controller.enqueue(chunk);
      },
    });
    response.body.pipeTo(counter.writable, { preventAbort: true }).catch((error) => {
      miss(url);
      if (!starting) counter.writable.abort(error);
    });
    return new Response(counter.readable, response);
  };
}

async function answer({ id, call, argument }) {
  const reply = (message) => printing.hear({ type: "reply", id, ...message });
  try {
    reply({ value: await calls[call](argument) });
  } catch (error) {
    reply({ error: String(error?.message ?? error) });
  }
}

// One question at a time, as in Jupyter: the kernel takes what is printed for an answer to the latest, so a widget
// that speaks while a cell runs has to wait.
let turn = Promise.resolve();
onmessage = ({ data }) => (turn = turn.then(() => answer(data)));
