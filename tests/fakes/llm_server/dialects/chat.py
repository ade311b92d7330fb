"""Chat completions, as OpenAI and everybody who is compatible with it speaks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llm_server.answer import Event, dump
from llm_server.conversation import (Assistant, Call, Message, Offer, Reasoning, Reply, Request, Result, Results, Segment, Text,
                                     UserText)
from llm_server.dialects.base import CREATED, MODEL, Bad, Dialect, Said, Trouble, member, offer, pieces, sampling_complaints, text_of
from llm_server.ids import made, signature
from llm_server.ledger import Usage
from llm_server.rules import Rules

FINISH = {"end": "stop", "tool": "tool_calls", "length": "length", "context": "length", "pause": "stop",
          "stop_sequence": "stop", "refusal": "content_filter", "malformed": "stop"}
ERROR_TYPES = {"invalid_request": "invalid_request_error", "context": "invalid_request_error", "too_large": "invalid_request_error",
               "authentication": "authentication_error", "permission": "permission_error", "billing": "insufficient_quota",
               "not_found": "not_found_error", "rate_limit": "rate_limit_error", "overloaded": "server_error",
               "server": "server_error"}
ERROR_CODES = {"context": "context_length_exceeded", "authentication": "invalid_api_key", "rate_limit": "rate_limit_exceeded",
               "overloaded": "server_is_overloaded", "billing": "insufficient_quota"}


def openai_error(trouble: Trouble) -> dict[str, Any]:
    return {"error": {"message": trouble.message, "type": ERROR_TYPES[trouble.kind], "param": None,
                      "code": trouble.code or ERROR_CODES.get(trouble.kind)}}


def usage_of(usage: Usage) -> dict[str, Any]:
    return {"prompt_tokens": usage.prompt, "completion_tokens": usage.output, "total_tokens": usage.prompt + usage.output,
            "prompt_tokens_details": {"cached_tokens": usage.cache_read, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning, "audio_tokens": 0}}


class Chat(Dialect):
    name = "chat"
    reasoning_required = False

    def message_id(self, number: int) -> str:
        return made("chatcmpl-", number)

    def identify(self, reply: Reply, number: int, rules: Rules) -> Reply:
        parts, calls = [], 0
        for place, part in enumerate(reply.parts):
            if isinstance(part, Call):
                sign = signature("call", number) if rules.call_signatures and calls == 0 else ""
                part = replace(part, id=made("call_", number, place), signature=sign)
                calls += 1
            parts.append(part)
        return replace(reply, parts=tuple(parts))

    def parse(self, body: Mapping[str, Any], path: str) -> Request:
        system: list[str] = []
        messages: list[Message] = []
        entries = member(body, "messages", list, "request")
        for place, entry in enumerate(entries):
            self._message(entry, f"messages[{place}]", system, messages)
        tools = tuple(self._tool(tool) for tool in body.get("tools") or [])
        head = [Segment(dump(tool)) for tool in body.get("tools") or []]
        head += [Segment(dump(entry)) for entry in entries if entry["role"] in ("system", "developer")]
        rest = [Segment(dump(entry)) for entry in entries if entry["role"] not in ("system", "developer")]
        choice = body.get("tool_choice", "auto")
        return Request(
            dialect=self.name, model=member(body, "model", str, "request"), system="\n".join(system), messages=tuple(messages),
            tools=tools, segments=(*head, *rest), head=len(head),
            choice=choice if isinstance(choice, str) else member(choice.get("function"), "name", str, "tool_choice"),
            stream=bool(body.get("stream")), stream_usage=bool((body.get("stream_options") or {}).get("include_usage")),
            output_cap=body.get("max_completion_tokens", body.get("max_tokens")))

    def _message(self, entry: Any, what: str, system: list[str], messages: list[Message]) -> None:
        role = member(entry, "role", str, what)
        if role in ("system", "developer"):
            system.append(text_of(entry.get("content"), ("text",), what))
        elif role == "user":
            messages.append(UserText(text_of(member(entry, "content", (str, list), what), ("text",), what)))
        elif role == "assistant":
            messages.append(self._assistant(entry, what))
        elif role == "tool":
            result = Result(member(entry, "tool_call_id", str, what),
                            text_of(member(entry, "content", (str, list), what), ("text",), what))
            if messages and isinstance(messages[-1], Results):
                result_list = (*messages.pop().results, result)
                messages.append(Results(result_list))
            else:
                messages.append(Results((result,)))
        else:
            raise Bad(f"{what}: '{role}' is no role")

    def _assistant(self, entry: Mapping[str, Any], what: str) -> Assistant:
        parts: list[Any] = []
        thought = entry.get("reasoning_content", entry.get("reasoning"))
        if isinstance(thought, str):
            parts.append(Reasoning(thought))
        text = text_of(entry.get("content"), ("text", "refusal"), what) + (entry.get("refusal") or "")
        if text:
            parts.append(Text(text))
        for call in entry.get("tool_calls") or []:
            function = member(call, "function", dict, what)
            if member(call, "type", str, what) != "function":
                raise Bad(f"{what}: a call that is no function")
            google = (call.get("extra_content") or {}).get("google") or {}
            parts.append(Call(member(function, "name", str, what), member(function, "arguments", str, what),
                              member(call, "id", str, what), google.get("thought_signature", "")))
        if not parts and entry.get("content") is None:
            raise Bad(f"{what}: an assistant message needs content or tool_calls")
        return Assistant(tuple(parts))

    def _tool(self, tool: Any) -> Offer:
        if member(tool, "type", str, "tools") != "function":
            raise Bad("tools: only functions are supported")
        function = member(tool, "function", dict, "tools")
        return offer(function.get("name"), function.get("description"), function.get("parameters"))

    def complaints(self, body: Mapping[str, Any], path: str, headers: Mapping[str, str], rules: Rules) -> Iterator[str]:
        yield from sampling_complaints(body, rules, "temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty")
        if rules.output_cap and "max_tokens" not in body and "max_completion_tokens" not in body:
            yield "the answer is not bounded: max_completion_tokens is missing"
        if "max_tokens" in body and "max_completion_tokens" in body:
            yield "max_tokens and max_completion_tokens exclude each other"
        if body.get("n", 1) != 1:
            yield "more than one choice is asked for"
        if "stream_options" in body and not body.get("stream"):
            yield "stream_options without stream"

    def whole(self, said: Said) -> Any:
        message: dict[str, Any] = {"role": "assistant", "content": said.reply.text or None, "refusal": None}
        if said.stop == "refusal":
            message |= {"content": None, "refusal": said.reply.text}
        thought = "".join(part.text for part in said.reply.parts if isinstance(part, Reasoning))
        if thought:
            message["reasoning_content"] = thought
        if said.reply.calls:
            message["tool_calls"] = [self._call(call, call.arguments) for call in said.reply.calls]
        return {"id": said.id, "object": "chat.completion", "created": CREATED, "model": said.model, "system_fingerprint": "fp_script",
                "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": FINISH[said.stop]}],
                "usage": usage_of(said.usage)}

    def _call(self, call: Call, arguments: str) -> dict[str, Any]:
        out = {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}
        return out | ({"extra_content": {"google": {"thought_signature": call.signature}}} if call.signature else {})

    def events(self, said: Said, request: Request) -> list[Event]:
        def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
            return {"id": said.id, "object": "chat.completion.chunk", "created": CREATED, "model": said.model,
                    "system_fingerprint": "fp_script",
                    "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
                    **({"usage": None} if request.stream_usage else {})}

        out = [Event(chunk({"role": "assistant", "content": ""}), role="start")]
        text_member, slot = "refusal" if said.stop == "refusal" else "content", 0
        for part in said.reply.parts:
            if isinstance(part, Reasoning):
                out += [Event(chunk({"reasoning_content": piece}), spoken=piece) for piece in pieces(part.text)]
            elif isinstance(part, Text):
                out += [Event(chunk({text_member: piece}), spoken=piece) for piece in pieces(part.text)]
            else:
                out.append(Event(chunk({"tool_calls": [{"index": slot, **self._call(part, "")}]}), spoken=part.name))
                out += [Event(chunk({"tool_calls": [{"index": slot, "function": {"arguments": piece}}]}), spoken=piece)
                        for piece in pieces(part.arguments)]
                slot += 1
        out.append(Event(chunk({}, FINISH[said.stop]), role="finish"))
        if request.stream_usage:
            out.append(Event(chunk({}) | {"choices": [], "usage": usage_of(said.usage)}, role="usage"))
        return [*out, Event("[DONE]", role="done")]

    def error(self, trouble: Trouble, request_id: str) -> Any:
        return openai_error(trouble)


def models(context_tokens: int) -> Any:
    return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": CREATED, "owned_by": "script",
                                        "max_model_len": context_tokens or None}]}
