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

# What is for readers of the files stays there: an eighth of a page's size. A comment behind code is cut where
# no sign in it can be of a string or of a pattern; so are indents, but where a text goes over several lines.
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
_BEHIND = re.compile(r"(?<=[;,{}\])>]) // [^\n\"`]*$", re.MULTILINE)
_INDENT = re.compile(r"^\s+", re.MULTILINE)  # and empty lines
_STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)

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
    """JavaScript without its imports from neighbors, its exports, its comments and its layout."""
    for pattern in (_IMPORT, _IMPORT_PAPA, _COMMENT, _BEHIND, _EXPORT):
        source = pattern.sub("", source)
    goes_on = any(line.count("`") % 2 for line in source.split("\n"))
    return source if goes_on else _INDENT.sub("", source)


def style():
    """The style sheet without its comments, indents and empty lines."""
    return _INDENT.sub("", _STYLE_COMMENT.sub("", read("explorer.css")))


def papa():
    """Papa Parse with its license, for the parts after it."""
    return _PAPA.format(license=read("papaparse/LICENSE"), source=read(PAPA))


def parts():
    """The parts in order."""
    return "\n".join(plain(read(f"{part}.js")) for part in PARTS)


def module():
    """One ES module that exports an anywidget, and nothing loaded from elsewhere."""
    return papa() + parts() + _WIDGET
