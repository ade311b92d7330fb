"""`facts`: what variables hold at given lines of the model's own sources while it runs (PROTOCOL.md section 6.4).

The values are looked up by a trace function when a line begins. It changes nothing and keeps no tensor; what it could
not see is left out, which means unknown.
"""

from __future__ import annotations

import contextlib
import sys
import types
from dataclasses import dataclass, field as data_field
from pathlib import Path
from typing import Any, Callable, Iterator

import torch

from adapt_harness.flat import parameters_and_buffers
from adapt_harness.module_state import ModuleState
from adapt_harness.protocol import BadRequest, field
from adapt_harness.readings import Reading, readings_at
from adapt_harness.reference import Tensors, run_eager
from adapt_harness.session import Session

_MOST_LINES = 4000  # asked for in one request
_MOST_FACTS = 3000  # what fits one line of the protocol
_MOST_LOOKS = 500_000  # values that are looked at in one request; a loop over more teaches nothing new
_ABSENT = object()

Holders = tuple[int, int, int]


def _holders(value: torch.Tensor) -> Holders:
    """References to the object, tensors over its memory, references to the tensor that it views."""
    storage, base = value.untyped_storage(), value._base
    seen_by = torch._C._storage_Use_Count(storage._cdata)
    return sys.getrefcount(value), seen_by, 0 if base is None else sys.getrefcount(base)


@dataclass
class _Seen:
    """What was seen of one reading in all passes."""

    kinds: set[str] = data_field(default_factory=set)  # tensor, number, other
    dtypes: set[str] = data_field(default_factory=set)
    ranks: set[int] = data_field(default_factory=set)
    shapes: dict[int, set[tuple[int, ...]]] = data_field(default_factory=dict)  # by draw
    parameter: bool = False
    aliased: bool = False
    gradient: bool | None = None

    def static(self, varied: set[int]) -> bool | None:
        """Whether the shape is one over draws of several sizes; None where too few draws came here to tell."""
        if len({shape for shapes in self.shapes.values() for shape in shapes}) > 1:
            return False
        return True if len(varied.intersection(self.shapes)) > 1 else None


