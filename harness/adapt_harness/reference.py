"""`describe` and `reference`: what the unmodified model is and what it computes, before any patch exists."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any, Iterator

import torch

from adapt_harness import arrays, constants
from adapt_harness.errors import message_of
from adapt_harness.failure import NanOutput
from adapt_harness.float64 import Float64
from adapt_harness.flat import FlatModel, weights_digest
from adapt_harness.imported_packages import own_requirements
from adapt_harness.limits import seed_everything
from adapt_harness.protocol import BadRequest, field
from adapt_harness.session import Session

Tensors = tuple[torch.Tensor, ...]


def describe(session: Session) -> dict[str, Any]:
    session.load()
    with session.stages.enter("inputs"):
        drawn = session.source.inputs(session.loaded, {"seed": 0, "variant": "base"})
    about = _identity(session)
    del about["model_file"]
    return {
        **about,
        "inputs": _inputs_of(drawn),
        "constants": drawn.constants,
        "notes": [*session.loaded.notes, *drawn.notes],
    }


def _identity(session: Session) -> dict[str, Any]:
    loaded = session.loaded
    return {
        "class": loaded.cls,
        "module": loaded.module,
        "model_file": loaded.model_file,
        "config": loaded.config,
        "parameters": sum(p.numel() for p in loaded.model.parameters()),
    }


def _inputs_of(drawn: Any) -> list[dict[str, Any]]:
    return [
        {key: row[key] for key in ("name", "dtype", "shape")}
        for row in (arrays.described(name, tensor) for name, tensor in drawn.tensors.items())
    ]


class _Draw:
    """One set of inputs with the model over it, and the files that belong to it."""

    def __init__(self, session: Session, wanted: dict[str, Any], drawn: Any, folder: Path):
        self.seed, self.variant = int(wanted["seed"]), str(wanted["variant"])
        self.drawn = drawn
        self.tensors: Tensors = tuple(drawn.tensors.values())
        self.flat = session.flat_for(drawn.tensors, drawn.constants)
        self._stem = folder / f"{self.variant}-{self.seed}"
        self.nan = False
        self.effects: list[str] = []
        self.fp64: str | None = None

    def path(self, part: str) -> str:
        return f"{self._stem}.{part}.safetensors"

    def write_inputs(self) -> None:
        extra = {"draw": json.dumps({"seed": self.seed, "variant": self.variant})}
        text = constants.encode(self.drawn.constants)
        if text is not None:
            extra["constants"] = text
        arrays.write_inputs(self.path("inputs"), self.drawn.tensors, extra)

    def write_outputs(self, part: str, outputs: Tensors) -> str:
        arrays.write_outputs(self.path(part), self.flat.leaf_names, outputs, self.flat.tree)
        return self.path(part)

    def wire(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "variant": self.variant,
            "inputs": self.path("inputs"),
            "fp32": self.path("fp32"),
            "fp64": self.fp64,
            "effects": self.effects,
        }


@contextlib.contextmanager
def files_run(found: set[str]) -> Iterator[None]:
    """Collects the files of every Python function called meanwhile: helpers that no captured node's stack names too."""

    def enter(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            found.add(frame.f_code.co_filename)

    sys.setprofile(enter)
    try:
        yield
    finally:
        sys.setprofile(None)


def run_eager(flat: FlatModel, tensors: Tensors, seed: int = 0) -> Tensors:
    """One eager call on copies of the inputs, with buffers put back after it, so that calls do not see each other."""
    before = {name: buffer.clone() for name, buffer in flat.named_buffers()}
    seed_everything(seed)
    outputs = tuple(t.clone() for t in flat.recorded(*(t.clone() for t in tensors)))
    if not outputs:
        raise TypeError(f"forward returned no tensor: {flat.tree[:200]}")
    for name, buffer in flat.named_buffers():
        if name in before and before[name].shape == buffer.shape:
            buffer.copy_(before[name])
    return outputs


def same_bits(left: Tensors, right: Tensors) -> bool:
    """Equal shapes, dtypes and bytes; NaN equals itself."""
    if len(left) != len(right):
        return False
    pairs = [(arrays.storable(a), arrays.storable(b)) for a, b in zip(left, right)]
    return all(
        a.shape == b.shape
        and a.dtype == b.dtype
        and a.reshape(-1).view(torch.uint8).equal(b.reshape(-1).view(torch.uint8))
        for a, b in pairs
    )


def has_nan(outputs: Tensors) -> bool:
    return any((t.is_floating_point() or t.is_complex()) and bool(torch.isnan(t).any()) for t in outputs)


class _Reference:
    def __init__(self, session: Session):
        self.session = session
        self.out = session.out()
        self.notes: list[str] = []
        self.draws: list[_Draw] = []
        self.unavailable: list[dict[str, Any]] = []
        self.deterministic = True
        self.sensitivity: str | None = None
        self.weights = ""

    def run(self) -> None:
        params, session = self.session.params, self.session
        wanted = field(params, "draws", list)
        if not wanted:
            raise BadRequest("params.draws is empty")
        session.load()
        self.weights = weights_digest(session.loaded.model)
        with session.stages.enter("inputs"):
            self._draw_all(wanted)
        with session.stages.enter("eager"):
            with files_run(self.session.files.ran):
                run_eager(self.draws[0].flat, self.draws[0].tensors)
            for draw in self.draws:
                self._run_draw(draw, bool(params.get("repeat")))
            session.stubs.refuse_calls()
            if all(draw.nan for draw in self.draws):
                raise NanOutput("the model's own outputs hold NaN for every draw")
            self._probe(bool(params.get("sensitivity")))
            if params.get("fp64"):
                self._run_fp64()

    def _draw_all(self, wanted: list[Any]) -> None:
        from adapt_harness.sources import DrawUnavailable

        for one in wanted:
            if not isinstance(one, dict) or "seed" not in one or "variant" not in one:
                raise BadRequest(f"not a draw: {one!r}")
            try:
                drawn = self.session.source.inputs(self.session.loaded, one)
            except DrawUnavailable as error:
                self.unavailable.append({"seed": one["seed"], "variant": one["variant"], "reason": str(error)})
                continue
            draw = _Draw(self.session, one, drawn, self.out)
            draw.write_inputs()
            self.draws.append(draw)
        if not self.draws:
            raise BadRequest("none of the draws is available: " + "; ".join(u["reason"] for u in self.unavailable))

    def _run_draw(self, draw: _Draw, repeat: bool) -> None:
        outputs = run_eager(draw.flat, draw.tensors)
        draw.nan = has_nan(outputs)
        draw.write_outputs("fp32", outputs)
        if draw.nan:
            self.notes.append(f"outputs of draw {draw.variant}/{draw.seed} hold NaN")
        # Another seed: a forward that draws random numbers is not a function of its inputs, whatever seed it is given.
        if repeat and not same_bits(outputs, run_eager(draw.flat, draw.tensors, seed=1)):
            self.deterministic = False
            again = same_bits(outputs, run_eager(draw.flat, draw.tensors))
            why = "the forward draws random numbers" if again else "two runs with one seed differ"
            self.notes.append(f"outputs of draw {draw.variant}/{draw.seed} are not deterministic: {why}")

    def _probe(self, sensitivity: bool) -> None:
        """Side effects per draw; sensitivity once, on the first draw."""
        from adapt_harness.effects import effects

        for draw in self.draws:
            draw.effects = effects(draw.flat, draw.tensors)
        if sensitivity:
            self.sensitivity = write_sensitivity(
                self.out / "sensitivity.safetensors", self.draws[0].flat, self.draws[0].tensors
            )

    def _run_fp64(self) -> None:
        """Last, because it turns the model itself into float64: a copy would not fit beside a large one."""
        model = self.session.loaded.model.double()
        if callable(getattr(model, "set_experts_implementation", None)):
            with contextlib.suppress(Exception):  # the library's default has kernels for narrow dtypes only
                model.set_experts_implementation("eager")
        for draw in self.draws:
            wide = tuple(t.double() if t.is_floating_point() else t for t in draw.tensors)
            try:
                with Float64():
                    outputs = run_eager(draw.flat, wide)
                draw.fp64 = draw.write_outputs("fp64", outputs)
            except Exception as error:  # the foreign code may raise anything; fp64 is a help, not a demand
                self.notes.append(
                    f"no float64 reference for draw {draw.variant}/{draw.seed}: "
                    f"{type(error).__name__}: {message_of(error)[:200]}"
                )


def write_sensitivity(path: Path | str, flat: FlatModel, tensors: Tensors) -> str:
    """One float64 vector per parameter, `param/<name>`: relative change of each output leaf."""
    from adapt_harness.sensitivity import sensitivity

    rows = sensitivity(flat, tensors)
    vectors = {f"param/{name}": torch.tensor(row, dtype=torch.float64) for name, row in rows.items()}
    arrays.write(
        path,
        vectors,
        [{"name": name, "kind": "float", "dtype": "float64", "shape": list(v.shape)} for name, v in vectors.items()],
    )
    return str(path)


def reference(session: Session) -> dict[str, Any]:
    work = _Reference(session)
    failure = None
    try:
        work.run()
    except (BadRequest, SystemExit):
        raise
    except BaseException as error:  # a model that fails is a result
        failure = session.failure(error)
    loaded = session.loaded
    about = (
        _identity(session) if loaded else {"class": "", "module": "", "model_file": "", "config": None, "parameters": 0}
    )
    first = work.draws[0].drawn if work.draws else None
    sources = session.files.listing()
    notes = [*(loaded.notes if loaded else []), *(first.notes if first else []), *work.notes]
    return {
        "ok": failure is None,
        "failure": failure,
        **about,
        "weights": work.weights,
        "inputs": _inputs_of(first) if first else [],
        "constants": first.constants if first else {},
        "notes": notes,
        "sources": sources,
        "requirements": own_requirements(session.params["model"], sources),
        "deterministic": work.deterministic,
        "draws": [draw.wire() for draw in work.draws] if failure is None else [],
        "unavailable_draws": work.unavailable,
        "sensitivity": work.sensitivity,
    }
