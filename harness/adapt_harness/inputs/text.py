"""Token ids with placeholders for media, their masks, and boxes of words on a page."""

from __future__ import annotations

import torch

from adapt_harness.inputs import lookup
from adapt_harness.inputs.context import Context

PLACEHOLDERS = {
    "image": "image_token_id|image_token_index|img_token_id|media_token_id|image_pad_token_id",
    "video": "video_token_id|video_token_index",
    "audio": "audio_token_id|audio_token_index|sound_token_id|speech_token_id",
}


def token(ctx: Context, names: str, prefer: tuple[str, ...] = ()) -> int | None:
    """One special token id that the vocabulary has."""
    value = ctx.find(names, None, prefer)
    if isinstance(value, (list, tuple)):
        value = value[0] if value else None
    return value if type(value) is int and 0 <= value < ctx.vocabulary() else None


def build(ctx: Context) -> None:
    """input_ids with attention_mask and what goes token by token; decoder ids."""
    plan = ctx.plan
    if ctx.accepts("input_ids"):
        ids = _with_media(ctx, ctx.ids("input_ids", plan.batch * plan.codebooks, plan.length))
        end = token(ctx, "eos_token_id", lookup.TEXT)
        if end is not None and (getattr(ctx.config, "is_encoder_decoder", False) or hasattr(ctx.config, "text_config")):
            ids[:, -1] = end
        made = {"input_ids": ids}
        if ctx.accepts("attention_mask"):
            made["attention_mask"] = torch.ones_like(ids)
        if plan.streams > 1:
            made["input_ids"] = ids[..., None].repeat(1, 1, plan.streams)
        if ctx.accepts("bbox"):
            corners = ctx.integers("bbox", 0, 100, plan.batch, ids.shape[1], 2, 2)
            made["bbox"] = torch.sort(corners, dim=2).values.flatten(2)
        if type(ctx.model).__name__.endswith("MultipleChoice"):
            made = {k: torch.stack([v, v.flip(1) if k == "input_ids" else v], 1) for k, v in made.items()}
        ctx.made.update(made)
    if wants_decoder(ctx):
        ctx.made["decoder_input_ids"] = ctx.ids("decoder_input_ids", plan.batch, plan.decoder_length)


def wants_decoder(ctx: Context) -> bool:
    if ctx.plan.decoder is not None:
        return ctx.plan.decoder
    # A sequence classifier shifts its own input ids into the decoder.
    own = type(ctx.model).__name__.endswith("SequenceClassification")
    return ctx.accepts("decoder_input_ids") and bool(getattr(ctx.config, "is_encoder_decoder", False)) and not own


def _with_media(ctx: Context, ids: torch.Tensor) -> torch.Tensor:
    """Placeholders in front of the text, as many a row as the media have features."""
    front: list[torch.Tensor] = []
    for kind, names in PLACEHOLDERS.items():
        count, mark = ctx.plan.media_tokens.get(kind, 0), token(ctx, names)
        if count and mark is not None:
            start = token(ctx, "vision_start_token_id")
            if kind != "audio" and start is not None:
                front.append(torch.full((len(ids), 1), start))
            front.append(torch.full((len(ids), count), mark))
    return torch.cat([*front, ids], 1) if front else ids
