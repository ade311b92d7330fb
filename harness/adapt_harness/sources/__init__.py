"""Model sources: a class of the installed library, a local folder, a Python file, a loader of tt-forge-models."""

from __future__ import annotations

from typing import Any

from adapt_harness.sources.base import DrawUnavailable, Inputs, Loaded, Source, SourceError
from adapt_harness.sources.catalogue import model_names

__all__ = ["DrawUnavailable", "Inputs", "Loaded", "Source", "SourceError", "model_names", "open_source"]


def open_source(model: dict[str, Any]) -> Source:
    """The source for a `model` value of the protocol (section 4)."""
    kind = model.get("kind")
    if kind == "transformers":
        from adapt_harness.sources.transformers_class import TransformersClass

        return TransformersClass(model)
    if kind == "folder":
        from adapt_harness.sources.folder import Folder

        return Folder(model)
    if kind == "file":
        from adapt_harness.sources.python_file import PythonFile

        return PythonFile(model)
    if kind == "forge":
        from adapt_harness.sources.forge.loader import ForgeLoader

        return ForgeLoader(model)
    raise SourceError("other", f"unknown kind of model '{kind}'; known: transformers, folder, file, forge")
