"""The explorer's JavaScript, set into one module: a page made from a string cannot resolve `./em.js`."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PARTS = (
    "em", "cells", "rows", "reading", "table", "samples", "data",
    "sentences", "state", "link", "search", "session",
    "paint", "overlay", "chart", "elements", "inspector",
    "words", "prediction", "criteria", "starts", "timeline", "pointed", "hands", "brush", "picture",
    "opener", "texts", "svg", "still", "away", "view",
)  # fmt: skip

PAPA = "papaparse/papaparse.min.js"  # npm's file, byte for byte; its license stands beside it

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[a-z]+\.js";\n', re.MULTILINE)
_IMPORT_PAPA = re.compile(rf'^import Papa from "\./{re.escape(PAPA)}";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)

# What is said to readers of the files stays there: a tenth of a page's size. Comments within a line stay.
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)

# Papa Parse looks for somebody to hand itself to: here it finds a module, and no loader that a page may have.
_PAPA = """
/*
{license}*/
const Papa = ((define, module, exports) => {{
{source}
return module.exports;
}})(undefined, {{ exports: {{}} }}, {{}});
"""

# anywidget calls a default export that is a function once a model: so all views of a model share one session.
_WIDGET = """
export default function () {
  let session = null;
  return {
    initialize({ model, signal }) {
      session = connect({ model, signal });
    },
    render({ el, signal }) {
      return draw({ session, el, signal });
    },
  };
}
"""


def read(name):
    """The text of a file beside this one."""
    return (HERE / name).read_text(encoding="utf-8")


def plain(source):
    """JavaScript without its imports from neighbors, its exports and its comments."""
    return _EXPORT.sub("", _COMMENT.sub("", _IMPORT_PAPA.sub("", _IMPORT.sub("", source))))


def papa():
    """Papa Parse with its license, for the parts after it."""
    return _PAPA.format(license=read("papaparse/LICENSE"), source=read(PAPA))


def parts():
    """The parts in order."""
    return "\n".join(plain(read(f"{part}.js")) for part in PARTS)


def module():
    """One ES module that exports an anywidget, and nothing loaded from elsewhere."""
    return papa() + parts() + _WIDGET
