"""IREE: the exported program through iree.turbine's importer, compiled ahead of time for the host's CPU."""

from __future__ import annotations

from adapt_harness.backends.base import Backend, Option, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER


def lower(program, inputs, folder, settings):
    import io

    import iree.turbine.aot as aot
    import torch
    from iree.turbine.aot import decompositions

    table = decompositions.current_aot_decompositions()
    program = program.run_decompositions(table) if table else program
    # Assertions hold no value that anything uses, and the importer has no translation for them.
    for node in list(program.graph.nodes):
        if node.op == "call_function" and not node.users and "_assert" in str(node.target):
            program.graph.erase_node(node)
        if settings.get("sorted_topk") and node.target == torch.ops.aten.topk.default:
            defaults = (None, None, -1, True)  # tensor, k, dim, largest
            node.args = (*node.args[:4], *defaults[len(node.args) :])
            node.kwargs = {**node.kwargs, "sorted": True}
    exported = aot.export(program)
    bytecode = io.BytesIO()
    exported.mlir_module.write_bytecode(bytecode)
    return exported.session, bytecode.getvalue()


def compile(lowered, folder, settings):
    import os

    from iree.compiler.api import Output, Source

    session, bytecode = lowered
    session.set_flags(
        "--iree-hal-target-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=host", *settings.get("flags", [])
    )
    invocation = session.invocation()
    invocation.enable_console_diagnostics()  # they name the operator and the line; the exception does not
    source = Source.wrap_buffer(session, bytecode)
    invocation.parse_source(source)
    if not invocation.execute():
        raise RuntimeError("IREE compilation failed; its diagnostics are on stderr")
    output = Output.open_file(os.path.join(folder, "model.vmfb"))
    invocation.output_vm_bytecode(output)
    output.keep()


def load(folder, settings):
    import os

    import iree.runtime
    import numpy
    import torch

    context = iree.runtime.SystemContext(config=iree.runtime.Config("local-sync"))
    with open(os.path.join(folder, "model.vmfb"), "rb") as file:
        context.add_vm_module(iree.runtime.VmModule.copy_buffer(context.instance, file.read()))
    function = context.modules.module["main"]

    def run(tensors):
        results = function(*[tensor.detach().contiguous().numpy() for tensor in tensors])
        results = results if isinstance(results, (list, tuple)) else [results]
        return [torch.from_numpy(numpy.array(result.to_host())) for result in results]

    return run


def placement(folder, run, inputs, settings):
    import os

    size = os.path.getsize(os.path.join(folder, "model.vmfb"))
    return Placement(
        1,
        0,
        [
            f"the whole program is one compiled module of {size} bytes, called once on local-sync; IREE has no "
            "fallback to PyTorch, so there are no operators elsewhere"
        ],
    )


OPTIONS = (
    Option(
        "sorted-topk",
        "lower",
        {"sorted_topk": True},
        "asks topk for its values in order, where the model leaves the order open and IREE has no such operator",
        # IREE names an argument of the operator, not the operator.
        when={"message": r"legalize operation 'torch\.constant\.|aten\.topk"},
    ),
    *CONVERTER,
)

BACKEND = Backend(
    "iree",
    lambda: package_probe("iree.turbine", ("iree.compiler", "iree.runtime"), "iree-turbine"),
    lower=lower,
    compile=compile,
    load=load,
    placement=placement,
    options=OPTIONS,
    preload=("iree.compiler.api", "iree.runtime", "iree.turbine.aot", "iree.turbine.aot.decompositions"),
)
