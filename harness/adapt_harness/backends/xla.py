"""XLA on the CPU through torch_xla: the exported program as StableHLO, compiled and run by PJRT.

The front end that tt-xla stands on. Its artefact is the exported program; whoever loads it makes the StableHLO anew, so
that nothing a model's process wrote is taken for what was compiled. `model.mlir` beside it is for readers.
"""

from __future__ import annotations

from adapt_harness.backends.base import Backend, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER


def free_views(program):
    """Makes every view a reshape: the strides that allow a view are those of the CPU's kernels, not of XLA's."""
    import torch

    aten = torch.ops.aten
    for node in program.graph.nodes:
        if node.op == "call_function" and node.target in (aten.view.default, aten._unsafe_view.default):
            node.target = aten.reshape.default
    return program


def refuse_custom_operators(program):
    """Raises at the first operator of a library's own: its Python runs while torch_xla traces, with the values of the
    example, and whatever it reads of them would become a constant of the module without a word."""
    import torch

    for node in program.graph.nodes:
        target = node.target
        if isinstance(target, torch._ops.OpOverload) and target.namespace not in ("aten", "prims", "xla"):
            raise RuntimeError(f"Unsupported operator '{target}': torch_xla has no lowering\nWhile executing %{node.name}")
    return program


def lines_of(program, message):
    """Where the first operator comes from that torch_xla names in `message`, as a traceback prints it; else "". It names
    `unfold_copy` for what the program has as the view `unfold`."""
    import re

    found = re.findall(r"aten::\w+(?:\.\w+)?", message)
    named = {*found, *(name.replace("_copy", "") for name in found)}
    for node in program.run_decompositions().graph.nodes if named else ():
        if node.op == "call_function" and getattr(node.target, "name", str)() in named:
            return "\nfrom user code:\n" + (node.meta.get("stack_trace") or "")
    return ""


def stablehlo_of(program, folder):
    """The module, with the lines of Python that made its operations; its text stays in `folder` for readers."""
    import os

    os.environ["PJRT_DEVICE"] = "CPU"
    # Each call compiles the module and runs it once; with LLVM's optimisations a small model's call takes five times as long.
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")
    from torch_xla.stablehlo import StableHLOExportOptions, exported_program_to_stablehlo

    try:
        module = exported_program_to_stablehlo(program, StableHLOExportOptions(export_node_metadata=True))
    except RuntimeError as error:
        raise RuntimeError(str(error) + lines_of(program, str(error))) from error
    with open(os.path.join(folder, "model.mlir"), "w", encoding="utf-8") as file:
        file.write(module.get_stablehlo_text())
    return module


def runner_of(module):
    import torch

    def run(tensors):
        results = torch.utils._pytree.tree_leaves(module(*tensors))
        return [torch.as_tensor(value).detach().cpu() for value in results]

    run.text = module.get_stablehlo_text()
    return run


def lower(program, inputs, folder, settings):
    stablehlo_of(free_views(refuse_custom_operators(program)), folder)
    return program


def compile(lowered, folder, settings):
    import os

    import torch

    torch.export.save(lowered, os.path.join(folder, "program.pt2"))


def load(folder, settings):
    import os

    import torch

    program = torch.export.load(os.path.join(folder, "program.pt2"))
    return runner_of(stablehlo_of(free_views(program), folder))


def placement(folder, run, inputs, settings):
    operations = run.text.count("stablehlo.")
    return Placement(
        operations,
        0,
        [f"one StableHLO module of {operations} operations, compiled and run whole by PJRT on the CPU"],
    )


# What torch_xla imports and is slow to; torch_xla itself starts threads.
PRELOAD = ("torch._inductor.fx_passes.post_grad",)

BACKEND = Backend(
    "xla",
    lambda: package_probe("torch_xla"),
    lower=lower,
    compile=compile,
    load=load,
    placement=placement,
    helpers=(free_views, refuse_custom_operators, lines_of, stablehlo_of, runner_of),
    options=CONVERTER,
    preload=PRELOAD,
)
