"""Reads StableHLO text into operations, line by line and without an MLIR library.

Covers what MLIR's printer gives, in the pretty and in the generic form, with and without locations. It is no parser:
what is not understood of a line is left out, and an operation that is not understood is still named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterator

from adapt_harness.graph import Place
from adapt_harness.stablehlo.places import frames_of

MAX_BYTES = 512 << 20
MAX_DEPTH = 64

_OPERATION = re.compile(r'^(?:(%[\w.$-]+)(?::\d+)? = )?"?([a-z_]\w*\.[a-z_]\w*)"?')
_VALUE = re.compile(r"%[\w.$-]+(?:#\d+)?")
_TENSOR = re.compile(r"tensor<((?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*)>")
_APPLIES = re.compile(r" applies ([a-z_]\w*\.[a-z_]\w*) ")
_LOCATION = re.compile(
    r'\s(?:loc\()?(?:"((?:[^"\\]|\\.)*)"(?:\(#loc\d*\))?|(#loc\d*)|\[(?:unknown|#loc[^\]]*)\]|unknown)\)?$'
)
_VALUE_OF_ATTRIBUTE = r"(array<[^>]*>|dense<[^>]*>|\[[^\]]*\](?:\]|, \[[^\]]*\])*|[^\s,}>]+)"
_ALIAS = re.compile(r'^(#loc\d*) = (?:loc\()?"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Tensor:
    """A type: None stands for a size that is not known. `dtype` is MLIR's word: f32, bf16, i64, i1, complex<f32>."""

    shape: tuple[int | None, ...]
    dtype: str

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def elements(self) -> int | None:
        count = 1
        for size in self.shape:
            if size is None:
                return None
            count *= size
        return count


@dataclass
class Operation:
    name: str  # "stablehlo.add"
    line: int  # of the text, from 1
    result: str | None = None
    text: str = ""  # of the line, without its location
    operands: tuple[str, ...] = ()
    operand_types: tuple[Tensor, ...] = ()
    result_types: tuple[Tensor, ...] = ()
    frames: tuple[Place, ...] = ()
    body: list["Operation"] = field(default_factory=list)  # operations of its regions

    def attribute(self, name: str) -> str | None:
        """The text of an attribute, as printed: "[1, 1]", "array<i64: 1, 1>", "RNG_DISTRIBUTION"."""
        found = re.search(rf"\b{name} = {_VALUE_OF_ATTRIBUTE}", self.text)
        return found[1] if found else None


def tensors_in(text: str) -> tuple[Tensor, ...]:
    return tuple(_tensor(inner) for inner in _TENSOR.findall(text))


def _tensor(inner: str) -> Tensor:
    described = inner.split(",")[0].strip()  # an encoding may follow
    sizes, dtype = [], described
    while (found := re.match(r"(\d+|\?)x", dtype)) is not None:
        sizes.append(None if found[1] == "?" else int(found[1]))
        dtype = dtype[found.end() :]
    return Tensor(tuple(sizes), dtype)


def _types(signature: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    operands, arrow, results = signature.rpartition("->")
    if arrow:
        return tensors_in(operands), tensors_in(results)
    all_types = tensors_in(signature)
    return all_types, all_types[-1:]


def _aliases(lines: list[str]) -> dict[str, str]:
    return {found[1]: found[2] for line in lines if line.startswith("#loc") and (found := _ALIAS.match(line))}


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._aliases = _aliases(lines)
        self._known: dict[str, tuple[Place, ...]] = {}
        self.top: list[Operation] = []
        self._open: list[tuple[Operation | None, list[Operation]]] = []  # whose region, and what stands in it

    def _here(self) -> list[Operation]:
        return self._open[-1][1] if self._open else self.top

    def _frames(self, location: re.Match[str] | None) -> tuple[Place, ...]:
        if location is None:
            return ()
        name = location[1] if location[1] is not None else self._aliases.get(location[2] or "")
        if name is None:
            return ()
        if name not in self._known:  # many operations share one
            self._known[name] = frames_of(name)
        return self._known[name]

    def read(self) -> list[Operation]:
        for number, raw in enumerate(self._lines, 1):
            line = raw.strip()
            if not line or line.startswith(("#", "//", "^")):
                continue
            location = _LOCATION.search(line)
            self._take(line[: location.start()].rstrip() if location else line, number, self._frames(location))
        return self.top

    def _take(self, line: str, number: int, frames: tuple[Place, ...]) -> None:
        owner: Operation | None = None
        if line.startswith("}") and self._open:
            owner, _ = self._open.pop()
            self._close(owner, line, frames)
        found = _OPERATION.match(line)
        if found and not line.startswith(("module", "func.")):
            owner = self._operation(found, line, number, frames)
            self._here().append(owner)
        elif owner is None and line.endswith("{") and not line.startswith(("module", "func.")):
            owner = self._here()[-1] if self._here() else None  # "reducer(..) {", "cond {"
        if line.endswith("{"):
            if len(self._open) >= MAX_DEPTH:
                raise ValueError(f"line {number}: regions are nested deeper than {MAX_DEPTH}")
            self._open.append((owner, owner.body if owner is not None else self._here()))

    def _close(self, owner: Operation | None, line: str, frames: tuple[Place, ...]) -> None:
        if owner is None:
            return
        owner.frames = owner.frames or frames
        _, colon, signature = line.partition(" : ")
        if colon:
            owner.operand_types, owner.result_types = _types(signature)

    def _operation(self, found: re.Match[str], line: str, number: int, frames: tuple[Place, ...]) -> Operation:
        before, colon, signature = line.rpartition(" : ")
        made = Operation(found[2], number, found[1], line, frames=frames)
        if colon and not line.endswith("{"):
            made.operand_types, made.result_types = _types(signature)
        inside = (before or line)[found.end() :]
        made.operands = tuple(_VALUE.findall(inside))
        if applies := _APPLIES.search(line):
            made.body.append(Operation(applies[1], number, None, applies[1]))
        return made


def read(text: str) -> list[Operation]:
    """The operations of all functions, in their order. Raises ValueError on a text that is too large or too deep."""
    if len(text) > MAX_BYTES:
        raise ValueError(f"a module of {len(text)} bytes; {MAX_BYTES} is the limit")
    return _Reader(text.split("\n")).read()


def arguments_of(text: str) -> list[Tensor]:
    """Types of what the first public function takes."""
    for line in text.split("\n"):
        if line.lstrip().startswith("func.func") and " private " not in line:
            taken = line.partition("(")[2].partition(") -> ")[0]
            return list(tensors_in(taken))
    return []


def walk(operations: list[Operation]) -> Iterator[Operation]:
    """Every operation, those in regions behind the one they belong to."""
    for operation in operations:
        yield operation
        yield from walk(operation.body)
