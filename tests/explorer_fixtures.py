"""The exported page of an explorer in a browser: `pytest_plugins = ["lab_fixtures", "explorer_fixtures"]`."""

import pytest


@pytest.fixture
def show(browser, tmp_path):
    """Open the exported page of an explorer; at the end nothing may have been asked for or have broken."""
    problems, contexts = [], []

    def show(explorer, *, width=960, height=760, title="EM explorer", **options):
        path = tmp_path / f"page{len(contexts)}.html"
        explorer.to_html(path, title=title)
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: problems.append(f"error in the page: {error}"))
        page.on("console", lambda line: line.type == "error" and problems.append(f"console: {line.text}"))
        page.on("request", lambda request: allowed(request.url, path) or problems.append(request.url))
        page.goto(path.as_uri())
        page.locator("[data-testid=em-explorer][data-frames]").wait_for()
        return page

    yield show
    for context in contexts:
        context.close()
    assert not problems


def allowed(url, path):
    return url == path.as_uri() or url.startswith(("blob:", "data:"))
