"""New draws of inputs that somebody gave as fixed values: same shapes and dtypes, other contents."""

from __future__ import annotations

import hashlib

import torch

from adapt_harness.sources.base import DrawUnavailable, Inputs

# Contents that carry structure; mm_token_type_ids say which places of the text are images.
_TABLE = ("position", "grid", "shape", "size", "index", "indices", "len", "cu_seq", "mm_token_type")


def vary(given: Inputs, seed: int, variant: str, fresh: bool, special: frozenset[int] = frozenset()) -> Inputs:
    """A draw of `variant` from `given`. `fresh`: contents are re-drawn by seed; otherwise they are the draw already.
    `special` token ids stay where they are, and come nowhere else: a model counts the places of its images."""
    notes = list(given.notes)
    tensors = dict(given.tensors)
    if fresh:
        tensors = {n: _redrawn(n, t, seed, special) for n, t in tensors.items()}
        notes.append(
            "inputs varied from those given: floats re-drawn with their mean and deviation, integers in their range"
        )
    if variant == "batch1":
        tensors = _one_row(tensors)
    elif variant == "shorter":
        tensors = _shorter(tensors)
    elif variant in ("padded", "left-padded"):
        tensors = _padded(tensors, seed, left=variant == "left-padded")
    elif variant != "base":
        raise DrawUnavailable(f"unknown variant '{variant}'")
    return Inputs(tensors, given.constants, notes)


def _generator(name: str, seed: int) -> torch.Generator:
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def _is_mask(name: str, tensor: torch.Tensor) -> bool:
    return "mask" in name or tensor.dtype == torch.bool


def _redrawn(name: str, tensor: torch.Tensor, seed: int, special: frozenset[int]) -> torch.Tensor:
    generator = _generator(name, seed)
    if tensor.numel() == 0 or any(part in name for part in _TABLE):
        return tensor.clone()
    if tensor.is_floating_point():
        values = tensor.double()
        if float(values.std(unbiased=False)) == 0.0 or _is_mask(name, tensor):
            return tensor.clone()
        fresh = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        fresh = (
            (fresh * values.std(unbiased=False) + values.mean()).clamp(values.min(), values.max())
            if _bounded(values)
            else fresh * values.std() + values.mean()
        )
        return fresh.to(tensor.dtype)
    if tensor.is_complex() or _is_mask(name, tensor):
        return tensor.clone()
    low, high = int(tensor.min()), int(tensor.max())
    fresh = torch.randint(low, high + 1, tensor.shape, generator=generator, dtype=tensor.dtype).flatten()
    places = torch.randperm(fresh.numel(), generator=generator)[:2].tolist()
    for place, corner in zip(places, (low, high)):
        fresh[place] = corner
    fresh = fresh.reshape(tensor.shape)
    if name.endswith("input_ids") and special:
        ids = torch.tensor(sorted(special), dtype=torch.int64)
        fresh = torch.where(torch.isin(tensor.long(), ids) | torch.isin(fresh.long(), ids), tensor, fresh)
    return fresh


def _bounded(values: torch.Tensor) -> bool:
    """Probabilities and images live in [0, 1]: a new draw stays there."""
    return float(values.min()) >= 0.0 and float(values.max()) <= 1.0


def _one_row(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    rows = {t.shape[0] for t in tensors.values() if t.dim()}
    if len(rows) != 1 or rows == {1}:
        raise DrawUnavailable("the inputs share no batch axis with more than one row")
    return {n: t[:1].clone() if t.dim() else t for n, t in tensors.items()}


def _text_length(tensors: dict[str, torch.Tensor]) -> int:
    """Length of the token axis: axis 1 of two-dimensional integer inputs."""
    lengths = {
        t.shape[1] for t in tensors.values() if t.dim() == 2 and not t.is_floating_point() and not t.is_complex()
    }
    if len(lengths) != 1 or min(lengths) < 4:
        raise DrawUnavailable("no token axis is shared by the inputs")
    return lengths.pop()


def _shorter(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    length = _text_length(tensors)
    keep = max(3, length * 2 // 3)
    return {n: t[:, :keep].clone() if t.dim() >= 2 and t.shape[1] == length else t for n, t in tensors.items()}


def _padded(tensors: dict[str, torch.Tensor], seed: int, left: bool) -> dict[str, torch.Tensor]:
    masks = [n for n, t in tensors.items() if "mask" in n and t.dim() == 2 and t.shape[1] > 2 and bool((t == 1).all())]
    if not masks:
        raise DrawUnavailable("no input is a mask of ones over positions")
    tensors = dict(tensors)
    for name in masks:
        mask = tensors[name].clone()
        counts = torch.randint(
            1, mask.shape[1] - 1, (mask.shape[0],), generator=_generator(f"{name}/padding", seed)
        ).tolist()
        for row, count in enumerate(counts):
            where = slice(0, count) if left else slice(mask.shape[1] - count, None)
            mask[row, where] = 0
        tensors[name] = mask
    return tensors
