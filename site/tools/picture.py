"""Take the picture of README.md, the book's first page in which EM has run: `make site-picture`."""

import io
import threading

import PIL.Image

import serve
from lab import chromium

PICTURE = serve.SITE.parents[1] / "site" / "picture.png"
SIZE = {"width": 1280, "height": 860}
COLORS = 128
STEPS = 6


def main() -> None:
    """Open the first page of build/site, take some steps of EM, and write the picture."""
    with serve.server(serve.SITE) as running, chromium() as browser:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        page.goto(f"http://127.0.0.1:{running.server_port}/index.html")
        page.get_by_test_id("em-explorer").wait_for()
        for _ in range(STEPS):
            page.get_by_test_id("em-step").click()
            page.wait_for_timeout(300)
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        image = PIL.Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        running.shutdown()
    image.quantize(COLORS, dither=PIL.Image.Dither.NONE).save(PICTURE, "PNG", optimize=True)


if __name__ == "__main__":
    main()
