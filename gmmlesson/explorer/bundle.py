"""The explorer's JavaScript, set into one module: a page made from a string cannot resolve `./em.js`."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PARTS = (
    "em", "data", "sentences", "state", "link", "search", "session",
    "paint", "overlay", "chart", "elements", "inspector",
    "words", "prediction", "criteria", "starts", "timeline", "pointed", "hands", "brush", "picture",
    "texts", "svg", "still", "away", "view",
)  # fmt: skip

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[a-z]+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)

# What is said to readers of the files stays there: a tenth of a page's size. Comments within a line stay.
_COMMENT = re.compile(r"^ *(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)

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
    return _EXPORT.sub("", _COMMENT.sub("", _IMPORT.sub("", source)))


def module():
    """One ES module that exports an anywidget: the parts in order, and nothing loaded from elsewhere."""
    return "\n".join(plain(read(f"{part}.js")) for part in PARTS) + _WIDGET
