"""What every model source answers: does the name exist, the loaded model, and inputs for one draw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

# A tiny or real model above this size does not fit the machines this runs on beside its fp64 copy.
MAX_PARAMETERS = 3_000_000_000


class SourceError(Exception):
    """A model that cannot be had. `failure_class` is one of the protocol's closed set."""

    def __init__(self, failure_class: str, message: str):
        super().__init__(message)
        self.failure_class = failure_class
        self.message = message


class DrawUnavailable(Exception):
    """The model does not allow this variant of its inputs (no mask, no free length)."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass
class Loaded:
    """A model in eval mode with what later stages need to know about it."""

    model: torch.nn.Module
    cls: str  # class name
    module: str  # dotted module that defines the class
    model_file: str  # absolute path of that module's file
    config: dict[str, Any] | None
    notes: list[str] = field(default_factory=list)
    roots: list[str] = field(default_factory=list)  # folders whose Python files are the model's own source
    # How this model was arrived at, as plain JSON values. Given back as `model["recipe"]`, the same model is built
    # without any search and without running its code: what a process that loads a patched source must do.
    recipe: dict[str, Any] | None = None
    state: Any = None  # private to the source: what `inputs` needs


@dataclass
class Inputs:
    """Keyword arguments of one forward call: tensors in the order of the signature, and plain values."""

    tensors: dict[str, torch.Tensor]
    constants: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def kwargs(self) -> dict[str, Any]:
        return {**self.tensors, **self.constants}


class Source:
    """One way to get a model. Calls come in the order resolve, load, inputs."""

    def __init__(self, spec: dict[str, Any]):
        self.spec = spec
        self.seed = int(spec.get("seed") or 0)
        self.recipe: dict[str, Any] = spec.get("recipe") or {}

    def resolve(self) -> None:
        """Raises SourceError when the name does not exist; imports as little as possible."""
        raise NotImplementedError

    def load(self, options: dict[str, Any]) -> Loaded:
        """`options` are the values of load-scoped options, by keyword; unknown ones are set on the configuration."""
        raise NotImplementedError

    def inputs(self, loaded: Loaded, draw: dict[str, Any]) -> Inputs:
        """Same inputs for the same (model seed, draw). Raises DrawUnavailable."""
        raise NotImplementedError
