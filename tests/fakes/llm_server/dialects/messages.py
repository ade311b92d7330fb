"""Anthropic's messages: content blocks, cache markers, signed thinking."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llm_server.answer import Event, dump
from llm_server.conversation import (Assistant, Call, Message, Part, Reasoning, Reply, Request, Result, Results, Segment, Text,
                                     UserText)
from llm_server.dialects.base import MODEL, Bad, Dialect, Said, Trouble, member, offer, pieces, sampling_complaints, text_of
from llm_server.ids import made, signature
from llm_server.ledger import Usage
from llm_server.rules import Rules

STOP = {"end": "end_turn", "tool": "tool_use", "length": "max_tokens", "context": "model_context_window_exceeded",
        "pause": "pause_turn", "stop_sequence": "stop_sequence", "refusal": "refusal", "malformed": "tool_use"}
ERROR_TYPES = {"invalid_request": "invalid_request_error", "context": "invalid_request_error", "too_large": "request_too_large",
               "authentication": "authentication_error", "permission": "permission_error", "billing": "billing_error",
               "not_found": "not_found_error", "rate_limit": "rate_limit_error", "overloaded": "overloaded_error",
               "server": "api_error"}
MOST_MARKERS = 4


def counts_of(usage: Usage) -> dict[str, Any]:
    """What the end of a stream tells: sums alone."""
    return {"input_tokens": usage.fresh, "cache_read_input_tokens": usage.cache_read,
            "cache_creation_input_tokens": usage.cache_write + usage.cache_write_1h, "output_tokens": usage.output,
            "output_tokens_details": {"thinking_tokens": usage.reasoning}, "server_tool_use": None}


def usage_of(usage: Usage) -> dict[str, Any]:
    return counts_of(usage) | {
        "cache_creation": {"ephemeral_5m_input_tokens": usage.cache_write, "ephemeral_1h_input_tokens": usage.cache_write_1h},
        "service_tier": "standard", "inference_geo": None, "speed": "standard"}


def marker_of(block: Mapping[str, Any]) -> str:
    control = block.get("cache_control")
    if control is None:
        return ""
    if not isinstance(control, Mapping) or control.get("type") != "ephemeral" or control.get("ttl", "5m") not in ("5m", "1h"):
        raise Bad("cache_control: only ephemeral markers of 5m or 1h are supported")
    return control.get("ttl", "5m")


def blocks_of(content: Any, what: str) -> list[Mapping[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise Bad(f"{what}: content is neither text nor a list of blocks")
    for block in content:
        member(block, "type", str, what)
    return content


def without_marker(block: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != "cache_control"}


class Messages(Dialect):
    name = "messages"
    key_header = "x-api-key"
    cached_by_markers = True

    def message_id(self, number: int) -> str:
        return made("msg_01", number, length=22)

    def identify(self, reply: Reply, number: int, rules: Rules) -> Reply:
        parts: list[Part] = []
        for place, part in enumerate(reply.parts):
            if isinstance(part, Call):
                part = replace(part, id=made("toolu_01", number, place, length=22))
            elif isinstance(part, Reasoning):
                part = replace(part, signature=signature("thinking", number, place))
            parts.append(part)
        return replace(reply, parts=tuple(parts))

    def parse(self, body: Mapping[str, Any], path: str) -> Request:
        tools = body.get("tools") or []
        offers = tuple(offer(member(tool, "name", str, "tools"), tool.get("description"), tool.get("input_schema")) for tool in tools)
        system = blocks_of(body.get("system", ""), "system")
        head = [Segment(dump(without_marker(tool)), marker_of(tool)) for tool in tools]
        head += [Segment("system" + dump(without_marker(block)), marker_of(block)) for block in system if block.get("text")]
        messages: list[Message] = []
        rest: list[Segment] = []
        for place, entry in enumerate(member(body, "messages", list, "request")):
            what = f"messages.{place}"
            role, blocks = member(entry, "role", str, what), blocks_of(member(entry, "content", (str, list), what), what)
            rest += [Segment(role + dump(without_marker(block)), marker_of(block)) for block in blocks]
            if role == "assistant":
                messages.append(Assistant(tuple(self._part(block, what) for block in blocks)))
            elif role in ("user", "system"):
                self._user(blocks, what, messages)
            else:
                raise Bad(f"{what}: '{role}' is no role")
        if "cache_control" in body and rest:
            rest[-1] = replace(rest[-1], marker=marker_of(body))
        choice = body.get("tool_choice") or {"type": "auto"}
        kind = member(choice, "type", str, "tool_choice")
        return Request(
            dialect=self.name, model=member(body, "model", str, "request"),
            system="\n".join(text_of([block], ("text",), "system") for block in system), messages=tuple(messages), tools=offers,
            segments=(*head, *rest), head=len(head), stream=bool(body.get("stream")), output_cap=body.get("max_tokens"),
            choice="required" if kind == "any" else choice.get("name", "") if kind == "tool" else kind)

    def _part(self, block: Mapping[str, Any], what: str) -> Part:
        kind = block["type"]
        if kind == "text":
            return Text(member(block, "text", str, what))
        if kind == "thinking":
            return Reasoning(member(block, "thinking", str, what), member(block, "signature", str, what))
        if kind == "redacted_thinking":
            return Reasoning("", member(block, "data", str, what), redacted=True)
        if kind == "tool_use":
            return Call(member(block, "name", str, what), dump(member(block, "input", dict, what)), member(block, "id", str, what))
        raise Bad(f"{what}: a block of type '{kind}' has no place in an assistant message")

    def _user(self, blocks: list[Mapping[str, Any]], what: str, messages: list[Message]) -> None:
        results: list[Result] = []
        texts: list[str] = []
        for block in blocks:
            if block["type"] == "tool_result":
                if texts:
                    raise Bad(f"{what}: tool_result blocks must come first in the message")
                text = text_of(block.get("content", ""), ("text",), what)
                results.append(Result(member(block, "tool_use_id", str, what), text, bool(block.get("is_error"))))
            else:
                texts.append(text_of([block], ("text",), what))
        if results:
            messages.append(Results(tuple(results)))
        if texts:
            messages.append(UserText("".join(texts)))

    def complaints(self, body: Mapping[str, Any], path: str, headers: Mapping[str, str], rules: Rules) -> Iterator[str]:
        yield from sampling_complaints(body, rules, "temperature", "top_p", "top_k")
        if not headers.get("anthropic-version"):
            yield "the header anthropic-version is missing"
        if not path.endswith("/count_tokens") and not isinstance(body.get("max_tokens"), int):
            yield "max_tokens: field required"
        marked = [block for block in self._all_blocks(body) if "cache_control" in block]
        if len(marked) + ("cache_control" in body) > MOST_MARKERS:
            yield f"a maximum of {MOST_MARKERS} blocks with cache_control may be provided, found {len(marked)}"
        for block in marked:
            if block.get("type") == "text" and not block.get("text"):
                yield "cache_control cannot be set for empty text blocks"
            if block.get("type") in ("thinking", "redacted_thinking"):
                yield "cache_control cannot be set for thinking blocks"
        hours = [(block["cache_control"] or {}).get("ttl", "5m") for block in marked]
        if hours != sorted(hours):  # "1h" sorts before "5m"
            yield "cache_control of 1h must not come after one of 5m"
        for block in self._all_blocks(body):
            if block.get("type") == "text" and not block.get("text"):
                yield "text content blocks must be non-empty"

    def _all_blocks(self, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        out = list(body.get("tools") or [])
        for content in [body.get("system"), *(entry.get("content") for entry in body.get("messages") or [])]:
            out += [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []
        return out

    def whole(self, said: Said) -> Any:
        return self._shell(said) | {"content": [self._block(part, said) for part in said.reply.parts], "stop_reason": STOP[said.stop],
                                    "stop_sequence": "###" if said.stop == "stop_sequence" else None,
                                    "stop_details": self._details(said), "usage": usage_of(said.usage)}

    def _details(self, said: Said) -> Any:
        return {"type": "refusal", "category": "cyber", "explanation": said.reply.text} if said.stop == "refusal" else None

    def _shell(self, said: Said) -> dict[str, Any]:
        return {"id": said.id, "type": "message", "role": "assistant", "model": said.model, "content": [], "stop_reason": None,
                "stop_sequence": None, "stop_details": None, "container": None, "diagnostics": None,
                "usage": usage_of(replace(said.usage, output=1, reasoning=0))}

    def _block(self, part: Part, said: Said) -> dict[str, Any]:
        if isinstance(part, Text):
            return {"type": "text", "text": part.text, "citations": None}
        if isinstance(part, Call):
            try:
                given = json.loads(part.arguments or "{}")
            except ValueError:
                given = part.arguments  # no object: what a broken server would send
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": given, "caller": {"type": "direct"}}
        if part.redacted:
            return {"type": "redacted_thinking", "data": part.signature}
        return {"type": "thinking", "thinking": part.text, "signature": part.signature}

    def events(self, said: Said, request: Request) -> list[Event]:
        out: list[Event] = []

        def event(kind: str, spoken: str = "", role: str = "delta", **members: Any) -> None:
            out.append(Event({"type": kind, **members}, kind, spoken, role))

        event("message_start", role="start", message=self._shell(said))
        for place, part in enumerate(said.reply.parts):
            event("content_block_start", index=place, content_block=self._start(part, said))
            if place == 0:
                event("ping")
            for kind, name, text in self._deltas(part):
                spoken = "" if kind == "signature_delta" else text
                event("content_block_delta", spoken, index=place, delta={"type": kind, name: text})
            event("content_block_stop", part.name if isinstance(part, Call) else "", index=place)
        event("message_delta", role="finish", usage=counts_of(said.usage),
              delta={"stop_reason": STOP[said.stop], "stop_sequence": "###" if said.stop == "stop_sequence" else None,
                     "stop_details": self._details(said), "container": None})
        event("message_stop", role="done")
        return out

    def _start(self, part: Part, said: Said) -> dict[str, Any]:
        block = self._block(part, said)
        emptied = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}
        return block | emptied.get(block["type"], {})

    def _deltas(self, part: Part) -> list[tuple[str, str, str]]:
        if isinstance(part, Text):
            return [("text_delta", "text", piece) for piece in pieces(part.text)]
        if isinstance(part, Call):
            return [("input_json_delta", "partial_json", piece) for piece in ["", *pieces(part.arguments)]]
        if part.redacted:
            return []
        thoughts = [("thinking_delta", "thinking", piece) for piece in pieces(part.text)]
        return [*thoughts, ("signature_delta", "signature", part.signature)]

    def error(self, trouble: Trouble, request_id: str) -> Any:
        details = {"details": {"error_code": trouble.code}} if trouble.code else {}
        return {"type": "error", "error": {"type": ERROR_TYPES[trouble.kind], "message": trouble.message, **details},
                "request_id": request_id}

    def error_event(self, trouble: Trouble, request_id: str) -> Event:
        return Event(self.error(trouble, request_id), "error", role="finish")

    def response_headers(self, request_id: str) -> tuple[tuple[str, str], ...]:
        return (("request-id", request_id),)


def models(context_tokens: int) -> Any:
    return {"data": [{"type": "model", "id": MODEL, "display_name": "Scripted", "created_at": "2026-09-01T00:00:00Z",
                      "deprecated_at": None, "retires_at": None, "lifecycle": "active", "line": None, "capabilities": None,
                      "max_input_tokens": context_tokens or 1_000_000, "max_tokens": 64_000}],
            "has_more": False, "first_id": MODEL, "last_id": MODEL}
