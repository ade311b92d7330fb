"""The model's own Python files: which frames belong to it, how a file is called, and what a patch may touch."""

from __future__ import annotations

import hashlib
import linecache
import os
import sys
from pathlib import Path
from typing import Any, Iterable

from adapt_harness.graph import Place
from adapt_harness.overlay import Overlay

FRAME_LIMIT = 40


def _package_parent(root: Path) -> Path:
    """The folder that holds the package `root` belongs to; `root` itself where it is no package."""
    while (root / "__init__.py").is_file() and root.parent != root:
        root = root.parent
    return root


class SourceFiles:
    """Knows the roots before a model is loaded, and the files of its submodules after."""

    def __init__(self, overlay: Overlay):
        self._overlay = overlay
        self._roots: list[Path] = []
        self._own: set[str] = set()
        self.seen_frames: set[str] = set()  # files of the frames that were reported
        self.ran: set[str] = set()  # files whose functions ran in an eager forward

    def adopt(self, loaded: Any) -> None:
        """Takes the roots and the modules of a `sources.Loaded`."""
        self.add_roots(loaded.roots, [loaded.model_file])
        for module in loaded.model.modules():
            file = getattr(sys.modules.get(type(module).__module__), "__file__", None)
            if file and self.inside(file):
                self._own.add(file)

    def add_roots(self, roots: Iterable[str], files: Iterable[str] = ()) -> None:
        self._roots += [Path(root).resolve() for root in roots]
        self._own.update(file for file in files if file)

    def inside(self, file: str) -> bool:
        path = Path(file)
        return path.suffix == ".py" and any(
            path.is_relative_to(root) or self._resolved(path, root) for root in self._roots
        )

    @staticmethod
    def _resolved(path: Path, root: Path) -> bool:
        return path.is_absolute() and path.exists() and path.resolve().is_relative_to(root)

    def relative(self, file: str) -> str:
        """`transformers/models/bert/modeling_bert.py`: the name that people and patches use."""
        path = Path(file)
        for root in sorted(self._roots, key=lambda r: len(r.parts), reverse=True):
            for candidate in (path, path.resolve()):
                if candidate.is_relative_to(root):
                    return str(candidate.relative_to(_package_parent(root)))
        return path.name

    def module_of(self, file: str) -> str | None:
        for name, module in list(sys.modules.items()):
            if getattr(module, "__file__", None) == file:
                return name
        return None

    def frame(self, place: Place) -> dict[str, Any]:
        self.seen_frames.add(place.file)
        return {
            "file": self.relative(place.file),
            "module": self.module_of(place.file),
            "line": place.line,
            "function": place.function,
            "source": linecache.getline(place.file, place.line).strip()[:400],
        }

    def locate(self, stack: list[Place]) -> tuple[Place | None, list[Place]]:
        """The innermost frame of the model's own modules, else of its package; and the package's other frames.

        `stack` is innermost first. Helpers of the same library come second because a repair starts in the model.
        """
        inside = [place for place in stack if self.inside(place.file)]
        own = [place for place in inside if place.file in self._own]
        chosen = own[0] if own else (inside[0] if inside else None)
        others = [place for place in inside if place is not chosen]
        return chosen, others[:FRAME_LIMIT]

    def listing(self, graph: Iterable[str] = ()) -> list[dict[str, Any]]:
        """The `sources` of a reply: each file once, with its strongest role. `graph`: files of a captured graph.

        Helpers that ran in the forward count as `graph` too: the stack of a node may stop short of them.
        """
        roles: dict[str, str] = {}
        for role, files in (("model", self._own), ("frame", self.seen_frames), ("graph", {*graph, *self.ran})):
            for file in files:
                if self.inside(file) and os.path.isfile(file):
                    roles.setdefault(file, role)
        order = {"model": 0, "frame": 1, "graph": 2}
        return [self._source(file, role) for file, role in sorted(roles.items(), key=lambda kv: (order[kv[1]], kv[0]))]

    def _source(self, file: str, role: str) -> dict[str, Any]:
        text = self._overlay.text_of(file)
        raw = text.encode() if text is not None else Path(file).read_bytes()
        path = self._overlay.file_of(file) or Path(file)
        return {
            "module": self.module_of(file) or "",
            "file": self.relative(file),
            "path": str(path),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "role": role,
        }
