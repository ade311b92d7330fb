"""How a draw differs from the base: padding in masks, shorter lengths and grids, one row."""

from __future__ import annotations

import torch

from adapt_harness.inputs import audio, lookup, text, vision
from adapt_harness.inputs.context import Context
from adapt_harness.inputs.plan import Plan
from adapt_harness.sources.base import DrawUnavailable

VARIANTS = ("base", "padded", "left-padded", "shorter", "batch1")


def plan_for(base: Context, variant: str) -> Plan:
    """The plan under which the variant's arguments are built; `repairs == ["final"]` when it is the base plan."""
    plan = base.plan.copy()
    plan.repairs = []
    if variant in ("padded", "left-padded"):
        if not _masked(base):
            raise DrawUnavailable("no argument is a mask")
        if variant == "left-padded" and "input_ids" not in base.made:
            raise DrawUnavailable("only text is padded on the left")
        plan.repairs = ["final"]
    elif variant == "batch1":
        if plan.batch == 1:
            raise DrawUnavailable("the base draw has one row already")
        plan.batch = 1
    elif variant == "shorter":
        _shorten(base, plan)
    else:
        raise DrawUnavailable(f"unknown variant '{variant}'; known: {', '.join(VARIANTS)}")
    return plan


def finish(base: Context, ctx: Context, variant: str) -> dict[str, torch.Tensor]:
    """The arguments of the variant; DrawUnavailable when it came out equal to the base."""
    made = dict(ctx.made)
    if variant in ("padded", "left-padded"):
        _pad(ctx, made, left=variant == "left-padded")
    elif all(made[k].shape == v.shape for k, v in base.made.items() if k in made) and not _grid_changed(base, made):
        raise DrawUnavailable("no length is free: every size is fixed by the configuration")
    if set(made) != set(base.made):
        raise DrawUnavailable("the variant needs other arguments than the base draw")
    return made


def _masked(ctx: Context) -> list[str]:
    """Names of 2-D masks over positions that are all ones in the base draw."""
    return [
        n
        for n, t in ctx.made.items()
        if n.endswith("mask") and t.dim() == 2 and t.shape[1] > 1 and bool((t == 1).all())
    ]


def _shorten(base: Context, plan: Plan) -> None:
    """Asks for less of everything whose size might be free; where the model insists, repair puts it back."""
    made = base.made
    plan.length = max(4, plan.length * 2 // 3 - 1)
    plan.decoder_length = max(2, plan.decoder_length - 2)
    plan.grid = 1 if plan.grid > 1 else 3
    plan.clip = plan.clip * 3 // 4
    features = made.get("input_features")
    if features is not None:
        frames = features.shape[-2] if features.shape[-1] == audio.bins(base) else features.shape[-1]
        plan.frames = max(8, frames * 3 // 4 // 8 * 8)
    if "input_ids" not in made and vision.layout(base) == "plain":
        height, width = vision.side(base)
        plan.image = (max(32, height // 64 * 32), max(32, width // 64 * 32))


def _grid_changed(base: Context, made: dict[str, torch.Tensor]) -> bool:
    return any(
        not torch.equal(made[k], v)
        for k, v in base.made.items()
        if k.endswith(("grid_thw", "spatial_shapes")) and k in made
    )


def _pad(ctx: Context, made: dict[str, torch.Tensor], left: bool) -> None:
    """Turns the end (or start) of some rows of every mask into padding, with what goes position by position."""
    for name in _masked(ctx):
        mask = made[name].clone()
        length = mask.shape[1]
        front = sum(ctx.plan.media_tokens.values()) + 3 if name == "attention_mask" and ctx.plan.media_tokens else 1
        room = max(1, min(length - 2, length - front - 1))
        counts = ctx.integers(f"{name}/padding", 1, room + 1, len(mask)).tolist()
        if len(counts) > 1:
            counts[0] = 0 if max(counts[1:]) > 0 else counts[0]
        twins = [n for n, t in made.items() if n != name and _goes_with(n, name, t, mask)]
        for row, count in enumerate(counts):
            if not count:
                continue
            for twin in twins:
                made[twin] = made[twin].clone() if row == next(i for i, c in enumerate(counts) if c) else made[twin]
                _pad_row(ctx, made[twin][row], twin, count, left)
            mask[row, :count] = 0 if left else mask[row, :count]
            if not left:
                mask[row, length - count :] = 0
        made[name] = mask


def _goes_with(name: str, mask_name: str, tensor: torch.Tensor, mask: torch.Tensor) -> bool:
    """True for arguments that have one entry for each position of the mask."""
    if tensor.shape[:2] != mask.shape or name.endswith("mask"):
        return False
    return name.startswith("decoder_") == mask_name.startswith("decoder_")


def _pad_row(ctx: Context, row: torch.Tensor, name: str, count: int, left: bool) -> None:
    """Pads one row in place; on the left, content moves right and its last entry (an end token) stays last."""
    last = row[-1].clone()
    fill = text.token(ctx, "pad_token_id", lookup.TEXT) or 0 if name.endswith("input_ids") else 0
    if left:
        row.copy_(torch.roll(row, count, 0))
        row[:count] = fill
        row[-1] = last
    else:
        row[len(row) - count :] = fill
        if name.endswith("input_ids"):
            row[len(row) - count - 1] = last
