"""How much of a device's memory a module would fill, from its types alone.

An estimate from below: every value once, freed after its last use, without the compiler's own buffers, copies and
layouts. What does not fit by this does not fit. Nothing is rounded up to tiles: the compiler chooses the layout, and
keeps the kernel of a convolution, 3 by 3 numbers that would fill a tile each, in another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapt_harness.stablehlo.text import Operation, Tensor

# Of one number in the type that the device holds it in; 1 for all others.
_FOUR = ("f64", "f32", "i64", "ui64", "i32", "ui32")
_TWO = ("f16", "bf16", "i16", "ui16", "i1")
_BYTES = dict.fromkeys(_FOUR, 4) | dict.fromkeys(_TWO, 2)


@dataclass(frozen=True)
class Arch:
    """One chip of a board; bytes."""

    dram: int
    l1: int  # of each core


ARCHES = {
    "n150": Arch(12 << 30, 1_499_136),
    "p150": Arch(32 << 30, 1_572_864),
}


def bytes_of(tensor: Tensor) -> int:
    """In the type that the device holds; 0 where a size is not known."""
    if tensor.elements is None:
        return 0
    complex_of = tensor.dtype.removeprefix("complex<").removesuffix(">")
    each = _BYTES.get(complex_of, 1) * (2 if complex_of != tensor.dtype else 1)
    return tensor.elements * each


def peak_of(operations: list[Operation]) -> tuple[int, Operation | None]:
    """The most bytes that values made by operations fill at once, and the operation where that is."""
    last_use = {value.split("#")[0]: at for at, op in enumerate(operations) for value in op.operands}
    live: dict[str, int] = {}
    peak, place = 0, None
    for at, op in enumerate(operations):
        if op.result:
            live[op.result] = sum(map(bytes_of, op.result_types))
        held = sum(live.values())
        if held > peak:
            peak, place = held, op
        live = {name: size for name, size in live.items() if last_use.get(name, -1) > at}
    return peak, place


def estimate(arguments: list[Tensor], operations: list[Operation]) -> dict[str, Any]:
    """Bytes of arguments (parameters, buffers, inputs) and of values between, and what each chip has."""
    held = sum(map(bytes_of, arguments))
    peak, place = peak_of(operations)
    largest = max((bytes_of(t) for op in operations for t in op.result_types), default=0)
    return {
        "arguments": held,
        "peak": peak,
        "peak_op": place.name if place else None,
        "peak_line": place.line if place else None,
        "largest_value": largest,
        "chips": {
            name: {"dram": arch.dram, "l1_per_core": arch.l1, "fits": held + peak <= arch.dram}
            for name, arch in ARCHES.items()
        },
    }
