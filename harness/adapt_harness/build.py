"""`build` and `eager`: the model with its overlay and options, captured and compiled, or just run."""

from __future__ import annotations

import json
from typing import Any

from adapt_harness import arrays, backends, graph
from adapt_harness.backends.base import Backend, snippet
from adapt_harness.compilation import Compilation
from adapt_harness.flat import weights_digest
from adapt_harness.protocol import STAGES, BadRequest, field
from adapt_harness.reference import files_run, run_eager, write_sensitivity
from adapt_harness.session import Session

MANIFEST = "manifest.json"


def find_backend(name: str, session: Session) -> Backend:
    """Also refuses what this backend's own tables of options do not have."""
    try:
        found = backends.backend(name)
    except KeyError:
        raise BadRequest(f"unknown backend '{name}'; known: {', '.join(backends.names())}") from None
    probe = found.probe()
    if not probe.available:
        raise BadRequest(f"backend '{name}' is unavailable: {probe.evidence}")
    for scope in ("lower", "compile"):
        refused = found.refuses(session.settings(scope), scope) if found.refuses else None
        if refused:
            raise BadRequest(refused)
    return found


class _Build:
    def __init__(self, session: Session):
        params = session.params
        self.session = session
        self.backend = find_backend(field(params, "backend", str), session)
        self.until = field(params, "until", str, "compile")
        if self.until not in STAGES:
            raise BadRequest(f"unknown stage '{self.until}'")
        self.artefact = session.out() / "artefact"
        self.stages = Compilation(session, self.backend, self.artefact, session.out() / "backend.log")
        self.stages.log.unlink(missing_ok=True)  # another build may have used this folder
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
        self.stages.capture(flat, inputs)
        self.reached = "capture"
        if not self._wants("lower"):
            return
        lowered = self.stages.lower(inputs)
        self.reached = "lower"
        if not self._wants("compile"):
            return
        self.stages.compile(lowered)
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
        failure = session.failure(error, work.stages.log_text())
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
