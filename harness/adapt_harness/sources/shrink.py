"""A library's default configuration, made tiny.

The values come from `data/shrink.toml` by the role of a key; what this file knows is structure: lists as long as
the depth, indices into layers, nested configurations. Relations between values are in `relations.py`, special token
ids in `tokens.py`. Works on plain dictionaries, so it serves any configuration class.
"""

from __future__ import annotations

import copy
import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapt_harness.sources import relations, tokens

Values = dict[str, Any]

DATA = Path(__file__).resolve().parent.parent / "data" / "shrink.toml"
FULL_SHRINK = 3

# Written back by the library from other values, or meaningless for a model that was never saved.
_DERIVED = {
    "qk_head_dim",
    "output_attentions",
    "output_hidden_states",
    "return_dict",
    "stage_names",
    "transformers_version",
    "architectures",
    "dtype",
    "sub_configs",
    "attention_layers",
    "num_labels",
    "id2label",
    "label2id",
    "suppress_tokens",
    "begin_suppress_tokens",
    "bad_words_ids",
}
_NOT_A_CONFIG = {"per_layer_config", "rope_scaling", "rope_parameters", "task_specific_params"}
_UNLINKED = re.compile(r"token|position|length|image|img|rate|size_h|size_w|theta")
_STAGE_LIST = re.compile(r"num_heads|num_attention_heads|hidden_sizes|embed_dims?|encoder_hidden_sizes|.*_per_stage")
_LAYER_INDEX = re.compile(r"layer|index|indices|idx|block|ids")


@dataclass(frozen=True)
class Role:
    name: str
    level: int
    tiny: int
    keys: re.Pattern[str]
    lists: bool


@functools.lru_cache(maxsize=1)
def table() -> Values:
    """The shrinking table as read."""
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=1)
def roles() -> tuple[Role, ...]:
    return tuple(
        Role(r["name"], r["level"], r["tiny"], re.compile(r["keys"]), r.get("lists", False)) for r in table()["role"]
    )


