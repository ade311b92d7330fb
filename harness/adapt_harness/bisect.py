"""`bisect`: the first submodule that fails or differs when it alone is taken through a backend (PROTOCOL.md 6.5).

A diagnosis for a reader, made in one process: parts run beside the model's own code here, so no verdict comes from it.
"""

from __future__ import annotations

import collections
import shutil
import time
from typing import Any, Hashable

import torch

from adapt_harness.build import find_backend
from adapt_harness.backend_log import backend_log
from adapt_harness.compilation import Compilation, surroundings
from adapt_harness.difference import OutputsDiffer, difference
from adapt_harness.errors import first_line
from adapt_harness.likeness import likeness
from adapt_harness.limits import seed_everything
from adapt_harness.module_state import ModuleState
from adapt_harness.part_calls import PartCall, Recorder
from adapt_harness.protocol import BadRequest, field
from adapt_harness.reference import Tensors, run_eager
from adapt_harness.session import Session

_MOST_NOTES = 100


class _Search:
    """From the model down: of the parts that were called, in their order, the first that fails, then those in it."""

    def __init__(self, session: Session):
        params = session.params
        self.session = session
        self.stages = Compilation(
            session,
            find_backend(field(params, "backend", str), session),
            artefact=session.out() / "part",
            log=session.out() / "backend.log",
        )
        if not self.stages.backend.compiles:
            raise BadRequest(f"backend '{self.stages.backend.name}' compiles nothing")
        self._limit = field(params, "limit", int)
        self._seconds = field(params, "seconds", (int, float))
        self.tried = 0
        self.notes: list[str] = []
        self._passed: dict[Hashable, str] = {}  # likeness of a part -> its path
        self._alike: collections.Counter[str] = collections.Counter()  # path -> parts that were like it

    def run(self) -> dict[str, Any] | None:
        """The culprit. Raises what the model itself raises."""
        session = self.session
        session.load()
        flat, inputs = session.saved_inputs(field(session.params, "inputs", str))
        model = session.loaded.model
        self._recorder = Recorder(model)
        with session.stages.enter("eager"):
            with self._recorder.on():
                run_eager(flat, inputs)
            session.stubs.refuse_calls()
        # As a build finds it after its eager run; each part is tried from there, whatever the one before it left.
        self._state = ModuleState(model)
        self._end = time.monotonic() + self._seconds
        return self._culprit_in(model)

    def told(self) -> list[str]:
        """All notes, those on parts that were not tried again among them; the number is bounded."""
        alike = [f"{n} more like {path}, which passed: not tried again" for path, n in self._alike.items() if n]
        notes = alike + self.notes
        left_out = len(notes) - _MOST_NOTES
        return notes if left_out <= 0 else [*notes[:_MOST_NOTES], f"{left_out} more notes are left out"]

    def _culprit_in(self, module: torch.nn.Module) -> dict[str, Any] | None:
        for call in self._recorder.below(module):
            if self._is_over():
                return None
            alike = None if call.problem else likeness(call)
            if alike in self._passed:
                self._alike[self._passed[alike]] += self._passed[alike] != call.path  # shared by two parts: one module
                continue
            problem = call.problem or self._problem_alone(call)
            if problem:
                self.notes.append(f"{call.path} cannot be taken alone: {problem}")
                found = self._culprit_in(call.module)
                if found:
                    return found
                continue
            failure = self._failure_of(call)
            if failure is None:
                self._passed[alike] = call.path
            else:
                inner = self._culprit_in(call.module)
                return inner or {"module": call.path, "class": call.cls, "source": call.source, "failure": failure}
        return None

    def _is_over(self) -> bool:
        spent = time.monotonic() >= self._end
        if not spent and self.tried < self._limit:
            return False
        why = f"after {self._seconds:g} s" if spent else f"at {self._limit} parts"
        note = f"the search ended {why}: not every part was looked at"
        if note not in self.notes:
            self.notes.append(note)
        return True

    def _problem_alone(self, call: PartCall) -> str:
        """Calls the part in PyTorch as it was called; what it raises says that it needs the model around it."""
        try:
            with self.session.stages.enter("eager"):
                seed_everything(0)
                again = call.flat()(*_copies(call.inputs))
                changed = difference(call.leaf_names, call.outputs, again)
        except Exception as error:  # foreign code
            return f"it raises {first_line(error, 200)}"
        finally:
            self._state.restore()
        if changed:
            self.notes.append(f"{call.path} depends on more than its arguments: when PyTorch calls it again, {changed}")
        return ""

    def _failure_of(self, call: PartCall) -> dict[str, Any] | None:
        self.tried += 1
        self.session.stages.note(f"trying {call.path}")  # the last one before a crash
        self.session.program = None
        self.stages.log.unlink(missing_ok=True)
        try:
            self._take_through(call)
        except SystemExit:
            raise
        except BaseException as error:  # a part that fails is a result
            return self.session.failure(error, self.stages.log_text())
        finally:
            self._state.restore()
            shutil.rmtree(self.stages.artefact, ignore_errors=True)
        return None

    def _take_through(self, call: PartCall) -> None:
        """Raises where the part fails or differs."""
        session, stages = self.session, self.stages
        stages.capture(call.flat(), _copies(call.inputs))
        stages.compile(stages.lower(_copies(call.inputs)))
        around = surroundings(stages.backend, stages.log.parent, session)
        with session.stages.enter("run"), backend_log(stages.log, session.stderr_fd, stages.backend.log_bytes), around:
            assert stages.backend.load is not None
            run = stages.backend.load(str(stages.artefact), session.settings("compile"))
            seed_everything(0)
            outputs = run(list(_copies(call.inputs)))
        with session.stages.enter("compare"):
            found = difference(call.leaf_names, call.outputs, outputs)
            if found:
                raise OutputsDiffer(found)


def _copies(tensors: Tensors) -> Tensors:
    return tuple(tensor.clone() for tensor in tensors)


def bisect(session: Session) -> dict[str, Any]:
    search = _Search(session)
    failure, culprit = None, None
    try:
        culprit = search.run()
    except (BadRequest, SystemExit):
        raise
    except BaseException as error:  # a model that fails is a result
        failure = session.failure(error)
    return {
        "ok": failure is None,
        "failure": failure,
        "culprit": culprit,
        "tried": search.tried,
        "notes": search.told(),
    }
