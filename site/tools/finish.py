"""What is done to pages after Sphinx: formulas are set, icons and styles that nothing uses are left out."""

import html
import re
import subprocess
from pathlib import Path

import npm_packages
from formulas import Formulas

MATH = re.compile(
    r'<(?P<tag>span|div) class="math" data-tex="(?P<kind>\w+)">(?P<tex>.*?)</(?P=tag)>', re.DOTALL
)

THEME = "pydata_sphinx_theme/theme/pydata_sphinx_theme/static"
STYLE = "styles/pydata-sphinx-theme.css"
FONTS = "vendor/fontawesome/webfonts"
SOLID = "fa-solid-900.woff2"
GLYPH = re.compile(r'(?P<names>(?:\.fa-[\w-]+,?)+)\{--fa:"(?P<glyph>[^"]+)"(?:;--fa--fa:"[^"]*")?\}')
UNUSED = (
    "**/*.map",
    "scripts/fontawesome.js*",
    f"{FONTS}/*",
    "locales/**/*",
    "images/logo_*",
    "*-macros.html",
)


# What screen readers miss in pages of myst-nb and the theme: as it is, as it should be.
MENDED = {
    '<summary aria-label="Toggle hidden content">': "<summary>",
    '<summary><span class="toctree-toggle"': '<summary aria-label="Pages below"><span class="toctree-toggle"',
    '<th class="head"><p></p></th>': '<td class="head"></td>',
    '<div id="pst-primary-sidebar" class': (
        '<div id="pst-primary-sidebar" role="complementary" aria-label="The book" class'
    ),
}

# The code of a cell, as Pygments sets it: no element goes from one line to the next.
CODE = re.compile(
    r'(?P<begin><div class="cell_input[^>]*>\s*<div class="highlight[^>]*><div class="highlight"><pre>)'
    r"<span></span>(?P<code>.*?)(?=</pre>)",
    re.DOTALL,
)
INDENT = re.compile(r"(?P<tags>(<span[^>]*>)*)(?P<blanks> *)")

# What Sphinx's search leaves out of a page before it shows words of it; of a formula, what is not read aloud.
LEFT_OUT = '".headerlink", "script", "style"'
UNREAD = f'{LEFT_OUT}, ".katex-html", ".katex-mathml annotation"'


def pages(site: Path) -> list[Path]:
    """The files of all pages of the book."""
    apart = {"lite", "pyodide"}
    return [path for path in site.rglob("*.html") if path.relative_to(site).parts[0] not in apart]


def mend(site: Path) -> None:
    """Mend what screen readers would miss, what the search would show of formulas, and how code is broken."""
    search = site / "_static" / "searchtools.js"
    text = search.read_text(encoding="utf-8")
    if LEFT_OUT not in text:
        raise ValueError(f"{search} is no longer as finish.py knows it.")
    if UNREAD not in text:
        search.write_text(text.replace(LEFT_OUT, UNREAD), encoding="utf-8")
    for path in pages(site):
        before = after = path.read_text(encoding="utf-8")
        for wrong, right in MENDED.items():
            after = after.replace(wrong, right)
        after = CODE.sub(with_lines, after)
        if after != before:
            path.write_text(after, encoding="utf-8")


def with_lines(cell: re.Match) -> str:
    """Code, each line in an element that says how far it is indented: if it is broken, it goes on there."""
    return cell["begin"] + "".join(map(lined, cell["code"].splitlines(keepends=True)))


def lined(line: str) -> str:
    first = INDENT.match(line)
    blanks, rest = first["blanks"], line[first.end() :]
    indent = f'<span class="indent">{blanks}</span>' if blanks else ""
    return f'<span class="line" style="--indent:{len(blanks)}">{first["tags"]}{indent}{rest}</span>'


def set_formulas(site: Path) -> None:
    """Have KaTeX set all formulas of all pages, by one call; there is no script for them in a page.

    Raises ValueError, with KaTeX's message, for a formula that it does not know.
    """
    formulas, changed = Formulas(), {}

    def mark(match: re.Match) -> str:
        display = match["kind"] == "display"
        formulas.found.append((html.unescape(match["tex"]).strip(), display))
        kind = "math display" if display else "math"
        return f'<{match["tag"]} class="{kind}">formula{len(formulas.found) - 1}alumrof</{match["tag"]}>'

    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        marked = MATH.sub(mark, text)
        if marked != text:
            changed[path] = marked
    together = formulas.show("\0".join(changed.values()), npm_packages.install()) if changed else ""
    for path, text in zip(changed, together.split("\0"), strict=bool(changed)):
        path.write_text(text, encoding="utf-8")


def thin_out(site: Path, python: Path) -> None:
    """Leave out of the theme what no page uses: icons as a script and three fonts, 1.8 MB, source maps.

    python  of the environment that has the theme and fontTools
    """
    command = [python, "-c", "import pydata_sphinx_theme as theme; print(theme.__path__[0])"]
    package = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    theme = package.parent / THEME
    static = site / "_static"
    for pattern in UNUSED:
        for path in static.glob(pattern):
            if path.is_file():
                path.unlink()
    used = set()
    for path in pages(site):
        used |= set(re.findall(r"\bfa-[\w-]+", path.read_text(encoding="utf-8")))
    style = (theme / STYLE).read_text(encoding="utf-8")
    glyphs = set(re.findall(r"--pst-icon-[\w-]+:\"([^\"]+)\"", style))

    def keep(match: re.Match) -> str:
        names = {name.strip(".") for name in match["names"].split(",")}
        if not names & used:
            return ""
        glyphs.add(match["glyph"])
        return match[0]

    (static / STYLE).write_text(GLYPH.sub(keep, style), encoding="utf-8")
    codes = ",".join(f"U+{code:X}" for code in sorted(map(code_of, glyphs)))
    (static / FONTS).mkdir(parents=True, exist_ok=True)
    command = [
        python,
        "-m",
        "fontTools.subset",
        theme / FONTS / SOLID,
        f"--unicodes={codes}",
        "--flavor=woff2",
    ]
    subprocess.run([*command, f"--output-file={static / FONTS / SOLID}"], check=True)


def code_of(glyph: str) -> int:
    """The character of a string in CSS: itself, or its code behind a backslash."""
    return int(glyph[1:], 16) if glyph.startswith("\\") and len(glyph) > 2 else ord(glyph[-1])
