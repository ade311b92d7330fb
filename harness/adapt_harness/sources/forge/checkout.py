"""The packages that a loader's imports resolve in, registered by name; no folder is put on `sys.path` for them.

A checkout's root holds folders called like installed packages (`datasets`, `tools`), so on the path it would shadow
them. Standard library alone: generated tests carry this file.
"""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "third_party.tt_forge_models"  # as the runner of tt-xla knows it
_SHARED = ("base", "config", "training_utils", "tools", "tools.utils")
_HIGHEST = 6  # folders between a loader and the root of its checkout
_LARGEST = 4 << 20  # bytes of a Python file that is read here


def root_of(folder: Path) -> Path | None:
    """The checkout that `folder` stands in: the nearest folder above with the contract's `base.py` and `config.py`."""
    for candidate in (folder, *folder.parents)[: _HIGHEST + 1]:
        if (candidate / "base.py").is_file() and (candidate / "config.py").is_file():
            if "class ForgeModel" in _text(candidate / "base.py"):
                return candidate
    return None


def packages_of(folder: Path) -> dict[str, str]:
    """Package -> the folder it is read from, outermost first; the last one holds `loader.py`. The first has none outside a
    checkout."""
    root = root_of(folder)
    names = folder.relative_to(root).parts if root else folder.parts[len(folder.parts) - _depth(folder / "loader.py") :]
    found, at = {PACKAGE: str(root) if root else ""}, root or Path(*folder.parts[: len(folder.parts) - len(names)])
    dotted = PACKAGE
    for name in names:
        at, dotted = at / name, f"{dotted}.{name.replace('.', '_')}"
        found[dotted] = str(at)
    return found


def register(packages: dict[str, str], contract: ModuleType) -> str:
    """Makes the packages importable, with `contract` for what only a checkout has. Returns the loader's module name."""
    for name, folder in [(PACKAGE.partition(".")[0], ""), *packages.items()]:
        if name not in sys.modules:
            _add_package(name, folder)
    if packages[PACKAGE]:
        if not any(isinstance(finder, SharedModules) for finder in sys.meta_path):
            sys.meta_path.insert(0, SharedModules(packages[PACKAGE]))
    else:
        for name in _SHARED:
            sys.modules.setdefault(f"{PACKAGE}.{name}", contract)
    return f"{list(packages)[-1]}.loader"


class SharedModules(importlib.machinery.SourceFileLoader):
    """Finds and loads the modules that all loaders of a checkout share.

    They import every package that any loader may want. What is absent here is put in its place only inside them, as an
    object that raises when it is used, so that a loader which never uses it can be had; nothing else sees that object.
    """

    def __init__(self, root: str, name: str = "", path: str = ""):
        super().__init__(name, path)
        self._root = root

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        inside = name.removeprefix(PACKAGE + ".")
        if inside == name or (inside not in _SHARED and not inside.startswith("tools.")):
            return None
        file = Path(self._root, *inside.split("."))
        if not file.with_suffix(".py").is_file():
            return None
        loader = SharedModules(self._root, name, str(file.with_suffix(".py")))
        return importlib.util.spec_from_file_location(name, loader.path, loader=loader)

    def source_to_code(self, data: Any, path: str, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        tree = ast.parse(data, path)
        tree.body = [_present(statement) for statement in tree.body]
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True, optimize=_optimize)

    def get_code(self, fullname: str) -> Any:
        # Not the cached bytecode: that would be of the text as it is.
        return self.source_to_code(Path(self.path).read_bytes(), self.path)


class Absent:
    """Stands for what an absent package would have given. Names in it may be written, as annotations do; any use of one
    is the import error that was put off."""

    def __init__(self, package: str):
        self.__dict__["_package"] = package

    def _refuse(self, *_: Any, **__: Any) -> Any:
        package = self.__dict__["_package"]
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)

    def __getattr__(self, name: str) -> "Absent":
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(self.__dict__["_package"])

    def __or__(self, other: Any) -> "Absent":  # in an annotation
        return self

    __ror__ = __or__
    __call__ = __mro_entries__ = __iter__ = __getitem__ = __bool__ = _refuse


def imported_by(node: ast.AST) -> set[str]:
    """The packages that an absolute import names; none where it is another node."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return {node.module.partition(".")[0]}
    return set()


def _present(statement: ast.stmt) -> ast.stmt:
    """An import of an absent package as an assignment of what stands for it; every other statement as it is."""
    absent = next((name for name in sorted(imported_by(statement)) if not _is_there(name)), None)
    if absent is None:
        return statement
    names = [alias.asname or alias.name.partition(".")[0] for alias in statement.names]
    made = f"__import__('sys').modules[{__name__!r}].Absent({absent!r})"
    text = "; ".join(f"{name} = {made}" for name in names if name.isidentifier())
    replaced = ast.parse(f"if True:\n {text or 'pass'}").body[0]
    return ast.copy_location(replaced, statement)


def _is_there(package: str) -> bool:
    if package in sys.modules:
        return True
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def _add_package(name: str, folder: str) -> None:
    """A package over `folder`. Its `__init__.py` is not run: the runner of tt-xla does not either, and some do not work."""
    package = ModuleType(name)
    package.__path__ = [folder] if folder else []
    sys.modules[name] = package
    parent, _, leaf = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], leaf, package)


def _depth(loader: Path) -> int:
    """How many packages lie between a loader outside a checkout and the root that its relative imports mean."""
    try:
        tree = ast.parse(_text(loader))
    except (SyntaxError, ValueError, RecursionError):
        return 2  # importing it will say what is wrong
    levels = [
        node.level
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level and node.module in _SHARED
    ]
    # <model>/pytorch, where the imports are absolute. Less than a whole package would make its folder the root.
    return max(1, min(max(levels) - 1 if levels else 2, len(loader.parts) - 2, _HIGHEST))


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(_LARGEST)
    except OSError:
        return ""
