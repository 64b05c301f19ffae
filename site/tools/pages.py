"""The book's sources, into build/site-source: lessons, glossary, references, the teacher's guide, the API.

A lesson's page is its notebook with four changes: what stands under a **Predict** is folded, explorers and
sliders become HTML that lives without a kernel, links lead to other pages, and what is said of JupyterLab is
said of the page.
"""

import html
import json
import posixpath
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import live
import reference
from gmmlesson import __version__, sliders, stills
from gmmlesson.course.folding import SUMMARY, fold, predicted
from gmmlesson.course.lessons import lessons, text
from gmmlesson.explorer import bundle
from gmmlesson.explorer.export import in_script

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
NOTEBOOKS = ROOT / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("*.ipynb"))
TEACHING = ROOT / "teaching"
WORDS = SITE / "in_the_book.toml"

# Where files of the repository stand in the book; a folder with them as they are.
PAGES = {f"notebooks/{path.name}": path.name for path in [*LESSONS, *NOTEBOOKS.glob("*.md")]}
PAGES |= {f"teaching/{path.name}": f"teaching/{path.name}" for path in TEACHING.glob("*.md")}
PAGES |= {f"site/pages/{path.name}": path.name for path in (SITE / "pages").glob("*.md")}
PAGES |= {"README.md": "index.md", "teaching/README.md": "teaching/index.md", "gmmlesson": "api/index.md"}

GUIDES = "\n```{toctree}\n:hidden:\n:glob:\n\nrunning\nexchange\ngrading\nown_exercises\n[01]*\n```\n"

OPEN = "Have you predicted? Then open this and compare."
OWN_CODE = "It runs the course's own steps here. Run this page, and it is driven by your code."
CITATION = ROOT / "CITATION.cff"
WHEEL = f"gmmlesson-{__version__}-py3-none-any.whl"  # the course as one file, in the book's first folder

LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


# --- Markdown ------------------------------------------------------------------------------------


def linked(markdown: str, here: str, repository: str) -> str:
    """Markdown with links that lead to pages of the book, or to the repository, or nowhere: then words alone.

    A link whose words are the name of a file gets the title of its page.

    here        the file that it stands in, from the root of the repository
    repository  address of the repository, or ""
    """
    page = PAGES.get(here, here)

    def link(match: re.Match) -> str:
        words, target = match.groups()
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            return match[0]
        file, _, fragment = target.partition("#")
        there = posixpath.normpath(posixpath.join(posixpath.dirname(here), file))
        if there in PAGES:
            words = title(there) if words == posixpath.basename(there) else words
            address = posixpath.relpath(PAGES[there], posixpath.dirname(page) or ".")
            return f"[{words}]({address}{'#' + anchor(fragment) if fragment else ''})"
        address = repository if there == "." else f"{repository}/blob/main/{there}"
        return f"[{words}]({address})" if repository else words

    return LINK.sub(link, markdown)


def title(file: str) -> str:
    """The first heading of a page of the repository."""
    return re.search(r"^# (.+)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)[1]


def anchor(fragment: str) -> str:
    """The anchor of a heading, from how Jupyter names it or how Markdown does."""
    return re.sub(r"[^\w -]", "", unquote(fragment)).lower().replace(" ", "-")


# --- Lessons -------------------------------------------------------------------------------------


def cells(path: Path) -> list[dict]:
    """The cells of a lesson, a str as each source."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in found]


def lesson(path: Path, repository: str) -> str:
    """The source of a lesson's page: a notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8")) | {"cells": cells(path)}
    in_the_book(notebook, path.stem)
    for index in predicted(notebook):
        mark(notebook["cells"][index], "predicted")
    fold(notebook)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            folded = cell["source"].replace(SUMMARY, OPEN)
            cell["source"] = linked(folded, f"notebooks/{path.name}", repository)
    for index, state in live.explorers(path).items():
        cell = notebook["cells"][index]
        alive(cell, explorer(state, cell))
    for index, name in live.slider_names(path).items():
        alive(notebook["cells"][index], slider(live.slider(name)))
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def in_the_book(notebook: dict, name: str) -> None:
    """Put the book's words in the place of some passages of a lesson's text, as site/in_the_book.toml says.

    Raises ValueError for a passage that is not there: the lesson has changed, and so must that file.
    """
    for passage in tomllib.loads(WORDS.read_text(encoding="utf-8")).get(name, []):
        found = [cell for cell in notebook["cells"] if passage["notebook"] in cell["source"]]
        if len(found) != 1:
            raise ValueError(
                f"site/{WORDS.name}: {passage['notebook']!r} is in {len(found)} cells of {name}."
            )
        found[0]["source"] = found[0]["source"].replace(passage["notebook"], passage["book"])


def mark(cell: dict, tag: str) -> None:
    """Give a cell a tag; its place on the page has it as a class, `tag_...`."""
    cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), tag]


def alive(cell: dict, text: str) -> None:
    """Put HTML in the place of a cell's widget, which is not folded."""
    mark(cell, "live")
    cell["metadata"]["tags"] = [tag for tag in cell["metadata"]["tags"] if tag != "predicted"]
    shown = next(output for output in cell["outputs"] if "image/png" in output.get("data", {}))
    shown["data"], shown["metadata"] = {"text/html": text, "text/plain": shown["data"]["text/plain"]}, {}


