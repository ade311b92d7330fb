"""The stages that a backend is asked for between the eager run and the artefact, for a model or for a part of one."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapt_harness.backend_log import backend_log, log_text
from adapt_harness.backends.base import Backend, capture as shared_capture, keep_program
from adapt_harness.flat import FlatModel
from adapt_harness.graph import whole_stacks
from adapt_harness.reference import Tensors
from adapt_harness.session import Session


def surroundings(backend: Backend, folder: Path, session: Session) -> contextlib.AbstractContextManager[None]:
    """What a backend wants around compiling or running, with a folder below `folder` for this request alone."""
    if backend.around is None:
        return contextlib.nullcontext()
    return backend.around(folder / "private", session.stages, session.settings("compile"))


@dataclass
class Compilation:
    """Stages in their order, each told to the engine. What is printed meanwhile is in `log`."""

    session: Session
    backend: Backend
    artefact: Path  # a folder, emptied by `lower`
    log: Path

    def capture(self, flat: FlatModel, inputs: Tensors) -> None:
        """Leaves the graph in `session.program`."""
        with self.session.stages.enter("capture"), whole_stacks():
            settings = self.session.settings("capture")
            self.session.program = (self.backend.capture or shared_capture)(flat, inputs, settings)

    def lower(self, inputs: Tensors) -> Any:
        shutil.rmtree(self.artefact, ignore_errors=True)
        self.artefact.mkdir(parents=True)
        with self.session.stages.enter("lower"), self._logged():
            settings = self.session.settings("lower")
            lowered = (self.backend.lower or keep_program)(self.session.program, inputs, str(self.artefact), settings)
            if self.backend.check:
                self.backend.check(str(self.artefact), settings)
            return lowered

    def compile(self, lowered: Any) -> None:
        assert self.backend.compile is not None
        around = surroundings(self.backend, self.log.parent, self.session)
        with self.session.stages.enter("compile"), self._logged(), around:
            self.backend.compile(lowered, str(self.artefact), self.session.settings("compile"))

    def log_text(self) -> str:
        return log_text(self.log)

    def _logged(self) -> contextlib.AbstractContextManager[None]:
        return backend_log(self.log, self.session.stderr_fd, self.backend.log_bytes)
