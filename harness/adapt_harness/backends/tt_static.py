"""The StableHLO that tt-xla would hand to tt-mlir, read against what tt-mlir converts. Nothing is compiled by it.

The operators that tt-xla keeps whole are kept, the others are decomposed as it does. The module then runs on the CPU
through XLA, so that what was checked is known to compute what the model does.
"""

from __future__ import annotations

from adapt_harness.backends import xla
from adapt_harness.backends.base import Backend, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER


def lower(program, inputs, folder, settings):
    import os

    os.environ["PJRT_DEVICE"] = "CPU"
    import torch
    from torch_xla.stablehlo import StableHLOExportOptions, exported_program_to_stablehlo

    table = torch.export.default_decompositions()
    for operator in list(table):
        if operator.name().partition("::")[2].split(".")[0] in ("einsum", "dot", "sum", "detach"):
            del table[operator]
    program = program.run_decompositions(table)
    graph = exported_program_to_stablehlo(program, StableHLOExportOptions(export_node_metadata=True))
    with open(os.path.join(folder, "model.mlir"), "w", encoding="utf-8") as file:
        file.write(graph.get_stablehlo_text())
    return program


def check(folder):
    from adapt_harness.tt import report

    report.check(folder)


def placement(folder, run, inputs, settings):
    return Placement(
        run.text.count("stablehlo."),
        0,
        [
            "every operation was read against tt-mlir's table; the numbers are XLA's on the CPU; no Tenstorrent device "
            "and no Tenstorrent compiler took part"
        ],
    )


BACKEND = Backend(
    "tt-static",
    lambda: package_probe("torch_xla"),
    lower=lower,
    check=check,
    compile=xla.compile,
    load=xla.load,
    placement=placement,
    options=CONVERTER,
    concession="read against the compiler's table, never compiled for a Tenstorrent device",
    cap="L2",
)
