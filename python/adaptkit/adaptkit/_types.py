"""The plain values that adaptkit hands out. Offsets are bytes; lines count from 1, columns from 0 in bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._core import EditSet, Pattern


class Error(ValueError):
    """What was asked cannot be done; the message says why and, where something is near, what was meant.

    `kind` is one word: "usage", "parse" (text from outside is malformed), "budget" (a limit is used up), "io",
    "environment" or "interrupted".
    """

    __module__ = "adaptkit"

    def __init__(self, message: str, kind: str = "usage") -> None:
        super().__init__(message)
        self.kind = kind


class IncompleteSearch(UserWarning):
    """Part of what `find` was asked to search was left out: a file that cannot be read, code that is not Python."""

    __module__ = "adaptkit"


class Span(NamedTuple):
    """A half-open range of bytes of a UTF-8 source."""

    begin: int
    end: int


class Position(NamedTuple):
    """A place as Python's own `ast` gives it: line from 1, column from 0 in bytes."""

    line: int
    column: int


class Edit(NamedTuple):
    """The bytes of `span` are replaced by `text`; an empty span is an insertion."""

    span: Span
    text: str


class Sample(NamedTuple):
    """Code that a pattern carries: `changes` says whether it must become `after` or stay as it is."""

    name: str
    changes: bool
    module: str
    before: str
    after: str


class SampleFailure(NamedTuple):
    """A sample that does not come out as written. `line` is the pattern file's; `diff` goes from wanted to got."""

    sample: str
    line: int
    why: str
    diff: str


class Site(NamedTuple):
    """A place that was changed: the edit's name, the line before the change, the function around it or ""."""

    edit: str
    line: int
    function: str


class Refusal(NamedTuple):
    """A place that fits, where the edit cannot be made."""

    edit: str
    line: int
    reason: str


class Applied(NamedTuple):
    """What a pattern made of a text: `text` is of the type that was given, `diff` unified, "" when nothing changed."""

    text: str | bytes
    sites: list[Site]
    refused: list[Refusal]
    edits: EditSet
    diff: str


class Replay(NamedTuple):
    """How a mined pattern does on its own examples: `missing` and `wrong` are 0 when it gives all of them back."""

    files: int
    exact: int
    edits: int
    missing: int
    wrong: int
    notes: list[str]


class Mined(NamedTuple):
    """A pattern file that was learned, loaded, with the number of its rules and its replay."""

    text: str
    pattern: Pattern
    rules: int
    replay: Replay
