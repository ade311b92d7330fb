"""Python syntax trees, edits that cannot corrupt a file, and patterns that find, repair and are learned.

Text goes in as `str`, `bytes` or a `Document`. All spans are bytes of the UTF-8 source, whatever went in; bytes that
are not UTF-8 are shown as `surrogateescape` does, and come back as they were. Whatever cannot be done raises `Error`.
"""

from pathlib import Path as _Path

from . import _core
from ._core import Document, EditSet, Match, Node, Pattern, Query, __version__, apply, find, library, mine
from ._types import (
    Applied,
    Edit,
    Error,
    IncompleteSearch,
    Mined,
    Position,
    Refusal,
    Replay,
    Sample,
    SampleFailure,
    Site,
    Span,
)

__all__ = [
    "Applied",
    "Document",
    "Edit",
    "EditSet",
    "Error",
    "IncompleteSearch",
    "Match",
    "Mined",
    "Node",
    "Pattern",
    "Position",
    "Query",
    "Refusal",
    "Replay",
    "Sample",
    "SampleFailure",
    "Site",
    "Span",
    "__version__",
    "apply",
    "find",
    "library",
    "mine",
]

_core._use_data_folder(_Path(__file__).parent / "data")
