"""Raw audio and spectrograms."""

from __future__ import annotations

import torch

from adapt_harness.inputs.context import Context
from adapt_harness.inputs.lookup import AUDIO, whole

_BINS = (
    "num_mel_bins|feature_size|input_feat_per_channel|mel_bins|feature_projection_input_dim|input_dim|"
    "n_mels|num_mel_channels"
)


def bins(ctx: Context) -> int:
    return whole(ctx.find(_BINS, 80, AUDIO), 80)


def build(ctx: Context) -> None:
    """input_values (raw, or a spectrogram where the configuration speaks of bins) and input_features."""
    if ctx.accepts("input_values"):
        ctx.made["input_values"] = _values(ctx)
    for name in ("input_features", "audio_features"):
        if ctx.accepts(name):
            ctx.made[name] = _features(ctx, name)


def _values(ctx: Context) -> torch.Tensor:
    batch = ctx.plan.batch
    if ctx.find("num_mel_bins") and ctx.find("frequency_stride"):
        return ctx.normal("input_values", batch, whole(ctx.find("max_length", 128), 128), bins(ctx))
    if ctx.find("codebook_size") and ctx.find("audio_channels|sampling_rate") and not ctx.accepts("attention_mask"):
        return ctx.normal("input_values", batch, whole(ctx.find("audio_channels", 1), 1) or 1, ctx.plan.clip)
    return ctx.normal("input_values", batch, *((1,) if ctx.plan.wave_channel else ()), ctx.plan.clip)


def _features(ctx: Context, name: str) -> torch.Tensor:
    """Convolutions along time want (bins, frames), the rest (frames, bins); errors turn it round."""
    positions = ctx.find("max_source_positions", None, AUDIO)
    count = ctx.plan.frames or (2 * positions if positions and _conv_first(ctx) else 64)
    shape = (count, bins(ctx))
    if _conv_first(ctx) != ctx.plan.swap_features:
        shape = shape[::-1]
    if ctx.plan.feature_channel:
        shape = (1, *shape)
    return ctx.normal(name, ctx.plan.batch, *shape)


def _conv_first(ctx: Context) -> bool:
    """The first convolution over time takes bins as its channels."""
    first = next((m for m in ctx.model.modules() if isinstance(m, torch.nn.Conv1d)), None)
    return first is not None and first.in_channels == bins(ctx)
