"""Runs a patch without touching the installed library: `<folder>/<dotted.module>.py` replaces that module's text.

The text is swapped where Python reads a source file, so it does not matter whether a module comes through the import
system or from a file location. The module keeps its real `__file__` (libraries look for files beside it), and
`linecache` shows the overlaid lines under that name, so tracebacks and captured graphs do too.
"""

from __future__ import annotations

import linecache
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType


def modules_in(folder: str | Path | None) -> list[str]:
    """Dotted names that an overlay folder replaces; none where there is no folder."""
    if not folder:
        return []
    return sorted(path.name.removesuffix(".py") for path in Path(folder).glob("*.py"))


def conflicts(names: list[str]) -> list[str]:
    """Overlaid modules that this process has imported already: too late to replace them here."""
    return [name for name in names if name in sys.modules]


class Overlay:
    """Active for the rest of the process once installed. `loaded` lists what was really replaced."""

    def __init__(self, folder: str | Path | None):
        self._files = {name: Path(folder) / f"{name}.py" for name in modules_in(folder)} if folder else {}
        self._texts: dict[str, str] = {}  # installed path -> overlaid text
        self.loaded: list[str] = []

    def install(self) -> None:
        if not self._files:
            return
        original = SourceFileLoader.get_code
        original_source = SourceFileLoader.get_source

        def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
            text = self._text(fullname)
            if text is None:
                return original(loader, fullname)
            path = loader.get_filename(fullname)
            self._texts[path] = text
            self.show()
            code = loader.source_to_code(text, path)
            self.loaded.append(fullname)
            return code

        def get_source(loader: SourceFileLoader, fullname: str) -> str | None:
            text = self._text(fullname)
            return original_source(loader, fullname) if text is None else text

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
        SourceFileLoader.get_source = get_source  # type: ignore[method-assign]

    def show(self) -> None:
        """Puts the overlaid lines into `linecache` (again, if something has cleared it)."""
        for path, text in self._texts.items():
            # Without a modification time an entry is never checked against the disk.
            linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)

    def text_of(self, path: str) -> str | None:
        """The text that runs under `path` when it was overlaid."""
        return self._texts.get(path)

    def file_of(self, path: str) -> Path | None:
        """The overlay's own file whose text runs under `path`."""
        return next((self._files[name] for name in self.loaded if self._origin(name) == path), None)

    def _origin(self, name: str) -> str | None:
        return getattr(sys.modules.get(name), "__file__", None)

    def _text(self, name: str) -> str | None:
        file = self._files.get(name)
        return file.read_text(encoding="utf-8") if file else None
