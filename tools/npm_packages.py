"""What slides and pages take from npm, by exact versions and checksums, into build/node."""

import json
import subprocess
from pathlib import Path

from gmmlesson.folder import alone

BUILD = Path(__file__).resolve().parent.parent / "build"
PATIENCE = 300  # seconds to wait for another process that installs

# As requirements.lock has them for Python.
PACKAGES = {
    ("reveal.js", "5.2.1"): (
        "sha512-r7//6mIM5p34hFiDMvYfXgyjXqGRta+/psd9YtytsgRlrpRzFv4RbH76TXd2qD+7ZPZEbpBDhdRhJaFgfQ7zNQ=="
    ),
    ("katex", "0.16.22"): (
        "sha512-XCHRdUw4lf3SKBaJe4EvgqIuWwkPSo9XoeO8GjQW94Bp7TWv9hNhzZjZ+OH9yf1UmLygb7DIT5GSFQiyt16zYg=="
    ),
}


def install() -> Path:
    """The folder node_modules with reveal.js and KaTeX, fetched by npm unless they are there.

    Raises ValueError if a package is not the one that is pinned here.
    """
    folder = BUILD / "node"
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder, PATIENCE):
        if not PACKAGES.keys() <= checksums(folder).keys():
            wanted = [f"{name}@{version}" for name, version in PACKAGES]
            options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(["npm", "install", "--prefix", folder, *options, *wanted], check=True)
        found = checksums(folder)
    for package, checksum in PACKAGES.items():
        if found.get(package) != checksum:
            raise ValueError(f"{'@'.join(package)} differs from the one pinned in {Path(__file__).name}.")
    return folder / "node_modules"


def checksums(folder: Path) -> dict[tuple[str, str], str]:
    """{(name, version): checksum} of what is installed."""
    lock = folder / "node_modules" / ".package-lock.json"
    entries = json.loads(lock.read_text(encoding="utf-8"))["packages"] if lock.exists() else {}
    return {
        (name.removeprefix("node_modules/"), entry["version"]): entry.get("integrity", "")
        for name, entry in entries.items()
    }
