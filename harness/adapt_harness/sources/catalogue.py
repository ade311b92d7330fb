"""Names of the model classes that the installed library has, read from its files without importing them."""

from __future__ import annotations

import difflib
import functools
import importlib.util
import re
from pathlib import Path
from typing import Any

# A model is a class over another model class; layers, outputs and the abstract bases are not.
_CLASS = re.compile(r"^class (\w+)\(([^)]+)\)", re.M)
_MODEL_BASE = re.compile(r"\b\w*(?:Pre[Tt]rained\w*|Model|For[A-Z]\w+)\b(?<!ModelOutput)")
_NOT_A_MODEL = re.compile(r"PreTrainedModel$|Output|Mixin$|^Auto(Model|Backbone)")


def library_folder() -> Path | None:
    """Folder of the installed transformers package; None where it is not installed."""
    spec = importlib.util.find_spec("transformers")
    return Path(spec.origin).parent if spec and spec.origin else None


@functools.lru_cache(maxsize=1)
def defining_modules() -> dict[str, str]:
    """Model class -> dotted module that defines it."""
    root = library_folder()
    found: dict[str, str] = {}
    for path in sorted(root.glob("models/*/modeling_*.py")) if root else []:
        module = f"transformers.models.{path.parent.name}.{path.stem}"
        for match in _CLASS.finditer(path.read_text(encoding="utf-8", errors="replace")):
            if _MODEL_BASE.search(match.group(2)) and not _NOT_A_MODEL.search(match.group(1)):
                found.setdefault(match.group(1), module)
    return found


def nearest(name: str, names: Any, limit: int = 5) -> list[str]:
    """The names most like `name`, best first; letter case does not count."""
    lowered = {n.lower(): n for n in names}
    hits = difflib.get_close_matches(name.lower(), list(lowered), n=limit, cutoff=0.6)
    return [lowered[h] for h in hits]


def model_names(prefix: str = "", near: str | None = None, limit: int = 50) -> dict[str, Any]:
    """The `models` method: names that start with `prefix`, or with `near` the nearest ones."""
    names = sorted(defining_modules())
    if near:
        return {"names": nearest(near, names, limit), "total": len(names)}
    chosen = [n for n in names if n.lower().startswith(prefix.lower())]
    return {"names": chosen[:limit], "total": len(chosen)}
