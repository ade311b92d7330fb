"""Backends by name. A module is imported only when it is asked for, so that one broken package hides no other."""

from __future__ import annotations

import importlib

from adapt_harness.backends.base import Backend

HERE = ("eager", "export", "inductor", "onnxruntime", "openvino", "iree", "executorch", "xla", "tt-static", "tt", "tt-legacy")


def names() -> list[str]:
    from adapt_harness.backends.elsewhere import ELSEWHERE

    return [*HERE, *ELSEWHERE]


def backend(name: str) -> Backend:
    """Raises KeyError for a name that is not a backend."""
    if name in HERE:
        return importlib.import_module(f"adapt_harness.backends.{name.replace('-', '_')}").BACKEND
    from adapt_harness.backends.elsewhere import ELSEWHERE

    return ELSEWHERE[name]
