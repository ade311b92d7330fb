"""`execute`: runs an artefact on inputs that were drawn later, in a process that never sees the model's code."""

from __future__ import annotations

import importlib
import json
import time
from pathlib import Path
from typing import Any

import torch

from adapt_harness import arrays
from adapt_harness.backend_log import backend_log, log_text
from adapt_harness.build import MANIFEST, find_backend
from adapt_harness.compilation import surroundings
from adapt_harness.limits import seed_everything
from adapt_harness.protocol import BadRequest, field
from adapt_harness.session import Session


class ShapeMismatch(Exception):
    """The artefact was compiled for other shapes; another draw needs another build."""

    failure_class = "shape-mismatch"


def _feed(manifest: dict[str, Any], path: str) -> list[torch.Tensor]:
    """The file's tensors in the artefact's order, checked against what it was compiled for."""
    saved = arrays.read(path).tensors
    tensors = []
    for name, value in manifest["fixed"].items():
        if name in saved and saved[name].tolist() != value:
            raise ShapeMismatch(f"input '{name}' is {saved[name].tolist()}, the artefact was compiled for {value}")
    for row in manifest["inputs"]:
        tensor = saved.get(row["name"])
        if tensor is None:
            raise BadRequest(f"{path} has no input '{row['name']}'")
        if list(tensor.shape) != row["shape"] or arrays.dtype_name(tensor) != row["dtype"]:
            raise ShapeMismatch(
                f"input '{row['name']}' is {arrays.dtype_name(tensor)} {list(tensor.shape)}, "
                f"the artefact was compiled for {row['dtype']} {row['shape']}"
            )
        tensors.append(tensor)
    return tensors


def execute(session: Session) -> dict[str, Any]:
    params = session.params
    backend = find_backend(field(params, "backend", str), session)
    folder = Path(field(params, "artefact", str)).resolve()
    inputs, outputs = field(params, "inputs", list), field(params, "outputs", list)
    if len(inputs) != len(outputs) or not inputs:
        raise BadRequest(f"{len(inputs)} inputs for {len(outputs)} outputs")
    if not backend.compiles or not (folder / MANIFEST).is_file():
        raise BadRequest(f"'{folder}' holds no artefact of backend '{backend.name}'")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["backend"] != backend.name:
        raise BadRequest(f"the artefact is of backend '{manifest['backend']}', not '{backend.name}'")
    failure, placement, seconds = None, None, 0.0
    log = Path(outputs[0]).parent / "run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    try:
        with (
            session.stages.enter("run"),
            backend_log(log, session.stderr_fd, backend.log_bytes),
            surroundings(backend, log.parent, session),
        ):
            for module in manifest["operator_modules"]:
                importlib.import_module(module)
            settings = session.settings("compile")
            run = backend.load(str(folder), settings)
            if backend.check:  # of what was loaded: no code of the model has run in this process
                backend.check(str(folder), session.settings("lower"))
            for source, target in zip(inputs, outputs):
                tensors = _feed(manifest, source)
                seed_everything(0)
                start = time.monotonic()
                results = run([t.clone() for t in tensors])
                seconds += time.monotonic() - start
                arrays.write_outputs(target, manifest["leaves"], results, manifest["tree"])
            placement = backend.placement(str(folder), run, tensors, settings).wire()
    except (BadRequest, SystemExit):
        raise
    except BaseException as error:  # a backend that fails is a result
        failure = session.failure(error, log_text(log))
    return {"ok": failure is None, "failure": failure, "placement": placement, "seconds": round(seconds, 6)}
