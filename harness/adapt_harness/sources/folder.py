"""A local folder: config.json, real weights, and modelling code of its own if it brings any."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

import torch

from adapt_harness import initialise
from adapt_harness.errors import first_line
from adapt_harness.inputs import Synthesis
from adapt_harness.inputs.lookup import parts
from adapt_harness.inputs.plan import Plan
from adapt_harness.sources import catalogue, checkpoint, own_code
from adapt_harness.sources.checkpoint import Weights
from adapt_harness.sources.base import MAX_PARAMETERS, Inputs, Loaded, Source, SourceError
from adapt_harness.sources.shrink import is_int, role_of
from adapt_harness.sources.transformers_class import apply_options, construct, missing_package, settled

_LARGEST_CONFIG = 4 << 20  # bytes
_LARGEST_SIZE = 1 << 31  # of any width, vocabulary or length in a configuration
_DEEPEST = 2000  # layers


class Folder(Source):
    """The model that a snapshot folder describes, with the weights it holds."""

    def __init__(self, spec: dict[str, Any]):
        super().__init__(spec)
        self.folder = Path(spec["name"]).resolve()

    def resolve(self) -> None:
        if not self.folder.is_dir():
            parent = self.folder.parent
            near = (
                catalogue.nearest(self.folder.name, [p.name for p in parent.iterdir() if p.is_dir()])
                if parent.is_dir()
                else []
            )
            raise SourceError(
                "other", f"no folder {self.folder}" + (f"; did you mean {', '.join(near)}?" if near else "")
            )
        if not (self.folder / "config.json").is_file():
            raise SourceError("bad-config", f"no config.json in {self.folder}{self._hint()}")

    def load(self, options: dict[str, Any]) -> Loaded:
        raw = read_config(self.folder / "config.json")
        check_sizes(raw)
        weights = checkpoint.find_weights(self.folder)
        cls, config, notes = self._class_and_config(raw)
        apply_options(config, options)
        synthesis, gain, more = self._with_inputs(cls, config, options, weights)
        model = synthesis.model
        roots = [str(self.folder)] if Path(inspect.getfile(cls)).is_relative_to(self.folder) else []
        library = catalogue.library_folder()
        return Loaded(
            model=model, cls=cls.__name__, module=cls.__module__, model_file=inspect.getfile(cls),
            config=config.to_dict() if hasattr(config, "to_dict") else raw, notes=notes + more + synthesis.notes,
            roots=roots + ([str(library)] if library else []), state=synthesis,
            recipe={"gain": gain, "plan": synthesis.plan.to_json()},
        )  # fmt: skip

    def inputs(self, loaded: Loaded, draw: dict[str, Any]) -> Inputs:
        return loaded.state.draw(draw)

    def _hint(self) -> str:
        below = sorted(
            str(p.parent.relative_to(self.folder))
            for pattern in ("*/config.json", "*/*/config.json")
            for p in self.folder.glob(pattern)
        )
        if below:
            return f"; did you mean its folder {', '.join(below[:3])}?"
        near = catalogue.nearest("config.json", [p.name for p in self.folder.iterdir()], 1)
        return f"; did you mean {near[0]}?" if near else ""

    def _class_and_config(self, raw: dict[str, Any]) -> tuple[type, Any, list[str]]:
        names = raw.get("architectures")
        architecture = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else None
        own_config = own_code.reference_for(raw.get("auto_map"), None, config=True)
        own_model = own_code.reference_for(raw.get("auto_map"), architecture)
        if own_model and (self.folder / f"{own_model.rpartition('--')[2].split('.')[0]}.py").is_file():
            cls = own_code.load_class(self.folder, own_model)
            config_type = (
                own_code.load_class(self.folder, own_config) if own_config else getattr(cls, "config_class", None)
            )
            return cls, _configured(config_type or _library_config(raw), raw), ["modelling code of the folder itself"]
        if own_model and architecture not in catalogue.defining_modules():
            raise SourceError(
                "bad-config",
                f"auto_map names {own_model[:120]}, but the folder holds no such file and nothing is fetched",
            )
        cls, notes = _library_class(architecture, raw)
        return cls, _configured(getattr(cls, "config_class", None) or _library_config(raw), raw), notes

    def _with_weights(self, cls: type, config: Any) -> torch.nn.Module:
        count_parameters(cls, config)
        if not hasattr(cls, "from_pretrained"):
            return self._plain_module(cls, config)
        from transformers.utils import logging as library_logging

        library_logging.disable_progress_bar()
        try:
            # Mismatches are let through here because the report then names them; `check_report` refuses them.
            model, report = cls.from_pretrained(
                str(self.folder), config=config, output_loading_info=True, local_files_only=True, dtype=torch.float32,
                ignore_mismatched_sizes=True,
            )  # fmt: skip
        except ImportError as error:
            raise missing_package(error) from error
        except Exception as error:
            raise SourceError("bad-checkpoint", first_line(error)) from error
        checkpoint.check_report(report)
        checkpoint.check_finite(model)
        return model.eval()

    def _plain_module(self, cls: type, config: Any) -> torch.nn.Module:
        """Own code that is a bare torch module: its state must fit exactly."""
        from safetensors.torch import load_file

        weights = checkpoint.find_weights(self.folder)
        model = construct(cls, config, self.seed, {}, MAX_PARAMETERS)
        state: dict[str, torch.Tensor] = {}
        for path in weights.files if weights else ():
            state.update(
                load_file(path)
                if path.suffix == ".safetensors"
                else torch.load(path, map_location="cpu", weights_only=True)
            )
        try:
            model.load_state_dict(state)
        except RuntimeError as error:
            raise SourceError("bad-checkpoint", first_line(error)) from error
        checkpoint.check_finite(model)
        return model.eval()

    def _with_inputs(
        self, cls: type, config: Any, options: dict[str, Any], weights: Weights | None
    ) -> tuple[Synthesis, float, list[str]]:
        """The model with the plan of its inputs: real weights as they are, random ones settled."""
        plan = Plan.from_json(self.recipe["plan"]) if self.recipe else None
        if weights:
            synthesis = Synthesis(self._with_weights(cls, config), plan)
            if plan is None:
                synthesis.find()
            return synthesis, 1.0, []
        note = "the folder holds no weights: random ones"
        if plan is not None:
            model = self._random(cls, config, options)
            initialise.initialise(model, self.seed, self.recipe["gain"])
            return Synthesis(model, plan), self.recipe["gain"], [note]
        synthesis, gain, more = settled(lambda: self._random(cls, config, options), self.seed)
        return synthesis, gain, [note, *more]

    def _random(self, cls: type, config: Any, options: dict[str, Any]) -> torch.nn.Module:
        try:
            return construct(cls, config, self.seed, options, MAX_PARAMETERS)
        except SourceError:
            raise
        except ImportError as error:
            raise missing_package(error) from error
        except Exception as error:
            raise SourceError("bad-config", first_line(error)) from error


def read_config(path: Path) -> dict[str, Any]:
    """config.json as a dictionary; SourceError bad-config otherwise."""
    if path.stat().st_size > _LARGEST_CONFIG:
        raise SourceError("bad-config", f"{path.name} is over {_LARGEST_CONFIG >> 20} MiB")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise SourceError("bad-config", f"{path.name} is not JSON: {first_line(error, 200)}") from error
    if not isinstance(raw, dict):
        raise SourceError("bad-config", f"{path.name} holds {type(raw).__name__}, not an object")
    return raw


def check_sizes(values: dict[str, Any], path: str = "") -> None:
    """Refuses sizes that no model has before anything is built from them."""
    for key, value in values.items():
        if isinstance(value, dict):
            check_sizes(value, f"{path}{key}.")
            continue
        role = role_of(key)
        limit = _DEEPEST if role and "depth" in role.name else _LARGEST_SIZE
        for size in value if isinstance(value, list) else [value]:
            if role and is_int(size) and not 0 <= size <= limit:
                raise SourceError("bad-config", f"{path}{key} is {size}, outside 0 to {limit}")


def count_parameters(cls: type, config: Any) -> int:
    """Parameters of the model, counted on the meta device; SourceError bad-config over the limit."""
    try:
        with torch.device("meta"):
            count = sum(p.numel() for p in cls(config).parameters())
    except ImportError as error:
        raise missing_package(error) from error
    except Exception as error:
        raise SourceError("bad-config", first_line(error)) from error
    if count > MAX_PARAMETERS:
        raise SourceError(
            "bad-config",
            f"the configuration describes {count / 1e6:.0f} M parameters; the limit is {MAX_PARAMETERS / 1e6:.0f} M",
        )
    return count


def _configured(config_type: Any, raw: dict[str, Any]) -> Any:
    try:
        config = config_type.from_dict(raw) if hasattr(config_type, "from_dict") else config_type(**raw)
    except ImportError as error:
        raise missing_package(error) from error
    except Exception as error:
        raise SourceError("bad-config", first_line(error)) from error
    for part in parts(config):
        if getattr(part, "use_cache", None):
            part.use_cache = False
    return config


def _library_config(raw: dict[str, Any]) -> Any:
    from transformers import CONFIG_MAPPING

    kind = raw.get("model_type")
    if kind is None:
        raise SourceError("bad-config", "config.json names neither a known architecture nor a model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        near = catalogue.nearest(str(kind), list(CONFIG_MAPPING.keys()))
        raise SourceError(
            "bad-config", f"unknown model_type '{kind}'" + (f"; did you mean {', '.join(near)}?" if near else "")
        )
    return CONFIG_MAPPING[kind]


def _library_class(architecture: str | None, raw: dict[str, Any]) -> tuple[type, list[str]]:
    """The library's class of that name; without a name, the base model of the configuration's model_type."""
    notes = []
    if architecture is None:
        from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

        _library_config(raw)
        names = MODEL_MAPPING_NAMES.get(raw["model_type"])
        architecture = names[0] if isinstance(names, (tuple, list)) else names
        notes.append(f"config.json names no architecture: {architecture} is the base model of {raw['model_type']}")
    module = catalogue.defining_modules().get(architecture or "")
    if module is None:
        near = catalogue.nearest(architecture or "", catalogue.defining_modules())
        raise SourceError(
            "bad-config",
            f"unknown architecture '{architecture}'" + (f"; did you mean {', '.join(near)}?" if near else ""),
        )
    try:
        return getattr(importlib.import_module(module), architecture), notes
    except ImportError as error:
        raise missing_package(error) from error
