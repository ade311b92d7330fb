"""Pixels, in the layout that the signature and configuration ask for, with their grids and sizes."""

from __future__ import annotations

import torch

from adapt_harness.inputs.context import Context
from adapt_harness.inputs.lookup import VISION, pair, whole

# Layouts of pixel_values that error messages lead through, in this order.
FIVE_AXES = ("multi", "video", "anyres")


def channels(ctx: Context) -> int:
    return whole(ctx.find("num_channels|in_channels|in_chans|num_image_channels|input_channels", 3, VISION), 3)


def side(ctx: Context) -> tuple[int, int]:
    if ctx.plan.image:
        return ctx.plan.image
    return pair(ctx.find("image_size|img_size|input_size|crop_size", None, VISION), 64)


def frames(ctx: Context) -> int:
    return whole(ctx.find("num_frames|frames_per_clip", 4, VISION), 4)


def patch(ctx: Context, default: int = 16) -> int:
    return whole(ctx.find("patch_size|spatial_patch_size", default, VISION), default)


def build(ctx: Context) -> None:
    """All vision arguments that the signature needs."""
    if ctx.accepts("pixel_values"):
        if ctx.required("pixel_values") or not ctx.required("pixel_values_videos"):
            ctx.made["pixel_values"] = _pixels(ctx)
    if ctx.accepts("grid_thw") and ctx.accepts("hidden_states"):
        ctx.made["hidden_states"] = packed(ctx, "grid_thw", 1)
    if ctx.accepts("pixel_values_videos") and (ctx.required("pixel_values_videos") or not ctx.accepts("pixel_values")):
        height, width = side(ctx)
        ctx.made["pixel_values_videos"] = ctx.normal(
            "pixel_values_videos", ctx.plan.batch, frames(ctx), channels(ctx), height, width
        )
    if ctx.accepts("flattened_patches"):
        _flattened(ctx)
    if ctx.required("bool_masked_pos"):
        height, width = side(ctx)
        count = (height // patch(ctx)) * (width // patch(ctx))
        mask = torch.zeros(ctx.plan.batch, count, dtype=torch.bool)
        mask[:, : count // 2] = True
        ctx.made["bool_masked_pos"] = mask


def packed(ctx: Context, grid_name: str, images: int) -> torch.Tensor:
    """Patches of all images in one sequence, with the grid (frames, height, width in patches) of each."""
    merge = whole(ctx.find("spatial_merge_size|merge_size", 2, VISION), 2) or 1
    depth = whole(ctx.find("temporal_patch_size", 1, VISION), 1) or 1
    rows = ctx.plan.grid * merge
    ctx.made[grid_name] = torch.tensor([[1, rows, 2 * merge]] * images)
    return ctx.normal("patches", images * rows * 2 * merge, channels(ctx) * depth * patch(ctx, 14) ** 2)


def layout(ctx: Context) -> str:
    """The layout of pixel_values: what repair found, else what the signature says."""
    if ctx.plan.pixels:
        return ctx.plan.pixels
    if any(ctx.accepts(n) for n in ("image_grid_thw", "grid_thw")):
        return "packed"
    if ctx.accepts("spatial_shapes"):
        return "naflex"
    if ctx.accepts("image_sizes") and ctx.find("image_grid_pinpoints") is not None:
        return "anyres"
    return "video" if ctx.find("num_frames|frames_per_clip", None, VISION) else "plain"


def _pixels(ctx: Context) -> torch.Tensor:
    batch, (height, width), depth, kind = ctx.plan.batch, side(ctx), channels(ctx), layout(ctx)
    if kind in ("packed", "rows"):
        own = "grid_thw" if ctx.accepts("grid_thw") else "image_grid_thw"
        images = batch if ctx.accepts("input_ids") else 1
        patches = packed(ctx, own, images)
        return patches.reshape(images, -1, patches.shape[-1]) if kind == "rows" else patches
    if kind == "naflex":
        rows = ctx.plan.grid + 2
        ctx.made["spatial_shapes"] = torch.tensor([[rows, 4]] * batch)
        if ctx.accepts("pixel_attention_mask"):
            ctx.made["pixel_attention_mask"] = torch.ones(batch, rows * 4, dtype=torch.long)
        return ctx.normal("pixel_values", batch, rows * 4, depth * patch(ctx) ** 2)
    if kind == "flat":
        return ctx.normal("pixel_values", batch * 16, depth, patch(ctx, 14), patch(ctx, 14))
    if kind == "anyres" or (ctx.accepts("image_sizes") and "pixtral" in str(ctx.find("model_type", "", VISION))):
        ctx.made["image_sizes"] = torch.tensor([[height, width]] * batch)
    middle = {
        "video": (frames(ctx),), "multi": (1,), "pairs": (2,), "anyres": (2,),
        "tiles": (1, whole(ctx.find("max_num_tiles", 4, VISION), 4)),
    }.get(kind, ())  # fmt: skip
    return ctx.normal("pixel_values", batch, *middle, depth, height, width)


def _flattened(ctx: Context) -> None:
    """Patches as rows, each led by its row and column number, counted from one."""
    count = 16
    where = (
        torch.stack([torch.arange(count) // 4 + 1, torch.arange(count) % 4 + 1], -1)
        .float()
        .expand(ctx.plan.batch, count, 2)
    )
    pixels = ctx.normal("flattened_patches", ctx.plan.batch, count, channels(ctx) * patch(ctx) ** 2)
    ctx.made["flattened_patches"] = torch.cat([where, pixels], -1)
    if ctx.accepts("attention_mask") and not ctx.accepts("input_ids"):
        ctx.made["attention_mask"] = torch.ones(ctx.plan.batch, count)
