"""Backends that need what this environment may lack: each answers `unavailable` with what was looked for and not found.

Where the ingredients of one of these are found, the evidence says so and that this harness has no driver for it, which
is the truth: a result never comes from here.
"""

from __future__ import annotations

import shutil
from typing import Callable

from adapt_harness.backends.base import Backend, Probe
from adapt_harness.backends.evidence import missing_module, version_of

Finding = tuple[bool, str]  # found?, what was looked at


def _module(name: str) -> Callable[[], Finding]:
    return lambda: (not missing_module(name), f"Python module {name}")


def _program(*names: str) -> Callable[[], Finding]:
    return lambda: (any(shutil.which(name) for name in names), f"program {' or '.join(names)}")


def _torch(said: str, test: Callable[[], bool]) -> Callable[[], Finding]:
    return lambda: (test(), said)


def _cuda() -> bool:
    import torch

    return torch.cuda.is_available() and torch.version.hip is None


def _rocm() -> bool:
    import torch

    return torch.cuda.is_available() and torch.version.hip is not None


def _mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


_BROWSER = (_program("node"), _program("chromium", "google-chrome", "chrome", "chromium-browser"))

# name -> (distribution whose version is told, everything it needs)
_NEEDS: dict[str, tuple[str | None, tuple[Callable[[], Finding], ...]]] = {
    "qnn": ("onnxruntime-qnn", (_module("onnxruntime_qnn"),)),
    "wasm": (None, _BROWSER),
    "webgpu": (None, _BROWSER),
    "webnn": (None, _BROWSER),
    "cuda": ("torch", (_torch("torch.cuda.is_available() with torch.version.hip None", _cuda),)),
    "rocm": ("torch", (_torch("torch.cuda.is_available() with torch.version.hip set", _rocm),)),
    "mps": ("torch", (_torch("torch.backends.mps.is_available()", _mps),)),
}


def _probe(name: str) -> Probe:
    distribution, needs = _NEEDS[name]
    looked = [need() for need in needs]
    missing = [what for found, what in looked if not found]
    version = version_of(distribution) if distribution else None
    if missing:
        return Probe(False, "not found: " + "; ".join(missing), version)
    present = "; ".join(what for _, what in looked)
    return Probe(False, f"found {present}, but this harness has no driver for '{name}' in this environment", version)


ELSEWHERE: dict[str, Backend] = {name: Backend(name, lambda name=name: _probe(name)) for name in _NEEDS}
