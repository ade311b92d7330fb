def _parts(config, depth: int = 0) -> list:
    """The configuration and those nested in it."""
    nested = [
        part
        for part in vars(config).values()
        if hasattr(part, "to_dict") and hasattr(part, "__dict__")
    ]
    return [config] + [
        inner for part in nested if depth < 4 for inner in _parts(part, depth + 1)
    ]


def configure(model) -> None:
    """Sets CONFIG on a loaded model, in every part of its configuration with the key.

    Raises where none has it.
    """
    for key, value in CONFIG.items():
        *path, name = key.split(".")
        parts = _parts(model.config)
        for step in path:
            parts = [getattr(parts[0], step)]
        owners = [part for part in parts if hasattr(part, name)]
        if not owners:
            raise RuntimeError(f"no configuration of the model has '{key}'")
        for part in owners:
            setattr(part, name, value)
            if getattr(part, name) != value:
                raise RuntimeError(f"'{key}' stays {getattr(part, name)!r}")
