"""Array files: tensors with their names, kinds and the structure they came from (PROTOCOL.md section 4)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Sequence

import torch


# The wire spells dtypes as safetensors readers in other languages expect to print them.
def dtype_name(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def kind_of(tensor: torch.Tensor) -> str:
    if tensor.is_complex():
        return "complex"
    if tensor.dtype == torch.bool:
        return "bool"
    return "float" if tensor.is_floating_point() else "int"


def described(name: str, tensor: torch.Tensor) -> dict[str, Any]:
    return {"name": name, "kind": kind_of(tensor), "dtype": dtype_name(tensor), "shape": list(tensor.shape)}


def storable(tensor: torch.Tensor) -> torch.Tensor:
    """A contiguous copy on the CPU that shares no memory; complex becomes float with a last dimension of 2."""
    tensor = tensor.detach()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    return tensor.to("cpu").contiguous().clone()


@dataclass(frozen=True)
class Arrays:
    tensors: dict[str, torch.Tensor]
    leaves: list[dict[str, Any]]
    tree: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def write(
    path: str | Path,
    named: Mapping[str, torch.Tensor],
    leaves: Sequence[dict[str, Any]],
    tree: str = "",
    extra: Mapping[str, str] | None = None,
) -> None:
    from safetensors.torch import save

    metadata = {"leaves": json.dumps(list(leaves)), "tree": tree, **(extra or {})}
    blob = memoryview(save({key: storable(value) for key, value in named.items()}, metadata=metadata))
    # The library writes metadata in an order of chance; equal content shall be equal bytes.
    begin = 8 + int.from_bytes(blob[:8], "little")
    header = json.loads(bytes(blob[8:begin]))
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for part in (len(text).to_bytes(8, "little"), text, blob[begin:]):
            file.write(part)


def write_inputs(path: str | Path, tensors: Mapping[str, torch.Tensor], extra: Mapping[str, str] | None = None) -> None:
    """Inputs keep their flat names as keys; `leaves` keeps their order, which a safetensors file does not."""
    write(path, tensors, [described(name, tensor) for name, tensor in tensors.items()], extra=extra)


def write_outputs(path: str | Path, names: Sequence[str], tensors: Sequence[torch.Tensor], tree: str) -> None:
    """Outputs are `leaf/0000`, `leaf/0001`, ... in flatten order; `leaves` says what each is called."""
    if len(names) != len(tensors):
        raise ValueError(f"{len(tensors)} outputs for {len(names)} names")
    leaves = [described(name, tensor) for name, tensor in zip(names, tensors)]
    write(path, {f"leaf/{i:04d}": tensor for i, tensor in enumerate(tensors)}, leaves, tree)


def read(path: str | Path) -> Arrays:
    """The file's tensors in the order of `leaves` where it has one, complex ones joined again."""
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as file:
        metadata = file.metadata() or {}
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    leaves = json.loads(metadata.pop("leaves", "[]"))
    tree = metadata.pop("tree", "")
    complex_names = {leaf["name"] for leaf in leaves if leaf["kind"] == "complex"}
    order = [leaf["name"] for leaf in leaves if leaf["name"] in tensors] or sorted(tensors)
    ordered = {key: torch.view_as_complex(tensors[key]) if key in complex_names else tensors[key] for key in order}
    return Arrays(ordered, leaves, tree, metadata)