@functools.cache
def role_of(key: str) -> Role | None:
    """The role of a configuration key; None for keys that are not a size."""
    return next((r for r in roles() if r.keys.fullmatch(key)), None)


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_ints(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(is_int(v) for v in value)


def is_config(key: str, value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(key, str)
        and key not in _NOT_A_CONFIG
        and ("model_type" in value or key.endswith("config"))
    )


def shrink(default: Values, level: int = FULL_SHRINK, keep: frozenset[str] = frozenset(), path: str = "") -> Values:
    """A tiny copy of `default`. Paths in `keep` ("text_config.hidden_size") stay as the library has them."""
    config = {k: copy.deepcopy(v) for k, v in default.items() if k not in _DERIVED and not k.startswith("_")}
    if not path and "id2label" in default:
        config["num_labels"] = 3
    for key, value in table()["unset"].items():
        if key in config and config[key] is None:
            config[key] = value
    before = copy.deepcopy(config)
    for key, value in list(config.items()):
        if is_config(key, value):
            config[key] = shrink(value, level, keep, f"{path}{key}.")
    _shrink_depth(config, before)
    for key, value in list(config.items()):
        role = role_of(key)
        if role and role.name != "depth" and role.level <= level:
            config[key] = _capped(value, role, staged=_staged(before))
    if level >= 2:
        _shrink_images(config)
    relations.restore(config, before, level)
    tokens.renumber(config)
    for key in list(config):
        if path + key in keep:
            config[key] = copy.deepcopy(before[key])
    return config


def link_widths(shrunk: Values, default: Values) -> Values:
    """`shrunk` where sizes without a role that equalled a width follow that width.

    Groups, channels and projections of one part are often as wide as another part and carry names that no table has.
    """
    widths: dict[int, int] = {}
    _collect_widths(default, shrunk, widths)
    return _linked(shrunk, default, widths) if widths else shrunk


def _collect_widths(default: Values, shrunk: Values, widths: dict[int, int]) -> None:
    for key, value in default.items():
        if key in shrunk and is_config(key, value) and isinstance(shrunk[key], dict):
            _collect_widths(value, shrunk[key], widths)
        elif (
            is_int(value)
            and is_int(shrunk.get(key))
            and value > shrunk[key]
            and (r := role_of(key))
            and r.name == "width"
        ):
            widths[value] = shrunk[key]


def _linked(shrunk: Values, default: Values, widths: dict[int, int]) -> Values:
    linked = dict(shrunk)
    for key, value in shrunk.items():
        if is_config(key, value) and isinstance(default.get(key), dict):
            linked[key] = _linked(value, default[key], widths)
        elif role_of(key) is None and value == default.get(key) and not _UNLINKED.search(key):
            if is_int(value):
                linked[key] = widths.get(value, value)
            elif is_ints(value):
                linked[key] = [widths.get(v, v) for v in value]
    return linked


def relaxations(default: Values, shrunk: Values, path: str = "") -> list[str]:
    """Paths whose value `shrink` changed, parts before the keys in them: each may be what made a model impossible."""
    changed = [k for k in shrunk if k in default and shrunk[k] != default[k] and default[k] is not None]
    nested = [k for k in changed if is_config(k, default[k]) and isinstance(shrunk[k], dict)]
    sized = [
        k for k in changed if k not in nested and ((r := role_of(k)) is None or r.name not in ("depth", "vocabulary"))
    ]
    below = [p for k in nested for p in relaxations(default[k], shrunk[k], f"{path}{k}.")]
    return [path + k for k in nested] + [path + k for k in sized] + below


def _staged(config: Values) -> bool:
    """Widths that are lists, one a stage, are left alone together with the scalars that go with them."""
    return any(_STAGE_LIST.fullmatch(k) and isinstance(v, (list, tuple)) for k, v in config.items())


def _capped(value: Any, role: Role, staged: bool) -> Any:
    if role.level == FULL_SHRINK and staged:
        return value
    if is_int(value):
        return min(value, role.tiny)
    if role.lists and is_ints(value):
        return [min(v, role.tiny) for v in value]
    return value


def _shrink_depth(config: Values, before: Values) -> None:
    """Fewer layers, with one of each kind kept where the configuration lists a kind for every layer."""
    depth_keys = [k for k, v in before.items() if is_int(v) and (r := role_of(k)) and r.name == "depth"]
    if not depth_keys:
        return
    old = max(before[k] for k in depth_keys)
    new = min(old, _depth_needed(before, old))
    for key in depth_keys:
        config[key] = min(before[key], new)
    if new == old:
        return
    for key, value in before.items():
        if key in ("out_indices", "out_features", "depths"):
            continue
        if isinstance(value, (list, tuple)) and len(value) == old and old > 4:
            config[key] = [value[i] for i in _one_of_each(value, new)]
        elif repeats := _repeated(value, old):
            config[key] = repeats
        elif (
            is_ints(value)
            and _LAYER_INDEX.search(key)
            and "token" not in key
            and new <= max(value) <= old
            and min(value) >= 0
        ):
            config[key] = _last_indices(value, old, new)
        elif key == "per_layer_config" and isinstance(value, dict) and value:
            config[key] = {new - 1: list(value.values())[-1]}
    _shrink_backbone_outputs(config, before, old, new)


def _depth_needed(config: Values, old: int) -> int:
    needed = table()["role"][0]["tiny"]
    for key, value in config.items():
        if isinstance(value, (list, tuple)) and len(value) == old and old > 4:
            needed = max(needed, min(4, len({repr(v) for v in value})))
        elif (
            is_ints(value)
            and _LAYER_INDEX.search(key)
            and "token" not in key
            and 1 < len(value) <= 6
            and max(value) <= old
        ):
            needed = max(needed, min(4, len(value)))
    outputs = config.get("out_indices") or config.get("out_features")
    if (
        isinstance(outputs, (list, tuple))
        and len(outputs) > 1
        and old > 4
        and not _staged(config)
        and "depths" not in config
    ):
        needed = max(needed, min(4, len(outputs)))
    return needed


def _one_of_each(values: Any, count: int) -> list[int]:
    kinds: dict[str, int] = {}
    for i, value in enumerate(values):
        kinds.setdefault(repr(value), i)
    keep = list(kinds.values())[:count]
    keep += [i for i in range(len(values)) if i not in keep][: count - len(keep)]
    return sorted(keep)


def _repeated(value: Any, old: int) -> Any:
    """[[pattern, repeats], ...] that spells out `old` layers: each pattern once."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if not all(
        isinstance(v, (list, tuple)) and len(v) == 2 and isinstance(v[0], (list, tuple)) and is_int(v[1]) for v in value
    ):
        return None
    if sum(len(v[0]) * v[1] for v in value) != old:
        return None
    return [[list(value[0][0]), 1]]


def _last_indices(value: Any, old: int, new: int) -> list[int]:
    """The same number of indices (or all there are), counted back from the last layer."""
    top = new - 1 if max(value) < old else new
    return sorted({max(0, top - i) for i in range(min(len(value), new))})


def _shrink_backbone_outputs(config: Values, before: Values, old: int, new: int) -> None:
    outputs = before.get("out_indices") or before.get("out_features")
    if not isinstance(outputs, (list, tuple)) or _staged(before) or "depths" in before:
        return
    count = min(len(outputs), new + 1)
    indices = [new - count + 1 + i for i in range(count)]
    if "out_indices" in config:
        config["out_indices"] = indices
    if config.get("out_features") is not None:
        config["out_features"] = [f"stage{i}" if i else "stem" for i in indices]


def _shrink_images(config: Values) -> None:
    rule = table()["images"]
    patch = config.get("patch_size")
    patch = max(patch) if is_ints(patch) else patch
    side = rule["patches"] * patch if is_int(patch) and patch >= 8 else rule["side"]
    if "window_size" in config and isinstance(config.get("depths"), (list, tuple)):
        side = rule["windowed"]
    for key, value in list(config.items()):
        if not re.fullmatch(rule["keys"], key):
            continue
        if is_int(value):
            config[key] = min(value, side)
        elif is_ints(value):
            config[key] = [min(v, side) for v in value]
        elif isinstance(value, dict):
            config[key] = {k: min(v, side) if is_int(v) else v for k, v in value.items()}
