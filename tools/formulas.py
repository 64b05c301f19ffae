"""Set the formulas of a page when it is made, by KaTeX: no script and no network when it is read."""

import base64
import json
import re
import subprocess
from pathlib import Path

SET = Path(__file__).with_suffix(".cjs")


class Formulas:
    """Takes the formulas out of Markdown, and puts their HTML into the page."""

    def __init__(self):
        self.found: list[tuple[str, bool]] = []

    def hide(self, markdown: str) -> str:
        """The text with a mark in place of each formula; code spans stay."""
        pattern = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|\$\$(.+?)\$\$|(?<!\\)\$([^$]+?)(?<!\\)\$", re.DOTALL)
        return pattern.sub(self._mark, markdown)

    def _mark(self, match: re.Match) -> str:
        formula = match[2] or match[3]
        if not formula:
            return match[0]
        self.found.append((formula.strip(), match[2] is not None))
        return f"formula{len(self.found) - 1}alumrof"

    def show(self, html: str, modules: Path) -> str:
        """The page with each formula in the place of its mark.

        modules  where KaTeX is installed

        Raises ValueError, with KaTeX's message, for a formula that it does not know.
        """
        done = subprocess.run(
            ["node", SET, modules / "katex"],
            input=json.dumps(self.found), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            message = re.search(r"ParseError: .*", done.stderr)
            raise ValueError(message[0] if message else done.stderr)
        rendered = json.loads(done.stdout)
        return re.sub(r"formula(\d+)alumrof", lambda match: rendered[int(match[1])], html)


def styles(modules: Path) -> str:
    """The style sheet of formulas, with its fonts inside."""

    def font(match: re.Match) -> str:
        data = base64.b64encode((modules / "katex/dist" / match[1]).read_bytes()).decode()
        return f"src:url(data:font/woff2;base64,{data}) format('woff2')"

    text = (modules / "katex/dist/katex.min.css").read_text(encoding="utf-8")
    return re.sub(r'src:url\((fonts/[^)]+\.woff2)\) format\("woff2"\)[^};]*', font, text)
