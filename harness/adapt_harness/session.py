"""One request being served: its stages, its overlay, the loaded model, and where its source files are."""

from __future__ import annotations

import importlib.util
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from adapt_harness import arrays, constants
from adapt_harness.failure import record
from adapt_harness.flat import FlatModel
from adapt_harness.overlay import Overlay
from adapt_harness.protocol import BadRequest, field as read_field, options_of, settings, stubs_of
from adapt_harness.source_files import SourceFiles
from adapt_harness.stages import Stages
from adapt_harness.stubs import Stubs


def _expected_sources(model: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Folders and files that will be the model's own source, before it is loaded."""
    name = str(model.get("name", ""))
    if model.get("kind") == "file":
        return [os.path.dirname(name)], [name]
    if model.get("kind") in ("folder", "forge"):
        return [name], []
    spec = importlib.util.find_spec(str(model.get("kind", "")) or "transformers")
    return list(spec.submodule_search_locations or []) if spec else [], []


@dataclass
class Session:
    params: dict[str, Any]
    stages: Stages
    overlay: Overlay
    files: SourceFiles
    stderr_fd: int
    options: list[dict[str, Any]] = field(default_factory=list)
    stubs: Stubs = field(default_factory=lambda: Stubs([]))
    source: Any = None
    loaded: Any = None
    program: Any = None  # the captured graph, once there is one

    @staticmethod
    def open(params: dict[str, Any], stages: Stages, stderr_fd: int) -> "Session":
        overlay = Overlay(read_field(params, "overlay", str, None))
        overlay.install()
        return Session(params, stages, overlay, SourceFiles(overlay), stderr_fd, options_of(params))

    def settings(self, scope: str) -> dict[str, Any]:
        return settings(self.options, scope)

    def load(self) -> None:
        """Stages resolve and load. `loaded.model` is in eval mode, on the CPU."""
        from adapt_harness.configuration import set_values
        from adapt_harness.sources import open_source

        model = read_field(self.params, "model", dict)
        self.files.add_roots(*_expected_sources(model))  # so that a failure while loading has a place too
        self.source = open_source(model)
        with self.stages.enter("resolve"):
            self.source.resolve()
            self.stubs = Stubs(stubs_of(model))
            self.stubs.install()
        with self.stages.enter("load"):
            self.loaded = self.source.load(self.settings("load"))
            self.loaded.model.eval()
            set_values(self.loaded.model, self.settings("config"))
        self.stubs.called.clear()  # what a model tries while it loads is a question, and it has had its answer
        self.files.adopt(self.loaded)

    def flat_for(self, tensors: dict[str, torch.Tensor], values: dict[str, Any]) -> FlatModel:
        return FlatModel(self.loaded.model, list(tensors), values).eval()

    def saved_inputs(self, path: str) -> tuple[FlatModel, tuple[torch.Tensor, ...]]:
        """The model over an inputs file of `reference`: its tensors, and its constants under the forward options."""
        if not os.path.isfile(path):
            raise BadRequest(f"no inputs file {path}")
        saved = arrays.read(path)
        values = {**self._constants(saved.extra), **self.settings("forward")}
        tensors = {name: tensor for name, tensor in saved.tensors.items() if name not in values}
        return self.flat_for(tensors, values), tuple(tensors.values())

    def _constants(self, extra: dict[str, str]) -> dict[str, Any]:
        if extra.get("constants"):
            return constants.decode(extra["constants"])
        if extra.get("draw"):  # objects that a file cannot hold are drawn again, by the same seed
            return self.source.inputs(self.loaded, json.loads(extra["draw"])).constants
        return {}

    def out(self) -> Path:
        folder = Path(read_field(self.params, "out", str))
        folder.mkdir(parents=True, exist_ok=True)
        return folder.resolve()

    def failure(self, error: BaseException, log: str = "") -> dict[str, Any]:
        self.overlay.show()
        return record(error, self.stages.current, self.files, self.program, log)
