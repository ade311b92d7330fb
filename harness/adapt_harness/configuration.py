"""Values that a repair sets on the configuration of a loaded model, and proof that they were set."""

from __future__ import annotations

from typing import Any, Iterator

from adapt_harness.sources.base import SourceError
from adapt_harness.sources.catalogue import nearest

_DEPTH = 4  # of configurations in configurations


def parts_of(config: Any, depth: int = 0) -> Iterator[Any]:
    """The configuration and those nested in it, outermost first."""
    yield config
    if depth < _DEPTH:
        for value in list(vars(config).values()):
            if hasattr(value, "to_dict") and hasattr(value, "__dict__"):
                yield from parts_of(value, depth + 1)


def set_values(model: Any, values: dict[str, Any]) -> None:
    """A plain key is set in every part that has it, `text_config.key` in that part alone.

    Raises SourceError when no part has the key, or when it does not hold the value afterwards.
    """
    if not values:
        return
    config = getattr(model, "config", None)
    if not hasattr(config, "__dict__"):
        raise SourceError("bad-config", f"the model has no configuration to set {', '.join(values)} in")
    for key, value in values.items():
        *path, name = key.split(".")
        parts = [_follow(config, path)] if path else list(parts_of(config))
        owners = [part for part in parts if hasattr(part, name)]
        if not owners:
            near = nearest(name, sorted({known for part in parts_of(config) for known in vars(part)}), 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise SourceError("bad-config", f"no configuration of the model has '{key}'{hint}")
        for part in owners:
            setattr(part, name, value)
            if getattr(part, name) != value:
                raise SourceError("bad-config", f"'{key}' stays {getattr(part, name)!r} when it is set to {value!r}")


def _follow(config: Any, path: list[str]) -> Any:
    for name in path:
        config = getattr(config, name, None)
    return config
