"""Evidence for a probe: what is installed, and what the machine has. Imports nothing heavy."""

from __future__ import annotations

import importlib.util
from importlib import metadata

from adapt_harness.backends.base import Probe


def version_of(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def missing_module(name: str) -> bool:
    """Whether a top-level package cannot be found; looks at files only."""
    try:
        return importlib.util.find_spec(name) is None
    except (ImportError, ValueError):
        return True


def package_probe(package: str, also: tuple[str, ...] = (), distribution: str | None = None) -> Probe:
    """Available when `package` and all of `also` can be found; the evidence names the folder or what is missing."""
    missing = [name for name in (package, *also) if missing_module(name)]
    if missing:
        return Probe(False, f"Python package not found: {', '.join(missing)}")
    version = version_of(distribution or package)
    return Probe(True, f"{distribution or package} {version or 'of unknown version'} is installed", version)
