"""What a backend is: a probe, a ladder of options, and four plain functions.

`lower`, `compile`, `load` (and a `capture` of its own, where it has one) are written so that their source text runs
anywhere: they import what they need inside, and name nothing of this package but `helpers`. The worker calls them;
`snippet` pastes the same text into generated tests, so a test compiles exactly as the verified run did. Signatures:

    capture(module, inputs, settings) -> torch.export.ExportedProgram
    lower(program, inputs, folder, settings) -> lowered          # any object
    compile(lowered, folder, settings) -> None                   # leaves the artefact in `folder`
    load(folder, settings) -> run                                # run(list of CPU tensors) -> list of CPU tensors

`folder` is an absolute path that exists; `settings` are the values of the chosen options of that scope.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass, field
from typing import Any, Callable, ContextManager


@dataclass(frozen=True)
class Probe:
    available: bool
    evidence: str
    version: str | None = None
    concession: str | None = None  # what holds for this installation, beside what the backend says of itself
    cap: str | None = None
    executes: bool = True  # false: there is nothing to execute on, so compiling is all that can be asked for


@dataclass(frozen=True)
class Option:
    """One rung of a ladder (PROTOCOL.md section 4). `when` narrows where trying it makes sense."""

    id: str
    scope: str
    set: dict[str, Any]
    does: str
    concession: str | None = None
    cap: str | None = None
    when: dict[str, Any] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "scope": self.scope,
            "set": self.set,
            "does": self.does,
            "concession": self.concession,
            "cap": self.cap,
            "when": self.when,
        }


@dataclass(frozen=True)
class Placement:
    """How many operators ran on the backend and how many elsewhere; `detail` says how that is known."""

    on_backend: int
    elsewhere: int
    detail: list[str]

    def wire(self) -> dict[str, Any]:
        return {"on_backend": self.on_backend, "elsewhere": self.elsewhere, "detail": self.detail[:64]}


@dataclass(frozen=True)
class Backend:
    name: str
    probe: Callable[[], Probe]
    capture: Callable[..., Any] | None = None
    lower: Callable[..., Any] | None = None
    compile: Callable[..., None] | None = None
    load: Callable[..., Callable[[list[Any]], list[Any]]] | None = None
    placement: Callable[..., Placement] | None = None  # placement(folder, run, inputs, settings), after one run
    options: tuple[Option, ...] = ()
    # check(folder, settings of lower) raises where what `lower` or `load` left there would be refused; never part of
    # generated tests
    check: Callable[[str, dict[str, Any]], None] | None = None
    concession: str | None = None  # what any claim about this backend has to say
    cap: str | None = None  # and the highest level it can reach
    helpers: tuple[Callable[..., Any], ...] = ()  # what those functions call: as self-contained, pasted before them
    preload: tuple[str, ...] = ()  # modules the host may import: they start no thread and run nothing
    # around(folder, stages, settings): a context that compile, or load and run, happen in; never part of generated
    # tests. `folder` is private to the request
    around: Callable[..., ContextManager[None]] | None = None
    # refuses(settings, scope): why settings that came over the wire are none of this backend's; None: they are
    refuses: Callable[[dict[str, Any], str], str | None] | None = None
    log_bytes: int | None = None  # of what is printed, this much is kept; None: all

    @property
    def compiles(self) -> bool:
        return self.load is not None


def fix_numbers(module, inputs, settings):
    """Makes small tensors constants of the graph, which the tracer may compute with: buffers, or inputs of sizes."""
    import re

    import torch
    import torch._subclasses.fake_tensor as fake_tensor
    import torch.fx.experimental.proxy_tensor as proxy_tensor

    fake_tensor.CONSTANT_NUMEL_LIMIT = proxy_tensor.CONSTANT_NUMEL_LIMIT = 64

    def is_small(tensor):
        return tensor is not None and tensor.numel() <= 64 and not tensor.is_complex()

    def constant(tensor):
        values, dtype = tensor.tolist(), tensor.dtype
        return lambda *_: torch.tensor(values, dtype=dtype)

    if settings.get("fixed_buffers"):
        for owner in module.modules():
            small = {name: constant(tensor) for name, tensor in owner._buffers.items() if is_small(tensor)}
            for name in small:
                del owner._buffers[name]
            if small:
                made = {name: property(make) for name, make in small.items()}
                owner.__class__ = type(type(owner).__name__, (type(owner),), made)
    if settings.get("fixed_sizes"):
        sizes = re.compile("size|grid|thw|shape|spatial")
        fixed = {
            at: constant(tensor)
            for at, (name, tensor) in enumerate(zip(module.names, inputs))
            if is_small(tensor) and tensor.dtype in (torch.int64, torch.int32)
            if tensor.dim() == 2 and tensor.shape[1] in (2, 3) and sizes.search(name)
        }
        module.fixed_inputs = {module.names[at]: inputs[at].tolist() for at in fixed}
        module.register_forward_pre_hook(
            lambda _, tensors: tuple(fixed[at]() if at in fixed else tensor for at, tensor in enumerate(tensors))
        )


def compute_in(module, inputs, dtype):
    """Converts floating point weights and inputs to `dtype`, and outputs back: whoever calls the module sees no change."""
    import torch

    wanted = getattr(torch, dtype)
    with torch.no_grad():
        kinds = [tensor.dtype for tensor in module(*inputs)]
    module.to(wanted)
    module.register_forward_pre_hook(
        lambda _, tensors: tuple(t.to(wanted) if t.is_floating_point() else t for t in tensors)
    )
    module.register_forward_hook(lambda _, __, outputs: tuple(t.to(kind) for t, kind in zip(outputs, kinds)))


def separate_outputs(module):
    """Gives a tensor that the module returns twice a place of its own each time: zero is added to the later ones."""
    import torch

    def separated(_, inputs, outputs):
        first = {}
        for at, tensor in enumerate(outputs):
            first.setdefault(id(tensor), at)
        return tuple(
            tensor if first[id(tensor)] == at else tensor + (False if tensor.dtype == torch.bool else 0)
            for at, tensor in enumerate(outputs)
        )

    module.register_forward_hook(separated)


def capture(module, inputs, settings):
    import torch

    fixed = settings.get("fixed_buffers") or settings.get("fixed_sizes")
    if fixed:
        fix_numbers(module, inputs, settings)
    if settings.get("dtype"):
        compute_in(module, inputs, settings["dtype"])
    if settings.get("distinct_outputs"):
        separate_outputs(module)
    program = torch.export.export(module, tuple(inputs), strict=settings.get("strict", False))
    if fixed:  # operators whose results the tracer has computed are left over, and their shapes are unknown to backends
        program.graph.eliminate_dead_code()
    aten = torch.ops.aten
    tables = {
        "core": torch.export.default_decompositions,
        # Only the overloads that Python's &, | and ^ leave in a graph.
        "bitwise": lambda: {
            aten.__and__.Tensor: torch.bitwise_and,
            aten.__or__.Tensor: torch.bitwise_or,
            aten.__xor__.Tensor: torch.bitwise_xor,
        },
    }
    if settings.get("decompose"):
        program = program.run_decompositions(tables[settings["decompose"]]())
    return program


def keep_program(program, inputs, folder, settings):
    return program


_RUN = '''
def compile_and_run(module, inputs):
    """Outputs of `module` as the backend computes them: a list of numpy arrays, one for each tensor it returns."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        program = capture(module, inputs, {capture!r})
        lowered = lower(program, inputs, folder, {lower!r})
        compile(lowered, folder, {compile!r})
        run = load(folder, {compile!r})
        return [tensor.numpy() for tensor in run(list(inputs))]
'''


def _text(function: Callable[..., Any], name: str) -> str:
    source = textwrap.dedent(inspect.getsource(function))
    return re.sub(r"^def \w+\(", f"def {name}(", source, count=1)


def snippet(backend: Backend, chosen: dict[str, dict[str, Any]]) -> str:
    """Stand-alone text that defines `compile_and_run(module, inputs)` with the chosen settings written in.

    `chosen` maps a scope (capture, lower, compile) to its settings.
    """
    if not backend.compiles:
        return ""
    functions = {
        "fix_numbers": fix_numbers,
        "compute_in": compute_in,
        "separate_outputs": separate_outputs,
        "capture": backend.capture or capture,
        "lower": backend.lower or keep_program,
        "compile": backend.compile,
        "load": backend.load,
    }
    named = {helper.__name__: helper for helper in backend.helpers} | functions
    parts = [_text(function, name) for name, function in named.items()]
    environment = f"import os\n\nos.environ.update({chosen['env']!r})\n\n\n" if chosen.get("env") else ""
    call = _RUN.format(**{scope: chosen.get(scope, {}) for scope in ("capture", "lower", "compile")})
    return environment + "\n\n".join(part.rstrip() + "\n" for part in parts) + "\n" + call
