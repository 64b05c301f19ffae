"""Serve the book on 127.0.0.1: `make serve`. It is static files; any other server does as well."""

import argparse
import functools
import http.server
from pathlib import Path

SITE = Path(__file__).resolve().parents[2] / "build" / "site"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".ipynb": "application/json",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files with the types that browsers insist on, and no line for each of them."""

    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES

    def log_message(self, *_):
        pass


def server(folder: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server of a folder, not yet running; port 0 takes one that is free."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=folder))


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the book on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if not SITE.exists():
        parser.exit(1, "There is no book yet: make site\n")
    with server(SITE, options.port) as running:
        print(f"http://127.0.0.1:{running.server_port}/  (Ctrl+C ends it)", flush=True)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
