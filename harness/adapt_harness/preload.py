"""What the host imports once, so that each worker finds it there.

Chosen by measurement: these take seconds to import, start no thread and run no operator. onnxruntime and openvino are
not here because importing them starts threads, which a fork would not have.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
from typing import Iterable

# torch.export and torch.onnx import most of these at first use; a file's class decides the rest.
BASE = (
    "numpy",
    "safetensors.torch",
    "torch",
    "torch.export",
    "torch._dynamo",
    "torch._export",
    "torch._inductor.config",
    "torch._functorch.aot_autograd",
    "torch.fx.experimental.symbolic_shapes",
    "torch.utils._sympy.functions",
    "networkx",
    "torch._library.custom_ops",
    "torch.export._trace",
    "torch._export.serde.serialize",
)
# What a model may come from. Imported only when it is asked for: a third of the whole, and a file can do without.
LIBRARIES = {
    "transformers": (
        "transformers",
        "transformers.modeling_utils",
        "transformers.generation.utils",
        "transformers.masking_utils",
        "transformers.modeling_layers",
        "transformers.processing_utils",
        "transformers.models.auto.modeling_auto",
    ),
}


def threads() -> int:
    """Threads of this process, as the kernel counts them."""
    return len(os.listdir("/proc/self/task"))


def preload(backends: Iterable[str], libraries: Iterable[str] = ()) -> list[str]:
    """Imports what is installed and says what was not; raises when a package has started a thread.

    Standard error is closed meanwhile to the warnings that libraries print on import.
    """
    from adapt_harness.backends import backend
    from adapt_harness.limits import thread_environment

    thread_environment(1)
    names = [*BASE, *(module for library in libraries for module in LIBRARIES[library])]
    for name in backends:
        names += backend(name).preload
    missing = []
    with _quiet(), _uncollected():
        for name in names:
            try:
                importlib.import_module(name)
            except ImportError as error:
                missing.append(f"{name}: {error}")
    if threads() != 1:
        raise RuntimeError(f"{threads()} threads after importing {', '.join(names)}: a fork would lose them")
    return missing


@contextlib.contextmanager
def _uncollected():
    """No garbage collection of what is imported, now or later: modules stay, and a worker need not look at them again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _quiet():
    import logging

    logging.disable(logging.WARNING)
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        logging.disable(logging.NOTSET)
