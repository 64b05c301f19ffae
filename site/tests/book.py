"""What the tests of the book share: its pages, a server, a browser that is cut off from all else."""

import functools
import gzip
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import serve
from lab import LOCAL

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
APART = {"lite", "pyodide"}  # what others have made, with rules of their own
NARROW, WIDE = 400, 1280


def pages() -> list[str]:
    """All pages of the book, without their ending."""
    paths = [path.relative_to(SITE) for path in SITE.rglob("*.html")]
    return sorted(str(path.with_suffix("")) for path in paths if path.parts[0] not in APART)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server of a folder -> its address."""
    with serve.server(folder) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


@dataclass
class Visit:
    """A page that is open, what went wrong in it, and what it has asked for so far."""

    page: object
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def weight(self, address: str) -> float:
        """Kilobytes, gzipped, of all the files of the site at `address` that were asked for."""
        names = {re.sub("[?#].*", "", request.removeprefix(address)) for request in self.requests}
        files = [SITE / name for name in names if (SITE / name).is_file()]
        return sum(map(gzipped, files)) / 1e3


@functools.cache
def gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes()))


@contextmanager
def visit(browser, address: str, **options) -> Iterator[Visit]:
    """Open a page in a fresh profile that knows no other host."""
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    seen = Visit(page)
    page.route(lambda url: not LOCAL.match(url), lambda route: route.abort())
    page.on("request", lambda request: hear(seen, request.url))
    page.on(
        "response",
        lambda answer: answer.status >= 400 and seen.problems.append(f"{answer.status}: {answer.url}"),
    )
    page.on("pageerror", lambda error: seen.problems.append(f"error in the page: {error}"))
    page.on("console", lambda line: line.type == "error" and seen.problems.append(f"console: {line.text}"))
    try:
        page.goto(address)
        page.evaluate("document.fonts.ready")
        yield seen
    finally:
        context.close()


def hear(seen: Visit, url: str) -> None:
    seen.requests.append(url)
    if not LOCAL.match(url):
        seen.problems.append(f"asks for {url}, outside this site")


def scroll_through(page) -> None:
    """Scroll to the end, as a reader does, so that everything comes into sight; then back."""
    page.evaluate("""async () => {
        for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
            scrollTo(0, y);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }
        scrollTo(0, 0);
    }""")
    page.wait_for_function(
        "[...document.querySelectorAll('.gmm-explorer')].every((one) => 'shown' in one.dataset)"
    )
    page.wait_for_function(
        "[...document.querySelectorAll('.gmm-drawn-slider')].every((one) => one.querySelector('input'))"
    )


class Source(HTMLParser):
    """What the file of a page holds: links, anchors, pictures, scripts, words."""

    def __init__(self, name: str):
        super().__init__()
        self.links, self.anchors, self.pictures, self.scripts, self.handlers, self.words = (
            [],
            [],
            [],
            [],
            [],
            [],
        )
        self.styles = []
        self.feed((SITE / f"{name}.html").read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a" and "href" in attrs:
            self.links.append(attrs["href"])
        if tag == "img":
            self.pictures.append(attrs)
        if tag == "script":
            self.scripts.append(attrs)
        if tag == "link":
            self.styles.append(attrs["href"])
        if "id" in attrs:
            self.anchors.append(attrs["id"])
        self.handlers += [name for name in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.words.append(data)


def text_of(name: str) -> str:
    return re.sub(r"\s+", " ", "".join(Source(name).words))
