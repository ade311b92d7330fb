"""OpenVINO on the CPU, converted from the exported program, in float32 unless an option says otherwise."""

from __future__ import annotations

from adapt_harness.backends.base import Backend, Option, Placement
from adapt_harness.backends.evidence import package_probe
from adapt_harness.backends.shared_options import CONVERTER


def lower(program, inputs, folder, settings):
    import os

    import openvino

    model = openvino.convert_model(program)
    names = list(program.graph_signature.user_inputs)
    kept = {name for port in model.inputs for name in port.get_names()}
    # A port that conversion left unnamed can only be told by its place, which holds while none was dropped.
    order = [i for i, name in enumerate(names) if name in kept] if kept else list(range(len(names)))
    path = os.path.join(folder, "model.xml")
    openvino.save_model(model, path, compress_to_fp16=False)
    with open(os.path.join(folder, "inputs.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(f"{i} {names[i]}" for i in order))
    return path


def compile(lowered, folder, settings):
    import openvino

    values = {"INFERENCE_PRECISION_HINT": settings.get("precision", "f32"), "INFERENCE_NUM_THREADS": 1}
    openvino.Core().compile_model(lowered, "CPU", values)


def load(folder, settings):
    import os

    import openvino
    import torch

    values = {"INFERENCE_PRECISION_HINT": settings.get("precision", "f32"), "INFERENCE_NUM_THREADS": 1}
    compiled = openvino.Core().compile_model(os.path.join(folder, "model.xml"), "CPU", values)
    with open(os.path.join(folder, "inputs.txt"), encoding="utf-8") as file:
        rows = [line.split() for line in file.read().splitlines()]
    ports = {name: port for port in compiled.inputs for name in port.get_names()}
    places = [(int(i), ports.get(name)) for i, name in rows]
    if any(port is None for _, port in places):
        places = [(i, port) for (i, _), port in zip(places, compiled.inputs)]

    def run(tensors):
        results = compiled({port: tensors[i].detach().contiguous().numpy() for i, port in places})
        return [torch.from_numpy(results[port].copy()) for port in compiled.outputs]

    run.compiled = compiled
    return run


def placement(folder, run, inputs, settings):
    """The CPU plugin's runtime graph lists what it executes; the model was compiled for one device only."""
    devices = run.compiled.get_property("EXECUTION_DEVICES")
    kinds = [
        node.get_rt_info()["layerType"].value if "layerType" in node.get_rt_info() else node.get_type_name()
        for node in run.compiled.get_runtime_model().get_ops()
    ]
    real = [str(kind) for kind in kinds if str(kind) not in ("Input", "Output", "Const", "Parameter", "Result")]
    reference = sum(kind == "Reference" for kind in real)
    detail = [f"runtime graph: {len(real)} nodes on {', '.join(devices)}"]
    if reference:
        detail.append(f"{reference} of them through OpenVINO's own reference implementation on the host")
    return Placement(len(real), 0, detail)


OPTIONS = CONVERTER + (
    Option(
        "distinct-outputs",
        "capture",
        {"distinct_outputs": True},
        "adds zero to a tensor that the model returns a second time, since the converter cannot name one tensor twice",
        when={"message": r"is_number\(name\)"},
    ),
)

BACKEND = Backend(
    "openvino",
    lambda: package_probe("openvino"),
    lower=lower,
    compile=compile,
    load=load,
    placement=placement,
    options=OPTIONS,
)
