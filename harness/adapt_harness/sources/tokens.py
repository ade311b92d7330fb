"""Special token ids of a configuration: which there are, and how they stay inside a vocabulary that was made small."""

from __future__ import annotations

import re
from typing import Any

Values = dict[str, Any]

TOKEN_KEY = re.compile(
    r".*(token_id|token_index|token_idx|_start_id|_end_id|_tok_id|bos_id|eos_id|pad_id|token_ids|_token)"
)
MEDIA_KEY = re.compile(r"image|video|audio|vision|speech|sound|media|img|frame")
# Ids below this are where libraries keep their padding, start and end tokens: they stay.
_RESERVED = 10
_FIRST_MEDIA = 20  # media ids are placed this far below the end of the vocabulary
_TEXT_PARTS = ("text_config", "decoder_config", "thinker_config", "llm_config", "language_config")


def vocabulary(config: Values) -> int | None:
    """Size of the vocabulary that the special ids index: the text part's where there is one, however deep."""
    for part in (*(config.get(k) for k in _TEXT_PARTS), config):
        size = part.get("vocab_size") if isinstance(part, dict) else None
        if isinstance(size, int):
            return size
    nested = (v for v in config.values() if isinstance(v, dict) and "model_type" in v)
    return next((size for part in nested if (size := vocabulary(part))), None)


def special_ids(config: Values | None) -> frozenset[int]:
    """Every id that a configuration, or a part of it, gives a meaning: paddings, ends, places of images."""
    found: set[int] = set()
    for key, value in (config or {}).items():
        if isinstance(value, dict):
            found |= special_ids(value)
        elif TOKEN_KEY.fullmatch(str(key)):
            found |= {one for one in (value if isinstance(value, (list, tuple)) else [value]) if _int(one)}
    return frozenset(found)


def renumber(config: Values) -> None:
    """Moves ids outside the vocabulary, or that collide, to free ids near its end; in place."""
    size = vocabulary(config)
    if not size or size <= _FIRST_MEDIA + _RESERVED:
        return
    used: set[int] = set()
    media = [k for k in config if TOKEN_KEY.fullmatch(k) and MEDIA_KEY.search(k)]
    for i, key in enumerate(media):
        config[key] = _media_id(key, config[key], size, size - _FIRST_MEDIA - i)
        if _int(config[key]):
            used.add(config[key])
    free = iter(i for i in range(size - 2, 0, -1) if i not in used)
    for key, value in list(config.items()):
        if key in media or not TOKEN_KEY.fullmatch(key):
            continue
        if _int(value):
            config[key] = _text_id(value, size, used, free)
            used.add(config[key])
        elif isinstance(value, (list, tuple)) and value and all(_int(v) for v in value):
            config[key] = [_text_id(v, size, set(), free) for v in value]


def _int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _media_id(key: str, value: Any, size: int, place: int) -> Any:
    if value is None and key in ("image_token_index", "image_token_id"):
        return place
    if _int(value):
        return place if not 0 <= value < _RESERVED else value
    if isinstance(value, (list, tuple)) and value and all(_int(v) for v in value):
        return [place] * len(value)
    return value


def _text_id(value: int, size: int, used: set[int], free: Any) -> int:
    if value >= size or (value >= _RESERVED and value in used):
        return next(free)
    return value
