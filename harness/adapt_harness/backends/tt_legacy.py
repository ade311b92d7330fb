"""Tenstorrent's cards through tt-torch, which ended in September 2025: torch-mlir, CompilerConfig and BackendOptions."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Iterator

from adapt_harness import option_table
from adapt_harness.backends.base import Backend, Placement
from adapt_harness.backends.shared_options import COMMON
from adapt_harness.stages import Stages
from adapt_harness.tt import evidence, op_by_op
from adapt_harness.tt.surroundings import LOG_BYTES, surroundings


def compile(lowered, folder, settings):
    import os

    import torch

    torch.export.save(lowered, os.path.join(folder, "program.pt2"))
    load(folder, settings)([tensor.clone() for tensor in lowered.example_inputs[0]])


def load(folder, settings):
    import os

    import torch
    from tt_torch.dynamo.backend import BackendOptions
    from tt_torch.tools.utils import CompileDepth, CompilerConfig, OpByOpBackend

    def chosen(prefix):
        return {key[len(prefix) :]: value for key, value in settings.items() if key.startswith(prefix)}

    config = CompilerConfig()
    enums = {"compile_depth": CompileDepth, "op_by_op_backend": OpByOpBackend}
    # Some attributes look at others when they are set: what enables comes first.
    for name, value in sorted(chosen("config.").items(), key=lambda item: (not item[0].startswith("enable_"), item[0])):
        setattr(config, name, enums[name][value] if name in enums else value)
    options = BackendOptions(compiler_config=config, **chosen("backend."))
    # It was renamed in its last days, so that tt-xla could have the short name.
    name = "tt-legacy" if "tt-legacy" in torch._dynamo.list_backends(exclude_tags=()) else "tt"
    program = torch.export.load(os.path.join(folder, "program.pt2"))
    compiled = torch.compile(program.module(), backend=name, dynamic=False, options=options)

    def run(tensors):
        with torch.no_grad():
            results = compiled(*tensors)
        if config.compile_depth.name.endswith("OP_BY_OP"):
            config.save_unique_ops()
        return [torch.as_tensor(value).cpu() for value in torch.utils._pytree.tree_leaves(results)]

    return run


def placement(folder, run, inputs, settings):
    from torch._dynamo.utils import counters

    handed = int(counters["stats"]["calls_captured"])
    graphs = int(counters["stats"]["unique_graphs"])
    return Placement(
        handed, 0, [f"{graphs} graph(s) of {handed} operators handed to tt-torch; it does not tell what ran where"]
    )


@contextlib.contextmanager
def around(folder: Path, stages: Stages, settings: dict[str, Any]) -> Iterator[None]:
    """Beside what the other backend needs: what the op-by-op depths found, told where a failure is told."""
    depth = os.environ.get("TT_TORCH_COMPILE_DEPTH") or settings.get("config.compile_depth", "EXECUTE")
    with surroundings(folder, stages, settings):
        try:
            yield
        except Exception:
            if depth in op_by_op.DEPTHS:
                with contextlib.suppress(op_by_op.OperatorsFailed):  # the log has it, beside what was raised
                    op_by_op.report(folder, depth)
            raise
        if depth in op_by_op.DEPTHS:
            op_by_op.report(folder, depth)


BACKEND = Backend(
    "tt-legacy",
    lambda: evidence.probe(evidence.TT_LEGACY),
    compile=compile,
    load=load,
    placement=placement,
    options=COMMON + option_table.ladder("tt-legacy"),
    around=around,
    refuses=lambda settings, scope: option_table.refused("tt-legacy", settings, scope),
    log_bytes=LOG_BYTES,
)