def still(cell: dict) -> str:
    """The alternative text of the picture that the notebook has of a widget, without the hint at its end."""
    shown = next(output for output in cell["outputs"] if "image/png" in output.get("data", {}))
    return shown["metadata"]["image/png"]["alt"].partition(stills.HINT.partition("{")[0])[0].strip()


def explorer(state: dict, cell: dict) -> str:
    """The place of a cell's explorer on a page, and a note if in JupyterLab it runs the learner's code."""
    own = re.search(r"\b[em]_step=", cell["source"])
    note = f'<p class="gmm-note">{OWN_CODE}</p>' if own else ""
    return explorer_place(state, still(cell)) + note


def explorer_place(state: dict, description: str) -> str:
    """An explorer's place. What it opens with is said in words until the script has shown it."""
    return (
        '<div class="gmm-explorer">'
        f'<script type="application/json">{in_script(state)}</script>'
        f'<p class="gmm-waiting">{html.escape(description)}</p>'
        "<noscript>The explorer computes in the browser: it needs JavaScript.</noscript></div>"
    )


def slider(scene: dict) -> str:
    """A slider's place on a page: its first picture, and what the script needs to show the others."""
    start = scene["start"]
    known = {name: scene[name] for name in ("label", "values", "start", "captions", "pictures", "name")}
    caption = html.escape(scene["captions"][start], quote=True)
    return (
        '<figure class="gmm-drawn-slider">'
        f'<script type="application/json">{in_script(known)}</script>'
        f'<img loading="lazy" width="{scene["width"]}" height="{scene["height"]}" alt="{caption}" '
        f'src="_static/sliders/{scene["name"]}/{scene["pictures"][start]}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


# --- Writing -------------------------------------------------------------------------------------


def write(folder: Path, repository: str, modules: Path) -> None:
    """Write all sources into a folder. A file that is as it was is left alone: Sphinx need not read it.

    repository  address of the repository, or ""
    modules     where KaTeX is installed
    """
    sources = {path.name: lesson(path, repository) for path in LESSONS}
    for name, page in PAGES.items():
        if name.endswith(".md") and name != "README.md":
            markdown = linked((ROOT / name).read_text(encoding="utf-8"), name, repository)
            sources[page] = levelled(markdown)
    sources["teaching/index.md"] += GUIDES
    for page in ("index.md", "package.md"):
        sources[page] = filled(sources[page], repository)
    sources |= reference.pages()
    downloads = lessons(NOTEBOOKS)
    sources |= {f"_extra/notebooks/{path.name}": text(downloads[path.name]) for path in LESSONS}
    sources["_static/live/explorer.js"] = bundle.module()
    sources["_static/live/slider.js"] = sliders.Slider._esm
    sources["_static/live/host.js"] = bundle.read("host.js")
    sources["_static/live/explorer.css"] = bundle.read("explorer.css")
    pictures = dict(copied(modules))
    for path in folder.rglob("*"):
        if path.is_file() and str(path.relative_to(folder)) not in {*sources, *pictures}:
            path.unlink()
    for name, content in sources.items():
        put(folder / name, content.encode())
    for name, path in pictures.items():
        put(folder / name, path.read_bytes())


def levelled(markdown: str) -> str:
    """The references' headings, the third below the first, one level up."""
    second = re.search("^## ", markdown, re.MULTILINE)
    return markdown if second else re.sub("^###", "##", markdown, flags=re.MULTILINE)


def filled(markdown: str, repository: str) -> str:
    """A page of site/pages with what stands for {{names}} in it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\d) \| \[(.+?)\]\((\S+?)\) \| (.+?) \|$", readme, re.MULTILINE)
    listed = [f"- **{number}** [{name}]({target}): {what}" for number, name, target, what in rows]
    values = {
        "explorer": front(live.front_explorer()),
        "lessons": linked("\n".join(listed), "README.md", repository),
        "version": __version__,
        "year": re.search(r"^date-released: (\d+)", CITATION.read_text(encoding="utf-8"), re.MULTILINE)[1],
        "url": f",\n      url = {{{repository}}}" if repository else "",
        "wheel": WHEEL,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], markdown)


def front(state: dict) -> str:
    """The explorer of the first page."""
    return explorer_place(state, "272 eruptions of the geyser Old Faithful, and two ellipses that EM moves.")


def copied(modules: Path) -> Iterator[tuple[str, Path]]:
    """(name in the book, file) of what is taken as it is."""
    katex = modules / "katex" / "dist"
    for path in [katex / "katex.min.css", *(katex / "fonts").glob("*.woff2")]:
        yield f"_static/katex/{path.relative_to(katex)}", path
    for path in [*(SITE / "static").iterdir(), SITE / "picture.png"]:
        yield f"_static/{path.name}", path
    for path in LESSONS:
        for name in live.slider_names(path).values():
            scene = live.slider(name)
            for picture in {*scene["pictures"]}:
                yield f"_static/sliders/{name}/{picture}", Path(scene["folder"]) / picture


def put(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
