"""Which operations stand for a call that the compiler takes whole: the frames that `front_end.mark_kept` adds say it."""

from __future__ import annotations

import re
from collections import Counter

from adapt_harness.graph import Place
from adapt_harness.stablehlo.text import Operation

_FRAME = re.compile(r"<kept whole: ([\w.]+)>$")


def composite(frame: Place) -> str | None:
    """The composite's name, where the frame is such a mark."""
    found = _FRAME.match(frame.file)
    return found[1] if found else None


def is_kept(operation: Operation) -> bool:
    return any(composite(frame) for frame in operation.frames)


def calls(operations: list[Operation]) -> dict[str, int]:
    """How many calls of each composite the module holds, by name."""
    marks = {(name, frame.line) for op in operations for frame in op.frames if (name := composite(frame))}
    return dict(sorted(Counter(name for name, _ in marks).items()))
