"""Finds out once what inputs a model accepts, then draws as many as asked for."""

from __future__ import annotations

import inspect
import time
from typing import Any

import torch

from adapt_harness.errors import first_line
from adapt_harness.inputs import asked, audio, probe, series, text, variants, vision
from adapt_harness.inputs.context import Context
from adapt_harness.inputs.plan import Plan
from adapt_harness.inputs.repair import repair
from adapt_harness.module_state import ModuleState
from adapt_harness.sources.base import DrawUnavailable, Inputs, SourceError

_MOST_REPAIRS = 10
_CACHE_NOTE = "use_cache is off: what is compared is the forward pass, not the cache object"


# A composite whose configuration leaves a tower out refuses that tower's inputs.
_TOWERS = {
    "vision_config": ("pixel_values", "pixel_values_videos", "image_grid_thw", "image_sizes"),
    "audio_config": ("input_features", "input_values", "input_features_mask"),
}


class Synthesis:
    """Inputs for one library model. `draw` needs a plan: a given one, or the one that `find` finds."""

    def __init__(self, model: torch.nn.Module, plan: Plan | None = None):
        self.model = model
        self.plan = plan or Plan()
        self.notes: list[str] = []
        self.clean = ModuleState(model)

    def find(self, deadline: float = float("inf")) -> None:
        """Repairs the plan until a forward call succeeds; SourceError with the last exception otherwise.

        `deadline` is in CPU seconds of this process (`time.process_time`).
        """
        self.plan = self._repaired(self.plan, 0, deadline)
        if self.plan.repairs:
            self.notes.append("inputs found by repair: " + "; ".join(self.plan.repairs))

    def runs_finite(self) -> bool:
        """One call with the base inputs gives finite floating-point outputs."""
        outputs = self._run(build(self.model, self.plan, 0))
        return all(bool(torch.isfinite(t).all()) for t in outputs if t.is_floating_point())

    def draw(self, draw: dict[str, Any]) -> Inputs:
        """Inputs for `{"seed", "variant"}`; each variant is run once to see that the model allows it."""
        seed, variant = int(draw.get("seed", 0)), draw.get("variant", "base")
        base = build(self.model, self.plan, seed)
        if variant == "base":
            made = base.made
        else:
            made = self._varied(base, variant, seed)
        tensors, constants = self._ordered(made)
        notes = [_CACHE_NOTE] if "use_cache" in constants else []
        return Inputs(tensors, constants, notes)

    def _varied(self, base: Context, variant: str, seed: int) -> dict[str, torch.Tensor]:
        plan = variants.plan_for(base, variant)
        try:
            ctx = (
                build(self.model, plan, seed)
                if plan.repairs == ["final"]
                else build(self.model, self._repaired(plan, seed), seed)
            )
            made = variants.finish(base, ctx, variant)
            self._call(made)
        except DrawUnavailable:
            raise
        except Exception as error:
            raise DrawUnavailable(f"the model refuses it: {first_line(error, 200)}") from error
        return made

    def _repaired(self, plan: Plan, seed: int, deadline: float = float("inf")) -> Plan:
        plan = plan.copy()
        for _ in range(_MOST_REPAIRS):
            ctx: Context | None = None
            try:
                ctx = build(self.model, plan, seed)
                if not self._call(ctx.made):
                    raise SourceError("bad-config", "forward returns no tensor")
                return plan
            except SourceError:
                raise
            except Exception as error:
                done = repair(ctx, error) if ctx else None
                if not done or time.process_time() > deadline:
                    raise SourceError(
                        "bad-config", f"no inputs found that forward accepts: {first_line(error)}"
                    ) from error
                plan = ctx.plan
                plan.repairs.append(done)
        raise SourceError("bad-config", "no inputs found that forward accepts: repairs go in circles")

    def _run(self, ctx: Context) -> list[torch.Tensor]:
        return self._call(ctx.made)

    def _call(self, made: dict[str, torch.Tensor]) -> list[torch.Tensor]:
        """One forward call that leaves no trace: random state and module state are put back."""
        tensors, constants = self._ordered(made)
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                return probe.tensors(self.model(**tensors, **constants))
        finally:
            self.clean.restore()

    def _ordered(self, made: dict[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Tensors in the order of the signature, those of its `**kwargs` last, and the plain values."""
        names = list(Context(self.model, self.plan, 0).parameters)
        tensors = {n: made[n] for n in [*(n for n in names if n in made), *(n for n in made if n not in names)]}
        constants = {"use_cache": False} if "use_cache" in names else {}
        return tensors, constants


def build(model: torch.nn.Module, plan: Plan, seed: int) -> Context:
    """All arguments of one call under `plan`."""
    ctx = Context(model, plan.copy(), seed)
    for builder in (text, vision, audio, series):
        builder.build(ctx)
    for name in [*(n for n in ctx.parameters if ctx.required(n)), *ctx.plan.ask]:
        if name not in ctx.made and (value := asked.make(ctx, name)) is not None:
            ctx.made[name] = value
    for part, names in _TOWERS.items():
        if "input_ids" in ctx.made and getattr(ctx.config, part, ctx) is None:
            ctx.plan.drop.update(names)
    takes_all = any(p.kind is p.VAR_KEYWORD for p in inspect.signature(model.forward).parameters.values())
    for name in list(ctx.made):
        if name in ctx.plan.drop or not (takes_all or ctx.accepts(name)):
            del ctx.made[name]
    return ctx
