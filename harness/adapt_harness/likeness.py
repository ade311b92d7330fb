"""When two submodules are the same part twice, as the layers of a stack are: what holds for one then holds for both.

Weights may differ in their values. Whatever decides what is computed may not: classes, shapes, settings, masks and
tables of whole numbers. A doubt makes two parts different.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Hashable

import torch

from adapt_harness.module_state import digest, plain_attributes
from adapt_harness.part_calls import PartCall

_PLACE = re.compile(r"(^|_)(idx|index|id|number)$")  # attributes in which a layer keeps its own number
_NUMBER = re.compile(r"(?:^|\.)(\d+)(?=\.|$)")
_DEPTH = 6  # of containers in attributes


def likeness(call: PartCall) -> Hashable:
    """Equal for calls of parts that are alike, with arguments of the same form."""
    places = {int(number) for number in _NUMBER.findall(call.path)}
    try:
        parts = tuple((name, _module(module, places)) for name, module in call.module.named_modules())
        return call.form(), parts
    except Exception:  # foreign objects that cannot say what they are
        return object()


def _module(module: torch.nn.Module, places: set[int]) -> Hashable:
    attributes = {
        name: "its place" if _PLACE.search(name) and type(value) is int and value in places else _value(value)
        for name, value in plain_attributes(module).items()
    }
    tensors = {name: _tensor(tensor) for name, tensor in {**module._parameters, **module._buffers}.items()}
    return id(type(module)), tuple(attributes.items()), tuple(tensors.items())


def _tensor(tensor: torch.Tensor | None) -> Hashable:
    if tensor is None or tensor.is_floating_point() or tensor.is_complex():
        return None if tensor is None else (str(tensor.dtype), tuple(tensor.shape))
    return digest(tensor)


def _value(value: Any, depth: int = 0) -> Hashable:
    if isinstance(value, (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device)):
        return repr(value)
    if isinstance(value, torch.Tensor):
        return _tensor(value)
    if isinstance(value, Mapping) and depth < _DEPTH:
        return type(value).__name__, tuple((repr(key), _value(item, depth + 1)) for key, item in value.items())
    if isinstance(value, (list, tuple)) and depth < _DEPTH:
        return type(value).__name__, tuple(_value(item, depth + 1) for item in value)
    return type(value).__name__, repr(value) if isinstance(value, (set, frozenset)) else id(value)
