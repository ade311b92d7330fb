"""What a forward call does besides returning: buffers and attributes it changes, and what it raises on bad input."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from adapt_harness.module_state import ModuleState

_MOST_INVALID = 6


def effects(flat_model: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> list[str]:
    """Lines that are equal for a model and a faithful rewrite of it: no addresses, no messages, no line numbers."""
    # The wrapper itself records the structure of each call; only the model inside it is observed.
    state = ModuleState(getattr(flat_model, "model", flat_model))
    try:
        _call(flat_model, inputs)
        found = state.changes()
        state.restore()
        for what, bad in _invalid(flat_model, inputs)[:_MOST_INVALID]:
            found.append(f"{what}: {_raised(flat_model, bad)}")
            state.restore()
    finally:
        state.restore()
    return found


def _invalid(flat_model: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> list[tuple[str, list[torch.Tensor]]]:
    """(description, inputs) with one input made wrong: its dtype, a value out of range, its rank."""
    names = list(getattr(flat_model, "names", None) or range(len(inputs)))
    cases = []
    for i, tensor in enumerate(inputs):

        def swapped(other: torch.Tensor, at: int = i) -> list[torch.Tensor]:
            return [other if j == at else t for j, t in enumerate(inputs)]

        if tensor.is_floating_point():
            cases.append((f"{names[i]} of one rank less", swapped(tensor[0]) if tensor.dim() else None))
        elif tensor.dtype == torch.int64 and str(names[i]).endswith("ids"):
            cases.append((f"{names[i]} as float", swapped(tensor.float() + 0.5)))
            cases.append((f"{names[i]} out of range", swapped(torch.full_like(tensor, 1 << 40))))
            cases.append((f"{names[i]} of one rank less", swapped(tensor[0]) if tensor.dim() else None))
    return [(what, bad) for what, bad in cases if bad is not None]


def _raised(flat_model: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> str:
    try:
        _call(flat_model, inputs)
    except Exception as error:  # the kind of exception is the effect
        return f"raises {type(error).__name__}"
    return "raises nothing"


def _call(flat_model: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> None:
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        flat_model(*[t.clone() for t in inputs])
