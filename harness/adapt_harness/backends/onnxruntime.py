"""ONNX Runtime on the CPU, from the exported program through torch's ONNX exporter."""

from __future__ import annotations

from adapt_harness.backends.base import Backend, Option, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER


def lower(program, inputs, folder, settings):
    import os

    import torch

    names = [f"input_{i}" for i in range(len(inputs))]
    path = os.path.join(folder, "model.onnx")
    extra = {"opset_version": settings["opset_version"]} if "opset_version" in settings else {}
    exported = torch.onnx.export(
        program,
        tuple(inputs),
        dynamo=True,
        verbose=False,
        input_names=names,
        optimize=settings.get("optimize", True),
        **extra,
    )
    exported.save(path, external_data=True)
    return path


def compile(lowered, folder, settings):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if settings.get("graph_optimization") == "off":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    onnxruntime.InferenceSession(lowered, options, providers=["CPUExecutionProvider"])


def load(folder, settings):
    import os

    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if settings.get("graph_optimization") == "off":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    wanted = {value.name for value in session.get_inputs()}

    def run(tensors):
        feed = {f"input_{i}": tensor.detach().numpy() for i, tensor in enumerate(tensors) if f"input_{i}" in wanted}
        return [torch.as_tensor(array) for array in session.run(None, feed)]

    run.session = session
    return run


def placement(folder, run, inputs, settings):
    """ONNX Runtime's profile of one more run says which provider executed each node."""
    import collections
    import json
    import os
    import tempfile

    import onnxruntime

    with tempfile.TemporaryDirectory() as scratch:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_profiling = True
        options.profile_file_prefix = os.path.join(scratch, "profile")
        if settings.get("graph_optimization") == "off":
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(
            os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        wanted = {value.name for value in session.get_inputs()}
        feed = {f"input_{i}": t.detach().numpy() for i, t in enumerate(inputs) if f"input_{i}" in wanted}
        session.run(None, feed)
        with open(session.end_profiling(), encoding="utf-8") as file:
            events = json.load(file)
    providers = collections.Counter(
        event["args"]["provider"] for event in events if event.get("args", {}).get("provider")
    )
    here = providers.pop("CPUExecutionProvider", 0)
    return Placement(
        here,
        sum(providers.values()),
        [f"profile of one run: {here} kernels on CPUExecutionProvider"]
        + [f"{count} kernels on {name}" for name, count in providers.items()],
    )


OPTIONS = CONVERTER + (
    Option(
        "onnx-no-optimize",
        "lower",
        {"optimize": False},
        "exports without onnxscript's graph rewrites",
        when={"stage": ["lower", "compile", "run", "compare"]},
    ),
    Option(
        "ort-no-optimize",
        "compile",
        {"graph_optimization": "off"},
        "runs the graph without ONNX Runtime's own rewrites",
        when={"stage": ["compile", "run", "compare"]},
    ),
)

BACKEND = Backend(
    "onnxruntime",
    lambda: package_probe("onnxruntime", ("onnxscript", "onnx")),
    lower=lower,
    compile=compile,
    load=load,
    placement=placement,
    options=OPTIONS,
    preload=(
        "onnx",
        "onnxscript",
        "onnxscript.function_libs.torch_lib.ops",
        "onnxscript.rewriter.onnx_fusions",
        "torch.onnx",
        "torch.onnx._internal.exporter._core",
    ),
)
