"""What the numbers were measured on."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import scipy.linalg  # noqa: F401 - scikit-learn's second BLAS is loaded with it
import threadpoolctl

from gmmlesson.threads import n_processors


def facts(versions):
    """(what, which) of this machine and its software; `versions` maps every peer to its own, or to None."""
    packages = ("gmmlesson", "numpy", "scipy")
    rows = [
        ("processor", f"{_processor()}, {n_processors()} in use of {os.cpu_count()}"),
        ("memory", _memory()),
        ("system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"),
        ("packages", ", ".join(f"{name} {metadata.version(name)}" for name in packages)),
    ]
    for blas in threadpoolctl.threadpool_info():
        if blas["user_api"] == "blas":
            owner = Path(blas["filepath"]).parent.name.removesuffix(".libs")
            kernel = f"{blas['internal_api']} {blas['version']}, kernel {blas.get('architecture')}"
            rows.append((f"BLAS of {owner}", f"{kernel}, {blas['num_threads']} threads"))
    return rows + [(name, version or "not installed: not measured") for name, version in versions.items()]


def _processor():
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        lines = listing.read_text().splitlines()
        names = [line.split(":", 1)[1] for line in lines if line.startswith("model name")]
        if names:
            return names[0].strip()
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return platform.processor() or platform.machine()


def _memory():
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return "unknown"
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
