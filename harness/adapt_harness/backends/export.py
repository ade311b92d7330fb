"""`torch.export` alone: the front end that every other backend shares. The saved program runs without the model."""

from __future__ import annotations

from adapt_harness.backends.base import Backend, Placement, keep_program
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import COMMON


def compile(lowered, folder, settings):
    import os

    import torch

    torch.export.save(lowered, os.path.join(folder, "program.pt2"))


def load(folder, settings):
    import os

    import torch

    module = torch.export.load(os.path.join(folder, "program.pt2")).module()

    def run(tensors):
        with torch.no_grad():
            return [torch.as_tensor(value) for value in module(*tensors)]

    run.module = module
    return run


def placement(folder, run, inputs, settings):
    nodes = sum(node.op == "call_function" for node in run.module.graph.nodes)
    return Placement(
        nodes, 0, [f"{nodes} calls in the exported graph, all interpreted by PyTorch; no model code is loaded"]
    )


BACKEND = Backend(
    "export",
    lambda: package_probe("torch"),
    lower=keep_program,
    compile=compile,
    load=load,
    placement=placement,
    options=COMMON,
)
