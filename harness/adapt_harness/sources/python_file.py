"""`file.py[:factory]`: a Python file that gives a model and inputs.

It has either `load_model()` and `load_inputs()`, or a factory that returns a model or (model, inputs). Inputs are a
tensor, a tuple in the order of forward, or a dictionary by argument. `load_inputs(seed=..., variant=...)` draws anew
where it takes these arguments; otherwise the given inputs are varied, and the notes say so.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from adapt_harness.errors import first_line
from adapt_harness.sources import redraw
from adapt_harness.sources.base import DrawUnavailable, Inputs, Loaded, Source, SourceError
from adapt_harness.sources.catalogue import nearest
from adapt_harness.sources.tokens import special_ids
from adapt_harness.sources.transformers_class import missing_package

_FACTORIES = ("load_model", "get_model", "create_model", "make_model", "build_model")


class PythonFile(Source):
    """Runs the file as a module; its folder is importable while it does."""

    def __init__(self, spec: dict[str, Any]):
        super().__init__(spec)
        self.path = Path(spec["name"]).resolve()
        self.factory = spec.get("factory") or None

    def resolve(self) -> None:
        if not self.path.is_file():
            folder = self.path.parent
            near = nearest(self.path.name, [p.name for p in folder.glob("*.py")]) if folder.is_dir() else []
            raise SourceError("other", f"no file {self.path}" + (f"; did you mean {', '.join(near)}?" if near else ""))

    def load(self, options: dict[str, Any]) -> Loaded:
        module = _import(self.path)
        name = factory_of(module, self.factory)
        if name is None or not callable(getattr(module, name, None)):
            raise self._no_factory(module, name)
        made, given = _call(getattr(module, name), f"{self.path.name}:{name}", self.seed), None
        if isinstance(made, (tuple, list)) and len(made) == 2:
            made, given = made
        if not isinstance(made, torch.nn.Module):
            raise SourceError(
                "bad-config", f"{self.path.name}:{name} returned {type(made).__name__}, not a torch.nn.Module"
            )
        model = made.eval()
        for key, value in options.items():
            if hasattr(getattr(model, "config", None), key) or key.startswith("_"):
                setattr(model.config, key, value)
        cls, root = type(model), str(self.path.parent.resolve())
        config = getattr(model, "config", None)
        return Loaded(
            model=model, cls=cls.__name__, module=cls.__module__, model_file=_file_of(cls, self.path),
            config=config.to_dict() if hasattr(config, "to_dict") else None, roots=[root], state=(module, given),
        )  # fmt: skip

    def inputs(self, loaded: Loaded, draw: dict[str, Any]) -> Inputs:
        module, given = loaded.state
        seed, variant = int(draw.get("seed", 0)), draw.get("variant", "base")
        function = getattr(module, "load_inputs", None)
        takes = set(inspect.signature(function).parameters) if callable(function) else set()
        wanted = {k: v for k, v in (("seed", seed), ("variant", variant)) if k in takes}
        if given is None:
            if function is None:
                raise SourceError(
                    "bad-config", f"{self.path.name} has no load_inputs() and its factory returned no inputs"
                )
            given = _call(function, f"{self.path.name}:load_inputs", seed, wanted)
        fed = bind(loaded.model, given)
        if "variant" in wanted or (variant == "base" and "seed" in wanted):
            return fed
        return redraw.vary(fed, seed, variant, fresh="seed" not in wanted, special=special_ids(loaded.config))

    def _no_factory(self, module: ModuleType, name: str | None) -> SourceError:
        own = [n for n, v in vars(module).items() if inspect.isfunction(v) and v.__module__ == module.__name__]
        if name is None:
            return SourceError(
                "bad-config",
                f"{self.path.name} has none of {', '.join(_FACTORIES)}; name a factory as {self.path.name}:<function>",
            )
        near = nearest(name, own)
        return SourceError(
            "bad-config",
            f"{self.path.name} has no function '{name}'" + (f"; did you mean {', '.join(near)}?" if near else ""),
        )


def factory_of(module: ModuleType, named: str | None) -> str | None:
    """The function that makes the model: the one that was named, else the first usual name that the file defines."""
    return named or next((f for f in _FACTORIES if callable(getattr(module, f, None))), None)


def bind(model: torch.nn.Module, given: Any) -> Inputs:
    """Named inputs of forward out of a tensor, tuple or dictionary."""
    if hasattr(given, "items"):
        named = dict(given.items())
    else:
        values = list(given) if isinstance(given, (tuple, list)) else [given]
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        names = [n for n, p in inspect.signature(model.forward).parameters.items() if p.kind in kinds]
        if len(values) > len(names):
            raise SourceError("bad-config", f"{len(values)} inputs for a forward with {len(names)} named arguments")
        named = dict(zip(names, values))
    tensors = {k: v for k, v in named.items() if torch.is_tensor(v)}
    constants = {k: v for k, v in named.items() if not torch.is_tensor(v)}
    nested = [k for k, v in constants.items() if _holds_tensor(v)]
    if nested:
        raise SourceError(
            "bad-config", f"input '{nested[0]}' holds tensors inside a container; give each tensor its own argument"
        )
    if not tensors:
        raise SourceError("bad-config", "the inputs hold no tensor")
    return Inputs(tensors, constants)


def _holds_tensor(value: Any) -> bool:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return any(torch.is_tensor(v) or _holds_tensor(v) for v in values)


def _import(path: Path) -> ModuleType:
    folder = str(path.parent)
    name = path.stem
    held = sys.modules.get(name)
    if held is not None and getattr(held, "__file__", None) != str(path):
        name = f"adapt_model_{path.stem}"  # never shadow a module that torch or a backend imported
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SourceError("import-error", f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        raise missing_package(error) from error
    except MemoryError:
        raise  # a limit, whoever runs into it
    except Exception as error:
        raise SourceError("import-error", f"{path.name}: {first_line(error)}") from error
    return module


def _call(function: Any, what: str, seed: int, kwargs: dict[str, Any] | None = None) -> Any:
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return function(**(kwargs or {}))
    except (DrawUnavailable, MemoryError):
        raise
    except ModuleNotFoundError as error:
        raise missing_package(error) from error
    except Exception as error:
        raise SourceError("exception", f"{what}: {first_line(error)}") from error


def _file_of(cls: type, default: Path) -> str:
    try:
        return inspect.getfile(cls)
    except (TypeError, OSError):
        return str(default)
