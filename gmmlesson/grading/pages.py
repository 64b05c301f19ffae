"""What a browser is shown of a submission: in the feedback, and in Formgrader, where a script would have the
teacher's rights.

nbconvert's own `clean_html` knows no paragraphs, headings or pictures, and its templates write some of an
output's metadata as it is.
"""

import re
from urllib.parse import unquote

import bleach
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TAGS = {
    *bleach.ALLOWED_TAGS,
    *("p", "br", "hr", "div", "span", "pre", "img", "details", "summary"),
    *("del", "s", "u", "sub", "sup", "small"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}  # fmt: skip
KINDS = {
    "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml",
}  # fmt: skip
NUMBERS = ("width", "height")  # of pictures
# An HTML file that was handed in is served by Formgrader itself: no link may lead to one.
LINK = re.compile(r"(?:https?:|mailto:|#).*|[\w./ -]+\.(?:md|ipynb)(?:#.*)?", re.IGNORECASE)
PICTURE = re.compile(
    r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[\w+/=\s]*"
    r"|https?:.*"
    r"|(?!/)(?!.*\.\.)[\w./ -]+\.(?:png|jpe?g|gif|webp|svg)",
    re.IGNORECASE,
)


def clean_html(html):
    """HTML with nothing in it that could act: in the place of nbconvert's filter of this name."""
    attributes = bleach.ALLOWED_ATTRIBUTES | {"*": ["class", "id"], "a": _of_a_link, "img": _of_a_picture}
    html = html.decode() if isinstance(html, bytes) else str(html)
    return bleach.clean(html, tags=TAGS, attributes=attributes, protocols={*bleach.ALLOWED_PROTOCOLS, "data"})


def _of_a_link(_tag, name, value):
    return name == "title" or (name == "href" and LINK.fullmatch(value))


def _of_a_picture(_tag, name, value):
    return name in ("alt", "title") or (name == "src" and PICTURE.fullmatch(value))


@pass_context
def markdown2html(context, source):
    """Clean HTML of a cell's Markdown, with the pictures that are attached to the cell: in the place of
    nbconvert's filter of this name."""
    attached = context.get("cell", {}).get("attachments", {})
    return clean_html(MarkdownWithMath(renderer=_Renderer(escape=False, attachments=attached)).render(source))


class _Renderer(IPythonRenderer):
    """nbconvert's, but a picture that is not attached is no error, and a box to tick is no field."""

    def task_list_item(self, text, checked=False):
        """HTML of an item with a box; fields are the teacher's, for points."""
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"

    def image(self, text, url, title=None):
        """HTML of a picture, or a word on one that is missing."""
        kind, _, name = url.partition(":")
        if kind == "attachment":
            found = [one for one in (name, unquote(name)) if self.attachments.get(one)]
            if not found:
                return f"[{self.escape_html(unquote(name))} is not attached]"
            url = f"attachment:{found[0]}"
        return super().image(text, url, title)


def keep_what_is_shown(outputs):
    """Keep of a cell's outputs, in place, what a page shows, and of their metadata what cannot act there."""
    for output in outputs:
        if "data" in output:
            data = {
                kind: text for kind, text in output.data.items() if kind in KINDS and isinstance(text, str)
            }
            told = output.get("metadata", {})
            kept = {kind: _harmless(told[kind]) for kind in data if isinstance(told.get(kind), dict)}
            output.data, output.metadata = data, _harmless(told) | kept


def _harmless(metadata):
    """The numbers and the description of a picture."""
    kept = {name: metadata[name] for name in NUMBERS if isinstance(metadata.get(name), (int, float))}
    return kept | ({"alt": metadata["alt"]} if isinstance(metadata.get("alt"), str) else {})
