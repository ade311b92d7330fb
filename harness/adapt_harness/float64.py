"""Runs a float32 model in float64, including where its own code asks for float32.

`model.double()` alone is not enough: models cast to float32 in the middle, keep plain tensors as attributes, and make
new tensors in the default dtype; mixing those with float64 weights raises, or silently computes in float32. This mode
works below Python, on every operator that PyTorch dispatches.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

_WIDER = {torch.float32: torch.float64, torch.complex64: torch.complex128}


def _is_narrow(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dtype in _WIDER


def _widen(value: Any) -> Any:
    if _is_narrow(value):
        return value.to(_WIDER[value.dtype])
    return _WIDER.get(value, value) if isinstance(value, torch.dtype) else value


class Float64(TorchDispatchMode):
    """Inside it no operator computes in float32. An operator that writes into a float32 tensor still writes there."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function._schema.is_mutable and any(_is_narrow(value) for value in (*args, *kwargs.values())):
            return function(*args, **kwargs)
        return tree_map(_widen, function(*tree_map(_widen, args), **tree_map(_widen, kwargs)))
