"""`transformers:<Class>`: any model class of the installed library, tiny by default, with random weights."""

from __future__ import annotations

import copy
import importlib
import inspect
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from adapt_harness import initialise
from adapt_harness.errors import first_line, message_of
from adapt_harness.inputs import Synthesis
from adapt_harness.inputs.plan import Plan
from adapt_harness.sources import catalogue, config_repair, configs, shrink
from adapt_harness.sources.base import MAX_PARAMETERS, Inputs, Loaded, Source, SourceError

# A tiny model above this was not shrunk where it matters; the next rung of the ladder is no smaller.
_TINY_PARAMETERS = {3: 400_000_000, 2: 150_000_000, 1: 150_000_000}
_SEARCH_SECONDS = 25.0  # of CPU, so that a busy machine changes no outcome
_RELAX_SECONDS = 10.0
# No configuration makes up for a forward that is not there or wants what no table knows.
_HOPELESS = re.compile(r'missing the required "forward"|missing \d+ required positional argument')
_CONFIG_REPAIRS = 4  # corrections of one shrunk configuration before less is shrunk


class TransformersClass(Source):
    """Builds the class from a shrunk default configuration and finds inputs that it accepts."""

    def __init__(self, spec: dict[str, Any]):
        super().__init__(spec)
        self.name = spec["name"]
        self.size = spec.get("size") or "tiny"

    def resolve(self) -> None:
        if catalogue.library_folder() is None:
            raise SourceError("missing-package", "package 'transformers' is not installed")
        if self.name in catalogue.defining_modules():
            return
        near = catalogue.nearest(self.name, catalogue.defining_modules())
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise SourceError("other", f"transformers has no model class '{self.name}'{hint}")

    def load(self, options: dict[str, Any]) -> Loaded:
        cls = self._import()
        config_type = configs.config_class(cls)
        if self.recipe:
            return _rebuilt(cls, config_type, self.recipe, self.seed, options)
        if self.size == "tiny":
            return _search(cls, config_type, self.seed, options)
        return self._library_size(cls, config_type, options)

    def inputs(self, loaded: Loaded, draw: dict[str, Any]) -> Inputs:
        return loaded.state.draw(draw)

    def _import(self) -> type:
        try:
            cls = getattr(importlib.import_module(catalogue.defining_modules()[self.name]), self.name)
        except ImportError as error:
            raise missing_package(error) from error
        return cls

    def _library_size(self, cls: type, config_type: type, options: dict[str, Any]) -> Loaded:
        try:
            values = configs.replace_backbones(configs.default_values(cls, config_type))
            loaded = _attempt(cls, config_type, values, MAX_PARAMETERS, self.seed, options, float("inf"))
        except SourceError:
            raise
        except ImportError as error:
            raise missing_package(error) from error
        except Exception as error:
            raise SourceError("bad-config", first_line(error)) from error
        loaded.notes.insert(0, f"size {self.size}: the library's default configuration, random weights")
        return loaded


def loaded_model(model: torch.nn.Module, synthesis: Synthesis, notes: list[str], recipe: dict[str, Any]) -> Loaded:
    """The facts about a library model that the protocol reports."""
    cls = type(model)
    config = model.config.to_dict() if hasattr(model.config, "to_dict") else None
    root = catalogue.library_folder()
    return Loaded(
        model=model, cls=cls.__name__, module=cls.__module__, model_file=inspect.getfile(cls), config=config,
        notes=notes + synthesis.notes, roots=[str(root)] if root else [], recipe=recipe, state=synthesis,
    )  # fmt: skip


def missing_package(error: ImportError) -> SourceError:
    """Names the package an ImportError is about; any other ImportError is the code's own."""
    text = " ".join(message_of(error).split())
    named = re.search(r"requires the (\S+) library|No module named '([\w.]+)'|pip install (\S+?)[`'\". ]", text)
    if not named:
        return SourceError("import-error", first_line(error))
    package = next(g for g in named.groups() if g).split(".")[0]
    return SourceError("missing-package", f"needs package '{package}': {text[:200]}")


