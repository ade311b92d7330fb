"""The installed packages that a model's own files import, as pip would name them."""

from __future__ import annotations

import ast
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, Iterable

from adapt_harness.sources.forge.checkout import imported_by


def own_requirements(model: dict[str, Any], sources: Iterable[dict[str, Any]]) -> list[str]:
    """`einops==0.8.1` for each, sorted, of the files that the model brings itself: a library has its own requirements.

    Left out: what was not imported after all, what lies beside the model, and what no one distribution brings.
    """
    if model["kind"] not in ("file", "folder"):
        return []
    place = Path(model["name"]).resolve()
    folder = place if model["kind"] == "folder" else place.parent
    files = [path for source in sources if (path := Path(source["path"]).resolve()).is_relative_to(folder)]
    names = {name for file in files for name in _imports(file)} - sys.stdlib_module_names
    found = {_distribution(name) for name in names if _is_installed(name, folder)}
    # A local version, as in 0.26.0+cpu, is in no index.
    return sorted({f"{one.name}=={one.version.partition('+')[0]}" for one in found if one and one.name and one.version})


def _imports(file: Path) -> set[str]:
    """Packages of the absolute imports, wherever they stand."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return set()
    return {name for node in ast.walk(tree) for name in imported_by(node)}


def _is_installed(name: str, folder: Path) -> bool:
    file = vars(sys.modules[name]).get("__file__") if isinstance(sys.modules.get(name), ModuleType) else None
    return isinstance(file, str) and not Path(file).resolve().is_relative_to(folder)


def _distribution(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)  # most are named as what they bring
    except metadata.PackageNotFoundError:
        bringing = set(metadata.packages_distributions().get(name, ()))
        return metadata.distribution(bringing.pop()) if len(bringing) == 1 else None
