"""Tenstorrent's cards through tt-xla: `torch.compile(backend="tt")` on torch_xla, on a card or for a described one.

The program is exported first, because an artefact must run without the model's code; what is compiled is that program,
moved to the device whole. Whoever loads the artefact compiles it anew.
"""

from __future__ import annotations

from adapt_harness import option_table
from adapt_harness.backends.base import Backend, Placement
from adapt_harness.backends.shared_options import COMMON
from adapt_harness.tt import evidence
from adapt_harness.tt.surroundings import LOG_BYTES, surroundings


def compile(lowered, folder, settings):
    import os

    import torch

    torch.export.save(lowered, os.path.join(folder, "program.pt2"))
    run = load(folder, settings)
    run([tensor.clone() for tensor in lowered.example_inputs[0]])
    if os.environ.get("TT_COMPILE_ONLY_SYSTEM_DESC"):
        from tt_torch import parse_compiled_artifacts_from_cache_to_disk

        # What came out of `run` is memory that nobody wrote to: only programs in the cache show that it was compiled.
        cache = os.path.join(folder, "cache")
        programs = os.listdir(cache) if os.path.isdir(cache) else []
        if not programs:
            raise RuntimeError("the compiler left no program in its cache")
        if len(programs) == 1:  # for readers; the parser takes no more
            parse_compiled_artifacts_from_cache_to_disk(cache, os.path.join(folder, "model"))


def load(folder, settings):
    import os

    import torch
    import torch_xla
    import torch_xla.runtime
    import tt_torch  # noqa: F401 - registers the backend
    from torch.export.passes import move_to_device_pass

    torch_xla.runtime.set_device_type("TT")
    if os.environ.get("TT_COMPILE_ONLY_SYSTEM_DESC"):
        torch_xla.runtime.initialize_cache(os.path.join(folder, "cache"))

    def chosen(prefix):
        return {key[len(prefix) :]: value for key, value in settings.items() if key.startswith(prefix)}

    custom = {key: str(value).lower() if value in (True, False) else str(value) for key, value in chosen("custom.").items()}
    if custom:
        torch_xla.set_custom_compile_options(custom)
    device = torch_xla.device()
    program = move_to_device_pass(torch.export.load(os.path.join(folder, "program.pt2")), str(device))
    compiled = torch.compile(program.module(), backend="tt", dynamic=False, options=chosen("torch.") or None)

    def run(tensors):
        with torch.no_grad():
            results = compiled(*[tensor.to(device) for tensor in tensors])
        return [torch.as_tensor(value).cpu() for value in torch.utils._pytree.tree_leaves(results)]

    return run


def placement(folder, run, inputs, settings):
    """Dynamo counts what it handed to the backend, torch_xla what it ran on the host after all."""
    import torch_xla.debug.metrics as metrics
    from torch._dynamo.utils import counters

    handed = int(counters["stats"]["calls_captured"])
    graphs = int(counters["stats"]["unique_graphs"])
    back = {name: int(metrics.counter_value(name)) for name in metrics.counter_names() if name.startswith("aten::")}
    elsewhere = min(handed, sum(back.values()))
    detail = [f"{graphs} graph(s) of {handed} operators handed to backend 'tt'"]
    detail += [f"{name} ran on the host {count} times" for name, count in sorted(back.items())]
    return Placement(handed - elsewhere, elsewhere, detail)


BACKEND = Backend(
    "tt",
    lambda: evidence.probe(evidence.TT),
    compile=compile,
    load=load,
    placement=placement,
    options=COMMON + option_table.ladder("tt"),
    around=surroundings,
    refuses=lambda settings, scope: option_table.refused("tt", settings, scope),
    log_bytes=LOG_BYTES,
)
