"""A make that a test runs must not take over what the `make test ARGS=...` around the test was given."""

import os

HANDED_ON = {"ARGS", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "PYTHON"}


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in HANDED_ON}
