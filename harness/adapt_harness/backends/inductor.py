"""`torch.compile` of the exported program, whole graph or nothing. The kernels it wrote are part of the artefact.

The program is exported first because an artefact must run without the model's code; compiling the same program in
another process then finds the kernels in the artefact's cache instead of building them again.
"""

from __future__ import annotations

import shutil

from adapt_harness.backends.base import Backend, Option, Placement, Probe, keep_program
from adapt_harness.backends.evidence import version_of
from adapt_harness.backends.shared_options import CONVERTER


def compile(lowered, folder, settings):
    import os

    import torch

    os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.path.join(folder, "cache")
    import torch._inductor.config

    torch._inductor.config.compile_threads = 1
    torch.export.save(lowered, os.path.join(folder, "program.pt2"))
    example = [tensor.clone() for tensor in lowered.example_inputs[0]]
    with torch.no_grad():
        torch.compile(lowered.module(), fullgraph=True, dynamic=False, options=settings.get("options"))(*example)


def load(folder, settings):
    import os

    import torch

    os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.path.join(folder, "cache")
    import torch._inductor.config

    torch._inductor.config.compile_threads = 1
    module = torch.export.load(os.path.join(folder, "program.pt2")).module()
    compiled = torch.compile(module, fullgraph=True, dynamic=False, options=settings.get("options"))

    def run(tensors):
        with torch.no_grad():
            return [torch.as_tensor(value) for value in compiled(*tensors)]

    return run


def placement(folder, run, inputs, settings):
    """Inductor counts what it generated and what it handed back to PyTorch's own kernels."""
    from torch._dynamo.utils import counters
    from torch._inductor import metrics

    run(list(inputs))
    counted = {str(key): int(value) for key, value in counters["inductor"].items()}
    outside = {key: n for key, n in counted.items() if "extern" in key or "fallback" in key}
    hits = counted.get("fxgraph_cache_hit", 0)
    detail = [
        f"one graph, no break (fullgraph); {metrics.generated_kernel_count} kernels generated, {hits} cached graph(s)"
    ]
    detail += [f"{key}: {n} calls of PyTorch's kernels" for key, n in outside.items()]
    detail.append(
        "which operators became PyTorch library calls inside the compiled graph is only known from these counters"
    )
    kernels = metrics.generated_kernel_count
    return Placement(kernels, sum(outside.values()), detail)


def _probe() -> Probe:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if not compiler:
        return Probe(False, "no C++ compiler: neither g++ nor clang++ is on the PATH", version_of("torch"))
    return Probe(True, f"torch {version_of('torch')} with {compiler}", version_of("torch"))


OPTIONS = CONVERTER + (
    Option(
        "inductor-no-fusion",
        "compile",
        {"options": {"max_fusion_size": 1}},
        "compiles every operator as its own kernel",
        when={"stage": ["compile", "run", "compare"]},
    ),
)

BACKEND = Backend(
    "inductor",
    _probe,
    lower=keep_program,
    compile=compile,
    load=load,
    placement=placement,
    options=OPTIONS,
    preload=("torch._inductor.compile_fx",),
)
