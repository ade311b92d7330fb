"""What the dialects share: the shape of one, and the words for what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llm_server.answer import Event
from llm_server.conversation import Call, Offer, Reasoning, Reply, Request, Text
from llm_server.ledger import Usage
from llm_server.rules import Rules

PIECE = 12  # characters of one delta
CREATED = 1_790_000_000  # seconds; a fixed time, so that equal requests get equal bytes
MODEL = "scripted-1"


class Bad(Exception):
    """A request that the provider would refuse with 400."""


@dataclass(frozen=True)
class Trouble:
    """An error in no provider's shape. `kind`: invalid_request, authentication, permission, billing, not_found,
    too_large, rate_limit, overloaded, server, context."""

    status: int
    kind: str
    message: str
    code: str = ""


@dataclass(frozen=True)
class Said:
    """A reply with its identifiers, as it leaves."""

    reply: Reply
    usage: Usage
    id: str
    request_id: str
    model: str

    @property
    def stop(self) -> str:
        return self.reply.how_it_stops


class Dialect:
    name = ""
    key_header = "authorization"
    cached_by_markers = False
    reasoning_required = True  # reasoning that was said has to come back

    def parse(self, body: Mapping[str, Any], path: str) -> Request:
        raise NotImplementedError

    def complaints(self, body: Mapping[str, Any], path: str, headers: Mapping[str, str], rules: Rules) -> Iterator[str]:
        raise NotImplementedError

    def identify(self, reply: Reply, number: int, rules: Rules) -> Reply:
        """Gives calls and reasoning what the dialect marks them with."""
        raise NotImplementedError

    def message_id(self, number: int) -> str:
        raise NotImplementedError

    def whole(self, said: Said) -> Any:
        raise NotImplementedError

    def events(self, said: Said, request: Request) -> list[Event]:
        raise NotImplementedError

    def error(self, trouble: Trouble, request_id: str) -> Any:
        raise NotImplementedError

    def error_event(self, trouble: Trouble, request_id: str) -> Event:
        """The same in the middle of a stream."""
        return Event(self.error(trouble, request_id), role="finish")

    def response_headers(self, request_id: str) -> tuple[tuple[str, str], ...]:
        return (("x-request-id", request_id),)


def pieces(text: str, size: int = PIECE) -> list[str]:
    return [text[start:start + size] for start in range(0, len(text), size)]


def member(value: Mapping[str, Any], name: str, kind: type | tuple[type, ...], what: str) -> Any:
    if not isinstance(value, Mapping) or name not in value:
        raise Bad(f"{what}: missing required parameter '{name}'")
    if not isinstance(value[name], kind):
        raise Bad(f"{what}: '{name}' has the wrong type")
    return value[name]


def text_of(content: Any, kinds: tuple[str, ...], what: str) -> str:
    """Of a string, null, or a list of text parts of `kinds`."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise Bad(f"{what}: content is neither text nor a list of parts")
    out = []
    for part in content:
        kind = member(part, "type", str, what)
        if kind not in kinds:
            raise Bad(f"{what}: a part of type '{kind}' is not supported here")
        out.append(member(part, "refusal" if kind == "refusal" else "text", str, what))
    return "".join(out)


def offer(name: Any, description: Any, parameters: Any) -> Offer:
    if not isinstance(name, str) or not name or len(name) > 64 or not name.replace("-", "_").isidentifier():
        raise Bad(f"tools: '{name}' is no name of a tool")
    if not isinstance(parameters, Mapping) or parameters.get("type") != "object":
        raise Bad(f"tools: the parameters of '{name}' are no schema of type object")
    return Offer(name, description or "", dict(parameters))


def sampling_complaints(body: Mapping[str, Any], rules: Rules, *names: str) -> Iterator[str]:
    if not rules.sampling:
        for name in names:
            if name in body:
                yield f"'{name}' is not supported with this model"


def merged(parts: tuple[Text | Call | Reasoning, ...]) -> tuple[Text | Call | Reasoning, ...]:
    """Neighbouring texts joined, empty ones left out: streams do not tell where one ended."""
    out: list[Text | Call | Reasoning] = []
    for part in parts:
        if isinstance(part, Text):
            if not part.text:
                continue
            if out and isinstance(out[-1], Text):
                out[-1] = Text(out[-1].text + part.text)
                continue
        out.append(part)
    return tuple(out)
