"""Google's own format: contents of parts, whole calls, signatures that lie on calls."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llm_server.answer import Event, dump
from llm_server.conversation import (Assistant, Call, Message, Offer, Part, Reasoning, Reply, Request, Result, Results, Segment,
                                     Text, UserText)
from llm_server.dialects.base import MODEL, Bad, Dialect, Said, Trouble, member, offer, pieces, sampling_complaints
from llm_server.ids import made, signature
from llm_server.json_text import json_object
from llm_server.ledger import Usage
from llm_server.rules import Rules

FINISH = {"end": "STOP", "tool": "STOP", "length": "MAX_TOKENS", "context": "MAX_TOKENS", "pause": "STOP", "stop_sequence": "STOP",
          "refusal": "SAFETY", "malformed": "MALFORMED_FUNCTION_CALL"}
STATUS = {"invalid_request": "INVALID_ARGUMENT", "context": "INVALID_ARGUMENT", "too_large": "INVALID_ARGUMENT",
          "authentication": "UNAUTHENTICATED", "permission": "PERMISSION_DENIED", "billing": "RESOURCE_EXHAUSTED",
          "not_found": "NOT_FOUND", "rate_limit": "RESOURCE_EXHAUSTED", "overloaded": "UNAVAILABLE", "server": "INTERNAL"}
PIECE = 48


def usage_of(usage: Usage) -> dict[str, Any]:
    return {"promptTokenCount": usage.prompt, "cachedContentTokenCount": usage.cache_read,
            "candidatesTokenCount": usage.output - usage.reasoning, "thoughtsTokenCount": usage.reasoning,
            "totalTokenCount": usage.prompt + usage.output}


class Gemini(Dialect):
    name = "gemini"
    key_header = "x-goog-api-key"
    reasoning_required = False  # summaries of thoughts need not come back; the signatures of calls do

    def message_id(self, number: int) -> str:
        return made("", number, length=22)

    def identify(self, reply: Reply, number: int, rules: Rules) -> Reply:
        parts: list[Part] = []
        first = True
        for place, part in enumerate(reply.parts):
            if isinstance(part, Call):
                part = replace(part, id=made("", number, place, length=8), signature=signature("call", number) if first else "")
                first = False
            parts.append(part)
        broken = any(isinstance(part, Call) and json_object(part.arguments) is None for part in parts)
        if broken:  # this server parses calls itself, so one that it cannot read never leaves it
            parts = [part for part in parts if not isinstance(part, Call)]
        return replace(reply, parts=tuple(parts), stop="malformed" if broken else reply.stop)

    def parse(self, body: Mapping[str, Any], path: str) -> Request:
        declared = [tool for entry in body.get("tools") or [] for tool in member(entry, "functionDeclarations", list, "tools")]
        system = (body.get("systemInstruction") or {}).get("parts") or []
        messages: list[Message] = []
        rest: list[Segment] = []
        for place, content in enumerate(member(body, "contents", list, "request")):
            what = f"contents[{place}]"
            parts = member(content, "parts", list, what)
            rest += [Segment(content.get("role", "user") + dump(part)) for part in parts]
            if content.get("role", "user") == "model":
                messages.append(Assistant(tuple(self._part(part, n, what) for n, part in enumerate(parts))))
            elif content.get("role", "user") in ("user", "function"):
                self._user(parts, what, messages)
            else:
                raise Bad(f"{what}: please use a valid role: user, model")
        head = [Segment(dump(tool)) for tool in declared] + [Segment("system" + dump(part)) for part in system]
        settings = body.get("generationConfig") or {}
        mode = ((body.get("toolConfig") or {}).get("functionCallingConfig") or {}).get("mode", "AUTO")
        return Request(
            dialect=self.name, model=urllib.parse.unquote(path.rsplit("/", 1)[-1].split(":")[0]),
            system="\n".join(member(part, "text", str, "systemInstruction") for part in system), messages=tuple(messages),
            tools=tuple(self._tool(tool) for tool in declared), segments=(*head, *rest), head=len(head),
            choice={"ANY": "required", "NONE": "none"}.get(mode, "auto"), stream=":streamGenerateContent" in path,
            output_cap=settings.get("maxOutputTokens"))

    def _part(self, part: Any, place: int, what: str) -> Part:
        if "functionCall" in part:
            call = part["functionCall"]
            return Call(member(call, "name", str, what), dump(call.get("args") or {}), call.get("id") or f"#{place}",
                        part.get("thoughtSignature", ""))
        text = member(part, "text", str, what)
        return Reasoning(text) if part.get("thought") else Text(text)

    def _user(self, parts: list[Any], what: str, messages: list[Message]) -> None:
        results: list[Result] = []
        for place, part in enumerate(parts):
            if "functionResponse" in part:
                response = part["functionResponse"]
                given = member(response, "response", dict, what)
                results.append(Result(response.get("id") or f"#{place}", str(given.get("output", given.get("error", dump(given)))),
                                      "error" in given, member(response, "name", str, what)))
        if results:
            messages.append(Results(tuple(results)))
        texts = [member(part, "text", str, what) for part in parts if "functionResponse" not in part]
        if texts:
            messages.append(UserText("".join(texts)))

    def _tool(self, tool: Mapping[str, Any]) -> Offer:
        schema = tool.get("parametersJsonSchema", tool.get("parameters")) or {"type": "object"}
        return offer(tool.get("name"), tool.get("description"), {**schema, "type": str(schema.get("type", "")).lower()})

    def complaints(self, body: Mapping[str, Any], path: str, headers: Mapping[str, str], rules: Rules) -> Iterator[str]:
        settings = body.get("generationConfig") or {}
        yield from sampling_complaints(settings, rules, "temperature", "topP", "topK")
        if rules.output_cap and "maxOutputTokens" not in settings:
            yield "the answer is not bounded: generationConfig.maxOutputTokens is missing"
        for name in ("messages", "max_tokens", "stream"):
            if name in body:
                yield f"invalid JSON payload received: unknown name '{name}'"

    def whole(self, said: Said) -> Any:
        return self._object(said, [self._out(part) for part in said.reply.parts], True)

    def _out(self, part: Part) -> dict[str, Any]:
        if isinstance(part, Call):
            made_call = {"functionCall": {"id": part.id, "name": part.name, "args": json.loads(part.arguments or "{}")}}
            return made_call | ({"thoughtSignature": part.signature} if part.signature else {})
        return {"text": part.text, **({"thought": True} if isinstance(part, Reasoning) else {})}

    def _object(self, said: Said, parts: list[Any], last: bool) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if last:
            candidate["finishReason"] = FINISH[said.stop]
            if said.stop == "malformed":
                candidate["finishMessage"] = "Malformed function call: the arguments could not be read"
        usage = usage_of(said.usage if last else replace(said.usage, output=0, reasoning=0))
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": said.model, "responseId": said.id}

    def events(self, said: Said, request: Request) -> list[Event]:
        out: list[Event] = []
        for part in said.reply.parts:
            if isinstance(part, Call):
                out.append(Event(self._object(said, [self._out(part)], False), spoken=part.name + part.arguments))
                continue
            out += [Event(self._object(said, [self._out(replace(part, text=piece))], False), spoken=piece)
                    for piece in pieces(part.text, PIECE)]
        return [*out, Event(self._object(said, [{"text": ""}], True), role="finish")]

    def error(self, trouble: Trouble, request_id: str) -> Any:
        broke = trouble.kind == "billing" and trouble.status != 429
        return {"error": {"code": trouble.status, "message": trouble.message,
                          "status": "FAILED_PRECONDITION" if broke else STATUS[trouble.kind],
                          "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": trouble.code}]
                          if trouble.code else []}}

    def response_headers(self, request_id: str) -> tuple[tuple[str, str], ...]:
        return ()


def models(context_tokens: int) -> Any:
    return {"models": [{"name": f"models/{MODEL}", "version": "1", "displayName": "Scripted",
                        "inputTokenLimit": context_tokens or 1_048_576, "outputTokenLimit": 65_536,
                        "supportedGenerationMethods": ["generateContent"]}]}
