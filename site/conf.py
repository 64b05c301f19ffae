"""How Sphinx makes the book from build/site-source, which `site/tools/build.py` has written."""

import sys
from pathlib import Path

SITE = Path(__file__).resolve().parent
SOURCE = SITE.parent / "build" / "site-source"
sys.path.insert(0, str(SITE / "extensions"))

project = "gmmlesson"
author = "The gmmlesson authors"
copyright = "the gmmlesson authors"
language = "en"
extensions = ["myst_nb", "book"]
exclude_patterns = ["_extra", "_static"]
html_extra_path = [str(SOURCE / "_extra")]
html_static_path = [str(SOURCE / "_static")]
templates_path = [str(SITE / "templates")]

html_theme = "sphinx_book_theme"
html_title = "Gaussian mixtures, step by step"
html_favicon = str(SITE / "static" / "favicon.svg")
html_copy_source = False
html_show_sourcelink = False
html_css_files = ["katex/katex.min.css", "live/explorer.css", "book.css"]
html_js_files = [(name, {"type": "module"}) for name in ("folds.js", "live.js", "wide.js", "drawers.js")]
html_math_renderer = "tex"  # TeX as it is written; build.py sets it when the pages are there
html_theme_options = {
    "footer_content_items": ["footer.html"],
    "article_header_end": ["header-buttons.html"],
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    "navigation_with_keys": False,
    "enable_search_shortcuts": False,  # "/" would open the search, and could not be typed into a cell
    "back_to_top_button": False,  # it would lie on the code
    "search_bar_text": "Search the course",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto"}
html_additional_pages = {"404": "missing.html"}

nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_render_markdown_format = "myst"
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a folded answer may begin with a heading of its own
