"""JSON as requests have to be written, and as arguments of calls may be."""

from __future__ import annotations

import json
from typing import Any

MOST_DEPTH = 200  # of arguments; clients take deeper ones for unreadable


class NotJson(ValueError):
    pass


def strict_json(data: bytes) -> Any:
    """Without NaN, infinities and doubled names, which parsers read in different ways."""

    def refuse(name: str) -> Any:
        raise NotJson(f"'{name}' is no JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            raise NotJson("an object has a member twice")
        return value

    try:
        return json.loads(data.decode("utf-8"), parse_constant=refuse, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error) or "too deep") from None


def json_object(text: str) -> dict[str, Any] | None:
    """Of the arguments of a call, "" being one without members. Members named twice are read by all, the last one holds."""
    def refuse(name: str) -> Any:
        raise ValueError(name)

    try:
        value = json.loads(text or "{}", parse_constant=refuse)
        return value if isinstance(value, dict) and _depth(value) <= MOST_DEPTH else None
    except (ValueError, RecursionError):
        return None


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= MOST_DEPTH:
        depth += 1
        level = [inner for outer in level if isinstance(outer, (dict, list))
                 for inner in (outer.values() if isinstance(outer, dict) else outer)]
    return depth
