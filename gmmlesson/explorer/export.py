"""The explorer as one HTML file: no kernel, no network, nothing beside it."""

import base64
import html
import json
import re
from pathlib import Path

from gmmlesson.explorer import bundle


def write(path, state, *, title):
    """Write the page of an explorer whose `get_state()` is `state`; the learner's own steps stay behind."""
    Path(path).write_text(page(state, title=title), encoding="utf-8")


def page(state, *, title):
    """The text of that page."""
    filling = {
        "title": html.escape(title),
        "css": bundle.style(),
        "module": in_script(bundle.module()),
        "host": bundle.plain(bundle.read("host.js")),
        "state": in_script(state_of(state)),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: filling[place[1]], bundle.read("page.html"))


def state_of(state):
    """What `stateOf` of host.js reads, JSON: the traits of a `get_state()`, bytes among them as base64."""
    traits = {name: value for name, value in state.items() if not name.startswith("_")}
    for name in ("layout", "tabbable", "tooltip"):
        traits.pop(name, None)
    traits["own"] = {}
    binary = {name: traits.pop(name) for name in ("points", "responsibilities")}
    return {
        "traits": traits,
        "buffers": {name: base64.b64encode(value).decode() for name, value in binary.items()},
    }


def in_script(value):
    """JSON that may stand between <script> and </script>."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")
