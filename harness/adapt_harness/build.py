"""`build` and `eager`: the model with its overlay and options, captured and compiled, or just run."""

from __future__ import annotations

import json
import shutil
from typing import Any

from adapt_harness import arrays, backends, graph
from adapt_harness.backends.base import Backend, capture as shared_capture, keep_program, snippet
from adapt_harness.backend_log import backend_log
from adapt_harness.flat import weights_digest
from adapt_harness.protocol import STAGES, BadRequest, field
from adapt_harness.reference import files_run, run_eager, write_sensitivity
from adapt_harness.session import Session

MANIFEST = "manifest.json"


def find_backend(name: str) -> Backend:
    try:
        found = backends.backend(name)
    except KeyError:
        raise BadRequest(f"unknown backend '{name}'; known: {', '.join(backends.names())}") from None
    probe = found.probe()
    if not probe.available:
        raise BadRequest(f"backend '{name}' is unavailable: {probe.evidence}")
    return found


class _Build:
    def __init__(self, session: Session):
        params = session.params
        self.session = session
        self.backend = find_backend(field(params, "backend", str))
        self.until = field(params, "until", str, "compile")
        if self.until not in STAGES:
            raise BadRequest(f"unknown stage '{self.until}'")
        self.artefact = session.out() / "artefact"
        self.log = session.out() / "backend.log"
        self.log.unlink(missing_ok=True)  # another build may have used this folder
        self.reached = "resolve"
        self.weights = ""
        self.finished = False

    def _wants(self, stage: str) -> bool:
        return STAGES.index(stage) <= STAGES.index(self.until)

    def run(self) -> None:
        session, backend = self.session, self.backend
        session.load()
        self.reached = "load"
        self.weights = weights_digest(session.loaded.model)
        if not self._wants("eager"):
            return
        flat, inputs = session.saved_inputs(field(session.params, "inputs", str))
        with session.stages.enter("eager"), files_run(session.files.ran):
            run_eager(flat, inputs)  # records names and structure of the outputs
            session.stubs.refuse_calls()
        self.reached = "eager"
        if not backend.compiles or not self._wants("capture"):
            return
        with session.stages.enter("capture"):
            session.program = (backend.capture or shared_capture)(flat, inputs, session.settings("capture"))
        self.reached = "capture"
        if not self._wants("lower"):
            return
        shutil.rmtree(self.artefact, ignore_errors=True)
        self.artefact.mkdir(parents=True)
        with session.stages.enter("lower"), backend_log(self.log, session.stderr_fd):
            lowered = (backend.lower or keep_program)(
                session.program, inputs, str(self.artefact), session.settings("lower")
            )
        self.reached = "lower"
        if not self._wants("compile"):
            return
        with session.stages.enter("compile"), backend_log(self.log, session.stderr_fd):
            backend.compile(lowered, str(self.artefact), session.settings("compile"))
        self._write_manifest(flat, inputs)
        self.reached = "compile"
        self.finished = True

    def _write_manifest(self, flat: Any, inputs: Any) -> None:
        """What `execute` must know without the model: the order of inputs, their shapes, and the outputs' structure."""
        manifest = {
            "backend": self.backend.name,
            "inputs": [arrays.described(name, tensor) for name, tensor in zip(flat.names, inputs)],
            "fixed": getattr(flat, "fixed_inputs", {}),
            "leaves": flat.leaf_names,
            "tree": flat.tree,
            "operator_modules": operator_modules(self.session.program),
        }
        (self.artefact / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


def operator_modules(program: Any) -> list[str]:
    """Modules that register operators of the graph that PyTorch lacks (a library's custom ones)."""
    from torch._library.custom_ops import OPDEFS

    found = set()
    for name in graph.counts(program)["ops"]:
        definition = OPDEFS.get("::".join(name.split(".")[:2]))
        if definition is not None:
            found.add(getattr(definition._init_fn, "__module__", ""))
    return sorted(found - {""})


def build(session: Session) -> dict[str, Any]:
    work = _Build(session)
    failure = None
    try:
        work.run()
    except (BadRequest, SystemExit):
        raise
    except BaseException as error:  # a model or a backend that fails is a result
        failure = session.failure(error, work.log_text())
    program = session.program
    chosen = {scope: session.settings(scope) for scope in ("env", "capture", "lower", "compile")}
    return {
        "ok": failure is None,
        "failure": failure,
        "reached": work.reached,
        "artefact": str(work.artefact) if work.finished and failure is None else None,
        "weights": work.weights,
        "sources": session.files.listing(graph.files(program) if program is not None else ()),
        "overlaid": session.overlay.loaded,
        "graph": graph.counts(program) if program is not None else {"nodes": 0, "ops": {}},
        "placement": None,
        "snippet": snippet(work.backend, chosen),
        "seconds": session.stages.seconds,
    }


def eager(session: Session) -> dict[str, Any]:
    params = session.params
    inputs, outputs = field(params, "inputs", list), field(params, "outputs", list)
    if len(inputs) != len(outputs):
        raise BadRequest(f"{len(inputs)} inputs for {len(outputs)} outputs")
    failure, weights, effects_found = None, "", []
    try:
        session.load()
        weights = weights_digest(session.loaded.model)
        with session.stages.enter("eager"):
            for i, (source, target) in enumerate(zip(inputs, outputs)):
                flat, tensors = session.saved_inputs(source)
                result = run_eager(flat, tensors)
                arrays.write_outputs(target, flat.leaf_names, result, flat.tree)
                if i == 0 and params.get("effects"):
                    from adapt_harness.effects import effects

                    effects_found = effects(flat, tensors)
                if i == 0 and params.get("sensitivity"):
                    write_sensitivity(field(params, "sensitivity", str), flat, tensors)
            session.stubs.refuse_calls()
    except (BadRequest, SystemExit):
        raise
    except BaseException as error:
        failure = session.failure(error)
    return {"ok": failure is None, "failure": failure, "weights": weights, "effects": effects_found}
