"""Reads an exception from building or running a tiny model and corrects the shrunk configuration values.

The counterpart of `inputs/repair.py` for values that a relation binds which `relations.py` does not know. Rules speak
of keys and sizes that the message names, never of models.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from typing import Any

from adapt_harness.errors import message_of
from adapt_harness.sources.shrink import is_config, role_of, table

Values = dict[str, Any]
Rule = Callable[[Values, re.Match[str]], bool]
_RULES: list[tuple[re.Pattern[str], Rule]] = []


def repair(values: Values, error: BaseException) -> bool:
    """True when `values` were changed in place so that `error` should not come again."""
    message = described(error)
    for pattern, rule in _RULES:
        match = pattern.search(message)
        if match and rule(values, match):
            return True
    return False


def described(error: BaseException) -> str:
    """Type and message of the innermost cause, and the line of source that raised it: it names the key read."""
    while error.__cause__ is not None:
        error = error.__cause__
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {message_of(error)} @ {frames[-1].line if frames else ''}"


def _rule(pattern: str) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        _RULES.append((re.compile(pattern, re.S), function))
        return function

    return add


def parts(values: Values) -> list[Values]:
    """The values and all configurations nested in them, outermost first."""
    return [values, *(p for k, v in values.items() if is_config(k, v) for p in parts(v))]


def _set(values: Values, path: str, value: Any) -> bool:
    """Sets the key (or dotted path) in every part that has it."""
    *owners, key = path.split(".")
    changed = False
    for part in parts(values):
        for owner in owners:
            part = part.get(owner) if isinstance(part.get(owner), dict) else {}
        if key in part and part[key] != value:
            part[key] = value
            changed = True
    return changed


@_rule(r"split_with_sizes expects split_sizes to sum exactly to (\d+).*?split_sizes=\[\d+, \d+, \d+\]")
def _rotary_sections(values: Values, match: re.Match[str]) -> bool:
    """Rotary sections for time, height and width that the configuration left to a constant in the code."""
    half, changed = int(match.group(1)), False
    sections = [half // 3, half // 3, half - 2 * (half // 3)]
    for part in parts(values):
        rope = part.get("rope_parameters")
        if (
            "rope_parameters" in part
            and (rope is None or isinstance(rope, dict))
            and (rope or {}).get("mrope_section") != sections
        ):
            part["rope_parameters"] = {
                "rope_type": "default",
                "rope_theta": 10000.0,
                **(rope or {}),
                "mrope_section": sections,
            }
            changed = True
    return changed


@_rule(r"`?([\w.]+)`? \((\d+)\) must (?:be )?(?:equal|match)\b[^()]*\((\d+)\)")
def _equal(values: Values, match: re.Match[str]) -> bool:
    return _set(values, match.group(1), int(match.group(3)))


@_rule(r"`?([\w.]+)`? \((\d+)\) must be divisible by `?([\w.]+)`? \((\d+)\)")
def _divisible(values: Values, match: re.Match[str]) -> bool:
    size, step = int(match.group(2)), int(match.group(4))
    return _set(values, match.group(1), max(step, -(-size // step) * step))


@_rule(r"`?(\w+)`? must be (\d+), got \d+")
def _must_be(values: Values, match: re.Match[str]) -> bool:
    return _set(values, match.group(1), int(match.group(2)))


@_rule(r"'\w+Config' object has no attribute '(\w+)'")
def _undeclared(values: Values, match: re.Match[str]) -> bool:
    """A value that only another part of the configuration declares; a dropout is zero everywhere."""
    key = match.group(1)
    known = [p[key] for p in parts(values) if p.get(key) is not None]
    value = 0.0 if "drop" in key else known[0] if known else table()["unset"].get(key)
    if value is None or all(key in p for p in parts(values)):
        return False
    for part in parts(values):
        part.setdefault(key, value)
    return True


@_rule(r"KeyError: '(\w+_attention)'")
def _rope_by_kind(values: Values, match: re.Match[str]) -> bool:
    """Rotary parameters that are looked up by the kind of a layer."""
    changed = False
    for part in parts(values):
        kinds, rope = part.get("layer_types"), part.get("rope_parameters")
        if isinstance(kinds, (list, tuple)) and match.group(1) in kinds and match.group(1) not in (rope or {}):
            flat = (
                rope
                if isinstance(rope, dict) and "rope_theta" in rope
                else {"rope_type": "default", "rope_theta": 10000.0}
            )
            part["rope_parameters"] = {kind: dict(flat) for kind in dict.fromkeys(kinds)}
            changed = True
    return changed


@_rule(r"unsupported operand type\(s\) for \*\* or pow\(\): 'NoneType' and")
def _plain_rope(values: Values, match: re.Match[str]) -> bool:
    """A rotary scaling whose factors the library leaves to the checkpoint: no scaling."""
    changed = False
    for part in parts(values):
        rope = part.get("rope_parameters")
        if (
            isinstance(rope, dict)
            and any(v is None for v in rope.values())
            or (isinstance(rope, dict) and rope.get("rope_type") not in (None, "default"))
        ):
            part["rope_parameters"] = {"rope_type": "default", "rope_theta": rope.get("rope_theta") or 10000.0}
            changed = True
    return changed


@_rule(r"'NoneType' object is not subscriptable @ .*\.(\w+)\[")
def _kinds_of_layers(values: Values, match: re.Match[str]) -> bool:
    """A kind for each layer, where the library leaves the list to the checkpoint."""
    kind = table()["layer_kinds"].get(match.group(1))
    changed = False
    for part in parts(values) if kind else []:
        depth = part.get("num_hidden_layers")
        if match.group(1) in part and part[match.group(1)] is None and isinstance(depth, int):
            part[match.group(1)] = [kind] * depth
            changed = True
    return changed


@_rule(r"NoneType.* @ (.*\.\w+.*)")
def _size_of_its_role(values: Values, match: re.Match[str]) -> bool:
    """A size that is None by default and read all the same gets the tiny value of its role."""
    changed = False
    for key in re.findall(r"\.(\w+)", match.group(1)):
        role = role_of(key)
        for part in parts(values) if role else []:
            if key in part and part[key] is None:
                part[key] = role.tiny
                changed = True
    return changed
