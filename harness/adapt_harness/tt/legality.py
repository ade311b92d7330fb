"""Which operations of a StableHLO module tt-mlir would not take, and what it would do to the rest.

A reading of the compiler's rules (ttmlir_ops.tsv and the conditions below), not the compiler: what is found here fails
there; what is not found may still fail, in a rule that is not written down, in memory or at run time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Callable

from adapt_harness.stablehlo.text import Operation, Tensor
from adapt_harness.tt import kept

ILLEGAL = "illegal"  # the compiler refuses it
HOST = "host"  # runs on the host: right, and slow
DTYPE = "dtype"  # computed in another type than the model asks for


@dataclass(frozen=True)
class Finding:
    kind: str
    operation: Operation
    why: str

    @property
    def op(self) -> str:
        return self.operation.name


class Module:
    """Operations of a module, and which of them made a value."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations
        self._made = {op.result: op for op in operations if op.result}

    def source(self, value: str) -> Operation | None:
        """What made a value, seen through operations that only move it."""
        for _ in range(64):
            made = self._made.get(value.split("#")[0])
            if made is None or made.name not in _MOVES or not made.operands:
                return made
            value = made.operands[0]
        return None


_MOVES = {f"stablehlo.{name}" for name in ("broadcast_in_dim", "reshape", "convert", "transpose")}


@cache
def table() -> dict[str, tuple[str, str]]:
    """Operation without its dialect -> (status, why)."""
    rows = {}
    for line in (Path(__file__).parent / "ttmlir_ops.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            op, status, why = (line.split("\t") + [""])[:3]
            rows[op] = (status, why)
    return rows


def _body(operation: Operation) -> list[str]:
    """Names of what a region computes, without its end."""
    return [op.name.split(".")[1] for op in operation.body if not op.name.endswith(".return")]


# The larger value, and of equals the earlier index.
_ARG_EXTREME = {"compare", "select", "minimum", "or", "and", "maximum"}
_SELECTS_BOOL = {"or", "and", "select"}  # torch_xla's `any` and `all`


def _reduce(op: Operation, module: Module) -> str | None:
    body, types = _body(op), op.operand_types
    if len(op.result_types) == 2:
        return None if body and set(body) <= _ARG_EXTREME else f"two results and {_listed(body)} is no arg-max"
    is_bool = bool(types) and types[0].dtype == "i1"
    if is_bool and body and set(body) <= _SELECTS_BOOL and len(body) <= 2:
        return None
    if len(body) != 1 or body[0] not in ("add", "maximum", "minimum", "multiply", "and", "or"):
        return f"reduces by {_listed(body)}; one of add, maximum, minimum, multiply, and, or is taken"
    if body[0] in ("and", "or") and not is_bool:
        return f"reduces numbers by {body[0]}, which is for booleans"
    return None


def _reduce_window(op: Operation, module: Module) -> str | None:
    body = _body(op)
    if len(body) != 1 or body[0] not in ("add", "maximum", "multiply"):
        return f"windows are reduced by {_listed(body)}; one of add, maximum, multiply is taken"
    dilation = op.attribute("base_dilations")
    if dilation and set(_numbers(dilation)) - {1}:
        return "the base is dilated"
    rank = op.operand_types[0].rank if op.operand_types else 0
    if rank > 5 or (rank == 5 and body[0] != "maximum"):
        return f"windows over {rank} dimensions by {body[0]}"
    return None


def _scatter(op: Operation, module: Module) -> str | None:
    body = _body(op)
    if len(op.result_types) > 1:
        return f"{len(op.result_types)} tensors are scattered to at once"
    if body and (len(body) != 1 or body[0] not in ("add", "multiply", "minimum", "maximum")):
        taken = "one of add, multiply, minimum, maximum, or replacing, is taken"
        return f"updates are combined by {_listed(body)}; {taken}"
    return None


def _select_and_scatter(op: Operation, module: Module) -> str | None:
    body = _body(op)
    return None if body in (["compare", "add"], ["compare"]) else f"selects and scatters by {_listed(body)}"


def _pad(op: Operation, module: Module) -> str | None:
    made = module.source(op.operands[1]) if len(op.operands) > 1 else None
    return None if made is not None and made.name == "stablehlo.constant" else "the value that fills is not a constant"


def _sort(op: Operation, module: Module) -> str | None:
    body = _body(op)
    compares = [one for one in op.body if one.name == "stablehlo.compare"]
    if compares and any(word in compares[0].text for word in (" LT", " GT", " LE", " GE")):
        return None
    return f"the order of sorting cannot be told from {_listed(body)}"


def _rng(op: Operation, module: Module) -> str | None:
    if "UNIFORM" not in op.text:
        return "only uniform random numbers are taken"
    made = [module.source(value) for value in op.operands[:2]]
    if any(one is None or one.name != "stablehlo.constant" for one in made):
        return "the bounds of the random numbers are not constants"
    return None


def _convolution(op: Operation, module: Module) -> str | None:
    rank = op.operand_types[0].rank if op.operand_types else 4
    if rank > 5:
        return f"a convolution over {rank - 2} dimensions"
    if rank < 5:
        return None
    if (groups := op.attribute("feature_group_count")) not in (None, "1"):
        return f"a convolution over three dimensions in {groups} groups"
    if any(set(_numbers(text)) - {1} for name in ("lhs_dilate", "rhs_dilate") if (text := op.attribute(name))):
        return "a convolution over three dimensions with dilation"
    pads = _numbers(op.attribute("pad") or "")
    if any(low != high for low, high in zip(pads[::2], pads[1::2])):
        return "a convolution over three dimensions that pads two sides differently"
    return None


_CALLS = {
    "mhlo.erf",
    "mhlo.asinh",
    "mhlo.topk",
    "Sharding",
    "SPMDFullToShardShape",
    "SPMDShardToFullShape",
}


def _custom_call(op: Operation, module: Module) -> str | None:
    pretty = op.text.partition("@")[2].partition("(")[0].strip()
    target = (pretty or op.attribute("call_target_name") or "?").strip('"')
    return None if target in _CALLS or target.startswith("tt.") else f"no such call is known: {target}"


_CONDITIONS: dict[str, Callable[[Operation, Module], str | None]] = {
    "convolution": _convolution,
    "custom_call": _custom_call,
    "pad": _pad,
    "reduce": _reduce,
    "reduce_window": _reduce_window,
    "rng": _rng,
    "scatter": _scatter,
    "select_and_scatter": _select_and_scatter,
    "sort": _sort,
}

_NARROWED = {
    "f64": "f32",
    "i64": "i32, and arithmetic on it may round above 256",
    "ui64": "ui32",
    "f16": "bf16",
}
_HELD = {"f32", "bf16", "i32", "ui32", "i16", "ui16", "i8", "ui8", "i1", "index", *_NARROWED}


def _listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "") if names else "nothing"


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", text.partition(":")[2] if ":" in text else text)]


