"""What a browser is shown of a submission: all that a student means to show, and nothing that acts."""

import jinja2
import pytest
from nbformat.v4 import new_output

from gmmlesson.grading.pages import clean_html, keep_what_is_shown, markdown2html

PICTURE = "iVBORw0KGgo="


def page(source, attachments=None):
    """HTML of a cell, as nbconvert's templates ask for it."""
    environment = jinja2.Environment(autoescape=False)
    environment.filters["markdown2html"] = markdown2html
    cell = {"source": source} | ({"attachments": attachments} if attachments else {})
    return environment.from_string("{{ cell.source | markdown2html }}").render(cell=cell)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<p>a <b class="x">b</b></p><hr>', '<p>a <b class="x">b</b></p><hr>'),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("<input class='score'>", "&lt;input class='score'&gt;"),
        ('<p onclick="x" style="x">a</p>', "<p>a</p>"),
        ('<img src="x.png" onerror="x" alt="a">', '<img src="x.png" alt="a">'),
        ('<img src="/logout">', "<img>"),
        ('<img src="../x.png">', "<img>"),
        ('<img src="data:text/html,x">', "<img>"),
        ('<a href="references.md#may">a</a>', '<a href="references.md#may">a</a>'),
        ('<a href="https://example.org/?a=1&amp;b=2">a</a>',) * 2,
        ('<a href="evil.html">a</a>', "<a>a</a>"),
        ('<a href="evil.html?.md">a</a>', "<a>a</a>"),
        ('<a href="data:text/html,x">a</a>', "<a>a</a>"),
        ('<a href="&#100;ata:text/html,x">a</a>', "<a>a</a>"),
        ('<a href="java\tscript:x">a</a>', "<a>a</a>"),
    ],
)
def test_html_that_cannot_act_is_shown(html, shown):
    assert clean_html(html) == shown


def test_markdown_is_shown_with_its_pictures():
    assert page("# A\n\nb $x < y$").startswith('<h1 id="A">A')
    assert "<p>b $x &lt; y$</p>" in page("b $x < y$")
    attached = {"my sketch.png": {"image/png": PICTURE}, "a.html": {"text/html": "PHA+"}, "none": {}}
    assert f'src="data:image/png;base64,{PICTURE}"' in page("![a](attachment:my%20sketch.png)", attached)
    assert "<img alt" in page("![a](attachment:a.html)", attached)
    for name in ("none", "lost.png"):
        assert f"[{name} is not attached]" in page(f"![a](attachment:{name})", attached)
    assert "☐ a" in page("- [ ] a") and "☑ b" in page("- [x] b")


def test_of_an_output_what_is_shown_is_kept():
    data = {"image/png": PICTURE, "text/plain": "a", "text/vnd.mermaid": "<img>", "text/html": ["a"]}
    told = {"width": "1 onerror=x", "height": 8, "x": {}, "image/png": {"width": 7, "alt": "a", "x": 1}}
    outputs = [new_output("display_data", data=data, metadata=told), new_output("stream", text="a")]
    keep_what_is_shown(outputs)
    assert outputs[0].data == {"image/png": PICTURE, "text/plain": "a"}
    assert outputs[0].metadata == {"height": 8, "image/png": {"width": 7, "alt": "a"}}
    assert outputs[1].text == "a"
