"""Requirement files beside a loader, against what this environment holds."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

FILES = ("requirements.txt", "requirements.nodeps.txt", "requirements.nodeps.nobuildisolation.txt")
_LARGEST = 64 << 10  # bytes
_SHOWN = 6


def unmet(folder: Path) -> list[str]:
    """Each requirement that this environment does not meet: "timm (absent)", "transformers==4.57.1 (5.23.0 here)"."""
    found: list[str] = []
    for name in FILES:
        if (folder / name).is_file():
            found += [said for line in _lines(folder / name) if (said := _unmet(line))]
    return list(dict.fromkeys(found))


def advice(folder: Path) -> str:
    """One phrase about what is not met and what to do; empty where there is nothing to say."""
    wants = unmet(folder)
    if not wants:
        return ""
    more = f" and {len(wants) - _SHOWN} more" if len(wants) > _SHOWN else ""
    files = ", ".join(name for name in FILES if (folder / name).is_file())
    return (
        f"{files} beside the loader wants {', '.join(wants[:_SHOWN])}{more}; "
        "--install-requirements installs that into a copy of the environment"
    )


def _lines(file: Path) -> list[str]:
    with file.open(encoding="utf-8", errors="replace") as opened:
        text = opened.read(_LARGEST)
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-"))]  # "-": an option of the installer


def _unmet(line: str) -> str | None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(line)
    except InvalidRequirement:
        return f"{line[:80]} (not looked for: it has no name)"
    if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
        return None
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{wanted.name}{wanted.specifier} (absent)"
    if wanted.specifier.contains(version, prereleases=True):
        return None
    return f"{wanted.name}{wanted.specifier} ({version} here)"
