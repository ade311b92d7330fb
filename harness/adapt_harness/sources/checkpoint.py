"""Weight files of a local folder: which there are, whether they are whole, and whether all of them were used.

Checked before anything is built, so that a truncated file is said in one line instead of as a loader's traceback.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from adapt_harness.errors import first_line
from adapt_harness.sources.base import SourceError

_SINGLE = ("model.safetensors", "pytorch_model.bin")
_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_LARGEST_INDEX = 64 << 20  # bytes
_SHOWN = 5


@dataclass(frozen=True)
class Weights:
    """The weight files of one checkpoint, and the names of its tensors where the format tells without reading it."""

    files: tuple[Path, ...]
    keys: frozenset[str] | None


def find_weights(folder: Path) -> Weights | None:
    """The folder's checkpoint, safetensors first; None when it has no weights. SourceError when it is broken."""
    for single, index in zip(_SINGLE, _INDEXES):
        if (folder / single).is_file():
            keys = _keys(folder / single)
            return Weights((folder / single,), keys)
        if (folder / index).is_file():
            return _sharded(folder, folder / index)
    return None


def check_report(report: dict[str, Any]) -> None:
    """Raises when the library's loading report says that a tensor was not found, not used, or of another shape."""
    for field, what in (
        ("mismatched_keys", "of another shape"),
        ("missing_keys", "missing"),
        ("unexpected_keys", "unexpected"),
    ):
        names = sorted(_named(n) for n in report.get(field) or ())
        if names:
            shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
            raise SourceError("bad-checkpoint", f"{len(names)} tensors {what}: {shown}")
    if report.get("error_msgs"):
        raise SourceError("bad-checkpoint", " ".join(str(report["error_msgs"][0]).split())[:400])


def check_finite(model: torch.nn.Module) -> None:
    """Raises when a loaded weight holds NaN or infinity."""
    bad = [n for n, p in model.named_parameters() if p.is_floating_point() and not bool(torch.isfinite(p).all())]
    if bad:
        raise SourceError("bad-checkpoint", f"{len(bad)} tensors hold NaN or infinity: {', '.join(bad[:_SHOWN])}")


def _named(entry: Any) -> str:
    """A key, or (key, shape in the file, shape in the model)."""
    if isinstance(entry, (tuple, list)) and len(entry) == 3:
        return f"{entry[0]} {list(entry[1])} instead of {list(entry[2])}"
    return str(entry[0]) if isinstance(entry, (tuple, list)) else str(entry)


def _keys(path: Path) -> frozenset[str] | None:
    if path.suffix != ".safetensors":
        return None
    from safetensors import safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            return frozenset(file.keys())
    except Exception as error:  # the package raises its own and the system's exceptions
        raise SourceError(
            "bad-checkpoint", f"{path.name} is not a whole safetensors file: {first_line(error, 200)}"
        ) from error


def _sharded(folder: Path, index: Path) -> Weights:
    mapping = _weight_map(index)
    shards = sorted(set(mapping.values()))
    for shard in shards:
        if Path(shard).name != shard:
            raise SourceError("bad-checkpoint", f"{index.name} names a file outside its folder: {shard[:80]}")
        if not (folder / shard).is_file():
            raise SourceError("bad-checkpoint", f"{index.name} names {shard}, which is not there")
    for shard in shards:
        keys = _keys(folder / shard)
        listed = {k for k, s in mapping.items() if s == shard}
        if keys is not None and listed - keys:
            raise SourceError(
                "bad-checkpoint", f"{shard} lacks {sorted(listed - keys)[0]}, which {index.name} places there"
            )
    return Weights(tuple(folder / s for s in shards), frozenset(mapping))


def _weight_map(index: Path) -> dict[str, str]:
    if index.stat().st_size > _LARGEST_INDEX:
        raise SourceError("bad-checkpoint", f"{index.name} is over {_LARGEST_INDEX >> 20} MiB")
    try:
        whole = json.loads(index.read_text(encoding="utf-8"))
        mapping, _ = whole["weight_map"], whole["metadata"]  # the library reads both
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SourceError(
            "bad-checkpoint", f"{index.name} lacks weight_map or metadata: {first_line(error, 200)}"
        ) from error
    if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
        raise SourceError("bad-checkpoint", f"{index.name}: weight_map is not a table of file names")
    return mapping
