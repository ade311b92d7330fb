"""ExecuTorch with the XNNPACK delegate; what the delegate does not take runs on ExecuTorch's portable kernels."""

from __future__ import annotations

from adapt_harness.backends.base import Backend, Option, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER


def lower(program, inputs, folder, settings):
    import json
    import os

    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    partitioners = [XnnpackPartitioner()] if settings.get("delegate", True) else []
    edge = to_edge_transform_and_lower(program, partitioner=partitioners)
    calls = [
        str(node.target).removeprefix("<EdgeOpOverload: ").split(">")[0]
        for node in edge.exported_program().graph.nodes
        if node.op == "call_function"
    ]
    housekeeping = ("getitem", "executorch_call_delegate", "alloc")
    left = [name for name in calls if not any(part in name for part in housekeeping)]
    taken = 0
    for module in edge.exported_program().graph_module.children():
        inner = getattr(module, "original_module", None)
        taken += sum(node.op == "call_function" for node in inner.graph.nodes) if inner is not None else 0
    with open(os.path.join(folder, "delegation.json"), "w", encoding="utf-8") as file:
        json.dump({"delegated": taken, "portable": left}, file)
    return edge


def compile(lowered, folder, settings):
    import os

    with open(os.path.join(folder, "model.pte"), "wb") as file:
        lowered.to_executorch().write_to_file(file)


def load(folder, settings):
    import os

    from executorch.runtime import Runtime, Verification

    program = Runtime.get().load_program(os.path.join(folder, "model.pte"), verification=Verification.Minimal)
    method = program.load_method("forward")

    def run(tensors):
        # The runtime owns the memory of its results and reuses it in the next call.
        return [value.clone() for value in method.execute([tensor.contiguous() for tensor in tensors])]

    run.program = program
    return run


def placement(folder, run, inputs, settings):
    import collections
    import json
    import os

    with open(os.path.join(folder, "delegation.json"), encoding="utf-8") as file:
        counted = json.load(file)
    portable = collections.Counter(counted["portable"])
    return Placement(
        counted["delegated"],
        sum(portable.values()),
        [f"{counted['delegated']} operators in XNNPACK delegates"]
        + [f"{count} x {name} on ExecuTorch's portable kernels" for name, count in portable.most_common(40)],
    )


OPTIONS = CONVERTER + (
    Option(
        "executorch-portable",
        "lower",
        {"delegate": False},
        "runs every operator on the portable kernels",
        concession="nothing is delegated to XNNPACK",
        when={"stage": ["lower", "compile", "run", "compare"]},
    ),
)

BACKEND = Backend(
    "executorch",
    lambda: package_probe("executorch"),
    lower=lower,
    compile=compile,
    load=load,
    placement=placement,
    options=OPTIONS,
    preload=("executorch.exir", "executorch.backends.xnnpack.partition.xnnpack_partitioner", "executorch.runtime"),
)
