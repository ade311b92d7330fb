"""Reads an exception that a forward call raised and changes the plan so that it does not come again.

A rule is a pattern of the message and a function that edits the plan in place and says what it did, or returns None
when it has nothing (more) to offer. Rules are tried in order; they speak of arguments and shapes, never of models.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable

import torch

from adapt_harness.errors import message_of
from adapt_harness.inputs import asked, lookup, vision
from adapt_harness.inputs.context import Context
from adapt_harness.inputs.probe import features_per_row

Rule = Callable[[Context, re.Match[str]], str | None]
_RULES: list[tuple[re.Pattern[str], Rule]] = []

# Optional arguments that models read without a check, most telling first.
_OPTIONAL = (
    "input_features_mask feature_attention_mask mm_token_type_ids image_embeds_position_mask image_attention_mask "
    "pixel_attention_mask image_sizes qformer_input_ids padding_mask image_position_ids pixel_position_ids "
    "encoder_hidden_states input_features inputs_embeds visual_feats images_spatial_crop states actions rewards "
    "returns_to_go timesteps token_type_ids position_ids num_image_prompts target_sizes"
).split()
_STAND_INS = ("_embeds", "_hidden_states", "_outputs", "labels")
_FRAMES = 4  # of the traceback, in which an argument that is missing is looked for
_LARGEST_IMAGE, _LONGEST_CLIP, _MOST_FRAMES, _LONGEST_TEXT = 512, 80_000, 1024, 256


def repair(ctx: Context, error: Exception) -> str | None:
    """What was changed in `ctx.plan`, in words; None when no rule helps."""
    message = f"{type(error).__name__}: {message_of(error)}"
    ctx.read_at = _names_read(error)
    for pattern, rule in _RULES:
        match = pattern.search(message)
        if match and (done := rule(ctx, match)):
            return done
    return None


def _names_read(error: Exception) -> list[str]:
    """Identifiers in the lines of source that raised, innermost frame first."""
    while error.__cause__ is not None:
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)[: -_FRAMES - 1 : -1]
    return [name for frame in frames for name in re.findall(r"[A-Za-z_]\w*", frame.line or "")]


def _rule(pattern: str) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        _RULES.append((re.compile(pattern, re.S | re.I), function))
        return function

    return add


def ask(ctx: Context, name: str) -> str | None:
    """Adds an optional argument, if a table row or builder can make it."""
    if name in ctx.plan.ask or name in ctx.made:
        return None
    if name not in _GRIDS and asked.make(ctx, name) is None:
        return None
    if name in _GRIDS:
        ctx.plan.pixels = "packed"
    ctx.plan.ask.append(name)
    ctx.plan.drop.discard(name)
    return f"add {name}"


# Packed pixels bring their grid with them.
_GRIDS = {"image_grid_thw", "grid_thw"}


@_rule(
    r"(image|video|audio)s?(?: features?)? and (?:image|video|audio)s? tokens do not match"
    r".*?tokens:? *\D*(\d+).*?features:? *\D*(\d+)"
)
def _placeholders(ctx: Context, match: re.Match[str]) -> str | None:
    """As many placeholder tokens as features; asked of the model itself where the message counts something else."""
    kind = match.group(1).lower()
    counts = [features_per_row(ctx, kind), max(1, int(match.group(3)) // ctx.plan.batch)]
    for count in counts:
        if count and f"{kind}={count}" not in ctx.plan.tried:
            ctx.plan.tried.add(f"{kind}={count}")
            ctx.plan.media_tokens[kind] = count
            return f"{count} {kind} tokens a row"
    return None


@_rule(r"audio.*token.*?(\d+).*?features?\D*(\d+)")
def _audio_placeholders(ctx: Context, match: re.Match[str]) -> str | None:
    count = max(1, int(match.group(2)) // ctx.plan.batch)
    if ctx.plan.media_tokens.get("audio") == count:
        return None
    ctx.plan.media_tokens["audio"] = count
    return f"{count} audio tokens a row"


@_rule(r"value tensor of shape \[(\d+)\] cannot be broadcast to indexing result of shape \[0\]")
def _one_placeholder(ctx: Context, match: re.Match[str]) -> str | None:
    """Places that the text does not have are filled: one placeholder for each medium."""
    words = " ".join(ctx.read_at)
    kind = next((k for k in ("audio", "image", "video") if f"{k}_token" in words), None)
    if kind is None or ctx.plan.media_tokens.get(kind):
        return None
    ctx.plan.media_tokens[kind] = max(1, int(match.group(1)) // ctx.plan.batch)
    return f"{ctx.plan.media_tokens[kind]} {kind} tokens a row"


@_rule(r"expects the mel input features to be of length (\d+)")
def _frames(ctx: Context, match: re.Match[str]) -> str | None:
    return _set(ctx, "frames", int(match.group(1)))


@_rule(r"to be a multiple of `n_window \* 2` \((\d+)\)")
def _window(ctx: Context, match: re.Match[str]) -> str | None:
    return _set(ctx, "frames", 2 * int(match.group(1)))


@_rule(r"(?:image|audio|spectrogram|height) ?size \(?(\d+)\*(\d+)\)? doesn't match model \(?(\d+)\*(\d+)\)?")
def _image_size(ctx: Context, match: re.Match[str]) -> str | None:
    return _set(ctx, "image", (int(match.group(3)), int(match.group(4))))


@_rule(r"Input height \((\d+)\) doesn't match model \((\d+)\)")
def _image_height(ctx: Context, match: re.Match[str]) -> str | None:
    return _set(ctx, "image", (int(match.group(2)), int(match.group(2))))


@_rule(r"decoder_input_ids|decoder_inputs_embeds|decoder_input_values")
def _decoder(ctx: Context, match: re.Match[str]) -> str | None:
    return None if ctx.plan.decoder else _set(ctx, "decoder", True)


@_rule(r"unexpected keyword argument '(\w+)'")
def _unexpected(ctx: Context, match: re.Match[str]) -> str | None:
    return _drop(ctx, match.group(1))


@_rule(r"exactly one of input_ids or inputs_embeds|cannot specify both .{0,20}input_ids and .{0,20}inputs_embeds")
def _two_texts(ctx: Context, match: re.Match[str]) -> str | None:
    return _drop(ctx, "inputs_embeds") if "inputs_embeds" in ctx.made else None


@_rule(r"cannot specify both [`']?(\w+)[`']? and [`']?(\w+)")
def _two_ways(ctx: Context, match: re.Match[str]) -> str | None:
    return next(
        (d for n in match.groups()[::-1] if n in ctx.made and not ctx.required(n) and (d := _drop(ctx, n))), None
    )


@_rule(r"no padding token is defined")
def _no_padding(ctx: Context, match: re.Match[str]) -> str | None:
    return None if ctx.plan.batch == 1 else _set(ctx, "batch", 1)


@_rule(r"not enough values to unpack \(expected 5, got 4\)")
def _five_axes(ctx: Context, match: re.Match[str]) -> str | None:
    order = vision.FIVE_AXES
    place = order.index(ctx.plan.pixels) + 1 if ctx.plan.pixels in order else 0
    return _set(ctx, "pixels", order[place]) if place < len(order) else None


@_rule(r"not enough values to unpack \(expected 6, got \d\)")
def _six_axes(ctx: Context, match: re.Match[str]) -> str | None:
    return _set(ctx, "pixels", "tiles")


@_rule(r"too many values to unpack \(expected 4\b.*\)")
def _four_axes(ctx: Context, match: re.Match[str]) -> str | None:
    return _set(ctx, "pixels", "plain")


@_rule(r"5D tensor of shape \(batch_size, 2")
def _pairs(ctx: Context, match: re.Match[str]) -> str | None:
    return _set(ctx, "pixels", "pairs")


@_rule(
    r"Kernel size can't be greater|Calculated padded input size|Output size is too small|smaller than kernel|"
    r"non-zero size|Expected more than 1 value|Padding size should be less|Calculated output size|"
    r"less than the corresponding input dimension"
)
def _too_small(ctx: Context, match: re.Match[str]) -> str | None:
    """Twice the image, clip or spectrogram, up to a bound."""
    if "pixel_values" in ctx.made or "pixel_values_videos" in ctx.made:
        height, width = vision.side(ctx)
        return _set(ctx, "image", (height * 2, width * 2)) if height < _LARGEST_IMAGE else None
    if "input_values" in ctx.made and ctx.plan.clip < _LONGEST_CLIP:
        return _set(ctx, "clip", ctx.plan.clip * 2)
    if "input_features" in ctx.made and (ctx.plan.frames or 64) < _MOST_FRAMES:
        return _set(ctx, "frames", (ctx.plan.frames or 64) * 2)
    return None


@_rule(r"multiple of|block size|divisible by|needs to be a round")
def _multiple(ctx: Context, match: re.Match[str]) -> str | None:
    if "input_ids" not in ctx.made or ctx.plan.length >= _LONGEST_TEXT:
        return None
    length = 16
    while length <= ctx.plan.length:
        length *= 4
    return _set(ctx, "length", length)


@_rule(r"shape '\[-1, (\d+), (\d+)\]' is invalid for input of size (\d+)")
def _codebooks(ctx: Context, match: re.Match[str]) -> str | None:
    """Token ids of several codebooks are stacked along the batch."""
    books, length, size = (int(g) for g in match.groups())
    if "input_ids" not in ctx.made or size != ctx.made["input_ids"].numel() or length != ctx.plan.length:
        return None
    return _set(ctx, "codebooks", books)


@_rule(r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension 1")
def _streams(ctx: Context, match: re.Match[str]) -> str | None:
    """Several token ids at each position, one for each codebook."""
    if "input_ids" not in ctx.read_at or int(match.group(1)) != ctx.plan.length or "input_ids" not in ctx.made:
        return None
    return _set(ctx, "streams", int(match.group(2))) if ctx.plan.streams == 1 else None


@_rule(r"expected to be in range of \[-3, 2\], but got 3")
def _four_axes_of_features(ctx: Context, match: re.Match[str]) -> str | None:
    """Spectrograms with a channel axis."""
    return _set(ctx, "feature_channel", True) if "input_features" in ctx.made else None


@_rule(r"index out of range in self")
def _smaller_vocabulary(ctx: Context, match: re.Match[str]) -> str | None:
    """Another part than the one looked at has the smallest vocabulary."""
    sizes = {lookup.whole(getattr(p, "vocab_size", None), 0) for p in lookup.parts(ctx.config)}
    sizes |= {m.num_embeddings for m in ctx.model.modules() if isinstance(m, torch.nn.Embedding)}
    smaller = [n for n in sizes if 8 <= n < ctx.vocabulary()]
    return _set(ctx, "vocabulary", max(smaller)) if smaller else None


@_rule(r"shape of the mask \[(\d+), \d+\] at index 0 does not match the shape of the indexed tensor \[(\d+), \d+\]")
def _unpacked(ctx: Context, match: re.Match[str]) -> str | None:
    """Patches padded to one length per image instead of packed into one sequence."""
    return _set(ctx, "pixels", "rows") if vision.layout(ctx) == "packed" else None


@_rule(r"missing \d+ required positional arguments?: (.*)")
def _missing(ctx: Context, match: re.Match[str]) -> str | None:
    done = [d for name in re.findall(r"'(\w+)'", match.group(1)) if (d := ask(ctx, name))]
    return ", ".join(done) or None


@_rule(r"expected input\[1, \d+, \d+\] to have 1 channels")
def _wave_channel(ctx: Context, match: re.Match[str]) -> str | None:
    """The batch was taken for channels."""
    return _set(ctx, "wave_channel", True) if "input_values" in ctx.made else None


@_rule(r"Given groups=1, weight of size \[\d+, (\d+), \d+\], expected input\[\d+, \d+, \d+\] to have")
def _swapped(ctx: Context, match: re.Match[str]) -> str | None:
    if ctx.plan.swap_features or not {"input_features", "audio_features"} & set(ctx.made):
        return None
    return _set(ctx, "swap_features", True)


@_rule(r"[`'](\w+)[`'] (?:cannot|can't|can not) be [`']?None")
def _not_none(ctx: Context, match: re.Match[str]) -> str | None:
    return ask(ctx, match.group(1))


@_rule(r"mm_token_type_ids. is missing")
def _token_kinds(ctx: Context, match: re.Match[str]) -> str | None:
    return ask(ctx, "mm_token_type_ids")


@_rule(r"both pixel_values and high_res_pixel_values")
def _high_resolution(ctx: Context, match: re.Match[str]) -> str | None:
    return ask(ctx, "high_res_pixel_values")


@_rule(
    r"`?(\w+)`? (?:must|has to|needs to|should) be (?:provided|specified|passed|given)|"
    r"You have to (?:specify|provide) (?:either )?`?(\w+)`?|"
    r"(?:Make sure that|Please provide|must provide|specify) `?(\w+)`?"
)
def _demanded(ctx: Context, match: re.Match[str]) -> str | None:
    return ask(ctx, next(g for g in match.groups() if g))


@_rule(r"NoneType|'bool' object has no attribute|object is not subscriptable")
def _read_unchecked(ctx: Context, match: re.Match[str]) -> str | None:
    # An argument that would stand in for another one (embeddings for ids or pixels) is never the missing one.
    for name in [*(n for n in ctx.read_at if not n.endswith(_STAND_INS)), *_OPTIONAL]:
        if ctx.accepts(name) and name not in ctx.plan.tried:
            ctx.plan.tried.add(name)
            if done := ask(ctx, name):
                return done
    return None


def _set(ctx: Context, field: str, value: object) -> str | None:
    """Changes one field of the plan; None when it had that value, so that no rule loops."""
    mark = f"{field}={value}"
    if getattr(ctx.plan, field) == value or mark in ctx.plan.tried:
        return None
    ctx.plan.tried.add(mark)
    setattr(ctx.plan, field, value)
    return mark


def _drop(ctx: Context, name: str) -> str | None:
    if name in ctx.plan.drop:
        return None
    ctx.plan.drop.add(name)
    if name in ctx.plan.ask:
        ctx.plan.ask.remove(name)
    return f"drop {name}"
