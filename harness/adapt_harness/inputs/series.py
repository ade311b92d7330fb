"""Past and future of time series."""

from __future__ import annotations

import torch

from adapt_harness.inputs.context import Context
from adapt_harness.inputs.lookup import whole


def build(ctx: Context) -> None:
    """Values with their time features and observation masks, as long as context and lags ask for."""
    if not ctx.accepts("past_values"):
        return
    batch, context = ctx.plan.batch, whole(ctx.find("context_length", 32), 32)
    if not ctx.accepts("past_time_features"):
        ctx.made["past_values"] = ctx.normal(
            "past_values", batch, context, whole(ctx.find("num_input_channels|input_size", 1), 1)
        )
        return
    past = context + max(ctx.find("lags_sequence", [0]))
    future = whole(ctx.find("prediction_length", 4), 4)
    size = whole(ctx.find("input_size", 1), 1)
    tail = () if size == 1 else (size,)
    features = whole(ctx.find("num_time_features", 0), 0)
    ctx.made["past_values"] = ctx.normal("past_values", batch, past, *tail)
    ctx.made["past_time_features"] = ctx.normal("past_time_features", batch, past, features)
    ctx.made["past_observed_mask"] = torch.ones(batch, past, *tail)
    ctx.made["future_values"] = ctx.normal("future_values", batch, future, *tail)
    ctx.made["future_time_features"] = ctx.normal("future_time_features", batch, future, features)
    if count := whole(ctx.find("num_static_categorical_features", 0), 0):
        ctx.made["static_categorical_features"] = torch.zeros(batch, count, dtype=torch.long)
    if count := whole(ctx.find("num_static_real_features", 0), 0):
        ctx.made["static_real_features"] = ctx.normal("static_real_features", batch, count)
