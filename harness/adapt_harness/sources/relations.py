"""Relations between configuration values that held in the library's defaults and must hold after shrinking.

Each function restores one family of relations in place. It sees the values before and after, and acts only where
the relation (or the keys that carry it) is there.
"""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]
TINY_HEAD = 16


def restore(config: Values, before: Values, level: int) -> None:
    """All relations, in an order in which none undoes another."""
    if level >= 3:
        _feed_forward_multiple(config, before)
        _grouped_heads(config, before)
        _split_head_width(config, before)
        _attention_multiple(config, before)
        _state_space(config)
        _rope(config)
        _repeated_width(config, before)
    _embedding_grid(config)
    _grid_pinpoints(config)
    _feature_sizes(config, before)
    _patch_counts(config)
    _feature_layers(config)
    _periods(config, before)
    _defaults(config)


def _int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _first(config: Values, *keys: str) -> Any:
    return next((config[k] for k in keys if _int(config.get(k))), None)


def hidden(config: Values) -> int | None:
    return _first(config, "hidden_size", "d_model", "n_embd", "dim", "embed_dim", "hidden_dim")


def _heads(config: Values) -> int | None:
    return _first(config, "num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads")


def _feed_forward_multiple(config: Values, before: Values) -> None:
    """A feed-forward width that was a small multiple of the hidden size stays that multiple."""
    old, new = hidden(before), hidden(config)
    if not old or not new or old <= new:
        return
    for key, value in before.items():
        if (
            key.endswith(("intermediate_size", "ffn_dim", "d_ff", "mlp_dim", "n_inner"))
            and _int(value)
            and _int(config.get(key))
        ):
            if value > config[key] and value % old == 0 and value // old <= 8:
                config[key] = new * (value // old)


def _grouped_heads(config: Values, before: Values) -> None:
    """Key-value heads that equalled the query heads still do; otherwise they divide them."""
    for key in ("num_key_value_heads", "n_head_kv", "num_kv_heads", "n_kv_heads"):
        if _int(before.get(key)) and before[key] == _heads(before):
            config[key] = _heads(config)


def _split_head_width(config: Values, before: Values) -> None:
    """Latent attention: a head is its rotary and its other part, and the indexer's width holds the rotary part."""
    parts = ("qk_nope_head_dim", "qk_rope_head_dim")
    if all(_int(before.get(k)) for k in parts):
        for key, value in before.items():
            if key.endswith("head_dim") and key not in parts and value == before[parts[0]] + before[parts[1]]:
                config[key] = config[parts[0]] + config[parts[1]]
    if _int(config.get("index_head_dim")) and _int(config.get("qk_rope_head_dim")):
        config["index_head_dim"] = 2 * config["qk_rope_head_dim"]


def _attention_multiple(config: Values, before: Values) -> None:
    old, new = hidden(before), hidden(config)
    wide = before.get("attention_hidden_size")
    if _int(wide) and old and new and old > new and wide % old == 0:
        config["attention_hidden_size"] = wide // old * new
        if _int(config.get("attention_head_dim")):
            config["attention_head_dim"] = config["attention_hidden_size"] // (_heads(config) or 4)


def _state_space(config: Values) -> None:
    """State-space blocks: heads * head width == expansion * hidden size, groups divide heads."""
    width = _first(config, "hidden_size", "d_model")
    shapes = (
        ("expand", "num_heads", "head_dim", "n_groups"),
        ("mamba_expand", "mamba_n_heads", "mamba_d_head", "mamba_n_groups"),
        ("mamba_expand", "n_mamba_heads", "mamba_headdim", "mamba_ngroups"),
        ("expand", "mamba_num_heads", "mamba_head_dim", "n_groups"),
    )
    for expand, heads, head_width, groups in shapes:
        if not width or not _int(config.get(heads)) or not (expand in config or "mamba" in heads):
            continue
        inner = int((config.get(expand) or 2) * width)
        if config.get("mamba_d_ssm"):
            config["mamba_d_ssm"] = inner
        if _int(config.get(head_width)):
            config[head_width] = TINY_HEAD
        config[heads] = max(1, inner // TINY_HEAD)
        if _int(config.get(groups)):
            config[groups] = min(config[groups], 2)


def _rope(config: Values) -> None:
    """Per-dimension rotary tables are as long as half the rotary width."""
    for key in ("rope_scaling", "rope_parameters"):
        if isinstance(config.get(key), dict):
            config[key] = _fit_rope(config[key], config)


def _fit_rope(rope: Values, config: Values) -> Values:
    width = _first(config, "head_dim", "qk_rope_head_dim") or (hidden(config) or 64) // (_heads(config) or 4)
    fitted = {}
    for key, value in rope.items():
        if isinstance(value, dict):
            value = _fit_rope(value, config)
        elif key == "rope_theta" and value is None:
            value = 10000.0
        elif key == "mrope_section" and isinstance(value, (list, tuple)):
            share = rope.get("partial_rotary_factor") or config.get("partial_rotary_factor") or 1.0
            half, parts = int(width * share) // 2, len(value)
            value = [half // parts] * (parts - 1) + [half - half // parts * (parts - 1)]
        elif key in ("short_factor", "long_factor") and isinstance(value, (list, tuple)):
            value = list(value[: width // 2])
        fitted[key] = value
    return fitted


def _repeated_width(config: Values, before: Values) -> None:
    """Lists that repeated the hidden width for every level still do."""
    old, new = _first(before, "encoder_hidden_dim"), _first(config, "encoder_hidden_dim")
    levels = before.get("decoder_in_channels")
    if old and new and isinstance(levels, (list, tuple)) and all(v == old for v in levels):
        config["decoder_in_channels"] = [new] * len(levels)
    if _int(config.get("output_channels")) and "num_pos_feats" in config and hidden(config):
        config["output_channels"] = hidden(config)


def _embedding_grid(config: Values) -> None:
    if all(_int(config.get(k)) for k in ("image_embedding_size", "image_size", "patch_size")):
        config["image_embedding_size"] = config["image_size"] // config["patch_size"]


def _grid_pinpoints(config: Values) -> None:
    """Any-resolution grids are multiples of the vision tower's image side."""
    vision = config.get("vision_config")
    if (
        isinstance(config.get("image_grid_pinpoints"), (list, tuple))
        and isinstance(vision, dict)
        and _int(vision.get("image_size"))
    ):
        config["image_grid_pinpoints"] = [[vision["image_size"]] * 2]


def _image_side(config: Values) -> int | None:
    """Side of the images that this part or a part in it takes."""
    own = config.get("image_size")
    own = own[0] if isinstance(own, (list, tuple)) and own else own
    nested = (v for v in config.values() if isinstance(v, dict))
    return own if _int(own) else next((s for v in nested if (s := _image_side(v))), None)


def _feature_sizes(config: Values, before: Values) -> None:
    """[height, width] of the feature maps of a backbone shrinks as its image does."""
    old, new = _image_side(before), _image_side(config)
    for key, sizes in before.items():
        pairs = key.endswith("feature_sizes") and isinstance(sizes, (list, tuple))
        if old and new and pairs and all(isinstance(s, (list, tuple)) for s in sizes):
            config[key] = [[max(1, side * new // old) for side in size] for size in sizes]


def _patch_counts(config: Values) -> None:
    """A dictionary from the number of patches of an image to queries gets the tiny image's number."""
    vision = config.get("vision_config")
    if not isinstance(vision, dict) or not all(_int(vision.get(k)) for k in ("image_size", "patch_size")):
        return
    count = (vision["image_size"] // vision["patch_size"]) ** 2
    for key, value in config.items():
        if (
            "patch" in key
            and isinstance(value, dict)
            and value
            and all(str(k).isdigit() and _int(v) for k, v in value.items())
        ):
            config[key] = {count: min(count, 8)}


def _feature_layers(config: Values) -> None:
    """Layers of the vision tower whose features are used lie within its depth."""
    vision = config.get("vision_config")
    depth = _first(vision, "num_hidden_layers", "depth", "num_layers") if isinstance(vision, dict) else None
    for key in ("vision_feature_layer", "vision_feature_layers"):
        value = config.get(key)
        if depth and _int(value):
            config[key] = max(-depth, min(value, depth))
        elif depth and isinstance(value, (list, tuple)) and all(_int(v) for v in value):
            config[key] = [max(-depth, min(v, depth)) for v in value]


def _periods(config: Values, before: Values) -> None:
    """Every n-th layer is of another kind: with two layers, the second one is."""
    for key, value in before.items():
        if key.endswith("_layer_period") and _int(value):
            config[key] = min(value, 2)
            offset = key.removesuffix("period") + "offset"
            if _int(config.get(offset)):
                config[offset] = min(config[offset], config[key] - 1)


def _defaults(config: Values) -> None:
    """A choice among listed values that the library leaves open: the first one."""
    for key, value in config.items():
        listed = config.get(key.removeprefix("default_") + "s") if key.startswith("default_") else None
        if value is None and isinstance(listed, (list, tuple)) and listed:
            config[key] = listed[0]