def construct(cls: type, config: Any, seed: int, options: dict[str, Any], limit: int) -> torch.nn.Module:
    """A model in eval mode, fp32, counted on the meta device before any memory is taken."""
    apply_options(config, options)
    with torch.device("meta"):
        count = sum(p.numel() for p in cls(config).parameters())
    if count > limit:
        raise SourceError(
            "bad-config",
            f"the configuration describes {count / 1e6:.0f} M parameters, over the limit of {limit / 1e6:.0f} M",
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cls(config).eval()


def apply_options(config: Any, options: dict[str, Any]) -> None:
    """Load-scoped options are attributes of the configuration, in every part that knows them."""
    for key, value in options.items():
        field = {
            "attn_implementation": "_attn_implementation",
            "experts_implementation": "_experts_implementation",
        }.get(key, key)
        setattr(config, field, value)


def _search(cls: type, config_type: type, seed: int, options: dict[str, Any]) -> Loaded:
    """The most shrunk configuration under which the class builds and runs.

    First everything is shrunk, then all but one part or key, then less and less.
    """
    try:
        default = configs.replace_backbones(configs.default_values(cls, config_type))
    except Exception as error:
        raise SourceError("bad-config", f"no default configuration: {first_line(error)}") from error
    deadline, first = time.process_time() + _SEARCH_SECONDS, None
    for level, values, how in _candidates(default):
        try:
            loaded = _repaired(cls, config_type, values, _TINY_PARAMETERS[level], seed, options, deadline)
            loaded.notes.insert(0, f"tiny: library defaults shrunk at level {level}{how}")
            return loaded
        except SourceError as error:
            first = first or error
            if (
                error.failure_class == "missing-package"
                or _HOPELESS.search(error.message)
                or time.process_time() > deadline
            ):
                break
    assert first is not None
    raise first


def _candidates(default: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any], str]]:
    """(level, values, how they differ from plain shrinking), best first; relaxing one path is bounded in time."""
    full = shrink.FULL_SHRINK
    shrunk = shrink.shrink(default, full)
    yield full, shrunk, ""
    linked = shrink.link_widths(shrunk, default)
    if linked != shrunk:
        yield full, linked, ", equal widths linked"
    stop = time.process_time() + _RELAX_SECONDS
    for path in shrink.relaxations(default, shrunk):
        if time.process_time() > stop:
            break
        yield full, shrink.shrink(default, full, frozenset({path})), f" but for {path}"
    for level in range(full - 1, 0, -1):
        yield level, shrink.shrink(default, level), ""


def _repaired(
    cls: type,
    config_type: type,
    values: dict[str, Any],
    limit: int,
    seed: int,
    options: dict[str, Any],
    deadline: float,
) -> Loaded:
    """Tries `values`, corrected as the exceptions say; SourceError with the first one when that leads nowhere."""
    first: SourceError | None = None
    values = copy.deepcopy(values)
    for _ in range(_CONFIG_REPAIRS):
        try:
            return _attempt(cls, config_type, copy.deepcopy(values), limit, seed, options, deadline)
        except ImportError as error:
            raise missing_package(error) from error
        except Exception as error:
            first = first or (error if isinstance(error, SourceError) else SourceError("bad-config", first_line(error)))
            if not config_repair.repair(values, error):
                break
    assert first is not None
    raise first


def _attempt(
    cls: type,
    config_type: type,
    values: dict[str, Any],
    limit: int,
    seed: int,
    options: dict[str, Any],
    deadline: float,
) -> Loaded:
    """Builds from `values`, finds inputs, settles the weights."""

    def build() -> torch.nn.Module:
        return construct(cls, configs.build(cls, config_type, copy.deepcopy(values)), seed, options, limit)

    synthesis, gain, notes = settled(build, seed, deadline)
    return loaded_model(
        synthesis.model, synthesis, notes, {"values": values, "gain": gain, "plan": synthesis.plan.to_json()}
    )


def settled(
    build: Callable[[], torch.nn.Module], seed: int, deadline: float = float("inf")
) -> tuple[Synthesis, float, list[str]]:
    """A freshly built and initialised model with its inputs, the gain that gives finite values, and notes."""
    plan, synthesis = None, None
    for gain in initialise.GAINS:
        model = build()
        initialise.initialise(model, seed, gain)
        synthesis = Synthesis(model, plan)
        if plan is None:
            synthesis.find(deadline)
            plan = synthesis.plan
        if synthesis.runs_finite():
            return (
                synthesis,
                gain,
                [f"initialisation: weights scaled by {gain}, larger ones gave non-finite values"] if gain < 1 else [],
            )
    assert synthesis is not None
    return synthesis, gain, ["initialisation: outputs are not finite at any scale tried"]


def _rebuilt(cls: type, config_type: type, recipe: dict[str, Any], seed: int, options: dict[str, Any]) -> Loaded:
    """The model of `recipe` again; its forward is not called."""
    model = construct(
        cls, configs.build(cls, config_type, copy.deepcopy(recipe["values"])), seed, options, MAX_PARAMETERS
    )
    initialise.initialise(model, seed, recipe["gain"])
    return loaded_model(model, Synthesis(model, Plan.from_json(recipe["plan"])), [], recipe)
