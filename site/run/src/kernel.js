// Python as the page sees it: a worker that runs cells, and can be ended at any time.

import { NO_WASM, NO_WORKER, unloaded } from "./words.js";

const SESSION = randomId();
const DIED =
  "Python has come to an end by itself; perhaps its memory was full. Your text is untouched: run the cells again.";
const FULL = "There is not enough memory for Python. Close other pages and try again.";
const PATIENCE = 1000; // ms after which a widget waits noticeably

/** A message's header, as Jupyter's kernels expect it. */
function header(type) {
  const date = new Date().toISOString();
  return { msg_id: randomId(), msg_type: type, session: SESSION, username: "", version: "5.3", date };
}

/** 32 random digits. (`crypto.randomUUID` is for https alone.) */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Why Python could not start or go on, in `message`, a sentence for the reader. */
export class KernelError extends Error {}

export class Kernel {
  #worker;
  #waiting = new Map(); // id of a question -> {resolve, reject}
  #handlers = new Map(); // msg_id -> who hears what is printed and shown in answer to it
  #asked = 0;
  #ended = null; // why it has ended

  /**
   * @param events {onBytes, onMissing, onComm, onDead, onLate}: how many bytes have come, a package that has not, a
   *   widget's message, why Python died, and 1 when a widget's message has had no answer for a while, -1 when it has one
   */
  constructor(events) {
    this.events = events;
  }

  /** Start Python. Rejects with a KernelError, or with a Stopped. */
  async start({ worker, ...what }) {
    if (this.#ended) throw this.#ended;
    try {
      this.#worker = new Worker(worker, { type: "module" });
    } catch {
      throw new KernelError(NO_WORKER);
    }
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new KernelError(unloaded()));
    };
    await this.#ask("start", what).catch((error) => {
      this.#end(this.#ended ?? new KernelError(reasonOf(error.message)));
      throw this.#ended;
    });
  }

  /** Run code; `handler` hears what it prints and shows. Returns Jupyter's reply: its `status` is "ok" or "error". */
  run(code, handler) {
    return this.#answered("run", { code, header: header("execute_request") }, handler);
  }

  /** Tell a widget's other half in Python; kind is "commMsg" or "commClose". */
  comm(kind, content, buffers, handler) {
    const answered = this.#answered("comm", { kind, content, buffers, header: header("comm_msg") }, handler);
    this.#watch(answered);
    return answered;
  }

  /** End Python at once, whatever it is doing. What was asked of it is rejected with a Stopped. */
  stop() {
    this.#end(new Stopped());
  }

  async #answered(call, argument, handler) {
    const id = argument.header.msg_id;
    this.#handlers.set(id, handler);
    try {
      return await this.#ask(call, argument);
    } finally {
      this.#handlers.delete(id);
    }
  }

  async #watch(answered) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.events.onLate(1);
    }, PATIENCE);
    await answered.catch(() => {});
    clearTimeout(timer);
    if (late) this.events.onLate(-1);
  }

  #ask(call, argument) {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call, argument });
    });
  }

  #hear(message) {
    if (message.type === "reply") {
      const { resolve, reject } = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) resolve(message.value);
      else reject(new Error(message.error));
    } else if (message.type === "bytes") {
      this.events.onBytes(message.bytes);
    } else if (message.type === "missing") {
      this.events.onMissing();
    } else if (message.type === "dead") {
      this.#end(new KernelError(DIED));
      this.events.onDead(this.#ended);
    } else if (message.type.startsWith("comm_")) {
      this.events.onComm(message);
    } else {
      this.#handlers.get(message.parentHeader?.msg_id)?.(message);
    }
  }

  #end(error) {
    this.#ended = error;
    this.#worker?.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Python was ended by the reader. */
export class Stopped extends Error {}

/** A sentence for what went wrong at the start. */
function reasonOf(text) {
  if (/out of memory|could not allocate|cannot allocate|RangeError/i.test(text)) return FULL;
  if (/CompileError|WebAssembly is not/.test(text)) return NO_WASM;
  if (/fetch|load|network|import/i.test(text)) return unloaded();
  return `Python could not start: ${text.trim().split("\n").at(-1)}`;
}
