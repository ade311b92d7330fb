import functools
import importlib
import warnings
from types import ModuleType
from typing import Callable, Dict


class Registry:
    """Names to builders, with aliases and deprecation."""

    def __init__(self, kind: str):
        self.kind = kind
        self._builders: Dict[str, Callable] = {}
        self._aliases: Dict[str, str] = {}

    def __setitem__(self, name, builder):
        self._builders[name] = builder

    def __call__(self, name: str):
        def add(fn):
            if name in self._builders:
                raise KeyError(f"{self.kind} {name!r} is registered twice")
            self[name] = fn
            return fn

        return add

    def alias(self, old: str, new: str):
        self._aliases[old] = new

    def build(self, name: str, *args, **kwargs):
        if name in self._aliases:
            warnings.warn(f"{name} is now {self._aliases[name]}", FutureWarning)
            name = self._aliases[name]
        if name not in self._builders:
            known = ", ".join(sorted(self._builders))
            raise KeyError(f"no {self.kind} {name!r}; known: {known}")
        return self._builders[name](*args, **kwargs)

    def config(self, name: str):
        return getattr(self._builders[name], "config", None)


models, losses = Registry("model"), Registry("loss")


def optional(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def once(fn):
    done = False

    @functools.wraps(fn)
    def inner(*args, **kwargs):
        nonlocal done
        if not done:
            done = True
            return fn(*args, **kwargs)

    return inner
