"""Stub modules in place of optional packages that are absent, for a model that imports one and does not call it here.

The standard library alone, and no import from `__future__`: generated overrides carry this text.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types


class StubCalled(RuntimeError):
    """Code calls what a stub stands for, and no stub computes anything."""

    failure_class = "missing-package"


class StubRefused(RuntimeError):
    """A stub would stand for something that is there."""

    failure_class = "bad-config"


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules that can be imported between install() and remove(), and whose functions raise StubCalled.

    Each stub is {"module": dotted name, "functions": names, "spec": whether importlib.util.find_spec is to find it};
    packages above a module are stubs too. It is asked after every other finder, so it never shadows anything.
    """

    def __init__(self, stubs: list[dict]):
        self._functions: dict[str, list[str]] = {}
        for stub in stubs:
            parts = stub["module"].split(".")
            for end in range(1, len(parts)):
                self._functions.setdefault(".".join(parts[:end]), [])
            self._functions[stub["module"]] = list(stub["functions"])
        self._hidden = {stub["module"].partition(".")[0] for stub in stubs if not stub["spec"]}
        self._real_find_spec = None
        self.called: list[str] = []  # "module.function", in order

    @property
    def packages(self) -> list[str]:
        return [name for name in self._functions if "." not in name]

    def install(self) -> None:
        """Raises StubRefused, and changes nothing, when one of the packages is there."""
        for package in self.packages:
            real = package in sys.stdlib_module_names or package in sys.modules
            if real or importlib.util.find_spec(package) is not None:
                raise StubRefused(f"'{package}' is installed: a stub stands only for a package that is absent")
        if not self._functions:
            return
        sys.meta_path.append(self)
        if self._hidden:
            self._hide()

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in self._functions:
            if self._is_ours(name):
                del sys.modules[name]
        if self._real_find_spec is not None:
            importlib.util.find_spec, self._real_find_spec = self._real_find_spec, None

    def refuse_calls(self) -> None:
        """Raises for calls whose exception the caller has caught: what it did instead is not what it does elsewhere."""
        if self.called:
            raise StubCalled(self._said(self.called[0]))

    def find_spec(self, fullname, path=None, target=None):
        parent = fullname.rpartition(".")[0]
        if fullname not in self._functions or (parent and not self._is_ours(parent)):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return None  # as modules are made usually

    def exec_module(self, module: types.ModuleType) -> None:
        for name in self._functions[module.__name__]:
            setattr(module, name, self._function(module.__name__, name))

    def _function(self, module: str, name: str):
        def stub(*_, **__):
            self.called.append(f"{module}.{name}")
            raise StubCalled(self._said(f"{module}.{name}"))

        stub.__module__, stub.__name__, stub.__qualname__ = module, name, name
        return stub

    @staticmethod
    def _said(place: str) -> str:
        return f"{place} is not available on this backend: a stub stands in place of '{place.partition('.')[0]}'"

    def _is_ours(self, name: str) -> bool:
        return getattr(sys.modules.get(name), "__loader__", None) is self

    def _hide(self) -> None:
        """A library that asks first, and would then call, is told the truth: the package is not there."""
        real = self._real_find_spec = importlib.util.find_spec

        def find_spec(name, package=None):
            top, below, _ = name.partition(".")
            if top not in self._hidden:
                return real(name, package)
            if below:  # as where the package above is absent
                raise ModuleNotFoundError(f"No module named {top!r}", name=top)
            return None

        importlib.util.find_spec = find_spec
