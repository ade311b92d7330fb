"""Questions about a captured graph: its operators, and which source lines its nodes came from."""

from __future__ import annotations

import collections
import contextlib
import os
import re
import traceback
from dataclasses import dataclass
from typing import Any, Iterator

_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


@dataclass(frozen=True)
class Place:
    """One line of Python: absolute file, line from 1, function."""

    file: str
    line: int
    function: str


def places(stack_trace: str | None) -> list[Place]:
    """The frames of a printed stack, innermost first."""
    return [Place(f, int(n), fn) for f, n, fn in _FRAME.findall(stack_trace or "")][::-1]


@contextlib.contextmanager
def whole_stacks() -> Iterator[None]:
    """Nodes that are captured meanwhile keep the frames of functions that a `forward` calls; torch.export drops them."""
    import torch

    tracer, name = torch.fx.proxy.TracerBase, "_filter_traceback_frames"
    chosen_by_torch = getattr(tracer, name, None)
    if chosen_by_torch is None:  # an older version, without this place to say so
        yield
        return
    library = os.path.join(os.path.dirname(torch.__file__), "")

    def chosen(self: Any, stack: traceback.StackSummary) -> traceback.StackSummary:
        kept = chosen_by_torch(self, stack)
        known = {id(frame) for frame in kept}
        first = next((at for at, frame in enumerate(stack) if id(frame) in known), len(stack))
        return traceback.StackSummary.from_list(
            [frame for frame in stack[first:] if id(frame) in known or not frame.filename.startswith(library)]
        )

    setattr(tracer, name, chosen)
    try:
        yield
    finally:
        setattr(tracer, name, chosen_by_torch)


def operator_name(target: Any) -> str:
    """`aten.view.default` for an operator, the bare name for a Python function in the graph."""
    name = getattr(target, "name", None)
    if hasattr(target, "_schema") and callable(name):
        return str(target)
    return getattr(target, "__name__", str(target))


def _modules(graph_module: Any) -> Iterator[Any]:
    """The graph and the graphs of its branches and loops."""
    yield graph_module
    for child in graph_module.children():
        if hasattr(child, "graph"):
            yield from _modules(child)


def call_nodes(program: Any) -> Iterator[Any]:
    """All operator calls of an exported program, in order."""
    for module in _modules(program.graph_module):
        for node in module.graph.nodes:
            if node.op == "call_function":
                yield node


def counts(program: Any) -> dict[str, Any]:
    ops = collections.Counter(operator_name(node.target) for node in call_nodes(program))
    return {"nodes": sum(ops.values()), "ops": dict(sorted(ops.items()))}


def files(program: Any) -> set[str]:
    """Every Python file that some node's stack goes through."""
    found: set[str] = set()
    for node in call_nodes(program):
        found.update(file for file, _, _ in _FRAME.findall(node.meta.get("stack_trace") or ""))
    return found


def _base(name: str) -> str:
    """`aten.view.default`, `aten::view`, `torch.aten.view` and `view` all name `view`."""
    parts = [p for p in re.split(r"[.:]+", name) if p]
    known = {"torch", "ops", "aten", "prims", "transformers", "torchvision", "onnx", "_operator", "operator"}
    while len(parts) > 1 and parts[0] in known:
        parts.pop(0)
    return parts[0] if parts else name


def has(program: Any, op: str) -> bool:
    return any(_base(operator_name(node.target)) == _base(op) for node in call_nodes(program))


def find(program: Any, names: list[str], lines: list[tuple[str, int]], ops: list[str]) -> list[Place]:
    """The stack of the node that a backend's message points at, by node name, then source line, then operator.

    A backend names what it rejects in one of these three ways. Empty when no node that fits has a stack.
    """
    nodes = [node for node in call_nodes(program) if node.meta.get("stack_trace")]
    for name in names:
        for node in nodes:
            if node.name == name:
                return places(node.meta["stack_trace"])
    for file, line in lines:
        for node in nodes:
            stack = places(node.meta["stack_trace"])
            if any(p.line == line and p.file.endswith(file) for p in stack):
                return stack
    for op in ops:
        for node in nodes:
            if _base(operator_name(node.target)) == _base(op):
                return places(node.meta["stack_trace"])
    return []
