"""Buffers and plain attributes of a module tree: kept, put back, and described."""

from __future__ import annotations

import hashlib
from typing import Any

import torch

# torch's own bookkeeping, which a call may touch without any effect on results.
_BOOKKEEPING = {"_parameters", "_buffers", "_modules", "_is_hf_initialized", "training"}
_HOOKS = ("_hooks", "_hooks_with_kwargs", "_hooks_always_called")


class ModuleState:
    """The state a forward call may change, taken when this object is made. Costs a copy of the buffers."""

    def __init__(self, model: torch.nn.Module):
        self.model = model
        self.buffers = {n: (b, b.detach().clone()) for n, b in model.named_buffers()}
        self.attributes = {n: plain_attributes(m) for n, m in model.named_modules()}
        # Containers are changed in place (hook tables, caches kept in a list), so their contents are kept too.
        self.contents = {n: {k: v.copy() for k, v in a.items() if _is_container(v)} for n, a in self.attributes.items()}
        self.registered = {n: dict(m._buffers) for n, m in model.named_modules()}

    def restore(self) -> None:
        """Puts buffers and attributes back; attributes that appeared are removed."""
        with torch.no_grad():
            for buffer, kept in self.buffers.values():
                if buffer.shape != kept.shape or not _same(buffer, kept):
                    buffer.data = kept.clone()
        for name, module in self.model.named_modules():
            if name not in self.attributes:
                continue
            module._buffers.clear()
            module._buffers.update(self.registered[name])
            kept = self.attributes[name]
            for key in [k for k in module.__dict__ if k not in _BOOKKEEPING and k not in kept]:
                del module.__dict__[key]
            for key, value in kept.items():
                if module.__dict__.get(key) is not value:
                    module.__dict__[key] = value
                if _is_container(value):
                    _refill(value, self.contents[name][key])

    def changes(self) -> list[str]:
        """One line for each buffer or attribute that differs from when this was made."""
        found = []
        now = dict(self.model.named_buffers())
        for name in sorted(set(now) | set(self.buffers)):
            if name not in now:
                found.append(f"buffer {name} removed")
            elif name not in self.buffers:
                found.append(f"buffer {name} added {digest(now[name])}")
            elif not _same(now[name], self.buffers[name][1]):
                found.append(f"buffer {name} changed {digest(now[name])}")
        for name, module in self.model.named_modules():
            before, after = {**self.attributes.get(name, {}), **self.contents.get(name, {})}, plain_attributes(module)
            for key in sorted(k for k in {*before, *after} if not k.endswith(_HOOKS)):
                if before.get(key) is not after.get(key) and describe(before.get(key)) != describe(after.get(key)):
                    found.append(f"attribute {name + '.' if name else ''}{key} = {describe(after.get(key))}")
        return found


def plain_attributes(module: torch.nn.Module) -> dict[str, Any]:
    """What the module holds beside parameters, buffers and submodules, by name."""
    return {k: v for k, v in module.__dict__.items() if k not in _BOOKKEEPING}


def _is_container(value: Any) -> bool:
    return isinstance(value, (dict, list, set))


def _refill(container: Any, contents: Any) -> None:
    """Puts back what a container held, keeping its identity."""
    if isinstance(container, list):
        container[:] = contents
    else:
        container.clear()
        container.update(contents)


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and bool(torch.equal(torch.nan_to_num(a), torch.nan_to_num(b)))


def digest(tensor: torch.Tensor) -> str:
    """dtype, shape and a short SHA-256 of the bytes."""
    data = tensor.detach().cpu().contiguous().reshape(-1)
    raw = data.view(torch.uint8).numpy().tobytes() if data.numel() else b""
    return f"{str(tensor.dtype).removeprefix('torch.')}{list(tensor.shape)} {hashlib.sha256(raw).hexdigest()[:12]}"


def describe(value: Any) -> str:
    """A short text that is equal for equal values and free of addresses."""
    if torch.is_tensor(value):
        return digest(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)[:80]
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{str(k)[:40]}: {describe(v)}" for k, v in sorted(value.items(), key=lambda i: str(i[0]))[:20])
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(describe(v) for v in value[:20]) + "]"
    return type(value).__name__
