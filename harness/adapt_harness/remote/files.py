"""Files by content: what a machine has is not sent to it again, and what arrives is checked by its hash."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Iterable

from adapt_harness.remote.link import CHUNK, ConnectionLost, Link

_HASH = re.compile("[0-9a-f]{64}")
MOST_FILES = 20_000
MOST_BYTES = 64 << 30


@dataclass(frozen=True)
class Entry:
    path: str  # absolute, as this machine names it
    sha256: str
    size: int


def digest(path: Path) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(CHUNK):
            found.update(block)
            size += len(block)
    return found.hexdigest(), size


def below(path: Path) -> Iterable[Path]:
    """The regular files of a folder, or the file itself; links are left out."""
    if path.is_symlink():
        return
    if path.is_file():
        yield path
    for folder, names, files in os.walk(path, followlinks=False):
        names[:] = sorted(name for name in names if name != "__pycache__")
        for name in sorted(files):
            file = Path(folder) / name
            if file.is_file() and not file.is_symlink():
                yield file


def listed(paths: Iterable[Path]) -> list[Entry]:
    out: dict[str, Entry] = {}
    for path in paths:
        for file in below(path):
            if str(file) not in out:
                out[str(file)] = Entry(str(file), *digest(file))
    if len(out) > MOST_FILES or sum(entry.size for entry in out.values()) > MOST_BYTES:
        raise ValueError(f"{len(out)} files are too many, or they are too long")
    return list(out.values())


def as_json(entries: list[Entry]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in entries]


def from_json(value: Any) -> list[Entry]:
    """Raises ConnectionLost for what is no list of files: the other end is not ours then."""
    if not isinstance(value, list) or len(value) > MOST_FILES:
        raise ConnectionLost("no list of files")
    out = []
    for row in value:
        good = isinstance(row, dict) and isinstance(row.get("path"), str) and type(row.get("size")) is int
        named = good and isinstance(row.get("sha256"), str) and _HASH.fullmatch(row["sha256"])
        if not named or not 0 <= row["size"] <= MOST_BYTES:
            raise ConnectionLost("no file of a list")
        out.append(Entry(row["path"], row["sha256"], row["size"]))
    return out


def is_inside(path: str, folders: Iterable[str]) -> bool:
    """Whether `path`, which somebody else wrote, stays in one of the folders."""
    return os.path.normpath(path) == path and any(path.startswith(folder.rstrip("/") + "/") for folder in folders)


def take(link: Link, entry: Entry, target: Path) -> None:
    """Receives one file: it is there whole and right, or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    descriptor, part = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            for block in link.blocks(entry.size):
                found.update(block)
                file.write(block)
        if found.hexdigest() != entry.sha256:
            raise ConnectionLost(f"{entry.path} arrived with other bytes than were announced")
        os.chmod(part, 0o644)
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise
