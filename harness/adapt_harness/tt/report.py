"""The findings about a module as an exception that reads like the compiler's, and as a file for readers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from adapt_harness.stablehlo import text
from adapt_harness.tt import kept, legality, memory
from adapt_harness.tt.legality import Finding

MODULE = "model.mlir"
FINDINGS = "findings.json"
_SHOWN = 16


class IllegalOperation(Exception):
    """Says "failed to legalize operation '<op>'", why, and the lines of Python that made it, innermost last."""

    failure_class = "legalize-failed"


class TooLarge(Exception):
    """Says "Out of Memory" with the bytes that the module holds and those that the chip has."""

    failure_class = "out-of-memory"


def _place(finding: Finding) -> str:
    frames = finding.operation.frames
    return f"{frames[-1].file}:{frames[-1].line}" if frames else f"{MODULE}:{finding.operation.line}"


def row(finding: Finding) -> dict[str, Any]:
    frames = [[frame.file, frame.line, frame.function] for frame in finding.operation.frames]
    return {
        "kind": finding.kind,
        "op": finding.op,
        "why": finding.why,
        "line": finding.operation.line,
        "frames": frames,
    }


def message(found: list[Finding]) -> str:
    first, *others = found
    lines = [f"failed to legalize operation '{first.op}': {first.why}"]
    if first.operation.frames:
        lines.append("from user code:")
        lines += [f'  File "{f.file}", line {f.line}, in {f.function or "?"}' for f in first.operation.frames]
    counted = Counter((other.op, other.why, _place(other)) for other in others)
    lines += [
        f"also {op} at {place}: {why}" + (f" ({times} times)" if times > 1 else "")
        for (op, why, place), times in counted.most_common(_SHOWN)
    ]
    if len(counted) > _SHOWN:
        lines.append(f"and {len(counted) - _SHOWN} places more, in {FINDINGS}")
    return "\n".join(lines)


def check(folder: str, arch: str | None = None) -> None:
    """Reads `folder`/model.mlir, writes findings.json beside it, raises IllegalOperation where the compiler would, and
    TooLarge where the memory of `arch` would not do; without one, where that of no chip would."""
    module = (Path(folder) / MODULE).read_text(encoding="utf-8")
    operations = text.read(module)
    found = legality.findings(operations)
    told = {
        "findings": [row(finding) for finding in found],
        "kept_whole": kept.calls(operations),
        "memory": memory.estimate(text.arguments_of(module), operations),
    }
    (Path(folder) / FINDINGS).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    illegal = [finding for finding in found if finding.kind == legality.ILLEGAL]
    if illegal:
        raise IllegalOperation(message(illegal))
    held = told["memory"]
    chips = held["chips"] if arch is None else {arch: held["chips"][arch]}
    if not any(chip["fits"] for chip in chips.values()):
        name, chip = max(chips.items(), key=lambda item: item[1]["dram"])
        raise TooLarge(
            f"Out of Memory: at least {held['arguments']} B of arguments and {held['peak']} B of values at once; "
            f"{name} has {chip['dram']} B of DRAM"
        )


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"


def summary(folder: str) -> list[str]:
    """What `check` found in `folder`, a line each: what runs on the host, narrowed types, composites, memory."""
    told = json.loads((Path(folder) / FINDINGS).read_text(encoding="utf-8"))
    lines = []
    hosted = Counter((one["op"], one["why"]) for one in told["findings"] if one["kind"] == legality.HOST)
    lines += [f"{op} in {times} places: {why}" for (op, why), times in hosted.items()]
    narrowed: dict[str, list[str]] = {}
    for one in told["findings"]:
        if one["kind"] == legality.DTYPE:
            narrowed.setdefault(one["why"], []).append(one["op"].removeprefix("stablehlo."))
    lines += [f"{why}: {', '.join(ops)}" for why, ops in narrowed.items()]
    if told["kept_whole"]:
        lines.append("kept whole: " + ", ".join(f"{name} ({times})" for name, times in told["kept_whole"].items()))
    held = told["memory"]
    lines.append(
        f"memory, at least: {_mib(held['arguments'])} of arguments and {_mib(held['peak'])} of values at once; "
        + ", ".join(
            f"{'fits' if chip['fits'] else 'does not fit'} the {_mib(chip['dram'])} of DRAM of {arch}"
            for arch, chip in held["chips"].items()
        )
    )
    return lines
