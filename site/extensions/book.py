"""What the book asks of Sphinx besides: folded outputs, alternative texts, formulas that are set later."""

import html
import re
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

SHOW = "Show what it prints"
VIEWPORT = re.compile(r'<meta[^>]*name="viewport"[^>]*>\s*')


class FoldOutputs(SphinxPostTransform):
    """Outputs of a cell with the tag `predicted` open by a click."""

    default_priority = 900  # after myst-nb has chosen among the kinds of an output

    def run(self, **_):
        for cell in self.document.findall(nodes.container):
            if "tag_predicted" not in cell["classes"]:
                continue
            for output in cell.findall(nodes.container):
                if "cell_output" in output["classes"]:
                    opening = f'<details class="gmm-predicted"><summary>{SHOW}</summary>'
                    output.insert(0, nodes.raw("", opening, format="html"))
                    output.append(nodes.raw("", "</details>", format="html"))


def keep_alternative_texts(_):
    """myst-nb 1.4 takes width and height from an output's metadata, and drops the alternative text."""
    from myst_nb.core.render import NbElementRenderer

    plain = NbElementRenderer.render_image

    def render_image(self, data):
        found = plain(self, data)
        look = data.output_metadata.get(data.mime_type, {})
        if "alt" in look:
            found[0]["alt"] = look["alt"]
        return found

    NbElementRenderer.render_image = render_image


def formula(self, node):
    """A formula as TeX, in a place that `build.py` finds: it has KaTeX set it, once all pages are there."""
    self.body.append(f'<span class="math" data-tex="inline">{html.escape(node.astext())}</span>')
    raise nodes.SkipNode


def displayed_formula(self, node):
    self.body.append(f'<div class="math" data-tex="display">{html.escape(node.astext())}</div>')
    raise nodes.SkipNode


LONGEST = 300  # characters of a page's description


def context(app, _page, _template, found, doctree):
    """What the templates of this book ask for; and no script that stands in the page itself."""
    found["description"] = (found.get("meta") or {}).get("description") or description(doctree)
    found["repository"] = app.config.book_repository
    found["published"] = app.config.html_baseurl
    found["base"] = urlsplit(app.config.html_baseurl).path
    found["metatags"] = VIEWPORT.sub("", found.get("metatags", ""))  # the theme has one
    found["script_files"] = [
        script for script in found["script_files"] if getattr(script, "filename", script)
    ]
    found["lessons"] = {name for name in app.env.found_docs if name[:2].isdigit()}
    found["launch"] = lambda lesson: list(launch(app.config, lesson, found["content_root"]))


def description(doctree):
    """What a page says of itself: the line "You will learn" of a lesson, or its first sentences."""
    if doctree is None:
        return ""
    told = {node: " ".join(node.astext().split()) for node in doctree.findall(nodes.paragraph)}
    learnt = [text for text in told.values() if text.startswith("You will learn")]
    opening = [text for node, text in told.items() if isinstance(node.parent, nodes.section)]
    text = [*learnt, *opening, ""][0]
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition(". ")[0] + "." if ". " in text[:LONGEST] else f"{text[: LONGEST - 1]}…"


def launch(config, lesson, root):
    """(name, address, what to run first) of places where a lesson can be run.

    Those outside need to know the repository; Colab has the notebook from there, and nothing else.
    """
    yield "JupyterLite", f"{root}lite/lab/index.html?path={lesson}.ipynb", ""
    if config.book_repository:
        repository, branch = config.book_repository, config.book_branch
        file = f"notebooks/{lesson}.ipynb"
        yield "Binder", f"https://mybinder.org/v2/gh/{repository}/{branch}?urlpath=lab/tree/{file}", ""
        colab = f"https://colab.research.google.com/github/{repository}/blob/{branch}/{file}"
        yield "Colab", colab, f"%pip install git+https://github.com/{repository}@{branch}"


def setup(app):
    for name, default in (("repository", ""), ("branch", "main")):
        app.add_config_value(f"book_{name}", default, "html")
    app.add_css_file("tables.css")
    app.connect("html-page-context", context)
    app.add_post_transform(FoldOutputs)
    app.connect("builder-inited", keep_alternative_texts)
    app.add_html_math_renderer("tex", (formula, None), (displayed_formula, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