class _Watch:
    """Looks at readings while a model runs. `draw` is the number of the pass; None is the pass with gradients."""

    def __init__(self, by_file: dict[str, dict[int, list[Reading]]], weights: set[int], alone: set[Holders]):
        self._by_file = by_file
        self._weights = weights
        self._alone = alone
        self._looks = 0
        self.draw: int | None = 0
        self.seen: dict[tuple[str, Reading], _Seen] = {}
        self.problem = ""

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        previous = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(previous)

    def _enter(self, frame: types.FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        return self._line if frame.f_code.co_filename in self._by_file and not self.problem else None

    def _line(self, frame: types.FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if event != "line":
            return self._line
        file = frame.f_code.co_filename
        wanted = self._by_file[file].get(frame.f_lineno)
        if wanted is None:
            return self._line
        try:
            local = frame.f_locals
            for reading in wanted:
                value = local.get(reading.parts[0], _ABSENT)
                if value is not _ABSENT:
                    self._look((file, reading), value)
                del value  # it would count as a holder of the next one
        except Exception as error:  # an exception here would surface in the model
            self.problem = f"{type(error).__name__} while looking at line {frame.f_lineno}: {error}"
        return None if self.problem else self._line

    def _look(self, key: tuple[str, Reading], value: Any) -> None:
        self._looks += 1
        if self._looks > _MOST_LOOKS:
            self.problem = f"more than {_MOST_LOOKS} values"
            return
        attributes = key[1].parts[1:]
        for name in attributes:
            value = _member(value, name)
            if value is _ABSENT:
                return
        seen = self.seen.setdefault(key, _Seen())
        if self.draw is None:
            if isinstance(value, torch.Tensor):
                seen.gradient = bool(seen.gradient) or value.requires_grad
            return
        if isinstance(value, torch.Tensor):
            if value.layout is not torch.strided or not value.is_cpu:
                seen.kinds |= {"tensor", "other"}  # memory of another kind: nothing is said
                return
            # What an attribute holds outlives the call, and others can reach it.
            aliased = bool(attributes) or _holders(value) not in self._alone
            self._note(seen, "tensor", str(value.dtype).removeprefix("torch."), tuple(value.shape))
            seen.aliased = seen.aliased or aliased or not value.untyped_storage().resizable()
            seen.parameter = seen.parameter or value.untyped_storage()._cdata in self._weights
        elif isinstance(value, (bool, int, float, complex)):
            self._note(seen, "number", type(value).__name__, ())
        else:
            seen.kinds.add("other")

    def _note(self, seen: _Seen, kind: str, dtype: str, shape: tuple[int, ...]) -> None:
        seen.kinds.add(kind)
        seen.dtypes.add(dtype)
        seen.ranks.add(len(shape))
        shapes = seen.shapes.setdefault(self.draw or 0, set())
        if len(shapes) < 2:  # more than one is "not one", however many
            shapes.add(shape)


def _member(value: Any, name: str) -> Any:
    """An attribute that is stored in the object; none that running code would have to compute."""
    own = getattr(value, "__dict__", {})
    tables = [own.get(table) or {} for table in ("_parameters", "_buffers", "_modules")]
    return next((table[name] for table in (own, *tables) if name in table), _ABSENT)


class _Lone(_Watch):
    """Learns what the holders of a tensor count to when one variable has it to itself, seen the way others are."""

    def __init__(self) -> None:
        code = _Lone.examples.__code__
        start = code.co_firstlineno
        wanted = [Reading(start, ("plain",)), Reading(start, ("view",))]
        super().__init__({code.co_filename: {line: wanted for _, _, line in code.co_lines() if line}}, set(), set())
        self.found: set[Holders] = set()

    def _look(self, key: tuple[str, Reading], value: Any) -> None:
        if isinstance(value, torch.Tensor):
            self.found.add(_holders(value))

    @staticmethod
    def examples() -> int:
        plain = torch.zeros(4)
        view = torch.zeros(4).view(2, 2)
        return plain.dim() + view.dim()


def facts(session: Session) -> dict[str, Any]:
    params = session.params
    places, draws = field(params, "places", list), field(params, "draws", list)
    failure, watch, varied = None, _Watch({}, set(), set()), set()
    try:
        session.load()
        watch = _watch_for(session, places)
        with session.stages.enter("inputs"):
            passes = _passes(session, draws)
        with session.stages.enter("eager"):
            varied = _run_all(session, watch, passes)
    except (BadRequest, SystemExit):
        raise
    except BaseException as error:  # a model that fails is a result
        failure = session.failure(error)
    notes = [f"nothing is known: {watch.problem}"] if watch.problem else []
    rows = [] if failure or watch.problem else _rows(session, watch, varied, len(draws))
    return {"ok": failure is None, "failure": failure, "facts": rows, "notes": notes}


def _watch_for(session: Session, places: list[Any]) -> _Watch:
    by_file: dict[str, dict[int, list[Reading]]] = {}
    for place in places:
        if not isinstance(place, dict) or not isinstance(place.get("lines"), list):
            raise BadRequest(f"not a place: {place!r}")
        file = getattr(sys.modules.get(str(place.get("module"))), "__file__", None)
        if not file or not session.files.inside(file):
            continue  # never imported: nothing of it runs
        text = session.overlay.text_of(file) or Path(file).read_text(encoding="utf-8")
        lines = {line for line in place["lines"][:_MOST_LINES] if isinstance(line, int)}
        by_file[file] = readings_at(text, lines)
    weights = {t.untyped_storage()._cdata for _, t in parameters_and_buffers(session.loaded.model)}
    lone = _Lone()
    with lone.on():
        lone.examples()
    return _Watch(by_file, weights, lone.found)


def _passes(session: Session, draws: list[Any]) -> list[tuple[int, Any, Tensors]]:
    """(number, model, inputs) for each draw that the model allows."""
    from adapt_harness.sources import DrawUnavailable

    found = []
    for number, draw in enumerate(draws):
        if not isinstance(draw, dict) or "seed" not in draw or "variant" not in draw:
            raise BadRequest(f"not a draw: {draw!r}")
        try:
            drawn = session.source.inputs(session.loaded, draw)
        except DrawUnavailable:
            continue
        values = {**drawn.constants, **session.settings("forward")}
        tensors = {name: tensor for name, tensor in drawn.tensors.items() if name not in values}
        found.append((number, session.flat_for(tensors, values), tuple(tensors.values())))
    if not found or found[0][0] != 0:
        raise BadRequest("the first draw is not available")
    return found


def _run_all(session: Session, watch: _Watch, passes: list[tuple[int, Any, Tensors]]) -> set[int]:
    """Runs every pass; the numbers of those that ended well and had inputs of different shapes, one for each."""
    state, sizes = ModuleState(session.loaded.model), {}
    for number, flat, tensors in passes:
        watch.draw = number
        try:
            with watch.on():
                run_eager(flat, tensors)
        except Exception:
            if number == 0:
                raise
            continue  # another size than the model takes: what was seen before it failed was seen
        finally:
            state.restore()
        sizes.setdefault(tuple(tuple(t.shape) for t in tensors), number)
    watch.draw = None
    with contextlib.suppress(Exception), torch.enable_grad(), watch.on():  # some models cannot: gradients stay unknown
        run_eager(*passes[0][1:])
    state.restore()
    return set(sizes.values())


def _rows(session: Session, watch: _Watch, varied: set[int], draws: int) -> list[dict[str, Any]]:
    rows = []
    for (file, reading), seen in watch.seen.items():
        if reading.ahead and (file, Reading(reading.line, reading.parts)) in watch.seen:
            continue  # some run came to the line itself
        if len(seen.kinds) != 1:
            continue  # sometimes a tensor, sometimes None: nothing holds always
        shapes = [seen.shapes.get(number, set()) for number in range(draws)]
        rows.append(
            {
                "module": session.files.module_of(file) or "",
                "line": reading.line,
                "name": reading.name,
                "kind": next(iter(seen.kinds)),
                "dtypes": sorted(seen.dtypes),
                "ranks": sorted(seen.ranks),
                "shapes": [list(next(iter(shape))) if len(shape) == 1 else None for shape in shapes],
                "static": seen.static(varied),
                "parameter": seen.parameter,
                "aliased": seen.aliased,
                "gradient": seen.gradient,
            }
        )
    return rows[:_MOST_FACTS]
