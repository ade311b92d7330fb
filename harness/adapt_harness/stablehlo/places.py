"""Which lines of Python an operation comes from, as its location in the text says.

torch_xla writes a node's metadata as JSON into a location's name, in MLIR's escapes; other producers write what they
like, and then there are no frames.
"""

from __future__ import annotations

import json
import re

from adapt_harness.graph import Place, places

_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{2}|.)")
_METADATA = re.compile(r"(?:<XLA_MLIR_DEBUGINFO_BEGIN>)?(\{.*\})", re.S)


def _plain(escaped: str) -> str:
    """An MLIR string without its escapes."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if len(m[1]) == 2 else m[1], escaped)


def frames_of(location: str) -> tuple[Place, ...]:
    """Frames of a location's name, outermost first; none where it holds no metadata of torch_xla."""
    found = _METADATA.search(_plain(location))
    if not found:
        return ()
    try:
        metadata = json.loads(found[1])
    except ValueError:
        return ()
    trace = metadata.get("stack_trace") if isinstance(metadata, dict) else None
    return tuple(reversed(places(trace))) if isinstance(trace, str) else ()
