"""Fixtures for tests that read the book, which ask for them by name."""

import pytest

from book import SITE, pages, serving


@pytest.fixture(scope="session")
def address():
    """The book, below a folder of its server, as on a host that is shared."""
    assert pages(), "There is no book yet: make site"
    with serving(SITE.parent) as root:
        yield f"{root}{SITE.name}/"
