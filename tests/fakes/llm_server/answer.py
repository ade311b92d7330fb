"""An answer on its way out: head, events or body, and how its bytes end. Faults change these values, never the socket."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def encoded(text: str) -> bytes:
    """Halves of surrogate pairs, which UTF-8 does not have, as the escapes that JSON has for them."""
    return text.encode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Event:
    """One server-sent event. `spoken` is the generated text that it carries: what is billed once it was sent."""

    data: Any  # a JSON value; text is sent as it is ("[DONE]")
    name: str = ""
    spoken: str = ""
    role: str = "delta"  # start, delta, finish, usage, done

    def encode(self, newline: str = "\n") -> bytes:
        text = self.data if isinstance(self.data, str) else dump(self.data)
        lines = [f"event: {self.name}"] if self.name else []
        lines += [f"data: {line}" for line in text.split("\n")]
        return encoded(newline.join([*lines, "", ""]))


@dataclass(frozen=True)
class Pause:
    """Before event number `before`: nothing for `seconds`, or a comment line every `heartbeat` seconds."""

    before: int
    seconds: float
    heartbeat: float = 0.0


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    body: bytes = b""
    events: tuple[Event, ...] | None = None  # a stream in place of `body`
    prologue: bytes = b""  # sent before the body or the first event
    newline: str = "\n"
    piece: int = 0  # bytes of one chunk; 0: an event a chunk
    cut_after_bytes: int | None = None
    cut_after_events: int | None = None
    ending: str = "clean"  # or how it is cut: "close" (in the middle), "reset" (RST), "close_delimited" (HTTP/1.0, no length)
    pauses: tuple[Pause, ...] = field(default=())
    delay: float = 0.0  # seconds before the head

    def with_events(self, events: list[Event]) -> "Answer":
        return replace(self, events=tuple(events))

    @property
    def cut_early(self) -> bool:
        return self.cut_after_bytes is not None or self.cut_after_events is not None


def json_answer(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status=status, headers=headers, body=encoded(dump(value)))


def stream_answer(events: list[Event], headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(content_type="text/event-stream; charset=utf-8", headers=headers, events=tuple(events))
