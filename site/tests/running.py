"""A page of the book that is run, for tests to drive: a server of the site, and what one does in a lesson."""

import contextlib
import functools
import http.server
import io
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("SITE", ROOT / "build" / "site"))
FOLDER = "/courses/em/"  # the site lies below the root of its host, as on GitHub Pages
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'"
)
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
MINUTES = 10 * 60_000  # milliseconds: for a lesson on a busy machine
WORKING = ".run-bar[data-working]"


class Server(http.server.ThreadingHTTPServer):
    """The site at 127.0.0.1, below FOLDER, with the policy as a header: it then holds for workers too."""

    def __init__(self, site: Path):
        self.site = site
        self.asked = []  # paths below FOLDER
        self.missing = set()  # paths that are answered as if there were no such file
        self.cut = set()  # paths whose line is cut in the middle of the file
        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=str(site)))

    def url(self, page: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{FOLDER}{page}"


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES

    def translate_path(self, path):
        return super().translate_path("/" + path.removeprefix(FOLDER))

    def do_GET(self):
        path = self.path.split("?")[0].removeprefix(FOLDER)
        self.server.asked.append(path)
        if path in self.server.missing or not self.path.startswith(FOLDER):
            self.send_error(404)
        else:
            super().do_GET()

    def copyfile(self, source, outputfile):
        if self.path.removeprefix(FOLDER) in self.server.cut:
            source = io.BytesIO(source.read(os.fstat(source.fileno()).st_size // 2))
            self.close_connection = True
        super().copyfile(source, outputfile)

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(site: Path = SITE) -> Iterator[Server]:
    server = Server(site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Lesson:
    """A lesson in a browser.

    page   Playwright's page
    cells  the code cells of the committed notebook
    """

    def __init__(self, page, name: str):
        self.page, self.name = page, name
        self.cells = committed(name)

    def cell(self, index: int):
        return self.page.locator("div.cell:has(.cell_input pre)").nth(index)

    def note(self) -> str:
        return self.page.locator(".run-note").inner_text()

    def press(self, words: str) -> None:
        """Press a button of the bar."""
        self.page.locator(".run-bar").get_by_role("button", name=words).click()

    def until(self, expression: str) -> None:
        """Wait until JavaScript's expression is true. (Playwright's own way needs `eval` in the page.)"""
        until(lambda: self.page.evaluate(expression))

    def wait(self) -> None:
        """Wait until nothing runs."""
        self.page.locator(WORKING).wait_for(state="detached", timeout=MINUTES)

    def run_all(self) -> None:
        self.press("Run")
        self.wait()

    def run(self, index: int) -> None:
        """Run a cell by its button, and wait for it."""
        self.cell(index).get_by_role("button", name="Run cell").click()
        self.wait()

    def write(self, index: int, code: str) -> None:
        """Write into a cell as one does with a keyboard: all that it held is replaced."""
        if not self.page.locator(".run-editor").count():
            self.cell(index).get_by_role("button", name="Edit").click()
        editor = self.cell(index).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)

    def text(self, index: int) -> str:
        """What a cell holds."""
        lines = self.cell(index).locator(".cm-line").all_inner_texts()
        return "\n".join(line.rstrip("\n") for line in lines)

    def out(self, index: int) -> str:
        """What a cell shows, folded or not."""
        return self.cell(index).locator(".cell_output").text_content()

    def execute(self, index: int, code: str) -> str:
        """Write into a cell and run it -> what it shows."""
        self.write(index, code)
        self.run(index)
        return self.out(index)

    def printed(self, index: int) -> str:
        """What a cell prints."""
        return "".join(self.cell(index).locator(".cell_output .output.stream pre").all_text_contents())

    def find(self, words: str) -> int:
        """The first cell whose committed source has these words."""
        return next(index for index, cell in enumerate(self.cells) if words in "".join(cell["source"]))


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until a function returns what is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It has not become true."
        time.sleep(0.05)


def committed(name: str) -> list[dict]:
    notebook = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def printed(cell: dict, stream: str = "stdout") -> str:
    """What a cell of the committed notebook prints."""
    streams = [output for output in cell["outputs"] if output.get("name") == stream]
    return "".join("".join(output["text"]) for output in streams)


def plain(html: str) -> str:
    """The words of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
