"""The configuration of a model class: the library's defaults, made tiny, with parts that must be chosen filled in."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from adapt_harness.errors import message_of
from adapt_harness.sources import shrink as shrinking
from adapt_harness.sources.base import SourceError

Values = dict[str, Any]
# Computed by the library, but a choice of ours once the depth changes.
_COMPUTED_BUT_GIVEN = {"model_type", "out_features", "out_indices", "per_layer_config", "id2label", "label2id"}
_FOREIGN_BACKBONES = {"timm_backbone", "timm_wrapper"}


def config_class(cls: type) -> type:
    """The configuration class that `cls` is built from."""
    found = getattr(cls, "config_class", None)
    if isinstance(found, str):
        import transformers

        found = getattr(transformers, found, None)
    if found is None:
        raise SourceError("bad-config", f"{cls.__name__} names no configuration class, so it cannot be built alone")
    return registered_for(cls, found)


def registered_for(cls: type, found: type) -> type:
    """A modelling class that the library shares between configurations is built from the one that bears its name."""
    from transformers import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

    for key, names in MODEL_MAPPING_NAMES.items():
        if cls.__name__ in (names if isinstance(names, (list, tuple)) else (names,)):
            if key.replace("_", "").replace("-", "") + "model" == cls.__name__.lower().replace("_", ""):
                try:
                    return CONFIG_MAPPING[key]
                except KeyError:
                    return found
    return found


def default_values(cls: type, config_type: type) -> Values:
    """The library's own defaults as plain values; composites get a part for each slot."""
    try:
        return without_derived(config_type().to_dict(), config_type)
    except Exception as error:
        slots = _slots(config_type, message_of(error))
        if not slots:
            raise
        return _composite(cls, slots)


def without_derived(values: Values, config_type: type | None) -> Values:
    """Drops the sizes that the class computes from its declared fields: it does so again, from the shrunk ones."""
    from transformers import CONFIG_MAPPING

    declared = None
    if config_type is not None and dataclasses.is_dataclass(config_type):
        declared = (
            {f.name for f in dataclasses.fields(config_type)} | set(config_type.attribute_map) | _COMPUTED_BUT_GIVEN
        )
    kept: Values = {}
    for key, value in values.items():
        if isinstance(value, dict) and "model_type" in value:
            known = value["model_type"] in CONFIG_MAPPING
            kept[key] = without_derived(value, CONFIG_MAPPING[value["model_type"]] if known else None)
        elif declared is None or key in declared or isinstance(value, (bool, str)):
            kept[key] = value
    return kept


def _slots(config_type: type, message: str) -> list[str]:
    """Names of the sub-configurations that the class cannot be built without."""
    named = list(getattr(config_type, "sub_configs", {}) or {})
    quoted = re.findall(r"[`'\"](\w+)[`'\"]", message) + re.findall(
        r"\b(\w+_config|\w*encoder|decoder|generator)\b", message
    )
    known = shrinking.table()["composite"]["slots"]
    return named or list(dict.fromkeys(q for q in quoted if q in known))


def _composite(cls: type, slots: list[str]) -> Values:
    from transformers import CONFIG_MAPPING

    table = shrinking.table()["composite"]
    chosen = dict(table["slots"])
    fed = getattr(cls, "main_input_name", "input_ids")
    if fed in table["encoder_by_input"]:
        chosen["encoder"] = table["encoder_by_input"][fed]
    values: Values = {}
    for slot in slots:
        part = without_derived(CONFIG_MAPPING[chosen[slot]]().to_dict(), CONFIG_MAPPING[chosen[slot]])
        part.update(table["extra"].get(slot, {}))
        values[slot] = part
    return values


def replace_backbones(values: Values) -> Values:
    """A backbone that would be downloaded, or comes from another package, becomes a small one of the library."""
    values = dict(values)
    config = values.get("backbone_config")
    foreign = isinstance(config, dict) and config.get("model_type") in _FOREIGN_BACKBONES
    named = any(k in values for k in ("use_timm_backbone", "use_pretrained_backbone")) or isinstance(
        values.get("backbone"), str
    )
    if foreign or (named and config is None):
        outputs = (config or {}).get("out_indices") or [1, 2, 3]
        stages = ["stage1", "stage2", "stage3", "stage4"][-min(len(outputs), 4) :]
        values["backbone_config"] = {**shrinking.table()["backbone"], "out_features": stages}
    if foreign or named:
        for key, value in (
            ("use_timm_backbone", False),
            ("use_pretrained_backbone", False),
            ("backbone", None),
            ("backbone_kwargs", None),
        ):
            if key in values:
                values[key] = value
    for key, value in values.items():
        if key != "backbone_config" and isinstance(value, dict) and "model_type" in value:
            values[key] = replace_backbones(value)
    return values


def build(cls: type, config_type: type, values: Values) -> Any:
    """The configuration object, with training-time randomness silenced."""
    values = {k: v for k, v in values.items() if k not in ("model_type", "transformers_version", "architectures")}
    if "QuestionAnswering" in cls.__name__ and "num_labels" in values:
        values["num_labels"] = 2
    config = config_type(**values)
    if cls.__name__.endswith(("ForCausalLM", "LMHeadModel", "ModelWithLMHead")) and hasattr(config, "is_decoder"):
        if not getattr(config, "is_encoder_decoder", False):
            config.is_decoder = True
    for part in parts(config):
        _calm(part)
    if getattr(config, "pad_token_id", 0) is None:
        config.pad_token_id = 0
    return config


def parts(config: Any) -> list[Any]:
    """The configuration and all configurations nested in it, outermost first."""
    found = [config]
    for value in list(vars(config).values()):
        if hasattr(value, "to_dict") and hasattr(value, "model_type"):
            found += parts(value)
    return found


def _calm(config: Any) -> None:
    """Dropout off and cache off, whatever mode a module is put into later."""
    for key, value in list(vars(config).items()):
        try:
            if isinstance(value, float) and "drop" in key:
                setattr(config, key, 0.0)
            elif key == "apply_spec_augment":
                setattr(config, key, False)
            elif key == "use_cache":
                setattr(config, key, False)
        except Exception:  # a read-only or validated field keeps its value
            continue
