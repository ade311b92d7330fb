"""What a loader promises: breaches that leave it usable are lines for the notes, the others are raised."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import torch

from adapt_harness.errors import first_line
from adapt_harness.sources.base import SourceError
from adapt_harness.sources.catalogue import nearest

_SHOWN = 12  # variants in one message
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_MODELS_OF = ("unet", "transformer", "model", "vae")  # where pipelines keep the model that does the work


def model_loader(module: ModuleType, file: str) -> type:
    """The class `ModelLoader` of a loader's module."""
    found = getattr(module, "ModelLoader", None)
    if isinstance(found, type):
        return found
    classes = [n for n, v in vars(module).items() if isinstance(v, type) and v.__module__ == module.__name__]
    near = nearest("ModelLoader", classes, 1) or [n for n in classes if n.endswith("Loader")][:1]
    raise SourceError(
        "bad-config", f"{file} defines no class ModelLoader" + (f"; did you mean {near[0]}?" if near else "")
    )


def chosen_variant(loader: type, wanted: str | None) -> Any:
    """The variant of that value or name, the default one where none is wanted; None for a loader without variants."""
    variants = variants_of(loader)
    names = [str(variant) for variant in variants]
    if not variants:
        if wanted:
            raise SourceError("bad-config", f"variant '{wanted}' of a loader without variants")
        return None
    if not wanted:
        default = getattr(loader, "DEFAULT_VARIANT", None)
        if default in variants:
            return default
        raise SourceError("bad-config", f"DEFAULT_VARIANT is {default}, which is no variant; name one of {_listed(names)}")
    for spelt in (str, lambda v: getattr(v, "name", ""), lambda v: str(v).lower()):
        same = [variant for variant in variants if spelt(variant) == wanted]
        if same:
            return same[0]
    near = nearest(wanted, names, 3)
    raise SourceError(
        "bad-config",
        f"unknown variant '{wanted[:80]}'"
        + (f"; did you mean {', '.join(near)}?" if near else f"; there are {_listed(names)}"),
    )


def variants_of(loader: type) -> list[Any]:
    try:
        return list(loader.query_available_variants())  # type: ignore[attr-defined]
    except Exception as error:  # foreign code
        raise SourceError("bad-config", f"its variants cannot be listed: {first_line(error, 200)}") from error


def breaches(loader: type, variant: Any) -> list[str]:
    """Each breach of the contract that the class itself shows, in one line."""
    found = []
    if not variants_of(loader):
        found.append("the loader has no variants (_VARIANTS is empty)")
    model = _parameters(getattr(loader, "load_model", None))
    by_position = [p.name for p in model if p.kind in _POSITIONAL and p.name != "self"]
    if by_position:
        found.append(f"load_model takes {', '.join(by_position)} by position; its arguments are keyword-only")
    if not takes_any(getattr(loader, "load_model", None)):
        found.append("load_model takes no **kwargs")
    inputs = getattr(loader, "load_inputs", None)
    if not takes_any(inputs):
        found += [f"load_inputs takes no {n}" for n in ("dtype_override", "batch_size") if not takes(inputs, n)]
    return found + _information(loader, variant)


def check_model(made: Any) -> torch.nn.Module:
    """What load_model returned, when it is the model itself."""
    if isinstance(made, torch.nn.Module):
        return made
    kind = type(made).__name__
    if isinstance(made, (tuple, list)):
        raise SourceError("bad-config", f"load_model returned a {kind} of {len(made)}, not the torch.nn.Module alone")
    inner = next((n for n in _MODELS_OF if isinstance(getattr(made, n, None), torch.nn.Module)), None)
    raise SourceError(
        "bad-config",
        f"load_model returned {kind}, not a torch.nn.Module" + (f"; its {inner} is one" if inner else ""),
    )


def check_inputs(given: Any) -> None:
    if not (torch.is_tensor(given) or isinstance(given, (list, tuple)) or hasattr(given, "items")):
        raise SourceError("bad-config", f"load_inputs returned {type(given).__name__}, not a dict, tensor or sequence")


def takes(function: Any, name: str) -> bool:
    """Whether the function has an argument of that name; **kwargs is none."""
    return any(p.name == name for p in _parameters(function))


def takes_any(function: Any) -> bool:
    return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in _parameters(function))


def _parameters(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _information(loader: type, variant: Any) -> list[str]:
    try:
        info = loader.get_model_info(variant)  # type: ignore[attr-defined]
    except Exception as error:  # foreign code
        return [f"_get_model_info fails: {first_line(error, 200)}"]
    fields = ("model", "variant", "group", "task", "source", "framework")
    lacks = [name for name in fields if not hasattr(info, name)]
    return [f"_get_model_info returned {type(info).__name__}, not a ModelInfo"] if lacks else []


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
