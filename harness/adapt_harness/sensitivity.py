"""How much each parameter matters: the change of every output when that parameter alone is perturbed."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from adapt_harness.initialise import noise

RELATIVE_NOISE = 0.1
MOST_PARAMETERS = 400


def sensitivity(flat_model: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> dict[str, list[float]]:
    """{parameter: [relative change of each output leaf]}; the noise depends on the parameter's name only.

    A model with more than MOST_PARAMETERS parameters is sampled, the same names every time (`sampled` says which).
    """
    parameters = dict(flat_model.named_parameters())
    reference = _run(flat_model, inputs)
    return {name: _changes(flat_model, inputs, name, parameters[name], reference) for name in sampled(flat_model)}


def sampled(flat_model: torch.nn.Module) -> list[str]:
    """Names that `sensitivity` perturbs: all, or an even sample that has every kind of module in it."""
    names = [n for n, p in flat_model.named_parameters() if p.is_floating_point() or p.is_complex()]
    if len(names) <= MOST_PARAMETERS:
        return names
    kinds: dict[tuple[str, str], str] = {}
    for name in names:
        owner, _, leaf = name.rpartition(".")
        kinds.setdefault((type(flat_model.get_submodule(owner)).__name__, leaf), name)
    chosen = set(kinds.values())
    step = max(1, len(names) // max(1, MOST_PARAMETERS - len(chosen)) + 1)
    chosen.update(names[::step])
    return [n for n in names if n in chosen]


def _changes(
    model: torch.nn.Module,
    inputs: Sequence[torch.Tensor],
    name: str,
    parameter: torch.Tensor,
    reference: list[torch.Tensor],
) -> list[float]:
    kept = parameter.detach().clone()
    size = float(kept.abs().double().pow(2).mean().sqrt()) if kept.numel() else 0.0
    draw = noise(f"sensitivity/{name}", kept.shape, 0).to(kept.dtype)
    with torch.no_grad():
        try:
            parameter.add_(draw * (RELATIVE_NOISE * size if size else RELATIVE_NOISE))
            outputs = _run(model, inputs)
        finally:
            parameter.copy_(kept)
    if len(outputs) != len(reference):
        return [1.0] * len(reference)
    return [relative_change(a, b) for a, b in zip(reference, outputs)]


def relative_change(before: torch.Tensor, after: torch.Tensor) -> float:
    """L2 norm of the difference over that of `before`; for integers the share of entries that differ."""
    if before.shape != after.shape:
        return 1.0
    if before.numel() == 0:
        return 0.0
    if not before.is_floating_point() and not before.is_complex():
        return float((before != after).double().mean())
    if before.is_complex():
        before, after = torch.view_as_real(before), torch.view_as_real(after)
    before, after = (torch.nan_to_num(t.double(), posinf=1e30, neginf=-1e30) for t in (before, after))
    norm, difference = float(before.norm()), float((after - before).norm())
    return difference / norm if norm > 0 else difference


def _run(model: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [t.detach().clone() for t in model(*[t.clone() for t in inputs])]
