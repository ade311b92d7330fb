"""Arguments made from a row of `data/inputs.toml`: shape and filling follow from the name."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import Any

import torch

from adapt_harness.inputs.context import Context
from adapt_harness.inputs.lookup import TEXT, whole

DATA = Path(__file__).resolve().parent.parent / "data" / "inputs.toml"


@functools.lru_cache(maxsize=1)
def _rows() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    rows = tomllib.loads(DATA.read_text(encoding="utf-8"))["argument"]
    return [(re.compile(r["keys"]), r) for r in rows]


def make(ctx: Context, name: str) -> torch.Tensor | None:
    """The argument's tensor; None when no row knows it or the configuration lacks a size it needs."""
    row = next((r for keys, r in _rows() if keys.fullmatch(name)), None)
    if row is None:
        return None
    shape = [_extent(ctx, e) for e in row["shape"]]
    if any(n is None for n in shape):
        return None
    return _filled(ctx, name, row["fill"], [int(n) for n in shape if n is not None])


def _extent(ctx: Context, entry: str | int) -> int | None:
    if isinstance(entry, int):
        return entry
    if "*" in entry:
        a, b = (_extent(ctx, e) for e in entry.split("*"))
        return a * b if a and b else None
    plan = ctx.plan
    text = ctx.made.get("input_ids")
    known = {"B": plan.batch, "S": text.shape[-1] if text is not None else plan.length, "D": plan.decoder_length}
    if entry in known:
        return known[entry]
    if entry == "H":
        return whole(ctx.find("hidden_size|d_model|n_embd|hidden_dim|dim|embed_dim", None, TEXT), 64)
    return whole(ctx.find(entry, None), 0) or None


def _filled(ctx: Context, name: str, fill: str, shape: list[int]) -> torch.Tensor:
    if fill == "normal":
        return ctx.normal(name, *shape)
    if fill == "ids":
        return ctx.ids(name, *shape)
    if fill == "positions":
        return torch.arange(shape[-1]).expand(*shape).contiguous()
    if fill == "flags":
        return torch.ones(shape, dtype=torch.bool)
    return (torch.ones if fill == "ones" else torch.zeros)(shape, dtype=torch.long)
