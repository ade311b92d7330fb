"""Optional arguments whose value depends on arguments made before: masks of media, sizes, kinds of tokens."""

from __future__ import annotations

import torch

from adapt_harness.inputs import audio, named, text, vision
from adapt_harness.inputs.context import Context
from adapt_harness.inputs.lookup import VISION, whole


def make(ctx: Context, name: str) -> torch.Tensor | None:
    """The argument called `name`, by its own builder or by its table row."""
    builder = _BUILDERS.get(name)
    return builder(ctx) if builder else named.make(ctx, name)


def _token_kinds(ctx: Context) -> torch.Tensor | None:
    """0 for text, 1 for image, 2 for video placeholders."""
    ids = ctx.made.get("input_ids")
    if ids is None:
        return None
    kinds = torch.zeros_like(ids)
    for value, kind in ((1, "image"), (2, "video")):
        mark = text.token(ctx, text.PLACEHOLDERS[kind])
        if mark is not None:
            kinds[ids == mark] = value
    return kinds


def _image_sizes(ctx: Context) -> torch.Tensor:
    return torch.tensor([list(vision.side(ctx))] * ctx.plan.batch)


def _pixel_mask(ctx: Context) -> torch.Tensor:
    height, width = vision.side(ctx)
    return torch.ones(ctx.plan.batch, height, width, dtype=torch.long)


def _position_mask(ctx: Context) -> torch.Tensor:
    count = whole(ctx.find("latent_query_num", 4), 4)
    ctx.plan.length = max(ctx.plan.length, count + 4)
    mask = torch.zeros(ctx.plan.batch, ctx.plan.length, dtype=torch.bool)
    mask[:, :count] = True
    return mask


def _feature_mask(dtype: torch.dtype):
    def build(ctx: Context) -> torch.Tensor:
        features = ctx.made.get("input_features")
        count = 64
        if features is not None:
            bins = audio.bins(ctx)
            count = features.shape[1] if features.shape[-1] == bins != features.shape[1] else features.shape[-1]
        return torch.ones(ctx.plan.batch, count, dtype=dtype)

    return build


def _image(name: str):
    def build(ctx: Context) -> torch.Tensor:
        return ctx.normal(name, ctx.plan.batch, vision.channels(ctx), *vision.side(ctx))

    return build


def _merge_sizes(ctx: Context) -> torch.Tensor:
    merge = whole(ctx.find("spatial_merge_size|merge_size", 1, VISION), 1) or 1
    return torch.tensor([merge] * (ctx.plan.batch if ctx.accepts("input_ids") else 1))


def _target_sizes(ctx: Context) -> torch.Tensor:
    return torch.tensor([[4, 4]] * ctx.plan.batch)


_BUILDERS = {
    "mm_token_type_ids": _token_kinds,
    "image_sizes": _image_sizes,
    "pixel_attention_mask": _pixel_mask,
    "image_embeds_position_mask": _position_mask,
    "input_features_mask": _feature_mask(torch.bool),
    "feature_attention_mask": _feature_mask(torch.long),
    "prompt_pixel_values": _image("prompt_pixel_values"),
    "prompt_masks": _image("prompt_masks"),
    "high_res_pixel_values": _image("high_res_pixel_values"),
    "merge_sizes": _merge_sizes,
    "image_merge_sizes": _merge_sizes,
    "target_sizes": _target_sizes,
}
