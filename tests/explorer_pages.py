"""What tests do in an explorer's exported page, and read from it."""

import base64
import io

import numpy as np
import PIL.Image

from gmmlesson.mixture import Mixture

SETTLED = 400  # milliseconds: longer than ellipses glide


def points(n=300, seed=0):
    rng = np.random.default_rng(seed)
    centers = np.array([[-3.0, 0.0], [2.0, 2.5], [1.5, -2.5]])
    return centers[rng.integers(3, size=n)] + rng.normal(size=(n, 2)) * [0.9, 0.7]


def start(means=((-2.0, 1.0), (1.0, 1.5), (0.5, -1.0)), sds=(1.5, 1.0)):
    means = np.array(means)
    k = len(means)
    return Mixture(np.full(k, 1 / k), means, np.tile(np.diag(np.square(sds)), (k, 1, 1)))


def part(page, name):
    return page.get_by_test_id(f"em-{name}")


def read(page, expression):
    """A value of the page's session, such as "session.mixture"."""
    root = part(page, "explorer")
    return root.evaluate(f"root => {{ const session = root.session; return {expression}; }}")


def shown(page) -> Mixture:
    """The mixture that the page has."""
    parts = read(page, "session.mixture")
    return Mixture(*(np.array(parts[name]) for name in ("weights", "means", "covariances")))


def responsibilities(page, n=1000):
    """Of the first n points, (n, k); None before the first E."""
    some = f"[...session.responsibilities.slice(0, {n} * session.state.k)]"
    flat = read(page, f"session.responsibilities && {some}")
    return flat if flat is None else np.array(flat).reshape(-1, read(page, "session.state.k"))


def equal(mixture, other, rtol=1e-4, atol=1e-5):
    return mixture.k == other.k and all(
        np.allclose(getattr(mixture, name), getattr(other, name), rtol=rtol, atol=atol)
        for name in ("weights", "means", "covariances")
    )


def center(locator):
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])


def drag(page, name, by):
    """Drag a handle with the mouse, in several moves."""
    at = center(part(page, name))
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(*(at + by), steps=6)
    page.mouse.up()
    painted(page)


def in_sight(page):
    """Wait until the whole picture is."""
    page.wait_for_function(
        """() => {
            const { top, bottom } = document.querySelector("[data-testid=em-stage]").getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight;
        }"""
    )


def painted(page):
    """Wait until everything that was asked for is on the screen."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def settle(page):
    page.wait_for_timeout(SETTLED)


def until(page, expression, seconds=60):
    """Wait for a value of the session. Playwright's own way makes code from text: the page forbids it."""
    for _ in range(20 * seconds):
        if read(page, expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} has stayed false for {seconds} s")


def click(page, *names):
    for name in names:
        part(page, name).click()
    settle(page)


def says(page):
    return part(page, "status").inner_text()


def pixels(page, name="points"):
    """A canvas's pixels, (height, width, 4)."""
    address = part(page, name).evaluate("canvas => canvas.toDataURL('image/png')")
    picture = PIL.Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    return np.array(picture.convert("RGBA"))


def colorfulness(page):
    rgb = pixels(page)[..., :3].astype(int)
    spread = rgb.max(axis=-1) - rgb.min(axis=-1)
    return np.sort(spread, axis=None)[-2000:].mean()


def position(page, name):
    """Where a handle stands, in data coordinates, by the scales read off two components' means."""
    means = shown(page).means
    screen = np.array([center(part(page, f"component-{j}")) for j in (0, 1)])
    slope = (means[1] - means[0]) / (screen[1] - screen[0])
    return means[0] + (center(part(page, name)) - screen[0]) * slope
