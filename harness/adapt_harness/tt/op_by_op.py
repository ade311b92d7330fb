"""What tt-torch's op-by-op depths found out: each operator tried alone, and how far it came."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEPTHS = {"COMPILE_OP_BY_OP": 6, "EXECUTE_OP_BY_OP": 7}  # and the status of an operator that got through
_STATUS = (
    "not started", "graph made", "converted to torch IR", "converted to torch backend IR", "converted to StableHLO",
    "converted to TTIR", "converted to TTNN", "executed",
)  # fmt: skip
_MOST_BYTES, _MOST_FILES, _MOST_TOLD = 64 << 20, 16, 20


class OperatorsFailed(Exception):
    """Operators that do not get through by themselves."""

    failure_class = "unsupported-op"


@dataclass(frozen=True)
class Operator:
    name: str
    shapes: str
    status: int
    error: str  # its first line; "" where tt-torch kept none
    pcc: str

    def __str__(self) -> str:
        said = f"{self.name} on {self.shapes} was {_STATUS[self.status]} and no further"
        return f"{said}: {self.error}" if self.error else said


def _operator(row: dict[str, Any]) -> Operator:
    lines = str(row.get("runtime_stack_dump") or "").strip().splitlines()
    status = row.get("compilation_status")
    return Operator(
        str(row.get("framework_op_name") or row.get("torch_name") or "?"),
        ", ".join(map(str, row.get("input_shapes") or [])),
        status if isinstance(status, int) and 0 <= status < len(_STATUS) else 0,
        lines[0][:400] if lines else "",
        str(row.get("pcc") or ""),
    )


def read(folder: Path) -> list[Operator]:
    """Of all results below `folder`; a file that cannot be read says so in place of operators."""
    found = []
    for path in sorted(folder.rglob("*_unique_ops.json"))[:_MOST_FILES]:
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError(f"over {_MOST_BYTES} bytes")
            rows = json.loads(path.read_text(encoding="utf-8", errors="replace"))
            found += [_operator(row) for row in rows.values() if isinstance(row, dict)]
        except (OSError, ValueError, AttributeError) as error:
            print(f"op by op: {path.name} cannot be read: {error}", file=sys.stderr)
    return found


def report(folder: Path, depth: str) -> None:
    """Tells the log of every operator that did not get through; raises OperatorsFailed where there is one."""
    operators = read(folder)
    stopped = [operator for operator in operators if operator.status < DEPTHS[depth]]
    for operator in stopped[:_MOST_TOLD]:
        print(f"op by op: {operator}", file=sys.stderr)
    print(f"op by op: {len(operators) - len(stopped)} of {len(operators)} operators got through", file=sys.stderr)
    if not operators:
        raise OperatorsFailed(f"{depth} left no results below {folder}")
    if stopped:
        told = "; ".join(map(str, stopped[:_MOST_TOLD]))
        raise OperatorsFailed(f"{len(stopped)} of {len(operators)} operators fail alone: {told}")
