"""OpenAI's responses: items in, items out, every event named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llm_server.answer import Event, dump
from llm_server.conversation import (Assistant, Call, Message, Offer, Part, Reasoning, Reply, Request, Result, Results, Segment,
                                     Text, UserText)
from llm_server.dialects.base import CREATED, Bad, Dialect, Said, Trouble, member, offer, pieces, sampling_complaints, text_of
from llm_server.dialects.chat import ERROR_CODES, openai_error
from llm_server.ids import made, signature
from llm_server.ledger import Usage
from llm_server.rules import Rules

TEXT_KINDS = ("input_text", "output_text", "text", "refusal")
INCOMPLETE = {"length": "max_output_tokens", "refusal": "content_filter"}
ENCRYPTED = "reasoning.encrypted_content"


def usage_of(usage: Usage) -> dict[str, Any]:
    return {"input_tokens": usage.prompt, "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": 0},
            "output_tokens": usage.output, "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": usage.prompt + usage.output}


class Responses(Dialect):
    name = "responses"

    def message_id(self, number: int) -> str:
        return made("resp_", number, length=40)

    def identify(self, reply: Reply, number: int, rules: Rules) -> Reply:
        parts: list[Part] = []
        for place, part in enumerate(reply.parts):
            if isinstance(part, Call):
                part = replace(part, id=made("call_", number, place))
            elif isinstance(part, Reasoning):
                part = replace(part, id=made("rs_", number, place, length=40), signature="gAAAA" + signature(number, place))
            parts.append(part)
        return replace(reply, parts=tuple(parts))

    def parse(self, body: Mapping[str, Any], path: str) -> Request:
        given = member(body, "input", (str, list), "request")
        items = [{"type": "message", "role": "user", "content": given}] if isinstance(given, str) else given
        system = [body["instructions"]] if body.get("instructions") else []
        messages: list[Message] = []
        for place, item in enumerate(items):
            self._item(item, f"input[{place}]", system, messages)
        head = [Segment(dump(tool)) for tool in body.get("tools") or []] + [Segment(text) for text in system]
        rest = [Segment(dump(item)) for item in items if item.get("role") not in ("system", "developer")]
        choice = body.get("tool_choice", "auto")
        return Request(
            dialect=self.name, model=member(body, "model", str, "request"), system="\n".join(system), messages=tuple(messages),
            tools=tuple(self._tool(tool) for tool in body.get("tools") or []), segments=(*head, *rest), head=len(head),
            choice=choice if isinstance(choice, str) else member(choice, "name", str, "tool_choice"),
            stream=bool(body.get("stream")), output_cap=body.get("max_output_tokens"))

    def _item(self, item: Any, what: str, system: list[str], messages: list[Message]) -> None:
        if not isinstance(item, Mapping):
            raise Bad(f"{what}: an item is an object")
        kind = item.get("type", "message")
        if kind == "message":
            role, text = member(item, "role", str, what), text_of(item.get("content"), TEXT_KINDS, what)
            if role in ("system", "developer"):
                system.append(text)
            elif role == "user":
                messages.append(UserText(text))
            elif role == "assistant":
                self._say(messages, Text(text))
            else:
                raise Bad(f"{what}: '{role}' is no role")
        elif kind == "reasoning":
            if not isinstance(item.get("encrypted_content"), str):
                raise Bad(f"{what}: item '{item.get('id')}' not found: items are not stored, send encrypted_content")
            summary = "".join(member(part, "text", str, what) for part in member(item, "summary", list, what))
            self._say(messages, Reasoning(summary, item["encrypted_content"], member(item, "id", str, what)))
        elif kind == "function_call":
            self._say(messages, Call(member(item, "name", str, what), member(item, "arguments", str, what),
                                     member(item, "call_id", str, what)))
        elif kind == "function_call_output":
            result = Result(member(item, "call_id", str, what),
                            text_of(member(item, "output", (str, list), what), TEXT_KINDS, what))
            before = messages.pop().results if messages and isinstance(messages[-1], Results) else ()
            messages.append(Results((*before, result)))
        else:
            raise Bad(f"{what}: '{kind}' is no type of item that is supported here")

    def _say(self, messages: list[Message], part: Part) -> None:
        before = messages.pop().parts if messages and isinstance(messages[-1], Assistant) else ()
        messages.append(Assistant((*before, part)))

    def _tool(self, tool: Any) -> Offer:
        if member(tool, "type", str, "tools") != "function":
            raise Bad("tools: only functions are supported")
        for name in ("parameters", "strict"):
            if name not in tool:
                raise Bad(f"tools: '{name}' is required, null is allowed")
        return offer(tool.get("name"), tool.get("description"), tool["parameters"])

    def complaints(self, body: Mapping[str, Any], path: str, headers: Mapping[str, str], rules: Rules) -> Iterator[str]:
        yield from sampling_complaints(body, rules, "temperature", "top_p", "top_k")
        if rules.output_cap and "max_output_tokens" not in body:
            yield "the answer is not bounded: max_output_tokens is missing"
        for name in ("max_tokens", "max_completion_tokens", "messages", "stream_options_include_usage"):
            if name in body:
                yield f"unknown parameter '{name}'"
        if body.get("store") is False and ENCRYPTED not in (body.get("include") or []):
            yield f"store is false and '{ENCRYPTED}' is not included: reasoning would be lost"
        if body.get("store") is not False and "previous_response_id" in body:
            yield "previous_response_id: nothing is stored here"

    def whole(self, said: Said) -> Any:
        return self._response(said, self._status(said), [self._item_of(said, n) for n in range(len(said.reply.parts))],
                              usage_of(said.usage))

    def _status(self, said: Said) -> str:
        return "failed" if said.stop == "context" else "incomplete" if said.stop in INCOMPLETE else "completed"

    def _response(self, said: Said, status: str, output: list[Any], usage: Any) -> dict[str, Any]:
        error = {"code": "context_length_exceeded", "message": "Your input exceeds the context window of this model."}
        return {"id": said.id, "object": "response", "created_at": CREATED, "status": status,
                "error": error if status == "failed" else None,
                "incomplete_details": {"reason": INCOMPLETE[said.stop]} if status == "incomplete" else None,
                "instructions": None, "max_output_tokens": None, "model": said.model, "output": output,
                "parallel_tool_calls": True, "previous_response_id": None, "reasoning": {"effort": None, "summary": None},
                "store": False, "temperature": 1.0, "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [],
                "top_p": 1.0, "truncation": "disabled", "usage": usage, "user": None, "metadata": {}}

    def _item_of(self, said: Said, place: int) -> dict[str, Any]:
        part = said.reply.parts[place]
        last = place == len(said.reply.parts) - 1
        status = "incomplete" if last and said.stop == "length" else "completed"
        if isinstance(part, Reasoning):
            summary = [{"type": "summary_text", "text": part.text}] if part.text else []
            return {"type": "reasoning", "id": part.id, "summary": summary, "encrypted_content": part.signature}
        if isinstance(part, Call):
            return {"type": "function_call", "id": made("fc_", said.id, place), "call_id": part.id, "name": part.name,
                    "arguments": part.arguments, "status": status}
        return {"type": "message", "id": made("msg_", said.id, place), "role": "assistant", "status": status,
                "content": [self._content(said, part.text)]}

    def _content(self, said: Said, text: str) -> dict[str, Any]:
        if said.stop == "refusal":
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def events(self, said: Said, request: Request) -> list[Event]:
        out: list[Event] = []

        def event(kind: str, spoken: str = "", role: str = "delta", **members: Any) -> None:
            out.append(Event({"type": f"response.{kind}", "sequence_number": len(out), **members}, f"response.{kind}", spoken, role))

        for name in ("created", "in_progress"):
            event(name, role="start", response=self._response(said, "in_progress", [], None))
        done = [self._item_of(said, place) for place in range(len(said.reply.parts))]
        for place, (part, item) in enumerate(zip(said.reply.parts, done)):
            where = {"output_index": place, "item_id": item["id"]}
            if isinstance(part, Reasoning):
                event("output_item.added", output_index=place, item={**item, "summary": [], "encrypted_content": ""})
                self._reasoning(event, where, part)
            elif isinstance(part, Call):
                event("output_item.added", output_index=place, item={**item, "arguments": "", "status": "in_progress"})
                for piece in pieces(part.arguments):
                    event("function_call_arguments.delta", piece, delta=piece, **where)
                event("function_call_arguments.done", part.name, arguments=part.arguments, name=part.name, **where)
            else:
                event("output_item.added", output_index=place, item={**item, "content": [], "status": "in_progress"})
                self._text(event, where, said, part.text)
            event("output_item.done", output_index=place, item=item)
        status = self._status(said)
        event(status, role="finish", response=self._response(said, status, done, usage_of(said.usage)))
        return out

    def _reasoning(self, event: Any, where: dict[str, Any], part: Reasoning) -> None:
        if not part.text:
            return
        where = {**where, "summary_index": 0}
        event("reasoning_summary_part.added", part={"type": "summary_text", "text": ""}, **where)
        for piece in pieces(part.text):
            event("reasoning_summary_text.delta", piece, delta=piece, **where)
        event("reasoning_summary_text.done", text=part.text, **where)
        event("reasoning_summary_part.done", part={"type": "summary_text", "text": part.text}, **where)

    def _text(self, event: Any, where: dict[str, Any], said: Said, text: str) -> None:
        where = {**where, "content_index": 0}
        event("content_part.added", part=self._content(said, ""), **where)
        if said.stop == "refusal":
            for piece in pieces(text):
                event("refusal.delta", piece, delta=piece, **where)
            event("refusal.done", refusal=text, **where)
        else:
            for piece in pieces(text):
                event("output_text.delta", piece, delta=piece, logprobs=[], **where)
            event("output_text.done", text=text, logprobs=[], **where)
        event("content_part.done", part=self._content(said, text), **where)

    def error(self, trouble: Trouble, request_id: str) -> Any:
        return openai_error(trouble)

    def error_event(self, trouble: Trouble, request_id: str) -> Event:
        code = trouble.code or ERROR_CODES.get(trouble.kind, "server_error")
        return Event({"type": "error", "sequence_number": 0, "code": code, "message": trouble.message, "param": None}, "error",
                     role="finish")
