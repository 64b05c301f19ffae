"""What JupyterLite's worker does with a cell, for a kernel under node: `run` returns the cell's outputs."""

import asyncio
import contextvars
import json

import pyodide_kernel

kernel = pyodide_kernel.kernel_instance
shell = kernel.interpreter
shell.send_comm = lambda *message: None  # the messages of widgets: nobody is there to see them


async def run(source):
    """Run a cell as a message of its own -> its outputs as in a notebook, a list, in JSON."""
    outputs = []

    def stream(name, text):
        if outputs and outputs[-1].get("name") == name:
            outputs[-1]["text"] += text
        else:
            outputs.append({"output_type": "stream", "name": name, "text": text})

    def display(data, metadata, transient=None):
        outputs.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    def result(count, data, metadata):
        kind = {"output_type": "execute_result", "execution_count": count}
        outputs.append({**kind, "data": data, "metadata": metadata or {}})

    pyodide_kernel.stdout_stream.publish_stream_callback = stream
    pyodide_kernel.stderr_stream.publish_stream_callback = stream
    shell.display_pub.display_data_callback = display
    shell.display_pub.clear_output_callback = lambda wait: outputs.clear()
    shell.display_pub.update_display_data_callback = display
    shell.displayhook.publish_execution_result = result
    kernel._parent_header = {"header": {}, "content": {"code": source}}
    # a context of its own, as for every message in a browser: what a cell sets in it is gone with it
    done = await asyncio.create_task(kernel.run(source), context=contextvars.Context())
    if done["status"] == "error":
        error = {name: done[name] for name in ("ename", "evalue", "traceback")}
        outputs.append({"output_type": "error", **error})
    return json.dumps(outputs, default=str)
