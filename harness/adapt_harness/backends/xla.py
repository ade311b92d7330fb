"""XLA on the CPU through torch_xla: the exported program as StableHLO, compiled and run by PJRT.

The front end that tt-xla stands on. Its artefact is the exported program; whoever loads it makes the StableHLO anew, so
that nothing a model's process wrote is taken for what was compiled. `model.mlir` beside it is for readers.
"""

from __future__ import annotations

from adapt_harness.backends.base import Backend, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER


def lower(program, inputs, folder, settings):
    import os

    os.environ["PJRT_DEVICE"] = "CPU"
    from torch_xla.stablehlo import StableHLOExportOptions, exported_program_to_stablehlo

    graph = exported_program_to_stablehlo(program, StableHLOExportOptions(export_node_metadata=True))
    with open(os.path.join(folder, "model.mlir"), "w", encoding="utf-8") as file:
        file.write(graph.get_stablehlo_text())
    return program


def compile(lowered, folder, settings):
    import os

    import torch

    torch.export.save(lowered, os.path.join(folder, "program.pt2"))


def load(folder, settings):
    import os

    os.environ["PJRT_DEVICE"] = "CPU"
    import torch
    from torch_xla.stablehlo import StableHLOExportOptions, exported_program_to_stablehlo

    program = torch.export.load(os.path.join(folder, "program.pt2"))
    graph = exported_program_to_stablehlo(program, StableHLOExportOptions(export_node_metadata=True))
    with open(os.path.join(folder, "model.mlir"), "w", encoding="utf-8") as file:
        file.write(graph.get_stablehlo_text())

    def run(tensors):
        results = torch.utils._pytree.tree_leaves(graph(*tensors))
        return [torch.as_tensor(value).detach().cpu() for value in results]

    run.text = graph.get_stablehlo_text()
    return run


def placement(folder, run, inputs, settings):
    operations = run.text.count("stablehlo.")
    return Placement(
        operations,
        0,
        [f"one StableHLO module of {operations} operations, compiled and run whole by PJRT on the CPU"],
    )


BACKEND = Backend(
    "xla",
    lambda: package_probe("torch_xla"),
    lower=lower,
    compile=compile,
    load=load,
    placement=placement,
    options=CONVERTER,
)