def _types_of(operation: Operation) -> list[Tensor]:
    return [*operation.result_types, *operation.operand_types]


def _illegal(operation: Operation, module: Module) -> str | None:
    dialect, _, name = operation.name.partition(".")
    for tensor in _types_of(operation):
        if None in tensor.shape:
            return "a size is known only at run time"
        if tensor.dtype not in _HELD and not tensor.dtype.startswith("complex<"):
            return f"there is no type {tensor.dtype} on the device"
    if dialect != "stablehlo":
        return None if dialect in ("func", "sdy", "chlo", "builtin") else f"the dialect {dialect} is not taken"
    if name == "return":
        return None
    status, why = table().get(name, ("illegal", "it is not in the table"))
    if status == "illegal":
        return why
    condition = _CONDITIONS.get(name)
    return condition(operation, module) if condition and status == "converted" else None


def findings(operations: list[Operation]) -> list[Finding]:
    """In the order of the text, without what stands for a call that the compiler takes whole; narrowed types once for
    each type and operation that brings it in."""
    module = Module(operations)
    found: list[Finding] = []
    narrowed: set[tuple[str, str]] = set()
    for operation in operations:
        if kept.is_kept(operation):
            continue
        if why := _illegal(operation, module):
            found.append(Finding(ILLEGAL, operation, why))
        elif operation.name.startswith("stablehlo.") and table()[operation.name.partition(".")[2]][0] == "hoisted":
            found.append(Finding(HOST, operation, table()[operation.name.partition(".")[2]][1]))
        for tensor in operation.result_types:
            key = (tensor.dtype, operation.name)
            if tensor.dtype in _NARROWED and key not in narrowed:
                narrowed.add(key)
                found.append(Finding(DTYPE, operation, f"{tensor.dtype} becomes {_NARROWED[tensor.dtype]}"))
    return found
