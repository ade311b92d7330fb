"""What is asked and what is answered, in no provider's format."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

STOPS = ("end", "tool", "length", "context", "pause", "stop_sequence", "refusal", "malformed")


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Call:
    name: str
    arguments: str  # JSON text; a persona may write what is no JSON
    id: str = ""  # given by the server when it says the call
    signature: str = ""  # Gemini's thought signature, which lies on the call


@dataclass(frozen=True)
class Reasoning:
    text: str  # may be empty: a signature alone has to come back as well
    signature: str = ""
    id: str = ""
    redacted: bool = False


Part = Text | Call | Reasoning


def call(name: str, **arguments: Any) -> Call:
    return Call(name, json.dumps(arguments, ensure_ascii=False))


@dataclass(frozen=True)
class Reply:
    """What a persona wants said. Without `stop` it follows from the parts."""

    parts: tuple[Part, ...]
    stop: str = ""

    @property
    def how_it_stops(self) -> str:
        return self.stop or ("tool" if self.calls else "end")

    @property
    def calls(self) -> list[Call]:
        return [part for part in self.parts if isinstance(part, Call)]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))


def say(text: str, *calls: Call, stop: str = "", thought: str | None = None) -> Reply:
    parts: list[Part] = [] if thought is None else [Reasoning(thought)]
    if text:
        parts.append(Text(text))
    return Reply((*parts, *calls), stop)


@dataclass(frozen=True)
class Offer:
    """A tool that the request offers. `parameters` is a JSON Schema of an object."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def properties(self) -> dict[str, Any]:
        return self.parameters.get("properties") or {}

    @property
    def required(self) -> list[str]:
        return list(self.parameters.get("required") or [])


@dataclass(frozen=True)
class UserText:
    text: str


@dataclass(frozen=True)
class Assistant:
    parts: tuple[Part, ...]

    @property
    def calls(self) -> list[Call]:
        return [part for part in self.parts if isinstance(part, Call)]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True)
class Result:
    call_id: str
    text: str
    is_error: bool = False
    name: str = ""


@dataclass(frozen=True)
class Results:
    results: tuple[Result, ...]


Message = UserText | Assistant | Results


@dataclass(frozen=True)
class Segment:
    """A piece of the prompt in the order in which prefixes are cached, with its cache marker: "", "5m" or "1h"."""

    text: str
    marker: str = ""


@dataclass(frozen=True)
class Request:
    dialect: str
    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[Offer, ...]
    segments: tuple[Segment, ...]
    head: int = 0  # how many segments stand before the first message: tools and system text
    choice: str = "auto"  # auto, none, required or a tool's name
    stream: bool = False
    stream_usage: bool = True
    output_cap: int | None = None

    @property
    def turns(self) -> list[Assistant]:
        return [message for message in self.messages if isinstance(message, Assistant)]

    def answered(self) -> list[tuple[Call, Result]]:
        """Calls of the history with what came of them, in order."""
        pairs: list[tuple[Call, Result]] = []
        for before, after in zip(self.messages, self.messages[1:]):
            if isinstance(before, Assistant) and isinstance(after, Results):
                pairs += zip(before.calls, after.results)
        return pairs

    def offer(self, name: str) -> Offer | None:
        return next((tool for tool in self.tools if tool.name == name), None)
