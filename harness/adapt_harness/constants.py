"""Arguments of a model that are not tensors, as text that gives the same values back."""

from __future__ import annotations

import json
import re
from typing import Any

import torch

_TUPLE = "__tuple__"
_SIZES = re.compile(r"size|grid|thw|shape|spatial")
_SIZES_LIMIT = 64  # numbers; what is longer carries data, not sizes


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, tuple):
        return {_TUPLE: [_plain(v) for v in value]}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(v) for key, v in value.items()}
    raise TypeError(type(value).__name__)


def _back(value: Any) -> Any:
    if isinstance(value, list):
        return [_back(v) for v in value]
    if isinstance(value, dict):
        return tuple(map(_back, value[_TUPLE])) if set(value) == {_TUPLE} else {k: _back(v) for k, v in value.items()}
    return value


def encode(constants: dict[str, Any]) -> str | None:
    """Text for `decode`, or None when a constant is an object that text cannot carry."""
    try:
        return json.dumps(_plain(constants), sort_keys=True)
    except TypeError:
        return None


def decode(text: str) -> dict[str, Any]:
    return _back(json.loads(text))


def is_sizes(name: str, tensor: torch.Tensor) -> bool:
    """Whether an input carries (height, width) or (frames, height, width) rows, judged by its name, dtype and shape."""
    whole = not tensor.is_floating_point() and not tensor.is_complex() and tensor.dtype != torch.bool
    rows_of_sizes = tensor.dim() == 2 and tensor.shape[1] in (2, 3) and tensor.numel() <= _SIZES_LIMIT
    return whole and rows_of_sizes and _SIZES.search(name) is not None


def rows(tensor: torch.Tensor) -> list[tuple[int, ...]]:
    return [tuple(row) for row in tensor.tolist()]
