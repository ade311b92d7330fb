"""Reading a configuration: sizes by any of their names, in the part of a composite that they belong to."""

from __future__ import annotations

from typing import Any

# Where a composite keeps the configuration of a part, most telling first.
VISION = tuple(
    "vision_config vision_encoder_config vision_tower_config vit_config image_config vision_encoder encoder "
    "backbone_config vision_model_config vision_backbone_config vision_tower".split()
)
AUDIO = tuple("audio_config audio_encoder_config audio_encoder speech_config encoder_config encoder".split())
TEXT = tuple(
    "text_config decoder llm_config language_config thinker_config text_encoder generator decoder_config".split()
)


def parts(config: Any) -> list[Any]:
    """The configuration and those nested in it, outermost first."""
    found = [config]
    for value in list(vars(config).values()):
        if hasattr(value, "to_dict") and hasattr(value, "model_type"):
            found += parts(value)
    return found


def find(config: Any, names: str, default: Any = None, prefer: tuple[str, ...] = ()) -> Any:
    """The first value that is set under one of `names` ("a|b"), looking into the parts in `prefer` first."""
    order: list[Any] = []
    for name in prefer:
        part = getattr(config, name, None)
        if hasattr(part, "to_dict"):
            order += parts(part)
    order += [p for p in parts(config) if not any(p is q for q in order)]
    for part in order:
        for name in names.split("|"):
            value = _read(part, name)
            if value is not None:
                return value
    return default


def _read(part: Any, name: str) -> Any:
    try:
        return getattr(part, name, None)
    except Exception:  # per-layer attributes raise when read globally
        return None


def whole(value: Any, default: int) -> int:
    """An int out of a size that may be written as a list or not at all."""
    if isinstance(value, (list, tuple)):
        value = value[-1] if value else None
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def pair(value: Any, default: int) -> tuple[int, int]:
    """(height, width) out of an int, a list or a dictionary."""
    if isinstance(value, dict):
        return value.get("height", value.get("shortest_edge", default)), value.get(
            "width", value.get("shortest_edge", default)
        )
    if isinstance(value, (list, tuple)) and value:
        return int(value[-2] if len(value) > 1 else value[0]), int(value[-1])
    return (int(value), int(value)) if isinstance(value, int) else (default, default)
