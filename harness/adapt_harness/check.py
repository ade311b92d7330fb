"""`check`: one function in two versions on the same drawn inputs (PROTOCOL.md section 6.3).

What each returns and what it leaves in its inputs is written to files; whoever asked compares them.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Callable

import torch

from adapt_harness import arrays
from adapt_harness.errors import message_of
from adapt_harness.flat import unfold
from adapt_harness.limits import seed_everything
from adapt_harness.protocol import BadRequest, field
from adapt_harness.session import Session

_VERSIONS = ("before", "after")


class _Reached:
    """Notes which of some lines of a file run, so that a check that never gets to the changed code is found out."""

    def __init__(self, file: str, lines: set[int]):
        self._file = file
        self._lines = lines
        self.any = False

    def __enter__(self) -> "_Reached":
        self._previous = sys.gettrace()
        sys.settrace(self._on_call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._previous)

    def _on_call(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        return self._on_line if frame.f_code.co_filename == self._file else None

    def _on_line(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        self.any = self.any or frame.f_lineno in self._lines
        return self._on_line


def _changed_lines(before: str, after: str) -> tuple[set[int], set[int]]:
    """Numbers of the lines that only the one and only the other text has."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    changed: tuple[set[int], set[int]] = (set(), set())
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            changed[0].update(range(a + 1, b + 1))
            changed[1].update(range(c + 1, d + 1))
    return changed


def _fill(generator: torch.Generator, spec: dict[str, Any]) -> torch.Tensor:
    """The values of one input as float64 or bool, flat."""
    shape = field(spec, "shape", list)
    count = 1
    for size in shape:
        count *= size
    kind, low, high = field(spec, "fill", str), field(spec, "low", (int, float)), field(spec, "high", (int, float))
    if kind == "normal":
        return torch.randn(count, generator=generator, dtype=torch.float64)
    if kind == "uniform":
        return torch.rand(count, generator=generator, dtype=torch.float64) * (high - low) + low
    if kind == "integers":
        return torch.randint(int(low), int(high), (count,), generator=generator).to(torch.float64)
    if kind == "values":
        return torch.tensor(field(spec, "values", list), dtype=torch.float64)
    if kind == "range":
        return torch.arange(count, dtype=torch.float64)
    if kind == "distinct":
        return torch.randperm(count, generator=generator).to(torch.float64)
    if kind in ("some", "mixed"):
        mask = torch.rand(count, generator=generator) < 0.5
        if count > 1:  # both sorts, whatever the numbers say
            mask[:2] = torch.tensor([True, False])
            mask = mask[torch.randperm(count, generator=generator)]
        return mask
    if kind in ("all", "none"):
        return torch.full((count,), kind == "all")
    raise BadRequest(f"unknown fill '{kind}'")


def _draw(seed: int, specs: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    inputs = {}
    for spec in specs:
        values = _fill(generator, spec)
        dtype = getattr(torch, field(spec, "dtype", str))
        for name, special in (("nan", (float("nan"),)), ("inf", (float("inf"), float("-inf")))):
            if spec.get(name) and values.numel():
                places = torch.randperm(values.numel(), generator=generator)[: max(values.numel() // 8, 1)]
                values[places] = torch.tensor(special, dtype=torch.float64)[torch.arange(len(places)) % len(special)]
        if dtype.is_complex:
            values = torch.complex(values, torch.randn(values.shape, generator=generator, dtype=torch.float64))
        inputs[field(spec, "name", str)] = values.to(dtype).reshape(field(spec, "shape", list))
    return inputs


def _load(path: Path, name: str) -> dict[str, Any]:
    """The globals of the module at `path`, run under the name `name`."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # for decorators that look their function's module up
    spec.loader.exec_module(module)
    return vars(module)


def _run_one(run: Callable[..., Any], seed: int, specs: list[dict[str, Any]], path: str) -> dict[str, Any]:
    inputs = _draw(seed, specs)
    seed_everything(seed)
    try:
        returned = run(**inputs)
    except Exception as error:  # whether both versions raise the same is for the judge
        return {"raised": type(error).__name__, "message": message_of(error)[:2000]}
    leaves, tree = unfold({"returned": returned, "inputs": inputs})
    arrays.write_outputs(path, [name for name, _ in leaves], [tensor for _, tensor in leaves], tree)
    return {"raised": None, "message": ""}


def check(session: Session) -> dict[str, Any]:
    params = session.params
    paths = [Path(field(params, version, str)).resolve() for version in _VERSIONS]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    draws = field(params, "draws", list)
    failure, answers, reached = None, [], False
    try:
        runs = []
        watches = [_Reached(str(path), lines) for path, lines in zip(paths, _changed_lines(*texts))]
        with session.stages.enter("load"):
            for path, version, watch in zip(paths, _VERSIONS, watches):
                with watch:
                    runs.append(_load(path, f"check_{version}")["run"])
            # On import new helpers are only defined; an old decorator or import that is gone has done its work.
            reached = watches[0].any
        with session.stages.enter("run"):
            for draw in draws:
                answer = {}
                for version, run, watch in zip(_VERSIONS, runs, watches):
                    with watch:
                        answer[version] = _run_one(run, draw["seed"], draw["inputs"], field(draw, version, str))
                    reached = reached or watch.any
                answers.append(answer)
    except (BadRequest, SystemExit):
        raise
    except Exception as error:
        failure = session.failure(error)
    return {"ok": failure is None, "failure": failure, "reached": reached, "draws": answers}
