// Sliders, explorers and other widgets: ipywidgets' own manager for pages, with Python at the other end.

import { HTMLManager } from "@jupyter-widgets/html-manager/lib/htmlmanager.js";
import anywidget from "anywidget-here";

/** The line between a widget and its other half in Python. */
class Comm {
  constructor(id, target, python) {
    Object.assign(this, { comm_id: id, target_name: target, python, kernel: {} });
  }

  send(data, callbacks, metadata, buffers = []) {
    const hear = (message) => callbacks?.iopub?.output?.(message);
    const done = () => callbacks?.iopub?.status?.({ content: { execution_state: "idle" } });
    const arrays = buffers.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
    this.python.comm("commMsg", { comm_id: this.comm_id, data }, arrays, hear).then(done, done);
    return "";
  }

  open() {
    return "";
  }

  close() {
    this.python.comm("commClose", { comm_id: this.comm_id, data: {} }, [], () => {}).catch(() => {});
    return "";
  }

  on_msg(callback) {
    this.heard = callback;
  }

  on_close(callback) {
    this.closed = callback;
  }
}

export class Manager extends HTMLManager {
  #comms = new Map(); // by id
  #outputs = new Set(); // ids of the widgets that can capture what is printed
  #capturing = new Map(); // id of a request -> id of the Output that captures what comes in answer to it

  /**
   * python    a Kernel
   * modules   text of a widget's module -> its address: a page may import it from the site, but not from its text
   * areaOf    function: an element -> the output area that it is in, for what a widget's callbacks print
   */
  constructor({ python, modules, areaOf }) {
    super();
    Object.assign(this, { python, modules, areaOf });
  }

  async _create_comm(target, id) {
    return this.#opened(id, target);
  }

  loadClass(name, module, version) {
    return module === "anywidget" ? Promise.resolve(anywidget[name]) : super.loadClass(name, module, version);
  }

  callbacks(view) {
    return { iopub: { output: (message) => this.areaOf(view?.el)?.hear(message) } };
  }

  /** Hear a message from Python: comm_open, comm_msg or comm_close. */
  hear({ type, content, metadata, buffers }) {
    const message = { content, metadata: metadata ?? {}, buffers: (buffers ?? []).map(viewOf), parent_header: {} };
    if (type === "comm_open") {
      const { state } = content.data;
      if (this.modules.has(state?._esm)) state._esm = this.modules.get(state._esm);
      if (state?._model_name === "OutputModel") this.#outputs.add(content.comm_id);
      const opened = this.#opened(content.comm_id, content.target_name);
      this.handle_comm_open(opened, message).catch((error) => console.error(error));
    } else if (type === "comm_msg") {
      if (this.#outputs.has(content.comm_id)) this.#capture(content);
      this.#comms.get(content.comm_id)?.heard?.(message);
    } else {
      this.#comms.get(content.comm_id)?.closed?.(message);
      this.#comms.delete(content.comm_id);
    }
  }

  /** Show a widget in an element. Returns a function that takes it away. */
  async show(id, el) {
    const view = await this.create_view(await this.get_model(id));
    await this.display_view(view, el);
    return () => view.remove();
  }

  /** Hand what was printed or shown to the Output that captures it. Returns whether there is one. */
  captured(message) {
    const id = this.#capturing.get(message.parentHeader?.msg_id);
    if (id === undefined) return false;
    this.get_model(id).then((model) => {
      if (message.type === "clear_output") model.clear_output(message.bundle.wait);
      else model.outputs.add(stored(message));
    });
    return true;
  }

  #capture({ comm_id: id, data }) {
    const request = data.state?.msg_id;
    if (request === undefined) return;
    for (const [one, by] of this.#capturing) if (by === id) this.#capturing.delete(one);
    if (request) this.#capturing.set(request, id);
  }

  #opened(id, target) {
    const comm = new Comm(id, target, this.python);
    this.#comms.set(id, comm);
    return comm;
  }
}

/** A message of the kernel as notebooks store it. */
function stored({ type, bundle }) {
  return { output_type: type === "execute_error" ? "error" : type, metadata: {}, ...bundle };
}

function viewOf(buffer) {
  return buffer instanceof DataView
    ? buffer
    : new DataView(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
}
