"""Modelling code that a folder brings along, imported from that folder and from nowhere else."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from adapt_harness.errors import first_line
from adapt_harness.sources.base import SourceError

_REFERENCE = re.compile(r"(?:[\w./-]+--)?(\w+)\.(\w+)")


def load_class(folder: Path, reference: str) -> type:
    """The class that `reference` ("modeling_x.XModel") names in a Python file of `folder`.

    The folder becomes a package, so the relative imports between its files work. A reference into another repository
    ("org/name--modeling_x.XModel") is served only when the folder has that file too.
    """
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise SourceError("bad-config", f"auto_map names '{reference[:80]}', which is not module.Class")
    stem, name = match.groups()
    if not (folder / f"{stem}.py").is_file():
        raise SourceError("bad-config", f"auto_map names {stem}.{name}, but the folder has no {stem}.py")
    module = _import(folder, stem)
    found = getattr(module, name, None)
    if not isinstance(found, type):
        raise SourceError("import-error", f"{stem}.py has no class {name}")
    return found


def reference_for(auto_map: Any, architecture: str | None, config: bool = False) -> str | None:
    """The entry of `auto_map` for the configuration, or for the model class called `architecture`."""
    if not isinstance(auto_map, dict):
        return None
    entries = {k: (v[0] if isinstance(v, list) and v else v) for k, v in auto_map.items()}
    if config:
        return entries.get("AutoConfig") if isinstance(entries.get("AutoConfig"), str) else None
    models = {k: v for k, v in entries.items() if k.startswith("AutoModel") and isinstance(v, str)}
    named = [v for v in models.values() if architecture and v.endswith(f".{architecture}")]
    return next(iter(named), None) or models.get("AutoModel") or next(iter(models.values()), None)


def package_of(folder: Path) -> str:
    """The name of the package that the folder becomes."""
    return "adapt_model_" + re.sub(r"\W", "_", folder.name)


def _import(folder: Path, stem: str) -> ModuleType:
    package = package_of(folder)
    if package not in sys.modules:
        parent = ModuleType(package)
        parent.__path__ = [str(folder)]
        sys.modules[package] = parent
    try:
        return importlib.import_module(f"{package}.{stem}")
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing and missing != package:
            raise SourceError("missing-package", f"{stem}.py needs package '{missing}'") from error
        raise SourceError("import-error", f"{stem}.py: {first_line(error)}") from error
    except Exception as error:
        raise SourceError("import-error", f"{stem}.py: {first_line(error)}") from error
