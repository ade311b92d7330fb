"""Arguments of a model that are not tensors, as text that gives the same values back."""

from __future__ import annotations

import json
from typing import Any

_TUPLE = "__tuple__"


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
