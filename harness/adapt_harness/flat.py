"""One calling convention for every backend: tensors in, a flat tuple of tensors out (PROTOCOL.md section 5).

A model's output may be any nest of containers. `unfold` walks it once and gives the tensors with their paths, and a
canonical text of everything else (container classes, keys, plain values), so that two structures are equal exactly
when their texts are.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any, Iterator, Mapping, Sequence

import torch

_DEPTH = 24
_LENGTH_LIMIT = 1 << 16  # characters of a tree; a longer one is replaced by its hash so the file header stays small


def _members(value: Any) -> list[tuple[str, Any]] | None:
    """The parts of a container in a fixed order, or None when `value` is a leaf."""
    if isinstance(value, Mapping):
        return [(str(key), value[key]) for key in value]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value))
    if isinstance(value, (list, tuple)):
        return [(str(i), item) for i, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        return [(str(i), item) for i, item in enumerate(sorted(value, key=repr))]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
    if isinstance(value, (torch.nn.Module, type)) or callable(value) or not hasattr(value, "__dict__"):
        return None
    return sorted(vars(value).items())  # caches and other plain objects: their state is their output


def _leaf_text(value: Any) -> str:
    if value is None or isinstance(value, (bool, int, float, str, bytes, torch.dtype, torch.device, torch.Size)):
        return repr(value)
    if isinstance(value, (torch.SymInt, torch.SymFloat, torch.SymBool)):
        return "sym"  # only while tracing; the recorded tree comes from an eager call
    return f"<{type(value).__name__}>"


def unfold(output: Any) -> tuple[list[tuple[str, torch.Tensor]], str]:
    """(path, tensor) for each tensor in flatten order, and the canonical text of the structure around them."""
    leaves: list[tuple[str, torch.Tensor]] = []
    on_path: set[int] = set()

    def walk(value: Any, path: str, depth: int) -> str:
        if isinstance(value, torch.Tensor):
            leaves.append((path or "output", value))
            return "*"
        members = None if depth > _DEPTH or id(value) in on_path else _members(value)
        if members is None:
            return _leaf_text(value)
        on_path.add(id(value))
        inner = ",".join(f"{key}:{walk(item, f'{path}.{key}' if path else key, depth + 1)}" for key, item in members)
        on_path.discard(id(value))
        return f"{type(value).__name__}({inner})"

    text = walk(output, "", 0)
    if len(text) > _LENGTH_LIMIT:
        text = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return leaves, text


class FlatModel(torch.nn.Module):
    """`forward(*tensors)` in the order of `names`; `constants` are the arguments that are not tensors.

    After a call, `leaf_names` and `tree` describe that call's output.
    """

    def __init__(self, model: torch.nn.Module, names: Sequence[str], constants: Mapping[str, Any]):
        super().__init__()
        self.model = model
        self.names = tuple(names)
        self.constants = dict(constants)
        self.leaf_names: list[str] = []
        self.tree = ""

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(tensor for _, tensor in unfold(self.call(*tensors))[0])

    def call(self, *tensors: torch.Tensor) -> Any:
        """The model's own output, structure and all."""
        return self.model(**dict(zip(self.names, tensors)), **self.constants)

    def recorded(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """`forward`, and remember what the output looked like. Never used while tracing."""
        leaves, self.tree = unfold(self.call(*tensors))
        self.leaf_names = [name for name, _ in leaves]
        return tuple(tensor for _, tensor in leaves)


def parameters_and_buffers(model: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from model.named_parameters(remove_duplicate=False)
    yield from model.named_buffers(remove_duplicate=False)


def weights_digest(model: torch.nn.Module) -> str:
    """SHA-256 over names, dtypes, shapes and bytes of all parameters and buffers, in order of name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(parameters_and_buffers(model), key=lambda item: item[0]):
        tensor = tensor.detach().to("cpu").contiguous()
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return digest.hexdigest()
