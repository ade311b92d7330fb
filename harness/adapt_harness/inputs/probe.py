"""Asks the model how many features its media towers give, so that placeholders can agree."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from adapt_harness.inputs.context import Context
from adapt_harness.inputs.lookup import TEXT, whole

_METHODS = {"image": "get_image_features", "video": "get_video_features", "audio": "get_audio_features"}


def tensors(value: Any) -> list[torch.Tensor]:
    """All tensors in nested containers and outputs, in order."""
    if torch.is_tensor(value):
        return [value]
    if isinstance(value, dict) or hasattr(value, "items"):
        return [t for v in value.values() for t in tensors(v)]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in tensors(v)]
    if hasattr(value, "__dict__"):
        return [t for k, v in vars(value).items() if not k.startswith("_") for t in tensors(v)]
    return []


def features_per_row(ctx: Context, kind: str) -> int | None:
    """Text-width feature vectors for each row of the batch; None where the model offers no such method."""
    name = _METHODS[kind]
    owners = (ctx.model, getattr(ctx.model, "model", None))
    # A head often forwards `*args, **kwargs` to the body, whose signature is the telling one.
    taking = [
        (m, set(inspect.signature(m).parameters) & set(ctx.made)) for o in owners if (m := getattr(o, name, None))
    ]
    method, takes = next((t for t in taking if t[1]), (None, set()))
    if method is None:
        return None
    try:
        with torch.no_grad():
            features = method(**{k: v for k, v in ctx.made.items() if k in takes})
    except Exception:  # the tower needs what this draw does not have; the message's own count is next
        return None
    if isinstance(features, dict) and features.get("pooler_output") is not None:
        features = features["pooler_output"]
    width = whole(ctx.find("hidden_size|d_model|n_embd", 64, TEXT), 64)
    return sum(t.numel() for t in tensors(features)) // width // ctx.plan.batch
